"""Estimators for times that are not all observed to their end: on integer ages and counts alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import repeat
from math import exp, log, sqrt
from statistics import NormalDist

import attrs

from salesprocess.errors import OutOfRange

CENSORED = -1
"""The cause of an exit that was not observed: the subject was still there when observation ended."""

_ROUNDING = 1e-12
"""A product of fractions that should be one half may come out a little above it."""


@attrs.frozen
class AgeCounts:
    """How many were at risk at each age, and how many left by each cause: all that the estimators need.

    Attributes:
        ages: the distinct ages at which anybody left or was censored, ascending.
        at_risk: Y(u), how many were there at age u, `entry < u <= exit`.
        left: d_j(u) by cause j: how many left for it at that age.
    """

    ages: tuple[int, ...]
    at_risk: tuple[int, ...]
    left: tuple[tuple[int, ...], ...]

    @property
    def events(self) -> tuple[int, ...]:
        """d(u), the exits for any cause."""
        return self.left[0] if len(self.left) == 1 else tuple(map(sum, zip(*self.left, strict=True)))


def age_counts(
    exits: Sequence[int], causes: Sequence[int], entries: Sequence[int] | None = None, *, kinds: int = 1
) -> AgeCounts:
    """Count exits and those at risk by age.

    Args:
        exits: the age at exit or censoring, whole units from 0.
        causes: why each left, `0 .. kinds - 1`, or `CENSORED`. One censored at an age is still at risk at that age.
        entries: the age at which observation of each began; one who enters at age 3 is at risk from age 4 on
            (left truncation). None observes all from the start, so that an exit at age 0 counts.
        kinds: how many causes there are.

    Raises:
        OutOfRange: somebody entered at or after the exit, or a cause is none of `kinds`.

    >>> counts = age_counts([2, 3, 3], [0, 0, CENSORED])
    >>> counts.ages, counts.at_risk, counts.left
    ((2, 3), (3, 2), ((1, 1),))
    """
    if entries is not None:
        for entry, end in zip(entries, exits, strict=True):
            if entry >= end:
                raise OutOfRange("entries", entry, f"before the exit at {end}")
    return counts_by_age(Counter(zip(exits, causes, strict=True)), Counter(entries), kinds=kinds)


def counts_by_age(ended: Mapping[tuple[int, int], int], entries: Mapping[int, int], *, kinds: int = 1) -> AgeCounts:
    """Exits and those at risk by age, from counts alone.

    Args:
        ended: by age and cause, how many left, or were censored, so.
        entries: by age, how many were observed from that age on only; all others from the start.
        kinds: how many causes there are.

    Raises:
        OutOfRange: an age below 0, or a cause that is none of `kinds`.

    >>> counts_by_age({(2, 0): 1, (3, 0): 1, (3, CENSORED): 1}, {2: 1}).at_risk
    (2, 2)
    """
    of_age: dict[int, int] = {}
    of_cause = [dict[int, int]() for _ in range(kinds)]
    for (age, cause), count in ended.items():
        if age < 0:
            raise OutOfRange("exits", age, "0 or more")
        if not CENSORED <= cause < kinds:
            raise OutOfRange("causes", cause, f"from 0 to {kinds - 1}, or {CENSORED} for censored")
        of_age[age] = of_age.get(age, 0) + count
        if cause != CENSORED:
            of_cause[cause][age] = count
    ages, late = sorted(of_age), sorted(entries.items())
    inside, entered = sum(of_age.values()) - sum(entries.values()), 0
    at_risk: list[int] = []
    for age in ages:
        while entered < len(late) and late[entered][0] < age:
            inside += late[entered][1]
            entered += 1
        at_risk.append(inside)
        inside -= of_age[age]
    left = tuple(tuple(map(counts.get, ages, repeat(0))) for counts in of_cause)
    return AgeCounts(tuple(ages), tuple(at_risk), left)


@attrs.frozen
class SurvivalCurve:
    """The estimated share that is still there after each age.

    Attributes:
        ages: ascending; between two of them the curve is flat, before the first it is 1.
        survival: S(u), the share that stays longer than u.
        variance: Greenwood's estimate of its variance.
    """

    ages: tuple[int, ...]
    survival: tuple[float, ...]
    variance: tuple[float, ...]

    def quantile(self, q: float) -> int | None:
        """The first age by which the share `q` has left; None where the curve does not come down so far.

        Raises:
            OutOfRange: `q` is not between 0 and 1, both outside.
        """
        return self._reached(q, self.survival)

    def _reached(self, q: float, stays: Sequence[float]) -> int | None:
        """The first age at which no more than 1 − q are still there."""
        if not 0 < q < 1:
            raise OutOfRange("q", q, "between 0 and 1")
        return next((age for age, stay in zip(self.ages, stays, strict=True) if stay <= 1 - q + _ROUNDING), None)

    def interval(self, q: float, level: float = 0.9) -> tuple[int | None, int | None]:
        """Between which ages the quantile lies; None where the band of the curve does not come down so far.

        The band is that of log(−log S), S^exp(±z·√V / (S·log S)), which stays between 0 and 1. Where nobody is left,
        its upper edge stays where it was.

        Sources: Brookmeyer and Crowley 1982, Biometrics 38, 29–41; Kalbfleisch and Prentice 1980 (the band).

        Raises:
            OutOfRange: `q` or `level` is not between 0 and 1, both outside.

        >>> kaplan_meier(age_counts(range(20), [0] * 20)).interval(0.5)
        (5, 13)
        """
        if not 0 < level < 1:
            raise OutOfRange("level", level, "between 0 and 1, both outside")
        z = NormalDist().inv_cdf((1 + level) / 2)
        lower: list[float] = []
        upper: list[float] = []
        for stay, variance in zip(self.survival, self.variance, strict=True):
            inside = 0 < stay < 1
            width = exp(z * sqrt(variance) / -(stay * log(stay))) if inside else 1.0
            lower.append(stay**width)
            upper.append(stay ** (1 / width) if stay > 0 else upper[-1] if upper else 1.0)
        return self._reached(q, lower), self._reached(q, upper)

    @property
    def horizon(self) -> int | None:
        """The last age that was observed; None without observations."""
        return self.ages[-1] if self.ages else None

    @property
    def restricted_mean(self) -> float | None:
        """The mean of min(T, horizon), the area under the curve up to the horizon; None without observations."""
        if not self.ages:
            return None
        starts, levels = (0, *self.ages[:-1]), (1.0, *self.survival[:-1])
        return sum(level * (end - start) for level, start, end in zip(levels, starts, self.ages, strict=True))


def kaplan_meier(counts: AgeCounts) -> SurvivalCurve:
    """The product-limit estimate S(u) = Π (1 − d/Y), with variance S² · Σ d / (Y(Y − d)) (Greenwood).

    Source: Kaplan and Meier 1958, J. Am. Stat. Assoc. 53, 457–481.

    >>> curve = kaplan_meier(age_counts([1, 2, 3, 4], [0, 0, CENSORED, 0]))
    >>> curve.survival, curve.quantile(0.5), curve.restricted_mean
    ((0.75, 0.5, 0.5, 0.0), 2, 2.75)
    """
    survival: list[float] = []
    variance: list[float] = []
    stay, relative = 1.0, 0.0
    for risk, events in zip(counts.at_risk, counts.events, strict=True):
        stay *= 1 - events / risk
        relative += events / (risk * (risk - events)) if events < risk else 0.0
        survival.append(stay)
        variance.append(stay * stay * relative)
    return SurvivalCurve(counts.ages, tuple(survival), tuple(variance))


@attrs.frozen
class Eventual:
    """The probability of leaving for one cause in the end, as far as the record can tell.

    Attributes:
        probability: what is known to go that way: a lower bound, never scaled up.
        upper: the upper bound, with all that is unresolved going that way too.
        standard_error: of `probability`.
        age: the last age with enough at risk, where the estimate stands.
        n: how many were at risk at the fullest age.
    """

    probability: float
    upper: float
    standard_error: float
    age: int
    n: int

    @property
    def unresolved(self) -> float:
        """The share that was still there at `age`."""
        return self.upper - self.probability

    def __str__(self) -> str:
        low, high = f"{self.probability:.1%}", f"{self.upper:.1%}"
        return f"{low[:-1]} %" if low == high else f"{low[:-1]}–{high[:-1]} %"


@attrs.frozen
class Incidence:
    """The estimated share that has left for each cause by each age, with all causes competing.

    Attributes:
        counts: what it was estimated from.
        survival: S(u), the share still there after age u; with the incidences of all causes it sums to 1.
        incidence: F_j(u) by cause j.
        variance: of F_j(u), by cause.
    """

    counts: AgeCounts
    survival: tuple[float, ...]
    incidence: tuple[tuple[float, ...], ...]
    variance: tuple[tuple[float, ...], ...]

    def eventual(self, cause: int, *, at_least: int = 10) -> Eventual | None:
        """F_j at the last age with `at_least` at risk, and its bound F_j + S; None when no age has so many."""
        at_risk = self.counts.at_risk
        last = next((place for place in reversed(range(len(at_risk))) if at_risk[place] >= at_least), None)
        if last is None:
            return None
        known = self.incidence[cause][last]
        return Eventual(
            known,
            known + self.survival[last],
            self.variance[cause][last] ** 0.5,
            self.counts.ages[last],
            max(at_risk),
        )


def aalen_johansen(counts: AgeCounts) -> Incidence:
    """Cumulative incidence under competing causes: F_j(t) = Σ_{u≤t} S(u−) · d_j(u) / Y(u).

    Its variance by the delta method, in one pass with running sums:
    V_j(t) = Σ_{u≤t} [(F_j(t) − F_j(u))² d/(Y(Y−d)) + S(u−)² d_j(Y−d_j)/Y³ − 2(F_j(t) − F_j(u)) S(u−) d_j/Y²].

    Sources: Aalen and Johansen 1978, Scand. J. Stat. 5, 141–150; Putter, Fiocco and Geskus 2007, Stat. Med. 26,
    2389–2430.

    >>> counts = age_counts([1, 2, 2, 3], [0, 1, 0, CENSORED], kinds=2)
    >>> incidence = aalen_johansen(counts)
    >>> incidence.incidence[0], incidence.survival
    ((0.25, 0.5, 0.5), (0.75, 0.25, 0.25))
    """
    survival = kaplan_meier(counts).survival
    before = (1.0, *survival)
    estimated = [_cause(counts, before, left) for left in counts.left]
    return Incidence(
        counts, survival, tuple(tuple(known) for known, _ in estimated), tuple(tuple(var) for _, var in estimated)
    )


def _cause(counts: AgeCounts, before: Iterable[float], left: Sequence[int]) -> tuple[list[float], list[float]]:
    """F_j and V_j of one cause. Each square in V_j is multiplied out, so that its parts become sums over u alone."""
    known = 0.0
    weight = weight_known = weight_known_2 = own = cross = cross_known = 0.0
    incidence: list[float] = []
    variance: list[float] = []
    for risk, events, exits, stay in zip(counts.at_risk, counts.events, left, before, strict=False):
        known += stay * exits / risk
        # With d = Y nobody is left, F_j stays what it is, and the first and third part are zero for every t.
        if events < risk:
            hazard, share = events / (risk * (risk - events)), stay * exits / risk**2
            weight += hazard
            weight_known += hazard * known
            weight_known_2 += hazard * known * known
            cross += share
            cross_known += share * known
        own += stay * stay * exits * (risk - exits) / risk**3
        spread = known * known * weight - 2 * known * weight_known + weight_known_2
        total = spread + own - 2 * (known * cross - cross_known)
        incidence.append(known)
        variance.append(max(total, 0.0))  # a sum of squares: only rounding can bring it below zero
    return incidence, variance
