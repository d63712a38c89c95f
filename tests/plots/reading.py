"""Reading a picture back: what is drawn under a name, in the order in which it was drawn."""

from collections.abc import Sequence
from typing import cast

import pytest

pytest.importorskip("matplotlib")

from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from matplotlib.text import Text


def texts(ax: Axes, name: str) -> list[str]:
    """The words written under a name."""
    return [text.get_text() for text in ax.texts if text.get_label() == f"_{name}"]


def text(ax: Axes, name: str) -> str:
    """The only words under a name, on one line."""
    (found,) = texts(ax, name)
    return " ".join(found.split())


def title(ax: Axes) -> str:
    return " ".join(ax.get_title(loc="left").split())


def bars(ax: Axes, name: str) -> list[Rectangle]:
    """The bars drawn under a name."""
    return [bar for bar in ax.patches if isinstance(bar, Rectangle) and bar.get_label() == f"_{name}"]


def dots(ax: Axes, name: str) -> list[tuple[float, float]]:
    """The first point of each line or mark drawn under a name."""
    return [(xs[0], ys[0]) for xs, ys in lines(ax, name)]


def lines(ax: Axes, name: str) -> list[tuple[Sequence[float], Sequence[float]]]:
    """The points of each line drawn under a name."""
    found = [line for line in ax.lines if line.get_label() == f"_{name}"]
    return [(_numbers(line.get_xdata()), _numbers(line.get_ydata())) for line in found]


def _numbers(values: object) -> list[float]:
    return [float(value) for value in cast("Sequence[float]", values)]


def key(ax: Axes) -> list[str]:
    """What the key explains."""
    legend = ax.get_legend()
    return [] if legend is None else [label.get_text() for label in legend.get_texts()]


def names(ax: Axes) -> list[str]:
    """What the rows are called, each on one line."""
    return [" ".join(label.get_text().split()) for label in ax.get_yticklabels()]


def places(ax: Axes) -> list[str]:
    """What stands below the columns, each on one line."""
    return [" ".join(label.get_text().split()) for label in ax.get_xticklabels()]


def drawn_texts(ax: Axes) -> list[Text]:
    """Everything that is written in and around the axes."""
    heading = [each for each in ax.get_children() if isinstance(each, Text) and each.get_text()]
    (left, right), heights = ax.get_xlim(), sorted(ax.get_ylim())
    below = [each for each in ax.get_xticklabels() if left <= each.get_position()[0] <= right]
    beside = [each for each in ax.get_yticklabels() if heights[0] <= each.get_position()[1] <= heights[1]]
    return [*heading, *below, *beside]
