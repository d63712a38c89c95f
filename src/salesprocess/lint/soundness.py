"""What keeps a rulebook from being built: it contradicts itself, or names what is not there."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import get_args

import attrs

from salesprocess.criteria import Criterion, Subject
from salesprocess.errors import SalesProcessError
from salesprocess.events import TERMS
from salesprocess.facts import KINDS, Fact, fact_value
from salesprocess.lint.findings import found
from salesprocess.routes import RESERVED
from salesprocess.rules import (
    Back,
    FactPolicy,
    MoveLabels,
    Override,
    Policy,
    Rulebook,
    Skip,
    Transition,
    Win,
    every_criterion,
)
from salesprocess.stages import CATEGORIES, Activity, CanonicalStep, LossReason, Stage, StageKind
from salesprocess.staleness import Untouched
from salesprocess.verdicts import Finding
from salesprocess.working_time import WorkingDays, WorkingHours

_NAME = re.compile(r"[a-z][a-z0-9_-]*")


def is_name(text: object) -> bool:
    """Whether a text can name a process, a stage, a fact, an activity, a transition or a reason.

    >>> is_name("site_survey"), is_name("Site survey")
    (True, False)
    """
    return isinstance(text, str) and _NAME.fullmatch(text) is not None


def errors(rulebook: Rulebook) -> tuple[Finding, ...]:
    """Everything that keeps the rulebook from being built; nothing when it is sound.

    >>> from salesprocess.templates import load
    >>> errors(load("generic"))
    ()
    """
    kinds = list(_wrong_kinds(rulebook))
    if kinds:
        return tuple(kinds)
    checks = (_names, _facts, _stages, _stage_order, _transitions, _policy, _mentions)
    return tuple(finding for check in checks for finding in check(rulebook))


def _wrong_kinds(rulebook: Rulebook) -> Iterator[Finding]:
    """Things of the wrong type, which the other checks could not read."""
    yield from _no_texts("process", rulebook, ("name", "label"))
    stages = [stage for stage in rulebook.stages if isinstance(stage, Stage)]
    wanted: tuple[tuple[str, Iterable[object], type], ...] = (
        ("facts", rulebook.facts, Fact),
        ("stages", rulebook.stages, Stage),
        ("transitions", rulebook.transitions, Transition),
        ("policy", [rulebook.policy], Policy),
        ("move_labels", [rulebook.move_labels], MoveLabels),
        *((f"{stage.name}.activities", stage.activities, Activity) for stage in stages),
        *((f"{stage.name}.reasons", stage.reasons, LossReason) for stage in stages),
    )
    for place, values, kind in wanted:
        for value in values:
            if not isinstance(value, kind):
                yield found("kind", place, f"{value!r} is no {kind.__name__}")
                continue
            yield from _no_texts(place, value, _TEXTS[kind])
            for name in _TRUTHS.get(kind, ()):
                if not isinstance(truth := getattr(value, name), bool):
                    yield found("kind", place, f"{name} is True or False, not {truth!r}")
    for stage in stages:
        parts = (*stage.entry, *stage.exit, *stage.locked, *(() if stage.when is None else (stage.when,)))
        yield from _not_criteria(stage.name, parts)
    for transition in rulebook.transitions:
        if isinstance(transition, Transition):
            parts = (*transition.criteria, *(() if transition.when is None else (transition.when,)))
            yield from _not_criteria(transition.name, parts)


_TEXTS: Mapping[type, tuple[str, ...]] = {
    Fact: ("name", "label"),
    Stage: ("name", "label", "guidance"),
    Activity: ("name", "label"),
    LossReason: ("name", "label"),
    Transition: ("name", "source", "destination", "label"),
    Policy: (),
    MoveLabels: tuple(field.name for field in attrs.fields(MoveLabels)),
}
"""The fields of each kind of part that are texts."""

_TRUTHS: Mapping[type, tuple[str, ...]] = {
    Fact: ("many",),
    Stage: ("optional",),
    Activity: ("required",),
    LossReason: ("counts",),
}
"""The fields that are True or False; anything else would count as one of the two."""


def _no_texts(place: str, part: object, names: Iterable[str]) -> Iterator[Finding]:
    for name in names:
        if not isinstance(text := getattr(part, name), str):
            yield found("kind", place, f"the {name} {text!r} is no text")


def _not_criteria(subject: str, values: Iterable[object]) -> Iterator[Finding]:
    for value in values:
        if not isinstance(value, Criterion):
            yield found("kind", str(subject), f"{value!r} is no criterion; call the rule to get one, has('x')")


def _names(rulebook: Rulebook) -> Iterator[Finding]:
    named = [
        ("process", [rulebook.name]),
        ("fact", [fact.name for fact in rulebook.facts]),
        ("stage", [stage.name for stage in rulebook.stages]),
        ("transition", [transition.name for transition in rulebook.transitions]),
        ("activity", [activity.name for stage in rulebook.stages for activity in stage.activities]),
        ("reason", [reason.name for stage in rulebook.stages for reason in stage.reasons]),
    ]
    for what, names in named:
        for name in dict.fromkeys(names):
            if not is_name(name):
                yield found(
                    "name.invalid", str(name), f"a {what} is named by a lower-case letter, then a-z, 0-9, _ or -"
                )
    if isinstance(rulebook.version, bool) or not isinstance(rulebook.version, int) or rulebook.version < 1:
        yield found(
            "version.invalid", str(rulebook.name), f"a version is a whole number from 1, not {rulebook.version!r}"
        )


def _repeated(names: Iterable[str]) -> list[str]:
    return [name for name, count in Counter(names).items() if count > 1]


def _facts(rulebook: Rulebook) -> Iterator[Finding]:
    for name in _repeated(fact.name for fact in rulebook.facts):
        yield found("fact.duplicate", name, "the fact is declared more than once")
    for fact in rulebook.facts:
        if fact.name in TERMS:
            yield found(
                "fact.term", fact.name, "every deal has a term of this name; amend that, or name the fact otherwise"
            )
    for fact in rulebook.facts:
        if fact.kind not in KINDS:
            known = ", ".join(kind.__name__ for kind in KINDS)
            yield found(
                "fact.kind", fact.name, f"{fact.kind!r} is no kind of fact; known: {known}; many=True for tuples"
            )
            continue
        if fault := _wrong_bound(fact):
            yield found("fact.bound", fact.name, fault)


def _wrong_bound(fact: Fact) -> str:
    """What is wrong with the first bound or choice that cannot be kept; nothing when all can."""
    bounds = [bound for bound in (fact.minimum, fact.maximum) if bound is not None]
    stated = (*bounds, *fact.choices)
    for bound in stated:
        if not _fits(bound, fact):
            return f"{bound!r} is no {fact.kind.__name__}"
    try:
        for bound in stated:
            fact_value(fact.name, bound)
        if len(bounds) == 2 and bounds[0] > bounds[1]:
            return f"the minimum {bounds[0]} lies above the maximum {bounds[1]}"
    except SalesProcessError as error:
        return str(error)
    return ""


def _fits(bound: object, fact: Fact) -> bool:
    return type(bound) is fact.kind or (fact.kind.__name__ in ("float", "Decimal") and type(bound) is int)


def _stages(rulebook: Rulebook) -> Iterator[Finding]:
    for name in _repeated(stage.name for stage in rulebook.stages):
        yield found("stage.duplicate", name, "two stages have this name")
    for stage in rulebook.stages:
        if stage.kind not in get_args(StageKind):
            yield found(
                "stage.kind", stage.name, f"{stage.kind!r} is no kind; use Stage, Stage.won, .lost or .after_sale"
            )
        if stage.probability is not None and not _is_probability(stage.probability):
            yield found("probability.range", stage.name, f"the probability {stage.probability!r} lies outside [0, 1]")
        if stage.category is not None and stage.category not in CATEGORIES:
            yield found("category.unknown", stage.name, f"{stage.category!r} is no category; {', '.join(CATEGORIES)}")
        if stage.canonical is not None and stage.canonical not in get_args(CanonicalStep):
            known = ", ".join(get_args(CanonicalStep))
            yield found("canonical.unknown", stage.name, f"{stage.canonical!r} is no canonical step; {known}")
        yield from _durations(stage)
        for name in _repeated(activity.name for activity in stage.activities):
            yield found("activity.duplicate", stage.name, f"the activity {name!r} is listed twice")
        for name in _repeated(reason.name for reason in stage.reasons):
            yield found("reason.duplicate", stage.name, f"the reason {name!r} is listed twice")


def _durations(stage: Stage) -> Iterator[Finding]:
    typical = stage.typical_duration
    if typical is not None and not _is_positive(typical):
        yield found("duration.invalid", stage.name, f"typical_duration must be a positive timedelta, not {typical!r}")
    for each in stage.activities:
        span = each.within.span if isinstance(each.within, WorkingHours) else each.within
        if span is not None and not isinstance(span, WorkingDays) and not _is_positive(span):
            message = f"{each.name} is due within a positive span, not {each.within!r}"
            yield found("duration.invalid", stage.name, message)


def _is_positive(span: object) -> bool:
    return isinstance(span, timedelta) and span > timedelta(0)


def _is_probability(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1


def _stage_order(rulebook: Rulebook) -> Iterator[Finding]:
    kinds = [stage.kind for stage in rulebook.stages]
    for kind in ("won", "lost"):
        if kinds.count(kind) != 1:
            code = f"{kind}.missing" if kind not in kinds else f"{kind}.several"
            yield found(
                code, rulebook.name, f"a process has exactly one {kind} stage, not {kinds.count(kind)}; Stage.{kind}"
            )
    if "open" not in kinds:
        yield found("stage.none_open", rulebook.name, "a process needs at least one open stage, or no deal can begin")
    if kinds.count("won") == 1:
        place = kinds.index("won")
        for stage in (s for s in rulebook.stages[place:] if s.kind == "open"):
            yield found("stage.order", stage.name, "an open stage stands after the won one; put it before")
        for stage in (s for s in rulebook.stages[:place] if s.kind == "after_sale"):
            yield found("stage.order", stage.name, "an after-sale stage stands before the won one; put it after")
    policy = rulebook.policy
    opens = [stage for stage in rulebook.stages if stage.kind == "open"]
    if isinstance(policy.win, tuple) and not any(stage.name in policy.win for stage in opens):
        direct = {t.destination for t in rulebook.transitions}
        if not any(stage.name in direct for stage in rulebook.stages if stage.kind == "won"):
            yield found("won.unreachable", rulebook.name, "no stage can win: policy.win names no open stage")


def _transitions(rulebook: Rulebook) -> Iterator[Finding]:
    stages = {stage.name: stage for stage in rulebook.stages}
    for transition in rulebook.transitions:
        name = transition.name
        if name in RESERVED or str(name).startswith("to_"):
            yield found("transition.reserved", name, "the name belongs to a standard transition; choose another")
        for end in (transition.source, transition.destination):
            if end not in stages:
                known = ", ".join(stages)
                yield found(
                    "transition.nowhere", name, f"it names the stage {end!r}, which is not there; stages: {known}"
                )
        if transition.source == transition.destination:
            yield found("transition.loop", name, "it leads to the stage it leaves; record an activity instead")
        source, destination = stages.get(transition.source), stages.get(transition.destination)
        if source and destination and destination.kind == "after_sale" and source.status != "won":
            yield found(
                "transition.unsold", name, f"{destination.name!r} comes after the sale, {source.name!r} is not sold"
            )
    same = Counter((t.name, t.source, t.destination) for t in rulebook.transitions)
    for (name, start, end), count in same.items():
        if count > 1:
            yield found("transition.duplicate", name, f"it is there {count} times from {start!r} to {end!r}")


def _policy(rulebook: Rulebook) -> Iterator[Finding]:
    policy = rulebook.policy
    opens = [stage.name for stage in rulebook.stages if stage.kind == "open"]
    if policy.skip not in get_args(Skip):
        yield found("policy.skip", "policy", f"skip is one of {', '.join(get_args(Skip))}, not {policy.skip!r}")
    if policy.back not in get_args(Back):
        yield found("policy.back", "policy", f"back is one of {', '.join(get_args(Back))}, not {policy.back!r}")
    if policy.facts not in get_args(FactPolicy):
        yield found(
            "policy.facts", "policy", f"facts is one of {', '.join(get_args(FactPolicy))}, not {policy.facts!r}"
        )
    if isinstance(policy.win, str) and policy.win not in get_args(Win):
        yield found("policy.win", "policy", f"win is 'end', 'any' or a tuple of stages, not {policy.win!r}")
    if isinstance(policy.win, tuple):
        for marked in policy.win:
            if marked not in opens:
                yield found("policy.win", "policy", f"win names {marked!r}, which is no open stage")
    if policy.reopen not in ("left", "never", *opens):
        yield found("policy.reopen", "policy", f"reopen is 'left', 'never' or an open stage, not {policy.reopen!r}")
    if isinstance(policy.override, str) and policy.override not in get_args(Override):
        yield found(
            "policy.override", "policy", f"override is 'never', 'recorded' or a tuple of roles, not {policy.override!r}"
        )
    if not isinstance(policy.clock_skew, timedelta) or policy.clock_skew < timedelta(0):
        yield found("policy.clock_skew", "policy", f"clock_skew is a timedelta from 0, not {policy.clock_skew!r}")


def activities(rulebook: Rulebook) -> tuple[str, ...]:
    """Every activity that a stage lists, once.

    >>> from salesprocess.templates import load
    >>> activities(load("generic"))[:2]
    ('lead_generation', 'referrals')
    """
    return tuple(dict.fromkeys(a.name for stage in rulebook.stages for a in stage.activities))


def _mentions(rulebook: Rulebook) -> Iterator[Finding]:
    known: dict[Subject, Sequence[str]] = {
        "stage": [stage.name for stage in rulebook.stages],
        "activity": activities(rulebook),
        "term": TERMS,
    }
    if rulebook.policy.facts == "declared":
        known["fact"] = [fact.name for fact in rulebook.facts]
        known["value"] = [*TERMS, *known["fact"]]
    places: list[tuple[str, Criterion | Untouched]] = [
        *every_criterion(rulebook),
        *(("policy.staleness", rule) for rule in rulebook.policy.staleness if isinstance(rule, Untouched)),
    ]
    for where, criterion in places:
        for subject, names in known.items():
            for name in criterion.mentions(subject):
                if name not in names:
                    there = ", ".join(names) or "none"
                    yield found(
                        f"{subject}.unknown",
                        where,
                        f"{criterion} names the {subject} {name!r}, which is not there; {there}",
                    )
