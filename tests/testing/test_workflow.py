"""A generated test case reaches every transition, finds what is planted, and tells the story of the deal."""

import re
import unittest
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st

from salesprocess import Activity, Fact, Money, Policy, Process, Stage, Transition, templates
from salesprocess import criteria as c
from salesprocess.deal import Deal
from salesprocess.errors import TransitionRefused, UnknownRule
from salesprocess.events import Event
from salesprocess.testing import Command, exercised, workflow_test
from salesprocess.testing.commands import START
from salesprocess.testing.journeys import Journey
from tests.solar import solar

QUICK = settings(max_examples=8, stateful_step_count=20, deadline=None, database=None)
SEARCH = settings(
    max_examples=300,
    stateful_step_count=20,
    derandomize=True,
    deadline=None,
    database=None,
    phases=[Phase.generate, Phase.shrink],
)


def twelve_stages() -> Process:
    """A long process that wants something different everywhere."""
    wants = [
        c.has("area"),
        c.amount_at_least(Money(5000, "EUR")),
        c.approved("discount", role="boss", while_unchanged=("amount",)),
        c.done("visit"),
        c.objections_resolved(),
        c.waited(timedelta(days=2)),
        c.asked_by_role("boss"),
        c.at_least("area", 10.0),
        c.any_of(c.equals("heritage", True), c.has_term("owner")),
        c.not_(c.equals("region", "north")),
        c.when(c.equals("heritage", False), c.done_times("visit", 2)),
        c.has_items(),
    ]
    stages = [
        Stage(f"stage_{number}", exit=[want], optional=number % 3 == 1, activities=[Activity("visit")])
        for number, want in enumerate(wants, 1)
    ]
    return Process(
        "twelve",
        facts=[Fact("area", float), Fact("heritage", bool), Fact("region", str, choices=("south", "north"))],
        stages=[*stages, Stage.won("won"), Stage.after_sale("support"), Stage.lost("lost", reasons=["price"])],
        transitions=[Transition("hurry", "stage_2", "stage_11", criteria=[c.approved("hurry")])],
        policy=Policy(skip="optional", back="any"),
    )


TestSolar = workflow_test(solar, settings=QUICK)
TestTwelve = pytest.mark.counted(workflow_test(twelve_stages(), settings=QUICK))


@pytest.mark.long
@pytest.mark.parametrize("process", [solar, twelve_stages(), *map(templates.load, templates.names())], ids=str)
def test_every_transition_is_taken(process: Process) -> None:
    case: Any = workflow_test(process)
    with exercised(process) as run:
        case("test_every_transition").run(result := unittest.TestResult())
    assert result.wasSuccessful(), result.failures
    assert not [each for each in run.report().missing if each.endswith("taken")]


def story_of(case: Any, name: str = "test_any_program") -> str:
    """What a failing test case tells."""
    with pytest.raises(AssertionError) as failed:
        getattr(case(name), name)()
    return "\n".join([str(failed.value), *getattr(failed.value, "__notes__", [])])


def small(*exit: c.Criterion, **given: Any) -> Process:
    stages = [Stage("lead", exit=exit), Stage("offer"), Stage.won("won"), Stage.lost("lost", reasons=["price"])]
    return Process("small", stages=stages, **given)


def approved_when_large(before: Deal | None, event: Event, after: Deal) -> None:
    large = after.amount is not None and after.amount >= Money(1000, "EUR")
    if after.status == "won" and large and not after.approvals:
        raise AssertionError("nobody has approved a large deal")


@pytest.mark.long
def test_a_planted_fault_is_found_at_its_boundary_and_told_as_a_story() -> None:
    above = c.when(c.not_(c.amount_at_most(Money(1000, "EUR"))), c.approved("discount"))  # one cent too late
    process = small(above)
    told = story_of(workflow_test(process, invariants=[approved_when_large], settings=SEARCH)).splitlines()
    assert told[:3] == ["nobody has approved a large deal", "The story of the deal:", "small version 1"]
    opened, *between, end = told[3 : next(place for place, line in enumerate(told) if "failed: " in line) + 1]
    assert len(between) <= 2
    assert "amount=Money('1000', 'EUR')" in "\n".join([opened, *between])
    assert end.endswith("failed: AssertionError: nobody has approved a large deal")


def test_what_fails_on_a_shortest_path_is_told_without_a_search() -> None:
    def never_won(before: Deal | None, event: Event, after: Deal) -> None:
        assert after.status != "won"

    told = story_of(workflow_test(small(), invariants=[never_won]), "test_every_transition")
    assert "2. advance()       → offer, open" in told
    assert "3. advance()       failed: AssertionError" in told


def test_an_assertion_that_says_nothing_is_told_by_its_name() -> None:
    def never_won(before: Deal | None, event: Event, after: Deal) -> None:
        if after.status == "won":
            raise AssertionError  # as outside pytest, which writes messages

    told = story_of(workflow_test(small(), invariants=[never_won]), "test_every_transition")
    assert re.search(r"3\. advance\(\) +failed: AssertionError$", told, re.MULTILINE)


@c.criterion("margin_holds", "the margin is below {minimum}")
def margin_holds(deal: Deal, ask: c.Ask, *, minimum: float) -> bool:
    margin: Any = deal.facts["margin"]  # nobody may have learnt it yet
    return margin >= minimum


@pytest.mark.long
def test_a_criterion_that_fails_is_a_failure_of_the_workflow() -> None:
    process = small(margin_holds(minimum=0.2), facts=[Fact("margin", float, minimum=0, maximum=1)])
    told = story_of(workflow_test(process, settings=SEARCH), "test_any_program")
    assert "a criterion fails" in told
    assert "KeyError: 'margin'" in told


