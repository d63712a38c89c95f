"""What pictures are made of: bars, lines, points and axes, in one style."""

# matplotlib leaves the types of its options open.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal, NotRequired, TypedDict, Unpack

from matplotlib.colors import to_rgb
from matplotlib.patches import Polygon, Rectangle
from matplotlib.ticker import FixedLocator, MaxNLocator, NullLocator

from salesprocess.plots import palette
from salesprocess.plots.canvas import LABEL, Sheet, hidden

Side = Literal["x", "y"]

DASHED = (0, (4, 3))
DOTTED = (0, (2, 2))
_SHARES = (0, 0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.75, 1)
_SOLID = (0, ())


class Look(TypedDict):
    """How a point looks: its colour, its mark and size in points, whether it is empty, above what it lies, its name."""

    colour: str
    mark: NotRequired[str]
    size: NotRequired[float]
    hollow: NotRequired[bool]
    over: NotRequired[float]
    name: NotRequired[str]


def column(
    sheet: Sheet,
    place: float,
    size: float,
    *,
    start: float = 0,
    wide: float = 0.56,
    colour: str,
    name: str = "",
    edge: bool = False,
) -> None:
    """A standing bar; its place is its middle or, with `edge`, where it begins. The name is for readers."""
    sheet.ax.bar(
        place,
        size,
        wide,
        bottom=start,
        align="edge" if edge else "center",
        color=colour,
        edgecolor=palette.PAPER,
        linewidth=0.4 if edge else 0,
        label=[hidden(name)],
    )


def row_bar(sheet: Sheet, row: float, size: float, *, start: float = 0, colour: str, name: str = "") -> None:
    """A lying bar."""
    sheet.ax.barh(row, size, 0.5, left=start, color=colour, label=[hidden(name)])


def line(
    sheet: Sheet,
    xs: Sequence[float],
    ys: Sequence[float],
    *,
    colour: str = palette.INK,
    wide: float = 1.0,
    dashes: tuple[int, tuple[int, ...]] = _SOLID,
    over: float = 2,
    clipped: bool = True,
    name: str = "",
) -> None:
    """A line through points."""
    sheet.ax.plot(
        xs,
        ys,
        color=colour,
        linewidth=wide,
        linestyle=dashes,
        zorder=over,
        clip_on=clipped,
        label=hidden(name),
        solid_capstyle="butt",
    )


def dot(sheet: Sheet, x: float, y: float, **look: Unpack[Look]) -> None:
    """A point; half of it may lie outside of the axes."""
    dots(sheet, [x], [y], **look)


def dots(sheet: Sheet, xs: Sequence[float], ys: Sequence[float], **look: Unpack[Look]) -> None:
    """Points that look alike."""
    colour = look["colour"]
    sheet.ax.plot(
        xs,
        ys,
        marker=look.get("mark", "o"),
        markersize=look.get("size", 8),
        markerfacecolor=palette.PAPER if look.get("hollow") else colour,
        markeredgecolor=colour,
        linestyle="",
        zorder=look.get("over", 4),
        clip_on=False,
        label=hidden(look.get("name", "")),
    )


def arrow(sheet: Sheet, left: float, right: float, row: float, *, point: float, high: float, colour: str) -> None:
    """A flat arrow along a row, as a link of a chain."""
    corners = [
        (left, row - high),
        (right, row - high),
        (right + point, row),
        (right, row + high),
        (left, row + high),
        (left + point, row),
    ]
    sheet.ax.add_patch(Polygon(corners, closed=True, facecolor=colour, edgecolor="none", label=hidden("step")))


def cell(sheet: Sheet, column: float, row: float, shade: float, *, certain: bool) -> None:
    """A field of a table, the darker the nearer `shade` is to 1; with a broken edge where it is not certain."""
    field = Rectangle(
        (column - 0.48, row - 0.45),
        0.96,
        0.9,
        facecolor=(*to_rgb(palette.STRONG), 0.06 + 0.94 * shade),
        edgecolor=palette.RULE if certain else palette.QUIET,
        linewidth=0.8,
        linestyle=_SOLID if certain else DOTTED,
        label=hidden("cell"),
    )
    sheet.ax.add_patch(field)


def measured(
    sheet: Sheet, side: Side, words: str, tick: Callable[[float, object], str] | None = None, *, whole: bool = False
) -> None:
    """What an axis measures, and how its numbers read; `whole` ones where there is nothing between them."""
    axis = sheet.ax.xaxis if side == "x" else sheet.ax.yaxis
    axis.set_label_text(words, color=palette.QUIET, size=LABEL)
    if tick is not None:
        axis.set_major_formatter(tick)
    if whole:
        axis.set_major_locator(MaxNLocator(integer=True))


def more_room(sheet: Sheet, end: float, tick: Callable[[float, object], str]) -> None:
    """Both axes from nothing to `end`, by the root, so that small shares have more room than large ones."""
    ax = sheet.ax
    ax.set_xscale("function", functions=(_root, _square))
    ax.set_yscale("function", functions=(_root, _square))
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_locator(FixedLocator([share for share in _SHARES if share <= end]))
        axis.set_minor_locator(NullLocator())
        axis.set_major_formatter(tick)
    ax.set(xlim=(0, end), ylim=(0, end))


def _root(values: Any) -> Any:
    return abs(values) ** 0.5  # none is negative; but matplotlib also tries what lies outside


def _square(values: Any) -> Any:
    return values**2


def placed(sheet: Sheet, places: Sequence[float], words: Sequence[str]) -> None:
    """What stands below the places of the horizontal axis."""
    sheet.ax.set_xticks(places, words)
    for label in sheet.ax.get_xticklabels():
        label.set_parse_math(False)


def placed_above(sheet: Sheet, places: Sequence[float], words: Sequence[str]) -> None:
    """What stands above the columns of a table."""
    placed(sheet, places, words)
    sheet.ax.xaxis.set_ticks_position("top")
    sheet.ax.tick_params(axis="x", length=0)
    sheet.ax.spines["bottom"].set_visible(False)


def unmeasured(sheet: Sheet, side: Side) -> None:
    """An axis without numbers."""
    if side == "x":
        sheet.ax.set_xticks([])
        sheet.ax.spines["bottom"].set_visible(False)
    else:
        sheet.ax.set_yticks([])


def grid(sheet: Sheet, side: Side) -> None:
    """Quiet lines to read values by."""
    sheet.ax.grid(visible=True, axis=side, color=palette.RULE, linewidth=0.8)
