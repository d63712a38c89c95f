"""The table that decides was read off the machine, and agrees with it on every transition of every deal."""

from __future__ import annotations

import pickle

import attrs
import pytest
from hypothesis import given, note, settings
from hypothesis import strategies as st
from transitions import Machine, MachineError

from salesprocess import Deal, Policy, Process, Stage, Transition, TransitionRefused
from salesprocess import criteria as c
from salesprocess.criteria import Ask
from salesprocess.engine import Walker
from salesprocess.errors import OutOfRange, SalesProcessError
from salesprocess.events import Entered
from salesprocess.frozen import EMPTY, FrozenDict
from salesprocess.testing import Step, Walk, actors, processes, walks
from salesprocess.testing.plain import PEOPLE
from salesprocess.testing.rulebooks import REASONS
from tests.solar import AT, at_stage, solar
from tests.strategies import faulty_criteria


def question(deal: Deal, name: str, by: object, reason: str | None) -> Ask:
    inputs = EMPTY if reason is None else FrozenDict(reason=reason)
    return Ask(name, "", deal.updated_at, by, inputs)  # type: ignore[arg-type]


def by_machine(process: Process, deal: Deal, name: str, by: object, reason: str | None) -> str | None:
    """The stage to which the stock machine moves the deal; None when it does not."""
    walker = Walker(deal.stage)
    try:
        moved = process.machine.events[name].trigger(walker, deal=deal, ask=question(deal, name, by, reason))
    except (MachineError, KeyError):
        moved = False
    assert moved is (walker.state != deal.stage)
    return walker.state if moved else None


@given(walks(processes(more=faulty_criteria()), max_steps=6), actors() | st.none(), st.sampled_from((*REASONS, None)))
def test_the_engine_and_the_machine_agree_on_every_transition(walk: Walk, by: object, reason: str | None) -> None:
    process = walk.process
    for deal in walk.deals:
        for name in sorted(process.engine.names):
            decision = process.decide(deal, name, at=deal.updated_at, by=by, reason=reason)  # type: ignore[arg-type]
            note(f"{name} from {deal.stage}: {decision}")
            expected = by_machine(process, deal, name, by, reason)
            assert (decision.destination if decision.allowed else None) == expected


@given(walks(processes(more=faulty_criteria()), max_steps=6))
def test_options_list_what_may_be_taken_each_once(walk: Walk) -> None:
    deal, process = walk.deal, walk.process
    options = process.options(deal, at=deal.updated_at, by="kari")
    assert len({option.name for option in options}) == len(options)
    for option in options:
        assert option.source == deal.stage
        assert option.destination != deal.stage
        reason = option.choices[0] if option.needs else None
        decision = process.decide(deal, option.name, at=deal.updated_at, by="kari", reason=reason)
        assert decision.allowed == option.allowed
        assert (decision.destination, decision.kind, decision.unmet) == (option.destination, option.kind, option.unmet)
    destinations = {option.destination for option in options if option.allowed}
    for name in process.engine.names:
        reason = next((choice for option in options if option.name == name for choice in option.choices), None)
        decision = process.decide(deal, name, at=deal.updated_at, by="kari", reason=reason)
        if decision.allowed and decision.kind != "lose":
            assert decision.destination in destinations


@pytest.mark.counted
@given(walks(processes(more=faulty_criteria()), max_steps=6))
def test_what_is_built_on_drafts_is_what_the_constructors_make(walk: Walk) -> None:
    deal = walk.deal
    for option in walk.process.options(deal, at=deal.updated_at, by="kari"):
        for value in (option, *option.unmet):
            plain = attrs.evolve(value)
            assert (plain, hash(plain), repr(plain)) == (value, hash(value), repr(value))
            again = pickle.loads(pickle.dumps(value))
            assert again == value
            with pytest.raises(attrs.exceptions.FrozenInstanceError):
                again.state = "met"  # pyright: ignore[reportAttributeAccessIssue]


