"""What a picture of a trend shows is what the result says."""

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from salesprocess import plots
from salesprocess.analytics import Series, Trend, trend
from tests.plots.reading import dots, key, lines, places, text, texts, title
from tests.plots.results import quiet

AS_OF = datetime(2026, 1, 1, tzinfo=UTC)
JUMP = [4, 5, 3, 6, 5, 4, 9, 11, 10, 9, 12, 10]


def of(values: Sequence[float], season: int = 1, excluded: dict[str, int] | None = None) -> Trend:
    """The trend of values by month."""
    points = [(f"{2024 + n // 12}-{n % 12 + 1:02}", value) for n, value in enumerate(values)]
    return quiet(trend, Series("won a month", points, as_of=AS_OF, excluded=excluded or {}), season=season)


def test_every_value_is_a_point_in_its_place() -> None:
    found = of(JUMP)
    ax = plots.trend(found)
    assert dots(ax, "value") == [(place, row.value) for place, row in enumerate(found.rows)]
    assert places(ax) == [row.label for row in found.rows]
    assert ax.get_ylabel() == "won a month"


def test_a_measurable_break_is_drawn_and_told() -> None:
    found = of(JUMP)
    ax = plots.trend(found)
    assert [ys[0] for _, ys in lines(ax, "level")] == [found.change.before, found.change.after]
    assert lines(ax, "level")[0][0][1] == JUMP.index(9) - 0.5
    assert texts(ax, "level") == ["4.5", "10"]
    assert title(ax) == "Won a month: 4.5 before 2024-07, 10 from then on"
    assert key(ax) == ["won a month", "median before and after the break"]


def test_without_a_break_a_measurable_direction_is_drawn_and_told() -> None:
    found = of([1, 2, 3, 4, 5, 6])
    ax = plots.trend(found)
    ((xs, ys),) = lines(ax, "direction")
    assert (xs, ys) == ([0, 5], [1, 6])
    assert title(ax) == "Won a month: rises"
    assert key(ax)[-1] == "direction"
    assert "1 a step, 80 % between 1 and 1 (Theil-Sen; Mann-Kendall, p = 0.0085)" in text(ax, "about")


def test_without_either_the_title_says_so() -> None:
    ax = plots.trend(of([3, 1, 2, 3, 1, 2, 3]))
    assert title(ax) == "Won a month: no measurable trend"
    assert (lines(ax, "direction"), lines(ax, "level")) == ([], [])


def test_with_seasons_what_was_expected_is_drawn() -> None:
    found = of([5, 9, 5, 9, 5, 9, 6, 12], season=2)
    ((xs, ys),) = lines(plots.trend(found), "expected")
    assert list(zip(xs, ys, strict=True)) == [(n, row.expected) for n, row in enumerate(found.rows) if row.expected]
    assert "one round of the seasons earlier" in key(plots.trend(found))
    assert "2024-08 is 12, 9 was expected." in text(plots.trend(found), "about")


def test_of_many_labels_some_stand_below_the_axis() -> None:
    assert places(plots.trend(of([float(n % 5) for n in range(36)])))[:2] == ["2024-01", "2024-04"]
    weeks = [(f"week {n} of the year 2025", float(n % 3)) for n in range(1, 20)]
    assert len(places(plots.trend(quiet(trend, Series("won a week", weeks, as_of=AS_OF))))) == 4


def test_few_values_and_what_was_left_out_are_told() -> None:
    ax = plots.trend(of([3, 1, 2], excluded={"week not over": 1}))
    assert text(ax, "notes") == "Fewer than 10 values: mostly chance Left out: week not over (1)"
    assert texts(plots.trend(of([3, 1] * 5)), "notes") == []


@pytest.mark.parametrize(("values", "low"), [([1, 2, 3], 0), ([-4, 2, 3], -4.4)])
def test_the_axis_begins_at_nothing_or_below(values: list[float], low: float) -> None:
    assert plots.trend(of(values)).get_ylim()[0] == pytest.approx(low)
