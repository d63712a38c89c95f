"""Results to draw: of one synthetic book, and of books with nothing in them."""

import warnings
from datetime import UTC, datetime, timedelta
from functools import cache
from random import Random
from typing import Any

from salesprocess import Calendar, Period, Process, Stage, analytics, simulation
from salesprocess import forecasting as fc
from salesprocess.errors import SalesProcessWarning
from salesprocess.frozen import FrozenDict

DAY = timedelta(days=1)
START = datetime(2026, 1, 1, tzinfo=UTC)
NOW = datetime(2026, 7, 1, tzinfo=UTC)
SOLAR = Process(
    "solar",
    stages=[
        Stage("lead", 0.2, label="Kundeemne"),
        Stage("offer", 0.5, label="Behovsavklaring og utarbeidelse av løsningsforslag"),
        Stage("closing", 0.8),
        Stage.won("won"),
        Stage.lost("lost"),
    ],
)


@cache
def book(deals: int = 250) -> simulation.Book:
    return simulation.book(SOLAR, deals, rng=Random(3), start=START, as_of=NOW)


def quiet(function: Any, *arguments: Any, **options: Any) -> Any:
    """The result without its warnings, which the pictures repeat as notes."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SalesProcessWarning)
        return function(*arguments, **options)


@cache
def conversion(deals: int = 250, **options: Any) -> analytics.Conversion:
    return quiet(analytics.conversion, analytics.stage_visits(book(deals).deals, as_of=NOW), SOLAR, **options)


@cache
def durations(deals: int = 250, **options: Any) -> analytics.Durations:
    return quiet(analytics.durations, analytics.stage_visits(book(deals).deals, as_of=NOW), SOLAR, **options)


@cache
def aging(**options: Any) -> analytics.Aging:
    visits = analytics.stage_visits(book().deals, as_of=NOW)
    return quiet(analytics.aging, visits, SOLAR, deals=book().deals, **options)


@cache
def bottlenecks(*, priced: bool = True) -> analytics.Bottlenecks:
    visits = analytics.stage_visits(book().deals, as_of=NOW)
    return quiet(analytics.bottlenecks, visits, SOLAR, deals=book().deals if priced else None)


@cache
def cohorts() -> analytics.Cohorts:
    return quiet(analytics.cohorts, book().deals, as_of=NOW, ages=[30, 60, 120])


@cache
def trend() -> analytics.Trend:
    points = [(f"2025-{month:02}", month % 4) for month in range(1, 13)]
    return analytics.trend(analytics.Series("won a month", points, as_of=NOW))


@cache
def owners(deals: int = 250) -> analytics.Owners:
    return quiet(analytics.owners, book(deals).deals, SOLAR, as_of=NOW)


@cache
def conformance(deals: int = 250) -> analytics.Conformance:
    return quiet(analytics.conformance, book(deals).deals, SOLAR)


@cache
def forecasts(months: int = 3) -> tuple[fc.Forecast, ...]:
    model = fc.CompetingRisks(prior=SOLAR).fit(book().deals, as_of=NOW)
    periods = Calendar(tz="Europe/Oslo").months_from(NOW + DAY, months)
    return tuple(model.forecast(book().deals, period=period, as_of=NOW) for period in periods)


@cache
def drivers() -> fc.Drivers:
    return fc.drivers(forecasts()[0], count=5)


@cache
def forecast_at(as_of: datetime) -> fc.Forecast:
    """The first of the forecasts, later."""
    lives = book().lives
    period = Calendar(tz="Europe/Oslo").month_of(NOW + DAY)
    return fc.CompetingRisks(prior=SOLAR).fit(lives, as_of=as_of).forecast(lives, period=period, as_of=as_of)


@cache
def outlook_of(period: Period, as_of: datetime) -> fc.Forecast:
    """What a period brings in the end, with what was won in it by then."""
    deals = book().deals
    forecast = fc.CompetingRisks(prior=SOLAR).fit(deals, as_of=as_of).forecast(deals, period=period, as_of=as_of)
    return fc.outlook(forecast, deals)


@cache
def rollup() -> fc.Rollup:
    periods = Calendar(tz="Europe/Oslo").months_from(datetime(2026, 5, 2, tzinfo=UTC), 3)
    return fc.rollup(book().deals, SOLAR, periods=periods, as_of=NOW, currency="EUR")


@cache
def report() -> fc.Backtest:
    origins = fc.origins(START + 60 * DAY, NOW, every=14 * DAY)
    forecasters = [fc.CompetingRisks(prior=SOLAR), fc.StageWeighted(SOLAR)]
    return quiet(fc.backtest, forecasters, book().deals, origins=origins, horizon=30 * DAY)


NO_CONVERSION = analytics.Conversion(NOW, "any", (), 0, FrozenDict())
NO_DURATIONS = analytics.Durations(NOW, DAY, (), 0, FrozenDict())
