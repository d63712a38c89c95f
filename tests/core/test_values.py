"""Every public value of the lower floors is immutable, hashes as it compares, pickles and copies."""

import copy
import importlib
import pickle
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import attrs
import pytest
from attrs.exceptions import FrozenInstanceError
from hypothesis import given
from hypothesis import strategies as st

from salesprocess import criteria as c
from salesprocess import events as ev
from salesprocess import testing
from salesprocess.catalog import Catalog
from salesprocess.criteria.rule import ask
from salesprocess.deal import Deal, Objection, Outcome, evolve, replay
from salesprocess.events import Actor
from salesprocess.facts import Fact
from salesprocess.frozen import EMPTY, FrozenDict
from salesprocess.money import Money
from salesprocess.process import Process
from salesprocess.rules import MoveLabels, Policy, Transition
from salesprocess.stages import Activity, LossReason, Sourced, Stage
from salesprocess.timing import Calendar, Period
from salesprocess.verdicts import Decision, Finding, Reason, Verdict
from tests import strategies

MODULES = (
    "verdicts",
    "money",
    "timing",
    "facts",
    "events",
    "outcomes",
    "deal",
    "criteria",
    "stages",
    "rules",
    "process",
    "catalog",
)
AT = datetime(2026, 1, 5, 9, tzinfo=UTC)
HEAD: dict[str, Any] = {"deal": "ACME-1", "revision": 2, "at": AT, "by": Actor("kari"), "reason": "so", "key": "k"}
OPENED = ev.Opened(deal="ACME-1", revision=1, at=AT, process="solar", version=1, stage="lead", terms={"owner": "kari"})
OFFER = Stage(
    "offer",
    0.5,
    "best_case",
    timedelta(days=7),
    activities=[Activity("call", required=True, within=timedelta(days=1))],
    exit=[c.has("seats")],
    locked=[c.when(c.has("seats"), c.approved("discount"))],
    provenance={"probability": "our judgement"},
)
SOLAR = Process(
    "solar",
    facts=[Fact("seats", int)],
    stages=[OFFER, Stage.won("won"), Stage.after_sale("support"), Stage.lost("lost", reasons=["price"])],
    transitions=[Transition("again", "lost", "offer", when=c.has("seats"))],
    policy=Policy(win=["offer"], override=["manager"]),
)
SAMPLES: tuple[Any, ...] = (
    Reason("any_of", parameters={"fact": "seats"}, details=(Reason("has", "unknown", "offer.exit"),)),
    Verdict.unmet("currency", found="NOK"),
    Decision("advance", "advance", "Advance", "lead", "offer", unmet=(Reason("on_hold"),)),
    Finding("stage.duplicate", "error", "offer", "twice"),
    Money("48000.50", "EUR"),
    Period(AT, AT + timedelta(days=1), ZoneInfo("Europe/Oslo"), "a day"),
    Calendar("Europe/Oslo", 2),
    Fact("seats", int, 1, 9, choices=(1, 2), many=True, label="Seats"),
    Actor("ola", roles={"manager", "clerk"}),
    ev.Recorded(deal="ACME-1", revision=1, at=AT),
    OPENED,
    ev.Entered(**HEAD, transition="advance", source="lead", destination="offer", status="open", skipped=("talks",)),
    ev.ActivityDone(**HEAD, activity="call", happened=AT, text="all well"),
    ev.FactsLearnt(**HEAD, facts={"seats": 5, "tags": ("a", "b")}, forgotten=("region",)),
    ev.Amended(**HEAD, terms={"amount": Money(5, "EUR")}, cleared=("owner",)),
    ev.Approved(**HEAD, subject="discount", role="manager"),
    ev.ApprovalWithdrawn(**HEAD, subject="discount"),
    ev.ObjectionRaised(**HEAD, objection="price", text="too dear"),
    ev.ObjectionResolved(**HEAD, raised=1, how="discount"),
    ev.Noted(**HEAD, text="a remark", happened=AT),
    ev.Held(**HEAD, until=AT + timedelta(days=1)),
    ev.Resumed(**HEAD),
    ev.Waived(**HEAD, requirement="offer.exit:has(seats)"),
    ev.Migrated(**HEAD, process="solar", version=2, stage="lead"),
    Outcome("lost", "price", AT, "offer"),
    Objection(3, "price", "too dear", AT),
    replay([OPENED, ev.Held(**HEAD)]),
    c.Ask("advance", "offer", AT, Actor("ola"), FrozenDict(reason="so")),
    c.all_of(c.has("seats"), c.not_(c.equals("region", "north"))),
    OFFER.activities[0],
    LossReason("duplicate", counts=False),
    OFFER,
    Sourced(0.5, "manual"),
    Transition("fast_track", "lead", "offer", criteria=[c.amount_at_least(Money(1, "EUR"))]),
    Policy(win=("offer",), override=("manager",), clock_skew=timedelta(0)),
    MoveLabels(win="Hooray"),
    SOLAR,
    Catalog([SOLAR, SOLAR.retune({"offer": 0.6}, tuning="q3")]),
)
each_value = pytest.mark.parametrize("value", SAMPLES, ids=lambda value: type(value).__name__)


def test_no_public_value_is_without_a_sample() -> None:
    public = {
        thing
        for module in map(importlib.import_module, (f"salesprocess.{name}" for name in MODULES))
        for name, thing in vars(module).items()
        if isinstance(thing, type) and attrs.has(thing) and thing.__module__ == module.__name__ and name[0] != "_"
    }
    assert public == {type(value) for value in SAMPLES}


