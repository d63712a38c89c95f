"""Competing risks: the chances of winning that the counts imply, checked by the true law and at the edges."""

from __future__ import annotations

import math
import pickle
from datetime import UTC, datetime, timedelta
from random import Random

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salesprocess import Deal, Money, Period, Policy, Process, Stage, templates
from salesprocess.analytics import RiskCounts
from salesprocess.errors import NoHistory, OutOfRange
from salesprocess.forecasting import (
    ClosedRate,
    CompetingRisks,
    Estimate,
    FittedCompetingRisks,
    Markov,
    backtest,
    by_owner,
    by_pace,
    by_size,
    origins,
)
from salesprocess.forecasting.closed_rate import NONE_CLOSED
from salesprocess.forecasting.competing_risks import NEVER_LEFT, NEVER_SEEN
from salesprocess.forecasting.kernels import Kernel, kernels, win_table
from salesprocess.simulation import Rates, StageRates, book, law

DAY = timedelta(days=1)
START = datetime(2025, 1, 6, tzinfo=UTC)
NOW = START + 360 * DAY
LINE = Process(
    "line",
    stages=[Stage("lead", 0.2), Stage("offer", 0.5), Stage("closing", 0.8), Stage.won("won"), Stage.lost("lost")],
    policy=Policy(back="any"),
)
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


def counted(**exits: dict[tuple[int, str], float]) -> RiskCounts:
    return RiskCounts(
        DAY, NOW, {(stage, age, to, ""): count for stage, each in exits.items() for (age, to), count in each.items()}
    )


def chance(found: Estimate | str) -> float:
    assert isinstance(found, Estimate)
    return found.probability


def at(fitted: FittedCompetingRisks, deal: Deal, age: int, days: int) -> float:
    now = deal.stage_since + age * DAY
    return chance(fitted.probability(deal, by=now + days * DAY, as_of=now))


def test_a_curve_without_censoring_is_the_share_that_has_left() -> None:
    found = kernels(counted(lead={(0, "won"): 10, (1, "lost"): 20, (2, "won"): 10}))["lead"]
    assert found.left["won"] == pytest.approx([0, 0.25, 0.25, 0.5])
    assert found.left["lost"] == pytest.approx([0, 0, 0.5, 0.5])
    assert found.stay == pytest.approx([1, 0.75, 0.25, 0])


def test_visits_that_began_unseen_are_at_risk_from_then_on() -> None:
    counts = RiskCounts(DAY, NOW, {("lead", 1, "lost", ""): 10, ("lead", 3, "won", ""): 20}, {("lead", 1, ""): 10})
    found = kernels(counts)["lead"]
    assert found.stay == pytest.approx([1, 1, 0.5, 0.5, 0])  # 20 at risk at age 1, of whom 10 are lost; then 20 again


def test_beyond_the_last_age_with_ten_at_risk_hazards_are_pooled() -> None:
    exits = {(0, "lost"): 50.0, (1, "lost"): 40.0} | {(age, "won"): 1.0 for age in range(2, 10)}
    found = kernels(counted(lead=exits))["lead"]
    assert found.firm == 1
    assert found.tail["won"] == pytest.approx(8 / (36 + 48))
    longer = found.extended(60)
    assert longer.extended(10) is longer
    assert math.fsum(known[-1] for known in longer.left.values()) + longer.stay[-1] == pytest.approx(1)


masses = st.lists(st.integers(0, 9), min_size=12, max_size=12)


@given(masses, masses, st.integers(1, 6))
@settings(max_examples=40)
def test_chances_stay_between_nothing_and_one_and_rise_with_time(lead: list[int], offer: list[int], units: int) -> None:
    outcomes = [(age, to) for age in (0, 1, 2) for to in ("won", "lost", "lead", "offer")]
    counts = counted(
        lead={key: float(count) for key, count in zip(outcomes, lead, strict=True) if count} | {(3, "lost"): 1.0},
        offer={key: float(count) for key, count in zip(outcomes, offer, strict=True) if count} | {(3, "won"): 1.0},
    )
    table = win_table(kernels(counts), units)
    for stage in ("lead", "offer"):
        assert all(a <= b + 1e-9 for a, b in zip(table.fresh[stage], table.fresh[stage][1:], strict=False))
        for age in (0.0, 0.5, 2.0, 7.3):
            chances = [table.won(stage, age, part * units) for part in (0.0, 0.4, 1.0)]
            assert chances == sorted(chances)
            assert all(0 <= each <= 1 for each in chances)


