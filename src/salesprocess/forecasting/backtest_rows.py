"""From trials to scores: one row a forecaster, and one for each of its totals."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from statistics import fmean
from typing import TypedDict

import attrs

from salesprocess.forecasting import scores
from salesprocess.forecasting.book import tidy
from salesprocess.forecasting.spread import Miss, Spread, needed, spread
from salesprocess.forecasting.trial import LEVEL, Trial
from salesprocess.money import Money

LAST_PERIOD = "same as last period"
"""The forecaster that every book has: what the open deals bring is what those open one horizon ago brought."""


@attrs.frozen
class Score:
    """How good one forecaster was; prints as a row.

    Attributes:
        method: the forecaster.
        brier, log_loss: of the probability that a deal is won within the horizon; None where it gives none.
        reliability, resolution: the parts of the Brier score; its uncertainty is the same for all.
        wape, bias: of the totals, over all origins; None when nothing was ever won.
        crps: the mean of the score of the law of the total, in the currency.
        coverage: the share of totals inside the 80 % interval as stated.
        winkler: the mean score of that interval, in the currency.
        widen: by how much the interval had to be widened to cover four totals of five; below 1 it could be narrower,
            infinite where an interval without width missed too often.
        learnt_coverage: the share of totals inside the interval once widened by what earlier origins had taught.
        learnt_winkler: the mean score of the widened interval.
        silent: the share of the deals that it left out.
    """

    method: str
    brier: float | None = None
    log_loss: float | None = None
    reliability: float | None = None
    resolution: float | None = None
    wape: float | None = None
    bias: float | None = None
    crps: Money | None = None
    coverage: float | None = None
    winkler: Money | None = None
    widen: float | None = None
    learnt_coverage: float | None = None
    learnt_winkler: Money | None = None
    silent: float = 0.0


@attrs.frozen
class OriginTotal:
    """The total of one forecaster at one origin, beside what came.

    Attributes:
        origin, method: which forecast it is.
        deals: how many deals were judged.
        expected: what it expected of them.
        actual: what they brought.
        low, high: the 80 % interval as stated.
        learnt_low, learnt_high: the same, widened by what earlier origins had taught.
        pit: where in its law the actual total fell; None for a forecast without a law.
    """

    origin: datetime
    method: str
    deals: int
    expected: Money
    actual: Money
    low: Money | None
    high: Money | None
    learnt_low: Money | None
    learnt_high: Money | None
    pit: float | None


def _money(value: float, currency: str) -> Money:
    return Money(tidy(Decimal(repr(value))), currency)


def overlap(trials: Sequence[Trial], horizon: timedelta) -> tuple[float, int]:
    """What one origin counts where horizons overlap, and how many horizons fit without overlap."""
    steps = sorted(later.origin - earlier.origin for earlier, later in pairwise(trials))
    usual = steps[len(steps) // 2] if steps else horizon
    apart, end = 0, trials[0].origin
    for each in trials:
        if each.origin >= end:
            apart, end = apart + 1, each.origin + horizon
    return min(1.0, usual / horizon), apart


def totals_of(
    trials: Sequence[Trial], method: str, horizon: timedelta, weight: float, currency: str
) -> tuple[list[OriginTotal], Spread]:
    """Each total with the interval that was known by then, and what all of them teach about the next."""
    misses = [Miss(each.said[method].expected, each.said[method].sd, each.actual) for each in trials]
    rows: list[OriginTotal] = []
    for each in trials:
        said = each.said[method]
        earlier = [miss for miss, past in zip(misses, trials, strict=True) if past.origin + horizon <= each.origin]
        low, high = spread(earlier, weight=weight).interval(said.sample, LEVEL)
        rows.append(
            OriginTotal(
                each.origin,
                method,
                len(each.deals),
                _money(said.expected, currency),
                _money(each.actual, currency),
                _money(said.low, currency),
                _money(said.high, currency),
                _money(low, currency),
                _money(high, currency),
                said.pit,
            )
        )
    return rows, spread(misses, weight=weight)


def last_total(each: Trial, currency: str) -> OriginTotal | None:
    """The total of `LAST_PERIOD`; None where the record does not reach back one horizon."""
    if each.last is None:
        return None
    expected, actual = _money(each.last, currency), _money(each.actual, currency)
    return OriginTotal(each.origin, LAST_PERIOD, len(each.deals), expected, actual, None, None, None, None, None)


class _Errors(TypedDict):
    wape: float | None
    bias: float | None


def _errors(rows: Sequence[OriginTotal]) -> _Errors:
    expected, actual = ([float(getattr(row, name).amount) for row in rows] for name in ("expected", "actual"))
    return {"wape": scores.wape(expected, actual), "bias": scores.bias(expected, actual)}


def last_score(rows: Sequence[OriginTotal]) -> Score:
    """The scores of `LAST_PERIOD`, which knows totals alone."""
    return Score(LAST_PERIOD, **_errors(rows))


def score_of(
    trials: Sequence[Trial], method: str, rows: Sequence[OriginTotal], won: Sequence[bool], currency: str
) -> Score:
    """The scores of one forecaster over all origins.

    Args:
        trials: in order of time.
        method: the forecaster.
        rows: its totals.
        won: the outcomes of all judged deals, origin by origin.
        currency: of the totals.
    """
    said = [each.said[method] for each in trials]
    probabilities = [p for each in said for p in each.probabilities]
    parts = scores.brier_parts(probabilities, won)
    actual = [each.actual for each in trials]
    stated = [(each.low, each.high) for each in said]
    learnt = [
        (float(row.learnt_low.amount), float(row.learnt_high.amount))
        for row in rows
        if row.learnt_low is not None and row.learnt_high is not None
    ]

    def winkler(intervals: Sequence[tuple[float, float]]) -> Money:
        each = (scores.winkler(*interval, came, level=LEVEL) for interval, came in zip(intervals, actual, strict=True))
        return _money(fmean(each), currency)

    stretch = sorted(
        needed(Miss(each.expected, each.sd, came), each.low, each.high) for each, came in zip(said, actual, strict=True)
    )
    return Score(
        method,
        brier=parts.score,
        log_loss=scores.log_loss(probabilities, won),
        reliability=parts.reliability,
        resolution=parts.resolution,
        **_errors(rows),
        crps=_money(fmean(each.crps for each in said), currency),
        coverage=scores.coverage(stated, actual),
        winkler=winkler(stated),
        widen=stretch[math.ceil(LEVEL * len(stretch)) - 1],
        learnt_coverage=scores.coverage(learnt, actual),
        learnt_winkler=winkler(learnt),
        silent=sum(each.silent for each in said) / len(won),
    )
