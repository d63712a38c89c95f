"""The roll-up counts every deal exactly once, whatever it did, and adds up to the whole book."""

import pickle
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesprocess import Calendar, Catalog, Deal, Money, Period
from salesprocess.analytics.cohort import NOT_OPENED
from salesprocess.errors import DuplicateDeal, MissingRate, NaiveDatetime, OutOfRange, WrongProcess
from salesprocess.events import Held, Migrated
from salesprocess.forecasting import Line, Rollup, rollup
from salesprocess.forecasting.roll_up import CALLED_CLOSED, NO_PRIOR
from tests.analytics.books import PROCESS, RATES, add, after, books, enter, moments, opened

QUARTERS = Calendar().quarters(2026)
NOW = after(30)
"""2026-02-04 09:00 UTC."""


def rolled(*deals: Deal, periods: Sequence[Period] = QUARTERS, process: Any = PROCESS, **options: Any) -> Rollup:
    given: dict[str, Any] = {"periods": periods, "as_of": NOW, "currency": "EUR", **options}
    return rollup(deals, process, **given)


def worth(name: str = "A", amount: int = 1000, close: date | None = date(2026, 3, 1), **more: Any) -> Deal:
    schedule = {} if close is None else {"expected_close": close}
    return opened(name, stage=more.pop("stage", "offer"), amount=Money(amount, "EUR"), **schedule, **more)


def line(count: int, amount: Any, weighted: Any) -> Line:
    return Line(count, Money(amount, "EUR"), Money(weighted, "EUR"))


def places(found: Rollup) -> list[tuple[str, str]]:
    """The single lines that hold deals."""
    return [(row.place, row.category) for row in found.rows if row.count and not row.cumulative]


@given(books(), moments, st.sampled_from([QUARTERS, QUARTERS[1:2], Calendar().months(2026)[::3], ()]))
def test_every_deal_is_counted_once_and_every_amount_too(
    deals: list[Deal], days: float, periods: Sequence[Period]
) -> None:
    found = rolled(*deals, periods=periods, as_of=after(days), rates=RATES)
    known = [then for deal in deals if (then := deal.as_of(after(days))) is not None]
    singles = [row for row in found.rows if not row.cumulative]
    assert sum(row.count for row in singles) + found.excluded.get(NOT_OPENED, 0) == len(deals)
    assert found.n == len(known)
    amounts = [deal.amount for deal in known if deal.amount is not None]
    assert Money.total((row.amount for row in singles), "EUR") == Money.total(amounts, "EUR", RATES)
    assert found.total.amount == Money.total(amounts, "EUR", RATES)
    assert found.lost.weighted == Money(0, "EUR")
    assert all(row.weighted <= row.amount for row in found.rows)
    for period in found.periods:
        parts = (period.pipeline, period.best_case, period.most_likely, period.commit)
        assert period.open_pipeline.count == sum(part.count for part in parts)
        assert (
            period.best_case_forecast.amount
            == period.open_pipeline.amount - period.pipeline.amount + period.closed.amount
        )
        assert period.commit_forecast == period.commit + period.closed
        assert period.closed.weighted == period.closed.amount


@given(st.data())
def test_the_order_of_the_deals_does_not_matter(data: st.DataObject) -> None:
    deals = data.draw(books())
    first = rolled(*deals, as_of=after(50), rates=RATES)
    assert first == rolled(*data.draw(st.permutations(deals)), as_of=after(50), rates=RATES)


@given(books(), moments)
def test_later_events_are_as_if_they_had_never_been(deals: list[Deal], days: float) -> None:
    cut = [then for deal in deals if (then := deal.as_of(after(days))) is not None]
    whole = rolled(*deals, as_of=after(days), rates=RATES)
    assert whole.rows == rolled(*cut, as_of=after(days), rates=RATES).rows


def test_open_deals_stand_by_category_in_the_period_of_their_expected_close() -> None:
    found = rolled(
        worth("A"),
        worth("B", stage="lead"),
        worth("C", stage="survey"),
        worth("D", category="most_likely"),
        worth("E", close=date(2026, 4, 1), category="commit"),
    )
    first, second = found.periods[:2]
    assert (first.best_case, first.omitted) == (line(1, 1000, "550.00"), line(1, 1000, "50.00"))
    assert (first.pipeline, first.most_likely) == (line(1, 1000, "300.00"), line(1, 1000, "550.00"))
    assert second.commit == second.commit_forecast == line(1, 1000, "550.00")
    assert first.open_pipeline == line(3, 3000, "1400.00")


def test_won_deals_stand_at_all_they_are_worth_in_the_period_of_their_close() -> None:
    found = rolled(enter(worth(close=None), "won", 5), enter(enter(worth("B"), "won", 5), "care", 9))
    assert found.periods[0].closed == line(2, 2000, 2000)
    assert found.periods[0].best_case_forecast == line(2, 2000, 2000)


def test_lost_deals_are_shown_and_weigh_nothing() -> None:
    found = rolled(enter(worth(), "lost", 5))
    assert (found.lost, places(found)) == (line(1, 1000, 0), [("lost", "")])


