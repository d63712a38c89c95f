"""What must be true to reach a target: the least change of each lever that makes it likely enough, solved."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import datetime

import attrs

from salesprocess.analytics import reports, results
from salesprocess.analytics.reports import Grid, Report
from salesprocess.errors import CurrencyMismatch, OutOfRange
from salesprocess.forecasting.forecasts import DealForecast, Forecast
from salesprocess.forecasting.what_if import Book, Odds, Won, what_if
from salesprocess.money import Money

_LARGEST_ODDS = 1e6
_CLOSE = 1e-3
"""How closely a factor on the odds is solved, relative to it."""
_MOST_DEALS = 100_000


@attrs.frozen
class Lever:
    """One way to the target.

    Attributes:
        lever: what changes.
        needed: the least change that is enough, in `unit`; None when no change of it is.
        unit: what `needed` counts.
        meaning: what that comes to, in words.
        deals: the deals it is about, where they are chosen; empty when all are.
    """

    lever: str
    needed: float | None
    unit: str
    meaning: str
    deals: tuple[str, ...] = ()


@attrs.frozen
class Levers:
    """What must be true to reach a target; prints as a table.

    Attributes:
        forecast: as it is.
        target: the sum to be reached.
        chance: how likely it is to be.
        now: how likely it is.
        rows: the levers, each alone, all else as it is.
    """

    forecast: Forecast
    target: Money
    chance: float
    now: float
    rows: tuple[Lever, ...]

    @property
    def as_of(self) -> datetime:
        """The moment of the forecast."""
        return self.forecast.as_of

    @property
    def definition(self) -> str:
        """How the numbers are formed."""
        wanted = f"P(sum ≥ {results.priced(self.target)}) ≥ {results.percent(self.chance)}"
        return (
            f"the least change of one lever, all else as it is, with {wanted}: one factor on the odds of all open "
            "deals (solved to a thousandth); one factor on all amounts to come, those of new deals too; deals won "
            "beyond those of the forecast, all of one amount, and as many opened as it takes to win them by chance; "
            f"open deals won for sure, those with the most at stake first; {self.forecast.definition}"
        )

    @property
    def cohort(self) -> str:
        """Which deals these are."""
        return self.forecast.cohort

    @property
    def n(self) -> int:
        """How many deals are in the forecast."""
        return self.forecast.n

    @property
    def excluded(self) -> Mapping[str, tuple[str, ...]]:
        """The deals that the forecast leaves out, by reason."""
        return self.forecast.excluded

    to_rows = results.rows_of

    def report(self) -> Report:
        """What is shown."""
        grid = Grid(
            ["lever", "needed", ""],
            [
                [row.lever, results.NOTHING if row.needed is None else f"{row.needed:,.4g} {row.unit}", row.meaning]
                for row in self.rows
            ],
            words=3,
        )
        now = f"{results.percent(self.now)} likely now, wanted {results.percent(self.chance)}"
        title = f"What must be true to reach {results.priced(self.target)}, {now}"
        return reports.described(self, title, grid)

    __str__ = reports.text
    _repr_html_ = reports.html


def levers(
    forecast: Forecast,
    target: Money,
    *,
    chance: float = 0.5,
    deal_amount: Money | None = None,
    win_chance: float | None = None,
) -> Levers:
    """The least change of each lever that makes the sum reach `target` with probability `chance`.

    Args:
        forecast: as it is, under its own assumptions.
        target: the sum to be reached by the deals of the forecast; for the quota of a whole period ask its `outlook`.
        chance: how likely it is to be.
        deal_amount: what a further deal is worth; None takes the mean amount of the new deals that the forecast
            counts, or else of its deals.
        win_chance: that a further deal is opened and won in time; None takes the mean over the deals of the forecast,
            weighted by amount.

    Raises:
        CurrencyMismatch: the target or the amount is in another currency.
        OutOfRange: `chance` or `win_chance` is not between 0 and 1, both outside, or `deal_amount` not above zero.

    >>> from datetime import UTC
    >>> from salesprocess import Process, Stage
    >>> from salesprocess.forecasting.stage_weighted import StageWeighted
    >>> solar = Process("solar", stages=[Stage("offer", probability=0.5), Stage.won("won"), Stage.lost("lost")])
    >>> at = datetime(2026, 1, 5, tzinfo=UTC)
    >>> book = [solar.open(f"D{n}", at=at, amount=Money(1000, "EUR")) for n in range(20)]
    >>> forecast = StageWeighted(solar).fit([], as_of=at).forecast(book, period=None, as_of=at)
    >>> for row in levers(forecast, Money(13_000, "EUR"), chance=0.8).rows:
    ...     print(row.lever, round(row.needed, 3), row.unit)
    odds of all open deals 2.441 times
    amounts of all open deals 1.625 times
    further deals won 5.0 deals
    further deals opened 10.0 deals
    open deals won for sure 8.0 deals
    """
    for money in (target, deal_amount):
        if money is not None and money.currency != forecast.currency:
            raise CurrencyMismatch(money.currency, forecast.currency)
    for name, share in (("chance", chance), ("win_chance", win_chance)):
        if share is not None and not 0 < share < 1:
            raise OutOfRange(name, share, "between 0 and 1, both outside")
    if deal_amount is not None and deal_amount.amount <= 0:
        raise OutOfRange("deal_amount", deal_amount, "above zero")
    now = forecast.probability_of(target)
    rows = [_odds(forecast, target, chance), _amounts(forecast, target, chance)]
    typical = _typical(forecast) if deal_amount is None else deal_amount
    if typical is not None:
        rows += _further(forecast, target, chance, typical, _conversion(forecast) if win_chance is None else win_chance)
    rows.append(_sure(forecast, target, chance))
    return Levers(forecast, target, chance, now, tuple(rows))


def _odds(forecast: Forecast, target: Money, chance: float) -> Lever:
    lever, unit = "odds of all open deals", "times"

    def short(log_factor: float) -> float:
        """By how much the chance is missed; not above zero where it is reached."""
        return chance - what_if(forecast, Odds(math.exp(log_factor))).after.probability_of(target)

    low, missed, high = 0.0, chance - forecast.probability_of(target), 1.0
    if missed <= 0:
        return Lever(lever, 1.0, unit, "reached as it is")
    while (over := short(high)) > 0:
        if high >= math.log(_LARGEST_ODDS):
            most = Money.total((row.amount for row in _open(forecast)), forecast.currency)
            return Lever(lever, None, unit, f"not enough: all open deals together are worth {results.priced(most)}")
        low, missed, high = high, over, min(2 * high, math.log(_LARGEST_ODDS))
    tried, side = 0, 0.5
    while high - low > _CLOSE:  # by secants a little beyond the root, from both sides; each third step halves
        tried += 1
        secant = low + (high - low) * missed / (missed - over) + side * _CLOSE
        guess = (low + high) / 2 if tried % 3 == 0 else min(max(secant, low + _CLOSE / 4), high - _CLOSE / 4)
        found = short(guess)
        if found > 0:
            low, missed, side = guess, found, 0.5
        else:
            high, over, side = guess, found, -0.5
    after = what_if(forecast, Odds(math.exp(high))).after
    before, then = (results.percent(_conversion(each)) for each in (forecast, after))
    return Lever(lever, math.exp(high), unit, f"share of the open amount that is won: {before} → {then}")


def _amounts(forecast: Forecast, target: Money, chance: float) -> Lever:
    reach, won = (
        forecast.quantile(1 - chance),
        Money.total((row.amount for row in forecast.deals if row.won), target.currency),
    )
    lever, unit = "amounts of all open deals", "times"
    if reach >= target:
        return Lever(lever, 1.0, unit, "reached as it is")
    if reach <= won:
        return Lever(lever, None, unit, "not enough: with this chance nothing more comes at all")
    factor = float((target - won).amount / (reach - won).amount)
    return Lever(lever, factor, unit, f"{results.priced(reach)} are reached with that chance as it is")


def _open(forecast: Forecast) -> list[DealForecast]:
    return [row for row in forecast.deals if not row.won]


def _typical(forecast: Forecast) -> Money | None:
    """What a further deal is worth, when nobody says; None where no deal is worth anything."""
    new, rows = forecast.assumptions.new_business, _open(forecast)
    if new is not None:
        return new.amounts.mean
    total = Money.total((row.amount for row in rows), forecast.currency)
    cents = round(total.amount / len(rows), 2) if rows else total.amount
    return Money(cents, forecast.currency) if cents else None


def _conversion(forecast: Forecast) -> float:
    """The share of the open amount that is expected to be won."""
    rows = _open(forecast)
    worth = math.fsum(float(row.amount.amount) for row in rows)
    return math.fsum(float(row.amount.amount) * row.probability for row in rows) / worth if worth else 0.0


def _further(forecast: Forecast, target: Money, chance: float, amount: Money, conversion: float) -> list[Lever]:
    """How many deals more must be won, and how many opened to win them."""
    reach = forecast.quantile(1 - chance)
    missing = max(0, math.ceil((target.amount - reach.amount) / amount.amount))
    rows = [Lever("further deals won", float(missing), "deals", f"of {results.priced(amount)} each")]

    def enough(count: int) -> bool:
        return _with_further(forecast, target, amount, conversion, count) >= chance

    words = f"of {results.priced(amount)} each, of which {results.percent(conversion)} are won"
    opened = _least(enough, missing) if conversion else None
    rows.append(Lever("further deals opened", None if opened is None else float(opened), "deals", words))
    return rows


def _with_further(forecast: Forecast, target: Money, amount: Money, conversion: float, count: int) -> float:
    """P(sum + k·amount ≥ target), with k of `count` further deals won, independent of the others: binomial."""
    mean, reach = count * conversion, 8 * math.sqrt(count * conversion * (1 - conversion)) + 8
    total = 0.0
    for won in range(max(0, math.floor(mean - reach)), min(count, math.ceil(mean + reach)) + 1):
        log_ways = math.lgamma(count + 1) - math.lgamma(won + 1) - math.lgamma(count - won + 1)
        log_chance = log_ways + won * math.log(conversion) + (count - won) * math.log1p(-conversion)
        total += math.exp(log_chance) * forecast.probability_of(target - amount * won)
    return total


def _least(enough: Callable[[int], bool], start: int) -> int | None:
    """The least number that is enough, none below `start` being so; None when no hundred thousand are."""
    if start == 0:
        return 0
    low, high = start - 1, start
    while high <= _MOST_DEALS and not enough(high):
        low, high = high, high * 2
    if high > _MOST_DEALS:
        return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


def _sure(forecast: Forecast, target: Money, chance: float) -> Lever:
    """Open deals that have to come for sure, those with the most at stake first."""
    open_deals = sorted(
        (row for row in forecast.deals if row.probability < 1),
        key=lambda row: (-float(row.amount.amount) * (1 - row.probability), row.deal),
    )
    names = [row.deal for row in open_deals]

    def enough(count: int) -> bool:
        chosen = Won(Book(deals=names[:count]))
        return what_if(forecast, chosen).after.probability_of(target) >= chance

    lever, unit = "open deals won for sure", "deals"
    if not enough(len(names)):
        return Lever(lever, None, unit, "not enough: all of them together do not reach it")
    low, high = -1, len(names)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    worth = Money.total((row.amount for row in open_deals[:high]), forecast.currency)
    return Lever(lever, float(high), unit, f"worth {results.priced(worth)}", tuple(names[:high]))
