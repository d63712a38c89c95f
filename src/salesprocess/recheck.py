"""Would this version of the rulebook have decided the recorded moves the same?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Literal

import attrs

from salesprocess.deal import Deal, evolve, renamed_requirement, replay
from salesprocess.engine import Engine
from salesprocess.events import Entered, Event, Migrated, Opened, Waived
from salesprocess.frozen import EMPTY, FrozenDict, tuple_of
from salesprocess.routes import OVERRIDE, TO, to
from salesprocess.verdicts import Decision


@attrs.frozen
class Divergence:
    """A recorded move that would be decided otherwise.

    Attributes:
        revision: which event it is.
        event: the event.
        code: `refused`; `elsewhere` (the transition would lead to another stage); `unknown_stage` or
            `unknown_transition` (the rulebook no longer has it); `needless` (an override of what is now allowed).
        decision: what this version decides; None when it has no such stage or transition.

    >>> from datetime import UTC, datetime
    >>> from salesprocess import templates
    >>> at = datetime(2026, 1, 5, 9, tzinfo=UTC)
    >>> process = templates.load("generic")
    >>> deal = process.open("ACME-1", at=at)
    >>> from salesprocess import criteria as c
    >>> from salesprocess import Fact
    >>> stricter = process.revise(facts=[Fact("fit", str)], add={"prospecting.entry": [c.has("fit")]})
    >>> [divergence.code for divergence in stricter.recheck(deal.history)]
    ['refused']
    """

    revision: int
    event: Opened | Entered
    code: Literal["refused", "elsewhere", "unknown_stage", "unknown_transition", "needless"]
    decision: Decision | None = None

    def __str__(self) -> str:
        told = "" if self.decision is None else f": {self.decision}"
        return f"revision {self.revision} {self.code}{told}"


def recheck(engine: Engine, history: Iterable[Event], follows: tuple[str, int]) -> Iterator[Divergence]:
    """Every move of a history that the rulebook of `engine` would decide otherwise.

    Imported moves are passed over: no rulebook decided them. Stages that were renamed on the way to this rulebook are
    read under their new names.

    Args:
        engine: the compiled rulebook.
        history: the events of one deal.
        follows: the name and version of the rulebook.

    Raises:
        BrokenHistory: the events do not follow one another.

    >>> from datetime import UTC, datetime
    >>> from salesprocess import templates
    >>> at = datetime(2026, 1, 5, 9, tzinfo=UTC)
    >>> process = templates.load("generic")
    >>> deal = process.open("ACME-1", at=at)
    >>> list(recheck(process.engine, deal.history, ("generic", 1)))
    []
    """
    events = tuple_of(history, "history")
    replay(events)
    named = _as_named_in(follows, events)
    deal = replay(named[:1])
    opened = events[0]
    if isinstance(opened, Opened) and not opened.imported:
        if deal.stage not in engine.statuses:
            yield Divergence(1, opened, "unknown_stage")
        else:
            decision = engine.decide_opening(deal, opened.at, opened.by).decision
            if not decision.allowed:
                yield Divergence(1, opened, "refused", decision)
    for event, recorded in zip(named[1:], events[1:], strict=True):
        if isinstance(event, Entered) and isinstance(recorded, Entered) and not event.imported:
            yield from (attrs.evolve(each, event=recorded) for each in _again(engine, deal, event))
        deal = evolve(deal, event)


def _as_named_in(follows: tuple[str, int], history: tuple[Event, ...]) -> tuple[Event, ...]:
    """The history as if the stages had always had the names that the migrations up to this rulebook gave them.

    All migrations count for a rulebook that the deal never followed, such as a draft of the next version.
    """
    there = [
        place
        for place, event in enumerate(history)
        if isinstance(event, Opened | Migrated) and (event.process, event.version) == follows
    ]
    end = there[-1] + 1 if there else len(history)
    names: dict[str, str] = {}
    told: list[Event] = []
    for event in reversed(history[:end]):
        told.append(_renamed(event, names))
        if isinstance(event, Migrated):
            now = {name: event.stages.get(name, name) for name in (*names, *event.stages)}
            names = {name: names.get(new, new) for name, new in now.items()}
    return (*reversed(told), *history[end:])


def _renamed(event: Event, names: Mapping[str, str]) -> Event:
    match event:
        case Opened():
            return attrs.evolve(event, stage=names.get(event.stage, event.stage))
        case Entered():
            left = event.transition.removeprefix(TO)
            return attrs.evolve(
                event,
                source=None if event.source is None else names.get(event.source, event.source),
                destination=names.get(event.destination, event.destination),
                skipped=tuple(names.get(name, name) for name in event.skipped),
                transition=to(names.get(left, left)) if left != event.transition else event.transition,
            )
        case Waived():
            return attrs.evolve(event, requirement=renamed_requirement(names, event.requirement))
        case Migrated():
            return attrs.evolve(event, stage=names.get(event.stage, event.stage), stages=EMPTY)
        case _:
            return event


def _again(engine: Engine, deal: Deal, event: Entered) -> Iterator[Divergence]:
    number = event.revision
    if deal.stage not in engine.statuses or event.destination not in engine.statuses:
        yield Divergence(number, event, "unknown_stage")
    elif event.transition == OVERRIDE:
        decision = engine.decide_override(deal, event.destination, event.at, event.by, event.reason or "").decision
        if not decision.allowed:
            yield Divergence(number, event, "refused", decision)
        elif decision.name != OVERRIDE:
            yield Divergence(number, event, "needless", decision)
    elif event.transition not in engine.names:
        yield Divergence(number, event, "unknown_transition")
    else:
        inputs: FrozenDict[str, str] = EMPTY if event.reason is None else FrozenDict(reason=event.reason)
        decision = engine.decide(deal, event.transition, event.at, event.by, inputs).decision
        if not decision.allowed:
            yield Divergence(number, event, "refused", decision)
        elif decision.destination != event.destination:
            yield Divergence(number, event, "elsewhere", decision)
