"""Seconds and memory for the same answers as a log grows, ours and those of peers; draws them for the page on speed.

    python tests/benchmarks/scaling.py 10000 100000 1000000 --picture docs/explanation/scaling.svg

The log is a Parquet file of a little more than three rows a deal. Each way reads it in a process of its own, which
prints the seconds and the most memory that it ever held; the libraries are loaded before the clock starts, and count
as memory. A peer that is not installed is left out: `pip install lifelines pm4py`.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

sys.path.insert(0, str(Path(__file__).parents[2]))

from salesprocess import Period, frames, ingest
from salesprocess import analytics as an
from salesprocess import forecasting as fc
from tests.benchmarks.logs import AS_OF, COLUMNS, OPEN, PROCESS, log_table
from tests.benchmarks.memory import peak_megabytes

DAY = timedelta(days=1)

Prepared = Callable[[], object]
"""What is timed, after everything that it needs was loaded."""


def medians_of(log: Any) -> an.Durations:
    """Counted where the log is; the counts also tell what follows what."""
    visits = frames.stage_visits(log, process=PROCESS, columns=COLUMNS, as_of=AS_OF)
    return an.durations(frames.risk_counts(visits), PROCESS)


def polars(path: str) -> Prepared:
    pl = import_module("polars")
    return lambda: medians_of(pl.read_parquet(path))


def polars_lazy(path: str) -> Prepared:
    pl = import_module("polars")
    return lambda: medians_of(pl.scan_parquet(path))


def duckdb(path: str) -> Prepared:
    database = import_module("duckdb").connect().execute("SET TimeZone = 'UTC'")
    return lambda: medians_of(database.read_parquet(path))


def steps(path: str) -> Any:
    """The log in pandas with what follows each row, and after how long."""
    rows = import_module("pandas").read_parquet(path).sort_values(["deal", "at", "order"])
    following = rows.groupby("deal", sort=False)[["stage", "at"]].shift(-1)
    return rows.assign(next=following["stage"], left=following["at"])


def lifelines(path: str) -> Prepared:
    fitter = import_module("lifelines").KaplanMeierFitter
    import_module("pandas")

    def run() -> dict[str, float]:
        rows = steps(path)
        gone = rows["left"].notna()
        days = (rows["left"].fillna(AS_OF) - rows["at"]) // DAY
        here = {stage: rows["stage"] == stage for stage in OPEN}
        return {stage: fitter().fit(days[of], gone[of]).median_survival_time_ for stage, of in here.items()}

    return run


def pm4py(path: str) -> Prepared:
    peer, pandas = import_module("pm4py"), import_module("pandas")

    def run() -> None:
        frame = peer.format_dataframe(
            pandas.read_parquet(path), case_id="deal", activity_key="stage", timestamp_key="at"
        )
        peer.discover_dfg(frame)
        peer.discover_performance_dfg(frame)

    return run


def script(path: str) -> Prepared:
    import_module("pandas")

    def run() -> object:
        rows = steps(path)
        days = (rows["left"] - rows["at"]) / DAY
        return rows.assign(days=days).groupby(["stage", "next"])["days"].agg(["size", "mean"])

    return run


def rows_of(path: str) -> Iterable[Mapping[str, Any]]:
    for batch in import_module("pyarrow.parquet").ParquetFile(path).iter_batches(columns=list(COLUMNS.values())):
        yield from batch.to_pylist()


def deals(path: str) -> Prepared:
    """Every deal as a value with its history, and all that needs it."""
    month = Period(AS_OF, AS_OF + 30 * DAY)

    def run() -> object:
        columns = {field: column for field, column in COLUMNS.items() if field != "order"}
        log = ingest.stage_log(rows_of(path), process=PROCESS, columns=columns, tz="UTC")
        an.durations(an.stage_visits(log.deals, as_of=AS_OF), PROCESS)
        return (
            fc.CompetingRisks()
            .fit(log.deals, as_of=AS_OF)
            .forecast(log.deals, period=month, as_of=AS_OF, currency="EUR")
        )

    return run


class Way(NamedTuple):
    """How a question is answered."""

    prepare: Callable[[str], Prepared]
    needs: str
    color: str
    ours: bool = True


WAYS: Mapping[str, Way] = {
    "counts and medians, Polars": Way(polars, "polars", "#1b6ca8"),
    "counts and medians, Polars lazy": Way(polars_lazy, "polars", "#7fa8c9"),
    "counts and medians, DuckDB": Way(duckdb, "duckdb", "#59a5d8"),
    "lifelines after pandas, medians": Way(lifelines, "lifelines", "#b5541c", ours=False),
    "pm4py, what follows what": Way(pm4py, "pm4py", "#8c8c8c", ours=False),
    "a script for pandas, what follows what": Way(script, "pandas", "#c9c9c9", ours=False),
    "deals in memory, medians and forecast": Way(deals, "pyarrow", "#2e8b57"),
}


class Measured(NamedTuple):
    """One way at one size."""

    way: str
    deals: int
    seconds: float
    megabytes: float


def measure(way: str, path: str) -> str:
    """Run one way in this process."""
    warnings.simplefilter("ignore")
    run = WAYS[way].prepare(path)
    begin = time.perf_counter()
    run()
    return f"{time.perf_counter() - begin} {peak_megabytes()}"


def main(sizes: list[int], picture: str | None) -> None:
    """Write a log of each size, and read it in every way."""
    found: list[Measured] = []
    print("| way | deals | seconds | memory |\n|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for size in sizes:
            path = str(Path(folder, f"{size}.parquet"))
            import_module("pyarrow.parquet").write_table(log_table(size), path)
            for way in (name for name, each in WAYS.items() if find_spec(each.needs)):
                told = subprocess.check_output([sys.executable, __file__, "--way", way, path], text=True)
                found.append(Measured(way, size, *map(float, told.split())))
                print(f"| {way} | {size:,} | {found[-1].seconds:.2f} | {found[-1].megabytes:,.0f} MB |", flush=True)
    if picture is not None:
        draw(found, picture)


def draw(found: list[Measured], picture: str) -> None:
    """Time and memory over the number of deals, both axes logarithmic."""
    plt = import_module("matplotlib.pyplot")
    import_module("matplotlib").rcParams["svg.hashsalt"] = "salesprocess"
    figure, axes = plt.subplots(1, 2, figsize=(10, 4.4), layout="constrained")
    for name, each in WAYS.items():
        points = [one for one in found if one.way == name]
        style = {"color": each.color, "marker": "o", "linestyle": "-" if each.ours else "--", "label": name}
        axes[0].plot([one.deals for one in points], [one.seconds for one in points], **style)
        axes[1].plot([one.deals for one in points], [one.megabytes for one in points], **style)
    for ax, title in zip(axes, ("Seconds", "Megabytes at most, with the libraries"), strict=True):
        ax.set(xscale="log", yscale="log", xlabel="deals")
        ax.set_title(title, loc="left")
        ax.grid(visible=True, alpha=0.3)
        ax.spines[["top", "right"]].set_visible(False)
        ax.xaxis.set_major_formatter("{x:,.0f}")
        ax.yaxis.set_major_formatter("{x:,g}")
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=2, frameon=False)
    figure.savefig(picture, metadata={"Date": None})


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sizes", nargs="*", help="numbers of deals")
    parser.add_argument("--picture", help="the SVG to draw")
    parser.add_argument("--way", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.way:
        print(measure(asked.way, asked.sizes[0]))
    else:
        main([int(size) for size in asked.sizes], asked.picture)
