"""Logs of stage changes with all the dirt that exports have, and what the rows themselves say of them."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from salesprocess import Process, Stage, ingest
from salesprocess.analytics import StageVisits, stage_visits

START = datetime(2026, 1, 5, tzinfo=UTC)
PROCESS = Process(
    "solar",
    stages=[
        Stage("lead"),
        Stage("survey"),
        Stage("offer"),
        Stage.won("won"),
        Stage.after_sale("care"),
        Stage.lost("lost"),
    ],
)
LABELS = {"New": "lead", "NEW": "lead", "Signed": "won", "Dead": "lost"}
COLUMNS = {"deal": "case", "stage": "label", "at": "at", "order": "order"}
HOUR, MICROSECOND = timedelta(hours=1), timedelta(microseconds=1)
HOURS, REST = st.integers(0, 60), st.sampled_from([0, 0, 0, 1, 999_999])
ZONES = ["UTC", "Europe/Oslo", "America/St_Johns"]
"""In which a log writes its times; what they mean is the same."""


def rows() -> st.SearchStrategy[dict[str, Any]]:
    """One row: few deals and few times, so that ties, repeats and steps back are common."""
    labels = st.sampled_from(["New", "NEW", "survey", "offer", "Signed", "care", "Dead"])
    return st.fixed_dictionaries(
        {
            "case": st.sampled_from(["A", "B", " B ", "C", "", None]) | st.sampled_from(["A", "B"]),
            "label": labels | st.sampled_from([" offer", "Nwe", "", None]),
            "at": st.builds(lambda hours, rest: START + hours * HOUR + rest * MICROSECOND, HOURS, REST) | st.none(),
            "owner": st.sampled_from(["kari", "ola"]),
        }
    )


def logs() -> st.SearchStrategy[list[dict[str, Any]]]:
    return st.lists(rows(), min_size=1, max_size=14).map(
        lambda drawn: [{**row, "order": number} for number, row in enumerate(drawn)]
    )


def visits_of(log: list[dict[str, Any]], as_of: datetime) -> StageVisits:
    """The visits by way of deals, without dataframes."""
    columns = {"deal": "case", "stage": "label", "at": "at", "owner": "owner"}
    found = ingest.stage_log(log, process=PROCESS, columns=columns, stages=LABELS)
    return stage_visits(found.deals, as_of=as_of)
