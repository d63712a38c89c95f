"""Deals from a log of stage changes: one row for each change, as audit trails and history tables have them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, tzinfo
from itertools import islice
from operator import itemgetter

from salesprocess.deal import Deal, replay
from salesprocess.events import Actor, Event, Term, entered
from salesprocess.facts import FactValue
from salesprocess.frozen import EMPTY, FrozenDict
from salesprocess.ingest import imported
from salesprocess.ingest.log import Log, Merge, Problem
from salesprocess.ingest.sheet import Place, Row, Sheet
from salesprocess.money import Money
from salesprocess.process import Process
from salesprocess.routes import IMPORTED

_REQUIRED = ("deal", "stage", "at")
_OPTIONAL = ("amount", "owner", "by", "reason")

_Entry = tuple[
    datetime, Place, Money | None, str | None, Actor | None, str | None, FrozenDict[str, FactValue], int
]  # one row, its number last

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
            `by` (who acted) and `reason`.
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
    stage.repeated (merged): 1, row 3: the deal is in the stage won already, which 'BOOKED' means
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
    deals = tuple(_folded(process, deal, entries, merged, sheet.problems) for deal, entries in grouped.items())
    merged.sort(key=_row)
    sheet.problems.sort(key=_row)
    return Log(deals, tuple(merged), tuple(sheet.problems), sheet.number)


def _row(found: Merge | Problem) -> int:
    return found.row


def _grouped(sheet: Sheet, rows: Iterable[Row]) -> dict[str, list[_Entry]]:
    """What the rows tell, by deal."""
    deal_of, place_of, at_of = (
        sheet.text("deal", required=True),
        sheet.place("stage"),
        sheet.moment("at", required=True),
    )
    amount_of, owner_of, by_of = sheet.amount("amount"), sheet.text("owner"), sheet.actor("by")
    reason_of, known_of = sheet.text("reason"), sheet.known()
    grouped: dict[str, list[_Entry]] = {}
    for row in sheet.rows(rows, _REQUIRED):
        deal, place, at = deal_of(row), place_of(row), at_of(row)
        amount, owner, by, reason, known = amount_of(row), owner_of(row), by_of(row), reason_of(row), known_of(row)
        if deal is None or place is None or at is None:
            sheet.report(deal, dropped=True)
            continue
        if sheet.flaws:
            sheet.report(deal, dropped=False)
        entry = at, place, amount, owner, by, reason, known, sheet.number
        if deal in grouped:
            grouped[deal].append(entry)
        else:
            grouped[deal] = [entry]
    return grouped


def _folded(process: Process, deal: str, entries: list[_Entry], merged: list[Merge], problems: list[Problem]) -> Deal:
    """The deal that its rows tell; what they merely repeat goes to `merged`, what is odd to `problems`."""
    ordered = sorted(entries, key=_moment)
    if ordered != entries:
        problems.extend(_out_of_order(deal, entries))
    at, place, amount, owner, by, reason, facts, _ = ordered[0]
    terms = imported.terms(amount, owner)
    events: list[Event] = [imported.opened(process, deal, at, place, by=by, reason=reason, terms=terms, facts=facts)]
    stage, last, why = place.stage, at, reason
    known: Mapping[str, FactValue] = facts
    repeats: dict[int, int] | None = None
    for at, place, next_amount, next_owner, by, reason, facts, row in islice(ordered, 1, None):
        if at == last:
            repeats = _repeats(ordered) if repeats is None else repeats
            if row in repeats:
                merged.append(Merge(row, deal, "row.repeated", f"the row says the same as row {repeats[row]}"))
                continue
        last, revision = at, len(events)
        changes: dict[str, Term] = {}
        if next_amount is not None and next_amount is not amount and next_amount != amount:
            changes["amount"] = amount = next_amount
        if next_owner is not None and next_owner != owner:
            changes["owner"] = owner = next_owner
        news = {name: value for name, value in facts.items() if known.get(name) != value} if facts else EMPTY
        if changes or news:
            known = {**known, **news}
            events.extend(imported.learnt(deal, revision + 1, at, by, reason, news, changes))
        label, destination, status = place
        if destination != stage:
            number = len(events) + 1
            events.append(
                entered(deal, number, at, by, reason, None, IMPORTED, stage, destination, status, imported=True)
            )
            stage = destination
        if len(events) > revision:
            why = reason
            continue
        merged.append(
            Merge(row, deal, "stage.repeated", f"the deal is in the stage {stage} already, which {label!r} means")
        )
        if reason is not None and reason != why:
            message = f"the reason {reason!r} belongs to no change and is left out; put it on the row of the change"
            problems.append(Problem(row, deal, "reason.unused", message, dropped=False))
    return replay(events)


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
