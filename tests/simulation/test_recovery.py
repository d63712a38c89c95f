"""The estimators find the truth of synthetic books: their 80 % intervals hold it about four times in five."""

import math
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from statistics import NormalDist, fmean

import pytest

from salesprocess import Deal, Process, Stage
from salesprocess.analytics import Incidence, SurvivalCurve, aalen_johansen, age_counts, kaplan_meier, stage_visits
from salesprocess.analytics.survival import CENSORED
from salesprocess.forecasting import CompetingRisks, Estimate, backtest
from salesprocess.simulation import Rates, StageRates, book, law

THOROUGH = os.environ.get("HYPOTHESIS_PROFILE") == "thorough"
BOOKS = 400 if THOROUGH else 100
DAY = timedelta(days=1)
START = datetime(2025, 1, 6, tzinfo=UTC)
NOW = START + 180 * DAY
LINE = Process("line", stages=[Stage("lead"), Stage("offer"), Stage("closing"), Stage.won("won"), Stage.lost("lost")])
RATES = Rates(
    shortcut=0,
    hold=0,
    objection=0,
    push=0,
    unpriced=0,
    diligence=0,
    back=0,
    amount_spread=0.5,
    stages={
        "lead": StageRates(onward=0.5, stay=10 * DAY, lost_stay=25 * DAY),
        "offer": StageRates(onward=0.6, stay=15 * DAY),
        "closing": StageRates(onward=0.8, stay=6 * DAY),
    },
)
TRUTH = law(LINE, RATES)
LEVEL = 0.8
Z = NormalDist().inv_cdf((1 + LEVEL) / 2)


@pytest.fixture(scope="module")
def samples() -> list[tuple[Deal, ...]]:
    return [book(LINE, 150, rng=Random(seed), start=START, as_of=NOW, rates=RATES).deals for seed in range(BOOKS)]


def holds(covered: int, of: int) -> bool:
    """Whether so many of so many intervals agree with the level, but for chance (four deviations)."""
    return abs(covered / of - LEVEL) < 4 * math.sqrt(LEVEL * (1 - LEVEL) / of)


def leads(deals: tuple[Deal, ...]) -> Iterator[tuple[int, int]]:
    """The visits of the first stage: hours until they ended, and 0 for onward, 1 for lost, or censored."""
    for visit in stage_visits(deals, as_of=NOW):
        if visit.stage == "lead":
            cause = CENSORED if visit.next is None else int(visit.next == "lost")
            yield visit.time // timedelta(hours=1), cause


def estimated(deals: tuple[Deal, ...]) -> tuple[Incidence, SurvivalCurve]:
    ages, causes = zip(*leads(deals), strict=True)
    counts = age_counts(ages, causes, kinds=2)
    return aalen_johansen(counts), kaplan_meier(counts)


def at(ages: tuple[int, ...], values: tuple[float, ...], age: int) -> float:
    return [value for known, value in zip(ages, values, strict=True) if known < age][-1]


@pytest.mark.long
@pytest.mark.parametrize("days", [8, 20])
def test_intervals_of_conversion_and_of_stays_hold_the_truth_as_often_as_they_say(
    samples: list[tuple[Deal, ...]], days: int
) -> None:
    onward, lost = TRUTH.exits["lead", None]
    age = days * DAY
    true_onward, true_stay = onward.by(age), 1 - onward.by(age) - lost.by(age)
    conversions = stays = 0
    for deals in samples:
        incidence, curve = estimated(deals)
        ages = incidence.counts.ages
        share, error = (at(ages, each[0], days * 24) for each in (incidence.incidence, incidence.variance))
        conversions += abs(share - true_onward) <= Z * math.sqrt(error)
        stay, spread = (at(curve.ages, each, days * 24) for each in (curve.survival, curve.variance))
        stays += abs(stay - true_stay) <= Z * math.sqrt(spread)
    assert holds(conversions, len(samples))
    assert holds(stays, len(samples))


@pytest.mark.long
def test_the_chances_of_competing_risks_are_unbiased(samples: list[tuple[Deal, ...]]) -> None:
    month = 30 * DAY
    for stage in ("lead", "offer", "closing"):
        deal = LINE.open("new", stage=stage, at=NOW)
        found = [
            CompetingRisks().fit(deals, as_of=NOW).probability(deal, by=NOW + month, as_of=NOW) for deals in samples
        ]
        said = [each.probability for each in found if isinstance(each, Estimate)]
        assert len(said) == len(samples)
        true = TRUTH.won_by(stage, age=timedelta(0), horizon=month)
        error = math.sqrt(fmean((each - true) ** 2 for each in said) / len(said))
        assert abs(fmean(said) - true) < 4 * error + 0.005


@pytest.mark.long
def test_intervals_of_the_total_hold_what_comes_as_often_as_they_say(samples: list[tuple[Deal, ...]]) -> None:
    """Each book is looked at once, so that the totals are independent of one another."""
    said = came = 0.0
    stated = learnt = 0
    for deals in samples:
        report = backtest([CompetingRisks()], deals, origins=[NOW - 30 * DAY], horizon=30 * DAY, as_of=NOW)
        (total, *_) = report.totals
        assert total.low is not None
        assert total.high is not None
        assert total.learnt_low is not None
        assert total.learnt_high is not None
        stated += total.low <= total.actual <= total.high
        learnt += total.learnt_low <= total.actual <= total.learnt_high
        said, came = said + float(total.expected.amount), came + float(total.actual.amount)
    assert abs(said / came - 1) < 0.03 + 4 * 0.35 / math.sqrt(len(samples))
    assert holds(stated, len(samples))
    assert holds(learnt, len(samples))
