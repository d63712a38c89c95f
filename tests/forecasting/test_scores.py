"""Scores: the truth is never beaten by another forecast, and what a score is taken apart into adds up to it."""

import math
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from salesprocess.errors import OutOfRange
from salesprocess.forecasting import scores

probabilities = st.floats(0, 1)
some_deals = st.lists(st.tuples(probabilities, st.booleans()), min_size=1, max_size=30)
sums = st.floats(-1000, 1000).map(lambda value: round(value, 3))
weights = st.integers(1, 20)


@st.composite
def laws(draw: st.DrawFn) -> tuple[list[float], list[float]]:
    points = sorted(draw(st.sets(sums, min_size=1, max_size=8)))
    weighed = draw(st.lists(weights, min_size=len(points), max_size=len(points)))
    return points, [weight / sum(weighed) for weight in weighed]


def expected(score: object, truth: float, said: float) -> float:
    return truth * score([said], [True]) + (1 - truth) * score([said], [False])  # type: ignore[operator]


@pytest.mark.parametrize("score", [scores.brier, scores.log_loss])
@given(truth=st.floats(1e-5, 1 - 1e-5), said=probabilities)
def test_no_probability_scores_better_than_the_true_one(score: object, truth: float, said: float) -> None:
    assert expected(score, truth, truth) <= expected(score, truth, said) + 1e-12


@given(laws(), laws())
def test_no_distribution_scores_better_than_the_true_one(
    truth: tuple[list[float], list[float]], said: tuple[list[float], list[float]]
) -> None:
    def mean(law: tuple[list[float], list[float]]) -> float:
        return math.fsum(chance * scores.crps(*law, value) for value, chance in zip(*truth, strict=True))

    assert mean(truth) <= mean(said) + 1e-9


@given(laws(), sums, sums)
def test_no_interval_scores_better_than_that_between_the_true_quantiles(
    truth: tuple[list[float], list[float]], one: float, other: float
) -> None:
    def quantile(q: float) -> float:
        below = 0.0
        for value, chance in zip(*truth, strict=True):
            below += chance
            if below >= q - 1e-9:
                return value
        return truth[0][-1]

    def mean(low: float, high: float) -> float:
        chances = zip(*truth, strict=True)
        return math.fsum(chance * scores.winkler(low, high, value, level=0.8) for value, chance in chances)

    assert mean(quantile(0.1), quantile(0.9)) <= mean(*sorted((one, other))) + 1e-6


@given(some_deals)
def test_the_parts_of_the_brier_score_add_up_and_are_never_negative(deals: list[tuple[float, bool]]) -> None:
    parts = scores.brier_parts(*zip(*deals, strict=True))
    assert parts.score == scores.brier(*zip(*deals, strict=True))
    assert math.isclose(parts.score, parts.reliability - parts.resolution + parts.uncertainty, abs_tol=1e-12)
    assert min(parts.reliability, parts.resolution, parts.uncertainty) >= 0


@given(some_deals)
def test_shares_that_rise_with_the_probability_are_recalibrated_to_themselves(deals: list[tuple[float, bool]]) -> None:
    groups = scores.pooled(*zip(*deals, strict=True))
    assert sum(size for size, _ in groups) == len(deals)
    assert sum(wins for _, wins in groups) == sum(won for _, won in deals)
    assert all(wins / size < more / larger for (size, wins), (larger, more) in pairwise(groups))


def test_probabilities_that_mean_what_they_say_are_reliable_and_the_base_rate_tells_nothing_apart() -> None:
    said = [0.25] * 4 + [0.75] * 4
    came = [True, False, False, False, True, True, True, False]
    parts = scores.brier_parts(said, came)
    assert (parts.reliability, parts.resolution, parts.uncertainty) == (0.0, 0.0625, 0.25)
    dull = scores.brier_parts([0.5] * 8, came)
    assert (dull.reliability, dull.resolution) == (0.0, 0.0)


@given(laws(), sums)
def test_the_score_of_a_distribution_is_its_mean_distance_less_half_its_own_spread(
    law: tuple[list[float], list[float]], value: float
) -> None:
    bets = list(zip(*law, strict=True))
    distance = math.fsum(chance * abs(point - value) for point, chance in bets)
    spread = math.fsum(p * q * abs(x - y) for x, p in bets for y, q in bets)
    assert math.isclose(scores.crps(*law, value), distance - spread / 2, abs_tol=1e-9)


@given(laws(), sums)
def test_where_a_value_fell_says_how_much_lies_below_and_above(
    law: tuple[list[float], list[float]], value: float
) -> None:
    mirrored = [-point for point in reversed(law[0])], list(reversed(law[1]))
    place = scores.pit(*law, value)
    assert 0 <= place <= 1
    assert math.isclose(place + scores.pit(*mirrored, -value), 1, abs_tol=1e-9)


@given(laws(), st.floats(0.05, 0.95))
def test_the_places_of_values_drawn_from_the_law_are_in_the_middle_on_average(
    law: tuple[list[float], list[float]], level: float
) -> None:
    mean = math.fsum(chance * scores.pit(*law, point) for point, chance in zip(*law, strict=True))
    assert math.isclose(mean, 0.5, abs_tol=1e-9)


@given(st.lists(st.tuples(st.floats(0, 1e6), st.floats(0, 1e6)), min_size=1))
def test_the_bias_is_never_larger_than_the_error(pairs: list[tuple[float, float]]) -> None:
    said, came = zip(*pairs, strict=True)
    error, signed = scores.wape(said, came), scores.bias(said, came)
    if error is None or signed is None:
        assert error is signed is None
        assert not any(came)
    else:
        assert abs(signed) <= error + 1e-9


def test_errors_of_several_totals_are_weighed_by_what_came() -> None:
    assert scores.wape([12, 0], [10, 90]) == pytest.approx(0.92)
    assert scores.bias([12, 0], [10, 90]) == pytest.approx(-0.88)
    assert scores.wape([1], [0]) is None


def test_an_interval_covers_its_own_bounds() -> None:
    assert scores.coverage([(1, 2), (1, 2), (1, 2), (1, 2)], [1, 2, 1.5, 2.5]) == 0.75
    assert scores.coverage([], []) is None


def test_skill_is_what_is_saved_of_the_baseline() -> None:
    assert scores.skill(0.1, 0.2) == 0.5
    assert scores.skill(0.4, 0.2) == -1.0
    assert scores.skill(0.0, 0.0) is None


@given(probabilities, st.floats(0, 1))
def test_an_impossible_thing_that_happened_costs_no_more_than_the_clip(said: float, truth: float) -> None:
    assume(truth <= said)
    assert scores.log_loss([truth], [True]) <= -math.log(scores.CLIP) + 1e-9


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: scores.brier([], []), "at least one"),
        (lambda: scores.brier([0.5], []), "one a probability"),
        (lambda: scores.log_loss([1.5], [True]), "between 0 and 1"),
        (lambda: scores.brier([math.nan], [True]), "between 0 and 1"),
        (lambda: scores.crps([], [], 1), "at least one"),
        (lambda: scores.pit([1, 2], [1.0], 1), "one chance each"),
        (lambda: scores.crps([1, 2], [0.5, 0.6], 1), "sum to one"),
        (lambda: scores.winkler(1, 2, 1, level=1), "between 0 and 1"),
        (lambda: scores.winkler(2, 1, 1), "at least 2"),
    ],
)
def test_what_cannot_be_scored_is_refused(call: object, says: str) -> None:
    with pytest.raises(OutOfRange, match=says):
        call()  # type: ignore[operator]
