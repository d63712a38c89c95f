"""Pictures of results, to put before a board: each function draws a result on axes and returns them.

They need matplotlib: `pip install 'salesprocess[plots]'`. Nothing is shown, saved or set. Without `ax` a figure is made
that pyplot does not know, so that a server keeps none of them; `funnel(...).figure.savefig("funnel.png")` is up to you.
They are made for a light ground. Every picture says what was counted, as of when, and what was left out.
"""

from salesprocess.plots.driving import drivers
from salesprocess.plots.fixes import bottlenecks
from salesprocess.plots.funnels import funnel
from salesprocess.plots.hindsight import backtest, calibration
from salesprocess.plots.people import owners
from salesprocess.plots.periods import Closed, Targets, fan
from salesprocess.plots.stays import aging, stage_durations
from salesprocess.plots.steps import waterfall
from salesprocess.plots.totals import distribution
from salesprocess.plots.trends import trend
from salesprocess.plots.triangles import cohorts
from salesprocess.plots.ways import variants
from salesprocess.plots.wording import Labels

__all__ = [
    "Closed",
    "Labels",
    "Targets",
    "aging",
    "backtest",
    "bottlenecks",
    "calibration",
    "cohorts",
    "distribution",
    "drivers",
    "fan",
    "funnel",
    "owners",
    "stage_durations",
    "trend",
    "variants",
    "waterfall",
]
