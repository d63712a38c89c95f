"""Owners compared: what each wins of comparable deals, with its interval, and what stood in the raw numbers."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from salesprocess.analytics import Owner, Owners
from salesprocess.analytics.owners import NO_DIFFERENCE, SIGNIFICANT
from salesprocess.analytics.results import ENOUGH
from salesprocess.errors import OutOfRange
from salesprocess.plots import palette
from salesprocess.plots.canvas import Sheet, aside, captioned, key, name_rows, nothing, rows_height, sheet, write
from salesprocess.plots.marks import DASHED, dot, grid, line, measured
from salesprocess.plots.wording import chance, count, day, left_out, percent, percent_tick

_LOOK = {"above": (palette.STRONG, "o"), "below": (palette.ALARM, "s"), NO_DIFFERENCE: (palette.QUIET, "o")}
_MANY_HANDED = 0.2
"""From this share of handed-over deals on, a win rate may tell of roles and not of people."""


def owners(owners: Owners, *, most: int = 24, title: str | None = None, ax: Axes | None = None) -> Axes:
    """What each owner wins of comparable deals: shrunk, with its interval, and raw.

    The line across is the share of all owners together. An owner whose whole interval lies on one side of it has a
    colour and a mark of its own; the others are grey, because the record does not tell them apart.

    Args:
        owners: as of `analytics.owners`.
        most: with more owners than these, as many of the highest as of the lowest, and a row that counts the others.
        title: in place of the one that tells the finding.
        ax: where to draw; None makes a figure that pyplot does not know.

    Raises:
        OutOfRange: `most` is less than 2.

    >>> from datetime import UTC, datetime
    >>> from random import Random
    >>> from salesprocess import Process, Stage, analytics as an, simulation
    >>> solar = Process("solar", stages=[Stage("lead", 0.2), Stage("offer", 0.5), Stage.won("won"), Stage.lost("lost")])
    >>> start, now = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC)
    >>> deals = simulation.book(solar, 200, rng=Random(1), start=start, as_of=now).deals
    >>> ax = owners(an.owners(deals, solar, as_of=now))
    >>> ax.get_title(loc="left")
    'No measurable difference between 4 owners (p = 0.31)'
    """
    if most < 2:
        raise OutOfRange("most", most, "at least 2, the highest and the lowest")
    rows, between = _ends(owners.rows, most)
    drawn = sheet(ax, height=rows_height(len(rows), 0.42))
    name_rows(drawn, [f"… {between:,} between" if row is None else row.owner for row in rows])
    for place, row in enumerate(rows):
        if row is not None:
            _owner(drawn, place, row)
    if rows:
        line(drawn, [owners.pooled] * 2, [-0.5, len(rows) - 0.5], dashes=DASHED, over=1, name="pooled")
        told = f"all {percent(owners.pooled)}"
        write(drawn, told, (owners.pooled, 1), anchor="column", va="top", shift=(4, -1), name="pooled")
        interval = f"of comparable deals, with {percent(owners.level)} interval"
        share = Line2D([], [], color=palette.QUIET, marker="o", label=interval)
        raw = Line2D([], [], mec=palette.QUIET, mfc=palette.PAPER, marker="o", linestyle="", label="raw share")
        key(drawn, [share, raw])
    reach = [max(row.share.high, row.raw or 0) for row in owners.rows]
    end = min(1.0, max(reach, default=1) * 1.05)
    drawn.ax.set_xlim(-0.015 * end, 1.015 * end)
    measured(drawn, "x", "won of the deals decided", percent_tick)
    grid(drawn, "x")
    if not rows:
        nothing(drawn, "no deal has an owner")
    about = (
        "Share won with the case mix taken out (stage and size when taken on, time to the close), drawn to that of all "
        f"by as much as chance explains. {count(owners.n, 'deal')}, as of {day(owners.as_of)}"
    )
    notes = left_out(owners.excluded)
    if any(row is not None and row.won + row.lost < ENOUGH for row in rows):
        notes.insert(0, f"* fewer than {ENOUGH} closed deals: the raw share is mostly chance")
    if owners.handed_over > _MANY_HANDED:
        handed = f"{percent(owners.handed_over)} of the closed deals changed hands"
        notes.insert(
            0, f"{handed}: where people work on different stages by design, the share won tells of their roles."
        )
    return captioned(drawn, found=_found(owners), title=title, about=about, notes=notes)


def _ends(rows: Sequence[Owner], most: int) -> tuple[list[Owner | None], int]:
    """The rows to draw, None for those between the highest and the lowest, and how many these are."""
    between = len(rows) - most
    if between <= 0:
        return list(rows), 0
    high = (most + 1) // 2
    return [*rows[:high], None, *rows[high + between :]], between


def _owner(drawn: Sheet, place: int, row: Owner) -> None:
    colour, mark = _LOOK[row.standing]
    line(drawn, [row.share.low, row.share.high], [place, place], colour=colour, wide=2.2, name="interval")
    if row.raw is not None:
        dot(drawn, row.raw, place, colour=palette.QUIET, size=6, hollow=True, over=3, name="raw")
    dot(drawn, row.share.value, place, colour=colour, mark=mark, name="share")
    closed = row.won + row.lost
    still = f", {row.open:,} open" if row.open else ""
    aside(drawn, place, f"{row.won:,} of {closed:,} won{'*' if closed < ENOUGH else ''}{still}")


def _found(owners: Owners) -> str:
    test = owners.winning
    if test.groups < 2:
        return "Share won by owner: nobody to compare with"
    if test.p_value >= SIGNIFICANT:
        return f"No measurable difference between {test.groups} owners ({chance(test.p_value)})"
    apart = {side: [row.owner for row in owners.rows if row.standing == side] for side in ("above", "below")}
    told = ", ".join(f"{_few(names)} {side} all" for side, names in apart.items() if names)
    return f"Owners differ ({chance(test.p_value)}){': ' if told else ''}{told}"


def _few(names: list[str]) -> str:
    return " and ".join(names) if len(names) <= 2 else f"{len(names)} owners"
