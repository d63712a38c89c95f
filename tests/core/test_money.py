"""Exact amounts in one currency."""

import operator
from collections.abc import Callable
from decimal import Decimal, localcontext
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesprocess import testing
from salesprocess.errors import CurrencyMismatch, InvalidMoney, MissingRate, SalesProcessError, WrongKind
from salesprocess.money import Money, check_rates

euros = testing.money(currency="EUR", minimum=-(10**15), maximum=10**15)
rates = st.decimals("0.0001", "9999", places=4)


def exact(money: Money) -> Fraction:
    return Fraction(money.amount)


@given(euros, euros)
def test_sums_and_differences_are_exact_whatever_the_callers_context(a: Money, b: Money) -> None:
    with localcontext(prec=3):
        total, difference, negative = a + b, a - b, -a
    assert exact(total) == exact(a) + exact(b)
    assert exact(difference) == exact(a) - exact(b)
    assert exact(negative) == -exact(a)


@given(euros, st.integers(-999, 999) | st.decimals(-99, 99, places=4))
def test_a_product_is_exact_whatever_the_callers_context(money: Money, factor: int | Decimal) -> None:
    with localcontext(prec=3):
        assert exact(money * factor) == exact(factor * money) == exact(money) * Fraction(factor)


def test_long_amounts_keep_every_digit() -> None:
    text = "123456789012345678901234.123456789012"
    with localcontext(prec=3):
        assert str(Money(text, "EUR").amount) == text
        assert str((Money(text, "EUR") + Money("0.000000000001", "EUR")).amount) == text[:-1] + "3"


@given(euros, euros)
def test_amounts_of_one_currency_are_ordered_as_numbers(a: Money, b: Money) -> None:
    for compare in (operator.lt, operator.le, operator.gt, operator.ge, operator.eq):
        assert compare(a, b) == compare(exact(a), exact(b))


@given(euros)
def test_trailing_zeros_matter_neither_to_equality_nor_to_the_hash(money: Money) -> None:
    longer = Money(f"{money.amount:.6f}", "EUR")
    assert longer == money
    assert hash(longer) == hash(money)


@given(euros)
def test_the_representation_restores_the_amount(money: Money) -> None:
    again = eval(repr(money), {"Money": Money})
    assert again == money
    assert str(again.amount) == str(money.amount)


@pytest.mark.parametrize(
    "mix",
    [operator.add, operator.sub, operator.lt, operator.le, operator.gt, operator.ge],
    ids=lambda each: each.__name__,
)
def test_no_operator_mixes_currencies(mix: Callable[[Any, Any], Any]) -> None:
    with pytest.raises(CurrencyMismatch, match="EUR and NOK") as caught:
        mix(Money(1, "EUR"), Money(1, "NOK"))
    assert (caught.value.left, caught.value.right) == ("EUR", "NOK")


def test_equal_amounts_of_two_currencies_are_not_equal() -> None:
    assert Money(1, "EUR") != Money(1, "NOK")


@pytest.mark.parametrize(
    "mix",
    [operator.add, operator.sub, operator.mul, operator.lt, operator.le, operator.gt, operator.ge],
    ids=lambda each: each.__name__,
)
@pytest.mark.parametrize("other", ["1", 1.0, True, None], ids=repr)
def test_no_operator_takes_what_is_not_exact(mix: Callable[[Any, Any], Any], other: object) -> None:
    with pytest.raises(TypeError):
        mix(Money(1, "EUR"), other)
    with pytest.raises(TypeError):
        mix(other, Money(1, "EUR"))


@pytest.mark.parametrize(
    "mix", [operator.add, operator.sub, operator.lt, operator.le, operator.gt, operator.ge], ids=lambda m: m.__name__
)
def test_a_plain_number_is_no_money(mix: Callable[[Any, Any], Any]) -> None:
    with pytest.raises(TypeError):
        mix(Money(1, "EUR"), 1)


def test_two_amounts_have_no_product() -> None:
    with pytest.raises(TypeError):
        _ = Money(1, "EUR") * Money(1, "EUR")  # type: ignore[operator]  # pyright: ignore


@pytest.mark.parametrize("amount", [1.0, float("nan"), True, None, b"1", [1]], ids=repr)
def test_an_amount_is_a_decimal_an_int_or_a_text(amount: Any) -> None:
    with pytest.raises(WrongKind) as caught:
        Money(amount, "EUR")
    assert (caught.value.name, caught.value.value) == ("amount", amount)


@pytest.mark.parametrize("amount", ["NaN", "sNaN", "Infinity", "-Infinity", Decimal("NaN"), Decimal("-Infinity")])
def test_an_amount_is_finite(amount: Any) -> None:
    with pytest.raises(InvalidMoney, match="finite"):
        Money(amount, "EUR")


@pytest.mark.parametrize("amount", ["", "much", "1,5", "12 EUR", "1e", "--1"])
def test_a_text_must_be_a_number(amount: str) -> None:
    with pytest.raises(InvalidMoney, match="a decimal number"):
        Money(amount, "EUR")


