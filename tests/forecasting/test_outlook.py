"""What a period brings in the end: what is won is certain, and everything else is as forecast."""

import pickle
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from hypothesis import given

from salesprocess import Calendar, Deal, LineItem, Money, Process, Stage
from salesprocess.errors import MissingRate, OutOfRange
from salesprocess.forecasting import (
    Amounts,
    Book,
    CompetingRisks,
    Forecast,
    Lost,
    Odds,
    Probability,
    Spread,
    Valued,
    amount_changes,
    bridge,
    drivers,
    levers,
    new_deals,
    outlook,
    rollup,
    what_if,
)
from salesprocess.simulation import Arrivals, Rates, book
from tests.analytics.books import PROCESS, RATES, after, books, enter, moments, opened
from tests.forecasting.test_assumptions import book as sold_book

Q1, Q2 = Calendar().quarters(2026)[:2]
NOW = after(30)
MODEL = CompetingRisks(prior=PROCESS).fit([], as_of=after(0))


def forecast(deals: list[Deal], days: float = 30, **options: Any) -> Forecast:
    given: dict[str, Any] = {"period": Q1, "as_of": after(days), "currency": "EUR", "rates": RATES, **options}
    return MODEL.forecast(deals, **given)


def eur(amount: Any) -> Money:
    return Money(amount, "EUR")


def worth(name: str, amount: int = 1000, days: float = 0, **more: Any) -> Deal:
    return opened(name, days, stage=more.pop("stage", "offer"), amount=eur(amount), **more)


def small() -> list[Deal]:
    return [worth("A"), worth("B", 2000), enter(worth("W", 5000, owner="kari"), "won", 9), enter(worth("L"), "lost", 9)]


@given(books(), moments)
def test_it_is_the_closed_and_the_expected_of_the_rollup(deals: list[Deal], days: float) -> None:
    plain = forecast(deals, days)
    found = outlook(plain, deals, rates=RATES)
    period = rollup(deals, PROCESS, periods=[Q1], as_of=after(days), currency="EUR", rates=RATES, model=MODEL).periods[
        0
    ]
    assert found.expected == period.outlook == plain.expected + period.closed.amount
    assert sum(row.won for row in found.deals) <= period.closed.count
    for q in (0.1, 0.5, 0.9):
        assert found.quantile(q) == plain.quantile(q) + period.closed.amount
    named = {deal for left in (*found.excluded.values(), [row.deal for row in found.deals]) for deal in left}
    assert named == {deal.id for deal in deals}


def test_won_deals_say_when_and_belong_to_their_groups() -> None:
    found = outlook(forecast(small()), small())
    row = next(row for row in found.deals if row.won)
    assert (row.deal, row.probability, row.because, row.stage) == ("W", 1.0, "won on 2026-01-14", "won")
    assert found.excluded == {"lost": ("L",)}
    assert [group.group for group in found.by("category").rows] == ["pipeline", "closed"]
    assert found.by("owner").rows[0].expected == eur(5000)
    assert found.by("month").rows[0].group == "2026-01"
    assert found.cohort.startswith("1 deals won in the period, and open deals")
    assert "deals won in the period bring what they are worth" in found.definition
    assert pickle.loads(pickle.dumps(found)) == found


def test_what_was_won_in_another_period_or_without_an_amount_stays_out() -> None:
    bare = enter(opened("N"), "won", 5)
    found = outlook(forecast([*small(), bare]), [*small(), bare])
    assert found.excluded["no amount"] == ("N",)
    later = forecast(small(), period=Q2)
    assert outlook(later, small()).deals == later.deals


def test_assumptions_leave_alone_what_is_won() -> None:
    found = outlook(forecast(small()), small())
    assumed = found.assuming(amounts=amount_changes(sold_book(), as_of=after(39)), dependence=Spread(0.3, 4.0))
    row = next(row for row in assumed.deals if row.won)
    assert row.expected == eur(5000)
    assert assumed.quantile(0.0) >= eur(5000)


def test_what_ifs_are_about_open_deals_unless_they_name_a_won_one() -> None:
    found = outlook(forecast(small()), small())
    assert what_if(found, Lost(Book())).after.expected == eur(5000)
    assert what_if(found, Lost(Book(owner="kari"))).after.expected == found.expected
    assert what_if(found, Lost(Book(deals=["W"]))).after.expected == found.expected - eur(5000)
    doubted = what_if(found, Probability(0.5, Book(deals=["W"]))).after
    assert doubted.expected == found.expected - eur(2500)
    assert not any(row.won for row in doubted.deals)


def test_the_total_does_not_hang_on_what_is_won() -> None:
    found = outlook(forecast(small()), small())
    assert {row.deal for row in drivers(found, q=0.9).rows} == {"A", "B"}
    assert drivers(outlook(forecast(small()[2:]), small()[2:])).rows == ()