def test_options_stand_in_the_order_of_the_line_with_losing_last() -> None:
    assert [(option.name, option.kind) for option in solar.options(at_stage("financing"), at=AT)] == [
        ("win", "win"),
        ("to_offer", "back"),
        ("to_site_survey", "back"),
        ("to_lead", "back"),
        ("lose", "lose"),
    ]


@given(walks(processes(more=faulty_criteria()), max_steps=8))
def test_a_verb_refuses_exactly_when_decide_says_no_and_changes_nothing(walk: Walk) -> None:
    for step in walk.steps:
        if step.command.verb in ("take", "advance", "win", "lose", "reopen") and not repeats_a_key(step):
            assert_as_decided(walk.process, step)
        if step.error is not None:
            assert step.after is step.before


def repeats_a_key(step: Step) -> bool:
    return step.before.recorded(step.command.arguments.get("key") or "") is not None


def assert_as_decided(process: Process, step: Step) -> None:
    arguments = {name: value for name, value in step.command.arguments.items() if name not in ("key", "name")}
    name = step.command.arguments.get("name", step.command.verb)
    try:
        decision = process.decide(step.before, name, **arguments)
    except SalesProcessError as error:
        assert type(step.error) is type(error)
        return
    if decision.allowed:
        assert step.error is None
        assert step.after.stage == decision.destination
        assert step.after.status == process.engine.statuses[step.after.stage]
    else:
        assert isinstance(step.error, TransitionRefused)
        assert step.error.decision == decision
        assert step.error.deal in str(step.error)
        assert all(reason.message in str(step.error) for reason in decision.unmet)


@given(walks(processes(), max_steps=10))
def test_what_the_verbs_recorded_would_be_decided_the_same_again(walk: Walk) -> None:
    assert walk.process.recheck(walk.deal.history) == ()


@given(walks(processes(), max_steps=10))
def test_no_locked_criterion_is_ever_passed(walk: Walk) -> None:
    for step in walk.steps:
        event = step.after.history[-1]
        if step.after is not step.before and isinstance(event, Entered) and event.transition == "override":
            stage = walk.process.stage(event.destination)
            ask = Ask("override", stage.name, event.at, event.by, FrozenDict(reason="so"))
            assert all(criterion.verdict(step.before, ask) for criterion in stage.locked)


@pytest.mark.long
def test_a_refusal_is_overridable_exactly_when_the_override_goes_through() -> None:
    @settings(max_examples=50)
    @given(walks(processes(), max_steps=6) | walks(solar, max_steps=6), st.sampled_from(PEOPLE))
    def holds(walk: Walk, by: str) -> None:
        deal, process = walk.deal, walk.process
        for option in process.options(deal, at=deal.updated_at, by=by):
            if option.allowed or option.destination is None:
                continue
            try:
                moved = process.override(deal, option.destination, at=deal.updated_at, by=by, reason="so")
            except (TransitionRefused, OutOfRange):
                assert not option.overridable
                continue
            event = moved.history[-1]
            if isinstance(event, Entered) and event.transition == "override":
                seen.append(option.kind)
                assert option.overridable

    seen: list[str] = []
    holds()
    assert seen, "no override was ever tried"


def test_the_machine_is_the_stock_one_without_automatic_transitions() -> None:
    assert type(solar.machine) is Machine
    assert not any(name.startswith("to_signed") for name in solar.machine.events)
    assert solar.machine.initial is None
    assert solar.machine.models == []


def test_an_application_may_walk_the_machine_with_an_object_of_its_own() -> None:
    deal = at_stage("lead")
    walker = Walker("lead")
    assert solar.machine.events["advance"].trigger(walker, deal=deal, ask=question(deal, "advance", None, None))
    assert walker.state == "site_survey"
    with pytest.raises(MachineError):
        solar.machine.events["win"].trigger(Walker("lead"), deal=deal, ask=question(deal, "win", None, None))


