"""The process of the documentation: a solar installer, with a feature of every kind."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from salesprocess import Activity, Deal, Fact, LossReason, Money, Policy, Process, Stage, Transition
from salesprocess import criteria as c

AT = datetime(2026, 1, 5, 9, tzinfo=UTC)

solar = Process(
    "solar-installer",
    version=1,
    facts=[
        Fact("roof_area", float, minimum=1, label="Roof area, m²"),
        Fact("heritage", bool),
        Fact("seats", int),
    ],
    stages=[
        Stage("lead", probability=0.05, category="omitted"),
        Stage(
            "site_survey",
            probability=0.30,
            typical_duration=timedelta(days=7),
            activities=[Activity("site_visit", required=True), Activity("shade_analysis")],
            exit=[c.has("roof_area")],
        ),
        Stage("heritage_permit", probability=0.35, when=c.equals("heritage", True)),
        Stage("offer", probability=0.55, category="best_case", entry=[c.amount_at_least(Money("1000", "EUR"))]),
        Stage("financing", probability=0.80, category="commit", optional=True),
        Stage.won(
            "signed",
            locked=[
                c.when(
                    c.amount_at_least(Money("100000", "EUR")),
                    c.approved("discount", role="deal_desk", while_unchanged=("amount",), not_by="owner"),
                )
            ],
        ),
        Stage.after_sale("installation"),
        Stage.after_sale("maintenance"),
        Stage.lost("lost", reasons=["price", "roof", LossReason("duplicate", counts=False)]),
    ],
    transitions=[Transition("fast_track", "site_survey", "financing", criteria=[c.approved("fast", role="manager")])],
    policy=Policy(skip="optional", back="any", override="recorded", facts="declared"),
)


def at_stage(stage: str, process: Process = solar, **terms: Any) -> Deal:
    """A deal of no heritage that has gone the plain way to a stage."""
    terms = {"amount": Money("48000", "EUR"), "owner": "kari", **terms}
    deal = process.open("ACME-1", at=AT, facts={"roof_area": 40.0, "heritage": False}, **terms)
    while deal.stage != stage:
        if deal.stage == "site_survey":
            deal = process.record(deal, "site_visit", at=AT)
        deal = process.advance(deal, at=AT)
    return deal
