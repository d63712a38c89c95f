"""The moves that a rulebook adds to the standard ones, and the policy that sets how strict it is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Literal, Protocol

import attrs

from salesprocess.criteria import Criterion
from salesprocess.facts import Fact
from salesprocess.frozen import tuple_of
from salesprocess.stages import Stage, words_of
from salesprocess.staleness import Staleness

Skip = Literal["never", "optional", "any"]
Back = Literal["never", "previous", "any"]
Win = Literal["end", "any"]
Override = Literal["never", "recorded"]
FactPolicy = Literal["declared", "free"]

Names = tuple[str, ...] | list[str] | set[str] | frozenset[str]
"""Several names; a single text is no collection of them."""


def _criteria(values: Iterable[Criterion]) -> tuple[Criterion, ...]:
    return tuple_of(values, "criteria")


def _label(transition: Transition) -> str:
    return words_of(transition.name)


@attrs.frozen
class Transition:
    """A move beside the standard ones.

    Args:
        name: an identifier; several transitions may share one if they leave different stages, or if `when` tells
            them apart: the first that applies is taken.
        source, destination: the names of the stages.
        criteria: what must hold, and is explained when it does not.
        when: the transition exists only for deals for which this holds; otherwise it is not even offered.
        label: the words for people.

    >>> Transition("fast_track", "site_survey", "financing").label
    'Fast track'
    """

    name: str
    source: str
    destination: str
    criteria: tuple[Criterion, ...] = attrs.field(default=(), converter=_criteria, kw_only=True)
    when: Criterion | None = attrs.field(default=None, kw_only=True)
    label: str = attrs.field(default=attrs.Factory(_label, takes_self=True), kw_only=True)


def _win(value: Win | Names) -> Win | tuple[str, ...]:
    return value if isinstance(value, str) else tuple_of(value, "win")


def _override(value: Override | Names) -> Override | tuple[str, ...]:
    return value if isinstance(value, str) else tuple_of(value, "override")


def _staleness(values: Iterable[Staleness]) -> tuple[Staleness, ...]:
    return tuple_of(values, "staleness")


@attrs.frozen(kw_only=True)
class Policy:
    """How strict a process is, from a rigid gate to a mere guide.

    Args:
        skip: which stages a forward move may pass over: `never` any, `optional` ones, or `any`. A stage that does not
            apply to the deal is never in the way.
        back: how far a deal may go back: `never`, to the `previous` stage, or `any` earlier one.
        win: from where a deal can be won: `end`, where only stages that may be skipped lie between; `any` open stage;
            or the names of the stages.
        reopen: where a closed deal goes when it is reopened: to the stage it `left`, to the named open stage, or
            `never`. A deal that was lost after the sale, by a transition of the rulebook, is won again where it left.
        override: who may leave the rules on record: `never` anybody, `recorded` everybody with a reason, or the names
            of roles.
        facts: `declared` refuses facts that no `Fact` declares, `free` takes any.
        staleness: when a deal counts as stale, for its agenda; `InStage()` is understood unless another one is given.
        clock_skew: an event may be so much older than the one before; it is then recorded at the same instant.

    >>> Policy(skip="any", back="any").override
    'recorded'
    """

    skip: Skip = "optional"
    back: Back = "any"
    win: Win | tuple[str, ...] = attrs.field(default="end", converter=_win)
    reopen: str = "left"
    override: Override | tuple[str, ...] = attrs.field(default="recorded", converter=_override)
    facts: FactPolicy = "declared"
    staleness: tuple[Staleness, ...] = attrs.field(default=(), converter=_staleness)
    clock_skew: timedelta = timedelta(seconds=1)


@attrs.frozen(kw_only=True)
class MoveLabels:
    """What the standard moves are called; `{stage}` stands for the label of the stage that they lead to.

    >>> MoveLabels().to("advance", "Offer")
    'Advance to Offer'
    """

    advance: str = "Advance to {stage}"
    move: str = "Move to {stage}"
    back: str = "Back to {stage}"
    win: str = "Win"
    lose: str = "Lose"
    reopen: str = "Reopen in {stage}"
    open: str = "Open in {stage}"
    override: str = "Override to {stage}"

    def to(
        self, kind: Literal["advance", "move", "back", "win", "lose", "reopen", "open", "override"], stage: str
    ) -> str:
        """The words for a move of this kind that leads to a stage of this label."""
        label: str = getattr(self, kind)
        return label.replace("{stage}", stage)


def every_criterion(rulebook: Rulebook) -> Iterator[tuple[str, Criterion]]:
    """The criteria of the stages and of the transitions, each with its place, such as `offer.entry`.

    >>> from salesprocess import templates
    >>> [where for where, _ in every_criterion(templates.load("generic"))][:2]
    ['prospecting.exit', 'first_contact.exit']
    """
    for stage in rulebook.stages:
        yield from stage.criteria()
    for transition in rulebook.transitions:
        yield from ((f"{transition.name}.criteria", each) for each in transition.criteria)
        if transition.when is not None:
            yield f"{transition.name}.when", transition.when


def left_for_lost(rulebook: Rulebook) -> tuple[Stage, ...]:
    """The stages that a deal can leave when it is lost.

    That is every open one, and those from the sale on that have a transition of the rulebook to the lost stage.

    >>> from salesprocess import templates
    >>> [stage.name for stage in left_for_lost(templates.load("generic"))][:2]
    ['prospecting', 'first_contact']
    """
    lost = {stage.name for stage in rulebook.stages if stage.kind == "lost"}
    undone = {each.source for each in rulebook.transitions if each.destination in lost}
    return tuple(stage for stage in rulebook.stages if stage.kind == "open" or stage.name in undone)


class Rulebook(Protocol):
    """What a process says, as the layers below `Process` read it."""

    @property
    def name(self) -> str:
        """Its name."""
        ...

    @property
    def version(self) -> int:
        """Its version."""
        ...

    @property
    def facts(self) -> tuple[Fact, ...]:
        """The facts it declares."""
        ...

    @property
    def stages(self) -> tuple[Stage, ...]:
        """Its stages, in order."""
        ...

    @property
    def transitions(self) -> tuple[Transition, ...]:
        """The moves it adds to the standard ones."""
        ...

    @property
    def policy(self) -> Policy:
        """How strict it is."""
        ...

    @property
    def label(self) -> str:
        """The words for people."""
        ...

    @property
    def move_labels(self) -> MoveLabels:
        """What its standard moves are called."""
        ...
