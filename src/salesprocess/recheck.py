"""Would this version of the rulebook have decided the recorded moves the same?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Literal

import attrs

from salesprocess.deal import Deal, evolve, replay
from salesprocess.engine import Engine
from salesprocess.events import Entered, Event, Opened
from salesprocess.frozen import EMPTY, FrozenDict, tuple_of
from salesprocess.routes import OVERRIDE
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


def recheck(engine: Engine, history: Iterable[Event]) -> Iterator[Divergence]:
    """Every move of a history that the rulebook of `engine` would decide otherwise.

    Imported moves are passed over: no rulebook decided them.

    >>> from datetime import UTC, datetime
    >>> from salesprocess import templates
    >>> at = datetime(2026, 1, 5, 9, tzinfo=UTC)
    >>> process = templates.load("generic")
    >>> deal = process.open("ACME-1", at=at)
    >>> list(recheck(process.engine, deal.history))
    []
    """
    events = tuple_of(history, "history")
    deal = replay(events[:1])
    opened = events[0]
    if isinstance(opened, Opened) and not opened.imported:
        if opened.stage not in engine.statuses:
            yield Divergence(1, opened, "unknown_stage")
        else:
            decision = engine.decide_opening(deal, opened.at, opened.by).decision
            if not decision.allowed:
                yield Divergence(1, opened, "refused", decision)
    for event in events[1:]:
        if isinstance(event, Entered) and not event.imported:
            yield from _again(engine, deal, event)
        deal = evolve(deal, event)


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
