"""What a parameter of a rule may be: of the type that its function declares, and within the bounds of its meaning.

A mistake then shows where the criterion is written, not when a deal gets there.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from functools import cache
from types import UnionType
from typing import Any, Literal, Union, cast, get_args, get_origin, get_type_hints

from salesprocess.errors import OutOfRange, WrongKind
from salesprocess.facts import KINDS, FactValue, Scalar, fact_value
from salesprocess.frozen import tuple_of


@cache
def hints_of(rule: Any) -> Mapping[str, Any]:
    """The types of the parameters of a rule, as far as they can be told."""
    try:
        return get_type_hints(rule.function)
    except (NameError, TypeError, AttributeError):
        return {}


def fits(value: object, hint: Any) -> bool:
    """Whether a value is of the type that a rule declares; what is no class or union of classes is not judged.

    >>> fits(("a", "b"), tuple[str, ...]), fits(5, str), fits(None, str | None), fits("visit", Literal["deal", "visit"])
    (True, False, True, True)
    >>> fits(True, int), fits(5, float), fits(5, object)
    (False, True, True)
    """
    origin = get_origin(hint)
    if origin is Literal:
        return any(type(value) is type(each) and value == each for each in get_args(hint))
    if origin in (Union, UnionType):
        return any(fits(value, each) for each in get_args(hint))
    if origin is tuple and get_args(hint)[1:] == (...,):
        return isinstance(value, tuple) and all(
            fits(each, get_args(hint)[0]) for each in cast("tuple[object, ...]", value)
        )
    if hint is float:
        return type(value) in (float, int)
    if hint in KINDS:
        return type(value) is hint
    if origin is not None or hint is Any or not isinstance(hint, type):
        return True
    return getattr(cast("object", hint), "_is_protocol", False) or isinstance(value, hint)


def spelled(hint: Any) -> str:
    """A type as a program writes it.

    >>> spelled(int), spelled(tuple[str, ...])
    ('int', 'tuple[str, ...]')
    """
    return hint.__name__ if isinstance(hint, type) and get_origin(hint) is None else str(hint)


def named(value: str) -> str:
    """A converter: a text that names something.

    Raises:
        WrongKind, OutOfRange: it is none.
    """
    if not isinstance(value, str):
        raise WrongKind("name", value, "a text")
    if not value.strip():
        raise OutOfRange("name", value, "not empty")
    return value


def named_or_none(value: str | None) -> str | None:
    """A converter: a text that names something, or None.

    Raises:
        WrongKind, OutOfRange: it is neither.
    """
    return None if value is None else named(value)


def known(value: FactValue) -> FactValue:
    """A converter: what a fact can be.

    Raises:
        SalesProcessError: no fact can be that.
    """
    return fact_value("value", value)


def several(values: tuple[Scalar, ...]) -> tuple[Scalar, ...]:
    """A converter: a tuple of what a fact can be.

    Raises:
        SalesProcessError: it is none.
    """
    if not isinstance(values, tuple | list | frozenset):
        raise WrongKind("values", values, "a tuple")
    if isinstance(values, list):
        return values  # and refused, as every list is
    return tuple(cast("Scalar", fact_value("values", each)) for each in tuple_of(values, "values"))


def bound(value: Any) -> Any:
    """A converter: a value that others can lie below or above.

    Raises:
        SalesProcessError: it is none.
    """
    checked = fact_value("bound", value)
    if isinstance(checked, bool | tuple):
        raise WrongKind("bound", value, "a value with an order: a number, Money, a date, an instant or a text")
    return checked


def count(value: int) -> int:
    """A converter: a whole number from 0.

    Raises:
        WrongKind, OutOfRange: it is none.
    """
    return _whole(value, 0)


def positive_count(value: int) -> int:
    """A converter: a whole number from 1.

    Raises:
        WrongKind, OutOfRange: it is none.
    """
    return _whole(value, 1)


def _whole(value: int, least: int) -> int:
    if type(value) is not int:
        raise WrongKind("count", value, "a whole number")
    if value < least:
        raise OutOfRange("count", value, f"at least {least}")
    return value


def positive_span(value: timedelta) -> timedelta:
    """A converter: a span of time that is not empty.

    Raises:
        WrongKind, OutOfRange: it is none.
    """
    if span(value) <= timedelta(0):
        raise OutOfRange("span", value, "positive")
    return value


def span(value: timedelta) -> timedelta:
    """A converter: any span of time, also a negative one.

    Raises:
        WrongKind: it is none.
    """
    if not isinstance(value, timedelta):
        raise WrongKind("span", value, "a timedelta")
    return value
