"""The ways of a deal through a rulebook: openings and moves, and which of them can be gone at all."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from typing import NamedTuple

from salesprocess.lint.gates import Demand, way_in
from salesprocess.lint.logic import Facts, Moment, contradiction
from salesprocess.routes import OPEN, Check, Routes
from salesprocess.rules import Rulebook
from salesprocess.stages import Stage


class Way(NamedTuple):
    """A move, or the opening of a deal, with everything it wants.

    Attributes:
        name: the transition, or `open`.
        kind: what sort of move it is, or `open`.
        source: the stage it leaves; None for an opening.
        destination: the stage it enters.
        checks: what must be met.
    """

    name: str
    kind: str
    source: str | None
    destination: Stage
    checks: tuple[Check, ...]

    def moment(self, seen: frozenset[str]) -> Moment:
        """When its checks are made, by a deal that may have visited the stages in `seen`."""
        return Moment(self.source or self.destination.name, new=self.source is None, seen=seen)


def ways_of(rulebook: Rulebook) -> list[Way]:
    """Every way that the rules give, in their order; openings are those in the first stages that may apply.

    Reopening where a deal was left is no way: it leads to no stage that the deal has not been in.
    """
    routes = (route for name, route in Routes(rulebook).all() if name == route.name)
    moves = [
        Way(route.name, route.kind, route.source.name, route.destination, (*route.applies, *route.checks))
        for route in routes
        if not (route.kind == "reopen" and route.applies)
    ]
    return [*_openings(rulebook), *moves]


def _openings(rulebook: Rulebook) -> Iterator[Way]:
    for stage in rulebook.stages:
        if stage.kind == "open":
            yield Way(OPEN, OPEN, None, stage, way_in(stage))
            if stage.when is None:
                return


class Map(NamedTuple):
    """What can be reached, from an opening and by the rules alone.

    Attributes:
        stages: the stages that may be reached.
        free: the ways that may be gone.
        blocked: the ways from a stage that may be reached, or from an opening, that never can, each with the smallest
            set of its checks that contradict each other.
    """

    stages: frozenset[str]
    free: Sequence[Way]
    blocked: Sequence[tuple[Way, tuple[Check, ...]]]


def explored(ways: Sequence[Way], facts: Facts, mended: Container[Demand]) -> Map:
    """Walk all ways from the openings until nothing new is reached; demands in `mended` are taken for met."""
    stages: frozenset[str] = frozenset()
    free: list[Way] = []
    ahead = list(ways)
    while True:
        blocked: list[tuple[Way, tuple[Check, ...]]] = []
        waiting: list[Way] = []
        before = stages
        for way in ahead:
            if way.source is not None and way.source not in stages:
                waiting.append(way)
                continue
            checks = [check for check in way.checks if (check.where, check.criterion) not in mended]
            core = contradiction(checks, facts, way.moment(stages))
            if core:
                blocked.append((way, core))
            else:
                free.append(way)
                stages |= {way.destination.name}
        if stages == before:
            return Map(stages, free, blocked)
        ahead = [*(way for way, _ in blocked), *waiting]
