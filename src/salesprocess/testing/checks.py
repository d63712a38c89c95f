"""Whether a rulebook keeps what every rulebook promises: one call in a test, everything that fails told at once."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from random import Random

from salesprocess import serialization, simulation
from salesprocess.criteria import Criterion
from salesprocess.deal import Deal, replay
from salesprocess.events import Entered, Opened
from salesprocess.process import Process

_START = datetime(2026, 1, 5, 9, tzinfo=UTC)
_SPAN = timedelta(days=2000)


def check_process(process: Process, *, deals: int = 100, seed: int = 0) -> None:
    """Check that a rulebook keeps what every rulebook promises.

    It is clean under `lint`. It comes back from a pickle and from its document as an equal value. Synthetic deals can
    follow it, no criterion fails on the way, and it would decide every move on their record the same again, as it does
    not when a criterion looks at a clock or draws a random number.

    Args:
        process: the rulebook.
        deals: how many synthetic deals follow it.
        seed: of their random numbers; the same deals for the same seed.

    Raises:
        AssertionError: it lists everything that does not hold.

    >>> from salesprocess import templates
    >>> check_process(templates.load("startup"), deals=10)
    """
    faults = [
        *(f"lint: {finding}" for finding in process.lint()),
        *_copied("pickle", process, lambda: pickle.loads(pickle.dumps(process))),  # noqa: S301 - written just now
        *_copied("document", process, lambda: _from_document(process)),
        *_followed(process, deals, seed),
    ]
    if faults:
        lines = (f"- {fault}" for fault in faults)
        raise AssertionError("\n".join([f"{process.name} version {process.version} does not hold:", *lines]))


def _copied(way: str, process: Process, copy: Callable[[], Process]) -> Iterator[str]:
    try:
        same = copy() == process
    except Exception as error:  # noqa: BLE001 - whatever stands in the way is the fault to tell
        yield f"{way}: {error}"
    else:
        if not same:
            yield f"{way}: what comes back is another process"


def _from_document(process: Process) -> Process:
    rules = {each.rule for each in _criteria(process)}
    return serialization.load(serialization.dump(process), Process, criteria=rules)


def _criteria(process: Process) -> Iterator[Criterion]:
    """Every criterion of the rulebook, and every one inside it."""
    for stage in process.stages:
        for _, criterion in stage.criteria():
            yield from criterion.walk()
    for transition in process.transitions:
        for criterion in (*transition.criteria, *([transition.when] if transition.when else [])):
            yield from criterion.walk()


def _followed(process: Process, deals: int, seed: int) -> Iterator[str]:
    try:
        book = simulation.book(process, deals, rng=Random(seed), start=_START, as_of=_START + _SPAN)  # noqa: S311
    except Exception as error:  # noqa: BLE001 - whatever stands in the way is the fault to tell
        yield f"deals: {error}"
        return
    yield from dict.fromkeys(fault for deal in book.lives for fault in _faults(process, deal))
    for deal in book.lives:
        yield from (f"recheck: {deal.id}: {divergence}" for divergence in process.recheck(deal.history))


def _faults(process: Process, deal: Deal) -> Iterator[str]:
    """The criteria that fail when the deal is asked for its options, in each stage that it came to."""
    for event in deal.history:
        if isinstance(event, Opened | Entered):
            stood = replay(deal.history[: event.revision])
            for option in process.options(stood, at=event.at):
                yield from (f"fault: {reason}" for reason in option.unmet if reason.state == "fault")
