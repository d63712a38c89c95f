"""What a picture of stages shows is what the result says."""

import attrs
import pytest
from hypothesis import given, settings

from salesprocess import Deal, plots
from salesprocess.analytics import conversion, durations, stage_visits
from tests.analytics.books import after, books
from tests.plots import results
from tests.plots.reading import bars, dots, key, lines, names, text, texts, title
from tests.plots.results import quiet


@settings(max_examples=8)
@given(books())
def test_a_funnel_has_a_bar_a_stage_whose_parts_are_its_deals(deals: list[Deal]) -> None:
    found = quiet(conversion, stage_visits(deals, as_of=after(50)))
    ax = plots.funnel(found)
    assert len(names(ax)) == len(found.rows)
    for fate in ("won", "lost"):
        assert [bar.get_width() for bar in bars(ax, fate)] == [getattr(row, fate) for row in found.rows]
    for place, row in enumerate(found.rows):
        last = bars(ax, "lost")[place]
        assert last.get_x() + last.get_width() == row.reached
        assert last.get_y() + last.get_height() / 2 == place


def test_beside_a_bar_stand_the_number_its_share_and_what_became_of_it() -> None:
    found = results.conversion()
    ax = plots.funnel(found)
    first = found.rows[0]
    assert texts(ax, "reached")[0].split() == [f"{first.reached}", "100", "%"]
    still = first.reached - first.won - first.lost
    assert texts(ax, "fates")[0] == f"{first.won} won, {still} open, {first.lost} lost"
    assert first.next_step is not None
    assert texts(ax, "next step")[0] == f"↓ {first.next_step:.0%}".replace("%", " %")
    assert key(ax) == ["won", "open", "lost"]


def test_a_funnel_says_which_rule_and_cohort_and_when() -> None:
    ax = plots.funnel(results.conversion(rule="imputed"))
    assert text(ax, "about").startswith("Deals that entered it or a later one, or were won, by what they are now")
    assert text(ax, "about").endswith("250 deals, as of 1 Jul 2026")


def test_the_title_tells_the_narrowest_step_among_those_that_enough_deals_left() -> None:
    found = results.conversion()
    least = min(found.rows, key=lambda row: row.next_step or 1)
    assert title(plots.funnel(found)).startswith("The narrowest step: ")
    assert title(plots.funnel(found)).endswith(f"go on from {least.stage.capitalize()}")
    assert title(plots.funnel(results.conversion(8))) == "Deals by stage"
    assert title(plots.funnel(found, title="Trakt")) == "Trakt"


def test_a_small_sample_is_marked_in_the_picture() -> None:
    ax = plots.funnel(results.conversion(8))
    assert all(step.endswith("*") for step in texts(ax, "next step"))
    assert text(ax, "notes") == "* fewer than 10 deals left: mostly chance"
    assert texts(plots.funnel(results.conversion()), "notes") == []


def test_what_was_left_out_is_told_below() -> None:
    found = attrs.evolve(results.conversion(), excluded={"deal not opened at as_of": 3, "never": 0})
    assert text(plots.funnel(found), "notes") == "Left out: deal not opened at as_of (3)"


def test_stages_are_called_as_the_process_in_ones_language_or_a_mapping_calls_them() -> None:
    long = "Behovsavklaring og utarbeidelse av løsningsforslag"
    assert names(plots.funnel(results.conversion(), labels=results.SOLAR)) == ["Kundeemne", long, "Closing"]
    assert names(plots.funnel(results.conversion(), labels={"offer": "Tilbud"})) == ["Lead", "Tilbud", "Closing"]


def test_a_funnel_without_deals_says_so() -> None:
    ax = plots.funnel(results.NO_CONVERSION)
    assert (text(ax, "nothing"), names(ax), key(ax)) == ("no deal has entered a stage", [], [])
    assert title(ax) == "Deals by stage"


