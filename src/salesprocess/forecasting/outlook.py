"""What a period will bring in the end: what has been won in it so far, and what a forecast expects of the rest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

import attrs

from salesprocess.analytics.valuations import Value, value_of
from salesprocess.deal import Deal
from salesprocess.errors import OutOfRange
from salesprocess.forecasting.assembly import NO_AMOUNT, WON
from salesprocess.forecasting.book import as_of_each
from salesprocess.forecasting.forecasts import DealForecast, Forecast
from salesprocess.forecasting.values import NO_VALUE
from salesprocess.frozen import FrozenDict
from salesprocess.money import Money, check_rates


def outlook(
    forecast: Forecast,
    deals: Iterable[Deal],
    *,
    value: Value = "amount",
    rates: Mapping[str, Decimal] | None = None,
) -> Forecast:
    """The forecast of a period with the deals that have been won in it, as certain as they are.

    A quota is for the whole period, and so are the questions about it: how likely it is, what it hangs on, what must be
    true to reach it, why the number moved. A forecast speaks of open deals alone; the outlook answers for all. What is
    won moves no more: assumptions and what-ifs leave it alone unless they name it, and it brings what it is worth.

    Args:
        forecast: of a period, in which deals count as won by the moment they were closed.
        deals: the record that the forecast was made of; what was recorded after its moment is not known here.
        value: what counts as the worth of a won deal; the same as in the forecast.
        rates: what one unit of other currencies is worth in that of the forecast.

    Raises:
        OutOfRange: the forecast is of any time, or an outlook already.
        MissingRate: names every currency of the won deals that `rates` lacks.
        DuplicateDeal: the book is wrong.

    >>> from datetime import UTC, datetime, timedelta
    >>> from salesprocess import Calendar, Process, Stage
    >>> from salesprocess.forecasting import CompetingRisks
    >>> solar = Process("solar", stages=[Stage("offer", probability=0.5), Stage.won("won"), Stage.lost("lost")])
    >>> at, day = datetime(2026, 1, 5, tzinfo=UTC), timedelta(days=1)
    >>> book = [solar.open(name, at=at, amount=Money(1000, "EUR")) for name in ("A", "B")]
    >>> book[0] = solar.win(book[0], at=at + 5 * day)
    >>> now, quarter = at + 10 * day, Calendar().quarters(2026)[0]
    >>> forecast = CompetingRisks(prior=solar).fit([], as_of=now).forecast(book, period=quarter, as_of=now)
    >>> whole = outlook(forecast, book)
    >>> whole.expected - forecast.expected, whole.probability_of(Money(1000, "EUR"))
    (Money('1000.000000000000', 'EUR'), 1.0)
    """
    period = forecast.period
    if period is None:
        raise OutOfRange("forecast", forecast.title, "one of a period")
    if any(row.won for row in forecast.deals):
        raise OutOfRange("forecast", forecast.title, "without the won deals, which it has already")
    known, _ = as_of_each(deals, forecast.as_of)
    won = [deal for deal in known if deal.status == "won" and deal.closed_at is not None and deal.closed_at in period]
    worths = [(deal, value_of(deal, value)) for deal in won]
    check_rates((worth.currency for _, worth in worths if worth is not None), forecast.currency, rates or {})
    rows = [_row(deal, worth, forecast, rates or {}) for deal, worth in worths if worth is not None]
    silent = tuple(deal.id for deal, worth in worths if worth is None)
    names = {deal.id for deal in won}
    excluded = {why: tuple(deal for deal in left if deal not in names) for why, left in forecast.excluded.items()}
    if silent:
        why = NO_AMOUNT if value == "amount" else NO_VALUE
        excluded[why] = (*excluded.get(why, ()), *silent)
    return attrs.evolve(
        forecast.with_rows([*forecast.deals, *rows]),
        excluded=FrozenDict({why: left for why, left in excluded.items() if left}),
        method_definition=f"{forecast.method_definition}; deals {WON} in the period bring what they are worth",
    )


def _row(deal: Deal, worth: Money, forecast: Forecast, rates: Mapping[str, Decimal]) -> DealForecast:
    amount = worth.to(forecast.currency, rates)
    at = deal.closed_at and forecast.period and deal.closed_at.astimezone(forecast.period.tz)
    return DealForecast(
        deal.id,
        amount,
        1.0,
        amount,
        f"won on {at:%Y-%m-%d}",
        deal.owner,
        deal.stage,
        "closed",
        at.date() if at else None,
        stated=None if worth.currency == forecast.currency else worth,
        won=True,
    )
