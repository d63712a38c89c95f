"""What is known of a share or of a rate: Beta and gamma distributions with their quantiles, and Wilson's interval."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from math import exp, inf, isfinite, lgamma, log, pi, sqrt
from statistics import NormalDist

import attrs

from salesprocess.errors import OutOfRange

_TINY = 1e-300
_PRECISION = 1e-16


def _positive(_: object, attribute: attrs.Attribute[float], value: float) -> None:
    if not (isfinite(value) and value > 0):
        raise OutOfRange(attribute.name, value, "a positive number")


def _open_unit(name: str, value: float) -> None:
    if not 0 < value < 1:
        raise OutOfRange(name, value, "between 0 and 1, both outside")


@attrs.frozen
class Beta:
    """A distribution of an unknown share: as if `alpha` successes and `beta` failures had been seen.

    Args:
        alpha, beta: positive.

    >>> share = Beta(0.5, 0.5).updated(3, 1)
    >>> round(share.mean, 3), [round(bound, 3) for bound in share.interval(0.8)]
    (0.7, [0.432, 0.925])
    """

    alpha: float = attrs.field(validator=_positive)
    beta: float = attrs.field(validator=_positive)

    @classmethod
    def of_moments(cls, mean: float, variance: float) -> Beta:
        """The one with this mean and variance.

        Raises:
            OutOfRange: the mean is not between 0 and 1, or the variance not between 0 and mean · (1 − mean).

        >>> Beta.of_moments(0.25, 0.0375)
        Beta(alpha=1.0, beta=3.0)
        """
        _open_unit("mean", mean)
        if not 0 < variance < mean * (1 - mean):
            raise OutOfRange("variance", variance, f"between 0 and {mean * (1 - mean)}, both outside")
        size = mean * (1 - mean) / variance - 1
        return cls(mean * size, (1 - mean) * size)

    def updated(self, successes: float, failures: float) -> Beta:
        """After so many more successes and failures, which may be fractional where old ones weigh less."""
        return Beta(self.alpha + successes, self.beta + failures)

    @property
    def size(self) -> float:
        """How many observations it is worth."""
        return self.alpha + self.beta

    @property
    def mean(self) -> float:
        """The expected share."""
        return self.alpha / self.size

    @property
    def variance(self) -> float:
        """The variance of the share."""
        return self.mean * (1 - self.mean) / (self.size + 1)

    def cdf(self, share: float) -> float:
        """P(at most `share`), the regularised incomplete beta function I_x(a, b).

        By its continued fraction (DLMF 8.17.22), on the side of the mean where it converges fast. The factor in front
        is taken relative to its largest value, so that it is exact also where a and b are large.
        """
        if share <= 0 or share >= 1:
            return float(share >= 1)
        a, b = self.alpha, self.beta
        if share < (a + 1) / (a + b + 2):
            return _lower_beta(a, b, share)
        return 1 - _lower_beta(b, a, 1 - share)

    def quantile(self, q: float) -> float:
        """The share that lies below with probability `q`.

        Raises:
            OutOfRange: `q` is not between 0 and 1, both outside.
        """
        _open_unit("q", q)
        a, b, middle = self.alpha, self.beta, self.mean
        if q <= self.cdf(middle):
            return _inverse(self.cdf, lambda x: _beta_density(a, b, x, 1 - x) / x, q, middle)
        mirrored = Beta(b, a)
        return 1 - _inverse(mirrored.cdf, lambda y: _beta_density(b, a, y, 1 - y) / y, 1 - q, 1 - middle)

    def interval(self, level: float = 0.9) -> tuple[float, float]:
        """The middle of the distribution: as much probability below as above.

        Raises:
            OutOfRange: `level` is not between 0 and 1, both outside.
        """
        _open_unit("level", level)
        return self.quantile((1 - level) / 2), self.quantile((1 + level) / 2)


@attrs.frozen
class Gamma:
    """A distribution of an unknown rate: as if `shape` events had been seen where `rate` had been expected.

    Args:
        shape, rate: positive; the mean is shape / rate.

    >>> multiplier = Gamma(4, 4).updated(9, 6)
    >>> multiplier.mean, [round(bound, 2) for bound in multiplier.interval(0.8)]
    (1.3, [0.86, 1.78])
    """

    shape: float = attrs.field(validator=_positive)
    rate: float = attrs.field(validator=_positive)

    def updated(self, observed: float, expected: float) -> Gamma:
        """After so many more events, where `expected` were to be expected at the rate 1."""
        return Gamma(self.shape + observed, self.rate + expected)

    @property
    def mean(self) -> float:
        """The expected rate."""
        return self.shape / self.rate

    @property
    def variance(self) -> float:
        """The variance of the rate."""
        return self.shape / self.rate**2

    def cdf(self, rate: float) -> float:
        """P(at most `rate`), the regularised incomplete gamma function P(a, x), DLMF 8.7.1 and 8.9.2."""
        return 1 - self.survival(rate)

    def survival(self, rate: float) -> float:
        """P(more than `rate`), exact also far out."""
        return 1.0 if rate <= 0 else _gamma_tails(self.shape, rate * self.rate)[1]

    def quantile(self, q: float) -> float:
        """The rate that lies below with probability `q`.

        Raises:
            OutOfRange: `q` is not between 0 and 1, both outside.
        """
        _open_unit("q", q)
        a = self.shape
        if q <= _gamma_tails(a, a)[0]:
            found = _inverse(lambda x: _gamma_tails(a, x)[0], lambda x: _gamma_density(a, x) / x, q, a)
        else:
            # In y = 1/x the upper tail is a lower one.
            found = 1 / _inverse(
                lambda y: _gamma_tails(a, 1 / y)[1], lambda y: _gamma_density(a, 1 / y) / y, 1 - q, 1 / a
            )
        return found / self.rate

    def interval(self, level: float = 0.9) -> tuple[float, float]:
        """The middle of the distribution: as much probability below as above.

        Raises:
            OutOfRange: `level` is not between 0 and 1, both outside.
        """
        _open_unit("level", level)
        return self.quantile((1 - level) / 2), self.quantile((1 + level) / 2)


def wilson(successes: float, trials: float, level: float = 0.9) -> tuple[float, float]:
    """Wilson's score interval of a share; it stays within 0 and 1 and is not empty at either end.

    Source: Wilson 1927, J. Am. Stat. Assoc. 22, 209–212.

    Raises:
        OutOfRange: no trials, successes that are not between 0 and `trials`, or a level not between 0 and 1.

    >>> [round(bound, 3) for bound in wilson(3, 4, 0.95)]
    [0.301, 0.954]
    """
    if not trials > 0:
        raise OutOfRange("trials", trials, "positive")
    if not 0 <= successes <= trials:
        raise OutOfRange("successes", successes, f"between 0 and {trials}")
    _open_unit("level", level)
    z = NormalDist().inv_cdf((1 + level) / 2)
    share, weight = successes / trials, z * z / trials
    middle = (share + weight / 2) / (1 + weight)
    half = z / (1 + weight) * sqrt(share * (1 - share) / trials + weight / (4 * trials))
    return (0.0 if successes == 0 else middle - half), (1.0 if successes == trials else middle + half)


def _inverse(cdf: Callable[[float], float], density: Callable[[float], float], q: float, high: float) -> float:
    """Where an increasing `cdf` is `q`, between 0 and `high`.

    Newton's steps in the logarithms of both, where the lower tail is nearly a straight line. A step that leaves the
    bracket, or is not half as long as the one before, is replaced by halving the bracket.
    """
    low, x, before = 0.0, high, inf
    while True:  # it ends: the bracket shrinks until there are no more floats between
        found = cdf(x)
        if found > q:
            high = x
        elif found < q:
            low = x
        else:
            return x
        slope = density(x) * x / found if found > 0 else 0.0
        step = log(q / found) / slope if slope > 0 else inf
        new = x * exp(step) if abs(step) < 700 else -1.0
        if not low < new < high or abs(new - x) > before / 2:
            new = (low + high) / 2
        before = abs(new - x)
        if before <= 4 * _PRECISION * x or new in (low, high):
            return new
        x = new


def _stirling(x: float) -> float:
    """The rest ln Γ(x) − ((x − ½) ln x − x + ½ ln 2π) of Stirling's formula (DLMF 5.11.1)."""
    if x < 15:
        return lgamma(x) - ((x - 0.5) * log(x) - x + 0.5 * log(2 * pi))
    y = 1 / (x * x)
    return (1 / 12 - y * (1 / 360 - y * (1 / 1260 - y * (1 / 1680 - y * (1 / 1188 - y * 691 / 360360))))) / x


