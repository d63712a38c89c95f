"""Immutable containers that hash, pickle and compare like the values they hold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from typing import Any, NoReturn, TypeVar

from salesprocess.errors import WrongKind

K = TypeVar("K")
V = TypeVar("V")
T = TypeVar("T")


def _refuse(self: object, *_: object, **__: object) -> NoReturn:
    raise TypeError(f"{type(self).__name__} is immutable")


class FrozenDict(dict[K, V]):
    """A dict that refuses every change.

    Unlike `types.MappingProxyType` it hashes, pickles and deep-copies; lookups cost what a dict's cost.

    >>> FrozenDict(seats=5)["seats"]
    5
    >>> FrozenDict(seats=5) == {"seats": 5}
    True
    """

    __slots__ = ()

    __setitem__ = __delitem__ = __ior__ = _refuse  # pyright: ignore[reportAssignmentType]
    clear = pop = popitem = setdefault = update = _refuse  # pyright: ignore[reportAssignmentType]

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(frozenset(self.items()))

    def __reduce__(self) -> tuple[Any, ...]:
        return FrozenDict, (dict(self),)

    def __copy__(self) -> FrozenDict[K, V]:
        return self

    def __deepcopy__(self, memo: object) -> FrozenDict[K, V]:
        return self

    def __repr__(self) -> str:
        return repr(dict(self))


EMPTY: FrozenDict[str, Any] = FrozenDict()


def frozen_dict(value: Mapping[str, Any]) -> FrozenDict[str, Any]:
    """The same content, immutable; a `FrozenDict` comes back as it is.

    Raises:
        WrongKind: it is no mapping.

    >>> frozen_dict({"seats": 5})
    {'seats': 5}
    """
    if isinstance(value, FrozenDict):
        return value
    if not isinstance(value, Mapping):
        raise WrongKind("values", value, "a mapping from names to values")
    return FrozenDict(value)


def draft_of(frozen: type) -> type[Any]:
    """A mutable class with the slots of a frozen attrs class, for values that are made by the thousand.

    A frozen class pays for each field when it is built, because every assignment goes around the freeze. To fill a
    draft and then set its `__class__` to the frozen class takes a fifth of that, and from then on the value is as
    immutable as any other. Converters are passed by: what is filled in must be checked already. The frozen class must
    have no weak references.

    >>> import attrs
    >>> @attrs.frozen(weakref_slot=False)
    ... class Point:
    ...     x: int
    >>> draft = draft_of(Point)()
    >>> draft.x = 5
    >>> draft.__class__ = Point
    >>> draft
    Point(x=5)
    """
    return type(f"{frozen.__name__}Draft", (), {"__slots__": vars(frozen)["__slots__"]})


def tuple_of(values: Iterable[T], what: str) -> tuple[T, ...]:
    """The values as a tuple, those of a set in one order; a bare string, which would fall apart, is refused.

    Raises:
        WrongKind: `values` is a string or cannot be iterated.

    >>> tuple_of(["price", "roof"], "reasons")
    ('price', 'roof')
    """
    if isinstance(values, str | bytes) or not isinstance(values, Iterable):
        raise WrongKind(what, values, "a sequence; a single value stands in brackets, [...]")
    return tuple(sorted(values, key=repr)) if isinstance(values, Set) else tuple(values)
