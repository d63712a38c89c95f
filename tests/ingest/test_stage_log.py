"""An exported log of stage changes becomes deals, and every row is accounted for."""

import csv
import io
import math
import pickle
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesprocess import Fact, Money, Policy, Process, Stage, ingest, replay
from salesprocess.errors import (
    InvalidMoney,
    MissingColumn,
    NaiveDatetime,
    OutOfRange,
    SeveralErrors,
    UnknownFact,
    UnknownField,
    UnknownStage,
    WrongKind,
)
from salesprocess.events import Amended, Entered

STAGES = [
    Stage("lead"),
    Stage("survey"),
    Stage("offer"),
    Stage.won("won"),
    Stage.after_sale("installation"),
    Stage.lost("lost"),
]
FACTS = [
    Fact("seats", int),
    Fact("roof", float, minimum=1),
    Fact("heritage", bool),
    Fact("margin", Decimal),
    Fact("built", date),
    Fact("visited", datetime),
    Fact("budget", Money),
    Fact("source", str, choices=("web", "fair")),
    Fact("needs", str, many=True),
]
PROCESS = Process("solar", stages=STAGES, facts=FACTS)
FREE = PROCESS.revise(policy=Policy(facts="free"))
COLUMNS = {"deal": "id", "stage": "label", "at": "when"}
ALL_COLUMNS = {**COLUMNS, "amount": "eur", "owner": "rep", "by": "user", "reason": "why"}
LABELS = {"New": "lead", "Raw": "lead", "Signed": "won", "Booked": "won", "Gone": "lost"}
START = datetime(2026, 1, 5, 9, tzinfo=UTC)


def when(hours: float) -> datetime:
    return START + timedelta(hours=hours)


def row(label: object = "New", hours: float = 0, deal: object = "A", **cells: object) -> dict[str, object]:
    return {
        "id": deal,
        "label": label,
        "when": when(hours),
        "eur": None,
        "rep": None,
        "user": None,
        "why": None,
    } | cells


def read(*rows: Mapping[str, object], process: Process = PROCESS, **options: Any) -> ingest.Log:
    arguments: dict[str, Any] = {"columns": ALL_COLUMNS, "stages": LABELS, "currency": "EUR"}
    return ingest.stage_log(rows, process=process, **(arguments | options))


def codes(log: ingest.Log) -> list[tuple[int, str, bool]]:
    return [(problem.row, problem.code, problem.dropped) for problem in log.problems]


def kinds(log: ingest.Log) -> list[list[str]]:
    return [[event.kind for event in deal.history] for deal in log.deals]


# What happened


def test_the_first_row_opens_the_deal_and_the_later_ones_move_it() -> None:
    (deal,) = read(row("New"), row("offer", 1), row("Signed", 2)).deals
    assert [(event.kind, event.at, event.imported) for event in deal.history] == [
        ("opened", when(0), True),
        ("entered", when(1), True),
        ("entered", when(2), True),
    ]
    assert [(e.transition, e.source, e.destination, e.status) for e in deal.history if isinstance(e, Entered)] == [
        ("imported", "lead", "offer", "open"),
        ("imported", "offer", "won", "won"),
    ]
    assert (deal.process, deal.version, deal.stage, deal.status) == ("solar", 1, "won", "won")


def test_skips_steps_back_and_reopenings_are_kept_as_they_were() -> None:
    labels = ["New", "offer", "New", "Gone", "survey", "Signed", "installation", "Gone"]
    (deal,) = read(*(row(label, hour) for hour, label in enumerate(labels))).deals
    path = ["lead", "offer", "lead", "lost", "survey", "won", "installation", "lost"]
    assert [deal.as_of(when(hour)).stage for hour in range(8)] == path  # type: ignore[union-attr]
    assert [deal.as_of(when(hour)).status for hour in range(8)] == [  # type: ignore[union-attr]
        "open", "open", "open", "lost", "open", "won", "won", "lost",
    ]  # fmt: skip


@pytest.mark.parametrize(("label", "status"), [("offer", "open"), ("Signed", "won"), ("Gone", "lost")])
def test_a_deal_whose_beginning_is_missing_opens_where_it_is_first_seen(label: str, status: str) -> None:
    (deal,) = read(row(label, why="price")).deals
    assert (deal.status, deal.revision, deal.history[0].reason) == (status, 1, "price")
    assert (deal.outcome is None) == (status == "open")


