"""How much memory it takes to count a log of stages in Parquet files with DuckDB, as the log grows ten times.

    python tests/benchmarks/frames_memory.py 1000000 10000000

Each log is counted in a process of its own, which prints the rows, the seconds, and the most memory that it ever held.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import duckdb  # pyright: ignore[reportMissingImports]

sys.path.insert(0, str(Path(__file__).parents[2]))

from salesprocess import Process, Stage, frames
from tests.benchmarks.memory import peak_megabytes

EVENTS = 5
LIMIT = "128MB"
AS_OF = datetime(2026, 12, 31, tzinfo=UTC)
PROCESS = Process(
    "solar", stages=[Stage("lead"), Stage("survey"), Stage("offer"), Stage.won("won"), Stage.lost("lost")]
)
COLUMNS = {"deal": "deal", "stage": "stage", "at": "at", "order": "step"}

LOG = """
COPY (
    SELECT 'D' || (row // {events}) AS deal,
        CASE row % {events}
            WHEN 0 THEN 'lead' WHEN 1 THEN 'survey' WHEN 2 THEN 'offer' WHEN 3 THEN 'survey'
            ELSE CASE hash(row) % 3 WHEN 0 THEN 'won' WHEN 1 THEN 'lost' ELSE 'offer' END
        END AS stage,
        TIMESTAMPTZ '2026-01-01 00:00:00+00' + to_minutes(
            CAST((row // {events}) % 250000 + (row % {events}) * 20160 + hash(row) % 20160 AS BIGINT)
        ) AS at,
        row % {events} AS step
    FROM range({rows}) AS rows(row)
) TO '{path}' (FORMAT parquet)
"""


def connect(spill: Path) -> duckdb.DuckDBPyConnection:
    """A session in UTC that may use `LIMIT` of memory and one thread, and puts what is more on the disk."""
    return duckdb.connect(
        config={"memory_limit": LIMIT, "threads": 1, "temp_directory": str(spill), "preserve_insertion_order": False}
    ).execute("SET TimeZone = 'UTC'")


def measure(path: Path, spill: Path) -> str:
    """Count one log in this process."""
    begin = time.perf_counter()
    log = connect(spill).read_parquet(str(path))
    counts = frames.risk_counts(frames.stage_visits(log, process=PROCESS, columns=COLUMNS, as_of=AS_OF))
    told = f"{time.perf_counter() - begin:.1f} s, {peak_megabytes():.0f} MB"
    return f"{told}, {len(counts.exits)} counts of {counts.n:,} visits"


def main(rows: list[int]) -> None:
    """Write a log of each size and count it in a fresh process."""
    with tempfile.TemporaryDirectory() as folder:
        spill = Path(folder, "spill")
        for number in rows:
            path = Path(folder, f"{number}.parquet")
            connect(spill).execute(LOG.format(events=EVENTS, rows=number, path=path))
            told = subprocess.check_output([sys.executable, __file__, str(path), str(spill)], text=True)
            print(f"{number:>12,} rows, {path.stat().st_size / 2**20:.0f} MB: {told.strip()}")


if __name__ == "__main__":
    if Path(sys.argv[1]).is_file():
        print(measure(Path(sys.argv[1]), Path(sys.argv[2])))
    else:
        main([int(number) for number in sys.argv[1:]])
