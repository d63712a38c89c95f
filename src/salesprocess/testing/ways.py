"""The shortest way to every transition and every stage of a rulebook, in real commands that meet what it wants."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import islice
from typing import Any

import attrs

from salesprocess.deal import Deal, replay
from salesprocess.errors import SalesProcessError
from salesprocess.events import Actor, Entered, Opened
from salesprocess.frozen import FrozenDict
from salesprocess.process import Process
from salesprocess.routes import OPEN, OVERRIDE, Routes, own_checks, when_of
from salesprocess.stages import Stage
from salesprocess.testing.commands import START, Command, Path
from salesprocess.testing.guiding import Edge, Guide, wanted
from salesprocess.testing.planning import Goal, Meeting, Situation
from salesprocess.testing.values import criteria_of

DEAL = "ACME-1"
"""The id of generated deals."""

_MANAGER = Actor("ola", roles=["manager"])
_VISITS = ("visited", "visited_times")

_PLACES = 400
"""How many places are looked at: a place is a stage, with what else decides about the ways out of it."""


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

    >>> from salesprocess import templates
    >>> print(ways(templates.load("startup")).to_stage["first_contact"].last)
    advance()
    """
    return found_by(Guide(process, facts, meet), at)


def found_by(guide: Guide, at: datetime = START) -> Ways:
    """`ways`, for somebody who has a guide already."""
    return _Search(guide, at).found()


class _Search:
    def __init__(self, guide: Guide, at: datetime) -> None:
        self.guide = guide
        self.process = guide.process
        self.at = at
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
            self.guide.edges,
            FrozenDict((edge, self.to_edge[edge]) for edge in self.guide.edges if edge in self.to_edge),
            FrozenDict(self.to_stage),
            FrozenDict(missing),
        )

    def _missing(self) -> list[Edge]:
        return [edge for edge in self.guide.edges if edge not in self.to_edge]

    def _about_visits(self) -> bool:
        """Whether it matters to a rule where a deal has been."""
        return any(inner.code in _VISITS for _, outer in criteria_of(self.process) for inner in outer.walk())

    def _opened(self, line: Iterable[Stage]) -> Iterator[Situation]:
        """A new deal in each stage in which one begins by itself."""
        earlier: list[Goal] = []
        for stage in line:
            yield from islice(self._begun(stage, earlier, named=False), 1)
            earlier += wanted("unmet", (check.criterion for check in when_of(stage)))

    def _named(self, line: Iterable[Stage]) -> Iterator[Situation]:
        """A new deal in each open stage, the stage being stated."""
        for stage in line:
            yield from islice(self._begun(stage, [], named=True), 1)

    def _begun(self, stage: Stage, earlier: Iterable[Goal], *, named: bool) -> Iterator[Situation]:
        """What has to be known when a deal is opened is learnt on a draft first, and then told along."""
        checks = (*when_of(stage), *own_checks(stage, "entry"), *own_checks(stage, "locked"))
        goals = [*earlier, *wanted("met", (check.criterion for check in checks))]
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
        for ready in self.guide.ready(Situation(draft, self.at), goals, OPEN, stage.name):
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
        for edge in self.guide.leaving.get(here.deal.stage, ()):
            there = self.guide.through(here, edge)
            if there is not None:
                found.append(there)
                path = Path(self.process, edge.asked, edge.source, edge.destination, there.commands)
                self.to_edge.setdefault(edge, path)
                self.to_stage.setdefault(edge.destination, path)
            elif edge not in self.to_edge and edge not in self.barred:
                self.barred[edge] = self.guide.barred(here, edge)
        return found

    def _overridden(self, here: Situation) -> Iterator[Situation]:
        """A recorded exception: into the won stage, or where nothing else leads."""
        roles = self.process.policy.override
        by = Actor(_MANAGER.id, roles=roles) if isinstance(roles, tuple) else _MANAGER
        won = next(stage for stage in self.process.stages if stage.kind == "won")
        if here.deal.status != "open":
            return
        over = (*Routes(self.process).between(here.deal.stage, won.name), won)
        goals = wanted("met", (check.criterion for each in over for check in own_checks(each, "locked")))
        for ready in self.guide.ready(here, goals, OVERRIDE, won.name):
            told = {"destination": won.name, "at": ready.at, "by": by, "reason": "an exception"}
            command = Command("override", told)
            try:
                deal = command.run(self.process, ready.deal)
            except SalesProcessError:
                continue
            if isinstance(event := deal.history[-1], Entered) and event.transition == OVERRIDE:
                yield Situation(deal, ready.at, commands=(*ready.commands, command))
                return


def _visited(deal: Deal) -> frozenset[str]:
    entered = (event.destination for event in deal.history if isinstance(event, Entered))
    return frozenset((*entered, deal.stage))
