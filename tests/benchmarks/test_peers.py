"""The same answers from our code and from its peers, in one run, at 10 thousand, 100 thousand and 1 million deals.

greenwood is not in the `dev` extra either: `pip install greenwood lifelines scikit-survival pm4py`.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from salesprocess import analytics as an
from tests.benchmarks.logs import AS_OF, COLUMNS, OPEN, PROCESS, log_table

frames = pytest.importorskip("salesprocess.frames")
np = pytest.importorskip("numpy")

Compare = Callable[..., dict[str, float]]
DEALS = [10_000, 100_000, 1_000_000]
DAY = 86_400_000_000


@pytest.fixture(scope="module", params=DEALS, ids="{} deals".format)
def log(request: pytest.FixtureRequest) -> Any:
    return log_table(request.param)


@pytest.fixture(scope="module")
def visits(log: Any) -> an.StageVisits:
    pl = pytest.importorskip("polars")
    return frames.collect(frames.stage_visits(pl.from_arrow(log), process=PROCESS, columns=COLUMNS, as_of=AS_OF))


def subjects(visits: an.StageVisits) -> dict[str, tuple[Any, Any]]:
    """By open stage, the days of its visits, and how they end: 0 under way, 1 to another open stage or won, 2 lost."""
    c = visits.columns
    stage, following = np.frombuffer(c.stage, "int32"), np.frombuffer(c.next, "int32")
    days = (np.frombuffer(c.left, "int64") - np.frombuffer(c.entered, "int64")) // DAY
    ends = np.array([2 if status == "lost" else 1 for status in visits.statuses] + [0])[following]
    codes = {name: visits.stages.index(name) for name in OPEN}
    return {name: (days[stage == code], ends[stage == code]) for name, code in codes.items()}


def test_median_days_by_stage_with_open_visits_censored(visits: an.StageVisits, compare: Compare) -> None:
    """From the table of visits to the Kaplan-Meier medians of all stages."""
    medians: dict[str, list[float | None]] = {}

    def ours() -> None:
        medians["ours"] = [row.median for row in an.durations(visits, PROCESS).rows]

    def lifelines() -> None:
        fitter = pytest.importorskip("lifelines").KaplanMeierFitter
        medians["lifelines"] = [
            fitter().fit(days, ends > 0).median_survival_time_ for days, ends in subjects(visits).values()
        ]

    def sksurv() -> None:
        estimator = pytest.importorskip("sksurv.nonparametric").kaplan_meier_estimator
        curves = [estimator(ends > 0, days) for days, ends in subjects(visits).values()]
        medians["scikit-survival"] = [float(ages[np.argmax(stay <= 0.5)]) for ages, stay in curves]

    def greenwood() -> None:
        gw = pytest.importorskip("greenwood")
        medians["greenwood"] = [
            float(gw.KaplanMeier().fit(gw.Surv(days, event=ends > 0)).median())
            for days, ends in subjects(visits).values()
        ]

    with_warnings_off(
        compare, {"lifelines": lifelines, "scikit-survival": sksurv, "greenwood": greenwood, "ours": ours}, len(visits)
    )
    assert medians["ours"] == medians["lifelines"] == medians["scikit-survival"] == medians["greenwood"]


def test_share_lost_from_the_first_stage_in_the_end(visits: an.StageVisits, compare: Compare) -> None:
    """From the days and the ends of the visits of one stage to the cumulative incidence of both ways out."""
    days, ends = subjects(visits)["lead"]
    exits, causes = days.tolist(), (ends - 1).tolist()
    shares: dict[str, float] = {}

    def ours() -> None:
        found = an.aalen_johansen(an.age_counts(exits, causes, kinds=2))
        shares["ours"] = found.incidence[1][-1]

    def lifelines() -> None:
        fitter = pytest.importorskip("lifelines").AalenJohansenFitter
        for cause in (1, 2):  # it takes one cause a time, and moves ties apart
            fitted = fitter(calculate_variance=False, seed=1).fit(days, ends, event_of_interest=cause)
        shares["lifelines"] = float(fitted.cumulative_density_.iloc[-1, 0])

    def sksurv() -> None:
        estimator = pytest.importorskip("sksurv.nonparametric").cumulative_incidence_competing_risks
        shares["scikit-survival"] = float(estimator(ends, days)[1][2][-1])

    def greenwood() -> None:
        gw, pl = pytest.importorskip("greenwood"), pytest.importorskip("polars")
        kinds = pl.Series(["under way", "on", "lost"]).cast(pl.Enum(["under way", "on", "lost"]))
        frame = gw.AalenJohansen().fit(gw.Surv(days, event=kinds[ends])).to_frame(format="polars")
        shares["greenwood"] = frame

    with_warnings_off(
        compare, {"lifelines": lifelines, "scikit-survival": sksurv, "greenwood": greenwood, "ours": ours}, len(days)
    )
    assert shares["ours"] == pytest.approx(shares["scikit-survival"], abs=1e-9)
    assert shares["ours"] == pytest.approx(shares["lifelines"], abs=1e-3)


def follows(counts: an.RiskCounts) -> dict[tuple[str, str], int]:
    """How often one stage directly follows another."""
    found: dict[tuple[str, str], int] = {}
    for (stage, _, outcome, _), count in counts.exits.items():
        if outcome != "censored":
            found[stage, outcome] = found.get((stage, outcome), 0) + int(count)
    return found


def test_what_follows_what_and_after_how_many_days(log: Any, visits: an.StageVisits, compare: Compare) -> None:
    """From rows to the frequencies and the days of each step; ours also count those that are under way."""
    pl, pandas = pytest.importorskip("polars"), pytest.importorskip("pandas")
    table = log.to_pandas()
    eager = pl.from_arrow(log)
    found: dict[str, dict[tuple[str, str], int]] = {}

    def counted(name: str, native: Any) -> None:
        of_log = frames.stage_visits(native, process=PROCESS, columns=COLUMNS, as_of=AS_OF)
        found[name] = follows(frames.risk_counts(of_log))

    def pm4py() -> None:
        peer = pytest.importorskip("pm4py")
        frame = peer.format_dataframe(table.copy(), case_id="deal", activity_key="stage", timestamp_key="at")
        found["pm4py"] = peer.discover_dfg(frame)[0]
        peer.discover_performance_dfg(frame)

    def script() -> None:
        rows = table.sort_values(["deal", "at", "order"])
        following = rows.groupby("deal", sort=False)[["stage", "at"]].shift(-1)
        steps = rows.assign(next=following["stage"], days=(following["at"] - rows["at"]).dt.total_seconds() / 86400)
        sizes = steps.groupby(["stage", "next"])["days"].agg(["size", "mean"])["size"]
        found["script"] = {step: int(size) for step, size in sizes.items()}

    def duckdb() -> None:
        connection = pytest.importorskip("duckdb").connect()
        connection.execute("SET TimeZone = 'UTC'")
        counted("duckdb", connection.from_arrow(log))

    def in_memory() -> None:
        found["visits"] = follows(an.risk_counts(visits))

    runs: Mapping[str, Callable[[], None]] = {
        "pm4py": pm4py,
        "a script for pandas": script,
        "frames, pandas": lambda: counted("pandas", table),
        "frames, polars": lambda: counted("polars", eager),
        "frames, polars lazy": lambda: counted("polars lazy", eager.lazy()),
        "frames, DuckDB": duckdb,
        "risk_counts of the visits in memory": in_memory,
    }
    with_warnings_off(compare, runs, len(log))
    assert pandas.Series(found).map(lambda steps: dict(steps) == dict(found["script"])).all(), found


def with_warnings_off(compare: Compare, runs: Mapping[str, Callable[[], None]], rows: int) -> None:
    """Time the runs; a peer that is not installed is left out."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        compare(runs, calls=1, rounds=3 if rows < 10**6 else 1, per=rows, unit="row")
