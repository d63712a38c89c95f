"""A waterfall explains the change of the open pipeline to the last cent, deal by deal."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesprocess import Calendar, Deal, Money, Period
from salesprocess.analytics import Waterfall, deal_table, waterfall, waterfall_between, win_rate
from salesprocess.analytics.cohort import NOT_OPENED, VOID
from salesprocess.errors import CurrencyMismatch, MissingRate, NoHistory, OutOfRange, WrongKind
from salesprocess.events import Amended, Held, Resumed
from salesprocess.frozen import FrozenDict
from tests.analytics.books import RATES, add, after, books, enter, opened

NOTHING = Money(0, "EUR")
BEFORE = {"NOK": Decimal("0.09")}
YEAR = Calendar().year(2026)
SUMMER = Period(datetime(2026, 4, 1, tzinfo=YEAR.tz), datetime(2026, 10, 1, tzinfo=YEAR.tz), label="summer")
periods = st.sampled_from([None, YEAR, SUMMER])
teams = st.sampled_from([None, ["kari"], ["ola", "per"]])


def worth(deal: Deal, at: datetime, period: Period | None, team: list[str] | None, rates: dict[str, Decimal]) -> Money:
    """What a deal adds to the pipeline at a moment."""
    then = deal.as_of(at)
    if then is None or then.status != "open" or then.amount is None or (team and then.owner not in team):
        return NOTHING
    if period is not None and (then.expected_close is None or then.expected_close not in period):
        return NOTHING
    return then.amount.to("EUR", rates)


@given(books(), periods, teams)
def test_the_steps_of_each_deal_are_the_change_of_what_it_adds(
    deals: list[Deal], period: Period | None, team: list[str] | None
) -> None:
    found = waterfall(
        deals, after(8), after(30), period=period, owners=team, currency="EUR", rates=RATES, rates_before=BEFORE
    )
    start = {deal.id: worth(deal, after(8), period, team, BEFORE) for deal in deals}
    end = {deal.id: worth(deal, after(30), period, team, RATES) for deal in deals}
    for deal in deals:
        moved = Money.total((step.change for step in found.steps if step.deal == deal.id), "EUR")
        assert moved == end[deal.id] - start[deal.id]
    assert found.start.amount == Money.total(start.values(), "EUR")
    assert found.end.amount == Money.total(end.values(), "EUR")
    assert found.imbalance == NOTHING
    assert found.end.deals - found.start.deals == sum(row.count for row in found.rows)


@pytest.mark.filterwarnings("ignore::salesprocess.errors.SmallSample")
@given(books())
def test_what_it_says_is_won_and_lost_is_what_the_win_rate_says(deals: list[Deal]) -> None:
    tick = timedelta(microseconds=1)
    found = waterfall(deals, after(8), after(30), currency="EUR", rates=RATES)
    closed, _ = win_rate(
        deals, as_of=after(30), period=Period(after(8) + tick, after(30) + tick), currency="EUR", rates=RATES
    ).rows
    assert (found.bucket("won").change, found.bucket("lost").change) == (
        -_of(closed.won_value),
        -_of(closed.lost_value),
    )
    assert (found.bucket("won").deals, found.bucket("lost").deals) == (closed.won, closed.lost)


def _of(value: Money | None) -> Money:
    assert value is not None
    return value


@given(books(), periods, teams)
def test_one_begins_where_the_last_one_ended_whatever_the_order_of_the_deals(
    deals: list[Deal], period: Period | None, team: list[str] | None
) -> None:
    def of(book: list[Deal], start: float, end: float) -> Waterfall:
        return waterfall(book, after(start), after(end), period=period, owners=team, currency="EUR", rates=RATES)

    assert of(deals, 5, 15).end == of(deals, 15, 30).start
    assert of(Random(1).sample(deals, len(deals)), 5, 30) == of(deals, 5, 30)
    assert of(deals, 15, 15).steps == ()


@given(books())
def test_every_deal_is_counted_or_left_out_with_a_reason(deals: list[Deal]) -> None:
    found = waterfall(deals, after(8), after(30), period=SUMMER, currency="EUR", rates=RATES)
    left_out = {why: count for why, count in found.excluded.items() if "from the amounts alone" not in why}
    assert found.n + sum(left_out.values()) == len(deals)


JUNE, NOVEMBER, JANUARY = date(2026, 6, 1), date(2026, 11, 1), date(2026, 1, 20)


def deal(name: str = "A", days: float = 0, due: date | None = JUNE, owner: str = "kari", amount: int = 100) -> Deal:
    terms: dict[str, Any] = {"expected_close": due} if due else {}
    return opened(name, days, amount=Money(amount, "EUR"), owner=owner, **terms)


def amend(deal: Deal, days: float, **terms: object) -> Deal:
    return add(deal, Amended, days, terms=FrozenDict(terms))


@pytest.mark.parametrize(
    ("history", "buckets"),
    [
        (lambda: deal(days=3), [("new", 100)]),
        (lambda: enter(enter(deal(), "lost", 1), "offer", 3), [("reopened", 100)]),
        (lambda: add(add(deal(), Held, 1), Resumed, 3), [("resumed", 100)]),
        (lambda: amend(deal(owner="ola"), 3, owner="kari"), [("owner in", 100)]),
        (lambda: amend(deal(due=NOVEMBER), 3, expected_close=JUNE), [("pulled in", 100)]),
        (lambda: amend(deal(due=None), 3, expected_close=JUNE), [("pulled in", 100)]),
        (lambda: amend(deal(due=JANUARY), 3, expected_close=JUNE), [("slipped in", 100)]),
        (lambda: amend(deal(), 3, amount=Money(150, "EUR")), [("increased", 50)]),
        (lambda: amend(deal(), 3, amount=Money(70, "EUR")), [("decreased", -30)]),
        (lambda: amend(deal(), 3, amount=Money(1000, "NOK")), [("currency", -15)]),
        (lambda: add(deal(), Held, 3), [("held", -100)]),
        (lambda: amend(deal(), 3, owner="ola"), [("owner out", -100)]),
        (lambda: add(deal(), Amended, 3, cleared=("owner",)), [("owner out", -100)]),
        (lambda: amend(deal(), 3, expected_close=NOVEMBER), [("pushed out", -100)]),
        (lambda: add(deal(), Amended, 3, cleared=("expected_close",)), [("pushed out", -100)]),
        (lambda: amend(deal(), 3, expected_close=JANUARY), [("pulled out", -100)]),
        (lambda: enter(deal(), "won", 3), [("won", -100)]),
        (lambda: enter(deal(), "lost", 3, reason="price"), [("lost", -100)]),
        (lambda: enter(deal(), "lost", 3), [("lost", -100)]),
        (lambda: enter(deal(), "lost", 3, reason="duplicate"), [("void", -100)]),
        (lambda: enter(amend(deal(), 3, amount=Money(120, "EUR")), "won", 4), [("increased", 20), ("won", -120)]),
        (lambda: deal(due=NOVEMBER), []),
        (lambda: enter(deal(days=3), "won", 4), []),
    ],
)
def test_each_change_has_a_name(history: Callable[[], Deal], buckets: list[tuple[str, int]]) -> None:
    found = waterfall(
        [history()],
        after(2),
        after(9),
        period=SUMMER,
        owners=["kari"],
        void=["duplicate"],
        currency="EUR",
        rates=RATES,
    )
    assert [(row.bucket, row.change) for row in found.rows] == [(name, Money(sum_, "EUR")) for name, sum_ in buckets]
    assert found.imbalance == NOTHING


def test_what_came_and_was_closed_in_between_is_told_twice() -> None:
    deals = [
        enter(deal("new", 3), "won", 4),
        enter(deal("late", due=NOVEMBER), "won", 4),
        enter(enter(enter(deal("back"), "lost", 0.5), "offer", 3), "won", 4),
        enter(enter(deal("old"), "won", 0.5), "care", 4),
        enter(deal("twice", 3, due=JANUARY), "lost", 4, reason="duplicate"),
        enter(deal("gone", 3, due=JANUARY), "lost", 4),
        enter(deal("next", 3, due=NOVEMBER), "lost", 4),
    ]
    found = waterfall(deals, after(2), after(9), period=Calendar().quarters(2026)[0], void=["duplicate"])
    counts = {row.bucket: row.count for row in found.rows}
    assert counts == {"new": 2, "reopened": 1, "pulled in": 1, "lost": -1, "won": -3}
    assert (found.start.deals, found.end.deals, found.n) == (0, 0, 4)
    assert found.excluded == {VOID: 1, "in the pipeline at neither moment, and not closed in it in between": 2}


def test_another_rate_is_told_apart_from_another_amount() -> None:
    fjord = opened("F", amount=Money(1000, "NOK"))
    fjord = amend(fjord, 3, amount=Money(2000, "NOK"))
    found = waterfall([fjord], after(2), after(9), currency="EUR", rates=RATES, rates_before=BEFORE)
    assert [(step.bucket, step.change, step.detail) for step in found.steps] == [
        ("increased", Money(85, "EUR"), "1000 NOK → 2000 NOK"),
        ("currency", Money(-5, "EUR"), "1000 NOK at another rate"),
    ]


def test_a_deal_without_an_amount_counts_and_is_worth_nothing_until_it_has_one() -> None:
    found = waterfall([amend(opened("A"), 3, amount=Money(5, "EUR")), opened("B")], after(2), after(9))
    assert [(row.bucket, row.count, row.change) for row in found.rows] == [("increased", 0, Money(5, "EUR"))]
    assert found.steps[0].detail == "nothing stated → 5 EUR"
    free = waterfall([amend(deal(), 3, amount=Money(0, "EUR"))], after(2), after(9))
    assert free.steps[0].detail == "100 EUR → 0 EUR"
    assert (found.start.deals, found.end.deals) == (2, 2)
    assert found.excluded == {"amount not stated, from the amounts alone": 2}


def test_a_deal_that_the_later_book_does_not_have_is_removed() -> None:
    tables = (
        deal_table([deal("A"), deal("B"), enter(deal("C"), "won", 1)], as_of=after(2)),
        deal_table([deal("A")], as_of=after(9)),
    )
    found = waterfall_between(*tables)
    assert [(row.bucket, row.change) for row in found.rows] == [("removed", Money(-100, "EUR"))]
    assert found.imbalance == NOTHING
    assert waterfall([deal("A"), deal("B", 20)], after(2), after(9)).excluded == {NOT_OPENED: 1}


def test_it_needs_one_currency_an_end_after_the_start_and_a_list_of_owners() -> None:
    mixed = [deal("A"), opened("B", amount=Money(1, "NOK"))]
    with pytest.raises(CurrencyMismatch):
        waterfall(mixed, after(2), after(9))
    with pytest.raises(MissingRate, match="NOK"):
        waterfall(mixed, after(2), after(9), currency="EUR")
    with pytest.raises(NoHistory, match="currency"):
        waterfall([opened("A")], after(2), after(9))
    with pytest.raises(OutOfRange, match="not before the start"):
        waterfall(mixed, after(9), after(2), currency="EUR", rates=RATES)
    with pytest.raises(WrongKind, match="a collection of names"):
        waterfall(mixed, after(2), after(9), owners="kari")
    with pytest.raises(OutOfRange, match="one of new, reopened"):
        waterfall([deal()], after(2), after(9)).bucket("owner")  # type: ignore[arg-type]


def test_the_table_goes_from_start_to_end_with_the_largest_deal_of_each_bucket() -> None:
    deals = [
        deal("A", amount=10000),
        deal("B", 3, amount=400),
        deal("C", 3, amount=500),
        amend(deal("D", amount=50), 3, expected_close=NOVEMBER),
        enter(deal("E"), "lost", 3, reason="price"),
    ]
    found = waterfall(deals, after(2), after(9), period=SUMMER, owners=["kari"])
    assert str(found).splitlines()[:7] == [
        "Waterfall of the open pipeline, as of 2026-01-14T09:00:00+00:00",
        "            largest          deals  amount EUR",
        "start                            3   10,150.00",
        "new         C                    2      900.00",
        "pushed out  D to 2026-11-01      1      -50.00",
        "lost        E price              1     -100.00",
        "end                              3   10,900.00",
    ]
    assert found.cohort.startswith("open deals, expected to close in summer, of kari; the start as of 2026-01-07")
    assert waterfall(deals, after(2), after(9)).cohort.startswith("open deals; the start")
    assert found.to_rows()[0] == {
        "bucket": "new", "deals": 2, "count": 2, "change": Decimal(900), "change_currency": "EUR",
    }  # fmt: skip
