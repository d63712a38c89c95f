"""What a backtest found: every score of every forecaster, what the best of them is worth, and in words what to do."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from statistics import fmean
from typing import Any

import attrs

from salesprocess.analytics import reports, results
from salesprocess.analytics.reports import Grid, Report, Sentences
from salesprocess.errors import OutOfRange
from salesprocess.forecasting import scores
from salesprocess.forecasting.backtest_rows import (
    LAST_PERIOD,
    OriginTotal,
    Score,
    last_score,
    last_total,
    overlap,
    score_of,
    totals_of,
)
from salesprocess.forecasting.calibration import CalibrationBin, calibration_bins
from salesprocess.forecasting.spread import Spread
from salesprocess.forecasting.trial import Trial
from salesprocess.frozen import FrozenDict

FEW_ORIGINS = 8
"""Below so many origins without overlap, a verdict warns that it may be chance."""


_BEYOND_CHANCE = 2.0
"""Forecasters whose Brier scores are fewer standard errors apart are level."""
_MANY = 0.1
"""From this share on, the verdict tells how many deals a forecaster left out."""
_UNBIASED = 0.005
"""A bias below this is shown as none."""


@attrs.frozen
class Comparison:
    """Two forecasters on the same deals.

    Attributes:
        skill: by what share the first lowers the Brier score of the second.
        better_at: at how many origins it was lower.
        z: the difference in its own standard errors, where all forecasts of one deal count as one observation;
            beyond 2, chance alone is unlikely. Shocks that hit many deals at once are not in it.
    """

    skill: float
    better_at: int
    z: float


@attrs.frozen
class Backtest:
    """What forecasters would have said, and what came; prints as a table with a verdict.

    Attributes:
        as_of: the end of the record.
        horizon: how far ahead each forecast looked.
        currency: of the totals.
        methods: the forecasters, in the order given.
        scores: one row a forecaster, the lowest Brier score first; those that give no probabilities last.
        totals: one row for each forecaster and origin.
        n: how many origins were judged.
        judged: how many forecasts of single deals; a deal counts at each origin at which it was open.
        apart: how many of the horizons do not overlap.
        base_rate: the share of these that were won.
        uncertainty: the Brier score of that share for every deal.
        came_later: what deals that were in no forecast brought, as a share of all that came within the horizons.
        spreads: by forecaster, how much the next total will vary beyond independent deals, learnt from all origins.
        excluded: how many origins are left out, by reason.
        unjudged: how many open deals no forecaster was asked of, over all origins, by reason.
    """

    as_of: datetime
    horizon: timedelta
    currency: str
    methods: tuple[str, ...]
    scores: tuple[Score, ...]
    totals: tuple[OriginTotal, ...] = attrs.field(repr=lambda totals: f"<{len(totals)} totals>")
    n: int
    judged: int
    apart: int
    base_rate: float
    uncertainty: float
    came_later: float | None
    spreads: FrozenDict[str, Spread]
    excluded: FrozenDict[str, int]
    unjudged: FrozenDict[str, int]
    trials: tuple[Trial, ...] = attrs.field(repr=lambda trials: f"<{len(trials)} trials>")

    @classmethod
    def of(
        cls,
        trials: Sequence[Trial],
        methods: tuple[str, ...],
        as_of: datetime,
        horizon: timedelta,
        currency: str,
        excluded: FrozenDict[str, int],
    ) -> Backtest:
        """The report of trials, which are of one horizon, in order of time, and of the same forecasters."""
        weight, apart = overlap(trials, horizon)
        won = [outcome for each in trials for outcome in each.won]
        totals: list[OriginTotal] = []
        found: list[Score] = []
        spreads: dict[str, Spread] = {}
        for method in methods:
            rows, learnt = totals_of(trials, method, horizon, weight, currency)
            spreads[method] = learnt
            totals += rows
            found.append(score_of(trials, method, rows, won, currency))
        last = [row for each in trials if (row := last_total(each, currency)) is not None]
        if last:
            totals += last
            found.append(last_score(last))
        unjudged: defaultdict[str, int] = defaultdict(int)
        for each in trials:
            for reason, count in each.excluded.items():
                unjudged[reason] += count
        came, later = (math.fsum(values) for values in zip(*((t.actual, t.came_later) for t in trials), strict=True))
        rate = sum(won) / len(won)
        return cls(
            as_of,
            horizon,
            currency,
            methods,
            tuple(sorted(found, key=lambda row: (row.brier is None, row.brier or 0.0))),
            tuple(totals),
            len(trials),
            len(won),
            apart,
            rate,
            rate * (1 - rate),
            later / (came + later) if came + later else None,
            FrozenDict(spreads),
            excluded,
            FrozenDict(unjudged),
            tuple(trials),
        )

    @property
    def rows(self) -> tuple[Score, ...]:
        """The scores, one row a forecaster."""
        return self.scores

    @property
    def definition(self) -> str:
        """How the numbers are formed."""
        return (
            "each forecaster, fitted at each origin to the record as it stood then, forecast the "
            f"{_span(self.horizon)} from there: Brier score and log loss of each deal won in that time, and of the "
            "total the WAPE, the signed bias, the CRPS and the coverage of the 80 % interval, as stated, and widened "
            "by what earlier origins had taught by then. A deal that a forecaster leaves out counts as given no chance"
        )

    @property
    def cohort(self) -> str:
        """Which forecasts these are."""
        return (
            f"deals open at an origin, with an amount: {self.judged:,} forecasts of deals at {self.n} origins; "
            f"{self.apart} of the horizons do not overlap"
        )

    def score(self, method: str) -> Score:
        """The scores of one forecaster.

        Raises:
            OutOfRange: there is none of that name.
        """
        return next((row for row in self.scores if row.method == method), None) or self._unknown(method)

    def _unknown(self, method: str) -> Any:
        raise OutOfRange("method", method, f"one of {', '.join(row.method for row in self.scores)}")

    def said(self, method: str) -> tuple[list[float], list[bool]]:
        """Every probability that a forecaster gave, and whether the deal was won, over all origins.

        Raises:
            OutOfRange: there is no such forecaster, or it gives no probabilities.
        """
        if method not in self.methods:
            raise OutOfRange("method", method, f"one of {', '.join(self.methods)}")
        return (
            [p for each in self.trials for p in each.said[method].probabilities],
            [outcome for each in self.trials for outcome in each.won],
        )

    def calibration(
        self, method: str | None = None, *, bins: int = 10, level: float = 0.9
    ) -> tuple[CalibrationBin, ...]:
        """What was promised beside what came, in groups of equal size; of the best forecaster unless one is named.

        The intervals take forecasts as independent; those of one deal at several origins are not, so they are narrow.

        Raises:
            OutOfRange: there is no such forecaster, or `bins` or `level` cannot be.
        """
        return calibration_bins(*self.said(method or self.best), bins=bins, level=level)

    @property
    def best(self) -> str:
        """The forecaster to use: of those whose Brier score chance could explain, the one with the best totals.

        A forecaster stays in the choice when the lowest Brier score is less than one standard error below its own; of
        these, the one whose law of the total has the lowest CRPS is taken.
        """
        first = self.scores[0].method
        near = [
            row
            for row in self.scores
            if row.brier is not None and (row.method == first or self.compare(first, row.method).z < 1)
        ]
        return min(near, key=lambda row: row.crps.amount if row.crps is not None else Decimal(0)).method

    def compare(self, method: str, other: str) -> Comparison:
        """How the probabilities of one forecaster fare against those of another.

        Raises:
            OutOfRange: there is no such forecaster, or it gives no probabilities.
        """
        mine, won = self.said(method)
        theirs, _ = self.said(other)
        gains = [(q - y) ** 2 - (p - y) ** 2 for p, q, y in zip(mine, theirs, won, strict=True)]
        mean = fmean(gains)
        by_deal: defaultdict[str, float] = defaultdict(float)
        names = (deal for each in self.trials for deal in each.deals)
        better, place = 0, 0
        for deal, gain in zip(names, gains, strict=True):
            by_deal[deal] += gain - mean
        for each in self.trials:
            better += math.fsum(gains[place : place + len(each.deals)]) > 0
            place += len(each.deals)
        error = math.sqrt(math.fsum(value * value for value in by_deal.values())) / len(gains)
        level = scores.brier(theirs, won)
        z = mean / error if error else math.copysign(math.inf, mean) if mean else 0.0
        return Comparison(mean / level if level else 0.0, better, z)

    @property
    def verdict(self) -> str:
        """In words: which forecaster is best and by how much, what its interval is worth, and what to beware of."""
        return " ".join(self._sentences())

    def _sentences(self) -> Iterator[str]:
        best = self.score(self.best)
        others = [method for method in self.methods if method != best.method]
        missed = results.percent(best.wape)
        yield f"{best.method}: Brier {_plain(best.brier)}, total missed by {missed}, {_bias(best.bias)}."
        for other in others:
            yield self._versus(best.method, self.score(other))
        last = next((row for row in self.scores if row.method == LAST_PERIOD), None)
        if last is not None and last.wape is not None:
            yield f"{LAST_PERIOD.capitalize()} would have missed the total by {results.percent(last.wape)}."
        covered = results.percent(best.coverage)
        yield f"Its 80 % interval covered {covered} of {self.n} totals: {_advice(best.widen)}."
        yield f"Widened by what earlier origins taught, it covered {results.percent(best.learnt_coverage)}."
        if self.apart < FEW_ORIGINS:
            yield f"Only {self.apart} of the horizons do not overlap: what is said of totals may be chance."

    def _versus(self, best: str, other: Score) -> str:
        versus = self.compare(best, other.method)
        share = results.percent(abs(versus.skill))
        if abs(versus.z) < _BEYOND_CHANCE:
            told = f"It is level with {other.method}"
        else:
            told = f"It {'beats' if versus.z > 0 else 'loses to'} {other.method} by {share}"
        left = results.percent(other.silent)
        silent = f", which left out {left} of the deals" if other.silent >= _MANY else ""
        return f"{told}{silent} (Brier {_plain(other.brier)}; better at {versus.better_at} of {self.n} origins)."

    def to_rows(self) -> list[dict[str, Any]]:
        """The scores as plain dicts."""
        return results.plain_rows(self.scores)

    def report(self) -> Report:
        """What is shown."""
        header = ["forecaster", "Brier", "reliability", "resolution", "log loss", "WAPE", "bias"]
        header += [f"CRPS {self.currency}", "covered", "widen by", "covered, widened", "left out"]
        lines = [
            [
                row.method,
                *map(_plain, (row.brier, row.reliability, row.resolution, row.log_loss)),
                *map(results.percent, (row.wape, row.bias)),
                results.NOTHING if row.crps is None else f"{row.crps.amount:,.0f}",
                results.percent(row.coverage),
                _times(row.widen),
                results.percent(row.learnt_coverage),
                results.percent(row.silent),
            ]
            for row in self.scores
        ]
        later = f"{results.percent(self.came_later)} of all that came was of deals opened later."
        said = [*([] if self.came_later is None else [later]), *self._sentences()]
        title = f"Backtest, {_span(self.horizon)} ahead"
        left_out = {**self.excluded, **self.unjudged}
        told = (self.definition, self.cohort, self.n, left_out)
        return Report(title, self.as_of, [Grid(header, lines), Sentences(said)], *told)

    __str__ = reports.text
    _repr_html_ = reports.html


def _plain(value: float | None) -> str:
    return results.NOTHING if value is None else f"{value:.4f}"


def _times(value: float | None) -> str:
    return results.NOTHING if value is None or math.isinf(value) else f"{value:.1f} ×"


def _bias(value: float | None) -> str:
    if value is None:
        return "nothing ever came"
    if abs(value) < _UNBIASED:
        return "neither too high nor too low on the whole"
    return f"{results.percent(abs(value))} too {'high' if value > 0 else 'low'} on the whole"


def _advice(widen: float | None) -> str:
    if widen is None or math.isinf(widen):
        return "it says nothing about uncertainty"
    if widen > 1.05:
        return f"widen by {widen:.1f}"
    return "it is wide enough"


def _span(span: timedelta) -> str:
    return f"{span.days} days" if span % timedelta(days=1) == timedelta(0) else str(span)
