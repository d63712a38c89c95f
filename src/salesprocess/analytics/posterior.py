"""Groups compared with shrinkage: what each one did, drawn to what all did by as much as chance explains.

Two empirical Bayes models, one for shares (of so many deals so many were won) and one for rates (so many events where
so many were expected), each with the test of whether the groups differ at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import exp, fsum, lgamma, log
from statistics import median

import attrs

from salesprocess.analytics.distributions import Beta, Gamma, wilson
from salesprocess.errors import OutOfRange

__all__ = ["Beta", "BetaBinomial", "Gamma", "GammaPoisson", "Heterogeneity", "beta_binomial", "gamma_poisson", "wilson"]

_NODES = 100
_SHRINKAGES = tuple((node + 0.5) / _NODES for node in range(_NODES))


@attrs.frozen
class Heterogeneity:
    """Whether groups differ by more than chance: a small `p_value` speaks for differences.

    Attributes:
        statistic: Pearson's chi-squared of observed against expected.
        groups: how many groups had anything to compare.
        p_value: the probability of so large a statistic when no group differs; 1 with fewer than two groups.
    """

    statistic: float
    groups: int
    p_value: float


@attrs.frozen
class BetaBinomial:
    """Shares of groups under one Beta prior that was estimated from all of them.

    Attributes:
        prior: what is known of the share of a group of which nothing was seen, at the average shrinkage;
            `prior.updated(won, lost)` is that of a new group.
        posteriors: of each group, in the order given.
        shrinkage: by how much the share of a group of median size is drawn to the pooled one: 0 not at all, 1 fully.
        heterogeneity: the test of whether the groups differ.
    """

    prior: Beta
    posteriors: tuple[Beta, ...]
    shrinkage: float
    heterogeneity: Heterogeneity


@attrs.frozen
class GammaPoisson:
    """Rates of groups, as multiples of the expected one, under one gamma prior of mean 1.

    Attributes:
        prior: the same for a group of which nothing was seen, Gamma(m, m) at the average shrinkage;
            `prior.updated(observed, expected)` is that of a new group.
        posteriors: of each group, in the order given.
        shrinkage: by how much the multiplier of a group with the median expectation is drawn to 1.
        heterogeneity: the test of whether the groups differ.
    """

    prior: Gamma
    posteriors: tuple[Gamma, ...]
    shrinkage: float
    heterogeneity: Heterogeneity


def beta_binomial(groups: Iterable[tuple[float, float]]) -> BetaBinomial:
    """Shares of groups: each (successes, trials), shrunk by as much as the groups themselves call for.

    The share of a group is Beta(Mp, M(1 − p)) distributed, so that its posterior mean is (Mp + x) / (M + n): the share
    of the group and the pooled p, mixed by the shrinkage B = M / (M + n). How large B is for a group of median size
    has a uniform prior (so that it is never 0 or 1, however few groups there are); its posterior is computed on a
    grid from the beta-binomial likelihood. p follows for each B by weights n / (1 + (n − 1) / (M + 1)), and its own
    uncertainty counts as well. What comes out is matched by a Beta of the same mean and variance. With fewer than two
    groups nothing can be learnt from the others, and the prior is that of Jeffreys, Beta(½, ½).

    Sources: Morris 1983, J. Am. Stat. Assoc. 78, 47–55 (empirical Bayes with the uncertainty of its own estimate);
    Kleinman 1973, J. Am. Stat. Assoc. 68, 46–54 (weights); Christiansen and Morris 1997, J. Am. Stat. Assoc. 92,
    618–632 (a uniform prior of the shrinkage). Test: Pearson's chi-squared with its exact mean and variance given the
    margins, Haldane 1940, Biometrika 31, 346–355, referred to the gamma distribution of these moments, so that small
    groups do not pretend to differ.

    Args:
        groups: successes and trials; both may be fractional where old deals weigh less. Groups without trials get the
            prior.

    Raises:
        OutOfRange: successes that are not between 0 and the trials.

    >>> found = beta_binomial([(3, 3), (20, 60), (18, 60), (25, 60), (17, 60)])
    >>> [round(each.mean, 2) for each in found.posteriors]
    [0.37, 0.34, 0.33, 0.37, 0.33]
    """
    counted = [(float(successes), float(trials)) for successes, trials in groups]
    for successes, trials in counted:
        if not 0 <= successes <= trials:
            raise OutOfRange("successes", successes, f"between 0 and the trials, {trials}")
    seen = [(successes, trials) for successes, trials in counted if trials > 0]
    test = _homogeneity(seen)
    if len(seen) < 2:
        prior = Beta(0.5, 0.5)
        posteriors = tuple(prior.updated(successes, trials - successes) for successes, trials in counted)
        middle = seen[0][1] if seen else 1.0
        return BetaBinomial(prior, posteriors, 1 / (1 + middle), test)
    middle = median(trials for _, trials in seen)
    pooled = [(size := middle * part / (1 - part), *_pooled_share(seen, size)) for part in _SHRINKAGES]
    weights = _posterior_weights(
        fsum(_log_beta_binomial(won, trials, size * mean, size * (1 - mean)) for won, trials in seen)
        for size, mean, _ in pooled
    )

    def mixed(won: float, trials: float) -> Beta:
        return Beta.of_moments(*_mixture(weights, (_beta_moments(won, trials, *each) for each in pooled)))

    shrinkage = _average(weights, _SHRINKAGES)
    size, share = middle * shrinkage / (1 - shrinkage), _average(weights, (mean for _, mean, _ in pooled))
    prior = Beta(size * share, size * (1 - share))
    return BetaBinomial(prior, tuple(mixed(*each) for each in counted), shrinkage, test)


def _pooled_share(seen: Sequence[tuple[float, float]], size: float) -> tuple[float, float]:
    """The mean of the prior for one size of it, and its variance.

    Half a success and half a failure are added: a book that was never won does not say that winning is impossible.
    """
    weights = [trials / (1 + (trials - 1) / (size + 1)) for _, trials in seen]
    whole = fsum(weights)
    mean = (fsum(weight * won / n for weight, (won, n) in zip(weights, seen, strict=True)) + 0.5) / (whole + 1)
    return mean, mean * (1 - mean) / (whole + 2)


def _beta_moments(won: float, trials: float, size: float, mean: float, variance: float) -> tuple[float, float]:
    """Mean and variance of a share under one size of the prior, the mean of the prior being uncertain as well."""
    drawn = size / (size + trials)
    share = (size * mean + won) / (size + trials)
    return share, share * (1 - share) / (size + trials + 1) + drawn * drawn * variance


def _log_beta_binomial(won: float, trials: float, a: float, b: float) -> float:
    """The log of the beta-binomial probability but for what does not depend on a and b."""
    lost = trials - won
    return (
        lgamma(a + won) - lgamma(a) + lgamma(b + lost) - lgamma(b) - lgamma(a + b + trials) + lgamma(a + b)
    )  # fmt: skip


def _homogeneity(seen: Sequence[tuple[float, float]]) -> Heterogeneity:
    """Pearson's test of equal shares, by moments that hold for small groups."""
    k, total = len(seen), fsum(trials for _, trials in seen)
    won = fsum(successes for successes, _ in seen)
    lost = total - won
    if k < 2 or total <= 3 or won <= 0 or lost <= 0:
        return Heterogeneity(0.0, k, 1.0)
    share = won / total
    statistic = fsum((x - n * share) ** 2 / n for x, n in seen) / (share * (1 - share))
    mean = (k - 1) * total / (total - 1)
    rows = (k - 1) * (total - k) / (total - 1)
    columns = (total - 2) / (total - 1)
    uneven_rows = (fsum(total / n for _, n in seen) - k * k) / (total - 2)
    uneven_columns = (total / won + total / lost - 4) / (total - 2)
    variance = (
        2 * total / (total - 3) * (rows - uneven_rows) * (columns - uneven_columns)
        + total * total / (total - 1) * uneven_rows * uneven_columns
    )
    return Heterogeneity(statistic, k, _tail(statistic, mean, variance))


