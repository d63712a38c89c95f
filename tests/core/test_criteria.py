"""Rules about a deal as values that answer met, unmet or unknown."""

import copy
import pickle
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import permutations, product
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesprocess import criteria as c
from salesprocess import events as ev
from salesprocess import testing
from salesprocess.criteria import Ask, Criterion, Rule, criterion
from salesprocess.criteria.rule import ask
from salesprocess.deal import Deal, evolve, replay
from salesprocess.errors import InvalidCriterion, OutOfRange, SalesProcessError
from salesprocess.events import Actor
from salesprocess.frozen import FrozenDict
from salesprocess.money import Money
from salesprocess.verdicts import Reason, Verdict
from tests import strategies

AT = datetime(2026, 1, 5, 9, tzinfo=UTC)
DAY = timedelta(days=1)
ASK = Ask("advance", "offer", AT)
WEIGHT = {"unmet": 0.0, "unknown": 0.5, "met": 1.0}
STATES = tuple(WEIGHT)


@criterion("says", "it says {answer}")
def says(deal: Deal, ask: Ask, answer: str, number: int = 0) -> bool | Verdict:
    """Comes out as it is told; `number` tells equal answers apart."""
    return {"met": True, "unmet": False, "unknown": Verdict.unknown(f"fact_{number}")}[answer]


@criterion("fails", "it fails")
def fails(deal: Deal, ask: Ask) -> bool:
    """Always raises."""
    raise ZeroDivisionError("oh")


@criterion("answers", "it answers {what}")
def answers(deal: Deal, ask: Ask, what: Any) -> bool:
    """Answers with anything."""
    return what  # type: ignore[no-any-return]


@criterion("min_margin", "margin {found} is below {minimum}", hint="raise the price", names={"fact": "fact"})
def min_margin(deal: Deal, ask: Ask, *, minimum: Decimal, fact: str = "margin") -> bool | Verdict:
    """A rule of a user, with parameters by keyword only."""
    margin = deal.facts.get(fact)
    if margin is None:
        return Verdict.unknown(fact)
    return True if margin >= minimum else Verdict.unmet(found=margin)  # type: ignore[operator]  # pyright: ignore


def opened(**content: Any) -> Deal:
    header: dict[str, Any] = {"deal": "d", "revision": 1, "at": AT, "process": "p", "version": 1, "stage": "lead"}
    return replay([ev.Opened(**{**header, **content})])


def then(deal: Deal, kind: Callable[..., Any], **content: Any) -> Deal:
    return evolve(deal, kind(deal=deal.id, revision=deal.revision + 1, at=deal.updated_at + DAY, **content))


def moved(deal: Deal, destination: str) -> Deal:
    return then(deal, ev.Entered, transition="x", source=deal.stage, destination=destination, status="open")


NEW = opened()


def state(each: Criterion, deal: Deal = NEW) -> str:
    return each.verdict(deal, ASK).state


def reason(each: Criterion, deal: Deal = NEW) -> Reason:
    """The one reason."""
    (found,) = each.verdict(deal, ASK).reasons
    return found


# Kleene: met is 1, unknown 1/2, unmet 0; not is 1 - x, all the least, any the greatest.
COMBINATIONS = [combination for size in range(5) for combination in product(STATES, repeat=size)]


@pytest.mark.parametrize("combination", COMBINATIONS, ids="-".join)
def test_all_of_and_any_of_are_the_least_and_the_greatest(combination: tuple[str, ...]) -> None:
    parts = [says(each, number) for number, each in enumerate(combination)]
    weights = [WEIGHT[each] for each in combination]
    assert WEIGHT[state(c.all_of(*parts))] == min(weights, default=1)
    assert WEIGHT[state(c.any_of(*parts))] == max(weights, default=0)


@pytest.mark.parametrize("combination", [each for each in COMBINATIONS if 2 <= len(each) <= 3], ids="-".join)
def test_their_order_changes_neither_the_answer_nor_the_set_of_reasons(combination: tuple[str, ...]) -> None:
    parts = [says(each, number) for number, each in enumerate(combination)]
    for together in (c.all_of, c.any_of):
        verdicts = [together(*order).verdict(NEW, ASK) for order in permutations(parts)]
        told = [{inner.text() for each in verdict.reasons for inner in each.details or (each,)} for verdict in verdicts]
        assert len({verdict.state for verdict in verdicts}) == 1
        assert all(each == told[0] for each in told)


