"""The change between two forecasts is explained to the last cent."""

import pickle
from datetime import date
from decimal import Decimal
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesprocess import Calendar, Deal, Money
from salesprocess.errors import CurrencyMismatch, OutOfRange
from salesprocess.events import Amended, Held, Resumed
from salesprocess.forecasting import Bridge, GroupKey, StageWeighted, amount_changes, bridge, new_deals
from salesprocess.frozen import FrozenDict
from tests.analytics.books import PROCESS, RATES, add, after, books, enter, moments, opened
from tests.forecasting.test_assumptions import book as sold_book

Q1, Q2 = Calendar().quarters(2026)[:2]
MODEL = StageWeighted(PROCESS).fit([], as_of=after(0))
BEFORE, AFTER = 10, 20


def forecast(deals: Any, days: float, **options: Any) -> Any:
    given: dict[str, Any] = {"period": None, "as_of": after(days), "currency": "EUR", "rates": RATES, **options}
    return MODEL.forecast(deals, **given)


def bridged(*deals: Deal, **options: Any) -> Bridge:
    return bridge(forecast(deals, BEFORE, **options), forecast(deals, AFTER, **options))


def worth(name: str = "A", days: float = 0, stage: str = "offer", amount: int = 1000, **more: Any) -> Deal:
    return opened(name, days, stage=stage, amount=Money(amount, "EUR"), **more)


def causes(found: Bridge) -> dict[str, Decimal]:
    return {row.cause: row.change.amount for row in found.rows}


@given(books(), moments, moments, st.sampled_from([None, Q1, Q2]), st.sampled_from(["0.085", "0.0871", "0.1"]))
def test_every_bridge_balances_to_zero(deals: list[Deal], one: float, other: float, period: Any, rate: str) -> None:
    first, second = sorted([one, other])
    later = {"period": period, "rates": {"NOK": Decimal(rate)}}
    found = bridge(forecast(deals, first, period=period), forecast(deals, second, **later))
    assert found.imbalance == Money(0, "EUR")
    assert Money.total((step.change for step in found.steps), "EUR") == found.change
    assert found.before.expected + found.change == found.after.expected
    assert sum(row.deals for row in found.rows) == len(found.steps)


KEYS = get_args(GroupKey)


@given(books(), moments, moments, st.sampled_from(KEYS), st.sampled_from([None, Q1]))
def test_every_group_of_a_bridge_balances_and_they_add_up(
    deals: list[Deal], one: float, other: float, key: GroupKey, period: Any
) -> None:
    first, second = sorted([one, other])
    found = bridge(forecast(deals, first, period=period), forecast(deals, second, period=period))
    parts = found.by(key).rows
    nothing = Money(0, "EUR")
    assert [row.imbalance for row in parts] == [nothing] * len(parts)
    assert Money.total((row.change for row in parts), "EUR") == found.change
    assert Money.total((row.moved for row in parts), "EUR") == nothing
    assert sum(bucket.deals for row in parts for bucket in row.causes) == len(found.steps)


def test_a_deal_takes_what_it_was_worth_into_its_new_group() -> None:
    handed = add(worth("A", owner="kari"), Amended, 15, terms=FrozenDict(owner="ola", amount=Money(2000, "EUR")))
    found = bridged(handed, worth("B", owner="ola")).by("owner")
    kari, ola = found.rows
    assert (kari.before, kari.moved, kari.after) == (Money(550, "EUR"), Money(-550, "EUR"), Money(0, "EUR"))
    assert kari.causes == ()
    assert (ola.before, ola.moved, ola.after) == (Money(550, "EUR"), Money(550, "EUR"), Money(1650, "EUR"))
    assert [(cause.cause, cause.change) for cause in ola.causes] == [("amount up", Money(550, "EUR"))]
    assert str(found).splitlines()[0].startswith("Bridge of all open deals, stage-weighted by owner")
    assert str(found).splitlines()[1].split() == ["owner", "before", "EUR", "moved", "amount", "up", "after"]
    assert found.to_rows()[1]["amount up"] == 550
    assert "<td>kari</td>" in found._repr_html_()
    assert (found.n, found.as_of, found.excluded) == (2, after(AFTER), {})
    assert pickle.loads(pickle.dumps(found)) == found


def test_new_deals_and_categories_come_in_their_own_order() -> None:
    plain = forecast([worth("A"), worth("B", stage="lead"), worth("C", category="commit")], BEFORE, period=None)
    found = bridge(plain, plain).by("category")
    assert [row.group for row in found.rows] == ["omitted", "best_case", "commit"]
    assumed = forecast([worth("A", expected_close=date(2026, 3, 1))], 39, period=Q1)
    arrivals = new_deals(sold_book(), period=Q1, as_of=after(39))
    more = bridge(assumed, assumed.assuming(new_deals=arrivals)).by("category")
    assert [row.group for row in more.rows] == ["best_case", "new deals"]
    assert more.rows[1].causes[0].cause == "new deals"
    with pytest.raises(OutOfRange):
        found.bridge.by("weekday")  # type: ignore[arg-type]


