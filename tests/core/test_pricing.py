"""Line items sum to the amount, exactly, and recurring revenue follows from their stated terms."""

from __future__ import annotations

from decimal import Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesprocess import LineItem, Money
from salesprocess.errors import (
    CurrencyMismatch,
    ItemsMismatch,
    OutOfRange,
    SalesProcessError,
    SeveralErrors,
    WrongKind,
)
from salesprocess.pricing import annual_recurring, contract_value, monthly_recurring
from salesprocess.testing import money
from tests.solar import AT, at_stage, solar

SETUP = LineItem("setup", Money(500, "EUR"))
SEATS = LineItem("seats", Money(40, "EUR"), quantity=100, discount=10, every=1, term=12)
YEARLY = LineItem("support", Money(1200, "EUR"), every=12, term=36)


@st.composite
def items(draw: st.DrawFn, currency: str = "EUR") -> LineItem:
    every = draw(st.none() | st.sampled_from([1, 3, 6, 12]))
    return LineItem(
        "line",
        draw(money(currency=currency)),
        quantity=draw(st.decimals("0.5", 500, places=1)),
        discount=draw(st.decimals(0, 100, places=2)),
        every=every,
        term=None if every is None else every * draw(st.integers(1, 5)),
    )


def test_a_line_tells_what_it_is_charged_and_what_it_is_worth() -> None:
    assert (SETUP.charge, SETUP.charges, SETUP.value) == (Money(500, "EUR"), 1, Money(500, "EUR"))
    assert (SEATS.charge, SEATS.charges, SEATS.value) == (Money(3600, "EUR"), 12, Money(43200, "EUR"))
    assert YEARLY.value == Money(3600, "EUR")


def test_revenue_by_month_by_year_and_over_the_term() -> None:
    offer = [SETUP, SEATS, YEARLY]
    assert contract_value(offer) == Money(47300, "EUR")
    assert monthly_recurring(offer) == Money(3700, "EUR")
    assert annual_recurring(offer) == Money(44400, "EUR")
    thirds = [LineItem("plan", Money(100, "EUR"), every=3, term=3)]
    assert monthly_recurring(thirds) == Money("33.333333333333", "EUR")


@given(st.lists(items(), min_size=1, max_size=5))
def test_sums_are_exact_whatever_the_decimal_context(lines: list[LineItem]) -> None:
    expected = sum((item.value.amount for item in lines), Decimal(0))
    with localcontext(prec=3):
        assert contract_value(lines).amount == expected
        monthly = monthly_recurring(lines)
    recurring = sum(item.value.amount * 12 / (item.term or 1) for item in lines if item.every)
    assert abs(annual_recurring(lines).amount - recurring) < Decimal("1e-10")
    assert monthly.currency == "EUR"


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"quantity": 0}, OutOfRange),
        ({"quantity": Decimal("NaN")}, OutOfRange),
        ({"quantity": 1.5}, WrongKind),
        ({"discount": 101}, OutOfRange),
        ({"discount": -1}, OutOfRange),
        ({"discount": False}, WrongKind),
        ({"every": 3, "term": 10}, OutOfRange),
        ({"every": 3}, OutOfRange),
        ({"term": 3}, OutOfRange),
        ({"every": 0, "term": 3}, OutOfRange),
        ({"every": True, "term": 3}, WrongKind),
        ({"price": 5}, WrongKind),
    ],
    ids=str,
)
def test_a_line_that_cannot_be_is_refused(fields: dict[str, object], error: type[SalesProcessError]) -> None:
    with pytest.raises(error):
        LineItem(**{"name": "line", "price": Money(1, "EUR"), **fields})  # type: ignore[arg-type]


def test_lines_of_two_currencies_or_of_none_have_no_sum() -> None:
    with pytest.raises(CurrencyMismatch):
        contract_value([SETUP, LineItem("licence", Money(5, "USD"))])
    with pytest.raises(OutOfRange):
        monthly_recurring([])


class TestOnADeal:
    def test_items_bring_their_sum_along(self) -> None:
        deal = solar.open("A", at=AT, items=[SETUP, SEATS])
        assert (deal.amount, deal.items) == (Money(43700, "EUR"), (SETUP, SEATS))
        deal = solar.amend(deal, items=[SETUP], at=AT)
        assert deal.amount == Money(500, "EUR")
        assert solar.amend(deal, amount=Money(500, "EUR"), at=AT) is deal

    def test_items_and_amount_agree_or_neither_changes(self) -> None:
        deal = solar.open("A", at=AT, items=[SETUP])
        with pytest.raises(ItemsMismatch, match="the items sum to 500 EUR, but the amount is 400 EUR"):
            solar.amend(deal, amount=Money(400, "EUR"), at=AT)
        with pytest.raises(ItemsMismatch, match="there is no amount"):
            solar.amend(deal, clear=["amount"], at=AT)
        with pytest.raises(ItemsMismatch):
            solar.open("A", at=AT, items=[SETUP], amount=Money(1, "EUR"))
        assert solar.amend(deal, amount=Money(400, "EUR"), clear=["items"], at=AT).items == ()

    def test_what_is_no_item_is_refused(self) -> None:
        with pytest.raises(WrongKind):
            solar.amend(at_stage("lead"), items=["setup"], at=AT)  # type: ignore[list-item]
        with pytest.raises(SeveralErrors):
            solar.amend(at_stage("lead"), items=[], owner="", at=AT)
