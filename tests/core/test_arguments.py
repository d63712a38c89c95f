"""What the verbs refuse before anything is recorded, all of it at once."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesprocess import testing
from salesprocess.criteria import approved, has
from salesprocess.deal import Deal
from salesprocess.errors import (
    ActorRequired,
    BackwardTime,
    ItemsMismatch,
    KeyConflict,
    NaiveDatetime,
    NegativeAmount,
    OutOfRange,
    ReasonRequired,
    SeveralErrors,
    UnknownFact,
    UnknownTerm,
    WrongKind,
    WrongProcess,
)
from salesprocess.facts import Fact
from salesprocess.money import Money
from salesprocess.pricing import LineItem
from salesprocess.process import Process
from salesprocess.rules import Policy
from salesprocess.stages import CATEGORIES, Activity, Stage
from tests import strategies

AT = datetime(2026, 1, 5, 9, tzinfo=UTC)
DAY = timedelta(days=1)
SOLAR = Process(
    "solar",
    facts=[Fact("seats", int, 0, 9), Fact("region", str)],
    stages=[
        Stage("lead", activities=[Activity("call")]),
        Stage("offer"),
        Stage.won("won", entry=[approved("x")]),
        Stage.lost("lost"),
    ],
    policy=Policy(clock_skew=timedelta(seconds=5)),
)
FREE = SOLAR.revise(policy=Policy(facts="free"))
ASKING = SOLAR.revise(change={"lead": {"exit": [has("seats")]}})
DEAL = SOLAR.open("d", at=AT, amount=Money(5, "EUR"), facts={"seats": 1})


class Move(StrEnum):
    """Names as an application may keep them."""

    ADVANCE = "advance"
    OFFER = "offer"


def test_a_name_may_be_one_of_an_enumeration() -> None:
    assert SOLAR.take(DEAL, Move.ADVANCE, at=AT).stage == SOLAR.advance(DEAL, at=AT).stage
    assert SOLAR.decide(DEAL, Move.ADVANCE, at=AT).allowed
    assert SOLAR.move(DEAL, Move.OFFER, at=AT).stage == "offer"


def names(caught: pytest.ExceptionInfo[SeveralErrors]) -> list[type[Exception]]:
    return [type(error) for error in caught.value.exceptions]


VERBS: list[Callable[..., Any]] = [
    lambda deal, at: SOLAR.note(deal, "x", at=at),
    lambda deal, at: SOLAR.record(deal, "call", at=at),
    lambda deal, at: SOLAR.learn(deal, {"seats": 2}, at=at),
    lambda deal, at: SOLAR.amend(deal, owner="kari", at=at),
    lambda deal, at: SOLAR.approve(deal, "x", at=at, by="ola"),
    lambda deal, at: SOLAR.raise_objection(deal, "price", at=at),
    lambda deal, at: SOLAR.hold(deal, at=at),
    lambda deal, at: SOLAR.advance(deal, at=at),
    lambda deal, at: SOLAR.move(deal, "offer", at=at),
    lambda deal, at: SOLAR.override(deal, "offer", at=at, by="ola", reason="so"),
    lambda deal, at: SOLAR.decide(deal, "advance", at=at),
    lambda deal, at: SOLAR.options(deal, at=at),
    lambda deal, at: SOLAR.agenda(deal, at=at),
]
each_verb = pytest.mark.parametrize("verb", VERBS, ids=[str(number) for number in range(len(VERBS))])


@each_verb
def test_no_verb_takes_a_time_without_a_zone(verb: Callable[..., Any]) -> None:
    with pytest.raises(NaiveDatetime, match="at wants an aware datetime"):
        verb(DEAL, datetime(2026, 1, 6))
    with pytest.raises(WrongKind, match="at wants an aware datetime"):
        verb(DEAL, date(2026, 1, 6))


@each_verb
def test_no_verb_goes_back_in_time(verb: Callable[..., Any]) -> None:
    with pytest.raises(BackwardTime) as caught:
        verb(DEAL, AT - timedelta(seconds=5, microseconds=1))
    assert (caught.value.deal, caught.value.last) == ("d", AT)


@each_verb
def test_no_verb_takes_a_deal_of_another_rulebook_and_the_time_is_told_too(verb: Callable[..., Any]) -> None:
    for other in (FREE, SOLAR.revise("wind")):
        deal = other.open("d", at=AT)
        with pytest.raises(WrongProcess) as caught:
            verb(deal, AT)
        assert (caught.value.has, caught.value.given) == ((other.name, other.version), ("solar", 1))
        with pytest.raises(SeveralErrors) as several:
            verb(deal, AT - DAY)
        assert set(names(several)) == {BackwardTime, WrongProcess}


@given(st.timedeltas(timedelta(0), timedelta(seconds=5)), testing.zones())
def test_a_clock_that_is_a_little_behind_is_put_right(behind: timedelta, zone: Any) -> None:
    noted = SOLAR.note(DEAL, "x", at=(AT - behind).astimezone(zone))
    assert noted.updated_at == AT
    assert noted.updated_at.tzinfo is UTC


@given(testing.instants(minimum=datetime(2026, 1, 6)))
def test_the_time_of_an_event_is_the_time_given(at: datetime) -> None:
    late = max(at.astimezone(UTC), AT)
    assert SOLAR.note(DEAL, "x", at=late.astimezone(at.tzinfo)).updated_at == late


@pytest.mark.parametrize(
    ("terms", "error"),
    [
        ({"amount": 5}, WrongKind),
        ({"amount": Money("-0.01", "EUR")}, NegativeAmount),
        ({"owner": ""}, OutOfRange),
        ({"owner": "  "}, OutOfRange),
        ({"owner": 5}, WrongKind),
        ({"expected_close": AT}, WrongKind),
        ({"expected_close": "2026-01-01"}, WrongKind),
        ({"probability": 1.01}, OutOfRange),
        ({"probability": -0.01}, OutOfRange),
        ({"probability": float("nan")}, OutOfRange),
        ({"probability": True}, WrongKind),
        ({"probability": "0.5"}, WrongKind),
        ({"category": "sure"}, OutOfRange),
        ({"category": "closed"}, OutOfRange),
        ({"category": 5}, OutOfRange),
    ],
)
def test_a_term_that_cannot_be_is_refused_when_opening_and_when_amending(
    terms: dict[str, Any], error: type[Exception]
) -> None:
    (name,) = terms
    for verb in (lambda: SOLAR.open("d", at=AT, **terms), lambda: SOLAR.amend(DEAL, at=AT, **terms)):
        with pytest.raises(error, match=f"^{name} ") as caught:
            verb()
        assert type(caught.value) is error


LINE = LineItem("panels", Money(5, "EUR"), quantity=2)


def test_the_lines_of_an_offer_bring_their_sum_and_must_agree_with_a_stated_one() -> None:
    deal = SOLAR.open("d", at=AT, items=[LINE, LINE])
    assert (deal.items, deal.amount) == ((LINE, LINE), Money(20, "EUR"))
    assert DEAL.items == ()
    with pytest.raises(ItemsMismatch) as caught:
        SOLAR.amend(deal, at=AT, amount=Money(21, "EUR"))
    assert (caught.value.total, caught.value.amount) == (Money(20, "EUR"), Money(21, "EUR"))


@pytest.mark.parametrize("items", [["panels"], [LINE, None]])
def test_an_offer_holds_lines_alone(items: Any) -> None:
    with pytest.raises(WrongKind, match="items wants LineItem"):
        SOLAR.amend(DEAL, at=AT, items=items)


@given(strategies.terms())
def test_terms_are_recorded_as_given(terms: dict[str, Any]) -> None:
    assert SOLAR.open("d", at=AT, **terms).terms == terms
    amended = SOLAR.amend(SOLAR.open("d", at=AT), at=AT, **terms)
    assert amended.terms == terms
    assert amended.revision == (2 if terms else 1)


def test_a_probability_is_recorded_as_a_float_and_the_bounds_are_taken() -> None:
    for value in (0, 1):
        stated = SOLAR.open("d", at=AT, probability=value).probability
        assert stated == value
        assert type(stated) is float


@pytest.mark.parametrize("category", [category for category in CATEGORIES if category != "closed"])
def test_every_category_of_open_business_can_be_stated(category: Any) -> None:
    assert SOLAR.open("d", at=AT, category=category).category == category


def test_every_fault_of_a_call_is_told_at_once() -> None:
    with pytest.raises(SeveralErrors) as caught:
        SOLAR.open(
            "",
            at=datetime(2026, 1, 1),
            amount=Money(-1, "EUR"),
            probability=7,
            facts={"seats": 10, "sets": 1, "region": 5},  # type: ignore[dict-item]  # pyright: ignore
            by=5,  # type: ignore[arg-type]  # pyright: ignore
            stage="ofer",
        )
    assert len(caught.value.exceptions) == 9
    with pytest.raises(SeveralErrors) as caught:
        SOLAR.amend(DEAL, at=AT - DAY, owner="", clear=["amuont"])
    assert names(caught) == [BackwardTime, OutOfRange, UnknownTerm]
    with pytest.raises(SeveralErrors) as caught:
        SOLAR.learn(DEAL, {"seats": 10, "sets": 1}, at=AT, forget=["regoin"])
    assert names(caught) == [OutOfRange, UnknownFact, UnknownFact]


def test_a_fact_that_nobody_declared_is_refused_with_the_names_that_are_close() -> None:
    with pytest.raises(UnknownFact, match="did you mean 'seats'") as caught:
        SOLAR.learn(DEAL, {"seat": 1, "regions": "x", "seats": 2}, at=AT)
    assert caught.value.names == ("seat", "regions")
    with pytest.raises(UnknownFact):
        SOLAR.learn(DEAL, at=AT, forget=["seat"])


def test_where_facts_are_free_any_name_is_learnt_and_declared_ones_are_still_checked() -> None:
    deal = FREE.learn(FREE.open("d", at=AT), {"mood": "good"}, at=AT)
    assert deal.facts == {"mood": "good"}
    assert FREE.learn(deal, at=AT, forget=["mood"]).facts == {}
    with pytest.raises(OutOfRange):
        FREE.learn(deal, {"seats": 10}, at=AT)
    with pytest.raises(WrongKind):
        FREE.learn(deal, {"mood": {"good"}}, at=AT)  # type: ignore[dict-item]  # pyright: ignore


@pytest.mark.parametrize("facts", [None, [("seats", 1)], "seats"])
def test_facts_come_in_a_mapping(facts: Any) -> None:
    with pytest.raises(WrongKind, match="facts wants a mapping"):
        SOLAR.learn(DEAL, facts, at=AT)


def test_nothing_is_set_and_removed_in_one_breath() -> None:
    with pytest.raises(OutOfRange, match="clear must be other names than those that are set"):
        SOLAR.amend(DEAL, at=AT, amount=Money(6, "EUR"), clear=["amount"])
    with pytest.raises(OutOfRange, match="forget must be other names than those that are set"):
        SOLAR.learn(DEAL, {"seats": 2}, at=AT, forget=["seats"])


def test_what_is_removed_is_gone_and_removing_nothing_is_not_recorded() -> None:
    assert SOLAR.amend(DEAL, at=AT, clear=["amount"]).amount is None
    assert SOLAR.learn(DEAL, at=AT, forget=["seats"]).facts == {}
    assert SOLAR.amend(DEAL, at=AT, clear=["owner"]) is DEAL
    assert SOLAR.learn(DEAL, at=AT, forget=["region"]) is DEAL
    assert SOLAR.amend(DEAL, at=AT, amount=Money("5.00", "EUR")) is DEAL
    assert SOLAR.learn(DEAL, {"seats": 1}, at=AT) is DEAL


@pytest.mark.parametrize(
    "verb", [lambda: SOLAR.amend(DEAL, at=AT, clear="amount"), lambda: SOLAR.learn(DEAL, at=AT, forget="seats")]
)  # type: ignore[arg-type]  # pyright: ignore
def test_names_to_remove_come_in_a_sequence(verb: Callable[[], Any]) -> None:
    with pytest.raises(TypeError, match="wants a sequence"):
        verb()


@pytest.mark.parametrize(
    ("verb", "name"),
    [
        (lambda text: SOLAR.open(text, at=AT), "deal"),
        (lambda text: SOLAR.note(DEAL, text, at=AT), "text"),
        (lambda text: SOLAR.approve(DEAL, text, at=AT, by="ola"), "subject"),
        (lambda text: SOLAR.raise_objection(DEAL, text, at=AT), "objection"),
        (lambda text: SOLAR.record(DEAL, text, at=AT, extra=True), "activity"),
    ],
)
def test_a_text_says_something(verb: Callable[[Any], Any], name: str) -> None:
    for empty in ("", " \n"):
        with pytest.raises(OutOfRange, match=f"^{name} must be not empty"):
            verb(empty)
    with pytest.raises(WrongKind, match=f"^{name} wants a text"):
        verb(5)


def test_an_optional_text_is_a_text_or_nothing() -> None:
    with pytest.raises(WrongKind, match="role wants a text or None"):
        SOLAR.approve(DEAL, "x", at=AT, by="ola", role=5)  # type: ignore[arg-type]  # pyright: ignore


@pytest.mark.parametrize(
    "verb",
    [
        lambda happened: SOLAR.note(DEAL, "x", at=AT, happened=happened),
        lambda happened: SOLAR.record(DEAL, "call", at=AT, happened=happened),
    ],
)
def test_what_is_told_has_happened_before(verb: Callable[..., Deal]) -> None:
    assert verb(AT).history[-1].happened == AT  # type: ignore[union-attr]  # pyright: ignore
    assert verb(AT - 999 * DAY).history[-1].happened == AT - 999 * DAY  # type: ignore[union-attr]  # pyright: ignore
    assert verb(None).history[-1].happened is None  # type: ignore[union-attr]  # pyright: ignore
    with pytest.raises(OutOfRange, match="happened must be no later than it is recorded"):
        verb(AT + timedelta(microseconds=1))
    with pytest.raises(NaiveDatetime, match="happened"):
        verb(datetime(2026, 1, 1))


def test_a_closed_deal_is_changed_with_a_reason_alone() -> None:
    lost = SOLAR.lose(DEAL, at=AT)
    for change in (
        lambda **given: SOLAR.amend(lost, at=AT, owner="kari", **given),
        lambda **given: SOLAR.learn(lost, {"seats": 2}, at=AT, **given),
    ):
        for missing in ({}, {"reason": ""}):
            with pytest.raises(ReasonRequired, match="it is lost"):
                change(**missing)
        assert change(reason="a slip").history[-1].reason == "a slip"
    assert SOLAR.amend(lost, at=AT, amount=Money(5, "EUR")) is lost


@pytest.mark.parametrize(
    "verb",
    [
        lambda **given: SOLAR.override(DEAL, "offer", at=AT, **given),
        lambda **given: ASKING.waive(ASKING.open("d", at=AT), "lead.exit:has(seats)", at=AT, **given),
    ],
    ids=["override", "waive"],
)
def test_an_exception_has_somebody_who_answers_for_it_and_a_reason(verb: Callable[..., Deal]) -> None:
    with pytest.raises(ActorRequired, match="without an actor"):
        verb(by=None, reason="so")
    for reason in ("", "  ", None):
        with pytest.raises(ReasonRequired, match="an exception must be explained"):
            verb(by="ola", reason=reason)
    assert verb(by="ola", reason="so").history[-1].reason == "so"


KEYED: list[Callable[..., Deal]] = [
    lambda deal, text, at: SOLAR.note(deal, text, at=at, key="k"),
    lambda deal, text, at: SOLAR.record(deal, "call", text=text, at=at, key="k"),
    lambda deal, text, at: SOLAR.learn(deal, {"region": text}, at=at, key="k"),
    lambda deal, text, at: SOLAR.amend(deal, owner=text, at=at, key="k"),
    lambda deal, text, at: SOLAR.approve(deal, text, at=at, by="ola", extra=True, key="k"),
    lambda deal, text, at: SOLAR.raise_objection(deal, text, at=at, key="k"),
]


@pytest.mark.parametrize("verb", KEYED)
def test_the_same_key_and_content_is_recorded_once_whatever_the_time(verb: Callable[..., Deal]) -> None:
    once = verb(DEAL, "a", AT + DAY)
    for at in (AT + DAY, AT + 2 * DAY, AT):
        assert verb(once, "a", at) is once
    later = SOLAR.note(once, "x", at=AT + 3 * DAY)
    assert verb(later, "a", AT + 3 * DAY) is later


@pytest.mark.parametrize("verb", KEYED)
def test_a_key_that_comes_back_with_other_content_is_refused_with_both(verb: Callable[..., Deal]) -> None:
    once = verb(DEAL, "a", AT)
    with pytest.raises(KeyConflict) as caught:
        verb(once, "other", AT)
    assert (caught.value.deal, caught.value.key) == ("d", "k")
    assert "a" in caught.value.recorded
    assert "other" in caught.value.asked
    for other in KEYED:
        if other is not verb:
            with pytest.raises(KeyConflict):
                other(once, "a", AT)


def test_an_event_is_told_in_a_few_words() -> None:
    once = SOLAR.note(DEAL, "a remark", at=AT, by="ola", key="k")
    with pytest.raises(KeyConflict) as caught:
        SOLAR.note(once, "another", at=AT, key="k")
    assert caught.value.recorded == "noted(by=ola, text=a remark)"
    assert caught.value.asked == "noted(text=another)"
