"""The form of every type that a field can have and that is no class of its own, in one table."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from typing import Any, cast, get_args
from zoneinfo import ZoneInfo

from salesprocess.errors import UnknownTerm, WrongKind
from salesprocess.events import Actor, Term
from salesprocess.facts import KINDS, FactValue, Scalar
from salesprocess.frozen import FrozenDict
from salesprocess.money import Money
from salesprocess.pricing import LineItem
from salesprocess.rules import Override, Win
from salesprocess.serialization import values
from salesprocess.serialization.faults import made, read_all, read_fields, wants
from salesprocess.serialization.values import Form, Json
from salesprocess.timing import zone
from salesprocess.working_time import Span

_TEXT = {"type": "string"}
_TIME = re.compile(r"[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?")
_TEXTS = {"type": "array", "items": _TEXT}


def _maybe_whole(value: Json, _: Any = None) -> int | None:
    return None if value is None else values.whole(value)


_ITEM_FIELDS: Mapping[str, Callable[[Json], Any]] = {
    "name": values.text,
    "price": values.money,
    "quantity": values.decimal,
    "discount": values.decimal,
    "every": _maybe_whole,
    "term": _maybe_whole,
}
_ITEM = values.closed(
    {
        "name": _TEXT,
        "price": values.MONEY,
        **dict.fromkeys(("quantity", "discount"), values.TAGS["decimal"].schema),
        **{name: {"type": ["integer", "null"]} for name in ("every", "term")},
    },
    ("name", "price"),
)


def _item(value: Json, _: Any = None) -> LineItem:
    """A line of an offer."""
    return made(LineItem, **read_fields(value, "a line item", _ITEM_FIELDS, ("name", "price")))


def _write_item(item: LineItem) -> Json:
    numbers = {"quantity": str(item.quantity), "discount": str(item.discount), "every": item.every, "term": item.term}
    return {"name": item.name, "price": values.write_money(item.price), **numbers}


def _items(value: Json, _: Any = None) -> tuple[LineItem, ...]:
    if type(value) is not list:
        raise wants("a list of line items", value)
    return tuple(read_all(_item, enumerate(cast("list[object]", value))))


def _clock(value: Json, _: Any = None) -> time:
    """A time of day, such as `08:30`."""
    if type(value) is str and _TIME.fullmatch(value):
        try:
            return time.fromisoformat(value)
        except ValueError:
            pass
    raise wants("a time of day such as '08:30'", value)


TERMS: Mapping[str, Form] = {
    "amount": Form(values.money, values.write_money, values.MONEY),
    "owner": Form(values.text, None, _TEXT),
    "expected_close": Form(values.day, date.isoformat, values.TAGS["date"].schema),
    "probability": Form(values.real, None, {"type": "number"}),
    "category": Form(values.text, None, _TEXT),
    "items": Form(_items, lambda items: [_write_item(item) for item in items], {"type": "array", "items": _ITEM}),
}
"""The terms of a deal by name; each has one type, so that none needs a tag."""


_READ_TERM: Mapping[str, Callable[..., Any]] = {name: form.read for name, form in TERMS.items()}


def _terms(value: Json, _: Any = None) -> FrozenDict[str, Term]:
    """Terms by name."""
    return FrozenDict(read_fields(value, "an object", _READ_TERM))


def _write_terms(value: Mapping[str, Term]) -> Json:
    unknown = [name for name in value if name not in TERMS]
    if unknown:
        raise UnknownTerm(unknown, TERMS)
    return {name: term if (write := TERMS[name].write) is None else write(term) for name, term in value.items()}


_KIND_NAMES: Mapping[str, type[Scalar]] = {kind.__name__.lower(): kind for kind in KINDS}


def _kind_of_fact(value: Json, _: Any = None) -> type[Scalar]:
    """The type that the name of a kind of fact stands for."""
    if type(value) is not str or value not in _KIND_NAMES:
        raise wants(f"a kind of fact, one of {', '.join(_KIND_NAMES)}", value)
    return _KIND_NAMES[value]


def _write_kind(value: type[Scalar]) -> Json:
    if value not in KINDS:
        raise WrongKind("kind", value, ", ".join(kind.__name__ for kind in KINDS))
    return value.__name__.lower()


def _time_zone(value: Json, _: Any = None) -> tzinfo:
    """A time zone: its IANA name, or a fixed offset such as `+05:30`."""
    name = values.text(value)
    if name[:1] not in ("+", "-"):
        return made(zone, name)
    try:
        return cast("tzinfo", datetime.fromisoformat(f"2000-01-01T00:00:00{name}").tzinfo)
    except ValueError:
        raise wants("the IANA name of a time zone, or an offset such as '+05:30'", value) from None


def _write_time_zone(value: tzinfo) -> Json:
    if value == UTC or (isinstance(value, ZoneInfo) and value.key):
        return "UTC" if value == UTC else cast("ZoneInfo", value).key
    if isinstance(value, timezone):
        return datetime(2000, 1, 1, tzinfo=value).isoformat()[19:]
    raise WrongKind("tz", value, "a ZoneInfo with a key, or a fixed offset")


def choice(literal: Any) -> Form:
    """The form of a `Literal` of texts.

    >>> from typing import Literal
    >>> choice(Literal["open", "won"]).read("won", None)
    'won'
    """
    allowed: tuple[str, ...] = get_args(literal)

    def read(value: Json, _: Any = None) -> str:
        if type(value) is not str or value not in allowed:
            raise wants(f"one of {', '.join(allowed)}", value)
        return value

    return Form(read, None, {"enum": list(allowed)})


def _choice_or_texts(literal: Any) -> Form:
    """The form of a `Literal` of texts in whose place a list of names may stand."""
    one = choice(literal)

    def read(value: Json, _: Any = None) -> str | tuple[str, ...]:
        if type(value) is list:
            return values.texts(value)
        if type(value) is str and value in get_args(literal):
            return value
        raise wants(f"{', '.join(get_args(literal))} or a list of names", value)

    def write(value: str | tuple[str, ...]) -> Json:
        return value if isinstance(value, str) else list(value)

    return Form(read, write, values.one_of(one.schema, _TEXTS))


def _maybe_span(value: Json, _: Any = None) -> Span | None:
    return None if value is None else values.span(value)


def _write_maybe_span(value: Span | None) -> Json:
    return None if value is None else values.write_span(value)


_SPAN = values.one_of(
    values.TAGS["duration"].schema, values.tag_schema("working_days"), values.tag_schema("working_hours")
)

FORMS: Mapping[Any, Form] = {
    str: Form(values.text, None, _TEXT),
    str | None: Form(values.text_or_null, None, values.one_of(_TEXT, {"type": "null"})),
    int: Form(values.whole, None, {"type": "integer"}),
    float: Form(values.real, None, {"type": "number"}),
    bool: Form(values.truth, None, {"type": "boolean"}),
    datetime: Form(values.moment, datetime.isoformat, values.TAGS["datetime"].schema),
    timedelta: Form(values.duration, values.write_duration, values.TAGS["duration"].schema),
    date: Form(values.day, date.isoformat, values.TAGS["date"].schema),
    time: Form(_clock, time.isoformat, values.matching(_TIME)),
    Span: Form(values.span, values.write_span, _SPAN),
    Span | None: Form(_maybe_span, _write_maybe_span, values.one_of(*_SPAN["anyOf"], {"type": "null"})),
    LineItem: Form(_item, _write_item, _ITEM),
    tzinfo: Form(_time_zone, _write_time_zone, _TEXT),
    Money: Form(values.money, values.write_money, values.MONEY),
    Actor: Form(values.person, values.write_person, values.closed({"id": _TEXT, "roles": _TEXTS}, ["id"])),
    type[Scalar]: Form(_kind_of_fact, _write_kind, {"enum": list(_KIND_NAMES)}),
    tuple[str, ...]: Form(values.texts, list, _TEXTS),
    Win | tuple[str, ...]: _choice_or_texts(Win),
    Override | tuple[str, ...]: _choice_or_texts(Override),
    FactValue: Form(values.fact_value, values.write_fact_value, values.FACT_VALUE),
    tuple[Scalar, ...]: Form(values.scalars, values.write_fact_value, {"type": "array", "items": values.SCALAR}),
    FrozenDict[str, FactValue]: Form(
        values.facts, values.write_facts, {"type": "object", "additionalProperties": values.FACT_VALUE}
    ),
    FrozenDict[str, Term]: Form(
        _terms, _write_terms, values.closed({name: form.schema for name, form in TERMS.items()})
    ),
    FrozenDict[str, str]: Form(values.named_texts, dict, {"type": "object", "additionalProperties": _TEXT}),
}
"""The forms by type, as the annotations of the fields spell it."""
