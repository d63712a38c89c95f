"""Deals that will be opened and won within the period: how many, and what each brings, from history."""

from __future__ import annotations

import math
import warnings
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

import attrs

from salesprocess.analytics import reports, results
from salesprocess.analytics.cohort import NOT_OPENED
from salesprocess.analytics.reports import Grid, Report, Sentences
from salesprocess.analytics.survival import CENSORED, aalen_johansen, age_counts
from salesprocess.analytics.worth import settled
from salesprocess.deal import Deal
from salesprocess.errors import NoHistory, OutOfRange, SmallSample
from salesprocess.events import Opened
from salesprocess.forecasting.book import as_of_each
from salesprocess.forecasting.compound import Count
from salesprocess.forecasting.revenue import AmountLaw, NewBusiness
from salesprocess.frozen import FrozenDict
from salesprocess.money import check_rates
from salesprocess.timing import Period, instant

UNOBSERVED = "stage of the opening not observed (imported)"
NO_AMOUNT = "won without an amount: counted as won, not among the amounts"
_WON, _LOST = 0, 1
_DAY = timedelta(days=1)


@attrs.frozen
class StageArrivals:
    """The deals that are opened in one stage.

    Attributes:
        stage: the stage in which they are opened.
        arrivals: how many were opened within the look-back.
        per_day: arrivals a day.
        chance: that a deal opened at a random moment from `as_of` to the end of the period is won in the period.
        won: how many are expected to be opened and won in the period.
    """

    stage: str
    arrivals: int
    per_day: float
    chance: float
    won: float


@attrs.frozen
class NewDeals:
    """The deals expected to be opened after `as_of` and won within the period; prints as a table.

    Attributes:
        period: in which they are won.
        as_of: nothing recorded later is in it.
        since: the beginning of the look-back.
        rows: by the stage in which they are opened.
        business: their number and amounts; None where none is expected, or none has ever been won with an amount.
        n: how many deals are behind it.
        excluded: how many deals are not, by reason.
    """

    period: Period
    as_of: datetime
    since: datetime
    rows: tuple[StageArrivals, ...]
    business: NewBusiness | None
    n: int
    excluded: FrozenDict[str, int]

    definition = (
        "arrivals a day by opening stage × chance to be won within the period (Aalen-Johansen from the opening, lost "
        "competing, open deals censored), integrated over the days left; the number is negative binomial, as wide as "
        "the won deals behind it are few; amounts are those of won deals, all equally likely"
    )
    cohort = "deals opened by as_of; arrivals within the look-back"

    @property
    def won(self) -> float:
        """How many new deals are expected to be won in the period."""
        return math.fsum(row.won for row in self.rows)

    @property
    def words(self) -> str:
        """What the forecast counts of them, in words."""
        return f"{self.won:.1f} new deals expected to be opened and won, as since {self.since.date().isoformat()}"

    to_rows = results.rows_of

    def report(self) -> Report:
        """What is shown: the stages, and what they come to."""
        lines = [
            [
                row.stage,
                results.number(row.arrivals),
                f"{row.per_day:.3f}",
                results.percent(row.chance),
                f"{row.won:.2f}",
            ]
            for row in self.rows
        ]
        amounts = "no amounts"
        if self.business is not None:
            amounts = f"mean amount {results.priced(self.business.amounts.mean)}"
        return reports.described(
            self,
            f"New deals won in {self.period}",
            Grid(["opened in", "arrivals", "a day", "chance", "won"], lines),
            Sentences([f"{self.won:.2f} expected, {amounts}"]),
        )

    __str__ = reports.text
    _repr_html_ = reports.html


