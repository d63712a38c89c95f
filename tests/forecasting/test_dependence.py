"""Dependence widens a sum and leaves its mean alone."""

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesprocess import Money
from salesprocess.errors import OutOfRange
from salesprocess.forecasting import AmountLaw, Shock, Spread, revenue
from salesprocess.forecasting.dependence import anchored, dispersed, expit, in_short, mixed, normal_nodes, shaken_law
from salesprocess.forecasting.laws import Bet, law_of_sum, moments
from tests.forecasting.test_laws import heavy, outcomes, quantile


def brute(bets: list[Bet], sigma: float, step: int | None, nodes: int = 400) -> object:
    """The mixture by the midpoint rule over many shocks, each deal anchored by the same rule."""
    grid = [-7 + 14 * (k + 0.5) / nodes for k in range(nodes)]
    total = math.fsum(math.exp(-z * z / 2) for z in grid)
    rule = [(z, math.exp(-z * z / 2) / total) for z in grid]
    anchors = [anchored(math.fsum(p for _, p in bet), sigma, rule) for bet in bets]

    def under(z: float) -> list[Bet]:
        return [
            tuple((a, p * expit(b + sigma * z) / math.fsum(q for _, q in bet)) for a, p in bet)
            for bet, b in zip(bets, anchors, strict=True)
        ]

    return mixed([(w, law_of_sum(under(z), step)) for z, w in rule], step)


@pytest.mark.long
@pytest.mark.parametrize("count", [1, 2, 5, 15, 61])
def test_the_nodes_integrate_the_moments_of_the_normal_law(count: int) -> None:
    nodes = normal_nodes(count)
    for power in range(min(2 * count, 16)):
        wanted = 0 if power % 2 else math.prod(range(power - 1, 0, -2))
        terms = [w * z**power for z, w in nodes]
        assert math.fsum(terms) == pytest.approx(wanted, abs=1e-10 * max(map(abs, terms)) + 1e-12)


@given(st.floats(1e-9, 1 - 1e-9), st.floats(0, 5))
def test_the_probability_of_each_deal_stays_what_it_is_on_average(p: float, sigma: float) -> None:
    nodes = normal_nodes(15)
    b = anchored(p, sigma, nodes)
    assert math.fsum(w * expit(b + sigma * z) for z, w in nodes) == pytest.approx(p, rel=1e-9)


@pytest.mark.long
@pytest.mark.parametrize("sigma", [0.3, 1.0, 2.5])
def test_a_shock_on_a_small_book_is_the_mixture_over_all_shocks(sigma: float) -> None:
    bets = heavy(6)
    found, wanted = shaken_law(bets, sigma), brute(bets, sigma, None)
    assert found.points == wanted.points  # type: ignore[attr-defined]
    assert found.masses == pytest.approx(wanted.masses, abs=2e-4)  # type: ignore[attr-defined]
    assert found.mean == pytest.approx(moments(bets)[0], rel=1e-9)


@pytest.mark.long
@pytest.mark.parametrize(("size", "sigma"), [(60, 0.3), (250, 0.5), (1000, 0.3)])
def test_a_shock_on_a_large_book_has_the_quantiles_of_the_mixture(size: int, sigma: float) -> None:
    bets = heavy(size)
    found = shaken_law(bets, sigma)
    wanted = brute(bets, sigma, found.step, 60 if size < 1000 else 100)
    assert found.mean == pytest.approx(moments(bets)[0], rel=1e-5)
    for q in (0.1, 0.25, 0.5, 0.75, 0.9):
        assert quantile(found, q) == pytest.approx(quantile(wanted, q), rel=1e-3, abs=found.step)  # type: ignore[arg-type]


@pytest.mark.long
def test_a_shock_widens_a_book_the_more_the_larger_it_is() -> None:
    ratios = []
    for size in (100, 1000, 10_000):
        bets = heavy(size)
        ratios.append(shaken_law(bets, 0.3).sd / math.sqrt(moments(bets)[1]))
    assert ratios == sorted(ratios)
    assert ratios[0] > 1.1
    assert ratios[-1] > 6


def test_a_simulated_book_under_a_shock_agrees() -> None:
    rng = random.Random(3)
    bets, sigma, runs = heavy(40), 0.8, 4000
    nodes = normal_nodes(15)
    anchors = [anchored(p, sigma, nodes) for ((_, p),) in bets]
    sums = []
    for _ in range(runs):
        z = rng.gauss(0, 1)
        sums.append(sum(a for ((a, _),), b in zip(bets, anchors, strict=True) if rng.random() < expit(b + sigma * z)))
    law = shaken_law(bets, sigma)
    for q in (0.1, 0.5, 0.9):
        below = sum(total <= quantile(law, q) for total in sums) / runs
        assert below == pytest.approx(q, abs=4 * math.sqrt(q * (1 - q) / runs) + 0.005)


