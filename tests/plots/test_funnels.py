"""What a picture of a funnel shows is what the result says."""

import attrs
import pytest
from hypothesis import given, settings

from salesprocess import Deal, plots
from salesprocess.analytics import conversion, stage_visits
from tests.analytics.books import after, books
from tests.plots import results
from tests.plots.reading import bars, key, names, text, texts, title
from tests.plots.results import quiet


@pytest.mark.counted
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
