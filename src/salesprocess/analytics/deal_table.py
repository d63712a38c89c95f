"""Every deal as one row, as the record stood at one moment: what the numbers about whole deals are counted from."""

from __future__ import annotations

from array import array
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeAlias

import attrs

from salesprocess.analytics import reports, results
from salesprocess.analytics.cohort import NOT_OPENED, by_reason, each_once, only_deals
from salesprocess.analytics.reports import Grid, Report
from salesprocess.analytics.valuations import Value, counted_as, valuation, value_of
from salesprocess.analytics.visits import Column, microseconds
from salesprocess.deal import Deal
from salesprocess.errors import OutOfRange, UnknownFact, WrongKind
from salesprocess.events import ActivityDone, Amended, Entered, Noted, Opened, Status
from salesprocess.facts import FactValue
from salesprocess.frozen import EMPTY, FrozenDict
from salesprocess.money import Money
from salesprocess.timing import instant

STATUSES: tuple[Status, ...] = ("open", "on_hold", "won", "lost")
"""What a deal is, by the code in `DealColumns.status`."""

OPEN, ON_HOLD, WON, LOST = range(4)
"""The codes; below `WON` a deal is under way."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def moment(value: int) -> datetime:
    """The instant of a number of microseconds since 1970.

    >>> moment(1_000_000).isoformat()
    '1970-01-01T00:00:01+00:00'
    """
    return _EPOCH + timedelta(microseconds=value)


def _integers() -> Column:
    return array("q")


def _codes() -> Column:
    return array("i")


def _amounts() -> list[Money | None]:
    return []


@attrs.frozen
class DealRow:
    """One deal as the record stood.

    Attributes:
        deal: its id.
        process: the name of its rulebook.
        status, stage: what and where it was.
        opened: when the record of it began.
        observed: the deal was open then; False where an import knows of it only since its close, so that it has no
            length.
        closed: when it was won or lost; None while it was under way.
        left: the stage from which it was closed; None while under way, or where nobody saw it.
        reason: the reason of the close; None where none was given.
        owner: who was responsible, if anybody.
        amount: what it was worth, if anybody said; by another valuation where the table has one.
        category: the forecast category that a person stated; None leaves it to the stage.
        expected_close: the day on which it was expected to close.
        pushes, pulls: how often that day was changed to a later or an earlier one.
        reopenings: how often it came back after a close.
        activities: the activities done until the close.
        touches: the activities and notes until the close.
    """

    deal: str
    process: str
    status: Status
    stage: str
    opened: datetime
    observed: bool
    closed: datetime | None
    left: str | None
    reason: str | None
    owner: str | None
    amount: Money | None
    category: str | None
    expected_close: date | None
    pushes: int
    pulls: int
    reopenings: int
    activities: int
    touches: int


@attrs.frozen
class DealColumns:
    """The deals as parallel columns, to be read and never written.

    Attributes:
        opened, closed: microseconds since 1970 in UTC; `closed` is `as_of` while a deal is under way.
        observed: 1 where the deal was open at `opened`, 0 where the record of it begins with its close.
        status: index into `STATUSES`.
        process: index into `DealTable.processes`.
        stage, left: index into `DealTable.stages`; `left` is -1 where there is none.
        owner: index into `DealTable.owners`; -1 for nobody.
        reason: index into `DealTable.reasons`; -1 for none.
        category: index into `DealTable.categories`; -1 where nobody stated one.
        expected: the expected close as a proleptic ordinal (`date.toordinal`); 0 for none.
        pushes, pulls, reopenings, activities, touches: as in `DealRow`.
        amount: what each deal is worth; None where nobody said.
    """

    opened: Column = attrs.field(factory=_integers)
    closed: Column = attrs.field(factory=_integers)
    observed: Column = attrs.field(factory=_codes)
    status: Column = attrs.field(factory=_codes)
    process: Column = attrs.field(factory=_codes)
    stage: Column = attrs.field(factory=_codes)
    left: Column = attrs.field(factory=_codes)
    owner: Column = attrs.field(factory=_codes)
    reason: Column = attrs.field(factory=_codes)
    category: Column = attrs.field(factory=_codes)
    expected: Column = attrs.field(factory=_codes)
    pushes: Column = attrs.field(factory=_codes)
    pulls: Column = attrs.field(factory=_codes)
    reopenings: Column = attrs.field(factory=_codes)
    activities: Column = attrs.field(factory=_codes)
    touches: Column = attrs.field(factory=_codes)
    amount: Sequence[Money | None] = attrs.field(factory=_amounts)


@attrs.frozen
class DealTable:
    """A book of deals, one row each, as the record stood at `as_of`.

    Every metric of whole deals takes one in place of the deals, so that a book is read once for all of them.
    Iterating gives a `DealRow` each; `len()` counts them.

    Attributes:
        as_of: the moment, inclusive.
        deals: the ids.
        processes, stages, owners, reasons, categories: the names, by code. Deals of several versions share a stage by
            its name.
        columns: the deals.
        facts: the values of the facts that were asked for, by name; None where a deal does not know it.
        excluded: what is not in the table, by reason.
        valued: what a deal is worth where that is not its amount; empty where it is.
    """

    as_of: datetime
    deals: tuple[str, ...]
    processes: tuple[str, ...]
    stages: tuple[str, ...]
    owners: tuple[str, ...]
    reasons: tuple[str, ...]
    categories: tuple[str, ...]
    columns: DealColumns
    facts: FrozenDict[str, tuple[FactValue | None, ...]] = EMPTY
    excluded: FrozenDict[str, int] = EMPTY
    valued: str = ""

    @property
    def definition(self) -> str:
        """How the rows are formed."""
        return counted_as("one row per deal, as the record stood at as_of, inclusive", self.valued)

    cohort = "deals opened by as_of"

    @property
    def n(self) -> int:
        """How many deals the record held."""
        return len(self.deals)

    def __len__(self) -> int:
        return len(self.deals)

    def __iter__(self) -> Iterator[DealRow]:
        return map(self.row, range(len(self)))

    def row(self, row: int) -> DealRow:
        """One of the deals, by its place."""
        c = self.columns
        return DealRow(
            self.deals[row],
            self.processes[c.process[row]],
            STATUSES[c.status[row]],
            self.stages[c.stage[row]],
            moment(c.opened[row]),
            bool(c.observed[row]),
            moment(c.closed[row]) if c.status[row] >= WON else None,
            _named(self.stages, c.left[row]),
            _named(self.reasons, c.reason[row]),
            _named(self.owners, c.owner[row]),
            c.amount[row],
            _named(self.categories, c.category[row]),
            date.fromordinal(c.expected[row]) if c.expected[row] else None,
            c.pushes[row],
            c.pulls[row],
            c.reopenings[row],
            c.activities[row],
            c.touches[row],
        )

    def fact(self, name: str) -> tuple[FactValue | None, ...]:
        """What each deal knows of a fact.

        Raises:
            UnknownFact: the table was built without it.
        """
        if name not in self.facts:
            raise UnknownFact(name, self.facts)
        return self.facts[name]

    def split(self, by: str) -> dict[FactValue | None, DealTable]:
        """The deals of each owner, say, as tables of their own, so that every metric can be told for each.

        Args:
            by: `owner`, `process`, `status`, `stage`, `reason` or `category`, or a fact that the table was built with.

        Returns:
            The tables in the order of the names or values, that of deals without one, under None, at the end. Each
            counts the deals of the others in its `excluded`.

        Raises:
            UnknownFact: `by` is none of these.

        >>> from datetime import UTC
        >>> from salesprocess.process import Process
        >>> from salesprocess.stages import Stage
        >>> solar = Process("solar", stages=[Stage("lead"), Stage.won("won"), Stage.lost("lost")])
        >>> at = datetime(2026, 1, 5, tzinfo=UTC)
        >>> deals = [solar.open(f"D{number}", owner=name, at=at) for number, name in enumerate(["ola", "kari", "ola"])]
        >>> for owner, part in deal_table(deals, as_of=at).split("owner").items():
        ...     print(owner, part.n, part.excluded)
        kari 1 {'deal of another owner': 2}
        ola 2 {'deal of another owner': 1}
        """
        groups: dict[FactValue | None, list[int]] = {}
        for row, value in enumerate(self._values(by)):
            groups.setdefault(value, []).append(row)
        return {value: self._part(groups[value], f"deal of another {by}") for value in sorted(groups, key=_place)}

    def _values(self, by: str) -> Iterable[FactValue | None]:
        c = self.columns
        coded: dict[str, tuple[Column, Sequence[str]]] = {
            "owner": (c.owner, self.owners),
            "process": (c.process, self.processes),
            "status": (c.status, STATUSES),
            "stage": (c.stage, self.stages),
            "reason": (c.reason, self.reasons),
            "category": (c.category, self.categories),
        }
        if by in coded:
            codes, names = coded[by]
            return [_named(names, code) for code in codes]
        if by not in self.facts:
            raise UnknownFact(by, [*coded, *self.facts])
        return self.facts[by]

    def _part(self, rows: Sequence[int], others: str) -> DealTable:
        kept = {field.name: _picked(getattr(self.columns, field.name), rows) for field in attrs.fields(DealColumns)}
        return attrs.evolve(
            self,
            deals=_picked(self.deals, rows),
            columns=DealColumns(**kept),
            facts=FrozenDict({name: _picked(values, rows) for name, values in self.facts.items()}),
            excluded=by_reason(self.excluded, {others: len(self) - len(rows)}),
        )

    def to_rows(self) -> list[dict[str, Any]]:
        """The deals as plain dicts, the facts among them."""
        rows = results.plain_rows(self)
        return [row | {name: values[at] for name, values in self.facts.items()} for at, row in enumerate(rows)]

    def report(self) -> Report:
        """What is shown: how many deals of each status there are, not one by one."""
        status, owner = self.columns.status, self.columns.owner
        amounts = [amount is not None for amount in self.columns.amount]
        lines = [
            [
                name.replace("_", " "),
                results.number(sum(each == code for each in status)),
                results.number(sum(has and each == code for has, each in zip(amounts, status, strict=True))),
                results.number(sum(who >= 0 and each == code for who, each in zip(owner, status, strict=True))),
            ]
            for code, name in enumerate(STATUSES)
        ]
        return reports.described(self, "Deals", Grid(["status", "deals", "with an amount", "with an owner"], lines))

    __str__ = reports.text
    _repr_html_ = reports.html


def _place(value: FactValue | None) -> tuple[bool, float, str]:
    """Numbers by size, everything else by its text, nothing at the end."""
    return value is None, value if isinstance(value, int | float) else 0, str(value)


def _picked(values: Any, rows: Sequence[int]) -> Any:
    """Some of the values of a column, which stays what it is: an array or a tuple."""
    some = (values[row] for row in rows)
    return array(values.typecode, some) if isinstance(values, array) else tuple(some)


def _named(names: Sequence[str], code: int) -> str | None:
    return names[code] if code >= 0 else None


Deals: TypeAlias = Iterable[Deal] | DealTable
"""What the metrics of whole deals take: deals, or the table that was made from them once."""


def deal_table(
    deals: Iterable[Deal], *, as_of: datetime, facts: Collection[str] = (), value: Value = "amount"
) -> DealTable:
    """One row per deal, read in one pass as the histories stood at `as_of`, inclusive.

    Args:
        deals: any iterable, read once; each deal at most once.
        as_of: what was recorded later is not known here.
        facts: the names of the facts to keep, such as `source`.
        value: what a deal is worth to every metric that takes the table: its `amount`, what recurs of its line items
            (`mrr`, `arr`) or all of them (`tcv`), or a function of the deal as it stood, as for `forecasting.Valued`.

    Raises:
        OutOfRange, WrongKind, NegativeAmount: the valuation cannot be what it is given, or gives.
        NaiveDatetime: `as_of` has no time zone.
        WrongKind: `facts` is one text and no collection.
        DuplicateDeal: ids that come more than once.

    >>> from datetime import UTC
    >>> from salesprocess.process import Process
    >>> from salesprocess.stages import Stage
    >>> solar = Process("solar", stages=[Stage("lead"), Stage.won("won"), Stage.lost("lost")])
    >>> at = datetime(2026, 1, 5, tzinfo=UTC)
    >>> deal = solar.win(solar.open("ACME-1", owner="kari", at=at), at=at + timedelta(days=9))
    >>> row = next(iter(deal_table([deal], as_of=at + timedelta(days=30))))
    >>> row.status, row.owner, (row.closed - row.opened).days
    ('won', 'kari', 9)
    """
    if isinstance(facts, str):
        raise WrongKind("facts", facts, "a collection of names, such as ['source']")
    as_of = instant(as_of, "as_of")
    now = microseconds(as_of)
    columns = DealColumns()
    stages, owners, reasons, processes, categories = (dict[str, int]() for _ in range(5))
    amounts: list[Money | None] = []
    known: dict[str, list[FactValue | None]] = {name: [] for name in facts}
    ids: list[str] = []
    later: list[str] = []
    c = columns
    counts = (c.pushes, c.pulls, c.reopenings, c.activities, c.touches)
    for deal in only_deals(deals):
        then = deal.as_of(as_of)
        if then is None:
            later.append(deal.id)
            continue
        ids.append(then.id)
        outcome, owner, due = then.outcome, then.owner, then.expected_close
        end = now if outcome is None else microseconds(outcome.at)
        first = then.history[0]
        c.opened.append(microseconds(first.at))
        c.observed.append(not isinstance(first, Opened) or first.status == "open")
        c.closed.append(end)
        c.status.append(STATUSES.index(then.status))
        c.process.append(_code(processes, then.process))
        c.stage.append(_code(stages, then.stage))
        c.left.append(-1 if outcome is None else _code(stages, outcome.left))
        c.owner.append(_code(owners, owner))
        c.reason.append(-1 if outcome is None else _code(reasons, outcome.reason))
        c.category.append(_code(categories, then.category))
        c.expected.append(due.toordinal() if due else 0)
        amounts.append(value_of(then, value))
        for count, column in zip(_counted(then, end), counts, strict=True):
            column.append(count)
        for name, values in known.items():
            values.append(then.facts.get(name))
    each_once([*ids, *later])
    return DealTable(
        as_of,
        tuple(ids),
        tuple(processes),
        tuple(stages),
        tuple(owners),
        tuple(reasons),
        tuple(categories),
        attrs.evolve(columns, amount=tuple(amounts)),
        FrozenDict({name: tuple(values) for name, values in known.items()}),
        FrozenDict({NOT_OPENED: len(later)} if later else {}),
        valuation(value),
    )


def _code(codes: dict[str, int], name: str | None) -> int:
    return -1 if name is None else codes.setdefault(name, len(codes))


def _counted(deal: Deal, end: int) -> tuple[int, int, int, int, int]:
    """Later and earlier changes of the expected close, reopenings, and activities and touches until the close.

    A date that comes after none, because there was none yet or it was cleared, is compared with the last one known.
    """
    pushes = pulls = reopenings = activities = touches = 0
    due: Any = None
    closed = False
    for event in deal.history:
        if isinstance(event, Entered):
            reopenings += closed and event.status == "open"
            closed = event.status != "open"
        elif isinstance(event, Amended | Opened):
            if isinstance(event, Opened):
                closed = event.status != "open"
            new: Any = event.terms.get("expected_close", due)
            if due is not None:
                pushes += new > due
                pulls += new < due
            due = new
        elif isinstance(event, ActivityDone | Noted) and microseconds(event.happened or event.at) <= end:
            touches += 1
            activities += isinstance(event, ActivityDone)
    return pushes, pulls, reopenings, activities, touches


def table_of(deals: Deals, as_of: datetime | None, facts: Collection[str] = ()) -> DealTable:
    """The table that a metric counts: the one given, or one made of the deals.

    Raises:
        WrongKind: deals came without `as_of`.
        OutOfRange: a table came with another `as_of` than its own.
        UnknownFact: the table was built without one of the facts.
    """
    if isinstance(deals, DealTable):
        if as_of is not None and instant(as_of, "as_of") != deals.as_of:
            raise OutOfRange("as_of", as_of, f"that of the table, {deals.as_of.isoformat()}, or left out")
        for name in facts:
            deals.fact(name)
        return deals
    if as_of is None:
        raise WrongKind("as_of", as_of, "an aware datetime; only a DealTable brings its own")
    return deal_table(deals, as_of=as_of, facts=facts)
