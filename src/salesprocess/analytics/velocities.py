"""How much a book earns in a day: open deals · win rate · average won value / cycle, with what makes it coherent."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Literal

import attrs

from salesprocess.analytics import reports, results
from salesprocess.analytics.cohort import UNOBSERVED, VOID, by_reason
from salesprocess.analytics.deal_table import WON, DealColumns, Deals, table_of
from salesprocess.analytics.reports import Grid, Report, Sentences
from salesprocess.analytics.spans import span, when
from salesprocess.analytics.valuations import counted_as
from salesprocess.analytics.visits import microseconds, whole_microseconds
from salesprocess.analytics.win_rates import void_rows
from salesprocess.analytics.worth import settled
from salesprocess.analytics.worths import Rates, scaled, worths
from salesprocess.errors import OutOfRange
from salesprocess.frozen import FrozenDict
from salesprocess.money import Money
from salesprocess.process import Process
from salesprocess.timing import Period

Counted = Literal["on average", "at the end"]


@attrs.frozen
class VelocityRow:
    """The velocity with one way of counting the open deals.

    Attributes:
        counted: `on average` over the period, or `at the end` of it, or at `as_of` before that.
        open: how many deals were under way.
        win_rate: won / (won + lost) of the deals closed in the period; None when none was.
        average_won: the mean amount of those won, to the cent; None without any.
        cycle: the mean time from the opening to the close of all closed in the period, in units; None without any.
        velocity: open · win rate · average won / cycle, a unit of time; None where a part of it is, or the cycle is 0.
    """

    counted: Counted
    open: float
    win_rate: float | None
    average_won: Money | None
    cycle: float | None
    velocity: Money | None


@attrs.frozen
class Velocity:
    """The sales velocity of a book; prints as a table.

    Attributes:
        as_of: how the deals stood.
        period: what was counted; None from the first opening to `as_of`.
        unit: of time.
        currency: of the amounts.
        rows: with the open deals counted on average, and at the end.
        won: what was really won in the period, a unit of time, to the cent.
        balance: average open / (closed a unit · cycle), which is 1 where Little's law holds, so that the velocity `on
            average` is what was won; None when nothing was closed.
        n: how many deals were under way at any moment of the period.
        excluded: what was left out, by reason.
        valued: what a deal counts with where that is not its amount; empty where it is.
    """

    as_of: datetime
    period: Period | None
    unit: timedelta
    currency: str
    rows: tuple[VelocityRow, ...]
    won: Money
    balance: float | None
    n: int
    excluded: FrozenDict[str, int]
    valued: str = ""

    _definition = (
        "open deals · win rate · average won value / cycle. By Little's law it is what the book earns when the open "
        "deals are counted on average over the period and the cycle is that of all closed deals, lost ones too, in a "
        "book that neither grows nor ages. With the open deals at one moment it tells what they would earn at the "
        "rates of the period"
    )

    @property
    def definition(self) -> str:
        """How the numbers are formed."""
        return counted_as(self._definition, self.valued)

    @property
    def cohort(self) -> str:
        """Which deals these are."""
        return f"deals under way {when(self.period)} until as_of; win rate, value and cycle of those closed in it"

    def report(self) -> Report:
        """What is shown."""
        each = results.unit_name(self.unit).removesuffix("s")
        header = ["counted", "open deals", "win rate", f"average won {self.currency}"]
        header += [f"cycle in {results.unit_name(self.unit)}", f"{self.currency} a {each}"]
        words = [f"won in the period: {results.money(self.won)} {self.currency} a {each}"]
        if self.balance is not None:
            words.append(
                f"average open / (closed a {each} · cycle) = {self.balance:.2f}: 1 where Little's law holds; above it, "
                "more is open than what was closed accounts for: the book grows, or keeps what nobody closes"
            )
        return reports.described(
            self, f"Velocity a {each}", Grid(header, map(_line, self.rows)), Sentences(words, title="In words")
        )

    to_rows = results.rows_of
    __str__ = reports.text
    _repr_html_ = reports.html


def _line(row: VelocityRow) -> list[str]:
    return [
        row.counted,
        results.number(row.open),
        results.percent(row.win_rate),
        results.money(row.average_won),
        results.number(row.cycle),
        results.money(row.velocity),
    ]


def velocity(
    deals: Deals,
    *,
    as_of: datetime | None = None,
    period: Period | None = None,
    process: Process | None = None,
    void: Collection[str] = (),
    currency: str | None = None,
    rates: Rates | None = None,
    unit: timedelta = timedelta(days=1),
) -> Velocity:
    """What the open deals, the win rate, the average won value and the cycle come to, in money a day.

    The usual formula takes the open deals of today, and often the cycle of won deals alone. Then its parts do not
    belong together, and it can be far from what the book earns. Source of the law that ties them: Little 1961,
    Operations Research 9, 383–387.

    Args:
        deals: the book, or its table.
        as_of: how the deals stood; needed unless a table brings it.
        period: what is counted, half-open; from the first opening without it, and never beyond `as_of`.
        process: deals lost for its reasons with `counts=False`, such as a duplicate, are kept out.
        void: more reasons that do not count.
        currency: of the amounts; the only one that occurs without it.
        rates: what one unit of another currency is worth in it.
        unit: of time.

    Warns:
        SmallSample: fewer than ten deals stand behind a part.

    Raises:
        CurrencyMismatch, NoHistory: no currency is named, and several occur or none.
        MissingRate: there is no rate for a currency.
        OutOfRange: `unit` is not positive, or the period begins after `as_of`.

    >>> from datetime import UTC
    >>> from salesprocess.stages import Stage
    >>> solar = Process("solar", stages=[Stage("lead"), Stage.won("won"), Stage.lost("lost")])
    >>> at, day = datetime(2026, 1, 5, tzinfo=UTC), timedelta(days=1)
    >>> leads = [solar.open(f"D{number}", at=at + number * day, amount=Money(900, "EUR")) for number in range(100)]
    >>> deals = [solar.win(lead, at=lead.opened_at + 12 * day) for lead in leads[::3]]
    >>> deals += [solar.lose(lead, at=lead.opened_at + 12 * day) for each in (1, 2) for lead in leads[each::3]]
    >>> steady = velocity(deals, as_of=at + 120 * day, period=Period(at + 20 * day, at + 80 * day))
    >>> row = steady.rows[0]
    >>> round(row.open, 6), round(row.win_rate, 3), row.cycle, row.velocity, steady.won
    (12.0, 0.333, 12.0, Money('300.00', 'EUR'), Money('300.00', 'EUR'))
    """
    table, whole = table_of(deals, as_of), whole_microseconds(unit)
    c, after = table.columns, microseconds(table.as_of) + 1
    if period is not None and microseconds(period.start) >= after:
        raise OutOfRange("period", period, f"one that begins by as_of, {table.as_of.isoformat()}")
    code = settled(currency, (amount for amount in c.amount if amount is not None))
    worth = worths(table, code, rates)
    skipped = void_rows(table, process, void)
    kept = [row for row in range(len(table)) if row not in skipped]
    start = min((c.opened[row] for row in kept), default=after - 1) if period is None else span(period).start
    within = range(start, min(span(period).stop, after))
    here = [row for row in kept if c.opened[row] < within.stop and _end(c, row, within) >= within.start]
    closed = [row for row in here if c.status[row] >= WON and c.closed[row] in within]
    won = [row for row in closed if c.status[row] == WON]
    seen = [row for row in closed if c.observed[row]]
    rate = results.share(len(won), len(closed))
    average = worth.average(won)
    cycle = sum(c.closed[row] - c.opened[row] for row in seen) / (len(seen) * whole) if seen else None
    length = (within.stop - within.start) / whole
    area = sum(_end(c, row, within) - max(c.opened[row], within.start) for row in here)
    on_average = area / (within.stop - within.start)
    at_the_end = sum(_end(c, row, within) == within.stop for row in here)
    rows = (
        _row("on average", on_average, rate, average, cycle),
        _row("at the end", at_the_end, rate, average, cycle),
    )
    silent = worth.missing(won, "the average")
    stated = len(won) - sum(silent.values())
    results.warn_if_small({"win rate": (len(closed),), "average won": (stated,), "cycle": (len(seen),)})
    left_out = {
        VOID: len(skipped),
        f"not under way {when(period)} until as_of": len(kept) - len(here),
        f"{UNOBSERVED}, from the cycle alone": len(closed) - len(seen),
    }
    return Velocity(
        table.as_of,
        period,
        unit,
        code,
        rows,
        scaled(worth.total(won) or Money(0, code), 1 / length),
        on_average * length / (len(closed) * cycle) if cycle else None,
        len(here),
        by_reason(table.excluded, left_out, silent),
        table.valued,
    )


def _end(c: DealColumns, row: int, within: range) -> int:
    """Until when a deal was under way, as far as is counted."""
    return min(c.closed[row], within.stop) if c.status[row] >= WON else within.stop


def _row(
    counted: Counted, under_way: float, rate: float | None, average: Money | None, cycle: float | None
) -> VelocityRow:
    if rate is None or average is None or not cycle:
        return VelocityRow(counted, under_way, rate, average, cycle, None)
    return VelocityRow(counted, under_way, rate, average, cycle, scaled(average, under_way * rate / cycle))
