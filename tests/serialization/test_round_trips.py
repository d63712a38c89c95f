"""What is written is read back the same, type by type, through JSON."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from decimal import Decimal
from typing import Any, Literal

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesprocess import (
    Actor,
    Calendar,
    Catalog,
    Deal,
    Decision,
    Event,
    Fact,
    Finding,
    LineItem,
    LossReason,
    Money,
    Period,
    Policy,
    Process,
    Reason,
    Stage,
    Transition,
    Verdict,
    replay,
    serialization,
    templates,
    testing,
)
from salesprocess import criteria as c
from salesprocess import events as ev
from salesprocess.agenda import Agenda
from salesprocess.criteria import Ask, Criterion, Rule, criterion
from salesprocess.criteria.parameters import fits
from salesprocess.deal import Objection, Outcome
from salesprocess.errors import InvalidCriterion, InvalidDocument, NaiveDatetime, OutOfRange, UnknownTerm, WrongKind
from salesprocess.facts import check_facts
from salesprocess.frozen import FrozenDict
from salesprocess.recheck import Divergence
from salesprocess.stages import Activity
from salesprocess.staleness import Age, InStage, Quiet, Untouched
from salesprocess.working_time import Shift, WorkingDays, WorkingHours, WorkingTime
from tests import strategies as own
from tests.solar import AT, at_stage, solar

RULES: list[Rule[...]] = [own.roomy, own.forgetful, own.by_manager]


@criterion("free_form", "anything goes")
def free_form(deal: Deal, ask: Ask, value: Any = None) -> bool:
    return True


@criterion("unresolvable", "its annotations name what is not there")
def unresolvable(deal: Deal, ask: Ask, size: "Nowhere" = 1) -> bool:  # type: ignore[name-defined]  # noqa: F821  # pyright: ignore
    return True


class Nameless(tzinfo):
    """A time zone that has no name to be written."""

    def utcoffset(self, moment: datetime | None) -> timedelta:
        return timedelta(hours=1)


def again(value: Any, kind: Any = None, rules: list[Rule[...]] | None = None) -> Any:
    """The value after a way through text."""
    return serialization.load(
        json.loads(json.dumps(serialization.dump(value))), kind or type(value), criteria=rules or ()
    )


def types(value: Any) -> Any:
    """The types of a value and of everything in it."""
    if isinstance(value, tuple):
        return tuple(map(types, value))
    if isinstance(value, dict):
        return {name: types(part) for name, part in value.items()}
    return (
        (type(value), *(types(getattr(value, f.name)) for f in attrs.fields(type(value))))
        if attrs.has(type(value))
        else type(value)
    )


def recorded(deal: Deal) -> Deal:
    """The deal as verbs would have recorded it: with the instants among its facts in UTC."""
    return replay(
        attrs.evolve(event, facts=check_facts(event.facts, {}))
        if isinstance(event, ev.Opened | ev.FactsLearnt)
        else event
        for event in deal.history
    )


@given(own.deals().map(recorded))
def test_a_deal_comes_back_the_same(deal: Deal) -> None:
    back = again(deal)
    assert back == deal
    assert types(back.history) == types(deal.history)
    assert attrs.asdict(back, recurse=False) == attrs.asdict(deal, recurse=False)


@given(own.deals().map(recorded).map(lambda deal: deal.history[-1]))
def test_an_event_comes_back_the_same_as_any_event_and_as_its_own_kind(event: Any) -> None:
    assert again(event, Event) == again(event) == event
    assert types(again(event)) == types(event)


@given(own.histories())
def test_every_row_says_all_that_its_kind_can_say(history: tuple[Event, ...]) -> None:
    for event in history:
        row = serialization.dump(event)
        assert set(row) == {"schema", "kind", *(field.name for field in attrs.fields(type(event)))}
        assert row["kind"] == event.kind


@given(testing.fact_values())
def test_a_value_of_a_fact_keeps_its_type_exactly(value: Any) -> None:
    facts = check_facts({"x": value}, {})
    back = again(facts, FrozenDict)
    assert back == facts
    assert types(back) == types(facts)
    assert again(back["x"]) == back["x"]
    assert not isinstance(value, Decimal) or str(back["x"]) == str(value)


@given(testing.instants())
def test_an_instant_is_the_same_moment_in_utc_on_both_sides_of_a_fold(moment: datetime) -> None:
    back = again(ev.Noted(deal="A", revision=1, at=moment, text="x", happened=moment))
    assert back.at == back.happened == moment.astimezone(UTC)
    assert back.at.tzinfo is UTC
    assert serialization.load({"schema": 1, "value": {"datetime": moment.isoformat()}}, datetime) == moment.astimezone(
        UTC
    )


@pytest.mark.counted
@given(testing.processes(more=own.faulty_criteria()))
def test_a_process_comes_back_the_same(process: Process) -> None:
    back = again(process, rules=RULES)
    assert back == process
    assert back.fingerprint == process.fingerprint


@pytest.mark.parametrize("process", [solar, *map(templates.load, templates.names())], ids=lambda process: process.name)
def test_a_process_of_the_library_comes_back_the_same(process: Process) -> None:
    assert again(process) == process
    assert repr(again(process).stages) == repr(process.stages)


def test_a_catalog_comes_back_the_same() -> None:
    catalog = Catalog([solar, solar.revise(without=["fast_track"])])
    assert again(catalog) == catalog


@given(testing.compound(testing.rules() | own.faulty_criteria()))
def test_a_criterion_comes_back_with_its_parameters(made: Criterion) -> None:
    assert again(made, rules=RULES) == made


@given(testing.walks(testing.processes()))
def test_every_decision_can_be_sent_and_read(walk: Any) -> None:
    for option in walk.process.options(walk.deal, at=walk.deal.updated_at):
        sent = serialization.dump(option)
        assert serialization.load(json.loads(json.dumps(sent)), Decision, criteria=RULES) == option
        assert sent["allowed"] is option.allowed
        assert [reason["message"] for reason in sent["unmet"]] == [reason.message for reason in option.unmet]


def values() -> Iterator[Any]:
    offer = at_stage("offer")
    yield from (Money("-0.50", "EUR"), Money("1E+20", "NOK"), Actor("ola", roles={"manager", "clerk"}), Actor("kari"))
    yield from (
        Verdict.met(),
        Verdict.unmet("own", found=(Money(1, "EUR"), None, timedelta(days=1), Actor("a", {"b"}))),
    )
    yield from (
        Reason("all_of", "unmet", details=(Reason("has", "unknown", details=(Reason("on_hold"),)),)),
        Finding("a", "hint", "b", "c"),
    )
    yield Reason("own", parameters=FrozenDict(then=c.has("x"), several=(c.has("y"), ("z", 1.0)), by=Actor("a")))
    yield from (Outcome("lost", "price", AT, None), Objection(3, "price", "too dear", AT, AT, "a discount"))
    yield from (Activity("call"), Activity("call", required=True, within=timedelta(minutes=10), label="Call them"))
    yield from (Activity("call", within=WorkingDays(2)), Activity("call", within=WorkingHours(timedelta(hours=1))))
    yield from (
        LossReason("price"),
        LossReason("spam", counts=False),
        Policy(),
        Policy(win=("a", "b"), override=("manager",)),
    )
    yield from (
        Stage("a"),
        Stage("a", 1, kind="won"),
        Stage("a", kind="lost", label="Gone"),
        Stage.after_sale("a", canonical=None),
    )
    yield from (Stage.won("a"), Stage.lost("a", reasons=["x"]), Stage("a", provenance={"probability": "a guess"}))
    yield from (Transition("a", "b", "c"), Transition("a", "b", "c", when=c.has("x"), label=""))
    yield from (
        Fact("a", Decimal, minimum=0, maximum=Decimal("0.5")),
        Fact("a", date, choices=[date(2026, 1, 5)], many=True),
    )
    yield from (Calendar(), Calendar("Europe/Oslo", 2), Calendar(timezone(-timedelta(hours=3, minutes=30))))
    yield from Calendar("Europe/Oslo").quarters(2026)
    yield WorkingTime(
        "Europe/Oslo", [Shift(time(8), time(16, 30)), Shift(time(10), time(0), on=["sat"])], [date(2026, 5, 1)]
    )
    yield from (Quiet(WorkingDays(2)), Age(timedelta(1)), Untouched("amount", WorkingHours(timedelta(1))), InStage(2))
    yield from (
        LineItem("seats", Money(40, "EUR"), discount=Decimal("2.5"), every=1, term=12),
        LineItem("x", Money(1, "EUR")),
    )
    yield c.within(timedelta(days=7), since="opening")
    yield Period(AT, AT + timedelta(1), timezone(timedelta(seconds=1)))
    yield from (
        solar.agenda(offer, at=offer.updated_at),
        offer.facts,
        *offer.facts.values(),
        (1, "a", Decimal(1)),
        True,
        5,
        "x",
    )
    yield from solar.revise(change={"offer": {"entry": (c.has("seats"),)}}).recheck(offer.history)


def test_a_loss_after_the_sale_still_knows_the_sale_when_it_is_read_again() -> None:
    lost = Outcome("lost", "moved away", AT, "care", undone=Outcome("won", None, AT, "offer"))
    assert serialization.load(serialization.dump(lost), Outcome).undone == lost.undone


@pytest.mark.parametrize("value", list(values()), ids=lambda value: type(value).__name__)
def test_every_public_value_comes_back_the_same(value: Any) -> None:
    back = again(value)
    assert back == value
    assert type(back) is type(value)


def test_there_is_an_agenda_and_a_divergence_among_the_values() -> None:
    assert {Agenda, Divergence} <= {type(value) for value in values()}


@given(st.timedeltas())
def test_a_duration_is_written_in_iso_8601(span: timedelta) -> None:
    made = free_form(value=span)
    assert again(made, rules=[free_form]) == made


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("P7D", timedelta(days=7)),
        ("P2W", timedelta(weeks=2)),
        ("PT10M", timedelta(minutes=10)),
        ("P1DT12H", timedelta(hours=36)),
        ("PT90S", timedelta(seconds=90)),
        ("PT0.5S", timedelta(milliseconds=500)),
        ("-P1D", timedelta(days=-1)),
    ],
)
def test_durations_as_people_write_them(text: str, span: timedelta) -> None:
    stage = {"schema": 1, "name": "a", "typical_duration": text}
    assert serialization.load(stage, Stage).typical_duration == span


@pytest.mark.parametrize(
    "text", ["", "P", "PT", "P1DT", "7D", "P1Y", "P1M", "P1W2D", "P1.5D", "P٣D", "P7D\n", 7, "P999999999DT999999999H"]
)
def test_what_is_no_duration_is_refused(text: Any) -> None:
    with pytest.raises(InvalidDocument) as caught:
        serialization.load({"schema": 1, "name": "a", "within": text}, Activity)
    assert [path for path, _ in caught.value.faults] == ["$.within"]


def test_what_a_plain_stage_of_its_kind_says_anyway_is_left_out() -> None:
    assert serialization.dump(Stage.won("signed")) == {"schema": 1, "name": "signed", "kind": "won"}
    assert serialization.dump(Stage("lead", label="Lead")) == {"schema": 1, "name": "lead"}
    assert serialization.dump(Stage("signed", kind="won"))["probability"] is None


def test_a_stage_that_is_written_by_hand_is_what_python_would_make_of_it() -> None:
    def load(**document: Any) -> Stage:
        return serialization.load({"schema": 1, "name": "x", **document}, Stage)

    assert load() == Stage("x")
    assert load(kind="won") == Stage.won("x")
    assert load(kind="lost", reasons=["price", {"name": "spam", "counts": False}]) == Stage.lost(
        "x", reasons=["price", LossReason("spam", counts=False)]
    )
    assert load(kind="after_sale", activities=["call"]) == Stage.after_sale("x", activities=[Activity("call")])


def test_a_parameter_that_is_left_out_has_its_default() -> None:
    read = serialization.load({"schema": 1, "criterion": {"done": {"activity": "call"}}}, Criterion)
    assert read == c.done("call")
    assert serialization.dump(read)["criterion"] == {"done": {"activity": "call", "during": "deal"}}


def test_an_actor_without_roles_is_one_value_for_all_rows() -> None:
    rows = [serialization.dump(ev.Resumed(deal="A", revision=2, at=AT, by=Actor("kari"))) for _ in range(2)]
    first, second = (serialization.load(row, ev.Resumed) for row in rows)
    assert first.by is second.by


def test_a_rule_whose_types_cannot_be_told_takes_any_value() -> None:
    made = unresolvable(5)
    assert again(made, rules=[unresolvable]) == made


def test_a_type_that_no_document_can_hold_is_not_judged() -> None:
    assert fits("x", set[str])
    assert fits(("x",), tuple[str, int])
    assert fits(1, float)
    assert not fits(True, int)
    assert not fits(("x", 1), tuple[str, ...])
    assert not fits(1, Literal[True])


@pytest.mark.parametrize(
    ("value", "error"),
    [
        (object(), WrongKind),
        (solar.machine, WrongKind),
        (float("nan"), OutOfRange),
        (10**1000, OutOfRange),
        (Decimal("1E+1000"), OutOfRange),
        (Decimal("NaN"), OutOfRange),
        (Decimal("1" * 1001), OutOfRange),
        (datetime(2026, 1, 5), NaiveDatetime),
        (FrozenDict(x=None), WrongKind),
        (FrozenDict(x=timedelta(1)), WrongKind),
        (FrozenDict(x=(1, [2])), WrongKind),
        (Verdict.unmet(found={1}), WrongKind),
        (ev.Amended(deal="A", revision=2, at=AT, terms={"amuont": 1}), UnknownTerm),
        (Fact("a", list), WrongKind),  # type: ignore[arg-type]  # pyright: ignore
        (Criterion(c.has, FrozenDict(fact=5)), WrongKind),
        (Calendar(Nameless()), WrongKind),
        (Verdict.unmet(x=b""), WrongKind),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_could_not_be_read_again_is_not_written(value: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        serialization.dump(value)


def nested(depth: int) -> Criterion:
    made = c.objections_resolved()
    for _ in range(depth):
        made = c.not_(made)
    return made


def test_a_criterion_as_deep_as_the_bound_comes_back_and_a_deeper_one_is_not_written() -> None:
    assert again(nested(48)) == nested(48)
    with pytest.raises(OutOfRange, match="nested deeper than 100 levels"):
        serialization.dump(nested(49))


def test_a_rulebook_with_more_stages_than_can_be_read_is_not_written() -> None:
    def wide(count: int) -> Process:
        stages = [Stage(f"s{number}") for number in range(count - 2)]
        return Process("wide", stages=[*stages, Stage.won("won"), Stage.lost("lost")])

    assert again(wide(100)) == wide(100)
    with pytest.raises(OutOfRange, match="at most 100"):
        serialization.dump(wide(101))


def test_a_rule_that_takes_the_code_of_a_stock_rule_is_not_written_as_that_one() -> None:
    @criterion("has", "it is not there")
    def imitation(deal: Deal, ask: Ask, fact: str) -> bool:
        return True

    with pytest.raises(InvalidCriterion, match="code of a stock rule"):
        serialization.dump(imitation("seats"))
    with pytest.raises(InvalidCriterion, match="two rules have the code 'has'"):
        serialization.load({}, Process, criteria=[imitation])
