"""Templates as data: a JSON document becomes a template, with the same checks as one in Python."""

import json
from typing import Any

import pytest

from salesprocess import criteria as c
from salesprocess import templates
from salesprocess.deal import Deal
from salesprocess.errors import InvalidDocument, InvalidProcess, InvalidTranslation
from salesprocess.templates import Registry, Template

STAGES: list[dict[str, Any]] = [
    {"name": "offer", "probability": 0.3},
    {"name": "won", "kind": "won"},
    {"name": "lost", "kind": "lost"},
]
PROCESS = {"schema": 1, "name": "ferry", "stages": STAGES}


@c.criterion("calm_sea", "the sea is rough")
def calm_sea(deal: Deal, ask: c.Ask) -> bool:
    """The ferry can leave."""
    return True


@pytest.mark.parametrize("name", templates.names())
def test_every_template_is_the_same_after_a_journey_as_json(name: str) -> None:
    template = templates.template(name)
    again = Template.from_document(json.loads(json.dumps(template.to_document())))
    assert again == template
    assert again.speak("nb").fingerprint == template.process.fingerprint


def test_a_document_needs_nothing_but_the_process() -> None:
    template = Template.from_document({"process": PROCESS})
    assert (template.process.name, template.known_languages) == ("ferry", ("en",))
    assert Registry.of(ferry=template).load("ferry") is template.process


def test_a_document_may_name_rules_of_ones_own() -> None:
    stages = [{**STAGES[0], "exit": [{"calm_sea": {}}]}, *STAGES[1:]]
    document = {"process": {**PROCESS, "stages": stages}}
    assert Template.from_document(document, criteria=[calm_sea]).process.stages[0].exit == (calm_sea(),)
    with pytest.raises(InvalidDocument, match="no rule 'calm_sea'"):
        Template.from_document(document)


def test_a_process_that_contradicts_itself_is_refused_like_one_in_python() -> None:
    with pytest.raises(InvalidProcess, match="won"):
        Template.from_document({"process": {**PROCESS, "stages": STAGES[:1]}})


def test_a_language_is_complete_or_refused() -> None:
    with pytest.raises(InvalidTranslation, match=r"missing: stages\.offer\.label"):
        Template.from_document({"process": PROCESS, "languages": {"nb": {}}})


@pytest.mark.parametrize(
    ("document", "places"),
    [
        ([], ["$"]),
        ({}, ["$.process"]),
        ({"process": PROCESS, "proces": 1}, ["$.proces"]),
        ({"process": PROCESS, "languages": []}, ["$.languages"]),
        ({"process": PROCESS, "languages": {"nb": 5}}, ["$.languages.nb"]),
        (
            {"process": PROCESS, "languages": {"nb": {"label": 5}}, "language": 5},
            ["$.language", "$.languages.nb.label"],
        ),
        (
            {"process": {**PROCESS, "nam": "x", "stages": [{"name": 5}]}, "languages": 1},
            ["$.languages", "$.process.nam", "$.process.stages[0].name"],
        ),
    ],
    ids=str,
)
def test_everything_that_is_no_document_of_a_template_is_told_at_once_with_its_path(
    document: Any, places: list[str]
) -> None:
    with pytest.raises(InvalidDocument) as invalid:
        Template.from_document(document)
    assert sorted(path for path, _ in invalid.value.faults) == sorted(places)
