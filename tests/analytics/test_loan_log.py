"""The numbers hold on a real log, counted again from its rows."""

import csv
from collections import Counter, defaultdict
from datetime import UTC, datetime
from pathlib import Path

import pytest

from salesprocess import Process, Stage, analytics, ingest

STAGES = {
    "A_SUBMITTED": "contact", "A_PARTLYSUBMITTED": "contact", "A_PREACCEPTED": "qualified", "A_ACCEPTED": "needs",
    "A_FINALIZED": "offer", "A_APPROVED": "won", "A_REGISTERED": "won", "A_ACTIVATED": "won", "A_DECLINED": "lost",
    "A_CANCELLED": "lost",
}  # fmt: skip
OPEN = ("contact", "qualified", "needs", "offer")
LOANS = Process("loans", stages=[*map(Stage, OPEN), Stage.won("won"), Stage.lost("lost")])
COLUMNS = {"deal": "case", "stage": "activity", "at": "timestamp", "amount": "amount_requested", "owner": "resource"}
AS_OF = datetime(2011, 12, 31, tzinfo=UTC)


@pytest.fixture(scope="module")
def rows(shared_data: Path) -> list[dict[str, str]]:
    with (shared_data / "loan_funnel" / "stage_log.csv").open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def visits(rows: list[dict[str, str]]) -> analytics.StageVisits:
    log = ingest.stage_log(rows, process=LOANS, columns=COLUMNS, stages=STAGES, currency="EUR", tz="UTC")
    return analytics.stage_visits(log.deals, as_of=AS_OF)


def test_the_conversion_is_that_of_the_rows(rows: list[dict[str, str]], visits: analytics.StageVisits) -> None:
    stages: defaultdict[str, list[str]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: row["timestamp"]):
        if datetime.fromisoformat(row["timestamp"]) <= AS_OF:
            stages[row["case"]].append(STAGES[row["activity"]])
    found = analytics.conversion(visits, LOANS)
    assert found.n == len(stages)
    for row in found.rows:
        reached = [path for path in stages.values() if row.stage in path]
        last = Counter(path[-1] for path in reached)
        assert (row.reached, row.still_there) == (len(reached), last[row.stage])
        assert (row.won, row.lost) == (last["won"], last["lost"])


def test_open_cases_leave_room_between_the_bounds(visits: analytics.StageVisits) -> None:
    for row in analytics.conversion(visits, LOANS).rows:
        assert row.won_eventually is not None
        assert row.share_won is not None
        assert 0 < row.won_eventually.probability < row.won_eventually.upper < 1


def test_the_median_stay_lies_among_the_stays_observed(visits: analytics.StageVisits) -> None:
    for row in analytics.durations(visits, LOANS).rows:
        assert row.median is not None
        assert row.horizon is not None
        assert 0 <= row.median <= row.horizon
