"""Strategies of the suite beside those of `salesprocess.testing`: records that no rulebook knows, and faulty rules."""

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any

import attrs
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from salesprocess import events as ev
from salesprocess.criteria import Ask, Criterion, criterion
from salesprocess.deal import Deal, replay
from salesprocess.events import Event, Status
from salesprocess.facts import FactValue
from salesprocess.stages import CATEGORIES
from salesprocess.testing.plain import PEOPLE, ROLES, actors, fact_values, instants, money, texts, values_of
from salesprocess.testing.rulebooks import FACTS, REASONS, SUBJECTS
from salesprocess.verdicts import Verdict


@cache
def terms() -> SearchStrategy[dict[str, Any]]:
    """Terms of a deal, as the verbs take them."""
    return st.fixed_dictionaries(
        {},
        optional={
            "amount": money(),
            "owner": st.sampled_from(PEOPLE),
            "expected_close": st.dates(date(2026, 1, 1), date(2027, 12, 31)),
            "probability": st.floats(0, 1),
            "category": st.sampled_from([category for category in CATEGORIES if category != "closed"]),
        },
    )


PLACES: dict[str, Status] = {
    "lead": "open",
    "offer": "open",
    "terms": "open",
    "signed": "won",
    "installation": "won",
    "lost": "lost",
}
"""The stages of `histories`, with the status of a deal in them."""

KINDS: tuple[type[Event], ...] = Event.__args__  # type: ignore[attr-defined]
"""Every kind of event."""


@cache
def _told() -> SearchStrategy[dict[str, FactValue]]:
    return st.dictionaries(st.sampled_from(("seats", "heritage", "region", "tags")), fact_values(), max_size=2)


@cache
def _removed(*among: str) -> SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(among), unique=True, max_size=2).map(tuple)


@cache
def _stages() -> SearchStrategy[str]:
    return st.sampled_from(list(PLACES))


@cache
def _maybe(strategy: SearchStrategy[Any]) -> SearchStrategy[Any]:
    return st.none() | strategy


_CONTENT: dict[type[Any], Callable[[], dict[str, SearchStrategy[Any]]]] = {
    ev.Opened: lambda: {
        "process": st.sampled_from(("solar", "wind")),
        "version": st.integers(1, 3),
        "stage": _stages(),
        "terms": terms(),
        "facts": _told(),
        "observed": st.booleans(),
    },
    ev.Entered: lambda: {
        "transition": st.sampled_from(("advance", "win", "lose", "reopen", "override", "imported")),
        "source": _maybe(_stages()),
        "destination": _stages(),
        "overridden": _removed("offer.entry:has(seats)", "terms.exit:done(call)"),
        "skipped": _removed("offer", "terms"),
    },
    ev.ActivityDone: lambda: {
        "activity": st.sampled_from(("call", "visit", "demo")),
        "extra": st.booleans(),
        "text": st.just("") | texts(),
    },
    ev.FactsLearnt: lambda: {"facts": _told(), "forgotten": _removed("seats", "region")},
    ev.Amended: lambda: {"terms": terms(), "cleared": _removed("amount", "owner", "expected_close")},
    ev.Approved: lambda: {"subject": st.sampled_from(SUBJECTS), "role": _maybe(st.sampled_from(ROLES))},
    ev.ApprovalWithdrawn: lambda: {"subject": st.sampled_from(SUBJECTS), "role": _maybe(st.sampled_from(ROLES))},
    ev.ObjectionRaised: lambda: {"objection": st.sampled_from(REASONS), "text": st.just("") | texts()},
    ev.ObjectionResolved: lambda: {"raised": st.integers(1, 12), "how": st.just("") | texts()},
    ev.Noted: lambda: {"text": texts()},
    ev.Held: dict,
    ev.Resumed: dict,
    ev.Waived: lambda: {"requirement": st.sampled_from(("offer.entry:has(seats)", "terms.exit:done(call)"))},
    ev.Migrated: lambda: {
        "process": st.sampled_from(("solar", "wind")),
        "version": st.integers(1, 3),
        "stage": _stages(),
        "stages": st.sampled_from(({}, {"offer": "bid"}, {"terms": "offer", "offer": "terms"})),
    },
}
"""What is particular to each kind, apart from what follows from the time and from the stage."""


@cache
def _content(kind: type[Any]) -> dict[str, SearchStrategy[Any]]:
    """Building a strategy costs more than drawing from it, so it is done once; the same goes for `cache` elsewhere."""
    return _CONTENT[kind]()


_SPANS = st.sampled_from((timedelta(0), timedelta(minutes=10), timedelta(days=1))) | st.timedeltas(
    timedelta(0), timedelta(days=60)
)
"""Times between two events; none at all is common."""


