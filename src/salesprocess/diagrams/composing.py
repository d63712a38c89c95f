"""Put a process, a deal and an overlay together into one picture."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, get_args

import attrs

from salesprocess.deal import Deal
from salesprocess.diagrams.boxes import box_of, former_boxes
from salesprocess.diagrams.overlay import Pair, Values, checked, explained, shades, shown
from salesprocess.diagrams.path import Key, Leg, legs_of
from salesprocess.diagrams.picture import OUTSIDE, Arrow, Box, Direction, Mark, Picture
from salesprocess.diagrams.ways import (
    Moves,
    Way,
    arrow_of,
    framed,
    left_out,
    main_ways,
    ways_of,
)
from salesprocess.errors import OutOfRange, SalesProcessError, WrongKind, WrongProcess, gather, raise_together
from salesprocess.given import a
from salesprocess.process import Process
from salesprocess.stages import words_of


def compose(
    process: Process,
    deal: Deal | None,
    *,
    moves: Moves,
    criteria: bool,
    values: Values,
    legend: str,
    number_format: str,
    direction: Direction,
) -> Picture:
    """The picture that every notation writes; the arguments are those of `diagrams.mermaid`.

    Raises:
        WrongProcess, UnknownStage, OutOfRange: as told there.
    """
    a(Process, process, "process")
    (on, between), *_ = gather(
        lambda: checked(values, [stage.name for stage in process.stages]),
        lambda: _check(process, deal, moves, direction),
        lambda: _formats(number_format),
    )
    legs = {} if deal is None else legs_of(deal)
    ways = ways_of(process)
    drawn = ways if moves == "all" else _chosen(ways, legs, between)
    common = framed(ways) if moves == "main" else ()
    boxes = [*(box_of(stage, ways, criteria=criteria) for stage in process.stages), *former_boxes(process, legs)]
    arrows = [*(arrow_of(way, criteria=criteria) for way in drawn), *_beside(drawn, legs, between, criteria)]
    dashed = any(box.dashed for box in boxes) or any(arrow.dashed for arrow in arrows)
    notes = [
        "Dashed: optional, or under a condition." if dashed else "",
        left_out(ways, drawn),
        "" if deal is None else _about(deal, arrows),
        explained(legend, on, between, number_format),
    ]
    return Picture(
        title=f"{process.label or words_of(process.name)}, version {process.version}",
        boxes=tuple(_dressed(boxes, deal, legs, on, number_format)),
        arrows=(*_marked(arrows, legs, between, number_format), *common),
        notes=tuple(filter(None, notes)),
        framed=tuple(stage.name for stage in process.stages if common and stage.kind == "open"),
        deal=None if deal is None else deal.id,
        direction=direction,
    )


def _formats(number_format: str) -> Any:
    try:
        format(0.5, a(str, number_format, "number_format"))
    except ValueError as error:
        raise OutOfRange("number_format", number_format, f"a format of numbers, such as '.0%' ({error})") from None


def _check(process: Process, deal: Deal | None, moves: str, direction: str) -> Any:
    errors: list[SalesProcessError] = [
        OutOfRange(name, value, f"one of {', '.join(choices)}")
        for name, value, choices in (("moves", moves, get_args(Moves)), ("direction", direction, get_args(Direction)))
        if value not in choices
    ]
    if deal is not None and not isinstance(deal, Deal):
        errors.append(WrongKind("deal", deal, "a Deal"))
    elif deal is not None and (deal.process, deal.version) != (process.name, process.version):
        errors.append(WrongProcess(deal.id, (deal.process, deal.version), (process.name, process.version)))
    raise_together(errors)


def _chosen(ways: tuple[Way, ...], legs: Collection[Key], pairs: Iterable[Pair]) -> tuple[Way, ...]:
    """The main ways, those that the deal took, and for each pair of the overlay one that joins it."""
    keys = {way.key for way in main_ways(ways)} | set(legs)
    joined = {(source, destination) for source, destination, _ in keys}
    for pair in pairs:
        if pair not in joined:
            keys.update([way.key for way in ways if way.pair == pair][:1])
    return tuple(way for way in ways if way.key in keys)


def _beside(drawn: Iterable[Way], legs: Mapping[Key, Leg], pairs: Iterable[Pair], criteria: bool) -> Iterator[Arrow]:
    """Arrows that no transition of the machine explains: moves on record, and pairs that only the overlay joins."""
    keys = {way.key for way in drawn}
    yield from (leg.arrow(key, criteria=criteria) for key, leg in legs.items() if key not in keys)
    joined = {(source, destination) for source, destination, _ in (*keys, *legs)}
    yield from (Arrow(*pair, "", "valued") for pair in pairs if pair not in joined)


def _marked(
    arrows: Iterable[Arrow], legs: Mapping[Key, Leg], between: Mapping[Pair, float | str], number_format: str
) -> Iterator[Arrow]:
    """The arrows with steps and values; of alternatives for one and the same move, the first stands for all."""
    legs, between = dict(legs), dict(between)
    for arrow in arrows:
        leg = legs.pop((arrow.source, arrow.destination, arrow.name), None)
        value = between.pop((arrow.source, arrow.destination), None)
        yield attrs.evolve(
            arrow,
            steps=tuple(leg.steps) if leg else (),
            value="" if value is None else shown(value, number_format),
        )


def _dressed(
    boxes: Iterable[Box], deal: Deal | None, legs: Iterable[Key], on: Mapping[str, float | str], number_format: str
) -> Iterator[Box]:
    """The boxes with marks, values and shades."""
    passed = {stage for source, destination, _ in legs for stage in (source, destination)}
    shade = shades(on)
    for box in boxes:
        mark: Mark = "visited" if box.name in passed else ""
        if deal is not None and box.name == deal.stage:
            mark = "here, on hold" if deal.status == "on_hold" else "here"
        value = shown(on[box.name], number_format) if box.name in on else ""
        yield attrs.evolve(box, mark=mark, value=value, shade=shade.get(box.name))


def _about(deal: Deal, arrows: Iterable[Arrow]) -> str:
    """How to read the marks of the deal."""
    text = f"{deal.id}: ▶ where it is, ✓ where it was; its moves are thick and numbered."
    return f"{text} Thick and dashed: outside the rules." if any(each.kind in OUTSIDE for each in arrows) else text
