"""A plan tells of every deal where it comes to be and what blocks it; carrying it out adds one event to each."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesprocess import Actor, Catalog, Deal, Fact, Money, Process, Stage, TransitionRefused, migration, replay
from salesprocess import criteria as c
from salesprocess.errors import (
    DuplicateDeal,
    MigrationRefused,
    NaiveDatetime,
    OutOfRange,
    ProcessClash,
    SalesProcessError,
    SeveralErrors,
    UnknownStage,
    WrongKind,
)
from salesprocess.events import Entered, Migrated, Opened
from salesprocess.frozen import FrozenDict
from salesprocess.migration import Blocked, Plan, Ready
from salesprocess.rules import left_for_lost
from salesprocess.testing import Walk, processes, walks
from salesprocess.testing.rulebooks import FACTS
from tests.solar import AT, at_stage, solar

LATER = AT + timedelta(days=1)
OLA = Actor("ola", roles={"manager"})

leaner = solar.revise(without=["financing", "fast_track"], after={"lead": Stage("grid_check", probability=0.1)})


def planned(*deals: Deal, to: Process = leaner, **given: Any) -> Plan:
    given = {"catalog": Catalog([solar]), "at": LATER, "by": OLA, "reason": "2026 process", **given}
    return migration.plan(deals, to=to, **given)


def codes(row: Ready | Blocked) -> list[str]:
    assert isinstance(row, Blocked)
    return [reason.code for reason in row.why]


def named(deal: Deal, name: str) -> Deal:
    return replay(attrs.evolve(event, deal=name) for event in deal.history)  # type: ignore[type-var]


@st.composite
def crossings(draw: st.DrawFn) -> tuple[Walk, Process, Mapping[str, str], datetime]:
    """A deal, another rulebook with stages and bounds of its own, a mapping between them, and a moment about now."""
    walk = draw(walks(processes()))
    seats = Fact("seats", int, minimum=0, maximum=draw(st.sampled_from((9, 1))))
    tags = Fact("tags", str, choices=draw(st.sampled_from((("grid", "roof"), ("grid",)))), many=True)
    to = draw(processes(version=2)).revise(version=3, facts=[seats, *FACTS[1:5], tags, *FACTS[6:]])
    stages = draw(
        st.dictionaries(
            st.sampled_from([stage.name for stage in walk.process.stages]),
            st.sampled_from([stage.name for stage in to.stages]),
            max_size=2,
        )
    )
    at = walk.deal.updated_at + draw(st.sampled_from([timedelta(seconds=n) for n in (-3600, -1, -0.5, 0, 60)]))
    return walk, to, stages, at


def takes(to: Process, deal: Deal) -> bool:
    """Whether a deal with the same facts could be opened under the rulebook."""
    try:
        to.open("B-1", at=LATER, facts=deal.facts)
    except TransitionRefused:
        return True
    except SalesProcessError:
        return False
    return True


@given(crossings())
def test_a_deal_is_ready_exactly_when_the_rulebook_can_hold_it(
    crossing: tuple[Walk, Process, Mapping[str, str], datetime],
) -> None:
    walk, to, stages, at = crossing
    deal = walk.deal
    (row,) = migration.plan(
        [deal], to=to, catalog=Catalog([walk.process]), stages=stages, at=at, by="ola", reason="v3"
    ).rows
    counterpart = {stage.name: stage for stage in to.stages}.get(stages.get(deal.stage, deal.stage))
    left = deal.outcome.left if deal.outcome else None
    leaving = [stage.name for stage in left_for_lost(walk.process)]
    expected = {
        "migration.stage": counterpart is None,
        "migration.status": counterpart is not None
        and counterpart.status != ("open" if deal.status == "on_hold" else deal.status),
        "migration.left": to.policy.reopen == "left"
        and left in leaving
        and all(stage.name != stages.get(left, left) for stage in left_for_lost(to)),
        "migration.misfit": not takes(to, deal),
        "migration.time": at < deal.updated_at - to.policy.clock_skew,
    }
    found = {code: isinstance(row, Blocked) and code in codes(row) for code in expected}
    assert found == expected
    assert isinstance(row, Ready) != any(expected.values())


@pytest.mark.long
@given(crossings())
def test_a_migrated_deal_keeps_all_but_its_rulebook_and_can_be_worked_on_at_once(
    crossing: tuple[Walk, Process, Mapping[str, str], datetime],
) -> None:
    walk, to, stages, _ = crossing
    before = walk.deal
    for row in migration.plan(
        [before], to=to, catalog=Catalog([walk.process]), stages=stages, at=before.updated_at, by="ola", reason="v3"
    ).ready:
        after = row.after
        assert (after.process, after.version, after.stage) == (to.name, 3, stages.get(before.stage, before.stage))
        assert after.history[:-1] == before.history
        assert after == replay(after.history)
        for kept in ("id", "status", "terms", "facts", "activities", "approvals", "objections", "stage_since"):
            assert getattr(after, kept) == getattr(before, kept)
        advance = to.decide(after, "advance", at=after.updated_at, by="ola")
        if after.status in ("open", "on_hold"):
            assert row.unmet == advance.unmet
        elif after.status == "lost":
            assert row.unmet == ()
        assert to.options(after, at=after.updated_at, by="ola") is not None


@given(walks(processes()))
def test_a_revision_that_changes_nothing_takes_every_deal(walk: Walk) -> None:
    to = walk.process.revise()
    deals = [named(deal, f"A-{number}") for number, deal in enumerate(walk.deals)]
    at = walk.deal.updated_at
    migrated = migration.plan(deals, to=to, catalog=Catalog([walk.process]), at=at, by="ola", reason="v2").migrated()
    assert [deal.since(deal.revision - 1)[0].kind for deal in migrated] == ["migrated"] * len(deals)
    assert [deal.as_of(at - timedelta(microseconds=1)) for deal in migrated] == [
        deal.as_of(at - timedelta(microseconds=1)) for deal in deals
    ]
    assert [deal.waived for deal in migrated] == [deal.waived for deal in deals]


def test_the_event_says_who_moved_the_deal_where_when_and_why() -> None:
    (deal,) = planned(at_stage("offer")).migrated()
    assert deal.history[-1] == Migrated(
        deal="ACME-1",
        revision=deal.revision,
        at=LATER,
        by=OLA,
        reason="2026 process",
        process="solar-installer",
        version=2,
        stage="offer",
    )


def test_a_deal_in_a_stage_that_is_gone_is_blocked_until_it_is_mapped() -> None:
    deal = at_stage("financing")
    (row,) = planned(deal).blocked
    assert (row.source, row.destination) == ("financing", None)
    assert [str(reason) for reason in row.why] == [
        "financing: solar-installer version 2 has no stage financing "
        "(say which stage takes its place: stages={'financing': ...})"
    ]
    (ready,) = planned(deal, stages={"financing": "offer"}).ready
    assert (ready.source, ready.destination, ready.unmet) == ("financing", "offer", ())


def test_unmet_is_what_stands_before_the_next_stage_under_the_new_rules() -> None:
    stricter = solar.revise(change={"offer": {"exit": [c.has("seats")]}})
    (row,) = planned(at_stage("offer"), to=stricter).ready
    assert [str(reason) for reason in row.unmet] == ["offer.exit: seats is not known (learn seats)"]
    assert str(row) == "ACME-1 (offer → offer)\n  offer.exit: seats is not known (learn seats)"


@pytest.mark.parametrize("status", ["won", "lost"])
def test_a_closed_deal_without_a_next_stage_has_nothing_unmet(status: str) -> None:
    deal = at_stage("financing")
    deal = solar.win(deal, at=AT) if status == "won" else solar.lose(deal, reason="price", at=AT)
    ends = solar.revise(without=["installation", "maintenance"])
    assert planned(deal, to=ends).ready[0].unmet == ()


def test_a_won_deal_is_told_what_its_next_stage_after_the_sale_wants() -> None:
    won = solar.win(at_stage("financing"), at=AT)
    checked = solar.revise(change={"installation": {"entry": [c.has("seats")]}})
    assert [reason.where for reason in planned(won, to=checked).ready[0].unmet] == ["installation.entry"]


@pytest.mark.parametrize(
    ("stage", "to", "told"),
    [
        ("offer", "signed", "offer: signed is for deals that are won, not open"),
        ("offer", "lost", "offer: lost is for deals that are lost, not open"),
        ("offer", "installation", "offer: installation is for deals that are won, not open"),
        ("signed", "offer", "signed: offer is for deals that are open, not won"),
        ("signed", "lost", "signed: lost is for deals that are lost, not won"),
    ],
)
def test_no_deal_is_won_lost_or_reopened_by_a_migration(stage: str, to: str, told: str) -> None:
    (row,) = planned(at_stage(stage), stages={stage: to}).blocked
    assert str(row.why[0]).startswith(told)


def test_a_won_deal_may_come_to_any_stage_of_won_deals() -> None:
    assert (
        planned(at_stage("signed"), stages={"signed": "installation", "financing": "offer"}).migrated()[0].status
        == "won"
    )


def test_a_deal_on_hold_stays_on_hold() -> None:
    held = solar.hold(at_stage("offer"), at=AT)
    assert planned(held).migrated()[0].status == "on_hold"


def test_a_lost_deal_is_blocked_when_the_stage_it_left_is_gone() -> None:
    lost = solar.lose(at_stage("financing"), reason="price", at=AT)
    assert codes(planned(lost).rows[0]) == ["migration.left"]
    policy = attrs.evolve(leaner.policy, reopen="lead")
    assert planned(lost, to=leaner.revise(policy=policy)).ready


def test_a_deal_that_follows_the_rulebook_already_is_blocked() -> None:
    plan = planned(at_stage("offer"))
    again = planned(*plan.migrated(), at=LATER)
    assert codes(again.rows[0]) == ["migration.already"]
    assert again.migrated(blocked="keep") == plan.migrated()


def test_a_deal_of_an_unknown_rulebook_is_blocked_and_the_known_ones_are_named() -> None:
    deal = planned(at_stage("offer"), to=solar.revise(version=7)).migrated()[0]
    (row,) = planned(deal, catalog=Catalog([solar, solar.revise(version=3)])).blocked
    assert str(row.why[0]) == (
        "deal: the catalog has no solar-installer version 7, only: solar-installer 1, solar-installer 3"
    )


def test_facts_that_the_rulebook_cannot_hold_block() -> None:
    deal = solar.learn(at_stage("offer"), {"seats": 12}, at=AT)
    fewer = solar.revise(facts=[*solar.facts[:2], Fact("seats", int, maximum=9)])
    none = solar.revise(drop={"facts": [fact.name for fact in solar.facts[2:]]})
    free = none.revise(policy=attrs.evolve(none.policy, facts="free"))
    assert [str(reason) for reason in planned(deal, to=fewer).blocked[0].why] == [
        "facts.seats: the value of seats is not what solar-installer version 2 wants (seats must be at most 9, got 12)"
    ]
    assert [str(reason) for reason in planned(deal, to=none).blocked[0].why] == [
        "facts.seats: solar-installer version 2 does not declare seats (forget it first, or declare it)"
    ]
    assert planned(deal, to=free).ready
    assert planned(solar.learn(deal, forget=["seats"], at=AT), to=none).ready


def test_the_time_may_lag_behind_the_last_event_by_the_clock_skew_only() -> None:
    deal = at_stage("offer")
    early = planned(deal, at=AT - timedelta(seconds=2)).rows[0]
    assert codes(early) == ["migration.time"]
    assert str(early).endswith(
        "deal: its last event is later than 2026-01-05 08:59:58 UTC (migrate it at 2026-01-05 09:00 UTC or later)"
    )
    assert planned(deal, at=AT - timedelta(seconds=1)).migrated()[0].updated_at == AT


def test_every_reason_is_told() -> None:
    deal = solar.learn(at_stage("financing"), {"seats": 3}, at=AT)
    none = leaner.revise(drop={"facts": [fact.name for fact in solar.facts[2:]]})
    row = planned(deal, to=none, at=AT - timedelta(days=1)).rows[0]
    assert codes(row) == ["migration.stage", "migration.undeclared", "migration.time"]
    assert str(row).startswith("ACME-1 (financing → ?)\n  financing: ")


def test_a_waiver_of_a_requirement_that_is_gone_lapses_and_is_told() -> None:
    waived = solar.waive(at_stage("site_survey"), "site_survey.exit:has(roof_area)", at=AT, by=OLA, reason="known")
    assert planned(waived).ready[0].lapsed == ()
    other = solar.revise(change={"site_survey": {"exit": [c.has("seats")]}})
    plan = planned(waived, to=other)
    assert plan.ready[0].lapsed == ("site_survey.exit:has(roof_area)",)
    assert "waivers that lapse:\n  1  site_survey.exit:has(roof_area) (ACME-1)" in str(plan)


def test_blocked_deals_are_refused_skipped_or_kept() -> None:
    ready, stuck, other = (named(at_stage(stage), f"A-{n}") for n, stage in enumerate(("offer", "financing", "lead")))
    plan = planned(ready, stuck, other)
    assert [deal.id for deal in plan.migrated(blocked="skip")] == ["A-0", "A-2"]
    assert plan.migrated(blocked="keep") == (plan.ready[0].after, stuck, plan.ready[1].after)
    with pytest.raises(MigrationRefused, match="1 deals cannot follow 'solar-installer' version 2:\n- A-1") as refused:
        plan.migrated()
    assert refused.value.blocked == plan.blocked
    assert str(pickle.loads(pickle.dumps(refused.value))) == str(refused.value)
    with pytest.raises(OutOfRange, match="blocked must be 'refuse', 'skip' or 'keep', got 'drop'"):
        plan.migrated(blocked="drop")  # type: ignore[arg-type]


def test_a_plan_prints_as_a_table_by_stage_with_reasons_and_examples() -> None:
    stages = ["lead", "site_survey", *["financing"] * 5]
    deals = [named(at_stage(stage), f"A-{number}") for number, stage in enumerate(stages)]
    assert str(planned(*deals)) == (
        "to solar-installer version 2 at 2026-01-06 09:00 UTC: 2 of 7 deals can move\n"
        "from                            to           ready  with unmet  blocked\n"
        "solar-installer 1: lead         lead             1           0        0\n"
        "solar-installer 1: site_survey  site_survey      1           1        0\n"
        "solar-installer 1: financing    ?                0           0        5\n"
        "blocked:\n"
        "  5  financing: solar-installer version 2 has no stage financing (A-2, A-3, A-4, …)\n"
        "unmet in the stage:\n"
        "  1  site_survey.activities: the activity site_visit is required and has not been done (A-1)"
    )
    assert planned(*deals).text("nb") == (
        "til solar-installer versjon 2 06.01.2026 kl. 09.00 UTC: 2 av 7 salg kan flyttes\n"
        "fra                             til          klare  med mangler  hindret\n"
        "solar-installer 1: lead         lead             1            0        0\n"
        "solar-installer 1: site_survey  site_survey      1            1        0\n"
        "solar-installer 1: financing    ?                0            0        5\n"
        "hindret:\n"
        "  5  financing: solar-installer versjon 2 har ikke trinnet financing (A-2, A-3, A-4, …)\n"
        "ikke oppfylt i trinnet:\n"
        "  1  site_survey.activities: aktiviteten site_visit er påkrevd og er ikke utført (A-1)"
    )
    assert str(planned()).startswith("to solar-installer version 2 at 2026-01-06 09:00 UTC: 0 of 0 deals can move")


def test_a_plan_is_a_value() -> None:
    plan = planned(at_stage("offer"), named(at_stage("financing"), "A-2"))
    assert pickle.loads(pickle.dumps(plan)) == plan
    assert repr(plan).endswith("rows=<2 rows>)")


def test_wrong_arguments_are_told_together() -> None:
    deal = at_stage("offer")
    with pytest.raises(SeveralErrors) as several:
        planned(
            deal,
            deal,
            to=leaner,
            catalog=Catalog(
                [solar, leaner.revise(version=3), attrs.evolve(leaner, policy=solar.policy).revise(version=4)]
            ),
            stages={"finance": "ofer"},
            at=datetime(2026, 1, 6),
            by=None,
            reason=" ",
        )
    assert [type(error) for error in several.value.exceptions] == [
        NaiveDatetime,
        WrongKind,
        OutOfRange,
        DuplicateDeal,
        UnknownStage,
        UnknownStage,
    ]
    assert "did you mean 'financing'" in str(several.value)
    assert "did you mean 'offer'" in str(several.value)


def test_other_rules_under_the_same_name_and_version_are_refused() -> None:
    with pytest.raises(ProcessClash):
        planned(at_stage("offer"), catalog=Catalog([solar, solar.revise(without=["maintenance"])]))


def test_the_stage_of_a_deal_of_an_unknown_rulebook_may_be_mapped() -> None:
    opened = Opened(
        deal="B-1", revision=1, at=AT, process="old", version=1, stage="gamle", facts=FrozenDict(), imported=True
    )
    moved = Entered(
        deal="B-1",
        revision=2,
        at=AT,
        transition="imported",
        source="gamle",
        destination="nytt",
        status="open",
        imported=True,
    )
    (row,) = planned(replay([opened, moved]), stages={"nytt": "lead"}).blocked
    assert (row.destination, codes(row)) == ("lead", ["migration.process"])


def test_a_deal_keeps_its_amount() -> None:
    assert planned(at_stage("offer")).migrated()[0].amount == Money("48000", "EUR")
