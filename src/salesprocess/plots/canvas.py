"""Where a picture goes, and the words around it; no picture touches pyplot, its settings or a window."""

# matplotlib leaves the types of its options open.
# pyright: reportUnknownMemberType=false

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Literal

import attrs
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import ScaledTranslation

from salesprocess.plots import palette
from salesprocess.plots.wording import in_lines

WIDTH = 8.0
"""Inches, of a figure of our own: half a slide, or the text of a page."""
TITLE, LABEL, NOTE = 13.0, 9.5, 8.0
"""Sizes of words, in points; a note is the smallest that a print can bear."""
_POINTS = 72
_MARGIN = 12
"""Points around everything in a figure of our own."""
_GAP = 7
_LINE = 1.35
_NAME = 26
"""Characters of a name in one line."""

Anchor = Literal["data", "axes", "row", "column"]
"""What a place is counted in: the data, the axes from 0 to 1, or only one of the two in the data."""


@attrs.frozen
class Sheet:
    """The axes of a picture, and whether the figure around them is our own, so that its margins are ours to set."""

    ax: Axes
    own: bool


def sheet(ax: Axes | None, *, height: float, width: float = WIDTH) -> Sheet:
    """The axes given, or those of a new figure that no window and no list of figures knows.

    Args:
        ax: where to draw; None makes a figure.
        height, width: of that figure, in inches.
    """
    own = ax is None
    if ax is None:
        figure = Figure(figsize=(width, height), facecolor=palette.PAPER)
        FigureCanvasAgg(figure)
        ax = figure.add_subplot(facecolor=palette.PAPER)
    for side, spine in ax.spines.items():
        spine.set_visible(side == "bottom")
        spine.set_color(palette.QUIET)
    ax.tick_params(colors=palette.QUIET, labelsize=LABEL, length=0)
    ax.set_axisbelow(True)
    ax.grid(visible=False)
    return Sheet(ax, own)


def rows_height(rows: int, each: float = 0.5) -> float:
    """Inches of a figure with so many rows, and the words around them."""
    return 1.9 + each * max(rows, 2)


def name_rows(sheet: Sheet, names: Sequence[str]) -> None:
    """One row a name, from the top; long names break into lines."""
    ax = sheet.ax
    ax.set_yticks(range(len(names)), [in_lines(name, _NAME) for name in names])
    ax.set_ylim(max(len(names), 1) - 0.5, -0.5)
    ax.tick_params(axis="y", pad=_GAP)
    for label in ax.get_yticklabels():
        label.set(color=palette.INK, parse_math=False, linespacing=1.05)


def write(
    sheet: Sheet,
    text: str,
    at: tuple[float, float],
    *,
    anchor: Anchor = "data",
    shift: tuple[float, float] = (0, 0),
    size: float = NOTE + 0.5,
    colour: str = palette.INK,
    weight: Literal["normal", "bold"] = "normal",
    ha: Literal["left", "center", "right"] = "left",
    va: Literal["bottom", "center", "top"] = "center",
    backed: bool = False,
    name: str = "",
) -> Text:
    """Words at a place, never read as a formula.

    Args:
        sheet: where.
        text: the words.
        at: the place.
        anchor: what the place is counted in; a `row` has its height in the data, a `column` its distance from the left.
        shift: points to the right and up.
        size, colour, weight, ha, va: as of matplotlib.
        backed: on a ground of its own, so that lines behind do not disturb.
        name: for who reads the picture.
    """
    ax = sheet.ax
    systems = {
        "data": ax.transData,
        "axes": ax.transAxes,
        "row": ax.get_yaxis_transform(),
        "column": ax.get_xaxis_transform(),
    }
    ground = {"facecolor": palette.PAPER, "edgecolor": "none", "pad": 1, "alpha": 0.85} if backed else None
    return ax.annotate(
        text,
        at,
        xycoords=systems[anchor],
        xytext=shift,
        textcoords="offset points",
        annotation_clip=False,
        parse_math=False,
        linespacing=_LINE if name in {"about", "notes"} else 1.1,
        size=size,
        color=colour,
        weight=weight,
        ha=ha,
        va=va,
        bbox=ground,
        label=hidden(name),
        zorder=8,
    )


def hidden(name: str) -> str:
    """The label of an artist that no key shows: what it stands for, for those who read or restyle a picture.

    >>> hidden("won")
    '_won'
    """
    return f"_{name}"


def aside(sheet: Sheet, row: float, text: str, *, shift: float = _GAP) -> None:
    """Words to the right of a row, outside of the axes."""
    write(sheet, text, (1, row), anchor="row", shift=(shift, 0), colour=palette.QUIET, name="aside")