def test_the_reason_of_a_loss_is_kept() -> None:
    (deal,) = read(row("New"), row("Gone", 1, why=" price ")).deals
    assert deal.outcome is not None
    assert (deal.outcome.reason, deal.outcome.left) == ("price", "lead")


def test_who_acted_and_who_is_responsible_are_two_things() -> None:
    (deal,) = read(row("New", rep="kari", user="robot"), row("offer", 1, user=17)).deals
    assert deal.owner == "kari"
    assert [str(event.by) for event in deal.history] == ["robot", "17"]


def test_a_changed_amount_or_owner_is_recorded_before_the_move_of_the_same_row() -> None:
    log = read(
        row("New", eur="100", rep="kari"),
        row("New", 1, eur="120"),
        row("offer", 2, eur="", rep="ola"),
        row("Signed", 3, eur="120.00", rep="ola"),
        row("Gone", 4, eur="0"),
        row("Gone", 5, eur="1"),
    )
    (deal,) = log.deals
    assert kinds(log) == [["opened", "amended", "amended", "entered", "entered", "amended", "entered", "amended"]]
    assert [event.terms for event in deal.history if isinstance(event, Amended)] == [
        {"amount": Money(120, "EUR")},
        {"owner": "ola"},
        {"amount": Money(0, "EUR")},
        {"amount": Money(1, "EUR")},
    ]
    assert log.used == 6


def test_rows_are_sorted_by_time_and_a_row_out_of_order_is_named() -> None:
    log = read(row("offer", 2), row("New", 0), row("survey", 1), row("Signed", 3))
    assert [event.at for event in log.deals[0].history] == [when(hour) for hour in range(4)]
    assert codes(log) == [(2, "at.out_of_order", False), (3, "at.out_of_order", False)]
    assert "row 1 above it" in log.problems[1].message


def test_rows_of_one_time_keep_their_order() -> None:
    log = read(row("New"), row("survey"), row("offer"), row("survey", deal="B"), row("New", deal="B"))
    assert [deal.stage for deal in log.deals] == ["offer", "lead"]
    assert not log.problems


# What says nothing new


def test_three_bookkeeping_events_in_any_order_are_one_win() -> None:
    log = read(row("New"), row("Booked", 1), row("Signed", 1), row("won", 2))
    assert kinds(log) == [["opened", "entered"]]
    assert [(merge.row, merge.deal, merge.code) for merge in log.merged] == [
        (3, "A", "stage.repeated"),
        (4, "A", "stage.repeated"),
    ]


def test_an_exact_repeat_is_merged_even_when_another_change_stands_between() -> None:
    log = read(row("New"), row("offer"), row("New"), row("offer", 1))
    assert kinds(log) == [["opened", "entered"]]
    assert [(merge.row, merge.code) for merge in log.merged] == [(3, "row.repeated"), (4, "stage.repeated")]
    assert str(log.merged[0]) == "row 3, deal 'A': the row says the same as row 1 [row.repeated]"


def test_two_labels_of_one_stage_at_one_time_are_no_exact_repeat() -> None:
    log = read(row("New"), row("offer"), row("Raw"))
    assert [event.kind for event in log.deals[0].history] == ["opened", "entered", "entered"]
    assert log.merged == ()


def test_a_reason_on_a_row_that_changes_nothing_is_named() -> None:
    log = read(row("New"), row("Gone", 1, why="price"), row("Gone", 2, why="price"), row("Gone", 3, why="timing"))
    assert len(log.merged) == 2
    assert codes(log) == [(4, "reason.unused", False)]


# Cells


@pytest.mark.parametrize(
    ("cell", "amount"),
    [
        ("48000.50", "48000.50"),
        (" 48000.50 ", "48000.50"),
        (48000, "48000"),
        (0.1, "0.1"),
        (1e22, "1E+22"),
        (Decimal("0.10"), "0.10"),
    ],
)
def test_an_amount_may_be_text_or_a_number(cell: object, amount: str) -> None:
    assert read(row(eur=cell)).deals[0].amount == Money(amount, "EUR")


def test_money_keeps_its_own_currency() -> None:
    assert read(row(eur=Money(5, "NOK")), currency=None).deals[0].amount == Money(5, "NOK")


