"""Meet criteria on purpose: from a rule that does not hold to the commands after which it does, or no longer does."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import combinations, islice
from typing import Any, Literal, cast

import attrs
from hypothesis.strategies import SearchStrategy, fixed_dictionaries, just

from salesprocess.criteria import Ask, Criterion
from salesprocess.deal import Deal
from salesprocess.errors import SalesProcessError
from salesprocess.events import TERMS, Actor
from salesprocess.frozen import FrozenDict
from salesprocess.money import Money
from salesprocess.pricing import LineItem
from salesprocess.process import Process
from salesprocess.remedies import (
    Amend,
    Approve,
    AskAs,
    Itemise,
    Learn,
    Record,
    Remedy,
    ResolveObjections,
    Wait,
    remedies,
)
from salesprocess.testing.commands import Command
from salesprocess.testing.finding import is_strategy, simplest
from salesprocess.testing.values import Values, check_codes, state_of
from salesprocess.verdicts import Reason

Wanted = Literal["met", "unmet"]

Goal = tuple[Criterion, Wanted]

Meeting = Mapping[str, Any] | Sequence[Command]
"""How to meet a rule of one's own: values or strategies for facts and terms by name, or commands."""

_BUDGET = 300
"""How many deals are tried for one transition before it is given up."""


@attrs.frozen
class Situation:
    """Where the planner stands: a deal, the time, who will ask, what will be given along, and what was done so far."""

    deal: Deal
    at: datetime
    by: Actor | None = None
    reason: str | None = None
    commands: tuple[Command, ...] = ()


