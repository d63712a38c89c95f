"""Deals in a real database: what is written comes back, and two writers on one deal lose nothing."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from salesprocess import Deal, Money, TransitionRefused, templates
from salesprocess.events import Noted

pytest.importorskip("sqlalchemy")

from deal_desk.store import DealExists, DealStore, NoSuchDeal, StaleDeal

pytestmark = pytest.mark.repo

PROCESS = templates.load("startup")
AT = datetime(2026, 1, 5, 9, tzinfo=UTC)
ROUNDS = 15


def opened(name: str = "ACME-1") -> Deal:
    return PROCESS.open(name, amount=Money("48000.50", "EUR"), owner="kari", at=AT)


def at_once(*works: Callable[[], None]) -> None:
    """Run everything in threads that begin together, and raise what one of them raised."""
    barrier, failures = threading.Barrier(len(works)), list[BaseException]()

    def run(work: Callable[[], None]) -> None:
        try:
            barrier.wait()
            work()
        except BaseException as error:  # noqa: BLE001 - raised again in the test
            failures.append(error)

    threads = [threading.Thread(target=run, args=[work]) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


def test_a_deal_comes_back_as_it_was_stored(engine: Any) -> None:
    store = DealStore(engine)
    deal = store.add(opened())
    after = store.change(deal.id, lambda before: PROCESS.learn(before, {"source": "referral"}, at=AT))
    assert DealStore(engine).get(deal.id) == after
    assert store.size() == 2


def test_all_deals_are_read_in_one_go(engine: Any) -> None:
    store = DealStore(engine)
    deals = [store.add(opened(f"D-{number}")) for number in range(5)]
    store.change("D-3", lambda before: PROCESS.note(before, "called back", at=AT))
    assert [deal.id for deal in store.all()] == [deal.id for deal in deals]
    assert [deal.revision for deal in store.all()] == [1, 1, 1, 2, 1]


def test_a_deal_that_is_not_there_is_missed(engine: Any) -> None:
    with pytest.raises(NoSuchDeal, match="ACME-1"):
        DealStore(engine).get("ACME-1")


def test_a_deal_is_opened_once(engine: Any) -> None:
    store = DealStore(engine)
    store.add(opened())
    with pytest.raises(DealExists, match="ACME-1"):
        store.add(PROCESS.open("ACME-1", at=AT))
    assert store.get("ACME-1") == opened()


def test_a_change_for_an_outdated_revision_is_refused_and_changes_nothing(engine: Any) -> None:
    store = DealStore(engine)
    store.add(opened())
    store.change("ACME-1", lambda before: PROCESS.note(before, "one", at=AT), revision=1)
    with pytest.raises(StaleDeal):
        store.change("ACME-1", lambda before: PROCESS.note(before, "two", at=AT), revision=1)
    assert store.get("ACME-1").revision == 2


def test_a_verb_that_changes_nothing_writes_nothing(engine: Any) -> None:
    store = DealStore(engine)
    store.add(opened())
    store.change("ACME-1", lambda before: PROCESS.amend(before, owner="kari", at=AT))
    assert store.size() == 1


def test_two_writers_who_race_on_one_deal_lose_nothing(engine: Any) -> None:
    store = DealStore(engine)
    store.add(opened())

    def writer(name: str) -> Callable[[], None]:
        def work() -> None:
            for number in range(ROUNDS):
                text = f"{name} {number}"
                while True:
                    try:
                        store.change("ACME-1", lambda before, text=text: PROCESS.note(before, text, at=AT, by=name))
                        break
                    except StaleDeal:
                        continue  # lost every race: the other one was faster ten times in a row

        return work

    at_once(writer("kari"), writer("nils"))
    notes = [event.text for event in store.get("ACME-1").history if isinstance(event, Noted)]
    assert sorted(notes) == sorted(f"{name} {number}" for name in ("kari", "nils") for number in range(ROUNDS))
    for name in ("kari", "nils"):
        assert [text for text in notes if text.startswith(name)] == [f"{name} {number}" for number in range(ROUNDS)]


def test_two_writers_who_race_to_win_a_deal_win_it_once(engine: Any) -> None:
    store = DealStore(engine)
    store.add(opened())
    outcomes: list[str] = []

    def closing() -> None:
        try:
            store.change("ACME-1", lambda before: PROCESS.lose(before, reason="no_decision", at=AT))
            outcomes.append("lost")
        except TransitionRefused:
            outcomes.append("refused")

    at_once(closing, closing, closing)
    assert sorted(outcomes) == ["lost", "refused", "refused"]
    assert store.get("ACME-1").revision == 2


def test_one_message_that_arrives_twice_at_once_is_recorded_once(engine: Any) -> None:
    store = DealStore(engine)
    store.add(opened())

    def arrival() -> None:
        store.change("ACME-1", lambda before: PROCESS.record(before, "outreach", at=AT, key="msg-123"))

    at_once(arrival, arrival, arrival, arrival)
    assert [event.kind for event in store.get("ACME-1").history] == ["opened", "activity_done"]
