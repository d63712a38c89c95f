"""How long deals were in stages: in the latest visit of each, or in all visits of it together."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, TypeAlias, get_args

import attrs

from salesprocess.analytics.visits import StageVisits
from salesprocess.errors import OutOfRange

Measure = Literal["visit", "latest", "cumulative"]
"""What is timed: every visit; of each deal its latest visit of a stage; or all its visits of a stage together."""

PART_UNSEEN = "deal with an earlier visit of the stage that was not observed"
"""Why the time of a deal in a stage, over all its visits, is not known."""

Stay: TypeAlias = tuple[int, int, int, bool]
"""The code of the deal, that of the stage, microseconds without the time on hold, and whether the deal is there now."""


@attrs.frozen
class Stays:
    """The times in stages.

    Attributes:
        each: the stays, those of one deal together.
        unseen: how many are not among them, since a part of them was not observed.
    """

    each: Iterable[Stay]
    unseen: int = 0


def stays(visits: StageVisits, measure: Measure) -> Stays:
    """What a measure times.

    Raises:
        OutOfRange: no such measure.
    """
    if measure not in ("latest", "cumulative"):  # single visits are counted without timing them one by one
        raise OutOfRange("measure", measure, f"one of {', '.join(get_args(Measure))}")
    c = visits.columns
    times = (left - entered - held for left, entered, held in zip(c.left, c.entered, c.held, strict=True))
    here = (following < 0 for following in c.next)
    latest: dict[tuple[int, int], tuple[int, bool, int, int]] = {}
    for deal, stage, time, there, number in zip(c.deal, c.stage, times, here, c.number, strict=True):
        before, _, seen, _ = latest.get((deal, stage), (0, False, 0, 0))
        latest[deal, stage] = (before + time if measure == "cumulative" else time, there, seen + 1, number)
    if measure == "latest":
        return Stays((*key, time, there) for key, (time, there, *_) in latest.items())
    whole = [(*key, time, there) for key, (time, there, seen, number) in latest.items() if seen == number]
    return Stays(whole, len(latest) - len(whole))
