"""Judge forecasters by the past: let each forecast what is known by now, from what was known then."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any, Protocol, TypeAlias, cast

from salesprocess.analytics.cohort import each_once, only_deals
from salesprocess.analytics.worth import settled
from salesprocess.deal import Deal
from salesprocess.errors import LeakyForecaster, NoHistory, OutOfRange, WrongKind, raise_together
from salesprocess.forecasting.backtest_report import Backtest
from salesprocess.forecasting.forecasts import Forecaster
from salesprocess.forecasting.trial import Trial, trial
from salesprocess.frozen import FrozenDict
from salesprocess.money import check_rates
from salesprocess.timing import instant, optional_instant

INCOMPLETE = "horizon not complete"
BEFORE = "before the record begins"
NOBODY = "no open deal with an amount"
"""Why an origin is left out."""

Progress: TypeAlias = Callable[[int, int], object]
"""Told after each origin how many are done, and how many there are."""


class Mapped(Protocol):
    """Applies a function to each item and gives the results in order: `map`, or that of an executor."""

    def __call__(self, function: Callable[[Any], Any], items: Iterable[Any], /) -> Iterable[Any]:
        """The results, in the order of the items."""
        ...


def backtest(
    forecasters: Iterable[Forecaster] | Mapping[str, Forecaster],
    deals: Iterable[Deal],
    *,
    origins: Iterable[datetime],
    horizon: timedelta,
    as_of: datetime | None = None,
    currency: str | None = None,
    rates: Mapping[str, Decimal] | None = None,
    map: Mapped = map,
    progress: Progress | None = None,
) -> Backtest:
    """Fit each forecaster at each origin to the record as it stood then, and compare its forecast with what came.

    Judged are the deals that were open and had an amount at the origin: whether each was won within the horizon, and
    what all of them brought together. A deal that a forecaster leaves out counts as one it gives no chance. Deals
    that were opened later are in no forecast; what they brought is told beside. Also judged, by its total alone, is
    that the deals open now bring what those open one horizon ago brought (`same as last period`).

    Args:
        forecasters: not fitted; with names of your own in a mapping, or by their method.
        deals: the record, each deal once.
        origins: the moments to look ahead from, in any order; see `origins`.
        horizon: how far ahead each forecast looks.
        as_of: what was recorded later counts for nothing; None is the last event of the record. An origin whose
            horizon ends after it is left out and counted.
        currency: of the totals; None takes the only one that occurs.
        rates: what one unit of other currencies is worth in it.
        map: applies the work to each origin; `pool.map` of a process pool works on several at once. Each call carries
            the whole record: `functools.partial(pool.map, chunksize=5)` sends it once for five origins.
        progress: called after each origin.

    Raises:
        LeakyForecaster: a forecaster is fitted already: it may have seen what it is to predict.
        NoHistory: no origin is left, or there is no deal.
        OutOfRange: no forecaster, two of one name, or a horizon that is not longer than nothing.
        CurrencyMismatch, MissingRate, DuplicateDeal, NaiveDatetime: the book, a moment or the rates are wrong.

    >>> from datetime import UTC
    >>> from random import Random
    >>> from salesprocess import simulation, templates
    >>> from salesprocess.forecasting import StageWeighted, origins
    >>> startup = templates.load("startup")
    >>> start, now = datetime(2025, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)
    >>> record = simulation.book(startup, 300, rng=Random(1), start=start, as_of=now).deals
    >>> report = backtest(
    ...     [StageWeighted(startup)],
    ...     record,
    ...     origins=origins(start + timedelta(days=120), now, every=timedelta(days=30)),
    ...     horizon=timedelta(days=90),
    ... )
    >>> report.n, report.excluded["horizon not complete"]
    (6, 3)
    """
    named = _named(forecasters)
    book = tuple(only_deals(deals))
    if not book:
        raise NoHistory("there is no deal to look back on")
    each_once([deal.id for deal in book])
    if horizon <= timedelta(0):
        raise OutOfRange("horizon", horizon, "longer than nothing")
    moments = sorted({instant(origin, "origins") for origin in origins})
    last = optional_instant(as_of, "as_of") or max(deal.updated_at for deal in book)
    if as_of is not None:
        book = tuple(then for deal in book if (then := deal.as_of(last)) is not None)
    begin = min((deal.opened_at for deal in book), default=last)
    excluded = Counter(
        {
            INCOMPLETE: sum(origin + horizon > last for origin in moments),
            BEFORE: sum(origin < begin for origin in moments),
        }
    )
    complete = [origin for origin in moments if begin <= origin <= last - horizon]
    currency = settled(currency, (deal.amount for deal in book if deal.amount is not None))
    exchange = rates or {}
    check_rates((deal.amount.currency for deal in book if deal.amount is not None), currency, exchange)
    work = partial(trial, book, named, horizon, currency, exchange, begin)
    trials: list[Trial] = []
    for done, each in enumerate(map(work, complete), 1):
        found: Trial = each
        if found.failed or not found.deals:
            excluded[found.failed or NOBODY] += 1
        else:
            trials.append(found)
        if progress is not None:
            progress(done, len(complete))
    if not trials:
        why = "; ".join(f"{reason}: {count}" for reason, count in (+excluded).items())
        raise NoHistory(f"none of {len(moments)} origins is left to judge by ({why or 'there is none'})")
    return Backtest.of(trials, tuple(named), last, horizon, currency, FrozenDict(+excluded))


def _named(forecasters: Iterable[Forecaster] | Mapping[str, Forecaster]) -> dict[str, Forecaster]:
    """The forecasters by name, checked."""
    if isinstance(forecasters, Mapping):
        pairs = list(cast("Mapping[str, Forecaster]", forecasters).items())
    else:
        pairs = [(str(getattr(each, "method", type(each).__name__)), each) for each in forecasters]
    if not pairs:
        raise OutOfRange("forecasters", pairs, "at least one")
    leaky: list[LeakyForecaster | WrongKind] = []
    for name, each in pairs:
        if hasattr(each, "forecast"):
            why = (
                "has been fitted, and may have seen what it is to predict; pass the forecaster that it was fitted from"
            )
            leaky.append(LeakyForecaster(f"{name} {why}"))
        elif not callable(getattr(each, "fit", None)):
            leaky.append(WrongKind("forecasters", each, "forecasters, which have a method `fit`"))
    raise_together(leaky)
    twice = [name for name, count in Counter(name for name, _ in pairs).items() if count > 1]
    if twice:
        raise OutOfRange(
            "forecasters", ", ".join(twice), "each of another name; a mapping gives them names of your own"
        )
    return dict(pairs)
