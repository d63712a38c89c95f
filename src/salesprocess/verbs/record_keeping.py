"""The verbs that keep the record: what was done, learnt, agreed, approved, objected, waived, and said."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any, TypeVar

from salesprocess.deal import Deal
from salesprocess.errors import (
    OutOfRange,
    UnknownActivity,
    UnknownApproval,
    UnknownObjection,
    UnknownRequirement,
    UnknownRole,
    UnknownSubject,
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
)
from salesprocess.facts import FactValue
from salesprocess.frozen import EMPTY
from salesprocess.money import Money
from salesprocess.pricing import LineItem
from salesprocess.stages import ForecastCategory
from salesprocess.timing import optional_instant
from salesprocess.verbs import arguments
from salesprocess.verbs.appending import append, unless_known
from salesprocess.verbs.arguments import Compiled

E = TypeVar("E", bound=Event)

_ANY_ROLE: frozenset[str | None] = frozenset((None,))


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

    >>> from datetime import UTC, datetime
    >>> from salesprocess import templates
    >>> at = datetime(2026, 1, 5, 9, tzinfo=UTC)
    >>> process = templates.load("generic")
    >>> deal = process.open("ACME-1", at=at)
    >>> process.record(deal, "referrals", at=at, by="kari", key="msg-123").activities[0].activity
    'referrals'
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

    return append(process, deal, ActivityDone, at, by, key, content=content, conditions=_by_then)


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
    """Note something in words; `happened` says when it was said, if that was before `at`.

    >>> from datetime import UTC, datetime
    >>> from salesprocess import templates
    >>> at = datetime(2026, 1, 5, 9, tzinfo=UTC)
    >>> process = templates.load("generic")
    >>> deal = process.open("ACME-1", at=at)
    >>> process.note(deal, "asked for a reference", at=at).history[-1].text
    'asked for a reference'
    """

    def content() -> dict[str, Any]:
        return {"text": arguments.text("text", text), "happened": optional_instant(happened, "happened")}

    return append(process, deal, Noted, at, by, key, content=content, conditions=_by_then)


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

    >>> from datetime import UTC, datetime
    >>> from salesprocess import templates
    >>> at = datetime(2026, 1, 5, 9, tzinfo=UTC)
    >>> process = templates.load("generic")
    >>> deal = process.open("ACME-1", at=at)
    >>> dict(process.learn(deal, {"source": "a neighbour"}, at=at).facts)
    {'source': 'a neighbour'}
    """

    def content() -> dict[str, Any]:
        learnt, forgotten = gather(
            lambda: arguments.facts(process, facts), lambda: arguments.forgotten(process, forget, facts)
        )
        return {"facts": learnt, "forgotten": forgotten}

    def conditions(moment: datetime, told: dict[str, Any]) -> None:
        unless_known(deal, "learn about", deal.facts, told["facts"], told["forgotten"], reason)

    return append(process, deal, FactsLearnt, at, by, key, reason=reason, content=content, conditions=conditions)


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

    >>> from datetime import UTC, datetime
    >>> from salesprocess import templates
    >>> at = datetime(2026, 1, 5, 9, tzinfo=UTC)
    >>> process = templates.load("generic")
    >>> deal = process.open("ACME-1", at=at)
    >>> process.amend(deal, owner="kari", at=at).owner
    'kari'
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
        unless_known(deal, "amend", deal.terms, told["terms"], told["cleared"], reason)

    return append(process, deal, Amended, at, by, key, reason=reason, content=content, conditions=conditions)


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
        UnknownRole: criteria ask for it, all of them in other roles; `extra=True` records it all the same.

    >>> from datetime import UTC, datetime
    >>> from salesprocess import templates
    >>> at = datetime(2026, 1, 5, 9, tzinfo=UTC)
    >>> process = templates.load("generic")
    >>> deal = process.open("ACME-1", at=at)
    >>> process.approve(deal, "discount", by="ola", extra=True, at=at).approvals[0].subject
    'discount'
    """
    asked = process.engine.approvals

    def what() -> str:
        if arguments.text("subject", subject) not in asked and not extra:
            raise UnknownSubject(subject, sorted(asked))
        return subject

    def capacity() -> str | None:
        given = arguments.optional_text("role", role)
        roles = asked[subject] if isinstance(subject, str) and subject in asked else _ANY_ROLE
        if given is not None and not extra and roles.isdisjoint((given, None)):
            raise UnknownRole(given, sorted(each for each in roles if each is not None))
        return given

    def content() -> dict[str, Any]:
        _, told, given = gather(lambda: arguments.named(deal, "approve", by), what, capacity)
        return {"subject": told, "role": given}

    return append(process, deal, Approved, at, by, key, reason=reason, content=content)


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

    >>> from datetime import UTC, datetime
    >>> from salesprocess import templates
    >>> at = datetime(2026, 1, 5, 9, tzinfo=UTC)
    >>> process = templates.load("generic")
    >>> deal = process.open("ACME-1", at=at)
    >>> deal = process.approve(deal, "discount", by="ola", extra=True, at=at)
    >>> process.withdraw_approval(deal, "discount", at=at).approvals
    ()
    """

    def conditions(moment: datetime, told: dict[str, Any]) -> None:
        given = [each.subject for each in deal.approvals if role is None or each.role == role]
        if subject not in given:
            raise UnknownApproval(subject, given)

    return append(
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
    """Record a concern of the customer, such as `price`; its number is the revision of the event.

    >>> from datetime import UTC, datetime
    >>> from salesprocess import templates
    >>> at = datetime(2026, 1, 5, 9, tzinfo=UTC)
    >>> process = templates.load("generic")
    >>> deal = process.open("ACME-1", at=at)
    >>> process.raise_objection(deal, "price", text="too dear", at=at).objections[0].kind
    'price'
    """

    def content() -> dict[str, Any]:
        return {"objection": arguments.text("objection", objection), "text": arguments.free_text("text", text)}

    return append(process, deal, ObjectionRaised, at, by, key, content=content)


def resolve_objection(
    process: Compiled, deal: Deal, number: int, *, at: datetime, by: By = None, how: str = "", key: str | None = None
) -> Deal:
    """Record that an objection is answered, and how.

    Raises:
        UnknownObjection: no open objection has this number.

    >>> from datetime import UTC, datetime
    >>> from salesprocess import templates
    >>> at = datetime(2026, 1, 5, 9, tzinfo=UTC)
    >>> process = templates.load("generic")
    >>> deal = process.open("ACME-1", at=at)
    >>> deal = process.raise_objection(deal, "price", at=at)
    >>> process.resolve_objection(deal, deal.revision, how="a smaller roof", at=at).objections[0].how
    'a smaller roof'
    """

    def conditions(moment: datetime, told: dict[str, Any]) -> None:
        pending = [each.number for each in deal.objections if each.resolved_at is None]
        if number not in pending:
            raise UnknownObjection(str(number), (str(each) for each in pending))

    def content() -> dict[str, Any]:
        return {"raised": number, "how": arguments.free_text("how", how)}

    return append(process, deal, ObjectionResolved, at, by, key, content=content, conditions=conditions)


def waive(
    process: Compiled, deal: Deal, requirement: str, *, at: datetime, by: By, reason: str, key: str | None = None
) -> Deal:
    """Lift one requirement for this deal, by the name that `Reason.requirement` gives.

    Raises:
        UnknownRequirement: nothing of this name can be waived; locked criteria cannot.
        ActorRequired, ReasonRequired: nobody says who or why.

    >>> from datetime import UTC, datetime
    >>> from salesprocess import templates
    >>> at = datetime(2026, 1, 5, 9, tzinfo=UTC)
    >>> process = templates.load("generic")
    >>> deal = process.open("ACME-1", at=at)
    >>> reason = process.decide(deal, "advance", at=at).unmet[0]
    >>> process.waive(deal, reason.requirement, by="ola", reason="we know them", at=at).waived
    frozenset({'prospecting.exit:equals(qualified, True)'})
    """

    def known() -> str:
        if arguments.free_text("requirement", requirement) not in process.engine.requirements:
            raise UnknownRequirement(requirement, sorted(process.engine.requirements))
        return requirement

    def content() -> dict[str, Any]:
        _, told = gather(lambda: arguments.accountable(deal, "waive a requirement of", by, reason), known)
        return {"requirement": told}

    return append(process, deal, Waived, at, by, key, reason=reason, content=content)


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

    >>> from datetime import UTC, datetime
    >>> from salesprocess import templates
    >>> at = datetime(2026, 1, 5, 9, tzinfo=UTC)
    >>> process = templates.load("generic")
    >>> deal = process.open("ACME-1", at=at)
    >>> process.hold(deal, until=at.replace(day=12), at=at).status
    'on_hold'
    """

    def conditions(moment: datetime, told: dict[str, Any]) -> None:
        _status(deal, "hold", "open")
        if told["until"] is not None and told["until"] <= moment:
            raise OutOfRange("until", told["until"], "later than at")

    def content() -> dict[str, Any]:
        return {"until": optional_instant(until, "until")}

    return append(process, deal, Held, at, by, key, reason=reason, content=content, conditions=conditions)


def resume(
    process: Compiled, deal: Deal, *, at: datetime, by: By = None, reason: str | None = None, key: str | None = None
) -> Deal:
    """Go on with a deal that was on hold.

    Raises:
        WrongStatus: the deal is not on hold.

    >>> from datetime import UTC, datetime
    >>> from salesprocess import templates
    >>> at = datetime(2026, 1, 5, 9, tzinfo=UTC)
    >>> process = templates.load("generic")
    >>> deal = process.open("ACME-1", at=at)
    >>> process.resume(process.hold(deal, at=at), at=at).status
    'open'
    """

    def conditions(moment: datetime, told: dict[str, Any]) -> None:
        _status(deal, "resume", "on_hold")

    return append(process, deal, Resumed, at, by, key, reason=reason, conditions=conditions)


def _by_then(moment: datetime, told: dict[str, Any]) -> None:
    arguments.earlier(told["happened"], moment)


def _status(deal: Deal, verb: str, wanted: str) -> None:
    if deal.status != wanted:
        raise WrongStatus(deal.id, verb, deal.status, [wanted])
