"""The page about the templates shows what the templates say, word for word."""

import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from salesprocess import Fact, Process, Stage, templates
from salesprocess.criteria import Criterion
from salesprocess.templates.provenance import JUDGEMENT

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "templates.md"
PROCESSES = [templates.load(name) for name in templates.names()]
each_process = pytest.mark.parametrize("process", PROCESSES, ids=lambda process: process.name)
pytestmark = pytest.mark.repo

WORDS: dict[str, Callable[..., str]] = {
    "all_of": lambda criteria: " and ".join(map(spoken, criteria)),
    "any_of": lambda criteria: " or ".join(map(spoken, criteria)),
    "approved": lambda subject, role, while_unchanged, not_by: (
        f"`{subject}` approved by `{role}`, not by the {not_by}, and "
        f"{', '.join(f'`{name}`' for name in while_unchanged)} unchanged since"
    ),
    "count_at_least": lambda fact, minimum: f"`{fact}`: {minimum} or more",
    "done": lambda activity, during: f"`{activity}` done",
    "equals": lambda fact, value: f"`{fact}`" if value is True else f"`{fact}` is {value}",
    "has": lambda fact: f"`{fact}` known",
    "has_term": lambda term: f"`{term}` stated",
    "not_": lambda criterion: f"not {spoken(criterion)}",
    "objections_resolved": lambda: "no objection open",
    "one_of": lambda fact, values: f"`{fact}` is {' or '.join(values)}",
    "when": lambda condition, then: f"when {spoken(condition)}: {spoken(then)}",
}


def spoken(criterion: Criterion) -> str:
    return WORDS[criterion.code](**criterion.parameters)


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    lines = [head, ["---"] * len([*head]), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def listed(values: Iterable[str]) -> str:
    return "; ".join(values) or "–"


def stage_row(stage: Stage) -> Iterable[str]:
    optional = " (may be skipped)" if stage.optional else ""
    probability, days = stage.probability or 0, stage.typical_duration and stage.typical_duration.days
    entered = [*map(spoken, stage.entry), *(f"**locked**: {spoken(each)}" for each in stage.locked)]
    required = [f"`{activity.name}` done" for activity in stage.activities if activity.required]
    yield f"{stage.label}{optional}<br>`{stage.name}`"
    yield f"{probability:.0%}".replace("%", " %") + (f"<br>{source}" if (source := source_of(stage)) else "")
    yield f"{days}" if days else "–"
    yield f"`{stage.category}`"
    yield listed(entered)
    yield listed([*required, *map(spoken, stage.exit)])
    yield listed(f"{activity.label} (`{activity.name}`)" for activity in stage.activities)
    yield f"`{stage.canonical}`" if stage.canonical else "–"


def source_of(stage: Stage) -> str:
    return stage.provenance.get("probability", "")


def stage_table(process: Process) -> str:
    head = ("stage", "probability", "typical days", "category", "to enter", "to leave", "work", "canonical step")
    return table(head, map(stage_row, process.stages))


def values_of(fact: Fact) -> str:
    bounds: list[Any] = [bound for bound in (fact.minimum, fact.maximum) if bound is not None]
    limits = f", from {' to '.join(map(str, bounds))}" if bounds else ""
    choices = f": {', '.join(map(str, fact.choices))}" if fact.choices else ""
    return f"{'several ' if fact.many else ''}`{fact.kind.__name__}`{limits}{choices}"


def fact_table(process: Process) -> str:
    rows = ([f"`{fact.name}`", fact.label, values_of(fact)] for fact in process.facts)
    return table(("fact", "what it says", "values"), rows)


def loss_table(process: Process) -> str:
    reasons = process.stage("lost").reasons
    rows = ([f"`{reason.name}`", reason.label, "yes" if reason.counts else "no"] for reason in reasons)
    return table(("reason", "what it says", "counts"), rows)


@each_process
@pytest.mark.parametrize("part", [stage_table, fact_table, loss_table], ids=lambda part: part.__name__)
def test_the_page_shows_what_the_template_says(process: Process, part: Callable[[Process], str]) -> None:
    assert f"{part(process)}\n" in PAGE.read_text("utf-8")


@each_process
def test_what_the_page_says_of_all_durations_and_categories_holds(process: Process) -> None:
    assert f"typical durations and categories are {JUDGEMENT}" in PAGE.read_text("utf-8")
    stated = [stage.provenance for stage in process.stages if stage.kind == "open"]
    assert {each["typical_duration"] for each in stated} == {each["category"] for each in stated} == {JUDGEMENT}


def names_in(process: Process) -> set[str]:
    lists = (process.facts, process.stages, *(stage.activities for stage in process.stages))
    return {each.name for values in lists for each in values}


@each_process
def test_the_page_places_every_sentence_on_names_that_exist(process: Process) -> None:
    section = PAGE.read_text("utf-8").split(f"### Where the description is visible in `{process.name}`\n")[1]
    rows = re.findall(r"^\|[^|]+\|([^|]+)\|$", re.split(r"^#", section, flags=re.MULTILINE)[0], re.MULTILINE)
    named = [re.findall(r"`(\w+)`", row) for row in rows[2:]]
    assert all(named)
    assert len(named) >= 5
    assert {name for names in named for name in names} <= names_in(process)
