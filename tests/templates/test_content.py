"""What the templates say: complete, labelled, and with a source for every number."""

import pickle
import subprocess
import sys
from datetime import timedelta
from typing import get_args

import pytest

from salesprocess import Process, templates
from salesprocess.criteria import Criterion
from salesprocess.errors import UnknownTemplate
from salesprocess.stages import CanonicalStep, Stage
from salesprocess.templates.provenance import JUDGEMENT, PRACTITIONER, VENDOR

PROCESSES = [templates.load(name) for name in templates.names()]
each_process = pytest.mark.parametrize("process", PROCESSES, ids=lambda process: process.name)
each_stage = pytest.mark.parametrize(
    "stage", [pytest.param(s, id=f"{p.name}: {s.name}") for p in PROCESSES for s in p.stages]
)
each_open_stage = pytest.mark.parametrize(
    "stage", [pytest.param(s, id=f"{p.name}: {s.name}") for p in PROCESSES for s in p.stages if s.kind == "open"]
)

Row = tuple[str, str, str, timedelta, str, str]
"""A stage: its probability and where it comes from, its typical duration and where that comes from, its category."""


def days(number: int) -> timedelta:
    return timedelta(days=number)


HALF_AN_HOUR = timedelta(minutes=30)
V, S, J = VENDOR, PRACTITIONER, JUDGEMENT
TABLES: dict[str, list[Row]] = {
    "startup": [
        ("prospecting", "5 %", J, days(10), J, "omitted"),
        ("first_contact", "10 %", V, days(7), J, "pipeline"),
        ("needs_assessment", "25 %", V, days(14), J, "pipeline"),
        ("solution", "40 %", J, days(21), J, "pipeline"),
        ("proposal", "50 %", V, days(10), J, "best_case"),
        ("negotiation", "75 %", S, days(14), J, "best_case"),
        ("closing", "90 %", V, days(7), J, "commit"),
    ],
    "consulting": [
        ("target_identified", "5 %", S, days(20), J, "omitted"),
        ("first_contact", "10 %", S, days(14), J, "pipeline"),
        ("diagnosis", "20 %", S, days(21), J, "pipeline"),
        ("proposal", "30 %", S, days(21), J, "pipeline"),
        ("negotiation", "50 %", S, days(14), J, "best_case"),
        ("verbal_agreement", "75 %", S, days(10), J, "commit"),
        ("contract", "90 %", S, days(14), J, "commit"),
    ],
    "agency": [
        ("prospecting", "5 %", J, days(3), S, "omitted"),
        ("qualified", "10 %", J, days(7), S, "pipeline"),
        ("audit", "20 %", S, days(10), J, "pipeline"),
        ("strategy", "30 %", V, days(10), J, "pipeline"),
        ("pitch", "40 %", V, days(14), J, "best_case"),
        ("verbal_win", "75 %", V, days(7), J, "commit"),
        ("contract", "95 %", V, days(7), J, "commit"),
    ],
    "car_dealer": [
        ("enquiry", "10 %", S, days(2), J, "omitted"),
        ("appointment", "30 %", J, days(2), J, "pipeline"),
        ("visit", "50 %", S, HALF_AN_HOUR, J, "best_case"),
        ("vehicle_selection", "50 %", J, HALF_AN_HOUR, J, "best_case"),
        ("test_drive", "55 %", J, HALF_AN_HOUR, J, "best_case"),
        ("negotiation", "65 %", J, days(1), J, "best_case"),
        ("financing", "85 %", J, days(1), J, "commit"),
    ],
}
AFTER = {
    "generic": ["follow_up"],
    "startup": ["onboarding", "adoption", "renewal", "expansion"],
    "consulting": ["kick_off", "implementation", "benefit_review", "continuous_support", "account_growth"],
    "agency": ["onboarding", "delivery", "quarterly_review", "renewal", "expansion"],
    "car_dealer": ["delivery", "satisfaction_survey", "first_service", "maintenance", "repeat"],
}
LOSSES = {
    "generic": "price competition budget poor_fit no_decision timing unresponsive",
    "startup": "price competition budget missing_features long_cycle no_decision_maker unresponsive poor_fit "
    "no_decision security timing",
    "consulting": "fees incumbent_kept no_decision expertise team_availability in_house relationship no_reply",
    "agency": "budget in_house kept_agency timing ghosted no_trust_in_roi scope_misfit contract_terms",
    "car_dealer": "bought_elsewhere vehicle_unavailable price trade_value credit_declined keeps_car no_show",
}
UNCOUNTED = {
    "generic": "duplicate",
    "startup": "duplicate not_a_sale",
    "consulting": "no_bid duplicate",
    "agency": "duplicate not_a_sale",
    "car_dealer": "duplicate",
}


def criteria_of(process: Process) -> list[Criterion]:
    return [inner for stage in process.stages for _, outer in stage.criteria() for inner in outer.walk()]


def python(program: str) -> str:
    return subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout


def test_the_names_are_known_before_any_template_is_imported() -> None:
    program = (
        "import sys; from salesprocess import templates; print(*templates.names());"
        "print(*sorted(name for name in sys.modules if name.startswith('salesprocess.templates.')));"
        "print('salesprocess.process' in sys.modules)"
    )
    own = "salesprocess.templates.registry"
    names = " ".join(templates.names())
    assert python(program) == f"{names}\n{own}\nFalse\n"


