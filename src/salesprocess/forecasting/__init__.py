"""What a book of deals will bring: forecasts that carry their uncertainty, and the roll-up of the whole book."""

from salesprocess.forecasting import revenue, scores
from salesprocess.forecasting.book import Rulebooks
from salesprocess.forecasting.forecasts import (
    Breakdown,
    DealForecast,
    Fitted,
    Forecast,
    Forecaster,
    GroupForecast,
    GroupKey,
)
from salesprocess.forecasting.moments import origins
from salesprocess.forecasting.revenue import Revenue
from salesprocess.forecasting.roll_up import Line, PeriodRollup, Rollup, RollupRow, rollup
from salesprocess.forecasting.stage_weighted import FittedStageWeighted, StageWeighted

__all__ = [
    "Breakdown",
    "DealForecast",
    "Fitted",
    "FittedStageWeighted",
    "Forecast",
    "Forecaster",
    "GroupForecast",
    "GroupKey",
    "Line",
    "PeriodRollup",
    "Revenue",
    "Rollup",
    "RollupRow",
    "Rulebooks",
    "StageWeighted",
    "origins",
    "revenue",
    "rollup",
    "scores",
]
