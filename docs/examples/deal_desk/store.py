"""Deals in a relational database: one table of events, to which rows are only appended.

The key of a row is the deal and the revision. Two writers who change a deal at the same moment write the same
revision, and the database lets one of them through: that is all the locking there is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sqlalchemy import JSON, Column, Engine, Integer, MetaData, String, Table, func, insert, select
from sqlalchemy.exc import IntegrityError

from salesprocess import Deal, Event, serialization

METADATA = MetaData()
DEAL_EVENT = Table(
    "deal_event",
    METADATA,
    Column("deal", String(200), primary_key=True),
    Column("revision", Integer, primary_key=True, autoincrement=False),
    Column("row", JSON, nullable=False),
)
_ROW = DEAL_EVENT.c.row
_ATTEMPTS = 10


class NoSuchDeal(LookupError):
    """No event of this deal is stored."""


class DealExists(Exception):
    """A deal of this id is stored already."""


class StaleDeal(Exception):
    """The deal has moved on since the revision that a change was meant for."""


class DealStore:
    """Deals by id.

    Args:
        engine: of any database that SQLAlchemy speaks to; the table is created when it is not there.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        METADATA.create_all(engine)

    def get(self, deal: str) -> Deal:
        """The deal, folded from its rows."""
        rows = select(_ROW).where(DEAL_EVENT.c.deal == deal).order_by(DEAL_EVENT.c.revision)
        with self._engine.connect() as connection:
            found = list(serialization.load_deals(connection.scalars(rows)))
        if not found:
            raise NoSuchDeal(deal)
        return found[0]

    def all(self) -> Iterator[Deal]:
        """Every deal; rows are read as they are needed, so that memory holds one deal at a time."""
        rows = select(_ROW).order_by(DEAL_EVENT.c.deal, DEAL_EVENT.c.revision)
        with self._engine.connect().execution_options(yield_per=1000) as connection:
            yield from serialization.load_deals(connection.scalars(rows))

    def add(self, deal: Deal) -> Deal:
        """Store a new deal."""
        try:
            self._append(deal.history)
        except StaleDeal:
            raise DealExists(deal.id) from None
        return deal

    def change(self, deal: str, verb: Callable[[Deal], Deal], *, revision: int | None = None) -> Deal:
        """Apply a verb to the stored deal and append what it adds.

        Verbs are pure, so a lost race is no harm: the deal is read again and the verb decides anew, by the rules and on
        what the other writer left. Whoever names the `revision` that they saw is told instead that it has changed.
        """
        for _ in range(_ATTEMPTS):
            before = self.get(deal)
            if revision is not None and before.revision != revision:
                break
            after = verb(before)
            try:
                self._append(after.since(before.revision))
            except StaleDeal:
                continue
            return after
        raise StaleDeal(deal)

    def _append(self, events: tuple[Event, ...]) -> None:
        rows = [{"deal": each.deal, "revision": each.revision, "row": serialization.dump(each)} for each in events]
        if not rows:
            return
        try:
            with self._engine.begin() as connection:
                connection.execute(insert(DEAL_EVENT), rows)
        except IntegrityError as error:
            raise StaleDeal(events[0].deal) from error

    def size(self) -> int:
        """How many events are stored; it grows with every change, so that a cache can be kept by it."""
        with self._engine.connect() as connection:
            return connection.scalar(select(func.count()).select_from(DEAL_EVENT)) or 0
