"""Every stay of a deal in a stage as one row: what all other numbers are counted from."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

import attrs

from salesprocess.analytics import reports, results
from salesprocess.analytics.cohort import NOT_OPENED, VOID, each_once, only_deals, void_reasons
from salesprocess.analytics.reports import Grid, Report
from salesprocess.deal import Deal
from salesprocess.errors import NoHistory, OutOfRange, WrongKind
from salesprocess.events import Entered, Held, Migrated, Opened, Resumed, StageStatus
from salesprocess.frozen import EMPTY, FrozenDict
from salesprocess.process import Process
from salesprocess.timing import instant

BEGAN_UNOBSERVED = "visit began unobserved"
"""An import knows that the deal was in the stage, not since when."""

LEFT_UNOBSERVED = "visit left unobserved"
"""The record does not know when the deal left the stage, only that it had done so by its next move."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def microseconds(moment: datetime) -> int:
    """Whole microseconds since 1970 in UTC, exactly.

    >>> microseconds(datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC))
    1000000
    """
    return (moment - _EPOCH) // _MICROSECOND


def whole_microseconds(unit: timedelta) -> int:
    """The length of a unit of time.

    Raises:
        OutOfRange: it is not positive.

    >>> whole_microseconds(timedelta(days=1))
    86400000000
    """
    if unit <= timedelta(0):
        raise OutOfRange("unit", unit, "positive")
    return unit // _MICROSECOND


@attrs.frozen
class Visit:
    """One stay of one deal in one stage.

    Attributes:
        deal: the id of the deal.
        stage: the name of the stage.
        status: what the deal was meanwhile.
        number: which visit of this stage by this deal it is, counted from 1.
        entered: when it began.
        left: when it ended; None while the deal is still there.
        next: the stage it left for; None while it is still there.
        held: the time on hold.
        time: the time in the stage until `left` or `as_of`, without the time on hold.
    """

    deal: str
    stage: str
    status: StageStatus
    number: int
    entered: datetime
    left: datetime | None
    next: str | None
    held: timedelta
    time: timedelta


Column: TypeAlias = "array[int]"


def _integers() -> Column:
    return array("q")


def _codes() -> Column:
    return array("i")


@attrs.frozen
class VisitColumns:
    """The visits as parallel columns of integers, to be read and never written; a deal's rows are together, in order.

    Attributes:
        deal: index into `StageVisits.deals`.
        stage: index into `StageVisits.stages` and `StageVisits.statuses`.
        entered, left: microseconds since 1970 in UTC; `left` is `as_of` while the deal is still there.
        next: the code of the next stage; -1 while the deal is still there.
        held: microseconds on hold in the visit.
        number: which visit of this stage by this deal it is, counted from 1.
    """

    deal: Column = attrs.field(factory=_codes)
    stage: Column = attrs.field(factory=_codes)
    entered: Column = attrs.field(factory=_integers)
    left: Column = attrs.field(factory=_integers)
    next: Column = attrs.field(factory=_codes)
    held: Column = attrs.field(factory=_integers)
    number: Column = attrs.field(factory=_codes)


