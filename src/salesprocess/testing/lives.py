"""Strategies for deals that came where they are by the rules, their histories, and whole books of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import attrs
from hypothesis import assume, event
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from salesprocess.deal import Deal, replay
from salesprocess.errors import OutOfRange, SalesProcessError
from salesprocess.events import Entered, Event, Status
from salesprocess.process import Process
from salesprocess.testing.guiding import Guide
from salesprocess.testing.planning import Meeting, Situation
from salesprocess.testing.trips import Trip, trips
from salesprocess.testing.vocabulary import Vocabulary
from salesprocess.testing.ways import DEAL, found_by


def deals(
    process: Process,
    *,
    deal: str = DEAL,
    stage: str | None = None,
    status: Status | None = None,
    facts: Mapping[str, Any] | None = None,
    meet: Mapping[str, Meeting] | None = None,
    **terms: Any,
) -> SearchStrategy[Deal]:
    """Deals that came where they are by the rules.

    Each goes the shortest way to one of the stages or through one of the transitions, on facts and terms at which the
    criteria of the process change their minds, and with other records in between: work, objections, notes, terms that
    change after they were approved, amounts in another currency (unless `amount` says which). The smallest is a new
    deal; with `status="lost"`, one that is lost at once. Hypothesis counts, with `--hypothesis-show-statistics`, how
    many deals took which transition and which answers each criterion gave on the way.

    Args:
        process: the rulebook.
        deal: the id.
        stage: where they stand; None for anywhere.
        status: their status; None for any.
        facts: by the name of a fact or a term, a strategy or a value, for when it is told.
        meet: by the code of a rule that is not the library's own, what meets it, as for `workflow_test`.
        **terms: a strategy or a value for each term that every deal has, such as `amount`.

    Raises:
        UnknownStage, UnknownFact, UnknownRule: a name that the process does not have.
        OutOfRange: no way leads to the stage or the status.

    >>> from hypothesis import find
    >>> from salesprocess import templates
    >>> startup = templates.load("startup")
    >>> lost = find(deals(startup, status="lost"), lambda deal: True)
    >>> [event.kind for event in lost.history], lost.outcome.left
    (['opened', 'entered'], 'prospecting')
    """
    if stage is not None:
        process.stage(stage)
    told = {**(facts or {}), **terms}
    guide = Guide(process, told, meet)
    wanted = [trip for trip in trips(guide, found_by(guide)) if _ends(trip, stage, status)]
    if not wanted:
        raise OutOfRange("stage" if status is None else "status", status or stage, "one that a way leads to")
    return _deals(_Plan(guide, Vocabulary(process, guide.values), tuple(wanted), deal, status, tuple(terms)))


def _ends(trip: Trip, stage: str | None, status: Status | None) -> bool:
    end = trip.path.run()
    reached = ("open", "on_hold") if end.status == "open" else (end.status,)
    return stage in (None, end.stage) and (status is None or status in reached)


@attrs.frozen
class _Plan:
    """What deals are drawn from."""

    guide: Guide
    words: Vocabulary
    trips: tuple[Trip, ...]
    deal: str
    status: Status | None
    stated: tuple[str, ...]


@st.composite
def _deals(draw: DrawFn, plan: _Plan) -> Deal:
    ends = [*dict.fromkeys(trip.path.destination for trip in plan.trips)]
    end = draw(st.sampled_from(ends))  # the stage first: most ways lead to few of them
    trip = draw(st.sampled_from([trip for trip in plan.trips if trip.path.destination == end]))
    told = draw(plan.words.opening) | {name: draw(plan.words.value(name)) for name in plan.stated}
    here = _gone(draw, plan, trip, told) or _gone(None, plan, trip, {name: told[name] for name in plan.stated})
    assume(here is not None)
    assert here is not None  # noqa: S101 - for the type checker: what is assumed holds
    if plan.status == "on_hold":
        here = plan.guide.planner.run(here, "hold") or here
    _count(plan.guide, here.deal)
    return here.deal


def _gone(draw: DrawFn | None, plan: _Plan, trip: Trip, told: Mapping[str, Any]) -> Situation | None:
    """The end of a trip that is begun with these facts and terms; None where they lead elsewhere."""
    opening = trip.opening(told)
    commands = [attrs.evolve(opening, arguments={**opening.arguments, "deal": plan.deal})]
    if trip.edges is None:  # an exception is on the way: as it was found, or not at all
        commands += trip.path.commands[1:]
    try:
        deal = None
        for command in commands:
            deal = command.run(plan.guide.process, deal)
    except SalesProcessError:
        return None
    assert deal is not None  # noqa: S101 - the first command opens it
    here: Situation | None = Situation(deal, commands[-1].at)
    for edge in trip.edges or ():
        before = here if draw is None or here is None else _beside(draw, plan, here)
        there = None if before is None else plan.guide.through(before, edge)
        here = there or (None if here is None else plan.guide.through(here, edge))
    if here is None or here.deal.stage != trip.path.destination:
        return None
    return here if draw is None else _beside(draw, plan, here)


_BESIDE = ("",) * 4 + ("wait",) * 3 + ("learn", "amend", "record", "note", "objection", "approve", "foreign")


def _beside(draw: DrawFn, plan: _Plan, here: Situation) -> Situation:
    """What else happens before the next move: often nothing, or time passes; after an approval, other terms."""
    kinds = _BESIDE + ("renegotiate",) * 12 if here.deal.approvals else _BESIDE
    match draw(st.sampled_from(kinds)):
        case "":
            there: Situation | None = here
        case "learn":
            told = draw(plan.words.facts)
            there = plan.guide.planner.run(here, "learn", facts=told)
        case "amend":
            there = plan.guide.planner.run(here, "amend", **draw(plan.words.terms))
        case "renegotiate":
            there = plan.guide.planner.run(here, "amend", **draw(plan.words.agreed))
        case "foreign":
            there = plan.guide.planner.run(here, "amend", amount=draw(plan.words.foreign))
        case "record":
            activity = draw(plan.words.activities)
            there = plan.guide.planner.run(here, "record", activity=activity, extra=True)
        case "note":
            there = plan.guide.planner.run(here, "note", text="they called")
        case "objection":
            there = plan.guide.planner.run(here, "raise_objection", objection=draw(st.sampled_from(plan.words.reasons)))
        case "approve":
            subject = draw(st.sampled_from(plan.words.subjects))
            role = draw(st.sampled_from((None, *plan.words.capacities(subject))))
            there = plan.guide.planner.run(here, "approve", subject=subject, role=role, by="ola")
        case _:
            there = attrs.evolve(here, at=here.at + draw(plan.words.spans))
    return there or here


def _count(guide: Guide, deal: Deal) -> None:
    """Tell Hypothesis which rules the deal came by, each once."""
    told: dict[str, None] = {}
    for happened in deal.history:
        if isinstance(happened, Entered):
            before = replay(deal.history[: happened.revision - 1])
            told[f"{happened.transition} from {before.stage} to {happened.destination}"] = None
            told |= dict.fromkeys(guide.answers(before, happened))
    for text in told:
        event(text)


def histories(process: Process, **wanted: Any) -> SearchStrategy[tuple[Event, ...]]:
    """The histories of `deals`, with the same arguments.

    >>> from hypothesis import find
    >>> from salesprocess import templates
    >>> [each.kind for each in find(histories(templates.load("startup")), lambda history: True)]
    ['opened']
    """
    return deals(process, **wanted).map(lambda deal: deal.history)


def books(process: Process, *, size: int | tuple[int, int] = (0, 8), **wanted: Any) -> SearchStrategy[tuple[Deal, ...]]:
    """Books of deals with ids of their own, opened one after the other.

    Args:
        process: the rulebook.
        size: how many deals, or the least and the most.
        **wanted: the arguments of `deals`.

    >>> from hypothesis import find
    >>> from salesprocess import templates
    >>> book = find(books(templates.load("startup"), size=3), lambda book: True)
    >>> [deal.id for deal in book]
    ['ACME-1', 'ACME-2', 'ACME-3']
    """
    least, most = (size, size) if isinstance(size, int) else size
    return st.lists(deals(process, **wanted), min_size=least, max_size=most).map(_numbered)


def _numbered(drawn: Sequence[Deal]) -> tuple[Deal, ...]:
    return tuple(
        replay([attrs.evolve(happened, deal=f"ACME-{number}") for happened in deal.history])
        for number, deal in enumerate(drawn, 1)
    )
