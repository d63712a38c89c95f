"""Why deals were lost, and why they were won, in the words of those who closed them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Literal, TypeAlias

import attrs

from salesprocess.analytics import reports, results
from salesprocess.analytics.cohort import VOID, by_reason
from salesprocess.analytics.deal_table import LOST, WON, Deals, DealTable, table_of
from salesprocess.analytics.distributions import wilson
from salesprocess.analytics.reports import Grid, Report
from salesprocess.analytics.spans import DAY, quantile, span, when
from salesprocess.analytics.valuations import counted_as
from salesprocess.analytics.win_rates import void_rows
from salesprocess.analytics.worth import LEVEL
from salesprocess.analytics.worths import Rates, Worths, value_share, worths
from salesprocess.frozen import FrozenDict
from salesprocess.money import Money
from salesprocess.process import Process
from salesprocess.timing import Period

Side: TypeAlias = Literal["lost", "won"]

UNTOLD = "not told"
"""What stands in a table where nobody gave a reason."""


@attrs.frozen
class CloseReason:
    """The deals closed for one reason.

    Attributes:
        reason: the reason; None where nobody gave one.
        deals: how many.
        share: of all deals closed so.
        low, high: its 80 % interval by Wilson.
        value: what they are worth; None when no one currency tells it.
        value_share: of the worth of all deals closed so; None when that is nothing.
        days: the median days from opening to close; None where no opening was observed.
        stage: the stage from which most of them were closed; None where no stage is known.
        stage_share: the share of them that was closed from there.
    """

    reason: str | None
    deals: int
    share: float
    low: float
    high: float
    value: Money | None
    value_share: float | None
    days: float | None
    stage: str | None
    stage_share: float


@attrs.frozen
class Reasons:
    """The reasons for which deals were lost or won, the most frequent first; prints as a table.

    Attributes:
        as_of: how the deals stood.
        side: `lost` or `won`.
        period: when they were closed; None for any time.
        currency: of the values; None when there are none, or several and none was named.
        rows: one a reason.
        by_stage: how many deals were closed for each reason from each stage; None for what nobody told.
        n: how many deals were closed so.
        excluded: what was left out, by reason.
        valued: what a deal counts with where that is not its amount; empty where it is.
    """

    as_of: datetime
    side: Side
    period: Period | None
    currency: str | None
    rows: tuple[CloseReason, ...]
    by_stage: FrozenDict[tuple[str | None, str | None], int]
    n: int
    excluded: FrozenDict[str, int]
    valued: str = ""

    @property
    def definition(self) -> str:
        """How the numbers are formed."""
        told = (
            f"deals that are {self.side} at as_of, by the reason of that close; share: of all of them, with its 80 % "
            "interval by Wilson; days: median from opening to close; stage: from which most were closed"
        )
        return counted_as(told, self.valued)

    @property
    def cohort(self) -> str:
        """Which deals these are."""
        return f"deals {self.side} {when(self.period)}"

    def report(self) -> Report:
        """What is shown."""
        code = f" {self.currency}" if self.currency else ""
        header = ["reason", "mostly from", "deals", "share", "80 % interval", f"value{code}", "by value", "days"]
        title = "Why deals were lost" if self.side == "lost" else "Why deals were won"
        return reports.described(self, title, Grid(header, map(_line, self.rows), words=2))

    to_rows = results.rows_of
    __str__ = reports.text
    _repr_html_ = reports.html


def _line(row: CloseReason) -> list[str]:
    stage = results.NOTHING if row.stage is None else f"{row.stage} ({results.percent(row.stage_share)})"
    return [
        row.reason or UNTOLD,
        stage,
        results.number(row.deals),
        results.percent(row.share),
        results.between(row.low, row.high),
        results.money(row.value),
        results.percent(row.value_share),
        results.number(row.days),
    ]


def loss_reasons(
    deals: Deals,
    *,
    as_of: datetime | None = None,
    period: Period | None = None,
    process: Process | None = None,
    void: Collection[str] = (),
    currency: str | None = None,
    rates: Rates | None = None,
) -> Reasons:
    """Why deals were lost: how often, for how much, after how long and from which stage.

    Args:
        deals: the book, or its table.
        as_of: how the deals stood; needed unless a table brings it.
        period: when they were lost, half-open; at any time without it.
        process: its reasons with `counts=False`, such as a duplicate, are kept out.
        void: more reasons that do not count.
        currency: of the values; the only one that occurs without it.
        rates: what one unit of another currency is worth in it.

    Warns:
        SmallSample: fewer than ten deals were lost.

    Raises:
        MissingRate: there is no rate for a currency.

    >>> from datetime import UTC
    >>> from salesprocess.stages import Stage
    >>> lost = Stage.lost("lost", reasons=["price", "timing"])
    >>> solar = Process("solar", stages=[Stage("lead"), Stage.won("won"), lost])
    >>> at = datetime(2026, 1, 5, tzinfo=UTC)
    >>> leads = [solar.open(f"D{number}", at=at) for number in range(12)]
    >>> deals = [solar.lose(lead, reason="timing" if row % 3 else "price", at=at) for row, lead in enumerate(leads)]
    >>> [(row.reason, row.deals, row.stage) for row in loss_reasons(deals, as_of=at).rows]
    [('timing', 8, 'lead'), ('price', 4, 'lead')]
    """
    table = table_of(deals, as_of)
    return _reasons(table, "lost", period, void_rows(table, process, void), worths(table, currency, rates))


def win_reasons(
    deals: Deals,
    *,
    as_of: datetime | None = None,
    period: Period | None = None,
    currency: str | None = None,
    rates: Rates | None = None,
) -> Reasons:
    """Why deals were won, by the reason given when they were: `process.win(deal, reason=...)`.

    Args:
        deals: the book, or its table.
        as_of: how the deals stood; needed unless a table brings it.
        period: when they were won, half-open; at any time without it.
        currency: of the values; the only one that occurs without it.
        rates: what one unit of another currency is worth in it.

    Warns:
        SmallSample: fewer than ten deals were won.

    Raises:
        MissingRate: there is no rate for a currency.

    >>> from datetime import UTC
    >>> from salesprocess.stages import Stage
    >>> solar = Process("solar", stages=[Stage("lead"), Stage.won("won"), Stage.lost("lost")])
    >>> at = datetime(2026, 1, 5, tzinfo=UTC)
    >>> leads = [solar.open(f"D{number}", at=at) for number in range(10)]
    >>> deals = [solar.win(lead, reason="service", at=at) for lead in leads]
    >>> [(row.reason, row.deals, row.share) for row in win_reasons(deals, as_of=at).rows]
    [('service', 10, 1.0)]
    """
    table = table_of(deals, as_of)
    return _reasons(table, "won", period, set(), worths(table, currency, rates))


def _reasons(table: DealTable, side: Side, period: Period | None, skipped: set[int], worth: Worths) -> Reasons:
    c, inside, status = table.columns, span(period), LOST if side == "lost" else WON
    closed = [row for row in range(len(table)) if c.status[row] == status and row not in skipped]
    counted = [row for row in closed if c.closed[row] in inside]
    groups: defaultdict[str | None, list[int]] = defaultdict(list)
    for row in counted:
        groups[_named(table.reasons, c.reason[row])].append(row)
    whole = worth.total(counted)
    rows = [_reason(table, name, each, len(counted), worth, whole) for name, each in groups.items()]
    rows.sort(key=lambda row: (-row.deals, row.reason is None, row.reason or ""))
    results.warn_if_small({f"deals {side}": (len(counted),)}, stacklevel=4)
    excluded = {
        VOID: len(skipped),
        f"not {side}": len(table) - len(closed) - len(skipped),
        f"not {side} {when(period)}": len(closed) - len(counted),
    }
    by_stage = Counter((_named(table.reasons, c.reason[row]), _named(table.stages, c.left[row])) for row in counted)
    return Reasons(
        table.as_of,
        side,
        period,
        worth.currency,
        tuple(rows),
        FrozenDict(by_stage),
        len(counted),
        by_reason(table.excluded, excluded, worth.missing(counted, "the values")),
        worth.valued,
    )


def _reason(
    table: DealTable, name: str | None, rows: Sequence[int], all_closed: int, worth: Worths, whole: Money | None
) -> CloseReason:
    c = table.columns
    low, high = wilson(len(rows), all_closed, LEVEL)
    value = worth.total(rows)
    stages = Counter(c.left[row] for row in rows if c.left[row] >= 0)
    stage = min(stages, key=lambda code: (-stages[code], table.stages[code]), default=-1)
    days = sorted((c.closed[row] - c.opened[row]) / DAY for row in rows if c.observed[row])
    return CloseReason(
        name,
        len(rows),
        len(rows) / all_closed,
        low,
        high,
        value,
        value_share(value, whole),
        quantile(days, 0.5),
        _named(table.stages, stage),
        stages[stage] / len(rows),
    )


def _named(names: Sequence[str], code: int) -> str | None:
    return names[code] if code >= 0 else None
