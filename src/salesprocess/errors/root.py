"""The root of all errors, and several of them raised together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

T = TypeVar("T")


class SalesProcessError(Exception):
    """The root of every error this library raises on purpose.

    Errors pickle, carry what they speak of as attributes, and render their text when asked.
    """

    def __str__(self) -> str:
        return str(self.args[0]) if self.args else type(self).__name__


class SeveralErrors(SalesProcessError, ExceptionGroup[SalesProcessError]):
    """Several things are wrong with one call; `exceptions` lists them, `except*` catches each by its own class."""

    def __str__(self) -> str:
        return "\n".join([f"{len(self.exceptions)} things are wrong:", *(f"- {error}" for error in self.exceptions)])

    def derive(self, excs: Sequence[Any], /) -> Any:
        """A group of the same kind around some of the errors (the protocol of `except*`)."""
        return SeveralErrors(self.message, excs)


def raise_together(found: Iterable[SalesProcessError]) -> None:
    """Raise the one error found, or all of them as `SeveralErrors`; nothing when there is none.

    Raises:
        SalesProcessError: the one that was found.
        SeveralErrors: more than one was found.

    >>> raise_together([])
    >>> try:
    ...     raise_together([SalesProcessError("the amount is wrong"), SalesProcessError("the stage is unknown")])
    ... except SeveralErrors as several:
    ...     print(several)
    2 things are wrong:
    - the amount is wrong
    - the stage is unknown
    """
    errors = list(found)
    if len(errors) == 1:
        raise errors[0]
    if errors:
        raise SeveralErrors("several errors", errors)


def gather(*checks: Callable[[], T]) -> list[T]:
    """Run every check, also after one has failed, and raise what went wrong together.

    Raises:
        SalesProcessError: one check failed.
        SeveralErrors: more than one failed.

    >>> gather(lambda: int("1"), lambda: int("2"))
    [1, 2]
    """
    results: list[T] = []
    errors: list[SalesProcessError] = []
    for check in checks:
        try:
            results.append(check())
        except SeveralErrors as several:
            errors.extend(several.exceptions)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
        except SalesProcessError as error:
            errors.append(error)
    raise_together(errors)
    return results
