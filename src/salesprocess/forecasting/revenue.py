"""The distribution of the money that a book of deals brings, each deal wholly or not at all."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from decimal import Decimal
from itertools import accumulate
from typing import TypeAlias

import attrs

from salesprocess.errors import CurrencyMismatch, NegativeAmount, OutOfRange
from salesprocess.forecasting.book import WIDE, tidy, weighted
from salesprocess.forecasting.compound import Count, compound_law, compound_moments
from salesprocess.forecasting.dependence import Dependence, Shock, dispersed, each_apart, quantile_of, shaken_law
from salesprocess.forecasting.laws import Bet, Law, law_of_both, law_of_sum, moments, shifted, step_for
from salesprocess.forecasting.spread import Spread
from salesprocess.frozen import tuple_of
from salesprocess.money import Money

_ROUNDING = 1e-9
"""A cumulated probability that should be 0.9 may come out a little below it."""


def _amounts(values: Iterable[Money]) -> tuple[Money, ...]:
    return tuple_of(values, "amounts")


def _chances(values: Iterable[float]) -> tuple[float, ...]:
    return tuple_of(values, "chances")


@attrs.frozen
class AmountLaw:
    """An amount that is not certain: a few amounts in one currency, and the chance of each.

    Args:
        amounts: at least one, zero or more.
        chances: one for each; they sum to one.

    Raises:
        CurrencyMismatch: the amounts are in several currencies.
        NegativeAmount: an amount is below zero.
        OutOfRange: the chances are not as many as the amounts, negative, or do not sum to one.

    >>> AmountLaw([Money(80, "EUR"), Money(100, "EUR")], [0.5, 0.5]).mean
    Money('90.00', 'EUR')
    """

    amounts: tuple[Money, ...] = attrs.field(converter=_amounts)
    chances: tuple[float, ...] = attrs.field(converter=_chances)

    def __attrs_post_init__(self) -> None:
        if not self.amounts or len(self.amounts) != len(self.chances):
            raise OutOfRange("chances", self.chances, f"one for each of {len(self.amounts)} amounts, at least one")
        for amount in self.amounts:
            if amount.currency != self.currency:
                raise CurrencyMismatch(self.currency, amount.currency)
            _check_amount(amount)
        if not all(chance >= 0 for chance in self.chances) or abs(math.fsum(self.chances) - 1) > _ROUNDING:
            raise OutOfRange("chances", self.chances, "zero or more, one in sum")

    @property
    def currency(self) -> str:
        """Of all its amounts."""
        return self.amounts[0].currency

    @property
    def mean(self) -> Money:
        """Σ chance × amount, to twelve decimal places."""
        return expected_of(self, 1.0)


Worth: TypeAlias = Money | AmountLaw
"""What a deal brings when it is won: an amount, or a law of amounts."""


@attrs.frozen
class NewBusiness:
    """Deals that do not exist yet: how many will be won, and what each brings."""

    count: Count
    amounts: AmountLaw

    @property
    def expected(self) -> Money:
        """The expected number × the mean amount, to twelve decimal places."""
        return Money(
            tidy(WIDE.multiply(self.amounts.mean.amount, Decimal(repr(self.count.mean)))), self.amounts.currency
        )


def expected_of(worth: Worth, probability: float) -> Money:
    """What a deal is expected to bring: Σ probability × chance × amount, to twelve decimal places.

    >>> expected_of(Money(48000, "EUR"), 0.05)
    Money('2400.00', 'EUR')
    """
    if isinstance(worth, Money):
        return weighted(worth, probability)
    parts = (weighted(amount, chance) for amount, chance in zip(worth.amounts, worth.chances, strict=True))
    return weighted(Money.total(parts, worth.currency), probability)


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


def distribution(
    bets: Iterable[tuple[Worth, float]],
    currency: str,
    *,
    dependence: Dependence = None,
    new: NewBusiness | None = None,
) -> Revenue:
    """The distribution of Σ a·B with B 1 with its probability p and 0 otherwise, and of new business on top.

    Small books, and books of few different amounts, are followed sum by sum, exactly. Others go by a dynamic programme
    on a grid of a hundredth of the standard deviation, or of the greatest common divisor of the amounts where that is
    coarser and nothing has to be rounded. An amount between two points is split between them so that mean and, where
    possible, variance stay what they are; amounts below one step are summed on a finer grid first. An outcome so large
    that it must be very unlikely has a coarse grid of its own, a thousandth of its amount, so that the cost is bounded.
    For counts instead of amounts this is the Poisson-binomial distribution (Hong 2013, Comput. Stat. Data Anal. 59,
    41–51).

    Args:
        bets: amounts in one currency, or laws of amounts, and their probabilities.
        currency: that currency.
        dependence: how the deals hang together; None takes them as independent.
        new: deals that do not exist yet, independent of the others; a spread widens them too, a shock does not.

    Raises:
        CurrencyMismatch: an amount is in another currency.
        NegativeAmount: an amount is below zero.
        OutOfRange: a probability lies outside [0, 1].

    >>> book = distribution([(Money(100, "EUR"), 0.5), (Money(300, "EUR"), 0.5)], "EUR")
    >>> book.expected, book.quantile(0.5), book.probability_of(Money(300, "EUR"))
    (Money('200.00', 'EUR'), Money('100', 'EUR'), 0.5)
    """
    given = list(bets)
    occurring = [amount for worth, _ in given for amount in _all_amounts(worth)]
    if new is not None:
        occurring += new.amounts.amounts
    for amount in occurring:
        if amount.currency != currency:
            raise CurrencyMismatch(amount.currency, currency)
        _check_amount(amount)
    for _, p in given:
        if not 0 <= p <= 1:
            raise OutOfRange("probability", p, "between 0 and 1")
    summands = [expected_of(worth, p) for worth, p in given]
    expected = Money.total(summands if new is None else [*summands, new.expected], currency)
    places = _places(occurring)
    sure = 0
    uncertain: list[Bet] = []
    for worth, p in given:
        if isinstance(worth, Money):
            units = _units(worth, places)
            if p == 1:
                sure += units
            elif p and units:
                uncertain.append(((units, p),))
        elif bet := _points(worth, p, places):
            uncertain.append(bet)
    law, sd = _law(uncertain, dependence, new, places)
    law = shifted(law, sure) if sure else law
    return Revenue(
        expected,
        Money(tidy(_face(sd, places)), currency),
        tuple(_face(point, places) for point in law.points),
        tuple(law.masses),
        None if law.step is None else _face(law.step, places),
    )


def _places(amounts: Iterable[Money]) -> int:
    """How many decimal places the finest amount has."""
    return max(0, *(-int(amount.amount.as_tuple().exponent) for amount in amounts), 0)


def _face(value: float, places: int) -> Decimal:
    """Units of the finest amount as an amount."""
    return Decimal(repr(value)).scaleb(-places, WIDE)


def quantiles_without(
    bets: Sequence[tuple[Worth, float]], chosen: int, q: float, *, dependence: Dependence, new: NewBusiness | None
) -> list[tuple[Decimal, Decimal]] | None:
    """By how much a quantile of the sum falls when each of the first bets is lost for sure, and rises when it is won.

    None where the book is so small, or its amounts so uneven, that each sum is better worked out by itself. None of
    the bets is certain or impossible.
    """
    worths = [worth for worth, _ in bets]
    amounts = [
        amount for worth in (worths if new is None else [*worths, new.amounts]) for amount in _all_amounts(worth)
    ]
    places = _places(amounts)
    units = [_points(AmountLaw([w], [1.0]) if isinstance(w, Money) else w, p, places) for w, p in bets]
    apart = each_apart(units, chosen, dependence)
    if apart is None:
        return None
    step = apart[0][1][0][0].step or 1
    coming = None
    if new is not None and new.count.mean:
        coming = compound_law(new.count, _points(new.amounts, 1.0, places), step)
    spread = dependence if isinstance(dependence, Spread) else None
    found: list[tuple[Decimal, Decimal]] = []
    for number, bet in enumerate(units[:chosen]):
        pairs = [(weight, *laws[number]) for weight, laws in apart]
        others = [(weight, rest if coming is None else law_of_both(rest, coming, step)) for weight, rest, _ in pairs]
        whole = [
            (weight, law_of_both(rest, own, step)) for (weight, rest), (_, _, own) in zip(others, pairs, strict=True)
        ]
        lost, now = quantile_of(others, q, spread), quantile_of(whole, q, spread)
        if len(bet) == 1:  # what is certain is beyond any spread
            gained = lost + bet[0][0]
        else:
            won = math.fsum(p for _, p in bet)
            sure = Law(tuple(amount for amount, _ in bet), tuple(p / won for _, p in bet), None)
            gained = quantile_of([(weight, law_of_both(rest, sure, step)) for weight, rest in others], q, spread)
        found.append((_face(round(now - lost), places), _face(round(gained - now), places)))
    return found


def _law(bets: list[Bet], dependence: Dependence, new: NewBusiness | None, places: int) -> tuple[Law, float]:
    """The law of what is uncertain, and its standard deviation."""
    _, variance = moments(bets)
    step = None
    severity: Bet = ()
    if new is not None and new.count.mean:
        severity = _points(new.amounts, 1.0, places)
    if new is not None and severity:
        variance += compound_moments(new.count, severity)[1]
        step = step_for(math.sqrt(variance))
    law = shaken_law(bets, dependence.sigma, step) if isinstance(dependence, Shock) else law_of_sum(bets, step)
    if new is not None and step is not None:
        law = law_of_both(law, compound_law(new.count, severity, step), step)
    sd = law.sd if isinstance(dependence, Shock) else math.sqrt(variance)
    if isinstance(dependence, Spread):
        return dispersed(law, dependence), math.hypot(sd, dependence.share * math.hypot(sd, law.mean))
    return law, sd


def _check_amount(amount: Money) -> None:
    if amount.amount < 0:
        raise NegativeAmount("amount", amount, "zero or more")


def _all_amounts(worth: Worth) -> tuple[Money, ...]:
    return (worth,) if isinstance(worth, Money) else worth.amounts


def _units(amount: Money, places: int) -> int:
    return int(amount.amount.scaleb(places, WIDE))


def _points(law: AmountLaw, p: float, places: int) -> Bet:
    """The amounts above zero in units, ascending, each once."""
    found: dict[int, float] = {}
    for amount, chance in zip(law.amounts, law.chances, strict=True):
        units, share = _units(amount, places), p * chance
        if units and share:  # a product of two chances can be too small for a float
            found[units] = found.get(units, 0.0) + share
    return tuple(sorted(found.items()))
