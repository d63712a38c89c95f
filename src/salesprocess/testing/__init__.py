"""What a program that embeds sales processes can test with; install it with `salesprocess[testing]`.

Begin with one of these: `workflow_test` leads deals through a whole rulebook and checks every step;
`parametrize_transitions` gives one case per transition; `check_process` checks what every rulebook promises;
`exercised` says which rules your tests make use of.
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
from salesprocess.testing.exercising import Exercised, Tally, exercised
from salesprocess.testing.guiding import Edge
from salesprocess.testing.journeys import Invariant
from salesprocess.testing.parametrizing import (
    Replayed,
    parametrize_histories,
    parametrize_stages,
    parametrize_transitions,
)
from salesprocess.testing.ways import Ways, ways
from salesprocess.testing.workflow import workflow_test

del _hypothesis

__all__ = [
    "Command",
    "Edge",
    "Exercised",
    "Invariant",
    "Path",
    "Replayed",
    "Tally",
    "Ways",
    "check_process",
    "exercised",
    "parametrize_histories",
    "parametrize_stages",
    "parametrize_transitions",
    "story",
    "ways",
    "workflow_test",
]
