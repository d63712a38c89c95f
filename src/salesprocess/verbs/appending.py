"""Append one event to a record: checked, idempotent under its key, and not at all where nothing changes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, TypeVar

from salesprocess.deal import Deal, evolve
from salesprocess.errors import KeyConflict, gather
from salesprocess.events import Actor, By, Event, actor
from salesprocess.verbs import arguments
from salesprocess.verbs.arguments import Compiled

E = TypeVar("E", bound=Event)


def append(
    process: Compiled,
    deal: Deal,
    kind: type[E],
    at: datetime,
    by: By,
    key: str | None,
    *,
    reason: str | None = None,
    content: Callable[[], dict[str, Any]] = dict,
    conditions: Callable[[datetime, dict[str, Any]], None] | None = None,
) -> Deal:
    """The deal with one more event, or as it is when its key has already told the same.

    The content says what happened, and is all that counts under a known key; the conditions say whether it may happen
    now, and are asked only for what is new. They may raise `Nothing` when there is nothing to record; with a key
    it is recorded all the same, for otherwise a late retry would undo what came between.
    """
    make: Any = kind

    def told(revision: int, moment: datetime, fields: dict[str, Any], who: Actor | None) -> E:
        event: E = make(deal=deal.id, revision=revision, at=moment, by=who, reason=reason, key=key, **fields)
        return event

    checked: list[Any]
    if key is not None and (seen := deal.recorded(key)) is not None:
        checked = gather(content, lambda: actor(by))
        event = told(seen.revision, seen.at, *checked)
        if event != seen:
            raise KeyConflict(deal.id, key, arguments.told(seen), arguments.told(event))
        return deal
    checked = gather(
        lambda: arguments.moment(process, deal, at),
        content,
        lambda: actor(by),
        lambda: arguments.optional_text("reason", reason),
    )
    moment, fields, who, _ = checked
    if conditions is not None:
        try:
            conditions(moment, fields)
        except Nothing:
            if key is None:
                return deal
    return evolve(deal, told(len(deal.history) + 1, moment, fields, who))


class Nothing(Exception):
    """What is told is known already."""


def unless_known(
    deal: Deal,
    verb: str,
    present: Mapping[str, Any],
    told: Mapping[str, Any],
    removed: Iterable[str],
    reason: str | None,
) -> None:
    """Refuse a change of a closed deal without a reason, and stop where nothing changes."""
    same = all(name in present and _same(present[name], value) for name, value in told.items())
    if same and not any(name in present for name in removed):
        raise Nothing
    arguments.reason_when_closed(deal, verb, reason)


def _same(one: object, other: object) -> bool:
    return one == other and type(one) is type(other)
