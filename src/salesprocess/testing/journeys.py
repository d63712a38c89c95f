"""A deal on its way through a rulebook, command by command, each checked against what the library promises."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

import attrs

from salesprocess import serialization
from salesprocess.criteria import Ask
from salesprocess.deal import Deal, evolve, replay
from salesprocess.engine import Walker
from salesprocess.errors import CriterionFault, SalesProcessError, TransitionRefused
from salesprocess.events import Entered, Event, Migrated, Opened, actor
from salesprocess.frozen import FrozenDict
from salesprocess.process import Process
from salesprocess.routes import Routes, own_checks
from salesprocess.testing.commands import START, Command, lines_of, told
from salesprocess.verdicts import Decision

Invariant = Callable[[Deal | None, Event, Deal], object]
"""`(before, event, after)`: raises an `AssertionError` when something is wrong; `before` is None for a new deal."""

_DECIDED = ("take", "advance", "win", "lose", "reopen")
"""The verbs about which `decide` can be asked."""


class Journey:
    """One deal at a time, and everything that was tried with it.

    Attributes:
        process: the rulebook.
        deal: where it stands; None before one was opened.
        at: the time of the next command.
    """

    def __init__(self, process: Process, invariants: Iterable[Invariant] = ()) -> None:
        self.process = process
        self.invariants = tuple(invariants)
        self.deal: Deal | None = None
        self.at: datetime = START
        self._routes = Routes(process)
        self._tried: list[tuple[Command, str]] = []
        self._failed = False

    def begin(self) -> None:
        """Forget the deal; the next command opens another one."""
        self.deal, self.at, self._tried = None, START, []

    def follow(self, commands: Iterable[Command]) -> None:
        """Begin anew with the commands of a path, each of which has to go through."""
        self.begin()
        for command in commands:
            if not self.attempt(command):
                raise self._broken(f"{command!r} is refused on the way that was found before")

    def attempt(self, command: Command) -> bool:
        """Run a command that may be refused; whether it went through.

        Raises:
            AssertionError: something that is promised does not hold; the story of the deal is among its notes.
            Exception: whatever a rule or an invariant of the user raises; with the same note.
        """
        self._tried.append((command, ""))
        try:
            return self._attempted(command)
        except Exception as error:
            self._told(f"failed: {told(error)}")
            self._failed = True
            error.add_note(f"The story of the deal:\n{self.story()}")
            raise

    def finish(self) -> None:
        """Check what holds for a whole history; nothing when a step has failed before."""
        if self.deal is None or self._failed:
            return
        deal = self.deal
        again = self.process.recheck(deal.history)
        self._must(not again, "the same rulebook decides the history otherwise: " + "; ".join(map(str, again)))
        self._must(pickle.loads(pickle.dumps(deal)) == deal, "the deal does not come back from a pickle")  # noqa: S301
        document = serialization.dump(deal)
        self._must(serialization.load(document, Deal) == deal, "the deal does not come back from its document")

    def story(self) -> str:
        """The commands so far, and what came of each."""
        return "\n".join(lines_of(self.process, self._tried))

    def _attempted(self, command: Command) -> bool:
        before = self.deal
        decision = self._decision(before, command)
        try:
            after = command.run(self.process, before)
        except SalesProcessError as error:
            self._told(f"refused: {told(error)}")
            self._refused(before, command, decision, error)
            return False
        self._told(f"→ {after.stage}, {after.status}")
        self._went_through(before, command, decision, after)
        self.deal, self.at = after, max(self.at, command.at)
        return True

    def _told(self, end: str) -> None:
        self._tried[-1] = (self._tried[-1][0], end)

    def _broken(self, what: str) -> AssertionError:
        self._failed = True
        error = AssertionError(what)
        error.add_note(f"The story of the deal:\n{self.story()}")
        return error

    def _must(self, holds: bool, what: str) -> None:
        if not holds:
            raise AssertionError(what)

    def _decision(self, before: Deal | None, command: Command) -> Decision | SalesProcessError | None:
        """What `decide` says to a move, which may be that the question is wrong; None for any other verb."""
        if before is None or command.verb not in _DECIDED:
            return None
        arguments = {name: value for name, value in command.arguments.items() if name in ("at", "by", "reason")}
        try:
            decision = self.process.decide(before, self._name(command), **arguments)
        except SalesProcessError as error:
            return error
        self._must(
            self._by_machine(before, command) == (decision.destination if decision.allowed else None),
            f"the engine and the machine disagree about {command!r}",
        )
        return decision

    def _name(self, command: Command) -> str:
        name: str = command.arguments.get("name", command.verb)
        return name

    def _by_machine(self, before: Deal, command: Command) -> str | None:
        """The stage to which the stock machine moves the deal; None when it does not."""
        event = self.process.machine.events.get(self._name(command))
        if event is None or before.stage not in event.transitions:
            return None
        walker = Walker(before.stage)
        ask = Ask(self._name(command), "", command.at, actor(command.arguments.get("by")), _inputs(command))
        return walker.state if event.trigger(walker, deal=before, ask=ask) else None

    def _refused(
        self,
        before: Deal | None,
        command: Command,
        decision: Decision | SalesProcessError | None,
        error: SalesProcessError,
    ) -> None:
        """A refused command is refused for the reasons that `decide` tells, and leaves everything as it was."""
        self._must(not isinstance(error, CriterionFault), f"a criterion fails: {error}")
        if isinstance(decision, Decision):
            same = isinstance(error, TransitionRefused) and error.decision == decision
            self._must(same, f"decide and the verb disagree about {command!r}: {decision} against {error}")
        elif decision is not None:
            same = type(decision) is type(error)
            self._must(same, f"decide and the verb disagree about {command!r}: {decision} against {error}")
        self._must(before is None or replay(before.history) == before, f"{command!r} is refused and changes the deal")
        again = pickle.loads(pickle.dumps(error))  # noqa: S301 - written just now
        self._must(str(again) == str(error), f"the error does not come back from a pickle: {error}")

    def _went_through(
        self,
        before: Deal | None,
        command: Command,
        decision: Decision | SalesProcessError | None,
        after: Deal,
    ) -> None:
        if decision is not None:
            same = isinstance(decision, Decision) and decision.allowed and decision.destination == after.stage
            self._must(same, f"decide and the verb disagree about {command!r}: {decision} against {after.stage}")
        known = () if before is None else before.history
        self._must(after.history[: len(known)] == known, f"{command!r} changes what is on record")
        self._must(replay(after.history) == after, "the deal is not what its history tells")
        if before is not None:
            self._must(replay(before.history) == before, f"{command!r} changes the deal that it is given")
            if after.updated_at > before.updated_at:
                self._must(after.as_of(before.updated_at) == before, "as_of is not what was known then")
            self._must(self._under_a_key(before, command) == after.stage, f"{command!r} has another end under a key")
        for event in after.history[len(known) :]:
            before = self._happened(before, event)

    def _under_a_key(self, before: Deal, command: Command) -> str:
        """The stage after the same command with a key, given twice; verbs are pure, so nobody notices."""
        keyed = attrs.evolve(command, arguments={**command.arguments, "key": "the same again"})
        once = keyed.run(self.process, before)
        self._must(keyed.run(self.process, once) is once, f"{command!r} is not idempotent under a key")
        return once.stage

    def _happened(self, before: Deal | None, event: Event) -> Deal:
        after = replay([event]) if before is None else evolve(before, event)
        loaded = serialization.load(serialization.dump(event), type(event))
        self._must(loaded == event, f"the event does not come back from its document: {event}")
        if isinstance(event, Entered) and before is not None:
            self._lock_held(before, event)
        for invariant in self.invariants:
            invariant(before, event, after)
        return after

    def _lock_held(self, before: Deal, event: Entered) -> None:
        """No locked criterion is ever passed, but on a way back to where the deal has been."""
        forward = self._routes.is_back(event.destination, before.stage)
        if not forward and event.destination in _visited(before):
            return
        ask = Ask(event.transition, event.destination, event.at, event.by, _reasoned(event.reason))
        for check in own_checks(self.process.stage(event.destination), "locked"):
            state = check.criterion.state(before, ask)
            self._must(state == "met", f"{event.transition} passes the locked criterion {check.criterion}, {state}")


def _inputs(command: Command) -> FrozenDict[str, str]:
    return _reasoned(command.arguments.get("reason"))


def _reasoned(reason: Any) -> FrozenDict[str, str]:
    return FrozenDict({} if reason is None else {"reason": reason})


def _visited(deal: Deal) -> set[str]:
    visited: set[str] = set()
    for event in deal.history:
        if isinstance(event, Opened | Migrated):
            visited.add(event.stage)
        elif isinstance(event, Entered):
            visited.add(event.destination)
    return visited
