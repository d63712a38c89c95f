"""Money: an exact amount in one currency."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from decimal import Context, Decimal, Inexact, InvalidOperation, Overflow

import attrs

from salesprocess import given
from salesprocess.errors import CurrencyMismatch, InvalidMoney, MissingRate, WrongKind

_EXACT = Context(prec=120, traps=[Inexact, InvalidOperation, Overflow])
"""Sums and products never round, whatever decimal context the caller's thread has."""
_ROUNDING = Context(prec=120, traps=[InvalidOperation, Overflow])
_LARGEST = 24
_FINEST = -12
_CODE = re.compile(r"[A-Z]{3}")


def _amount(value: Decimal | int | str) -> Decimal:
    if isinstance(value, bool | float) or not isinstance(value, Decimal | int | str):
        raise WrongKind("amount", value, "a Decimal, an int or a text such as '48000.50' (a float is not exact)")
    try:
        amount = Decimal(value)
    except InvalidOperation:
        raise InvalidMoney("amount", value, "a decimal number such as '48000.50'") from None
    if not amount.is_finite():
        raise InvalidMoney("amount", value, "finite")
    exponent = amount.as_tuple().exponent
    if amount.adjusted() >= _LARGEST or (isinstance(exponent, int) and exponent < _FINEST):
        raise InvalidMoney("amount", value, f"below 1E+{_LARGEST}, with at most {-_FINEST} decimal places")
    return amount


def _currency(value: str) -> str:
    if not isinstance(value, str):
        raise WrongKind("currency", value, "a text such as 'EUR'")
    if not _CODE.fullmatch(value):
        raise InvalidMoney("currency", value, "three capital letters, such as 'EUR' (ISO 4217)")
    return value


@attrs.frozen(weakref_slot=False, repr=False)
class Money:
    """An exact amount in one currency; arithmetic never rounds and never mixes currencies.

    Args:
        amount: a `Decimal`, an int or a decimal text; finite, below 1E+24, at most 12 decimal places. No floats.
        currency: three capital letters (ISO 4217).

    Raises:
        InvalidMoney: the amount is not finite or too large or too fine, or the currency is no code.
        WrongKind: the amount is a float or something else that is not exact.

    >>> Money("48000", "EUR") + Money("0.50", "EUR")
    Money('48000.50', 'EUR')
    >>> Money(10, "EUR") < Money(20, "EUR")
    True
    >>> Money(10, "EUR") + Money(10, "NOK")
    Traceback (most recent call last):
    salesprocess.errors.CurrencyMismatch: EUR and NOK cannot be put together without a rate; convert one of them first
    """

    amount: Decimal = attrs.field(converter=_amount)
    currency: str = attrs.field(converter=_currency)

    def _same(self, other: Money) -> Decimal:
        if self.currency != other.currency:
            raise CurrencyMismatch(self.currency, other.currency)
        return other.amount

    def __add__(self, other: Money) -> Money:
        if not isinstance(other, Money):
            return NotImplemented
        return Money(_EXACT.add(self.amount, self._same(other)), self.currency)

    def __sub__(self, other: Money) -> Money:
        if not isinstance(other, Money):
            return NotImplemented
        return Money(_EXACT.subtract(self.amount, self._same(other)), self.currency)

    def __neg__(self) -> Money:
        return Money(_EXACT.minus(self.amount), self.currency)

    def __mul__(self, factor: Decimal | int) -> Money:
        """The amount times an exact number."""
        if isinstance(factor, bool) or not isinstance(factor, Decimal | int):
            return NotImplemented
        try:
            return Money(_EXACT.multiply(self.amount, Decimal(factor)), self.currency)
        except ArithmeticError:
            raise InvalidMoney("factor", factor, "finite, and short enough for an exact product") from None

    __rmul__ = __mul__

    def __lt__(self, other: Money) -> bool:
        return self.amount < self._same(other) if isinstance(other, Money) else NotImplemented

    def __le__(self, other: Money) -> bool:
        return self.amount <= self._same(other) if isinstance(other, Money) else NotImplemented

    def __gt__(self, other: Money) -> bool:
        return self.amount > self._same(other) if isinstance(other, Money) else NotImplemented

    def __ge__(self, other: Money) -> bool:
        return self.amount >= self._same(other) if isinstance(other, Money) else NotImplemented

    def __bool__(self) -> bool:
        return bool(self.amount)

    def __repr__(self) -> str:
        return f"Money({str(self.amount)!r}, {self.currency!r})"

    def __str__(self) -> str:
        return f"{self.amount:f} {self.currency}"

    @classmethod
    def total(cls, amounts: Iterable[Money], currency: str, rates: Mapping[str, Decimal] | None = None) -> Money:
        """The exact sum in `currency`, converted amounts to twelve decimal places; nothing sums to zero.

        Args:
            amounts: the summands; each is counted.
            currency: the currency of the sum.
            rates: what one unit of another currency is worth in `currency`.

        Raises:
            MissingRate: an amount is in another currency and `rates` lacks it.

        >>> Money.total([Money(10, "EUR"), Money(5, "USD")], "EUR", {"USD": Decimal("0.9")})
        Money('14.5', 'EUR')
        """
        sums: dict[str, Decimal] = {}
        for money in given.several(Money, amounts, "amounts"):
            sums[money.currency] = _EXACT.add(sums.get(money.currency, Decimal(0)), money.amount)
        check_rates(sums, currency, rates or {})
        total = Decimal(0)
        for code, amount in sums.items():
            total = _EXACT.add(total, amount if code == currency else _converted(amount, (rates or {})[code]))
        return cls(total, currency)

    def to(self, currency: str, rates: Mapping[str, Decimal]) -> Money:
        """The same worth in another currency, to twelve decimal places.

        Raises:
            MissingRate: `rates` does not say what one unit of this currency is worth in `currency`.

        >>> Money(5, "USD").to("EUR", {"USD": Decimal("0.9")})
        Money('4.5', 'EUR')
        """
        return Money.total([self], currency, rates)


def _converted(amount: Decimal, rate: Decimal | int) -> Decimal:
    """A rate that comes out of a division has more digits than any price; what it adds beyond the finest is rounded."""
    return _ROUNDING.quantize(_ROUNDING.multiply(amount, Decimal(rate)), Decimal((0, (1,), _FINEST))).normalize(
        _ROUNDING
    )


def check_rates(currencies: Iterable[str], target: str, rates: Mapping[str, Decimal]) -> None:
    """Refuse rates that cannot convert all `currencies` to `target`.

    Raises:
        MissingRate: rates are missing.
        WrongKind, InvalidMoney: a rate is not a positive `Decimal` or int.

    >>> check_rates(["EUR", "USD"], "EUR", {"USD": Decimal("0.9")})
    """
    _currency(target)
    given.mapping(rates, "rates", "currencies to what one unit is worth")
    missing = sorted({code for code in currencies if code != target and code not in rates})
    if missing:
        raise MissingRate(missing, target)
    for code, rate in rates.items():
        if isinstance(rate, bool) or not isinstance(rate, Decimal | int):
            raise WrongKind(f"rates[{code!r}]", rate, "a Decimal")
        if not Decimal(rate).is_finite() or rate <= 0:
            raise InvalidMoney(f"rates[{code!r}]", rate, "positive")
