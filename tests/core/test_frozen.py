"""Immutable containers."""

import copy
import pickle
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesprocess.errors import WrongKind
from salesprocess.frozen import EMPTY, FrozenDict, frozen_dict, tuple_of

contents = st.dictionaries(st.text(max_size=3), st.integers() | st.text(max_size=3), max_size=5)


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d.__setitem__("seats", 6),
        lambda d: d.__delitem__("seats"),
        lambda d: d.__ior__({"seats": 6}),
        lambda d: d.clear(),
        lambda d: d.pop("seats"),
        lambda d: d.pop("nothing", None),
        lambda d: d.popitem(),
        lambda d: d.setdefault("other", 1),
        lambda d: d.setdefault("seats", 1),
        lambda d: d.update(seats=6),
        lambda d: d.update({}),
    ],
)
def test_every_change_is_refused(change: Callable[[Any], Any]) -> None:
    facts = FrozenDict(seats=5)
    with pytest.raises(TypeError, match="FrozenDict is immutable"):
        change(facts)
    assert facts == {"seats": 5}


def test_no_mutator_of_dict_is_forgotten() -> None:
    changing = {"__setitem__", "__delitem__", "__ior__", "clear", "pop", "popitem", "setdefault", "update"}
    reading = {"get", "items", "keys", "values", "copy", "fromkeys"}
    public = {name for name in vars(dict) if not name.startswith("_")}
    assert public <= changing | reading
    assert all(vars(FrozenDict)[name] is not vars(dict)[name] for name in changing)


def test_it_takes_no_attributes() -> None:
    with pytest.raises(AttributeError):
        FrozenDict(seats=5).colour = "red"  # type: ignore[attr-defined]  # pyright: ignore


@given(contents)
def test_it_equals_the_dict_it_was_made_of_and_reads_like_it(content: dict[str, Any]) -> None:
    frozen = FrozenDict(content)
    assert frozen == content
    assert repr(frozen) == repr(content)
    assert list(frozen.items()) == list(content.items())


@given(contents)
def test_equal_ones_hash_alike_whatever_the_order(content: dict[str, Any]) -> None:
    backwards = FrozenDict(reversed(content.items()))
    assert backwards == FrozenDict(content)
    assert hash(backwards) == hash(FrozenDict(content))


@pytest.mark.counted
@given(contents)
def test_it_pickles_and_copies_as_an_equal_frozen_dict(content: dict[str, Any]) -> None:
    frozen = FrozenDict(content)
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        again = pickle.loads(pickle.dumps(frozen, protocol))
        assert again == frozen
        assert type(again) is FrozenDict
    assert copy.copy(frozen) is frozen
    assert copy.deepcopy(frozen) is frozen


def test_what_holds_a_list_does_not_hash() -> None:
    with pytest.raises(TypeError, match="unhashable"):
        hash(FrozenDict(tags=["roof"]))


def test_a_mapping_is_copied_on_entry_and_a_frozen_one_comes_back() -> None:
    given_by_the_caller = {"seats": 5}
    frozen = frozen_dict(given_by_the_caller)
    given_by_the_caller["seats"] = 6
    assert frozen == {"seats": 5}
    assert type(frozen) is FrozenDict
    assert frozen_dict(frozen) is frozen
    assert frozen_dict(EMPTY) is EMPTY


def test_a_sequence_becomes_a_tuple() -> None:
    assert tuple_of(["price", "roof"], "reasons") == ("price", "roof")
    assert tuple_of((each for each in ("price",)), "reasons") == ("price",)
    assert tuple_of((), "reasons") == ()


@pytest.mark.parametrize("text", ["price", "", b"price"])
def test_a_bare_text_is_no_sequence(text: str | bytes) -> None:
    with pytest.raises(WrongKind, match=r"reasons wants a sequence; a single value stands in brackets") as caught:
        tuple_of(text, "reasons")  # type: ignore[arg-type]  # pyright: ignore
    assert isinstance(caught.value, TypeError)
    assert caught.value.value == text


def test_what_cannot_be_iterated_is_no_sequence() -> None:
    with pytest.raises(WrongKind):
        tuple_of(5, "reasons")  # type: ignore[arg-type]  # pyright: ignore


def test_a_set_has_one_order() -> None:
    assert tuple_of({"b", "c", "a"}, "roles") == tuple_of(frozenset("cab"), "roles") == ("a", "b", "c")
