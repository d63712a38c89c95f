"""Criteria on who agrees: approvals in force, and who asks for the move."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal, cast

from salesprocess.criteria.parameters import named, named_or_none, positive_count
from salesprocess.criteria.rule import Ask, criterion
from salesprocess.deal import Deal
from salesprocess.errors import OutOfRange, WrongKind
from salesprocess.events import Approved, told_by
from salesprocess.verdicts import Verdict


def _names(values: tuple[str, ...]) -> tuple[str, ...]:
    if isinstance(values, str):
        raise WrongKind("while_unchanged", values, "a tuple of names")
    return values


def _not_by(value: Literal["owner"] | None) -> Literal["owner"] | None:
    if value not in ("owner", None):
        raise OutOfRange("not_by", value, "'owner' or None")
    return value


@criterion(
    "approved",
    "{subject} is not approved by {role}",
    hint="ask {role} to approve {subject}",
    names={"subject": "approval", "while_unchanged": "value"},
    converters={"subject": named, "role": named_or_none, "while_unchanged": _names, "not_by": _not_by},
)
def approved(
    deal: Deal,
    ask: Ask,
    subject: str,
    role: str | None = None,
    while_unchanged: tuple[str, ...] = (),
    not_by: Literal["owner"] | None = None,
) -> bool | Verdict:
    """An approval of `subject` is in force.

    Args:
        deal: the deal.
        ask: who asks for what.
        subject: what is approved.
        role: the capacity in which it must be given; None takes any. Given without one, it counts for every role that
            its actor has.
        while_unchanged: terms and facts that must be the same as when it was given.
        not_by: `"owner"` wants somebody else than the owner of the deal, both now and when it was given.

    >>> from salesprocess.diagrams import say
    >>> say(approved("discount", role="deal_desk", while_unchanged=("amount",), not_by="owner"))
    'discount is approved by deal_desk, not by the owner, with amount unchanged since'
    """
    answer = Verdict.unmet() if role else Verdict.unmet("approved.anybody")
    for given in reversed(deal.approvals):
        if given.subject != subject or (role is not None and role not in _capacities(given)):
            continue
        changed = _changed_since(deal, given, while_unchanged)
        if changed:
            answer = Verdict.unmet("approved.changed", changed=changed)
        elif not_by == "owner" and (given.by is None or given.by.id in (deal.owner, _owner_at(deal, given))):
            answer = Verdict.unmet("approved.own", found=given.by)
        else:
            return True
    return answer


@criterion(
    "approvals_at_least",
    "{subject} is approved by {found} of at least {minimum} people",
    hint="ask more people to approve {subject}",
    names={"subject": "approval", "while_unchanged": "value"},
    converters={
        "subject": named,
        "minimum": positive_count,
        "role": named_or_none,
        "while_unchanged": _names,
    },
)
def approvals_at_least(
    deal: Deal,
    ask: Ask,
    subject: str,
    minimum: int,
    role: str | None = None,
    while_unchanged: tuple[str, ...] = (),
) -> bool | Verdict:
    """At least `minimum` different people have approved `subject`; nobody counts twice, and nobody unnamed counts.

    Args:
        deal: the deal.
        ask: who asks for what.
        subject: what is approved.
        minimum: how many people, from 1.
        role: the capacity in which each must have approved, as for `approved`; None takes any.
        while_unchanged: terms and facts that must be the same as when each approval was given.

    >>> from salesprocess.diagrams import say
    >>> say(approvals_at_least("go", 2, role="partner"))
    'go is approved by at least 2 people in the role partner'
    """
    people = {
        given.by.id
        for given in deal.approvals
        if given.subject == subject
        and given.by is not None
        and (role is None or role in _capacities(given))
        and not _changed_since(deal, given, while_unchanged)
    }
    return True if len(people) >= minimum else Verdict.unmet(found=len(people))


def _capacities(approval: Approved) -> Iterable[str]:
    if approval.role is not None:
        return (approval.role,)
    return approval.by.roles if approval.by else ()


def _changed_since(deal: Deal, approval: Approved, names: tuple[str, ...]) -> tuple[str, ...]:
    """The names whose value was another at any time after the approval."""
    if not names:
        return ()
    then: dict[str, Any] = {}
    changed: set[str] = set()
    for event in deal.history:
        for name, value in told_by(event):
            if name in names:
                if event.revision > approval.revision and then.get(name) != value:
                    changed.add(name)
                then[name] = value
    return tuple(name for name in names if name in changed)


def _owner_at(deal: Deal, approval: Approved) -> str | None:
    """Who owned the deal when the approval was given."""
    owner: Any = None
    for event in deal.history[: approval.revision]:
        owner = dict(told_by(event)).get("owner", owner)
    return cast("str | None", owner)


@criterion(
    "asked_by_role",
    "{found} does not have the role {role}",
    hint="let {role} do it",
    converters={"role": named},
)
def asked_by_role(deal: Deal, ask: Ask, role: str) -> bool | Verdict:
    """Who asks for the move has the role; unknown when nobody said who asks.

    >>> from salesprocess.diagrams import say
    >>> say(asked_by_role("manager"))
    'manager asks'
    """
    if ask.by is None:
        return Verdict.unknown("by")
    return True if role in ask.by.roles else Verdict.unmet(found=ask.by)


@criterion("asked_by_owner", "{found} is not the owner of the deal", hint="let {owner} do it")
def asked_by_owner(deal: Deal, ask: Ask) -> bool | Verdict:
    """Who asks for the move owns the deal; unknown when nobody said who asks, or the deal has no owner.

    >>> from salesprocess.diagrams import say
    >>> say(asked_by_owner())
    'the owner of the deal asks'
    """
    if ask.by is None or deal.owner is None:
        return _who(deal, ask)
    return True if ask.by.id == deal.owner else Verdict.unmet(found=ask.by, owner=deal.owner)


@criterion("not_asked_by_owner", "{found} owns the deal, and it takes somebody else", hint="let somebody else do it")
def not_asked_by_owner(deal: Deal, ask: Ask) -> bool | Verdict:
    """Who asks for the move is not the owner of the deal (four eyes); the opposite of `asked_by_owner`.

    >>> from salesprocess.diagrams import say
    >>> say(not_asked_by_owner())
    'somebody else than the owner of the deal asks'
    """
    if ask.by is None or deal.owner is None:
        return _who(deal, ask)
    return True if ask.by.id != deal.owner else Verdict.unmet(found=ask.by)


def _who(deal: Deal, ask: Ask) -> Verdict:
    """That it cannot be told, because it is not said who asks, or who owns the deal."""
    return Verdict.unknown(*(name for name, who in (("by", ask.by), ("owner", deal.owner)) if who is None))
