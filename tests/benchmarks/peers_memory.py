"""How much memory it takes to tell what follows what in a log of stages, from a Parquet file, beside pm4py.

    python tests/benchmarks/peers_memory.py 1000000

Each way runs in a process of its own, which prints the seconds and the most memory that it ever held.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

from salesprocess import frames
from tests.benchmarks.logs import AS_OF, COLUMNS, PROCESS, log_table


def counted(log: Any) -> None:
    """Our counts, whatever the engine."""
    frames.risk_counts(frames.stage_visits(log, process=PROCESS, columns=COLUMNS, as_of=AS_OF))


def pm4py(path: str) -> None:
    """Frequencies and times of the directly-follows graph."""
    peer = import_module("pm4py")
    table = import_module("pandas").read_parquet(path)
    frame = peer.format_dataframe(table, case_id="deal", activity_key="stage", timestamp_key="at")
    peer.discover_dfg(frame)
    peer.discover_performance_dfg(frame)


def duckdb(path: str) -> None:
    """A database in memory, with what memory it likes."""
    counted(import_module("duckdb").connect().execute("SET TimeZone = 'UTC'").read_parquet(path))


WAYS: dict[str, Callable[[str], None]] = {
    "pm4py": pm4py,
    "frames, pandas": lambda path: counted(import_module("pandas").read_parquet(path)),
    "frames, polars": lambda path: counted(import_module("polars").read_parquet(path)),
    "frames, polars lazy": lambda path: counted(import_module("polars").scan_parquet(path)),
    "frames, DuckDB": duckdb,
}


def main(deals: int) -> None:
    """Write the log and read it in every way."""
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder, "log.parquet"))
        import_module("pyarrow.parquet").write_table(log_table(deals), path)
        for way in WAYS:
            print(f"{way:<24}{subprocess.check_output([sys.executable, __file__, way, path], text=True).strip()}")


if __name__ == "__main__":
    if sys.argv[1] in WAYS:
        begin = time.perf_counter()
        WAYS[sys.argv[1]](sys.argv[2])
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        print(f"{time.perf_counter() - begin:>8.1f} s{memory / 1024:>8.0f} MB")
    else:
        main(int(sys.argv[1]))
