"""The pages about the templates show what the templates say, word for word."""

import re
from collections.abc import Callable, Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from salesprocess import Fact, Process, Stage, templates
from salesprocess.criteria import Criterion
from salesprocess.templates.provenance import JUDGEMENT

PAGES = Path(__file__).parents[2] / "docs" / "reference" / "templates"
PROCESSES = [templates.load(name) for name in templates.names()]
each_process = pytest.mark.parametrize("process", PROCESSES, ids=lambda process: process.name)
pytestmark = pytest.mark.repo

WORDS: dict[str, Callable[..., str]] = {
    "all_of": lambda criteria: " and ".join(map(spoken, criteria)),
    "approvals_at_least": lambda subject, minimum, role, while_unchanged: (
        f"`{subject}` approved by {minimum} or more people"
    ),
    "any_of": lambda criteria: " or ".join(map(spoken, criteria)),
    "approved": lambda subject, role, while_unchanged, not_by: (
        f"`{subject}` approved by `{role}`, not by the {not_by}, and "
        f"{', '.join(f'`{name}`' for name in while_unchanged)} unchanged since"
    ),
    "before": lambda name, span, tz: f"`{name}` lies ahead",
    "count_at_least": lambda fact, minimum: f"`{fact}`: {minimum} or more",
    "done": lambda activity, during: f"`{activity}` done",
    "equals": lambda fact, value: f"`{fact}`" if value is True else f"`{fact}` is {value}",
    "has": lambda fact: f"`{fact}` known",
    "has_items": lambda: "line items stated",
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


def span(duration: timedelta | None) -> str:
    if duration is None:
        return "–"
    minutes = duration // timedelta(minutes=1)
    if minutes < 1440:
        return f"{minutes} min"
    return f"{duration.days} {'day' if duration.days == 1 else 'days'}"


def with_source(value: str, stage: Stage, prior: str) -> str:
    """The value above its source; durations and categories say theirs only where it is not our judgement."""
    source = stage.provenance.get(prior, "")
    return f"{value}<br>{source}" if source and (prior == "probability" or source != JUDGEMENT) else value


def work_of(stage: Stage) -> Iterable[str]:
    for activity in stage.activities:
        within = activity.within
        assert within is None or isinstance(within, timedelta)
        target = f", within {span(within)}" if within else ""
        yield f"{activity.label} (`{activity.name}`{target})"


def stage_row(stage: Stage) -> Iterable[str]:
    optional = " (may be skipped)" if stage.optional else ""
    entered = [*map(spoken, stage.entry), *(f"**locked**: {spoken(each)}" for each in stage.locked)]
    required = [f"`{activity.name}` done" for activity in stage.activities if activity.required]
    yield f"{stage.label}{optional}<br>`{stage.name}`"
    yield with_source(f"{stage.probability or 0:.0%}".replace("%", " %"), stage, "probability")
    yield with_source(span(stage.typical_duration), stage, "typical_duration")
    yield f"`{stage.category}`"
    yield listed(entered)
    yield listed([*required, *map(spoken, stage.exit)])
    yield listed(work_of(stage))
    yield f"`{stage.canonical}`" if stage.canonical else "–"


def stage_table(process: Process) -> str:
    head = ("stage", "probability", "typical duration", "category", "to enter", "to leave", "work", "canonical step")
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


PARTS = (stage_table, fact_table, loss_table)


def page(process: Process) -> str:
    return (PAGES / f"{process.name}.md").read_text("utf-8")


@each_process
@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.__name__)
def test_the_page_shows_what_the_template_says(process: Process, part: Callable[[Process], str]) -> None:
    assert f"\n\n{part(process)}\n\n" in page(process)


@each_process
def test_the_page_draws_every_stage(process: Process) -> None:
    [picture] = re.findall(r"^```mermaid\n(.*?)^```$", page(process), re.MULTILINE | re.DOTALL)
    assert {stage.name for stage in process.stages} <= set(re.findall(r"stage_(\w+)", picture))


@each_process
def test_the_page_tells_the_moves_beside_the_standard_ones(process: Process) -> None:
    assert {each.name for each in process.transitions} <= set(re.findall(r"`(\w+)`", page(process)))


def test_every_template_has_its_page_and_every_page_its_template() -> None:
    assert {path.stem for path in PAGES.glob("*.md")} == {process.name for process in PROCESSES}
