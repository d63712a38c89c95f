"""Blends: members weighted by what they said a little earlier."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from random import Random

import attrs
import pytest

from salesprocess import Deal, Period, Process, Stage
from salesprocess.errors import NoHistory, OutOfRange, WrongKind
from salesprocess.forecasting import Blend, CompetingRisks, Estimate, Landmark, Markov, backtest, origins
from salesprocess.simulation import Rates, book

DAY = timedelta(days=1)
START = datetime(2025, 1, 6, tzinfo=UTC)
NOW = START + 300 * DAY
LINE = Process("line", stages=[Stage("lead"), Stage("offer"), Stage.won("won"), Stage.lost("lost")])
DEALS = book(LINE, 700, rng=Random(2), start=START, as_of=NOW, rates=Rates(hold=0, unpriced=0)).deals


@attrs.frozen
class Always:
    """A member that says the same of every deal, or nothing."""

    method: str
    chance: float | None
    needs: int = 0

    def fit(self, deals: Iterable[Deal], *, as_of: datetime) -> Always:
        assert all(deal.updated_at <= as_of for deal in deals), "a member must not see the future"
        if len(list(deals)) < self.needs:
            raise NoHistory("too few")
        return self

    def probability(self, deal: Deal, *, by: datetime, as_of: datetime) -> Estimate | str:
        assert by > as_of, deal
        return "does not know" if self.chance is None else Estimate(self.chance, "always the same")


def test_the_member_that_was_right_weighs_more() -> None:
    fitted = Blend([CompetingRisks(), Always("optimist", 0.95)]).fit(DEALS, as_of=NOW)
    weights = fitted.weights(30 * DAY)
    assert weights["competing risks"] > 0.7
    assert math.fsum(weights.values()) == pytest.approx(1)
    assert fitted.weights(30 * DAY) is weights


def test_without_a_past_to_look_at_all_members_weigh_the_same() -> None:
    fitted = Blend([Always("low", 0.2, needs=600), Always("high", 0.4)]).fit(DEALS, as_of=NOW)
    assert fitted.weights(280 * DAY) == {"low": 0.5, "high": 0.5}
    found = fitted.forecast(DEALS, period=Period(NOW, NOW + 280 * DAY), as_of=NOW)
    assert {round(row.probability, 9) for row in found.deals} == {0.3}
    assert "low 50%, high 50%" in found.definition
    assert "high (50%) 40%: always the same" in found.deals[0].because


def test_a_silent_member_leaves_the_word_to_the_others() -> None:
    deal = next(deal for deal in DEALS if deal.status == "open")
    fitted = Blend([Always("silent", None), Always("half", 0.5)]).fit(DEALS, as_of=NOW)
    found = fitted.probability(deal, by=NOW + DAY, as_of=NOW)
    assert isinstance(found, Estimate)
    assert found.probability == 0.5
    nobody = Blend([Always("silent", None), Always("mute", None)]).fit(DEALS, as_of=NOW)
    assert nobody.probability(deal, by=NOW + DAY, as_of=NOW) == "does not know"
    over = fitted.probability(deal, by=NOW, as_of=NOW)
    assert isinstance(over, Estimate)
    assert over.probability == 0


def test_a_blend_is_judged_like_any_other_forecaster() -> None:
    report = backtest(
        [Blend([CompetingRisks(), Landmark()]), Markov()],
        DEALS,
        origins=origins(START + 150 * DAY, NOW, every=60 * DAY),
        horizon=30 * DAY,
    )
    assert set(report.methods) >= {"blend", "markov"}


def test_a_later_part_of_the_future_is_what_is_left_of_it() -> None:
    fitted = Blend([CompetingRisks(), Markov()]).fit(DEALS, as_of=NOW)
    later = fitted.forecast(DEALS, period=Period(NOW + 10 * DAY, NOW + 30 * DAY), as_of=NOW).expected
    whole = fitted.forecast(DEALS, period=Period(NOW, NOW + 30 * DAY), as_of=NOW).expected
    assert later < whole
    assert fitted.forecast(DEALS, period=None, as_of=NOW).expected > whole
    silent = Blend([Always("silent", None), CompetingRisks()]).fit(DEALS, as_of=NOW)
    assert silent.forecast(DEALS, period=Period(NOW + 10 * DAY, NOW + 30 * DAY), as_of=NOW).expected < whole


def test_what_cannot_be_blended_is_refused() -> None:
    for members in ([CompetingRisks()], [CompetingRisks(), CompetingRisks()]):
        with pytest.raises(OutOfRange, match="at least two"):
            Blend(members)
    with pytest.raises(WrongKind, match="members"):
        Blend([CompetingRisks(), "markov"])  # type: ignore[list-item]  # pyright: ignore[reportArgumentType]
    fitted = Blend([CompetingRisks(), Markov()]).fit(DEALS, as_of=NOW)
    with pytest.raises(OutOfRange, match="horizon"):
        fitted.weights(timedelta(0))
    with pytest.raises(OutOfRange, match="ends after"):
        fitted.forecast(DEALS, period=Period(START, NOW), as_of=NOW)
