"""How long deals take from the opening to the close, with those under way counted for what they are."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Literal

import attrs

from salesprocess.analytics import reports, results
from salesprocess.analytics.cohort import UNOBSERVED, VOID, by_reason
from salesprocess.analytics.deal_table import LOST, WON, DealColumns, Deals, table_of
from salesprocess.analytics.reports import Grid, Report
from salesprocess.analytics.spans import quantile, span, when
from salesprocess.analytics.survival import CENSORED, age_counts, kaplan_meier
from salesprocess.analytics.visits import whole_microseconds
from salesprocess.analytics.win_rates import void_rows
from salesprocess.frozen import FrozenDict
from salesprocess.process import Process
from salesprocess.timing import Period

Kind = Literal["won", "lost", "closed", "all"]


@attrs.frozen
class CycleRow:
    """The sales cycle of some deals, in units that need not be whole.

    Attributes:
        deals: `won`, `lost`, or `closed`, which is both; `all` has those under way too.
        n: how many.
        censored: how many of them were not closed yet; only among `all`.
        mean: the mean; of `all`, that of min(cycle, longest), which is restricted to what was observed. None without
            deals.
        median, p85: the time by which half or 85 % are closed; None where it was not observed.
        longest: the longest time observed; None without deals.
    """

    deals: Kind
    n: int
    censored: int
    mean: float | None
    median: float | None
    p85: float | None
    longest: float | None


@attrs.frozen
class SalesCycle:
    """The sales cycle of a book; prints as a table.

    Attributes:
        as_of: how the deals stood.
        period: when they were closed, or under way; None for any time.
        unit: what the times are counted in.
        rows: `won`, `lost`, `closed` and `all`.
        n: how many deals were closed or under way.
        excluded: what was left out, by reason.
    """

    as_of: datetime
    period: Period | None
    unit: timedelta
    rows: tuple[CycleRow, ...]
    n: int
    excluded: FrozenDict[str, int]

    definition = (
        "close − opening by the calendar, time on hold included, to the close that stands at as_of. won, lost, closed: "
        "of the deals closed, so that the slow ones of a young book are missing. all: by Kaplan-Meier, where deals "
        "under way are known to take longer than they have so far, and those opened before the period count from their "
        "age at its start; its mean is restricted to the longest time observed"
    )

    @property
    def cohort(self) -> str:
        """Which deals these are."""
        return f"deals closed, and all deals under way or closed, {when(self.period)}"

    def report(self) -> Report:
        """What is shown."""
        header = ["deals", "n", "censored", "mean", "median", "p85", "longest"]
        rows = ([row.deals, *map(results.number, attrs.astuple(row)[1:])] for row in self.rows)
        return reports.described(self, f"Sales cycle in {results.unit_name(self.unit)}", Grid(header, rows))

    to_rows = results.rows_of
    __str__ = reports.text
    _repr_html_ = reports.html


def sales_cycle(
    deals: Deals,
    *,
    as_of: datetime | None = None,
    period: Period | None = None,
    process: Process | None = None,
    void: Collection[str] = (),
    unit: timedelta = timedelta(days=1),
) -> SalesCycle:
    """How long it takes from the opening of a deal to its close.

    Source of the estimate for all deals: Kaplan and Meier 1958, J. Am. Stat. Assoc. 53, 457–481.

    Args:
        deals: the book, or its table.
        as_of: how the deals stood; needed unless a table brings it.
        period: when they were closed or under way, half-open; at any time without it.
        process: deals lost for its reasons with `counts=False`, such as a duplicate, are kept out.
        void: more reasons that do not count.
        unit: what the times are told in.

    Warns:
        SmallSample: fewer than ten deals stand behind a row.

    Raises:
        OutOfRange: `unit` is not positive.

    >>> from datetime import UTC
    >>> from salesprocess.stages import Stage
    >>> solar = Process("solar", stages=[Stage("lead"), Stage.won("won"), Stage.lost("lost")])
    >>> at, day = datetime(2026, 1, 5, tzinfo=UTC), timedelta(days=1)
    >>> leads = [solar.open(f"D{number}", at=at) for number in range(40)]
    >>> deals = [solar.win(lead, at=at + number * day) for number, lead in enumerate(leads[:20])] + leads[20:]
    >>> won, *_, every = sales_cycle(deals, as_of=at + 30 * day).rows
    >>> won.mean, won.median, every.median, every.censored
    (9.5, 9.0, 19.0, 20)
    """
    table, whole = table_of(deals, as_of), whole_microseconds(unit)
    c, inside = table.columns, span(period)
    skipped = void_rows(table, process, void)
    here = [row for row in range(len(table)) if c.opened[row] < inside.stop and c.closed[row] >= inside.start]
    counted = [row for row in here if row not in skipped and c.observed[row]]
    closed = [row for row in counted if c.status[row] >= WON and c.closed[row] in inside]
    rows = (
        _observed("won", [row for row in closed if c.status[row] == WON], c, whole),
        _observed("lost", [row for row in closed if c.status[row] == LOST], c, whole),
        _observed("closed", closed, c, whole),
        _estimated(counted, c, inside, whole),
    )
    results.warn_if_small({row.deals: (row.n,) for row in rows})
    void_here = len(skipped.intersection(here))
    left_out = {
        VOID: void_here,
        UNOBSERVED: len(here) - void_here - len(counted),
        f"neither closed nor under way {when(period)}": len(table) - len(here),
    }
    return SalesCycle(table.as_of, period, unit, rows, len(counted), by_reason(table.excluded, left_out))


def _observed(kind: Kind, rows: Sequence[int], c: DealColumns, whole: int) -> CycleRow:
    took = sorted(c.closed[row] - c.opened[row] for row in rows)
    mean = sum(took) / (len(took) * whole) if took else None
    told = (quantile(took, 0.5), quantile(took, 0.85), max(took, default=None))
    return CycleRow(kind, len(took), 0, mean, *(None if age is None else age / whole for age in told))


def _estimated(rows: Sequence[int], c: DealColumns, inside: range, whole: int) -> CycleRow:
    """By Kaplan-Meier on ages in microseconds; who was opened in the period is at risk from age 0 on."""
    last = inside.stop - 1
    exits = [min(c.closed[row], last) - c.opened[row] for row in rows]
    causes = [0 if c.status[row] >= WON and c.closed[row] <= last else CENSORED for row in rows]
    entries = [max(inside.start - c.opened[row], 0) - 1 for row in rows]
    curve = kaplan_meier(age_counts(exits, causes, entries))
    told = (curve.restricted_mean, curve.quantile(0.5), curve.quantile(0.85), curve.horizon)
    return CycleRow("all", len(rows), causes.count(CENSORED), *(None if age is None else age / whole for age in told))
