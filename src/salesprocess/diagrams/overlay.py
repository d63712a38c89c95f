"""Numbers laid over a diagram: which of them are on it, how they read, and how dark they shade."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

from salesprocess.errors import OutOfRange, SalesProcessError, UnknownStage, WrongKind, raise_together
from salesprocess.given import mapping

Pair = tuple[str, str]
"""Source and destination of a move."""

Values = Mapping[str, float | str] | Mapping[Pair, float | str] | Mapping[str | Pair, float | str]
"""Numbers or texts by the name of a stage, by source and destination, or by either."""


def checked(values: Values, stages: Iterable[str]) -> tuple[dict[str, float | str], dict[Pair, float | str]]:
    """The values on stages and those between two of them.

    Raises:
        UnknownStage: some names are no stages; all of them are listed.
        OutOfRange: a number is not finite.
        WrongKind: a key or a value is of no kind that can be drawn.
    """
    known = tuple(stages)
    on: dict[str, float | str] = {}
    between: dict[Pair, float | str] = {}
    errors: list[SalesProcessError] = []
    told: Mapping[Any, Any] = values
    for key, value in mapping(told, "values", "stages, or pairs of them, to numbers or texts").items():
        if isinstance(key, str):
            on[key] = value
        elif isinstance(key, tuple) and [*map(type, key)] == [str, str]:
            between[key] = value
        else:
            errors.append(WrongKind("values", key, "the name of a stage, or a source and a destination, as a key"))
        if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal | Fraction):
            errors.append(WrongKind(f"values[{key!r}]", value, "a number or a text"))
        elif not isinstance(value, str) and not math.isfinite(value):
            errors.append(OutOfRange(f"values[{key!r}]", value, "finite"))
    named = dict.fromkeys((*on, *(stage for pair in between for stage in pair)))
    if unknown := [stage for stage in named if stage not in known]:
        errors.append(UnknownStage(unknown, known))
    raise_together(errors)
    return on, between


def shades(values: Mapping[str, float | str]) -> dict[str, float]:
    """Where each number lies between the lowest, 0, and the highest, 1; in the middle when they are all the same.

    >>> shades({"lead": 10, "offer": 20, "signed": 15, "lost": "no data"})
    {'lead': 0.0, 'offer': 1.0, 'signed': 0.5}
    """
    numbers = {name: Fraction(value) for name, value in values.items() if not isinstance(value, str)}
    low, high = min(numbers.values(), default=0), max(numbers.values(), default=0)
    return {name: float((value - low) / (high - low)) if high > low else 0.5 for name, value in numbers.items()}


def explained(legend: str, on: Mapping[str, float | str], between: Mapping[Pair, float | str], spec: str) -> str:
    """How to read the overlay; empty without one."""
    if not on and not between:
        return ""
    numbers = [value for value in on.values() if not isinstance(value, str)]
    if not numbers:
        return f"Numbers: {legend}."
    low, high = shown(min(numbers), spec), shown(max(numbers), spec)
    return f"Numbers: {legend}; stages are shaded from {low} (light) to {high} (dark)."


def shown(value: float | str, spec: str) -> str:
    """A value as text: by a format specification such as `.0%`, else with three significant digits or all whole ones.

    >>> shown(0.41666, ""), shown(12345.6, ""), shown(0.41666, ".0%"), shown("n = 12", ".0%")
    ('0.417', '12,346', '42%', 'n = 12')
    """
    if isinstance(value, str):
        return value
    return format(value, spec or (",.0f" if abs(value) >= 100 else ".3g"))
