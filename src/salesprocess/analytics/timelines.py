"""What one term of a deal was at any time, and since when."""

from __future__ import annotations

from bisect import bisect_right

import attrs

from salesprocess.analytics.visits import microseconds
from salesprocess.deal import Deal
from salesprocess.events import Amended, Opened, Term


@attrs.frozen
class Timeline:
    """The values of one term of one deal, one after the other.

    Attributes:
        since: when each of them was recorded, in microseconds since 1970, ascending.
        values: what it was; None while there was none.
    """

    since: tuple[int, ...]
    values: tuple[Term | None, ...]

    def at(self, moment: int) -> tuple[Term | None, int]:
        """The value at a moment, changes at that very moment included, and since when it had been so."""
        place = max(bisect_right(self.since, moment) - 1, 0)
        return self.values[place], self.since[place]

    def from_the_start(self) -> Timeline:
        """The same, with the first value that is known standing from the start."""
        if len(self.values) < 2 or self.values[0] is not None:
            return self
        return Timeline((self.since[0], *self.since[2:]), self.values[1:])


def timeline(deal: Deal, term: str) -> Timeline:
    """Every value that a term had; a change to the same value is none.

    >>> from datetime import UTC, datetime, timedelta
    >>> from salesprocess.process import Process
    >>> from salesprocess.stages import Stage
    >>> solar = Process("solar", stages=[Stage("lead"), Stage.won("won"), Stage.lost("lost")])
    >>> at = datetime(2026, 1, 5, tzinfo=UTC)
    >>> deal = solar.open("ACME-1", owner="kari", at=at)
    >>> deal = solar.amend(deal, owner="ola", at=at + timedelta(days=3))
    >>> timeline(deal, "owner").values
    ('kari', 'ola')
    """
    since: list[int] = []
    values: list[Term | None] = []
    for event in deal.history:
        if isinstance(event, Amended) and term not in event.terms and term not in event.cleared:
            continue
        if isinstance(event, Opened | Amended):
            value = event.terms.get(term)
            if not values or value != values[-1]:
                since.append(microseconds(event.at))
                values.append(value)
    return Timeline(tuple(since), tuple(values))
