"""One root, one class per situation; each error says what happened, to what, and what would work."""

from __future__ import annotations

from collections.abc import Iterable

from salesprocess.errors.names import (
    UnknownActivity,
    UnknownApproval,
    UnknownDeal,
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
    UnknownRole,
    UnknownRule,
    UnknownStage,
    UnknownSubject,
    UnknownTemplate,
    UnknownTerm,
    UnknownTransition,
    UnknownVersion,
)
from salesprocess.errors.records import (
    ActorRequired,
    BackwardTime,
    BrokenHistory,
    CriterionFault,
    DuplicateDeal,
    KeyConflict,
    MigrationRefused,
    MissingColumn,
    OutcomeUndecided,
    ReasonRequired,
    TransitionRefused,
    WrongProcess,
    WrongStatus,
)
from salesprocess.errors.root import SalesProcessError, SeveralErrors, gather, raise_together
from salesprocess.errors.rulebooks import (
    BrokenTemplate,
    InvalidCriterion,
    InvalidDocument,
    InvalidProcess,
    InvalidTranslation,
    ProcessClash,
    TemplateClash,
)
from salesprocess.errors.studies import (
    DriftingHistory,
    Extrapolated,
    LeakyForecaster,
    NoHistory,
    SalesProcessWarning,
    SmallSample,
    ThinHistory,
)
from salesprocess.errors.values import (
    CurrencyMismatch,
    InvalidMoney,
    ItemsMismatch,
    MissingRate,
    NaiveDatetime,
    NaiveRow,
    NegativeAmount,
    NoWorkingTime,
    OutOfRange,
    WrongKind,
)

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
    "UnknownDeal",
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
    "UnknownRole",
    "UnknownRule",
    "UnknownStage",
    "UnknownSubject",
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


def _publish(values: Iterable[object]) -> None:
    for each in values:
        if isinstance(each, type) and issubclass(each, (SalesProcessError, SalesProcessWarning)):
            each.__module__ = __name__


_publish(tuple(vars().values()))  # tracebacks and pickles name this package, and no module inside it
