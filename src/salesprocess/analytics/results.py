"""What every result has in common: it prints as an aligned table, becomes plain rows, and warns of small samples."""

from __future__ import annotations

import textwrap
import warnings
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol

import attrs

from salesprocess.errors import SmallSample
from salesprocess.money import Money

ENOUGH = 10
"""Below this many deals an estimate is mostly chance, and results warn."""

NOTHING = "–"
"""What a table shows where there is no value."""


def percent(share: float | None) -> str:
    """A share of one as a percentage.

    >>> percent(0.625), percent(None)
    ('62.5 %', '–')
    """
    return NOTHING if share is None else f"{share:.1%}".replace("%", " %")


def between(low: float | None, high: float | None) -> str:
    """An interval of a share.

    >>> between(0.1, 0.25), between(None, None)
    ('10.0 % – 25.0 %', '–')
    """
    return NOTHING if low is None or high is None else f"{percent(low)} – {percent(high)}"


def share(part: float, whole: float) -> float | None:
    """The part of a whole; None where there is no whole.

    >>> share(1, 4), share(0, 0)
    (0.25, None)
    """
    return part / whole if whole else None


def number(value: float | None) -> str:
    """A number with thousands set apart, one decimal place where it has any.

    >>> number(12345), number(12.25), number(None)
    ('12,345', '12.2', '–')
    """
    if value is None:
        return NOTHING
    return f"{value:,}" if isinstance(value, int) else f"{value:,.1f}"


def money(value: Money | None) -> str:
    """An amount without its currency, which the heading of a column names.

    >>> money(Money("12345.50", "EUR")), money(None)
    ('12,345.50', '–')
    """
    return NOTHING if value is None else f"{value.amount:,.2f}"


def priced(value: Money) -> str:
    """An amount with its currency, in a sentence.

    >>> priced(Money("12345.50", "EUR"))
    '12,345.50 EUR'
    """
    return f"{money(value)} {value.currency}"


def unit_name(unit: timedelta) -> str:
    """What a unit of time is called in a heading.

    >>> unit_name(timedelta(days=1)), unit_name(timedelta(hours=8))
    ('days', '8:00:00')
    """
    named = {timedelta(weeks=1): "weeks", timedelta(days=1): "days", timedelta(hours=1): "hours"}
    return named.get(unit, str(unit))


def table(header: Sequence[str], rows: Iterable[Sequence[str]], *, words: int = 1) -> str:
    """Columns aligned by their widest cell: the first `words` ones to the left, the others, numbers, to the right.

    >>> print(table(["stage", "deals"], [["lead", "12"], ["offer", "7"]]))
    stage  deals
    lead      12
    offer      7
    """
    lines = [header, *rows]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if place < words else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


def report(
    title: str,
    as_of: datetime,
    body: str,
    *,
    definition: str,
    cohort: str,
    n: int,
    excluded: Mapping[str, int],
) -> str:
    """The text of a result: title, table, and what one must know to read it."""
    left_out = "; ".join(f"{reason}: {count:,}" for reason, count in excluded.items())
    notes = [f"definition: {definition}", f"cohort: {cohort}; n = {n:,}", f"excluded: {left_out or 'nothing'}"]
    wrapped = (textwrap.fill(note, 100, subsequent_indent="  ") for note in notes)
    return "\n".join([f"{title}, as of {as_of.isoformat()}", body, *wrapped])


class _Rows(Protocol):
    @property
    def rows(self) -> Iterable[attrs.AttrsInstance]:
        """One value for each line of the result."""
        ...


def rows_of(self: _Rows) -> list[dict[str, Any]]:
    """The rows as plain dicts."""
    return plain_rows(self.rows)


def plain_rows(rows: Iterable[attrs.AttrsInstance]) -> list[dict[str, Any]]:
    """Rows as plain dicts: `Money` becomes its amount and a `_currency` column, a value with parts one column a part.

    >>> @attrs.frozen
    ... class Line:
    ...     stage: str
    ...     amount: Money
    >>> plain_rows([Line("offer", Money(5, "EUR"))])
    [{'stage': 'offer', 'amount': Decimal('5'), 'amount_currency': 'EUR'}]
    """
    return [dict(_cells(row)) for row in rows]


def _cells(row: attrs.AttrsInstance) -> Iterable[tuple[str, Any]]:
    for field in attrs.fields(type(row)):
        value: Any = getattr(row, field.name)
        if isinstance(value, Money):
            yield field.name, value.amount
            yield f"{field.name}_currency", value.currency
        elif attrs.has(value.__class__):
            yield from ((f"{field.name}_{name}", part) for name, part in _cells(value))
        else:
            yield field.name, value


def warn_if_small(behind: Mapping[str, Iterable[int]], stacklevel: int = 3) -> None:
    """One `SmallSample` warning that names every stage with a rate on fewer than ten.

    Args:
        behind: by stage, how many deals or visits stand behind each of its rates; none at all gives no rate.
        stacklevel: as of `warnings.warn`; by default the caller of the caller.
    """
    small = [stage for stage, counts in behind.items() if any(0 < count < ENOUGH for count in counts)]
    if small:
        message = f"fewer than {ENOUGH} stand behind a number of: {', '.join(small)}"
        warnings.warn(message, SmallSample, stacklevel=stacklevel)
