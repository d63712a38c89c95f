"""What is wrong with one value."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from salesprocess.errors.root import SalesProcessError

if TYPE_CHECKING:
    from datetime import datetime

    from salesprocess.money import Money


_LONGEST = 400


def shown(value: object) -> str:
    """The value as a program writes it, to some length: a book of deals in a message helps nobody.

    Python refuses to write an int of more than some thousand digits.
    """
    try:
        text = repr(value)
    except ValueError:
        return f"a value that cannot be written ({type(value).__name__})"
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}… and {len(text) - _LONGEST} characters more"


class WrongKind(SalesProcessError, TypeError):
    """A value has the wrong type: `name`, the `value` and what was `wanted`."""

    def __init__(self, name: str, value: object, wanted: str) -> None:
        super().__init__(name, value, wanted)
        self.name, self.value, self.wanted = name, value, wanted

    def __str__(self) -> str:
        return f"{self.name} wants {self.wanted}, got {shown(self.value)} ({type(self.value).__name__})"


class OutOfRange(SalesProcessError, ValueError):
    """A value of the right type that cannot be: `name`, the `value` and what was `wanted`."""

    def __init__(self, name: str, value: object, wanted: str) -> None:
        super().__init__(name, value, wanted)
        self.name, self.value, self.wanted = name, value, wanted

    def __str__(self) -> str:
        return f"{self.name} must be {self.wanted}, got {shown(self.value)}"


class InvalidMoney(OutOfRange):
    """An amount that is not a finite decimal of reasonable size, or a currency that is not a three-letter code."""


class NegativeAmount(OutOfRange):
    """A deal cannot be worth less than nothing."""


class ItemsMismatch(SalesProcessError, ValueError):
    """The lines of an offer do not sum to the amount of the deal."""

    def __init__(self, total: Money, amount: Money | None) -> None:
        super().__init__(total, amount)
        self.total, self.amount = total, amount

    def __str__(self) -> str:
        stated = "there is no amount" if self.amount is None else f"the amount is {self.amount}"
        return f"the items sum to {self.total}, but {stated}; amend both together, or clear the items"


class CurrencyMismatch(SalesProcessError, ValueError):
    """Two currencies met where no rate was given."""

    def __init__(self, left: str, right: str, remedy: str = "convert one of them first") -> None:
        super().__init__(left, right, remedy)
        self.left, self.right, self.remedy = left, right, remedy

    def __str__(self) -> str:
        return f"{self.left} and {self.right} cannot be put together without a rate; {self.remedy}"


class MissingRate(SalesProcessError, LookupError):
    """`rates` lacks some of the currencies that occur."""

    def __init__(self, currencies: Sequence[str], target: str) -> None:
        super().__init__(tuple(currencies), target)
        self.currencies, self.target = tuple(currencies), target

    def __str__(self) -> str:
        wanted = ", ".join(f"{currency!r}: what 1 {currency} is worth" for currency in self.currencies)
        return f"no rate to {self.target} for {', '.join(self.currencies)}; pass rates={{{wanted} in {self.target}}}"


class NaiveDatetime(SalesProcessError, ValueError):
    """An instant without a time zone does not say when it was."""

    def __init__(self, name: str, value: datetime) -> None:
        super().__init__(name, value)
        self.name, self.value = name, value

    def __str__(self) -> str:
        return f"{self.name} wants an aware datetime, got {self.value!r}; give it a time zone, such as tzinfo=UTC"


class NaiveRow(NaiveDatetime):
    """A row of an export holds a local time, and nobody said of which zone; `name` says which row and column."""

    def __str__(self) -> str:
        return f"{self.name} holds {self.value.isoformat()} without a time zone; pass tz=, such as tz='Europe/Oslo'"


class NoWorkingTime(SalesProcessError, ValueError):
    """A span counts in working hours or working days, and nobody said when people work."""

    def __init__(self, span: str) -> None:
        super().__init__(span)
        self.span = span

    def __str__(self) -> str:
        return f"{self.span} cannot be counted without working hours; pass working_time=WorkingTime(...)"
