"""Static analysis of a rulebook: errors that keep it from being built, and advice that does not.

Every finding has a code of `CODES`; `docs/reference/lint.md` explains each one with an example.
"""

from salesprocess.events import TERMS
from salesprocess.lint.advising import advice
from salesprocess.lint.findings import CODES
from salesprocess.lint.soundness import activities, errors, is_name

__all__ = ["CODES", "TERMS", "activities", "advice", "errors", "is_name"]
