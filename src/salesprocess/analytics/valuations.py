"""What counts as the worth of a deal: its amount, or what recurs a month, a year or over the whole contract."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal, TypeAlias, get_args

from salesprocess.deal import Deal
from salesprocess.errors import NegativeAmount, OutOfRange, WrongKind
from salesprocess.money import Money
from salesprocess.pricing import annual_recurring, contract_value, monthly_recurring

Measure: TypeAlias = Literal["amount", "mrr", "arr", "tcv"]
Value: TypeAlias = Measure | Callable[[Deal], Money | None]
"""How a deal is valued: a measure, or a function such as `lambda deal: deal.facts.get("mrr")`."""

_MEANING: Mapping[str, str] = {
    "amount": "the amount of the deal",
    "mrr": "monthly recurring revenue: Σ charge / months between charges of the items; one-off items count nothing",
    "arr": "annual recurring revenue: 12 × the monthly; one-off items count nothing",
    "tcv": "total contract value: what all line items come to over their stated terms, one-off ones included",
}


def value_of(deal: Deal, value: Value) -> Money | None:
    """What a deal is worth by a valuation; None where it cannot be told.

    Recurring revenue is read from the line items, with the terms that they state. A deal without items has none that
    is known; a process that holds it in a fact is valued by a function.

    Raises:
        OutOfRange: there is no such measure.
        WrongKind: a function returned something that is no `Money`.
        NegativeAmount: a function returned less than nothing.
        CurrencyMismatch: the items of the deal are in several currencies.

    >>> from datetime import UTC, datetime
    >>> from salesprocess import LineItem, Process, Stage
    >>> saas = Process("saas", stages=[Stage("offer"), Stage.won("won"), Stage.lost("lost")])
    >>> items = [LineItem("setup", Money(500, "EUR")), LineItem("seats", Money(100, "EUR"), every=1, term=24)]
    >>> deal = saas.open("ACME-1", at=datetime(2026, 1, 5, tzinfo=UTC), items=items, amount=Money(2900, "EUR"))
    >>> [str(value_of(deal, measure)) for measure in ("amount", "mrr", "arr", "tcv")]
    ['2900 EUR', '100.000000000000 EUR', '1200.000000000000 EUR', '2900 EUR']
    """
    if callable(value):
        found = value(deal)
        if found is not None and not isinstance(found, Money):
            raise WrongKind(f"the value of {deal.id}", found, "Money or None")
        if found is not None and found.amount < 0:
            raise NegativeAmount(f"the value of {deal.id}", found, "zero or more")
        return found
    if value not in _MEANING:
        raise OutOfRange("value", value, f"one of {', '.join(get_args(Measure))}, or a function of the deal")
    if value == "amount":
        return deal.amount
    if not deal.items:
        return None
    return {"mrr": monthly_recurring, "arr": annual_recurring, "tcv": contract_value}[value](deal.items)


def meaning(value: Value) -> str:
    """What a valuation counts, in words.

    >>> meaning("amount")
    'the amount of the deal'
    """
    if callable(value):
        return f"what the function {getattr(value, '__name__', type(value).__name__)} says"
    return _MEANING[value]


def valuation(value: Value) -> str:
    """What a result says of it: nothing where deals count with their amounts.

    >>> valuation("amount"), valuation("tcv").partition(":")[0]
    ('', 'total contract value')
    """
    return "" if value == "amount" else meaning(value)


def counted_as(definition: str, valued: str) -> str:
    """A definition, with what a deal counts with where that is not its amount.

    >>> counted_as("won / decided", "total contract value")
    'won / decided; a deal counts with total contract value'
    """
    return f"{definition}; a deal counts with {valued}" if valued else definition
