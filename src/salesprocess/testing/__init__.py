"""What a program that embeds sales processes can test with; install it with `salesprocess[testing]`.

Begin with one of these: `parametrize_transitions` gives one case per transition, and `check_process` checks what every
rulebook promises.
"""

from __future__ import annotations

try:
    import hypothesis as _hypothesis
except ModuleNotFoundError as error:
    raise ModuleNotFoundError(
        "salesprocess.testing needs Hypothesis; install the extra: pip install 'salesprocess[testing]'",
        name="hypothesis",
    ) from error

from salesprocess.testing.checks import check_process
from salesprocess.testing.commands import Command, Path, story
from salesprocess.testing.parametrizing import (
    Replayed,
    parametrize_histories,
    parametrize_stages,
    parametrize_transitions,
)
from salesprocess.testing.ways import Edge, Ways, ways

del _hypothesis

__all__ = [
    "Command",
    "Edge",
    "Path",
    "Replayed",
    "Ways",
    "check_process",
    "parametrize_histories",
    "parametrize_stages",
    "parametrize_transitions",
    "story",
    "ways",
]
