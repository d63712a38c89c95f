"""Deals by when they were created, each cohort as it grew older."""

from __future__ import annotations

from matplotlib.axes import Axes

from salesprocess.analytics import Cohorts, CreatedIn
from salesprocess.analytics.results import ENOUGH, unit_name
from salesprocess.plots import palette
from salesprocess.plots.canvas import aside, captioned, name_rows, nothing, rows_height, sheet, write
from salesprocess.plots.marks import cell, placed_above
from salesprocess.plots.wording import count, day, left_out, percent

_DARK = 0.55
"""From this part of the strongest shade on, words on it are light."""


def cohorts(cohorts: Cohorts, *, title: str | None = None, ax: Axes | None = None) -> Axes:
    """What share of the deals created in each week or month was won by each age, the darker the more.

    Compare down a column, at the same age. `~` and a broken edge mark an estimate from the deals that are old enough;
    where too few are there is nothing.

    Args:
        cohorts: as of `analytics.cohorts`.
        title: in place of the one that tells the finding.
        ax: where to draw; None makes a figure that pyplot does not know.

    >>> from datetime import UTC, datetime
    >>> from random import Random
    >>> from salesprocess import Process, Stage, analytics as an, simulation
    >>> solar = Process("solar", stages=[Stage("lead", 0.2), Stage("offer", 0.5), Stage.won("won"), Stage.lost("lost")])
    >>> start, now = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC)
    >>> deals = simulation.book(solar, 200, rng=Random(1), start=start, as_of=now).deals
    >>> ax = cohorts(an.cohorts(deals, as_of=now, ages=[30, 90]))
    >>> ax.get_title(loc="left")
    'Won within 90 days: 23 % of 2026-01, 19 % of 2026-04'
    """
    rows, unit = cohorts.rows, unit_name(cohorts.unit)
    drawn = sheet(ax, height=rows_height(len(rows), 0.36))
    name_rows(drawn, [row.label for row in rows])
    most = max((at.won for row in rows for at in row.by_age if at.won is not None), default=0.0) or 1.0
    for place, row in enumerate(rows):
        for column, at in enumerate(row.by_age):
            if at.won is not None:
                shade = at.won / most
                cell(drawn, column, place, shade, certain=at.complete)
                colour = palette.PAPER if shade >= _DARK else palette.INK
                told = f"{'' if at.complete else '~'}{percent(at.won)}"
                write(drawn, told, (column, place), ha="center", colour=colour, name="won")
        still = f", {row.open:,} open" if row.open else ""
        aside(drawn, place, f"{count(row.deals, 'deal')}{'*' if 0 < row.deals < ENOUGH else ''}{still}")
    drawn.ax.set_xlim(-0.5, len(cohorts.ages) - 0.5)
    placed_above(drawn, range(len(cohorts.ages)), [f"{age:,} {unit}" for age in cohorts.ages])
    if not cohorts.n:
        nothing(drawn, "no deal was created")
    about = (
        f"Share of the deals created in each {cohorts.every} that was won within so many {unit} of their opening; ~ is "
        f"an estimate from those that are old enough. {count(cohorts.n, 'deal')}, as of {day(cohorts.as_of)}"
    )
    few = any(0 < row.deals < ENOUGH for row in rows)
    notes = [*([f"* fewer than {ENOUGH} deals: mostly chance"] if few else []), *left_out(cohorts.excluded)]
    return captioned(drawn, found=_found(cohorts), title=title, about=about, notes=notes)


def _found(cohorts: Cohorts) -> str:
    """The first and the last cohort that are wholly known, at the highest age at which two are."""
    for place, age in reversed(list(enumerate(cohorts.ages))):
        known = [(row.label, won) for row in cohorts.rows if (won := _known(row, place)) is not None]
        if len(known) > 1:
            (first, was), (last, is_now) = known[0], known[-1]
            within = f"{age:,} {unit_name(cohorts.unit)}"
            return f"Won within {within}: {percent(was)} of {first}, {percent(is_now)} of {last}"
    return f"Share won by age, by {cohorts.every} created"


def _known(row: CreatedIn, place: int) -> float | None:
    at = row.by_age[place]
    return at.won if at.complete and row.deals >= ENOUGH else None
