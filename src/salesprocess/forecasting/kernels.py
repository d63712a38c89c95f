"""From risk counts to the chance of winning: cumulative incidence in each stage, and the renewal equation over them."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import pairwise
from operator import mul
from typing import TypeAlias

import attrs

from salesprocess.analytics.risk import CENSORED, LOST, WON, RiskCounts

ENOUGH = 10.0
"""Beyond the last age at which so many were at risk, hazards are pooled: what is said there is extrapolated."""

_TENTH = 0.1
_SETTLED = 1e-13
_NOBODY = 1e-9
"""Below such a share, what is left of a stage is rounding."""


@attrs.frozen
class Kernel:
    """How visits of one stage end, by age in whole units.

    Attributes:
        left: by outcome j, Q_j(u), the share of visits that have ended so before the age u, for u = 0, 1, 2, …
        stay: S(u), the share that is still there then.
        tail: by outcome, the hazard per unit beyond the last age.
        firm: the last age that was observed well; beyond it, what is said is extrapolated.
        visits: how many visits stand behind it, by weight.
    """

    left: Mapping[str, Sequence[float]]
    stay: Sequence[float]
    tail: Mapping[str, float]
    firm: int
    visits: float

    def extended(self, units: int) -> Kernel:
        """The kernel up to at least an age, by the hazard of its tail."""
        missing = units + 1 - len(self.stay)
        if missing <= 0:
            return self
        gone = min(1.0, math.fsum(self.tail.values()))
        stay = list(self.stay)
        left = {outcome: list(known) for outcome, known in self.left.items()}
        for _ in range(missing):
            for outcome, hazard in self.tail.items():
                left[outcome].append(left[outcome][-1] + stay[-1] * hazard)
            stay.append(stay[-1] * (1 - gone))
        return Kernel(left, stay, self.tail, self.firm, self.visits)

    def reached(self, outcome: str, age: float) -> float:
        """Q_j at an age, by the hazard of the tail where it lies beyond; 0 for what never happened."""
        last, total = len(self.stay) - 1, math.fsum(self.tail.values())
        if outcome not in self.left:
            return 0.0
        if age < last:
            return _between(self.left[outcome], age)
        if total <= 0:
            return self.left[outcome][-1]
        gone = self.stay[-1] * (1 - math.pow(max(0.0, 1 - total), age - last))
        return self.left[outcome][-1] + gone * self.tail[outcome] / total

    def staying(self, age: float) -> float:
        """S at an age, by the hazard of the tail where it lies beyond."""
        last = len(self.stay) - 1
        if age < last:
            return _between(self.stay, age)
        return self.stay[-1] * math.pow(max(0.0, 1 - math.fsum(self.tail.values())), age - last)

    def beyond(self, age: float, units: float) -> bool:
        """Whether what is said of a visit of some age, so many units ahead, rests on ages that were hardly seen.

        It does when more than a tenth of such visits would still go on where the record of them ends.
        """
        end = self.firm + 1
        return age + units > end and (age > end or self.staying(end) > _TENTH * self.staying(age))

    def under(self, factors: Mapping[str, float]) -> Kernel:
        """The kernel with the hazard of each outcome multiplied, at every age; those of an age never exceed one."""
        stay, left = [1.0], {outcome: [0.0] for outcome in self.left}
        for age in range(len(self.stay) - 1):
            there = self.stay[age]
            hazards = {
                outcome: factors.get(outcome, 1.0) * (known[age + 1] - known[age]) / there if there > 0 else 0.0
                for outcome, known in self.left.items()
            }
            spare = 1 / max(1.0, math.fsum(hazards.values()))
            for outcome, hazard in hazards.items():
                left[outcome].append(left[outcome][-1] + stay[-1] * hazard * spare)
            stay.append(max(0.0, stay[-1] * (1 - math.fsum(hazards.values()) * spare)))
        tail = {outcome: factors.get(outcome, 1.0) * hazard for outcome, hazard in self.tail.items()}
        spare = 1 / max(1.0, math.fsum(tail.values()))
        return Kernel(left, stay, {outcome: hazard * spare for outcome, hazard in tail.items()}, self.firm, self.visits)


def kernels(counts: RiskCounts) -> dict[str, Kernel]:
    """The kernel of each stage, by Aalen and Johansen under censoring and left truncation, with a pooled tail.

    q_j(u) = S(u−) · d_j(u) / Y(u), with Y(u) = the visits that were observed before the age u and had not ended before
    it. Ages are whole units of a time that goes on, so those censored at an age were there for half of the unit, on
    average, and count half in it (as in a life table). Beyond the last age with ten at risk, single exits would rule:
    there the hazard of each outcome is the exits by it over the time at risk, from as far back as gives ten exits.

    Source: Aalen and Johansen 1978, Scand. J. Stat. 5, 141–150.
    """
    return {stage: kernel_of(*each) for (stage, _), each in by_stage(counts.pooled()).items()}


Exits: TypeAlias = Mapping[int, Mapping[str, float]]
"""By age and outcome, how many visits ended so."""


def by_stage(counts: RiskCounts, *, apart: bool = False) -> dict[tuple[str, str], tuple[Exits, Mapping[int, float]]]:
    """The exits and the late entries of each stage, and of each segment when told `apart`."""
    ended: defaultdict[tuple[str, str], defaultdict[int, defaultdict[str, float]]] = defaultdict(
        lambda: defaultdict(lambda: defaultdict(float))
    )
    begun: defaultdict[tuple[str, str], defaultdict[int, float]] = defaultdict(lambda: defaultdict(float))
    for (stage, age, outcome, group), count in counts.exits.items():
        ended[stage, group if apart else ""][age][outcome] += count
    for (stage, age, group), count in counts.entries.items():
        begun[stage, group if apart else ""][age] += count
    return {key: (exits, begun[key]) for key, exits in ended.items()}


def exposure(exits: Exits, late: Mapping[int, float]) -> tuple[list[float], list[dict[str, float]]]:
    """At each age, how many were at risk, and how many ended by each outcome; those censored count half."""
    last = max(exits)
    inside = math.fsum(count for each in exits.values() for count in each.values()) - math.fsum(late.values())
    at_risk: list[float] = []
    gone: list[dict[str, float]] = []
    for age in range(last + 1):
        here = exits.get(age, {})
        at_risk.append(inside - here.get(CENSORED, 0.0) / 2)
        inside += late.get(age, 0.0) - math.fsum(here.values())
        gone.append({outcome: count for outcome, count in here.items() if outcome != CENSORED})
    return at_risk, gone


def flat(counts: RiskCounts) -> dict[str, Kernel]:
    """Kernels that forget how long a visit has lasted: by outcome, the exits over the time at risk."""
    found: dict[str, Kernel] = {}
    for (stage, _), (exits, late) in by_stage(counts.pooled()).items():
        at_risk, gone = exposure(exits, late)
        time = math.fsum(at_risk)
        outcomes = sorted({outcome for each in gone for outcome in each})
        rates = {
            outcome: min(1.0, math.fsum(each.get(outcome, 0.0) for each in gone) / time) if time > 0 else 0.0
            for outcome in outcomes
        }
        total = math.fsum(count for each in exits.values() for count in each.values())
        found[stage] = _memoryless(Kernel({outcome: [0.0] for outcome in outcomes}, [1.0], rates, 0, total), 1)
    return found


def kernel_of(exits: Exits, late: Mapping[int, float]) -> Kernel:
    """The kernel of one stage from its exits, and its late entries by age."""
    at_risk, gone = exposure(exits, late)
    last = len(at_risk) - 1
    outcomes = sorted({outcome for each in gone for outcome in each})
    total = math.fsum(count for each in exits.values() for count in each.values())
    firm = max((age for age, count in enumerate(at_risk) if count >= ENOUGH), default=-1)
    if firm < 0:  # so few visits that there is no tail to tell from the rest
        firm = last
    stay, left = [1.0], {outcome: [0.0] for outcome in outcomes}
    for age in range(firm + 1):
        here, risk = gone[age], at_risk[age]
        for outcome in outcomes:
            share = here.get(outcome, 0.0) / risk if risk > 0 else 0.0
            left[outcome].append(left[outcome][-1] + stay[-1] * share)
        stay.append(max(0.0, 1 - math.fsum(known[-1] for known in left.values())))
    return Kernel(left, stay, pooled_hazards(gone, at_risk, firm, outcomes), firm, total)


def pooled_hazards(
    gone: Sequence[Mapping[str, float]], at_risk: Sequence[float], firm: int, outcomes: Sequence[str]
) -> dict[str, float]:
    """By outcome, the exits over the time at risk after the age `firm`, from as far back as gives enough of them."""
    events, time = 0.0, 0.0
    sums = dict.fromkeys(outcomes, 0.0)
    for age in range(len(at_risk) - 1, -1, -1):
        if age <= firm and events >= ENOUGH:
            break
        time += max(at_risk[age], 0.0)
        for outcome, count in gone[age].items():
            sums[outcome] += count
            events += count
    return {outcome: count / time if time else 0.0 for outcome, count in sums.items()}


@attrs.frozen
class WinTable:
    """The chance of winning within 0, 1, …, `units` units, for a deal that enters each stage now."""

    kernels: Mapping[str, Kernel]
    fresh: Mapping[str, Sequence[float]]
    units: int
    _longer: dict[str, Kernel] = attrs.field(factory=dict[str, Kernel], init=False, eq=False, repr=False)

    def won(self, stage: str, age: float, units: float) -> float:
        """The chance that a deal which has been in `stage` for `age` is won within `units`; both may be fractions.

        P = [Q_won(a+h) − Q_won(a) + Σ_k ∫ dQ_k(u) W_k(a+h−u)] / S(a), where Q and W are taken as straight between two
        ages. `units` is at most that of the table.
        """
        known = self._up_to(stage, math.ceil(age + units) + 1)
        there = _between(known.stay, age)
        if there <= _NOBODY:  # everybody had left by this age: the hazard of the tail is all there is to go by
            known, age, there = _memoryless(known, math.ceil(units) + 2), 0.0, 1.0
        total = 0.0
        for outcome, left in known.left.items():
            if outcome == LOST:
                continue
            if outcome == WON:
                total += _between(left, age + units) - _between(left, age)
            elif outcome in self.fresh:
                total += _later(left, self.fresh[outcome], age, units)
        return min(1.0, max(0.0, total / there))

    def _up_to(self, stage: str, age: int) -> Kernel:
        """The kernel of a stage up to an age; made longer by half as much again, so that it is seldom made anew."""
        known = self._longer.get(stage) or self.kernels[stage]
        if age >= len(known.stay):
            known = self._longer[stage] = known.extended(age + age // 2)
        return known


def _memoryless(known: Kernel, units: int) -> Kernel:
    """A stage that is always left at the hazard of its tail."""
    start: dict[str, Sequence[float]] = {outcome: [0.0] for outcome in known.left}
    return Kernel(start, [1.0], known.tail, 0, known.visits).extended(units)


def _between(values: Sequence[float], place: float) -> float:
    """The value at a place between two ages, on a straight line."""
    below = min(int(place), len(values) - 2)
    part = place - below
    return values[below] + part * (values[below + 1] - values[below])


def _later(left: Sequence[float], won: Sequence[float], age: float, units: float) -> float:
    """∫ dQ(u) W(age + units − u) over u from age to age + units, by the middle of each piece of one unit."""
    total, begin, end = 0.0, age, age + units
    while begin < end - _SETTLED:
        finish = min(math.floor(begin + _SETTLED) + 1.0, end)
        share = _between(left, finish) - _between(left, begin)
        if share:
            total += share * _between(won, end - (begin + finish) / 2)
        begin = finish
    return total


def win_table(found: Mapping[str, Kernel], units: int) -> WinTable:
    """W_s(h) = Q_won(h) + Σ_k Σ_u q_k(u) W_k(h − u), stepped upward in h, over the whole graph of moves.

    A visit that ends during the unit u of its age leaves, on average, in the middle of it: W is taken half-way between
    its values at both ends. Moves within the first unit can lead round in a circle; for those the equation of one step
    is solved by repetition, which converges since not all of the mass comes back.
    """
    long = {stage: kernel.extended(units + 1) for stage, kernel in found.items()}
    onward = {
        stage: {
            outcome: [later - now for now, later in pairwise(left)][:units]
            for outcome, left in kernel.left.items()
            if outcome in found
        }
        for stage, kernel in long.items()
    }
    won = {stage: [0.0] for stage in found}
    middle: dict[str, list[float]] = {stage: [] for stage in found}  # W half-way through each unit, latest last
    for step in range(1, units + 1):
        base: dict[str, float] = {}
        for stage, kernel in long.items():
            direct = kernel.left[WON][step] if WON in kernel.left else 0.0
            ahead = sum(
                sum(map(mul, shares[1:step], reversed(middle[to]))) + shares[0] * won[to][-1] / 2
                for to, shares in onward[stage].items()
            )
            base[stage] = direct + ahead
        now = {stage: won[stage][-1] for stage in found}
        moved = 1.0
        while moved > _SETTLED:  # at least halves each time
            following = {
                stage: base[stage] + math.fsum(shares[0] * now[to] / 2 for to, shares in onward[stage].items())
                for stage in found
            }
            moved = max(abs(following[stage] - now[stage]) for stage in found)
            now = following
        for stage, value in now.items():
            middle[stage].append((won[stage][-1] + value) / 2)
            won[stage].append(min(1.0, value))
    return WinTable(long, won, units)


def ever(found: Mapping[str, Kernel]) -> dict[str, float]:
    """The chance that a deal that enters each stage is won at any time: W_s = Q_won(∞) + Σ_k Q_k(∞) W_k.

    The equations are solved by repetition from nothing, which rises to the least solution: deals that go round for
    ever are never won.
    """
    chances = dict.fromkeys(found, 0.0)
    moved = 1.0
    while moved > _SETTLED:
        following = {stage: won_ever(found, chances, stage, 0.0) for stage in found}
        moved = max(abs(following[stage] - chances[stage]) for stage in found)
        chances = following
    return chances


def won_ever(found: Mapping[str, Kernel], chances: Mapping[str, float], stage: str, age: float) -> float:
    """The same for a deal that has been in a stage for a while, from the chances on entering each stage."""
    kernel = found[stage]
    there = kernel.staying(age)
    if there <= _NOBODY:  # everybody had left by this age: the hazard of the tail is all there is to go by
        kernel, age, there = _memoryless(kernel, 1), 0.0, 1.0
    left = {outcome: kernel.reached(outcome, math.inf) - kernel.reached(outcome, age) for outcome in kernel.left}
    onward = math.fsum(share * chances.get(outcome, float(outcome == WON)) for outcome, share in left.items())
    return min(1.0, max(0.0, onward / there))
