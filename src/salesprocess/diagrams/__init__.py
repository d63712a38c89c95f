"""Draw a process, and the way of a deal through it, as text that other tools turn into pictures.

The transitions are read off the compiled machine, so that picture and machine cannot disagree.
"""

from __future__ import annotations

from salesprocess.deal import Deal
from salesprocess.diagrams.composing import compose
from salesprocess.diagrams.flowchart import flowchart
from salesprocess.diagrams.graphviz import digraph
from salesprocess.diagrams.overlay import Values
from salesprocess.diagrams.picture import Direction
from salesprocess.diagrams.ways import Moves
from salesprocess.frozen import EMPTY
from salesprocess.process import Process
from salesprocess.wording import say

__all__ = ["Direction", "Moves", "Values", "dot", "mermaid", "say"]


def mermaid(
    process: Process,
    deal: Deal | None = None,
    *,
    moves: Moves = "main",
    criteria: bool = True,
    values: Values = EMPTY,
    legend: str = "values",
    number_format: str = "",
    direction: Direction = "LR",
) -> str:
    """The process as a Mermaid flowchart.

    Args:
        process: the rulebook.
        deal: a deal of it: its moves are drawn whatever `moves` says, thick and numbered in their order.
        moves: `main` draws what one needs to read the process: the line with its conditional by-passes, the ways past
            optional stages, the rulebook's own transitions, winning early, and one arrow for losing and reopening;
            `all` draws every transition of the machine.
        criteria: whether stages and transitions say in words what they want.
        values: numbers or texts to print, by the name of a stage, by (source, destination), or by either; the stages
            are shaded by their numbers.
        legend: what the values are, for the note that explains them.
        number_format: a format specification, such as `.0%`; by default three significant digits.
        direction: which way the line runs.

    Returns:
        The text, the same for the same arguments.

    Raises:
        WrongProcess: the deal follows another rulebook.
        UnknownStage: `values` names what is no stage of the process; all such names are listed.
        OutOfRange: a number in `values` is not finite, `moves` or `direction` is none of the choices, or
            `number_format` is no format of numbers.
        WrongKind: an argument is not what is described above.
        SeveralErrors: more than one of these.

    >>> from salesprocess import templates
    >>> print(mermaid(templates.load("generic"), criteria=False), end="")
    flowchart LR
      ...
        stage_prospecting("<b>Prospecting</b><br/>5#37; prior #183; 10 days"):::open
      ...
      stage_prospecting --> stage_first_contact
      ...
    """
    return flowchart(
        compose(
            process,
            deal,
            moves=moves,
            criteria=criteria,
            values=values,
            legend=legend,
            number_format=number_format,
            direction=direction,
        )
    )


def dot(
    process: Process,
    deal: Deal | None = None,
    *,
    moves: Moves = "main",
    criteria: bool = True,
    values: Values = EMPTY,
    legend: str = "values",
    number_format: str = "",
    direction: Direction = "LR",
) -> str:
    """The process in DOT, the notation of Graphviz; arguments and errors are those of `mermaid`.

    >>> from salesprocess import templates
    >>> print(dot(templates.load("generic"), criteria=False), end="")
    digraph process {
      ...
      "stage_prospecting" -> "stage_first_contact" [...]
      ...
    }
    """
    return digraph(
        compose(
            process,
            deal,
            moves=moves,
            criteria=criteria,
            values=values,
            legend=legend,
            number_format=number_format,
            direction=direction,
        )
    )
