"""Advice about the parts of a rulebook as they are written: priors, categories, choices, reasons and required work."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from salesprocess.errors import SalesProcessError
from salesprocess.lint.findings import found
from salesprocess.rules import Rulebook
from salesprocess.stages import CATEGORIES, Stage
from salesprocess.verdicts import Finding


def about_parts(rulebook: Rulebook) -> Iterator[Finding]:
    """What can be told without asking which criteria can hold."""
    for check in (_probabilities, _categories, _choices, _reasons, _skippable_work):
        yield from check(rulebook)


def _open(rulebook: Rulebook) -> list[Stage]:
    return [stage for stage in rulebook.stages if stage.kind == "open"]


def _probabilities(rulebook: Rulebook) -> Iterator[Finding]:
    stated: list[tuple[str, float]] = []
    for stage in _open(rulebook):
        if stage.probability is None:
            message = "it has no prior; weighted forecasts leave its deals out"
            yield found("probability.missing", stage.name, message)
            continue
        if stage.probability in (0, 1):
            message = f"its probability is {stage.probability}, and an open deal is neither won nor lost yet"
            yield found("probability.certain", stage.name, message)
        stated.append((stage.name, stage.probability))
    for (before, higher), (name, lower) in pairwise(stated):
        if lower < higher:
            message = f"its probability {lower} is below the {higher} of {before!r} before it"
            yield found("probability.falls", name, message)


def _categories(rulebook: Rulebook) -> Iterator[Finding]:
    for stage in _open(rulebook):
        if stage.category == "closed":
            yield found("category.kind", stage.name, "its deals are open, and counted as closed business")
    counted = [stage for stage in _open(rulebook) if stage.category != "closed"]
    for before, stage in pairwise(counted):
        if CATEGORIES.index(stage.forecast_category) < CATEGORIES.index(before.forecast_category):
            which = stage.forecast_category if stage.category else f"{stage.forecast_category} (none is stated)"
            message = (
                f"its category {which} is less firm than the {before.forecast_category} of {before.name!r} before it"
            )
            yield found("category.falls", stage.name, message)


def _choices(rulebook: Rulebook) -> Iterator[Finding]:
    for fact in rulebook.facts:
        choices = [str(choice) for choice in fact.choices]
        for label in fact.choice_labels:
            if label not in choices:
                yield found("fact.choice", fact.name, f"{label} has a label, and is none of the choices")
        for choice in fact.choices:
            try:
                fact.check((choice,) if fact.many else choice)
            except SalesProcessError as error:
                yield found("fact.choice", fact.name, f"the choice {choice} can never be taken: {error}")


def _reasons(rulebook: Rulebook) -> Iterator[Finding]:
    for stage in rulebook.stages:
        if stage.kind == "lost" and not stage.reasons:
            message = "it lists no reasons, so that a deal can be lost without one; losses then teach nothing"
            yield found("reason.missing", stage.name, message)


def _skippable_work(rulebook: Rulebook) -> Iterator[Finding]:
    for stage in _open(rulebook):
        required = [activity.name for activity in stage.activities if activity.required]
        if required and stage.optional and rulebook.policy.skip != "never":
            message = f"{', '.join(required)} is required in a stage that may be skipped"
            yield found("activity.skippable", stage.name, message)
