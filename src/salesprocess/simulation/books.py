"""A book of synthetic deals, cut off at a moment, and what became of them afterwards."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random
from typing import cast

import attrs

from salesprocess.deal import Deal, Outcome
from salesprocess.errors import OutOfRange
from salesprocess.frozen import FrozenDict
from salesprocess.process import Process
from salesprocess.simulation.lives import lived
from salesprocess.simulation.rates import Rates
from salesprocess.simulation.world import World
from salesprocess.timing import instant

_USUAL = Rates()


@attrs.frozen
class Book:
    """Deals as the record stood at a moment, with the truth about them.

    Attributes:
        deals: the deals as of `as_of`, in the order of their opening.
        truth: how and when each deal ends, by its id; also for those that were still open, so that what was said
            about them can be judged.
        lives: the deals in the end, each with its whole history; `deals` are these, cut off.
        as_of: the moment, inclusive, in UTC.
    """

    deals: tuple[Deal, ...]
    truth: FrozenDict[str, Outcome]
    lives: tuple[Deal, ...] = attrs.field(repr=lambda lives: f"<{len(lives)} lives>")
    as_of: datetime


def book(
    process: Process,
    n: int,
    *,
    rng: Random,
    start: datetime,
    as_of: datetime,
    rates: Rates = _USUAL,
    prefix: str = "D-",
) -> Book:
    """`n` synthetic deals of a process, each of whose moves the process itself decided.

    Deals are opened evenly over [start, as_of). A visit of a stage lasts as long as a lognormal law around the stage's
    `typical_duration` says, and ends with a step ahead, a step back or a loss, with chances that make the share of
    deals won from each stage equal to its prior (see `salesprocess.simulation.lives.conversion`). When the rules refuse
    a step, the owner answers each of the reasons given: does the work, learns the facts, has somebody approve. What
    nobody can answer is never forced: the deal is lost, or stays where it is after the sale.

    Args:
        process: the rulebook.
        n: how many deals.
        rng: where all chance comes from; the same state gives the same book.
        start: the earliest opening.
        as_of: when the book is cut off; later than `start`.
        rates: what is assumed about the world.
        prefix: what the ids of the deals begin with.

    Raises:
        OutOfRange: `n` is negative, or `as_of` is not later than `start`.
        NaiveDatetime: an instant has no time zone.
        TransitionRefused: the process does not let a deal begin, whatever is known about it.

    >>> from datetime import UTC
    >>> from salesprocess import templates
    >>> spring = book(
    ...     templates.load("startup"),
    ...     100,
    ...     rng=Random(7),
    ...     start=datetime(2026, 1, 1, tzinfo=UTC),
    ...     as_of=datetime(2026, 7, 1, tzinfo=UTC),
    ... )
    >>> len(spring.deals), {deal.status for deal in spring.lives} == {"won", "lost"}
    (100, True)
    """
    first, last = instant(start, "start"), instant(as_of, "as_of")
    if last <= first:
        raise OutOfRange("as_of", as_of, f"later than the start {first.isoformat()}")
    if n < 0:
        raise OutOfRange("n", n, "zero or more")
    world = World.of(process, rates, rng)
    span = (last - first) // timedelta.resolution
    openings = sorted(first + timedelta(microseconds=rng.randrange(span)) for _ in range(n))
    lives = tuple(lived(world, f"{prefix}{number:05}", at) for number, at in enumerate(openings, 1))
    deals = tuple(cast("Deal", life.as_of(last)) for life in lives)  # every one was opened before that
    truth = FrozenDict((life.id, cast("Outcome", life.outcome)) for life in lives)  # and is closed in the end
    return Book(deals, truth, lives, last)
