"""Stages with the work and the reasons that belong to them, own transitions, and the policy."""

from datetime import UTC, datetime, timedelta
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesprocess import criteria as c
from salesprocess import events as ev
from salesprocess import testing
from salesprocess.deal import Deal, replay
from salesprocess.process import Process
from salesprocess.rules import Policy, Transition
from salesprocess.stages import (
    CATEGORIES,
    Activity,
    LossReason,
    Sourced,
    Stage,
    sourced_category,
    sourced_probability,
    words_of,
)
from tests import strategies

AT = datetime(2026, 1, 5, 9, tzinfo=UTC)


def deal(status: str = "open", **terms: Any) -> Deal:
    header: dict[str, Any] = {"deal": "d", "revision": 1, "at": AT, "process": "p", "version": 1, "stage": "offer"}
    return replay([ev.Opened(**header, status=status, terms=terms)])  # type: ignore[arg-type]  # pyright: ignore


def test_the_kinds_of_stages_come_with_their_probability_category_and_status() -> None:
    stages = [Stage("offer"), Stage.won("signed"), Stage.lost("lost"), Stage.after_sale("support")]
    assert [(each.kind, each.probability, each.forecast_category, each.status) for each in stages] == [
        ("open", None, "pipeline", "open"),
        ("won", 1.0, "closed", "won"),
        ("lost", 0.0, "omitted", "lost"),
        ("after_sale", 1.0, "closed", "won"),
    ]


def test_a_stage_keeps_everything_it_is_told() -> None:
    has, done = c.has("seats"), c.done("call")
    work = [Activity("call")]
    won = Stage.won(
        "signed", entry=[has], locked=[done], activities=work, label="Signed!", guidance="cheer", canonical="closing"
    )
    assert (won.entry, won.locked, won.activities) == ((has,), (done,), tuple(work))
    assert (won.label, won.guidance, won.canonical) == ("Signed!", "cheer", "closing")
    after = Stage.after_sale(
        "support",
        typical_duration=timedelta(days=9),
        activities=work,
        entry=[has],
        exit=[done],
        when=has,
        optional=True,
        label="Help",
        guidance="listen",
        canonical=None,
    )
    assert (after.typical_duration, after.activities, after.entry, after.exit) == (
        timedelta(days=9),
        tuple(work),
        (has,),
        (done,),
    )
    assert (after.when, after.optional, after.label, after.guidance, after.canonical) == (
        has,
        True,
        "Help",
        "listen",
        None,
    )
    assert Stage.after_sale("support").canonical == "follow_up"
    lost = Stage.lost("lost", reasons=["price"], label="Gone", guidance="ask why")
    assert (lost.reasons, lost.label, lost.guidance) == ((LossReason("price"),), "Gone", "ask why")


def test_a_label_is_the_name_in_words_unless_it_is_stated() -> None:
    assert Stage("site_survey").label == Stage.won("site-survey").label == "Site survey"
    assert Stage.lost("no_deal").label == "No deal"
    assert Stage.after_sale("first_service").label == "First service"
    assert Stage("site_survey", label="").label == Stage.won("site_survey", label="").label == ""
    assert Transition("fast_track", "a", "b").label == "Fast track"
    assert Transition("fast_track", "a", "b", label="Hurry").label == "Hurry"


def test_a_name_that_is_no_text_still_has_words_so_that_the_process_can_refuse_it() -> None:
    assert words_of(5) == "5"  # type: ignore[arg-type]  # pyright: ignore
    assert Stage(None).label == "None"  # type: ignore[arg-type]  # pyright: ignore


def test_a_loss_reason_may_be_written_as_its_name() -> None:
    duplicate = LossReason("duplicate", counts=False)
    reasons = Stage.lost("lost", reasons=["price", duplicate]).reasons
    assert reasons == (LossReason("price", counts=True), duplicate)


@pytest.mark.parametrize(
    ("wrong", "what"),
    [
        (lambda text: Stage.lost("lost", reasons=text), "reasons"),
        (lambda text: Stage("offer", activities=text), "activities"),
        (lambda text: Stage("offer", exit=text), "criteria"),
        (lambda text: Transition("t", "a", "b", criteria=text), "criteria"),
        (lambda text: Process("p", stages=text), "stages"),
        (lambda text: Process("p", stages=[], facts=text), "facts"),
        (lambda text: Process("p", stages=[], transitions=text), "transitions"),
    ],
)
def test_a_bare_text_is_no_sequence_of_parts(wrong: Any, what: str) -> None:
    with pytest.raises(TypeError, match=f"{what} wants a sequence"):
        wrong("offer")


def test_a_stage_lists_its_criteria_with_their_places() -> None:
    has, done, visited, amount = c.has("a"), c.done("b"), c.visited("c"), c.objections_resolved()
    stage = Stage("offer", entry=[has, amount], exit=[done], locked=[visited], when=has)
    assert list(stage.criteria()) == [
        ("offer.entry", has),
        ("offer.entry", amount),
        ("offer.exit", done),
        ("offer.locked", visited),
        ("offer.when", has),
    ]
    assert list(Stage("offer").criteria()) == []


OFFER = Stage("offer", 0.5, "best_case")


@given(st.none() | st.floats(0, 1))
def test_an_open_deal_has_its_own_probability_or_that_of_its_stage(stated: float | None) -> None:
    given_terms: dict[str, Any] = {} if stated is None else {"probability": stated}
    expected: Sourced[float] = Sourced(0.5, "stage") if stated is None else Sourced(stated, "manual")
    assert sourced_probability(OFFER, deal(**given_terms)) == expected
    assert sourced_probability(Stage("offer"), deal()) == Sourced(None, "stage")


@pytest.mark.parametrize(("status", "probability", "category"), [("won", 1.0, "closed"), ("lost", 0.0, "omitted")])
def test_a_closed_deal_is_certain_whatever_anybody_stated(status: str, probability: float, category: Any) -> None:
    closed = deal(status, probability=0.3, category="commit")
    assert sourced_probability(OFFER, closed) == Sourced(probability, "closed")
    assert sourced_category(OFFER, closed) == Sourced(category, "closed")


@pytest.mark.parametrize("category", CATEGORIES)
def test_an_open_deal_has_its_own_category_or_that_of_its_stage(category: Any) -> None:
    assert sourced_category(OFFER, deal(category=category)) == Sourced(category, "manual")
    assert sourced_category(OFFER, deal()) == Sourced("best_case", "stage")
    assert sourced_category(Stage("lead"), deal()) == Sourced("pipeline", "stage")


@given(testing.policies(stages=("lead", "offer")))
def test_a_policy_holds_words_or_tuples_of_names(policy: Policy) -> None:
    assert isinstance(policy.win, str | tuple)
    assert isinstance(policy.override, str | tuple)
    assert hash(policy) == hash(Policy(**attrs.asdict(policy, recurse=False)))


def test_a_policy_that_says_nothing_allows_what_most_teams_do() -> None:
    assert Policy() == Policy(
        skip="optional",
        back="any",
        win="end",
        reopen="left",
        override="recorded",
        facts="declared",
        clock_skew=timedelta(seconds=1),
    )


@given(testing.processes(more=strategies.faulty_criteria()))
def test_the_generated_rulebooks_are_sound(process: Process) -> None:
    kinds = [stage.kind for stage in process.stages]
    assert kinds.count("won") == kinds.count("lost") == 1
    assert process.stage("won").status == "won"
