"""How good a forecast was: proper scores of probabilities and of distributions, and the errors of a total."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence

import attrs

from salesprocess.errors import OutOfRange

CLIP = 1e-6
"""A probability counts as at least this far from 0 and 1 in the logarithmic score, which would be infinite."""

_UNITY = 1e-6
"""The chances of a law sum to one, but for rounding."""


@attrs.frozen
class BrierParts:
    """The Brier score and what it is made of: `score = reliability − resolution + uncertainty`, exactly.

    Attributes:
        score: the mean of (p − outcome)².
        reliability: what perfect recalibration would save; 0 when the probabilities mean what they say.
        resolution: what telling deals apart saves against one probability for all; larger is better.
        uncertainty: the score of the base rate for all, r(1 − r).
    """

    score: float
    reliability: float
    resolution: float
    uncertainty: float


def brier(probabilities: Sequence[float], outcomes: Sequence[bool]) -> float:
    """The mean of (p − outcome)²: 0 is perfect, 0.25 is a coin that calls itself one. Proper.

    Source: Brier 1950, Mon. Weather Rev. 78, 1–3.

    Raises:
        OutOfRange: a probability lies outside [0, 1], there are none, or not as many outcomes as probabilities.

    >>> brier([0.5, 0.0], [True, False])
    0.125
    """
    return _mean(probabilities, outcomes, lambda p, won: (p - won) ** 2)


def log_loss(probabilities: Sequence[float], outcomes: Sequence[bool]) -> float:
    """The mean of −ln(the probability of what happened), each at least 1e-6. Proper.

    Source: Good 1952, J. R. Stat. Soc. B 14, 107–114.

    Raises:
        OutOfRange: a probability lies outside [0, 1], there are none, or not as many outcomes as probabilities.

    >>> round(log_loss([0.5, 0.5], [True, False]), 4), round(log_loss([0.0], [True]), 4)
    (0.6931, 13.8155)
    """
    return _mean(probabilities, outcomes, lambda p, won: -math.log(min(max(p if won else 1 - p, CLIP), 1 - CLIP)))


def _mean(probabilities: Sequence[float], outcomes: Sequence[bool], score: Callable[[float, bool], float]) -> float:
    check_probabilities(probabilities, outcomes)
    return math.fsum(map(score, probabilities, outcomes)) / len(probabilities)


def check_probabilities(probabilities: Sequence[float], outcomes: Sequence[bool]) -> None:
    """Refuse what no score can be formed of.

    Raises:
        OutOfRange: a probability lies outside [0, 1], there are none, or not as many outcomes as probabilities.

    >>> check_probabilities([0.5], [True])
    """
    if len(probabilities) != len(outcomes):
        raise OutOfRange("outcomes", f"{len(outcomes)} outcomes", f"{len(probabilities)}, one a probability")
    if not probabilities:
        raise OutOfRange("probabilities", probabilities, "at least one")
    for p in probabilities:
        if not 0 <= p <= 1:
            raise OutOfRange("probability", p, "between 0 and 1")


def brier_parts(probabilities: Sequence[float], outcomes: Sequence[bool]) -> BrierParts:
    """The Brier score taken apart without bins: each probability against its isotonic recalibration.

    With c the best monotone function of the probabilities (pool adjacent violators) and r the base rate, reliability is
    brier(p) − brier(c), resolution is r(1 − r) − brier(c). No choice of bins enters, and nothing is left over.

    Source: Dimitriadis, Gneiting and Jordan 2021, Proc. Natl. Acad. Sci. 118, e2016191118; for the terms, Murphy 1973,
    J. Appl. Meteorol. 12, 595–600.

    Raises:
        OutOfRange: as `brier`.

    >>> parts = brier_parts([0.2, 0.2, 0.9, 0.9], [False, False, True, False])
    >>> round(parts.score, 4), round(parts.reliability, 4), round(parts.resolution, 4), parts.uncertainty
    (0.225, 0.1, 0.0625, 0.1875)
    """
    score = brier(probabilities, outcomes)
    n, won = len(outcomes), sum(outcomes)
    uncertainty = won / n * (1 - won / n)
    recalibrated = math.fsum(wins * (size - wins) / size for size, wins in pooled(probabilities, outcomes)) / n
    return BrierParts(score, max(score - recalibrated, 0.0), max(uncertainty - recalibrated, 0.0), uncertainty)


def pooled(probabilities: Sequence[float], outcomes: Sequence[bool]) -> list[tuple[int, int]]:
    """By ascending probability, the groups in which the share won rises: how many are in each, and how many are won.

    Equal probabilities are one group from the start; groups whose shares fall are put together (pool adjacent
    violators; Ayer et al. 1955, Ann. Math. Stat. 26, 641–647).

    >>> pooled([0.1, 0.2, 0.3], [True, False, True])
    [(2, 1), (1, 1)]
    """
    groups: list[tuple[int, int]] = []
    last = math.nan
    for p, outcome in sorted(zip(probabilities, outcomes, strict=True)):
        size, wins = 1, int(outcome)
        if p == last:
            before, won = groups.pop()
            size, wins = size + before, wins + won
        last = p
        groups.append((size, wins))
    merged: list[tuple[int, int]] = []
    for size, wins in groups:
        total, won = size, wins
        while merged and merged[-1][1] * total >= won * merged[-1][0]:
            before, earlier = merged.pop()
            total, won = total + before, won + earlier
        merged.append((total, won))
    return merged


def crps(points: Sequence[float], chances: Sequence[float], value: float) -> float:
    """The continuous ranked probability score of a discrete law: ∫ (F(x) − 1{x ≥ value})² dx, exactly. Proper.

    In the unit of the points; for a law that is certain it is the absolute error. On an even grid this is
    h · Σ (F(x) − 1{x ≥ value})².

    Source: Gneiting and Raftery 2007, J. Am. Stat. Assoc. 102, 359–378.

    Args:
        points: ascending.
        chances: the probability of each; they sum to one.
        value: what happened.

    Raises:
        OutOfRange: the law has no point, or its chances do not sum to one.

    >>> crps([0.0, 100.0], [0.5, 0.5], 100.0), crps([80.0], [1.0], 100.0)
    (25.0, 20.0)
    """
    _check_law(points, chances)
    parts = [max(points[0] - value, 0.0), max(value - points[-1], 0.0)]
    below = 0.0
    for point, chance, following in zip(points, chances, points[1:], strict=False):
        below += chance
        split = min(max(value, point), following)
        parts += [below * below * (split - point), (1 - below) ** 2 * (following - split)]
    return math.fsum(parts)


def pit(points: Sequence[float], chances: Sequence[float], value: float) -> float:
    """Where in a discrete law the value fell: P(X < value) + P(X = value) / 2.

    Over many forecasts these spread evenly over [0, 1] when the laws are right; heaped at both ends, they were too
    narrow; heaped at one, biased.

    Source: Gneiting, Balabdaoui and Raftery 2007, J. R. Stat. Soc. B 69, 243–268.

    Raises:
        OutOfRange: the law has no point, or its chances do not sum to one.

    >>> pit([0.0, 100.0], [0.5, 0.5], 50.0), pit([0.0, 100.0], [0.5, 0.5], 100.0)
    (0.5, 0.75)
    """
    _check_law(points, chances)
    low, high = bisect_left(points, value), bisect_right(points, value)
    return min(1.0, math.fsum(chances[:low]) + math.fsum(chances[low:high]) / 2)


def _check_law(points: Sequence[float], chances: Sequence[float]) -> None:
    if not points or len(points) != len(chances):
        raise OutOfRange("points", f"{len(points)} points", f"at least one, with one chance each, not {len(chances)}")
    if abs(math.fsum(chances) - 1) > _UNITY:
        raise OutOfRange("chances", math.fsum(chances), "such that they sum to one")


def winkler(low: float, high: float, value: float, *, level: float = 0.8) -> float:
    """The interval score: its width, and 2 / (1 − level) times the distance by which the value missed it. Proper.

    Source: Winkler 1972, J. Am. Stat. Assoc. 67, 187–191.

    Raises:
        OutOfRange: `level` is not between 0 and 1, or the interval ends before it begins.

    >>> round(winkler(90.0, 110.0, 100.0), 6), round(winkler(90.0, 110.0, 120.0), 6)
    (20.0, 120.0)
    """
    if not 0 < level < 1:
        raise OutOfRange("level", level, "between 0 and 1")
    if high < low:
        raise OutOfRange("high", high, f"at least {low}")
    return (high - low) + 2 / (1 - level) * (max(low - value, 0.0) + max(value - high, 0.0))


def coverage(intervals: Iterable[tuple[float, float]], values: Iterable[float]) -> float | None:
    """The share of values that lie in their interval, bounds included; None without any.

    >>> coverage([(90, 110), (90, 110)], [110, 120])
    0.5
    """
    inside = [low <= value <= high for (low, high), value in zip(intervals, values, strict=True)]
    return sum(inside) / len(inside) if inside else None


def wape(forecasts: Sequence[float], actual: Sequence[float]) -> float | None:
    """The weighted absolute percentage error Σ|forecast − actual| / Σ|actual|; None when nothing happened.

    Source: Kolassa and Schütz 2007, Foresight 6, 40–43.

    >>> wape([110, 80], [100, 100])
    0.15
    """
    return _relative(forecasts, actual, abs)


def bias(forecasts: Sequence[float], actual: Sequence[float]) -> float | None:
    """The signed error Σ(forecast − actual) / Σ|actual|: above 0 promised too much; None when nothing happened.

    >>> bias([110, 80], [100, 100])
    -0.05
    """
    return _relative(forecasts, actual, float)


def _relative(forecasts: Sequence[float], actual: Sequence[float], of: Callable[[float], float]) -> float | None:
    errors = [of(said - came) for said, came in zip(forecasts, actual, strict=True)]
    whole = math.fsum(map(abs, actual))
    return math.fsum(errors) / whole if whole else None


def skill(score: float, baseline: float) -> float | None:
    """What a score saves of a baseline's, both of the kind where less is better: 1 is perfect, 0 no better.

    >>> skill(0.15, 0.25)
    0.4
    """
    return 1 - score / baseline if baseline else None