@pytest.mark.parametrize("each", STATES)
def test_not_is_the_opposite_and_unknown_stays_unknown(each: str) -> None:
    assert WEIGHT[state(c.not_(says(each)))] == 1 - WEIGHT[each]
    assert state(c.not_(c.not_(says(each)))) == each


@pytest.mark.parametrize(("condition", "answer"), list(product(STATES, repeat=2)))
def test_when_is_an_implication(condition: str, answer: str) -> None:
    implied = c.when(says(condition), says(answer, 1))
    assert WEIGHT[state(implied)] == max(1 - WEIGHT[condition], WEIGHT[answer])
    assert state(implied) == state(c.any_of(c.not_(says(condition)), says(answer, 1)))


@pytest.mark.parametrize("combination", [each for each in COMBINATIONS if 1 <= len(each) <= 3], ids="-".join)
def test_de_morgan_holds(combination: tuple[str, ...]) -> None:
    parts = [says(each) for each in combination]
    assert state(c.not_(c.all_of(*parts))) == state(c.any_of(*map(c.not_, parts)))
    assert state(c.not_(c.any_of(*parts))) == state(c.all_of(*map(c.not_, parts)))


@pytest.mark.parametrize("fault", [fails(), answers(1), answers(0), answers(None), answers("met")], ids=str)
@pytest.mark.parametrize("other", STATES)
def test_a_fault_is_no_answer_wherever_it_stands(fault: Criterion, other: str) -> None:
    compounds = [
        c.not_(fault),
        c.all_of(says(other), fault),
        c.all_of(fault, says(other)),
        c.any_of(says(other), fault),
        c.any_of(fault, says(other)),
        c.when(fault, says(other)),
        c.when(says(other), fault),
        c.any_of(says("met"), c.all_of(says("unmet"), c.not_(fault))),
    ]
    for each in (fault, *compounds):
        with pytest.raises((ZeroDivisionError, TypeError)):
            each.verdict(NEW, ASK)


def test_a_rule_that_answers_with_nonsense_is_named() -> None:
    with pytest.raises(TypeError, match="the answer of answers wants a bool or a Verdict, got None"):
        answers(None).verdict(NEW, ASK)


def test_a_fault_is_the_exception_of_the_rule_itself() -> None:
    with pytest.raises(ZeroDivisionError, match="oh"):
        c.all_of(fails()).verdict(NEW, ASK)


def test_a_code_of_a_user_without_words_is_told_in_those_of_the_rule() -> None:
    @criterion("fresh", "the offer is stale: {found} days", hint="send it again")
    def fresh(deal: Deal, ask: Ask) -> Verdict:
        return Verdict.unmet("fresh.very_stale", found=90)

    (told,) = fresh().verdict(NEW, ASK).reasons
    assert (told.code, told.message, told.hint) == ("fresh.very_stale", "the offer is stale: 90 days", "send it again")
    assert told.text({"fresh.very_stale": "sehr alt"}) == "sehr alt"


def test_what_holds_gives_no_reasons_and_what_does_not_gives_its_own() -> None:
    assert says("met").verdict(NEW, ASK) is Verdict.met()
    assert reason(says("unmet")) == Reason(
        "says",
        parameters=FrozenDict(answer="unmet", number=0, criterion="says(unmet)"),
        template="it says {answer}",
    )
    assert reason(says("unmet")).message == "it says unmet"


def test_an_unknown_names_what_is_missing_and_how_to_help() -> None:
    found = reason(says("unknown", 7))
    assert (found.state, found.code) == ("unknown", "says")
    assert "fact_7" in found.message
    assert found.hint == "make known: fact_7"


def test_all_of_gives_the_reasons_of_its_parts_each_by_itself() -> None:
    verdict = c.all_of(says("unmet"), says("met"), says("unknown", 1)).verdict(NEW, ASK)
    assert [each.state for each in verdict.reasons] == ["unmet", "unknown"]