def gamma_poisson(groups: Iterable[tuple[float, float]]) -> GammaPoisson:
    """Rates of groups: each (observed, expected), as shrunk multiples θ = (m + observed) / (m + expected) of 1.

    The multiplier of a group is Gamma(m, m) distributed around 1, its events Poisson around θ times the expected
    ones. As in `beta_binomial`, the shrinkage B = m / (m + expected) of a group with the median expectation has a
    uniform prior, and its posterior is computed on a grid, from the negative binomial likelihood. With fewer than two
    groups m is 1. Use it for hazards: the expected events are those of the pooled curve at the same ages, the observed
    ones those of the group, and observation may end while a deal is still there.

    Sources: Christiansen and Morris 1997, J. Am. Stat. Assoc. 92, 618–632. Test: chi-squared of observed against
    expected, given their total, with its exact mean and variance (Haldane 1937, Biometrika 29, 133–143), referred to
    the gamma distribution of these moments.

    Args:
        groups: observed and expected events, not negative. Groups without expectation get the prior.

    Raises:
        OutOfRange: a negative number.

    >>> found = gamma_poisson([(3, 1), (60, 61), (41, 40), (49, 51)])
    >>> [round(each.mean, 2) for each in found.posteriors]
    [1.03, 0.99, 1.01, 0.99]
    """
    counted = [(float(observed), float(expected)) for observed, expected in groups]
    for observed, expected in counted:
        if observed < 0 or expected < 0:
            raise OutOfRange("groups", (observed, expected), "observed and expected events, none negative")
    seen = [(observed, expected) for observed, expected in counted if expected > 0]
    test = _equal_rates(seen)
    if len(seen) < 2:
        middle = seen[0][1] if seen else 1.0
        posteriors = tuple(Gamma(1, 1).updated(*each) for each in counted)
        return GammaPoisson(Gamma(1, 1), posteriors, 1 / (1 + middle), test)
    middle = median(expected for _, expected in seen)
    sizes = [middle * shrinkage / (1 - shrinkage) for shrinkage in _SHRINKAGES]
    weights = _posterior_weights(
        fsum(_log_negative_binomial(observed, expected, size) for observed, expected in seen) for size in sizes
    )

    def mixed(observed: float, expected: float) -> Gamma:
        each = ((Gamma(size + observed, size + expected)) for size in sizes)
        mean, variance = _mixture(weights, ((gamma.mean, gamma.variance) for gamma in each))
        return Gamma(mean * mean / variance, mean / variance)

    shrinkage = _average(weights, _SHRINKAGES)
    size = middle * shrinkage / (1 - shrinkage)
    return GammaPoisson(Gamma(size, size), tuple(mixed(*each) for each in counted), shrinkage, test)


