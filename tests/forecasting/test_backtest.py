"""A backtest lets forecasters see what was known, and judges them by what came; nothing of the future leaks."""

from __future__ import annotations

import math
import pickle
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salesprocess import Deal, Money, Period, Process, Stage, templates
from salesprocess.errors import (
    DuplicateDeal,
    LeakyForecaster,
    MissingRate,
    NoHistory,
    OutOfRange,
    SeveralErrors,
    WrongKind,
)
from salesprocess.events import Event
from salesprocess.forecasting import LAST_PERIOD, Backtest, StageWeighted, backtest, origins, scores
from salesprocess.forecasting.hindsight import NO_AMOUNT, ON_HOLD, hindsight
from salesprocess.simulation import Rates, book, law
from tests.forecasting.forecasters import Says

DAY = timedelta(days=1)
START = datetime(2025, 1, 6, tzinfo=UTC)
NOW = START + 360 * DAY
MONTH = 30 * DAY
LINE = Process(
    "line",
    stages=[Stage("lead", 0.2), Stage("offer", 0.5), Stage("closing", 0.8), Stage.won("won"), Stage.lost("lost")],
)
RATES = Rates(shortcut=0, hold=0, objection=0, push=0, unpriced=0, diligence=0)
TRUTH = law(LINE, RATES)


def record(n: int = 250, seed: int = 1) -> tuple[Deal, ...]:
    return book(LINE, n, rng=Random(seed), start=START, as_of=NOW, rates=RATES).deals


def true_chance(deal: Deal, period: Period, as_of: datetime) -> float:
    age = timedelta(days=round((as_of - deal.stage_since) / DAY))
    return TRUTH.won_by(deal.stage, age=age, horizon=period.end - as_of, step=3 * DAY)


def guess(p: float) -> Callable[[Deal, Period, datetime], float]:
    return lambda deal, period, as_of: p


TRUE, COIN, NEVER = Says("truth", true_chance), Says("coin", guess(0.5)), Says("never", guess(0.0))
MOMENTS = origins(START + 120 * DAY, NOW, every=MONTH)


def judge(*forecasters: Any, deals: Iterable[Deal] | None = None, **more: Any) -> Backtest:
    more = {"origins": MOMENTS, "horizon": MONTH} | more
    return backtest(forecasters, record() if deals is None else deals, **more)


def test_the_truth_beats_every_guess() -> None:
    report = judge(NEVER, COIN, TRUE)
    assert report.best == "truth"
    assert report.scores[0].method == "truth"
    assert report.compare("truth", "coin").z > 2
    assert report.compare("coin", "truth").skill < 0
    assert "It beats coin by" in report.verdict


def test_the_scores_are_those_of_what_was_said_and_what_came() -> None:
    report = judge(TRUE, COIN)
    said, won = report.said("truth")
    row: Any = report.score("truth")
    assert (row.brier, row.log_loss) == (scores.brier(said, won), scores.log_loss(said, won))
    assert row.brier == pytest.approx(row.reliability - row.resolution + report.uncertainty)
    totals: list[Any] = [total for total in report.totals if total.method == "truth"]
    expected, actual = ([float(getattr(total, name).amount) for total in totals] for name in ("expected", "actual"))
    assert row.wape == scores.wape(expected, actual)
    assert row.bias == scores.bias(expected, actual)
    inside = [total.low <= total.actual <= total.high for total in totals]
    assert row.coverage == sum(inside) / report.n
    assert report.judged == len(won) == sum(total.deals for total in totals)
    assert report.base_rate == sum(won) / len(won)


def test_each_total_is_what_the_deals_open_then_brought_by_the_end_of_the_horizon() -> None:
    deals = record()
    report = judge(COIN, deals=deals)
    for total in report.totals:
        if total.method == "coin":
            end = total.origin + MONTH
            there = [deal for deal in deals if (then := deal.as_of(total.origin)) and then.status == "open"]
            won = [deal.amount for deal in there if deal.status == "won" and deal.closed_at and deal.closed_at < end]
            assert total.actual == Money.total((amount for amount in won if amount), "EUR")
            assert total.expected == Money.total((deal.amount * Decimal("0.5") for deal in there if deal.amount), "EUR")
            assert total.deals == len(there)


