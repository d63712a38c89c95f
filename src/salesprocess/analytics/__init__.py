"""What a book of deals did: visits of stages, conversion and durations, with censoring taken seriously."""

from salesprocess.analytics.bottlenecks import Bottleneck, Bottlenecks, bottlenecks
from salesprocess.analytics.conformance import Conformance, Deviations, Variant, conformance
from salesprocess.analytics.coverages import Coverage, CoverageRow, pipeline_coverage
from salesprocess.analytics.created_cohorts import Cohorts, CreatedIn, Maturity, cohorts
from salesprocess.analytics.cycles import CycleRow, SalesCycle, sales_cycle
from salesprocess.analytics.deal_ages import Ages, OldDeal, StageAge, deal_ages
from salesprocess.analytics.deal_aging import Aging, AgingDeal, StageAging, aging
from salesprocess.analytics.deal_sizes import DealSize, DealSizes, deal_sizes
from salesprocess.analytics.deal_table import DealColumns, DealRow, Deals, DealTable, deal_table
from salesprocess.analytics.discovery import Draft, DraftStage, discover
from salesprocess.analytics.distributions import Beta, Gamma, wilson
from salesprocess.analytics.efforts import ActivityEffort, Effort, Efforts, effort
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
from salesprocess.analytics.reasons import CloseReason, Reasons, loss_reasons, win_reasons
from salesprocess.analytics.risk import RiskCounts, RiskRow, risk_counts
from salesprocess.analytics.series import Point, Series
from salesprocess.analytics.slippages import Slippage, SlippageRow, SlippedDeal, slippage
from salesprocess.analytics.sources import Source, Sources, sources
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
from salesprocess.analytics.trends import Break, Trend, TrendPoint, trend
from salesprocess.analytics.velocities import Velocity, VelocityRow, velocity
from salesprocess.analytics.visits import StageVisits, Visit, VisitColumns, stage_visits
from salesprocess.analytics.waterfalls import Pipeline, Waterfall, WaterfallRow, waterfall, waterfall_between
from salesprocess.analytics.win_rates import WinRateRow, WinRates, win_rate
from salesprocess.analytics.worth import Gain

__all__ = [
    "ActivityEffort",
    "AgeCounts",
    "Ages",
    "Aging",
    "AgingDeal",
    "Beta",
    "BetaBinomial",
    "Bottleneck",
    "Bottlenecks",
    "Break",
    "CloseReason",
    "Coaching",
    "Cohorts",
    "Conformance",
    "Conversion",
    "Coverage",
    "CoverageRow",
    "CreatedIn",
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
    "Effort",
    "Efforts",
    "Estimate",
    "Eventual",
    "Flow",
    "Gain",
    "Gamma",
    "GammaPoisson",
    "Heterogeneity",
    "Incidence",
    "LittlesLaw",
    "Maturity",
    "OldDeal",
    "Owner",
    "OwnerStage",
    "Owners",
    "Pipeline",
    "Point",
    "Proposal",
    "PushCounts",
    "PushRow",
    "Reasons",
    "RiskCounts",
    "RiskRow",
    "SalesCycle",
    "Series",
    "Slippage",
    "SlippageRow",
    "SlippedDeal",
    "Source",
    "Sources",
    "StageAge",
    "StageAging",
    "StageConversion",
    "StageDuration",
    "StageVisits",
    "SurvivalCurve",
    "Throughput",
    "Trend",
    "TrendPoint",
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
    "cohorts",
    "conformance",
    "conversion",
    "deal_ages",
    "deal_sizes",
    "deal_table",
    "discover",
    "durations",
    "effort",
    "gamma_poisson",
    "kaplan_meier",
    "loss_reasons",
    "owners",
    "pipeline_coverage",
    "push_counts",
    "risk_counts",
    "sales_cycle",
    "slippage",
    "sources",
    "stage_visits",
    "throughput",
    "trend",
    "velocity",
    "waterfall",
    "waterfall_between",
    "wilson",
    "win_rate",
    "win_reasons",
]
