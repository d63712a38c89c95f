"""Deals by the month in which they were created, and what share of each month is won as it grows older."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

import attrs

from salesprocess.analytics import reports, results
from salesprocess.analytics.cohort import UNOBSERVED, VOID, by_reason
from salesprocess.analytics.deal_table import LOST, WON, Deals, DealTable, table_of
from salesprocess.analytics.reports import Grid, Report
from salesprocess.analytics.series import Series
from salesprocess.analytics.spans import Every, every_between, span, when
from salesprocess.analytics.survival import CENSORED, aalen_johansen, age_counts
from salesprocess.analytics.visits import microseconds, whole_microseconds
from salesprocess.analytics.win_rates import void_rows
from salesprocess.errors import OutOfRange
from salesprocess.frozen import FrozenDict
from salesprocess.process import Process
from salesprocess.timing import Calendar, Period

_AGES = (30, 60, 90, 180, 365)
_CAUSES = {WON: 0, LOST: 1}


@attrs.frozen
class Maturity:
    """What had become of a cohort when it was so old.

    Attributes:
        age: in whole units since the opening of each deal.
        won, lost: the share of the deals that was won or lost by that age; None where too few can be followed so far.
        followed: how many of the deals were opened so long ago that more than that age can be seen.
        complete: nothing of it can change any more, and the shares are plain counts; otherwise they are estimated from
            the deals that are old enough (Aalen-Johansen).
    """

    age: int
    won: float | None
    lost: float | None
    followed: int
    complete: bool


@attrs.frozen
class CreatedIn:
    """The deals created in one week or month.

    Attributes:
        label: its name.
        start: its first instant.
        deals: how many were created in it.
        won, lost, open: what they are at `as_of`.
        rate: won / (won + lost); None when none is decided. It leans towards what is decided quickly.
        at_least, at_most: the rate once all are decided, if no open deal is won, or if all are; None without deals.
        by_age: the share won and lost by each age.
    """

    label: str
    start: datetime
    deals: int
    won: int
    lost: int
    open: int
    rate: float | None
    at_least: float | None
    at_most: float | None
    by_age: tuple[Maturity, ...]


@attrs.frozen
class Cohorts:
    """A book by when its deals were created, the earliest first; prints as a triangle.

    Attributes:
        as_of: where deals under way are censored.
        every: what the time is cut into.
        period: when the deals were created; None for any time.
        ages: the ages at which the cohorts are compared.
        unit: what ages are counted in.
        rows: one a week or month.
        n: how many deals.
        excluded: what was left out, by reason.
    """

    as_of: datetime
    every: Every
    period: Period | None
    ages: tuple[int, ...]
    unit: timedelta
    rows: tuple[CreatedIn, ...]
    n: int
    excluded: FrozenDict[str, int]

    @property
    def definition(self) -> str:
        """How the numbers are formed."""
        return (
            f"deals by the {self.every} of their opening. won by an age: the share of the deals created that was won "
            f"within so many completed {results.unit_name(self.unit)}; ~ marks an estimate (Aalen-Johansen) from the "
            f"deals that are old enough, nothing stands where fewer than {results.ENOUGH} are. Compare cohorts down a "
            "column, at the same age: by the date of the close, a growing book would look ever worse or better"
        )

    @property
    def cohort(self) -> str:
        """Which deals these are."""
        return f"deals created {when(self.period)}"

    def series(self, age: int) -> Series:
        """The share won by one age over time, in percent, for `trend`, of the cohorts of which every deal is older.

        A young cohort of which all deals happen to be decided is left out too: only quick ones are.

        Raises:
            OutOfRange: the cohorts are not compared at this age.
        """
        if age not in self.ages:
            raise OutOfRange("age", age, f"one of {', '.join(map(str, self.ages))}")
        place = self.ages.index(age)
        created = [row for row in self.rows if row.deals]
        told = ((row.label, row.by_age[place].won) for row in created if row.by_age[place].followed == row.deals)
        points = [(label, 100 * won) for label, won in told if won is not None]
        left_out = {
            f"{self.every} without a deal created": len(self.rows) - len(created),
            f"{self.every} with a deal not older than {age} {results.unit_name(self.unit)}": len(created) - len(points),
        }
        return Series(
            f"% won within {age} {results.unit_name(self.unit)}, by {self.every} created",
            points,
            as_of=self.as_of,
            excluded=by_reason(self.excluded, left_out),
        )

    def to_rows(self) -> list[dict[str, Any]]:
        """The rows as plain dicts, with columns such as `won_by_90`, `lost_by_90` and `complete_by_90` for each age."""
        rows = results.plain_rows(self.rows)
        for line, row in zip(rows, self.rows, strict=True):
            del line["by_age"]
            for at in row.by_age:
                line[f"won_by_{at.age}"] = at.won
                line[f"lost_by_{at.age}"] = at.lost
                line[f"complete_by_{at.age}"] = at.complete
        return rows

    def report(self) -> Report:
        """What is shown."""
        header = ["created", "deals", "won", "lost", "open", "win rate", "at least", "at most"]
        header += [f"won by {age}" for age in self.ages]
        title = f"Deals by {self.every} created, ages in {results.unit_name(self.unit)}"
        return reports.described(self, title, Grid(header, map(_line, self.rows)))

    __str__ = reports.text
    _repr_html_ = reports.html


def _line(row: CreatedIn) -> list[str]:
    return [
        row.label,
        *map(results.number, (row.deals, row.won, row.lost, row.open)),
        *map(results.percent, (row.rate, row.at_least, row.at_most)),
        *(f"{'' if at.complete or at.won is None else '~'}{results.percent(at.won)}" for at in row.by_age),
    ]


def cohorts(
    deals: Deals,
    *,
    as_of: datetime | None = None,
    period: Period | None = None,
    every: Every = "month",
    calendar: Calendar | None = None,
    ages: Iterable[int] = _AGES,
    unit: timedelta = timedelta(days=1),
    process: Process | None = None,
    void: Collection[str] = (),
) -> Cohorts:
    """Deals by the month in which they were created, and what share of them is won as they grow older.

    Of a young cohort only the quick deals are decided. At an age that all its deals have passed, or were closed before,
    the shares are plain counts; at an age that at least ten have passed they are estimated from those, with the
    others censored at `as_of` (Aalen and Johansen 1978, Scand. J. Stat. 5, 141–150); beyond that nothing is said.

    Args:
        deals: the book, or its table.
        as_of: how the deals stood; needed unless a table brings it.
        period: when they were created, half-open; from the first opening without it.
        every: `week` (ISO, from Monday) or `month`.
        calendar: whose midnights bound them; UTC without it.
        ages: at which the cohorts are compared, in whole units.
        unit: what ages are counted in.
        process: deals lost for its reasons with `counts=False`, such as a duplicate, are kept out.
        void: more reasons that do not count.

    Warns:
        SmallSample: fewer than ten deals were created in a week or month.

    Raises:
        OutOfRange: `every` is neither, no age or a negative one, or a unit that is not positive.

    >>> from datetime import UTC
    >>> from salesprocess.stages import Stage
    >>> solar = Process("solar", stages=[Stage("lead"), Stage.won("won"), Stage.lost("lost")])
    >>> at, day = datetime(2026, 1, 1, tzinfo=UTC), timedelta(days=1)
    >>> leads = [solar.open(f"D{number}", at=at + 2 * number * day) for number in range(29)]
    >>> deals = [solar.win(lead, at=lead.opened_at + 20 * day) for lead in leads[::2]] + leads[1::2]
    >>> for row in cohorts(deals, as_of=at + 90 * day, ages=[15, 30, 60]).rows:
    ...     print(row.label, row.deals, [at.won and round(at.won, 2) for at in row.by_age])
    2026-01 16 [0.0, 0.5, 0.5]
    2026-02 13 [0.0, 0.54, None]
    """
    table, whole = table_of(deals, as_of), whole_microseconds(unit)
    compared = tuple(sorted({*ages}))
    if not compared or compared[0] < 0:
        raise OutOfRange("ages", compared, "one or more ages, none negative")
    c, inside = table.columns, span(period)
    skipped = void_rows(table, process, void)
    created = [row for row in range(len(table)) if row not in skipped and c.opened[row] in inside]
    kept = sorted((row for row in created if c.observed[row]), key=c.opened.__getitem__)
    now = microseconds(table.as_of)
    first, last = (c.opened[kept[0]], c.opened[kept[-1]]) if kept else (now, now)
    months = every_between(every, calendar or Calendar(), first, last)
    groups: list[list[int]] = [[] for _ in months]
    starts = [microseconds(month.start) for month in months]
    for row in kept:
        groups[bisect_right(starts, c.opened[row]) - 1].append(row)
    rows = tuple(
        _row(table, month, group, compared, whole) for month, group in zip(months, groups, strict=True) if kept
    )
    results.warn_if_small({row.label: (row.deals,) for row in rows})
    left_out = {
        VOID: len(skipped),
        UNOBSERVED: len(created) - len(kept),
        f"not created {when(period)}": len(table) - len(skipped) - len(created),
    }
    excluded = by_reason(table.excluded, left_out)
    return Cohorts(table.as_of, every, period, compared, unit, rows, len(kept), excluded)


def _row(table: DealTable, month: Period, rows: Sequence[int], ages: Sequence[int], unit: int) -> CreatedIn:
    c, now, n = table.columns, microseconds(table.as_of), len(rows)
    won, lost = (sum(c.status[row] == status for row in rows) for status in (WON, LOST))
    closes = [(c.closed[row] - c.opened[row]) // unit for row in rows]
    counts = age_counts(closes, [_CAUSES.get(c.status[row], CENSORED) for row in rows], kinds=len(_CAUSES))
    incidence = aalen_johansen(counts).incidence
    possible = [(now - c.opened[row]) // unit for row in rows]
    under_way = [age for row, age in zip(rows, possible, strict=True) if c.status[row] < WON]
    by_age: list[Maturity] = []
    for age in ages:
        followed = sum(each > age for each in possible)
        complete = all(each > age for each in under_way)
        place = bisect_right(counts.ages, age) - 1
        told = bool(rows) and (complete or followed >= results.ENOUGH)
        won_by, lost_by = (_at(shares, place) if told else None for shares in incidence)
        by_age.append(Maturity(age, won_by, lost_by, followed, complete))
    return CreatedIn(
        month.label,
        month.start,
        n,
        won,
        lost,
        n - won - lost,
        results.share(won, won + lost),
        results.share(won, n),
        results.share(n - lost, n),
        tuple(by_age),
    )


def _at(shares: Sequence[float], place: int) -> float:
    return shares[place] if place >= 0 else 0.0
