"""The verbs that keep the record: what was done, learnt, agreed, approved, objected, waived, and said."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from typing import Any, TypeVar

from salesprocess.deal import Deal, evolve
from salesprocess.errors import (
    KeyConflict,
    OutOfRange,
    UnknownActivity,
    UnknownApproval,
    UnknownObjection,
    UnknownRequirement,
    UnknownSubject,
    WrongStatus,
    gather,
)
from salesprocess.events import (
    ActivityDone,
    Actor,
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
from salesprocess.frozen import EMPTY
from salesprocess.money import Money
from salesprocess.pricing import LineItem
from salesprocess.stages import ForecastCategory
from salesprocess.timing import optional_instant
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

    def content() -> dict[str, Any]:
        if arguments.text("activity", activity) not in process.engine.activities and not extra:
            raise UnknownActivity(activity, sorted(process.engine.activities))
        return {
            "activity": activity,
            "happened": optional_instant(happened, "happened"),
            "extra": activity not in process.engine.activities,
            "text": arguments.free_text("text", text),
        }

    return _append(process, deal, ActivityDone, at, by, key, content=content, conditions=_by_then)


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

    def content() -> dict[str, Any]:
        return {"text": arguments.text("text", text), "happened": optional_instant(happened, "happened")}

    return _append(process, deal, Noted, at, by, key, content=content, conditions=_by_then)


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
    """Learn facts, or forget them. What changes nothing is not recorded, unless under a key, which stays known.

    Raises:
        UnknownFact: a fact that the process does not declare.
        WrongKind, OutOfRange: a value that the fact cannot have.
        ReasonRequired: the deal is closed and no `reason` is given.
        SeveralErrors: more than one of these.
    """

    def content() -> dict[str, Any]:
        learnt, forgotten = gather(
            lambda: arguments.facts(process, facts), lambda: arguments.forgotten(process, forget, facts)
        )
        return {"facts": learnt, "forgotten": forgotten}

    def conditions(moment: datetime, told: dict[str, Any]) -> None:
        _unless_known(deal, "learn about", deal.facts, told["facts"], told["forgotten"], reason)

    return _append(process, deal, FactsLearnt, at, by, key, reason=reason, content=content, conditions=conditions)


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
    """Change the terms; None leaves one as it is, `clear` removes it.

    What changes nothing is not recorded, unless under a key, which stays known. The lines of `items` sum to the amount:
    given without an amount, they bring their sum along.

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

    def content() -> dict[str, Any]:
        terms, cleared = gather(lambda: arguments.terms(given), lambda: arguments.cleared(clear, given))
        return {"terms": terms, "cleared": cleared}

    def conditions(moment: datetime, told: dict[str, Any]) -> None:
        after = {**deal.terms, **told["terms"]}
        arguments.summing_up({name: value for name, value in after.items() if name not in told["cleared"]})
        _unless_known(deal, "amend", deal.terms, told["terms"], told["cleared"], reason)

    return _append(process, deal, Amended, at, by, key, reason=reason, content=content, conditions=conditions)


def approve(
    process: Compiled,
    deal: Deal,
    subject: str,
    *,
    at: datetime,
    by: By,
    role: str | None = None,
    extra: bool = False,
    reason: str | None = None,
    key: str | None = None,
) -> Deal:
    """Approve `subject`, in the capacity of `role`. Whether the actor may act in that role is for the host to know.

    Raises:
        ActorRequired: nobody is named.
        UnknownSubject: no criterion of the process asks for it; `extra=True` records what is approved beside them.
    """

    def known() -> str:
        if arguments.text("subject", subject) not in process.engine.approvals and not extra:
            raise UnknownSubject(subject, sorted(process.engine.approvals))
        return subject

    def content() -> dict[str, Any]:
        _, told, capacity = gather(
            lambda: arguments.named(deal, "approve", by), known, lambda: arguments.optional_text("role", role)
        )
        return {"subject": told, "role": capacity}

    return _append(process, deal, Approved, at, by, key, reason=reason, content=content)


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

    def conditions(moment: datetime, told: dict[str, Any]) -> None:
        given = [each.subject for each in deal.approvals if role is None or each.role == role]
        if subject not in given:
            raise UnknownApproval(subject, given)

    return _append(
        process,
        deal,
        ApprovalWithdrawn,
        at,
        by,
        key,
        reason=reason,
        content=lambda: {"subject": subject, "role": role},
        conditions=conditions,
    )


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

    def content() -> dict[str, Any]:
        return {"objection": arguments.text("objection", objection), "text": arguments.free_text("text", text)}

    return _append(process, deal, ObjectionRaised, at, by, key, content=content)


