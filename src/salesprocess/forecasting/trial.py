"""One origin of a backtest: each forecaster learns from what was known then, and speaks; then it is told what came."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

import attrs

from salesprocess.deal import Deal
from salesprocess.errors import NoHistory
from salesprocess.forecasting import scores
from salesprocess.forecasting.forecasts import Forecast, Forecaster
from salesprocess.forecasting.hindsight import Hindsight, hindsight
from salesprocess.frozen import FrozenDict
from salesprocess.timing import Period

SAMPLES = 200
"""So many points, each of equal chance, stand for the law of a total once its scores are computed."""
LEVEL = 0.8
"""The level of the intervals that a backtest judges."""


@attrs.frozen
class Said:
    """What one forecaster said at one origin, and what the law of its total scored.

    Attributes:
        probabilities: for each judged deal; 0 for those it left out.
        silent: how many it left out.
        expected, sd, low, high: of its total, and the central 80 % interval.
        crps, pit: of the law of its total.
        sample: quantiles of that law in equal steps.
    """

    probabilities: tuple[float, ...] = attrs.field(repr=False)
    silent: int
    expected: float
    sd: float
    low: float
    high: float
    crps: float
    pit: float
    sample: tuple[float, ...] = attrs.field(repr=False)


@attrs.frozen
class Trial:
    """What was said and what came at one origin.

    Attributes:
        origin: when the forecasts were made.
        deals: the judged deals.
        won: whether each was won within the horizon.
        actual: what these brought.
        came_later: what others brought.
        last: what the deals open one horizon earlier brought until the origin; None where the record does not reach.
        said: by forecaster.
        excluded: how many open deals are not judged, by reason.
        failed: why there is no forecast; empty when there is one of every forecaster.
    """

    origin: datetime
    deals: tuple[str, ...] = attrs.field(repr=False)
    won: tuple[bool, ...] = attrs.field(repr=False)
    actual: float
    came_later: float
    last: float | None
    said: FrozenDict[str, Said]
    excluded: FrozenDict[str, int]
    failed: str = ""


def trial(
    deals: Sequence[Deal],
    forecasters: Mapping[str, Forecaster],
    horizon: timedelta,
    currency: str,
    rates: Mapping[str, Decimal],
    begin: datetime,
    origin: datetime,
) -> Trial:
    """What each forecaster, fitted at `origin`, says of the horizon from there, beside what came.

    Args:
        deals: the whole record; each forecaster sees it as it stood at the origin.
        forecasters: by name.
        horizon: how far ahead.
        currency, rates: of the totals.
        begin: when the record begins.
        origin: the moment.
    """
    end = origin + horizon
    seen = hindsight(deals, origin=origin, end=end, currency=currency, rates=rates)
    last = None
    if origin - horizon >= begin:
        last = hindsight(seen.known, origin=origin - horizon, end=origin, currency=currency, rates=rates).actual
    said: dict[str, Said] = {}
    failed = ""
    for name, forecaster in forecasters.items():
        try:
            fitted = forecaster.fit(seen.known, as_of=origin)
            period = Period(origin, end)
            forecast = fitted.forecast(seen.known, period=period, as_of=origin, currency=currency, rates=rates)
        except NoHistory:
            failed = f"nothing to learn from for {name}"
            break
        said[name] = _said(forecast, seen)
    return Trial(
        origin,
        seen.judged,
        seen.won,
        float(seen.actual.amount),
        float(seen.came_later.amount),
        None if last is None else float(last.amount),
        FrozenDict(said),
        seen.excluded,
        failed,
    )


def _said(forecast: Forecast, seen: Hindsight) -> Said:
    stated = {row.deal: row.probability for row in forecast.deals}
    probabilities = tuple(stated.get(deal, 0.0) for deal in seen.judged)
    revenue, actual = forecast.revenue, float(seen.actual.amount)
    points = [float(amount) for amount in revenue.amounts]
    low, high = revenue.interval(LEVEL)
    return Said(
        probabilities,
        sum(deal not in stated for deal in seen.judged),
        float(revenue.expected.amount),
        float(revenue.sd.amount),
        float(low.amount),
        float(high.amount),
        scores.crps(points, revenue.chances, actual),
        scores.pit(points, revenue.chances, actual),
        tuple(float(revenue.quantile((place + 0.5) / SAMPLES).amount) for place in range(SAMPLES)),
    )
