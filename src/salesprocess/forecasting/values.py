"""What counts as the worth of a deal: its amount, or what recurs a month, a year or over the whole contract."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal

import attrs

from salesprocess.analytics.valuations import Value, counted_as, meaning, value_of
from salesprocess.analytics.worth import settled
from salesprocess.deal import Deal, evolve
from salesprocess.events import Amended
from salesprocess.forecasting.book import as_of_each
from salesprocess.forecasting.forecasts import Fitted, Forecast
from salesprocess.frozen import FrozenDict
from salesprocess.money import Money, check_rates
from salesprocess.timing import Period, instant

NO_VALUE = "no value: no line items, or nothing that the valuation could read"


@attrs.frozen
class Valued:
    """A fitted forecaster whose forecasts count another worth of the same deals; probabilities are those of the model.

    Args:
        model: any fitted forecaster.
        value: what counts: a measure, or a function of the deal as it stood, which returns `Money` or None.

    >>> from salesprocess.forecasting.stage_weighted import StageWeighted
    >>> from datetime import UTC
    >>> from salesprocess import Fact, Process, Stage
    >>> stages = [Stage("offer", probability=0.5), Stage.won("won"), Stage.lost("lost")]
    >>> saas = Process("saas", facts=[Fact("mrr", Money)], stages=stages)
    >>> at = datetime(2026, 1, 5, tzinfo=UTC)
    >>> deal = saas.open("ACME-1", at=at, facts={"mrr": Money(100, "EUR")})
    >>> model = Valued(StageWeighted(saas).fit([], as_of=at), lambda deal: deal.facts.get("mrr"))
    >>> model.forecast([deal], period=None, as_of=at).expected
    Money('50.00', 'EUR')
    """

    model: Fitted
    value: Value

    def forecast(
        self,
        deals: Iterable[Deal],
        *,
        period: Period | None,
        as_of: datetime,
        currency: str | None = None,
        rates: Mapping[str, Decimal] | None = None,
    ) -> Forecast:
        """What the open deals will bring, counted as `value` says; deals that it cannot value are excluded.

        Raises:
            OutOfRange, WrongKind, NegativeAmount: the valuation cannot be what it is given, or gives.
            CurrencyMismatch, NoHistory, MissingRate, DuplicateDeal, NaiveDatetime: as of the model.
        """
        as_of = instant(as_of, "as_of")
        book = list(deals)
        known, _ = as_of_each(book, as_of)
        worth = {deal.id: value_of(deal, self.value) for deal in known}
        # A deal is in the scope of the model only with an amount; where it has none, its value stands in for it.
        lacking = {
            deal.id: _with_amount(deal, amount, as_of)
            for deal in known
            if not deal.amount and (amount := worth[deal.id])
        }
        prepared = [lacking.get(deal.id, deal) for deal in book]
        if currency is None:
            valued = [amount for deal in known if deal.outcome is None and (amount := worth[deal.id]) is not None]
            currency = settled(None, valued)
        exchange = rates or {}
        found = self.model.forecast(prepared, period=period, as_of=as_of, currency=currency, rates=rates)
        values = {row.deal: value for row in found.deals if (value := worth[row.deal]) is not None}
        check_rates((value.currency for value in values.values()), found.currency, exchange)
        rows = [
            attrs.evolve(
                row,
                amount=(stated := values[row.deal]).to(found.currency, exchange),
                stated=None if stated.currency == found.currency else stated,
            )
            for row in found.deals
            if row.deal in values
        ]
        left_out = tuple(row.deal for row in found.deals if row.deal not in values)
        return attrs.evolve(
            found.with_rows(rows),
            method_definition=counted_as(found.method_definition, meaning(self.value)),
            excluded=FrozenDict({**found.excluded, NO_VALUE: left_out}) if left_out else found.excluded,
        )


def _with_amount(deal: Deal, amount: Money, as_of: datetime) -> Deal:
    at = max(as_of, deal.updated_at)
    return evolve(
        deal,
        Amended(deal=deal.id, revision=deal.revision + 1, at=at, terms=FrozenDict(amount=amount)),
    )
