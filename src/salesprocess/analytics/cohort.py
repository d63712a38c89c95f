"""Which deals a number speaks of: each of them once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping

from salesprocess.deal import Deal
from salesprocess.errors import DuplicateDeal, WrongKind
from salesprocess.frozen import FrozenDict
from salesprocess.process import Process

NOT_OPENED = "deal not opened at as_of"
"""Why a deal of the future is in no number."""

UNOBSERVED = "known only since its close (imported)"
"""Why an age or a duration of a deal is not known."""

VOID = "lost for a reason that does not count"
"""Why a lost deal, such as a duplicate, says nothing about selling."""


def void_reasons(process: Process | None, void: Collection[str] = ()) -> set[str]:
    """The reasons for which a loss says nothing about selling: those of the rulebook, and those named.

    Raises:
        WrongKind: `void` is one text and no collection.

    >>> void_reasons(None, ["duplicate"])
    {'duplicate'}
    """
    if isinstance(void, str):
        raise WrongKind("void", void, "a collection of names, such as ['duplicate']")
    stages = () if process is None else process.stages
    return {reason.name for stage in stages for reason in stage.reasons if not reason.counts} | set(void)


def by_reason(*counts: Mapping[str, int]) -> FrozenDict[str, int]:
    """What was left out, from several counts of different reasons; a reason for which nothing was is not told.

    >>> by_reason({"lost": 2}, {"on hold": 0})
    {'lost': 2}
    """
    return FrozenDict({reason: count for each in counts for reason, count in each.items() if count})


def only_deals(deals: Iterable[Deal]) -> Iterator[Deal]:
    """The deals one by one.

    Raises:
        WrongKind: when it comes to what is no deal, such as a row of a table.

    >>> list(only_deals([{"id": "ACME-1"}]))
    Traceback (most recent call last):
    salesprocess.errors.WrongKind: deals[0] wants a Deal, got {'id': 'ACME-1'} (dict)
    """
    for place, deal in enumerate(deals):
        if not isinstance(deal, Deal):
            raise WrongKind(f"deals[{place}]", deal, "a Deal")
        yield deal


def each_once(ids: Collection[str]) -> None:
    """Refuse a book in which a deal occurs twice.

    Raises:
        DuplicateDeal: names every id that comes more than once.

    >>> each_once(["ACME-1", "ACME-2"])
    """
    if len(set(ids)) < len(ids):
        raise DuplicateDeal([deal for deal, count in Counter(ids).items() if count > 1])
