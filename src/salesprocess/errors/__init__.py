"""One root, one class per situation; each error says what happened, to what, and what would work."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, ClassVar

from salesprocess.errors.names import (
    UnknownActivity,
    UnknownApproval,
    UnknownFact,
    UnknownField,
    UnknownLabel,
    UnknownLanguage,
    UnknownName,
    UnknownObjection,
    UnknownOption,
    UnknownPackage,
    UnknownProcess,
    UnknownRequirement,
    UnknownStage,
    UnknownTemplate,
    UnknownTerm,
    UnknownTransition,
    UnknownVersion,
)
from salesprocess.errors.root import SalesProcessError, SeveralErrors, gather, raise_together

if TYPE_CHECKING:
    from datetime import datetime

    from salesprocess.money import Money
    from salesprocess.verdicts import Decision, Finding, Reason

__all__ = [
    "ActorRequired",
    "BackwardTime",
    "BrokenHistory",
    "BrokenTemplate",
    "CriterionFault",
    "CurrencyMismatch",
    "DriftingHistory",
    "DuplicateDeal",
    "Extrapolated",
    "InvalidCriterion",
    "InvalidDocument",
    "InvalidMoney",
    "InvalidProcess",
    "InvalidTranslation",
    "ItemsMismatch",
    "KeyConflict",
    "LeakyForecaster",
    "MigrationRefused",
    "MissingColumn",
    "MissingRate",
    "NaiveDatetime",
    "NaiveRow",
    "NegativeAmount",
    "NoHistory",
    "NoWorkingTime",
    "OutOfRange",
    "OutcomeUndecided",
    "ProcessClash",
    "ReasonRequired",
    "SalesProcessError",
    "SalesProcessWarning",
    "SeveralErrors",
    "SmallSample",
    "TemplateClash",
    "ThinHistory",
    "TransitionRefused",
    "UnknownActivity",
    "UnknownApproval",
    "UnknownFact",
    "UnknownField",
    "UnknownLabel",
    "UnknownLanguage",
    "UnknownName",
    "UnknownObjection",
    "UnknownOption",
    "UnknownPackage",
    "UnknownProcess",
    "UnknownRequirement",
    "UnknownStage",
    "UnknownTemplate",
    "UnknownTerm",
    "UnknownTransition",
    "UnknownVersion",
    "WrongKind",
    "WrongProcess",
    "WrongStatus",
    "gather",
    "raise_together",
]


def _shown(value: object) -> str:
    """The value as a program writes it; Python refuses to write an int of more than some thousand digits."""
    try:
        return repr(value)
    except ValueError:
        return f"a value that cannot be written ({type(value).__name__})"


class WrongKind(SalesProcessError, TypeError):
    """A value has the wrong type: `name`, the `value` and what was `wanted`."""

    def __init__(self, name: str, value: object, wanted: str) -> None:
        super().__init__(name, value, wanted)
        self.name, self.value, self.wanted = name, value, wanted

    def __str__(self) -> str:
        return f"{self.name} wants {self.wanted}, got {_shown(self.value)} ({type(self.value).__name__})"


class OutOfRange(SalesProcessError, ValueError):
    """A value of the right type that cannot be: `name`, the `value` and what was `wanted`."""

    def __init__(self, name: str, value: object, wanted: str) -> None:
        super().__init__(name, value, wanted)
        self.name, self.value, self.wanted = name, value, wanted

    def __str__(self) -> str:
        return f"{self.name} must be {self.wanted}, got {_shown(self.value)}"


class InvalidMoney(OutOfRange):
    """An amount that is not a finite decimal of reasonable size, or a currency that is not a three-letter code."""


class NegativeAmount(OutOfRange):
    """A deal cannot be worth less than nothing."""


class ItemsMismatch(SalesProcessError, ValueError):
    """The lines of an offer do not sum to the amount of the deal."""

    def __init__(self, total: Money, amount: Money | None) -> None:
        super().__init__(total, amount)
        self.total, self.amount = total, amount

    def __str__(self) -> str:
        stated = "there is no amount" if self.amount is None else f"the amount is {self.amount}"
        return f"the items sum to {self.total}, but {stated}; amend both together, or clear the items"


class CurrencyMismatch(SalesProcessError, ValueError):
    """Two currencies met where no rate was given."""

    def __init__(self, left: str, right: str) -> None:
        super().__init__(left, right)
        self.left, self.right = left, right

    def __str__(self) -> str:
        return f"{self.left} and {self.right} cannot be put together without a rate; convert one of them first"


class MissingRate(SalesProcessError, LookupError):
    """`rates` lacks some of the currencies that occur."""

    def __init__(self, currencies: Sequence[str], target: str) -> None:
        super().__init__(tuple(currencies), target)
        self.currencies, self.target = tuple(currencies), target

    def __str__(self) -> str:
        wanted = ", ".join(f"{currency!r}: what 1 {currency} is worth" for currency in self.currencies)
        return f"no rate to {self.target} for {', '.join(self.currencies)}; pass rates={{{wanted} in {self.target}}}"


class NaiveDatetime(SalesProcessError, ValueError):
    """An instant without a time zone does not say when it was."""

    def __init__(self, name: str, value: datetime) -> None:
        super().__init__(name, value)
        self.name, self.value = name, value

    def __str__(self) -> str:
        return f"{self.name} wants an aware datetime, got {self.value!r}; give it a time zone, such as tzinfo=UTC"


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


class TemplateClash(SalesProcessError, LookupError):
    """Several packages publish a template under one `name`, and nothing says which of `packages` is meant."""

    def __init__(self, name: str, packages: Sequence[str]) -> None:
        super().__init__(name, tuple(packages))
        self.name, self.packages = name, tuple(packages)

    def __str__(self) -> str:
        return (
            f"the template {self.name!r} is published by {' and by '.join(self.packages)}; say which one with "
            f"package={self.packages[0]!r}, or remove a package"
        )


class BrokenTemplate(SalesProcessError, LookupError):
    """What `package` publishes under `name` is no template, or fails; `why` says how, and its error is the cause."""

    def __init__(self, name: str, package: str, why: str) -> None:
        super().__init__(name, package, why)
        self.name, self.package, self.why = name, package, why

    def __str__(self) -> str:
        return f"the template {self.name!r} of the package {self.package!r} is broken: {self.why}"


class InvalidTranslation(SalesProcessError, ValueError):
    """A translation that is not complete, or says what is not there: every `missing` and every `unknown` key."""

    def __init__(self, process: str, missing: Sequence[str], unknown: Sequence[str]) -> None:
        super().__init__(process, tuple(missing), tuple(unknown))
        self.process, self.missing, self.unknown = process, tuple(missing), tuple(unknown)

    def __str__(self) -> str:
        lines = [f"- missing: {key}" for key in self.missing] + [f"- unknown: {key}" for key in self.unknown]
        return "\n".join([f"the translation of {self.process!r} does not fit; process.texts() gives its keys:", *lines])


class InvalidProcess(SalesProcessError, ValueError):
    """A process contradicts itself; `findings` lists every error at once."""

    def __init__(self, name: str, findings: Sequence[Finding]) -> None:
        super().__init__(name, tuple(findings))
        self.name, self.findings = name, tuple(findings)

    def __str__(self) -> str:
        lines = [f"- {finding.subject}: {finding.message} [{finding.code}]" for finding in self.findings]
        return "\n".join([f"the process {self.name!r} cannot be built:", *lines])


class InvalidCriterion(SalesProcessError, TypeError):
    """A criterion was given parameters that its rule does not take."""


class ProcessClash(SalesProcessError, ValueError):
    """Two different rulebooks carry the same name and version."""

    def __init__(self, name: str, version: int) -> None:
        super().__init__(name, version)
        self.name, self.version = name, version

    def __str__(self) -> str:
        return f"two different processes are called {self.name!r} version {self.version}; give one a higher version"


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


class MissingColumn(SalesProcessError, LookupError):
    """An import was not told where to find something it cannot do without, or a named column is in no row."""

    def __init__(self, columns: Sequence[str], found: Iterable[str]) -> None:
        super().__init__(tuple(columns), tuple(found))
        self.columns, self.found = tuple(columns), tuple(self.args[1])

    def __str__(self) -> str:
        return (
            f"no column {', '.join(repr(c) for c in self.columns)}; the rows have: {', '.join(self.found) or 'nothing'}"
        )


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

    def __str__(self) -> str:
        place = f" in stage {self.stage!r}" if self.stage else ""
        lines = [f"deal {self.deal!r}{place}: {self.decision.name} is refused", *(f"- {r}" for r in self.reasons)]
        return "\n".join([*lines, f"possible now: {', '.join(self.possible) or 'nothing'}"])


class CriterionFault(TransitionRefused):
    """A criterion raised, or returned something that is neither a bool nor a `Verdict`; its error is the cause."""


class NoHistory(SalesProcessError, ValueError):
    """There is nothing to compute from: no deals, or none before `as_of`."""


class LeakyForecaster(SalesProcessError, ValueError):
    """A backtest was given a fitted forecaster, which has already seen the future it is to predict."""


class SalesProcessWarning(UserWarning):
    """The root of every warning of this library."""


class SmallSample(SalesProcessWarning):
    """An estimate rests on so few deals that its interval matters more than its value.

    Occurs when fewer than ten deals stand behind a number. Show the interval, or pool deals until there are enough;
    silence it with `warnings.filterwarnings("ignore", category=SmallSample)`.
    """


class ThinHistory(SalesProcessWarning):
    """A record is too short to judge by, and what is said rests on a prior.

    Occurs when a forecaster is to be chosen and fewer than ten deals are won or lost, or fewer than three moments of
    the past can be looked back from. Read the forecast as the prior it is, or import more history; silence it with
    `warnings.filterwarnings("ignore", category=ThinHistory)`.
    """


class DriftingHistory(SalesProcessWarning):
    """The later half of a record goes otherwise than the earlier one, and a forecast learns from both.

    Occurs when an outcome of a stage became more or less frequent, at equal ages, by more than chance explains and by
    at least a quarter. Fit with a `window` or a `half_life`, and look at the bias in the backtest; silence it with
    `warnings.filterwarnings("ignore", category=DriftingHistory)`.
    """


class Extrapolated(SalesProcessWarning):
    """Much of a forecast rests on ages and spans that the record has not seen.

    Occurs when half of the expected amount comes from deals that are older, or are forecast further ahead, than enough
    visits were watched. Forecast a nearer period, or import more history; silence it with
    `warnings.filterwarnings("ignore", category=Extrapolated)`.
    """


class NaiveRow(NaiveDatetime):
    """A row of an export holds a local time, and nobody said of which zone; `name` says which row and column."""

    def __str__(self) -> str:
        return f"{self.name} holds {self.value.isoformat()} without a time zone; pass tz=, such as tz='Europe/Oslo'"


class MigrationRefused(SalesProcessError, ValueError):
    """Some deals cannot follow the other rulebook, and nothing was migrated; `blocked` has a row for each, with why."""

    def __init__(self, process: str, version: int, blocked: Sequence[object]) -> None:
        super().__init__(process, version, tuple(blocked))
        self.process, self.version, self.blocked = process, version, tuple(blocked)

    def __str__(self) -> str:
        head = f"{len(self.blocked)} deals cannot follow {self.process!r} version {self.version}:"
        advice = "migrate the others with blocked='skip', or blocked='keep' to have these back unchanged"
        return "\n".join([head, *(f"- {row}" for row in self.blocked), advice])


class InvalidDocument(SalesProcessError, ValueError):
    """Data that is not a document of the wanted kind; `faults` lists every place as a path and what is wrong there."""

    _SHOWN: ClassVar[int] = 50

    def __init__(self, faults: Iterable[tuple[str, str]]) -> None:
        self.faults = tuple((path, message) for path, message in faults)
        super().__init__(self.faults)

    def __str__(self) -> str:
        told = [f"- {path}: {message}" for path, message in self.faults[: self._SHOWN]]
        more = len(self.faults) - len(told)
        return "\n".join(["the document cannot be read:", *told, *([f"- and {more} more"] if more else [])])


class NoWorkingTime(SalesProcessError, ValueError):
    """A span counts in working hours or working days, and nobody said when people work."""

    def __init__(self, span: str) -> None:
        super().__init__(span)
        self.span = span

    def __str__(self) -> str:
        return f"{self.span} cannot be counted without working hours; pass working_time=WorkingTime(...)"


class OutcomeUndecided(SalesProcessError, ValueError):
    """Nothing tells which labels of a log mean that a case is won; `ends` are those after which nothing follows."""

    def __init__(self, outcome: str, ends: Sequence[str], labels: Iterable[str]) -> None:
        super().__init__(outcome, tuple(ends), tuple(labels))
        self.outcome, self.ends, self.labels = outcome, tuple(ends), tuple(self.args[2])

    def __str__(self) -> str:
        ends = f"nothing follows {', '.join(repr(name) for name in self.ends)}" if self.ends else "every label is left"
        known = ", ".join(repr(name) for name in self.labels)
        return f"no label is known to mean {self.outcome} ({ends}); say which: {self.outcome}=[...], of {known}"


def _publish(values: Iterable[object]) -> None:
    for each in values:
        if isinstance(each, type) and issubclass(each, SalesProcessError):
            each.__module__ = __name__


_publish(tuple(vars().values()))  # tracebacks and pickles name this package, and no module inside it
