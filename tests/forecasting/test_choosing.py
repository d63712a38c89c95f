"""The choice of a forecaster: the past decides, and where there is too little of it a prior speaks and says so."""

import pickle
import warnings
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from random import Random
from typing import cast

import pytest

from salesprocess import Catalog, Deal, Money, Period, Process, Stage
from salesprocess.analytics import win_rate
from salesprocess.errors import (
    LeakyForecaster,
    NoHistory,
    OutOfRange,
    ThinHistory,
    UnknownProcess,
    WrongKind,
    WrongProcess,
)
from salesprocess.forecasting import Choice, StageWeighted, best_by_backtest, candidates, forecast
from salesprocess.simulation import Rates, book, law
from tests.forecasting.forecasters import Says

DAY = timedelta(days=1)
START = datetime(2025, 1, 6, tzinfo=UTC)
NOW = START + 360 * DAY
LINE = Process(
    "line",
    stages=[Stage("lead", 0.2), Stage("offer", 0.5), Stage("closing", 0.8), Stage.won("won"), Stage.lost("lost")],
)
RATES = Rates(shortcut=0, hold=0, objection=0, push=0, unpriced=0, diligence=0)
TRUTH = law(LINE, RATES)
NEXT = Period(NOW, NOW + 30 * DAY, label="next month")


def true_chance(deal: Deal, period: Period, as_of: datetime) -> float:
    age = timedelta(days=round((as_of - deal.stage_since) / DAY))
    return TRUTH.won_by(deal.stage, age=age, horizon=period.end - as_of, step=3 * DAY)


TRUE, COIN = Says("truth", true_chance), Says("coin", lambda deal, period, as_of: 0.5)


def record(n: int = 250) -> tuple[Deal, ...]:
    return book(LINE, n, rng=Random(1), start=START, as_of=NOW, rates=RATES).deals


def choose(*forecasters: Says, deals: tuple[Deal, ...] | None = None, as_of: datetime = NOW) -> Choice:
    return best_by_backtest(forecasters, record() if deals is None else deals, horizon=30 * DAY, as_of=as_of)


@pytest.mark.long
def test_the_forecaster_that_knows_the_truth_is_chosen_whatever_the_order() -> None:
    for order in ((TRUE, COIN), (COIN, TRUE)):
        choice = choose(*order)
        assert (choice.method, choice.forecaster) == ("truth", TRUE)
        assert choice.why.startswith("best of 2 by backtest. truth: Brier")
        assert choice.report is not None
        assert 10 <= choice.report.n <= 12


def test_of_two_that_chance_cannot_tell_apart_the_one_with_the_better_totals_is_taken() -> None:
    shifted = Says("shifted", lambda deal, period, as_of: min(1.0, true_chance(deal, period, as_of) * 1.01))
    choice = choose(shifted, TRUE)
    assert choice.report is not None
    scores = {row.method: row for row in choice.report.scores}
    best = min(("truth", "shifted"), key=lambda method: scores[method].crps.amount)  # type: ignore[union-attr]
    assert abs(choice.report.compare("truth", "shifted").z) < 2
    assert choice.method in {best, choice.report.scores[0].method}


def test_deals_of_another_process_are_refused_though_their_stages_have_the_same_names() -> None:
    other = Process("other", stages=LINE.stages)
    newer = LINE.revise(label="the same in other words")
    deals = [LINE.open("A", at=START), other.open("B", at=START), newer.open("C", at=START), other.open("D", at=START)]
    for rulebooks, error in ((LINE, WrongProcess), (Catalog([LINE, newer]), UnknownProcess)):
        with pytest.raises(error, match="other"):
            forecast(deals, rulebooks, period=Period(NOW, NOW + DAY), as_of=NOW)


def test_the_looks_back_are_spread_over_the_record_and_complete() -> None:
    report = choose(TRUE).report
    assert report is not None
    moments = [total.origin for total in report.totals if total.method == "truth"]
    assert moments[-1] == NOW - 30 * DAY
    assert moments[0] >= min(deal.opened_at for deal in record()) + 30 * DAY
    assert len({later - earlier for earlier, later in pairwise(moments)}) == 1


@pytest.mark.long
def test_nothing_recorded_after_now_sways_the_choice() -> None:
    early = NOW - 90 * DAY
    deals = record()
    cut = tuple(then for deal in deals if (then := deal.as_of(early)) is not None)
    assert choose(TRUE, COIN, as_of=early).why == choose(TRUE, COIN, deals=cut, as_of=early).why


