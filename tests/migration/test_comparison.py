"""A difference between two rulebooks is told completely, and as a rule exactly when it decides something."""

from __future__ import annotations

import pickle
from datetime import timedelta
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesprocess import Activity, Fact, LossReason, Policy, Process, Stage, Transition
from salesprocess import criteria as c
from salesprocess.comparison import Change, diff
from salesprocess.criteria import Criterion
from salesprocess.testing import processes
from tests.solar import solar


def leaves(value: object) -> list[object]:
    """Everything a rulebook says, with nothing known about what it means: fields and items all the way down."""
    if isinstance(value, Criterion) or not (attrs.has(type(value)) or isinstance(value, tuple)):
        return [value]
    if isinstance(value, tuple):
        return [leaf for item in value for leaf in leaves(item)]
    parts = [getattr(value, field.name) for field in attrs.fields(type(value)) if field.init]
    return [leaf for part in parts for leaf in leaves(part)]


@st.composite
def pairs(draw: st.DrawFn) -> tuple[Process, Process]:
    """Two rulebooks: unrelated ones, or one with a few edits of every sort."""
    old = draw(processes())
    if draw(st.booleans()):
        return old, draw(processes(version=draw(st.sampled_from((1, 2)))))
    fields: dict[str, Any] = {field.name: getattr(old, field.name) for field in attrs.fields(Process) if field.init}
    stages = list(old.stages)
    for _ in range(draw(st.integers(0, 3))):
        place = draw(st.integers(0, len(stages) - 1))
        edit: dict[str, st.SearchStrategy[Any]] = {
            "label": st.sampled_from(("A", "B")),
            "guidance": st.sampled_from(("A", "B")),
            "canonical": st.sampled_from((None, "closing")),
            "provenance": st.sampled_from(({}, {"probability": "ours"})),
            "optional": st.booleans(),
        }
        if stages[place].kind == "open":
            edit["probability"] = st.sampled_from((None, 0.25, 0.5))
            edit["category"] = st.sampled_from((None, "commit"))
            edit["typical_duration"] = st.sampled_from((None, timedelta(days=3)))
        name = draw(st.sampled_from(sorted(edit)))
        stages[place] = attrs.evolve(stages[place], **{name: draw(edit[name])})
    fields["stages"] = stages
    facts = draw(st.permutations(old.facts)) if draw(st.booleans()) else list(old.facts)
    if draw(st.booleans()):
        facts[0] = attrs.evolve(facts[0], label=draw(st.sampled_from(("", "Seats"))))
    fields["facts"] = facts
    fields["transitions"] = draw(st.permutations(old.transitions))
    fields["label"] = draw(st.sampled_from(("", "Solar")))
    fields["tuning"] = draw(st.sampled_from(("", "Q3")))
    return old, Process(**fields)


@pytest.mark.counted
@given(processes())
def test_nothing_differs_from_itself(process: Process) -> None:
    changes = diff(process, process)
    assert not changes
    assert (len(changes), list(changes), changes.rows) == (0, [], ())


@given(pairs())
def test_a_difference_is_reported_exactly_when_there_is_one(pair: tuple[Process, Process]) -> None:
    old, new = pair
    assert bool(diff(old, new)) == (leaves(old) != leaves(new))


@given(pairs())
def test_a_rule_differs_exactly_when_the_fingerprints_do(pair: tuple[Process, Process]) -> None:
    old, new = pair
    rules = [row for row in diff(old, new).rules if row.where != "policy.clock_skew"]
    prints = [process.revise(version=99).fingerprint for process in pair]  # a fingerprint tells the version as well
    assert bool(rules) == (prints[0] != prints[1])


@given(pairs())
def test_every_field_that_differs_in_a_stage_of_the_same_name_is_reported(pair: tuple[Process, Process]) -> None:
    old, new = pair
    told = {row.where for row in diff(old, new)}
    before = {stage.name: stage for stage in old.stages}
    for stage in new.stages:
        if stage.name in before:
            for field in attrs.fields(Stage):
                differs = getattr(stage, field.name) != getattr(before[stage.name], field.name)
                place = f"{stage.name}.{field.name}"
                assert differs == any(where == place or where.startswith(f"{place}.") for where in told)


@given(pairs())
def test_the_other_way_round_what_was_added_is_removed(pair: tuple[Process, Process]) -> None:
    old, new = pair
    there, back = diff(old, new), diff(new, old)
    assert sorted(str(row.new) for row in there if row.sort == "added") == sorted(
        str(row.old) for row in back if row.sort == "removed"
    )
    assert len(there) == len(back)
    assert pickle.loads(pickle.dumps(there)) == there


def rows(new: Process, old: Process = solar) -> list[str]:
    changes = diff(old, new)
    return [str(row) for row in changes if row.where != "version"]


