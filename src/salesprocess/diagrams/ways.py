"""Which transitions a diagram draws and what it writes beside them, read off the compiled machine."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Literal

import attrs

from salesprocess.criteria import Criterion, all_of, not_
from salesprocess.diagrams.picture import OPEN, Arrow
from salesprocess.engine.machine import routes_of
from salesprocess.process import Process
from salesprocess.routes import Check, Route, RouteKind
from salesprocess.wording import only_if, say

Moves = Literal["main", "all"]
"""How much is drawn: what one needs to read the process, or every transition of the machine."""

_ORDER = ("advance", "win", "custom", "move", "lose", "back", "reopen")


@attrs.frozen
class Way:
    """A transition of the machine with what decides whether it is there.

    Attributes:
        route: the transition.
        rivals: the alternatives before it; it counts only where none of them applies.
    """

    route: Route
    rivals: tuple[Route, ...]

    @property
    def pair(self) -> tuple[str, str]:
        """Source and destination."""
        return self.route.source.name, self.route.destination.name

    @property
    def key(self) -> tuple[str, str, str]:
        """Source, destination and name, as an `Entered` event tells them."""
        return *self.pair, self.route.name


def ways_of(process: Process) -> tuple[Way, ...]:
    """Every transition of the machine once, those that shape the line first.

    >>> from salesprocess import templates
    >>> [way.key for way in ways_of(templates.load("generic"))][:2]
    [('prospecting', 'first_contact', 'advance'), ('first_contact', 'needs_assessment', 'advance')]
    """
    ways = [
        Way(route, alternatives[:place])
        for trigger, _, alternatives in routes_of(process.machine)
        for place, route in enumerate(alternatives)
        if trigger == route.name  # advancing to the won stage is winning, and is found under that name
    ]
    position = {stage.name: place for place, stage in enumerate(process.stages)}
    return tuple(sorted(ways, key=lambda way: (_ORDER.index(way.route.kind), *(position[stage] for stage in way.pair))))


def main_ways(ways: Sequence[Way]) -> tuple[Way, ...]:
    """The ways that one needs one by one to read the process.

    The line and its conditional by-passes, the ways past optional stages, the rulebook's own transitions, winning from
    an earlier stage, reopening in a named stage. What all open stages have in common is left to `framed`.
    """
    shortcuts = {way.pair for way in ways if way.route.kind in ("advance", "win", "custom")}
    common = {arrow.kind for arrow in framed(ways)}
    return tuple(way for way in ways if _is_main(way.route, shortcuts, common))


def _is_main(route: Route, shortcuts: Collection[tuple[str, str]], common: Collection[str]) -> bool:
    match route.kind:
        case "advance" | "custom":
            return True
        case "win":
            return "win" not in common or not route.between
        case "lose":
            return "lose" not in common
        case "move":
            pair = route.source.name, route.destination.name
            return pair not in shortcuts and all(stage.optional or stage.when is not None for stage in route.between)
        case "reopen":
            return route.source.kind == "lost" and not route.applies
        case _:
            return False


def framed(ways: Sequence[Way]) -> tuple[Arrow, ...]:
    """One arrow for what three or more open stages, and that is all of them, have in common."""
    opens = {way.route.source.name for way in ways if way.route.kind == "lose"}
    arrows: list[Arrow] = []
    if len(opens) > 2:
        for kind, words in (("win", "Win from any stage"), ("lose", "Lose")):
            alike = [way.route for way in ways if way.route.kind == kind]
            if {route.source.name for route in alike} == opens:
                arrows.append(Arrow(OPEN, alike[0].destination.name, kind, alike[0].kind, (words,)))
    return tuple(arrows)


def reopens_where_left(ways: Iterable[Way]) -> bool:
    """Whether a lost deal is reopened in the stage that it left, whichever that was."""
    return any(
        way.route.kind == "reopen" and way.route.source.kind == "lost" and bool(way.route.applies) for way in ways
    )


def needed_visits(ways: Iterable[Way]) -> tuple[Criterion, ...]:
    """What winning wants of the conditional stages: that those which apply were visited."""
    checks = (check for way in ways if way.route.kind == "win" for check in way.route.checks)
    return tuple(dict.fromkeys(check.criterion for check in checks if _place(check) == "when"))


def left_out(ways: Iterable[Way], drawn: Collection[Way]) -> str:
    """What the ways drawn do not show, in words; empty when nothing is left out."""
    pairs = {way.pair for way in drawn}
    kinds = {way.route.kind for way in ways if way.pair not in pairs and way.route.source.kind != "lost"}
    told = [words for kind, words in _LEFT_OUT.items() if kind in kinds]
    return f"Not drawn: {', '.join(told)}." if told else ""


_LEFT_OUT = {"move": "skipping ahead", "back": "going back", "reopen": "reopening a won deal"}


def arrow_of(way: Way, *, criteria: bool) -> Arrow:
    """A way as an arrow; with `criteria`, what the transition itself wants is written beside it."""
    route = way.route
    conditions: list[Criterion] = []
    if route.kind not in ("win", "reopen"):
        conditions += [check.criterion for check in (*route.applies, *route.checks) if _place(check) == "when"]
        conditions += [not_(all_of(*(check.criterion for check in rival.applies))) for rival in way.rivals]
    words = [_LABELS[route.kind](route)]
    if conditions:
        words.append(only_if(conditions))
    if criteria:
        words += [f"needs: {say(check.criterion)}" for check in route.checks if _place(check) == "criteria"]
    return Arrow(*way.key, route.kind, tuple(filter(None, words)), dashed=bool(conditions))


def _place(check: Check) -> str:
    return check.where.rpartition(".")[2]


def _past(route: Route) -> str:
    return f"Past {', '.join(stage.label for stage in route.between)}"


_LABELS: dict[RouteKind, Callable[[Route], str]] = {
    "advance": lambda _: "",
    "custom": lambda route: route.label,
    "win": lambda route: _past(route) if route.between else "",
    "move": _past,
    "back": lambda _: "Back",
    "lose": lambda _: "",
    "reopen": lambda _: "Reopen",
}
"""The label by kind; where the destination tells enough, there is none."""
