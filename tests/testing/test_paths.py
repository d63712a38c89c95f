"""The shortest way to every transition: in real commands, of every template, and of any rulebook that can be walked."""

import pickle
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salesprocess import Activity, Fact, Money, Policy, Process, Stage, Transition, replay, templates, testing
from salesprocess import criteria as c
from salesprocess.deal import Deal
from salesprocess.errors import UnknownFact, UnknownRule
from salesprocess.events import Entered
from salesprocess.testing import Command, Path, Ways, processes, ways
from salesprocess.testing.commands import START
from tests.solar import solar

PROCESSES = [solar, *(templates.load(name, language=each) for name in templates.names() for each in ("en", "nb"))]
each_process = pytest.mark.parametrize("process", PROCESSES, ids=lambda process: f"{process.name}: {process.label}")


@c.criterion("min_margin", "margin is below {minimum}", names={"fact": "fact"})
def min_margin(deal: Deal, ask: c.Ask, *, minimum: Decimal, fact: str = "margin") -> bool:
    return bool(deal.facts.get(fact, Decimal(0)) >= minimum)  # type: ignore[operator]  # pyright: ignore


@c.criterion("three_notes", "too little was written down")
def three_notes(deal: Deal, ask: c.Ask) -> bool:
    """A rule about something that no parameter names."""
    return sum(1 for event in deal.history if event.kind == "noted") >= 3


def small(*exit: c.Criterion, **given: Any) -> Process:
    facts = [Fact("margin", Decimal), Fact("seats", int, minimum=0, maximum=9), Fact("tags", str, many=True)]
    facts.append(Fact("met_on", date))
    stages = [Stage("lead", exit=exit, activities=[Activity("call")]), Stage("offer"), Stage.won("won")]
    return Process("small", facts=facts, stages=[*stages, Stage.lost("lost")], **given)


@pytest.mark.long
def test_a_path_takes_its_transition_and_replays() -> None:
    for process in PROCESSES:
        for edge, path in ways(process).to_edge.items():
            deal = path.run()
            move = deal.history[-1]
            assert isinstance(move, Entered)
            assert (move.transition, move.source, move.destination) == (edge.name, edge.source, edge.destination)
            assert replay(deal.history) == deal
            assert path.before().stage == edge.source


@each_process
def test_every_transition_and_every_stage_is_reached(process: Process) -> None:
    found = ways(process)
    assert not found.barred
    assert set(found.to_edge) == set(found.edges)
    assert set(found.to_stage) == {stage.name for stage in process.stages}


@pytest.mark.long
@each_process
def test_the_search_is_the_same_each_time(process: Process) -> None:
    assert ways(process) == ways(process)


@pytest.mark.long
@settings(max_examples=15)
@given(processes())
def test_what_is_found_in_any_rulebook_can_be_run(process: Process) -> None:
    found = ways(process)
    for edge, path in found.to_edge.items():
        deal = path.run()
        assert (deal.history[-1].source, deal.stage) == (edge.source, edge.destination)  # type: ignore[union-attr]
        assert process.recheck(deal.history) == ()
    assert set(found.to_edge).isdisjoint(found.barred)
    assert set(found.to_edge) | set(found.barred) == set(found.edges)


EUR = Money("100", "EUR")


