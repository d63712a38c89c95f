"""The verbs that keep the record, and the questions that change nothing."""

from __future__ import annotations

import pickle
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from salesprocess import Activity, Actor, Deal, LineItem, Money, Objection, Policy, Process, Stage, replay
from salesprocess import criteria as c
from salesprocess.criteria import Ask
from salesprocess.errors import (
    ActorRequired,
    InvalidProcess,
    KeyConflict,
    NegativeAmount,
    OutOfRange,
    ReasonRequired,
    SeveralErrors,
    UnknownActivity,
    UnknownApproval,
    UnknownFact,
    UnknownObjection,
    UnknownRequirement,
    UnknownRole,
    UnknownStage,
    UnknownSubject,
    UnknownTerm,
    WrongKind,
    WrongProcess,
    WrongStatus,
)
from salesprocess.events import ActivityDone, Held, Noted, ObjectionRaised
from tests.solar import AT, at_stage, solar

LATER = AT + timedelta(days=3)
OLA = Actor("ola", roles={"manager"})


def lost() -> Deal:
    return solar.lose(at_stage("offer"), reason="price", at=AT)


class TestActivities:
    def test_work_of_the_playbook_is_recorded_in_any_stage(self) -> None:
        deal = solar.record(at_stage("lead"), "site_visit", at=LATER, by="kari", happened=AT, text="sunny", key="msg-1")
        event = deal.history[-1]
        assert isinstance(event, ActivityDone)
        assert (event.activity, event.happened, event.extra, event.text) == ("site_visit", AT, False, "sunny")
        assert deal.activities == (event,)

    def test_work_outside_it_is_welcome_and_typos_are_not(self) -> None:
        with pytest.raises(UnknownActivity, match=r"did you mean 'site_visit'.*extra=True"):
            solar.record(at_stage("lead"), "site_visti", at=AT)
        assert solar.record(at_stage("lead"), "cake", at=AT, extra=True).activities[0].extra
        assert not solar.record(at_stage("lead"), "site_visit", at=AT, extra=True).activities[0].extra

    def test_nothing_happens_after_it_is_told(self) -> None:
        with pytest.raises(OutOfRange, match="happened"):
            solar.record(at_stage("lead"), "site_visit", at=AT, happened=LATER)

    def test_notes_and_work_are_always_possible(self) -> None:
        deal = solar.note(lost(), "asked for a reference", at=LATER, happened=AT)
        assert isinstance(deal.history[-1], Noted)
        assert solar.record(deal, "site_visit", at=LATER).revision == deal.revision + 1
        with pytest.raises(OutOfRange):
            solar.note(deal, " ", at=LATER)

    def test_an_activity_of_the_line_counts_once_done_whenever(self) -> None:
        deal = solar.record(at_stage("lead"), "site_visit", at=AT)
        assert solar.advance(solar.advance(deal, at=AT), at=AT).stage == "offer"


class TestFacts:
    def test_facts_are_learnt_replaced_and_forgotten(self) -> None:
        deal = solar.learn(at_stage("lead"), {"seats": 4}, at=AT)
        deal = solar.learn(deal, {"roof_area": 12}, forget=["heritage"], at=AT)
        assert deal.facts == {"seats": 4, "roof_area": 12.0}

    def test_what_changes_nothing_is_not_recorded(self) -> None:
        deal = at_stage("lead")
        assert solar.learn(deal, {"roof_area": 40}, forget=["seats"], at=LATER) is deal
        assert solar.learn(deal, at=LATER) is deal

    def test_everything_wrong_is_told_together(self) -> None:
        with pytest.raises(SeveralErrors) as caught:
            solar.learn(
                at_stage("lead"),
                {"rof_area": 4, "seats": 1.5, "roof_area": 0.1},
                forget=["mars"],
                at=AT.replace(tzinfo=None),
            )
        assert [type(error).__name__ for error in caught.value.exceptions] == [
            "NaiveDatetime",
            "WrongKind",
            "OutOfRange",
            "UnknownFact",
            "UnknownFact",
        ]
        assert "5 things are wrong" in str(caught.value)
        with pytest.raises(WrongKind):
            solar.learn(at_stage("lead"), ["seats"], at=AT)  # type: ignore[arg-type]
        with pytest.raises(OutOfRange, match="forget"):
            solar.learn(at_stage("lead"), {"seats": 3}, forget=["seats"], at=AT)

    def test_unknown_facts_are_named_all_at_once_with_close_names(self) -> None:
        with pytest.raises(UnknownFact, match="'rof_area', 'seat'; did you mean 'roof_area' or 'seats'"):
            solar.learn(at_stage("lead"), {"rof_area": 4, "seat": 1}, at=AT)

    def test_free_facts_take_any_name(self) -> None:
        process = Process("p", stages=[Stage("a"), Stage.won("won"), Stage.lost("lost")], policy=Policy(facts="free"))
        deal = process.learn(process.open("A", at=AT), {"colour": "red", "sizes": (1, 2)}, at=AT)
        assert process.learn(deal, forget=["colour", "never"], at=AT).facts == {"sizes": (1, 2)}

    def test_a_closed_deal_wants_a_reason(self) -> None:
        with pytest.raises(ReasonRequired, match="it is lost"):
            solar.learn(lost(), {"seats": 1}, at=AT)
        assert solar.learn(lost(), {"seats": 1}, reason="post mortem", at=AT).facts["seats"] == 1


