"""Strategies for what is tried with deals: any command that could make sense, and walks of many of them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

import attrs
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from salesprocess.deal import Deal, replay
from salesprocess.errors import SalesProcessError
from salesprocess.events import TERMS, Opened, Status
from salesprocess.process import Process
from salesprocess.testing.commands import START, Command
from salesprocess.testing.guiding import Guide
from salesprocess.testing.plain import PEOPLE, actors, texts, zones
from salesprocess.testing.vocabulary import Vocabulary
from salesprocess.testing.ways import DEAL

_SPANS = st.sampled_from((timedelta(0), timedelta(minutes=10), timedelta(days=1))) | st.timedeltas(
    timedelta(0), timedelta(days=60)
)
"""Times between two events; none at all is common."""


@attrs.frozen
class Step:
    """One command that was tried.

    Attributes:
        before: the deal it was tried on.
        command: the command.
        after: what it made of the deal; the same deal when it was refused.
        error: why it was refused; None when it went through.
    """

    before: Deal
    command: Command
    after: Deal
    error: SalesProcessError | None = None


@attrs.frozen
class Walk:
    """A deal that tried its way through a process.

    Attributes:
        process: the rulebook.
        opened: the new deal.
        steps: what was tried with it.
    """

    process: Process
    opened: Deal
    steps: tuple[Step, ...]

    @property
    def deal(self) -> Deal:
        """The deal at the end."""
        return self.steps[-1].after if self.steps else self.opened

    @property
    def deals(self) -> tuple[Deal, ...]:
        """Every state that the deal was in, the first one included."""
        return tuple(dict.fromkeys((self.opened, *(step.after for step in self.steps))))


@lru_cache(maxsize=16)
def _words(process: Process) -> Vocabulary:
    return Vocabulary(process, Guide(process).values)


_MOVES = ("advance", "win", "lose", "reopen", "move", "take", "override")
_WORK = ("record", "learn", "amend", "approve", "raise_objection", "note")
_OTHER = ("withdraw_approval", "resolve_objection", "waive", "hold", "resume")
_WITH_REASON = (*_MOVES, "learn", "amend", "approve", "withdraw_approval", "waive", "hold", "resume")
_APT: dict[Status, tuple[str, ...]] = {
    "open": ("advance", "move", "take", "win", "record", "learn", "amend", "approve", "waive", "hold"),
    "on_hold": ("resume", "lose", "record"),
    "won": ("advance", "take", "reopen", "move"),
    "lost": ("reopen", "override", "take"),
}
"""The verbs that are apt to get somewhere, by the status of the deal."""


@st.composite
def commands(draw: DrawFn, process: Process, *, deal: Deal | None = None) -> Command:
    """A command with arguments that could make sense: any verb for a deal that is there, `open` for none.

    Many are refused, few are nonsense. Times are in any zone, a key may have been used before.

    >>> from hypothesis import find
    >>> from salesprocess import templates
    >>> find(commands(templates.load("startup")), lambda command: True)
    open('ACME-1')
    """
    words = _words(process)
    if deal is None:
        told = draw(words.opening)
        terms = {name: value for name, value in told.items() if name in TERMS}
        facts = {name: value for name, value in told.items() if name not in TERMS}
        return Command("open", {"deal": DEAL, "at": START, **terms, **({"facts": facts} if facts else {})})
    verb = draw(st.sampled_from(_APT[deal.status]) | st.sampled_from((*_MOVES, *_WORK, *_OTHER)))
    at = deal.updated_at + draw(_SPANS)
    given: dict[str, Any] = {
        "at": at.astimezone(draw(zones())),
        "by": draw(st.none() | actors(roles=words.roles) | st.sampled_from(PEOPLE)),
    }
    used = [event.key for event in deal.history if event.key]
    given["key"] = draw(st.sampled_from((None, None, None, f"key-{deal.revision}", *used[-1:])))
    if verb in _WITH_REASON:
        given["reason"] = draw(st.sampled_from((*words.reasons, *words.reasons, None)))
    return Command(verb, given | _told(draw, words, verb, deal, at))


def _told(draw: DrawFn, words: Vocabulary, verb: str, deal: Deal, at: datetime) -> dict[str, Any]:
    """What a verb is told besides when, by whom and why."""
    stages = [stage.name for stage in words.process.stages]
    subject = {"subject": st.sampled_from(words.subjects), "role": st.sampled_from((*words.roles, None))}
    drawn: Mapping[str, SearchStrategy[Any]]
    match verb:
        case "move" | "override":
            drawn = {"destination": st.sampled_from(stages)}
        case "take":
            offered = [option.name for option in words.process.options(deal, at=at) if option.allowed]
            anything = st.sampled_from(sorted(words.process.engine.names))
            drawn = {"name": st.sampled_from(offered) | anything if offered else anything}
        case "record":
            drawn = {"activity": words.activities, "extra": st.booleans()}
        case "learn":
            drawn = {"facts": words.facts, "forget": _some(words.values.facts)}
        case "amend":
            return {**draw(words.terms), "clear": draw(_some(("amount", "owner")))}
        case "approve" | "withdraw_approval":
            drawn = subject
        case "raise_objection":
            drawn = {"objection": st.sampled_from(words.reasons)}
        case "resolve_objection":
            drawn = {"number": st.sampled_from([each.number for each in deal.objections] or [1])}
        case "note":
            drawn = {"text": texts()}
        case "hold":
            drawn = {"until": st.sampled_from((None, at + timedelta(days=7)))}
        case "waive":
            options = words.process.options(deal, at=at)
            unmet = {reason.requirement for option in options for reason in option.unmet if reason.requirement}
            drawn = {"requirement": st.sampled_from(sorted(unmet) or ["lead.exit:has(seats)"])}
        case _:
            drawn = {}
    return {name: draw(strategy) for name, strategy in drawn.items()}


def _some(names: tuple[str, ...]) -> SearchStrategy[tuple[str, ...]]:
    """Mostly none of the names."""
    return st.just(()) | st.lists(st.sampled_from(names or ("nothing",)), unique=True, max_size=2).map(tuple)


@st.composite
def openings(draw: DrawFn, process: Process) -> Deal:
    """A new deal in any open stage; where the rules let none begin, an import puts it there.

    >>> from hypothesis import find
    >>> from salesprocess import templates
    >>> find(openings(templates.load("startup")), lambda deal: True).stage
    'prospecting'
    """
    opens = [stage.name for stage in process.stages if stage.kind == "open"]
    command = draw(commands(process))
    stage, by = draw(st.none() | st.sampled_from(opens)), draw(st.none() | actors())
    try:
        return attrs.evolve(command, arguments={**command.arguments, "stage": stage, "by": by}).run(process)
    except SalesProcessError:
        begun = Opened(
            deal=DEAL,
            revision=1,
            at=START,
            process=process.name,
            version=process.version,
            stage=stage or opens[0],
            imported=True,
        )
        return replay([begun])


@st.composite
def walks(draw: DrawFn, process: Process | SearchStrategy[Process], *, max_steps: int = 10) -> Walk:
    """A deal that tries its way through a process, with any commands.

    Errors of the library are part of the walk; any other exception is a bug and comes out.

    Args:
        process: the rulebook, or what it is drawn from.
        max_steps: how many commands are tried at most.

    >>> from hypothesis import find
    >>> from salesprocess import templates
    >>> find(walks(templates.load("startup")), lambda walk: True).steps
    ()
    """
    rulebook = process if isinstance(process, Process) else draw(process)
    opened = deal = draw(openings(rulebook))
    steps: list[Step] = []
    for _ in range(draw(st.integers(0, max_steps) | st.just(max_steps))):
        command = draw(commands(rulebook, deal=deal))
        try:
            steps.append(Step(deal, command, command.run(rulebook, deal)))
        except SalesProcessError as error:
            steps.append(Step(deal, command, deal, error))
        deal = steps[-1].after
    return Walk(rulebook, opened, tuple(steps))
