"""Landmarks: what became of the deals that stood at the same place on any day of the past, however they had come."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import accumulate

import attrs

from salesprocess.analytics.results import unit_name
from salesprocess.analytics.risk import CENSORED, LOST, WON
from salesprocess.analytics.visits import StageVisits, microseconds, stage_visits, whole_microseconds
from salesprocess.deal import Deal
from salesprocess.errors import NoHistory, OutOfRange
from salesprocess.forecasting.assembly import Estimate
from salesprocess.forecasting.competing_risks import NEVER_SEEN
from salesprocess.forecasting.forecasts import Forecast
from salesprocess.forecasting.kernels import ENOUGH, Kernel, kernel_of
from salesprocess.forecasting.timed import Manual, chance_by, checked_manual, timed
from salesprocess.frozen import FrozenDict
from salesprocess.timing import Period, instant

WHOLE_STAGE = 5.0
"""What all ages of a stage say together weighs as much as so many visits beside what one band of ages says."""
_UNBOUNDED = 2**62


@attrs.frozen
class Landmark:
    """By stage and band of ages, how long until deals that stood there were won or lost, looking on from every day.

    For each unit of time of the past, the deals that were open then are followed until they close, or until now
    (censored). It needs no chain of stages, so that it holds where the past of a deal matters beyond its stage and
    age; it knows less, since what comes after the next stage is not pooled. Bands of ages double: 0, 1, 2 to 3, 4 to 7
    units, and so on; one that fewer than ten visits reached is joined to the one before. The looks at one visit are not
    independent: all looks weigh alike, and together as much as there were visits in the bands.

    Source: Putter and Spitoni 2018, Stat. Methods Med. Res. 27, 2081–2092 (landmark Aalen–Johansen).

    Args:
        unit: the step between two looks, and the unit of ages.
        window: only looks from so long before the fit count; None counts all.
        manual: whether a probability that a person stated for a deal `wins`, where its expected close lies in the
            period, or is `ignored`.

    Raises:
        OutOfRange: a span that is not positive, or an unknown word for `manual`.

    >>> from datetime import UTC
    >>> from salesprocess import Process, Stage
    >>> solar = Process("solar", stages=[Stage("offer"), Stage.won("won"), Stage.lost("lost")])
    >>> at, day = datetime(2026, 1, 5, tzinfo=UTC), timedelta(days=1)
    >>> book = [solar.open(str(n), at=at) for n in range(40)]
    >>> book = [solar.win(deal, at=at + 4 * day) for deal in book[:20]] + book[20:]
    >>> now = at + 10 * day
    >>> fitted, deal = Landmark().fit(book, as_of=now), solar.open("new", at=now)
    >>> [fitted.probability(deal, by=now + days * day, as_of=now).probability > 0.4 for days in (2, 6)]
    [False, True]
    """

    unit: timedelta = attrs.field(default=timedelta(days=1), kw_only=True)
    window: timedelta | None = attrs.field(default=None, kw_only=True)
    manual: Manual = attrs.field(default="ignored", kw_only=True)

    method = "landmark"

    def __attrs_post_init__(self) -> None:
        checked_manual(self.manual)
        for name in ("unit", "window"):
            span: timedelta | None = getattr(self, name)
            if span is not None and span <= timedelta(0):
                raise OutOfRange(name, span, "longer than nothing")

    def fit(self, deals: Iterable[Deal], *, as_of: datetime) -> FittedLandmark:
        """What the histories tell as they stood at `as_of`.

        Raises:
            NoHistory: no deal was open at any look.
            DuplicateDeal, NaiveDatetime: the book or `as_of` is wrong.
        """
        moment = instant(as_of, "as_of")
        unit = whole_microseconds(self.unit)
        looks = _UNBOUNDED if self.window is None else self.window // self.unit
        bands = _looks(stage_visits(deals, as_of=moment), unit, looks)
        if not bands:
            raise NoHistory(f"no deal was seen open at a look before {moment.isoformat()}")
        return FittedLandmark(moment, self.unit, FrozenDict(bands), self.manual)


@attrs.frozen
class Band:
    """A band of ages of a stage: from `age` units on, and how long deals that stood there took to be won or lost."""

    age: int
    kernel: Kernel


def _looks(visits: StageVisits, unit: int, looks: int) -> dict[str, tuple[Band, ...]]:
    """By stage, all ages together first, then the bands from the youngest on."""
    counts: defaultdict[str, defaultdict[int, defaultdict[str, defaultdict[int, float]]]] = defaultdict(
        lambda: defaultdict(lambda: defaultdict(lambda: defaultdict(float)))
    )
    reached: defaultdict[str, defaultdict[int, int]] = defaultdict(lambda: defaultdict(int))
    taken: defaultdict[str, int] = defaultdict(int)
    for stage, outcome, band, first, last, back in _runs(visits, unit, looks):
        # One look for each k from `first` to `last`, whose time until the outcome is k − back units.
        steps = counts[stage][band][outcome]
        steps[first - back] += 1
        steps[last - back + 1] -= 1
        reached[stage][band] += 1
        taken[stage] += last - first + 1
    return {
        stage: _bands(bands, reached[stage], sum(reached[stage].values()) / taken[stage])
        for stage, bands in counts.items()
    }


def _runs(visits: StageVisits, unit: int, looks: int) -> Iterator[tuple[str, str, int, int, int, int]]:
    """For each visit and band: stage, outcome, band, the looks k (so many units ago), and how many k until it."""
    c, names, statuses, now = visits.columns, visits.stages, visits.statuses, microseconds(visits.as_of)
    deal, outcome, back = -1, CENSORED, 0
    for row in range(len(visits) - 1, -1, -1):
        if c.deal[row] != deal:
            deal, outcome, back = c.deal[row], CENSORED, 0
        status = statuses[c.stage[row]]
        if status != "open":
            outcome, back = (WON if status == "won" else LOST), -((c.entered[row] - now) // unit)
            continue
        begin = c.entered[row] + c.held[row]  # time on hold is not dated: taken as before what is looked at
        first, ago, low = (now - c.left[row]) // unit + 1, (now - begin) // unit, 0
        while low <= ago - first:
            # The age at the look k is from `low` to `high` units: k is at most (now − begin) / unit − low.
            high = 2 * low
            since, last = max(first, ago - high), min(ago - low, looks)
            if since <= last:
                yield names[c.stage[row]], outcome, low, since, last, back
            low = high + 1


def _bands(
    counts: Mapping[int, Mapping[str, Mapping[int, float]]], reached: Mapping[int, int], weight: float
) -> tuple[Band, ...]:
    """The bands of a stage, thin ones joined to the one before."""
    joined: list[tuple[int, list[Mapping[str, Mapping[int, float]]]]] = []
    for age in sorted(counts):
        if joined and reached[age] < ENOUGH:
            joined[-1][1].append(counts[age])
        else:
            joined.append((age, [counts[age]]))
    return (
        Band(0, _followed(list(counts.values()), weight)),
        *(Band(age, _followed(parts, weight)) for age, parts in joined),
    )


def _followed(parts: list[Mapping[str, Mapping[int, float]]], weight: float) -> Kernel:
    exits: defaultdict[int, defaultdict[str, float]] = defaultdict(lambda: defaultdict(float))
    for part in parts:
        for outcome, steps in part.items():
            last = max(steps)
            counts = accumulate(steps.get(time, 0.0) for time in range(last))
            for time, count in enumerate(counts):
                if count:
                    exits[time][outcome] += count * weight
    return kernel_of(exits, {})


@attrs.frozen
class FittedLandmark:
    """`Landmark`, fitted at `fitted_as_of`.

    Attributes:
        fitted_as_of: what was recorded later is not in it.
        unit: of ages.
        bands: by stage, all ages together first, then the bands from the youngest on.
        manual: whether probabilities that people stated win.
    """

    fitted_as_of: datetime
    unit: timedelta
    bands: FrozenDict[str, tuple[Band, ...]] = attrs.field(repr=False)
    manual: Manual = "ignored"

    method = Landmark.method

    def probability(self, deal: Deal, *, by: datetime, as_of: datetime) -> Estimate | str:
        """The chance that a deal is won before `by`, as it stood at `as_of`, or why there is none.

        Raises:
            OutOfRange: the deal was not opened by `as_of`, or `as_of` precedes the fit.
            NaiveDatetime: a moment has no time zone.
        """
        return chance_by(deal, self._estimate, by=by, as_of=as_of, fitted_as_of=self.fitted_as_of)

    def forecast(
        self,
        deals: Iterable[Deal],
        *,
        period: Period | None,
        as_of: datetime,
        currency: str | None = None,
        rates: Mapping[str, Decimal] | None = None,
    ) -> Forecast:
        """What the open deals will bring in `period`, whatever close date anybody expects; as of `CompetingRisks`.

        Raises:
            OutOfRange: the period has ended by `as_of`, or `as_of` precedes the fit.
            CurrencyMismatch, NoHistory: no currency is given, and several occur, or none.
            MissingRate: names every currency of the deals counted that `rates` lacks.
            DuplicateDeal, NaiveDatetime: the book or `as_of` is wrong.
        """
        return timed(
            deals,
            self._estimate,
            method=self.method,
            definition=(
                "chance of being won in the period: what became of the deals that stood in the stage at such an age at "
                "any look before, open deals censored"
            ),
            fitted_as_of=self.fitted_as_of,
            period=period,
            as_of=as_of,
            currency=currency,
            rates=rates,
            manual=self.manual,
        )

    def _estimate(self, deal: Deal, now: datetime, begin: datetime, end: datetime) -> Estimate | str:
        if deal.stage not in self.bands:
            return NEVER_SEEN
        age = max(0.0, deal.stage_age(now) / self.unit)
        whole, *bands = self.bands[deal.stage]
        band = next((band for band in reversed(bands) if band.age <= age), bands[0])
        until, before = ((moment - now) / self.unit for moment in (end, begin))
        here, all_ages = (each.kernel.reached(WON, until) - each.kernel.reached(WON, before) for each in (band, whole))
        weight = band.kernel.visits / (band.kernel.visits + WHOLE_STAGE)
        because = f"{age:.0f} {unit_name(self.unit)} in {deal.stage}"
        because += f"; {band.kernel.visits:,.0f} visits that were {band.age} or more, all ages weigh {1 - weight:.0%}"
        beyond = band.kernel.beyond(0, until)
        if beyond:
            because += "; extrapolated"
        return Estimate(min(1.0, max(0.0, weight * here + (1 - weight) * all_ages)), because, beyond)