@pytest.mark.long
def test_what_was_recorded_after_the_end_of_a_horizon_changes_nothing_said_of_it() -> None:
    deals = record()
    early = judge(TRUE, COIN, origins=MOMENTS[:3], deals=deals)
    cut = [then for deal in deals if (then := deal.as_of(MOMENTS[2] + MONTH))]
    assert judge(TRUE, COIN, origins=MOMENTS[:3], deals=cut, as_of=MOMENTS[2] + MONTH).scores == early.scores
    assert judge(TRUE, COIN, origins=MOMENTS[:3], as_of=MOMENTS[2] + MONTH).scores == early.scores


def rewritten(deal: Deal, origin: datetime) -> Deal:
    """The deal with another life from a moment on: it is lost at once, and worth a thousand times as much."""
    then = deal.as_of(origin)
    if then is None or then.outcome is not None or then.amount is None:
        return deal
    later = LINE.amend(then, amount=then.amount * 1000, at=origin + DAY, by="mallory")
    return LINE.lose(later, at=origin + 2 * DAY, by="mallory")


@given(st.integers(0, 2**32))
@settings(max_examples=5)
def test_another_future_leaves_every_forecast_as_it_was(seed: int) -> None:
    deals, origin = record(60, seed), START + 150 * DAY
    other = [rewritten(deal, origin) for deal in deals]
    heard: list[list[tuple[Event, ...]]] = []

    def listening(deal: Deal, period: Period, as_of: datetime) -> float:
        heard[-1].append(deal.history)
        return 0.3

    for each in (deals, other):
        heard.append([])
        try:
            judge(Says("listening", listening), deals=each, origins=[origin], as_of=NOW)
        except NoHistory:
            assert not heard[-1]
    assert heard[0] == heard[1]


def test_a_fitted_forecaster_is_refused() -> None:
    fitted = StageWeighted(LINE).fit([], as_of=NOW)
    with pytest.raises(LeakyForecaster, match="pass the forecaster that it was fitted from"):
        judge(fitted)
    with pytest.raises(SeveralErrors) as several:
        judge(fitted, object())
    assert [type(error) for error in several.value.exceptions] == [LeakyForecaster, WrongKind]


def test_origins_whose_horizon_is_not_complete_are_left_out_and_counted() -> None:
    report = judge(COIN, origins=[*MOMENTS, START - DAY])
    last = max(deal.updated_at for deal in record())
    late = sum(origin + MONTH > last for origin in MOMENTS)
    assert late > 0
    assert report.excluded == {"horizon not complete": late, "before the record begins": 1}
    assert report.n == len(MOMENTS) - late
    with pytest.raises(NoHistory, match="horizon not complete"):
        judge(COIN, origins=[NOW])


def test_an_origin_at_which_a_forecaster_has_nothing_to_learn_from_is_left_out_for_all() -> None:
    report = judge(Says("wants many", guess(0.2), needs=110), COIN)
    assert report.excluded["nothing to learn from for wants many"] > 0
    assert {total.origin for total in report.totals if total.method == "coin"} == {
        total.origin for total in report.totals if total.method == "wants many"
    }


def test_an_origin_without_open_deals_is_left_out() -> None:
    deal = LINE.open("A-1", at=START, amount=Money(1, "EUR"))
    lost = LINE.lose(deal, at=START + DAY)
    other = LINE.open("A-2", at=START, amount=Money(1, "EUR"))
    won = LINE.win(LINE.move(LINE.move(other, "offer", at=START), "closing", at=START), at=START + DAY)
    late = LINE.note(lost, "archived", at=NOW)
    report = backtest([COIN], [late, won], origins=[START, START + 40 * DAY], horizon=MONTH)
    assert report.excluded == {"no open deal with an amount": 1}
    assert report.n == 1


def test_a_deal_that_is_left_out_counts_as_given_no_chance() -> None:
    half = Says("half silent", lambda deal, period, as_of: 0.5 if hash_of(deal) else None)
    report = judge(half, COIN)
    row = report.score("half silent")
    assert 0.3 < row.silent < 0.7
    assert set(report.said("half silent")[0]) == {0.0, 0.5}
    assert "half silent, which left out " in judge(half, TRUE).verdict
    assert report.score("coin").silent == 0


def hash_of(deal: Deal) -> int:
    return int(deal.id[-1]) % 2


