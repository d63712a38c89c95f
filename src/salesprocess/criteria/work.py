"""Criteria on what happened: activities that were done, stages that were visited, objections that were answered."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta
from itertools import takewhile
from typing import Literal

from salesprocess.criteria.parameters import named, positive_count, positive_span
from salesprocess.criteria.rule import Ask, criterion
from salesprocess.deal import Deal
from salesprocess.errors import OutOfRange
from salesprocess.events import ActivityDone, Entered, Event, Migrated, Opened
from salesprocess.verdicts import Verdict

During = Literal["deal", "visit"]
"""Which work counts: all of the life of the deal, or that of the present visit of the stage."""


def _during(value: During) -> During:
    if value not in ("deal", "visit"):
        raise OutOfRange("during", value, "'deal' or 'visit'")
    return value


@criterion(
    "done",
    "the activity {activity} has not been done",
    hint="record {activity}",
    names={"activity": "activity"},
    converters={"during": _during},
)
def done(deal: Deal, ask: Ask, activity: str, during: During = "deal") -> bool:
    """The activity was done, at any time in the life of the deal, or `during` the present visit of the stage.

    >>> from salesprocess.diagrams import say
    >>> say(done("site_visit", during="visit"))
    'site_visit is done in this visit'
    """
    if during == "visit":
        return any(isinstance(event, ActivityDone) and event.activity == activity for event in _this_visit(deal))
    for event in deal.activities:  # noqa: SIM110 - a loop is twice as fast as any(), and moves ask this all the time
        if event.activity == activity:
            return True
    return False


@criterion(
    "done_times",
    "the activity {activity} was done {found} of at least {times} times",
    hint="record {activity}",
    names={"activity": "activity"},
    converters={"times": positive_count, "during": _during},
)
def done_times(deal: Deal, ask: Ask, activity: str, times: int, during: During = "deal") -> bool | Verdict:
    """The activity was done at least so many times, in the life of the deal or `during` the present visit.

    >>> from salesprocess.diagrams import say
    >>> say(done_times("call", 2))
    'call is done at least 2 times'
    """
    found = sum(1 for _ in _doings(deal, activity, during))
    return True if found >= times else Verdict.unmet(found=found)


@criterion(
    "done_within",
    "the activity {activity} has not been done since {since}",
    hint="record {activity}",
    names={"activity": "activity"},
    converters={"span": positive_span},
)
def done_within(deal: Deal, ask: Ask, activity: str, span: timedelta) -> bool | Verdict:
    """The activity happened in the last `span`: at some moment m with at − span ≤ m ≤ at.

    What counts is when it happened, which may be earlier than it was recorded.

    >>> from datetime import timedelta
    >>> from salesprocess.diagrams import say
    >>> say(done_within("call", timedelta(days=7)))
    'call is done in the last 7 days'
    """
    since = ask.at - span
    for event in _doings(deal, activity):
        if since <= (event.happened or event.at) <= ask.at:
            return True
    return Verdict.unmet(since=since)


@criterion(
    "done_by_role",
    "the activity {activity} has not been done by {role}",
    hint="let {role} record {activity}",
    names={"activity": "activity"},
    converters={"role": named, "during": _during},
)
def done_by_role(deal: Deal, ask: Ask, activity: str, role: str, during: During = "deal") -> bool:
    """The activity was done by somebody who had the role at the time.

    >>> from salesprocess.diagrams import say
    >>> say(done_by_role("check", "engineer"))
    'check is done by engineer'
    """
    return any(event.by is not None and role in event.by.roles for event in _doings(deal, activity, during))


def _doings(deal: Deal, activity: str, during: During = "deal") -> Iterator[ActivityDone]:
    for event in deal.activities if during == "deal" else _this_visit(deal):
        if isinstance(event, ActivityDone) and event.activity == activity:
            yield event


def _this_visit(deal: Deal) -> Iterable[Event]:
    return takewhile(lambda event: not isinstance(event, Opened | Entered), reversed(deal.history))


@criterion("visited", "the stage {stage} was never visited", names={"stage": "stage"})
def visited(deal: Deal, ask: Ask, stage: str) -> bool:
    """The deal is or was in the stage, also while the stage had another name.

    >>> from salesprocess.diagrams import say
    >>> say(visited("site_survey"))
    'site_survey was visited'
    """
    return was_visited(deal, stage)


def was_visited(deal: Deal, stage: str) -> bool:
    """What the criterion `visited` tests."""
    return deal.stage == stage or any(True for _ in _visits(deal, stage))


@criterion(
    "visited_times",
    "the stage {stage} was visited {found} of at least {times} times",
    names={"stage": "stage"},
    converters={"times": positive_count},
)
def visited_times(deal: Deal, ask: Ask, stage: str, times: int) -> bool | Verdict:
    """The deal came to the stage at least so many times, the present visit included.

    >>> from salesprocess.diagrams import say
    >>> say(visited_times("offer", 2))
    'offer was visited at least 2 times'
    """
    found = sum(1 for _ in _visits(deal, stage))
    return True if found >= times else Verdict.unmet(found=found)


def _visits(deal: Deal, stage: str) -> Iterator[Opened | Entered]:
    """The events that began a visit of the stage, latest first; one that began under another name counts as well."""
    names, here = {stage}, False
    for event in reversed(deal.history):
        if isinstance(event, Entered):
            name = event.destination
        elif isinstance(event, Opened):
            name = event.stage
        else:
            if isinstance(event, Migrated):
                here = here or event.stage in names
                names = {name for name in names if name not in event.stages} | {
                    old for old, new in event.stages.items() if new in names
                }
            continue
        if here or name in names:
            yield event
        here = False


@criterion("objections_resolved", "open objections: {open}", hint="resolve them, with how")
def objections_resolved(deal: Deal, ask: Ask) -> bool | Verdict:
    """No objection is open.

    >>> from salesprocess.diagrams import say
    >>> say(objections_resolved())
    'no objection is open'
    """
    pending = tuple(objection.kind for objection in deal.objections if objection.resolved_at is None)
    return Verdict.unmet(open=pending) if pending else True
