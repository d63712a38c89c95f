"""One pytest case per transition, per stage, or per history: a plain run covers a whole rulebook."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from typing import Any, TypeVar

import attrs

from salesprocess.deal import Deal, replay
from salesprocess.events import Event
from salesprocess.process import Process
from salesprocess.recheck import Divergence
from salesprocess.testing.planning import Meeting
from salesprocess.testing.ways import ways

Test = TypeVar("Test", bound=Callable[..., Any])


def parametrize_transitions(
    process: Process, *, facts: Mapping[str, Any] | None = None, meet: Mapping[str, Meeting] | None = None
) -> Callable[[Test], Test]:
    """One case per transition: `path` is the shortest way to it, in commands that meet what the rulebook wants.

    A transition that no way was found to is a case that fails and says what stood in the way.

    Args:
        process: the rulebook.
        facts: by the name of a fact or a term, a value or a strategy; the simplest value that will do is taken.
        meet: by the code of a rule that is not the library's own, what meets it: values or strategies by the names of
            facts and terms, or commands.

    Raises:
        UnknownFact, UnknownRule: `facts` or `meet` names what the process does not have.

    >>> from salesprocess import Stage
    >>> process = Process("kiosk", stages=[Stage("lead"), Stage.won("sold"), Stage.lost("lost")])
    >>> @parametrize_transitions(process)
    ... def test_every_transition_replays(path):
    ...     assert replay(path.run().history) == path.run()
    """
    found = ways(process, facts=facts, meet=meet)
    cases = {str(edge): found.to_edge.get(edge) or found.barred[edge] for edge in found.edges}
    return _parametrized("path", cases, "no way was found to the transition")


def parametrize_stages(
    process: Process, *, facts: Mapping[str, Any] | None = None, meet: Mapping[str, Meeting] | None = None
) -> Callable[[Test], Test]:
    """One case per stage: `path` is the shortest way to it. The arguments are those of `parametrize_transitions`.

    >>> from salesprocess import templates
    >>> @parametrize_stages(templates.load("startup"))
    ... def test_every_stage_is_in_its_own_status(path):
    ...     assert path.run().status == path.process.stage(path.destination).status
    """
    found = ways(process, facts=facts, meet=meet)
    barred = "; ".join(f"{edge}: {why}" for edge, why in found.barred.items())
    cases = {stage.name: found.to_stage.get(stage.name) or barred for stage in process.stages}
    return _parametrized("path", cases, "no way was found to the stage")


@attrs.frozen
class Replayed:
    """A history, decided again by another version of the rulebook.

    Attributes:
        process: the version that decides again.
        deal: the deal, as its history tells it.
        divergences: the moves that this version decides otherwise.
    """

    process: Process
    deal: Deal
    divergences: tuple[Divergence, ...]

    def __str__(self) -> str:
        told = [f"- {divergence}" for divergence in self.divergences] or ["- every move is decided the same"]
        return "\n".join([f"{self.deal.id} under {self.process.name} version {self.process.version}:", *told])


def parametrize_histories(process: Process, histories: Iterable[Deal | Iterable[Event]]) -> Callable[[Test], Test]:
    """One case per recorded deal: `replayed` says what this version of the rulebook would have decided otherwise.

    Args:
        process: the version to be tested.
        histories: deals, or their events; they may come from another version.

    Raises:
        BrokenHistory: events do not follow one another.

    >>> from salesprocess import Stage
    >>> process = Process("kiosk", stages=[Stage("lead"), Stage.won("sold"), Stage.lost("lost")])
    >>> @parametrize_histories(process, [])
    ... def test_nothing_is_decided_otherwise(replayed):
    ...     assert not replayed.divergences, replayed
    """
    cases: dict[str, Replayed] = {}
    for history in histories:
        deal = history if isinstance(history, Deal) else replay(history)
        cases[f"{deal.id} ({len(cases) + 1})" if deal.id in cases else deal.id] = Replayed(
            process, deal, process.recheck(deal.history)
        )
    return _parametrized("replayed", cases, "")


def _parametrized(name: str, cases: Mapping[str, object], complaint: str) -> Callable[[Test], Test]:
    """The decorator; a case that is a text has no value, and fails with it."""
    import pytest  # noqa: PLC0415 - the strategies are of use without it

    parameters = [pytest.param(value, id=key) for key, value in cases.items()]
    mark = pytest.mark.parametrize(name, parameters)
    if not any(isinstance(value, str) for value in cases.values()):
        return mark

    def decorate(test: Test) -> Test:
        @wraps(test)
        def run(*args: Any, **kwargs: Any) -> Any:
            if isinstance(why := kwargs[name], str):
                pytest.fail(f"{complaint}: {why}\nmeet= says how to meet a rule of your own", pytrace=False)
            return test(*args, **kwargs)

        return mark(run)  # type: ignore[no-any-return]

    return decorate
