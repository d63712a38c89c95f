"""Simple forecasters for the tests of backtests: they say what they are told to, or what really was true."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from decimal import Decimal

import attrs

from salesprocess import Deal, Period
from salesprocess.errors import NoHistory
from salesprocess.forecasting import Estimate, Forecast, assembled

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
        def estimate(deal: Deal) -> Estimate | str:
            assert period is not None
            chance = self.chance(deal, period, as_of)
            return "has nothing to say" if chance is None else Estimate(chance, "told to")

        return assembled(
            deals,
            estimate,
            method=self.method,
            definition="what it was told",
            period=period,
            as_of=as_of,
            currency=currency,
            rates=rates,
        )
