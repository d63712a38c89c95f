"""Put a process, a deal and an overlay together into one picture."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import timedelta

import attrs

from salesprocess.deal import Deal
from salesprocess.diagrams.overlay import Pair, Values, checked, explained, shades, shown
from salesprocess.diagrams.path import Key, Leg, legs_of
from salesprocess.diagrams.picture import DEAL, OUTSIDE, Arrow, Box, Mark, Picture
from salesprocess.diagrams.ways import Moves, Way, arrow_of, framed, left_out, main_ways, ways_of
from salesprocess.diagrams.wording import say
from salesprocess.errors import OutOfRange, WrongProcess
from salesprocess.process import Process
from salesprocess.stages import Stage, words_of


def compose(
    process: Process,
    deal: Deal | None,
    *,
    moves: Moves,
    criteria: bool,
    values: Values,
    legend: str,
    number_format: str,
) -> Picture:
    """The picture that every notation writes; the arguments are those of `diagrams.mermaid`.

    Raises:
        WrongProcess, UnknownStage, OutOfRange: as told there.
    """
    if moves not in ("main", "all"):
        raise OutOfRange("moves", moves, "'main' or 'all'")
    if deal is not None and (deal.process, deal.version) != (process.name, process.version):
        raise WrongProcess(deal.id, (deal.process, deal.version), (process.name, process.version))
    on, between = checked(values, [stage.name for stage in process.stages])
    legs = {} if deal is None else legs_of(deal)
    ways = ways_of(process)
    drawn = ways if moves == "all" else _chosen(ways, legs, between)
    common = framed(ways) if moves == "main" else ()
    boxes = [*(_box(stage, criteria) for stage in process.stages), *_former(process, legs)]
    arrows = [*(arrow_of(way, criteria=criteria) for way in drawn), *_beside(drawn, legs, between, criteria)]
    notes = [
        "Dashed: optional, or under a condition." if any(each.dashed for each in (*boxes, *arrows)) else "",
        left_out((way for way in ways if way not in drawn), common),
        "" if deal is None else _about(deal, legs),
        explained(legend, on, between, number_format),
    ]
    return Picture(
        title=f"{process.label or words_of(process.name)}, version {process.version}",
        boxes=tuple(_dressed(boxes, deal, legs, on, number_format)),
        arrows=(*_marked(arrows, legs, between, number_format), *common),
        notes=tuple(filter(None, notes)),
        framed=tuple(stage.name for stage in process.stages if common and stage.kind == "open"),
        deal=None if deal is None else deal.id,
    )


def _chosen(ways: tuple[Way, ...], legs: Collection[Key], pairs: Iterable[Pair]) -> tuple[Way, ...]:
    """The main ways, those that the deal took, and for each pair of the overlay one that joins it."""
    keys = {way.key for way in main_ways(ways)} | set(legs)
    joined = {(source, destination) for source, destination, _ in keys}
    for pair in pairs:
        if pair not in joined:
            keys.update([way.key for way in ways if way.pair == pair][:1])
    return tuple(way for way in ways if way.key in keys)


def _beside(
    drawn: Iterable[Way], legs: Mapping[Key, Leg], pairs: Iterable[Pair], criteria: bool
) -> Iterator[Arrow]:
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


def _about(deal: Deal, legs: Mapping[Key, Leg]) -> str:
    """How to read the marks of the deal."""
    text = f"{deal.id}: ▶ where it is, ✓ where it was; its moves are thick and numbered."
    return f"{text} Thick and dotted: outside the rules." if any(leg.kind in OUTSIDE for leg in legs.values()) else text


def _box(stage: Stage, criteria: bool) -> Box:
    """A stage as the rulebook tells it."""
    numbers = [] if stage.probability is None or stage.kind != "open" else [f"{stage.probability:.0%}"]
    if stage.typical_duration is not None:
        numbers.append(_span(stage.typical_duration))
    if stage.optional:
        numbers.append("optional")
    return Box(
        stage.name,
        stage.kind,
        stage.label.strip() or stage.name,
        tuple(numbers),
        tuple(_wants(stage)) if criteria else (),
        dashed=stage.optional or stage.when is not None,
    )


def _wants(stage: Stage) -> Iterator[tuple[str, str]]:
    yield from (("to enter", say(each)) for each in stage.entry)
    yield from (("always, to enter", say(each)) for each in stage.locked)
    yield from (("to leave", f"{each.label or words_of(each.name)}: done") for each in stage.activities if each.required)
    yield from (("to leave", say(each)) for each in stage.exit)
    if stage.reasons:
        yield "reasons", ", ".join(each.label or words_of(each.name) for each in stage.reasons)


def _span(duration: timedelta) -> str:
    """A duration in its largest unit.

    >>> _span(timedelta(days=7)), _span(timedelta(minutes=90)), _span(timedelta(seconds=30))
    ('7 days', '1.5 hours', '0.5 minutes')
    """
    for unit in ("day", "hour", "minute"):
        count = duration / timedelta(**{f"{unit}s": 1})
        if count >= 1 or unit == "minute":
            break
    return f"{count:.3g} {unit}{'' if count == 1 else 's'}"


def _former(process: Process, legs: Iterable[Key]) -> Iterator[Box]:
    """Stages that the deal passed under another version and that this one does not have."""
    known = {stage.name for stage in process.stages}
    passed = dict.fromkeys(stage for source, destination, _ in legs for stage in (source, destination))
    yield from (Box(name, "former", words_of(name)) for name in passed if name not in known and name != DEAL)
