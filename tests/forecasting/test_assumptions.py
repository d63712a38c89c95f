"""A forecast under other assumptions: same probabilities, another spread, other amounts, deals not opened yet."""

import math
import pickle
import random
import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesprocess import Calendar, Deal, Money
from salesprocess.errors import CurrencyMismatch, NoHistory, OutOfRange, SmallSample
from salesprocess.events import Amended, Migrated
from salesprocess.forecasting import (
    AmountChanges,
    Forecast,
    NewDeals,
    Shock,
    Spread,
    StageWeighted,
    amount_changes,
    new_deals,
)
from salesprocess.forecasting.amount_changes import EARLIER_UNKNOWN, NO_AMOUNT, NOT_WON, OTHER_CURRENCY
from salesprocess.forecasting.book import terms_by_stage
from salesprocess.forecasting.forecasts import NEW_DEALS
from salesprocess.forecasting.new_deals import UNOBSERVED
from tests.analytics.books import PROCESS, RATES, add, after, books, enter, opened

Q1 = Calendar().quarters(2026)[0]
NOW = after(30)


def sold(number: int, *, first: int = 1000, final: int = 1000, days: float = 5, stage: str = "lead") -> Deal:
    """Opened at one amount, changed to another in the offer, won."""
    deal = opened(f"W{number}", stage=stage, amount=Money(first, "EUR"))
    deal = add(enter(deal, "offer", 1), Amended, 2, terms={"amount": Money(final, "EUR")})
    return enter(deal, "won", days)


def book(size: int = 12) -> list[Deal]:
    return [sold(n, final=700 + 50 * n) for n in range(size)]


def forecast(*deals: Deal, **options: Any) -> Forecast:
    model = StageWeighted(PROCESS).fit([], as_of=NOW)
    given: dict[str, Any] = {"period": None, "as_of": NOW, "currency": "EUR", **options}
    return model.forecast(deals, **given)


def offers(size: int = 20) -> list[Deal]:
    return [
        opened(f"O{n}", stage="offer", amount=Money(1000 + 100 * n, "EUR"), owner="ab"[n % 2], category="commit")
        for n in range(size)
    ]


def test_amounts_change_as_those_of_won_deals_did() -> None:
    found = amount_changes(book(), as_of=NOW)
    by_stage = {row.stage: row for row in found.rows}
    assert [row.stage for row in found.rows] == ["lead", "offer", None]
    assert by_stage["lead"].mean == Decimal("0.975000")
    assert by_stage["lead"].n == found.n == 12
    assert len(by_stage["lead"].ratios) == 5
    assert math.fsum(map(float, by_stage["lead"].ratios)) / 5 == pytest.approx(0.975, abs=1e-5)
    assert by_stage["lead"].ratios == tuple(sorted(by_stage["lead"].ratios))
    law = found.law(Money(2000, "EUR"), "lead")
    assert float(law.mean.amount) == pytest.approx(1950, abs=0.02)
    assert found.law(Money(2000, "EUR"), "closing") == found.law(Money(2000, "EUR"), "nowhere")


@given(st.lists(st.integers(1, 10**6), min_size=10, max_size=40))
def test_five_ratios_keep_the_mean_of_all(finals: list[int]) -> None:
    found = amount_changes([sold(n, final=final) for n, final in enumerate(finals)], as_of=NOW)
    row = next(row for row in found.rows if row.stage == "lead")
    mean = math.fsum(finals) / len(finals) / 1000
    assert float(row.mean) == pytest.approx(mean, abs=1e-6)
    assert float(sum(row.ratios)) / len(row.ratios) == pytest.approx(mean, abs=2e-6)


def test_deals_that_say_nothing_about_amounts_are_counted_by_reason() -> None:
    deals = [
        *book(),
        opened("open", amount=Money(1, "EUR")),
        enter(opened("bare"), "won", 3),
        add(enter(opened("later"), "won", 3), Amended, 4, terms={"amount": Money(5, "EUR")}),
        enter(add(opened("krone", amount=Money(9, "NOK")), Amended, 2, terms={"amount": Money(1, "EUR")}), "won", 3),
        opened("born-won", stage="won", amount=Money(5, "EUR")),
        enter(opened("sold-free", amount=Money(5, "EUR")), "won", 3),
        opened("future", 40),
    ]
    deals[-2] = enter(
        add(opened("cleared", amount=Money(5, "EUR")), Amended, 2, terms={}, cleared=("amount",)), "won", 3
    )
    born = opened("B2", stage="lead")
    born = add(enter(born, "won", 2), Amended, 2, terms={"amount": Money(7, "EUR")})
    found = amount_changes([*deals, born], as_of=NOW)
    assert found.n == 12
    assert found.excluded[NO_AMOUNT] == 3
    assert found.excluded[OTHER_CURRENCY] == 1
    assert found.excluded[EARLIER_UNKNOWN] == 2  # "born-won" and "B2"
    assert found.excluded[NOT_WON] >= 1


