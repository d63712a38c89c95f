"""The next version of a rulebook, the same rulebook with other priors, and the digest that tells contents apart."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from functools import partial
from typing import Any, TypeVar, cast

import attrs

from salesprocess import given
from salesprocess.criteria import Criterion
from salesprocess.errors import WrongKind, gather, raise_together
from salesprocess.facts import Fact
from salesprocess.frozen import FrozenDict, tuple_of
from salesprocess.rules import Policy, Rulebook, Transition
from salesprocess.stages import Stage, words_of
from salesprocess.verdicts import Finding
from salesprocess.working_time import Span

T = TypeVar("T", Stage, Transition)
Many = Iterable[Any]
"""Several criteria, activities, loss reasons or facts; to drop, the last three by name."""

PRIORS = ("probability", "category", "typical_duration")
"""What a tuning may change: numbers that forecasts start from, never rules."""

_LISTS: Mapping[type[Any], tuple[str, ...]] = {
    Stage: ("entry", "exit", "locked", "activities", "reasons"),
    Transition: ("criteria",),
}
"""The lists inside a part to which something can be added and from which it can be dropped."""


@attrs.frozen(kw_only=True)
class Edit:
    """What a revision changes; every name is the one before it."""

    rename: Mapping[str, str]
    before: Mapping[str, Stage | Iterable[Stage]]
    after: Mapping[str, Stage | Iterable[Stage]]
    without: tuple[str, ...]
    order: tuple[str, ...]
    change: Mapping[str, Mapping[str, Any]]
    add: Mapping[str, Many]
    drop: Mapping[str, Many]
    transitions: tuple[Transition, ...]
    facts: tuple[Fact, ...]
    policy: Policy | None

    def __attrs_post_init__(self) -> None:
        mappings = ("rename", "before", "after", "change", "add", "drop")
        gather(
            *(partial(given.mapping, getattr(self, name), name) for name in mappings),
            self._changes,
            lambda: given.texts(self.rename, "rename") if isinstance(self.rename, Mapping) else None,
            lambda: given.several(Transition, self.transitions, "transitions"),
            lambda: given.several(Fact, self.facts, "facts"),
            lambda: None if self.policy is None else given.a(Policy, self.policy, "policy"),
        )

    def _changes(self) -> None:
        changes: Mapping[str, object] = self.change if isinstance(self.change, Mapping) else {}
        raise_together(
            WrongKind(f"change[{name!r}]", values, "a mapping from fields to values")
            for name, values in changes.items()
            if not isinstance(values, Mapping)
        )


@attrs.frozen
class Revised:
    """The parts of a rulebook after an edit, and what the edit names that is not there."""

    facts: tuple[Fact, ...]
    stages: tuple[Stage, ...]
    transitions: tuple[Transition, ...]
    policy: Policy
    findings: tuple[Finding, ...]


def revised(rulebook: Rulebook, edit: Edit) -> Revised:
    """The parts of the rulebook after an edit: changed, dropped, added, left out, inserted, put in order, renamed."""
    findings = [*_unknown_names(rulebook, edit), *_unknown_places(rulebook, edit)]
    stages: list[Stage] = []
    for stage in rulebook.stages:
        stages.extend(_each(edit.before.get(stage.name, ())))
        if stage.name not in edit.without:
            stages.append(_edited(stage, edit, findings))
        stages.extend(_each(edit.after.get(stage.name, ())))
    kept = [_edited(each, edit, findings) for each in rulebook.transitions if each.name not in edit.without]
    names = edit.rename
    return Revised(
        _facts(rulebook, edit, findings),
        tuple(renamed_stage(stage, names) for stage in _ordered(stages, edit.order)),
        tuple(renamed_transition(each, names) for each in (*kept, *edit.transitions)),
        renamed_policy(rulebook.policy if edit.policy is None else edit.policy, names),
        tuple(findings),
    )


def _unknown_names(rulebook: Rulebook, edit: Edit) -> Iterator[Finding]:
    stages = [stage.name for stage in rulebook.stages]
    parts = [*stages, *(transition.name for transition in rulebook.transitions)]
    for name in edit.change:
        if name in edit.without:
            yield Finding("change.unknown", "error", name, "it is changed and left out; do one of the two")
    used: tuple[tuple[str, Iterable[str], list[str]], ...] = (
        ("before", edit.before, stages),
        ("after", edit.after, stages),
        ("without", dict.fromkeys(edit.without), parts),
        ("change", edit.change, parts),
        ("rename", edit.rename, stages),
        ("order", dict.fromkeys(edit.order), stages),
    )
    for what, names, known in used:
        yield from (_missing(name, what, known) for name in names if name not in known)
    for name in dict.fromkeys(edit.order):
        if edit.order.count(name) > 1:
            yield Finding("order.unknown", "error", name, "it stands in the order more than once")
        elif name in edit.without:
            yield Finding("order.unknown", "error", name, "it is put in order and left out; do one of the two")


def _unknown_places(rulebook: Rulebook, edit: Edit) -> Iterator[Finding]:
    parts: tuple[Stage | Transition, ...] = (*rulebook.stages, *rulebook.transitions)
    known = [f"{part.name}.{each}" for part in parts if part.name not in edit.without for each in _LISTS[type(part)]]
    yield from (_missing(place, "add", known) for place in edit.add if place not in known)
    yield from (_missing(place, "drop", ["facts", *known]) for place in edit.drop if place not in ("facts", *known))


def _each(value: Stage | Iterable[Stage]) -> Iterator[Stage]:
    if isinstance(value, Stage):
        yield value
    else:
        yield from value


def _edited(part: T, edit: Edit, findings: list[Finding]) -> T:
    part = _changed(part, edit.change, findings)
    lists: dict[str, Any] = {}
    for field in _LISTS[type(part)]:
        place: str = f"{part.name}.{field}"
        if place in edit.add or place in edit.drop:
            left: tuple[Any, ...] = _dropped(getattr(part, field), edit.drop.get(place, ()), place, findings)
            lists[field] = (*left, *tuple_of(edit.add.get(place, ()), f"add[{place!r}]"))
    return attrs.evolve(part, **lists)


def _dropped(values: tuple[Any, ...], gone: Many, place: str, findings: list[Finding]) -> tuple[Any, ...]:
    """What is left: criteria are dropped as they are written, everything else by name."""
    wanted = tuple_of(gone, f"drop[{place!r}]")
    known = [each if isinstance(each, Criterion) else each.name for each in values]
    findings.extend(_missing(str(each), "drop", map(str, known), place) for each in wanted if each not in known)
    return tuple(each for each, name in zip(values, known, strict=True) if name not in wanted)


def _facts(rulebook: Rulebook, edit: Edit, findings: list[Finding]) -> tuple[Fact, ...]:
    """The facts with those of the edit, which take the place of their namesakes."""
    left = _dropped(rulebook.facts, edit.drop.get("facts", ()), "facts", findings)
    latest = {fact.name: fact for fact in (*left, *edit.facts)}
    known = {fact.name for fact in left}
    # Two facts of one name in the edit are left as they are, for the analysis to find.
    return (*(latest[fact.name] for fact in left), *(fact for fact in edit.facts if fact.name not in known))


def _ordered(stages: list[Stage], order: tuple[str, ...]) -> Iterator[Stage]:
    """The stages, those that are named in the given order among the places that they have."""
    named = {stage.name: stage for stage in stages if stage.name in order}
    turn = iter([name for name in dict.fromkeys(order) if name in named])
    for stage in stages:
        yield named[next(turn)] if stage.name in named else stage


def renamed_stage(stage: Stage, names: Mapping[str, str]) -> Stage:
    """The stage under the new names of stages, its own and those that its criteria speak of."""
    if not names:
        return stage
    name = names.get(stage.name, stage.name)
    return attrs.evolve(
        stage,
        name=name,
        label=words_of(name) if stage.label == words_of(stage.name) else stage.label,
        entry=_renamed_criteria(stage.entry, names),
        exit=_renamed_criteria(stage.exit, names),
        locked=_renamed_criteria(stage.locked, names),
        when=None if stage.when is None else _renamed_criterion(stage.when, names),
    )


def renamed_transition(transition: Transition, names: Mapping[str, str]) -> Transition:
    """The transition between the stages under their new names."""
    return attrs.evolve(
        transition,
        source=names.get(transition.source, transition.source),
        destination=names.get(transition.destination, transition.destination),
        criteria=_renamed_criteria(transition.criteria, names),
        when=None if transition.when is None else _renamed_criterion(transition.when, names),
    )


def renamed_policy(policy: Policy, names: Mapping[str, str]) -> Policy:
    """The policy with the stages that it names under their new names."""
    win = policy.win if isinstance(policy.win, str) else tuple(names.get(name, name) for name in policy.win)
    return attrs.evolve(policy, win=win, reopen=names.get(policy.reopen, policy.reopen))


def _renamed_criteria(criteria: tuple[Criterion, ...], names: Mapping[str, str]) -> tuple[Criterion, ...]:
    return tuple(_renamed_criterion(each, names) for each in criteria)


def _renamed_criterion(criterion: Criterion, names: Mapping[str, str]) -> Criterion:
    """The criterion, and those inside it, with the new names of the stages that they speak of."""

    def renamed(parameter: str, value: Any) -> Any:
        if isinstance(value, Criterion):
            return _renamed_criterion(value, names)
        if isinstance(value, tuple):
            return tuple(renamed(parameter, each) for each in value)  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
        return names.get(value, value) if criterion.rule.names.get(parameter) == "stage" else value

    return Criterion(criterion.rule, FrozenDict((name, renamed(name, v)) for name, v in criterion.parameters.items()))


def _changed(part: T, change: Mapping[str, Mapping[str, Any]], findings: list[Finding]) -> T:
    """The part with other values; a prior that changes is no longer what its source stated."""
    fields = change.get(part.name, {})
    known = {field.name for field in attrs.fields(type(part))}
    findings.extend(
        Finding("change.unknown", "error", part.name, f"a {type(part).__name__.lower()} has no {name!r}")
        for name in fields
        if name not in known
    )
    values = {name: value for name, value in fields.items() if name in known}
    if isinstance(part, Stage) and "provenance" not in values:
        stale = [name for name in PRIORS if name in values and values[name] != getattr(part, name)]
        values["provenance"] = {name: said for name, said in part.provenance.items() if name not in stale}
    return attrs.evolve(part, **values)


def _missing(name: str, what: str, known: Iterable[str], place: str = "") -> Finding:
    where = f" in {place}" if place else ""
    message = f"{what} names what is not there{where}; known: {', '.join(sorted(known)) or 'nothing'}"
    return Finding(f"{what}.unknown", "error", name, message)


def retuned(
    rulebook: Rulebook, priors: Mapping[str, float | Mapping[str, Any]]
) -> tuple[tuple[Stage, ...], list[Finding]]:
    """The stages with other priors, and what `priors` names that is no stage or no prior."""
    given.mapping(priors, "priors", "stages to numbers")
    change = {name: prior if isinstance(prior, Mapping) else {"probability": prior} for name, prior in priors.items()}
    findings = [
        Finding("prior.unknown", "error", name, f"{field!r} is a rule or nothing, not a prior: {', '.join(PRIORS)}")
        for name, fields in change.items()
        for field in fields
        if field not in PRIORS
    ]
    names = [stage.name for stage in rulebook.stages]
    findings.extend(_missing(name, "retune", names) for name in change if name not in names)
    return tuple(_changed(stage, change, []) for stage in rulebook.stages), findings


def rules_digest(rulebook: Rulebook) -> str:
    """A digest of everything that decides: not of labels, guidance and priors, which may differ within one version.

    The same in every Python run and on every machine.
    """
    from hashlib import sha256  # noqa: PLC0415 - loads OpenSSL, and few programs ask for a digest

    return sha256("\n".join(_lines(rulebook)).encode()).hexdigest()[:16]


def _lines(rulebook: Rulebook) -> Iterator[str]:
    yield f"{rulebook.name} {rulebook.version}"
    for fact in rulebook.facts:
        yield f"fact {fact.name} {fact.kind.__name__} {fact.minimum} {fact.maximum} {fact.choices} {fact.many}"
    for stage in rulebook.stages:
        yield f"stage {stage.name} {stage.kind} {stage.optional}"
        yield from (f"activity {each.name} {each.required} {_soon(each.within)}" for each in stage.activities)
        yield from (f"reason {each.name} {each.counts}" for each in stage.reasons)
        yield from (f"{where} {_exact(criterion)}" for where, criterion in stage.criteria())
    for each in rulebook.transitions:
        yield f"transition {each.name} {each.source} {each.destination} {_exact(each.criteria)} {_exact(each.when)}"
    yield repr(attrs.astuple(rulebook.policy, filter=lambda field, _: field.name not in ("clock_skew", "staleness")))


def _soon(span: Span | None) -> str:
    return str(span) if span is None or isinstance(span, timedelta) else repr(span)  # the words of others may change


def _exact(value: object) -> str:
    """A parameter with its type, so that 1 and "1" differ, and a set in one order in every run of Python."""
    if isinstance(value, Criterion):
        return f"{value.code}({', '.join(f'{name}={_exact(each)}' for name, each in value.parameters.items())})"
    if isinstance(value, tuple):
        return f"({', '.join(map(_exact, cast('tuple[object, ...]', value)))})"
    if isinstance(value, frozenset):
        return f"{{{', '.join(sorted(map(_exact, cast('frozenset[object]', value))))}}}"
    return f"{type(value).__name__}:{value!r}"
