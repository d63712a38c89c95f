"""What a book of deals will bring: forecasts that carry their uncertainty, and the roll-up of the whole book."""

from salesprocess.analytics.valuations import Measure, Value, value_of
from salesprocess.forecasting import revenue, scores
from salesprocess.forecasting.amount_changes import AmountChanges, StageAmountChange, amount_changes
from salesprocess.forecasting.assembly import Estimate, assembled
from salesprocess.forecasting.assumptions import Assumptions
from salesprocess.forecasting.backtest_report import Backtest, Comparison
from salesprocess.forecasting.backtest_rows import LAST_PERIOD, OriginTotal, Score
from salesprocess.forecasting.backtesting import Mapped, backtest
from salesprocess.forecasting.blend import Blend, FittedBlend, FittedMember, Member
from salesprocess.forecasting.book import Rulebooks
from salesprocess.forecasting.bridge import Bridge, BridgeBreakdown, BridgeGroup, Bucket, Cause, Step, bridge
from salesprocess.forecasting.calibration import CalibrationBin, calibration_bins
from salesprocess.forecasting.choosing import Choice, best_by_backtest, candidates, forecast
from salesprocess.forecasting.closed_rate import ClosedRate, FittedClosedRate
from salesprocess.forecasting.closings import Closing, Closings, closings
from salesprocess.forecasting.competing_risks import CompetingRisks, FittedCompetingRisks
from salesprocess.forecasting.compound import Count
from salesprocess.forecasting.contrast import Contrast, ContrastRow, contrast
from salesprocess.forecasting.dependence import Dependence, Shock
from salesprocess.forecasting.drift import Shift, drift, shifts
from salesprocess.forecasting.drivers import Driver, Drivers, drivers
from salesprocess.forecasting.forecasts import (
    Breakdown,
    DealForecast,
    Fitted,
    Forecast,
    Forecaster,
    GroupForecast,
    GroupKey,
)
from salesprocess.forecasting.kernels import Kernel
from salesprocess.forecasting.landmark import Band, FittedLandmark, Landmark
from salesprocess.forecasting.markov import Markov
from salesprocess.forecasting.moments import origins
from salesprocess.forecasting.naive_bayes import FittedNaiveBayes, NaiveBayes
from salesprocess.forecasting.new_deals import NewDeals, StageArrivals, new_deals
from salesprocess.forecasting.outlook import outlook
from salesprocess.forecasting.recorded import FittedRecorded, Recorded
from salesprocess.forecasting.required import PastPipeline, Pipeline, RequiredPipeline, required_pipeline
from salesprocess.forecasting.revenue import AmountLaw, NewBusiness, Revenue, Worth
from salesprocess.forecasting.roll_up import rollup
from salesprocess.forecasting.rollup_rows import Line, PeriodRollup, Rollup, RollupBreakdown, RollupDeal, RollupRow
from salesprocess.forecasting.segments import Segmenter, by_owner, by_pace, by_size
from salesprocess.forecasting.slip import Slip, SlipCurve, Slipped, SlipRow, slip
from salesprocess.forecasting.spread import Spread
from salesprocess.forecasting.stage_weighted import FittedStageWeighted, StageWeighted
from salesprocess.forecasting.targets import Lever, Levers, levers
from salesprocess.forecasting.timed import Manual
from salesprocess.forecasting.values import Valued
from salesprocess.forecasting.what_if import (
    Amounts,
    Book,
    Change,
    CloseDate,
    Delay,
    Lost,
    Odds,
    Probability,
    Won,
    what_if,
)

__all__ = [
    "LAST_PERIOD",
    "AmountChanges",
    "AmountLaw",
    "Amounts",
    "Assumptions",
    "Backtest",
    "Band",
    "Blend",
    "Book",
    "Breakdown",
    "Bridge",
    "BridgeBreakdown",
    "BridgeGroup",
    "Bucket",
    "CalibrationBin",
    "Cause",
    "Change",
    "Choice",
    "CloseDate",
    "ClosedRate",
    "Closing",
    "Closings",
    "Comparison",
    "CompetingRisks",
    "Contrast",
    "ContrastRow",
    "Count",
    "DealForecast",
    "Delay",
    "Dependence",
    "Driver",
    "Drivers",
    "Estimate",
    "Fitted",
    "FittedBlend",
    "FittedClosedRate",
    "FittedCompetingRisks",
    "FittedLandmark",
    "FittedMember",
    "FittedNaiveBayes",
    "FittedRecorded",
    "FittedStageWeighted",
    "Forecast",
    "Forecaster",
    "GroupForecast",
    "GroupKey",
    "Kernel",
    "Landmark",
    "Lever",
    "Levers",
    "Line",
    "Lost",
    "Manual",
    "Mapped",
    "Markov",
    "Measure",
    "Member",
    "NaiveBayes",
    "NewBusiness",
    "NewDeals",
    "Odds",
    "OriginTotal",
    "PastPipeline",
    "PeriodRollup",
    "Pipeline",
    "Probability",
    "Recorded",
    "RequiredPipeline",
    "Revenue",
    "Rollup",
    "RollupBreakdown",
    "RollupDeal",
    "RollupRow",
    "Rulebooks",
    "Score",
    "Segmenter",
    "Shift",
    "Shock",
    "Slip",
    "SlipCurve",
    "SlipRow",
    "Slipped",
    "Spread",
    "StageAmountChange",
    "StageArrivals",
    "StageWeighted",
    "Step",
    "Value",
    "Valued",
    "Won",
    "Worth",
    "amount_changes",
    "assembled",
    "backtest",
    "best_by_backtest",
    "bridge",
    "by_owner",
    "by_pace",
    "by_size",
    "calibration_bins",
    "candidates",
    "closings",
    "contrast",
    "drift",
    "drivers",
    "forecast",
    "levers",
    "new_deals",
    "origins",
    "outlook",
    "required_pipeline",
    "revenue",
    "rollup",
    "scores",
    "shifts",
    "slip",
    "value_of",
    "what_if",
]
