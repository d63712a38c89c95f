"""Work is counted until the close, and each win pays for the losses too."""

from statistics import fmean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesprocess import Deal, Period
from salesprocess.analytics import deal_table, effort, win_rate
from salesprocess.errors import SmallSample
from salesprocess.events import ActivityDone, Noted
from tests.analytics.books import add, after, copied, enter, opened, worked_books

pytestmark = pytest.mark.filterwarnings("ignore::salesprocess.errors.SmallSample")


@given(worked_books(), st.booleans())
def test_the_effort_is_that_of_a_plain_count(deals: list[Deal], windowed: bool) -> None:
    period = Period(after(5), after(30)) if windowed else None
    found = effort(deals, as_of=after(35), period=period, void=["duplicate"])
    stood = [then for deal in deals if (then := deal.as_of(after(35))) is not None]
    kept = [
        deal for deal in stood if not (deal.status == "lost" and deal.outcome and deal.outcome.reason == "duplicate")
    ]
    total = {ActivityDone: 0, Noted: 0}
    for row in found.rows:
        here = [
            deal
            for deal in kept
            if (deal.closed_at is None and row.outcome == "under way") or deal.status == row.outcome
        ]
        here = [deal for deal in here if period is None or (deal.closed_at is not None and deal.closed_at in period)]
        work = [[event for event in deal.history if isinstance(event, ActivityDone | Noted)] for deal in here]
        work = [
            [event for event in events if deal.closed_at is None or event.at <= deal.closed_at]
            for deal, events in zip(here, work, strict=True)
        ]
        calls = [sum(isinstance(event, ActivityDone) for event in events) for events in work]
        touches = [len(events) for events in work]
        assert (row.deals, row.activities, row.touches) == (len(here), sum(calls), sum(touches))
        assert row.mean == (fmean(calls) if calls else None)
        assert row.mean_touches == (fmean(touches) if touches else None)
        assert row.untouched == touches.count(0)
        if row.outcome != "under way":
            total[ActivityDone] += sum(calls)
            total[Noted] += sum(touches)
    done = [sum(kind.won for kind in found.kinds), sum(kind.lost for kind in found.kinds)]
    assert done == [row.activities for row in found.rows[:2]]
    won = found.rows[0].deals
    assert found.activities_per_win == (total[ActivityDone] / won if won else None)
    assert found.touches_per_win == (total[Noted] / won if won else None)
    assert found.n + sum(found.excluded.values()) == len(deals)


@given(worked_books())
def test_the_deals_are_those_of_the_win_rate(deals: list[Deal]) -> None:
    table = deal_table(deals, as_of=after(50))
    closed = win_rate(table).rows[0]
    assert [row.deals for row in effort(table).rows[:2]] == [closed.won, closed.lost]


@given(worked_books(max_size=5), worked_books(max_size=5))
def test_two_books_add_up(one: list[Deal], other: list[Deal]) -> None:
    both = effort([*one, *(copied(deal, f"other-{deal.id}") for deal in other)], as_of=after(50))
    parts = [effort(deals, as_of=after(50)).rows for deals in (one, other)]
    for first, second, whole in zip(*parts, both.rows, strict=True):
        assert first.activities + second.activities == whole.activities
        assert first.touches + second.touches == whole.touches


@given(st.data())
def test_the_order_of_the_deals_does_not_matter(data: st.DataObject) -> None:
    deals = data.draw(worked_books())
    assert effort(deals, as_of=after(50)) == effort(data.draw(st.permutations(deals)), as_of=after(50))


def called(name: str, times: int, end: str | None) -> Deal:
    deal = opened(name)
    for day in range(times):
        deal = add(deal, ActivityDone, day, activity="call")
    return enter(deal, end, times) if end else deal


def test_a_win_costs_what_the_lost_deals_cost_too() -> None:
    deals = [called("A", 3, "won"), called("B", 5, "lost"), called("C", 4, None), called("D", 0, "lost")]
    found = effort(deals, as_of=after(9))
    assert (found.activities_per_win, found.rows[0].mean, found.rows[1].untouched) == (8, 3, 1)
    lines = str(found).splitlines()
    assert lines[2].split() == ["won", "1", "0", "3", "3.0", "3", "3", "3", "3.0", "3", "3"]
    assert "Each win took 8.0 activities and 8.0 touches" in lines[5]
    assert "No deal was won" in str(effort([called("A", 3, "lost")], as_of=after(9)))
    assert "No work is recorded" in str(effort([called("A", 0, "won")], as_of=after(9)))
    assert "Effort" in found._repr_html_()
    assert found.to_rows()[1]["activities"] == 5


def test_kinds_of_activities_are_told_apart_where_the_deals_are_given() -> None:
    deals = [called("A", 2, None), called("B", 1, "lost"), called("C", 0, "lost"), called("D", 9, None)]
    deals[0] = enter(add(add(deals[0], ActivityDone, 3, activity="visit"), ActivityDone, 4, activity="visit"), "won", 5)
    deals[0] = add(deals[0], ActivityDone, 6, activity="kickoff")
    deals[1] = add(deals[1], ActivityDone, 2, activity="visit", happened=after(0.5))
    found = effort(deals, as_of=after(7))
    assert [(kind.activity, kind.won, kind.lost, kind.on_won, kind.on_lost, kind.per_win) for kind in found.kinds] == [
        ("call", 2, 1, 1.0, 0.5, 3),
        ("visit", 2, 1, 1.0, 0.5, 3),
    ]
    assert [kind.lost for kind in effort(deals, as_of=after(1.5)).kinds] == [1]
    assert found.activity_rows()[1]["activity"] == "visit"
    assert str(found).splitlines()[7].split() == ["call", "2", "1", "100.0", "%", "50.0", "%", "3.0"]
    table = effort(deal_table(deals, as_of=after(7)))
    assert (table.kinds, table.rows) == ((), found.rows)


def test_a_period_counts_what_was_closed_in_it() -> None:
    deals = [called("A", 3, "won"), called("B", 5, "lost"), called("C", 4, None)]
    found = effort(deals, as_of=after(9), period=Period(after(0), after(4)))
    assert [row.outcome for row in found.rows] == ["won", "lost"]
    assert (found.n, found.excluded) == (1, {f"not closed in {found.period}": 2})
    assert found.cohort.startswith("deals closed in")


def test_work_on_a_duplicate_does_not_count() -> None:
    duplicate = enter(add(opened("B"), ActivityDone, 1, activity="call"), "lost", 2, reason="duplicate")
    found = effort([called("A", 3, "won"), duplicate], as_of=after(9), void=["duplicate"])
    assert (found.activities_per_win, found.n) == (3, 1)
    assert found.excluded == {"lost for a reason that does not count": 1}


def test_few_deals_warn() -> None:
    with pytest.warns(SmallSample, match="won"):
        effort([called("A", 3, "won")], as_of=after(9))