class TestTerms:
    def test_terms_are_set_and_cleared(self) -> None:
        deal = solar.amend(
            at_stage("lead"),
            amount=Money("52000", "EUR"),
            expected_close=date(2026, 3, 1),
            probability=1,
            category="commit",
            at=AT,
        )
        assert (deal.amount, deal.expected_close, deal.probability, deal.category, deal.owner) == (
            Money("52000", "EUR"),
            date(2026, 3, 1),
            1.0,
            "commit",
            "kari",
        )
        cleared = solar.amend(deal, owner="ola", clear=("expected_close", "probability"), at=AT)
        assert (cleared.expected_close, cleared.probability, cleared.owner) == (None, None, "ola")

    def test_what_changes_nothing_is_not_recorded(self) -> None:
        deal = at_stage("lead")
        assert solar.amend(deal, owner="kari", clear=["category"], at=LATER) is deal

    def test_wrong_terms_are_told_together(self) -> None:
        with pytest.raises(SeveralErrors) as caught:
            solar.amend(
                at_stage("lead"),
                amount=48000,  # type: ignore[arg-type]
                expected_close=AT,
                owner="",
                probability=float("nan"),
                category="hot",  # type: ignore[arg-type]
                clear=["colour"],
                at=AT,
            )
        assert [type(error).__name__ for error in caught.value.exceptions] == [
            "WrongKind",
            "WrongKind",
            "OutOfRange",
            "OutOfRange",
            "OutOfRange",
            "UnknownTerm",
        ]

    def test_single_faults_keep_their_class(self) -> None:
        deal = at_stage("lead")
        with pytest.raises(NegativeAmount):
            solar.amend(deal, amount=Money(-1, "EUR"), at=AT)
        with pytest.raises(WrongKind):
            solar.amend(deal, probability=True, at=AT)
        with pytest.raises(WrongKind):
            solar.amend(deal, owner=5, at=AT)  # type: ignore[arg-type]
        with pytest.raises(UnknownTerm, match="did you mean 'owner'"):
            solar.amend(deal, clear=["ower"], at=AT)
        with pytest.raises(OutOfRange):
            solar.amend(deal, owner="ola", clear=["owner"], at=AT)
        with pytest.raises(ReasonRequired):
            solar.amend(lost(), owner="ola", at=AT)