def test_no_won_deal_and_few_are_told() -> None:
    told = f"no deal was won by {NOW.isoformat()} with an amount then and earlier"
    with pytest.raises(NoHistory, match=re.escape(told)):
        amount_changes(offers(), as_of=NOW)
    with pytest.warns(SmallSample):
        found = amount_changes(book(3), as_of=NOW)
    assert "–" in str(amount_changes([*book(), sold(99, stage="survey")], as_of=NOW))
    assert found.n == 3


def test_the_changes_print_become_rows_and_pickle() -> None:
    found = amount_changes(book(), as_of=NOW)
    assert "won deals" in str(found) or "deals won" in str(found)
    assert found.to_rows()[0]["stage"] == "lead"
    assert pickle.loads(pickle.dumps(found)) == found


def test_a_term_is_what_it_was_first_in_the_last_visit_of_a_stage() -> None:
    deal = opened("A", amount=Money(1, "EUR"))
    deal = add(deal, Amended, 1, terms={"amount": Money(2, "EUR")})
    deal = enter(enter(deal, "offer", 2), "lead", 3)
    deal = add(deal, Migrated, 4, process="solar", version=2, stage="survey")
    deal = add(deal, Amended, 5, terms={"owner": "per"})
    found = {stage: value for stage, (_, value) in terms_by_stage(deal, "amount", until=after(9)).items()}
    assert found == {"offer": Money(2, "EUR"), "survey": Money(2, "EUR"), None: Money(2, "EUR")}
    bare = add(opened("B"), Migrated, 1, process="solar", version=2, stage="survey")
    assert terms_by_stage(bare, "amount", until=after(9)) == {}
    assert terms_by_stage(deal, "amount", until=after(1))["lead"][1] == Money(1, "EUR")


@given(books())
def test_other_assumptions_keep_probabilities_and_add_up(deals: list[Deal]) -> None:
    plain = forecast(*deals, rates=RATES)
    changed = plain.assuming(dependence=Shock(0.4), amounts=amount_changes(book(), as_of=NOW))
    assert {row.deal: row.probability for row in changed.deals} == {row.deal: row.probability for row in plain.deals}
    assert Money.total((row.expected for row in changed.deals), "EUR") == changed.expected
    for key in ("owner", "category", "month", "stage", "currency"):
        broken = changed.by(key)
        assert Money.total((row.expected for row in broken.rows), "EUR") == changed.expected
        for row in broken.rows:
            assert broken.revenue[row.group].expected == row.expected
            assert row.low <= row.high
    assert changed.assuming() == changed
    assert changed.assuming(amounts=None).assumptions.dependence == Shock(0.4)
    assert changed.assuming(dependence=None, amounts=None) == plain


def test_the_table_says_what_is_assumed() -> None:
    plain = forecast(*offers())
    history = [*book(), *offers()]
    arrivals = new_deals(history, period=Q1, as_of=NOW)
    assert "deals taken as independent" in str(plain)
    assert "one common shock of 0.3" in str(plain.assuming(dependence=Shock(0.3)))
    text = " ".join(str(plain.assuming(dependence=Spread(0.25, 6.0))).split())
    assert "80 % interval, one common factor of ±25.0 %" in text
    assert "learnt from 6 earlier forecasts" in text
    amounts = plain.assuming(amounts=amount_changes(history, as_of=NOW))
    assert "amounts change until the deal is won as in 12 won deals" in " ".join(str(amounts).split())
    assert arrivals.words in " ".join(str(_in_q1().assuming(new_deals=arrivals)).split())


def _in_q1() -> Forecast:
    close = Q1.end.date() - timedelta(days=5)
    deals = [opened(f"O{n}", stage="offer", amount=Money(1000, "EUR"), expected_close=close) for n in range(4)]
    return forecast(*deals, period=Q1)


def test_a_dispersed_forecast_is_wider_and_keeps_its_mean() -> None:
    plain = forecast(*offers())
    wide = plain.assuming(dependence=Spread(0.3, 5.0))
    assert wide.expected == plain.expected
    assert wide.interval(0.8)[0] < plain.interval(0.8)[0]
    assert wide.interval(0.8)[1] > plain.interval(0.8)[1]


def test_currencies_of_deals_are_groups() -> None:
    krone = opened("N", stage="offer", amount=Money(1000, "NOK"))
    found = forecast(*offers(2), krone, rates=RATES)
    groups = {row.group: row for row in found.by("currency").rows}
    assert set(groups) == {"EUR", "NOK"}
    assert groups["NOK"].amount == Money(85, "EUR")


