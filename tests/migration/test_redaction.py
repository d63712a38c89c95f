"""After a redaction the named personal data are nowhere, and the history still tells the same sale."""

from __future__ import annotations

import pickle
from datetime import date
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesprocess import Actor, Deal, Fact, Money, replay
from salesprocess import criteria as c
from salesprocess.criteria import Ask
from salesprocess.errors import OutOfRange, SeveralErrors, UnknownTerm
from salesprocess.events import (
    TERMS,
    ActivityDone,
    Amended,
    Entered,
    Event,
    FactsLearnt,
    Migrated,
    Noted,
    ObjectionRaised,
    ObjectionResolved,
    Opened,
)
from salesprocess.redaction import redact
from salesprocess.testing.plain import PEOPLE
from tests.solar import AT, at_stage, solar
from tests.strategies import histories

SECRET = "\N{SNOWMAN}secret-"
"""What no strategy makes by chance."""

PERSONAL = ("seats", "region", "tags")


@st.composite
def redactions(draw: st.DrawFn) -> dict[str, Any]:
    return {
        "facts": draw(st.lists(st.sampled_from(PERSONAL), unique=True)),
        "terms": draw(st.lists(st.sampled_from(TERMS), unique=True)),
        "texts": draw(st.booleans()),
        "actors": draw(st.dictionaries(st.sampled_from(PEOPLE), st.sampled_from(("p-1", "p-2")))),
        "codes": draw(st.just(()) | st.just(("price",))),
    }


def path(history: tuple[Event, ...]) -> list[tuple[object, ...]]:
    """Kinds, revisions, instants, keys and stages: what a redaction leaves alone."""
    told = (
        "kind",
        "deal",
        "revision",
        "at",
        "key",
        "imported",
        "stage",
        "source",
        "destination",
        "status",
        "transition",
    )
    return [tuple(getattr(event, name, None) for name in told) for event in history]


@given(histories(), redactions())
def test_revisions_kinds_and_stages_stay_and_the_history_replays(history: tuple[Event, ...], asked: Any) -> None:
    result = redact(history, **asked)
    assert path(result) == path(history)
    before, after = replay(history), replay(result)
    for kept in ("id", "process", "version", "stage", "status", "stage_since", "waived", "revision", "closed_at"):
        assert getattr(after, kept) == getattr(before, kept)
    assert len(after.activities) == len(before.activities)
    assert len(after.objections) == len(before.objections)


@pytest.mark.counted
@given(histories(), redactions())
def test_to_redact_twice_is_to_redact_once(history: tuple[Event, ...], asked: Any) -> None:
    once = redact(history, **asked)
    assert redact(once, **asked) == once


@given(histories())
def test_without_a_wish_nothing_changes(history: tuple[Event, ...]) -> None:
    assert redact(history) == history


@given(histories(), redactions())
def test_what_is_not_named_stays(history: tuple[Event, ...], asked: Any) -> None:
    for before, after in zip(history, redact(history, **asked), strict=True):
        for place, named in (("facts", asked["facts"]), ("terms", [*asked["terms"], "owner"])):
            kept = {name: value for name, value in getattr(before, place, {}).items() if name not in named}
            assert kept == {name: value for name, value in getattr(after, place, {}).items() if name not in named}


@st.composite
def secrets(draw: st.DrawFn) -> tuple[Event, ...]:
    """Histories in which every value of a named fact or term, every free text and every person is a secret."""
    count = iter(range(10**6))

    def secret(_: object = None) -> str:
        return f"{SECRET}{next(count)}"

    def hidden(told: Any) -> dict[str, Any]:
        shapes = st.sampled_from((str, tuple, Money, date))
        made = {
            str: secret,
            tuple: lambda: (secret(), secret()),
            Money: lambda: Money(f"777777.{next(count):06}", "EUR"),
            date: lambda: date(1877, 7, 7),
        }
        return {name: made[draw(shapes)]() for name in told}

    history = []
    for event in draw(histories(min_size=4)):
        changes: dict[str, Any] = {"by": Actor(f"{SECRET}kari"), "reason": event.reason and secret()}
        if isinstance(event, Opened | FactsLearnt):
            changes["facts"] = hidden(PERSONAL)
        if isinstance(event, Opened | Amended):
            changes["terms"] = {"owner": f"{SECRET}kari", "amount": Money(f"777777.{next(count):06}", "EUR")}
        if isinstance(event, ActivityDone | Noted | ObjectionRaised):
            changes["text"] = secret()
        if isinstance(event, ObjectionResolved):
            changes["how"] = secret()
        history.append(attrs.evolve(event, **changes))
    return tuple(history)