def test_moves_on_the_same_day_and_round_in_a_circle_are_followed() -> None:
    counts = counted(lead={(0, "offer"): 100}, offer={(0, "won"): 50, (0, "lead"): 50})
    table = win_table(kernels(counts), 40)
    assert table.fresh["lead"][-1] == pytest.approx(1, abs=1e-6)
    assert table.fresh["offer"][1] > 0.5


@pytest.mark.long
def test_the_chances_are_those_of_the_true_law() -> None:
    truth, fitted = law(LINE, RATES), CompetingRisks().fit(record(6000), as_of=NOW)
    errors = []
    for stage in ("lead", "offer", "closing"):
        deal = LINE.open("new", stage=stage, at=NOW)
        for age in (0, 5, 12):
            for days in (7, 30):
                said = at(fitted, deal, age, days)
                true = truth.won_by(stage, age=age * DAY, horizon=days * DAY, step=DAY)
                errors.append(said - true)
                assert said == pytest.approx(true, abs=0.06)
    assert abs(sum(errors)) / len(errors) < 0.01


@pytest.mark.long
def test_a_book_with_a_known_truth_is_forecast_without_bias() -> None:
    moments = origins(START + 120 * DAY, NOW, every=30 * DAY)
    said = came = 0.0
    for seed in range(4):
        report = backtest([CompetingRisks(), ClosedRate()], record(1500, seed), origins=moments, horizon=30 * DAY)
        probabilities, won = report.said("competing risks")
        said, came = said + math.fsum(probabilities), came + sum(won)
        assert report.best == "competing risks"
        assert report.compare("competing risks", "closed rate").z > 2
    assert abs(said / came - 1) < 0.03 + 2 / math.sqrt(came)


def test_the_length_of_the_unit_hardly_matters() -> None:
    deals = record(1500)
    deal = LINE.open("new", stage="lead", at=NOW)
    by_day, by_hour = (CompetingRisks(unit=unit).fit(deals, as_of=NOW) for unit in (DAY, timedelta(hours=6)))
    assert at(by_day, deal, 4, 30) == pytest.approx(at(by_hour, deal, 4, 30), abs=0.01)


def test_counts_alone_give_the_same_model() -> None:
    from salesprocess.analytics import risk_counts, stage_visits

    deals = record(200)
    counts = risk_counts(stage_visits(deals, as_of=NOW), segment={deals[0].id: "kari"})
    assert CompetingRisks().fit_counts(counts) == CompetingRisks().fit(deals, as_of=NOW)


def test_a_period_in_the_future_is_what_is_won_by_its_end_but_not_before_its_beginning() -> None:
    deals = record(400)
    fitted = CompetingRisks().fit(deals, as_of=NOW)
    halves = [Period(NOW, NOW + 10 * DAY), Period(NOW + 10 * DAY, NOW + 30 * DAY)]
    parts = [fitted.forecast(deals, period=period, as_of=NOW).expected for period in halves]
    whole = fitted.forecast(deals, period=Period(NOW, NOW + 30 * DAY), as_of=NOW).expected
    assert float((parts[0] + parts[1]).amount) == pytest.approx(float(whole.amount))
    ever = fitted.forecast(deals, period=None, as_of=NOW).expected
    assert ever > whole
    with pytest.raises(OutOfRange, match="ends after"):
        fitted.forecast(deals, period=Period(START, NOW), as_of=NOW)


def test_a_stage_of_which_the_rulebook_says_too_little_has_no_prior() -> None:
    half = Process(
        "half",
        stages=[Stage("talks"), Stage("offer", 0.5, typical_duration=5 * DAY), Stage.won("won"), Stage.lost("lost")],
    )
    fitted = CompetingRisks(half).fit([], as_of=NOW)
    assert set(fitted.kernels) == {"offer"}
    certain = half.retune({"offer": 1.0}, tuning="certain")
    assert at(CompetingRisks(certain).fit([], as_of=NOW), half.open("new", stage="offer", at=NOW), 0, 400) > 0.99


def test_a_move_to_a_stage_of_which_nothing_is_known_counts_as_not_won() -> None:
    fitted = CompetingRisks().fit_counts(counted(lead={(1, "offer"): 20.0}))
    assert at(fitted, LINE.open("new", at=NOW), 0, 30) == 0


