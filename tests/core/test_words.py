"""Verdicts, reasons and decisions, and the words for them in several languages."""

import string
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta, timezone
from itertools import chain
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesprocess import criteria, routes, testing, words
from salesprocess.criteria import Rule
from salesprocess.errors import TransitionRefused, UnknownLanguage
from salesprocess.events import Actor
from salesprocess.frozen import FrozenDict
from salesprocess.process import Process
from salesprocess.stages import Stage
from salesprocess.testing.commands import START
from salesprocess.verdicts import Decision, Finding, Reason, Verdict
from salesprocess.working_time import WorkingDays
from tests import strategies

RULES = {
    rule.code: rule
    for rule in chain(vars(criteria).values(), vars(routes).values())
    if isinstance(rule, Rule) and rule is not criteria.when  # `when` speaks with the reasons of what it is made of
}
ENGLISH = {
    **{code: rule.message for code, rule in RULES.items() if rule.message},
    **{f"{code}.hint": rule.hint for code, rule in RULES.items() if rule.hint},
    **words.ENGLISH,
}


def placeholders(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name is not None}


def test_both_languages_say_the_same_things() -> None:
    assert set(words.BOKMAAL) == set(ENGLISH)


@pytest.mark.parametrize("key", sorted(ENGLISH))
def test_both_languages_name_the_same_values(key: str) -> None:
    assert placeholders(words.BOKMAAL[key]) == placeholders(ENGLISH[key])


@pytest.mark.parametrize("key", sorted(set(ENGLISH) - {"agenda.item", "agenda.blocked", "migration.misfit.hint"}))
def test_no_text_in_bokmaal_is_an_english_one_that_was_forgotten(key: str) -> None:
    assert words.BOKMAAL[key] != ENGLISH[key]


@pytest.mark.parametrize("key", sorted(key for key in words.ENGLISH if key.endswith(".hint")))
def test_a_hint_names_nothing_that_its_reason_does_not_have(key: str) -> None:
    assert key.removesuffix(".hint") in ENGLISH


def test_advice_that_would_name_nobody_is_left_out() -> None:
    for role, advice in (("finance", "ask finance to approve discount"), (None, "")):
        reason = Reason("approved.changed", parameters=FrozenDict(subject="discount", changed=("amount",), role=role))
        assert reason.hint == advice
        assert bool(reason.advice("nb")) == bool(advice)


def every(reasons: tuple[Reason, ...]) -> Iterator[Reason]:
    for reason in reasons:
        yield reason
        yield from every(reason.details)


@given(testing.walks(testing.processes(more=strategies.faulty_criteria())))
def test_every_reason_of_a_refusal_is_said_in_full_in_every_language(walk: testing.Walk) -> None:
    for step in walk.steps:
        if isinstance(step.error, TransitionRefused):
            for reason in every(step.error.decision.unmet):
                said = [reason.text("en"), reason.text("nb"), reason.hint, str(reason)]
                assert not any("{" in each or "}" in each for each in said)
                assert reason.text("nb") != reason.code
                assert reason.message == reason.text("en")


@pytest.mark.parametrize("state", ["unmet", "unknown"])
def test_a_reason_is_said_in_english_in_bokmaal_or_in_the_words_of_the_user(state: Any) -> None:
    reason = Reason("has", state, parameters=FrozenDict(fact="seats", criterion="has(seats)", missing=("seats",)))
    known = state == "unmet"
    words_for = words.BOKMAAL["has" if known else "unknown"]
    assert reason.text("nb") == words_for.format(fact="seats", missing="seats", criterion="has(seats)")
    mine = {"has": "¿{fact}?", "unknown": "¿¿{missing}??"}
    assert reason.text(mine) == ("¿seats?" if known else "¿¿seats??")


def test_where_a_language_has_no_words_the_english_ones_are_used() -> None:
    own = Reason("min_margin", parameters=FrozenDict(minimum=5), template="margin is below {minimum}")
    assert own.text("nb") == own.text({}) == "margin is below 5"
    assert Reason("on_hold").text({"has": "?"}) == "the deal is on hold"
    assert Reason("of_a_user").text("nb") == "of_a_user"


@pytest.mark.parametrize("language", ["de", ""])
def test_a_language_that_nobody_knows_is_refused(language: str) -> None:
    with pytest.raises(LookupError, match=r"known: en, nb \(or pass a mapping of texts\)"):
        Reason("on_hold").text(language)


def test_the_reasons_inside_a_reason_are_said_in_the_same_language() -> None:
    inside = (Reason("on_hold"), Reason("override.never"))
    reason = Reason("any_of", details=inside)
    assert reason.text("nb") == "ingen av disse er oppfylt: salget er satt på vent; reglene tillater ingen unntak"
    assert reason.text() == "none of these holds: the deal is on hold; the policy allows no overrides"
    assert reason.text({"on_hold": "wait", "any_of": "{details}"}) == "wait; the policy allows no overrides"


def test_a_fault_is_said_as_one_whatever_the_code() -> None:
    reason = Reason(
        "has", "fault", parameters=FrozenDict(criterion="has(seats)", error="ValueError: oh"), template="no"
    )
    assert reason.message == "the criterion has(seats) failed: ValueError: oh"
    assert reason.text("nb") == "kriteriet has(seats) feilet: ValueError: oh"


def test_an_undecided_route_keeps_its_own_words_although_it_is_unknown() -> None:
    reason = Reason("route.undecided", "unknown", parameters=FrozenDict(stage="permit", missing=("heritage",)))
    assert reason.message == "whether the stage permit applies cannot be told; not known yet: heritage"
    assert reason.hint == "make known: heritage"


