"""Show a process or a deal to a person: as HTML in a notebook, as aligned text in a terminal.

Pure functions of the value: a `_repr_html_` can call them. Everything that comes from outside is escaped, and the HTML
needs no script, no style sheet and no network.
"""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from html import escape
from itertools import zip_longest
from typing import Any

import attrs

from salesprocess import wording
from salesprocess.criteria import Criterion
from salesprocess.deal import Deal
from salesprocess.events import (
    ActivityDone,
    Amended,
    ApprovalWithdrawn,
    Approved,
    Entered,
    Event,
    FactsLearnt,
    Held,
    Migrated,
    Noted,
    ObjectionRaised,
    ObjectionResolved,
    Opened,
    Resumed,
    Waived,
)
from salesprocess.rules import Rulebook
from salesprocess.stages import Activity, Stage, words_of

Say = Callable[[Criterion], str]
"""How a criterion is put into words: `wording.say` gives a sentence, `str` the short form."""


@attrs.frozen
class Table:
    """Some rows under a heading; a cell may hold several lines.

    Attributes:
        title: what the rows are.
        columns: the heads of the columns.
        rows: as many cells as columns, each a tuple of lines.

    >>> Table("Terms", (), ((("amount",), ("48000 EUR",)),)).title
    'Terms'
    """

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[tuple[str, ...], ...], ...]


def process_html(process: Rulebook, *, say: Say = wording.say) -> str:
    """A process as HTML: its stages in order and its own transitions.

    >>> from salesprocess import templates
    >>> process_html(templates.load("generic"))[:58]
    '<div><h3>generic, version 1</h3><table style="border-colla'
    """
    return _html(_process_title(process), _process_tables(process, say))


def process_text(process: Rulebook, *, say: Say = wording.say) -> str:
    """The same as aligned text, without a line break at the end.

    >>> from salesprocess import templates
    >>> print(process_text(templates.load("generic")).splitlines()[0])
    generic, version 1
    """
    return _text(_process_title(process), _process_tables(process, say))


def deal_html(deal: Deal) -> str:
    """A deal as HTML: where it stands, its terms, its facts, and its history, oldest first.

    >>> from datetime import UTC, datetime
    >>> from salesprocess import templates
    >>> at = datetime(2026, 1, 5, 9, tzinfo=UTC)
    >>> process = templates.load("generic")
    >>> deal = process.open("ACME-1", at=at)
    >>> deal_html(deal)[:22]
    '<div><h3>ACME-1: open '
    """
    return _html(_deal_title(deal), _deal_tables(deal))


def deal_text(deal: Deal) -> str:
    """The same as aligned text, without a line break at the end.

    >>> from datetime import UTC, datetime
    >>> from salesprocess import Money, templates
    >>> at = datetime(2026, 1, 5, 9, tzinfo=UTC)
    >>> deal = templates.load("generic").open("ACME-1", amount=Money("48000", "EUR"), at=at, by="kari")
    >>> print(deal_text(deal))
    ACME-1: open in prospecting since 2026-01-05 09:00 UTC (generic version 1)
    <BLANKLINE>
    Terms
    amount  48000 EUR
    <BLANKLINE>
    History, times in UTC
    #  when              what                                       by    why
    1  2026-01-05 09:00  opened in prospecting: amount = 48000 EUR  kari
    """
    return _text(_deal_title(deal), _deal_tables(deal))


def _process_title(process: Rulebook) -> str:
    return f"{process.name}, version {process.version}"


def _process_tables(process: Rulebook, say: Say) -> Iterable[Table]:
    stages = tuple(_stage_row(stage, say) for stage in process.stages)
    yield Table("Stages", ("stage", "kind", "prior", "typical", "to enter", "to leave"), stages)
    transitions = tuple(
        (
            (each.name,),
            (f"{each.source} → {each.destination}",),
            (*([f"only if {say(each.when)}"] if each.when is not None else []), *map(say, each.criteria)),
        )
        for each in process.transitions
    )
    yield Table("Transitions beside the standard ones", ("name", "move", "needs"), transitions)


