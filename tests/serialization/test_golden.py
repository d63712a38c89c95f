"""What was written once is read for ever."""

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, get_args

import pytest

from salesprocess import (
    Activity,
    Actor,
    Deal,
    Decision,
    Event,
    Fact,
    LineItem,
    LossReason,
    Money,
    Policy,
    Process,
    Stage,
    Transition,
    Verdict,
    replay,
    serialization,
)
from salesprocess import criteria as c
from salesprocess import events as ev
from salesprocess.criteria import Ask, Rule, criterion
from salesprocess.staleness import Age, InStage, Quiet, Untouched
from salesprocess.working_time import WorkingDays, WorkingHours

GOLDEN = Path(__file__).parent / "golden" / "v1"
AT = datetime(2026, 1, 5, 9, 30, 15, 250000, tzinfo=UTC)


@criterion("min_margin", "margin is below {minimum}", names={"fact": "fact"})
def min_margin(deal: Deal, ask: Ask, *, minimum: Decimal, fact: str = "margin") -> bool | Verdict:
    """A rule of a user."""
    margin: Any = deal.facts.get(fact)
    return Verdict.unknown(fact) if margin is None else bool(margin >= minimum)


RULES: list[Rule[...]] = [min_margin]


@cache
def deal() -> Deal:
    """A deal with an event of every kind, and with a fact and a term of every type."""
    kari, ola = Actor("kari"), Actor("ola", roles={"manager", "deal_desk"})
    facts = {
        "text": "Åse & Co, \N{PARTY POPPER}",
        "whole": 5,
        "real": 40.0,
        "truth": False,
        "exact": Decimal("0.250"),
        "day": date(2026, 2, 28),
        "instant": datetime(2026, 3, 29, 1, tzinfo=UTC),
        "amount": Money("-12.50", "NOK"),
        "several": ("roof", 1, 1.5, True, Decimal("1E+3"), Money(1, "EUR")),
        "none": (),
    }
    terms = {
        "amount": Money("48000.50", "EUR"),
        "owner": "kari",
        "expected_close": date(2026, 3, 31),
        "probability": 0.35,
        "category": "best_case",
        "items": (
            LineItem("setup", Money("500.50", "EUR")),
            LineItem("seats", Money(40, "EUR"), quantity=Decimal("99.5"), discount=10, every=1, term=12),
        ),
    }
    content: list[tuple[type[Any], dict[str, Any]]] = [
        (
            ev.Opened,
            {"process": "solar", "version": 1, "stage": "lead", "terms": terms, "facts": facts, "observed": False},
        ),
        (ev.ActivityDone, {"activity": "call", "happened": AT - timedelta(days=1), "extra": True, "text": "twice"}),
        (ev.FactsLearnt, {"facts": {"seats": 7}, "forgotten": ("whole", "none"), "key": "msg-123"}),
        (ev.Amended, {"terms": {"amount": Money(52000, "EUR")}, "cleared": ("probability",), "reason": "more seats"}),
        (ev.Approved, {"subject": "discount", "role": "deal_desk", "by": ola}),
        (ev.ApprovalWithdrawn, {"subject": "discount", "role": None, "by": ola}),
        (ev.ObjectionRaised, {"objection": "price", "text": "too dear"}),
        (ev.ObjectionResolved, {"raised": 7, "how": "a smaller roof"}),
        (ev.Noted, {"text": "asked for a reference", "happened": AT}),
        (ev.Held, {"until": AT + timedelta(days=30), "by": None}),
        (ev.Resumed, {}),
        (ev.Waived, {"requirement": "offer.entry:has(seats)", "by": ola, "reason": "a pilot"}),
        (
            ev.Migrated,
            {"process": "solar", "version": 2, "stage": "survey", "stages": {"lead": "survey"}, "imported": True},
        ),
        (
            ev.Entered,
            {
                "transition": "override",
                "source": "survey",
                "destination": "signed",
                "status": "won",
                "overridden": ("offer.entry:has(seats)",),
                "skipped": ("offer",),
            },
        ),
    ]
    return replay(
        cls(**{"deal": "ACME-1", "revision": place + 1, "at": AT + timedelta(hours=place), "by": kari, **fields})
        for place, (cls, fields) in enumerate(content)
    )


