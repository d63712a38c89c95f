"""Meet what a rulebook wants: from the reasons of a refusal to the records that answer them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any, cast

import attrs

from salesprocess.deal import Deal
from salesprocess.events import Actor
from salesprocess.facts import KINDS, Fact, FactValue
from salesprocess.money import Money
from salesprocess.pricing import LineItem
from salesprocess.remedies import Amend, Approve, Itemise, Learn, Record, Remedy, ResolveObjections, remedies
from salesprocess.simulation.values import allowed, drawn
from salesprocess.simulation.world import World
from salesprocess.verdicts import Reason


@attrs.define
class Answers:
    """What to put on record so that reasons go away; empty where nothing is known to help."""

    facts: dict[str, FactValue] = attrs.Factory(dict[str, FactValue])
    amount: Money | None = None
    activities: list[str] = attrs.Factory(list[str])
    approvals: list[tuple[str, str | None, int]] = attrs.Factory(list[tuple[str, str | None, int]])
    resolve: bool = False
    itemise: bool = False


def answers(world: World, reasons: Iterable[Reason], at: datetime) -> Answers:
    """What would help against all the reasons together, as far as the library's own rules and declarations tell."""
    found = Answers()
    for reason in reasons:
        _answer(world, reason, found, at)
    return found


def met(world: World, deal: Deal, found: Answers, at: datetime) -> Deal:
    """The deal with the answers on record; approvals come last, since they can hang on everything else."""
    process, owner = world.process, deal.owner
    why = "the customer told" if deal.outcome else None
    for activity in found.activities:
        deal = process.record(deal, activity, at=at, by=owner)
    deal = process.learn(deal, found.facts, at=at, by=owner, reason=why)
    if found.itemise or (found.amount is not None and deal.items):
        price = found.amount or deal.amount or world.amount()
        items = [LineItem("all of it", price)]
        deal = process.amend(deal, amount=price, items=items, at=at, by=owner, reason=why)
    else:
        deal = process.amend(deal, amount=found.amount, at=at, by=owner, reason=why)
    if found.resolve:
        for objection in deal.objections:
            if objection.resolved_at is None:
                deal = process.resolve_objection(deal, objection.number, at=at, by=owner)
    for subject, role, people in found.approvals:
        for number in range(1, people + 1):
            name = world.rates.approver if number == 1 else f"{world.rates.approver} {number}"
            deal = process.approve(deal, subject, role=role, at=at, by=Actor(name, roles=[role] if role else []))
    return deal


def _answer(world: World, reason: Reason, found: Answers, at: datetime) -> None:
    told = reason.parameters
    if reason.details:
        chosen = (world.rng.choice(reason.details),) if reason.code == "any_of" else reason.details
        for inner in chosen:
            _answer(world, inner, found, at)
        return
    if reason.state == "unknown" and reason.code != "currency":
        for name in told["missing"]:
            _find_out(world, name, reason, found, at)
        return
    known = [*remedies(reason)]
    for remedy in known:
        _remedied(world, reason, remedy, found, at)
    if not known:
        _try_again(world, reason, found, at)


def _remedied(world: World, reason: Reason, remedy: Remedy, found: Answers, at: datetime) -> None:
    match remedy:
        case Record(activity=activity, times=times):
            found.activities.extend([activity] * times)
        case Approve(subject=subject, role=role, people=people):
            found.approvals.append((subject, role, people))
        case ResolveObjections():
            found.resolve = True
        case Itemise(monthly=None):
            found.itemise = True
        case Amend(term="amount", minimum=minimum, maximum=maximum):
            found.amount = maximum if minimum is None else _at_least(world, minimum)
        case Learn(fact=name, values=()):
            _find_out(world, name, reason, found, at, minimum=remedy.minimum, count=remedy.count)
        case Learn(fact=name, values=values):
            value = values[0] if len(values) == 1 else world.rng.choice(values)
            _learn(found, name, allowed(_fact(world, name, reason), value))
        case _:  # who asks and when is not for an owner to change
            pass


def _try_again(world: World, reason: Reason, found: Answers, at: datetime) -> None:
    """Against a rule that is not one of the above: other facts, and the work it names."""
    criterion = world.criteria.get(reason.parameters.get("criterion", ""))
    if criterion is not None:
        for name in criterion.mentions("fact"):
            _find_out(world, name, reason, found, at)
        if reason.code != "not_":
            found.activities.extend(criterion.mentions("activity"))


def _find_out(
    world: World, name: str, reason: Reason, found: Answers, at: datetime, *, minimum: Any = None, count: int = 1
) -> None:
    if name == "amount":
        found.amount = world.amount()
    elif name in world.facts or world.process.policy.facts == "free":
        fact, currency = _fact(world, name, reason), world.rates.amount.currency
        _learn(found, name, drawn(fact, world.rng, at, currency, minimum=minimum, count=count))


def _learn(found: Answers, name: str, value: FactValue | None) -> None:
    if value is not None:
        found.facts[name] = value


def _fact(world: World, name: str, reason: Reason) -> Fact:
    """The declaration; for a fact that nobody declared, one of the kind that the rule compares it with."""
    if name in world.facts:
        return world.facts[name]
    if reason.code == "count_at_least":
        return Fact(name, str, many=True)
    compared: object = reason.parameters.get("value", reason.parameters.get("minimum"))
    many = isinstance(compared, tuple)
    values = cast("tuple[object, ...]", compared) if many else (compared,)
    kinds = {type(value) for value in values}
    return Fact(name, next((kind for kind in KINDS if kind in kinds), str), many=many)


def _at_least(world: World, minimum: Money) -> Money:
    return minimum * (1 + Decimal(world.rng.randint(0, 50)) / 100)
