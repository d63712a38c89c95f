"""Rulebooks and verbs take what they say they take."""

from datetime import UTC, date, datetime, timedelta
from typing import assert_type

from salesprocess import (
    Activity,
    Actor,
    Catalog,
    Deal,
    Decision,
    Fact,
    LossReason,
    Money,
    Policy,
    Process,
    Stage,
    Transition,
    criteria,
    templates,
)

AT = datetime(2026, 1, 5, 9, tzinfo=UTC)
process = Process(
    "solar",
    version=1,
    facts=[Fact("seats", int), Fact("region", str, choices=["north", "south"])],
    stages=[
        Stage("lead", probability=0.05, category="omitted", activities=[Activity("call", required=True)]),
        Stage("offer", typical_duration=timedelta(days=7)),
        Stage.won("signed"),
        Stage.after_sale("support"),
        Stage.lost("lost", reasons=["price", LossReason("duplicate", counts=False)]),
    ],
    transitions=[Transition("fast_track", "lead", "offer")],
    policy=Policy(skip="any", back="previous", win=["offer"], override=("manager",), facts="free"),
)
deal = process.open("ACME-1", at=AT, amount=Money(5, "EUR"), owner="kari", by="kari", facts={"seats": 5})
assert_type(deal, Deal)
assert_type(process.advance(deal, at=AT, by=Actor("ola", roles=["manager"])), Deal)
assert_type(process.decide(deal, "advance", at=AT), Decision)
assert_type(process.options(deal, at=AT), tuple[Decision, ...])
assert_type(Catalog([process])[deal], Process)
assert_type(deal.as_of(AT), Deal | None)
assert_type(deal.amount, Money | None)
assert_type(deal.expected_close, date | None)
process.learn(deal, {"tags": ("grid", "roof"), "met_at": AT}, at=AT, forget=["region"])
process.amend(deal, at=AT, amount=Money(6, "EUR"), category="commit", clear=("owner",))
process.lose(deal, at=AT, reason="price")
process.revise(after={"lead": Stage("survey")}, without=["support"], change={"offer": {"probability": 0.5}})
process.revise(
    "wind",
    rename={"offer": "bid"},
    order=["lead", "offer"],
    add={"offer.exit": [criteria.has("seats")], "lost.reasons": ["price", LossReason("roof")]},
    drop={"offer.exit": [criteria.has("seats")], "facts": ["seats"]},
    facts=[Fact("roof", float)],
)
assert_type(templates.load("startup", language="nb"), Process)
assert_type(templates.load("startup", language={"label": "x"}, version=1, colour="red"), Process)
assert_type(templates.Registry.of(solar=process).template("solar"), templates.Template)
process.retune({"offer": 0.5, "lead": {"category": "pipeline"}}, tuning="2026-Q3")

process.revise(add={"offer.exit": criteria.has("seats")})  # type: ignore[dict-item]
process.revise(rename=["offer"])  # type: ignore[arg-type]
process.translated({"label": 5})  # type: ignore[dict-item]
templates.load("startup", version="1")  # type: ignore[arg-type]
Process("solar", stages=Stage("lead"))  # type: ignore[arg-type]
Process("solar", stages=["lead"])  # type: ignore[list-item]
Process("solar", [Stage("lead")])  # type: ignore[call-arg, arg-type]
Process("solar")  # type: ignore[call-arg]
Process("solar", stages=[], version="1")  # type: ignore[arg-type]
Stage("offer", category="best case")  # type: ignore[arg-type]
Stage("offer", probability="50 %")  # type: ignore[arg-type]
Stage("offer", typical_duration=7)  # type: ignore[arg-type]
Stage("offer", activities=["call"])  # type: ignore[list-item]
Stage("offer", canonical="selling")  # type: ignore[arg-type]
Stage("offer", colour="red")  # type: ignore[call-arg]
Stage.lost("lost", probability=0.1)  # type: ignore[call-arg]
Policy(skip="sometimes")  # type: ignore[arg-type]
Policy(back="first")  # type: ignore[arg-type]
Policy(facts="any")  # type: ignore[arg-type]
Policy(win="offer")  # type: ignore[arg-type]
Policy(override="manager")  # type: ignore[arg-type]
Policy(clock_skew=1)  # type: ignore[arg-type]
Fact("tags", list)  # type: ignore[arg-type]
Fact("seats", "int")  # type: ignore[arg-type]
Actor("ola", roles=5)  # type: ignore[arg-type]

process.open("ACME-1")  # type: ignore[call-arg]
process.open("ACME-1", AT)  # type: ignore[call-arg]
process.open("ACME-1", at=date(2026, 1, 5))  # type: ignore[arg-type]
process.open("ACME-1", at=AT, amount=48000)  # type: ignore[arg-type]
process.open("ACME-1", at=AT, by=5)  # type: ignore[arg-type]
process.open("ACME-1", at=AT, facts={"tags": ["roof"]})  # type: ignore[dict-item]
process.open("ACME-1", at=AT, category="sure")  # type: ignore[arg-type]
process.learn(deal, {"tags": ["roof"]}, at=AT)  # type: ignore[dict-item]
process.learn(deal, {"mood": None}, at=AT)  # type: ignore[dict-item]
process.learn(deal, [("seats", 5)], at=AT)  # type: ignore[arg-type]
process.amend(deal, at=AT, expected_close="2026-01-05")  # type: ignore[arg-type]
process.amend(deal, at=AT, price=5)  # type: ignore[call-arg]
process.override(deal, "offer", at=AT)  # type: ignore[call-arg]
process.approve(deal, "discount", at=AT)  # type: ignore[call-arg]
process.hold(deal, at=AT, until=timedelta(days=1))  # type: ignore[arg-type]
process.advance("ACME-1", at=AT)  # type: ignore[arg-type]
process.retune({"offer": "high"}, tuning="x")  # type: ignore[dict-item]
Catalog(process)  # type: ignore[arg-type]
Catalog([process])["solar"]  # type: ignore[index]
deal.amount + Money(5, "EUR")  # type: ignore[operator]
