"""What follows what in a log: which labels are one, which end a case, and in which order the others stand."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

import attrs

Path = Sequence[tuple[str, int]]
"""The labels of one case with their times in microseconds, in order."""

Variant = tuple[str, ...]
"""The labels of a case alone; many cases share one."""

_PAIRED = 0.99
_AT_ONCE = 60_000_000
"""A minute, in microseconds."""
_RARE = 0.05


@attrs.frozen
class Succession:
    """Counts over the cases of a log.

    Attributes:
        cases: in how many cases each label occurs.
        follows: how often one label directly follows another.
        last: how many cases end with each label.
        before: in how many cases the first of one label comes before the first of another.
        ranks: the mean place of the first of each label.
    """

    cases: Counter[str]
    follows: Counter[tuple[str, str]]
    last: Counter[str]
    before: Counter[tuple[str, str]]
    ranks: Mapping[str, float]

    @classmethod
    def of(cls, variants: Mapping[Variant, int]) -> Succession:
        """Count the cases, of which so many went each way."""
        cases, last = Counter[str](), Counter[str]()
        follows, before = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
        ranks: defaultdict[str, int] = defaultdict(int)
        for names, count in variants.items():
            last[names[-1]] += count
            for pair in pairwise(names):
                follows[pair] += count
            first = list(dict.fromkeys(names))
            for place, name in enumerate(first):
                cases[name] += count
                ranks[name] += place * count
                for later in first[place + 1 :]:
                    before[name, later] += count
        return cls(cases, follows, last, before, {name: total / cases[name] for name, total in ranks.items()})

    def ends(self, name: str) -> float:
        """The share of its cases that end with a label."""
        return self.last[name] / self.cases[name]

    def terminal(self) -> list[frozenset[str]]:
        """The groups of labels that, but for rare exceptions, are left for one another only."""
        reach = {name: {name} for name in self.cases}
        edges = [pair for pair, count in self.follows.items() if count >= _RARE * self.cases[pair[0]]]
        changed = True
        while changed:
            changed = False
            for name, following in edges:
                if not reach[following] <= reach[name]:
                    reach[name] |= reach[following]
                    changed = True
        groups = {frozenset(reached) for reached in reach.values() if all(reached <= reach[other] for other in reached)}
        return sorted(groups, key=lambda group: (-sum(self.last[name] for name in group), sorted(group)))

    def order(self, names: Iterable[str]) -> tuple[list[str], list[tuple[str, str, float]]]:
        """The labels, the one that comes first before most others; and the pairs whose order the cases do not settle.

        Each pair is decided by the majority of the cases that have both (Copeland's method); pairs that never meet, and
        labels that come before equally many, stand by the mean place of their first entry.
        """
        known = sorted(names, key=lambda name: (self.ranks[name], name))
        scores = Counter(dict.fromkeys(known, 0.0))
        open_: list[tuple[str, str, float]] = []
        for place, one in enumerate(known):
            for other in known[place + 1 :]:
                first, second = self.before[one, other], self.before[other, one]
                share = first / (first + second) if first + second else 0.5
                scores[one if share >= 0.5 else other] += 1  # on a tie the lower rank, which stands first here
                if 0.2 < share < 0.8:
                    open_.append((one, other, share))
        return sorted(known, key=lambda name: -scores[name]), open_


def paired(paths: Sequence[Path]) -> list[tuple[str, str]]:
    """Labels that are one step written down twice: nearly always one right after the other, within a minute."""
    written = Counter(name for path in paths for name, _ in path)
    gaps: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    for path in paths:
        for (one, at), (other, later) in pairwise(path):
            gaps[one, other].append(later - at)
    return [
        pair
        for pair, between in gaps.items()
        if len(between) >= _PAIRED * max(written[name] for name in pair)
        and sorted(between)[int(0.95 * (len(between) - 1))] <= _AT_ONCE
    ]
