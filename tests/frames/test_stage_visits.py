"""Visits computed by a dataframe engine are those that the deals of the same log have."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from salesprocess.analytics.visits import microseconds
from salesprocess.errors import (
    MissingColumn,
    NaiveDatetime,
    NoHistory,
    OutOfRange,
    SeveralErrors,
    UnknownField,
    UnknownStage,
    WrongKind,
)
from tests.frames import engines
from tests.frames.logs import COLUMNS, HOUR, LABELS, PROCESS, START, ZONES, logs, visits_of

nw = pytest.importorskip("narwhals.stable.v2")
frames = pytest.importorskip("salesprocess.frames")
columns = pytest.importorskip("salesprocess.frames.columns")

Engine = Callable[..., Any]
Log = list[dict[str, Any]]


def computed(native: Any, as_of: datetime, **options: Any) -> Any:
    return frames.stage_visits(native, process=PROCESS, columns=COLUMNS, stages=LABELS, as_of=as_of, **options)


def rows_of(native: Any) -> list[dict[str, Any]]:
    frame = nw.from_native(native)
    frame = frame.collect() if isinstance(frame, nw.LazyFrame) else frame
    return [
        {name: value if value == value else None for name, value in row.items()} for row in frame.iter_rows(named=True)
    ]


def told(visits: Any) -> list[tuple[Any, ...]]:
    names = ("deal", "stage", "status", "entered", "left", "next", "held")
    return sorted(
        tuple(row[name] or 0 if name == "next" else row[name] for name in names) for row in rows_of(visits.native)
    )


@pytest.mark.counted
@pytest.mark.parametrize("engine", engines.QUICK)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(log=logs(), hours=st.integers(0, 70), zone=st.sampled_from(ZONES))
def test_the_visits_of_a_dirty_log_are_those_of_its_deals(engine: Engine, log: Log, hours: int, zone: str) -> None:
    as_of = START + hours * HOUR
    try:
        expected = visits_of(log, as_of)
    except NoHistory:
        assume(False)
    found = computed(engine(log, zone), as_of, keep=["owner"])
    assert list(frames.collect(found)) == sorted(expected, key=lambda visit: visit.deal)
    assert told(found) == sorted(
        (
            visit.deal,
            visit.stage,
            visit.status,
            microseconds(visit.entered),
            microseconds(visit.left or as_of),
            visit.next or 0,
            0,
        )
        for visit in expected
    )


@pytest.mark.parametrize("engine", engines.ALL)
def test_every_row_is_in_a_visit_or_is_counted_with_its_reason(engine: Engine) -> None:
    log = [
        {"case": "A", "label": "New", "at": START, "owner": "kari", "order": 1},
        {"case": "A", "label": "NEW", "at": START + HOUR, "owner": "kari", "order": 2},
        {"case": "A", "label": "offer", "at": START + 2 * HOUR, "owner": "ola", "order": 3},
        {"case": None, "label": "offer", "at": START, "owner": "ola", "order": 4},
        {"case": "B", "label": "Ofer", "at": START, "owner": "ola", "order": 5},
        {"case": "B", "label": " ", "at": START, "owner": "ola", "order": 6},
        {"case": "B", "label": "offer", "at": None, "owner": "ola", "order": 7},
        {"case": "B", "label": "offer", "at": START, "owner": "ola", "order": None},
        {"case": "C", "label": "offer", "at": START + 9 * HOUR, "owner": "ola", "order": 8},
    ]
    found = computed(engine(log), START + 8 * HOUR, keep=["owner"])
    assert {(row["stage"], row["owner"], row["next"]) for row in rows_of(found.native)} == {
        ("lead", "kari", "offer"),
        ("offer", "ola", None),
    }
    assert found.excluded() == {
        "deal not opened at as_of": 1,
        "row of a stage that nobody explained": 1,
        "row that says nothing new": 1,
        "row without a deal": 1,
        "row without a stage": 1,
        "row without a time": 1,
        "row without its order": 1,
    }


LOG: Log = [
    {"case": "A", "label": "New", "at": START, "owner": "kari", "order": 1},
    {"case": "A", "label": "Signed", "at": START + timedelta(days=30), "owner": "kari", "order": 2},
]


@pytest.mark.parametrize("engine", engines.QUICK)
def test_there_is_nothing_to_collect_before_the_first_deal_was_opened(engine: Engine) -> None:
    with pytest.raises(NoHistory, match="2026-01-04"):
        frames.collect(computed(engine(LOG), START - 24 * HOUR))


@pytest.mark.parametrize("engine", engines.LAZY)
def test_a_lazy_log_gives_lazy_visits(engine: Engine) -> None:
    native = engine(LOG)
    assert type(computed(native, START).native) is type(native)


@pytest.mark.parametrize("engine", engines.LAZY)
def test_rows_of_a_lazy_log_have_no_order_unless_a_column_gives_it(engine: Engine) -> None:
    unordered = {name: column for name, column in COLUMNS.items() if name != "order"}
    with pytest.raises(MissingColumn, match="order"):
        frames.stage_visits(engine(LOG), process=PROCESS, columns=unordered, stages=LABELS, as_of=START)


@pytest.mark.parametrize("engine", engines.EAGER)
def test_rows_of_one_time_keep_their_order_in_memory(engine: Engine) -> None:
    unordered = {name: column for name, column in COLUMNS.items() if name != "order"}
    log = [{**LOG[0], "label": label} for label in ("survey", "New", "offer")]
    found = frames.stage_visits(engine(log), process=PROCESS, columns=unordered, stages=LABELS, as_of=START + HOUR)
    assert {(row["stage"], row["next"]) for row in rows_of(found.native)} == {
        ("survey", "lead"),
        ("lead", "offer"),
        ("offer", None),
    }


@pytest.mark.parametrize("engine", engines.QUICK)
def test_local_times_are_refused_unless_they_are_said_to_be_in_utc(engine: Engine) -> None:
    native = engine(LOG, zone=None)
    with pytest.raises(WrongKind, match="say utc=True"):
        computed(native, START + HOUR)
    assert told(computed(native, START + HOUR, utc=True)) == told(computed(engine(LOG), START + HOUR))


@pytest.mark.parametrize("engine", [engines.DUCKDB])
def test_an_engine_that_reckons_in_the_zone_of_its_session_is_refused_where_the_clocks_change(engine: Engine) -> None:
    native = engine(LOG, session="Europe/Oslo")
    with pytest.raises(OutOfRange, match="SET TimeZone = 'UTC'"):
        computed(native, START)


@pytest.mark.parametrize("engine", engines.QUICK)
@pytest.mark.parametrize("zone", ["America/New_York", "Etc/GMT+1"])
def test_the_name_of_a_time_zone_may_hold_any_sign(engine: Engine, zone: str) -> None:
    assert told(computed(engine(LOG, zone), START + HOUR)) == told(computed(engine(LOG), START + HOUR))


@pytest.mark.parametrize("engine", engines.EAGER)
def test_a_column_of_nulls_holds_no_instants(engine: Engine) -> None:
    native = engine([{**row, "owner": None} for row in LOG])
    with pytest.raises(WrongKind, match="column 'owner' wants instants"):
        frames.stage_visits(native, process=PROCESS, columns={**COLUMNS, "at": "owner"}, stages=LABELS, as_of=START)


def test_days_are_no_instants() -> None:
    native = engines.pandas(LOG, zone=None)
    with pytest.raises(WrongKind, match="column 'at' wants instants"):
        computed(native.assign(at=native["at"].dt.to_period("D")), START)


def test_an_engine_that_tells_seconds_and_the_rest_apart_is_reckoned_with() -> None:
    """As Spark does, which needs a Java runtime; pandas tells the seconds if it counts in them."""
    native = engines.pandas(LOG).astype({"at": "datetime64[s, UTC]"})
    spark = SimpleNamespace(implementation=nw.Implementation.PYSPARK)
    found = nw.from_native(native).select(columns.microseconds(spark, "at"))["at"].to_list()
    assert found == [microseconds(row["at"]) for row in LOG]


def test_local_times_of_spark_are_refused() -> None:
    schema = nw.from_native(engines.pandas(LOG, zone=None)).collect_schema
    spark = SimpleNamespace(implementation=nw.Implementation.PYSPARK, collect_schema=schema)
    with pytest.raises(WrongKind, match="cast to TIMESTAMP"):
        columns.all_instants(spark, "at", utc=True)


@pytest.mark.parametrize("engine", engines.QUICK)
def test_everything_that_does_not_fit_is_named(engine: Engine) -> None:
    native = engine(LOG)
    wrong: list[tuple[type[Exception], str, dict[str, Any]]] = [
        (MissingColumn, "kase", {"columns": {**COLUMNS, "deal": "kase"}}),
        (MissingColumn, "deal", {"columns": {"stage": "label", "at": "at", "order": "order"}}),
        (MissingColumn, "region", {"keep": ["region"]}),
        (UnknownField, "who", {"columns": {**COLUMNS, "who": "owner"}}),
        (UnknownStage, "ofer", {"stages": {"Offer": "ofer"}}),
        (OutOfRange, "held", {"keep": ["held"]}),
        (WrongKind, "instants", {"columns": {**COLUMNS, "at": "label"}}),
        (NaiveDatetime, "as_of", {"as_of": datetime(2026, 1, 5)}),
    ]
    for error, says, options in wrong:
        arguments = {"process": PROCESS, "columns": COLUMNS, "stages": LABELS, "as_of": START, **options}
        with pytest.raises(error, match=says):
            frames.stage_visits(native, **arguments)


@pytest.mark.parametrize("engine", engines.QUICK)
def test_all_that_does_not_fit_is_told_at_once(engine: Engine) -> None:
    mixed = {"deal": "at", "stage": "order", "at": "label", "order": "nr", "who": "owner"}
    with pytest.raises(SeveralErrors) as caught:
        frames.stage_visits(
            engine(LOG),
            process=PROCESS,
            columns=mixed,
            stages={"Offer": "ofer"},
            as_of=datetime(2026, 1, 5),
            keep=["held", "region"],
        )
    told = str(caught.value)
    assert told.startswith("8 things are wrong")
    says = ["as_of", "'ofer'", "'who'", "held", "'nr', 'region'"]
    for text in [*says, "column 'at'", "column 'order'", "column 'label'"]:
        assert text in told


def test_what_is_no_dataframe_is_refused() -> None:
    with pytest.raises(WrongKind, match="narwhals knows"):
        frames.stage_visits([{"case": "A"}], process=PROCESS, columns=COLUMNS, as_of=datetime(2026, 1, 5, tzinfo=UTC))