def test_a_row_says_why_a_deal_is_in_no_period() -> None:
    found = rolled(
        worth("yesterday", close=date(2026, 2, 3)),
        worth("today", close=date(2026, 2, 4)),
        worth("some-day", close=None),
        opened("worthless", stage="offer"),
        add(worth("held"), Held, 2),
        worth("years-ahead", close=date(2030, 1, 1)),
        periods=QUARTERS[1:],
    )
    assert places(found) == [
        ("overdue", ""),
        ("unscheduled", ""),
        ("no amount", ""),
        ("on hold", ""),
        ("outside the periods, open", ""),
    ]
    assert found.outside_open.count == 2


def test_won_outside_the_periods_has_its_own_row() -> None:
    assert rolled(enter(worth(), "won", 5), periods=QUARTERS[1:]).outside_won == line(1, 1000, 1000)


def test_the_first_reason_that_applies_counts() -> None:
    held = add(opened("A"), Held, 2)
    won = enter(opened("B"), "won", 2)
    lost = enter(opened("C"), "lost", 2)
    waiting = add(worth("D", close=date(2026, 1, 6)), Held, 2)
    found = rolled(held, won, lost, waiting)
    assert (found.no_amount.count, found.lost.count, found.on_hold.count, found.overdue.count) == (2, 1, 1, 0)


def test_the_day_of_the_moment_is_that_of_the_zone_of_the_periods() -> None:
    late = datetime.fromisoformat("2026-02-04T23:30:00+00:00")
    deal = worth(close=date(2026, 2, 4))
    assert rolled(deal, as_of=late).overdue.count == 0
    assert rolled(deal, as_of=late, periods=Calendar(tz="Europe/Oslo").quarters(2026)).overdue.count == 1


def test_a_deal_without_a_prior_counts_but_does_not_weigh_and_that_is_said() -> None:
    found = rolled(worth(stage="closing"))
    assert found.periods[0].commit == line(1, 1000, 0)
    assert found.excluded == {NO_PRIOR: 1}


def test_an_open_deal_that_somebody_called_closed_is_a_commitment_and_that_is_said() -> None:
    found = rolled(worth(category="closed"))
    assert (found.periods[0].commit.count, found.periods[0].closed.count) == (1, 0)
    assert found.excluded == {CALLED_CLOSED: 1}


def test_deals_not_opened_yet_are_counted_as_such() -> None:
    assert rolled(opened("A", 31)).excluded == {NOT_OPENED: 1}


def test_missing_rates_are_named_all_at_once_also_for_lost_deals() -> None:
    deals = [opened(c, stage="offer", amount=Money(1, c)) for c in ("NOK", "USD", "EUR")]
    with pytest.raises(MissingRate) as refused:
        rolled(*deals, enter(opened("L", amount=Money(1, "SEK")), "lost", 2))
    assert refused.value.currencies == ("NOK", "SEK", "USD")


def test_a_catalog_serves_a_book_of_several_rulebooks_and_one_process_does_not() -> None:
    second = PROCESS.revise(change={"offer": {"category": "commit"}})
    moved = add(worth("B"), Migrated, 2, process="solar", version=2, stage="offer")
    found = rolled(worth(), moved, process=Catalog([PROCESS, second.retune({"offer": 0.25}, tuning="spring")]))
    assert (found.periods[0].best_case.count, found.periods[0].commit) == (1, line(1, 1000, "250.00"))
    assert found.tuning == "spring"
    with pytest.raises(WrongProcess):
        rolled(moved)


@pytest.mark.parametrize(
    "periods",
    [
        [QUARTERS[0], Calendar().year(2026)],
        [QUARTERS[0], Calendar(tz="Europe/Oslo").quarters(2027)[0]],
    ],
)
def test_periods_that_overlap_or_differ_in_zone_are_refused(periods: list[Period]) -> None:
    with pytest.raises(OutOfRange, match="FY2026 Q1 and FY202"):
        rolled(periods=periods)


def test_wrong_books_and_moments_are_refused() -> None:
    with pytest.raises(DuplicateDeal):
        rolled(worth(), worth())
    with pytest.raises(NaiveDatetime):
        rolled(worth(), as_of=datetime(2026, 2, 1))


def test_a_line_adds_only_to_a_line() -> None:
    with pytest.raises(TypeError):
        line(1, 1, 1) + 1  # type: ignore[operator]


def test_the_rollup_prints_becomes_rows_and_pickles() -> None:
    found = rolled(worth(), enter(worth("B"), "won", 5), periods=QUARTERS[:1])
    assert pickle.loads(pickle.dumps(found)) == found
    assert str(found).splitlines()[:4] == [
        "Roll-up, as of 2026-02-04T09:00:00+00:00",
        "                           category              deals  amount EUR  weighted EUR",
        "FY2026 Q1                  closed                    1    1,000.00      1,000.00",
        "FY2026 Q1                  commit                    0        0.00          0.00",
    ]
    assert [line.split() for line in str(found).splitlines() if line.startswith("total")] == [
        ["total", "2", "2,000.00", "1,550.00"]
    ]
    assert found.to_rows()[0] == {
        "place": "FY2026 Q1",
        "category": "closed",
        "cumulative": False,
        "count": 1,
        "amount": Money(1000, "EUR").amount,
        "amount_currency": "EUR",
        "weighted": Money(1000, "EUR").amount,
        "weighted_currency": "EUR",
    }
    assert "= best case forecast" in str(found)
