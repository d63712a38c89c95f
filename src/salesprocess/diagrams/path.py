"""The way a deal went, as its record tells it: the moves, and the stages where it was."""

from __future__ import annotations

import attrs

from salesprocess.deal import Deal
from salesprocess.diagrams.picture import DEAL, Arrow, ArrowKind
from salesprocess.events import Entered, Migrated, Opened
from salesprocess.routes import IMPORTED, OVERRIDE

Key = tuple[str, str, str]
"""Source, destination and the name of the transition."""


@attrs.define
class Leg:
    """All moves of a deal from one stage to another under one name.

    Attributes:
        kind: how to draw it where no transition of the machine explains it.
        steps: when it went so, counted in moves from 1; none for the opening.
        overridden: the requirements that an override passed.
    """

    kind: ArrowKind
    steps: list[int]
    overridden: list[str]

    def arrow(self, key: Key, *, criteria: bool) -> Arrow:
        """The leg as an arrow of its own."""
        words = [] if self.kind == "opened" else [key[2].capitalize().replace("_", " ")]
        if criteria:
            words += [f"passed: {requirement}" for requirement in self.overridden]
        return Arrow(*key, self.kind, tuple(words), steps=tuple(self.steps))


def legs_of(deal: Deal) -> dict[Key, Leg]:
    """The way of the deal, in the order of the record; moves that only an import knows in part begin at `DEAL`."""
    legs: dict[Key, Leg] = {}
    stage, moves = DEAL, 0
    for event in deal.history:
        if isinstance(event, Opened | Migrated):
            kind: ArrowKind = "opened" if isinstance(event, Opened) else "migrated"
            key: Key = (stage, event.stage, kind)
            passed: tuple[str, ...] = ()
        elif isinstance(event, Entered):
            named: dict[str, ArrowKind] = {OVERRIDE: "override", IMPORTED: "imported"}
            kind = named.get(event.transition, "former")
            key = (event.source or DEAL, event.destination, event.transition)
            passed = event.overridden
        else:
            continue
        leg = legs.setdefault(key, Leg(kind, [], []))
        leg.overridden += [each for each in passed if each not in leg.overridden]
        if not isinstance(event, Opened):
            moves += 1
            leg.steps.append(moves)
        stage = key[1]
    return legs
