"""Several rulebooks, and the right one for each deal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import attrs

from salesprocess.deal import Deal
from salesprocess.errors import ProcessClash, UnknownProcess, raise_together
from salesprocess.given import a, several
from salesprocess.process import Process


def _processes(values: Iterable[Process]) -> tuple[Process, ...]:
    return several(Process, values, "processes")


@attrs.frozen(repr=False)
class Catalog:
    """Rulebooks by name and version.

    The same rules may come twice, with other labels or priors; the last one counts.

    Raises:
        ProcessClash: two different rulebooks carry one name and version.

    >>> from salesprocess.stages import Stage
    >>> solar = Process("solar", stages=[Stage("lead"), Stage.won("won"), Stage.lost("lost")])
    >>> catalog = Catalog([solar, solar.revise(policy=attrs.evolve(solar.policy, back="never"))])
    >>> catalog.latest("solar").version
    2
    """

    processes: tuple[Process, ...] = attrs.field(converter=_processes)

    def __attrs_post_init__(self) -> None:
        prints: dict[tuple[str, int], str] = {}
        clashes: list[ProcessClash] = []
        for process in self.processes:
            place = (process.name, process.version)
            if prints.setdefault(place, process.fingerprint) != process.fingerprint:
                clashes.append(ProcessClash(*place))
        raise_together(clashes)

    def __getitem__(self, deal: Deal) -> Process:
        """The rulebook that a deal follows.

        Raises:
            UnknownProcess: the catalog does not have it; the versions it has are named.
        """
        found = a(Deal, deal, "deal")
        return self.get(found.process, found.version)

    def get(self, name: str, version: int) -> Process:
        """The rulebook of a name and a version.

        Raises:
            UnknownProcess: the catalog does not have it; the versions it has are named.
        """
        for process in reversed(self.processes):
            if process.name == name and process.version == version:
                return process
        raise UnknownProcess(f"{name} version {version}", (f"{p.name} version {p.version}" for p in self.processes))

    def latest(self, name: str) -> Process:
        """The highest version of a rulebook.

        Raises:
            UnknownProcess: no rulebook has this name.
        """
        versions = [process.version for process in self.processes if process.name == name]
        if not versions:
            raise UnknownProcess(name, sorted({process.name for process in self.processes}))
        return self.get(name, max(versions))

    def __iter__(self) -> Iterator[Process]:
        return iter(self.processes)

    def __len__(self) -> int:
        return len(self.processes)

    def __repr__(self) -> str:
        return f"Catalog({', '.join(f'{p.name} version {p.version}' for p in self.processes)})"
