"""The closed union of things that happen to a deal: the persisted, append-only form of the record."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from functools import lru_cache
from typing import Any, ClassVar, Literal

import attrs

from salesprocess.errors import OutOfRange, WrongKind
from salesprocess.facts import FactValue
from salesprocess.frozen import EMPTY, FrozenDict, frozen_dict, tuple_of
from salesprocess.money import Money
from salesprocess.pricing import LineItem
from salesprocess.timing import instant, optional_instant

StageStatus = Literal["open", "won", "lost"]
"""What a deal is in a stage; it stays `won` in the stages after the sale."""

Status = Literal["open", "on_hold", "won", "lost"]
"""Where a deal stands: what its stage makes of it, or on hold."""

ForecastCategory = Literal["omitted", "pipeline", "best_case", "most_likely", "commit", "closed"]
"""How firmly a deal is counted on; `closed` is won business."""

Term = Money | str | date | float | tuple[LineItem, ...]
"""The value of one term of a deal."""

TERMS = ("amount", "owner", "expected_close", "probability", "category", "items")
"""The names of the terms."""


def _roles(values: Iterable[str]) -> frozenset[str]:
    return frozenset(tuple_of(values, "roles"))


def _in_order(roles: frozenset[str]) -> str:
    return f"frozenset({{{', '.join(map(repr, sorted(roles)))}}})" if roles else "frozenset()"


def _id(value: str) -> str:
    if not isinstance(value, str):
        raise WrongKind("by", value, "an Actor or the id of one")
    if not value.strip():
        raise OutOfRange("by", value, "somebody; leave it out where nobody is known")
    return value


@attrs.frozen(weakref_slot=False)
class Actor:
    """Who did it, and in which roles.

    Raises:
        WrongKind, OutOfRange: the id is no text, or an empty one.

    >>> Actor("ola", roles={"manager"}).id
    'ola'
    """

    id: str = attrs.field(converter=_id)
    roles: frozenset[str] = attrs.field(default=frozenset(), converter=_roles, repr=_in_order)

    def __str__(self) -> str:
        return self.id


@lru_cache(maxsize=4096)
def without_roles(name: str) -> Actor:
    """One shared actor per name: a book of a million events holds few people."""
    return Actor(name)


By = Actor | str | None
"""Who acts: an `Actor`, or a bare id for one without roles."""


def actor(by: By) -> Actor | None:
    """The actor behind `by`; a bare id is an actor without roles.

    Raises:
        WrongKind: neither an `Actor` nor a text.

    >>> actor("ola"), actor(None)
    (Actor(id='ola', roles=frozenset()), None)
    """
    if isinstance(by, str):
        return without_roles(by)
    if by is not None and not isinstance(by, Actor):
        raise WrongKind("by", by, "an Actor or the id of one")
    return by


@attrs.frozen(kw_only=True, weakref_slot=False)
class Recorded:
    """What every event carries.

    Attributes:
        deal: the id of the deal.
        revision: the place in the history, counted from 1 without gaps; (deal, revision) is the key of a store.
        at: when the record learnt it, in UTC; never before the event before it.
        by: who did it, None when nobody said.
        reason: why, in the words or the code of the one who did it.
        key: the idempotency key under which it was recorded.
        imported: it happened in another system, whose rules are not ours.

    >>> from datetime import UTC, datetime
    >>> at = datetime(2026, 1, 5, 9, tzinfo=UTC)
    >>> [field.name for field in attrs.fields(Recorded)]
    ['deal', 'revision', 'at', 'by', 'reason', 'key', 'imported']
    """

    kind: ClassVar[str]

    deal: str
    revision: int
    at: datetime = attrs.field(converter=instant)
    by: Actor | None = None
    reason: str | None = None
    key: str | None = None
    imported: bool = False


@attrs.frozen(kw_only=True, weakref_slot=False)
class Opened(Recorded):
    """The deal began.

    `observed` is False when an import does not know since when the deal has been in `stage`, as that of a snapshot
    does not: such a visit says nothing about how long stages take. The age of the deal counts from `at` all the same.

    >>> from datetime import UTC, datetime
    >>> at = datetime(2026, 1, 5, 9, tzinfo=UTC)
    >>> Opened(deal="ACME-1", revision=1, at=at, process="solar", version=1, stage="lead").status
    'open'
    """

    kind: ClassVar[Literal["opened"]] = "opened"

    process: str
    version: int
    stage: str
    status: StageStatus = "open"
    terms: FrozenDict[str, Term] = attrs.field(default=EMPTY, converter=frozen_dict)
    facts: FrozenDict[str, FactValue] = attrs.field(default=EMPTY, converter=frozen_dict)
    observed: bool = True


@attrs.frozen(kw_only=True, weakref_slot=False)
class Entered(Recorded):
    """The deal moved.

    Attributes:
        transition: the name of the transition taken, `override` or `imported`.
        source: the stage it left; None when an import does not know it.
        destination: the stage it entered.
        status: what the deal is now.
        overridden: the requirements that an override passed, by name.
        skipped: the stages between that were passed over.

    >>> from datetime import UTC, datetime
    >>> at = datetime(2026, 1, 5, 9, tzinfo=UTC)
    >>> Entered(
    ...     deal="ACME-1", revision=2, at=at, transition="advance", source="lead", destination="offer", status="open"
    ... ).destination
    'offer'
    """

    kind: ClassVar[Literal["entered"]] = "entered"

    transition: str
    source: str | None
    destination: str
    status: StageStatus
    overridden: tuple[str, ...] = ()
    skipped: tuple[str, ...] = ()


@attrs.frozen(kw_only=True, weakref_slot=False)
class ActivityDone(Recorded):
    """Somebody did something; `happened` says when, if it was earlier, `extra` that no stage lists it.

    >>> from datetime import UTC, datetime
    >>> at = datetime(2026, 1, 5, 9, tzinfo=UTC)
    >>> ActivityDone(deal="ACME-1", revision=2, at=at, activity="site_visit").activity
    'site_visit'
    """

    kind: ClassVar[Literal["activity_done"]] = "activity_done"

    activity: str
    happened: datetime | None = attrs.field(default=None, converter=optional_instant)
    extra: bool = False
    text: str = ""


@attrs.frozen(kw_only=True, weakref_slot=False)
class FactsLearnt(Recorded):
    """Facts became known or changed; `forgotten` ones are no longer known.

    >>> from datetime import UTC, datetime
    >>> at = datetime(2026, 1, 5, 9, tzinfo=UTC)
    >>> FactsLearnt(deal="ACME-1", revision=2, at=at, facts={"seats": 5}, forgotten=("region",)).facts
    {'seats': 5}
    """

    kind: ClassVar[Literal["facts_learnt"]] = "facts_learnt"

    facts: FrozenDict[str, FactValue] = attrs.field(default=EMPTY, converter=frozen_dict)
    forgotten: tuple[str, ...] = ()


@attrs.frozen(kw_only=True, weakref_slot=False)
class Amended(Recorded):
    """The terms changed: `terms` are set, `cleared` ones are no longer known.

    >>> from datetime import UTC, datetime
    >>> at = datetime(2026, 1, 5, 9, tzinfo=UTC)
    >>> Amended(deal="ACME-1", revision=2, at=at, terms={"owner": "kari"}, cleared=("amount",)).terms
    {'owner': 'kari'}
    """

    kind: ClassVar[Literal["amended"]] = "amended"

    terms: FrozenDict[str, Term] = attrs.field(default=EMPTY, converter=frozen_dict)
    cleared: tuple[str, ...] = ()


@attrs.frozen(kw_only=True, weakref_slot=False)
class Approved(Recorded):
    """Somebody approved `subject` in the capacity of `role`.

    >>> from datetime import UTC, datetime
    >>> at = datetime(2026, 1, 5, 9, tzinfo=UTC)
    >>> Approved(deal="ACME-1", revision=2, at=at, subject="discount", role="deal_desk", by=Actor("ola")).subject
    'discount'
    """

    kind: ClassVar[Literal["approved"]] = "approved"

    subject: str
    role: str | None = None


@attrs.frozen(kw_only=True, weakref_slot=False)
class ApprovalWithdrawn(Recorded):
    """The approvals of `subject` no longer hold; with a `role`, only those given in that capacity.

    >>> from datetime import UTC, datetime
    >>> at = datetime(2026, 1, 5, 9, tzinfo=UTC)
    >>> ApprovalWithdrawn(deal="ACME-1", revision=2, at=at, subject="discount").role is None
    True
    """

    kind: ClassVar[Literal["approval_withdrawn"]] = "approval_withdrawn"

    subject: str
    role: str | None = None


@attrs.frozen(kw_only=True, weakref_slot=False)
class ObjectionRaised(Recorded):
    """The customer objects; the event's revision is the number of the objection.

    >>> from datetime import UTC, datetime
    >>> at = datetime(2026, 1, 5, 9, tzinfo=UTC)
    >>> ObjectionRaised(deal="ACME-1", revision=2, at=at, objection="price", text="too dear").objection
    'price'
    """

    kind: ClassVar[Literal["objection_raised"]] = "objection_raised"

    objection: str
    text: str = ""


@attrs.frozen(kw_only=True, weakref_slot=False)
class ObjectionResolved(Recorded):
    """The objection with the number `raised` is answered; `how` says with what.

    >>> from datetime import UTC, datetime
    >>> at = datetime(2026, 1, 5, 9, tzinfo=UTC)
    >>> ObjectionResolved(deal="ACME-1", revision=2, at=at, raised=1, how="a smaller roof").how
    'a smaller roof'
    """

    kind: ClassVar[Literal["objection_resolved"]] = "objection_resolved"

    raised: int
    how: str = ""


@attrs.frozen(kw_only=True, weakref_slot=False)
class Noted(Recorded):
    """A remark; `happened` says when it was made, if earlier.

    >>> from datetime import UTC, datetime
    >>> at = datetime(2026, 1, 5, 9, tzinfo=UTC)
    >>> Noted(deal="ACME-1", revision=2, at=at, text="asked for a reference").text
    'asked for a reference'
    """

    kind: ClassVar[Literal["noted"]] = "noted"

    text: str
    happened: datetime | None = attrs.field(default=None, converter=optional_instant)


@attrs.frozen(kw_only=True, weakref_slot=False)
class Held(Recorded):
    """The deal waits; `until` is when to look at it again, not when it resumes.

    >>> from datetime import UTC, datetime
    >>> at = datetime(2026, 1, 5, 9, tzinfo=UTC)
    >>> Held(deal="ACME-1", revision=2, at=at, until=at.replace(day=12)).until.isoformat()
    '2026-01-12T09:00:00+00:00'
    """

    kind: ClassVar[Literal["held"]] = "held"

    until: datetime | None = attrs.field(default=None, converter=optional_instant)


@attrs.frozen(kw_only=True, weakref_slot=False)
class Resumed(Recorded):
    """The deal goes on.

    >>> from datetime import UTC, datetime
    >>> at = datetime(2026, 1, 5, 9, tzinfo=UTC)
    >>> Resumed(deal="ACME-1", revision=2, at=at).kind
    'resumed'
    """

    kind: ClassVar[Literal["resumed"]] = "resumed"


@attrs.frozen(kw_only=True, weakref_slot=False)
class Waived(Recorded):
    """One named requirement is lifted for this deal.

    >>> from datetime import UTC, datetime
    >>> at = datetime(2026, 1, 5, 9, tzinfo=UTC)
    >>> Waived(deal="ACME-1", revision=2, at=at, requirement="offer.entry:has(seats)").requirement
    'offer.entry:has(seats)'
    """

    kind: ClassVar[Literal["waived"]] = "waived"

    requirement: str


@attrs.frozen(kw_only=True, weakref_slot=False)
class Migrated(Recorded):
    """The deal follows another rulebook from here on, in the stage of it that corresponds to its own.

    `stages` names the stages whose place is taken by one of another name, old to new: what the record says of them,
    such as the stage a closed deal left, is read under the new names from here on.

    >>> from datetime import UTC, datetime
    >>> at = datetime(2026, 1, 5, 9, tzinfo=UTC)
    >>> Migrated(
    ...     deal="ACME-1", revision=2, at=at, process="solar", version=2, stage="survey", stages={"lead": "survey"}
    ... ).stages
    {'lead': 'survey'}
    """

    kind: ClassVar[Literal["migrated"]] = "migrated"

    process: str
    version: int
    stage: str
    stages: FrozenDict[str, str] = attrs.field(default=EMPTY, converter=frozen_dict)


Event = (
    Opened
    | Entered
    | ActivityDone
    | FactsLearnt
    | Amended
    | Approved
    | ApprovalWithdrawn
    | ObjectionRaised
    | ObjectionResolved
    | Noted
    | Held
    | Resumed
    | Waived
    | Migrated
)
"""Every kind of event. The union is closed: a reader can match it exhaustively, by class or by `kind`."""


def told_by(event: Event) -> Iterator[tuple[str, Term | FactValue | None]]:
    """The terms and facts that an event sets, and None for each that it removes.

    >>> from datetime import UTC, datetime
    >>> at = datetime(2026, 1, 5, 9, tzinfo=UTC)
    >>> list(told_by(FactsLearnt(deal="ACME-1", revision=2, at=at, facts={"seats": 5}, forgotten=("region",))))
    [('seats', 5), ('region', None)]
    """
    if isinstance(event, Opened):
        yield from event.terms.items()
        yield from event.facts.items()
    elif isinstance(event, Amended):
        yield from event.terms.items()
        yield from ((name, None) for name in event.cleared)
    elif isinstance(event, FactsLearnt):
        yield from event.facts.items()
        yield from ((name, None) for name in event.forgotten)


class _EnteredDraft(Recorded):
    """`Entered` while it is being filled: the same slots, open for assignment."""

    __slots__ = ("destination", "overridden", "skipped", "source", "status", "transition")
    __setattr__ = object.__setattr__
    __delattr__ = object.__delattr__  # with its twin, so that assignment keeps its fast path


def entered(
    deal: str,
    revision: int,
    at: datetime,
    by: Actor | None,
    reason: str | None,
    key: str | None,
    transition: str,
    source: str | None,
    destination: str,
    status: StageStatus,
    overridden: tuple[str, ...] = (),
    skipped: tuple[str, ...] = (),
    *,
    imported: bool = False,
) -> Entered:
    """`Entered(...)` at a third of the price, from values that are already checked and normalised.

    The constructor of a frozen class pays for every field, and moves are what a process records most: they are filled
    in on a mutable twin, which then becomes the frozen class.
    """
    draft: Any = _new(_EnteredDraft)
    draft.deal = deal
    draft.revision = revision
    draft.at = at
    draft.by = by
    draft.reason = reason
    draft.key = key
    draft.imported = imported
    draft.transition = transition
    draft.source = source
    draft.destination = destination
    draft.status = status
    draft.overridden = overridden
    draft.skipped = skipped
    draft.__class__ = Entered
    finished: Entered = draft
    return finished


_new = object.__new__
