"""The next version of a rulebook, other priors, and the digest that tells contents apart."""

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesprocess import Deal, testing
from salesprocess import criteria as c
from salesprocess.errors import InvalidProcess
from salesprocess.facts import Fact
from salesprocess.process import Process
from salesprocess.rules import Policy, Transition
from salesprocess.stages import Activity, LossReason, Stage
from salesprocess.working_time import WorkingDays, WorkingHours

AT = datetime(2026, 1, 5, 9, tzinfo=UTC)
LEAD = Stage(
    "lead",
    0.1,
    activities=[Activity("call", required=True, within=timedelta(days=1))],
    exit=[c.has("seats")],
    when=c.equals("heritage", False),
)
OFFER = Stage("offer", 0.5, "best_case", timedelta(days=7), entry=[c.at_least("seats", 1)], locked=[c.approved("x")])
SOLAR = Process(
    "solar",
    facts=[Fact("seats", int, 0, 9), Fact("heritage", bool)],
    stages=[LEAD, OFFER, Stage.won("won"), Stage.after_sale("support"), Stage.lost("lost", reasons=["price"])],
    transitions=[Transition("fast_track", "lead", "won", criteria=[c.approved("fast")], when=c.has("heritage"))],
    label="Solar",
)


def names(process: Process) -> list[str]:
    return [stage.name for stage in process.stages]


def findings(invalid: pytest.ExceptionInfo[InvalidProcess]) -> list[tuple[str, str]]:
    return [(finding.code, finding.subject) for finding in invalid.value.findings]


def test_a_revision_without_edits_is_the_same_rules_one_version_higher() -> None:
    again = SOLAR.revise()
    assert again == attrs.evolve(SOLAR, version=2)
    assert SOLAR.revise(version=7).version == 7


def test_a_new_name_starts_at_version_one() -> None:
    wind = SOLAR.revise().revise("wind")
    assert (wind.name, wind.version, wind.stages) == ("wind", 1, SOLAR.stages)
    assert SOLAR.revise("wind", version=3).version == 3
    assert SOLAR.revise("solar").version == 2


def test_stages_are_inserted_beside_their_neighbours_in_order() -> None:
    a, b, d = Stage("a"), Stage("b"), Stage("d")
    assert names(SOLAR.revise(before={"lead": a}, after={"lead": [b, d]})) == [
        "a",
        "lead",
        "b",
        "d",
        *names(SOLAR)[1:],
    ]


def test_stages_and_transitions_are_left_out_by_name() -> None:
    smaller = SOLAR.revise(without=["support", "fast_track"])
    assert names(smaller) == ["lead", "offer", "won", "lost"]
    assert smaller.transitions == ()


def test_a_stage_may_be_replaced_in_its_place() -> None:
    swapped = SOLAR.revise(without=["offer"], after={"offer": Stage("bid")})
    assert names(swapped) == ["lead", "bid", "won", "support", "lost"]


def test_fields_of_stages_and_transitions_are_changed_by_name() -> None:
    changed = SOLAR.revise(change={"offer": {"probability": 0.4, "optional": True}, "fast_track": {"label": "Hurry"}})
    assert changed.stage("offer") == attrs.evolve(OFFER, probability=0.4, optional=True)
    assert changed.transitions == (attrs.evolve(SOLAR.transitions[0], label="Hurry"),)
    assert changed.stage("lead") == LEAD


def test_transitions_and_facts_are_added_and_policy_and_label_replaced() -> None:
    extra, region = Transition("detour", "offer", "lead"), Fact("region", str)
    changed = SOLAR.revise(transitions=[extra], facts=[region], policy=Policy(back="never"), label="")
    assert changed.transitions == (*SOLAR.transitions, extra)
    assert changed.facts == (*SOLAR.facts, region)
    assert changed.policy == Policy(back="never")
    assert changed.label == ""
    kept = SOLAR.revise()
    assert (kept.facts, kept.policy, kept.label) == (SOLAR.facts, SOLAR.policy, "Solar")


def test_the_original_is_untouched() -> None:
    before = SOLAR.fingerprint
    SOLAR.revise(without=["support"], change={"offer": {"optional": True}})
    assert SOLAR.fingerprint == before


def test_everything_an_edit_names_that_is_not_there_is_told_at_once() -> None:
    with pytest.raises(InvalidProcess) as invalid:
        SOLAR.revise(
            version=1,
            before={"fast_track": Stage("a")},
            after={"ofer": Stage("b")},
            without=["nothing"],
            change={"led": {"probability": 0.1}, "offer": {"probabilty": 0.1}, "fast_track": {"goal": "x"}},
        )
    assert findings(invalid) == [
        ("before.unknown", "fast_track"),
        ("after.unknown", "ofer"),
        ("without.unknown", "nothing"),
        ("change.unknown", "led"),
        ("change.unknown", "offer"),
        ("change.unknown", "fast_track"),
        ("version.invalid", "solar"),
    ]
    assert "a stage has no 'probabilty'" in str(invalid.value)
    assert "a transition has no 'goal'" in str(invalid.value)


