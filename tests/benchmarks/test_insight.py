"""What it costs to compare deals with their rulebook, beside pm4py on the same log."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from random import Random

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from salesprocess import Deal, Money, simulation, templates
from salesprocess.analytics import bottlenecks, conformance, discover, owners, risk_counts, stage_visits
from tests.analytics.books import START

AS_OF = START + timedelta(days=300)
PROCESS = templates.load("car_dealer")


@pytest.fixture(scope="module")
def book() -> list[Deal]:
    return list(simulation.book(PROCESS, 10_000, rng=Random(1), start=START, as_of=AS_OF).deals)


def test_bottlenecks(benchmark: BenchmarkFixture, book: list[Deal]) -> None:
    visits = stage_visits(book, as_of=AS_OF)
    found = benchmark.pedantic(bottlenecks, (visits, PROCESS), {"deals": book}, rounds=3)
    assert isinstance(found.average_won, Money)


def test_bottlenecks_from_counts(benchmark: BenchmarkFixture, book: list[Deal]) -> None:
    counts = risk_counts(stage_visits(book, as_of=AS_OF))
    found = benchmark.pedantic(bottlenecks, (counts, PROCESS), {"over": AS_OF - START}, rounds=3)
    assert found.n == len(book)


def test_owners(benchmark: BenchmarkFixture, book: list[Deal]) -> None:
    benchmark.pedantic(owners, (book, PROCESS), {"as_of": AS_OF}, rounds=3)


def test_conformance(benchmark: BenchmarkFixture, book: list[Deal]) -> None:
    benchmark.pedantic(conformance, (book, PROCESS), rounds=3)


def test_a_draft_from_a_log_beside_pm4py(book: list[Deal], compare: Callable[..., dict[str, float]]) -> None:
    pm4py = pytest.importorskip("pm4py")
    pandas = pytest.importorskip("pandas")
    rows = simulation.log_rows(book).rows

    def ours() -> object:
        return discover(rows, columns=simulation.LOG_COLUMNS, currency="EUR")

    def theirs() -> object:
        frame = pandas.DataFrame(rows)
        frame["at"] = pandas.to_datetime(frame["at"], format="ISO8601")
        frame = pm4py.format_dataframe(frame, case_id="deal", activity_key="stage", timestamp_key="at")
        return pm4py.discover_petri_net_inductive(frame, noise_threshold=0.2)

    best = compare(
        {"pm4py, inductive miner from rows": theirs, "discover": ours}, calls=1, rounds=3, per=len(rows), unit="row"
    )
    assert set(best) == {"pm4py, inductive miner from rows", "discover"}