@pytest.mark.parametrize("amount", [10**24, -(10**24), "1e24", "1E+999999", "0.0000000000001", "1E-13"])
def test_an_amount_that_is_too_large_or_too_fine_is_refused(amount: Any) -> None:
    with pytest.raises(InvalidMoney, match=r"below 1E\+24, with at most 12 decimal places"):
        Money(amount, "EUR")


@pytest.mark.parametrize("amount", [10**24 - 1, 1 - 10**24, "0.000000000001", "9.99e23"])
def test_an_amount_just_inside_the_limits_is_taken(amount: Any) -> None:
    assert Money(amount, "EUR").amount == Decimal(amount)


def test_a_sum_that_grows_too_large_is_refused() -> None:
    with pytest.raises(InvalidMoney):
        _ = Money(10**24 - 1, "EUR") + Money(1, "EUR")


@pytest.mark.parametrize("currency", ["eur", "EURO", "EU", "", "E1R", "EUR\n", "ÆØÅ"])
def test_a_currency_is_three_capital_letters(currency: str) -> None:
    with pytest.raises(InvalidMoney, match="three capital letters"):
        Money(1, currency)


@pytest.mark.parametrize("currency", [None, 978, b"EUR"])
def test_a_currency_is_a_text(currency: Any) -> None:
    with pytest.raises(WrongKind, match="currency"):
        Money(1, currency)


def test_nothing_is_false_and_anything_is_true() -> None:
    assert not Money("0.00", "EUR")
    assert Money("-0.01", "EUR")


def test_it_reads_as_people_write_it_never_in_powers_of_ten() -> None:
    assert str(Money("48000.50", "EUR")) == "48000.50 EUR"
    assert str(Money("1e6", "NOK")) == "1000000 NOK"
    assert f"{Money(5, 'EUR')}" == "5 EUR"


@given(st.lists(testing.money(), max_size=6), rates, rates)
def test_a_total_is_the_exact_sum_of_what_each_is_worth(book: list[Money], nok: Decimal, usd: Decimal) -> None:
    with localcontext(prec=3):
        total = Money.total(iter(book), "EUR", {"NOK": nok, "USD": usd})
    worth = {"EUR": Fraction(1), "NOK": Fraction(nok), "USD": Fraction(usd)}
    assert total.currency == "EUR"
    assert exact(total) == sum(exact(each) * worth[each.currency] for each in book)


@given(euros, rates)
def test_a_conversion_is_exact_and_its_own_currency_needs_no_rate(money: Money, rate: Decimal) -> None:
    assert money.to("EUR", {}) == money
    converted = money.to("NOK", {"EUR": rate})
    assert converted.currency == "NOK"
    assert exact(converted) == exact(money) * Fraction(rate)


def test_a_whole_number_is_a_rate() -> None:
    assert Money(5, "EUR").to("NOK", {"EUR": 11}) == Money(55, "NOK")  # type: ignore[dict-item]  # pyright: ignore


def test_a_rate_for_the_currency_of_the_sum_is_not_used() -> None:
    assert Money.total([Money(5, "EUR")], "EUR", {"EUR": Decimal(2)}) == Money(5, "EUR")


def test_nothing_sums_to_zero() -> None:
    assert Money.total([], "EUR") == Money(0, "EUR")


def test_all_missing_rates_are_told_at_once() -> None:
    book = [Money(1, "USD"), Money(1, "SEK"), Money(1, "NOK"), Money(2, "USD")]
    with pytest.raises(MissingRate, match="no rate to EUR for SEK, USD") as caught:
        Money.total(book, "EUR", {"NOK": Decimal("0.09")})
    assert caught.value.currencies == ("SEK", "USD")
    assert caught.value.target == "EUR"
    assert "rates={'SEK': what 1 SEK is worth, 'USD': what 1 USD is worth in EUR}" in str(caught.value)


@pytest.mark.parametrize("rate", [0, Decimal(0), Decimal("-0.1"), Decimal("NaN"), Decimal("sNaN"), Decimal("Infinity")])
def test_a_rate_is_a_positive_number(rate: Any) -> None:
    with pytest.raises(InvalidMoney, match="positive"):
        check_rates(["USD"], "EUR", {"USD": rate})


@pytest.mark.parametrize("rate", [0.9, "0.9", True, None])
def test_a_rate_is_exact(rate: Any) -> None:
    with pytest.raises(WrongKind, match=r"rates\['USD'\] wants a Decimal"):
        Money(1, "USD").to("EUR", {"USD": rate})


def test_the_target_is_a_currency() -> None:
    with pytest.raises(InvalidMoney):
        check_rates([], "euro", {})


def test_rates_that_suffice_are_accepted_in_silence() -> None:
    check_rates(["EUR", "USD"], "EUR", {"USD": Decimal("0.9"), "GBP": Decimal("1.2")})


@pytest.mark.parametrize("factor", [Decimal("sNaN"), Decimal("1" * 130)], ids=["signalling NaN", "130 digits"])
def test_a_product_that_cannot_be_is_refused_in_the_librarys_own_words(factor: Decimal) -> None:
    with pytest.raises(SalesProcessError):
        _ = Money(1, "EUR") * factor


def test_a_rate_may_be_the_inverse_of_a_rate() -> None:
    assert Money(3, "USD").to("EUR", {"USD": 1 / Decimal(3)}).currency == "EUR"
