"""A suite is told which rules it would not miss."""

from __future__ import annotations

from typing import Any

import pytest

from salesprocess import Activity, Fact, Policy, Process, Stage, Transition, templates
from salesprocess import criteria as c
from salesprocess.testing import Mutant, survivors, workflow_test
from salesprocess.testing.commands import START
from tests.solar import solar
from tests.testing.planted.rulebooks import QUICK


def nothing(process: Process) -> None:
    """Holds no rule."""


def changes(process: Process) -> list[str]:
    return [mutant.change for mutant in survivors(process, check=nothing).survived]


def kiosk(lead: Stage | None = None, **more: Any) -> Process:
    stages = [lead or Stage("lead"), Stage.won("sold"), Stage.lost("lost")]
    return Process("kiosk", stages=stages, policy=Policy(facts="free"), **more)


def test_every_kind_of_rule_is_loosened() -> None:
    lead = Stage(
        "lead",
        entry=[c.has("seats")],
        exit=[c.all_of(c.done("call"), c.has_term("owner"))],
        locked=[c.has_term("amount")],
        when=c.not_(c.equals("region", "north")),
        activities=[Activity("call", required=True)],
    )
    offer, closing = Stage("offer"), Stage("closing", optional=True)
    process = Process(
        "kiosk",
        facts=[Fact("seats", int, minimum=1, maximum=9), Fact("region", str, choices=["north"])],
        stages=[lead, offer, closing, Stage.won("sold"), Stage.lost("lost", reasons=["price"])],
        transitions=[
            Transition("hurry", "lead", "closing", criteria=[c.asked_by_owner()], when=c.equals("seats", 3)),
            Transition("shortcut", "closing", "lead"),
        ],
        policy=Policy(skip="optional", back="previous", win=("closing",), reopen="never", override=("boss",)),
    )
    assert changes(process) == [
        "lead: entry without has(seats)",
        "lead: exit without all_of(done(call), has_term(owner))",
        "lead: exit without done(call) of all_of(done(call), has_term(owner))",
        "lead: exit without has_term(owner) of all_of(done(call), has_term(owner))",
        "lead: locked without has_term(amount)",
        "lead: whether or not not_(equals(region, north))",
        "lead: call is not required",
        "lead: optional",
        "offer: optional",
        "lost: any reason",
        "hurry: criteria without asked_by_owner()",
        "hurry: whether or not equals(seats, 3)",
        "fact seats: no minimum",
        "fact seats: no maximum",
        "fact region: no choices",
        "policy: skip any",
        "policy: back any",
        "policy: win any",
        "policy: reopen left",
        "policy: override recorded",
        "policy: facts free",
        "a transition from lead to closing",
    ]


def test_each_mutant_is_that_rulebook_with_one_change() -> None:
    (mutant,) = survivors(kiosk(Stage("lead", exit=[c.has_term("owner")])), check=nothing).survived
    assert mutant == Mutant("lead: exit without has_term(owner)", kiosk())
    assert str(mutant) == mutant.change


def test_what_alters_nothing_is_no_change() -> None:
    assert changes(kiosk()) == []
    assert not survivors(kiosk(), check=nothing)


def test_a_suite_that_holds_each_rule_leaves_none() -> None:
    process = kiosk(Stage("lead", exit=[c.has_term("owner")]))

    def holds(process: Process) -> None:
        with pytest.raises(Exception, match="owner"):  # when it is not raised, what pytest raises is no Exception
            process.win(process.open("A", at=START), at=START)

    found = survivors(process, check=holds)
    assert not found
    assert (found.n, found.to_rows()) == (1, [{"change": "lead: exit without has_term(owner)", "noticed": True}])
    assert str(found) == "kiosk version 1: 1 of 1 changes noticed"


def test_a_suite_that_fails_anyway_says_so() -> None:
    def fails(process: Process) -> None:
        raise AssertionError("there is a fault")

    with pytest.raises(AssertionError, match="there is a fault") as failed:
        survivors(solar, check=fails)
    assert failed.value.__notes__ == ["solar-installer version 1 itself fails; survivors() tries what should fail"]


def test_whoever_stops_it_stops_it() -> None:
    calls: list[Process] = []

    def stopped(process: Process) -> None:
        calls.append(process)
        if len(calls) > 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        survivors(solar, check=stopped)
    assert len(calls) == 2


def test_a_generated_test_case_is_a_suite() -> None:
    def sold_to_known_people(before: Any, event: Any, after: Any) -> None:
        assert after.status != "won" or after.owner

    process = Process(
        "kiosk",
        stages=[Stage("lead"), Stage.won("sold", locked=[c.has_term("owner")]), Stage.lost("lost")],
        policy=Policy(facts="free", override="never"),
    )

    def suite(process: Process) -> None:
        workflow_test(process, invariants=[sold_to_known_people], settings=QUICK)("test_every_transition").debug()

    found = survivors(process, check=suite)
    assert "sold: locked without has_term(owner)" in [mutant.change for mutant in found.noticed]


@pytest.mark.parametrize("name", templates.names())
def test_every_rule_of_a_template_can_be_loosened(name: str) -> None:
    found = survivors(templates.load(name), check=nothing)
    assert found.n > 20
