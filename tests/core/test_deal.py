"""The record of one sale, folded from its events."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import attrs
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from salesprocess import events as ev
from salesprocess import testing
from salesprocess.deal import Deal, Outcome, evolve, replay
from salesprocess.errors import BrokenHistory, NaiveDatetime, OutOfRange, WrongKind
from salesprocess.events import Event
from salesprocess.money import Money
from tests import strategies
from tests.solar import at_stage

AT = datetime(2026, 1, 5, 9, tzinfo=UTC)
DAY = timedelta(days=1)
TICK = timedelta(microseconds=1)


def opened(**content: Any) -> ev.Opened:
    header: dict[str, Any] = {"deal": "d", "revision": 1, "at": AT, "process": "p", "version": 1, "stage": "lead"}
    return ev.Opened(**{**header, **content})


def then(deal: Deal, kind: Callable[..., Event], after: timedelta = DAY, **content: Any) -> Deal:
    return evolve(deal, kind(deal=deal.id, revision=deal.revision + 1, at=deal.updated_at + after, **content))


def moved(deal: Deal, destination: str, status: str = "open", after: timedelta = DAY, **content: Any) -> Deal:
    header = {"transition": "x", "source": deal.stage, "destination": destination, "status": status}
    return then(deal, ev.Entered, after, **{**header, **content})


@given(strategies.histories())
def test_a_history_replays_to_the_deal_that_its_events_made_one_by_one(history: tuple[Event, ...]) -> None:
    deal = replay(history[:1])
    for event in history[1:]:
        before = deal
        deal = evolve(before, event)
        assert before.history == deal.history[:-1]
    assert deal == replay(history)
    assert attrs.asdict(deal, recurse=False) == attrs.asdict(replay(iter(history)), recurse=False)
    assert deal.history == history
    assert deal.revision == len(history)


@given(strategies.histories(max_size=12))
def test_a_long_history_replays_to_the_deal_that_its_events_made_one_by_one(history: tuple[Event, ...]) -> None:
    deal = replay(history[:1])
    for event in history[1:]:
        deal = evolve(deal, event)
    while deal.revision < 100:
        deal = then(deal, ev.Noted, timedelta(0), text="so it goes on")
    again = replay(deal.history)
    for name in (field.name for field in attrs.fields(Deal)):
        assert getattr(again, name) == getattr(deal, name)
        assert type(getattr(again, name)) is type(getattr(deal, name))


@pytest.mark.counted
@given(testing.walks(testing.processes(more=strategies.faulty_criteria())))
def test_after_any_verbs_a_deal_is_what_its_history_tells(walk: testing.Walk) -> None:
    for deal in walk.deals:
        assert attrs.asdict(replay(deal.history), recurse=False) == attrs.asdict(deal, recurse=False)
    for step in walk.steps:  # a verb adds at most one event, and one that fails adds none
        assert step.after.history[: step.before.revision] == step.before.history
        assert step.after.revision - step.before.revision in (0, 1)
        assert step.error is None or step.after is step.before


def of(history: Iterable[Event], *kinds: type[Event]) -> list[Any]:
    return [event for event in history if type(event) in kinds]


def last_told(history: tuple[Event, ...], kind: type[Any], told: str, removed: str) -> dict[str, Any]:
    """What is known at the end, read backwards: for every name the last event that speaks of it."""
    found: dict[str, Any] = {}
    for event in reversed(of(history, kind, ev.Opened)):
        gone = dict.fromkeys(getattr(event, removed, ()))
        found = {**getattr(event, told), **gone, **found}
    return {name: value for name, value in found.items() if value is not None}


def ending(history: tuple[Event, ...]) -> Outcome | None:
    """The first of the last unbroken run of moves with one closed status; reopening after the sale undoes the loss."""
    runs: list[list[Any]] = []
    for event in of(history, ev.Opened, ev.Entered):
        if runs and runs[-1][-1].status == event.status:
            runs[-1].append(event)
        else:
            runs.append([event])
    while [run[0].status for run in runs[-3:]] == ["won", "lost", "won"] and runs[-1][0].transition == "reopen":
        del runs[-2:]
    first = runs[-1][0]
    if first.status == "open":
        return None
    left = getattr(first, "source", None)
    return Outcome(first.status, first.reason, first.at, left and renamed(history, first, left))


def renamed(history: tuple[Event, ...], told: Event, name: str) -> str:
    """What a stage is called at the end of the history that was called `name` when it was told."""
    for event in of(history[told.revision :], ev.Migrated):
        name = event.stages.get(name, name)
    return name


@given(strategies.histories(max_size=12))
def test_the_fold_says_what_a_reader_of_the_history_would_say(history: tuple[Event, ...]) -> None:
    deal = replay(history)
    first, moves = history[0], of(history, ev.Opened, ev.Entered)
    places = of(history, ev.Opened, ev.Entered, ev.Migrated)
    holds = of(history, ev.Opened, ev.Entered, ev.Held, ev.Resumed)
    rulebooks = of(history, ev.Opened, ev.Migrated)
    assert (deal.id, deal.opened_at, deal.updated_at) == (first.deal, first.at, history[-1].at)
    assert deal.stage == getattr(places[-1], "destination", None) or deal.stage == getattr(places[-1], "stage", None)
    assert (deal.process, deal.version) == (rulebooks[-1].process, rulebooks[-1].version)
    assert deal.stage_since == moves[-1].at
    assert deal.status == {ev.Held: "on_hold", ev.Resumed: "open"}.get(
        type(holds[-1]), getattr(holds[-1], "status", None)
    )
    assert deal.terms == last_told(history, ev.Amended, "terms", "cleared")
    assert deal.facts == last_told(history, ev.FactsLearnt, "facts", "forgotten")
    assert deal.activities == tuple(of(history, ev.ActivityDone))
    assert deal.waived == {
        ".".join((renamed(history, event, event.requirement.split(".")[0]), event.requirement.split(".")[1]))
        for event in of(history, ev.Waived)
    }
    assert deal.approvals == tuple(
        given
        for given in of(history, ev.Approved)
        if not any(
            back.revision > given.revision and back.subject == given.subject and back.role in (None, given.role)
            for back in of(history, ev.ApprovalWithdrawn)
        )
    )
    answers = {event.raised: event for event in of(history, ev.ObjectionResolved)}
    assert [(o.number, o.kind, o.text, o.raised_at) for o in deal.objections] == [
        (event.revision, event.objection, event.text, event.at) for event in of(history, ev.ObjectionRaised)
    ]
    assert {o.number: (o.resolved_at, o.how) for o in deal.objections if o.resolved_at is not None} == {
        number: (event.at, event.how) for number, event in answers.items()
    }
    assert deal.outcome == ending(history)
    assert deal.closed_at == (deal.outcome and deal.outcome.at)


@given(strategies.histories(), st.data())
def test_as_of_is_the_replay_of_the_events_up_to_a_moment(history: tuple[Event, ...], data: st.DataObject) -> None:
    deal = replay(history)
    moment = data.draw(st.sampled_from([event.at for event in history])) + data.draw(
        st.sampled_from((-TICK, timedelta(0), TICK)) | st.timedeltas(-DAY, DAY)
    )
    known = [event for event in history if event.at <= moment]
    found = deal.as_of(moment.astimezone(data.draw(testing.zones())))
    assert found == (replay(known) if known else None)


def test_as_of_knows_all_events_of_an_instant_and_none_before_the_first() -> None:
    deal = then(then(replay([opened()]), ev.Noted, timedelta(0), text="a"), ev.Noted, text="b")
    assert deal.as_of(AT) == replay(deal.history[:2])
    assert deal.as_of(AT - TICK) is None
    assert deal.as_of(AT + DAY) is deal
    assert deal.as_of(AT + 9 * DAY) is deal
    with pytest.raises(NaiveDatetime, match="moment"):
        deal.as_of(datetime(2026, 1, 6))


@given(strategies.deals(), strategies.deals())
def test_deals_are_equal_when_their_histories_are(a: Deal, b: Deal) -> None:
    assert (a == b) is (a.history == b.history)
    assert a != b or hash(a) == hash(b)
    assert hash(a) == hash(replay(a.history))


@given(strategies.deals())
def test_the_events_since_a_revision_complete_what_a_store_has(deal: Deal) -> None:
    for revision in range(deal.revision + 1):
        assert (*deal.history[:revision], *deal.since(revision)) == deal.history
    for revision in (-1, deal.revision + 1):
        with pytest.raises(OutOfRange, match=f"revision must be between 0 and {deal.revision}"):
            deal.since(revision)


@given(strategies.deals(max_size=12))
def test_what_was_recorded_under_a_key_is_found(deal: Deal) -> None:
    for event in deal.history:
        if event.key is not None:
            assert deal.recorded(event.key) is event
    assert deal.recorded("never used") is None


def test_the_terms_read_as_attributes() -> None:
    terms = {"amount": Money(5, "EUR"), "owner": "kari", "expected_close": AT.date(), "probability": 0.4}
    deal = replay([opened(terms={**terms, "category": "commit"})])
    assert {name: getattr(deal, name) for name in terms} == terms
    assert deal.category == "commit"
    bare = replay([opened()])
    assert all(getattr(bare, name) is None for name in (*terms, "category", "closed_at", "held", "outcome"))


def renumbered(events: Iterable[Event]) -> list[Event]:
    return [attrs.evolve(event, revision=number) for number, event in enumerate(events, 1)]


def broken(events: Iterable[Any]) -> BrokenHistory:
    with pytest.raises(BrokenHistory) as caught:
        replay(events)
    assert caught.value.faults
    assert all(fault in str(caught.value) for fault in caught.value.faults)
    return caught.value


def test_no_events_are_no_deal() -> None:
    assert broken([]).faults == ("there is no event",)


@given(strategies.histories(min_size=3), st.data())
def test_a_missing_event_is_noticed(history: tuple[Event, ...], data: st.DataObject) -> None:
    gap = data.draw(st.integers(1, len(history) - 2))
    error = broken((*history[:gap], *history[gap + 1 :]))
    assert error.deal == history[0].deal
    assert f"revision {gap + 2} stands where revision {gap + 1} belongs" in error.faults
    assert len(error.faults) == len(history) - gap - 1


@given(strategies.histories(), st.data())
def test_a_repeated_event_is_noticed(history: tuple[Event, ...], data: st.DataObject) -> None:
    place = data.draw(st.integers(1, len(history)))
    error = broken((*history[:place], history[place - 1], *history[place:]))
    assert f"revision {place} stands where revision {place + 1} belongs" in error.faults


@given(strategies.histories(min_size=3), st.data())
def test_two_swapped_events_are_noticed(history: tuple[Event, ...], data: st.DataObject) -> None:
    place = data.draw(st.integers(1, len(history) - 2))
    swapped = [*history[:place], history[place + 1], history[place], *history[place + 2 :]]
    faults = broken(swapped).faults
    assert f"revision {place + 2} stands where revision {place + 1} belongs" in faults
    assert f"revision {place + 1} stands where revision {place + 2} belongs" in faults


@given(strategies.histories(min_size=2), st.data())
def test_an_event_of_another_deal_is_noticed(history: tuple[Event, ...], data: st.DataObject) -> None:
    place = data.draw(st.integers(1, len(history) - 1))
    foreign = attrs.evolve(history[place], deal="OTHER-1")
    faults = broken((*history[:place], foreign, *history[place + 1 :])).faults
    assert f"revision {place + 1} belongs to deal 'OTHER-1'" in faults


@given(strategies.histories(min_size=2), st.data())
def test_an_event_that_goes_back_in_time_is_noticed(history: tuple[Event, ...], data: st.DataObject) -> None:
    place = data.draw(st.integers(1, len(history) - 1))
    early = attrs.evolve(history[place], at=history[place - 1].at - TICK)
    faults = broken((*history[:place], early, *history[place + 1 :])).faults
    assert (
        f"revision {place + 1} at {early.at.isoformat()} is earlier than {history[place - 1].at.isoformat()}" in faults
    )


@given(strategies.histories(min_size=2), st.data())
def test_a_second_opening_is_noticed(history: tuple[Event, ...], data: st.DataObject) -> None:
    place = data.draw(st.integers(1, len(history)))
    again = attrs.evolve(history[0], at=history[place - 1].at)
    faults = broken(renumbered((*history[:place], again, *history[place:]))).faults
    assert f"revision {place + 1}: the deal is opened again" in faults


def test_a_history_begins_with_its_opening() -> None:
    note = ev.Noted(deal="d", revision=1, at=AT, text="x")
    assert broken([note]).faults == ("it begins with Noted, not with Opened",)
    assert broken([attrs.evolve(note, revision=2)]).faults == (
        "it begins with Noted, not with Opened",
        "revision 2 stands where revision 1 belongs",
    )
    assert broken([opened(revision=3)]).faults == ("revision 3 stands where revision 1 belongs",)


def test_every_fault_is_told_at_once() -> None:
    events = [
        opened(revision=2),
        ev.Noted(deal="other", revision=2, at=AT - DAY, text="x"),
        opened(deal="other", revision=5, at=AT - DAY),
    ]
    assert broken(events).faults == (
        "revision 2 stands where revision 1 belongs",
        "revision 2 belongs to deal 'other'",
        f"revision 2 at {(AT - DAY).isoformat()} is earlier than {AT.isoformat()}",
        "revision 5: the deal is opened again",
        "revision 5 stands where revision 3 belongs",
    )


class Stranger(ev.Noted):
    """An event of a kind that the closed union does not have."""


@pytest.mark.parametrize("stranger", [ev.Recorded, Stranger], ids=lambda cls: cls.__name__)
def test_an_event_of_a_kind_that_nobody_knows_is_noticed(stranger: Any) -> None:
    header: dict[str, Any] = {"deal": "d", "revision": 2, "at": AT}
    event: Any = stranger(**header) if stranger is ev.Recorded else stranger(**header, text="x")
    assert broken([opened(), event]).faults == (f"place 2: {event!r} is no event",)
    with pytest.raises(BrokenHistory, match="is no event"):
        evolve(replay([opened()]), event)


NOT_EVENTS = pytest.mark.parametrize(
    "thing", [None, "noted", {"kind": "noted"}, object()], ids=lambda t: type(t).__name__
)


@NOT_EVENTS
def test_a_thing_that_is_no_event_is_noticed(thing: Any) -> None:
    note = ev.Noted(deal="d", revision=3, at=AT, text="x")
    assert f"place 2: {thing!r} is no event" in broken([opened(), thing, note]).faults
    assert "it begins with" in str(broken([thing]))
    with pytest.raises(BrokenHistory, match="is no event"):
        evolve(replay([opened()]), thing)


@given(strategies.histories(min_size=2))
def test_an_event_that_does_not_follow_the_deal_is_refused_with_every_reason(history: tuple[Event, ...]) -> None:
    *earlier, event = history
    deal = replay(earlier)
    number = deal.revision + 1
    late: dict[str, Any] = {"deal": "OTHER-1", "revision": number + 1, "at": deal.updated_at - TICK}
    cases: list[tuple[dict[str, Any], list[str]]] = [
        ({"revision": number + 1}, [f"revision {number + 1} stands where revision {number} belongs"]),
        ({"revision": number - 1}, [f"revision {number - 1} stands where revision {number} belongs"]),
        ({"deal": "OTHER-1"}, [f"revision {number} belongs to deal 'OTHER-1'"]),
        (
            {"at": late["at"]},
            [f"revision {number} at {late['at'].isoformat()} is earlier than {deal.updated_at.isoformat()}"],
        ),
    ]
    for change, faults in cases:
        with pytest.raises(BrokenHistory) as caught:
            evolve(deal, attrs.evolve(event, **change))
        assert caught.value.faults == tuple(faults)
        assert caught.value.deal == deal.id
    with pytest.raises(BrokenHistory) as caught:
        evolve(deal, attrs.evolve(event, **late))
    assert len(caught.value.faults) == 3


def test_a_deal_is_not_opened_twice() -> None:
    with pytest.raises(BrokenHistory, match="revision 2: the deal is opened again"):
        evolve(replay([opened()]), opened(revision=2))


def test_the_age_of_a_deal_ends_when_it_closes() -> None:
    deal = replay([opened()])
    assert deal.age(AT + 3 * DAY) == 3 * DAY
    lost = moved(deal, "lost", "lost")
    assert lost.age(AT + 3 * DAY) == DAY
    assert lost.age(AT + DAY / 2) == DAY / 2
    assert moved(lost, "lead").age(AT + 9 * DAY) == 9 * DAY
    with pytest.raises(NaiveDatetime):
        deal.age(datetime(2026, 2, 1))


def test_time_on_hold_does_not_count_in_the_age_of_a_stage() -> None:
    deal = moved(replay([opened()]), "offer")
    assert deal.stage_age(deal.updated_at + 2 * DAY) == 2 * DAY
    held = then(deal, ev.Held)
    assert held.stage_age(held.updated_at + 30 * DAY) == DAY
    resumed = then(held, ev.Resumed, 30 * DAY)
    assert resumed.stage_age(resumed.updated_at + 2 * DAY) == 3 * DAY
    again = then(then(resumed, ev.Held, timedelta(0)), ev.Resumed, 5 * DAY)
    assert again.stage_age(again.updated_at) == DAY


def test_a_stage_that_is_entered_anew_is_as_old_as_its_last_visit() -> None:
    deal = then(then(replay([opened()]), ev.Held), ev.Resumed)
    deal = moved(moved(deal, "offer"), "lead")
    assert deal.stage_age(deal.updated_at + DAY) == DAY
    assert deal.stage_since == deal.updated_at


def test_a_hold_in_an_earlier_stage_does_not_count_even_at_the_same_instant() -> None:
    none = timedelta(0)
    deal = moved(then(then(replay([opened()]), ev.Held, none), ev.Resumed, none), "offer", after=none)
    assert deal.stage_age(AT + DAY) == DAY


@given(strategies.deals(max_size=12), st.timedeltas(timedelta(0), 60 * DAY))
def test_the_age_of_a_stage_adds_up_the_time_when_the_deal_was_not_on_hold(deal: Deal, later: timedelta) -> None:
    at = deal.updated_at + later
    entry = max(event.revision for event in of(deal.history, ev.Opened, ev.Entered))
    visit = [*deal.history[entry - 1 :]]
    total, running = timedelta(0), True
    for event, following in pairwise([*visit, None]):
        assert event is not None
        running = not isinstance(event, ev.Held) and (running or isinstance(event, ev.Resumed))
        total += ((following.at if following else at) - event.at) * running
    assert deal.stage_age(at) == total


def test_a_deal_tells_since_when_it_is_on_hold() -> None:
    deal = then(replay([opened()]), ev.Held, until=AT + 9 * DAY)
    assert deal.held is deal.history[1]
    noted = then(deal, ev.Noted, text="x")
    assert noted.held is deal.history[1]
    resumed = then(noted, ev.Resumed)
    assert resumed.held is None
    again = then(resumed, ev.Held)
    assert again.held is again.history[-1]


def test_the_outcome_tells_how_when_why_and_from_where_and_is_gone_after_reopening() -> None:
    deal = moved(replay([opened()]), "lost", "lost", reason="price")
    assert deal.outcome == Outcome("lost", "price", AT + DAY, "lead")
    assert deal.closed_at == AT + DAY
    reopened = moved(deal, "lead")
    assert (reopened.outcome, reopened.closed_at, reopened.status) == (None, None, "open")


def test_the_stages_after_the_sale_keep_the_outcome_of_the_sale() -> None:
    won = moved(replay([opened()]), "signed", "won")
    served = moved(won, "installation", "won")
    assert served.outcome == won.outcome
    assert served.closed_at == AT + DAY
    assert moved(served, "lost", "lost", reason="returned").outcome == Outcome(
        "lost", "returned", AT + 3 * DAY, "installation"
    )


def test_reopening_a_deal_lost_after_the_sale_brings_the_sale_back_under_the_names_of_now() -> None:
    won = moved(replay([opened()]), "signed", "won")
    lost = moved(moved(won, "installation", "won"), "lost", "lost", reason="returned")
    assert lost.outcome is not None
    assert lost.outcome.undone == won.outcome
    assert moved(lost, "installation", "won", transition="reopen").outcome == won.outcome
    anew = moved(lost, "installation", "won", transition="win_back")
    assert anew.outcome == Outcome("won", None, anew.updated_at, "lost")
    after = then(lost, ev.Migrated, process="q", version=1, stage="gone", stages={"lost": "gone", "lead": "enquiry"})
    assert after.outcome is not None
    assert won.outcome is not None
    assert after.outcome.undone == attrs.evolve(won.outcome, left="enquiry")


def test_a_migration_gives_the_record_the_new_names_of_the_stages() -> None:
    deal = then(moved(replay([opened(stage="offer")]), "lost", "lost"), ev.Waived, requirement="offer.entry:has(seats)")
    deal = then(then(deal, ev.Waived, requirement="offer.criteria:has(seats)"), ev.Waived, requirement="a.exit:x")
    migrated = then(deal, ev.Migrated, process="q", version=1, stage="gone", stages={"offer": "bid", "lost": "gone"})
    assert migrated.outcome == attrs.evolve(deal.outcome, left="bid")  # type: ignore[type-var]  # pyright: ignore
    assert migrated.waived == {"bid.entry:has(seats)", "offer.criteria:has(seats)", "a.exit:x"}
    assert (migrated.process, migrated.stage, migrated.stage_since) == ("q", "gone", deal.stage_since)
    plain = then(deal, ev.Migrated, process="q", version=1, stage="lost")
    assert (plain.outcome, plain.waived) == (deal.outcome, deal.waived)


@pytest.mark.parametrize("status", ["won", "lost"])
def test_a_deal_may_come_closed_from_an_import(status: str) -> None:
    deal = replay([opened(status=status, reason="price", imported=True)])
    assert deal.outcome == Outcome(status, "price", AT, None)  # type: ignore[arg-type]  # pyright: ignore


def test_a_withdrawal_takes_back_what_was_given_in_its_role_or_everything_without_one() -> None:
    deal = replay([opened()])
    for role in ("cfo", None, "manager"):
        deal = then(deal, ev.Approved, subject="discount", role=role)
    deal = then(deal, ev.Approved, subject="terms", role="cfo")
    left = {
        role: [
            (given.subject, given.role)
            for given in then(deal, ev.ApprovalWithdrawn, subject="discount", role=role).approvals
        ]
        for role in ("cfo", "clerk", None)
    }
    assert left["cfo"] == [("discount", None), ("discount", "manager"), ("terms", "cfo")]
    assert len(left["clerk"]) == 4
    assert left[None] == [("terms", "cfo")]


def test_a_deal_is_printed_without_its_whole_history() -> None:
    deal = then(replay([opened()]), ev.Noted, text="a long story")
    assert "<2 events>" in repr(deal)
    assert "a long story" not in repr(deal)


@given(strategies.histories(min_size=2))
def test_a_longer_history_is_another_deal(history: tuple[Event, ...]) -> None:
    assume(len(history) > 1)
    assert replay(history) != replay(history[:-1])
    assert replay(history) != history


def test_ages_are_those_of_the_record_as_it_stood_and_there_are_none_before_it_began() -> None:
    deal = moved(replay([opened()]), "offer")
    assert deal.stage_age(AT) == timedelta(0)
    for age in (deal.age, deal.stage_age):
        with pytest.raises(OutOfRange, match="no earlier than the opening"):
            age(AT - DAY)


def test_a_key_is_a_text() -> None:
    with pytest.raises(WrongKind, match="key"):
        replay([opened()]).recorded(5)  # type: ignore[arg-type]  # pyright: ignore


def test_a_deal_says_in_a_line_where_it_stands_and_what_it_is_worth() -> None:
    deal = at_stage("offer", amount=Money("1200", "EUR"), owner="kari")
    assert str(deal) == f"{deal.id}: open in offer, 1200 EUR, kari, revision {deal.revision}"
    assert str(at_stage("lead")) == "ACME-1: open in lead, 48000 EUR, kari, revision 1"
