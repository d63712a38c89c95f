"""Deals from a log of stage changes: one row for each change, as audit trails and history tables have them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import tzinfo
from itertools import islice
from operator import itemgetter
from typing import Any, TypeVar

from salesprocess.deal import Deal, replay
from salesprocess.events import Event
from salesprocess.frozen import EMPTY, FrozenDict
from salesprocess.ingest import collector, imported
from salesprocess.ingest.log import Log, Merge, Problem
from salesprocess.ingest.sheet import Row, Said, Sheet
from salesprocess.process import Process

_REQUIRED = ("deal", "stage", "at")
_OPTIONAL = ("amount", "owner", "expected_close", "by", "reason")

_Entry = tuple[Any, ...]
"""What one row tells: its time, its place, its values as `Sheet.values` reads them, and its number."""

T = TypeVar("T")

_moment = itemgetter(0)


def stage_log(
    rows: Iterable[Row],
    *,
    process: Process,
    columns: Mapping[str, str],
    stages: Mapping[str, str] = EMPTY,
    currency: str | None = None,
    tz: str | tzinfo | None = None,
    facts: Mapping[str, str] = EMPTY,
) -> Log:
    """The deals of an exported log of stage changes: skips, steps back and reopenings as they happened.

    The rules of `process` are not asked, only its stages. The rows of a deal are sorted by their time; rows of one
    time keep their order. The first row opens the deal in its stage, even in a closed one; a later row records, in
    this order and at its time, the facts that changed (`FactsLearnt`), the terms that changed (`Amended`) and the move
    (`Entered`, transition `imported`). An empty cell changes nothing. All events are marked `imported`.

    Args:
        rows: mappings from columns to cells, read once: a `csv.DictReader`, a generator, a list. Cells are texts or
            typed: `datetime`, `Decimal`, int, float (by its shortest decimal form) or `Money`. None, blank texts and
            NaN are empty.
        process: the rulebook whose stages the deals are in.
        columns: the column of each field: `deal`, `stage`, `at` (required), `amount`, `owner` (who is responsible),
            `expected_close` (a day), `by` (who acted) and `reason`.
        stages: the stage that each label of the export means; a label that is the name of a stage needs no entry, and
            several labels can mean one stage.
        currency: of the amounts that are not `Money`.
        tz: the zone, an IANA name or a `tzinfo`, of the times that do not tell theirs. Texts are ISO 8601.
        facts: the column of each fact. Texts are read as the kind that the process declares: ISO 8601 for dates and
            times; true, false, yes, no, 1 and 0 for bools.

    Returns:
        The deals in order of first appearance. Rows that repeat an earlier row, or the stage the deal is in, are
        `merged`. Rows without a deal, a known stage or a time are dropped and are `problems`, as are, without being
        dropped, cells that cannot be read, rows out of order, and local times that are ambiguous or do not exist.

    Raises:
        MissingColumn: a required field has no column, or a column that was named is in no row; all are listed.
        NaiveRow: a time without a zone, and no `tz`. A `NaiveDatetime`.
        UnknownStage, UnknownFact, UnknownField: `stages`, `facts` or `columns` name what there is not.
        WrongKind: an amount that is not `Money`, and no `currency`.
        SeveralErrors: more than one argument is wrong.

    >>> from salesprocess.stages import Stage
    >>> process = Process("solar", stages=[Stage("lead"), Stage("offer"), Stage.won("won"), Stage.lost("lost")])
    >>> log = stage_log(
    ...     [
    ...         {"case": "A-1", "what": "NEW", "when": "2026-01-05 09:00", "eur": "100"},
    ...         {"case": "A-1", "what": "SIGNED", "when": "2026-01-09 10:30", "eur": "120"},
    ...         {"case": "A-1", "what": "BOOKED", "when": "2026-01-09 10:31", "eur": ""},
    ...         {"case": "A-1", "what": "SINGED", "when": "2026-01-09 10:32", "eur": ""},
    ...     ],
    ...     process=process,
    ...     columns={"deal": "case", "stage": "what", "at": "when", "amount": "eur"},
    ...     stages={"NEW": "lead", "SIGNED": "won", "BOOKED": "won"},
    ...     currency="EUR",
    ...     tz="UTC",
    ... )
    >>> log.deals[0].status, log.deals[0].amount
    ('won', Money('120', 'EUR'))
    >>> print(log)
    4 rows: 2 used, 1 merged, 1 dropped; 1 deal
    stage.repeated (merged): 1, row 3: 'BOOKED' means won, where the deal is already
    stage.unknown (dropped): 1, row 4: no stage 'SINGED'; did you mean 'SIGNED'?; say what it means with stages=...
    """
    sheet = Sheet.settled(
        process=process,
        columns=columns,
        fields=(*_REQUIRED, *_OPTIONAL),
        stages=stages,
        currency=currency,
        tz=tz,
        facts=facts,
    )
    grouped = _grouped(sheet, rows)
    merged: list[Merge] = []
    with collector.paused():
        deals = tuple(
            _folded(process, sheet, deal, grouped.pop(deal), merged)  # what is folded is let go
            for deal in tuple(grouped)
        )
    merged.sort(key=_row)
    sheet.problems.sort(key=_row)
    return Log(deals, tuple(merged), tuple(sheet.problems), sheet.number)


def _row(found: Merge | Problem) -> int:
    return found.row


def _grouped(sheet: Sheet, rows: Iterable[Row]) -> dict[str, list[Any]]:
    """The entries of each deal, one after the other in one flat list.

    A tuple for each row would cost more than to read it: the garbage collector would visit each again and again.
    """
    deal_of, place_of, at_of, values_of = sheet.deal(), sheet.place(), sheet.moment("at", required=True), sheet.values()
    flaws = sheet.flaws
    grouped: dict[str, list[Any]] = {}
    for raw, label, moment, *rest in sheet.rows(rows, _REQUIRED):
        deal = raw if type(raw) is str and raw in grouped else deal_of(raw)
        place, at, values = place_of(label), at_of(moment), values_of(rest)
        if deal is None or place is None or at is None:
            sheet.report(deal, dropped=True)
            continue
        if flaws:
            sheet.report(deal, dropped=False)
        if deal in grouped:
            grouped[deal] += at, place, *values, sheet.number
        else:
            grouped[deal] = [at, place, *values, sheet.number]
    return grouped


def _folded(process: Process, sheet: Sheet, deal: str, flat: list[Any], merged: list[Merge]) -> Deal:
    """The deal that its rows tell; what they merely repeat goes to `merged`, what is odd to the sheet's problems."""
    width = 3 + len(sheet.told) + len(sheet.facts)
    entries: list[_Entry] = list(zip(*[iter(flat)] * width, strict=True))
    ordered = sorted(entries, key=_moment)
    if ordered != entries:
        sheet.problems.extend(_out_of_order(deal, entries))
    first = ordered[0]
    last, place, values = first[0], first[1], first[2:-1]
    said = sheet.said(values)
    events: list[Event] = [imported.opened(process, deal, last, place, said, observed=True)]
    stage, terms, facts, reason = place.stage, said.terms, said.facts, said.reason
    repeats: dict[int, int] | None = None
    for entry in islice(ordered, 1, None):
        at, place, row, revision = entry[0], entry[1], entry[-1], len(events)
        if at == last:
            repeats = _repeats(ordered) if repeats is None else repeats
            if row in repeats:
                merged.append(Merge(row, deal, "row.repeated", f"the row says the same as row {repeats[row]}"))
                continue
        last = at
        if entry[2:-1] != values:
            values = entry[2:-1]
            said = sheet.said(values)
            news = Said(_news(terms, said.terms), said.by, said.reason, _news(facts, said.facts))
            events += imported.told(deal, revision + 1, at, news)
            terms, facts = _union(terms, news.terms), _union(facts, news.facts)
        if place.stage != stage:
            events.append(imported.moved(deal, len(events) + 1, at, said, stage, place))
            stage = place.stage
        if len(events) > revision:
            reason = said.reason
            continue
        merged.append(Merge(row, deal, "stage.repeated", f"{place.label!r} means {stage}, where the deal is already"))
        if said.reason not in (None, reason):
            unused = f"the reason {said.reason!r} belongs to no change and is left out; put it on the row of the change"
            sheet.problems.append(Problem(row, deal, "reason.unused", unused, dropped=False))
    return replay(events)


