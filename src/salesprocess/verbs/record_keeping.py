"""The verbs that keep the record: what was done, learnt, agreed, approved, objected, waived, and said."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any, TypeVar

from salesprocess.deal import Deal, evolve
from salesprocess.errors import (
    ActorRequired,
    OutOfRange,
    UnknownActivity,
    UnknownApproval,
    UnknownObjection,
    UnknownRequirement,
    WrongStatus,
    gather,
)
from salesprocess.events import (
    ActivityDone,
    Amended,
    ApprovalWithdrawn,
    Approved,
    By,
    Event,
    FactsLearnt,
    Held,
    Noted,
    ObjectionRaised,
    ObjectionResolved,
    Resumed,
    Waived,
    actor,
)
from salesprocess.facts import FactValue
from salesprocess.frozen import EMPTY, FrozenDict
from salesprocess.money import Money
from salesprocess.pricing import LineItem
from salesprocess.stages import ForecastCategory
from salesprocess.timing import instant, optional_instant
from salesprocess.verbs import arguments
from salesprocess.verbs.arguments import Compiled

E = TypeVar("E", bound=Event)


def record(
    process: Compiled,
    deal: Deal,
    activity: str,
    *,
    at: datetime,
    by: By = None,
    happened: datetime | None = None,
    extra: bool = False,
    text: str = "",
    key: str | None = None,
) -> Deal:
    """Note that an activity was done; `happened` says when, if it was before `at`.

    Raises:
        UnknownActivity: no stage lists it; `extra=True` records work outside the playbook.
        OutOfRange: `happened` lies after `at`.
    """
    if activity not in process.engine.activities and not extra:
        raise UnknownActivity(activity, sorted(process.engine.activities))
    moment = instant(at)
    content: dict[str, Any] = {
        "activity": arguments.text("activity", activity),
        "happened": arguments.earlier(happened, moment),
        "extra": activity not in process.engine.activities,
        "text": arguments.free_text("text", text),
    }
    return _append(process, deal, ActivityDone, at, by, key, **content)


def note(
    process: Compiled,
    deal: Deal,
    text: str,
    *,
    at: datetime,
    by: By = None,
    happened: datetime | None = None,
    key: str | None = None,
) -> Deal:
    """Note something in words; `happened` says when it was said, if that was before `at`."""
    content: dict[str, Any] = {
        "text": arguments.text("text", text),
        "happened": arguments.earlier(happened, instant(at)),
    }
    return _append(process, deal, Noted, at, by, key, **content)


def learn(
    process: Compiled,
    deal: Deal,
    facts: Mapping[str, FactValue] = EMPTY,
    *,
    at: datetime,
    forget: Iterable[str] = (),
    by: By = None,
    reason: str | None = None,
    key: str | None = None,
) -> Deal:
    """Learn facts, or forget them. What changes nothing is not recorded.

    Raises:
        UnknownFact: a fact that the process does not declare.
        WrongKind, OutOfRange: a value that the fact cannot have.
        ReasonRequired: the deal is closed and no `reason` is given.
        SeveralErrors: more than one of these.
    """
    checked: list[Any] = gather(
        lambda: arguments.moment(process, deal, at, key),
        lambda: arguments.facts(process, facts),
        lambda: arguments.forgotten(process, forget, facts),
    )
    _, learnt, forgotten = checked
    return _change(process, deal, FactsLearnt, "learn about", deal.facts, learnt, forgotten, at, by, reason, key)


def amend(
    process: Compiled,
    deal: Deal,
    *,
    at: datetime,
    amount: Money | None = None,
    expected_close: date | None = None,
    owner: str | None = None,
    probability: float | None = None,
    category: ForecastCategory | None = None,
    items: Iterable[LineItem] | None = None,
    clear: Iterable[str] = (),
    by: By = None,
    reason: str | None = None,
    key: str | None = None,
) -> Deal:
    """Change the terms; None leaves one as it is, `clear` removes it. What changes nothing is not recorded.

    The lines of `items` sum to the amount: given without an amount, they bring their sum along.

    Raises:
        NegativeAmount, WrongKind, OutOfRange: a value that the term cannot have.
        ItemsMismatch: the items do not sum to the amount.
        UnknownTerm: `clear` names no term.
        ReasonRequired: the deal is closed and no `reason` is given.
        SeveralErrors: more than one of these.
    """
    given = {
        name: value
        for name, value in (
            ("amount", amount),
            ("expected_close", expected_close),
            ("owner", owner),
            ("probability", probability),
            ("category", category),
            ("items", items),
        )
        if value is not None
    }
    checked: list[Any] = gather(
        lambda: arguments.moment(process, deal, at, key),
        lambda: arguments.terms(given),
        lambda: arguments.cleared(clear, given),
    )
    _, terms, cleared = checked
    arguments.summing_up({name: value for name, value in {**deal.terms, **terms}.items() if name not in cleared})
    return _change(process, deal, Amended, "amend", deal.terms, terms, cleared, at, by, reason, key)


def approve(
    process: Compiled,
    deal: Deal,
    subject: str,
    *,
    at: datetime,
    by: By,
    role: str | None = None,
    reason: str | None = None,
    key: str | None = None,
) -> Deal:
    """Approve `subject`, in the capacity of `role`. Whether the actor may act in that role is for the host to know.

    Raises:
        ActorRequired: nobody is named.
    """
    if by is None:
        raise ActorRequired(deal.id, "approve")
    content: dict[str, Any] = {
        "subject": arguments.text("subject", subject),
        "role": arguments.optional_text("role", role),
    }
    return _append(process, deal, Approved, at, by, key, reason=reason, **content)


def withdraw_approval(
    process: Compiled,
    deal: Deal,
    subject: str,
    *,
    at: datetime,
    by: By = None,
    role: str | None = None,
    reason: str | None = None,
    key: str | None = None,
) -> Deal:
    """Take back the approvals of `subject`; with a `role`, only those given in it.

    Raises:
        UnknownApproval: none is in force.
    """
    given = [each.subject for each in deal.approvals if role is None or each.role == role]
    if subject not in given and not (key and deal.recorded(key)):
        raise UnknownApproval(subject, given)
    return _append(process, deal, ApprovalWithdrawn, at, by, key, reason=reason, subject=subject, role=role)


def raise_objection(
    process: Compiled,
    deal: Deal,
    objection: str,
    *,
    at: datetime,
    by: By = None,
    text: str = "",
    key: str | None = None,
) -> Deal:
    """Record a concern of the customer, such as `price`; its number is the revision of the event."""
    content: dict[str, Any] = {
        "objection": arguments.text("objection", objection),
        "text": arguments.free_text("text", text),
    }
    return _append(process, deal, ObjectionRaised, at, by, key, **content)


def resolve_objection(
    process: Compiled, deal: Deal, number: int, *, at: datetime, by: By = None, how: str = "", key: str | None = None
) -> Deal:
    """Record that an objection is answered, and how.

    Raises:
        UnknownObjection: no open objection has this number.
    """
    pending = {each.number for each in deal.objections if each.resolved_at is None}
    if number not in pending and not (key and deal.recorded(key)):
        raise UnknownObjection(str(number), (str(each) for each in sorted(pending)))
    return _append(process, deal, ObjectionResolved, at, by, key, raised=number, how=arguments.free_text("how", how))


def waive(
    process: Compiled, deal: Deal, requirement: str, *, at: datetime, by: By, reason: str, key: str | None = None
) -> Deal:
    """Lift one requirement for this deal, by the name that `Reason.requirement` gives.

    Raises:
        UnknownRequirement: nothing of this name can be waived; locked criteria cannot.
        ActorRequired, ReasonRequired: nobody says who or why.
    """
    if requirement not in process.engine.requirements:
        raise UnknownRequirement(requirement, sorted(process.engine.requirements))
    arguments.accountable(deal, "waive a requirement of", by, reason)
    return _append(process, deal, Waived, at, by, key, reason=reason, requirement=requirement)


def hold(
    process: Compiled,
    deal: Deal,
    *,
    at: datetime,
    until: datetime | None = None,
    by: By = None,
    reason: str | None = None,
    key: str | None = None,
) -> Deal:
    """Let the deal wait: it can be lost, but not moved, and does not age. `until` is a reminder, not an alarm.

    Raises:
        WrongStatus: the deal is not open.
        OutOfRange: `until` does not lie after `at`.
    """
    again = optional_instant(until)
    if again is not None and again <= instant(at):
        raise OutOfRange("until", again, "later than at")
    return _append(process, deal, Held, at, by, key, wanted="open", reason=reason, until=again)


def resume(
    process: Compiled, deal: Deal, *, at: datetime, by: By = None, reason: str | None = None, key: str | None = None
) -> Deal:
    """Go on with a deal that was on hold.

    Raises:
        WrongStatus: the deal is not on hold.
    """
    return _append(process, deal, Resumed, at, by, key, wanted="on_hold", reason=reason)


def _append(
    process: Compiled,
    deal: Deal,
    kind: type[E],
    at: datetime,
    by: By,
    key: str | None,
    *,
    wanted: str | None = None,
    **content: Any,
) -> Deal:
    """The deal with one more event, or as it is when its key has already told the same."""
    moment = arguments.moment(process, deal, at, key)
    arguments.optional_text("reason", content.get("reason"))
    make: Any = kind
    event: E = make(deal=deal.id, revision=deal.revision + 1, at=moment, by=actor(by), key=key, **content)
    if key is not None and (seen := deal.recorded(key)) is not None:
        return arguments.same_again(deal, seen, event)
    if wanted is not None and deal.status != wanted:
        raise WrongStatus(deal.id, {"open": "hold", "on_hold": "resume"}[wanted], deal.status, [wanted])
    return evolve(deal, event)


def _change(
    process: Compiled,
    deal: Deal,
    kind: type[FactsLearnt] | type[Amended],
    verb: str,
    present: Mapping[str, Any],
    told: FrozenDict[str, Any],
    removed: tuple[str, ...],
    at: datetime,
    by: By,
    reason: str | None,
    key: str | None,
) -> Deal:
    """Record new values, unless they are the present ones."""
    known = key is not None and deal.recorded(key) is not None
    if not known:
        same = all(name in present and present[name] == value for name, value in told.items())
        if same and not any(name in present for name in removed):
            return deal
        arguments.reason_when_closed(deal, verb, reason)
    content: dict[str, Any] = (
        {"facts": told, "forgotten": removed} if kind is FactsLearnt else {"terms": told, "cleared": removed}
    )
    return _append(process, deal, kind, at, by, key, reason=reason, **content)
