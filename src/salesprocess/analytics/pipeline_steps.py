"""What each deal did to the open pipeline between two moments: the steps that a waterfall sums up."""

from __future__ import annotations

from collections.abc import Iterator, Set
from datetime import date
from typing import Literal, TypeAlias, get_args

import attrs

from salesprocess.analytics.deal_table import LOST, ON_HOLD, OPEN, WON, DealTable
from salesprocess.analytics.visits import microseconds
from salesprocess.analytics.worths import Rates, Worths
from salesprocess.money import Money

Bucket: TypeAlias = Literal[
    "new",
    "reopened",
    "resumed",
    "owner in",
    "pulled in",
    "slipped in",
    "increased",
    "currency",
    "decreased",
    "held",
    "owner out",
    "pushed out",
    "pulled out",
    "removed",
    "void",
    "lost",
    "won",
]
"""Why the pipeline changed.

A deal comes in one of these: `new`, it was not opened at the start; `reopened`, it was won or lost then; `resumed`, it
was on hold; `owner in`, it was somebody else's; `pulled in`, it was expected after the period or at no date; `slipped
in`, before it. It goes in one of these: `held`; `owner out`; `pushed out`, to a later date or to none; `pulled out`, to
an earlier one; `removed`, the later book does not have it; `void`, lost for a reason that does not count; `lost`;
`won`. What it is worth is `increased` or `decreased`, or changed with its `currency` or with the rate of that.
"""

BUCKETS: tuple[Bucket, ...] = get_args(Bucket)


@attrs.frozen
class WaterfallStep:
    """One change of one deal.

    Attributes:
        deal: its id.
        bucket: why.
        count: 1 where the deal came, -1 where it went, 0 where it only changed.
        change: by how much the sum moved for it.
        detail: from what to what.
    """

    deal: str
    bucket: Bucket
    count: int
    change: Money
    detail: str


@attrs.frozen
class Side:
    """The book at one of the two moments, and what of it is in the pipeline.

    Attributes:
        table: the deals.
        worth: what each of them is worth in the currency of the result.
        due: the ordinals of the dates at which they are to close; None for any date and for none.
        span: the microseconds in which they are to close.
        owners: whose they are to be; None for everybody's.
    """

    table: DealTable
    worth: Worths
    due: range | None
    span: range
    owners: Set[str] | None

    def inside(self) -> list[int]:
        """The rows of the deals in the pipeline."""
        return [row for row in range(len(self.table)) if self.holds(row)]

    def holds(self, row: int) -> bool:
        """Whether a deal is in the pipeline."""
        c = self.table.columns
        on_time = self.due is None or c.expected[row] in self.due
        return c.status[row] == OPEN and on_time and self.owned(row)

    def owned(self, row: int) -> bool:
        """Whether it is the deal of one of the owners."""
        return self.owners is None or self.owner(row) in self.owners

    def owner(self, row: int) -> str:
        """Whose deal it is."""
        code = self.table.columns.owner[row]
        return self.table.owners[code] if code >= 0 else "nobody"

    def expected(self, row: int) -> str:
        """When it was expected to close."""
        day = self.table.columns.expected[row]
        return date.fromordinal(day).isoformat() if day else "no date"

    def is_early(self, row: int) -> bool:
        """Whether it was expected to close before the period."""
        return self.due is not None and 0 < self.table.columns.expected[row] < self.due.start

    def silent(self) -> set[str]:
        """The deals without an amount."""
        return {deal for deal, value in zip(self.table.deals, self.worth.values, strict=True) if value is None}


