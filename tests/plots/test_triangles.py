"""What a picture of cohorts shows is what the result says."""

import attrs
import pytest
from matplotlib.colors import to_rgba

from salesprocess import plots
from salesprocess.analytics import Cohorts
from tests.plots import results
from tests.plots.reading import bars, names, places, text, texts, title


def test_each_share_that_is_known_is_a_field_with_its_number() -> None:
    found = results.cohorts()
    ax = plots.cohorts(found)
    known = [
        (place, column)
        for place, row in enumerate(found.rows)
        for column, at in enumerate(row.by_age)
        if at.won is not None
    ]
    middles = [(bar.get_y() + bar.get_height() / 2, bar.get_x() + bar.get_width() / 2) for bar in bars(ax, "cell")]
    assert middles == [pytest.approx(each) for each in known]
    assert len(texts(ax, "won")) == len(known) < len(found.rows) * len(found.ages)
    assert names(ax) == [row.label for row in found.rows]
    assert places(ax) == ["30 days", "60 days", "120 days"]


def test_the_darkest_field_is_the_largest_share() -> None:
    found = results.cohorts()
    ax = plots.cohorts(found)
    shares = [at.won for row in found.rows for at in row.by_age if at.won is not None]
    shades = [to_rgba(bar.get_facecolor())[3] for bar in bars(ax, "cell")]
    assert shades == [pytest.approx(0.06 + 0.94 * share / max(shares)) for share in shares]


def test_an_estimate_is_marked() -> None:
    found = results.cohorts()
    first = found.rows[0]
    guess = attrs.evolve(first, by_age=(attrs.evolve(first.by_age[0], won=0.25, complete=False), *first.by_age[1:]))
    ax = plots.cohorts(attrs.evolve(found, rows=(guess, *found.rows[1:])))
    assert texts(ax, "won")[0] == "~25 %"
    assert bars(ax, "cell")[0].get_linestyle() != bars(ax, "cell")[1].get_linestyle()


def test_beside_a_cohort_stand_its_deals_and_those_that_are_open() -> None:
    found = results.cohorts()
    few = attrs.evolve(found.rows[0], deals=4, open=0)
    many = attrs.evolve(found.rows[1], deals=40, open=7)
    ax = plots.cohorts(attrs.evolve(found, rows=(few, many)))
    assert texts(ax, "aside") == ["4 deals*", "40 deals, 7 open"]
    assert text(ax, "notes").startswith("* fewer than 10 deals: mostly chance")


def test_the_title_compares_the_first_and_the_last_cohort_at_the_highest_age_at_which_both_are_known() -> None:
    found = results.cohorts()
    assert title(plots.cohorts(found)).startswith("Won within 120 days: ")
    one: Cohorts = attrs.evolve(found, rows=found.rows[:1])
    assert title(plots.cohorts(one)) == "Share won by age, by month created"


def test_without_deals_the_picture_says_so() -> None:
    ax = plots.cohorts(attrs.evolve(results.cohorts(), rows=(), n=0))
    assert text(ax, "nothing") == "no deal was created"
