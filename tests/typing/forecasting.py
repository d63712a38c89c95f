"""A backtest takes forecasters that are not fitted, and a forecaster of one's own needs no base class."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal

from salesprocess import Deal, Period, Process
from salesprocess.forecasting import Backtest, CompetingRisks, Forecast, StageWeighted, backtest, origins


class FittedMine:
    def forecast(
        self,
        deals: Iterable[Deal],
        *,
        period: Period | None,
        as_of: datetime,
        currency: str | None = None,
        rates: Mapping[str, Decimal] | None = None,
    ) -> Forecast:
        raise NotImplementedError


class Mine:
    method = "mine"

    def fit(self, deals: Iterable[Deal], *, as_of: datetime) -> FittedMine:
        return FittedMine()


def judged(process: Process, deals: list[Deal], now: datetime) -> Backtest:
    moments, week = origins(now, now), timedelta(days=7)
    backtest([StageWeighted(process), Mine()], deals, origins=moments, horizon=week)
    backtest({"one": CompetingRisks(), "other": CompetingRisks(process)}, deals, origins=moments, horizon=week)
    backtest([StageWeighted(process).fit(deals, as_of=now)], deals, origins=moments, horizon=week)  # type: ignore[list-item]
    backtest([StageWeighted], deals, origins=moments, horizon=week)  # type: ignore[list-item]
    backtest([Mine()], deals, origins=moments, horizon=7)  # type: ignore[arg-type]
    return backtest([Mine()], deals, moments, week)  # type: ignore[call-arg]
