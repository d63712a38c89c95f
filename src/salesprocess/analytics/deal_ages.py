"""How old the deals under way are, by the stage that they are in."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from statistics import fmean
from typing import Any

import attrs

from salesprocess.analytics import reports, results
from salesprocess.analytics.cohort import UNOBSERVED
from salesprocess.analytics.deal_table import ON_HOLD, WON, Deals, DealTable, table_of
from salesprocess.analytics.reports import Grid, Report, Sentences
from salesprocess.analytics.spans import quantile
from salesprocess.analytics.valuations import counted_as
from salesprocess.analytics.visits import whole_microseconds
from salesprocess.analytics.worths import Rates, Worths, worths
from salesprocess.frozen import FrozenDict
from salesprocess.money import Money
from salesprocess.process import Process

ALL = "all stages"

_SHARE = 0.85
_SHOWN = 20
"""So many deals stand in the text; `beyond` has all."""


@attrs.frozen
class OldDeal:
    """A deal under way that is older than nearly all deals were when they were won.

    Attributes:
        deal, stage: which, and where it is.
        age: in units that need not be whole.
        owner, amount: who is responsible, and what it is worth, if anybody said.
    """

    deal: str
    stage: str
    age: float
    owner: str | None
    amount: Money | None


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
        beyond: how many are older than the limit; None without one.
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
    beyond: int | None
    amount: Money | None


@attrs.frozen
class Ages:
    """The age of the deals under way; prints as a table.

    Attributes:
        as_of: until when age is counted.
        unit: what it is counted in.
        currency: of the amounts; None when there are none, or several and none was named.
        won: how many deals are won, whose beginning is known.
        limit: the age by which 85 % of these were; None without any.
        rows: one a stage, in order.
        overall: all of them.
        beyond: the deals older than the limit, the oldest first.
        n: how many deals are under way.
        excluded: what was left out, by reason.
        valued: what a deal counts with where that is not its amount; empty where it is.
    """

    as_of: datetime
    unit: timedelta
    currency: str | None
    won: int
    limit: float | None
    rows: tuple[StageAge, ...]
    overall: StageAge
    beyond: tuple[OldDeal, ...]
    n: int
    excluded: FrozenDict[str, int]
    valued: str = ""

    _definition = (
        "as_of − opening, by the calendar, time on hold included; beyond: older than 85 % of the deals won were when "
        "they were. It is the age of the whole deal; whether it is long in its stage is told by aging"
    )

    @property
    def definition(self) -> str:
        """How the numbers are formed."""
        return counted_as(self._definition, self.valued)

    cohort = "deals open or on hold at as_of"

    def report(self) -> Report:
        """What is shown."""
        code = f" {self.currency}" if self.currency else ""
        header = ["stage", "oldest deal", "deals", "on hold", "mean", "median", "p85", "oldest", "beyond"]
        rows = map(_line, (*self.rows, self.overall))
        unit = results.unit_name(self.unit)
        limit = f"Of {self.won:,} deals won, 85 % were won by an age of {results.number(self.limit)} {unit}."
        parts: list[Grid | Sentences] = [Grid([*header, f"amount{code}"], rows, words=2)]
        if self.won:
            parts.append(Sentences([limit]))
        listed = [
            [each.deal, each.stage, each.owner or results.NOTHING, results.number(each.age), results.money(each.amount)]
            for each in self.beyond[:_SHOWN]
        ]
        if len(self.beyond) > _SHOWN:
            listed.append([f"and {len(self.beyond) - _SHOWN:,} more", *[""] * 4])
        if listed:
            parts.append(Grid(["deal beyond", "stage", "owner", unit, f"amount{code}"], listed, words=3))
        return reports.described(self, f"Age in {unit}", *parts)

    def deal_rows(self) -> list[dict[str, Any]]:
        """The deals beyond the limit as plain dicts."""
        return results.plain_rows(self.beyond)

    to_rows = results.rows_of
    __str__ = reports.text
    _repr_html_ = reports.html


def _line(row: StageAge) -> list[str]:
    ages = (row.deals, row.on_hold, row.mean, row.median, row.p85, row.oldest, row.beyond)
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
    """The age of the deals under way, by stage, and which are older than nearly all deals were when they were won.

    It asks for the openings alone, and so tells of snapshots, too, what `aging` cannot.

    Args:
        deals: the book, or its table.
        as_of: until when age is counted; needed unless a table brings it.
        process: gives the stages and their order; deals in other stages are left out and counted. Without it, the
            stages stand by name.
        unit: what age is counted in.
        currency: of the amounts; the only one that occurs without it.
        rates: what one unit of another currency is worth in it.

    Warns:
        SmallSample: the limit rests on fewer than ten deals won.

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
    won = [row for row in range(len(table)) if c.status[row] == WON and c.observed[row]]
    took = sorted(c.closed[row] - c.opened[row] for row in won)
    limit = quantile(took, _SHARE)
    rows = tuple(_row(name, here[name], table, worth, whole, limit) for name in (names or sorted(here)))
    every = [row for each in here.values() for row in each]
    excluded.update(worth.missing(every, "the amounts"))
    overall = _row(ALL, every, table, worth, whole, limit)
    if overall.deals:
        results.warn_if_small({"deals won": (len(took),)})
    old = sorted(_older(every, table, limit), key=lambda row: (c.opened[row], table.deals[row]))
    return Ages(
        table.as_of,
        unit,
        worth.currency,
        len(took),
        None if limit is None else limit / whole,
        rows,
        overall,
        tuple(
            OldDeal(
                table.deals[row],
                table.stages[c.stage[row]],
                (c.closed[row] - c.opened[row]) / whole,
                table.owners[c.owner[row]] if c.owner[row] >= 0 else None,
                worth.values[row],
            )
            for row in old
        ),
        len(every),
        FrozenDict(excluded),
        worth.valued,
    )


def _older(rows: Sequence[int], table: DealTable, limit: int | None) -> list[int]:
    """Those of some deals that are older than the limit."""
    c = table.columns
    return [] if limit is None else [row for row in rows if c.closed[row] - c.opened[row] > limit]


def _row(name: str, rows: Sequence[int], table: DealTable, worth: Worths, unit: int, limit: int | None) -> StageAge:
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
        None if limit is None else len(_older(rows, table, limit)),
        worth.total(rows),
    )
