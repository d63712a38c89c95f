"""By how much totals vary more than independent deals would, learnt from earlier forecasts and what came of them."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from statistics import NormalDist

import attrs

from salesprocess.errors import OutOfRange

PRIOR_SHARE, PRIOR_WEIGHT = 0.15, 1.0
"""Before anything was seen: the total varies by 15 % beyond chance, which is what a shock of 0.25 in log-odds does to
deals of middling probability; this weighs as much as one forecast."""

_NODES = 101
_SETTLED = 1e-9
_FACTORS = tuple(NormalDist().inv_cdf((place + 0.5) / _NODES) for place in range(_NODES))


@attrs.frozen
class Miss:
    """One earlier forecast of a total, and what came: its mean and standard deviation, and the actual sum."""

    expected: float
    sd: float
    actual: float


@attrs.frozen
class Spread:
    """How much a total varies beyond the chance of independent deals, as a share of what is expected.

    Attributes:
        share: the standard deviation of a factor with mean 1 that all deals of a forecast have in common.
        forecasts: how many earlier forecasts taught it; those that overlap count in part.

    >>> round(Spread(0.2, 5.0).factor(expected=1000.0, sd=100.0), 2)  # a fifth of 1000, and 100 of chance
    2.24
    """

    share: float
    forecasts: float

    def factor(self, expected: float, sd: float) -> float:
        """By how much the standard deviation of independent deals is to be multiplied: √(1 + share² (1 + m²/sd²)).

        >>> round(Spread(0.2, 5.0).factor(1000.0, 100.0), 3)
        2.245
        """
        return math.hypot(1, self.share * math.hypot(1, expected / sd)) if sd and self.share else 1.0

    def interval(self, sample: Sequence[float], level: float = 0.8) -> tuple[float, float]:
        """The central interval of a total: its law, of which `sample` are points of equal chance, times the factor.

        The factor is lognormal with mean 1, so that no total falls below zero.

        Raises:
            OutOfRange: there are no points, or `level` is not between 0 and 1.

        >>> [round(bound) for bound in Spread(0.2, 5.0).interval([1000.0])]
        [764, 1258]
        """
        if not sample:
            raise OutOfRange("sample", sample, "at least one point")
        if not 0 < level < 1:
            raise OutOfRange("level", level, "between 0 and 1")
        ordered = sorted(sample)
        width = math.sqrt(math.log1p(self.share**2))
        factors = [math.exp(width * z - width * width / 2) for z in _FACTORS]
        return _quantile(ordered, factors, (1 - level) / 2), _quantile(ordered, factors, (1 + level) / 2)


def _quantile(ordered: Sequence[float], factors: Sequence[float], q: float) -> float:
    """Where the mean of the laws, each scaled by one factor, reaches q."""
    low, high = min(0.0, ordered[0]) * factors[-1], max(0.0, ordered[-1]) * factors[-1]
    wanted = q * len(ordered) * len(factors)
    while high - low > _SETTLED * max(1.0, abs(high)):
        middle = (low + high) / 2
        if sum(bisect_right(ordered, middle / factor) for factor in factors) >= wanted:
            high = middle
        else:
            low = middle
    return high


def spread(misses: Sequence[Miss], *, weight: float = 1.0) -> Spread:
    """What earlier forecasts teach about the spread of the next.

    Each tells by how much its error exceeded what chance explains, (error² − sd²) / (expected² + sd²). The mean of
    these, and of a prior worth one forecast, is the square of the share: by the method of moments, without a bound
    above zero. Where chance alone moves a total much, as in a small book, its error tells little about the rest: a
    forecast counts by (p² / (p² + sd² / expected²))², with p the share of the prior, which is about inversely to the
    variance of what it tells.

    Args:
        misses: earlier forecasts whose horizon is complete.
        weight: what one counts at most; less than 1 where their horizons overlap.

    Raises:
        OutOfRange: `weight` is not above 0 and at most 1.

    >>> spread([]).share
    0.15
    >>> round(spread([Miss(100.0, 5.0, 104.0)] * 9).share, 3)
    0.044
    """
    if not 0 < weight <= 1:
        raise OutOfRange("weight", weight, "above 0 and at most 1")
    seen, told = PRIOR_WEIGHT, PRIOR_WEIGHT * PRIOR_SHARE**2
    for miss in misses:
        if miss.expected > 0:
            chance = (miss.sd / miss.expected) ** 2
            counts = weight * (PRIOR_SHARE**2 / (PRIOR_SHARE**2 + chance)) ** 2
            excess = (miss.actual / miss.expected - 1) ** 2 - chance
            seen += counts
            told += counts * excess / (1 + chance)
    return Spread(math.sqrt(max(told / seen, 0.0)), seen - PRIOR_WEIGHT)


def needed(miss: Miss, low: float, high: float) -> float:
    """By how much an interval around what was expected had to be widened to reach what came; 1 is just enough.

    >>> needed(Miss(100.0, 5.0, 130.0), 90.0, 120.0)
    1.5
    """
    reach = high - miss.expected if miss.actual > miss.expected else miss.expected - low
    error = abs(miss.actual - miss.expected)
    return error / reach if reach > 0 else math.inf if error else 0.0
