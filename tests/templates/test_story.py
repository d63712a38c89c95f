"""One sale of the start-up, told from the fair where it began to the year in which it grew."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from salesprocess import Actor, Money, TransitionRefused, replay, templates


def test_a_sale_from_the_fair_to_the_second_team() -> None:
    sale = templates.load("startup")
    dina = Actor("dina", roles={"deal_desk"})
    fair = datetime(2026, 1, 5, 9, tzinfo=UTC)

    def day(number: int) -> datetime:
        return fair + timedelta(days=number)

    deal = sale.open("ACME-1", owner="kari", by="kari", at=fair, facts={"source": "industry event"})
    assert deal.stage == "prospecting"
    assert ("required", "outreach") in [(item.kind, item.subject) for item in sale.agenda(deal, at=fair).items]
    deal = sale.record(deal, "outreach", by="kari", at=day(1))
    deal = sale.advance(deal, by="kari", at=day(4))

    deal = sale.record(deal, "first_call", by="kari", at=day(5))
    deal = sale.learn(
        deal, {"contact": "Marit", "pain": ("poor collaboration",), "next_step": date(2026, 1, 15)}, at=day(5)
    )
    assert [reason.code for reason in sale.decide(deal, "advance", at=day(5)).unmet] == ["done"]
    deal = sale.record(deal, "discovery", by="kari", at=day(10))
    deal = sale.advance(deal, by="kari", at=day(10))

    deal = sale.record(deal, "stakeholder_interviews", by="kari", at=day(14))
    deal = sale.record(deal, "project_manager_interviews", by="kari", at=day(15))
    told = {
        "problem": "tasks get lost between teams",
        "metrics": ("3 hours a week",),
        "decision_path": "head of IT, CFO",
    }
    deal = sale.learn(deal, {**told, "stakeholders": ("Marit",)}, at=day(15))
    with pytest.raises(TransitionRefused, match="stakeholders has 1 of at least 2 values"):
        sale.advance(deal, by="kari", at=day(15))
    deal = sale.learn(deal, {"stakeholders": ("Marit", "Jonas")}, at=day(17))
    deal = sale.advance(deal, by="kari", at=day(17))

    deal = sale.learn(deal, {"use_case": "one board for two teams", "champion": "Jonas"}, at=day(18))
    deal = sale.record(deal, "demo", by="kari", at=day(20))
    deal = sale.learn(deal, {"technical_win": True, "economic_buyer": "the CFO", "pricing_requested": True}, at=day(33))
    deal = sale.advance(deal, by="kari", at=day(33))

    deal = sale.amend(deal, amount=Money("48000", "EUR"), expected_close=date(2026, 3, 20), at=day(34))
    deal = sale.learn(deal, {"recurring_revenue": Money("4000", "EUR"), "term": 12}, at=day(34))
    deal = sale.record(deal, "proposal", by="kari", at=day(34))
    deal = sale.record(deal, "proposal_review", by="kari", at=day(40))
    deal = sale.learn(deal, {"verbal_preference": True}, at=day(41))
    deal = sale.advance(deal, by="kari", at=day(41))
    assert sale.probability(deal).value == 0.75

    deal = sale.raise_objection(deal, "price", text="over the budget of the team", at=day(42))
    deal = sale.learn(deal, {"discount": Decimal(10), "paper_process": "purchasing, then the CFO"}, at=day(44))
    deal = sale.amend(deal, amount=Money("43200", "EUR"), at=day(44))
    deal = sale.learn(deal, {"terms_agreed": True}, at=day(48))
    deal = sale.record(deal, "order_form", by="kari", at=day(48))
    refused = sale.decide(deal, "advance", by="kari", at=day(48))
    assert [(reason.code, reason.locked) for reason in refused.unmet] == [
        ("objections_resolved", False),
        ("approved", True),
    ]
    deal = sale.resolve_objection(deal, deal.objections[0].number, how="ten percent for a year ahead", at=day(49))
    deal = sale.approve(deal, "discount", role="deal_desk", by=dina, at=day(49))
    deal = sale.advance(deal, by="kari", at=day(49))

    deal = sale.learn(deal, {"signatory": "the CFO", "start_date": date(2026, 4, 1)}, at=day(50))
    deal = sale.record(deal, "signature", by="kari", at=day(55))
    deal = sale.win(deal, by="kari", at=day(55))
    assert (deal.status, deal.closed_at, deal.outcome and deal.outcome.left) == ("won", day(55), "closing")

    deal = sale.record(deal, "handover", by="kari", at=day(56))
    deal = sale.advance(deal, by="siri", at=day(60))
    deal = sale.record(deal, "kickoff", by="siri", at=day(86))
    deal = sale.learn(deal, {"time_to_first_value": 12}, reason="first board in use", at=day(98))
    deal = sale.advance(deal, by="siri", at=day(98))
    deal = sale.learn(deal, {"active_users": 40, "satisfaction": 9}, reason="review of the use", at=day(280))
    deal = sale.advance(deal, by="siri", at=day(280))
    deal = sale.record(deal, "renewal_meeting", by="siri", at=day(400))
    with pytest.raises(TransitionRefused, match="not known yet: renewed"):
        sale.advance(deal, by="siri", at=day(400))
    deal = sale.learn(deal, {"renewed": True}, reason="signed for another year", at=day(430))
    deal = sale.advance(deal, by="siri", at=day(430))

    assert (deal.stage, deal.status, deal.closed_at) == ("expansion", "won", day(55))
    assert replay(deal.history) == deal
    assert sale.recheck(deal.history) == ()
    standing = deal.as_of(day(48))
    assert standing is not None
    assert (standing.stage, standing.amount) == ("negotiation", Money("43200", "EUR"))
