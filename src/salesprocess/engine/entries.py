"""What the machine holds, prepared so that a yes costs no allocation, and what a decision is handed on with."""

from __future__ import annotations

import attrs
from transitions import Machine

from salesprocess.criteria.rule import Test
from salesprocess.engine.machine import routes_of
from salesprocess.errors import UnknownStage
from salesprocess.frozen import draft_of
from salesprocess.routes import NOT_HELD, Route
from salesprocess.verdicts import Decision


@attrs.frozen(weakref_slot=False)
class Answer:
    """A decision, and the first exception behind its faults."""

    decision: Decision
    cause: Exception | None = None
    hidden: bool = False
    """No alternative applies: nothing to offer, only to explain when asked for by name."""
    passed: tuple[str, ...] = ()
    """The requirements, or the codes of the rules, that an override leaves behind."""


_AnswerDraft = draft_of(Answer)


def answer_of(decision: Decision, cause: Exception | None = None) -> Answer:
    """`Answer(decision, cause)` at a third of the price."""
    draft = _AnswerDraft()
    draft.decision = decision
    draft.cause = cause
    draft.hidden = False
    draft.passed = ()
    draft.__class__ = Answer
    finished: Answer = draft
    return finished


@attrs.frozen(eq=False)
class Entry:
    """A route, prepared so that a yes costs no allocation."""

    route: Route
    always: bool
    """It applies to every deal."""
    moves: bool
    """It is refused while the deal is on hold; that is tested here, not among the tests."""
    tests: tuple[Test, ...]
    all_tests: tuple[Test, ...]
    """The tests with those of the inputs."""
    yes: Answer
    varies: bool
    """Which stages it skips depends on the deal."""


HIDDEN = Answer(Decision("", "custom", "", None, None), hidden=True)
"""What a listing passes over, without the reasons."""


def _entry(route: Route) -> Entry:
    skipped = tuple(stage.name for stage in route.between)
    varies = any(stage.when is not None for stage in route.between)
    decision = Decision(
        route.name,
        route.kind,
        route.label,
        route.source.name,
        route.destination.name,
        route.needs,
        route.choices,
        skipped=skipped,
    )
    moves = any(check is NOT_HELD for check in route.checks)
    tests = tuple(check.criterion.test for check in route.checks if check is not NOT_HELD)
    all_tests = tests + tuple(check.criterion.test for check in route.inputs)
    return Entry(route, not route.applies, moves, tests, all_tests, Answer(decision), varies)


class Leaving(dict[str, dict[str, tuple[Entry, ...]]]):
    """The entries by source and name; those of a source are prepared when a deal is first seen there."""

    def __init__(self, machine: Machine) -> None:
        self.routes: dict[str, dict[str, tuple[Route, ...]]] = {name: {} for name in machine.states}
        for trigger, source, routes in routes_of(machine):
            self.routes[source][trigger] = routes

    def __missing__(self, stage: str) -> dict[str, tuple[Entry, ...]]:
        """Prepare a source; one that the rulebook does not have is an error with its own class."""
        if stage not in self.routes:
            raise UnknownStage(stage, self.routes)
        named = self.routes[stage]
        entries = {id(route): _entry(route) for routes in named.values() for route in routes}
        self[stage] = {name: tuple(entries[id(route)] for route in routes) for name, routes in named.items()}
        return self[stage]
