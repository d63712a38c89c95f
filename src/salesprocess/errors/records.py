"""What is wrong with a change of a deal, a history, or the rows of an export."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from salesprocess.errors.root import SalesProcessError

if TYPE_CHECKING:
    from datetime import datetime

    from salesprocess.verdicts import Decision, Reason
    from salesprocess.words import Language


class TransitionRefused(SalesProcessError):
    """The rules do not allow this move; nothing was changed.

    Attributes:
        deal: the id of the deal.
        decision: the refused `Decision`, with every reason.
        possible: the names of the transitions that are allowed now.
    """

    def __init__(self, deal: str, decision: Decision, possible: Sequence[str]) -> None:
        super().__init__(deal, decision, tuple(possible))
        self.deal, self.decision, self.possible = deal, decision, tuple(possible)

    @property
    def stage(self) -> str | None:
        """The stage the deal is in and stays in; None when it was not opened."""
        return self.decision.source

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """Every reason, in the order of the rulebook."""
        return self.decision.unmet

    def text(self, language: Language = "en") -> str:
        """The refused decision with every reason, in words for people: `decision.text(language)`."""
        return self.decision.text(language)

    def __str__(self) -> str:
        place = f" in stage {self.stage!r}" if self.stage else ""
        lines = [f"deal {self.deal!r}{place}: {self.decision.name} is refused", *(f"- {r}" for r in self.reasons)]
        return "\n".join([*lines, f"possible now: {', '.join(self.possible) or 'nothing'}"])


class CriterionFault(TransitionRefused):
    """A criterion raised, or returned something that is neither a bool nor a `Verdict`; its error is the cause."""


class WrongProcess(SalesProcessError, ValueError):
    """A verb was called on a deal of another process or version."""

    def __init__(self, deal: str, has: tuple[str, int], given: tuple[str, int]) -> None:
        super().__init__(deal, has, given)
        self.deal, self.has, self.given = deal, has, given

    def __str__(self) -> str:
        has, given = (f"{name!r} version {version}" for name, version in (self.has, self.given))
        return f"deal {self.deal!r} follows {has}, not {given}; take its process from a Catalog, or migrate the deal"


class WrongStatus(SalesProcessError, ValueError):
    """The verb does not apply to a deal in this status."""

    def __init__(self, deal: str, verb: str, status: str, wanted: Sequence[str]) -> None:
        super().__init__(deal, verb, status, tuple(wanted))
        self.deal, self.verb, self.status, self.wanted = deal, verb, status, tuple(wanted)

    def __str__(self) -> str:
        return f"cannot {self.verb} deal {self.deal!r}: it is {self.status}, not {' or '.join(self.wanted)}"


class ReasonRequired(SalesProcessError, ValueError):
    """This change of the record wants a reason."""

    def __init__(self, deal: str, verb: str, why: str) -> None:
        super().__init__(deal, verb, why)
        self.deal, self.verb, self.why = deal, verb, why

    def __str__(self) -> str:
        return f"cannot {self.verb} deal {self.deal!r} without a reason: {self.why}; pass reason="


class ActorRequired(SalesProcessError, ValueError):
    """This change of the record wants to know who made it."""

    def __init__(self, deal: str, verb: str) -> None:
        super().__init__(deal, verb)
        self.deal, self.verb = deal, verb

    def __str__(self) -> str:
        return f"cannot {self.verb} deal {self.deal!r} without an actor; pass by="


class BackwardTime(SalesProcessError, ValueError):
    """An event would be recorded before the last one of its deal."""

    def __init__(self, deal: str, at: datetime, last: datetime) -> None:
        super().__init__(deal, at, last)
        self.deal, self.at, self.last = deal, at, last

    def __str__(self) -> str:
        return (
            f"deal {self.deal!r} was last changed at {self.last.isoformat()}, {self.at.isoformat()} is before that; "
            "record it at a later instant (record and note say with happened= when it was)"
        )


class KeyConflict(SalesProcessError, ValueError):
    """An idempotency key came back with other content than it was first used for."""

    def __init__(self, deal: str, key: str, recorded: str, asked: str) -> None:
        super().__init__(deal, key, recorded, asked)
        self.deal, self.key, self.recorded, self.asked = deal, key, recorded, asked

    def __str__(self) -> str:
        return (
            f"key {self.key!r} of deal {self.deal!r} already stands for {self.recorded}, not for {self.asked}; "
            "use a new key for a new change"
        )


class BrokenHistory(SalesProcessError, ValueError):
    """Events that do not follow one another; `faults` lists every place."""

    def __init__(self, deal: str, faults: Sequence[str]) -> None:
        super().__init__(deal, tuple(faults))
        self.deal, self.faults = deal, tuple(faults)

    def __str__(self) -> str:
        return "\n".join(
            [f"the history of deal {self.deal!r} does not hold together:", *(f"- {f}" for f in self.faults)]
        )


class DuplicateDeal(SalesProcessError, ValueError):
    """One book holds two deals of the same id."""

    def __init__(self, ids: Sequence[str]) -> None:
        super().__init__(tuple(ids))
        self.ids = tuple(ids)

    def __str__(self) -> str:
        return f"these deals occur more than once: {', '.join(repr(i) for i in self.ids)}; keep the latest of each"


class MigrationRefused(SalesProcessError, ValueError):
    """Some deals cannot follow the other rulebook, and nothing was migrated; `blocked` has a row for each, with why."""

    def __init__(self, process: str, version: int, blocked: Sequence[object]) -> None:
        super().__init__(process, version, tuple(blocked))
        self.process, self.version, self.blocked = process, version, tuple(blocked)

    def __str__(self) -> str:
        head = f"{len(self.blocked)} deals cannot follow {self.process!r} version {self.version}:"
        advice = "migrate the others with blocked='skip', or blocked='keep' to have these back unchanged"
        return "\n".join([head, *(f"- {row}" for row in self.blocked), advice])


class MissingColumn(SalesProcessError, LookupError):
    """An import was not told where to find something it cannot do without, or a named column is in no row."""

    def __init__(self, columns: Sequence[str], found: Iterable[str]) -> None:
        super().__init__(tuple(columns), tuple(found))
        self.columns, self.found = tuple(columns), tuple(self.args[1])

    def __str__(self) -> str:
        return (
            f"no column {', '.join(repr(c) for c in self.columns)}; the rows have: {', '.join(self.found) or 'nothing'}"
        )


class OutcomeUndecided(SalesProcessError, ValueError):
    """Nothing tells which labels of a log mean that a case is won; `ends` are those after which nothing follows."""

    def __init__(self, outcome: str, ends: Sequence[str], labels: Iterable[str]) -> None:
        super().__init__(outcome, tuple(ends), tuple(labels))
        self.outcome, self.ends, self.labels = outcome, tuple(ends), tuple(self.args[2])

    def __str__(self) -> str:
        ends = f"nothing follows {', '.join(repr(name) for name in self.ends)}" if self.ends else "every label is left"
        known = ", ".join(repr(name) for name in self.labels)
        return f"no label is known to mean {self.outcome} ({ends}); say which: {self.outcome}=[...], of {known}"