class TestApprovals:
    def test_an_approval_has_an_actor_and_can_be_withdrawn(self) -> None:
        deal = solar.approve(at_stage("lead"), "discount", role="deal_desk", by=OLA, at=AT)
        deal = solar.approve(deal, "discount", role="board", by=OLA, extra=True, at=AT)
        assert [(each.subject, each.role) for each in deal.approvals] == [
            ("discount", "deal_desk"),
            ("discount", "board"),
        ]
        one = solar.withdraw_approval(deal, "discount", role="board", at=AT)
        assert [each.role for each in one.approvals] == ["deal_desk"]
        assert solar.withdraw_approval(deal, "discount", at=AT).approvals == ()
        with pytest.raises(UnknownApproval):
            solar.withdraw_approval(one, "discount", role="board", at=AT)
        with pytest.raises(ActorRequired):
            solar.approve(deal, "discount", by=None, at=AT)
        with pytest.raises(WrongKind):
            solar.approve(deal, "discount", role=5, by=OLA, at=AT)  # type: ignore[arg-type]

    def test_only_what_a_criterion_asks_for_is_approved_unless_it_is_meant(self) -> None:
        deal = at_stage("lead")
        with pytest.raises(UnknownSubject, match=r"did you mean 'discount'\? .*extra=True") as unknown:
            solar.approve(deal, "discont", by=OLA, at=AT)
        assert unknown.value.known == ("discount", "fast")
        assert solar.approve(deal, "party", by=OLA, extra=True, at=AT).approvals[-1].subject == "party"
        with pytest.raises(SeveralErrors) as several:
            solar.approve(deal, "discont", by=None, role=5, at=AT)  # type: ignore[arg-type]
        assert [type(each) for each in several.value.exceptions] == [ActorRequired, UnknownSubject, WrongKind]

    def test_an_approval_is_given_in_a_role_that_is_asked_for_unless_it_is_meant(self) -> None:
        deal = at_stage("lead")
        with pytest.raises(UnknownRole, match=r"did you mean 'deal_desk'\? .*extra=True") as unknown:
            solar.approve(deal, "discount", role="dealdesk", by=OLA, at=AT)
        assert unknown.value.known == ("deal_desk",)
        with pytest.raises(UnknownRole, match="known: deal_desk"):  # a role of another approval
            solar.approve(deal, "discount", role="manager", by=OLA, at=AT)
        assert solar.approve(deal, "discount", role="board", by=OLA, extra=True, at=AT).approvals[-1].role == "board"
        assert solar.approve(deal, "discount", by=OLA, at=AT).approvals[-1].role is None
        more = solar.revise(add={"offer.exit": [c.approvals_at_least("discount", 2, role="board")]})
        both = more.approve(more.open("d", at=AT), "discount", role="board", by=OLA, at=AT)
        assert more.approve(both, "discount", role="deal_desk", by=OLA, at=AT).approvals[-1].role == "deal_desk"
        anybody = solar.revise(add={"offer.exit": [c.any_of(c.has("seats"), c.approved("discount"))]})
        anything = anybody.approve(anybody.open("d", at=AT), "discount", role="board", by=OLA, at=AT)
        assert anything.approvals[-1].role == "board"

    def test_what_a_rule_of_a_user_means_by_a_role_is_for_the_rule_to_say(self) -> None:
        @c.criterion("by_any", "{what} is approved by none of {role}", names={"what": "approval"})
        def by_any(deal: Deal, ask: Ask, what: str, role: tuple[str, ...]) -> bool:
            return any(each.subject == what and each.role in role for each in deal.approvals)

        own = solar.revise(add={"offer.exit": [by_any("terms", ("legal", "board"))]})
        deal = own.approve(own.open("d", at=AT), "terms", role="legal", by=OLA, at=AT)
        assert deal.approvals[-1].role == "legal"

    def test_a_rule_of_a_user_says_what_it_wants_to_be_approved(self) -> None:
        @c.criterion("seconded", "nobody seconds {what}", names={"what": "approval"})
        def seconded(deal: Deal, ask: Ask, what: str) -> bool:
            return any(each.subject == what for each in deal.approvals)

        own = solar.revise(add={"offer.exit": [c.any_of(c.has("seats"), seconded("terms"))]})
        deal = own.approve(own.open("d", at=AT), "terms", by=OLA, at=AT)
        assert deal.approvals[-1].subject == "terms"


class TestObjections:
    def test_an_objection_is_a_record_in_any_stage(self) -> None:
        deal = solar.raise_objection(at_stage("lead"), "price", text="too much", at=AT)
        number = deal.revision
        assert isinstance(deal.history[-1], ObjectionRaised)
        deal = solar.raise_objection(deal, "timing", at=AT)
        deal = solar.resolve_objection(deal, number, how="payment plan", at=LATER)
        assert deal.objections[0] == Objection(number, "price", "too much", AT, LATER, "payment plan")
        assert deal.objections[1].resolved_at is None
        with pytest.raises(UnknownObjection, match=str(number)):
            solar.resolve_objection(deal, number, at=LATER)


class TestWaivers:
    def test_one_requirement_is_lifted_for_one_deal_by_its_name(self) -> None:
        deal = at_stage("site_survey")
        reason = solar.decide(deal, "advance", at=AT).unmet[0]
        waived = solar.waive(deal, reason.requirement, by=OLA, reason="satellite image", at=AT)
        assert solar.advance(waived, at=AT).stage == "offer"
        assert waived.waived == {reason.requirement}
        with pytest.raises(UnknownRequirement):
            solar.waive(deal, "signed.locked:approved", by=OLA, reason="so", at=AT)
        with pytest.raises(ReasonRequired):
            solar.waive(deal, reason.requirement, by=OLA, reason="", at=AT)

    def test_locked_criteria_cannot_be_waived(self) -> None:
        big = at_stage("offer", amount=Money(10**6, "EUR"))
        assert [reason.requirement for reason in solar.decide(big, "win", at=AT).unmet] == [""]


