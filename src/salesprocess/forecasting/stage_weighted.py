"""The baseline: each deal counts with the probability of its stage."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal

import attrs

from salesprocess.analytics.cohort import NOT_OPENED
from salesprocess.deal import Deal
from salesprocess.forecasting.book import (
    Rulebooks,
    as_of_each,
    category_of,
    rulebook_of_each,
    settled,
    today,
    tunings,
    weighted,
)
from salesprocess.forecasting.forecasts import OVERDUE, DealForecast, Forecast
from salesprocess.forecasting.revenue import distribution
from salesprocess.frozen import FrozenDict
from salesprocess.money import Money, check_rates
from salesprocess.process import Process
from salesprocess.timing import Period, instant

WON, LOST, ON_HOLD, UNSCHEDULED = "won", "lost", "on hold", "no expected close"
OUTSIDE, NO_AMOUNT, NO_PRIOR = "expected to close outside the period", "no amount", "no probability for the stage"


@attrs.frozen
class StageWeighted:
    """The weighted pipeline: Σ amount × probability of the stage, over the open deals expected to close in the period.

    A probability that a person stated for a deal wins over that of the stage. The labelled baseline that any other
    method has to beat.

    Args:
        process: the rulebook of the deals, or a catalog of several.

    >>> from datetime import UTC, date
    >>> from salesprocess.stages import Stage
    >>> from salesprocess.timing import Calendar
    >>> stages = [Stage("offer", probability=0.5), Stage.won("won"), Stage.lost("lost")]
    >>> solar = Process("solar", stages=stages)
    >>> at = datetime(2026, 1, 5, tzinfo=UTC)
    >>> deal = solar.open("ACME-1", at=at, amount=Money(48000, "EUR"), expected_close=date(2026, 2, 1))
    >>> model = StageWeighted(solar).fit([], as_of=at)
    >>> forecast = model.forecast([deal], period=Calendar().quarters(2026)[0], as_of=at, currency="EUR")
    >>> forecast.expected, forecast.deals[0].because
    (Money('24000.00', 'EUR'), 'prior of the stage offer, solar version 1')
    """

    process: Rulebooks

    method = "stage-weighted"

    def fit(self, deals: Iterable[Deal], *, as_of: datetime) -> FittedStageWeighted:
        """The method ready to forecast; it takes its probabilities from the rulebook and learns nothing from the deals.

        Raises:
            NaiveDatetime: `as_of` has no time zone.
        """
        del deals
        return FittedStageWeighted(self.process, instant(as_of, "as_of"))


@attrs.frozen
class FittedStageWeighted:
    """`StageWeighted`, fitted at `fitted_as_of`."""

    process: Rulebooks
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
        """What the open deals that are expected to close in `period` will bring.

        Deals on hold are left out, as are closed ones: won business is a fact, not a forecast (see `rollup`). So are
        overdue ones, whose expected close has passed: nobody has said when they will close instead. Deals of every
        category count, omitted ones too, which `rollup` keeps out of its open pipeline.

        Args:
            deals: the book, as it stands or later; what was recorded after `as_of` is not known here.
            period: the expected close lies in it; None takes every open deal, scheduled or not, overdue or not.
            as_of: the moment of which the forecast speaks.
            currency: the currency of the result; None takes the only one that occurs.
            rates: what one unit of other currencies is worth in it.

        Raises:
            CurrencyMismatch, NoHistory: no currency is given, and several occur, or none.
            MissingRate: names every currency of the deals counted that `rates` lacks.
            DuplicateDeal, WrongProcess, UnknownProcess, UnknownStage, NaiveDatetime: the book or `as_of` is wrong.
        """
        as_of = instant(as_of, "as_of")
        known, later = as_of_each(deals, as_of)
        excluded: dict[str, list[str]] = {NOT_OPENED: later} if later else {}
        rulebooks = rulebook_of_each(self.process, (deal for deal in known if deal.status == "open"))
        counted: list[tuple[Deal, Process, Money, float]] = []
        for deal in known:
            why, amount, probability = _out_of_scope(deal, period, as_of), deal.amount, None
            if not why:
                process = rulebooks[deal.process, deal.version]
                probability = process.probability(deal).value
                if amount is None:
                    why = NO_AMOUNT
                elif probability is None:
                    why = NO_PRIOR
                else:
                    counted.append((deal, process, amount, probability))
            if why:
                excluded.setdefault(why, []).append(deal.id)
        currency, exchange = settled(currency, (amount for _, _, amount, _ in counted)), rates or {}
        check_rates((amount.currency for _, _, amount, _ in counted), currency, exchange)
        rows = [
            _row(deal, process, amount, amount.to(currency, exchange), probability, period, as_of)
            for deal, process, amount, probability in counted
        ]
        return Forecast(
            StageWeighted.method,
            period,
            as_of,
            tunings(process for _, process, _, _ in counted),
            tuple(sorted(rows, key=lambda row: (-row.expected.amount, row.deal))),
            FrozenDict({why: tuple(ids) for why, ids in excluded.items()}),
            distribution(((row.amount, row.probability) for row in rows), currency),
            "Σ amount × probability of the stage, a probability stated for the deal before it; deals of every "
            "category, omitted ones too",
        )


def _overdue(deal: Deal, period: Period | None, as_of: datetime) -> bool:
    return deal.expected_close is not None and deal.expected_close < today(as_of, UTC if period is None else period.tz)


def _out_of_scope(deal: Deal, period: Period | None, as_of: datetime) -> str:
    """Why a deal is no matter of the forecast, whatever it is worth; empty when it is."""
    if deal.status in ("won", "lost"):
        return WON if deal.status == "won" else LOST
    if deal.status == "on_hold":
        return ON_HOLD
    if period is None:
        return ""
    if deal.expected_close is None:
        return UNSCHEDULED
    if _overdue(deal, period, as_of):
        return OVERDUE
    return "" if deal.expected_close in period else OUTSIDE


def _row(
    deal: Deal,
    process: Process,
    stated: Money,
    amount: Money,
    probability: float,
    period: Period | None,
    as_of: datetime,
) -> DealForecast:
    prior = process.stage(deal.stage).probability
    rulebook = f"{process.name} version {process.version}"
    if process.tuning:
        rulebook += f", tuning {process.tuning}"
    because = f"prior of the stage {deal.stage}, {rulebook}"
    if process.probability(deal).source == "manual":
        stage_says = "has no prior" if prior is None else f"has the prior {prior}"
        because = f"stated for this deal by a person; the stage {deal.stage} {stage_says}, {rulebook}"
    overdue = _overdue(deal, period, as_of)
    if overdue:
        because += f"; its expected close, {deal.expected_close}, has passed"
    return DealForecast(
        deal.id,
        amount,
        probability,
        weighted(amount, probability),
        because,
        deal.owner,
        deal.stage,
        category_of(process, deal),
        deal.expected_close,
        overdue,
        None if stated.currency == amount.currency else stated,
    )
