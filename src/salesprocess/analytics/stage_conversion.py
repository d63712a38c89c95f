"""How many deals get from stage to stage, and how many would if all were observed to their end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal, get_args

import attrs

from salesprocess.analytics import reports, results
from salesprocess.analytics.journeys import Journey, StageOrder, counted_deals
from salesprocess.analytics.reports import Grid, Report
from salesprocess.analytics.survival import CENSORED, Eventual, Incidence, aalen_johansen, age_counts
from salesprocess.analytics.visits import StageVisits, need_visits, whole_microseconds
from salesprocess.errors import OutOfRange
from salesprocess.events import StageStatus
from salesprocess.frozen import FrozenDict
from salesprocess.process import Process

Rule = Literal["any", "strict", "imputed"]
"""When a deal has reached a stage: it entered it at `any` time; it entered all stages up to it in order (`strict`); it
entered it or a later one, or was won (`imputed`: a stage passed over counts as passed)."""

_FORWARD, _BACK, _LOST = range(3)
_CLOSES: Mapping[StageStatus, int] = {"won": 0, "lost": 1, "open": CENSORED}

_RULES: Mapping[Rule, str] = {
    "any": "it entered the stage",
    "strict": "it entered every stage up to this one, in order",
    "imputed": "it entered the stage or a later one, or was won",
}


@attrs.frozen
class StageConversion:
    """What became of the deals that reached a stage; counts are of deals, each once.

    Attributes:
        stage: the stage.
        reached: how many deals reached it.
        still_there: how many of them are in it at `as_of`.
        left: the others.
        won, lost: how many of those that reached it are won or lost at `as_of`.
        next_step: of those that left, the share that reached any later stage or is won; None when none left.
        cumulative: of the deals that reached the first stage, the share that reached this one; None without any.
        share_won: won / (won + lost); None when none is decided.
        won_eventually: of the deals that entered it, the share won in the end, from the first entry to the close, open
            deals censored; None when fewer than ten entered.
        forward, back, dropped: of the visits, the share that goes on to a later stage or is won, goes to the same or an
            earlier stage, or is lost in the end, visits under way censored; None for fewer than ten visits.
    """

    stage: str
    reached: int
    still_there: int
    left: int
    won: int
    lost: int
    next_step: float | None
    cumulative: float | None
    share_won: float | None
    won_eventually: Eventual | None
    forward: Eventual | None
    back: Eventual | None
    dropped: Eventual | None


@attrs.frozen
class Conversion:
    """The conversion of a book by stage; prints as a table.

    Attributes:
        as_of: where what is under way is censored.
        rule: when a deal has reached a stage.
        rows: one a stage, in order.
        n: how many deals were counted.
        excluded: what was not, by reason.
    """

    as_of: datetime
    rule: Rule
    rows: tuple[StageConversion, ...]
    n: int
    excluded: FrozenDict[str, int]

    @property
    def definition(self) -> str:
        """How the numbers are formed."""
        return (
            f"a deal has reached a stage when {_RULES[self.rule]} ({self.rule} rule). next step: of the deals that "
            "left, the share that reached any later stage or is won. cumulative: of those that reached the first. "
            "share won: won / (won + lost), open deals left out. From 'won in the end' on: Aalen-Johansen under "
            "censoring, from what is resolved to what is possible if all that is unresolved went that way"
        )

    @property
    def cohort(self) -> str:
        """Which deals these are."""
        return "deals opened by as_of with an observed open stage"

    def to_rows(self) -> list[dict[str, Any]]:
        """The rows as plain dicts."""
        return results.plain_rows(self.rows)

    def report(self) -> Report:
        """What is shown: the numbers, and what one must know to read them."""
        header = ["stage", "reached", "still there", "left", "won", "lost", "next step", "cumulative", "share won"]
        header += ["won in the end", "forward", "back", "lost in the end"]
        return reports.described(self, "Conversion", Grid(header, map(_line, self.rows)))

    __str__ = reports.text
    _repr_html_ = reports.html


def _line(row: StageConversion) -> list[str]:
    counts = (row.reached, row.still_there, row.left, row.won, row.lost)
    shares = (row.next_step, row.cumulative, row.share_won)
    ends = (row.won_eventually, row.forward, row.back, row.dropped)
    shown = (results.NOTHING if end is None else str(end) for end in ends)
    return [row.stage, *map(results.number, counts), *map(results.percent, shares), *shown]


def conversion(
    visits: StageVisits,
    process: Process | None = None,
    *,
    rule: Rule = "any",
    unit: timedelta = timedelta(days=1),
) -> Conversion:
    """Count deals, not visits, by open stage, and estimate what becomes of them in the end.

    Args:
        visits: the visits of the book.
        process: gives the stages and their order; deals that visited other open stages are left out and counted.
            Without it, the visited stages stand by the mean rank of their first entry.
        rule: when a deal has reached a stage; see `Rule`.
        unit: ages are counted in whole units.

    Warns:
        SmallSample: fewer than ten deals stand behind a share.

    Raises:
        WrongKind: `visits` is something else, such as the deals.
        OutOfRange: no such rule, or a unit that is not positive.

    >>> import warnings
    >>> from datetime import UTC
    >>> from salesprocess.analytics.visits import stage_visits
    >>> from salesprocess.stages import Stage
    >>> solar = Process("solar", stages=[Stage("lead"), Stage("offer"), Stage.won("won"), Stage.lost("lost")])
    >>> at = datetime(2026, 1, 5, tzinfo=UTC)
    >>> lead = solar.open("ACME-1", at=at)
    >>> offer = solar.advance(solar.open("ACME-2", at=at), at=at + timedelta(days=2))
    >>> with warnings.catch_warnings():
    ...     warnings.simplefilter("ignore")
    ...     found = conversion(stage_visits([lead, offer], as_of=at + timedelta(days=7)), solar)
    >>> [(row.stage, row.reached, row.left, row.next_step) for row in found.rows]
    [('lead', 2, 1, 1.0), ('offer', 1, 0, None)]
    """
    need_visits(visits)
    if rule not in get_args(Rule):
        raise OutOfRange("rule", rule, f"one of {', '.join(get_args(Rule))}")
    book = counted_deals(visits, process)
    rows = tuple(_rows(visits, book.order, book.journeys, rule, whole_microseconds(unit)))
    behind = {row.stage: (row.reached, row.left, row.won + row.lost) for row in rows}
    results.warn_if_small(behind)
    return Conversion(visits.as_of, rule, rows, len(book.journeys), FrozenDict(book.excluded))


def _reached(path: list[int], rule: Rule, ever_won: bool, stages: int) -> set[int]:
    """The positions that a deal has reached; `path` holds those it entered, in order."""
    if rule == "any":
        return set(path)
    if rule == "imputed":
        return set(range(stages if ever_won else max(path) + 1))
    expected = 0
    for position in path:
        expected += position == expected
    return set(range(expected))


def _rows(
    visits: StageVisits, order: StageOrder, deals: Sequence[Journey], rule: Rule, unit: int
) -> Iterator[StageConversion]:
    stages = len(order.names)
    reached, there, won, lost, onward, with_first = ([0] * stages for _ in range(6))
    for journey in deals:
        positions = _reached([order.positions[code] for code in journey.path], rule, journey.ever_won, stages)
        furthest = max(positions, default=-1)
        here = order.positions.get(journey.here, -1)
        for position in positions:
            reached[position] += 1
            there[position] += position == here
            won[position] += journey.status == "won"
            lost[position] += journey.status == "lost"
            onward[position] += position != here and (journey.status == "won" or furthest > position)
            with_first[position] += 0 in positions
    exits = _exits(visits, order, deals, unit)
    closes = _closes(visits, order, deals, unit)
    for position, name in enumerate(order.names):
        left = reached[position] - there[position]
        forward, back, dropped = (exits[position].eventual(cause) for cause in (_FORWARD, _BACK, _LOST))
        yield StageConversion(
            name,
            reached[position],
            there[position],
            left,
            won[position],
            lost[position],
            results.share(onward[position], left),
            results.share(with_first[position], reached[0]),
            results.share(won[position], won[position] + lost[position]),
            closes[position].eventual(_CLOSES["won"]),
            forward,
            back,
            dropped,
        )


def _incidences(order: StageOrder, observed: Iterable[tuple[int, int, int]], kinds: int) -> list[Incidence]:
    """By position, the incidence of what was observed there: (position, age, cause)."""
    ages: list[list[int]] = [[] for _ in order.names]
    causes: list[list[int]] = [[] for _ in order.names]
    for position, age, cause in observed:
        ages[position].append(age)
        causes[position].append(cause)
    return [aalen_johansen(age_counts(*pair, kinds=kinds)) for pair in zip(ages, causes, strict=True)]


def _exits(visits: StageVisits, order: StageOrder, deals: Sequence[Journey], unit: int) -> list[Incidence]:
    """Where the visits of each stage go: forward, back or lost."""
    c, positions = visits.columns, order.positions

    def observed() -> Iterator[tuple[int, int, int]]:
        for journey in deals:
            for row in journey.rows:
                position = positions.get(c.stage[row])
                if position is not None:
                    age = (c.left[row] - c.entered[row] - c.held[row]) // unit
                    yield position, age, _cause(visits, positions, position, c.next[row])

    return _incidences(order, observed(), 3)


def _cause(visits: StageVisits, positions: Mapping[int, int], position: int, following: int) -> int:
    if following < 0:
        return CENSORED
    status = visits.statuses[following]
    if status != "open":
        return _FORWARD if status == "won" else _LOST
    return _FORWARD if positions[following] > position else _BACK


def _closes(visits: StageVisits, order: StageOrder, deals: Sequence[Journey], unit: int) -> list[Incidence]:
    """How the deals that entered each stage close, from the first entry on: won or lost."""
    left = visits.columns.left

    def observed() -> Iterator[tuple[int, int, int]]:
        for journey in deals:
            end = left[journey.rows[-1]] if journey.status == "open" else journey.since
            for code, entered in journey.first.items():
                yield order.positions[code], (end - entered) // unit, _CLOSES[journey.status]

    return _incidences(order, observed(), 2)
