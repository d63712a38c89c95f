"""Deals that do not exist yet: Panjer's recursion against closed forms and simulation."""

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesprocess import Money
from salesprocess.errors import CurrencyMismatch, NegativeAmount, OutOfRange
from salesprocess.forecasting import AmountLaw, NewBusiness, revenue
from salesprocess.forecasting.compound import Count, compound_law, compound_moments
from tests.forecasting.test_laws import heavy, quantile


@pytest.mark.parametrize("count", [Count(0.3), Count(3.0), Count(40.0, 25.0), Count(3.0, 5.0)])
def test_equal_amounts_give_the_law_of_the_count(count: Count) -> None:
    law = compound_law(count, [(7, 1.0)], 7)
    for n, mass in enumerate(law.masses):
        assert mass == pytest.approx(count.probability(n), abs=1e-10)


def test_the_count_is_poisson_or_negative_binomial() -> None:
    assert Count(2.0).probability(3) == pytest.approx(math.exp(-2) * 8 / 6)
    r, mean = 4.0, 2.0
    p = r / (r + mean)
    wanted = math.gamma(r + 3) / (math.gamma(r) * 6) * p**r * (1 - p) ** 3
    assert Count(mean, r).probability(3) == pytest.approx(wanted)
    assert Count(mean, r).variance == 3.0


@pytest.mark.parametrize("count", [Count(0.5), Count(25.0), Count(25.0, 60.0), Count(1500.0), Count(1500.0, 400.0)])
def test_mean_and_spread_are_those_of_the_compound(count: Count) -> None:
    severity = [(amount, 1 / 200) for ((amount, _),) in heavy(200)]
    mean, variance = compound_moments(count, severity)
    law = compound_law(count, severity, max(1, round(math.sqrt(variance) / 100)))
    assert law.mean == pytest.approx(mean, rel=1e-9)
    assert law.sd == pytest.approx(math.sqrt(variance), rel=3e-3)


@given(st.floats(0.01, 10), st.lists(st.integers(1, 1000), min_size=1, max_size=4), st.integers(50, 500))
def test_a_grid_keeps_the_mean_whatever_its_step(mean: float, amounts: list[int], step: int) -> None:
    severity = [(amount, 1 / len(amounts)) for amount in amounts]
    law = compound_law(Count(mean), severity, step)
    assert law.mean == pytest.approx(compound_moments(Count(mean), severity)[0], rel=1e-8)


def test_simulated_quarters_agree() -> None:
    rng = random.Random(5)
    severity = [(amount, 1 / 50) for ((amount, _),) in heavy(50)]
    runs, mean, evidence = 4000, 6.0, 10.0
    sums = []
    for _ in range(runs):
        rate, arrivals, waited = rng.gammavariate(evidence, mean / evidence), 0, rng.expovariate(1)
        while waited < rate:
            arrivals, waited = arrivals + 1, waited + rng.expovariate(1)
        sums.append(sum(rng.choice(severity)[0] for _ in range(arrivals)))
    count = Count(mean, evidence)
    law = compound_law(count, severity, round(math.sqrt(compound_moments(count, severity)[1]) / 100))
    for q in (0.1, 0.5, 0.9):
        below = sum(total <= quantile(law, q) for total in sums) / runs
        assert below == pytest.approx(q, abs=4 * math.sqrt(q * (1 - q) / runs) + 0.005)


def test_new_business_adds_to_the_book() -> None:
    amounts = AmountLaw([Money(1000, "EUR"), Money(3000, "EUR")], [0.5, 0.5])
    new = NewBusiness(Count(2.0), amounts)
    assert (amounts.mean, new.expected) == (Money("2000.00", "EUR"), Money("4000.00", "EUR"))
    book = [(Money(5000, "EUR"), 0.5)]
    found = revenue.distribution(book, "EUR", new=new)
    assert found.expected == Money("6500.00", "EUR")
    assert float(found.sd.amount) == pytest.approx(math.sqrt(2500**2 + 2 * 5_000_000), rel=1e-6)
    none = math.exp(-2)
    assert found.probability_of(Money(500, "EUR")) == pytest.approx(1 - none / 2, abs=1e-4)
    assert found.probability_of(Money(4500, "EUR")) > 0.5


def test_no_new_business_changes_nothing() -> None:
    new = NewBusiness(Count(0.0), AmountLaw([Money(1, "EUR")], [1.0]))
    free = NewBusiness(Count(2.0), AmountLaw([Money(0, "EUR")], [1.0]))
    book = [(Money(5000, "EUR"), 0.5)]
    assert revenue.distribution(book, "EUR", new=new).chances == (0.5, 0.5)
    assert revenue.distribution(book, "EUR", new=free).chances == (0.5, 0.5)


def test_amounts_that_cannot_be_are_refused() -> None:
    euro, crown = Money(1, "EUR"), Money(1, "NOK")
    with pytest.raises(CurrencyMismatch):
        AmountLaw([euro, crown], [0.5, 0.5])
    with pytest.raises(NegativeAmount):
        AmountLaw([-euro], [1.0])
    for chances in ([0.5], [0.5, 0.4], [1.5, -0.5]):
        with pytest.raises(OutOfRange):
            AmountLaw([euro, euro], chances)
    with pytest.raises(OutOfRange):
        AmountLaw([], [])
    with pytest.raises(CurrencyMismatch):
        revenue.distribution([], "EUR", new=NewBusiness(Count(1.0), AmountLaw([crown], [1.0])))


def test_an_uncertain_amount_is_worth_its_mean_and_widens_the_sum() -> None:
    law = AmountLaw([Money(0, "EUR"), Money(80, "EUR"), Money(120, "EUR")], [0.2, 0.4, 0.4])
    found = revenue.distribution([(law, 0.5), (law, 1.0), (law, 0.0)], "EUR")
    assert found.expected == Money("120.00", "EUR")
    assert found.probability_of(Money(200, "EUR")) == pytest.approx(0.5 * (0.8 * 0.8 - 0.16))
