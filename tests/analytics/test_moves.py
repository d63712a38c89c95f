"""The graph of moves: chances and visits follow from the shares, whatever loops there are."""

from random import Random

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from salesprocess.analytics import moves, stage_visits
from salesprocess.analytics.journeys import counted_deals
from tests.analytics.books import PROCESS, after, enter, opened, path

graphs = st.integers(1, 4).flatmap(
    lambda size: st.lists(
        st.lists(st.integers(0, 9), min_size=size + 3, max_size=size + 3), min_size=size, max_size=size
    )
)


def shares_of(counts: list[list[int]]) -> list[list[float]]:
    """The last of each is unresolved, and in no share."""
    return [[each / sum(line) for each in line[:-1]] for line in counts]


@given(graphs)
def test_a_chance_is_what_the_next_stages_promise(counts: list[list[int]]) -> None:
    assume(all(map(sum, counts)))
    shares = shares_of(counts)
    graph = moves.moves_of(shares)
    chances = graph.chances()
    for line, won, chance in zip(graph.onward, graph.won, chances, strict=True):
        onward = sum(share * following for share, following in zip(line, chances, strict=True))
        assert chance == pytest.approx(won + onward)
        assert -1e-9 <= chance <= 1 + 1e-9


@given(graphs)
def test_who_is_won_is_counted_the_same_from_the_visits(counts: list[list[int]]) -> None:
    assume(all(map(sum, counts)))
    graph = moves.moves_of(shares_of(counts))
    entries = [1.0] + [0.0] * (len(counts) - 1)
    ends = sum(made * won for made, won in zip(graph.visits(entries), graph.won, strict=True))
    assert ends == pytest.approx(graph.chances()[0], abs=1e-9)


def test_chances_are_those_of_deals_that_walk_the_graph() -> None:
    shares = [[0.0, 0.6, 0.1, 0.0, 0.3], [0.2, 0.0, 0.5, 0.0, 0.3], [0.0, 0.1, 0.0, 0.6, 0.3]]
    rng = Random(4)
    wins = 0
    for _ in range(20_000):
        here = 0
        while here < 3:
            here = rng.choices(range(5), shares[here])[0]
        wins += here == 3
    assert moves.moves_of(shares).chances()[0] == pytest.approx(wins / 20_000, abs=0.01)


def test_deals_that_only_circle_are_going_nowhere() -> None:
    graph = moves.moves_of([[0.0, 1.0, 0.0, 0.0, 0.0], [1.0, 0.0, 0.0, 0.0, 0.0], [0.5, 0.0, 0.0, 0.5, 0.0]])
    assert graph.chances() == [0.0, 0.0, 0.5]


def test_a_system_is_solved_whatever_the_order_of_its_lines() -> None:
    assert moves.solve([[0.0, 2.0], [4.0, 0.0]], [2.0, 8.0]) == [2.0, 1.0]


def test_exits_are_told_by_where_they_lead() -> None:
    won = enter(path("A", "lead", "survey", "lead", "offer"), "won", 9)
    lost = enter(opened("B"), "lost", 3)
    book = counted_deals(stage_visits([won, lost, opened("C")], as_of=after(20)), PROCESS)
    exits = moves.stage_exits(stage_visits([won, lost, opened("C")], as_of=after(20)), book, 86_400_000_000)
    assert [(each.n, each.left) for each in exits] == [(4, 3), (1, 1), (1, 1), (0, 0)]
    assert exits[0].shares == pytest.approx((0.0, 0.25, 0.25, 0.0, 0.0, 0.25))
    assert exits[2].shares == (0.0, 0.0, 0.0, 0.0, 1.0, 0.0)
    assert moves.entry_shares(book) == [1.0, 0.0, 0.0, 0.0]


def test_deals_in_strange_stages_are_left_out_and_counted() -> None:
    strange = enter(opened("A"), "foreign", 1)
    seen = stage_visits([strange, opened("B"), opened("C", observed=False)], as_of=after(5))
    book = counted_deals(seen, PROCESS)
    assert len(book.journeys) == 1
    assert book.excluded["deal in a stage that the process does not have, foreign"] == 1
    assert book.excluded["deal without an observed open stage"] == 1
    assert len(counted_deals(seen, None).journeys) == 2


def test_a_book_in_which_nothing_was_seen_has_no_deals_to_count() -> None:
    book = counted_deals(stage_visits([opened("C", observed=False)], as_of=after(5)), PROCESS)
    assert book.journeys == ()
    assert moves.entry_shares(book) == [0.0, 0.0, 0.0, 0.0]
