"""Laws of sums: as counting every case gives them, with bounded cost whatever the amounts."""

import math
import random
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesprocess.forecasting import laws
from salesprocess.forecasting.laws import Bet, Law, law_of_both, law_of_sum, moments, shifted


@st.composite
def outcomes(draw: st.DrawFn, top: int = 10**6) -> Bet:
    """What one deal may bring: one to three amounts, or nothing."""
    amounts = sorted(draw(st.sets(st.integers(1, top), min_size=1, max_size=3)))
    shares = [draw(st.floats(0.01, 1)) for _ in amounts]
    won = draw(st.sampled_from([0.02, 0.3, 0.5, 0.9, 1.0])) / math.fsum(shares)
    return tuple((amount, share * won) for amount, share in zip(amounts, shares, strict=True))


def enumerated(bets: list[Bet]) -> dict[int, float]:
    law: dict[int, float] = {}
    for case in product(*(((0, 1 - math.fsum(p for _, p in bet)), *bet) for bet in bets)):
        total = sum(amount for amount, _ in case)
        law[total] = law.get(total, 0.0) + math.prod(p for _, p in case)
    return law


def above(law: Law | dict[int, float], point: float) -> float:
    pairs = zip(law.points, law.masses, strict=True) if isinstance(law, Law) else law.items()
    return math.fsum(mass for x, mass in pairs if x >= point)


def quantile(law: Law, q: float) -> int:
    seen = 0.0
    for point, mass in zip(law.points, law.masses, strict=True):
        seen += mass
        if seen >= q - 1e-9:
            return point
    raise AssertionError(q)


def heavy(size: int, seed: int = 1) -> list[Bet]:
    rng = random.Random(seed)
    return [((int(100 * rng.lognormvariate(10, 1)), rng.choice([0.05, 0.25, 0.5, 0.9])),) for _ in range(size)]


@given(st.lists(outcomes(), max_size=6))
def test_few_deals_with_uncertain_amounts_are_what_counting_every_case_gives(bets: list[Bet]) -> None:
    law, wanted = law_of_sum(bets), enumerated(bets)
    assert law.step is None
    for point in wanted:
        assert above(law, point) == pytest.approx(above(wanted, point), abs=1e-9)


@given(st.lists(outcomes(), min_size=1, max_size=5), st.integers(500, 10**5))
def test_a_grid_keeps_mean_and_mass_whatever_its_step(bets: list[Bet], step: int) -> None:
    law = law_of_sum(bets, step)
    mean, _ = moments(bets)
    assert law.mean == pytest.approx(mean, rel=1e-9)
    assert math.fsum(law.masses) == pytest.approx(1, abs=1e-9)
    assert all(mass >= 0 for mass in law.masses)


@pytest.mark.parametrize("seed", range(3))
def test_a_fine_grid_has_the_quantiles_of_every_case(seed: int) -> None:
    bets = heavy(14, seed)
    exact = laws.exact_law(sorted(bets))
    assert exact is not None
    found = law_of_sum(bets, laws.step_for(exact.sd))
    for q in (0.05, 0.1, 0.5, 0.9, 0.95):
        assert abs(quantile(found, q) - quantile(exact, q)) <= 2 * (found.step or 0)


@pytest.mark.parametrize("size", [200, 2000, 10_000])
def test_thousands_of_deals_below_one_step_are_no_wider_than_they_are(size: int) -> None:
    bets = heavy(size)
    law = law_of_sum(bets)
    mean, variance = moments(bets)
    assert law.mean == pytest.approx(mean, rel=1e-9)
    assert law.sd == pytest.approx(math.sqrt(variance), rel=2e-3)
    if size >= 2000:  # the normal law with its skewness is the reference for so many
        third = math.fsum(p * (1 - p) * (1 - 2 * p) * float(a) ** 3 for ((a, p),) in bets)
        sd = math.sqrt(variance)
        for q, z in ((0.1, -1.2815515655446004), (0.5, 0.0), (0.9, 1.2815515655446004)):
            wanted = mean + sd * z + third / (6 * variance) * (z * z - 1)
            assert quantile(law, q) == pytest.approx(wanted, rel=1e-3)


@pytest.mark.parametrize("chance", [1e-5, 1e-9, 1e-13, 1 - 1e-9, 1 - 1e-5])
@pytest.mark.parametrize("amount", [10**13, 10**17])
def test_one_huge_deal_costs_no_more_than_others_and_loses_no_money(amount: int, chance: float) -> None:
    usual = heavy(400)
    law = law_of_sum([*usual, ((amount, chance),)])
    mean, variance = moments([*usual, ((amount, chance),)])
    assert len(law.points) < 10_000
    assert law.mean == pytest.approx(mean, rel=1e-9)
    assert law.sd == pytest.approx(math.sqrt(variance), rel=1e-3)
    without = law_of_sum(usual)
    offset = amount if chance > 0.5 else 0
    assert quantile(law, 0.5) - offset == pytest.approx(quantile(without, 0.5), rel=1e-3)
    low, high = (offset / 2, 1 - 2e-5) if chance > 0.5 else (amount / 2, 0.0)
    assert above(law, low) == pytest.approx(chance, abs=1e-12) if not high else above(law, low) >= high


def test_surprises_of_several_sizes_keep_their_chances() -> None:
    law = law_of_sum([((100, 0.5),)] * 400 + [((10**9, 1e-5),), ((10**15, 1e-9),), ((10**15 + 10**10, 1e-9),)])
    assert above(law, 10**8) == pytest.approx(1e-5 + 2e-9, rel=1e-6)
    assert above(law, 10**14) == pytest.approx(2e-9, rel=1e-6)
    assert law.mean == pytest.approx(20_000 + 10**4 + 2 * 10**6 + 10, rel=1e-9)


def test_a_deal_won_almost_surely_at_an_uncertain_amount_is_not_taken_for_a_surprise() -> None:
    bet: Bet = ((90 * 10**8, 0.3), (100 * 10**8, 0.4), (111 * 10**8, 0.3 - 1e-9))
    law = law_of_sum([bet, *heavy(400)], 10**6)
    mean, variance = moments([bet, *heavy(400)])
    assert law.mean == pytest.approx(mean, rel=1e-9)
    assert law.sd == pytest.approx(math.sqrt(variance), rel=1e-3)


def test_a_certain_deal_only_shifts() -> None:
    law = law_of_sum([((7, 1.0),), ((10, 0.5),)])
    assert (tuple(law.points), law.masses) == ((7, 17), (0.5, 0.5))
    assert tuple(shifted(law_of_sum([((10, 0.5),)], 10), 3).points) == (3, 13)
    assert law_of_sum([]).points == (0,)


def test_two_laws_add_up_also_where_one_has_surprises() -> None:
    one = law_of_sum([*heavy(400), ((10**15, 1e-6),)])
    other = law_of_sum(heavy(300, 2))
    step = one.step or 1
    both = law_of_both(one, other, step)
    assert both.mean == pytest.approx(one.mean + other.mean, rel=1e-9)
    assert math.fsum(both.masses) == pytest.approx(1, abs=1e-9)
    assert above(both, 10**14) == pytest.approx(1e-6, rel=1e-6)
    assert len(both.points) < 10_000
