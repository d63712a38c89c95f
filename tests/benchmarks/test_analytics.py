"""What it costs to count the visits of a large book, to estimate from them, and to add up its revenue."""

from __future__ import annotations

from datetime import timedelta
from random import Random

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from salesprocess import Deal, Money, replay
from salesprocess.analytics import StageVisits, conversion, durations, stage_visits
from salesprocess.events import Event, Opened, entered
from salesprocess.forecasting import StageWeighted, revenue, rollup
from tests.analytics.books import OPEN, PROCESS, START, STATUS

DEALS = 100_000
EVENTS = 6
AS_OF = START + timedelta(days=200)


def deal(number: int, rng: Random) -> Deal:
    """A deal of six events: it opens and moves five times."""
    name, at, stage = f"D{number}", START + timedelta(minutes=number), OPEN[0]
    events: list[Event] = [Opened(deal=name, revision=1, at=at, process="solar", version=1, stage=stage)]
    for revision in range(2, EVENTS + 1):
        at += timedelta(hours=rng.randrange(1, 300))
        following = rng.choice([*OPEN, "won", "lost"] if revision == EVENTS else OPEN)
        status = STATUS.get(following, "open")
        events.append(
            entered(name, revision, at, None, None, None, "imported", stage, following, status)  # type: ignore[arg-type]
        )
        stage = following
    return replay(events)


@pytest.fixture(scope="module")
def book() -> list[Deal]:
    rng = Random(1)
    return [deal(number, rng) for number in range(DEALS)]


@pytest.fixture(scope="module")
def visits(book: list[Deal]) -> StageVisits:
    return stage_visits(book, as_of=AS_OF)


def test_stage_visits(benchmark: BenchmarkFixture, book: list[Deal]) -> None:
    found = benchmark.pedantic(stage_visits, (book,), {"as_of": AS_OF}, rounds=5)
    assert len(found) == DEALS * EVENTS


def test_conversion(benchmark: BenchmarkFixture, visits: StageVisits) -> None:
    benchmark.pedantic(conversion, (visits, PROCESS), rounds=3)


def test_durations(benchmark: BenchmarkFixture, visits: StageVisits) -> None:
    benchmark.pedantic(durations, (visits, PROCESS), rounds=3)


def amounts(kind: str) -> list[tuple[Money, float]]:
    rng = Random(1)
    draw = {
        "heavy-tailed": lambda: Money(str(round(rng.lognormvariate(10, 1), 2)), "EUR"),
        "uniform": lambda: Money(rng.randrange(100, 2000), "EUR"),
        "equal": lambda: Money(1000, "EUR"),
    }[kind]
    return [(draw(), rng.choice([0.05, 0.1, 0.25, 0.4, 0.5, 0.75, 0.9])) for _ in range(10_000)]


@pytest.mark.parametrize("kind", ["heavy-tailed", "uniform", "equal"])
def test_revenue_of_ten_thousand_deals(benchmark: BenchmarkFixture, kind: str) -> None:
    benchmark.pedantic(revenue.distribution, (amounts(kind), "EUR"), rounds=5)


@pytest.fixture(scope="module")
def pipeline() -> list[Deal]:
    rng = Random(1)
    return [
        PROCESS.open(f"D{number}", at=START, amount=Money(rng.randrange(10**5), "EUR"), stage=rng.choice(OPEN[:3]))
        for number in range(10_000)
    ]


def test_forecast_of_ten_thousand_deals(benchmark: BenchmarkFixture, pipeline: list[Deal]) -> None:
    model = StageWeighted(PROCESS).fit([], as_of=AS_OF)
    options = {"period": None, "as_of": AS_OF, "currency": "EUR"}
    benchmark.pedantic(model.forecast, (pipeline,), options, rounds=3)


def test_rollup_of_ten_thousand_deals(benchmark: BenchmarkFixture, pipeline: list[Deal]) -> None:
    benchmark.pedantic(rollup, (pipeline, PROCESS), {"periods": (), "as_of": AS_OF, "currency": "EUR"}, rounds=3)
