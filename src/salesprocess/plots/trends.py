"""Whether a number rises or falls, and where it broke."""

from __future__ import annotations

from statistics import median

from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from salesprocess.analytics import Trend
from salesprocess.analytics.results import ENOUGH
from salesprocess.analytics.trends import TELLING
from salesprocess.plots import palette
from salesprocess.plots.canvas import Sheet, captioned, key, sheet, write
from salesprocess.plots.marks import DASHED, dot, grid, line, measured, placed
from salesprocess.plots.wording import chance, day, figure, left_out

_ROOM = 112
"""Characters below the axis; more of them would cover each other."""


def trend(trend: Trend, *, title: str | None = None, ax: Axes | None = None) -> Axes:
    """A number over time, with what the same season of the round before would have led one to expect.

    Where a break is measurable the levels before and after it are drawn, or else, where a direction is, the line of it.
    Otherwise the picture shows values, and its title says that there is no measurable trend.

    Args:
        trend: as of `analytics.trend`.
        title: in place of the one that tells the finding.
        ax: where to draw; None makes a figure that pyplot does not know.

    >>> from datetime import UTC, datetime
    >>> from salesprocess import analytics as an
    >>> won = [4, 5, 3, 6, 5, 4, 9, 11, 10, 9, 12, 10]
    >>> points = [(f"2025-{month:02}", count) for month, count in enumerate(won, 1)]
    >>> ax = trend(an.trend(an.Series("won a month", points, as_of=datetime(2026, 1, 1, tzinfo=UTC))))
    >>> ax.get_title(loc="left")
    'Won a month: 4.5 before 2025-07, 10 from then on'
    """
    rows = trend.rows
    drawn = sheet(ax, height=4.4)
    places = list(range(len(rows)))
    values = [row.value for row in rows]
    handles = [Line2D([], [], color=palette.INK, marker="o", markersize=5, linewidth=1, label=trend.name)]
    if trend.season > 1:
        expected = [(place, row.expected) for place, row in zip(places, rows, strict=True) if row.expected is not None]
        line(drawn, [x for x, _ in expected], [y for _, y in expected], colour=palette.SOFT, wide=2, name="expected")
        handles.append(Line2D([], [], color=palette.SOFT, linewidth=2, label="one round of the seasons earlier"))
    line(drawn, places, values, over=4, name="values")
    for place, value in zip(places, values, strict=True):
        dot(drawn, place, value, colour=palette.INK, size=5, over=5, name="value")
    if trend.change.p_value < TELLING:
        _break(drawn, trend, [row.label for row in rows].index(trend.change.label))
        handles.append(Line2D([], [], color=palette.ALARM, linewidth=1.6, label="median before and after the break"))
    elif trend.direction != "no measurable trend":
        start = median(value - trend.slope * place for place, value in zip(places, values, strict=True))
        ends = [start, start + trend.slope * places[-1]]
        line(drawn, [0, places[-1]], ends, colour=palette.STRONG, wide=2, dashes=DASHED, over=3, name="direction")
        handles.append(Line2D([], [], color=palette.STRONG, linewidth=2, linestyle=DASHED, label="direction"))
    low, high = min(0.0, *values), max(0.0, *values)
    drawn.ax.set(xlim=(-0.5, len(rows) - 0.5), ylim=(low * 1.1, high * 1.1 or 1))
    measured(drawn, "y", trend.name, whole=all(value.is_integer() for value in values))
    fitting = max(_ROOM // (max(len(row.label) for row in rows) + 2), 2)
    step = -(-len(rows) // fitting)
    placed(drawn, places[::step], [row.label for row in rows[::step]])
    grid(drawn, "y")
    key(drawn, handles)
    slope, least, most = map(figure, (trend.slope, trend.low, trend.high))
    last = rows[-1]
    about = (
        f"{slope} a step, 80 % between {least} and {most} (Theil-Sen; Mann-Kendall, {chance(trend.p_value)}). Break: "
        f"{chance(trend.change.p_value)} (Pettitt). {last.label} is {figure(last.value)}, "
        f"{figure(last.expected or 0.0)} was expected. As of {day(trend.as_of)}"
    )
    few = [f"Fewer than {ENOUGH} values: mostly chance"] if trend.n < ENOUGH else []
    notes = [*few, *left_out(trend.excluded)]
    found = f"{trend.name[:1].upper()}{trend.name[1:]}: {_found(trend)}"
    return captioned(drawn, found=found, title=title, about=about, notes=notes)


def _break(drawn: Sheet, trend: Trend, at: int) -> None:
    """The median level before and after."""
    change = trend.change
    for start, end, level in ((-0.4, at - 0.5, change.before), (at - 0.5, trend.n - 0.6, change.after)):
        line(drawn, [start, end], [level, level], colour=palette.ALARM, wide=1.6, over=3, name="level")
        write(drawn, figure(level), (end, level), shift=(0, 7), ha="right", backed=True, name="level")


def _found(trend: Trend) -> str:
    if trend.change.p_value < TELLING:
        before, after = figure(trend.change.before), figure(trend.change.after)
        return f"{before} before {trend.change.label}, {after} from then on"
    return trend.direction
