"""All advice about a sound rulebook: first what one look at its parts shows, then what follows from them together."""

from __future__ import annotations

from salesprocess.lint.currencies import about_currencies
from salesprocess.lint.gates import Demand, about_gates
from salesprocess.lint.parts import about_parts
from salesprocess.lint.paths import about_paths
from salesprocess.rules import Rulebook
from salesprocess.verdicts import Finding


def advice(rulebook: Rulebook) -> tuple[Finding, ...]:
    """Warnings and hints about a sound rulebook; nothing when it is clean.

    Each fault is told once, where it can be mended: what would follow from a criterion that is never met is left out.

    >>> from salesprocess.templates import load
    >>> advice(load("startup"))
    ()
    """
    facts = {fact.name: fact for fact in rulebook.facts}
    mended: set[Demand] = set()
    findings = [
        *about_parts(rulebook),
        *about_gates(rulebook, facts, mended),
        *about_currencies(rulebook),
        *about_paths(rulebook, facts, mended),
    ]
    return tuple(dict.fromkeys(findings))
