"""The main model: a deal moves by the stage it is in and the time it has been there, over the whole graph of moves."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal

import attrs

from salesprocess.analytics.results import unit_name
from salesprocess.analytics.risk import LOST, WON, RiskCounts, risk_counts
from salesprocess.analytics.visits import stage_visits
from salesprocess.deal import Deal
from salesprocess.errors import NoHistory, OutOfRange
from salesprocess.forecasting.assembly import Estimate
from salesprocess.forecasting.forecasts import Forecast
from salesprocess.forecasting.kernels import Kernel, kernels, win_table, won_ever
from salesprocess.forecasting.segments import (
    Effects,
    Segmented,
    Segmenter,
    effects,
    joint,
    segment_of_each,
    segmented,
)
from salesprocess.forecasting.timed import Manual, chance_by, checked_manual, timed
from salesprocess.frozen import EMPTY, FrozenDict
from salesprocess.process import Process
from salesprocess.timing import Period, instant

NEVER_SEEN, NEVER_LEFT = "stage that the history has never seen", "stage that nobody was seen to leave"
"""Why the method says nothing of a deal."""

PRIOR_VISITS = 5.0
"""What a rulebook says of a stage weighs as much as so many visits."""
_PRIOR_SPREAD = 0.8
"""Visits of a stage last as a lognormal law around its typical duration says, with this spread."""
_USUAL_STAY = timedelta(days=14)
LONGEST = 4000
"""A horizon of more units is taken as any time at all; a model in hours looks half a year ahead."""

_DEFINITIONS = {
    "competing risks": (
        "chance of being won in the period by stage and time in the stage: semi-Markov competing risks over all moves, "
        "open deals censored, whatever the expected close"
    ),
    "markov": (
        "chance of being won in the period by stage alone, however long a deal has been there: a Markov chain over all "
        "moves, open deals censored, whatever the expected close"
    ),
}


def _segmenters(segments: Mapping[str, Segmenter]) -> FrozenDict[str, Segmenter]:
    return FrozenDict(segments)


@attrs.frozen
class CompetingRisks:
    """Semi-Markov competing risks: how visits of each stage end, by age, and what follows from it for the deal.

    The chance that a deal is won by a moment comes from its stage and how long it has been there: what became of
    visits that had lasted as long, and of what they moved on to, by any way that deals really take: skips, steps back,
    reopenings. Open deals count as far as they have come (they are censored).

    Sources: Aalen and Johansen 1978, Scand. J. Stat. 5, 141–150; Putter, Fiocco and Geskus 2007, Stat. Med. 26,
    2389–2430.

    Args:
        prior: a rulebook whose stages state probabilities, and typical durations; each weighs as much as five visits.
            None goes by the history alone.
        unit: ages are counted in whole units, and chances are taken as straight between two.
        window: only what happened so long before the fit counts; None counts everything.
        half_life: time so long before the fit counts half; None lets all count alike.
        segments: by name, functions that tell the segment of a deal as it stood when it entered its stage, such as
            `by_owner`, `by_size` and `by_pace`. Each segment multiplies the chances of the pooled curve at the same
            age, by as much as its own record bears.
        manual: whether a probability that a person stated for a deal `wins`, where its expected close lies in the
            period, or is `ignored`.

    Raises:
        OutOfRange: a span that is not positive, or an unknown word for `manual`.

    >>> from datetime import UTC
    >>> from random import Random
    >>> from salesprocess import Calendar, simulation, templates
    >>> from salesprocess.forecasting import by_owner
    >>> startup = templates.load("startup")
    >>> start, now = datetime(2025, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)
    >>> record = simulation.book(startup, 100, rng=Random(1), start=start, as_of=now).deals
    >>> model = CompetingRisks(prior=startup, half_life=timedelta(days=365), segments={"owner": by_owner})
    >>> quarter = Calendar().quarters(2026)[0]
    >>> found = model.fit(record, as_of=now).forecast(record, period=quarter, as_of=now)
    >>> found.method
    'competing risks'
    """

    prior: Process | None = None
    unit: timedelta = attrs.field(default=timedelta(days=1), kw_only=True)
    window: timedelta | None = attrs.field(default=None, kw_only=True)
    half_life: timedelta | None = attrs.field(default=None, kw_only=True)
    segments: FrozenDict[str, Segmenter] = attrs.field(
        factory=FrozenDict[str, Segmenter], converter=_segmenters, kw_only=True
    )
    manual: Manual = attrs.field(default="ignored", kw_only=True)

    method = "competing risks"

    def __attrs_post_init__(self) -> None:
        checked_manual(self.manual)
        for name in ("unit", "window", "half_life"):
            span: timedelta | None = getattr(self, name)
            if span is not None and span <= timedelta(0):
                raise OutOfRange(name, span, "longer than nothing")

    def fit(self, deals: Iterable[Deal], *, as_of: datetime) -> FittedCompetingRisks:
        """What the histories tell as they stood at `as_of`.

        Raises:
            NoHistory: no deal was opened by then, and there is no prior.
            DuplicateDeal, NaiveDatetime: the book or `as_of` is wrong.
        """
        return self.fit_counts(self.counts(deals, as_of=as_of), as_of=as_of)

    def counts(self, deals: Iterable[Deal], *, as_of: datetime) -> RiskCounts:
        """What `fit` counts: all that it needs of the histories. Counts of several books add up.

        Raises:
            NoHistory: no deal was opened by then, and there is no prior.
            DuplicateDeal, NaiveDatetime: the book or `as_of` is wrong.
        """
        moment, book = instant(as_of, "as_of"), list(deals)
        try:
            visits = stage_visits(book, as_of=moment)
        except NoHistory:
            if self.prior is None:
                raise
            return RiskCounts(self.unit, moment, {})
        since = None if self.window is None else moment - self.window
        segment = segment_of_each(visits, book, self.segments) if self.segments else None
        return risk_counts(visits, unit=self.unit, segment=segment, since=since, half_life=self.half_life)

    def fit_counts(self, counts: RiskCounts, *, as_of: datetime | None = None) -> FittedCompetingRisks:
        """The same from counts alone, whose unit is the one that counts; without `segments`, of all of them together.

        Raises:
            NoHistory: nothing was counted, and there is no prior.
        """
        seen = counts.pooled()
        prior = None if self.prior is None else prior_counts(self.prior, unit=counts.unit, as_of=counts.as_of)
        together = seen if prior is None else seen + prior
        if not together.exits:
            raise NoHistory("no visit of a stage was seen, and there is no prior")
        visits: dict[str, float] = dict.fromkeys(together.stages, 0.0)
        for (stage, *_), count in seen.exits.items():
            visits[stage] += count
        return FittedCompetingRisks(
            instant(as_of or counts.as_of, "as_of"),
            counts.unit,
            FrozenDict(kernels(together)),
            FrozenDict(visits),
            prior is not None,
            manual=self.manual,
            segments=self.segments,
            effects=effects(counts, tuple(self.segments)) if self.segments and counts.exits else FrozenDict(),
        )


def prior_counts(process: Process, *, unit: timedelta, as_of: datetime) -> RiskCounts:
    """What a rulebook says of its stages, as counts of five visits each.

    A visit goes on to the next open stage, or to won, with the chance that makes winning as probable as the stage
    says: p(stage) / p(next). A stage without a typical duration is taken to last a fortnight; one without a
    probability says nothing.

    >>> from datetime import UTC
    >>> from salesprocess import templates
    >>> counts = prior_counts(templates.load("startup"), unit=timedelta(days=1), as_of=datetime(2026, 1, 1, tzinfo=UTC))
    >>> counts.n == 5 * len(counts.stages)
    True
    """
    line = [stage for stage in process.stages if stage.kind == "open"]
    exits: dict[tuple[str, int, str, str], float] = {}
    for place, stage in enumerate(line):
        following = next((other for other in line[place + 1 :] if other.probability), None)
        if stage.probability is None:
            continue
        ahead = 1.0 if following is None else following.probability or 1.0
        onward = min(1.0, stage.probability / ahead)
        median = (stage.typical_duration or _USUAL_STAY) / unit
        last = math.ceil(median * math.exp(3 * _PRIOR_SPREAD))
        shares = [_lognormal(age, median) for age in range(last + 1)]
        for age in range(last):
            share = (shares[age + 1] - shares[age]) / shares[last] * PRIOR_VISITS
            for outcome, chance in ((WON if following is None else following.name, onward), (LOST, 1 - onward)):
                if share * chance:
                    exits[stage.name, age, outcome, ""] = share * chance
    return RiskCounts(unit, as_of, exits)


def _lognormal(age: float, median: float) -> float:
    return 0.0 if age <= 0 else (1 + math.erf(math.log(age / median) / _PRIOR_SPREAD / math.sqrt(2))) / 2


@attrs.frozen
class FittedCompetingRisks:
    """`CompetingRisks`, fitted at `fitted_as_of`.

    Attributes:
        fitted_as_of: what was recorded later is not in it.
        unit: of ages.
        kernels: how visits end, by stage.
        visits: how many visits of each stage were seen, by weight.
        with_prior: whether a rulebook speaks too.
        method: `competing risks`, or `markov` for the one that forgets ages.
        manual: whether probabilities that people stated win.
        segments: how the segments of a deal are told.
        effects: by how much each segment multiplies the hazards of the pooled curve.
    """

    fitted_as_of: datetime
    unit: timedelta
    kernels: Mapping[str, Kernel] = attrs.field(repr=False)
    visits: FrozenDict[str, float]
    with_prior: bool
    method: str = CompetingRisks.method
    manual: Manual = "ignored"
    segments: FrozenDict[str, Segmenter] = attrs.field(factory=FrozenDict[str, Segmenter])
    effects: Effects = attrs.field(default=EMPTY, repr=False)
    _segmented: dict[str, Segmented] = attrs.field(factory=dict[str, Segmented], init=False, eq=False, repr=False)

    @property
    def by_age(self) -> bool:
        """Whether the time in a stage counts."""
        return self.method == CompetingRisks.method

    def probability(self, deal: Deal, *, by: datetime, as_of: datetime) -> Estimate | str:
        """The chance that a deal is won before `by`, as it stood at `as_of`, or why there is none.

        Raises:
            OutOfRange: the deal was not opened by `as_of`, or `as_of` precedes the fit.
            NaiveDatetime: a moment has no time zone.
        """
        return chance_by(deal, self.within, by=by, as_of=as_of, fitted_as_of=self.fitted_as_of)

    def forecast(
        self,
        deals: Iterable[Deal],
        *,
        period: Period | None,
        as_of: datetime,
        currency: str | None = None,
        rates: Mapping[str, Decimal] | None = None,
    ) -> Forecast:
        """What the open deals will bring in `period`, whatever close date anybody expects.

        Args:
            deals: the book, as it stands or later; what was recorded after `as_of` is not known here.
            period: when a deal must be won to count, from `as_of` on; None is any time.
            as_of: the moment of which the forecast speaks.
            currency: the currency of the result; None takes the only one that occurs.
            rates: what one unit of other currencies is worth in it.

        Raises:
            OutOfRange: the period has ended by `as_of`.
            CurrencyMismatch, NoHistory: no currency is given, and several occur, or none.
            MissingRate: names every currency of the deals counted that `rates` lacks.
            DuplicateDeal, NaiveDatetime: the book or `as_of` is wrong.
        """
        return timed(
            deals,
            self.within,
            method=self.method,
            definition=_DEFINITIONS[self.method],
            fitted_as_of=self.fitted_as_of,
            period=period,
            as_of=as_of,
            currency=currency,
            rates=rates,
            manual=self.manual,
        )

    def within(self, deal: Deal, now: datetime, begin: datetime, end: datetime) -> Estimate | str:
        """The chance that a deal, as it stands at `now`, is won from `begin` until just before `end`, or why none."""
        if deal.stage not in self.kernels:
            return NEVER_SEEN
        if not self.kernels[deal.stage].left:
            return NEVER_LEFT
        age = max(0.0, deal.stage_age(now) / self.unit)
        group = joint(deal, deal.stage_since, self.segments) if self.segments else ""
        until, before = ((moment - now) / self.unit for moment in (end, begin))
        known = self._of(group)
        chance = self._won(known, deal.stage, age, until)
        if before > 0:
            chance -= self._won(known, deal.stage, age, before)
        kernel, seen = self.kernels[deal.stage], self.visits.get(deal.stage, 0.0)
        because = f"{age:.0f} {unit_name(self.unit)} in {deal.stage}, of which {self._stayed(kernel, age)}"
        because += f"; {seen:,.0f} visits seen" if seen else "; prior of the rulebook, no visit seen"
        if seen and self.with_prior:
            because += f", beside a prior worth {PRIOR_VISITS:.0f}"
        because += known.because.get(deal.stage, "")
        beyond = self.by_age and kernel.beyond(age, until)
        if beyond:
            because += "; extrapolated"
        return Estimate(min(1.0, max(0.0, chance)), because, beyond)

    @staticmethod
    def _stayed(kernel: Kernel, age: float) -> str:
        return f"{kernel.staying(age):.0%} last as long"

    def _of(self, group: str) -> Segmented:
        known = self._segmented.get(group)
        if known is None:
            made = segmented(self.kernels, self.effects, group) if self.segments else Segmented(self.kernels, {})
            known = self._segmented[group] = made
        return known

    def _won(self, known: Segmented, stage: str, age: float, units: float) -> float:
        if units > LONGEST:
            return won_ever(known.kernels, known.ever, stage, age)
        whole = math.ceil(units)
        table = known.tables.get(whole) or next((each for far, each in known.tables.items() if far > whole), None)
        if table is None:
            table = known.tables[whole] = win_table(known.kernels, whole)
        return table.won(stage, age, units)
