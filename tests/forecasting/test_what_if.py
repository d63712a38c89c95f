"""What if: changed assumptions, what the total hangs on, and what must be true to reach a target."""

import math
import pickle
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesprocess import Calendar, Deal, Money
from salesprocess.analytics import results
from salesprocess.errors import CurrencyMismatch, OutOfRange, UnknownDeal, WrongKind
from salesprocess.forecasting import (
    Amounts,
    Book,
    CloseDate,
    Delay,
    Forecast,
    Lever,
    Lost,
    Odds,
    Probability,
    Shock,
    Spread,
    StageWeighted,
    Won,
    amount_changes,
    contrast,
    drivers,
    levers,
    new_deals,
    what_if,
)
from salesprocess.forecasting.what_if import DELAYED_IF, LOST_IF
from tests.analytics.books import PROCESS, RATES, after, books, enter, opened
from tests.forecasting.test_assumptions import book as sold_book

NOW = after(30)
Q1, Q2 = Calendar().quarters(2026)[:2]
MODEL = StageWeighted(PROCESS).fit([], as_of=NOW)


def forecast(*deals: Deal, **options: Any) -> Forecast:
    given: dict[str, Any] = {"period": None, "as_of": NOW, "currency": "EUR", **options}
    return MODEL.forecast(deals, **given)


def offer(name: str = "A", amount: int = 1000, close: date = date(2026, 3, 1), **more: Any) -> Deal:
    terms: dict[str, Any] = {"stage": "offer", "probability": 0.5, **more}
    return opened(name, amount=Money(amount, "EUR"), expected_close=close, **terms)


def small() -> Forecast:
    return forecast(offer("A", owner="kari"), offer("B", 2000, owner="ola"), offer("C", 5000, owner="ola"))


@given(books(), st.floats(0.1, 10))
def test_better_odds_bring_no_less_and_never_more_than_all(deals: list[Deal], times: float) -> None:
    plain = forecast(*deals, rates=RATES)
    after_it = what_if(plain, Odds(times)).after
    more, less = (after_it, plain) if times >= 1 else (plain, after_it)
    assert more.expected >= less.expected
    assert all(0 <= row.probability <= 1 for row in after_it.deals)
    assert Money.total((row.expected for row in after_it.deals), "EUR") == after_it.expected


@pytest.mark.counted
@given(books(), st.sampled_from([Odds(2), Amounts(3), Lost(Book(owner="kari")), Won(Book(stage="offer"))]))
def test_the_difference_of_a_what_if_is_bridged_to_the_last_cent(deals: list[Deal], change: Any) -> None:
    found = what_if(forecast(*deals, rates=RATES), change)
    assert found.bridge.imbalance == Money(0, "EUR")
    assert found.rows[0].difference == found.bridge.change


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (Odds(3), 6000),
        (Odds(3, Book(owner="ola")), 5750),
        (Probability(0.1, Book(owner="kari")), 3600),
        (Amounts(Decimal("1.5")), 6000),
        (Lost(Book(deals=["C"])), 1500),
        (Lost(Book(owner="ola")), 500),
        (Won(Book(deals=["A", "B"])), 5500),
        (Won(Book(category="commit")), 4000),
    ],
)
def test_one_assumption_changes_what_it_is_about(change: Any, expected: int) -> None:
    found = what_if(small(), change)
    assert found.before.expected == Money(4000, "EUR")
    assert found.after.expected == Money(expected, "EUR")
    assert str(change) in str(found)


def test_lost_deals_are_named_and_changed_ones_say_so() -> None:
    found = what_if(small(), Lost(Book(deals=["C"])), Lost(Book(deals=["A"])), Odds(2, Book(deals=["B"]))).after
    assert found.excluded[LOST_IF] == ("C", "A")
    assert found.deals[0].because.endswith("what if: odds of winning × 2 for deals B")
    nobody = what_if(small(), Lost(Book(owner="nobody")), Odds(2, Book(owner="ola")))
    assert nobody.what == (
        "owner nobody lost (0 deals of the forecast)",
        "odds of winning × 2 for owner ola (2 deals of the forecast)",
    )
    assert what_if(small(), Lost(Book(owner="nobody"))).after == small()


def test_amounts_in_another_currency_change_in_both() -> None:
    plain = forecast(opened("N", stage="offer", amount=Money(1000, "NOK")), rates=RATES)
    row = what_if(plain, Amounts(2)).after.deals[0]
    assert (row.amount, row.stated) == (Money(170, "EUR"), Money(2000, "NOK"))


