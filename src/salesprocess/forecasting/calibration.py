"""Whether probabilities mean what they say: what was promised beside what came, in groups of equal size."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import itemgetter

import attrs

from salesprocess.analytics.distributions import wilson
from salesprocess.errors import OutOfRange
from salesprocess.forecasting.scores import check_probabilities


@attrs.frozen
class CalibrationBin:
    """Deals of about the same probability, and how many of them came.

    Attributes:
        lowest, highest: the probabilities that are in it.
        deals: how many; a deal counts once for each forecast that was made of it.
        expected: the mean of the probabilities.
        observed: the share that was won.
        low, high: the interval of that share by Wilson, at the level asked for.
    """

    lowest: float
    highest: float
    deals: int
    expected: float
    observed: float
    low: float
    high: float

    @property
    def agrees(self) -> bool:
        """Whether what was promised lies in the interval of what came."""
        return self.low <= self.expected <= self.high


def calibration_bins(
    probabilities: Sequence[float], outcomes: Sequence[bool], *, bins: int = 10, level: float = 0.9
) -> tuple[CalibrationBin, ...]:
    """Groups of as equal a size as can be, by ascending probability; equal probabilities stay together.

    Args:
        probabilities: what was promised.
        outcomes: what came.
        bins: the most groups.
        level: of the intervals.

    Raises:
        OutOfRange: fewer than one bin, a level not between 0 and 1, or probabilities and outcomes that do not fit.

    >>> for group in calibration_bins([0.1, 0.1, 0.6, 0.7], [False, False, True, False], bins=2):
    ...     print(group.deals, round(group.expected, 2), group.observed, group.agrees)
    2 0.1 0.0 True
    2 0.65 0.5 True
    """
    check_probabilities(probabilities, outcomes)
    if bins < 1:
        raise OutOfRange("bins", bins, "at least 1")
    pairs = sorted(zip(probabilities, outcomes, strict=True), key=itemgetter(0))
    return tuple(_bin(group, level) for group in _groups(pairs, bins))


def _groups(pairs: list[tuple[float, bool]], bins: int) -> Iterator[list[tuple[float, bool]]]:
    """A group ends with the first probability that fills its share of the whole."""
    group: list[tuple[float, bool]] = []
    done = filled = 0
    for _, equal in groupby(pairs, key=itemgetter(0)):
        same = list(equal)
        group += same
        done += len(same)
        if done * bins >= (filled + 1) * len(pairs):
            filled = done * bins // len(pairs)
            yield group
            group = []


def _bin(group: Sequence[tuple[float, bool]], level: float) -> CalibrationBin:
    deals, won = len(group), sum(outcome for _, outcome in group)
    low, high = wilson(won, deals, level)
    mean = sum(p for p, _ in group) / deals
    return CalibrationBin(group[0][0], group[-1][0], deals, mean, won / deals, low, high)
