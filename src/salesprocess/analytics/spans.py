"""Periods as ranges of whole microseconds, the months between two moments, and quantiles of what was observed."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

from salesprocess.analytics.deal_table import moment
from salesprocess.analytics.visits import microseconds
from salesprocess.timing import Calendar, Period

_ALWAYS = range(-(2**62), 2**62)


def span(period: Period | None) -> range:
    """The microseconds of a period, half-open; without one, all of them.

    >>> 0 in span(None)
    True
    """
    return _ALWAYS if period is None else range(microseconds(period.start), microseconds(period.end))


def when(period: Period | None) -> str:
    """A period in a sentence.

    >>> when(None)
    'at any time'
    """
    return "at any time" if period is None else f"in {period}"


def months_between(calendar: Calendar, first: int, last: int) -> tuple[Period, ...]:
    """The calendar months from the one that holds the microsecond `first` to the one that holds `last`.

    >>> [month.label for month in months_between(Calendar(), 0, 86_400_000_000 * 40)]
    ['1970-01', '1970-02']
    """
    begin, end = (moment(each).astimezone(calendar.tz).date() for each in (first, last))
    return calendar.months_from(begin, (end.year - begin.year) * 12 + end.month - begin.month + 1)


def quantile(ordered: Sequence[float], q: float) -> float | None:
    """The first of ascending values by which the share `q` of them is reached; None without any.

    The inverse of the empirical distribution, as of a Kaplan-Meier curve without censoring.

    >>> quantile([1, 2, 3, 4], 0.5), quantile([1, 2, 3, 4], 0.85), quantile([], 0.5)
    (2, 4, None)
    """
    return ordered[max(ceil(q * len(ordered) - 1e-9), 1) - 1] if ordered else None
