"""How likely which sum is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from decimal import ROUND_FLOOR, Decimal
from typing import NamedTuple

from matplotlib.axes import Axes

from salesprocess.forecasting import Forecast, Revenue
from salesprocess.money import Money
from salesprocess.plots import palette
from salesprocess.plots.canvas import Sheet, captioned, nothing, sheet, write
from salesprocess.plots.marks import DOTTED, column, line, measured, unmeasured
from salesprocess.plots.wording import MoneyScale, count, day, left_out, money, percent, short

_BARS = 60
_TAIL = 0.001
"""What lies further out on either side is drawn beyond the edge of the picture."""
_HEIGHTS = (1.03, 1.10, 1.17)
"""Of the words of quantiles above the highest bar, in turn, so that close ones do not cover each other."""
_GOAL = 1.33
"""Of the words of the target, above all these."""


def distribution(
    forecast: Forecast,
    *,
    target: Money | None = None,
    quantiles: Sequence[float] = (0.1, 0.5, 0.9),
    title: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """How likely which sum is, with its quantiles, and with what lies beyond a target.

    The bars together are all that can happen: their heights sum to one. With a target a bar begins there, and those
    from it on, in a darker colour, sum to the probability of reaching it.

    Args:
        forecast: of any method, or an outlook; its `revenue` is drawn.
        target: what one would like to reach, in the currency of the forecast.
        quantiles: which are marked, each between 0 and 1.
        title: in place of the one that tells the finding.
        ax: where to draw; None makes a figure that pyplot does not know.

    Raises:
        CurrencyMismatch: the target is in another currency.
        OutOfRange: a quantile lies outside [0, 1].

    >>> from datetime import UTC, datetime
    >>> from random import Random
    >>> from salesprocess import Process, Stage, Money, forecasting as fc, simulation
    >>> solar = Process("solar", stages=[Stage("lead", 0.2), Stage("offer", 0.5), Stage.won("won"), Stage.lost("lost")])
    >>> start, now = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC)
    >>> deals = simulation.book(solar, 200, rng=Random(1), start=start, as_of=now).deals
    >>> forecast = fc.CompetingRisks(prior=solar).fit(deals, as_of=now).forecast(deals, period=None, as_of=now)
    >>> ax = distribution(forecast, target=Money(500_000, "EUR"))
    >>> reached = [bar.get_height() for bar in ax.patches if bar.get_label() == "_reached"]
    >>> f"{sum(reached):.6f}" == f"{forecast.probability_of(Money(500_000, 'EUR')):.6f}"
    True
    """
    law = forecast.revenue
    chance = None if target is None else law.probability_of(target)
    marked = sorted((q, law.quantile(q)) for q in quantiles)
    drawn = sheet(ax, height=4.6)
    bars, width = _bars(law, target)
    top = max(bar.mass for bar in bars)
    goal = None if target is None else float(target.amount)
    for left, mass, reaches in bars:
        colour = palette.STRONG if reaches else palette.SOFT
        column(drawn, left, mass, wide=width, colour=colour, edge=True, name="reached" if reaches else "missed")
    seen = [float(law.quantile(q).amount) for q in (_TAIL, 1 - _TAIL)] + ([] if goal is None else [goal])
    drawn.ax.set_xlim(min(seen) - 1.5 * width, max(seen) + 2.5 * width)
    drawn.ax.set_ylim(0, top * (_HEIGHTS[-1] + 0.07 if target is None else _GOAL))
    unmeasured(drawn, "y")
    scale = MoneyScale.of(max(map(abs, seen)), forecast.currency)
    measured(drawn, "x", scale.label, scale.tick)
    for step, (q, amount) in enumerate(marked):
        high, at = top * _HEIGHTS[step % len(_HEIGHTS)], float(amount.amount)
        line(drawn, [at, at], [0, high], colour=palette.QUIET, dashes=DOTTED, name="quantile")
        told = f"P{100 * q:.4g}  {scale.short(at)}"
        write(drawn, told, (at, high), va="bottom", ha="center", shift=(0, 1), backed=True, name="quantile")
    found = f"{money(law.expected)} expected, 80 % between {' and '.join(map(short, law.interval(0.8)))}"
    if target is not None and chance is not None:
        _target(drawn, target, top, scale, chance)
        found = f"{percent(chance)} chance of reaching {money(target)}"
    if not law.sd and not law.expected:
        nothing_comes = "nothing is expected" if forecast.n else "no open deal is in this forecast"
        nothing(drawn, nothing_comes)
    about = (
        f"{forecast.title}: {money(law.expected)} expected of {deals_in(forecast)}; "
        f"{forecast.assumptions.dependence_short}. P10: one in ten sums is lower. As of {day(forecast.as_of)}"
    )
    return captioned(drawn, found=found, title=title, about=about, notes=left_out(omitted(forecast)))


class _Bar(NamedTuple):
    """Where it begins, what lies in it, and whether that reaches the target."""

    left: float
    mass: float
    reaches: bool


def _bars(law: Revenue, target: Money | None) -> tuple[list[_Bar], float]:
    """The bars from left to right, and how wide they all are.

    A target is an edge, and counts as the law itself counts it: on a grid, from half a step below it on.
    """
    low, high = law.quantile(_TAIL).amount, law.quantile(1 - _TAIL).amount
    step = law.step or Decimal(0)
    width = max((high - low) / _BARS, step) or abs(high) / _BARS or Decimal(1)
    anchor = low if target is None else target.amount
    found: defaultdict[Decimal, float] = defaultdict(float)
    for amount, chance in zip(law.amounts, law.chances, strict=True):
        found[((amount - anchor + step / 2) / width).to_integral_value(ROUND_FLOOR)] += chance
    bars = [
        _Bar(float(anchor + place * width), mass, target is None or place >= 0) for place, mass in sorted(found.items())
    ]
    return bars, float(width)


def _target(drawn: Sheet, target: Money, top: float, scale: MoneyScale, chance: float) -> None:
    goal = float(target.amount)
    line(drawn, [goal, goal], [0, top * _GOAL], wide=1.6, over=5, name="target")
    left, right = drawn.ax.get_xlim()
    told = f"target {scale.short(goal)}: {percent(chance)} reach it"
    to_the_right = right - goal > goal - left
    write(
        drawn,
        told,
        (goal, top * _GOAL),
        shift=(6 if to_the_right else -6, 0),
        ha="left" if to_the_right else "right",
        va="top",
        weight="bold",
        backed=True,
        name="target",
    )


def deals_in(*forecasts: Forecast) -> str:
    """How many deals forecasts speak of, each once, and how many of them an outlook holds because they are won."""
    rows = [row for forecast in forecasts for row in forecast.deals]
    still, won = (len({row.deal for row in rows if row.won is is_won}) for is_won in (False, True))
    return count(still, "open deal") + (f" and {won:,} won" if won else "")


def omitted(*forecasts: Forecast) -> dict[str, int]:
    """How many deals forecasts leave out, each once, by reason."""
    found: dict[str, set[str]] = {}
    for forecast in forecasts:
        for reason, deals in forecast.excluded.items():
            found.setdefault(reason, set()).update(deals)
    return {reason: len(deals) for reason, deals in found.items()}