def test_any_of_gives_one_reason_with_those_of_its_parts_inside() -> None:
    found = reason(c.any_of(says("unmet"), says("unmet", 1)))
    assert found.code == "any_of"
    assert [each.parameters["number"] for each in found.details] == [0, 1]
    assert found.message == "none of these holds: it says unmet; it says unmet"
    assert reason(c.any_of(says("unmet"), says("unknown"))).state == "unknown"


def test_not_names_what_must_not_hold() -> None:
    assert reason(c.not_(c.has("seats")), opened(facts={"seats": 5})).message == "has(seats) must not hold"
    assert reason(c.not_(says("unknown"))).code == "says"


def test_when_gives_the_reasons_of_what_must_hold_and_of_a_condition_that_is_not_known() -> None:
    assert reason(c.when(says("met"), says("unmet", 1))).parameters["number"] == 1
    verdict = c.when(says("unknown", 1), says("unmet", 2)).verdict(NEW, ASK)
    assert [each.parameters["number"] for each in verdict.reasons] == [1, 2]
    assert c.when(says("unmet"), says("unknown")).verdict(NEW, ASK).reasons == ()


EUR = Money(100, "EUR")
EUR_IN_NOK = Money(1170, "NOK")
STOCK: list[tuple[Criterion, Deal, str, str]] = [
    (c.has("seats"), opened(facts={"seats": 0}), "met", ""),
    (c.has("seats"), NEW, "unmet", "has"),
    (c.has_term("owner"), opened(terms={"owner": "kari"}), "met", ""),
    (c.has_term("owner"), opened(facts={"owner": "kari"}), "unmet", "has_term"),
    (c.equals("heritage", True), opened(facts={"heritage": True}), "met", ""),
    (c.equals("heritage", True), opened(facts={"heritage": False}), "unmet", "equals"),
    (c.equals("heritage", True), NEW, "unknown", "equals"),
    (c.one_of("region", ("north", "south")), opened(facts={"region": "south"}), "met", ""),
    (c.one_of("region", ("north", "south")), opened(facts={"region": "west"}), "unmet", "one_of"),
    (c.one_of("region", ("north", "south")), NEW, "unknown", "one_of"),
    (c.at_least("seats", 5), opened(facts={"seats": 5}), "met", ""),
    (c.at_least("seats", 5), opened(facts={"seats": 4}), "unmet", "at_least"),
    (c.at_least("seats", 5), NEW, "unknown", "at_least"),
    (c.at_least("budget", EUR), opened(facts={"budget": EUR}), "met", ""),
    (c.at_least("budget", EUR), opened(facts={"budget": Money(99, "EUR")}), "unmet", "at_least"),
    (c.at_least("budget", EUR), opened(facts={"budget": Money(999, "NOK")}), "unknown", "currency"),
    (c.count_at_least("tags", 2), opened(facts={"tags": ("a", "b")}), "met", ""),
    (c.count_at_least("tags", 2), opened(facts={"tags": ("a",)}), "unmet", "count_at_least"),
    (c.count_at_least("tags", 2), NEW, "unknown", "count_at_least"),
    (c.done("call"), then(NEW, ev.ActivityDone, activity="call"), "met", ""),
    (c.done("call"), then(NEW, ev.ActivityDone, activity="visit"), "unmet", "done"),
    (c.visited("lead"), NEW, "met", ""),
    (c.visited("offer"), NEW, "unmet", "visited"),
    (c.amount_at_least(EUR), opened(terms={"amount": EUR}), "met", ""),
    (c.amount_at_least(EUR), opened(terms={"amount": Money("99.99", "EUR")}), "unmet", "amount_at_least"),
    (c.amount_at_least(EUR), opened(terms={"amount": Money(999, "NOK")}), "unknown", "currency"),
    (c.amount_at_least(EUR), NEW, "unknown", "amount_at_least"),
    (c.objections_resolved(), NEW, "met", ""),
    (c.objections_resolved(), then(NEW, ev.ObjectionRaised, objection="price"), "unmet", "objections_resolved"),
    (c.approved("discount"), then(NEW, ev.Approved, subject="discount", by=Actor("ola")), "met", ""),
    (c.approved("discount", "cfo"), NEW, "unmet", "approved"),
    (c.approved("discount"), NEW, "unmet", "approved.anybody"),
]


