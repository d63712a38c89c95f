"""What to do next with a deal, why, and when: derived from the rulebook and the record."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import Literal

import attrs

from salesprocess.deal import Deal
from salesprocess.events import ActivityDone, Entered
from salesprocess.rules import Rulebook
from salesprocess.stages import Stage
from salesprocess.verdicts import Decision, Reason

ItemKind = Literal["overdue", "due", "required", "blocked", "objection", "recommended"]

_ORDER: tuple[ItemKind, ...] = ("overdue", "due", "required", "blocked", "objection", "recommended")


@attrs.frozen
class Item:
    """One thing to see to.

    Attributes:
        kind: `overdue` (its time has passed), `due` (its time will come), `required` (work without which the deal
            cannot go on), `blocked` (a criterion ahead that is not met), `objection` (open), `recommended`.
        subject: what it is about: an activity, a stage, a term, an objection or a requirement.
        why: the reason in words.
        due: when it should be done; None when there is no time for it.
        reason: the reason as data, where a rule stands behind it.
    """

    kind: ItemKind
    subject: str
    why: str
    due: datetime | None = None
    reason: Reason | None = None


@attrs.frozen
class Agenda:
    """What to do next with one deal.

    Attributes:
        deal: the id.
        items: the most pressing first.
        next_due: the next instant after the question at which something becomes overdue; None when nothing will.
            A host can sleep until then.
    """

    deal: str
    items: tuple[Item, ...]
    next_due: datetime | None

    @property
    def needs_attention(self) -> bool:
        """Whether anything is overdue."""
        return any(item.kind == "overdue" for item in self.items)

    def __str__(self) -> str:
        lines = (
            f"- {item.kind}: {item.why}" + (f" (due {item.due:%Y-%m-%d %H:%M} UTC)" if item.due else "")
            for item in self.items
        )
        return "\n".join([f"agenda of {self.deal}:", *lines])


def agenda(rulebook: Rulebook, deal: Deal, options: Iterable[Decision], at: datetime, tz: tzinfo = UTC) -> Agenda:
    """Everything to see to in a deal at `at`, in the order of urgency.

    Args:
        rulebook: the process of the deal.
        deal: the deal.
        options: what is possible now, as the process decided it.
        at: the present instant, in UTC.
        tz: the zone in which the expected close day ends.
    """
    stage = next(stage for stage in rulebook.stages if stage.name == deal.stage)
    items = [*_work(stage, deal, at), *_blocked(options), *_objections(deal)]
    if deal.status == "open":
        items.extend(_clock(stage, deal, at, tz))
    if (held := deal.held) is not None and held.until is not None:
        items.append(_timed("look_again", f"on hold until {held.until:%Y-%m-%d}", held.until, at))
    items.sort(key=lambda item: (_ORDER.index(item.kind), item.due or datetime.max.replace(tzinfo=UTC), item.subject))
    coming = [item.due for item in items if item.due is not None and item.due >= at]
    return Agenda(deal.id, tuple(items), min(coming, default=None))


def _timed(subject: str, why: str, due: datetime, at: datetime) -> Item:
    return Item("overdue" if due < at else "due", subject, why, due)


def _work(stage: Stage, deal: Deal, at: datetime) -> Iterator[Item]:
    done = {event.activity for event in deal.history if isinstance(event, ActivityDone)}
    for activity in stage.activities:
        if activity.name in done or deal.status not in ("open", "won"):
            continue
        if activity.within is not None:
            due = deal.stage_since + activity.within
            yield _timed(activity.name, f"{activity.name} belongs within {_span(activity.within)}", due, at)
        elif activity.required:
            yield Item("required", activity.name, f"{activity.name} is required in {stage.name}")
        else:
            yield Item("recommended", activity.name, f"{activity.name} is recommended in {stage.name}")


def _blocked(options: Iterable[Decision]) -> Iterator[Item]:
    """What stands in the way of going on; work is listed by itself, and other moves are choices, not duties."""
    for option in options:
        if option.kind in ("advance", "win"):
            for reason in option.unmet:
                if reason.code not in ("activity.required", "on_hold"):
                    yield Item(
                        "blocked", reason.requirement or reason.code, f"{option.label}: {reason.message}", None, reason
                    )


def _objections(deal: Deal) -> Iterator[Item]:
    for objection in deal.objections:
        if objection.resolved_at is None:
            yield Item("objection", objection.kind, f"the objection {objection.kind} is open")


def _clock(stage: Stage, deal: Deal, at: datetime, tz: tzinfo) -> Iterator[Item]:
    if stage.typical_duration is not None:
        over = deal.stage_age(at) - stage.typical_duration
        why = f"in {stage.name} for {_span(deal.stage_age(at))}, typical is {_span(stage.typical_duration)}"
        yield _timed(stage.name, why, at - over, at)
    if deal.expected_close is not None:
        ends = datetime.combine(deal.expected_close, time.min, tz) + timedelta(days=1)
        yield _timed("expected_close", f"expected to close on {deal.expected_close}", ends.astimezone(UTC), at)
    if not any(isinstance(event, Entered | ActivityDone) for event in deal.history):
        yield Item("recommended", "first_step", "nothing has been done with it yet")


def _span(span: timedelta) -> str:
    """A duration in the largest unit that fits.

    >>> _span(timedelta(days=7)), _span(timedelta(minutes=10))
    ('7 days', '10 minutes')
    """
    for size, unit in ((timedelta(days=1), "day"), (timedelta(hours=1), "hour"), (timedelta(minutes=1), "minute")):
        if span >= size:
            count = round(span / size)
            return f"{count} {unit}{'' if count == 1 else 's'}"
    return f"{span.total_seconds():.0f} seconds"
