"""The periods to come, beside those that were."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import TypeAlias, cast

import attrs
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from salesprocess.errors import CurrencyMismatch, OutOfRange
from salesprocess.forecasting import Forecast, Rollup
from salesprocess.frozen import tuple_of
from salesprocess.money import Money
from salesprocess.plots import palette
from salesprocess.plots.canvas import NOTE, Sheet, captioned, key, sheet, write
from salesprocess.plots.marks import column, grid, line, measured, placed
from salesprocess.plots.totals import deals_in, omitted
from salesprocess.plots.wording import MoneyScale, count, day, left_out, money, percent
from salesprocess.timing import Period

Targets: TypeAlias = Money | Mapping[Period, Money]
"""The target of every period, or one for each period that has any."""
Closed: TypeAlias = Rollup | Mapping[Period, Money]
"""What was won already, by period: a roll-up, or amounts."""

_LEVELS = ((0.8, palette.FAINT), (0.5, palette.SOFT))
_HALF = 0.28
_INSTANT = timedelta(microseconds=1)


@attrs.frozen
class _Slot:
    """One period of the picture, and what is known of it."""

    period: Period
    won: Money | None
    forecast: Forecast | None
    target: Money | None

    @property
    def whole(self) -> bool:
        """Whether its forecast is an outlook, which holds what is won."""
        return self.forecast is not None and any(row.won for row in self.forecast.deals)

    @property
    def done(self) -> float:
        """What is won."""
        return 0.0 if self.won is None else float(self.won.amount)

    @property
    def floor(self) -> float:
        """Where its forecast begins."""
        return 0.0 if self.whole else self.done

    @property
    def top(self) -> float:
        """How high its bars and its target reach."""
        high = 0.0 if self.forecast is None else float(self.forecast.interval(_LEVELS[0][0])[1].amount)
        return max(self.floor + high, self.done, 0.0 if self.target is None else float(self.target.amount))

    @property
    def chance(self) -> float | None:
        """The probability that what is won and what is forecast reach the target together."""
        if self.forecast is None or self.target is None:
            return None
        missing = self.target if self.won is None or self.whole else self.target - self.won
        return 1.0 if missing.amount <= 0 else self.forecast.probability_of(missing)


def fan(
    forecasts: Sequence[Forecast],
    *,
    target: Targets | None = None,
    won: Closed | None = None,
    title: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """The forecast of one period after the other, with intervals, what is won already, and the targets.

    Above what is won already stand the 50 % and the 80 % interval of what the open deals bring, and what is expected
    of them. Above a target stands the probability that won and forecast together reach it.

    Args:
        forecasts: one a period, as of the same moment and in one currency; an outlook brings what is won by itself.
        target: of every period, or by period.
        won: what was won already: a roll-up, or amounts by period. Periods without a forecast are drawn as well, so
            that what is to come stands beside what was.
        title: in place of the one that tells the finding.
        ax: where to draw; None makes a figure that pyplot does not know.

    Raises:
        OutOfRange: no forecasts, one without a period, two of the same period, or of several moments.
        CurrencyMismatch: amounts are in several currencies.

    >>> from datetime import UTC, datetime
    >>> from random import Random
    >>> from salesprocess import Process, Stage, Calendar, Money, forecasting as fc, simulation
    >>> solar = Process("solar", stages=[Stage("lead", 0.2), Stage("offer", 0.5), Stage.won("won"), Stage.lost("lost")])
    >>> start, now = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC)
    >>> deals = simulation.book(solar, 200, rng=Random(1), start=start, as_of=now).deals
    >>> model = fc.CompetingRisks(prior=solar).fit(deals, as_of=now)
    >>> months = Calendar(tz="Europe/Oslo").months_from(now, 3)
    >>> forecasts = [model.forecast(deals, period=month, as_of=now) for month in months]
    >>> ax = fan(forecasts, target=Money(200_000, "EUR"))
    >>> [label.get_text().split()[0] for label in ax.get_xticklabels()]
    ['Jul', 'Aug', 'Sep']
    """
    asked = _checked(forecasts)
    slots = _slots(asked, won, target)
    drawn = sheet(ax, height=4.8)
    reach = max(slot.top for slot in slots)
    scale = MoneyScale.of(reach, asked[0].currency)
    for place, slot in enumerate(slots):
        _draw(drawn, place, slot, scale)
    placed(drawn, range(len(slots)), _words([slot.period for slot in slots]))
    drawn.ax.set_xlim(-0.6, len(slots) - 0.4)
    drawn.ax.set_ylim(0, reach * 1.1 or 1)
    measured(drawn, "y", scale.label, scale.tick)
    grid(drawn, "y")
    key(drawn, list(_key(slots)), columns=5)
    chances = [slot.chance for slot in slots if slot.chance is not None]
    expected = Money.total((forecast.expected for forecast in asked), asked[0].currency)
    what = "won and expected" if any(slot.whole for slot in slots) else "expected of open deals"
    found = f"{money(expected)} {what} in {count(len(asked), 'period')}"
    if chances:
        likely = sum(chance >= 0.5 for chance in chances)
        found = f"The target is more likely than not in {likely} of {count(len(chances), 'period')}"
    methods = ", ".join(dict.fromkeys(forecast.method for forecast in asked))
    above = "; above each target, the probability of reaching it" if chances else ""
    about = (
        f"Forecast by {methods}, {asked[0].assumptions.dependence_short}; intervals of several periods do not add "
        f"up{above}. {deals_in(*asked)}, as of {day(asked[0].as_of)}"
    )
    return captioned(drawn, found=found, title=title, about=about, notes=left_out(omitted(*asked)))


def _checked(forecasts: Sequence[Forecast]) -> tuple[Forecast, ...]:
    asked = tuple_of(forecasts, "forecasts")
    if not asked:
        raise OutOfRange("forecasts", (), "at least one")
    times = Counter(forecast.period for forecast in asked)
    if None in times:
        raise OutOfRange("forecasts", None, "each of a period: one of all time has no place among periods")
    period, most = times.most_common(1)[0]
    if most > 1:
        raise OutOfRange("forecasts", str(period), "one a period")
    for forecast in asked[1:]:
        if forecast.currency != asked[0].currency:
            raise CurrencyMismatch(forecast.currency, asked[0].currency)
        if forecast.as_of != asked[0].as_of:
            raise OutOfRange("forecasts", forecast.as_of, f"all as of one moment, {asked[0].as_of.isoformat()}")
    return asked


def _slots(asked: Sequence[Forecast], won: Closed | None, target: Targets | None) -> list[_Slot]:
    by_period = {cast("Period", forecast.period): forecast for forecast in asked}
    done = {each.period: each.closed.amount for each in won.periods} if isinstance(won, Rollup) else won or {}
    every = {*by_period, *done}
    goals = dict.fromkeys(every, target) if isinstance(target, Money) else target or {}
    for amount in [*done.values(), *goals.values()]:
        if amount.currency != asked[0].currency:
            raise CurrencyMismatch(amount.currency, asked[0].currency)
    order = sorted({*every, *goals}, key=lambda period: (period.start, period.end))
    return [_slot(period, done.get(period), by_period.get(period), goals.get(period)) for period in order]


def _slot(period: Period, won: Money | None, forecast: Forecast | None, target: Money | None) -> _Slot:
    inside = [row.expected for row in forecast.deals if row.won] if forecast is not None else []
    return _Slot(period, Money.total(inside, inside[0].currency) if inside else won, forecast, target)


def _draw(drawn: Sheet, place: int, slot: _Slot, scale: MoneyScale) -> None:
    floor = slot.floor
    if slot.won is not None:
        column(drawn, place, slot.done, colour=palette.STRONG, name="won")
    if slot.forecast is None:
        if slot.won is not None:
            told, at = scale.short(slot.done), (place, slot.done)
            write(drawn, told, at, va="bottom", ha="center", shift=(0, 2), backed=True, name="won")
    else:
        for level, colour in _LEVELS:
            low, high = (float(bound.amount) for bound in slot.forecast.interval(level))
            column(drawn, place, high - low, start=floor + low, colour=colour, name=percent(level))
        middle = floor + float(slot.forecast.expected.amount)
        around = [place - _HALF, place + _HALF]
        line(drawn, around, [middle] * 2, colour=palette.STRONG, wide=2.4, over=5, name="expected")
        write(
            drawn, scale.short(middle), (place + _HALF, middle), shift=(3, 0), size=NOTE, backed=True, name="expected"
        )
    if slot.target is not None:
        line(drawn, [place - 0.4, place + 0.4], [float(slot.target.amount)] * 2, wide=2.2, over=6, name="target")
    if slot.chance is not None:
        at = (place, slot.top)
        write(drawn, percent(slot.chance), at, va="bottom", ha="center", shift=(0, 4), weight="bold", name="chance")


def _key(slots: Sequence[_Slot]) -> Iterator[Patch | Line2D]:
    if any(slot.won is not None for slot in slots):
        yield Patch(color=palette.STRONG, label="won")
    yield Line2D([], [], color=palette.STRONG, linewidth=2.4, label="expected")
    for level, colour in reversed(_LEVELS):
        yield Patch(color=colour, label=f"{percent(level)} interval")
    if any(slot.target is not None for slot in slots):
        yield Line2D([], [], color=palette.INK, linewidth=2.2, label="target")


def _words(periods: Sequence[Period]) -> list[str]:
    """What stands below each period: months by their name, the year where it begins; others as they are called."""
    words: list[str] = []
    year = None
    for period in periods:
        first = period.start.astimezone(period.tz)
        last = (period.end - _INSTANT).astimezone(period.tz)
        ends = (last + timedelta(days=1)).day == 1
        if first.day == 1 and ends and (first.year, first.month) == (last.year, last.month):
            words.append(f"{first:%b}" if first.year == year else f"{first:%b}\n{first.year}")
            year = first.year
        elif period.label:
            words.append(period.label.replace(" ", "\n", 1))
        else:
            words.append(f"{day(first, period.tz)} –\n{day(last, period.tz)}")
    return words
