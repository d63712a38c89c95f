"""Laws of sums of independent bets, on the integers: exact for few bets, on a grid that keeps the mean for many.

Nothing here knows money: amounts are whole numbers of the finest unit that occurs; `revenue` puts the currency back.
"""

from __future__ import annotations

import math
import struct
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import accumulate, groupby
from operator import mul
from typing import TypeAlias

import attrs

Bet: TypeAlias = tuple[tuple[int, float], ...]
"""What one deal may bring: amounts above zero, each with its chance; with the rest of the chance it brings nothing."""

Grid: TypeAlias = tuple[int, list[float]]
"""The number of the first point of a grid that has mass, and the mass of each point from there on."""

STEPS_PER_SD = 100
_EXACT_STEPS = 1 << 15
"""Every possible sum is followed exactly for so many steps: any 14 deals, or some 250 of equal amount."""
_FEW_BETS = 14
_TRIMMED = 1e-12
"""Mass cut from each end of a law at every step; it is moved to the outermost point kept, never lost."""
_RARE_ABOVE = 1024
"""An amount of more steps than this is so unlikely, p(1 − p) < 1 %, that it is put on a grid of its own."""
_RARE_SPAN, _RARE_STEPS = 64, 1024
"""Amounts on one such grid differ by no more than this factor; the largest has so many steps."""
_DENSE = 1 << 14
"""Points within so many steps of the first are kept on one grid."""
_LEAST = 2
_FINEST_CLASS = 10
"""Amounts below so many steps are first summed on a grid finer by a power of two, at most this one."""
_CERTAIN = 1e-14
"""The chances of the outcomes of one bet sum to one but for this: it comes for sure."""
_DIRECT = 24
"""Below so many points, convolution by definition costs less than packing the laws into numbers; measured."""
_FIXED = 62
"""Bits behind the point of a mass that is packed: products are exact to 2⁻⁶⁰."""


@attrs.frozen
class Law:
    """Masses on ascending points, in units; they sum to one. `step` is the distance of the grid, None when exact."""

    points: Sequence[int]
    masses: Sequence[float]
    step: int | None

    @property
    def mean(self) -> float:
        """Σ point × mass."""
        return math.fsum(map(mul, self.points, self.masses))

    @property
    def sd(self) -> float:
        """The standard deviation of the law itself."""
        mean = self.mean
        return math.sqrt(math.fsum((x - mean) ** 2 * mass for x, mass in zip(self.points, self.masses, strict=True)))


def moments(bets: Iterable[Bet]) -> tuple[float, float]:
    """Mean and variance of the sum, from the bets themselves.

    >>> moments([((100, 0.5),), ((10, 0.25), (20, 0.25))])
    (57.5, 2568.75)
    """
    means: list[float] = []
    variances: list[float] = []
    for bet in bets:
        if len(bet) == 1:
            ((amount, p),) = bet
            means.append(amount * p)
            variances.append(p * (1 - p) * amount * amount)
            continue
        mean = math.fsum(amount * p for amount, p in bet)
        means.append(mean)
        nothing = max(0.0, 1 - math.fsum(p for _, p in bet))
        variances.append(math.fsum((amount - mean) ** 2 * p for amount, p in bet) + mean * mean * nothing)
    return math.fsum(means), math.fsum(variances)


def law_of_sum(bets: Iterable[Bet], step: int | None = None) -> Law:
    """The law of the sum of independent bets.

    Without a step it is exact while the possible sums are few; else the step is a hundredth of the standard deviation,
    or the greatest common divisor of the amounts where that is coarser and nothing has to be rounded.

    >>> law = law_of_sum([((100, 0.5),), ((300, 0.5),)])
    >>> law.points, law.masses
    ((0, 100, 300, 400), (0.25, 0.25, 0.25, 0.25))
    """
    sure, uncertain = _settled(bets)
    law = exact_law(uncertain) if step is None else None
    if law is None:
        usual, rare = _apart(uncertain, step or 1)
        certain, usual = _settled(usual)
        sure += certain
        if step is None:
            divisor = math.gcd(*(amount for bet in usual for amount, _ in bet))
            step = max(divisor, step_for(math.sqrt(moments(usual)[1])))
        law = on_points(_on_grid(usual, step), step)
        for group in rare:
            law = _with_rare(law, group)
    return shifted(law, sure) if sure else law


def _settled(bets: Iterable[Bet]) -> tuple[int, list[Bet]]:
    """What comes for sure, and what is uncertain beyond that, the smallest first."""
    sure = 0
    uncertain: list[Bet] = []
    for bet in bets:
        if math.fsum(p for _, p in bet) >= 1 - _CERTAIN:
            least = bet[0][0]
            sure += least
            beyond = tuple((amount - least, p) for amount, p in bet[1:])
        else:
            beyond = bet
        if beyond:
            uncertain.append(beyond)
    return sure, sorted(uncertain)