@pytest.mark.parametrize(("each", "deal", "wanted", "code"), STOCK, ids=str)
def test_a_stock_criterion_comes_out_with_its_code(each: Criterion, deal: Deal, wanted: str, code: str) -> None:
    verdict = each.verdict(deal, ASK)
    assert verdict.state == wanted
    assert [found.code for found in verdict.reasons] == ([code] if code else [])
    assert all(found.state == wanted for found in verdict.reasons)


def test_every_stock_rule_is_tried() -> None:
    rules = {value.code for value in vars(c).values() if isinstance(value, Rule)}
    assert {each.code for each, *_ in STOCK} | {"all_of", "any_of", "not_", "when"} <= rules


@pytest.mark.parametrize(
    ("each", "deal", "evidence", "message"),
    [
        (c.equals("seats", 4), opened(facts={"seats": 5}), {"found": 5}, "seats is 5, not 4"),
        (c.one_of("region", ("n", "s")), opened(facts={"region": "w"}), {"found": "w"}, "region is w, not one of n, s"),
        (c.at_least("seats", 4), opened(facts={"seats": 3}), {"found": 3}, "seats is 3, below 4"),
        (c.count_at_least("tags", 2), opened(facts={"tags": ("a",)}), {"found": 1}, "tags has 1 of at least 2 values"),
        (
            c.amount_at_least(EUR),
            opened(terms={"amount": Money(9, "EUR")}),
            {"found": Money(9, "EUR")},
            "the amount 9 EUR is below 100 EUR",
        ),
        (
            c.amount_at_least(EUR),
            opened(terms={"amount": Money(9, "NOK")}),
            {"what": "amount", "found": "NOK", "wanted": "EUR", "missing": ("amount",)},
            "amount is in NOK, the rule speaks of EUR",
        ),
        (
            c.objections_resolved(),
            then(then(NEW, ev.ObjectionRaised, objection="price"), ev.ObjectionRaised, objection="timing"),
            {"open": ("price", "timing")},
            "open objections: price, timing",
        ),
        (c.approved("discount", "cfo"), NEW, {}, "discount is not approved by cfo"),
        (c.approved("discount"), NEW, {}, "discount is not approved"),
        (min_margin(minimum=Decimal(1)), opened(facts={"margin": Decimal(0)}), {"found": 0}, "margin 0 is below 1"),
    ],
    ids=str,
)
def test_an_unmet_criterion_shows_what_it_found(
    each: Criterion, deal: Deal, evidence: dict[str, Any], message: str
) -> None:
    verdict = each.verdict(deal, ASK)
    assert verdict.evidence == evidence
    assert verdict.reasons[0].message == message


@pytest.mark.parametrize(
    ("each", "deal"),
    [
        (c.count_at_least("tags", 2), opened(facts={"tags": "roof"})),
        (c.at_least("seats", 5), opened(facts={"seats": "many"})),
        (c.at_least("budget", 5), opened(facts={"budget": EUR})),
    ],
)
def test_a_fact_of_the_wrong_kind_is_a_fault(each: Criterion, deal: Deal) -> None:
    with pytest.raises(TypeError):
        each.verdict(deal, ASK)


def test_work_counts_over_the_life_of_the_deal_or_during_the_present_visit() -> None:
    worked = then(NEW, ev.ActivityDone, activity="call")
    later = then(moved(worked, "offer"), ev.ActivityDone, activity="visit")
    assert state(c.done("call", during="visit"), then(worked, ev.Noted, text="x")) == "met"
    assert state(c.done("call"), later) == "met"
    assert state(c.done("call", during="visit"), later) == "unmet"
    assert state(c.done("visit", during="visit"), later) == "met"
    again = moved(later, "lead")
    assert state(c.done("visit", during="visit"), again) == "unmet"
    assert state(c.done("call", during="visit"), then(again, ev.ActivityDone, activity="call")) == "met"


