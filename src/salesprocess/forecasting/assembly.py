"""From the chance of each deal to a forecast: which deals are in it, what they are worth, and the law of their sum."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal

import attrs

from salesprocess import given
from salesprocess.analytics.cohort import NOT_OPENED
from salesprocess.analytics.worth import settled
from salesprocess.deal import Deal
from salesprocess.errors import OutOfRange
from salesprocess.forecasting.book import as_of_each, today, weighted
from salesprocess.forecasting.forecasts import OVERDUE, DealForecast, Forecast
from salesprocess.forecasting.revenue import distribution
from salesprocess.frozen import FrozenDict
from salesprocess.money import Money, check_rates
from salesprocess.stages import ForecastCategory
from salesprocess.timing import Period, instant

WON, LOST, ON_HOLD, NO_AMOUNT = "won", "lost", "on hold", "no amount"
"""Why a deal is in no forecast, whatever the method."""

UNSCHEDULED, OUTSIDE = "no expected close", "expected to close outside the period"
"""Why a deal is in no forecast of a method that goes by the expected close, beside `OVERDUE`."""


@attrs.frozen
class Estimate:
    """The probability that a method gives to one deal, and why.

    Args:
        probability: between 0 and 1.
        because: where it comes from, in words.
        extrapolated: it reaches beyond what the history has seen.

    Raises:
        OutOfRange: the probability is none.

    >>> Estimate(0.4, "four of ten such deals were won").probability
    0.4
    """

    probability: float
    because: str
    extrapolated: bool = False

    def __attrs_post_init__(self) -> None:
        if not 0 <= self.probability <= 1:
            raise OutOfRange("probability", self.probability, "between 0 and 1")


def assembled(
    deals: Iterable[Deal],
    estimate: Callable[[Deal], Estimate | str],
    *,
    method: str,
    definition: str,
    period: Period | None,
    as_of: datetime,
    currency: str | None = None,
    rates: Mapping[str, Decimal] | None = None,
    category: Callable[[Deal], ForecastCategory] | None = None,
    tuning: str = "",
    by_expected_close: bool = False,
) -> Forecast:
    """The forecast of a method that can tell the chance of one deal: all that a forecaster of your own has to add.

    In it are the open deals with an amount. Closed ones are a fact, those on hold wait, and nobody knows what those
    without an amount would bring: they are excluded, as are deals of which `estimate` says why it says nothing.

    Args:
        deals: the book, as it stands or later; what was recorded after `as_of` is not known here.
        estimate: the chance of a deal, as it stood at `as_of`, or why there is none.
        method: the name of the method.
        definition: how it forms the chances.
        period: when a deal must be won to count; None is any time.
        as_of: the moment of which the forecast speaks.
        currency: the currency of the result; None takes the only one that occurs.
        rates: what one unit of other currencies is worth in it.
        category: the forecast category of a deal; None takes the one stated for the deal, or else `pipeline`.
        tuning: the name of the priors, where `Process.retune` changed them.
        by_expected_close: leave out, when there is a period, the deals that nobody expects to close in it: a method
            that does not know of time needs it. Overdue ones are among them: nobody has said when they will close.

    Raises:
        CurrencyMismatch, NoHistory: no currency is given, and several occur, or none.
        MissingRate: names every currency of the deals counted that `rates` lacks.
        DuplicateDeal, NaiveDatetime: the book or `as_of` is wrong.

    >>> from salesprocess import Process, Stage
    >>> solar = Process("solar", stages=[Stage("lead"), Stage.won("won"), Stage.lost("lost")])
    >>> at = datetime(2026, 1, 5, tzinfo=UTC)
    >>> deal = solar.open("ACME-1", at=at, amount=Money(48000, "EUR"))
    >>> forecast = assembled(
    ...     [deal],
    ...     lambda deal: Estimate(0.25, "a guess"),
    ...     method="guess",
    ...     definition="a quarter of everything",
    ...     period=None,
    ...     as_of=at,
    ... )
    >>> forecast.expected, forecast.deals[0].because
    (Money('12000.00', 'EUR'), 'a guess')
    """
    as_of = instant(as_of, "as_of")
    known, later = as_of_each(deals, as_of)
    excluded: dict[str, list[str]] = {NOT_OPENED: later} if later else {}
    counted: list[tuple[Deal, Money, Estimate]] = []
    day = today(as_of, UTC if period is None else given.a(Period, period, "period").tz)
    for deal in known:
        amount = deal.amount
        found: Estimate | str = out_of_scope(deal)
        if not found and by_expected_close and period is not None:
            found = _not_expected(deal, period, day)
        if not found:
            found = NO_AMOUNT if amount is None else estimate(deal)
        if isinstance(found, str) or amount is None:
            excluded.setdefault(str(found), []).append(deal.id)
        else:
            counted.append((deal, amount, found))
    currency, exchange = settled(currency, (amount for _, amount, _ in counted)), rates or {}
    check_rates((amount.currency for _, amount, _ in counted), currency, exchange)
    rows: list[DealForecast] = []
    for deal, amount, found in counted:
        worth, close = amount.to(currency, exchange), deal.expected_close
        rows.append(
            DealForecast(
                deal.id,
                worth,
                found.probability,
                weighted(worth, found.probability),
                found.because,
                deal.owner,
                deal.stage,
                _stated(deal) if category is None else category(deal),
                close,
                close is not None and close < day,
                None if amount.currency == currency else amount,
                found.extrapolated,
            )
        )
    return Forecast(
        method,
        period,
        as_of,
        tuning,
        tuple(sorted(rows, key=lambda row: (-row.expected.amount, row.deal))),
        FrozenDict({why: tuple(ids) for why, ids in excluded.items()}),
        distribution(((row.amount, row.probability) for row in rows), currency),
        definition,
    )


def out_of_scope(deal: Deal) -> str:
    """Why a deal is no matter of any forecast, whatever it is worth; empty when it is.

    >>> from salesprocess import Process, Stage
    >>> solar = Process("solar", stages=[Stage("lead"), Stage.won("won"), Stage.lost("lost")])
    >>> at = datetime(2026, 1, 5, tzinfo=UTC)
    >>> out_of_scope(solar.hold(solar.open("ACME-1", at=at), at=at))
    'on hold'
    """
    if deal.outcome is not None:
        return WON if deal.status == "won" else LOST
    return ON_HOLD if deal.status == "on_hold" else ""


def _not_expected(deal: Deal, period: Period, day: date) -> str:
    if deal.expected_close is None:
        return UNSCHEDULED
    if deal.expected_close < day:
        return OVERDUE
    return "" if deal.expected_close in period else OUTSIDE


def _stated(deal: Deal) -> ForecastCategory:
    return deal.category or "pipeline"
