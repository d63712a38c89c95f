from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given

from salesprocess import Money, Process, Stage, Transition
from salesprocess import criteria as c
from salesprocess.criteria import Ask, Criterion, criterion
from salesprocess.deal import Deal
from salesprocess.routes import Routes
from salesprocess.wording import only_if, say
from tests.strategies import compound, processes, stock_criteria


@criterion("has", "there is no drone picture", names={"what": "fact"})
def has_picture(deal: Deal, ask: Ask, what: str) -> bool:
    """A rule of a user that happens to be called like one of ours."""
    return what in deal.facts


A, B = c.has("a"), c.done("b")


@pytest.mark.parametrize(
    ("wanted", "words", "opposite"),
    [
        (c.has("roof_area"), "roof_area is known", "roof_area is not known"),
        (c.has_term("amount"), "amount is stated", "amount is not stated"),
        (c.equals("heritage", True), "heritage is True", "heritage is not True"),
        (c.equals("tags", ("a", "b", "c")), "tags is a, b or c", "tags is not a, b or c"),
        (c.equals("day", date(2026, 1, 5)), "day is 2026-01-05", "day is not 2026-01-05"),
        (
            c.equals("met", datetime(2026, 1, 5, 9, tzinfo=UTC)),
            "met is 2026-01-05 09:00 UTC",
            "met is not 2026-01-05 09:00 UTC",
        ),
        (c.one_of("region", ("north", "south")), "region is north or south", "region is not north or south"),
        (c.one_of("region", ()), "region is nothing", "region is not nothing"),
        (c.at_least("margin", Decimal("0.2")), "margin at least 0.2", "margin below 0.2"),
        (c.at_least("budget", Money(5, "EUR")), "budget at least 5 EUR", "budget not at least 5 EUR"),
        (c.amount_at_least(Money("1000", "EUR")), "amount at least 1000 EUR", "amount not at least 1000 EUR"),
        (c.count_at_least("tags", 1), "tags has at least 1 value", "tags has fewer than 1 value"),
        (c.count_at_least("tags", 2), "tags has at least 2 values", "tags has fewer than 2 values"),
        (c.done("call"), "call is done", "call is not done"),
        (c.done("call", during="visit"), "call is done in this visit", "call is not done in this visit"),
        (c.visited("offer"), "offer was visited", "offer was never visited"),
        (c.objections_resolved(), "no objection is open", "an objection is open"),
        (c.has_items(), "the offer has line items", "the offer has no line items"),
        (c.before("visit"), "it is before visit", "it is not before visit"),
        (
            c.before("visit", timedelta(days=1)),
            "it is before 1 day after visit",
            "it is not before 1 day after visit",
        ),
        (
            c.before("visit", timedelta(hours=-2)),
            "it is before 2 hours before visit",
            "it is not before 2 hours before visit",
        ),
        (c.approvals_at_least("go", 1), "go is approved by at least 1 person", "go is approved by fewer than 1 person"),
        (
            c.approvals_at_least("go", 2, role="partner", while_unchanged=("amount",)),
            "go is approved by at least 2 people in the role partner, with amount unchanged since",
            "go is approved by fewer than 2 people in the role partner, with amount unchanged since",
        ),
        (c.approved("fast"), "fast is approved", "fast is not approved"),
        (
            c.approved("fast", role="manager", not_by="owner", while_unchanged=("amount", "seats")),
            "fast is approved by manager, not by the owner, with amount and seats unchanged since",
            "fast is not approved by manager, not by the owner, with amount and seats unchanged since",
        ),
        (c.not_(A), "a is not known", "a is known"),
        (c.all_of(), "always", "never"),
        (c.any_of(), "never", "always"),
        (c.any_of(A), "a is known", "a is not known"),
        (c.all_of(A, B), "a is known and b is done", "a is not known or b is not done"),
        (c.any_of(A, B), "a is known or b is done", "a is not known and b is not done"),
        (
            c.all_of(A, c.any_of(A, B)),
            "a is known and (a is known or b is done)",
            "a is not known or (a is not known and b is not done)",
        ),
        (c.when(A, B), "if a is known: b is done", "a is known and b is not done"),
        (
            c.when(c.all_of(A, B), c.not_(c.when(A, B))),
            "if (a is known and b is done): (a is known and b is not done)",
            "(a is known and b is done) and (if a is known: b is done)",
        ),
        (has_picture("roof"), "has(roof)", "not has(roof)"),
    ],
)
def test_a_criterion_says_what_it_wants_and_its_negation_the_opposite(
    wanted: Criterion, words: str, opposite: str
) -> None:
    assert say(wanted) == words
    assert say(c.not_(wanted)) == opposite


@given(compound(stock_criteria()))
def test_two_negations_say_the_same_as_none(wanted: Criterion) -> None:
    assert say(c.not_(c.not_(wanted))) == say(wanted)


@given(processes())
def test_the_checks_of_every_transition_have_words(process: Process) -> None:
    """The rules that the routes are made of are told in sentences; only a user's rule is told by its short form."""
    for _, route in Routes(process).all():
        for check in (*route.applies, *route.checks, *route.inputs):
            if all(each.rule.__module__.startswith("salesprocess.") for each in check.criterion.walk()):
                assert say(check.criterion) != str(check.criterion)
                assert say(c.not_(check.criterion)) != f"not {check.criterion}"


def test_the_rules_behind_the_standard_transitions_read_as_sentences() -> None:
    process = Process(
        "solar",
        stages=[
            Stage("lead"),
            Stage("permit", when=c.has_term("owner")),
            Stage("offer"),
            Stage.won("won"),
            Stage.lost("lost", reasons=["price"]),
        ],
        transitions=[Transition("jump", "lead", "offer")],
    )
    said = {say(each.criterion) for _, route in Routes(process).all() for each in (*route.applies, *route.checks)}
    assert said == {
        "the deal is not on hold",
        "owner is stated",
        "owner is not stated",
        "if owner is stated: permit was visited",
        "lead is the stage it left",
        "permit is the stage it left",
        "offer is the stage it left",
    }


def test_a_condition_of_conditions_is_set_apart() -> None:
    assert only_if([A]) == "if a is known"
    assert only_if([A, c.any_of(A, B)]) == "if a is known and (a is known or b is done)"
    assert only_if([c.when(A, B)]) == "if (if a is known: b is done)"
