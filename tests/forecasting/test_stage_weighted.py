"""The baseline forecast: amount times probability, every deal with its reason, every other one with why not."""

import math
import pickle
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given

from salesprocess import Calendar, Catalog, Deal, Money, Period, evolve
from salesprocess.analytics.cohort import NOT_OPENED
from salesprocess.errors import (
    CurrencyMismatch,
    DuplicateDeal,
    MissingRate,
    NaiveDatetime,
    NoHistory,
    OutOfRange,
    SeveralErrors,
    UnknownProcess,
    WrongProcess,
)
from salesprocess.events import Amended, Held, Migrated
from salesprocess.forecasting import Fitted, Forecast, Forecaster, StageWeighted
from salesprocess.forecasting.assembly import LOST, NO_AMOUNT, ON_HOLD, OUTSIDE, UNSCHEDULED, WON
from salesprocess.forecasting.stage_weighted import NO_PRIOR
from salesprocess.frozen import FrozenDict
from tests.analytics.books import PROCESS, RATES, add, after, books, enter, opened

QUARTER, NEXT = Calendar().quarters(2026)[:2]
NOW = after(30)
SOON = date(2026, 3, 1)


def offer(name: str = "A", amount: int = 1000, close: date | None = SOON, stage: str = "offer", **terms: Any) -> Deal:
    schedule = {} if close is None else {"expected_close": close}
    return opened(name, stage=stage, amount=Money(amount, "EUR"), **schedule, **terms)


def forecast(*deals: Deal, period: Period | None = QUARTER, process: Any = PROCESS, **options: Any) -> Forecast:
    model = StageWeighted(process).fit([], as_of=NOW)
    given: dict[str, Any] = {"as_of": NOW, "currency": "EUR", **options}
    return model.forecast(deals, period=period, **given)


def test_a_deal_counts_with_the_probability_of_its_stage() -> None:
    found = forecast(offer(amount=1000))
    assert (found.expected, found.deals[0].probability) == (Money("550.00", "EUR"), 0.55)
    assert found.deals[0].because == "prior of the stage offer, solar version 1"


def test_a_stated_probability_wins_and_is_said_to() -> None:
    found = forecast(offer(probability=0.9), offer("B", stage="closing", probability=0.8))
    assert found.expected == Money("1700.00", "EUR")
    assert [deal.because for deal in found.deals] == [
        "stated for this deal by a person; the stage offer has the prior 0.55, solar version 1",
        "stated for this deal by a person; the stage closing has no prior, solar version 1",
    ]


def test_a_deal_whose_expected_close_has_passed_belongs_to_no_period() -> None:
    found = forecast(offer(close=date(2026, 2, 3)))
    assert (found.deals, found.excluded) == ((), {"overdue": ("A",)})
    (deal,) = forecast(offer(close=date(2026, 2, 3)), period=None).deals
    assert deal.because.endswith("; its expected close, 2026-02-03, has passed")
    assert deal.group("month") == "overdue"


def test_a_tuning_is_recorded() -> None:
    found = forecast(offer(), process=PROCESS.retune({"offer": 0.4}, tuning="2026-Q3"))
    assert (found.tuning, found.expected) == ("2026-Q3", Money("400.00", "EUR"))
    assert found.deals[0].because.endswith("solar version 1, tuning 2026-Q3")
    assert forecast(offer()).tuning == ""


def test_every_deal_left_out_has_its_reason() -> None:
    found = forecast(
        opened("later", 31, stage="offer"),
        enter(offer("won"), "won", 2),
        enter(offer("lost"), "lost", 2),
        add(offer("held"), Held, 2),
        offer("open-ended", close=None),
        offer("next-quarter", close=date(2026, 4, 1)),
        opened("worthless", stage="offer", expected_close=SOON),
        offer("no-prior", stage="closing"),
        offer("counted"),
    )
    assert found.excluded == {
        NOT_OPENED: ("later",),
        WON: ("won",),
        LOST: ("lost",),
        ON_HOLD: ("held",),
        UNSCHEDULED: ("open-ended",),
        OUTSIDE: ("next-quarter",),
        NO_AMOUNT: ("worthless",),
        NO_PRIOR: ("no-prior",),
    }
    assert [deal.deal for deal in found.deals] == ["counted"]


