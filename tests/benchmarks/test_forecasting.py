"""What it costs to forecast: counts, curves and chances from a million deals beside peers, one origin of a backtest."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from salesprocess import Deal, Money, replay
from salesprocess.analytics import StageVisits, aalen_johansen, age_counts, risk_counts
from salesprocess.analytics.survival import CENSORED
from salesprocess.analytics.visits import VisitColumns
from salesprocess.events import Event, Opened, entered
from salesprocess.forecasting import CompetingRisks, backtest
from salesprocess.forecasting.kernels import win_table
from salesprocess.frozen import FrozenDict

MILLION = 1_000_000
DAY = timedelta(days=1)
START = datetime(2025, 1, 1, tzinfo=UTC)
NOW = START + 360 * DAY
STAGES = ("first", "second", "third", "fourth", "won", "lost")
MICROSECONDS = 86_400_000_000

Compare = Callable[..., dict[str, float]]


@pytest.fixture(scope="module")
def times() -> tuple[list[int], list[int]]:
    """Days until a deal closes, and how: won, lost, or still open."""
    rng = Random(1)
    ages, causes = [], []
    for _ in range(MILLION):
        age, seen = int(rng.lognormvariate(3.5, 0.8)), rng.randrange(400)
        ages.append(min(age, seen))
        causes.append(CENSORED if age > seen else int(rng.random() < 0.7))
    return ages, causes


def test_aalen_johansen_with_variance_beside_lifelines_without(
    compare: Compare, times: tuple[list[int], list[int]]
) -> None:
    lifelines = pytest.importorskip("lifelines")
    pandas = pytest.importorskip("pandas")
    ages, causes = times
    durations, events = pandas.Series(ages), pandas.Series(causes) + 1

    def peer() -> object:
        fitter = lifelines.AalenJohansenFitter(calculate_variance=False, seed=1)
        return fitter.fit(durations, events, event_of_interest=1)

    def ours() -> object:
        return aalen_johansen(age_counts(ages, causes, kinds=2))

    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # lifelines says that it moves ties apart
        compare({"lifelines, no variance": peer, "ours, variance of both causes": ours}, calls=1, rounds=3)


@pytest.fixture(scope="module")
def visits() -> StageVisits:
    """The visits of a million deals through four stages, as columns."""
    rng = Random(1)
    columns = VisitColumns()
    end = int((NOW - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(microseconds=1))
    begin = end - 360 * MICROSECONDS
    for deal in range(MILLION):
        at = begin + int(rng.random() * 360 * MICROSECONDS)
        stage = rng.randrange(4)
        while stage < 4:
            left = at + int(rng.expovariate(1 / 14) * MICROSECONDS)
            following = rng.choice((stage + 1, stage + 1, 5)) if left <= end else -1
            for column, value in zip(
                (
                    columns.deal,
                    columns.stage,
                    columns.entered,
                    columns.left,
                    columns.next,
                    columns.held,
                    columns.number,
                ),
                (deal, stage, at, min(left, end), following, 0, 1),
                strict=True,
            ):
                column.append(value)
            if following < 0:
                break
            stage, at = following, left
    statuses = ("open", "open", "open", "open", "won", "lost")
    ids = tuple(map(str, range(MILLION)))
    return StageVisits(NOW, ids, STAGES, statuses, columns, FrozenDict())


def test_fit_and_score_from_the_visits_of_a_million_deals(benchmark: BenchmarkFixture, visits: StageVisits) -> None:
    columns = visits.columns

    def fit_and_score() -> int:
        fitted = CompetingRisks().fit_counts(risk_counts(visits))
        table = win_table(fitted.kernels, 90)
        chances: dict[tuple[int, int], float] = {}
        scored = 0
        for code, following, entered_at, left in zip(
            columns.stage, columns.next, columns.entered, columns.left, strict=True
        ):
            if following < 0:
                key = code, (left - entered_at) // MICROSECONDS
                if key not in chances:
                    chances[key] = table.won(STAGES[code], key[1] + 0.5, 90)
                scored += 1
        return scored

    open_deals = benchmark.pedantic(fit_and_score, rounds=3)
    benchmark.extra_info.update(visits=len(visits), open_deals=open_deals)


def test_the_memory_of_a_fit_from_counts_is_that_of_ages_and_outcomes(
    benchmark: BenchmarkFixture, visits: StageVisits
) -> None:
    counts = benchmark.pedantic(risk_counts, (visits,), rounds=1)
    fitted = CompetingRisks().fit_counts(counts)
    numbers = sum(len(kernel.stay) * (1 + len(kernel.left)) for kernel in fitted.kernels.values())
    benchmark.extra_info.update(counts=len(counts.exits), numbers=numbers, bytes=len(pickle.dumps(fitted)))
    assert numbers <= 4 * 362 * 4  # four stages, days of a year, and what is still there beside three outcomes
    assert len(counts.exits) <= 4 * 362 * 3


def lived(number: int, rng: Random) -> Deal:
    """A deal that moves every few days until it closes."""
    name, at, place = f"D{number}", START + timedelta(days=360 * rng.random()), 0
    terms = FrozenDict({"amount": Money(rng.randrange(1000, 50_000), "EUR")})
    events: list[Event] = [
        Opened(deal=name, revision=1, at=at, process="solar", version=1, stage=STAGES[0], terms=terms)
    ]
    while place < 4:
        at += timedelta(days=rng.expovariate(1 / 12))
        following = 5 if rng.random() < 0.35 else place + 1
        status = {4: "won", 5: "lost"}.get(following, "open")
        events.append(
            entered(name, len(events) + 1, at, None, None, None, "move", STAGES[place], STAGES[following], status)  # type: ignore[arg-type]
        )
        place = following
    return replay(events)


@pytest.fixture(scope="module")
def record() -> list[Deal]:
    rng = Random(1)
    return [lived(number, rng) for number in range(13_000)]


def test_one_origin_of_a_backtest_on_13_000_deals(benchmark: BenchmarkFixture, record: list[Deal]) -> None:
    moments = [START + day * DAY for day in (240, 260, 280, 300, 320)]

    def run() -> int:
        return backtest([CompetingRisks()], record, origins=moments, horizon=30 * DAY).judged

    judged = benchmark.pedantic(run, rounds=3)
    best: Any = benchmark.stats
    seconds = best.stats.min / len(moments)
    benchmark.extra_info.update(judged=judged, seconds_an_origin=seconds)
    print(f"\n{seconds:.3f} s an origin, {judged / len(moments):.0f} deals open")