@each_value
def test_it_pickles_and_copies_as_an_equal_value(value: Any) -> None:
    pickled = [pickle.loads(pickle.dumps(value, protocol)) for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1)]
    for again in (*pickled, copy.copy(value), copy.deepcopy(value)):
        assert type(again) is type(value)
        assert again == value
        assert hash(again) == hash(value)
        assert repr(again) == repr(value)


@each_value
def test_it_refuses_assignment_deletion_and_new_attributes(value: Any) -> None:
    for field in attrs.fields(type(value)):
        with pytest.raises(FrozenInstanceError):
            setattr(value, field.name, None)
        with pytest.raises(FrozenInstanceError):
            delattr(value, field.name)
    with pytest.raises((FrozenInstanceError, AttributeError)):
        value.colour = "red"
    assert not hasattr(value, "__dict__")


@each_value
def test_it_equals_nothing_of_another_kind(value: Any) -> None:
    assert value != "something else"
    assert all((value == other) is (value is other) for other in SAMPLES)


@each_value
def test_it_holds_nothing_that_can_change(value: Any) -> None:
    def frozen(part: Any) -> bool:
        if isinstance(part, tuple | frozenset):
            return all(map(frozen, part))
        if isinstance(part, FrozenDict):
            return all(map(frozen, part.values()))
        return not isinstance(part, list | set | dict)

    assert all(frozen(getattr(value, field.name)) for field in attrs.fields(type(value)) if field.name[0] != "_")


@given(strategies.events())
def test_every_event_pickles_and_copies(event: Any) -> None:
    for again in (pickle.loads(pickle.dumps(event)), copy.deepcopy(event)):
        assert again == event
        assert hash(again) == hash(event)


@given(testing.processes())
def test_every_process_pickles_and_decides_alike_afterwards(process: Process) -> None:
    again = pickle.loads(pickle.dumps(process))
    assert again == process
    assert hash(again) == hash(process)
    assert again.fingerprint == process.fingerprint
    assert set(again.machine.states) == set(process.machine.states)


def assert_same_value(fast: Any, slow: Any) -> None:
    """Made by a factory or by the constructor: nobody can tell."""
    assert type(fast) is type(slow)
    assert fast == slow
    assert hash(fast) == hash(slow)
    assert repr(fast) == repr(slow)
    assert pickle.dumps(fast) == pickle.dumps(slow)
    assert attrs.asdict(fast, recurse=False) == attrs.asdict(slow, recurse=False)
    for field in attrs.fields(type(fast)):
        with pytest.raises(FrozenInstanceError):
            setattr(fast, field.name, None)
        with pytest.raises(FrozenInstanceError):
            delattr(fast, field.name)


@given(strategies.events(kinds=[ev.Entered]))
def test_the_fast_way_to_a_move_makes_the_same_event(slow: ev.Entered) -> None:
    fast = ev.entered(
        slow.deal,
        slow.revision,
        slow.at,
        slow.by,
        slow.reason,
        slow.key,
        slow.transition,
        slow.source,
        slow.destination,
        slow.status,
        slow.overridden,
        slow.skipped,
        imported=slow.imported,
    )
    assert_same_value(fast, slow)
    assert fast.kind == "entered"


def test_a_move_made_the_fast_way_skips_and_overrides_nothing_unless_told() -> None:
    fast = ev.entered("ACME-1", 2, AT, None, None, None, "advance", "lead", "offer", "open")
    assert_same_value(
        fast,
        ev.Entered(
            deal="ACME-1", revision=2, at=AT, transition="advance", source="lead", destination="offer", status="open"
        ),
    )


@given(testing.instants(), st.none() | testing.actors(), st.sampled_from((EMPTY, FrozenDict(reason="price"))))
def test_the_fast_way_to_a_question_makes_the_same_question(
    at: datetime, by: Actor | None, inputs: FrozenDict[str, str]
) -> None:
    assert_same_value(ask("advance", "offer", at, by, inputs), c.Ask("advance", "offer", at, by, inputs))


@given(strategies.histories())
def test_a_folded_deal_is_the_one_its_constructor_would_make(history: tuple[Any, ...]) -> None:
    deal = replay(history[:1])
    for event in history[1:]:
        deal = evolve(deal, event)
    for folded in (deal, replay(history)):
        built = Deal(**{field.name: getattr(folded, field.name) for field in attrs.fields(Deal)})
        assert_same_value(folded, built)


@given(strategies.deals())
def test_a_deal_pickles_and_copies_whole(deal: Deal) -> None:
    for again in (pickle.loads(pickle.dumps(deal)), copy.deepcopy(deal), copy.copy(deal)):
        assert again == deal
        assert attrs.asdict(again, recurse=False) == attrs.asdict(deal, recurse=False)


def test_the_order_of_roles_and_facts_matters_to_nobody() -> None:
    assert Actor("ola", roles=["a", "b"]) == Actor("ola", roles={"b", "a"})
    assert FrozenDict(a=1, b=Decimal(2)) == FrozenDict(b=Decimal(2), a=1)


def test_a_date_stays_a_date() -> None:
    event = ev.Amended(**HEAD, terms={"expected_close": date(2026, 3, 1)})
    assert type(event.terms["expected_close"]) is date