@st.composite
def events(
    draw: DrawFn,
    deal: str = "ACME-1",
    *,
    revision: int | None = None,
    at: datetime | None = None,
    kinds: Iterable[type[Event]] = KINDS,
    **content: SearchStrategy[Any],
) -> Any:
    """One event of any of the `kinds`; `content` narrows what its fields are drawn from."""
    kind = draw(st.sampled_from(list(kinds)))
    at = draw(instants()) if at is None else at
    fields: dict[str, Any] = {
        "deal": deal,
        "revision": draw(st.integers(1, 12)) if revision is None else revision,
        "at": at,
        "by": draw(_maybe(actors())),
        "reason": draw(_maybe(st.sampled_from(REASONS) | texts())),
        "imported": draw(st.booleans()),
    }
    known = {field.name for field in attrs.fields(kind)}
    drawn = {**_content(kind), **{name: value for name, value in content.items() if name in known}}
    fields.update((name, draw(strategy)) for name, strategy in drawn.items())
    fields["key"] = draw(st.sampled_from((None, f"key-{fields['revision']}")))
    if kind is ev.Opened:
        fields["status"] = PLACES[fields["stage"]]
    if kind is ev.Entered:
        fields["status"] = PLACES[fields["destination"]]
    if kind in (ev.ActivityDone, ev.Noted) and (before := draw(_maybe(_SPANS))) is not None:
        fields["happened"] = at.astimezone(UTC) - before
    if kind is ev.Held and (wait := draw(_maybe(_SPANS))) is not None:
        fields["until"] = at.astimezone(UTC) + wait + timedelta(hours=1)
    return kind(**fields)


@st.composite
def histories(draw: DrawFn, deal: str = "ACME-1", *, min_size: int = 1, max_size: int = 8) -> tuple[Event, ...]:
    """Whole histories, made without a rulebook: opened first, gapless, never back in time, every kind possible.

    A deal is held only while it is open, and only what was raised is resolved; otherwise anything may follow anything.
    """
    at = draw(instants()).astimezone(UTC)
    opened = draw(events(deal, revision=1, at=at, kinds=[ev.Opened]))
    history: list[Event] = [opened]
    stage, status, pending = opened.stage, opened.status, set[int]()
    for revision in range(2, draw(st.integers(min_size, max_size)) + 1):
        at += draw(_SPANS)
        unfit = (
            {ev.Opened} | ({ev.Held} if status != "open" else set()) | ({ev.Resumed} if status != "on_hold" else set())
        )
        unfit |= set() if pending else {ev.ObjectionResolved}
        like = [place for place, kind in PLACES.items() if kind == PLACES[stage]]
        event = draw(
            events(
                deal,
                revision=revision,
                at=at,
                kinds=[
                    *(kind for kind in KINDS if kind not in unfit),
                    *([ev.Resumed] * 4 if status == "on_hold" else []),
                ],
                source=st.sampled_from((stage, stage, None)),
                destination=st.just("lost") if status == "on_hold" else _stages(),
                raised=st.sampled_from(sorted(pending) or [0]),
                **({"stage": st.sampled_from(like)} if like else {}),
            )
        )
        history.append(event)
        if isinstance(event, ev.Entered):
            stage, status = event.destination, event.status
        elif isinstance(event, ev.Migrated):
            stage = event.stage
        elif isinstance(event, ev.Held | ev.Resumed):
            status = "on_hold" if isinstance(event, ev.Held) else "open"
        elif isinstance(event, ev.ObjectionRaised):
            pending.add(revision)
        elif isinstance(event, ev.ObjectionResolved):
            pending.discard(event.raised)
    return tuple(history)


def deals(deal: str = "ACME-1", *, min_size: int = 1, max_size: int = 8) -> SearchStrategy[Deal]:
    """Deals that no rulebook knows, replayed from `histories`."""
    return histories(deal, min_size=min_size, max_size=max_size).map(replay)


@criterion("roomy", "there are too few seats", names={"fact": "fact"})
def roomy(deal: Deal, ask: Ask, *, fact: str = "seats") -> bool:
    """Fails until the fact is known, as a careless rule of a user does."""
    return bool(deal.facts[fact] > 2)  # type: ignore[operator]  # pyright: ignore


@criterion("forgetful", "nobody answered")
def forgetful(deal: Deal, ask: Ask, answer: int | None = None) -> bool | Verdict:
    """Answers with something that is neither a bool nor a verdict."""
    return answer  # type: ignore[return-value]  # pyright: ignore


@criterion("by_manager", "it takes a manager")
def by_manager(deal: Deal, ask: Ask) -> bool:
    """A rule about who asks."""
    return ask.by is not None and "manager" in ask.by.roles


@cache
def faulty_criteria() -> SearchStrategy[Criterion]:
    """Rules that raise, always or until a fact is known, or answer with nonsense."""
    return st.builds(roomy) | st.builds(forgetful, st.sampled_from((None, 0, 1)))


@cache
def learnable() -> SearchStrategy[dict[str, FactValue]]:
    """Facts as a process of `processes` takes them."""
    return st.dictionaries(st.sampled_from(FACTS), st.none(), max_size=4).flatmap(
        lambda chosen: st.fixed_dictionaries({fact.name: values_of(fact) for fact in chosen})
    )
