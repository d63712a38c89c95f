"""The Markov chain: a deal moves by the stage it is in, however long it has been there."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

import attrs

from salesprocess.analytics.risk import RiskCounts
from salesprocess.deal import Deal
from salesprocess.forecasting.competing_risks import CompetingRisks, FittedCompetingRisks, prior_counts
from salesprocess.forecasting.kernels import flat
from salesprocess.forecasting.timed import Manual, checked_manual
from salesprocess.frozen import FrozenDict
from salesprocess.process import Process


@attrs.frozen
class Markov:
    """A chain over the full graph of moves, with one hazard for each move: exits over the time at risk.

    It forgets how long a deal has been in its stage. With little history that is a virtue: there are few numbers to
    estimate; with more, `CompetingRisks` knows that deals which have waited long are others.

    Args:
        prior: as of `CompetingRisks`.
        unit: time goes in steps of it.
        window: as of `CompetingRisks`.
        half_life: as of `CompetingRisks`.
        manual: as of `CompetingRisks`.

    Raises:
        OutOfRange: a span that is not positive, or an unknown word for `manual`.

    >>> from datetime import UTC
    >>> rows = [{"stage": "offer", "age": 0, "outcome": outcome, "count": 50} for outcome in ("won", "lost")]
    >>> now = datetime(2026, 1, 5, tzinfo=UTC)
    >>> fitted = Markov().fit_counts(RiskCounts.from_rows(rows, unit=timedelta(days=1), as_of=now))
    >>> dict(fitted.kernels["offer"].tail)
    {'lost': 0.5, 'won': 0.5}
    """

    prior: Process | None = None
    unit: timedelta = attrs.field(default=timedelta(days=1), kw_only=True)
    window: timedelta | None = attrs.field(default=None, kw_only=True)
    half_life: timedelta | None = attrs.field(default=None, kw_only=True)
    manual: Manual = attrs.field(default="ignored", kw_only=True)

    method = "markov"

    def __attrs_post_init__(self) -> None:
        checked_manual(self.manual)
        self._with_ages()

    def fit(self, deals: Iterable[Deal], *, as_of: datetime) -> FittedCompetingRisks:
        """What the histories tell as they stood at `as_of`.

        Raises:
            NoHistory: no deal was opened by then, and there is no prior.
            DuplicateDeal, NaiveDatetime: the book or `as_of` is wrong.
        """
        with_ages = self._with_ages()
        return self.fit_counts(with_ages.counts(deals, as_of=as_of), as_of=as_of)

    def fit_counts(self, counts: RiskCounts, *, as_of: datetime | None = None) -> FittedCompetingRisks:
        """The same from counts alone, whose unit is the one that counts.

        Raises:
            NoHistory: nothing was counted, and there is no prior.
        """
        fitted = self._with_ages().fit_counts(counts, as_of=as_of)
        together = counts.pooled()
        if self.prior is not None:
            together += prior_counts(self.prior, unit=counts.unit, as_of=counts.as_of)
        return attrs.evolve(fitted, kernels=FrozenDict(flat(together)), method=self.method)

    def _with_ages(self) -> CompetingRisks:
        return CompetingRisks(
            self.prior, unit=self.unit, window=self.window, half_life=self.half_life, manual=self.manual
        )
