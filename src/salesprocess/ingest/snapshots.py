"""Deals from a snapshot: one row for each deal, as a list view or a table of opportunities has them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, tzinfo
from typing import Any

from salesprocess.deal import Deal, replay
from salesprocess.errors import UnknownStage, gather
from salesprocess.events import Event
from salesprocess.frozen import EMPTY
from salesprocess.ingest import imported
from salesprocess.ingest.log import Log
from salesprocess.ingest.sheet import Place, Row, Said, Sheet
from salesprocess.process import Process

_FIELDS = ("deal", "stage", "amount", "owner", "expected_close", "by", "reason")


def snapshot(
    rows: Iterable[Row],
    *,
    process: Process,
    columns: Mapping[str, str],
    opened: str,
    closed: str,
    stages: Mapping[str, str] = EMPTY,
    currency: str | None = None,
    tz: str | tzinfo | None = None,
    opened_in: str | None = None,
    facts: Mapping[str, str] = EMPTY,
) -> Log:
    """The deals of an export that shows each deal once, as it stands.

    A snapshot does not tell the path of a deal, only where it has come to, and no path is made up. An open deal is
    opened in its present stage: it has been there since an unknown time, so `Opened.observed` is False and its age in
    the stage counts for nothing. A closed deal is opened in `opened_in`, likewise not observed, and at its close
    enters its stage from an unknown one (`Entered.source` is None): who left which stage for it is not known, and no
    stage may be credited with it.

    What the row of a closed deal says besides, its terms and its facts, was known when it closed at the latest, and
    is recorded at that time: were it recorded at the opening, a backtest would see the final amount of a deal while
    the deal was still open. What the row of an open deal says is recorded at its opening, the only time it has.

    A closed deal without an opening date is opened in its closed stage when it closed; it counts as won or lost, and
    has no length.

    Args:
        rows, process, stages, currency, tz, facts: as for `stage_log`.
        columns: the column of each field: `deal`, `stage` (required), `amount`, `owner` (who is responsible),
            `expected_close` (a day), `by` (who acted last) and `reason` (why it was won or lost, or is where it is).
        opened: the column of the time at which a deal began.
        closed: the column of the time at which it was won or lost; empty while it is open.
        opened_in: the open stage in which deals that are closed by now began; None is the first one of `process`.

    Returns:
        The deals in the order of their rows. Dropped are rows without a deal or a known stage, open deals without an
        opening date, closed deals without a closing date, deals that close before they open, and rows of a deal that
        an earlier row told already; these and all cells that cannot be read or are not kept are `problems`.

    Raises:
        UnknownStage: also when `opened_in` is no open stage.
        MissingColumn, NaiveRow, UnknownFact, UnknownField, WrongKind, SeveralErrors: as for `stage_log`.

    >>> from salesprocess.stages import Stage
    >>> process = Process("solar", stages=[Stage("lead"), Stage("offer"), Stage.won("won"), Stage.lost("lost")])
    >>> log = snapshot(
    ...     [
    ...         {"id": "A-1", "stage": "offer", "from": "2026-01-05", "to": ""},
    ...         {"id": "A-2", "stage": "won", "from": "2026-01-07", "to": "2026-02-01"},
    ...         {"id": "A-3", "stage": "lead", "from": "", "to": ""},
    ...     ],
    ...     process=process,
    ...     columns={"deal": "id", "stage": "stage"},
    ...     opened="from",
    ...     closed="to",
    ...     tz="Europe/Oslo",
    ... )
    >>> [(deal.id, deal.stage, deal.status) for deal in log.deals]
    [('A-1', 'offer', 'open'), ('A-2', 'won', 'won')]
    >>> print(log.problems[0])
    row 3, deal 'A-3': column 'from' is empty, so the deal has no place in time; fill it in [opened.missing, dropped]
    """
    settled: list[Any] = gather(
        lambda: _start(process, opened_in),
        lambda: Sheet.settled(
            process=process,
            columns=columns,
            fields=_FIELDS,
            stages=stages,
            currency=currency,
            tz=tz,
            facts=facts,
            times={"opened": opened, "closed": closed},
        ),
    )
    start, sheet = settled
    return _log(process, start, sheet, rows)


def _start(process: Process, stage: str | None) -> Place:
    opens = [each.name for each in process.stages if each.kind == "open"]
    name = opens[0] if stage is None else stage
    if name not in opens:
        raise UnknownStage(name, opens)
    return Place(name, name, "open")


def _log(process: Process, start: Place, sheet: Sheet, rows: Iterable[Row]) -> Log:
    deal_of, place_of, values_of = sheet.deal(), sheet.place(), sheet.values()
    opened_of, closed_of = sheet.moment("opened"), sheet.moment("closed")
    deals: list[Deal] = []
    told: dict[str, int] = {}
    for cells in sheet.rows(rows, ("deal", "stage", "opened", "closed")):
        deal, place = deal_of(cells[0]), place_of(cells[1])
        times, said = (opened_of(cells[2]), closed_of(cells[3])), sheet.said(values_of(cells[4:]))
        if deal is not None and deal in told:
            sheet.flaws.append(("duplicate", f"row {told[deal]} tells of this deal already; keep one row a deal"))
        elif deal is not None and place is not None:
            began, ended = _span(sheet, place, *times)
            if began is not None:
                deals.append(replay(_history(process, start, deal, place, began, ended, said)))
                told[deal] = sheet.number
        sheet.report(deal, dropped=told.get(deal or "") != sheet.number)
    return Log(tuple(deals), (), tuple(sheet.problems), sheet.number)


def _span(
    sheet: Sheet, place: Place, begun: datetime | None, closed: datetime | None
) -> tuple[datetime | None, datetime | None]:
    """When the record of the deal begins and, if it tells more than its beginning, when the deal closes.

    Nothing and nothing when the row cannot be placed in time; what is wrong goes to the flaws of the sheet.
    """
    if place.status == "open":
        if closed is not None:
            note = f"the stage {place.stage} is open, so the closing date {closed.isoformat()} is left out"
            sheet.flaws.append(("closed.unexpected", f"{note}; empty it, or map the label {place.label!r} otherwise"))
        if begun is None:
            sheet.missing("opened", "so the deal has no place in time")
        return begun, None
    if closed is None:
        sheet.missing("closed", f"and the stage {place.stage} is closed")
        return None, None
    if begun is None:
        sheet.missing("opened", "so the deal is opened when it closed, and has no length")
        return closed, None
    if closed < begun:
        note = f"it closed {closed.isoformat()}, before it was opened {begun.isoformat()}"
        sheet.flaws.append(("closed.before_opened", f"{note}; correct one of them (a plain date is its midnight)"))
        return None, None
    return begun, closed


def _history(
    process: Process, start: Place, deal: str, place: Place, began: datetime, ended: datetime | None, said: Said
) -> list[Event]:
    """All at once, or the opening alone and, when the deal closed, all the rest."""
    if ended is None:
        return [imported.opened(process, deal, began, place, said, observed=False)]
    events: list[Event] = [imported.opened(process, deal, began, start, imported.NOTHING, observed=False)]
    events += imported.told(deal, 2, ended, said)
    return [*events, imported.moved(deal, len(events) + 1, ended, said, None, place)]