@given(st.lists(outcomes(), min_size=1, max_size=5), st.floats(0, 2))
def test_a_shock_keeps_mean_and_mass(bets: list[Bet], sigma: float) -> None:
    law = shaken_law(bets, sigma)
    assert math.fsum(law.masses) == pytest.approx(1, abs=1e-9)
    assert law.mean == pytest.approx(moments(bets)[0], rel=1e-6)


@given(st.lists(outcomes(), min_size=1, max_size=5), st.floats(0, 1.5))
def test_a_spread_keeps_the_mean_and_no_sum_falls_below_nothing(bets: list[Bet], share: float) -> None:
    law = law_of_sum(bets)
    found = dispersed(law, Spread(share, 5.0))
    assert found.mean == pytest.approx(law.mean, rel=1e-9)
    assert min(found.points) >= 0


def test_a_spread_of_nothing_and_of_nothing_expected_change_nothing() -> None:
    law = law_of_sum([((10, 0.5),)])
    assert dispersed(law, Spread(0.0, 5.0)) is law
    nothing = law_of_sum([])
    assert dispersed(nothing, Spread(0.2, 5.0)) is nothing
    assert dispersed(law_of_sum([((1000, 1.0),)]), Spread(0.2, 5.0)).sd == pytest.approx(200, rel=0.01)


@pytest.mark.parametrize("share", [0.05, 0.2, 0.5])
def test_a_large_book_is_wider_by_the_factor_of_the_spread(share: float) -> None:
    law = law_of_sum(heavy(500))
    spread = Spread(share, 5.0)
    found = dispersed(law, spread)
    assert found.sd == pytest.approx(spread.factor(law.mean, law.sd) * law.sd, rel=2e-3)
    sample = [quantile(law, (place + 0.5) / 200) for place in range(200)]
    low, high = spread.interval(sample)
    assert (quantile(found, 0.1), quantile(found, 0.9)) == pytest.approx((low, high), rel=0.01)


def test_revenue_under_dependence_is_wider_and_says_how_much() -> None:
    book = [(Money(a, "EUR"), p) for ((a, p),) in heavy(100)]
    plain = revenue.distribution(book, "EUR")
    shaken = revenue.distribution(book, "EUR", dependence=Shock(0.5))
    wider = revenue.distribution(book, "EUR", dependence=Spread(0.3, 5.0))
    assert plain.expected == shaken.expected == wider.expected
    assert shaken.sd > plain.sd
    factor = Spread(0.3, 5.0).factor(float(plain.expected.amount), float(plain.sd.amount))
    assert float(wider.sd.amount) == pytest.approx(factor * float(plain.sd.amount))
    assert wider.quantile(0.1) < plain.quantile(0.1) < plain.quantile(0.9) < shaken.quantile(0.9)
    assert revenue.distribution(book, "EUR", dependence=Shock(0)).quantile(0.1) == plain.quantile(0.1)


def test_certain_deals_are_not_shaken() -> None:
    law = shaken_law([((5, 0.4), (8, 0.6)), ((10, 0.5),)], 1.0)
    assert dict(zip(law.points, law.masses, strict=True)) == pytest.approx({5: 0.2, 8: 0.3, 15: 0.2, 18: 0.3})


@pytest.mark.parametrize("value", [-0.1, math.inf, math.nan, True, "wide"])
def test_what_is_no_dependence_is_refused(value: float) -> None:
    with pytest.raises(OutOfRange):
        Shock(value)


def test_both_say_what_they_assume() -> None:
    assert str(Shock(0.3)) == "one common shock of 0.3 in log-odds moves all deals together"
    assert in_short(Spread(0.2, 5.0)) == "one common factor of ±20.0 %"


@pytest.mark.parametrize("p", [5e-324, 1e-300, 1e-17, 1e-9])
def test_a_deal_that_hardly_has_a_chance_keeps_it_under_a_shock(p: float) -> None:
    """The chances of its amounts may be too small for a float, and count as none then."""
    uncertain = AmountLaw([Money(90, "EUR"), Money(110, "EUR")], [0.5, 0.5])
    for worth in (Money(100, "EUR"), uncertain):
        alone, shaken = (
            revenue.distribution([(worth, p)], "EUR", dependence=dependence) for dependence in (None, Shock(0.4))
        )
        assert math.fsum(shaken.chances) == pytest.approx(1)
        assert float(shaken.sd.amount) == pytest.approx(float(alone.sd.amount), rel=0.01)
        assert shaken.expected == alone.expected
