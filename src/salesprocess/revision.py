"""The next version of a rulebook, the same rulebook with other priors, and the digest that tells contents apart."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeVar, cast

import attrs

from salesprocess.criteria import Criterion
from salesprocess.frozen import tuple_of
from salesprocess.rules import Rulebook, Transition
from salesprocess.stages import Stage
from salesprocess.verdicts import Finding

T = TypeVar("T", Stage, Transition)

PRIORS = ("probability", "category", "typical_duration")
"""What a tuning may change: numbers that forecasts start from, never rules."""


def revised(
    rulebook: Rulebook,
    *,
    before: Mapping[str, Stage | Iterable[Stage]],
    after: Mapping[str, Stage | Iterable[Stage]],
    without: Iterable[str],
    change: Mapping[str, Mapping[str, Any]],
    transitions: Iterable[Transition],
) -> tuple[tuple[Stage, ...], tuple[Transition, ...], list[Finding]]:
    """The stages and transitions after an edit, and what the edit names that is not there."""
    gone = dict.fromkeys(tuple_of(without, "without"))
    known = {stage.name for stage in rulebook.stages} | {transition.name for transition in rulebook.transitions}
    findings = [
        Finding("change.unknown", "error", name, "it is changed and left out; do one of the two")
        for name in change
        if name in gone
    ]
    findings += [
        _missing(name, what, known)
        for what, names in (("before", before), ("after", after), ("without", gone), ("change", change))
        for name in names
        if name not in (known if what in ("without", "change") else {stage.name for stage in rulebook.stages})
    ]
    stages: list[Stage] = []
    for stage in rulebook.stages:
        stages.extend(_each(before.get(stage.name, ())))
        if stage.name not in gone:
            stages.append(_changed(stage, change, findings))
        stages.extend(_each(after.get(stage.name, ())))
    kept = [_changed(each, change, findings) for each in rulebook.transitions if each.name not in gone]
    return tuple(stages), (*kept, *transitions), findings


def _each(value: Stage | Iterable[Stage]) -> Iterator[Stage]:
    if isinstance(value, Stage):
        yield value
    else:
        yield from value


def _changed(part: T, change: Mapping[str, Mapping[str, Any]], findings: list[Finding]) -> T:
    fields = change.get(part.name, {})
    known = {field.name for field in attrs.fields(type(part))}
    unknown = [name for name in fields if name not in known]
    findings.extend(
        Finding("change.unknown", "error", part.name, f"a {type(part).__name__.lower()} has no {name!r}")
        for name in unknown
    )
    return attrs.evolve(part, **{name: value for name, value in fields.items() if name in known})


def _missing(name: str, what: str, known: Iterable[str]) -> Finding:
    return Finding(
        f"{what}.unknown", "error", name, f"{what} names what is not there; known: {', '.join(sorted(known))}"
    )


def retuned(
    rulebook: Rulebook, priors: Mapping[str, float | Mapping[str, Any]]
) -> tuple[tuple[Stage, ...], list[Finding]]:
    """The stages with other priors, and what `priors` names that is no stage or no prior."""
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
        yield from (f"activity {each.name} {each.required} {each.within}" for each in stage.activities)
        yield from (f"reason {each.name} {each.counts}" for each in stage.reasons)
        yield from (f"{where} {_exact(criterion)}" for where, criterion in stage.criteria())
    for each in rulebook.transitions:
        yield f"transition {each.name} {each.source} {each.destination} {_exact(each.criteria)} {_exact(each.when)}"
    yield repr(attrs.astuple(rulebook.policy, filter=lambda field, _: field.name not in ("clock_skew", "staleness")))


def _exact(value: object) -> str:
    """A parameter with its type, so that 1 and "1" differ, and a set in one order in every run of Python."""
    if isinstance(value, Criterion):
        return f"{value.code}({', '.join(f'{name}={_exact(each)}' for name, each in value.parameters.items())})"
    if isinstance(value, tuple):
        return f"({', '.join(map(_exact, cast('tuple[object, ...]', value)))})"
    if isinstance(value, frozenset):
        return f"{{{', '.join(sorted(map(_exact, cast('frozenset[object]', value))))}}}"
    return f"{type(value).__name__}:{value!r}"