def _news(known: Mapping[str, T], told: FrozenDict[str, T]) -> FrozenDict[str, T]:
    """What is told and was not known."""
    return FrozenDict((name, value) for name, value in told.items() if known.get(name) != value) if told else EMPTY


def _union(known: FrozenDict[str, T], news: FrozenDict[str, T]) -> FrozenDict[str, T]:
    return FrozenDict({**known, **news}) if news else known


def _repeats(ordered: list[_Entry]) -> dict[int, int]:
    """The rows that say the same as an earlier one of the same time, and which one that is."""
    first: dict[tuple[object, ...], int] = {}
    numbered = ((entry[-1], first.setdefault(entry[:-1], entry[-1])) for entry in ordered)
    return {row: original for row, original in numbered if row != original}


def _out_of_order(deal: str, entries: list[_Entry]) -> Iterator[Problem]:
    """The rows that stand after a later one."""
    latest, above = _moment(entries[0]), entries[0][-1]
    for entry in entries:
        at, row = entry[0], entry[-1]
        if at < latest:
            message = (
                f"the row is earlier than row {above} above it and is put in its place by its time; "
                "in an export that lists the newest first, reverse the rows to keep the order of equal times"
            )
            yield Problem(row, deal, "at.out_of_order", message, dropped=False)
        else:
            latest, above = at, row
