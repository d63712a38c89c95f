"""Instants, half-open periods and the fiscal calendar."""

from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from salesprocess import testing
from salesprocess.errors import NaiveDatetime, OutOfRange, SalesProcessError, WrongKind
from salesprocess.timing import Calendar, Period, day, instant, midnight, optional_instant, zone

OSLO = ZoneInfo("Europe/Oslo")
MOMENT = timedelta(microseconds=1)
dates = st.dates(date(2000, 1, 1), date(2060, 12, 31))
calendars = st.builds(Calendar, tz=testing.zones(), fiscal_start=st.integers(1, 12))


class Stamp(datetime):
    """A datetime as other libraries make them."""


@given(testing.instants())
def test_an_instant_is_the_same_moment_as_a_plain_datetime_in_utc(moment: datetime) -> None:
    found = instant(moment)
    assert type(found) is datetime
    assert found.tzinfo is UTC
    assert found.fold == 0
    assert found - datetime(1970, 1, 1, tzinfo=UTC) == moment.astimezone(UTC) - datetime(1970, 1, 1, tzinfo=UTC)


@given(testing.instants())
def test_an_instant_comes_back_as_it_is(moment: datetime) -> None:
    found = instant(moment)
    assert instant(found) is found


def test_the_two_sides_of_a_fold_are_two_instants() -> None:
    first = instant(datetime(2026, 10, 25, 2, 30, tzinfo=OSLO))
    second = instant(datetime(2026, 10, 25, 2, 30, tzinfo=OSLO, fold=1))
    assert second - first == timedelta(hours=1)


def test_a_fold_in_utc_says_nothing_and_is_dropped() -> None:
    assert instant(datetime(2026, 1, 1, tzinfo=UTC, fold=1)).fold == 0


@given(testing.instants())
def test_a_subclass_of_datetime_comes_back_as_a_plain_one(moment: datetime) -> None:
    stamp = Stamp.combine(moment.date(), moment.timetz()).replace(fold=moment.fold)
    assert isinstance(stamp, Stamp)
    assert instant(stamp) == instant(moment)
    assert type(instant(stamp)) is datetime


def test_a_naive_datetime_is_refused() -> None:
    with pytest.raises(NaiveDatetime, match="happened wants an aware datetime") as caught:
        instant(datetime(2026, 1, 1), "happened")
    assert (caught.value.name, caught.value.value) == ("happened", datetime(2026, 1, 1))


def test_a_zone_that_knows_no_offset_is_as_good_as_none() -> None:
    class Nowhere(tzinfo):
        def utcoffset(self, dt: datetime | None) -> None:
            return None

    with pytest.raises(NaiveDatetime):
        instant(datetime(2026, 1, 1, tzinfo=Nowhere()))


@pytest.mark.parametrize("value", [date(2026, 1, 1), "2026-01-01T00:00:00Z", 0, None])
def test_nothing_but_a_datetime_is_an_instant(value: Any) -> None:
    with pytest.raises(WrongKind, match="at wants an aware datetime"):
        instant(value)


@pytest.mark.parametrize(
    "moment",
    [
        datetime.min.replace(tzinfo=OSLO),
        datetime.min.replace(tzinfo=timezone(timedelta(minutes=1))),
        datetime.max.replace(tzinfo=timezone(-timedelta(minutes=1))),
    ],
)
def test_an_instant_beyond_the_calendar_is_refused(moment: datetime) -> None:
    with pytest.raises(OutOfRange, match="between the years 1 and 9999 in UTC"):
        instant(moment)


def test_the_first_and_the_last_instant_are_taken() -> None:
    for moment in (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)):
        assert instant(moment) == moment


def test_an_optional_instant_may_be_absent() -> None:
    assert optional_instant(None) is None
    assert optional_instant(datetime(2026, 1, 1, 1, tzinfo=OSLO)) == datetime(2026, 1, 1, tzinfo=UTC)


def test_a_day_is_a_date_without_a_time() -> None:
    assert day(date(2026, 1, 1)) == date(2026, 1, 1)
    for value in (datetime(2026, 1, 1, tzinfo=UTC), "2026-01-01", None):
        with pytest.raises(WrongKind, match="expected_close wants a date without a time"):
            day(value, "expected_close")  # type: ignore[arg-type]  # pyright: ignore