def test_a_stage_is_visited_when_the_deal_is_or_was_in_it() -> None:
    deal = then(moved(opened(stage="lead"), "talks"), ev.Migrated, process="p", version=2, stage="offer")
    for stage, expected in (("lead", "met"), ("talks", "met"), ("offer", "met"), ("terms", "unmet")):
        assert state(c.visited(stage), deal) == expected
        assert state(c.visited(stage), then(deal, ev.Noted, text="x")) == expected


def test_a_stage_was_visited_also_under_the_name_it_had_before_a_migration() -> None:
    deal = moved(moved(opened(stage="lead"), "offer"), "talks")
    swapped = {"offer": "bid", "lead": "offer"}
    migrated = then(deal, ev.Migrated, process="q", version=1, stage="talks", stages=swapped)
    for stage, expected in (("bid", "met"), ("offer", "met"), ("talks", "met"), ("lead", "unmet")):
        assert state(c.visited(stage), migrated) == expected
    again = then(migrated, ev.Migrated, process="q", version=2, stage="talks", stages={"bid": "tender"})
    for stage, expected in (("tender", "met"), ("bid", "unmet"), ("offer", "met")):
        assert state(c.visited(stage), again) == expected


def approved(deal: Deal, by: str | None = "ola", role: str | None = None, subject: str = "discount") -> Deal:
    return then(deal, ev.Approved, subject=subject, role=role, by=None if by is None else Actor(by))


def amended(deal: Deal, **terms: Any) -> Deal:
    return then(deal, ev.Amended, terms=terms)


def test_an_approval_counts_for_its_subject_and_in_its_role() -> None:
    deal = approved(NEW, role="cfo")
    assert state(c.approved("discount"), deal) == "met"
    assert state(c.approved("discount", role="cfo"), deal) == "met"
    assert state(c.approved("discount", role="manager"), deal) == "unmet"
    assert state(c.approved("terms"), deal) == "unmet"
    assert state(c.approved("discount", role="cfo"), approved(NEW)) == "unmet"


def test_an_approval_that_was_withdrawn_no_longer_counts() -> None:
    both = approved(approved(NEW, role="cfo"), role="manager")
    assert state(c.approved("discount"), then(both, ev.ApprovalWithdrawn, subject="discount")) == "unmet"
    assert state(c.approved("discount"), then(both, ev.ApprovalWithdrawn, subject="terms")) == "met"
    without_cfo = then(both, ev.ApprovalWithdrawn, subject="discount", role="cfo")
    assert state(c.approved("discount", role="cfo"), without_cfo) == "unmet"
    assert state(c.approved("discount", role="manager"), without_cfo) == "met"
    assert state(c.approved("discount", role="cfo"), approved(without_cfo, role="cfo")) == "met"


WHILE = c.approved("discount", while_unchanged=("amount", "seats"))


@pytest.mark.parametrize(
    ("changes", "changed"),
    [
        ([(ev.Amended, {"terms": {"amount": Money(90, "EUR")}})], ("amount",)),
        (
            [(ev.Amended, {"terms": {"amount": Money(90, "EUR")}}), (ev.Amended, {"terms": {"amount": EUR}})],
            ("amount",),
        ),
        ([(ev.Amended, {"cleared": ("amount",)})], ("amount",)),
        ([(ev.Amended, {"cleared": ("amount",)}), (ev.Amended, {"terms": {"amount": EUR}})], ("amount",)),
        ([(ev.FactsLearnt, {"facts": {"seats": 6}})], ("seats",)),
        ([(ev.FactsLearnt, {"forgotten": ("seats",)})], ("seats",)),
        (
            [(ev.FactsLearnt, {"facts": {"seats": 6}}), (ev.Amended, {"terms": {"amount": Money(1, "NOK")}})],
            ("amount", "seats"),
        ),
        ([(ev.Amended, {"terms": {"amount": Money("100.00", "EUR"), "owner": "ola"}})], ()),
        ([(ev.FactsLearnt, {"facts": {"seats": 5, "region": "north"}})], ()),
        ([(ev.Amended, {"cleared": ("owner",)}), (ev.FactsLearnt, {"forgotten": ("region",)})], ()),
        ([(ev.Noted, {"text": "x"})], ()),
    ],
)
def test_an_approval_ends_with_a_change_of_what_it_was_given_for(
    changes: list[tuple[Any, dict[str, Any]]], changed: tuple[str, ...]
) -> None:
    deal = approved(opened(terms={"amount": EUR}, facts={"seats": 5}))
    for kind, content in changes:
        deal = then(deal, kind, **content)
    verdict = WHILE.verdict(deal, ASK)
    assert verdict.state == ("unmet" if changed else "met")
    assert verdict.evidence.get("changed", ()) == changed
    if changed:
        assert verdict.reasons[0].code == "approved.changed"
        assert verdict.reasons[0].message == f"discount was approved, but {', '.join(changed)} changed since"
        assert state(c.approved("discount"), deal) == "met"
        assert state(WHILE, approved(deal)) == "met"


