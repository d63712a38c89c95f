"""What holds for every forecaster that knows of time: nothing leaks, order is nothing, and more time is more chance."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest

from salesprocess import Deal, Process, Stage
from salesprocess.analytics import RiskCounts
from salesprocess.forecasting import (
    Blend,
    CompetingRisks,
    Estimate,
    Landmark,
    Markov,
    NaiveBayes,
    by_owner,
    by_pace,
    by_size,
)
from salesprocess.forecasting.kernels import flat, kernels
from salesprocess.simulation import Rates, book
from salesprocess.testing import check_forecaster

DAY = timedelta(days=1)
START = datetime(2025, 1, 6, tzinfo=UTC)
THEN, NOW = START + 200 * DAY, START + 300 * DAY
LINE = Process(
    "line", stages=[Stage("lead", 0.2), Stage("offer", 0.5), Stage("closing"), Stage.won("won"), Stage.lost("lost")]
)
DEALS = book(LINE, 500, rng=Random(5), start=START, as_of=NOW, rates=Rates(back=0.1)).deals
SEGMENTS = {"owner": by_owner, "size": by_size, "pace": by_pace}

MODELS = [
    CompetingRisks(LINE),
    CompetingRisks(half_life=60 * DAY, segments=SEGMENTS),
    CompetingRisks(window=90 * DAY, unit=timedelta(hours=12)),
    Markov(LINE, window=90 * DAY),
    Landmark(),
    NaiveBayes({"owner": by_owner}),
    Blend([CompetingRisks(), Landmark()]),
]
each_forecaster = pytest.mark.parametrize("model", MODELS, ids=lambda model: model.method)


def said(model: Any, deals: list[Deal], days: int) -> dict[str, Estimate | str]:
    fitted = model.fit(deals, as_of=THEN)
    return {
        deal.id: fitted.probability(deal, by=THEN + days * DAY, as_of=THEN)
        for deal in deals
        if (then := deal.as_of(THEN)) is not None and then.status == "open"
    }


@pytest.mark.long
@each_forecaster
def test_it_keeps_what_forecasters_promise(model: Any) -> None:
    # The weights of a blend are those of one horizon: a longer one may be a little less chance.
    check_forecaster(model, LINE, book=DEALS[::3], as_of=THEN, without=["horizon"] if model.method == "blend" else [])


@each_forecaster
def test_each_probability_says_why(model: Any) -> None:
    for found in said(model, list(DEALS), 30).values():
        assert isinstance(found, Estimate)
        assert " in " in found.because
        assert "visits" in found.because


def test_counts_of_two_books_added_up_are_the_model_of_both() -> None:
    for model in (CompetingRisks(LINE), CompetingRisks(half_life=60 * DAY, segments=SEGMENTS), Markov(window=90 * DAY)):
        counting = model if isinstance(model, CompetingRisks) else CompetingRisks(window=90 * DAY)
        parts: list[RiskCounts] = [counting.counts(DEALS[begin::2], as_of=NOW) for begin in (0, 1)]
        merged, refitted = model.fit_counts(parts[0] + parts[1]), model.fit(DEALS, as_of=NOW)
        for deal in DEALS:
            if deal.status == "open":
                one, other = (fitted.probability(deal, by=NOW + 30 * DAY, as_of=NOW) for fitted in (merged, refitted))
                assert isinstance(one, Estimate)
                assert isinstance(other, Estimate)
                assert one.probability == pytest.approx(other.probability, abs=1e-9)


def test_what_leaves_a_stage_and_what_stays_is_all_there_is() -> None:
    counts = CompetingRisks(half_life=60 * DAY).counts(DEALS, as_of=NOW)
    for found in (kernels(counts), flat(counts)):
        for kernel in found.values():
            for age in (0, 1, 7, 40, 400):
                left = math.fsum(kernel.reached(outcome, age) for outcome in kernel.left)
                assert left + kernel.staying(age) == pytest.approx(1)
