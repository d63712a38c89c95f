"""When deals are opened: a rate over calendar time."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from random import Random

import attrs

from salesprocess.errors import OutOfRange
from salesprocess.frozen import tuple_of
from salesprocess.timing import zone

_DAY = timedelta(days=1)
_YEAR = timedelta(days=365.25)


def _weekdays(values: Iterable[float]) -> tuple[float, ...]:
    return tuple_of(values, "weekdays")


@attrs.frozen(kw_only=True)
class Arrivals:
    """Deals that arrive by chance, independently of one another, at a rate that follows the calendar.

    The rate at a moment is `per_day` × the factor of its weekday × (1 + `growth`) ^ years since the start of the book.

    Args:
        per_day: how many deals a day, on average, at the start.
        growth: by what share the rate rises in a year; above −1.
        weekdays: a factor for Monday to Sunday.
        tz: where days begin.

    Raises:
        OutOfRange: a value that cannot be.

    >>> Arrivals(per_day=4, weekdays=(1, 1, 1, 1, 1, 0, 0)).growth
    0.0
    """

    per_day: float
    growth: float = 0.0
    weekdays: tuple[float, ...] = attrs.field(default=(1.0,) * 7, converter=_weekdays)
    tz: tzinfo = attrs.field(default=UTC, converter=zone)

    def __attrs_post_init__(self) -> None:
        if not 0 <= self.per_day < math.inf:
            raise OutOfRange("per_day", self.per_day, "zero or more")
        if not -1 < self.growth < math.inf:
            raise OutOfRange("growth", self.growth, "above -1")
        if len(self.weekdays) != 7 or not all(0 <= factor < math.inf for factor in self.weekdays):
            raise OutOfRange("weekdays", self.weekdays, "seven factors, each zero or more")

    def rate(self, at: datetime, start: datetime) -> float:
        """How many deals a day arrive at a moment of a book that starts at `start`.

        >>> monday = datetime(2026, 1, 5, tzinfo=UTC)
        >>> Arrivals(per_day=4, weekdays=(1, 1, 1, 1, 1, 0, 0)).rate(monday + timedelta(days=5), monday)
        0.0
        """
        return self.per_day * self.weekdays[at.astimezone(self.tz).weekday()] * self._grown(at - start)

    def _grown(self, since: timedelta) -> float:
        return float((1 + self.growth) ** (since / _YEAR))

    def between(self, start: datetime, end: datetime, rng: Random) -> Iterator[datetime]:
        """The moments of arrival in [start, end), in order: a Poisson process by thinning.

        Source: Lewis and Shedler 1979, Nav. Res. Logist. Q. 26, 403–413.
        """
        most = self.per_day * max(self.weekdays) * max(1.0, self._grown(end - start))
        if not most:
            return
        days, length = 0.0, (end - start) / _DAY
        while (days := days + rng.expovariate(most)) < length:
            at = start + days * _DAY
            if rng.random() * most < self.rate(at, start) and at < end:
                yield at
