"""What an import found: the deals, what it merged, and every row that had something wrong with it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

import attrs

from salesprocess.deal import Deal

_SHOWN = 3


@attrs.frozen(weakref_slot=False)
class Merge:
    """A row that says nothing new.

    Attributes:
        row: its number; 1 is the first mapping.
        deal: the id of the deal.
        code: `row.repeated` (all of it was said in an earlier row) or `stage.repeated` (the deal is in that stage).
        message: what it repeats.
    """

    row: int
    deal: str
    code: str
    message: str

    def __str__(self) -> str:
        return f"row {self.row}, deal {self.deal!r}: {self.message} [{self.code}]"


@attrs.frozen(weakref_slot=False)
class Problem:
    """Something wrong with one row.

    Attributes:
        row: its number; 1 is the first mapping.
        deal: the id of the deal; None when the row does not tell.
        code: what is wrong, stable and machine-readable.
        message: the same in words, with what would work.
        dropped: the row is in no event; otherwise only the part of it that is wrong was left out, or nothing was.
    """

    row: int
    deal: str | None
    code: str
    message: str
    dropped: bool

    def __str__(self) -> str:
        place = f"row {self.row}" if self.deal is None else f"row {self.row}, deal {self.deal!r}"
        return f"{place}: {self.message} [{self.code}{', dropped' if self.dropped else ''}]"


@attrs.frozen(repr=False, weakref_slot=False)
class Log:
    """The deals of an export, and what became of every row.

    A row is either used in an event, merged or dropped, so that `rows == used + len(merged) + dropped`; each row that
    is dropped has at least one problem that says why. Rows that are used or merged can have problems as well.

    Attributes:
        deals: in the order in which they first appear.
        merged: the rows that say nothing new, in order.
        problems: what is wrong, in the order of the rows.
        rows: how many rows there were.

    >>> print(Log((), (), (Problem(1, "A-1", "stage.unknown", "no stage 'Wno'", dropped=True),), 1))
    1 row: 0 used, 0 merged, 1 dropped; 0 deals
    stage.unknown (dropped): 1, row 1: no stage 'Wno'
    """

    deals: tuple[Deal, ...]
    merged: tuple[Merge, ...]
    problems: tuple[Problem, ...]
    rows: int

    @property
    def dropped(self) -> int:
        """The number of rows that are in no event because something is wrong with them."""
        return len({problem.row for problem in self.problems if problem.dropped})

    @property
    def used(self) -> int:
        """The number of rows that are in an event."""
        return self.rows - len(self.merged) - self.dropped

    def __repr__(self) -> str:
        return f"<Log of {self._counts()}>"

    def __str__(self) -> str:
        return "\n".join([self._counts(), *self._codes()])

    def _counts(self) -> str:
        used = f"{self.used} used, {len(self.merged)} merged, {self.dropped} dropped"
        return f"{_number(self.rows, 'row')}: {used}; {_number(len(self.deals), 'deal')}"

    def _codes(self) -> Iterator[str]:
        """One line for each code: how often, the first rows, and the first message as an example."""
        groups: dict[str, list[Merge | Problem]] = {}
        for merge in self.merged:
            groups.setdefault(f"{merge.code} (merged)", []).append(merge)
        for problem in self.problems:
            groups.setdefault(f"{problem.code} ({'dropped' if problem.dropped else 'kept'})", []).append(problem)
        for title, found in groups.items():
            yield f"{title}: {len(found)}, {_places(found)}: {found[0].message}"


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _places(found: Sequence[Merge | Problem]) -> str:
    rows = ", ".join(str(each.row) for each in islice(found, _SHOWN))
    return f"row{'s' if len(found) > 1 else ''} {rows}{', …' if len(found) > _SHOWN else ''}"
