"""What is wrong with amounts, lines and facts is told to the letter: which one, what it was, what is wanted."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from salesprocess import Fact, LineItem, Money
from salesprocess.errors import InvalidMoney, SalesProcessError, WrongKind
from salesprocess.pricing import contract_value, monthly_recurring

EURO, KRONE = Money(1, "EUR"), Money(1, "NOK")
wrong: Any = 5


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: Fact("seats", int).read(["5"]), "seats wants a text, got ['5'] (list)"),
        (
            lambda: Fact("tags", str, many=True).read("grid"),
            "tags wants several texts, such as ['a', 'b'] or ['a'], got 'grid' (str)",
        ),
        (lambda: Money.total([wrong], "EUR"), "amounts[0] wants a Money, got 5 (int)"),
        (
            lambda: Money.total([EURO], "EUR", wrong),
            "rates wants a mapping from currencies to what one unit is worth, got 5 (int)",
        ),
        (lambda: KRONE.to("EUR", {"NOK": 0.1}), "rates['NOK'] wants a Decimal, got 0.1 (float)"),  # type: ignore[dict-item]
        (lambda: KRONE.to("EUR", {"NOK": Decimal(0)}), "rates['NOK'] must be positive, got Decimal('0')"),
        (lambda: LineItem("plan", EURO, quantity=0), "quantity must be positive, got 0"),
        (lambda: LineItem("plan", EURO, quantity=Decimal("inf")), "quantity must be positive, got Decimal('Infinity')"),
        (
            lambda: LineItem("plan", EURO, discount=Decimal("nan")),
            "discount must be a percentage from 0 to 100, got Decimal('NaN')",
        ),
        (
            lambda: LineItem("plan", EURO, quantity=1.5),  # type: ignore[arg-type]
            "quantity wants a Decimal or an int, got 1.5 (float)",
        ),
        (lambda: LineItem("plan", EURO, discount=101), "discount must be a percentage from 0 to 100, got 101"),
        (lambda: LineItem("plan", EURO, discount=-1), "discount must be a percentage from 0 to 100, got -1"),
        (
            lambda: LineItem("plan", EURO, discount=True),
            "discount wants a Decimal or an int, got True (bool)",
        ),
        (lambda: LineItem("plan", wrong), "price wants Money, got 5 (int)"),
        (
            lambda: LineItem("plan", EURO, every=1.5, term=12),  # type: ignore[arg-type]
            "every wants a whole number of months, got 1.5 (float)",
        ),
        (lambda: LineItem("plan", EURO, every=12, term=0), "term must be at least one month, got 0"),
        (
            lambda: LineItem("plan", EURO, every=12, term=13),
            "term must be a whole number of charges (every=12 months), got 13",
        ),
        (lambda: contract_value([wrong]), "items[0] wants a LineItem, got 5 (int)"),
        (lambda: monthly_recurring([wrong]), "items[0] wants a LineItem, got 5 (int)"),
        (lambda: contract_value([]), "items must be at least one line, got ()"),
        (
            lambda: contract_value([LineItem("a", EURO), LineItem("b", KRONE)]),
            "EUR and NOK cannot be put together without a rate; convert one of them first",
        ),
    ],
)
def test_it_names_the_argument_the_value_and_what_is_wanted(call: Callable[[], object], told: str) -> None:
    with pytest.raises(SalesProcessError) as refused:
        call()
    assert str(refused.value) == told
    remembered = [getattr(refused.value, name, "") for name in ("name", "value", "wanted")]
    assert all(each is not None for each in remembered)


def test_a_number_too_large_for_a_fact_is_named_with_what_could_hold_it() -> None:
    with pytest.raises(SalesProcessError, match=r"share must be a number that float can hold, got 10+$"):
        Fact("share", float).check(10**390)


def test_a_line_whose_price_no_amount_can_be_is_refused_when_it_is_written() -> None:
    with pytest.raises(InvalidMoney, match="amount must be below 1E"):
        LineItem("plan", Money("9E+23", "EUR"), quantity=1000)


def test_a_long_value_is_shown_in_part_and_kept_whole() -> None:
    with pytest.raises(WrongKind, match=r"amounts wants .*, got 'x+… and 602 characters more \(str\)$") as refused:
        Money.total("x" * 1000, "EUR")  # type: ignore[arg-type]
    assert refused.value.value == "x" * 1000
