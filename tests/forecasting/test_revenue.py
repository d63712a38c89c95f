"""The distribution of revenue: exact for small books, close for large ones, never losing money on the way."""

import decimal
import math
import pickle
import random
from decimal import Decimal
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesprocess import Money
from salesprocess.errors import CurrencyMismatch, NegativeAmount, OutOfRange
from salesprocess.forecasting import Revenue, revenue

Bets = list[tuple[Money, float]]

bets = st.tuples(
    st.decimals(0, 10**6, places=2).map(lambda amount: Money(amount, "EUR")),
    st.one_of(st.floats(0, 1), st.sampled_from([0.0, 0.25, 0.5, 1.0])),
)


def enumerated(book: Bets) -> dict[Decimal, float]:
    """Every combination of wins, one by one."""
    law: dict[Decimal, float] = {}
    for wins in product([True, False], repeat=len(book)):
        total = sum((amount.amount for (amount, _), won in zip(book, wins, strict=True) if won), Decimal(0))
        chance = math.prod(p if won else 1 - p for (_, p), won in zip(book, wins, strict=True))
        law[total] = law.get(total, 0.0) + chance
    return law


def law_of(found: Revenue) -> tuple[float, float]:
    """Mean and standard deviation of the distribution itself."""
    mean = math.fsum(float(a) * c for a, c in zip(found.amounts, found.chances, strict=True))
    variance = math.fsum((float(a) - mean) ** 2 * c for a, c in zip(found.amounts, found.chances, strict=True))
    return mean, math.sqrt(variance)


def large(size: int, seed: int = 5) -> Bets:
    rng = random.Random(seed)
    return [
        (Money(str(round(rng.lognormvariate(10, 1), 2)), "EUR"), rng.choice([0.05, 0.1, 0.3, 0.5, 0.75, 0.9]))
        for _ in range(size)
    ]


@given(st.lists(bets, max_size=9))
def test_a_small_book_is_what_counting_every_case_gives(book: Bets) -> None:
    law = enumerated(book)
    found = revenue.distribution(book, "EUR")
    assert found.step is None
    for target in law:
        reached = math.fsum(chance for total, chance in law.items() if total >= target)
        assert found.probability_of(Money(target, "EUR")) == pytest.approx(reached, abs=1e-9)


@given(st.lists(bets, max_size=9), st.floats(0, 1))
def test_a_quantile_is_the_least_sum_that_is_enough(book: Bets, q: float) -> None:
    law = enumerated(book)
    value = revenue.distribution(book, "EUR").quantile(q).amount
    assert math.fsum(chance for total, chance in law.items() if total <= value) >= q - 2e-9
    assert math.fsum(chance for total, chance in law.items() if total < value) <= q + 1e-9


@given(st.lists(bets, max_size=60))
def test_the_mean_is_the_sum_of_probability_times_amount(book: Bets) -> None:
    found = revenue.distribution(book, "EUR")
    wanted = math.fsum(float(amount.amount) * p for amount, p in book)
    assert float(found.expected.amount) == pytest.approx(wanted, rel=1e-9, abs=1e-9)
    assert law_of(found)[0] == pytest.approx(wanted, rel=1e-9, abs=1e-9)
    assert math.fsum(found.chances) == pytest.approx(1, abs=1e-9)


@pytest.mark.parametrize("seed", range(3))
def test_the_grid_keeps_the_mean_and_nearly_the_spread(seed: int) -> None:
    book = large(400, seed)
    found = revenue.distribution(book, "EUR")
    mean, sd = law_of(found)
    assert found.step is not None
    assert mean == pytest.approx(float(found.expected.amount), rel=1e-9)
    assert sd == pytest.approx(float(found.sd.amount), rel=2e-3)


def test_the_grid_agrees_with_counting_every_case() -> None:
    book = large(16)
    law = sorted(enumerated(book).items())
    found = revenue.distribution(book, "EUR")
    assert found.step is not None
    for q in (0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95):
        mass = 0.0
        for total, chance in law:
            mass += chance
            if mass >= q:
                assert abs(found.quantile(q).amount - total) <= 2 * found.step
                break


