"""The events that an import records: built directly, for the rules of this library did not hold in the other system."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from salesprocess.events import Actor, Amended, Event, FactsLearnt, Opened, Term
from salesprocess.facts import FactValue
from salesprocess.frozen import EMPTY, FrozenDict
from salesprocess.ingest.sheet import Place
from salesprocess.money import Money
from salesprocess.process import Process


def terms(amount: Money | None, owner: str | None) -> FrozenDict[str, Term]:
    """The terms that a row tells."""
    told: dict[str, Term] = {}
    if amount is not None:
        told["amount"] = amount
    if owner is not None:
        told["owner"] = owner
    return FrozenDict(told)


def opened(
    process: Process,
    deal: str,
    at: datetime,
    place: Place,
    *,
    by: Actor | None = None,
    reason: str | None = None,
    terms: FrozenDict[str, Term] = EMPTY,
    facts: FrozenDict[str, FactValue] = EMPTY,
    observed: bool = True,
) -> Opened:
    """The deal begins where the export first shows it, closed or not."""
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


def learnt(
    deal: str,
    revision: int,
    at: datetime,
    by: Actor | None,
    reason: str | None,
    facts: Mapping[str, FactValue],
    terms: Mapping[str, Term],
) -> list[Event]:
    """The events that tell of new facts and terms, from `revision` on; none when there are none."""
    events: list[Event] = []
    if facts:
        events.append(
            FactsLearnt(
                deal=deal, revision=revision, at=at, by=by, reason=reason, imported=True, facts=FrozenDict(facts)
            )
        )
    if terms:
        revision += len(events)
        events.append(
            Amended(deal=deal, revision=revision, at=at, by=by, reason=reason, imported=True, terms=FrozenDict(terms))
        )
    return events
