"""How long deals stay, with those that are still there."""

import warnings
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesprocess import Deal
from salesprocess.analytics import Durations, RiskCounts, durations, risk_counts, stage_visits
from salesprocess.errors import OutOfRange, SmallSample
from salesprocess.events import Held, Resumed
from tests.analytics.books import PROCESS, add, after, books, enter, opened, path


def measured(deals: list[Deal], days: float = 50, process: Any = PROCESS, **options: Any) -> Durations:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SmallSample)
        return durations(stage_visits(deals, as_of=after(days)), process, **options)


def stays(*days: float, still: int = 0) -> list[Deal]:
    """Deals that left the first stage after so many days, and some that never did."""
    return [enter(opened(f"L{n}"), "offer", d) for n, d in enumerate(days)] + [opened(f"S{n}") for n in range(still)]


def test_without_open_visits_the_numbers_are_the_plain_ones() -> None:
    lead = measured(stays(1, 2, 3, 4)).rows[0]
    assert (lead.n, lead.left, lead.censored) == (4, 4, 0)
    assert (lead.median, lead.p85, lead.restricted_mean, lead.horizon) == (2, 4, 2.5, 4)


def test_those_still_there_lengthen_the_stay() -> None:
    lead = measured(stays(1, 2, 3, 4, still=4), days=10).rows[0]
    assert (lead.median, lead.p85, lead.censored) == (4, None, 4)
    assert lead.restricted_mean == pytest.approx((1 + 2 + 3 + 4 + 4 * 10) / 8)


def test_days_are_completed_days_and_the_unit_is_free() -> None:
    assert measured(stays(1.9)).rows[0].median == 1
    assert measured(stays(1.9), unit=timedelta(hours=1)).rows[0].median == 45


def test_time_on_hold_does_not_count() -> None:
    deal = enter(add(add(opened("A"), Held, 2), Resumed, 7), "offer", 8)
    assert measured([deal]).rows[0].median == 3


def test_a_stage_that_nobody_visited_has_no_numbers() -> None:
    survey = measured(stays(1)).rows[1]
    assert (survey.n, survey.median, survey.p85, survey.restricted_mean, survey.horizon) == (0, None, None, None, None)


@pytest.mark.parametrize("measure", ["visit", "latest", "cumulative"])
def test_visits_of_stages_that_the_process_does_not_have_are_counted_as_excluded(measure: str) -> None:
    found = measured([path("A", "lead", "demo", "offer")], measure=measure)
    assert (found.n, found.excluded) == (2, {"visit of a stage that the process does not have, demo": 1})


def test_without_a_process_the_visited_stages_stand_in_their_order() -> None:
    assert [row.stage for row in measured([path("A", "survey", "lead", "won")], process=None).rows] == [
        "survey",
        "lead",
    ]


@given(books())
def test_every_visit_of_an_open_stage_is_in_one_row(deals: list[Deal]) -> None:
    found = measured(deals)
    assert found.n == sum(v.status == "open" for v in stage_visits(deals, as_of=after(50)))
    assert all(row.n == row.left + row.censored for row in found.rows)


@given(books(), st.sampled_from([timedelta(days=1), timedelta(hours=7)]))
def test_counts_of_the_visits_have_the_same_durations(deals: list[Deal], unit: timedelta) -> None:
    counts = risk_counts(stage_visits(deals, as_of=after(50)), unit=unit)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SmallSample)
        assert durations(counts, PROCESS) == measured(deals, unit=unit)
        alone = durations(counts)
    assert {row for row in measured(deals, process=None, unit=unit).rows if row.n} == set(alone.rows)


def test_who_is_warned_is_the_caller() -> None:
    visits = stage_visits(stays(1, 2), as_of=after(50))
    for each in (visits, risk_counts(visits)):
        with pytest.warns(SmallSample) as caught:
            durations(each, PROCESS)
        assert [warning.filename for warning in caught] == [__file__]


def test_counts_are_asked_for_what_they_know() -> None:
    visits = stage_visits(stays(1, 2), as_of=after(50))
    week = timedelta(days=7)
    cases: list[tuple[RiskCounts, dict[str, Any]]] = [
        (risk_counts(visits), {"measure": "latest"}),
        (risk_counts(visits), {"unit": week}),
        (risk_counts(visits, since=after(0.5)), {}),
        (risk_counts(visits).scaled(0.5), {}),
    ]
    for counts, options in cases:
        with pytest.raises(OutOfRange, match="count"):
            durations(counts, **options)


@given(st.data(), st.sampled_from([PROCESS, None]))
def test_the_order_of_the_deals_does_not_matter(data: st.DataObject, process: Any) -> None:
    deals = data.draw(books())
    assert measured(deals, process=process) == measured(data.draw(st.permutations(deals)), process=process)


def test_few_visits_warn_and_many_do_not() -> None:
    with pytest.warns(SmallSample, match="lead, offer"):
        durations(stage_visits(stays(1), as_of=after(9)), PROCESS)
    durations(stage_visits(stays(*range(1, 12)), as_of=after(20)), PROCESS)


def test_a_unit_of_nothing_is_refused() -> None:
    with pytest.raises(OutOfRange):
        measured(stays(1), unit=timedelta(0))


def test_the_result_prints_as_a_table_and_becomes_rows() -> None:
    found = measured(stays(1, 2, 3, 4, still=4), days=10)
    assert str(found).splitlines()[:3] == [
        "Durations in days, as of 2026-01-15T09:00:00+00:00",
        "stage    visits  left  censored  median  from  to  p85  from  to  restricted mean  up to",
        "lead          8     4         4       4     2   –    –     –   –              6.2     10",
    ]
    assert found.to_rows()[0]["restricted_mean"] == pytest.approx(6.25)


@given(books(clean=True), st.sampled_from(["latest", "cumulative"]))
def test_a_deal_is_timed_once_in_a_stage_by_its_latest_visit_or_by_all(deals: list[Deal], measure: Any) -> None:
    found = measured(deals, measure=measure)
    times: dict[tuple[str, str], tuple[float, bool]] = {}
    for visit in stage_visits(deals, as_of=after(50)):
        before = times.get((visit.deal, visit.stage), (0.0, False))[0] if measure == "cumulative" else 0.0
        times[visit.deal, visit.stage] = (before + visit.time.total_seconds(), visit.left is None)
    for row in found.rows:
        here = [each for (_, stage), each in times.items() if stage == row.stage]
        assert (row.n, row.censored) == (len(here), sum(still for _, still in here))
        if here and not row.censored:
            assert row.restricted_mean == pytest.approx(sum(time // 86_400 for time, _ in here) / len(here))


def test_a_deal_that_comes_back_is_timed_by_what_is_asked() -> None:
    back = [enter(enter(enter(opened("A"), "offer", 5), "lead", 6), "offer", 8)]
    medians = [measured(back, measure=measure).rows[0].median for measure in ("visit", "latest", "cumulative")]
    assert medians == [2, 2, 7]
    assert measured(back, measure="cumulative").cohort == "deals by open stages observed from their beginning"
    assert str(measured(back, measure="latest")).splitlines()[1].split()[1] == "deals"


def test_a_sum_of_visits_needs_all_of_them() -> None:
    deal = enter(enter(enter(opened("A", observed=False), "offer", 1), "lead", 2), "offer", 5)
    assert measured([deal], measure="cumulative").excluded == {
        "visit began unobserved": 1,
        "deal with an earlier visit of the stage that was not observed": 1,
    }


def test_an_unknown_measure_is_refused() -> None:
    with pytest.raises(OutOfRange, match="visit, latest, cumulative"):
        measured([opened("A")], measure="longest")
