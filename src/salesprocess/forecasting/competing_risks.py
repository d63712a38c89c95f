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
from salesprocess.forecasting.assembly import Estimate, assembled
from salesprocess.forecasting.forecasts import Forecast
from salesprocess.forecasting.kernels import Kernel, WinTable, kernels, win_table
from salesprocess.frozen import FrozenDict
from salesprocess.process import Process
from salesprocess.timing import Period, instant

NEVER_SEEN = "stage that the history has never seen"
"""Why the method says nothing of a deal."""

PRIOR_VISITS = 5.0
"""What a rulebook says of a stage weighs as much as so many visits."""
_PRIOR_SPREAD = 0.8
"""Visits of a stage last as a lognormal law around its typical duration says, with this spread."""
_USUAL_STAY = timedelta(days=14)
_LONGEST = 2000
"""No horizon is longer than so many units: what has not been won by then, will not be."""


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
        half_life: a visit that ended so long before the fit counts half; None lets all count alike.

    Raises:
        OutOfRange: a span that is not positive.
    """

    prior: Process | None = None
    unit: timedelta = attrs.field(default=timedelta(days=1), kw_only=True)
    window: timedelta | None = attrs.field(default=None, kw_only=True)
    half_life: timedelta | None = attrs.field(default=None, kw_only=True)

    method = "competing risks"

    def __attrs_post_init__(self) -> None:
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
        moment = instant(as_of, "as_of")
        try:
            visits = stage_visits(deals, as_of=moment)
        except NoHistory:
            if self.prior is None:
                raise
            return self.fit_counts(RiskCounts(self.unit, moment, {}), as_of=moment)
        since = None if self.window is None else moment - self.window
        counts = risk_counts(visits, unit=self.unit, since=since, half_life=self.half_life)
        return self.fit_counts(counts, as_of=moment)

    def fit_counts(self, counts: RiskCounts, *, as_of: datetime | None = None) -> FittedCompetingRisks:
        """The same from counts alone, of all segments together; their unit is the one that counts.

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
    """

    fitted_as_of: datetime
    unit: timedelta
    kernels: Mapping[str, Kernel] = attrs.field(repr=False)
    visits: FrozenDict[str, float]
    with_prior: bool
    _tables: dict[int, WinTable] = attrs.field(factory=dict[int, WinTable], init=False, eq=False, repr=False)

    method = CompetingRisks.method

    def probability(self, deal: Deal, *, by: datetime, as_of: datetime) -> Estimate | str:
        """The chance that a deal is won before `by`, as it stood at `as_of`, or why there is none.

        Raises:
            OutOfRange: the deal was not opened by `as_of`.
            NaiveDatetime: a moment has no time zone.
        """
        now, end = instant(as_of, "as_of"), instant(by, "by")
        then = deal.as_of(now)
        if then is None:
            raise OutOfRange("as_of", now, f"no earlier than the opening, {deal.opened_at.isoformat()}")
        return self._estimate(then, now, now, end)

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
        now = instant(as_of, "as_of")
        if period is not None and period.end <= now:
            raise OutOfRange("period", str(period), f"one that ends after {now.isoformat()}")
        begin = now if period is None else max(period.start, now)
        end = now + _LONGEST * self.unit if period is None else period.end
        return assembled(
            deals,
            lambda deal: self._estimate(deal, now, begin, end),
            method=self.method,
            definition=(
                "chance of being won in the period by stage and time in the stage: semi-Markov competing risks over "
                "all moves, open deals censored, whatever the expected close"
            ),
            period=period,
            as_of=now,
            currency=currency,
            rates=rates,
        )

    def _estimate(self, deal: Deal, now: datetime, begin: datetime, end: datetime) -> Estimate | str:
        if deal.stage not in self.kernels:
            return NEVER_SEEN
        age = max(0.0, deal.stage_age(now) / self.unit)
        until, before = (min(moment - now, _LONGEST * self.unit) / self.unit for moment in (end, begin))
        table = self._table(math.ceil(until))
        chance = table.won(deal.stage, age, until)
        if before > 0:
            chance -= table.won(deal.stage, age, before)
        kernel, seen = self.kernels[deal.stage], self.visits.get(deal.stage, 0.0)
        because = f"{age:.0f} {unit_name(self.unit)} in {deal.stage}"
        because += f"; {seen:,.0f} visits seen" if seen else "; prior of the rulebook, no visit seen"
        if seen and self.with_prior:
            because += f", beside a prior worth {PRIOR_VISITS:.0f}"
        if age + until > kernel.firm + 1:
            because += "; extrapolated"
        return Estimate(min(1.0, max(0.0, chance)), because)

    def _table(self, units: int) -> WinTable:
        if units not in self._tables:
            self._tables[units] = win_table(self.kernels, units)
        return self._tables[units]
