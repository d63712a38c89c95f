"""What happens along the stages: how many get how far, and how long it takes."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from salesprocess.analytics import Conversion, Durations, StageDuration
from salesprocess.analytics.results import ENOUGH, unit_name
from salesprocess.plots import palette
from salesprocess.plots.canvas import NOTE, Sheet, aside, captioned, key, name_rows, nothing, rows_height, sheet, write
from salesprocess.plots.marks import dot, grid, line, measured, row_bar, unmeasured
from salesprocess.plots.wording import Labels, count, day, left_out, percent, stage_words

_FEW = f"* fewer than {ENOUGH}"
_RULES = {
    "any": "entered it",
    "strict": "entered it and every stage before it, in order",
    "imputed": "entered it or a later one, or were won",
}
_TIMED = {
    "visit": ("visit", "each visit by itself"),
    "latest": ("deal", "in the latest visit of each deal"),
    "cumulative": ("deal", "all visits of a deal together"),
}
_FATES = (("won", palette.STRONG), ("open", palette.SOFT), ("lost", palette.FAINT))


def funnel(
    conversion: Conversion, *, labels: Labels | None = None, title: str | None = None, ax: Axes | None = None
) -> Axes:
    """How many deals reached each stage, what became of them, and which share went on.

    One bar a stage: the deals that reached it, by whether they are won, open or lost. Beside it their number and the
    share of those that reached the first stage; below it the share of those that left that went on.

    Args:
        conversion: as of `analytics.conversion`.
        labels: what the stages are called: a process in the language wanted, or words by name.
        title: in place of the one that tells the finding.
        ax: where to draw; None makes a figure that pyplot does not know.

    >>> from datetime import UTC, datetime
    >>> from random import Random
    >>> from salesprocess import Process, Stage, analytics as an, simulation
    >>> solar = Process("solar", stages=[Stage("lead", 0.2), Stage("offer", 0.5), Stage.won("won"), Stage.lost("lost")])
    >>> start, now = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC)
    >>> deals = simulation.book(solar, 200, rng=Random(1), start=start, as_of=now).deals
    >>> ax = funnel(an.conversion(an.stage_visits(deals, as_of=now), solar), labels={"lead": "Kundeemne"})
    >>> [label.get_text() for label in ax.get_yticklabels()]
    ['Kundeemne', 'Offer']
    """
    rows = conversion.rows
    names = stage_words((row.stage for row in rows), labels)
    drawn = sheet(ax, height=rows_height(len(rows), 0.62))
    name_rows(drawn, names)
    unmeasured(drawn, "x")
    for place, row in enumerate(rows):
        parts = (row.won, row.reached - row.won - row.lost, row.lost)
        start = 0
        for (fate, colour), part in zip(_FATES, parts, strict=True):
            row_bar(drawn, place, part, start=start, colour=colour, name=fate)
            start += part
        share = "" if row.cumulative is None else f"   {percent(row.cumulative)}"
        end = (row.reached, place)
        write(drawn, f"{row.reached:,}{share}", end, shift=(6, 6), weight="bold", name="reached")
        fates = ", ".join(f"{part:,} {fate}" for (fate, _), part in zip(_FATES, parts, strict=True))
        write(drawn, fates, end, shift=(6, -6), size=NOTE, colour=palette.QUIET, name="fates")
        if row.next_step is not None:
            onward = f"↓ {percent(row.next_step)}{'*' if row.left < ENOUGH else ''}"
            write(drawn, onward, (0, place + 0.5), shift=(2, 0), colour=palette.QUIET, name="next step")
    drawn.ax.set_xlim(0, max((row.reached for row in rows), default=0) or 1)
    if rows:
        key(drawn, [Patch(color=colour, label=fate) for fate, colour in _FATES])
    else:
        nothing(drawn, "no deal has entered a stage")
    about = (
        f"Deals that {_RULES[conversion.rule]}, by what they are now; the share is that of those that reached the "
        f"first stage, and below it (↓), of those that left, the share that went on. {count(conversion.n, 'deal')}, "
        f"as of {day(conversion.as_of)}"
    )
    sure = [
        (row.next_step, name)
        for row, name in zip(rows, names, strict=True)
        if row.next_step is not None and row.left >= ENOUGH
    ]
    found = f"The narrowest step: {percent(min(sure)[0])} go on from {min(sure)[1]}" if sure else "Deals by stage"
    few = [f"{_FEW} deals left: mostly chance"] if any(0 < row.left < ENOUGH for row in rows) else []
    return captioned(drawn, title=title or found, about=about, notes=[*few, *left_out(conversion.excluded)])


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
    for place, row in enumerate(rows):
        _stay(drawn, place, row)
        there = f", {row.censored:,} still there" if row.censored else ""
        aside(drawn, place, f"{count(row.n, counted)}{'*' if 0 < row.n < ENOUGH else ''}{there}")
    drawn.ax.set_xlim(0, max(map(_reach, rows), default=0) * 1.06 or 1)
    measured(drawn, "x", f"{unit} in the stage")
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
    return captioned(drawn, title=title or found, about=about, notes=[*few, *left_out(durations.excluded)])


def _reach(row: StageDuration) -> int:
    """How far to the right a row goes: what is not known ends at the longest stay observed."""
    ends = (row.median, row.median_high, row.p85, row.p85_high)
    return max((row.horizon or 0) if end is None else end for end in ends)


def _stay(drawn: Sheet, place: int, row: StageDuration) -> None:
    """From the median to the 85th percentile, or to an arrow where the curve does not come down so far."""
    if row.horizon is None:
        return
    if row.median is not None:
        line(
            drawn,
            [row.median, row.horizon if row.p85 is None else row.p85],
            [place, place],
            colour=palette.SOFT,
            wide=5,
        )
        dot(drawn, row.median, place, colour=palette.STRONG, name="median")
        write(drawn, f"{row.median:,}", (row.median, place), shift=(0, 10), ha="center", name="median")
        _between(drawn, place + 0.2, row.median_low, row.median_high, row.horizon, "median interval")
    if row.p85 is None:
        dot(drawn, row.horizon, place, colour=palette.STRONG, mark=">", name="open-ended")
        told = f"{'85 %' if row.median is not None else 'half'}: more than {row.horizon:,}"
        write(drawn, told, (row.horizon, place), shift=(0, 10), ha="right", colour=palette.QUIET, name="open-ended")
    else:
        dot(drawn, row.p85, place, colour=palette.STRONG, mark="D", size=6.5, hollow=True, over=3, name="p85")
        if row.p85 != row.median:
            write(drawn, f"{row.p85:,}", (row.p85, place), shift=(0, 10), ha="center", name="p85")
        _between(drawn, place + 0.28, row.p85_low, row.p85_high, row.horizon, "p85 interval")


def _between(drawn: Sheet, height: float, low: int | None, high: int | None, horizon: int, name: str) -> None:
    """An interval below its row; without an upper bound an arrow stands at the longest stay observed."""
    start, end = (horizon if bound is None else bound for bound in (low, high))
    line(drawn, [start, end], [height, height], colour=palette.QUIET, wide=1.4, clipped=False, name=name)
    if high is None:
        dot(drawn, end, height, colour=palette.QUIET, mark=">", size=4, name=f"{name}, open-ended")
