"""A car dealer, from an enquiry that is answered within minutes to the next car of the same customer."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from salesprocess import criteria as c
from salesprocess.facts import Fact
from salesprocess.money import Money
from salesprocess.process import Process
from salesprocess.rules import Transition
from salesprocess.stages import Activity, LossReason, Stage
from salesprocess.templates.bokmaal.car_dealer import BOKMAAL
from salesprocess.templates.provenance import JUDGEMENT, PRACTITIONER, sources
from salesprocess.templates.registry import Template

# What nobody asked about must not leave a rule undecided: `has` makes the condition a plain no, and a criterion beside
# the rule asks for the answer. The appraisal counts whenever it was done.
HAS_TRADE_IN = c.all_of(c.has("trade_in"), c.equals("trade_in", True))
APPRAISED = c.when(HAS_TRADE_IN, c.done("appraisal"))
BORROWS = c.all_of(c.has("payment"), c.one_of("payment", ("loan", "lease")))

COMES_BACK = ("vehicle_selection", "test_drive", "negotiation", "financing")

PROCESS = Process(
    "car_dealer",
    label="Car dealer",
    facts=[
        Fact(
            "source",
            str,
            choices=["web site", "marketplace", "telephone", "walk-in", "referral", "returning customer", "other"],
            label="Where the enquiry came from",
        ),
        Fact("contact", str, label="Customer we talk with"),
        Fact("vehicle_of_interest", str, label="Makes and models that they have looked at"),
        Fact("trade_in", bool, label="There is a car to trade in"),
        Fact("opt_in", bool, label="We may send them offers"),
        Fact("appointment", datetime, label="When they are expected"),
        Fact("salesperson", str, label="Who receives them"),
        Fact("seats", int, minimum=1, maximum=9, label="Seats that they need"),
        Fact("use", str, label="What the car is for"),
        Fact("fuel_economy", str, label="What they expect of consumption or range"),
        Fact("safety", str, many=True, label="Safety that matters to them"),
        Fact("budget", Money, label="Budget, or the payment per month"),
        Fact("stock_number", str, label="Stock number of the car"),
        Fact("trim", str, label="Trim"),
        Fact("options", str, many=True, label="Options"),
        Fact("agrees_to_drive", bool, label="They want to drive it"),
        Fact("trial_close", str, label="What they said when asked whether this is the car"),
        Fact("packages", str, many=True, label="Packages, such as winter wheels or a service plan"),
        Fact("trade_value", Money, label="What we pay for the trade-in"),
        Fact("deposit", Money, label="Deposit"),
        Fact("figures_agreed", bool, label="Both sides agree on the figures"),
        Fact("payment", str, choices=["cash", "loan", "lease"], label="How they pay"),
        Fact("lender", str, label="Lender"),
        Fact("rate", Decimal, minimum=0, maximum=100, label="Interest rate, percent per year"),
        Fact("term", int, minimum=1, label="Term, months"),
        Fact("products", str, many=True, label="Insurance and other products"),
        Fact("satisfaction", int, minimum=0, maximum=10, label="Satisfaction, from 0 to 10"),
    ],
    stages=[
        Stage(
            "enquiry",
            probability=0.10,
            category="omitted",
            typical_duration=timedelta(days=2),
            provenance={**sources(PRACTITIONER), "first_response": JUDGEMENT},
            activities=[
                Activity("first_response", required=True, within=timedelta(minutes=10), label="Answer the enquiry"),
                Activity("conversation", required=True, label="Talk with the customer"),
            ],
            exit=[c.has("contact"), c.has("vehicle_of_interest")],
            guidance="They have researched makes and models, and wrote to others as well: who answers within ten "
            "minutes is who they talk with. Ask whether there is a car to trade in, and offer a time to come by.",
            canonical="prospecting",
        ),
        Stage(
            "appointment",
            probability=0.30,
            category="pipeline",
            typical_duration=timedelta(days=2),
            provenance=sources(JUDGEMENT),
            optional=True,
            activities=[
                Activity("confirmation", label="Confirm the appointment the day before"),
                Activity("arrival", label="Receive the customer"),
            ],
            # A time that has passed is no appointment: after a no-show a new one is agreed on.
            entry=[c.before("appointment"), c.has("salesperson")],
            guidance="Confirm the time, have the car washed and at the door. Who does not show is called within the "
            "hour and gets a new time. A customer who walks in goes past this stage.",
            canonical="first_contact",
        ),
        Stage(
            "visit",
            label="Visit and needs",
            probability=0.50,
            category="best_case",
            typical_duration=timedelta(minutes=30),
            provenance=sources(PRACTITIONER),
            activities=[
                Activity("needs_talk", required=True, label="Talk about what the car is for"),
                Activity("appraisal", label="Appraise the trade-in"),
            ],
            entry=[c.done("arrival")],
            exit=[c.has("use"), c.has("seats"), c.has("budget"), c.has("trade_in")],
            guidance="Before any car: who rides in it, how far, what about fuel and safety, and what may it cost? Have "
            "the trade-in appraised while you talk. Who comes back another day is the same deal.",
            canonical="needs_assessment",
        ),
        Stage(
            "vehicle_selection",
            probability=0.50,
            category="best_case",
            typical_duration=timedelta(minutes=30),
            provenance=sources(JUDGEMENT),
            activities=[Activity("walkaround", label="Walk around the car with them")],
            entry=[c.has("stock_number")],
            exit=[c.equals("agrees_to_drive", True)],
            guidance="One car that is there, by its stock number, not a list of possible ones. Show what answers the "
            "needs they named, trim and options included, and hand them the keys.",
            canonical="solution_presentation",
        ),
        Stage(
            "test_drive",
            probability=0.55,
            category="best_case",
            typical_duration=timedelta(minutes=30),
            provenance=sources(JUDGEMENT),
            activities=[
                Activity("licence_check", label="See the driving licence"),
                Activity("drive", required=True, label="Drive, and log it"),
            ],
            entry=[c.done("licence_check")],
            exit=[c.has("trial_close")],
            guidance="No licence, no drive. Let them drive where they drive every day, and ask at the end whether this "
            "is the car.",
            canonical="solution_presentation",
        ),
        Stage(
            "negotiation",
            probability=0.65,
            category="best_case",
            typical_duration=timedelta(days=1),
            provenance=sources(JUDGEMENT),
            activities=[Activity("written_offer", label="Put the figures on paper")],
            entry=[c.has_term("amount"), c.has("trade_in")],
            locked=[APPRAISED],
            exit=[c.equals("figures_agreed", True), c.when(HAS_TRADE_IN, c.has("trade_value"))],
            guidance="Packages and options first, then the price, then the trade-in, each on its own line. The value "
            "of the trade-in comes from the appraisal, and no figure is named before it is there.",
            canonical="handling_objections",
        ),
        Stage(
            "financing",
            label="Financing and contract",
            probability=0.85,
            category="commit",
            typical_duration=timedelta(days=1),
            provenance=sources(JUDGEMENT),
            activities=[
                Activity("application", label="Send the application to the lender"),
                Activity("approval", label="Receive the approval of the lender"),
                Activity("contract", required=True, label="Sign the contract"),
            ],
            entry=[c.objections_resolved(), c.has("payment"), c.when(BORROWS, c.done("application"))],
            exit=[
                c.has("payment"),
                c.when(BORROWS, c.done("approval")),
                *(c.when(BORROWS, c.has(name)) for name in ("lender", "rate", "term")),
            ],
            guidance="Let the lender answer before the customer sleeps on it. Explain rate, term and products in plain "
            "words. Who pays cash signs the contract and needs none of it.",
            canonical="closing",
        ),
        Stage.won(
            "won",
            entry=[c.objections_resolved()],
            guidance="Sold. Set the day of delivery, and tell the workshop what has to be ready.",
            canonical="closing",
        ),
        Stage.after_sale(
            "delivery",
            activities=[
                Activity("delivery_checklist", required=True, label="Go through the delivery checklist"),
                Activity("orientation", required=True, label="Explain the car"),
            ],
            guidance="The customer drives away today and tells of it tomorrow. Nothing is missing on the checklist, "
            "the telephone is connected, and the first service has a date.",
        ),
        Stage.after_sale(
            "satisfaction_survey",
            activities=[Activity("survey", required=True, label="Ask how satisfied they are")],
            exit=[c.has("satisfaction")],
            guidance="Ask after a week, by telephone. What is wrong is mended before it is written about.",
        ),
        Stage.after_sale(
            "first_service",
            activities=[Activity("first_service", required=True, label="Do the first service")],
            guidance="The first service decides whether the next one is here as well.",
        ),
        Stage.after_sale(
            "maintenance",
            activities=[
                Activity("maintenance_visit", label="Do the maintenance"),
                Activity("recall", label="Tell them of a recall"),
            ],
            guidance="Remind them of service, tyres and inspection before they have to ask.",
        ),
        Stage.after_sale(
            "repeat",
            label="Repeat purchase",
            activities=[
                Activity("next_car_talk", label="Talk about the next car"),
                Activity("referral_request", label="Ask for a referral"),
            ],
            guidance="Half a year before the financing ends, look at what their car is worth. The next car is a sale "
            "of its own.",
        ),
        Stage.lost(
            "lost",
            reasons=[
                LossReason("bought_elsewhere", label="Bought elsewhere"),
                LossReason("vehicle_unavailable", label="The vehicle was not available"),
                LossReason("price", label="Price or payment"),
                LossReason("trade_value", label="Value of the trade-in"),
                LossReason("credit_declined", label="Credit declined"),
                LossReason("keeps_car", label="Keeps the car they have"),
                LossReason("no_show", label="Never showed up"),
                LossReason("duplicate", counts=False, label="Recorded twice"),
            ],
            guidance="Choose the reason that the customer would give. Who comes back after all is the same deal: "
            "reopen it.",
        ),
    ],
    transitions=[
        Transition("no_show", "appointment", "enquiry", label="Did not show up"),
        *(Transition("return_visit", stage, "visit", label="Comes back another day") for stage in COMES_BACK),
    ],
)
"""The rulebook."""

TEMPLATE = Template(PROCESS, {"nb": BOKMAAL})
"""The template."""
