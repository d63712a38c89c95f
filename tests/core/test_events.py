"""The closed union of things that happen to a deal."""

import inspect
from datetime import UTC, datetime, timedelta
from typing import Any, get_args
from zoneinfo import ZoneInfo

import attrs
import pytest
from hypothesis import given

from salesprocess import events as ev
from salesprocess.errors import NaiveDatetime, OutOfRange, WrongKind
from salesprocess.events import Actor, Event, actor
from salesprocess.frozen import FrozenDict
from tests import strategies

AT = datetime(2026, 1, 5, 9, tzinfo=UTC)


def test_the_union_holds_every_kind_of_event_and_nothing_else() -> None:
    kinds = {
        cls
        for _, cls in inspect.getmembers(ev, inspect.isclass)
        if issubclass(cls, ev.Recorded) and cls is not ev.Recorded and not cls.__name__.startswith("_")
    }
    assert set(get_args(Event)) == kinds


def test_the_stored_names_of_the_kinds_never_change() -> None:
    assert {cls.__name__: cls.kind for cls in get_args(Event)} == {
        "Opened": "opened",
        "Entered": "entered",
        "ActivityDone": "activity_done",
        "FactsLearnt": "facts_learnt",
        "Amended": "amended",
        "Approved": "approved",
        "ApprovalWithdrawn": "approval_withdrawn",
        "ObjectionRaised": "objection_raised",
        "ObjectionResolved": "objection_resolved",
        "Noted": "noted",
        "Held": "held",
        "Resumed": "resumed",
        "Waived": "waived",
        "Migrated": "migrated",
    }


@pytest.mark.parametrize("cls", get_args(Event), ids=lambda cls: cls.__name__)
def test_every_event_carries_the_same_header_by_name(cls: Any) -> None:
    fields = attrs.fields(cls)
    assert [field.name for field in fields][:7] == ["deal", "revision", "at", "by", "reason", "key", "imported"]
    assert all(field.kw_only for field in fields)


@given(strategies.events())
def test_every_instant_of_an_event_is_in_utc(event: Any) -> None:
    for name in ("at", "happened", "until"):
        moment = getattr(event, name, None)
        assert moment is None or moment.tzinfo is UTC


@pytest.mark.parametrize(
    ("cls", "content"),
    [
        (ev.Noted, {"text": "x", "at": datetime(2026, 1, 1)}),
        (ev.Noted, {"text": "x", "happened": datetime(2026, 1, 1)}),
        (ev.ActivityDone, {"activity": "call", "happened": datetime(2026, 1, 1)}),
        (ev.Held, {"until": datetime(2026, 1, 1)}),
    ],
)
def test_no_instant_of_an_event_is_naive(cls: Any, content: dict[str, Any]) -> None:
    with pytest.raises(NaiveDatetime):
        cls(**{"deal": "ACME-1", "revision": 1, "at": AT, **content})


def test_facts_and_terms_are_copied_on_entry() -> None:
    facts: dict[str, Any] = {"seats": 5}
    event = ev.FactsLearnt(deal="ACME-1", revision=2, at=AT, facts=facts)
    facts["seats"] = 6
    assert event.facts == {"seats": 5}
    assert isinstance(event.facts, FrozenDict)


@given(strategies.events(), strategies.events())
def test_events_are_equal_when_kind_and_content_are(a: Any, b: Any) -> None:
    same = type(a) is type(b) and attrs.asdict(a, recurse=False) == attrs.asdict(b, recurse=False)
    assert (a == b) is same
    assert a != b or hash(a) == hash(b)


@pytest.mark.parametrize("field", ["deal", "revision", "at", "by", "reason", "key", "imported", "text"])
def test_every_field_counts_in_a_comparison(field: str) -> None:
    other: dict[str, Any] = {
        "deal": "ACME-2",
        "revision": 3,
        "at": AT + timedelta(microseconds=1),
        "by": Actor("ola", roles={"clerk"}),
        "reason": "because",
        "key": "other",
        "imported": True,
        "text": "something else",
    }
    event = ev.Noted(deal="ACME-1", revision=2, at=AT, by=Actor("ola"), text="something")
    assert attrs.evolve(event, **{field: other[field]}) != event


def test_one_moment_in_two_zones_makes_equal_events() -> None:
    oslo = AT.astimezone(ZoneInfo("Europe/Oslo"))
    assert ev.Resumed(deal="d", revision=2, at=oslo) == ev.Resumed(deal="d", revision=2, at=AT)


def test_who_acts_is_an_actor_or_a_bare_id() -> None:
    ola = Actor("ola", roles={"manager"})
    assert actor(ola) is ola
    assert actor("kari") == Actor("kari")
    assert actor("kari").roles == frozenset()  # type: ignore[union-attr]  # pyright: ignore
    assert actor(None) is None


def test_a_bare_id_is_one_shared_actor() -> None:
    assert actor("kari") is actor("kari")


@pytest.mark.parametrize("by", [5, b"kari", ["kari"], object()])
def test_nobody_else_acts(by: Any) -> None:
    with pytest.raises(WrongKind, match="by wants an Actor or the id of one"):
        actor(by)


def test_an_actor_reads_as_its_id_and_its_roles_are_a_set() -> None:
    ola = Actor("ola", roles=["manager", "manager"])  # type: ignore[arg-type]  # pyright: ignore
    assert str(ola) == "ola"
    assert ola.roles == {"manager"}


def test_one_role_is_written_as_a_sequence() -> None:
    with pytest.raises(TypeError, match="roles wants a sequence"):
        Actor("ola", roles="manager")  # type: ignore[arg-type]  # pyright: ignore


@pytest.mark.parametrize(("wrong", "error"), [(5, WrongKind), ("", OutOfRange), (" ", OutOfRange)])
def test_nobody_is_no_actor(wrong: Any, error: type[Exception]) -> None:
    with pytest.raises(error, match="by"):
        Actor(wrong)
    with pytest.raises(error, match="by"):
        actor(wrong)
