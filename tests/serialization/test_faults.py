"""Everything wrong with a document is told at once, each thing with its path and with what would be right."""

import pickle
from typing import Any

import pytest

from salesprocess import (
    Actor,
    Calendar,
    Criterion,
    Deal,
    Decision,
    Event,
    Fact,
    LineItem,
    Money,
    Period,
    Policy,
    Process,
    Stage,
    serialization,
)
from salesprocess import criteria as c
from salesprocess import events as ev
from salesprocess.catalog import Catalog
from salesprocess.errors import BrokenHistory, InvalidDocument, InvalidProcess, SeveralErrors, WrongKind
from salesprocess.frozen import FrozenDict
from salesprocess.working_time import Shift
from tests.solar import AT, at_stage, solar
from tests.strategies import by_manager


def faults(data: Any, kind: Any, **options: Any) -> dict[str, str]:
    """What `load` finds wrong, by path."""
    with pytest.raises(InvalidDocument) as caught:
        serialization.load(data, kind, **options)
    told = dict(caught.value.faults)
    assert len(told) == len(caught.value.faults)
    assert all(f"- {path}: {message}" in str(caught.value) for path, message in told.items())
    return told


def test_all_the_faults_of_a_deal_are_told_with_their_paths() -> None:
    document = serialization.dump(at_stage("offer"))
    opened, entered, done, _ = document["history"]
    del document["schema"], opened["deal"]
    document["hystory"] = []
    opened["terms"]["amuont"] = 5
    opened["terms"]["amount"] = {"amount": 48000, "curency": "EUR"}
    opened["facts"]["tags"] = ["roof", None, {"decimal": "1,5"}]
    entered["kind"] = "entred"
    done["at"] = "2026-01-05T09:00:00"
    done["by"] = {"id": "ola", "roles": ["a", 1], "name": "Ola"}
    assert faults(document, Deal) == {
        "$.schema": "is missing; what this version writes is 1",
        "$.history[0].deal": "is missing",
        "$.history[0].terms.amuont": "unknown key; did you mean 'amount'?",
        "$.history[0].terms.amount.amount": "wants a decimal number as a text, such as '12.50', got 48000",
        "$.history[0].terms.amount.curency": "unknown key; did you mean 'currency'?",
        "$.history[0].terms.amount.currency": "is missing",
        "$.history[0].facts.tags[1]": "wants a text, a number, true, false, money, or a tagged value such as"
        " {'decimal': '12.50'}, got null",
        "$.history[0].facts.tags[2]": "wants a decimal number as a text, such as '12.50', got '1,5'",
        "$.history[1].kind": "no such kind, 'entred'; did you mean 'entered' or 'noted' or 'opened'?",
        "$.history[2].at": "wants an instant with its offset, such as '2026-01-05T09:00:00+00:00', got"
        " '2026-01-05T09:00:00'",
        "$.history[2].by.roles[1]": "wants a text, got 1",
        "$.history[2].by.name": "unknown key; known: id, roles",
        "$.hystory": "unknown key; did you mean 'history'?",
    }


def test_all_the_faults_of_a_process_are_told_with_their_paths() -> None:
    document = serialization.dump(solar)
    survey, permit = document["stages"][1:3]
    survey["exit"] = [
        {"approvd": {}},
        {"has": {"fat": "x"}},
        {"done": {"activity": 5, "during": "week"}},
        {},
        {"has": 5},
    ]
    survey["activities"] = ["site_visit", {"name": "shade", "within": "a week"}, 7]
    permit["kind"] = "permit"
    permit["optional"] = "yes"
    permit["typical_duration"] = 7
    document["facts"][0]["kind"] = "real"
    document["facts"][1]["minimum"] = {"decimal": 5}
    document["policy"] = {"win": [1], "skip": "all"}
    told = faults(document, Process)
    assert told == {
        "$.stages[1].exit[0]": "no rule 'approvd'; did you mean 'approved'?"
        " (rules of your own are passed as criteria=[...])",
        "$.stages[1].exit[1].has.fat": "unknown key; did you mean 'fact'?",
        "$.stages[1].exit[1].has.fact": "is missing",
        "$.stages[1].exit[2].done.activity": "wants str, got 5",
        "$.stages[1].exit[2].done.during": "wants typing.Literal['deal', 'visit'], got 'week'",
        "$.stages[1].exit[3]": "wants a criterion, such as {'has': {'fact': 'roof_area'}}, got an object",
        "$.stages[1].exit[4].has": "wants the parameters by name, got 5",
        "$.stages[1].activities[1].within": "wants a duration such as 'P7D' or 'PT10M' (weeks, or days, hours, minutes"
        " and seconds), got 'a week'",
        "$.stages[1].activities[2]": "wants an object, got 7",
        "$.stages[2].kind": "wants one of open, won, lost, after_sale, got 'permit'",
        "$.stages[2].optional": "wants true or false, got 'yes'",
        "$.stages[2].typical_duration": "wants a duration such as 'P7D' or 'PT10M' (weeks, or days, hours, minutes and"
        " seconds), got 7",
        "$.facts[0].kind": "wants a kind of fact, one of str, int, float, bool, decimal, date, datetime, money, got"
        " 'real'",
        "$.facts[1].minimum": "wants a decimal number as a text, such as '12.50', got 5",
        "$.policy.win[0]": "wants a text, got 1",
        "$.policy.skip": "wants one of never, optional, any, got 'all'",
    }


