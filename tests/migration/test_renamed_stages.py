"""What the record says of a stage that got another name is read under the new name, and only from the migration on."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import given

from salesprocess import Catalog, Deal, Process, Stage, migration, replay
from salesprocess import criteria as c
from salesprocess.criteria import Ask
from salesprocess.events import Entered, Migrated, Opened
from salesprocess.testing import Walk, processes, walks
from tests.solar import AT, at_stage, solar

LATER = AT + timedelta(days=1)
NEXT = solar.revise(
    without=["financing", "fast_track", "heritage_permit"],
    before={"offer": Stage("permit", when=c.equals("heritage", True))},
)
STAGES = {"financing": "offer", "heritage_permit": "permit"}


def migrated(deal: Deal, to: Process = NEXT, old: Process = solar, **given: Any) -> Deal:
    given = {"stages": STAGES, "at": LATER, "by": "ola", "reason": "2027 process", **given}
    return migration.plan([deal], to=to, catalog=Catalog([old]), **given).migrated()[0]


def seen(deal: Deal, stage: str) -> bool:
    return bool(c.visited(stage).verdict(deal, Ask("advance", "offer", LATER)))


def test_a_lost_deal_is_reopened_in_the_stage_that_took_the_place_of_the_one_it_left() -> None:
    deal = migrated(solar.lose(at_stage("financing"), reason="price", at=AT))
    assert deal.outcome is not None
    assert deal.outcome.left == "offer"
    assert NEXT.reopen(deal, at=LATER).stage == "offer"
    assert replay(deal.history) == deal
    before = deal.as_of(AT)
    assert before is not None
    assert before.outcome is not None
    assert before.outcome.left == "financing"


def test_stages_that_swap_their_names_are_not_mixed_up() -> None:
    to = solar.revise(without=["fast_track"])
    swap = {"lead": "site_survey", "site_survey": "lead"}
    lost = solar.lose(at_stage("site_survey"), reason="price", at=AT)
    assert to.reopen(migrated(lost, to, stages=swap), at=LATER).stage == "lead"
    fresh = migrated(solar.lose(at_stage("lead"), reason="price", at=AT), to, stages=swap)
    assert seen(fresh, "site_survey")
    assert not seen(fresh, "lead")


def test_a_conditional_stage_visited_under_its_old_name_is_not_asked_for_again() -> None:
    deal = solar.learn(at_stage("site_survey"), {"heritage": True}, at=AT)
    deal = solar.record(deal, "site_visit", at=AT)
    for _ in range(2):
        deal = solar.advance(deal, at=AT)
    assert deal.stage == "offer"
    deal = migrated(deal)
    assert seen(deal, "permit")
    assert NEXT.win(deal, at=LATER).status == "won"


def test_a_waiver_follows_the_new_name_of_its_stage() -> None:
    waived = solar.waive(at_stage("site_survey"), "site_survey.exit:has(roof_area)", at=AT, by="ola", reason="known")
    waived = solar.waive(waived, "fast_track.criteria:approved(fast, manager)", at=AT, by="ola", reason="known")
    survey = Stage("survey", exit=[c.has("roof_area")])
    to = solar.revise(without=["site_survey", "fast_track"], before={"offer": survey})
    stages = {"site_survey": "survey"}
    (row,) = migration.plan(
        [waived], to=to, catalog=Catalog([solar]), stages=stages, at=LATER, by="ola", reason="x"
    ).ready
    assert row.after.waived == {"survey.exit:has(roof_area)", "fast_track.criteria:approved(fast, manager)"}
    assert row.lapsed == ("fast_track.criteria:approved(fast, manager)",)


def test_two_migrations_are_followed_back() -> None:
    last = NEXT.revise(without=["permit"], before={"offer": Stage("approval")})
    deal = migrated(solar.lose(at_stage("financing"), reason="price", at=AT))
    deal = migrated(deal, last, NEXT, stages={"permit": "approval", "offer": "site_survey"})
    assert deal.outcome is not None
    assert deal.outcome.left == "site_survey"
    assert seen(deal, "site_survey")
    assert not seen(deal, "offer")


def test_names_that_stay_are_not_recorded() -> None:
    event = migrated(
        at_stage("offer"), stages={"offer": "offer", "financing": "offer", "heritage_permit": "permit"}
    ).history[-1]
    assert isinstance(event, Migrated)
    assert event.stages == STAGES


@given(walks(processes()))
def test_a_change_of_every_name_changes_no_answer_about_visits(walk: Walk) -> None:
    names = {stage.name: f"x_{stage.name}" for stage in walk.process.stages}
    event = Migrated(
        deal=walk.deal.id,
        revision=walk.deal.revision + 1,
        at=walk.deal.updated_at,
        process="x",
        version=1,
        stage=names[walk.deal.stage],
        stages=names,
    )
    after = replay([*walk.deal.history, event])
    entered = {each.stage for each in walk.deal.history if isinstance(each, Opened)}
    entered |= {each.destination for each in walk.deal.history if isinstance(each, Entered)}
    for old, new in names.items():
        assert seen(walk.deal, old) == (old in entered)
        assert seen(after, new) == (old in entered)
        assert not seen(after, old)


def test_a_stage_that_an_override_jumped_over_stays_passed_under_its_new_name() -> None:
    deal = solar.learn(at_stage("site_survey"), {"heritage": True}, at=AT)
    deal = migrated(solar.override(deal, "offer", at=AT, by="ola", reason="the city agreed"))
    assert NEXT.win(deal, at=LATER).status == "won"


def test_a_deal_is_rechecked_under_the_names_of_the_rulebook_that_is_asked() -> None:
    v1 = Process(
        "line",
        stages=[
            Stage("lead"),
            Stage("survey", exit=[c.has_term("owner")]),
            Stage("offer", entry=[c.visited("survey")]),
            Stage.won("won"),
            Stage.lost("lost"),
        ],
    )
    v2 = v1.revise(rename={"lead": "survey", "survey": "lead", "offer": "bid"})
    v3 = v2.revise(rename={"bid": "proposal"})
    deal = v1.advance(v1.open("d", at=AT), at=AT)
    deal = v1.waive(deal, "survey.exit:has_term(owner)", by="ola", reason="a pilot", at=AT)
    deal = v1.move(v1.move(v1.advance(deal, at=AT), "lead", at=AT), "survey", at=AT)
    names = {"lead": "survey", "survey": "lead", "offer": "bid"}
    deal = migrated(deal, v2, v1, stages=names)
    deal = v2.lose(v2.advance(deal, at=LATER), at=LATER)
    assert v2.recheck(deal.history) == ()
    last = migrated(deal, v3, v2, stages={"bid": "proposal"})
    assert v3.recheck(last.history) == v2.recheck(last.history) == ()
    assert {each.code for each in v3.recheck(deal.history)} == {"unknown_stage"}  # nothing tells what became of bid
    draft = v3.revise(add={"proposal.entry": [c.has_term("owner")]})
    found = draft.recheck(last.history)
    assert [(each.code, each.revision) for each in found] == [("refused", 4), ("refused", 8)]
    assert [each.event for each in found] == [last.history[3], last.history[7]]
