"""The spread of totals is learnt from the misses of earlier forecasts, and is never narrower than chance."""

import math
from random import Random
from statistics import fmean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesprocess.errors import OutOfRange
from salesprocess.forecasting.spread import PRIOR_SHARE, Miss, Spread, needed, spread

amounts = st.floats(1, 1e6)


def misses(share: float, n: int, rng: Random, sd: float = 0.05) -> list[Miss]:
    """Forecasts of 100, whose totals vary by `share` beyond chance."""
    width = math.sqrt(math.log1p(share**2))
    return [
        Miss(100, 100 * sd, rng.gauss(100, 100 * sd) * math.exp(rng.gauss(-width * width / 2, width))) for _ in range(n)
    ]


@pytest.mark.parametrize("share", [0.0, 0.1, 0.3])
def test_many_forecasts_teach_the_true_spread(share: float) -> None:
    assert spread(misses(share, 3000, Random(1))).share == pytest.approx(share, abs=0.02)


def test_without_forecasts_the_prior_speaks() -> None:
    assert spread([]) == Spread(PRIOR_SHARE, 0.0)
    assert spread([Miss(0, 0, 5)]) == Spread(PRIOR_SHARE, 0.0)  # nothing was expected, so no share of it can be told


@given(st.lists(st.builds(Miss, amounts, amounts, amounts)), st.floats(0.05, 1))
def test_forecasts_that_overlap_teach_less(seen: list[Miss], weight: float) -> None:
    learnt = spread(seen, weight=weight)
    assert learnt.share >= 0
    assert learnt.forecasts == pytest.approx(weight * spread(seen).forecasts)
    assert learnt.forecasts <= weight * len(seen) + 1e-9


def test_a_total_that_chance_moves_much_teaches_little() -> None:
    assert spread([Miss(100, 0, 100)]).forecasts == 1
    assert spread([Miss(100, 60, 300)]).forecasts < 0.01
    assert spread([Miss(100, 60, 300)]).share == pytest.approx(PRIOR_SHARE, abs=0.05)


@given(amounts, st.floats(0, 1e6), st.floats(0, 2))
def test_no_factor_narrows_an_interval(expected: float, sd: float, share: float) -> None:
    assert Spread(share, 1.0).factor(expected, sd) >= 1


def test_a_wider_interval_holds_as_much_as_it_says() -> None:
    rng = Random(2)
    sample = sorted(rng.gauss(100, 5) for _ in range(200))
    low, high = Spread(0.2, 9.0).interval(sample, 0.8)
    inside = fmean(low <= miss.actual <= high for miss in misses(0.2, 4000, rng))
    assert inside == pytest.approx(0.8, abs=0.03)
    assert Spread(0.0, 9.0).interval(sample, 0.8) == pytest.approx((sample[20], sample[180]), rel=0.02)


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=20), st.floats(0, 1), st.floats(0.05, 0.95))
def test_no_interval_reaches_below_nothing_or_ends_before_it_begins(
    sample: list[float], share: float, level: float
) -> None:
    low, high = Spread(share, 1.0).interval(sample, level)
    assert 0 <= low <= high


def test_a_miss_tells_how_wide_the_interval_should_have_been() -> None:
    assert needed(Miss(100, 1, 110), 80, 105) == 2
    assert needed(Miss(100, 1, 90), 80, 105) == 0.5
    assert needed(Miss(100, 0, 100), 100, 100) == 0
    assert needed(Miss(100, 0, 101), 100, 100) == math.inf


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(OutOfRange, match="weight"):
        spread([], weight=0)
    with pytest.raises(OutOfRange, match="at least one point"):
        Spread(0.1, 1.0).interval([])
    with pytest.raises(OutOfRange, match="level"):
        Spread(0.1, 1.0).interval([1.0], level=1.0)
