"""How long reading a log of stage changes takes: 600,000 rows of 100,000 deals, in the order of their time."""

import csv
import io
import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from salesprocess import Process, Stage, ingest

STAGES = ["lead", "survey", "offer", "terms", "closing"]
PROCESS = Process("solar", stages=[*map(Stage, STAGES), Stage.won("won"), Stage.lost("lost")])
LABELS = {f"{stage} stage".title(): stage for stage in [*STAGES, "won", "lost"]}
COLUMNS = {"deal": "case", "stage": "activity", "at": "timestamp", "amount": "amount", "owner": "resource"}
DEALS = 100_000


@pytest.fixture(scope="module")
def rows() -> list[dict[str, Any]]:
    """Six changes a deal, as a reader of CSV files gives them: every cell is a text of its own."""
    rng = random.Random(2026)
    *path, won, lost = LABELS
    lines: list[tuple[str, ...]] = []
    for number in range(DEALS):
        at = datetime(2024, 1, 1, tzinfo=UTC) + timedelta(minutes=rng.randrange(500_000))
        amount, owner = rng.randrange(1000, 90_000), rng.randrange(60)
        for label in [*path, rng.choice([won, lost])]:
            lines.append((at.isoformat(" ", "milliseconds"), f"D-{number}", label, f"{amount}.00", f"user{owner}"))
            at += timedelta(milliseconds=rng.randrange(1, 10**9))
            amount += rng.randrange(1000) * (rng.random() < 0.1)
            owner = rng.randrange(60) if rng.random() < 0.05 else owner
    lines.sort()
    text = io.StringIO(newline="")
    csv.writer(text).writerows([("timestamp", "case", "activity", "amount", "resource"), *lines])
    text.seek(0)
    return list(csv.DictReader(text))


def test_a_log_of_stage_changes(benchmark: BenchmarkFixture, rows: list[dict[str, Any]]) -> None:
    arguments = {"process": PROCESS, "columns": COLUMNS, "stages": LABELS, "currency": "EUR"}
    log = benchmark.pedantic(ingest.stage_log, (rows,), arguments, rounds=3)
    assert (len(log.deals), log.used) == (DEALS, len(rows))
