"""What a table of deals is worth is told in one currency, or not at all."""

from decimal import Decimal

import pytest
from hypothesis import given

from salesprocess import Deal, Money
from salesprocess.analytics import deal_table
from salesprocess.analytics.worths import NO_AMOUNT, worths
from salesprocess.errors import MissingRate
from tests.analytics.books import RATES, after, books, opened


@given(books())
def test_the_sum_is_that_of_the_amounts_converted_one_by_one(deals: list[Deal]) -> None:
    table = deal_table(deals, as_of=after(50))
    found = worths(table, "EUR", RATES)
    stated = [deal.amount.to("EUR", RATES).amount for deal in deals if deal.amount is not None]
    every = range(len(table))
    assert found.total(every) == Money(sum(stated, Decimal(0)), "EUR")
    average = found.average(every)
    if stated:
        assert average is not None
        assert abs(average.amount * len(stated) - sum(stated)) <= Decimal("0.005") * len(stated)
    else:
        assert average is None
    silent = {f"{NO_AMOUNT}, from the sums alone": len(deals) - len(stated)}
    assert found.missing(every, "the sums") == (silent if len(stated) < len(deals) else {})


def test_the_only_currency_of_a_book_need_not_be_named() -> None:
    table = deal_table([opened("A", amount=Money(10, "EUR")), opened("B")], as_of=after(1))
    assert worths(table) == worths(table, "EUR", {"NOK": Decimal(2)})
    assert worths(table).average(range(2)) == Money("10.00", "EUR")


def test_several_currencies_are_told_apart_until_one_is_named() -> None:
    table = deal_table([opened(code, amount=Money(10, code)) for code in ("NOK", "EUR")], as_of=after(1))
    found = worths(table)
    assert (found.currency, found.total(range(2)), found.average(range(2))) == (None, None, None)
    assert found.missing(range(2), "the sums") == {
        "amount in one of several currencies (EUR, NOK), without a currency named, from the sums alone": 2,
    }
    with pytest.raises(MissingRate, match="NOK"):
        worths(table, "EUR")


def test_a_book_without_amounts_has_no_currency() -> None:
    table = deal_table([opened("A")], as_of=after(1))
    assert worths(table).total([0]) is None
    assert worths(table, "EUR").total([0]) == Money(0, "EUR")
