"""What holds for every picture: where it is drawn, what it leaves alone, and that its words fit."""

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import matplotlib as mpl
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from salesprocess import Money, analytics, plots
from tests.plots import results
from tests.plots.reading import drawn_texts, text, title

LONG = {
    "lead": "Innledende kartlegging av virksomhetsarkitekturen",
    "offer": "Behovsavklaring og utarbeidelse av løsningsforslag med $ og $ i navnet",
    "closing": "Anskaffelsesprosess etter lov om offentlige anskaffelser",
}
PICTURES: dict[str, Callable[..., Axes]] = {
    "funnel": lambda **o: plots.funnel(results.conversion(), labels=LONG, **o),
    "stage_durations": lambda **o: plots.stage_durations(results.durations(), labels=LONG, **o),
    "aging": lambda **o: plots.aging(results.aging(), labels=LONG, **o),
    "bottlenecks": lambda **o: plots.bottlenecks(results.bottlenecks(), labels=LONG, **o),
    "cohorts": lambda **o: plots.cohorts(results.cohorts(), **o),
    "trend": lambda **o: plots.trend(results.trend(), **o),
    "waterfall": lambda **o: plots.waterfall(
        analytics.waterfall(results.book().deals, results.START + 90 * results.DAY, results.NOW), **o
    ),
    "owners": lambda **o: plots.owners(results.owners(), **o),
    "variants": lambda **o: plots.variants(results.conformance(), labels=LONG, **o),
    "distribution": lambda **o: plots.distribution(results.forecasts()[0], target=Money(90_000, "EUR"), **o),
    "drivers": lambda **o: plots.drivers(results.drivers(), **o),
    "fan": lambda **o: plots.fan(results.forecasts(), won=results.rollup(), target=Money(90_000, "EUR"), **o),
    "calibration": lambda **o: plots.calibration(results.report(), **o),
    "backtest": lambda **o: plots.backtest(results.report(), **o),
}
every_picture = pytest.mark.parametrize("picture", PICTURES.values(), ids=PICTURES)


def test_every_function_of_the_door_is_checked_here() -> None:
    assert {name for name in plots.__all__ if name.islower()} == set(PICTURES)


@every_picture
def test_everything_that_is_written_fits_into_a_figure_of_our_own(picture: Callable[..., Axes]) -> None:
    ax = picture()
    ax.figure.canvas.draw()
    paper = ax.figure.bbox
    for words in drawn_texts(ax):
        box = words.get_window_extent()
        assert paper.x0 <= box.x0, words
        assert box.x1 <= paper.x1, words
        assert paper.y0 <= box.y0, words
        assert box.y1 <= paper.y1, words


@every_picture
def test_title_and_words_begin_at_the_same_edge_and_do_not_cover_each_other(picture: Callable[..., Axes]) -> None:
    ax = picture()
    ax.figure.canvas.draw()
    written = {words.get_label(): words.get_window_extent() for words in ax.texts}
    (heading,) = (words for words in drawn_texts(ax) if words.get_text() == ax.get_title(loc="left"))
    head, about = heading.get_window_extent(), written["_about"]
    assert head.x0 == pytest.approx(about.x0, abs=2)
    assert about.y1 <= head.y0 + 1
    assert about.y0 >= ax.bbox.y1
    if "_notes" in written:
        assert written["_notes"].y1 <= ax.bbox.y0
        assert written["_notes"].x0 == pytest.approx(about.x0, abs=2)


@every_picture
def test_axes_that_are_given_are_drawn_on_and_come_back(picture: Callable[..., Axes]) -> None:
    figure = Figure(figsize=(9, 7), layout="constrained")
    first, second = figure.subplots(1, 2)
    place = second.get_position().bounds
    assert picture(ax=second) is second
    assert second.get_position().bounds == place
    assert not first.has_data()
    assert len(figure.axes) == 2
    figure.canvas.draw()


@every_picture
def test_the_title_can_be_ones_own(picture: Callable[..., Axes]) -> None:
    ax = picture(title="Kvartalet på 5 $ og $")
    assert title(ax) == "Kvartalet på 5 $ og $"
    assert "s of 1 Jul 2026" in text(ax, "about") or "s of 30 Jun 2026" in text(ax, "about")


@every_picture
def test_a_title_can_be_left_to_the_slide(picture: Callable[..., Axes]) -> None:
    assert title(picture(title="")) == ""


@every_picture
def test_no_setting_of_matplotlib_changes(picture: Callable[..., Axes]) -> None:
    before = dict(mpl.rcParams)
    picture()
    assert dict(mpl.rcParams) == before


def test_no_picture_loads_pyplot_or_keeps_a_figure_alive() -> None:
    program = """
import gc, sys, weakref
from datetime import UTC, datetime
from salesprocess import analytics, plots
from salesprocess.frozen import FrozenDict
ax = plots.funnel(analytics.Conversion(datetime(2026, 7, 1, tzinfo=UTC), "any", (), 0, FrozenDict()))
figure = weakref.ref(ax.figure)
del ax
gc.collect()
assert figure() is None
assert "matplotlib.pyplot" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", program], check=True)


def test_a_figure_of_our_own_is_saved_by_its_user(tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("pictures") / "funnel.svg"
    figure = plots.funnel(results.conversion()).figure
    assert isinstance(figure, Figure)
    figure.savefig(path)
    assert path.stat().st_size > 0


@every_picture
def test_a_key_that_is_asked_for_again_does_not_list_every_mark(picture: Callable[..., Axes]) -> None:
    ax = picture()
    assert ax.get_legend_handles_labels() == ([], [])


def test_part_of_a_figure_can_be_drawn_on() -> None:
    parts: Any = Figure(figsize=(9, 5), layout="constrained").subfigures(1, 2)
    ax: Axes = parts[1].subplots()
    assert plots.funnel(results.conversion(), ax=ax) is ax
    ax.figure.canvas.draw()


def test_an_invisible_axes_can_be_drawn_on() -> None:
    figure = Figure()
    ax = figure.add_subplot(visible=False)
    assert plots.funnel(results.conversion(), ax=ax) is ax
