"""A cohort matures as a plain count says, and what is too young is not judged."""

from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesprocess import Calendar, Deal, Period
from salesprocess.analytics import Cohorts, cohorts, deal_table, throughput, win_rate
from salesprocess.analytics.spans import Every
from salesprocess.errors import OutOfRange, SmallSample
from tests.analytics.books import START, after, began_open, books, copied, enter, moments, opened, worked_books

pytestmark = pytest.mark.filterwarnings("ignore::salesprocess.errors.SmallSample")
every = st.sampled_from(get_args(Every))
DAY = timedelta(days=1)


@given(books(max_size=12), moments, every)
def test_a_cohort_that_is_complete_at_an_age_is_a_plain_count(deals: list[Deal], days: float, every: Every) -> None:
    found = cohorts(deals, as_of=after(days), every=every, ages=[0, 3, 10, 60])
    stood = [then for deal in deals if (then := deal.as_of(after(days))) is not None]
    stood = [deal for deal in stood if began_open(deal)]
    place = Calendar().month_of if every == "month" else Calendar().week_of
    ages = {deal.id: ((deal.closed_at or after(days)) - deal.opened_at) // DAY for deal in stood}
    assert found.n == len(stood) == sum(row.deals for row in found.rows)
    for row in found.rows:
        here = [deal for deal in stood if place(deal.opened_at).start == row.start]
        assert (row.deals, row.won) == (len(here), sum(deal.status == "won" for deal in here))
        for at in row.by_age:
            assert at.followed == sum((after(days) - deal.opened_at) // DAY > at.age for deal in here)
            open_ages = [ages[deal.id] for deal in here if deal.closed_at is None]
            assert at.complete == all(age > at.age for age in open_ages)
            if at.complete and here:
                for status, share in (("won", at.won), ("lost", at.lost)):
                    by_then = [deal for deal in here if deal.status == status and ages[deal.id] <= at.age]
                    assert share == pytest.approx(len(by_then) / len(here))
            elif at.followed < 10:
                assert (at.won, at.lost) == (None, None)
        shares = [at.won for at in row.by_age if at.won is not None]
        assert shares == sorted(shares)
    assert found.n + sum(found.excluded.values()) == len(deals)


@given(worked_books(), every)
def test_the_sums_are_those_of_the_other_metrics(deals: list[Deal], every: Every) -> None:
    table = deal_table([deal for deal in deals if began_open(deal)], as_of=after(50))
    found = cohorts(table, every=every, void=["duplicate"])
    created = win_rate(table, void=["duplicate"]).rows[1]
    sums = [sum(getattr(row, name) for row in found.rows) for name in ("deals", "won", "lost", "open")]
    assert sums == [created.deals, created.won, created.lost, created.open]
    flow = {row.label: row.entered for row in throughput(table, every=every, void=["duplicate"]).rows}
    assert {row.label: row.deals for row in found.rows} == {
        label: entered for label, entered in flow.items() if label in {row.label for row in found.rows}
    }


@given(books(max_size=6, clean=True), books(max_size=6, clean=True))
def test_two_books_add_up(one: list[Deal], other: list[Deal]) -> None:
    def won(deals: list[Deal]) -> dict[str, int]:
        return {row.label: row.won for row in cohorts(deals, as_of=after(50)).rows}

    both = won([*one, *(copied(deal, f"other-{deal.id}") for deal in other)])
    parts = won(one), won(other)
    assert all(both[label] == sum(part.get(label, 0) for part in parts) for label in both)


@given(st.data())
def test_the_order_of_the_deals_does_not_matter(data: st.DataObject) -> None:
    deals = data.draw(books())
    assert cohorts(deals, as_of=after(50)) == cohorts(data.draw(st.permutations(deals)), as_of=after(50))


def january(won: int, still: int) -> list[Deal]:
    """Deals of which one a day is created from the first of the month, and won after five days or never."""
    first = (datetime(2026, 1, 6, tzinfo=UTC) - START) / DAY
    deals = [opened(f"D{n}", first + n) for n in range(won + still)]
    return [enter(deal, "won", first + n + 5) if n < won else deal for n, deal in enumerate(deals)]


def test_what_is_too_young_is_estimated_from_what_is_old_enough_or_not_told() -> None:
    found = cohorts(january(12, 12), as_of=after(30), ages=[5, 10, 20, 40])
    shares = [(at.won, at.complete, at.followed) for at in found.rows[0].by_age]
    assert shares[0] == (0.5, True, 24)
    won, complete, followed = shares[1]
    assert (won, complete, followed) == (pytest.approx(0.5), False, 19)
    assert shares[2][1:] == (False, 9)
    assert shares[3] == (None, False, 0)
    lines = str(found).splitlines()
    assert lines[1].split()[-3:] == ["won", "by", "40"]
    assert "~50.0 %" in lines[2]


def test_only_cohorts_that_are_complete_are_in_a_series() -> None:
    deals = [opened(f"D{n}", n) for n in range(0, 120, 2)]
    deals = [enter(deal, "won", 2 * n + 10) if n % 3 else deal for n, deal in enumerate(deals)]
    found = cohorts(deals, as_of=after(130), ages=[15, 30])
    series = found.series(30)
    assert [point.label for point in series.points] == ["2026-01", "2026-02", "2026-03"]
    first = found.rows[0].by_age[1].won
    assert first is not None
    assert series.points[0].value == pytest.approx(100 * first)
    assert series.excluded == {"month with a deal not older than 30 days": 2}
    assert series.name == "% won within 30 days, by month created"
    apart = cohorts([enter(opened("A"), "won", 1), enter(opened("B", 60), "won", 61)], as_of=after(70))
    assert apart.series(30).excluded == {
        "month without a deal created": 1,
        "month with a deal not older than 30 days": 1,
    }
    assert [row.rate for row in apart.rows] == [1.0, None, 1.0]
    with pytest.raises(OutOfRange, match="15, 30"):
        found.series(90)


def test_a_duplicate_was_never_created_and_a_beginning_not_seen_has_no_age() -> None:
    deals = [opened("A"), enter(opened("B"), "lost", 1, reason="duplicate"), opened("C", stage="won")]
    found = cohorts([*deals, opened("D", 8)], as_of=after(9), void=["duplicate"], period=Period(after(0), after(2)))
    assert found.n == 1
    assert list(found.excluded.values()) == [1, 1, 1]


def test_the_triangle_has_a_column_for_each_age() -> None:
    found = cohorts(january(12, 12), as_of=after(30), ages=[5, 40])
    row = found.to_rows()[0]
    assert (row["won_by_5"], row["lost_by_5"], row["complete_by_5"], row["won_by_40"]) == (0.5, 0.0, True, None)
    assert "by_age" not in row
    assert "won by 5" in found._repr_html_()
    assert found.cohort == "deals created at any time"
    empty: Cohorts = cohorts([], as_of=after(9))
    assert (empty.rows, empty.n) == ((), 0)


def test_few_deals_warn_and_ages_are_needed() -> None:
    with pytest.warns(SmallSample, match="2026-01"):
        cohorts([opened("A")], as_of=after(9))
    for ages in ([], [-1]):
        with pytest.raises(OutOfRange, match="none negative"):
            cohorts([], as_of=after(9), ages=ages)
