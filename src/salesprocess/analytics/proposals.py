"""Changes of a rulebook that deals suggest, each with its evidence and the revision that carries it out."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import attrs

from salesprocess.analytics import results
from salesprocess.analytics.fitness import DealFitness, Rules
from salesprocess.deal import Deal
from salesprocess.errors import InvalidProcess
from salesprocess.events import ActivityDone, Entered, Migrated, Opened
from salesprocess.frozen import EMPTY, FrozenDict, frozen_dict
from salesprocess.routes import RESERVED, Check, required_activity
from salesprocess.rules import Policy, Transition
from salesprocess.stages import Activity, LossReason, Stage

_NAME = re.compile(r"[a-z][a-z0-9_-]*")


@attrs.frozen
class Proposal:
    """A change of a rulebook that its deals suggest.

    Attributes:
        code: `stage.skipped`, `move.missing`, `back.refused`, `requirement.passed`, `reason.unlisted`
            or `activity.unlisted`.
        subject: what it is about.
        message: what the deals do, and what that suggests.
        evidence: the counts and shares behind it.
        revision: the arguments of `process.revise` that carry it out; empty where no such revision can be built.
    """

    code: str
    subject: str
    message: str
    evidence: FrozenDict[str, float] = attrs.field(converter=frozen_dict)
    revision: FrozenDict[str, Any] = attrs.field(converter=frozen_dict)

    @property
    def call(self) -> str:
        """The call that carries it out, as a program writes it."""
        return f"process.revise({', '.join(f'{name}={value!r}' for name, value in self.revision.items())})"

    def __str__(self) -> str:
        return f"{self.message} [{self.call}]" if self.revision else self.message


def merged(found: Iterable[Proposal], policy: Policy) -> FrozenDict[str, Any]:
    """The arguments of one `process.revise` that carries out all proposals; `policy` is the present one."""
    change: defaultdict[str, dict[str, Any]] = defaultdict(dict)
    transitions: list[Transition] = []
    new = policy
    for proposal in found:
        for subject, fields in proposal.revision.get("change", EMPTY).items():
            for field, content in fields.items():
                old = change[subject].get(field, ())
                change[subject][field] = _both(old, content) if field == "activities" else content
        transitions.extend(proposal.revision.get("transitions", ()))
        told = proposal.revision.get("policy", policy)
        names = [each.name for each in attrs.fields(Policy) if getattr(told, each.name) != getattr(policy, each.name)]
        new = attrs.evolve(new, **{name: getattr(told, name) for name in names})
    given: dict[str, Any] = {"change": dict(change), "transitions": tuple(transitions)}
    given["policy"] = None if new == policy else new
    return FrozenDict({name: value for name, value in given.items() if value})


def _both(one: Iterable[Activity], other: Iterable[Activity]) -> tuple[Activity, ...]:
    """The activities of both; one that either no longer requires is not required."""
    known: dict[str, Activity] = {}
    for activity in (*one, *other):
        old = known.get(activity.name)
        known[activity.name] = old if old is not None and not old.required else activity
    return tuple(known.values())


def proposals(
    rules: Rules, found: Sequence[DealFitness], deals: Sequence[Deal], threshold: float
) -> Iterator[Proposal]:
    """What the deals suggest, where at least `threshold` of ten deals or more say so; each can be carried out."""
    for proposal in (
        *_skipped(rules, found, threshold),
        *_missing_ways(rules, found, threshold),
        *_back(rules, found, threshold),
        *_passed(rules, found, threshold),
        *_reasons(rules, deals),
        *_extra_work(rules, deals, threshold),
    ):
        try:
            rules.process.revise(**proposal.revision)
        except InvalidProcess as invalid:
            why = "; ".join(each.message for each in invalid.findings)
            yield attrs.evolve(proposal, message=f"{proposal.message}; not as simple as that: {why}", revision=EMPTY)
        else:
            yield proposal


def _enough(part: int, whole: int, threshold: float) -> bool:
    return whole >= results.ENOUGH and part >= threshold * whole


def _won(deals: Iterable[DealFitness]) -> tuple[int, int]:
    ends = Counter(deal.status for deal in deals)
    return ends["won"], ends["won"] + ends["lost"]


def _skipped(rules: Rules, found: Sequence[DealFitness], threshold: float) -> Iterator[Proposal]:
    position, policy = rules.position, rules.process.policy
    for stage in rules.process.stages:
        if stage.name not in rules.required:
            continue
        past = [deal for deal in found if any(position.get(name, -1) > position[stage.name] for name in deal.path)]
        without = [deal for deal in past if stage.name not in deal.path]
        if not _enough(len(without), len(past), threshold):
            continue
        (won, closed), (all_won, all_closed) = _won(without), _won(past)
        share = results.percent(len(without) / len(past))
        message = f"{share} of the {len(past):,} deals that got past {stage.name} skip it"
        if all_won:
            message += f" ({results.percent(won / all_won)} of the won ones)"
        if closed and all_closed > closed:
            others = (all_won - won) / (all_closed - closed)
            message += f", and win {results.percent(won / closed)} beside {results.percent(others)} with it"
        revision: dict[str, Any] = {"change": {stage.name: {"optional": True}}}
        if policy.skip == "never":
            revision["policy"] = attrs.evolve(policy, skip="optional")
        evidence = {"past": len(past), "skipped": len(without), "won": all_won, "won_without": won}
        yield Proposal("stage.skipped", stage.name, f"{message}: make it optional", evidence, revision)


def _missing_ways(rules: Rules, found: Sequence[DealFitness], threshold: float) -> Iterator[Proposal]:
    left = Counter(name for deal in found for name in set(deal.path[:-1]))
    moved = Counter(
        each for deal in found for each in {(why.source, why.destination) for why in deal.why if why.code == "no_way"}
    )
    reserved = {*RESERVED, *(each.name for each in rules.process.transitions)}
    policy, kinds = rules.process.policy, {stage.name: stage.kind for stage in rules.process.stages}
    for (source, destination), count in moved.items():
        if source is None or destination is None or not _enough(count, left[source], threshold):
            continue
        if rules.is_back(source, destination):
            continue  # one proposal for all of them
        share = results.percent(count / left[source])
        message = f"{share} of the {left[source]:,} deals that left {source} went to {destination}"
        evidence = {"left": left[source], "moved": count}
        if kinds[source] != "open" and policy.reopen == "never":
            revision: dict[str, Any] = {"policy": attrs.evolve(policy, reopen="left")}
            message += ", which is closed for good: let deals be reopened"
        else:
            name = f"{source}_{destination}" if not source.startswith("to_") else f"from_{source}"
            name = f"{name}_directly" if name in reserved else name
            revision = {"transitions": (Transition(name, source, destination),)}
            message += ", for which there is no transition: add one"
        yield Proposal("move.missing", f"{source} → {destination}", message, evidence, revision)


def _back(rules: Rules, found: Sequence[DealFitness], threshold: float) -> Iterator[Proposal]:
    policy = rules.process.policy
    backs = {
        place: [each for each in deal.why if each.code == "back" and (each.source, each.destination) not in rules.ways]
        for place, deal in enumerate(found)
    }
    who = [place for place, each in backs.items() if each]
    if not who or not _enough(len(who), len(found), threshold):
        return
    line = list(rules.position)
    one = all(line[rules.position[each.source or ""] - 1] == each.destination for place in who for each in backs[place])
    won, closed = _won([found[place] for place in who])
    share = results.percent(len(who) / len(found))
    message = f"{share} of {len(found):,} deals step back although no transition leads back"
    if closed:
        message += f", and win {results.percent(won / closed)}"
    new = attrs.evolve(policy, back="previous" if one and policy.back == "never" else "any")
    evidence = {"deals": len(found), "stepped_back": len(who)}
    yield Proposal("back.refused", "policy.back", f"{message}: allow it", evidence, {"policy": new})


def _passed(rules: Rules, found: Sequence[DealFitness], threshold: float) -> Iterator[Proposal]:
    """Requirements that are waived, or not met when deals move: as often as not, they are no requirements."""
    entered = Counter(name for deal in found for name in set(deal.path))
    left = Counter(name for deal in found for name in set(deal.path[:-1]))
    broken = Counter(
        name for deal in found for name in {why.subject for why in deal.why if why.code in ("unmet", "waiver")}
    )
    for stage in rules.process.stages:
        for field, whole in (("entry", entered), ("exit", left), ("activities", left)):
            where, n = f"{stage.name}.{field}", whole[stage.name]
            often = {
                name: count
                for name, count in broken.items()
                if name.startswith(f"{where}:") and _enough(count, n, threshold)
            }
            if not often:
                continue
            told = ", ".join(
                f"{name.removeprefix(f'{where}:')} in {results.percent(count / n)}" for name, count in often.items()
            )
            message = f"of {n:,} deals that moved on, these did not meet {where}: {told}: require it no longer"
            content = _without(stage, field, where, often)
            evidence = {"moved": n, **{name: float(count) for name, count in often.items()}}
            yield Proposal("requirement.passed", where, message, evidence, {"change": {stage.name: {field: content}}})


def _without(stage: Stage, field: str, where: str, often: Mapping[str, int]) -> tuple[Any, ...]:
    if field == "activities":
        return tuple(
            attrs.evolve(each, required=False) if _requires(where, each) in often else each for each in stage.activities
        )
    return tuple(each for each in getattr(stage, field) if Check(where, each).requirement not in often)


def _requires(where: str, activity: Activity) -> str:
    return Check(where, required_activity(activity.name)).requirement


def _reasons(rules: Rules, deals: Sequence[Deal]) -> Iterator[Proposal]:
    lost = next(stage for stage in rules.process.stages if stage.kind == "lost")
    known = {reason.name for reason in lost.reasons}
    told = [deal.outcome.reason for deal in deals if deal.outcome is not None and deal.outcome.status == "lost"]
    often = {
        name: count
        for name, count in Counter(told).most_common()
        if name and name not in known and count >= results.ENOUGH and _NAME.fullmatch(name)
    }
    if lost.reasons and often:
        listed = ", ".join(f"{name} ({count:,})" for name, count in often.items())
        message = f"of {len(told):,} lost deals some have reasons that the rules do not list: {listed}: list them"
        content = (*lost.reasons, *map(LossReason, often))
        evidence = {"lost": len(told), **{name: float(count) for name, count in often.items()}}
        yield Proposal("reason.unlisted", lost.name, message, evidence, {"change": {lost.name: {"reasons": content}}})


def _extra_work(rules: Rules, deals: Sequence[Deal], threshold: float) -> Iterator[Proposal]:
    """Work outside the playbook that so many do that it belongs into it, by the stage in which it is done most."""
    places: defaultdict[str, Counter[str]] = defaultdict(Counter)
    who: defaultdict[str, set[str]] = defaultdict(set)
    for deal in deals:
        here = ""
        for event in deal.history:
            if isinstance(event, Opened | Migrated):
                here = event.stage
            elif isinstance(event, Entered):
                here = event.destination
            elif isinstance(event, ActivityDone) and event.extra and _NAME.fullmatch(event.activity):
                places[event.activity][here] += 1
                who[event.activity].add(deal.id)
    by_stage: defaultdict[str, list[str]] = defaultdict(list)
    for name, ids in who.items():
        if _enough(len(ids), len(deals), threshold):
            by_stage[places[name].most_common(1)[0][0]].append(name)
    for stage in rules.process.stages:
        if names := by_stage[stage.name]:
            told = ", ".join(f"{name} ({results.percent(len(who[name]) / len(deals))})" for name in names)
            message = f"of {len(deals):,} deals many have work that no stage lists: {told}: add it to {stage.name}"
            content = (*stage.activities, *map(Activity, names))
            evidence = {"deals": len(deals), **{name: float(len(who[name])) for name in names}}
            revision = {"change": {stage.name: {"activities": content}}}
            yield Proposal("activity.unlisted", stage.name, message, evidence, revision)
