"""Reasons are counted as a plain count does, and what does not count is shown."""

from collections import Counter
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesprocess import Deal, Money, Period, Process, Stage
from salesprocess.analytics import Reasons, deal_table, loss_reasons, throughput, win_rate, win_reasons
from salesprocess.errors import MissingRate, SmallSample
from salesprocess.stages import LossReason
from tests.analytics.books import RATES, after, copied, enter, opened, worked_books

pytestmark = pytest.mark.filterwarnings("ignore::salesprocess.errors.SmallSample")
BOOK = Process(
    "solar",
    stages=[
        Stage("lead"),
        Stage.won("won"),
        Stage.lost("lost", reasons=["price", LossReason("duplicate", counts=False)]),
    ],
)


@given(worked_books())
def test_losses_are_those_of_a_plain_count(deals: list[Deal]) -> None:
    period = Period(after(3), after(30))
    found = loss_reasons(deals, as_of=after(35), period=period, void=["duplicate"], currency="EUR")
    stood = [then for deal in deals if (then := deal.as_of(after(35))) is not None]
    lost = [deal for deal in stood if deal.status == "lost" and deal.closed_at is not None and deal.closed_at in period]
    told = [deal for deal in lost if deal.outcome is not None and deal.outcome.reason != "duplicate"]
    counts = Counter(deal.outcome.reason for deal in told if deal.outcome is not None)
    assert {row.reason: row.deals for row in found.rows} == counts
    assert found.n == counts.total() == sum(found.by_stage.values())
    for row in found.rows:
        each = [deal for deal in told if deal.outcome is not None and deal.outcome.reason == row.reason]
        assert row.value == Money(sum((deal.amount.amount for deal in each if deal.amount), Decimal(0)), "EUR")
        assert row.low <= row.share <= row.high
        stages = Counter(deal.outcome.left for deal in each if deal.outcome is not None)
        known = [count for stage, count in stages.items() if stage is not None]
        assert round(row.stage_share * row.deals) == max(known, default=0) == (stages[row.stage] if known else 0)
    assert sum(row.share for row in found.rows) == pytest.approx(1 if told else 0)
    shares = [row.value_share for row in found.rows if row.value_share is not None]
    assert sum(shares) == pytest.approx(1 if shares else 0)
    left_out = {why: count for why, count in found.excluded.items() if "values" not in why}
    assert found.n + sum(left_out.values()) == len(deals)


@given(worked_books())
def test_the_sums_are_those_of_the_other_metrics(deals: list[Deal]) -> None:
    table = deal_table(deals, as_of=after(50))
    closed = win_rate(table, void=["duplicate"]).rows[0]
    assert loss_reasons(table, void=["duplicate"]).n == closed.lost
    assert win_reasons(table).n == closed.won
    flows = throughput(table, void=["duplicate"]).rows
    assert (sum(row.won for row in flows), sum(row.lost for row in flows)) == (closed.won, closed.lost)


@given(worked_books(max_size=5), worked_books(max_size=5))
def test_two_books_add_up(one: list[Deal], other: list[Deal]) -> None:
    both = [*one, *(copied(deal, f"other-{deal.id}") for deal in other)]
    parts = Counter[Any]()
    for deals in (one, other):
        parts.update(loss_reasons(deals, as_of=after(50)).by_stage)
    assert loss_reasons(both, as_of=after(50)).by_stage == parts


@given(st.data())
def test_the_order_of_the_deals_does_not_matter(data: st.DataObject) -> None:
    deals = data.draw(worked_books())
    shuffled = data.draw(st.permutations(deals))
    for told in (loss_reasons, win_reasons):
        assert told(deals, as_of=after(50)) == told(shuffled, as_of=after(50))


def lost(*reasons: str | None, stage: str = "lead") -> list[Deal]:
    return [
        enter(opened(f"{stage}-{n}", stage=stage, amount=Money(100, "EUR")), "lost", n + 1, reason=reason)
        for n, reason in enumerate(reasons)
    ]


def test_a_duplicate_is_no_loss_and_is_shown() -> None:
    found = loss_reasons(lost("price", "duplicate"), as_of=after(9), process=BOOK)
    assert [row.reason for row in found.rows] == ["price"]
    assert found.excluded == {"lost for a reason that does not count": 1}


def test_the_most_frequent_reason_comes_first_and_what_nobody_told_after_its_equals() -> None:
    deals = [*lost("price", "price", None, "timing"), *lost("price", stage="offer")]
    found = loss_reasons([*deals, opened("open")], as_of=after(9), period=Period(after(0), after(4)))
    assert [(row.reason, row.deals, row.stage, row.days) for row in found.rows] == [
        ("price", 3, "lead", 1),
        (None, 1, "lead", 3),
    ]
    assert found.excluded == {"not lost": 1, f"not lost in {found.period}": 1}
    lines = str(found).splitlines()
    assert lines[0] == "Why deals were lost, as of 2026-01-14T09:00:00+00:00"
    assert lines[2].split() == [
        "price", "lead", "(66.7", "%)", "3", "75.0", "%", "43.3", "%", "–", "92.2", "%", "300.00", "75.0", "%", "1.0",
    ]  # fmt: skip
    assert lines[3].startswith("not told")
    assert "Why deals were lost" in found._repr_html_()
    assert found.to_rows()[0]["value_currency"] == "EUR"


def test_why_deals_were_won_is_told_too() -> None:
    deals = [enter(opened(f"W{n}"), "won", 1, reason="service") for n in range(10)]
    deals.append(opened("imported", stage="won"))
    found = win_reasons(deals, as_of=after(9))
    assert [(row.reason, row.deals, row.days, row.stage) for row in found.rows] == [
        ("service", 10, 1, "lead"),
        (None, 1, None, None),
    ]
    assert str(found).startswith("Why deals were won")
    assert "– " in str(found)


def test_money_of_two_currencies_is_not_added() -> None:
    deals = [enter(opened(code, amount=Money(10, code)), "won", 1) for code in ("EUR", "NOK")]
    assert win_reasons(deals, as_of=after(9)).rows[0].value is None
    assert win_reasons(deals, as_of=after(9), currency="EUR", rates=RATES).rows[0].value == Money("10.85", "EUR")
    with pytest.raises(MissingRate):
        win_reasons(deals, as_of=after(9), currency="EUR")


@pytest.mark.parametrize("told", [loss_reasons, win_reasons])
def test_few_deals_warn_and_none_are_an_empty_table(told: Any) -> None:
    deals = [enter(opened("A"), "lost", 1), enter(opened("B"), "won", 1)]
    with pytest.warns(SmallSample) as warned:
        found: Reasons = told(deals, as_of=after(9))
    assert warned[0].filename == __file__
    assert found.n == 1
    assert told([], as_of=after(9)).rows == ()