def test_a_delay_pushes_deals_out_of_the_period_and_others_into_it() -> None:
    deals = [offer("early", close=date(2026, 2, 20)), offer("late", 2000, close=date(2026, 3, 25))]
    first, second = forecast(*deals, period=Q1), forecast(*deals, period=Q2)
    slip = Delay(timedelta(days=20))
    delayed = what_if(first, slip, model=MODEL, deals=deals).after
    assert [row.deal for row in delayed.deals] == ["early"]
    assert delayed.excluded[DELAYED_IF] == ("late",)
    coming = what_if(second, slip, model=MODEL, deals=deals).after
    assert [row.deal for row in coming.deals] == ["late"]
    assert "late" not in {deal for names in coming.excluded.values() for deal in names}
    kept = what_if(first, Delay(timedelta(days=20), Book(deals=["early"])), model=MODEL, deals=deals).after
    assert {row.deal for row in kept.deals} == {"early", "late"}
    assert "a delay of 20 days for all deals" in str(what_if(first, slip, model=MODEL, deals=deals))


def test_a_delay_beyond_the_whole_period_leaves_nothing() -> None:
    deals = [offer()]
    found = what_if(forecast(*deals, period=Q1), Delay(timedelta(days=100)), model=MODEL, deals=deals)
    assert found.after.expected == Money(0, "EUR")


def test_a_delay_of_everything_makes_new_deals_late_too() -> None:
    deals = [offer(), *sold_book()]
    plain = forecast(*deals, period=Q2).assuming(new_deals=new_deals(deals, period=Q2, as_of=NOW))

    def coming(change: Delay) -> float:
        after_it = what_if(plain, change, model=MODEL, deals=deals).after.assumptions.new_deals
        return 0.0 if after_it is None else after_it.won

    now = plain.assumptions.new_deals
    assert now is not None
    assert 0 < coming(Delay(timedelta(days=40))) < now.won
    assert coming(Delay(timedelta(days=400))) == 0
    for some in (Delay(timedelta(days=40), Book(owner="kari")), Delay(timedelta(days=400), Book(owner="kari"))):
        assert coming(some) == now.won


def test_another_close_date_moves_one_deal() -> None:
    deals = [offer("A"), offer("B", 2000)]
    plain = forecast(*deals, period=Q1)
    out = what_if(plain, CloseDate("A", date(2026, 4, 2)), model=MODEL, deals=deals)
    assert [row.deal for row in out.after.deals] == ["B"]
    assert "deal A expected to close on 2026-04-02" in str(out)
    back = what_if(out.after, CloseDate("A", date(2026, 3, 31)), model=MODEL, deals=deals).after
    assert back.expected == plain.expected


def test_a_change_of_time_wants_the_model_a_period_and_the_deal() -> None:
    plain = forecast(offer(), period=Q1)
    with pytest.raises(OutOfRange, match="model"):
        what_if(plain, CloseDate("A", date(2026, 4, 1)))
    with pytest.raises(OutOfRange, match="period"):
        what_if(forecast(offer()), Delay(timedelta(days=1)), model=MODEL, deals=[offer()])
    with pytest.raises(UnknownDeal, match="did you mean 'ACME-1'"):
        what_if(forecast(offer("ACME-1")), Lost(Book(deals=["ACME-2"])))
    with pytest.raises(UnknownDeal):
        what_if(plain, CloseDate("A", date(2026, 4, 1)), model=MODEL, deals=[])
    with pytest.raises(OutOfRange, match="one that is open; it was won"):
        what_if(plain, CloseDate("W", date(2026, 4, 1)), model=MODEL, deals=[enter(offer("W"), "won", 9)])


def test_impossible_assumptions_are_refused() -> None:
    for wrong in (0, -1, math.inf, True, "2"):
        with pytest.raises(OutOfRange):
            Odds(wrong)  # type: ignore[arg-type]
        with pytest.raises(OutOfRange):
            Amounts(wrong)  # type: ignore[arg-type]
    with pytest.raises(OutOfRange, match="exact"):
        Amounts(1.5)  # type: ignore[arg-type]
    for share in (-0.1, 1.1, True):
        with pytest.raises(OutOfRange):
            Probability(share)


