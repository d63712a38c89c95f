"""What a diagram writes into the box of a stage."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta

from salesprocess.diagrams.path import Key
from salesprocess.diagrams.picture import DEAL, Box
from salesprocess.diagrams.ways import Way, needed_visits, reopens_where_left
from salesprocess.process import Process
from salesprocess.stages import Stage, words_of
from salesprocess.wording import say


def box_of(stage: Stage, ways: tuple[Way, ...], *, criteria: bool) -> Box:
    """A stage as the rulebook tells it; with `criteria`, what it asks for is written inside."""
    numbers = [] if stage.probability is None or stage.kind != "open" else [f"{100 * stage.probability:.3g}% prior"]
    if stage.typical_duration is not None:
        numbers.append(_span(stage.typical_duration))
    if stage.optional:
        numbers.append("optional")
    if stage.kind == "lost" and reopens_where_left(ways):
        numbers.append("reopens in the stage it left")
    return Box(
        stage.name,
        stage.kind,
        stage.label.strip() or stage.name,
        tuple(numbers),
        tuple(_wants(stage, ways)) if criteria else (),
        dashed=stage.optional or stage.when is not None,
    )


def _wants(stage: Stage, ways: Iterable[Way]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """What the stage asks for, by heading; what it does not ask for is left out."""
    work = tuple(f"{each.label or words_of(each.name)}: done" for each in stage.activities if each.required)
    reasons = ", ".join(each.label or words_of(each.name) for each in stage.reasons)
    asked: dict[str, tuple[str, ...]] = {
        "to enter": tuple(map(say, (*stage.entry, *(needed_visits(ways) if stage.kind == "won" else ())))),
        "to enter, no exception": tuple(map(say, stage.locked)),
        "to leave": (*work, *map(say, stage.exit)),
        "because of": (reasons,) if reasons else (),
    }
    return ((heading, sentences) for heading, sentences in asked.items() if sentences)


def _span(duration: timedelta) -> str:
    """A duration in its largest unit.

    >>> _span(timedelta(days=7)), _span(timedelta(minutes=90)), _span(timedelta(seconds=30))
    ('7 days', '1.5 hours', '0.5 minutes')
    """
    unit = next((each for each in ("day", "hour") if duration >= timedelta(**{f"{each}s": 1})), "minute")
    count = duration / timedelta(**{f"{unit}s": 1})
    return f"{count:.3g} {unit}{'' if count == 1 else 's'}"


def former_boxes(process: Process, legs: Iterable[Key]) -> Iterator[Box]:
    """Stages that the deal passed under another version and that this one does not have."""
    known = {stage.name for stage in process.stages}
    passed = dict.fromkeys(stage for source, destination, _ in legs for stage in (source, destination))
    yield from (Box(name, "former", words_of(name)) for name in passed if name not in known and name != DEAL)
