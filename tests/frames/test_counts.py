"""Counts made by a dataframe engine are those that the deals of the same log give, and models are fitted to them."""

import operator
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from salesprocess import analytics as an
from salesprocess import forecasting as fc
from salesprocess.errors import NoHistory, OutOfRange, SeveralErrors, UnknownField
from tests.frames import engines
from tests.frames.logs import COLUMNS, HOUR, LABELS, PROCESS, START, ZONES, logs, visits_of

frames = pytest.importorskip("salesprocess.frames")

Engine = Callable[..., Any]
Log = list[dict[str, Any]]
MONTH = timedelta(days=30)

options = st.fixed_dictionaries(
    {"unit": st.sampled_from([HOUR, 7 * HOUR, timedelta(days=1)])},
    optional={
        "since": st.integers(0, 60).map(lambda hours: START + hours * HOUR),
        "half_life": st.sampled_from([HOUR, 10 * HOUR, 10 * MONTH]),
    },
)


def visits_in(native: Any, as_of: datetime) -> Any:
    return frames.stage_visits(native, process=PROCESS, columns=COLUMNS, stages=LABELS, as_of=as_of, keep=["source"])


def with_sources(log: Log) -> Log:
    """Every deal comes from one source; of some nobody knows."""
    sources = {"A": "fair", "C": " fair "}
    return [{**row, "source": sources.get(row["case"])} for row in log]


def deals_of(log: Log, as_of: datetime) -> an.StageVisits:
    try:
        return visits_of(log, as_of)
    except NoHistory:
        assume(False)
        raise


def near(found: Mapping[Any, float], expected: Mapping[Any, float]) -> bool:
    """The same cells with the same weights, but for the order in which an engine adds fractions."""
    return {cell for cell, weight in found.items() if weight > 1e-12} == {
        cell for cell, weight in expected.items() if weight > 1e-12
    } and all(weight == pytest.approx(found.get(cell, 0.0), rel=1e-12, abs=1e-12) for cell, weight in expected.items())


@pytest.mark.counted
@pytest.mark.parametrize("engine", engines.QUICK)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(log=logs(), hours=st.integers(0, 70), zone=st.sampled_from(ZONES), options=options, split=st.booleans())
def test_the_counts_of_a_dirty_log_are_those_of_its_deals(
    engine: Engine, log: Log, hours: int, zone: str, options: dict[str, Any], split: bool
) -> None:
    as_of = START + hours * HOUR
    expected = an.risk_counts(deals_of(log, as_of), segment={"A": "fair", "C": "fair"} if split else None, **options)
    visits = visits_in(engine(with_sources(log), zone), as_of)
    found = frames.risk_counts(visits, segment="source" if split else None, **options)
    same = near if "half_life" in options else operator.eq
    assert (found.unit, found.as_of, found.excluded) == (expected.unit, expected.as_of, visits.excluded())
    assert same(found.exits, expected.exits)
    assert same(found.entries, expected.entries)


WAYS = [
    [("New", 0), ("survey", 3), ("offer", 9), ("Signed", 20)],
    [("New", 1), ("offer", 4), ("survey", 6), ("Dead", 12)],
    [("New", 2), ("survey", 8)],
    [("New", 5), ("survey", 6), ("offer", 30), ("Signed", 31), ("care", 40)],
    [("New", 7), ("Dead", 8)],
]


def book(deals: int) -> Log:
    """A tidy log: each deal goes one of the ways, every one begins a little later."""
    days = [
        (f"D{number}", label, START + timedelta(days=day, hours=number))
        for number in range(deals)
        for label, day in WAYS[number % len(WAYS)]
    ]
    return [
        {"case": case, "label": label, "at": at, "owner": "kari", "source": None, "order": order}
        for order, (case, label, at) in enumerate(days)
    ]


@pytest.mark.parametrize("engine", engines.ALL)
def test_a_forecaster_is_fitted_to_the_counts_of_a_dataframe_unchanged(engine: Engine) -> None:
    log, now = book(60), START + timedelta(days=60)
    counts = frames.risk_counts(visits_in(engine(log), now))
    deal = PROCESS.open("NEW-1", at=now - timedelta(days=4))
    model, plain = fc.CompetingRisks(), an.risk_counts(visits_of(log, now))
    said = [model.fit_counts(each).probability(deal, by=now + MONTH, as_of=now) for each in (counts, plain)]
    assert counts.exits == plain.exits
    assert said[0] == said[1]
    assert not isinstance(said[0], str)
    assert 0 < said[0].probability < 1


