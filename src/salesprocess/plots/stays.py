"""How long deals stay in the stages, and which of the open ones have been there for too long."""

from __future__ import annotations

from typing import Literal

from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from salesprocess.analytics import Aging, AgingDeal, Durations, StageAging, StageDuration
from salesprocess.analytics.results import ENOUGH, unit_name
from salesprocess.plots import palette
from salesprocess.plots.canvas import Sheet, aside, captioned, key, name_rows, nothing, rows_height, sheet, write
from salesprocess.plots.marks import dot, dots, grid, line, measured
from salesprocess.plots.wording import Labels, count, day, left_out, money, percent, stage_words

_FEW = f"* fewer than {ENOUGH}"
_CROWD = 100
"""With more deals in a row than these their points are smaller."""
_GOLDEN = 0.6180339887498949
"""Steps of this part of a row spread points evenly, however many there are, and the same at each drawing."""
_TIMED = {
    "visit": ("visit", "each visit by itself"),
    "latest": ("deal", "in the latest visit of each deal"),
    "cumulative": ("deal", "all visits of a deal together"),
}


def stage_durations(
    durations: Durations, *, labels: Labels | None = None, title: str | None = None, ax: Axes | None = None
) -> Axes:
    """How long deals are in each stage: the age by which half, and by which 85 %, have left.

    What is under way counts as what it is, at least so long. Where too few have left to tell, an arrow begins at the
    longest stay observed.

    Args:
        durations: as of `analytics.durations`.
        labels: what the stages are called: a process in the language wanted, or words by name.
        title: in place of the one that tells the finding.
        ax: where to draw; None makes a figure that pyplot does not know.

    >>> from datetime import UTC, datetime
    >>> from random import Random
    >>> from salesprocess import Process, Stage, analytics as an, simulation
    >>> solar = Process("solar", stages=[Stage("lead", 0.2), Stage("offer", 0.5), Stage.won("won"), Stage.lost("lost")])
    >>> start, now = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC)
    >>> deals = simulation.book(solar, 200, rng=Random(1), start=start, as_of=now).deals
    >>> ax = stage_durations(an.durations(an.stage_visits(deals, as_of=now), solar))
    >>> ax.get_xlabel()
    'days in the stage'
    """
    rows, unit, level = durations.rows, unit_name(durations.unit), percent(durations.level)
    counted, timed = _TIMED[durations.measure]
    names = stage_words((row.stage for row in rows), labels)
    drawn = sheet(ax, height=rows_height(len(rows)))
    name_rows(drawn, names)
    room = max(map(_reach, rows), default=0) * 1.12 or 1
    for place, row in enumerate(rows):
        _stay(drawn, place, row, room)
        there = f", {row.censored:,} still there" if row.censored else ""
        aside(drawn, place, f"{count(row.n, counted)}{'*' if 0 < row.n < ENOUGH else ''}{there}")
    drawn.ax.set_xlim(0, room * 1.03)
    measured(drawn, "x", f"{unit} in the stage", whole=True)
    grid(drawn, "x")
    if durations.n:
        half = Line2D([], [], color=palette.STRONG, marker="o", linestyle="", label="half have left")
        most = Line2D([], [], color=palette.STRONG, marker="D", mfc=palette.PAPER, linestyle="", label="85 % have left")
        sure = Line2D([], [], color=palette.QUIET, linewidth=1.4, label=f"{level} interval of each")
        key(drawn, [half, most, sure])
    else:
        nothing(drawn, "nothing was observed from its beginning")
    known = [(row.median, name) for row, name in zip(rows, names, strict=True) if row.median is not None]
    found = f"Deals stay longest in {max(known)[1]}: median {max(known)[0]:,} {unit}" if known else "Time in each stage"
    about = (
        f"Completed {unit} in the stage without time on hold, {timed}, by Kaplan-Meier: what is under way counts as at "
        f"least so long. As of {day(durations.as_of)}"
    )
    few = [f"{_FEW}: mostly chance"] if any(0 < row.n < ENOUGH for row in rows) else []
    return captioned(drawn, found=found, title=title, about=about, notes=[*few, *left_out(durations.excluded)])


def _reach(row: StageDuration) -> int:
    """How far to the right a row goes at least; an interval without an upper bound goes as far as there is room."""
    ends = [row.horizon or 0 if end is None else end for end in (row.median, row.p85)]
    return max([*ends, row.median_high or 0, row.p85_high or 0])


def _stay(drawn: Sheet, place: int, row: StageDuration, room: float) -> None:
    """From the median to the 85th percentile, or to an arrow where the curve does not come down so far."""
    if row.horizon is None:
        return
    last = min(row.horizon, room)
    if row.median is not None:
        end = row.horizon if row.p85 is None else row.p85
        line(drawn, [row.median, end], [place, place], colour=palette.SOFT, wide=5)
        dot(drawn, row.median, place, colour=palette.STRONG, name="median")
        write(drawn, f"{row.median:,}", (row.median, place), shift=(0, 10), ha="center", name="median")
        _between(drawn, place + 0.2, row.median_low, row.median_high, last, "median interval")
    if row.p85 is None:
        dot(drawn, row.horizon, place, colour=palette.STRONG, mark=">", name="open-ended")
        told = f"{'85 %' if row.median is not None else 'half'}: more than {row.horizon:,}"
        write(drawn, told, (row.horizon, place), shift=(0, 10), ha="right", colour=palette.QUIET, name="open-ended")
    else:
        dot(drawn, row.p85, place, colour=palette.STRONG, mark="D", size=6.5, hollow=True, over=3, name="p85")
        if row.p85 != row.median:
            write(drawn, f"{row.p85:,}", (row.p85, place), shift=(0, 10), ha="center", name="p85")
        _between(drawn, place + 0.28, row.p85_low, row.p85_high, last, "p85 interval")


