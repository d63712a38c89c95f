"""A digital marketing agency that sells retainers and projects, from an advertisement to the next campaign."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from salesprocess import criteria as c
from salesprocess.criteria.frameworks import BANT
from salesprocess.facts import Fact
from salesprocess.money import Money
from salesprocess.process import Process
from salesprocess.stages import Activity, LossReason, Stage
from salesprocess.templates.bokmaal.agency import BOKMAAL
from salesprocess.templates.provenance import JUDGEMENT, PRACTITIONER, VENDOR, sources
from salesprocess.templates.registry import Template

# The two hard rules, as the pipeline of a real agency group has them: what is sold is stated line by line, and finance
# approves the contract as it stands before the sale counts as won.
LINE_ITEMS = c.has_items()
FINANCE_APPROVED = c.approved("contract", role="finance", while_unchanged=("amount", "items"), not_by="owner")

# An engagement that is not known must not leave the rule undecided: `has` makes the condition a plain no.
RETAINER = c.all_of(c.has("engagement"), c.equals("engagement", "retainer"))

PROCESS = Process(
    "agency",
    label="Digital marketing agency",
    facts=[
        Fact(
            "source",
            str,
            choices=["social media", "industry event", "online advertising", "referral", "other"],
            label="Where the lead came from",
        ),
        Fact("site", str, label="Their site"),
        Fact("interested", bool, label="They confirmed their interest"),
        Fact("monthly_budget", Money, label="Budget per month"),
        Fact("decision_maker", str, label="Who decides"),
        Fact("goal", str, label="What they want to reach"),
        Fact("timing", date, label="Day by which they want to begin"),
        Fact("discovery", datetime, label="When the discovery meeting is booked"),
        Fact("analytics_access", bool, label="We may read their analytics"),
        Fact("present_spend", Money, label="Present spend on marketing per month"),
        Fact("kpis", str, many=True, label="Figures that they steer by"),
        Fact("audience", str, label="Audience, from the data"),
        Fact("areas_to_improve", str, many=True, label="Areas to improve"),
        Fact(
            "channels",
            str,
            many=True,
            choices=["search optimisation", "social advertising", "search advertising", "content", "e-mail", "other"],
            label="Channels of the strategy",
        ),
        Fact("engagement", str, choices=["retainer", "project"], label="Retainer or project"),
        Fact("recurring_revenue", Money, label="Recurring revenue per month"),
        Fact("finalist", bool, label="We are among the last ones"),
        Fact("roi_model", str, label="Return on investment, and what it assumes"),
        Fact("case_studies", str, many=True, label="Case studies that we showed"),
        Fact("verbal_decision", bool, label="They said that they choose us"),
        Fact("budget_final", bool, label="The budget is final"),
        Fact("timeline_final", bool, label="The timeline is final"),
        Fact("contract_requested", bool, label="They asked for the contract"),
        Fact("start_date", date, label="First day of the work"),
        Fact("access", bool, label="We have access to all accounts"),
        Fact("baseline", str, label="Baseline: the figures on the first day"),
        Fact("leads_per_month", int, minimum=0, label="Leads per month that the work brings"),
        Fact("satisfaction", int, minimum=0, maximum=10, label="Satisfaction, from 0 to 10"),
        Fact("renewed", bool, label="The contract was renewed"),
    ],
    stages=[
        Stage(
            "prospecting",
            probability=0.05,
            category="omitted",
            typical_duration=timedelta(days=3),
            provenance=sources(JUDGEMENT, typical_duration=PRACTITIONER),
            activities=[
                Activity("outreach", required=True, label="Answer the lead, or reach out"),
                Activity("qualification_call", label="Ask about budget, authority, need and timing"),
            ],
            exit=[c.has("source"), c.equals("interested", True)],
            guidance="Leads come from social media, industry events and our own advertising. Look at their site before "
            "you answer, and answer with something that you saw there.",
            canonical="prospecting",
        ),
        Stage(
            "qualified",
            probability=0.10,
            category="pipeline",
            typical_duration=timedelta(days=7),
            provenance=sources(JUDGEMENT, typical_duration=PRACTITIONER),
            activities=[Activity("discovery_booking", label="Book the discovery meeting")],
            entry=BANT.using(
                budget="monthly_budget", authority="decision_maker", need="goal", timeline="timing"
            ).criteria(),
            exit=[c.has("discovery")],
            guidance="Budget, authority, need and timing are known; now book the meeting while they remember why they "
            "wrote. Whoever decides should be there.",
            canonical="first_contact",
        ),
        Stage(
            "audit",
            probability=0.20,
            category="pipeline",
            typical_duration=timedelta(days=10),
            provenance=sources(PRACTITIONER),
            activities=[
                Activity("discovery_meeting", required=True, label="Hold the discovery meeting"),
                Activity("marketing_audit", label="Audit their present marketing"),
                Activity("audience_analysis", label="Analyse the data on their audience"),
                Activity("audit_report", required=True, label="Write the audit report"),
                Activity("findings_review", required=True, label="Go through the findings with them"),
            ],
            entry=[c.equals("analytics_access", True)],
            exit=[
                c.has("present_spend"),
                c.count_at_least("kpis", 1),
                c.has("audience"),
                c.count_at_least("areas_to_improve", 1),
            ],
            guidance="Audit what they do today: where the money goes, whom it reaches, what comes of it. Go through "
            "the findings with them; an audit that is only sent is a free gift.",
            canonical="needs_assessment",
        ),
        Stage(
            "strategy",
            label="Strategy and proposal",
            probability=0.30,
            category="pipeline",
            typical_duration=timedelta(days=10),
            provenance=sources(VENDOR),
            activities=[Activity("proposal", required=True, label="Send strategy and proposal")],
            entry=[LINE_ITEMS],
            exit=[
                c.count_at_least("channels", 1),
                c.has("engagement"),
                c.when(RETAINER, c.has("recurring_revenue")),
            ],
            guidance="One strategy for search optimisation, social advertising and content, with a budget line by "
            "line: what is done, what it costs, what comes back every month. Without lines there is no proposal.",
            canonical="solution_presentation",
        ),
        Stage(
            "pitch",
            label="Pitch and return on investment",
            probability=0.40,
            category="best_case",
            typical_duration=timedelta(days=14),
            provenance=sources(VENDOR),
            activities=[
                Activity("pitch", required=True, label="Pitch to those who decide"),
                Activity("roi_walkthrough", label="Go through the return on investment with them"),
            ],
            entry=[c.equals("finalist", True)],
            exit=[c.has("roi_model"), c.count_at_least("case_studies", 1), c.equals("verbal_decision", True)],
            guidance="Show the return on investment in their own figures, and say what it assumes. Answer doubts with "
            "cases of customers like them; record each objection and how it was resolved.",
            canonical="handling_objections",
        ),
        Stage(
            "verbal_win",
            probability=0.75,
            category="commit",
            typical_duration=timedelta(days=7),
            provenance=sources(VENDOR),
            activities=[Activity("contract", label="Send the contract")],
            entry=[c.equals("budget_final", True), c.equals("timeline_final", True), c.objections_resolved()],
            exit=[c.equals("contract_requested", True), c.has("start_date")],
            guidance="Budget and timeline are final, so amend the lines to what was agreed. Put the start date into "
            "the calendars of those who will do the work.",
            canonical="closing",
        ),
        Stage(
            "contract",
            probability=0.95,
            category="commit",
            typical_duration=timedelta(days=7),
            provenance=sources(VENDOR),
            activities=[Activity("signature", required=True, label="Receive the signed contract")],
            entry=[c.done("contract")],
            guidance="The contract is out. Let finance approve it as it stands: a later change of the lines is "
            "approved anew.",
            canonical="closing",
        ),
        Stage.won(
            "won",
            entry=[c.objections_resolved()],
            locked=[LINE_ITEMS, FINANCE_APPROVED],
            activities=[Activity("handover", label="Hand over to those who do the work")],
            guidance="Tell those who do the work what was promised, by when, and which figure the customer watches.",
            canonical="closing",
        ),
        Stage.after_sale(
            "onboarding",
            activities=[
                Activity("kickoff", required=True, label="Hold the kick-off"),
                Activity("thirty_day_plan", required=True, label="Agree on the plan of the first 30 days"),
            ],
            exit=[c.equals("access", True), c.has("baseline")],
            guidance="Get access to every account, note the baseline before anything is changed, and agree on what "
            "happens in the first 30 days.",
        ),
        Stage.after_sale(
            "delivery",
            activities=[
                Activity("campaign", label="Run the campaigns"),
                Activity("support", label="Help with questions"),
                Activity("monthly_report", required=True, label="Report the figures of the month"),
            ],
            guidance="More presence online and more leads are what they pay for: report both each month against the "
            "baseline, good or bad, and stay at hand.",
        ),
        Stage.after_sale(
            "quarterly_review",
            activities=[
                Activity("review", required=True, label="Review the quarter with those who decide"),
                Activity("satisfaction_survey", label="Ask how satisfied they are"),
            ],
            exit=[c.has("leads_per_month")],
            guidance="Look back at the return on investment that was promised, and forward at what to change.",
        ),
        Stage.after_sale(
            "renewal",
            activities=[Activity("renewal_meeting", required=True, label="Talk about the renewal")],
            exit=[c.equals("renewed", True)],
            guidance="Begin two months before the contract ends, with the figures of the reviews.",
        ),
        Stage.after_sale(
            "expansion",
            activities=[
                Activity("expansion_proposal", label="Propose the next channel"),
                Activity("referral_request", label="Ask for a referral"),
            ],
            guidance="Another channel, another country, another brand: each is a sale of its own.",
        ),
        Stage.lost(
            "lost",
            reasons=[
                LossReason("budget", label="No budget"),
                LossReason("in_house", label="Done in-house"),
                LossReason("kept_agency", label="Kept the agency they had"),
                LossReason("timing", label="Not now"),
                LossReason("ghosted", label="Stopped answering"),
                LossReason("no_trust_in_roi", label="No trust in the return on investment"),
                LossReason("scope_misfit", label="Scope did not fit"),
                LossReason("contract_terms", label="Terms of the contract"),
                LossReason("duplicate", counts=False, label="Recorded twice"),
                LossReason("not_a_sale", counts=False, label="Recorded by mistake: spam, a job seeker, a supplier"),
            ],
            guidance="Choose the reason that the customer would give. Who stopped answering may answer again when the "
            "next quarter is planned: reopen the deal then.",
        ),
    ],
)
"""The rulebook."""

TEMPLATE = Template(PROCESS, {"nb": BOKMAAL})
"""The template."""
