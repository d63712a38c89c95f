"""The findings that there are: every code with its severity, so that none is made up on the way."""

from __future__ import annotations

from collections.abc import Mapping

from salesprocess.frozen import FrozenDict
from salesprocess.verdicts import Finding, Severity

_ERRORS = (
    "kind",
    "name.invalid",
    "version.invalid",
    "fact.duplicate",
    "fact.term",
    "fact.kind",
    "fact.bound",
    "stage.duplicate",
    "stage.kind",
    "probability.range",
    "category.unknown",
    "canonical.unknown",
    "duration.invalid",
    "activity.duplicate",
    "reason.duplicate",
    "won.missing",
    "won.several",
    "lost.missing",
    "lost.several",
    "stage.none_open",
    "stage.order",
    "won.unreachable",
    "transition.reserved",
    "transition.nowhere",
    "transition.loop",
    "transition.unsold",
    "transition.duplicate",
    "policy.skip",
    "policy.back",
    "policy.facts",
    "policy.win",
    "policy.reopen",
    "policy.override",
    "policy.clock_skew",
    "stage.unknown",
    "activity.unknown",
    "fact.unknown",
    "term.unknown",
    "value.unknown",
)
_WARNINGS = (
    "probability.falls",
    "probability.certain",
    "category.kind",
    "category.falls",
    "fact.choice",
    "activity.skippable",
    "activity.unchecked",
    "criterion.never",
    "criterion.always",
    "criterion.contradiction",
    "criterion.unchecked",
    "currency.mixed",
    "transition.shadowed",
    "transition.never",
    "stage.unreachable",
    "stage.trap",
    "win.never",
)
_HINTS = ("probability.missing", "reason.missing", "criterion.vacuous", "stage.dead_end")

CODES: Mapping[str, Severity] = FrozenDict(
    {
        **dict.fromkeys(_ERRORS, "error"),
        **dict.fromkeys(_WARNINGS, "warning"),
        **dict.fromkeys(_HINTS, "hint"),
    }
)
"""The severity of every code: an `error` refuses the rulebook, a `warning` is hardly meant, a `hint` may be."""


def found(code: str, subject: str, message: str) -> Finding:
    """A finding with the severity of its code.

    Raises:
        KeyError: there is no such code.

    >>> print(found("stage.trap", "offer", "no way leads on"))
    warning stage.trap at offer: no way leads on
    """
    return Finding(code, CODES[code], subject, message)