@pytest.mark.parametrize(
    ("criterion", "needed"),
    [
        (c.has("seats"), ["learn({'seats': 1})"]),
        (c.at_least("seats", 5), ["learn({'seats': 5})"]),
        (c.at_most("seats", 5), ["learn({'seats': 5})"]),
        (c.equals("seats", 4), ["learn({'seats': 4})"]),
        (c.one_of("seats", (7, 8)), ["learn({'seats': 7})"]),
        (c.count_at_least("tags", 2), ["learn({'tags': ('something', 'something else')})"]),
        (c.contains("tags", "roof"), ["learn({'tags': ('roof',)})"]),
        (c.has_term("owner"), ["amend(owner='kari')"]),
        (c.term_equals("owner", "nils"), ["amend(owner='nils')"]),
        (c.amount_at_least(EUR), ["amend(amount=Money('100', 'EUR'))"]),
        (c.amount_at_most(EUR), ["amend(amount=Money('100', 'EUR'))"]),
        (c.has_items(), ["amend(amount=Money('1000', 'EUR'), items=(LineItem("]),
        (c.monthly_recurring_at_least(EUR), ["amend(amount=Money('1200', 'EUR'), items=(LineItem("]),
        (c.annual_recurring_at_least(EUR), ["amend(amount=Money('1200', 'EUR'), items=(LineItem("]),
        (c.done("call"), ["record('call')"]),
        (c.done_times("call", 2), ["record('call')", "record('call')"]),
        (c.done_within("call", timedelta(days=1)), ["record('call')"]),
        (c.done_by_role("call", "boss"), ["record('call', by=Actor('kari', roles=['boss']))"]),
        (c.approved("price", role="boss"), ["approve('price', role='boss', by=Actor('ola', roles=['boss']))"]),
        (c.approved("price"), ["approve('price', by='ola')"]),
        (c.approvals_at_least("price", 2), ["approve('price', by='ola')", "approve('price', by='approver 1')"]),
        (c.waited(timedelta(days=3)), []),
        (c.not_before(START + timedelta(days=2)), []),
        (c.after("met_on"), ["learn({'met_on': datetime.date(2025, 12, 6)})"]),
        (c.before("met_on"), ["learn({'met_on': datetime.date(2026, 2, 4)})"]),
        (c.not_(c.has("seats")), []),
        (c.not_(c.equals("seats", 1)), ["learn({'seats': 0})"]),
        (c.any_of(c.visited("offer"), c.has("seats")), ["learn({'seats': 1})"]),
        (c.all_of(c.has("seats"), c.done("call")), ["learn({'seats': 1})", "record('call')"]),
        (c.at_least_of(2, c.visited("won"), c.has("seats"), c.done("call")), ["learn({'seats': 1})", "record('call')"]),
        (c.when(c.equals("seats", 1), c.done("call")), ["record('call')"]),
        (c.not_(c.when(c.equals("seats", 1), c.done("call"))), ["learn({'seats': 1})"]),
        (c.asked_by_role("boss"), []),
        (c.asked_by_owner(), ["amend(owner='kari')"]),
        (c.not_asked_by_owner(), ["amend(owner='kari')"]),
        (
            c.all_of(c.approved("price", while_unchanged=("amount",)), c.amount_at_least(EUR)),
            ["approve('price', by='ola')", "amend(amount=Money('100', 'EUR'))", "approve('price', by='ola')"],
        ),
        (min_margin(minimum=Decimal("0.5")), ["learn({'margin': Decimal('0.5')})"]),
    ],
    ids=str,
)
def test_a_stock_rule_is_met_on_the_way(criterion: c.Criterion, needed: list[str]) -> None:
    found = ways(small(criterion))
    [path] = [path for edge, path in found.to_edge.items() if edge.asked == "advance" and edge.source == "lead"]
    assert not found.barred
    between = [repr(command) for command in path.commands[1:-1]]
    assert len(between) == len(needed)
    assert all(command.startswith(start) for command, start in zip(between, needed, strict=True))


def test_a_path_shows_when_it_waits() -> None:
    path = ways(small(c.waited(timedelta(days=3)))).to_stage["offer"]
    assert repr(path.commands[-1]) == "advance()  # 3 days, 0:00:00 later"


def test_a_visit_is_made_where_a_rule_wants_one() -> None:
    shortcut = Transition("shortcut", "lead", "won", criteria=[c.visited("offer")])
    found = ways(small(transitions=[shortcut]))
    [path] = [path for edge, path in found.to_edge.items() if edge.asked == "shortcut"]
    assert [command.verb for command in path.commands] == ["open", "advance", "take", "take"]


