"""Counts made by the engine that holds the visits: small, additive, and all that a fitted model needs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from math import log
from typing import Any

import narwhals.stable.v2 as nw

from salesprocess.analytics.risk import CENSORED, LOST, WON, Entry, Exit, RiskCounts, growing
from salesprocess.analytics.visits import microseconds as since_1970
from salesprocess.analytics.visits import whole_microseconds
from salesprocess.errors import UnknownField, gather
from salesprocess.frames import columns as of
from salesprocess.frames.columns import Frame
from salesprocess.frames.visit_frames import VisitFrame
from salesprocess.timing import instant

_WHOLE = -1
"""Instead of the age when observation began, of a visit that was observed from its beginning."""
_CELL = ("stage", "age", "entry", "next", "next_status", "segment")


def risk_counts(
    visits: VisitFrame,
    *,
    unit: timedelta = timedelta(days=1),
    segment: str | None = None,
    since: datetime | None = None,
    half_life: timedelta | None = None,
) -> RiskCounts:
    """The same as `analytics.risk_counts`, counted by the engine: all that is collected is the table of counts.

    Args:
        visits: the visits of the log.
        unit: ages are counted in whole units.
        segment: a column that the visits keep, such as the owner's; where it is empty the segment is "".
        since: only what happened from then on counts; visits that had begun before are observed from their age then.
        half_life: time so long before `as_of` counts half. Engines add fractions in an order of their own: the
            weights are then equal but for the last digits.

    Returns:
        The counts; in `excluded` are the rows of the log that are in no visit, by reason.

    Raises:
        OutOfRange: a unit or a half-life that is not positive.
        UnknownField: `segment` is no column that the visits keep.
        NaiveDatetime: `since` has no time zone.
        SeveralErrors: more than one of these.

    >>> from datetime import UTC
    >>> import pyarrow
    >>> from salesprocess import Process, Stage
    >>> from salesprocess.frames import stage_visits
    >>> solar = Process("solar", stages=[Stage("lead"), Stage("offer"), Stage.won("won"), Stage.lost("lost")])
    >>> monday = datetime(2026, 1, 5, tzinfo=UTC)
    >>> days = [monday, monday + timedelta(days=2)]
    >>> log = pyarrow.table({"case": ["ACME-1", "ACME-1"], "step": ["lead", "offer"], "at": days})
    >>> columns = {"deal": "case", "stage": "step", "at": "at"}
    >>> visits = stage_visits(log, process=solar, columns=columns, as_of=monday + timedelta(days=7))
    >>> for row in risk_counts(visits).rows:
    ...     print(row.stage, row.age, row.outcome, row.count)
    lead 2 offer 1.0
    offer 5 censored 1.0
    """
    length, fade, start, _ = _checked(visits, unit, segment, since, half_life)
    step = 1.0 if fade is None else 0.5 ** (length / fade)
    exits: defaultdict[Exit, float] = defaultdict(float)
    entries: defaultdict[Entry, float] = defaultdict(float)
    for stage, age, entry, following, status, group, weight in _cells(visits, length, segment, start, fade):
        outcome = {"": CENSORED, "won": WON, "lost": LOST}.get(status, following)
        exits[stage, age, outcome, group] += weight
        if entry != _WHOLE:
            entries[stage, entry, group] += weight * step ** (age - entry)
    if fade is not None:
        entries = growing(exits, entries, step)
    return RiskCounts(unit, visits.as_of, exits, entries, excluded=visits.excluded())


def _checked(
    visits: VisitFrame, unit: timedelta, segment: str | None, since: datetime | None, half_life: timedelta | None
) -> list[Any]:
    """The unit, the half-life and the beginning in microseconds, once every argument is right."""

    def kept() -> None:
        if segment is not None and segment not in visits.kept:
            raise UnknownField([segment], visits.kept)

    return gather(
        lambda: whole_microseconds(unit),
        lambda: None if half_life is None else whole_microseconds(half_life),
        lambda: None if since is None else since_1970(instant(since, "since")),
        kept,
    )


def _cells(
    visits: VisitFrame, unit: int, segment: str | None, start: int | None, fade: int | None
) -> Iterator[tuple[str, int, int, str, str, str, float]]:
    """Each cell of the counts: stage, age, entry, next stage and its status, segment, and how much is in it."""
    frame: Frame = of.opened(visits.native, "visits").filter(nw.col("status") == "open")
    group = nw.lit("") if segment is None else of.text(segment).fill_null("")
    frame = frame.with_columns(
        nw.col("next", "next_status").fill_null(""),
        age=(nw.col("left") - nw.col("entered") - nw.col("held")) // unit,
        entry=nw.lit(_WHOLE),
        segment=group,
        weight=nw.lit(1.0),
    )
    if start is not None:
        frame = _seen_from(frame, start, unit)
    if fade is not None:
        ago = since_1970(visits.as_of) - nw.col("left")
        frame = frame.with_columns(weight=(ago * (-log(2) / fade)).exp())
    counted = of.collected(frame.group_by(*_CELL).agg(nw.col("weight").sum()))
    for stage, age, entry, following, status, named, weight in counted.select(*_CELL, "weight").iter_rows():
        yield stage, int(age), int(entry), following, status, named, float(weight)


def _seen_from(frame: Frame, start: int, unit: int) -> Frame:
    """The visits that went on at `start`, in microseconds, or began later, with the age from which they were seen."""
    before = nw.col("entered") < start
    gone = (start - nw.col("entered") - nw.col("held")) // unit
    seen = frame.with_columns(entry=nw.when(before).then(gone).otherwise(_WHOLE))
    return seen.filter(~before | ((nw.col("left") >= start) & (nw.col("entry") < nw.col("age"))))
