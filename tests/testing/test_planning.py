"""Criteria are met, and undone, on purpose: each by the command that a person would think of first."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import strategies as st

from salesprocess import Activity, Actor, Fact, LineItem, Money, Policy, Process, Stage, Transition
from salesprocess import criteria as c
from salesprocess.deal import Deal
from salesprocess.remedies import Amend, AskAs, Learn, Wait, remedies
from salesprocess.testing import Command, ways
from salesprocess.testing.commands import START
from salesprocess.testing.planning import Planner, Situation, Wanted
from salesprocess.testing.values import Values
from salesprocess.verdicts import Reason

EUR = Money("100", "EUR")


@c.criterion("lean", "it is too much", names={"value": "value"})
def lean(deal: Deal, ask: c.Ask, *, value: str) -> bool:
    """A rule of a user about a fact or a term."""
    known = getattr(deal, value) if value in ("amount", "owner", "items") else deal.facts[value]
    return known in (None, (), 0) or known == Money(0, "EUR")


@c.criterion("stubborn", "it does not matter what you say", names={"value": "value"})
def stubborn(deal: Deal, ask: c.Ask, *, value: str, answer: bool = False) -> bool:
    """A rule that names what it does not read."""
    return answer


@c.criterion("touched", "nobody has called", names={"activity": "activity"})
def touched(deal: Deal, ask: c.Ask, *, activity: str) -> bool:
    """A rule of a user about work."""
    return any(done.activity == activity for done in deal.activities)


@c.criterion("never", "it is never enough")
def never(deal: Deal, ask: c.Ask) -> bool:
    return False


def command(verb: str, **arguments: Any) -> Command:
    return Command(verb, {"at": START, **arguments})


def small(*exit: c.Criterion, **given: Any) -> Process:
    facts = [Fact("seats", int, minimum=0, maximum=9), Fact("tags", str, many=True), Fact("region", str)]
    stages = [Stage("lead", exit=exit, activities=[Activity("call")]), Stage("offer"), Stage.won("won")]
    return Process("small", facts=facts, stages=[*stages, Stage.lost("lost")], **given)


def planned(criterion: c.Criterion, wanted: Wanted, *before: Command, **given: Any) -> list[str] | None:
    """The commands that the planner adds to those before; None when it knows none."""
    process = small(criterion, **given)
    deal = command("open", deal="ACME-1").run(process)
    for each in before:
        deal = each.run(process, deal)
    reached = Planner(process, Values(process)).reached(
        Situation(deal, START, by=Actor("ola", roles=["boss"])), "advance", "offer", [(criterion, wanted)]
    )
    there = next(reached, None)
    return None if there is None else [repr(each) for each in there.commands]


SEATS = command("learn", facts={"seats": 3})
AMOUNT = command("amend", amount=EUR)
ITEMS = command("amend", amount=EUR, items=[LineItem("all of it", EUR)])
APPROVED = command("approve", subject="price", by="ola")
OBJECTION = command("raise_objection", objection="price")


@pytest.mark.parametrize(
    ("criterion", "before", "undone"),
    [
        (c.has("seats"), [SEATS], ["learn(forget=('seats',))"]),
        (c.at_most("seats", 3), [SEATS], ["learn({'seats': 4})"]),
        (c.has_term("amount"), [AMOUNT], ["amend(clear=('amount',))"]),
        (c.amount_at_least(EUR), [AMOUNT], ["amend(amount=Money('99.99', 'EUR'))"]),
        (c.amount_at_least(EUR), [ITEMS], ["amend(amount=Money('99.99', 'EUR'), items=(LineItem(name='all of it',"]),
        (c.approved("price"), [APPROVED], ["withdraw_approval('price')"]),
        (c.approvals_at_least("price", 1), [APPROVED], ["withdraw_approval('price')"]),
        (c.objections_resolved(), [], ["raise_objection('price')"]),
        (c.has_items(), [ITEMS], ["amend(clear=('items',))"]),
        (c.done_within("call", timedelta(days=1)), [command("record", activity="call")], []),
        (c.any_of(c.has("seats"), c.has_term("amount")), [AMOUNT], ["amend(clear=('amount',))"]),
        (c.all_of(c.has("seats"), c.has_term("amount")), [SEATS, AMOUNT], ["learn(forget=('seats',))"]),
        (c.at_least_of(1, c.has("seats"), c.has_term("amount")), [SEATS], ["learn(forget=('seats',))"]),
        (lean(value="amount"), [], ["amend(amount=Money('1000', 'EUR'))"]),
        (lean(value="items"), [], ["amend(amount=Money('1000', 'EUR'), items=(LineItem(name='all of it',"]),
    ],
    ids=str,
)
def test_a_rule_is_undone(criterion: c.Criterion, before: list[Command], undone: list[str]) -> None:
    found = planned(criterion, "unmet", *before)
    assert found is not None
    assert len(found) == len(undone)
    assert all(each.startswith(start) for each, start in zip(found, undone, strict=True))


@pytest.mark.parametrize(
    ("criterion", "before", "needed"),
    [
        (c.objections_resolved(), [OBJECTION, OBJECTION], ["resolve_objection(2)", "resolve_objection(3)"]),
        (
            c.objections_resolved(),
            [OBJECTION, command("resolve_objection", number=2), OBJECTION],
            ["resolve_objection(4)"],
        ),
        (c.not_asked_by_owner(), [command("amend", owner="ola")], []),
        (c.asked_by_owner(), [command("amend", owner="nils")], []),
        (
            c.amount_at_most(EUR * Decimal("0.5")),
            [ITEMS],
            ["amend(amount=Money('50.0', 'EUR'), items=(LineItem(name='all of it',"],
        ),
        (c.has_items(), [AMOUNT], ["amend(amount=Money('100', 'EUR'), items=(LineItem(name='all of it',"]),
        (c.matches("region", "roof*"), [], ["learn({'region': 'roof'})"]),
        (lean(value="amount"), [AMOUNT], ["amend(amount=Money('0', 'EUR'))"]),
        (lean(value="seats"), [], ["learn({'seats': 0})"]),
        (touched(activity="call"), [], ["record('call')"]),
        (c.approved("price", not_by="owner"), [command("amend", owner="ola")], ["approve('price', by='approver 1')"]),
        (c.approved("price"), [command("lose")], ["approve('price', by='ola')"]),
        (c.has("seats"), [command("lose")], ["learn({'seats': 1}, reason='told later')"]),
    ],
    ids=str,
)
def test_a_rule_is_met_from_where_the_deal_stands(
    criterion: c.Criterion, before: list[Command], needed: list[str]
) -> None:
    found = planned(criterion, "met", *before)
    assert found is not None
    assert len(found) == len(needed)
    assert all(each.startswith(start) for each, start in zip(found, needed, strict=True))


@pytest.mark.parametrize(
    ("criterion", "wanted"),
    [
        (c.all_of(c.equals("seats", 1), c.equals("seats", 2)), "met"),
        (never(), "met"),
        (c.visited("offer"), "met"),
        (c.asked_by_role("boss"), "unmet"),
        (c.not_(c.asked_by_role("boss")), "met"),
        (c.at_least("seats", 20), "met"),
        (c.all_of(c.asked_by_role("clerk"), never()), "met"),
        (c.term_equals("probability", 2.0), "met"),
        (stubborn(value="seats"), "met"),
        (stubborn(value="amount"), "met"),
        (stubborn(value="seats", answer=True), "unmet"),
        (stubborn(value="amount", answer=True), "unmet"),
        (c.at_least_of(2, never(), never(), c.has("seats")), "met"),
    ],
    ids=str,
)
def test_what_cannot_be_is_given_up(criterion: c.Criterion, wanted: Wanted) -> None:
    assert planned(criterion, wanted) is None


def test_the_search_ends_when_its_budget_is_spent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("salesprocess.testing.planning._BUDGET", 2)
    assert (
        planned(c.all_of(c.any_of(lean(value="seats"), never()), c.any_of(lean(value="seats"), never())), "met") is None
    )


def test_a_user_may_draw_terms_and_facts_from_strategies() -> None:
    process = small(lean(value="seats"))
    free = {"lean": {"seats": st.just(0), "owner": st.sampled_from(["nils"])}}
    assert ways(process, meet=free).to_stage["offer"].run().owner == "nils"
    refused = {"lean": {"seats": 99}}  # more than the fact takes: what the declaration suggests is tried then
    assert ways(process, meet=refused).to_stage["offer"].run().facts == {"seats": 0}
    wrong = {"lean": [command("learn", facts={"seats": 99}), command("note", text="said once more")]}
    assert ways(process, meet=wrong).to_stage["offer"].run().facts == {"seats": 0}
    two = ways(process, facts={"seats": st.sampled_from([5, 0])})
    assert two.to_stage["offer"].run().facts == {"seats": 0}


def test_facts_that_nobody_declared_get_the_kind_that_they_are_compared_with() -> None:
    rules = [c.at_least("margin", Decimal("0.3")), c.has("contact"), c.count_at_least("dates", 2)]
    process = Process(
        "free",
        stages=[Stage("lead", exit=rules[:2]), Stage.won("won"), Stage.lost("lost")],
        policy=Policy(facts="free"),
    )
    assert ways(process).to_stage["won"].run().facts == {"margin": Decimal("0.3"), "contact": "something"}


def test_enough_values_are_told_of_a_fact_that_is_counted() -> None:
    process = Process(
        "tally",
        facts=[Fact("visits", date, many=True)],
        stages=[Stage("lead", exit=[c.count_at_least("visits", 5)]), Stage.won("won"), Stage.lost("lost")],
    )
    [visits] = ways(process).to_stage["won"].run().facts.values()
    assert isinstance(visits, tuple)
    assert len(visits) >= 5


def test_rules_about_who_asks_are_met_when_a_deal_is_opened() -> None:
    stages = [Stage("lead", entry=[c.asked_by_role("boss"), c.has_term("owner")])]
    process = Process("guarded", stages=[*stages, Stage.won("won"), Stage.lost("lost")])
    opened = ways(process).to_stage["lead"].last
    assert opened.arguments["by"].roles == {"boss"}


def test_the_answers_to_rules_about_time_and_people() -> None:
    due = Reason("waited", parameters={"due": START})
    role = Reason("asked_by_role", parameters={"role": "boss"})
    currency = Reason("currency", parameters={"minimum": EUR})
    glob = Reason("matches", parameters={"fact": "tags", "pattern": "roof*"})
    assert [*remedies(due), *remedies(role), *remedies(currency), *remedies(glob)] == [
        Wait(START),
        AskAs(role="boss"),
        Amend("amount", minimum=EUR),
        Learn("tags", ("roof",)),
    ]


def test_a_stage_that_only_an_exception_leads_to_is_reached_by_its_roles() -> None:
    process = Process(
        "barred",
        stages=[
            Stage("lead", exit=[never()]),
            Stage.won("won", locked=[c.has_term("amount")]),
            Stage.after_sale("installation"),
            Stage.lost("lost"),
        ],
        transitions=[Transition("again", "won", "lead")],
        policy=Policy(override=("boss",)),
    )
    found = ways(process)
    assert "override('won', by=Actor('ola', roles=['boss']), reason='an exception')" in repr(
        found.to_stage["installation"]
    )


def test_what_a_new_deal_cannot_have_bars_the_stage() -> None:
    rest = [Stage.won("won"), Stage.lost("lost", reasons=["price", "timing"])]
    call = [Activity("call")]
    entered = Process("entered", stages=[Stage("lead", entry=[c.done("call")], activities=call), *rest])
    assert set(ways(entered).to_stage) == set()
    drop = Transition("drop", "lead", "lost", criteria=[never()])
    branched = Process(
        "branched",
        stages=[Stage("lead", when=c.done("call"), activities=call), Stage("offer"), *rest],
        transitions=[drop],
        policy=Policy(override="never"),
    )
    found = ways(branched)
    assert "lead" in found.to_stage
    assert [edge.asked for edge in found.barred] == ["drop", "reopen"]


def test_a_lock_is_opened_on_the_way_back_to_a_stage_that_was_passed_over() -> None:
    paper = Stage("paper", optional=True, locked=[c.has("seats")])
    process = Process(
        "locked",
        facts=[Fact("seats", int)],
        stages=[Stage("lead"), paper, Stage("offer"), Stage.won("won"), Stage.lost("lost")],
        policy=Policy(skip="optional", back="any"),
    )
    [back] = [
        path for edge, path in ways(process).to_edge.items() if (edge.source, edge.destination) == ("offer", "paper")
    ]
    assert "learn({'seats': 1})" in repr(back)


def test_values_of_the_user_are_searched_for_one_that_will_do() -> None:
    mixed = st.sampled_from([3, "seven", 4, 5, 8])
    found = ways(small(c.at_least("seats", 8)), facts={"seats": mixed})
    assert found.to_stage["offer"].run().facts == {"seats": 8}
    prices = st.sampled_from([Money(each, "EUR") for each in (300, 200, 250, 90, 100)])
    cheap = ways(small(c.amount_at_most(EUR), c.has_term("amount")), facts={"amount": prices})
    assert cheap.to_stage["offer"].run().amount == Money(90, "EUR")
    assert ways(small(c.at_least("seats", 8)), facts={"seats": 5}).barred
