"""The door of cattrs: converters between the library's classes and dicts, built when they are first needed."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache, lru_cache
from types import NoneType, UnionType
from typing import Any, Literal, Union, cast, get_args, get_origin

import attrs
from cattrs import Converter
from cattrs.errors import ClassValidationError
from cattrs.gen import make_dict_structure_fn, make_dict_unstructure_fn, override

from salesprocess.agenda import Item
from salesprocess.criteria import Rule
from salesprocess.errors import InvalidDocument, OutOfRange
from salesprocess.facts import Fact
from salesprocess.rules import MoveLabels, Policy, Transition
from salesprocess.serialization import criteria
from salesprocess.serialization.faults import did_you_mean, fault, missing, read_all, shown, under, unknown_key, wants
from salesprocess.serialization.forms import FORMS, choice
from salesprocess.serialization.shapes import Rulebook
from salesprocess.serialization.values import Json
from salesprocess.stages import Activity, LossReason, Stage
from salesprocess.staleness import Staleness
from salesprocess.verdicts import Decision, Reason
from salesprocess.words import LANGUAGES

_TEMPLATE = re.compile(r"([^{}]|\{\{|\}\}|\{[A-Za-z_][A-Za-z0-9_]*(![rsa])?(:((?![0-9]{3})[^{}]){1,30})?\})*")
"""A format string without attributes, items and huge widths: a stranger's may not look into the parameters."""

Read = Callable[[Json, Any], Any]
Write = Callable[[Any], Json]

TERSE = (Rulebook, Fact, Transition, Policy, MoveLabels, Activity, LossReason, *get_args(Staleness))
"""What people write and read by hand: what says no more than the default is left out."""

NAMED = (Activity, LossReason)
"""What may be written as a bare name inside a stage, when there is nothing else to say."""

NEW_STAGE: Mapping[str, Callable[[str], Stage]] = {
    "open": Stage,
    "won": Stage.won,
    "lost": Stage.lost,
    "after_sale": Stage.after_sale,
}
"""The stage of each kind that says nothing of its own: what is left out of a document is as it is there."""

DERIVED: Mapping[type[Any], Mapping[str, type]] = {
    Decision: {"allowed": bool},
    Reason: {"message": str, "hint": str},
    Item: {"why": str},
}
"""What is written for clients that cannot compute it, and is computed anew after reading."""


@lru_cache(maxsize=16)
def reading(own: tuple[Rule[...], ...], *, careful: bool) -> Converter:
    """The converter that reads with the stock rules and these.

    Args:
        own: the user's rules.
        careful: collect every fault as `InvalidDocument`. A careless converter is several times faster, fails at the
            first fault with whatever error that causes, and accepts nothing that a careful one refuses.
    """
    converter = Converter(detailed_validation=careful, forbid_extra_keys=True)
    read = {kind: form.read for kind, form in {**FORMS, **criteria.forms(criteria.vocabulary(own))}.items()}

    def hook(predicate: Callable[[Any], bool], make: Callable[[Any], Read]) -> None:
        converter.register_structure_hook_factory(predicate, make)

    hook(attrs.has, lambda cls: _class_reader(cls, converter, careful=careful))
    hook(lambda kind: get_origin(kind) is Literal, lambda kind: choice(kind).read)
    hook(_is_tuple, lambda kind: _tuple_reader(get_args(kind)[0], converter, careful=careful))
    hook(_is_optional, lambda kind: _optional_reader(converter.get_structure_hook(_something(kind))))
    hook(is_tagged, lambda kind: _tagged_reader(kind, converter) if careful else _quick_tagged_reader(kind, converter))
    hook(lambda kind: kind in read, lambda kind: read[kind])
    for kind in filter(_is_class, read):
        converter.register_structure_hook(kind, read[kind])
    return converter


@cache
def writing() -> Converter:
    """The converter that writes."""
    converter = Converter()
    write = {kind: form.write for kind, form in {**FORMS, **criteria.forms(criteria.STOCK)}.items() if form.write}

    def hook(predicate: Callable[[Any], bool], make: Callable[[Any], Write]) -> None:
        converter.register_unstructure_hook_factory(predicate, make)

    hook(attrs.has, lambda cls: _class_writer(cls, converter))
    hook(_is_tuple, lambda kind: _tuple_writer(get_args(kind)[0], converter))
    hook(_is_optional, lambda kind: _optional_writer(converter.get_unstructure_hook(_something(kind))))
    hook(is_tagged, lambda kind: tagged_writer(kind, {}))
    hook(lambda kind: kind in write, lambda kind: write[kind])
    for kind in filter(_is_class, write):
        converter.register_unstructure_hook(kind, write[kind])
    return converter


