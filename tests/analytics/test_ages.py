"""The age of what is under way is that of a plain count."""

import warnings
from datetime import timedelta
from math import ceil
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesprocess import Deal, Money
from salesprocess.analytics import Ages, deal_ages, deal_table, throughput
from salesprocess.errors import OutOfRange, SmallSample
from salesprocess.events import Held
from tests.analytics.books import PROCESS, RATES, add, after, began_open, books, enter, opened, path, worked_books

pytestmark = pytest.mark.filterwarnings("ignore::salesprocess.errors.SmallSample")


@given(books())
def test_the_ages_are_those_of_a_plain_count(deals: list[Deal]) -> None:
    found = deal_ages(deals, as_of=after(30), process=PROCESS, currency="EUR", rates=RATES)
    stood = [then for deal in deals if (then := deal.as_of(after(30))) is not None]
    here = [deal for deal in stood if deal.closed_at is None and began_open(deal)]
    assert [row.stage for row in found.rows] == ["lead", "survey", "offer", "closing"]
    for row in found.rows:
        ages = sorted((after(30) - deal.opened_at) / timedelta(days=1) for deal in here if deal.stage == row.stage)
        assert row.deals == len(ages)
        assert row.mean == pytest.approx(sum(ages) / len(ages)) if ages else row.mean is None
        assert (row.oldest is None) if not ages else row.oldest == pytest.approx(ages[-1])
    assert found.n == found.overall.deals == len(here)
    left_out = {why: count for why, count in found.excluded.items() if "amounts" not in why}
    assert found.n + sum(left_out.values()) == len(deals)


@pytest.mark.counted
@given(worked_books())
def test_what_is_under_way_is_what_is_left_at_the_end_of_the_flow(deals: list[Deal]) -> None:
    table = deal_table(deals, as_of=after(41))
    unseen = deal_ages(table).excluded.get("known only since its close (imported)", 0)
    assert deal_ages(table).n + unseen == throughput(table).rows[-1].wip_end


@given(st.data(), st.sampled_from([PROCESS, None]))
def test_the_order_of_the_deals_does_not_matter(data: st.DataObject, process: Any) -> None:
    deals = data.draw(books())

    def told(book: list[Deal]) -> Ages:
        return deal_ages(book, as_of=after(50), process=process)

    assert told(deals) == told(data.draw(st.permutations(deals)))


def test_each_stage_names_its_oldest_deal() -> None:
    deals = [opened("A", 2, amount=Money(5, "EUR")), opened("B", 1), add(opened("C", 3), Held, 4)]
    deals += [path("D", "lead", "demo"), path("F", "lead", "demo"), enter(opened("E"), "lost", 1)]
    found = deal_ages(deals, as_of=after(11), process=PROCESS)
    lead = found.rows[0]
    assert (lead.deals, lead.on_hold, lead.median, lead.oldest, lead.oldest_deal) == (3, 1, 9, 10, "B")
    assert (found.won, found.limit, lead.beyond, found.beyond) == (0, None, None, ())
    assert found.excluded == {
        "deal in a stage that the process does not have, demo": 2,
        "not under way": 1,
        "amount not stated, from the amounts alone": 2,
    }
    lines = str(found).splitlines()
    assert lines[2].split() == ["lead", "B", "3", "1", "9.0", "9.0", "10.0", "10.0", "–", "5.00"]
    assert lines[6].split() == ["all", "stages", "B", "3", "1", "9.0", "9.0", "10.0", "10.0", "–", "5.00"]
    assert [row.stage for row in deal_ages(deals, as_of=after(11)).rows] == ["demo", "lead"]
    assert "Age in days" in found._repr_html_()
    assert len(found.to_rows()) == 4


@given(books(clean=True, max_size=12))
def test_a_deal_is_beyond_when_it_is_older_than_nearly_all_won_ones_were(deals: list[Deal]) -> None:
    found = deal_ages(deals, as_of=after(50))
    took = sorted(deal.closed_at - deal.opened_at for deal in deals if deal.status == "won" and deal.closed_at)
    limit = took[ceil(0.85 * len(took) - 1e-9) - 1] if took else None
    assert found.limit == (None if limit is None else limit / timedelta(days=1))
    old = [
        deal for deal in deals if deal.closed_at is None and limit is not None and after(50) - deal.opened_at > limit
    ]
    assert [each.deal for each in found.beyond] == [
        deal.id for deal in sorted(old, key=lambda deal: (deal.opened_at, deal.id))
    ]
    assert sum(row.beyond or 0 for row in found.rows) == len(old) == (found.overall.beyond or 0)


def test_the_deals_beyond_are_listed_with_who_and_how_much() -> None:
    deals = [enter(opened(f"W{n}"), "won", n + 1) for n in range(10)]
    deals += [opened(f"A{n:02}", owner="kari", amount=Money(10, "EUR")) for n in range(22)]
    found = deal_ages([*deals, opened("young", 25)], as_of=after(30))
    assert (found.won, found.limit, len(found.beyond)) == (10, 9, 22)
    assert found.deal_rows()[0] == {
        "deal": "A00",
        "stage": "lead",
        "age": 30.0,
        "owner": "kari",
        "amount": 10,
        "amount_currency": "EUR",
    }
    text = str(found)
    assert "Of 10 deals won, 85 % were won by an age of 9.0 days." in text
    assert "and 2 more" in text
    alone = deal_ages([*deals[:10], opened("B")], as_of=after(30))
    assert alone.beyond[0].owner is None


def test_a_limit_by_few_deals_won_warns() -> None:
    with pytest.warns(SmallSample, match="deals won"):
        deal_ages([enter(opened("A"), "won", 3), opened("B")], as_of=after(9))


def test_a_unit_is_positive() -> None:
    with pytest.raises(OutOfRange):
        deal_ages([], as_of=after(9), unit=timedelta(0))


def test_where_nothing_is_under_way_nothing_has_an_age_and_nobody_is_warned() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = deal_ages([], as_of=after(30))
    assert (found.n, found.overall.deals, found.rows, found.overall.mean) == (0, 0, (), None)