def test_a_waived_requirement_is_waived_on_the_machine_too() -> None:
    deal = at_stage("site_survey")
    assert by_machine(solar, deal, "advance", None, None) is None
    waived = solar.waive(deal, solar.decide(deal, "advance", at=AT).unmet[0].requirement, by="ola", reason="so", at=AT)
    assert by_machine(solar, waived, "advance", None, None) == "offer"


def test_a_way_that_is_unknown_is_not_passed_by_for_the_unmet_part_of_its_condition() -> None:
    condition = c.when(c.equals("b", True), c.has("a"))
    process = Process(
        "p",
        stages=[Stage("lead"), Stage("permit", when=condition), Stage("offer"), Stage.won("won"), Stage.lost("lost")],
        policy=Policy(facts="free"),
    )
    deal = process.open("A", at=AT)
    decision = process.decide(deal, "advance", at=AT)
    assert [(reason.code, reason.missing) for reason in decision.unmet] == [("route.undecided", ("b",))]
    assert by_machine(process, deal, "advance", None, None) is None
    assert process.advance(process.learn(deal, {"b": False}, at=AT), at=AT).stage == "permit"
    first = process.revise(without=["lead"])
    with pytest.raises(TransitionRefused):
        first.open("A", at=AT)


class TestLocks:
    """No way leads round a locked criterion."""

    stages = (
        Stage("lead", exit=[c.has("y")]),
        Stage("gate", optional=True, locked=[c.has("x")]),
        Stage("offer"),
        Stage.won("won", locked=[c.has("x")]),
        Stage.lost("lost"),
    )
    process = Process(
        "p", stages=stages, transitions=[Transition("win_back", "lost", "won")], policy=Policy(facts="free")
    )

    def test_not_a_transition_of_its_own_from_outside_the_line(self) -> None:
        lost = self.process.lose(self.process.open("A", at=AT), at=AT)
        assert [reason.where for reason in self.process.decide(lost, "win_back", at=AT).unmet] == ["won.locked"]

    def test_not_a_step_back_into_a_stage_that_was_skipped(self) -> None:
        deal = self.process.learn(self.process.open("A", at=AT), {"y": 1}, at=AT)
        deal = self.process.move(deal, "offer", at=AT)
        assert [reason.where for reason in self.process.decide(deal, "to_gate", at=AT).unmet] == ["gate.locked"]

    def test_but_a_step_back_into_a_stage_that_was_visited_is_free(self) -> None:
        deal = self.process.learn(self.process.open("A", at=AT), {"y": 1, "x": 1}, at=AT)
        deal = self.process.advance(self.process.advance(deal, at=AT), at=AT)
        deal = self.process.learn(deal, forget=["x"], at=AT)
        assert self.process.move(deal, "gate", at=AT).stage == "gate"

    def test_an_override_is_no_stricter_than_the_rules(self) -> None:
        deal = self.process.open("A", at=AT)
        assert self.process.decide(deal, "to_offer", at=AT).overridable
        assert self.process.override(deal, "offer", at=AT, by="ola", reason="so").stage == "offer"

    def test_losing_first_is_no_way_round(self) -> None:
        strict = self.process.revise(change={"gate": {"optional": False}})
        lost = strict.lose(strict.open("A", at=AT), at=AT)
        with pytest.raises(TransitionRefused) as refused:
            strict.override(lost, "offer", at=AT, by="ola", reason="so")
        assert [reason.where for reason in refused.value.reasons] == ["gate.locked"]


def test_overridable_is_told_of_transitions_that_do_not_leave_the_stage_too() -> None:
    deal = at_stage("lead")
    assert solar.decide(deal, "to_offer", at=AT).overridable
    assert solar.decide(deal, "win", at=AT).overridable
    assert not solar.decide(deal, "fast_track", at=AT).overridable
    with pytest.raises(TransitionRefused) as refused:
        solar.override(deal, "lead", at=AT, by="ola", reason="so")
    assert [reason.code for reason in refused.value.reasons] == ["already_there"]
