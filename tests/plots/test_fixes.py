"""What a picture of bottlenecks shows is what the result says."""

import attrs
import pytest

from salesprocess import plots
from salesprocess.analytics import Bottlenecks
from tests.plots import results
from tests.plots.reading import bars, key, lines, names, text, texts, title


@pytest.mark.parametrize("priced", [True, False])
def test_a_bar_is_what_fixing_a_stage_is_worth_with_its_interval(priced: bool) -> None:
    found = results.bottlenecks(priced=priced)
    ax = plots.bottlenecks(found)
    assert names(ax) == [row.stage.capitalize() for row in found.rows]
    more, sooner = (bars(ax, name) for name in ("more won", "sooner"))
    for row, first, second, (xs, _) in zip(found.rows, more, sooner, lines(ax, "interval"), strict=True):
        assert first.get_width() + second.get_width() == pytest.approx(row.worth.value, rel=0.01, abs=1)
        assert xs == [row.worth.low, row.worth.high]


def test_with_amounts_the_parts_are_told_apart() -> None:
    found = results.bottlenecks()
    ax = plots.bottlenecks(found)
    worths = [(row.conversion_worth, row.time_worth) for row in found.rows]
    parts = zip(bars(ax, "more won"), bars(ax, "sooner"), strict=True)
    drawn = [(first.get_width(), second.get_width()) for first, second in parts]
    assert drawn == [(float(more.amount), float(sooner.amount)) for more, sooner in worths if more and sooner]
    assert key(ax) == ["more deals won", "won earlier, once", "80 % interval"]
    assert ax.get_xlabel() == "EUR thousand in the first year"
    assert title(ax).startswith(f"Most worth fixing: {found.rows[0].stage.capitalize()}, EUR ")
    assert "if 10 % of the losses, and of the time, of one stage alone were avoided" in text(ax, "about")


def test_without_amounts_the_worth_is_in_won_deals() -> None:
    found = results.bottlenecks(priced=False)
    ax = plots.bottlenecks(found, labels=results.SOLAR)
    assert key(ax) == ["more deals won", "80 % interval"]
    assert ax.get_xlabel() == "won deals a year"
    assert title(ax).endswith(f", {found.rows[0].worth.value:.1f} won deals a year")


def test_beside_a_stage_stand_its_losses_what_is_stuck_and_its_queue() -> None:
    found = results.bottlenecks()
    first = attrs.evolve(found.rows[0], lost=0.25, stuck=3, queue="grows")
    second = attrs.evolve(found.rows[1], lost=0.5, stuck=0, queue="unknown")
    both: Bottlenecks = attrs.evolve(found, rows=(first, second))
    told = texts(plots.bottlenecks(both), "aside")
    assert told[0] == f"25 % lost, +{first.more_won.value:.1f} won a year\n3 stuck, queue grows"
    assert told[1] == f"50 % lost, +{second.more_won.value:.1f} won a year\nqueue not known"