@pytest.mark.parametrize("cell", ["12,50", "EUR 5", "nan", True, Decimal("NaN"), ["5"], b"5"])
def test_an_amount_that_cannot_be_read_keeps_the_move(cell: object) -> None:
    log = read(row(eur="1"), row("offer", 1, eur=cell))
    assert kinds(log) == [["opened", "entered"]]
    assert codes(log) == [(2, "amount.invalid", False)]
    assert log.deals[0].amount == Money(1, "EUR")


def test_a_deal_cannot_be_worth_less_than_nothing() -> None:
    log = read(row(eur="-1"))
    assert codes(log) == [(1, "amount.negative", False)]
    assert log.deals[0].amount is None


def test_one_is_an_amount_and_true_is_not_although_they_are_equal() -> None:
    log = read(row(eur=1), row(eur=1.0, deal="B"), row(eur=True, deal="C"))
    assert [deal.amount for deal in log.deals] == [Money(1, "EUR"), Money(1, "EUR"), None]
    assert codes(log) == [(3, "amount.invalid", False)]


@pytest.mark.parametrize("cell", [None, "", "  ", math.nan])
def test_an_empty_cell_changes_nothing(cell: object) -> None:
    log = read(row(eur="1", rep="kari"), row("offer", 1, eur=cell, rep=cell, user=cell, why=cell))
    assert kinds(log) == [["opened", "entered"]]
    assert not log.problems


def test_an_owner_that_is_no_name_is_named_each_time() -> None:
    log = read(row(rep=["kari"]), row("offer", 1, rep=1.5))
    assert codes(log) == [(1, "owner.invalid", False), (2, "owner.invalid", False)]
    assert log.used == 2


def test_ids_are_texts_or_whole_numbers_without_blanks_around() -> None:
    log = read(row(deal=" 7 "), row("offer", 1, deal=7), row("Signed", 2, deal="7"))
    assert [deal.id for deal in log.deals] == ["7"]
    assert kinds(log) == [["opened", "entered", "entered"]]


@pytest.mark.parametrize(
    ("cells", "code"),
    [
        ({"id": ""}, "deal.missing"),
        ({"id": None}, "deal.missing"),
        ({"id": 1.5}, "deal.invalid"),
        ({"id": ["A"]}, "deal.invalid"),
        ({"label": " "}, "stage.missing"),
        ({"label": 1.5}, "stage.invalid"),
        ({"label": "Sgined"}, "stage.unknown"),
        ({"when": ""}, "at.missing"),
        ({"when": "05.01.2026"}, "at.invalid"),
        ({"when": 1767600000}, "at.invalid"),
        ({"when": "0001-01-01T00:00+01:00"}, "at.invalid"),
    ],
)
def test_a_row_without_deal_stage_or_time_is_dropped(cells: dict[str, object], code: str) -> None:
    log = read(row() | cells)
    assert codes(log) == [(1, code, True)]
    assert (log.deals, log.rows, log.used, log.dropped) == ((), 1, 0, 1)


def test_everything_wrong_with_a_row_is_named() -> None:
    log = read(row("Sgined", deal="", eur="much") | {"when": ""})
    assert [problem.code for problem in log.problems] == [
        "deal.missing",
        "stage.unknown",
        "at.missing",
        "amount.invalid",
    ]
    assert log.dropped == 1


def test_an_unknown_label_is_answered_with_close_ones() -> None:
    log = read(row("Sgined"), row("Sgined", deal="B"))
    assert [(problem.row, problem.deal, problem.dropped) for problem in log.problems] == [
        (1, "A", True),
        (2, "B", True),
    ]
    assert "did you mean 'Signed'?" in log.problems[0].message
    assert log.problems[0].message is log.problems[1].message


# Times


@pytest.mark.parametrize(
    ("cell", "at"),
    [
        ("2011-09-30 22:38:44.546+00:00", datetime(2011, 9, 30, 22, 38, 44, 546000, UTC)),
        ("2026-01-05T10:00:00+01:00", datetime(2026, 1, 5, 9, tzinfo=UTC)),
        (" 2026-01-05T09:00Z ", datetime(2026, 1, 5, 9, tzinfo=UTC)),
        ("2026-01-05", datetime(2026, 1, 4, 23, tzinfo=UTC)),
        ("2026-07-05 10:00", datetime(2026, 7, 5, 8, tzinfo=UTC)),
        (datetime(2026, 7, 5, 10), datetime(2026, 7, 5, 8, tzinfo=UTC)),
        (date(2026, 7, 5), datetime(2026, 7, 4, 22, tzinfo=UTC)),
        (datetime(2026, 1, 5, 9, tzinfo=timezone(timedelta(hours=2))), datetime(2026, 1, 5, 7, tzinfo=UTC)),
    ],
)
def test_times_are_iso_texts_or_typed_and_local_ones_are_placed_in_the_zone(cell: object, at: datetime) -> None:
    log = read(row() | {"when": cell}, tz="Europe/Oslo")
    assert log.deals[0].opened_at == at
    assert log.deals[0].opened_at.tzinfo is UTC
    assert not log.problems