def key(sheet: Sheet, handles: Sequence[Artist], columns: int = 4) -> None:
    """What the colours and marks mean, in lines above the axes."""
    sheet.ax.legend(
        handles=list(handles),
        ncols=columns,
        loc="lower left",
        bbox_to_anchor=(0, 1),
        frameon=False,
        fontsize=NOTE + 0.5,
        borderaxespad=0.3,
        borderpad=0.2,
        handlelength=1.4,
        columnspacing=1.6,
        labelcolor=palette.QUIET,
    )


def nothing(sheet: Sheet, why: str) -> None:
    """A picture of an empty result says so."""
    sheet.ax.set(xticks=[], yticks=[])
    write(sheet, why, (0.5, 0.5), anchor="axes", ha="center", size=LABEL, colour=palette.QUIET, name="nothing")


def captioned(sheet: Sheet, *, found: str, title: str | None, about: str, notes: Sequence[str] = ()) -> Axes:
    """The axes with the words around them: to be called when everything else is drawn.

    Title and notes begin where the names of the rows begin, and are broken to the width of the picture.

    Args:
        sheet: where.
        found: what the picture shows, as the title of it.
        title: in place of that; None keeps it.
        about: of what, how counted, as of when.
        notes: what one must know to read it.
    """
    ax = sheet.ax
    left, bottom, _, top = _around(ax)
    wide = _points(ax, ax.figure.bbox.width) - 2 * _MARGIN if sheet.own else _wide(ax) + left
    told = _broken(ax, about, LABEL, wide)
    above = top + _GAP
    around = [
        write(
            sheet,
            told,
            (0, 1),
            anchor="axes",
            shift=(-left, above),
            va="bottom",
            size=LABEL,
            colour=palette.QUIET,
            name="about",
        )
    ]
    above += (told.count("\n") + 1) * LABEL * _LINE + _GAP / 2
    heading = ax.set_title(
        _broken(ax, found if title is None else title, TITLE, wide, bold=True),
        loc="left",
        size=TITLE,
        weight="bold",
        color=palette.INK,
        pad=above,
    )
    aligned = ScaledTranslation(-left / _POINTS, 0, ax.figure.dpi_scale_trans)
    heading.set(parse_math=False, linespacing=1.2, transform=heading.get_transform() + aligned)
    if notes:
        small = "\n".join(_broken(ax, note, NOTE, wide) for note in notes)
        below = (-left, -bottom - _GAP)
        around.append(
            write(
                sheet,
                small,
                (0, 0),
                anchor="axes",
                shift=below,
                va="top",
                size=NOTE,
                colour=palette.QUIET,
                name="notes",
            )
        )
    if sheet.own:
        _fit(ax, [heading, *around], left)
    return ax


def _points(ax: Axes, pixels: float) -> float:
    return pixels * _POINTS / ax.figure.dpi


def _wide(ax: Axes) -> float:
    """The width of the axes in points."""
    return _points(ax, ax.bbox.width)


def _around(ax: Axes) -> tuple[float, float, float, float]:
    """How far the picture reaches beyond its axes: to the left, below, to the right and above, in points."""
    inner = ax.bbox
    whole = ax.get_tightbbox() or inner  # an invisible axes has no extent
    sides = (inner.x0 - whole.x0, inner.y0 - whole.y0, whole.x1 - inner.x1, whole.y1 - inner.y1)
    left, bottom, right, top = (max(_points(ax, side), 0.0) for side in sides)
    return left, bottom, right, top


def _fit(ax: Axes, words: Sequence[Text], left: float) -> None:
    """Give the axes all the room of the figure but for what is around them.

    Title and notes may be wider than the axes are now; they do not move the right edge.
    """
    _, bottom, _, top = _around(ax)
    for text in words:
        text.set_in_layout(False)
    right = _around(ax)[2]
    for text in words:
        text.set_in_layout(True)
    wide, high = (_points(ax, side) for side in (ax.figure.bbox.width, ax.figure.bbox.height))
    inner = (wide - left - right - 2 * _MARGIN, high - bottom - top - 2 * _MARGIN)
    ax.set_position(((left + _MARGIN) / wide, (bottom + _MARGIN) / high, inner[0] / wide, inner[1] / high))


def _broken(ax: Axes, text: str, size: float, wide: float, *, bold: bool = False) -> str:
    """The text in lines of at most so many points; the lines of a bold one are about equally long."""
    probe = ax.text(0, 0, text, size=size, weight="bold" if bold else "normal", parse_math=False)
    length = _points(ax, probe.get_window_extent().width)
    probe.remove()
    if length <= wide:
        return text
    room = max(int(len(text) * wide / length * 0.96), 20)
    if bold:
        fewest = len(textwrap.wrap(text, room))
        even = range(len(text) // fewest, room)
        room = next((less for less in even if len(textwrap.wrap(text, less)) == fewest), room)
    return textwrap.fill(text, room)
