"""The seven common stages of selling: a beginning for any organisation, and the yardstick of the other templates."""

from __future__ import annotations

from datetime import timedelta

from salesprocess import criteria as c
from salesprocess.facts import Fact
from salesprocess.process import Process
from salesprocess.stages import Activity, LossReason, Stage
from salesprocess.templates.bokmaal.generic import BOKMAAL
from salesprocess.templates.provenance import JUDGEMENT, PRACTITIONER, VENDOR, sources
from salesprocess.templates.registry import Template

PROCESS = Process(
    "generic",
    label="Seven common stages",
    facts=[
        Fact("source", str, label="Where the lead came from"),
        Fact("qualified", bool, label="Worth a salesperson's time"),
        Fact("contact", str, label="Whom we talk with"),
        Fact("fit", bool, label="What we sell can help them"),
        Fact("pain_points", str, many=True, label="Pain points"),
        Fact("goals", str, many=True, label="Goals"),
        Fact("requirements", str, many=True, label="Requirements"),
        Fact("preferences", str, many=True, label="Preferences"),
        Fact("solution", str, label="Solution tailored to them"),
        Fact("value", str, label="What the solution is worth to them"),
        Fact("closing_technique", str, label="How the commitment was asked for"),
        Fact("commitment", bool, label="Has committed to buy"),
        Fact("satisfaction", int, minimum=0, maximum=10, label="Satisfaction, from 0 to 10"),
    ],
    stages=[
        Stage(
            "prospecting",
            probability=0.05,
            category="omitted",
            typical_duration=timedelta(days=10),
            provenance=sources(JUDGEMENT),
            activities=[
                Activity("lead_generation", label="Generate leads"),
                Activity("referrals", label="Ask for referrals"),
                Activity("market_research", label="Research the market"),
            ],
            exit=[c.equals("qualified", True)],
            guidance="Find possible customers through your own leads, through people who know them and through the "
            "market itself. Qualify early: a lead that is not worth the time is lost now, not in a month.",
            canonical="prospecting",
        ),
        Stage(
            "first_contact",
            probability=0.10,
            category="pipeline",
            typical_duration=timedelta(days=7),
            provenance=sources(VENDOR),
            activities=[
                Activity("call", label="Call"),
                Activity("email", label="Write an e-mail"),
                Activity("meeting", label="Meet"),
            ],
            exit=[
                c.any_of(c.done("call"), c.done("email"), c.done("meeting")),
                c.has("contact"),
                c.equals("fit", True),
            ],
            guidance="Call, write or meet. Begin a relationship, listen for what they need, and find out together "
            "whether there is a fit; no is a good answer when it comes early.",
            canonical="first_contact",
        ),
        Stage(
            "needs_assessment",
            probability=0.25,
            category="pipeline",
            typical_duration=timedelta(days=14),
            provenance=sources(VENDOR),
            activities=[Activity("needs_interview", required=True, label="Talk about their needs")],
            exit=[
                c.count_at_least("pain_points", 1),
                c.count_at_least("goals", 1),
                c.count_at_least("requirements", 1),
            ],
            guidance="Ask what hurts, what they want to reach and what a solution must do. Write it down in their "
            "words; preferences count as well.",
            canonical="needs_assessment",
        ),
        Stage(
            "solution_presentation",
            probability=0.40,
            category="pipeline",
            typical_duration=timedelta(days=21),
            provenance=sources(JUDGEMENT),
            activities=[
                Activity("demonstration", label="Demonstrate the solution"),
                Activity("proposal", required=True, label="Hand over a proposal"),
                Activity("negotiation", label="Negotiate"),
            ],
            exit=[c.has("solution"), c.has("value")],
            guidance="Show a solution made for the needs you found, and what it is worth to them: demonstrate it, "
            "propose it, negotiate it.",
            canonical="solution_presentation",
        ),
        Stage(
            "handling_objections",
            probability=0.75,
            category="best_case",
            typical_duration=timedelta(days=14),
            provenance=sources(PRACTITIONER),
            optional=True,
            activities=[
                Activity("foresee_concerns", label="Foresee their concerns"),
                Activity("evidence", label="Answer with information and evidence"),
            ],
            guidance="Concerns come in every stage: record each one when it is raised, and resolve it with "
            "information and evidence. Use this stage only when answering them is what the sale is waiting for.",
            canonical="handling_objections",
        ),
        Stage(
            "closing",
            probability=0.90,
            category="commit",
            typical_duration=timedelta(days=7),
            provenance=sources(VENDOR),
            activities=[Activity("ask_for_commitment", required=True, label="Ask for the commitment")],
            entry=[c.objections_resolved()],
            exit=[c.equals("commitment", True)],
            guidance="Ask for the commitment to buy, with the closing technique that suits this customer, and note "
            "which one it was.",
            canonical="closing",
        ),
        Stage.won(
            "won",
            entry=[c.objections_resolved()],
            guidance="The customer has committed. Tell everybody who now has to deliver what was promised.",
            canonical="closing",
        ),
        Stage.after_sale(
            "follow_up",
            label="Follow-up and support",
            activities=[
                Activity("support", label="Help after the sale"),
                Activity("satisfaction_survey", label="Ask how satisfied they are"),
                Activity("future_business", label="Talk about future business"),
            ],
            guidance="Help after the sale, ask whether they are satisfied, and stay in touch: the next sale begins "
            "here.",
        ),
        Stage.lost(
            "lost",
            reasons=[
                LossReason("price", label="Price"),
                LossReason("competition", label="Bought from a competitor"),
                LossReason("budget", label="No budget"),
                LossReason("poor_fit", label="Poor fit"),
                LossReason("no_decision", label="Decided to do nothing"),
                LossReason("timing", label="Not now"),
                LossReason("unresponsive", label="Stopped answering"),
                LossReason("duplicate", counts=False, label="Recorded twice"),
            ],
            guidance="Choose the reason that the customer would give. It is what the next sale learns from.",
        ),
    ],
)
"""The rulebook; its priors are those that the start-up template gives the same stages."""

TEMPLATE = Template(PROCESS, {"nb": BOKMAAL})
"""The template."""