def test_faults_of_the_edit_come_with_those_of_the_result() -> None:
    with pytest.raises(InvalidProcess) as invalid:
        SOLAR.revise(without=["won", "nothing"])
    assert ("without.unknown", "nothing") in findings(invalid)
    assert ("won.missing", "solar") in findings(invalid)


@pytest.mark.parametrize("version", [1, 0, -1])
def test_a_version_only_rises(version: int) -> None:
    with pytest.raises(InvalidProcess) as invalid:
        SOLAR.revise(version=version)
    assert ("version.invalid", "solar") in findings(invalid)


def test_other_priors_are_the_same_rules() -> None:
    tuned = SOLAR.retune(
        {"lead": 0.2, "offer": {"probability": 0.6, "category": "commit", "typical_duration": timedelta(days=3)}},
        tuning="2026-Q3",
    )
    assert tuned.tuning == "2026-Q3"
    assert (tuned.name, tuned.version, tuned.fingerprint) == (SOLAR.name, SOLAR.version, SOLAR.fingerprint)
    assert tuned.stage("lead").probability == 0.2
    assert tuned.stage("offer") == attrs.evolve(
        OFFER, probability=0.6, category="commit", typical_duration=timedelta(days=3)
    )
    assert tuned.revise().tuning == "2026-Q3"
    deal = SOLAR.open("d", at=AT, facts={"heritage": False})
    assert tuned.record(deal, "call", at=AT).stage == "lead"


def test_a_tuning_changes_no_rules() -> None:
    with pytest.raises(InvalidProcess) as invalid:
        SOLAR.retune({"offer": {"optional": True, "nonsense": 1}, "ofer": 0.5, "fast_track": 0.5}, tuning="x")
    assert findings(invalid) == [
        ("prior.unknown", "offer"),
        ("prior.unknown", "offer"),
        ("retune.unknown", "ofer"),
        ("retune.unknown", "fast_track"),
    ]


def test_a_prior_is_a_probability_and_a_tuning_has_a_name() -> None:
    with pytest.raises(InvalidProcess) as invalid:
        SOLAR.retune({"offer": 1.5}, tuning="x")
    assert findings(invalid) == [("probability.range", "offer")]
    for name in ("", "  ", 5):
        with pytest.raises((ValueError, TypeError), match="tuning"):
            SOLAR.retune({}, tuning=name)  # type: ignore[arg-type]  # pyright: ignore


@given(testing.processes(), st.data())
def test_tuning_any_process_keeps_its_rules(process: Process, data: st.DataObject) -> None:
    opens = [stage.name for stage in process.stages if stage.kind == "open"]
    priors = data.draw(st.dictionaries(st.sampled_from(opens), st.floats(0, 1)))
    tuned = process.retune(priors, tuning="x")
    assert tuned.fingerprint == process.fingerprint
    assert {name: tuned.stage(name).probability for name in priors} == priors
    assert process.revise().fingerprint != process.fingerprint


LABELS: list[dict[str, Any]] = [
    {"change": {"offer": {"label": "Bid"}}},
    {"change": {"offer": {"guidance": "be quick"}}},
    {"change": {"offer": {"probability": 0.9}}},
    {"change": {"offer": {"category": "commit"}}},
    {"change": {"offer": {"typical_duration": timedelta(days=1)}}},
    {"change": {"offer": {"provenance": {"probability": "history"}}}},
    {"change": {"offer": {"canonical": "closing"}}},
    {"change": {"fast_track": {"label": "Hurry"}}},
    {"change": {"lost": {"reasons": [LossReason("price", label="Too dear")]}}},
    {"label": "Sun"},
    {"policy": Policy(clock_skew=timedelta(0))},
]
RULES: list[dict[str, Any]] = [
    {"after": {"lead": Stage("b")}},
    {"without": ["support"]},
    {"change": {"offer": {"optional": True}}},
    {"change": {"offer": {"entry": []}}},
    {"change": {"offer": {"entry": [c.at_least("seats", 2)]}}},
    {"change": {"offer": {"locked": [c.approved("x", role="cfo")]}}},
    {"change": {"offer": {"entry": [c.approved("x")], "locked": [c.at_least("seats", 1)]}}},
    {"change": {"lead": {"when": None}}},
    {"change": {"lead": {"activities": [Activity("call", within=timedelta(days=1))]}}},
    {"change": {"lead": {"activities": [Activity("call", within=WorkingDays(1))]}}},
    {"change": {"lead": {"activities": [Activity("call", within=WorkingHours(timedelta(hours=1)))]}}},
    {"change": {"lead": {"activities": [Activity("call", required=True)]}}},
    {"change": {"lost": {"reasons": [LossReason("price", counts=False)]}}},
    {"change": {"lost": {"reasons": ["price", "roof"]}}},
    {"change": {"fast_track": {"destination": "offer"}}},
    {"change": {"fast_track": {"criteria": []}}},
    {"change": {"fast_track": {"when": None}}},
    {"transitions": [Transition("detour", "offer", "lead")]},
    {"facts": [Fact("seats", int, 0, 8), Fact("heritage", bool)]},
    {"facts": [Fact("seats", int, 0, 9, choices=(1,)), Fact("heritage", bool)]},
    {"facts": [*SOLAR.facts, Fact("region", str)]},
    {"policy": Policy(skip="any")},
    {"policy": Policy(back="never")},
    {"policy": Policy(win="any")},
    {"policy": Policy(win=("lead",))},
    {"policy": Policy(reopen="lead")},
    {"policy": Policy(override="never")},
    {"policy": Policy(facts="free")},
]