def test_without_a_period_every_open_deal_counts() -> None:
    found = forecast(offer(close=None), offer("B", close=date(2030, 1, 1)), period=None)
    assert found.n == 2
    assert "Forecast of all open deals" in str(found)


def test_the_deal_is_seen_as_it_stood() -> None:
    deal = add(offer(amount=1000), Amended, 31, terms=FrozenDict(amount=Money(9000, "EUR")))
    assert forecast(deal).expected == Money("550.00", "EUR")
    assert forecast(deal, as_of=after(31)).expected == Money("4950.00", "EUR")


def test_the_distribution_is_that_of_the_deals() -> None:
    found = forecast(offer(), offer("B", 3000))
    assert found.probability_of(Money(3000, "EUR")) == pytest.approx(0.55)
    assert found.quantile(0.5) == Money(3000, "EUR")
    assert found.interval(0.8) == (Money(0, "EUR"), Money(4000, "EUR"))
    with pytest.raises(CurrencyMismatch):
        found.probability_of(Money(1, "NOK"))


@given(books())
def test_every_deal_is_counted_or_excluded_once_and_groups_add_up(deals: list[Deal]) -> None:
    found = forecast(*deals, period=Calendar().year(2026), as_of=after(50), rates=RATES)
    left_out = [deal for ids in found.excluded.values() for deal in ids]
    assert sorted([*left_out, *(deal.deal for deal in found.deals)]) == [deal.id for deal in deals]
    wanted = math.fsum(float(deal.amount.amount) * deal.probability for deal in found.deals)
    assert float(found.expected.amount) == pytest.approx(wanted, rel=1e-9, abs=1e-9)
    for key in ("owner", "category", "month", "stage"):
        groups = found.by(key).rows
        assert Money.total((row.expected for row in groups), "EUR") == found.expected
        assert sum(row.deals for row in groups) == found.n


def test_groups_are_named_and_categories_keep_their_order() -> None:
    found = forecast(
        offer(owner="kari", category="commit"), offer("B"), offer("C", close=None, owner="kari"), period=None
    )
    assert [row.group for row in found.by("owner").rows] == ["kari", "no owner"]
    assert [row.group for row in found.by("month").rows] == ["2026-03", "unscheduled"]
    assert [row.group for row in found.by("category").rows] == ["best_case", "commit"]
    assert [(row.group, row.deals) for row in found.by("stage").rows] == [("offer", 3)]
    with pytest.raises(OutOfRange):
        found.by("colour")  # type: ignore[arg-type]


def test_amounts_are_converted_at_the_rates_given() -> None:
    krone = opened("N", stage="offer", amount=Money(1000, "NOK"), expected_close=SOON)
    assert forecast(krone, rates=RATES).expected == Money("46.75", "EUR")
    dollar = opened("D", stage="offer", amount=Money(1000, "USD"), expected_close=SOON)
    with pytest.raises(MissingRate) as refused:
        forecast(krone, dollar)
    assert refused.value.currencies == ("NOK", "USD")


def test_a_catalog_finds_the_rulebook_of_each_deal() -> None:
    second = PROCESS.revise(change={"offer": {"probability": 0.25}})
    moved = add(offer("B"), Migrated, 2, process="solar", version=2, stage="offer")
    found = forecast(offer(), moved, process=Catalog([PROCESS, second]))
    assert [deal.probability for deal in found.deals] == [0.55, 0.25]


