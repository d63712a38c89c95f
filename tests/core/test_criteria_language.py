"""What holds of every stock criterion, and how a rule refuses parameters that make no sense."""

import copy
import pickle
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from salesprocess import LineItem, Money, Process, Stage
from salesprocess import criteria as c
from salesprocess import events as ev
from salesprocess.criteria import Ask, Criterion, Rule, criterion
from salesprocess.deal import Deal, evolve, replay
from salesprocess.errors import InvalidProcess, OutOfRange, SalesProcessError, SeveralErrors, WrongKind
from salesprocess.events import Actor
from salesprocess.verdicts import Verdict

AT = datetime(2026, 1, 5, 9, tzinfo=UTC)
DAY = timedelta(days=1)
KARI, OLA = Actor("kari"), Actor("ola", roles={"manager"})
ASK = Ask("advance", "offer", AT, KARI)


def opened(**content: Any) -> Deal:
    header: dict[str, Any] = {"deal": "d", "revision": 1, "at": AT, "process": "p", "version": 1, "stage": "lead"}
    return replay([ev.Opened(**{**header, **content})])


def then(deal: Deal, kind: Callable[..., Any], **content: Any) -> Deal:
    header: dict[str, Any] = {"deal": deal.id, "revision": deal.revision + 1, "at": deal.updated_at}
    return evolve(deal, kind(**{**header, **content}))


def moved(deal: Deal, destination: str, **content: Any) -> Deal:
    return then(deal, ev.Entered, transition="x", source=deal.stage, destination=destination, status="open", **content)


NEW = opened()
EUR = Money(100, "EUR")
CALLED = then(NEW, ev.ActivityDone, activity="call", by=OLA)
OWNED = opened(terms={"owner": "kari"})
SEATS = (LineItem("seats", Money(10, "EUR"), every=1, term=12),)
ON = date(2026, 1, 5)