@given(secrets(), st.booleans())
def test_the_named_values_are_nowhere_in_what_is_left(history: tuple[Event, ...], owner: bool) -> None:
    terms = ["owner", "amount"] if owner else ["amount"]
    left = redact(history, facts=PERSONAL, terms=terms, texts=True, actors={f"{SECRET}kari": "p-1"})
    for form in (pickle.dumps(left), pickle.dumps(replay(left)), repr(left).encode(), repr(replay(left)).encode()):
        for trace in (SECRET.encode(), b"\\u2603", b"777777", pickle.dumps(date(1877, 7, 7))[-12:-4], b"date(1877"):
            assert trace not in form


def ask() -> Ask:
    return Ask("advance", "offer", AT)


def customer(*emails: str) -> Deal:
    facts = [*solar.facts, Fact("email", str), Fact("people", str, many=True), Fact("born", date)]
    process = solar.revise(facts=facts)
    deal = process.open("A-1", at=AT, facts={"people": ("Ada", "Bo"), "born": date(1970, 1, 1)}, owner="kari")
    for email in emails:
        deal = process.learn(deal, {"email": email}, at=AT)
    return deal


def test_a_text_is_still_known_and_as_many_texts_as_before() -> None:
    deal = replay(redact(customer("ada@example.com").history, facts=["email", "people"]))
    assert deal.facts["email"] == "redacted-1"
    assert deal.facts["people"] == ("redacted-1", "redacted-2")
    assert c.has("email").verdict(deal, ask())
    assert c.count_at_least("people", 2).verdict(deal, ask())


def test_a_value_that_is_no_text_is_no_longer_known() -> None:
    deal = replay(redact(customer().history, facts=["born"]))
    assert "born" not in deal.facts
    assert c.equals("born", date(1970, 1, 1)).verdict(deal, ask()).state == "unknown"


def test_a_change_is_still_a_change() -> None:
    history = customer("ada@example.com", "bo@example.com", "ada@example.com").history
    told = [event.facts.get("email") for event in redact(history, facts=["email"]) if isinstance(event, FactsLearnt)]
    assert told == ["redacted-1", "redacted-2", "redacted-1"]


def test_a_tuple_with_other_kinds_in_it_is_dropped_whole() -> None:
    opened = Opened(
        deal="A-1", revision=1, at=AT, process="solar", version=1, stage="lead", facts={"mixed": ("Ada", 3), "none": ()}
    )
    assert replay(redact([opened], facts=["mixed", "none"])).facts == {"none": ()}


def test_terms_that_are_no_names_are_dropped() -> None:
    deal = at_stage("offer", probability=0.4, category="commit", expected_close=date(2026, 5, 1))
    left = replay(redact(deal.history, terms=TERMS))
    assert left.terms == {"owner": "redacted-1"}


def test_people_get_their_pseudonyms_as_actors_and_as_owners() -> None:
    deal = solar.note(at_stage("offer"), "called", at=AT, by=Actor("kari", roles={"manager"}))
    left = replay(redact(deal.history, actors={"kari": "p-1"}))
    assert left.owner == "p-1"
    assert left.history[-1].by == Actor("p-1", roles={"manager"})


def test_reasons_that_are_codes_may_stay() -> None:
    lost = solar.lose(solar.note(at_stage("offer"), "Ada says no", at=AT), reason="price", at=AT)
    assert [event.reason for event in redact(lost.history, texts=True)][-1] == "redacted"
    left = redact(lost.history, texts=True, codes=["price"])
    assert replay(left).outcome == lost.outcome
    assert [event.text for event in left if isinstance(event, Noted)] == ["redacted"]


def test_objections_keep_their_kind_and_lose_their_words() -> None:
    deal = solar.raise_objection(at_stage("offer"), "price", text="Ada finds it dear", at=AT)
    deal = solar.resolve_objection(deal, deal.revision, how="Ada got a discount", at=AT)
    (objection,) = replay(redact(deal.history, texts=True)).objections
    assert (objection.kind, objection.text, objection.how) == ("price", "redacted", "redacted")


def test_texts_that_say_nothing_stay_empty() -> None:
    deal = solar.record(at_stage("site_survey"), "site_visit", at=AT)
    assert redact(deal.history, texts=True) == deal.history


def test_misspelt_terms_and_pseudonyms_that_would_change_again_are_refused() -> None:
    with pytest.raises(SeveralErrors) as several:
        redact(at_stage("offer").history, terms=["ownr"], actors={"kari": "ola", "ola": "p-1"})
    assert [type(error) for error in several.value.exceptions] == [UnknownTerm, OutOfRange]
    assert redact(at_stage("lead").history, actors={"kari": "kari"}) == at_stage("lead").history


def test_moves_and_migrations_are_left_alone() -> None:
    moved = Migrated(deal="A-1", revision=2, at=AT, process="solar", version=2, stage="lead")
    entered = Entered(
        deal="A-1", revision=3, at=AT, transition="advance", source="lead", destination="offer", status="open"
    )
    assert redact([moved, entered], facts=["email"], texts=True) == (moved, entered)
