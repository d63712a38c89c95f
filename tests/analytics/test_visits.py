"""Visits of stages: one row each, as the record stood, with nothing lost on the way."""

import pickle
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesprocess import Deal, LossReason, Money, Process, Stage, evolve, forecasting, replay
from salesprocess.analytics import (
    Visit,
    aging,
    bottlenecks,
    conformance,
    conversion,
    deal_table,
    durations,
    risk_counts,
    stage_visits,
)
from salesprocess.analytics.cohort import NOT_OPENED, VOID
from salesprocess.analytics.visits import BEGAN_UNOBSERVED, LEFT_UNOBSERVED, microseconds
from salesprocess.errors import DuplicateDeal, NaiveDatetime, NoHistory, WrongKind
from salesprocess.events import Entered, Held, Migrated, Opened, Resumed
from tests.analytics.books import START, add, after, books, enter, moments, opened, path


def naive(deals: list[Deal], as_of: datetime) -> list[tuple[str, str, datetime, datetime | None, timedelta]]:
    """The observed visits, retold from the deal as it stood after each event, with the core's own stage age."""
    found = []
    for deal in deals:
        known = [event for event in deal.history if event.at <= as_of]
        begun = START
        observed = False
        for place, event in enumerate(known):
            if isinstance(event, Opened):
                begun, observed = event.at, event.observed
            then = replay(known[: place + 1])
            following = known[place + 1] if place + 1 < len(known) else None
            if isinstance(event, Entered):
                begun, observed = event.at, True
            if following is None and observed:
                found.append((deal.id, then.stage, begun, None, then.stage_age(as_of)))
            elif isinstance(following, Entered) and observed and following.source is not None:
                found.append((deal.id, then.stage, begun, following.at, then.stage_age(following.at)))
    return found


@given(books(), moments)
def test_the_rows_are_the_visits_that_the_histories_tell(deals: list[Deal], days: float) -> None:
    as_of = after(
        max(
            days, min(microseconds(deal.opened_at) for deal in deals) / 86_400e6 - microseconds(START) / 86_400e6 + 0.01
        )
    )
    visits = stage_visits(deals, as_of=as_of)
    assert [(v.deal, v.stage, v.entered, v.left, v.time) for v in visits] == naive(deals, as_of)


@given(books(), moments)
def test_later_events_are_as_if_they_had_never_been(deals: list[Deal], days: float) -> None:
    cut = [then for deal in deals if (then := deal.as_of(after(days))) is not None]
    if not cut:
        with pytest.raises(NoHistory):
            stage_visits(deals, as_of=after(days))
        return
    seen = stage_visits(deals, as_of=after(days))
    left_out = {reason: count for reason, count in seen.excluded.items() if reason != NOT_OPENED}
    assert attrs.evolve(seen, excluded=left_out) == stage_visits(cut, as_of=after(days))
    assert seen.excluded.get(NOT_OPENED, 0) == len(deals) - len(cut)


@given(st.data())
def test_the_order_of_the_deals_does_not_matter(data: st.DataObject) -> None:
    deals = data.draw(books())
    visits = stage_visits(deals, as_of=after(50))
    shuffled = stage_visits(data.draw(st.permutations(deals)), as_of=after(50))
    assert set(visits) == set(shuffled)
    assert visits.excluded == shuffled.excluded


@given(books())
def test_every_visit_is_a_row_or_counted_as_excluded(deals: list[Deal]) -> None:
    visits = stage_visits(iter(deals), as_of=after(50))
    began = sum(isinstance(event, Opened | Entered) for deal in deals for event in deal.history)
    assert len(visits) + sum(visits.excluded.values()) == began
    assert len(list(visits)) == len(visits)


def test_a_visit_says_all_there_is_to_say() -> None:
    deal = enter(enter(path("D", "lead", "offer"), "lead", 3), "won", 7)
    visits = list(stage_visits([deal], as_of=after(10)))
    zero = timedelta()
    assert visits[2] == Visit("D", "lead", "open", 2, after(3), after(7), "won", zero, timedelta(days=4))
    assert visits[3] == Visit("D", "won", "won", 1, after(7), None, None, zero, timedelta(days=3))


def test_a_migration_renames_the_visit_and_its_age_goes_on() -> None:
    deal = add(opened("D"), Migrated, 2, process="solar", version=2, stage="survey")
    first, second = stage_visits([enter(deal, "offer", 5)], as_of=after(6))
    assert (first.stage, first.entered, first.left, second.stage) == ("survey", START, after(5), "offer")


def test_the_next_stage_bears_the_name_it_was_given_later() -> None:
    deal = add(path("D", "lead", "survey"), Migrated, 2, process="solar", version=2, stage="offer")
    first, second = stage_visits([deal], as_of=after(3))
    assert first.next == second.stage == "offer"


def test_time_on_hold_is_told_apart() -> None:
    deal = add(add(opened("D"), Held, 1), Resumed, 3)
    (visit,) = stage_visits([add(deal, Held, 6)], as_of=after(10))
    assert (visit.held, visit.time) == (timedelta(days=6), timedelta(days=4))


def test_a_wait_ends_with_the_visit() -> None:
    waiting = add(opened("D"), Held, 1)
    lead, lost = stage_visits([enter(waiting, "lost", 4)], as_of=after(9))
    assert (lead.held, lost.held) == (timedelta(days=3), timedelta())


