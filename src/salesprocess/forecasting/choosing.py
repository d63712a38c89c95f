"""Which forecaster to use: the one that the record of the past speaks for, and a prior where there is too little."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

import attrs

from salesprocess import given
from salesprocess.analytics.worth import settled
from salesprocess.deal import Deal
from salesprocess.errors import DriftingHistory, Extrapolated, NoHistory, OutOfRange, ThinHistory
from salesprocess.forecasting.backtest_report import Backtest
from salesprocess.forecasting.backtesting import Mapped, Progress, backtest
from salesprocess.forecasting.blend import Blend
from salesprocess.forecasting.book import Rulebooks, as_of_each, same_processes
from salesprocess.forecasting.closed_rate import ClosedRate
from salesprocess.forecasting.competing_risks import CompetingRisks
from salesprocess.forecasting.drift import drift
from salesprocess.forecasting.forecasts import Forecast, Forecaster
from salesprocess.forecasting.landmark import Landmark
from salesprocess.forecasting.markov import Markov
from salesprocess.forecasting.moments import origins
from salesprocess.forecasting.recorded import Recorded
from salesprocess.forecasting.stage_weighted import StageWeighted
from salesprocess.process import Process
from salesprocess.timing import Period, instant

ORIGINS = 12
"""A choice looks back from so many moments, where the record is long enough."""
FEWEST_ORIGINS, FEWEST_DECIDED = 3, 10
"""Below so many origins, or deals won or lost, a choice would be chance."""
_MUCH = Decimal("0.5")
_DAY = timedelta(days=1)


@attrs.frozen
class Choice:
    """Which forecaster was chosen, and why.

    Attributes:
        forecaster: it, not fitted.
        method: its name.
        why: in words.
        report: the backtest that spoke for it; None when the record was too thin for one.
    """

    forecaster: Forecaster = attrs.field(repr=False)
    method: str
    why: str
    report: Backtest | None = attrs.field(repr=False)


def best_by_backtest(
    forecasters: Sequence[Forecaster],
    deals: Iterable[Deal],
    *,
    horizon: timedelta,
    as_of: datetime,
    currency: str | None = None,
    rates: Mapping[str, Decimal] | None = None,
    map: Mapped = map,
    progress: Progress | None = None,
) -> Choice:
    """The forecaster that did best at up to twelve moments of the past, or the first one when there is no telling.

    The moments lie evenly between one horizon after the record begins and one horizon before `as_of`. See
    `Backtest.best` for what best means.

    Args:
        forecasters: not fitted; the first is the one that can speak without history.
        deals: the record, as it stands or later; what was recorded after `as_of` is not known here.
        horizon: how far ahead the forecast is to look.
        as_of: now.
        currency: of the totals; None takes the only one that occurs.
        rates: what one unit of other currencies is worth in it.
        map: as of `backtest`.
        progress: as of `backtest`.

    Warns:
        ThinHistory: fewer than three moments, or than ten deals that were won or lost: the choice is the first one.

    Raises:
        NoHistory: no deal was opened by `as_of`.
        LeakyForecaster, OutOfRange, CurrencyMismatch, MissingRate, DuplicateDeal, NaiveDatetime: as of `backtest`.

    >>> from datetime import UTC
    >>> from random import Random
    >>> from salesprocess import simulation, templates
    >>> startup = templates.load("startup")
    >>> start, now = datetime(2025, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)
    >>> record = simulation.book(startup, 300, rng=Random(1), start=start, as_of=now).deals
    >>> candidates = [StageWeighted(startup), Recorded(startup)]
    >>> best_by_backtest(candidates, record, horizon=timedelta(days=60), as_of=now).method
    'stage-weighted'
    """
    choice = _chosen(forecasters, deals, horizon, as_of, currency, rates, map, progress)
    _tell_if_thin(choice)
    return choice


def _chosen(
    forecasters: Sequence[Forecaster],
    deals: Iterable[Deal],
    horizon: timedelta,
    as_of: datetime,
    currency: str | None,
    rates: Mapping[str, Decimal] | None,
    map: Mapped,
    progress: Progress | None,
) -> Choice:
    now = instant(as_of, "as_of")
    if not forecasters:
        raise OutOfRange("forecasters", forecasters, "at least one")
    known, _ = as_of_each(deals, now)
    if not known:
        raise NoHistory(f"no deal was opened by {now.isoformat()}")
    begin = min(deal.opened_at for deal in known)
    decided = sum(deal.outcome is not None for deal in known)
    moments = _moments(begin + horizon, now - horizon)
    report = None
    if decided >= FEWEST_DECIDED and len(moments) >= FEWEST_ORIGINS:
        try:
            report = backtest(
                forecasters,
                known,
                origins=moments,
                horizon=horizon,
                as_of=now,
                currency=currency,
                rates=rates,
                map=map,
                progress=progress,
            )
        except NoHistory:
            report = None
    if report is None or report.n < FEWEST_ORIGINS:
        method = str(forecasters[0].method)
        judged = 0 if report is None else report.n
        told = f"{decided} deals won or lost, {judged} of at least {FEWEST_ORIGINS} moments to judge by"
        why = f"prior, not history: the record is too thin for a choice ({told})"
        return Choice(forecasters[0], method, why, report)
    chosen = next(each for each in forecasters if each.method == report.best)
    return Choice(chosen, report.best, f"best of {len(forecasters)} by backtest. {report.verdict}", report)


def _tell_if_thin(choice: Choice) -> None:
    """Warn in the place of whoever called the function that calls this one."""
    if choice.report is None or choice.report.n < FEWEST_ORIGINS:
        warnings.warn(f"{choice.method} is used as a {choice.why}", ThinHistory, stacklevel=3)


def _moments(first: datetime, last: datetime) -> tuple[datetime, ...]:
    """Up to twelve moments, in steps of whole days, of which the latest is `last`."""
    if last < first:
        return ()
    step = max(_DAY, -(-(last - first) // (_DAY * (ORIGINS - 1))) * _DAY)
    return origins(last - (last - first) // step * step, last, every=step)


def candidates(process: Rulebooks) -> tuple[Forecaster, ...]:
    """The forecasters of which `forecast` chooses; the first is the one that can speak without history.

    >>> from salesprocess import templates
    >>> "stage-weighted" in [each.method for each in candidates(templates.load("startup"))]
    True
    """
    prior = process if isinstance(process, Process) else None
    risks, landmark = CompetingRisks(prior), Landmark()
    models = (risks, landmark, Blend([risks, landmark]), Markov(prior))
    return (*models, StageWeighted(process), ClosedRate(), Recorded(process))


def forecast(
    deals: Iterable[Deal],
    process: Rulebooks,
    *,
    period: Period,
    as_of: datetime,
    forecasters: Sequence[Forecaster] | None = None,
    currency: str | None = None,
    rates: Mapping[str, Decimal] | None = None,
    map: Mapped = map,
    progress: Progress | None = None,
) -> Forecast:
    """What the open deals will bring by the end of a period, by the forecaster that the past speaks for.

    The forecasters are judged by a backtest as far ahead as the period ends; the best one is fitted to the whole
    record. What its earlier totals missed beyond chance widens the distribution. `Forecast.choice` says which one it
    is, why, and holds the backtest.

    Args:
        deals: the whole record, closed deals too; what was recorded after `as_of` is not known here.
        process: the rulebook of the deals, or a catalog of several.
        period: when a deal must be won to count.
        as_of: now; before the end of the period.
        forecasters: of which to choose, the first being the one for a thin record; None is `candidates(process)`.
        currency: of the result; None takes the only one that occurs.
        rates: what one unit of other currencies is worth in it.
        map: as of `backtest`.
        progress: as of `backtest`.

    Warns:
        ThinHistory: the record is too thin for a choice, and the forecast rests on a prior.
        DriftingHistory: its later half goes otherwise than the earlier one.
        Extrapolated: half of the expected amount or more rests on ages that the record has not seen.

    Raises:
        OutOfRange: the period has ended by `as_of`.
        NoHistory: no deal was opened by `as_of`.
        CurrencyMismatch, MissingRate, DuplicateDeal, WrongProcess, UnknownProcess, NaiveDatetime: the book is wrong.

    >>> from datetime import UTC
    >>> from random import Random
    >>> from salesprocess import Calendar, simulation, templates
    >>> startup = templates.load("startup")
    >>> start, now = datetime(2025, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)
    >>> record = simulation.book(startup, 300, rng=Random(1), start=start, as_of=now).deals
    >>> found = forecast(record, startup, period=Calendar().quarters(2026)[0], as_of=now)
    >>> found.choice.why.split(".")[0]
    'best of 7 by backtest'
    """
    now = instant(as_of, "as_of")
    if given.a(Period, period, "period").end <= now:
        raise OutOfRange("period", str(period), f"one that ends after {now.isoformat()}")
    book = list(deals)
    same_processes(process, book)
    able = candidates(process) if forecasters is None else forecasters
    choice = _chosen(able, book, period.end - now, now, currency, rates, map, progress)
    _tell_if_thin(choice)
    fitted = choice.forecaster.fit(book, as_of=now)
    known, _ = as_of_each(book, now)
    told = settled(currency, (deal.amount for deal in known if deal.amount is not None))
    found = fitted.forecast(book, period=period, as_of=now, currency=told, rates=rates)
    if choice.report is not None:
        found = found.assuming(dependence=choice.report.spreads[choice.method])
    _tell_doubts(found, known, now)
    return attrs.evolve(found, choice=choice)


def _tell_doubts(found: Forecast, known: Sequence[Deal], now: datetime) -> None:
    sure = [str(shift) for shift in drift(known, as_of=now) if shift.sure]
    if sure:
        warnings.warn(f"the record has changed its ways: {'; '.join(sure)}", DriftingHistory, stacklevel=3)
    whole = sum(row.expected.amount for row in found.deals)
    beyond = sum(row.expected.amount for row in found.deals if row.extrapolated)
    if whole and beyond / whole >= _MUCH:
        told = f"{beyond / whole:.0%} of the expected amount rests on ages that the record has not seen"
        warnings.warn(told, Extrapolated, stacklevel=3)
