"""What came, what left and what was under way balance, and say what a plain count says."""

from datetime import UTC, date, datetime, timedelta
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesprocess import Calendar, Deal, Period
from salesprocess.analytics import Point, Series, deal_table, throughput, win_rate
from salesprocess.analytics.spans import Every, days
from salesprocess.errors import OutOfRange, SmallSample
from tests.analytics.books import START, after, books, copied, enter, moments, opened

pytestmark = pytest.mark.filterwarnings("ignore::salesprocess.errors.SmallSample")
MONDAY = datetime(2026, 1, 5, tzinfo=UTC)
every = st.sampled_from(get_args(Every))
calendars = st.sampled_from([Calendar(), Calendar("Pacific/Auckland")])  # type: ignore[arg-type]  # pyright: ignore
periods = st.none() | st.tuples(moments, moments).map(sorted).filter(lambda pair: pair[0] < pair[1]).map(
    lambda pair: Period(after(pair[0]), after(pair[1]))
)


@pytest.mark.counted
@given(books(max_size=12), moments, every, calendars, periods)
def test_the_flow_is_that_of_a_plain_count_and_balances(
    deals: list[Deal], days: float, every: Every, calendar: Calendar, period: Period | None
) -> None:
    if period is not None and period.start > after(days):
        with pytest.raises(OutOfRange):
            throughput(deals, as_of=after(days), period=period)
        return
    found = throughput(deals, as_of=after(days), every=every, calendar=calendar, period=period)
    stood = [then for deal in deals if (then := deal.as_of(after(days))) is not None]
    closes = {deal.id: deal.closed_at for deal in stood}

    def under_way(at: datetime) -> int:
        return sum(deal.opened_at < at and ((end := closes[deal.id]) is None or end >= at) for deal in stood)

    for row in found.rows:
        inside = Period(row.start, row.end)
        closed = [deal for deal in stood if (end := closes[deal.id]) is not None and end in inside]
        assert row.entered == sum(deal.opened_at in inside for deal in stood)
        assert (row.won, row.lost) == tuple(sum(deal.status == which for deal in closed) for which in ("won", "lost"))
        assert (row.wip_start, row.wip_end) == (under_way(row.start), under_way(row.end))
        assert row.wip_end - row.wip_start == row.entered - row.won - row.lost
        area = sum(
            (
                max(min(closes[deal.id] or row.end, row.end) - max(deal.opened_at, row.start), timedelta(0))
                for deal in stood
            ),
            timedelta(0),
        )
        assert row.average_wip == pytest.approx(area / (row.end - row.start))
    for one, other in zip(found.rows, found.rows[1:], strict=False):
        assert (one.end, one.wip_end) == (other.start, other.wip_start)
    assert found.n + sum(found.excluded.values()) == len(deals)


@given(books(max_size=12), every)
def test_the_sums_are_those_of_the_win_rate(deals: list[Deal], every: Every) -> None:
    table = deal_table(deals, as_of=after(30))
    found, closed = throughput(table, every=every), win_rate(table).rows[0]
    assert (sum(row.won for row in found.rows), sum(row.lost for row in found.rows)) == (closed.won, closed.lost)
    assert sum(row.entered for row in found.rows) == len(table)


@given(books(max_size=6), books(max_size=6), every)
def test_two_books_flow_as_their_sum(one: list[Deal], other: list[Deal], every: Every) -> None:
    renamed = [copied(deal, f"other-{deal.id}") for deal in other]
    period = Period(after(0), after(41))
    parts = [throughput(deals, as_of=after(50), every=every, period=period).rows for deals in (one, renamed)]
    both = throughput([*one, *renamed], as_of=after(50), every=every, period=period).rows
    for first, second, whole in zip(*parts, both, strict=True):
        for name in ("entered", "won", "lost", "wip_start", "wip_end", "average_wip"):
            assert getattr(first, name) + getattr(second, name) == pytest.approx(getattr(whole, name))


@given(st.data(), every)
def test_the_order_of_the_deals_does_not_matter(data: st.DataObject, every: Every) -> None:
    deals = data.draw(books())
    first = throughput(deals, as_of=after(50), every=every)
    assert first == throughput(data.draw(st.permutations(deals)), as_of=after(50), every=every)


