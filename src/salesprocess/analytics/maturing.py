"""How deals close by the age at which they do, those under way censored."""

from __future__ import annotations

from collections.abc import Iterable

from salesprocess.analytics.deal_table import LOST, WON, DealTable
from salesprocess.analytics.spans import DAY
from salesprocess.analytics.survival import CENSORED, Incidence, aalen_johansen, age_counts

WON_CAUSE, LOST_CAUSE = 0, 1

_CAUSES = {WON: WON_CAUSE, LOST: LOST_CAUSE}


def closes(table: DealTable, rows: Iterable[int], unit: int = DAY) -> Incidence:
    """From the opening, the share of some deals that is won, and lost, by each age in whole units.

    Deals whose beginning nobody saw have no age, and are left out.

    Args:
        table: the book.
        rows: which deals of it.
        unit: of the ages, in microseconds.
    """
    c = table.columns
    seen = [row for row in rows if c.observed[row]]
    ages = [(c.closed[row] - c.opened[row]) // unit for row in seen]
    return aalen_johansen(age_counts(ages, [_CAUSES.get(c.status[row], CENSORED) for row in seen], kinds=2))
