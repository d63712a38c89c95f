from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given

from salesprocess import Money, Process, Stage, Transition, wording
from salesprocess import criteria as c
from salesprocess.criteria import Ask, Criterion, Rule, criterion
from salesprocess.deal import Deal
from salesprocess.routes import Routes
from salesprocess.testing import compound, processes, rules
from salesprocess.wording import only_if, say


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
        (c.term_equals("category", "commit"), "category is commit", "category is not commit"),
        (c.at_most("margin", Decimal("0.4")), "margin at most 0.4", "margin above 0.4"),
        (c.at_most("budget", Money(5, "EUR")), "budget at most 5 EUR", "budget not at most 5 EUR"),
        (c.amount_at_most(Money(5000, "EUR")), "amount at most 5000 EUR", "amount not at most 5000 EUR"),
        (
            c.monthly_recurring_at_least(Money(500, "EUR")),
            "monthly recurring revenue at least 500 EUR",
            "monthly recurring revenue not at least 500 EUR",
        ),
        (
            c.annual_recurring_at_least(Money(6000, "EUR")),
            "annual recurring revenue at least 6000 EUR",
            "annual recurring revenue not at least 6000 EUR",
        ),
        (
            c.contains("stakeholders", "CFO"),
            "stakeholders has CFO among its values",
            "stakeholders does not have CFO among its values",
        ),
        (c.matches("email", "*@x.no"), "email matches *@x.no", "email does not match *@x.no"),
        (
            c.matches("country", "no*", ignore_case=True),
            "country matches no*, in upper or lower case",
            "country does not match no*, in upper or lower case",
        ),
        (
            c.done_by_role("call", "manager", during="visit"),
            "call is done by manager in this visit",
            "call is not done by manager in this visit",
        ),
        (c.done_times("call", 1), "call is done at least 1 time", "call is done fewer than 1 time"),
        (
            c.done_times("call", 2, during="visit"),
            "call is done at least 2 times in this visit",
            "call is done fewer than 2 times in this visit",
        ),
        (
            c.done_within("call", timedelta(days=7)),
            "call is done in the last 7 days",
            "call is not done in the last 7 days",
        ),
        (
            c.visited_times("offer", 2),
            "offer was visited at least 2 times",
            "offer was visited fewer than 2 times",
        ),
        (c.after("trial_ends"), "trial_ends has come", "trial_ends has not come"),
        (
            c.after("trial_ends", timedelta(days=2), tz="Europe/Oslo"),
            "2 days after trial_ends in Europe/Oslo has come",
            "2 days after trial_ends in Europe/Oslo has not come",
        ),
        (
            c.not_before(date(2026, 4, 1), tz="Europe/Oslo"),
            "2026-04-01 in Europe/Oslo has come",
            "2026-04-01 in Europe/Oslo has not come",
        ),
        (
            c.not_before(datetime(2026, 4, 1, 9, tzinfo=UTC), tz="Europe/Oslo"),
            "2026-04-01 09:00 UTC has come",
            "2026-04-01 09:00 UTC has not come",
        ),
        (
            c.within(timedelta(minutes=10)),
            "the deal is in its stage for at most 10 minutes",
            "the deal is in its stage for more than 10 minutes",
        ),
        (
            c.waited(timedelta(days=14), since="opening"),
            "the deal is open for at least 14 days",
            "the deal is open for less than 14 days",
        ),
        (c.asked_by_role("manager"), "manager asks", "somebody who is not manager asks"),
        (c.asked_by_owner(), "the owner of the deal asks", "somebody else than the owner of the deal asks"),
        (c.not_asked_by_owner(), "somebody else than the owner of the deal asks", "the owner of the deal asks"),
        (c.at_least_of(1, A, B), "a is known or b is done", "a is not known and b is not done"),
        (c.at_least_of(2, A, B), "a is known and b is done", "a is not known or b is not done"),
        (c.at_least_of(1), "never", "always"),
        (
            c.at_least_of(3, A, B),
            "at least 3 of these: a is known; b is done",
            "fewer than 3 of these: a is known; b is done",
        ),
        (c.at_least_of(2), "at least 2 of these: nothing", "fewer than 2 of these: nothing"),
        (
            c.all_of(A, c.at_least_of(2, A, B, c.any_of(A, B))),
            "a is known and (at least 2 of these: a is known; b is done; (a is known or b is done))",
            "a is not known or (fewer than 2 of these: a is known; b is done; (a is known or b is done))",
        ),
        (has_picture("roof"), "has(roof)", "not has(roof)"),
    ],
)
def test_a_criterion_says_what_it_wants_and_its_negation_the_opposite(
    wanted: Criterion, words: str, opposite: str
) -> None:
    assert say(wanted) == words
    assert say(c.not_(wanted)) == opposite


def test_every_rule_of_the_library_has_words() -> None:
    """Written in code, a rule of the library would stand in a picture between sentences."""
    rules = {rule.code for rule in vars(c).values() if isinstance(rule, Rule)}
    assert rules <= {*wording._SENTENCES, *wording._SPECIAL}


@given(compound(rules()))
def test_two_negations_say_the_same_as_none(wanted: Criterion) -> None:
    assert say(c.not_(c.not_(wanted))) == say(wanted)


@pytest.mark.counted
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
