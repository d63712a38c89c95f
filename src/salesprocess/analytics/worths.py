"""The amounts of a table of deals in one currency, exactly; money of two currencies is never added without rates."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Context, Decimal
from operator import attrgetter

import attrs

from salesprocess.analytics.deal_table import DealTable
from salesprocess.money import Money, check_rates

NO_AMOUNT = "amount not stated"
"""Why a deal that is counted is not in a sum of money."""

_ROUNDING = Context(prec=60)
_CENT = Decimal("0.01")

Rates = Mapping[str, Decimal]
"""What one unit of each other currency is worth in the currency of the result."""


@attrs.frozen
class Worths:
    """What each deal of a table is worth in one currency.

    Attributes:
        currency: the currency; None when no amount tells it, or several do and none was named.
        values: by row; None where nobody stated an amount, and for all where there is no currency.
        several: the currencies that occur, when they are several and none was named.
        valued: what a deal counts with where that is not its amount.
    """

    currency: str | None
    values: Sequence[Money | None]
    several: tuple[str, ...] = ()
    valued: str = ""

    def total(self, rows: Iterable[int]) -> Money | None:
        """The exact sum over some rows; None without a currency."""
        if self.currency is None:
            return None
        values = self.values
        return Money.total((value for row in rows if (value := values[row]) is not None), self.currency)

    def average(self, rows: Iterable[int]) -> Money | None:
        """The mean over the rows that have an amount, to the cent; None without any."""
        stated = [value for row in rows if (value := self.values[row]) is not None]
        return rounded_share(Money.total(stated, stated[0].currency), len(stated)) if stated else None

    def median(self, rows: Iterable[int]) -> Money | None:
        """The median over the rows that have an amount, to the cent; None without any."""
        stated = [value for row in rows if (value := self.values[row]) is not None]
        if not stated:
            return None
        stated.sort(key=attrgetter("amount"))  # all are in one currency, which need not be asked of each pair
        return rounded_share(stated[(len(stated) - 1) // 2] + stated[len(stated) // 2], 2)

    def missing(self, rows: Iterable[int], numbers: str) -> dict[str, int]:
        """What of some rows is missing in some numbers, such as `the values`, by reason; they are in the others."""
        without = sum(self.values[row] is None for row in rows)
        return {f"{self.silence}, from {numbers} alone": without} if without else {}

    @property
    def silence(self) -> str:
        """Why a deal has no value here."""
        if self.several:
            return f"amount in one of several currencies ({', '.join(self.several)}), without a currency named"
        return unstated(self.valued)


def unstated(valued: str) -> str:
    """Why a deal is in no sum of money, by what a deal counts with; empty where that is its amount.

    >>> unstated(""), unstated("annual recurring revenue: 12 × the monthly")
    ('amount not stated', 'not known: annual recurring revenue')
    """
    return f"not known: {valued.partition(':')[0]}" if valued else NO_AMOUNT


def value_share(part: Money | None, whole: Money | None) -> float | None:
    """A sum as the share of another; None where either is not told, or the whole is nothing.

    >>> value_share(Money(1, "EUR"), Money(4, "EUR"))
    0.25
    """
    return float(part.amount / whole.amount) if part is not None and whole is not None and whole else None


def rounded_share(total: Money, parts: int) -> Money:
    """A part of a sum, to the cent: a mean is an estimate and needs no more.

    >>> rounded_share(Money(100, "EUR"), 3)
    Money('33.33', 'EUR')
    """
    return _to_the_cent(_ROUNDING.divide(total.amount, Decimal(parts)), total.currency)


def scaled(amount: Money, factor: float) -> Money:
    """An amount times an estimate, to the cent.

    >>> scaled(Money(100, "EUR"), 1 / 3)
    Money('33.33', 'EUR')
    """
    return _to_the_cent(_ROUNDING.multiply(amount.amount, Decimal(factor)), amount.currency)


def _to_the_cent(amount: Decimal, currency: str) -> Money:
    return Money(amount.quantize(_CENT, context=_ROUNDING), currency)


def worths(table: DealTable, currency: str | None = None, rates: Rates | None = None) -> Worths:
    """The amounts of all deals in `currency`; without one, in the only currency that occurs.

    Args:
        table: the deals.
        currency: the currency of the result.
        rates: what one unit of another currency is worth in it.

    Raises:
        MissingRate: names every currency that `rates` lacks.
    """
    amounts = table.columns.amount
    codes = sorted({amount.currency for amount in amounts if amount is not None})
    if currency is None:
        if len(codes) > 1:
            return Worths(None, (None,) * len(amounts), tuple(codes), table.valued)
        return Worths(codes[0] if codes else None, amounts, (), table.valued)
    check_rates(codes, currency, rates or {})
    if codes in ([], [currency]):
        return Worths(currency, amounts, (), table.valued)
    values = [amount if amount is None else amount.to(currency, rates or {}) for amount in amounts]
    return Worths(currency, values, (), table.valued)
