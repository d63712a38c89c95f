"""The rows of one export: where each field stands, how its cells are read, and what is wrong with the row at hand."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, tzinfo
from decimal import Decimal
from functools import partial
from operator import itemgetter
from typing import Any, NamedTuple, TypeVar, cast

import attrs

from salesprocess.errors import (
    MissingColumn,
    NaiveRow,
    OutOfRange,
    SalesProcessError,
    UnknownFact,
    UnknownField,
    UnknownStage,
    WrongKind,
    gather,
)
from salesprocess.events import Actor, StageStatus, Term, actor
from salesprocess.facts import Fact, FactValue, fact_value, from_text
from salesprocess.frozen import EMPTY, FrozenDict
from salesprocess.ingest.log import Problem
from salesprocess.money import Money
from salesprocess.process import Process
from salesprocess.timing import instant, zone

T = TypeVar("T")

Row = Mapping[str, object]
"""One line of an export: its cells by the name of their column, as text or typed."""

Cell = Callable[[object], T | None]
"""Reads a cell of one column; None when it is empty or wrong, and then `Sheet.flaws` says what is wrong."""

_TOLD = ("amount", "owner", "expected_close", "by", "reason")


class Place(NamedTuple):
    """Where a label of the export puts a deal."""

    label: str
    stage: str
    status: StageStatus


class Said(NamedTuple):
    """What a row says of its deal besides stage and time; an empty cell says nothing."""

    terms: FrozenDict[str, Term]
    by: Actor | None
    reason: str | None
    facts: FrozenDict[str, FactValue]


@attrs.define(eq=False)
class Sheet:
    """What reading one export takes; `Sheet.settled` builds it from the arguments of an import.

    Attributes:
        columns: the column of each field.
        facts: the column of each fact, with its declaration.
        places: where each label puts a deal.
        currency: of the amounts that are not `Money`.
        zone: of the times that have none.
        told: the fields beside deal, stage and time that have a column.
        number: of the row at hand; 1 is the first.
        flaws: what is wrong with the row at hand, as code and message.
        problems: what was wrong with the rows so far.
    """

    columns: Mapping[str, str]
    facts: Sequence[tuple[str, Fact | None, str]]
    places: Mapping[str, Place]
    currency: str | None
    zone: tzinfo | None
    told: Sequence[str]
    number: int = 0
    flaws: list[tuple[str, str]] = attrs.Factory(list[tuple[str, str]])
    problems: list[Problem] = attrs.Factory(list[Problem])

    @classmethod
    def settled(
        cls,
        *,
        process: Process,
        columns: Mapping[str, str],
        fields: Sequence[str],
        stages: Mapping[str, str],
        currency: str | None,
        tz: str | tzinfo | None,
        facts: Mapping[str, str],
        times: Mapping[str, str] = EMPTY,
    ) -> Sheet:
        """The sheet for the arguments of an import; `columns` may name the `fields`, `times` names more columns.

        Raises:
            SalesProcessError: the error of the argument that is wrong, or `SeveralErrors`.
        """
        declared = {fact.name: fact for fact in process.facts}
        free = process.policy.facts == "free"
        checks: tuple[Callable[[], Any], ...] = (
            lambda: _all_known(columns, fields, UnknownField),
            lambda: _all_known(facts, facts if free else declared, UnknownFact),
            lambda: _places(process, stages),
            lambda: None if currency is None else Money(0, currency),
            lambda: None if tz is None else zone(tz),
        )
        checked: list[Any] = gather(*checks)
        _, _, places, _, settled_zone = checked
        named = [(name, declared.get(name), column) for name, column in facts.items()]
        told = [field for field in _TOLD if field in columns]
        return cls({**columns, **times}, named, places, currency, settled_zone, told)

    def rows(self, rows: Iterable[Row], leading: Sequence[str]) -> Iterator[tuple[object, ...]]:
        """The cells of the rows in one pass: those of the `leading` fields, then those that `values` reads.

        Raises:
            MissingColumn: a leading field has no column, or a column that was named is in no row.
            WrongKind: a row is no mapping.
        """
        unnamed = [name for name in leading if name not in self.columns]
        told = [self.columns[field] for field in self.told]
        named = [*map(self.columns.get, leading), *told, *(column for _, _, column in self.facts)]
        empty, pick = dict.fromkeys(named), itemgetter(*named)
        absent: Iterable[str] = [*unnamed, *filter(None, empty)]
        found: dict[str, None] = {}
        for row in rows:
            self.number += 1
            if absent:
                if not isinstance(row, Mapping):
                    raise WrongKind("rows", row, "mappings from columns to cells, such as those of a csv.DictReader")
                found.update(dict.fromkeys(row))
                absent = [column for column in absent if column not in found or column in unnamed]
                if unnamed:
                    break
            try:
                cells = pick(row)
            except KeyError:
                cells = pick({**empty, **row})
            yield cells
        if unnamed or (absent and found):
            raise MissingColumn(list(absent), found)

    def report(self, deal: str | None, *, dropped: bool) -> None:
        """Turn the flaws of the row at hand into problems."""
        self.problems.extend(Problem(self.number, deal, code, message, dropped) for code, message in self.flaws)
        self.flaws.clear()

    def missing(self, field: str, consequence: str = "") -> None:
        """Note that a cell that should be filled is empty, unless it was noted that it cannot be read."""
        if not any(code == f"{field}.invalid" for code, _ in self.flaws):
            empty = ", ".join(filter(None, [f"column {self.columns[field]!r} is empty", consequence]))
            self.flaws.append((f"{field}.missing", f"{empty}; fill it in"))

    def deal(self) -> Cell[str]:
        """Reads the id of a deal, a text or a whole number; a cell must hold one."""
        return self._cell("deal", self.columns.get("deal", ""), self._text, required=True, remember=False)

    def place(self) -> Cell[Place]:
        """Reads a label as the stage that it means; a cell must hold one."""
        unknown: dict[str, str] = {}

        def parse(field: str, column: str, raw: object) -> Place | None:
            label = self._text(field, column, raw)
            place = self.places.get(label or "")
            if label and place is None:
                if label not in unknown:  # the close matches are looked for once
                    hint = f"say what it means with stages={{{label!r}: ...}}"
                    unknown[label] = f"{UnknownStage(label, self.places)}; {hint}"
                self.flaws.append((f"{field}.unknown", unknown[label]))
            return place

        return self._cell("stage", self.columns.get("stage", ""), parse, required=True)

    def moment(self, field: str, *, required: bool = False) -> Cell[datetime]:
        """Reads an instant; a plain date is its midnight. Texts are not remembered: few times occur twice."""
        column, parse = self.columns.get(field, ""), datetime.fromisoformat
        slow = self._cell(field, column, self._moment, required=required, remember=False)

        def read(raw: object) -> datetime | None:
            if type(raw) is not str:
                return slow(raw)
            try:
                at = parse(raw)
            except ValueError:
                return slow(raw)
            return at if at.tzinfo is UTC else self._placed(field, column, at)

        return read

    def values(self) -> Callable[[Sequence[object]], list[Any]]:
        """Reads what a row tells besides deal, stage and time, in the order of `told` and `facts`; None is silence."""
        parsers: dict[str, Callable[[str, str, object], Any]] = {
            "amount": self._amount,
            "owner": self._text,
            "expected_close": self._day,
            "by": self._actor,
            "reason": self._text,
        }
        told = [self._cell(field, self.columns[field], parsers[field]) for field in self.told]
        learnt = [self._cell("fact", column, partial(self._fact, name, fact)) for name, fact, column in self.facts]
        cells: list[Cell[Any]] = [*told, *learnt]
        return lambda raws: [read(raw) for read, raw in zip(cells, raws, strict=True)]

    def said(self, values: Sequence[Any]) -> Said:
        """The values of a row, sorted by what they are."""
        told = {field: value for field, value in zip(self.told, values, strict=False) if value is not None}
        by, reason = told.pop("by", None), told.pop("reason", None)
        if not self.facts:
            return Said(FrozenDict(told), by, reason, EMPTY)
        learnt = zip(self.facts, values[len(self.told) :], strict=True)
        known = FrozenDict((name, value) for (name, _, _), value in learnt if value is not None)
        return Said(FrozenDict(told), by, reason, known)

    def _cell(
        self,
        field: str,
        column: str,
        parse: Callable[[str, str, object], T | None],
        *,
        required: bool = False,
        remember: bool = True,
    ) -> Cell[T]:
        """Reads the cells of one column; a text that was understood once, without a flaw, is not parsed again."""
        remembered: dict[str, T] = {}

        def read(raw: object) -> T | None:
            if type(raw) is str and (value := remembered.get(raw)) is not None:
                return value
            if _blank(raw):
                if required:
                    self.missing(field)
                return None
            value = parse(field, column, raw)
            if remember and type(raw) is str and value is not None and not self.flaws:
                remembered[raw] = value
            return value

        return read

    def _wrong(self, code: str, column: str, raw: object, wanted: str) -> None:
        self.flaws.append((code, str(WrongKind(f"column {column!r}", raw, wanted))))

    def _text(self, field: str, column: str, raw: object) -> str | None:
        if isinstance(raw, str):
            return raw.strip()
        if type(raw) is int:
            return str(raw)
        self._wrong(f"{field}.invalid", column, raw, "a text or a whole number")
        return None

    def _day(self, field: str, column: str, raw: object) -> date | None:
        if isinstance(raw, str):
            try:
                return date.fromisoformat(raw.strip())
            except ValueError:
                pass
        elif isinstance(raw, date) and not isinstance(raw, datetime):
            return raw
        self._wrong(f"{field}.invalid", column, raw, "a day in ISO 8601, such as 2026-03-01")
        return None

    def _actor(self, field: str, column: str, raw: object) -> Actor | None:
        return actor(self._text(field, column, raw))

    def _amount(self, field: str, column: str, raw: object) -> Money | None:
        money = self._money(field, column, raw)
        if money is None or money.amount >= 0:
            return money
        self._wrong(f"{field}.negative", column, raw, "zero or more")
        return None

    def _money(self, field: str, column: str, raw: object) -> Money | None:
        if isinstance(raw, Money):
            return raw
        if self.currency is None:
            place = f"row {self.number}, column {column!r}"
            raise WrongKind("currency", None, f"a code such as 'EUR' for the plain amount {raw!r} in {place}")
        exact = float.__repr__(raw) if isinstance(raw, float) else raw
        try:
            return Money(cast("Decimal | int | str", exact), self.currency)
        except SalesProcessError:
            self._wrong(f"{field}.invalid", column, raw, "a plain decimal number, such as 48000.50, or Money")
            return None

    def _moment(self, field: str, column: str, raw: object) -> datetime | None:
        value = raw
        if isinstance(raw, str):
            value = _iso(raw.strip())
        elif isinstance(raw, date) and not isinstance(raw, datetime):
            value = datetime.combine(raw, time())
        if isinstance(value, datetime):
            return self._placed(field, column, value)
        self._wrong(f"{field}.invalid", column, raw, "a time in ISO 8601, such as 2026-01-05T09:00+01:00")
        return None

    def _placed(self, field: str, column: str, value: datetime) -> datetime | None:
        """The instant; a local time is placed in the zone of the import."""
        try:
            return instant(value) if value.utcoffset() is not None else self._local(field, column, value)
        except OutOfRange as error:
            self.flaws.append((f"{field}.invalid", f"column {column!r}: {error}"))
            return None

    def _local(self, field: str, column: str, value: datetime) -> datetime:
        if self.zone is None:
            raise NaiveRow(f"row {self.number}, column {column!r}", value)
        local = value.replace(tzinfo=self.zone)
        at = instant(local)
        if local.utcoffset() != local.replace(fold=1 - local.fold).utcoffset():
            twice = instant(local.replace(fold=0)) < instant(local.replace(fold=1))
            code, what = ("ambiguous", "occurs twice") if twice else ("nonexistent", "does not occur")
            shown = f"column {column!r}: {value.isoformat()} {what} in {self.zone}, where the clocks change"
            self.flaws.append((f"{field}.{code}", f"{shown}; taken as {at.isoformat()}, write it with its offset"))
        return at

    def _fact(self, name: str, fact: Fact | None, field: str, column: str, raw: object) -> FactValue | None:
        value = raw.strip() if isinstance(raw, str) else raw
        if fact is not None and not fact.many:
            if fact.kind is datetime:
                value = self._moment(field, column, raw)
            elif fact.kind is Money:
                value = self._money(field, column, raw)
            elif isinstance(value, str):
                try:
                    value = from_text(f"column {column!r}", value, fact.kind)
                except WrongKind as error:
                    self.flaws.append((f"{field}.invalid", str(error)))
                    return None
        elif isinstance(value, list):
            value = tuple(cast("list[object]", value))
        if value is None:
            return None
        try:
            return fact_value(name, value) if fact is None else fact.check(value)
        except SalesProcessError as error:
            self.flaws.append((f"{field}.invalid", f"column {column!r}: {error}"))
            return None


def _iso(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _blank(raw: object) -> bool:
    """Whether a cell is empty; data frames write NaN and NaT, which differ from themselves."""
    if isinstance(raw, str):
        return not raw.strip()
    return raw is None or (isinstance(raw, float | datetime) and raw != raw)  # noqa: PLR0124


def _all_known(names: Iterable[str], known: Iterable[str], error: type[UnknownField | UnknownFact]) -> None:
    unknown = [name for name in names if name not in known]
    if unknown:
        raise error(unknown, known)


def _places(process: Process, stages: Mapping[str, str]) -> dict[str, Place]:
    """Where each label leads; the name of a stage is a label of its own."""
    by_name = {stage.name: stage for stage in process.stages}
    unknown = [name for name in dict.fromkeys(stages.values()) if name not in by_name]
    if unknown:
        raise UnknownStage(unknown, by_name)
    labels = {**dict(zip(by_name, by_name, strict=True)), **stages}
    return {label: Place(label, name, by_name[name].status) for label, name in labels.items()}
