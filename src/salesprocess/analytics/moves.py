"""The graph of moves: from each stage the share of visits that goes on to each other one, and what follows from it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import attrs

from salesprocess.analytics.journeys import Counted
from salesprocess.analytics.survival import (
    CENSORED,
    AgeCounts,
    Incidence,
    SurvivalCurve,
    aalen_johansen,
    age_counts,
    kaplan_meier,
)
from salesprocess.analytics.visits import StageVisits

_ROUNDING = 1e-9
"""Shares that sum to one may come out a little below it."""


def solve(matrix: Sequence[Sequence[float]], right: Sequence[float]) -> list[float]:
    """The solution x of matrix · x = right, by Gaussian elimination with partial pivoting.

    Raises:
        ZeroDivisionError: the matrix is singular.

    >>> solve([[2.0, 1.0], [1.0, 3.0]], [3.0, 4.0])
    [1.0, 1.0]
    """
    size = len(right)
    rows = [[*line, value] for line, value in zip(matrix, right, strict=True)]
    for column in range(size):
        pivot = max(range(column, size), key=lambda row: abs(rows[row][column]))
        rows[column], rows[pivot] = rows[pivot], rows[column]
        head = rows[column]
        for row in range(column + 1, size):
            if rows[row][column]:
                factor = rows[row][column] / head[column]
                rows[row] = [value - factor * above for value, above in zip(rows[row], head, strict=True)]
    found = [0.0] * size
    for row in range(size - 1, -1, -1):
        known = sum(rows[row][column] * found[column] for column in range(row + 1, size))
        found[row] = (rows[row][size] - known) / rows[row][row]
    return found


@attrs.frozen
class Moves:
    """Where visits of the open stages end; rows and columns are positions in the order of the stages.

    Attributes:
        onward: by stage, the share of its visits that goes on to each open stage.
        won, lost: by stage, the share that is won or lost from there. What is left of 1 is unresolved and counts as
            going nowhere.
    """

    onward: tuple[tuple[float, ...], ...]
    won: tuple[float, ...]
    lost: tuple[float, ...]

    def chances(self) -> list[float]:
        """By stage, the probability that a deal that enters it is won, on whatever way: W = won + onward · W.

        >>> Moves(((0.0, 0.8), (0.1, 0.0)), (0.0, 0.5), (0.2, 0.4)).chances()
        [0.4347826086956523, 0.5434782608695653]
        """
        return solve(self._system(), self.won)

    def visits(self, entries: Sequence[float]) -> list[float]:
        """By stage, how many visits of it a new deal makes that begins in each stage with the shares `entries`.

        >>> Moves(((0.0, 0.8), (0.5, 0.0)), (0.0, 0.5), (0.2, 0.0)).visits([1.0, 0.0])
        [1.6666666666666667, 1.3333333333333335]
        """
        return solve([list(line) for line in zip(*self._system(), strict=True)], entries)

    def _system(self) -> list[list[float]]:
        """The matrix I − onward."""
        return [
            [float(row == column) - share for column, share in enumerate(line)] for row, line in enumerate(self.onward)
        ]


@attrs.frozen
class StageExits:
    """How the visits of one stage end, under censoring.

    Attributes:
        incidence: of each exit: to the open stages by position, then won, then lost.
        stay: the curve of the stay, whatever the exit.
        shares: the share of each exit up to the longest stay observed; what is unresolved by then is in none.
        n: how many visits.
        left: how many of them ended.
    """

    incidence: Incidence
    stay: SurvivalCurve
    shares: tuple[float, ...]
    n: int
    left: int


def stage_exits(visits: StageVisits, book: Counted, unit: int) -> list[StageExits]:
    """The exits of every stage; `unit`, of the ages, is in microseconds."""
    c, order, size = visits.columns, book.order, len(book.order.names)
    kinds = {"won": size, "lost": size + 1, "": CENSORED}
    ages: list[list[int]] = [[] for _ in order.names]
    causes: list[list[int]] = [[] for _ in order.names]
    for row in (row for journey in book.journeys for row in journey.rows):
        position, following = order.positions.get(c.stage[row]), c.next[row]
        if position is not None:
            ages[position].append((c.left[row] - c.entered[row] - c.held[row]) // unit)
            status = "" if following < 0 else visits.statuses[following]
            causes[position].append(order.positions[following] if status == "open" else kinds[status])
    return [exits_of(age_counts(*each, kinds=size + 2), len(each[0])) for each in zip(ages, causes, strict=True)]


def exits_of(counts: AgeCounts, n: int) -> StageExits:
    """The exits of one stage from its counts by age, of `n` visits."""
    incidence = aalen_johansen(counts)
    shares = tuple(known[-1] if known else 0.0 for known in incidence.incidence)
    return StageExits(incidence, kaplan_meier(counts), shares, n, sum(counts.events))


def moves_of(shares: Sequence[Sequence[float]]) -> Moves:
    """The graph of the shares of every stage: to each open stage, won, lost.

    Stages that deals were only seen to circle between, with no way out, count as going nowhere.

    >>> moves_of([[0.0, 1.0, 0.0, 0.0], [1.0, 0.0, 0.0, 0.0]]).chances()
    [0.0, 0.0]
    """
    size = len(shares)
    ending = {place for place, line in enumerate(shares) if sum(line[:size]) < 1 - _ROUNDING}
    while more := {
        place
        for place, line in enumerate(shares)
        if place not in ending and any(line[following] for following in ending)
    }:
        ending |= more
    onward = (line[:size] if place in ending else [0.0] * size for place, line in enumerate(shares))
    return Moves(
        tuple(map(tuple, onward)), tuple(line[size] for line in shares), tuple(line[size + 1] for line in shares)
    )


def entry_shares(book: Counted) -> list[float]:
    """In which stage the deals begin."""
    counts = Counter(book.order.positions[journey.path[0]] for journey in book.journeys)
    return [counts[place] / max(len(book.journeys), 1) for place in range(len(book.order.names))]
