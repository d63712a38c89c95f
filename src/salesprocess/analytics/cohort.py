"""Which deals a number speaks of: each of them once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection

from salesprocess.errors import DuplicateDeal

NOT_OPENED = "deal not opened at as_of"
"""Why a deal of the future is in no number."""


def each_once(ids: Collection[str]) -> None:
    """Refuse a book in which a deal occurs twice.

    Raises:
        DuplicateDeal: names every id that comes more than once.

    >>> each_once(["ACME-1", "ACME-2"])
    """
    if len(set(ids)) < len(ids):
        raise DuplicateDeal([deal for deal, count in Counter(ids).items() if count > 1])