def test_what_is_set_for_the_first_time_after_the_approval_is_a_change() -> None:
    assert state(WHILE, amended(approved(NEW), amount=EUR)) == "unmet"


def test_changes_before_the_approval_do_not_matter() -> None:
    assert state(
        WHILE, approved(amended(amended(opened(terms={"amount": EUR}), amount=Money(1, "EUR")), amount=EUR))
    ) == ("met")


def test_an_older_approval_counts_when_the_newer_one_does_not() -> None:
    deal = approved(approved(opened(terms={"owner": "kari"}), by="ola"), by="kari")
    assert state(c.approved("discount", not_by="owner"), deal) == "met"


def test_somebody_else_than_the_owner_must_approve() -> None:
    rule = c.approved("discount", not_by="owner")
    deal = opened(terms={"owner": "kari"})
    assert state(rule, approved(deal, by="ola")) == "met"
    assert state(c.approved("discount"), approved(deal, by="kari")) == "met"
    own = reason(rule, approved(deal, by="kari"))
    assert own.code == "approved.own"
    assert own.message == "discount was approved by kari; it takes somebody else than the owner of the deal"
    unnamed = reason(rule, approved(deal, by=None))
    assert (unnamed.code, unnamed.parameters["found"]) == ("approved.own", None)


@pytest.mark.parametrize(
    ("people", "found"), [((), 0), ((None, None), 0), (("ola", "ola"), 1), (("ola", "kari"), 2), (("a", "b", "c"), 3)]
)
def test_as_many_different_people_must_approve_as_the_rule_says(people: tuple[str | None, ...], found: int) -> None:
    deal = NEW
    for person in people:
        deal = approved(deal, by=person)
    rule = c.approvals_at_least("discount", 2)
    if found >= 2:
        assert state(rule, deal) == "met"
    else:
        assert reason(rule, deal).message == f"discount is approved by {found} of at least 2 people"
    assert state(c.approvals_at_least("terms", 2), deal) == "unmet"


def test_people_count_in_their_role_and_for_the_terms_they_approved() -> None:
    deal = approved(approved(opened(terms={"amount": EUR}), by="ola", role="partner"), by="kari", role="partner")
    assert state(c.approvals_at_least("discount", 2, role="partner"), deal) == "met"
    assert state(c.approvals_at_least("discount", 2, role="cfo"), deal) == "unmet"
    rule = c.approvals_at_least("discount", 2, while_unchanged=("amount",))
    assert state(rule, deal) == "met"
    changed = approved(amended(deal, amount=Money(1, "EUR")), by="ola")
    assert reason(rule, changed).parameters["found"] == 1
    withdrawn = then(deal, ev.ApprovalWithdrawn, subject="discount")
    assert state(c.approvals_at_least("discount", 1), withdrawn) == "unmet"


@pytest.mark.parametrize("minimum", [0, -1])
def test_fewer_than_one_person_approves_nothing(minimum: int) -> None:
    with pytest.raises(OutOfRange):
        c.approvals_at_least("discount", minimum)


def test_who_owned_the_deal_when_approving_or_owns_it_now_cannot_have_approved() -> None:
    rule = c.approved("discount", not_by="owner")
    deal = opened(terms={"owner": "kari"})
    assert state(rule, amended(approved(deal, by="ola"), owner="ola")) == "unmet"
    assert state(rule, amended(approved(deal, by="kari"), owner="ola")) == "unmet"
    assert state(rule, amended(approved(amended(deal, owner="nils"), by="kari"), owner="ola")) == "met"
    assert state(rule, amended(approved(opened(), by="kari"), owner="ola")) == "met"
    assert state(rule, approved(then(deal, ev.Amended, cleared=("owner",)), by="kari")) == "met"