def test_what_is_no_assumption_is_refused() -> None:
    with pytest.raises(WrongKind, match="of wants a Book"):
        Lost("D-1")  # type: ignore[arg-type]
    with pytest.raises(WrongKind, match="a timedelta"):
        Delay(14)  # type: ignore[arg-type]
    with pytest.raises(WrongKind, match="a date"):
        CloseDate("A", "2026-04-01")  # type: ignore[arg-type]
    with pytest.raises(WrongKind, match="assumptions such as"):
        what_if(small(), "half of it")  # type: ignore[arg-type]


def test_a_target_is_compared_too() -> None:
    found = what_if(small(), Won(Book(deals=["C"])), target=Money(5000, "EUR"))
    assert (found.rows[-1].before, found.rows[-1].after) == (0.5, 1.0)
    assert "probability of 5,000.00 EUR" in str(found)
    with pytest.raises(CurrencyMismatch):
        what_if(small(), target=Money(1, "NOK"))


def test_two_forecasts_side_by_side_print_become_rows_and_pickle() -> None:
    found = contrast(small(), small().assuming(dependence=Shock(1.0)), target=Money(8000, "EUR"))
    assert str(found).splitlines()[1].split() == ["EUR", "before", "after", "difference"]
    assert found.rows[0].difference == Money(0, "EUR")
    assert found.rows[-1].after > found.rows[-1].before  # type: ignore[operator]
    assert (found.n, found.as_of, found.excluded) == (3, NOW, {})
    assert found.cohort == "open deals with an amount; 3 before, 3 after"
    assert found.to_rows()[0]["currency"] == "EUR"
    assert found.to_rows()[-1]["currency"] is None
    assert "<td>expected</td>" in found._repr_html_()
    assert "one common shock of 1" in " ".join(str(found).split())
    assert pickle.loads(pickle.dumps(found)) == found
    with pytest.raises(CurrencyMismatch):
        contrast(small(), forecast(offer(), currency="NOK", rates={"EUR": Decimal(12)}))


def brute_drivers(plain: Forecast, q: float) -> dict[str, tuple[Money, Money]]:
    """Each deal lost, and won, by what-ifs of their own."""
    return {
        row.deal: (
            what_if(plain, Lost(Book(deals=[row.deal]))).after.quantile(q),
            what_if(plain, Won(Book(deals=[row.deal]))).after.quantile(q),
        )
        for row in plain.deals
    }


@pytest.mark.parametrize("dependence", [None, Shock(0.5), Spread(0.2, 4.0)])
@pytest.mark.parametrize("q", [0.1, 0.5])
def test_what_the_total_hangs_on_is_what_losing_and_winning_each_deal_does(dependence: Any, q: float) -> None:
    plain = forecast(*(offer(f"D{n}", 100 * n * n + 1000) for n in range(8))).assuming(dependence=dependence)
    found = drivers(plain, q=q, count=8)
    step = plain.revenue.step or Decimal(0)
    each_alone = brute_drivers(plain, q)
    for row in found.rows:
        lost, won = each_alone[row.deal]
        assert abs(row.if_lost.amount - lost.amount) <= 2 * step
        assert abs(row.if_won.amount - won.amount) <= 2 * step
        assert (row.loss, row.gain) == (plain.quantile(q) - row.if_lost, row.if_won - plain.quantile(q))
    losses = [row.loss for row in found.rows]
    assert losses == sorted(losses, reverse=True)


def test_a_large_book_hangs_on_its_large_deals() -> None:
    plain = forecast(*(offer(f"D{n}", 1000 + 37 * n) for n in range(300)), offer("whale", 90_000))
    found = drivers(plain, count=3)
    lost = what_if(plain, Lost(Book(deals=["whale"]))).after.quantile(0.1)
    assert found.rows[0].deal == "whale"
    assert float(found.rows[0].if_lost.amount) == pytest.approx(float(lost.amount), rel=1e-3)
    assert len(found.rows) == 3
    text = " ".join(str(found).split())
    assert "What the 10 % quantile of" in text
    assert "intervals are too narrow" in text
    assert (found.n, found.as_of, found.excluded) == (301, NOW, {})
    assert found.to_rows()[0]["deal"] == "whale"
    assert pickle.loads(pickle.dumps(found)) == found


def test_drivers_know_uncertain_amounts() -> None:
    plain = small().assuming(amounts=amount_changes(sold_book(), as_of=NOW))
    row = drivers(plain, q=0.5, count=1).rows[0]
    won = what_if(plain, Won(Book(deals=[row.deal]))).after.quantile(0.5)
    assert float(row.if_won.amount) == pytest.approx(float(won.amount), rel=0.02)


