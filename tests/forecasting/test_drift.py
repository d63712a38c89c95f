"""Drift: what became more or less frequent in the later half of a record, at equal ages."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from salesprocess import Calendar, Deal, Money, Period, Process, Stage
from salesprocess import forecasting as fc
from salesprocess.analytics import RiskCounts, risk_counts, stage_visits
from salesprocess.errors import DriftingHistory, Extrapolated, NoHistory, OutOfRange
from salesprocess.forecasting import CompetingRisks, StageWeighted, drift, shifts
from salesprocess.simulation import Rates, StageRates, book

DAY = timedelta(days=1)
START = datetime(2025, 1, 6, tzinfo=UTC)
NOW = START + 360 * DAY
LINE = Process("line", stages=[Stage("lead", 0.3), Stage("offer", 0.5), Stage.won("won"), Stage.lost("lost")])
RATES = Rates(shortcut=0, hold=0, unpriced=0, back=0)


def record(seed: int, n: int = 1200, *, changed: bool = False) -> tuple[Deal, ...]:
    better = Rates(shortcut=0, hold=0, unpriced=0, back=0, stages={"lead": StageRates(onward=0.95)})
    changes = {START + 180 * DAY: better} if changed else {}
    return book(LINE, n, rng=Random(seed), start=START, as_of=NOW, rates=RATES, changes=changes).deals


@pytest.mark.long
def test_a_steady_record_shows_no_shift() -> None:
    for seed in range(8):
        assert not [shift for shift in drift(record(seed), as_of=NOW) if shift.sure]


def test_a_change_of_ways_is_found_where_it_happened() -> None:
    found = [shift for shift in drift(record(1, changed=True), as_of=NOW) if shift.sure]
    assert [(shift.stage, shift.outcome) for shift in found] == [("lead", "lost")]
    fewer = found[0]
    assert fewer.observed < fewer.expected
    assert "lead → lost" in str(fewer)


def test_what_the_halves_expect_is_what_both_observed() -> None:
    deals = record(2, 300)
    middle = START + 150 * DAY
    early = risk_counts(stage_visits(deals, as_of=middle))
    late = risk_counts(stage_visits(deals, as_of=NOW), since=middle)
    forth, back = shifts(early, late), shifts(late, early)
    expected = {(each.stage, each.outcome): each.expected for each in back}
    for each in forth:
        total = sum(
            count
            for counts in (early, late)
            for (stage, _, outcome, _), count in counts.exits.items()
            if (stage, outcome) == (each.stage, each.outcome)
        )
        assert each.expected + expected[each.stage, each.outcome] == pytest.approx(total)


def test_what_cannot_be_compared_is_not() -> None:
    assert drift([LINE.open("A", at=START)], as_of=NOW) == ()
    with pytest.raises(NoHistory):
        drift([], as_of=NOW)
    only = RiskCounts(DAY, NOW, {("lead", 1, "won", ""): 5.0})
    assert shifts(only, RiskCounts(DAY, NOW, {("offer", 1, "won", ""): 5.0})) == ()
    with pytest.raises(OutOfRange):
        shifts(only, RiskCounts(2 * DAY, NOW, {}))
    assert shifts(only, RiskCounts(DAY, NOW, {("lead", 0, "censored", ""): 5.0})) == ()


def test_the_forecast_of_a_changed_record_warns() -> None:
    period = Period(NOW, NOW + 30 * DAY)
    with pytest.warns(DriftingHistory, match="lead → lost"):
        fc.forecast(record(1, 600, changed=True), LINE, period=period, as_of=NOW, forecasters=[StageWeighted(LINE)])


def test_a_forecast_beyond_what_was_seen_warns() -> None:
    deals = record(3, 200)
    old = LINE.open("old", at=START, amount=Money(10**7, "EUR"))
    with pytest.warns(Extrapolated, match="of the expected amount"):
        fc.forecast(
            [*deals, old], LINE, period=Calendar().months(2026)[0], as_of=NOW, forecasters=[CompetingRisks(LINE)]
        )
