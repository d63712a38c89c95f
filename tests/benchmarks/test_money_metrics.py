"""What it costs to make a table of a large book and to tell its money, beside lifelines and a pandas script."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from random import Random

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from salesprocess import Deal, Money, Period
from salesprocess.analytics import (
    DealTable,
    deal_sizes,
    deal_table,
    pipeline_coverage,
    push_counts,
    sales_cycle,
    slippage,
    velocity,
    waterfall_between,
    win_rate,
)
from tests.analytics.books import START, after, enter, opened

DEALS = 100_000
DAYS = 700
AS_OF = START + timedelta(days=DAYS)
QUARTER = Period(after(600), after(690))

pytestmark = pytest.mark.filterwarnings("ignore::salesprocess.errors.SmallSample")


def deal(number: int, rng: Random) -> Deal:
    """A deal with an amount and a date that is won, lost, or still open."""
    at = DAYS * number / DEALS
    close = at + rng.expovariate(1 / 40)
    due = after(close + rng.uniform(-5, 20)).date()
    found = opened(f"D{number}", at, owner="kari", amount=Money(rng.randrange(1000, 90_000), "EUR"), expected_close=due)
    if close >= DAYS:
        return found
    return enter(found, "won" if rng.random() < 0.3 else "lost", close)


@pytest.fixture(scope="module")
def book() -> list[Deal]:
    rng = Random(1)
    return [deal(number, rng) for number in range(DEALS)]


@pytest.fixture(scope="module")
def table(book: list[Deal]) -> DealTable:
    return deal_table(book, as_of=AS_OF)


def test_a_table_of_the_book(benchmark: BenchmarkFixture, book: list[Deal]) -> None:
    benchmark.pedantic(deal_table, (book,), {"as_of": AS_OF}, rounds=3)


@pytest.mark.parametrize(
    "metric",
    [
        win_rate,
        sales_cycle,
        partial(velocity, period=QUARTER),
        partial(deal_sizes, period=QUARTER),
        partial(pipeline_coverage, target=Money(10**9, "EUR"), period=QUARTER),
        push_counts,
    ],
    ids=["win_rate", "sales_cycle", "velocity", "deal_sizes", "pipeline_coverage", "push_counts"],
)
def test_a_metric_of_a_table(benchmark: BenchmarkFixture, table: DealTable, metric: Callable[..., object]) -> None:
    benchmark.pedantic(metric, (table,), rounds=3)


def test_a_waterfall_of_two_tables(benchmark: BenchmarkFixture, book: list[Deal], table: DealTable) -> None:
    before = deal_table(book, as_of=AS_OF - timedelta(days=7))
    found = benchmark.pedantic(waterfall_between, (before, table), rounds=3)
    assert not found.imbalance


def test_the_slippage_of_a_quarter(benchmark: BenchmarkFixture, book: list[Deal]) -> None:
    benchmark.pedantic(slippage, (book,), {"period": QUARTER, "as_of": AS_OF}, rounds=3)


def test_the_sales_cycle_beside_lifelines(table: DealTable, compare: Callable[..., dict[str, float]]) -> None:
    lifelines = pytest.importorskip("lifelines")
    rows = list(table)
    took = [((row.closed or AS_OF) - row.opened) / timedelta(days=1) for row in rows]
    ended = [row.closed is not None for row in rows]

    def theirs() -> object:
        return lifelines.KaplanMeierFitter().fit(took, ended).median_survival_time_

    best = compare(
        {"lifelines, the curve alone": theirs, "sales_cycle": lambda: sales_cycle(table)},
        calls=1,
        rounds=3,
        per=DEALS,
        unit="deal",
    )
    assert sales_cycle(table).rows[3].median == pytest.approx(theirs(), rel=1e-9)
    assert set(best) == {"lifelines, the curve alone", "sales_cycle"}


def test_the_win_rate_by_value_beside_pandas(table: DealTable, compare: Callable[..., dict[str, float]]) -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(table.to_rows())

    def theirs() -> object:
        decided = frame[frame["status"].isin(["won", "lost"])]
        sums = decided.groupby("status")["amount"].agg(["size", "sum"])
        return sums.loc["won"] / sums.sum()

    best = compare(
        {"pandas, exact amounts": theirs, "win_rate, two cohorts": lambda: win_rate(table)},
        calls=1,
        rounds=3,
        per=DEALS,
        unit="deal",
    )
    row = win_rate(table).rows[0]
    assert float(theirs()["sum"]) == pytest.approx(row.value_rate)  # type: ignore[index]  # pyright: ignore
    assert set(best) == {"pandas, exact amounts", "win_rate, two cohorts"}
