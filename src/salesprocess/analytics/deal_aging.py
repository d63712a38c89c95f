"""Which open deals have been in their stage for longer than nearly all deals that were won."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import attrs

from salesprocess.analytics import reports, results
from salesprocess.analytics.deal_table import Deals, DealTable, table_of
from salesprocess.analytics.journeys import journeys, stage_order
from salesprocess.analytics.reports import Grid, Report
from salesprocess.analytics.spans import quantile
from salesprocess.analytics.stays import PART_UNSEEN, Measure, stays
from salesprocess.analytics.valuations import counted_as
from salesprocess.analytics.visits import StageVisits, need_visits, whole_microseconds
from salesprocess.analytics.worths import Rates, Worths, worths
from salesprocess.errors import OutOfRange
from salesprocess.frozen import FrozenDict
from salesprocess.money import Money
from salesprocess.process import Process

_SHOWN = 20
"""So many deals stand in the text; `deals` has all."""


@attrs.frozen
class AgingDeal:
    """An open deal beside the deals that were won.

    Attributes:
        deal: its id.
        stage: where it is.
        time: how long it has been there, in completed units without the time on hold.
        limit: what the stated share of the won deals did not exceed; None when no won deal was there.
        owner, amount: as the deals tell; None without them.
    """

    deal: str
    stage: str
    time: int
    limit: int | None
    owner: str | None
    amount: Money | None

    @property
    def beyond(self) -> int | None:
        """By how much it is over the limit; 0 or less within it; None without a limit."""
        return None if self.limit is None else self.time - self.limit


@attrs.frozen
class StageAging:
    """The open deals in one stage.

    Attributes:
        stage: the stage.
        open: how many open deals are in it.
        median: the time that half of them have not exceeded; None without any.
        won: how many won deals were in it.
        limit: what the stated share of these did not exceed; None without any.
        beyond: how many open deals are over the limit; None without one.
        beyond_amount: what these are worth; None without amounts.
    """

    stage: str
    open: int
    median: int | None
    won: int
    limit: int | None
    beyond: int | None
    beyond_amount: Money | None


@attrs.frozen
class Aging:
    """The work in progress by its age in the stage; prints as a table and the list of the deals that are over.

    Attributes:
        as_of: until when time is counted.
        measure: whether the latest visit is timed, or all visits of the stage together.
        share: of the won deals, those within the limit.
        unit: what time is counted in.
        currency: of the amounts; None without them.
        rows: one a stage, in order.
        deals: every open deal, the one furthest over its limit first, those without a limit last.
        n: how many open deals.
        excluded: what was not counted, by reason.
        valued: what a deal counts with where that is not its amount; empty where it is.
    """

    as_of: datetime
    measure: Measure
    share: float
    unit: timedelta
    currency: str | None
    rows: tuple[StageAging, ...]
    deals: tuple[AgingDeal, ...]
    n: int
    excluded: FrozenDict[str, int]
    valued: str = ""

    cohort = "open deals in an observed visit of a stage, beside the deals won by as_of"

    @property
    def definition(self) -> str:
        """How the numbers are formed."""
        what = "in the stage over all visits" if self.measure == "cumulative" else "in the latest visit of the stage"
        told = (
            f"completed {results.unit_name(self.unit)} {what}, without the time on hold; beyond: over what "
            f"{results.percent(self.share)} of the deals won did not exceed in that stage. Of a deal beyond it is not "
            "said that it is lost, but that few like it were won"
        )
        return counted_as(told, self.valued)

    @property
    def beyond(self) -> tuple[AgingDeal, ...]:
        """The deals over their limit, the one furthest over first."""
        return tuple(deal for deal in self.deals if deal.beyond is not None and deal.beyond > 0)

    def deal_rows(self) -> list[dict[str, Any]]:
        """The open deals as plain dicts."""
        return results.plain_rows(self.deals)

    def report(self) -> Report:
        """What is shown: the stages, and the deals beyond."""
        limit = f"p{self.share * 100:g} of won"
        code = f" {self.currency}" if self.currency else ""
        header = ["stage", "open", "median", "won", limit, "beyond", f"beyond{code or ', amount'}"]
        stages = ([row.stage, *map(_shown, attrs.astuple(row, recurse=False)[1:])] for row in self.rows)
        listed = ["deal beyond", "stage", "owner", results.unit_name(self.unit), limit, f"amount{code}"]
        beyond = self.beyond
        deals = [
            [each.deal, each.stage, each.owner or results.NOTHING, *map(_shown, (each.time, each.limit, each.amount))]
            for each in beyond[:_SHOWN]
        ]
        if len(beyond) > _SHOWN:
            deals.append([f"and {len(beyond) - _SHOWN:,} more", *[""] * 5])
        parts = [Grid(header, stages), *([Grid(listed, deals, words=3)] if deals else [])]
        return reports.described(self, f"Aging, {results.unit_name(self.unit)} in the stage", *parts)

    to_rows = results.rows_of
    __str__ = reports.text
    _repr_html_ = reports.html


def _shown(value: int | Money | None) -> str:
    return results.money(value) if isinstance(value, Money) else results.number(value)


def aging(
    visits: StageVisits,
    process: Process | None = None,
    *,
    deals: Deals | None = None,
    measure: Measure = "latest",
    share: float = 0.85,
    unit: timedelta = timedelta(days=1),
    currency: str | None = None,
    rates: Rates | None = None,
) -> Aging:
    """The open deals that have been in their stage for longer than nearly all deals that were won.

    The limit of a stage is the p85 of the time that won deals were in it, the first completed unit that 85 % of them
    did not exceed. What lost deals took does not move it: they often linger.

    Args:
        visits: the visits of the book.
        process: gives the stages and their order; what is in other stages is left out and counted. Without it, the
            visited stages stand by the mean rank of their first entry.
        deals: the same book or its table, for the owners and amounts.
        measure: whether the latest visit of a stage is timed, or all of them together.
        share: of the won deals, those within the limit.
        unit: time is counted in whole units.
        currency: of the amounts; the only one that occurs without it.
        rates: what one unit of another currency is worth in it.

    Warns:
        SmallSample: fewer than ten won deals were in a stage where open ones are.

    Raises:
        WrongKind: `visits` is something else, such as the deals.
        OutOfRange: a share not between 0 and 1, another measure, or a unit that is not positive.
        MissingRate: there is no rate for a currency.

    >>> from datetime import UTC
    >>> from salesprocess.analytics.visits import stage_visits
    >>> from salesprocess.stages import Stage
    >>> solar = Process("solar", stages=[Stage("lead"), Stage.won("won"), Stage.lost("lost")])
    >>> at, day = datetime(2026, 1, 5, tzinfo=UTC), timedelta(days=1)
    >>> leads = [solar.open(f"D{days:02}", at=at) for days in range(30)]
    >>> deals = [solar.win(lead, at=at + days * day) for days, lead in enumerate(leads[:20])] + leads[20:22]
    >>> found = aging(stage_visits(deals, as_of=at + 21 * day), solar)
    >>> [(deal.deal, deal.time, deal.limit) for deal in found.beyond]
    [('D20', 21, 16), ('D21', 21, 16)]
    """
    need_visits(visits)
    if not 0 < share < 1:
        raise OutOfRange("share", share, "between 0 and 1")
    if measure == "visit":
        raise OutOfRange("measure", measure, "latest or cumulative: a deal has one time in its stage")
    whole = whole_microseconds(unit)
    order = stage_order(visits, process, journeys(visits))
    timed = stays(visits, measure)
    excluded = Counter(visits.excluded)
    won = _won(visits)
    past: list[list[int]] = [[] for _ in order.names]
    now: list[list[tuple[str, int]]] = [[] for _ in order.names]
    for deal, code, time, here in timed.each:
        position = order.positions.get(code)
        if position is not None and here:
            now[position].append((visits.deals[deal], time // whole))
        elif position is not None and deal in won:
            past[position].append(time // whole)
        elif code in order.foreign and (here or deal in won):
            whose = "open" if here else "won"
            excluded[f"{whose} deal in a stage that the process does not have, {order.foreign[code]}"] += 1
    if timed.unseen:
        excluded[PART_UNSEEN] += timed.unseen
    limits = [quantile(sorted(times), share) for times in past]
    table = None if deals is None else table_of(deals, visits.as_of)
    worth = Worths(None, ()) if table is None else worths(table, currency, rates)
    rows_of = {} if table is None else {name: row for row, name in enumerate(table.deals)}
    found = [
        [AgingDeal(deal, name, time, limit, *_terms(table, worth, rows_of.get(deal))) for deal, time in here]
        for name, limit, here in zip(order.names, limits, now, strict=True)
    ]
    rows = tuple(
        _row(name, here, len(times), limit, worth.currency)
        for name, here, times, limit in zip(order.names, found, past, limits, strict=True)
    )
    results.warn_if_small({row.stage: (row.won,) for row in rows if row.open})
    every = sorted((each for here in found for each in here), key=_furthest)
    if table is not None:
        known = (row for each in every if (row := rows_of.get(each.deal)) is not None)
        excluded.update(worth.missing(known, "the amounts"))
    return Aging(
        visits.as_of,
        measure,
        share,
        unit,
        worth.currency,
        rows,
        tuple(every),
        len(every),
        FrozenDict(excluded),
        worth.valued,
    )


def _won(visits: StageVisits) -> set[int]:
    """The codes of the deals that are won."""
    c, statuses = visits.columns, visits.statuses
    return {
        deal
        for deal, stage, following in zip(c.deal, c.stage, c.next, strict=True)
        if following < 0 and statuses[stage] == "won"
    }


def _terms(table: DealTable | None, worth: Worths, row: int | None) -> tuple[str | None, Money | None]:
    """Who is responsible for a deal, and what it is worth."""
    if table is None or row is None:
        return None, None
    owner = table.columns.owner[row]
    return table.owners[owner] if owner >= 0 else None, worth.values[row]


def _furthest(deal: AgingDeal) -> tuple[bool, int, int, str]:
    return deal.beyond is None, -(deal.beyond or 0), -deal.time, deal.deal


def _row(name: str, here: Sequence[AgingDeal], won: int, limit: int | None, code: str | None) -> StageAging:
    over = [each for each in here if each.beyond is not None and each.beyond > 0]
    return StageAging(
        name,
        len(here),
        quantile(sorted(each.time for each in here), 0.5),
        won,
        limit,
        None if limit is None else len(over),
        None if code is None else Money.total((each.amount for each in over if each.amount is not None), code),
    )
