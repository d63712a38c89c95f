"""A book as it was known at a moment, and what came of it: what forecasts are judged by, with nothing leaking back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

import attrs

from salesprocess.deal import Deal
from salesprocess.frozen import FrozenDict
from salesprocess.money import Money

ON_HOLD, NO_AMOUNT = "on hold at the origin", "no amount at the origin"
"""Why an open deal is not judged: no forecaster speaks of it."""

_BEFORE = timedelta(microseconds=1)


@attrs.frozen
class Hindsight:
    """The open deals with an amount at `origin`, and what became of them before `end`.

    Attributes:
        origin: what was recorded later is not known to any forecaster; inclusive.
        end: exclusive.
        known: every deal opened by then, as it stood at the origin.
        judged: the ids of the deals that are judged, in the order of `known`.
        won: for each of them, whether the record says won just before `end`.
        actual: what those that are won are worth by then.
        came_later: what other deals, of which no forecast was asked, brought meanwhile.
        excluded: how many open deals are not judged, by reason.
    """

    origin: datetime
    end: datetime
    known: tuple[Deal, ...] = attrs.field(repr=False)
    judged: tuple[str, ...] = attrs.field(repr=False)
    won: tuple[bool, ...] = attrs.field(repr=False)
    actual: Money
    came_later: Money
    excluded: FrozenDict[str, int]


def hindsight(
    deals: Sequence[Deal], *, origin: datetime, end: datetime, currency: str, rates: Mapping[str, Decimal]
) -> Hindsight:
    """The book at `origin`, rebuilt from the histories, and what came of it by `end`.

    A deal that did not change after a moment is, at that moment, what it is now; only the others are folded again. A
    deal counts as won when the record says so at the end: one that was won and then lost or reopened is not.

    Raises:
        MissingRate: an amount is in a currency without a rate.

    >>> from datetime import UTC
    >>> from salesprocess import Process, Stage
    >>> solar = Process("solar", stages=[Stage("lead"), Stage.won("won"), Stage.lost("lost")])
    >>> monday = datetime(2026, 1, 5, tzinfo=UTC)
    >>> deal = solar.open("A-1", at=monday, amount=Money(100, "EUR"))
    >>> deal = solar.win(deal, at=monday + timedelta(days=3))
    >>> seen = hindsight([deal], origin=monday, end=monday + timedelta(days=7), currency="EUR", rates={})
    >>> seen.known[0].status, seen.won, seen.actual
    ('open', (True,), Money('100', 'EUR'))
    """
    known: list[Deal] = []
    judged: list[str] = []
    won: list[bool] = []
    excluded: Counter[str] = Counter()
    brought: list[Money] = []
    later: list[Money] = []
    for deal in deals:
        still = deal.history[-1].at <= origin  # asked here, since it is so of most deals of a long record
        then = deal if still else deal.as_of(origin)
        if then is not None:
            known.append(then)
            if still and then.outcome is not None:
                continue
        came = None if still or (then is not None and then.status == "won") else _won(deal, end)
        worth = [] if came is None or came.amount is None else [came.amount]
        if then is None or then.outcome is not None:
            later += worth
        elif then.status == "on_hold" or then.amount is None:
            excluded[NO_AMOUNT if then.amount is None else ON_HOLD] += 1
            later += worth
        else:
            judged.append(deal.id)
            won.append(came is not None)
            brought += worth
    return Hindsight(
        origin,
        end,
        tuple(known),
        tuple(judged),
        tuple(won),
        Money.total(brought, currency, rates),
        Money.total(later, currency, rates),
        FrozenDict(excluded),
    )


def _won(deal: Deal, end: datetime) -> Deal | None:
    """The deal as it stood just before `end`, when it was won; a later event must have come, or nothing is new."""
    then = deal.as_of(end - _BEFORE) if deal.history[0].at < end else None
    return then if then is not None and then.status == "won" else None
