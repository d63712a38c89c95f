"""The bounds within which documents are read and written, so that no data can exhaust a process."""

from __future__ import annotations

from typing import Any

from salesprocess.serialization.faults import fault

LARGEST = 10**1000
"""Whole numbers lie between minus this and this, exclusive."""

LONGEST_DECIMAL = 1000
"""The most characters that a decimal number has; its exponent has at most three digits."""

EXACT = 2**53
"""A whole number where a float is wanted lies between minus this and this, so that it converts exactly."""

DEEPEST = 100
"""How many objects and lists may lie inside one another."""

MOST = 20_000
"""How many values a document of a rulebook, or of a single value, may hold; deals and their events are not counted."""

MOST_STAGES = 100
"""How many stages a rulebook may have: its moves grow with the square of them."""


def check(document: dict[Any, Any]) -> None:
    """Refuse what is nested too deep or holds too many values, before anything recursive looks at it.

    A part that occurs in two places counts twice, as it does in YAML with aliases.

    Raises:
        InvalidDocument: a bound is exceeded.
    """
    layer: list[dict[object, object] | list[object]] = [document]
    count = 0
    for _ in range(DEEPEST):
        inner: list[object] = []
        for part in layer:
            inner.extend(part.values() if isinstance(part, dict) else part)
            if count + len(inner) > MOST:
                raise fault(f"holds more than {MOST} values")
        count += len(inner)
        layer = [part for part in inner if isinstance(part, dict | list)]
        if not layer:
            return
    raise fault(f"is nested deeper than {DEEPEST} levels")
