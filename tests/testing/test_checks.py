"""One call checks a rulebook: every template passes in every language, and a bad one is told all that it breaks."""

import importlib
import itertools
import re
import sys
from collections.abc import Callable
from typing import Any

import pytest

from salesprocess import Process, Stage, Transition, templates
from salesprocess import criteria as c
from salesprocess.deal import Deal
from salesprocess.testing import check_process, ways

answers = [itertools.count()]


@c.criterion("fickle", "not this time")
def fickle(deal: Deal, ask: c.Ask) -> bool:
    """Another answer each time that it is asked."""
    return next(answers[0]) % 3 == 0


@c.criterion("wearing", "not any more")
def wearing(deal: Deal, ask: c.Ask) -> bool:
    """Says yes for a while, and then no."""
    return next(answers[0]) < 60


@c.criterion("raising", "never")
def raising(deal: Deal, ask: c.Ask) -> bool:
    """Does not work."""
    raise ZeroDivisionError("a margin of nothing")


@c.criterion("closing", "we have closed")
def closing(deal: Deal, ask: c.Ask) -> bool:
    """Says yes until the answers are used up that are left."""
    left[0] -= 1
    return left[0] >= 0


left = [10**6]


class Odd:
    """A parameter that equals nothing but itself, and cannot be written."""


@c.criterion("odd", "never")
def odd(deal: Deal, ask: c.Ask, thing: Odd) -> bool:
    """Holds something odd."""
    return True


@c.criterion("has", "another rule with the code of the library's")
def impostor(deal: Deal, ask: c.Ask, fact: str) -> bool:
    """Takes the code of a stock rule."""
    return True


@c.criterion("fitting", "it does not fit")
def fitting(deal: Deal, ask: c.Ask) -> bool:
    """A rule of a user."""
    return True


def nested() -> Any:
    @c.criterion("nested", "no")
    def rule(deal: Deal, ask: c.Ask) -> bool:
        return True

    return rule()


def process(*exit: c.Criterion, probability: float = 0.3) -> Process:
    lead = Stage("lead", probability, exit=exit)
    return Process("small", stages=[lead, Stage("offer", 0.5), Stage.won("won"), Stage.lost("lost", reasons=["price"])])


@pytest.mark.long
@pytest.mark.parametrize("language", ["en", "nb"])
@pytest.mark.parametrize("name", templates.names())
def test_every_template_passes_in_every_language(name: str, language: str) -> None:
    check_process(templates.load(name, language=language))


def test_rules_of_a_users_own_pass_as_well() -> None:
    check_process(process(fitting(), c.all_of(fitting(), c.has_term("owner"))), deals=20, seed=4)


@pytest.fixture(autouse=True)
def fresh_answers() -> None:
    answers[0] = itertools.count()


def faults_of(rulebook: Process) -> list[str]:
    with pytest.raises(AssertionError) as failed:
        check_process(rulebook)
    head, *faults = str(failed.value).splitlines()
    assert head == "small version 1 does not hold:"
    return faults


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda: process(probability=0.9), "- lint: warning probability.falls at offer"),
        (lambda: process(wearing()), "- recheck: D-"),
        (lambda: process(fickle()), "- deals: deal 'D-"),
        (lambda: process(raising()), "- fault: lead.exit: the criterion raising() failed"),
        (lambda: process(nested()), "- pickle: "),
        (lambda: process(odd(Odd())), "- pickle: what comes back is another process"),
        (lambda: process(odd(Odd())), "- document: "),
        (lambda: process(impostor("x")), "- document: 'has' is the code of a stock rule"),
    ],
    ids=["lint", "recheck", "fickle", "raising", "nested", "odd", "unwritable", "impostor"],
)
def test_what_does_not_hold_is_told(make: Callable[[], Process], told: str) -> None:
    assert any(fault.startswith(told) for fault in faults_of(make()))


def test_criteria_of_transitions_are_written_with_their_rules() -> None:
    hurry = Transition("hurry", "lead", "won", criteria=[fitting()], when=c.not_(c.has_term("amount")))
    check_process(process().revise(transitions=[hurry, Transition("rush", "offer", "lead")]))


def test_everything_that_does_not_hold_is_told_at_once() -> None:
    kinds = {fault.split(":")[0] for fault in faults_of(process(wearing(), nested(), probability=0.9))}
    assert kinds >= {"- lint", "- deals", "- pickle"}


@pytest.mark.parametrize(
    ("answers_left", "told"),
    [
        (
            0,
            "- recheck: advance from lead to offer was possible, and is not when it is tried again: lead.exit: we have",
        ),
        (1, "- recheck: revision 2 refused: advance (lead → offer): refused"),
    ],
)
def test_a_rule_that_changes_its_mind_is_told_with_the_way_to_it(
    answers_left: int, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def search(*args: Any, **kwargs: Any) -> Any:
        found = ways(*args, **kwargs)
        left[0] = answers_left
        return found

    monkeypatch.setattr("salesprocess.testing.checks.ways", search)
    left[0] = 10**6
    faults = faults_of(process(closing()))
    [place] = [place for place, fault in enumerate(faults) if fault.startswith(told)]
    assert "    open('ACME-1')" in faults[place + 1 : place + 3]


def test_without_hypothesis_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "hypothesis", None)
    monkeypatch.delitem(sys.modules, "salesprocess.testing")
    with pytest.raises(ModuleNotFoundError, match=re.escape("pip install 'salesprocess[testing]'")):
        importlib.import_module("salesprocess.testing")
