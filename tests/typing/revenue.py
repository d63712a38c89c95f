"""Questions about revenue have types: what is no assumption, and what is no model of time, does not type-check."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import assert_type

from salesprocess import Deal, Money, Period, Process
from salesprocess import forecasting as fc


def asked(model: fc.FittedCompetingRisks, deals: list[Deal], process: Process, period: Period, now: datetime) -> None:
    forecast = fc.outlook(model.forecast(deals, period=period, as_of=now), deals)
    assert_type(forecast, fc.Forecast)
    assert_type(fc.what_if(forecast, fc.Odds(0.8), fc.Lost(fc.Book(owner="kari"))).after, fc.Forecast)
    assert_type(fc.levers(forecast, Money(1, "EUR")).rows, tuple[fc.Lever, ...])
    assert_type(fc.closings(deals, model, as_of=now, slip=fc.slip(deals, as_of=now)).rows, tuple[fc.Closing, ...])
    rolled = fc.rollup(deals, process, periods=[period], as_of=now, currency="EUR", model=model, value="arr")
    assert_type(rolled.by("owner"), fc.RollupBreakdown)
    forecast.assuming(dependence=None, new_deals=fc.new_deals(deals, period=period, as_of=now))

    fc.Amounts(1.5)  # type: ignore[arg-type]
    fc.Delay(14)  # type: ignore[arg-type]
    fc.Lost("D-1")  # type: ignore[arg-type]
    fc.what_if(forecast, "half of it")  # type: ignore[arg-type]
    fc.levers(forecast, 1000)  # type: ignore[arg-type]
    fc.closings(deals, forecast, as_of=now)  # type: ignore[arg-type]
    fc.required_pipeline(deals, Money(1, "EUR"), period=period, past=[], as_of=now, pipeline="all")  # type: ignore[arg-type]
    forecast.assuming(dependence="strong")  # type: ignore[arg-type]
    rolled.by("weekday")  # type: ignore[arg-type]
    fc.bridge(forecast, rolled)  # type: ignore[arg-type]


assert_type(fc.Amounts(Decimal("0.9")).times, Decimal | int)
assert_type(fc.Delay(timedelta(days=14)).of, fc.Book)
