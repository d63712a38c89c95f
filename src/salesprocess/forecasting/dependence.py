"""Deals are not independent: a common shock, or a calibrated spread, widens the law of their sum, not its mean."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from functools import cache, lru_cache
from itertools import accumulate, pairwise
from typing import TypeAlias

import attrs

from salesprocess.errors import OutOfRange
from salesprocess.forecasting.laws import Bet, Law, exact_law, law_of_sum, moments, step_for, without_each
from salesprocess.forecasting.spread import Spread

INDEPENDENT = "deals taken as independent of one another, which they are not: intervals are too narrow"

_FEW, _MANY = 15, 61
_SHAPES, _FEW_SHAPES = (-4.5, -3.0, -1.5, 0.0, 1.5, 3.0, 4.5), (-3.0, 0.0, 3.0)
"""The shocks at which the law of a large book is worked out. The narrower it is, the less its shape matters."""
_FARTHEST = 6.0
_CLOSE = 1e-12
"""How near to its probability the anchor of a deal is brought, in log-odds."""
_HARDLY = 1e-6
"""Shocks of less weight than this move no quantile that anybody asks for."""
_FACTORS = 80
"""So many common factors stand on each side of 1."""
_KNOTS = 0.5
"""The distance of the shocks at which mean and variance of a large book are worked out; between them, by cubics."""


@attrs.frozen
class Shock:
    """One shock z, standard normal, moves the odds of all deals together: logit p becomes b + σ·z.

    The constant b of each deal is chosen so that its probability, averaged over z, stays what it is: a good quarter
    and a bad one widen the sum and leave its mean alone.

    Args:
        sigma: σ, the standard deviation of the shock in log-odds; 0 makes deals independent. 0.3 is a mild shock.

    Raises:
        OutOfRange: `sigma` is negative or not finite.

    >>> str(Shock(0.3))
    'one common shock of 0.3 in log-odds moves all deals together'
    """

    sigma: float

    def __attrs_post_init__(self) -> None:
        value = self.sigma
        if isinstance(value, bool) or not (isinstance(value, int | float) and math.isfinite(value) and value >= 0):
            raise OutOfRange("sigma", value, "zero or more")

    def __str__(self) -> str:
        return f"one common shock of {self.sigma:g} in log-odds moves all deals together"


Dependence: TypeAlias = Shock | Spread | None
"""How deals hang together: an assumed shock, a spread that a backtest has learnt, or None: they are independent."""


def in_words(dependence: Dependence) -> str:
    """What is assumed.

    >>> in_words(Spread(0.2, 5.0))
    'one common factor with a standard deviation of 20.0 % widens the sum, learnt from 5 earlier forecasts'
    """
    if dependence is None:
        return INDEPENDENT
    if isinstance(dependence, Shock):
        return str(dependence)
    share = f"{dependence.share:.1%}".replace("%", " %")
    return (
        f"one common factor with a standard deviation of {share} widens the sum, learnt from "
        f"{round(dependence.forecasts, 1):g} earlier forecasts"
    )


def in_short(dependence: Dependence) -> str:
    """The same in a few words."""
    if dependence is None:
        return "deals taken as independent"
    if isinstance(dependence, Shock):
        return f"one common shock of {dependence.sigma:g}"
    return f"one common factor of ±{dependence.share:.1%}".replace("%", " %")


@cache
def normal_nodes(count: int) -> tuple[tuple[float, float], ...]:
    """Nodes z and weights w with Σ w·f(z) = E f(Z) of a standard normal Z, exact for polynomials below degree 2·count.

    Gauss-Hermite quadrature (Golub and Welsch 1969, Math. Comput. 23, 221–230, for the theory): the nodes are the roots
    of the Hermite polynomial, found by bisection between those of the one before.

    >>> [(round(z, 4), round(w, 4)) for z, w in normal_nodes(2)]
    [(-1.0, 0.5), (1.0, 0.5)]
    """
    roots: list[float] = []
    for degree in range(1, count + 1):
        far = 2 * math.sqrt(degree) + 1
        bounds = [-far, *roots, far]
        roots = [_root(degree, low, high) for low, high in pairwise(bounds)]
    weights = [1 / (count * _hermite(count - 1, z) ** 2) for z in roots]
    return tuple(zip(roots, weights, strict=True))


def _hermite(degree: int, z: float) -> float:
    """The Hermite polynomial that has norm 1 under the normal law."""
    before, value = 0.0, 1.0
    for n in range(degree):
        before, value = value, (z * value - math.sqrt(n) * before) / math.sqrt(n + 1)
    return value


def _root(degree: int, low: float, high: float) -> float:
    rising = _hermite(degree, high) > 0
    while low < (middle := (low + high) / 2) < high:
        if (_hermite(degree, middle) > 0) == rising:
            high = middle
        else:
            low = middle
    return middle


def expit(x: float) -> float:
    """1 / (1 + e⁻ˣ)."""
    return 1 / (1 + math.exp(-x)) if x >= 0 else math.exp(x) / (1 + math.exp(x))


def anchored(p: float, sigma: float, nodes: Sequence[tuple[float, float]]) -> float:
    """The b with Σ w·expit(b + σz) = p, by Newton's method kept inside a bracket that shrinks.

    >>> round(anchored(0.5, 1.0, normal_nodes(15)), 12)
    0.0
    """
    logit = math.log(p / (1 - p))
    reach = sigma * nodes[-1][0] + 1
    low, high = logit - reach, logit + reach
    b = logit * math.sqrt(1 + 0.346 * sigma * sigma)  # what a probit in place of the logit would give
    while True:
        won = [expit(b + sigma * z) for z, _ in nodes]
        miss = sum(w * q for (_, w), q in zip(nodes, won, strict=True)) - p
        low, high = (low, b) if miss > 0 else (b, high)
        slope = sum(w * q * (1 - q) for (_, w), q in zip(nodes, won, strict=True))
        if abs(miss) <= _CLOSE * max(slope, _CLOSE) or high - low < _CLOSE:
            return b
        following = b - miss / slope if slope else low
        b = following if low < following < high else (low + high) / 2


def _shaken(bets: Sequence[Bet], sigma: float, count: int) -> Callable[[float], list[Bet]]:
    """The bets as they are under a given shock."""
    nodes = normal_nodes(count)
    anchors: dict[float, float] = {}
    parts: list[tuple[Bet, float]] = []
    for bet in bets:
        won = bet[0][1] if len(bet) == 1 else math.fsum(p for _, p in bet)
        if won < 1 and won not in anchors:
            anchors[won] = anchored(won, sigma, nodes)
        parts.append((bet, won))

    def under(z: float) -> list[Bet]:
        moved = {won: expit(b + sigma * z) for won, b in anchors.items()}
        return [
            bet
            if won >= 1
            else ((bet[0][0], moved[won]),)
            if len(bet) == 1
            else tuple((a, p * moved[won] / won) for a, p in bet)
            for bet, won in parts
        ]

    return under


def shaken_law(bets: Sequence[Bet], sigma: float, step: int | None = None) -> Law:
    """The law of the sum under a common shock: Σ w·law(z) over the nodes of the shock.

    In a large book the law under a given shock is narrow beside the movement of its mean, and a few nodes would give a
    comb. There mean and spread are followed closely along z, and only the shape is taken from few laws.

    Args:
        bets: none of them certain, none impossible.
        sigma: the standard deviation of the shock in log-odds.
        step: of the grid; None takes exact sums where they are few, or else a grid by the spread of the mixture.
    """
    under = _shaken(bets, sigma, _FEW)
    inside, between = _spreads(under)
    ratio = math.sqrt(between / inside) if inside else 0.0
    count = _FEW if ratio < 1 else _MANY
    exact = step is None and exact_law(bets) is not None
    if not exact:
        step = step or max(math.gcd(*(a for bet in bets for a, _ in bet)), step_for(math.sqrt(between + inside)))
        if ratio >= 1:
            return _narrow(under, step, ratio)
    under = _shaken(bets, sigma, count) if count != _FEW else under
    nodes = normal_nodes(count)
    return mixed([(w, law_of_sum(under(z), step)) for z, w in nodes if w > 1e-16], step)


def _narrow(under: Callable[[float], list[Bet]], step: int, ratio: float) -> Law:
    """The mixture of laws that are narrow beside the movement of their mean."""
    knots = [moments(under(k * _KNOTS)) for k in range(-round(_FARTHEST / _KNOTS) - 1, round(_FARTHEST / _KNOTS) + 2)]
    chosen = _SHAPES if ratio < 3 else _FEW_SHAPES
    shapes = [law_of_sum(under(z), step) for z in chosen]
    centres = [(law.mean, law.sd) for law in shapes]
    count = math.ceil(_FARTHEST * max(4.0, 1.5 * ratio))
    fine = [_FARTHEST * place / count for place in range(-count, count + 1)]
    total = math.fsum(math.exp(-z * z / 2) for z in fine)
    parts: list[tuple[float, Law, float, float]] = []
    for z in fine:
        mean, variance = _cubic(knots, (z + _FARTHEST) / _KNOTS + 1)
        place = min(max((z - chosen[0]) / (chosen[1] - chosen[0]), 0.0), len(chosen) - 1.0)
        left = min(int(place), len(chosen) - 2)
        for shape, share in ((left, 1 - place + left), (left + 1, place - left)):
            if share:
                centre, sd = centres[shape]
                scale = math.sqrt(variance) / sd if sd else 1.0
                weight = share * math.exp(-z * z / 2) / total
                parts.append((weight, shapes[shape], mean - scale * centre, scale))
    return spread_out(parts, step)


def _cubic(knots: Sequence[tuple[float, float]], place: float) -> tuple[float, float]:
    """Both values between the knots, by the cubic through the four nearest."""
    left = min(max(int(place) - 1, 0), len(knots) - 4)
    t = place - left
    weights = (
        -(t - 1) * (t - 2) * (t - 3) / 6,
        t * (t - 2) * (t - 3) / 2,
        -t * (t - 1) * (t - 3) / 2,
        t * (t - 1) * (t - 2) / 6,
    )
    near = knots[left : left + 4]
    return sum(w * m for w, (m, _) in zip(weights, near, strict=True)), max(
        0.0, sum(w * v for w, (_, v) in zip(weights, near, strict=True))
    )


def mixed(laws: Iterable[tuple[float, Law]], step: int | None) -> Law:
    """The mixture of laws on their own points, each with its weight."""
    masses: defaultdict[int, float] = defaultdict(float)
    for weight, law in laws:
        for point, mass in zip(law.points, law.masses, strict=True):
            masses[point] += weight * mass
    return _from_masses(masses, step)


def spread_out(parts: Iterable[tuple[float, Law, float, float]], step: int) -> Law:
    """The mixture of shift + scale × law, each part with its weight, on a grid that keeps the mean of each."""
    masses: defaultdict[int, float] = defaultdict(float)
    for weight, law, shift, scale in parts:
        for point, mass in zip(law.points, law.masses, strict=True):
            place = (shift + scale * point) / step
            below = math.floor(place)
            above = weight * mass * (place - below)
            masses[below] += weight * mass - above
            masses[below + 1] += above
    return _from_masses({place * step: mass for place, mass in masses.items()}, step)


def _from_masses(masses: dict[int, float], step: int | None) -> Law:
    """Ascending points; what weighs next to nothing at the ends is moved to the outermost point kept."""
    points = sorted(masses)
    heavy = [place for place, point in enumerate(points) if masses[point] > 1e-18]
    first, last = heavy[0], heavy[-1]
    kept = [masses[point] for point in points[first : last + 1]]
    kept[0] += math.fsum(masses[point] for point in points[:first])
    kept[-1] += math.fsum(masses[point] for point in points[last + 1 :])
    total = math.fsum(kept)
    return Law(tuple(points[first : last + 1]), tuple(mass / total for mass in kept), step)


def dispersed(law: Law, spread: Spread) -> Law:
    """The law times one common factor, log-normal with mean 1 and the standard deviation of the spread."""
    mean, sd = law.mean, law.sd
    if not spread.share or not mean:
        return law
    step = max(law.step or 1, step_for(sd * spread.factor(mean, sd) if sd else mean * spread.share))
    return spread_out([(weight, law, 0.0, factor) for weight, factor in _common_factors(spread.share)], step)


@lru_cache(maxsize=64)
def _common_factors(share: float) -> tuple[tuple[float, float], ...]:
    """Weights and factors of a log-normal law with mean 1 and standard deviation `share`."""
    width = math.sqrt(math.log1p(share**2))
    fine = [_FARTHEST * place / _FACTORS for place in range(-_FACTORS, _FACTORS + 1)]
    weights = [math.exp(-z * z / 2) for z in fine]
    total = math.fsum(weights)
    scales = [math.exp(width * z) for z in fine]
    level = math.fsum(w * g for w, g in zip(weights, scales, strict=True)) / total
    return tuple((w / total, g / level) for w, g in zip(weights, scales, strict=True))


Mixture: TypeAlias = Sequence[tuple[float, Law]]
"""Laws on one grid, each with its weight; the weights sum to one."""


def quantile_of(mixture: Mixture, q: float, spread: Spread | None = None) -> float:
    """A quantile of a mixture of laws, to a hundredth of a step; with a spread, of it times its common factor.

    Between two points the distribution function is taken as straight, so that small changes of the law show.
    """
    factors = _common_factors(spread.share) if spread is not None and spread.share else ((1.0, 1.0),)
    step = mixture[0][1].step or 1
    parts = [(weight, law, [0.0, *accumulate(law.masses)]) for weight, law in mixture]

    def below(x: float) -> float:
        total = 0.0
        for weight, law, reached in parts:
            place = min(max((x - law.points[0]) / step + 0.5, 0.0), float(len(law.points)))
            whole = min(int(place), len(law.points) - 1)
            total += weight * (reached[whole] + (place - whole) * law.masses[whole])
        return total

    low = (min(law.points[0] for _, law in mixture) - step) * factors[0][1]
    high = (max(law.points[-1] for _, law in mixture) + step) * factors[-1][1]
    while high - low > step / 100:
        middle = (low + high) / 2
        if math.fsum(weight * below(middle / factor) for weight, factor in factors) < q:
            low = middle
        else:
            high = middle
    return high


Apart: TypeAlias = list[tuple[float, list[tuple[Law, Law]]]]
"""The weight of a shock, and under it, for each of some bets, the law of all others and its own."""


def each_apart(bets: Sequence[Bet], chosen: int, dependence: Dependence) -> Apart | None:
    """`without_each` under every shock, with the weight of the shock; once where none moves the deals.

    None where `without_each` says None, and in books so large that few shocks would not do.
    """
    if not isinstance(dependence, Shock):
        laws = without_each(bets, chosen)
        return None if laws is None else [(1.0, laws)]
    under = _shaken(bets, dependence.sigma, _FEW)
    inside, between = _spreads(under)
    if between >= inside:
        return None
    step = step_for(math.sqrt(inside + between))
    nodes = [(z, weight) for z, weight in normal_nodes(_FEW) if weight > _HARDLY]
    some = math.fsum(weight for _, weight in nodes)
    found: Apart = []
    for z, weight in nodes:
        laws = without_each(under(z), chosen, step)
        if laws is None:
            return None
        found.append((weight / some, laws))
    return found


def _spreads(under: Callable[[float], list[Bet]]) -> tuple[float, float]:
    """The variance under no shock, and that of the mean as shocks move it."""
    middle, inside = moments(under(0.0))
    return inside, math.fsum(w * (moments(under(z))[0] - middle) ** 2 for z, w in normal_nodes(5))
