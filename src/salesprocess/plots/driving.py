"""What the total hangs on."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.patches import Patch

from salesprocess.forecasting import Drivers
from salesprocess.plots import palette
from salesprocess.plots.canvas import aside, captioned, key, name_rows, nothing, rows_height, sheet, write
from salesprocess.plots.marks import grid, line, measured, row_bar
from salesprocess.plots.totals import deals_in, omitted
from salesprocess.plots.wording import MoneyScale, day, left_out, money, percent


def drivers(drivers: Drivers, *, title: str | None = None, ax: Axes | None = None) -> Axes:
    """The deals that a quantile of a forecast hangs on: where it would be with each of them lost, and with it won.

    The line down is the quantile as it is. To the left of it a bar goes to where it would be without the deal, to the
    right to where it would be with the deal won for sure.

    Args:
        drivers: as of `forecasting.drivers`.
        title: in place of the one that tells the finding.
        ax: where to draw; None makes a figure that pyplot does not know.

    >>> from datetime import UTC, datetime
    >>> from random import Random
    >>> from salesprocess import Process, Stage, forecasting as fc, simulation
    >>> solar = Process("solar", stages=[Stage("lead", 0.2), Stage("offer", 0.5), Stage.won("won"), Stage.lost("lost")])
    >>> start, now = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC)
    >>> deals = simulation.book(solar, 200, rng=Random(1), start=start, as_of=now).deals
    >>> forecast = fc.CompetingRisks(prior=solar).fit(deals, as_of=now).forecast(deals, period=None, as_of=now)
    >>> ax = drivers(fc.drivers(forecast, count=3))
    >>> ax.get_title(loc="left")
    'The P10, EUR 61.5 thousand, hangs on D-00176 most'
    """
    forecast, rows = drivers.forecast, drivers.rows
    drawn = sheet(ax, height=rows_height(len(rows), 0.46))
    name_rows(drawn, [row.deal for row in rows])
    now = forecast.quantile(drivers.q)
    middle = float(now.amount)
    ends = [float(end.amount) for row in rows for end in (row.if_lost, row.if_won)]
    low, high = min([middle, *ends]), max([middle, *ends])
    room = (high - low) * 0.14 or 1.0
    scale = MoneyScale.of(max(abs(low), abs(high)), forecast.currency)
    for place, row in enumerate(rows):
        lost, won = float(row.if_lost.amount), float(row.if_won.amount)
        row_bar(drawn, place, lost - middle, start=middle, colour=palette.ALARM, name="lost")
        row_bar(drawn, place, won - middle, start=middle, colour=palette.STRONG, name="won")
        write(drawn, scale.short(lost), (lost, place), shift=(-4, 0), ha="right", name="lost")
        write(drawn, scale.short(won), (won, place), shift=(4, 0), name="won")
        owned = f", {row.owner}" if row.owner else ""
        aside(drawn, place, f"{money(row.amount)} at {percent(row.probability)}{owned}")
    if rows:
        line(drawn, [middle, middle], [-0.5, len(rows) - 0.5], wide=1.6, over=5, name="now")
        sides = (("if lost", palette.ALARM), ("if won", palette.STRONG))
        key(drawn, [Patch(color=colour, label=words) for words, colour in sides])
    else:
        nothing(drawn, "no open deal is in this forecast")
    drawn.ax.set_xlim(low - room, high + room)
    measured(drawn, "x", scale.label, scale.tick)
    grid(drawn, "x")
    name = f"P{100 * drivers.q:.4g}"
    found = f"The {name}, {money(now)}, hangs on {f'{rows[0].deal} most' if rows else 'no deal'}"
    about = (
        f"{forecast.title}: where the {percent(drivers.q)} quantile of the sum would be with one deal lost, and with "
        f"it won, all else as it is. {deals_in(forecast)}, as of {day(forecast.as_of)}"
    )
    return captioned(drawn, found=found, title=title, about=about, notes=left_out(omitted(forecast)))
