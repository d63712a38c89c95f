"""Counts made by the engine that holds the visits: small, additive, and all that a fitted model needs."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from math import log
from typing import Any

import narwhals.stable.v2 as nw

from salesprocess.analytics.risk import CENSORED, LOST, WON, Entry, Exit, RiskCounts, growing
from salesprocess.analytics.visits import microseconds as since_1970
from salesprocess.analytics.visits import whole_microseconds
from salesprocess.errors import UnknownField, gather
from salesprocess.frames import columns as of
from salesprocess.frames.visit_frames import VisitFrame
from salesprocess.timing import instant

_NONE = -1
"""Instead of the age of a visit that does not count, or of the age when observation began if it was all observed."""
_ENDS = {"": CENSORED, "won": WON, "lost": LOST}
"""What a visit ends with by the status of the next stage; it is the next stage where that is open."""
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
    cells, n = _cells(visits, length, segment, start, fade)
    for (stage, age, entry, following, status, group), weight in cells:
        outcome = str(_ENDS.get(status, following))
        exits[stage, age, outcome, group] += weight
        if entry != _NONE:
            entries[stage, entry, group] += weight * step ** (age - entry)
    if fade is not None:
        entries = growing(exits, entries, step)
    return RiskCounts(unit, visits.as_of, exits, entries, excluded=visits.excluded(n))


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
) -> tuple[list[tuple[tuple[Any, ...], float]], int]:
    """What is in each cell of the counts, and how many visits there are with those that are not counted."""
    frame = of.opened(visits.native, "visits")
    frame = frame.with_columns(
        nw.col("next", "next_status").fill_null(""),
        age=(nw.col("left") - nw.col("entered") - nw.col("held")) // unit,
        entry=nw.lit(_NONE),
        counts=nw.col("status") == "open",
        segment=nw.lit("") if segment is None else of.text(segment).fill_null(""),
        weight=nw.lit(1.0),
    )
    if start is not None:
        before = nw.col("entered") < start
        gone = (start - nw.col("entered") - nw.col("held")) // unit
        seen = ~before | ((nw.col("left") >= start) & (gone < nw.col("age")))
        frame = frame.with_columns(entry=nw.when(before).then(gone).otherwise(_NONE), counts=nw.col("counts") & seen)
    if fade is not None:
        ago = since_1970(visits.as_of) - nw.col("left")
        frame = frame.with_columns(weight=(ago * (-log(2) / fade)).exp())
    # What is not counted has one cell where it leaves for the same stage.
    age, entry = (nw.when(nw.col("counts")).then(nw.col(name)).otherwise(_NONE) for name in ("age", "entry"))
    frame = frame.with_columns(age=age, entry=entry)
    counted = of.collected(frame.group_by(*_CELL).agg(nw.col("weight").sum(), rows=nw.len()))
    cells = [
        ((stage, int(age), int(entry), *following), float(weight))
        for stage, age, entry, *following, weight in counted.select(*_CELL, "weight").iter_rows()
        if age >= 0
    ]
    return cells, int(counted["rows"].sum())
