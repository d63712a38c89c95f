"""The same forecast counted as amount, monthly, yearly or contract value."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given

from salesprocess import Deal, LineItem, Money
from salesprocess.errors import MissingRate, NegativeAmount, OutOfRange, WrongKind
from salesprocess.forecasting import StageWeighted, Valued, value_of
from salesprocess.forecasting.values import NO_VALUE
from tests.analytics.books import PROCESS, RATES, after, books, opened

NOW = after(30)
SEATS = LineItem("seats", Money(100, "EUR"), every=1, term=24)
SETUP = LineItem("setup", Money(500, "EUR"))


def sold(name: str = "A", *items: LineItem, amount: int = 2900, **more: Any) -> Deal:
    return opened(name, stage="offer", amount=Money(amount, "EUR"), items=items, **more)


def forecast(value: Any, *deals: Deal, **options: Any) -> Any:
    model = Valued(StageWeighted(PROCESS).fit([], as_of=NOW), value)
    arguments: dict[str, Any] = {"period": None, "as_of": NOW, "currency": "EUR", **options}
    return model.forecast(deals, **arguments)


def test_a_deal_is_worth_what_is_asked_for() -> None:
    deal = sold("A", SETUP, SEATS)
    worth = {measure: forecast(measure, deal).deals[0].amount for measure in ("amount", "mrr", "arr", "tcv")}
    assert worth == {
        "amount": Money(2900, "EUR"),
        "mrr": Money("100.000000000000", "EUR"),
        "arr": Money("1200.000000000000", "EUR"),
        "tcv": Money(2900, "EUR"),
    }


def test_the_definition_says_what_is_counted() -> None:
    assert "annual recurring revenue" in forecast("arr", sold("A", SEATS)).definition

    def booked(deal: Deal) -> Money | None:
        return Money(7, "EUR")

    assert "what the function booked says" in forecast(booked, sold()).definition


def test_deals_without_items_have_no_recurring_revenue_and_are_named() -> None:
    found = forecast("mrr", sold("A", SEATS), sold("B"))
    assert [row.deal for row in found.deals] == ["A"]
    assert found.excluded == {NO_VALUE: ("B",)}


def test_probabilities_stay_those_of_the_model() -> None:
    plain = StageWeighted(PROCESS).fit([], as_of=NOW).forecast([sold("A", SEATS)], period=None, as_of=NOW)
    assert forecast("arr", sold("A", SEATS)).deals[0].probability == plain.deals[0].probability


@given(books())
def test_the_amount_as_a_value_changes_nothing(deals: list[Deal]) -> None:
    plain = StageWeighted(PROCESS).fit([], as_of=NOW)
    wanted = plain.forecast(deals, period=None, as_of=NOW, currency="EUR", rates=RATES)
    found = forecast("amount", *deals, rates=RATES)
    assert (found.deals, found.excluded, found.expected) == (wanted.deals, wanted.excluded, wanted.expected)


def test_a_fact_stands_in_for_an_amount_that_nobody_stated() -> None:
    bare = opened("A", stage="offer")
    late = opened("B", stage="offer", days=10)
    values = {"A": Money(100, "NOK"), "B": None}
    found = forecast(lambda deal: values[deal.id], bare, late, rates=RATES)
    assert found.deals[0].amount == Money("8.5", "EUR")
    assert found.deals[0].stated == Money(100, "NOK")
    assert found.by("currency").rows[0].group == "NOK"
    alone = forecast(lambda deal: Money(5, "USD"), bare, currency=None)
    assert alone.currency == "USD"
    with pytest.raises(MissingRate):
        forecast(lambda deal: Money(5, "USD"), sold(), rates={"NOK": Decimal(1)})


def test_valuations_that_cannot_be_are_refused() -> None:
    with pytest.raises(OutOfRange, match="amount, mrr, arr, tcv"):
        value_of(sold(), "gmv")  # type: ignore[arg-type]
    with pytest.raises(WrongKind):
        forecast(lambda deal: 5, sold())
    with pytest.raises(NegativeAmount):
        forecast(lambda deal: Money(-5, "EUR"), sold())


def test_later_events_do_not_tell() -> None:
    found = forecast("tcv", sold("A", SEATS), as_of=NOW + timedelta(days=1))
    assert found.as_of == NOW + timedelta(days=1)
