"""How large deals are, by the stage in which they are or from which they were lost."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Literal, TypeAlias, get_args

import attrs

from salesprocess.analytics import reports, results
from salesprocess.analytics.cohort import VOID
from salesprocess.analytics.deal_table import LOST, WON, Deals, DealTable, table_of
from salesprocess.analytics.reports import Grid, Report
from salesprocess.analytics.spans import span, when
from salesprocess.analytics.valuations import counted_as
from salesprocess.analytics.win_rates import void_rows
from salesprocess.analytics.worth import settled
from salesprocess.analytics.worths import Rates, Worths, worths
from salesprocess.frozen import FrozenDict
from salesprocess.money import Money
from salesprocess.process import Process
from salesprocess.timing import Period

State: TypeAlias = Literal["under way", "lost", "won"]
STATES: tuple[State, ...] = get_args(State)

ALL = "all"
"""The row of all stages together."""


@attrs.frozen
class DealSize:
    """The amounts of the deals of one stage.

    Attributes:
        state: `under way` in the stage; `lost` from it or `won` from it, in the period.
        stage: the stage; `all` for all together.
        deals: how many.
        stated: how many of them have an amount, which the other numbers are of.
        average, median: to the cent; None without any.
        total: the exact sum.
    """

    state: State
    stage: str
    deals: int
    stated: int
    average: Money | None
    median: Money | None
    total: Money


@attrs.frozen
class DealSizes:
    """The deal sizes of a book; prints as a table.

    Attributes:
        as_of: how the deals stood.
        period: when the won and lost ones were closed; None for any time.
        currency: of the amounts.
        rows: by state and stage, each state with `all` at its end.
        n: how many deals.
        excluded: what was left out, by reason.
        valued: what a deal counts with where that is not its amount; empty where it is.
    """

    as_of: datetime
    period: Period | None
    currency: str
    rows: tuple[DealSize, ...]
    n: int
    excluded: FrozenDict[str, int]
    valued: str = ""

    _definition = (
        "mean and median of the amounts as they stand at as_of: of the deals under way, on hold or not, by the stage "
        "in which they are, and of the won and lost ones by the stage from which they were closed"
    )

    @property
    def definition(self) -> str:
        """How the numbers are formed."""
        return counted_as(self._definition, self.valued)

    @property
    def cohort(self) -> str:
        """Which deals these are."""
        return f"deals under way, and deals closed {when(self.period)}"

    def report(self) -> Report:
        """What is shown."""
        header = ["", "stage", "deals", "with an amount"]
        header += [f"{name} {self.currency}" for name in ("average", "median", "total")]
        lines = (
            [
                row.state,
                row.stage,
                *map(results.number, (row.deals, row.stated)),
                *map(results.money, (row.average, row.median, row.total)),
            ]
            for row in self.rows
        )
        return reports.described(self, "Deal sizes", Grid(header, lines, words=2))

    to_rows = results.rows_of
    __str__ = reports.text
    _repr_html_ = reports.html


def deal_sizes(
    deals: Deals,
    *,
    as_of: datetime | None = None,
    period: Period | None = None,
    process: Process | None = None,
    void: Collection[str] = (),
    currency: str | None = None,
    rates: Rates | None = None,
) -> DealSizes:
    """The average deal size by stage: of the deals under way, lost and won.

    Args:
        deals: the book, or its table.
        as_of: how the deals stood; needed unless a table brings it.
        period: when the won and lost ones were closed, half-open; at any time without it.
        process: gives the stages and their order, and the reasons of losses that do not count; deals in other stages
            are left out. Without it the stages stand by name.
        void: more reasons that do not count.
        currency: of the amounts; the only one that occurs without it.
        rates: what one unit of another currency is worth in it.

    Warns:
        SmallSample: fewer than ten amounts stand behind an average.

    Raises:
        CurrencyMismatch, NoHistory: no currency is named, and several occur or none.
        MissingRate: there is no rate for a currency.

    >>> from datetime import UTC
    >>> from salesprocess.stages import Stage
    >>> solar = Process("solar", stages=[Stage("lead"), Stage("offer"), Stage.won("won"), Stage.lost("lost")])
    >>> at = datetime(2026, 1, 5, tzinfo=UTC)
    >>> leads = [solar.open(f"D{number}", at=at, amount=Money(100 * number, "EUR")) for number in range(40)]
    >>> deals = leads[:20] + [solar.advance(lead, at=at) for lead in leads[20:]]
    >>> for row in deal_sizes(deals, as_of=at, process=solar).rows[:3]:
    ...     print(row.stage, row.deals, row.average, row.median)
    lead 20 950.00 EUR 950.00 EUR
    offer 20 2950.00 EUR 2950.00 EUR
    all 40 1950.00 EUR 1950.00 EUR
    """
    table = table_of(deals, as_of)
    code = settled(currency, (amount for amount in table.columns.amount if amount is not None))
    worth = worths(table, code, rates)
    excluded = Counter(table.excluded)
    groups: defaultdict[tuple[State, str], list[int]] = defaultdict(list)
    skipped, inside = void_rows(table, process, void), span(period)
    names = None if process is None else [stage.name for stage in process.stages]
    for row, (state, stage) in enumerate(_places(table)):
        if row in skipped:
            excluded[VOID] += 1
        elif state != "under way" and table.columns.closed[row] not in inside:
            excluded[f"not closed {when(period)}"] += 1
        elif stage is None:
            excluded["closed from a stage that nobody saw"] += 1
        elif names is not None and stage not in names:
            excluded[f"stage that the process does not have, {stage}"] += 1
        else:
            groups[state, stage].append(row)
    order = sorted({stage for _, stage in groups}) if names is None else names
    rows: list[DealSize] = []
    for state in STATES:
        parts = [(stage, groups[state, stage]) for stage in order if groups[state, stage]]
        rows += (_row(state, stage, part, worth, code) for stage, part in parts)
        rows.append(_row(state, ALL, [row for _, part in parts for row in part], worth, code))
    results.warn_if_small({f"{row.state}, {row.stage}": (row.stated,) for row in rows})
    n = sum(row.deals for row in rows if row.stage == ALL)
    if silent := n - sum(row.stated for row in rows if row.stage == ALL):
        excluded[f"{worth.silence}, from the amounts alone"] = silent
    return DealSizes(table.as_of, period, code, tuple(rows), n, FrozenDict(excluded), table.valued)


def _places(table: DealTable) -> Iterator[tuple[State, str | None]]:
    """What each deal is, and in which stage it is or was before its close."""
    c = table.columns
    for status, stage, left in zip(c.status, c.stage, c.left, strict=True):
        if status < WON:
            yield "under way", table.stages[stage]
        else:
            yield ("lost" if status == LOST else "won"), table.stages[left] if left >= 0 else None


def _row(state: State, stage: str, rows: Sequence[int], worth: Worths, currency: str) -> DealSize:
    total = worth.total(rows) or Money(0, currency)
    stated = sum(worth.values[row] is not None for row in rows)
    return DealSize(state, stage, len(rows), stated, worth.average(rows), worth.median(rows), total)
