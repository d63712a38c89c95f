"""The verbs that move a deal, decision by decision."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import attrs
import pytest

from salesprocess import (
    Actor,
    Deal,
    Money,
    Policy,
    Process,
    Stage,
    Transition,
    TransitionRefused,
    evolve,
    replay,
)
from salesprocess import criteria as c
from salesprocess.errors import (
    ActorRequired,
    BackwardTime,
    CriterionFault,
    KeyConflict,
    NaiveDatetime,
    OutOfRange,
    ReasonRequired,
    SeveralErrors,
    UnknownStage,
    UnknownTransition,
    WrongKind,
    WrongProcess,
)
from salesprocess.events import Entered, Opened
from tests.solar import AT, at_stage, solar

LATER = AT + timedelta(days=3)
OLA = Actor("ola", roles={"manager"})


def last_move(deal: Deal) -> Entered:
    event = deal.history[-1]
    assert isinstance(event, Entered)
    return event


def codes(refused: pytest.ExceptionInfo[TransitionRefused]) -> list[str]:
    return [reason.code for reason in refused.value.reasons]


class TestOpening:
    def test_a_deal_begins_in_the_first_stage_with_what_is_known(self) -> None:
        deal = solar.open("ACME-1", amount=Money("48000", "EUR"), owner="kari", at=AT, by="kari", key="k1")
        assert (deal.stage, deal.status, deal.owner, deal.revision) == ("lead", "open", "kari", 1)
        opened = deal.history[0]
        assert isinstance(opened, Opened)
        assert (opened.process, opened.version, opened.key, opened.by) == ("solar-installer", 1, "k1", Actor("kari"))

    def test_it_may_begin_later_when_the_entry_criteria_hold(self) -> None:
        deal = solar.open("B", at=AT, stage="offer", amount=Money("5000", "EUR"))
        assert deal.stage == "offer"
        with pytest.raises(TransitionRefused) as refused:
            solar.open("B", at=AT, stage="offer", amount=Money("500", "EUR"))
        assert codes(refused) == ["amount_at_least"]
        assert refused.value.stage is None
        assert "deal 'B': open is refused" in str(refused.value)

    def test_it_goes_past_a_first_stage_that_does_not_apply(self) -> None:
        process = Process(
            "p",
            stages=[
                Stage("tender", when=c.has("tender")),
                Stage("talk", when=c.equals("public", True)),
                Stage("end"),
                Stage.won("won"),
                Stage.lost("lost"),
            ],
            policy=Policy(facts="free"),
        )
        assert process.open("A", at=AT, facts={"public": False}).stage == "end"
        assert process.open("A", at=AT, facts={"tender": 1}).stage == "tender"
        with pytest.raises(TransitionRefused) as refused:
            process.open("A", at=AT)
        assert codes(refused) == ["route.undecided"]
        with pytest.raises(TransitionRefused) as refused:
            process.open("A", at=AT, stage="tender")
        assert codes(refused) == ["has"]

    def test_closed_stages_do_not_open_deals(self) -> None:
        with pytest.raises(OutOfRange, match="an open stage: lead, site_survey"):
            solar.open("A", at=AT, stage="signed")

    def test_everything_wrong_with_the_arguments_is_told_together(self) -> None:
        with pytest.raises(SeveralErrors) as caught:
            solar.open(
                "",
                at=AT.replace(tzinfo=None),
                amount=Money(-1, "EUR"),
                probability=1.5,
                facts={"rof_area": 4, "seats": "many"},
                stage="mars",
                by=5,  # type: ignore[arg-type]
            )
        assert [type(error).__name__ for error in caught.value.exceptions] == [
            "OutOfRange",
            "NaiveDatetime",
            "NegativeAmount",
            "OutOfRange",
            "WrongKind",
            "UnknownFact",
            "WrongKind",
            "UnknownStage",
        ]


class TestAdvancing:
    def test_a_conditional_stage_is_entered_only_when_it_applies(self) -> None:
        deal = at_stage("site_survey")
        deal = solar.record(deal, "site_visit", at=AT)
        assert solar.advance(deal, at=AT).stage == "offer"
        listed = solar.learn(deal, {"heritage": True}, at=AT)
        assert solar.advance(listed, at=AT).stage == "heritage_permit"

    def test_an_unknown_condition_refuses_and_says_what_is_missing(self) -> None:
        deal = solar.learn(at_stage("site_survey"), forget=["heritage", "roof_area"], at=AT)
        decision = solar.decide(deal, "advance", at=AT)
        assert [reason.code for reason in decision.unmet] == ["activity.required", "has", "route.undecided"]
        assert decision.destination is None
        assert decision.unmet[-1].parameters["missing"] == ("heritage",)
        assert "heritage" in decision.unmet[-1].hint

    def test_a_refusal_tells_every_reason_and_what_is_possible_and_changes_nothing(self) -> None:
        deal = solar.amend(at_stage("site_survey"), amount=Money("500", "EUR"), at=AT)
        deal = solar.learn(deal, forget=["roof_area"], at=AT)
        before = deal.history
        with pytest.raises(TransitionRefused) as refused:
            solar.advance(deal, at=AT, by="kari")
        assert codes(refused) == ["activity.required", "has", "amount_at_least"]
        assert [reason.where for reason in refused.value.reasons] == [
            "site_survey.activities",
            "site_survey.exit",
            "offer.entry",
        ]
        assert refused.value.possible == ("to_lead", "lose")
        text = str(refused.value)
        for part in (
            "'ACME-1'",
            "'site_survey'",
            "site_visit",
            "roof_area",
            "500 EUR is below 1000 EUR",
            "to_lead, lose",
        ):
            assert part in text
        assert deal.history is before

    def test_from_the_last_stage_advance_is_the_win(self) -> None:
        won = solar.advance(at_stage("financing"), at=AT)
        assert (won.status, last_move(won).transition) == ("won", "win")

    def test_it_goes_on_through_the_stages_after_the_sale_and_ends_there(self) -> None:
        deal = at_stage("maintenance")
        assert deal.status == "won"
        assert deal.outcome is not None
        assert deal.outcome.left == "financing"
        with pytest.raises(TransitionRefused) as refused:
            solar.advance(deal, at=AT)
        assert codes(refused) == ["not_from_here"]

    def test_time_may_stand_still_and_lag_a_little_but_not_run_backwards(self) -> None:
        deal = solar.advance(at_stage("lead"), at=AT)
        lagging = solar.note(deal, "hm", at=AT - timedelta(seconds=1))
        assert lagging.updated_at == AT
        with pytest.raises(BackwardTime, match="happened="):
            solar.note(deal, "hm", at=AT - timedelta(seconds=1, microseconds=1))
        with pytest.raises(NaiveDatetime):
            solar.decide(deal, "advance", at=AT.replace(tzinfo=None))

    def test_a_deal_of_another_version_is_refused_with_both_names(self) -> None:
        other = solar.revise()
        with pytest.raises(WrongProcess, match=r"version 1, not 'solar-installer' version 2"):
            other.advance(at_stage("lead"), at=AT)
        with pytest.raises(SeveralErrors) as caught:
            other.advance(at_stage("lead"), at=AT.replace(tzinfo=None))
        assert {type(error) for error in caught.value.exceptions} == {WrongProcess, NaiveDatetime}


class TestForwardAndBack:
    def test_only_optional_and_inapplicable_stages_are_skipped(self) -> None:
        deal = at_stage("offer")
        won = solar.win(deal, at=AT)
        assert last_move(won).skipped == ("financing",)
        with pytest.raises(TransitionRefused) as refused:
            solar.move(at_stage("lead"), "offer", at=AT)
        assert codes(refused) == ["not_forward"]
        assert refused.value.reasons[0].parameters["between"] == ("site_survey", "heritage_permit")

    def test_a_stage_that_applies_is_not_skipped(self) -> None:
        deal = solar.learn(solar.record(at_stage("site_survey"), "site_visit", at=AT), {"heritage": True}, at=AT)
        assert [r.code for r in solar.decide(deal, "to_offer", at=AT).unmet] == ["stage.applies"]

    def test_winning_wants_every_applicable_conditional_stage_to_have_been_visited(self) -> None:
        deal = solar.learn(at_stage("offer"), {"heritage": True}, at=AT)
        decision = solar.decide(deal, "win", at=AT)
        assert [reason.code for reason in decision.unmet] == ["stage.not_visited"]
        deal = solar.move(solar.move(deal, "heritage_permit", at=AT), "offer", at=AT)
        assert solar.decide(deal, "win", at=AT)

    def test_going_back_checks_nothing(self) -> None:
        deal = solar.move(at_stage("offer"), "lead", at=AT)
        assert (deal.stage, last_move(deal).transition, last_move(deal).skipped) == ("lead", "to_lead", ())

    def test_the_stage_it_is_in_is_no_destination(self) -> None:
        with pytest.raises(TransitionRefused) as refused:
            solar.move(at_stage("offer"), "offer", at=AT)
        assert codes(refused) == ["already_there"]

    @pytest.mark.parametrize(
        ("back", "reachable"), [("never", set()), ("previous", {"site_survey"}), ("any", {"lead", "site_survey"})]
    )
    def test_the_policy_says_how_far_back(self, back: str, reachable: set[str]) -> None:
        process = solar.revise(policy=Policy(back=back))  # type: ignore[arg-type]
        options = process.options(at_stage("offer", process), at=AT)
        assert {option.destination for option in options if option.kind == "back"} == reachable
        if back == "never":
            assert [r.code for r in process.decide(at_stage("offer", process), "to_lead", at=AT).unmet] == ["not_back"]

    @pytest.mark.parametrize(
        ("skip", "stages"),
        [("never", set()), ("optional", set()), ("any", {"offer", "heritage_permit", "financing"})],
    )
    def test_the_policy_says_what_may_be_skipped(self, skip: str, stages: set[str]) -> None:
        process = solar.revise(policy=Policy(skip=skip))  # type: ignore[arg-type]
        deal = process.learn(at_stage("lead", process), {"heritage": True}, at=AT)
        assert {option.destination for option in process.options(deal, at=AT) if option.kind == "move"} == stages
        if skip == "any":
            moved = process.move(deal, "financing", at=AT)
            assert last_move(moved).skipped == ("site_survey", "heritage_permit", "offer")

    @pytest.mark.parametrize(
        ("win", "stages"),
        [
            ("any", ["lead", "site_survey", "offer", "financing"]),
            ("end", ["offer", "financing"]),
            (("lead",), ["lead"]),
        ],
    )
    def test_the_policy_says_where_deals_are_won(self, win: Any, stages: list[str]) -> None:
        process = solar.revise(policy=Policy(win=win))
        found = []
        for stage in ("lead", "site_survey", "offer", "financing"):
            deal = at_stage(stage, process) if win != ("lead",) or stage != "financing" else at_stage("offer", process)
            if any(option.kind == "win" for option in process.options(deal, at=AT)):
                found.append(stage)
        assert found == stages


class TestClosing:
    def test_losing_wants_a_reason_that_the_process_knows(self) -> None:
        deal = at_stage("offer")
        lost = solar.lose(deal, reason="price", at=AT)
        assert (lost.status, lost.stage, lost.outcome and lost.outcome.reason) == ("lost", "lost", "price")
        for reason, code in ((None, "reason.missing"), ("prize", "reason.unknown")):
            with pytest.raises(TransitionRefused) as refused:
                solar.lose(deal, reason=reason, at=AT)
            assert codes(refused) == [code]
            assert refused.value.decision.choices == ("price", "roof", "duplicate")
            assert "price, roof, duplicate" in str(refused.value)

    def test_without_reasons_any_text_or_none_will_do(self) -> None:
        process = Process("p", stages=[Stage("lead"), Stage.won("won"), Stage.lost("lost")])
        deal = process.open("A", at=AT)
        assert process.lose(deal, at=AT).outcome == process.lose(deal, at=AT).outcome
        assert process.lose(deal, at=AT, reason="they moved").status == "lost"

    def test_an_option_takes_its_inputs_for_granted_and_names_them(self) -> None:
        lose = next(option for option in solar.options(at_stage("offer"), at=AT) if option.kind == "lose")
        assert (lose.allowed, lose.needs, lose.choices) == (True, ("reason",), ("price", "roof", "duplicate"))

    def test_a_locked_criterion_holds_and_forgets_no_change(self) -> None:
        deal = at_stage("offer", amount=Money("120000", "EUR"))
        assert [reason.code for reason in solar.decide(deal, "win", at=AT).unmet] == ["approved"]
        own = solar.approve(deal, "discount", role="deal_desk", by="kari", at=AT)
        assert [reason.code for reason in solar.decide(own, "win", at=AT).unmet] == ["approved.own"]
        approved = solar.approve(deal, "discount", role="deal_desk", by=OLA, at=AT)
        assert solar.win(approved, at=AT).status == "won"
        changed = solar.amend(approved, amount=Money("130000", "EUR"), at=AT)
        assert [reason.code for reason in solar.decide(changed, "win", at=AT).unmet] == ["approved.changed"]

    def test_reopening_returns_to_the_stage_it_left_and_its_age_starts_anew(self) -> None:
        for closed in (
            solar.lose(at_stage("offer"), reason="price", at=AT),
            solar.win(at_stage("offer"), at=AT),
            solar.advance(solar.win(at_stage("offer"), at=AT), at=AT),
        ):
            again = solar.reopen(closed, at=LATER)
            assert (again.stage, again.status, again.outcome) == ("offer", "open", None)
            assert again.stage_age(LATER) == timedelta(0)

    def test_a_deal_lost_after_the_sale_is_won_again_in_the_stage_it_left(self) -> None:
        churning = solar.revise(
            transitions=[Transition("cancel", "signed", "lost"), Transition("churn", "maintenance", "lost")]
        )
        sold = churning.win(at_stage("offer", churning), at=AT)
        serviced = churning.advance(churning.advance(sold, at=AT), at=AT)
        for before, name in ((sold, "cancel"), (serviced, "churn")):
            lost = churning.take(before, name, reason="price", at=LATER)
            assert [option.name for option in churning.options(lost, at=LATER)] == ["reopen"]
            again = churning.reopen(lost, at=LATER)
            assert (again.stage, again.status) == (before.stage, "won")
            assert again.outcome == before.outcome
            assert churning.reopen(again, at=LATER).stage == "offer"
            assert replay(again.history) == again

    def test_a_won_stage_that_was_left_is_entered_again_without_its_locks(self) -> None:
        churning = solar.revise(transitions=[Transition("cancel", "signed", "lost")])
        large = at_stage("offer", churning, amount=Money("120000", "EUR"))
        sold = churning.win(churning.approve(large, "discount", role="deal_desk", by=OLA, at=AT), at=AT)
        lost = churning.take(churning.withdraw_approval(sold, "discount", at=AT), "cancel", reason="roof", at=AT)
        assert churning.reopen(lost, at=AT).stage == "signed"

    def test_reopening_may_go_elsewhere_or_nowhere(self) -> None:
        process = solar.revise(policy=Policy(reopen="lead"))
        assert process.reopen(process.lose(at_stage("offer", process), reason="price", at=AT), at=AT).stage == "lead"
        process = solar.revise(policy=Policy(reopen="never"))
        with pytest.raises(TransitionRefused) as refused:
            process.reopen(process.lose(at_stage("offer", process), reason="price", at=AT), at=AT)
        assert codes(refused) == ["not_from_here"]

    def test_a_deal_whose_way_is_not_on_record_cannot_return(self) -> None:
        opened = at_stage("lead").history[0]
        lost = replay(
            [
                opened,
                Entered(
                    deal="ACME-1",
                    revision=2,
                    at=AT,
                    transition="imported",
                    source=None,
                    destination="lost",
                    status="lost",
                ),
            ]
        )
        assert [reason.code for reason in solar.decide(lost, "reopen", at=AT).unmet] == ["not_placed"]
        assert all(option.kind != "reopen" for option in solar.options(lost, at=AT))

    def test_a_closed_deal_that_is_moved_elsewhere_is_told_where_reopening_leads(self) -> None:
        lost = solar.lose(at_stage("offer"), reason="price", at=AT)
        with pytest.raises(TransitionRefused, match="a deal is reopened in the stage it left, offer") as refused:
            solar.move(lost, "lead", at=AT)
        assert codes(refused) == ["reopen.left"]

    def test_a_deal_that_left_a_stage_for_the_lost_one_as_the_rules_do_not_foresee_cannot_return(self) -> None:
        sold = solar.advance(solar.win(at_stage("offer"), at=AT), at=AT)
        told: dict[str, Any] = {"deal": sold.id, "revision": sold.revision + 1, "at": AT, "transition": "imported"}
        lost = evolve(sold, Entered(**told, source=sold.stage, destination="lost", status="lost"))
        (reason,) = solar.decide(lost, "reopen", at=AT).unmet
        assert (reason.code, reason.where) == ("reopen.barred", "policy")
        assert reason.message == "it left installation, which takes no deal that is reopened"

    def test_closed_deals_do_not_move(self) -> None:
        lost = solar.lose(at_stage("offer"), reason="price", at=AT)
        for name in ("advance", "win", "lose", "to_lead"):
            assert not solar.decide(lost, name, at=AT)


class TestOwnTransitions:
    process = Process(
        "p",
        stages=[Stage("a"), Stage("b"), Stage("d"), Stage.won("won"), Stage.after_sale("care"), Stage.lost("lost")],
        transitions=[
            Transition("jump", "a", "d", when=c.equals("big", True), criteria=[c.has("plan")], label="Jump ahead"),
            Transition("jump", "a", "b"),
            Transition("drop", "b", "lost"),
            Transition("revive", "lost", "a", criteria=[c.has("plan")]),
            Transition("skip_care", "won", "care"),
        ],
        policy=Policy(facts="free", reopen="never"),
    )

    def test_the_first_that_applies_is_taken(self) -> None:
        deal = self.process.open("A", at=AT)
        assert self.process.take(self.process.learn(deal, {"big": False}, at=AT), "jump", at=AT).stage == "b"
        big = self.process.learn(deal, {"big": True}, at=AT)
        assert [r.where for r in self.process.decide(big, "jump", at=AT).unmet] == ["jump.criteria"]
        moved = self.process.take(self.process.learn(big, {"plan": 1}, at=AT), "jump", at=AT)
        assert (moved.stage, last_move(moved).skipped) == ("d", ("b",))
        undecided = self.process.decide(deal, "jump", at=AT)
        assert [reason.code for reason in undecided.unmet] == ["route.undecided"]
        assert undecided.kind == "custom"

    def test_a_transition_that_does_not_apply_is_not_offered_but_explained(self) -> None:
        process = Process(
            "p",
            stages=[Stage("a"), Stage.won("won"), Stage.lost("lost")],
            transitions=[Transition("sign", "a", "won", when=c.has("paper"))],
            policy=Policy(facts="free"),
        )
        deal = process.open("A", at=AT)
        assert [option.name for option in process.options(deal, at=AT)] == ["win", "lose"]
        assert [(r.code, r.where) for r in process.decide(deal, "sign", at=AT).unmet] == [("has", "sign.when")]
        assert process.take(process.learn(deal, {"paper": 1}, at=AT), "sign", at=AT).status == "won"

    def test_the_destination_says_what_becomes_of_the_deal(self) -> None:
        deal = self.process.move(self.process.open("A", at=AT), "b", at=AT)
        lost = self.process.take(deal, "drop", at=AT)
        assert (
            lost.status,
            self.process.take(
                self.process.learn(lost, {"plan": 1}, at=AT, reason="they called"), "revive", at=AT
            ).status,
        ) == ("lost", "open")


class TestMoving:
    def test_it_takes_the_first_allowed_transition_that_leads_there(self) -> None:
        deal = solar.record(at_stage("site_survey"), "site_visit", at=AT)
        assert last_move(solar.move(deal, "offer", at=AT)).transition == "advance"
        with pytest.raises(TransitionRefused) as refused:
            solar.move(deal, "financing", at=AT)
        assert refused.value.decision.name == "fast_track"
        fast = solar.approve(deal, "fast", role="manager", by=OLA, at=AT)
        assert last_move(solar.move(fast, "financing", at=AT)).transition == "fast_track"

    def test_closing_stages_are_destinations_too(self) -> None:
        assert solar.move(at_stage("offer"), "lost", reason="price", at=AT).status == "lost"
        assert solar.move(at_stage("offer"), "signed", at=AT).status == "won"

    def test_an_unknown_stage_is_an_error_with_the_close_names(self) -> None:
        with pytest.raises(UnknownStage, match="did you mean 'offer'"):
            solar.move(at_stage("lead"), "offre", at=AT)

    def test_an_undecided_way_is_explained(self) -> None:
        deal = solar.learn(solar.record(at_stage("site_survey"), "site_visit", at=AT), forget=["heritage"], at=AT)
        with pytest.raises(TransitionRefused) as refused:
            solar.move(deal, "heritage_permit", at=AT)
        assert codes(refused) == ["route.undecided"]


class TestOnHold:
    def test_a_waiting_deal_is_lost_but_not_moved(self) -> None:
        deal = solar.hold(at_stage("offer"), at=AT, until=LATER, reason="holiday")
        for name in ("advance", "win", "to_lead"):
            assert "on_hold" in [reason.code for reason in solar.decide(deal, name, at=AT).unmet]
            assert not solar.decide(deal, name, at=AT).overridable
        assert solar.lose(deal, reason="price", at=AT).status == "lost"
        with pytest.raises(TransitionRefused) as refused:
            solar.override(deal, "financing", at=AT, by=OLA, reason="now")
        assert codes(refused) == ["on_hold"]
        assert solar.advance(solar.resume(deal, at=AT), at=AT).stage == "financing"


class TestOverriding:
    def test_it_is_a_recorded_exception_that_names_what_it_passed(self) -> None:
        deal = solar.amend(at_stage("lead"), amount=Money("500", "EUR"), at=AT)
        moved = solar.override(deal, "offer", at=AT, by=OLA, reason="board asked for it")
        event = last_move(moved)
        assert (event.transition, event.destination, event.reason, event.by) == (
            "override",
            "offer",
            "board asked for it",
            OLA,
        )
        assert event.overridden == ("not_forward", "offer.entry:amount_at_least(1000 EUR)")
        assert event.skipped == ("site_survey",)
        deal = at_stage("site_survey")
        event = last_move(solar.override(deal, "offer", at=AT, by=OLA, reason="trust me"))
        assert event.overridden == ("site_survey.activities:activity.required(site_visit)",)

    def test_what_was_allowed_anyway_is_recorded_as_a_plain_move(self) -> None:
        event = last_move(solar.override(at_stage("lead"), "site_survey", at=AT, by=OLA, reason="why not"))
        assert (event.transition, event.overridden, event.reason) == ("advance", (), "why not")

    def test_no_override_passes_a_locked_criterion(self) -> None:
        deal = at_stage("lead", amount=Money("120000", "EUR"))
        with pytest.raises(TransitionRefused) as refused:
            solar.override(deal, "signed", at=AT, by=OLA, reason="hurry")
        assert codes(refused) == ["approved"]
        assert refused.value.reasons[0].locked

    def test_no_override_jumps_over_a_locked_stage(self) -> None:
        process = solar.revise(change={"offer": {"locked": [c.has("seats")]}})
        deal = at_stage("site_survey", process)
        for stage in ("financing", "signed"):
            with pytest.raises(TransitionRefused) as refused:
                process.override(deal, stage, at=AT, by=OLA, reason="hurry")
            assert [(reason.where, reason.locked) for reason in refused.value.reasons] == [("offer.locked", True)]
        free = process.learn(deal, {"seats": 4}, at=AT)
        assert process.override(free, "financing", at=AT, by=OLA, reason="hurry").stage == "financing"

    def test_a_conditional_stage_that_was_jumped_over_stays_passed(self) -> None:
        deal = solar.learn(at_stage("site_survey"), {"heritage": True}, at=AT)
        deal = solar.override(deal, "offer", at=AT, by=OLA, reason="the city agreed")
        assert last_move(deal).skipped == ("heritage_permit",)
        assert solar.win(deal, at=AT).status == "won"

    def test_a_closed_deal_can_be_overridden_into_an_open_stage(self) -> None:
        lost = solar.lose(at_stage("offer"), reason="price", at=AT)
        moved = solar.override(lost, "financing", at=AT, by=OLA, reason="they came back")
        assert (moved.status, moved.outcome) == ("open", None)

    def test_only_open_stages_and_the_won_one_are_destinations(self) -> None:
        for stage in ("lost", "installation"):
            with pytest.raises(OutOfRange, match="an open stage or the won one"):
                solar.override(at_stage("lead"), stage, at=AT, by=OLA, reason="so")
        with pytest.raises(UnknownStage):
            solar.override(at_stage("lead"), "mars", at=AT, by=OLA, reason="so")

    def test_somebody_must_answer_for_it(self) -> None:
        with pytest.raises(ActorRequired):
            solar.override(at_stage("lead"), "offer", at=AT, by=None, reason="so")
        with pytest.raises(ReasonRequired):
            solar.override(at_stage("lead"), "offer", at=AT, by=OLA, reason=" ")

    def test_the_policy_says_who_may(self) -> None:
        never = solar.revise(policy=Policy(override="never"))
        with pytest.raises(TransitionRefused) as refused:
            never.override(at_stage("lead", never), "offer", at=AT, by=OLA, reason="so")
        assert codes(refused) == ["override.never"]
        managers = solar.revise(policy=Policy(override=("manager",)))
        deal = at_stage("lead", managers)
        with pytest.raises(TransitionRefused) as refused:
            managers.override(deal, "offer", at=AT, by="kari", reason="so")
        assert codes(refused) == ["override.role"]
        assert managers.override(deal, "offer", at=AT, by=OLA, reason="so").stage == "offer"

    def test_a_decision_says_whether_an_override_would_work(self) -> None:
        deal = at_stage("site_survey")
        assert solar.decide(deal, "advance", at=AT).overridable
        assert not solar.decide(at_stage("offer", amount=Money(10**6, "EUR")), "win", at=AT).overridable
        assert not solar.decide(deal, "lose", at=AT).overridable
        managers = solar.revise(policy=Policy(override=("manager",)))
        assert not managers.decide(at_stage("site_survey", managers), "advance", at=AT, by="kari").overridable
        assert managers.decide(at_stage("site_survey", managers), "advance", at=AT, by=OLA).overridable


@c.criterion("broken", "never said")
def broken(deal: Deal, ask: c.Ask) -> bool:
    return 1 / 0 > 0


@c.criterion("mute", "never said")
def mute(deal: Deal, ask: c.Ask) -> bool:
    return None  # type: ignore[return-value]


class TestFaults:
    process = Process(
        "p",
        stages=[
            Stage("a", exit=[broken(), mute(), c.has("x")]),
            Stage("b"),
            Stage("d", when=broken()),
            Stage.won("won"),
            Stage.lost("lost"),
        ],
        policy=Policy(facts="free", skip="any"),
    )

    def test_decide_lists_them_beside_the_reasons(self) -> None:
        decision = self.process.decide(self.process.open("A", at=AT), "advance", at=AT)
        assert [(reason.code, reason.state) for reason in decision.unmet] == [
            ("broken", "fault"),
            ("mute", "fault"),
            ("has", "unmet"),
        ]
        assert "ZeroDivisionError" in decision.unmet[0].message
        assert "wants a bool or a Verdict" in decision.unmet[1].message

    def test_the_verb_raises_with_the_cause_and_changes_nothing(self) -> None:
        deal = self.process.open("A", at=AT)
        with pytest.raises(CriterionFault) as fault:
            self.process.advance(deal, at=AT)
        assert isinstance(fault.value.__cause__, ZeroDivisionError)
        assert fault.value.decision == self.process.decide(deal, "advance", at=AT)

    def test_a_condition_that_fails_leaves_the_way_undecided(self) -> None:
        deal = self.process.override(self.process.open("A", at=AT), "b", at=AT, by="ola", reason="so")
        decision = self.process.decide(deal, "advance", at=AT)
        assert [(reason.code, reason.state) for reason in decision.unmet] == [("broken", "fault")]
        assert self.process.win(deal, at=AT).history[-1].skipped == ("d",)  # type: ignore[union-attr]

    def test_opening_meets_them_too(self) -> None:
        process = Process(
            "p", stages=[Stage("a", when=broken()), Stage.won("won"), Stage.lost("lost")], policy=Policy(facts="free")
        )
        with pytest.raises(CriterionFault):
            process.open("A", at=AT)


class TestIdempotency:
    def test_a_move_told_twice_under_one_key_happens_once(self) -> None:
        deal = at_stage("offer")
        moved = solar.advance(deal, at=AT, by="kari", key="k")
        assert solar.advance(moved, at=AT - timedelta(days=9), by="kari", key="k") is moved
        won = solar.advance(moved, at=AT, key="w")
        assert solar.advance(won, at=AT, key="w") is won
        assert solar.win(won, at=AT, key="w") is won
        by_place = solar.move(at_stage("offer"), "financing", at=AT, key="m")
        assert solar.move(by_place, "financing", at=AT, key="m") is by_place
        forced = solar.override(at_stage("lead"), "offer", at=AT, by=OLA, reason="so", key="o")
        assert solar.override(forced, "offer", at=AT, by=OLA, reason="so", key="o") is forced

    def test_other_content_under_the_same_key_is_a_conflict(self) -> None:
        moved = solar.advance(at_stage("offer"), at=AT, by="kari", key="k")
        with pytest.raises(KeyConflict, match="use a new key"):
            solar.lose(moved, reason="price", at=AT, by="kari", key="k")
        with pytest.raises(KeyConflict):
            solar.advance(moved, at=AT, by="ola", key="k")
        with pytest.raises(KeyConflict):
            solar.advance(moved, at=AT, by="kari", reason="because", key="k")
        with pytest.raises(KeyConflict):
            solar.move(moved, "lead", at=AT, by="kari", key="k")
        with pytest.raises(KeyConflict):
            solar.override(moved, "lead", at=AT, by="kari", reason="so", key="k")
        with pytest.raises(KeyConflict):
            solar.note(moved, "text", at=AT, by="kari", key="k")


class TestWrongArguments:
    def test_an_unknown_transition_is_an_error_with_the_close_names(self) -> None:
        with pytest.raises(UnknownTransition, match="did you mean 'fast_track'"):
            solar.decide(at_stage("lead"), "fasttrack", at=AT)
        with pytest.raises(UnknownTransition):
            solar.take(at_stage("lead"), "fly", at=AT)

    def test_a_transition_from_another_stage_is_a_refusal(self) -> None:
        assert [r.code for r in solar.decide(at_stage("lead"), "fast_track", at=AT).unmet] == ["not_from_here"]

    def test_a_reason_is_a_text_that_says_something(self) -> None:
        with pytest.raises(WrongKind):
            solar.lose(at_stage("lead"), reason=5, at=AT)  # type: ignore[arg-type]
        with pytest.raises(OutOfRange):
            solar.advance(at_stage("lead"), reason="", at=AT)


class TestAskingWhoAndWhat:
    def test_a_criterion_sees_the_question(self) -> None:
        @c.criterion("curious", "no")
        def curious(deal: Deal, ask: c.Ask) -> bool:
            seen.append(ask)
            return True

        seen: list[c.Ask] = []
        process = Process("p", stages=[Stage("a", exit=[curious()]), Stage("b"), Stage.won("won"), Stage.lost("lost")])
        process.advance(process.open("A", at=AT), at=LATER, by=OLA, reason="go")
        assert seen == [c.Ask("advance", "b", LATER, OLA, attrs.evolve(seen[0]).inputs)]
        assert seen[0].inputs == {"reason": "go"}


class TestRechecking:
    def test_a_history_that_the_rules_would_repeat_has_no_divergence(self) -> None:
        deal = solar.reopen(solar.lose(at_stage("offer"), reason="price", at=AT), at=AT)
        deal = solar.override(deal, "lead", at=AT, by=OLA, reason="back")
        deal = solar.override(deal, "offer", at=AT, by=OLA, reason="and forth")
        assert solar.recheck(deal.history) == ()

    def test_a_stricter_version_names_each_move_it_would_refuse(self) -> None:
        stricter = solar.revise(
            change={"lead": {"exit": [c.done("shade_analysis")]}},
            without=["fast_track"],
            policy=Policy(reopen="lead", override="never"),
        )
        survey = solar.approve(
            solar.record(at_stage("site_survey"), "site_visit", at=AT), "fast", role="manager", by=OLA, at=AT
        )
        deal = solar.take(survey, "fast_track", at=AT)
        deal = solar.reopen(solar.lose(deal, reason="price", at=AT), at=AT)
        deal = solar.override(deal, "signed", at=AT, by=OLA, reason="allowed anyway")
        deal = solar.reopen(deal, at=AT)
        deal = solar.override(solar.move(deal, "lead", at=AT), "offer", at=AT, by=OLA, reason="so")
        found = stricter.recheck(deal.history)
        assert [divergence.code for divergence in found] == [
            "refused",
            "unknown_transition",
            "elsewhere",
            "elsewhere",
            "refused",
        ]
        assert "refused" in str(found[0])
        assert "shade_analysis" in str(found[0])

    def test_stages_that_are_gone_and_needless_overrides_are_told(self) -> None:
        deal = solar.override(at_stage("lead"), "offer", at=AT, by=OLA, reason="so")
        assert [d.code for d in solar.revise(without=["lead"]).recheck(deal.history)] == [
            "unknown_stage",
            "unknown_stage",
        ]
        looser = solar.revise(policy=Policy(skip="any"), change={"offer": {"entry": ()}})
        assert [d.code for d in looser.recheck(deal.history)] == ["needless"]
        strict = solar.revise(change={"lead": {"entry": [c.has("seats")]}})
        assert [d.code for d in strict.recheck(at_stage("lead").history)] == ["refused"]

    def test_imported_moves_were_never_decided(self) -> None:
        opened = attrs.evolve(at_stage("lead").history[0], imported=True)
        jump = Entered(
            deal="ACME-1",
            revision=2,
            at=AT,
            transition="imported",
            source="lead",
            destination="offer",
            status="open",
            imported=True,
        )
        assert solar.recheck([opened, jump]) == ()


def test_a_deal_in_a_stage_that_the_rulebook_does_not_have_is_an_error_of_its_own() -> None:
    lost_in_space = replay([attrs.evolve(at_stage("lead").history[0], stage="mars")])
    for ask in (
        lambda: solar.decide(lost_in_space, "advance", at=AT),
        lambda: solar.options(lost_in_space, at=AT),
        lambda: solar.move(lost_in_space, "offer", at=AT),
        lambda: solar.probability(lost_in_space),
    ):
        with pytest.raises(UnknownStage, match="no stage 'mars'"):
            ask()
