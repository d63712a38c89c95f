"""Synthetic books obey their rulebook, repeat under a seed, and behave as their rates say."""

import math
import pickle
import statistics
import subprocess
import sys
from collections import Counter
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salesprocess import Fact, Money, Policy, Process, Stage, Transition, TransitionRefused, Verdict, templates
from salesprocess import criteria as c
from salesprocess.deal import Deal, replay
from salesprocess.errors import OutOfRange, WrongKind
from salesprocess.events import Amended, Approved, Entered, Held, ObjectionRaised, Opened, Resumed
from salesprocess.simulation import Book, Rates, book
from salesprocess.simulation.world import World, conversion
from salesprocess.stages import Activity, LossReason
from salesprocess.testing import processes
from salesprocess.working_time import WorkingDays, WorkingHours
from tests.strategies import faulty_criteria

START = datetime(2025, 1, 1, tzinfo=UTC)
AS_OF = datetime(2025, 7, 1, tzinfo=UTC)
BUSY = Rates(back=0.2, shortcut=0.3, hold=0.3, objection=0.5, unpriced=0.5, push=0.9)

seeds = st.integers(0, 2**32)
each_template = pytest.mark.parametrize("name", templates.names())


def simulate(process: Process, n: int = 10, seed: int = 1, rates: Rates = BUSY) -> Book:
    return book(process, n, rng=Random(seed), start=START, as_of=AS_OF, rates=rates)


def moves(deal: Deal) -> list[Entered]:
    return [event for event in deal.history if isinstance(event, Entered)]


def stages_of(deal: Deal) -> list[str]:
    opened = deal.history[0]
    assert isinstance(opened, Opened)
    return [opened.stage, *(move.destination for move in moves(deal))]


def obeys(process: Process, simulated: Book) -> None:
    for deal, life in zip(simulated.deals, simulated.lives, strict=True):
        assert replay(life.history) == life
        assert process.recheck(life.history) == ()
        assert not any(move.overridden for move in moves(life))
        assert deal == life.as_of(AS_OF) == replay(deal.history)
        assert START <= deal.opened_at < AS_OF
        assert deal.updated_at <= AS_OF
        assert simulated.truth[deal.id] == life.outcome
        assert life.status in ("won", "lost")


@pytest.mark.long
@each_template
@given(seed=seeds)
@settings(max_examples=20)
def test_every_deal_of_a_template_obeys_its_rules(name: str, seed: int) -> None:
    process = templates.load(name)
    obeys(process, simulate(process, seed=seed))


@pytest.mark.long
@given(processes(), seeds)
@settings(max_examples=50)
def test_every_deal_of_any_process_obeys_its_rules(process: Process, seed: int) -> None:
    with suppress(TransitionRefused):  # a process can be such that no deal may begin
        obeys(process, simulate(process, 4, seed))


@pytest.mark.long
@given(processes(more=faulty_criteria()), seeds)
@settings(max_examples=50)
def test_a_rule_that_fails_is_never_passed(process: Process, seed: int) -> None:
    with suppress(TransitionRefused):  # a process can be such that no deal may begin
        obeys(process, simulate(process, 4, seed))


@given(seeds)
@settings(max_examples=10)
def test_the_same_seed_gives_the_same_book_and_another_one_another(seed: int) -> None:
    process = templates.load("startup")
    assert simulate(process, seed=seed) == simulate(process, seed=seed)
    assert simulate(process, seed=seed).lives != simulate(process, seed=seed + 1).lives


