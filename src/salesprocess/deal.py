"""The record of one sale: an immutable value folded from its events."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, timedelta
from operator import attrgetter
from typing import Any, cast

import attrs

from salesprocess.continuity import faults_after, faults_of
from salesprocess.errors import BrokenHistory, OutOfRange, WrongKind
from salesprocess.events import (
    ActivityDone,
    Amended,
    ApprovalWithdrawn,
    Approved,
    Entered,
    Event,
    FactsLearnt,
    ForecastCategory,
    Held,
    Migrated,
    Noted,
    ObjectionRaised,
    ObjectionResolved,
    Opened,
    Recorded,
    Resumed,
    Status,
    Term,
    Waived,
)
from salesprocess.facts import FactValue
from salesprocess.frozen import FrozenDict, tuple_of
from salesprocess.money import Money
from salesprocess.outcomes import Objection as Objection  # noqa: PLC0414 - published here, with the deal
from salesprocess.outcomes import Outcome as Outcome  # noqa: PLC0414
from salesprocess.pricing import LineItem
from salesprocess.timing import instant


@attrs.frozen(weakref_slot=False, eq=False)
class Deal:
    """The record of one sale, exactly as its events tell it.

    A deal is never built by hand: `Process.open` begins one, the verbs of `Process` continue it, `replay` restores it.
    Deals are equal when their histories are, and hash by id and revision.

    Attributes:
        id: the name of the deal in the application.
        process, version: the rulebook it follows; the deal does not hold it.
        stage: where it is.
        status: `open`, `on_hold`, `won` or `lost`.
        terms: what is agreed or expected; `amount`, `owner`, `expected_close`, `probability`, `category`
            and `items` read it.
        facts: what is known, by name.
        activities: what was done, oldest first.
        approvals: the approvals in force, oldest first.
        objections: every objection, resolved or not, oldest first.
        waived: the names of the requirements lifted for this deal.
        stage_since: when it entered its stage.
        outcome: how it ended; None while it is open.
        history: the events, oldest first.

    >>> from datetime import UTC, datetime
    >>> from salesprocess import templates
    >>> at = datetime(2026, 1, 5, 9, tzinfo=UTC)
    >>> process = templates.load("generic")
    >>> deal = process.open("ACME-1", at=at)
    >>> deal = process.learn(deal, {"source": "a neighbour"}, at=at)
    >>> deal.stage, dict(deal.facts), deal.revision
    ('prospecting', {'source': 'a neighbour'}, 2)
    """

    id: str
    process: str
    version: int
    stage: str
    status: Status
    terms: FrozenDict[str, Term]
    facts: FrozenDict[str, FactValue]
    activities: tuple[ActivityDone, ...]
    approvals: tuple[Approved, ...]
    objections: tuple[Objection, ...]
    waived: frozenset[str]
    stage_since: datetime
    outcome: Outcome | None
    history: tuple[Event, ...] = attrs.field(repr=lambda events: f"<{len(events)} events>")

    def __eq__(self, other: object) -> bool:
        return self.history == other.history if isinstance(other, Deal) else NotImplemented

    def __hash__(self) -> int:
        return hash((self.id, len(self.history)))

    def __str__(self) -> str:
        terms = "".join(f", {value}" for value in (self.amount, self.owner) if value is not None)
        return f"{self.id}: {self.status} in {self.stage}{terms}, revision {self.revision}"

    def _repr_html_(self) -> str:
        """What a notebook shows: terms, facts and the history."""
        from salesprocess.display import deal_html  # noqa: PLC0415 - it stands on higher floors, and few ask for it

        return deal_html(self)

    @property
    def amount(self) -> Money | None:
        """What the deal is worth, if anybody said."""
        return cast("Money | None", self.terms.get("amount"))

    @property
    def owner(self) -> str | None:
        """Who is responsible."""
        return cast("str | None", self.terms.get("owner"))

    @property
    def expected_close(self) -> date | None:
        """The day on which it is expected to close."""
        return cast("date | None", self.terms.get("expected_close"))

    @property
    def probability(self) -> float | None:
        """The probability of winning that a person stated; None leaves it to `process.probability(deal)`."""
        return cast("float | None", self.terms.get("probability"))

    @property
    def category(self) -> ForecastCategory | None:
        """The forecast category that a person stated; None leaves it to `process.category(deal)`."""
        return cast("ForecastCategory | None", self.terms.get("category"))

    @property
    def items(self) -> tuple[LineItem, ...]:
        """The lines of the offer, which sum to the amount; empty when nobody stated any."""
        return cast("tuple[LineItem, ...]", self.terms.get("items", ()))

    @property
    def opened_at(self) -> datetime:
        """When the record began."""
        return self.history[0].at

    @property
    def updated_at(self) -> datetime:
        """When the last event was recorded."""
        return self.history[-1].at

    @property
    def closed_at(self) -> datetime | None:
        """When it was won or lost; None while it is open."""
        return self.outcome.at if self.outcome else None

    @property
    def revision(self) -> int:
        """How many events it has."""
        return len(self.history)

    @property
    def held(self) -> Held | None:
        """The event that put it on hold; None when it is not on hold."""
        if self.status != "on_hold":
            return None
        return next((event for event in reversed(self.history) if isinstance(event, Held)), None)

    def since(self, revision: int) -> tuple[Event, ...]:
        """The events after `revision`: what a store that has seen that many still has to append.

        Raises:
            OutOfRange: `revision` is negative or lies ahead of this deal.
        """
        if type(revision) is not int:
            raise WrongKind("revision", revision, "a whole number")
        if not 0 <= revision <= len(self.history):
            raise OutOfRange("revision", revision, f"between 0 and {len(self.history)}")
        return self.history[revision:]

    def as_of(self, moment: datetime) -> Deal | None:
        """The deal exactly as the record stood at `moment`, inclusive; None before it was opened.

        Raises:
            NaiveDatetime: `moment` has no time zone.
        """
        moment = instant(moment, "moment")
        if moment >= self.updated_at:
            return self
        known = bisect_right(self.history, moment, key=attrgetter("at"))
        return replay(self.history[:known]) if known else None

    def age(self, at: datetime) -> timedelta:
        """The time from opening to `at`, or to the close as the record stood at `at`.

        Raises:
            OutOfRange: `at` lies before the opening.
        """
        then = self._then(at)
        return (then.closed_at or instant(at)) - self.opened_at

    def stage_age(self, at: datetime) -> timedelta:
        """The time spent until `at` in the visit of the stage that the deal was in then, without the time on hold.

        Raises:
            OutOfRange: `at` lies before the opening.
        """
        then, at = self._then(at), instant(at)
        total, resumed = at - then.stage_since, at
        for event in reversed(then.history):
            if event.at < then.stage_since or isinstance(event, Entered):
                break
            if isinstance(event, Resumed):
                resumed = event.at
            elif isinstance(event, Held):
                total -= resumed - event.at
                resumed = event.at
        return total

    def _then(self, at: datetime) -> Deal:
        then = self.as_of(at)
        if then is None:
            raise OutOfRange("at", at, f"no earlier than the opening, {self.opened_at.isoformat()}")
        return then

    def recorded(self, key: str) -> Event | None:
        """The event recorded under an idempotency key; None when there is none.

        Raises:
            WrongKind: the key is no text.
        """
        if not isinstance(key, str):
            raise WrongKind("key", key, "a text")
        return next((event for event in self.history if event.key == key), None)


class _Draft:
    """A deal while it is folded: the same slots, open for assignment, so that a fold pays for no frozen constructor.

    A long history is folded into lists where a deal has tuples: `+=` makes a new tuple of a tuple and adds to a list in
    place, so that the one table of folds does both.
    """

    __slots__ = tuple(field.name for field in attrs.fields(Deal))

    id: str
    process: str
    version: int
    stage: str
    status: Status
    terms: FrozenDict[str, Term]
    facts: FrozenDict[str, FactValue]
    activities: Any
    approvals: Any
    objections: Any
    waived: Any
    stage_since: datetime
    outcome: Outcome | None
    history: tuple[Event, ...]


_NOTHING_WAIVED: frozenset[str] = frozenset()
"""One for all deals: an empty set of its own would weigh on each."""

_LONG = 64
"""From so many events on, lists cost less to fold into than the tuples that they become."""


def _gather_with(draft: _Draft, sequence: Callable[[Any], Any], collection: Callable[[Any], Any]) -> None:
    draft.activities = sequence(draft.activities)
    draft.approvals = sequence(draft.approvals)
    draft.objections = sequence(draft.objections)
    draft.waived = collection(draft.waived)


def _opened(draft: _Draft, event: Opened) -> None:
    draft.id = event.deal
    draft.process = event.process
    draft.version = event.version
    draft.stage = event.stage
    draft.status = event.status
    draft.terms = event.terms
    draft.facts = event.facts
    draft.activities = draft.approvals = draft.objections = ()
    draft.waived = _NOTHING_WAIVED
    draft.stage_since = event.at
    draft.outcome = None if event.status == "open" else Outcome(event.status, event.reason, event.at, None)


def _entered(draft: _Draft, event: Entered) -> None:
    status, outcome = event.status, draft.outcome
    if status == "open":
        draft.outcome = None
    elif outcome is None:
        draft.outcome = Outcome(status, event.reason, event.at, event.source)
    elif outcome.status != status:
        taken_back = event.transition == "reopen" and outcome.undone is not None
        undone = outcome if status == "lost" else None
        draft.outcome = outcome.undone if taken_back else Outcome(status, event.reason, event.at, event.source, undone)
    draft.stage = event.destination
    draft.status = status
    draft.stage_since = event.at


def _activity_done(draft: _Draft, event: ActivityDone) -> None:
    draft.activities += (event,)


def _facts_learnt(draft: _Draft, event: FactsLearnt) -> None:
    draft.facts = _changed(draft.facts, event.facts, event.forgotten)


def _amended(draft: _Draft, event: Amended) -> None:
    draft.terms = _changed(draft.terms, event.terms, event.cleared)


def _changed(old: FrozenDict[str, Any], new: FrozenDict[str, Any], without: tuple[str, ...]) -> FrozenDict[str, Any]:
    if not old and not without:
        return new
    return FrozenDict({name: value for name, value in {**old, **new}.items() if name not in without})


def _approved(draft: _Draft, event: Approved) -> None:
    draft.approvals += (event,)


def _approval_withdrawn(draft: _Draft, event: ApprovalWithdrawn) -> None:
    draft.approvals = type(draft.approvals)(
        given for given in draft.approvals if given.subject != event.subject or event.role not in (None, given.role)
    )


def _objection_raised(draft: _Draft, event: ObjectionRaised) -> None:
    draft.objections += (Objection(event.revision, event.objection, event.text, event.at),)


def _objection_resolved(draft: _Draft, event: ObjectionResolved) -> None:
    draft.objections = type(draft.objections)(
        attrs.evolve(objection, resolved_at=event.at, how=event.how) if objection.number == event.raised else objection
        for objection in draft.objections
    )


def _noted(draft: _Draft, event: Noted) -> None:
    """A note changes nothing but the history."""


def _held(draft: _Draft, event: Held) -> None:
    draft.status = "on_hold"


def _resumed(draft: _Draft, event: Resumed) -> None:
    draft.status = "open"


def _waived(draft: _Draft, event: Waived) -> None:
    draft.waived |= {event.requirement}


def _migrated(draft: _Draft, event: Migrated) -> None:
    draft.process = event.process
    draft.version = event.version
    draft.stage = event.stage
    if stages := event.stages:
        draft.waived = type(draft.waived)(renamed_requirement(stages, requirement) for requirement in draft.waived)
        draft.outcome = _renamed(draft.outcome, stages)


def _renamed(outcome: Outcome | None, stages: FrozenDict[str, str]) -> Outcome | None:
    """How the deal ended, under the new names of the stages."""
    if outcome is None:
        return None
    left = None if outcome.left is None else stages.get(outcome.left, outcome.left)
    return attrs.evolve(outcome, left=left, undone=_renamed(outcome.undone, stages))


def renamed_requirement(stages: Mapping[str, str], requirement: str) -> str:
    """A requirement, such as `offer.entry:has(seats)`, under the new name of its stage."""
    name, _, rest = requirement.partition(".")
    return f"{stages[name]}.{rest}" if name in stages and not rest.startswith("criteria:") else requirement


_FOLD: dict[type[Any], Callable[[_Draft, Any], None]] = {
    Opened: _opened,
    Entered: _entered,
    ActivityDone: _activity_done,
    FactsLearnt: _facts_learnt,
    Amended: _amended,
    Approved: _approved,
    ApprovalWithdrawn: _approval_withdrawn,
    ObjectionRaised: _objection_raised,
    ObjectionResolved: _objection_resolved,
    Noted: _noted,
    Held: _held,
    Resumed: _resumed,
    Waived: _waived,
    Migrated: _migrated,
}
"""What each event does to the record. The one table serves the verbs, replay and import."""


def evolve(deal: Deal, event: Event) -> Deal:
    """The deal after one more event.

    Raises:
        BrokenHistory: the event belongs to another deal, does not carry the next revision, goes back in time,
            or opens the deal again.

    >>> from datetime import UTC, datetime
    >>> from salesprocess import templates
    >>> at = datetime(2026, 1, 5, 9, tzinfo=UTC)
    >>> process = templates.load("generic")
    >>> deal = process.open("ACME-1", at=at)
    >>> noted = Noted(deal="ACME-1", revision=2, at=at, text="asked for a reference")
    >>> evolve(deal, noted).revision
    2
    """
    history = deal.history
    if (
        _FOLD.get(type(event), _opened) is _opened
        or event.revision != len(history) + 1
        or event.deal != deal.id
        or event.at < history[-1].at
    ):
        raise BrokenHistory(deal.id, list(faults_after(history[-1], event, len(history) + 1)))
    return followed_by(deal, event)


def followed_by(deal: Deal, event: Event) -> Deal:
    """`evolve` for an event that was made to be the next one of this deal, and needs no check."""
    draft: Any = _Draft()
    draft.id = deal.id
    draft.process = deal.process
    draft.version = deal.version
    draft.stage = deal.stage
    draft.status = deal.status
    draft.terms = deal.terms
    draft.facts = deal.facts
    draft.activities = deal.activities
    draft.approvals = deal.approvals
    draft.objections = deal.objections
    draft.waived = deal.waived
    draft.stage_since = deal.stage_since
    draft.outcome = deal.outcome
    draft.history = (*deal.history, event)
    _FOLD[type(event)](draft, event)
    draft.__class__ = Deal  # from now on as immutable as one
    finished: Deal = draft
    return finished


def replay(events: Iterable[Event]) -> Deal:
    """The deal that a history tells, without a rulebook; `replay(deal.history) == deal`.

    Args:
        events: all events of one deal, oldest first.

    Raises:
        BrokenHistory: there is no event, the first one does not open the deal, or events are missing, repeated,
            swapped, of several deals, or go back in time. Every fault is listed.

    >>> from datetime import UTC, datetime
    >>> from salesprocess import templates
    >>> at = datetime(2026, 1, 5, 9, tzinfo=UTC)
    >>> process = templates.load("generic")
    >>> deal = process.open("ACME-1", at=at)
    >>> replay(deal.history) == deal
    True
    """
    history = tuple_of(events, "events")
    draft: Any = _Draft()
    draft.history = history
    previous = history[0] if history else None
    if type(previous) is not Opened or previous.revision != 1:
        raise BrokenHistory(previous.deal if isinstance(previous, Recorded) else "", faults_of(history))
    deal, at = previous.deal, previous.at
    _opened(draft, previous)
    long = len(history) >= _LONG
    if long:
        _gather_with(draft, list, set)
    for revision, event in enumerate(history[1:], 2):
        if (
            (apply := _FOLD.get(type(event), _opened)) is _opened
            or event.revision != revision
            or event.deal != deal
            or event.at < at
        ):
            raise BrokenHistory(deal, faults_of(history))
        at = event.at
        apply(draft, event)
    if long:
        _gather_with(draft, tuple, frozenset)
    draft.__class__ = Deal
    finished: Deal = draft
    return finished
