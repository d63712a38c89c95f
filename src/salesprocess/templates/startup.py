"""A software start-up that sells subscriptions to other companies, from the first outreach to renewal and expansion."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from salesprocess import criteria as c
from salesprocess.facts import Fact
from salesprocess.money import Money
from salesprocess.process import Process
from salesprocess.stages import Activity, LossReason, Stage
from salesprocess.templates.bokmaal.startup import BOKMAAL
from salesprocess.templates.provenance import JUDGEMENT, PRACTITIONER, VENDOR, sources
from salesprocess.templates.registry import Template

# A fit that nobody has judged yet stops no outreach; one that is known to be poor does.
FITS = c.when(c.has("profile_fit"), c.one_of("profile_fit", ("strong", "partial")))

# A sale without a discount needs no approval, so a discount that is not known must not leave the rule undecided: `has`
# makes the condition a plain no. An approval covers the amount and the discount for which it was given.
DISCOUNT_APPROVED = c.when(
    c.all_of(c.has("discount"), c.not_(c.equals("discount", Decimal(0)))),
    c.approved("discount", role="deal_desk", while_unchanged=("amount", "discount"), not_by="owner"),
)

PROCESS = Process(
    "startup",
    label="Software start-up",
    facts=[
        Fact(
            "source",
            str,
            choices=["web platform", "industry event", "direct contact", "referral", "other"],
            label="Where the lead came from",
        ),
        Fact("profile_fit", str, choices=["strong", "partial", "poor"], label="Fit with the ideal customer profile"),
        Fact("contact", str, label="Contact person"),
        Fact("pain", str, many=True, label="Pain in their words, such as poor collaboration or poor task management"),
        Fact("budget_from", Money, label="Budget range, lower end"),
        Fact("budget_to", Money, label="Budget range, upper end"),
        Fact("timeline", date, label="Day by which they want to use it"),
        Fact("next_step", date, label="Day of the agreed next step"),
        Fact("problem", str, label="Problem that they confirmed"),
        Fact("metrics", str, many=True, label="Metrics that show the impact of the problem"),
        Fact("decision_criteria", str, many=True, label="What they will decide by"),
        Fact("decision_path", str, label="How and by whom it will be decided"),
        Fact("stakeholders", str, many=True, label="Stakeholders we have talked with"),
        Fact("use_case", str, label="Use case that the demonstration answers"),
        Fact("success_criteria", str, many=True, label="What makes the trial a success"),
        Fact("champion", str, label="Who argues for us in our absence"),
        Fact("economic_buyer", str, label="Who can release the money"),
        Fact("technical_win", bool, label="Their experts say that it works for them"),
        Fact("pricing_requested", bool, label="They asked for pricing"),
        Fact("recurring_revenue", Money, label="Recurring revenue per month"),
        Fact("term", int, minimum=1, label="Term, months"),
        Fact("competitors", str, many=True, label="Competitors in the race"),
        Fact("verbal_preference", bool, label="They said that they prefer us"),
        Fact("discount", Decimal, minimum=0, maximum=100, label="Discount, percent"),
        Fact("paper_process", str, label="Steps from agreement to signature on their side"),
        Fact("terms_agreed", bool, label="Both sides agree on the terms"),
        Fact("signatory", str, label="Who signs"),
        Fact("start_date", date, label="First day of the subscription"),
        Fact("time_to_first_value", int, minimum=0, label="Time to first value, days"),
        Fact("active_users", int, minimum=0, label="Active users"),
        Fact("satisfaction", int, minimum=0, maximum=10, label="Satisfaction, from 0 to 10"),
        Fact("renewed", bool, label="The subscription was renewed"),
    ],
    stages=[
        Stage(
            "prospecting",
            probability=0.05,
            category="omitted",
            typical_duration=timedelta(days=10),
            provenance=sources(JUDGEMENT),
            activities=[Activity("outreach", required=True, label="Reach out")],
            entry=[FITS],
            exit=[c.has("source")],
            guidance="Look for companies that fit the ideal customer profile: on web platforms, at industry events "
            "and by direct contact. Reach out until somebody replies or accepts a meeting.",
            canonical="prospecting",
        ),
        Stage(
            "first_contact",
            probability=0.10,
            category="pipeline",
            typical_duration=timedelta(days=7),
            provenance=sources(VENDOR),
            activities=[
                Activity("first_call", required=True, label="Hold the first call"),
                Activity("discovery", label="Hold the discovery meeting"),
            ],
            entry=[FITS],
            exit=[c.has("contact"), c.count_at_least("pain", 1), c.has("next_step")],
            guidance="Talk with each other, not past each other. Learn what hurts, roughly what budget there is and "
            "by when they want a change, and leave no call without a date for the next step.",
            canonical="first_contact",
        ),
        Stage(
            "needs_assessment",
            probability=0.25,
            category="pipeline",
            typical_duration=timedelta(days=14),
            provenance=sources(VENDOR),
            activities=[
                Activity("stakeholder_interviews", required=True, label="Interview the stakeholders"),
                Activity("project_manager_interviews", label="Interview the project managers"),
            ],
            entry=[c.done("discovery")],
            exit=[
                c.has("problem"),
                c.count_at_least("metrics", 1),
                c.has("decision_path"),
                c.count_at_least("stakeholders", 2),
            ],
            guidance="Interview stakeholders and project managers about the way they work: where collaboration fails, "
            "where tasks get lost, what it costs. A sale that rests on one person ends when that person is away: know "
            "two.",
            canonical="needs_assessment",
        ),
        Stage(
            "solution",
            probability=0.40,
            category="pipeline",
            typical_duration=timedelta(days=21),
            provenance=sources(JUDGEMENT),
            activities=[
                Activity("demo", required=True, label="Give a demonstration tailored to the use case"),
                Activity("trial", label="Run a trial"),
                Activity("proof_of_concept", label="Run a proof of concept"),
                Activity("security_review", label="Pass their security review"),
            ],
            exit=[c.equals("technical_win", True), c.has("economic_buyer")],
            guidance="Show how the product answers exactly what you heard, such as working together in real time, "
            "managing tasks and reporting. Agree beforehand what makes a trial a success, and find a champion and the "
            "economic buyer.",
            canonical="solution_presentation",
        ),
        Stage(
            "proposal",
            probability=0.50,
            category="best_case",
            typical_duration=timedelta(days=10),
            provenance=sources(VENDOR),
            activities=[
                Activity("proposal", required=True, label="Send the proposal"),
                Activity("proposal_review", required=True, label="Review the proposal with the buyer"),
            ],
            entry=[c.equals("pricing_requested", True)],
            exit=[c.has_term("amount"), c.has("recurring_revenue"), c.has("term")],
            guidance="Put a price on it once they ask: amount, recurring revenue, term and the day you expect to "
            "close. Go through the proposal with the buyer, and know who else is in the race.",
            canonical="solution_presentation",
        ),
        Stage(
            "negotiation",
            probability=0.75,
            category="best_case",
            typical_duration=timedelta(days=14),
            provenance=sources(PRACTITIONER),
            activities=[Activity("order_form", label="Send the order form")],
            entry=[c.equals("verbal_preference", True)],
            exit=[c.has("paper_process"), c.equals("terms_agreed", True)],
            label="Objections and negotiation",
            guidance="Resolve every objection on record, learn the way a contract takes through their house, and let "
            "the deal desk approve any discount before an order form goes out.",
            canonical="handling_objections",
        ),
        Stage(
            "closing",
            probability=0.90,
            category="commit",
            typical_duration=timedelta(days=7),
            provenance=sources(VENDOR),
            activities=[Activity("signature", required=True, label="Receive the signed order form")],
            entry=[c.done("order_form"), c.objections_resolved()],
            locked=[DISCOUNT_APPROVED],
            exit=[c.has("signatory"), c.has("start_date")],
            guidance="The order form is out. Know who signs and when the subscription starts, and stay close until "
            "the signature is there.",
            canonical="closing",
        ),
        Stage.won(
            "won",
            entry=[c.objections_resolved()],
            locked=[DISCOUNT_APPROVED],
            activities=[Activity("handover", label="Hand over to customer success")],
            guidance="Tell those who will look after the customer what was promised, to whom, and why they bought.",
            canonical="closing",
        ),
        Stage.after_sale(
            "onboarding",
            activities=[
                Activity("kickoff", required=True, label="Hold the kick-off"),
                Activity("training", label="Train the first users"),
            ],
            exit=[c.has("time_to_first_value")],
            guidance="Kick off, and lead them to the first result that matters to them. Measure how long that took.",
        ),
        Stage.after_sale(
            "adoption",
            activities=[
                Activity("support", label="Help the users"),
                Activity("usage_review", label="Review the use with them"),
            ],
            exit=[c.has("active_users")],
            guidance="Support makes users, and users make the base on which everything else grows. Look at who works "
            "with the product, and ask whether they are satisfied.",
        ),
        Stage.after_sale(
            "renewal",
            activities=[Activity("renewal_meeting", required=True, label="Talk about the renewal")],
            exit=[c.equals("renewed", True)],
            guidance="Talk about the renewal while there is still time to mend what keeps them from it.",
        ),
        Stage.after_sale(
            "expansion",
            activities=[
                Activity("expansion_proposal", label="Propose what would help them next"),
                Activity("referral_request", label="Ask for a referral"),
            ],
            guidance="More teams, more seats, more of the product: each as a sale of its own. Ask whom else you could "
            "help.",
        ),
        Stage.lost(
            "lost",
            reasons=[
                LossReason("price", label="Price"),
                LossReason("competition", label="Bought from a competitor"),
                LossReason("budget", label="No budget"),
                LossReason("missing_features", label="Missing features"),
                LossReason("long_cycle", label="It took too long"),
                LossReason("no_decision_maker", label="No access to a decision maker"),
                LossReason("unresponsive", label="Stopped answering"),
                LossReason("poor_fit", label="Poor fit"),
                LossReason("no_decision", label="Decided to do nothing"),
                LossReason("security", label="Security requirements not met"),
                LossReason("timing", label="Not now"),
                LossReason("duplicate", counts=False, label="Recorded twice"),
                LossReason("not_a_sale", counts=False, label="Recorded by mistake: spam, a student, a supplier"),
            ],
            guidance="Choose the reason that the customer would give, and the stage tells the rest. Lose early what "
            "will not be won.",
        ),
    ],
)
"""The rulebook."""

TEMPLATE = Template(PROCESS, {"nb": BOKMAAL})
"""The template."""
