"""The distribution of the sum of independent amounts that come wholly or not at all."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from decimal import Decimal
from itertools import accumulate
from operator import mul

import attrs

from salesprocess.errors import CurrencyMismatch, NegativeAmount, OutOfRange
from salesprocess.forecasting.book import WIDE, tidy, weighted
from salesprocess.money import Money

_EXACT_STEPS = 1 << 15
"""Every possible sum is followed exactly for so many steps: any 14 deals, or some 250 of equal amount."""
_STEPS_PER_SD = 100
_HALVED_ABOVE = 2500
"""Where the laws of two halves and their convolution cost less than one law, measured."""
_TRIMMED = 1e-12
"""Mass cut from each end of the grid at every step; it is moved to the outermost point kept, never lost."""
_ROUNDING = 1e-9
"""A cumulated probability that should be 0.9 may come out a little below it."""

Bet = tuple[int, float]
"""An amount in the finest decimal unit that occurs, and the probability that it comes."""


@attrs.frozen(repr=False)
class Revenue:
    """The distribution of a sum of money.

    Attributes:
        expected: Σ p·a, exact to twelve decimal places.
        sd: √ Σ p(1 − p)a², from the amounts themselves, not from the grid.
        amounts: the possible sums, ascending.
        chances: the probability of each; they sum to one.
        step: the distance between the points of the grid; None when `amounts` are the exact sums.
    """

    expected: Money
    sd: Money
    amounts: tuple[Decimal, ...]
    chances: tuple[float, ...]
    step: Decimal | None
    _cumulated: tuple[float, ...] = attrs.field(init=False, eq=False)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "_cumulated", tuple(accumulate(self.chances)))

    def quantile(self, q: float) -> Money:
        """The least sum that is not exceeded with probability `q` or more; on a grid, to half a step.

        Raises:
            OutOfRange: `q` lies outside [0, 1].
        """
        if not 0 <= q <= 1:
            raise OutOfRange("q", q, "between 0 and 1")
        place = bisect_left(self._cumulated, q - _ROUNDING)
        return Money(self.amounts[min(place, len(self.amounts) - 1)], self.expected.currency)

    def interval(self, level: float = 0.8) -> tuple[Money, Money]:
        """The central interval: as much lies below it as above.

        Raises:
            OutOfRange: `level` lies outside [0, 1].
        """
        if not 0 <= level <= 1:
            raise OutOfRange("level", level, "between 0 and 1")
        return self.quantile((1 - level) / 2), self.quantile((1 + level) / 2)

    def probability_of(self, target: Money) -> float:
        """The probability that the sum reaches `target`; on a grid, the target is taken to the nearest point.

        Raises:
            CurrencyMismatch: the target is in another currency.
        """
        if target.currency != self.expected.currency:
            raise CurrencyMismatch(target.currency, self.expected.currency)
        reach = target.amount if self.step is None else WIDE.subtract(target.amount, WIDE.divide(self.step, Decimal(2)))
        return min(1.0, math.fsum(self.chances[bisect_left(self.amounts, reach) :]))

    def __repr__(self) -> str:
        low, high = self.interval(0.8)
        return f"<Revenue {self.expected}, 80 % between {low} and {high}>"


def distribution(bets: Iterable[tuple[Money, float]], currency: str) -> Revenue:
    """The distribution of Σ a·B with independent B, each 1 with its probability p and 0 otherwise.

    Small books, and books of few different amounts, are followed sum by sum, exactly. Others go by a dynamic programme
    on a grid of a hundredth of the standard deviation, or of the greatest common divisor of the amounts where that is
    coarser and nothing has to be rounded. An amount between two points is split between them so that mean and, where
    possible, variance stay what they are (a book of thousands of deals below one step can come out a few per cent too
    wide). For counts instead of amounts this is the Poisson-binomial distribution (Hong 2013, Comput. Stat. Data Anal.
    59, 41–51).

    Args:
        bets: amounts in one currency, and their probabilities.
        currency: that currency.

    Raises:
        CurrencyMismatch: an amount is in another currency.
        NegativeAmount: an amount is below zero.
        OutOfRange: a probability lies outside [0, 1].

    >>> book = distribution([(Money(100, "EUR"), 0.5), (Money(300, "EUR"), 0.5)], "EUR")
    >>> book.expected, book.quantile(0.5), book.probability_of(Money(300, "EUR"))
    (Money('200.00', 'EUR'), Money('100', 'EUR'), 0.5)
    """
    given = list(bets)
    for amount, p in given:
        if amount.currency != currency:
            raise CurrencyMismatch(amount.currency, currency)
        if amount.amount < 0:
            raise NegativeAmount("amount", amount, "zero or more")
        if not 0 <= p <= 1:
            raise OutOfRange("probability", p, "between 0 and 1")
    expected = Money.total((weighted(amount, p) for amount, p in given), currency)
    places = max((-int(amount.amount.as_tuple().exponent) for amount, _ in given), default=0)
    units = [(int(amount.amount.scaleb(max(places, 0), WIDE)), p) for amount, p in given]
    certain = sum(amount for amount, p in units if p == 1)
    open_bets: list[Bet] = sorted((amount, p) for amount, p in units if 0 < p < 1 and amount)
    sd = math.sqrt(math.fsum(p * (1 - p) * amount * amount for amount, p in open_bets))
    law = _exactly(open_bets)
    step = None
    if law is None:
        step = max(math.gcd(*(amount for amount, _ in open_bets)), round(sd / _STEPS_PER_SD))
        first, masses = _on_grid(open_bets, step)
        law = {(first + place) * step: mass for place, mass in enumerate(masses)}
    sums = sorted(law)

    def face(value: int | float) -> Decimal:
        return Decimal(repr(value)).scaleb(-max(places, 0), WIDE)

    return Revenue(
        expected,
        Money(tidy(face(sd)), currency),
        tuple(face(certain + each) for each in sums),
        tuple(law[each] for each in sums),
        None if step is None else face(step),
    )


def _exactly(bets: Sequence[Bet]) -> dict[int, float] | None:
    """The probability of every possible sum; None when there are too many."""
    law = {0: 1.0}
    steps = 0
    for amount, p in bets:
        steps += len(law)
        if steps > _EXACT_STEPS:
            return None
        following = {total: (1 - p) * chance for total, chance in law.items()}
        for total, chance in law.items():
            following[total + amount] = following.get(total + amount, 0.0) + p * chance
        law = following
    return law


def _on_grid(bets: Sequence[Bet], step: int) -> tuple[int, list[float]]:
    """The number of the first point of the grid that has mass, and the mass of each from there on.

    The cost of a step is the width of the law so far. So the smallest amounts come first, and a large book is worked
    out in halves, whose laws are narrower, and put together at the end.
    """
    if len(bets) > _HALVED_ABOVE:
        (first, law), (other_first, other) = _on_grid(bets[::2], step), _on_grid(bets[1::2], step)
        cut, law = _trimmed(_convolved(law, other))
        return first + other_first + cut, law
    law, first = [1.0], 0
    for amount, p in bets:
        below, rest = divmod(amount, step)
        low, high = _split(p, below, rest / step)
        none, gap = 1 - low - high, [0.0] * below
        cut, law = _trimmed(
            [
                none * stay + low * near + high * far
                for stay, near, far in zip([*law, *gap, 0.0], [*gap, *law, 0.0], [0.0, *gap, *law], strict=True)
            ]
        )
        first += cut
    return first, law


def _convolved(one: Sequence[float], other: Sequence[float]) -> list[float]:
    """The law of the sum of two independent ones."""
    short, long = sorted((one, other), key=len)
    around = [0.0] * (len(short) - 1)
    padded, backward = [*around, *long, *around], short[::-1]
    places = range(len(one) + len(other) - 1)
    return [sum(map(mul, backward, padded[place : place + len(short)])) for place in places]


def _split(p: float, below: int, rest: float) -> tuple[float, float]:
    """The mass that an amount of `below + rest` steps puts on the points `below` and `below + 1`; the others stay at 0.

    With m = p·(below + rest) and s = p·(below + rest)² these two masses keep mean and variance. Where that would need
    more than all the mass, or `below` is 0, the plain split keeps the mean alone.
    """
    if below:
        reach = p * (below + rest)
        low, high = reach * (1 - rest) / below, reach * rest / (below + 1)
        if low + high <= 1:
            return low, high
    return p * (1 - rest), p * rest


def _trimmed(law: list[float]) -> tuple[int, list[float]]:
    """How many points were cut in front, and the law without the points at both ends that weigh next to nothing."""
    front, back = _light(law), _light(reversed(law))
    if front:
        law = [math.fsum(law[: front + 1]), *law[front + 1 :]]
    if back:
        law = [*law[: -back - 1], math.fsum(law[-back - 1 :])]
    return front, law


def _light(law: Iterable[float]) -> int:
    """How many points at the front weigh next to nothing together."""
    return next(place for place, mass in enumerate(accumulate(law)) if mass >= _TRIMMED)
