"""Criteria on what a deal is worth: its amount, its line items, and the revenue that recurs."""

from __future__ import annotations

from typing import Any

from salesprocess.criteria.rule import Ask, criterion
from salesprocess.deal import Deal
from salesprocess.frozen import FrozenDict
from salesprocess.money import Money
from salesprocess.pricing import annual_recurring, monthly_recurring
from salesprocess.verdicts import Verdict, make_verdict


def other_currency(what: str, found: Money, wanted: Money) -> Verdict:
    """That `what`, a fact or a term, cannot be compared, because no criterion knows a rate.

    It is unknown and not unmet: as the condition of a `when`, an amount in another currency must not open a gate.
    """
    told: FrozenDict[str, Any] = FrozenDict(what=what, found=found.currency, wanted=wanted.currency, missing=(what,))
    return make_verdict("unknown", "currency", told)


@criterion("amount_at_least", "the amount {found} is below {minimum}", hint="amend the amount")
def amount_at_least(deal: Deal, ask: Ask, minimum: Money) -> bool | Verdict:
    """The amount of the deal is not below `minimum`; in another currency it is unknown, with the code `currency`.

    >>> from salesprocess import Money
    >>> from salesprocess.diagrams import say
    >>> say(amount_at_least(Money("1000", "EUR")))
    'amount at least 1000 EUR'
    """
    return _at_least(deal.amount, minimum, "amount")


@criterion("amount_at_most", "the amount {found} is above {maximum}", hint="amend the amount")
def amount_at_most(deal: Deal, ask: Ask, maximum: Money) -> bool | Verdict:
    """The amount of the deal is not above `maximum`; in another currency it is unknown, with the code `currency`.

    >>> from salesprocess import Money
    >>> from salesprocess.diagrams import say
    >>> say(amount_at_most(Money("5000", "EUR")))
    'amount at most 5000 EUR'
    """
    amount = deal.amount
    if amount is None:
        return Verdict.unknown("amount")
    if amount.currency != maximum.currency:
        return other_currency("amount", amount, maximum)
    return True if amount.amount <= maximum.amount else Verdict.unmet(found=amount)


@criterion("has_items", "the offer has no line items", hint="amend items")
def has_items(deal: Deal, ask: Ask) -> bool:
    """The offer is stated line by line.

    >>> from salesprocess.diagrams import say
    >>> say(has_items())
    'the offer has line items'
    """
    return bool(deal.items)


@criterion("monthly_recurring_at_least", "the monthly recurring revenue {found} is below {minimum}", hint="amend items")
def monthly_recurring_at_least(deal: Deal, ask: Ask, minimum: Money) -> bool | Verdict:
    """The monthly recurring revenue (MRR) of the line items is not below `minimum`, as `pricing` defines it.

    Without line items it is unknown; with line items that are all charged once it is zero.

    >>> from salesprocess import Money
    >>> from salesprocess.diagrams import say
    >>> say(monthly_recurring_at_least(Money(500, "EUR")))
    'monthly recurring revenue at least 500 EUR'
    """
    return _at_least(monthly_recurring(deal.items) if deal.items else None, minimum, "items")


@criterion("annual_recurring_at_least", "the annual recurring revenue {found} is below {minimum}", hint="amend items")
def annual_recurring_at_least(deal: Deal, ask: Ask, minimum: Money) -> bool | Verdict:
    """The annual recurring revenue (ARR) of the line items, 12 × MRR, is not below `minimum`.

    >>> from salesprocess import Money
    >>> from salesprocess.diagrams import say
    >>> say(annual_recurring_at_least(Money(6000, "EUR")))
    'annual recurring revenue at least 6000 EUR'
    """
    return _at_least(annual_recurring(deal.items) if deal.items else None, minimum, "items")


def _at_least(found: Money | None, minimum: Money, told_by: str) -> bool | Verdict:
    if found is None:
        return Verdict.unknown(told_by)
    if found.currency != minimum.currency:
        return other_currency(told_by, found, minimum)
    return True if found.amount >= minimum.amount else Verdict.unmet(found=found)