def test_a_rule_of_the_user_is_known_only_when_it_is_passed() -> None:
    document = {"schema": 1, "criterion": {"by_manager": {}}}
    assert "criteria=[...]" in faults(document, Criterion)["$.criterion"]
    assert serialization.load(document, Criterion, criteria=[by_manager]) == by_manager()


def test_a_well_formed_process_that_contradicts_itself_is_refused_as_process_refuses_it() -> None:
    document = serialization.dump(solar)
    document["stages"][1]["exit"] = [{"has": {"fact": "roof_aria"}}]
    document["transitions"][0]["destination"] = "nowhere"
    with pytest.raises(InvalidProcess) as caught:
        serialization.load(document, Process)
    assert [finding.code for finding in caught.value.findings] == ["transition.nowhere", "fact.unknown"]
    with pytest.raises(SeveralErrors):
        serialization.load({"schema": 1, "processes": [without_schema(document)] * 2}, Catalog)


def without_schema(document: dict[str, Any]) -> dict[str, Any]:
    return {name: part for name, part in document.items() if name != "schema"}


def test_a_deal_whose_events_do_not_follow_one_another_is_broken() -> None:
    document = serialization.dump(at_stage("offer"))
    del document["history"][1]
    with pytest.raises(BrokenHistory, match="revision 3 stands where revision 2 belongs"):
        serialization.load(document, Deal)


def money(amount: Any = "1", currency: Any = "EUR") -> dict[str, Any]:
    return {"schema": 1, "amount": amount, "currency": currency}


@pytest.mark.parametrize(
    "amount", [1, 1.5, "", " 1", "1_000", "1e9999", "NaN", "Infinity", "\u0661", "0x1", None, True, "1" * 1001]
)
def test_an_amount_is_a_decimal_text_and_nothing_else(amount: Any) -> None:
    assert list(faults(money(amount), Money)) == ["$.amount"]


@pytest.mark.parametrize("amount", ["1E+24", "1E-13"])
def test_an_amount_that_money_refuses_is_a_fault_as_well(amount: str) -> None:
    assert faults(money(amount), Money)["$"].startswith("amount must be")
    assert faults(money("1", "euro"), Money)["$"].startswith("currency must be")


@pytest.mark.parametrize(
    "at",
    [
        *("2026-01-05", "2026-01-05T09:00:00", "20260105T090000Z", "2026-W02-1T09:00:00+00:00", "2026-02-30T00:00:00Z"),
        *(
            "2026-01-05 09:00:00Z",
            "2026-01-05T09:00:00.1234567Z",
            "0001-01-01T00:00:00+01:00",
            "soon",
            1767603600,
            None,
        ),
    ],
)
def test_an_instant_is_a_full_date_and_time_with_an_offset(at: Any) -> None:
    row = serialization.dump(ev.Resumed(deal="A", revision=2, at=AT))
    assert list(faults({**row, "at": at}, Event)) == ["$.at"]


@pytest.mark.parametrize("day", ["2026-02-30", "20260105", "2026-W02-1", "2026-01-05T00:00:00Z", 20260105, None])
def test_a_day_is_a_full_date(day: Any) -> None:
    row = serialization.dump(ev.Amended(deal="A", revision=2, at=AT))
    assert list(faults({**row, "terms": {"expected_close": day}}, Event)) == ["$.terms.expected_close"]


@pytest.mark.parametrize("probability", [float("nan"), float("inf"), 2**53 + 1, True, "0.5", None])
def test_a_probability_is_a_finite_number(probability: Any) -> None:
    row = serialization.dump(ev.Amended(deal="A", revision=2, at=AT))
    assert list(faults({**row, "terms": {"probability": probability}}, Event)) == ["$.terms.probability"]


def test_a_whole_number_is_taken_for_a_probability() -> None:
    row = {**serialization.dump(ev.Amended(deal="A", revision=2, at=AT)), "terms": {"probability": 1}}
    terms = serialization.load(row, ev.Amended).terms
    assert terms == {"probability": 1.0}
    assert isinstance(terms["probability"], float)


ITEM = {"name": "seats", "price": {"amount": "40", "currency": "EUR"}}


@pytest.mark.parametrize(
    ("items", "path"),
    [
        ({}, ""),
        ([5], "[0]"),
        ([{**ITEM, "quantity": 2}], "[0].quantity"),
        ([ITEM, {**ITEM, "quantity": "0"}], "[1]"),
        ([{**ITEM, "every": "monthly"}], "[0].every"),
        ([{"name": "seats"}], "[0].price"),
    ],
)
def test_each_fault_of_a_line_item_has_its_place(items: Any, path: str) -> None:
    row = serialization.dump(ev.Amended(deal="A", revision=2, at=AT))
    assert list(faults({**row, "terms": {"items": items}}, Event)) == [f"$.terms.items{path}"]


