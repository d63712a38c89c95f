"""What a diagram shows, before it becomes text in one notation or another: boxes, arrows and notes."""

from __future__ import annotations

from typing import Literal

import attrs

from salesprocess.routes import RouteKind
from salesprocess.stages import StageKind

Direction = Literal["LR", "TB"]
"""Which way the line runs: from left to right, or from top to bottom."""

OPEN, DEAL = "@open", "@deal"
"""Sources of an arrow that are no stage: the frame around all open stages, and the mark where a record begins.

No stage can have such a name.
"""

BoxKind = StageKind | Literal["former"]
"""What a box stands for; `former` is a stage that the deal passed under another version of the rulebook."""

ArrowKind = RouteKind | Literal["opened", "override", "imported", "migrated", "former", "valued"]
"""What an arrow stands for: a transition of the machine, or a move on record that none of its transitions explains.

`former` is a transition of another version of the rulebook, `valued` a pair of stages that only an overlay connects.
"""

OUTSIDE: tuple[ArrowKind, ...] = ("override", "imported", "migrated", "former")
"""Moves that no transition of the machine explains."""

Mark = Literal["", "visited", "here", "here, on hold"]
"""Whether the deal was in a stage or is in it now."""


@attrs.frozen
class Box:
    """One stage.

    Attributes:
        name: the stage.
        kind: what it means; told by shape and colour.
        title: its words for people.
        numbers: prior probability, typical duration, whether it is optional: a line in small print.
        wants: what it asks for: headings, each with its sentences.
        dashed: not every deal goes through it.
        mark: whether the deal was there or is there now; empty without a deal.
        value: the overlay's text for it.
        shade: where its number lies between the overlay's lowest, 0, and highest, 1; None without a number.
    """

    name: str
    kind: BoxKind
    title: str
    numbers: tuple[str, ...] = ()
    wants: tuple[tuple[str, tuple[str, ...]], ...] = ()
    dashed: bool = False
    mark: Mark = ""
    value: str = ""
    shade: float | None = None

    @property
    def is_here(self) -> bool:
        """Whether the deal is in this stage now."""
        return self.mark.startswith("here")


@attrs.frozen
class Arrow:
    """One transition, or all of one kind that leave the open stages.

    Attributes:
        source, destination: names of stages; the source may be `OPEN` or `DEAL` as well.
        name: the transition as the machine or the record calls it.
        kind: what sort of move it is.
        words: its label, line by line.
        dashed: it is there under a condition only.
        steps: the moves of the deal that went along it, counted from 1 in the order of the record.
        value: the overlay's text for it.
    """

    source: str
    destination: str
    name: str
    kind: ArrowKind
    words: tuple[str, ...] = ()
    dashed: bool = False
    steps: tuple[int, ...] = ()
    value: str = ""

    @property
    def is_taken(self) -> bool:
        """Whether the deal went along it."""
        return bool(self.steps) or self.kind == "opened"

    @property
    def is_dotted(self) -> bool:
        """Whether it lies outside the rules, or was not taken and is conditional or leads back."""
        if self.is_taken:
            return self.kind in OUTSIDE
        return self.dashed or self.is_backward or self.kind == "valued"

    @property
    def is_backward(self) -> bool:
        """Whether it runs against the line, so that it should not shape the layout."""
        return self.kind in ("back", "reopen")


@attrs.frozen
class Picture:
    """All that a diagram shows.

    Attributes:
        title: what the picture is of.
        boxes: in the order of the rulebook.
        arrows: those that shape the line first.
        notes: how to read it, and what is left out.
        framed: the names of the open stages, when an arrow begins at all of them; else empty.
        deal: the id of the deal; None without one.
        direction: which way the line runs.
    """

    title: str
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]
    notes: tuple[str, ...]
    framed: tuple[str, ...]
    deal: str | None
    direction: Direction
