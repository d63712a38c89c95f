"""Simple forecasters for the tests of backtests: they say what they are told to, or what really was true."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from decimal import Decimal

import attrs

from salesprocess import Deal, Period
from salesprocess.errors import NoHistory
from salesprocess.forecasting import DealForecast, Forecast, revenue
from salesprocess.forecasting.book import as_of_each, weighted
from salesprocess.frozen import EMPTY, FrozenDict

Chance = Callable[[Deal, Period, datetime], float | None]


@attrs.frozen
class Says:
    """Gives each open deal with an amount the chance that a function tells; None leaves it out."""

    method: str
    chance: Chance
    needs: int = 0

    def fit(self, deals: Iterable[Deal], *, as_of: datetime) -> FittedSays:
        book = list(deals)
        assert all(deal.updated_at <= as_of for deal in book), "a forecaster must not see the future"
        if len(book) < self.needs:
            raise NoHistory(f"{len(book)} deals are too few")
        return FittedSays(self.method, self.chance, as_of)


@attrs.frozen
class FittedSays:
    method: str
    chance: Chance
    fitted_as_of: datetime

    def forecast(
        self,
        deals: Iterable[Deal],
        *,
        period: Period | None,
        as_of: datetime,
        currency: str | None = None,
        rates: Mapping[str, Decimal] | None = None,
    ) -> Forecast:
        assert period is not None
        assert currency is not None
        known, _ = as_of_each(deals, as_of)
        rows = []
        for deal in known:
            chance = self.chance(deal, period, as_of) if deal.status == "open" and deal.amount else None
            if chance is None or deal.amount is None:
                continue
            amount = deal.amount.to(currency, rates or {})
            expected = weighted(amount, chance)
            rows.append(
                DealForecast(deal.id, amount, chance, expected, "told to", deal.owner, deal.stage, "pipeline", None)
            )
        law = revenue.distribution(((row.amount, row.probability) for row in rows), currency)
        return Forecast(self.method, period, as_of, "", tuple(rows), FrozenDict(EMPTY), law, "told")