@pytest.mark.counted
@given(books(), moments)
def test_other_assumptions_are_causes_too(deals: list[Deal], days: float) -> None:
    plain = forecast(deals, days, period=Q1)
    history = sold_book()
    assumed = plain.assuming(
        amounts=amount_changes(history, as_of=after(39)), new_deals=new_deals(history, period=Q1, as_of=after(39))
    )
    for one, other in ((plain, assumed), (assumed, plain), (assumed, assumed)):
        found = bridge(one, other)
        assert found.imbalance == Money(0, "EUR")
        assert set(causes(found)) <= {"changed amounts", "new deals"}


@pytest.mark.parametrize(
    ("deal", "wanted"),
    [
        (worth("A", days=15), {"new": 550}),
        (enter(worth(), "won", 15), {"won": -550}),
        (enter(worth(), "lost", 15), {"lost": -550}),
        (add(worth(), Held, 15), {"held": -550}),
        (add(add(worth(), Held, 5), Resumed, 15), {"resumed": 550}),
        (enter(enter(worth(), "lost", 5), "offer", 15), {"reopened": 550}),
        (add(worth(), Amended, 15, terms={"amount": Money(1500, "EUR")}), {"amount up": 275}),
        (add(worth(), Amended, 15, terms={"amount": Money(500, "EUR")}), {"amount down": -275}),
        (add(worth(), Amended, 15, terms={"probability": 0.75}), {"probability up": 200}),
        (add(worth(), Amended, 15, terms={"probability": 0.35}), {"probability down": -200}),
        (enter(worth(stage="survey"), "offer", 15), {"stage": 250}),
        (enter(worth(), "survey", 15), {"stage": -250}),
        (add(worth(), Amended, 15, terms={}, cleared=("amount",)), {"left": -550}),
        (add(opened("A", stage="offer"), Amended, 15, terms={"amount": Money(10, "EUR")}), {"entered": Decimal("5.5")}),
        (worth(), {}),
    ],
)
def test_each_cause_has_its_name(deal: Deal, wanted: dict[str, int]) -> None:
    assert causes(bridged(deal)) == wanted


def test_a_close_date_moved_over_the_edge_of_the_period_pushes_and_pulls() -> None:
    pushed = add(worth(expected_close=date(2026, 3, 1)), Amended, 15, terms={"expected_close": date(2026, 5, 1)})
    assert causes(bridged(pushed, period=Q1)) == {"pushed out": -550}
    assert causes(bridged(pushed, period=Q2)) == {"pulled in": 550}


def test_a_deal_that_moves_in_every_way_is_told_cause_by_cause() -> None:
    deal = opened("N", stage="survey", amount=Money(1000, "NOK"))
    deal = enter(add(deal, Amended, 15, terms={"amount": Money(2000, "NOK")}), "offer", 16)
    found = bridge(forecast([deal], BEFORE), forecast([deal], AFTER, rates={"NOK": Decimal("0.1")}))
    assert causes(found) == {"exchange rate": Decimal("4.5"), "amount up": 30, "stage": 50}
    assert found.change == Money("84.50", "EUR")
    assert [step.detail for step in found.steps] == [
        "1000 NOK at another rate",
        "1000 NOK → 2000 NOK",
        "survey → offer, 30.0 % → 55.0 %",
    ]


def test_a_change_of_currency_is_a_change_of_amount() -> None:
    deal = add(worth(), Amended, 15, terms={"amount": Money(1000, "NOK")})
    assert causes(bridged(deal)) == {"amount down": Decimal("-503.25")}
    free = add(opened("N", stage="offer", amount=Money(9, "NOK")), Amended, 15, terms={"amount": Money(0, "NOK")})
    assert causes(bridged(free)) == {"amount down": Decimal("-0.42075")}


def test_a_deal_that_vanishes_from_the_book_has_left() -> None:
    found = bridge(forecast([worth(), worth("B")], BEFORE), forecast([worth()], AFTER))
    assert [(step.deal, step.cause) for step in found.steps] == [("B", "left")]
    assert "not in the book" in found.steps[0].detail


def test_what_cannot_be_bridged_is_refused() -> None:
    one = forecast([worth()], BEFORE, period=Q1)
    with pytest.raises(OutOfRange, match="same period"):
        bridge(one, forecast([worth()], AFTER, period=Q2))
    with pytest.raises(OutOfRange, match="same period"):
        bridge(one, forecast([worth()], AFTER))
    with pytest.raises(OutOfRange, match="not earlier"):
        bridge(one, forecast([worth()], 5, period=Q1))
    with pytest.raises(CurrencyMismatch):
        bridge(one, forecast([worth()], AFTER, period=Q1, currency="NOK", rates={"EUR": Decimal(12)}))


def test_the_bridge_prints_becomes_rows_and_pickles() -> None:
    found = bridged(worth("A", days=15), enter(worth("B"), "won", 15), enter(worth("C", amount=9000), "won", 15))
    assert [line.split()[0] for line in str(found).splitlines()[2:6]] == ["before", "new", "won", "after"]
    assert "C 9000 EUR at 55.0 %, now: won" in str(found)
    assert "intervals are too narrow" in " ".join(str(found).split())
    assert (found.n, found.as_of) == (3, after(AFTER))
    assert found.excluded == {"won": ("B", "C")}
    assert found.to_rows()[0]["cause"] == "new"
    assert pickle.loads(pickle.dumps(found)) == found
