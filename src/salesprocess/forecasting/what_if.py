"""What if: the same forecast with an assumption changed, beside the forecast as it is."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TypeAlias

import attrs

from salesprocess.deal import Deal, evolve
from salesprocess.errors import OutOfRange, UnknownDeal, WrongKind
from salesprocess.events import Amended
from salesprocess.forecasting.book import WIDE, as_of_each, tidy
from salesprocess.forecasting.contrast import Contrast
from salesprocess.forecasting.dependence import expit
from salesprocess.forecasting.forecasts import DealForecast, Fitted, Forecast
from salesprocess.forecasting.new_deals import new_deals
from salesprocess.frozen import FrozenDict, tuple_of
from salesprocess.money import Money
from salesprocess.stages import ForecastCategory
from salesprocess.timing import Period, day

LOST_IF, WON_IF, DELAYED_IF = "lost, in this what-if", "won, in this what-if", "outside the period, in this what-if"


def _names(values: Iterable[str] | None) -> tuple[str, ...] | None:
    return None if values is None else tuple_of(values, "deals")


@attrs.frozen(kw_only=True)
class Book:
    """Which deals an assumption is about: those that match everything that is stated; by default all of them.

    A deal that has been won already, in an `outlook`, is meant only when it is named.

    >>> str(Book(stage="offer", owner="kari"))
    'stage offer and owner kari'
    """

    stage: str | None = None
    owner: str | None = None
    category: ForecastCategory | None = None
    deals: tuple[str, ...] | None = attrs.field(default=None, converter=_names)

    def holds(self, row: DealForecast) -> bool:
        """Whether a deal is one of them."""
        return (
            self.stage in (None, row.stage)
            and self.owner in (None, row.owner)
            and self.category in (None, row.category)
            and (not row.won if self.deals is None else row.deal in self.deals)
        )

    def __str__(self) -> str:
        stated = [
            f"{name} {value}"
            for name, value in (("stage", self.stage), ("owner", self.owner), ("category", self.category))
            if value is not None
        ]
        if self.deals is not None:
            stated.append(f"deals {', '.join(self.deals)}")
        return " and ".join(stated) or "all deals"


EVERYTHING = Book()


def _book(value: Book) -> Book:
    if not isinstance(value, Book):
        raise WrongKind("of", value, "a Book, such as Book(owner='kari') or Book(deals=['ACME-1'])")
    return value


def _span(value: timedelta) -> timedelta:
    if not isinstance(value, timedelta):
        raise WrongKind("by", value, "a timedelta, such as timedelta(days=14)")
    return value


def _day(value: date) -> date:
    return day(value, "to")


def _positive(name: str, value: Decimal | float) -> None:
    if (
        isinstance(value, bool)
        or not isinstance(value, int | float | Decimal)
        or not math.isfinite(value)
        or value <= 0
    ):
        raise OutOfRange(name, value, "above zero")


@attrs.frozen
class Odds:
    """The odds of winning, p / (1 − p), are multiplied: 2 makes 50 % of them 67 %, and 90 % of them 95 %.

    >>> str(Odds(1.5, of=Book(category="commit")))
    'odds of winning × 1.5 for category commit'
    """

    times: float
    of: Book = attrs.field(default=EVERYTHING, converter=_book)

    def __attrs_post_init__(self) -> None:
        _positive("times", self.times)

    def __str__(self) -> str:
        return f"odds of winning × {self.times:g} for {self.of}"


@attrs.frozen
class Probability:
    """The probability of winning in the period is set.

    >>> str(Probability(0.9, of=Book(deals=["ACME-1"])))
    'probability 90.0 % for deals ACME-1'
    """

    to: float
    of: Book = attrs.field(default=EVERYTHING, converter=_book)

    def __attrs_post_init__(self) -> None:
        if isinstance(self.to, bool) or not 0 <= self.to <= 1:
            raise OutOfRange("to", self.to, "between 0 and 1")

    def __str__(self) -> str:
        return f"probability {self.to:.1%} for {self.of}".replace("%", " %")


@attrs.frozen
class Amounts:
    """Amounts are multiplied.

    >>> str(Amounts(Decimal("0.9")))
    'amounts × 0.9 for all deals'
    """

    times: Decimal | int
    of: Book = attrs.field(default=EVERYTHING, converter=_book)

    def __attrs_post_init__(self) -> None:
        if isinstance(self.times, float):
            raise OutOfRange("times", self.times, "a Decimal or an int (a float is not exact)")
        _positive("times", self.times)

    def __str__(self) -> str:
        return f"amounts × {self.times} for {self.of}"


@attrs.frozen
class Lost:
    """Deals are lost, for sure.

    >>> str(Lost(Book(deals=["ACME-1"])))
    'deals ACME-1 lost'
    """

    of: Book = attrs.field(converter=_book)

    def __str__(self) -> str:
        return f"{self.of} lost"


@attrs.frozen
class Won:
    """Deals are won in the period, for sure; they stay in the forecast at a probability of one.

    >>> str(Won(Book(owner="kari")))
    'owner kari won'
    """

    of: Book = attrs.field(converter=_book)

    def __str__(self) -> str:
        return f"{self.of} won"


@attrs.frozen
class Delay:
    """Everything takes so much longer; less where the delay is negative.

    The model is asked for the period that lies so much earlier: a deal that would have come in that one comes in
    this. Deals may thus leave the forecast, and others may come into it. Where the delay is for all deals, those that
    do not exist yet are late as well.

    >>> str(Delay(timedelta(days=14)))
    'a delay of 14 days for all deals'
    """

    by: timedelta = attrs.field(converter=_span)
    of: Book = attrs.field(default=EVERYTHING, converter=_book)

    def __str__(self) -> str:
        return f"a delay of {self.by / timedelta(days=1):g} days for {self.of}"


@attrs.frozen
class CloseDate:
    """The expected close of a deal is another day.

    >>> str(CloseDate("ACME-1", date(2026, 6, 30)))
    'deal ACME-1 expected to close on 2026-06-30'
    """

    deal: str
    to: date = attrs.field(converter=_day)

    def __str__(self) -> str:
        return f"deal {self.deal} expected to close on {self.to.isoformat()}"


Change: TypeAlias = Odds | Probability | Amounts | Lost | Won | Delay | CloseDate


def what_if(
    forecast: Forecast,
    *changes: Change,
    target: Money | None = None,
    model: Fitted | None = None,
    deals: Iterable[Deal] = (),
    rates: Mapping[str, Decimal] | None = None,
) -> Contrast:
    """The forecast with changed assumptions, beside the forecast as it is; changes are made one after the other.

    Args:
        forecast: as it is.
        changes: what is assumed instead.
        target: a sum whose probability is compared as well.
        model: the fitted forecaster behind the forecast; a `Delay` and a `CloseDate` ask it again.
        deals: the book, for the same two.
        rates: what one unit of other currencies is worth, for the same two.

    Raises:
        OutOfRange: a change of time without model and book, a delay of a forecast without a period, or another expected
            close of a deal that is closed.
        WrongKind: a change is none.
        UnknownDeal: a change names deals that the forecast, or the book, does not have.
        CurrencyMismatch: the target is in another currency.

    >>> from datetime import UTC
    >>> from salesprocess import Process, Stage
    >>> from salesprocess.forecasting.stage_weighted import StageWeighted
    >>> solar = Process("solar", stages=[Stage("offer", probability=0.5), Stage.won("won"), Stage.lost("lost")])
    >>> at = datetime(2026, 1, 5, tzinfo=UTC)
    >>> book = [solar.open(f"D{n}", at=at, amount=Money(1000, "EUR"), owner="kari") for n in range(4)]
    >>> forecast = StageWeighted(solar).fit([], as_of=at).forecast(book, period=None, as_of=at)
    >>> found = what_if(forecast, Odds(3, Book(owner="kari")), Lost(Book(deals=["D0"])), target=Money(3000, "EUR"))
    >>> found.rows[0].before, found.rows[0].after, round(found.rows[-1].after, 4)
    (Money('2000.00', 'EUR'), Money('2250.00', 'EUR'), 0.4219)
    """
    for change in changes:
        if not isinstance(change, Change):
            raise WrongKind("changes", change, "assumptions such as Odds(0.8), Lost(Book(...)) or Delay(...)")
    book = list(deals)
    known = {row.deal for row in forecast.deals} | {deal.id for deal in book}
    named = {name for change in changes for name in _named(change)}
    if named - known:
        raise UnknownDeal(sorted(named - known), sorted(known))
    after, told = forecast, list[str]()
    for change in changes:
        count = 1 if isinstance(change, CloseDate) else sum(change.of.holds(row) for row in after.deals)
        told.append(f"{change} ({count:,} deals of the forecast)")
        if isinstance(change, Delay):
            after = _delayed(after, change, _asked(model, change), book, rates)
        elif isinstance(change, CloseDate):
            after = _rescheduled(after, change, _asked(model, change), book, rates)
        else:
            after = _changed(after, change)
    found = Contrast(forecast, after, tuple(told), target)
    if target is not None:
        forecast.revenue.probability_of(target)  # a target in another currency is told here
    return found


def _named(change: Change) -> Sequence[str]:
    return [change.deal] if isinstance(change, CloseDate) else change.of.deals or ()


def _asked(model: Fitted | None, change: Change) -> Fitted:
    if model is None:
        raise OutOfRange(
            "model", model, f"the fitted forecaster, to tell what {change} would do; pass model= and deals="
        )
    return model


def _changed(forecast: Forecast, change: Odds | Probability | Amounts | Lost | Won) -> Forecast:
    chosen = [row for row in forecast.deals if change.of.holds(row)]
    kept = [row for row in forecast.deals if not change.of.holds(row)]
    if isinstance(change, Lost):
        return _without(forecast.with_rows(kept), LOST_IF, [row.deal for row in chosen])
    return forecast.with_rows([*kept, *(_row(row, change) for row in chosen)])


def _row(row: DealForecast, change: Odds | Probability | Amounts | Won) -> DealForecast:
    because = f"{row.because}; what if: {change}"
    if isinstance(change, Amounts):
        stated = None if row.stated is None else _times(row.stated, change.times)
        return attrs.evolve(row, amount=_times(row.amount, change.times), stated=stated, because=because)
    if isinstance(change, Won):
        return attrs.evolve(row, probability=1.0, because=because)
    if isinstance(change, Probability):
        return attrs.evolve(row, probability=float(change.to), because=because, won=row.won and change.to == 1)
    return attrs.evolve(row, probability=with_odds(row.probability, change.times), because=because)


def with_odds(probability: float, times: float) -> float:
    """The probability whose odds are so many times those of the one given; certainty stays certainty.

    >>> with_odds(0.5, 3.0), with_odds(1.0, 0.5)
    (0.75, 1.0)
    """
    if probability in (0.0, 1.0):
        return probability
    return expit(math.log(probability / (1 - probability)) + math.log(times))


def _times(amount: Money, factor: Decimal | int) -> Money:
    return Money(tidy(WIDE.multiply(amount.amount, Decimal(factor))), amount.currency)


def _without(forecast: Forecast, why: str, deals: Sequence[str]) -> Forecast:
    if not deals:
        return forecast
    excluded = {**forecast.excluded, why: (*forecast.excluded.get(why, ()), *deals)}
    return attrs.evolve(forecast, excluded=FrozenDict(excluded))


def _delayed(
    forecast: Forecast, change: Delay, model: Fitted, deals: Sequence[Deal], rates: Mapping[str, Decimal] | None
) -> Forecast:
    period = forecast.period
    if period is None:
        raise OutOfRange("forecast", forecast.title, "one of a period: at any time, a delay changes nothing")
    earlier = Period(period.start - change.by, period.end - change.by, period.tz, period.label)
    if earlier.end <= forecast.as_of:
        none = forecast.assuming(new_deals=None) if change.of == EVERYTHING else forecast
        return _replaced(none, change.of.holds, [])
    asked = model.forecast(deals, period=earlier, as_of=forecast.as_of, currency=forecast.currency, rates=rates)
    after = _replaced(forecast, change.of.holds, [row for row in asked.deals if change.of.holds(row)])
    coming = forecast.assumptions.new_deals
    if coming is None or change.of != EVERYTHING:
        return after
    lookback = coming.as_of - coming.since
    late = new_deals(
        deals, period=earlier, as_of=coming.as_of, lookback=lookback, currency=forecast.currency, rates=rates
    )
    return after.assuming(new_deals=attrs.evolve(late, period=period))


def _rescheduled(
    forecast: Forecast, change: CloseDate, model: Fitted, deals: Sequence[Deal], rates: Mapping[str, Decimal] | None
) -> Forecast:
    as_of: datetime = forecast.as_of
    then = {deal.id: deal for deal in as_of_each(deals, as_of)[0]}
    if change.deal not in then:
        raise UnknownDeal([change.deal], sorted(then))
    deal = then[change.deal]
    if deal.outcome is not None:
        raise OutOfRange("deal", deal.id, f"one that is open; it was {deal.status}")
    moved = evolve(
        deal,
        Amended(deal=deal.id, revision=deal.revision + 1, at=as_of, terms=FrozenDict(expected_close=change.to)),
    )
    asked = model.forecast([moved], period=forecast.period, as_of=as_of, currency=forecast.currency, rates=rates)
    return _replaced(forecast, lambda row: row.deal == change.deal, asked.deals)


def _replaced(forecast: Forecast, chosen: Callable[[DealForecast], bool], rows: Iterable[DealForecast]) -> Forecast:
    """The forecast with the chosen deals as they are in `rows`; those that are not there are outside the period."""
    coming = list(rows)
    names = {row.deal for row in coming}
    kept = [row for row in forecast.deals if not chosen(row)]
    left = [row.deal for row in forecast.deals if chosen(row) and row.deal not in names]
    excluded = {why: tuple(deal for deal in deals if deal not in names) for why, deals in forecast.excluded.items()}
    entered = attrs.evolve(forecast, excluded=FrozenDict({why: deals for why, deals in excluded.items() if deals}))
    return _without(entered.with_rows([*kept, *coming]), DELAYED_IF, left)
