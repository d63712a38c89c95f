"""Coverage divides the pipeline of a period by what its target lacks, and agrees with the roll-up of the book."""

from datetime import date
from random import Random
from typing import Any

import pytest
from hypothesis import given

from salesprocess import Calendar, Deal, Money
from salesprocess.analytics import pipeline_coverage
from salesprocess.errors import CurrencyMismatch, MissingRate, OutOfRange
from salesprocess.events import Held
from salesprocess.forecasting import rollup
from tests.analytics.books import PROCESS, RATES, add, after, books, enter, opened

YEAR = Calendar().year(2026)
TARGET = Money(10**6, "EUR")


@given(books())
def test_it_is_the_open_pipeline_and_the_closed_business_of_the_roll_up(deals: list[Deal]) -> None:
    found = pipeline_coverage(deals, target=TARGET, period=YEAR, as_of=after(30), process=PROCESS, rates=RATES)
    book = rollup(deals, PROCESS, periods=[YEAR], as_of=after(30), currency="EUR", rates=RATES)
    row, place = found.rows[0], book.periods[0]
    assert (row.deals, row.pipeline) == (place.open_pipeline.count, place.open_pipeline.amount)
    assert (row.won, row.gap) == (place.closed.amount, TARGET - place.closed.amount)
    assert found.n == place.open_pipeline.count + place.closed.count
    assert found.n + sum(found.excluded.values()) == len(deals)
    if row.coverage is None:
        assert row.is_met
    else:
        assert row.coverage * float(row.gap.amount) == pytest.approx(float(row.pipeline.amount))
    shuffled = Random(1).sample(deals, len(deals))
    assert (
        pipeline_coverage(shuffled, target=TARGET, period=YEAR, as_of=after(30), process=PROCESS, rates=RATES) == found
    )


@given(books())
def test_the_owners_add_up_to_all(deals: list[Deal]) -> None:
    targets = {name: Money(5000, "EUR") for name in ("kari", "ola")}
    found = pipeline_coverage(deals, target=targets, period=YEAR, as_of=after(30), rates=RATES)
    every, *owners = found.rows
    assert [row.owner for row in owners] == ["kari", "ola"]
    for name in ("target", "won", "gap", "pipeline"):
        assert getattr(every, name) == Money.total((getattr(row, name) for row in owners), "EUR")
    assert every.deals == sum(row.deals for row in owners)


def deal(name: str, days: float = 0, due: date = date(2026, 3, 1), owner: str = "kari", **terms: Any) -> Deal:
    return opened(name, days, owner=owner, expected_close=due, amount=Money(1000, "EUR"), **terms)


def test_every_other_deal_is_left_out_for_a_reason() -> None:
    first = Calendar().quarters(2026)[0]
    deals = [
        deal("due"),
        enter(deal("won"), "won", 3),
        enter(deal("early", -60), "won", -50),
        enter(deal("lost"), "lost", 3),
        add(deal("held"), Held, 3),
        opened("undated", amount=Money(1, "EUR")),
        opened("worth"),
        deal("late", due=date(2026, 1, 10)),
        deal("other", due=date(2026, 4, 1)),
        deal("omitted", category="omitted"),
        enter(deal("odd"), "elsewhere", 3),
        deal("none", owner="per"),
        deal("future", 90),
    ]
    stated = deal("stated", category="commit")
    found = pipeline_coverage(
        [*deals, stated], target={"kari": Money(3000, "EUR")}, period=first, as_of=after(9), process=PROCESS
    )
    assert found.excluded == {
        "deal not opened at as_of": 1,
        "won outside the period": 1,
        "lost": 1,
        "on hold": 1,
        "no expected close": 1,
        "amount not stated": 1,
        "overdue: expected to close before as_of": 1,
        "expected to close outside the period": 1,
        "omitted from the forecast": 3,
        "open in a stage that the process does not have, elsewhere": 1,
    }
    assert found.rows[1].coverage == 0.5


def test_without_a_process_only_what_a_person_omitted_is_omitted() -> None:
    deals = [deal("A"), deal("B", category="omitted"), deal("C", owner="per")]
    found = pipeline_coverage(deals, target={"kari": Money(500, "EUR")}, period=YEAR, as_of=after(9))
    assert (found.n, found.rows[0].coverage) == (1, 2.0)
    assert found.excluded == {"omitted from the forecast": 1, "deal of somebody without a target": 1}


def test_a_deal_that_is_due_today_may_still_be_won() -> None:
    found = pipeline_coverage([deal("A", due=after(9).date())], target=TARGET, period=YEAR, as_of=after(9))
    assert found.rows[0].deals == 1


def test_where_nothing_is_missing_the_target_is_met() -> None:
    deals = [enter(deal("A"), "won", 3), deal("B")]
    found = pipeline_coverage(deals, target=Money(1000, "EUR"), period=YEAR, as_of=after(9))
    assert (found.rows[0].coverage, found.rows[0].is_met) == (None, True)
    assert str(found).splitlines()[:3] == [
        "Coverage of FY2026, as of 2026-01-14T09:00:00+00:00",
        "owner  target EUR   won EUR  gap EUR  pipeline EUR  deals    coverage",
        "all      1,000.00  1,000.00     0.00      1,000.00      1  target met",
    ]
    more = pipeline_coverage(deals, target=Money(3000, "EUR"), period=YEAR, as_of=after(9))
    assert str(more).splitlines()[2].endswith("0.50 times")
    assert more.to_rows()[0]["gap"] == 2000


def test_a_target_is_above_zero_and_in_one_currency() -> None:
    for wrong in (Money(0, "EUR"), {"kari": Money(-1, "EUR")}, {}):
        with pytest.raises(OutOfRange, match="target"):
            pipeline_coverage([], target=wrong, period=YEAR, as_of=after(9))
    with pytest.raises(CurrencyMismatch):
        pipeline_coverage([], target={"a": Money(1, "EUR"), "b": Money(1, "NOK")}, period=YEAR, as_of=after(9))
    with pytest.raises(MissingRate):
        pipeline_coverage([deal("A")], target=Money(1, "NOK"), period=YEAR, as_of=after(9))
