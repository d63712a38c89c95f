"""The one place that knows the `transitions` package: a rulebook as a real, shared machine.

The machine is the authority on what may follow what. It holds no deals: any object with a `state` walks it, and brings
the deal and the question along: `machine.events["advance"].trigger(walker, deal=deal, ask=ask)`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import attrs
from transitions import EventData, Machine, State
from transitions import Transition as Edge

from salesprocess.criteria import Ask
from salesprocess.deal import Deal
from salesprocess.routes import Check, Route


@attrs.define
class Walker:
    """The least that the machine can move: something with a `state`.

    >>> Walker("lead").state
    'lead'
    """

    state: str


@attrs.frozen(eq=False)
class Guard:
    """The condition of one route on the machine.

    Routes of one name and source are alternatives: this one counts only when it is certain that none of the `rivals`
    before it applies. A criterion that raises counts as not met.
    """

    route: Route
    rivals: tuple[Route, ...]
    place: int
    """Where the rulebook has the route: what leaves a stage is listed in that order."""

    def __call__(self, event: EventData) -> bool:
        """Whether the machine may take the route, for the deal and the question that came with the event."""
        deal, ask = event.kwargs["deal"], event.kwargs["ask"]
        if any(state_of(rival.applies, deal, _asked(rival, ask)) != "unmet" for rival in self.rivals):
            return False
        route, ask = self.route, _asked(self.route, ask)
        return state_of((*route.applies, *route.checks, *route.inputs), deal, ask) == "met"


def _asked(route: Route, ask: Ask) -> Ask:
    return attrs.evolve(ask, name=route.name, destination=route.destination.name)


def state_of(checks: Iterable[Check], deal: Deal, ask: Ask) -> str:
    """Of all together: `fault` when one failed, else `unmet` when one is, else `unknown` when one is, else `met`."""
    found = "met"
    for check in checks:
        if deal.waived and check.requirement in deal.waived:
            continue
        try:
            state = check.criterion.state(deal, ask)
        except Exception:  # noqa: BLE001 - whatever a user's criterion raises is a fault
            return "fault"
        if state != "met" and found != "unmet":
            found = state
    return found


def build(stages: Iterable[str], routes: Iterable[tuple[str, Route]]) -> Machine:
    """The machine of some stages and routes, each with the name by which it is asked for."""
    machine = Machine(
        model=None, states=[State(name) for name in stages], initial=None, auto_transitions=False, send_event=True
    )
    for place, (trigger, route) in enumerate(routes):
        if trigger not in machine.events:
            machine.events[trigger] = machine.event_cls(trigger, machine)
        event = machine.events[trigger]
        before = event.transitions.get(route.source.name)
        last = guard_of(before[-1]) if before else None
        rivals = (*last.rivals, last.route) if last else ()
        guard: Any = Guard(route, rivals, place)
        event.add_transition(Edge(route.source.name, route.destination.name, conditions=guard))
    return machine


def guard_of(edge: Edge) -> Guard:
    """The guard that an edge of a machine made by `build` carries."""
    function: Any = edge.conditions[0].func
    guard: Guard = function
    return guard


def routes_of(machine: Machine) -> Iterator[tuple[str, str, tuple[Route, ...]]]:
    """What the machine holds, read back from it in the order of the rulebook: trigger, source, and the alternatives."""
    held = [
        (trigger, source, [guard_of(edge) for edge in edges])
        for trigger, event in machine.events.items()
        for source, edges in event.transitions.items()
    ]
    for trigger, source, guards in sorted(held, key=lambda each: each[2][0].place):
        yield trigger, source, tuple(guard.route for guard in guards)
