"""What it would be worth to fix each stage."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from salesprocess.analytics import Bottleneck, Bottlenecks
from salesprocess.money import Money
from salesprocess.plots import palette
from salesprocess.plots.canvas import aside, captioned, key, name_rows, rows_height, sheet, write
from salesprocess.plots.marks import grid, line, measured, row_bar
from salesprocess.plots.wording import Labels, MoneyScale, count, day, left_out, money, percent, stage_words


def bottlenecks(
    bottlenecks: Bottlenecks, *, labels: Labels | None = None, title: str | None = None, ax: Axes | None = None
) -> Axes:
    """The stages by what fixing each of them is worth in the first year, the one most worth fixing at the top.

    A bar has two parts: what more deals won are worth, and what closing earlier brings forward. The line is the
    interval of both together. Without amounts the worth is in won deals.

    Args:
        bottlenecks: as of `analytics.bottlenecks`.
        labels: what the stages are called: a process in the language wanted, or words by name.
        title: in place of the one that tells the finding.
        ax: where to draw; None makes a figure that pyplot does not know.

    >>> from datetime import UTC, datetime
    >>> from random import Random
    >>> from salesprocess import Process, Stage, analytics as an, simulation
    >>> solar = Process("solar", stages=[Stage("lead", 0.2), Stage("offer", 0.5), Stage.won("won"), Stage.lost("lost")])
    >>> start, now = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC)
    >>> deals = simulation.book(solar, 200, rng=Random(1), start=start, as_of=now).deals
    >>> ax = bottlenecks(an.bottlenecks(an.stage_visits(deals, as_of=now), solar, deals=deals))
    >>> ax.get_title(loc="left")
    'Most worth fixing: Lead, EUR 289 thousand in the first year'
    """
    rows = bottlenecks.rows
    names = stage_words((row.stage for row in rows), labels)
    drawn = sheet(ax, height=rows_height(len(rows)))
    name_rows(drawn, names)
    reach = max(row.worth.high for row in rows)
    scale = MoneyScale.of(reach, bottlenecks.currency or "")
    for place, row in enumerate(rows):
        more, sooner = _parts(row)
        row_bar(drawn, place, more, colour=palette.STRONG, name="more won")
        row_bar(drawn, place, sooner, start=more, colour=palette.SOFT, name="sooner")
        line(drawn, [row.worth.low, row.worth.high], [place] * 2, wide=1.6, over=4, name="interval")
        end = (max(row.worth.high, more + sooner), place)
        write(drawn, scale.short(row.worth.value), end, shift=(6, 0), weight="bold", name="worth")
        aside(drawn, place, _told(row))
    drawn.ax.set_xlim(0, reach * 1.14 or 1)
    measured(drawn, "x", f"{scale.label} in the first year" if bottlenecks.currency else "won deals a year", scale.tick)
    grid(drawn, "x")
    handles = [Patch(color=palette.STRONG, label="more deals won")]
    if bottlenecks.currency:
        handles.append(Patch(color=palette.SOFT, label="won earlier, once"))
    key(drawn, [*handles, Line2D([], [], color=palette.INK, label="80 % interval")])
    part = percent(bottlenecks.improvement)
    about = (
        f"What it is worth if {part} of the losses, and of the time, of one stage alone were avoided. It says where a "
        f"change pays, not how hard it is. {count(bottlenecks.n, 'deal')}, as of {day(bottlenecks.as_of)}"
    )
    found = _found(rows[0], names[0], bottlenecks.currency)
    return captioned(drawn, found=found, title=title, about=about, notes=left_out(bottlenecks.excluded))


def _parts(row: Bottleneck) -> tuple[float, float]:
    """What more deals won are worth, and what winning them earlier is."""
    if row.conversion_worth is None or row.time_worth is None:
        return row.more_won.value, 0.0
    return float(row.conversion_worth.amount), float(row.time_worth.amount)


def _told(row: Bottleneck) -> str:
    stuck = f"{row.stuck:,} stuck, " if row.stuck else ""
    queue = "queue not known" if row.queue == "unknown" else f"queue {row.queue}"
    return f"{percent(row.lost)} lost, +{row.more_won.value:,.1f} won a year\n{stuck}{queue}"


def _found(worst: Bottleneck, name: str, currency: str | None) -> str:
    if currency is None:
        return f"Most worth fixing: {name}, {worst.worth.value:,.1f} won deals a year"
    return f"Most worth fixing: {name}, {money(Money(round(worst.worth.value), currency))} in the first year"
