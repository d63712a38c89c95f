"""Periods as ranges of microseconds, the weeks or months between two moments, and quantiles of what was observed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta, tzinfo
from math import ceil
from typing import Literal, TypeVar, get_args

from salesprocess import given
from salesprocess.analytics.deal_table import moment
from salesprocess.analytics.visits import microseconds, whole_microseconds
from salesprocess.errors import OutOfRange
from salesprocess.timing import Calendar, Period, midnight

DAY = whole_microseconds(timedelta(days=1))
"""In microseconds."""

_Number = TypeVar("_Number", int, float)

Every = Literal["week", "month"]
"""The stretches into which time is cut: ISO weeks or calendar months."""

_ALWAYS = range(-(2**62), 2**62)


def span(period: Period | None) -> range:
    """The microseconds of a period, half-open; without one, all of them.

    Raises:
        WrongKind: it is no period.

    >>> 0 in span(None)
    True
    """
    if period is None:
        return _ALWAYS
    stated = given.a(Period, period, "period")
    return range(microseconds(stated.start), microseconds(stated.end))


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


def every_between(every: Every, calendar: Calendar, first: int, last: int) -> tuple[Period, ...]:
    """The weeks or months from the one that holds the microsecond `first` to the one that holds `last`.

    Raises:
        OutOfRange: `every` is neither.

    >>> [week.label for week in every_between("week", Calendar(), 0, 86_400_000_000 * 8)]
    ['1970-W01', '1970-W02']
    """
    if every not in get_args(Every):
        raise OutOfRange("every", every, f"one of {', '.join(get_args(Every))}")
    if every == "month":
        return months_between(calendar, first, last)
    weeks = [calendar.week_of(moment(first))]
    end = moment(last)
    while weeks[-1].end <= end:
        weeks.append(calendar.week_of(weeks[-1].end))
    return tuple(weeks)


def quantile(ordered: Sequence[_Number], q: float) -> _Number | None:
    """The first of ascending values by which the share `q` of them is reached; None without any.

    The inverse of the empirical distribution, as of a Kaplan-Meier curve without censoring.

    >>> quantile([1, 2, 3, 4], 0.5), quantile([1, 2, 3, 4], 0.85), quantile([], 0.5)
    (2, 4, None)
    """
    return ordered[max(ceil(q * len(ordered) - 1e-9), 1) - 1] if ordered else None


def days(period: Period | None) -> range:
    """The dates of a period as ordinals (`date.toordinal`): those whose midnight in its zone lies in it.

    >>> from datetime import UTC, date, datetime
    >>> january = Period(datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC))
    >>> [date.fromordinal(each).day for each in (days(january)[0], days(january)[-1])]
    [1, 31]
    >>> date(2026, 1, 1).toordinal() in days(None)
    True
    """
    if period is None:
        return range(date.min.toordinal(), date.max.toordinal() + 1)
    return range(*(_first_day(bound, period.tz) for bound in (period.start, period.end)))


def _first_day(bound: datetime, tz: tzinfo) -> int:
    """The first date that begins at a moment or later."""
    local = bound.astimezone(tz).date()
    return local.toordinal() + (midnight(local, tz) < bound)
