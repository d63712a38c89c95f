"""Ways through a rulebook that can be gone with other values than those that were found first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import attrs

from salesprocess.events import TERMS, Entered
from salesprocess.testing.commands import Command, Path
from salesprocess.testing.guiding import Edge, Guide
from salesprocess.testing.ways import Ways


@attrs.frozen(repr=False)
class Trip:
    """A path, and the transitions on it.

    Attributes:
        path: the shortest way there.
        edges: the transitions, in order; None when there is an exception among them, which no transition is.
    """

    path: Path
    edges: tuple[Edge, ...] | None

    def opening(self, told: Mapping[str, Any]) -> Command:
        """The first command of the path, with more facts and terms; what the path needs comes first."""
        first = self.path.commands[0].arguments
        terms = {name: value for name, value in told.items() if name in TERMS}
        facts = {name: value for name, value in told.items() if name not in TERMS}
        known = {**facts, **first.get("facts", {})}
        return Command("open", {**terms, **first, **({"facts": known} if known else {})})

    def __repr__(self) -> str:
        return f"<{self.path}>"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:  # noqa: ARG002 - the protocol of Hypothesis
        printer.text(repr(self))


def trips(guide: Guide, found: Ways) -> tuple[Trip, ...]:
    """A trip to each stage and through each transition, the shortest first."""
    paths = {str(path): path for path in (*found.to_stage.values(), *found.to_edge.values())}
    every = sorted(paths.values(), key=lambda path: (len(path.commands), str(path)))
    return tuple(Trip(path, _edges(guide, path)) for path in every)


def _edges(guide: Guide, path: Path) -> tuple[Edge, ...] | None:
    moves = [event for event in path.run().history if isinstance(event, Entered)]
    named = [next(_known(guide, move), None) for move in moves]
    known = tuple(edge for edge in named if edge is not None)
    return known if len(known) == len(moves) else None


def _known(guide: Guide, move: Entered) -> Iterator[Edge]:
    for edge in guide.leaving.get(move.source or "", ()):
        if (edge.name, edge.destination) == (move.transition, move.destination):
            yield edge
