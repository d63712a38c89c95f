"""The sales cycle is that of the deals closed, and of all deals with those under way counted for what they are."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from fractions import Fraction
from math import ceil
from random import Random

import pytest
from hypothesis import given

from salesprocess import Deal, Period
from salesprocess.analytics import deal_table, sales_cycle
from salesprocess.analytics.cohort import NOT_OPENED, UNOBSERVED, VOID
from salesprocess.errors import OutOfRange, SmallSample
from salesprocess.events import Opened
from tests.analytics.books import after, began_open, books, enter, opened

small = pytest.mark.filterwarnings("ignore::salesprocess.errors.SmallSample")
DAY = timedelta(days=1)
TICK = timedelta(microseconds=1)


def days_of(deal: Deal) -> float:
    assert deal.closed_at is not None
    return (deal.closed_at - deal.opened_at) / DAY


def first_reached(spells: Sequence[tuple[timedelta, timedelta, bool]], share: Fraction) -> timedelta | None:
    """The age by which a share has ended, by the product-limit estimate written out; spells begin after an age."""
    stay = Fraction(1)
    for age in sorted({end for _, end, ended in spells if ended}):
        at_risk = sum(begin < age <= end for begin, end, _ in spells)
        stay *= 1 - Fraction(sum(ended and end == age for _, end, ended in spells), at_risk)
        if stay <= 1 - share:
            return age
    return None


@small
@given(books())
def test_the_cycle_of_closed_deals_is_that_of_a_plain_list(deals: list[Deal]) -> None:
    period = Period(after(5), after(25))
    found = sales_cycle(deals, as_of=after(30), period=period)
    stood = [then for deal in deals if (then := deal.as_of(after(30))) is not None]
    begun = list(filter(began_open, stood))
    for row, statuses in zip(found.rows, (["won"], ["lost"], ["won", "lost"]), strict=False):
        took = sorted(
            days_of(deal) for deal in begun if deal.status in statuses and deal.closed_at and deal.closed_at in period
        )
        assert (row.n, row.censored) == (len(took), 0)
        if took:
            assert row.mean == pytest.approx(sum(took) / len(took))
            assert (row.median, row.p85) == (took[ceil(len(took) / 2) - 1], took[ceil(len(took) * 0.85 - 1e-9) - 1])
            assert row.longest == took[-1]
        else:
            assert (row.mean, row.median, row.p85, row.longest) == (None, None, None, None)
    assert found.n + sum(found.excluded.values()) == len(deals)
    assert found.rows[3].n == found.n


@small
@given(books())
def test_deals_under_way_are_known_to_take_longer(deals: list[Deal]) -> None:
    period = Period(after(5), after(25))
    found = sales_cycle(deals, as_of=after(30), period=period).rows[3]
    spells: list[tuple[timedelta, timedelta, bool]] = []
    for deal in (then for deal in deals if (then := deal.as_of(after(30))) is not None):
        first = deal.history[0]
        assert isinstance(first, Opened)
        until = min(deal.closed_at or after(30), period.end - TICK)
        if began_open(deal) and deal.opened_at < period.end and until >= period.start:
            closed = deal.closed_at is not None and deal.closed_at < period.end
            spells.append((max(period.start - first.at, 0 * DAY) - TICK, until - first.at, closed))
    assert found.n == len(spells)
    assert found.censored == sum(not ended for *_, ended in spells)
    for told, share in ((found.median, Fraction(1, 2)), (found.p85, Fraction(85, 100))):
        age = first_reached(spells, share)
        assert told == (None if age is None else age / DAY)


@small
@given(books())
def test_neither_the_order_of_the_deals_nor_the_unit_changes_what_is_said(deals: list[Deal]) -> None:
    found = sales_cycle(deals, as_of=after(30))
    assert sales_cycle(Random(1).sample(deals, len(deals)), as_of=after(30)) == found
    hours = sales_cycle(deal_table(deals, as_of=after(30)), unit=timedelta(hours=1))
    for one, other in zip(found.rows, hours.rows, strict=True):
        assert other.median == (None if one.median is None else pytest.approx(24 * one.median))
        assert other.mean == (None if one.mean is None else pytest.approx(24 * one.mean))


def book(at: float = 0) -> list[Deal]:
    """Twenty deals of which ten are won after 1 to 10 days, and the others are under way."""
    deals = [opened(f"D{number}", at) for number in range(20)]
    return [enter(deal, "won", at + number) for number, deal in enumerate(deals[:10], 1)] + deals[10:]


@small
def test_the_deals_won_look_quicker_than_all() -> None:
    won, _, _, every = sales_cycle(book(), as_of=after(30)).rows
    assert (won.mean, won.median, won.p85, won.longest) == (5.5, 5, 9, 10)
    assert (every.n, every.censored, every.median, every.p85, every.longest) == (20, 10, 10, None, 30)
    assert every.mean == 5.5 * 0.5 + 30 * 0.5


@small
def test_a_deal_lost_as_a_duplicate_has_no_cycle_nor_has_one_known_only_since_its_close() -> None:
    deals = [
        enter(opened("A"), "won", 4),
        enter(opened("B"), "lost", 1, reason="duplicate"),
        opened("C", 4, stage="won"),
        enter(opened("D"), "won", 2),
        opened("E", 40),
    ]
    found = sales_cycle(deals, as_of=after(9), period=Period(after(3), after(9)), void=["duplicate"])
    assert found.excluded == {NOT_OPENED: 1, UNOBSERVED: 1, f"neither closed nor under way in {found.period}": 2}
    assert sales_cycle(deals, as_of=after(9), void=["duplicate"]).excluded[VOID] == 1
    assert found.rows[0].mean == 4


@small
def test_nothing_is_said_of_a_period_that_has_not_begun() -> None:
    found = sales_cycle(book(), as_of=after(30), period=Period(after(40), after(50)))
    assert (found.n, [row.mean for row in found.rows]) == (0, [None] * 4)


def test_few_deals_warn_and_a_unit_is_positive() -> None:
    with pytest.warns(SmallSample, match="a number of: won, closed, all"):
        sales_cycle([enter(opened("A"), "won", 1)], as_of=after(9))
    with pytest.raises(OutOfRange):
        sales_cycle([], as_of=after(9), unit=timedelta())


def test_the_table_says_what_it_counts() -> None:
    found = sales_cycle(book(), as_of=datetime(2026, 3, 1, tzinfo=after(0).tzinfo), unit=timedelta(hours=12))
    assert str(found).splitlines()[:6] == [
        "Sales cycle in 12:00:00, as of 2026-03-01T00:00:00+00:00",
        "deals    n  censored  mean  median   p85  longest",
        "won     10         0  11.0    10.0  18.0     20.0",
        "lost     0         0     –       –     –        –",
        "closed  10         0  11.0    10.0  18.0     20.0",
        "all     20        10  60.1    20.0     –    109.2",
    ]
    assert found.to_rows()[1] == {
        "deals": "lost", "n": 0, "censored": 0, "mean": None, "median": None, "p85": None, "longest": None,
    }  # fmt: skip
