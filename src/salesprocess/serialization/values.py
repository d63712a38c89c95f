"""The JSON form of each single value: its reader, its writer and its JSON Schema, side by side."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, cast

import attrs

from salesprocess.errors import OutOfRange, SalesProcessError, WrongKind
from salesprocess.events import Actor, without_roles
from salesprocess.facts import KINDS, FactValue, Scalar
from salesprocess.frozen import FrozenDict
from salesprocess.money import Money
from salesprocess.serialization import limits
from salesprocess.serialization.faults import fault, made, members, read_all, read_fields, shown, wants
from salesprocess.timing import instant
from salesprocess.working_time import Span, WorkingDays, WorkingHours

Json = Any
"""What `json.loads` yields: dict, list, str, int, float, bool or None."""


@attrs.frozen
class Form:
    """How values of one type look in JSON.

    Attributes:
        read: from JSON; raises `InvalidDocument`. It takes and ignores the type, as the hooks of cattrs do.
        write: to JSON; raises `OutOfRange` or `WrongKind` for what `read` would refuse. None writes a value as it is.
        schema: the JSON Schema of what `read` takes.
    """

    read: Callable[[Json, Any], Any]
    write: Callable[[Any], Json] | None
    schema: Mapping[str, Any]


DECIMAL = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]{1,3})?")
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?(Z|[+-][0-9]{2}:[0-9]{2})"
)
DURATION = re.compile(
    r"(-)?P(?=[0-9]|T[0-9])(?:([0-9]{1,9})W|(?:([0-9]{1,9})D)?"
    r"(?:T(?=[0-9])(?:([0-9]{1,9})H)?(?:([0-9]{1,9})M)?(?:([0-9]{1,9})(?:\.([0-9]{1,6}))?S)?)?)"
)


def matching(pattern: re.Pattern[str], **more: Any) -> dict[str, Any]:
    """The JSON Schema of a text that matches as a whole."""
    return {"type": "string", "pattern": f"^(?:{pattern.pattern})$", **more}


def closed(properties: Mapping[str, Any], required: Iterable[str] = ()) -> dict[str, Any]:
    """The JSON Schema of an object with these keys and no others."""
    schema: dict[str, Any] = {"type": "object", "properties": dict(properties), "additionalProperties": False}
    return {**schema, "required": list(required)} if required else schema


def text(value: Json, _: Any = None) -> str:
    """A text."""
    if type(value) is str:
        return value
    raise wants("a text", value)


def text_or_null(value: Json, _: Any = None) -> str | None:
    """A text, or null."""
    return value if type(value) is str or value is None else text(value)


def whole(value: Json, _: Any = None) -> int:
    """A whole number within `limits.LARGEST`."""
    if type(value) is not int:
        raise wants("a whole number", value)
    if not -limits.LARGEST < value < limits.LARGEST:
        raise fault("wants a number of at most 1000 digits")
    return value


def real(value: Json, _: Any = None) -> float:
    """A finite number; a whole one is taken where it converts exactly."""
    if type(value) is int and -limits.EXACT <= value <= limits.EXACT:
        return float(value)
    if type(value) is not float or not math.isfinite(value):
        raise wants("a finite number", value)
    return value


def truth(value: Json, _: Any = None) -> bool:
    """True or false."""
    if type(value) is not bool:
        raise wants("true or false", value)
    return value


def decimal(value: Json, _: Any = None) -> Decimal:
    """An exact number, as a text such as `12.50`."""
    if type(value) is not str or len(value) > limits.LONGEST_DECIMAL or not DECIMAL.fullmatch(value):
        raise wants("a decimal number as a text, such as '12.50'", value)
    return Decimal(value)


def day(value: Json, _: Any = None) -> date:
    """A calendar date, as a text such as `2026-01-05`."""
    if type(value) is str and DAY.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise wants("a date such as '2026-01-05'", value)


def moment(value: Json, _: Any = None) -> datetime:
    """An instant with its offset, as a text such as `2026-01-05T09:00:00+00:00` or `2026-01-05T10:00+01:00`, in UTC."""
    if type(value) is str and INSTANT.fullmatch(value):
        try:
            found = datetime.fromisoformat(value)
            return found if found.tzinfo is UTC else made(instant, found)
        except ValueError:
            pass
    raise wants("an instant with its offset, such as '2026-01-05T09:00:00+00:00'", value)


def duration(value: Json, _: Any = None) -> timedelta:
    """A span of time in ISO 8601, of weeks, or of days, hours, minutes and seconds: `P7D`, `PT10M`, `P1DT12H`."""
    match = DURATION.fullmatch(value) if type(value) is str else None
    if match is None:
        raise wants("a duration such as 'P7D' or 'PT10M' (weeks, or days, hours, minutes and seconds)", value)
    sign, weeks, days, hours, minutes, seconds, fraction = match.groups(default="0")
    try:
        span = timedelta(
            weeks=int(weeks),
            days=int(days),
            hours=int(hours),
            minutes=int(minutes),
            seconds=int(seconds),
            microseconds=int(fraction.ljust(6, "0")),
        )
    except OverflowError:
        raise fault(f"{shown(value)} is longer than any duration") from None
    return -span if sign == "-" else span


def write_duration(value: timedelta) -> str:
    """A span of time in ISO 8601, in days, hours, minutes and seconds.

    >>> write_duration(timedelta(days=7)), write_duration(timedelta(minutes=90)), write_duration(timedelta(0))
    ('P7D', 'PT1H30M', 'PT0S')
    """
    span = abs(value)
    minutes, seconds = divmod(span.seconds, 60)
    hours, minutes = divmod(minutes, 60)
    part = f".{span.microseconds:06d}".rstrip("0") if span.microseconds else ""
    clock = "".join(
        f"{count}{unit}"
        for count, unit in ((hours, "H"), (minutes, "M"), (f"{seconds}{part}", "S"))
        if count not in (0, "0")
    )
    days = f"{span.days}D" if span.days else ""
    told = days + (f"T{clock}" if clock else "") or "T0S"
    return f"{'-' if value < timedelta(0) else ''}P{told}"


def span(value: Json, _: Any = None) -> Span:
    """A duration, or `{"working_days": 2}` or `{"working_hours": "PT10M"}`."""
    if type(value) is str:
        return duration(value)
    found = tagged(value)
    if not isinstance(found, timedelta | WorkingDays | WorkingHours):
        raise wants("a duration such as 'P7D', {'working_days': 2} or {'working_hours': 'PT10M'}", value)
    return found


def write_span(value: Span) -> Json:
    """A duration as a text, a span of working time under its tag."""
    return write_duration(value) if isinstance(value, timedelta) else write_tagged("span", value)


def money(value: Json, _: Any = None) -> Money:
    """An amount in a currency: `{"amount": "48000.50", "currency": "EUR"}`."""
    if type(value) is _OBJECT and value.keys() == _MONEY_FIELDS.keys():
        try:
            return Money(decimal(value["amount"]), text(value["currency"]))
        except SalesProcessError:
            pass  # what is wrong with which of the two is told below
    what = "money, such as {'amount': '48000.50', 'currency': 'EUR'}"
    return made(Money, **read_fields(value, what, _MONEY_FIELDS, _MONEY_FIELDS))


_MONEY_FIELDS: Mapping[str, Callable[[Json], Any]] = {"amount": decimal, "currency": text}


def write_money(value: Money) -> Json:
    """The amount as a text, which no reader rounds, and the currency."""
    return {"amount": str(value.amount), "currency": value.currency}


def person(value: Json, _: Any = None) -> Actor:
    """An actor: `{"id": "ola", "roles": ["manager"]}`; one who has no role may go without."""
    if type(value) is _OBJECT and len(value) == 2 and value.get("roles") == [] and type(value.get("id")) is str:
        return without_roles(value["id"])  # as nearly every row has it
    found = read_fields(value, "an actor, such as {'id': 'ola', 'roles': ['manager']}", _PERSON_FIELDS, ("id",))
    roles: tuple[str, ...] = found.get("roles", ())
    if len(set(roles)) < len(roles):
        raise fault("a role is listed twice", "roles")
    return Actor(found["id"], roles) if roles else without_roles(found["id"])


def write_person(value: Actor) -> Json:
    """The id, and the roles in alphabetical order."""
    return {"id": value.id, "roles": sorted(value.roles)}


def texts(value: Json, _: Any = None) -> tuple[str, ...]:
    """A list of texts."""
    if type(value) is not list:
        raise wants("a list of texts", value)
    if not value:
        return ()
    if not {*map(type, cast("list[object]", value))} <= _TEXT_ONLY:
        read_all(text, enumerate(cast("list[object]", value)))
    return tuple(cast("list[str]", value))


_TEXT_ONLY = {str}


_OBJECT: type[Any] = dict
_PERSON_FIELDS: Mapping[str, Callable[[Json], Any]] = {"id": text, "roles": texts}


def items(value: Json) -> dict[str, Json]:
    """An object whose keys are texts."""
    if not isinstance(value, dict):
        raise wants("an object", value)
    parts = cast("dict[str, Json]", value)
    if not {*map(type, parts)} <= _TEXT_ONLY:
        read_all(_key, ((name, name) for name in parts))
    return parts


def _key(name: object) -> None:
    if type(name) is not str:
        raise fault("a key is a text")


def named_texts(value: Json, _: Any = None) -> FrozenDict[str, str]:
    """An object of texts."""
    found = items(value)
    return FrozenDict(zip(found, read_all(text, found.items()), strict=True))


def working_days(value: Json, _: Any = None) -> WorkingDays:
    """A number of working days."""
    return made(WorkingDays, whole(value))


def working_hours(value: Json, _: Any = None) -> WorkingHours:
    """A duration that passes in working time."""
    return made(WorkingHours, duration(value))


_DURATION = matching(DURATION)

TAGS: dict[str, Form] = {
    "decimal": Form(decimal, str, matching(DECIMAL, maxLength=limits.LONGEST_DECIMAL)),
    "date": Form(day, date.isoformat, matching(DAY, format="date")),
    "datetime": Form(moment, lambda value: instant(value).isoformat(), matching(INSTANT, format="date-time")),
    "duration": Form(duration, write_duration, _DURATION),
    "working_days": Form(working_days, lambda value: value.count, {"type": "integer", "minimum": 1}),
    "working_hours": Form(working_hours, lambda value: write_duration(value.span), _DURATION),
}
"""The forms of what JSON has no type for: in an object whose one key tells what it is, and never holds an object."""

TAG_OF: dict[type, str] = {
    Decimal: "decimal",
    date: "date",
    datetime: "datetime",
    timedelta: "duration",
    WorkingDays: "working_days",
    WorkingHours: "working_hours",
}
"""The tag of each type that has one; the last three are no facts."""

MONEY = closed(
    {"amount": TAGS["decimal"].schema, "currency": {"type": "string", "pattern": "^[A-Z]{3}$"}}, ["amount", "currency"]
)
"""The JSON Schema of an amount of money."""


def one_of(*schemas: Mapping[str, Any]) -> dict[str, Any]:
    """The JSON Schema of what fits any of several."""
    return {"anyOf": list(schemas)}


def tag_schema(tag: str) -> dict[str, Any]:
    """The JSON Schema of a value under its tag."""
    return closed({tag: TAGS[tag].schema}, [tag])


SCALAR = one_of(
    {"type": ["string", "number", "boolean"]}, MONEY, *(tag_schema(tag) for tag in ("decimal", "date", "datetime"))
)
"""The JSON Schema of one value that a fact can have."""

FACT_VALUE = one_of(SCALAR, {"type": "array", "items": SCALAR})
"""The JSON Schema of what a fact can be."""


def tagged(value: Json) -> Any:
    """The value of an object that is money, or a tag such as `{"decimal": "12.50"}`; None for any other object."""
    parts = members(value)
    if len(parts) == 1:
        ((tag, content),) = parts.items()
        if type(tag) is str and tag in TAGS and not isinstance(content, dict):
            return TAGS[tag].read(content, None)
    return money(parts) if parts.keys() == _MONEY_FIELDS.keys() else None


def scalar(value: object) -> Scalar:
    """One value that a fact can have: plain JSON where that has the type, an object with a tag where it has not."""
    kind = type(value)
    if kind is str or kind is bool:
        return cast("Scalar", value)
    if kind is int:
        return whole(value)
    if kind is float:
        return real(value)
    found = tagged(value)
    if type(found) not in KINDS:
        raise wants("a text, a number, true, false, money, or a tagged value such as {'decimal': '12.50'}", value)
    return cast("Scalar", found)


def write_scalar(name: str, value: object) -> Json:
    """One value in its plain or its tagged form.

    Raises:
        WrongKind: no value of this type can be written.
        OutOfRange: it is beyond the bounds within which it could be read again.
    """
    kind = type(value)
    if kind is str or kind is bool:
        return value
    if kind is int:
        if not -limits.LARGEST < cast("int", value) < limits.LARGEST:
            raise OutOfRange(name, shown(value), "a number of at most 1000 digits")
        return value
    if kind is float:
        if not math.isfinite(cast("float", value)):
            raise OutOfRange(name, value, "finite")
        return value
    if kind is Money:
        return write_money(cast("Money", value))
    if kind not in KINDS:
        raise WrongKind(name, value, ", ".join(each.__name__ for each in KINDS))
    return write_tagged(name, value)


def write_tagged(name: str, value: object) -> Json:
    """A value of a type in `TAG_OF` under its tag.

    Raises:
        OutOfRange: a decimal number is not finite, or has too many digits or too large an exponent.
        NaiveDatetime: a datetime has no time zone.
    """
    tag = TAG_OF[type(value)]
    written = cast("Callable[[Any], Json]", TAGS[tag].write)(value)
    if tag == "decimal" and not (len(written) <= limits.LONGEST_DECIMAL and DECIMAL.fullmatch(written)):
        raise OutOfRange(name, value, "finite, with at most 1000 digits and an exponent of at most three")
    return {tag: written}


def scalars(value: Json, _: Any = None) -> tuple[Scalar, ...]:
    """A list of values."""
    if type(value) is not list:
        raise wants("a list", value)
    return tuple(read_all(scalar, enumerate(cast("list[object]", value))))


def fact_value(value: Json, _: Any = None) -> FactValue:
    """What a fact can be: a value, or a list of values, which becomes a tuple."""
    return scalars(value) if type(value) is list else scalar(value)


def write_fact_value(value: FactValue, name: str = "value") -> Json:
    """A value, or a list of values."""
    if isinstance(value, tuple):
        return [write_scalar(f"{name}[{index}]", item) for index, item in enumerate(value)]
    return write_scalar(name, value)


def facts(value: Json, _: Any = None) -> FrozenDict[str, FactValue]:
    """Facts by name."""
    found = items(value)
    return FrozenDict(zip(found, read_all(fact_value, found.items()), strict=True))


def write_facts(value: Mapping[str, FactValue]) -> Json:
    """Facts by name."""
    return {name: write_fact_value(known, name) for name, known in value.items()}
