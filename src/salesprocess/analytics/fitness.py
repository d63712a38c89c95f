"""One deal beside its rulebook: what it did that the rules do not foresee, and how well it fits them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Literal, TypeAlias

import attrs

from salesprocess.deal import Deal
from salesprocess.events import ActivityDone, Entered, Migrated, Opened, Status, Waived
from salesprocess.process import Process
from salesprocess.routes import OVERRIDE, Routes

DeviationCode: TypeAlias = Literal[
    "skip", "skip_of_required", "loop", "back", "no_way", "override", "waiver", "unmet", "unknown_stage", "extra_work"
]
"""What a deal did: passed over a stage that may be passed over (`skip`) or may not (`skip_of_required`); came to a
stage again (`loop`); stepped back (`back`); moved where the rules have no transition (`no_way`); was moved by an
override; had a requirement waived; did not meet a criterion when it moved (`unmet`, by an override or as the rules are
now); was in a stage that the rules do not have; had work done that no stage lists."""

COUNTS: frozenset[DeviationCode] = frozenset({"skip_of_required", "no_way", "override", "unmet", "unknown_stage"})
"""What makes a move one that the rules do not allow; the others are allowed, and told as the way people work."""


@attrs.frozen
class Deviation:
    """One thing that a deal did.

    Attributes:
        revision: the event by which it did it.
        code: what sort of thing.
        subject: of what: a stage, a move `source → destination`, a requirement (a rule that has no name to waive it by
            is `place:code`), an activity.
        source, destination: the stages of the move; None where it was no move.
    """

    revision: int
    code: DeviationCode
    subject: str
    source: str | None = None
    destination: str | None = None

    def __str__(self) -> str:
        return f"revision {self.revision}: {self.code.replace('_', ' ')} {self.subject}"


@attrs.frozen
class DealFitness:
    """How well one deal fits the rulebook.

    Attributes:
        deal: its id.
        status: what it is at `as_of`.
        path: the stages it entered, in order; a name may come twice.
        moves: how many moves it made, the opening among them.
        fitness: 1 − (moves not allowed + required stages passed over) / (moves + required stages passed over).
        why: everything it did that is worth telling.
    """

    deal: str
    status: Status
    path: tuple[str, ...]
    moves: int
    fitness: float
    why: tuple[Deviation, ...]


@attrs.frozen
class Rules:
    """What a rulebook foresees, as conformance asks it.

    Attributes:
        process: the rulebook.
        ways: the stages passed over, by source and destination, of every transition.
        required: the open stages that no forward move may pass over.
        position: the places in the line; the lost stage has none.
    """

    process: Process
    ways: Mapping[tuple[str, str], frozenset[str]]
    required: frozenset[str]
    position: Mapping[str, int]

    @classmethod
    def of(cls, process: Process) -> Rules:
        """Read from the routes that the engine decides with."""
        routes = Routes(process)
        ways: dict[tuple[str, str], frozenset[str]] = {}
        for _, route in routes.all():
            passed = frozenset(stage.name for stage in route.between)
            ways.setdefault((route.source.name, route.destination.name), passed)
        required = frozenset(
            stage.name
            for stage in process.stages
            if stage.kind == "open" and stage.when is None and not routes.skippable(stage)
        )
        line = [stage.name for stage in process.stages if stage.kind != "lost"]
        return cls(process, ways, required, {name: place for place, name in enumerate(line)})

    def passed_over(self, source: str, destination: str) -> tuple[str, ...]:
        """The open stages between, when the move leads forward."""
        here, there = self.position.get(source), self.position.get(destination)
        if here is None or there is None:
            return ()
        between = self.position if there > here + 1 else ()
        return tuple(
            name for name in between if here < self.position[name] < there and self.process.stage(name).kind == "open"
        )

    def is_back(self, source: str, destination: str) -> bool:
        """Whether a move leads to an earlier stage, before the sale or after it; a reopened deal does not step back."""
        here, there = self.position.get(source), self.position.get(destination)
        if here is None or there is None or there >= here:
            return False
        return self.process.stage(source).status == self.process.stage(destination).status


def fitness_of(rules: Rules, deal: Deal) -> DealFitness:
    """What a deal did beside its rulebook, and its fitness."""
    moves = _moves(deal)
    why = list(dict.fromkeys(_unmet(rules, deal)))
    for event in deal.history:
        if isinstance(event, ActivityDone) and event.extra:
            why.append(Deviation(event.revision, "extra_work", event.activity))
        elif isinstance(event, Waived):
            why.append(Deviation(event.revision, "waiver", event.requirement))
    seen = Counter[str]()
    for move in moves:
        why.extend(_moved(rules, move, seen))
        seen[move.destination] += 1
    wrong = len({each.revision for each in why if each.code in COUNTS})
    missing = sum(each.code == "skip_of_required" for each in why)
    fitness = 1 - (wrong + missing) / (len(moves) + missing)
    path = tuple(move.destination for move in moves)
    why.sort(key=lambda each: each.revision)
    return DealFitness(deal.id, deal.status, path, len(moves), fitness, tuple(why))


@attrs.frozen
class _Move:
    """A move by the names that the stages have now; the opening has no source."""

    event: Opened | Entered
    source: str | None
    destination: str


def _moves(deal: Deal) -> list[_Move]:
    """The opening and every move; a migration is none, it renames the stages of those before."""
    moves: list[_Move] = []
    for event in deal.history:
        if isinstance(event, Opened):
            moves.append(_Move(event, None, event.stage))
        elif isinstance(event, Entered):
            moves.append(_Move(event, event.source, event.destination))
        elif isinstance(event, Migrated):
            new = event.stages
            moves = [
                _Move(move.event, new.get(move.source or "", move.source), new.get(move.destination, move.destination))
                for move in moves
            ]
            moves[-1] = attrs.evolve(moves[-1], destination=event.stage)
    return moves


def _moved(rules: Rules, move: _Move, seen: Mapping[str, int]) -> Iterator[Deviation]:
    event, source, destination, revision = move.event, move.source, move.destination, move.event.revision
    known = rules.process.engine.statuses
    if destination not in known:
        yield Deviation(revision, "unknown_stage", destination, source, destination)
        return
    if seen[destination]:
        yield Deviation(revision, "loop", destination, source, destination)
    overridden = isinstance(event, Entered) and event.transition == OVERRIDE
    if overridden:
        yield Deviation(revision, "override", f"{source} → {destination}", source, destination)
    if source is None or source not in known:
        return
    if rules.is_back(source, destination):
        yield Deviation(revision, "back", f"{source} → {destination}", source, destination)
    decided = not event.imported and not overridden
    passed = [
        name
        for name in rules.passed_over(source, destination)
        if not seen[name] and not (decided and rules.process.stage(name).when is not None)
    ]
    own = (source, destination) in rules.ways
    for name in passed:
        code: DeviationCode = "skip_of_required" if name in rules.required and not own else "skip"
        yield Deviation(revision, code, name, source, destination)
    if not own and source != destination and not any(name in rules.required for name in passed):
        yield Deviation(revision, "no_way", f"{source} → {destination}", source, destination)


def _unmet(rules: Rules, deal: Deal) -> Iterator[Deviation]:
    """The requirements that were passed by an override, and those that this version would have refused."""
    for event in deal.history:
        if isinstance(event, Entered):
            for requirement in event.overridden:
                yield Deviation(event.revision, "unmet", requirement, event.source, event.destination)
    if all(event.imported for event in deal.history):
        return  # no rulebook decided any of it
    for divergence in rules.process.recheck(deal.history):
        if divergence.code == "refused" and divergence.decision is not None:
            event = divergence.event
            source = event.source if isinstance(event, Entered) else None
            destination = event.destination if isinstance(event, Entered) else event.stage
            for reason in divergence.decision.unmet:
                subject = reason.requirement or f"{reason.where}:{reason.code}"
                yield Deviation(event.revision, "unmet", subject, source, destination)