def test_a_large_book_is_close_to_the_normal_law() -> None:
    found = revenue.distribution(large(2000), "EUR")
    low, high = found.interval(0.8)
    width = float(high.amount - low.amount) / float(found.sd.amount)
    assert width == pytest.approx(2 * 1.2816, rel=0.02)


@pytest.mark.parametrize("size", [200, 1000, pytest.param(6000, marks=pytest.mark.long)])
def test_equal_amounts_are_exact_at_any_size(size: int) -> None:
    found = revenue.distribution([(Money(1000, "EUR"), 0.5)] * size, "EUR")
    ways = sum(math.comb(size, wins) for wins in range(size // 2, size + 1)) / 2**size
    assert found.probability_of(Money(500 * size, "EUR")) == pytest.approx(ways, abs=1e-8)
    assert found.quantile(0.5) == Money(500 * size, "EUR")
    assert found.step == (None if size == 200 else 1000)


def test_a_book_so_large_that_it_is_halved_keeps_mean_and_mass() -> None:
    found = revenue.distribution(large(3000), "EUR")
    assert law_of(found)[0] == pytest.approx(float(found.expected.amount), rel=1e-9)
    assert law_of(found)[1] == pytest.approx(float(found.sd.amount), rel=0.02)
    assert math.fsum(found.chances) == pytest.approx(1, abs=1e-9)


def test_what_is_certain_shifts_and_what_is_impossible_does_not_count() -> None:
    book = [(Money(100, "EUR"), 1.0), (Money(7, "EUR"), 0.0), (Money(10, "EUR"), 0.5)]
    found = revenue.distribution(book, "EUR")
    assert (found.amounts, found.chances) == ((100, 110), (0.5, 0.5))


def test_no_deals_bring_nothing_for_sure() -> None:
    found = revenue.distribution([], "EUR")
    assert (found.expected, found.sd) == (Money(0, "EUR"), Money(0, "EUR"))
    assert (found.interval(0.8), found.probability_of(Money(0, "EUR"))) == ((Money(0, "EUR"),) * 2, 1.0)


def test_the_decimal_context_of_the_caller_does_not_matter() -> None:
    book = large(50)
    wanted = revenue.distribution(book, "EUR")
    with decimal.localcontext(prec=3):
        found = revenue.distribution(book, "EUR")
        assert found == wanted
        assert found.probability_of(found.quantile(0.5)) == wanted.probability_of(wanted.quantile(0.5))


def test_amounts_without_cents_and_in_round_thousands_are_face_values() -> None:
    book = [(Money("1E+3", "EUR"), 0.5), (Money("0.001", "EUR"), 0.5)]
    assert revenue.distribution(book, "EUR").amounts == (0, Decimal("0.001"), 1000, Decimal("1000.001"))


def test_the_result_pickles_and_shows_itself() -> None:
    found = revenue.distribution([(Money(100, "EUR"), 0.5)], "EUR")
    assert pickle.loads(pickle.dumps(found)) == found
    assert repr(found) == "<Revenue 50.00 EUR, 80 % between 0 EUR and 100 EUR>"


def test_a_book_of_two_currencies_is_refused() -> None:
    with pytest.raises(CurrencyMismatch):
        revenue.distribution([(Money(1, "NOK"), 0.5)], "EUR")
    with pytest.raises(CurrencyMismatch):
        revenue.distribution([], "EUR").probability_of(Money(1, "NOK"))


def test_an_amount_below_zero_is_refused() -> None:
    with pytest.raises(NegativeAmount):
        revenue.distribution([(Money(-1, "EUR"), 0.5)], "EUR")


@pytest.mark.parametrize("p", [-0.1, 1.1, math.nan])
def test_what_is_no_probability_is_refused(p: float) -> None:
    found = revenue.distribution([], "EUR")
    with pytest.raises(OutOfRange):
        revenue.distribution([(Money(1, "EUR"), p)], "EUR")
    with pytest.raises(OutOfRange):
        found.quantile(p)
    with pytest.raises(OutOfRange):
        found.interval(p)
