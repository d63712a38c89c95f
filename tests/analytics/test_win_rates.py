"""The win rate is that of a plain count, in each of its two cohorts."""

from decimal import Decimal

import pytest
from hypothesis import given

from salesprocess import Deal, Money, Period, Process, Stage
from salesprocess.analytics import win_rate
from salesprocess.errors import MissingRate, SmallSample, WrongKind
from salesprocess.stages import LossReason
from tests.analytics.books import RATES, after, books, enter, opened

small = pytest.mark.filterwarnings("ignore::salesprocess.errors.SmallSample")
BOOK = Process(
    "solar",
    stages=[Stage("lead"), Stage.won("won"), Stage.lost("lost", reasons=[LossReason("duplicate", counts=False)])],
)


@small
@given(books())
def test_the_win_rate_is_that_of_a_plain_count(deals: list[Deal]) -> None:
    period = Period(after(3), after(25))
    found = win_rate(deals, as_of=after(30), period=period, currency="EUR", rates=RATES)
    stood = [then for deal in deals if (then := deal.as_of(after(30))) is not None]
    closed = [deal for deal in stood if deal.closed_at is not None and deal.closed_at in period]
    created = [deal for deal in stood if deal.opened_at in period]
    for row, cohort in zip(found.rows, (closed, created), strict=True):
        won = [deal for deal in cohort if deal.status == "won"]
        lost = [deal for deal in cohort if deal.status == "lost"]
        assert (row.deals, row.won, row.lost) == (len(cohort), len(won), len(lost))
        assert row.open == len(cohort) - len(won) - len(lost)
        assert row.rate == (len(won) / (len(won) + len(lost)) if won or lost else None)
        worth = [
            sum((deal.amount.to("EUR", RATES).amount for deal in each if deal.amount), Decimal(0))
            for each in (won, lost)
        ]
        assert [row.won_value, row.lost_value] == [Money(value, "EUR") for value in worth]
        assert (row.value_rate is None) == (not sum(worth))
        if row.rate is not None:
            assert row.at_least is not None
            assert row.at_most is not None
            assert row.low is not None
            assert row.at_least <= row.rate <= row.at_most
            assert row.low <= row.rate
    assert found.n == len({deal.id for deal in closed + created})


@small
def test_a_duplicate_is_no_loss() -> None:
    deals = [enter(opened("A"), "won", 1), enter(opened("B"), "lost", 1, reason="duplicate"), opened("C", 3)]
    found = win_rate(deals, as_of=after(9), process=BOOK)
    assert [row.rate for row in found.rows] == [1.0, 1.0]
    assert found.excluded["lost for a reason that does not count"] == 1
    assert win_rate(deals, as_of=after(9), void=["duplicate"]) == found
    assert win_rate(deals, as_of=after(9)).rows[0].rate == 0.5
    later = win_rate(deals, as_of=after(9), process=BOOK, period=Period(after(2), after(4)))
    assert later.excluded == {f"neither created nor closed in {later.period}": 2}
    closed = win_rate(deals, as_of=after(9), process=BOOK, period=Period(after(0.5), after(4)))
    assert closed.excluded["lost for a reason that does not count"] == 1


@small
def test_money_of_two_currencies_is_not_added() -> None:
    deals = [enter(opened(code, amount=Money(10, code)), "won", 1) for code in ("EUR", "NOK")]
    row = win_rate(deals, as_of=after(9)).rows[0]
    assert (row.rate, row.won_value, row.value_rate) == (1.0, None, None)
    assert win_rate(deals, as_of=after(9)).excluded == {
        "amount in one of several currencies (EUR, NOK), without a currency named, from the values alone": 2
    }
    assert win_rate(deals, as_of=after(9), currency="EUR", rates=RATES).rows[0].won_value == Money("10.85", "EUR")
    with pytest.raises(MissingRate):
        win_rate(deals, as_of=after(9), currency="EUR")


def test_reasons_that_do_not_count_come_as_a_list() -> None:
    with pytest.raises(WrongKind, match="a collection of names"):
        win_rate([], as_of=after(9), void="duplicate")


def test_few_deals_warn() -> None:
    with pytest.warns(SmallSample, match="closed in, created in"):
        win_rate([enter(opened("A"), "won", 1)], as_of=after(9))


@small
def test_the_table_shows_both_cohorts() -> None:
    deals = [enter(opened(f"A{n}", amount=Money(1000, "EUR")), "won", n + 1) for n in range(3)]
    deals += [enter(opened(f"B{n}", amount=Money(3000, "EUR")), "lost", n + 1) for n in range(1)] + [opened("C")]
    lines = str(win_rate(deals, as_of=after(9))).splitlines()
    assert [line.split("  ")[0] for line in lines[1:4]] == ["cohort", "closed in", "created in"]
    assert lines[3].split()[2:10] == ["5", "3", "1", "1", "75.0", "%", "43.3", "%"]
    assert lines[3].split()[-4:] == ["3,000.00", "3,000.00", "50.0", "%"]
    assert "won EUR" in lines[1]
    assert win_rate([], as_of=after(9)).rows[0].rate is None
