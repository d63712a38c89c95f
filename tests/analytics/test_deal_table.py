"""One row per deal says what the deal itself says, as it stood."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesprocess import Deal, Money, Process, Stage
from salesprocess.analytics import deal_sizes, deal_table, win_rate
from salesprocess.analytics.deal_table import table_of
from salesprocess.errors import DuplicateDeal, OutOfRange, UnknownFact, WrongKind
from salesprocess.events import ActivityDone, Amended, FactsLearnt, Noted, Opened
from salesprocess.frozen import FrozenDict
from tests.analytics.books import add, after, books, enter, moments, opened

pytestmark = pytest.mark.filterwarnings("ignore::salesprocess.errors.SmallSample")


@given(books(), moments)
def test_a_row_says_what_the_deal_says_as_of_the_moment(deals: list[Deal], days: float) -> None:
    table = deal_table(deals, as_of=after(days))
    stood = [then for deal in deals if (then := deal.as_of(after(days))) is not None]
    assert [row.deal for row in table] == [deal.id for deal in stood]
    for row, deal in zip(table, stood, strict=True):
        assert (row.status, row.stage, row.opened, row.closed) == (
            deal.status,
            deal.stage,
            deal.opened_at,
            deal.closed_at,
        )
        assert (row.owner, row.amount, row.expected_close) == (deal.owner, deal.amount, deal.expected_close)
        first = deal.history[0]
        assert isinstance(first, Opened)
        assert (row.category, row.observed) == (deal.category, first.status == "open")
        assert (row.left, row.reason) == (
            (deal.outcome.left, deal.outcome.reason) if deal.outcome is not None else (None, None)
        )
    assert sum(table.excluded.values()) == len(deals) - len(stood)


def test_changes_of_the_expected_close_count_by_their_direction() -> None:
    deal = opened("A", expected_close=date(2026, 3, 1))
    for days, due in enumerate([date(2026, 4, 1), None, date(2026, 5, 1), date(2026, 3, 15)], 1):
        terms = {"terms": FrozenDict(expected_close=due)} if due else {"cleared": ("expected_close",)}
        deal = add(deal, Amended, days, **terms)
    row = next(iter(deal_table([deal], as_of=after(10))))
    assert (row.pushes, row.pulls, row.expected_close) == (2, 1, date(2026, 3, 15))


def test_work_after_the_close_does_not_count_as_effort() -> None:
    deal = add(opened("A"), ActivityDone, 1, activity="call")
    deal = add(add(deal, ActivityDone, 2, activity="call"), Noted, 3, text="asked for a reference")
    deal = add(enter(deal, "won", 4), ActivityDone, 5, activity="kickoff")
    deal = add(deal, ActivityDone, 6, activity="visit", happened=after(3))
    row = next(iter(deal_table([deal], as_of=after(10))))
    assert (row.activities, row.touches) == (3, 4)


def test_a_deal_that_comes_back_is_open_and_reopened() -> None:
    deal = enter(enter(enter(opened("A"), "lost", 1), "offer", 2), "won", 3)
    before, later = (next(iter(deal_table([deal], as_of=after(days)))) for days in (2, 5))
    assert (before.status, before.closed, before.reopenings) == ("open", None, 1)
    assert (later.status, later.closed, later.left) == ("won", after(3), "offer")


def test_deals_of_several_versions_share_a_stage_by_its_name_and_another_one_is_left_out() -> None:
    first = Process("solar", stages=[Stage("lead"), Stage("financing"), Stage.won("won"), Stage.lost("lost")])
    second = first.revise(version=2, without=["financing"], after={"lead": Stage("survey")})
    euro = Money(10, "EUR")
    old = first.open("A", at=after(0), amount=euro)
    deals = [old, first.advance(first.open("B", at=after(0), amount=euro), at=after(1))]
    deals += [second.open("C", at=after(0), amount=euro)]
    assert {(row.deal, row.stage) for row in deal_table(deals, as_of=after(2))} == {
        ("A", "lead"),
        ("B", "financing"),
        ("C", "lead"),
    }
    sizes = deal_sizes(deals, as_of=after(2), process=second)
    assert [(row.stage, row.deals) for row in sizes.rows[:2]] == [("lead", 2), ("all", 2)]
    assert sizes.excluded == {"stage that the process does not have, financing": 1}


def test_facts_are_kept_when_asked_for() -> None:
    deal = add(opened("A"), FactsLearnt, 1, facts=FrozenDict(source="fair"))
    table = deal_table([deal, opened("B")], as_of=after(2), facts=["source"])
    assert table.fact("source") == ("fair", None)
    assert [row["source"] for row in table.to_rows()] == ["fair", None]
    with pytest.raises(UnknownFact, match="seats"):
        table.fact("seats")
    with pytest.raises(WrongKind, match="a collection of names"):
        deal_table([deal], as_of=after(2), facts="source")


@pytest.mark.counted
@given(books(), st.sampled_from(["owner", "process", "status", "stage", "reason", "category", "source"]))
def test_the_parts_of_a_table_are_its_rows_by_owner_or_stage_or_fact(deals: list[Deal], by: str) -> None:
    sourced = [add(deal, FactsLearnt, 50, facts=FrozenDict(source="fair")) for deal in deals[::2]] + deals[1::2]
    table = deal_table(sourced, as_of=after(60), facts=["source"])
    parts = table.split(by)
    rows = [row for part in parts.values() for row in part.to_rows()]
    assert sorted(rows, key=lambda row: row["deal"]) == sorted(table.to_rows(), key=lambda row: row["deal"])
    for value, part in parts.items():
        assert {row[by] for row in part.to_rows()} == {value}
        assert part.n + sum(part.excluded.values()) == table.n
        assert part.n == len(part.columns.amount)
    assert None not in list(parts)[:-1]
    if by == "owner":
        won = sum(win_rate(part).rows[0].won for part in parts.values())
        assert won == win_rate(table).rows[0].won


def test_a_table_is_split_by_what_it_knows() -> None:
    deals = [add(opened(f"D{seats}"), FactsLearnt, 1, facts=FrozenDict(seats=seats)) for seats in (10, 9)]
    table = deal_table([opened("A"), *deals], as_of=after(2), facts=["seats"])
    assert list(table.split("seats")) == [9, 10, None]
    with pytest.raises(UnknownFact, match="owner"):
        deal_table([opened("A")], as_of=after(2)).split("ovner")


def test_the_table_prints_as_counts_by_status() -> None:
    deals = [opened("A", amount=Money(5, "EUR"), owner="kari"), enter(opened("B"), "won", 1), opened("C", 9)]
    table = deal_table(deals, as_of=after(5))
    assert str(table).splitlines()[1:] == [
        "status   deals  with an amount  with an owner",
        "open         1               1              1",
        "on hold      0               0              0",
        "won          1               0              0",
        "lost         0               0              0",
        "definition: one row per deal, as the record stood at as_of, inclusive",
        "cohort: deals opened by as_of; n = 2",
        "excluded: deal not opened at as_of: 1",
    ]
    assert len(table) == 2


def test_a_table_brings_its_moment_and_deals_need_one() -> None:
    table = deal_table([opened("A")], as_of=after(5))
    assert win_rate(table) == win_rate(table, as_of=after(5)) == win_rate([opened("A")], as_of=after(5))
    with pytest.raises(OutOfRange, match="that of the table"):
        win_rate(table, as_of=after(5) + timedelta(hours=1))
    with pytest.raises(WrongKind, match="only a DealTable brings its own"):
        win_rate([opened("A")])
    with pytest.raises(UnknownFact):
        table_of(table, None, ["source"])
    with pytest.raises(DuplicateDeal):
        deal_table([opened("A"), opened("A")], as_of=after(5))