def _is_class(kind: Any) -> bool:
    """Whether cattrs has a hook of its own for the class, which it would find before it asks any predicate."""
    return isinstance(kind, type) and not attrs.has(kind)


def _is_tuple(kind: Any) -> bool:
    return get_origin(kind) is tuple


def _is_optional(kind: Any) -> bool:
    return get_origin(kind) in (Union, UnionType) and len(get_args(kind)) == 2 and NoneType in get_args(kind)


def is_tagged(kind: Any) -> bool:
    """Whether it is a union of classes that tell themselves apart by their `kind`, as events do."""
    return get_origin(kind) in (Union, UnionType) and all(hasattr(cls, "kind") for cls in get_args(kind))


def _something(optional: Any) -> Any:
    return next(kind for kind in get_args(optional) if kind is not NoneType)


def _optional_reader(read: Read) -> Read:
    return lambda value, kind: None if value is None else read(value, kind)


def _optional_writer(write: Write) -> Write:
    return lambda value: None if value is None else write(value)


def _tuple_reader(kind: Any, converter: Converter, *, careful: bool) -> Read:
    """Reads lists. The hook of an item is looked up late, because reasons contain reasons."""
    named = kind in NAMED

    def several(value: Json, _: Any) -> tuple[Any, ...]:
        if type(value) is not list:
            raise wants("a list", value)
        hook = converter.get_structure_hook(kind)

        def one(item: Json) -> Any:
            return kind(item) if named and type(item) is str else hook(item, kind)

        items = cast("list[object]", value)
        return tuple(read_all(one, enumerate(items))) if careful else tuple([one(item) for item in items])

    return several


def _tuple_writer(kind: Any, converter: Converter) -> Write:
    def several(values: tuple[Any, ...]) -> Json:
        bodies: list[Json] = list(map(converter.get_unstructure_hook(kind), values))
        return [body["name"] if body.keys() == {"name"} else body for body in bodies] if kind in NAMED else bodies

    return several


def _class_reader(cls: type[Any], converter: Converter, *, careful: bool) -> Read:
    read: Read = make_dict_structure_fn(cls, converter, _cattrs_forbid_extra_keys=True)
    if careful:
        read = _careful(cls, read)
    if cls is Stage:
        return _stage_reader(read)
    if cls is Reason:
        read = _telling(read)
    return _without_derived(DERIVED[cls], read) if cls in DERIVED else read


def _careful(cls: type[Any], read: Read) -> Read:
    """The same reader, with every fault of the object and of its parts under its path."""
    known = [field.name for field in attrs.fields(cls)]

    def careful(value: Json, _: Any) -> Any:
        if not isinstance(value, dict):
            raise wants("an object", value)
        parts = cast("dict[object, Json]", value)
        found, faults = None, list[tuple[str, str]]()
        try:
            found = read({name: part for name, part in parts.items() if name in known}, cls)
        except ClassValidationError as error:
            inside, whole = error.group_exceptions()
            for each, note in inside:
                faults.extend(under(note.name, each) if isinstance(each, InvalidDocument) else [missing(note.name)])
            faults.extend(("$", str(each)) for each in whole)
        faults.extend(unknown_key(name, known) for name in parts if name not in known)
        if faults:
            raise InvalidDocument(faults)
        return found

    return careful


def _telling(read: Read) -> Read:
    """Reads reasons whose message can be told, by templates that reach for nothing but the parameters themselves."""

    def reason(value: Json, kind: Any) -> Reason:
        found: Reason = read(value, kind)
        for name in _reaching(found):
            raise fault(_PLAIN_TEMPLATE, name)
        try:
            for language in LANGUAGES:
                found.line(language)
        except (ValueError, TypeError, LookupError) as error:
            raise fault(f"its message cannot be told: {error}") from None
        return found

    return reason


_PLAIN_TEMPLATE = "names its parameters as {minimum} or {since:%Y-%m-%d}, and nothing inside them"


def _reaching(reason: Reason) -> list[str]:
    """The templates of a reason that reach for more than its parameters."""
    return [name for name in ("template", "hint_template") if not _TEMPLATE.fullmatch(getattr(reason, name))]


