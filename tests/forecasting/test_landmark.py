"""Landmarks: what became of those that stood at the same place, without asking how they had come."""

from __future__ import annotations

import pickle
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from salesprocess import Deal, Money, Period, Process, Stage
from salesprocess.errors import NoHistory, OutOfRange
from salesprocess.forecasting import CompetingRisks, Estimate, Landmark
from salesprocess.forecasting.competing_risks import NEVER_SEEN
from salesprocess.simulation import Rates, StageRates, book, law

DAY = timedelta(days=1)
START = datetime(2025, 1, 6, tzinfo=UTC)
NOW = START + 360 * DAY
LINE = Process("line", stages=[Stage("lead"), Stage("offer"), Stage("closing"), Stage.won("won"), Stage.lost("lost")])
RATES = Rates(
    shortcut=0,
    hold=0,
    objection=0,
    push=0,
    unpriced=0,
    diligence=0,
    back=0.1,
    stages={"offer": StageRates(stay=8 * DAY, lost_stay=20 * DAY)},
)


def record(n: int, seed: int = 1) -> tuple[Deal, ...]:
    return book(LINE, n, rng=Random(seed), start=START, as_of=NOW, rates=RATES).deals


def said(found: Estimate | str) -> float:
    assert isinstance(found, Estimate)
    return found.probability


@pytest.mark.long
def test_the_chances_are_those_of_the_true_law() -> None:
    fitted, truth = Landmark().fit(record(4000), as_of=NOW), law(LINE, RATES)
    for stage in ("lead", "offer", "closing"):
        deal = LINE.open("new", stage=stage, at=NOW)
        for age in (0, 5):
            for days in (7, 30):
                then = NOW + age * DAY
                found = said(fitted.probability(deal, by=then + days * DAY, as_of=then))
                assert found == pytest.approx(
                    truth.won_by(stage, age=age * DAY, horizon=days * DAY, step=DAY), abs=0.08
                )


def test_looks_are_counted_one_by_one() -> None:
    deals = [LINE.win(LINE.open(str(n), stage="closing", at=START), at=START + 4 * DAY) for n in range(20)]
    fitted = Landmark().fit(deals, as_of=START + 10 * DAY)
    whole, *bands = fitted.bands["closing"]
    assert [band.age for band in bands] == [0, 1, 3]
    assert whole.kernel.visits == pytest.approx(60)  # twenty visits in each of three bands
    assert bands[0].kernel.left["won"] == pytest.approx([0, 0, 0, 0, 0, 1])  # a look on the first day: won four days on
    assert bands[2].kernel.left["won"] == pytest.approx([0, 0, 1])


def test_chances_rise_with_the_horizon_and_the_parts_of_a_period_add_up() -> None:
    deals = record(500)
    fitted = Landmark().fit(deals, as_of=NOW)
    for deal in deals:
        if deal.status == "open":
            chances = [said(fitted.probability(deal, by=NOW + days * DAY, as_of=NOW)) for days in (0, 3, 10, 40, 400)]
            assert chances == sorted(chances)
    halves = [Period(NOW, NOW + 10 * DAY), Period(NOW + 10 * DAY, NOW + 30 * DAY)]
    parts = [fitted.forecast(deals, period=period, as_of=NOW).expected for period in halves]
    whole = fitted.forecast(deals, period=Period(NOW, NOW + 30 * DAY), as_of=NOW).expected
    assert float((parts[0] + parts[1]).amount) == pytest.approx(float(whole.amount))
    assert fitted.forecast(deals, period=None, as_of=NOW).expected > whole


def test_what_is_recorded_later_changes_nothing_and_neither_does_the_order() -> None:
    deals, moment = record(300), START + 200 * DAY
    then = [known for deal in deals if (known := deal.as_of(moment)) is not None]
    assert Landmark().fit(deals, as_of=moment) == Landmark().fit(list(reversed(then)), as_of=moment)


def test_what_lies_before_the_window_is_not_looked_at() -> None:
    deals = record(100)
    late = [deal for deal in deals if deal.updated_at > NOW - 30 * DAY]
    assert 0 < len(late) < len(deals)
    window = Landmark(window=30 * DAY)
    assert window.fit(deals, as_of=NOW) == window.fit(late, as_of=NOW)
    assert window.fit(deals, as_of=NOW) != Landmark().fit(deals, as_of=NOW)


@pytest.mark.long
def test_a_window_looks_back_so_far_only() -> None:
    better = Rates(shortcut=0, hold=0, back=0, unpriced=0, stages={"lead": StageRates(onward=0.9)})
    deals = book(
        LINE, 2500, rng=Random(1), start=START, as_of=NOW, rates=RATES, changes={START + 180 * DAY: better}
    ).deals
    deal = LINE.open("new", at=NOW)
    true = law(LINE, better).won_by("lead", age=timedelta(0), horizon=60 * DAY, step=DAY)
    whole, window = (
        said(model.fit(deals, as_of=NOW).probability(deal, by=NOW + 60 * DAY, as_of=NOW))
        for model in (Landmark(), Landmark(window=120 * DAY))
    )
    assert abs(window - true) < abs(whole - true)


def test_what_it_does_not_know_it_says() -> None:
    fitted = Landmark().fit([LINE.open("A", at=START)], as_of=NOW)
    assert fitted.probability(LINE.open("B", stage="offer", at=NOW), by=NOW + DAY, as_of=NOW) == NEVER_SEEN
    found = fitted.probability(LINE.open("B", at=NOW), by=NOW + 999 * DAY, as_of=NOW)
    assert isinstance(found, Estimate)
    assert "extrapolated" in found.because
    assert found.probability == 0
    with pytest.raises(NoHistory):
        Landmark().fit([LINE.open("A", at=NOW)], as_of=NOW)
    with pytest.raises(OutOfRange, match="no earlier than the opening"):
        fitted.probability(LINE.open("B", at=NOW + DAY), by=NOW + DAY, as_of=NOW)
    for name in ("unit", "window"):
        with pytest.raises(OutOfRange, match=name):
            Landmark(**{name: timedelta(0)})  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def test_time_on_hold_is_no_age() -> None:
    deal = LINE.open("A", at=START, amount=Money(1, "EUR"))
    held = LINE.resume(LINE.hold(deal, at=START + DAY), at=START + 8 * DAY)
    fitted = Landmark().fit([held], as_of=START + 9 * DAY)
    assert [band.age for band in fitted.bands["lead"]] == [0, 0]


def test_a_fitted_one_pickles() -> None:
    fitted = Landmark().fit(record(100), as_of=NOW)
    assert pickle.loads(pickle.dumps(fitted)) == fitted
    assert fitted.method == Landmark.method != CompetingRisks.method