def test_without_history_the_prior_speaks_and_says_so() -> None:
    startup = templates.load("startup")
    first = next(stage for stage in startup.stages if stage.name == "proposal")
    deal = startup.open("new", at=NOW, amount=Money(100, "EUR"))
    fitted = CompetingRisks(startup).fit([], as_of=NOW)
    found = fitted.probability(deal, by=NOW + 2000 * DAY, as_of=NOW)
    assert isinstance(found, Estimate)
    assert "prior of the rulebook" in found.because
    assert found.probability == pytest.approx(startup.stages[0].probability, rel=0.1)  # type: ignore[arg-type]
    assert first.probability is not None
    table = win_table(fitted.kernels, 1500)
    assert table.fresh["proposal"][-1] == pytest.approx(first.probability, rel=0.1)


def test_history_outweighs_the_prior_as_it_grows() -> None:
    sure = Process("sure", stages=[Stage("talks", 0.9, typical_duration=5 * DAY), Stage.won("won"), Stage.lost("lost")])
    deal = sure.open("new", at=NOW)

    def said(lost: int) -> float:
        counts = RiskCounts(DAY, NOW, {("talks", 5, "lost", ""): float(lost)})
        fitted = CompetingRisks(sure).fit_counts(counts)
        assert "beside a prior worth 5" in fitted.within(deal, NOW, NOW, NOW + DAY).because  # type: ignore[union-attr]
        return at(fitted, deal, 0, 300)

    assert 0.3 > said(20) > said(200) > 0


def test_a_stage_that_was_never_seen_and_a_book_without_history_say_so() -> None:
    fitted = CompetingRisks().fit_counts(counted(lead={(1, "won"): 5.0}))
    assert fitted.probability(LINE.open("new", stage="offer", at=NOW), by=NOW + DAY, as_of=NOW) == NEVER_SEEN
    with pytest.raises(NoHistory):
        CompetingRisks().fit([], as_of=NOW)
    with pytest.raises(NoHistory):
        CompetingRisks().fit_counts(RiskCounts(DAY, NOW, {}))


def test_no_chance_is_told_of_a_deal_before_its_opening_or_by_what_was_learnt_later() -> None:
    early, late = LINE.open("early", at=START), LINE.open("late", at=NOW)
    by_age = CompetingRisks().fit_counts(counted(lead={(1, "won"): 5.0}))
    for fitted in (by_age, ClosedRate().fit(record(50), as_of=NOW)):
        with pytest.raises(OutOfRange, match="no earlier than what the method was fitted to"):
            fitted.probability(early, by=NOW, as_of=START)
        with pytest.raises(OutOfRange, match="no earlier than the opening"):
            attrs.evolve(fitted, fitted_as_of=START).probability(late, by=NOW, as_of=START)


def test_a_stage_that_nobody_was_seen_to_leave_says_so() -> None:
    deal = LINE.open("new", stage="offer", at=NOW)
    fitted = CompetingRisks().fit([deal], as_of=NOW + DAY)
    assert fitted.probability(deal, by=NOW + 2 * DAY, as_of=NOW + DAY) == NEVER_LEFT


def test_a_deal_that_is_older_than_any_other_goes_by_the_hazard_of_the_tail_and_is_marked() -> None:
    fitted = CompetingRisks().fit_counts(counted(lead={(1, "won"): 20.0, (4, "lost"): 20.0}))
    deal = LINE.open("old", at=NOW)
    found = fitted.probability(deal, by=NOW + 50 * DAY, as_of=NOW + 40 * DAY)
    assert isinstance(found, Estimate)
    assert "extrapolated" in found.because
    assert 0 <= found.probability < 0.5
    fresh = fitted.probability(deal, by=NOW + 2 * DAY, as_of=NOW)
    assert isinstance(fresh, Estimate)
    assert "extrapolated" not in fresh.because


@pytest.mark.long
def test_only_the_last_weeks_count_in_a_window_and_old_visits_fade() -> None:
    change = START + 180 * DAY
    better = Rates(shortcut=0, hold=0, back=0, unpriced=0, stages={"lead": StageRates(onward=0.9)})
    deals = book(LINE, 2500, rng=Random(1), start=START, as_of=NOW, rates=RATES, changes={change: better}).deals
    deal = LINE.open("new", stage="lead", at=NOW)
    whole, window, fading = (
        at(model.fit(deals, as_of=NOW), deal, 0, 60)
        for model in (CompetingRisks(), CompetingRisks(window=120 * DAY), CompetingRisks(half_life=30 * DAY))
    )
    true = law(LINE, better).won_by("lead", age=timedelta(0), horizon=60 * DAY, step=DAY)
    assert abs(window - true) < abs(whole - true)
    assert abs(fading - true) < abs(whole - true)