def _without_derived(derived: Mapping[str, type], read: Read) -> Read:
    def without(value: Json, kind: Any) -> Any:
        if isinstance(value, dict):
            parts = cast("dict[str, Json]", value)
            told = [(name, (FORMS[form], parts[name])) for name, form in derived.items() if name in parts]
            read_all(lambda part: part[0].read(part[1], None), told)
            value = {name: part for name, part in parts.items() if name not in derived}
        return read(value, kind)

    return without


def _stage_reader(read: Read) -> Read:
    def stage(value: Json, kind: Any) -> Any:
        if isinstance(value, dict):
            parts = cast("dict[str, Json]", value)
            meant = parts.get("kind")
            value = {**_stage_defaults().get(meant, {}), **parts} if type(meant) is str else parts
        return read(value, kind)

    return stage


@cache
def _stage_defaults() -> Mapping[str, dict[str, Json]]:
    """What a stage of each kind says when nothing is said, and an open one does not."""
    full: Write = make_dict_unstructure_fn(Stage, writing())
    plain = full(Stage("x"))
    return {
        kind: {name: value for name, value in full(make("x")).items() if value != plain[name]}
        for kind, make in NEW_STAGE.items()
    }


def _tagged_reader(union: Any, converter: Converter) -> Read:
    hooks = {cls.kind: (cls, converter.get_structure_hook(cls)) for cls in get_args(union)}

    def one(value: Json, _: Any) -> Any:
        if not isinstance(value, dict):
            raise wants("an object with its kind", value)
        row = cast("dict[str, Json]", value).copy()
        kind = row.pop("kind", None)
        if type(kind) is not str or kind not in hooks:
            raise fault(f"no such kind, {shown(kind)}; {did_you_mean(kind, hooks)}", "kind")
        cls, hook = hooks[kind]
        return hook(row, cls)

    return one


def _quick_tagged_reader(union: Any, converter: Converter) -> Read:
    """The careless reader: an object with its kind is read as it is, without a copy that has none."""
    hooks: dict[str, tuple[type[Any], Read, frozenset[str]]] = {
        cls.kind: (
            cls,
            make_dict_structure_fn(cls, converter, _cattrs_forbid_extra_keys=False),
            frozenset(("kind", *(field.name for field in attrs.fields(cls)))),
        )
        for cls in get_args(union)
    }

    def one(value: Json, _: Any) -> Any:
        cls, hook, known = hooks[value["kind"]]
        if isinstance(value, dict) and cast("dict[str, Json]", value).keys() <= known:
            return hook(value, cls)
        raise fault("is no object with the keys of its kind")

    return one


def tagged_writer(union: Any, header: Mapping[str, Json]) -> Write:
    """Writes the values of a union of classes that tell themselves apart by their `kind`.

    Events have every field written, also where it says no more than the default: a row outlives the defaults.

    Args:
        union: the classes.
        header: what each object begins with.
    """
    converter = writing()
    bodies: dict[type[Any], Write] = {cls: converter.get_unstructure_hook(cls) for cls in get_args(union)}
    return lambda value: {**header, "kind": value.kind, **bodies[type(value)](value)}


def _class_writer(cls: type[Any], converter: Converter) -> Write:
    if cls is Stage:
        return _stage_writer(converter)
    if cls in TERSE:
        return _terse_writer(cls, converter)
    write: Write = make_dict_unstructure_fn(cls, converter)
    return _derived_writer(cls, write) if cls in DERIVED else write


def _derived_writer(cls: type[Any], write: Write) -> Write:
    def derived(value: Any) -> Json:
        for name in _reaching(value) if isinstance(value, Reason) else ():
            raise OutOfRange(name, getattr(value, name), f"a text that {_PLAIN_TEMPLATE}")
        return {**write(value), **{name: getattr(value, name) for name in DERIVED[cls]}}

    return derived


def _terse_writer(cls: type[Any], converter: Converter) -> Write:
    stated = override(omit_if_default=False)
    write: Write = make_dict_unstructure_fn(cls, converter, _cattrs_omit_if_default=True, version=stated)
    order = [field.name for field in attrs.fields(cls)]

    def terse(value: Any) -> Json:
        body = write(value)
        return {name: body[name] for name in order if name in body}

    return terse


def _stage_writer(converter: Converter) -> Write:
    """Writes what distinguishes a stage from a plain one of its name and kind."""
    full: Write = make_dict_unstructure_fn(Stage, converter)

    def stage(value: Stage) -> Json:
        plain = {**full(NEW_STAGE.get(value.kind, Stage)(value.name)), "name": None, "kind": "open"}
        body = {"name": value.name, "kind": value.kind, **full(value)}
        return {name: part for name, part in body.items() if part != plain[name]}

    return stage
