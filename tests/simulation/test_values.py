"""Values drawn for declared facts are values that the facts take."""

from datetime import UTC, date, datetime
from decimal import Decimal
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesprocess import Fact, Money
from salesprocess.facts import KINDS
from salesprocess.simulation.values import allowed, drawn
from salesprocess.testing import facts

AT = datetime(2026, 1, 5, 9, tzinfo=UTC)


def draws(fact: Fact, n: int = 300, **wanted: object) -> list[object]:
    rng = Random(3)
    return [drawn(fact, rng, AT, "EUR", **wanted) for _ in range(n)]  # type: ignore[arg-type]


@given(facts(), st.integers(0, 2**32))
def test_a_value_is_one_that_the_fact_takes(fact: Fact, seed: int) -> None:
    value = drawn(fact, Random(seed), AT, "EUR")
    assert value is None or fact.check(value) == value


@pytest.mark.parametrize("kind", KINDS)
def test_without_bounds_there_is_a_value_of_every_kind(kind: type) -> None:
    assert all(type(value) is kind for value in draws(Fact("x", kind)))
    assert all(isinstance(value, tuple) and len(value) >= 3 for value in draws(Fact("x", kind, many=True), count=3))


@pytest.mark.parametrize(
    ("fact", "least", "most"),
    [
        (Fact("x", int, 3, 9), 3, 9),
        (Fact("x", int, maximum=-5), -5, -5),
        (Fact("x", int, minimum=5), 5, 25),
        (Fact("x", float, 0.5, 1.5), 0.5, 1.5),
        (Fact("x", Decimal, Decimal("0.1"), Decimal("0.2")), Decimal("0.1"), Decimal("0.2")),
        (Fact("x", date, date(2026, 3, 1), date(2026, 3, 9)), date(2026, 3, 1), date(2026, 3, 9)),
        (Fact("x", Money, Money(5, "NOK"), Money(6, "NOK")), Money(5, "NOK"), Money(6, "NOK")),
        (Fact("x", Money, maximum=Money(6, "NOK")), Money(0, "NOK"), Money(6, "NOK")),
    ],
    ids=str,
)
def test_both_bounds_are_reached_and_neither_is_passed(fact: Fact, least: object, most: object) -> None:
    values = draws(fact, 1000)
    assert (min(values), max(values)) == (least, most)  # type: ignore[type-var]


def test_a_text_is_a_bound_where_there_is_one() -> None:
    assert {*draws(Fact("x", str, minimum="k"))} == {"k"}
    assert {*draws(Fact("x", str, maximum="k"))} == {"k"}


def test_a_wanted_minimum_takes_the_place_of_the_bound() -> None:
    assert min(draws(Fact("x", int, 1, 50), minimum=40)) == 40  # type: ignore[type-var]
    assert {*draws(Fact("x", str, choices=("a", "b", "c")), minimum="b")} == {"b", "c"}
    assert {*draws(Fact("x", bool), minimum=True)} == {True}


@pytest.mark.parametrize(
    "fact",
    [
        Fact("x", int, 5, 3),
        Fact("x", str, choices=("a",), minimum="b"),
        Fact("x", bool, minimum=True, maximum=False),
        Fact("x", Money, Money(5, "NOK"), Money(6, "EUR")),
    ],
    ids=str,
)
def test_a_fact_that_can_have_no_value_gets_none(fact: Fact) -> None:
    assert set(draws(fact, 20)) == {None}


def test_a_value_of_another_kind_is_not_allowed() -> None:
    assert allowed(Fact("seats", int), "five") is None
    assert allowed(Fact("seats", int), 5) == 5
