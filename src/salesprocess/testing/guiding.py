"""Take one transition from where a deal stands: meet what it wants first, then ask for it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

import attrs

from salesprocess.criteria import Ask, Criterion
from salesprocess.deal import Deal
from salesprocess.errors import SalesProcessError
from salesprocess.events import Entered
from salesprocess.frozen import FrozenDict
from salesprocess.process import Process
from salesprocess.routes import Route, Routes
from salesprocess.testing.commands import Command
from salesprocess.testing.planning import Goal, Meeting, Planner, Situation, Wanted
from salesprocess.testing.values import Values, criteria_of, state_of

_TRIES = 12
"""How many ways to meet the goals of one transition are tried."""


@attrs.frozen
class Edge:
    """A transition from one stage to another, as a rulebook tells it.

    Attributes:
        asked: the name by which it is asked for.
        source, destination: the names of the stages.
        name: the name under which it is recorded.
    """

    asked: str
    source: str
    destination: str
    name: str

    def __str__(self) -> str:
        return f"{self.asked} from {self.source} to {self.destination}"


class Guide:
    """Leads deals through a rulebook.

    Attributes:
        process: the rulebook.
        values: the values of facts and terms.
        planner: what meets criteria.
        edges: every transition there is, in the order of the rulebook.
        leaving: those that leave a stage, by its name.
    """

    def __init__(
        self, process: Process, facts: Mapping[str, Any] | None = None, meet: Mapping[str, Meeting] | None = None
    ) -> None:
        self.process = process
        self.values = Values(process, facts)
        self.planner = Planner(process, self.values, meet)
        self._places = {f"{place}: {inner}" for place, outer in criteria_of(process) for inner in outer.walk()}
        self.leaving: dict[str, list[Edge]] = {}
        self._routes: dict[Edge, Route] = {}
        self._rivals: dict[Edge, tuple[Route, ...]] = {}
        before: dict[tuple[str, str], tuple[Route, ...]] = {}
        for asked, route in Routes(process).all():
            edge = Edge(asked, route.source.name, route.destination.name, route.name)
            alternatives = (edge.asked, edge.source)
            self._routes[edge] = route
            self._rivals[edge] = before.get(alternatives, ())
            before[alternatives] = (*self._rivals[edge], route)
            self.leaving.setdefault(edge.source, []).append(edge)
        self.edges = tuple(self._routes)

    def ready(self, here: Situation, goals: Iterable[Goal], name: str, destination: str) -> Iterator[Situation]:
        """The situations, the nearest first, in which the goals hold for a transition."""
        yield from islice(self.planner.reached(here, name, destination, goals), _TRIES)

    def through(self, here: Situation, edge: Edge) -> Situation | None:
        """The situation after the transition, and after whatever it took to be allowed; None when no way is known."""
        route = self._routes[edge]
        rivals = (check.criterion for rival in self._rivals[edge] for check in rival.applies[:1])
        own = (check.criterion for check in (*route.inputs, *route.applies, *route.checks))
        goals = [*wanted("unmet", rivals), *wanted("met", own)]
        moved = (self._moved(ready, edge) for ready in self.ready(here, goals, route.name, edge.destination))
        return next((there for there in moved if there is not None), None)

    def asking(self, edge: Edge, here: Situation) -> Command:
        """The command that asks for a transition, with who asks and the reason that is given along."""
        told: dict[str, Any] = {"at": here.at}
        if here.by is not None:
            told["by"] = here.by
        if here.reason is not None:
            told["reason"] = here.reason
        standard = edge.asked in ("advance", "win", "lose", "reopen")
        return Command(edge.asked, told) if standard else Command("take", {"name": edge.asked, **told})

    def choices(self, edge: Edge) -> tuple[str, ...]:
        """The reasons that can be given along; empty when any will do."""
        return self._routes[edge].choices

    def barred(self, here: Situation, edge: Edge) -> str:
        """What the rulebook says against a transition."""
        reason = next(iter(self.choices(edge)), None)
        decision = self.process.decide(here.deal, edge.asked, at=here.at, reason=reason)
        return "; ".join(str(reason) for reason in decision.unmet) or f"it leads to {decision.destination}"

    def answers(self, before: Deal, move: Entered) -> Iterator[str]:
        """What the criteria of the rulebook answered when the move was made, those inside others included."""
        inputs: FrozenDict[str, str] = FrozenDict({} if move.reason is None else {"reason": move.reason})
        ask = Ask(move.transition, move.destination, move.at, move.by, inputs)
        for edge in self.leaving.get(before.stage, ()):
            if (edge.name, edge.destination) == (move.transition, move.destination):
                route = self._routes[edge]
                for check in (*route.applies, *route.checks):
                    for inner in check.criterion.walk():
                        if (place := f"{check.where}: {inner}") in self._places:
                            yield f"{place} is {state_of(inner, before, ask)}"

    def _moved(self, ready: Situation, edge: Edge) -> Situation | None:
        command = self.asking(edge, ready)
        try:
            deal = command.run(self.process, ready.deal)
        except SalesProcessError:
            return None
        arrived = deal.stage == edge.destination
        return Situation(deal, ready.at, commands=(*ready.commands, command)) if arrived else None


def wanted(state: Wanted, criteria: Iterable[Criterion]) -> list[Goal]:
    """Criteria as goals."""
    return [(criterion, state) for criterion in criteria]