def test_a_route_undecided_by_several_facts_names_them_all() -> None:
    process = Process(
        "p",
        facts=strategies.FACTS,
        stages=[
            Stage("lead"),
            Stage("permit", when=criteria.any_of(criteria.equals("heritage", True), criteria.at_least("seats", 5))),
            Stage.won("won"),
            Stage.lost("lost"),
        ],
    )
    deal = process.open("d", at=START)
    (reason,) = process.decide(deal, "advance", at=START).unmet
    assert reason.message == "whether the stage permit applies cannot be told; not known yet: heritage, seats"


def test_a_reason_reads_with_its_place_and_its_hint() -> None:
    assert str(Reason("on_hold", where="deal")) == "deal: the deal is on hold (resume the deal first)"
    assert str(Reason("override.never")) == "the policy allows no overrides"
    own = Reason("x", template="no", hint_template="ask {who}", parameters=FrozenDict(who="ola"))
    assert str(own) == "no (ask ola)"


def test_a_parameter_that_nobody_gave_stays_visible() -> None:
    assert Reason("has", template="{fact} is not known").message == "{fact} is not known"


def test_many_values_are_listed() -> None:
    reason = Reason("reason.missing", parameters=FrozenDict(choices=("price", "timing")))
    assert reason.message == "a reason is required; choose one of: price, timing"


def test_values_are_written_as_the_language_writes_them_unless_a_template_says_how() -> None:
    at = datetime(2026, 1, 5, 9, 30, tzinfo=UTC)
    values = {
        "at": at,
        "day": date(2026, 1, 5),
        "truth": True,
        "who": Actor("ola"),
        "span": WorkingDays(2),
        "none": None,
    }
    template = {"x": "{at}, {at:%H}, {at.year}, {day!s}, {day!r}, {truth}, {who}, {who.id}, {span}, {none}"}
    assert words.render("x", template, values) == (
        "2026-01-05 09:30 UTC, 09, 2026, 2026-01-05, datetime.date(2026, 1, 5), True, ola, ola, 2 working days, nobody"
    )
    assert words.plain((at.replace(second=5), date(2026, 1, 5), False), "nb") == (
        "05.01.2026 kl. 09.30.05 UTC, 05.01.2026, nei"
    )
    assert words.plain(at.astimezone(timezone(timedelta(hours=2)))) == "2026-01-05 09:30 UTC"
    assert words.plain(at.replace(tzinfo=None)) == "2026-01-05 09:30:00"


def test_a_template_may_name_the_place_and_the_code() -> None:
    assert Reason("x", where="offer.entry", template="{code} at {where}").message == "x at offer.entry"


@given(st.dictionaries(st.sampled_from("abc"), st.integers()))
def test_rendering_changes_nothing_of_what_it_is_given(values: Mapping[str, int]) -> None:
    before = dict(values)
    text = words.render("x", {"x": "{a}-{b}"}, values)
    assert values == before
    assert text == f"{values.get('a', '{a}')}-{values.get('b', '{b}')}"


def test_only_met_is_true() -> None:
    assert Verdict.met()
    assert Verdict.met() is Verdict.met()
    assert not Verdict.unmet()
    assert not Verdict.unknown("seats")


def test_a_verdict_keeps_its_evidence() -> None:
    assert Verdict.unmet("currency", found="NOK") == Verdict("unmet", "currency", FrozenDict(found="NOK"))
    assert Verdict.unmet(code="X").evidence == {"code": "X"}
    assert Verdict.unknown("a", "b").evidence == {"missing": ("a", "b")}
    assert Verdict.unknown().state == "unknown"


def test_a_decision_is_true_when_nothing_stands_in_the_way() -> None:
    yes = Decision("advance", "advance", "Advance", "lead", "offer")
    assert yes.allowed
    assert yes
    assert str(yes) == "advance (lead → offer): allowed"


def test_a_refusal_lists_every_reason() -> None:
    no = Decision("advance", "advance", "Advance", "lead", None, unmet=(Reason("on_hold"), Reason("override.never")))
    assert not no.allowed
    assert not no
    assert str(no).splitlines() == [
        "advance (lead → ?): refused",
        "- the deal is on hold (resume the deal first)",
        "- the policy allows no overrides",
    ]


def test_a_finding_reads_with_its_severity_code_and_place() -> None:
    assert str(Finding("stage.duplicate", "error", "offer", "twice")) == "error stage.duplicate at offer: twice"


@pytest.mark.parametrize("tag", ["nb", "nb-NO", "nb_no", "no", "no-NO-x-anything"])
def test_a_language_is_found_by_its_tag(tag: str) -> None:
    assert words.known(tag) is words.BOKMAAL


@pytest.mark.parametrize("tag", ["nn", "nbx", "", "-", "sv-SE"])
def test_a_tag_of_no_known_language_is_refused(tag: str) -> None:
    with pytest.raises(UnknownLanguage):
        words.known(tag)


def test_a_refusal_is_told_in_any_language() -> None:
    lead = Stage("lead", exit=[criteria.has_term("owner")])
    process = Process("p", stages=[lead, Stage.won("won"), Stage.lost("lost")])
    with pytest.raises(TransitionRefused) as refused:
        process.win(process.open("A", at=START), at=START)
    assert refused.value.text("no") == refused.value.decision.text("nb") != refused.value.text()