@pytest.mark.parametrize("name", ["window", "half_life", "unit"])
def test_a_span_of_nothing_is_refused(name: str) -> None:
    with pytest.raises(OutOfRange, match=name):
        CompetingRisks(**{name: timedelta(0)})  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def test_a_fitted_model_pickles() -> None:
    fitted = CompetingRisks().fit(record(100), as_of=NOW)
    assert pickle.loads(pickle.dumps(fitted)) == fitted


def test_the_closed_rate_counts_closed_deals_alone() -> None:
    won, lost, still = (LINE.open(name, stage="closing", at=START, amount=Money(10, "EUR")) for name in "ABC")
    deals = [LINE.win(won, at=NOW), LINE.lose(lost, at=NOW), still]
    fitted = ClosedRate().fit(deals, as_of=NOW)
    assert chance(fitted.probability(still, by=NOW, as_of=NOW)) == 0.5
    assert fitted.probability(LINE.open("D", at=NOW), by=NOW, as_of=NOW) == NONE_CLOSED
    assert fitted.forecast(deals, period=None, as_of=NOW).expected == Money(5, "EUR")
    with pytest.raises(NoHistory, match="is closed by"):
        ClosedRate().fit([still], as_of=NOW)


def test_a_markov_chain_forgets_how_long_a_deal_has_waited() -> None:
    rows = counted(lead={(0, "won"): 10.0, (9, "lost"): 10.0})
    fitted = Markov().fit_counts(rows)
    young, old = (at(fitted, LINE.open("new", at=NOW), age, 5) for age in (0, 20))
    assert young == pytest.approx(old)
    time = 20 + 9 * 10  # all are at risk in the first unit, half of them in the nine that follow
    leaving = 20 / time
    assert young == pytest.approx((1 - (1 - leaving) ** 5) / 2)
    found = fitted.probability(LINE.open("new", at=NOW), by=NOW + 50 * DAY, as_of=NOW)
    assert isinstance(found, Estimate)
    assert "extrapolated" not in found.because
    assert fitted.method == Markov.method == "markov"
    assert Markov().fit(record(200), as_of=NOW).forecast(record(200), period=None, as_of=NOW).method == "markov"
    assert "prior of the rulebook" in str(Markov(LINE).fit([], as_of=NOW).probability(record(9)[-1], by=NOW, as_of=NOW))
    with pytest.raises(OutOfRange, match="manual"):
        Markov(manual="believed")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


@pytest.mark.long
def test_a_history_that_fades_does_not_bend_steady_rates() -> None:
    deals = record(4000)
    deal = LINE.open("new", stage="offer", at=NOW)
    even, fading = (at(CompetingRisks(half_life=span).fit(deals, as_of=NOW), deal, 3, 20) for span in (None, 60 * DAY))
    assert even == pytest.approx(fading, abs=0.05)


def test_a_segment_that_wins_more_is_told_apart_as_far_as_its_record_bears() -> None:
    good, bad, new = (LINE.open(name, stage="closing", owner=name, at=NOW) for name in ("good", "bad", "new"))

    def share(visits: int) -> dict[str, float]:
        exits = {
            ("closing", 5, outcome, owner): visits * count / 10
            for owner, wins in (("good", 8), ("bad", 2), ("fair", 5))
            for outcome, count in (("won", wins), ("lost", 10 - wins))
        }
        fitted = CompetingRisks(segments={"owner": by_owner}).fit_counts(RiskCounts(DAY, NOW, exits))
        return {deal.id: at(fitted, deal, 0, 30) for deal in (good, bad, new)}

    little, much = share(10), share(1000)
    assert much["good"] > little["good"] > little["new"] > little["bad"] > much["bad"]
    assert much["good"] == pytest.approx(0.8, abs=0.02)
    assert little["new"] == pytest.approx(0.5, abs=0.03)


def test_segments_are_those_of_the_deal_when_it_entered_the_stage() -> None:
    deals = [
        LINE.amend(LINE.advance(deal, at=START + DAY), owner="closer", at=START + 2 * DAY)
        for deal in (LINE.open(name, at=START, owner="kari", amount=Money(3000, "EUR")) for name in "ABC")
    ]
    model = CompetingRisks(segments={"owner": by_owner, "size": by_size, "pace": by_pace})
    counts = model.counts(deals, as_of=NOW)
    assert {segment.split("\x1f")[0] for *_, segment in counts.exits} == {"kari"}
    deals[1:] = [LINE.lose(deal, at=START + 9 * DAY) for deal in deals[1:]]
    found = model.fit(deals, as_of=NOW).probability(deals[0], by=NOW + DAY, as_of=NOW)
    assert isinstance(found, Estimate)
    for part in ("owner kari: lost ×", "size 2,048 to 4,096 EUR", "pace 1 to 2 days"):
        assert part in found.because
    assert by_pace(LINE.open("now", at=NOW)) == "within a day"
    assert by_size(LINE.open("free", at=NOW)) == by_owner(LINE.open("free", at=NOW)) == ""
    assert by_size(LINE.open("cheap", amount=Money("0.5", "EUR"), at=NOW)) == "below 1 EUR"


