"""Which transitions a rulebook has: the standard ones that follow from the order of its stages, and its own."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import chain
from typing import Literal

import attrs

from salesprocess.criteria import Ask, Criterion, criterion
from salesprocess.criteria.work import was_visited
from salesprocess.deal import Deal
from salesprocess.events import Entered, Migrated
from salesprocess.rules import Rulebook, Transition, left_for_lost
from salesprocess.stages import Stage
from salesprocess.verdicts import Reason, Verdict

ADVANCE, WIN, LOSE, REOPEN = "advance", "win", "lose", "reopen"
OPEN, OVERRIDE, IMPORTED = "open", "override", "imported"
RESERVED = frozenset({ADVANCE, WIN, LOSE, REOPEN, OPEN, OVERRIDE, IMPORTED, "move", "hold", "resume", "migrate"})
"""Names that no transition of a rulebook may take; neither may it begin with `to_`."""

RouteKind = Literal["advance", "win", "lose", "reopen", "move", "back", "custom"]


TO = "to_"
"""What the names of the standard moves to a stage begin with."""


def to(stage: str) -> str:
    """The name of the standard move to a stage that is not the next one."""
    return f"{TO}{stage}"


@attrs.frozen
class Check:
    """A criterion in its place.

    Attributes:
        where: the place, such as `offer.entry`.
        criterion: what must hold.
        waivable: the requirement has a name, and can be lifted for one deal.
        locked: no override passes it.
    """

    where: str
    criterion: Criterion
    waivable: bool = True
    locked: bool = False

    @cached_property
    def requirement(self) -> str:
        """The name under which it can be waived; empty when it cannot."""
        return f"{self.where}:{self.criterion}" if self.waivable and not self.locked else ""

    @cached_property
    def _no(self) -> tuple[Reason, ...]:
        """The reasons of a bare no: the same at all times."""
        return self.criterion.reasons(False, self.where, self.requirement, locked=self.locked)

    def reasons(self, deal: Deal, ask: Ask) -> tuple[Reason, ...]:
        """Why the criterion does not hold; `()` when it does, or was waived for the deal.

        Raises:
            Exception: whatever the criterion raises.
        """
        if deal.waived and self.requirement in deal.waived:
            return ()
        answer = self.criterion.test(deal, ask)
        if answer is True:
            return ()
        if answer is False:
            return self._no
        return self.criterion.reasons(answer, self.where, self.requirement, locked=self.locked)


@attrs.frozen
class Route:
    """One transition from one stage to another, with everything that decides about it.

    Attributes:
        name: the transition; routes of one name and source are alternatives, the first that applies counts.
        kind: what sort of move it is.
        label: the words for people.
        source, destination: the stages.
        applies: what must hold for the route to exist for a deal at all.
        checks: what must hold for it to be allowed, in the order in which it is explained.
        inputs: the same for what is given along with the request.
        needs, choices: what is to be given, and out of what.
        between: the stages passed over.
    """

    name: str
    kind: RouteKind
    label: str
    source: Stage
    destination: Stage
    applies: tuple[Check, ...] = ()
    checks: tuple[Check, ...] = ()
    inputs: tuple[Check, ...] = ()
    needs: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    between: tuple[Stage, ...] = ()


@criterion("on_hold", "")
def _not_held(deal: Deal, ask: Ask) -> bool:
    return deal.status != "on_hold"


NOT_HELD = Check("deal", _not_held(), waivable=False)
"""What every move but losing checks first."""


@criterion("activity.required", "", names={"activity": "activity"})
def required_activity(deal: Deal, ask: Ask, activity: str) -> bool:
    """The work that a stage wants was done."""
    for event in deal.activities:  # noqa: SIM110 - a loop is twice as fast as any(), and every move asks this
        if event.activity == activity:
            return True
    return False


@criterion("stage.applies", "")
def _inapplicable(deal: Deal, ask: Ask, stage: str, condition: Criterion) -> bool | Verdict:
    return _must_not_hold(condition, deal, ask, "stage.applies")


@criterion("stage.not_visited", "")
def _visited_if_applicable(deal: Deal, ask: Ask, stage: str, condition: Criterion) -> bool | Verdict:
    if was_visited(deal, stage) or _excused(deal, stage):
        return True
    return _must_not_hold(condition, deal, ask, "stage.not_visited")


@criterion("locked", "")
def _unless_visited(deal: Deal, ask: Ask, stage: str, criterion: Criterion) -> bool | Verdict:
    return True if was_visited(deal, stage) else criterion.verdict(deal, ask)


def _must_not_hold(condition: Criterion, deal: Deal, ask: Ask, code: str) -> bool | Verdict:
    """A plain yes of the condition is a no with `code`; an unknown keeps naming what is missing."""
    state = condition.state(deal, ask)
    if state == "unknown":
        return condition.verdict(deal, ask)
    return True if state == "unmet" else Verdict.unmet(code)


def _excused(deal: Deal, stage: str) -> bool:
    """An override jumped over the stage: an exception that was accepted stays accepted."""
    excused: set[str] = set()
    for event in deal.history:
        if isinstance(event, Entered) and event.transition == OVERRIDE:
            excused.update(event.skipped)
        elif isinstance(event, Migrated):
            excused = {event.stages.get(name, name) for name in excused}
    return stage in excused


@criterion("not_placed", "")
def _left(deal: Deal, ask: Ask, stage: str) -> bool | Verdict:
    left = deal.outcome and deal.outcome.left
    return left == stage if left is None or left == stage else Verdict.unmet("reopen.left", left=left)


@criterion("reason.missing", "")
def _reason_among(deal: Deal, ask: Ask, choices: tuple[str, ...]) -> bool | Verdict:
    reason = ask.inputs.get("reason")
    if not reason:
        return False
    return True if reason in choices else Verdict.unmet("reason.unknown", found=reason)


def when_of(stage: Stage) -> tuple[Check, ...]:
    """What must hold for a stage to apply to a deal; nothing for most."""
    return () if stage.when is None else (Check(f"{stage.name}.when", stage.when, waivable=False),)


def own_checks(stage: Stage, place: Literal["entry", "exit", "locked"]) -> Iterator[Check]:
    """The criteria that a stage has in one place."""
    return (Check(f"{stage.name}.{place}", each, locked=place == "locked") for each in getattr(stage, place))


@attrs.frozen(eq=False)
class _Gate:
    """The checks of one stage, made once and shared by all routes that touch it.

    Attributes:
        applies: that the stage applies to the deal; empty for most.
        inapplicable: that it does not, so that it may be passed over.
        visited: that it was visited if it applies.
        leave: what a move forward wants that leaves it.
        enter: what one wants that enters it.
        locked: its locked criteria.
        again: the same, but for a deal that was there before.
    """

    applies: tuple[Check, ...]
    inapplicable: tuple[Check, ...]
    visited: tuple[Check, ...]
    leave: tuple[Check, ...]
    enter: tuple[Check, ...]
    locked: tuple[Check, ...]
    again: tuple[Check, ...]


def _gate(stage: Stage) -> _Gate:
    applies, locked, where = when_of(stage), tuple(own_checks(stage, "locked")), f"{stage.name}.when"
    required = (
        Check(f"{stage.name}.activities", required_activity(each.name)) for each in stage.activities if each.required
    )
    unless = (_unless_visited(stage.name, check.criterion) for check in locked)
    again = tuple(Check(f"{stage.name}.locked", lock, locked=True) for lock in unless)
    return _Gate(
        applies=applies,
        inapplicable=tuple(Check(where, _inapplicable(stage.name, each.criterion), waivable=False) for each in applies),
        visited=tuple(
            Check(where, _visited_if_applicable(stage.name, each.criterion), waivable=False) for each in applies
        ),
        leave=(*required, *own_checks(stage, "exit")),
        enter=(*own_checks(stage, "entry"), *locked),
        locked=locked,
        again=again,
    )


class Routes:
    """The routes of one rulebook, in the order in which they are offered."""

    def __init__(self, rulebook: Rulebook) -> None:
        self._rules = rulebook
        self._policy = rulebook.policy
        self._say = rulebook.move_labels.to
        self._open = [stage for stage in rulebook.stages if stage.kind == "open"]
        self._won = next(stage for stage in rulebook.stages if stage.kind == "won")
        self._lost = next(stage for stage in rulebook.stages if stage.kind == "lost")
        self._after = [stage for stage in rulebook.stages if stage.kind == "after_sale"]
        self._by_name = {stage.name: stage for stage in rulebook.stages}
        self._line = [*self._open, self._won, *self._after]
        self._position = {stage.name: index for index, stage in enumerate(self._line)}
        self._gates = {stage.name: _gate(stage) for stage in rulebook.stages}
        self._own: dict[str, list[Transition]] = {}
        for transition in rulebook.transitions:
            self._own.setdefault(transition.source, []).append(transition)
        walls = (place for place, stage in enumerate(self._open) if not self._may_pass(stage))
        self._last_wall = max(walls, default=-1)
        """The last open stage that no deal may pass over: before it, a deal is not at the end of the line."""

    def all(self) -> Iterator[tuple[str, Route]]:
        """Every route with the name by which it is asked for.

        That is its own name, but for `advance` where the next stage is the won one: there it is the same as `win`.
        """
        for place, source in enumerate(self._open):
            win = self._win(place)
            yield from self._advances(self._open, place, win)
            if win is not None:
                yield WIN, win
            yield from self._explicit(source)
            yield from self._forward(self._open, place)
            yield from self._back(self._open, place)
            yield LOSE, self._route(LOSE, "lose", self._say("lose", self._lost.label), source, self._lost)
        sold = [self._won, *self._after]
        for place, source in enumerate(sold):
            yield from self._advances(sold, place, None)
            yield from self._explicit(source)
            yield from self._forward(sold, place)
            yield from self._back(sold, place, first=1)
            yield from self._reopen(source)
        yield from self._explicit(self._lost)
        yield from self._reopen(self._lost)

    def _advances(self, line: Sequence[Stage], place: int, win: Route | None) -> Iterator[tuple[str, Route]]:
        """To the next stage that applies: one alternative a stage, up to the first that always applies."""
        source = line[place]
        for stage in line[place + 1 :]:
            label = self._say("advance", stage.label)
            yield (
                ADVANCE,
                self._route(ADVANCE, "advance", label, source, stage, applies=self._gates[stage.name].applies),
            )
            if stage.when is None:
                return
        if win is not None:
            yield ADVANCE, win

    def _forward(self, line: Sequence[Stage], place: int) -> Iterator[tuple[str, Route]]:
        """To every later stage but the next, as far as those between may be passed over."""
        source = line[place]
        passing: tuple[Check, ...] = ()
        for target in range(place + 2, len(line)):
            over, stage = line[target - 1], line[target]
            if not self._may_pass(over):
                return
            if not self.skippable(over):
                passing += self._gates[over.name].inapplicable
            name, label = to(stage.name), self._say("move", stage.label)
            applies, between = self._gates[stage.name].applies, tuple(line[place + 1 : target])
            yield name, self._route(name, "move", label, source, stage, applies, between, passing)

    def _back(self, line: Sequence[Stage], place: int, first: int = 0) -> Iterator[tuple[str, Route]]:
        if self._policy.back == "never":
            return
        source = line[place]
        for target in range(place - 1, first - 1, -1):
            stage = line[target]
            applies = self._gates[stage.name].applies
            if self._policy.back == "previous":
                applies += tuple(c for over in line[target + 1 : place] for c in self._gates[over.name].inapplicable)
            name, label = to(stage.name), self._say("back", stage.label)
            yield name, self._route(name, "back", label, source, stage, applies=applies)
            if self._policy.back == "previous" and stage.when is None:
                return

    def _win(self, place: int) -> Route | None:
        source, marked = self._open[place], self._policy.win
        if marked == "any" or (place >= self._last_wall if marked == "end" else source.name in marked):
            label, between = self._say("win", self._won.label), tuple(self._open[place + 1 :])
            return self._route(WIN, "win", label, source, self._won, between=between)
        return None

    def _reopen(self, source: Stage) -> Iterator[tuple[str, Route]]:
        aim = self._policy.reopen
        if aim == "never":
            return
        if aim != "left":
            stages: Sequence[Stage] = [self._by_name[aim]]
        else:
            stages = left_for_lost(self._rules) if source is self._lost else self._open
        for stage in stages:
            applies = (Check("deal", _left(stage.name), waivable=False),) if aim == "left" else ()
            label = self._say("reopen", stage.label)
            yield REOPEN, self._route(REOPEN, "reopen", label, source, stage, applies=applies)

    def _explicit(self, source: Stage) -> Iterator[tuple[str, Route]]:
        for each in self._own.get(source.name, ()):
            destination, between = self._by_name[each.destination], self.between(source.name, each.destination)
            applies = () if each.when is None else (Check(f"{each.name}.when", each.when, waivable=False),)
            own = tuple(Check(f"{each.name}.criteria", criterion) for criterion in each.criteria)
            yield each.name, self._route(each.name, "custom", each.label, source, destination, applies, between, own)

    def _route(
        self,
        name: str,
        kind: RouteKind,
        label: str,
        source: Stage,
        destination: Stage,
        applies: tuple[Check, ...] = (),
        between: tuple[Stage, ...] = (),
        own: tuple[Check, ...] = (),
    ) -> Route:
        """Forward moves check what both stages want; all moves check their `own` criteria."""
        if destination.kind == "lost":
            return Route(name, kind, label, source, destination, applies, own, *self._losing, between)
        gate = self._gates[destination.name].again if kind == "reopen" else self.gate(source, destination)
        checks = (NOT_HELD, *gate, *own)
        return Route(name, kind, label, source, destination, applies, checks, between=between)

    @cached_property
    def _losing(self) -> tuple[tuple[Check, ...], tuple[str, ...], tuple[str, ...]]:
        """What a loss wants to be told, the names of that, and what may be chosen."""
        choices = tuple(reason.name for reason in self._lost.reasons)
        if not choices:
            return (), (), ()
        return (Check(f"{self._lost.name}.reasons", _reason_among(choices), waivable=False),), ("reason",), choices

    def gate(self, source: Stage, destination: Stage) -> tuple[Check, ...]:
        """What a move must pass between two stages.

        A move that does not lead forward checks only the locks of what it enters, unless it was there before: no way
        leads round a locked criterion, and no way back is barred by one that was passed.
        """
        here, there = self._gates[source.name], self._gates[destination.name]
        if not self.is_back(destination.name, source.name):
            return there.again if destination.kind == "open" else there.locked
        if destination.kind != "won" or self._policy.win == "any":
            return here.leave + there.enter
        visited = (self._gates[stage.name].visited for stage in self._to_visit if stage is not source)
        return (*here.leave, *there.enter, *chain.from_iterable(visited))

    @cached_property
    def _to_visit(self) -> list[Stage]:
        """The conditional stages that a deal may not skip: it was there, or they do not apply, when it is won."""
        return [stage for stage in self._open if stage.when is not None and not self.skippable(stage)]

    def locks(self, stage: Stage) -> tuple[Check, ...]:
        """The locked criteria of a stage."""
        return self._gates[stage.name].locked

    def is_back(self, source: str, destination: str) -> bool:
        """Whether the move leads to an earlier stage of the line."""
        here, there = self._position.get(source), self._position.get(destination)
        return here is not None and there is not None and there < here

    def skippable(self, stage: Stage) -> bool:
        """Whether the policy lets a forward move pass over the stage."""
        return self._policy.skip == "any" or (self._policy.skip == "optional" and stage.optional)

    def _may_pass(self, stage: Stage) -> bool:
        """Whether some deal may pass over the stage; over a conditional one, that depends on the deal's facts."""
        return self.skippable(stage) or stage.when is not None

    def passes(self, source: str | None, stage: str, destination: str) -> bool:
        """Whether `stage` is among the stages `between` the two others."""
        places = [self._position.get(name or "", -1) for name in (source, stage, destination)]
        return -1 < places[0] < places[1] < places[2]

    def between(self, source: str | None, destination: str) -> tuple[Stage, ...]:
        """The stages that a forward move passes over; none for any other move."""
        here, there = self._position.get(source or ""), self._position.get(destination)
        return () if here is None or there is None else tuple(self._line[here + 1 : there])
