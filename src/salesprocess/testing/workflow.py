"""A stateful test of a whole rulebook, generated: a rule for each verb and each transition, legal or not."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any
from unittest import TestCase

from hypothesis import HealthCheck, Phase, event, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from salesprocess.deal import Deal
from salesprocess.events import Actor
from salesprocess.process import Process
from salesprocess.testing.commands import Command
from salesprocess.testing.guiding import Edge, Guide
from salesprocess.testing.journeys import Invariant, Journey
from salesprocess.testing.planning import Meeting, Situation
from salesprocess.testing.trips import Trip, trips
from salesprocess.testing.vocabulary import Vocabulary
from salesprocess.testing.ways import Ways, found_by


class _Workflow(RuleBasedStateMachine):
    """What all generated tests have in common: the deal under test. Everything else is in its `Journey`."""

    guide: Guide
    promises: tuple[Invariant, ...]

    def __init__(self) -> None:
        super().__init__()
        self.journey = Journey(self.guide.process, self.promises)

    @property
    def deal(self) -> Deal:
        """The deal, which every rule but the first finds opened."""
        deal = self.journey.deal
        assert deal is not None  # noqa: S101 - the first rule opens one
        return deal

    def teardown(self) -> None:
        """Check the whole history, when Hypothesis is done with it."""
        self.journey.finish()

    def do(self, verb: str, **arguments: Any) -> bool:
        """Try a verb with what was drawn for it; whether it went through."""
        told = {name: value for name, value in arguments.items() if value is not None}
        done = self.journey.attempt(Command(verb, {"at": self.journey.at, **told}))
        event(f"{verb} {'went through' if done else 'was refused'}")
        return done

    def set_out(self, trip: Trip, told: Mapping[str, Any]) -> None:
        """Follow a path to its end; with more facts and terms than it needs, as far as they let the deal come."""
        event(f"begins with: {trip.path}")
        self.journey.begin()
        if told and trip.edges is not None and self.journey.attempt(trip.opening(told)):
            _ = all(self.take([edge]) for edge in trip.edges)
        else:
            self.journey.follow(trip.path.commands)

    def take(self, edges: Sequence[Edge], *, ready: bool = True, reason: str | None = None) -> bool:
        """Ask for a transition: as things stand, or after everything was put on record that one of the edges wants."""
        here = Situation(self.deal, self.journey.at, reason=reason)
        tried = (self.guide.through(here, edge) for edge in edges) if ready else ()
        there = next((each for each in tried if each is not None), None)
        commands = (self.guide.asking(edges[0], here),) if there is None else there.commands
        *_, done = [self.journey.attempt(command) for command in commands]
        if done:
            event(f"{edges[0].asked} from {edges[0].source} to {self.deal.stage}")
        return done


def workflow_test(
    process: Process,
    *,
    invariants: Iterable[Invariant] = (),
    facts: Mapping[str, Any] | None = None,
    activities: Iterable[str] = (),
    meet: Mapping[str, Meeting] | None = None,
    settings: settings | None = None,
) -> type[TestCase]:
    """A test case that leads deals through every transition of a rulebook, and tries everything else as well.

    `test_every_transition` follows the shortest path to each transition. `test_any_program` lets Hypothesis write
    programs: each follows one of these paths and goes on freely from there. It takes transitions, meeting what they
    want first or not, uses every verb, also where that is refused, and begins again with another deal. After each step
    both check that

    - the deal is what its history tells, now and as of before, and nothing on record has changed;
    - a verb refuses exactly when `decide` says no, for the same reasons, and leaves the deal as it was;
    - the engine and the `transitions.Machine` agree;
    - no locked criterion was passed;
    - a command is idempotent under a key;
    - events and errors come back from their stored forms, and at the end the deal does, and is decided the same again;
    - your invariants hold.

    A failure tells the shortest story of a deal that Hypothesis can find.

    Args:
        process: the rulebook.
        invariants: functions of `(before, event, after)`, called for every event; they raise an `AssertionError` when
            something is wrong. `before` is None for the event that opens the deal.
        facts: by the name of a fact or a term, a strategy or a value, instead of what the rulebook suggests.
        activities: activities to be recorded that no stage lists.
        meet: by the code of a rule that is not the library's own, what meets it: values or strategies by the names of
            facts and terms, or commands. Stock rules need no help.
        settings: of Hypothesis; those of the profile, without a deadline, unless you say otherwise.

    Raises:
        UnknownFact, UnknownRule: `facts` or `meet` names what the process does not have.

    >>> from salesprocess import templates
    >>> TestStartup = workflow_test(templates.load("startup"))
    >>> TestStartup.__name__
    'TestStartup1'
    """
    guide = Guide(process, facts, meet)
    words = Vocabulary(process, guide.values, activities)
    found, promises = found_by(guide), tuple(invariants)
    members: dict[str, Any] = {"guide": guide, "promises": promises, "__module__": __name__}
    members |= _beginnings(guide, found, words) | _records(words) | _exceptions(words)
    members |= _moves(guide, words, taken={*dir(_Workflow), *members})
    machine: Any = type(f"{_class_name(process)}Workflow", (_Workflow,), members)
    case: Any = machine.TestCase
    case.__name__ = case.__qualname__ = f"Test{_class_name(process)}"
    case.settings = settings or _default()
    programs = case.runTest

    def test_every_transition(self: TestCase) -> None:
        for path in found.to_edge.values():
            journey = Journey(process, promises)
            journey.follow(path.commands)
            journey.finish()
        barred = [f"- {edge}: {why}" for edge, why in found.barred.items()]
        if barred:
            self.fail("\n".join(["no way was found to these transitions; meet= says how to meet a rule:", *barred]))

    def run_test(self: Any) -> None:
        self.test_every_transition()
        self.test_any_program()

    case.test_every_transition, case.test_any_program, case.runTest = test_every_transition, programs, run_test
    return case  # type: ignore[no-any-return]


def _default() -> settings:
    return settings(
        deadline=None,
        phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink],  # to explain takes ten times as long
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
    )


def _class_name(process: Process) -> str:
    """Name and version: the name of the class is the key of what Hypothesis remembers about the test."""
    return "".join(part.capitalize() for part in re.split("[_-]", process.name)) + str(process.version)


def _beginnings(guide: Guide, found: Ways, words: Vocabulary) -> dict[str, Any]:
    starts, opening = st.sampled_from(trips(guide, found)), words.opening

    def begin(self: _Workflow, trip: Trip, told: dict[str, Any]) -> None:
        self.set_out(trip, told)

    def begin_again(self: _Workflow, trip: Trip, told: dict[str, Any]) -> None:
        self.journey.finish()
        self.set_out(trip, told)

    return {
        "begin": initialize(trip=starts, told=opening)(begin),
        "begin_again": rule(trip=starts, told=opening)(begin_again),
    }


def _moves(guide: Guide, words: Vocabulary, taken: set[str]) -> dict[str, Any]:
    """A rule for each transition, wherever it leaves from, and two for what may not leave from where the deal is."""
    made: dict[str, Any] = {}
    for asked in dict.fromkeys(edge.asked for edge in guide.edges):
        name = _identifier(asked, {*taken, *made, "ask_for", "move"})
        made[name] = _transition(name, asked, guide)

    def ask_for(self: _Workflow, name: str, by: Actor | None) -> None:
        self.do("take", name=name, by=by)

    def move(self: _Workflow, destination: str, by: Actor | None) -> None:
        self.do("move", destination=destination, by=by)

    stages = [stage.name for stage in guide.process.stages]
    return {
        "ask_for": rule(name=st.sampled_from(sorted(guide.process.engine.names)), by=words.people)(ask_for),
        "move": rule(destination=st.sampled_from(stages), by=words.people)(move),
        **made,
    }


def _transition(name: str, asked: str, guide: Guide) -> Any:
    """The rule for what is asked for by one name; `way` chooses where several stages can be next."""
    ways: dict[str, list[Edge]] = {}
    for edge in guide.edges:
        if edge.asked == asked:
            ways.setdefault(edge.source, []).append(edge)
    most = max(len(edges) for edges in ways.values())
    reasons = dict.fromkeys(reason for edges in ways.values() for edge in edges for reason in guide.choices(edge))

    def take(self: _Workflow, ready: bool, way: int = 0, reason: str | None = None) -> None:
        edges = ways[self.deal.stage]
        first = way % len(edges)
        self.take([*edges[first:], *edges[:first]], ready=ready, reason=reason)

    take.__name__ = take.__qualname__ = name
    drawn: dict[str, Any] = {"ready": st.booleans()}
    if most > 1:
        drawn["way"] = st.integers(0, most - 1)
    if reasons:
        drawn["reason"] = st.sampled_from((None, *reasons))
    ruled: Any = rule
    return _where(lambda self: self.deal.stage in ways, ruled(**drawn)(take))


def _where(allowed: Callable[[_Workflow], bool], made: Any) -> Any:
    """The rule, where it is allowed."""
    return precondition(allowed)(made)


def _identifier(text: str, taken: Iterable[str]) -> str:
    """A name of a method that is not taken yet."""
    name = re.sub(r"\W", "_", text)
    while name in taken:
        name += "_"
    return name


def _records(words: Vocabulary) -> dict[str, Any]:
    """A rule for each verb that keeps the record."""
    people = words.people
    why = st.sampled_from((None, "told later"))

    def record(self: _Workflow, activity: str, by: Actor | None) -> None:
        self.do("record", activity=activity, by=by, extra=activity in words.extra or None)

    def note(self: _Workflow, text: str) -> None:
        self.do("note", text=text)

    def learn(self: _Workflow, told: dict[str, Any], reason: str | None) -> None:
        self.do("learn", facts=told, reason=reason)

    def forget(self: _Workflow, fact: str, reason: str | None) -> None:
        self.do("learn", forget=(fact,), reason=reason)

    def amend(self: _Workflow, told: dict[str, Any], reason: str | None) -> None:
        self.do("amend", reason=reason, **told)

    def renegotiate(self: _Workflow, told: dict[str, Any]) -> None:
        self.do("amend", **told)

    def clear(self: _Workflow, term: str, reason: str | None) -> None:
        self.do("amend", clear=(term,), reason=reason)

    def raise_objection(self: _Workflow, objection: str) -> None:
        self.do("raise_objection", objection=objection)

    def resolve_objection(self: _Workflow, which: int) -> None:
        raised = [each.number for each in self.deal.objections if each.resolved_at is None] or [1]
        self.do("resolve_objection", number=raised[which % len(raised)])

    def hold(self: _Workflow, days: int) -> None:
        self.do("hold", until=self.journey.at + timedelta(days=days) if days else None)

    def resume(self: _Workflow) -> None:
        self.do("resume")

    def wait(self: _Workflow, span: timedelta) -> None:
        self.journey.at += span

    made = {
        "note": rule(text=st.sampled_from(("they called", "they wrote")))(note),
        "amend": rule(told=words.terms, reason=why)(amend),
        "renegotiate": _where(lambda self: bool(self.deal.approvals), rule(told=words.agreed)(renegotiate)),
        "clear": rule(term=st.sampled_from(words.values.terms), reason=why)(clear),
        "record": rule(activity=words.activities, by=people)(record),
        "raise_objection": rule(objection=st.sampled_from(words.reasons))(raise_objection),
        "resolve_objection": rule(which=st.integers(0, 3))(resolve_objection),
        "hold": rule(days=st.sampled_from((0, 7)))(hold),
        "resume": rule()(resume),
        "go_on": _where(lambda self: self.deal.status == "on_hold", rule()(resume)),
        "wait": rule(span=words.spans)(wait),
    }
    if words.values.facts:
        made["learn"] = rule(told=words.facts, reason=why)(learn)
        made["forget"] = rule(fact=st.sampled_from(words.values.facts), reason=why)(forget)
    return made


def _exceptions(words: Vocabulary) -> dict[str, Any]:
    """A rule for each verb that lets somebody decide."""
    stages = [stage.name for stage in words.process.stages]
    requirements = sorted(words.process.engine.requirements)
    subjects, roles = st.sampled_from(words.subjects), st.sampled_from((None, *words.roles))

    def approve(self: _Workflow, subject: str, role: str | None, by: Actor | None) -> None:
        self.do("approve", subject=subject, role=role, by=by or "ola")

    def withdraw_approval(self: _Workflow, subject: str, role: str | None) -> None:
        self.do("withdraw_approval", subject=subject, role=role)

    def override(self: _Workflow, destination: str, by: Actor | None) -> None:
        self.do("override", destination=destination, by=by or "ola", reason="an exception")

    def waive(self: _Workflow, requirement: str) -> None:
        self.do("waive", requirement=requirement, by="ola", reason="an exception")

    made = {
        "approve": rule(subject=subjects, role=roles, by=words.people)(approve),
        "withdraw_approval": rule(subject=subjects, role=roles)(withdraw_approval),
        "override": rule(destination=st.sampled_from(stages), by=words.people)(override),
    }
    if requirements:
        made["waive"] = rule(requirement=st.sampled_from(requirements))(waive)
    return made
