"""Whether your own tests would notice that a rule is gone: they are run against rulebooks with one rule loosened."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import attrs

from salesprocess import criteria as c
from salesprocess.criteria import Criterion
from salesprocess.lint.gates import way_in
from salesprocess.process import Process
from salesprocess.routes import Routes
from salesprocess.rules import Policy, Transition
from salesprocess.stages import Stage

_Fields = dict[str, Any]
_LOOSER: dict[str, tuple[str, ...]] = {
    "skip": ("never", "optional", "any"),
    "back": ("never", "previous", "any"),
    "win": ("end", "any"),
    "reopen": ("never", "left"),
    "override": ("never", "recorded"),
    "facts": ("declared", "free"),
}
"""The words for each policy, the strictest first."""


@attrs.frozen
class Mutant:
    """A rulebook with one rule loosened.

    Attributes:
        change: what was changed, in words.
        process: the rulebook with the change.
    """

    change: str
    process: Process

    def __str__(self) -> str:
        return self.change


@attrs.frozen
class Survivors:
    """Which changes of a rulebook a suite of tests noticed, and which it did not; prints as a list.

    Attributes:
        process: the rulebook.
        noticed: the mutants on which the suite failed.
        survived: those on which it passed: rules that no test holds.
    """

    process: Process
    noticed: tuple[Mutant, ...]
    survived: tuple[Mutant, ...]

    @property
    def n(self) -> int:
        """How many mutants were tried."""
        return len(self.noticed) + len(self.survived)

    def __bool__(self) -> bool:
        return bool(self.survived)

    def to_rows(self) -> list[dict[str, Any]]:
        """Each mutant as a plain dict: its `change`, and whether it was `noticed`."""
        told = [(mutant, True) for mutant in self.noticed] + [(mutant, False) for mutant in self.survived]
        return [{"change": mutant.change, "noticed": noticed} for mutant, noticed in told]

    def __str__(self) -> str:
        head = f"{self.process.name} version {self.process.version}: {len(self.noticed)} of {self.n} changes noticed"
        return "\n".join([head, *(f"- not noticed: {mutant}" for mutant in self.survived)])


def survivors(process: Process, *, check: Callable[[Process], object]) -> Survivors:
    """Run your own tests against the rulebook with one rule loosened at a time, and say what they did not notice.

    A criterion is dropped (a part of an `all_of` as well), a condition under which a stage or a transition applies is
    dropped, required work is free, a stage may be skipped, a policy is one step looser, a fact has no bounds, any
    reason for a loss is taken, a shortcut past a stage is added; changes that alter nothing are left out. This is
    mutation testing (DeMillo, Lipton and Sayward 1978, Computer 11(4), 34-41) of the rulebook instead of the code.
    `check` runs once for the rulebook itself and once for each mutant.

    Args:
        process: the rulebook.
        check: your tests, for the rulebook that they are given: raises when one fails. A generated test case runs with
            `lambda process: workflow_test(process)("runTest").debug()`.

    Raises:
        Exception: what `check` raises for the rulebook itself, with a note that says so: mend that first.

    >>> from datetime import UTC, datetime
    >>> from salesprocess import Activity, Policy, Process, Stage
    >>> lead = Stage("lead", exit=[c.done("call")], activities=[Activity("call")])
    >>> stages = [lead, Stage.won("sold"), Stage.lost("lost")]
    >>> kiosk = Process("kiosk", stages=stages, policy=Policy(facts="free"))
    >>> def nobody_buys_without_a_call(process: Process) -> None:
    ...     deal = process.open("A", at=datetime(2026, 1, 5, tzinfo=UTC))
    ...     assert not process.decide(deal, "win", at=deal.opened_at).allowed
    >>> print(survivors(kiosk, check=nobody_buys_without_a_call))
    kiosk version 1: 1 of 1 changes noticed
    """
    try:
        check(process)
    except BaseException as error:
        error.add_note(f"{process.name} version {process.version} itself fails; survivors() tries what should fail")
        raise
    noticed: list[Mutant] = []
    survived: list[Mutant] = []
    for change, fields in _changes(process):
        mutant = Mutant(change, attrs.evolve(process, **fields))
        if _decides(mutant.process) == _decides(process):
            continue  # such as a stage that may be skipped, where nothing comes after it
        (survived if _passes(check, mutant) else noticed).append(mutant)
    return Survivors(process, tuple(noticed), tuple(survived))


def _decides(process: Process) -> tuple[object, ...]:
    """Everything that a verb can be refused for."""
    policy = process.policy
    routes = [
        (name, each.kind, each.source.name, each.destination.name, each.applies, each.checks, each.inputs)
        for name, each in Routes(process).all()
    ]
    stages = [(way_in(stage), stage.reasons) for stage in process.stages]
    return routes, process.facts, stages, (policy.reopen, policy.override, policy.facts)


def _passes(check: Callable[[Process], object], mutant: Mutant) -> bool:
    try:
        check(mutant.process)
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException:  # noqa: BLE001 - pytest's failures are no `Exception`
        return False
    return True


def _changes(process: Process) -> Iterator[tuple[str, _Fields]]:
    for place, stage in enumerate(process.stages):
        for change, fields in _of_stage(stage, process.policy):
            yield f"{stage.name}: {change}", {"stages": _with(process.stages, place, attrs.evolve(stage, **fields))}
    for place, move in enumerate(process.transitions):
        for change, fields in _conditions(move, ("criteria",)):
            altered = attrs.evolve(move, **fields)
            yield f"{move.name}: {change}", {"transitions": _with(process.transitions, place, altered)}
    for place, fact in enumerate(process.facts):
        for bound in ("minimum", "maximum", "choices"):
            if getattr(fact, bound) not in (None, ()):
                free = attrs.evolve(fact, **_Fields({bound: () if bound == "choices" else None}))
                yield f"fact {fact.name}: no {bound}", {"facts": _with(process.facts, place, free)}
    yield from _of_policy(process.policy)
    yield from _shortcuts(process)


def _of_stage(stage: Stage, policy: Policy) -> Iterator[tuple[str, _Fields]]:
    yield from _conditions(stage, ("entry", "exit", "locked"))
    for place, work in enumerate(stage.activities):
        if work.required:
            free = attrs.evolve(work, required=False)
            yield f"{work.name} is not required", {"activities": _with(stage.activities, place, free)}
    if stage.kind == "open" and not stage.optional and policy.skip == "optional":
        yield "optional", {"optional": True}
    if stage.kind == "lost" and stage.reasons:
        yield "any reason", {"reasons": ()}


def _conditions(owner: Stage | Transition, places: Sequence[str]) -> Iterator[tuple[str, _Fields]]:
    """What is left when one criterion is dropped, or the condition under which the owner applies."""
    for name in places:
        criteria: tuple[Criterion, ...] = getattr(owner, name)
        for place, criterion in enumerate(criteria):
            without = criteria[:place] + criteria[place + 1 :]
            yield f"{name} without {criterion}", {name: without}
            for part, rest in _parts(criterion):
                yield f"{name} without {part} of {criterion}", {name: _with(criteria, place, rest)}
    if owner.when is not None:
        yield f"whether or not {owner.when}", {"when": None}


def _parts(criterion: Criterion) -> Iterator[tuple[Criterion, Criterion]]:
    """Each part of an `all_of`, and what is left of it."""
    if criterion.code != "all_of":
        return
    parts: tuple[Criterion, ...] = criterion.parameters["criteria"]
    for place, part in enumerate(parts):
        yield part, c.all_of(*parts[:place], *parts[place + 1 :])


def _of_policy(policy: Policy) -> Iterator[tuple[str, _Fields]]:
    for name, words in _LOOSER.items():
        now = getattr(policy, name)
        if now in words[:-1]:
            looser = words[words.index(now) + 1]
        elif isinstance(now, tuple):  # stages that may be won from, roles that may override
            looser = words[-1]
        else:
            continue
        yield f"policy: {name} {looser}", {"policy": attrs.evolve(policy, **_Fields({name: looser}))}


def _shortcuts(process: Process) -> Iterator[tuple[str, _Fields]]:
    """From each open stage past the next one."""
    stages = [stage.name for stage in process.stages if stage.kind == "open"]
    names = {move.name for move in process.transitions}
    name = "shortcut"
    while name in names:
        name += "_"
    for source, destination in zip(stages, stages[2:], strict=False):
        move = Transition(name, source, destination)
        yield f"a transition from {source} to {destination}", {"transitions": (*process.transitions, move)}


def _with(values: Sequence[Any], place: int, value: object) -> tuple[Any, ...]:
    return (*values[:place], value, *values[place + 1 :])