def test_a_thin_record_gives_the_first_forecaster_as_a_prior_with_a_warning() -> None:
    with pytest.warns(ThinHistory, match="coin is used as a prior, not history"):
        choice = choose(COIN, TRUE, deals=record()[:5])
    assert (choice.method, choice.report) == ("coin", None)
    assert "prior" in choice.why
    with pytest.warns(ThinHistory):  # a long horizon leaves no moment to look back from
        assert best_by_backtest([COIN], record(), horizon=300 * DAY, as_of=NOW).report is None


def test_moments_at_which_a_forecaster_had_nothing_to_learn_from_do_not_count() -> None:
    with pytest.warns(ThinHistory):
        assert choose(Says("greedy", lambda deal, period, as_of: 0.5, needs=240)).report is None


@pytest.mark.long
def test_the_forecast_says_which_forecaster_was_chosen_and_is_wider_for_what_it_missed() -> None:
    deals = record()
    found = forecast(deals, LINE, period=NEXT, as_of=NOW, forecasters=[COIN, TRUE])
    assert found.choice is not None
    assert (found.method, found.choice.method) == ("truth", "truth")
    assert found.choice.report is not None
    spread = found.choice.report.spreads["truth"]
    assert found.assumptions.dependence == spread
    alone = TRUE.fit([deal.as_of(NOW) or deal for deal in deals], as_of=NOW).forecast(deals, period=NEXT, as_of=NOW)
    assert found.expected == alone.expected
    assert found.revenue.sd.amount >= alone.revenue.sd.amount
    text = " ".join(str(found).split())
    assert "truth was chosen: best of 2 by backtest" in text
    assert pickle.loads(pickle.dumps(found.choice.report)) == found.choice.report


def test_a_forecast_from_a_thin_record_says_prior() -> None:
    deal = LINE.open("A-1", at=NOW, amount=Money(100, "EUR"), stage="offer", expected_close=date(2026, 1, 10))
    with pytest.warns(ThinHistory, match="prior") as told:
        found = forecast([deal], LINE, period=NEXT, as_of=NOW)
    assert [each.filename for each in told] == [__file__]
    assert found.choice is not None
    assert "prior" in str(found)
    assert found.choice.report is None
    assert found.expected > Money(0, "EUR")


def test_without_history_and_without_a_prior_nothing_is_said_of_any_deal() -> None:
    bare = Process("bare", stages=[Stage("talks"), Stage.won("won"), Stage.lost("lost")])
    deal = bare.open("A-1", at=NOW, amount=Money(100, "EUR"))
    with pytest.warns(ThinHistory):
        found = forecast([deal], bare, period=NEXT, as_of=NOW)
    assert (found.n, found.expected) == (0, Money(0, "EUR"))
    assert found.excluded == {"stage that nobody was seen to leave": ("A-1",)}


def test_the_candidates_have_names_of_their_own_and_the_first_needs_no_history() -> None:
    names = [each.method for each in candidates(LINE)]
    assert len(set(names)) == len(names)
    deal = LINE.open("A-1", at=NOW, amount=Money(100, "EUR"), stage="offer", expected_close=date(2026, 1, 10))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        first = candidates(LINE)[0].fit([deal], as_of=NOW).forecast([deal], period=NEXT, as_of=NOW)
    assert first.n == 1


def test_what_cannot_be_asked_is_refused() -> None:
    with pytest.raises(OutOfRange, match="ends after"):
        forecast(record(), LINE, period=Period(START, NOW), as_of=NOW)
    with pytest.raises(NoHistory, match="no deal was opened by"):
        forecast(record(), LINE, period=NEXT, as_of=START - DAY)
    with pytest.raises(OutOfRange, match="at least one"):
        best_by_backtest([], record(), horizon=DAY, as_of=NOW)
    with pytest.raises(LeakyForecaster):
        best_by_backtest([StageWeighted(LINE).fit([], as_of=NOW)], record(), horizon=30 * DAY, as_of=NOW)  # type: ignore[list-item]


def test_what_is_no_period_is_refused_as_such() -> None:
    deals, wrong = record(10), cast("Period", "2026-04")
    fitted = StageWeighted(LINE).fit(deals, as_of=NOW)
    for ask in (
        lambda: forecast(deals, LINE, period=wrong, as_of=NOW),
        lambda: fitted.forecast(deals, period=wrong, as_of=NOW),
        lambda: win_rate(deals, period=wrong, as_of=NOW),
    ):
        with pytest.raises(WrongKind, match="period wants a Period, got '2026-04'"):
            ask()
