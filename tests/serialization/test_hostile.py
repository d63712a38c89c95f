"""Whatever a document holds, reading it gives a value or an error of this library, and runs nothing."""

import json
import re
from collections.abc import Callable
from copy import deepcopy
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from salesprocess import (
    Actor,
    Calendar,
    Catalog,
    Criterion,
    Deal,
    Decision,
    Event,
    Fact,
    Money,
    Period,
    Process,
    Reason,
    serialization,
    testing,
)
from salesprocess import criteria as c
from salesprocess.errors import InvalidDocument, OutOfRange, SalesProcessError
from salesprocess.frozen import FrozenDict
from tests import strategies as own
from tests.serialization.test_golden import RULES, examples
from tests.solar import at_stage, solar

KINDS: list[Any] = [
    *(Deal, Event, Process, Catalog, Criterion, Decision, Reason, Money, Actor, Fact, Calendar, Period, FrozenDict),
    *(str, int, float, tuple),
]

NASTY: list[Any] = [
    *(
        10**4200,  # Hypothesis of the lowest version cannot print more digits
        -(10**4200),
        10**1000,
        2**53 + 1,
        float("nan"),
        float("inf"),
        -0.0,
        1e308,
        True,
        None,
        "",
        b"x",
        {1},
        1j,
    ),
    *("1E+999999999", "1E-999999999", "NaN", "sNaN", "1" * 5000, "9999-12-31T23:59:59-23:59", "P999999999W", "\ud800"),
    *("__class__", "__import__('os').system('true')", "os:system", "{0.__class__}", "%n%n", "../../etc/passwd", "\0"),
    *(
        {"__class__": "Process"},
        {"schema": 1},
        {5: 5},
        {None: None},
        {("a",): 1},
        {"decimal": "1E+999999999"},
        {"date": 5},
    ),
    *([[]], [None] * 50, {"x" * 5000: 1}, {"kind": "opened"}, {"has": {"fact": {"has": {"fact": "x"}}}}, (), object()),
]


def json_values() -> SearchStrategy[Any]:
    """Anything that JSON can say, and the keys that documents have among it."""
    keys = st.sampled_from(WORDS) | st.text(max_size=5)
    leaves = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from(WORDS)
    return st.recursive(
        leaves, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4), max_leaves=25
    )


def reads_or_refuses(data: Any, kind: Any) -> Any:
    """The value, if there is one; anything but a value or an error of this library fails the test."""
    try:
        value = serialization.load(data, kind, criteria=RULES)
    except SalesProcessError as error:
        refusal = error
    else:
        return value
    assert str(refusal)
    assert not isinstance(refusal, InvalidDocument) or refusal.faults
    return None


def places(data: Any) -> list[tuple[Any, Any]]:
    """Every container with every key or index in it."""
    if isinstance(data, dict):
        return [(data, key) for key in data] + [place for part in data.values() for place in places(part)]
    if isinstance(data, list):
        return [(data, index) for index in range(len(data))] + [place for part in data for place in places(part)]
    return []


@st.composite
def mutated(draw: DrawFn, data: Any) -> Any:
    """A valid document after one to three random changes."""
    data = deepcopy(data)
    for _ in range(draw(st.integers(1, 3))):
        if not (spots := places(data)):
            break
        container, key = draw(st.sampled_from(spots))
        change = draw(st.sampled_from(("replace", "drop", "add", "move")))
        if change == "drop":
            del container[key]
        elif change == "add" and isinstance(container, dict):
            container[draw(st.sampled_from(WORDS))] = draw(json_values())
        elif change == "move":
            other, place = draw(st.sampled_from(spots))
            container[key] = deepcopy(other[place]) if place in range(len(other)) or isinstance(other, dict) else None
        else:
            container[key] = deepcopy(draw(st.sampled_from(NASTY) | json_values()))
    return data


DOCUMENTS: dict[Any, Any] = examples()
WORDS = sorted({word for document in DOCUMENTS.values() for word in re.findall(r"[A-Za-z_]+", json.dumps(document))})


@given(json_values(), st.sampled_from(KINDS))
def test_arbitrary_json_is_read_or_refused(data: Any, kind: Any) -> None:
    reads_or_refuses(data, kind)
    reads_or_refuses({"schema": 1, "value": data, "criterion": data, "facts": data, "history": [data]}, kind)


@pytest.mark.parametrize("kind", list(DOCUMENTS), ids=lambda kind: getattr(kind, "__name__", "Event"))
@given(st.data())
def test_a_document_that_was_tampered_with_is_read_or_refused(kind: Any, data: st.DataObject) -> None:
    value = reads_or_refuses(data.draw(mutated(DOCUMENTS[kind])), kind)
    if value is not None:
        try:
            document = serialization.dump(value)
        except SalesProcessError:
            return
        assert serialization.load(json.loads(json.dumps(document)), kind, criteria=RULES) == value


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: getattr(kind, "__name__", "Event"))
@pytest.mark.parametrize("nasty", NASTY, ids=range(len(NASTY)))
def test_every_place_of_a_document_withstands_every_nasty_value(nasty: Any, kind: Any) -> None:
    reads_or_refuses(nasty, kind)
    reads_or_refuses({"schema": 1, "value": nasty, "facts": {"x": nasty}, "criterion": {"has": {"fact": nasty}}}, kind)
    for name in DOCUMENTS.get(kind, ()):
        reads_or_refuses({**DOCUMENTS[kind], name: nasty}, kind)