class Planner:
    """Finds the commands after which criteria hold.

    Args:
        process: the rulebook.
        values: the values that facts and terms can have.
        meet: how to meet rules that are not the library's own, by their code.

    Raises:
        UnknownRule: `meet` names a rule that the process does not use.
    """

    def __init__(self, process: Process, values: Values, meet: Mapping[str, Meeting] | None = None) -> None:
        self.process = process
        self.values = values
        self.meet: dict[str, Any] = dict(meet or {})
        check_codes(process, self.meet)
        self._left = 0

    def reached(self, here: Situation, name: str, destination: str, goals: Iterable[Goal]) -> Iterator[Situation]:
        """The situations, the nearest first, in which all goals hold for the transition `name` to `destination`."""
        self._left = _BUDGET
        yield from self._all(here, (name, destination), [*goals], rounds=3)

    def _all(
        self, here: Situation, question: tuple[str, str], goals: Sequence[Goal], rounds: int
    ) -> Iterator[Situation]:
        """What meets one goal can undo another, such as an amount that changes after its approval: hence the rounds."""
        pending = [goal for goal in goals if self._state(here, question, goal[0]) != goal[1]]
        if not pending:
            yield here
            return
        if not rounds:
            return
        for there in self._each(here, question, pending):
            yield from self._all(there, question, goals, rounds - 1)

    def _each(self, here: Situation, question: tuple[str, str], goals: Sequence[Goal]) -> Iterator[Situation]:
        if not goals:
            yield here
            return
        (criterion, wanted), *others = goals
        for there in self._alternatives(here, question, criterion, wanted):
            yield from self._each(there, question, others)

    def _state(self, here: Situation, question: tuple[str, str], criterion: Criterion) -> str:
        return state_of(criterion, here.deal, self._ask(here, question))

    def _ask(self, here: Situation, question: tuple[str, str]) -> Ask:
        inputs: FrozenDict[str, str] = FrozenDict({} if here.reason is None else {"reason": here.reason})
        return Ask(*question, here.at, here.by, inputs)

    def _alternatives(
        self, here: Situation, question: tuple[str, str], criterion: Criterion, wanted: Wanted
    ) -> Iterator[Situation]:
        if self._left <= 0:
            return
        if self._state(here, question, criterion) == wanted:
            yield here
            return
        parts = _parts(criterion, wanted)
        if parts is None:
            yield from self._simple(here, question, criterion, wanted)
            return
        for goals in parts:
            yield from self._all(here, question, goals, rounds=2)

    def _simple(
        self, here: Situation, question: tuple[str, str], criterion: Criterion, wanted: Wanted
    ) -> Iterator[Situation]:
        """What changes the mind of a rule that is not made of others."""

        def fits(there: Situation | None) -> bool:
            return there is not None and self._state(there, question, criterion) == wanted

        tried = self._meeting(here, question, criterion) if wanted == "met" else self._contrary(here, criterion)
        for there in tried:
            self._left -= 1
            if fits(there):
                yield cast("Situation", there)
            if self._left <= 0:
                return

    def _meeting(self, here: Situation, question: tuple[str, str], criterion: Criterion) -> Iterator[Situation | None]:
        if criterion.code in self.meet:
            yield from self._as_told(here, question, criterion, self.meet[criterion.code])
        told = self._evidence(here, question, criterion)
        for remedy in remedies(Reason(criterion.code, parameters=told)):
            yield from self._remedied(here, remedy)
        for name in criterion.mentions("activity"):
            yield self.run(here, "record", activity=name)
        yield from self._other_values(here, criterion)

    def _evidence(self, here: Situation, question: tuple[str, str], criterion: Criterion) -> FrozenDict[str, Any]:
        """The parameters of the rule with what it found; where both have a name, the parameter counts."""
        try:
            found = criterion.verdict(here.deal, self._ask(here, question)).reasons
        except Exception:  # noqa: BLE001 - a rule that fails finds nothing
            found = ()
        return FrozenDict({**(found[0].parameters if found else {}), **criterion.parameters})

    def _as_told(
        self, here: Situation, question: tuple[str, str], criterion: Criterion, told: Any
    ) -> Iterator[Situation | None]:
        """What the user says would help."""
        if isinstance(told, Mapping):
            values = cast("Mapping[str, Any]", told)
            strategies = {name: _strategy(value) for name, value in values.items()}

            def accepted(drawn: Mapping[str, Any]) -> bool:
                after = self._put(here, drawn)
                return after is not None and self._state(after, question, criterion) == "met"

            for drawn in simplest(fixed_dictionaries(strategies), accepted):
                yield self._put(here, drawn)
            return
        step: Situation | None = here
        for command in told:
            step = self.run(step, command.verb, **command.arguments)
        yield step

    def _put(self, here: Situation, values: Mapping[str, Any]) -> Situation | None:
        """The situation with these facts and terms on record; None when the verbs refuse one."""
        facts = {name: value for name, value in values.items() if name not in TERMS}
        terms = {name: value for name, value in values.items() if name in TERMS}
        step = self.run(here, "learn", facts=facts) if facts else here
        return self.run(step, "amend", **terms) if terms else step

    def _remedied(self, here: Situation, remedy: Remedy) -> Iterator[Situation | None]:
        match remedy:
            case Learn(fact=name):
                for value in self._fitting(remedy, name):
                    yield self.run(here, "learn", facts={name: value})
            case Amend(term=name):
                for value in self._fitting(remedy, name):
                    yield self._amended(here, name, value)
            case Itemise():
                yield self._itemised(here, remedy.monthly)
            case Record():
                by = None if remedy.role is None else Actor("kari", roles=[remedy.role])
                step: Situation | None = here
                for _ in range(max(1, remedy.times)):
                    step = self.run(step, "record", activity=remedy.activity, by=by)
                yield step
            case Approve():
                yield self._approved(here, remedy)
            case ResolveObjections():
                step = here
                for objection in here.deal.objections:
                    if objection.resolved_at is None:
                        step = self.run(step, "resolve_objection", number=objection.number)
                yield step
            case Wait():
                yield attrs.evolve(here, at=max(here.at, remedy.until))
            case AskAs():
                yield from self._asking(here, remedy)
            case _:
                for choice in remedy.choices:
                    yield attrs.evolve(here, reason=choice)

    def _fitting(self, remedy: Learn | Amend, name: str) -> Iterator[Any]:
        """The values that would do, those first that the user named."""
        known = self.values.of(name)
        if name in self.values.given:
            yield from known
            yield from self._drawn(remedy, name)
            return
        yield from remedy.values
        for bound in (remedy.minimum, remedy.maximum):
            if bound is not None:
                yield bound
        if isinstance(remedy, Learn) and remedy.containing is not None:
            yield (remedy.containing,)
        fitting = (value for value in known if not isinstance(remedy, Learn) or _counts(value, remedy.count))
        yield from fitting

    def _drawn(self, remedy: Learn | Amend, name: str) -> Iterator[Any]:
        """A value of the strategy that the user gave, within the bounds."""

        def within(value: Any) -> bool:
            try:
                return (remedy.minimum is None or value >= remedy.minimum) and (
                    remedy.maximum is None or value <= remedy.maximum
                )
            except (TypeError, SalesProcessError):
                return False

        given = self.values.given[name]
        if is_strategy(given) and (remedy.minimum is not None or remedy.maximum is not None):
            yield from simplest(given, within)

    def _other_values(self, here: Situation, criterion: Criterion) -> Iterator[Situation | None]:
        """Against a rule that nobody knows: other values of the facts and terms that it names."""
        for name in dict.fromkeys((*criterion.mentions("fact"), *criterion.mentions("value"))):
            if name not in TERMS:
                for value in self.values.of(name):
                    yield self.run(here, "learn", facts={name: value})
        for name in dict.fromkeys((*criterion.mentions("term"), *criterion.mentions("value"))):
            if name in TERMS:
                for value in self.values.of(name):
                    yield self._amended(here, name, value)

    def _amended(self, here: Situation, name: str, value: Any) -> Situation | None:
        if name == "items":
            return self._itemised(here, None)
        if name == "amount" and here.deal.items:
            items = (LineItem("all of it", value),)
            return self.run(here, "amend", amount=value, items=items) if value else None
        return self.run(here, "amend", **{name: value})

    def _itemised(self, here: Situation, monthly: Money | None) -> Situation | None:
        if monthly is None:
            amount = here.deal.amount or Money(1000, self.values.currency)
            items = (LineItem("all of it", amount),)
        else:
            items = (LineItem("subscription", monthly, every=1, term=12),)
            amount = items[0].value
        return self.run(here, "amend", amount=amount, items=items)

    def _approved(self, here: Situation, wanted: Approve) -> Situation | None:
        owners = {here.deal.owner, *(terms.get("owner") for terms in _terms(here.deal))}
        names = (name for name in ("ola", *(f"approver {number}" for number in range(1, 100))) if name not in owners)
        step: Situation | None = here
        for name in islice(names, wanted.people):
            by = Actor(name, roles=[wanted.role] if wanted.role else [])
            step = self.run(step, "approve", subject=wanted.subject, role=wanted.role, by=by)
        return step

    def _asking(self, here: Situation, wanted: AskAs) -> Iterator[Situation | None]:
        roles = {*(here.by.roles if here.by else ()), *([wanted.role] if wanted.role else [])}
        if wanted.owner is None:
            yield attrs.evolve(here, by=Actor(here.by.id if here.by else "ola", roles=roles))
            return
        owner = here.deal.owner or "kari"
        there = here if here.deal.owner else self.run(here, "amend", owner=owner)
        by = Actor(owner if wanted.owner else f"not {owner}", roles=roles)
        yield None if there is None else attrs.evolve(there, by=by)

    def _contrary(self, here: Situation, criterion: Criterion) -> Iterator[Situation | None]:
        """What would make a rule not hold any more."""
        facts = [*dict.fromkeys((*criterion.mentions("fact"), *criterion.mentions("value")))]
        terms = [*dict.fromkeys((*criterion.mentions("term"), *criterion.mentions("value")))]
        if criterion.code.startswith("amount_"):
            terms.append("amount")
        yield from self._other_values(here, criterion)
        if "amount" in terms:
            for value in self.values.of("amount"):
                yield self._amended(here, "amount", value)
        for name in facts:
            if name in here.deal.facts:
                yield self.run(here, "learn", forget=(name,))
        for name in terms:
            if name in here.deal.terms:
                yield self.run(here, "amend", clear=(name,))
        if criterion.code in ("approved", "approvals_at_least"):
            yield self.run(here, "withdraw_approval", subject=criterion.parameters["subject"])
        if criterion.code == "objections_resolved":
            yield self.run(here, "raise_objection", objection="price")
        if criterion.code == "has_items":
            yield self.run(here, "amend", clear=("items",))
        span = criterion.parameters.get("span")
        if isinstance(span, timedelta):
            yield attrs.evolve(here, at=here.at + span + timedelta(microseconds=1))

    def run(self, here: Situation | None, verb: str, **arguments: Any) -> Situation | None:
        """The situation after a verb that keeps the record; None when it is refused, or when one before it was."""
        if here is None:
            return None
        if here.deal.outcome is not None and verb in ("learn", "amend"):
            arguments.setdefault("reason", "told later")
        arguments["at"] = max(here.at, arguments.get("at", here.at))
        command = Command(verb, {name: value for name, value in arguments.items() if value != ()})
        try:
            deal = command.run(self.process, here.deal)
        except SalesProcessError:
            return None
        return attrs.evolve(here, deal=deal, at=command.at, commands=(*here.commands, command))