@pytest.mark.parametrize("engine", engines.QUICK)
def test_a_column_that_is_kept_may_have_any_name_but_those_of_the_visits(engine: Engine) -> None:
    names = ["code", "place", "at", "order", "label", "why", "before", "following", "again", "age", "weight", "rows"]
    log = [{**dict.fromkeys(names, "fair"), "case": "A", "phase": "New", "time": START, "nr": 1}]
    columns = {"deal": "case", "stage": "phase", "at": "time", "order": "nr"}
    for name in names:
        visits = frames.stage_visits(
            engine(log), process=PROCESS, columns=columns, stages=LABELS, as_of=START + MONTH, keep=names
        )
        assert frames.risk_counts(visits, segment=name).exits == {("lead", 30, "censored", "fair"): 1}


@pytest.mark.parametrize("engine", engines.QUICK)
def test_counts_of_two_parts_of_the_deals_add_up_to_those_of_all(engine: Engine) -> None:
    log, now = book(20), START + timedelta(days=30)
    parts = [[row for row in log if (int(row["case"][1:]) % 3 == 0) is third] for third in (True, False)]
    one, other, together = (frames.risk_counts(visits_in(engine(rows), now)) for rows in (*parts, log))
    assert one + other == together


def test_a_lazy_frame_of_polars_runs_when_it_is_counted_and_not_before() -> None:
    pl = pytest.importorskip("polars")
    ran: list[int] = []

    def noticed(rows: Any) -> Any:
        ran.append(rows.height)
        return rows

    log = pl.from_arrow(engines.pyarrow(book(10))).lazy().map_batches(noticed)
    visits = visits_in(log, START + MONTH)
    assert ran == []
    assert frames.risk_counts(visits).n == 22
    assert ran


def test_rows_that_a_database_gets_before_it_is_asked_for_the_counts_are_counted() -> None:
    connection = pytest.importorskip("duckdb").connect()
    connection.execute("SET TimeZone = 'UTC'")
    connection.register("rows", engines.pyarrow(book(20)))
    connection.execute("CREATE TABLE log AS SELECT * FROM rows WHERE \"case\" = 'D0'")
    visits = visits_in(connection.table("log"), START + MONTH)
    connection.execute("INSERT INTO log SELECT * FROM rows WHERE \"case\" <> 'D0'")
    assert frames.risk_counts(visits).n == an.risk_counts(visits_of(book(20), START + MONTH)).n


@pytest.mark.parametrize("engine", engines.LAZY)
def test_all_that_leaves_a_lazy_engine_is_two_small_tables(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    nw = pytest.importorskip("narwhals.stable.v2")
    sizes: list[tuple[str, ...]] = []
    collect = nw.LazyFrame.collect

    def noticed(frame: Any, *arguments: Any, **more: Any) -> Any:
        rows = collect(frame, *arguments, **more)
        sizes.append((*rows.columns, str(len(rows))))
        return rows

    monkeypatch.setattr(nw.LazyFrame, "collect", noticed)
    visits = visits_in(engine(book(500)), START + timedelta(days=90))
    assert sizes == []
    cells = frames.risk_counts(visits).exits
    assert [names for *names, _ in sizes] == [
        ["stage", "age", "entry", "next", "next_status", "segment", "weight", "rows"],
        ["reason", "rows"],
    ]
    assert len(cells) <= max(int(size) for *_, size in sizes) < 100


def test_everything_that_does_not_fit_is_told_at_once() -> None:
    visits = visits_in(engines.polars(book(5)), START + MONTH)
    with pytest.raises(UnknownField, match="source"):
        frames.risk_counts(visits, segment="sauce")
    with pytest.raises(OutOfRange, match="unit"):
        frames.risk_counts(visits, unit=timedelta(0))
    with pytest.raises(SeveralErrors) as caught:
        frames.risk_counts(visits, unit=timedelta(0), half_life=-HOUR, since=datetime(2026, 1, 5), segment="owner")
    assert len(caught.value.exceptions) == 4