@attrs.frozen
class StageVisits:
    """The observed visits of stages by a book of deals, as the record stood at `as_of`.

    Iterating gives a `Visit` a row; `len()` counts the rows.

    Attributes:
        as_of: where the open visits are censored.
        deals: the ids of the deals that were open or closed at `as_of`, in the order given.
        stages: the names of the stages, by code.
        statuses: what a deal is in them, by code. Two rulebooks may use one name differently: that gives two codes.
        columns: the visits.
        excluded: what is not in the columns, by reason: deals, or visits whose beginning or end nobody saw.
    """

    as_of: datetime
    deals: tuple[str, ...]
    stages: tuple[str, ...]
    statuses: tuple[StageStatus, ...]
    columns: VisitColumns
    excluded: FrozenDict[str, int]

    definition = "one row per observed visit of a stage; a visit that has not ended is censored at as_of"

    @property
    def n(self) -> int:
        """How many deals the record held at `as_of`."""
        return len(self.deals)

    @property
    def cohort(self) -> str:
        """Which deals these are."""
        return "deals opened by as_of"

    def __len__(self) -> int:
        return len(self.columns.stage)

    def __iter__(self) -> Iterator[Visit]:
        return map(self._visit, range(len(self)))

    def _visit(self, row: int) -> Visit:
        c = self.columns
        code, entered, left, following, held = c.stage[row], c.entered[row], c.left[row], c.next[row], c.held[row]
        gone = following >= 0
        return Visit(
            self.deals[c.deal[row]],
            self.stages[code],
            self.statuses[code],
            c.number[row],
            _EPOCH + timedelta(microseconds=entered),
            _EPOCH + timedelta(microseconds=left) if gone else None,
            self.stages[following] if gone else None,
            timedelta(microseconds=held),
            timedelta(microseconds=left - entered - held),
        )

    def to_rows(self) -> list[dict[str, Any]]:
        """The visits as plain dicts."""
        return results.plain_rows(self)

    def report(self) -> Report:
        """What is shown: the visits by stage, not one by one."""
        c = self.columns
        visits = Counter(c.stage)
        here = Counter(stage for stage, following in zip(c.stage, c.next, strict=True) if following < 0)
        rows = (
            (name, self.statuses[code], results.number(visits[code]), results.number(here[code]))
            for code, name in enumerate(self.stages)
        )
        return reports.described(
            self, "Stage visits", Grid(["stage", "status", "visits", "still there"], rows, words=2)
        )

    __str__ = reports.text
    _repr_html_ = reports.html


def need_visits(visits: object, *others: type) -> None:
    """Refuse what is neither a table of visits nor one of the other kinds.

    Raises:
        WrongKind: the deals themselves, for instance.

    >>> need_visits([])
    Traceback (most recent call last):
    salesprocess.errors.WrongKind: visits wants ...
    """
    if not isinstance(visits, (StageVisits, *others)):
        kinds = " or ".join(kind.__name__ for kind in (StageVisits, *others))
        raise WrongKind("visits", visits, f"{kinds}; stage_visits(deals, as_of=...) makes them of deals")


def stage_visits(
    deals: Iterable[Deal], *, as_of: datetime, process: Process | None = None, void: Collection[str] = ()
) -> StageVisits:
    """Every visit of a stage, counted in one pass from the histories as they stood at `as_of`, inclusive.

    A visit that is still going on is right-censored at `as_of`. A migration renames the stage of the present visit,
    whose age goes on. Time on hold is told apart. Left out and counted: deals not opened yet, deals lost for a reason
    that says nothing about selling, a first visit that an import did not see begin, and a visit that the deal left
    unseen (the next move names another source, or none).

    Args:
        deals: any iterable, read once; each deal at most once.
        as_of: what was recorded later is not known here.
        process: deals lost for its reasons with `counts=False`, such as a duplicate, are left out.
        void: more reasons that do not count.

    Raises:
        NaiveDatetime: `as_of` has no time zone.
        DuplicateDeal: ids that come more than once.
        NoHistory: no deal was opened by `as_of`, or none that counts.

    >>> from salesprocess.process import Process
    >>> from salesprocess.stages import Stage
    >>> solar = Process("solar", stages=[Stage("lead"), Stage("offer"), Stage.won("won"), Stage.lost("lost")])
    >>> monday = datetime(2026, 1, 5, tzinfo=UTC)
    >>> deal = solar.advance(solar.open("ACME-1", at=monday), at=monday + timedelta(days=2))
    >>> for visit in stage_visits([deal], as_of=monday + timedelta(days=7)):
    ...     print(visit.stage, visit.time.days, visit.next)
    lead 2 offer
    offer 5 None
    """
    as_of = instant(as_of, "as_of")
    codes: dict[tuple[str, StageStatus], int] = {}
    columns = VisitColumns()
    add_deal, add_stage, add_entered, add_left, add_next, add_held, add_number = (
        getattr(columns, field.name).append for field in attrs.fields(VisitColumns)
    )
    following = columns.next
    ids: list[str] = []
    later: list[str] = []
    voided: list[str] = []
    reasons = void_reasons(process, void)
    unobserved: Counter[str] = Counter()
    for deal in only_deals(deals):
        if deal.history[0].at > as_of:
            later.append(deal.id)
            continue
        if reasons and _lost_for(deal, as_of) in reasons:
            voided.append(deal.id)
            continue
        numbers: dict[int, int] = {}
        previous = -1
        for stage, status, entered, left, held, here, problem in _visits(deal, as_of):
            code = codes.setdefault((stage, status), len(codes))
            number = numbers[code] = numbers.get(code, 0) + 1
            if previous >= 0:
                following[previous] = code
            if problem:
                unobserved[problem] += 1
                previous = -1
                continue
            previous = -1 if here else len(following)
            add_deal(len(ids))
            add_stage(code)
            add_entered(entered)
            add_left(left)
            add_next(-1)
            add_held(held)
            add_number(number)
        ids.append(deal.id)
    each_once([*ids, *later, *voided])
    if not ids:
        told = f"no deal was opened by {as_of.isoformat()}"
        if voided:
            told += f", but {len(voided)} that were lost for a reason that does not count"
        raise NoHistory(f"{told}; {len(later)} were opened later")
    left_out = {NOT_OPENED: len(later), VOID: len(voided), **dict(sorted(unobserved.items()))}
    counted = {reason: count for reason, count in left_out.items() if count}
    return StageVisits(
        as_of,
        tuple(ids),
        tuple(stage for stage, _ in codes),
        tuple(status for _, status in codes),
        columns,
        FrozenDict(counted),
    )