def steps(before: Side, after: Side, *, void: Set[int], currency: str, rates: Rates) -> Iterator[WaterfallStep]:
    """Each change of each deal; those of a deal add up to the change of what it is worth in the pipeline.

    Args:
        before, after: the two sides.
        void: the rows of the later side that are lost for a reason that does not count.
        currency: the currency of the result.
        rates: what one unit of another currency is worth in it, at the end.
    """
    change = _Change(before, after, void, Money(0, currency), rates)
    was = {deal: row for row, deal in enumerate(before.table.deals)}
    since = microseconds(before.table.as_of)
    for new, deal in enumerate(after.table.deals):
        old = was.pop(deal, None)
        if old is not None and before.holds(old):
            yield from change.worth(deal, old, new)
            if not after.holds(new):
                yield change.went(deal, new)
        elif after.holds(new):
            yield change.came(deal, old, new)
        elif _through(after, new, since) and new not in void:
            yield change.came(deal, old, new)
            yield change.went(deal, new)
    for deal, old in was.items():
        if before.holds(old):
            yield change.gone(deal, old)


def _through(after: Side, row: int, since: int) -> bool:
    """Whether a deal not in the pipeline at the start went through it: won in the period, or lost and due in it.

    A loss is missing where the deal was expected; a deal of the next period that is lost now was never in this one.
    """
    c = after.table.columns
    if c.status[row] < WON or c.closed[row] <= since or not after.owned(row):
        return False
    if c.status[row] == WON:
        return c.closed[row] in after.span
    return after.due is None or c.expected[row] in after.due


@attrs.frozen
class _Change:
    before: Side
    after: Side
    void: Set[int]
    nothing: Money
    rates: Rates

    def came(self, deal: str, old: int | None, new: int) -> WaterfallStep:
        value = self.after.worth.values[new] or self.nothing
        bucket, detail = self._how_it_came(old, new)
        return WaterfallStep(deal, bucket, 1, value, detail)

    def _how_it_came(self, old: int | None, new: int) -> tuple[Bucket, str]:
        if old is None:
            return "new", ""
        before, status = self.before, self.before.table.columns.status[old]
        if status >= WON:
            return "reopened", f"was {'won' if status == WON else 'lost'}"
        if status == ON_HOLD:
            return "resumed", "was on hold"
        if not before.owned(old):
            return "owner in", f"{before.owner(old)} → {self.after.owner(new)}"
        return ("slipped in" if before.is_early(old) else "pulled in"), f"was {before.expected(old)}"

    def went(self, deal: str, new: int) -> WaterfallStep:
        bucket, detail = self._how_it_went(new)
        return WaterfallStep(deal, bucket, -1, -(self.after.worth.values[new] or self.nothing), detail)

    def _how_it_went(self, new: int) -> tuple[Bucket, str]:
        after, c = self.after, self.after.table.columns
        if c.status[new] == WON:
            return "won", ""
        if c.status[new] == LOST:
            code = c.reason[new]
            return ("void" if new in self.void else "lost"), after.table.reasons[code] if code >= 0 else ""
        if c.status[new] == ON_HOLD:
            return "held", ""
        if not after.owned(new):
            return "owner out", f"to {after.owner(new)}"
        return ("pulled out" if after.is_early(new) else "pushed out"), f"to {after.expected(new)}"

    def gone(self, deal: str, old: int) -> WaterfallStep:
        return WaterfallStep(deal, "removed", -1, -(self.before.worth.values[old] or self.nothing), "not in the book")

    def worth(self, deal: str, old: int, new: int) -> Iterator[WaterfallStep]:
        """First the rate or the currency of its amount, then the amount."""
        was, now = (side.worth.values[row] or self.nothing for side, row in ((self.before, old), (self.after, new)))
        stated, states = self.before.table.columns.amount[old], self.after.table.columns.amount[new]
        rated = was
        if stated is not None and states is not None:
            same = stated.currency == states.currency
            rated = stated.to(was.currency, self.rates) if same else now
        told = " → ".join("nothing stated" if amount is None else str(amount) for amount in (stated, states))
        if rated != was:
            yield WaterfallStep(deal, "currency", 0, rated - was, told if rated is now else f"{stated} at another rate")
        if now != rated:
            yield WaterfallStep(deal, "increased" if now > rated else "decreased", 0, now - rated, told)
