"""What rates state comes true: arrivals, stays, chances, owners, a change of regime, and the law that follows."""

import math
import statistics
from collections import Counter
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salesprocess import Policy, Process, Stage, templates
from salesprocess import criteria as c
from salesprocess.deal import Deal
from salesprocess.errors import OutOfRange, UnknownStage
from salesprocess.events import Entered
from salesprocess.simulation import Arrivals, Book, Rates, StageRates, book, law

START = datetime(2025, 1, 6, tzinfo=UTC)
END = START + timedelta(days=364)
LINE = Process(
    "line",
    stages=[Stage("lead", 0.2), Stage("offer", 0.5), Stage("closing", 0.8), Stage.won("won"), Stage.lost("lost")],
    policy=Policy(back="any"),
)
QUIET = Rates(shortcut=0, hold=0, objection=0, push=0, unpriced=0, diligence=0)
STATED = Rates(
    shortcut=0,
    hold=0,
    objection=0,
    push=0,
    unpriced=0,
    stages={
        "lead": StageRates(onward=0.5, stay=timedelta(days=10), lost_stay=timedelta(days=25), spread=0.5),
        "offer": StageRates(onward=0.55, back=0.15, stay=timedelta(days=6)),
        "closing": StageRates(onward=0.7, back=0.1, stay=timedelta(days=4), lost_stay=timedelta(days=12)),
    },
)
BY_OWNER = Rates(shortcut=0, hold=0, owners=("ada", "bo"), owner_effects={"ada": 0.8, "bo": -0.8})


def simulate(rates: Rates, n: int | Arrivals = 1500, seed: int = 1, **more: object) -> Book:
    return book(LINE, n, rng=Random(seed), start=START, as_of=END, rates=rates, **more)  # type: ignore[arg-type]


def visits(deal: Deal) -> list[tuple[str, datetime, datetime, str]]:
    """Each visit of an open stage: the stage, its two ends, and where it led."""
    moves = [event for event in deal.history if isinstance(event, Entered)]
    begins = [deal.opened_at, *(move.at for move in moves)]
    return [(str(move.source), begin, move.at, move.destination) for begin, move in zip(begins, moves, strict=False)]


def within(share: float, truth: float, n: int, deviations: float = 4) -> bool:
    return abs(share - truth) <= deviations * math.sqrt(max(truth * (1 - truth), 1e-9) / n)


def test_visits_end_as_often_and_last_as_long_as_stated() -> None:
    seen = [visit for life in simulate(STATED).lives for visit in visits(life)]
    for stage, stated in STATED.stages.items():
        ends = Counter(to for source, _, _, to in seen if source == stage)
        ahead = {"lead": "offer", "offer": "closing", "closing": "won"}[stage]
        assert stated.onward is not None
        assert within(ends[ahead] / ends.total(), stated.onward, ends.total())
        for lost, median in ((False, stated.stay), (True, stated.lost_stay or stated.stay)):
            stays = [end - begin for source, begin, end, to in seen if source == stage and (to == "lost") == lost]
            assert median is not None
            error = 1.2533 * (stated.spread or STATED.dwell_spread) / math.sqrt(len(stays))
            assert abs(math.log(statistics.median(stay / median for stay in stays))) < 4 * error


def test_a_stage_of_which_nothing_is_stated_follows_its_prior() -> None:
    lives = simulate(QUIET).lives
    assert within(sum(life.status == "won" for life in lives) / len(lives), 0.2, len(lives))


def test_owners_win_as_often_as_their_law_says() -> None:
    truth = law(LINE, BY_OWNER)
    lives = simulate(BY_OWNER).lives
    for owner in BY_OWNER.owners:
        own = [life.status == "won" for life in lives if life.owner == owner]
        assert within(sum(own) / len(own), truth.won("lead", owner=owner), len(own))
    assert truth.won("lead", owner="ada") > 0.2 > truth.won("lead", owner="bo")
    assert truth.won("lead") == pytest.approx(0.2)


def test_rates_change_for_the_visits_that_begin_after_the_date() -> None:
    change = START + timedelta(days=180)
    later = Rates(shortcut=0, hold=0, stages={"lead": StageRates(onward=0.9, stay=timedelta(days=1), spread=0)})
    seen = [visit for life in simulate(STATED, changes={change: later}).lives for visit in visits(life)]
    first = [(end - begin, to) for stage, begin, end, to in seen if stage == "lead" and begin >= change]
    assert {stay for stay, _ in first} == {timedelta(days=1)}
    assert within(sum(to == "offer" for _, to in first) / len(first), 0.9, len(first))
    before = [to for stage, begin, _, to in seen if stage == "lead" and begin < change]
    assert within(sum(to == "offer" for to in before) / len(before), 0.5, len(before))


def test_deals_arrive_at_the_stated_rate_and_never_on_a_day_without_any() -> None:
    arrivals = Arrivals(per_day=3, growth=1.0, weekdays=(1, 1, 1, 1, 2, 0, 0), tz="Europe/Oslo")
    openings = list(arrivals.between(START, END, Random(3)))
    hours = [START + timedelta(hours=hour) for hour in range(364 * 24)]
    expected = math.fsum(arrivals.rate(hour, START) / 24 for hour in hours)
    assert abs(len(openings) - expected) < 4 * math.sqrt(expected)
    days = Counter(moment.astimezone(arrivals.tz).weekday() for moment in openings)
    assert days[5] == days[6] == 0
    assert within(days[4] / days.total(), 2 / 6, days.total())
    half = START + timedelta(days=182)
    assert sum(moment >= half for moment in openings) > 1.2 * sum(moment < half for moment in openings)


