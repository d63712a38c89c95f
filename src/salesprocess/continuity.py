"""What makes events a history: all of one deal, opened once, numbered without gaps, never back in time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import get_args

from salesprocess.events import Event, Opened

_KINDS = frozenset(get_args(Event))


def faults_of(history: Sequence[Event]) -> list[str]:
    """Everything for which events are no history of a deal."""
    if not history:
        return ["there is no event"]
    faults = [] if isinstance(history[0], Opened) else [f"it begins with {type(history[0]).__name__}, not with Opened"]
    known: Event | None = None
    for place, event in enumerate(history, 1):
        if type(event) not in _KINDS:
            faults.append(f"place {place}: {event!r} is no event")
        elif known is None:
            faults.extend(_misplaced(event, place))
            known = event
        else:
            faults.extend(faults_after(known, event, place))
            known = event
    return faults


def faults_after(previous: Event, event: Event, place: int) -> Iterator[str]:
    """Why `event` cannot follow `previous` at `place`, counted from 1."""
    if type(event) not in _KINDS:
        yield f"place {place}: {event!r} is no event"
        return
    if isinstance(event, Opened):
        yield f"revision {event.revision}: the deal is opened again"
    yield from _misplaced(event, place)
    if event.deal != previous.deal:
        yield f"revision {event.revision} belongs to deal {event.deal!r}"
    if event.at < previous.at:
        yield f"revision {event.revision} at {event.at.isoformat()} is earlier than {previous.at.isoformat()}"


def _misplaced(event: Event, place: int) -> Iterator[str]:
    if event.revision != place:
        yield f"revision {event.revision} stands where revision {place} belongs"
