"""How long deals stay, with those that are still there."""

import warnings
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesprocess import Deal
from salesprocess.analytics import Durations, durations, stage_visits
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


def test_visits_of_stages_that_the_process_does_not_have_are_counted_as_excluded() -> None:
    found = measured([path("A", "lead", "demo", "offer")])
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
        "stage    visits  left  censored  median  p85  restricted mean  up to",
        "lead          8     4         4       4    –              6.2     10",
    ]
    assert found.to_rows()[0]["restricted_mean"] == pytest.approx(6.25)
