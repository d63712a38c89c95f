"""Risk counts: every visit of an open stage once, by how it ended, and sums in any order."""

import pickle
from collections import Counter
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesprocess.analytics import RiskCounts, risk_counts, stage_visits
from salesprocess.errors import NoHistory, OutOfRange
from tests.analytics.books import START, after, books, enter, moments, opened, path

NOW = after(30)
DAY = timedelta(days=1)


def counts(*deals: object, **options: object) -> RiskCounts:
    return risk_counts(stage_visits(deals, as_of=NOW), **options)  # type: ignore[arg-type]


@given(books(), moments)
def test_each_visit_of_an_open_stage_is_counted_once(book: list[object], days: float) -> None:
    try:
        visits = stage_visits(book, as_of=after(days))  # type: ignore[arg-type]
    except NoHistory:
        return
    found = risk_counts(visits)
    seen = Counter((visit.stage, visit.time // DAY) for visit in visits if visit.status == "open")
    told = Counter[tuple[str, int]]()
    for (stage, age, _, _), count in found.exits.items():
        told[stage, age] += count  # type: ignore[assignment]
    assert told == seen
    assert found.n == sum(seen.values())
    assert not found.entries


@given(books(), st.integers(0, 5))
def test_counts_of_two_books_add_up_in_any_order(book: list[object], cut: int) -> None:
    def part(deals: list[object]) -> RiskCounts:
        return counts(*deals) if deals else RiskCounts(DAY, NOW, {})

    try:
        whole, one, other = part(book), part(book[:cut]), part(book[cut:])
    except NoHistory:
        return
    assert (one + other).exits == (other + one).exits == whole.exits


def test_the_outcome_is_the_next_open_stage_won_lost_or_censored() -> None:
    found = counts(path("A", "lead", "survey", "won"), path("B", "lead", "lost"), path("C", "lead"))
    assert found.exits == {
        ("lead", 1, "survey", ""): 1.0,
        ("survey", 1, "won", ""): 1.0,
        ("lead", 1, "lost", ""): 1.0,
        ("lead", 30, "censored", ""): 1.0,
    }
    assert found.stages == ("lead", "survey")


def test_segments_are_counted_apart_and_can_be_pooled() -> None:
    deals = path("A", "lead", "won"), path("B", "lead", "won"), path("C", "lead", "lost")
    found = counts(*deals, segment={"A": "kari", "B": "nils"})
    assert found.of_segment("kari").exits == {("lead", 1, "won", "kari"): 1.0}
    assert found.pooled().exits == counts(*deals).exits
    assert found.of_segment("").n == 1


def test_a_window_observes_visits_from_its_beginning_on() -> None:
    began = enter(opened("A"), "survey", 10)
    before = enter(opened("B"), "lost", 3)
    same_day = enter(opened("C"), "lost", 5.5)
    found = counts(began, before, same_day, since=after(5))
    assert found.exits == {("lead", 10, "survey", ""): 1.0, ("survey", 20, "censored", ""): 1.0}
    assert found.entries == {("lead", 5, ""): 1.0}
    late = counts(began, since=after(5), segment={"A": "kari"})
    assert late.of_segment("kari").entries == {("lead", 5, "kari"): 1.0}
    assert late.pooled().entries == {("lead", 5, ""): 1.0}


def test_old_visits_fade() -> None:
    found = counts(enter(opened("A"), "lost", 10), half_life=10 * DAY)
    assert found.exits == {("lead", 10, "lost", ""): 0.25}
    assert found.scaled(4).exits == {("lead", 10, "lost", ""): 1.0}
    window = counts(enter(opened("A"), "lost", 10), since=after(5))
    assert window.scaled(2).entries == {("lead", 5, ""): 2.0}


def test_counts_print_become_rows_and_pickle() -> None:
    found = counts(path("A", "lead", "survey", "won"))
    assert "survey  won" in str(found)
    assert found.to_rows()[0] == {"stage": "lead", "age": 1, "outcome": "survey", "segment": "", "count": 1.0}
    assert pickle.loads(pickle.dumps(found)) == found
    assert found.as_of == NOW > START


def test_what_cannot_be_counted_is_refused() -> None:
    found = counts(path("A", "lead"))
    with pytest.raises(OutOfRange, match="unit"):
        counts(path("A", "lead"), unit=timedelta(0))
    with pytest.raises(OutOfRange, match="unit"):
        RiskCounts(timedelta(0), NOW, {})
    with pytest.raises(OutOfRange, match="the same for both"):
        _ = found + counts(path("A", "lead"), unit=timedelta(hours=1))
    with pytest.raises(OutOfRange, match="weight"):
        found.scaled(0)
    with pytest.raises(OutOfRange):
        counts(path("A", "lead"), half_life=timedelta(0))
