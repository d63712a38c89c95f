"""Deal sizes are means and medians of the amounts stated, by stage."""

from decimal import Decimal
from random import Random
from statistics import median

import pytest
from hypothesis import given

from salesprocess import Deal, Money, Period
from salesprocess.analytics import deal_sizes, deal_table
from salesprocess.analytics.cohort import VOID
from salesprocess.errors import MissingRate, NoHistory, SmallSample
from tests.analytics.books import PROCESS, RATES, after, books, enter, opened, path

small = pytest.mark.filterwarnings("ignore::salesprocess.errors.SmallSample")
SPRING = Period(after(6), after(25), label="spring")
CENT = Decimal("0.01")


@pytest.mark.counted
@small
@given(books())
def test_deal_sizes_are_those_of_a_plain_list(deals: list[Deal]) -> None:
    table = deal_table(deals, as_of=after(30))
    found = deal_sizes(table, period=SPRING, currency="EUR", rates=RATES)
    for row in found.rows:
        amounts = [
            each.amount
            for each in table
            if (each.closed is None and row.state == "under way" and row.stage in ("all", each.stage))
            or (each.closed and each.closed in SPRING and each.status == row.state and each.left
                and row.stage in ("all", each.left))
        ]  # fmt: skip
        stated = [amount.to("EUR", RATES).amount for amount in amounts if amount is not None]
        assert (row.deals, row.stated) == (len(amounts), len(stated))
        assert row.total == Money(sum(stated, Decimal(0)), "EUR")
        if stated:
            assert row.average is not None
            assert row.median is not None
            assert abs(row.average.amount - sum(stated, Decimal(0)) / len(stated)) <= CENT
            assert abs(row.median.amount - median(stated)) <= CENT
        else:
            assert (row.average, row.median) == (None, None)
    told = {why: count for why, count in found.excluded.items() if "from the amounts alone" not in why}
    assert found.n + sum(told.values()) == len(deals)
    assert found == deal_sizes(
        Random(1).sample(deals, len(deals)), as_of=after(30), period=SPRING, currency="EUR", rates=RATES
    )


@small
def test_stages_stand_in_the_order_of_the_process_and_others_are_left_out() -> None:
    euro = Money(10, "EUR")
    deals = [
        path("A", "lead", "offer"),
        path("B", "lead", "survey", "lost"),
        opened("C", amount=euro),
        enter(opened("D"), "elsewhere", 1),
        enter(opened("E"), "lost", 1, reason="duplicate"),
        enter(opened("F"), "won", 1, known=False),
    ]
    found = deal_sizes(deals, as_of=after(9), process=PROCESS, void=["duplicate"])
    assert [(row.state, row.stage, row.deals) for row in found.rows] == [
        ("under way", "lead", 1),
        ("under way", "offer", 1),
        ("under way", "all", 2),
        ("lost", "survey", 1),
        ("lost", "all", 1),
        ("won", "all", 0),
    ]
    assert found.excluded == {
        "stage that the process does not have, elsewhere": 1,
        VOID: 1,
        "closed from a stage that nobody saw": 1,
        "amount not stated, from the amounts alone": 2,
    }
    assert [row.stage for row in deal_sizes(deals, as_of=after(9)).rows[:4]] == ["elsewhere", "lead", "offer", "all"]


def test_deal_sizes_print_warn_and_refuse() -> None:
    deals = [opened(f"D{n}", amount=Money(100 * n, "EUR")) for n in range(11)]
    lines = str(deal_sizes(deals, as_of=after(9))).splitlines()
    assert lines[1].split() == (
        ["stage", "deals", "with", "an", "amount", "average", "EUR", "median", "EUR", "total", "EUR"]
    )
    assert lines[2].split() == ["under", "way", "lead", "11", "11", "500.00", "500.00", "5,500.00"]
    assert deal_sizes(deals, as_of=after(9)).to_rows()[0]["total"] == 5500
    with pytest.warns(SmallSample, match="under way, lead"):
        deal_sizes(deals[:3], as_of=after(9))
    with pytest.raises(NoHistory):
        deal_sizes([], as_of=after(9))
    with pytest.raises(MissingRate):
        deal_sizes(deals, as_of=after(9), currency="NOK")
