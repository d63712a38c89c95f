"""Slippage follows the deals that were to close in a period, and pushes count how often their dates were moved."""

from datetime import UTC, date, datetime, timedelta
from random import Random

import pytest
from hypothesis import given

from salesprocess import Calendar, Deal, Money, Period
from salesprocess.analytics import deal_table, push_counts, slippage, win_rate
from salesprocess.analytics.cohort import VOID
from salesprocess.errors import MissingRate, OutOfRange, SmallSample
from salesprocess.events import Amended, Held
from salesprocess.frozen import FrozenDict
from tests.analytics.books import RATES, add, after, books, enter, opened

small = pytest.mark.filterwarnings("ignore::salesprocess.errors.SmallSample")
SPRING = Period(after(6), after(25), label="spring")
YEAR = Period(after(6), after(400), label="the year")
TICK = timedelta(microseconds=1)


@small
@given(books())
def test_the_fate_of_each_deal_is_what_it_says_itself(deals: list[Deal]) -> None:
    for period in (SPRING, YEAR):
        found = slippage(deals, period=period, as_of=after(30), currency="EUR", rates=RATES)
        until = min(after(30), period.end - TICK)
        due = [
            (then, now)
            for deal in deals
            if (then := deal.as_of(period.start)) and then.status == "open" and (now := deal.as_of(until))
            and then.expected_close is not None and then.expected_close in period
        ]  # fmt: skip
        counts = {row.fate: row.deals for row in found.rows}
        assert (found.n, found.is_over) == (len(due), period is SPRING)
        assert sum(counts.values()) == len(due)
        assert counts["won"] == sum(now.status == "won" for _, now in due)
        assert counts["lost"] == sum(now.status == "lost" for _, now in due)
        under_way = [now for _, now in due if now.outcome is None]
        assert counts["pushed out"] == sum(
            now.expected_close is None or period.precedes(now.expected_close) for now in under_way
        )
        slipped = len(under_way) if found.is_over else counts["pushed out"]
        assert len(found.slipped) == slipped
        assert found.rate == (slipped / len(due) if due else None)
        worth = Money.total((then.amount for then, _ in due if then.amount), "EUR", RATES)
        assert Money.total((row.amount for row in found.rows if row.amount), "EUR") == worth
        if found.value_rate is not None:
            late = Money.total((each.amount for each in found.slipped if each.amount), "EUR")
            assert found.value_rate == pytest.approx(float(late.amount / worth.amount))
        told = {why: count for why, count in found.excluded.items() if "from the values alone" not in why}
        assert found.n + sum(told.values()) == len(deals)
        other = Random(1).sample(deals, len(deals))
        assert slippage(other, period=period, as_of=after(30), currency="EUR", rates=RATES) == found


FIRST, SECOND = Calendar().quarters(2026)[:2]
BEGAN = -20
"""Days before the start of the other books: in December."""


def deal(name: str, due: date | None = date(2026, 3, 2), *, amount: int = 100) -> Deal:
    terms = {"expected_close": due} if due else {}
    return opened(name, BEGAN, amount=Money(amount, "EUR"), owner="kari", **terms)  # type: ignore[arg-type]


def moved(deal: Deal, days: float, due: date) -> Deal:
    return add(deal, Amended, days, terms=FrozenDict(expected_close=due))


def quarter() -> list[Deal]:
    return [
        enter(deal("won"), "won", 10),
        enter(deal("lost"), "lost", 10),
        enter(deal("twice"), "lost", 10, reason="duplicate"),
        moved(moved(deal("late"), 10, date(2026, 3, 20)), 20, date(2026, 4, 15)),
        moved(deal("later", amount=300), 10, date(2026, 3, 30)),
        add(deal("cleared"), Amended, 10, cleared=("expected_close",)),
        add(deal("held"), Held, 10),
        deal("missed", date(2026, 1, 20)),
        deal("undated", None),
        deal("second", date(2026, 5, 1)),
        add(deal("waiting"), Held, BEGAN + 1),
        enter(deal("closed"), "won", BEGAN + 1),
        opened("new", 3),
    ]


@small
def test_a_deal_has_slipped_once_it_is_pushed_out_or_the_period_is_over() -> None:
    running = slippage(quarter(), period=FIRST, as_of=after(40), void=["duplicate"])
    assert {row.fate: row.deals for row in running.rows} == {
        "won": 1, "lost": 1, "pushed out": 2, "on hold": 1, "overdue": 1, "still due": 1,
    }  # fmt: skip
    assert [(each.deal, each.now, each.pushes) for each in running.slipped] == [
        ("cleared", None, 0),
        ("late", date(2026, 4, 15), 2),
    ]
    assert (running.rate, running.value_rate, running.pushed_by) == (2 / 7, 2 / 9, 44)
    over = slippage(quarter(), period=FIRST, as_of=after(140), void=["duplicate"])
    assert {row.fate: row.deals for row in over.rows if row.deals} == {
        "won": 1, "lost": 1, "pushed out": 2, "on hold": 1, "overdue": 2,
    }  # fmt: skip
    assert (over.rate, over.as_of, over.slipped[0].deal) == (5 / 7, FIRST.end - TICK, "later")
    assert over.pushed_by == 44  # of the one pushed out to a date, not of "later", which stayed in the quarter
    assert over.excluded == {
        "deal not opened at the start of the period": 1,
        VOID: 1,
        "no expected close at the start of the period": 1,
        "expected to close outside the period": 1,
        "on hold at the start of the period": 1,
        "closed before the start of the period": 1,
    }


