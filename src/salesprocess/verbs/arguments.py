"""Check what a caller hands to a verb, before anything is recorded: all of it, so that every fault is told at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, Protocol, cast

import attrs

from salesprocess.deal import Deal
from salesprocess.engine import Engine
from salesprocess.errors import (
    ActorRequired,
    BackwardTime,
    ItemsMismatch,
    NegativeAmount,
    OutOfRange,
    ReasonRequired,
    SalesProcessError,
    UnknownFact,
    UnknownTerm,
    WrongKind,
    WrongProcess,
    gather,
)
from salesprocess.events import TERMS, Actor, By, Event, Term, actor
from salesprocess.facts import FactValue, check_facts
from salesprocess.frozen import EMPTY, FrozenDict, tuple_of
from salesprocess.money import Money
from salesprocess.pricing import LineItem, contract_value
from salesprocess.rules import Rulebook
from salesprocess.stages import CATEGORIES
from salesprocess.timing import day, instant


class Compiled(Rulebook, Protocol):
    """A rulebook with the engine that decides by it: what a verb is a function of, and what a `Process` is."""

    @property
    def engine(self) -> Engine:
        """Its compiled form."""
        ...


def moment(process: Compiled, deal: Deal, at: datetime) -> datetime:
    """The instant at which the next event of the deal is recorded.

    That is `at`, or the instant of the last event if `at` is behind it by at most the policy's clock skew.

    Raises:
        WrongProcess: the deal follows another rulebook.
        NaiveDatetime, WrongKind: `at` is no aware datetime.
        BackwardTime: `at` lies further back.
    """
    if not isinstance(deal, Deal):
        raise WrongKind("deal", deal, "a Deal")
    here = deal.version == process.version and deal.process == process.name
    if here and type(at) is datetime and at.tzinfo is UTC and at >= deal.history[-1].at:
        return at  # the common case; all others are checked with all their errors below
    found, _ = gather(lambda: _moment(deal, at, process.policy.clock_skew), lambda: belongs(process, deal))
    return found


def asked(
    process: Compiled,
    deal: Deal,
    name: str,
    at: datetime,
    by: By,
    reason: str | None,
    known: Callable[[str], object] = str,
) -> tuple[datetime, Actor | None, FrozenDict[str, str]]:
    """When, by whom and with what a move is asked for; `name` is the transition or the stage, if `known` takes it.

    Raises:
        SalesProcessError: the error of the one that is wrong, or `SeveralErrors`.
    """
    try:
        if type(name) is str:
            known(name)
            return moment(process, deal, at), actor(by), inputs(reason)
    except SalesProcessError:
        pass  # told below, with everything else that is wrong
    return _asked(process, deal, name, at, by, reason, known)


def _asked(
    process: Compiled,
    deal: Deal,
    name: str,
    at: datetime,
    by: By,
    reason: str | None,
    known: Callable[[str], object],
) -> tuple[datetime, Actor | None, FrozenDict[str, str]]:
    """The same with every fault; apart, because what a lambda may need is slow to reach for everybody else."""
    checked: list[Any] = gather(
        lambda: moment(process, deal, at),
        lambda: known(text("name", name)),
        lambda: actor(by),
        lambda: inputs(reason),
    )
    return checked[0], checked[2], checked[3]


def _moment(deal: Deal, at: datetime, skew: timedelta) -> datetime:
    at, last = instant(at), deal.updated_at
    if at < last - skew:
        raise BackwardTime(deal.id, at, last)
    return max(at, last)


def belongs(process: Compiled, deal: Deal) -> datetime:
    """The instant of the last event of a deal that follows this rulebook.

    Raises:
        WrongProcess: the deal follows another one.
    """
    has, given = (deal.process, deal.version), (process.name, process.version)
    if has != given:
        raise WrongProcess(deal.id, has, given)
    return deal.updated_at


def identity(value: str) -> str:
    """The id of a deal: any text that is not empty."""
    return text("deal", value)


def text(name: str, value: str) -> str:
    """A text that says something.

    Raises:
        WrongKind: not a text.
        OutOfRange: empty.
    """
    if not isinstance(value, str):
        raise WrongKind(name, value, "a text")
    if not value.strip():
        raise OutOfRange(name, value, "not empty")
    return value


def optional_text(name: str, value: str | None) -> str | None:
    """A text, or None."""
    if value is not None and not isinstance(value, str):
        raise WrongKind(name, value, "a text or None")
    return value


def free_text(name: str, value: str) -> str:
    """A text, also an empty one."""
    if not isinstance(value, str):
        raise WrongKind(name, value, "a text")
    return value


def earlier(happened: datetime | None, at: datetime) -> None:
    """Refuse what has not happened yet at `at`, when it is told.

    Raises:
        OutOfRange: it lies after the moment at which it is told.
    """
    if happened is not None and happened > at:
        raise OutOfRange("happened", happened, f"no later than it is recorded, {at.isoformat()}")


def _amount(value: object) -> Money:
    if not isinstance(value, Money):
        raise WrongKind("amount", value, "Money, such as Money('48000', 'EUR')")
    if value.amount < 0:
        raise NegativeAmount("amount", value, "zero or more")
    return value


def chance(value: object, name: str = "probability") -> float:
    """A probability.

    Raises:
        WrongKind: no number.
        OutOfRange: outside [0, 1].
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise WrongKind(name, value, "a number")
    if not 0 <= value <= 1:
        raise OutOfRange(name, value, "between 0 and 1")
    return float(value)


