"""What became of the deals that were to close in a period: won, lost, or slipped out of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from statistics import median
from typing import Literal, TypeAlias, get_args

import attrs

from salesprocess.analytics import reports, results
from salesprocess.analytics.cohort import VOID, by_reason
from salesprocess.analytics.deal_table import LOST, ON_HOLD, OPEN, WON, DealRow, DealTable, deal_table
from salesprocess.analytics.distributions import wilson
from salesprocess.analytics.reports import Grid, Report, Sentences
from salesprocess.analytics.spans import days
from salesprocess.analytics.valuations import Value, counted_as
from salesprocess.analytics.win_rates import void_rows
from salesprocess.analytics.worth import LEVEL
from salesprocess.analytics.worths import Rates, Worths, value_share, worths
from salesprocess.deal import Deal
from salesprocess.errors import OutOfRange
from salesprocess.frozen import FrozenDict
from salesprocess.money import Money
from salesprocess.process import Process
from salesprocess.timing import Period, instant

Fate: TypeAlias = Literal["won", "lost", "pushed out", "on hold", "overdue", "still due"]
"""What became of a deal by the end of the period, or by `as_of` before that: `pushed out` is expected after the period
or at no date, `overdue` was expected before now, `still due` later in the period, and `on hold` waits with its date."""

FATES: tuple[Fate, ...] = get_args(Fate)

_SHOWN = 10
"""So many slipped deals stand in the text; `slipped` has all."""


@attrs.frozen
class SlippageRow:
    """One fate.

    Attributes:
        fate: what became of the deals.
        deals: how many.
        share: of all deals that were due; None when none was.
        amount: what they were worth at the start of the period; None when no one currency tells it.
        value_share: of the amounts of all.
    """

    fate: Fate
    deals: int
    share: float | None
    amount: Money | None
    value_share: float | None


@attrs.frozen
class SlippedDeal:
    """A deal that was to close in the period and did not.

    Attributes:
        deal: its id.
        owner: whose it is now, if anybody's.
        amount: what it was worth at the start of the period; None where nobody said.
        due: when it was expected to close then.
        now: when it is expected now; None for no date.
        pushes: how often its date was moved to a later one, ever.
    """

    deal: str
    owner: str | None
    amount: Money | None
    due: date
    now: date | None
    pushes: int


@attrs.frozen
class Slippage:
    """The slippage of a period; prints as a table and the deals that slipped.

    Attributes:
        as_of: the moment by which their fate is told: `as_of` as asked for, or the last of the period before that.
        period: in which the deals were to close.
        is_over: the period has ended, and what is not closed has slipped.
        currency: of the amounts; None when there are none, or several and none was named.
        rows: one for each fate.
        slipped: the deals that slipped, the largest first.
        rate: the share of them, by count; None when no deal was due.
        low, high: its 80 % interval by Wilson.
        value_rate: the share of them, by value.
        pushed_by: by how many days the dates of those pushed out moved, the median; None without any.
        n: how many deals were due at the start of the period.
        excluded: all other deals, by reason.
        valued: what a deal counts with where that is not its amount; empty where it is.
    """

    as_of: datetime
    period: Period
    is_over: bool
    currency: str | None
    rows: tuple[SlippageRow, ...]
    slipped: tuple[SlippedDeal, ...]
    rate: float | None
    low: float | None
    high: float | None
    value_rate: float | None
    pushed_by: float | None
    n: int
    excluded: FrozenDict[str, int]
    valued: str = ""

    _definition = (
        "the fate, by the end of the period or by as_of before that, of the deals that were open at its start and "
        "expected to close in it then, at what they were worth then. Slipped are those pushed out of the period and, "
        "once it is over, all that are not closed"
    )

    @property
    def definition(self) -> str:
        """How the numbers are formed."""
        return counted_as(self._definition, self.valued)

    @property
    def cohort(self) -> str:
        """Which deals these are."""
        return f"open at the start of {self.period}, and expected to close in it"

    def report(self) -> Report:
        """What is shown."""
        lines = (
            [
                row.fate,
                results.number(row.deals),
                results.percent(row.share),
                results.money(row.amount),
                results.percent(row.value_share),
            ]
            for row in self.rows
        )
        code = f" {self.currency}" if self.currency else ""
        grid = Grid(["fate", "deals", "share", f"amount{code}", "by value"], lines)
        return reports.described(self, f"Slippage of {self.period}", grid, *self._words(code))

    def _words(self, code: str) -> Iterable[Grid | Sentences]:
        if self.rate is not None and self.low is not None and self.high is not None:
            between = f"{results.percent(self.low)} to {results.percent(self.high)}"
            late = "" if self.pushed_by is None else f"; dates moved by {results.number(self.pushed_by)} days (median)"
            by_value = "" if self.value_rate is None else f", {results.percent(self.value_rate)} by value"
            yield Sentences([f"slipped: {results.percent(self.rate)} ({between}){by_value}{late}"])
        if self.slipped:
            lines = ([each.deal, each.owner or results.NOTHING, *_dates(each)] for each in self.slipped[:_SHOWN])
            header = ["deal slipped", "owner", "due", "now", "pushes", f"amount{code}"]
            yield Grid(header, lines, words=4)

    to_rows = results.rows_of
    __str__ = reports.text
    _repr_html_ = reports.html


def _dates(each: SlippedDeal) -> list[str]:
    now = results.NOTHING if each.now is None else each.now.isoformat()
    return [each.due.isoformat(), now, results.number(each.pushes), results.money(each.amount)]


def slippage(
    deals: Iterable[Deal],
    *,
    period: Period,
    as_of: datetime,
    process: Process | None = None,
    void: Collection[str] = (),
    value: Value = "amount",
    currency: str | None = None,
    rates: Rates | None = None,
) -> Slippage:
    """What became of the deals that were to close in a period.

    Args:
        deals: the book with its histories.
        period: in which they were to close; dates of expected closes are placed in its zone.
        as_of: what was recorded later is not known here; nor is what came after the period.
        process: deals lost for its reasons with `counts=False`, such as a duplicate, are kept out.
        void: more reasons that do not count.
        value: what a deal counts with, as for `deal_table`.
        currency: of the amounts; the only one that occurs without it.
        rates: what one unit of another currency is worth in it.

    Warns:
        SmallSample: fewer than ten deals were due.

    Raises:
        OutOfRange: `as_of` is before the period.
        MissingRate: there is no rate for a currency.

    >>> from datetime import UTC
    >>> from salesprocess.stages import Stage
    >>> from salesprocess.timing import Calendar
    >>> solar = Process("solar", stages=[Stage("lead"), Stage.won("won"), Stage.lost("lost")])
    >>> at, due = datetime(2025, 12, 1, tzinfo=UTC), date(2026, 3, 2)
    >>> leads = [solar.open(f"D{number}", at=at, expected_close=due) for number in range(20)]
    >>> later = at + timedelta(days=90)
    >>> deals = [solar.amend(lead, expected_close=date(2026, 5, 1), at=later) for lead in leads[:5]]
    >>> deals += [solar.win(lead, at=later) for lead in leads[5:]]
    >>> found = slippage(deals, period=Calendar().quarters(2026)[0], as_of=later)
    >>> found.rate, found.pushed_by
    (0.25, 60)
    """
    as_of = instant(as_of, "as_of")
    if as_of < period.start:
        raise OutOfRange("as_of", as_of, f"not before the start of the period, {period.start.isoformat()}")
    is_over = as_of >= period.end
    book = list(deals)
    before = deal_table(book, as_of=period.start, value=value)
    after = deal_table(book, as_of=period.end - timedelta(microseconds=1) if is_over else as_of)
    worth = worths(before, currency, rates)
    later = {deal: row for row, deal in enumerate(after.deals)}
    voided = void_rows(after, process, void)
    fates = _fates(after, period, is_over=is_over)
    due: list[tuple[int, int]] = []
    excluded = Counter({"deal not opened at the start of the period": len(book) - len(before)})
    for old, reason in enumerate(_reasons(before, period)):
        new = later[before.deals[old]]
        if reason is not None or new in voided:
            excluded[reason or VOID] += 1
        else:
            due.append((old, new))
    gone = ("pushed out", "on hold", "overdue") if is_over else ("pushed out",)
    late = [(old, new) for old, new in due if fates[new] in gone]
    slipped = [
        _slipped(date.fromordinal(before.columns.expected[old]), after.row(new), worth.values[old]) for old, new in late
    ]
    pushed = (each for each, (_, new) in zip(slipped, late, strict=True) if fates[new] == "pushed out")
    moved = [(each.now - each.due).days for each in pushed if each.now is not None]
    every, late_value = (worth.total(old for old, _ in pairs) for pairs in (due, late))
    results.warn_if_small({"slippage": (len(due),)})
    low, high = wilson(len(late), len(due), LEVEL) if due else (None, None)
    return Slippage(
        after.as_of,
        period,
        is_over,
        worth.currency,
        tuple(_row(fate, [old for old, new in due if fates[new] == fate], worth, len(due), every) for fate in FATES),
        tuple(sorted(slipped, key=_largest_first)),
        results.share(len(late), len(due)),
        low,
        high,
        value_share(late_value, every),
        median(moved) if moved else None,
        len(due),
        by_reason(excluded, worth.missing((old for old, _ in due), "the values")),
        before.valued,
    )


def _reasons(before: DealTable, period: Period) -> Iterable[str | None]:
    """For each deal why it was not due in the period, as it stood at the start; None where it was."""
    c, dates = before.columns, days(period)
    for status, expected in zip(c.status, c.expected, strict=True):
        if status >= WON:
            yield "closed before the start of the period"
        elif status != OPEN:
            yield "on hold at the start of the period"
        elif not expected:
            yield "no expected close at the start of the period"
        else:
            yield None if expected in dates else "expected to close outside the period"


def _fates(after: DealTable, period: Period, *, is_over: bool) -> Sequence[Fate]:
    dates, today = days(period), after.as_of.astimezone(period.tz).date().toordinal()
    return [
        _fate(status, expected, dates, today, is_over=is_over)
        for status, expected in zip(after.columns.status, after.columns.expected, strict=True)
    ]


def _fate(status: int, expected: int, dates: range, today: int, *, is_over: bool) -> Fate:
    if status >= WON:
        return "lost" if status == LOST else "won"
    if not expected or expected >= dates.stop:
        return "pushed out"
    if status == ON_HOLD:
        return "on hold"
    return "overdue" if is_over or expected < today else "still due"


def _row(fate: Fate, rows: Sequence[int], worth: Worths, n: int, every: Money | None) -> SlippageRow:
    amount = worth.total(rows)
    return SlippageRow(fate, len(rows), results.share(len(rows), n), amount, value_share(amount, every))


def _slipped(due: date, now: DealRow, amount: Money | None) -> SlippedDeal:
    return SlippedDeal(now.deal, now.owner, amount, due, now.expected_close, now.pushes)


def _largest_first(each: SlippedDeal) -> tuple[Decimal, str]:
    return (Decimal(0) if each.amount is None else -each.amount.amount, each.deal)