def test_what_a_line_item_leaves_out_has_its_default() -> None:
    row = {**serialization.dump(ev.Amended(deal="A", revision=2, at=AT)), "terms": {"items": [ITEM]}}
    assert serialization.load(row, ev.Amended).terms == {"items": (LineItem("seats", Money(40, "EUR")),)}


def test_an_event_of_another_kind_than_asked_for_is_refused() -> None:
    row = serialization.dump(ev.Resumed(deal="A", revision=2, at=AT))
    assert faults(row, ev.Noted) == {"$.kind": "wants 'noted', got 'resumed'"}
    assert faults({"schema": 1, "value": 5}, float) == {"$.value": "wants float, holds int"}


@pytest.mark.parametrize(
    ("data", "kind", "path"),
    [
        (None, Deal, "$"),
        ([], Event, "$"),
        ("{}", Process, "$"),
        ({"schema": 1, "history": {}}, Deal, "$.history"),
        ({"schema": 1, "history": [5]}, Deal, "$.history[0]"),
        ({"schema": 1, "facts": []}, FrozenDict, "$.facts"),
        ({"schema": 1, "facts": {"x": 5, 5: 5}}, FrozenDict, "$.facts[5]"),
        ({"schema": 1, "facts": {"a key": None}}, FrozenDict, "$.facts['a key']"),
        ({"schema": 1, "value": {"x": "y"}}, str, "$.value"),
        ({"schema": 1, "id": "a", "roles": ["b", "b"]}, Actor, "$.roles"),
        ({"schema": 1, "id": "a", "roles": "b"}, Actor, "$.roles"),
        ({"schema": 1, "tz": "Mars/Olympus"}, Calendar, "$.tz"),
        ({"schema": 1, "tz": "+99:99"}, Calendar, "$.tz"),
        ({"schema": 1, "fiscal_start": 13}, Calendar, "$"),
        ({"schema": 1, "start": "2026-01-05T09:00Z", "end": "2026-01-05T09:00Z"}, Period, "$"),
        ({"schema": 1, "name": "x", "kind": "int", "choices": 5}, Fact, "$.choices"),
        ({"schema": 1, "name": "x", "kind": ["int"]}, Fact, "$.kind"),
        ({"schema": 1, "name": "x", "provenance": {"a": 1}}, Stage, "$.provenance.a"),
        ({"schema": 1, "criterion": {5: {}}}, Criterion, "$.criterion"),
        ({"schema": 1, "staleness": [{"kind": "old"}]}, Policy, "$.staleness[0].kind"),
        ({"schema": 1, "staleness": [{"kind": "age", "after": {"working_days": 0}}]}, Policy, "$.staleness[0].after"),
        (
            {"schema": 1, "staleness": [{"kind": "age", "after": {"date": "2026-01-05"}}]},
            Policy,
            "$.staleness[0].after",
        ),
        ({"schema": 1, "opens": "noon", "closes": 15}, Shift, "$.opens, $.closes"),
        ({"schema": 1, "opens": "25:00", "closes": "26:00"}, Shift, "$.opens, $.closes"),
    ],
)
def test_each_wrong_thing_has_its_place(data: Any, kind: Any, path: str) -> None:
    assert list(faults(data, kind)) == path.split(", ")


def test_what_a_reply_tells_for_clients_must_at_least_be_of_the_right_type() -> None:
    decision = serialization.dump(solar.decide(at_stage("offer"), "advance", at=AT))
    assert list(faults({**decision, "allowed": "yes"}, Decision)) == ["$.allowed"]
    assert serialization.load({**decision, "allowed": False}, Decision).allowed
    assert list(faults({"schema": 1, "processes": [5]}, Catalog)) == ["$.processes[0]"]


@pytest.mark.parametrize("kind", [object, int | None, Criterion | Deal, [], "Deal", ev.Recorded])
def test_a_kind_that_is_no_document_is_the_callers_mistake(kind: Any) -> None:
    with pytest.raises(WrongKind):
        serialization.load({}, kind)


def test_a_rule_is_passed_and_not_a_criterion_or_a_function() -> None:
    with pytest.raises(WrongKind, match="criteria wants rules"):
        serialization.load({}, Process, criteria=[c.has("x")])  # type: ignore[list-item]  # pyright: ignore


def test_a_document_with_very_many_faults_is_told_in_short_and_listed_in_full() -> None:
    with pytest.raises(InvalidDocument) as caught:
        serialization.load({"schema": 1, "history": [None] * 1000}, Deal)
    assert len(caught.value.faults) == 1000
    assert str(caught.value).endswith("- $.history[49]: wants an object with its kind, got null\n- and 950 more")


def test_the_error_pickles() -> None:
    error = InvalidDocument([("$.a", "is missing")])
    again = pickle.loads(pickle.dumps(error))
    assert again.faults == error.faults == (("$.a", "is missing"),)
    assert str(again) == str(error) == "the document cannot be read:\n- $.a: is missing"