@pytest.mark.parametrize(
    ("dependence", "uncertain"),
    [
        (Shock(0.3), True),
        pytest.param(None, False, marks=pytest.mark.long),
        pytest.param(None, True, marks=pytest.mark.long),
        pytest.param(Spread(0.2, 4.0), False, marks=pytest.mark.long),
    ],
)
def test_all_deals_at_once_are_as_each_deal_by_itself(dependence: Any, uncertain: bool) -> None:
    book = [offer(f"D{n}", 700 + 313 * n, probability=0.05 + 0.06 * n) for n in range(16)]
    certain = [offer("sure", 4000, probability=1.0), offer("never", 9000, probability=0.0), offer("free", 0)]
    more: dict[str, Any] = {}
    if uncertain:
        more = {
            "amounts": amount_changes(sold_book(), as_of=NOW),
            "new_deals": new_deals(sold_book(), period=Q1, as_of=NOW),
        }
    plain = forecast(*book, *certain, period=Q1).assuming(dependence=dependence, **more)
    rows = {row.deal: row for row in drivers(plain, q=0.1, count=33).rows}
    close = float(plain.revenue.sd.amount) / 50
    for name in ("D2", "D8", "D15"):
        lost, won = (what_if(plain, change(Book(deals=[name]))).after.quantile(0.1) for change in (Lost, Won))
        assert float(rows[name].if_lost.amount) == pytest.approx(float(lost.amount), abs=close)
        assert float(rows[name].if_won.amount) == pytest.approx(float(won.amount), abs=close)
    assert (rows["sure"].loss, rows["sure"].gain) == (Money(4000, "EUR"), Money(0, "EUR"))
    assert (rows["never"].loss, rows["never"].gain) == (Money(0, "EUR"), Money(9000, "EUR"))


def test_a_large_book_under_a_shock_is_followed_one_deal_at_a_time() -> None:
    plain = forecast(*(offer(f"D{n}", 1000 + 37 * n) for n in range(120))).assuming(dependence=Shock(0.5))
    (row,) = drivers(plain, q=0.5, count=1).rows
    lost = what_if(plain, Lost(Book(deals=[row.deal]))).after.quantile(0.5)
    assert float(row.if_lost.amount) == pytest.approx(float(lost.amount), rel=1e-3)


def test_a_deal_of_hardly_a_chance_is_not_what_the_total_hangs_on() -> None:
    plain = forecast(*(offer(f"D{n}", 1000 + n) for n in range(40)), offer("dream", 30_000, probability=0.001))
    assert "dream" not in {row.deal for row in drivers(plain, count=10).rows}


def test_very_uneven_and_wholly_certain_books_are_followed_one_deal_at_a_time() -> None:
    uneven = forecast(*(offer(f"D{n}", 1000 + 7 * n) for n in range(40)), offer("whale", 10**9, probability=0.001))
    row = next(row for row in drivers(uneven, q=0.5, count=41).rows if row.deal == "whale")
    assert row.if_won >= Money(10**9, "EUR")
    sure = forecast(*(offer(f"D{n}", 1000, probability=1.0) for n in range(3)))
    assert [row.loss for row in drivers(sure).rows] == [Money(1000, "EUR")] * 3


def test_drivers_want_a_count_and_a_quantile() -> None:
    with pytest.raises(OutOfRange):
        drivers(small(), count=0)
    with pytest.raises(OutOfRange):
        drivers(small(), q=1.5)


def by_name(found: Any) -> dict[str, Lever]:
    return {row.lever: row for row in found.rows}


@pytest.mark.long
@pytest.mark.parametrize(
    ("dependence", "chance"), [(None, 0.5), (None, 0.8), (Shock(0.4), 0.5), (Spread(0.2, 4.0), 0.8)]
)
def test_each_lever_is_enough_and_less_of_it_is_not(dependence: Any, chance: float) -> None:
    plain = forecast(*(offer(f"D{n}", 1000 + 40 * n) for n in range(15))).assuming(dependence=dependence)
    target = Money(10_500, "EUR")
    found = by_name(levers(plain, target, chance=chance))
    odds = found["odds of all open deals"].needed or 0.0
    assert what_if(plain, Odds(odds)).after.probability_of(target) >= chance
    assert what_if(plain, Odds(odds / 1.003)).after.probability_of(target) < chance
    factor = Decimal(repr(found["amounts of all open deals"].needed))
    assert what_if(plain, Amounts(factor * Decimal("1.01"))).after.probability_of(target) >= chance
    assert what_if(plain, Amounts(factor * Decimal("0.97"))).after.probability_of(target) < chance
    sure = found["open deals won for sure"].deals
    assert what_if(plain, Won(Book(deals=sure))).after.probability_of(target) >= chance
    assert what_if(plain, Won(Book(deals=sure[:-1]))).after.probability_of(target) < chance
    won, opened_ = found["further deals won"].needed, found["further deals opened"].needed
    assert won is not None
    assert opened_ is not None
    assert opened_ >= won > 0


