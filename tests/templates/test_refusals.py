"""The rules of the templates: what they refuse, how they explain it, and what they leave alone."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesprocess import Actor, Deal, Decision, Money, TransitionRefused, templates
from salesprocess.errors import OutOfRange, UnknownRequirement

AT = datetime(2026, 1, 5, 9, tzinfo=UTC)
STARTUP = templates.load("startup")
GENERIC = templates.load("generic")
DESK = Actor("dina", roles={"deal_desk"})


def startup_in(stage: str, **facts: Any) -> Deal:
    """A deal that was put into the stage, with what the way there would have told."""
    deal = STARTUP.open("ACME-1", amount=Money("48000", "EUR"), owner="kari", at=AT, facts=facts)
    return STARTUP.override(deal, stage, at=AT, by="ola", reason="imported") if stage != deal.stage else deal


def codes(decision: Decision) -> list[str]:
    return [reason.code for reason in decision.unmet]


def test_a_sale_is_opened_and_begun_with_no_facts_but_its_source() -> None:
    deal = STARTUP.open("ACME-1", amount=Money("48000", "EUR"), owner="kari", at=AT)
    assert codes(STARTUP.decide(deal, "advance", at=AT)) == ["activity.required", "has"]
    deal = STARTUP.record(deal, "outreach", at=AT, by="kari", key="msg-123")
    deal = STARTUP.learn(deal, {"source": "industry event"}, at=AT)
    deal = STARTUP.amend(deal, amount=Money("52000", "EUR"), expected_close=date(2026, 5, 29), owner="ola", at=AT)
    deal = STARTUP.approve(deal, "discount", role="deal_desk", by=Actor("ola", roles={"manager"}), at=AT)
    deal = STARTUP.note(deal, "asked for a reference", at=AT)
    assert STARTUP.advance(deal, at=AT, by="kari").stage == "first_contact"


def test_a_company_that_is_known_not_to_fit_is_not_pursued() -> None:
    with pytest.raises(TransitionRefused, match="profile_fit is poor, not one of strong, partial"):
        STARTUP.open("ACME-1", at=AT, facts={"profile_fit": "poor"})
    deal = startup_in("prospecting", source="referral")
    deal = STARTUP.record(deal, "outreach", at=AT)
    assert STARTUP.decide(deal, "advance", at=AT)
    deal = STARTUP.learn(deal, {"profile_fit": "poor"}, at=AT)
    assert codes(STARTUP.decide(deal, "advance", at=AT)) == ["one_of"]


@pytest.mark.parametrize("stakeholders", [None, (), ("Marit",), ("Marit", "Jonas"), ("Marit", "Jonas", "Eli")])
def test_no_sale_leaves_the_needs_on_the_word_of_one_person(stakeholders: tuple[str, ...] | None) -> None:
    told: dict[str, Any] = {} if stakeholders is None else {"stakeholders": stakeholders}
    deal = startup_in(
        "needs_assessment", problem="tasks get lost", metrics=("3 h a week",), decision_path="board", **told
    )
    deal = STARTUP.record(deal, "stakeholder_interviews", at=AT)
    decision = STARTUP.decide(deal, "advance", at=AT)
    assert decision.allowed == (len(stakeholders or ()) >= 2)
    assert all(reason.where == "needs_assessment.exit" for reason in decision.unmet)
    if stakeholders == ("Marit",):
        assert [reason.message for reason in decision.unmet] == ["stakeholders has 1 of at least 2 values"]
    if stakeholders is None:
        assert [reason.hint for reason in decision.unmet] == ["make known: stakeholders"]


def ready_to_close(**facts: Any) -> Deal:
    """A deal in negotiation that wants nothing but what the discount asks for."""
    deal = startup_in("negotiation", paper_process="legal, then the board", terms_agreed=True, **facts)
    return STARTUP.record(deal, "order_form", at=AT)


@pytest.mark.parametrize("facts", [{}, {"discount": 0}, {"discount": Decimal("0.00")}], ids=str)
def test_a_sale_without_a_discount_needs_no_approval(facts: dict[str, Any]) -> None:
    assert STARTUP.decide(ready_to_close(**facts), "advance", at=AT).allowed


def test_a_discount_is_approved_by_the_deal_desk_before_the_order_form_counts() -> None:
    deal = ready_to_close(discount=Decimal("12.5"))
    [reason] = STARTUP.decide(deal, "advance", at=AT).unmet
    assert str(reason) == "closing.locked: discount is not approved by deal_desk (ask deal_desk to approve discount)"
    by_manager = STARTUP.approve(deal, "discount", role="manager", by="mona", extra=True, at=AT)
    assert not STARTUP.decide(by_manager, "advance", at=AT)
    assert STARTUP.decide(STARTUP.approve(deal, "discount", role="deal_desk", by=DESK, at=AT), "advance", at=AT)


def test_nobody_approves_the_discount_of_their_own_sale() -> None:
    deal = STARTUP.approve(ready_to_close(discount=10), "discount", role="deal_desk", by="kari", at=AT)
    [reason] = STARTUP.decide(deal, "advance", at=AT).unmet
    assert reason.code == "approved.own"
    assert reason.message == "discount was approved by kari; it takes somebody else than the owner of the deal"
    assert reason.text("nb") == "discount ble godkjent av kari; det må være en annen enn den som eier salget"


@pytest.mark.parametrize("changed", ["discount", "amount"])
def test_an_approval_covers_the_terms_it_was_given_for(changed: str) -> None:
    deal = STARTUP.approve(ready_to_close(discount=10), "discount", role="deal_desk", by=DESK, at=AT)
    if changed == "discount":
        deal = STARTUP.learn(deal, {"discount": 20}, at=AT)
    else:
        deal = STARTUP.amend(deal, amount=Money("30000", "EUR"), at=AT)
    [reason] = STARTUP.decide(deal, "advance", at=AT).unmet
    assert reason.message == f"discount was approved, but {changed} changed since"
    deal = STARTUP.approve(deal, "discount", role="deal_desk", by=DESK, at=AT)
    assert STARTUP.decide(deal, "advance", at=AT)


def test_nobody_approves_the_discount_of_a_sale_and_then_hands_it_on() -> None:
    deal = STARTUP.approve(ready_to_close(discount=10), "discount", role="deal_desk", by="kari", at=AT)
    deal = STARTUP.amend(deal, owner="nils", at=AT)
    assert codes(STARTUP.decide(deal, "advance", at=AT)) == ["approved.own"]


@pytest.mark.parametrize("stage", ["closing", "won"])
def test_no_exception_passes_a_discount_that_nobody_approved(stage: str) -> None:
    deal = ready_to_close(discount=10)
    assert not STARTUP.decide(deal, "advance", at=AT, by="ola").overridable
    with pytest.raises(TransitionRefused, match=f"{stage}.locked: discount is not approved"):
        STARTUP.override(deal, stage, at=AT, by="ola", reason="end of the quarter")
    for reason in STARTUP.decide(deal, "advance", at=AT).unmet:
        with pytest.raises(UnknownRequirement):
            STARTUP.waive(deal, reason.requirement, at=AT, by="ola", reason="end of the quarter")


def test_a_discount_raised_after_the_order_form_keeps_the_sale_from_being_won() -> None:
    deal = startup_in("closing", signatory="Eli", start_date=date(2026, 6, 1))
    deal = STARTUP.record(deal, "signature", at=AT)
    assert STARTUP.decide(deal, "win", at=AT)
    deal = STARTUP.learn(deal, {"discount": 5}, at=AT)
    assert codes(STARTUP.decide(deal, "win", at=AT)) == ["approved"]


@given(
    discount=st.none() | st.decimals(0, 100, places=2),
    approver=st.sampled_from([None, "kari", "dina"]),
    then=st.sampled_from(["nothing", "discount", "amount", "owner"]),
)
def test_a_discount_passes_exactly_when_somebody_else_approved_it_as_it_stands(
    discount: Decimal | None, approver: str | None, then: str
) -> None:
    deal = ready_to_close(**({} if discount is None else {"discount": discount}))
    if approver is not None:
        deal = STARTUP.approve(deal, "discount", role="deal_desk", by=approver, at=AT)
    if then == "discount":
        discount = Decimal(50) if discount != 50 else Decimal(51)
        deal = STARTUP.learn(deal, {"discount": discount}, at=AT)
    elif then == "amount":
        deal = STARTUP.amend(deal, amount=Money("1", "EUR"), at=AT)
    elif then == "owner":
        deal = STARTUP.amend(deal, owner="nils", at=AT)
    covered = then in ("nothing", "owner") and approver == "dina"
    decision = STARTUP.decide(deal, "advance", at=AT)
    assert decision.allowed == (not discount or covered)
    assert all(reason.state == "unmet" for reason in decision.unmet)


@pytest.mark.parametrize("percent", [Decimal(-1), Decimal("100.01"), Decimal("NaN")], ids=str)
def test_a_discount_is_a_percentage(percent: Decimal) -> None:
    with pytest.raises(OutOfRange):
        STARTUP.learn(startup_in("negotiation"), {"discount": percent}, at=AT)


def test_a_concern_that_is_not_answered_keeps_a_sale_from_closing() -> None:
    deal = STARTUP.raise_objection(ready_to_close(), "security", at=AT)
    [reason] = STARTUP.decide(deal, "advance", at=AT).unmet
    assert str(reason) == "closing.entry: open objections: security (resolve them, with how)"
    deal = STARTUP.resolve_objection(deal, deal.objections[0].number, at=AT, how="sent the audit report")
    assert STARTUP.advance(deal, at=AT).stage == "closing"


def test_a_concern_raised_at_the_last_moment_is_answered_before_the_win() -> None:
    deal = startup_in("closing", signatory="Eli", start_date=date(2026, 6, 1))
    deal = STARTUP.raise_objection(STARTUP.record(deal, "signature", at=AT), "price", at=AT)
    assert codes(STARTUP.decide(deal, "win", at=AT)) == ["objections_resolved"]


@pytest.mark.parametrize("stage", ["closing", "won"])
def test_no_seven_stage_sale_closes_over_an_open_concern(stage: str) -> None:
    before = {"closing": "handling_objections", "won": "closing"}[stage]
    deal = GENERIC.open("ACME-1", at=AT, facts={"commitment": True})
    deal = GENERIC.override(deal, before, at=AT, by="ola", reason="imported")
    deal = GENERIC.raise_objection(GENERIC.record(deal, "ask_for_commitment", at=AT), "price", at=AT)
    [reason] = GENERIC.decide(deal, "advance", at=AT).unmet
    assert (reason.code, reason.where) == ("objections_resolved", f"{stage}.entry")


@pytest.mark.parametrize("process", [GENERIC, STARTUP], ids=lambda process: process.name)
@pytest.mark.parametrize("held", [False, True], ids=["open", "on hold"])
def test_a_sale_can_be_lost_from_every_stage_for_every_reason(process: Any, held: bool) -> None:
    for stage in (each.name for each in process.stages if each.kind == "open"):
        deal = process.open("ACME-1", at=AT)
        if stage != deal.stage:
            deal = process.override(deal, stage, at=AT, by="ola", reason="imported")
        if held:
            deal = process.hold(deal, at=AT, until=AT + timedelta(days=30))
        assert [reason.code for reason in process.decide(deal, "lose", at=AT, reason="rain").unmet] == [
            "reason.unknown"
        ]
        for reason in process.stage("lost").reasons:
            lost = process.lose(deal, reason=reason.name, at=AT)
            assert (lost.outcome.reason, lost.outcome.left) == (reason.name, stage)


@pytest.mark.parametrize("way", ["call", "email", "meeting"])
def test_a_first_contact_is_a_call_an_email_or_a_meeting(way: str) -> None:
    deal = GENERIC.open("ACME-1", at=AT, facts={"qualified": True, "contact": "Marit", "fit": True})
    deal = GENERIC.advance(deal, at=AT)
    assert codes(GENERIC.decide(deal, "advance", at=AT)) == ["any_of"]
    assert GENERIC.advance(GENERIC.record(deal, way, at=AT), at=AT).stage == "needs_assessment"


def test_a_customer_without_concerns_goes_past_the_stage_for_them() -> None:
    deal = GENERIC.open("ACME-1", at=AT, facts={"solution": "the small plan", "value": "a day a week"})
    deal = GENERIC.override(deal, "solution_presentation", at=AT, by="ola", reason="imported")
    deal = GENERIC.record(deal, "proposal", at=AT)
    assert GENERIC.decide(deal, "to_closing", at=AT).skipped == ("handling_objections",)
    assert GENERIC.move(deal, "closing", at=AT).stage == "closing"
    deal = GENERIC.raise_objection(deal, "price", at=AT)
    assert codes(GENERIC.decide(deal, "to_closing", at=AT)) == ["objections_resolved"]
    assert GENERIC.advance(deal, at=AT).stage == "handling_objections"
