"""Synthetic deals as the rows of a log that another system would export, with the dirt that such logs have."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from random import Random
from typing import Any, Literal

import attrs

from salesprocess.deal import Deal
from salesprocess.errors import OutOfRange
from salesprocess.events import Amended, Entered, Opened
from salesprocess.money import Money
from salesprocess.simulation.rates import check_chance

Flaw = Literal["repeated", "early", "no_owner", "no_amount", "misspelt", "undated"]
"""What can be wrong with a row: it says what the row above says; it stands above an earlier row; a cell is empty; the
label of the stage is misspelt."""

LOG_COLUMNS = {"deal": "deal", "stage": "stage", "at": "at", "amount": "amount", "owner": "owner"}
"""The columns of the rows, as `ingest.stage_log` wants them told; `expected_close` is another one."""


@attrs.frozen(kw_only=True)
class Dirt:
    """How often a row of an export is wrong, each way on its own; chances between 0 and 1.

    Args:
        repeated: the row comes twice.
        early: the row stands above the one before it.
        no_owner, no_amount: the cell is empty.
        misspelt: the stage has a label that no stage has.
        undated: the time is missing.

    Raises:
        OutOfRange: a chance is none.

    >>> Dirt(repeated=0.02).undated
    0.0
    """

    repeated: float = attrs.field(default=0.0, validator=check_chance)
    early: float = attrs.field(default=0.0, validator=check_chance)
    no_owner: float = attrs.field(default=0.0, validator=check_chance)
    no_amount: float = attrs.field(default=0.0, validator=check_chance)
    misspelt: float = attrs.field(default=0.0, validator=check_chance)
    undated: float = attrs.field(default=0.0, validator=check_chance)


@attrs.frozen
class Export:
    """The rows of a log, and what is wrong with which of them.

    Attributes:
        rows: in order; every cell is a text, empty where nothing is known.
        flaws: the number of a row, counted from 1, and what was done to it.
    """

    rows: tuple[dict[str, str], ...] = attrs.field(repr=lambda rows: f"<{len(rows)} rows>")
    flaws: tuple[tuple[int, Flaw], ...]


_CLEAN = Dirt()


def log_rows(deals: Iterable[Deal], *, rng: Random | None = None, dirt: Dirt = _CLEAN) -> Export:
    """A log of what happened to the deals: one row for each change of stage, amount, owner or expected close.

    The rows of all deals stand in the order of time. With `LOG_COLUMNS`, `ingest.stage_log` reads them; without dirt,
    it gives deals that were in the same stages at the same times, on the same terms.

    Args:
        deals: the deals, with their histories.
        rng: where the chance of dirt comes from; without dirt none is needed.
        dirt: how often a row is wrong, in which way.

    Raises:
        OutOfRange: there is dirt and no `rng`.

    >>> from datetime import UTC, datetime
    >>> from salesprocess import Process, Stage
    >>> solar = Process("solar", stages=[Stage("lead"), Stage.won("won"), Stage.lost("lost")])
    >>> deal = solar.open("A-1", at=datetime(2026, 1, 5, tzinfo=UTC), amount=Money(100, "EUR"), owner="kari")
    >>> log_rows([deal]).rows[0]["stage"], log_rows([deal]).rows[0]["at"]
    ('lead', '2026-01-05T00:00:00+00:00')
    """
    if dirt != _CLEAN and rng is None:
        raise OutOfRange("rng", rng, "a random.Random, when there is to be dirt")
    chance = rng or Random(0)  # noqa: S311 - synthetic data; and without dirt nothing is decided by it
    told = sorted((row for deal in deals for row in _told(deal)), key=lambda row: row["at"])
    rows: list[tuple[dict[str, str], list[Flaw]]] = []
    for row in told:
        flaws: list[Flaw] = []

        def spoil(flaw: Flaw, share: float, found: list[Flaw] = flaws) -> bool:
            hit = share > 0 and chance.random() < share
            if hit:
                found.append(flaw)
            return hit

        if row["owner"] and spoil("no_owner", dirt.no_owner):
            row["owner"] = ""
        if row["amount"] and spoil("no_amount", dirt.no_amount):
            row["amount"] = ""
        if spoil("misspelt", dirt.misspelt):
            row["stage"] = f"{row['stage']}?"
        if spoil("undated", dirt.undated):
            row["at"] = ""
        rows.append((row, flaws))
        if spoil("early", dirt.early) and len(rows) > 1:
            rows[-2:] = rows[:-3:-1]
        if chance.random() < dirt.repeated:
            rows.append((dict(row), [*flaws, "repeated"]))
    numbered = enumerate(rows, 1)
    return Export(
        tuple(row for row, _ in rows), tuple((number, flaw) for number, (_, flaws) in numbered for flaw in flaws)
    )


def _told(deal: Deal) -> Iterator[dict[str, str]]:
    """The rows of one deal; what is said at one time is one row where it can be."""
    stage, terms = "", dict[str, Any]()
    for event in deal.history:
        if isinstance(event, Opened | Amended):
            terms |= event.terms
            terms = {name: value for name, value in terms.items() if name not in getattr(event, "cleared", ())}
        if isinstance(event, Opened):
            stage = event.stage
        elif isinstance(event, Entered):
            stage = event.destination
        elif not isinstance(event, Amended):
            continue
        amount = terms.get("amount")
        yield {
            "deal": deal.id,
            "stage": stage,
            "at": event.at.isoformat(),
            "amount": str(amount.amount) if isinstance(amount, Money) else "",
            "owner": str(terms.get("owner") or ""),
            "expected_close": str(terms.get("expected_close") or ""),
        }