def test_a_zone_is_known_by_its_name() -> None:
    assert zone("UTC") is UTC
    assert zone("Europe/Oslo") == OSLO
    assert zone(OSLO) is OSLO


@pytest.mark.parametrize("name", ["Europe/Nowhere", "", "../etc/passwd", "europe\0", "Europe"])
def test_a_zone_that_nobody_knows_is_refused(name: str) -> None:
    with pytest.raises(OutOfRange, match="the IANA name of a time zone"):
        zone(name)


@pytest.mark.parametrize("value", [None, 1, timedelta(hours=1)])
def test_a_zone_is_a_name_or_a_tzinfo(value: Any) -> None:
    with pytest.raises(WrongKind, match="tz wants"):
        zone(value)


@given(dates, testing.zones())
def test_midnight_is_the_first_instant_of_the_day(value: date, tz: tzinfo) -> None:
    begins = midnight(value, tz)
    assert begins.tzinfo is UTC
    assert begins.astimezone(tz).date() == value
    assert (begins - MOMENT).astimezone(tz).date() == value - timedelta(days=1)


@given(st.data(), testing.instants(), testing.zones())
def test_a_period_holds_its_start_and_not_its_end(data: st.DataObject, start: datetime, tz: tzinfo) -> None:
    length = data.draw(st.timedeltas(MOMENT, timedelta(days=400)))
    end = start.astimezone(UTC) + length
    period = Period(start, end, tz)
    assert period.start in period
    assert period.start - MOMENT not in period
    assert period.end - MOMENT in period
    assert period.end not in period
    moment = period.start + data.draw(st.timedeltas(-2 * length, 2 * length))
    assert (moment.astimezone(tz) in period) == (instant(start) <= moment < end)
    assert period.precedes(moment) == (moment >= end)


@given(dates, testing.instants(), st.timedeltas(MOMENT, timedelta(days=90)), testing.zones())
def test_a_date_lies_in_a_period_when_its_midnight_in_the_zone_does(
    value: date, start: datetime, length: timedelta, tz: tzinfo
) -> None:
    start = instant(start)
    period = Period(start, start + length, tz)
    for each in (value, start.astimezone(tz).date(), period.end.astimezone(tz).date()):
        assert (each in period) == (midnight(each, tz) in period)
        assert period.precedes(each) == (period.end <= midnight(each, tz))


def test_the_zone_decides_to_which_period_a_date_belongs() -> None:
    bounds = (datetime(2026, 6, 30, 22, tzinfo=UTC), datetime(2026, 7, 31, 22, tzinfo=UTC))
    assert date(2026, 7, 1) in Period(*bounds, tz="Europe/Oslo")  # type: ignore[arg-type]  # pyright: ignore
    assert date(2026, 8, 1) not in Period(*bounds, tz=OSLO)
    assert date(2026, 8, 1) not in Period(*bounds)
    assert date(2026, 7, 31) in Period(*bounds)


@pytest.mark.parametrize("length", [timedelta(0), -MOMENT, -timedelta(days=1)])
def test_a_period_ends_after_it_starts(length: timedelta) -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    with pytest.raises(OutOfRange, match="end must be later than the start"):
        Period(start, start + length)


def test_a_period_names_the_bound_that_is_naive() -> None:
    aware, naive = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1)
    with pytest.raises(NaiveDatetime, match="start"):
        Period(naive, aware)
    with pytest.raises(NaiveDatetime, match="end"):
        Period(aware, naive)


def test_a_period_does_not_tell_whether_it_holds_something_else() -> None:
    period = Calendar().month_of(date(2026, 1, 1))
    with pytest.raises(WrongKind):
        _ = "2026-01-01" in period  # type: ignore[operator]  # pyright: ignore
    with pytest.raises(NaiveDatetime):
        _ = datetime(2026, 1, 1) in period


def test_a_period_reads_as_its_label_or_as_its_bounds_in_its_zone() -> None:
    start, end = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)
    assert str(Period(start, end, label="January")) == "January"
    assert str(Period(start, end, OSLO)) == "2026-01-01T01:00:00+01:00 to 2026-02-01T01:00:00+01:00"


