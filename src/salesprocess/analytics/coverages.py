"""How often over the open pipeline of a period covers what its target still lacks."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import chain

import attrs

from salesprocess.analytics import reports, results
from salesprocess.analytics.deal_table import LOST, ON_HOLD, WON, Deals, DealTable, table_of
from salesprocess.analytics.reports import Grid, Report
from salesprocess.analytics.spans import days, span
from salesprocess.analytics.valuations import counted_as
from salesprocess.analytics.worth import settled
from salesprocess.analytics.worths import Rates, unstated, worths
from salesprocess.errors import OutOfRange
from salesprocess.frozen import FrozenDict
from salesprocess.money import Money
from salesprocess.process import Process
from salesprocess.timing import Period

ALL = "all"
"""The row of all owners that have a target."""


@attrs.frozen
class CoverageRow:
    """The coverage of one target.

    Attributes:
        owner: whose target it is; `all` for the sum of them, or for the only one.
        target: what is to be won in the period.
        won: what was won in it by `as_of`.
        gap: target − won; 0 or below when the target is met.
        deals: how many open deals are expected to close in what is left of the period.
        pipeline: what these are worth.
        coverage: pipeline / gap; None when the target is met.
    """

    owner: str
    target: Money
    won: Money
    gap: Money
    deals: int
    pipeline: Money
    coverage: float | None

    @property
    def is_met(self) -> bool:
        """The target is reached, so that nothing is left to be covered."""
        return self.gap.amount <= 0


@attrs.frozen
class Coverage:
    """The coverage of a period; prints as a table.

    Attributes:
        as_of: how the deals stood.
        period: whose target it is.
        currency: of all amounts: that of the target.
        rows: all targets together, then one for each owner who has one.
        n: how many deals are won in the period or open and expected to close in it.
        excluded: all other deals, by the first reason that applies.
        valued: what a deal counts with where that is not its amount; empty where it is.
    """

    as_of: datetime
    period: Period
    currency: str
    rows: tuple[CoverageRow, ...]
    n: int
    excluded: FrozenDict[str, int]
    valued: str = ""

    _definition = (
        "amounts of the open deals that are expected to close in the period, from the day of as_of on / (target − won "
        "in the period); where nothing is missing the target is met and there is no such number. Deals on hold, "
        "overdue or omitted from the forecast are no pipeline"
    )

    @property
    def definition(self) -> str:
        """How the numbers are formed."""
        return counted_as(self._definition, self.valued)

    @property
    def cohort(self) -> str:
        """Which deals these are."""
        return f"deals won in {self.period}, or open and expected to close in it"

    def report(self) -> Report:
        """What is shown."""
        header = ["owner", *(f"{name} {self.currency}" for name in ("target", "won", "gap", "pipeline"))]
        return reports.described(
            self, f"Coverage of {self.period}", Grid([*header, "deals", "coverage"], map(_line, self.rows))
        )

    to_rows = results.rows_of
    __str__ = reports.text
    _repr_html_ = reports.html


def _line(row: CoverageRow) -> list[str]:
    sums = map(results.money, (row.target, row.won, row.gap, row.pipeline))
    told = "target met" if row.coverage is None else f"{row.coverage:,.2f} times"
    return [row.owner, *sums, results.number(row.deals), told]


def pipeline_coverage(
    deals: Deals,
    *,
    target: Money | Mapping[str, Money],
    period: Period,
    as_of: datetime | None = None,
    process: Process | None = None,
    rates: Rates | None = None,
) -> Coverage:
    """How often over the open pipeline covers what is still missing to the target.

    Three times is a rule of thumb, right where a third of the pipeline is won in time. What the pipeline of earlier
    periods became says more: `forecasting.required_pipeline`.

    Args:
        deals: the book, or its table.
        target: what is to be won in the period; or of each owner, by name: deals of others are left out then.
        period: of which the target is; dates of expected closes are placed in its zone.
        as_of: how the deals stood; needed unless a table brings it.
        process: says which stages are omitted from the forecast. Open deals in other stages than its own are left out.
            Without it, only what a person omitted is.
        rates: what one unit of another currency is worth in that of the target.

    Raises:
        OutOfRange: a target is not above zero, or there is none.
        CurrencyMismatch: the targets are in several currencies.
        MissingRate: there is no rate for a currency.

    >>> from datetime import UTC, date
    >>> from salesprocess.stages import Stage
    >>> from salesprocess.timing import Calendar
    >>> solar = Process("solar", stages=[Stage("lead"), Stage.won("won"), Stage.lost("lost")])
    >>> at = datetime(2026, 1, 5, tzinfo=UTC)
    >>> terms = {"amount": Money(1000, "EUR"), "expected_close": date(2026, 3, 2)}
    >>> leads = [solar.open(f"D{number}", at=at, **terms) for number in range(10)]
    >>> deals = [solar.win(lead, at=at) for lead in leads[:4]] + leads[4:]
    >>> first = Calendar().quarters(2026)[0]
    >>> (row,) = pipeline_coverage(deals, target=Money(7000, "EUR"), period=first, as_of=at).rows
    >>> row.gap, row.pipeline, row.coverage
    (Money('3000', 'EUR'), Money('6000', 'EUR'), 2.0)
    """
    targets = dict(target) if isinstance(target, Mapping) else {ALL: target}
    if not targets:
        raise OutOfRange("target", target, "one for each owner, or one for all")
    for name, each in targets.items():
        if each.amount <= 0:
            raise OutOfRange(f"target of {name}", each, "above zero")
    currency = settled(None, targets.values())
    table = table_of(deals, as_of)
    worth = worths(table, currency, rates)
    won: defaultdict[str, list[int]] = defaultdict(list)
    due: defaultdict[str, list[int]] = defaultdict(list)
    excluded = Counter(table.excluded)
    for row, (place, owner) in enumerate(zip(places(table, period, process), _owners(table), strict=True)):
        whose = owner if isinstance(target, Mapping) else ALL
        if place not in ("won", "due"):
            excluded[place] += 1
        elif whose not in targets:
            excluded["deal of somebody without a target"] += 1
        else:
            (won if place == "won" else due)[whose].append(row)

    def line(owner: str, target: Money, won: list[int], due: list[int]) -> CoverageRow:
        reached, pipeline = (worth.total(rows) or Money(0, currency) for rows in (won, due))
        gap = target - reached
        coverage = float(pipeline.amount / gap.amount) if gap.amount > 0 else None
        return CoverageRow(owner, target, reached, gap, len(due), pipeline, coverage)

    every = line(
        ALL, Money.total(targets.values(), currency), *(list(chain(*places.values())) for places in (won, due))
    )
    each_owner = (line(name, each, won[name], due[name]) for name, each in targets.items())
    rows = (every, *each_owner) if isinstance(target, Mapping) else (every,)
    n = sum(map(len, won.values())) + sum(map(len, due.values()))
    return Coverage(table.as_of, period, currency, rows, n, FrozenDict(excluded), table.valued)


def _owners(table: DealTable) -> Iterator[str | None]:
    return (table.owners[code] if code >= 0 else None for code in table.columns.owner)


def places(table: DealTable, period: Period, process: Process | None) -> Iterator[str]:
    """For each deal of a table `won` in the period or `due` in it, or the first reason for which it is neither."""
    c = table.columns
    inside, dates = span(period), days(period)
    today = table.as_of.astimezone(period.tz).date().toordinal()
    stages = {} if process is None else {stage.name: stage.forecast_category for stage in process.stages}
    for row, status in enumerate(c.status):
        stage, stated = table.stages[c.stage[row]], c.category[row]
        category = table.categories[stated] if stated >= 0 else stages.get(stage)
        if status == LOST:
            yield "lost"
        elif c.amount[row] is None:
            yield unstated(table.valued)
        elif status == WON:
            yield "won" if c.closed[row] in inside else "won outside the period"
        elif status == ON_HOLD:
            yield "on hold"
        elif not c.expected[row]:
            yield "no expected close"
        elif c.expected[row] < today:
            yield "overdue: expected to close before as_of"
        elif c.expected[row] not in dates:
            yield "expected to close outside the period"
        elif process is not None and stage not in stages:
            yield f"open in a stage that the process does not have, {stage}"
        else:
            yield "omitted from the forecast" if category == "omitted" else "due"
