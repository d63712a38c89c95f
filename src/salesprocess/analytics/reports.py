"""A result as one description that a terminal shows as text and a notebook as HTML."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from html import escape
from typing import Protocol

import attrs

from salesprocess.analytics import results


def _lines(rows: Iterable[Sequence[str]]) -> tuple[tuple[str, ...], ...]:
    return tuple(map(tuple, rows))


def _texts(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(texts)


@attrs.frozen
class Grid:
    """A table: the heads of the columns, the rows, and how many of the first columns hold words, not numbers."""

    header: tuple[str, ...] = attrs.field(converter=_texts)
    rows: tuple[tuple[str, ...], ...] = attrs.field(converter=_lines)
    words: int = 1


@attrs.frozen
class Sentences:
    """What the numbers come to; `mark` stands before each in a terminal, `title` above them in a notebook."""

    said: tuple[str, ...] = attrs.field(converter=_texts)
    mark: str = "-"
    title: str = ""


def _parts(parts: Iterable[Grid | Sentences]) -> tuple[Grid | Sentences, ...]:
    return tuple(parts)


@attrs.frozen
class Report:
    """What a result shows, and what one must know to read it.

    >>> from datetime import UTC
    >>> grid = Grid(["stage", "deals"], [["lead", "12"], ["R&D", "7"]])
    >>> report = Report("Stages", datetime(2026, 1, 5, tzinfo=UTC), [grid], "a count", "all", 19, {})
    >>> print(report)
    Stages, as of 2026-01-05T00:00:00+00:00
    stage  deals
    lead      12
    R&D        7
    definition: a count
    cohort: all; n = 19
    excluded: nothing
    >>> "<td>R&amp;D</td>" in report.html()
    True
    """

    title: str
    as_of: datetime
    parts: tuple[Grid | Sentences, ...] = attrs.field(converter=_parts)
    definition: str
    cohort: str
    n: int
    excluded: Mapping[str, int]

    def __str__(self) -> str:
        body = "\n".join(
            results.table(part.header, part.rows, words=part.words)
            if isinstance(part, Grid)
            else "\n".join(f"{part.mark} {sentence}" for sentence in part.said)
            for part in self.parts
        )
        return results.report(
            self.title,
            self.as_of,
            body,
            definition=self.definition,
            cohort=self.cohort,
            n=self.n,
            excluded=self.excluded,
        )

    def html(self) -> str:
        """The same for a notebook: everything escaped, without script, style sheet or network."""
        left_out = "; ".join(f"{reason}: {count:,}" for reason, count in self.excluded.items()) or "nothing"
        notes = [f"definition: {self.definition}", f"cohort: {self.cohort}; n = {self.n:,}", f"excluded: {left_out}"]
        shown = "".join(_grid(part) if isinstance(part, Grid) else _sentences(part) for part in self.parts)
        small = "<br>".join(map(escape, notes))
        title = escape(f"{self.title}, as of {self.as_of.isoformat()}")
        return f"<div><h3>{title}</h3>{shown}<p><small>{small}</small></p></div>"


class Result(Protocol):
    """What every result tells beside its numbers, and the description that is shown.

    A result class says `__str__ = reports.text` and `_repr_html_ = reports.html`, and describes itself in `report`.
    """

    @property
    def as_of(self) -> datetime:
        """The moment of which it speaks."""
        ...

    @property
    def definition(self) -> str:
        """How the numbers are formed."""
        ...

    @property
    def cohort(self) -> str:
        """Which deals these are."""
        ...

    @property
    def n(self) -> int:
        """How many stand behind it."""
        ...

    @property
    def excluded(self) -> Mapping[str, int | Collection[str]]:
        """What was left out, by reason: how many, or which ones."""
        ...

    def report(self) -> Report:
        """What is shown."""
        ...


def described(result: Result, title: str, *parts: Grid | Sentences) -> Report:
    """The report of a result, which knows the rest itself."""
    excluded = {why: left if isinstance(left, int) else len(left) for why, left in result.excluded.items()}
    return Report(title, result.as_of, parts, result.definition, result.cohort, result.n, excluded)


def text(self: Result) -> str:
    """What a terminal shows."""
    return str(self.report())


def html(self: Result) -> str:
    """What a notebook shows."""
    return self.report().html()


def _grid(grid: Grid) -> str:
    head = "".join(f"<th>{escape(cell)}</th>" for cell in grid.header)
    body = "".join(
        f"<tr>{''.join(_cell(cell, place < grid.words) for place, cell in enumerate(row))}</tr>" for row in grid.rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _cell(text: str, is_words: bool) -> str:
    return f"<td>{escape(text)}</td>" if is_words else f'<td style="text-align: right">{escape(text)}</td>'


def _sentences(part: Sentences) -> str:
    head = f"<p>{escape(part.title)}</p>" if part.title else ""
    return f"{head}<ul>{''.join(f'<li>{escape(sentence)}</li>' for sentence in part.said)}</ul>" if part.said else ""
