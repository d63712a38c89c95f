"""Whether a criterion keeps what every criterion promises, over deals that the rules themselves lead there."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from typing import Any, NamedTuple

from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Flaky
from hypothesis.strategies import DrawFn, SearchStrategy

from salesprocess import criteria as c
from salesprocess import serialization
from salesprocess.criteria import Ask, Criterion
from salesprocess.deal import Deal, replay
from salesprocess.errors import TransitionRefused, UnknownRule
from salesprocess.frozen import EMPTY
from salesprocess.process import Process
from salesprocess.testing.commands import told
from salesprocess.testing.finding import QUIET, simplest
from salesprocess.testing.lives import deals
from salesprocess.testing.plain import actors
from salesprocess.testing.planning import Meeting
from salesprocess.testing.telling import life
from salesprocess.testing.values import criteria_of, state_of


class _Asked(NamedTuple):
    """A deal, and the question that a criterion is asked about it."""

    deal: Deal
    ask: Ask

    def __str__(self) -> str:
        by = "nobody in particular" if self.ask.by is None else self.ask.by.id
        return f"{life(self.deal)}\n    asked {self.ask.at - self.deal.updated_at} later by {by}"


def check_criterion(
    criterion: Criterion,
    process: Process,
    *,
    facts: Mapping[str, Any] | None = None,
    meet: Mapping[str, Meeting] | None = None,
    examples: int = 100,
) -> None:
    """Check that a criterion of your own keeps what every criterion promises.

    | rule | what it wants |
    | --- | --- |
    | answers | a bool or a `Verdict`, and no exception, of any deal |
    | repeats | the same answer of an equal deal, asked the same again: no clock, no chance, no memory |
    | explains | words when it is not met |
    | pickles | it comes back from a pickle as an equal value |
    | stores | it comes back from its document as an equal value |
    | decides | it is met by some of the deals, and not met by others |

    Args:
        criterion: the criterion, with its parameters.
        process: the rulebook in which it stands: its deals are asked about, on values at which its criteria change
            their minds, as for `deals`.
        facts, meet: how facts are drawn and rules met, as for `deals`.
        examples: how many deals are tried.

    Raises:
        UnknownRule: the criterion stands nowhere in the process.
        UnknownFact: `facts` names what the process does not have.
        AssertionError: it lists each rule that does not hold, with the smallest deal that shows it.

    >>> from salesprocess import Activity, Process, Stage
    >>> signed = c.done("signature")
    >>> lead = Stage("lead", exit=[signed], activities=[Activity("signature")])
    >>> check_criterion(signed, Process("kiosk", stages=[lead, Stage.won("sold"), Stage.lost("lost")]))
    """
    standing = {inner for _, outer in criteria_of(process) for inner in outer.walk()}
    if criterion not in standing:
        raise UnknownRule(str(criterion), sorted(map(str, standing)))
    faults = [f"{rule}: {why}" for rule, complaint in _OF_ITSELF.items() if (why := complaint(criterion))]
    if any(_takes_a_stock_code(inner) for inner in criterion.walk()):  # the kit meets stock rules by their codes
        raise _broken(criterion, faults)
    try:
        questions = _questions(deals(process, facts=facts, meet=meet))
    except TransitionRefused as error:
        raise _broken(criterion, [*faults, f"repeats: what was possible is refused again\n{error}"]) from None
    states: set[str] = set()
    broken: dict[str, _Asked] = {}

    @settings(QUIET, max_examples=examples, derandomize=True, phases=[Phase.generate])
    @given(questions)
    def look(asked: _Asked) -> None:
        states.add(state_of(criterion, *asked))
        for rule, complaint in _OF_A_DEAL.items():
            if complaint(criterion, asked):
                broken.setdefault(rule, asked)
                break

    look()
    if "repeats" in broken:  # then no other answer can be relied on
        broken = {"repeats": broken["repeats"]}
    faults += [_shrunk(rule, criterion, asked, questions) for rule, asked in broken.items()]
    if not broken and "met" not in states:
        faults.append(f"decides: none of {examples} deals meets it (meet= says how)")
    if not broken and states == {"met"}:
        faults.append(f"decides: each of {examples} deals meets it, so that it refuses nothing")
    if faults:
        raise _broken(criterion, faults)


def _broken(criterion: Criterion, faults: Iterable[str]) -> AssertionError:
    return AssertionError("\n".join([f"{criterion} does not hold:", *(f"- {fault}" for fault in faults)]))


def _takes_a_stock_code(criterion: Criterion) -> bool:
    stock = getattr(c, criterion.code, None)
    return isinstance(stock, c.Rule) and stock is not criterion.rule


@st.composite
def _questions(draw: DrawFn, lives: SearchStrategy[Deal]) -> _Asked:
    deal = draw(lives)
    later = timedelta(days=draw(st.integers(0, 60)))
    by = draw(st.none() | actors())
    return _Asked(deal, Ask("advance", deal.stage, deal.updated_at + later, by, EMPTY))


def _shrunk(rule: str, criterion: Criterion, seen: _Asked, questions: SearchStrategy[_Asked]) -> str:
    """The complaint with the smallest question that shows it; the first one seen when it does not show again."""
    complaint = _OF_A_DEAL[rule]
    try:
        found = simplest(questions, lambda asked: bool(complaint(criterion, asked)))
    except Flaky:
        found = ()
    (asked,) = found or (seen,)
    return f"{rule}: {complaint(criterion, asked) or 'not every time'}\n{asked}"


def _answers(criterion: Criterion, asked: _Asked) -> str:
    try:
        criterion.verdict(*asked)
    except Exception as error:  # noqa: BLE001 - whatever a rule of a user raises is the fault to tell
        return told(error)
    return ""


def _repeats(criterion: Criterion, asked: _Asked) -> str:
    first = state_of(criterion, *asked)
    second = state_of(criterion, replay(asked.deal.history), asked.ask)
    return "" if first == second else f"{first}, and then {second}"


def _explains(criterion: Criterion, asked: _Asked) -> str:
    if state_of(criterion, *asked) not in ("unmet", "unknown"):
        return ""
    dumb = (reason for reason in criterion.verdict(*asked).reasons if not (reason.template.strip() or reason.details))
    return "".join(f"{reason.code} says nothing" for reason in dumb)


def _pickles(criterion: Criterion) -> str:
    return _copied(criterion, lambda: pickle.loads(pickle.dumps(criterion)))  # noqa: S301 - written just now


def _stores(criterion: Criterion) -> str:
    rules = {inner.rule for inner in criterion.walk()}
    return _copied(criterion, lambda: serialization.load(serialization.dump(criterion), Criterion, criteria=rules))


def _copied(criterion: Criterion, copy: Callable[[], object]) -> str:
    try:
        same = copy() == criterion
    except Exception as error:  # noqa: BLE001 - whatever stands in the way is the fault to tell
        return str(error)
    return "" if same else "what comes back is another criterion"


_OF_A_DEAL: Mapping[str, Callable[[Criterion, _Asked], str]] = {
    "answers": _answers,
    "repeats": _repeats,
    "explains": _explains,
}
_OF_ITSELF: Mapping[str, Callable[[Criterion], str]] = {"pickles": _pickles, "stores": _stores}
