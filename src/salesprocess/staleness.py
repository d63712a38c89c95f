"""When a deal counts as stale: the four rules in use, which disagree, as values that a policy holds.

Each rule has a stable `kind` and answers `due(deal, stage, working_time)`: the instant after which the deal is stale if
nothing happens, or None when that never comes by time alone. A `timedelta` counts by the clock; `WorkingHours` and
`WorkingDays` count in the working time that is passed in.
"""

# ruff: noqa: ARG002 - every rule takes (deal, stage, ...), and most need only one of them

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any, ClassVar, get_args

import attrs

from salesprocess.criteria import Subject
from salesprocess.deal import Deal
from salesprocess.errors import OutOfRange, WrongKind
from salesprocess.events import ActivityDone, Entered, Event, Held, Noted, Resumed, told_by
from salesprocess.frozen import FrozenDict, tuple_of
from salesprocess.stages import Stage
from salesprocess.verdicts import Reason
from salesprocess.working_time import Span, WorkingDays, WorkingHours, WorkingTime, later, rest_of

EVERY_KIND: tuple[str, ...] = tuple(event.kind for event in get_args(Event))
"""The kinds of all events: with them, any write keeps a deal from being quiet."""

ACTIVITY = ("opened", "entered", "activity_done", "noted", "objection_raised", "objection_resolved", "resumed")
"""The kinds of events that show work on a deal, rather than on its record."""


def _after(value: Span) -> Span:
    length = value.span if isinstance(value, WorkingHours) else value
    if not isinstance(length, timedelta | WorkingDays):
        raise WrongKind("after", value, "a timedelta, WorkingHours or WorkingDays")
    if isinstance(length, timedelta) and length <= timedelta(0):
        raise OutOfRange("after", value, "positive")
    return value


def _kinds(values: Iterable[str]) -> tuple[str, ...]:
    kinds = tuple_of(values, "kinds")
    unknown = [kind for kind in kinds if kind not in EVERY_KIND]
    if unknown or not kinds:
        raise OutOfRange("kinds", kinds, f"one or more of {', '.join(EVERY_KIND)}")
    return kinds