@c.criterion("three_notes", "too little was written down")
def three_notes(deal: Deal, ask: c.Ask) -> bool:
    return sum(1 for event in deal.history if event.kind == "noted") >= 3


def test_a_rule_of_ones_own_is_met_as_the_user_says() -> None:
    process = small(three_notes())
    told = story_of(workflow_test(process), "runTest")
    assert "no way was found to these transitions" in told
    assert "- advance from lead to offer: lead.exit: too little was written down" in told
    noted = [Command("note", {"text": "they called", "at": START})] * 3
    case = workflow_test(process, meet={"three_notes": noted}, settings=QUICK)
    result = unittest.TestResult()
    case("runTest").run(result)
    assert result.wasSuccessful()
    with pytest.raises(UnknownRule, match="did you mean 'three_notes'"):
        workflow_test(process, meet={"three_note": noted})


def test_transitions_may_have_the_names_of_verbs_and_methods() -> None:
    names = ("note", "teardown", "ask_for", "move-on", "move_on")
    process = small(transitions=[Transition(name, "lead", "offer") for name in names])
    case: Any = workflow_test(process, settings=settings(QUICK, max_examples=40))
    with exercised(process) as run:
        case("test_any_program").test_any_program()
    assert all(run.report().transitions[f"{name} from lead to offer"] for name in names)


def test_values_and_activities_of_the_user_are_drawn() -> None:
    seen: set[object] = set()

    def watch(before: Deal | None, event: Event, after: Deal) -> None:
        seen.update(after.facts.values())
        seen.update(done.activity for done in after.activities)

    process = Process(
        "watched",
        facts=[Fact("area", float), Fact("seats", int)],
        stages=[Stage("lead"), Stage.won("won"), Stage.lost("lost")],
    )
    case: Any = workflow_test(
        process,
        invariants=[watch],
        facts={"area": st.sampled_from([77.0]), "seats": 7},
        activities=["golf"],
        settings=settings(QUICK, max_examples=60),
    )
    case("test_any_program").test_any_program()
    assert {77.0, 7, "golf"} <= seen
    assert {value for value in seen if isinstance(value, float | int)} == {77.0, 7}


class TestWhatIsPromised:
    """Each promise is seen broken, by a rule or an invariant that does not keep to the rules of rules."""

    @pytest.fixture(autouse=True)
    def forget(self) -> None:
        asked.clear()

    def journey(self, *exit: c.Criterion, **given: Any) -> Journey:
        journey = Journey(small(*exit, **given))
        journey.attempt(Command("open", {"deal": "ACME-1", "at": START}))
        return journey

    @pytest.mark.parametrize(
        ("answers", "told"),
        [
            ([True, False], "the engine and the machine disagree about advance()"),
            ([True, True, False, False], "decide and the verb disagree about advance()"),
            ([False, False, False, True], "decide and the verb disagree about advance()"),
        ],
    )
    def test_a_rule_answers_the_same_when_it_is_asked_again(self, answers: list[bool], told: str) -> None:
        journey = self.journey(moody())
        asked[:] = answers[::-1]
        with pytest.raises(AssertionError, match=re.escape(told)) as failed:
            journey.attempt(Command("advance", {"at": START}))
        assert "The story of the deal:" in failed.value.__notes__[0]

    def test_a_history_is_decided_the_same_again(self) -> None:
        journey = self.journey(moody())
        journey.attempt(Command("advance", {"at": START}))
        asked[:] = [False, False]
        with pytest.raises(AssertionError, match="the same rulebook decides the history otherwise: revision 2 refused"):
            journey.finish()

    def test_a_path_has_to_go_through(self) -> None:
        journey = Journey(small(never()))
        path = [Command("open", {"deal": "ACME-1", "at": START}), Command("advance", {"at": START})]
        with pytest.raises(AssertionError, match="is refused on the way that was found before") as failed:
            journey.follow(path)
        assert "refused: lead.exit: not yet" in failed.value.__notes__[0]
        journey.finish()  # it has failed already: nothing more to say

    def test_a_verb_gives_the_same_end_under_a_key(self) -> None:
        journey = self.journey(moody())
        asked[:] = [False, False, True, True, True]
        with pytest.raises(TransitionRefused):
            journey.attempt(Command("advance", {"at": START}))

    def test_a_wrong_question_is_wrong_for_the_verb_as_well(self) -> None:
        journey = self.journey()
        assert not journey.attempt(Command("take", {"name": "dance", "at": START}))
        assert "refused: UnknownTransition" in journey.story()

    def test_what_was_not_begun_needs_no_check(self) -> None:
        Journey(small()).finish()


asked: list[bool] = []


@c.criterion("moody", "it depends")
def moody(deal: Deal, ask: c.Ask) -> bool:
    return asked.pop() if asked else True


@c.criterion("never", "not yet")
def never(deal: Deal, ask: c.Ask) -> bool:
    return False


@pytest.mark.repo  # the plugin pytester is loaded by the conftest of the checkout
def test_it_works_as_a_pytest_case_in_five_lines(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        test_it="""
        from salesprocess import Process, Stage, testing

        kiosk = Process("kiosk", stages=[Stage("lead"), Stage.won("sold"), Stage.lost("lost")])
        TestKiosk = testing.workflow_test(kiosk)
        """
    )
    result = pytester.runpytest("-p", "no:cacheprovider", "-v")
    assert result.parseoutcomes() == {"passed": 2}
    result.stdout.fnmatch_lines(["*TestKiosk::test_any_program PASSED*", "*TestKiosk::test_every_transition PASSED*"])