@small
def test_what_was_won_after_the_period_slipped_out_of_it() -> None:
    late = enter(moved(deal("A"), 40, date(2026, 4, 20)), "won", 100)
    found = slippage([late], period=FIRST, as_of=after(200))
    assert (found.rate, found.slipped[0].deal) == (1.0, "A")
    assert slippage([late], period=SECOND, as_of=after(200)).rows[0].deals == 1


@small
def test_a_deal_is_not_overdue_on_its_day() -> None:
    on_its_day = Period(FIRST.start, FIRST.end, label="Q1")
    found = slippage([deal("A", after(40).date())], period=on_its_day, as_of=after(40))
    assert [row.fate for row in found.rows if row.deals] == ["still due"]


@small
def test_the_table_lists_what_slipped() -> None:
    lines = str(slippage(quarter(), period=FIRST, as_of=after(40), void=["duplicate"])).splitlines()
    assert lines[0] == "Slippage of FY2026 Q1, as of 2026-02-14T09:00:00+00:00"
    assert lines[4].split() == ["pushed", "out", "2", "28.6", "%", "200.00", "22.2", "%"]
    assert lines[8] == "- slipped: 28.6 % (12.5 % to 52.8 %), 22.2 % by value; dates moved by 44 days (median)"
    assert [line.split() for line in lines[9:12]] == [
        ["deal", "slipped", "owner", "due", "now", "pushes", "amount", "EUR"],
        ["cleared", "kari", "2026-03-02", "–", "0", "100.00"],
        ["late", "kari", "2026-03-02", "2026-04-15", "2", "100.00"],
    ]
    bare = [opened("A", BEGAN, expected_close=date(2026, 3, 2))]
    assert "- slipped: 0.0 % (0.0 % to 62.2 %)" in str(slippage(bare, period=FIRST, as_of=after(40)))
    nothing = slippage([], period=FIRST, as_of=after(40))
    assert (nothing.rate, nothing.low, "slipped:" in str(nothing)) == (None, None, False)
    assert nothing.to_rows()[0]["fate"] == "won"


def test_it_warns_of_few_deals_and_refuses_a_period_ahead() -> None:
    with pytest.warns(SmallSample, match="slippage"):
        slippage([deal("A")], period=FIRST, as_of=after(40))
    with pytest.raises(OutOfRange, match="not before the start of the period"):
        slippage([deal("A")], period=SECOND, as_of=after(40))
    with pytest.raises(MissingRate):
        slippage([deal("A")], period=FIRST, as_of=after(40), currency="NOK")


@small
@given(books())
def test_pushes_split_the_win_rate(deals: list[Deal]) -> None:
    table = deal_table(deals, as_of=after(30))
    found = push_counts(table, period=SPRING, currency="EUR", rates=RATES, most=2)
    expected = {row.deal for row in table if row.expected_close or row.pushes or row.pulls}
    dated = [deal for deal in deals if deal.id in expected]
    closed, _ = win_rate(dated, as_of=after(30), period=SPRING, currency="EUR", rates=RATES).rows
    assert (sum(row.won for row in found.rows), sum(row.lost for row in found.rows)) == (closed.won, closed.lost)
    assert sum(row.open for row in found.rows) == sum(row.closed is None for row in table if row.deal in expected)
    for row in found.rows:
        assert row.deals == row.won + row.lost + row.open
        assert row.rate == (row.won / (row.won + row.lost) if row.won + row.lost else None)
    told = {why: count for why, count in found.excluded.items() if "from the open amounts alone" not in why}
    assert found.n + sum(told.values()) == len(deals)


@small
def test_the_last_row_holds_all_that_were_pushed_as_often_or_more() -> None:
    often = deal("A")
    for month in (4, 5, 6, 7, 8):
        often = moved(often, month, date(2026, month, 1))
    deals = [often, enter(deal("B"), "lost", 3), moved(enter(deal("C"), "won", 3), 4, date(2026, 1, 9)), opened("D")]
    found = push_counts(deals, as_of=after(9), most=2)
    assert [(row.pushes, row.deals, row.rate) for row in found.rows] == [(0, 2, 0.5), (1, 0, None), (2, 1, None)]
    assert found.rows[2].open_amount == Money(100, "EUR")
    assert (found.rows[0].low, found.rows[1].low) == (pytest.approx(0.16425, abs=1e-5), None)
    assert [row.pushes for row in push_counts(deals, as_of=after(9)).rows] == [0, 1, 2, 3]
    assert found.excluded == {"no expected close, and never one that moved": 1}
    assert [line.split()[0] for line in str(found).splitlines()[1:5]] == ["pushes", "0", "1", "2+"]
    assert push_counts(deals, as_of=after(9), void=[], period=Period(datetime(2025, 1, 1, tzinfo=UTC), after(1))).n == 1
    assert found.to_rows()[0]["pushes"] == 0


@small
def test_a_duplicate_was_not_pushed_and_what_has_no_amount_is_told() -> None:
    deals = [enter(deal("A"), "lost", 3, reason="duplicate"), opened("B", expected_close=date(2026, 3, 1))]
    deals.append(enter(opened("C", expected_close=date(2026, 3, 1)), "won", 3))
    found = push_counts(deals, as_of=after(9), void=["duplicate"])
    assert found.excluded == {VOID: 1, "amount not stated, from the open amounts alone": 1}
    with pytest.raises(OutOfRange, match="1 or more"):
        push_counts(deals, as_of=after(9), most=0)
    with pytest.warns(SmallSample, match="pushes 0"):
        push_counts([enter(deal("A"), "won", 3)], as_of=after(9))
