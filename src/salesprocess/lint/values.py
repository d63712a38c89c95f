"""Whether a fact, or the amount, can have a value for which some of the stock rules come out as wanted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import product
from typing import Any, NamedTuple, cast

import attrs

from salesprocess import criteria as c
from salesprocess.criteria import Criterion, Rule
from salesprocess.errors import SalesProcessError
from salesprocess.facts import KINDS, Fact, FactValue, Scalar
from salesprocess.money import Money

Wanted = tuple[Criterion, bool]
"""A rule about a value, and whether it shall be met or unmet."""

AMOUNT = Fact("amount", Money)
"""The amount of a deal, as far as rules compare it like a fact."""

_LEAST: tuple[Rule[...], ...] = (c.at_least, c.amount_at_least)
_MOST: tuple[Rule[...], ...] = (c.at_most, c.amount_at_most)
ABOUT_AMOUNT: tuple[Rule[...], ...] = (c.amount_at_least, c.amount_at_most)
_RULES = (c.equals, c.one_of, c.count_at_least, c.contains, c.matches, *_LEAST, *_MOST)
_NUMBERS = (bool, int, float, Decimal)
_FEW = 64
"""So many whole numbers are tried one by one."""

_SAMPLES: dict[type[Scalar], Scalar] = {
    str: "",
    int: 0,
    float: 0.0,
    Decimal: Decimal(0),
    date: date(2000, 1, 1),
    datetime: datetime(2000, 1, 1, tzinfo=UTC),
    Money: Money(0, "XXX"),
}
"""A value of each kind: what cannot be compared with it can be compared with none. A bool needs no sample."""


def is_about_a_value(criterion: Criterion) -> bool:
    """Whether it is a stock rule that compares a fact or the amount with something of a known kind."""
    if criterion.rule not in _RULES:
        return False
    operand = list(criterion.parameters.values())[-1]
    several = isinstance(operand, tuple) and criterion.rule is not c.count_at_least
    items = cast("tuple[object, ...]", operand if several else (operand,))
    return (several or criterion.rule is not c.one_of) and all(type(item) in KINDS for item in items)


def some_value(fact: Fact | None, wanted: Sequence[Wanted]) -> bool:
    """Whether some value that the declaration admits makes every rule come out as wanted.

    Sound in one direction: False is certain. True may be said where the values are too many to be tried.

    Args:
        fact: the declaration; None for a fact that is free.
        wanted: rules about this one fact for which `is_about_a_value` holds.

    >>> seats = Fact("seats", int, minimum=0, maximum=9)
    >>> some_value(seats, [(c.at_least("seats", 4), True), (c.at_least("seats", 5), False)])
    True
    >>> some_value(seats, [(c.at_least("seats", 12), True)])
    False
    """
    candidates = _candidates(fact, wanted)
    if candidates is not None:
        return any(all(_meets(rule, value) is met for rule, met in wanted) for value in candidates)
    if fact is not None:
        sample = () if fact.many else _SAMPLES[fact.kind]
        if any(_meets(rule, sample) is None for rule, _ in wanted):
            return False
        one = attrs.evolve(fact, many=False)
        held = [rule.parameters["value"] for rule, met in wanted if met and rule.rule is c.contains]
        if not all(_forms(one, value) for value in held):
            return False
    return _bounds(fact, wanted).leave_room and _counts(wanted).leave_room


def _meets(criterion: Criterion, value: FactValue) -> bool | None:
    """What the rule itself says about a deal of which only this value is known; None when it fails."""
    parameters = criterion.parameters
    deal: Any = _Known(value, {parameters.get("fact"): value})
    question: Any = None
    try:
        return criterion.rule.function(deal, question, **parameters) is True
    except (TypeError, AttributeError, ArithmeticError):
        return None


class _Known:
    """As much of a deal as the rules about values read."""

    __slots__ = ("amount", "facts")

    def __init__(self, amount: FactValue, facts: dict[Any, FactValue]) -> None:
        self.amount = amount
        self.facts = facts


def _candidates(fact: Fact | None, wanted: Sequence[Wanted]) -> Iterable[FactValue] | None:
    """All values that come into question, where these are few; None where they are many."""
    for criterion, met in wanted:
        if met and criterion.rule in (c.equals, c.one_of):
            operand = criterion.parameters["value" if criterion.rule is c.equals else "values"]
            return _admitted(fact, (operand,) if criterion.rule is c.equals else operand)
    if fact is None or fact.many:
        return None
    if fact.choices or fact.kind is bool:
        return _admitted(fact, fact.choices or (True, False))
    if fact.kind is int:
        bounds = _bounds(fact, wanted)
        lows = (*bounds.lows, *bounds.below)
        highs = (*bounds.highs, *bounds.above)  # those that are not reached are tried in vain
        if lows and highs and all(type(each) is int for each in (*lows, *highs)):
            values = range(max(lows), min(highs) + 1)
            return values if len(values) <= _FEW else None
    return None


def _admitted(fact: Fact | None, values: Iterable[Any]) -> list[FactValue]:
    """What the declaration admits and is equal to one of the values."""
    return [form for value in values for form in ((value,) if fact is None else _forms(fact, value))]


def _forms(fact: Fact, value: Any) -> Iterable[FactValue]:
    """The value as the fact records it: 3 is equal to 3.0, and so is admitted by a float."""
    forms = [value]
    if fact.kind in _NUMBERS:
        convert: Any = fact.kind
        with suppress(TypeError, ValueError, ArithmeticError):
            forms.append(tuple(convert(item) for item in value) if fact.many else convert(value))
    for form in forms:
        with suppress(SalesProcessError, TypeError, ArithmeticError):
            checked = fact.check(form)
            if checked == value:
                return (checked,)
    return ()


class _Bounds(NamedTuple):
    """What a value must reach (`lows`), may reach (`highs`), must not reach (`above`) and must pass (`below`)."""

    lows: list[Any]
    highs: list[Any]
    above: list[Any]
    below: list[Any]

    @property
    def leave_room(self) -> bool:
        """Whether a value may lie between all of them; true where they cannot be compared."""
        lows, highs, above, below = self
        if len({bound.currency for bound in (*lows, *highs, *above, *below) if isinstance(bound, Money)}) > 1:
            return False  # of a bound in another currency it is unknown whether it is reached
        try:
            return all(low <= high for low, high in product(lows, highs)) and all(
                low < high for low, high in (*product(lows, above), *product(below, highs), *product(below, above))
            )
        except (TypeError, ArithmeticError):
            return True


def _bounds(fact: Fact | None, wanted: Iterable[Wanted]) -> _Bounds:
    """The bounds that the declaration and the rules set together."""
    bounds = _Bounds([], [], [], [])
    if fact is not None and not fact.many:
        bounds.lows.extend(() if fact.minimum is None else (fact.minimum,))
        bounds.highs.extend(() if fact.maximum is None else (fact.maximum,))
    for criterion, met in wanted:
        if criterion.rule in _LEAST:
            (bounds.lows if met else bounds.above).append(criterion.parameters["minimum"])
        elif criterion.rule in _MOST:
            (bounds.highs if met else bounds.below).append(criterion.parameters["maximum"])
    return bounds


def _counts(wanted: Iterable[Wanted]) -> _Bounds:
    """The same for the number of values of a fact that has many."""
    bounds = _Bounds([0], [], [], [])
    for criterion, met in wanted:
        if criterion.rule is c.count_at_least:
            (bounds.lows if met else bounds.above).append(criterion.parameters["minimum"])
    return bounds