@pytest.mark.parametrize("edit", LABELS, ids=str)
def test_words_and_priors_leave_no_print(edit: dict[str, Any]) -> None:
    assert SOLAR.revise(version=2, **edit).fingerprint == SOLAR.revise(version=2).fingerprint


@pytest.mark.parametrize("edit", RULES, ids=str)
def test_every_rule_leaves_its_print(edit: dict[str, Any]) -> None:
    assert SOLAR.revise(version=2, **edit).fingerprint != SOLAR.revise(version=2).fingerprint


def test_no_two_of_these_rulebooks_share_a_print() -> None:
    prints = [SOLAR.revise(version=2, **edit).fingerprint for edit in RULES]
    assert len(set(prints)) == len(prints)
    assert all(len(each) == 16 for each in prints)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (c.equals("x", 1), c.equals("x", "1")),
        (c.all_of(c.has("x"), c.equals("x", "True")), c.all_of(c.has("x"), c.equals("x", True))),
    ],
    ids=["int and text", "inside another"],
)
def test_values_of_two_kinds_leave_two_prints(one: Any, other: Any) -> None:
    process = SOLAR.revise(policy=Policy(facts="free"))
    first, second = (process.revise(version=3, change={"offer": {"exit": [each]}}) for each in (one, other))
    assert first.fingerprint != second.fingerprint


def test_a_set_leaves_its_print_by_what_it_holds() -> None:
    @c.criterion("among", "the region is not among them")
    def among(deal: Deal, ask: c.Ask, regions: frozenset[str]) -> bool:
        return deal.facts.get("region") in regions

    def prints(*regions: str) -> str:
        free = SOLAR.revise(policy=Policy(facts="free"))
        return free.revise(change={"offer": {"exit": [among(frozenset(regions))]}}).fingerprint

    assert prints("north", "south", "west") == prints("west", "south", "north")
    assert prints("north", "south") != prints("north", "west")


PROGRAM = """
from salesprocess.process import Process
from salesprocess.stages import Stage
from salesprocess import criteria as c
from salesprocess.working_time import WorkingDays, WorkingHours

@c.criterion("in_roles", "no")
def in_roles(deal, ask, roles):
    return True

criterion = {criterion}
stages = [Stage("lead", exit=[criterion]), Stage.won("won"), Stage.lost("lost")]
print(Process("p", stages=stages).fingerprint)
"""


def prints_of(criterion: str) -> set[str]:
    """The fingerprints in several runs of Python, whose hashes are seeded differently."""
    program = PROGRAM.format(criterion=criterion)
    return {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": str(seed)},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for seed in (1, 2, 3, 4)
    }


def test_the_print_is_the_same_in_every_run_of_python() -> None:
    assert len(prints_of("in_roles(('a', 'b', 'c'))")) == 1


def test_the_print_of_a_set_is_the_same_in_every_run_of_python() -> None:
    assert len(prints_of("in_roles(frozenset(('a', 'b', 'c', 'd')))")) == 1


def test_two_requirements_in_one_place_have_two_names() -> None:
    stages = [
        Stage("lead", exit=[c.approved("x", role="owner"), c.approved("x", not_by="owner")]),
        Stage.won("won"),
        Stage.lost("lost"),
    ]
    process = Process("p", stages=stages)
    unmet = process.decide(process.open("d", at=AT), "win", at=AT).unmet
    assert len({reason.requirement for reason in unmet}) == 2


def test_a_change_of_what_is_left_out_is_refused() -> None:
    with pytest.raises(InvalidProcess):
        SOLAR.revise(without=["support"], change={"support": {"optional": True}})