def resolve_objection(
    process: Compiled, deal: Deal, number: int, *, at: datetime, by: By = None, how: str = "", key: str | None = None
) -> Deal:
    """Record that an objection is answered, and how.

    Raises:
        UnknownObjection: no open objection has this number.
    """

    def conditions(moment: datetime, told: dict[str, Any]) -> None:
        pending = [each.number for each in deal.objections if each.resolved_at is None]
        if number not in pending:
            raise UnknownObjection(str(number), (str(each) for each in pending))

    def content() -> dict[str, Any]:
        return {"raised": number, "how": arguments.free_text("how", how)}

    return _append(process, deal, ObjectionResolved, at, by, key, content=content, conditions=conditions)


def waive(
    process: Compiled, deal: Deal, requirement: str, *, at: datetime, by: By, reason: str, key: str | None = None
) -> Deal:
    """Lift one requirement for this deal, by the name that `Reason.requirement` gives.

    Raises:
        UnknownRequirement: nothing of this name can be waived; locked criteria cannot.
        ActorRequired, ReasonRequired: nobody says who or why.
    """

    def known() -> str:
        if arguments.text("requirement", requirement) not in process.engine.requirements:
            raise UnknownRequirement(requirement, sorted(process.engine.requirements))
        return requirement

    def content() -> dict[str, Any]:
        _, told = gather(lambda: arguments.accountable(deal, "waive a requirement of", by, reason), known)
        return {"requirement": told}

    return _append(process, deal, Waived, at, by, key, reason=reason, content=content)


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

    def conditions(moment: datetime, told: dict[str, Any]) -> None:
        _status(deal, "hold", "open")
        if told["until"] is not None and told["until"] <= moment:
            raise OutOfRange("until", told["until"], "later than at")

    def content() -> dict[str, Any]:
        return {"until": optional_instant(until, "until")}

    return _append(process, deal, Held, at, by, key, reason=reason, content=content, conditions=conditions)


def resume(
    process: Compiled, deal: Deal, *, at: datetime, by: By = None, reason: str | None = None, key: str | None = None
) -> Deal:
    """Go on with a deal that was on hold.

    Raises:
        WrongStatus: the deal is not on hold.
    """

    def conditions(moment: datetime, told: dict[str, Any]) -> None:
        _status(deal, "resume", "on_hold")

    return _append(process, deal, Resumed, at, by, key, reason=reason, conditions=conditions)


def _by_then(moment: datetime, told: dict[str, Any]) -> None:
    arguments.earlier(told["happened"], moment)


def _append(
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
    now, and are asked only for what is new. They may raise `_Nothing` when there is nothing to record; with a key
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
        except _Nothing:
            if key is None:
                return deal
    return evolve(deal, told(len(deal.history) + 1, moment, fields, who))


class _Nothing(Exception):
    """What is told is known already."""


def _unless_known(
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
        raise _Nothing
    arguments.reason_when_closed(deal, verb, reason)


def _same(one: object, other: object) -> bool:
    return one == other and type(one) is type(other)


def _status(deal: Deal, verb: str, wanted: str) -> None:
    if deal.status != wanted:
        raise WrongStatus(deal.id, verb, deal.status, [wanted])
