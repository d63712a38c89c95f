"""The usual shortcut, as a baseline: the share of closed deals that were won, by stage, as if time did not matter."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal

import attrs

from salesprocess.analytics.journeys import journeys
from salesprocess.analytics.visits import stage_visits
from salesprocess.deal import Deal
from salesprocess.errors import NoHistory
from salesprocess.forecasting.assembly import Estimate, assembled
from salesprocess.forecasting.forecasts import Forecast
from salesprocess.forecasting.timed import after_the_fit, as_it_stood
from salesprocess.frozen import FrozenDict
from salesprocess.timing import Period, instant

NONE_CLOSED = "no closed deal was ever in the stage"
"""Why the method says nothing of a deal."""


@attrs.frozen
class ClosedRate:
    """Of the closed deals that were ever in a stage, the share that was won; a baseline, and biased.

    It leaves open deals out, so that quick losses weigh too much or too little as the book grows or shrinks, and it
    says when nothing: each deal is taken to be decided within the period.

    >>> from datetime import UTC
    >>> from salesprocess.money import Money
    >>> from salesprocess.process import Process
    >>> from salesprocess.stages import Stage
    >>> solar = Process("solar", stages=[Stage("offer"), Stage.won("won"), Stage.lost("lost")])
    >>> at = datetime(2026, 1, 5, tzinfo=UTC)
    >>> won, lost, now = (solar.open(name, at=at, amount=Money(100, "EUR")) for name in "ABC")
    >>> book = [solar.win(won, at=at), solar.lose(lost, at=at), now]
    >>> forecast = ClosedRate().fit(book, as_of=at).forecast(book, period=None, as_of=at)
    >>> forecast.expected, forecast.deals[0].because
    (Money('50.00', 'EUR'), '1 won of 2 closed deals that were in offer')
    """

    method = "closed rate"

    def fit(self, deals: Iterable[Deal], *, as_of: datetime) -> FittedClosedRate:
        """The shares as of `as_of`.

        Raises:
            NoHistory: no deal is closed by then.
            DuplicateDeal, NaiveDatetime: the book or `as_of` is wrong.
        """
        moment = instant(as_of, "as_of")
        visits = stage_visits(deals, as_of=moment)
        closed, won = Counter[str](), Counter[str]()
        for journey in journeys(visits):
            if journey.status != "open":
                stages = {visits.stages[code] for code in journey.path}
                closed.update(stages)
                won.update(stages if journey.status == "won" else ())
        if not closed:
            raise NoHistory(f"no deal that was seen in an open stage is closed by {moment.isoformat()}")
        return FittedClosedRate(moment, FrozenDict((stage, (won[stage], count)) for stage, count in closed.items()))


@attrs.frozen
class FittedClosedRate:
    """`ClosedRate`, fitted at `fitted_as_of`; `closed` has, by stage, how many were won and how many closed."""

    fitted_as_of: datetime
    closed: FrozenDict[str, tuple[int, int]]

    method = ClosedRate.method

    def probability(self, deal: Deal, *, by: datetime, as_of: datetime) -> Estimate | str:
        """The share for the stage in which the deal stood at `as_of`, or why there is none; `by` plays no part.

        Raises:
            OutOfRange: the deal was not opened by `as_of`, or `as_of` precedes the fit.
            NaiveDatetime: a moment has no time zone.
        """
        instant(by, "by")
        now = instant(as_of, "as_of")
        after_the_fit(now, self.fitted_as_of)
        return self._estimate(as_it_stood(deal, now))

    def forecast(
        self,
        deals: Iterable[Deal],
        *,
        period: Period | None,
        as_of: datetime,
        currency: str | None = None,
        rates: Mapping[str, Decimal] | None = None,
    ) -> Forecast:
        """What the open deals would bring if all were decided in `period`.

        Args:
            deals: the book, as it stands or later; what was recorded after `as_of` is not known here.
            period: a label only.
            as_of: the moment of which the forecast speaks.
            currency: the currency of the result; None takes the only one that occurs.
            rates: what one unit of other currencies is worth in it.

        Raises:
            CurrencyMismatch, NoHistory: no currency is given, and several occur, or none.
            MissingRate: names every currency of the deals counted that `rates` lacks.
            DuplicateDeal, NaiveDatetime: the book or `as_of` is wrong.
        """
        return assembled(
            deals,
            self._estimate,
            method=self.method,
            definition=(
                "share won of the closed deals that were ever in the stage, open deals left out, whatever the period"
            ),
            period=period,
            as_of=as_of,
            currency=currency,
            rates=rates,
        )

    def _estimate(self, deal: Deal) -> Estimate | str:
        if deal.stage not in self.closed:
            return NONE_CLOSED
        won, closed = self.closed[deal.stage]
        return Estimate(won / closed, f"{won:,} won of {closed:,} closed deals that were in {deal.stage}")
