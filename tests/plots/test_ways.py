"""What a picture of variants shows is what the result says."""

from datetime import timedelta

import attrs
import pytest
from matplotlib.colors import to_hex
from matplotlib.patches import Polygon

from salesprocess import plots
from salesprocess.analytics import Conformance, Variant
from salesprocess.errors import OutOfRange
from salesprocess.plots import palette
from tests.plots import results
from tests.plots.reading import names, text, texts, title

DAY = timedelta(days=1)


def of(*ways: Variant) -> Conformance:
    return attrs.evolve(results.conformance(), variants=ways, n=sum(way.deals for way in ways))


def test_each_way_has_its_share_its_steps_and_how_its_deals_fare() -> None:
    found = results.conformance()
    ax = plots.variants(found, most=3)
    shown = found.variants[:3]
    steps = [step.split()[0].lower() for step in texts(ax, "step")]
    assert steps == [stage for variant in shown for stage in variant.path]
    assert len(names(ax)) == len(texts(ax, "aside")) == 3
    assert texts(ax, "aside")[0].startswith(f"{shown[0].deals} deals\n")


def test_the_most_frequent_ways_are_drawn_and_the_others_counted() -> None:
    found = results.conformance()
    ax = plots.variants(found, most=2)
    rest = found.variants[2:]
    assert f"Not drawn: {len(rest)} ways more, of {sum(variant.deals for variant in rest)} deals" in text(ax, "notes")
    assert title(ax).startswith(f"2 of {len(found.variants)} ways through the stages cover ")
    everything = plots.variants(found, most=len(found.variants))
    assert title(everything) == f"All {len(found.variants)} ways through the stages"
    assert "Not drawn" not in " ".join(texts(everything, "notes"))


def test_stages_in_which_ways_end_are_won_or_lost_in_colour() -> None:
    ax = plots.variants(
        of(
            Variant(("lead", "won"), 20, 0.5, 20, 0, 1.0, 3 * DAY),
            Variant(("lead", "lost"), 16, 0.4, 0, 16, 0.0, 5 * DAY),
            Variant(("lead",), 4, 0.1, 0, 0, None, None),
        )
    )
    faces = [to_hex(patch.get_facecolor()) for patch in ax.patches if isinstance(patch, Polygon)]
    lead, won, lost = palette.TINT, palette.STRONG, palette.FAINT
    assert faces == [lead, won, lead, lost, lead]
    assert texts(ax, "aside") == ["20 deals\n100 % won, 3 days", "16 deals\n0 % won, 5 days", "4 deals\nnone decided"]


def test_a_stage_entered_again_and_again_is_one_arrow_and_long_ways_end_in_a_number() -> None:
    path = ("lead", "lead", "lead", *(f"step_{n}" for n in range(11)))
    ax = plots.variants(of(Variant(path, 9, 1.0, 3, 6, 1 / 3, 2 * DAY)))
    assert texts(ax, "step")[0] == "Lead ×3"
    assert len(texts(ax, "step")) == 8
    assert texts(ax, "more steps") == ["+4"]
    assert texts(ax, "aside") == ["9 deals\n33 % won*, 2 days"]
    assert text(ax, "notes") == "* fewer than 10 decided deals: mostly chance"


def test_long_norwegian_names_are_parted_in_the_middle_and_stay_in_their_arrow() -> None:
    path = ("a", "b", "c", "d", "e", "f", "g", "h")
    ax = plots.variants(of(Variant(path, 9, 1.0, 0, 0, None, None)), labels={"a": "Leverandørgodkjenning fra innkjøp"})
    assert texts(ax, "step")[0].split("\n") == ["Leverandørg-", "odkjenning", "fra innkjøp"]


def test_without_ways_the_picture_says_so() -> None:
    ax = plots.variants(of())
    assert (text(ax, "nothing"), title(ax)) == ("no deal has entered a stage", "Ways through the stages")


def test_at_least_one_way_is_drawn() -> None:
    with pytest.raises(OutOfRange, match="most must be at least 1"):
        plots.variants(results.conformance(), most=0)
