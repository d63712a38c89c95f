"""Declared, typed facts and the values that a record can hold."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import IntEnum, StrEnum
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesprocess import testing
from salesprocess.errors import (
    CurrencyMismatch,
    NaiveDatetime,
    OutOfRange,
    SalesProcessError,
    SeveralErrors,
    WrongKind,
)
from salesprocess.facts import KINDS, Fact, Scalar, check_facts, fact_value
from salesprocess.frozen import FrozenDict
from salesprocess.money import Money
from salesprocess.timing import instant
from tests import strategies


class Region(StrEnum):
    NORTH = "north"


class Size(IntEnum):
    SMALL = 1


def normal(value: Any) -> Any:
    """The value, with every instant in UTC."""
    if isinstance(value, tuple):
        return tuple(normal(each) for each in value)
    return instant(value) if isinstance(value, datetime) else value


@given(testing.fact_values())
def test_a_value_of_any_kind_is_recorded_as_it_is_with_instants_in_utc(value: Any) -> None:
    recorded = fact_value("x", value)
    assert recorded == normal(value)
    assert type(recorded) is type(value)
    assert fact_value("x", recorded) == recorded


@pytest.mark.parametrize(
    "value",
    [{"a"}, {"a": 1}, frozenset("a"), None, object(), b"a", 1j, Region.NORTH, Size.SMALL],
    ids=lambda value: type(value).__name__,
)
def test_a_value_of_another_kind_is_refused(value: object) -> None:
    with pytest.raises(WrongKind, match="x wants str, int, float, bool, Decimal, date, datetime, Money") as caught:
        fact_value("x", value)
    assert caught.value.value is value


def test_a_tuple_names_the_place_of_what_it_cannot_hold() -> None:
    with pytest.raises(WrongKind, match=r"^tags\[1\] wants"):
        fact_value("tags", ("grid", ["roof"]))
    with pytest.raises(WrongKind, match=r"^tags\[0\] wants"):
        fact_value("tags", (("grid",),))


@pytest.mark.parametrize(
    "value", [float("nan"), float("inf"), -float("inf"), Decimal("NaN"), Decimal("sNaN"), Decimal("Infinity")], ids=str
)
def test_a_number_is_finite(value: Any) -> None:
    for check in (lambda: fact_value("x", value), lambda: Fact("x", type(value)).check(value)):
        with pytest.raises(OutOfRange, match="x must be finite"):
            check()
    with pytest.raises(OutOfRange, match=r"x\[1\] must be finite"):
        fact_value("x", (1.0, value))


def test_an_instant_wants_a_zone() -> None:
    for check in (fact_value, lambda name, value: Fact(name, datetime).check(value)):
        with pytest.raises(NaiveDatetime, match="met_at wants an aware datetime"):
            check("met_at", datetime(2026, 1, 1))


@given(st.data(), testing.facts())
def test_a_declared_fact_takes_the_values_it_declares(data: st.DataObject, fact: Fact) -> None:
    value = data.draw(testing.values_of(fact))
    recorded = fact.check(value)
    assert recorded == normal(value)
    assert fact.check(recorded) == recorded
    for each in recorded if isinstance(recorded, tuple) else (recorded,):
        assert type(each) is fact.kind


@pytest.mark.counted
@given(st.data(), testing.facts())
def test_a_declared_fact_refuses_every_other_kind(data: st.DataObject, fact: Fact) -> None:
    widened = {int} if fact.kind in (float, Decimal) else set()
    others = [kind for kind in KINDS if kind is not fact.kind and kind not in widened]
    wrong = data.draw(testing.scalars(kind=data.draw(st.sampled_from(others))))
    with pytest.raises(WrongKind) as caught:
        fact.check((wrong,) if fact.many else wrong)
    assert caught.value.value == wrong
    assert caught.value.wanted == fact.kind.__name__


@given(st.data(), testing.facts())
def test_many_wants_a_tuple_and_one_wants_no_tuple(data: st.DataObject, fact: Fact) -> None:
    value = data.draw(testing.values_of(fact))
    if fact.many:
        assert fact.check(list(value)) == fact.check(value)
        with pytest.raises(WrongKind, match="wants a tuple of"):
            fact.check(value[0] if value else None)
    else:
        with pytest.raises(WrongKind):
            fact.check((value,))


def test_the_place_of_the_wrong_one_among_many_is_told() -> None:
    with pytest.raises(OutOfRange, match=r"^seats\[2\] must be at most 9, got 12"):
        Fact("seats", int, maximum=9, many=True).check((1, 9, 12))


@given(st.integers(-(10**6), 10**6))
def test_an_int_is_widened_to_a_float_or_a_decimal(value: int) -> None:
    for kind in (float, Decimal):
        recorded = Fact("x", kind).check(value)
        assert recorded == value
        assert type(recorded) is kind


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (int, True),
        (float, True),
        (Decimal, True),
        (Decimal, 1.5),
        (float, Decimal("1.5")),
        (int, 1.0),
        (bool, 1),
        (str, Region.NORTH),
        (int, Size.SMALL),
        (date, datetime(2026, 1, 1, tzinfo=UTC)),
        (datetime, date(2026, 1, 1)),
        (str, ["a"]),
    ],
)
def test_nothing_else_is_converted(kind: type[Scalar], value: object) -> None:
    with pytest.raises(WrongKind, match=f"x wants {kind.__name__}, got"):
        Fact("x", kind).check(value)


@pytest.mark.parametrize(
    ("fact", "inside", "outside"),
    [
        (Fact("x", int, 1, 3), [1, 2, 3], [0, 4]),
        (Fact("x", float, 1, 3), [1, 1.0, 3.0], [0.999, 3.001, 0]),
        (Fact("x", Decimal, minimum=Decimal("0.1")), [Decimal("0.1"), 10**9], [Decimal("0.09"), 0]),
        (Fact("x", str, maximum="m"), ["", "m"], ["ma", "z"]),
        (Fact("x", date, minimum=date(2026, 1, 1)), [date(2026, 1, 1)], [date(2025, 12, 31)]),
        (Fact("x", Money, maximum=Money(5, "EUR")), [Money(5, "EUR"), Money(-5, "EUR")], [Money("5.01", "EUR")]),
        (Fact("x", str, choices=("north", "south")), ["north", "south"], ["North", "", "north "]),
        (Fact("x", int, 1, 9, choices=(1, 20)), [1], [2, 20]),
    ],
)
def test_bounds_are_inclusive_and_choices_exact(fact: Fact, inside: list[Any], outside: list[Any]) -> None:
    for value in inside:
        assert fact.check(value) == value
    for value in outside:
        with pytest.raises(OutOfRange, match=r"^x must be (at least|at most|one of)") as caught:
            fact.check(value)
        assert caught.value.value == value


def test_a_bound_of_an_instant_holds_across_zones() -> None:
    fact = Fact("met_at", datetime, minimum=datetime(2026, 1, 1, 1, tzinfo=ZoneInfo("Europe/Oslo")))
    assert fact.check(datetime(2026, 1, 1, tzinfo=UTC)) == datetime(2026, 1, 1, tzinfo=UTC)
    with pytest.raises(OutOfRange):
        fact.check(datetime(2025, 12, 31, 23, 59, tzinfo=UTC))


def test_an_amount_in_another_currency_than_the_bound_is_refused() -> None:
    with pytest.raises(CurrencyMismatch):
        Fact("budget", Money, minimum=Money(1, "EUR")).check(Money(5, "NOK"))


def test_choices_are_a_sequence() -> None:
    assert Fact("region", str, choices=["north"]).choices == ("north",)  # type: ignore[arg-type]  # pyright: ignore
    with pytest.raises(TypeError, match="choices wants a sequence"):
        Fact("region", str, choices="north")  # type: ignore[arg-type]  # pyright: ignore


DECLARED = {fact.name: fact for fact in strategies.FACTS}


@given(strategies.learnable())
def test_all_facts_are_checked_and_kept_in_order(given_facts: dict[str, Any]) -> None:
    recorded = check_facts(given_facts, DECLARED)
    assert isinstance(recorded, FrozenDict)
    assert list(recorded) == list(given_facts)
    assert recorded == {name: DECLARED[name].check(value) for name, value in given_facts.items()}


def test_what_nobody_declared_is_checked_as_a_free_value() -> None:
    assert check_facts({"mood": "good", "tags": ("roof",)}, {}) == {"mood": "good", "tags": ("roof",)}
    with pytest.raises(WrongKind, match="mood"):
        check_facts({"mood": {"good"}}, {})


def test_one_fault_is_raised_as_itself() -> None:
    with pytest.raises(OutOfRange, match=r"^seats must be at most 9"):
        check_facts({"seats": 10, "heritage": True}, DECLARED)


def test_several_faults_are_raised_together_and_caught_by_their_classes() -> None:
    kinds: list[SalesProcessError] = []
    ranges: list[SalesProcessError] = []
    try:
        check_facts({"seats": True, "area": -1.0, "heritage": True, "tags": {"roof"}, "mood": None}, DECLARED)
    except* WrongKind as group:
        kinds.extend(group.exceptions)  # type: ignore[arg-type]  # pyright: ignore
    except* OutOfRange as group:
        ranges.extend(group.exceptions)  # type: ignore[arg-type]  # pyright: ignore
    assert [error.name for error in kinds] == ["seats", "tags", "mood"]  # type: ignore[attr-defined]  # pyright: ignore
    assert [error.name for error in ranges] == ["area"]  # type: ignore[attr-defined]  # pyright: ignore


def test_several_faults_read_as_a_list() -> None:
    with pytest.raises(SeveralErrors) as caught:
        check_facts({"seats": True, "area": -1.0}, DECLARED)
    assert str(caught.value).splitlines() == [
        "2 things are wrong:",
        "- seats wants int, got True (bool)",
        "- area must be at least 0, got -1.0",
    ]


def test_an_int_that_no_float_can_hold_is_refused_in_the_librarys_own_words() -> None:
    with pytest.raises(SalesProcessError):
        Fact("x", float).check(10**400)


def written(value: Any) -> str:
    return value.isoformat() if isinstance(value, date | datetime) else str(value)


@given(testing.fact_values().filter(lambda value: not isinstance(value, tuple)))
def test_what_a_form_says_is_read_as_it_was_written(value: Any) -> None:
    text = written(value)
    read = Fact("x", type(value)).read(f" {text}\n")
    assert read == normal(text.strip() if isinstance(value, str) else value)


def test_several_texts_are_read_as_several_values() -> None:
    seats = Fact("seats", int, many=True)
    assert seats.read(["2", " 3"]) == (2, 3)
    with pytest.raises(WrongKind, match=re.escape("seats[1] wants a whole number, such as 12, got 'three'")):
        seats.read(["2", "three"])
    with pytest.raises(WrongKind, match="several texts"):
        seats.read("2")
    with pytest.raises(WrongKind, match="seats wants a text, got"):
        Fact("seats", int).read(["2"])


@pytest.mark.parametrize(
    ("kind", "text", "wanted"),
    [
        (int, "1.5", "a whole number"),
        (float, "much", "a number"),
        (bool, "2", "true or false"),
        (Decimal, "1,5", "a decimal number"),
        (date, "1 March", "a day in ISO 8601"),
        (datetime, "2026-13-01", "a time in ISO 8601"),
        (Money, "48000", "an amount with its currency"),
        (Money, "NaN EUR", "an amount with its currency"),
    ],
)
def test_a_text_that_says_no_such_value_is_refused_with_an_example(kind: type[Scalar], text: str, wanted: str) -> None:
    with pytest.raises(WrongKind, match=f"x wants {wanted}"):
        Fact("x", kind).read(text)


@pytest.mark.parametrize(
    ("fact", "text", "error"),
    [
        (Fact("x", int, maximum=9), "10", OutOfRange),
        (Fact("x", float), "inf", OutOfRange),
        (Fact("x", str, choices=["a"]), "b", OutOfRange),
        (Fact("x", datetime), "2026-01-05T09:00", NaiveDatetime),
        (Fact("x", Money, minimum=Money(1, "EUR")), "5 USD", CurrencyMismatch),
    ],
    ids=lambda value: value.kind.__name__ if isinstance(value, Fact) else None,
)
def test_what_is_read_is_checked_like_any_other_value(fact: Fact, text: str, error: type[SalesProcessError]) -> None:
    with pytest.raises(error):
        fact.read(text)


@pytest.mark.parametrize(
    ("text", "value"), [("true", True), ("YES", True), ("1", True), ("False", False), ("no", False), ("0", False)]
)
def test_truth_is_read_from_the_words_for_it(text: str, value: bool) -> None:
    assert Fact("heritage", bool).read(text) is value


def test_nothing_is_no_value_and_the_way_to_forget_is_told() -> None:
    with pytest.raises(
        WrongKind, match=r"seats wants int \(forget=\('seats',\) when it is no longer known\), got None"
    ):
        Fact("seats", int).check(None)
