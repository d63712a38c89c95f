"""Whether a fact, or the amount, can have a value for which some of the stock rules come out as wanted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, cast

from salesprocess import criteria as c
from salesprocess.criteria import Criterion, Rule
from salesprocess.errors import SalesProcessError
from salesprocess.facts import KINDS, Fact, FactValue, Scalar
from salesprocess.money import Money

Wanted = tuple[Criterion, bool]
"""A rule about a value, and whether it shall be met or unmet."""

AMOUNT = Fact("amount", Money)
"""The amount of a deal, as far as rules compare it like a fact."""

_RULES: tuple[Rule[...], ...] = (c.equals, c.one_of, c.at_least, c.amount_at_least, c.count_at_least)
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
    operand: object = list(criterion.parameters.values())[-1]
    if isinstance(operand, tuple) and criterion.rule is not c.count_at_least:
        items = cast("tuple[object, ...]", operand)
        return all(type(item) in KINDS for item in items)
    return type(operand) in KINDS and criterion.rule is not c.one_of


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
    lows, tops = _thresholds(wanted, c.at_least, c.amount_at_least)
    counts, few = _thresholds(wanted, c.count_at_least)
    return _may_lie_between(*_declared(fact, lows), tops) and _may_lie_between([0, *counts], [], few)


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
        lows, tops = _thresholds(wanted, c.at_least)
        lows, highs = _declared(fact, lows)
        if lows and (highs or tops) and all(type(each) is int for each in (*lows, *highs, *tops)):
            values = range(max(lows), min((*highs, *(top - 1 for top in tops))) + 1)
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


def _thresholds(wanted: Iterable[Wanted], *rules: Rule[...]) -> tuple[list[Any], list[Any]]:
    """What the value must reach, and what it must not reach."""
    thresholds = [(rule.parameters["minimum"], met) for rule, met in wanted if rule.rule in rules]
    return [bound for bound, met in thresholds if met], [bound for bound, met in thresholds if not met]


def _declared(fact: Fact | None, lows: list[Any]) -> tuple[list[Any], list[Any]]:
    """All lower and upper bounds, both inclusive."""
    if fact is None or fact.many:
        return lows, []
    return [*lows, *_stated(fact.minimum)], [*_stated(fact.maximum)]


def _stated(bound: Any) -> tuple[Any, ...]:
    return () if bound is None else (bound,)


def _may_lie_between(lows: list[Any], highs: list[Any], tops: list[Any]) -> bool:
    currencies = {bound.currency for bound in (*lows, *highs) if isinstance(bound, Money)}
    if len(currencies) > 1:
        return False
    # An amount in another currency is not at least the threshold: it reaches no top.
    tops = [top for top in tops if not isinstance(top, Money) or top.currency in currencies]
    try:
        return all(low <= high for low in lows for high in highs) and all(low < top for low in lows for top in tops)
    except (TypeError, ArithmeticError):
        return True