@given(calendars, st.integers(2000, 2060))
def test_quarters_and_months_tile_the_fiscal_year(calendar: Calendar, year: int) -> None:
    whole = calendar.year(year)
    for parts, count in ((calendar.quarters(year), 4), (calendar.months(year), 12)):
        assert len(parts) == count
        assert parts[0].start == whole.start
        assert parts[-1].end == whole.end
        assert all(before.end == after.start for before, after in pairwise(parts))
        assert all(part.tz == calendar.tz for part in parts)
    assert calendar.year(year + 1).start == whole.end


@given(calendars, st.integers(2000, 2060))
def test_a_fiscal_year_begins_at_midnight_of_its_first_month(calendar: Calendar, year: int) -> None:
    assert calendar.year(year).start == midnight(date(year, calendar.fiscal_start, 1), calendar.tz)
    assert calendar.year(year).label == f"FY{year}"
    assert [quarter.label for quarter in calendar.quarters(year)] == [f"FY{year} Q{q}" for q in (1, 2, 3, 4)]


@given(calendars, st.integers(2000, 2060))
def test_three_months_make_a_quarter(calendar: Calendar, year: int) -> None:
    months = calendar.months(year)
    for place, quarter in enumerate(calendar.quarters(year)):
        assert (quarter.start, quarter.end) == (months[3 * place].start, months[3 * place + 2].end)


@given(calendars, testing.instants())
def test_the_month_of_a_moment_holds_it_and_is_named_by_its_local_date(calendar: Calendar, moment: datetime) -> None:
    month = calendar.month_of(moment)
    local = moment.astimezone(UTC).astimezone(calendar.tz)
    assert moment in month
    assert month.label == f"{local:%Y-%m}"
    assert calendar.month_of(local.date()) == month


@given(calendars, dates)
def test_every_day_lies_in_exactly_one_month_of_its_fiscal_year(calendar: Calendar, value: date) -> None:
    year = value.year - (value.month < calendar.fiscal_start)
    holding = [month for month in calendar.months(year) if value in month]
    assert holding == [calendar.month_of(value)]
    assert value in calendar.year(year)


@given(calendars, testing.instants() | dates, st.integers(0, 30))
def test_months_follow_one_another_across_years(calendar: Calendar, moment: datetime | date, count: int) -> None:
    months = calendar.months_from(moment, count)
    assert len(months) == count
    assert all(before.end == after.start for before, after in pairwise(months))
    assume(count)
    assert months[0] == calendar.month_of(moment)


def test_the_hour_that_summer_time_takes_is_missing_from_its_month() -> None:
    march, october = (Calendar("Europe/Oslo").month_of(date(2026, month, 1)) for month in (3, 10))  # type: ignore[arg-type]  # pyright: ignore
    assert march.end - march.start == timedelta(days=31, hours=-1)
    assert october.end - october.start == timedelta(days=31, hours=1)


def test_a_fiscal_year_that_begins_in_february_ends_with_january() -> None:
    calendar = Calendar(fiscal_start=2)
    assert [month.label for month in calendar.months(2026)][::11] == ["2026-02", "2027-01"]
    assert date(2027, 1, 31) in calendar.quarters(2026)[3]
    assert date(2026, 1, 31) in calendar.year(2025)


@pytest.mark.parametrize("month", [0, 13, -1])
def test_a_fiscal_year_begins_in_a_month_of_the_year(month: int) -> None:
    with pytest.raises(OutOfRange, match="a month from 1 to 12"):
        Calendar(fiscal_start=month)


@pytest.mark.parametrize("month", [1.0, "1", True, None])
def test_the_first_month_is_a_whole_number(month: Any) -> None:
    with pytest.raises(WrongKind, match="fiscal_start"):
        Calendar(fiscal_start=month)


def test_a_year_beyond_the_calendar_is_refused_in_the_librarys_own_words() -> None:
    with pytest.raises(SalesProcessError):
        Calendar().year(9999)


@given(calendars, st.dates(date(1990, 1, 8), date(2100, 1, 1)))
def test_the_week_of_a_day_is_the_iso_week_and_holds_it(calendar: Calendar, value: date) -> None:
    week = calendar.week_of(value)
    assert value in week
    assert week == calendar.week_of(week.start)
    assert week.end == calendar.week_of(value + timedelta(weeks=1)).start
    year, number, _ = value.isocalendar()
    assert week.label == f"{year}-W{number:02}"


def test_a_period_has_ended_at_its_end() -> None:
    period = Period(datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC))
    assert period.precedes(period.end)
    assert not period.precedes(period.end - timedelta(microseconds=1))
