"""What came in, what was won and lost, and what was under way, week by week or month by month."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Sequence
from datetime import datetime
from itertools import accumulate
from math import sqrt
from statistics import fmean

import attrs

from salesprocess.analytics import reports, results
from salesprocess.analytics.cohort import VOID, by_reason
from salesprocess.analytics.deal_table import LOST, WON, DealColumns, Deals, DealTable, moment, table_of
from salesprocess.analytics.reports import Grid, Report, Sentences
from salesprocess.analytics.series import Series
from salesprocess.analytics.spans import DAY, Every, every_between, span, when
from salesprocess.analytics.visits import microseconds
from salesprocess.analytics.win_rates import void_rows
from salesprocess.errors import OutOfRange
from salesprocess.frozen import FrozenDict
from salesprocess.process import Process
from salesprocess.timing import Calendar, Period

_CLEAR = 1.645
"""A book is not steady when what came and what left differ by more than this many standard deviations."""


@attrs.frozen
class Flow:
    """One week or month.

    Attributes:
        label: its name.
        start, end: what of it was counted, half-open: within the period, and until the moment after `as_of`.
        complete: it was counted from its first to its last instant.
        entered: deals opened in it.
        won, lost: deals closed in it.
        wip_start, wip_end: deals under way at `start` and at `end`; the difference is entered − won − lost.
        average_wip: how many were under way on average over time.
    """

    label: str
    start: datetime
    end: datetime
    complete: bool
    entered: int
    won: int
    lost: int
    wip_start: int
    wip_end: int
    average_wip: float


@attrs.frozen
class LittlesLaw:
    """Average work in progress = what leaves a day · the time that a deal takes, in a book that neither grows nor ages.

    Attributes:
        average_wip: L, deals under way on average over the whole time counted.
        came, left: deals opened, and deals won or lost, a day.
        time: L / left, the days that a deal takes if the law holds; None when nothing left.
        observed: the mean days from opening to close of the deals that left, where the opening was observed; None
            without any.
        steady: what came and what left do not differ by more than chance: what the law asks for.
    """

    average_wip: float
    came: float
    left: float
    time: float | None
    observed: float | None
    steady: bool


@attrs.frozen
class Throughput:
    """The flow of a book; prints as a table.

    Attributes:
        as_of: how the deals stood.
        every: what the time is cut into.
        period: what was counted; None from the first opening to `as_of`.
        rows: one a week or month, in order.
        law: Little's law over all of them; None without rows.
        n: how many deals were under way at any moment of it.
        excluded: what was left out, by reason.
    """

    as_of: datetime
    every: Every
    period: Period | None
    rows: tuple[Flow, ...]
    law: LittlesLaw | None
    n: int
    excluded: FrozenDict[str, int]

    definition = (
        "entered: by the day of the opening, or, of a deal that an import found there, of its record; won, lost: by "
        "the day of the close that stands at as_of, so that a deal that came back was under way meanwhile, and so was "
        "one on hold; under way at the end = at the start + entered − won − lost. Little's law: average under way = "
        "closed a day · days a deal takes"
    )

    @property
    def cohort(self) -> str:
        """Which deals these are."""
        return f"deals under way {when(self.period)} until as_of"

    def series(self, of: str) -> Series:
        """One of the numbers over time, for `trend`; weeks or months that were not counted in full are left out.

        Args:
            of: `entered`, `won`, `lost`, `wip_start`, `wip_end` or `average_wip`.

        Raises:
            OutOfRange: there is no such number.
        """
        names = ("entered", "won", "lost", "wip_start", "wip_end", "average_wip")
        if of not in names:
            raise OutOfRange("of", of, f"one of {', '.join(names)}")
        whole = [row for row in self.rows if row.complete]
        cut = {f"{self.every} not counted in full": len(self.rows) - len(whole)}
        return Series(
            f"{of.replace('_', ' ')} a {self.every}",
            [(row.label, float(getattr(row, of))) for row in whole],
            as_of=self.as_of,
            excluded=by_reason(self.excluded, cut),
        )

    def report(self) -> Report:
        """What is shown."""
        header = [self.every, "entered", "won", "lost", "under way", "at the end", "on average"]
        rows = (
            [
                row.label + ("" if row.complete else " (in part)"),
                *map(results.number, (row.entered, row.won, row.lost, row.wip_start, row.wip_end, row.average_wip)),
            ]
            for row in self.rows
        )
        words = [Sentences([_in_words(self.law)])] if self.law else []
        return reports.described(self, f"Throughput a {self.every}", Grid(header, rows), *words)

    to_rows = results.rows_of
    __str__ = reports.text
    _repr_html_ = reports.html


def _in_words(law: LittlesLaw) -> str:
    if law.time is None:
        return f"Little's law: {results.number(law.average_wip)} deals under way on average, and none was closed."
    told = (
        f"Little's law: {results.number(law.average_wip)} deals under way on average / {law.left:.2f} closed a day = "
        f"{results.number(law.time)} days a deal; those closed took {results.number(law.observed)} days. "
    )
    if law.steady:
        return told + "What came and what left are in balance, as the law asks."
    grows = "more came than left: deals now under way are not in the days observed"
    shrinks = "more left than came: the days observed are of a larger book"
    return told + f"They need not agree, since {grows if law.came > law.left else shrinks}."


def throughput(
    deals: Deals,
    *,
    as_of: datetime | None = None,
    period: Period | None = None,
    every: Every = "month",
    calendar: Calendar | None = None,
    process: Process | None = None,
    void: Collection[str] = (),
) -> Throughput:
    """How many deals came in, were won and were lost, week by week or month by month, and how many were under way.

    Little's law (Little 1961, Operations Research 9, 383–387) ties the three together: L = λ · W, the average number
    under way is what leaves a day times the days that a deal takes. Over a stretch of time it holds as far as the book
    is the same at both ends (Little 2011, Operations Research 59, 536–549).

    Args:
        deals: the book, or its table.
        as_of: how the deals stood; needed unless a table brings it.
        period: what is counted, half-open; from the first opening without it, and never beyond `as_of`.
        every: `week` (ISO, from Monday) or `month`.
        calendar: whose midnights bound them; UTC without it.
        process: deals lost for its reasons with `counts=False`, such as a duplicate, are kept out.
        void: more reasons that do not count.

    Raises:
        OutOfRange: `every` is neither, or the period begins after `as_of`.

    >>> from datetime import UTC, timedelta
    >>> from salesprocess.stages import Stage
    >>> solar = Process("solar", stages=[Stage("lead"), Stage.won("won"), Stage.lost("lost")])
    >>> at, day = datetime(2026, 1, 5, tzinfo=UTC), timedelta(days=1)
    >>> leads = [solar.open(f"D{number}", at=at + number * day) for number in range(40)]
    >>> deals = [solar.win(lead, at=lead.opened_at + 10 * day) for lead in leads[:30]] + leads[30:]
    >>> for row in throughput(deals, as_of=at + 50 * day).rows:
    ...     print(row.label, row.entered, row.won, row.wip_end, row.complete)
    2026-01 27 17 10 False
    2026-02 13 13 10 False
    """
    table = table_of(deals, as_of)
    c, after = table.columns, microseconds(table.as_of) + 1
    if period is not None and microseconds(period.start) >= after:
        raise OutOfRange("period", period, f"one that begins by as_of, {table.as_of.isoformat()}")
    skipped = void_rows(table, process, void)
    kept = [row for row in range(len(table)) if row not in skipped]
    bounds = span(period)
    first = min((c.opened[row] for row in kept), default=after)
    start, end = first if period is None else bounds.start, min(bounds.stop, after)
    counts = _Counts.of(table, kept)
    whole = every_between(every, calendar or Calendar(), start, max(start, end - 1))
    rows = tuple(_flow(counts, each, start, end) for each in whole) if start < end else ()
    law = _law(c, kept, counts, start, end) if rows else None
    n = bisect_left(counts.opened, end) - bisect_left(counts.closed, start)
    excluded = by_reason(table.excluded, {VOID: len(skipped), f"not under way {when(period)}": len(kept) - n})
    if law:
        results.warn_if_small({"Little's law": (sum(row.won + row.lost for row in rows),)})
    return Throughput(table.as_of, every, period, rows, law, n, excluded)


@attrs.frozen
class _Counts:
    """When deals were opened, closed, won and lost, ascending, and what the first two sum to."""

    opened: Sequence[int]
    closed: Sequence[int]
    won: Sequence[int]
    lost: Sequence[int]
    opened_sums: Sequence[int]
    closed_sums: Sequence[int]

    @classmethod
    def of(cls, table: DealTable, rows: Sequence[int]) -> _Counts:
        c = table.columns
        opened = sorted(c.opened[row] for row in rows)
        closed = sorted(c.closed[row] for row in rows if c.status[row] >= WON)
        won, lost = (sorted(c.closed[row] for row in rows if c.status[row] == status) for status in (WON, LOST))
        sums = [list(accumulate(times, initial=0)) for times in (opened, closed)]
        return cls(opened, closed, won, lost, *sums)

    def under_way(self, at: int) -> int:
        """How many deals are under way at a moment, what happens at that very moment not yet counted."""
        return bisect_left(self.opened, at) - bisect_left(self.closed, at)

    def time_under_way(self, at: int) -> int:
        """The time under way of all deals until a moment, in microseconds: the area below their number."""
        come, gone = bisect_left(self.opened, at), bisect_left(self.closed, at)
        return come * at - self.opened_sums[come] - (gone * at - self.closed_sums[gone])


def _within(times: Sequence[int], start: int, end: int) -> int:
    return bisect_left(times, end) - bisect_left(times, start)


def _flow(counts: _Counts, whole: Period, start: int, end: int) -> Flow:
    first, last = microseconds(whole.start), microseconds(whole.end)
    begin, stop = max(first, start), min(last, end)
    return Flow(
        whole.label,
        moment(begin),
        moment(stop),
        (begin, stop) == (first, last),
        _within(counts.opened, begin, stop),
        _within(counts.won, begin, stop),
        _within(counts.lost, begin, stop),
        counts.under_way(begin),
        counts.under_way(stop),
        (counts.time_under_way(stop) - counts.time_under_way(begin)) / (stop - begin),
    )


def _law(c: DealColumns, rows: Sequence[int], counts: _Counts, start: int, end: int) -> LittlesLaw:
    days = (end - start) / DAY
    came, left = _within(counts.opened, start, end), _within(counts.closed, start, end)
    average = (counts.time_under_way(end) - counts.time_under_way(start)) / (end - start)
    took = [
        c.closed[row] - c.opened[row]
        for row in rows
        if c.status[row] >= WON and c.observed[row] and start <= c.closed[row] < end
    ]
    return LittlesLaw(
        average,
        came / days,
        left / days,
        average * days / left if left else None,
        fmean(took) / DAY if took else None,
        abs(came - left) <= _CLEAR * sqrt(came + left),
    )
