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

TABLE = [
    ("prospecting", "5 %", JUDGEMENT, 10, "omitted"),
    ("first_contact", "10 %", VENDOR, 7, "pipeline"),
    ("needs_assessment", "25 %", VENDOR, 14, "pipeline"),
    ("solution", "40 %", JUDGEMENT, 21, "pipeline"),
    ("proposal", "50 %", VENDOR, 10, "best_case"),
    ("negotiation", "75 %", PRACTITIONER, 14, "best_case"),
    ("closing", "90 %", VENDOR, 7, "commit"),
]


def criteria_of(process: Process) -> list[Criterion]:
    return [inner for stage in process.stages for _, outer in stage.criteria() for inner in outer.walk()]


def python(program: str) -> str:
    return subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout


def test_the_names_are_known_before_any_template_is_imported() -> None:
    program = (
        "import sys; from salesprocess import templates; print(*templates.names());"
        "print(*(name for name in sys.modules if name.startswith('salesprocess.templates.')));"
        "print('salesprocess.process' in sys.modules)"
    )
    assert python(program) == "generic startup\n\nFalse\n"


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


@pytest.mark.parametrize("name", ["provenance", "__init__", "startup.PROCESS", ""])
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
    assert stated == set(stage.provenance) == {"probability", "typical_duration", "category"}
    assert set(stage.provenance.values()) <= {VENDOR, PRACTITIONER, JUDGEMENT}


@each_stage
def test_no_stage_after_the_sale_claims_a_duration_without_a_source(stage: Stage) -> None:
    numbers = [stage.typical_duration, *(activity.within for activity in stage.activities)]
    assert stage.kind == "open" or not any(numbers)


@pytest.mark.parametrize(("name", "probability", "source", "days", "category"), TABLE)
def test_the_start_up_carries_the_priors_of_its_kind_of_sale(
    name: str, probability: str, source: str, days: int, category: str
) -> None:
    stage = templates.load("startup").stage(name)
    assert f"{stage.probability:.0%}".replace("%", " %") == probability
    assert stage.provenance["probability"] == source
    assert stage.typical_duration == timedelta(days=days)
    assert stage.category == category


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


def test_the_start_up_goes_on_after_the_sale() -> None:
    process = templates.load("startup")
    after = [stage.name for stage in process.stages if stage.kind == "after_sale"]
    assert after == ["onboarding", "adoption", "renewal", "expansion"]


def test_losses_that_say_nothing_about_selling_do_not_count() -> None:
    uncounted = {
        process.name: [reason.name for reason in process.stage("lost").reasons if not reason.counts]
        for process in PROCESSES
    }
    assert uncounted == {"generic": ["duplicate"], "startup": ["duplicate", "not_a_sale"]}
