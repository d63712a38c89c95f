"""How many of the decided deals were won, by count and by value, for two cohorts that must not be mixed up."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Literal

import attrs

from salesprocess.analytics import reports, results
from salesprocess.analytics.cohort import VOID, by_reason, void_reasons
from salesprocess.analytics.deal_table import LOST, WON, Deals, DealTable, table_of
from salesprocess.analytics.distributions import wilson
from salesprocess.analytics.reports import Grid, Report
from salesprocess.analytics.spans import span, when
from salesprocess.analytics.valuations import counted_as
from salesprocess.analytics.worth import LEVEL
from salesprocess.analytics.worths import Rates, Worths, value_share, worths
from salesprocess.frozen import FrozenDict
from salesprocess.money import Money
from salesprocess.process import Process
from salesprocess.timing import Period

Cohort = Literal["closed in", "created in"]


@attrs.frozen
class WinRateRow:
    """The win rate of one cohort.

    Attributes:
        cohort: `closed in` the period, or `created in` it, whenever they closed.
        deals: how many.
        won, lost: those that are decided; losses whose reason does not count are in neither.
        open: those that are not; none of the deals that were closed in a period.
        rate: won / (won + lost); None when none is decided.
        low, high: its 80 % interval by Wilson; None without a rate.
        at_least, at_most: the rate once all are decided, if no open deal is won, or if all are; None without deals.
        won_value, lost_value: the exact sums; None when no one currency tells them.
        value_rate: won value / (won value + lost value); None when that is nothing.
    """

    cohort: Cohort
    deals: int
    won: int
    lost: int
    open: int
    rate: float | None
    low: float | None
    high: float | None
    at_least: float | None
    at_most: float | None
    won_value: Money | None
    lost_value: Money | None
    value_rate: float | None


@attrs.frozen
class WinRates:
    """The win rate of a book; prints as a table.

    Attributes:
        as_of: how the deals stood.
        period: when they were closed or created; None for any time.
        currency: of the values; None when there are none, or several and none was named.
        rows: one for each cohort.
        n: how many deals are in a cohort.
        excluded: what was left out, by reason.
        valued: what a deal counts with where that is not its amount; empty where it is.
    """

    as_of: datetime
    period: Period | None
    currency: str | None
    rows: tuple[WinRateRow, ...]
    n: int
    excluded: FrozenDict[str, int]
    valued: str = ""

    _definition = (
        "won / (won + lost), by count and by value; open deals and losses whose reason does not count are in neither. "
        "closed in: by the date of the close, biased towards what closes quickly. created in: by the date of the "
        "opening, right-censored: open deals may still go either way, between 'at least' and 'at most'"
    )

    @property
    def definition(self) -> str:
        """How the numbers are formed."""
        return counted_as(self._definition, self.valued)

    @property
    def cohort(self) -> str:
        """Which deals these are."""
        return f"deals closed, and deals created, {when(self.period)}"

    def report(self) -> Report:
        """What is shown."""
        code = f" {self.currency}" if self.currency else ""
        header = ["cohort", "deals", "won", "lost", "open", "win rate", "80 % interval", "at least", "at most"]
        header += [f"won{code}", f"lost{code}", "by value"]
        return reports.described(self, "Win rate", Grid(header, map(_line, self.rows)))

    to_rows = results.rows_of
    __str__ = reports.text
    _repr_html_ = reports.html


def _line(row: WinRateRow) -> list[str]:
    return [
        row.cohort,
        *map(results.number, (row.deals, row.won, row.lost, row.open)),
        results.percent(row.rate),
        results.between(row.low, row.high),
        *map(results.percent, (row.at_least, row.at_most)),
        *map(results.money, (row.won_value, row.lost_value)),
        results.percent(row.value_rate),
    ]


def win_rate(
    deals: Deals,
    *,
    as_of: datetime | None = None,
    period: Period | None = None,
    process: Process | None = None,
    void: Collection[str] = (),
    currency: str | None = None,
    rates: Rates | None = None,
) -> WinRates:
    """The share of the decided deals that is won.

    Args:
        deals: the book, or its table.
        as_of: how the deals stood; needed unless a table brings it.
        period: when they were closed or created, half-open; at any time without it.
        process: its loss reasons with `counts=False`, such as a duplicate, are kept out.
        void: more reasons that do not count.
        currency: of the values; the only one that occurs without it.
        rates: what one unit of another currency is worth in it.

    Warns:
        SmallSample: fewer than ten deals are decided.

    Raises:
        MissingRate: there is no rate for a currency.

    >>> from datetime import UTC, timedelta
    >>> from salesprocess.stages import Stage
    >>> solar = Process("solar", stages=[Stage("lead"), Stage.won("won"), Stage.lost("lost", reasons=["price"])])
    >>> at = datetime(2026, 1, 5, tzinfo=UTC)
    >>> leads = [solar.open(f"D{number}", at=at) for number in range(30)]
    >>> deals = [solar.win(lead, at=at) for lead in leads[:8]] + leads[20:]
    >>> deals += [solar.lose(lead, reason="price", at=at) for lead in leads[8:20]]
    >>> closed, created = win_rate(deals, as_of=at + timedelta(days=30)).rows
    >>> closed.rate, created.open, round(created.at_least, 3), created.at_most
    (0.4, 10, 0.267, 0.6)
    """
    table = table_of(deals, as_of)
    c, worth, inside = table.columns, worths(table, currency, rates), span(period)
    skipped = void_rows(table, process, void)
    every = [row for row in range(len(table)) if row not in skipped]
    closed = [row for row in every if c.status[row] >= WON and c.closed[row] in inside]
    created = [row for row in every if c.opened[row] in inside]
    rows = (_row("closed in", closed, table, worth), _row("created in", created, table, worth))
    results.warn_if_small({row.cohort: (row.won + row.lost,) for row in rows})
    counted = {*closed, *created}
    void_here = sum(c.opened[row] in inside or c.closed[row] in inside for row in skipped)
    outside = len(table) - void_here - len(counted)
    left_out = {VOID: void_here, f"neither created nor closed {when(period)}": outside}
    silent = worth.missing((row for row in counted if c.status[row] >= WON), "the values")
    excluded = by_reason(table.excluded, left_out, silent)
    return WinRates(table.as_of, period, worth.currency, rows, len(counted), excluded, table.valued)


def void_rows(table: DealTable, process: Process | None, void: Collection[str]) -> set[int]:
    """The rows of the deals that are lost for a reason that does not count."""
    names = void_reasons(process, void)
    codes = {code for code, name in enumerate(table.reasons) if name in names}
    if not codes:
        return set()
    pairs = zip(table.columns.status, table.columns.reason, strict=True)
    return {row for row, (status, reason) in enumerate(pairs) if status == LOST and reason in codes}


def _row(cohort: Cohort, rows: Sequence[int], table: DealTable, worth: Worths) -> WinRateRow:
    status = table.columns.status
    won = [row for row in rows if status[row] == WON]
    lost = [row for row in rows if status[row] == LOST]
    decided, count = len(won) + len(lost), len(rows)
    won_value, lost_value = worth.total(won), worth.total(lost)
    low, high = wilson(len(won), decided, LEVEL) if decided else (None, None)
    return WinRateRow(
        cohort,
        count,
        len(won),
        len(lost),
        count - decided,
        results.share(len(won), decided),
        low,
        high,
        results.share(len(won), count),
        results.share(len(won) + count - decided, count),
        won_value,
        lost_value,
        value_share(won_value, worth.total(won + lost)),
    )
