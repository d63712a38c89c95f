"""One number over time, of any metric, in the form in which its trend is judged."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from math import isfinite

import attrs

from salesprocess.errors import OutOfRange
from salesprocess.frozen import EMPTY, FrozenDict, frozen_dict
from salesprocess.timing import instant


@attrs.frozen
class Point:
    """One value and what it stands for, such as a month."""

    label: str
    value: float


def _points(points: Iterable[Point | tuple[str, float]]) -> tuple[Point, ...]:
    """The points.

    Raises:
        OutOfRange: a value is not a finite number.
    """
    made = tuple(point if isinstance(point, Point) else Point(point[0], float(point[1])) for point in points)
    for point in made:
        if not isfinite(point.value):
            raise OutOfRange(f"the value of {point.label}", point.value, "a finite number")
    return made


@attrs.frozen
class Series:
    """A number at equal distances in time, the earliest first.

    Args:
        name: what is counted.
        points: the values, as `Point` or as pairs of a label and a value.
        as_of: the moment of which they speak.
        excluded: what was left out, by reason.

    Raises:
        OutOfRange: a value is not a finite number.
        NaiveDatetime: `as_of` has no time zone.

    >>> from datetime import UTC
    >>> calls = Series("calls a month", [("2026-01", 31), ("2026-02", 28)], as_of=datetime(2026, 3, 1, tzinfo=UTC))
    >>> calls.points[1].value
    28.0
    """

    name: str
    points: tuple[Point, ...] = attrs.field(converter=_points)
    as_of: datetime = attrs.field(converter=instant, kw_only=True)
    excluded: FrozenDict[str, int] = attrs.field(default=EMPTY, converter=frozen_dict, kw_only=True)