def test_a_rule_of_ones_own_is_met_as_the_user_says() -> None:
    process = small(three_notes())
    noted = [Command("note", {"text": "they called", "at": START})] * 3
    assert [edge.asked for edge in ways(process).barred][:1] == ["advance"]
    assert not ways(process, meet={"three_notes": noted}).barred


def test_values_that_the_user_states_are_taken() -> None:
    process = small(min_margin(minimum=Decimal("0.2")), c.has("seats"))
    meet = {"min_margin": {"margin": st.decimals(0, 1, places=1), "seats": 3}}
    path = ways(process, facts={"seats": st.integers(5, 8)}, meet=meet).to_stage["offer"]
    assert path.run().facts == {"margin": Decimal("0.2"), "seats": 3}
    assert ways(process, facts={"seats": st.integers(5, 8)}).to_stage["offer"].run().facts["seats"] == 5


def test_a_misspelt_fact_or_rule_is_told_with_its_close_matches() -> None:
    with pytest.raises(UnknownFact, match="did you mean 'seats'"):
        ways(small(), facts={"seat": 3})
    with pytest.raises(UnknownRule, match="did you mean 'has'"):
        ways(small(c.has("seats")), meet={"hass": {}})
    assert ways(small(policy=Policy(facts="free")), facts={"seat": 3})


def test_a_path_that_only_opens_has_nothing_before() -> None:
    path = ways(small()).to_stage["lead"]
    assert (str(path), path.last.verb) == ("open in lead", "open")
    with pytest.raises(ValueError, match="only opens a deal"):
        path.before()


def test_ways_pickle() -> None:
    found = ways(small())
    again: Ways = pickle.loads(pickle.dumps(found))
    assert again == found


def test_a_story_tells_what_was_refused_and_what_failed() -> None:
    commands = [
        Command("open", {"deal": "ACME-1", "at": START}),
        Command("advance", {"at": START}),
        Command("record", {"activity": "call", "at": START, "by": 3}),
    ]
    told = testing.story(small(c.done("call")), commands)
    assert "refused: lead.exit: the activity call has not been done" in told
    assert "refused: WrongKind: by wants an Actor" in told
    assert "failed: AttributeError" in testing.story(small(), [Command("dance", {})])


@testing.parametrize_transitions(solar)
def test_one_case_per_transition(path: Path) -> None:
    assert path.process.decide(path.before(), path.transition, at=path.last.at, reason="price")


@testing.parametrize_stages(solar)
def test_one_case_per_stage(path: Path) -> None:
    assert path.run().stage == path.destination


@testing.parametrize_histories(solar.revise(version=2), [path.run() for path in ways(solar).to_stage.values()])
def test_a_new_version_decides_the_past_the_same(replayed: testing.Replayed) -> None:
    assert not replayed.divergences, replayed
    assert "every move is decided the same" in str(replayed)


@pytest.mark.repo  # the plugin pytester is loaded by the conftest of the checkout
def test_cases_that_cannot_be_fail_and_say_why(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        test_it="""
        from salesprocess import Process, Stage, criteria as c, testing

        @c.criterion("never", "it is never enough")
        def never(deal, ask):
            return False

        process = Process("p", stages=[Stage("lead", exit=[never()]), Stage.won("won"), Stage.lost("lost")])

        @testing.parametrize_transitions(process)
        def test_transitions(path):
            assert path.run()

        class TestStages:
            @testing.parametrize_stages(process)
            def test_stages(self, path):
                assert path.run()
        """
    )
    result = pytester.runpytest("-p", "no:cacheprovider")
    result.stdout.fnmatch_lines(["*no way was found to the transition: lead.exit: it is never enough*"])
    assert result.parseoutcomes() == {"failed": 3, "passed": 5}


def test_each_history_is_a_case_and_two_of_one_deal_are_told_apart() -> None:
    deal = next(iter(ways(solar).to_stage.values())).run()
    _, cases = testing.parametrize_histories(solar, [deal, deal.history]).args  # type: ignore[attr-defined]
    assert [case.id for case in cases] == [deal.id, f"{deal.id} (2)"]
    assert [case.values[0].deal for case in cases] == [deal, deal]