def _stage_row(stage: Stage, say: Say) -> tuple[tuple[str, ...], ...]:
    kind = [words_of(stage.kind).lower()] + ["optional"] * stage.optional
    if stage.when is not None:
        kind.append(f"only if {say(stage.when)}")
    return (
        tuple(dict.fromkeys((stage.label, stage.name))),
        tuple(kind),
        () if stage.probability is None or stage.kind != "open" else (f"{100 * stage.probability:.3g}%",),
        () if stage.typical_duration is None else (_span(stage.typical_duration),),
        (
            *map(say, stage.entry),
            *(f"{say(each)} (no exception)" for each in stage.locked),
            *([f"a reason: {', '.join(each.name for each in stage.reasons)}"] if stage.reasons else []),
        ),
        (*(f"{_called(each)} done" for each in stage.activities if each.required), *map(say, stage.exit)),
    )


def _called(activity: Activity) -> str:
    return activity.label or words_of(activity.name)


def _span(duration: timedelta) -> str:
    days, rest = divmod(duration, timedelta(days=1))
    hours = duration / timedelta(hours=1)
    return f"{days} d" if not rest else f"{hours:.3g} h" if hours >= 1 else f"{60 * hours:.3g} min"


def _deal_title(deal: Deal) -> str:
    place = f"{deal.status.replace('_', ' ')} in {deal.stage} since {_when(deal.stage_since)} UTC"
    return f"{deal.id}: {place} ({deal.process} version {deal.version})"


def _deal_tables(deal: Deal) -> Iterable[Table]:
    for title, values in (("Terms", deal.terms), ("Facts", deal.facts)):
        yield Table(title, (), tuple(((name,), (_plain(value),)) for name, value in values.items()))
    open_objections = tuple(
        ((str(each.number),), (each.kind, *filter(None, [each.text])))
        for each in deal.objections
        if each.resolved_at is None
    )
    yield Table("Open objections", (), open_objections)
    yield Table("Waived", (), tuple(((each,),) for each in sorted(deal.waived)))
    yield Table(
        "History, times in UTC", ("#", "when", "what", "by", "why"), tuple(_event_row(event) for event in deal.history)
    )


def _event_row(event: Event) -> tuple[tuple[str, ...], ...]:
    happened = event.happened if isinstance(event, ActivityDone | Noted) else None
    what = [_WHAT[type(event)](event)]
    if happened is not None:
        what.append(f"happened {_when(happened)}")
    if event.imported:
        what.append("imported")
    return (
        (str(event.revision),),
        (_when(event.at),),
        tuple(what),
        () if event.by is None else (event.by.id,),
        () if event.reason is None else (event.reason,),
    )


def _opened(event: Opened) -> str:
    return _told(f"opened in {event.stage}", {**event.terms, **event.facts})


def _entered(event: Entered) -> str:
    passed = f", passing {', '.join(event.overridden)}" if event.overridden else ""
    skipped = f", skipping {', '.join(event.skipped)}" if event.skipped else ""
    return f"{event.source or '?'} → {event.destination} ({event.transition}{skipped}{passed})"


def _done(event: ActivityDone) -> str:
    return _with(f"done: {event.activity}{' (extra)' if event.extra else ''}", event.text)


def _learnt(event: FactsLearnt) -> str:
    return _told("learnt", event.facts, "no longer known", event.forgotten)


def _amended(event: Amended) -> str:
    return _told("amended", event.terms, "cleared", event.cleared)


def _approved(event: Approved) -> str:
    return f"approved: {event.subject}{_as(event.role)}"


def _withdrawn(event: ApprovalWithdrawn) -> str:
    return f"approval withdrawn: {event.subject}{_as(event.role)}"


def _raised(event: ObjectionRaised) -> str:
    return _with(f"objection {event.revision} raised: {event.objection}", event.text)


def _resolved(event: ObjectionResolved) -> str:
    return _with(f"objection {event.raised} resolved", event.how)


def _noted(event: Noted) -> str:
    return f"note: {event.text}"


def _held(event: Held) -> str:
    return "put on hold" if event.until is None else f"put on hold until {_when(event.until)}"


