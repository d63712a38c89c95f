"""Guarded moves, decisions, replay and building a process, beside the stock machine of `transitions`."""

from __future__ import annotations

import tracemalloc
from typing import Any

import attrs
import pytest
from transitions import EventData, Machine

from salesprocess import Activity, Deal, Fact, FactValue, Money, Policy, Process, Stage, replay
from salesprocess import criteria as c
from salesprocess.events import ActivityDone
from salesprocess.rules import Back
from tests.benchmarks import machines
from tests.benchmarks.conftest import Compare, Run
from tests.solar import AT

process = Process(
    "bench",
    facts=[Fact("size", int)],
    stages=[Stage("a", exit=[c.has("size")]), Stage("b"), Stage.won("won"), Stage.lost("lost")],
)
deal = process.open("A", amount=Money(5, "EUR"), facts={"size": 1}, at=AT)


class Bare:
    """The least a stock machine can move."""

    __slots__ = ("size", "state")

    def __init__(self) -> None:
        self.state, self.size = "a", 1


def stock() -> tuple[Machine, Bare]:
    def guard(event: EventData) -> bool:
        model: Any = event.model
        return model.size is not None

    machine = Machine(model=None, states=["a", "b"], initial=None, auto_transitions=False, send_event=True)
    machine.add_transition("advance", "a", "b", conditions=guard)
    machine.add_transition("back", "b", "a", conditions=guard)
    return machine, Bare()


def test_a_guarded_move(compare: Compare) -> None:
    machine, model = stock()
    advance, back = machine.events["advance"], machine.events["back"]

    def there_and_back() -> None:
        advance.trigger(model)
        back.trigger(model)

    def twice() -> None:
        process.advance(deal, at=AT, by="kari")
        process.advance(deal, at=AT, by="kari")

    def decide_twice() -> None:
        process.decide(deal, "advance", at=AT, by="kari")
        process.decide(deal, "advance", at=AT, by="kari")

    runs = {
        "stock transitions, bare object": there_and_back,
        "process.advance": twice,
        "process.decide, yes": decide_twice,
    }
    compare(runs, calls=200, rounds=60, per=2, unit="move")


@pytest.mark.parametrize("facts", [machines.MET, machines.UNMET], ids=["all met", "three unmet"])
def test_the_options_of_eight_stages_with_three_criteria_each(facts: dict[str, FactValue], compare: Compare) -> None:
    plain, branching = machines.process(), machines.process(conditional=True)
    deal, other = (
        machines.in_the_middle(plain, facts),
        machines.in_the_middle(branching, {**facts, "k2": True, "k4": True}),
    )
    ours = [option.name for option in plain.options(deal, at=AT) if option.allowed]
    stock, statemachine = machines.stock(facts), machines.statemachine(facts)
    assert set(ours) == set(stock()) == set(statemachine())
    runs = {
        "stock transitions, yes or no": stock,
        "python-statemachine, yes or no": statemachine,
        "process.options": lambda: plain.options(deal, at=AT),
        "process.options, conditional stages": lambda: branching.options(other, at=AT),
        "process.decide": lambda: plain.decide(deal, "advance", at=AT),
    }
    compare(runs, calls=20, rounds=300)


def seven_events() -> Deal:
    told = process.open("A", amount=Money("48000", "EUR"), owner="kari", facts={"size": 1}, at=AT, by="kari")
    told = process.amend(told, amount=Money("52000", "EUR"), at=AT, by="kari")
    told = process.advance(told, at=AT, by="kari")
    told = process.note(told, "asked for a reference", at=AT, by="kari")
    told = process.approve(told, "discount", role="deal_desk", at=AT, by="ola", extra=True)
    told = process.win(told, at=AT, by="kari")
    return process.reopen(told, at=AT, by="kari")


def test_replay(compare: Compare) -> None:
    history = seven_events().history
    compare({"replay": lambda: replay(history)}, calls=500, rounds=40, per=len(history), unit="event")


