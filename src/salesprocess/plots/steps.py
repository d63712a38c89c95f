"""How a sum went from one moment to another, cause by cause."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from itertools import accumulate

import attrs
from matplotlib.axes import Axes
from matplotlib.patches import Patch

from salesprocess.analytics import Waterfall
from salesprocess.forecasting import Bridge
from salesprocess.money import Money
from salesprocess.plots import palette
from salesprocess.plots.canvas import Sheet, aside, captioned, key, name_rows, rows_height, sheet, write
from salesprocess.plots.marks import grid, line, measured, row_bar
from salesprocess.plots.totals import omitted
from salesprocess.plots.wording import MoneyScale, count, day, left_out, money, short, signed

_WON = "won"
"""The one cause that takes from what is open and is welcome."""


@attrs.frozen
class _Way:
    """What a waterfall and a bridge have in common; each row is a cause, how many deals it moved, and by how much."""

    what: str
    whose: str
    began: datetime
    start: Money
    end: Money
    rows: tuple[tuple[str, int, Money], ...]
    excluded: Mapping[str, int]

    @classmethod
    def of(cls, change: Waterfall | Bridge) -> _Way:
        rows: tuple[tuple[str, int, Money], ...]
        if isinstance(change, Bridge):
            before, after = change.before, change.after
            rows = tuple((row.cause, row.deals, row.change) for row in change.rows)
            whole = any(row.won for row in (*before.deals, *after.deals))
            whose = f"{after.title}: what open deals{' and those won' if whole else ''} are expected to bring"
            return cls("Expected", whose, before.as_of, before.expected, after.expected, rows, omitted(after))
        rows = tuple((row.bucket, row.deals, row.change) for row in change.rows)
        due = "" if change.period is None else f" expected to close in {change.period}"
        owned = "" if change.owners is None else f" of {', '.join(change.owners)}"
        start, end = change.start.amount, change.end.amount
        whose = f"Open deals{owned}{due}, without those on hold"
        return cls("Open pipeline", whose, change.before, start, end, rows, change.excluded)

    @property
    def levels(self) -> list[float]:
        """Where the sum stands at the start and after each cause; the last is the end."""
        return [float(sum_) for sum_ in accumulate((row[2].amount for row in self.rows), initial=self.start.amount)]


def waterfall(change: Waterfall | Bridge, *, title: str | None = None, ax: Axes | None = None) -> Axes:
    """How the open pipeline, or an expected sum, went from one moment to another: what came, changed and went.

    From the top: the sum at the start, a bar for each cause from where the one before ended, and the sum at the end,
    where the last one ended. Beside each cause stands how many deals it is about.

    Args:
        change: as of `analytics.waterfall`, or of `forecasting.bridge`.
        title: in place of the one that tells the finding.
        ax: where to draw; None makes a figure that pyplot does not know.

    >>> from datetime import UTC, datetime, timedelta
    >>> from random import Random
    >>> from salesprocess import Process, Stage, analytics as an, simulation
    >>> solar = Process("solar", stages=[Stage("lead", 0.2), Stage("offer", 0.5), Stage.won("won"), Stage.lost("lost")])
    >>> start, now = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC)
    >>> deals = simulation.book(solar, 200, rng=Random(1), start=start, as_of=now).deals
    >>> ax = waterfall(an.waterfall(deals, start + timedelta(days=90), now))
    >>> [label.get_text() for label in ax.get_yticklabels()]
    ['1 Apr 2026', 'new', 'resumed', 'increased', 'lost', 'won', '1 Jul 2026']
    """
    way = _Way.of(change)
    levels = way.levels
    names = [day(way.began), *(cause for cause, _, _ in way.rows), day(change.as_of)]
    drawn = sheet(ax, height=rows_height(len(names), 0.42))
    name_rows(drawn, names)
    scale = MoneyScale.of(max(map(abs, levels)), way.start.currency)
    _sum(drawn, 0, levels[0], scale, "start")
    for place, (cause, deals, moved) in enumerate(way.rows, 1):
        before, after = levels[place - 1], levels[place]
        colour = palette.GAIN if after >= before else palette.SOFT if cause == _WON else palette.ALARM
        row_bar(drawn, place, after - before, start=before, colour=colour, name="change")
        line(drawn, [before] * 2, [place - 1, place], colour=palette.QUIET, wide=0.7, over=1, name="link")
        told = signed(scale.short(moved.amount))
        write(drawn, told, (max(before, after), place), shift=(4, 0), backed=True, name="change")
        aside(drawn, place, count(deals, "deal"))
    last = len(names) - 1
    line(drawn, [levels[-1]] * 2, [last - 1, last], colour=palette.QUIET, wide=0.7, over=1, name="link")
    _sum(drawn, last, levels[-1], scale, "end")
    drawn.ax.set_xlim(min(0.0, *levels), max(levels) * 1.1 or 1)
    measured(drawn, "x", scale.label, scale.tick)
    grid(drawn, "x")
    colours = (("more", palette.GAIN), ("less", palette.ALARM), ("won, and so not open any more", palette.SOFT))
    key(drawn, [Patch(color=colour, label=words) for words, colour in colours])
    found = f"{way.what} from {money(way.start)} to {money(way.end)}: {signed(short(way.end - way.start))}"
    if not way.rows:
        found = f"{way.what} unchanged: {money(way.start)}"
    about = f"{way.whose}; {count(change.n, 'deal')} at either end or between. As of {day(change.as_of)}"
    return captioned(drawn, found=found, title=title, about=about, notes=left_out(way.excluded))


def _sum(drawn: Sheet, place: int, level: float, scale: MoneyScale, name: str) -> None:
    row_bar(drawn, place, level, colour=palette.STRONG, name=name)
    write(drawn, scale.short(level), (level, place), shift=(4, 0), weight="bold", name=name)
