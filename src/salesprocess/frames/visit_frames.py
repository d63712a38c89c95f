"""Every stay of a deal in a stage as one row of a dataframe: what `analytics.stage_visits` gives, on any engine."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

import attrs
import narwhals.stable.v2 as nw

from salesprocess.analytics.cohort import NOT_OPENED
from salesprocess.analytics.visits import StageVisits, VisitColumns
from salesprocess.analytics.visits import microseconds as since_1970
from salesprocess.errors import NoHistory, OutOfRange, UnknownField, UnknownStage, gather
from salesprocess.frames import columns as of
from salesprocess.frames.columns import Frame
from salesprocess.frozen import EMPTY, FrozenDict, tuple_of
from salesprocess.process import Process
from salesprocess.timing import instant

_FIELDS = ("deal", "stage", "at")
_SORTED = ("at", "order", "place")
"""The place settles ties of the order, so that every engine settles them alike."""
_KEPT = "kept "
"""Set before the names of what is kept, which may be called like anything here."""
_TAKEN = ("deal", "stage", "status", "step", "entered", "left", "next", "next_status", "held")

NO_DEAL, NO_STAGE, NO_TIME = "row without a deal", "row without a stage", "row without a time"
NO_ORDER = "row without its order"
UNKNOWN_STAGE = "row of a stage that nobody explained"
REPEATED = "row that says nothing new"


@attrs.frozen
class VisitFrame:
    """The observed visits of stages by a book of deals, in a dataframe of the engine that the log came from.

    Attributes:
        native: the visits, one row each, in no particular order; lazy when the log was lazy. Its columns: `deal`,
            `stage`, `status` (open, won or lost), `step` (which visit by this deal, from 1), `entered` and `left`
            (microseconds since 1970 in UTC; `left` is `as_of` while the deal is still there), `next` and `next_status`
            (null while it is still there), `held` (microseconds on hold: none, as a log of stages tells of none), and
            what was kept.
        as_of: where the open visits are censored, in UTC.
        kept: the columns of the log that the visits keep, as they were in the row that began the visit.
        notes: how many `rows` of the log are not in the visits, by `reason`, and how many are known; `excluded()` reads
            it.
    """

    native: Any = attrs.field(repr=False)
    as_of: datetime
    kept: tuple[str, ...]
    notes: Any = attrs.field(repr=False)

    definition = "one row per observed visit of a stage; a visit that has not ended is censored at as_of"

    def excluded(self, n: int | None = None) -> FrozenDict[str, int]:
        """How many rows (of deals not opened by `as_of`: how many deals) are in no visit, by reason; runs the query.

        Args:
            n: how many visits there are, if that is known already.
        """
        if n is None:
            n = int(of.collected(of.opened(self.native, "visits").select(nw.len()))["len"][0])
        notes = of.collected(of.opened(self.notes, "notes"))
        counts = dict(zip(notes["reason"].to_list(), map(int, notes["rows"].to_list()), strict=True))
        counts[REPEATED] = counts.pop("", 0) - n
        return FrozenDict({reason: counts[reason] for reason in sorted(counts) if counts[reason]})


def collect(visits: VisitFrame) -> StageVisits:
    """The visits in memory, for all that analytics make of them; runs the query.

    A visit takes forty bytes, and some hundred while it is read. The deals stand in the order of their ids. What is in
    no visit is counted as in `VisitFrame.excluded`.

    Raises:
        NoHistory: no deal was opened by `as_of`.

    >>> from datetime import UTC
    >>> import pyarrow
    >>> from salesprocess import Stage
    >>> solar = Process("solar", stages=[Stage("lead"), Stage.won("won"), Stage.lost("lost")])
    >>> monday = datetime(2026, 1, 5, tzinfo=UTC)
    >>> log = pyarrow.table({"deal": ["ACME-1"], "stage": ["lead"], "at": [monday]})
    >>> columns = {"deal": "deal", "stage": "stage", "at": "at"}
    >>> [visit.stage for visit in collect(stage_visits(log, process=solar, columns=columns, as_of=monday))]
    ['lead']
    """
    found = of.collected(of.opened(visits.native, "visits")).sort("deal", "step")
    names = tuple(found["deal"].unique(maintain_order=True).to_list())
    number_of = {name: number for number, name in enumerate(names)}
    deal = array("i", map(number_of.__getitem__, found["deal"].to_list()))
    if not names:
        raise NoHistory(f"no deal was opened by {visits.as_of.isoformat()}")
    stages = list(zip(found["stage"].to_list(), found["status"].to_list(), strict=True))
    following = list(zip(found["next"].to_list(), found["next_status"].to_list(), strict=True))
    codes = {stage: code for code, stage in enumerate(dict.fromkeys(stages))}
    stage = array("i", map(codes.__getitem__, stages))
    columns = VisitColumns(
        deal=deal,
        stage=stage,
        next=array("i", (codes.get(each, -1) for each in following)),
        number=array("i", _times(zip(deal, stage, strict=True))),
        **{name: array("q", found[name].to_list()) for name in ("entered", "left", "held")},
    )
    return StageVisits(
        visits.as_of,
        names,
        tuple(stage for stage, _ in codes),
        tuple(status for _, status in codes),
        columns,
        visits.excluded(len(found)),
    )


def _times(visits: Iterable[tuple[int, int]]) -> Iterator[int]:
    """Which visit of its stage by its deal each of them is, counted from 1."""
    seen: Counter[tuple[int, int]] = Counter()
    for visit in visits:
        seen[visit] += 1
        yield seen[visit]


def stage_visits(
    log: object,
    *,
    process: Process,
    columns: Mapping[str, str],
    stages: Mapping[str, str] = EMPTY,
    as_of: datetime,
    keep: Sequence[str] = (),
    utc: bool = False,
) -> VisitFrame:
    """The visits that a log of stage changes tells of, one row for each change, computed by the engine that holds it.

    The same visits as `analytics.stage_visits(ingest.stage_log(rows, ...).deals, as_of=as_of)`. The rows of a deal are
    sorted by their time, and rows of one time by `order`. A row that repeats an earlier one of the same time, or the
    stage the deal is in, begins no visit. Nothing is computed here if the frame is lazy.

    Args:
        log: a dataframe of pandas, Polars (eager or lazy), PyArrow, DuckDB, PySpark, or another engine that narwhals
            knows.
        process: gives the stages and their kinds.
        columns: the columns of `deal` (texts or whole numbers), `stage` (labels), `at` (instants) and `order` (what
            sorts rows of one deal and time; those alike in it stand as the process has their stages). Only a lazy
            frame, whose rows have no order of their own, must have `order`.
        stages: the stage that each label means; the name of a stage needs no entry.
        as_of: what was recorded later is not known here.
        keep: columns that the visits keep, such as the owner's: to count by them. Two rows of one time that differ
            there do not repeat each other.
        utc: instants without a time zone are in UTC.

    Raises:
        MissingColumn: a field has no column, a lazy frame no `order`, or a named column is not there; all are listed.
        UnknownField: `columns` names a field that there is not.
        UnknownStage: `stages` names a stage that the process does not have.
        OutOfRange: `keep` names a column as the visits name one of theirs, or an engine that reckons in the time zone
            of its session (DuckDB) has another one than UTC.
        WrongKind: `log` is no dataframe, or a column holds something else: `deal` texts or whole numbers, `stage`
            texts, `at` instants, whose time zone is known or said to be UTC.
        NaiveDatetime: `as_of` has no time zone.
        SeveralErrors: more than one of these.

    >>> from datetime import UTC
    >>> import pyarrow
    >>> from salesprocess import Stage
    >>> solar = Process("solar", stages=[Stage("lead"), Stage("offer"), Stage.won("won"), Stage.lost("lost")])
    >>> days = [datetime(2026, 1, day, tzinfo=UTC) for day in (5, 7, 8)]
    >>> log = pyarrow.table({"case": ["ACME-1"] * 3, "step": ["new", "offer", "won"], "at": days})
    >>> visits = stage_visits(
    ...     log,
    ...     process=solar,
    ...     columns={"deal": "case", "stage": "step", "at": "at"},
    ...     stages={"new": "lead"},
    ...     as_of=datetime(2026, 2, 1, tzinfo=UTC),
    ... )
    >>> visits.native.sort_by("step").select(["deal", "stage", "next"]).to_pylist()[0]
    {'deal': 'ACME-1', 'stage': 'lead', 'next': 'offer'}
    """
    frame, kept = of.in_known_zone(of.opened(log, "log"), columns.get("at", "")), tuple_of(keep, "keep")
    moment, codes, *_ = _checked(frame, process, columns, stages, as_of, kept, utc)
    rows = _rows(frame, columns, codes, kept)
    now = since_1970(moment)
    known = rows.filter((nw.col("why") == "") & (nw.col("at") <= now))
    visits = _visits(_changes(known, kept, len(process.stages)), process, kept, now)
    return VisitFrame(nw.to_native(visits), moment, kept, nw.to_native(_notes(rows, now)))


def _checked(
    frame: Frame,
    process: Process,
    columns: Mapping[str, str],
    stages: Mapping[str, str],
    as_of: datetime,
    kept: Sequence[str],
    utc: bool,
) -> list[Any]:
    """The moment and the code of each label, once every argument is right."""
    names = frame.collect_schema().names()
    needed = (*_FIELDS, "order") if isinstance(frame, nw.LazyFrame) else _FIELDS

    def known_fields() -> None:
        unknown = [field for field in columns if field not in (*_FIELDS, "order")]
        if unknown:
            raise UnknownField(unknown, (*_FIELDS, "order"))

    def own_names() -> None:
        taken = [column for column in kept if column in _TAKEN]
        if taken:
            raise OutOfRange("keep", taken, f"other names than {', '.join(_TAKEN)}; rename the columns first")

    def if_there(field: str, check: Callable[[Frame, str], None]) -> Callable[[], None]:
        return lambda: check(frame, columns[field]) if columns.get(field) in names else None

    checks: tuple[Callable[[], Any], ...] = (
        lambda: instant(as_of, "as_of"),
        lambda: _codes(process, stages),
        known_fields,
        own_names,
        lambda: of.all_found(frame, columns, needed, [column for column in kept if column not in _TAKEN]),
        if_there("deal", partial(of.all_texts, numbers=True)),
        if_there("stage", of.all_texts),
        if_there("at", partial(of.all_instants, utc=utc)),
    )
    return gather(*checks)


def _codes(process: Process, stages: Mapping[str, str]) -> dict[str, int]:
    """A number for each label, which modulo the number of stages is that of the stage it means."""
    places = {stage.name: place for place, stage in enumerate(process.stages)}
    unknown = [name for name in dict.fromkeys(stages.values()) if name not in places]
    if unknown:
        raise UnknownStage(unknown, places)
    meant = places | {label: places[name] for label, name in stages.items()}
    return {label: number * len(places) + place for number, (label, place) in enumerate(meant.items())}


def _rows(frame: Frame, columns: Mapping[str, str], codes: Mapping[str, int], kept: Sequence[str]) -> Frame:
    """The rows with the fields under their own names, and in `why` what is wrong with them; empty if nothing is."""
    order = columns.get("order", "row of the log")
    if "order" not in columns and isinstance(frame, nw.DataFrame):
        frame = frame.with_row_index(order)
    frame = frame.select(
        *(nw.col(column).alias(_KEPT + column) for column in kept),
        deal=of.text(columns["deal"]),
        label=of.text(columns["stage"]),
        at=of.microseconds(frame, columns["at"]),
        order=nw.col(order),
    )
    frame = frame.with_columns(code=of.choice("label", codes, -1))
    wrong = {
        NO_ORDER: nw.col("order").is_null(),
        NO_TIME: nw.col("at").is_null(),
        UNKNOWN_STAGE: nw.col("code") < 0,
        NO_STAGE: nw.col("label").is_null(),
        NO_DEAL: nw.col("deal").is_null(),
    }
    why: nw.Expr = nw.lit("")
    for reason, holds in wrong.items():
        why = nw.when(holds).then(nw.lit(reason)).otherwise(why)
    return frame.with_columns(why=why).drop("label")


def _changes(known: Frame, kept: Sequence[str], size: int) -> Frame:
    """The rows that begin a visit."""
    alike = ("deal", "at", "code", *(_KEPT + column for column in kept))
    rows = of.ordered(known.with_columns(place=nw.col("code") % size), "deal", *_SORTED)
    rows = of.without_repeats(rows, alike, "order")
    before = of.neighbour(rows, "place", -1, _SORTED, -1)
    return rows.with_columns(before=before).filter(nw.col("place") != nw.col("before"))


def _visits(changes: Frame, process: Process, kept: Sequence[str], now: int) -> Frame:
    names = {number: stage.name for number, stage in enumerate(process.stages)}
    statuses = {number: stage.status for number, stage in enumerate(process.stages)}
    visits = changes.with_columns(
        following=of.neighbour(changes, "place", 1, _SORTED, -1), left=of.neighbour(changes, "at", 1, _SORTED, now)
    )
    return of.numbered(visits, _SORTED, "step").select(
        "deal",
        *(nw.col(_KEPT + column).alias(column) for column in kept),
        nw.col("step").cast(nw.Int64),
        nw.col("left").cast(nw.Int64),
        stage=of.choice("place", names, ""),
        status=of.choice("place", statuses, ""),
        entered=nw.col("at").cast(nw.Int64),
        next=of.unless(of.choice("following", names, ""), ""),
        next_status=of.unless(of.choice("following", statuses, ""), ""),
        held=nw.lit(0),
    )


def _notes(rows: Frame, now: int) -> Frame:
    """How many rows are in no visit, by reason, and how many deals; how many are known has no reason."""
    good, at = rows.filter(nw.col("why") == ""), nw.col("at")
    later = good.group_by("deal").agg(at.min()).filter(at > now).with_columns(reason=nw.lit(NOT_OPENED))
    told = rows.filter((nw.col("why") != "") | (at <= now)).with_columns(reason=nw.col("why"))
    both = of.stacked([frame.with_columns(rows=nw.lit(1)).select("reason", "rows") for frame in (told, later)])
    return both.group_by("reason").agg(nw.col("rows").sum())