def _category(value: object) -> str:
    stated = [category for category in CATEGORIES if category != "closed"]
    if value not in stated:
        raise OutOfRange("category", value, f"one of {', '.join(stated)}; a deal is closed by winning it")
    return str(value)


def _owner(value: Any) -> str:
    return text("owner", value)


def _expected_close(value: Any) -> date:
    return day(value, "expected_close")


def _items(value: Any) -> tuple[LineItem, ...]:
    items = tuple_of(value, "items")
    for item in items:
        if not isinstance(item, LineItem):
            raise WrongKind("items", item, "LineItem")
    contract_value(items)
    return items


_TERMS: dict[str, Callable[[Any], Term]] = dict(
    zip(TERMS, (_amount, _owner, _expected_close, chance, _category, _items), strict=True)
)


def terms(given: Mapping[str, object]) -> FrozenDict[str, Term]:
    """The terms among `given` that are not None, as they are recorded; items without an amount bring their sum.

    Raises:
        SalesProcessError: the error of the one that is wrong, or `SeveralErrors`.
    """
    names = [name for name, value in given.items() if value is not None]
    checked = dict(zip(names, gather(*(_check_term(name, given[name]) for name in names)), strict=True))
    if "items" in checked and "amount" not in checked:
        checked["amount"] = contract_value(checked["items"])
    return FrozenDict(checked)


def summing_up(after: Mapping[str, Term]) -> None:
    """Refuse terms whose items do not sum to their amount.

    Raises:
        ItemsMismatch: they do not.
    """
    items = cast("tuple[LineItem, ...]", after.get("items", ()))
    if items and contract_value(items) != after.get("amount"):
        raise ItemsMismatch(contract_value(items), cast("Money | None", after.get("amount")))


def _check_term(name: str, value: object) -> Any:
    return lambda: _TERMS[name](value)


def cleared(names: Iterable[str], given: Mapping[str, object]) -> tuple[str, ...]:
    """The terms to clear.

    Raises:
        UnknownTerm: there is no such term.
        OutOfRange: one of them is set in the same breath.
    """
    chosen = tuple_of(names, "clear")
    unknown = [name for name in chosen if name not in _TERMS]
    if unknown:
        raise UnknownTerm(unknown, _TERMS)
    return _not_both("clear", chosen, given)


