"""What the documents hold whose values are not made of their fields one by one: each as a class of its own."""

from __future__ import annotations

import attrs

from salesprocess.criteria import Criterion
from salesprocess.events import Event
from salesprocess.facts import Fact, FactValue
from salesprocess.frozen import FrozenDict
from salesprocess.rules import MoveLabels, Policy, Transition
from salesprocess.stages import Stage


@attrs.frozen
class Record:
    """A deal: the events that tell it."""

    history: tuple[Event, ...]


@attrs.frozen(kw_only=True)
class Rulebook:
    """A process: what `Process(...)` takes, with the same defaults."""

    name: str
    version: int = 1
    label: str = ""
    tuning: str = ""
    facts: tuple[Fact, ...] = ()
    stages: tuple[Stage, ...]
    transitions: tuple[Transition, ...] = ()
    policy: Policy = attrs.field(factory=Policy)
    move_labels: MoveLabels = attrs.field(factory=MoveLabels)


@attrs.frozen
class Library:
    """A catalog: its processes."""

    processes: tuple[Rulebook, ...]


@attrs.frozen
class Known:
    """What is known about a deal: facts by name."""

    facts: FrozenDict[str, FactValue]


@attrs.frozen
class Single:
    """One value that a fact can have."""

    value: FactValue


@attrs.frozen
class Requirement:
    """A criterion alone."""

    criterion: Criterion
