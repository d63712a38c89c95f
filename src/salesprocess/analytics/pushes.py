"""How deals fare whose expected close was moved to a later date again and again."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

import attrs

from salesprocess.analytics import reports, results
from salesprocess.analytics.cohort import VOID, by_reason
from salesprocess.analytics.deal_table import LOST, WON, Deals, DealTable, table_of
from salesprocess.analytics.distributions import wilson
from salesprocess.analytics.reports import Grid, Report
from salesprocess.analytics.spans import span, when
from salesprocess.analytics.valuations import counted_as
from salesprocess.analytics.win_rates import void_rows
from salesprocess.analytics.worth import LEVEL
from salesprocess.analytics.worths import Rates, Worths, worths
from salesprocess.errors import OutOfRange
from salesprocess.frozen import FrozenDict
from salesprocess.money import Money
from salesprocess.process import Process
from salesprocess.timing import Period


@attrs.frozen
class PushRow:
    """The deals whose date was moved to a later one so often.

    Attributes:
        pushes: how often; the last row has those that were moved as often or more.
        deals: how many, decided in the period or under way.
        won, lost: those decided.
        open: those under way.
        rate: won / (won + lost); None when none is decided.
        low, high: its 80 % interval by Wilson; None without a rate.
        open_amount: what those under way are worth; None when no one currency tells it.
    """

    pushes: int
    deals: int
    won: int
    lost: int
    open: int
    rate: float | None
    low: float | None
    high: float | None
    open_amount: Money | None


@attrs.frozen
class PushCounts:
    """The deals by how often their expected close was pushed; prints as a table.

    Attributes:
        as_of: how the deals stood.
        period: in which the decided ones were closed; None for any time.
        currency: of the amounts; None when there are none, or several and none was named.
        rows: by number of pushes.
        n: how many deals.
        excluded: what was left out, by reason.
        valued: what a deal counts with where that is not its amount; empty where it is.
    """

    as_of: datetime
    period: Period | None
    currency: str | None
    rows: tuple[PushRow, ...]
    n: int
    excluded: FrozenDict[str, int]
    valued: str = ""

    _definition = (
        "a push is a change of the expected close to a later date; a date that follows none is compared with the last "
        "one known. win rate: won / (won + lost). Deals that live long have time to be pushed: the rate tells what "
        "such deals come to, and not that pushing does it"
    )

    @property
    def definition(self) -> str:
        """How the numbers are formed."""
        return counted_as(self._definition, self.valued)

    @property
    def cohort(self) -> str:
        """Which deals these are."""
        return f"deals that had an expected close, closed {when(self.period)} or under way"

    def report(self) -> Report:
        """What is shown."""
        code = f" {self.currency}" if self.currency else ""
        header = ["pushes", "deals", "won", "lost", "open", "win rate", "80 % interval", f"open{code}"]
        last = len(self.rows) - 1
        lines = (_line(row, "+" if place == last else "") for place, row in enumerate(self.rows))
        return reports.described(self, "Pushes", Grid(header, lines))

    to_rows = results.rows_of
    __str__ = reports.text
    _repr_html_ = reports.html


def _line(row: PushRow, more: str) -> list[str]:
    counts = map(results.number, (row.deals, row.won, row.lost, row.open))
    return [
        f"{row.pushes}{more}",
        *counts,
        results.percent(row.rate),
        results.between(row.low, row.high),
        results.money(row.open_amount),
    ]


def push_counts(
    deals: Deals,
    *,
    as_of: datetime | None = None,
    period: Period | None = None,
    process: Process | None = None,
    void: Collection[str] = (),
    currency: str | None = None,
    rates: Rates | None = None,
    most: int = 3,
) -> PushCounts:
    """How deals fare by how often their expected close was moved to a later date.

    Args:
        deals: the book, or its table.
        as_of: how the deals stood; needed unless a table brings it.
        period: in which the decided ones were closed, half-open; at any time without it.
        process: deals lost for its reasons with `counts=False`, such as a duplicate, are kept out.
        void: more reasons that do not count.
        currency: of the amounts; the only one that occurs without it.
        rates: what one unit of another currency is worth in it.
        most: so many pushes and more are one row.

    Warns:
        SmallSample: fewer than ten deals of a row are decided.

    Raises:
        OutOfRange: `most` is below 1.
        MissingRate: there is no rate for a currency.

    >>> from datetime import UTC, date, timedelta
    >>> from salesprocess.stages import Stage
    >>> solar = Process("solar", stages=[Stage("lead"), Stage.won("won"), Stage.lost("lost")])
    >>> at = datetime(2026, 1, 5, tzinfo=UTC)
    >>> leads = [solar.open(f"D{number}", at=at, expected_close=date(2026, 3, 1)) for number in range(40)]
    >>> leads[20:] = [solar.amend(lead, expected_close=date(2026, 4, 1), at=at) for lead in leads[20:]]
    >>> deals = [solar.win(lead, at=at) for lead in leads[::2]] + [solar.lose(lead, at=at) for lead in leads[21::2]]
    >>> [(row.pushes, row.rate) for row in push_counts(deals, as_of=at + timedelta(days=60), most=1).rows]
    [(0, 1.0), (1, 0.5)]
    """
    if most < 1:
        raise OutOfRange("most", most, "1 or more")
    table = table_of(deals, as_of)
    c, worth, inside = table.columns, worths(table, currency, rates), span(period)
    skipped = void_rows(table, process, void)
    dated = [row for row in range(len(table)) if c.expected[row] or c.pushes[row] or c.pulls[row]]
    here = [row for row in dated if c.status[row] < WON or c.closed[row] in inside]
    counted = [row for row in here if row not in skipped]
    groups: list[list[int]] = [[] for _ in range(most + 1)]
    for row in counted:
        groups[min(c.pushes[row], most)].append(row)
    rows = tuple(_row(pushes, group, table, worth) for pushes, group in enumerate(groups))
    results.warn_if_small({f"pushes {row.pushes}": (row.won + row.lost,) for row in rows})
    left_out = {
        VOID: len(here) - len(counted),
        "no expected close, and never one that moved": len(table) - len(dated),
        f"not closed {when(period)}": len(dated) - len(here),
    }
    silent = worth.missing((row for row in counted if c.status[row] < WON), "the open amounts")
    return PushCounts(
        table.as_of,
        period,
        worth.currency,
        rows,
        len(counted),
        by_reason(table.excluded, left_out, silent),
        table.valued,
    )


def _row(pushes: int, rows: Sequence[int], table: DealTable, worth: Worths) -> PushRow:
    status = table.columns.status
    won, lost = (sum(status[row] == code for row in rows) for code in (WON, LOST))
    low, high = wilson(won, won + lost, LEVEL) if won + lost else (None, None)
    under_way = [row for row in rows if status[row] < WON]
    return PushRow(
        pushes,
        len(rows),
        won,
        lost,
        len(under_way),
        results.share(won, won + lost),
        low,
        high,
        worth.total(under_way),
    )
