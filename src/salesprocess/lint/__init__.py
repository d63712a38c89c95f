"""Static analysis of a rulebook: errors that keep it from being built, and advice that does not.

Every finding has a code of `CODES`; the reference explains each one with an example.
"""

from __future__ import annotations

from importlib import import_module

from salesprocess.events import TERMS
from salesprocess.lint.findings import CODES
from salesprocess.lint.soundness import activities, errors, is_name
from salesprocess.rules import Rulebook
from salesprocess.verdicts import Finding

__all__ = ["CODES", "TERMS", "activities", "advice", "errors", "is_name"]


def advice(rulebook: Rulebook) -> tuple[Finding, ...]:
    """Warnings and hints about a sound rulebook; nothing when it is clean.

    What they say can never happen is proven, for deals that are opened in the first stage that applies and keep to the
    rules; rules of a user are opaque, and never called. Each fault is told once, where it can be mended.

    >>> from salesprocess.templates import load
    >>> advice(load("startup"))
    ()
    """
    # The analysis is loaded when it is asked for: building a process needs the errors only.
    findings: tuple[Finding, ...] = import_module("salesprocess.lint.advising").all_advice(rulebook)
    return findings
