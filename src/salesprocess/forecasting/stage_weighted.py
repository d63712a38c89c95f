"""The baseline: each deal counts with the probability of its stage."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal

import attrs

from salesprocess import given
from salesprocess.deal import Deal
from salesprocess.forecasting.assembly import Estimate, assembled
from salesprocess.forecasting.book import Rulebooks, category_of, rulebook_of_each, today, tunings
from salesprocess.forecasting.forecasts import Forecast
from salesprocess.process import Process
from salesprocess.timing import Period, instant

NO_PRIOR = "no probability for the stage"
"""Why the method says nothing of a deal."""


@attrs.frozen
class StageWeighted:
    """The weighted pipeline: Σ amount × probability of the stage, over the open deals expected to close in the period.

    A probability that a person stated for a deal wins over that of the stage. The labelled baseline that any other
    method has to beat.

    Args:
        process: the rulebook of the deals, or a catalog of several.

    >>> from datetime import date
    >>> from salesprocess.money import Money
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
        book = list(deals)
        then = (deal for each in book if (deal := each.as_of(as_of)) is not None and deal.status == "open")
        rulebooks = rulebook_of_each(self.process, then)
        day = today(as_of, UTC if period is None else given.a(Period, period, "period").tz)

        def rules(deal: Deal) -> Process:
            return rulebooks[deal.process, deal.version]

        def estimate(deal: Deal) -> Estimate | str:
            probability = rules(deal).probability(deal).value
            if probability is None:
                return NO_PRIOR
            because = _because(deal, rules(deal))
            if deal.expected_close is not None and deal.expected_close < day:
                because += f"; its expected close, {deal.expected_close}, has passed"
            return Estimate(probability, because)

        return assembled(
            book,
            estimate,
            method=StageWeighted.method,
            definition=(
                "Σ amount × probability of the stage, a probability stated for the deal before it; deals of every "
                "category, omitted ones too"
            ),
            period=period,
            as_of=as_of,
            currency=currency,
            rates=rates,
            category=lambda deal: category_of(rules(deal), deal),
            tuning=tunings(rulebooks.values()),
            by_expected_close=True,
        )


def _because(deal: Deal, process: Process) -> str:
    prior = process.stage(deal.stage).probability
    rulebook = f"{process.name} version {process.version}"
    if process.tuning:
        rulebook += f", tuning {process.tuning}"
    if process.probability(deal).source != "manual":
        return f"prior of the stage {deal.stage}, {rulebook}"
    stage_says = "has no prior" if prior is None else f"has the prior {prior}"
    return f"stated for this deal by a person; the stage {deal.stage} {stage_says}, {rulebook}"
