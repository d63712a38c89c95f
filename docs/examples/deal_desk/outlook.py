"""The forecast of the book, computed when the book or the day has changed."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal

from deal_desk.store import DealStore
from deal_desk.views import ForecastView, MoneyBody
from salesprocess import Calendar, Process, SalesProcessWarning, forecasting

_LEVEL = 0.8


class Outlook:
    """What is expected by month, learnt from the deals of the store themselves.

    A model of competing risks is fitted; stages with little history lean on the priors of the process. Let
    `forecasting.forecast` choose the method by backtest in a nightly job, when there is history to choose by.
    """

    def __init__(self, store: DealStore, process: Process, currency: str, rates: Mapping[str, Decimal]) -> None:
        self._store, self._process, self._currency, self._rates = store, process, currency, rates
        self._kept: tuple[tuple[int, date, int], list[ForecastView]] | None = None

    def by_month(self, now: datetime, months: int) -> list[ForecastView]:
        """The months from now on: what is expected, and from where to where 80 % of the outcomes lie."""
        asked = (self._store.size(), now.date(), months)
        if self._kept is None or self._kept[0] != asked:
            self._kept = (asked, self._computed(now, months))
        return self._kept[1]

    def _computed(self, now: datetime, months: int) -> list[ForecastView]:
        deals = [deal for deal in self._store.all() if deal.process == self._process.name]
        if not deals:
            return []
        told: list[ForecastView] = []
        with warnings.catch_warnings():  # a young book has a thin history; the interval on the page says so
            warnings.simplefilter("ignore", SalesProcessWarning)
            model = forecasting.CompetingRisks(prior=self._process).fit(deals, as_of=now)
            for month in Calendar(tz="UTC").months_from(now, months):
                forecast = model.forecast(deals, period=month, as_of=now, currency=self._currency, rates=self._rates)
                low, high = forecast.interval(_LEVEL)
                told.append(
                    ForecastView(
                        start=month.start,
                        end=month.end,
                        expected=MoneyBody.of(forecast.expected),
                        low=MoneyBody.of(low),
                        high=MoneyBody.of(high),
                        level=_LEVEL,
                        method=forecast.method,
                    )
                )
        return told