class TestHolding:
    def test_a_held_deal_waits_and_does_not_age(self) -> None:
        deal = solar.hold(at_stage("offer"), at=AT + timedelta(days=1), until=AT + timedelta(days=9), reason="holiday")
        assert deal.status == "on_hold"
        assert deal.held == Held(
            deal="ACME-1",
            revision=deal.revision,
            at=AT + timedelta(days=1),
            until=AT + timedelta(days=9),
            reason="holiday",
        )
        deal = solar.resume(deal, at=AT + timedelta(days=4))
        assert (deal.status, deal.held, deal.stage_age(AT + timedelta(days=5))) == ("open", None, timedelta(days=2))

    def test_only_open_deals_are_held_and_only_held_ones_resume(self) -> None:
        held = solar.hold(at_stage("offer"), at=AT)
        for verb, deal in ((solar.hold, held), (solar.hold, lost()), (solar.resume, at_stage("offer"))):
            with pytest.raises(WrongStatus):
                verb(deal, at=AT)
        with pytest.raises(OutOfRange, match="until"):
            solar.hold(at_stage("offer"), at=AT, until=AT)

    def test_the_record_goes_on(self) -> None:
        held = solar.hold(at_stage("offer"), at=AT)
        assert solar.amend(solar.learn(held, {"seats": 3}, at=AT), owner="ola", at=AT).status == "on_hold"


class TestIdempotency:
    def test_a_late_retry_of_what_changed_nothing_undoes_nothing(self) -> None:
        for begun, status in ((at_stage("offer"), "open"), (lost(), "lost")):
            deal = solar.learn(begun, {"seats": 4}, at=AT, reason="a call")
            told = solar.amend(deal, owner="ola", at=AT, reason="holiday")
            again = solar.learn(told, {"seats": 4}, at=AT, key="l")
            again = solar.amend(again, owner="ola", at=AT, key="a")
            assert (again.revision, again.facts, again.terms) == (told.revision + 2, told.facts, told.terms)
            later = solar.learn(again, {"seats": 7}, at=AT, reason="they grow")
            later = solar.amend(later, owner="kari", at=AT, reason="back")
            assert solar.learn(later, {"seats": 4}, at=AT, key="l") is later
            assert solar.amend(later, owner="ola", at=AT, key="a") is later
            assert (later.facts["seats"], later.owner, later.status) == (7, "kari", status)
            with pytest.raises(KeyConflict):
                solar.learn(later, {"seats": 5}, at=AT, key="l")

    def test_the_same_object_comes_back_whatever_the_status_or_time(self) -> None:
        deal = at_stage("offer")
        deal = solar.record(deal, "site_visit", at=AT, key="r")
        deal = solar.learn(deal, {"seats": 4}, at=AT, key="l")
        deal = solar.amend(deal, owner="ola", at=AT, key="a")
        deal = solar.approve(deal, "discount", by=OLA, at=AT, key="p")
        deal = solar.withdraw_approval(deal, "discount", at=AT, key="w")
        deal = solar.raise_objection(deal, "price", at=AT, key="o")
        number = deal.revision
        deal = solar.resolve_objection(deal, number, at=AT, key="s")
        deal = solar.hold(deal, at=AT, key="h")
        deal = solar.resume(deal, at=AT, key="u")
        deal = solar.lose(deal, reason="price", at=LATER)
        early = AT - timedelta(days=99)
        assert solar.record(deal, "site_visit", at=early, key="r") is deal
        assert solar.learn(deal, {"seats": 4}, at=early, key="l") is deal
        assert solar.amend(deal, owner="ola", at=early, key="a") is deal
        assert solar.approve(deal, "discount", by=OLA, at=early, key="p") is deal
        assert solar.withdraw_approval(deal, "discount", at=early, key="w") is deal
        assert solar.raise_objection(deal, "price", at=early, key="o") is deal
        assert solar.resolve_objection(deal, number, at=early, key="s") is deal
        assert solar.hold(deal, at=early, key="h") is deal
        assert solar.resume(deal, at=early, key="u") is deal

    def test_other_content_is_a_conflict(self) -> None:
        deal = solar.record(at_stage("lead"), "site_visit", at=AT, key="k")
        with pytest.raises(KeyConflict, match="activity_done"):
            solar.record(deal, "shade_analysis", at=AT, key="k")
        with pytest.raises(KeyConflict):
            solar.learn(deal, {"seats": 4}, at=AT, key="k")


