"""Deals stream out of event rows, one at a time, and rows that are not in order are told."""

import tracemalloc
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesprocess import Deal, serialization
from salesprocess import events as ev
from salesprocess.errors import BrokenHistory, InvalidDocument
from salesprocess.serialization.converting import writing
from salesprocess.serialization.documents import _event_row
from tests import strategies as own
from tests.serialization.test_round_trips import recorded
from tests.solar import AT, at_stage, solar


def rows_of(*deals: Deal) -> list[dict[str, Any]]:
    return [serialization.dump(event) for deal in deals for event in deal.history]


def deals_as_recorded(deal: str) -> st.SearchStrategy[Deal]:
    return own.deals(deal, max_size=4).map(recorded)


@given(st.lists(st.sampled_from("ABCD"), unique=True).flatmap(lambda ids: st.tuples(*map(deals_as_recorded, ids))))
def test_the_deals_come_back_in_the_order_of_their_rows(deals: tuple[Deal, ...]) -> None:
    assert tuple(serialization.load_deals(rows_of(*deals))) == deals


def test_a_deal_is_given_as_soon_as_the_next_one_begins() -> None:
    taken: list[int] = []

    def store() -> Iterator[dict[str, Any]]:
        for number, row in enumerate(rows_of(at_stage("offer"), renamed("B"), renamed("C"))):
            taken.append(number)
            yield row

    deals = serialization.load_deals(store())
    assert next(deals) == at_stage("offer")
    assert len(taken) == at_stage("offer").revision + 1


def renamed(deal: str) -> Deal:
    rows = [{**row, "deal": deal} for row in rows_of(at_stage("offer"))]
    return serialization.load({"schema": 1, "history": [without_schema(row) for row in rows]}, Deal)


def without_schema(row: dict[str, Any]) -> dict[str, Any]:
    return {name: part for name, part in row.items() if name != "schema"}


def test_a_row_that_cannot_be_read_is_told_by_its_number() -> None:
    rows = rows_of(at_stage("offer"))
    rows[2] = {**rows[2], "at": None, "key": 5}
    with pytest.raises(InvalidDocument) as caught:
        list(serialization.load_deals(rows))
    assert [path for path, _ in caught.value.faults] == ["$[2].at", "$[2].key"]


@pytest.mark.parametrize(
    "broken",
    [
        lambda rows: rows[1:],
        lambda rows: rows[:1] + rows[2:],
        lambda rows: [rows[1], rows[0], *rows[2:]],
        lambda rows: [*rows, rows[-1]],
    ],
)
def test_rows_of_a_deal_that_do_not_follow_one_another_are_refused(broken: Any) -> None:
    with pytest.raises(BrokenHistory):
        list(serialization.load_deals(broken(rows_of(at_stage("offer")))))


def test_a_deal_that_comes_back_after_another_one_is_refused() -> None:
    first, other = at_stage("offer"), renamed("B")
    deals = serialization.load_deals(rows_of(first, other, first))
    assert [next(deals), next(deals)] == [first, other]
    with pytest.raises(BrokenHistory, match="row 8 comes back to it after another deal") as caught:
        next(deals)
    assert caught.value.deal == first.id


def test_the_histories_that_went_by_are_not_kept() -> None:
    def store(count: int) -> Iterator[dict[str, Any]]:
        for number in range(count):
            for row in template:
                yield {**row, "deal": f"deal-{number}"}

    def peak(count: int) -> int:
        tracemalloc.start()
        assert sum(1 for _ in serialization.load_deals(store(count))) == count
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    note = ev.Noted(deal="A", revision=5, at=AT, text="x" * 2000)
    template = [*rows_of(at_stage("offer")), serialization.dump(note)]
    peak(1)
    assert (peak(1100) - peak(100)) / 1000 < 300


def test_what_writes_is_made_once_and_is_the_same_when_it_is_made_again() -> None:
    deal = at_stage("offer")
    assert [_event_row.__wrapped__()(event) for event in deal.history] == [
        serialization.dump(event) for event in deal.history
    ]
    fresh = writing.__wrapped__()
    for value in (*deal.history, *solar.stages, *solar.transitions, *solar.facts, solar.policy):
        assert fresh.unstructure(value, type(value)) == writing().unstructure(value, type(value))