# For every rule: deals for which it is met, unmet and unknown; None where it never is.
EXAMPLES: dict[str, tuple[Any, ...]] = {
    "after": (c.after("expected_close"), *(opened(terms={"expected_close": ON + n * DAY}) for n in (0, 1)), NEW),
    "all_of": (c.all_of(c.equals("seats", 5)), *(opened(facts={"seats": n}) for n in (5, 4)), NEW),
    "amount_at_least": (c.amount_at_least(EUR), *(opened(terms={"amount": Money(n, "EUR")}) for n in (100, 99)), NEW),
    "amount_at_most": (c.amount_at_most(EUR), *(opened(terms={"amount": Money(n, "EUR")}) for n in (100, 101)), NEW),
    "annual_recurring_at_least": (
        c.annual_recurring_at_least(EUR),
        opened(terms={"items": SEATS}),
        opened(terms={"items": (LineItem("setup", EUR),)}),
        NEW,
    ),
    "any_of": (c.any_of(c.equals("seats", 5)), *(opened(facts={"seats": n}) for n in (5, 4)), NEW),
    "approvals_at_least": (
        c.approvals_at_least("go", 1),
        then(NEW, ev.Approved, subject="go", by=OLA),
        then(NEW, ev.Approved, subject="go"),
        None,
    ),
    "approved": (c.approved("discount"), then(NEW, ev.Approved, subject="discount"), NEW, None),
    "asked_by_owner": (c.asked_by_owner(), OWNED, opened(terms={"owner": "ola"}), NEW),
    "asked_by_role": (c.asked_by_role("manager"), None, NEW, None),
    "at_least": (c.at_least("seats", 5), *(opened(facts={"seats": n}) for n in (5, 4)), NEW),
    "at_least_of": (
        c.at_least_of(2, c.equals("seats", 5), c.has("region")),
        opened(facts={"seats": 5, "region": "north"}),
        opened(facts={"seats": 5}),
        opened(facts={"region": "north"}),
    ),
    "at_most": (c.at_most("seats", 5), *(opened(facts={"seats": n}) for n in (5, 6)), NEW),
    "before": (c.before("expected_close"), *(opened(terms={"expected_close": ON + n * DAY}) for n in (1, 0)), NEW),
    "contains": (c.contains("tags", "roof"), *(opened(facts={"tags": tags}) for tags in (("roof",), ())), NEW),
    "count_at_least": (c.count_at_least("tags", 1), *(opened(facts={"tags": tags}) for tags in (("a",), ())), NEW),
    "done": (c.done("call"), CALLED, NEW, None),
    "done_by_role": (c.done_by_role("call", "manager"), CALLED, NEW, None),
    "done_times": (c.done_times("call", 1), CALLED, NEW, None),
    "done_within": (c.done_within("call", DAY), CALLED, NEW, None),
    "equals": (c.equals("seats", 5), *(opened(facts={"seats": n}) for n in (5, 4)), NEW),
    "has": (c.has("seats"), opened(facts={"seats": 0}), NEW, None),
    "has_items": (c.has_items(), opened(terms={"items": SEATS}), NEW, None),
    "has_term": (c.has_term("owner"), OWNED, NEW, None),
    "matches": (c.matches("region", "n*"), *(opened(facts={"region": each}) for each in ("north", "south")), NEW),
    "monthly_recurring_at_least": (
        c.monthly_recurring_at_least(Money(10, "EUR")),
        opened(terms={"items": SEATS}),
        opened(terms={"items": (LineItem("setup", EUR),)}),
        NEW,
    ),
    "not_": (c.not_(c.equals("seats", 5)), *(opened(facts={"seats": n}) for n in (4, 5)), NEW),
    "not_asked_by_owner": (c.not_asked_by_owner(), opened(terms={"owner": "ola"}), OWNED, NEW),
    "not_before": (c.not_before(AT), NEW, None, None),
    "objections_resolved": (c.objections_resolved(), NEW, then(NEW, ev.ObjectionRaised, objection="price"), None),
    "one_of": (c.one_of("seats", (4, 5)), *(opened(facts={"seats": n}) for n in (5, 6)), NEW),
    "term_equals": (c.term_equals("owner", "kari"), OWNED, opened(terms={"owner": "ola"}), NEW),
    "visited": (c.visited("offer"), moved(NEW, "offer"), NEW, None),
    "visited_times": (c.visited_times("lead", 2), moved(moved(NEW, "offer"), "lead"), NEW, None),
    "waited": (c.waited(DAY), opened(at=AT - DAY), NEW, None),
    "when": (c.when(c.has("region"), c.has("seats")), NEW, opened(facts={"region": "north"}), None),
    "within": (c.within(DAY), NEW, opened(at=AT - 2 * DAY), None),
}
MORE: list[tuple[Criterion, Ask, str]] = [
    (c.asked_by_role("manager"), Ask("advance", "offer", AT, OLA), "met"),
    (c.asked_by_role("manager"), Ask("advance", "offer", AT), "unknown"),
    (c.not_before(AT), Ask("advance", "offer", AT - DAY), "unmet"),
    (c.when(c.equals("region", "north"), c.has("seats")), ASK, "unknown"),
]

RULES = {value.code: value for value in vars(c).values() if isinstance(value, Rule)}
each_rule = pytest.mark.parametrize("code", sorted(RULES))


def test_every_stock_rule_has_its_examples() -> None:
    assert set(EXAMPLES) == set(RULES)


@each_rule
def test_a_stock_criterion_comes_out_in_each_of_the_values_that_it_can_take(code: str) -> None:
    each, *deals = EXAMPLES[code]
    for wanted, deal in zip(("met", "unmet", "unknown"), deals, strict=True):
        if deal is not None:
            assert each.verdict(deal, ASK).state == wanted


@pytest.mark.parametrize(("each", "question", "wanted"), MORE, ids=str)
def test_some_answers_depend_on_who_asks_and_when(each: Criterion, question: Ask, wanted: str) -> None:
    assert each.verdict(NEW, question).state == wanted


@each_rule
def test_a_stock_criterion_explains_every_no_in_every_language(code: str) -> None:
    each, *deals = EXAMPLES[code]
    for deal in deals:
        if deal is not None and not (verdict := each.verdict(deal, ASK)):
            assert verdict.reasons
            for reason in verdict.reasons:
                said = [reason.text("en"), reason.text("nb"), reason.hint]
                assert said[0] != said[1]
                assert not any("{" in text or "}" in text for text in said)