def path_visits(
    paths: Mapping[str, Sequence[tuple[str, int]]], statuses: Mapping[str, StageStatus], *, as_of: datetime
) -> StageVisits:
    """The visits of cases of which only the stages and their times are known, all observed from their beginning.

    Args:
        paths: by the id of the case, the stages that it entered, with the microseconds since 1970 at which it did;
            ascending, no stage twice in a row, none after `as_of`.
        statuses: what a case is in each stage.
        as_of: where the last visit of each case is censored.

    >>> monday = datetime(2026, 1, 5, tzinfo=UTC)
    >>> path = [("lead", microseconds(monday)), ("won", microseconds(monday + timedelta(days=2)))]
    >>> len(path_visits({"A-1": path}, {"lead": "open", "won": "won"}, as_of=monday + timedelta(days=7)))
    2
    """
    codes = {stage: code for code, stage in enumerate(statuses)}
    columns, now = VisitColumns(), microseconds(as_of)
    for deal, path in enumerate(paths.values()):
        stages, times = [codes[stage] for stage, _ in path], [at for _, at in path]
        columns.deal.extend([deal] * len(path))
        columns.stage.extend(stages)
        columns.entered.extend(times)
        columns.left.extend([*times[1:], now])
        columns.next.extend([*stages[1:], -1])
        columns.number.extend(stages[: place + 1].count(stage) for place, stage in enumerate(stages))
    columns.held.extend([0] * len(columns.deal))
    return StageVisits(as_of, tuple(paths), tuple(statuses), tuple(statuses.values()), columns, EMPTY)


def _lost_for(deal: Deal, as_of: datetime) -> str | None:
    """The reason for which a deal was lost as the record stood; None when it was not, or none was given."""
    then = deal.as_of(as_of)
    outcome = None if then is None else then.outcome
    return outcome.reason if outcome is not None and outcome.status == "lost" else None


def _visits(deal: Deal, as_of: datetime) -> Iterator[tuple[str, StageStatus, int, int, int, bool, str]]:
    """Each visit of a deal: stage, status, entered, left, time on hold, whether it goes on, and why it is no row."""
    history = iter(deal.history)
    first: Any = next(history)
    opened: Opened = first
    stage, status = opened.stage, opened.status
    entered = microseconds(opened.at)
    held, since = 0, -1
    problem = "" if opened.observed else BEGAN_UNOBSERVED
    for event in history:
        if event.at > as_of:
            break
        if type(event) is Entered:
            at = microseconds(event.at)
            if since >= 0:
                held += at - since
            if not problem and event.source != stage:
                problem = LEFT_UNOBSERVED
            yield stage, status, entered, at, held, False, problem
            stage, status, entered, held, since, problem = event.destination, event.status, at, 0, -1, ""
        elif type(event) is Held:
            since = microseconds(event.at) if since < 0 else since
        elif type(event) is Resumed and since >= 0:
            held += microseconds(event.at) - since
            since = -1
        elif type(event) is Migrated:
            stage = event.stage
    now = microseconds(as_of)
    if since >= 0:
        held += now - since
    yield stage, status, entered, now, held, True, problem
