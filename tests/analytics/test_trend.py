"""A trend is told when there is one, and only as often as chance allows when there is none."""

from itertools import combinations
from math import exp
from random import Random
from statistics import median
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesprocess.analytics import Series, Trend, trend
from salesprocess.errors import NoHistory, OutOfRange, SmallSample
from tests.analytics.books import after

pytestmark = pytest.mark.filterwarnings("ignore::salesprocess.errors.SmallSample")
numbers = st.integers(-50, 50).map(float)


def judged(values: list[float], season: int = 1) -> Trend:
    points = [(f"M{n}", each) for n, each in enumerate(values)]
    return trend(Series("won a month", points, as_of=after(0)), season=season)


def sign(value: float) -> int:
    return (value > 0) - (value < 0)


@given(st.integers(1, 4), st.lists(numbers, min_size=9, max_size=20))
def test_slope_and_direction_are_those_of_all_pairs_of_one_season(season: int, values: list[float]) -> None:
    found = judged(values, season)
    pairs = [(i, j) for i, j in combinations(range(len(values)), 2) if (j - i) % season == 0]
    slopes = [(values[j] - values[i]) / (j - i) for i, j in pairs]
    assert found.slope == pytest.approx(median(slopes))
    assert found.low <= found.slope <= found.high
    score = sum(sign(slope) for slope in slopes)
    assert 0 < found.p_value <= 1
    if found.direction != "no measurable trend":
        assert found.direction == ("rises" if score > 0 else "falls")
    turned = judged([-value for value in values], season)
    assert (turned.slope, turned.p_value) == pytest.approx((-found.slope, found.p_value))


@given(st.lists(numbers, min_size=3, max_size=20))
def test_the_break_is_where_the_two_sides_differ_most(values: list[float]) -> None:
    n = len(values)
    scores = [abs(sum(sign(values[j] - values[i]) for i in range(t) for j in range(t, n))) for t in range(1, n)]
    found = judged(values).change
    place = scores.index(max(scores)) + 1
    assert found.label == f"M{place}"
    assert (found.before, found.after) == (median(values[:place]), median(values[place:]))
    assert found.p_value == pytest.approx(min(1, 2 * exp(-6 * max(scores) ** 2 / (n**3 + n**2))))


@given(st.lists(numbers, min_size=5, max_size=20))
def test_each_value_stands_beside_the_one_of_a_season_before(values: list[float]) -> None:
    rows = judged(values, 2).rows
    assert [row.value for row in rows] == values
    assert [row.expected for row in rows] == [None, None, *values[:-2]]
    assert all(row.difference == row.value - row.expected for row in rows if row.expected is not None)
    assert 0 < judged(values, 2).surprise <= 1


def test_without_a_trend_one_is_told_as_seldom_as_chance_allows() -> None:
    rng = Random(7)
    told = broken = 0
    for _ in range(400):
        found = judged([rng.gauss(100, 10) for _ in range(24)])
        told += found.direction != "no measurable trend"
        broken += found.change.p_value < 0.05
    assert 0.02 <= told / 400 <= 0.08
    assert broken / 400 <= 0.07


def test_a_direction_known_by_hand() -> None:
    found = judged([1, 2, 3, 4, 5])
    assert (found.slope, found.direction) == (1, "rises")
    assert found.p_value == pytest.approx(0.0275, abs=1e-4)  # S = 10, Var = 16.67, Z = 9 / 4.0825
    assert judged([3.0] * 12).p_value == 1


def test_seasons_do_not_hide_a_trend_nor_make_one() -> None:
    flat = [10.0, 20, 5, 40] * 6
    assert judged(flat, 4).direction == "no measurable trend"
    rising = [value + 0.1 * place for place, value in enumerate(flat)]
    found = judged(rising, 4)
    assert (found.direction, found.slope) == ("rises", pytest.approx(0.1))
    assert judged(rising).direction == "no measurable trend"
    jumped = [value + (9 if place >= 12 else 0) for place, value in enumerate(flat)]
    assert judged(jumped, 4).change.label == "M12"


def test_the_words_say_what_the_numbers_come_to() -> None:
    text = str(judged([4, 5, 3, 6, 5, 4, 5, 3, 4, 9, 11, 10, 9, 12, 10, 11, 10, 25]))
    assert "Rises: 0.5556 a step, 0.4286 to 0.7143" in text
    assert "A break at M9: the median was 4 before and 10 from then on" in text
    assert "M17 is 25, where 10 was expected: 5.9 % of the differences so far are as large." in text
    calm = judged([3, 4, 3, 4, 3, 4])
    assert "No measurable trend" in str(calm)
    assert "No measurable break" in str(calm)
    assert "<td>M0</td>" in calm._repr_html_()
    assert calm.to_rows()[1] == {"label": "M1", "value": 4.0, "expected": 3.0, "difference": 1.0}
    assert "rises" in judged([1000.0 * n for n in range(1, 9)]).direction
    assert "2,000" in str(judged([1000.0 * n for n in range(1, 9)]))
    assert "falls" in judged([-n for n in range(9)]).direction
    assert "(4 a round)" in judged([1.0, 2, 3, 4] * 3, 4).definition
    assert calm.cohort == "won a month, M0 to M5"


@pytest.mark.parametrize("season", [0, True, 1.5])
def test_a_season_is_a_whole_number(season: Any) -> None:
    with pytest.raises(OutOfRange, match="a whole number from 1"):
        judged([1, 2, 3], season)


def test_two_rounds_are_needed_and_few_values_warn() -> None:
    with pytest.raises(NoHistory, match="more than 8 values; there are 8"):
        judged([1.0] * 8, 4)
    with pytest.warns(SmallSample, match="won a month"):
        judged([1, 2, 3])
