"""What it costs to tell the flow of a large book, beside a pandas script that says the same of its months."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from random import Random

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from salesprocess import Deal
from salesprocess.analytics import (
    DealTable,
    StageVisits,
    aging,
    cohorts,
    deal_ages,
    deal_table,
    effort,
    loss_reasons,
    sources,
    stage_visits,
    throughput,
)
from tests.analytics.books import PROCESS, START, enter, opened

DEALS = 100_000
DAYS = 700
AS_OF = START + timedelta(days=DAYS)

pytestmark = pytest.mark.filterwarnings("ignore::salesprocess.errors.SmallSample")


def deal(number: int, rng: Random) -> Deal:
    """A deal that is won, lost, or still open."""
    at = DAYS * number / DEALS
    found, close = opened(f"D{number}", at), at + rng.expovariate(1 / 40)
    if close >= DAYS:
        return found
    return enter(found, "won", close) if rng.random() < 0.3 else enter(found, "lost", close, reason="price")


@pytest.fixture(scope="module")
def book() -> list[Deal]:
    rng = Random(1)
    return [deal(number, rng) for number in range(DEALS)]


@pytest.fixture(scope="module")
def table(book: list[Deal]) -> DealTable:
    return deal_table(book, as_of=AS_OF, facts=["source"])


@pytest.fixture(scope="module")
def visits(book: list[Deal]) -> StageVisits:
    return stage_visits(book, as_of=AS_OF)


@pytest.mark.parametrize("metric", [throughput, cohorts, deal_ages, loss_reasons, effort, sources])
def test_a_metric_of_a_table(benchmark: BenchmarkFixture, table: DealTable, metric: Callable[..., object]) -> None:
    benchmark.pedantic(metric, (table,), rounds=3)


def test_aging(benchmark: BenchmarkFixture, visits: StageVisits) -> None:
    benchmark.pedantic(aging, (visits, PROCESS), rounds=3)


def test_the_months_beside_pandas(table: DealTable, compare: Callable[..., dict[str, float]]) -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(table.to_rows())

    def theirs() -> object:
        at = frame["opened"].dt.tz_localize(None).dt.to_period("M")
        end = frame["closed"].dt.tz_localize(None).dt.to_period("M")
        closed = frame.groupby([end, "status"]).size().unstack(fill_value=0)
        flow = pandas.DataFrame({"entered": at.value_counts(), "won": closed["won"], "lost": closed["lost"]})
        flow = flow.fillna(0).sort_index()
        return flow.assign(wip=(flow["entered"] - flow["won"] - flow["lost"]).cumsum())

    def ours() -> object:
        return throughput(table)

    best = compare({"pandas, counts alone": theirs, "throughput": ours}, calls=1, rounds=5, per=DEALS, unit="deal")
    months = {row.label: row.wip_end for row in throughput(table).rows}
    for month, wip in theirs()["wip"].items():  # type: ignore[index]  # pyright: ignore
        assert months[str(month)] == wip
    assert set(best) == {"pandas, counts alone", "throughput"}
