"""A rulebook is made into another one: renamed, put in order, tightened, loosened, and mixed from parts of two."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesprocess import criteria as c
from salesprocess import templates, testing
from salesprocess.errors import InvalidProcess, UnknownFact
from salesprocess.facts import Fact
from salesprocess.process import Process
from salesprocess.rules import Policy, Transition
from salesprocess.stages import Activity, LossReason, Stage

AT = datetime(2026, 1, 5, 9, tzinfo=UTC)
SOLAR = Process(
    "solar",
    facts=[Fact("roof", float), Fact("heritage", bool)],
    stages=[
        Stage("lead", 0.1, provenance={"probability": "somebody", "category": "us"}, exit=[c.has("roof")]),
        Stage("survey", 0.3, activities=[Activity("visit", required=True), Activity("photos")]),
        Stage("offer", 0.5, entry=[c.visited("survey"), c.when(c.has("roof"), c.visited_times("survey", 1))]),
        Stage.won("signed", locked=[c.not_(c.visited("offer"))]),
        Stage.after_sale("support", when=c.visited("offer")),
        Stage.lost("lost", reasons=["price", "roof"]),
    ],
    transitions=[Transition("hurry", "lead", "offer", criteria=[c.has("roof")], when=c.visited("lead"))],
    policy=Policy(win=("survey", "offer"), reopen="survey"),
)


def names(process: Process) -> list[str]:
    return [stage.name for stage in process.stages]


def findings(invalid: pytest.ExceptionInfo[InvalidProcess]) -> list[tuple[str, str]]:
    return [(finding.code, finding.subject) for finding in invalid.value.findings]


def test_a_renamed_stage_is_followed_by_everything_that_speaks_of_it() -> None:
    wind = SOLAR.revise("wind", rename={"survey": "site_visit", "offer": "bid"})
    assert names(wind) == ["lead", "site_visit", "bid", "signed", "support", "lost"]
    assert wind.stage("bid").entry == (
        c.visited("site_visit"),
        c.when(c.has("roof"), c.visited_times("site_visit", 1)),
    )
    assert wind.stage("signed").locked == (c.not_(c.visited("bid")),)
    assert wind.stage("support").when == c.visited("bid")
    assert [(each.source, each.destination) for each in wind.transitions] == [("lead", "bid")]
    assert (wind.policy.win, wind.policy.reopen) == (("site_visit", "bid"), "site_visit")


def test_a_renamed_stage_keeps_words_of_its_own_and_gets_new_ones_otherwise() -> None:
    spoken = SOLAR.revise(change={"survey": {"label": "On the roof"}})
    renamed = spoken.revise("wind", rename={"survey": "site_visit", "offer": "bid"})
    assert [renamed.stage(name).label for name in ("site_visit", "bid")] == ["On the roof", "Bid"]


def test_two_stages_can_exchange_their_names() -> None:
    swapped = SOLAR.revise("wind", rename={"lead": "survey", "survey": "lead"})
    assert names(swapped)[:2] == ["survey", "lead"]
    assert swapped.stage("offer").entry[0] == c.visited("lead")


def test_a_rename_alone_is_told_as_one() -> None:
    bare = Process("solar", stages=[Stage("lead"), Stage("offer"), Stage.won("won"), Stage.lost("lost")])
    assert bare.diff(bare.revise(rename={"offer": "bid"})).renamed == {"offer": "bid"}


@given(testing.processes(), st.data())
def test_names_there_and_back_leave_the_rules_as_they_were(process: Process, data: st.DataObject) -> None:
    old = data.draw(st.lists(st.sampled_from(names(process)), unique=True))
    new = {name: f"other_{place}" for place, name in enumerate(old)}
    there = process.revise(rename=new)
    back = there.revise(rename={value: key for key, value in new.items()})
    assert back.revise(version=99).fingerprint == process.revise(version=99).fingerprint
    assert len(there.stages) == len(process.stages)


def test_stages_are_put_in_order_among_their_places() -> None:
    assert names(SOLAR.revise("wind", order=["offer", "survey"]))[:3] == ["lead", "offer", "survey"]
    assert names(SOLAR.revise("wind", order=["offer", "lead"]))[:3] == ["offer", "survey", "lead"]
    assert SOLAR.revise("wind", order=names(SOLAR)).stages == SOLAR.stages


def test_criteria_work_and_reasons_are_added_and_dropped_by_their_place() -> None:
    wind = SOLAR.revise(
        "wind",
        add={
            "survey.exit": [c.equals("heritage", False)],
            "survey.activities": [Activity("shade_analysis", required=True)],
            "lost.reasons": ["permit", LossReason("neighbour", counts=False)],
            "hurry.criteria": [c.approved("hurry")],
            "signed.locked": [c.approved("contract")],
        },
        drop={
            "lead.exit": [c.has("roof")],
            "offer.entry": [c.visited("survey")],
            "survey.activities": ["photos"],
            "lost.reasons": ["roof"],
            "hurry.criteria": [c.has("roof")],
        },
    )
    assert wind.stage("survey").exit == (c.equals("heritage", False),)
    assert [activity.name for activity in wind.stage("survey").activities] == ["visit", "shade_analysis"]
    assert [reason.name for reason in wind.stage("lost").reasons] == ["price", "permit", "neighbour"]
    assert wind.transitions[0].criteria == (c.approved("hurry"),)
    assert wind.stage("signed").locked == (*SOLAR.stage("signed").locked, c.approved("contract"))
    assert wind.stage("lead").exit == ()
    assert len(wind.stage("offer").entry) == 1


def test_an_added_fact_takes_the_place_of_its_namesake_and_a_dropped_one_is_gone() -> None:
    tilted = SOLAR.revise(facts=[Fact("roof", float, minimum=1), Fact("tilt", int)])
    assert [fact.name for fact in tilted.facts] == ["roof", "heritage", "tilt"]
    assert tilted.fact("roof").minimum == 1
    fewer = tilted.revise(drop={"facts": ["tilt"]})
    assert [fact.name for fact in fewer.facts] == ["roof", "heritage"]
    with pytest.raises(UnknownFact, match="no fact 'tilted'; did you mean 'tilt'"):
        tilted.fact("tilted")


def test_a_fact_that_a_rule_reads_cannot_be_dropped() -> None:
    with pytest.raises(InvalidProcess, match="roof"):
        SOLAR.revise(drop={"facts": ["roof"]})


def test_two_facts_of_one_name_are_a_fault_and_not_a_choice() -> None:
    with pytest.raises(InvalidProcess) as invalid:
        SOLAR.revise(facts=[Fact("tilt", int), Fact("tilt", float)])
    assert ("fact.duplicate", "tilt") in findings(invalid)


@pytest.mark.parametrize(
    ("change", "left"),
    [
        ({"probability": 0.2}, {"category": "us"}),
        ({"probability": 0.1}, {"probability": "somebody", "category": "us"}),
        ({"category": "omitted", "typical_duration": timedelta(days=3)}, {"probability": "somebody"}),
        ({"probability": 0.2, "provenance": {"probability": "history"}}, {"probability": "history"}),
        ({"label": "Leads"}, {"probability": "somebody", "category": "us"}),
    ],
    ids=str,
)
def test_a_number_that_changes_no_longer_names_the_source_of_the_old_one(
    change: dict[str, Any], left: dict[str, str]
) -> None:
    assert SOLAR.revise(change={"lead": change}).stage("lead").provenance == left


def test_a_tuned_number_does_not_name_it_either() -> None:
    assert SOLAR.retune({"lead": 0.2}, tuning="2026-Q3").stage("lead").provenance == {"category": "us"}


def test_everything_that_an_edit_names_and_is_not_there_is_told_at_once() -> None:
    with pytest.raises(InvalidProcess) as invalid:
        SOLAR.revise(
            rename={"ofer": "bid", "hurry": "rush"},
            order=["lead", "led", "lead"],
            add={"ofer.exit": [], "offer.exits": [], "facts": [], "lost": []},
            drop={"offer.entry": [c.has("roof")], "survey.activities": ["visits"], "facts": ["rof"], "x.exit": []},
        )
    assert findings(invalid) == [
        ("rename.unknown", "ofer"),
        ("rename.unknown", "hurry"),
        ("order.unknown", "led"),
        ("order.unknown", "lead"),
        ("add.unknown", "ofer.exit"),
        ("add.unknown", "offer.exits"),
        ("add.unknown", "facts"),
        ("add.unknown", "lost"),
        ("drop.unknown", "x.exit"),
        ("drop.unknown", "visits"),
        ("drop.unknown", "has(roof)"),
        ("drop.unknown", "rof"),
    ]
    assert "drop names what is not there in survey.activities; known: photos, visit" in str(invalid.value)


def test_a_stage_that_is_left_out_is_neither_put_in_order_nor_added_to() -> None:
    with pytest.raises(InvalidProcess) as invalid:
        SOLAR.revise(without=["support"], order=["support"], add={"support.exit": [c.has("roof")]})
    assert findings(invalid) == [("order.unknown", "support"), ("add.unknown", "support.exit")]


def test_a_single_text_is_no_list_of_things_to_drop() -> None:
    with pytest.raises(TypeError, match="'photos'"):
        SOLAR.revise(drop={"survey.activities": "photos"})


def test_two_names_for_one_stage_are_a_fault_of_the_result() -> None:
    with pytest.raises(InvalidProcess) as invalid:
        SOLAR.revise(rename={"lead": "offer"})
    assert ("stage.duplicate", "offer") in findings(invalid)


def test_a_process_is_mixed_from_parts_of_two_templates() -> None:
    startup, agency = templates.load("startup"), templates.load("agency")
    audit = agency.stage("audit")
    wanted = {name for _, each in audit.criteria() for name in each.mentions("fact")}
    mixed = startup.revise("audited", after={"first_contact": audit}, facts=map(agency.fact, sorted(wanted)))
    assert mixed.lint() == ()
    assert names(mixed)[1:4] == ["first_contact", "audit", "needs_assessment"]
    with pytest.raises(InvalidProcess, match="analytics_access"):
        startup.revise("audited", after={"first_contact": audit})


@pytest.mark.parametrize("name", templates.names())
def test_a_template_under_a_new_name_runs_as_before(name: str) -> None:
    theirs = templates.load(name)
    ours = theirs.revise("ours")
    assert (ours.name, ours.version, ours.lint()) == ("ours", 1, ())
    assert ours.open("d", at=AT).stage == theirs.stages[0].name