def test_the_number_of_further_deals_is_that_of_the_binomial_law() -> None:
    plain = forecast(*(offer(f"D{n}") for n in range(20)))
    found = by_name(levers(plain, Money(15_000, "EUR"), chance=0.8, deal_amount=Money(1000, "EUR"), win_chance=0.25))

    def reaches(further: int) -> float:
        return math.fsum(
            math.comb(20, a) / 2**20 * math.comb(further, b) * 0.25**b * 0.75 ** (further - b)
            for a in range(21)
            for b in range(further + 1)
            if a + b >= 15
        )

    needed = int(found["further deals opened"].needed or 0)
    assert reaches(needed) >= 0.8 > reaches(needed - 1)
    assert "of 1,000.00 EUR each, of which 25.0 % are won" in found["further deals opened"].meaning


def test_a_target_that_is_reached_needs_nothing_more() -> None:
    found = levers(small(), Money(1000, "EUR"), chance=0.6)
    assert [row.needed for row in found.rows] == [1.0, 1.0, 0.0, 0.0, 0.0]
    assert found.now == pytest.approx(0.875)


def test_a_target_out_of_reach_says_so() -> None:
    found = by_name(levers(small(), Money(9000, "EUR"), chance=0.9))
    assert found["odds of all open deals"].needed is None
    assert "8,000.00 EUR" in found["odds of all open deals"].meaning
    assert found["amounts of all open deals"].needed is None
    assert found["open deals won for sure"].needed is None
    assert "–" in str(levers(small(), Money(9000, "EUR"), chance=0.9))
    far = by_name(levers(small(), Money(10**9, "EUR"), deal_amount=Money(1, "EUR")))
    assert far["further deals opened"].needed is None


def test_an_empty_forecast_has_only_deals_that_somebody_states() -> None:
    bare = forecast()
    assert "further deals won" not in by_name(levers(bare, Money(10, "EUR")))
    stated = by_name(levers(bare, Money(3000, "EUR"), deal_amount=Money(1000, "EUR")))
    assert stated["further deals won"].needed == 3.0
    assert stated["further deals opened"].needed is None
    hopeful = by_name(levers(bare, Money(3000, "EUR"), deal_amount=Money(1000, "EUR"), win_chance=0.5))
    assert hopeful["further deals opened"].needed == 5.0


def test_new_deals_tell_what_a_further_deal_is_worth() -> None:
    plain = forecast(*(offer(f"D{n}") for n in range(4)), period=Q1)
    arrivals = new_deals(sold_book(), period=Q1, as_of=NOW)
    found = by_name(levers(plain.assuming(new_deals=arrivals), Money(90_000, "EUR")))
    assert arrivals.business is not None
    assert results.priced(arrivals.business.amounts.mean) in found["further deals won"].meaning


def test_levers_print_become_rows_and_pickle() -> None:
    found = levers(small(), Money(6000, "EUR"), chance=0.8)
    text = " ".join(str(found).split())
    assert "What must be true to reach 6,000.00 EUR, 37.5 % likely now, wanted 80.0 %" in text
    assert "P(sum ≥ 6,000.00 EUR) ≥ 80.0 %" in text
    assert (found.n, found.as_of, found.excluded) == (3, NOW, {})
    assert found.to_rows()[0]["lever"] == "odds of all open deals"
    assert pickle.loads(pickle.dumps(found)) == found


def test_levers_refuse_what_cannot_be() -> None:
    with pytest.raises(CurrencyMismatch):
        levers(small(), Money(1, "NOK"))
    with pytest.raises(CurrencyMismatch):
        levers(small(), Money(1, "EUR"), deal_amount=Money(1, "NOK"))
    for wrong in (0, 1, 1.5):
        with pytest.raises(OutOfRange):
            levers(small(), Money(1, "EUR"), chance=wrong)
        with pytest.raises(OutOfRange):
            levers(small(), Money(1, "EUR"), win_chance=wrong)
    with pytest.raises(OutOfRange):
        levers(small(), Money(1, "EUR"), deal_amount=Money(0, "EUR"))
