"""The JSON Schema of a process document, for editors and other programs; made from the tables that read it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from inspect import Parameter
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

import attrs

from salesprocess.criteria import Criterion, Rule
from salesprocess.criteria.parameters import hints_of
from salesprocess.money import Money
from salesprocess.serialization import limits, values
from salesprocess.serialization.converting import NAMED, is_tagged
from salesprocess.serialization.criteria import forms, vocabulary
from salesprocess.serialization.forms import FORMS, choice
from salesprocess.serialization.shapes import Rulebook
from salesprocess.serialization.versions import SCHEMA

Schema = dict[str, Any]

_NAME = {"type": "string", "pattern": "^[a-z][a-z0-9_-]*$"}
_CRITERION = {"$ref": "#/$defs/criterion"}
_ARGUMENT = {"$ref": "#/$defs/argument"}


def process_schema(criteria: Iterable[Rule[...]] = ()) -> Schema:
    """The JSON Schema (draft 2020-12) of the document of a process.

    Everything that `load` reads as a process fits it. What fits it can still contradict itself, such as a transition to
    a stage that is not there: `load` finds that.

    Args:
        criteria: the user's own rules, which the document may name.

    Raises:
        WrongKind, InvalidCriterion: as `load` does for the same rules.

    >>> process_schema()["required"]
    ['schema', 'name', 'stages']
    """
    rules = vocabulary(criteria)
    schemas = {kind: form.schema for kind, form in {**FORMS, **forms(rules)}.items()}
    definitions: dict[str, Schema] = {
        "criterion": {
            **values.closed({code: _parameters(rule) for code, rule in sorted(rules.items())}),
            "minProperties": 1,
            "maxProperties": 1,
        },
        "argument": values.one_of(
            {"type": "null"},
            values.SCALAR,
            *(values.tag_schema(tag) for tag in ("duration", "working_days", "working_hours")),
            {"type": "array", "items": _ARGUMENT},
            _CRITERION,
        ),
    }
    body = _object(Rulebook, schemas, definitions)
    body["properties"]["stages"]["maxItems"] = limits.MOST_STAGES
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A sales process",
        **body,
        "properties": {"schema": {"const": SCHEMA}, **body["properties"]},
        "required": ["schema", *body["required"]],
        "$defs": definitions,
    }


def _object(cls: type[Any], schemas: Mapping[Any, Mapping[str, Any]], definitions: dict[str, Schema]) -> Schema:
    """The schema of a class, field by field; those of the classes inside it are added to `definitions`."""
    fields = attrs.fields(attrs.resolve_types(cls))
    properties = {
        field.name: dict(_NAME) if field.name == "name" else _of(field.type, schemas, definitions) for field in fields
    }
    return values.closed(properties, [field.name for field in fields if field.default is attrs.NOTHING])


def _of(kind: Any, schemas: Mapping[Any, Mapping[str, Any]], definitions: dict[str, Schema]) -> Schema:
    if kind in schemas:
        return dict(schemas[kind])
    if get_origin(kind) is Literal:
        return dict(choice(kind).schema)
    if is_tagged(kind):
        return values.one_of(*(_tagged(each, schemas, definitions) for each in get_args(kind)))
    if get_origin(kind) in (Union, UnionType):
        return values.one_of(*(_of(each, schemas, definitions) for each in get_args(kind)))
    if get_origin(kind) is tuple:
        return {"type": "array", "items": _of(get_args(kind)[0], schemas, definitions)}
    if kind is NoneType:
        return {"type": "null"}
    name = kind.__name__.lower()
    definitions[name] = _object(kind, schemas, definitions)
    reference = {"$ref": f"#/$defs/{name}"}
    return values.one_of(_NAME, reference) if kind in NAMED else reference


def _tagged(cls: type[Any], schemas: Mapping[Any, Mapping[str, Any]], definitions: dict[str, Schema]) -> Schema:
    """The schema of a class that is told by its `kind`."""
    body = _object(cls, schemas, definitions)
    properties = {"kind": {"const": cls.kind}, **body["properties"]}
    return values.closed(properties, ["kind", *body.get("required", ())])


def _parameters(rule: Rule[...]) -> Schema:
    hints, takes = hints_of(rule), rule.signature.parameters
    return {
        **values.closed(
            {name: _hinted(hints.get(name, Any)) for name in takes},
            [name for name, parameter in takes.items() if parameter.default is Parameter.empty],
        ),
        **({"description": rule.__doc__.partition("\n")[0]} if rule.__doc__ else {}),
    }


_HINTED: Mapping[Any, Schema] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    NoneType: {"type": "null"},
    Money: values.MONEY,
    Decimal: values.tag_schema("decimal"),
    date: values.tag_schema("date"),
    datetime: values.tag_schema("datetime"),
    timedelta: values.tag_schema("duration"),
    Criterion: _CRITERION,
}


def _hinted(hint: Any) -> Schema:
    """The schema of a parameter by the type that its rule declares, as `criteria.fits` judges it."""
    if get_origin(hint) is Literal:
        return {"enum": list(get_args(hint))}
    if get_origin(hint) in (Union, UnionType):
        return values.one_of(*map(_hinted, get_args(hint)))
    if get_origin(hint) is tuple and get_args(hint)[1:] == (...,):
        return {"type": "array", "items": _hinted(get_args(hint)[0])}
    return dict(_HINTED[hint]) if hint in _HINTED else dict(_ARGUMENT)
