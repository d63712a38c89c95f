"""A snapshot, one row for each deal as it stands, becomes deals that do not claim to know more than it tells."""

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesprocess import Fact, Money, Process, Stage, ingest, replay
from salesprocess.errors import MissingColumn, NaiveDatetime, SeveralErrors, UnknownField, UnknownStage

PROCESS = Process(
    "hardware",
    facts=[Fact("seats", int)],
    stages=[Stage("lead"), Stage("offer"), Stage.won("won"), Stage.after_sale("service"), Stage.lost("lost")],
)
COLUMNS = {"deal": "id", "stage": "stage", "amount": "value", "owner": "agent", "by": "user", "reason": "why"}
JANUARY = datetime(2026, 1, 5, tzinfo=UTC)
MARCH = datetime(2026, 3, 2, tzinfo=UTC)


def row(stage: object = "lead", opened: object = JANUARY, closed: object = None, **cells: object) -> dict[str, object]:
    empty = {"value": None, "agent": None, "user": None, "why": None, "seats": None}
    return {"id": "A", "stage": stage, "from": opened, "to": closed} | empty | cells


def read(*rows: Mapping[str, object], **options: Any) -> ingest.Log:
    arguments: dict[str, Any] = {"process": PROCESS, "columns": COLUMNS, "currency": "EUR", "facts": {"seats": "seats"}}
    return ingest.snapshot(rows, opened="from", closed="to", **(arguments | options))


def codes(log: ingest.Log) -> list[tuple[int, str, bool]]:
    return [(problem.row, problem.code, problem.dropped) for problem in log.problems]


def test_an_open_deal_is_opened_in_its_stage_where_it_has_been_since_nobody_knows_when() -> None:
    (deal,) = read(row("offer", value="100", agent="kari", seats="5")).deals
    history: Any = deal.history
    (opened,) = history
    assert (opened.kind, opened.at, opened.stage, opened.observed) == ("opened", JANUARY, "offer", False)
    assert (opened.terms, opened.facts) == ({"amount": Money(100, "EUR"), "owner": "kari"}, {"seats": 5})
    assert opened.imported


@pytest.mark.parametrize(("stage", "status"), [("won", "won"), ("service", "won"), ("lost", "lost")])
def test_a_closed_deal_enters_its_stage_at_its_close_from_an_unknown_one(stage: str, status: str) -> None:
    (deal,) = read(row(stage, closed=MARCH, why="price", user="ola")).deals
    history: Any = deal.history
    opened, entered = history
    assert (opened.at, opened.stage, opened.status, opened.observed) == (JANUARY, "lead", "open", False)
    assert (entered.at, entered.source, entered.destination, entered.status) == (MARCH, None, stage, status)
    assert (entered.transition, entered.imported, str(entered.by)) == ("imported", True, "ola")
    assert deal.outcome is not None
    assert (deal.outcome.status, deal.outcome.reason, deal.outcome.left) == (status, "price", None)


def test_closed_deals_begin_in_the_stage_that_is_named() -> None:
    opened: Any = read(row("won", closed=MARCH), opened_in="offer").deals[0].history[0]
    assert opened.stage == "offer"


def test_what_a_closed_row_says_is_not_known_before_the_close() -> None:
    (deal,) = read(row("won", closed=MARCH, value="100", agent="kari", seats="5")).deals
    before = deal.as_of(MARCH - timedelta(seconds=1))
    assert before is not None
    assert (before.terms, before.facts, before.status) == ({}, {}, "open")
    assert (deal.amount, deal.owner, deal.facts) == (Money(100, "EUR"), "kari", {"seats": 5})
    assert [event.kind for event in deal.history] == ["opened", "facts_learnt", "amended", "entered"]


def test_a_closed_deal_without_an_opening_date_counts_and_has_no_length() -> None:
    log = read(row("won", opened="", closed=MARCH, value="100"))
    (deal,) = log.deals
    assert (deal.status, deal.opened_at, deal.closed_at, deal.amount) == ("won", MARCH, MARCH, Money(100, "EUR"))
    assert codes(log) == [(1, "opened.missing", False)]
    assert "has no length" in log.problems[0].message


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (row("lead", opened=""), [("opened.missing", True)]),
        (row("lead", opened="soon"), [("opened.invalid", True)]),
        (row("lead", opened="", closed=MARCH), [("closed.unexpected", True), ("opened.missing", True)]),
        (row("lead", closed=MARCH), [("closed.unexpected", False)]),
        (row("lead", closed="soon"), [("closed.invalid", False)]),
        (row("won"), [("closed.missing", True)]),
        (row("won", closed="soon"), [("closed.invalid", True)]),
        (row("won", opened="soon", closed=MARCH), [("opened.invalid", False)]),
        (row("won", opened=MARCH, closed=JANUARY), [("closed.before_opened", True)]),
        (row("Won", closed=MARCH), [("stage.unknown", True)]),
        (row("lead", id=""), [("deal.missing", True)]),
        (row("lead", value="much"), [("amount.invalid", False)]),
    ],
)
def test_a_row_that_does_not_add_up_is_a_problem(cells: dict[str, object], expected: list[tuple[str, bool]]) -> None:
    log = read(cells)
    assert [(problem.code, problem.dropped) for problem in log.problems] == expected
    assert len(log.deals) == log.used == 1 - log.dropped


