"""Say what is wrong with a document, and where, without ever tripping over the data itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from typing import Any, TypeVar, cast

from salesprocess.errors import InvalidDocument, SalesProcessError

T = TypeVar("T")

_LONGEST = 60
_LARGEST = 10**18

Faults = tuple[tuple[str, str], ...]
"""Paths and messages; a path begins with `$`, the value that is being read."""


def shown(value: object) -> str:
    """A value in a few characters, as JSON writes it.

    Nothing is walked and nothing is computed, so that no value, however deep or large, can break the message about it.

    >>> shown([[[]]]), shown(True), shown("Ada")
    ('a list', 'true', "'Ada'")
    """
    if isinstance(value, str):
        return repr(value if len(value) <= _LONGEST else f"{value[:_LONGEST]}…")
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value) if abs(value) < _LARGEST else "a huge number"
    if isinstance(value, float):
        return str(value)
    if value is None:
        return "null"
    if isinstance(value, dict):
        return "an object"
    return "a list" if isinstance(value, list) else f"a Python {type(value).__name__}"


def fault(message: str, *steps: object) -> InvalidDocument:
    """One fault, at the value itself or at the place to which the steps lead from it."""
    return InvalidDocument([(f"${''.join(map(_step, steps))}", message)])


def wants(wanted: str, value: object) -> InvalidDocument:
    """The fault of a value that is of the wrong kind."""
    return fault(f"wants {wanted}, got {shown(value)}")


def did_you_mean(name: object, known: Iterable[str]) -> str:
    """The known names that look like `name`, or else all of them, as the end of a message."""
    names = list(known)
    close = get_close_matches(name[:_LONGEST], names) if isinstance(name, str) else []
    if close:
        return f"did you mean {' or '.join(repr(each) for each in close)}?"
    return f"known: {', '.join(names) or 'none'}"


def under(step: object, error: InvalidDocument) -> Faults:
    """The faults of a part, as faults of the whole: `step` is the key or the index of the part."""
    prefix = f"${_step(step)}"
    return tuple((prefix + path[1:], message) for path, message in error.faults)


def _step(step: object) -> str:
    if isinstance(step, str):
        return f".{step}" if step.isidentifier() and len(step) <= _LONGEST else f"[{shown(step)}]"
    return f"[{shown(step)}]"


def members(value: object) -> dict[object, Any]:
    """The object as it is; nothing, when the value is none."""
    return cast("dict[object, Any]", value) if isinstance(value, dict) else {}


def read_all(read: Callable[[Any], T], parts: Iterable[tuple[object, Any]]) -> list[T]:
    """Every part as `read` reads it.

    Args:
        read: the reader of one part.
        parts: each with its key or index.

    Raises:
        InvalidDocument: with the faults of all parts.
    """
    results: list[T] = []
    faults: list[tuple[str, str]] = []
    for step, part in parts:
        try:
            results.append(read(part))
        except InvalidDocument as error:
            faults.extend(under(step, error))
    if faults:
        raise InvalidDocument(faults)
    return results


def read_fields(
    value: object, what: str, readers: Mapping[str, Callable[[Any], Any]], required: Iterable[str] = ()
) -> dict[str, Any]:
    """The parts of an object by name, each as its own reader reads it.

    Args:
        value: the object.
        what: what it is, for the message when it is none.
        readers: by the names that it may have.
        required: the names that it must have.

    Raises:
        InvalidDocument: with the faults of all parts, unknown and missing ones included.
    """
    if not isinstance(value, dict):
        raise wants(what, value)
    found: dict[str, Any] = {}
    faults: list[tuple[str, str]] = []
    for name, part in cast("dict[str, Any]", value).items():
        read = readers.get(name)
        if read is None:
            faults.append(unknown_key(name, readers))
            continue
        try:
            found[name] = read(part)
        except InvalidDocument as error:
            faults.extend(under(name, error))
    faults += [missing(name) for name in required if name not in value]
    if faults:
        raise InvalidDocument(faults)
    return found


def made(make: Callable[..., T], /, *args: Any, **kwargs: Any) -> T:
    """`make(...)`, whose own errors become faults of the value."""
    try:
        return make(*args, **kwargs)
    except SalesProcessError as error:
        raise fault(str(error)) from None


def unknown_key(name: object, known: Iterable[str]) -> tuple[str, str]:
    """The fault of a key that nobody reads."""
    return f"${_step(name)}", f"unknown key; {did_you_mean(name, known)}"


def missing(name: str) -> tuple[str, str]:
    """The fault of a key that is not there."""
    return f"${_step(name)}", "is missing"