def _not_both(what: str, names: tuple[str, ...], given: Mapping[str, object]) -> tuple[str, ...]:
    both = [name for name in names if name in given]
    if both:
        raise OutOfRange(what, tuple(both), "other names than those that are set")
    return names


def facts(process: Compiled, given: Mapping[str, object]) -> FrozenDict[str, FactValue]:
    """The facts as they are recorded.

    Raises:
        UnknownFact: names that the process does not declare, unless its policy leaves facts free.
        SalesProcessError: the error of the value that is wrong, or `SeveralErrors`.
    """
    if not isinstance(given, Mapping):
        raise WrongKind("facts", given, "a mapping from names to values")
    known = {name: value for name, value in given.items() if _may_know(process, name)}
    checked, _ = gather(lambda: check_facts(known, process.engine.facts), lambda: _all_declared(process, given))
    return checked


def _may_know(process: Compiled, name: str) -> bool:
    return process.policy.facts == "free" or name in process.engine.facts


def _all_declared(process: Compiled, names: Iterable[str]) -> FrozenDict[str, FactValue]:
    unknown = [name for name in names if not _may_know(process, name)]
    if unknown:
        raise UnknownFact(unknown, process.engine.facts)
    return EMPTY


def forgotten(process: Compiled, names: Iterable[str], given: Mapping[str, object]) -> tuple[str, ...]:
    """The facts to forget.

    Raises:
        UnknownFact: names that the process does not declare, unless its policy leaves facts free.
        OutOfRange: one of them is learnt in the same breath.
    """
    chosen = tuple_of(names, "forget")
    _all_declared(process, chosen)
    return _not_both("forget", chosen, given)


def reason_when_closed(deal: Deal, verb: str, reason: str | None) -> None:
    """Refuse a change of a closed deal that comes without a reason.

    Raises:
        ReasonRequired: the deal is closed and nobody says why it is changed.
    """
    if deal.outcome is not None and not (reason and reason.strip()):
        raise ReasonRequired(deal.id, verb, f"it is {deal.status}")


def accountable(deal: Deal, verb: str, by: By, reason: str | None) -> None:
    """Refuse an exception that nobody answers for.

    Raises:
        ActorRequired, ReasonRequired: nobody says who or why.
        SeveralErrors: nobody says either.
    """
    gather(lambda: named(deal, verb, by), lambda: _explained(deal, verb, reason))


def named(deal: Deal, verb: str, by: By) -> None:
    """Refuse what nobody has done.

    Raises:
        ActorRequired: nobody says who.
    """
    if by is None:
        raise ActorRequired(deal.id, verb)


def _explained(deal: Deal, verb: str, reason: str | None) -> None:
    if optional_text("reason", reason) is None or not str(reason).strip():
        raise ReasonRequired(deal.id, verb, "an exception must be explained")


def inputs(reason: str | None) -> FrozenDict[str, str]:
    """What is given along with a request."""
    return EMPTY if reason is None else FrozenDict({"reason": text("reason", reason)})


def one_of(process: Compiled, stage: str | None, names: Sequence[str], wanted: str) -> None:
    """Refuse a stage that is not among `names`; None is no stage.

    Raises:
        UnknownStage: the process has no such stage.
        OutOfRange: it has, but not for this.
    """
    if stage is not None and stage not in names:
        process.engine.stage(stage)
        raise OutOfRange("stage", stage, f"{wanted}: {', '.join(names)}")


_HEADER = ("deal", "revision", "at", "key", "imported")


def told(event: Event) -> str:
    """An event in a few words."""
    content = {f.name: getattr(event, f.name) for f in attrs.fields(type(event)) if f.name not in _HEADER}
    shown = ", ".join(f"{name}={value!s}" for name, value in content.items() if value not in (None, "", (), {}))
    return f"{event.kind}({shown})"