def test_criteria_are_equal_by_code_and_parameters_however_they_were_written() -> None:
    assert c.done("call") == c.done(activity="call", during="deal")
    assert hash(c.done("call")) == hash(c.done(activity="call", during="deal"))
    assert c.done("call") != c.done("visit")
    assert c.done("call") != c.has("call")
    assert c.has("seats") != "has(seats)"


@given(
    testing.compound(testing.rules(stages=("lead", "offer"))),
    testing.compound(testing.rules(stages=("lead", "offer"))),
)
def test_criteria_hash_as_they_compare_and_pickle_by_reference(a: Criterion, b: Criterion) -> None:
    assert a != b or hash(a) == hash(b)
    for again in (pickle.loads(pickle.dumps(a)), copy.deepcopy(a), copy.copy(a)):
        assert again == a
        assert hash(again) == hash(a)
        assert again.rule is a.rule


def test_a_rule_of_a_user_pickles_by_reference_to_its_module() -> None:
    again = pickle.loads(pickle.dumps(min_margin(minimum=Decimal("0.2"))))
    assert again.rule is min_margin
    assert again == min_margin(minimum=Decimal("0.2"))
    assert copy.deepcopy(min_margin) is min_margin
    assert b"min_margin" in pickle.dumps(min_margin)


def test_a_rule_that_is_not_at_the_top_of_a_module_does_not_pickle() -> None:
    @criterion("local", "no")
    def local(deal: Deal, ask: Ask) -> bool:
        return True

    with pytest.raises((pickle.PicklingError, AttributeError)):
        pickle.dumps(local())


def test_a_rule_describes_itself() -> None:
    assert min_margin.code == "min_margin"
    assert min_margin.__doc__ == "A rule of a user, with parameters by keyword only."
    assert (min_margin.__name__, min_margin.__module__) == ("min_margin", __name__)
    assert repr(min_margin).startswith("<rule min_margin(*, minimum: ")
    assert min_margin.by_keyword
    assert not c.has.by_keyword


def test_a_criterion_reads_as_its_call() -> None:
    each = c.approved("discount", not_by="owner")
    assert str(each) == "approved(discount, not_by=owner)"
    assert repr(each) == "approved(subject=discount, role=None, while_unchanged=(), not_by=owner)"
    assert each.code == "approved"


def test_a_criterion_called_raw_gives_what_its_function_answers() -> None:
    assert says("met")(NEW, ASK) is True
    assert says("unmet")(NEW, ASK) is False
    assert answers("anything")(NEW, ASK) == "anything"


@pytest.mark.parametrize(
    "wrong",
    [
        lambda rules: rules.has(),
        lambda rules: rules.has("a", "b"),
        lambda rules: rules.has(facts="a"),
        lambda rules: rules.done("call", "deal", "visit"),
        lambda rules: rules.one_of("region", ["north"]),
        lambda rules: rules.all_of([rules.has("a")]),
        lambda _: cast("Any", min_margin)(Decimal("0.2")),
        lambda _: cast("Any", min_margin)(),
    ],
)
def test_wrong_or_mutable_parameters_are_refused_when_the_criterion_is_made(wrong: Callable[[Any], Any]) -> None:
    with pytest.raises(InvalidCriterion):
        wrong(c)


def test_the_refusal_says_what_the_rule_takes() -> None:
    with pytest.raises(InvalidCriterion, match=r"has: missing a required argument: 'fact'; it takes \(fact: "):
        c.has()  # type: ignore[call-arg]  # pyright: ignore
    with pytest.raises(InvalidCriterion, match="one_of: unhashable type: 'list'; parameters must be immutable"):
        c.one_of("region", ["north"])  # type: ignore[arg-type]  # pyright: ignore


