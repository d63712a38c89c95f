"""Every metric of money can count what recurs instead of the amount, and says so."""

from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Any

import pytest

from salesprocess import Deal, LineItem, Money, Period
from salesprocess.analytics import (
    aging,
    deal_ages,
    deal_sizes,
    deal_table,
    pipeline_coverage,
    push_counts,
    slippage,
    sources,
    stage_visits,
    velocity,
    waterfall,
    waterfall_between,
    win_rate,
    win_reasons,
)
from salesprocess.analytics.valuations import meaning
from salesprocess.errors import NegativeAmount, OutOfRange, WrongKind
from tests.analytics.books import after, enter, opened

pytestmark = pytest.mark.filterwarnings("ignore::salesprocess.errors.SmallSample")
SPRING = Period(after(2), after(50))
DUE = date(2026, 2, 1)


def sold(name: str, monthly: int) -> Deal:
    """A deal with a setup fee of 1,000 and seats by the month, for two years."""
    items = (
        LineItem("setup", Money(1000, "EUR")),
        LineItem("seats", Money(monthly, "EUR"), every=1, term=24),
    )
    return opened(name, amount=Money(1000 + 24 * monthly, "EUR"), items=items, expected_close=DUE)


BOOK = [enter(sold("A", 10), "won", 5), sold("B", 20), enter(opened("C", expected_close=DUE), "won", 5)]
UNKNOWN = "not known: annual recurring revenue"


def test_the_same_book_is_worth_its_amounts_or_what_recurs() -> None:
    for value, worth in (("amount", 1240), ("mrr", 10), ("arr", 120), ("tcv", 1240)):
        table = deal_table(BOOK, as_of=after(9), value=value)  # type: ignore[arg-type]  # pyright: ignore
        assert win_rate(table).rows[0].won_value == Money(worth, "EUR")


@pytest.mark.parametrize(
    ("metric", "reads"),
    [
        (win_rate, lambda found: found.rows[0].won_value),
        (velocity, lambda found: found.rows[0].average_won),
        (deal_sizes, lambda found: found.rows[-1].total),
        (partial(pipeline_coverage, target=Money(1, "EUR"), period=SPRING), lambda found: found.rows[0].won),
        (win_reasons, lambda found: found.rows[0].value),
        (sources, lambda found: found.rows[0].value),
    ],
)
def test_each_metric_says_what_a_deal_counts_with(metric: Callable[..., Any], reads: Callable[[Any], Money]) -> None:
    found = metric(deal_table(BOOK, as_of=after(9), facts=["source"], value="arr"))
    assert reads(found) == Money(120, "EUR")
    assert "a deal counts with annual recurring revenue" in found.definition
    assert any(UNKNOWN in reason for reason in found.excluded)
    plain = metric(deal_table(BOOK, as_of=after(9), facts=["source"]))
    assert "counts with" not in plain.definition
    assert any("amount not stated" in reason for reason in plain.excluded)


def test_ages_and_aging_show_what_recurs_too() -> None:
    table = deal_table(BOOK, as_of=after(9), value="arr")
    old = aging(stage_visits(BOOK, as_of=after(9)), deals=table)
    ages = deal_ages(table)
    assert "a deal counts with annual recurring revenue" in old.definition
    assert "a deal counts with annual recurring revenue" in ages.definition
    assert old.deals[0].amount == ages.overall.amount == Money(240, "EUR")


def test_a_waterfall_and_slippage_value_both_moments_alike() -> None:
    found = waterfall(BOOK, after(2), after(9), value="mrr")
    assert (found.start.amount, found.bucket("won").change) == (Money(30, "EUR"), Money(-10, "EUR"))
    assert "monthly recurring revenue" in found.definition
    assert found.excluded["not known: monthly recurring revenue, from the amounts alone"] == 1
    slipped = slippage(BOOK, period=SPRING, as_of=after(60), value="mrr")
    assert [each.amount for each in slipped.slipped] == [Money(20, "EUR")]
    assert "monthly recurring revenue" in slipped.definition
    pushed = push_counts(deal_table(BOOK, as_of=after(9), value="mrr"))
    assert pushed.rows[0].open_amount == Money(20, "EUR")
    assert "monthly recurring revenue" in pushed.definition
    tables = (deal_table(BOOK, as_of=after(day), value=value) for day, value in ((2, "mrr"), (9, "amount")))  # type: ignore[arg-type]  # pyright: ignore
    with pytest.raises(OutOfRange, match="valued as in the first, by monthly"):
        waterfall_between(*tables)


def test_a_deal_is_worth_what_a_function_says() -> None:
    def seats(deal: Deal) -> Money | None:
        return Money(len(deal.items) * 5, "EUR") if deal.items else None

    table = deal_table(BOOK, as_of=after(9), value=seats)
    assert table.definition.endswith("a deal counts with what the function seats says")
    assert win_rate(table).rows[0].won_value == Money(10, "EUR")
    assert "not known: what the function seats says, from the values alone" in win_rate(table).excluded
    assert meaning(partial(seats)) == "what the function partial says"
    with pytest.raises(NegativeAmount):
        deal_table(BOOK, as_of=after(9), value=lambda deal: Money(-1, "EUR"))
    with pytest.raises(WrongKind, match="the value of A"):
        deal_table(BOOK, as_of=after(9), value=lambda deal: 5)  # type: ignore[arg-type, return-value]  # pyright: ignore
    with pytest.raises(OutOfRange, match="one of amount, mrr"):
        deal_table(BOOK, as_of=after(9), value="gmv")  # type: ignore[arg-type]  # pyright: ignore
