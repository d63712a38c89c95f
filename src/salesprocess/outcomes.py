"""Parts of a record that are values of their own: how a deal ended, and what its customer objects to."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import attrs


@attrs.frozen(weakref_slot=False)
class Outcome:
    """How a deal ended.

    Attributes:
        status: `won` or `lost`.
        reason: the reason given, None when nobody gave one.
        at: when it was recorded.
        left: the stage it was in before; None when an import does not know it.
        undone: of a loss after the sale, how the deal was won; reopening brings that back. It does not count when
            outcomes are compared.

    >>> from salesprocess import templates
    >>> from datetime import UTC
    >>> at = datetime(2026, 1, 5, 9, tzinfo=UTC)
    >>> process = templates.load("generic")
    >>> deal = process.open("ACME-1", at=at)
    >>> process.lose(deal, reason="price", at=at).outcome.left
    'prospecting'
    """

    status: Literal["won", "lost"]
    reason: str | None
    at: datetime
    left: str | None
    undone: Outcome | None = attrs.field(default=None, eq=False, repr=False)


@attrs.frozen(weakref_slot=False)
class Objection:
    """A concern of the customer; `number` is the revision at which it was raised.

    >>> from salesprocess import templates
    >>> from datetime import UTC
    >>> at = datetime(2026, 1, 5, 9, tzinfo=UTC)
    >>> process = templates.load("generic")
    >>> deal = process.open("ACME-1", at=at)
    >>> deal = process.raise_objection(deal, "price", at=at)
    >>> deal.objections[0].kind, deal.objections[0].number
    ('price', 2)
    """

    number: int
    kind: str
    text: str
    raised_at: datetime
    resolved_at: datetime | None = None
    how: str = ""
