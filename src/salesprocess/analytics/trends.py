"""Whether a number rises or falls, when it broke, and whether its last value is out of the ordinary."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from math import ceil, exp, floor, sqrt
from statistics import NormalDist, median

import attrs

from salesprocess.analytics import reports, results
from salesprocess.analytics.reports import Grid, Report, Sentences
from salesprocess.analytics.series import Series
from salesprocess.analytics.worth import LEVEL
from salesprocess.errors import NoHistory, OutOfRange
from salesprocess.frozen import FrozenDict

TELLING = 0.05
"""What chance alone would do less often than this is told as a finding."""
_NORMAL = NormalDist()


@attrs.frozen
class TrendPoint:
    """One value beside what the same season of the round before would have led one to expect.

    Attributes:
        label: what it stands for.
        value: the value.
        expected: the value one season earlier (seasonal naive); None in the first round.
        difference: value − expected; None in the first round.
    """

    label: str
    value: float
    expected: float | None
    difference: float | None


@attrs.frozen
class Break:
    """The place where a series most likely changed its level.

    Attributes:
        label: the first value after it.
        before, after: the median before and from there on.
        p_value: how probable so clear a break is without any.
    """

    label: str
    before: float
    after: float
    p_value: float


@attrs.frozen
class Trend:
    """The trend of a series; prints as a table and in words.

    Attributes:
        as_of: the moment of which the series speaks.
        name: what is counted.
        season: how many values make one round of the seasons; 1 without seasons.
        rows: one a value.
        slope: the median change from one value to the next (Theil-Sen).
        low, high: its 80 % interval.
        p_value: how probable so clear a direction is without any (Mann-Kendall).
        change: the most likely break (Pettitt).
        surprise: the share of all differences that are at least as large as the last one, itself counted: how probable
            it is that the last of so many is so large, if they come in any order.
        n: how many values.
        excluded: what was left out, by reason.
    """

    as_of: datetime
    name: str
    season: int
    rows: tuple[TrendPoint, ...]
    slope: float
    low: float
    high: float
    p_value: float
    change: Break
    surprise: float
    n: int
    excluded: FrozenDict[str, int]

    @property
    def definition(self) -> str:
        """How the numbers are formed."""
        same = "" if self.season == 1 else f", of values of the same season alone ({self.season} a round)"
        level = "" if self.season == 1 else ", on values less the median of their season"
        return (
            f"direction: Mann-Kendall test and Theil-Sen slope a step with its 80 % interval{same}. break: Pettitt's "
            f"test{level}. expected: the value {'before' if self.season == 1 else 'one round earlier'} (seasonal "
            "naive). Values that hang together in time, as those of overlapping stretches do, make all three too sure"
        )

    @property
    def cohort(self) -> str:
        """Which values these are."""
        return f"{self.name}, {self.rows[0].label} to {self.rows[-1].label}"

    @property
    def direction(self) -> str:
        """`rises`, `falls` or `no measurable trend`."""
        if self.p_value >= TELLING or not self.slope:
            return "no measurable trend"
        return "rises" if self.slope > 0 else "falls"

    def report(self) -> Report:
        """What is shown."""
        rows = ([row.label, *map(_figure, (row.value, row.expected, row.difference))] for row in self.rows)
        header = ["", self.name, "expected", "difference"]
        return reports.described(self, f"Trend of {self.name}", Grid(header, rows), Sentences(self._words()))

    def _words(self) -> Iterator[str]:
        low, high, slope = map(_figure, (self.low, self.high, self.slope))
        yield (
            f"{self.direction[0].upper()}{self.direction[1:]}: {slope} a step, {low} to {high} "
            f"(p = {self.p_value:.2g})."
        )
        before, after = map(_figure, (self.change.before, self.change.after))
        moved = f"the median was {before} before and {after} from then on (p = {self.change.p_value:.2g})"
        if self.change.p_value < TELLING:
            yield f"A break at {self.change.label}: {moved}."
        else:
            yield f"No measurable break; the most likely one is at {self.change.label}: {moved}."
        last = self.rows[-1]
        yield (
            f"{last.label} is {_figure(last.value)}, where {_figure(last.expected)} was expected: "
            f"{results.percent(self.surprise)} of the differences so far are as large."
        )

    to_rows = results.rows_of
    __str__ = reports.text
    _repr_html_ = reports.html


def _figure(value: float | None) -> str:
    """Four digits that count, as few as the value has."""
    return results.NOTHING if value is None else f"{value:,.4g}" if abs(value) < 1000 else f"{value:,.0f}"


def trend(series: Series, *, season: int = 1) -> Trend:
    """Whether a series rises or falls, where it broke, and how its last value compares with one season before.

    Direction: S = Σ sign(x_j − x_i) over the pairs i < j of one season, referred to the normal distribution with its
    variance under ties and a correction of one (Mann 1945, Econometrica 13, 245–259; by seasons Hirsch, Slack and
    Smith 1982, Water Resour. Res. 18, 107–121). Slope: the median of (x_j − x_i) / (j − i) over the same pairs (Sen
    1968, J. Am. Stat. Assoc. 63, 1379–1389). Break: K = the largest Σ sign(x_j − x_i) over i ≤ t < j, up or down, and
    p ≈ 2 exp(−6K² / (n³ + n²)) (Pettitt 1979, Appl. Stat. 28, 126–135). None asks for normal values; all ask for
    independent ones.

    Args:
        series: the values, such as `throughput(...).series("won")`, `cohorts(...).series(90)` or your own.
        season: how many values make one round, such as 12 for months; 1 without seasons.

    Warns:
        SmallSample: fewer than ten values.

    Raises:
        OutOfRange: `season` is not a whole number from 1.
        NoHistory: fewer than two rounds and one value.

    >>> from datetime import UTC
    >>> won = [4, 5, 3, 6, 5, 4, 9, 11, 10, 9, 12, 10]
    >>> points = [(f"2025-{month:02}", count) for month, count in enumerate(won, 1)]
    >>> found = trend(Series("won a month", points, as_of=datetime(2026, 1, 1, tzinfo=UTC)))
    >>> found.direction, found.change.label, found.change.before, found.change.after
    ('rises', '2025-07', 4.5, 10.0)
    """
    if isinstance(season, bool) or not isinstance(season, int) or season < 1:
        raise OutOfRange("season", season, "a whole number from 1")
    values = [point.value for point in series.points]
    n = len(values)
    if n <= 2 * season:
        raise NoHistory(f"a trend of {series.name} needs more than {2 * season} values; there are {n}")
    expected = [None] * season + values[:-season]
    rows = tuple(
        TrendPoint(point.label, point.value, before, None if before is None else point.value - before)
        for point, before in zip(series.points, expected, strict=True)
    )
    misses = [abs(row.difference) for row in rows if row.difference is not None]
    by_season = [values[first::season] for first in range(season)]
    slope, low, high, p_value = _direction(by_season, season)
    results.warn_if_small({series.name: (n,)})
    return Trend(
        series.as_of,
        series.name,
        season,
        rows,
        slope,
        low,
        high,
        p_value,
        _break(series, values, by_season),
        sum(miss >= misses[-1] for miss in misses) / len(misses),
        n,
        series.excluded,
    )


def _sign(value: float) -> int:
    return (value > 0) - (value < 0)


def _direction(by_season: Sequence[Sequence[float]], season: int) -> tuple[float, float, float, float]:
    """The slope a step, its interval, and the p-value of the direction."""
    slopes: list[float] = []
    score, variance = 0, 0.0
    for values in by_season:
        n = len(values)
        for later in range(n):
            for earlier in range(later):
                change = values[later] - values[earlier]
                score += _sign(change)
                slopes.append(change / ((later - earlier) * season))
        ties = Counter(values).values()
        variance += (n * (n - 1) * (2 * n + 5) - sum(t * (t - 1) * (2 * t + 5) for t in ties)) / 18
    slopes.sort()
    spread = sqrt(variance)
    z = (abs(score) - 1) / spread if score else 0.0
    # Sen's interval: the slopes whose ranks are as far from the middle as the score may be from zero.
    reach = _NORMAL.inv_cdf((1 + LEVEL) / 2) * spread
    first = max(floor((len(slopes) - reach) / 2) - 1, 0)
    last = min(ceil((len(slopes) + reach) / 2), len(slopes) - 1)
    return median(slopes), slopes[first], slopes[last], 2 * (1 - _NORMAL.cdf(z))


def _break(series: Series, values: Sequence[float], by_season: Sequence[Sequence[float]]) -> Break:
    """Pettitt's change point, the seasons taken out."""
    n, season = len(values), len(by_season)
    usual = [median(each) if season > 1 else 0.0 for each in by_season]
    level = [value - usual[place % season] for place, value in enumerate(values)]
    scores: list[int] = []
    score = 0
    for value in level[:-1]:
        score += sum(_sign(value - other) for other in level)
        scores.append(abs(score))
    place = max(range(n - 1), key=scores.__getitem__)
    p_value = min(1.0, 2 * exp(-6 * scores[place] ** 2 / (n**3 + n**2)))
    return Break(series.points[place + 1].label, median(values[: place + 1]), median(values[place + 1 :]), p_value)
