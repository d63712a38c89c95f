"""What became of a deal, in few lines: for messages that show the smallest deal that breaks a rule."""

from __future__ import annotations

from collections.abc import Iterator

import attrs

from salesprocess.deal import Deal
from salesprocess.events import Entered, Event, Opened

_SHARED = ("deal", "revision", "at", "key", "by", "process", "version", "fingerprint", "status")


def life(deal: Deal) -> str:
    """The events of a deal, one a line, with what each one tells."""
    return "\n".join(f"    {deal.id}: {event.kind}{_details(event, deal)}" for event in deal.history)


def moves(deal: Deal) -> str:
    """When a deal was where, in one line."""
    stood = [(event.at, event.stage) for event in deal.history if isinstance(event, Opened)]
    stood += [(event.at, event.destination) for event in deal.history if isinstance(event, Entered)]
    return f"    {deal.id}: " + ", ".join(f"{stage} on {at:%Y-%m-%d}" for at, stage in stood)


def _details(event: Event, deal: Deal) -> str:
    told = [f"{name}={value!r}" for name, value in _told(event)]
    if later := event.at - deal.opened_at:
        told.append(f"{later} later")
    return f" ({', '.join(told)})" if told else ""


def _told(event: Event) -> Iterator[tuple[str, object]]:
    for field in attrs.fields(type(event)):
        value = getattr(event, field.name)
        if field.name not in _SHARED and value not in (None, (), "", False) and value != {}:
            yield field.name, value