def _deviance(t: float, ratio: float) -> float:
    """The difference t − ln(ratio), where ratio = 1 + t, without cancellation near 0 and without loss near −1."""
    if abs(t) > 0.1:
        return t - log(ratio)
    total, power = 0.0, -t
    for n in range(2, 40):
        power *= -t
        total += power / n
        if abs(power) < _PRECISION * abs(total):
            break
    return total


def _beta_density(a: float, b: float, x: float, y: float) -> float:
    """x^a y^b / B(a, b) for y = 1 − x: x · y times the density."""
    size = a + b
    far = a * _deviance((b * x - a * y) / a, x / (a / size)) + b * _deviance((a * y - b * x) / b, y / (b / size))
    return sqrt(a * b / (2 * pi * size)) * exp(_stirling(size) - _stirling(a) - _stirling(b) - far)


def _gamma_density(a: float, x: float) -> float:
    """x^a e^(−x) / Γ(a): x times the density."""
    return sqrt(a / (2 * pi)) * exp(-_stirling(a) - a * _deviance((x - a) / a, x / a))


def _lower_beta(a: float, b: float, x: float) -> float:
    y = 1 - x
    front = _beta_density(a, b, x, y)
    return 0.0 if front == 0 else front / a / _fraction(1.0, _beta_terms(a, b, x))


def _beta_terms(a: float, b: float, x: float) -> Iterator[tuple[float, float]]:
    for m in count():  # pragma: no branch - endless
        yield -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)), 1.0
        n = m + 1
        yield n * (b - n) * x / ((a + 2 * n - 1) * (a + 2 * n)), 1.0


def _gamma_tails(a: float, x: float) -> tuple[float, float]:
    """P(a, x) and Q(a, x) = 1 − P(a, x), the smaller one of them exactly."""
    front = _gamma_density(a, x)
    if x < a + 1:
        total = term = 1 / a
        for n in count(1):  # pragma: no branch - endless
            term *= x / (a + n)
            total += term
            if term <= total * _PRECISION:
                break
        lower = min(front * total, 1.0)
        return lower, 1 - lower
    terms = ((n * (a - n), x + 2 * n + 1 - a) for n in count(1))
    upper = 0.0 if front == 0 else front / _fraction(x + 1 - a, terms)
    return 1 - upper, upper


def _fraction(first: float, terms: Iterator[tuple[float, float]]) -> float:
    """The continued fraction first + a₁/(b₁ + a₂/(b₂ + …)) by Lentz's method (modified)."""
    value = first or _TINY
    c, d = value, 0.0
    for over, under in terms:  # pragma: no branch - endless
        d = 1 / (under + over * d or _TINY)
        c = under + over / c or _TINY
        value *= c * d
        if abs(c * d - 1) < 4 * _PRECISION:
            break
    return value