def long_deal(count: int) -> Deal:
    """A deal that was opened and then called so many times."""
    deal = process.open("A", at=AT)
    calls = (ActivityDone(deal="A", revision=number, at=AT, activity="call") for number in range(2, count + 2))
    return replay([*deal.history, *calls])


def test_replay_of_many_activities_takes_as_long_as_there_are_events(compare: Compare) -> None:
    told = {count: long_deal(count) for count in (100, 1_000, 10_000)}
    compare({f"{count} activities": lambda deal=deal: replay(deal.history) for count, deal in told.items()}, calls=3)


def test_one_more_event_on_a_long_deal(compare: Compare) -> None:
    """The history is copied, at eight bytes an event."""
    told = {count: long_deal(count) for count in (10, 100, 1_000, 10_000)}
    compare(
        {f"on {count} activities": lambda deal=deal: process.note(deal, "x", at=AT) for count, deal in told.items()},
        calls=50,
    )


def eight_stages() -> list[Stage]:
    return [
        Stage(f"s{n}", n / 10, activities=[Activity(f"w{n}", required=True)], exit=[c.has("size")], optional=n % 3 == 0)
        for n in range(5)
    ] + [Stage.won("won"), Stage.after_sale("care"), Stage.lost("lost", reasons=["price"])]


def test_building_a_process(compare: Compare) -> None:
    stages, facts = eight_stages(), [Fact("size", int)]
    compare({"Process(...), 8 stages": lambda: Process("bench", stages=stages, facts=facts)}, calls=5, rounds=20)


@pytest.mark.parametrize("back", ["never", "any"])
def test_building_takes_as_long_as_there_are_transitions(back: Back, compare: Compare) -> None:
    """Without ways back there are four transitions a stage, with all of them half the square of the stages."""

    def built(count: int) -> Run:
        stages = [Stage(f"s{n}", entry=[c.has("size")]) for n in range(count)]
        ends = [Stage.won("won"), Stage.lost("lost", reasons=["price"])]
        policy, facts = Policy(back=back), [Fact("size", int)]
        return lambda: Process("bench", stages=[*stages, *ends], facts=facts, policy=policy)

    compare({f"{count} stages, back {back}": built(count) for count in (50, 100, 200)}, calls=1, rounds=15)


@pytest.mark.parametrize("count", [2_000])
def test_memory_of_a_deal_of_seven_events(count: int, benchmark: object, capsys: pytest.CaptureFixture[str]) -> None:
    facts = [Fact(f"fact{n}", int) for n in range(5)]
    wide = attrs.evolve(process.stage("a"), exit=())
    roomy = Process("bench", facts=facts, stages=[wide, Stage("b"), Stage("d"), Stage.won("won"), Stage.lost("lost")])
    values = {fact.name: n for n, fact in enumerate(facts)}

    def drive(number: int) -> Deal:
        told = roomy.open(
            f"deal-{number}", at=AT, owner="kari", amount=Money(1000 + number, "EUR"), facts=values, by="kari"
        )
        for moment in (AT.replace(day=day, minute=number % 60) for day in range(6, 9)):
            told = roomy.advance(told, at=moment, by="kari")
        told = roomy.reopen(told, at=AT.replace(day=9), by="kari")
        told = roomy.note(told, f"note {number}", at=AT.replace(day=10), by="kari")
        return roomy.advance(told, at=AT.replace(day=11), by="kari")

    drive(0)
    tracemalloc.start()
    book = [drive(number) for number in range(count)]
    each = tracemalloc.get_traced_memory()[0] / count
    tracemalloc.stop()
    assert all(len(told.history) == 7 for told in book)
    with capsys.disabled():
        print(f"\n  a deal of 7 events and 5 facts: {each:,.0f} bytes")
    benchmark(lambda: drive(1))  # type: ignore[operator]