@pytest.mark.long
def test_segments_that_do_not_differ_change_next_to_nothing() -> None:
    deals = record(3000)
    deal = LINE.open("new", stage="offer", owner="0", at=NOW)

    def lot(deal: Deal) -> str:
        return str(sum(map(ord, deal.id)) % 4)

    plain, split = (
        at(CompetingRisks(segments=segments).fit(deals, as_of=NOW), deal, 2, 30) for segments in ({}, {"lot": lot})
    )
    assert plain == pytest.approx(split, abs=0.03)


def test_a_stated_probability_wins_where_the_forecaster_is_told_so() -> None:
    deals = record(300)
    period = Period(NOW, NOW + 30 * DAY)
    stated = LINE.open("sure", at=NOW, amount=Money(100, "EUR"), probability=0.9, expected_close=(NOW + 5 * DAY).date())
    believed, ignored = (
        CompetingRisks(manual=manual).fit(deals, as_of=NOW).forecast([stated], period=period, as_of=NOW)
        for manual in ("wins", "ignored")
    )
    assert believed.deals[0].probability == 0.9
    assert "stated for this deal" in believed.deals[0].because
    assert ignored.deals[0].probability < 0.9
    assert "ignored" in ignored.definition
    assert "win," in believed.definition


def test_a_forecast_of_a_time_before_the_fit_is_refused() -> None:
    deals = record(50)
    with pytest.raises(OutOfRange, match="fitted to"):
        CompetingRisks().fit(deals, as_of=NOW).forecast(deals, period=None, as_of=NOW - DAY)


def test_any_time_at_all_is_what_the_moves_lead_to_in_the_end() -> None:
    counts = counted(
        lead={(2, "offer"): 60.0, (3, "lost"): 40.0}, offer={(1, "won"): 50.0, (4, "lead"): 30.0, (5, "lost"): 20.0}
    )
    fitted = CompetingRisks().fit_counts(counts)
    chance_of_lead = 0.6 * 0.5 / (1 - 0.6 * 0.3)
    assert at(fitted, LINE.open("new", at=NOW), 0, 36500) == pytest.approx(chance_of_lead)
    late = at(fitted, LINE.open("new", stage="offer", at=NOW), 2, 36500)
    assert late == pytest.approx((30 * chance_of_lead) / 50)
    assert at(fitted, LINE.open("new", at=NOW), 900, 36500) == 0  # the last ones to leave were lost
    assert at(fitted, LINE.open("new", at=NOW), 0, 3000) == pytest.approx(chance_of_lead, abs=1e-6)


def test_deals_that_go_round_for_ever_or_never_move_are_never_won() -> None:
    still = {(3, "censored"): 30.0}
    fitted = CompetingRisks().fit_counts(counted(lead={(1, "offer"): 20.0}, offer={(1, "lead"): 20.0}, closing=still))
    for stage in ("lead", "offer"):
        assert at(fitted, LINE.open("new", stage=stage, at=NOW), 0, 36500) == 0
    assert fitted.probability(LINE.open("new", stage="closing", at=NOW), by=NOW + DAY, as_of=NOW) == NEVER_LEFT


def test_a_kernel_that_nobody_leaves_beyond_the_last_age_keeps_what_has_left() -> None:
    found = kernels(counted(lead={(0, "won"): 10.0, (1, "censored"): 10.0}))["lead"]
    assert 0.4 < found.reached("won", 1) <= found.reached("won", math.inf) <= 1
    assert found.reached("offer", 5) == 0
    never = kernels(counted(lead={(0, "won"): 100.0, **{(age, "censored"): 50.0 for age in range(1, 9)}}))["lead"]
    assert never.reached("won", math.inf) >= never.reached("won", 8)
    assert Kernel({"won": [0.0, 0.4]}, [1.0, 0.6], {"won": 0.0}, 1, 10).reached("won", 9) == 0.4
    assert found.staying(0.5) == pytest.approx(1 - found.reached("won", 0.5))