def shifted(law: Law, by: int) -> Law:
    """The law of the sum and an amount that is certain."""
    points = law.points
    moved = (
        range(points.start + by, points.stop + by, points.step)
        if isinstance(points, range)
        else tuple(point + by for point in points)
    )
    return Law(moved, law.masses, law.step)


def step_for(sd: float) -> int:
    """The step of a grid for a law of this standard deviation."""
    return max(1, round(sd / STEPS_PER_SD))


def on_points(grid: Grid, step: int) -> Law:
    """The points of a grid in units."""
    first, masses = grid
    return Law(range(first * step, (first + len(masses)) * step, step), tuple(masses), step)


def exact_law(bets: Sequence[Bet]) -> Law | None:
    """The probability of every possible sum; None when there are too many."""
    law = {0: 1.0}
    steps = 0
    for bet in bets:
        steps += len(law) * len(bet)
        if steps > _EXACT_STEPS:
            return None
        nothing = max(0.0, 1 - math.fsum(p for _, p in bet))
        following = {total: nothing * chance for total, chance in law.items()}
        for amount, p in bet:
            for total, chance in law.items():
                following[total + amount] = following.get(total + amount, 0.0) + p * chance
        law = following
    points = sorted(law)
    return Law(tuple(points), tuple(law[point] for point in points), None)


def _apart(bets: list[Bet], step: int) -> tuple[list[Bet], list[list[Bet]]]:
    """The bets without the outcomes that are too far out for the grid, and those, as bets of their own, by size.

    An outcome of many times the spread of all else has a small chance, and would need steps without bound. It is taken
    as a surprise on top of what its bet brings otherwise, so that the mean stays what it is.
    """
    outcomes: list[tuple[int, float, int]] = []
    for number, bet in enumerate(bets):
        nothing = 1 - math.fsum(p for _, p in bet)
        centre = max(((0, nothing), *bet), key=lambda point: point[1])[0]
        outcomes += [(abs(amount - centre), p, number) for amount, p in ((0, nothing), *bet) if amount != centre]
    outcomes.sort()
    spreads = list(accumulate(p * far * far for far, p, _ in outcomes))
    usual = len(outcomes)
    while usual and outcomes[usual - 1][0] > _RARE_ABOVE * max(step, step_for(math.sqrt(spreads[usual - 1]))):
        usual -= 1
    if usual == len(outcomes):
        return bets, []
    limit = outcomes[usual][0]
    surprises: list[Bet] = []
    kept: list[Bet] = []
    touched = {number for _, _, number in outcomes[usual:]}
    for number, bet in enumerate(bets):
        if number not in touched:
            kept.append(bet)
            continue
        nothing = 1 - math.fsum(p for _, p in bet)
        points = ((0, nothing), *bet)
        centre = max(points, key=lambda point: point[1])[0]
        near = [(amount, p) for amount, p in points if abs(amount - centre) < limit]
        weight = math.fsum(p for _, p in near)
        mean = math.fsum(amount * p for amount, p in near) / weight
        surprises += [_between(amount - mean, p) for amount, p in points if abs(amount - centre) >= limit]
        kept.append(tuple((amount, p / weight) for amount, p in near if amount))
    surprises.sort(key=lambda surprise: abs(surprise[0][0]))
    groups = groupby(surprises, key=lambda surprise: int(math.log(abs(surprise[0][0]), _RARE_SPAN)))
    return [bet for bet in kept if bet], [list(group) for _, group in groups]


def _between(amount: float, p: float) -> Bet:
    """The amount as the two whole numbers around it, with its mean."""
    below = math.floor(amount)
    rest = amount - below
    return ((below, p * (1 - rest)), (below + 1, p * rest))


def _with_rare(law: Law, rare: Sequence[Bet]) -> Law:
    """The law with surprises added: where the likely happens it stays as fine as it is, elsewhere it is coarse."""
    step = max(abs(bet[0][0]) for bet in rare) // _RARE_STEPS + 1
    chances = [math.fsum(p for _, p in bet) for bet in rare]
    first, masses = _product([_placed(bet, step, 0, spread=False) for bet in rare], _TRIMMED * math.fsum(chances))
    nothing = math.prod(1 - p for p in chances)
    masses[-first] = max(0.0, masses[-first] - nothing)
    some = math.fsum(masses)
    start, together = convolved((first, [mass / some for mass in masses]), regrid(law, step))
    mixed: defaultdict[int, float] = defaultdict(float)
    for point, mass in zip(law.points, law.masses, strict=True):
        mixed[point] = nothing * mass
    for place, mass in enumerate(together):
        if mass:
            mixed[(start + place) * step] += some * mass
    points = sorted(mixed)
    return Law(tuple(points), tuple(mixed[point] for point in points), law.step or step)


