"""On a real log other libraries come to the same numbers: lifelines for times, pm4py for frequencies and durations."""

import csv
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from salesprocess import Deal, Period, ingest
from salesprocess.analytics import StageVisits, aalen_johansen, age_counts, durations, sales_cycle, stage_visits
from salesprocess.analytics.survival import CENSORED
from salesprocess.analytics.visits import microseconds
from tests.analytics.test_loan_log import COLUMNS, LOANS, OPEN, STAGES

AS_OF = datetime(2012, 1, 1, tzinfo=UTC)
SINCE = datetime(2011, 11, 1, tzinfo=UTC)
AUTUMN = Period(datetime(2011, 10, 20, tzinfo=UTC), datetime(2011, 12, 1, tzinfo=UTC))
DAY = timedelta(days=1)
MICROSECONDS = DAY // timedelta(microseconds=1)


def close(value: float) -> Any:
    """To nine digits."""
    return pytest.approx(value, rel=1e-9, abs=1e-9)


@pytest.fixture(scope="module")
def rows(shared_data: Path) -> list[dict[str, str]]:
    with (shared_data / "loan_funnel" / "stage_log.csv").open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def deals(rows: list[dict[str, str]]) -> tuple[Deal, ...]:
    log = ingest.stage_log(rows, process=LOANS, columns=COLUMNS, stages=STAGES, currency="EUR", tz="UTC")
    return tuple(log.deals)


@pytest.fixture(scope="module")
def visits(deals: tuple[Deal, ...]) -> StageVisits:
    return stage_visits(deals, as_of=AS_OF)


@pytest.fixture(scope="module")
def frame(rows: list[dict[str, str]]) -> Any:
    """The log for pm4py, in which repeated rows of a stage are one."""
    pm4py = pytest.importorskip("pm4py")
    pandas = pytest.importorskip("pandas")
    table = pandas.DataFrame(rows)
    table["stage"] = table["activity"].map(STAGES)
    table["timestamp"] = pandas.to_datetime(table["timestamp"], format="ISO8601")
    table = table.sort_values(["case", "timestamp"], kind="stable")
    table = table[(table["stage"] != table["stage"].shift()) | (table["case"] != table["case"].shift())]
    return pm4py.format_dataframe(table, case_id="case", activity_key="stage", timestamp_key="timestamp")


def spells(visits: StageVisits, stage: str) -> Iterator[tuple[int, int, str | None]]:
    """Of each visit of a stage: when it began and ended, in microseconds, and what came next."""
    c = visits.columns
    for code, entered, left, following in zip(c.stage, c.entered, c.left, c.next, strict=True):
        if visits.stages[code] == stage:
            yield entered, left, visits.stages[following] if following >= 0 else None


