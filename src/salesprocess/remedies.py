"""What would answer a reason: from a refusal to the kind of record that makes it go away, as data.

It knows every rule of the library and none of a user's. Which value is put on record, and when, is for the reader to
choose: a simulation draws it, a test takes the smallest.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import attrs

from salesprocess.money import Money
from salesprocess.verdicts import Reason


@attrs.frozen
class Learn:
    """Learn a fact.

    Attributes:
        fact: its name.
        values: the values that would do, the first as good as any; empty leaves it to the bounds.
        minimum, maximum: inclusive bounds on what would do.
        count: how many values a fact of `many` needs.
        containing: a value that must be among them.
    """

    fact: str
    values: tuple[Any, ...] = ()
    minimum: Any = None
    maximum: Any = None
    count: int = 1
    containing: Any = None


@attrs.frozen
class Amend:
    """State a term; the other attributes are those of `Learn`."""

    term: str
    values: tuple[Any, ...] = ()
    minimum: Any = None
    maximum: Any = None


@attrs.frozen
class Itemise:
    """State the offer line by line; with `monthly`, no less recurs every month."""

    monthly: Money | None = None


@attrs.frozen
class Record:
    """Record an activity, so many times, by somebody who has the role."""

    activity: str
    times: int = 1
    role: str | None = None


@attrs.frozen
class Approve:
    """Let so many people approve a subject."""

    subject: str
    role: str | None = None
    people: int = 1


@attrs.frozen
class ResolveObjections:
    """Answer the open objections."""


@attrs.frozen
class Wait:
    """Ask again when it is due."""

    until: datetime


@attrs.frozen
class AskAs:
    """Let somebody else ask: one with the role, the owner, or anybody but the owner."""

    role: str | None = None
    owner: bool | None = None


@attrs.frozen
class GiveReason:
    """Give a reason along, one of these."""

    choices: tuple[str, ...]


Remedy = Learn | Amend | Itemise | Record | Approve | ResolveObjections | Wait | AskAs | GiveReason


def remedies(reason: Reason) -> Iterator[Remedy]:
    """What would answer a reason of one of the library's own rules; nothing for a rule that it does not know.

    A reason with `details` is answered by its parts.

    >>> from salesprocess.verdicts import Reason
    >>> [*remedies(Reason("done", parameters={"activity": "demo"}))]
    [Record(activity='demo', times=1, role=None)]
    """
    told = reason.parameters
    match reason.code:
        case "activity.required" | "done" | "done_within":
            yield Record(told["activity"])
        case "done_times":
            yield Record(told["activity"], times=told["times"] - told.get("found", 0))
        case "done_by_role":
            yield Record(told["activity"], role=told["role"])
        case "approved" | "approved.anybody" | "approved.changed" | "approved.own":
            yield Approve(told["subject"], told["role"])
        case "approvals_at_least":
            yield Approve(told["subject"], told["role"], told["minimum"])
        case "objections_resolved":
            yield ResolveObjections()
        case "has_items":
            yield Itemise()
        case "monthly_recurring_at_least" | "annual_recurring_at_least":
            yield Itemise(told["minimum"])
        case "amount_at_least":
            yield Amend("amount", minimum=told["minimum"])
        case "amount_at_most":
            yield Amend("amount", maximum=told["maximum"])
        case "currency" if "fact" not in told:
            yield Amend("amount", minimum=told.get("minimum"), maximum=told.get("maximum"))
        case "has":
            yield Learn(told["fact"])
        case "has_term":
            yield Amend(told["term"])
        case "term_equals":
            yield Amend(told["term"], (told["value"],))
        case "equals":
            yield Learn(told["fact"], (told["value"],))
        case "one_of":
            yield Learn(told["fact"], tuple(told["values"]))
        case "at_least" | "at_most" | "currency":
            yield Learn(told["fact"], minimum=told.get("minimum"), maximum=told.get("maximum"))
        case "count_at_least":
            yield Learn(told["fact"], count=told["minimum"])
        case "contains":
            yield Learn(told["fact"], containing=told["value"])
        case "matches":
            yield Learn(told["fact"], (told["pattern"].replace("*", ""),))
        case "not_before" | "after" | "waited" if "due" in told:
            yield Wait(told["due"])
        case "asked_by_role":
            yield AskAs(role=told["role"])
        case "asked_by_owner" | "not_asked_by_owner":
            yield AskAs(owner=reason.code == "asked_by_owner")
        case "reason.missing" | "reason.unknown":
            yield GiveReason(told["choices"])
        case _:
            pass
