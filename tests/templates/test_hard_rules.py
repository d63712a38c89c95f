"""The rules that a consultancy, an agency and a dealer would not give up, and the freedom that they leave."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesprocess import Actor, Deal, LineItem, Money, Process, TransitionRefused, templates

AT = datetime(2026, 1, 5, 9, tzinfo=UTC)
CONSULTING, AGENCY, DEALER = (templates.load(name) for name in ("consulting", "agency", "car_dealer"))
LINES = [LineItem("search", Money(1000, "EUR"), every=1, term=12)]


def put(process: Process, stage: str, **facts: Any) -> Deal:
    """A deal in an early stage, put there as an exception on record."""
    deal = process.open("D-1", amount=Money(12000, "EUR"), owner="kari", at=AT, facts=facts)
    return process.override(deal, stage, at=AT, by="ola", reason="moved here from the old system")


def where(process: Process, deal: Deal, transition: str) -> set[tuple[str, str]]:
    return {(reason.where, reason.code) for reason in process.decide(deal, transition, at=AT, by="kari").unmet}


def diagnosed(**facts: Any) -> Deal:
    yes = dict.fromkeys(("capacity", "talking_with_client", "can_win", "strong_proposal"), True)
    told = {"authority": "the board", "budget": Money(9, "EUR"), "scope": "the mill", **yes, **facts}
    deal = put(CONSULTING, "diagnosis", **told)
    return CONSULTING.record(deal, "leader_meetings", at=AT)


@given(st.lists(st.sampled_from(["kari", "per", "liv", None]), max_size=5))
def test_a_proposal_is_written_when_two_different_people_say_go(people: list[str | None]) -> None:
    deal = diagnosed()
    for person in people:
        deal = CONSULTING.approve(deal, "go", role="partner", by=person or "nobody", at=AT)
    decision = CONSULTING.decide(deal, "advance", at=AT, by="kari")
    assert decision.allowed == (len(set(people)) >= 2)
    assert decision.allowed or decision.unmet[0].code == "approvals_at_least"


@pytest.mark.parametrize("question", ["talking_with_client", "can_win", "strong_proposal", "capacity"])
def test_a_question_that_is_answered_with_no_is_a_no_go(question: str) -> None:
    deal = diagnosed(**{question: False})
    for person in ("kari", "per"):
        deal = CONSULTING.approve(deal, "go", role="partner", by=person, at=AT)
    assert where(CONSULTING, deal, "advance") == {("diagnosis.exit", "equals")}


@pytest.mark.parametrize("stage", ["proposal", "negotiation", "contract", "won"])
def test_no_exception_leads_round_the_go(stage: str) -> None:
    with pytest.raises(TransitionRefused, match="go is approved by 0 of at least 2 people"):
        CONSULTING.override(diagnosed(), stage, at=AT, by="ola", reason="they wait for it")


def test_a_no_bid_is_a_decision_and_no_lost_competition() -> None:
    reasons = {reason.name: reason.counts for reason in CONSULTING.stage("lost").reasons}
    assert not reasons["no_bid"]
    assert reasons["incumbent_kept"]


def contracted(*, lines: bool = True) -> Deal:
    deal = put(AGENCY, "contract")
    deal = AGENCY.record(deal, "signature", at=AT)
    return AGENCY.amend(deal, items=LINES, at=AT) if lines else deal


def test_no_sale_of_the_agency_is_won_without_lines_or_without_finance() -> None:
    assert where(AGENCY, contracted(lines=False), "win") == {("won.locked", "has_items"), ("won.locked", "approved")}
    deal = AGENCY.approve(contracted(), "contract", role="finance", by=Actor("geir", roles={"finance"}), at=AT)
    assert AGENCY.decide(deal, "win", at=AT)


@pytest.mark.parametrize(
    ("role", "by", "code"), [("finance", "kari", "approved.own"), ("deal_desk", "geir", "approved")]
)
def test_finance_is_somebody_else_in_that_role(role: str, by: str, code: str) -> None:
    deal = AGENCY.approve(contracted(), "contract", role=role, by=by, extra=True, at=AT)
    assert where(AGENCY, deal, "win") == {("won.locked", code)}


def test_the_agency_proposes_nothing_without_lines() -> None:
    assert ("strategy.entry", "has_items") in where(AGENCY, put(AGENCY, "audit"), "advance")
    deal = AGENCY.amend(put(AGENCY, "audit"), items=LINES, at=AT)
    assert ("strategy.entry", "has_items") not in where(AGENCY, deal, "advance")


def test_a_retainer_says_what_recurs_and_a_project_does_not() -> None:
    recurs = ("strategy.exit", "has")
    assert recurs in where(
        AGENCY, AGENCY.amend(put(AGENCY, "strategy", engagement="retainer"), items=LINES, at=AT), "advance"
    )
    assert recurs not in where(AGENCY, put(AGENCY, "strategy", engagement="project"), "advance")


@pytest.mark.parametrize(
    ("minutes", "overdue"), [(0, []), (10, []), (10.1, ["first_response"]), (500, ["first_response"])]
)
def test_an_enquiry_waits_ten_minutes_for_its_answer(minutes: float, overdue: list[str]) -> None:
    deal = DEALER.open("D-1", at=AT, owner="siv")
    agenda = DEALER.agenda(deal, at=AT + timedelta(minutes=minutes))
    assert [item.subject for item in agenda.overdue] == overdue


def test_a_late_answer_locks_no_customer_out() -> None:
    deal = DEALER.open("D-1", at=AT, owner="siv", facts={"contact": "Ali", "vehicle_of_interest": "a van"})
    late = AT + timedelta(hours=3)
    for work in ("first_response", "conversation", "arrival"):
        deal = DEALER.record(deal, work, at=late)
    assert DEALER.move(deal, "visit", at=late).stage == "visit"


@pytest.mark.parametrize("stage", ["enquiry", "visit", "vehicle_selection", "test_drive"])
def test_the_appraisal_counts_whenever_it_was_done(stage: str) -> None:
    deal = DEALER.open("D-1", amount=Money(9000, "EUR"), at=AT, owner="siv", facts={"trade_in": True})
    deal = deal if stage == "enquiry" else DEALER.override(deal, stage, at=AT, by="ola", reason="walked in")
    deal = DEALER.record(deal, "appraisal", at=AT)
    assert DEALER.override(deal, "negotiation", at=AT, by="ola", reason="they hurry").stage == "negotiation"


@pytest.mark.parametrize(
    ("facts", "missing"),
    [
        ({"trade_in": True}, {("negotiation.locked", "done")}),
        ({"trade_in": False}, set()),
        ({}, {("negotiation.entry", "has")}),
    ],
    ids=str,
)
def test_only_a_car_that_is_traded_in_is_appraised(facts: dict[str, Any], missing: set[tuple[str, str]]) -> None:
    deal = DEALER.record(put(DEALER, "test_drive", trial_close="yes", **facts), "drive", at=AT)
    assert where(DEALER, deal, "advance") == missing


@pytest.mark.parametrize("stage", ["negotiation", "financing", "won"])
def test_no_exception_leads_round_the_appraisal(stage: str) -> None:
    with pytest.raises(TransitionRefused, match="the activity appraisal has not been done"):
        DEALER.override(put(DEALER, "visit", trade_in=True), stage, at=AT, by="ola", reason="they hurry")


def test_cash_needs_no_lender_and_a_loan_does() -> None:
    figures = {"figures_agreed": True, "trade_in": False}
    loan, cash = (put(DEALER, "negotiation", payment=payment, **figures) for payment in ("loan", "cash"))
    assert where(DEALER, loan, "advance") == {("financing.entry", "done")}
    assert DEALER.decide(cash, "advance", at=AT)
    assert where(DEALER, put(DEALER, "negotiation", **figures), "advance") == {("financing.entry", "has")}


def test_who_does_not_show_up_gets_a_new_time() -> None:
    booked = {"contact": "Ali", "vehicle_of_interest": "a van", "salesperson": "Siv"}
    deal = DEALER.open("D-1", at=AT, facts={**booked, "appointment": AT + timedelta(hours=2)})
    for work in ("first_response", "conversation"):
        deal = DEALER.record(deal, work, at=AT)
    deal = DEALER.advance(deal, at=AT)
    later = AT + timedelta(hours=3)
    deal = DEALER.take(deal, "no_show", at=later)
    assert deal.stage == "enquiry"
    assert [reason.code for reason in DEALER.decide(deal, "advance", at=later).unmet] == ["before"]
    deal = DEALER.learn(deal, {"appointment": later + timedelta(days=1)}, at=later)
    assert DEALER.advance(deal, at=later).stage == "appointment"


@pytest.mark.parametrize("stage", ["vehicle_selection", "test_drive", "negotiation", "financing"])
def test_who_comes_back_another_day_is_the_same_deal(stage: str) -> None:
    deal = DEALER.take(put(DEALER, stage), "return_visit", at=AT + timedelta(days=2))
    assert (deal.id, deal.stage, deal.status) == ("D-1", "visit", "open")
