"""What a book of deals did: visits of stages, conversion and durations, with censoring taken seriously."""

from salesprocess.analytics.bottlenecks import Bottleneck, Bottlenecks, bottlenecks
from salesprocess.analytics.conformance import Conformance, Deviations, Variant, conformance
from salesprocess.analytics.coverages import Coverage, CoverageRow, pipeline_coverage
from salesprocess.analytics.cycles import CycleRow, SalesCycle, sales_cycle
from salesprocess.analytics.deal_aging import Aging, AgingDeal, StageAging, aging
from salesprocess.analytics.deal_sizes import DealSize, DealSizes, deal_sizes
from salesprocess.analytics.deal_table import DealColumns, DealRow, Deals, DealTable, deal_table
from salesprocess.analytics.discovery import Draft, DraftStage, discover
from salesprocess.analytics.distributions import Beta, Gamma, wilson
from salesprocess.analytics.fitness import DealFitness, Deviation
from salesprocess.analytics.owners import Coaching, Estimate, Owner, Owners, OwnerStage, owners
from salesprocess.analytics.pipeline_steps import WaterfallStep
from salesprocess.analytics.posterior import (
    BetaBinomial,
    GammaPoisson,
    Heterogeneity,
    beta_binomial,
    gamma_poisson,
)
from salesprocess.analytics.proposals import Proposal
from salesprocess.analytics.pushes import PushCounts, PushRow, push_counts
from salesprocess.analytics.risk import RiskCounts, RiskRow, risk_counts
from salesprocess.analytics.series import Point, Series
from salesprocess.analytics.slippages import Slippage, SlippageRow, SlippedDeal, slippage
from salesprocess.analytics.stage_conversion import Conversion, StageConversion, conversion
from salesprocess.analytics.stage_durations import Durations, StageDuration, durations
from salesprocess.analytics.survival import (
    AgeCounts,
    Eventual,
    Incidence,
    SurvivalCurve,
    aalen_johansen,
    age_counts,
    kaplan_meier,
)
from salesprocess.analytics.throughputs import Flow, LittlesLaw, Throughput, throughput
from salesprocess.analytics.velocities import Velocity, VelocityRow, velocity
from salesprocess.analytics.visits import StageVisits, Visit, VisitColumns, stage_visits
from salesprocess.analytics.waterfalls import Pipeline, Waterfall, WaterfallRow, waterfall, waterfall_between
from salesprocess.analytics.win_rates import WinRateRow, WinRates, win_rate
from salesprocess.analytics.worth import Gain

__all__ = [
    "AgeCounts",
    "Aging",
    "AgingDeal",
    "Beta",
    "BetaBinomial",
    "Bottleneck",
    "Bottlenecks",
    "Coaching",
    "Conformance",
    "Conversion",
    "Coverage",
    "CoverageRow",
    "CycleRow",
    "DealColumns",
    "DealFitness",
    "DealRow",
    "DealSize",
    "DealSizes",
    "DealTable",
    "Deals",
    "Deviation",
    "Deviations",
    "Draft",
    "DraftStage",
    "Durations",
    "Estimate",
    "Eventual",
    "Flow",
    "Gain",
    "Gamma",
    "GammaPoisson",
    "Heterogeneity",
    "Incidence",
    "LittlesLaw",
    "Owner",
    "OwnerStage",
    "Owners",
    "Pipeline",
    "Point",
    "Proposal",
    "PushCounts",
    "PushRow",
    "RiskCounts",
    "RiskRow",
    "SalesCycle",
    "Series",
    "Slippage",
    "SlippageRow",
    "SlippedDeal",
    "StageAging",
    "StageConversion",
    "StageDuration",
    "StageVisits",
    "SurvivalCurve",
    "Throughput",
    "Variant",
    "Velocity",
    "VelocityRow",
    "Visit",
    "VisitColumns",
    "Waterfall",
    "WaterfallRow",
    "WaterfallStep",
    "WinRateRow",
    "WinRates",
    "aalen_johansen",
    "age_counts",
    "aging",
    "beta_binomial",
    "bottlenecks",
    "conformance",
    "conversion",
    "deal_sizes",
    "deal_table",
    "discover",
    "durations",
    "gamma_poisson",
    "kaplan_meier",
    "owners",
    "pipeline_coverage",
    "push_counts",
    "risk_counts",
    "sales_cycle",
    "slippage",
    "stage_visits",
    "throughput",
    "velocity",
    "waterfall",
    "waterfall_between",
    "wilson",
    "win_rate",
]
