"""What a ranking of stages reads of a book, from visits or from counts: how visits end, where deals begin and wait."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import timedelta

import attrs

from salesprocess.analytics import moves
from salesprocess.analytics.journeys import Counted, counted_deals
from salesprocess.analytics.risk import CENSORED, LOST, WON, RiskCounts
from salesprocess.analytics.survival import CENSORED as CENSORED_CAUSE
from salesprocess.analytics.survival import counts_by_age
from salesprocess.analytics.visits import StageVisits, microseconds, whole_microseconds
from salesprocess.errors import NoHistory, OutOfRange, WrongKind
from salesprocess.process import Process


@attrs.frozen
class Waiting:
    """Open deals equally long in a stage: the age in whole units, how many, and which, if that is known."""

    age: int
    count: int
    deals: tuple[str, ...] = ()


@attrs.frozen
class Ledger:
    """A book by open stage.

    Attributes:
        names: the stages in order.
        exits: how the visits of each end.
        entries: the share of the deals that begins in each.
        deals: how many deals there are.
        ids: which, where that is known.
        span: how long the record goes back, in microseconds.
        waiting: the open deals in each.
        queues: how many visits of each began and ended in the last window; None where that is not known.
        excluded: what is not in it, by reason.
    """

    names: tuple[str, ...]
    exits: Sequence[moves.StageExits]
    entries: Sequence[float]
    deals: int
    ids: frozenset[str]
    span: int
    waiting: Sequence[Sequence[Waiting]]
    queues: Sequence[tuple[int, int]] | None
    excluded: Counter[str]


def of_visits(visits: StageVisits, process: Process | None, unit: int, window: int, over: timedelta | None) -> Ledger:
    """The ledger of visits.

    Raises:
        NoHistory: no deal was seen in an open stage.
    """
    book = counted_deals(visits, process)
    if not book.journeys:
        raise NoHistory(f"no deal was seen in an open stage by {visits.as_of.isoformat()}")
    c, now = visits.columns, microseconds(visits.as_of)
    began = min(c.entered[journey.rows[0]] for journey in book.journeys)
    return Ledger(
        book.order.names,
        moves.stage_exits(visits, book, unit),
        moves.entry_shares(book),
        len(book.journeys),
        frozenset(visits.deals[c.deal[journey.rows[0]]] for journey in book.journeys),
        max(now - began, unit) if over is None else whole_microseconds(over),
        _waiting(visits, book, unit),
        _queues(visits, book, now - window),
        book.excluded,
    )


def _waiting(visits: StageVisits, book: Counted, unit: int) -> list[list[Waiting]]:
    c, positions = visits.columns, book.order.positions
    found: list[list[Waiting]] = [[] for _ in book.order.names]
    for journey in book.journeys:
        place, row = positions.get(journey.here), journey.rows[-1]
        if place is not None:
            age = (c.left[row] - c.entered[row] - c.held[row]) // unit
            found[place].append(Waiting(age, 1, (visits.deals[c.deal[row]],)))
    return found


def _queues(visits: StageVisits, book: Counted, start: int) -> list[tuple[int, int]]:
    c = visits.columns
    came, went = Counter[int](), Counter[int]()
    for row in (row for journey in book.journeys for row in journey.rows):
        place = book.order.positions.get(c.stage[row], -1)
        came[place] += c.entered[row] > start
        went[place] += c.next[row] >= 0 and c.left[row] > start
    return [(came[place], went[place]) for place in range(len(book.order.names))]


def of_counts(counts: RiskCounts, process: Process | None, over: timedelta | None) -> Ledger:
    """The ledger of counts: what they do not tell is which deals wait, and when visits began.

    Every visit of a stage that no move led to, and that was observed from its beginning, is where a deal began.

    Raises:
        NoHistory: there are no counts.
        WrongKind: it was not said how long the record goes back.
        OutOfRange: counts that are no whole visits, since time has faded them.
    """
    if over is None:
        raise WrongKind("over", over, "the time that the counts cover, such as timedelta(days=365): they do not tell")
    uneven = next((count for count in (*counts.exits.values(), *counts.entries.values()) if count % 1), None)
    if uneven is not None:
        raise OutOfRange("visits", uneven, "counts of whole visits: without a half-life and not scaled")
    found, excluded = Counter[tuple[str, int, str]](), Counter(counts.excluded)
    for (stage, age, outcome, _), count in counts.exits.items():
        found[stage, age, outcome] += int(count)
    late: defaultdict[str, Counter[int]] = defaultdict(Counter)
    for (stage, age, _), count in counts.entries.items():
        late[stage][age] += int(count)
    names = counts.stages if process is None else tuple(each.name for each in process.stages if each.kind == "open")
    known = _known(found, names, excluded)
    begun = {stage: by_age.total() - late[stage].total() for stage, by_age in _visits(known).items()}
    for (_, _, outcome), count in found.items():  # also from stages that are not known: a deal begins once
        if outcome in begun:
            begun[outcome] -= count
    deals = sum(max(begun.get(name, 0), 0) for name in names)
    if not known or not deals:
        raise NoHistory(f"no deal was seen to begin in an open stage by {counts.as_of.isoformat()}")
    return Ledger(
        names,
        [_exits(name, names, known, late[name]) for name in names],
        [max(begun.get(name, 0), 0) / deals for name in names],
        deals,
        frozenset(),
        whole_microseconds(over),
        [_waiting_by_age(name, known) for name in names],
        None,
        excluded,
    )


def _waiting_by_age(name: str, known: Mapping[tuple[str, int, str], int]) -> list[Waiting]:
    return [Waiting(age, count) for (stage, age, end), count in known.items() if (stage, end) == (name, CENSORED)]


def _known(
    found: Mapping[tuple[str, int, str], int], names: Sequence[str], excluded: Counter[str]
) -> Counter[tuple[str, int, str]]:
    """The counts of known stages; a visit is censored when it leaves for another one."""
    ends, known = {*names, WON, LOST, CENSORED}, Counter[tuple[str, int, str]]()
    for (stage, age, outcome), count in found.items():
        if stage not in names:
            excluded[f"visit of a stage that the process does not have, {stage}"] += count
        elif outcome in ends:
            known[stage, age, outcome] += count
        else:
            excluded[f"move to a stage that the process does not have, {outcome}, visit censored there"] += count
            known[stage, age, CENSORED] += count
    return known


def _visits(known: Mapping[tuple[str, int, str], int]) -> dict[str, Counter[int]]:
    """By stage, how many visits ended at each age."""
    found: defaultdict[str, Counter[int]] = defaultdict(Counter)
    for (stage, age, _), count in known.items():
        found[stage][age] += count
    return found


def _exits(
    name: str, names: Sequence[str], known: Mapping[tuple[str, int, str], int], late: Mapping[int, int]
) -> moves.StageExits:
    causes = {**{stage: place for place, stage in enumerate(names)}, WON: len(names), LOST: len(names) + 1}
    causes[CENSORED] = CENSORED_CAUSE
    ended = {(age, causes[outcome]): count for (stage, age, outcome), count in known.items() if stage == name}
    return moves.exits_of(counts_by_age(ended, late, kinds=len(names) + 2), sum(ended.values()))