def flow(count: int, *, days: float, every: float = 1) -> list[Deal]:
    """Deals that come one after the other and are won after so many days."""
    return [enter(opened(f"W{n}", n * every), "won", n * every + days) for n in range(count)]


def test_in_a_steady_book_littles_law_holds() -> None:
    law = throughput(flow(100, days=10), as_of=after(99), period=Period(after(20), after(90))).law
    assert law is not None
    assert (law.average_wip, law.came, law.left, law.time, law.observed) == pytest.approx((10, 1, 1, 10, 10))
    assert law.steady


def test_a_book_that_grows_is_said_to() -> None:
    growing = throughput([opened(f"D{n}", n) for n in range(30)] + flow(12, days=1), as_of=after(30))
    assert growing.law is not None
    assert not growing.law.steady
    assert "more came than left" in str(growing)
    shrinking = throughput(flow(30, days=60, every=0.1), as_of=after(90), period=Period(after(50), after(80)))
    assert "more left than came" in str(shrinking)
    assert "none was closed" in str(throughput([opened("A")], as_of=after(9)))


def test_weeks_begin_on_monday_where_the_calendar_says() -> None:
    late = datetime(2026, 1, 11, 23, 30, tzinfo=UTC)
    deal = opened("A", (late - START) / timedelta(days=1))
    assert throughput([deal], as_of=late, every="week").rows[0].label == "2026-W02"
    oslo = Calendar("Europe/Oslo")  # type: ignore[arg-type]  # pyright: ignore
    assert throughput([deal], as_of=late, every="week", calendar=oslo).rows[0].label == "2026-W03"


def test_a_week_that_is_not_over_is_marked_and_not_in_a_series() -> None:
    deals = flow(20, days=2)
    period = Period(MONDAY, after(40))
    found = throughput(deals, as_of=after(18), every="week", period=period)
    assert [(row.label, row.complete) for row in found.rows] == [
        ("2026-W02", True),
        ("2026-W03", True),
        ("2026-W04", False),
    ]
    assert "2026-W04 (in part)" in str(found)
    series = found.series("won")
    assert [(point.label, point.value) for point in series.points] == [("2026-W02", 5), ("2026-W03", 7)]
    assert (series.name, series.excluded["week not counted in full"]) == ("won a week", 1)
    first = throughput(deals, as_of=after(18), every="week", period=Period(MONDAY, MONDAY + timedelta(days=7)))
    assert "week not counted in full" not in first.series("won").excluded
    with pytest.raises(OutOfRange, match="entered, won, lost"):
        found.series("opened")


def test_a_series_takes_finite_numbers_alone() -> None:
    assert Series("calls", [Point("May", 3), ("June", 4)], as_of=MONDAY).points == (Point("May", 3), Point("June", 4))
    with pytest.raises(OutOfRange, match="the value of June"):
        Series("calls", [("June", float("nan"))], as_of=MONDAY)


def test_a_duplicate_never_came() -> None:
    deals = [opened("A"), enter(opened("B"), "lost", 1, reason="duplicate")]
    found = throughput(deals, as_of=after(9), void=["duplicate"])
    assert (found.n, found.rows[0].entered, found.rows[0].lost) == (1, 1, 0)
    assert found.excluded == {"lost for a reason that does not count": 1}


def test_an_empty_book_has_no_rows_and_a_wrong_stretch_is_refused() -> None:
    empty = throughput([], as_of=after(9))
    assert (empty.rows, empty.law, empty.n) == ((), None, 0)
    assert "Throughput a month" in empty._repr_html_()
    assert empty.to_rows() == []
    wrong: Any = "fortnight"
    with pytest.raises(OutOfRange, match="week, month"):
        throughput([], as_of=after(9), every=wrong)


def test_few_closes_warn() -> None:
    with pytest.warns(SmallSample, match="Little's law"):
        throughput(flow(3, days=1), as_of=after(9))


def test_a_date_is_in_the_period_in_which_it_begins() -> None:
    noon = Period(datetime(2026, 1, 1, 12, tzinfo=UTC), datetime(2026, 1, 3, tzinfo=UTC))
    assert [date.fromordinal(each) for each in days(noon)] == [date(2026, 1, 2)]
    assert date.max.toordinal() in days(None)
