"""Instants, half-open periods and the fiscal calendar; everything is told the time, nothing reads a clock."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, tzinfo

import attrs

from salesprocess.errors import NaiveDatetime, OutOfRange, WrongKind


def instant(value: datetime, name: str = "at") -> datetime:
    """The same moment in UTC.

    Zone arithmetic and folds break equality and order, so every instant is normalised once, when it enters.

    Raises:
        WrongKind: not a datetime.
        NaiveDatetime: it has no time zone.
        OutOfRange: it lies outside the years 1 to 9999 in UTC.

    >>> from zoneinfo import ZoneInfo
    >>> instant(datetime(2026, 1, 5, 10, tzinfo=ZoneInfo("Europe/Oslo"))).isoformat()
    '2026-01-05T09:00:00+00:00'
    """
    if type(value) is datetime and value.tzinfo is UTC and not value.fold:
        return value
    if not isinstance(value, datetime):
        raise WrongKind(name, value, "an aware datetime")
    if value.utcoffset() is None:
        raise NaiveDatetime(name, value)
    try:
        moved = value.astimezone(UTC)
    except OverflowError:
        raise OutOfRange(name, value, "between the years 1 and 9999 in UTC") from None
    return datetime.combine(moved.date(), moved.time().replace(fold=0), UTC)


def optional_instant(value: datetime | None, name: str = "at") -> datetime | None:
    """`instant`, for a moment that may be absent.

    >>> optional_instant(None) is None
    True
    """
    return None if value is None else instant(value, name)


def day(value: date, name: str = "date") -> date:
    """A plain calendar date.

    Raises:
        WrongKind: not a date; a datetime does not say whose midnight it means.

    >>> day(date(2026, 1, 5))
    datetime.date(2026, 1, 5)
    """
    if isinstance(value, datetime) or not isinstance(value, date):
        raise WrongKind(name, value, "a date without a time")
    return value


def zone(value: str | tzinfo) -> tzinfo:
    """The time zone of an IANA name such as `Europe/Oslo`; a `tzinfo` comes back as it is.

    Raises:
        OutOfRange: no zone of this name is known.
        WrongKind: neither a text nor a `tzinfo`.

    >>> zone("Europe/Oslo")
    zoneinfo.ZoneInfo(key='Europe/Oslo')
    """
    if isinstance(value, tzinfo):
        return UTC if getattr(value, "key", "") == "UTC" else value
    if not isinstance(value, str):
        raise WrongKind("tz", value, "the IANA name of a time zone or a tzinfo")
    if value == "UTC":
        return UTC
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError  # noqa: PLC0415 - many programs know UTC alone

    try:
        return ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise OutOfRange("tz", value, "the IANA name of a time zone, such as 'Europe/Oslo'") from None


def _start(value: datetime) -> datetime:
    return instant(value, "start")


def _end(value: datetime) -> datetime:
    return instant(value, "end")


@attrs.frozen
class Period:
    """A half-open span of time, `start` included, `end` not.

    Args:
        start: the first instant inside.
        end: the first instant after; later than `start`.
        tz: the zone in which a *date* is placed: a date counts as its midnight there.
        label: the words for people.

    Raises:
        OutOfRange: `end` is not later than `start`.

    >>> january = Period(datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC), label="January")
    >>> date(2026, 1, 31) in january, datetime(2026, 2, 1, tzinfo=UTC) in january
    (True, False)
    """

    start: datetime = attrs.field(converter=_start)
    end: datetime = attrs.field(converter=_end)
    tz: tzinfo = attrs.field(default=UTC, converter=zone)
    label: str = ""

    def __attrs_post_init__(self) -> None:
        if self.end <= self.start:
            raise OutOfRange("end", self.end, f"later than the start {self.start.isoformat()}")

    def __contains__(self, moment: datetime | date) -> bool:
        return self.start <= self._place(moment) < self.end

    def precedes(self, moment: datetime | date) -> bool:
        """Whether the period has ended at `moment`."""
        return self.end <= self._place(moment)

    def _place(self, moment: datetime | date) -> datetime:
        return instant(moment) if isinstance(moment, datetime) else midnight(moment, self.tz)

    def __str__(self) -> str:
        if self.label:
            return self.label
        return f"{self.start.astimezone(self.tz).isoformat()} to {self.end.astimezone(self.tz).isoformat()}"


def midnight(value: date, tz: str | tzinfo = UTC) -> datetime:
    """The instant at which a day begins in a zone, in UTC.

    >>> midnight(date(2026, 7, 1), "Europe/Oslo").isoformat()
    '2026-06-30T22:00:00+00:00'
    """
    return instant(datetime.combine(day(value), datetime.min.time(), zone(tz)))


def _month(value: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise WrongKind("fiscal_start", value, "the number of a month")
    if not 1 <= value <= 12:
        raise OutOfRange("fiscal_start", value, "a month from 1 to 12")
    return value


@attrs.frozen
class Calendar:
    """Fiscal months, quarters and years in a time zone.

    Args:
        tz: the zone whose midnights bound the periods.
        fiscal_start: the first month of the fiscal year. Fiscal year 2026 is the one that *begins* in 2026.

    >>> Calendar(tz="Europe/Oslo", fiscal_start=2).quarters(2026)[0].label
    'FY2026 Q1'
    >>> Calendar().month_of(date(2026, 3, 9)).label
    '2026-03'
    """

    tz: tzinfo = attrs.field(default=UTC, converter=zone)
    fiscal_start: int = attrs.field(default=1, converter=_month)

    def _span(self, year: int, first: int, months: int, label: str) -> Period:
        """`months` months from month number `first`, counted from zero at the fiscal start of `year`."""

        def bound(offset: int) -> datetime:
            return midnight(_month_start(year, self.fiscal_start - 1 + offset), self.tz)

        return Period(bound(first), bound(first + months), self.tz, label)

    def _local(self, moment: datetime | date) -> date:
        return instant(moment).astimezone(self.tz).date() if isinstance(moment, datetime) else day(moment)

    def year(self, year: int) -> Period:
        """The fiscal year that begins in calendar year `year`."""
        return self._span(year, 0, 12, f"FY{year}")

    def quarters(self, year: int) -> tuple[Period, ...]:
        """The four quarters of a fiscal year."""
        return tuple(self._span(year, 3 * q, 3, f"FY{year} Q{q + 1}") for q in range(4))

    def months(self, year: int) -> tuple[Period, ...]:
        """The twelve calendar months of a fiscal year, labelled by calendar year and month."""
        first = _month_start(year, self.fiscal_start - 1)
        return tuple(self.month_of(_months_later(first, offset)) for offset in range(12))

    def month_of(self, moment: datetime | date) -> Period:
        """The calendar month in which a moment or a day lies."""
        first = self._local(moment).replace(day=1)
        following = _months_later(first, 1)
        return Period(midnight(first, self.tz), midnight(following, self.tz), self.tz, f"{first:%Y-%m}")

    def week_of(self, moment: datetime | date) -> Period:
        """The ISO week, Monday to Sunday, in which a moment or a day lies.

        >>> Calendar().week_of(date(2026, 1, 1)).label
        '2026-W01'
        """
        local = self._local(moment)
        monday = local - timedelta(days=local.weekday())
        year, week, _ = monday.isocalendar()
        following = monday + timedelta(weeks=1)
        return Period(midnight(monday, self.tz), midnight(following, self.tz), self.tz, f"{year}-W{week:02}")

    def months_from(self, moment: datetime | date, count: int) -> tuple[Period, ...]:
        """`count` calendar months, beginning with the one that holds `moment`.

        >>> [month.label for month in Calendar().months_from(date(2026, 11, 23), 3)]
        ['2026-11', '2026-12', '2027-01']
        """
        first = self.month_of(moment).start.astimezone(self.tz).date()
        return tuple(self.month_of(_months_later(first, offset)) for offset in range(count))


def _months_later(first: date, offset: int) -> date:
    return _month_start(first.year, first.month - 1 + offset)


def _month_start(year: int, months: int) -> date:
    """The first day of the month that is `months` after January of `year`."""
    years, month = divmod(months, 12)
    try:
        return date(year + years, month + 1, 1)
    except (ValueError, OverflowError):
        raise OutOfRange("year", year + years, "a year that the calendar has, from 1 to 9999") from None