def without_each(bets: Sequence[Bet], chosen: int, step: int | None = None) -> list[tuple[Law, Law]] | None:
    """For each of the first `chosen` bets, the law of the sum of all others, and the law of what it brings itself.

    All on one grid. None where the bets are so few that each law is better worked out exactly, or where an outcome lies
    so far out that a grid of its own would be needed.
    """
    _, uncertain = _settled(bets)
    usual, rare = _apart(uncertain, 1)
    if rare or len(uncertain) <= _FEW_BETS:
        return None
    if step is None:
        step = max(math.gcd(*(amount for bet in bets for amount, _ in bet)), step_for(math.sqrt(moments(usual)[1])))
    own = [_placed(bet, step, 0) for bet in bets[:chosen]]
    others = _others(own, _on_grid(bets[chosen:], step))
    return [(on_points(rest, step), on_points(grid, step)) for rest, grid in zip(others, own, strict=True)]


def _others(laws: list[Grid], outside: Grid) -> list[Grid]:
    """The law of the sum of `outside` and all laws but one, for each of them: half of them at a time."""
    if len(laws) == 1:
        return [outside]
    half = len(laws) // 2
    left, right = laws[:half], laws[half:]
    return [
        *_others(left, convolved(outside, _product(list(right)))),
        *_others(right, convolved(outside, _product(list(left)))),
    ]


