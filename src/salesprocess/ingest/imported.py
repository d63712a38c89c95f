"""The events that an import records: built directly, for the rules of this library did not hold in the other system."""

from __future__ import annotations

from datetime import datetime

from salesprocess.events import Amended, Entered, Event, FactsLearnt, Opened, entered
from salesprocess.frozen import EMPTY
from salesprocess.ingest.sheet import Place, Said
from salesprocess.process import Process
from salesprocess.routes import IMPORTED

NOTHING = Said(EMPTY, None, None, EMPTY)
"""What is known at an opening of which only the time is known."""


def opened(process: Process, deal: str, at: datetime, place: Place, said: Said, *, observed: bool) -> Opened:
    """The deal begins where the export first shows it, closed or not."""
    terms, by, reason, facts = said
    return Opened(
        deal=deal,
        revision=1,
        at=at,
        by=by,
        reason=reason,
        imported=True,
        process=process.name,
        version=process.version,
        stage=place.stage,
        status=place.status,
        terms=terms,
        facts=facts,
        observed=observed,
    )


def told(deal: str, revision: int, at: datetime, said: Said) -> list[Event]:
    """The events that tell of facts and terms, from `revision` on; none when there are none."""
    terms, by, reason, facts = said
    events: list[Event] = []
    if facts:
        events.append(
            FactsLearnt(deal=deal, revision=revision, at=at, by=by, reason=reason, imported=True, facts=facts)
        )
    if terms:
        number = revision + len(events)
        events.append(Amended(deal=deal, revision=number, at=at, by=by, reason=reason, imported=True, terms=terms))
    return events


def moved(deal: str, revision: int, at: datetime, said: Said, source: str | None, place: Place) -> Entered:
    """The deal enters a stage from `source`, which a snapshot does not know."""
    _, by, reason, _ = said
    _, stage, status = place
    return entered(deal, revision, at, by, reason, None, IMPORTED, source, stage, status, imported=True)