def _waived(event: Waived) -> str:
    return f"waived: {event.requirement}"


def _migrated(event: Migrated) -> str:
    return f"migrated to {event.process} version {event.version}, in {event.stage}"


_WHAT: dict[type[Any], Callable[[Any], str]] = {
    Opened: _opened,
    Entered: _entered,
    ActivityDone: _done,
    FactsLearnt: _learnt,
    Amended: _amended,
    Approved: _approved,
    ApprovalWithdrawn: _withdrawn,
    ObjectionRaised: _raised,
    ObjectionResolved: _resolved,
    Noted: _noted,
    Held: _held,
    Resumed: lambda _: "resumed",
    Waived: _waived,
    Migrated: _migrated,
}
"""What each event says; the union of events is closed."""


def _told(what: str, values: Mapping[str, Any], without: str = "", removed: tuple[str, ...] = ()) -> str:
    parts = [f"{name} = {_plain(value)}" for name, value in values.items()]
    parts += [f"{without} {', '.join(removed)}"] * bool(removed)
    return _with(what, ", ".join(parts))


def _with(what: str, text: str) -> str:
    return f"{what}: {text}" if text else what


def _as(role: str | None) -> str:
    return "" if role is None else f" as {role}"


def _plain(value: Any) -> str:
    if isinstance(value, datetime):
        return f"{_when(value)} UTC"
    return ", ".join(map(_plain, value)) or "none" if isinstance(value, tuple) else str(value)  # pyright: ignore


def _when(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M}"


def _shown(lines: Iterable[str]) -> list[str]:
    """The lines of a cell, with control characters as their codes: a terminal obeys them, a browser drops them."""
    return ["".join(map(_visible, line)) for each in lines for line in each.split("\n")]


def _visible(character: str) -> str:
    hidden = unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp")
    return character.encode("unicode_escape").decode() if hidden else character


_CELL = 'style="text-align:left;vertical-align:top;padding:2px 10px 2px 0;border-bottom:1px solid #8884"'


def _html(title: str, tables: Iterable[Table]) -> str:
    shown = "".join(_html_table(table) for table in tables if table.rows)
    return f"<div><h3>{_html_cell([title])}</h3>{shown}</div>"


def _html_table(table: Table) -> str:
    heads = "".join(f'<th scope="col" {_CELL}>{_html_cell([column])}</th>' for column in table.columns)
    rows = ("".join(f"<td {_CELL}>{_html_cell(cell)}</td>" for cell in row) for row in table.rows)
    caption = f'<caption style="text-align:left;font-weight:bold">{_html_cell([table.title])}</caption>'
    head = f"<thead><tr>{heads}</tr></thead>" if heads else ""
    body = "".join(f"<tr>{row}</tr>" for row in rows)
    style = "border-collapse:collapse;margin-bottom:1em"
    return f'<table style="{style}">{caption}{head}<tbody>{body}</tbody></table>'


def _html_cell(lines: Iterable[str]) -> str:
    return "<br>".join(map(escape, _shown(lines)))


_WIDEST = 44
"""Letters in a cell of the text form, after which a line is broken."""


def _text(title: str, tables: Iterable[Table]) -> str:
    shown = ["\n".join(_text_table(table)) for table in tables if table.rows]
    return "\n\n".join(["\n".join(_shown([title])), *shown])


def _text_table(table: Table) -> Iterable[str]:
    heads = [tuple((column,) for column in table.columns)] if table.columns else []
    rows = [[_wrapped(cell) for cell in row] for row in (*heads, *table.rows)]
    widths = [max(len(line) for cell in column for line in cell) for column in zip(*rows, strict=True)]
    yield table.title
    for row in rows:
        for lines in zip_longest(*row, fillvalue=""):
            yield "  ".join(line.ljust(width) for line, width in zip(lines, widths, strict=True)).rstrip()


def _wrapped(cell: Iterable[str]) -> list[str]:
    return [part for line in _shown(cell) for part in textwrap.wrap(line, _WIDEST) or [""]] or [""]
