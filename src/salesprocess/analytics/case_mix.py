"""Groups compared as if all had the same cases: what each one reached against what its own cases let expect."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from math import exp, log

import attrs

from salesprocess.analytics.posterior import BetaBinomial, beta_binomial

_LENT = 5.0
"""A kind of case of which little was seen borrows from all cases, as if these had been so many of it."""


@attrs.frozen
class Case:
    """One attempt that is decided.

    Attributes:
        group: whose it was.
        kind: what made it easy or hard before anybody touched it.
        success: how it went.
    """

    group: str
    kind: Hashable
    success: bool


@attrs.frozen
class Adjusted:
    """The share of one group, freed of its case mix.

    Attributes:
        n: how many cases.
        successes: how many of them went well.
        expected: how many would have, had everybody's share in each kind of case applied.
        share: the share it would have over everybody's cases: the pooled odds times its own odds ratio.
        weight: how many cases of average difficulty tell as much; cases whose end is certain tell nothing.
    """

    n: int
    successes: int
    expected: float
    share: float
    weight: float


@attrs.frozen
class Comparison:
    """All groups: adjusted, and shrunk to the pooled share.

    Attributes:
        pooled: the share over all cases.
        groups: by name.
        posteriors: the fit to the adjusted shares, in the order of `groups`.
    """

    pooled: float
    groups: Mapping[str, Adjusted]
    posteriors: BetaBinomial


def compare(cases: Iterable[Case]) -> Comparison:
    """Observed against expected, as a share, with shrinkage.

    The chance e of a kind of case is its share over all groups (a rare kind borrows from the pooled share). A group
    whose odds are r times everybody's would reach Σ r·e / (1 − e + r·e); r is what makes that its own successes, and
    the adjusted share has r times the pooled odds. This is indirect standardisation on the odds, so that a share stays
    within 0 and 1.

    >>> def of(name: str, kind: str, won: int) -> list[Case]:
    ...     return [Case(name, kind, number < won) for number in range(100)]
    >>> found = compare(
    ...     [*of("kari", "easy", 90), *of("ola", "hard", 30), *of("per", "easy", 90), *of("per", "hard", 30)]
    ... )
    >>> {name: round(group.share, 2) for name, group in found.groups.items()}
    {'kari': 0.62, 'ola': 0.59, 'per': 0.6}
    """
    known = list(cases)
    seen, went_well = Counter(case.kind for case in known), Counter(case.kind for case in known if case.success)
    pooled = sum(went_well.values()) / len(known) if known else 0.0
    chances = {kind: (went_well[kind] + _LENT * pooled) / (count + _LENT) for kind, count in seen.items()}
    kinds: defaultdict[str, Counter[Hashable]] = defaultdict(Counter)
    successes = Counter[str]()
    for case in known:
        kinds[case.group][case.kind] += 1
        successes[case.group] += case.success
    groups = {
        name: _adjusted([(chances[kind], count) for kind, count in of.items()], successes[name], pooled)
        for name, of in kinds.items()
    }
    fitted = beta_binomial((group.share * group.weight, group.weight) for group in groups.values())
    return Comparison(pooled, groups, fitted)


def _adjusted(cases: Sequence[tuple[float, int]], successes: int, pooled: float) -> Adjusted:
    n = sum(count for _, count in cases)
    expected = sum(chance * count for chance, count in cases)
    spread = sum(chance * (1 - chance) * count for chance, count in cases)
    if successes in (0, n) or not 0 < pooled < 1:
        share = successes / n
    else:
        share = _times(pooled, _odds_ratio(cases, successes))
    weight = min(float(n), spread / (pooled * (1 - pooled))) if 0 < pooled < 1 else float(n)
    return Adjusted(n, successes, expected, share, weight)


def _times(chance: float, ratio: float) -> float:
    return ratio * chance / (1 - chance + ratio * chance)


def _odds_ratio(cases: Sequence[tuple[float, int]], successes: int) -> float:
    """By how much the odds of every case must be multiplied for the expected successes to be the observed ones."""
    low, high = -log(1e12), log(1e12)
    for _ in range(60):
        middle = (low + high) / 2
        reached = sum(count * _times(chance, exp(middle)) for chance, count in cases)
        low, high = (middle, high) if reached < successes else (low, middle)
    return exp((low + high) / 2)


def bands(values: Iterable[float], count: int) -> list[float]:
    """The bounds that cut the values into bands of about equal size; equal bounds are one.

    >>> bands([1, 2, 3, 4, 5, 6], 3)
    [3, 5]
    """
    ordered = sorted(values)
    cuts = (ordered[len(ordered) * part // count] for part in range(1, count)) if ordered else ()
    return sorted(set(cuts))
