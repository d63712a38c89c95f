"""All advice about a sound rulebook: first what one look at its parts shows, then what follows from them together."""

from __future__ import annotations

from salesprocess.lint.currencies import about_currencies
from salesprocess.lint.gates import Demand, about_gates
from salesprocess.lint.parts import about_parts
from salesprocess.lint.paths import about_paths
from salesprocess.rules import Rulebook
from salesprocess.verdicts import Finding


def all_advice(rulebook: Rulebook) -> tuple[Finding, ...]:
    """Every warning and hint, each once; `salesprocess.lint.advice` says what they promise."""
    facts = {fact.name: fact for fact in rulebook.facts}
    mended: set[Demand] = set()
    findings = [
        *about_parts(rulebook),
        *about_gates(rulebook, facts, mended),
        *about_currencies(rulebook),
        *about_paths(rulebook, facts, mended),
    ]
    return tuple(dict.fromkeys(findings))
