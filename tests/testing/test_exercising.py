"""A report says which rules a test run made use of, and what it has not touched."""

from datetime import timedelta

import pytest

from salesprocess import Actor, Fact, LineItem, Money, Policy, Process, Stage
from salesprocess import criteria as c
from salesprocess.deal import Deal
from salesprocess.errors import SalesProcessError
from salesprocess.testing import Exercised, exercised
from salesprocess.testing.commands import START

large = c.amount_at_least(Money(1000, "EUR"))


@c.criterion("broken", "it does not work")
def broken(deal: Deal, ask: c.Ask) -> bool:
    raise ZeroDivisionError


def shop(**given: object) -> Process:
    return Process(
        "shop",
        facts=[Fact("seats", int), Fact("heritage", bool)],
        stages=[
            Stage("lead", entry=[c.has_term("owner")], exit=[c.has("seats")]),
            Stage("permit", when=c.equals("heritage", True)),
            Stage("offer", optional=True),
            Stage.won("won", entry=[c.when(large, c.approved("discount"))]),
            Stage.lost("lost", reasons=["price"]),
        ],
        policy=Policy(**{"back": "previous", "override": ("boss",), **given}),  # type: ignore[arg-type]
    )


def opened(process: Process, **facts: object) -> Deal:
    return process.open("ACME-1", at=START, owner="kari", amount=Money(5, "EUR"), facts=facts)  # type: ignore[arg-type]


def test_what_was_taken_met_and_refused_is_counted() -> None:
    process = shop()
    with exercised(process) as run:
        deal = opened(process, heritage=False)
        with pytest.raises(SalesProcessError):
            process.advance(deal, at=START)
        process.decide(deal, "advance", at=START)
        deal = process.learn(deal, {"seats": 1}, at=START)
        deal = process.advance(deal, at=START, by=Actor("ola"))
        with pytest.raises(SalesProcessError):
            process.open("ACME-2", at=START, items=[LineItem("panels", Money(5, "EUR"))])
        with pytest.raises(SalesProcessError):
            process.open("ACME-2", at=START, stage="lead")
        with pytest.raises(SalesProcessError):
            process.open("ACME-3", at=START, facts={"sets": 1})
    report = run.report()
    assert report.transitions["advance from lead to offer"] == 1
    assert report.criteria["lead.exit: has(seats)"] == {"met": 1, "unmet": 2, "unknown": 0, "fault": 0}
    assert report.criteria["permit.when: equals(heritage, True)"]["unmet"] == 3
    assert report.criteria["lead.entry: has_term(owner)"] == {"met": 1, "unmet": 2, "unknown": 0, "fault": 0}
    assert "win from offer to won was never taken" in report.missing
    assert "won.entry: approved(discount) was never met" in report.missing
    assert "lead.exit: has(seats) was never met" not in report.missing


def test_nothing_is_counted_of_other_processes_or_afterwards() -> None:
    process, other = shop(), shop(back="any")
    with exercised(process) as run:
        opened(other)
        opened(shop())
    opened(process)
    assert run.report().criteria["lead.entry: has_term(owner)"]["met"] == 1


def test_the_policies_are_told_by_what_they_allow_and_refuse() -> None:
    process = shop()
    boss, far = Actor("ola", roles=["boss"]), timedelta(days=1)
    with exercised(process) as run:
        deal = process.learn(opened(process, heritage=False), {"seats": 2}, at=START)
        offered = process.advance(deal, at=START)
        process.take(offered, "to_lead", at=START)
        won = process.win(offered, at=START)
        process.reopen(won, at=START)
        process.move(deal, "won", at=START)
        process.override(deal, "won", at=START, by=boss, reason="so")
        process.override(opened(process, heritage=False), "won", at=START, by=boss, reason="so")
        process.note(deal, "late", at=START - timedelta(seconds=1))
        for refused in (
            lambda: process.override(opened(process), "won", at=START, by="ola", reason="so"),
            lambda: process.note(deal, "too late", at=START - far),
            lambda: process.learn(deal, {"sets": 2}, at=START),
            lambda: process.move(opened(shop(skip="never")), "offer", at=START),
            lambda: process.win(opened(process), at=START),
            lambda: process.reopen(deal, at=START),
            lambda: process.take(won, "to_offer", at=START),
        ):
            with pytest.raises(SalesProcessError):
                refused()
    policies = run.report().policies
    assert policies["override"] == {"allowed": 1, "refused": 1}
    assert policies["back"]["allowed"] == 1
    assert policies["skip"]["allowed"] == 2
    assert policies["win"]["allowed"] == 3
    assert policies["reopen"]["allowed"] == 1
    assert policies["win"]["refused"] == 1
    assert policies["clock_skew"] == {"allowed": 1, "refused": 1}
    assert policies["facts"] == {"allowed": 0, "refused": 1}


def test_facts_that_nobody_declared_are_told_where_they_are_free() -> None:
    process = shop(facts="free")
    with exercised(process) as run:
        opened(process, roof="flat")
        process.learn(opened(process), {"colour": "red"}, at=START)
    assert run.report().policies["facts"] == {"allowed": 2, "refused": 0}


def test_a_stated_stage_is_asked_alone_and_a_fault_is_one() -> None:
    process = Process(
        "p", stages=[Stage("lead", exit=[broken()]), Stage("offer"), Stage.won("won"), Stage.lost("lost")]
    )
    with exercised(process) as run:
        process.open("ACME-1", at=START, stage="offer")
        deal = process.open("ACME-1", at=START)
        process.decide(deal, "advance", at=START)
        with pytest.raises(SalesProcessError):
            process.decide(deal, "dance", at=START)
    assert run.report().criteria["lead.exit: broken()"]["fault"] == 1


def test_reports_of_one_rulebook_add_up_and_print() -> None:
    process = shop()
    with exercised(process) as one:
        deal = process.learn(opened(process, heritage=False), {"seats": 2}, at=START)
    with exercised(process) as other:
        process.advance(deal, at=START)
    both: Exercised = one.report() + other.report()
    assert both.transitions["advance from lead to offer"] == 1
    assert both.criteria["lead.entry: has_term(owner)"]["met"] == 1
    assert str(both).startswith("shop version 1: 1 of ")
    assert "criterion" in str(both)
    with exercised(shop(back="any")) as run:
        other_report = run.report()
    with pytest.raises(ValueError, match="these reports are about"):
        _ = both + other_report


def test_a_run_that_misses_nothing_says_so() -> None:
    process = Process("p", stages=[Stage("lead"), Stage.won("won"), Stage.lost("lost")], policy=Policy(reopen="never"))
    with exercised(process) as run:
        deal = process.open("ACME-1", at=START)
        process.win(deal, at=START)
        process.lose(deal, at=START)
    assert run.report().missing == ()
    assert str(run.report()).endswith("Nothing is missing.")
