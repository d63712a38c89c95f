"""Fixed values out of strategies: the simplest ones, the same in every run, and none of it kept in a database."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any, TypeGuard

from hypothesis import HealthCheck, Phase, find, settings
from hypothesis.errors import NoSuchExample
from hypothesis.strategies import SearchStrategy

QUIET = settings(
    max_examples=200,
    database=None,
    deadline=None,
    derandomize=False,
    phases=[Phase.generate, Phase.shrink],
    suppress_health_check=[
        HealthCheck.too_slow,
        HealthCheck.filter_too_much,
        HealthCheck.data_too_large,
        HealthCheck.large_base_example,
    ],
)
_SEVERAL = 3


def is_strategy(value: object) -> TypeGuard[SearchStrategy[Any]]:
    """Whether the user gave a strategy and not a value."""
    return isinstance(value, SearchStrategy)


def simplest(strategy: SearchStrategy[Any], accepted: Callable[[Any], bool] = lambda _: True) -> tuple[Any, ...]:
    """The simplest value that is accepted, in a tuple; empty when none is found."""
    try:
        return (find(strategy, accepted, settings=QUIET, random=Random(0)),)  # noqa: S311 - the same every time
    except NoSuchExample:
        return ()


def examples(strategy: SearchStrategy[Any]) -> tuple[Any, ...]:
    """A few different values, the simplest first."""
    found: list[Any] = []

    def new(value: Any) -> bool:
        return value not in found

    while len(found) < _SEVERAL and (more := simplest(strategy, new)):
        found += more
    return tuple(found)
