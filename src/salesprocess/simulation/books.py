"""A book of synthetic deals, cut off at a moment, and what became of them afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from random import Random
from typing import cast

import attrs

from salesprocess import given
from salesprocess.deal import Deal, Outcome
from salesprocess.errors import OutOfRange
from salesprocess.frozen import FrozenDict
from salesprocess.process import Process
from salesprocess.simulation.arrivals import Arrivals
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
    n: int | Arrivals,
    *,
    rng: Random,
    start: datetime,
    as_of: datetime,
    rates: Rates = _USUAL,
    changes: Mapping[datetime, Rates] | None = None,
    prefix: str = "D-",
) -> Book:
    """Synthetic deals of a process, each of whose moves the process itself decided.

    A visit of a stage lasts as long as a lognormal law around the stage's `typical_duration` says, and ends with a step
    ahead, a step back or a loss, with chances that make the share of deals won from each stage equal to its prior (see
    `salesprocess.simulation.world.conversion`); `rates` can state other stays and chances, and `law` tells what is true
    then. When the rules refuse
    a step, the owner answers each of the reasons given: does the work, learns the facts, has somebody approve. What
    nobody can answer is never forced: the deal is lost, or stays where it is after the sale.

    Args:
        process: the rulebook.
        n: how many deals, opened evenly over [start, as_of), or the rate at which they arrive.
        rng: where all chance comes from; the same state gives the same book.
        start: the earliest opening.
        as_of: when the book is cut off; later than `start`.
        rates: what is assumed about the world.
        changes: other rates, and from when they hold; a visit goes by those that held when it began.
        prefix: what the ids of the deals begin with.

    Raises:
        WrongKind: `rng` is no `random.Random`, such as a bare seed.
        OutOfRange: `n` is negative, or `as_of` is not later than `start`.
        NaiveDatetime: an instant has no time zone.
        UnknownStage: rates are stated for a stage that the process does not have.
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
    if isinstance(n, int) and n < 0:
        raise OutOfRange("n", n, "zero or more")
    given.a(Random, rng, "rng")
    world = World.of(process, rates, rng, {instant(at, "changes"): later for at, later in (changes or {}).items()})
    if isinstance(n, Arrivals):
        openings = list(n.between(first, last, rng))
    else:
        span = (last - first) // timedelta.resolution
        openings = sorted(first + timedelta(microseconds=rng.randrange(span)) for _ in range(n))
    lives = tuple(lived(world, f"{prefix}{number:05}", at) for number, at in enumerate(openings, 1))
    deals = tuple(cast("Deal", life.as_of(last)) for life in lives)  # every one was opened before that
    truth = FrozenDict((life.id, cast("Outcome", life.outcome)) for life in lives)  # and is closed in the end
    return Book(deals, truth, lives, last)
