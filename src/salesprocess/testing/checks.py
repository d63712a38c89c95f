"""Whether a rulebook keeps what every rulebook promises: one call in a test, everything that fails told at once."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from salesprocess import serialization, simulation
from salesprocess.deal import Deal, replay
from salesprocess.errors import SalesProcessError
from salesprocess.events import Entered, Opened
from salesprocess.process import Process
from salesprocess.testing.commands import Path, program
from salesprocess.testing.commands import told as told_of
from salesprocess.testing.planning import Meeting
from salesprocess.testing.values import criteria_of
from salesprocess.testing.ways import Ways, ways

_START = datetime(2026, 1, 5, 9, tzinfo=UTC)
_SPAN = timedelta(days=2000)


def check_process(
    process: Process,
    *,
    facts: Mapping[str, Any] | None = None,
    meet: Mapping[str, Meeting] | None = None,
    deals: int = 100,
    seed: int = 0,
) -> None:
    """Check that a rulebook keeps what every rulebook promises.

    It is clean under `lint`. It comes back from a pickle and from its document as an equal value. Every transition can
    be taken by some deal. No criterion fails on the way there, and the rulebook decides every move on record the same
    again, as it does not when a criterion looks at a clock or draws a random number. Synthetic deals can follow it as
    well. A complaint shows the shortest program that leads to it.

    Args:
        process: the rulebook.
        facts, meet: how its facts are drawn and its own rules met, as for `parametrize_transitions`.
        deals: how many synthetic deals follow it.
        seed: of their random numbers; the same deals for the same seed.

    Raises:
        UnknownFact, UnknownRule: `facts` or `meet` names what the process does not have.
        AssertionError: it lists everything that does not hold.

    >>> from salesprocess import templates
    >>> check_process(templates.load("startup"), deals=10)
    """
    faults = [
        *(f"lint: {finding}" for finding in process.lint()),
        *_copied("pickle", process, lambda: pickle.loads(pickle.dumps(process))),  # noqa: S301 - written just now
        *_copied("document", process, lambda: _from_document(process)),
    ]
    faults += _walked(process, ways(process, facts=facts, meet=meet))
    faults += _followed(process, deals, seed)
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
    rules = {inner.rule for _, outer in criteria_of(process) for inner in outer.walk()}
    return serialization.load(serialization.dump(process), Process, criteria=rules)


def _walked(process: Process, found: Ways) -> Iterator[str]:
    """What shows on the shortest way to each transition; each complaint once, with the shortest program to it."""
    told: dict[str, Path] = {}
    for path in sorted(found.to_edge.values(), key=lambda path: len(path.commands)):
        try:
            deal = path.run()
        except SalesProcessError as error:
            told.setdefault(f"recheck: {path} was possible, and is not when it is tried again: {told_of(error)}", path)
            continue
        for complaint in _faults(process, deal):
            told.setdefault(complaint, path)
        for divergence in process.recheck(deal.history):
            told.setdefault(f"recheck: {divergence}", path)
    for complaint, path in told.items():
        yield f"{complaint}\n{program(path.commands)}"
    for edge, why in found.barred.items():
        yield f"transition: no deal can take {edge}: {why} (meet= says how to meet a rule of your own)"


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
