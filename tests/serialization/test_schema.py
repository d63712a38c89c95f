"""The JSON Schema of a process says what the reader reads."""

import json
from copy import deepcopy
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesprocess import Process, Stage, serialization, templates, testing
from salesprocess.criteria import Rule
from salesprocess.errors import InvalidDocument, SalesProcessError
from salesprocess.lint import is_name
from salesprocess.rules import Policy, Transition
from salesprocess.serialization.criteria import STOCK
from tests import strategies as own
from tests.serialization import test_golden as golden
from tests.serialization.test_hostile import mutated
from tests.solar import solar

RULES: list[Rule[...]] = [own.roomy, own.forgetful, own.by_manager, golden.min_margin]
SCHEMA = serialization.process_schema(criteria=RULES)
EXAMPLE = serialization.dump(golden.process())


@pytest.fixture(scope="module")
def validator() -> Any:
    jsonschema = pytest.importorskip("jsonschema")
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    return jsonschema.Draft202012Validator(SCHEMA)


def in_json(value: Any) -> Any:
    return json.loads(json.dumps(value))


@given(testing.processes(more=own.faulty_criteria()))
def test_every_process_that_is_written_fits_the_schema(validator: Any, process: Process) -> None:
    validator.validate(in_json(serialization.dump(process)))


@pytest.mark.parametrize("process", [solar, golden.process(), *map(templates.load, templates.names())], ids=repr)
def test_a_process_of_the_library_fits_the_schema(validator: Any, process: Process) -> None:
    validator.validate(in_json(serialization.dump(process)))


@given(st.data())
def test_what_the_reader_reads_fits_the_schema(validator: Any, data: st.DataObject) -> None:
    document = data.draw(mutated(EXAMPLE))
    try:
        serialization.load(document, Process, criteria=RULES)
    except SalesProcessError:
        return
    validator.validate(document)


def broken(path: str, value: Any) -> Any:
    document = deepcopy(EXAMPLE)
    *steps, last = [int(step) if step.isdigit() else step for step in path.split(".")]
    part: Any = document
    for step in steps:
        part = part[step]
    part[last] = value
    return document


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("schema", 2),
        ("name", 5),
        ("name", "Solar!"),
        ("stages", {}),
        ("stages", [{"name": f"s{number}"} for number in range(101)]),
        ("stages.0.kind", "opened"),
        ("stages.0.proability", 0.5),
        ("stages.0.probability", "0.5"),
        ("stages.0.category", "sure"),
        ("stages.0.optional", 1),
        ("stages.1.typical_duration", "7 days"),
        ("stages.1.typical_duration", 7),
        ("stages.1.activities.0", {"required": True}),
        ("stages.1.exit.0", {"has": "roof_area"}),
        ("stages.1.exit.0", {"hass": {"fact": "roof_area"}}),
        ("stages.1.exit.0", {"has": {}}),
        ("stages.1.exit.0", {"has": {"fact": "roof_area"}, "visited": {"stage": "lead"}}),
        ("stages.1.exit.0", {"has": {"fact": 5}}),
        ("stages.1.exit.0", {"done": {"activity": "visit", "during": "week"}}),
        ("stages.1.exit.0", {"amount_at_least": {"minimum": 1000}}),
        ("stages.1.exit.0", {"min_margin": {"minimum": "0.2"}}),
        ("stages.1.exit.0", {"min_margin": {"minimum": {"decimal": "a bit"}}}),
        ("stages.1.exit.0", {"not_": {"criterion": {"has": {}}}}),
        ("facts.0.kind", "number"),
        ("facts.0.minimum", {"weight": "5"}),
        ("transitions.0.source", None),
        ("policy.skip", "some"),
        ("policy.win", 5),
        ("policy.clock_skew", "P1M"),
        ("policy.staleness.0.kind", "old"),
        ("policy.staleness.0.after", {"working_days": "two"}),
    ],
)
def test_what_is_wrong_in_form_is_refused_by_both(validator: Any, path: str, value: Any) -> None:
    document = broken(path, value)
    assert not validator.is_valid(document)
    with pytest.raises(SalesProcessError):
        serialization.load(document, Process, criteria=RULES)


@given(st.text(max_size=5) | testing.names())
def test_a_name_in_the_schema_is_a_name_to_the_process(validator: Any, name: str) -> None:
    document = broken("stages.0.label", "x")
    document["label"] = name
    named = validator.evolve(schema=SCHEMA["properties"]["name"])
    assert named.is_valid(name) == is_name(name) or name.endswith("\n")


def test_the_schema_knows_every_stock_rule_and_those_that_are_passed() -> None:
    assert set(SCHEMA["$defs"]["criterion"]["properties"]) == {*STOCK, *(rule.code for rule in RULES)}
    assert set(serialization.process_schema()["$defs"]["criterion"]["properties"]) == set(STOCK)


@pytest.mark.parametrize("cls", [Stage, Transition, Policy])
def test_the_schema_has_every_field_of_the_rulebook(cls: type[Any]) -> None:
    assert set(SCHEMA["$defs"][cls.__name__.lower()]["properties"]) == {field.name for field in attrs.fields(cls)}


def test_the_schema_is_json() -> None:
    assert in_json(SCHEMA) == SCHEMA


def test_a_hand_written_process_may_leave_out_every_default(validator: Any) -> None:
    document = {
        "schema": 1,
        "name": "solar",
        "stages": [{"name": "lead"}, {"name": "won", "kind": "won"}, {"name": "lost", "kind": "lost"}],
    }
    validator.validate(document)
    process = serialization.load(document, Process)
    assert process == Process("solar", stages=[Stage("lead"), Stage.won("won"), Stage.lost("lost")])
    with pytest.raises(InvalidDocument):
        serialization.load({**document, "version": 1.0}, Process)
