"""What deals are worth, as plain numbers of one currency, and gains that are told with their uncertainty."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from math import exp, sqrt
from statistics import NormalDist, fmean, variance

import attrs

from salesprocess.deal import Deal
from salesprocess.errors import CurrencyMismatch, NoHistory
from salesprocess.money import Money

YEAR = timedelta(days=365)

LEVEL = 0.8
"""Intervals hold the truth in four of five cases, if the future is like the past."""

_Z = NormalDist().inv_cdf((1 + LEVEL) / 2)


@attrs.frozen
class Gain:
    """What a change would bring, with its 80 % interval."""

    value: float
    low: float
    high: float

    @classmethod
    def around(cls, value: float, relative_variance: float) -> Gain:
        """With an interval that is symmetric in the logarithm.

        >>> gain = Gain.around(100, 0.01)
        >>> round(gain.low), round(gain.high)
        (88, 114)
        """
        spread = exp(_Z * sqrt(relative_variance))
        return cls(value, value / spread, value * spread)

    def __add__(self, other: Gain) -> Gain:
        """Of both together, as if they were wrong in the same direction: never too narrow."""
        return Gain(self.value + other.value, self.low + other.low, self.high + other.high)


@attrs.frozen
class Amounts:
    """The amounts of a book as floats of one currency.

    Attributes:
        currency: the currency.
        by_deal: by the id of the deal; deals without an amount are missing.
        won: those of the deals that are won.
    """

    currency: str
    by_deal: Mapping[str, float]
    won: Sequence[float]

    @property
    def average_won(self) -> float:
        """What a won deal is worth on average; 0 when none is won."""
        return fmean(self.won) if self.won else 0.0

    @property
    def relative_variance(self) -> float:
        """Of that average, relative to its square; 1 where fewer than two tell."""
        if len(self.won) < 2 or not self.average_won:
            return 1.0
        return variance(self.won) / len(self.won) / self.average_won**2

    def money(self, value: float) -> Money:
        """An estimate as money: in whole units, for it has no cents."""
        return Money(round(value), self.currency)


def known_average(average: Money) -> Amounts:
    """Amounts of which the average alone is known, as if exactly."""
    value = float(average.amount)
    return Amounts(average.currency, {}, (value, value))  # two that are alike: no variance


def settled(currency: str | None, amounts: Iterable[Money]) -> str:
    """The currency of a result: the one that is asked for, or else the only one that occurs.

    Raises:
        CurrencyMismatch: none is asked for, and several occur.
        NoHistory: none is asked for, and none occurs.
    """
    if currency is not None:
        return currency
    found = sorted({amount.currency for amount in amounts})
    if not found:
        raise NoHistory("no amount tells the currency of the result; pass currency=")
    if len(found) > 1:
        raise CurrencyMismatch(found[0], found[1], "pass currency= and rates=")
    return found[0]


def amounts(deals: Sequence[Deal], currency: str | None, rates: Mapping[str, Decimal] | None) -> Amounts:
    """The amounts of the deals in one currency.

    Raises:
        NoHistory: no amount tells the currency, and none was named.
        CurrencyMismatch: amounts of several currencies, and none was named.
        MissingRate: there is no rate for one of them.
    """
    stated = {deal.id: deal.amount for deal in deals if deal.amount is not None}
    currency = settled(currency, stated.values())
    Money.total(stated.values(), currency, rates)  # one error for all that cannot be converted
    by_deal = {
        name: float((amount if amount.currency == currency else amount.to(currency, rates or {})).amount)
        for name, amount in stated.items()
    }
    return Amounts(
        currency, by_deal, [by_deal[deal.id] for deal in deals if deal.status == "won" and deal.id in by_deal]
    )


def in_words(money: Money) -> str:
    """An estimate in a sentence.

    >>> in_words(Money(1234567, "EUR"))
    '1,234,567 EUR'
    """
    return f"{money.amount:,.0f} {money.currency}"
