"""Which rules a test run made use of: the transitions, the answers of each criterion, the policies."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import wraps
from typing import Any

import attrs

from salesprocess.criteria import Ask
from salesprocess.deal import Deal, replay
from salesprocess.errors import BackwardTime, SalesProcessError, UnknownFact
from salesprocess.events import TERMS, Entered, Opened, actor
from salesprocess.frozen import EMPTY, FrozenDict
from salesprocess.process import Process
from salesprocess.routes import OPEN, OVERRIDE, Check, Routes, own_checks, when_of
from salesprocess.testing.values import criteria_of, state_of
from salesprocess.verdicts import Decision

STATES = ("met", "unmet", "unknown", "fault")
"""What a criterion can answer, `fault` being that it raised."""

_ENDS = ("allowed", "refused")
_POLICIES = ("skip", "back", "win", "reopen", "override", "facts", "clock_skew")
_MOVES = ("take", "advance", "win", "lose", "reopen", "move", "override")
_OTHERS = (
    "open",
    "decide",
    "record",
    "note",
    "learn",
    "amend",
    "approve",
    "withdraw_approval",
    "raise_objection",
    "resolve_objection",
    "waive",
    "hold",
    "resume",
)
_REFUSALS: Mapping[str, str] = {
    "not_forward": "skip",
    "not_back": "back",
    "override.never": "override",
    "override.role": "override",
}
"""The policy that stands behind a reason."""


@attrs.frozen
class Exercised:
    """Which rules were made use of, and how often.

    Attributes:
        process: the rulebook.
        transitions: by the words for a transition, how often it was taken.
        criteria: by place and criterion, those inside others included, how often it gave each answer, as `STATES`.
        policies: by the name of the policy, how often it allowed something and how often it refused.

    Reports of one rulebook add up, such as those of several test processes.
    """

    process: Process
    transitions: FrozenDict[str, int]
    criteria: FrozenDict[str, FrozenDict[str, int]]
    policies: FrozenDict[str, FrozenDict[str, int]]

    @property
    def missing(self) -> tuple[str, ...]:
        """What no test has touched: transitions never taken, criteria that were never met or never unmet."""
        untaken = (f"{name} was never taken" for name, count in self.transitions.items() if not count)
        one_sided = (
            f"{place} was never {state}"
            for place, answers in self.criteria.items()
            for state in ("met", "unmet")
            if not answers[state] and not (state == "unmet" and answers["unknown"])
        )
        return (*untaken, *one_sided)

    def __add__(self, other: Exercised) -> Exercised:
        if self.process != other.process:
            raise ValueError(f"these reports are about {self.process!r} and {other.process!r}")
        return Exercised(
            self.process,
            FrozenDict(_sum(self.transitions, other.transitions)),
            FrozenDict((key, FrozenDict(_sum(each, other.criteria[key]))) for key, each in self.criteria.items()),
            FrozenDict((key, FrozenDict(_sum(each, other.policies[key]))) for key, each in self.policies.items()),
        )

    def __str__(self) -> str:
        taken = sum(1 for count in self.transitions.values() if count)
        lines = [
            f"{self.process.name} version {self.process.version}: {taken} of {len(self.transitions)} transitions taken"
        ]
        lines += _table("criterion", STATES, self.criteria)
        lines += _table("policy", _ENDS, self.policies)
        lines += [f"- {each}" for each in self.missing] or ["Nothing is missing."]
        return "\n".join(lines)


def _sum(one: Mapping[str, int], other: Mapping[str, int]) -> dict[str, int]:
    return {key: count + other[key] for key, count in one.items()}


def _table(title: str, columns: Iterable[str], rows: Mapping[str, Mapping[str, int]]) -> Iterator[str]:
    if rows:
        width = max(len(title), *map(len, rows))
        yield "  ".join([title.ljust(width), *(column.rjust(8) for column in columns)]).rstrip()
        for name, counts in rows.items():
            yield "  ".join([name.ljust(width), *(str(counts[column]).rjust(8) for column in columns)])


class Tally:
    """Counts while tests run; `report` is what was counted so far."""

    def __init__(self, process: Process) -> None:
        self.process = process
        self._routes = [*Routes(process).all()]
        self._places = dict.fromkeys(
            f"{place}: {inner}" for place, outer in criteria_of(process) for inner in outer.walk()
        )
        self._taken: Counter[str] = Counter()
        self._answers: dict[str, Counter[str]] = {place: Counter() for place in self._places}
        self._policies: dict[str, Counter[str]] = {policy: Counter() for policy in _POLICIES}

    def report(self) -> Exercised:
        """What was counted so far."""
        names = dict.fromkeys(
            _taken(route.name, route.source.name, route.destination.name) for _, route in self._routes
        )
        return Exercised(
            self.process,
            FrozenDict((name, self._taken[name]) for name in names),
            FrozenDict(
                (place, FrozenDict((state, answers[state]) for state in STATES))
                for place, answers in self._answers.items()
            ),
            FrozenDict(
                (policy, FrozenDict((end, counts[end]) for end in _ENDS)) for policy, counts in self._policies.items()
            ),
        )

    def asked(
        self, verb: str, before: Deal | None, told: Mapping[str, Any], after: Any, error: SalesProcessError | None
    ) -> None:
        """Count one call of a verb: on which deal, with which arguments, and what came of it."""
        end = "allowed" if error is None else "refused"
        late = error is None and before is not None and told["at"] < before.updated_at
        if late or isinstance(error, BackwardTime):
            self._policies["clock_skew"][end] += 1
        known = {fact.name for fact in self.process.facts}
        if isinstance(error, UnknownFact) or (error is None and set(told.get("facts") or ()) - known):
            self._policies["facts"][end] += 1
        decision = after if isinstance(after, Decision) else getattr(error, "decision", None)
        if verb == "open":
            self._opened(after if isinstance(after, Deal) else None, decision, told)
        elif before is not None and (verb in _MOVES or verb == "decide"):
            self._moved(before, told, after, decision)

    def _opened(self, opened: Deal | None, refused: Decision | None, told: Mapping[str, Any]) -> None:
        """The criteria of the stage that a new deal begins in, and of those that it does not begin in."""
        if refused is not None and refused.destination is not None:
            opened = self._draft(refused.destination, told)
        if opened is not None:
            self._begun(opened, told.get("stage"))

    def _draft(self, stage: str, told: Mapping[str, Any]) -> Deal:
        """The deal that was not taken."""
        terms = {name: told[name] for name in TERMS if name != "items" and told.get(name) is not None}
        if told.get("items") is not None:
            terms["items"] = tuple(told["items"])
        begun = Opened(
            deal="refused",
            revision=1,
            at=told["at"],
            by=actor(told.get("by")),
            process=self.process.name,
            version=self.process.version,
            stage=stage,
            terms=terms,
            facts=told.get("facts", {}),
        )
        return replay([begun])

    def _begun(self, deal: Deal, stated: str | None) -> None:
        ask = Ask(OPEN, deal.stage, deal.opened_at, deal.history[0].by, EMPTY)
        stage = self.process.stage(deal.stage)
        asked = self.process.stages[: self.process.stages.index(stage) + 1] if stated is None else (stage,)
        for each in asked:
            self._answer(when_of(each), deal, ask)
        self._answer((*own_checks(stage, "entry"), *own_checks(stage, "locked")), deal, ask)

    def _moved(self, before: Deal, told: Mapping[str, Any], after: Any, decision: Decision | None) -> None:
        event = after.history[-1] if isinstance(after, Deal) and after is not before else None
        if isinstance(event, Entered):
            name, destination = event.transition, event.destination
            self._taken[_taken(name, before.stage, destination)] += 1
            self._allowed(event, before)
        elif decision is not None:
            name, destination = decision.name, decision.destination or ""
            for reason in decision.unmet:
                if reason.code in _REFUSALS:
                    self._policies[_REFUSALS[reason.code]]["refused"] += 1
            if decision.unmet and name in ("win", "reopen"):
                self._policies[name]["refused"] += 1
        else:
            return
        stated = told.get("reason")
        inputs: FrozenDict[str, str] = FrozenDict({} if stated is None else {"reason": stated})
        ask = Ask(name, destination, told["at"], actor(told.get("by")), inputs)
        if name == OVERRIDE and destination:
            self._answer(own_checks(self.process.stage(destination), "locked"), before, ask)
        for asked, route in self._routes:
            if route.source.name == before.stage and name in (asked, route.name):
                self._answer(route.applies, before, ask)
                if route.destination.name == destination:
                    self._answer((*route.checks, *route.inputs), before, ask)

    def _allowed(self, event: Entered, before: Deal) -> None:
        order = [stage.name for stage in self.process.stages]
        back = order.index(event.destination) < order.index(before.stage)
        named = event.transition if event.transition in ("win", "reopen", OVERRIDE) else ""
        skip = bool(event.skipped) and named != OVERRIDE
        for policy, used in (("skip", skip), ("back", back and not named), (named, bool(named))):
            if used:
                self._policies[policy]["allowed"] += 1

    def _answer(self, checks: Iterable[Check], deal: Deal, ask: Ask) -> None:
        for check in checks:
            for inner in check.criterion.walk():
                place = f"{check.where}: {inner}"
                if place in self._places:
                    self._answers[place][state_of(inner, deal, ask)] += 1


def _taken(name: str, source: str, destination: str) -> str:
    return f"{name} from {source} to {destination}"


@contextmanager
def exercised(process: Process) -> Generator[Tally]:
    """Watch the verbs of a rulebook while tests run; `report()` says which rules they made use of.

    It counts what is asked of this process, and of any that equals it, in this thread of work or any other, with a
    verb or with `decide`. `options` does not count: it asks about everything. A criterion is asked once more for each
    call, so the tests take longer.

    >>> from salesprocess import Stage, criteria as c
    >>> from salesprocess.testing.commands import START
    >>> stages = [Stage("lead", exit=[c.has_term("owner")]), Stage.won("sold"), Stage.lost("lost")]
    >>> kiosk = Process("kiosk", stages=stages)
    >>> with exercised(kiosk) as run:
    ...     deal = kiosk.win(kiosk.open("ACME-1", at=START, owner="kari"), at=START)
    >>> run.report().missing
    ('lose from lead to lost was never taken', 'reopen from sold to lead was never taken',
     'reopen from lost to lead was never taken', 'lead.exit: has_term(owner) was never unmet')
    """
    tally = Tally(process)
    originals = {verb: getattr(Process, verb) for verb in (*_MOVES, *_OTHERS)}
    for verb, original in originals.items():
        setattr(Process, verb, _watched(verb, original, tally))
    try:
        yield tally
    finally:
        for verb, original in originals.items():
            setattr(Process, verb, original)


def _watched(verb: str, original: Callable[..., Any], tally: Tally) -> Callable[..., Any]:
    first = {"learn": "facts", "take": "name", "decide": "name"}.get(verb, "")

    @wraps(original)
    def run(process: Process, *args: Any, **told: Any) -> Any:
        if process is not tally.process and process != tally.process:
            return original(process, *args, **told)
        before = args[0] if args and isinstance(args[0], Deal) else None
        stated = {**told, first: args[1]} if first and len(args) > 1 else told
        try:
            after = original(process, *args, **told)
        except SalesProcessError as error:
            tally.asked(verb, before, stated, None, error)
            raise
        tally.asked(verb, before, stated, after, None)
        return after

    return run
