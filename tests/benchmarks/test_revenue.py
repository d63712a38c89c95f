"""What questions about revenue cost: a law beside drawing it, slips beside lifelines, and a book of 10,000 deals."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from salesprocess import Calendar, Deal, Money
from salesprocess.forecasting import (
    CompetingRisks,
    Forecast,
    Shock,
    Slip,
    Spread,
    bridge,
    closings,
    drivers,
    levers,
    required_pipeline,
    revenue,
    rollup,
    slip,
)
from salesprocess.process import Process
from salesprocess.stages import Stage

Compare = Callable[..., dict[str, float]]
DAY = timedelta(days=1)
QUARTERS = Calendar().quarters(2026)
START = datetime(2025, 1, 1, tzinfo=UTC)
NOW = QUARTERS[1].start + 30 * DAY
LINE = Process(
    "line",
    stages=[
        Stage("lead", 0.1),
        Stage("offer", 0.4, category="best_case"),
        Stage("closing", 0.7, category="commit"),
        Stage.won("won"),
        Stage.lost("lost"),
    ],
)


def bets(n: int) -> list[tuple[Money, float]]:
    rng = Random(1)
    return [
        (Money(round(rng.lognormvariate(10, 1)), "EUR"), rng.choice([0.05, 0.1, 0.25, 0.4, 0.5, 0.75, 0.9]))
        for _ in range(n)
    ]


def test_the_exact_law_of_a_sum_beside_drawing_it_with_numpy(
    compare: Compare, capsys: pytest.CaptureFixture[str]
) -> None:
    numpy = pytest.importorskip("numpy")
    book = bets(2000)
    amounts = numpy.array([float(amount.amount) for amount, _ in book])
    chances = numpy.array([p for _, p in book])

    def drawn(seed: int = 1) -> Any:
        rng = numpy.random.default_rng(seed)
        return numpy.concatenate([(rng.random((500, 2000)) < chances) @ amounts for _ in range(20)])

    compare(
        {"numpy, 10,000 draws": drawn, "exact": lambda: revenue.distribution(book, "EUR")},
        calls=1,
        rounds=5,
        unit="law of 2,000 deals",
    )
    exact = float(revenue.distribution(book, "EUR").quantile(0.1).amount)
    misses = [abs(float(numpy.quantile(drawn(seed), 0.1)) / exact - 1) for seed in range(8)]
    with capsys.disabled():
        print(f"\n  10 % quantile of 10,000 draws: off by {max(misses):.2%} at most in {len(misses)} runs")


@pytest.fixture(scope="module")
def record() -> list[Deal]:
    """Ten thousand deals of two years: a tenth of them are open, dates are pushed, and most are lost."""
    rng = Random(2)
    deals: list[Deal] = []
    for number in range(10_000):
        at = START + rng.random() * 480 * DAY
        close = at.date() + timedelta(days=rng.randrange(20, 120))
        terms: dict[str, Any] = {"amount": Money(round(rng.lognormvariate(9, 1)), "EUR"), "expected_close": close}
        deal = LINE.open(f"D{number}", at=at, owner=rng.choice(["ada", "bo", "chen"]), **terms)
        for stage in ("offer", "closing", "won"):
            at += rng.lognormvariate(2.7, 0.6) * DAY
            if at > NOW:
                break
            if deal.expected_close is not None and deal.expected_close < at.date():
                deal = LINE.amend(deal, expected_close=at.date() + timedelta(days=30), at=at)
            if rng.random() < 0.4:
                deal = LINE.lose(deal, at=at)
                break
            deal = LINE.win(deal, at=at) if stage == "won" else LINE.advance(deal, at=at)
        deals.append(deal)
    return deals


@pytest.fixture(scope="module")
def forecast(record: list[Deal]) -> Forecast:
    return CompetingRisks().fit(record, as_of=NOW).forecast(record, period=QUARTERS[1], as_of=NOW)


def test_slip_of_ten_thousand_deals_beside_lifelines_on_the_same_looks(compare: Compare, record: list[Deal]) -> None:
    lifelines = pytest.importorskip("lifelines")
    entries: list[int] = []
    ends: list[int] = []
    seen: list[bool] = []
    for deal in record:
        if deal.expected_close is not None:
            end = (deal.closed_at or NOW).date()
            day = deal.opened_at.date() + timedelta(days=1)
            while day <= end:
                entries.append((day - deal.expected_close).days + 1000)
                ends.append((end - deal.expected_close).days + 1001)
                seen.append(deal.closed_at is not None)
                day += timedelta(days=1)

    def peer() -> object:
        return lifelines.KaplanMeierFitter().fit(ends, seen, entry=entries)

    runs = {
        "lifelines, one curve of given looks": peer,
        "ours, all stages and bands, from events": lambda: _slip(record),
    }
    compare(runs, calls=1, rounds=3)


def _slip(record: list[Deal]) -> Slip:
    return slip(record, as_of=NOW)


def test_closings(benchmark: BenchmarkFixture, record: list[Deal]) -> None:
    model, slips = CompetingRisks().fit(record, as_of=NOW), _slip(record)
    benchmark.pedantic(closings, (record, model), {"as_of": NOW, "slip": slips}, rounds=3)


def test_required_pipeline(benchmark: BenchmarkFixture, record: list[Deal]) -> None:
    past = [*Calendar().quarters(2025), QUARTERS[0]]
    options = {"period": QUARTERS[1], "past": past, "as_of": NOW}
    benchmark.pedantic(required_pipeline, (record, Money(10**6, "EUR")), options, rounds=3)


@pytest.mark.parametrize("with_model", [False, True])
def test_rollup(benchmark: BenchmarkFixture, record: list[Deal], with_model: bool) -> None:
    model = CompetingRisks().fit(record, as_of=NOW) if with_model else None
    options = {"periods": QUARTERS, "as_of": NOW, "currency": "EUR", "model": model}
    benchmark.pedantic(rollup, (record, LINE), options, rounds=3)


@pytest.mark.parametrize("dependence", [None, Spread(0.2, 5.0), Shock(0.3)], ids=["independent", "spread", "shock"])
@pytest.mark.parametrize("question", ["drivers", "levers"])
def test_what_the_total_hangs_on_and_what_must_be_true(
    benchmark: BenchmarkFixture, forecast: Forecast, question: str, dependence: Any
) -> None:
    assumed = forecast.assuming(dependence=dependence)
    target = Money(round(assumed.expected.amount * 12 / 10), "EUR")
    ask: Callable[[], object] = (
        (lambda: drivers(assumed)) if question == "drivers" else (lambda: levers(assumed, target, chance=0.8))
    )
    benchmark.pedantic(ask, rounds=3)


def test_bridge(benchmark: BenchmarkFixture, record: list[Deal], forecast: Forecast) -> None:
    earlier = NOW - 28 * DAY
    before = CompetingRisks().fit(record, as_of=earlier).forecast(record, period=QUARTERS[1], as_of=earlier)
    benchmark.pedantic(lambda: bridge(before, forecast).by("owner"), rounds=3)