def regrid(law: Law, step: int) -> Grid:
    """The law on another grid, each mass split between the two points around it, so that the mean stays."""
    if law.step == step and isinstance(law.points, range):
        return law.points[0] // step, list(law.masses)
    first = law.points[0] // step
    masses = [0.0] * (law.points[-1] // step - first + 2)
    for point, mass in zip(law.points, law.masses, strict=True):
        below, rest = divmod(point, step)
        share = mass * rest / step
        masses[below - first] += mass - share
        masses[below - first + 1] += share
    return first, masses if masses[-1] else masses[:-1]


def law_of_both(one: Law, other: Law, step: int) -> Law:
    """The law of the sum of two independent ones, on a grid of `step` that keeps the mean.

    What lies far out in `one`, the surprises, meets the mean of `other` alone: its own grid is coarser than that.
    """
    cut = bisect_right(one.points, one.points[0] + _DENSE * step)
    near = Law(one.points[:cut], one.masses[:cut], one.step)
    if cut == len(one.points):
        return on_points(convolved(regrid(near, step), regrid(other, step)), step)
    first, masses = regrid(near, step)
    weight = math.fsum(masses)
    start, together = convolved((first, [mass / weight for mass in masses]), regrid(other, step))
    mixed = {(start + place) * step: weight * mass for place, mass in enumerate(together)}
    centre = round(other.mean)
    for point, mass in zip(one.points[cut:], one.masses[cut:], strict=True):
        mixed[point + centre] = mixed.get(point + centre, 0.0) + mass
    points = sorted(mixed)
    return Law(tuple(points), tuple(mixed[point] for point in points), step)


def _on_grid(bets: Sequence[Bet], step: int) -> Grid:
    """The sum of bets on a grid of `step`.

    An amount of hardly a step would come out too wide, since only the mean survives its split. So such amounts are
    summed on a grid finer by a power of two first, and the sum is made coarser once.
    """
    exact = all(amount % step == 0 for bet in bets for amount, _ in bet)

    def fineness(bet: Bet) -> int:
        room = bet[0][0] / (_LEAST * step)
        return 0 if room >= 1 or exact else min(_FINEST_CLASS, math.ceil(-math.log2(room)))

    law: Grid = (0, [1.0])
    finer = 0
    for level, group in groupby(sorted(bets, key=fineness, reverse=True), key=fineness):
        for _ in range(finer - level):
            law = halved(law)
        law, finer = _product([law, *(_placed(bet, step, level) for bet in group)]), level
    for _ in range(finer):
        law = halved(law)
    return law


def halved(law: Grid) -> Grid:
    """The law on a grid twice as coarse: the mass of every odd point goes half down, half up."""
    first, masses = law
    if first % 2:
        first, masses = first - 1, [0.0, *masses]
    even, odd = masses[::2], [half / 2 for half in masses[1::2]]
    above, below = [0.0, *odd], [*odd, 0.0]
    even += [0.0] * (len(above) - len(even))
    return first // 2, [stay + up + down for stay, up, down in zip(even, above, below, strict=False)]


def _placed(bet: Bet, step: int, finer: int, *, spread: bool = True) -> Grid:
    """One bet on a grid of step / 2^finer: the mean stays, and the variance where that is wanted and possible."""
    places = [(divmod(amount << finer, step), p) for amount, p in bet]
    pieces = [(below, *_split(p, below, rest / step)) for (below, rest), p in places]
    if not spread or math.fsum(low + high for _, low, high in pieces) > 1:
        pieces = [(below, *_plain_split(p, below, rest / step)) for (below, rest), p in places]
    first, last = min(0, pieces[0][0]), max(0, pieces[-1][0] + 1)
    masses = [0.0] * (last - first + 1)
    masses[-first] = max(0.0, 1 - math.fsum(low + high for _, low, high in pieces))
    for below, low, high in pieces:
        masses[below - first] += low
        masses[below - first + 1] += high
    return first, masses if masses[-1] else masses[:-1]


def _plain_split(p: float, below: int, rest: float) -> tuple[float, float]:
    """The masses on the points `below` and `below + 1` that keep the mean."""
    del below
    return p * (1 - rest), p * rest


def _split(p: float, below: int, rest: float) -> tuple[float, float]:
    """The mass that an amount of `below + rest` steps puts on the points `below` and `below + 1`; the others stay at 0.

    With m = p·(below + rest) and s = p·(below + rest)² these two masses keep mean and variance. Where that would need
    more than all the mass, or `below` is 0, the plain split keeps the mean alone.
    """
    if rest and below > 0:
        reach = p * (below + rest)
        low, high = reach * (1 - rest) / below, reach * rest / (below + 1)
        if low + high <= 1:
            return low, high
    return _plain_split(p, below, rest)


def _product(laws: list[Grid], trim: float = _TRIMMED) -> Grid:
    """The law of the sum, put together in pairs, so that narrow laws meet narrow ones."""
    while len(laws) > 1:
        pairs = [convolved(one, other, trim) for one, other in zip(laws[::2], laws[1::2], strict=False)]
        laws = [*pairs, *laws[len(pairs) * 2 :]]
    return laws[0]


def convolved(one: Grid, other: Grid, trim: float = _TRIMMED) -> Grid:
    """The law of the sum of two independent ones on the same grid, without `trim` of mass at each end."""
    (first, law), (other_first, masses) = one, other
    short, long = sorted((law, masses), key=len)
    packed = len(short) >= _DIRECT and trim == _TRIMMED
    cut, product = _trimmed(_packed(short, long) if packed else _by_definition(short, long), trim)
    return first + other_first + cut, product


def _by_definition(short: Sequence[float], long: Sequence[float]) -> list[float]:
    product = [0.0] * (len(short) + len(long) - 1)
    width = len(long)
    for place, mass in enumerate(short):
        if mass:
            product[place : place + width] = [
                before + mass * each for before, each in zip(product[place : place + width], long, strict=True)
            ]
    return product


def _packed(one: Sequence[float], other: Sequence[float]) -> list[float]:
    """By one multiplication of two large integers, whose digits of 128 bits are the masses (Kronecker substitution).

    A digit of the product is at most the square of the fixed point, since masses sum to one, so none carries over.
    """
    size = len(one) + len(other) - 1
    digits = (_number(one) * _number(other)).to_bytes(16 * (size + 1), "little")
    scale = 2.0 ** (64 - 2 * _FIXED)
    return [high * scale for high in struct.unpack_from(f"<{2 * size}Q", digits)[1::2]]


def _number(masses: Sequence[float]) -> int:
    scale = float(1 << _FIXED)
    words = [0] * (2 * len(masses))
    words[::2] = [int(mass * scale) for mass in masses]
    return int.from_bytes(struct.pack(f"<{len(words)}Q", *words), "little")


def _trimmed(law: list[float], trim: float) -> tuple[int, list[float]]:
    """How many points were cut in front, and the law without the points at both ends that weigh next to nothing."""
    front, back = _light(law, trim), _light(reversed(law), trim)
    if front:
        law = [math.fsum(law[: front + 1]), *law[front + 1 :]]
    if back:
        law = [*law[: -back - 1], math.fsum(law[-back - 1 :])]
    return front, law


def _light(law: Iterable[float], trim: float) -> int:
    """How many points at the front weigh next to nothing together."""
    return next(place for place, mass in enumerate(accumulate(law)) if mass >= trim)
