"""The whole book in one table: every deal counted exactly once, in a period or in a row that says why in none."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from decimal import Decimal
from itertools import combinations
from typing import Any, Literal, TypeAlias, cast

import attrs

from salesprocess.analytics import results
from salesprocess.analytics.cohort import NOT_OPENED
from salesprocess.deal import Deal
from salesprocess.errors import OutOfRange
from salesprocess.forecasting.book import (
    Rulebooks,
    as_of_each,
    category_of,
    rulebook_of_each,
    today,
    tunings,
    weighted,
)
from salesprocess.frozen import FrozenDict, tuple_of
from salesprocess.money import Money, check_rates
from salesprocess.stages import ForecastCategory
from salesprocess.timing import Period, instant

Beside = Literal["overdue", "unscheduled", "no_amount", "on_hold", "outside_open", "outside_won", "lost"]
"""Where a deal stands that is in no period."""

_Place: TypeAlias = Beside | tuple[int, ForecastCategory]
"""A row beside the periods, or the number of a period and the category in it."""

_BESIDE: Mapping[Beside, str] = {
    "overdue": "overdue",
    "unscheduled": "unscheduled",
    "no_amount": "no amount",
    "on_hold": "on hold",
    "outside_open": "outside the periods, open",
    "outside_won": "outside the periods, won",
    "lost": "lost",
}

NO_PRIOR = "deal whose stage has no probability: in count and amount, not in the weighted amount"
CALLED_CLOSED = "open deal that somebody put in the category closed: counted as commit"


@attrs.frozen
class Line:
    """So many deals, what they are worth, and what they are worth weighted with their probabilities."""

    count: int
    amount: Money
    weighted: Money

    def __add__(self, other: Line) -> Line:
        if not isinstance(other, Line):
            return NotImplemented
        return Line(self.count + other.count, self.amount + other.amount, self.weighted + other.weighted)


@attrs.frozen
class RollupRow:
    """One line of a roll-up as a row.

    Attributes:
        place: the period, or why the deals are in none.
        category: the single category or the name of a cumulative one; empty beside the periods.
        cumulative: it sums other rows of the same period.
        count, amount, weighted: of the line.
    """

    place: str
    category: str
    cumulative: bool
    count: int
    amount: Money
    weighted: Money


@attrs.frozen
class PeriodRollup:
    """What belongs to one period: won in it, or open and expected to close in it.

    Attributes:
        period: the period.
        closed: the deals won in it, by the moment they were closed; weighted at 100 %.
        commit, most_likely, best_case, pipeline, omitted: the open deals by category.
    """

    period: Period
    closed: Line
    commit: Line
    most_likely: Line
    best_case: Line
    pipeline: Line
    omitted: Line

    @property
    def open_pipeline(self) -> Line:
        """Pipeline + best case + most likely + commit."""
        return self.pipeline + self.best_case + self.most_likely + self.commit

    @property
    def best_case_forecast(self) -> Line:
        """Best case + most likely + commit + closed."""
        return self.best_case + self.most_likely + self.commit + self.closed

    @property
    def commit_forecast(self) -> Line:
        """Commit + closed."""
        return self.commit + self.closed


_SINGLE = ("closed", "commit", "most_likely", "best_case", "pipeline", "omitted")
_CUMULATIVE = ("open_pipeline", "best_case_forecast", "commit_forecast")


@attrs.frozen
class Rollup:
    """The whole book as of one moment; prints as a table.

    Attributes:
        as_of: the moment; nothing recorded later is in it.
        currency: of all amounts.
        tuning: the name of the priors, where `Process.retune` changed them; else empty.
        periods: the periods asked for, in the order given.
        overdue: open, with an expected close before the day of `as_of`.
        unscheduled: open, without an expected close.
        no_amount: open, on hold or won, without an amount.
        on_hold: waiting.
        outside_open, outside_won: expected to close, or won, in none of the periods.
        lost: lost, at any time; weighted at nothing.
        excluded: deals not opened yet, and what the weighted amounts leave out, by reason.
    """

    as_of: datetime
    currency: str
    tuning: str
    periods: tuple[PeriodRollup, ...]
    overdue: Line
    unscheduled: Line
    no_amount: Line
    on_hold: Line
    outside_open: Line
    outside_won: Line
    lost: Line
    excluded: FrozenDict[str, int]

    definition = (
        "each deal is in one line, the first of: lost; no amount; won, in the period of its close or outside; on hold; "
        "unscheduled; overdue; open, in the period of its expected close by category or outside. weighted: amount × "
        "probability, won at 100 %, lost at 0. open pipeline = pipeline + best case + most likely + commit; best-case "
        "forecast = best case + most likely + commit + closed; commit forecast = commit + closed"
    )
    cohort = "deals opened by as_of"

    @property
    def total(self) -> Line:
        """All deals opened by `as_of`: the sum of every single line."""
        nothing = Line(0, Money(0, self.currency), Money(0, self.currency))
        singles = [getattr(period, name) for period in self.periods for name in _SINGLE]
        return sum([*singles, *(getattr(self, name) for name in _BESIDE)], nothing)

    @property
    def n(self) -> int:
        """How many deals are in it."""
        return self.total.count

    @property
    def rows(self) -> tuple[RollupRow, ...]:
        """Every line, the cumulative ones marked; the others add up to `total`."""
        return tuple(self._rows())

    def _rows(self) -> Iterator[RollupRow]:
        for period in self.periods:
            for name in (*_SINGLE, *_CUMULATIVE):
                yield _as_row(str(period.period), name, name in _CUMULATIVE, getattr(period, name))
        for place, words in _BESIDE.items():
            yield _as_row(words, "", False, getattr(self, place))

    def to_rows(self) -> list[dict[str, Any]]:
        """The lines as plain dicts."""
        return results.plain_rows(self.rows)

    def __str__(self) -> str:
        rows = [*self.rows, _as_row("total", "", False, self.total)]
        body = results.table(
            ["", "category", "deals", f"amount {self.currency}", f"weighted {self.currency}"],
            [
                [
                    row.place,
                    f"= {_words(row.category)}" if row.cumulative else _words(row.category),
                    results.number(row.count),
                    results.money(row.amount),
                    results.money(row.weighted),
                ]
                for row in rows
            ],
            words=2,
        )
        return results.report(
            "Roll-up",
            self.as_of,
            body,
            definition=self.definition,
            cohort=self.cohort,
            n=self.n,
            excluded=self.excluded,
        )


def _as_row(place: str, category: str, cumulative: bool, line: Line) -> RollupRow:
    return RollupRow(place, category, cumulative, line.count, line.amount, line.weighted)


def _words(name: str) -> str:
    return name.replace("_", " ")


def rollup(
    deals: Iterable[Deal],
    process: Rulebooks,
    *,
    periods: Sequence[Period],
    as_of: datetime,
    currency: str,
    rates: Mapping[str, Decimal] | None = None,
) -> Rollup:
    """The whole book, every deal exactly once; what is in no period has a row that says why.

    A deal stands in the first line that applies, in this order: lost; no amount; won; on hold; unscheduled; overdue;
    the period of its expected close, or outside.

    Args:
        deals: the book, as it stands or later; what was recorded after `as_of` is not known here.
        process: the rulebook of the deals, or a catalog of several; only open ones are looked up.
        periods: apart from one another and in one time zone, in which days begin; gaps are fine.
        as_of: the moment of which it speaks.
        currency: the currency of the result.
        rates: what one unit of other currencies is worth in it.

    Raises:
        MissingRate: names every currency of the book that `rates` lacks.
        OutOfRange: periods overlap, or lie in several time zones.
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
    >>> book.periods[0].commit
    Line(count=1, amount=Money('48000', 'EUR'), weighted=Money('24000.00', 'EUR'))
    """
    as_of = instant(as_of, "as_of")
    asked = _apart(periods)
    tz = asked[0].tz if asked else UTC
    known, later = as_of_each(deals, as_of)
    exchange = rates or {}
    check_rates((deal.amount.currency for deal in known if deal.amount is not None), currency, exchange)
    rulebooks = rulebook_of_each(process, (deal for deal in known if deal.outcome is None))
    excluded = {NOT_OPENED: len(later), NO_PRIOR: 0, CALLED_CLOSED: 0}
    nothing = Money(0, currency)
    book: defaultdict[_Place, list[tuple[Money, Money]]] = defaultdict(list)
    for deal in known:
        category: ForecastCategory = "closed"
        amount = nothing if deal.amount is None else deal.amount.to(currency, exchange)
        worth = nothing
        if deal.status == "won":
            worth = amount
        elif deal.outcome is None:
            rules = rulebooks[deal.process, deal.version]
            probability, category = rules.probability(deal).value, category_of(rules, deal)
            if category == "closed":
                category = "commit"
                excluded[CALLED_CLOSED] += 1
            if probability is None:
                excluded[NO_PRIOR] += 1
            else:
                worth = weighted(amount, probability)
        book[_place(deal, category, asked, as_of, tz)].append((amount, worth))

    def line(place: _Place) -> Line:
        entries = book[place]
        amount = Money.total((amount for amount, _ in entries), currency)
        return Line(len(entries), amount, Money.total((worth for _, worth in entries), currency))

    singles = cast("tuple[ForecastCategory, ...]", _SINGLE)
    return Rollup(
        as_of,
        currency,
        tunings(rulebooks.values()),
        tuple(PeriodRollup(period, *(line((i, name)) for name in singles)) for i, period in enumerate(asked)),
        excluded=FrozenDict({reason: count for reason, count in excluded.items() if count}),
        **{place: line(place) for place in _BESIDE},
    )


def _apart(periods: Iterable[Period]) -> tuple[Period, ...]:
    asked = tuple_of(periods, "periods")
    for one, other in combinations(asked, 2):
        if one.start < other.end and other.start < one.end:
            raise OutOfRange("periods", f"{one} and {other}", "apart from one another, or a deal would count twice")
        if one.tz != other.tz:
            raise OutOfRange("periods", f"{one} and {other}", "in one time zone, or a day would begin twice")
    return asked


def _place(deal: Deal, category: ForecastCategory, periods: Sequence[Period], as_of: datetime, tz: tzinfo) -> _Place:
    """The one line that a deal stands in."""
    if deal.status == "lost":
        return "lost"
    if deal.amount is None:
        return "no_amount"
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
