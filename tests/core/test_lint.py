"""Definition errors are found when the process is built, all at once; advice is given on request."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import attrs
import pytest

from salesprocess import Activity, Fact, LossReason, Policy, Process, Stage, Transition
from salesprocess import criteria as c
from salesprocess.errors import InvalidProcess
from salesprocess.lint import is_name

WON, LOST = Stage.won("won"), Stage.lost("lost")


def build(*stages: Any, **fields: Any) -> Process:
    return Process("solar", stages=[*stages, WON, LOST], **fields)


def codes_of(make: Callable[[], object]) -> list[str]:
    with pytest.raises(InvalidProcess) as caught:
        make()
    assert all(finding.severity == "error" for finding in caught.value.findings)
    assert all(finding.message in str(caught.value) for finding in caught.value.findings)
    return [finding.code for finding in caught.value.findings]


LEAD = Stage("lead", 0.1)

BROKEN: dict[str, tuple[list[str], Callable[[], object]]] = {
    "a stage twice": (["stage.duplicate"], lambda: build(LEAD, LEAD)),
    "no won stage": (["won.missing"], lambda: Process("solar", stages=[LEAD, LOST])),
    "no lost stage": (["lost.missing"], lambda: Process("solar", stages=[LEAD, WON])),
    "two won stages": (["won.several"], lambda: build(LEAD, Stage.won("signed"))),
    "two lost stages": (["lost.several"], lambda: build(LEAD, Stage.lost("dead"))),
    "no open stage": (["stage.none_open"], lambda: Process("solar", stages=[WON, LOST])),
    "an open stage after the won one": (
        ["stage.order"],
        lambda: Process("solar", stages=[LEAD, WON, Stage("x"), LOST]),
    ),
    "after-sale before the won one": (["stage.order"], lambda: build(LEAD, Stage.after_sale("service"))),
    "a stage of no kind": (["stage.kind"], lambda: build(LEAD, Stage("odd", kind="maybe"))),  # type: ignore[arg-type]
    "a probability above one": (["probability.range"], lambda: build(Stage("lead", 1.2))),
    "a probability that is no number": (["probability.range"], lambda: build(Stage("lead", "high"))),  # type: ignore[arg-type]
    "a probability that is not a number": (["probability.range"], lambda: build(Stage("lead", float("nan")))),
    "a category nobody knows": (["category.unknown"], lambda: build(Stage("lead", category="hot"))),  # type: ignore[arg-type]
    "a canonical step nobody knows": (["canonical.unknown"], lambda: build(Stage("lead", canonical="magic"))),  # type: ignore[arg-type]
    "a duration of nothing": (["duration.invalid"], lambda: build(Stage("lead", typical_duration=timedelta(0)))),
    "a target of nothing": (
        ["duration.invalid"],
        lambda: build(Stage("lead", activities=[Activity("call", within=timedelta(days=-1))])),
    ),
    "an activity twice": (
        ["activity.duplicate"],
        lambda: build(Stage("lead", activities=[Activity("call"), Activity("call")])),
    ),
    "a loss reason twice": (
        ["reason.duplicate"],
        lambda: Process("solar", stages=[LEAD, WON, Stage.lost("lost", reasons=["price", LossReason("price")])]),
    ),
    "a transition from nowhere": (
        ["transition.nowhere"],
        lambda: build(LEAD, transitions=[Transition("jump", "x", "won")]),
    ),
    "a transition to nowhere": (
        ["transition.nowhere"],
        lambda: build(LEAD, transitions=[Transition("jump", "lead", "x")]),
    ),
    "a transition to its own stage": (
        ["transition.loop"],
        lambda: build(LEAD, transitions=[Transition("again", "lead", "lead")]),
    ),
    "a reserved name": (
        ["transition.reserved"],
        lambda: build(LEAD, transitions=[Transition("advance", "lead", "won")]),
    ),
    "a standard prefix": (
        ["transition.reserved"],
        lambda: build(LEAD, transitions=[Transition("to_x", "lead", "won")]),
    ),
    "a transition twice": (
        ["transition.duplicate"],
        lambda: build(LEAD, transitions=[Transition("jump", "lead", "won"), Transition("jump", "lead", "won")]),
    ),
    "after-sale without a sale": (
        ["transition.unsold"],
        lambda: Process(
            "solar",
            stages=[LEAD, WON, Stage.after_sale("service"), LOST],
            transitions=[Transition("jump", "lead", "service")],
        ),
    ),
    "a name for people": (["name.invalid"], lambda: build(Stage("First contact", 0.1))),
    "a process without a name": (["name.invalid"], lambda: Process("", stages=[LEAD, WON, LOST])),
    "version zero": (["version.invalid"], lambda: build(LEAD, version=0)),
    "a version that is true": (["version.invalid"], lambda: build(LEAD, version=True)),
    "a fact twice": (["fact.duplicate"], lambda: build(LEAD, facts=[Fact("size", int), Fact("size", int)])),
    "a fact of no kind": (["fact.kind"], lambda: build(LEAD, facts=[Fact("size", list)])),  # type: ignore[arg-type]
    "bounds the wrong way round": (
        ["fact.bound"],
        lambda: build(LEAD, facts=[Fact("size", int, minimum=2, maximum=1)]),
    ),
    "a bound of another kind": (["fact.bound"], lambda: build(LEAD, facts=[Fact("size", int, minimum="1")])),
    "a choice of another kind": (["fact.bound"], lambda: build(LEAD, facts=[Fact("size", str, choices=(1,))])),
    "a fact nobody declares": (["fact.unknown"], lambda: build(Stage("lead", exit=[c.has("rof_area")]))),
    "an activity no stage lists": (["activity.unknown"], lambda: build(Stage("lead", exit=[c.done("visit")]))),
    "a stage that is not there": (["stage.unknown"], lambda: build(Stage("lead", when=c.visited("survey")))),
    "a misspelt fact deep inside": (
        ["fact.unknown"],
        lambda: build(LEAD, transitions=[Transition("jump", "lead", "won", when=c.not_(c.any_of(c.has("x"))))]),
    ),
    "a skip policy nobody knows": (["policy.skip"], lambda: build(LEAD, policy=Policy(skip="all"))),  # type: ignore[arg-type]
    "a back policy nobody knows": (["policy.back"], lambda: build(LEAD, policy=Policy(back="some"))),  # type: ignore[arg-type]
    "a fact policy nobody knows": (["policy.facts"], lambda: build(LEAD, policy=Policy(facts="any"))),  # type: ignore[arg-type]
    "a win policy nobody knows": (["policy.win"], lambda: build(LEAD, policy=Policy(win="last"))),
    "a win from nowhere": (["won.unreachable", "policy.win"], lambda: build(LEAD, policy=Policy(win=("offer",)))),
    "a reopening to nowhere": (["policy.reopen"], lambda: build(LEAD, policy=Policy(reopen="won"))),
    "an override for nobody": (["policy.override"], lambda: build(LEAD, policy=Policy(override="manager"))),
    "a negative skew": (["policy.clock_skew"], lambda: build(LEAD, policy=Policy(clock_skew=timedelta(-1)))),
    "a stage that is a string": (["kind"], lambda: build("lead")),
    "a criterion that is a rule": (["kind"], lambda: build(Stage("lead", exit=[c.objections_resolved]))),  # type: ignore[list-item]
    "a transition's criterion that is a function": (
        ["kind", "kind"],
        lambda: build(LEAD, transitions=[Transition("jump", "lead", "won", when=print, criteria=[print])]),  # type: ignore[arg-type, list-item]
    ),
    "a condition that is a rule": (["kind"], lambda: build(Stage("lead", when=c.objections_resolved))),  # type: ignore[arg-type]
    "a policy that is a word": (["kind"], lambda: build(LEAD, policy="strict")),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_rulebook_is_refused_with_its_finding(case: str) -> None:
    expected, make = BROKEN[case]
    assert codes_of(make) == expected


def test_everything_wrong_is_told_at_once() -> None:
    def make() -> Process:
        return Process(
            "Solar!",
            version=0,
            stages=[Stage("lead", 2), Stage("lead", exit=[c.has("x")])],
            transitions=[Transition("jump", "lead", "mars")],
        )

    assert set(codes_of(make)) == {
        "name.invalid",
        "version.invalid",
        "stage.duplicate",
        "probability.range",
        "won.missing",
        "lost.missing",
        "transition.nowhere",
        "fact.unknown",
    }


def test_a_win_from_marked_stages_or_by_an_own_transition_can_be_reached() -> None:
    assert build(LEAD, policy=Policy(win=("lead",))).lint() == ()
    direct = [Transition("sign", "lead", "won")]
    assert codes_of(lambda: build(LEAD, policy=Policy(win=("x",)), transitions=direct)) == ["policy.win"]


def test_free_facts_need_no_declaration() -> None:
    assert build(Stage("lead", 0.1, exit=[c.has("anything")]), policy=Policy(facts="free")).lint() == ()


def test_whole_numbers_bound_decimal_facts() -> None:
    assert build(LEAD, facts=[Fact("share", float, minimum=0, maximum=1)]).lint() == ()


ADVICE: dict[str, tuple[list[tuple[str, str]], Callable[[], Process]]] = {
    "a stage without a prior": ([("hint", "probability.missing")], lambda: build(Stage("lead"))),
    "a prior that falls": ([("warning", "probability.falls")], lambda: build(LEAD, Stage("offer", 0.05))),
    "open deals counted as closed": (
        [("warning", "category.kind")],
        lambda: build(Stage("lead", 0.1, category="closed")),
    ),
    "required work that may be skipped": (
        [("warning", "activity.skippable")],
        lambda: build(Stage("lead", 0.1, optional=True, activities=[Activity("call", required=True)])),
    ),
    "a shadowed transition": (
        [("warning", "transition.shadowed")],
        lambda: build(
            LEAD,
            Stage("offer", 0.5),
            transitions=[Transition("jump", "lead", "won"), Transition("jump", "lead", "offer")],
        ),
    ),
}


@pytest.mark.parametrize("case", ADVICE)
def test_advice_names_what_is_odd(case: str) -> None:
    expected, make = ADVICE[case]
    process = make()
    assert [(finding.severity, finding.code) for finding in process.lint()] == expected
    assert process.lint()[0].subject in str(process.lint()[0])


def test_required_work_in_an_optional_stage_is_fine_where_nothing_is_skipped() -> None:
    stage = Stage("lead", 0.1, optional=True, activities=[Activity("call", required=True)])
    assert build(stage, policy=Policy(skip="never")).lint() == ()


def test_a_conditional_transition_shadows_nothing() -> None:
    moves = [Transition("jump", "lead", "won", when=c.has("size")), Transition("jump", "lead", "offer")]
    assert build(LEAD, Stage("offer", 0.5), transitions=moves, facts=[Fact("size", int)]).lint() == ()


@pytest.mark.parametrize("name", ["lead", "a", "site_survey", "q3-2026"])
def test_identifiers(name: str) -> None:
    assert is_name(name)


@pytest.mark.parametrize("name", ["", "Lead", "1st", "site survey", "lead\n", None, 5])
def test_no_identifiers(name: object) -> None:
    assert not is_name(name)


def test_a_removed_stage_that_a_transition_still_names_is_found() -> None:
    process = build(LEAD, Stage("offer", 0.5), transitions=[Transition("jump", "lead", "offer")])
    assert codes_of(lambda: process.revise(without=["offer"])) == ["transition.nowhere"]
    assert process.revise(without=["offer", "jump"]).transitions == ()


def test_a_revision_tells_its_own_errors_with_those_of_the_result() -> None:
    process = build(LEAD)
    assert codes_of(
        lambda: process.revise(
            version=1, without=["x"], after={"y": LEAD}, before={"lead": [LEAD]}, change={"lead": {"colour": "red"}}
        )
    ) == ["after.unknown", "without.unknown", "change.unknown", "version.invalid", "stage.duplicate"]
    assert codes_of(lambda: process.retune({"lead": {"optional": True}, "x": 0.5}, tuning="q3")) == [
        "prior.unknown",
        "retune.unknown",
    ]


def test_revisions_count_up_and_new_names_start_at_one() -> None:
    process = build(LEAD, version=4)
    assert process.revise().version == 5
    assert process.revise(version=9).version == 9
    assert (process.revise("wind").name, process.revise("wind").version) == ("wind", 1)
    assert process.revise("wind", version=3).version == 3


def test_an_edit_inserts_changes_and_adds() -> None:
    process = build(LEAD, facts=[Fact("size", int)], label="Solar")
    edited = process.revise(
        before={"lead": Stage("target", 0.05)},
        after={"lead": [Stage("survey", 0.2), Stage("offer", 0.5)]},
        change={"lead": {"probability": 0.1}},
        transitions=[Transition("jump", "lead", "offer")],
        facts=[Fact("roof", int)],
        policy=Policy(back="never"),
        label="Solar 2",
    )
    assert [stage.name for stage in edited.stages] == ["target", "lead", "survey", "offer", "won", "lost"]
    assert (edited.facts[0].name, edited.policy.back, edited.label) == ("roof", "never", "Solar 2")
    assert [transition.name for transition in edited.transitions] == ["jump"]
    kept = process.revise()
    assert (kept.facts, kept.policy, kept.label) == (process.facts, process.policy, process.label)


def test_a_tuning_changes_priors_and_nothing_that_decides() -> None:
    process = build(LEAD)
    tuned = process.retune({"lead": {"probability": 0.3, "category": "commit"}}, tuning="2026-Q3")
    assert (tuned.stage("lead").probability, tuned.stage("lead").category, tuned.tuning) == (0.3, "commit", "2026-Q3")
    assert (tuned.name, tuned.version, tuned.fingerprint) == (process.name, process.version, process.fingerprint)
    assert tuned != process


def test_the_fingerprint_tells_rules_apart_and_no_words() -> None:
    process = build(LEAD, facts=[Fact("size", int)])
    assert build(attrs.evolve(LEAD, label="Kundeemne"), facts=[Fact("size", int)]).fingerprint == process.fingerprint
    others = [
        build(LEAD),
        build(LEAD, facts=[Fact("size", float)]),
        build(LEAD, facts=[Fact("size", int)], version=2),
        build(LEAD, facts=[Fact("size", int)], policy=Policy(back="never")),
        build(attrs.evolve(LEAD, optional=True), facts=[Fact("size", int)]),
        build(attrs.evolve(LEAD, exit=[c.has("size")]), facts=[Fact("size", int)]),
        build(attrs.evolve(LEAD, activities=[Activity("call")]), facts=[Fact("size", int)]),
        build(LEAD, facts=[Fact("size", int)], transitions=[Transition("jump", "lead", "won")]),
        Process("solar", stages=[LEAD, WON, Stage.lost("lost", reasons=["price"])], facts=[Fact("size", int)]),
    ]
    assert len({other.fingerprint for other in [process, *others]}) == len(others) + 1
