"""What forecasters said beside what came: probabilities, and totals over time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from salesprocess.analytics.results import ENOUGH
from salesprocess.forecasting import Backtest, OriginTotal
from salesprocess.plots import palette
from salesprocess.plots.canvas import NOTE, Sheet, captioned, key, sheet, write
from salesprocess.plots.marks import DASHED, column, dot, grid, line, measured, more_room, placed
from salesprocess.plots.wording import MoneyScale, count, day, left_out, percent, percent_tick, time

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
"""Days are counted from here, as matplotlib counts them, so that dates of others fit in the picture."""
_CORNER = 0.1
"""More than half of the groups within this part of the axes would lie on top of each other."""
_DATES = 9
"""More of them would cover each other."""


def calibration(
    report: Backtest,
    *,
    method: str | None = None,
    bins: int | None = None,
    level: float = 0.9,
    widened: bool | None = None,
    title: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Whether probabilities mean what they say: the share promised beside the share that came, by groups of deals.

    A group on the diagonal kept its promise. Each has the interval of the share that came, and the span of the
    probabilities in it. Groups whose interval misses the diagonal stand out.

    Args:
        report: as of `forecasting.backtest`.
        method: which forecaster; the best one unless it is named.
        bins: the most groups; None makes up to ten, of ten forecasts or more.
        level: of the intervals.
        widened: whether small shares have more room than large ones, by the root, so that the many deals that hardly
            have a chance do not lie in one corner; None decides by where the groups are.
        title: in place of the one that tells the finding.
        ax: where to draw; None makes a figure that pyplot does not know.

    Raises:
        OutOfRange: there is no such forecaster, or `bins` or `level` cannot be.

    >>> from datetime import UTC, datetime, timedelta
    >>> from random import Random
    >>> from salesprocess import Process, Stage, forecasting as fc, simulation
    >>> solar = Process("solar", stages=[Stage("lead", 0.2), Stage("offer", 0.5), Stage.won("won"), Stage.lost("lost")])
    >>> start, now = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC)
    >>> deals = simulation.book(solar, 200, rng=Random(1), start=start, as_of=now).deals
    >>> past = fc.origins(start + timedelta(days=60), now, every=timedelta(days=14))
    >>> report = fc.backtest([fc.CompetingRisks(prior=solar)], deals, origins=past, horizon=timedelta(days=30))
    >>> calibration(report, bins=5).get_title(loc="left")
    'competing risks: 4 of 5 groups came as promised'
    """
    said = method or report.best
    if bins is None:
        bins = min(max(report.judged // ENOUGH, 1), 10)
    groups = report.calibration(said, bins=bins, level=level)
    sizes = sorted(group.deals for group in groups)
    uneven = sizes[-1] - sizes[0] > 1
    drawn = sheet(ax, height=6.4, width=6.4)
    end = min(1.0, max(max(group.highest, group.high) for group in groups) * 1.06)
    line(drawn, [0, 1], [0, 1], dashes=DASHED, over=1, name="diagonal")
    write(
        drawn, "came as promised", (0.8 * end, 0.8 * end), ha="right", va="bottom", shift=(-5, 5), colour=palette.QUIET
    )
    for group in groups:
        colour, mark = (palette.STRONG, "o") if group.agrees else (palette.ALARM, "s")
        line(drawn, [group.lowest, group.highest], [group.observed] * 2, colour=palette.FAINT, wide=4, name="span")
        line(drawn, [group.expected] * 2, [group.low, group.high], colour=colour, wide=1.8, over=3, name="interval")
        dot(drawn, group.expected, group.observed, colour=colour, mark=mark, size=7, name="group")
        if uneven:
            told, at = f"{group.deals:,}", (group.expected, group.high)
            write(drawn, told, at, shift=(0, 6), ha="center", size=NOTE, colour=palette.QUIET, name="size")
    drawn.ax.set(xlim=(-0.012 * end, end), ylim=(-0.012 * end, end))
    drawn.ax.spines["left"].set_visible(True)
    measured(drawn, "x", "promised: mean probability", percent_tick)
    measured(drawn, "y", "came: share won", percent_tick)
    if widened is None:
        widened = 2 * sum(group.expected < _CORNER * end for group in groups) > len(groups)
    if widened:
        more_room(drawn, end, percent_tick)
    kept = Line2D([], [], color=palette.STRONG, marker="o", label="as promised")
    broken = Line2D([], [], color=palette.ALARM, marker="s", label="not as promised")
    span = Line2D([], [], color=palette.FAINT, linewidth=4, label="probabilities in the group")
    key(drawn, [kept, broken, span])
    each = "in each group as many as its point says" if uneven else f"in each group {_or(sizes[0], sizes[-1])}"
    about = (
        f"{count(report.judged, 'forecast')} of single deals, {time(report.horizon)} ahead, of which "
        f"{percent(report.base_rate)} were won; {each}; {percent(level)} intervals. As of {day(report.as_of)}"
    )
    notes = ["A deal counts at each origin at which it was open: intervals are narrower than they should be"]
    if widened:
        notes.append("The axes give small shares more room than large ones")
    if sizes[0] < ENOUGH:
        notes.append(f"A group of fewer than {ENOUGH} is mostly chance")
    notes += left_out({**report.excluded, **report.unjudged})
    agreeing = sum(group.agrees for group in groups)
    found = f"{said}: {agreeing} of {count(len(groups), 'group')} came as promised"
    return captioned(drawn, found=found, title=title, about=about, notes=notes)


def _or(least: int, most: int) -> str:
    return f"{most:,}" if least == most else f"{least:,} or {most:,}"


def backtest(report: Backtest, *, method: str | None = None, title: str | None = None, ax: Axes | None = None) -> Axes:
    """What a forecaster expected at each moment of the past, with its interval, and what came.

    The darker bar is the 80 % interval as stated, the lighter one the same widened by what earlier origins had taught.
    What came lies on one line; points outside of the stated interval stand out.

    Args:
        report: as of `forecasting.backtest`.
        method: which forecaster, also `LAST_PERIOD`, which states no interval; the best one unless it is named.
        title: in place of the one that tells the finding.
        ax: where to draw; None makes a figure that pyplot does not know.

    Raises:
        OutOfRange: there is no such forecaster.

    >>> from datetime import UTC, datetime, timedelta
    >>> from random import Random
    >>> from salesprocess import Process, Stage, forecasting as fc, simulation
    >>> solar = Process("solar", stages=[Stage("lead", 0.2), Stage("offer", 0.5), Stage.won("won"), Stage.lost("lost")])
    >>> start, now = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC)
    >>> deals = simulation.book(solar, 200, rng=Random(1), start=start, as_of=now).deals
    >>> past = fc.origins(start + timedelta(days=60), now, every=timedelta(days=14))
    >>> report = fc.backtest([fc.CompetingRisks(prior=solar)], deals, origins=past, horizon=timedelta(days=30))
    >>> backtest(report).get_ylabel()
    'EUR thousand'
    """
    said = method or report.best
    score = report.score(said)
    rows = [row for row in report.totals if row.method == said]
    drawn = sheet(ax, height=4.6)
    days = [(row.origin - _EPOCH) / timedelta(days=1) for row in rows]
    gap = min((later - sooner for sooner, later in pairwise(days)), default=1.0)
    for at, row in zip(days, rows, strict=True):
        _total(drawn, at, row, gap / 3)
    line(drawn, days, [float(row.actual.amount) for row in rows], over=4, name="came")
    told = [row.learnt_high or row.expected for row in rows] + [row.high or row.expected for row in rows]
    reach = float(max(amount.amount for amount in [*told, *(row.actual for row in rows)]))
    scale = MoneyScale.of(reach, report.currency)
    drawn.ax.set(xlim=(days[0] - 0.7 * gap, days[-1] + 0.7 * gap), ylim=(0, reach * 1.06 or 1))
    measured(drawn, "y", scale.label, scale.tick)
    step = -(-len(rows) // _DATES)
    placed(drawn, days[::step], _dates([row.origin for row in rows[::step]]))
    grid(drawn, "y")
    came = Line2D([], [], color=palette.INK, marker="o", markersize=5, linewidth=1, label="came")
    expected = Line2D([], [], color=palette.STRONG, linewidth=2.4, label="expected")
    outside = Line2D([], [], color=palette.ALARM, marker="D", linestyle="", label="came, outside")
    stated = Patch(color=palette.SOFT, label="80 % interval")
    widened = Patch(color=palette.FAINT, label="widened by what was learnt")
    judged = any(row.low is not None for row in rows)
    key(drawn, [came, expected, *([outside, stated, widened] if judged else [])], columns=5)
    inside = sum(not _missed(row) for row in rows)
    found = count(len(rows), "total")
    if judged:
        found = f"{inside:,} of {found} in the 80 % interval"
    if score.bias is not None:
        found += f", in sum {percent(abs(score.bias))} too {'high' if score.bias > 0 else 'low'}"
    about = (
        f"Each forecast looks {time(report.horizon)} ahead from its origin, at the deals that were open then. "
        f"{report.apart} of {count(report.n, 'horizon')} do not overlap. As of {day(report.as_of)}"
    )
    notes = left_out({**report.excluded, **report.unjudged})
    return captioned(drawn, found=f"{said}: {found}", title=title, about=about, notes=notes)


def _total(drawn: Sheet, at: float, row: OriginTotal, half: float) -> None:
    """One origin: the intervals, what was expected, and what came."""
    spans = ((row.learnt_low, row.learnt_high, palette.FAINT, "widened"), (row.low, row.high, palette.SOFT, "stated"))
    for low, high, colour, name in spans:
        if low is not None and high is not None:
            start = float(low.amount)
            column(drawn, at, float(high.amount) - start, start=start, wide=2 * half, colour=colour, name=name)
    middle = float(row.expected.amount)
    line(drawn, [at - half, at + half], [middle] * 2, colour=palette.STRONG, wide=2.4, over=3, name="expected")
    colour, mark, size = (palette.ALARM, "D", 7) if _missed(row) else (palette.INK, "o", 5)
    dot(drawn, at, float(row.actual.amount), colour=colour, mark=mark, size=size, over=5, name="actual")


def _missed(row: OriginTotal) -> bool:
    return row.low is not None and row.high is not None and not row.low <= row.actual <= row.high


def _dates(moments: Sequence[datetime]) -> list[str]:
    """Days, with the year below the first and where it changes."""
    years = [None, *(moment.year for moment in moments)]
    return [
        f"{moment.day} {moment:%b}" + ("" if moment.year == year else f"\n{moment.year}")
        for moment, year in zip(moments, years, strict=False)
    ]