def test_a_revision_reads_as_a_list_of_what_it_changes() -> None:
    new = solar.revise(
        before={"offer": Stage("grid_check", probability=0.4)},
        without=["financing", "fast_track"],
        change={
            "offer": {"probability": 0.5, "entry": [c.has("seats")], "optional": True, "label": "Offer out"},
            "site_survey": {"activities": [Activity("shade_analysis", required=True)]},
            "lost": {"reasons": [LossReason("roof"), LossReason("price"), LossReason("timing")]},
        },
        facts=[*solar.facts[:2], Fact("seats", float)],
        policy=attrs.evolve(solar.policy, back="never"),
    )
    assert str(diff(solar, new)).splitlines() == [
        "solar-installer version 1 → solar-installer version 2: 16 differences",
        "label  version: 1 → 2",
        "rule   facts.seats.kind: int → float",
        "rule   stages: - financing",
        "rule   stages: + grid_check",
        "rule   site_survey.activities: - site_visit",
        "rule   site_survey.activities.shade_analysis.required: False → True",
        "prior  offer.probability: 0.55 → 0.5",
        "rule   offer.entry: - amount_at_least(1000 EUR)",
        "rule   offer.entry: + has(seats)",
        "rule   offer.optional: False → True",
        "label  offer.label: Offer → Offer out",
        "rule   lost.reasons: - duplicate",
        "rule   lost.reasons: + timing",
        "rule   lost.reasons.price: from place 1 to place 2",
        "rule   transitions: - fast_track",
        "rule   policy.back: any → never",
    ]


def test_the_fewest_stages_that_moved_are_told() -> None:
    stages = {stage.name: stage for stage in solar.stages}
    order = ["offer", *(name for name in stages if name != "offer")]
    moved = Process(
        solar.name, version=2, facts=solar.facts, stages=[stages[name] for name in order], policy=solar.policy
    )
    assert rows(moved, solar.revise(without=["fast_track"], version=3)) == ["rule   offer: from place 4 to place 1"]


def test_a_stage_that_only_got_another_name_is_renamed() -> None:
    new = solar.revise(
        without=["site_survey", "fast_track", "signed"],
        before={
            "site_survey": attrs.evolve(solar.stage("site_survey"), name="survey", label="Survey"),
            "signed": Stage.won("won"),
        },
    )
    changes = diff(solar, new)
    assert changes.renamed == {"site_survey": "survey", "signed": "won"}
    assert rows(new) == [
        "rule   stages: site_survey → survey",
        "label  survey.label: Site survey → Survey",
        "rule   stages: signed → won",
        "rule   won.locked: - " + str(solar.stage("signed").locked[0]),
        "label  won.label: Signed → Won",
        "rule   transitions: - fast_track",
    ]


def test_priors_and_labels_are_set_apart_from_rules() -> None:
    tuned = solar.retune({"offer": 0.6}, tuning="Q3")
    changes = diff(solar, tuned)
    assert changes.rules == ()
    assert changes.labels == ()
    assert changes.priors == (
        Change("changed", "tuning", "", "Q3", "prior"),
        Change("changed", "offer.probability", 0.55, 0.6, "prior"),
    )
    assert rows(tuned) == ["prior  tuning: none → Q3", "prior  offer.probability: 0.55 → 0.6"]
    assert diff(solar, solar.revise(label="Solar")).labels == (
        Change("changed", "version", 1, 2, "label"),
        Change("changed", "label", "", "Solar", "label"),
    )


def test_criteria_in_another_order_are_a_change_of_their_place() -> None:
    first = solar.revise(change={"offer": {"entry": [c.has("seats"), c.has("heritage")]}})
    second = first.revise(change={"offer": {"entry": [c.has("heritage"), c.has("seats")]}})
    assert rows(second, first) == ["rule   offer.entry: has(seats), has(heritage) → has(heritage), has(seats)"]


def test_transitions_of_one_name_find_their_equals_first() -> None:
    other = Transition("fast_track", "lead", "offer")
    new = solar.revise(transitions=[other])
    assert rows(new) == ["rule   transitions: + fast_track"]
    assert rows(solar.revise(change={"fast_track": {"destination": "offer", "when": c.has("seats")}})) == [
        "rule   fast_track.destination: financing → offer",
        "rule   fast_track.when: none → has(seats)",
    ]


def test_two_equal_rulebooks_print_no_differences() -> None:
    assert str(diff(solar, solar)) == "solar-installer version 1 → solar-installer version 1: no differences"


def test_a_rename_is_no_change_of_what_speaks_of_the_renamed() -> None:
    v1 = Process(
        "solar",
        stages=[
            Stage("lead"),
            Stage("survey", exit=[c.visited("lead")]),
            Stage("offer", entry=[c.any_of(c.visited("survey"), c.visited_times("lead", 2))]),
            Stage.won("won"),
            Stage.lost("lost"),
        ],
        transitions=[Transition("jump", "lead", "offer", when=c.not_(c.visited("survey")))],
        policy=Policy(win=["offer"], reopen="lead"),
    )
    names = {"lead": "enquiry", "survey": "visit", "offer": "bid"}
    changes = v1.diff(v1.revise(rename=names))
    assert changes.renamed == names
    assert {row.sort for row in changes.rules} == {"renamed"}
    back = v1.revise(rename=names).diff(v1)
    assert back.renamed == {new: old for old, new in names.items()}
    stricter = v1.revise(rename={"lead": "enquiry"}, add={"lead.exit": [c.has_term("owner")]})
    assert v1.diff(stricter).renamed == {}
