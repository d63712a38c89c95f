"""What a book of deals did: visits of stages, conversion and durations, with censoring taken seriously."""

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
from salesprocess.analytics.visits import StageVisits, Visit, VisitColumns, stage_visits

__all__ = [
    "AgeCounts",
    "Conversion",
    "Durations",
    "Eventual",
    "Incidence",
    "StageConversion",
    "StageDuration",
    "StageVisits",
    "SurvivalCurve",
    "Visit",
    "VisitColumns",
    "aalen_johansen",
    "age_counts",
    "conversion",
    "durations",
    "kaplan_meier",
    "stage_visits",
]
