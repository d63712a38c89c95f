"""Take personal data out of a whole history, so that what is left still replays and still counts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, cast

import attrs

from salesprocess import given
from salesprocess.errors import OutOfRange, UnknownTerm, WrongKind, gather, raise_together
from salesprocess.events import (
    TERMS,
    ActivityDone,
    Actor,
    Amended,
    Event,
    FactsLearnt,
    Noted,
    ObjectionRaised,
    ObjectionResolved,
    Opened,
)
from salesprocess.frozen import EMPTY, FrozenDict, tuple_of

REDACTED = "redacted"
"""What stands where a text was; values of facts and terms are numbered: `redacted-1`, `redacted-2`."""


def redact(
    history: Iterable[Event],
    *,
    facts: Iterable[str] = (),
    terms: Iterable[str] = (),
    texts: bool = False,
    actors: Mapping[str, str] = EMPTY,
    codes: Iterable[str] = (),
) -> tuple[Event, ...]:
    """The same events without the named personal data; kinds, revisions, instants, keys and stages stay.

    - A named **text** gives way to `redacted-1`, and other texts under the same name to `redacted-2` and so on, in the
      order in which they first occur: it is still known (`has`), there are as many of them (`count_at_least`), and a
      change is still a change (`approved(..., while_unchanged=...)`).
    - Named values of every **other kind**, and the term `category`, are dropped, as if nobody had told them. No number,
      date or flag says "removed", and one made up would be counted as if it were true; what is not known is `unknown`
      to criteria and is listed as such in results.
    - With `texts`, notes, the texts of activities and objections, how these were resolved, and reasons become
      `redacted`, unless they are among `codes`.
    - Actors, and the term `owner`, get the names that `actors` has for them; roles stay.

    What is not touched, and must not hold personal data: the id of the deal, keys, and the names of activities,
    objections and approved subjects. A text that quotes a named value goes only with `texts`.

    To redact twice is to redact once.

    Args:
        history: events of one deal.
        facts: names of facts; a name that does not occur changes nothing.
        terms: names of terms.
        texts: whether free texts go.
        actors: the pseudonym of each actor to be renamed, by id.
        codes: reasons that are codes of the rulebook, such as its loss reasons: these stay, and can be counted.

    Raises:
        UnknownTerm: a deal has no term of one of the names.
        OutOfRange: a pseudonym in `actors` is itself to be replaced, so that a second run would change it again.

    >>> from datetime import UTC, datetime
    >>> at = datetime(2026, 1, 5, 9, tzinfo=UTC)
    >>> facts = FrozenDict(email="kunde@example.com", seats=5)
    >>> opened = Opened(deal="A-1", revision=1, at=at, process="solar", version=1, stage="lead", facts=facts)
    >>> redact([opened], facts=["email"])[0].facts
    {'email': 'redacted-1', 'seats': 5}
    """
    given.mapping(actors, "actors", "ids to pseudonyms")
    named = tuple_of(terms, "terms")
    events = tuple_of(history, "history")
    gather(lambda: _all_terms(named), lambda: _final(actors), lambda: _all_events(events))
    kept = frozenset(tuple_of(codes, "codes")) if texts else None
    remover = _Remover(frozenset(tuple_of(facts, "facts")), frozenset(named), kept, actors, defaultdict(dict))
    return tuple(remover.event(event) for event in events)


def _all_terms(names: tuple[str, ...]) -> None:
    unknown = [name for name in names if name not in TERMS]
    if unknown:
        raise UnknownTerm(unknown, TERMS)


def _all_events(history: tuple[Event, ...]) -> None:
    raise_together(
        WrongKind(f"history[{place}]", event, "an event")
        for place, event in enumerate(history)
        if not isinstance(event, Event)
    )


def _final(actors: Mapping[str, str]) -> None:
    again = [name for name in actors.values() if actors.get(name, name) != name]
    if again:
        raise OutOfRange("actors", tuple(again), "pseudonyms that are not themselves replaced")


@attrs.frozen
class _Remover:
    """One redaction of one history; `seen` numbers the texts under each name."""

    facts: frozenset[str]
    terms: frozenset[str]
    codes: frozenset[str] | None
    actors: Mapping[str, str]
    seen: defaultdict[str, dict[str, str]]

    def event(self, event: Event) -> Event:
        """The event without what is to go."""
        changes: dict[str, object] = {"by": self._actor(event.by), "reason": self._text(event.reason)}
        match event:
            case Opened():
                changes |= {"facts": self._facts(event.facts), "terms": self._terms(event.terms)}
            case FactsLearnt():
                changes["facts"] = self._facts(event.facts)
            case Amended():
                changes["terms"] = self._terms(event.terms)
            case ActivityDone() | Noted() | ObjectionRaised():
                changes["text"] = self._text(event.text)
            case ObjectionResolved():
                changes["how"] = self._text(event.how)
            case _:
                pass
        return cast("Event", attrs.evolve(cast("Any", event), **changes))

    def _actor(self, by: Actor | None) -> Actor | None:
        return by if by is None else attrs.evolve(by, id=self.actors.get(by.id, by.id))

    def _text(self, text: str | None) -> str | None:
        return text if self.codes is None or not text or text in self.codes else REDACTED

    def _facts(self, told: Mapping[str, Any]) -> FrozenDict[str, Any]:
        values = {name: self._value(name, value) if name in self.facts else value for name, value in told.items()}
        return _known(values)

    def _terms(self, told: Mapping[str, Any]) -> FrozenDict[str, Any]:
        values = {name: None if name in self.terms else value for name, value in told.items()}
        if "owner" in told:
            owner = told["owner"]
            values["owner"] = self._value("owner", owner) if "owner" in self.terms else self.actors.get(owner, owner)
        return _known(values)

    def _value(self, name: str, value: object) -> str | tuple[str, ...] | None:
        """What stands for a text or several; None for all else."""
        if isinstance(value, str):
            seen = self.seen[name]
            return seen.setdefault(value, f"{REDACTED}-{len(seen) + 1}")
        items = cast("tuple[object, ...]", value) if isinstance(value, tuple) else (None,)
        return tuple(str(self._value(name, item)) for item in items) if all(isinstance(i, str) for i in items) else None


def _known(values: Mapping[str, Any]) -> FrozenDict[str, Any]:
    return FrozenDict({name: value for name, value in values.items() if value is not None})