@settings(max_examples=8)
@given(books())
def test_durations_show_each_median_and_85th_percentile_that_is_known(deals: list[Deal]) -> None:
    found = quiet(durations, stage_visits(deals, as_of=after(50)))
    ax = plots.stage_durations(found)
    for quantile in ("median", "p85"):
        known = [(getattr(row, quantile), place) for place, row in enumerate(found.rows)]
        assert dots(ax, quantile) == [each for each in known if each[0] is not None]
    assert len(texts(ax, "aside")) == len(found.rows)


def test_where_too_few_have_left_an_arrow_says_more_than() -> None:
    found = results.durations()
    unsure = attrs.evolve(
        found, rows=(attrs.evolve(found.rows[0], p85=None), attrs.evolve(found.rows[1], median=None, p85=None))
    )
    ax = plots.stage_durations(unsure)
    assert dots(ax, "open-ended") == [(found.rows[0].horizon, 0), (found.rows[1].horizon, 1)]
    assert texts(ax, "open-ended") == [
        f"85 %: more than {found.rows[0].horizon}",
        f"half: more than {found.rows[1].horizon}",
    ]
    assert len(dots(ax, "median")) == 1


def test_below_a_median_and_a_p85_lies_its_interval_open_where_the_record_does_not_reach() -> None:
    found = results.durations()
    first = attrs.evolve(found.rows[0], median_low=3, median_high=5, p85_low=9, p85_high=None)
    second = attrs.evolve(found.rows[1], median_low=None, median_high=None)
    ax = plots.stage_durations(attrs.evolve(found, rows=(first, second)))
    assert [xs for xs, _ in lines(ax, "median interval")] == [[3, 5], [second.horizon, second.horizon]]
    assert lines(ax, "p85 interval")[0][0] == [9, first.horizon]
    assert dots(ax, "p85 interval, open-ended")[0][0] == first.horizon
    assert len(dots(ax, "median interval, open-ended")) == 1
    assert key(ax)[-1] == "90 % interval of each"


def test_beside_a_stage_stands_how_many_are_still_there() -> None:
    found = results.durations()
    told = texts(plots.stage_durations(found), "aside")
    assert told[0] == f"{found.rows[0].n} visits, {found.rows[0].censored} still there"
    done = attrs.evolve(found, rows=[attrs.evolve(found.rows[0], censored=0, n=4)])
    assert texts(plots.stage_durations(done), "aside") == ["4 visits*"]
    assert text(plots.stage_durations(done), "notes") == "* fewer than 10: mostly chance"


@pytest.mark.parametrize(
    ("measure", "words", "counted"),
    [
        ("visit", "each visit by itself", "visits"),
        ("latest", "in the latest visit of each deal", "deals"),
        ("cumulative", "all visits of a deal together", "deals"),
    ],
)
def test_durations_say_what_was_timed(measure: str, words: str, counted: str) -> None:
    ax = plots.stage_durations(results.durations(measure=measure))
    assert words in text(ax, "about")
    assert counted in texts(ax, "aside")[0]
    assert ax.get_xlabel() == "days in the stage"


def test_the_title_tells_where_deals_stay_longest() -> None:
    found = results.durations()
    longest = max(found.rows, key=lambda row: row.median or 0)
    told = title(plots.stage_durations(found))
    assert told == f"Deals stay longest in {longest.stage.capitalize()}: median {longest.median} days"


def test_a_stage_that_nobody_visited_has_a_row_and_nothing_in_it() -> None:
    found = results.durations()
    empty = attrs.evolve(found.rows[0], n=0, left=0, censored=0, median=None, p85=None, horizon=None)
    ax = plots.stage_durations(attrs.evolve(found, rows=(empty, found.rows[1])))
    assert texts(ax, "aside")[0] == "0 visits"
    assert [place for _, place in dots(ax, "median")] == [1]


def test_durations_of_nothing_say_so() -> None:
    ax = plots.stage_durations(results.NO_DURATIONS)
    assert (text(ax, "nothing"), title(ax)) == ("nothing was observed from its beginning", "Time in each stage")