def _log_negative_binomial(observed: float, expected: float, size: float) -> float:
    """The log of the negative binomial probability but for what does not depend on `size`."""
    return (
        lgamma(size + observed) - lgamma(size) + size * log(size) - (size + observed) * log(size + expected)
    )  # fmt: skip


def _equal_rates(seen: Sequence[tuple[float, float]]) -> Heterogeneity:
    """The test of equal multipliers, given how many events there were in all."""
    k, events, whole = len(seen), fsum(observed for observed, _ in seen), fsum(expected for _, expected in seen)
    if k < 2 or events < 2:
        return Heterogeneity(0.0, k, 1.0)
    parts = [(observed, expected / whole) for observed, expected in seen]
    statistic = fsum((observed - events * part) ** 2 / (events * part) for observed, part in parts)
    uneven = fsum(1 / part for _, part in parts) - k * k
    variance = 2 * (k - 1) * (events - 1) / events + uneven / events
    return Heterogeneity(statistic, k, _tail(statistic, k - 1, variance))


def _tail(statistic: float, mean: float, variance: float) -> float:
    """P(a gamma variable of this mean and variance is larger)."""
    if variance <= 1e-9 * mean * mean:  # but for rounding, the margins leave one table only
        return 1.0
    return Gamma(mean * mean / variance, mean / variance).survival(statistic)


def _posterior_weights(logarithms: Iterable[float]) -> list[float]:
    values = list(logarithms)
    top = max(values)
    likelihoods = [exp(value - top) for value in values]
    whole = fsum(likelihoods)
    return [each / whole for each in likelihoods]


def _average(weights: Sequence[float], values: Iterable[float]) -> float:
    return fsum(weight * value for weight, value in zip(weights, values, strict=True))


def _mixture(weights: Sequence[float], moments: Iterable[tuple[float, float]]) -> tuple[float, float]:
    """Mean and variance of a mixture of distributions with these means and variances."""
    parts = list(moments)
    mean = _average(weights, (each for each, _ in parts))
    return mean, _average(weights, (variance + (each - mean) ** 2 for each, variance in parts))
