"""What is different between two rulebooks, and whether it decides, is where forecasts start from, or is only words."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Literal, Protocol, TypeVar, cast

import attrs

from salesprocess.criteria import Criterion
from salesprocess.facts import Fact
from salesprocess.frozen import FrozenDict
from salesprocess.revision import PRIORS, renamed_policy, renamed_stage, renamed_transition
from salesprocess.rules import MoveLabels, Rulebook, Transition
from salesprocess.stages import Activity, LossReason, Stage

Weight = Literal["rule", "prior", "label"]
"""A `rule` decides; a `prior` is a number that forecasts start from, or its name; a `label` is words, names,
versions, and where numbers come from."""

Sort = Literal["added", "removed", "renamed", "moved", "changed"]

Part = Fact | Stage | Transition | Activity | LossReason
"""What a rulebook has several of, each with a name."""

P = TypeVar("P", bound=Part)

_WEIGHTS: dict[str, Weight] = {
    **dict.fromkeys(("name", "version", "label", "guidance", "canonical", "provenance", "choice_labels"), "label"),
    **{f"move_labels.{field.name}": "label" for field in attrs.fields(MoveLabels)},
    **dict.fromkeys((*PRIORS, "tuning"), "prior"),
}
"""By the name of a field, or by its place; all others are rules."""


class Titled(Rulebook, Protocol):
    """A rulebook with the name of its priors, as a `Process` is."""

    @property
    def tuning(self) -> str:
        """The name of its priors."""
        ...


@attrs.frozen
class Change:
    """One difference.

    Attributes:
        sort: `added`, `removed` or `renamed` (a fact, stage, transition, activity, reason or criterion), `moved` (its
            place among those that both rulebooks have), or `changed` (a value).
        where: the place in the rulebook, such as `offer`, `offer.probability` or `offer.entry`.
        old, new: what was there and what is there now; None where there is nothing. Of a move, the places counted from
            1; of a criterion, the criterion.
        weight: what depends on it.

    >>> print(Change("changed", "offer.probability", 0.5, 0.6, "prior"))
    prior  offer.probability: 0.5 → 0.6
    """

    sort: Sort
    where: str
    old: object
    new: object
    weight: Weight

    def __str__(self) -> str:
        if self.sort == "added":
            told = f"+ {_told(self.new)}"
        elif self.sort == "removed":
            told = f"- {_told(self.old)}"
        elif self.sort == "moved":
            told = f"from place {self.old} to place {self.new}"
        else:
            told = f"{_told(self.old)} → {_told(self.new)}"
        return f"{self.weight:5}  {self.where}: {told}"


@attrs.frozen
class Changes:
    """Every difference between two rulebooks, in the order of the rulebook; false when there is none.

    Attributes:
        old, new: the names and versions.
        rows: the differences.

    >>> from salesprocess.process import Process
    >>> solar = Process("solar", stages=[Stage("lead"), Stage.won("won"), Stage.lost("lost")])
    >>> changes = solar.diff(solar.revise(rename={"lead": "enquiry"}))
    >>> dict(changes.renamed)
    {'lead': 'enquiry'}
    """

    old: tuple[str, int]
    new: tuple[str, int]
    rows: tuple[Change, ...]

    @property
    def rules(self) -> tuple[Change, ...]:
        """The differences that decide; `()` when both rulebooks would decide everything alike."""
        return self._of("rule")

    @property
    def priors(self) -> tuple[Change, ...]:
        """The differences in the numbers that forecasts start from."""
        return self._of("prior")

    @property
    def labels(self) -> tuple[Change, ...]:
        """The differences in words, names and versions."""
        return self._of("label")

    @property
    def renamed(self) -> FrozenDict[str, str]:
        """The stages that only got another name, old to new: what `migration.plan` takes as `stages`."""
        pairs = ((row.old, row.new) for row in self.rows if row.sort == "renamed")
        return FrozenDict(
            (old.name, new.name) for old, new in pairs if isinstance(old, Stage) and isinstance(new, Stage)
        )

    def _of(self, weight: Weight) -> tuple[Change, ...]:
        return tuple(row for row in self.rows if row.weight == weight)

    def __bool__(self) -> bool:
        return bool(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Change]:
        return iter(self.rows)

    def __str__(self) -> str:
        old, new = (f"{name} version {version}" for name, version in (self.old, self.new))
        return "\n".join([f"{old} → {new}: {len(self.rows) or 'no'} differences", *map(str, self.rows)])


def diff(old: Titled, new: Titled) -> Changes:
    """What is different in `new`.

    Facts, stages, transitions, activities and reasons are the same when their names are. A stage counts as renamed when
    it has the same role as one that is gone (won, lost), or is equal to it in all but name and label. What speaks of it
    under its new name is the same rule. Criteria are added to or removed from their place. A change of order is told by
    the fewest parts that moved.

    >>> from salesprocess.process import Process
    >>> solar = Process("solar", stages=[Stage("lead"), Stage("offer", 0.5), Stage.won("won"), Stage.lost("lost")])
    >>> print(diff(solar, solar.revise(change={"offer": {"probability": 0.6}}, before={"offer": Stage("survey")})))
    solar version 1 → solar version 2: 3 differences
    label  version: 1 → 2
    rule   stages: + survey
    prior  offer.probability: 0.5 → 0.6
    """
    rows = [
        _value(name, getattr(old, name), getattr(new, name))
        for name in ("name", "version", "label", "tuning")
        if getattr(old, name) != getattr(new, name)
    ]
    pairs = _pairs(old.stages, new.stages)
    names = {old.stages[i].name: new.stages[j].name for i, j in pairs if old.stages[i].name != new.stages[j].name}
    rows.extend(_parts("facts", old.facts, new.facts))
    rows.extend(_parts("stages", old.stages, new.stages, pairs, lambda stage: _under(stage, names)))
    transitions = tuple(renamed_transition(each, names) for each in old.transitions)
    rows.extend(_parts("transitions", transitions, new.transitions))
    rows.extend(_fields("policy", renamed_policy(old.policy, names), new.policy))
    rows.extend(_fields("move_labels", old.move_labels, new.move_labels))
    return Changes((old.name, old.version), (new.name, new.version), tuple(rows))


def _value(where: str, old: object, new: object) -> Change:
    return Change("changed", where, old, new, _WEIGHTS.get(where) or _WEIGHTS.get(where.rpartition(".")[2], "rule"))


def _fields(where: str, old: attrs.AttrsInstance, new: attrs.AttrsInstance) -> Iterator[Change]:
    """The fields in which two values of one class differ, but for the name, by which they were found to be the same."""
    for field in attrs.fields(type(old)):
        before, after = getattr(old, field.name), getattr(new, field.name)
        place = f"{where}.{field.name}"
        if before == after or field.name == "name":
            continue
        if field.name in ("entry", "exit", "locked", "criteria"):
            yield from _criteria(place, before, after)
        elif field.name in ("activities", "reasons"):
            yield from _parts(place, before, after)
        else:
            yield _value(place, before, after)


def _criteria(where: str, old: Sequence[Criterion], new: Sequence[Criterion]) -> Iterator[Change]:
    gone, come = _without(old, new), _without(new, old)
    yield from (Change("removed", where, each, None, "rule") for each in gone)
    yield from (Change("added", where, None, each, "rule") for each in come)
    if not gone and not come:
        yield Change("changed", where, old, new, "rule")  # only their order, in which refusals are explained


def _without(values: Sequence[Criterion], others: Sequence[Criterion]) -> list[Criterion]:
    """The values that the others lack, each as often as they lack it."""
    left = list(values)
    for each in others:
        if each in left:
            left.remove(each)
    return left


def _parts(
    where: str,
    old: Sequence[P],
    new: Sequence[P],
    pairs: Sequence[tuple[int, int]] | None = None,
    under: Callable[[P], P] = lambda part: part,
) -> Iterator[Change]:
    """What became of the parts of one sort: gone, come, renamed, moved, or changed inside.

    `under` tells an old part under the new names, so that a rename is no change of what speaks of the renamed.
    """
    pairs = _pairs(old, new) if pairs is None else pairs
    matched_old, matched_new = ({pair[side] for pair in pairs} for side in (0, 1))
    in_order = _in_order(pairs)
    yield from (Change("removed", where, each, None, "rule") for i, each in enumerate(old) if i not in matched_old)
    yield from (Change("added", where, None, each, "rule") for j, each in enumerate(new) if j not in matched_new)
    for i, j in pairs:
        before, after = old[i], new[j]
        place = after.name if where in ("stages", "transitions") else f"{where}.{after.name}"
        if before.name != after.name:
            yield Change("renamed", where, before, after, "rule")
        if (i, j) not in in_order:
            yield Change("moved", place, i + 1, j + 1, "rule")
        yield from _fields(place, under(before), after)


def _under(stage: Stage, names: Mapping[str, str]) -> Stage:
    """The stage under the new names of stages, with its own label."""
    return attrs.evolve(renamed_stage(stage, names), label=stage.label)


def _pairs(old: Sequence[Part], new: Sequence[Part]) -> list[tuple[int, int]]:
    """The places in `old` and `new` of parts that are the same, in the new order.

    Transitions may share a name: equal parts find each other first, then namesakes, then renamed stages.
    """
    pairs: list[tuple[int, int]] = []
    rest = list(range(len(new)))

    def match(same: Callable[[Part, Part], bool]) -> bool:
        found = len(pairs)
        for i in [i for i in range(len(old)) if all(i != paired for paired, _ in pairs)]:
            j = next((j for j in rest if same(old[i], new[j])), None)
            if j is not None:
                pairs.append((i, j))
                rest.remove(j)
        return len(pairs) > found

    match(_equal)
    match(_namesakes)
    # A stage that speaks of a renamed one is recognised once that one is.
    while match(lambda one, other: _renamed(one, other, {old[i].name: new[j].name for i, j in pairs})):
        pass
    return sorted(pairs, key=lambda pair: pair[1])


def _equal(old: Part, new: Part) -> bool:
    return old == new


def _namesakes(old: Part, new: Part) -> bool:
    return old.name == new.name


def _renamed(old: Part, new: Part, names: Mapping[str, str]) -> bool:
    if not isinstance(old, Stage) or not isinstance(new, Stage):
        return False
    unique = old.kind == new.kind and old.kind in ("won", "lost")
    return unique or attrs.evolve(renamed_stage(old, {**names, old.name: new.name}), label=new.label) == new


def _in_order(pairs: Sequence[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """A longest choice of the pairs that is in the old order as well as in the new one."""
    runs: list[tuple[tuple[int, int], ...]] = [()]
    for pair in pairs:
        before = (run for run in runs if not run or run[-1][0] < pair[0])
        runs.append((*max(before, key=len), pair))
    return max(runs, key=len)


def _told(value: object) -> str:
    if isinstance(value, Part):
        return value.name
    if isinstance(value, type):
        return value.__name__
    if isinstance(value, tuple):
        return ", ".join(map(str, cast("tuple[object, ...]", value))) or "none"
    return "none" if value is None or value == "" else str(value)
