"""Values that a declared fact can have, drawn at random."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import attrs

from salesprocess.errors import SalesProcessError
from salesprocess.facts import Fact, FactValue
from salesprocess.money import Money


def allowed(fact: Fact, value: object) -> FactValue | None:
    """The value as the fact records it; None when the fact cannot have it.

    >>> allowed(Fact("seats", int, minimum=1), 0) is None
    True
    """
    try:
        return fact.check(value)
    except SalesProcessError:
        return None


def drawn(
    fact: Fact, rng: Random, at: datetime, currency: str, *, minimum: Any = None, count: int = 1
) -> FactValue | None:
    """A value that the fact can have; None when none was found.

    Without bounds a number lies between 0 and 20, a day or an instant in the half year after `at`, an amount between
    0 and 1,000; a text is the name of the fact with a number.

    Args:
        fact: the declaration.
        rng: where chance comes from.
        at: the present moment.
        currency: of an amount without a bound.
        minimum: the least value, instead of the fact's own bound.
        count: how many values a fact of `many` has at least.

    >>> from datetime import UTC
    >>> drawn(Fact("seats", int, minimum=3, maximum=3), Random(1), datetime(2026, 1, 5, tzinfo=UTC), "EUR")
    3
    """
    bounded = fact if minimum is None else attrs.evolve(fact, minimum=minimum)
    if not fact.many:
        return allowed(fact, _one(bounded, rng, at, currency))
    return allowed(fact, tuple(_one(bounded, rng, at, currency) for _ in range(rng.randint(count, count + 2))))


def _one(fact: Fact, rng: Random, at: datetime, currency: str) -> object:
    low, high = fact.minimum, fact.maximum
    if fact.choices or fact.kind is bool:
        fitting: list[Any] = [
            value
            for value in fact.choices or (False, True)
            if (low is None or low <= value) and (high is None or value <= high)
        ]
        return rng.choice(fitting) if fitting else None
    if fact.kind is str:
        return next((bound for bound in (low, high) if bound is not None), f"{fact.name} {rng.randint(1, 20)}")
    if fact.kind is Money:
        currency = next((bound.currency for bound in (low, high) if bound is not None), currency)
        least, most = (None if bound is None else bound.amount for bound in (low, high))
        return Money(_between(least, most, Decimal(0), Decimal(1000), rng), currency)
    places: dict[type, tuple[Any, Any]] = {
        int: (0, 20),
        float: (0.0, 20.0),
        Decimal: (Decimal(0), Decimal(20)),
        date: (at.date(), timedelta(days=180)),
        datetime: (at, timedelta(days=180)),
    }
    return _between(low, high, *places[fact.kind], rng)


def _between(low: Any, high: Any, start: Any, width: Any, rng: Random) -> Any:
    """In hundredths of the way between the bounds, both included; a missing one lies a width from the other."""
    if low is None:
        low = start if high is None else min(start, high)
    if high is None:
        high = low + width
    part = (high - low) * rng.randint(0, 100)
    return low + (part // 100 if isinstance(part, int) else part / 100)
