"""What a deal sells, line by line: one-off and recurring prices, and the revenue that follows from them."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

import attrs

from salesprocess.errors import CurrencyMismatch, OutOfRange, WrongKind
from salesprocess.given import several
from salesprocess.money import Money

_PLACES = 12


def _exact(name: str, value: Decimal | int) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, Decimal | int):
        raise WrongKind(name, value, "a Decimal or an int")
    return Decimal(value)


def _quantity(value: Decimal | int) -> Decimal:
    quantity = _exact("quantity", value)
    if not quantity.is_finite() or quantity <= 0:
        raise OutOfRange("quantity", value, "positive")
    return quantity


def _discount(value: Decimal | int) -> Decimal:
    percent = _exact("discount", value)
    if not percent.is_finite() or not 0 <= percent <= 100:
        raise OutOfRange("discount", value, "a percentage from 0 to 100")
    return percent


def _months(name: str, value: int | None) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int):
        raise WrongKind(name, value, "a whole number of months")
    if value < 1:
        raise OutOfRange(name, value, "at least one month")
    return value


def _every(value: int | None) -> int | None:
    return _months("every", value)


def _term(value: int | None) -> int | None:
    return _months("term", value)


@attrs.frozen(weakref_slot=False)
class LineItem:
    """One line of an offer; recurring when it says how often it is charged, and for how long.

    Args:
        name: what is sold.
        price: of one unit, for one charge.
        quantity: how many units; positive.
        discount: in percent, from 0 to 100.
        every: the months between two charges; None is charged once.
        term: the months for which it is agreed, a whole number of charges; stated exactly when `every` is.

    Raises:
        WrongKind, OutOfRange: a field cannot be what it is given, or `term` is no whole number of charges.

    >>> seats = LineItem("seats", Money(40, "EUR"), quantity=100, discount=10, every=1, term=12)
    >>> seats.charge, seats.value
    (Money('3600.00', 'EUR'), Money('43200.00', 'EUR'))
    """

    name: str
    price: Money
    quantity: Decimal = attrs.field(default=Decimal(1), converter=_quantity, kw_only=True)
    discount: Decimal = attrs.field(default=Decimal(0), converter=_discount, kw_only=True)
    every: int | None = attrs.field(default=None, converter=_every, kw_only=True)
    term: int | None = attrs.field(default=None, converter=_term, kw_only=True)

    def __attrs_post_init__(self) -> None:
        if not isinstance(self.price, Money):
            raise WrongKind("price", self.price, "Money")
        if (self.every is None) != (self.term is None) or self.charges is None:
            raise OutOfRange("term", self.term, f"a whole number of charges (every={self.every} months)")
        _ = self.value  # an amount too fine or too large is told here, not when somebody asks for it

    @property
    def charges(self) -> int | None:
        """How often it is charged over its term; None when the term is no whole number of charges."""
        if self.every is None or self.term is None:
            return 1
        return None if self.term % self.every else self.term // self.every

    @property
    def charge(self) -> Money:
        """What one charge comes to: price × quantity × (1 − discount / 100)."""
        gross = self.price * self.quantity
        return gross - gross * self.discount * Decimal("0.01") if self.discount else gross

    @property
    def value(self) -> Money:
        """What it comes to over its term: charge × number of charges."""
        return self.charge * (self.charges or 1)


def contract_value(items: Iterable[LineItem]) -> Money:
    """The total contract value (TCV): what all items come to over their stated terms.

    Raises:
        CurrencyMismatch: the items are not all in one currency.
        OutOfRange: there is no item, so that no currency is known.

    >>> contract_value([LineItem("setup", Money(500, "EUR")), LineItem("seat", Money(10, "EUR"), every=1, term=12)])
    Money('620', 'EUR')
    """
    lines = several(LineItem, items, "items")
    return Money.total((item.value for item in lines), _currency(lines))


def monthly_recurring(items: Iterable[LineItem]) -> Money:
    """The monthly recurring revenue (MRR): Σ charge / months between charges, to twelve decimal places.

    Raises:
        CurrencyMismatch, OutOfRange: as for `contract_value`.

    >>> monthly_recurring(
    ...     [LineItem("setup", Money(500, "EUR")), LineItem("plan", Money(120, "EUR"), every=12, term=24)]
    ... )
    Money('10.000000000000', 'EUR')
    """
    return _recurring(items, 1)


def annual_recurring(items: Iterable[LineItem]) -> Money:
    """The annual recurring revenue (ARR): Σ 12 × charge / months between charges, to twelve decimal places.

    Raises:
        CurrencyMismatch, OutOfRange: as for `contract_value`.

    >>> annual_recurring([LineItem("plan", Money(120, "EUR"), every=12, term=24)])
    Money('120.000000000000', 'EUR')
    """
    return _recurring(items, 12)


def _recurring(items: Iterable[LineItem], months: int) -> Money:
    from fractions import Fraction  # noqa: PLC0415 - few programs ask, all would pay for the import

    lines = several(LineItem, items, "items")
    exact = sum((months * Fraction(item.charge.amount) / item.every for item in lines if item.every), Fraction(0))
    return Money(f"{round(exact * 10**_PLACES)}E-{_PLACES}", _currency(lines))


def _currency(items: tuple[LineItem, ...]) -> str:
    if not items:
        raise OutOfRange("items", (), "at least one line")
    first = items[0].price.currency
    for item in items:
        if item.price.currency != first:
            raise CurrencyMismatch(first, item.price.currency)
    return first