@pytest.mark.parametrize(
    ("local", "code", "at"),
    [
        ("2026-10-25 02:30", "at.ambiguous", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
        ("2026-03-29 02:30", "at.nonexistent", datetime(2026, 3, 29, 1, 30, tzinfo=UTC)),
        (datetime(2026, 10, 25, 2, 30, fold=1), "at.ambiguous", datetime(2026, 10, 25, 1, 30, tzinfo=UTC)),
    ],
)
def test_a_local_time_when_the_clocks_change_is_kept_and_named(local: object, code: str, at: datetime) -> None:
    log = read(row() | {"when": local}, tz="Europe/Oslo")
    assert codes(log) == [(1, code, False)]
    assert log.deals[0].opened_at == at


@pytest.mark.parametrize("cell", ["2026-01-05 09:00", "2026-01-05", datetime(2026, 1, 5), date(2026, 1, 5)])
def test_a_time_without_a_zone_stops_the_import_at_once(cell: object) -> None:
    def rows() -> Iterator[dict[str, object]]:
        yield row()
        yield row("offer") | {"when": cell}
        pytest.fail("it read on")

    with pytest.raises(NaiveDatetime, match=r"row 2, column 'when' holds 2026-01-05T.*; pass tz=") as caught:
        ingest.stage_log(rows(), process=PROCESS, columns=COLUMNS, stages=LABELS)
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


# Facts


@pytest.mark.parametrize(
    ("fact", "cell", "value"),
    [
        ("seats", "5", 5),
        ("seats", 5, 5),
        ("roof", "40.5", 40.5),
        ("heritage", "Yes", True),
        ("heritage", "0", False),
        ("heritage", False, False),
        ("margin", "0.20", Decimal("0.20")),
        ("built", "1999-12-31", date(1999, 12, 31)),
        ("visited", "2026-07-05 10:00", datetime(2026, 7, 5, 8, tzinfo=UTC)),
        ("budget", "100", Money(100, "EUR")),
        ("budget", Money(100, "NOK"), Money(100, "NOK")),
        ("source", " web ", "web"),
        ("needs", ["speed", "price"], ("speed", "price")),
    ],
)
def test_facts_are_read_as_the_kind_that_is_declared(fact: str, cell: object, value: object) -> None:
    log = read(row(x=cell), facts={fact: "x"}, tz="Europe/Oslo")
    assert log.deals[0].facts == {fact: value}
    assert not log.problems


@pytest.mark.parametrize(
    ("fact", "cell"),
    [
        ("seats", "5.0"),
        ("seats", 5.0),
        ("roof", "0.5"),
        ("roof", "nan"),
        ("heritage", "perhaps"),
        ("margin", "a fifth"),
        ("built", "31.12.1999"),
        ("visited", "yesterday"),
        ("budget", "much"),
        ("source", "word of mouth"),
        ("needs", "speed, price"),
        ("needs", [["speed"]]),
    ],
)
def test_a_fact_that_cannot_be_read_keeps_the_move(fact: str, cell: object) -> None:
    log = read(row(x=cell), facts={fact: "x"})
    assert codes(log) == [(1, "fact.invalid", False)]
    assert log.deals[0].facts == {}


def test_facts_are_learnt_when_they_change() -> None:
    rows = [row("New", x="5"), row("New", 1, x="6", eur="1"), row("offer", 2, x="6"), row("offer", 3, x="")]
    log = read(*rows, facts={"seats": "x"})
    assert kinds(log) == [["opened", "facts_learnt", "amended", "entered"]]
    assert log.deals[0].facts == {"seats": 6}
    assert [merge.row for merge in log.merged] == [4]


def test_an_ambiguous_time_as_a_fact_is_named_in_each_row() -> None:
    rows = [row("New", x="2026-10-25 02:30"), row("offer", 1, x="2026-10-25 02:30")]
    assert codes(read(*rows, facts={"visited": "x"}, tz="Europe/Oslo")) == [
        (1, "fact.ambiguous", False),
        (2, "fact.ambiguous", False),
    ]


def test_a_process_with_free_facts_takes_texts_and_typed_values() -> None:
    log = read(row(x=" tall ", y=3.5, z=object()), process=FREE, facts={"height": "x", "grade": "y", "odd": "z"})
    assert log.deals[0].facts == {"height": "tall", "grade": 3.5}
    assert codes(log) == [(1, "fact.invalid", False)]


# Arguments


def test_rows_are_read_once_and_may_come_from_a_csv_reader() -> None:
    text = "id,label,when\nA,New,2026-01-05\nB,New,2026-01-05\nA,offer,2026-01-06\n"
    log = ingest.stage_log(
        csv.DictReader(io.StringIO(text)), process=PROCESS, columns=COLUMNS, stages=LABELS, tz="Europe/Oslo"
    )
    assert [(deal.id, deal.stage) for deal in log.deals] == [("A", "offer"), ("B", "lead")]
    assert log.rows == 3


def test_an_empty_export_has_no_deals() -> None:
    assert str(read()) == "0 rows: 0 used, 0 merged, 0 dropped; 0 deals"


def test_a_cell_may_be_absent_from_some_rows() -> None:
    bare = {"id": "A", "label": "New", "when": when(0)}
    log = ingest.stage_log(
        [bare, bare | {"when": when(1), "eur": "5"}, bare | {"label": "offer", "when": when(2)}],
        process=PROCESS,
        columns={**COLUMNS, "amount": "eur"},
        stages=LABELS,
        currency="EUR",
    )
    assert log.deals[0].amount == Money(5, "EUR")
    assert not log.problems


def test_columns_that_no_row_has_are_all_listed() -> None:
    with pytest.raises(MissingColumn) as caught:
        read(row(), columns={**ALL_COLUMNS, "at": "whn", "owner": "who"}, facts={"seats": "x"})
    assert caught.value.columns == ("whn", "who", "x")
    assert set(caught.value.found) == set(row())


def test_required_fields_without_a_column_are_listed_with_the_columns_that_are_missing() -> None:
    with pytest.raises(MissingColumn) as caught:
        read(row(), columns={"deal": "id", "amount": "usd"})
    assert caught.value.columns == ("stage", "at", "usd")
    with pytest.raises(MissingColumn):
        read(columns={"deal": "id"})


def test_everything_wrong_with_the_arguments_is_raised_together() -> None:
    with pytest.raises(SeveralErrors) as caught:
        read(
            columns={**COLUMNS, "amout": "eur"},
            stages={"New": "led", "Old": "offr"},
            facts={"seat": "x"},
            currency="euro",
            tz="Europe/Olso",
        )
    assert [type(error) for error in caught.value.exceptions] == [
        UnknownField,
        UnknownFact,
        UnknownStage,
        InvalidMoney,
        OutOfRange,
    ]
    assert caught.value.exceptions[2].names == ("led", "offr")  # type: ignore[union-attr]
    assert str(caught.value.exceptions[0]) == "no field 'amout'; did you mean 'amount'?"


def test_a_plain_amount_needs_a_currency() -> None:
    with pytest.raises(WrongKind, match="currency wants a code such as 'EUR' for the plain amount '5' in row 1"):
        read(row(eur="5"), currency=None)
    assert read(row(), currency=None).used == 1


def test_a_row_that_is_no_mapping_is_refused() -> None:
    with pytest.raises(WrongKind, match="mappings"):
        read(("A", "New"))  # type: ignore[arg-type]


def test_the_summary_counts_by_code_and_shows_the_first_rows() -> None:
    log = read(row("New"), *(row("Nwe", hour) for hour in range(4)), row("offer", 5, eur="x"), row("offer", 6))
    assert str(log).splitlines() == [
        "7 rows: 2 used, 1 merged, 4 dropped; 1 deal",
        "stage.repeated (merged): 1, row 7: 'offer' means offer, where the deal is already",
        "stage.unknown (dropped): 4, rows 2, 3, 4, …: no stage 'Nwe'; did you mean 'New'?; "
        "say what it means with stages={'Nwe': ...}",
        "amount.invalid (kept): 1, row 6: column 'eur' wants a plain decimal number, such as 48000.50, or Money, "
        "got 'x' (str)",
    ]
    assert repr(log) == "<Log of 7 rows: 2 used, 1 merged, 4 dropped; 1 deal>"
    assert str(log.problems[0]).startswith("row 2, deal 'A': no stage 'Nwe'")
    assert str(log.problems[0]).endswith("[stage.unknown, dropped]")
    assert pickle.loads(pickle.dumps(log)) == log


# Any log at all

LABEL = st.sampled_from([*LABELS, *(stage.name for stage in STAGES), "Nonsense", "", None, 3.5])
CELL = {
    "id": st.sampled_from(["A", "B", "C", 1, " B ", "", None]),
    "label": LABEL,
    "when": st.sampled_from([when(0), when(1), when(2).isoformat(), when(3), "soon", None]),
    "eur": st.sampled_from(["100", "1e2", 100, 100.0, 7.5, "-1", "x", "", None, Money(3, "NOK"), True, []]),
    "rep": st.sampled_from(["kari", "ola", 17, 1.5, "", None]),
    "user": st.sampled_from(["kari", "robot", [], None]),
    "why": st.sampled_from(["price", "timing", None]),
    "seats": st.sampled_from(["5", 6, "many", "", None]),
}
ROWS = st.lists(st.fixed_dictionaries(CELL), max_size=12)


def import_all(rows: list[dict[str, Any]]) -> ingest.Log:
    return read(*rows, facts={"seats": "seats"})


@given(ROWS)
def test_every_deal_is_the_replay_of_its_events(rows: list[dict[str, Any]]) -> None:
    for deal in import_all(rows).deals:
        assert replay(deal.history) == deal
        assert all(event.imported for event in deal.history)
        assert deal.process == "solar"


def in_an_event(log: ingest.Log, cells: dict[str, Any]) -> bool:
    """Whether there is an event of the deal at the time of the row, which only this row has."""
    return any(event.at == cells["when"] for deal in log.deals for event in deal.history)


@given(ROWS, st.data())
def test_every_row_is_used_in_an_event_or_merged_or_dropped_with_a_problem(
    rows: list[dict[str, Any]], data: st.DataObject
) -> None:
    minutes = data.draw(st.permutations(range(len(rows))))
    rows = [
        cells | {"when": when(minute / 60) if isinstance(cells["when"], datetime) else None}
        for cells, minute in zip(rows, minutes, strict=True)
    ]
    log = import_all(rows)
    merged = [merge.row for merge in log.merged]
    dropped = {problem.row for problem in log.problems if problem.dropped}
    used = {number for number, cells in enumerate(rows, 1) if in_an_event(log, cells)}
    assert sorted([*merged, *dropped, *used]) == list(range(1, len(rows) + 1))
    assert (log.rows, log.used, log.dropped) == (len(rows), len(used), len(dropped))


@given(ROWS)
def test_repeating_a_log_adds_nothing_but_merges(rows: list[dict[str, Any]]) -> None:
    once, twice = import_all(rows), import_all(rows + rows)
    assert twice.deals == once.deals
    assert len(twice.merged) == 2 * len(once.merged) + once.used
    assert twice.dropped == 2 * once.dropped


@given(ROWS)
def test_problems_and_merges_come_in_the_order_of_the_rows(rows: list[dict[str, Any]]) -> None:
    log = import_all(rows)
    for found in (log.problems, log.merged):
        numbers = [each.row for each in found]
        assert numbers == sorted(numbers)
        assert all(1 <= number <= len(rows) and each.message for number, each in zip(numbers, found, strict=True))


@given(st.lists(st.fixed_dictionaries({"label": st.sampled_from([*LABELS, "offer"])}), max_size=10), st.randoms())
def test_the_order_of_rows_of_different_times_does_not_matter(rows: list[dict[str, Any]], rng: Any) -> None:
    ordered = [row(cells["label"], hour) for hour, cells in enumerate(rows)]
    shuffled = rng.sample(ordered, len(ordered))
    assert read(*shuffled).deals == read(*ordered).deals


def test_the_expected_close_is_a_day_and_moves_with_the_rows() -> None:
    rows = [
        {"case": "A-1", "what": "lead", "when": "2026-01-05T09:00Z", "due": "2026-03-01"},
        {"case": "A-1", "what": "offer", "when": "2026-01-06T09:00Z", "due": date(2026, 4, 1)},
        {"case": "A-1", "what": "won", "when": "2026-01-07T09:00Z", "due": "soon"},
        {"case": "A-2", "what": "lead", "when": "2026-01-07T09:00Z", "due": 5},
    ]
    process = Process("solar", stages=[Stage("lead"), Stage("offer"), Stage.won("won"), Stage.lost("lost")])
    columns = {"deal": "case", "stage": "what", "at": "when", "expected_close": "due"}
    log = ingest.stage_log(rows, process=process, columns=columns)
    assert [deal.expected_close for deal in log.deals] == [date(2026, 4, 1), None]
    assert [(problem.row, problem.code, problem.dropped) for problem in log.problems] == [
        (3, "expected_close.invalid", False),
        (4, "expected_close.invalid", False),
    ]


def test_every_problem_says_which_column_wants_what_and_what_it_got() -> None:
    cells: list[dict[str, object]] = [
        *({"deal": 1.5}, {"label": 1.5}, {"label": "Nwe"}, {"when": "soon"}, {"when": None}, {"eur": -5}),
        *({"eur": "much", "hours": 1}, {"rep": 1.5, "hours": 2}, {"user": 1.5, "hours": 3}, {"why": 1.5, "hours": 4}),
        {"label": "survey", "hours": 5, "chairs": "many", "size": "0.5"},
        {"label": "offer", "hours": 3},
    ]
    log = read(*(row(**each) for each in cells), facts={"seats": "chairs", "roof": "size"})  # type: ignore[arg-type]
    name = "wants a text or a whole number, got 1.5 (float)"
    assert [str(problem) for problem in log.problems] == [
        f"row 1: column 'id' {name} [deal.invalid, dropped]",
        f"row 2, deal 'A': column 'label' {name} [stage.invalid, dropped]",
        "row 3, deal 'A': no stage 'Nwe'; did you mean 'New'?; say what it means with stages={'Nwe': ...}"
        " [stage.unknown, dropped]",
        "row 4, deal 'A': column 'when' wants a time in ISO 8601, such as 2026-01-05T09:00+01:00, got 'soon' (str)"
        " [at.invalid, dropped]",
        "row 5, deal 'A': column 'when' is empty; fill it in [at.missing, dropped]",
        "row 6, deal 'A': column 'eur' wants zero or more, got -5 (int) [amount.negative]",
        "row 7, deal 'A': column 'eur' wants a plain decimal number, such as 48000.50, or Money, got 'much' (str)"
        " [amount.invalid]",
        f"row 8, deal 'A': column 'rep' {name} [owner.invalid]",
        f"row 9, deal 'A': column 'user' {name} [by.invalid]",
        f"row 10, deal 'A': column 'why' {name} [reason.invalid]",
        "row 11, deal 'A': column 'chairs' wants a whole number, such as 12, got 'many' (str) [fact.invalid]",
        "row 11, deal 'A': column 'size': roof must be at least 1, got 0.5 [fact.invalid]",
        "row 12, deal 'A': the row is earlier than row 11 above it and is put in its place by its time; in an export"
        " that lists the newest first, reverse the rows to keep the order of equal times [at.out_of_order]",
    ]
    assert [str(merged) for merged in log.merged] == [
        f"row {number}, deal 'A': 'New' means lead, where the deal is already [stage.repeated]" for number in (7, 8, 9)
    ]


def test_a_fact_that_is_not_declared_is_named_where_its_value_is_of_no_kind() -> None:
    (problem,) = read(row(chairs=[object()]), process=FREE, facts={"anything": "chairs"}).problems
    assert problem.message.startswith("column 'chairs': anything[0] wants str, int, ")


def test_who_did_it_and_why_stand_in_every_event_of_the_row() -> None:
    rows = (
        row(why="first call", user="kari", eur=5, chairs=3),
        row("survey", 1, why="they asked", user="ola", eur=6, chairs=4),
    )
    opened, *later = read(*rows, facts={"seats": "chairs"}).deals[0].history
    assert (opened.reason, str(opened.by), opened.imported) == ("first call", "kari", True)
    assert [type(event).__name__ for event in later] == ["FactsLearnt", "Amended", "Entered"]
    assert {(event.reason, str(event.by), event.imported) for event in later} == {("they asked", "ola", True)}