@each_rule
def test_a_stock_criterion_pickles_by_reference_to_the_package(code: str) -> None:
    each = EXAMPLES[code][0]
    assert each.rule.__module__ == "salesprocess.criteria"
    for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
        again = pickle.loads(pickle.dumps(each, protocol))
        assert again == each
        assert again.rule is each.rule
        assert hash(again) == hash(each)
    assert copy.deepcopy(each) == each


@each_rule
def test_a_stock_criterion_is_stored_and_loaded(code: str) -> None:
    from salesprocess import serialization

    each = EXAMPLES[code][0]
    assert serialization.load(serialization.dump(each), Criterion) == each


@pytest.mark.parametrize(
    "wrong",
    [
        c.at_most("saets", 5),
        c.contains("saets", "x"),
        c.matches("saets", "x*"),
        c.done_times("cal", 2),
        c.done_within("cal", DAY),
        c.done_by_role("cal", "manager"),
        c.visited_times("ofer", 2),
        c.term_equals("amuont", EUR),
        c.after("saets"),
        c.before("amuont"),
        c.at_least_of(1, c.has("saets")),
    ],
    ids=str,
)
def test_a_misspelt_name_is_found_when_the_process_is_built(wrong: Criterion) -> None:
    with pytest.raises(InvalidProcess, match="is not there"):
        Process("p", stages=[Stage("lead", exit=[wrong]), Stage.won("won"), Stage.lost("lost")])


def _upper(value: str) -> str:
    if not isinstance(value, str):
        raise WrongKind("region", value, "a text")
    return value.upper()


@criterion("in_region", "it is not in {region}", converters={"region": _upper})
def in_region(deal: Deal, ask: Ask, region: str = "north") -> bool | Verdict:
    """A rule of a user that normalises its parameter."""
    found = deal.facts.get("region")
    return Verdict.unknown("region") if found is None else found == region


def test_all_parameters_that_make_no_sense_are_told_at_once() -> None:
    with pytest.raises(SeveralErrors) as several:
        c.done_times(5, 0, during="vist")  # type: ignore[arg-type]  # pyright: ignore
    assert [str(each).partition(" ")[0] for each in several.value.exceptions] == [
        "done_times.activity",
        "done_times.times",
        "done_times.during",
    ]


def test_a_rule_of_a_user_is_held_to_the_types_that_it_declares() -> None:
    @c.criterion("margin", "margin is below {minimum}")
    def margin(deal: Deal, ask: Ask, *names: str, minimum: Decimal, sure: bool = True) -> bool:
        return True

    assert margin("a", "b", minimum=Decimal(1)).parameters == {"names": ("a", "b"), "minimum": Decimal(1), "sure": True}
    with pytest.raises(WrongKind, match=r"margin.minimum wants Decimal, got 0.2 \(float\)"):
        margin(minimum=0.2)  # type: ignore[arg-type]  # pyright: ignore
    with pytest.raises(WrongKind, match=r"margin.sure wants bool"):
        margin(minimum=Decimal(1), sure=1)  # type: ignore[arg-type]  # pyright: ignore