def _factor(value: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise WrongKind("over_target", value, "a number")
    if not 0 < value <= sys.float_info.max:
        raise OutOfRange("over_target", value, "positive and finite")
    return float(value)


@attrs.frozen
class Quiet:
    """Nobody has worked on an open deal for a while.

    Args:
        after: how long.
        kinds: the kinds of events that count as work: the opening, moves, activities, notes, objections and the end of
            a hold, unless said otherwise. What `happened` earlier than it was recorded counts from then.

    >>> Quiet(after=timedelta(days=14)).after
    datetime.timedelta(days=14)
    """

    kind: ClassVar[str] = "quiet"

    after: Span = attrs.field(converter=_after)
    kinds: tuple[str, ...] = attrs.field(default=ACTIVITY, converter=_kinds)

    def due(self, deal: Deal, stage: Stage, working_time: WorkingTime | None = None) -> datetime | None:
        """The instant after which the deal is quiet; None unless it is open.

        Raises:
            NoWorkingTime: `after` counts in working time and none was passed.
        """
        return later(self._since(deal), self.after, working_time) if deal.status == "open" else None

    def reason(self, deal: Deal, stage: Stage, at: datetime) -> Reason:
        """Why, in words and as data."""
        return _reason(self.kind, self.kind, after=self.after, since=self._since(deal))

    def _since(self, deal: Deal) -> datetime:
        return max((_happened(event) for event in deal.history if event.kind in self.kinds), default=deal.opened_at)


@attrs.frozen
class InStage:
    """The deal is in its stage for longer than is typical there; also after the sale.

    Args:
        over_target: how many times the `typical_duration` of the stage. Time on hold does not count.

    >>> from datetime import UTC
    >>> from salesprocess.deal import replay
    >>> from salesprocess.events import Opened
    >>> monday = datetime(2026, 1, 5, 9, tzinfo=UTC)
    >>> deal = replay([Opened(deal="A", revision=1, at=monday, process="solar", version=1, stage="offer")])
    >>> InStage(over_target=1.5).due(deal, Stage("offer", typical_duration=timedelta(days=10))).isoformat()
    '2026-01-20T09:00:00+00:00'
    """

    kind: ClassVar[str] = "in_stage"

    over_target: float = attrs.field(default=1.0, converter=_factor)

    def due(self, deal: Deal, stage: Stage, working_time: WorkingTime | None = None) -> datetime | None:
        """The instant after which the visit is too long; None when none is typical, or while a hold keeps it off."""
        if stage.typical_duration is None:
            return None
        return stage_due(deal, stage.typical_duration * self.over_target, working_time)

    def reason(self, deal: Deal, stage: Stage, at: datetime) -> Reason:
        """Why, in words and as data."""
        told: dict[str, Any] = {"age": deal.stage_age(at), "typical": stage.typical_duration}
        if self.over_target == 1:
            return _reason(self.kind, stage.name, **told)
        return _reason("in_stage.times", stage.name, times=self.over_target, **told)


@attrs.frozen
class Age:
    """An open deal was opened long ago.

    Args:
        after: how long. It counts from the opening, through holds, to the close; a reopened deal is as old as ever.

    >>> Age(after=timedelta(days=180)).after.days
    180
    """

    kind: ClassVar[str] = "age"

    after: Span = attrs.field(converter=_after)

    def due(self, deal: Deal, stage: Stage, working_time: WorkingTime | None = None) -> datetime | None:
        """The instant after which the deal is too old; None unless it is open.

        Raises:
            NoWorkingTime: `after` counts in working time and none was passed.
        """
        return later(deal.opened_at, self.after, working_time) if deal.status == "open" else None

    def reason(self, deal: Deal, stage: Stage, at: datetime) -> Reason:
        """Why, in words and as data."""
        return _reason(self.kind, self.kind, after=self.after, since=deal.opened_at)


@attrs.frozen
class Untouched:
    """A fact or a term of an open deal has not changed for a while, or was never stated since the opening.

    Args:
        name: the fact or the term. To tell again what is known already does not touch it.
        after: how long.

    >>> list(Untouched("budget", after=timedelta(days=30)).mentions("value"))
    ['budget']
    """

    kind: ClassVar[str] = "untouched"

    name: str
    after: Span = attrs.field(converter=_after)

    def due(self, deal: Deal, stage: Stage, working_time: WorkingTime | None = None) -> datetime | None:
        """The instant after which the value is old; None unless the deal is open.

        Raises:
            NoWorkingTime: `after` counts in working time and none was passed.
        """
        return later(self._since(deal), self.after, working_time) if deal.status == "open" else None

    def reason(self, deal: Deal, stage: Stage, at: datetime) -> Reason:
        """Why, in words and as data."""
        return _reason(self.kind, self.name, after=self.after, since=self._since(deal))

    def mentions(self, subject: Subject) -> Iterator[str]:
        """The fact or term that it names, so that a process can check that there is one."""
        if subject == "value":
            yield self.name

    def _since(self, deal: Deal) -> datetime:
        """When it last came to be another value, or none."""
        since, known = deal.opened_at, None
        for event in deal.history:
            for name, value in told_by(event):
                if name == self.name and (type(value) is not type(known) or value != known):
                    since, known = event.at, value
        return since


Staleness = Quiet | InStage | Age | Untouched
"""One rule of staleness."""


def stage_due(deal: Deal, span: Span, working_time: WorkingTime | None = None) -> datetime | None:
    """When a span that began with the present visit of the stage is over; time on hold does not count.

    The answer depends on the record alone: a hold moves an instant that lies ahead of it, never one that had passed.
    None while a hold keeps it from coming, or when it lies beyond the calendar.

    Raises:
        NoWorkingTime: the span counts in working time and none was passed.

    >>> from datetime import UTC, datetime
    >>> from salesprocess import templates
    >>> at = datetime(2026, 1, 5, 9, tzinfo=UTC)
    >>> process = templates.load("generic")
    >>> deal = process.open("ACME-1", at=at)
    >>> stage_due(deal, timedelta(days=7)).isoformat()
    '2026-01-12T09:00:00+00:00'
    """
    for start, end in _stretches(deal):
        due = later(start, span, working_time)
        if due is None or end is None or due < end:
            return due
        span = rest_of(span, start, end, working_time)
    return None


def _stretches(deal: Deal) -> list[tuple[datetime, datetime | None]]:
    """When the present visit was not on hold; the last stretch has no end, unless the deal is on hold now."""
    ended: list[tuple[datetime, datetime | None]] = []
    start = deal.opened_at
    for event in deal.history:
        if isinstance(event, Held):
            ended.append((start, event.at))
        elif isinstance(event, Resumed):
            start = event.at
        elif isinstance(event, Entered):
            start = event.at
            ended.clear()
    return ended if deal.status == "on_hold" else [*ended, (start, None)]


def _happened(event: Event) -> datetime:
    if isinstance(event, ActivityDone | Noted) and event.happened is not None:
        return event.happened
    return event.at


def _reason(code: str, subject: str, **told: Any) -> Reason:
    return Reason(code, where="policy.staleness", parameters=FrozenDict(told, subject=subject))