def test_a_deal_may_close_when_it_opens() -> None:
    assert read(row("won", opened=MARCH, closed=MARCH)).deals[0].age(MARCH) == timedelta(0)


def test_of_two_rows_of_one_deal_the_first_usable_one_is_kept() -> None:
    log = read(row("Lead"), row("offer"), row("won", closed=MARCH), row("offer"))
    assert [(deal.id, deal.stage) for deal in log.deals] == [("A", "offer")]
    assert codes(log) == [(1, "stage.unknown", True), (3, "duplicate", True), (4, "duplicate", True)]
    assert "row 2 tells of this deal already" in log.problems[1].message


def test_dates_are_midnights_of_the_zone() -> None:
    (deal,) = read(row("won", "2026-01-05", "2026-07-02"), tz="Europe/Oslo").deals
    assert deal.opened_at == datetime(2026, 1, 4, 23, tzinfo=UTC)
    assert deal.closed_at == datetime(2026, 7, 1, 22, tzinfo=UTC)
    with pytest.raises(NaiveDatetime, match="row 1, column 'to'"):
        read(row("won", closed="2026-07-02"))


def test_the_columns_of_the_two_times_are_arguments_of_their_own() -> None:
    with pytest.raises(UnknownField):
        read(row(), columns={**COLUMNS, "opened": "from"})
    with pytest.raises(MissingColumn) as caught:
        read({"id": "A", "stage": "lead", "from": JANUARY}, columns={"deal": "id", "stage": "stage"}, facts={})
    assert caught.value.columns == ("to",)


def test_deals_begin_in_an_open_stage_of_the_process() -> None:
    with pytest.raises(UnknownStage, match="did you mean 'offer'"):
        read(row(), opened_in="ofer")
    with pytest.raises(SeveralErrors) as caught:
        read(row(), opened_in="won", stages={"Won": "wonn"})
    assert [error.name for error in caught.value.exceptions] == ["won", "wonn"]  # type: ignore[union-attr]


CELL = {
    "id": st.sampled_from(["A", "B", "C", "D", ""]),
    "stage": st.sampled_from(["lead", "offer", "won", "service", "lost", "nonsense", None]),
    "from": st.sampled_from([JANUARY, MARCH, "soon", "", None]),
    "to": st.sampled_from([JANUARY, MARCH, "soon", "", None]),
    "value": st.sampled_from(["1", 2, "x", None]),
    "agent": st.sampled_from(["kari", 1.5, None]),
    "user": st.sampled_from(["ola", None]),
    "why": st.sampled_from(["price", None]),
    "seats": st.sampled_from(["5", "many", None]),
}


@given(st.lists(st.fixed_dictionaries(CELL), max_size=8))
def test_every_row_is_one_deal_or_dropped_with_a_problem(rows: list[dict[str, Any]]) -> None:
    log = read(*rows)
    dropped = {problem.row for problem in log.problems if problem.dropped}
    kept = [cells["id"] for number, cells in enumerate(rows, 1) if number not in dropped]
    assert [deal.id for deal in log.deals] == kept
    assert (log.merged, log.rows, log.used) == ((), len(rows), len(kept))
    assert not [code for code, count in Counter(kept).items() if count > 1]


@given(st.lists(st.fixed_dictionaries(CELL), max_size=8))
def test_every_deal_is_the_replay_of_its_events_and_observes_no_stage(rows: list[dict[str, Any]]) -> None:
    for deal in read(*rows).deals:
        assert replay(deal.history) == deal
        assert not deal.history[0].observed  # type: ignore[union-attr]
        assert all(event.imported for event in deal.history)


def test_every_problem_says_what_does_not_add_up_and_of_which_deal() -> None:
    cells = [row("lead", opened=""), row("won"), row("won", opened=MARCH, closed=JANUARY), row("lead", closed=MARCH)]
    told = [str(problem) for problem in read(*cells, row("won", closed="soon"), row("lead", id="")).problems]
    assert told == [
        "row 1, deal 'A': column 'from' is empty, so the deal has no place in time; fill it in"
        " [opened.missing, dropped]",
        "row 2, deal 'A': column 'to' is empty, and the stage won is closed; fill it in [closed.missing, dropped]",
        "row 3, deal 'A': it closed 2026-01-05T00:00:00+00:00, before it was opened 2026-03-02T00:00:00+00:00; correct"
        " one of them (a plain date is its midnight) [closed.before_opened, dropped]",
        "row 4, deal 'A': the stage lead is open, so the closing date 2026-03-02T00:00:00+00:00 is left out; empty it,"
        " or map the label 'lead' otherwise [closed.unexpected]",
        "row 5, deal 'A': column 'to' wants a time in ISO 8601, such as 2026-01-05T09:00+01:00, got 'soon' (str)"
        " [closed.invalid, dropped]",
        "row 5, deal 'A': row 4 tells of this deal already; keep one row a deal [duplicate, dropped]",
        "row 6: column 'id' is empty; fill it in [deal.missing, dropped]",
    ]
