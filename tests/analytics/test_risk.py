"""Risk counts: every visit of an open stage once, by how it ended, and sums in any order."""

import pickle
from collections import Counter
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesprocess.analytics import RiskCounts, risk_counts, stage_visits
from salesprocess.errors import NoHistory, OutOfRange, WrongKind
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


@given(books(), st.floats(1, 30), st.none() | st.integers(1, 20))
def test_a_visit_at_risk_at_an_age_weighs_as_much_as_that_day_does(
    book: list[object], half_life: float, since: int | None
) -> None:
    try:
        visits = stage_visits(book, as_of=NOW)  # type: ignore[arg-type]
    except NoHistory:
        return
    start = None if since is None else after(since)
    found = risk_counts(visits, half_life=half_life * DAY, since=start)
    at_risk: Counter[tuple[str, int]] = Counter()
    for visit in visits:
        if visit.status != "open":
            continue
        first = (
            -1 if start is None or visit.entered >= start else max(0 * DAY, start - visit.entered - visit.held) // DAY
        )
        ended = visit.left or NOW
        if first >= 0 and start is not None and (ended < start or first >= visit.time // DAY):
            continue
        last = visit.time // DAY
        for age in range(first + 1, last + 1):
            at_risk[visit.stage, age] += 0.5 ** (((NOW - ended) / DAY + last - age) / half_life)  # type: ignore[assignment]
    for stage in found.stages:
        ages = range(max(age for name, age, *_ in found.exits if name == stage) + 1)
        inside = sum(count for (name, *_), count in found.exits.items() if name == stage)
        inside -= sum(count for (name, *_), count in found.entries.items() if name == stage)
        for age in ages:
            assert inside == pytest.approx(at_risk[stage, age], abs=1e-9)
            inside += found.entries.get((stage, age, ""), 0)
            inside -= sum(count for (name, at, *_), count in found.exits.items() if (name, at) == (stage, age))


def test_a_fading_history_of_steady_rates_tells_the_same_rates() -> None:
    deals = [enter(opened(f"{day}-{n}", day), "lost" if n else "won", day + 1 + n) for day in range(25) for n in (0, 1)]
    rates = []
    for half_life in (None, 3 * DAY):
        found = counts(*deals, half_life=half_life)
        inside = sum(found.exits.values()) - sum(found.entries.values())
        inside += found.entries.get(("lead", 0, ""), 0.0)
        rates.append(found.exits["lead", 1, "won", ""] / inside)
    assert rates[0] == pytest.approx(rates[1], abs=0.01)


@pytest.mark.counted
@given(books())
def test_counts_come_back_from_their_rows(book: list[object]) -> None:
    try:
        found = counts(*book, segment={"D1": "kari"}, since=after(3), half_life=9 * DAY)
    except NoHistory:
        return
    again = RiskCounts.from_rows(found.to_rows(), unit=DAY, as_of=NOW)
    assert (again.exits, again.entries) == (found.exits, found.entries)


@pytest.mark.parametrize(
    ("row", "error"),
    [
        ({"stage": "lead", "age": 1, "outcome": "won"}, WrongKind),
        ({"stage": "lead", "age": 1.5, "outcome": "won", "count": 1}, WrongKind),
        ({"stage": "lead", "age": -1, "outcome": "won", "count": 1}, OutOfRange),
        ({"stage": "lead", "age": 1, "outcome": "won", "count": -1}, OutOfRange),
    ],
)
def test_rows_that_are_no_counts_are_refused(row: dict[str, object], error: type[Exception]) -> None:
    with pytest.raises(error, match="row 1"):
        RiskCounts.from_rows([row], unit=DAY, as_of=NOW)


def test_each_visit_may_have_a_segment_of_its_own() -> None:
    deal = path("A", "lead", "survey", "won")
    found = counts(deal, segment=["kari", "nils", ""])
    assert found.exits == {("lead", 1, "survey", "kari"): 1.0, ("survey", 1, "won", "nils"): 1.0}
    with pytest.raises(OutOfRange, match="one for each of 3 visits"):
        counts(deal, segment=["kari"])


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