@pytest.mark.parametrize("hash_seed", ["1", "2"])
def test_a_book_does_not_depend_on_the_python_run(hash_seed: str) -> None:
    program = (
        "import hashlib, random, datetime as d; from salesprocess import simulation, templates\n"
        "day = lambda month: d.datetime(2025, month, 1, tzinfo=d.UTC)\n"
        "book = simulation.book(templates.load('startup'), 30, rng=random.Random(5), start=day(1), as_of=day(7))\n"
        "print(hashlib.sha256(repr([life.history for life in book.lives]).encode()).hexdigest())"
    )
    here = book(templates.load("startup"), 30, rng=Random(5), start=START, as_of=AS_OF)
    digest = subprocess.run(
        [sys.executable, "-c", program],
        env={"PYTHONHASHSEED": hash_seed, "PYTHONPATH": ":".join(path for path in sys.path if path)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    assert digest == _digest(here)


def _digest(simulated: Book) -> str:
    import hashlib

    return hashlib.sha256(repr([life.history for life in simulated.lives]).encode()).hexdigest()


def test_a_book_pickles() -> None:
    simulated = simulate(templates.load("generic"), 5)
    assert pickle.loads(pickle.dumps(simulated)) == simulated


def test_no_deals_make_an_empty_book() -> None:
    simulated = simulate(templates.load("generic"), 0)
    assert (simulated.deals, simulated.lives, simulated.truth) == ((), (), {})


def test_a_negative_number_of_deals_is_refused() -> None:
    with pytest.raises(OutOfRange, match="n must be zero or more"):
        simulate(templates.load("generic"), -1)


def test_a_seed_in_place_of_a_generator_is_refused() -> None:
    seed: Any = 7
    with pytest.raises(WrongKind, match="rng wants a Random, got 7"):
        book(templates.load("generic"), 1, rng=seed, start=START, as_of=START + timedelta(days=1))


def test_a_book_cannot_be_cut_off_before_it_begins() -> None:
    with pytest.raises(OutOfRange, match="later than the start"):
        book(templates.load("generic"), 1, rng=Random(1), start=START, as_of=START)


@pytest.mark.long
@each_template
def test_the_share_of_deals_won_from_each_stage_is_its_prior(name: str) -> None:
    process = templates.load(name)
    simulated = simulate(process, 1500, seed=11, rates=Rates(back=0.1))
    for stage in process.stages:
        if stage.kind == "open" and stage.probability is not None:
            reached = [life for life in simulated.lives if stage.name in stages_of(life)]
            won = sum(life.status == "won" for life in reached) / len(reached)
            deviation = math.sqrt(stage.probability * (1 - stage.probability) / len(reached))
            assert abs(won - stage.probability) < 4 * deviation


LINE = Process(
    "line",
    stages=[Stage("first", 0.2), Stage("second", 0.5), Stage("third", 0.8), Stage.won("won"), Stage.lost("lost")],
    policy=Policy(back="any"),
)


@given(st.floats(0, 0.3), st.sampled_from(["third", "won"]))
def test_a_step_back_leaves_the_chance_of_winning_as_it_was(back: float, destination: str) -> None:
    world = World.of(LINE, Rates(back=back), Random(1))
    ahead = conversion(world.rates, world.priors, "second", destination, "first", None)
    assert math.isclose(back * world.priors["first"] + ahead * world.priors[destination], world.priors["second"])


def test_priors_that_fall_along_the_line_give_the_nearest_chance_there_is() -> None:
    falling = LINE.retune({"first": 0.9, "second": 0.1, "third": 0.0}, tuning="falling")
    world = World.of(falling, Rates(back=0.3), Random(1))

    def chance(source: str, destination: str, back: str | None) -> float:
        return conversion(world.rates, world.priors, source, destination, back, None)

    assert chance("first", "second", None) == 1.0
    assert chance("second", "third", "first") == 0.7
    assert chance("second", "won", "first") == 0.0


def test_a_deal_stays_in_a_stage_as_long_as_is_typical_for_it() -> None:
    process = LINE.retune({"first": {"typical_duration": timedelta(days=30)}}, tuning="slow")
    lives = simulate(process, 800, rates=Rates(back=0, hold=0, shortcut=0)).lives
    stays = [(moves(life)[0].at - life.opened_at).total_seconds() / 86400 for life in lives]
    assert statistics.median(stays) == pytest.approx(30, rel=0.1)
    assert statistics.stdev(map(math.log, stays)) == pytest.approx(Rates().dwell_spread, rel=0.1)


def test_work_is_done_in_the_time_that_it_has_also_where_that_counts_in_working_time() -> None:
    work = [Activity("call", within=WorkingHours(timedelta(hours=2))), Activity("visit", within=WorkingDays(1))]
    process = Process("p", stages=[Stage("talks", 0.5, activities=work), Stage.won("won"), Stage.lost("lost")])
    deals = book(process, 50, rng=Random(3), start=START, as_of=START + timedelta(days=900)).deals
    done = [(event.activity, event.at - deal.opened_at) for deal in deals for event in deal.activities]
    assert {activity for activity, _ in done} == {"call", "visit"}
    assert all(age <= timedelta(hours=2) if activity == "call" else age <= timedelta(days=1) for activity, age in done)


def test_amounts_are_lognormal_around_the_usual_one_in_its_currency() -> None:
    rates = Rates(amount=Money(5000, "NOK"), unpriced=0)
    amounts = [deal.amount for deal in simulate(LINE, 800, rates=rates).deals if deal.amount]
    assert len(amounts) == 800
    assert {amount.currency for amount in amounts} == {"NOK"}
    assert statistics.median(amount.amount for amount in amounts) == pytest.approx(Decimal(5000), rel=Decimal("0.1"))


@pytest.mark.long
def test_a_busy_book_shows_everything_that_happens_to_deals() -> None:
    process = templates.load("startup")
    simulated = simulate(process, 400, rates=BUSY)
    kinds = Counter(type(event) for life in simulated.lives for event in life.history)
    assert kinds[Held] == kinds[Resumed] > 0
    assert kinds[ObjectionRaised] > 0
    assert {deal.status for deal in simulated.deals} == {"open", "on_hold", "won", "lost"}
    assert {deal.owner for deal in simulated.deals} == set(BUSY.owners)
    assert any(deal.amount is None for deal in simulated.deals)
    places = {stage.name: place for place, stage in enumerate(process.stages)}
    assert any(
        move.source is not None and places[move.destination] < places[move.source]
        for life in simulated.lives
        for move in moves(life)
    )
    pushed = [
        event
        for life in simulated.lives
        for event in life.history
        if isinstance(event, Amended) and "expected_close" in event.terms
    ]
    assert pushed
    for event in pushed:
        day = event.terms["expected_close"]
        assert isinstance(day, date)
        assert day > event.at.date()


def test_a_quiet_book_has_nothing_but_work_and_moves_ahead() -> None:
    quiet = Rates(back=0, shortcut=0, hold=0, objection=0, push=0, unpriced=0, diligence=0)
    for life in simulate(LINE, 50, rates=quiet).lives:
        path = stages_of(life)
        line = ["first", "second", "third", "won"]
        assert path in (line, *([*line[:place], "lost"] for place in (1, 2, 3)))
        assert all(isinstance(event, Opened | Entered) for event in life.history)


@c.criterion("min_margin", "margin is below {minimum}", names={"fact": "fact"})
def min_margin(deal: Deal, ask: c.Ask, *, minimum: Decimal, fact: str = "margin") -> bool:
    margin = deal.facts.get(fact)
    return isinstance(margin, Decimal) and margin >= minimum


@c.criterion("talked", "nobody talked", names={"activity": "activity"})
def talked(deal: Deal, ask: c.Ask, activity: str) -> bool:
    return any(done.activity == activity for done in deal.activities)


@c.criterion("stated", "no probability is stated")
def stated(deal: Deal, ask: c.Ask) -> bool | Verdict:
    return Verdict.unknown("probability") if deal.probability is None else True


FACTS = [
    Fact("seats", int, minimum=1, maximum=50),
    Fact("heritage", bool),
    Fact("region", str, choices=("north", "south")),
    Fact("margin", Decimal, minimum=Decimal(0), maximum=Decimal(1)),
    Fact("people", str, many=True),
    Fact("starts", date),
    Fact("budget", Money),
]


def certain(criterion: c.Criterion, policy: Policy | None = None) -> Process:
    """A process in which every deal is won, if only the criterion can be met."""
    return Process(
        "certain",
        facts=FACTS,
        stages=[
            Stage("talks", 1.0, exit=[criterion], activities=[Activity("call")]),
            Stage.won("won"),
            Stage.lost("lost", reasons=[LossReason("duplicate", counts=False)]),
        ],
        policy=policy or Policy(),
    )


@pytest.mark.parametrize(
    "criterion",
    [
        c.has("people"),
        c.has("starts"),
        c.equals("heritage", True),
        c.equals("seats", 7),
        c.one_of("region", ("south",)),
        c.at_least("seats", 40),
        c.at_least("margin", Decimal("0.9")),
        c.at_least("budget", Money(700, "NOK")),
        c.count_at_least("people", 4),
        c.done("call"),
        c.done("call", during="visit"),
        c.amount_at_least(Money(10**6, "EUR")),
        c.amount_at_least(Money(10**6, "NOK")),
        c.objections_resolved(),
        c.approvals_at_least("discount", 3),
        c.approvals_at_least("discount", 2, role="board"),
        c.has_items(),
        c.all_of(c.has_items(), c.amount_at_least(Money(10**6, "EUR"))),
        c.all_of(c.has_items(), c.when(c.has_items(), c.amount_at_least(Money(10**7, "EUR")))),
        c.approved("discount"),
        c.approved("discount", role="deal_desk", while_unchanged=("amount",), not_by="owner"),
        c.any_of(c.done("call"), c.has("people")),
        c.all_of(c.done("call"), c.has("people"), c.amount_at_least(Money(10**6, "EUR"))),
        c.when(c.equals("heritage", True), c.approved("discount", role="board")),
        min_margin(minimum=Decimal("0.1")),
        talked("call"),
    ],
    ids=str,
)
def test_whatever_a_rule_wants_is_done_and_not_forced(criterion: c.Criterion) -> None:
    process = certain(criterion)
    simulated = simulate(process, 40, rates=Rates(objection=0.5, diligence=0, unpriced=0.5))
    obeys(process, simulated)
    assert {life.status for life in simulated.lives} == {"won"}


@pytest.mark.parametrize(
    "criterion",
    [
        c.equals("seats", 51),
        c.one_of("region", ("west",)),
        c.at_least("seats", 51),
        c.all_of(c.has("seats"), c.not_(c.has("seats"))),
        c.not_(c.done("call")),
        stated(),
    ],
    ids=str,
)
def test_what_cannot_be_met_is_lost(criterion: c.Criterion) -> None:
    process = certain(criterion)
    lives = simulate(process, 20, rates=Rates(diligence=1)).lives
    assert {(life.status, life.outcome and life.outcome.reason) for life in lives} == {("lost", "duplicate")}


@pytest.mark.parametrize(
    "criterion",
    [
        c.equals("colour", "red"),
        c.equals("size", 3),
        c.equals("tags", ("a", "b")),
        c.at_least("score", 0.5),
        c.one_of("grade", ("a", "b")),
        c.count_at_least("guests", 3),
        c.has("anything"),
    ],
    ids=str,
)
def test_facts_that_nobody_declared_are_learnt_where_the_policy_is_free(criterion: c.Criterion) -> None:
    process = certain(criterion, Policy(facts="free"))
    assert {life.status for life in simulate(process, 20).lives} == {"won"}


def test_a_fact_that_must_not_be_so_is_asked_for_again() -> None:
    process = certain(c.not_(c.equals("seats", 5)))
    statuses = Counter(life.status for life in simulate(process, 60).lives)
    assert statuses["won"] > 55


def test_somebody_else_than_the_owner_approves() -> None:
    process = certain(c.approved("discount", role="deal_desk"))
    approvals = [e for life in simulate(process).lives for e in life.history if isinstance(e, Approved)]
    assert {(e.by and e.by.id, e.by and e.by.roles) for e in approvals} == {("sales_manager", frozenset({"deal_desk"}))}


def test_what_a_deal_needs_to_begin_is_known_from_the_start() -> None:
    entry = [c.has("seats"), c.amount_at_least(Money(10**6, "EUR"))]
    process = Process(
        "gate",
        facts=FACTS,
        stages=[Stage("vip", 0.5, entry=entry, when=c.equals("heritage", True)), Stage.won("won"), Stage.lost("lost")],
    )
    for life in simulate(process).lives:
        assert life.history[0].facts["heritage"] is True  # type: ignore[union-attr]


def test_a_process_that_lets_no_deal_begin_makes_no_book() -> None:
    process = Process(
        "closed",
        facts=FACTS,
        stages=[Stage("talks", entry=[c.equals("seats", 99)]), Stage.won("won"), Stage.lost("lost")],
    )
    with pytest.raises(TransitionRefused, match="seats"):
        simulate(process)


def test_a_branch_is_taken_by_some_deals_and_passed_by_others() -> None:
    permit = Stage("permit", 0.9, when=c.equals("heritage", True))
    process = Process("branch", facts=FACTS, stages=[Stage("talks", 0.9), permit, Stage.won("won"), Stage.lost("lost")])
    assert {"permit" in stages_of(life) for life in simulate(process).lives if life.status == "won"} == {True, False}


def test_other_ways_ahead_are_taken_now_and_then() -> None:
    fast = Transition("fast_track", "first", "third", criteria=[c.approved("fast", role="manager")])
    away = Transition("start_over", "third", "first")
    process = LINE.revise(transitions=[fast, away], change={"second": {"optional": True}})
    names = Counter(move.transition for life in simulate(process, 200).lives for move in moves(life))
    assert names["fast_track"]
    assert names["to_third"]
    assert not names["start_over"]


def test_a_stage_without_a_way_ahead_is_where_deals_are_lost() -> None:
    process = LINE.revise(policy=Policy(win=("second",), back="never"))
    simulated = simulate(process, 200, rates=Rates(shortcut=0.5))
    assert all(moves(life)[-1].destination == "lost" for life in simulated.lives if "third" in stages_of(life))


def test_deals_go_on_after_the_sale_as_far_as_the_rules_let_them() -> None:
    process = Process(
        "long",
        facts=FACTS,
        stages=[
            Stage("talks", 1.0),
            Stage.won("won"),
            Stage.after_sale("delivery", exit=[c.has("starts"), c.equals("seats", 4)]),
            Stage.after_sale("support", exit=[c.equals("seats", 51)]),
            Stage.after_sale("renewal"),
            Stage.lost("lost"),
        ],
    )
    simulated = simulate(process, 10)
    obeys(process, simulated)
    assert {life.stage for life in simulated.lives} == {"support"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("hold", 1.5),
        ("back", 0.6),
        ("dwell_spread", -0.1),
        ("typical_duration", timedelta(0)),
        ("owners", ()),
        ("amount", Money(0, "EUR")),
    ],
)
def test_rates_that_cannot_be_are_refused(name: str, value: object) -> None:
    with pytest.raises(OutOfRange, match=name):
        Rates(**{name: value})  # type: ignore[arg-type]


def test_an_owner_does_not_approve() -> None:
    with pytest.raises(OutOfRange, match="approver"):
        Rates(owners=("ada",), approver="ada")


def test_who_asks_is_not_for_an_owner_to_change() -> None:
    stages = [Stage("lead", 0.5, exit=[c.asked_by_role("boss")]), Stage.won("won"), Stage.lost("lost")]
    made = book(Process("guarded", stages=stages), 20, rng=Random(0), start=START, as_of=AS_OF)
    assert not any(deal.status == "won" for deal in made.lives)