@cache
def nested(shape: str) -> Any:
    wrap: Callable[[Any], Any] = {
        "list": lambda inner: [inner],
        "dict": lambda inner: {"not_": inner},
        "criterion": lambda inner: {"not_": {"criterion": inner}},
        "reason": lambda inner: {"code": "x", "details": [inner]},
    }[shape]
    deep: Any = []
    for _ in range(100_000):
        deep = wrap(deep)
    return deep


@pytest.mark.parametrize("kind", [Deal, Event, Process, Criterion, Reason, Fact, tuple, FrozenDict])
@pytest.mark.parametrize("shape", ["list", "dict", "criterion", "reason"])
def test_deep_nesting_is_refused(shape: str, kind: Any) -> None:
    deep = nested(shape)
    for name in ("history", "value", "facts", "criterion", "details", "stages", "choices", "kind", "schema"):
        with pytest.raises(InvalidDocument):
            serialization.load({"schema": 1, "name": "x", "code": "x", name: deep}, kind)


def test_what_multiplies_by_being_shared_is_refused() -> None:
    laughs: Any = {"objections_resolved": {}}
    for _ in range(30):
        laughs = {"all_of": {"criteria": [laughs, laughs]}}
    with pytest.raises(InvalidDocument, match="holds more than 20000 values"):
        serialization.load({"schema": 1, "criterion": laughs}, Criterion)


def test_what_contains_itself_is_refused() -> None:
    snake: dict[str, Any] = {"schema": 1, "code": "x"}
    snake["details"] = [snake]
    with pytest.raises(InvalidDocument, match="nested deeper than 100 levels"):
        serialization.load(snake, Reason)


def test_a_rulebook_with_too_many_stages_is_refused() -> None:
    document = serialization.dump(solar)
    document["stages"] = [{"name": f"s{number}"} for number in range(99)] + document["stages"][-2:]
    with pytest.raises(InvalidDocument, match=r"\$\.stages: holds 101 stages, more than 100"):
        serialization.load(document, Process)


def test_a_fault_in_a_huge_text_or_key_is_told_in_short() -> None:
    with pytest.raises(InvalidDocument) as caught:
        serialization.load({"schema": 1, "x" * 10**6: 1, "amount": "y" * 10**6, "currency": "EUR"}, Money)
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize("kind", list(DOCUMENTS), ids=lambda kind: getattr(kind, "__name__", "Event"))
def test_reading_leaves_the_document_as_it_was(kind: Any) -> None:
    document = deepcopy(DOCUMENTS[kind])
    serialization.load(document, kind, criteria=RULES)
    assert document == DOCUMENTS[kind]
    document["extra"] = {}
    reads_or_refuses(document, kind)
    assert document == {**DOCUMENTS[kind], "extra": {}}


def test_code_in_a_text_stays_a_text() -> None:
    nasty = "__import__('os').abort()"
    assert serialization.load({"schema": 1, "criterion": {"has": {"fact": nasty}}}, Criterion) == c.has(nasty)


@pytest.mark.parametrize(
    "template", ["{x.rule.function.__globals__}", "{x[0]}", "{x:>9999999999}", "{x:{y}}", "{0}", "{", "{x!z}", "{}"]
)
def test_the_template_of_a_reason_reaches_for_nothing_but_its_parameters(template: str) -> None:
    reason = Reason("own", parameters=FrozenDict(x=c.has("y")), template=template)
    for name in ("template", "hint_template"):
        document = {"schema": 1, "code": "own", "parameters": {"x": {"has": {"fact": "y"}}}, name: template}
        with pytest.raises(InvalidDocument) as caught:
            serialization.load(document, Reason)
        assert [path for path, _ in caught.value.faults] == [f"$.{name}"]
    with pytest.raises(OutOfRange):
        serialization.dump(reason)


def test_a_reason_whose_message_cannot_be_told_is_refused() -> None:
    document = {"schema": 1, "code": "own", "parameters": {"since": "yesterday"}, "template": "since {since:%Y-%m-%d}"}
    with pytest.raises(InvalidDocument, match="its message cannot be told"):
        serialization.load(document, Reason)
    told = serialization.load({**document, "template": "since {since:>10.9} {{!}} {since!r}"}, Reason)
    assert told.message == "since  yesterday {!} 'yesterday'"


def test_text_that_no_encoding_knows_comes_back_from_json() -> None:
    deal = solar.note(at_stage("offer"), "\ud800 \0 \N{PILE OF POO}", at=at_stage("offer").updated_at)
    assert serialization.load(json.loads(json.dumps(serialization.dump(deal))), Deal) == deal


@given(testing.processes(more=own.faulty_criteria()))
def test_the_quick_and_the_careful_reader_agree(process: Process) -> None:
    from salesprocess.serialization.converting import reading
    from salesprocess.serialization.shapes import Rulebook

    rules = (own.roomy, own.forgetful, own.by_manager)

    document = {name: part for name, part in serialization.dump(process).items() if name != "schema"}
    quick, careful = (reading(tuple(rules), careful=careful).structure(document, Rulebook) for careful in (False, True))
    assert quick == careful
