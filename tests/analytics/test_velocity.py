"""Velocity is what the book earns, when its parts belong together."""

from datetime import timedelta
from decimal import Decimal
from random import Random

import pytest
from hypothesis import assume, given

from salesprocess import Deal, Money, Period
from salesprocess.analytics import deal_table, sales_cycle, throughput, velocity, win_rate
from salesprocess.analytics.cohort import UNOBSERVED, VOID
from salesprocess.errors import CurrencyMismatch, NoHistory, OutOfRange, SmallSample
from tests.analytics.books import RATES, after, books, enter, opened

small = pytest.mark.filterwarnings("ignore::salesprocess.errors.SmallSample")
SPRING = Period(after(6), after(25), label="spring")
DAY = timedelta(days=1)
CENT = Decimal("0.01")


@small
@given(books())
def test_its_parts_are_those_of_the_other_metrics(deals: list[Deal]) -> None:
    table = deal_table(deals, as_of=after(30))
    found = velocity(table, period=SPRING, currency="EUR", rates=RATES)
    closed, _ = win_rate(table, period=SPRING, currency="EUR", rates=RATES).rows
    flow = throughput(table, period=SPRING)
    assert flow.law is not None
    for row in found.rows:
        assert row.win_rate == closed.rate
        assert row.cycle == sales_cycle(table, period=SPRING).rows[2].mean
    assert found.rows[0].open == pytest.approx(flow.law.average_wip)
    assert found.rows[1].open == flow.rows[-1].wip_end
    assert found.n == flow.n
    assert closed.won_value is not None
    assert abs(found.won.amount - closed.won_value.amount / 19) <= CENT
    assert (
        velocity(Random(1).sample(deals, len(deals)), as_of=after(30), period=SPRING, currency="EUR", rates=RATES)
        == found
    )


@small
@given(books(clean=True))
def test_with_the_balance_taken_out_it_is_what_was_won(deals: list[Deal]) -> None:
    worth = [deal if deal.amount else enter(deal, "lost", 40) for deal in deals]
    found = velocity(worth, as_of=after(45), currency="EUR", rates=RATES)
    row = found.rows[0]
    assume(row.velocity is not None and found.balance)
    assert row.velocity is not None
    assert found.balance is not None
    assert row.win_rate is not None
    assert row.cycle is not None
    half_a_cent = 0.005 * (row.open * row.win_rate / row.cycle + found.balance + 1)  # of the average, won and velocity
    assert float(row.velocity.amount) == pytest.approx(
        float(found.won.amount) * found.balance, rel=1e-9, abs=half_a_cent * 1.001
    )


def steady(growth: int = 1) -> list[Deal]:
    """A deal a day, later more; one in three is won after six days, the others are lost after twelve."""
    days = [day for day in range(90) for _ in range(growth if day >= 45 else 1)]
    deals = [opened(f"D{number}", day, amount=Money(900, "EUR")) for number, day in enumerate(days)]
    return [
        enter(deal, "won" if number % 3 == 0 else "lost", days[number] + (6 if number % 3 == 0 else 12))
        for number, deal in enumerate(deals)
    ]


def test_a_steady_book_earns_its_velocity_and_a_growing_one_does_not() -> None:
    middle = Period(after(15), after(75))
    level = velocity(steady(), as_of=after(200), period=middle)
    assert level.balance == pytest.approx(1)
    assert (level.rows[0].velocity, level.won) == (Money("300.00", "EUR"), Money("300.00", "EUR"))
    grown = velocity(steady(3), as_of=after(200), period=middle)
    assert grown.balance is not None
    assert grown.balance > 1.1
    assert grown.rows[1].open > grown.rows[0].open


@small
def test_a_unit_of_a_week_earns_seven_times_that_of_a_day() -> None:
    day, week = (velocity(steady(), as_of=after(200), unit=unit) for unit in (DAY, 7 * DAY))
    assert abs(week.won.amount - 7 * day.won.amount) <= 7 * CENT
    assert day.rows[0].velocity is not None
    assert week.rows[0].velocity is not None
    assert week.rows[0].velocity.amount == pytest.approx(7 * day.rows[0].velocity.amount, abs=Decimal("0.1"))
    assert week.balance == pytest.approx(day.balance)


@small
def test_a_part_that_is_not_known_leaves_no_velocity() -> None:
    nothing = velocity([opened("A", amount=Money(1, "EUR"))], as_of=after(9))
    assert (nothing.rows[0].velocity, nothing.balance, nothing.won) == (None, None, Money("0.00", "EUR"))
    at_once = velocity([enter(opened("A", amount=Money(1, "EUR")), "won", 0)], as_of=after(9))
    assert (at_once.rows[0].cycle, at_once.rows[0].velocity, at_once.balance) == (0, None, None)
    assert velocity([], as_of=after(9), currency="EUR").n == 0
    assert "Little's law" not in str(nothing).split("definition")[0]


@small
def test_what_is_left_out_is_told() -> None:
    deals = [
        enter(opened("A"), "won", 3),
        opened("B", 3, stage="won", amount=Money(5, "EUR")),
        enter(opened("C"), "lost", 3, reason="duplicate"),
        enter(opened("D"), "lost", 1),
    ]
    found = velocity(deals, as_of=after(9), period=Period(after(2), after(8)), void=["duplicate"])
    assert found.excluded == {
        VOID: 1,
        f"not under way in {found.period} until as_of": 1,
        f"{UNOBSERVED}, from the cycle alone": 1,
        "amount not stated, from the average alone": 1,
    }
    assert found.rows[0].average_won == Money("5.00", "EUR")


@small
def test_a_deal_opened_as_the_period_ends_is_of_the_next_one() -> None:
    period = Period(after(0), after(9))
    found = velocity([opened("A", 8, amount=Money(1, "EUR")), opened("B", 9)], as_of=after(20), period=period)
    assert (found.n, found.rows[1].open) == (1, 1)


def test_it_warns_of_the_part_that_few_deals_stand_behind() -> None:
    won = [enter(opened(f"W{n}", amount=Money(5, "EUR")), "won", 3) for n in range(9)]
    with pytest.warns(SmallSample) as caught:
        velocity([*won, enter(opened("bare"), "won", 3)], as_of=after(9))
    assert str(caught[0].message).endswith("a number of: average won")


def test_it_warns_and_refuses() -> None:
    with pytest.warns(SmallSample, match="win rate, average won, cycle"):
        velocity([enter(opened("A", amount=Money(5, "EUR")), "won", 3)], as_of=after(9))
    with pytest.raises(OutOfRange, match="begins by as_of"):
        velocity([], as_of=after(2), period=SPRING)
    with pytest.raises(NoHistory):
        velocity([], as_of=after(9))
    with pytest.raises(CurrencyMismatch):
        velocity([opened(code, amount=Money(1, code)) for code in ("EUR", "NOK")], as_of=after(9))


def test_the_table_shows_the_parts_and_what_was_won() -> None:
    lines = str(velocity(steady(), as_of=after(200), period=Period(after(15), after(75)))).splitlines()
    assert lines[0].startswith("Velocity a day, as of")
    assert lines[1].split("  ")[0] == "counted"
    assert lines[2].split() == ["on", "average", "10.0", "33.3", "%", "900.00", "10.0", "300.00"]
    assert lines[4] == "- won in the period: 300.00 EUR a day"
    assert lines[5].startswith("- average open / (closed a day · cycle) = 1.00: 1 where Little's law holds")
    rows = velocity(steady(), as_of=after(200)).to_rows()
    assert [row["counted"] for row in rows] == ["on average", "at the end"]