class TestQuestions:
    def test_probability_and_category_tell_their_source(self) -> None:
        deal = at_stage("offer")
        assert (solar.probability(deal).value, solar.probability(deal).source) == (0.55, "stage")
        assert (solar.category(deal).value, solar.category(deal).source) == ("best_case", "stage")
        manual = solar.advance(solar.amend(deal, probability=0.9, category="pipeline", at=AT), at=AT)
        assert (solar.probability(manual).value, solar.probability(manual).source) == (0.9, "manual")
        assert (solar.category(manual).value, solar.category(manual).source) == ("pipeline", "manual")
        won, gone = solar.win(manual, at=AT), solar.lose(manual, reason="price", at=AT)
        assert [(solar.probability(each).value, solar.category(each).value) for each in (won, gone)] == [
            (1.0, "closed"),
            (0.0, "omitted"),
        ]
        assert solar.probability(won).source == solar.category(gone).source == "closed"

    def test_a_stage_is_found_by_name(self) -> None:
        assert solar.stage("offer").label == "Offer"
        with pytest.raises(UnknownStage):
            solar.stage("mars")

    def test_the_machine_inside_is_a_real_one(self) -> None:
        assert set(solar.machine.states) == {stage.name for stage in solar.stages}
        assert "advance" in solar.machine.events


class TestTheAgenda:
    def test_what_is_overdue_comes_first_and_says_why(self) -> None:
        deal = solar.amend(at_stage("site_survey"), expected_close=date(2026, 2, 1), at=AT)
        deal = solar.raise_objection(solar.learn(deal, forget=["roof_area"], at=AT), "price", at=AT)
        agenda = solar.agenda(deal, at=AT + timedelta(days=9))
        assert [(item.kind, item.subject) for item in agenda.items] == [
            ("overdue", "site_survey"),
            ("due", "expected_close"),
            ("required", "site_visit"),
            ("blocked", "site_survey.exit:has(roof_area)"),
            ("objection", "price"),
            ("recommended", "shade_analysis"),
        ]
        assert agenda.needs_attention
        assert "typical is 7 days" in str(agenda)
        assert agenda.next_due == datetime(2026, 2, 2, tzinfo=UTC)
        assert agenda.items[3].reason is not None

    def test_the_close_day_ends_in_the_zone_that_is_passed_in(self) -> None:
        deal = solar.amend(at_stage("lead"), expected_close=date(2026, 2, 1), at=AT)
        agenda = solar.agenda(deal, at=AT, tz=ZoneInfo("Europe/Oslo"))
        assert agenda.next_due == datetime(2026, 2, 1, 23, tzinfo=UTC)

    def test_done_work_and_time_on_hold_leave_it(self) -> None:
        deal = solar.record(at_stage("site_survey"), "site_visit", at=AT)
        held = solar.hold(deal, at=AT, until=LATER)
        agenda = solar.agenda(held, at=LATER + timedelta(days=30))
        assert [(item.kind, item.subject) for item in agenda.items] == [("overdue", "look_again")]
        assert agenda.next_due is None
        assert not solar.agenda(solar.hold(deal, at=AT), at=LATER).needs_attention

    def test_first_responses_have_a_time(self) -> None:
        process = Process(
            "car",
            stages=[
                Stage("enquiry", activities=[Activity("response", required=True, within=timedelta(minutes=10))]),
                Stage.won("won"),
                Stage.lost("lost"),
            ],
        )
        deal = process.open("A", at=AT)
        assert process.agenda(deal, at=AT).next_due == AT + timedelta(minutes=10)
        late = process.agenda(deal, at=AT + timedelta(minutes=11))
        assert [(item.kind, item.why) for item in late.items if item.due] == [
            ("overdue", "response is required in enquiry, within 10 minutes")
        ]
        lost_deal = process.lose(deal, at=AT)
        assert process.agenda(lost_deal, at=AT).items == ()

    @pytest.mark.parametrize(
        ("span", "words"),
        [(timedelta(seconds=30), "30 seconds"), (timedelta(hours=1), "1 hour"), (timedelta(days=2), "2 days")],
    )
    def test_durations_read_well(self, span: timedelta, words: str) -> None:
        process = Process("p", stages=[Stage("a", typical_duration=span), Stage.won("won"), Stage.lost("lost")])
        agenda = process.agenda(process.open("A", at=AT), at=AT + timedelta(days=9))
        assert f"typical is {words}" in str(agenda)


