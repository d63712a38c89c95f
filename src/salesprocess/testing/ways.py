"""The shortest way to every transition and every stage of a rulebook, in real commands that meet what it wants."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import islice
from typing import Any

import attrs

from salesprocess.criteria import Criterion
from salesprocess.deal import Deal, replay
from salesprocess.engine import Engine
from salesprocess.errors import SalesProcessError
from salesprocess.events import Actor, Entered, Opened
from salesprocess.frozen import FrozenDict
from salesprocess.process import Process
from salesprocess.routes import OPEN, OVERRIDE, Route, Routes, own_checks, when_of
from salesprocess.stages import Stage
from salesprocess.testing.commands import START, Command, Path
from salesprocess.testing.planning import Goal, Meeting, Planner, Situation, Wanted
from salesprocess.testing.values import Values, criteria_of

DEAL = "ACME-1"
"""The id of generated deals."""

_MANAGER = Actor("ola", roles=["manager"])
_TRIES = 12
"""How many ways to meet the goals of one transition are tried."""

_VISITS = ("visited", "visited_times")

_PLACES = 400
"""How many places are looked at: a place is a stage, with what else decides about the ways out of it."""


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


@attrs.frozen
class Ways:
    """What a search found.

    Attributes:
        process: the rulebook.
        edges: every transition there is, in the order of the rulebook.
        to_edge: the path to and through each that was taken.
        to_stage: the path to each stage that was reached.
        barred: for each transition that was never taken, what stood in the way.
    """

    process: Process
    edges: tuple[Edge, ...]
    to_edge: Mapping[Edge, Path]
    to_stage: Mapping[str, Path]
    barred: Mapping[Edge, str]

    def __reduce__(self) -> tuple[Any, ...]:
        return Ways, (self.process, self.edges, dict(self.to_edge), dict(self.to_stage), dict(self.barred))


def ways(
    process: Process,
    *,
    facts: Mapping[str, Any] | None = None,
    meet: Mapping[str, Meeting] | None = None,
    at: datetime = START,
) -> Ways:
    """Search for a way to every transition: breadth first, so that each path has the fewest moves possible.

    Deals begin where a deal without a stated stage begins. What is still missing then is looked for from the other
    open stages, after other visits, and past a recorded override.

    Args:
        process: the rulebook.
        facts: strategies or values for facts and terms, instead of those that the rulebook suggests.
        meet: how to meet rules that the library does not know, by their code.
        at: when the deals are opened.
    """
    return _Search(process, Planner(process, Values(process, facts), meet), at).found()


def _edge(asked: str, route: Route) -> Edge:
    return Edge(asked, route.source.name, route.destination.name, route.name)


class _Search:
    def __init__(self, process: Process, planner: Planner, at: datetime) -> None:
        self.process = process
        self.engine: Engine = process.engine
        self.planner = planner
        self.at = at
        self.routes = [(_edge(asked, route), route) for asked, route in Routes(process).all()]
        self.leaving: dict[str, list[tuple[Edge, Route, tuple[Route, ...]]]] = {}
        for place, (edge, route) in enumerate(self.routes):
            rivals = tuple(
                other
                for before, other in self.routes[:place]
                if (before.asked, before.source) == (edge.asked, edge.source)
            )
            self.leaving.setdefault(edge.source, []).append((edge, route, rivals))
        self.to_edge: dict[Edge, Path] = {}
        self.to_stage: dict[str, Path] = {}
        self.barred: dict[Edge, str] = {}

    def found(self) -> Ways:
        line = [stage for stage in self.process.stages if stage.kind == "open"]
        natural = next((place for place, stage in enumerate(line) if stage.when is None), len(line) - 1)
        begun = [*self._opened(line[: natural + 1])]
        self._walk(begun, by_visits=False, past_rules=False)
        if self._missing() and self._about_visits():
            self._walk(begun, by_visits=True, past_rules=False)
        if self._missing():
            self._walk(begun, by_visits=False, past_rules=True)
        if self._missing():
            begun += self._named(line)
            self._walk(begun, by_visits=self._about_visits(), past_rules=True)
        missing = {edge: self.barred.get(edge, "no way leads to its source") for edge in self._missing()}
        return Ways(
            self.process,
            tuple(edge for edge, _ in self.routes),
            FrozenDict((edge, self.to_edge[edge]) for edge, _ in self.routes if edge in self.to_edge),
            FrozenDict(self.to_stage),
            FrozenDict(missing),
        )

    def _missing(self) -> list[Edge]:
        return [edge for edge, _ in self.routes if edge not in self.to_edge]

    def _about_visits(self) -> bool:
        """Whether it matters to a rule where a deal has been."""
        return any(inner.code in _VISITS for _, outer in criteria_of(self.process) for inner in outer.walk())

    def _opened(self, line: Iterable[Stage]) -> Iterator[Situation]:
        """A new deal in each stage in which one begins by itself."""
        earlier: list[Goal] = []
        for stage in line:
            yield from islice(self._begun(stage, earlier, named=False), 1)
            earlier += _wanted("unmet", (check.criterion for check in when_of(stage)))

    def _named(self, line: Iterable[Stage]) -> Iterator[Situation]:
        """A new deal in each open stage, the stage being stated."""
        for stage in line:
            yield from islice(self._begun(stage, [], named=True), 1)

    def _begun(self, stage: Stage, earlier: Iterable[Goal], *, named: bool) -> Iterator[Situation]:
        """What has to be known when a deal is opened is learnt on a draft first, and then told along."""
        checks = (*when_of(stage), *own_checks(stage, "entry"), *own_checks(stage, "locked"))
        goals = [*earlier, *_wanted("met", (check.criterion for check in checks))]
        draft = replay(
            [
                Opened(
                    deal=DEAL,
                    revision=1,
                    at=self.at,
                    process=self.process.name,
                    version=self.process.version,
                    stage=stage.name,
                )
            ]
        )
        for ready in islice(self.planner.reached(Situation(draft, self.at), OPEN, stage.name, goals), _TRIES):
            known = {"facts": dict(ready.deal.facts)} if ready.deal.facts else {}
            told: dict[str, Any] = {"deal": DEAL, "at": ready.at, **ready.deal.terms, **known}
            if ready.by is not None:
                told["by"] = ready.by
            if named:
                told["stage"] = stage.name
            command = Command("open", told)
            try:
                deal = command.run(self.process)
            except SalesProcessError:
                continue
            if deal.stage == stage.name:
                self.to_stage.setdefault(stage.name, Path(self.process, OPEN, None, stage.name, (command,)))
                yield Situation(deal, ready.at, commands=(command,))

    def _walk(self, begun: Iterable[Situation], *, by_visits: bool, past_rules: bool) -> None:
        places = deque(begun)
        seen = {self._place(here.deal, by_visits) for here in places}
        while places and len(seen) < _PLACES and (self._missing() or not past_rules):
            here = places.popleft()
            nexts = self._taken(here)
            if past_rules:
                nexts = [*nexts, *self._overridden(here)]
            for there in nexts:
                place = self._place(there.deal, by_visits)
                if place not in seen:
                    seen.add(place)
                    places.append(there)

    def _place(self, deal: Deal, by_visits: bool) -> tuple[Any, ...]:
        left = deal.outcome.left if deal.outcome else None
        return (deal.stage, left, _visited(deal) if by_visits else None)

    def _taken(self, here: Situation) -> list[Situation]:
        found: list[Situation] = []
        for edge, route, rivals in self.leaving.get(here.deal.stage, ()):
            there = self._through(here, edge, route, rivals)
            if there is not None:
                found.append(there)
                path = Path(self.process, edge.asked, edge.source, edge.destination, there.commands)
                self.to_edge.setdefault(edge, path)
                self.to_stage.setdefault(edge.destination, path)
        return found

    def _through(self, here: Situation, edge: Edge, route: Route, rivals: Iterable[Route]) -> Situation | None:
        goals = _wanted("unmet", (check.criterion for rival in rivals for check in rival.applies[:1]))
        goals += _wanted("met", (check.criterion for check in (*route.inputs, *route.applies, *route.checks)))
        for ready in islice(self.planner.reached(here, route.name, edge.destination, goals), _TRIES):
            there = self._moved(ready, edge)
            if there is not None:
                return there
        if edge not in self.to_edge and edge not in self.barred:
            decision = self.process.decide(here.deal, edge.asked, at=here.at, reason=_reason(route))
            told = "; ".join(str(reason) for reason in decision.unmet) or f"it leads to {decision.destination}"
            self.barred[edge] = told
        return None

    def _moved(self, ready: Situation, edge: Edge) -> Situation | None:
        told: dict[str, Any] = {"at": ready.at}
        if ready.by is not None:
            told["by"] = ready.by
        if ready.reason is not None:
            told["reason"] = ready.reason
        standard = edge.asked in ("advance", "win", "lose", "reopen")
        command = Command(edge.asked, told) if standard else Command("take", {"name": edge.asked, **told})
        try:
            deal = command.run(self.process, ready.deal)
        except SalesProcessError:
            return None
        arrived = deal.stage == edge.destination
        return Situation(deal, ready.at, commands=(*ready.commands, command)) if arrived else None

    def _overridden(self, here: Situation) -> Iterator[Situation]:
        """A recorded exception: into the won stage, or where nothing else leads."""
        roles = self.process.policy.override
        by = Actor(_MANAGER.id, roles=roles) if isinstance(roles, tuple) else _MANAGER
        won = next(stage for stage in self.process.stages if stage.kind == "won")
        if here.deal.status != "open":
            return
        over = (*Routes(self.process).between(here.deal.stage, won.name), won)
        goals = _wanted("met", (check.criterion for each in over for check in own_checks(each, "locked")))
        for ready in islice(self.planner.reached(here, OVERRIDE, won.name, goals), _TRIES):
            told = {"destination": won.name, "at": ready.at, "by": by, "reason": "an exception"}
            command = Command("override", told)
            try:
                deal = command.run(self.process, ready.deal)
            except SalesProcessError:
                continue
            if isinstance(event := deal.history[-1], Entered) and event.transition == OVERRIDE:
                yield Situation(deal, ready.at, commands=(*ready.commands, command))
                return


def _wanted(wanted: Wanted, criteria: Iterable[Criterion]) -> list[Goal]:
    return [(criterion, wanted) for criterion in criteria]


def _visited(deal: Deal) -> frozenset[str]:
    entered = (event.destination for event in deal.history if isinstance(event, Entered))
    return frozenset((*entered, deal.stage))


def _reason(route: Route) -> str | None:
    return route.choices[0] if route.choices else None
