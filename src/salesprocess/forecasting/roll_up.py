"""The whole book in one table: every deal counted exactly once, in a period or in a row that says why in none."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from decimal import Decimal
from itertools import combinations

from salesprocess.analytics.cohort import NOT_OPENED
from salesprocess.analytics.valuations import Value, value_of
from salesprocess.deal import Deal
from salesprocess.errors import OutOfRange
from salesprocess.forecasting.assembly import LOST, NO_AMOUNT, WON
from salesprocess.forecasting.book import (
    Rulebooks,
    as_of_each,
    category_of,
    rulebook_of_each,
    today,
    tunings,
    weighted,
)
from salesprocess.forecasting.forecasts import Fitted, Forecast
from salesprocess.forecasting.rollup_rows import Line, Place, Rollup, RollupDeal, of_deals
from salesprocess.forecasting.values import NO_VALUE, Valued
from salesprocess.frozen import tuple_of
from salesprocess.money import Money, check_rates
from salesprocess.stages import ForecastCategory
from salesprocess.timing import Period, instant

NO_PRIOR = "deal whose stage has no probability: in count and amount, not in the weighted amount"
CALLED_CLOSED = "open deal that somebody put in the category closed: counted as commit"
NOT_SAID = "deal of which the model says nothing: in count and amount, not in the weighted amount"


def rollup(
    deals: Iterable[Deal],
    process: Rulebooks,
    *,
    periods: Sequence[Period],
    as_of: datetime,
    currency: str,
    rates: Mapping[str, Decimal] | None = None,
    model: Fitted | None = None,
    assuming: Callable[[Forecast], Forecast] | None = None,
    value: Value = "amount",
) -> Rollup:
    """The whole book, every deal exactly once; what is in no period has a row that says why.

    A deal stands in the first line that applies, in this order: lost; no amount; won; on hold; unscheduled; overdue;
    the period of its expected close, or outside.

    With a model, its probabilities weigh instead of those of the rulebook, and each line says what it brings in each
    period: a deal that is expected in this quarter may come in the next, and an overdue one in any.

    Args:
        deals: the book, as it stands or later; what was recorded after `as_of` is not known here.
        process: the rulebook of the deals, or a catalog of several; only open ones are looked up.
        periods: apart from one another and in one time zone, in which days begin; gaps are fine.
        as_of: the moment of which it speaks.
        currency: the currency of the result.
        rates: what one unit of other currencies is worth in it.
        model: a fitted forecaster; None weighs by the rulebook.
        assuming: what the forecast of each period assumes beyond the model, such as
            `lambda forecast: forecast.assuming(dependence=fc.Shock(0.4))`; None leaves it as the model makes it.
        value: what counts as the worth of a deal: its amount, recurring revenue, contract value, or a function of
            yours; for the model as well. A deal that it cannot value stands with those without an amount.

    Raises:
        MissingRate: names every currency of the book that `rates` lacks.
        OutOfRange: periods overlap, or lie in several time zones, `as_of` precedes the fit of the model, or `value` is
            no such measure.
        DuplicateDeal, WrongProcess, UnknownProcess, UnknownStage, NaiveDatetime: the book or `as_of` is wrong.

    >>> from datetime import date
    >>> from salesprocess.process import Process
    >>> from salesprocess.stages import Stage
    >>> from salesprocess.timing import Calendar
    >>> stages = [Stage("offer", probability=0.5, category="commit"), Stage.won("won"), Stage.lost("lost")]
    >>> solar = Process("solar", stages=stages)
    >>> at = datetime(2026, 1, 5, tzinfo=UTC)
    >>> deal = solar.open("ACME-1", at=at, amount=Money(48000, "EUR"), expected_close=date(2026, 2, 1))
    >>> book = rollup([deal], solar, periods=Calendar().quarters(2026), as_of=at, currency="EUR")
    >>> book.periods[0].commit.count, book.periods[0].commit.weighted
    (1, Money('24000.00', 'EUR'))
    """
    as_of = instant(as_of, "as_of")
    asked = _apart(periods)
    tz = asked[0].tz if asked else UTC
    book = list(deals)
    known, later = as_of_each(book, as_of)
    exchange = rates or {}
    worths = {deal.id: worth for deal in known if (worth := value_of(deal, value)) is not None}
    check_rates((worth.currency for worth in worths.values()), currency, exchange)
    rulebooks = rulebook_of_each(process, (deal for deal in known if deal.outcome is None))
    excluded = {NOT_OPENED: len(later), NO_PRIOR: 0, NOT_SAID: 0, CALLED_CLOSED: 0}
    nothing = Money(0, currency)

    def forecast(period: Period | None) -> Forecast | None:
        if model is None or (period is not None and period.end <= as_of):
            return None
        valued = model if value == "amount" else Valued(model, value)
        made = valued.forecast(book, period=period, as_of=as_of, currency=currency, rates=rates)
        return made if assuming is None or period is None else assuming(made)

    ever, forecasts = forecast(None), [forecast(period) for period in asked]
    chances = {} if ever is None else {row.deal: row.probability for row in ever.deals}
    if ever is not None:
        fact = (NOT_OPENED, WON, LOST, NO_AMOUNT, NO_VALUE)
        excluded[NOT_SAID] = sum(len(names) for why, names in ever.excluded.items() if why not in fact)
    expected = [{} if made is None else {row.deal: row.expected for row in made.deals} for made in forecasts]
    entries: list[RollupDeal] = []
    for deal in known:
        category: ForecastCategory | None = None
        stated = worths.get(deal.id)
        amount = nothing if stated is None else stated.to(currency, exchange)
        worth = nothing
        if deal.status == "won":
            category, worth = "closed", amount
        elif deal.outcome is None:
            rules = rulebooks[deal.process, deal.version]
            probability, category = rules.probability(deal).value, category_of(rules, deal)
            if category == "closed":
                category = "commit"
                excluded[CALLED_CLOSED] += 1
            if model is not None:
                worth = weighted(amount, chances.get(deal.id, 0.0))
            elif probability is None:
                excluded[NO_PRIOR] += 1
            else:
                worth = weighted(amount, probability)
        place: Place = "lost" if deal.status == "lost" else "no_amount"
        if stated is not None and deal.status != "lost":
            place = _place(deal, category or "closed", asked, as_of, tz)
        coming: tuple[Money, ...] = ()
        if model is not None:
            coming = tuple(
                amount if place == (number, "closed") else each.get(deal.id, nothing)
                for number, each in enumerate(expected)
            )
        entries.append(_entry(deal, stated, place, category, Line(1, amount, worth, coming), tz))

    return of_deals(
        sorted(entries, key=lambda entry: entry.deal),
        as_of=as_of,
        currency=currency,
        tuning=tunings(rulebooks.values()),
        method="" if ever is None else ever.method,
        periods=asked,
        excluded={reason: count for reason, count in excluded.items() if count},
        forecasts=forecasts,
    )


def _entry(
    deal: Deal, stated: Money | None, place: Place, category: ForecastCategory | None, line: Line, tz: tzinfo
) -> RollupDeal:
    moment = deal.closed_at and deal.closed_at.astimezone(tz)
    close = moment or deal.expected_close
    return RollupDeal(
        deal.id,
        place,
        line,
        deal.owner,
        deal.stage,
        category,
        None if stated is None else stated.currency,
        None if close is None else f"{close:%Y-%m}",
    )


def _apart(periods: Iterable[Period]) -> tuple[Period, ...]:
    asked = tuple_of(periods, "periods")
    for one, other in combinations(asked, 2):
        if one.start < other.end and other.start < one.end:
            raise OutOfRange("periods", f"{one} and {other}", "apart from one another, or a deal would count twice")
        if one.tz != other.tz:
            raise OutOfRange("periods", f"{one} and {other}", "in one time zone, or a day would begin twice")
    return asked


def _place(deal: Deal, category: ForecastCategory, periods: Sequence[Period], as_of: datetime, tz: tzinfo) -> Place:
    """The line of a deal that is not lost, and of which it is known what it is worth."""
    if deal.status == "on_hold":
        return "on_hold"
    moment = deal.closed_at or deal.expected_close
    if moment is None:
        return "unscheduled"
    if deal.expected_close and not deal.outcome and deal.expected_close < today(as_of, tz):
        return "overdue"
    for number, period in enumerate(periods):
        if moment in period:
            return number, category
    return "outside_won" if deal.outcome else "outside_open"
