"""Working hours, holidays, and spans counted in them; checked against a count of single minutes."""

import pickle
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from salesprocess import testing
from salesprocess.errors import NoWorkingTime, OutOfRange, WrongKind
from salesprocess.timing import instant, midnight
from salesprocess.words import plain
from salesprocess.working_time import (
    WEEK,
    Shift,
    WorkingDays,
    WorkingHours,
    WorkingTime,
    later,
    rest_of,
)

OSLO = ZoneInfo("Europe/Oslo")
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
OFFICE = WorkingTime("Europe/Oslo", [Shift(time(8), time(16))], holidays=[date(2026, 5, 1)])
ALWAYS = WorkingTime("Europe/Oslo", [Shift(time(0), time(0), on=WEEK)])


def works(working: WorkingTime, moment: datetime) -> bool:
    """The definition: what the clock on the wall shows lies inside a shift of a day that is no holiday."""
    local = moment.astimezone(working.tz)
    return local.date() not in working.holidays and any(
        WEEK[local.weekday()] in shift.on
        and shift.opens <= local.time().replace(fold=0)
        and (local.time().replace(fold=0) < shift.closes or shift.closes == time(0))
        for shift in working.shifts
    )


@st.composite
def shifts(draw: st.DrawFn) -> list[Shift]:
    """Shifts whose edges are whole quarters of an hour, night shifts and breaks among them."""
    found = []
    for weekday in draw(st.lists(st.sampled_from(WEEK), min_size=1, unique=True)):
        edges = sorted(draw(st.lists(st.integers(0, 96), min_size=2, max_size=6, unique=True)))
        for opens, closes in zip(edges[::2], edges[1::2], strict=False):
            found.append(Shift(_time(opens), _time(closes), on=[weekday]))
    return found


