"""The human call: what people said of their deals, taken at their word, and judged beside the methods."""

import pickle
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random

import pytest

from salesprocess import Calendar, Catalog, Deal, Money, Process, Stage, templates
from salesprocess.errors import CurrencyMismatch, DuplicateDeal, MissingRate, OutOfRange, WrongProcess
from salesprocess.forecasting import Estimate, Forecast, Recorded, StageWeighted, assembled, backtest, origins
from salesprocess.simulation import book

AT = datetime(2026, 1, 5, tzinfo=UTC)
QUARTER = Calendar().quarters(2026)[0]
SOLAR = Process(
    "solar",
    stages=[
        Stage("lead"),
        Stage("offer", category="best_case"),
        Stage("closing", category="commit"),
        Stage.won("won"),
        Stage.lost("lost"),
    ],
)


def deal(name: str, stage: str = "closing", **terms: object) -> Deal:
    content = {"amount": Money(100, "EUR"), "expected_close": date(2026, 2, 1)} | terms
    return SOLAR.open(name, at=AT, stage=stage, **content)  # type: ignore[arg-type]


def call(*deals: Deal, **more: object) -> Forecast:
    options = {"period": QUARTER, "as_of": AT} | more
    return Recorded(SOLAR).fit([], as_of=AT).forecast(deals, **options)  # type: ignore[arg-type]


def test_a_committed_deal_comes_wholly_and_another_one_not_at_all() -> None:
    called = call(deal("A"), deal("B", "offer"), deal("C", "lead"))
    assert called.expected == Money("100.00", "EUR")
    assert [row.probability for row in called.deals] == [1.0, 0.0, 0.0]
    assert {row.because for row in called.deals} == {
        "called: its category is commit",
        "not called: its category is best_case",
        "not called: its category is pipeline",
    }


def test_what_a_person_stated_goes_first() -> None:
    called = call(deal("A", probability=0.7), deal("B", "lead", category="commit"), deal("C", category="pipeline"))
    assert {row.deal: row.probability for row in called.deals} == {"A": 0.7, "B": 1.0, "C": 0.0}
    assert called.expected == Money("170.00", "EUR")


def test_more_categories_can_count_as_called() -> None:
    wide = Recorded(SOLAR, categories=["commit", "best_case"]).fit([], as_of=AT)
    assert wide.forecast([deal("A"), deal("B", "offer")], period=QUARTER, as_of=AT).expected == Money("200.00", "EUR")
    for wrong in ("closed", "certain"):
        with pytest.raises(OutOfRange, match="categories"):
            Recorded(SOLAR, categories=[wrong])  # type: ignore[list-item]


def test_deals_that_are_not_called_for_the_period_are_left_out_with_the_reason() -> None:
    later = AT + timedelta(days=40)
    lost = SOLAR.lose(deal("lost"), at=AT)
    held = SOLAR.hold(deal("held"), at=AT)
    called = call(
        deal("in", expected_close=date(2026, 3, 1)),
        deal("overdue"),
        deal("outside", expected_close=date(2026, 4, 1)),
        deal("unscheduled", expected_close=None),
        deal("bare", amount=None, expected_close=date(2026, 3, 1)),
        lost,
        held,
        SOLAR.open("later", at=later + timedelta(days=1)),
        as_of=later,
    )
    assert [row.deal for row in called.deals] == ["in"]
    assert called.excluded == {
        "deal not opened at as_of": ("later",),
        "overdue": ("overdue",),
        "expected to close outside the period": ("outside",),
        "no expected close": ("unscheduled",),
        "no amount": ("bare",),
        "lost": ("lost",),
        "on hold": ("held",),
    }


def test_without_a_period_every_open_deal_is_called() -> None:
    called = call(deal("A", expected_close=None), deal("B", expected_close=date(2025, 1, 1)), period=None)
    assert called.n == 2
    assert [row.overdue for row in called.deals] == [False, True]


def test_amounts_are_converted_and_never_mixed() -> None:
    mixed = deal("A"), deal("B", amount=Money(10, "USD"))
    assert call(*mixed, currency="EUR", rates={"USD": Decimal(2)}).expected == Money("120.00", "EUR")
    with pytest.raises(CurrencyMismatch):
        call(*mixed)
    with pytest.raises(MissingRate):
        call(*mixed, currency="EUR")


def test_the_book_must_be_right() -> None:
    with pytest.raises(DuplicateDeal):
        call(deal("A"), deal("A"))
    other = templates.load("startup").open("S", at=AT)
    with pytest.raises(WrongProcess):
        call(other)
    catalog = Recorded(Catalog([SOLAR, templates.load("startup")])).fit([], as_of=AT)
    assert catalog.forecast([deal("A"), other], period=QUARTER, as_of=AT).n == 1


def test_an_estimate_is_a_probability() -> None:
    with pytest.raises(OutOfRange, match="probability"):
        Estimate(1.2, "too sure")


def test_a_forecaster_of_ones_own_needs_no_more_than_the_chance_of_a_deal() -> None:
    forecast = assembled(
        [deal("A", category="commit"), deal("B", "lead")],
        lambda deal: Estimate(0.5, "a coin") if deal.stage == "closing" else "too early to say",
        method="coin",
        definition="a coin for each",
        period=QUARTER,
        as_of=AT,
    )
    assert (forecast.method, forecast.expected) == ("coin", Money("50.00", "EUR"))
    assert forecast.deals[0].category == "commit"
    assert forecast.excluded == {"too early to say": ("B",)}


def test_the_human_call_is_judged_beside_the_methods() -> None:
    startup = templates.load("startup")
    start = datetime(2025, 1, 1, tzinfo=UTC)
    now = start + timedelta(days=540)
    deals = book(startup, 250, rng=Random(1), start=start, as_of=now).deals
    moments = origins(start + timedelta(days=150), now, every=timedelta(days=45))
    report = backtest([Recorded(startup), StageWeighted(startup)], deals, origins=moments, horizon=timedelta(days=90))
    assert {"recorded", "stage-weighted"} <= {row.method for row in report.scores}
    said, _ = report.said("recorded")
    assert set(said) <= {0.0, 1.0}
    assert pickle.loads(pickle.dumps(report)) == report
