"""What a book of deals will bring: forecasts that carry their uncertainty, and the roll-up of the whole book."""

from salesprocess.forecasting import revenue, scores
from salesprocess.forecasting.book import Rulebooks
from salesprocess.forecasting.compound import Count
from salesprocess.forecasting.dependence import Dependence, Dispersion, Shock
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
from salesprocess.forecasting.revenue import AmountLaw, NewBusiness, Revenue, Worth
from salesprocess.forecasting.roll_up import Line, PeriodRollup, Rollup, RollupRow, rollup
from salesprocess.forecasting.stage_weighted import FittedStageWeighted, StageWeighted

__all__ = [
    "AmountLaw",
    "Breakdown",
    "Count",
    "DealForecast",
    "Dependence",
    "Dispersion",
    "Fitted",
    "FittedStageWeighted",
    "Forecast",
    "Forecaster",
    "GroupForecast",
    "GroupKey",
    "Line",
    "NewBusiness",
    "PeriodRollup",
    "Revenue",
    "Rollup",
    "RollupRow",
    "Rulebooks",
    "Shock",
    "StageWeighted",
    "Worth",
    "origins",
    "revenue",
    "rollup",
    "scores",
]