def new_deals(
    deals: Iterable[Deal],
    *,
    period: Period,
    as_of: datetime,
    lookback: timedelta = timedelta(days=365),
    currency: str | None = None,
    rates: Mapping[str, Decimal] | None = None,
) -> NewDeals:
    """What history says about deals that do not exist yet: opened after `as_of` and won within the period.

    Args:
        deals: the whole book, open and closed; what was recorded after `as_of` is not known here.
        period: in which they are to be won; it ends after `as_of`.
        as_of: the moment of which it speaks.
        lookback: how far back arrivals are counted; where the record began later, since then.
        currency: of the amounts; None takes the only one that occurs among won deals.
        rates: what one unit of other currencies is worth in it.

    Raises:
        OutOfRange: the period is over at `as_of`, or the look-back is not positive.
        NoHistory: no deal was opened by `as_of`.
        CurrencyMismatch, MissingRate: as for a forecast.
        DuplicateDeal, NaiveDatetime: the book or `as_of` is wrong.

    Warns:
        SmallSample: fewer than ten won deals stand behind it.

    >>> from datetime import UTC
    >>> from random import Random
    >>> from salesprocess import Calendar, simulation, templates
    >>> start, now = datetime(2025, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)
    >>> record = simulation.book(templates.load("startup"), 400, rng=Random(1), start=start, as_of=now).deals
    >>> found = new_deals(record, period=Calendar().year(2026), as_of=now)
    >>> [(row.stage, row.arrivals) for row in found.rows], found.n
    ([('prospecting', 400)], 400)
    """
    as_of = instant(as_of, "as_of")
    if period.end <= as_of:
        raise OutOfRange("period", str(period), f"one that ends after {as_of.isoformat()}")
    if lookback <= timedelta(0):
        raise OutOfRange("lookback", lookback, "positive")
    known, later = as_of_each(deals, as_of)
    observed = [deal for deal in known if isinstance(first := deal.history[0], Opened) and first.observed]
    if not observed:
        raise NoHistory(f"no deal was seen opening by {as_of.isoformat()}")
    won = [deal for deal in known if deal.status == "won"]
    amounts = [deal.amount for deal in won if deal.amount is not None and deal.amount]
    excluded = {
        NOT_OPENED: len(later),
        UNOBSERVED: len(known) - len(observed),
        NO_AMOUNT: len(won) - len(amounts),
    }
    if len(amounts) < results.ENOUGH:
        warnings.warn(f"only {len(amounts)} won deals say what new deals bring", SmallSample, stacklevel=2)
    since = max(as_of - lookback, min(deal.opened_at for deal in observed))
    days = max((as_of - since) / _DAY, 1.0)
    by_stage: dict[str, list[Deal]] = {}
    for deal in observed:
        by_stage.setdefault(_opened_in(deal), []).append(deal)
    rows = tuple(_arrivals(stage, by_stage[stage], since, days, period, as_of) for stage in sorted(by_stage))
    business = None
    expected = math.fsum(row.won for row in rows)
    if amounts and expected:
        currency, exchange = settled(currency, amounts), rates or {}
        check_rates((amount.currency for amount in amounts), currency, exchange)
        counts = Counter(amount.to(currency, exchange) for amount in amounts)
        order = sorted(counts, key=lambda amount: amount.amount)
        law = AmountLaw(order, [counts[amount] / len(amounts) for amount in order])
        business = NewBusiness(Count(expected, float(sum(deal.status == "won" for deal in observed))), law)
    left_out = FrozenDict({reason: count for reason, count in excluded.items() if count})
    return NewDeals(period, as_of, since, rows, business, len(observed), left_out)


def _opened_in(deal: Deal) -> str:
    first = deal.history[0]
    return first.stage if isinstance(first, Opened) else deal.stage


def _arrivals(
    stage: str, deals: Sequence[Deal], since: datetime, days: float, period: Period, as_of: datetime
) -> StageArrivals:
    arrivals = sum(deal.opened_at >= since for deal in deals)
    shares = _won_by_age(deals, as_of)
    left, ahead = (period.end - as_of) / _DAY, max(0.0, (period.start - as_of) / _DAY)
    # A deal opened x days from now is won in the period at an age between ahead − x and left − x.
    cells = max(1, math.ceil(left))
    width = left / cells
    chance = math.fsum(
        _at(shares, left - x) - _at(shares, ahead - x) for x in (width * (cell + 0.5) for cell in range(cells))
    )
    chance /= cells
    return StageArrivals(stage, arrivals, arrivals / days, chance, arrivals / days * left * chance)


def _won_by_age(deals: Sequence[Deal], as_of: datetime) -> list[float]:
    """The share of deals won by the end of each day of their life, as far as the record reaches."""
    exits = [((deal.closed_at or as_of) - deal.opened_at) // _DAY for deal in deals]
    causes = [{"won": _WON, "lost": _LOST}.get(deal.status, CENSORED) for deal in deals]
    incidence = aalen_johansen(age_counts(exits, causes, kinds=2))
    shares: list[float] = []
    for age, share in zip(incidence.counts.ages, incidence.incidence[_WON], strict=True):
        shares += [shares[-1] if shares else 0.0] * (age - len(shares))
        shares.append(share)
    return shares


def _at(shares: Sequence[float], age: float) -> float:
    """The share won by an age in days, evenly within the day; beyond the record, the last that is known."""
    if age <= 0:
        return 0.0
    day = int(age)
    if day >= len(shares):
        return shares[-1]
    before = shares[day - 1] if day else 0.0
    return before + (age - day) * (shares[day] - before)