@cache
def process() -> Process:
    """A process with everything a process can say."""
    return Process(
        "solar",
        version=3,
        label="Solar installer",
        tuning="2026-Q3",
        facts=[
            Fact("roof_area", float, minimum=1, maximum=900.5, label="Roof area, m²"),
            Fact("region", str, choices=["north", "south"]),
            Fact("tags", str, many=True),
            Fact("seats", int, minimum=0),
            Fact("heritage", bool),
            Fact("margin", Decimal, minimum=Decimal("0.00"), maximum=1),
            Fact("start", date, minimum=date(2026, 1, 1)),
            Fact("met_at", datetime, maximum=AT),
            Fact("budget", Money, minimum=Money(0, "EUR"), choices=[Money("1.50", "EUR")]),
        ],
        stages=[
            Stage(
                "lead",
                probability=0.05,
                category="omitted",
                label="New lead",
                guidance="Call them.",
                canonical="prospecting",
            ),
            Stage(
                "survey",
                probability=0.3,
                typical_duration=timedelta(days=7),
                activities=[
                    Activity("visit", required=True, within=timedelta(days=1, hours=12), label="Visit the site"),
                    Activity("shade_analysis"),
                ],
                entry=[c.has("region"), c.has_term("owner"), c.visited("lead")],
                exit=[c.at_least("roof_area", 10.5), c.count_at_least("tags", 1), c.done("visit", during="visit")],
                provenance={"probability": "our judgement"},
            ),
            Stage("permit", when=c.equals("heritage", True)),
            Stage(
                "offer",
                probability=0.55,
                category="best_case",
                optional=True,
                entry=[
                    c.any_of(c.one_of("region", ("north",)), c.not_(c.equals("start", date(2026, 2, 1)))),
                    min_margin(minimum=Decimal("0.20")),
                ],
                locked=[c.all_of(c.objections_resolved(), c.at_least("met_at", AT))],
            ),
            Stage.won(
                "signed",
                locked=[
                    c.when(
                        c.amount_at_least(Money("100000", "EUR")),
                        c.approved("discount", role="deal_desk", while_unchanged=("amount",), not_by="owner"),
                    )
                ],
            ),
            Stage.after_sale("installation", optional=True, typical_duration=timedelta(weeks=2)),
            Stage.lost("lost", reasons=["price", LossReason("duplicate", counts=False, label="Recorded twice")]),
        ],
        transitions=[
            Transition(
                "fast_track", "lead", "offer", criteria=[c.approved("fast", role="manager")], label="Fast track!"
            ),
            Transition("back_to_roof", "offer", "survey", when=c.has("heritage")),
        ],
        policy=Policy(
            skip="any",
            back="previous",
            win=("survey", "offer"),
            reopen="survey",
            override=("manager",),
            facts="free",
            clock_skew=timedelta(minutes=1, milliseconds=500),
            staleness=[
                Quiet(after=WorkingDays(10)),
                Quiet(after=WorkingHours(timedelta(hours=30)), kinds=["noted", "entered"]),
                InStage(over_target=1.5),
                Age(after=timedelta(days=180)),
                Untouched("budget", after=timedelta(days=30)),
            ],
        ),
    )


@cache
def decision() -> Decision:
    """A refusal with reasons of several kinds."""
    opened = process().open("ACME-1", facts={"region": "north"}, owner="kari", at=AT)
    return process().decide(opened, "to_offer", at=AT)


def examples() -> dict[Any, dict[str, Any]]:
    """A document of each of the great kinds."""
    return {
        Deal: serialization.dump(deal()),
        Event: serialization.dump(deal().history[0]),
        Process: serialization.dump(process()),
        Decision: serialization.dump(decision()),
    }


def golden(name: str) -> Any:
    return json.loads((GOLDEN / f"{name}.json").read_text("utf-8"))


def test_the_examples_have_an_event_of_every_kind() -> None:
    assert [type(event) for event in sorted(deal().history, key=_kind)] == sorted(get_args(Event), key=_kind)


def _kind(event: Any) -> str:
    return str(event.kind)


each_value = pytest.mark.parametrize(
    ("name", "value", "kind"),
    [
        ("deal", deal(), Deal),
        ("process", process(), Process),
        *((f"event-{event.kind}", event, Event) for event in deal().history),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)


@each_value
def test_the_files_of_schema_1_are_read_for_ever(name: str, value: Any, kind: Any) -> None:
    """The files in `golden/v1` stand for all that users have stored: they must never be edited, whatever changes.

    When this test fails, the reader is wrong, or an upgrade is missing.
    """
    assert serialization.load(golden(name), kind, criteria=RULES) == value


@each_value
def test_what_is_written_today_is_the_golden_file(name: str, value: Any, kind: Any) -> None:
    """A change of what is written is a new schema: raise `SCHEMA`, add the upgrade, and keep new files beside these."""
    assert json.loads(json.dumps(serialization.dump(value))) == golden(name)
    assert json.dumps(golden(name)) == json.dumps(serialization.dump(value))


def test_the_rows_of_schema_1_are_a_deal_for_ever() -> None:
    rows = [golden(f"event-{event.kind}") for event in deal().history]
    assert list(serialization.load_deals(rows)) == [deal()]


def test_there_is_no_golden_file_that_nobody_reads() -> None:
    read = {"deal", "process", *(f"event-{event.kind}" for event in deal().history)}
    assert {path.stem for path in GOLDEN.iterdir()} == read
