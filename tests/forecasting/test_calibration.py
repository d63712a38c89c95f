"""Calibration: groups of equal size that together are all deals, each with what was promised beside what came."""

import math
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesprocess.errors import OutOfRange
from salesprocess.forecasting import calibration_bins

pairs = st.lists(
    st.tuples(st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.9, 1.0]) | st.floats(0, 1), st.booleans()), min_size=1
)


@given(pairs, st.integers(1, 12))
def test_the_groups_are_all_deals_in_order_of_their_probability(said: list[tuple[float, bool]], bins: int) -> None:
    probabilities, outcomes = zip(*said, strict=True)
    groups = calibration_bins(probabilities, outcomes, bins=bins)
    assert sum(group.deals for group in groups) == len(said)
    assert len(groups) <= bins
    assert all(one.highest < other.lowest for one, other in pairwise(groups))
    promised = math.fsum(group.expected * group.deals for group in groups)
    assert math.isclose(promised, math.fsum(probabilities), abs_tol=1e-9)
    assert round(sum(group.observed * group.deals for group in groups)) == sum(outcomes)
    assert all(group.low <= group.observed <= group.high for group in groups)


@given(st.integers(1, 60), st.integers(1, 12))
def test_groups_of_different_probabilities_differ_by_one_deal_at_most(deals: int, bins: int) -> None:
    groups = calibration_bins([place / 100 for place in range(deals)], [False] * deals, bins=bins)
    sizes = [group.deals for group in groups]
    assert max(sizes) - min(sizes) <= 1
    assert len(groups) == min(bins, deals)


def test_probabilities_that_are_true_agree_with_what_comes() -> None:
    rng = Random(5)
    said = [rng.random() for _ in range(4000)]
    honest = calibration_bins(said, [rng.random() < p for p in said], level=0.99)
    assert all(group.agrees for group in honest)
    boastful = calibration_bins([min(1.0, p + 0.2) for p in said], [rng.random() < p for p in said], level=0.99)
    assert sum(group.agrees for group in boastful) <= 2


def test_no_groups_are_refused() -> None:
    with pytest.raises(OutOfRange, match="bins must be at least 1"):
        calibration_bins([0.5], [True], bins=0)