def _time(quarters: int) -> time:
    return time(quarters // 4 % 24, quarters % 4 * 15)


JUMPS = (
    date(2026, 3, 29),  # Oslo forward
    date(2026, 10, 25),  # Oslo back
    date(2026, 11, 1),  # New York and Havana back
    date(2017, 10, 15),  # São Paulo forward, at midnight
    date(2018, 2, 18),  # São Paulo back, at midnight
    date(2026, 4, 5),  # Lord Howe back, by half an hour
)


@st.composite
def working_times(draw: st.DrawFn, near: date | None = None) -> WorkingTime:
    begins = near or draw(st.dates(date(2015, 1, 1), date(2030, 1, 1)))
    holidays = [begins + timedelta(days=each) for each in draw(st.lists(st.integers(-5, 20), max_size=8))]
    return WorkingTime(draw(testing.zones()), draw(shifts()), holidays)


@st.composite
def cases(draw: st.DrawFn, days: int = 3) -> tuple[WorkingTime, datetime, datetime]:
    """A working time with two whole minutes, not far apart, near a change of the clock."""
    jump = draw(st.sampled_from(JUMPS))
    working = draw(working_times(jump))
    minutes = st.integers(-2 * 24 * 60, days * 24 * 60)
    noon = datetime(jump.year, jump.month, jump.day, 3, tzinfo=UTC)
    start, end = sorted(noon + draw(minutes) * MINUTE for _ in range(2))
    return working, start, end


spans = st.timedeltas(timedelta(0), timedelta(days=90)) | st.integers(0, 300).map(lambda count: count * HOUR)


class TestBetween:
    @given(cases())
    def test_it_is_the_number_of_minutes_at_which_somebody_works(
        self, case: tuple[WorkingTime, datetime, datetime]
    ) -> None:
        working, start, end = case
        minutes = (start + count * MINUTE for count in range((end - start) // MINUTE))
        assert working.between(start, end) == sum(works(working, each) for each in minutes) * MINUTE

    @pytest.mark.counted
    @given(working_times(), testing.instants(), testing.instants(), testing.instants())
    def test_it_adds_up(self, working: WorkingTime, one: datetime, two: datetime, three: datetime) -> None:
        assert working.between(one, two) + working.between(two, three) == working.between(one, three)
        assert working.between(one, two) == -working.between(two, one)

    @given(testing.instants(), st.timedeltas(timedelta(0), timedelta(days=4000)))
    def test_who_always_works_works_all_the_time(self, start: datetime, span: timedelta) -> None:
        assert ALWAYS.between(start, instant(start) + span) == span
        assert ALWAYS.add(start, span) == instant(start) + span

    def test_the_hour_that_comes_twice_is_worked_twice_and_the_missing_one_never(self) -> None:
        nights = WorkingTime(OSLO, [Shift(time(0), time(6), on=["sun"])])
        spring, autumn = midnight(date(2026, 3, 29), OSLO), midnight(date(2026, 10, 25), OSLO)
        assert nights.between(spring, spring + DAY) == 5 * HOUR
        assert nights.between(autumn, autumn + DAY) == 7 * HOUR
        assert nights.add(spring, 5 * HOUR) == datetime(2026, 3, 29, 6, tzinfo=OSLO)
        assert nights.add(autumn, 7 * HOUR) == datetime(2026, 10, 25, 6, tzinfo=OSLO)

    def test_a_shift_inside_the_hour_that_comes_twice_is_worked_twice(self) -> None:
        odd = WorkingTime(OSLO, [Shift(time(2, 15), time(2, 45), on=["sun"])])
        begins = midnight(date(2026, 10, 25), OSLO)
        assert odd.between(begins, begins + DAY) == HOUR
        assert odd.add(begins, HOUR) == datetime(2026, 10, 25, 1, 45, tzinfo=UTC)

    def test_years_of_it_count_weeks_and_leave_holidays_out(self) -> None:
        start, end = (midnight(date(year, 1, 1), OSLO) for year in (2026, 2029))
        days = [date(2026, 1, 1) + timedelta(days=each) for each in range(1096)]
        assert OFFICE.between(start, end) == (sum(each.weekday() < 5 for each in days) - 1) * 8 * HOUR


class TestAdd:
    @given(working_times(), testing.instants(minimum=datetime(2010, 1, 1), maximum=datetime(2040, 1, 1)), spans)
    def test_between_undoes_it(self, working: WorkingTime, start: datetime, span: timedelta) -> None:
        assert working.between(start, working.add(start, span)) == span

    @given(cases(days=20))
    def test_it_undoes_between_up_to_time_off(self, case: tuple[WorkingTime, datetime, datetime]) -> None:
        working, start, end = case
        again = working.add(start, working.between(start, end))
        assert again <= end
        assert working.between(again, end) == timedelta(0)
        if works(working, end - MINUTE) and end > start:
            assert again == end

    @given(working_times(), testing.instants(minimum=datetime(2010, 1, 1), maximum=datetime(2040, 1, 1)), spans)
    def test_it_is_the_earliest_such_instant(self, working: WorkingTime, start: datetime, span: timedelta) -> None:
        assume(span)
        before = working.add(start, span) - datetime.resolution
        assert working.between(start, before) < span

    @given(working_times(), testing.instants(minimum=datetime(2010, 1, 1), maximum=datetime(2040, 1, 1)), spans, spans)
    def test_two_spans_are_one_of_their_sum(
        self, working: WorkingTime, start: datetime, one: timedelta, two: timedelta
    ) -> None:
        assert working.add(working.add(start, one), two) == working.add(start, one + two)

    def test_the_close_comes_before_the_next_opening(self) -> None:
        monday = datetime(2026, 1, 5, 8, tzinfo=OSLO)
        assert OFFICE.add(monday, 8 * HOUR) == datetime(2026, 1, 5, 16, tzinfo=OSLO)
        assert OFFICE.add(monday, 8 * HOUR + datetime.resolution) > datetime(2026, 1, 6, 8, tzinfo=OSLO)
        assert OFFICE.add(monday - 5 * HOUR, timedelta(0)) == monday - 5 * HOUR

    def test_weekends_and_holidays_pass_without_work(self) -> None:
        assert OFFICE.add(datetime(2026, 4, 30, 15, tzinfo=OSLO), 2 * HOUR) == datetime(2026, 5, 4, 9, tzinfo=OSLO)

    def test_a_holiday_on_a_free_day_takes_nothing(self) -> None:
        sunday = WorkingTime(OSLO, OFFICE.shifts, [date(2026, 5, 1), date(2026, 5, 3)])
        start = datetime(2026, 4, 30, 15, tzinfo=OSLO)
        assert sunday.add(start, 400 * HOUR) == OFFICE.add(start, 400 * HOUR)

    def test_there_is_no_way_back_and_none_beyond_the_calendar(self) -> None:
        start = datetime(2026, 1, 5, tzinfo=UTC)
        with pytest.raises(OutOfRange, match="zero or more"):
            OFFICE.add(start, -HOUR)
        with pytest.raises(OutOfRange, match="9999"):
            OFFICE.add(start, timedelta(days=999_999))
        with pytest.raises(WrongKind):
            OFFICE.add(start, 4)  # type: ignore[arg-type]  # pyright: ignore


@pytest.mark.parametrize("tz", [ZoneInfo("Pacific/Auckland"), ZoneInfo("America/Los_Angeles"), UTC])
def test_the_first_and_last_instants_can_be_asked(tz: tzinfo) -> None:
    working = WorkingTime(tz, [Shift(time(0), time(0), on=WEEK)])
    first, last = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
    assert working.between(first, first + 9 * DAY) == working.between(last - 9 * DAY, last) == 9 * DAY


class TestWorkingDays:
    @pytest.mark.counted
    @given(
        working_times(),
        testing.instants(minimum=datetime(2015, 1, 1), maximum=datetime(2030, 1, 1)),
        st.integers(1, 30),
    )
    @example(OFFICE, datetime(2026, 4, 29, 23, tzinfo=UTC), 1)
    def test_a_term_ends_with_the_last_shift_of_its_last_working_day(
        self, working: WorkingTime, start: datetime, days: int
    ) -> None:
        today = instant(start).astimezone(working.tz).date()
        weekdays = {WEEK.index(weekday) for shift in working.shifts for weekday in shift.on}
        following = (today + timedelta(days=each) for each in range(1, 400))
        counted = [each for each in following if each.weekday() in weekdays and each not in working.holidays]
        last = counted[days - 1]
        ends = working.close_after(start, days)
        assume(working.between(midnight(last, working.tz), midnight(last + DAY, working.tz)))  # the clock left a shift
        assert (ends - datetime.resolution).astimezone(working.tz).date() == last
        assert works(working, ends - datetime.resolution)
        assert not working.between(ends, midnight(last + DAY, working.tz))
        assert working.days_between(start, ends) == days - 1

    def test_the_day_it_begins_on_does_not_count(self) -> None:
        for hour in (6, 10, 20):
            friday = datetime(2026, 1, 9, hour, tzinfo=OSLO)
            assert OFFICE.close_after(friday, 1) == datetime(2026, 1, 12, 16, tzinfo=OSLO)

    def test_no_working_day_lies_inside_one_day_or_on_the_way_back(self) -> None:
        monday = datetime(2026, 1, 5, 9, tzinfo=OSLO)
        assert OFFICE.days_between(monday, monday + HOUR) == 0
        assert OFFICE.days_between(monday + 4 * DAY, monday) == 0

    def test_a_term_is_at_least_a_day(self) -> None:
        for days in (0, -1):
            with pytest.raises(OutOfRange, match="at least 1"):
                OFFICE.close_after(datetime(2026, 1, 5, tzinfo=UTC), days)
        with pytest.raises(OutOfRange, match="9999"):
            OFFICE.close_after(datetime(2026, 1, 5, tzinfo=UTC), 10**8)


class TestTheValue:
    def test_it_compares_hashes_and_pickles(self) -> None:
        same = WorkingTime(OSLO, [Shift(time(8), time(16))], [date(2026, 5, 1), date(2026, 5, 1)])
        assert same == OFFICE
        assert hash(same) == hash(OFFICE)
        again = pickle.loads(pickle.dumps(OFFICE))
        assert again == OFFICE
        start = datetime(2026, 4, 30, 15, tzinfo=UTC)
        assert again.add(start, 9 * HOUR) == OFFICE.add(start, 9 * HOUR)
        assert WorkingTime(OSLO, [Shift(time(8), time(16))]) != OFFICE
        assert "_work" not in repr(OFFICE)

    def test_without_shifts_no_work_would_ever_be_done(self) -> None:
        with pytest.raises(OutOfRange, match="at least one shift"):
            WorkingTime("UTC", [])

    def test_shifts_touch_and_do_not_overlap(self) -> None:
        touching = WorkingTime("Europe/Oslo", [Shift(time(12), time(16)), Shift(time(8), time(12))], OFFICE.holidays)
        start = datetime(2026, 4, 29, 5, tzinfo=UTC)
        assert touching.add(start, 31 * HOUR) == OFFICE.add(start, 31 * HOUR)
        with pytest.raises(OutOfRange, match="do not overlap"):
            WorkingTime("UTC", [Shift(time(8), time(12)), Shift(time(11), time(16), on=["tue"])])

    @pytest.mark.parametrize(
        ("kind", "given", "error"),
        [
            (Shift, (time(16), time(8)), OutOfRange),
            (Shift, (time(8), time(8)), OutOfRange),
            (Shift, (time(8, tzinfo=UTC), time(16)), WrongKind),
            (Shift, ("8", time(16)), WrongKind),
            (Shift, (time(8), time(16), []), OutOfRange),
            (Shift, (time(8), time(16), ["mon", "mon"]), OutOfRange),
            (Shift, (time(8), time(16), ["monday"]), OutOfRange),
            (Shift, (time(8), time(16), "mon"), TypeError),
            (WorkingTime, ("UTC", [(time(8), time(16))]), WrongKind),
            (WorkingTime, ("UTC", OFFICE.shifts, [datetime(2026, 5, 1, tzinfo=UTC)]), WrongKind),
            (WorkingTime, ("Europe/Nowhere", OFFICE.shifts), OutOfRange),
            (WorkingHours, (4,), WrongKind),
            (WorkingHours, (-HOUR,), OutOfRange),
            (WorkingDays, (0,), OutOfRange),
            (WorkingDays, (1.5,), WrongKind),
            (WorkingDays, (True,), WrongKind),
        ],
    )
    def test_what_cannot_be_is_refused(self, kind: Any, given: tuple[Any, ...], error: type[Exception]) -> None:
        with pytest.raises(error):
            kind(*given)

    def test_a_zone_has_to_hash(self) -> None:
        class Odd(tzinfo):
            __hash__ = None  # type: ignore[assignment]

        with pytest.raises(WrongKind, match="hashes"):
            WorkingTime(Odd(), OFFICE.shifts)


class TestSpans:
    START = datetime(2026, 1, 9, 14, tzinfo=OSLO)  # a Friday

    def test_the_type_tells_the_unit(self) -> None:
        assert later(self.START, 4 * HOUR) == datetime(2026, 1, 9, 18, tzinfo=OSLO)
        assert later(self.START, WorkingHours(4 * HOUR), OFFICE) == datetime(2026, 1, 12, 10, tzinfo=OSLO)
        assert later(self.START, WorkingDays(2), OFFICE) == datetime(2026, 1, 13, 16, tzinfo=OSLO)

    @pytest.mark.parametrize("span", [WorkingHours(HOUR), WorkingDays(3)])
    def test_working_time_has_to_be_passed_in(self, span: WorkingHours | WorkingDays) -> None:
        with pytest.raises(NoWorkingTime, match="working_time=") as caught:
            later(self.START, span)
        with pytest.raises(NoWorkingTime):
            rest_of(span, self.START, self.START + DAY)
        assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)

    @pytest.mark.parametrize("span", [timedelta.max, WorkingHours(timedelta.max), WorkingDays(10**9)])
    def test_what_ends_beyond_the_calendar_never_comes(self, span: timedelta | WorkingHours | WorkingDays) -> None:
        assert later(self.START, span, OFFICE) is None

    @given(working_times(), testing.instants(minimum=datetime(2015, 1, 1), maximum=datetime(2030, 1, 1)), st.data())
    def test_the_rest_of_a_span_ends_when_the_span_does(
        self, working: WorkingTime, start: datetime, data: st.DataObject
    ) -> None:
        start = instant(start)
        span = data.draw(spans | st.builds(WorkingHours, spans) | st.builds(WorkingDays, st.integers(1, 20)))
        ends = later(start, span, working)
        assert ends is not None
        middle = start + data.draw(st.timedeltas(timedelta(0), max(ends - start, timedelta(0))))
        last = later(middle, rest_of(span, start, middle, working), working)
        assert last is not None
        if isinstance(span, WorkingDays):
            assert last >= ends  # the working day on which it was cut begins anew
        elif middle < ends or isinstance(span, timedelta):
            assert last == ends

    @pytest.mark.parametrize(
        ("span", "words"),
        [
            (timedelta(0), "0 seconds"),
            (timedelta(seconds=30), "30 seconds"),
            (timedelta(hours=1), "1 hour"),
            (timedelta(days=1, hours=23, minutes=59), "48 hours"),
            (timedelta(days=18, hours=23), "19 days"),
            (timedelta(minutes=61), "61 minutes"),
            (WorkingHours(2 * HOUR), "2 hours of working time"),
            (WorkingDays(3), "3 working days"),
        ],
    )
    def test_spans_read_well(self, span: Any, words: str) -> None:
        assert plain(span) == words


def test_a_zone_without_summer_time_needs_no_search() -> None:
    fixed = WorkingTime(timezone(timedelta(hours=5)), [Shift(time(8), time(16), on=WEEK)])
    start, end = datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 1, 2, tzinfo=UTC)
    assert fixed.between(start, end) == (end - start) / 3
