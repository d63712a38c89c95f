"""Whether the later half of a record goes as the earlier one did: what no model of the past can know by itself."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import attrs

from salesprocess.analytics.risk import CENSORED, RiskCounts, risk_counts
from salesprocess.analytics.visits import stage_visits
from salesprocess.deal import Deal
from salesprocess.forecasting.kernels import by_stage, exposure

SURE = 0.001
"""A shift is told when so large a one, among all that are looked at, would come by chance this seldom."""
_LARGE = 1.25


@attrs.frozen
class Shift:
    """How often visits of a stage ended so in the later half, beside what all ages and times together would expect.

    Attributes:
        stage: the stage.
        outcome: `won`, `lost`, or the next stage.
        observed: exits in the later half.
        expected: as many as the curve of both halves gives for the ages at which visits were at risk.
        p_value: the probability of so large a difference if nothing had changed; of this outcome alone.
        sure: it is too large for chance, all outcomes considered, and for indifference.
    """

    stage: str
    outcome: str
    observed: float
    expected: float
    p_value: float
    sure: bool

    def __str__(self) -> str:
        return f"{self.stage} → {self.outcome}: {self.observed:,.0f} in the later half, {self.expected:,.0f} expected"


def drift(deals: Iterable[Deal], *, as_of: datetime, unit: timedelta = timedelta(days=1)) -> tuple[Shift, ...]:
    """The shifts between the halves of a record, split when half of the visits had ended; the surest first.

    Each outcome of each stage is compared at equal ages, as in a log-rank test: Σ observed − expected of the later
    half, over its variance E₁E₂ / (E₁ + E₂), with deals that are still open censored. A book that grew is no shift.

    Args:
        deals: the record, as it stands or later; what was recorded after `as_of` is not known here.
        as_of: now.
        unit: of ages.

    Raises:
        NoHistory: no deal was opened by `as_of`.
        OutOfRange: a unit that is not positive.
        DuplicateDeal, NaiveDatetime: the book or `as_of` is wrong.

    >>> from random import Random
    >>> from salesprocess import simulation, templates
    >>> start, now = datetime(2025, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)
    >>> record = simulation.book(templates.load("startup"), 300, rng=Random(1), start=start, as_of=now).deals
    >>> [str(shift) for shift in drift(record, as_of=now) if shift.sure]
    []
    """
    visits = stage_visits(deals, as_of=as_of)
    ends = sorted(
        left for left, following in zip(visits.columns.left, visits.columns.next, strict=True) if following >= 0
    )
    if not ends:
        return ()
    middle = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=ends[len(ends) // 2])
    whole, late = risk_counts(visits, unit=unit), risk_counts(visits, unit=unit, since=middle)
    return shifts(_without(whole, late), late)


def _without(whole: RiskCounts, late: RiskCounts) -> RiskCounts:
    """What is left of counts: visits that the later ones observe from an age on are censored there."""
    exits = defaultdict(float, whole.exits)
    for key, count in late.exits.items():
        exits[key] -= count
    for (stage, age, group), count in late.entries.items():
        exits[stage, age, CENSORED, group] += count
    return attrs.evolve(whole, exits={key: count for key, count in exits.items() if count > 0})


def shifts(early: RiskCounts, late: RiskCounts) -> tuple[Shift, ...]:
    """The shifts from some counts to others, such as those of two quarters; the surest first.

    Raises:
        OutOfRange: their units differ.

    >>> from datetime import UTC, datetime
    >>> def quarter(won: int, lost: int) -> RiskCounts:
    ...     rows = [
    ...         {"stage": "lead", "age": 5, "outcome": outcome, "count": count}
    ...         for outcome, count in (("won", won), ("lost", lost))
    ...     ]
    ...     return RiskCounts.from_rows(rows, unit=timedelta(days=1), as_of=datetime(2026, 1, 5, tzinfo=UTC))
    >>> for shift in shifts(quarter(won=80, lost=20), quarter(won=40, lost=60)):
    ...     print(shift)
    lead → lost: 60 in the later half, 40 expected
    lead → won: 40 in the later half, 60 expected
    """
    both, parts = by_stage(early + late), [by_stage(early), by_stage(late)]
    found: list[tuple[str, str, float, float, float]] = []
    for key, counts in both.items():
        if any(key not in part for part in parts):
            continue
        risk, gone = exposure(*counts)
        expected = [defaultdict[str, float](float) for _ in parts]
        observed = defaultdict[str, float](float)
        for place, part in enumerate(parts):
            here, left = exposure(*part[key])
            for age, at_risk in enumerate(here):
                share = max(0.0, at_risk) / risk[age] if risk[age] > 0 else 0.0
                for outcome, count in gone[age].items():
                    expected[place][outcome] += share * count
            if place:
                for each in left:
                    for outcome, count in each.items():
                        observed[outcome] += count
        for outcome in expected[1]:
            before, after = expected[0][outcome], expected[1][outcome]
            variance = before * after / (before + after) if before and after else 0.0
            z = (observed[outcome] - after) / math.sqrt(variance) if variance else 0.0
            found.append((key[0], outcome, observed[outcome], after, math.erfc(abs(z) / math.sqrt(2))))
    return tuple(
        Shift(stage, outcome, seen, due, p, p * len(found) < SURE and not 1 / _LARGE <= seen / due <= _LARGE)
        for stage, outcome, seen, due, p in sorted(found, key=lambda each: each[-1])
    )
