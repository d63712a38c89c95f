"""The life of one deal, from its opening to its end: what happens in each visit of a stage, and how the visit ends."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from operator import itemgetter
from typing import Any, cast

import attrs

from salesprocess.deal import Deal
from salesprocess.errors import TransitionRefused
from salesprocess.simulation.meeting import Answers, answers, met
from salesprocess.simulation.world import World, conversion, returning
from salesprocess.verdicts import Decision
from salesprocess.working_time import Span, WorkingDays, WorkingHours

_ATTEMPTS = 4
"""How often an owner looks at what is missing: a rule that wants one thing after another takes several looks."""

Step = tuple[datetime, Callable[[Deal, datetime], Deal]]
"""Something that happens during a visit, and when."""


@attrs.frozen
class Fate:
    """How a visit is to end.

    Attributes:
        luck: one draw, even on [0, 1): a step back when it is below the chance of that, then ahead, else lost.
        ahead: the transition aimed at; None when none leads ahead.
        back: the step back that would be taken; None when there is none.
    """

    luck: float
    ahead: str | None
    back: Decision | None


def lived(world: World, name: str, at: datetime) -> Deal:
    """A deal opened at `at` with its whole life, until it is lost, or won and through with what follows the sale.

    Raises:
        TransitionRefused: a deal cannot be opened in this process.
    """
    deal = _opened(world.at(at), name, at)
    while deal.status == "open":
        deal = _visited(world.at(deal.stage_since), deal)
    stage = ""
    while deal.status == "won" and deal.stage != stage:
        stage = deal.stage
        deal = _followed_up(world.at(deal.stage_since), deal)
    return deal


def _opened(world: World, name: str, at: datetime) -> Deal:
    owner = world.rng.choice(world.rates.owners)
    terms: dict[str, Any] = {"owner": owner, "by": owner, "at": at, "facts": {}}
    terms["expected_close"] = world.close_date(next(iter(world.places)), at)
    if not world.happens(world.rates.unpriced):
        terms["amount"] = world.amount()
    for _ in range(_ATTEMPTS):
        try:
            return world.process.open(name, **terms)
        except TransitionRefused as refusal:
            found = answers(world, refusal.reasons, at)
            terms["facts"] |= found.facts
            terms["amount"] = found.amount or terms.get("amount")
    return world.process.open(name, **terms)


def _visited(world: World, deal: Deal) -> Deal:
    """The deal at the end of its visit: in another stage, or lost."""
    fate = _fate(world, deal)
    pause = world.pause() if world.happens(world.rates.hold) else timedelta(0)
    hoped = _ahead(world, deal, fate, deal.stage_since)
    stay = world.stay(world.process.stage(deal.stage), lost=_ending(world, deal, fate, hoped) is None)
    begin, end = deal.stage_since, deal.stage_since + stay + pause
    steps = [*_work(world, deal, fate, end), *_selling(world, deal, end)]
    if pause:
        held = begin + stay * world.rng.random()
        steps.append((held, lambda deal, at: world.process.hold(deal, at=at, until=at + pause, by=deal.owner)))
        steps.append((held + pause, lambda deal, at: world.process.resume(deal, at=at, by=deal.owner)))
    deal = _after(deal, steps)
    ending = _ending(world, deal, fate, _ahead(world, deal, fate, end))
    if ending is not None and world.process.decide(deal, ending, at=end, by=deal.owner):
        return world.process.take(deal, ending, at=end, by=deal.owner)
    return _lost(world, deal, end)


def _followed_up(world: World, deal: Deal) -> Deal:
    """The won deal in its next stage, or where it was when there is none or the rules want what nobody can give."""
    ahead = _aim(world, deal, world.options(deal, deal.stage_since, by=deal.owner))
    if ahead is None:
        return deal
    end = deal.stage_since + world.stay(world.process.stage(deal.stage))
    deal = _after(deal, list(_work(world, deal, Fate(0.0, ahead, None), end)))
    allowed = world.process.decide(deal, ahead, at=end, by=deal.owner)
    return world.process.take(deal, ahead, at=end, by=deal.owner) if allowed else deal


def _after(deal: Deal, steps: list[Step]) -> Deal:
    for at, step in sorted(steps, key=itemgetter(0)):
        deal = step(deal, at)
    return deal


def _fate(world: World, deal: Deal) -> Fate:
    options = world.options(deal, deal.stage_since, by=deal.owner)
    back = next((option for option in options if option.kind == "back" and option.allowed), None)
    return Fate(world.rng.random(), _aim(world, deal, options), back)


def _aim(world: World, deal: Deal, options: Iterable[Decision]) -> str | None:
    """The transition to work towards: the standard one, or now and then another one that leads ahead."""
    here = world.places[deal.stage]
    ahead = [
        option
        for option in options
        if option.kind in ("advance", "win")
        or (option.kind in ("move", "custom") and world.places.get(option.destination or "", -1) > here)
    ]
    if not ahead:
        return None
    standard, *others = sorted(ahead, key=lambda option: ("advance", "win", "move", "custom").index(option.kind))
    ways = [other for other in others if all(reason.requirement for reason in other.unmet)]
    return world.rng.choice(ways).name if ways and world.happens(world.rates.shortcut) else standard.name


def _ahead(world: World, deal: Deal, fate: Fate, at: datetime) -> Decision | None:
    return None if fate.ahead is None else world.process.decide(deal, fate.ahead, at=at, by=deal.owner)


def _ending(world: World, deal: Deal, fate: Fate, ahead: Decision | None) -> str | None:
    """The transition with which the visit is to end; None for a loss."""
    back = None if fate.back is None else fate.back.destination
    luck = fate.luck - returning(world.rates, deal.stage, back)
    if fate.back is not None and luck < 0:
        return fate.back.name
    if ahead is None:
        return None
    if ahead.destination is None:  # undecided yet, so nobody can give up because of it
        return ahead.name
    chance = conversion(world.rates, world.priors, deal.stage, ahead.destination, back, deal.owner)
    return ahead.name if luck < chance else None


def _by_the_clock(span: Span | None) -> timedelta | None:
    """A span in no particular working time: a deal is worked on without pause, so that working days are days."""
    if isinstance(span, WorkingDays):
        return timedelta(days=span.count)
    return span.span if isinstance(span, WorkingHours) else span


def _work(world: World, deal: Deal, fate: Fate, end: datetime) -> Iterator[Step]:
    """What the rulebook wants of a visit: its activities, and whatever else stands in the way ahead."""
    begin, length = deal.stage_since, end - deal.stage_since
    for activity in world.process.stage(deal.stage).activities:
        if world.happens(world.rates.diligence):
            at = begin + min(_by_the_clock(activity.within) or length, length) * world.rng.random()
            yield at, partial(_done, world, activity.name)

    def look(deal: Deal, at: datetime) -> Deal:
        ahead = _ahead(world, deal, fate, at)
        if ahead is None or ahead.allowed or (_ending(world, deal, fate, ahead) is None and world.happens(0.5)):
            return deal
        return met(world, deal, answers(world, ahead.unmet, at), at)

    for _ in range(_ATTEMPTS - 1):
        yield begin + length * world.rng.random(), look
    yield end, look


def _selling(world: World, deal: Deal, end: datetime) -> Iterator[Step]:
    """What else happens to an open deal: a price is named, objections come and go, close dates pass."""
    process, rates, rng = world.process, world.rates, world.rng
    begin, length = deal.stage_since, end - deal.stage_since
    if deal.amount is None and begin > deal.opened_at:
        price = world.amount()
        yield begin + length * rng.random(), lambda deal, at: process.amend(deal, amount=price, at=at, by=deal.owner)
    if world.happens(rates.objection):
        kind = rng.choice(_loss_reasons(world) or ["price"])
        raised, resolved = sorted(begin + length * rng.random() for _ in range(2))
        yield raised, lambda deal, at: process.raise_objection(deal, kind, at=at, by=deal.owner)
        if world.happens(rates.diligence):
            yield resolved, lambda deal, at: met(world, deal, Answers(resolve=True), at)
    yield from _pushes(world, deal, end)


def _pushes(world: World, deal: Deal, end: datetime) -> Iterator[Step]:
    """The expected close date is moved, the morning after it has passed."""
    day = cast("date", deal.expected_close)  # every synthetic deal has one
    while (at := max(deal.stage_since, datetime.combine(day, time(9), UTC) + timedelta(days=1))) < end:
        if not world.happens(world.rates.push):
            return
        day = world.close_date(deal.stage, at)
        yield at, partial(_pushed, world, day)


def _done(world: World, activity: str, deal: Deal, at: datetime) -> Deal:
    if any(done.activity == activity for done in deal.activities):
        return deal
    return world.process.record(deal, activity, at=at, by=deal.owner)


def _pushed(world: World, day: date, deal: Deal, at: datetime) -> Deal:
    return world.process.amend(deal, expected_close=day, at=at, by=deal.owner)


def _lost(world: World, deal: Deal, at: datetime) -> Deal:
    reasons = _loss_reasons(world)
    return world.process.lose(deal, at=at, by=deal.owner, reason=world.rng.choice(reasons) if reasons else None)


def _loss_reasons(world: World) -> list[str]:
    """The reasons that say something about selling; all of them where none does."""
    reasons = next(stage.reasons for stage in world.process.stages if stage.kind == "lost")
    return [reason.name for reason in reasons if reason.counts] or [reason.name for reason in reasons]