@given(st.integers(0, 2**32), st.floats(0, 5))
@settings(max_examples=20)
def test_arrivals_lie_in_the_book_in_order(seed: int, rate: float) -> None:
    openings = list(Arrivals(per_day=rate).between(START, START + timedelta(days=30), Random(seed)))
    assert openings == sorted(openings)
    assert all(START <= moment < START + timedelta(days=30) for moment in openings)


def test_a_book_can_be_of_arrivals() -> None:
    simulated = simulate(QUIET, Arrivals(per_day=0.5))
    assert within(len(simulated.lives) / 364, 0.5, 364, 6)
    assert simulate(QUIET, Arrivals(per_day=0)).lives == ()


@pytest.mark.long
@pytest.mark.parametrize("stage", ["lead", "offer", "closing"])
def test_the_law_says_how_often_deals_are_won_in_the_end(stage: str) -> None:
    reached = [life for life in simulate(STATED, 3000).lives if any(at == stage for at, *_ in visits(life))]
    won = sum(life.status == "won" for life in reached) / len(reached)
    assert within(won, law(LINE, STATED).won(stage), len(reached))


@pytest.mark.long
@pytest.mark.parametrize("days", [0, 9, 20])
def test_the_law_says_how_often_deals_of_a_stage_and_age_are_won_in_a_month(days: int) -> None:
    truth, month, age = law(LINE, STATED), timedelta(days=30), timedelta(days=days)
    lives = simulate(STATED, 4000).lives
    for stage in STATED.stages:
        there = [
            (life, begin + age)
            for life in lives
            for at, begin, end, _ in visits(life)
            if at == stage and end > begin + age
        ]
        won = sum(life.status == "won" and life.outcome.at <= now + month for life, now in there if life.outcome)
        assert len(there) > 100 or days
        assert within(won / len(there), truth.won_by(stage, age=age, horizon=month), len(there))


@pytest.mark.long
def test_the_law_agrees_with_itself() -> None:
    truth, day = law(LINE, STATED), timedelta(days=1)
    chances = [truth.won_by("lead", age=0 * day, horizon=day * days) for days in (0, 10, 40, 100)]
    assert chances == sorted(chances)
    assert chances[0] == 0
    coarse = truth.won_by("offer", age=3 * day, horizon=20 * day, step=day)
    fine = truth.won_by("offer", age=3 * day, horizon=20 * day, step=day / 8)
    assert coarse == pytest.approx(fine, abs=0.003)
    assert truth.won_by("closing", age=day, horizon=300 * day, step=day) == pytest.approx(
        truth.won("closing"), abs=0.05
    )


@pytest.mark.parametrize("name", ["age", "horizon"])
def test_a_span_below_zero_is_refused(name: str) -> None:
    spans: dict[str, Any] = {"age": timedelta(0), "horizon": timedelta(30)} | {name: timedelta(-1)}
    with pytest.raises(OutOfRange, match=name):
        law(LINE, STATED).won_by("lead", **spans)


def test_a_stay_without_spread_ends_on_the_day() -> None:
    day = timedelta(days=1)
    exact = Rates(shortcut=0, back=0, dwell_spread=0, typical_duration=5 * day)
    truth = law(LINE, exact)
    assert truth.won_by("closing", age=4 * day, horizon=2 * day) == pytest.approx(0.8)
    assert truth.won_by("closing", age=2 * day, horizon=2 * day) == 0
    assert truth.won_by("closing", age=5 * day, horizon=0 * day) == 0
    assert truth.won_by("closing", age=6 * day, horizon=2 * day) == 0  # nobody is left at this age


def test_a_law_needs_a_process_in_which_chance_alone_decides() -> None:
    with pytest.raises(OutOfRange, match="nothing but chance"):
        law(templates.load("startup"), Rates(shortcut=0))
    with pytest.raises(OutOfRange, match="shortcut"):
        law(LINE, Rates())
    stuck = Process("stuck", stages=[Stage("talks", exit=[c.approved("budget")]), Stage.won("won"), Stage.lost("lost")])
    with pytest.raises(OutOfRange, match="how talks ends"):
        law(stuck, QUIET)
    shut = Process("shut", stages=[Stage("talks", entry=[c.approved("budget")]), Stage.won("won"), Stage.lost("lost")])
    with pytest.raises(OutOfRange, match="nothing but chance"):
        law(shut, QUIET)


def test_a_law_knows_its_stages_and_owners() -> None:
    with pytest.raises(OutOfRange, match="one of"):
        law(LINE, QUIET).won("won")
    with pytest.raises(OutOfRange, match="one of"):
        law(LINE, QUIET).won("lead", owner="nobody")
    with pytest.raises(OutOfRange, match="horizon must be zero or more"):
        law(LINE, QUIET).won_by("lead", age=timedelta(0), horizon=timedelta(-1))


@pytest.mark.parametrize(
    "call",
    [
        lambda: StageRates(onward=0.7, back=0.4),
        lambda: StageRates(stay=timedelta(0)),
        lambda: Rates(owners=("ada", "bo"), owner_effects={"ada": 1, "nobody": 1}),
        lambda: Rates(owners=("ada", "bo"), owner_effects={"ada": 1, "bo": math.inf}),
        lambda: Arrivals(per_day=-1),
        lambda: Arrivals(per_day=1, growth=-1),
        lambda: Arrivals(per_day=1, weekdays=(1, 1)),
    ],
)
def test_rates_that_cannot_be_are_refused(call: object) -> None:
    with pytest.raises(OutOfRange):
        call()  # type: ignore[operator]


def test_rates_of_a_stage_that_the_process_does_not_have_are_refused() -> None:
    with pytest.raises(UnknownStage, match="lead"):
        simulate(Rates(stages={"laed": StageRates(onward=0.5)}))
    with pytest.raises(UnknownStage):
        simulate(QUIET, changes={START: Rates(stages={"laed": StageRates()})})
