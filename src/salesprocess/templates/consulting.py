"""A management consultancy that advises manufacturers, from a target with a name to an account that grows."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from salesprocess import criteria as c
from salesprocess.facts import Fact
from salesprocess.money import Money
from salesprocess.process import Process
from salesprocess.stages import Activity, LossReason, Stage
from salesprocess.templates.bokmaal.consulting import BOKMAAL
from salesprocess.templates.provenance import PRACTITIONER, sources
from salesprocess.templates.registry import Template

# Writing a proposal costs more than anything before it, so one person's enthusiasm does not start one.
GO = c.approvals_at_least("go", 2)
QUESTIONS = [
    c.equals("talking_with_client", True),
    c.equals("can_win", True),
    c.equals("strong_proposal", True),
]

PROCESS = Process(
    "consulting",
    label="Management consulting",
    facts=[
        Fact(
            "source",
            str,
            choices=["industry directory", "referral", "former client", "event", "other"],
            label="Where the target came from",
        ),
        Fact("referrer", str, label="Who referred us"),
        Fact("relationship", str, choices=["none", "known", "trusted"], label="Strength of the relationship"),
        Fact("sponsor", str, label="Sponsor: who wants the problem solved"),
        Fact("conversation_agreed", bool, label="They agreed to a conversation"),
        Fact("issue", str, label="Issue, such as supply-chain inefficiency or an operational bottleneck"),
        Fact("authority", str, label="Who can decide, and who can stop it"),
        Fact("budget", Money, label="Budget, stated or estimated"),
        Fact("capacity", bool, label="The right people of ours are free in time"),
        Fact("talking_with_client", bool, label="Are we talking with the client?"),
        Fact("can_win", bool, label="Can we win?"),
        Fact("strong_proposal", bool, label="Can we write a strong proposal?"),
        Fact("scope", str, label="Scope, as agreed with them"),
        Fact(
            "strategy",
            str,
            many=True,
            label="Strategy, such as streamlining operations, optimising processes or cutting cost",
        ),
        Fact("fee_type", str, choices=["fixed", "time and material", "retainer", "success"], label="Kind of fee"),
        Fact("team", str, many=True, label="Team that would do it"),
        Fact("margin", Decimal, minimum=-100, maximum=100, label="Margin, percent of the fees"),
        Fact("start_date", date, label="First day of the project"),
        Fact("deadline", date, label="Day by which they want the proposal"),
        Fact("incumbent", str, label="Consultancy that works there today"),
        Fact("shortlisted", bool, label="We are on their shortlist"),
        Fact("references", str, many=True, label="References that they may call"),
        Fact("rate_card", str, label="Rate card that the fees rest on"),
        Fact("terms_agreed", bool, label="Both sides agree on the terms"),
        Fact("verbal_yes", bool, label="They said yes"),
        Fact("decision_maker", str, label="Who decided"),
        Fact("decision_date", date, label="Day of the decision"),
        Fact("liability", str, label="Limit of our liability"),
        Fact("billing_schedule", str, label="What is billed when"),
        Fact("purchase_order", str, label="Number of their purchase order"),
        Fact("benefits", str, many=True, label="Benefits measured, such as cost saved a year"),
        Fact("satisfaction", int, minimum=0, maximum=10, label="Satisfaction, from 0 to 10"),
    ],
    stages=[
        Stage(
            "target_identified",
            probability=0.05,
            category="omitted",
            typical_duration=timedelta(days=20),
            provenance=sources(PRACTITIONER),
            activities=[
                Activity("target_research", label="Read up on the company, in industry directories and elsewhere"),
                Activity("referral_request", label="Ask for an introduction"),
                Activity("approach", required=True, label="Approach the sponsor"),
            ],
            exit=[c.has("sponsor"), c.equals("conversation_agreed", True)],
            guidance="Pick manufacturers from industry directories and from referrals, and find the person who owns "
            "the problem. An introduction by somebody they trust is worth ten letters.",
            canonical="prospecting",
        ),
        Stage(
            "first_contact",
            probability=0.10,
            category="pipeline",
            typical_duration=timedelta(days=14),
            provenance=sources(PRACTITIONER),
            activities=[
                Activity("first_conversation", required=True, label="Hold the first conversation"),
                Activity("meeting", label="Meet about the issue"),
            ],
            exit=[c.has("issue")],
            guidance="Listen for an issue that is worth a meeting: one with an owner, a cost and a date. What can be "
            "solved in the conversation is a favour, not a project.",
            canonical="first_contact",
        ),
        Stage(
            "diagnosis",
            label="Diagnosis (go or no-go)",
            probability=0.20,
            category="pipeline",
            typical_duration=timedelta(days=21),
            provenance=sources(PRACTITIONER),
            activities=[
                Activity("leader_meetings", required=True, label="Meet the leaders of the company"),
                Activity("site_walk", label="Walk through the plant"),
            ],
            entry=[c.done("meeting")],
            exit=[c.has("authority"), c.has("budget"), c.equals("capacity", True), *QUESTIONS],
            guidance="Meet the leaders, see where the supply chain and the operation lose time and money, and learn "
            "who decides and what it may cost. Then two or three people decide go or no-go by three questions: are we "
            "talking with the client, can we win, can we write a strong proposal? A no is a good day's work.",
            canonical="needs_assessment",
        ),
        Stage(
            "proposal",
            probability=0.30,
            category="pipeline",
            typical_duration=timedelta(days=21),
            provenance=sources(PRACTITIONER),
            activities=[
                Activity("proposal", required=True, label="Write the proposal"),
                Activity("presentation", required=True, label="Present it to them"),
            ],
            entry=[c.has("scope")],
            locked=[GO],
            exit=[
                c.has_term("amount"),
                c.count_at_least("strategy", 1),
                c.has("fee_type"),
                c.count_at_least("team", 1),
            ],
            guidance="Agree on the scope before writing. Propose one whole strategy made for them: how operations are "
            "streamlined, processes optimised and cost cut, by whom, at what margin and from when. Present it in "
            "person; a proposal that is only sent is read by its last page.",
            canonical="solution_presentation",
        ),
        Stage(
            "negotiation",
            label="Objections and negotiation",
            probability=0.50,
            category="best_case",
            typical_duration=timedelta(days=14),
            provenance=sources(PRACTITIONER),
            activities=[
                Activity("reference_calls", label="Let them talk with a reference"),
                Activity("contract_negotiation", label="Negotiate the contract"),
            ],
            entry=[c.equals("shortlisted", True)],
            exit=[c.equals("terms_agreed", True)],
            guidance="Answer what worries them with references and numbers. Trade scope for price and never price for "
            "nothing; the rate card is the same for the next project.",
            canonical="handling_objections",
        ),
        Stage(
            "verbal_agreement",
            probability=0.75,
            category="commit",
            typical_duration=timedelta(days=10),
            provenance=sources(PRACTITIONER),
            activities=[Activity("statement_of_work", label="Draft the statement of work")],
            entry=[c.equals("verbal_yes", True), c.objections_resolved()],
            exit=[c.has("decision_maker"), c.has("decision_date")],
            guidance="A yes is worth what the one who said it may decide. Note who and when, and put paper into their "
            "hands while it is fresh.",
            canonical="closing",
        ),
        Stage(
            "contract",
            probability=0.90,
            category="commit",
            typical_duration=timedelta(days=14),
            provenance=sources(PRACTITIONER),
            activities=[Activity("signature", required=True, label="Receive the signed contract")],
            entry=[c.done("statement_of_work")],
            exit=[c.has("liability"), c.has("billing_schedule")],
            guidance="Lead the statement of work through legal and purchasing: liability, billing schedule, purchase "
            "order. Nobody starts work before the signature.",
            canonical="closing",
        ),
        Stage.won(
            "won",
            entry=[c.objections_resolved()],
            activities=[Activity("handover", label="Hand over to the project team")],
            guidance="Tell the team what was promised, to whom, and what they fear.",
            canonical="closing",
        ),
        Stage.after_sale(
            "kick_off",
            activities=[Activity("kick_off_meeting", required=True, label="Hold the kick-off")],
            guidance="Begin with the sponsor in the room: goals, roles, and how we shall know that it worked.",
        ),
        Stage.after_sale(
            "implementation",
            activities=[
                Activity("steering_meeting", required=True, label="Report to the steering committee"),
                Activity("change_order", label="Agree on a change of the scope"),
            ],
            guidance="Implement with their people, not beside them. What is new goes into a change order the day it "
            "comes up.",
        ),
        Stage.after_sale(
            "benefit_review",
            activities=[Activity("benefit_review", required=True, label="Review the benefits with them")],
            exit=[c.count_at_least("benefits", 1)],
            guidance="Measure together what it brought. The number is their success and our next reference.",
        ),
        Stage.after_sale(
            "continuous_support",
            activities=[
                Activity("support_meeting", label="Look in on what was implemented"),
                Activity("satisfaction_survey", label="Ask how satisfied they are"),
            ],
            guidance="Stay in support: what is not looked after goes back to the way it was.",
        ),
        Stage.after_sale(
            "account_growth",
            activities=[
                Activity("account_plan", label="Plan with them what comes next"),
                Activity("reference_request", label="Ask to be recommended"),
            ],
            guidance="A partnership lasts when somebody tends it. Each new project is a sale of its own, and begins "
            "far ahead of the first.",
        ),
        Stage.lost(
            "lost",
            reasons=[
                # Our own no: it says how we choose, not how we win, so win rates count the bids.
                LossReason("no_bid", counts=False, label="No-bid: we decided against it"),
                LossReason("fees", label="Fees"),
                LossReason("incumbent_kept", label="Kept the consultancy they had"),
                LossReason("no_decision", label="Decided to do nothing"),
                LossReason("expertise", label="Expertise or references"),
                LossReason("team_availability", label="The team was not available"),
                LossReason("in_house", label="Done in-house"),
                LossReason("relationship", label="Relationship"),
                LossReason("no_reply", label="No reply"),
                LossReason("duplicate", counts=False, label="Recorded twice"),
            ],
            guidance="Ask the sponsor for the reason, a week later and in person. A no-bid is our decision and is told "
            "as such.",
        ),
    ],
)
"""The rulebook."""

TEMPLATE = Template(PROCESS, {"nb": BOKMAAL})
"""The template."""
