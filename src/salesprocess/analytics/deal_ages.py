"""How old the deals under way are, by the stage that they are in."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from statistics import fmean

import attrs

from salesprocess.analytics import reports, results
from salesprocess.analytics.cohort import UNOBSERVED
from salesprocess.analytics.deal_table import ON_HOLD, WON, Deals, DealTable, table_of
from salesprocess.analytics.reports import Grid, Report
from salesprocess.analytics.spans import quantile
from salesprocess.analytics.visits import whole_microseconds
from salesprocess.analytics.worths import Rates, Worths, worths
from salesprocess.frozen import FrozenDict
from salesprocess.money import Money
from salesprocess.process import Process

ALL = "all stages"


@attrs.frozen
class StageAge:
    """The age of the deals under way in one stage, in units that need not be whole.

    Attributes:
        stage: the stage; `all stages` for the whole book.
        deals: how many.
        on_hold: how many of them wait.
        mean, median, p85: their age; None without deals.
        oldest: the greatest age; None without deals.
        oldest_deal: whose it is.
        amount: what they are worth; None when no one currency tells it.
    """

    stage: str
    deals: int
    on_hold: int
    mean: float | None
    median: float | None
    p85: float | None
    oldest: float | None
    oldest_deal: str | None
    amount: Money | None


@attrs.frozen
class Ages:
    """The age of the deals under way; prints as a table.

    Attributes:
        as_of: until when age is counted.
        unit: what it is counted in.
        currency: of the amounts; None when there are none, or several and none was named.
        rows: one a stage, in order.
        overall: all of them.
        n: how many deals are under way.
        excluded: what was left out, by reason.
    """

    as_of: datetime
    unit: timedelta
    currency: str | None
    rows: tuple[StageAge, ...]
    overall: StageAge
    n: int
    excluded: FrozenDict[str, int]

    definition = (
        "as_of − opening, by the calendar, time on hold included. It is the age of the whole deal; how long a deal has "
        "been in its stage, and whether that is long, is told by aging"
    )
    cohort = "deals open or on hold at as_of"

    def report(self) -> Report:
        """What is shown."""
        code = f" {self.currency}" if self.currency else ""
        header = ["stage", "oldest deal", "deals", "on hold", "mean", "median", "p85", "oldest", f"amount{code}"]
        rows = map(_line, (*self.rows, self.overall))
        return reports.described(self, f"Age in {results.unit_name(self.unit)}", Grid(header, rows, words=2))

    to_rows = results.rows_of
    __str__ = reports.text
    _repr_html_ = reports.html


def _line(row: StageAge) -> list[str]:
    ages = (row.deals, row.on_hold, row.mean, row.median, row.p85, row.oldest)
    return [row.stage, row.oldest_deal or results.NOTHING, *map(results.number, ages), results.money(row.amount)]


def deal_ages(
    deals: Deals,
    *,
    as_of: datetime | None = None,
    process: Process | None = None,
    unit: timedelta = timedelta(days=1),
    currency: str | None = None,
    rates: Rates | None = None,
) -> Ages:
    """The age of the deals under way, by stage: of all of them, so that few deals make no small sample.

    Args:
        deals: the book, or its table.
        as_of: until when age is counted; needed unless a table brings it.
        process: gives the stages and their order; deals in other stages are left out and counted. Without it, the
            stages stand by name.
        unit: what age is counted in.
        currency: of the amounts; the only one that occurs without it.
        rates: what one unit of another currency is worth in it.

    Raises:
        OutOfRange: `unit` is not positive.
        MissingRate: there is no rate for a currency.

    >>> from datetime import UTC
    >>> from salesprocess.stages import Stage
    >>> solar = Process("solar", stages=[Stage("lead"), Stage.won("won"), Stage.lost("lost")])
    >>> at, day = datetime(2026, 1, 5, tzinfo=UTC), timedelta(days=1)
    >>> deals = [solar.open(f"D{number}", at=at + number * day) for number in range(20)]
    >>> found = deal_ages(deals, as_of=at + 30 * day, process=solar).overall
    >>> found.mean, found.p85, found.oldest_deal
    (20.5, 27.0, 'D0')
    """
    table, whole = table_of(deals, as_of), whole_microseconds(unit)
    c, worth, excluded = table.columns, worths(table, currency, rates), Counter(table.excluded)
    names = None if process is None else [stage.name for stage in process.stages if stage.kind == "open"]
    here: defaultdict[str, list[int]] = defaultdict(list)
    for row in range(len(table)):
        stage = table.stages[c.stage[row]]
        if c.status[row] >= WON:
            excluded["not under way"] += 1
        elif not c.observed[row]:
            excluded[UNOBSERVED] += 1
        elif names is not None and stage not in names:
            excluded[f"deal in a stage that the process does not have, {stage}"] += 1
        else:
            here[stage].append(row)
    rows = tuple(_row(name, here[name], table, worth, whole) for name in (names or sorted(here)))
    every = [row for each in here.values() for row in each]
    excluded.update(worth.missing(every, "the amounts"))
    overall = _row(ALL, every, table, worth, whole)
    return Ages(table.as_of, unit, worth.currency, rows, overall, len(every), FrozenDict(excluded))


def _row(name: str, rows: Sequence[int], table: DealTable, worth: Worths, unit: int) -> StageAge:
    c = table.columns
    ages = sorted((c.closed[row] - c.opened[row]) / unit for row in rows)
    oldest = min(rows, key=lambda row: (c.opened[row], table.deals[row]), default=None)
    return StageAge(
        name,
        len(rows),
        sum(c.status[row] == ON_HOLD for row in rows),
        fmean(ages) if ages else None,
        quantile(ages, 0.5),
        quantile(ages, 0.85),
        ages[-1] if ages else None,
        None if oldest is None else table.deals[oldest],
        worth.total(rows),
    )
