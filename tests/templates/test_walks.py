"""Every transition of every template can be taken with nothing but the verbs of the library."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesprocess import Deal, Fact, LineItem, Money, Process, Reason, TransitionRefused, replay, simulation, templates
from salesprocess.events import Entered
from salesprocess.routes import Route, Routes

AT = datetime(2026, 1, 5, 9, tzinfo=UTC)
LANGUAGES = ("en", "nb")
PROCESSES = [templates.load(name, language=each) for name in templates.names() for each in LANGUAGES]
each_process = pytest.mark.parametrize("process", PROCESSES, ids=lambda process: f"{process.name}: {process.label}")
SAMPLES: dict[type, Any] = {
    str: "something",
    int: 1,
    bool: True,
    Decimal: Decimal(4),
    date: date(2026, 3, 1),
    datetime: AT + timedelta(days=1),
    Money: Money("4000", "EUR"),
}
ITEMS = (LineItem("search", Money("4000", "EUR"), quantity=12),)

DEMANDS: dict[str, dict[str, Any]] = {
    "startup": {"discount": Decimal(15)},
    "car_dealer": {"trade_in": True, "payment": "loan"},
    "agency": {"engagement": "retainer"},
}

Help = Callable[[Process, Deal, Reason], Deal]


def known(process: Process, deal: Deal, name: str, value: Any) -> Deal:
    return process.learn(deal, {name: value}, at=AT, reason="the walk needs it")


def sample(fact: Fact) -> Any:
    return fact.choices[0] if fact.choices else SAMPLES[fact.kind]


def worked(process: Process, deal: Deal, reason: Reason) -> Deal:
    return process.record(deal, reason.parameters["activity"], at=AT)


def learnt(process: Process, deal: Deal, reason: Reason) -> Deal:
    fact = process.fact(reason.parameters["fact"])
    value = sample(fact)
    return known(process, deal, fact.name, (value,) if fact.many else value)


def told(process: Process, deal: Deal, reason: Reason) -> Deal:
    return known(process, deal, reason.parameters["fact"], reason.parameters["value"])


def found_out(process: Process, deal: Deal, reason: Reason) -> Deal:
    [name] = reason.parameters["missing"]
    return known(process, deal, name, sample(process.fact(name)))


def collected(process: Process, deal: Deal, reason: Reason) -> Deal:
    fact = process.fact(reason.parameters["fact"])
    values = fact.choices or tuple(f"number {number}" for number in range(reason.parameters["minimum"]))
    return known(process, deal, fact.name, values[: reason.parameters["minimum"]])


def one_of_them(process: Process, deal: Deal, reason: Reason) -> Deal:
    return helped(process, deal, reason.details[0])


def approved(process: Process, deal: Deal, reason: Reason) -> Deal:
    return process.approve(deal, reason.parameters["subject"], role=reason.parameters["role"], by="desk", at=AT)


def approved_by_several(process: Process, deal: Deal, reason: Reason) -> Deal:
    for number in range(reason.parameters["minimum"]):
        deal = process.approve(deal, reason.parameters["subject"], by=f"partner-{number}", at=AT)
    return deal


def itemised(process: Process, deal: Deal, reason: Reason) -> Deal:
    return process.amend(deal, items=ITEMS, amount=Money("48000", "EUR"), at=AT, reason="the walk needs it")


def resolved(process: Process, deal: Deal, reason: Reason) -> Deal:
    for objection in deal.objections:
        if objection.resolved_at is None:
            deal = process.resolve_objection(deal, objection.number, at=AT, how="with evidence")
    return deal


HELP: dict[str, Help] = {
    "activity.required": worked,
    "any_of": one_of_them,
    "approvals_at_least": approved_by_several,
    "approved": approved,
    "before": found_out,
    "count_at_least": collected,
    "done": worked,
    "equals": told,
    "has": learnt,
    "has_items": itemised,
    "objections_resolved": resolved,
}


def helped(process: Process, deal: Deal, reason: Reason) -> Deal:
    unknown = reason.state == "unknown" and reason.code not in ("equals", "count_at_least")
    return (found_out if unknown else HELP[reason.code])(process, deal, reason)


def taken(process: Process, deal: Deal, name: str) -> Deal:
    """The deal after the transition, with everything done first that a refusal asked for."""
    needs = process.stage("lost").reasons[0].name if name == "lose" else None
    while unmet := process.decide(deal, name, at=AT, reason=needs).unmet:
        before = deal
        deal = helped(process, deal, unmet[0])
        assert deal.revision > before.revision, f"nothing helps against: {unmet[0]}"
    return process.take(deal, name, at=AT, reason=needs)


def begun(process: Process, *, demanding: bool = True) -> Deal:
    """A new deal; a `demanding` one has an open objection and whatever else its trade asks more for."""
    deal = process.open("ACME-1", amount=Money("48000", "EUR"), owner="kari", at=AT)
    if demanding:
        deal = process.raise_objection(deal, "price", at=AT)
        for name, value in DEMANDS.get(process.name, {}).items():
            deal = known(process, deal, name, value)
    return deal


def advanced(process: Process, deal: Deal, stage: str) -> Deal:
    while deal.stage != stage:
        deal = taken(process, deal, "advance")
    return deal


def sold_from(process: Process, stage: str) -> Deal:
    """A deal that was won straight from an early stage, as an exception on record."""
    deal = advanced(process, begun(process, demanding=False), stage)
    while True:
        try:
            return process.override(deal, "won", at=AT, by="ola", reason="signed at the fair")
        except TransitionRefused as refused:  # what is locked has no exception
            assert all(reason.locked for reason in refused.reasons)
            deal = helped(process, deal, refused.reasons[0])


def ready_for(process: Process, route: Route) -> Deal:
    """A deal in the source of a route for which the route applies."""
    if route.kind != "reopen":
        return advanced(process, begun(process), route.source.name)
    if route.source.kind == "lost":
        return taken(process, advanced(process, begun(process), route.destination.name), "lose")
    return advanced(process, sold_from(process, route.destination.name), route.source.name)


def transitions() -> Iterator[Any]:
    for process in PROCESSES:
        for name, route in Routes(process).all():
            way = f"{process.label}: {name} {route.source.name} to {route.destination.name}"
            yield pytest.param(process, name, route, id=way)


@pytest.mark.parametrize(("process", "name", "route"), [*transitions()])
def test_every_transition_can_be_taken(process: Process, name: str, route: Route) -> None:
    before = ready_for(process, route)
    after = taken(process, before, name)
    move = after.history[-1]
    assert isinstance(move, Entered)
    assert (move.transition, move.source, move.destination) == (route.name, route.source.name, route.destination.name)
    assert after.status == route.destination.status
    assert replay(after.history) == after


@each_process
def test_what_is_offered_in_a_stage_is_what_leaves_it(process: Process) -> None:
    line = [stage.name for stage in process.stages if stage.kind != "lost"]
    deals = [advanced(process, begun(process), stage) for stage in line]
    for deal in [*deals, taken(process, deals[0], "lose")]:
        leaving = {route.name for _, route in Routes(process).all() if route.source.name == deal.stage}
        assert {option.name for option in process.options(deal, at=AT)} == leaving


@each_process
def test_the_walk_to_the_last_stage_meets_every_criterion_of_the_line(process: Process) -> None:
    *_, last = (stage.name for stage in process.stages if stage.kind == "after_sale")
    deal = advanced(process, begun(process), last)
    visited = [event.destination for event in deal.history if isinstance(event, Entered)]
    assert visited == [stage.name for stage in process.stages if stage.kind != "lost"][1:]
    assert not any(event.overridden for event in deal.history if isinstance(event, Entered))
    assert process.recheck(deal.history) == ()


@given(st.sampled_from(PROCESSES), st.lists(st.integers(0, 99), max_size=25))
def test_a_deal_on_any_path_replays_and_would_be_decided_the_same_again(process: Process, choices: list[int]) -> None:
    deal = begun(process)
    for choice in choices:
        options = process.options(deal, at=AT)
        option = options[choice % len(options)]
        deal = taken(process, deal, option.name)
        assert deal.stage == option.destination
    assert replay(deal.history) == deal
    assert process.recheck(deal.history) == ()


@each_process
def test_salespeople_who_do_what_refusals_ask_for_win_as_the_rules_have_it(process: Process) -> None:
    start, end = AT, AT + timedelta(days=1500)
    lives = simulation.book(process, 150, rng=Random(3), start=start, as_of=end).lives
    assert {"won", "lost"} <= {life.status for life in lives}
    assert not any(event.overridden for life in lives for event in life.history if isinstance(event, Entered))
    assert all(process.recheck(life.history) == () for life in lives)
