"""What is known about a deal: declared, typed facts, and the values that a record can hold."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, cast

import attrs

from salesprocess.errors import OutOfRange, SalesProcessError, WrongKind, raise_together
from salesprocess.frozen import EMPTY, FrozenDict, frozen_dict, tuple_of
from salesprocess.money import Money
from salesprocess.timing import instant

Scalar = str | int | float | bool | Decimal | date | datetime | Money
"""One value: immutable, comparable, and with exactly one form as text."""

FactValue = Scalar | tuple[Scalar, ...]
"""What a fact can be: one value, or a tuple of them."""

KINDS: tuple[type[Scalar], ...] = (str, int, float, bool, Decimal, date, datetime, Money)


def fact_value(name: str, value: object) -> FactValue:
    """A value that a record can hold: instants in UTC, floats and decimals finite, tuples and lists as tuples.

    Raises:
        WrongKind: the value is of no kind that a record can hold.
        OutOfRange: a number is not finite.
        NaiveDatetime: a datetime has no time zone.

    >>> fact_value("seats", 5)
    5
    """
    if isinstance(value, tuple | list):
        items = cast("Iterable[object]", value)
        return tuple(_scalar(f"{name}[{index}]", item) for index, item in enumerate(items))
    return _scalar(name, value)


def _scalar(name: str, value: object) -> Scalar:
    if isinstance(value, datetime):
        return instant(value, name)
    if isinstance(value, float) and not math.isfinite(value):
        raise OutOfRange(name, value, "finite")
    if isinstance(value, Decimal) and not value.is_finite():
        raise OutOfRange(name, value, "finite")
    if type(value) in KINDS:
        return value  # type: ignore[return-value]  # pyright: ignore[reportReturnType]
    raise WrongKind(name, value, f"{', '.join(kind.__name__ for kind in KINDS)} or a tuple of them")


def _truth(text: str) -> bool:
    return {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}[text.casefold()]


def _money(text: str) -> Money:
    amount, currency = text.split()
    return Money(amount, currency)


_FROM_TEXT: Mapping[type[Scalar], tuple[Callable[[str], Scalar], str]] = {
    str: (str, "a text"),
    int: (int, "a whole number, such as 12"),
    float: (float, "a number, such as 12.5"),
    bool: (_truth, "true or false, yes or no, 1 or 0"),
    Decimal: (Decimal, "a decimal number, such as 12.50"),
    date: (date.fromisoformat, "a day in ISO 8601, such as 2026-03-01"),
    datetime: (datetime.fromisoformat, "a time in ISO 8601 with its offset, such as 2026-01-05T09:00+01:00"),
    Money: (_money, "an amount with its currency, such as 48000.50 EUR"),
}


def from_text(name: str, text: str, kind: type[Scalar]) -> Scalar:
    """The value of a kind that a text stands for, without the blanks around it.

    Raises:
        WrongKind: the text stands for no such value.

    >>> from_text("budget", " 48000.50 EUR ", Money)
    Money('48000.50', 'EUR')
    """
    read, wanted = _FROM_TEXT[kind]
    try:
        return read(text.strip())
    except (ValueError, LookupError, ArithmeticError):
        raise WrongKind(name, text, wanted) from None


def _labels(values: Mapping[str, str]) -> FrozenDict[str, str]:
    return frozen_dict(values)


def _choices(values: Iterable[Scalar]) -> tuple[Scalar, ...]:
    return tuple_of(values, "choices")


@attrs.frozen
class Fact:
    """The declaration of something worth knowing about a deal.

    Args:
        name: an identifier, `[a-z][a-z0-9_-]*`.
        kind: `str`, `int`, `float`, `bool`, `Decimal`, `date`, `datetime` or `Money`.
        minimum, maximum: inclusive bounds, of the same kind; None is unbounded.
        choices: the values allowed; empty allows any.
        many: the fact is a tuple of such values.
        label: the words for people, with the unit.
        choice_labels: the words for people of single choices, by the choice as text; the others are shown as they are.

    An int is taken for a float or a Decimal, and a list for a tuple; nothing else is converted.

    >>> Fact("roof_area", float, minimum=1, label="Roof area, m²").check(40)
    40.0
    >>> Fact("roof_area", float, minimum=1).check("big")
    Traceback (most recent call last):
    salesprocess.errors.WrongKind: roof_area wants float, got 'big' (str)
    """

    name: str
    kind: type[Scalar]
    minimum: Any = None
    maximum: Any = None
    choices: tuple[Scalar, ...] = attrs.field(default=(), converter=_choices, kw_only=True)
    many: bool = attrs.field(default=False, kw_only=True)
    label: str = attrs.field(default="", kw_only=True)
    choice_labels: FrozenDict[str, str] = attrs.field(default=EMPTY, converter=_labels, kw_only=True)

    def label_of(self, choice: Scalar) -> str:
        """The words for people of a choice.

        >>> Fact("payment", str, choices=["cash", "loan"], choice_labels={"loan": "Through a bank"}).label_of("loan")
        'Through a bank'
        """
        return self.choice_labels.get(str(choice), str(choice))

    def check(self, value: object) -> FactValue:
        """The value as it is recorded.

        Raises:
            WrongKind: another type than declared.
            OutOfRange: beyond the bounds, not finite, or not one of the choices.
            NaiveDatetime: a datetime without a time zone.
            CurrencyMismatch: an amount in another currency than the bound.
        """
        if not self.many:
            return self._one(self.name, value)
        if not isinstance(value, tuple | list):
            raise WrongKind(self.name, value, f"a tuple of {self.kind.__name__}, such as (a, b) or (a,)")
        items = cast("Iterable[object]", value)
        return tuple(self._one(f"{self.name}[{index}]", item) for index, item in enumerate(items))

    def read(self, text: str | Iterable[str]) -> FactValue:
        """The value that a text stands for, as a form, a query or a command line gives it; texts where `many` holds.

        Truth is `true`, `yes` or `1`, its opposite `false`, `no` or `0`; days and times are in ISO 8601, times with
        their offset; an amount is followed by its currency.

        Raises:
            WrongKind: the text stands for no value of this kind.
            SalesProcessError: `check` refuses the value.

        >>> Fact("roof_area", float, minimum=1).read("42.5"), Fact("budget", Money).read("48000.50 EUR")
        (42.5, Money('48000.50', 'EUR'))
        >>> Fact("heritage", bool).read("perhaps")
        Traceback (most recent call last):
        salesprocess.errors.WrongKind: heritage wants true or false, yes or no, 1 or 0, got 'perhaps' (str)
        """
        if not self.many:
            if not isinstance(text, str):
                raise WrongKind(self.name, text, "a text")
            return self.check(from_text(self.name, text, self.kind))
        if isinstance(text, str):
            raise WrongKind(self.name, text, "several texts, such as ['a', 'b'] or ['a']")
        return self.check([from_text(f"{self.name}[{index}]", each, self.kind) for index, each in enumerate(text)])

    def _one(self, name: str, value: object) -> Scalar:
        if self.kind in (float, Decimal) and type(value) is int:
            value = _widened(name, value, self.kind)
        if type(value) is not self.kind and not (self.kind is datetime and isinstance(value, datetime)):
            instead = f" (forget=({self.name!r},) when it is no longer known)" if value is None else ""
            raise WrongKind(name, value, self.kind.__name__ + instead)
        checked: Any = _scalar(name, value)
        if self.minimum is not None and checked < self.minimum:
            raise OutOfRange(name, value, f"at least {self.minimum}")
        if self.maximum is not None and checked > self.maximum:
            raise OutOfRange(name, value, f"at most {self.maximum}")
        if self.choices and checked not in self.choices:
            raise OutOfRange(name, value, f"one of {', '.join(str(choice) for choice in self.choices)}")
        scalar: Scalar = checked
        return scalar


def _widened(name: str, value: int, kind: Any) -> object:
    try:
        return kind(value)
    except OverflowError:
        raise OutOfRange(name, value, f"a number that {kind.__name__} can hold") from None


def check_facts(values: Mapping[str, object], declared: Mapping[str, Fact]) -> FrozenDict[str, FactValue]:
    """All the values as they are recorded; a name that is not declared is checked as a free value.

    Raises:
        SalesProcessError: one value is wrong; several are raised together as `SeveralErrors`.

    >>> check_facts({"seats": 5, "mood": "good"}, {"seats": Fact("seats", int, minimum=1)})
    {'seats': 5, 'mood': 'good'}
    """
    checked: dict[str, FactValue] = {}
    errors: list[SalesProcessError] = []
    for name, value in values.items():
        try:
            checked[name] = declared[name].check(value) if name in declared else fact_value(name, value)
        except SalesProcessError as error:
            errors.append(error)
    raise_together(errors)
    return FrozenDict(checked)
