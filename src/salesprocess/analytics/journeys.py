"""The way of each deal through the open stages, and which stage comes before which."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby

import attrs

from salesprocess.analytics.visits import StageVisits
from salesprocess.events import StageStatus
from salesprocess.process import Process

UNSEEN = "deal without an observed open stage"
"""Why a deal says nothing about stages."""


@attrs.frozen
class Journey:
    """What one deal was seen to do.

    Attributes:
        rows: its rows in the columns.
        path: the codes of the open stages it was in, in the order in which it entered them; a code may come twice.
        first: by code, when it first entered the stage, in microseconds.
        here: the code of the stage it is in; -1 when nobody saw where it went.
        status: what it is.
        since: since when it has that status, in microseconds.
        ever_won: it was won once, perhaps reopened.
    """

    rows: range
    path: tuple[int, ...]
    first: Mapping[int, int]
    here: int
    status: StageStatus
    since: int
    ever_won: bool


def journeys(visits: StageVisits) -> Iterator[Journey]:
    """The deals that were seen in an open stage, one after the other."""
    c, statuses = visits.columns, visits.statuses
    for _, group in groupby(range(len(visits)), key=c.deal.__getitem__):
        rows = list(group)
        path: list[int] = []
        first: dict[int, int] = {}
        status: StageStatus = "open"
        since, ever_won, expected = 0, False, (-1, 0)
        for row in rows:
            code, following = c.stage[row], c.next[row]
            # A visit between that was not seen may have been of another status.
            if statuses[code] != status or (code, c.entered[row]) != expected:
                status, since = statuses[code], c.entered[row]
            expected = following, c.left[row]
            ever_won = ever_won or status == "won"
            # The next stage was seen to be entered even where the visit of it was not seen to end, and is no row.
            for stage, entered in ((code, c.entered[row]), (following, c.left[row])):
                if stage >= 0 and statuses[stage] == "open":
                    path.append(stage)
                    first.setdefault(stage, entered)
        if path:
            last = rows[-1]
            here = c.stage[last] if c.next[last] < 0 else -1
            yield Journey(range(rows[0], last + 1), tuple(path), first, here, status, since, ever_won)


@attrs.frozen
class StageOrder:
    """The open stages in order.

    Attributes:
        names: the stages, first to last.
        positions: by the code of a visited open stage, its place.
        foreign: the names of the visited open stages that have no place, by code.
    """

    names: tuple[str, ...]
    positions: Mapping[int, int]
    foreign: Mapping[int, str]


def stage_order(visits: StageVisits, process: Process | None, seen: Iterable[Journey]) -> StageOrder:
    """The open stages of the process; without one, those visited, by mean rank of first entry, then by name."""
    codes = {name: code for code, name in enumerate(visits.stages) if visits.statuses[code] == "open"}
    if process is not None:
        names = tuple(stage.name for stage in process.stages if stage.kind == "open")
    else:
        ranks: defaultdict[int, list[int]] = defaultdict(list)
        for journey in seen:
            for rank, code in enumerate(journey.first):
                ranks[code].append(rank)
        entered = sorted((sum(each) / len(each), visits.stages[code]) for code, each in ranks.items())
        names = tuple(name for _, name in entered)
    positions = {codes[name]: place for place, name in enumerate(names) if name in codes}
    return StageOrder(names, positions, {code: name for name, code in codes.items() if code not in positions})


@attrs.frozen
class Counted:
    """The deals that a result counts.

    Attributes:
        order: the open stages.
        journeys: the deals, each of which was in stages of the order alone.
        excluded: what the visits left out and what is left out here, by reason.
    """

    order: StageOrder
    journeys: tuple[Journey, ...]
    excluded: Counter[str]


def counted_deals(visits: StageVisits, process: Process | None) -> Counted:
    """The deals that were seen in open stages of the process; without one, in any open stage."""
    seen = list(journeys(visits))
    order = stage_order(visits, process, seen)
    excluded = Counter(visits.excluded)
    if unseen := visits.n - len(seen):
        excluded[UNSEEN] += unseen
    known: list[Journey] = []
    for journey in seen:
        foreign = next((order.foreign[code] for code in journey.path if code in order.foreign), None)
        if foreign is None:
            known.append(journey)
        else:
            excluded[f"deal in a stage that the process does not have, {foreign}"] += 1
    return Counted(order, tuple(known), excluded)