def test_only_the_template_that_is_loaded_is_imported() -> None:
    program = (
        "import sys; from salesprocess import templates; templates.load('generic');"
        "print('salesprocess.templates.startup' in sys.modules)"
    )
    assert python(program) == "False\n"


@pytest.mark.parametrize("name", templates.names())
def test_a_template_is_one_value_under_its_own_name(name: str) -> None:
    process = templates.load(name)
    assert process is templates.load(name)
    assert (process.name, process.version) == (name, 1)
    assert pickle.loads(pickle.dumps(process)) == process


@pytest.mark.parametrize(("name", "close"), [("start_up", ("startup",)), ("generics", ("generic",)), ("solar", ())])
def test_an_unknown_template_is_refused_with_the_names_that_look_like_it(name: str, close: tuple[str, ...]) -> None:
    with pytest.raises(UnknownTemplate) as refusal:
        templates.load(name)
    assert refusal.value.close == close
    assert refusal.value.known == templates.names()


@pytest.mark.parametrize("name", ["provenance", "registry", "bokmaal", "__init__", "startup.PROCESS", ""])
def test_a_module_that_is_no_template_cannot_be_loaded(name: str) -> None:
    with pytest.raises(UnknownTemplate):
        templates.load(name)


@each_process
def test_a_template_is_clean_under_lint(process: Process) -> None:
    assert process.lint() == ()


@each_process
def test_a_template_uses_stock_criteria_only(process: Process) -> None:
    assert {criterion.rule.__module__ for criterion in criteria_of(process)} == {"salesprocess.criteria"}


@each_process
def test_everything_that_people_see_has_words_for_them(process: Process) -> None:
    activities = [activity for stage in process.stages for activity in stage.activities]
    reasons = [reason for stage in process.stages for reason in stage.reasons]
    assert process.label
    assert all(each.label for each in (*process.facts, *activities, *reasons))


@each_process
def test_every_step_of_selling_is_served_in_its_order(process: Process) -> None:
    steps = get_args(CanonicalStep)
    served = [stage.canonical for stage in process.stages if stage.kind != "lost"]
    assert set(served) == set(steps)
    assert served == sorted(served, key=steps.index)


@each_stage
def test_every_stage_says_what_to_do_and_which_step_it_serves(stage: Stage) -> None:
    assert stage.label
    assert stage.guidance.endswith(".")
    assert (stage.canonical is None) == (stage.kind == "lost")


@each_open_stage
def test_every_prior_is_stated_with_its_source(stage: Stage) -> None:
    stated = {name for name in ("probability", "typical_duration", "category") if getattr(stage, name) is not None}
    stated |= {activity.name for activity in stage.activities if activity.within is not None}
    assert stated == set(stage.provenance) >= {"probability", "typical_duration", "category"}
    assert set(stage.provenance.values()) <= {VENDOR, PRACTITIONER, JUDGEMENT}


@each_stage
def test_no_stage_after_the_sale_claims_a_duration_without_a_source(stage: Stage) -> None:
    numbers = [stage.typical_duration, *(activity.within for activity in stage.activities)]
    assert stage.kind == "open" or not any(numbers)


@pytest.mark.parametrize("name", TABLES)
def test_a_template_carries_the_priors_of_its_trade(name: str) -> None:
    stages = [stage for stage in templates.load(name).stages if stage.kind == "open"]
    assert [
        (
            stage.name,
            f"{stage.probability:.0%}".replace("%", " %"),
            stage.provenance["probability"],
            stage.typical_duration,
            stage.provenance["typical_duration"],
            stage.category,
        )
        for stage in stages
    ] == TABLES[name]


@each_process
def test_a_template_goes_on_after_the_sale(process: Process) -> None:
    assert [stage.name for stage in process.stages if stage.kind == "after_sale"] == AFTER[process.name]


@each_process
def test_a_template_knows_why_its_sales_are_lost_and_which_losses_say_nothing_about_selling(process: Process) -> None:
    reasons = process.stage("lost").reasons
    assert sorted(reason.name for reason in reasons if reason.counts) == sorted(LOSSES[process.name].split())
    assert sorted(reason.name for reason in reasons if not reason.counts) == sorted(UNCOUNTED[process.name].split())


def test_the_generic_template_is_the_seven_stages_around_one_sale() -> None:
    process = templates.load("generic")
    line = [stage.name for stage in process.stages if stage.kind not in ("won", "lost")]
    assert line == list(get_args(CanonicalStep))
    assert [stage.name for stage in process.stages if stage.optional] == ["handling_objections"]


def test_the_generic_template_takes_its_priors_from_the_same_stages_of_the_start_up() -> None:
    generic, startup = (templates.load(name) for name in ("generic", "startup"))
    same = {"solution_presentation": "solution", "handling_objections": "negotiation"}
    for stage in (stage for stage in generic.stages if stage.kind == "open"):
        twin = startup.stage(same.get(stage.name, stage.name))
        assert (stage.probability, stage.category, stage.typical_duration, stage.provenance) == (
            twin.probability,
            twin.category,
            twin.typical_duration,
            twin.provenance,
        )