def _strategy(value: Any) -> SearchStrategy[Any]:
    return value if is_strategy(value) else just(value)


def _counts(value: object, count: int) -> bool:
    return not isinstance(value, tuple) or len(cast("tuple[object, ...]", value)) >= count


def _terms(deal: Deal) -> Iterator[Mapping[str, Any]]:
    return (terms for event in deal.history if (terms := getattr(event, "terms", None)) is not None)


def _several(inner: Sequence[Criterion], size: int, wanted: Wanted) -> Iterator[Sequence[Goal]]:
    for chosen in combinations(inner, size):
        yield [(each, wanted) for each in chosen]


def _parts(criterion: Criterion, wanted: Wanted) -> Iterable[Sequence[Goal]] | None:
    """For a rule made of others, the alternatives of goals that would do; None for any other rule."""
    told = criterion.parameters
    inner: tuple[Criterion, ...] = told.get("criteria", ())
    other: Wanted = "unmet" if wanted == "met" else "met"
    match criterion.code:
        case "all_of" | "any_of":
            every = (criterion.code == "all_of") == (wanted == "met")
            return [[(each, wanted) for each in inner]] if every else [[(each, wanted)] for each in inner]
        case "at_least_of":
            size = told["minimum"] if wanted == "met" else len(inner) - told["minimum"] + 1
            return _several(inner, size, wanted)
        case "not_":
            return [[(told["criterion"], other)]]
        case "when":
            yes: Goal = (told["condition"], "met")
            if wanted == "unmet":
                return [[yes, (told["then"], "unmet")]]
            return [[(told["then"], "met")], [(told["condition"], "unmet")]]
        case "stage.applies" | "stage.not_visited":
            return [[(told["condition"], other)]]
        case "locked":
            return [[(told["criterion"], wanted)]]
        case _:
            return None