def arrivals_book(rng: random.Random, days: int = 400, rate: float = 0.5, chance: float = 0.4) -> list[Deal]:
    """Deals opened at random times, won or lost after 5 to 15 days."""
    deals: list[Deal] = []
    moment = rng.expovariate(rate)
    while moment < days:
        deal = opened(f"A{len(deals)}", moment, amount=Money(1000, "EUR"))
        end = moment + rng.uniform(5, 15)
        deals.append(enter(deal, "won" if rng.random() < chance else "lost", end))
        moment += rng.expovariate(rate)
    return deals


def test_new_deals_arrive_and_are_won_as_in_the_past() -> None:
    now = after(400)
    deals = arrivals_book(random.Random(4))
    found = new_deals(deals, period=Calendar().months_from(now, 2)[1], as_of=now, currency="EUR")
    start, end = ((moment - now) / timedelta(days=1) for moment in (found.period.start, found.period.end))
    # Won at a uniform age of 5 to 15 days: the exact integral over the days of opening.
    steps = 2000
    openings = [end * (k + 0.5) / steps for k in range(steps)]

    def share(age: float) -> float:
        return 0.4 * min(max((age - 5) / 10, 0), 1)

    wanted = 0.5 * end * math.fsum(share(end - x) - share(start - x) for x in openings) / steps
    assert found.won == pytest.approx(wanted, rel=0.2)
    assert found.business is not None
    assert found.business.amounts.mean == Money("1000.00", "EUR")
    assert found.business.count.evidence == sum(deal.as_of(now).status == "won" for deal in deals)  # type: ignore[union-attr]
    assert found.rows[0].per_day == pytest.approx(0.5, rel=0.15)


def test_new_deals_are_a_row_and_a_group_of_the_forecast() -> None:
    plain = _in_q1()
    arrivals = new_deals([*book(), *offers()], period=Q1, as_of=NOW)
    found = plain.assuming(new_deals=arrivals)
    assert arrivals.business is not None
    assert found.expected == plain.expected + arrivals.business.expected
    assert [row.group for row in found.by("owner").rows][-1] == NEW_DEALS
    assert Money.total((row.expected for row in found.by("stage").rows), "EUR") == found.expected
    assert any(line.startswith(NEW_DEALS) for line in str(found).splitlines())
    assert found.quantile(0.9) > plain.quantile(0.9)


def test_new_deals_of_another_period_or_currency_are_refused() -> None:
    arrivals = new_deals([*book(), *offers()], period=Q1, as_of=NOW)
    with pytest.raises(OutOfRange, match="of the period of the forecast"):
        forecast(*offers()).assuming(new_deals=arrivals)
    kroner = new_deals(book(), period=Q1, as_of=NOW, currency="NOK", rates={"EUR": Decimal(12)})
    with pytest.raises(CurrencyMismatch):
        _in_q1().assuming(new_deals=kroner)


def test_periods_that_are_over_and_empty_books_have_no_new_deals() -> None:
    with pytest.raises(OutOfRange, match="ends after"):
        new_deals(book(), period=Calendar().months(2025)[0], as_of=NOW)
    with pytest.raises(OutOfRange, match="lookback"):
        new_deals(book(), period=Q1, as_of=NOW, lookback=timedelta(0))
    with pytest.raises(NoHistory):
        new_deals([opened("A", observed=False)], period=Q1, as_of=NOW)
    with pytest.warns(SmallSample):
        found = new_deals([*offers(), opened("A", observed=False)], period=Q1, as_of=NOW)
    assert (found.business, found.won, found.excluded[UNOBSERVED]) == (None, 0.0, 1)
    assert _in_q1().assuming(new_deals=found).expected == _in_q1().expected


def test_the_new_deals_print_become_rows_and_pickle() -> None:
    found = new_deals([*book(), *offers()], period=Q1, as_of=NOW)
    assert str(found).startswith("New deals won in FY2026 Q1, as of 2026-02-04")
    assert [row["stage"] for row in found.to_rows()] == ["lead", "offer"]
    assert "<td>offer</td>" in found._repr_html_()
    assert pickle.loads(pickle.dumps(found)) == found
    with pytest.warns(SmallSample):
        assert "no amounts" in str(new_deals(offers(), period=Q1, as_of=NOW))


def test_the_moments_are_what_was_asked() -> None:
    found: AmountChanges | NewDeals = amount_changes(book(), as_of=datetime(2026, 2, 1, tzinfo=UTC))
    assert found.as_of == datetime(2026, 2, 1, tzinfo=UTC)
