"""Definition errors are found when the process is built, all at once; advice is given on request, and never wrong."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from doctest import DocTestParser
from itertools import product
from pathlib import Path
from typing import Any

import attrs
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.strategies import DataObject, SearchStrategy

from salesprocess import Activity, Deal, Fact, LossReason, Money, Policy, Process, Stage, Transition, templates
from salesprocess import criteria as c
from salesprocess.criteria import Ask, Criterion
from salesprocess.deal import replay
from salesprocess.errors import InvalidProcess, SalesProcessError, TransitionRefused
from salesprocess.events import Entered, Opened
from salesprocess.lint import CODES, is_name, ways
from salesprocess.lint.logic import Claim, certain, possible
from salesprocess.routes import Route, Routes
from salesprocess.staleness import Untouched
from salesprocess.testing import commands, compound, policies, processes
from salesprocess.testing.commands import START
from salesprocess.verdicts import Finding
from salesprocess.working_time import WorkingHours
from tests.solar import solar
from tests.strategies import faulty_criteria, learnable, terms

WON, LOST = Stage.won("won"), Stage.lost("lost", reasons=["timing"])


def build(*stages: Any, **fields: Any) -> Process:
    return Process("solar", stages=[*stages, WON, LOST], **fields)


def codes_of(make: Callable[[], object]) -> list[str]:
    with pytest.raises(InvalidProcess) as caught:
        make()
    assert all(finding.severity == "error" for finding in caught.value.findings)
    assert all(finding.message in str(caught.value) for finding in caught.value.findings)
    return [finding.code for finding in caught.value.findings]


LEAD = Stage("lead", 0.1)

BROKEN: dict[str, tuple[list[str], Callable[[], object]]] = {
    "a stage twice": (["stage.duplicate"], lambda: build(LEAD, LEAD)),
    "no won stage": (["won.missing"], lambda: Process("solar", stages=[LEAD, LOST])),
    "no lost stage": (["lost.missing"], lambda: Process("solar", stages=[LEAD, WON])),
    "two won stages": (["won.several"], lambda: build(LEAD, Stage.won("signed"))),
    "two lost stages": (["lost.several"], lambda: build(LEAD, Stage.lost("dead"))),
    "no open stage": (["stage.none_open"], lambda: Process("solar", stages=[WON, LOST])),
    "an open stage after the won one": (
        ["stage.order"],
        lambda: Process("solar", stages=[LEAD, WON, Stage("x"), LOST]),
    ),
    "after-sale before the won one": (["stage.order"], lambda: build(LEAD, Stage.after_sale("service"))),
    "a stage of no kind": (["stage.kind"], lambda: build(LEAD, Stage("odd", kind="maybe"))),  # type: ignore[arg-type]
    "a probability above one": (["probability.range"], lambda: build(Stage("lead", 1.2))),
    "a probability that is no number": (["probability.range"], lambda: build(Stage("lead", "high"))),  # type: ignore[arg-type]
    "a probability that is not a number": (["probability.range"], lambda: build(Stage("lead", float("nan")))),
    "a category nobody knows": (["category.unknown"], lambda: build(Stage("lead", category="hot"))),  # type: ignore[arg-type]
    "a canonical step nobody knows": (["canonical.unknown"], lambda: build(Stage("lead", canonical="magic"))),  # type: ignore[arg-type]
    "a duration of nothing": (["duration.invalid"], lambda: build(Stage("lead", typical_duration=timedelta(0)))),
    "a target of nothing": (
        ["duration.invalid"],
        lambda: build(Stage("lead", activities=[Activity("call", within=timedelta(days=-1))])),
    ),
    "a target of no working time": (
        ["duration.invalid"],
        lambda: build(Stage("lead", activities=[Activity("call", within=WorkingHours(timedelta(0)))])),
    ),
    "a target that is no span": (
        ["duration.invalid"],
        lambda: build(Stage("lead", activities=[Activity("call", within=2)])),  # type: ignore[arg-type]
    ),
    "an activity twice": (
        ["activity.duplicate"],
        lambda: build(Stage("lead", activities=[Activity("call"), Activity("call")])),
    ),
    "a loss reason twice": (
        ["reason.duplicate"],
        lambda: Process("solar", stages=[LEAD, WON, Stage.lost("lost", reasons=["price", LossReason("price")])]),
    ),
    "a transition from nowhere": (
        ["transition.nowhere"],
        lambda: build(LEAD, transitions=[Transition("jump", "x", "won")]),
    ),
    "a transition to nowhere": (
        ["transition.nowhere"],
        lambda: build(LEAD, transitions=[Transition("jump", "lead", "x")]),
    ),
    "a transition to its own stage": (
        ["transition.loop"],
        lambda: build(LEAD, transitions=[Transition("again", "lead", "lead")]),
    ),
    "a reserved name": (
        ["transition.reserved"],
        lambda: build(LEAD, transitions=[Transition("advance", "lead", "won")]),
    ),
    "a standard prefix": (
        ["transition.reserved"],
        lambda: build(LEAD, transitions=[Transition("to_x", "lead", "won")]),
    ),
    "a transition twice": (
        ["transition.duplicate"],
        lambda: build(LEAD, transitions=[Transition("jump", "lead", "won"), Transition("jump", "lead", "won")]),
    ),
    "after-sale without a sale": (
        ["transition.unsold"],
        lambda: Process(
            "solar",
            stages=[LEAD, WON, Stage.after_sale("service"), LOST],
            transitions=[Transition("jump", "lead", "service")],
        ),
    ),
    "a name for people": (["name.invalid"], lambda: build(Stage("First contact", 0.1))),
    "a process without a name": (["name.invalid"], lambda: Process("", stages=[LEAD, WON, LOST])),
    "version zero": (["version.invalid"], lambda: build(LEAD, version=0)),
    "a version that is true": (["version.invalid"], lambda: build(LEAD, version=True)),
    "a fact twice": (["fact.duplicate"], lambda: build(LEAD, facts=[Fact("size", int), Fact("size", int)])),
    "a fact named like a term": (["fact.term"], lambda: build(LEAD, facts=[Fact("amount", int)])),
    "a staleness of a fact that is not there": (
        ["value.unknown"],
        lambda: build(LEAD, policy=Policy(staleness=[Untouched("sise", timedelta(days=9))])),
    ),
    "a fact of no kind": (["fact.kind"], lambda: build(LEAD, facts=[Fact("size", list)])),  # type: ignore[arg-type]
    "bounds the wrong way round": (
        ["fact.bound"],
        lambda: build(LEAD, facts=[Fact("size", int, minimum=2, maximum=1)]),
    ),
    "a bound of another kind": (["fact.bound"], lambda: build(LEAD, facts=[Fact("size", int, minimum="1")])),
    "bounds in two currencies": (
        ["fact.bound"],
        lambda: build(LEAD, facts=[Fact("price", Money, minimum=Money(1, "EUR"), maximum=Money(9, "NOK"))]),
    ),
    "a bound without a time zone": (
        ["fact.bound"],
        lambda: build(LEAD, facts=[Fact("met_at", datetime, minimum=datetime(2026, 1, 1))]),
    ),
    "a bound that is not a number": (
        ["fact.bound"],
        lambda: build(LEAD, facts=[Fact("share", float, maximum=float("nan"))]),
    ),
    "a choice of another kind": (["fact.bound"], lambda: build(LEAD, facts=[Fact("size", str, choices=(1,))])),
    "a fact nobody declares": (["fact.unknown"], lambda: build(Stage("lead", exit=[c.has("rof_area")]))),
    "an activity no stage lists": (["activity.unknown"], lambda: build(Stage("lead", exit=[c.done("visit")]))),
    "a stage that is not there": (["stage.unknown"], lambda: build(Stage("lead", when=c.visited("survey")))),
    "a misspelt fact deep inside": (
        ["fact.unknown"],
        lambda: build(LEAD, transitions=[Transition("jump", "lead", "won", when=c.not_(c.any_of(c.has("x"))))]),
    ),
    "a skip policy nobody knows": (["policy.skip"], lambda: build(LEAD, policy=Policy(skip="all"))),  # type: ignore[arg-type]
    "a back policy nobody knows": (["policy.back"], lambda: build(LEAD, policy=Policy(back="some"))),  # type: ignore[arg-type]
    "a fact policy nobody knows": (["policy.facts"], lambda: build(LEAD, policy=Policy(facts="any"))),  # type: ignore[arg-type]
    "a win policy nobody knows": (["policy.win"], lambda: build(LEAD, policy=Policy(win="last"))),  # type: ignore[arg-type]
    "a win from nowhere": (["won.unreachable", "policy.win"], lambda: build(LEAD, policy=Policy(win=("offer",)))),
    "a reopening to nowhere": (["policy.reopen"], lambda: build(LEAD, policy=Policy(reopen="won"))),
    "an override for nobody": (["policy.override"], lambda: build(LEAD, policy=Policy(override="manager"))),  # type: ignore[arg-type]
    "a negative skew": (["policy.clock_skew"], lambda: build(LEAD, policy=Policy(clock_skew=timedelta(-1)))),
    "a stage that is a string": (["kind"], lambda: build("lead")),
    "a name that is no text": (["kind"], lambda: build(Stage(["lead"], 0.1))),  # type: ignore[arg-type]  # pyright: ignore
    "a transition that is a string": (["kind"], lambda: build(LEAD, transitions=["jump"])),
    "a criterion that is a rule": (["kind"], lambda: build(Stage("lead", exit=[c.objections_resolved]))),  # type: ignore[list-item]
    "a transition's criterion that is a function": (
        ["kind", "kind"],
        lambda: build(LEAD, transitions=[Transition("jump", "lead", "won", when=print, criteria=[print])]),  # type: ignore[arg-type, list-item]
    ),
    "a condition that is a rule": (["kind"], lambda: build(Stage("lead", when=c.objections_resolved))),  # type: ignore[arg-type]
    "a policy that is a word": (["kind"], lambda: build(LEAD, policy="strict")),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_rulebook_is_refused_with_its_finding(case: str) -> None:
    expected, make = BROKEN[case]
    assert codes_of(make) == expected


def test_everything_wrong_is_told_at_once() -> None:
    def make() -> Process:
        return Process(
            "Solar!",
            version=0,
            stages=[Stage("lead", 2), Stage("lead", exit=[c.has("x")])],
            transitions=[Transition("jump", "lead", "mars")],
        )

    assert set(codes_of(make)) == {
        "name.invalid",
        "version.invalid",
        "stage.duplicate",
        "probability.range",
        "won.missing",
        "lost.missing",
        "transition.nowhere",
        "fact.unknown",
    }


def test_a_win_from_marked_stages_or_by_an_own_transition_can_be_reached() -> None:
    assert build(LEAD, policy=Policy(win=("lead",))).lint() == ()
    direct = [Transition("sign", "lead", "won")]
    assert codes_of(lambda: build(LEAD, policy=Policy(win=("x",)), transitions=direct)) == ["policy.win"]


def test_free_facts_need_no_declaration() -> None:
    assert build(Stage("lead", 0.1, exit=[c.has("anything")]), policy=Policy(facts="free")).lint() == ()


def test_whole_numbers_bound_decimal_facts() -> None:
    assert build(LEAD, facts=[Fact("share", float, minimum=0, maximum=1)]).lint() == ()


ADVICE: dict[str, tuple[list[tuple[str, str]], Callable[[], Process]]] = {
    "a stage without a prior": ([("hint", "probability.missing")], lambda: build(Stage("lead"))),
    "a prior that falls": ([("warning", "probability.falls")], lambda: build(LEAD, Stage("offer", 0.05))),
    "open deals counted as closed": (
        [("warning", "category.kind")],
        lambda: build(Stage("lead", 0.1, category="closed")),
    ),
    "required work that may be skipped": (
        [("warning", "activity.skippable")],
        lambda: build(Stage("lead", 0.1, optional=True, activities=[Activity("call", required=True)])),
    ),
    "a shadowed transition": (
        [("warning", "transition.shadowed")],
        lambda: build(
            LEAD,
            Stage("offer", 0.5),
            transitions=[Transition("jump", "lead", "won"), Transition("jump", "lead", "offer")],
        ),
    ),
}


@pytest.mark.parametrize("case", ADVICE)
def test_advice_names_what_is_odd(case: str) -> None:
    expected, make = ADVICE[case]
    process = make()
    assert [(finding.severity, finding.code) for finding in process.lint()] == expected
    assert process.lint()[0].subject in str(process.lint()[0])


def test_required_work_in_an_optional_stage_is_fine_where_nothing_is_skipped() -> None:
    stage = Stage("lead", 0.1, optional=True, activities=[Activity("call", required=True)])
    assert build(stage, policy=Policy(skip="never")).lint() == ()


def test_a_conditional_transition_shadows_nothing() -> None:
    moves = [Transition("jump", "lead", "won", when=c.has("size")), Transition("jump", "lead", "offer")]
    assert build(LEAD, Stage("offer", 0.5), transitions=moves, facts=[Fact("size", int)]).lint() == ()


FACTS = [
    Fact("seats", int, minimum=1, maximum=9),
    Fact("signed", bool),
    Fact("region", str, choices=("north", "south")),
    Fact("tags", str, many=True),
    Fact("share", float, minimum=0, maximum=1),
    Fact("decided_on", date),
    Fact("budget", Money, maximum=Money(100, "EUR")),
    Fact("margin", Decimal),
]
SIGNED, UNSIGNED = c.equals("signed", True), c.equals("signed", False)
EUROS, KRONER = c.amount_at_least(Money(1, "EUR")), c.amount_at_least(Money(1, "NOK"))


def advice_on(*stages: Stage, **rules: Any) -> list[tuple[str, str]]:
    """Code and subject of all advice, in a process that declares every fact."""
    return [(each.code, each.subject) for each in build(*stages, facts=FACTS, **rules).lint()]


def advice_on_exit(*criteria: Criterion) -> list[tuple[str, str]]:
    return advice_on(Stage("lead", 0.1, exit=criteria, activities=[Activity("call")]), Stage("offer", 0.5))


NEVER_MET = [
    c.equals("seats", 12),
    c.equals("seats", 2.5),
    c.equals("seats", "many"),
    c.equals("signed", "yes"),
    c.equals("region", "west"),
    c.equals("tags", "grid"),
    c.equals("tags", ("grid", 1)),
    c.equals("share", Decimal("0.1")),
    c.equals("decided_on", datetime(2026, 1, 5, tzinfo=UTC)),
    c.one_of("region", ()),
    c.one_of("region", ("west", "east")),
    c.at_least("seats", 10),
    c.at_least("seats", "many"),
    c.at_least("region", "west"),
    c.at_least("tags", 1),
    c.at_least("decided_on", datetime(2026, 1, 5, tzinfo=UTC)),
    c.at_least("budget", 5),
    c.at_least("budget", Money(101, "EUR")),
    c.at_least("budget", Money(1, "NOK")),
    c.at_most("seats", 0),
    c.at_most("share", -0.5),
    c.at_most("signed", "yes"),
    c.count_at_least("seats", 1),
    c.contains("seats", 1),
    c.contains("tags", 5),
    c.matches("seats", "1*"),
    c.matches("region", "west*"),
    c.any_of(),
    c.at_least_of(3, SIGNED, UNSIGNED),
    c.at_least_of(2, SIGNED, UNSIGNED),
    c.not_(c.when(c.any_of(), SIGNED)),
    c.all_of(SIGNED, UNSIGNED),
    c.all_of(c.has("seats"), c.not_(c.has("seats"))),
    c.all_of(SIGNED, c.not_(c.has("signed"))),
    c.all_of(EUROS, KRONER),
    c.all_of(EUROS, c.not_(KRONER)),
    c.all_of(c.not_(EUROS), c.not_(c.amount_at_most(Money(9, "EUR")))),
    c.all_of(EUROS, c.not_(c.has_term("amount"))),
    c.all_of(c.at_least("margin", Decimal(1)), c.not_(c.at_least("margin", Decimal("0.5")))),
    c.all_of(c.at_least("seats", 3), c.not_(c.at_least("seats", 4)), c.not_(c.equals("seats", 3))),
    c.all_of(c.at_most("margin", 1), c.at_least("margin", 2)),
    c.all_of(c.at_most("margin", 1), c.not_(c.at_most("margin", 1))),
    c.all_of(c.not_(c.at_most("margin", 1)), c.not_(c.at_least("margin", 1))),
    c.all_of(EUROS, c.amount_at_most(Money("0.5", "EUR"))),
    c.all_of(EUROS, c.not_(c.amount_at_most(Money(9, "EUR"))), c.amount_at_most(Money(8, "EUR"))),
    c.all_of(c.done("call", during="visit"), c.not_(c.done("call"))),
    c.all_of(c.count_at_least("tags", 2), c.not_(c.count_at_least("tags", 2))),
]


@pytest.mark.parametrize("criterion", NEVER_MET, ids=str)
def test_a_criterion_that_can_never_be_met_is_found(criterion: Criterion) -> None:
    assert advice_on_exit(criterion) == [("criterion.never", "lead.exit")]


SOMETIMES_MET = [
    c.equals("seats", 3.0),
    c.equals("seats", True),
    c.equals("signed", 1),
    c.equals("share", 1),
    c.equals("margin", 0.5),
    c.equals("tags", ()),
    c.equals("tags", ("grid", "roof")),
    c.equals("decided_on", date(2026, 1, 5)),
    c.one_of("region", ("north", "west")),
    c.at_least("seats", Decimal("8.5")),
    c.at_least("budget", Money(100, "EUR")),
    c.at_least("margin", 10**400),
    c.count_at_least("tags", 99),
    c.at_most("seats", 1),
    c.contains("tags", "grid"),
    c.contains("tags", ""),
    c.matches("region", "n*"),
    c.at_least_of(1, SIGNED, UNSIGNED, c.has("seats")),
    c.not_(EUROS),
    c.not_(c.when(SIGNED, c.has("seats"))),
    c.all_of(c.at_least("seats", 3), c.not_(c.at_least("seats", 4))),
    c.all_of(c.done("call"), c.not_(c.done("call", during="visit"))),
    c.when(SIGNED, UNSIGNED),
    c.approved("discount", role="nobody"),
    c.objections_resolved(),
]


@pytest.mark.parametrize("amount", [Money("0.5", "EUR"), Money(5, "EUR"), Money(99, "EUR"), Money(5, "NOK"), None])
def test_no_amount_meets_what_lint_says_no_amount_can(amount: Money | None) -> None:
    deal = build(Stage("lead", 0.1)).open("A", amount=amount, at=START)
    for criterion in NEVER_MET:
        if {inner.code for inner in criterion.walk()} <= {"all_of", "not_", "amount_at_least", "amount_at_most"}:
            assert criterion.state(deal, Ask("win", "won", START)) != "met"


@pytest.mark.parametrize("criterion", SOMETIMES_MET, ids=str)
def test_a_criterion_that_some_deal_meets_and_another_does_not_is_no_finding(criterion: Criterion) -> None:
    assert advice_on_exit(criterion) == []


def test_facts_that_are_free_can_be_anything_but_two_things_at_once() -> None:
    free = Policy(facts="free")
    odd = [c.at_least("colour", 5), c.not_(c.at_least("colour", 5))]
    assert build(Stage("lead", 0.1, exit=[c.equals("colour", 5)]), policy=free).lint() == ()
    assert (
        build(Stage("lead", 0.1, exit=[c.at_least("colour", 1), c.at_least("colour", "red")]), policy=free).lint() == ()
    )
    assert build(Stage("lead", 0.1, exit=[c.any_of(c.not_(c.has("colour")), *odd)]), policy=free).lint() == ()
    mixed = [c.at_least("colour", 1), c.at_most("colour", "red")]
    assert build(Stage("lead", 0.1, exit=mixed), policy=free).lint() == ()
    assert [each.code for each in build(Stage("lead", 0.1, exit=odd), policy=free).lint()] == [
        "criterion.contradiction"
    ]


ALWAYS_MET = [
    c.all_of(),
    c.not_(c.not_(c.all_of())),
    c.any_of(c.has("seats"), c.not_(c.has("seats"))),
    c.when(c.done("call", during="visit"), c.done("call")),
    c.any_of(c.not_(c.has("seats")), c.at_least("seats", 3), c.not_(c.at_least("seats", 3))),
]


@pytest.mark.parametrize("criterion", ALWAYS_MET, ids=str)
def test_a_criterion_that_every_deal_meets_is_found(criterion: Criterion) -> None:
    assert advice_on_exit(criterion) == [("criterion.always", "lead.exit")]


WANTS_NO_MORE_THAN_THAT_IT_IS_KNOWN = [
    c.at_least("seats", 1),
    c.count_at_least("tags", 0),
    c.one_of("region", ("south", "north")),
    c.at_most("seats", 9),
    c.matches("region", "*th"),
    c.not_(c.at_least("share", 0)),
]


@pytest.mark.parametrize("criterion", WANTS_NO_MORE_THAN_THAT_IT_IS_KNOWN, ids=str)
def test_a_comparison_that_every_value_passes_is_found(criterion: Criterion) -> None:
    assert advice_on_exit(criterion) == [("criterion.vacuous", "lead.exit")]


def test_the_innermost_odd_part_stands_for_the_whole() -> None:
    process = build(
        Stage("lead", 0.1, exit=[c.any_of(SIGNED, c.when(c.equals("region", "west"), UNSIGNED))]), facts=FACTS
    )
    assert [str(finding) for finding in process.lint()] == [
        "warning criterion.never at lead.exit: equals(region, west) can never be met: "
        "region is str, one of north, south"
    ]


@c.criterion("never_called", "never")
def never_called(deal: Deal, ask: Ask) -> bool:
    raise AssertionError("a rule of a user is opaque")


def test_rules_of_a_user_are_neither_called_nor_reported() -> None:
    own = never_called()
    tautology = c.any_of(c.has("seats"), c.not_(c.has("seats")), own)  # but own may fail
    criteria = [own, c.not_(own), c.any_of(own, c.all_of()), c.any_of(own, c.not_(own)), tautology]
    assert advice_on_exit(*criteria) == [("criterion.always", "lead.exit")]  # all_of() alone


def test_contradictions_in_one_gate_are_named_without_what_is_innocent() -> None:
    gate = [c.has("seats"), SIGNED, c.when(c.has("signed"), UNSIGNED), c.objections_resolved()]
    process = build(Stage("lead", 0.1), Stage("offer", 0.5, entry=gate), facts=FACTS)
    assert [str(finding) for finding in process.lint()] == [
        "warning criterion.contradiction at offer.entry: "
        "equals(signed, True) and when(has(signed), equals(signed, False)) can never be met together"
    ]
    assert advice_on(LEAD, Stage("offer", 0.5, when=SIGNED, locked=[UNSIGNED])) == [
        ("criterion.contradiction", "offer.when, offer.locked")
    ]
    work = Stage("lead", 0.1, activities=[Activity("call", required=True)], exit=[c.not_(c.done("call"))])
    assert advice_on(work, Stage("offer", 0.5)) == [("criterion.contradiction", "lead.activities, lead.exit")]
    moves = [Transition("jump", "lead", "won", when=SIGNED, criteria=[UNSIGNED])]
    assert advice_on(LEAD, transitions=moves) == [("criterion.contradiction", "jump.when, jump.criteria")]


def test_too_many_ways_to_meet_a_gate_are_not_followed_to_their_end() -> None:
    either = c.any_of(*(c.all_of(c.has("seats"), c.not_(c.has("seats")), c.approved(str(n))) for n in range(9)))
    twice = [c.any_of(c.approved(str(n)), c.approved(str(-n))) for n in range(1, 9)]
    assert not possible([Claim(either)], {})
    assert possible([Claim(each) for each in (*twice, either)], {})


def test_a_criterion_that_is_asked_too_early_is_found() -> None:
    assert advice_on(Stage("lead", 0.1, exit=[c.visited("offer")]), Stage("offer", 0.5)) == [
        ("criterion.never", "lead.exit")
    ]
    assert advice_on(Stage("lead", 0.1, exit=[c.not_(c.visited("lead"))])) == [("criterion.never", "lead.exit")]
    for wanted in (
        c.done("call"),
        c.done_times("call", 2),
        c.approved("start"),
        c.visited_times("lead", 2),
        c.visited("offer"),
        c.not_(c.objections_resolved()),
    ):
        early = Stage("lead", 0.1, entry=[wanted], activities=[Activity("call")])
        assert advice_on(early, Stage("offer", 0.5)) == [("criterion.never", "lead.entry")]
        late = Stage("offer", 0.5, entry=[wanted])
        assert advice_on(attrs.evolve(early, entry=()), late) == (
            [("criterion.never", "offer.entry")] if wanted == c.visited("offer") else []
        )


def test_the_first_stage_may_ask_what_a_new_deal_can_meet() -> None:
    first = [c.has("seats"), EUROS, c.objections_resolved(), c.visited("lead"), c.not_(c.done("call"))]
    assert advice_on(Stage("lead", 0.1, entry=first, activities=[Activity("call")])) == []


def test_a_stage_that_a_later_one_leads_back_to_may_ask_for_it() -> None:
    back = [Transition("again", "terms", "offer", criteria=[c.visited("terms")])]
    optional = Stage("offer", 0.5, optional=True, exit=[c.visited("terms")])
    assert advice_on(LEAD, optional, Stage("terms", 0.6), transitions=back) == []


def test_one_gate_that_nobody_passes_is_told_once_and_not_at_every_stage_behind_it() -> None:
    stages = [LEAD, Stage("offer", 0.5, entry=[c.visited("terms")]), Stage("terms", 0.6, entry=[c.visited("paper")])]
    assert advice_on(*stages, Stage("paper", 0.7)) == [
        ("criterion.never", "offer.entry"),
        ("criterion.never", "terms.entry"),
    ]
    assert advice_on(Stage("lead", 0.1, exit=[UNSIGNED]), Stage("offer", 0.5, entry=[SIGNED]), Stage("terms", 0.6)) == [
        ("stage.unreachable", "offer")
    ]


def test_a_deal_that_cannot_be_opened_is_told_at_the_stage_where_it_would() -> None:
    contradicting = [c.any_of(c.done("call"), SIGNED), c.any_of(c.done("call"), UNSIGNED)]
    process = build(Stage("lead", 0.1, entry=contradicting, activities=[Activity("call")]), facts=FACTS)
    (finding,) = process.lint()
    assert (finding.code, finding.subject) == ("stage.unreachable", "lead")
    assert finding.message.startswith("no way leads there: open wants any_of(")


def test_a_stage_that_a_condition_always_lets_in_cannot_be_passed() -> None:
    stages = [LEAD, Stage("permit", 0.2, when=c.all_of()), Stage("offer", 0.5)]
    assert advice_on(*stages) == [("criterion.always", "permit.when")]


def test_a_gate_that_is_closed_from_one_side_only_is_told_where_somebody_wrote_the_move() -> None:
    moves = [Transition("jump", "lead", "terms")]
    terms_ = Stage("terms", 0.6, entry=[c.not_(c.visited("lead"))], optional=True)
    process = build(LEAD, terms_, Stage("offer", 0.7), transitions=moves)
    assert [finding.code for finding in process.lint()] == ["criterion.never"]
    other, skips = Stage("other", 0.05, when=c.has("seats")), Policy(skip="any")
    process = build(other, LEAD, terms_, Stage("offer", 0.7), facts=FACTS, transitions=moves, policy=skips)
    assert [str(finding) for finding in process.lint()] == [
        "warning transition.never at jump: it can never be taken: "
        "jump from 'lead' to 'terms' wants not_(visited(lead)) (terms.entry), which can never be met there"
    ]


def test_a_stage_that_leads_only_to_a_loss_is_a_trap_and_one_that_leads_only_back_is_a_dead_end() -> None:
    stages = [LEAD, Stage("offer", 0.5), Stage("terms", 0.6)]
    never_back = Policy(win=("lead",), back="never")
    assert advice_on(*stages, policy=never_back) == [("stage.trap", "offer"), ("stage.trap", "terms")]
    assert advice_on(*stages, policy=Policy(win=("lead",))) == [("stage.dead_end", "terms")]
    way_back = [Transition("rethink", "terms", "lead")]
    assert advice_on(*stages, policy=never_back, transitions=way_back) == [("stage.dead_end", "terms")]
    assert advice_on(*stages, policy=Policy(win=("lead",), back="never", reopen="lead")) == [
        ("stage.trap", "offer"),
        ("stage.trap", "terms"),
    ]


def test_a_marked_stage_that_cannot_win_is_told() -> None:
    process = Process(
        "solar",
        stages=[Stage("lead", 0.1, exit=[UNSIGNED]), Stage("offer", 0.5), Stage.won("won", entry=[SIGNED]), LOST],
        facts=FACTS,
        policy=Policy(win=("lead", "offer")),
    )
    assert [(finding.code, finding.subject) for finding in process.lint()] == [("win.never", "lead")]
    alone = process.revise(policy=Policy(win=("lead",)))
    assert [(finding.code, finding.subject) for finding in alone.lint()] == [("stage.unreachable", "won")]


def test_what_no_move_checks_is_told() -> None:
    idle = Stage("terms", 0.6, exit=[c.has("seats")], activities=[Activity("call", required=True)])
    assert advice_on(LEAD, idle, policy=Policy(win=("lead",))) == [
        ("criterion.unchecked", "terms.exit"),
        ("activity.unchecked", "terms"),
        ("stage.dead_end", "terms"),
    ]
    barred = Stage("lost", kind="lost", reasons=["price"], entry=[c.has("seats")], when=c.has("seats"))
    process = Process("solar", stages=[LEAD, WON, barred], facts=FACTS)
    assert [finding.subject for finding in process.lint()] == ["lost.when", "lost.entry"]


def test_amounts_in_two_currencies_on_one_way_are_told_once() -> None:
    stages = [Stage("lead", 0.1, exit=[EUROS]), Stage("offer", 0.5), Stage("terms", 0.6, entry=[c.all_of(KRONER)])]
    assert advice_on(*stages) == [("currency.mixed", "terms.entry")]
    assert advice_on(*stages[:2], Stage("terms", 0.6, when=c.has("region"), entry=[KRONER])) == []
    assert advice_on(*stages[:2], Stage("terms", 0.6, entry=[c.when(c.has("region"), KRONER)])) == []
    twice = attrs.evolve(stages[2], exit=[KRONER], entry=[KRONER, c.amount_at_least(Money(2, "NOK"))])
    assert advice_on(*stages[:2], twice) == [("currency.mixed", "terms.entry"), ("currency.mixed", "terms.exit")]


def test_conditions_that_leave_nothing_over_shadow_what_comes_after_them() -> None:
    jumps = [
        Transition("jump", "lead", "won", when=c.has("signed")),
        Transition("jump", "lead", "offer", when=c.not_(c.has("signed"))),
        Transition("jump", "lead", "terms", when=c.has("seats")),
    ]
    stages = [LEAD, Stage("offer", 0.5), Stage("terms", 0.6)]
    assert advice_on(*stages, transitions=jumps) == [("transition.shadowed", "jump")]
    same = [jumps[0], attrs.evolve(jumps[1], when=c.has("signed"))]
    assert advice_on(*stages, transitions=same) == [("transition.shadowed", "jump")]
    unequal = [attrs.evolve(jumps[0], when=SIGNED), attrs.evolve(jumps[1], when=UNSIGNED)]
    assert advice_on(*stages, transitions=unequal) == []


def test_a_category_that_is_not_stated_counts_as_pipeline() -> None:
    assert advice_on(Stage("lead", 0.1, "commit"), Stage("offer", 0.5)) == [("category.falls", "offer")]
    assert advice_on(Stage("lead", 0.1, "closed"), Stage("offer", 0.5)) == [("category.kind", "lead")]


# The two directions: what is called impossible never happens, and what is planted is found.

SMALL = {
    "seats": Fact("seats", int, minimum=0, maximum=3),
    "signed": Fact("signed", bool),
    "region": Fact("region", str, choices=("north", "south")),
}
"""Facts with so few values that every deal can be tried."""

KNOWLEDGE = [
    {name: value for name, value in zip(SMALL, values, strict=True) if value is not None}
    for values in product((None, 0, 1, 2, 3), (None, False, True), (None, "north", "south"))
]


def deal_that_knows(facts: dict[str, Any]) -> Deal:
    return replay([Opened(deal="D", revision=1, at=START, process="solar", version=1, stage="lead", facts=facts)])


EVERY_DEAL = [deal_that_knows(facts) for facts in KNOWLEDGE]
QUESTION = Ask("advance", "offer", START)


def small_criteria() -> SearchStrategy[Criterion]:
    simple = st.one_of(
        st.builds(c.has, st.sampled_from(list(SMALL))),
        st.builds(c.equals, st.just("signed"), st.booleans()),
        st.builds(c.equals, st.just("seats"), st.integers(-1, 4)),
        st.builds(c.at_least, st.just("seats"), st.integers(-1, 4)),
        st.builds(c.at_most, st.just("seats"), st.integers(-1, 4)),
        st.builds(c.matches, st.just("region"), st.sampled_from(("*", "n*", "w*"))),
        st.builds(c.one_of, st.just("region"), st.sampled_from(((), ("north",), ("north", "south"), ("west",)))),
    )
    several = st.lists(compound(simple, max_leaves=3), max_size=3)
    some = st.builds(lambda minimum, parts: c.at_least_of(minimum, *parts), st.integers(1, 3), several)
    return compound(simple | some, max_leaves=5)


@given(st.lists(small_criteria(), min_size=1, max_size=3))
def test_whether_criteria_can_be_met_together_agrees_with_trying_every_deal(criteria: list[Criterion]) -> None:
    tried = any(all(each.verdict(deal, QUESTION) for each in criteria) for deal in EVERY_DEAL)
    assert possible([Claim(each) for each in criteria], SMALL) == tried


@given(small_criteria(), st.sampled_from(("met", "unmet")), st.booleans())
def test_whether_a_criterion_can_come_out_so_agrees_with_trying_every_deal(
    criterion: Criterion, state: Any, holds: bool
) -> None:
    states = {criterion.verdict(deal, QUESTION).state for deal in EVERY_DEAL}
    assert possible([Claim(criterion, state, holds)], SMALL) == any((each == state) is holds for each in states)
    assert certain(criterion, SMALL) == (states == {"met"})


def colliding_criteria(process: Process) -> SearchStrategy[Criterion]:
    """Criteria about few things, so that they are often at odds."""
    stages = [stage.name for stage in process.stages]
    simple = st.one_of(
        criteria_about_facts(),
        st.builds(c.visited, st.sampled_from(stages)),
        st.builds(c.approved, st.sampled_from(("discount", "terms"))),
        st.builds(c.amount_at_least, st.sampled_from((Money(1, "EUR"), Money(1, "NOK")))),
        st.just(c.objections_resolved()),
        *(st.builds(c.done, st.just(a), st.sampled_from(("deal", "visit"))) for a in sorted(process.engine.activities)),
        faulty_criteria(),
    )
    return compound(simple, max_leaves=3)


def criteria_about_facts() -> SearchStrategy[Criterion]:
    return st.one_of(
        st.builds(c.equals, st.just("heritage"), st.booleans()),
        st.builds(c.equals, st.just("seats"), st.integers(8, 11)),
        st.builds(c.at_least, st.just("seats"), st.sampled_from((0, 1, 9, 10))),
        st.builds(c.one_of, st.just("region"), st.sampled_from((("west",), ("north",), ("north", "south")))),
        st.builds(c.count_at_least, st.just("tags"), st.integers(0, 1)),
    )


@st.composite
def odd_processes(draw: st.DrawFn) -> Process:
    """Rulebooks with many demands that are at odds with each other."""
    process = draw(processes())
    several = st.lists(colliding_criteria(process), max_size=2)
    change: dict[str, dict[str, Any]] = {}
    for stage in process.stages:
        if stage.kind in ("open", "won") and draw(st.booleans()):
            change[stage.name] = {draw(st.sampled_from(("entry", "exit", "locked"))): draw(several)}
    return process.revise(change=change)


def demands(process: Process) -> Iterator[tuple[str, Criterion]]:
    for stage in process.stages:
        yield from stage.criteria()
    for transition in process.transitions:
        yield from ((f"{transition.name}.criteria", each) for each in transition.criteria)
        if transition.when is not None:
            yield f"{transition.name}.when", transition.when


def named_by(finding: Finding, process: Process) -> list[Criterion]:
    """The criteria, and parts of them, that stand where the finding is and whose text begins its message."""
    return [
        inner
        for where, criterion in demands(process)
        if where == finding.subject
        for inner in criterion.walk()
        if finding.message.startswith(f"{inner} ")
    ]


def state_of(criterion: Criterion, deal: Deal) -> str:
    try:
        return criterion.verdict(deal, QUESTION).state
    except Exception:  # noqa: BLE001 - a fault of a user's rule
        return "fault"


Ways = dict[str, list[tuple[str, Route]]]
"""The routes of a process with their names, by the stage they leave."""


def ways_of(process: Process) -> Ways:
    ways: Ways = {stage.name: [] for stage in process.stages}
    for name, route in Routes(process).all():
        ways[route.source.name].append((name, route))
    return ways


def escaped(deal: Deal, traps: set[str]) -> bool:
    """Whether a deal was won after it had been in one of the stages, without having been lost in between."""
    trapped = False
    for event in deal.history:
        if isinstance(event, Opened | Entered):
            stage = event.stage if isinstance(event, Opened) else event.destination
            if trapped and event.status == "won":
                return True
            trapped = event.status == "open" and (trapped or stage in traps)
    return False


def assert_not_contradicted(process: Process, ways: Ways, findings: tuple[Finding, ...], deal: Deal) -> None:
    """What the findings call impossible has not happened to a deal that kept to the rules, and cannot happen next."""
    allowed = {(option.name, option.destination) for option in process.options(deal, at=deal.updated_at) if option}
    routes = [route for name, route in ways[deal.stage] if (name, route.destination.name) in allowed]
    assert not escaped(deal, {finding.subject for finding in findings if finding.code == "stage.trap"})
    for finding in findings:
        message = str(finding)
        criteria = named_by(finding, process)
        if finding.code in ("criterion.never", "criterion.always", "criterion.vacuous"):
            assert criteria, message
        if finding.code == "criterion.never":
            assert not any(demanded(criterion, finding.subject, route) for criterion in criteria for route in routes), (
                message
            )
            if " here: " not in finding.message:
                assert all(state_of(criterion, deal) != "met" for criterion in criteria), message
        elif finding.code == "criterion.always":
            assert all(state_of(criterion, deal) == "met" for criterion in criteria), message
        elif finding.code == "criterion.vacuous":
            assert all(state_of(criterion, deal) != "unmet" for criterion in criteria), message
        elif finding.code == "criterion.contradiction":
            places = finding.subject.split(", ")
            together = [
                each for where, each in demands(process) if where in places and f"{each} " in f"{finding.message} "
            ]
            if not any(where.endswith(".activities") for where in places):
                assert not all(state_of(criterion, deal) == "met" for criterion in together), message
        elif finding.code == "criterion.unchecked":
            assert not any(check.where == finding.subject for route in routes for check in route.checks), message
        elif finding.code == "activity.unchecked":
            assert not any(check.where == f"{finding.subject}.activities" for route in routes for check in route.checks)
        elif finding.code == "stage.unreachable":
            assert not visited(deal, finding.subject), message
        elif finding.code == "stage.trap":
            assert deal.stage != finding.subject or "won" not in {destination for _, destination in allowed}, message
        elif finding.code == "stage.dead_end":
            assert deal.stage != finding.subject or not any(ahead(process, route) for route in routes), message
        elif finding.code == "win.never":
            assert deal.stage != finding.subject or "win" not in {name for name, _ in allowed}, message
        elif finding.code == "transition.never":
            source, destination = re.findall(r" (?:from|to) '(\w+)'", finding.message)[:2]
            assert deal.stage != source or (finding.subject, destination) not in allowed, message
        elif finding.code == "transition.shadowed":
            destination, source = re.findall(r" (?:from|to) '(\w+)'", finding.message)[:2]
            assert deal.stage != source or (finding.subject, destination) not in allowed, message


def demanded(criterion: Criterion, where: str, route: Route) -> bool:
    return any((check.where, check.criterion) == (where, criterion) for check in (*route.applies, *route.checks))


def visited(deal: Deal, stage: str) -> bool:
    return c.visited(stage)(deal, QUESTION) is True


def ahead(process: Process, route: Route) -> bool:
    line = [stage.name for stage in process.stages if stage.kind in ("open", "won")]
    return route.destination.name in line[line.index(route.source.name) + 1 :]


@pytest.mark.long
@given(st.data())
def test_what_advice_calls_impossible_never_happens_to_a_deal_that_keeps_to_the_rules(data: DataObject) -> None:
    process = data.draw(odd_processes())
    findings = process.lint()
    try:
        deal = process.open("ACME-1", at=START, facts=data.draw(learnable()), **data.draw(terms()))
    except SalesProcessError:
        assume(False)
    ways = ways_of(process)
    assert_not_contradicted(process, ways, findings, deal)
    for _ in range(12):
        command = data.draw(commands(process, deal=deal))
        if command.verb in ("override", "waive"):
            continue
        try:
            deal = command.run(process, deal)
        except SalesProcessError:
            continue
        assert_not_contradicted(process, ways, findings, deal)


@st.composite
def winding_processes(draw: st.DrawFn) -> Process:
    """Small rulebooks that are all about where a deal has been, so that every deal can be followed to its end."""
    names = ["lead", "talks", "offer"][: draw(st.integers(2, 3))]
    places = st.sampled_from([*names, "won", "support"])
    wish = st.one_of(
        st.builds(c.visited, places),
        st.builds(c.not_, st.builds(c.visited, places)),
        st.sampled_from((SIGNED, UNSIGNED, c.has("signed"), c.not_(c.has("signed")))),
        st.builds(c.done, st.just("call"), st.sampled_from(("deal", "visit"))),
        st.just(c.not_(c.done("call"))),
    )
    wishes = st.sampled_from((0, 0, 1)).flatmap(
        lambda size: st.lists(wish | st.builds(c.any_of, wish, wish) | st.builds(c.when, wish, wish), max_size=size)
    )
    stages = [
        Stage(
            name,
            0.1,
            activities=[Activity("call", required=draw(st.booleans()))],
            entry=draw(wishes),
            exit=draw(wishes),
            when=draw(st.none() | st.none() | wish),
            optional=draw(st.booleans()),
        )
        for name in names
    ]
    ends = [Stage.won("won", entry=draw(wishes)), Stage.after_sale("support", entry=draw(wishes)), LOST]
    sources = st.sampled_from([*names, "won", "lost"])
    moves = {
        (source, destination): Transition(
            "jump", source, destination, criteria=draw(wishes), when=draw(wish | st.none())
        )
        for source, destination in draw(st.lists(st.tuples(sources, st.sampled_from([*names, "won"])), max_size=3))
        if source != destination
    }
    rules = draw(policies(stages=names))
    return Process("winding", stages=[*stages, *ends], facts=FACTS, transitions=moves.values(), policy=rules)


def everywhere(process: Process) -> Iterator[Deal]:
    """Every deal there can be, as far as the rules of `winding_processes` tell deals apart."""
    queue = deque[Deal]()
    for facts in ({}, {"signed": True}, {"signed": False}):
        with suppress(TransitionRefused):
            queue.append(process.open("D", at=START, facts=facts))
    known = set[object]()
    while queue:
        deal = queue.popleft()
        been = frozenset(stage.name for stage in process.stages if visited(deal, stage.name))
        here = c.done("call", during="visit")(deal, QUESTION)
        left = deal.outcome and deal.outcome.left
        key = (deal.stage, deal.status, left, been, deal.facts, bool(deal.activities), here)
        if key in known:
            continue
        known.add(key)
        yield deal
        queue.append(process.record(deal, "call", at=START))
        queue.extend(process.learn(deal, {"signed": value}, at=START, reason="heard") for value in (True, False))
        queue.extend(
            process.take(deal, option.name, at=START, reason="timing")
            for option in process.options(deal, at=START)
            if option
        )


def test_a_deal_may_open_in_any_first_stage_that_may_apply() -> None:
    stages = [Stage("north", when=SIGNED), Stage("south", when=UNSIGNED), Stage.won("won"), Stage.lost("lost")]
    process = Process("two_ways", facts=[Fact("signed", bool)], stages=stages)
    assert [way.destination.name for way in ways.ways_of(process) if way.source is None] == ["north", "south"]


@pytest.mark.long
@given(winding_processes())
def test_what_advice_calls_impossible_happens_to_none_of_all_the_deals_that_there_can_be(process: Process) -> None:
    findings, ways = process.lint(), ways_of(process)
    for deal in everywhere(process):
        assert_not_contradicted(process, ways, findings, deal)


CLEAN = {"generic": templates.load("generic"), "startup": templates.load("startup"), "solar": solar}


@pytest.mark.parametrize("name", CLEAN)
def test_the_processes_of_the_documentation_are_clean(name: str) -> None:
    assert CLEAN[name].lint() == ()


def also(stage: Stage, **more: list[Any]) -> dict[str, dict[str, Any]]:
    """A change of a stage: more entry or exit criteria, or more activities."""
    return {stage.name: {field: [*getattr(stage, field), *values] for field, values in more.items()}}


OWNED, NOT_OWNED = c.has_term("owner"), c.not_(c.has_term("owner"))
REQUIRED = Activity("planted", required=True)


def parking(process: Process, **policy: Any) -> dict[str, Any]:
    """The edit that puts a stage behind the last open one, from which nothing is won."""
    last = [stage.name for stage in process.stages if stage.kind == "open"][-1]
    return {
        "after": {last: Stage("parking", 0.99, "commit")},
        "policy": attrs.evolve(process.policy, win=(last,), **policy),
    }


def winning(process: Process) -> dict[str, Any]:
    """The edit that lets the first stage win, which it never can."""
    first, *_, last = [stage for stage in process.stages if stage.kind == "open"]
    won = next(stage for stage in process.stages if stage.kind == "won")
    return {
        "change": also(first, exit=[NOT_OWNED]) | also(won, entry=[OWNED]),
        "policy": attrs.evolve(process.policy, win=(first.name, last.name)),
    }


def planted(code: str, process: Process) -> dict[str, Any]:
    """The edit that gives a clean process one fault."""
    first, second, third = process.stages[:3]
    won = next(stage for stage in process.stages if stage.kind == "won")
    jump = Transition("jump", first.name, third.name)
    edits: dict[str, dict[str, Any]] = {
        "probability.missing": {"change": {first.name: {"probability": None}}},
        "probability.falls": {"change": {second.name: {"probability": 0.001}}},
        "probability.certain": {"change": {first.name: {"probability": 0}}},
        "category.kind": {"change": {first.name: {"category": "closed"}}},
        "category.falls": {"change": {first.name: {"category": "pipeline"}, second.name: {"category": "omitted"}}},
        "fact.choice": {"facts": [*process.facts, Fact("planted", int, maximum=1, choices=(2,))]},
        "reason.missing": {"change": {"lost": {"reasons": []}}},
        "activity.skippable": {
            "change": {first.name: {"optional": True} | also(first, activities=[REQUIRED])[first.name]}
        },
        "activity.unchecked": {"change": also(process.stages[-2], activities=[REQUIRED])},
        "criterion.never": {"change": also(second, entry=[c.visited(second.name)])},
        "criterion.always": {"change": also(first, exit=[c.all_of()])},
        "criterion.vacuous": {
            "change": also(first, exit=[c.at_least("planted", 0)]),
            "facts": [*process.facts, Fact("planted", int, minimum=0)],
        },
        "criterion.contradiction": {"change": also(first, exit=[OWNED, NOT_OWNED])},
        "criterion.unchecked": {"change": {"lost": {"entry": [OWNED]}}},
        "currency.mixed": {"change": also(first, exit=[EUROS]) | also(won, entry=[KRONER])},
        "transition.shadowed": {"transitions": [jump, attrs.evolve(jump, destination=won.name, when=OWNED)]},
        "transition.never": {
            "transitions": [attrs.evolve(jump, criteria=[OWNED])],
            "change": also(first, exit=[NOT_OWNED]),
        },
        "stage.unreachable": {"change": also(first, exit=[OWNED]) | also(second, entry=[NOT_OWNED])},
        "stage.trap": parking(process, back="never"),
        "stage.dead_end": parking(process),
        "win.never": winning(process),
    }
    return edits[code]


@pytest.mark.parametrize("name", CLEAN)
@pytest.mark.parametrize("code", [code for code, severity in CODES.items() if severity != "error"])
def test_a_fault_that_is_planted_in_a_clean_process_is_found_and_nothing_else(name: str, code: str) -> None:
    process = CLEAN[name].revise(**planted(code, CLEAN[name]))
    assert [finding.code for finding in process.lint()] == [code]


PAGE = Path(__file__).parents[2] / "docs" / "reference" / "lint.md"


def entries() -> dict[str, str]:
    _, *sections = re.split(r"^### `(.+)`$", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return dict(zip(sections[::2], sections[1::2], strict=True))


@pytest.mark.repo
def test_the_page_explains_exactly_the_codes_that_there_are() -> None:
    assert sorted(entries()) == sorted(CODES)


@pytest.mark.repo
@pytest.mark.parametrize("code", CODES)
def test_every_entry_of_the_page_shows_its_finding_and_how_it_goes_away(code: str) -> None:
    entry = entries()[code]
    bad, mended = DocTestParser().get_examples(re.sub(r"^```.*$", "", entry, flags=re.MULTILINE))
    assert entry.strip().startswith(f"{CODES[code].capitalize()}. ")
    assert re.fullmatch(rf"{CODES[code]} {re.escape(code)} at \S.*: .+\n", bad.want), "one finding, this one"
    assert mended.want == "clean\n"
    names: dict[str, Any] = {}
    exec(PAGE.read_text(encoding="utf-8").split("```python\n")[1].split("```")[0], names)
    printed: list[str] = []
    names["print"] = lambda finding: printed.append(f"{finding}\n")
    for example in (bad, mended):
        exec(example.source, names)
    assert printed == [bad.want, mended.want]


@pytest.mark.parametrize("name", ["lead", "a", "site_survey", "q3-2026"])
def test_identifiers(name: str) -> None:
    assert is_name(name)


@pytest.mark.parametrize("name", ["", "Lead", "1st", "site survey", "lead\n", None, 5])
def test_no_identifiers(name: object) -> None:
    assert not is_name(name)


def test_a_removed_stage_that_a_transition_still_names_is_found() -> None:
    process = build(LEAD, Stage("offer", 0.5), transitions=[Transition("jump", "lead", "offer")])
    assert codes_of(lambda: process.revise(without=["offer"])) == ["transition.nowhere"]
    assert process.revise(without=["offer", "jump"]).transitions == ()


def test_a_revision_tells_its_own_errors_with_those_of_the_result() -> None:
    process = build(LEAD)
    assert codes_of(
        lambda: process.revise(
            version=1, without=["x"], after={"y": LEAD}, before={"lead": [LEAD]}, change={"lead": {"colour": "red"}}
        )
    ) == ["after.unknown", "without.unknown", "change.unknown", "version.invalid", "stage.duplicate"]
    assert codes_of(lambda: process.retune({"lead": {"optional": True}, "x": 0.5}, tuning="q3")) == [
        "prior.unknown",
        "retune.unknown",
    ]


def test_revisions_count_up_and_new_names_start_at_one() -> None:
    process = build(LEAD, version=4)
    assert process.revise().version == 5
    assert process.revise(version=9).version == 9
    assert (process.revise("wind").name, process.revise("wind").version) == ("wind", 1)
    assert process.revise("wind", version=3).version == 3


def test_a_label_of_what_is_no_choice_is_found() -> None:
    labels = {"12": "A year", "24": "Two years"}
    [finding] = build(LEAD, facts=[Fact("term", int, choices=(12, 36), choice_labels=labels)]).lint()
    assert str(finding) == "warning fact.choice at term: 24 has a label, and is none of the choices"


def test_an_edit_inserts_changes_and_adds() -> None:
    process = build(LEAD, facts=[Fact("size", int)], label="Solar")
    edited = process.revise(
        before={"lead": Stage("target", 0.05)},
        after={"lead": [Stage("survey", 0.2), Stage("offer", 0.5)]},
        change={"lead": {"probability": 0.1}},
        transitions=[Transition("jump", "lead", "offer")],
        facts=[Fact("roof", int)],
        policy=Policy(back="never"),
        label="Solar 2",
    )
    assert [stage.name for stage in edited.stages] == ["target", "lead", "survey", "offer", "won", "lost"]
    assert (edited.facts[-1].name, edited.policy.back, edited.label) == ("roof", "never", "Solar 2")
    assert [transition.name for transition in edited.transitions] == ["jump"]
    kept = process.revise()
    assert (kept.facts, kept.policy, kept.label) == (process.facts, process.policy, process.label)


def test_a_tuning_changes_priors_and_nothing_that_decides() -> None:
    process = build(LEAD)
    tuned = process.retune({"lead": {"probability": 0.3, "category": "commit"}}, tuning="2026-Q3")
    assert (tuned.stage("lead").probability, tuned.stage("lead").category, tuned.tuning) == (0.3, "commit", "2026-Q3")
    assert (tuned.name, tuned.version, tuned.fingerprint) == (process.name, process.version, process.fingerprint)
    assert tuned != process


def test_the_fingerprint_tells_rules_apart_and_no_words() -> None:
    process = build(LEAD, facts=[Fact("size", int)])
    assert build(attrs.evolve(LEAD, label="Kundeemne"), facts=[Fact("size", int)]).fingerprint == process.fingerprint
    others = [
        build(LEAD),
        build(LEAD, facts=[Fact("size", float)]),
        build(LEAD, facts=[Fact("size", int)], version=2),
        build(LEAD, facts=[Fact("size", int)], policy=Policy(back="never")),
        build(attrs.evolve(LEAD, optional=True), facts=[Fact("size", int)]),
        build(attrs.evolve(LEAD, exit=[c.has("size")]), facts=[Fact("size", int)]),
        build(attrs.evolve(LEAD, activities=[Activity("call")]), facts=[Fact("size", int)]),
        build(LEAD, facts=[Fact("size", int)], transitions=[Transition("jump", "lead", "won")]),
        Process("solar", stages=[LEAD, WON, Stage.lost("lost", reasons=["price"])], facts=[Fact("size", int)]),
    ]
    assert len({other.fingerprint for other in [process, *others]}) == len(others) + 1


def test_everything_that_is_wrong_says_where_and_what_would_be_right() -> None:
    with pytest.raises(InvalidProcess) as caught:
        Process(
            "solar",
            stages=[Stage("Lead!"), Stage("offer", canonical="nonsense"), WON, LOST],  # type: ignore[arg-type]
            transitions=[Transition("jump", "ofer", "offer")],
            policy=Policy(skip="some", back="far"),  # type: ignore[arg-type]
        )
    assert str(caught.value).splitlines() == [
        "the process 'solar' cannot be built:",
        "- Lead!: a stage is named by a lower-case letter, then a-z, 0-9, _ or - [name.invalid]",
        "- offer: 'nonsense' is no canonical step; prospecting, first_contact, needs_assessment, solution_presentation,"
        " handling_objections, closing, follow_up [canonical.unknown]",
        "- jump: it names the stage 'ofer', which is not there; stages: Lead!, offer, won, lost [transition.nowhere]",
        "- policy: skip is one of never, optional, any, not 'some' [policy.skip]",
        "- policy: back is one of never, previous, any, not 'far' [policy.back]",
    ]


def test_a_rule_that_was_not_called_is_named_with_its_place() -> None:
    with pytest.raises(InvalidProcess, match=r"^the process 'p' cannot be built:\n- lead: <rule has") as caught:
        Process("p", stages=[Stage("lead", exit=[c.has]), WON, LOST])  # type: ignore[list-item]
    assert str(caught.value).endswith("is no criterion; call the rule to get one, has('x') [kind]")


def test_two_rules_that_contradict_each_other_are_told_together() -> None:
    never = Stage("lead", 0.1, exit=[c.at_least("size", 5), c.at_most("size", 3)])
    told = [each.message for each in build(never, facts=[Fact("size", int)]).lint() if each.subject == "lead.exit"]
    assert told == ["at_least(size, 5) and at_most(size, 3) can never be met together"]
