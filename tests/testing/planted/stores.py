"""Stores that do not give back what they were given."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from salesprocess import Deal, Process, Stage, serialization, templates
from salesprocess.deal import replay
from salesprocess.events import Event
from salesprocess.testing import check_store
from tests.testing.planted.kinds import Fault

STARTUP = templates.load("startup")
PROCESS = Process(
    "kiosk",
    stages=[Stage("lead", 0.2), Stage("offer", 0.5), Stage.won("sold"), Stage.lost("lost", reasons=["price"])],
)

Rows = list[str]


def written(events: Iterable[Event]) -> Rows:
    return [json.dumps(serialization.dump(event)) for event in events]


def read(rows: Rows) -> Deal:
    events: list[Event] = [serialization.load(json.loads(row), Event) for row in rows]
    return replay(events)


def rounded(deal: Deal) -> Deal:
    """Amounts are rounded."""

    def lossy(value: Any) -> Any:
        if isinstance(value, dict):
            if set(value) == {"amount", "currency"}:
                return {**value, "amount": str(round(float(value["amount"])))}
            return {name: lossy(inner) for name, inner in value.items()}
        return value

    return read([json.dumps(lossy(json.loads(row))) for row in written(deal.history)])


def days(deal: Deal) -> Deal:
    """Only the day of a moment is kept."""
    rows = [json.loads(row) for row in written(deal.history)]
    return read([json.dumps({**row, "at": row["at"][:10] + "T00:00:00Z"}) for row in rows])


def anonymous(deal: Deal) -> Deal:
    """Who did it is not stored."""
    rows = [json.loads(row) for row in written(deal.history)]
    return read([json.dumps({name: value for name, value in row.items() if name != "by"}) for row in rows])


def last_ten(deal: Deal) -> Deal:
    """Only so many events are read back."""
    return read(written(deal.history)[:10])


def sorted_by_text(deal: Deal) -> Deal:
    """Rows are ordered by their revision as a text."""
    rows = sorted(written(deal.history), key=lambda row: str(json.loads(row)["revision"]))
    return read(rows)


def planted(store: Any, mistake: str, shown: str, process: Process = PROCESS) -> Fault:
    return Fault("store", mistake, f"check_store({store.__name__}, kiosk)", lambda: check_store(store, process), shown)


FAULTS = (
    planted(rounded, "amounts are rounded to whole units", "terms is {'amount': Money('0', "),
    planted(days, "only the day of a moment is kept", "a deal does not come back: event 1, opened: at is"),
    planted(
        anonymous,
        "who did it is not stored",
        "by is None instead of Actor(",
        templates.load("startup"),
    ),
    planted(last_ten, "only ten events are read back", "10 events instead of 1", STARTUP),
    planted(sorted_by_text, "rows are ordered by their revision as a text", "BrokenHistory", STARTUP),
)
