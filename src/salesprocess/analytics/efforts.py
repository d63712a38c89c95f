"""How much work a deal takes: activities and touches, of those won, of those lost, and for each win."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from statistics import fmean
from typing import Any, Literal

import attrs

from salesprocess.analytics import reports, results
from salesprocess.analytics.cohort import VOID, by_reason
from salesprocess.analytics.deal_table import LOST, WON, Deals, DealTable, table_of
from salesprocess.analytics.reports import Grid, Report, Sentences
from salesprocess.analytics.spans import quantile, span, when
from salesprocess.analytics.visits import microseconds
from salesprocess.analytics.win_rates import void_rows
from salesprocess.deal import Deal
from salesprocess.events import ActivityDone
from salesprocess.frozen import FrozenDict
from salesprocess.process import Process
from salesprocess.timing import Period

Outcome = Literal["won", "lost", "under way"]


@attrs.frozen
class Effort:
    """The work on the deals of one outcome.

    Attributes:
        outcome: `won`, `lost` or `under way`.
        deals: how many.
        untouched: those on which no work was recorded.
        activities: the activities done on them, until the close.
        mean, median, p85: activities a deal; None without deals.
        touches: activities and notes.
        mean_touches, median_touches, p85_touches: touches a deal; None without deals.
    """

    outcome: Outcome
    deals: int
    untouched: int
    activities: int
    mean: float | None
    median: int | None
    p85: int | None
    touches: int
    mean_touches: float | None
    median_touches: int | None
    p85_touches: int | None


@attrs.frozen
class ActivityEffort:
    """One kind of activity on the deals that were closed.

    Attributes:
        activity: its name.
        won, lost: how often it was done on deals won, and on deals lost.
        on_won, on_lost: the share of these deals on which it was done at all; None without deals.
        per_win: how often it was done for each deal won, lost deals included; None without a win.
    """

    activity: str
    won: int
    lost: int
    on_won: float | None
    on_lost: float | None
    per_win: float | None


@attrs.frozen
class Efforts:
    """The work on a book; prints as a table.

    Attributes:
        as_of: how the deals stood.
        period: when the deals were closed; None for any time.
        rows: won, lost and, without a period, under way.
        kinds: the activities by name, the most frequent first; none where a table was given, which counts them alone.
        activities_per_win, touches_per_win: the work on all deals won or lost, for each one won; None without a win.
        n: how many deals.
        excluded: what was left out, by reason.
    """

    as_of: datetime
    period: Period | None
    rows: tuple[Effort, ...]
    kinds: tuple[ActivityEffort, ...]
    activities_per_win: float | None
    touches_per_win: float | None
    n: int
    excluded: FrozenDict[str, int]

    definition = (
        "activities: work done until the close, in or outside the playbook; touches: activities and notes. Per win: "
        "of all deals won or lost, since what is spent on lost ones is the price of those won. What nobody records "
        "does not count"
    )

    @property
    def cohort(self) -> str:
        """Which deals these are."""
        return "all deals" if self.period is None else f"deals closed {when(self.period)}"

    def report(self) -> Report:
        """What is shown."""
        header = ["outcome", "deals", "untouched", "activities", "a deal", "median", "p85"]
        header += ["touches", "a deal", "median", "p85"]
        rows = ([row.outcome, *map(results.number, attrs.astuple(row)[1:])] for row in self.rows)
        parts: list[Grid | Sentences] = [Grid(header, rows), Sentences(self._words())]
        if self.kinds:
            kinds = ["activity", "on deals won", "on deals lost", "of deals won", "of deals lost", "per win"]
            parts.append(Grid(kinds, map(_line, self.kinds)))
        return reports.described(self, "Effort", *parts)

    def activity_rows(self) -> list[dict[str, Any]]:
        """The kinds of activities as plain dicts."""
        return results.plain_rows(self.kinds)

    def _words(self) -> list[str]:
        if self.activities_per_win is None:
            return ["No deal was won: there is no effort per win."]
        if not self.touches_per_win:
            return ["No work is recorded on the deals closed: what a win takes is not known."]
        activities, touches = map(results.number, (self.activities_per_win, self.touches_per_win))
        return [f"Each win took {activities} activities and {touches} touches, those on lost deals included."]

    to_rows = results.rows_of
    __str__ = reports.text
    _repr_html_ = reports.html


def _line(kind: ActivityEffort) -> list[str]:
    return [
        kind.activity,
        *map(results.number, (kind.won, kind.lost)),
        *map(results.percent, (kind.on_won, kind.on_lost)),
        results.number(kind.per_win),
    ]


def effort(
    deals: Deals,
    *,
    as_of: datetime | None = None,
    period: Period | None = None,
    process: Process | None = None,
    void: Collection[str] = (),
) -> Efforts:
    """The activities and touches that deals take, and what each win takes, lost deals included.

    That an activity is done on more of the deals won does not say that it wins deals: those lost early had no time for
    what comes late.

    Args:
        deals: the book, or its table, which does not tell the kinds of activities apart.
        as_of: how the deals stood; needed unless a table brings it.
        period: when the deals were closed, half-open; without it all deals, those under way too.
        process: deals lost for its reasons with `counts=False`, such as a duplicate, are kept out.
        void: more reasons that do not count.

    Warns:
        SmallSample: fewer than ten deals stand behind a number.

    >>> from datetime import UTC
    >>> from salesprocess.stages import Activity, Stage
    >>> lead = Stage("lead", activities=[Activity("call")])
    >>> solar = Process("solar", stages=[lead, Stage.won("won"), Stage.lost("lost")])
    >>> at = datetime(2026, 1, 5, tzinfo=UTC)
    >>> called = [solar.record(solar.open(f"D{number}", at=at), "call", at=at) for number in range(20)]
    >>> deals = [solar.win(lead, at=at) for lead in called[:10]] + [solar.lose(lead, at=at) for lead in called[10:]]
    >>> effort(deals, as_of=at).activities_per_win
    2.0
    """
    book = deals if isinstance(deals, DealTable) else list(deals)
    table = table_of(book, as_of)
    c, inside = table.columns, span(period)
    skipped = void_rows(table, process, void)
    kept = [row for row in range(len(table)) if row not in skipped]
    closed = [row for row in kept if c.status[row] >= WON and c.closed[row] in inside]
    won, lost = ([row for row in closed if c.status[row] == status] for status in (WON, LOST))
    rows = [_effort(table, "won", won), _effort(table, "lost", lost)]
    if period is None:
        rows.append(_effort(table, "under way", [row for row in kept if c.status[row] < WON]))
    results.warn_if_small({row.outcome: (row.deals,) for row in rows})
    n = sum(row.deals for row in rows)
    excluded = {VOID: len(skipped), f"not closed {when(period)}": len(kept) - n}
    return Efforts(
        table.as_of,
        period,
        tuple(rows),
        () if isinstance(book, DealTable) else _kinds(book, table, won, lost),
        results.share(sum(c.activities[row] for row in closed), len(won)),
        results.share(sum(c.touches[row] for row in closed), len(won)),
        n,
        by_reason(table.excluded, excluded),
    )


def _kinds(
    deals: Iterable[Deal], table: DealTable, won: Sequence[int], lost: Sequence[int]
) -> tuple[ActivityEffort, ...]:
    """The activities on closed deals by name, as they are counted in the table: what happened until the close."""
    sides = {table.deals[row]: (side, table.columns.closed[row]) for side in (0, 1) for row in (won, lost)[side]}
    times, deals_with = (Counter[str](), Counter[str]()), (Counter[str](), Counter[str]())
    now = microseconds(table.as_of)
    for deal in deals:
        if deal.id in sides:
            side, end = sides[deal.id]
            done = Counter(
                event.activity
                for event in deal.history
                if isinstance(event, ActivityDone)
                and microseconds(event.at) <= now
                and microseconds(event.happened or event.at) <= end
            )
            times[side].update(done)
            deals_with[side].update(done.keys())
    both = times[0] + times[1]
    return tuple(
        ActivityEffort(
            name,
            times[0][name],
            times[1][name],
            results.share(deals_with[0][name], len(won)),
            results.share(deals_with[1][name], len(lost)),
            results.share(count, len(won)),
        )
        for name, count in sorted(both.items(), key=lambda item: (-item[1], item[0]))
    )


def _effort(table: DealTable, outcome: Outcome, rows: Sequence[int]) -> Effort:
    activities = sorted(table.columns.activities[row] for row in rows)
    touches = sorted(table.columns.touches[row] for row in rows)
    return Effort(
        outcome,
        len(rows),
        sum(not count for count in touches),
        *_summary(activities),
        *_summary(touches),
    )


def _summary(counts: Sequence[int]) -> tuple[int, float | None, int | None, int | None]:
    return sum(counts), fmean(counts) if counts else None, quantile(counts, 0.5), quantile(counts, 0.85)
