"""The same process of eight stages, with three criteria on each way ahead, for us and for two state machine libraries.

The peers answer which transitions may be taken, and nothing else; they hold one object per deal, with a dict of facts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from transitions import Machine

from salesprocess import Deal, FactValue, Money, Policy, Process, Stage
from salesprocess import criteria as c
from tests.solar import AT

OPEN = [f"s{number}" for number in range(6)]
MET: dict[str, FactValue] = {f"{kind}{number}": 3 for number in range(6) for kind in ("a", "b", "c")}
UNMET: dict[str, FactValue] = {**dict.fromkeys(MET, 2), "a3": 3, "b3": 3}
"""A deal in `s3` that got there, but lacks everything that is wanted further on."""


def process(*, conditional: bool = False) -> Process:
    """Six open stages, won and lost; with `conditional`, two of them apply to deals whose facts say so."""
    stages = [
        Stage(
            name,
            entry=[c.has(f"a{number}"), c.at_least(f"b{number}", 3)],
            exit=[c.equals(f"c{number}", 3)],
            when=c.equals(f"k{number}", True) if conditional and number in (2, 4) else None,
        )
        for number, name in enumerate(OPEN)
    ]
    won = Stage.won("won", entry=[c.amount_at_least(Money(10, "EUR"))])
    return Process("bench", stages=[*stages, won, Stage.lost("lost", reasons=["price"])], policy=Policy(facts="free"))


def in_the_middle(process: Process, facts: Mapping[str, FactValue]) -> Deal:
    """A deal in `s3` with nothing but these facts."""
    deal = process.open("A", at=AT, amount=Money(20, "EUR"), facts={**MET, "k2": True, "k4": False})
    while deal.stage != "s3":
        deal = process.advance(deal, at=AT)
    return process.learn(deal, facts, forget=[name for name in deal.facts if name not in facts], at=AT)


class Bare:
    """The least a machine of `transitions` can move."""

    def __init__(self, facts: Mapping[str, FactValue]) -> None:
        self.state, self.facts = "s3", facts


Guard = Callable[[Mapping[str, FactValue]], bool]


def guards(number: int) -> list[Guard]:
    """The criteria on the way out of a stage into the next, as functions of the facts."""

    def equal(facts: Mapping[str, Any]) -> bool:
        return facts.get(f"c{number}") == 3

    def known(facts: Mapping[str, Any]) -> bool:
        return f"a{number + 1}" in facts

    def large(facts: Mapping[str, Any]) -> bool:
        return f"b{number + 1}" in facts and facts[f"b{number + 1}"] >= 3

    return [equal, known, large]


def ways() -> list[tuple[str, str, str, list[Guard]]]:
    """Every transition of the process: name, source, destination, guards."""
    ahead = [("advance", OPEN[n], [*OPEN, "won"][n + 1], guards(n)) for n in range(6)]
    back: list[Any] = [(f"to_{OPEN[b]}", OPEN[n], OPEN[b], []) for n in range(6) for b in range(n)]
    return [*ahead, *back, *(("lose", name, "lost", []) for name in OPEN)]


def stock(facts: Mapping[str, FactValue]) -> Callable[[], list[str]]:
    """What lists the transitions that a machine of `transitions` allows."""
    model: Any = Bare(facts)
    machine = Machine(model, states=[*OPEN, "won", "lost"], initial="s3", auto_transitions=False, send_event=True)

    def of_event(guard: Guard) -> Callable[[Any], bool]:
        return lambda event: guard(event.model.facts)

    for name, source, destination, conditions in ways():
        machine.add_transition(name, source, destination, conditions=[of_event(each) for each in conditions])
    return lambda: [name for name in machine.get_triggers(model.state) if model.may_trigger(name)]


def statemachine(facts: Mapping[str, FactValue]) -> Callable[[], list[str]]:
    """What lists the events that a machine of python-statemachine enables."""
    library = pytest.importorskip("statemachine")
    final = ("won", "lost")
    states = {name: library.State(initial=name == "s0", final=name in final) for name in [*OPEN, *final]}
    body: dict[str, Any] = dict(states)

    def of_model(guard: Guard) -> Callable[[Any], bool]:
        return lambda model: guard(model.facts)

    for name, source, destination, conditions in ways():
        way = states[source].to(states[destination], cond=[of_model(each) for each in conditions])
        body[name] = body[name] | way if name in body else way
    model: Any = Bare(facts)
    machine = type("Peer", (library.StateMachine,), body)(model)
    return lambda: [event.id for event in machine.enabled_events()]