@pytest.mark.parametrize(
    "wrong",
    [
        lambda rules: rules.one_of("region", "north"),
        lambda rules: rules.approved("discount", while_unchanged="amount"),
        lambda rules: rules.approved("discount", not_by="the owner"),
        lambda rules: rules.done("call", during="vist"),
    ],
    ids=["one_of", "while_unchanged", "not_by", "during"],
)
def test_a_bare_text_and_a_misspelt_choice_are_refused_when_the_criterion_is_made(wrong: Callable[[Any], Any]) -> None:
    with pytest.raises(SalesProcessError):
        wrong(c)


def test_a_criterion_knows_everything_inside_it() -> None:
    inner = c.not_(c.has("seats"))
    whole = c.when(c.done("call"), c.any_of(inner, c.visited("offer"), min_margin(minimum=Decimal(1))))
    assert {each.code for each in whole.walk()} == {"when", "done", "any_of", "not_", "has", "visited", "min_margin"}
    assert next(whole.walk()) is whole
    assert sorted(whole.mentions("fact")) == ["margin", "seats"]
    assert list(whole.mentions("activity")) == ["call"]
    assert list(whole.mentions("stage")) == ["offer"]
    assert list(whole.mentions("term")) == []
    approval = c.all_of(c.approved("discount", while_unchanged=("amount", "seats")), c.has_term("owner"))
    assert list(approval.mentions("value")) == ["amount", "seats"]
    assert list(approval.mentions("term")) == ["owner"]


@criterion("known", "not all of {facts} are known", names={"facts": "fact"})
def known(deal: Deal, ask: Ask, facts: tuple[str, ...]) -> bool:
    """A rule about several facts."""
    return all(fact in deal.facts for fact in facts)


def test_a_parameter_may_name_several_facts() -> None:
    assert list(known(("seats", "region")).mentions("fact")) == ["seats", "region"]


def test_a_question_says_who_asks_for_what() -> None:
    question = ask("lose", "lost", AT, Actor("ola"), FrozenDict(reason="price"))
    assert (question.name, question.destination, question.at) == ("lose", "lost", AT)
    assert strategies.by_manager().verdict(NEW, question).state == "unmet"
    manager = ask("lose", "lost", AT, Actor("ola", roles={"manager"}), FrozenDict())
    assert strategies.by_manager().verdict(NEW, manager).state == "met"


@given(st.data(), testing.compound(testing.rules(stages=("lead", "offer"))))
def test_any_criterion_answers_about_any_deal_and_explains_every_no(data: st.DataObject, each: Criterion) -> None:
    process = data.draw(testing.processes())
    deal = data.draw(testing.openings(process))
    verdict = each.verdict(deal, ASK)
    assert bool(verdict) is (verdict.state == "met")
    empty = any(inner.code == "any_of" and not inner.parameters["criteria"] for inner in each.walk())
    assert verdict or verdict.reasons or empty
    assert verdict.state != "met" or verdict.reasons == ()


@pytest.mark.parametrize("message", ["needs {}", "needs {0}", "needs {fact.__class__}", "needs {", "needs }"])
def test_a_message_that_cannot_be_filled_in_is_refused_at_once(message: str) -> None:
    with pytest.raises(InvalidCriterion, match="broken"):
        c.criterion("broken", message)(lambda deal, ask: True)


def test_an_amount_in_another_currency_opens_no_gate() -> None:
    gate = c.when(c.amount_at_least(EUR), c.approved("discount", role="deal_desk"))
    for each in (gate, c.not_(c.amount_at_most(EUR)), c.not_(c.at_least("budget", EUR))):
        told = each.verdict(opened(terms={"amount": Money(10**9, "NOK")}, facts={"budget": EUR_IN_NOK}), ASK)
        assert told.state == "unknown"
        assert "NOK" in told.reasons[0].message


@pytest.mark.parametrize(
    "combine", [lambda a, b: a and b, lambda a, b: a or b, lambda a, b: not a, lambda a, b: a if b else None]
)
def test_criteria_are_not_combined_by_the_words_of_python(combine: Callable[[Any, Any], object]) -> None:
    with pytest.raises(InvalidCriterion, match=r"has\(seats\) is no truth value: combine criteria with all_of"):
        combine(c.has("seats"), c.has("seats"))
