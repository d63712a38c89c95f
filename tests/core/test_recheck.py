"""A history is decided again as it was decided: in the name of the same people, on the same ways."""

from datetime import UTC, datetime

import pytest

from salesprocess import Catalog, Process, Stage, migration
from salesprocess import criteria as c
from salesprocess.events import Actor

AT = datetime(2026, 1, 5, 9, tzinfo=UTC)
BOSS = Actor("ola", roles=["boss"])


def line(*exit: c.Criterion) -> Process:
    stages = [Stage("lead", exit=exit), Stage("survey", optional=True), Stage("offer")]
    return Process("line", stages=[*stages, Stage.won("won"), Stage.lost("lost")])


def test_it_asks_in_the_name_of_whoever_moved_the_deal() -> None:
    process = line(c.asked_by_role("boss"))
    deal = process.advance(process.open("A", at=AT), at=AT, by=BOSS)
    assert process.recheck(deal.history) == ()
    other = process.advance(line().open("A", at=AT), at=AT, by=BOSS)
    assert [each.code for each in line(c.asked_by_role("clerk")).recheck(other.history)] == ["refused"]


def test_a_move_that_would_lead_elsewhere_is_told_with_its_revision() -> None:
    deal = line().advance(line().open("A", at=AT), at=AT)
    inserted = line().revise(after={"lead": Stage("talks")})
    (found,) = inserted.recheck(deal.history)
    assert (found.revision, found.code, found.event) == (2, "elsewhere", deal.history[1])
    assert found.decision is not None
    assert found.decision.destination == "talks"


@pytest.mark.parametrize("name", ["survey", "offer", "lead"])
def test_a_renamed_stage_that_was_skipped_left_or_reached_is_no_divergence(name: str) -> None:
    process = line()
    renamed = process.revise(rename={name: "renamed"})
    deal = process.take(process.open("A", at=AT), "to_offer", at=AT)
    (skipped,) = [event for event in deal.history if event.kind == "entered"]
    assert skipped.skipped == ("survey",)
    plan = migration.plan(
        [deal], to=renamed, catalog=Catalog([process]), stages={name: "renamed"}, at=AT, by=BOSS, reason="other words"
    )
    (moved,) = plan.migrated()
    assert renamed.recheck(moved.history) == ()