def _between(drawn: Sheet, height: float, low: int | None, high: int | None, last: float, name: str) -> None:
    """An interval below its row, where it has a length; without an upper bound an arrow leads on."""
    start, end = (last if bound is None else bound for bound in (low, high))
    if start >= end:
        return
    line(drawn, [start, end], [height, height], colour=palette.QUIET, wide=1.4, clipped=False, name=name)
    if high is None:
        dot(drawn, end, height, colour=palette.QUIET, mark=">", size=4, name=f"{name}, open-ended")


def aging(aging: Aging, *, labels: Labels | None = None, title: str | None = None, ax: Axes | None = None) -> Axes:
    """Every open deal by stage and time there, beside the time that most won deals did not exceed.

    Deals beyond the limit of their stage stand out; in each stage the one furthest over is named. The height of a point
    in its row says nothing, it only keeps points apart.

    Args:
        aging: as of `analytics.aging`.
        labels: what the stages are called: a process in the language wanted, or words by name.
        title: in place of the one that tells the finding.
        ax: where to draw; None makes a figure that pyplot does not know.

    >>> from datetime import UTC, datetime
    >>> from random import Random
    >>> from salesprocess import Process, Stage, analytics as an, simulation
    >>> solar = Process("solar", stages=[Stage("lead", 0.2), Stage("offer", 0.5), Stage.won("won"), Stage.lost("lost")])
    >>> start, now = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC)
    >>> deals = simulation.book(solar, 200, rng=Random(1), start=start, as_of=now).deals
    >>> ax = aging(an.aging(an.stage_visits(deals, as_of=now), solar))
    >>> ax.get_title(loc="left")
    '5 of 23 open deals have been longer in their stage than 85 % of won deals'
    """
    rows, unit = aging.rows, unit_name(aging.unit)
    limit_words = f"{percent(aging.share)} of won"
    drawn = sheet(ax, height=rows_height(len(rows), 0.62))
    name_rows(drawn, stage_words((row.stage for row in rows), labels))
    times = [*(deal.time for deal in aging.deals), *(row.limit for row in rows if row.limit is not None)]
    reach = max(times, default=0) * 1.04 or 1
    for place, row in enumerate(rows):
        _open(drawn, place, row, [deal for deal in aging.deals if deal.stage == row.stage], reach)
        if row.limit is not None:
            line(drawn, [row.limit] * 2, [place - 0.38, place + 0.38], wide=2, over=3, name="limit")
        aside(drawn, place, _told(row))
    drawn.ax.set_xlim(-0.01 * reach, reach)
    measured(drawn, "x", f"{unit} in the stage", whole=True)
    grid(drawn, "x")
    over = len(aging.beyond)
    if aging.n:
        within = Line2D([], [], color=palette.SOFT, marker="o", linestyle="", label="open")
        beyond = Line2D([], [], color=palette.ALARM, marker="D", linestyle="", label="open, beyond the limit")
        limit = Line2D([], [], color=palette.INK, linewidth=2, label=f"limit: {limit_words} took no longer")
        key(drawn, [within, beyond, limit])
    else:
        nothing(drawn, "no deal is open")
    what = "over all visits of it" if aging.measure == "cumulative" else "in the latest visit of it"
    about = (
        f"Completed {unit} of open deals in their stage, {what}, without time on hold. Deals beyond the limit can "
        f"still be won, but few like them were. {count(aging.n, 'open deal')}, as of {day(aging.as_of)}"
    )
    notes = left_out(aging.excluded)
    if any(row.open and row.won < ENOUGH for row in rows):
        notes.insert(0, f"{_FEW} won deals were there: the limit is mostly chance, or there is none")
    longer = "has been longer in its stage" if over == 1 else "have been longer in their stage"
    found = f"{over:,} of {count(aging.n, 'open deal')} {longer} than {limit_words} deals"
    return captioned(drawn, found=found, title=title, about=about, notes=notes)


def _open(drawn: Sheet, place: int, row: StageAging, deals: list[AgingDeal], reach: float) -> None:
    """The open deals of a stage, the furthest over the limit first."""
    heights = [place - 0.3 + 0.6 * ((step * _GOLDEN + 0.5) % 1) for step in range(len(deals))]
    over = row.beyond or 0
    times = [deal.time for deal in deals]
    size = 5 if len(deals) <= _CROWD else 3.5
    if deals[over:]:
        dots(drawn, times[over:], heights[over:], colour=palette.SOFT, size=size, name="within")
    if over:
        dots(drawn, times[:over], heights[:over], colour=palette.ALARM, mark="D", size=size, name="beyond")
        side: Literal["left", "right"] = "left" if times[0] < 0.8 * reach else "right"
        shift = (6 if side == "left" else -6, 0)
        write(drawn, deals[0].deal, (times[0], heights[0]), shift=shift, ha=side, backed=True, name="furthest")


def _told(row: StageAging) -> str:
    if row.limit is None:
        return f"{row.open:,} open\nno won deal was here" if row.open else f"{row.open:,} open"
    worth = f", {money(row.beyond_amount)}" if row.beyond and row.beyond_amount is not None else ""
    mark = "*" if row.open and row.won < ENOUGH else ""
    return f"{row.open:,} open\n{row.beyond:,} beyond {row.limit:,}{mark}{worth}"
