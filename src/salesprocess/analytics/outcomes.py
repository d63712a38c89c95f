"""Which labels of a log mean that a case is won or lost: told, or inferred with the evidence, or not at all."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from typing import Literal, TypeAlias

import attrs

from salesprocess.analytics import results
from salesprocess.analytics.succession import Succession
from salesprocess.errors import OutcomeUndecided

Side: TypeAlias = Literal["won", "lost"]

# Words that mean an outcome wherever they stand, and words that do so only of a label after which nothing follows.
_SAYS = {"won": {"won", "win", "sold", "gewonnen", "vunnet"}, "lost": {"lost", "lose", "verloren", "tapt"}}
_SUGGESTS = {
    "won": {"signed", "approved", "accepted", "activated", "ordered", "order", "purchased", "contracted", "paid"},
    "lost": {
        "declined", "cancelled", "canceled", "rejected", "refused", "withdrawn", "abandoned", "dead", "expired",
        "disqualified",
    },
}  # fmt: skip

_HARDLY = 0.02


@attrs.frozen
class Outcomes:
    """The labels of both outcomes, how that is known, and what is not certain about it."""

    won: tuple[str, ...]
    lost: tuple[str, ...]
    evidence: tuple[str, ...]
    unsure: tuple[str, ...]


def outcomes(succession: Succession, won: Sequence[str], lost: Sequence[str]) -> Outcomes:
    """Both outcomes; what is not told is inferred.

    A label is inferred to mean an outcome by a word that says so; or because a word suggests it and nothing but its
    like follows it, or, for won, hardly any of its cases are lost later; or, with a remark, because it is the only
    other end of the cases.

    Raises:
        OutcomeUndecided: neither the labels nor the cases tell which one means won.
    """
    ends = succession.terminal()
    evidence = [f"{_quoted(told)} {_mean(told)} {side}: told" for side, told in (("won", won), ("lost", lost)) if told]
    unsure: list[str] = []
    found: dict[Side, dict[str, str]] = {"won": dict.fromkeys(won, ""), "lost": dict.fromkeys(lost, "")}
    if not lost:
        found["lost"] = _inferred(succession, ends, "lost", found["won"])
    if not won:
        found["won"] = _inferred(succession, ends, "won", found["lost"]) or _early_win(succession, found["lost"])
    pairs: tuple[tuple[Side, Side], ...] = (("won", "lost"), ("lost", "won"))
    for side, other in pairs:
        left = [group for group in ends if not group & set(found[other])]
        if not found[side] and found[other] and len(left) == 1:
            found[side] = dict.fromkeys(sorted(left[0]), "it is the only other end of the cases")
            unsure.append(f"whether {_quoted(found[side])} {_mean(found[side])} {side}: say {side}= if not")
    for side, labels in found.items():
        for name, why in labels.items():
            if why:
                share, count = results.percent(succession.ends(name)), results.number(succession.cases[name])
                evidence.append(f"{name!r} is taken for {side}: {why}; {share} of its {count} cases end there")
    if not found["won"]:
        raise OutcomeUndecided("won", [name for group in ends for name in sorted(group)], succession.cases)
    if not found["lost"]:
        unsure.append("no label means lost; a stage for it was added, since deals are lost: say lost= if one does")
    return Outcomes(tuple(found["won"]), tuple(found["lost"]), tuple(evidence), tuple(unsure))


def _inferred(
    succession: Succession, ends: Sequence[frozenset[str]], side: Side, taken: Collection[str]
) -> dict[str, str]:
    """The labels that mean an outcome by their words and their place, each with why."""
    said = [name for name in succession.cases if name not in taken and _SAYS[side] & _words(name)]
    if said:
        return dict.fromkeys(said, "the word says so")
    found: dict[str, str] = {}
    for group in ends:
        if not group & set(taken) and any(_SUGGESTS[side] & _words(name) for name in group):
            whose = " of its group" if len(group) > 1 else ""
            found |= dict.fromkeys(sorted(group), f"a word{whose} suggests it, and nothing else follows it")
    return found


def _early_win(succession: Succession, lost: Collection[str]) -> dict[str, str]:
    """A win after which a case goes on: the first label of which a word suggests it, and which is hardly lost later."""
    able = [
        name
        for name in succession.cases
        if _SUGGESTS["won"] & _words(name)
        and all(succession.before[name, end] <= _HARDLY * succession.cases[name] for end in lost)
    ]
    first = succession.order(able)[0][:1] if lost else []
    return dict.fromkeys(first, "a word suggests it, and hardly any of its cases are lost later")


def _words(label: str) -> set[str]:
    return {*re.split(r"[^a-zæøåäöü]+", label.lower())}


def _mean(names: Collection[str]) -> str:
    return "means" if len(names) == 1 else "mean"


def _quoted(names: Iterable[str]) -> str:
    return ", ".join(map(repr, names))