@pytest.mark.parametrize("stage", OPEN)
def test_lifelines_finds_the_same_durations(stage: str, visits: StageVisits) -> None:
    lifelines = pytest.importorskip("lifelines")
    utils = pytest.importorskip("lifelines.utils")
    ages = [((left - entered) // MICROSECONDS, following) for entered, left, following in spells(visits, stage)]
    theirs = lifelines.KaplanMeierFitter().fit([age for age, _ in ages], [after is not None for _, after in ages])
    row = next(row for row in durations(visits, LOANS).rows if row.stage == stage)
    assert row.n == len(ages)
    assert row.median == utils.qth_survival_time(0.5, theirs.survival_function_)
    assert row.p85 == utils.qth_survival_time(0.15, theirs.survival_function_)
    assert row.restricted_mean == close(utils.restricted_mean_survival_time(theirs, t=row.horizon))


@pytest.mark.parametrize("stage", OPEN)
def test_lifelines_finds_the_same_for_those_who_were_there_before_the_record_began(
    stage: str, visits: StageVisits
) -> None:
    """Left-truncated, right-censored, three competing causes; the other library asks for ages without ties."""
    lifelines = pytest.importorskip("lifelines")
    since = microseconds(SINCE)
    seen = [each for each in spells(visits, stage) if each[1] > since]
    size = 2 * len(seen) + 2
    exits, entries, causes = list[int](), list[int](), list[int]()
    for number, (entered, left, following) in enumerate(seen):
        exits.append((left - entered) // 1000 * size + 2 * number + 2)  # odd ages are those of entries
        entries.append((since - entered) // 1000 * size + 1 if entered < since else -1)
        causes.append(CENSORED if following is None else 0 if following == "won" else 1 if following == "lost" else 2)
    keep = [at for at, (entry, end) in enumerate(zip(entries, exits, strict=True)) if entry < end]
    assert len(keep) > 500
    assert any(entries[at] > 0 for at in keep)
    exits, entries, causes = ([each[at] for at in keep] for each in (exits, entries, causes))
    ours = aalen_johansen(age_counts(exits, causes, entries, kinds=3))
    for cause in range(3):
        fitted = lifelines.AalenJohansenFitter(calculate_variance=False).fit(
            exits, [each + 1 for each in causes], event_of_interest=cause + 1, entry=[max(each, 0) for each in entries]
        )
        curve = fitted.cumulative_density_.iloc[:, 0]
        assert [curve[age] for age in ours.counts.ages] == close_each(ours.incidence[cause])


def close_each(values: tuple[float, ...]) -> Any:
    return pytest.approx(list(values), rel=1e-9, abs=1e-9)


def test_lifelines_finds_the_same_sales_cycle_of_a_period(deals: tuple[Deal, ...]) -> None:
    lifelines = pytest.importorskip("lifelines")
    utils = pytest.importorskip("lifelines.utils")
    found = sales_cycle(deals, as_of=AS_OF, period=AUTUMN).rows[3]
    entries, exits, ended = list[float](), list[float](), list[bool]()
    for deal in (then for each in deals if (then := each.as_of(AS_OF)) is not None):
        end = min(deal.closed_at or AS_OF, AUTUMN.end - timedelta(microseconds=1))
        if deal.opened_at < AUTUMN.end and end >= AUTUMN.start:
            entries.append(max(AUTUMN.start - deal.opened_at, timedelta()) / DAY)
            exits.append((end - deal.opened_at) / DAY)
            ended.append(deal.closed_at is not None and deal.closed_at < AUTUMN.end)
    theirs = lifelines.KaplanMeierFitter().fit(exits, ended, entry=entries)
    assert (found.n, found.censored) == (len(exits), ended.count(False))
    assert found.median == close(utils.qth_survival_time(0.5, theirs.survival_function_))
    assert found.p85 == close(utils.qth_survival_time(0.15, theirs.survival_function_))
    assert found.mean == close(utils.restricted_mean_survival_time(theirs, t=found.longest))


def test_pm4py_counts_the_same_moves(visits: StageVisits, frame: Any) -> None:
    pm4py = pytest.importorskip("pm4py")
    theirs, starts, ends = pm4py.discover_dfg(frame)
    c = visits.columns
    moves = Counter((visits.stages[a], visits.stages[b]) for a, b in zip(c.stage, c.next, strict=True) if b >= 0)
    assert moves == {pair: count for pair, count in theirs.items() if count}
    here = Counter(visits.stages[a] for a, b in zip(c.stage, c.next, strict=True) if b < 0)
    assert here == ends
    assert sum(starts.values()) == visits.n


def test_pm4py_times_the_same_moves(visits: StageVisits, frame: Any) -> None:
    pm4py = pytest.importorskip("pm4py")
    theirs, _, _ = pm4py.discover_performance_dfg(frame)
    took: defaultdict[tuple[str, str], list[float]] = defaultdict(list)
    for stage in visits.stages:
        for entered, left, following in spells(visits, stage):
            if following is not None:
                took[stage, following].append((left - entered) / 1_000_000)
    assert took.keys() == theirs.keys()
    for pair, seconds in took.items():
        assert theirs[pair]["mean"] == close(sum(seconds) / len(seconds))
        assert theirs[pair]["max"] == close(max(seconds))


@pytest.mark.parametrize("end", ["won", "lost"])
def test_pm4py_finds_the_same_sales_cycle(end: str, deals: tuple[Deal, ...], frame: Any) -> None:
    pm4py = pytest.importorskip("pm4py")
    ended = pm4py.filter_end_activities(frame, [end])
    theirs = pm4py.get_all_case_durations(ended)
    row = next(row for row in sales_cycle(deals, as_of=AS_OF).rows if row.deals == end)
    assert row.n == len(theirs)
    assert row.mean == close(sum(theirs) / len(theirs) / 86_400)
    assert row.longest == close(max(theirs) / 86_400)