def test_the_quota_of_the_period_can_be_asked_for_as_it_is() -> None:
    deals = [*(worth(f"D{n}", 1000 + n) for n in range(20)), enter(worth("W", 50_000), "won", 9)]
    plain = forecast(deals)
    whole = outlook(plain, deals)
    net, gross = (
        {row.lever: row for row in levers(each, target, chance=0.8).rows}
        for each, target in ((plain, eur(15_000)), (whole, eur(65_000)))
    )
    for lever, row in gross.items():
        assert row.needed == pytest.approx(net[lever].needed, rel=2e-3)
    factor = Decimal(repr(gross["amounts of all open deals"].needed)) * Decimal("1.01")
    assert what_if(whole, Amounts(factor)).after.probability_of(eur(65_000)) >= 0.8
    assert what_if(whole, Odds(gross["odds of all open deals"].needed or 0)).after.probability_of(eur(65_000)) >= 0.8


def test_winning_a_deal_lifts_the_outlook_and_losing_it_again_lowers_it() -> None:
    before = [worth("A"), worth("B", 2000), enter(worth("C"), "won", 8)]
    after_it = [
        enter(before[0], "won", 15),
        before[1],
        enter(before[2], "offer", 15),
        enter(worth("D", 700, 12), "won", 15),
    ]
    found = bridge(outlook(forecast(before, 10), before), outlook(forecast(after_it, 20), after_it))
    assert found.imbalance == eur(0)
    steps = {step.deal: step for step in found.steps}
    assert steps["A"].cause == "won"
    assert steps["A"].change > eur(0)
    assert steps["A"].detail.startswith("offer → won")
    assert (steps["D"].cause, steps["D"].change) == ("won", eur(700))
    assert steps["C"].cause == "reopened"
    assert steps["C"].change < eur(0)
    assert all(row.imbalance == eur(0) for row in found.by("stage").rows)


@pytest.mark.long
def test_with_new_deals_the_outlook_is_neither_low_nor_too_sure() -> None:
    """Sixteen synthetic books three weeks into a quarter, each with what then came."""
    process = Process(
        "line",
        stages=[Stage("lead", 0.2), Stage("offer", 0.5), Stage("closing", 0.8), Stage.won("won"), Stage.lost("lost")],
    )
    now = Q1.start + timedelta(days=20)
    actual = expected = covered = without = 0.0
    for seed in range(16):
        made = book(
            process,
            Arrivals(per_day=1.2),
            rng=Random(seed),
            start=now - timedelta(days=400),
            as_of=Q1.end,
            rates=Rates(amount_spread=0.6),
        ).deals
        record = [then for deal in made if (then := deal.as_of(now)) is not None]
        found = outlook(CompetingRisks().fit(record, as_of=now).forecast(record, period=Q1, as_of=now), record)
        whole = found.assuming(new_deals=new_deals(record, period=Q1, as_of=now))
        low, high = whole.interval(0.8)
        won = [deal for deal in made if deal.status == "won" and deal.closed_at is not None and deal.closed_at in Q1]
        came = Money.total((deal.amount for deal in won if deal.amount is not None), "EUR")
        actual += float(came.amount)
        expected += float(whole.expected.amount)
        without += float(found.expected.amount)
        covered += low <= came <= high
    assert expected == pytest.approx(actual, rel=0.12)
    assert without < 0.75 * actual
    assert 0.5 <= covered / 16 <= 1.0


def test_recurring_revenue_has_an_outlook_too() -> None:
    items = (LineItem("seats", eur(100), every=1, term=24),)
    won = enter(worth("W", 2400, items=items), "won", 9)
    deals = [worth("A", 2400, items=items), won, enter(worth("X"), "won", 9)]
    found = Valued(MODEL, "arr").forecast(deals, period=Q1, as_of=NOW, currency="EUR")
    whole = outlook(found, deals, value="arr")
    assert whole.expected - found.expected == eur(1200)
    assert "X" in next(left for why, left in whole.excluded.items() if why.startswith("no value"))


def test_it_wants_a_period_once_and_rates() -> None:
    with pytest.raises(OutOfRange, match="one of a period"):
        outlook(forecast(small(), period=None), small())
    with pytest.raises(OutOfRange, match="already"):
        outlook(outlook(forecast(small()), small()), small())
    foreign = enter(opened("N", amount=Money(10, "NOK"), stage="offer", expected_close=date(2026, 3, 1)), "won", 9)
    with pytest.raises(MissingRate):
        outlook(forecast([*small(), foreign]), [*small(), foreign])
    told = outlook(forecast([*small(), foreign]), [*small(), foreign], rates=RATES)
    assert next(row for row in told.deals if row.deal == "N").stated == Money(10, "NOK")