def test_a_converter_decides_what_is_kept() -> None:
    assert in_region("south").parameters == {"region": "SOUTH"}
    assert in_region() == in_region("north") == in_region("NORTH")
    assert in_region("north").verdict(opened(facts={"region": "NORTH"}), ASK)
    assert in_region("north").verdict(NEW, ASK).state == "unknown"


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda: in_region(5), "region wants a text, got 5"),  # type: ignore[arg-type]  # pyright: ignore
        (lambda: c.done_times("call", 0), "done_times.times must be at least 1, got 0"),
        (lambda: c.done_times("call", True), "done_times.times wants a whole number, got True"),
        (lambda: c.done_times("call", 1, during="vist"), "done_times.during must be 'deal' or 'visit', got 'vist'"),  # type: ignore[arg-type]  # pyright: ignore
        (lambda: c.visited_times("offer", Decimal(2)), "visited_times.times wants a whole number"),  # type: ignore[arg-type]  # pyright: ignore
        (lambda: c.done_within("call", timedelta(0)), "span must be positive"),
        (lambda: c.done_within("call", 7), "done_within.span wants a timedelta, got 7"),  # type: ignore[arg-type]  # pyright: ignore
        (lambda: c.within(-DAY), "span must be positive"),
        (lambda: c.waited(DAY, since="met_at"), "waited.since must be 'stage' or 'opening'"),  # type: ignore[arg-type]  # pyright: ignore
        (lambda: c.after("expected_close", 7), "span wants a timedelta"),  # type: ignore[arg-type]  # pyright: ignore
        (lambda: c.before("expected_close", tz="Europe/Olso"), "before.tz must be the IANA name"),
        (lambda: c.not_before(datetime(2026, 1, 5)), "moment wants an aware datetime"),
        (lambda: c.not_before("2026-01-05"), "not_before.moment wants a date without a time"),  # type: ignore[arg-type]  # pyright: ignore
        (lambda: c.at_least_of(0, c.has("seats")), "at_least_of.minimum must be at least 1"),
        (lambda: c.amount_at_least(1000), "amount_at_least.minimum wants Money, got 1000"),  # type: ignore[arg-type]  # pyright: ignore
        (lambda: c.equals("tags", {"a": 1}), "equals.value wants"),  # type: ignore[arg-type]  # pyright: ignore
        (lambda: c.equals("share", float("nan")), "equals.value must be finite"),
        (lambda: c.equals("met_at", datetime(2026, 1, 5)), "value wants an aware datetime"),
        (lambda: c.one_of("region", (None,)), "one_of.values wants"),  # type: ignore[arg-type]  # pyright: ignore
        (lambda: c.at_least("signed", True), "at_least.minimum wants a value with an order"),
        (lambda: c.at_most("tags", ("roof",)), "at_most.maximum wants a value with an order"),
        (lambda: c.count_at_least("tags", -1), "count_at_least.minimum must be at least 0"),
        (lambda: c.has(5), "has.fact wants str, got 5"),  # type: ignore[arg-type]  # pyright: ignore
        (lambda: c.done_by_role("call", " "), "done_by_role.role must be not empty"),
        (lambda: c.asked_by_role(None), "asked_by_role.role wants a text"),  # type: ignore[arg-type]  # pyright: ignore
        (lambda: c.approved("discount", role=""), "approved.role must be not empty"),
        (lambda: c.approved("discount", while_unchanged=(5,)), "while_unchanged wants"),  # type: ignore[arg-type]  # pyright: ignore
        (lambda: c.not_(c.has), "not_.criterion wants Criterion, got <rule has"),  # type: ignore[arg-type]  # pyright: ignore
        (lambda: c.all_of(c.has("seats"), c.has), "all_of.criteria wants"),  # type: ignore[arg-type]  # pyright: ignore
        (lambda: c.when(c.has("seats"), True), "when.then wants Criterion, got True"),  # type: ignore[arg-type]  # pyright: ignore
    ],
)
def test_a_parameter_that_makes_no_sense_is_refused_when_the_criterion_is_made(
    wrong: Callable[[], Any], message: str
) -> None:
    with pytest.raises((WrongKind, OutOfRange, SalesProcessError), match=message):
        wrong()


def test_a_span_reads_shortly_in_the_name_of_a_criterion() -> None:
    assert str(c.within(timedelta(days=7))) == "within(7 days)"
    assert str(c.done_within("call", timedelta(minutes=10))) == "done_within(call, 0:10:00)"


def test_what_must_hold_on_a_condition_says_which() -> None:
    inner = c.when(c.has("region"), c.has("seats"))
    deal = opened(facts={"region": "north"}, terms={"owner": "kari"})
    (plain,) = c.has("seats").verdict(deal, ASK).reasons
    (reason,) = inner.verdict(deal, ASK).reasons
    assert reason.parameters["because"] == ("has(region)",)
    assert reason.message == plain.message
    (nested,) = c.when(c.has_term("owner"), inner).verdict(deal, ASK).reasons
    assert nested.parameters["because"] == ("has_term(owner)", "has(region)")


def test_every_public_name_is_there_and_listed_once_in_order() -> None:
    assert all(hasattr(c, name) for name in c.__all__)
    assert list(c.__all__) == sorted(set(c.__all__), key=lambda name: (not name[0].isupper(), name))
    assert {rule.code for rule in RULES.values()} <= set(c.__all__)


def test_the_frameworks_are_loaded_by_those_who_want_them() -> None:
    program = "from salesprocess import Process, criteria; import sys; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    loaded = run.stdout.split()
    assert "salesprocess.criteria" in loaded
    assert "salesprocess.criteria.frameworks" not in loaded