def test_deals_on_hold_or_without_an_amount_are_not_judged_but_what_they_bring_is_told() -> None:
    held = LINE.hold(LINE.open("A-1", at=START, amount=Money(7, "EUR"), stage="closing"), at=START)
    bare = LINE.open("A-2", at=START, stage="closing")
    back = LINE.win(LINE.resume(held, at=START + DAY), at=START + DAY)
    priced = LINE.win(LINE.amend(bare, amount=Money(5, "EUR"), at=START + DAY), at=START + DAY)
    new = LINE.win(LINE.open("A-3", at=START + DAY, amount=Money(2, "EUR"), stage="closing"), at=START + 2 * DAY)
    never = LINE.win(LINE.open("A-4", at=START, stage="closing"), at=START + DAY)
    seen = hindsight([back, priced, new, never], origin=START, end=START + MONTH, currency="EUR", rates={})
    assert (seen.judged, seen.actual) == ((), Money(0, "EUR"))
    assert seen.came_later == Money(14, "EUR")
    assert seen.excluded == {ON_HOLD: 1, NO_AMOUNT: 2}


def test_a_deal_counts_as_won_when_it_is_won_at_the_end() -> None:
    deal = LINE.open("A-1", at=START, amount=Money(7, "EUR"), stage="closing")
    won = LINE.win(LINE.amend(deal, amount=Money(9, "EUR"), at=START + DAY), at=START + 2 * DAY)
    undone = LINE.reopen(won, at=START + 5 * DAY, reason="cancelled")

    def seen(life: Deal, days: int) -> tuple[tuple[bool, ...], Money]:
        found = hindsight([life], origin=START, end=START + days * DAY, currency="EUR", rates={})
        return found.won, found.actual

    assert seen(won, 2) == ((False,), Money(0, "EUR"))  # the end is exclusive
    assert seen(won, 3) == seen(undone, 5) == ((True,), Money(9, "EUR"))
    assert seen(undone, 6) == ((False,), Money(0, "EUR"))
    for life in (won, LINE.note(won, "they are content", at=START + 6 * DAY)):  # it was won before the origin
        kept = hindsight([life], origin=START + 3 * DAY, end=START + 9 * DAY, currency="EUR", rates={})
        assert (kept.judged, kept.actual, kept.came_later) == ((), Money(0, "EUR"), Money(0, "EUR"))


def test_the_same_as_last_period_is_what_the_deals_open_one_horizon_ago_brought() -> None:
    report = judge(COIN)
    coin = {total.origin: total for total in report.totals if total.method == "coin"}
    last = {total.origin: total for total in report.totals if total.method == LAST_PERIOD}
    for origin, total in last.items():
        if origin - MONTH in coin:
            assert total.expected == coin[origin - MONTH].actual
        assert total.actual == coin[origin].actual
    assert report.score(LAST_PERIOD).brier is None
    assert report.scores[-1].method == LAST_PERIOD
    early = judge(COIN, origins=[START + 10 * DAY], deals=record())
    assert LAST_PERIOD not in {row.method for row in early.scores}


def test_a_pool_and_the_plain_map_give_the_same_report_and_progress_is_told() -> None:
    told: list[tuple[int, int]] = []
    with ThreadPoolExecutor(2) as pool:
        parallel = judge(COIN, map=pool.map, progress=lambda done, all_: told.append((done, all_)))
    assert parallel == judge(COIN)
    assert told == [(done, parallel.n) for done in range(1, parallel.n + 1)]


def test_the_work_of_an_origin_pickles() -> None:
    sent: list[bytes] = []

    def through_pickle(function: Callable[[Any], Any], items: Iterable[Any]) -> Iterable[Any]:
        sent.append(pickle.dumps(function))
        return [pickle.loads(pickle.dumps(pickle.loads(sent[0])(pickle.loads(pickle.dumps(item))))) for item in items]

    report = judge(StageWeighted(LINE), map=through_pickle)
    assert report == judge(StageWeighted(LINE))
    assert pickle.loads(pickle.dumps(report)) == report


def test_intervals_are_widened_by_what_earlier_origins_taught_and_no_later_one() -> None:
    moments = origins(START + 90 * DAY, NOW - 60 * DAY, every=10 * DAY)
    whole, part = judge(TRUE, origins=moments), judge(TRUE, origins=moments[:8])
    learnt = {total.origin: (total.learnt_low, total.learnt_high) for total in whole.totals if total.method == "truth"}
    for total in part.totals:
        if total.method == "truth":
            assert learnt[total.origin] == (total.learnt_low, total.learnt_high)
    assert 0 < whole.spreads["truth"].forecasts < whole.n / 3


def test_overlapping_horizons_are_counted_once() -> None:
    moments = origins(START + 90 * DAY, START + 180 * DAY, every=10 * DAY)
    report = judge(COIN, origins=moments)
    assert (report.n, report.apart) == (10, 4)
    assert "Only 4 of the horizons do not overlap" in report.verdict
    assert judge(COIN, origins=moments, horizon=10 * DAY).apart == 10


