"""How many visits of each stage ended at each age, and how: small additive counts that a fitted model is made of."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import repeat
from operator import add, mul, sub
from typing import Any

import attrs

from salesprocess.analytics import reports, results
from salesprocess.analytics.reports import Grid, Report
from salesprocess.analytics.visits import StageVisits, microseconds, need_visits, whole_microseconds
from salesprocess.errors import OutOfRange, WrongKind
from salesprocess.frozen import EMPTY, FrozenDict
from salesprocess.timing import instant

WON, LOST, CENSORED = "won", "lost", "censored"
"""How a visit ends, besides with the name of the next open stage; a visit that goes on is censored."""
ENTERED = "entered"
"""In rows, what stands for the entries: visits that were observed from an age on only."""

Exit = tuple[str, int, str, str]
"""Stage, age in whole units, outcome, segment."""
Entry = tuple[str, int, str]
"""Stage, age in whole units, segment."""


def _exits(values: Mapping[Exit, float]) -> FrozenDict[Exit, float]:
    return FrozenDict(values)


def _entries(values: Mapping[Entry, float]) -> FrozenDict[Entry, float]:
    return FrozenDict(values)


@attrs.frozen
class RiskRow:
    """One count: so many visits of a stage ended at an age with an outcome."""

    stage: str
    age: int
    outcome: str
    segment: str
    count: float


@attrs.frozen
class RiskCounts:
    """Exits by stage, age, outcome and segment, and entries where observation began late; prints as a table.

    Counts add up: those of two books are the sum of both, in any order, and need no more memory for more deals.

    Args:
        unit: ages are counted in whole units; a visit of 36 hours has the age of one day.
        as_of: where the visits that go on are censored; of a sum, the later one.
        exits: how many visits ended so. Fractions are weights.
        entries: how many visits were observed from an age on only: they are at risk from the next age. All others are
            at risk from the beginning, so that an exit at age 0 counts. Where time weighs the more the later it is,
            what a visit gains in weight from one age to the next is an entry too.
        excluded: what was not counted, by reason.

    Raises:
        OutOfRange: a unit that is not positive.
    """

    unit: timedelta
    as_of: datetime
    exits: FrozenDict[Exit, float] = attrs.field(converter=_exits, repr=lambda exits: f"<{len(exits)} counts>")
    entries: FrozenDict[Entry, float] = attrs.field(factory=FrozenDict[Entry, float], converter=_entries, repr=False)
    excluded: FrozenDict[str, int] = attrs.field(default=EMPTY, kw_only=True)

    definition = (
        "visits of open stages by age at their end, in whole units of time not on hold, and by what they ended with: "
        "the next open stage, won, lost, or censored at as_of"
    )
    cohort = "observed visits of open stages"

    def __attrs_post_init__(self) -> None:
        whole_microseconds(self.unit)

    @property
    def n(self) -> int:
        """How many visits were counted, by weight, rounded."""
        return round(sum(self.exits.values()))

    @property
    def stages(self) -> tuple[str, ...]:
        """The stages that were visited, by name."""
        return tuple(sorted({stage for stage, *_ in self.exits}))

    @property
    def rows(self) -> tuple[RiskRow, ...]:
        """The counts in order."""
        return tuple(RiskRow(*key, count) for key, count in sorted(self.exits.items()))

    def __add__(self, other: RiskCounts) -> RiskCounts:
        """The counts of both books together.

        Raises:
            OutOfRange: the other counts ages in another unit.
        """
        if self.unit != other.unit:
            raise OutOfRange("unit", other.unit, f"the same for both, {self.unit}")
        return RiskCounts(
            self.unit,
            max(self.as_of, other.as_of),
            _sum(self.exits, other.exits),
            _sum(self.entries, other.entries),
            excluded=_sum(self.excluded, other.excluded),
        )

    def scaled(self, weight: float) -> RiskCounts:
        """The same counts with another weight: what an older book still tells.

        Raises:
            OutOfRange: the weight is not above zero.
        """
        if not weight > 0:
            raise OutOfRange("weight", weight, "above zero")
        return attrs.evolve(
            self,
            exits={key: weight * count for key, count in self.exits.items()},
            entries={key: weight * count for key, count in self.entries.items()},
        )

    def of_segment(self, segment: str) -> RiskCounts:
        """The counts of one segment alone."""
        return attrs.evolve(
            self,
            exits={key: count for key, count in self.exits.items() if key[3] == segment},
            entries={key: count for key, count in self.entries.items() if key[2] == segment},
        )

    def pooled(self) -> RiskCounts:
        """The counts of all segments together."""
        exits: defaultdict[Exit, float] = defaultdict(float)
        entries: defaultdict[Entry, float] = defaultdict(float)
        for (stage, age, outcome, _), count in self.exits.items():
            exits[stage, age, outcome, ""] += count
        for (stage, age, _), count in self.entries.items():
            entries[stage, age, ""] += count
        return attrs.evolve(self, exits=exits, entries=entries)

    def to_rows(self) -> list[dict[str, Any]]:
        """The counts as plain dicts, from which `from_rows` makes them again; entries have the outcome "entered"."""
        entered = [
            RiskRow(stage, age, ENTERED, group, count) for (stage, age, group), count in sorted(self.entries.items())
        ]
        return results.plain_rows([*self.rows, *entered])

    @classmethod
    def from_rows(cls, rows: Iterable[Mapping[str, Any]], *, unit: timedelta, as_of: datetime) -> RiskCounts:
        """Counts from rows such as a store or a dataframe holds; those of one cell are summed.

        Args:
            rows: each with `stage`, `age`, `outcome`, `count` and, if there are any, `segment`.
            unit: what one unit of age is.
            as_of: where the visits that go on were censored.

        Raises:
            WrongKind: a row lacks a column, or an age is no whole number.
            OutOfRange: a negative age or count.
            NaiveDatetime: `as_of` has no time zone.

        >>> from datetime import UTC
        >>> rows = [{"stage": "lead", "age": 2, "outcome": "won", "count": 3}]
        >>> RiskCounts.from_rows(rows, unit=timedelta(days=1), as_of=datetime(2026, 1, 5, tzinfo=UTC)).n
        3
        """
        exits: defaultdict[Exit, float] = defaultdict(float)
        entries: defaultdict[Entry, float] = defaultdict(float)
        for number, row in enumerate(rows, 1):
            missing = [name for name in ("stage", "age", "outcome", "count") if name not in row]
            if missing or row["age"] != int(row["age"]):
                raise WrongKind(f"row {number}", row, "a mapping of stage, age (a whole number), outcome and count")
            stage, age, outcome, count = str(row["stage"]), int(row["age"]), str(row["outcome"]), float(row["count"])
            if age < 0 or not count >= 0:
                raise OutOfRange(f"row {number}", (age, count), "an age and a count of zero or more")
            group = str(row.get("segment") or "")
            if outcome == ENTERED:
                entries[stage, age, group] += count
            else:
                exits[stage, age, outcome, group] += count
        return cls(unit, instant(as_of, "as_of"), exits, entries)

    def report(self) -> Report:
        """What is shown: how many visits of each stage ended in which way, whatever their age."""
        totals: defaultdict[tuple[str, str], float] = defaultdict(float)
        for (stage, _, outcome, _), count in self.exits.items():
            totals[stage, outcome] += count
        lines = [[stage, outcome, results.number(round(count))] for (stage, outcome), count in sorted(totals.items())]
        return reports.described(self, "Risk counts", Grid(["stage", "ends with", "visits"], lines, words=2))

    __str__ = reports.text
    _repr_html_ = reports.html


def _sum(one: Mapping[Any, Any], other: Mapping[Any, Any]) -> FrozenDict[Any, Any]:
    return FrozenDict({key: one.get(key, 0) + other.get(key, 0) for key in {**one, **other}})


def risk_counts(
    visits: StageVisits,
    *,
    unit: timedelta = timedelta(days=1),
    segment: Mapping[str, str] | Sequence[str] | None = None,
    since: datetime | None = None,
    half_life: timedelta | None = None,
) -> RiskCounts:
    """Count the visits of open stages by age, outcome and segment.

    It is one group-and-sum, over columns that any engine can form from `left − entered − held` and `next`. What a
    half-life does to it is a sum as well: a visit that was at risk at an age weighs then as much as that day does.

    Args:
        visits: the visits of the book.
        unit: ages are counted in whole units.
        segment: the segment of each deal by its id, such as its source, or of each visit in the order of the rows,
            such as its owner then; those of other deals are in the segment "".
        since: only what happened from then on counts; visits that had begun before are observed from their age then
            (left truncation).
        half_life: time so long before `as_of` counts half: what happened then, and also that nothing happened.

    Raises:
        WrongKind: `visits` is something else, such as the deals.
        OutOfRange: a unit or a half-life that is not positive, or not one segment for each visit.
        NaiveDatetime: `since` has no time zone.

    >>> from datetime import UTC
    >>> from salesprocess import Process, Stage
    >>> from salesprocess.analytics import stage_visits
    >>> solar = Process("solar", stages=[Stage("lead"), Stage("offer"), Stage.won("won"), Stage.lost("lost")])
    >>> monday = datetime(2026, 1, 5, tzinfo=UTC)
    >>> deal = solar.advance(solar.open("ACME-1", at=monday), at=monday + timedelta(days=2))
    >>> for row in risk_counts(stage_visits([deal], as_of=monday + timedelta(days=7))).rows:
    ...     print(row.stage, row.age, row.outcome, row.count)
    lead 2 offer 1.0
    offer 5 censored 1.0
    """
    need_visits(visits)
    length = whole_microseconds(unit)
    if segment is None and since is None and half_life is None:
        return RiskCounts(unit, visits.as_of, _counted(visits, length), excluded=visits.excluded)
    exits: defaultdict[Exit, float] = defaultdict(float)
    entries: defaultdict[Entry, float] = defaultdict(float)
    fade = None if half_life is None else whole_microseconds(half_life)
    step = 1.0 if fade is None else 0.5 ** (length / fade)
    groups = _groups(visits, segment)
    for stage, age, entry, outcome, row, ago in _observed(visits, length, since):
        group = "" if groups is None else groups[row]
        weight = 1.0 if fade is None else 0.5 ** (ago / fade)
        exits[stage, age, outcome, group] += weight
        if entry is not None:
            entries[stage, entry, group] += weight * step ** (age - entry)
    if fade is not None:
        entries = growing(exits, entries, step)
    return RiskCounts(unit, visits.as_of, exits, entries, excluded=visits.excluded)


def _outcomes(visits: StageVisits) -> list[str]:
    """What leaving for a stage means, by its code; the last one is that of a visit that goes on, whose code is -1."""
    closed = {"won": WON, "lost": LOST}
    return [*(closed.get(status, name) for name, status in zip(visits.stages, visits.statuses, strict=True)), CENSORED]


def _counted(visits: StageVisits, unit: int) -> dict[Exit, float]:
    """Every visit in full: stage, outcome and age packed in one number, since a million numbers are soon counted."""
    c, width, ends = visits.columns, len(visits.stages) + 1, _outcomes(visits)
    stays: Iterator[int] = map(sub, c.left, c.entered)
    if any(c.held):
        stays = map(sub, stays, c.held)
    ends_at: Iterator[int] = map(add, map(mul, map(int.__floordiv__, stays, repeat(unit)), repeat(width)), c.next)
    packed: Counter[int] = Counter(map(add, map(mul, ends_at, repeat(width)), c.stage))
    exits: dict[Exit, float] = {}
    for number, count in packed.items():
        rest, code = divmod(number, width)
        # The outcome -1 stands as the largest one of the age below.
        age, following = divmod(rest + 1, width)
        if visits.statuses[code] == "open":
            key = (visits.stages[code], age, ends[following - 1], "")
            exits[key] = exits.get(key, 0.0) + count
    return exits


def _groups(visits: StageVisits, segment: Mapping[str, str] | Sequence[str] | None) -> Sequence[str] | None:
    """The segment of each visit."""
    if segment is None:
        return None
    if isinstance(segment, Mapping):
        of_deal = [segment.get(deal, "") for deal in visits.deals]
        return [of_deal[deal] for deal in visits.columns.deal]
    if len(segment) != len(visits):
        raise OutOfRange("segment", f"{len(segment)} segments", f"one for each of {len(visits)} visits")
    return segment


def growing(exits: Mapping[Exit, float], begun: Mapping[Entry, float], step: float) -> defaultdict[Entry, float]:
    """The entries when a visit weighs `step` times as much at each age as at the next one.

    At risk at u is what ends at u, and of what is at risk at u + 1 its weight one unit before, but for what began to be
    observed in between: Y(u) = X(u) + step · Y(u + 1) − L(u). What is at risk at u + 1 beyond those left over from u
    has entered.
    """
    ended: defaultdict[tuple[str, str], defaultdict[int, float]] = defaultdict(lambda: defaultdict(float))
    for (stage, age, _, group), weight in exits.items():
        ended[stage, group][age] += weight
    entries: defaultdict[Entry, float] = defaultdict(float)
    for (stage, group), of_age in ended.items():
        above = 0.0
        for age in range(max(of_age), -1, -1):
            here = max(0.0, of_age.get(age, 0.0) + step * above - begun.get((stage, age, group), 0.0))
            gained = above - here + of_age.get(age, 0.0)
            if gained > 0:
                entries[stage, age, group] = gained
            above = here
    return entries


def _observed(
    visits: StageVisits, unit: int, since: datetime | None
) -> Iterator[tuple[str, int, int | None, str, int, int]]:
    """Each visit of an open stage: stage, age at its end, age when observation began, outcome, row, how long ago."""
    c, names, statuses = visits.columns, visits.stages, visits.statuses
    ends = _outcomes(visits)
    now, start = microseconds(visits.as_of), None if since is None else microseconds(instant(since, "since"))
    for row, (code, entered, left, following, held) in enumerate(
        zip(c.stage, c.entered, c.left, c.next, c.held, strict=True)
    ):
        if statuses[code] != "open":
            continue
        age, entry = (left - entered - held) // unit, None
        if start is not None and entered < start:
            # Time on hold is not dated within a visit; taken as after the window began, the age then is at its least.
            entry = max(0, start - entered - held) // unit
            if left < start or entry >= age:
                continue
        yield names[code], age, entry, ends[following], row, now - left