def test_deals_of_other_rulebooks_are_refused_together() -> None:
    moved = add(offer("B"), Migrated, 2, process="solar", version=2, stage="offer")
    stranger = add(offer("C"), Migrated, 2, process="lunar", version=1, stage="offer")
    with pytest.raises(WrongProcess):
        forecast(offer(), moved, moved_again(moved))
    with pytest.raises(SeveralErrors):
        forecast(moved, stranger)
    with pytest.raises(UnknownProcess):
        forecast(moved, process=Catalog([PROCESS]))


def moved_again(deal: Deal) -> Deal:
    """Another deal of the same foreign rulebook."""
    other = offer("E")
    event: Any = deal.history[-1]
    return evolve(other, Migrated(deal="E", revision=2, at=event.at, process="solar", version=2, stage="offer"))


def test_a_closed_deal_needs_no_rulebook() -> None:
    moved = enter(add(offer("B"), Migrated, 2, process="solar", version=2, stage="offer"), "won", 3)
    assert forecast(moved).excluded == {WON: ("B",)}


def test_wrong_books_and_moments_are_refused() -> None:
    with pytest.raises(DuplicateDeal):
        forecast(offer(), offer())
    with pytest.raises(NaiveDatetime):
        forecast(offer(), as_of=datetime(2026, 2, 1))
    with pytest.raises(NaiveDatetime):
        StageWeighted(PROCESS).fit([], as_of=datetime(2026, 2, 1))


def test_the_forecast_prints_becomes_rows_and_pickles() -> None:
    found = forecast(offer(), offer("B", 3000), enter(offer("C"), "won", 2))
    text = str(found)
    assert pickle.loads(pickle.dumps(found)) == found
    assert text.splitlines()[:5] == [
        "Forecast FY2026 Q1, stage-weighted, as of 2026-02-04T09:00:00+00:00",
        "deal   stage  amount EUR  probability  expected EUR",
        "B      offer    3,000.00       55.0 %      1,650.00",
        "A      offer    1,000.00       55.0 %        550.00",
        "total           4,000.00                   2,200.00",
    ]
    assert "80 % interval, deals taken as independent: 0.00 to 4,000.00" in text
    assert "intervals are too narrow" in " ".join(text.split())
    assert "excluded: won: 1" in text
    assert found.to_rows()[0]["expected"] == Money("1650.00", "EUR").amount
    assert found.rows == found.deals
    html = found._repr_html_()
    assert "<td>offer</td>" in html
    assert "<li>80 % interval, deals taken as independent: 0.00 to 4,000.00</li>" in html


def test_a_breakdown_prints_and_becomes_rows() -> None:
    found = forecast(offer(owner="kari"), offer("B", 3000)).by("owner")
    assert "<td>kari</td>" in found._repr_html_()
    assert str(found).splitlines()[1:4] == [
        "owner     deals  amount EUR  expected EUR  80 % from        to",
        "kari          1    1,000.00        550.00       0.00  1,000.00",
        "no owner      1    3,000.00      1,650.00       0.00  3,000.00",
    ]
    assert [row["group"] for row in found.to_rows()] == ["kari", "no owner"]
    assert (found.as_of, found.n, found.excluded) == (NOW, 2, {})


def test_the_baseline_is_a_forecaster() -> None:
    method: Forecaster = StageWeighted(PROCESS)
    model: Fitted = method.fit([], as_of=datetime(2026, 1, 1, tzinfo=UTC))
    assert method.method == model.forecast([], period=None, as_of=NOW, currency="EUR").method == "stage-weighted"


def test_the_only_currency_that_occurs_need_not_be_named() -> None:
    model = StageWeighted(PROCESS).fit([], as_of=NOW)
    assert model.forecast([offer(amount=1000)], period=None, as_of=NOW).expected == Money("550.00", "EUR")
    with pytest.raises(NoHistory, match="pass currency="):
        model.forecast([], period=None, as_of=NOW)
    dollars = opened("B", stage="offer", amount=Money(5, "USD"))
    with pytest.raises(CurrencyMismatch):
        model.forecast([offer(amount=1000), dollars], period=None, as_of=NOW)
