"""Why the number moved: the change between two forecasts, deal by deal, in named causes that add up exactly."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import pairwise
from typing import Any, Literal, TypeAlias, get_args

import attrs

from salesprocess.analytics import reports, results
from salesprocess.analytics.cohort import NOT_OPENED
from salesprocess.analytics.reports import Grid, Report
from salesprocess.errors import CurrencyMismatch, OutOfRange
from salesprocess.forecasting.assembly import LOST, ON_HOLD, OUTSIDE, WON
from salesprocess.forecasting.book import WIDE, tidy, weighted
from salesprocess.forecasting.forecasts import NEW_DEALS, DealForecast, Forecast, GroupKey
from salesprocess.money import Money
from salesprocess.stages import CATEGORIES
from salesprocess.timing import Period

Cause: TypeAlias = Literal[
    "new",
    "reopened",
    "resumed",
    "pulled in",
    "entered",
    "won",
    "lost",
    "held",
    "pushed out",
    "left",
    "exchange rate",
    "amount up",
    "amount down",
    "stage",
    "probability up",
    "probability down",
    "changed amounts",
    "new deals",
]
"""Why what a deal is expected to bring changed. A deal that is in both forecasts may have several causes."""

CAUSES: tuple[Cause, ...] = get_args(Cause)


@attrs.frozen
class Step:
    """One cause of the change of one deal.

    Attributes:
        deal: the id of the deal; empty for deals that do not exist yet.
        cause: why.
        change: by how much the expected sum moved for it; the steps add up to the change exactly.
        detail: from what to what.
    """

    deal: str
    cause: Cause
    change: Money
    detail: str


@attrs.frozen
class Bucket:
    """One cause: how many deals it moved, and by how much in sum."""

    cause: Cause
    deals: int
    change: Money


@attrs.frozen
class Bridge:
    """The way from one forecast to another; prints as a table.

    Attributes:
        before, after: the two forecasts.
        steps: each deal and cause, the largest change first within a cause.
    """

    before: Forecast
    after: Forecast
    steps: tuple[Step, ...]

    @property
    def definition(self) -> str:
        """How the numbers are formed."""
        return (
            "the change of the expected sum, deal by deal. In both forecasts: first the rate of its currency, then its "
            "amount, then its probability, each at the other values as they were last; a change of probability counts "
            "as won or reopened, or of the stage where the deal moved. In one: new, reopened, resumed, pulled in or "
            "entered; won, lost, held, pushed out or left. The causes add up to the change exactly; "
            f"{self.after.definition}"
        )

    @property
    def as_of(self) -> datetime:
        """The moment of the later forecast."""
        return self.after.as_of

    @property
    def cohort(self) -> str:
        """Which deals these are."""
        return f"deals in either forecast; the first as of {self.before.as_of.isoformat()}"

    @property
    def n(self) -> int:
        """How many deals are in either forecast."""
        return len({row.deal for row in self.before.deals} | {row.deal for row in self.after.deals})

    @property
    def excluded(self) -> Mapping[str, tuple[str, ...]]:
        """The deals that the later forecast leaves out, by reason."""
        return self.after.excluded

    @property
    def change(self) -> Money:
        """The later expected sum less the earlier one."""
        return self.after.expected - self.before.expected

    @property
    def rows(self) -> tuple[Bucket, ...]:
        """The causes that occur, in their own order; they add up to `change`."""
        return _buckets(self.steps, self.after.currency)

    @property
    def imbalance(self) -> Money:
        """What the causes leave unexplained: nothing, always."""
        return self.change - Money.total((row.change for row in self.rows), self.after.currency)

    def by(self, key: GroupKey) -> BridgeBreakdown:
        """The change by owner, category, month of the expected close, stage, or currency of the deals.

        A deal that is in another group than before takes with it what it was expected to bring; what changed counts
        in the group where it is now, or where it was last.

        Raises:
            OutOfRange: there is no such grouping.
        """
        before, after = (
            {row.group: row.expected for row in forecast.by(key).rows} for forecast in (self.before, self.after)
        )
        was, now = ({row.deal: row for row in each.deals} for each in (self.before, self.after))
        moved: dict[str, list[Money]] = {}
        for name in was.keys() & now.keys():
            left, joined = was[name].group(key), now[name].group(key)
            if left != joined:
                moved.setdefault(left, []).append(-was[name].expected)
                moved.setdefault(joined, []).append(was[name].expected)
        steps: dict[str, list[Step]] = {}
        for step in self.steps:
            row = now.get(step.deal) or was.get(step.deal)
            steps.setdefault(NEW_DEALS if row is None else row.group(key), []).append(step)
        names = sorted({*before, *after, *steps, *moved}, key=lambda name: _order(key, name))
        nothing = Money(0, self.after.currency)
        rows = (
            BridgeGroup(
                name,
                before.get(name, nothing),
                Money.total(moved.get(name, ()), nothing.currency),
                _buckets(steps.get(name, ()), nothing.currency),
                after.get(name, nothing),
            )
            for name in names
        )
        return BridgeBreakdown(key, self, tuple(rows))

    def to_rows(self) -> list[dict[str, Any]]:
        """The steps as plain dicts."""
        return results.plain_rows(self.steps)

    @property
    def title(self) -> str:
        """The heading of its table."""
        methods = " and ".join(dict.fromkeys([self.before.method, self.after.method]))
        return f"Bridge of {self.after.period or 'all open deals'}, {methods}"

    def report(self) -> Report:
        """What is shown."""
        lines = [["before", "", results.money(self.before.expected), ""]]
        lines += [
            [row.cause, results.number(row.deals), results.money(row.change), self._largest(row.cause)]
            for row in self.rows
        ]
        lines.append(["after", "", results.money(self.after.expected), ""])
        grid = Grid(["", "deals", f"expected {self.after.currency}", "largest"], lines)
        return reports.described(self, self.title, grid)

    __str__ = reports.text
    _repr_html_ = reports.html

    def _largest(self, cause: Cause) -> str:
        step = next(step for step in self.steps if step.cause == cause)
        return f"{step.deal} {step.detail}".strip()


@attrs.frozen
class BridgeGroup:
    """The change of one group; before + moved + the causes = after.

    Attributes:
        group: its name.
        before, after: what its deals were and are expected to bring.
        moved: what deals that came from other groups were expected to bring, less those that went to others.
        causes: why the rest changed.
    """

    group: str
    before: Money
    moved: Money
    causes: tuple[Bucket, ...]
    after: Money

    @property
    def change(self) -> Money:
        """After less before."""
        return self.after - self.before

    @property
    def imbalance(self) -> Money:
        """What is left unexplained: nothing, always."""
        explained = Money.total((cause.change for cause in self.causes), self.after.currency)
        return self.change - self.moved - explained


@attrs.frozen
class BridgeBreakdown:
    """A bridge by groups, each of which balances; prints as a table.

    Attributes:
        by: what the groups are.
        bridge: what is broken down.
        rows: the groups, categories in their own order, others by name, new deals last.
    """

    by: GroupKey
    bridge: Bridge
    rows: tuple[BridgeGroup, ...]

    @property
    def as_of(self) -> datetime:
        """The moment of the later forecast."""
        return self.bridge.as_of

    @property
    def definition(self) -> str:
        """How the numbers are formed."""
        return (
            f"{self.bridge.definition}; moved: what deals that are in another group than before were expected to bring"
        )

    @property
    def cohort(self) -> str:
        """Which deals these are."""
        return self.bridge.cohort

    @property
    def n(self) -> int:
        """How many deals are in either forecast."""
        return self.bridge.n

    @property
    def excluded(self) -> Mapping[str, tuple[str, ...]]:
        """The deals that the later forecast leaves out, by reason."""
        return self.bridge.excluded

    def to_rows(self) -> list[dict[str, Any]]:
        """The groups as plain dicts, each cause in a column of its own."""
        return [
            {
                self.by: row.group,
                "before": row.before.amount,
                "moved": row.moved.amount,
                **{cause: change.amount for cause, change in self._changes(row).items()},
                "after": row.after.amount,
                "currency": row.after.currency,
            }
            for row in self.rows
        ]

    def _changes(self, row: BridgeGroup) -> dict[Cause, Money]:
        found = {each.cause: each.change for each in row.causes}
        return {each.cause: found.get(each.cause, Money(0, row.after.currency)) for each in self.bridge.rows}

    def report(self) -> Report:
        """What is shown: one column for each cause that occurs."""
        causes = [row.cause for row in self.bridge.rows]
        lines = [
            [row.group, *map(results.money, (row.before, row.moved, *self._changes(row).values(), row.after))]
            for row in self.rows
        ]
        header = [self.by, f"before {self.bridge.after.currency}", "moved", *causes, "after"]
        return reports.described(self, f"{self.bridge.title} by {self.by}", Grid(header, lines))

    __str__ = reports.text
    _repr_html_ = reports.html


def _buckets(steps: Iterable[Step], currency: str) -> tuple[Bucket, ...]:
    found: dict[Cause, list[Step]] = {}
    for step in steps:
        found.setdefault(step.cause, []).append(step)
    return tuple(
        Bucket(cause, len(found[cause]), Money.total((step.change for step in found[cause]), currency))
        for cause in CAUSES
        if cause in found
    )


def _order(key: GroupKey, name: str) -> tuple[int, str]:
    if name == NEW_DEALS:
        return len(CATEGORIES), name
    return (tuple(CATEGORIES).index(name) if key == "category" else 0), name


_CAME: Mapping[str, Cause] = {WON: "reopened", LOST: "reopened", ON_HOLD: "resumed", OUTSIDE: "pulled in"}
_WENT: Mapping[str, Cause] = {WON: "won", LOST: "lost", ON_HOLD: "held", OUTSIDE: "pushed out"}
"""What the reason for which a forecast leaves a deal out means for the change; others are `entered` and `left`."""


def bridge(before: Forecast, after: Forecast) -> Bridge:
    """The change between two forecasts of the same period.

    The forecasts may differ in their moment, their rates and their assumptions, and in their method. Why a deal is in
    one of them alone is told by the reason for which the other leaves it out; a deal that the other does not know at
    all is new, or has left.

    Args:
        before: the earlier forecast.
        after: the later one, in the same currency and for the same period.

    Raises:
        CurrencyMismatch: the forecasts are in two currencies.
        OutOfRange: they are of two periods, or the later one speaks of an earlier moment.

    >>> from datetime import UTC, timedelta
    >>> from salesprocess import Process, Stage
    >>> from salesprocess.forecasting.stage_weighted import StageWeighted
    >>> solar = Process("solar", stages=[Stage("offer", probability=0.5), Stage.won("won"), Stage.lost("lost")])
    >>> monday = datetime(2026, 1, 5, tzinfo=UTC)
    >>> deal = solar.open("ACME-1", at=monday, amount=Money(1000, "EUR"))
    >>> model = StageWeighted(solar).fit([], as_of=monday)
    >>> last = model.forecast([deal], period=None, as_of=monday)
    >>> later = solar.amend(deal, amount=Money(1500, "EUR"), at=monday + timedelta(days=2))
    >>> this = model.forecast([later], period=None, as_of=monday + timedelta(days=7))
    >>> [(row.cause, row.change) for row in bridge(last, this).rows]
    [('amount up', Money('250.00', 'EUR'))]
    """
    if before.currency != after.currency:
        raise CurrencyMismatch(before.currency, after.currency)
    if not _same_span(before.period, after.period):
        raise OutOfRange("after", str(after.period), f"a forecast of the same period, {before.period}")
    if after.as_of < before.as_of:
        raise OutOfRange("after", after.as_of, f"not earlier than the first, {before.as_of.isoformat()}")
    earlier = {row.deal: row for row in before.deals}
    later = {row.deal: row for row in after.deals}
    left_before, left_after = _reasons(before), _reasons(after)
    steps: list[Step] = []
    for name, new in later.items():
        old = earlier.get(name)
        if old is not None:
            steps += _moved(old, new)
            continue
        reason = left_before.get(name, NOT_OPENED)
        cause = "won" if new.won else "new" if reason == NOT_OPENED else _CAME.get(reason, "entered")
        steps.append(Step(name, cause, new.expected, f"{_worth(new)}, before: {reason}"))
    for name, old in earlier.items():
        if name not in later:
            reason = left_after.get(name, "not in the book")
            steps.append(Step(name, _WENT.get(reason, "left"), -old.expected, f"{_worth(old)}, now: {reason}"))
    steps += _not_opened(before, after)
    order = {cause: place for place, cause in enumerate(CAUSES)}
    steps.sort(key=lambda step: (order[step.cause], -abs(step.change.amount), step.deal))
    return Bridge(before, after, tuple(steps))


def _same_span(one: Period | None, other: Period | None) -> bool:
    if one is None or other is None:
        return one is other
    return (one.start, one.end) == (other.start, other.end)


def _reasons(forecast: Forecast) -> dict[str, str]:
    return {name: why for why, names in forecast.excluded.items() for name in names}


def _worth(row: DealForecast) -> str:
    return f"{row.stated or row.amount} at {results.percent(row.probability)}"


def _moved(old: DealForecast, new: DealForecast) -> Iterator[Step]:
    """The causes of a deal that is in both forecasts, one after the other; together its whole change."""
    was, stated = old.stated or old.amount, new.stated or new.amount
    shares = f"{results.percent(old.probability)} → {results.percent(new.probability)}"
    worth = [weighted(old.amount, old.probability)]
    worth.append(weighted(_at_rate(old, new), old.probability))
    worth.append(weighted(new.amount, old.probability))
    worth.append(weighted(new.amount, new.probability))
    rated, amended, judged = (after - before for before, after in pairwise(worth))
    if rated:
        yield Step(new.deal, "exchange rate", rated, f"{was} at another rate")
    if amended:
        yield Step(new.deal, "amount up" if amended.amount > 0 else "amount down", amended, f"{was} → {stated}")
    if judged and old.won != new.won:
        yield Step(new.deal, "won" if new.won else "reopened", judged, f"{old.stage} → {new.stage}, {shares}")
    elif judged and old.stage != new.stage:
        yield Step(new.deal, "stage", judged, f"{old.stage} → {new.stage}, {shares}")
    elif judged:
        yield Step(new.deal, "probability up" if judged.amount > 0 else "probability down", judged, shares)
    rest = new.expected - old.expected - rated - amended - judged
    if rest:
        yield Step(new.deal, "changed amounts", rest, "amounts are expected to change otherwise until it is won")


def _at_rate(old: DealForecast, new: DealForecast) -> Money:
    """What the earlier amount is worth at the later rate, where it is in the same currency of its own."""
    if old.stated is None or new.stated is None or old.stated.currency != new.stated.currency or not new.stated:
        return old.amount
    rate = WIDE.divide(new.amount.amount, new.stated.amount)
    return Money(tidy(WIDE.multiply(old.stated.amount, rate)), new.amount.currency)


def _not_opened(before: Forecast, after: Forecast) -> Iterator[Step]:
    """The change of what deals that do not exist yet are expected to bring."""
    nothing = Money(0, after.currency)
    old, new = before.assumptions.new_business, after.assumptions.new_business
    change = (nothing if new is None else new.expected) - (nothing if old is None else old.expected)
    if change:
        yield Step("", "new deals", change, "not opened yet")
