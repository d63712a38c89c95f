"""The shape of a process as the cases of a log show it: the order of its stages, what is passed over, steps back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise

import attrs

from salesprocess.analytics import results
from salesprocess.analytics.succession import Succession, Variant
from salesprocess.rules import Back

USED = 0.05
"""What fewer cases do is an exception and no rule."""


@attrs.frozen
class Shape:
    """The stages in order by their labels, the share that skips each, the policy, and why."""

    open: tuple[str, ...]
    after_sale: tuple[str, ...]
    skipped: Mapping[str, float]
    back: Back
    evidence: tuple[str, ...]
    unsure: tuple[str, ...]


def shape_of(succession: Succession, variants: Mapping[Variant, int], won: Sequence[str], lost: Sequence[str]) -> Shape:
    """The shape that the variants of a log have, of which so many cases went each way."""
    rest = [name for name in succession.cases if name not in {*won, *lost}]
    sold = [name for name in rest if _after(succession, name, won) and not _after(succession, name, lost)]
    line, open_pairs = succession.order([name for name in rest if name not in sold])
    after, _ = succession.order(sold)
    evidence = [f"order: {' → '.join(map(repr, line))}, then won"]
    if after:
        evidence.append(f"after the sale: {', '.join(map(repr, after))}, which come after it in nearly all cases")
    unsure = [
        f"the order of {one!r} and {other!r}: {one!r} comes first in {results.percent(share)} of the cases with both"
        if (succession.before[one, other] + succession.before[other, one])
        else f"the order of {one!r} and {other!r}: no case has both"
        for one, other, share in open_pairs
    ]
    firsts = [(_before_end(variant, {*won}), count) for variant, count in variants.items()]
    skipped: dict[str, float] = {}
    for place, name in enumerate(line):
        later = {*line[place + 1 :], *won}
        past = [(path, count) for path, count in firsts if not later.isdisjoint(path)]
        n = sum(count for _, count in past)
        skipped[name] = sum(count for path, count in past if name not in path) / n if n else 0.0
        told = f"{results.percent(skipped[name])} of the {n:,} cases that got past {name!r} skip it"
        if skipped[name] >= USED:
            evidence.append(f"{told}: optional")
        elif skipped[name]:
            unsure.append(f"{told}: taken for exceptions, it is not optional")
    back, told = _back(firsts, line)
    return Shape(tuple(line), tuple(after), skipped, back, (*evidence, told), tuple(unsure))


def _after(succession: Succession, name: str, ends: Sequence[str]) -> bool:
    """Whether a label nearly always comes after one of these."""
    later = max((succession.before[end, name] for end in ends), default=0)
    return later >= 0.9 * succession.cases[name]


def _before_end(variant: Variant, won: set[str]) -> Variant:
    """The labels up to the first win."""
    end = next((place for place, name in enumerate(variant) if name in won), len(variant) - 1)
    return variant[: end + 1]


def _back(paths: Sequence[tuple[Variant, int]], line: Sequence[str]) -> tuple[Back, str]:
    position = {name: place for place, name in enumerate(line)}
    steps: Counter[int] = Counter()
    moved = 0
    for path, count in paths:
        back = [
            position[one] - position[other]
            for one, other in pairwise(path)
            if one in position and other in position and position[other] < position[one]
        ]
        moved += count if back else 0
        for step in back:
            steps[step] += count
    share = f"{results.percent(moved / sum(count for _, count in paths))} of the cases step back"
    if not steps:
        return "never", "no case steps back: the draft lets none"
    if steps[1] >= (1 - USED) * steps.total():
        return "previous", f"{share}, nearly all by one stage: the draft lets them"
    return "any", f"{share}, also by several stages: the draft lets them"
