"""The sum of an unknown number of amounts: what deals may bring that do not exist yet."""

from __future__ import annotations

import math
from collections.abc import Sequence
from operator import mul

import attrs

from salesprocess.forecasting.laws import Grid, Law, convolved, halved, on_points

_LOG_LEAST = -600.0
"""The chance of no deal at all is the start of the recursion; below e⁻⁶⁰⁰ the count is halved until it is not."""
_ENOUGH, _LIGHT = 1e-12, 1e-17
"""The recursion ends when this much of the mass is missing, or no point within reach has this much."""
_STEPS_PER_AMOUNT = 8
"""An amount is rounded over so many steps at least, or many small ones would come out too wide together."""


@attrs.frozen
class Count:
    """How many deals there will be: Poisson, or negative binomial where the variance is above the mean.

    A rate that was estimated from n arrivals is itself uncertain; a gamma law of the rate gives the negative binomial,
    with variance mean + mean² / n.

    Attributes:
        mean: the expected number.
        evidence: n, the number of arrivals that the rate rests on; infinite for a rate that is known.

    >>> Count(6.0).variance, Count(6.0, evidence=12).variance
    (6.0, 9.0)
    """

    mean: float
    evidence: float = math.inf

    @property
    def variance(self) -> float:
        """Of the number of deals."""
        return self.mean + self.mean * self.mean / self.evidence

    @property
    def log_none(self) -> float:
        """The logarithm of the chance that there is no deal at all."""
        if math.isinf(self.evidence):
            return -self.mean
        return -self.evidence * math.log1p(self.mean / self.evidence)

    @property
    def recursion(self) -> tuple[float, float]:
        """Panjer's a and b, with p(n) = (a + b/n)·p(n − 1)."""
        if math.isinf(self.evidence):
            return 0.0, self.mean
        a = self.mean / (self.evidence + self.mean)
        return a, (self.evidence - 1) * a

    def part(self, parts: int) -> Count:
        """A count that sums to this one, `parts` independent times."""
        return Count(self.mean / parts, self.evidence / parts)

    def probability(self, n: int) -> float:
        """The chance of exactly n deals."""
        a, b = self.recursion
        chance = math.exp(self.log_none)
        for k in range(1, n + 1):
            chance *= a + b / k
        return chance


def compound_moments(count: Count, severity: Sequence[tuple[int, float]]) -> tuple[float, float]:
    """Mean and variance of the sum.

    >>> compound_moments(Count(2.0), [(10, 0.5), (20, 0.5)])
    (30.0, 500.0)
    """
    mean = math.fsum(amount * p for amount, p in severity)
    square = math.fsum(amount * amount * p for amount, p in severity)
    return count.mean * mean, count.mean * (square - mean * mean) + count.variance * mean * mean


def compound_law(count: Count, severity: Sequence[tuple[int, float]], step: int) -> Law:
    """The law of the sum of `count` independent amounts, by Panjer's recursion on a grid that keeps the mean.

    p(x) = Σ_k (a + b·k/x)·f(k)·p(x − k) / (1 − a·f(0)), p(0) = P(no deal, or deals of nothing).
    Source: Panjer 1981, ASTIN Bulletin 12, 22–26.

    Args:
        count: how many.
        severity: amounts of at least one unit, and their chances, which sum to one.
        step: of the grid.

    >>> law = compound_law(Count(0.5), [(10, 1.0)], 10)
    >>> [round(mass, 4) for mass in law.masses[:3]]
    [0.6065, 0.3033, 0.0758]
    """
    rms = math.sqrt(math.fsum(amount * amount * p for amount, p in severity))
    finer = max(0, math.ceil(math.log2(_STEPS_PER_AMOUNT * step / rms)))
    masses = [0.0] * ((max(amount for amount, _ in severity) << finer) // step + 2)
    for amount, p in severity:
        below, rest = divmod(amount << finer, step)
        masses[below] += p * (1 - rest / step)
        masses[below + 1] += p * rest / step
    while len(masses) > 1 and not masses[-1]:
        masses.pop()
    halvings = 0
    while count.part(1 << halvings).log_none < _LOG_LEAST:
        halvings += 1
    law: Grid = (0, _panjer(count.part(1 << halvings), masses))
    for _ in range(halvings):
        law = convolved(law, law)
    for _ in range(finer):
        law = halved(law)
    total = math.fsum(law[1])
    return on_points((law[0], [mass / total for mass in law[1]]), step)


def _panjer(count: Count, f: Sequence[float]) -> list[float]:
    a, b = count.recursion
    scale = 1 / (1 - a * f[0])
    # The start: a deal that is worth nothing on the grid is no deal.
    none = count.mean * (1 - f[0])
    start = -none if math.isinf(count.evidence) else -count.evidence * math.log1p(none / count.evidence)
    p = [math.exp(start)]
    sure = [a * mass for mass in f]
    sized = [b * k * mass for k, mass in enumerate(f)]
    seen = p[0]
    x = heavy = 0
    longest = len(f) - 1
    while seen < 1 - _ENOUGH and (x - heavy <= longest or seen < 0.5):
        x += 1
        reach = min(x, longest)
        window = p[x - reach : x][::-1]
        following = (
            sum(map(mul, sure[1 : reach + 1], window)) + sum(map(mul, sized[1 : reach + 1], window)) / x
        ) * scale
        p.append(following)
        seen += following
        if following > _LIGHT:
            heavy = x
    return p
