"""Commands as values: a verb of a process with its arguments, to be run, printed, left out and read as a story."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, cast

import attrs

from salesprocess.deal import Deal
from salesprocess.errors import SalesProcessError
from salesprocess.events import Actor
from salesprocess.frozen import FrozenDict, frozen_dict
from salesprocess.process import Process

START = datetime(2026, 1, 5, 9, tzinfo=UTC)
"""When generated deals are opened, unless somebody says otherwise: a Monday morning."""

_FIRST: Mapping[str, str] = {
    "open": "deal",
    "take": "name",
    "move": "destination",
    "override": "destination",
    "record": "activity",
    "note": "text",
    "learn": "facts",
    "approve": "subject",
    "withdraw_approval": "subject",
    "raise_objection": "objection",
    "resolve_objection": "number",
    "waive": "requirement",
}
"""The argument that each verb takes by its place."""


@attrs.frozen(repr=False)
class Command:
    """A verb with its arguments, `at` among them.

    It prints as the line of Python that would run it.

    >>> Command("record", {"activity": "demo", "at": START, "by": "kari"})
    record('demo', by='kari')
    """

    verb: str
    arguments: FrozenDict[str, Any] = attrs.field(converter=frozen_dict)

    @property
    def at(self) -> datetime:
        """When it is run."""
        return cast("datetime", self.arguments["at"])

    def run(self, process: Process, deal: Deal | None = None) -> Deal:
        """The deal after the verb; `open` takes none.

        Raises:
            SalesProcessError: whatever the verb raises.
        """
        verb = getattr(process, self.verb)
        after: Deal = verb(**self.arguments) if deal is None else verb(deal, **self.arguments)
        return after

    def __repr__(self) -> str:
        first = _FIRST.get(self.verb, "")
        shown = [_shown(self.arguments[first])] if first in self.arguments else []
        later = self.arguments.get("at", START) - START
        shown += [
            f"{name}={_shown(value)}"
            for name, value in self.arguments.items()
            if name not in (first, "at") and value not in (None, (), False, "")
        ]
        return f"{self.verb}({', '.join(shown)})" + (f"  # {later} later" if later else "")


def _shown(value: object) -> str:
    if isinstance(value, Actor) and not value.roles:
        return repr(value.id)
    if isinstance(value, Actor):
        return f"Actor({value.id!r}, roles={sorted(value.roles)})"
    return repr(value)


@attrs.frozen(repr=False)
class Path:
    """The shortest way to a transition or a stage that the kit found: commands, of which the last one takes it.

    Attributes:
        process: the rulebook.
        transition: the name of the transition that the last command takes; `open` for a stage in which a deal begins.
        source: the stage it leaves; None for a deal that is opened.
        destination: the stage it leads to.
        commands: what is to be done, `open` first.

    It prints as a program.
    """

    process: Process
    transition: str
    source: str | None
    destination: str
    commands: tuple[Command, ...]

    def deals(self) -> Iterator[Deal]:
        """The deal after each command."""
        deal: Deal | None = None
        for command in self.commands:
            deal = command.run(self.process, deal)
            yield deal

    def before(self) -> Deal:
        """The deal when everything is ready for the last command.

        Raises:
            ValueError: the path only opens a deal, so that there is none before.
        """
        before: list[Deal | None] = [None, *self.deals()]
        ready = before[-2]
        if ready is None:
            raise ValueError(f"{self} only opens a deal")
        return ready

    def run(self) -> Deal:
        """The deal at the end."""
        *_, deal = self.deals()
        return deal

    @property
    def last(self) -> Command:
        """The command that takes the transition."""
        return self.commands[-1]

    def __str__(self) -> str:
        if self.source is None:
            return f"open in {self.destination}"
        return f"{self.transition} from {self.source} to {self.destination}"

    def __repr__(self) -> str:
        return f"<{self}\n{program(self.commands)}>"


def program(commands: Iterable[Command]) -> str:
    """The commands, one a line."""
    return "\n".join(f"    {command!r}" for command in commands)


def story(process: Process, commands: Iterable[Command]) -> str:
    """What became of a deal, command by command: where it stood after each, or why it was refused.

    >>> from salesprocess import Stage
    >>> process = Process("kiosk", stages=[Stage("lead"), Stage.won("sold"), Stage.lost("lost")])
    >>> opened = Command("open", {"deal": "ACME-1", "at": START})
    >>> print(story(process, [opened, Command("win", {"at": START}), Command("win", {"at": START})]))
    kiosk version 1
     1. open('ACME-1')  → lead, open
     2. win()           → sold, won
     3. win()           refused: deal: win does not leave the stage sold (ask ...)
    """
    tried: list[tuple[Command, str]] = []
    deal: Deal | None = None
    for command in commands:
        try:
            deal = command.run(process, deal)
        except Exception as error:  # noqa: BLE001 - a story is told to the end, whatever happened in it
            tried.append((command, f"{'refused' if isinstance(error, SalesProcessError) else 'failed'}: {told(error)}"))
        else:
            tried.append((command, f"→ {deal.stage}, {deal.status}"))
    return "\n".join(lines_of(process, tried))


def lines_of(process: Process, tried: Sequence[tuple[Command, str]]) -> Iterator[str]:
    """The lines of a story, from commands with their ends."""
    width = max((len(repr(command)) for command, _ in tried), default=0)
    yield f"{process.name} version {process.version}"
    for number, (command, end) in enumerate(tried, 1):
        yield f"{number:2}. {command!r:{width}}  {end}"


def told(error: Exception) -> str:
    """An error in one line: its reasons, else its type and the first line of what it says, if it says anything."""
    if reasons := getattr(error, "reasons", ()):
        return "; ".join(str(reason) for reason in reasons)
    return ": ".join([type(error).__name__, *str(error).splitlines()[:1]])
