"""The two ways through the door: a value becomes a document, a document becomes a value again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import cache, lru_cache
from types import UnionType
from typing import Any, TypeVar, cast, get_args, overload

import attrs

from salesprocess.agenda import Agenda, Item
from salesprocess.catalog import Catalog
from salesprocess.criteria import Criterion, Rule
from salesprocess.deal import Deal, Objection, Outcome, replay
from salesprocess.errors import BrokenHistory, InvalidDocument, OutOfRange, WrongKind, gather
from salesprocess.events import Actor, Event
from salesprocess.facts import Fact
from salesprocess.frozen import FrozenDict, tuple_of
from salesprocess.money import Money
from salesprocess.pricing import LineItem
from salesprocess.process import Process
from salesprocess.recheck import Divergence
from salesprocess.rules import MoveLabels, Policy, Transition
from salesprocess.serialization import limits
from salesprocess.serialization.converting import reading, tagged_writer, writing
from salesprocess.serialization.criteria import vocabulary
from salesprocess.serialization.faults import fault, shown, under
from salesprocess.serialization.shapes import Known, Library, Record, Requirement, Rulebook, Single
from salesprocess.serialization.versions import SCHEMA, current
from salesprocess.stages import Activity, LossReason, Stage
from salesprocess.staleness import Staleness
from salesprocess.timing import Calendar, Period
from salesprocess.verdicts import Decision, Finding, Reason, Verdict
from salesprocess.working_time import Shift, WorkingTime

T = TypeVar("T")


@attrs.frozen
class _Kind:
    """How one kind of value becomes a document and comes back.

    Attributes:
        shape: the type whose fields the document has.
        to: the shape of a value.
        back: the value of a shape.
        bounded: whether the document is checked against `limits` as a whole; what holds a list of events is not.
    """

    shape: Any
    to: Callable[[Any], Any] = lambda value: value
    back: Callable[[Any], Any] = lambda shape: shape
    bounded: bool = True


def _rulebook(process: Process) -> Rulebook:
    count = len(process.stages)
    if count > limits.MOST_STAGES:
        raise OutOfRange("stages", count, f"at most {limits.MOST_STAGES} in number")
    return Rulebook(**{field.name: getattr(process, field.name) for field in attrs.fields(Rulebook)})


def _process(rulebook: Rulebook) -> Process:
    count = len(rulebook.stages)
    if count > limits.MOST_STAGES:
        raise fault(f"holds {count} stages, more than {limits.MOST_STAGES}", "stages")
    return Process(**attrs.asdict(rulebook, recurse=False))


def _catalog(library: Library) -> Catalog:
    return Catalog(gather(*(lambda each=each: _process(each) for each in library.processes)))


def _exactly(kind: type[Any]) -> Callable[[Any], Any]:
    def back(single: Single) -> Any:
        if type(single.value) is not kind:
            raise fault(f"wants {kind.__name__}, holds {type(single.value).__name__}", "value")
        return single.value

    return back


def _one_kind(cls: type[Any]) -> Callable[[Any], Any]:
    def back(event: Any) -> Any:
        if type(event) is not cls:
            raise fault(f"wants {cls.kind!r}, got {event.kind!r}", "kind")
        return event

    return back


_PLAIN = (
    *(
        Activity,
        Actor,
        Agenda,
        Calendar,
        Decision,
        Divergence,
        Fact,
        Finding,
        Item,
        LineItem,
        LossReason,
        MoveLabels,
        Money,
    ),
    *(Objection, Outcome, Period, Policy, Reason, Shift, Stage, Transition, Verdict, WorkingTime),
)
_SINGLE = (str, int, float, bool, Decimal, date, datetime, tuple)
_KINDS: Mapping[Any, _Kind] = {
    Deal: _Kind(Record, lambda deal: Record(deal.history), lambda record: replay(record.history), bounded=False),
    Event: _Kind(Event, bounded=False),
    **{cls: _Kind(Event, back=_one_kind(cls), bounded=False) for cls in get_args(Event)},
    **{cls: _Kind(Staleness, back=_one_kind(cls)) for cls in get_args(Staleness)},
    Process: _Kind(Rulebook, _rulebook, _process),
    Catalog: _Kind(Library, lambda catalog: Library(tuple(map(_rulebook, catalog.processes))), _catalog),
    Criterion: _Kind(Requirement, Requirement, lambda requirement: requirement.criterion),
    FrozenDict: _Kind(Known, Known, lambda known: known.facts),
    **{cls: _Kind(Single, Single, _exactly(cls)) for cls in _SINGLE},
    **{cls: _Kind(cls) for cls in _PLAIN},
}


@cache
def _event_row() -> Callable[[Event], dict[str, Any]]:
    return tagged_writer(Event, {"schema": SCHEMA})


def dump(value: object) -> dict[str, Any]:
    """The document of a value: dicts, lists, texts, numbers and truth values, ready for `json.dumps`.

    Args:
        value: a deal, one of its events, a process, a catalog or any value that they are made of; a mapping of facts
            (`deal.facts`), or a single value that a fact can have.

    Raises:
        WrongKind: values of this type are no documents, or hold something that cannot be written.
        OutOfRange: a number is not finite or too large, or the document would be too deep or too large to be read.

    `load(dump(value), type(value)) == value`. A document carries its `schema`, and an event its `kind`.

    >>> dump(Money("48000.50", "EUR"))
    {'schema': 1, 'amount': '48000.50', 'currency': 'EUR'}
    """
    kind = type(value)
    known = _KINDS.get(kind)
    if known is None:
        raise WrongKind("value", value, "a deal, an event, a process or another value of this library")
    if known.shape is Event:
        return _event_row()(cast("Event", value))
    shape = known.to(value)
    document = {"schema": SCHEMA, **writing().get_unstructure_hook(known.shape)(shape)}
    if known.bounded:
        _within_bounds(document)
    return document


def _within_bounds(document: dict[str, Any]) -> None:
    try:
        limits.check(document)
    except InvalidDocument as invalid:
        raise OutOfRange("value", shown(document), invalid.faults[0][1]) from None


@overload
def load(data: object, kind: type[T], *, criteria: Iterable[Rule[...]] = ()) -> T: ...


@overload
def load(data: object, kind: UnionType, *, criteria: Iterable[Rule[...]] = ()) -> Event: ...


def load(data: object, kind: Any, *, criteria: Iterable[Rule[...]] = ()) -> Any:
    """The value of a document.

    Args:
        data: what `dump` wrote or a person did, as `json.loads` yields it.
        kind: what it is to be: `Deal`, `Event` for any kind of event, `Process`, `Catalog`, or the class of any other
            value that `dump` takes; `FrozenDict` for facts by name.
        criteria: the user's own rules, which criteria may name by their code; the stock rules are known.

    Raises:
        InvalidDocument: it is no such document; every fault is listed with its path.
        InvalidProcess: it is the document of a process that contradicts itself.
        BrokenHistory: it is the document of a deal whose events do not follow one another.
        WrongKind, InvalidCriterion: `kind` or `criteria` is not what is described above.

    Nothing in a document is ever run or imported, and no document makes anything else be raised.

    >>> load({"schema": 1, "amount": "48000.50", "currency": "EUR"}, Money)
    Money('48000.50', 'EUR')
    >>> load({"schema": 1, "amount": 48000.50, "curency": "EUR"}, Money)
    Traceback (most recent call last):
    salesprocess.errors.InvalidDocument: the document cannot be read:
    ...
    """
    try:
        known = _KINDS.get(kind)
    except TypeError:
        known = None
    if known is None:
        raise WrongKind("kind", kind, "Deal, Event, Process or another class of this library")
    own = tuple_of(criteria, "criteria")
    if own:
        vocabulary(own)
    return known.back(_shape(data, kind, known, own))


def _shape(data: object, kind: Any, known: _Kind, own: tuple[Rule[...], ...]) -> Any:
    document, faults = current(data, kind)
    if known.bounded:
        limits.check(document)
    if not faults:
        try:
            return _reader(known.shape, own, careful=False)(document, known.shape)
        except Exception:  # noqa: BLE001, S110 - whatever it was, the careful reader tells all of it with the paths
            pass
    try:
        _reader(known.shape, own, careful=True)(document, known.shape)
    except InvalidDocument as error:
        faults = (*faults, *error.faults)
    raise InvalidDocument(faults)


@lru_cache(maxsize=256)
def _reader(shape: Any, own: tuple[Rule[...], ...], *, careful: bool) -> Callable[[Any, Any], Any]:
    return reading(own, careful=careful).get_structure_hook(shape)


def load_deals(rows: Iterable[object]) -> Iterator[Deal]:
    """The deals that event rows tell, one at a time, as a store yields them ordered by deal and revision.

    Args:
        rows: what `dump` made of events, the rows of each deal together and in their order.

    Raises:
        InvalidDocument: a row is no event; its paths begin with the number of the row, counted from 0: `$[17].at`.
        BrokenHistory: the rows of a deal are not complete, not in order, or not together.
        WrongKind: `rows` cannot be iterated.

    Memory holds one deal, and the ids of the deals before it.

    >>> [deal.id for deal in load_deals([])]
    []
    """
    seen: set[str] = set()
    history: list[Event] = []
    if not isinstance(rows, Iterable):
        raise WrongKind("rows", rows, "rows of events")
    for number, row in enumerate(rows):
        try:
            event: Event = _shape(row, Event, _KINDS[Event], ())
        except InvalidDocument as error:
            raise InvalidDocument(under(number, error)) from None
        if history and event.deal != history[0].deal:
            yield replay(history)
            history = []
        if not history:
            if event.deal in seen:
                raise BrokenHistory(
                    event.deal,
                    [f"row {number} comes back to it after another deal; order the rows by deal and revision"],
                )
            seen.add(event.deal)
        history.append(event)
    if history:
        yield replay(history)