def test_totals_can_be_of_another_currency() -> None:
    euros, dollars = judge(COIN), judge(COIN, currency="USD", rates={"EUR": Decimal(2)})
    assert dollars.currency == "USD"
    assert dollars.score("coin").wape == pytest.approx(euros.score("coin").wape)
    assert all(
        two.actual == Money(one.actual.amount * 2, "USD") for one, two in zip(euros.totals, dollars.totals, strict=True)
    )
    with pytest.raises(MissingRate):
        judge(COIN, currency="USD")


def test_forecasters_can_have_names_of_ones_own() -> None:
    named = {"one": Says("same", guess(0.1)), "two": Says("same", guess(0.6))}
    report = backtest(named, record(), origins=MOMENTS, horizon=MONTH)
    assert report.methods == ("one", "two")
    with pytest.raises(OutOfRange, match="a mapping gives them names"):
        judge(*named.values())


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda: judge(), OutOfRange),
        (lambda: judge(COIN, deals=[]), NoHistory),
        (lambda: judge(COIN, horizon=timedelta(0)), OutOfRange),
        (lambda: judge(COIN, deals=[record()[0]] * 2), DuplicateDeal),
        (lambda: judge(COIN, origins=[]), NoHistory),
    ],
)
def test_what_cannot_be_judged_is_refused(call: Callable[[], object], error: type[Exception]) -> None:
    with pytest.raises(error):
        call()


@pytest.mark.long
def test_a_name_that_was_not_judged_is_refused() -> None:
    report = judge(COIN)
    for ask in (lambda: report.score("nobody"), lambda: report.said(LAST_PERIOD), lambda: report.calibration("nobody")):
        with pytest.raises(OutOfRange):
            ask()


def test_the_report_prints_every_forecaster_with_a_verdict() -> None:
    report = judge(TRUE, COIN)
    text = str(report)
    assert "<th" in report._repr_html_()
    assert report.verdict.split(". ")[0] in report._repr_html_()
    for word in ("truth", "coin", LAST_PERIOD, "Brier", "WAPE", "covered", "definition", "n = "):
        assert word in text
    assert len(report.to_rows()) == len(report.rows) == 3
    assert [group.deals for group in report.calibration()] == [group.deals for group in report.calibration(report.best)]


def test_a_forecaster_that_is_certain_is_told_that_it_says_nothing_about_uncertainty() -> None:
    sure = judge(NEVER)
    assert sure.score("never").widen == math.inf
    assert "it says nothing about uncertainty" in sure.verdict
    assert "beats" not in sure.verdict


def test_a_record_in_which_nothing_was_won_says_so() -> None:
    lost = [LINE.lose(deal, at=NOW) for deal in record(40) if deal.outcome is None]
    assert lost
    report = judge(COIN, deals=lost, origins=[NOW - 31 * DAY], as_of=NOW)
    assert (report.base_rate, report.score("coin").bias) == (0.0, None)
    assert "nothing ever came" in report.verdict
    assert LAST_PERIOD not in report.verdict.lower() or report.n == 1


def test_many_totals_that_are_right_on_the_whole_are_told_without_a_warning() -> None:
    deals = [
        LINE.win(
            LINE.open(f"A-{day}", at=START + day * DAY, amount=Money(1, "EUR"), stage="closing"),
            at=START + (day + 1) * DAY,
        )
        for day in range(30)
    ]
    sure = Says("sure", guess(1.0))
    report = judge(sure, deals=deals, origins=origins(START, START + 20 * DAY, every=2 * DAY), horizon=2 * DAY)
    assert report.apart == 11
    assert "neither too high nor too low" in report.verdict
    assert "may be chance" not in report.verdict
    assert "it is wide enough" in report.verdict


def test_level_forecasters_are_said_to_be_level() -> None:
    report = judge(Says("a", guess(0.3)), Says("b", guess(0.3)))
    assert report.compare("a", "b").z == 0
    assert "It is level with b (Brier" in report.verdict


def test_a_template_is_judged_from_its_history_alone() -> None:
    startup = templates.load("startup")
    deals = book(startup, 150, rng=Random(3), start=START, as_of=NOW).deals
    report = backtest([StageWeighted(startup)], deals, origins=MOMENTS, horizon=90 * DAY)
    brier = report.score("stage-weighted").brier
    assert brier is not None
    assert 0 < brier < 0.3
