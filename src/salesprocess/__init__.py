"""Sales processes as values: rulebooks, event-sourced deals, explained decisions, analytics and forecasts.

The names below load their modules when they are first used, so that `import salesprocess` costs next to nothing.
"""

from __future__ import annotations

TYPE_CHECKING = False  # type checkers take it for true; importing `typing` would cost more than all the rest
if TYPE_CHECKING:
    from typing import Any

    from salesprocess import (
        agenda,
        analytics,
        criteria,
        diagrams,
        errors,
        events,
        forecasting,
        ingest,
        migration,
        plots,
        pricing,
        redaction,
        serialization,
        simulation,
        staleness,
        templates,
        testing,
    )
    from salesprocess.catalog import Catalog
    from salesprocess.criteria import Ask, Criterion
    from salesprocess.deal import Deal, Objection, Outcome, evolve, replay
    from salesprocess.errors import SalesProcessError, SalesProcessWarning, TransitionRefused
    from salesprocess.events import Actor, Event
    from salesprocess.facts import Fact, FactValue
    from salesprocess.money import Money
    from salesprocess.pricing import LineItem
    from salesprocess.process import Process
    from salesprocess.rules import Policy, Transition
    from salesprocess.stages import Activity, LossReason, Stage
    from salesprocess.timing import Calendar, Period
    from salesprocess.verdicts import Decision, Finding, Reason, Verdict
    from salesprocess.working_time import Shift, WorkingDays, WorkingHours, WorkingTime

_HOME = {
    "Activity": "stages",
    "Actor": "events",
    "Ask": "criteria",
    "Calendar": "timing",
    "Catalog": "catalog",
    "Criterion": "criteria",
    "Deal": "deal",
    "Decision": "verdicts",
    "Event": "events",
    "Fact": "facts",
    "FactValue": "facts",
    "Finding": "verdicts",
    "LineItem": "pricing",
    "LossReason": "stages",
    "Money": "money",
    "Objection": "deal",
    "Outcome": "deal",
    "Period": "timing",
    "Policy": "rules",
    "Process": "process",
    "Reason": "verdicts",
    "SalesProcessError": "errors",
    "SalesProcessWarning": "errors",
    "Shift": "working_time",
    "Stage": "stages",
    "Transition": "rules",
    "TransitionRefused": "errors",
    "Verdict": "verdicts",
    "WorkingDays": "working_time",
    "WorkingHours": "working_time",
    "WorkingTime": "working_time",
    "evolve": "deal",
    "replay": "deal",
}
_MODULES = (
    "agenda",
    "analytics",
    "criteria",
    "diagrams",
    "errors",
    "events",
    "forecasting",
    "ingest",
    "migration",
    "plots",
    "pricing",
    "redaction",
    "serialization",
    "simulation",
    "staleness",
    "templates",
    "testing",
)

__all__ = [
    "Activity",
    "Actor",
    "Ask",
    "Calendar",
    "Catalog",
    "Criterion",
    "Deal",
    "Decision",
    "Event",
    "Fact",
    "FactValue",
    "Finding",
    "LineItem",
    "LossReason",
    "Money",
    "Objection",
    "Outcome",
    "Period",
    "Policy",
    "Process",
    "Reason",
    "SalesProcessError",
    "SalesProcessWarning",
    "Shift",
    "Stage",
    "Transition",
    "TransitionRefused",
    "Verdict",
    "WorkingDays",
    "WorkingHours",
    "WorkingTime",
    "agenda",
    "analytics",
    "criteria",
    "diagrams",
    "errors",
    "events",
    "evolve",
    "forecasting",
    "ingest",
    "migration",
    "plots",
    "pricing",
    "redaction",
    "replay",
    "serialization",
    "simulation",
    "staleness",
    "templates",
    "testing",
]


def __getattr__(name: str) -> Any:
    from importlib import import_module

    if name in _HOME:
        value = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
        globals()[name] = value
        return value
    if name in _MODULES:
        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
