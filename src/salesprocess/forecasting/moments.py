"""The moments from which a backtest looks ahead."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo

from salesprocess.errors import OutOfRange
from salesprocess.timing import instant, zone

_DAY = timedelta(days=1)


def origins(
    first: datetime, last: datetime, *, every: timedelta = timedelta(days=7), tz: str | tzinfo = UTC
) -> tuple[datetime, ...]:
    """The moments `first`, `first` + `every`, and so on, up to `last`, which is included when it is one of them.

    Steps of whole days keep the time of the day in `tz`, also across the change to summer time.

    Args:
        first: the first moment.
        last: none is later.
        every: the distance of two moments; longer than nothing.
        tz: where days begin.

    Raises:
        OutOfRange: `every` is not longer than nothing, or `last` lies before `first`.
        NaiveDatetime: a moment has no time zone.

    >>> [
    ...     moment.date().isoformat()
    ...     for moment in origins(datetime(2026, 1, 5, tzinfo=UTC), datetime(2026, 1, 19, tzinfo=UTC))
    ... ]
    ['2026-01-05', '2026-01-12', '2026-01-19']
    """
    begin, end, place = instant(first, "first"), instant(last, "last"), zone(tz)
    if every <= timedelta(0):
        raise OutOfRange("every", every, "longer than nothing")
    if end < begin:
        raise OutOfRange("last", last, f"no earlier than the first, {begin.isoformat()}")
    local = begin.astimezone(place)
    found: list[datetime] = []
    moment = begin
    while moment <= end:
        found.append(moment)
        step = every * len(found)
        moment = instant(local + step) if every % _DAY == timedelta(0) else begin + step
    return tuple(found)
