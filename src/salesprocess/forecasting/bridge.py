"""Why the number moved: the change between two forecasts, deal by deal, in named causes that add up exactly."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import pairwise
from typing import Any, Literal, TypeAlias, get_args

import attrs

from salesprocess.analytics import results
from salesprocess.analytics.cohort import NOT_OPENED
from salesprocess.errors import CurrencyMismatch, OutOfRange
from salesprocess.forecasting.assembly import LOST, ON_HOLD, OUTSIDE, WON
from salesprocess.forecasting.book import WIDE, tidy, weighted
from salesprocess.forecasting.forecasts import DealForecast, Forecast
from salesprocess.money import Money
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

    definition = (
        "the change of the expected sum, deal by deal. In both forecasts: first the rate of its currency, then its "
        "amount, then its probability, each at the other values as they were last; a change of probability counts as "
        "of the stage where the deal moved. In one: new, reopened, resumed, pulled in or entered; won, lost, held, "
        "pushed out or left. The causes add up to the change exactly"
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
        found: dict[Cause, list[Step]] = {}
        for step in self.steps:
            found.setdefault(step.cause, []).append(step)
        currency = self.after.currency
        return tuple(
            Bucket(cause, len(found[cause]), Money.total((step.change for step in found[cause]), currency))
            for cause in CAUSES
            if cause in found
        )

    @property
    def imbalance(self) -> Money:
        """What the causes leave unexplained: nothing, always."""
        return self.change - Money.total((row.change for row in self.rows), self.after.currency)

    def to_rows(self) -> list[dict[str, Any]]:
        """The steps as plain dicts."""
        return results.plain_rows(self.steps)

    def __str__(self) -> str:
        currency = self.after.currency
        lines = [["before", "", results.money(self.before.expected), ""]]
        lines += [
            [row.cause, results.number(row.deals), results.money(row.change), self._largest(row.cause)]
            for row in self.rows
        ]
        lines.append(["after", "", results.money(self.after.expected), ""])
        body = results.table(["", "deals", f"expected {currency}", "largest"], lines)
        methods = " and ".join(dict.fromkeys([self.before.method, self.after.method]))
        return results.report(
            f"Bridge of {self.after.period or 'all open deals'}, {methods}",
            self.as_of,
            body,
            definition=f"{self.definition}; {self.after.definition}",
            cohort=self.cohort,
            n=self.n,
            excluded={reason: len(deals) for reason, deals in self.excluded.items()},
        )

    def _largest(self, cause: Cause) -> str:
        step = next(step for step in self.steps if step.cause == cause)
        return f"{step.deal} {step.detail}".strip()


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
        cause = "new" if reason == NOT_OPENED else _CAME.get(reason, "entered")
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
    if judged and old.stage != new.stage:
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