def test_a_process_pickles_with_everything_it_decides() -> None:
    again = pickle.loads(pickle.dumps(solar))
    assert again == solar
    assert hash(again) == hash(solar)
    assert again.advance(at_stage("lead"), at=AT) == solar.advance(at_stage("lead"), at=AT)
    assert "lead → site_survey" in repr(again)


def test_defaults_are_made_when_they_are_needed() -> None:
    with pytest.raises(InvalidProcess):
        Process("p", stages=[])
    assert (
        Process("p", stages=[Stage("a", exit=[c.objections_resolved()]), Stage.won("w"), Stage.lost("l")]).version == 1
    )


def test_replaying_what_the_verbs_recorded_gives_the_deal() -> None:
    deal = solar.note(
        solar.waive(lost(), next(iter(solar.engine.requirements)), by=OLA, reason="so", at=AT), "x", at=AT
    )
    assert replay(deal.history) == deal


def test_texts_are_texts() -> None:
    for verb in (
        lambda: solar.record(at_stage("lead"), "site_visit", at=AT, text=5),  # type: ignore[arg-type]
        lambda: solar.approve(at_stage("lead"), "discount", by=OLA, at=AT, reason=5),  # type: ignore[arg-type]
        lambda: solar.note(at_stage("lead"), "x", at=AT, key=5),  # type: ignore[arg-type]
    ):
        with pytest.raises(WrongKind):
            verb()


class TestKeysBeforeConditions:
    """What was recorded once is told again whatever has happened since; only what is new must be possible now."""

    def test_a_hold_is_told_again_after_its_end(self) -> None:
        held = solar.hold(at_stage("offer"), at=AT, until=LATER, key="h")
        assert solar.hold(held, at=LATER + timedelta(days=1), until=LATER, key="h") is held

    def test_work_is_told_again_by_a_clock_that_is_behind(self) -> None:
        deal = solar.record(at_stage("lead"), "site_visit", at=LATER, happened=AT, key="r")
        assert solar.record(deal, "site_visit", at=AT - timedelta(days=9), happened=AT, key="r") is deal

    def test_terms_are_told_again_when_others_would_no_longer_fit_them(self) -> None:
        deal = solar.amend(at_stage("lead"), amount=Money(100, "EUR"), at=AT, key="a")
        deal = solar.amend(deal, items=[LineItem("kit", Money(300, "EUR"))], at=AT)
        assert solar.amend(deal, amount=Money(100, "EUR"), at=AT, key="a") is deal

    def test_a_win_past_a_stage_is_no_advance(self) -> None:
        won = solar.win(at_stage("offer"), at=AT, key="k")
        with pytest.raises(KeyConflict):
            solar.advance(won, at=AT, key="k")


def test_the_probability_comes_from_the_first_source_that_has_one() -> None:
    deal = at_stage("offer")
    manual = solar.amend(deal, probability=0.9, at=AT)
    won = solar.win(manual, at=AT)
    sources = [
        solar.probability(won, model=0.4, history=0.3),
        solar.probability(manual, model=0.4, history=0.3),
        solar.probability(deal, model=0.4, history=0.3),
        solar.probability(deal, history=0.3),
        solar.probability(deal),
    ]
    assert [(each.value, each.source) for each in sources] == [
        (1.0, "closed"),
        (0.9, "manual"),
        (0.4, "model"),
        (0.3, "history"),
        (0.55, "stage"),
    ]
    with pytest.raises(OutOfRange, match="model"):
        solar.probability(deal, model=1.5)
    with pytest.raises(SeveralErrors) as several:
        solar.probability(deal, model=1.5, history=-0.1)
    assert [str(error).split()[0] for error in several.value.exceptions] == ["model", "history"]
    with pytest.raises(WrongProcess):
        solar.revise().probability(deal)


def test_one_value_makes_a_gate_of_a_guide() -> None:
    gate = solar.revise(policy=Policy(skip="never", back="never", reopen="never", override="never"))
    guide = solar.revise(policy=Policy(skip="any", back="any", win="any", facts="free"))
    for process, kinds in ((gate, {"advance", "lose"}), (guide, {"advance", "win", "move", "back", "lose"})):
        deal = process.record(at_stage("site_survey", process), "site_visit", at=AT)
        assert {option.kind for option in process.options(deal, at=AT) if option.allowed} == kinds
