"""What a program that embeds sales processes can test with; install it with `salesprocess[testing]`.

Begin with one of these: `workflow_test` leads deals through a whole rulebook and checks every step;
`parametrize_transitions` gives one case per transition; `check_process`, `check_criterion`, `check_forecaster` and
`check_store` check what every rulebook, criterion, forecaster and store promises; `exercised` says which rules your
tests make use of, and `survivors` which they would not miss.
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
from salesprocess.testing.criterion_checks import check_criterion
from salesprocess.testing.exercising import Exercised, Tally, exercised
from salesprocess.testing.forecaster_checks import check_forecaster
from salesprocess.testing.guiding import Edge
from salesprocess.testing.journeys import Invariant
from salesprocess.testing.lives import books, deals, histories
from salesprocess.testing.logs import stage_logs
from salesprocess.testing.parametrizing import (
    Replayed,
    parametrize_histories,
    parametrize_stages,
    parametrize_transitions,
)
from salesprocess.testing.plain import (
    actors,
    fact_values,
    facts,
    instants,
    line_items,
    money,
    names,
    periods,
    scalars,
    texts,
    values_of,
    zones,
)
from salesprocess.testing.rulebooks import (
    Broken,
    activities,
    broken_processes,
    compound,
    policies,
    processes,
    rules,
    stages,
)
from salesprocess.testing.store_checks import check_store
from salesprocess.testing.survivors import Mutant, Survivors, survivors
from salesprocess.testing.wandering import Step, Walk, commands, openings, walks
from salesprocess.testing.ways import Ways, ways
from salesprocess.testing.workflow import workflow_test

del _hypothesis

__all__ = [
    "Broken",
    "Command",
    "Edge",
    "Exercised",
    "Invariant",
    "Mutant",
    "Path",
    "Replayed",
    "Step",
    "Survivors",
    "Tally",
    "Walk",
    "Ways",
    "activities",
    "actors",
    "books",
    "broken_processes",
    "check_criterion",
    "check_forecaster",
    "check_process",
    "check_store",
    "commands",
    "compound",
    "deals",
    "exercised",
    "fact_values",
    "facts",
    "histories",
    "instants",
    "line_items",
    "money",
    "names",
    "openings",
    "parametrize_histories",
    "parametrize_stages",
    "parametrize_transitions",
    "periods",
    "policies",
    "processes",
    "rules",
    "scalars",
    "stage_logs",
    "stages",
    "story",
    "survivors",
    "texts",
    "values_of",
    "walks",
    "ways",
    "workflow_test",
    "zones",
]