def test_holding_twice_and_resuming_twice_is_one_wait() -> None:
    deal = add(add(add(add(opened("D"), Held, 1), Held, 2), Resumed, 3), Resumed, 4)
    (visit,) = stage_visits([deal], as_of=after(5))
    assert visit.held == timedelta(days=2)


def test_a_deal_lost_as_a_duplicate_left_no_visits_while_it_was_that() -> None:
    twice = enter(path("D", "lead", "survey"), "lost", 5, reason="duplicate")
    visits = stage_visits([twice, opened("E")], as_of=after(9), void=["duplicate"])
    assert ([visit.deal for visit in visits], visits.n) == (["E"], 1)
    assert visits.excluded == {VOID: 1}
    assert stage_visits([twice], as_of=after(4), void=["duplicate"]).excluded == {}
    back = enter(twice, "offer", 6)
    assert stage_visits([back], as_of=after(9), void=["duplicate"]).excluded == {}
    reasons = [LossReason("twice", counts=False)]
    rulebook = Process("solar", stages=[Stage("lead"), Stage.won("won"), Stage.lost("lost", reasons=reasons)])
    both = [twice, enter(opened("F"), "lost", 1, reason="twice"), enter(opened("G"), "lost", 1)]
    assert len(stage_visits(both, as_of=after(9), process=rulebook, void=["duplicate"])) == 2
    with pytest.raises(NoHistory, match="but 1 that were lost for a reason that does not count; 0 were"):
        stage_visits([twice], as_of=after(9), void=["duplicate"])


def test_what_nobody_saw_begin_is_left_out_and_counted() -> None:
    deal = enter(opened("D", observed=False), "offer", 2)
    visits = stage_visits([deal], as_of=after(5))
    assert [visit.stage for visit in visits] == ["offer"]
    assert visits.excluded == {BEGAN_UNOBSERVED: 1}


def test_what_nobody_saw_end_is_left_out_and_counted() -> None:
    deal = enter(path("D", "lead", "survey"), "won", 5, known=False)
    visits = stage_visits([deal], as_of=after(9))
    assert [(visit.stage, visit.next) for visit in visits] == [("lead", "survey"), ("won", None)]
    assert visits.excluded == {LEFT_UNOBSERVED: 1}


def test_a_move_from_another_stage_than_the_recorded_one_was_not_seen() -> None:
    moved = enter(opened("D"), "offer", 1)
    elsewhere = evolve(opened("D"), attrs.evolve(moved.history[-1], source="survey"))
    assert stage_visits([elsewhere], as_of=after(2)).excluded == {LEFT_UNOBSERVED: 1}


def test_a_stage_that_two_rulebooks_understand_differently_gets_two_codes() -> None:
    signed = enter(opened("A"), "signed", 1)
    won = evolve(opened("B"), attrs.evolve(signed.history[-1], deal="B", status="won"))
    visits = stage_visits([signed, won], as_of=after(2))
    assert [v.status for v in visits if v.stage == "signed"] == ["open", "won"]


def test_a_deal_twice_in_the_book_is_refused_by_name() -> None:
    with pytest.raises(DuplicateDeal) as refused:
        stage_visits([opened("A"), opened("B"), opened("A"), opened("C", 9), opened("C", 9)], as_of=after(5))
    assert refused.value.ids == ("A", "C")


def test_a_book_without_a_past_is_refused() -> None:
    with pytest.raises(NoHistory, match="1 were opened later"):
        stage_visits([opened("A", 9)], as_of=after(5))


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(NaiveDatetime):
        stage_visits([opened("A")], as_of=datetime(2026, 1, 6))


def test_visits_print_as_a_table_and_pickle_and_become_rows() -> None:
    visits = stage_visits([path("A", "lead", "offer"), opened("B", 9, amount=Money(1, "EUR"))], as_of=after(5))
    assert pickle.loads(pickle.dumps(visits)) == visits
    assert visits.to_rows()[0]["stage"] == "lead"
    assert str(visits).splitlines()[:4] == [
        "Stage visits, as of 2026-01-10T09:00:00+00:00",
        "stage  status  visits  still there",
        "lead   open         1            0",
        "offer  open         1            1",
    ]
    assert "deal not opened at as_of: 1" in str(visits)


@pytest.mark.parametrize(
    "asked",
    [
        lambda rows: stage_visits(rows, as_of=START),
        lambda rows: deal_table(rows, as_of=START),
        lambda rows: conformance(rows, Process("solar", stages=[Stage("lead"), Stage.won("won"), Stage.lost("lost")])),
        lambda rows: forecasting.CompetingRisks().fit(rows, as_of=START),
    ],
)
def test_rows_in_place_of_deals_are_refused(asked: Callable[[list[Any]], Any]) -> None:
    with pytest.raises(WrongKind, match=r"deals\[1\] wants a Deal, got \{'id': 'B'\} \(dict\)"):
        asked([opened("A"), {"id": "B"}])


@pytest.mark.parametrize("metric", [aging, bottlenecks, conversion, durations, risk_counts])
def test_deals_in_place_of_their_visits_are_refused(metric: Callable[..., Any]) -> None:
    with pytest.raises(WrongKind, match=r"visits wants StageVisits.*; stage_visits\(deals, as_of=...\) makes them"):
        metric([opened("A")])
