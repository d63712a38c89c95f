"""How the open pipeline went from one moment to another: each deal that came, changed or went, balancing to zero."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

import attrs

from salesprocess.analytics import reports, results
from salesprocess.analytics.cohort import VOID, by_reason
from salesprocess.analytics.deal_table import DealTable, deal_table
from salesprocess.analytics.pipeline_steps import BUCKETS, Bucket, Side, WaterfallStep, steps
from salesprocess.analytics.reports import Grid, Report
from salesprocess.analytics.spans import days, span
from salesprocess.analytics.valuations import Value, counted_as
from salesprocess.analytics.win_rates import void_rows
from salesprocess.analytics.worth import settled
from salesprocess.analytics.worths import Rates, worths
from salesprocess.deal import Deal
from salesprocess.errors import OutOfRange, WrongKind
from salesprocess.frozen import FrozenDict
from salesprocess.money import Money
from salesprocess.process import Process
from salesprocess.timing import Period


@attrs.frozen
class Pipeline:
    """So many open deals, and what they are worth."""

    deals: int
    amount: Money


@attrs.frozen
class WaterfallRow:
    """One bucket.

    Attributes:
        bucket: why the pipeline changed.
        deals: how many deals it moved.
        count: by how many the pipeline grew or, below 0, shrank.
        change: by how much its sum moved.
    """

    bucket: Bucket
    deals: int
    count: int
    change: Money


@attrs.frozen
class Waterfall:
    """The way of the open pipeline from one moment to another; prints as a table.

    Attributes:
        before: how the deals stood at the start.
        as_of: how they stood at the end.
        period: the deals expected to close in it; None for all.
        owners: whose deals; None for everybody's.
        currency: of all amounts.
        start, end: the pipeline at both moments.
        steps: each change of each deal, by bucket, the largest first.
        n: how many deals were in the pipeline at the start or at the end, or went through it in between.
        excluded: what was left out, by reason.
        valued: what a deal counts with where that is not its amount; empty where it is.
    """

    before: datetime
    as_of: datetime
    period: Period | None
    owners: tuple[str, ...] | None
    currency: str
    start: Pipeline
    end: Pipeline
    steps: tuple[WaterfallStep, ...]
    n: int
    excluded: FrozenDict[str, int]
    valued: str = ""

    _definition = (
        "the open deals at the start, plus what came, grew and shrank, less what went, are those at the end, exactly; "
        "deals on hold are outside. A deal that was amended and closed changes first and goes with its last amount; "
        "one that came and was closed in between is in two buckets, if it was won in the period or lost and due in it"
    )

    @property
    def definition(self) -> str:
        """How the numbers are formed."""
        return counted_as(self._definition, self.valued)

    @property
    def cohort(self) -> str:
        """Which deals these are."""
        due = "" if self.period is None else f", expected to close in {self.period}"
        whose = "" if self.owners is None else f", of {', '.join(self.owners)}"
        return f"open deals{due}{whose}; the start as of {self.before.isoformat()}"

    @property
    def rows(self) -> tuple[WaterfallRow, ...]:
        """The buckets that occur, in their own order; they add up to the change."""
        found: dict[Bucket, list[WaterfallStep]] = {}
        for step in self.steps:
            found.setdefault(step.bucket, []).append(step)
        return tuple(_row(bucket, found[bucket], self.currency) for bucket in BUCKETS if bucket in found)

    def bucket(self, name: Bucket) -> WaterfallRow:
        """One bucket, also when nothing is in it.

        Raises:
            OutOfRange: there is no such bucket.
        """
        if name not in BUCKETS:
            raise OutOfRange("name", name, f"one of {', '.join(BUCKETS)}")
        return _row(name, [step for step in self.steps if step.bucket == name], self.currency)

    @property
    def imbalance(self) -> Money:
        """What the buckets leave unexplained: nothing, always."""
        explained = Money.total((row.change for row in self.rows), self.currency)
        return self.end.amount - self.start.amount - explained

    def report(self) -> Report:
        """What is shown."""
        largest = {step.bucket: f"{step.deal} {step.detail}".strip() for step in reversed(self.steps)}
        lines = [
            _line("start", self.start.deals, self.start.amount),
            *(_line(row.bucket, row.deals, row.change, largest[row.bucket]) for row in self.rows),
            _line("end", self.end.deals, self.end.amount),
        ]
        grid = Grid(["", "largest", "deals", f"amount {self.currency}"], lines, words=2)
        return reports.described(self, "Waterfall of the open pipeline", grid)

    to_rows = results.rows_of
    __str__ = reports.text
    _repr_html_ = reports.html


def _row(bucket: Bucket, moved: Collection[WaterfallStep], currency: str) -> WaterfallRow:
    change = Money.total((step.change for step in moved), currency)
    return WaterfallRow(bucket, len(moved), sum(step.count for step in moved), change)


def _line(name: str, deals: int, amount: Money, detail: str = "") -> list[str]:
    return [name, detail, results.number(deals), results.money(amount)]


def waterfall(
    deals: Iterable[Deal],
    start: datetime,
    end: datetime,
    *,
    period: Period | None = None,
    owners: Collection[str] | None = None,
    process: Process | None = None,
    void: Collection[str] = (),
    value: Value = "amount",
    currency: str | None = None,
    rates: Rates | None = None,
    rates_before: Rates | None = None,
) -> Waterfall:
    """Why the open pipeline is another one at `end` than at `start`.

    Args:
        deals: the book with its histories.
        start, end: the two moments, inclusive.
        period: only deals expected to close in it are in the pipeline; all without it.
        owners: only deals of these are in the pipeline; everybody's without it.
        process: deals lost for its reasons with `counts=False`, such as a duplicate, are `void` and not `lost`.
        void: more reasons that do not count.
        value: what a deal counts with, as for `deal_table`.
        currency: of the amounts; the only one that occurs without it.
        rates: what one unit of another currency is worth in it, at the end.
        rates_before: the same at the start; without it the same rates, so that none of them changes.

    Raises:
        CurrencyMismatch, NoHistory: no currency is named, and several occur or none.
        MissingRate: there is no rate for a currency.
        OutOfRange: the end is before the start.
        WrongKind: `owners` is one text and no collection.

    >>> from datetime import UTC, timedelta
    >>> from salesprocess.stages import Stage
    >>> solar = Process("solar", stages=[Stage("lead"), Stage.won("won"), Stage.lost("lost")])
    >>> monday, day = datetime(2026, 1, 5, tzinfo=UTC), timedelta(days=1)
    >>> acme, best = (solar.open(name, at=monday, amount=Money(1000, "EUR")) for name in ("ACME", "BEST"))
    >>> acme = solar.win(solar.amend(acme, amount=Money(1200, "EUR"), at=monday + 2 * day), at=monday + 3 * day)
    >>> week = waterfall([acme, best], monday, monday + 7 * day)
    >>> [(row.bucket, row.change) for row in week.rows]
    [('increased', Money('200', 'EUR')), ('won', Money('-1200', 'EUR'))]
    >>> week.start.amount, week.end.amount, week.imbalance
    (Money('2000', 'EUR'), Money('1000', 'EUR'), Money('0', 'EUR'))
    """
    book = list(deals)
    return waterfall_between(
        deal_table(book, as_of=start, value=value),
        deal_table(book, as_of=end, value=value),
        period=period,
        owners=owners,
        process=process,
        void=void,
        currency=currency,
        rates=rates,
        rates_before=rates_before,
    )


def waterfall_between(
    before: DealTable,
    after: DealTable,
    *,
    period: Period | None = None,
    owners: Collection[str] | None = None,
    process: Process | None = None,
    void: Collection[str] = (),
    currency: str | None = None,
    rates: Rates | None = None,
    rates_before: Rates | None = None,
) -> Waterfall:
    """The `waterfall` between two tables, such as a program keeps of every week.

    Args:
        before, after: the book at the start and at the end, with deals valued alike; a deal that only the first has is
            `removed`.
        period, owners, process, void, currency, rates, rates_before: as for `waterfall`.

    Raises:
        CurrencyMismatch, NoHistory, MissingRate, OutOfRange, WrongKind: as `waterfall`.

    >>> from datetime import UTC
    >>> table = deal_table([], as_of=datetime(2026, 1, 5, tzinfo=UTC))
    >>> waterfall_between(table, table, currency="EUR").rows
    ()
    """
    if isinstance(owners, str):
        raise WrongKind("owners", owners, "a collection of names, such as ['kari']")
    if after.valued != before.valued:
        told = f"a table of deals valued as in the first, by {before.valued or 'their amounts'}"
        raise OutOfRange("after", after.valued or "the amounts", told)
    if after.as_of < before.as_of:
        raise OutOfRange("after", after.as_of, f"not before the start, {before.as_of.isoformat()}")
    stated = (amount for table in (before, after) for amount in table.columns.amount if amount is not None)
    currency = settled(currency, stated)
    whose = None if owners is None else frozenset(owners)
    due = None if period is None else days(period)
    then, now = (
        Side(table, worths(table, currency, exchange), due, span(period), whose)
        for table, exchange in ((before, rates if rates_before is None else rates_before), (after, rates))
    )
    voided = void_rows(after, process, void)
    moved = list(steps(then, now, void=voided, currency=currency, rates=rates or {}))
    order = {bucket: place for place, bucket in enumerate(BUCKETS)}
    moved.sort(key=lambda step: (order[step.bucket], -abs(step.change.amount), step.deal))
    start, end = then.inside(), now.inside()
    counted = {step.deal for step in moved} | {before.deals[row] for row in start} | {after.deals[row] for row in end}
    left_out = {*before.deals, *after.deals} - counted
    passed = sum(after.deals[row] in left_out for row in voided)
    reasons = {
        VOID: passed,
        "in the pipeline at neither moment, and not closed in it in between": len(left_out) - passed,
        f"{now.worth.silence}, from the amounts alone": len(counted & (then.silent() | now.silent())),
    }
    return Waterfall(
        before.as_of,
        after.as_of,
        period,
        None if whose is None else tuple(sorted(whose)),
        currency,
        _pipeline(then, start, currency),
        _pipeline(now, end, currency),
        tuple(moved),
        len(counted),
        by_reason(after.excluded, reasons),
        after.valued,
    )


def _pipeline(side: Side, rows: Collection[int], currency: str) -> Pipeline:
    return Pipeline(len(rows), side.worth.total(rows) or Money(0, currency))
