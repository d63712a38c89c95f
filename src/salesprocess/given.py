"""What a caller hands over, refused with a clear error where it is not of the kind that is wanted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar, cast

from salesprocess.errors import WrongKind, raise_together
from salesprocess.frozen import FrozenDict, tuple_of

T = TypeVar("T")


def a(kind: type[T], value: object, name: str) -> T:
    """The value, when it is of a kind.

    Raises:
        WrongKind: it is not.

    >>> a(str, "offer", "stage")
    'offer'
    """
    if not isinstance(value, kind):
        raise WrongKind(name, value, f"a {kind.__name__}" if kind is not str else "a text")
    return value


def several(kind: type[T], values: Iterable[T], name: str) -> tuple[T, ...]:
    """The values as a tuple, when each of them is of a kind.

    Raises:
        WrongKind: `values` is no sequence, or one of them is something else; all of these are raised together.

    >>> several(int, [1, 2], "counts")
    (1, 2)
    """
    found = tuple_of(values, name)
    raise_together(
        WrongKind(f"{name}[{place}]", each, f"a {kind.__name__}" if kind is not str else "a text")
        for place, each in enumerate(cast("tuple[object, ...]", found))
        if not isinstance(each, kind)
    )
    return found


def mapping(value: Mapping[str, T], name: str, of: str = "names to values") -> Mapping[str, T]:
    """The value, when it is a mapping.

    Raises:
        WrongKind: it is none.

    >>> mapping({"seats": 5}, "facts")
    {'seats': 5}
    """
    if not isinstance(value, Mapping):
        raise WrongKind(name, value, f"a mapping from {of}")
    return value


def texts(value: Mapping[str, str], name: str) -> FrozenDict[str, str]:
    """A mapping from texts to texts, immutable.

    Raises:
        WrongKind: it is none; all that is wrong in it is raised together.

    >>> texts({"en": "Budget"}, "labels")
    {'en': 'Budget'}
    """
    found: Mapping[Any, Any] = mapping(value, name, "names to texts")
    raise_together(
        WrongKind(f"{name}[{key!r}]", text, "a text")
        for key, text in found.items()
        if not (isinstance(key, str) and isinstance(text, str))
    )
    return FrozenDict(found)
