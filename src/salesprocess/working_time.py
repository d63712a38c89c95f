"""Working hours and holidays: how much working time lies between two instants, and when a span of it is over.

Spans come in three units, told apart by their type so that nobody takes three days of eight hours for three days:
`timedelta` counts by the clock, `WorkingHours` and `WorkingDays` count in a `WorkingTime` that is passed in.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from functools import lru_cache
from itertools import accumulate, pairwise
from typing import Literal, get_args

import attrs

from salesprocess import words
from salesprocess.errors import NoWorkingTime, OutOfRange, WrongKind
from salesprocess.frozen import tuple_of
from salesprocess.timing import day, instant, midnight, zone

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]

WEEK: tuple[Weekday, ...] = get_args(Weekday)
"""The days of the week, Monday first."""

_MICROSECOND = timedelta(microseconds=1)
_DAY = timedelta(days=1) // _MICROSECOND
_BEGINNING = datetime(1, 1, 1, tzinfo=UTC)
_LAST = (datetime(9999, 12, 29, tzinfo=UTC) - _BEGINNING) // _MICROSECOND
"""All arithmetic is on microseconds since the beginning of the year 1, a Monday: days and weeks are remainders."""


def _clock(value: time) -> time:
    if not isinstance(value, time) or value.tzinfo is not None:
        raise WrongKind("shift", value, "a time of day without a zone; the working time has one")
    return value


def _weekdays(values: Iterable[Weekday]) -> tuple[Weekday, ...]:
    days = tuple_of(values, "on")
    if not days or not set(days) <= set(WEEK) or len(set(days)) < len(days):
        raise OutOfRange("on", days, f"distinct days out of {', '.join(WEEK)}")
    return days


@attrs.frozen
class Shift:
    """Hours of work that come back every week.

    Args:
        opens, closes: half-open, in local time; `closes` of `time(0)` is the midnight that ends the day.
        on: the days of the week; Monday to Friday unless said otherwise.

    Work across midnight is two shifts, one to `time(0)` and one from it.

    Raises:
        OutOfRange: the shift ends before it begins, or a day is repeated or unknown.
        WrongKind: not a time of day, or one with a zone.

    >>> Shift(time(10), time(14), on=["sat"]).on
    ('sat',)
    """

    opens: time = attrs.field(converter=_clock)
    closes: time = attrs.field(converter=_clock)
    on: tuple[Weekday, ...] = attrs.field(default=WEEK[:5], converter=_weekdays)

    def __attrs_post_init__(self) -> None:
        if self.closes != time(0) and self.closes <= self.opens:
            raise OutOfRange("closes", self.closes, f"later than {self.opens}, or time(0) for the end of the day")


def _in_week(shifts: Iterable[Shift]) -> Iterator[tuple[int, int]]:
    """When each shift begins and ends, counted from the beginning of the week."""
    for shift in shifts:
        opens, closes = _since_midnight(shift.opens), _since_midnight(shift.closes) or _DAY
        for weekday in shift.on:
            begins = WEEK.index(weekday) * _DAY
            yield begins + opens, begins + closes


def _since_midnight(value: time) -> int:
    return _since_beginning(datetime.combine(_BEGINNING, value, UTC))


def _span(value: timedelta) -> timedelta:
    if not isinstance(value, timedelta):
        raise WrongKind("span", value, "a timedelta")
    if value < timedelta(0):
        raise OutOfRange("span", value, "zero or more")
    return value


def _count(value: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise WrongKind("count", value, "a whole number of days")
    if value < 1:
        raise OutOfRange("count", value, "at least 1")
    return value


@attrs.frozen
class WorkingHours:
    """A span of working time: it passes only while somebody works.

    >>> str(WorkingHours(timedelta(minutes=10)))
    '10 minutes of working time'
    """

    span: timedelta = attrs.field(converter=_span)

    def in_words(self, language: words.Language = "en") -> str:
        """The span in words.

        >>> WorkingHours(timedelta(minutes=10)).in_words("nb")
        '10 minutter arbeidstid'
        """
        return words.render("span.working_hours", language, {"span": self.span})

    def __str__(self) -> str:
        return self.in_words()


@attrs.frozen
class WorkingDays:
    """A term in working days: it ends with the working hours of the last one, and the day it begins on does not count.

    That is how law counts (Regulation (EEC, Euratom) No 1182/71, article 3), but for the midnight that ends its day.

    >>> str(WorkingDays(2))
    '2 working days'
    """

    count: int = attrs.field(converter=_count)

    def in_words(self, language: words.Language = "en") -> str:
        """The term in words.

        >>> WorkingDays(1).in_words("nb")
        '1 arbeidsdag'
        """
        key = "span.working_day" if self.count == 1 else "span.working_days"
        return words.render(key, language, {"count": self.count})

    def __str__(self) -> str:
        return self.in_words()


Span = timedelta | WorkingHours | WorkingDays
"""How long: by the clock, or in working time."""


@attrs.frozen(eq=False)
class _Measure:
    """How much of a weekly pattern, holidays left out, lies before a local moment; and the other way round.

    Everything is in closed form: whole weeks are multiplied, the rest of a week and the holidays are looked up.
    """

    opens: tuple[int, ...]
    closes: tuple[int, ...]
    before_shift: tuple[int, ...]
    """What lies between the beginning of the week and each shift; one more entry for the whole week."""
    holidays: tuple[int, ...]
    """The moments at which holidays begin, those without work left out."""
    lost: tuple[int, ...]
    """What the holidays before each one take away; one more entry for all."""
    before_holiday: tuple[int, ...]

    @classmethod
    def of(cls, pattern: Iterable[tuple[int, int]], holidays: Iterable[date]) -> _Measure:
        shifts = sorted(pattern)
        before_shift = tuple(accumulate((closes - opens for opens, closes in shifts), initial=0))
        opens, closes = (tuple(shift[end] for shift in shifts) for end in (0, 1))
        weekly = cls(opens, closes, before_shift, (), (0,), ())
        begins = [(each.toordinal() - 1) * _DAY for each in holidays]
        taken = {each: weekly.before(each + _DAY) - weekly.before(each) for each in begins}
        working = tuple(each for each in begins if taken[each])
        lost = tuple(accumulate((taken[each] for each in working), initial=0))
        before_holiday = tuple(weekly.before(each) - gone for each, gone in zip(working, lost, strict=False))
        return cls(opens, closes, before_shift, working, lost, before_holiday)

    def before(self, moment: int) -> int:
        """What lies before a local moment."""
        holiday = bisect_right(self.holidays, moment) - 1
        if holiday >= 0 and moment < self.holidays[holiday] + _DAY:
            return self.before_holiday[holiday]
        weeks, rest = divmod(moment, 7 * _DAY)
        shift = bisect_right(self.opens, rest) - 1
        begun = 0 if shift < 0 else self.before_shift[shift] + min(rest, self.closes[shift]) - self.opens[shift]
        return weeks * self.before_shift[-1] + begun - self.lost[holiday + 1]

    def reached(self, amount: int) -> int:
        """The earliest local moment before which `amount` lies."""
        amount += self.lost[bisect_left(self.before_holiday, amount)]
        weeks, rest = divmod(amount - 1, self.before_shift[-1])
        shift = bisect_right(self.before_shift, rest) - 1
        return weeks * 7 * _DAY + self.opens[shift] + rest + 1 - self.before_shift[shift]


def _shifts(values: Iterable[Shift]) -> tuple[Shift, ...]:
    shifts = tuple_of(values, "shifts")
    for each in shifts:
        if not isinstance(each, Shift):
            raise WrongKind("shifts", each, "Shift(opens, closes)")
    if not shifts:
        raise OutOfRange("shifts", shifts, "at least one shift, or no work would ever be done")
    for (_, closes), (opens, _) in pairwise(sorted(_in_week(shifts))):
        if opens < closes:
            raise OutOfRange("shifts", shifts, "shifts that do not overlap")
    return shifts


def _holidays(values: Iterable[date]) -> tuple[date, ...]:
    return tuple(sorted({day(each, "holidays") for each in tuple_of(values, "holidays")}))


def _hashable_zone(value: str | tzinfo) -> tzinfo:
    found = zone(value)
    try:
        hash(found)
    except TypeError:
        raise WrongKind("tz", value, "a time zone that hashes, such as zoneinfo.ZoneInfo") from None
    return found


@attrs.frozen
class WorkingTime:
    """When people work: every week the same shifts in local time, but for holidays.

    Args:
        tz: the zone of the shifts and of the holidays.
        shifts: the working hours, at least one shift; no two overlap.
        holidays: dates on which nobody works; the library knows none of its own.

    An instant is working time exactly when the clock on the wall shows it inside a shift of a day that is no holiday.
    So an hour that comes twice when clocks go back is worked twice, and one that never comes is not worked.

    Raises:
        OutOfRange: there are no shifts or two overlap, or no such zone is known.
        WrongKind: something of the wrong type.

    >>> office = WorkingTime("Europe/Oslo", [Shift(time(8), time(16))], holidays=[date(2026, 5, 1)])
    >>> thursday = datetime(2026, 4, 30, 12, tzinfo=UTC)  # two o'clock in Oslo
    >>> office.add(thursday, timedelta(hours=4)).isoformat()  # Friday is a holiday
    '2026-05-04T08:00:00+00:00'
    >>> office.between(thursday, datetime(2026, 5, 5, 6, tzinfo=UTC))
    datetime.timedelta(seconds=36000)
    """

    tz: tzinfo = attrs.field(converter=_hashable_zone)
    shifts: tuple[Shift, ...] = attrs.field(converter=_shifts)
    holidays: tuple[date, ...] = attrs.field(default=(), converter=_holidays)
    _work: _Measure = attrs.field(init=False, eq=False, repr=False)
    _days: _Measure = attrs.field(init=False, eq=False, repr=False)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "_work", _Measure.of(_in_week(self.shifts), self.holidays))
        mornings = {opens // _DAY * _DAY for opens, _ in _in_week(self.shifts)}  # one unit a working day
        object.__setattr__(self, "_days", _Measure.of(((each, each + 1) for each in mornings), self.holidays))

    def __reduce__(self) -> tuple[type[WorkingTime], tuple[tzinfo, tuple[Shift, ...], tuple[date, ...]]]:
        return WorkingTime, (self.tz, self.shifts, self.holidays)

    def add(self, start: datetime, span: timedelta) -> datetime:
        """The earliest instant, in UTC, by which `span` of working time has passed since `start`.

        It is never the opening of the next shift when the close of the last one will do, and `start` for a span of 0.
        `between(start, add(start, span)) == span`, and `add(start, between(start, end))` is `end`, or the close of
        the last shift before it when nobody works just before `end`.

        Raises:
            OutOfRange: `span` is negative, or it ends beyond the calendar.

        Exact across changes of the clock: one step for each of them, none for weeks, days or minutes.
        """
        start = instant(start, "start")
        moment, left = _since_beginning(start), _span(span) // _MICROSECOND
        if not left:
            return start
        while True:
            offset = _offset(self.tz, moment)
            done = self._work.before(moment + offset)
            ends = _inside(self._work.reached(done + left) - offset, span)
            change = _next_change(self.tz, moment, ends)
            if change is None:
                return _BEGINNING + timedelta(microseconds=ends)
            left -= self._work.before(change + offset) - done
            moment = change

    def between(self, start: datetime, end: datetime) -> timedelta:
        """The working time from `start` to `end`; negative when `end` is earlier.

        >>> nights = WorkingTime("Europe/Oslo", [Shift(time(0), time(6), on=["sun"])])
        >>> nights.between(datetime(2026, 3, 28, tzinfo=UTC), datetime(2026, 3, 30, tzinfo=UTC))  # summer time begins
        datetime.timedelta(seconds=18000)
        """
        start, end = instant(start, "start"), instant(end, "end")
        if end < start:
            return -self.between(end, start)
        moment, last = _since_beginning(start), _since_beginning(end)
        worked = 0
        while moment < last:
            offset = _offset(self.tz, moment)
            until = _next_change(self.tz, moment, last) or last
            worked += self._work.before(until + offset) - self._work.before(moment + offset)
            moment = until
        return timedelta(microseconds=worked)

    def close_after(self, start: datetime, days: int) -> datetime:
        """The close, in UTC, of the `days`-th working day after the local day of `start`.

        Raises:
            OutOfRange: `days` is below 1, or the day lies beyond the calendar.

        >>> office = WorkingTime("Europe/Oslo", [Shift(time(8), time(16))])
        >>> friday = datetime(2026, 1, 9, 6, tzinfo=UTC)
        >>> office.close_after(friday, 2).isoformat()  # Tuesday
        '2026-01-13T15:00:00+00:00'
        """
        start = instant(start, "start")
        reached = self._days.reached(self._days.before(self._midnight_after(_since_beginning(start))) + _count(days))
        last = _inside(reached, WorkingDays(days)) // _DAY
        end = midnight(date.fromordinal(last + 2), self.tz)
        return self.add(start, self.between(start, end))

    def days_between(self, start: datetime, end: datetime) -> int:
        """How many working days lie whole between two instants, half-open: neither the first day nor the last counts.

        >>> office = WorkingTime("UTC", [Shift(time(8), time(16))])
        >>> office.days_between(datetime(2026, 1, 9, 12, tzinfo=UTC), datetime(2026, 1, 14, 12, tzinfo=UTC))
        2
        """
        first, last = _since_beginning(instant(start, "start")), _since_beginning(instant(end, "end")) - 1
        return max(
            0, self._days.before(self._midnight_after(last) - _DAY) - self._days.before(self._midnight_after(first))
        )

    def _midnight_after(self, moment: int) -> int:
        """The local moment at which the local day of an instant ends."""
        return ((moment + _offset(self.tz, moment)) // _DAY + 1) * _DAY


def _since_beginning(moment: datetime) -> int:
    return (moment - _BEGINNING) // _MICROSECOND


def later(start: datetime, span: Span, working_time: WorkingTime | None = None) -> datetime | None:
    """When a span that begins at `start` is over; None when that lies beyond the calendar and so never comes.

    Raises:
        NoWorkingTime: the span counts in working time and none was passed.

    >>> later(datetime(2026, 1, 9, 9, tzinfo=UTC), timedelta(days=1)).isoformat()
    '2026-01-10T09:00:00+00:00'
    """
    try:
        if isinstance(span, timedelta):
            return start + span
        if isinstance(span, WorkingHours):
            return _needed(working_time, span).add(start, span.span)
        return _needed(working_time, span).close_after(start, span.count)
    except (OverflowError, OutOfRange):
        return None


def rest_of(span: Span, start: datetime, end: datetime, working_time: WorkingTime | None = None) -> Span:
    """What is left of a span that began at `start` and is not over before `end`; a working day counts when it is past.

    Raises:
        NoWorkingTime: the span counts in working time and none was passed.

    >>> rest_of(timedelta(days=7), datetime(2026, 1, 5, tzinfo=UTC), datetime(2026, 1, 7, tzinfo=UTC))
    datetime.timedelta(days=5)
    """
    if isinstance(span, timedelta):
        return span - (end - start)
    if isinstance(span, WorkingHours):
        return WorkingHours(span.span - _needed(working_time, span).between(start, end))
    return WorkingDays(span.count - _needed(working_time, span).days_between(start, end))


def _needed(working_time: WorkingTime | None, span: WorkingHours | WorkingDays) -> WorkingTime:
    if working_time is None:
        raise NoWorkingTime(str(span))
    return working_time


def _inside(moment: int, wanted: object) -> int:
    if moment > _LAST:
        raise OutOfRange("span", wanted, "over before the last days of the year 9999")
    return moment


def _offset(tz: tzinfo, moment: int) -> int:
    """The offset of a zone at an instant; the first and last days have that of their neighbours, which can be asked."""
    asked = _BEGINNING + timedelta(microseconds=min(max(moment, 2 * _DAY), _LAST))
    return (asked.astimezone(tz).utcoffset() or timedelta(0)) // _MICROSECOND


_BLOCK = 364


@lru_cache(maxsize=4096)
def _changes(tz: tzinfo, block: int) -> tuple[int, ...]:
    """The instants at which the clock of a zone is changed within 364 days; at most one a day is found."""
    found: list[int] = []
    days = [(block * _BLOCK + place) * _DAY for place in range(_BLOCK + 1)]
    offsets = [_offset(tz, each) for each in days]
    for (low, high), (old, new) in zip(pairwise(days), pairwise(offsets), strict=True):
        if old != new:
            changed = bisect_left(range(low, high), True, key=lambda each: _offset(tz, each) != old)
            found.append(low + changed)
    return tuple(found)


def _next_change(tz: tzinfo, after: int, before: int) -> int | None:
    """The first change of the clock between two instants, both excluded."""
    if isinstance(tz, timezone):
        return None
    for block in range(after // (_BLOCK * _DAY), before // (_BLOCK * _DAY) + 1):
        for change in _changes(tz, block):
            if after < change < before:
                return change
    return None
