"""Decide about deals with a table read off the machine: fast when the answer is yes, complete when it is no."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import cached_property
from typing import Any

from transitions import Machine

from salesprocess.criteria import Ask, approvals_at_least, approved
from salesprocess.criteria.rule import ask
from salesprocess.deal import Deal
from salesprocess.engine.entries import HIDDEN, Answer, Entry, Leaving, answer_of
from salesprocess.engine.machine import build, state_of
from salesprocess.errors import UnknownStage, UnknownTransition, WrongKind
from salesprocess.events import Actor, StageStatus
from salesprocess.facts import Fact
from salesprocess.frozen import EMPTY, FrozenDict
from salesprocess.routes import (
    ADVANCE,
    LOSE,
    OPEN,
    OVERRIDE,
    REOPEN,
    WIN,
    Check,
    Route,
    RouteKind,
    Routes,
    own_checks,
    to,
    when_of,
)
from salesprocess.rules import Rulebook, every_criterion
from salesprocess.stages import Stage, words_of
from salesprocess.verdicts import Decision, Reason, make_decision, make_reason

_ASKING_FOR_A_ROLE = (approved, approvals_at_least)


class Engine:
    """What a process decides with; compiled once, shared by all deals, stateless.

    Attributes:
        machine: the `transitions.Machine`.
        facts: the declared facts by name.
        activities: every activity that a stage lists.
        approvals: every subject that a criterion wants to be approved, with the roles in which it may be; None is any.
        statuses: the status of a deal that enters a stage, by the stage's name.
        names: every name by which a transition can be asked for.
    """

    def __init__(self, rulebook: Rulebook) -> None:
        self._policy = rulebook.policy
        self._say = rulebook.move_labels.to
        self._routes = Routes(rulebook)
        self._stages = {stage.name: stage for stage in rulebook.stages}
        self.facts: FrozenDict[str, Fact] = FrozenDict((fact.name, fact) for fact in rulebook.facts)
        self.activities = frozenset(each.name for stage in rulebook.stages for each in stage.activities)
        self.approvals = _approvals(rulebook)
        self._targets = frozenset(stage.name for stage in rulebook.stages if stage.kind in ("open", "won"))
        self._locked = tuple(stage for stage in rulebook.stages if stage.locked)
        self.statuses: dict[str, StageStatus] = {stage.name: stage.status for stage in rulebook.stages}
        self.machine: Machine = build(self._stages, self._routes.all())
        self._leaving = Leaving(self.machine)
        self.names = frozenset((*self.machine.events, ADVANCE, WIN, LOSE, REOPEN, *(to(name) for name in self._stages)))

    @cached_property
    def requirements(self) -> frozenset[str]:
        """The names of everything that can be waived."""
        routes = (route for named in self._leaving.routes.values() for routes in named.values() for route in routes)
        return frozenset(check.requirement for route in routes for check in route.checks if check.requirement)

    def stage(self, name: str) -> Stage:
        """The stage of this name.

        Raises:
            UnknownStage: there is none.
            WrongKind: the name is no text.
        """
        if not isinstance(name, str):
            raise WrongKind("stage", name, "a text")
        if name not in self._stages:
            raise UnknownStage(name, self._stages)
        return self._stages[name]

    def decide(
        self, deal: Deal, name: str, at: datetime, by: Actor | None, inputs: FrozenDict[str, str] | None
    ) -> Answer:
        """Whether the transition `name` may be taken; without `inputs`, those that it needs are taken for granted.

        Raises:
            UnknownTransition: no transition of this name leaves any stage.
            UnknownStage: the deal is in a stage that the rulebook does not have.
        """
        row = self._leaving[deal.stage].get(name)
        if row is None:
            return self._not_from_here(deal, name, at, by)
        if row[0].always:
            return self._judge(deal, row[0], at, by, inputs)
        found = self._choose(deal, name, row, at, by, inputs)
        return found if isinstance(found, Answer) else self._judge(deal, found, at, by, inputs)

    def decide_move(
        self, deal: Deal, destination: str, at: datetime, by: Actor | None, inputs: FrozenDict[str, str] | None
    ) -> Answer:
        """The first allowed transition that leads to `destination`, else the first that applies, else a refusal."""
        first: Answer | None = None
        hidden: list[Reason] = []
        for name, row in self._leaving[deal.stage].items():
            leading = [entry.route for entry in row if entry.route.destination.name == destination]
            if not leading:
                continue
            found = self._choose(deal, name, row, at, by, inputs)
            if isinstance(found, Entry):
                if found.route not in leading:
                    hidden += _explain(leading[0].applies, deal, _asked(leading[0], at, by, inputs))[0]
                    continue
                found = self._judge(deal, found, at, by, inputs)
            if found.decision.allowed:
                return found
            first = first or found
        reasons = hidden or [self._no_way(deal, destination)]
        return first or self._refused(deal, to(destination), "move", destination, reasons, at, by)

    def options(self, deal: Deal, at: datetime, by: Actor | None) -> tuple[Decision, ...]:
        """A decision for every transition that leaves the stage and applies, each once, in the rulebook's order."""
        decisions: list[Decision] = []
        ahead = None
        for name, row in self._leaving[deal.stage].items():
            found = row[0] if row[0].always else self._choose(deal, name, row, at, by, None, listing=True)
            if isinstance(found, Answer):
                if not found.hidden:
                    decisions.append(found.decision)
                continue
            route = found.route
            if name != route.name or (route.kind == "move" and route.destination.name == ahead):
                continue
            if route.kind == "advance":
                ahead = route.destination.name
            decisions.append(self._judge(deal, found, at, by, None).decision)
        return tuple(decisions)

    def decide_opening(self, deal: Deal, at: datetime, by: Actor | None) -> Answer:
        """Whether a deal may begin in the stage it is in; hidden when the stage does not apply to it."""
        stage = self._stages[deal.stage]
        question = ask(OPEN, stage.name, at, by, EMPTY)
        state = state_of(when_of(stage), deal, question)
        hidden = state == "unmet"
        if state != "met":
            reasons, cause = _explain(when_of(stage), deal, question)
            reasons = reasons if hidden else _undecided(reasons, stage)
        else:
            reasons, cause = _explain((*own_checks(stage, "entry"), *own_checks(stage, "locked")), deal, question)
        return Answer(
            Decision(OPEN, "open", self._say("open", stage.label), None, stage.name, unmet=tuple(reasons)),
            cause,
            hidden,
        )

    def decide_override(self, deal: Deal, destination: str, at: datetime, by: Actor | None, reason: str) -> Answer:
        """Whether a jump to an open stage or to the won one may be recorded; a plain move where one is allowed."""
        inputs: FrozenDict[str, str] = FrozenDict(reason=reason)
        plain = self.decide_move(deal, destination, at, by, inputs)
        if plain.decision.allowed:
            return plain
        stage = self._stages[destination]
        reasons, cause = self._barred(stage, deal, at, by, inputs)
        skipped = tuple(each.name for each in self._passed_over(stage, deal, at, by, inputs))
        label = self._say("override", stage.label)
        decision = Decision(
            OVERRIDE, "override", label, deal.stage, destination, ("reason",), unmet=tuple(reasons), skipped=skipped
        )
        gate = self._routes.gate(self._stages[deal.stage], stage)
        unmet, _ = _explain(gate, deal, ask(OVERRIDE, destination, at, by, inputs))
        passed = dict.fromkeys(each.requirement or each.code for each in (*plain.decision.unmet, *unmet))
        return Answer(decision, cause, passed=tuple(passed))

    def _choose(
        self,
        deal: Deal,
        name: str,
        row: tuple[Entry, ...],
        at: datetime,
        by: Actor | None,
        inputs: FrozenDict[str, str] | None,
        *,
        listing: bool = False,
    ) -> Entry | Answer:
        """The alternative that applies, or the answer why none does or why that cannot be told."""
        hidden: list[Route] = []
        for place, entry in enumerate(row):
            if entry.always:
                return entry
            route = entry.route
            question = _asked(route, at, by, inputs)
            state = state_of(route.applies, deal, question)
            if state == "met":
                return entry
            if state == "unmet":
                hidden.append(route)
                continue
            reasons, cause = _explain(route.applies, deal, question)
            shared, fault = _explain(_shared(row[place:]), deal, question)
            undecided = _undecided(reasons, route.destination)
            return self._refused(deal, name, route.kind, None, [*shared, *undecided], at, by, cause or fault)
        if listing:
            return HIDDEN
        found = (_explain(route.applies, deal, _asked(route, at, by, inputs))[0] for route in hidden)
        reasons = [reason for each in found for reason in each if reason.where != "deal"]
        reasons = reasons or [_nowhere(deal)]
        return self._refused(deal, name, row[-1].route.kind, None, reasons, at, by, hidden=True)

    def _judge(
        self, deal: Deal, entry: Entry, at: datetime, by: Actor | None, inputs: FrozenDict[str, str] | None
    ) -> Answer:
        route = entry.route
        question = ask(route.name, route.destination.name, at, by, EMPTY if inputs is None else inputs)
        try:
            if not (entry.moves and deal.status == "on_hold"):
                for test in entry.tests if inputs is None else entry.all_tests:
                    if test(deal, question) is not True:
                        break
                else:
                    return self._yes(entry, deal, question)
        except Exception:  # noqa: BLE001 - the slow path below finds it again and explains it
            pass
        checks = route.checks if inputs is None else (*route.checks, *route.inputs)
        reasons, cause = _explain(checks, deal, question)
        if not reasons:
            return self._yes(entry, deal, question)
        refused = make_decision(
            route.name,
            route.kind,
            route.label,
            deal.stage,
            route.destination.name,
            route.needs,
            route.choices,
            tuple(reasons),
            _skipped(route, deal, question) if entry.varies else entry.yes.decision.skipped,
            self._overridable(route.destination.name, deal, at, by),
        )
        return answer_of(refused, cause)

    def _yes(self, entry: Entry, deal: Deal, question: Ask) -> Answer:
        if not entry.varies:
            return entry.yes
        yes, skipped = entry.yes.decision, _skipped(entry.route, deal, question)
        found = make_decision(
            yes.name, yes.kind, yes.label, deal.stage, yes.destination, yes.needs, yes.choices, (), skipped, False
        )
        return answer_of(found)

    def _overridable(self, destination: str | None, deal: Deal, at: datetime, by: Actor | None) -> bool:
        """Whether an override to the destination would go through: `_barred` without the reasons."""
        if destination not in self._targets or deal.status == "on_hold" or destination == deal.stage:
            return False
        if self._unfit(by) is not None:
            return False
        for stage in self._locked:
            if stage.name == destination or self._routes.passes(_left(deal), stage.name, destination):
                return not self._barred(self._stages[destination], deal, at, by, EMPTY)[0]
        return True

    def _barred(
        self, stage: Stage, deal: Deal, at: datetime, by: Actor | None, inputs: FrozenDict[str, str]
    ) -> tuple[list[Reason], Exception | None]:
        """Why no override may lead to a stage.

        That is the policy, the deal on hold or there already, the locked criteria of the stage, and those of the stages
        that would be jumped over and may not be skipped.
        """
        unfit = self._unfit(by)
        reasons = [] if unfit is None else [unfit]
        if deal.status == "on_hold":
            reasons.append(Reason("on_hold", where="deal"))
        if stage.name == deal.stage:
            reasons.append(self._no_way(deal, stage.name))
        over = (each for each in self._passed_over(stage, deal, at, by, inputs) if not self._routes.skippable(each))
        locks = [check for each in (*over, stage) for check in self._routes.locks(each)]
        locked, cause = _explain(locks, deal, ask(OVERRIDE, stage.name, at, by, inputs))
        return [*reasons, *locked], cause

    def _passed_over(
        self, stage: Stage, deal: Deal, at: datetime, by: Actor | None, inputs: FrozenDict[str, str]
    ) -> tuple[Stage, ...]:
        """The stages that a jump leaves out, but for those that do not apply to the deal."""
        question = ask(OVERRIDE, stage.name, at, by, inputs)
        between = self._routes.between(_left(deal), stage.name)
        return tuple(each for each in between if _may_apply(each, deal, question))

    def _unfit(self, by: Actor | None) -> Reason | None:
        """Why the policy does not let this actor override."""
        allowed = self._policy.override
        if allowed == "never":
            return Reason("override.never", where="policy.override")
        if isinstance(allowed, tuple) and not (by and by.roles.intersection(allowed)):
            return Reason("override.role", where="policy.override", parameters=_params(roles=allowed))
        return None

    def _refused(
        self,
        deal: Deal,
        name: str,
        kind: RouteKind,
        destination: str | None,
        reasons: list[Reason],
        at: datetime,
        by: Actor | None,
        cause: Exception | None = None,
        *,
        hidden: bool = False,
    ) -> Answer:
        overridable = self._overridable(destination, deal, at, by)
        refused = make_decision(
            name, kind, words_of(name), deal.stage, destination, (), (), tuple(reasons), (), overridable
        )
        return Answer(refused, cause, hidden)

    def _not_from_here(self, deal: Deal, name: str, at: datetime, by: Actor | None) -> Answer:
        if name not in self.names:
            raise UnknownTransition(name, sorted(self.names))
        for stage in self._stages:
            if name == to(stage):
                return self._refused(deal, name, "move", stage, [self._no_way(deal, stage)], at, by)
        here = Reason("not_from_here", where="deal", parameters=_params(transition=name, stage=deal.stage))
        aim = next(stage.name for stage in self._stages.values() if stage.kind == "won") if name == WIN else None
        return self._refused(deal, name, "custom", aim, [here], at, by)

    def _no_way(self, deal: Deal, destination: str) -> Reason:
        """Why no transition of any name leads there."""
        between = tuple(stage.name for stage in self._routes.between(deal.stage, destination))
        if destination == deal.stage:
            code = "already_there"
        elif between:
            code = "not_forward"
        else:
            code = "not_back" if self._routes.is_back(deal.stage, destination) else "not_from_here"
        parameters = _params(stage=deal.stage, destination=destination, between=between, transition=to(destination))
        return Reason(code, where="policy", parameters=parameters)


def _approvals(rulebook: Rulebook) -> FrozenDict[str, frozenset[str | None]]:
    """The roles in which each subject may be approved, None where any will do, or a rule of a user decides."""
    asked: dict[str, set[str | None]] = {}
    for _, outer in every_criterion(rulebook):
        for inner in outer.walk():
            role = inner.parameters["role"] if inner.rule in _ASKING_FOR_A_ROLE else None
            for subject in inner.names("approval"):
                asked.setdefault(subject, set()).add(role)
    return FrozenDict((subject, frozenset(roles)) for subject, roles in asked.items())


def _shared(row: tuple[Entry, ...]) -> Iterable[Check]:
    """What every alternative checks, so that it can be told before it is known which one applies."""
    first, *others = (entry.route for entry in row)
    return (check for check in first.checks if all(check in other.checks for other in others))


def _asked(route: Route, at: datetime, by: Actor | None, inputs: FrozenDict[str, str] | None) -> Ask:
    return ask(route.name, route.destination.name, at, by, EMPTY if inputs is None else inputs)


def _explain(checks: Iterable[Check], deal: Deal, question: Ask) -> tuple[list[Reason], Exception | None]:
    """Every reason for which the checks do not all hold, and the first exception that one of them raised."""
    reasons: list[Reason] = []
    cause: Exception | None = None
    for check in checks:
        try:
            if found := check.reasons(deal, question):
                reasons.extend(found)
        except Exception as error:  # noqa: BLE001 - whatever a user's criterion raises is a fault
            cause = cause or error
            reasons.append(_fault(check, error))
    return reasons, cause


def _fault(check: Check, error: Exception) -> Reason:
    parameters = _params(criterion=str(check.criterion), error=f"{type(error).__name__}: {error}")
    return Reason(check.criterion.code, "fault", check.where, parameters, check.requirement, check.locked)


def _undecided(reasons: Iterable[Reason], stage: Stage) -> list[Reason]:
    """That a way is undecided, in place of the criteria that could not tell; faults stay what they are."""
    return [
        each
        if each.state == "fault"
        else make_reason(
            "route.undecided",
            each.state,
            each.where,
            FrozenDict({**each.parameters, "stage": stage.name}),
            each.requirement,
            each.locked,
            "",
            each.hint_template,
            each.details,
        )
        for each in reasons
        if each.state != "unmet"
    ]


def _left(deal: Deal) -> str | None:
    """Where on the line a deal stands: a lost one where it left it."""
    return deal.outcome.left if deal.status == "lost" and deal.outcome else deal.stage


def _nowhere(deal: Deal) -> Reason:
    """Why a closed deal is reopened in no stage at all."""
    left = deal.outcome and deal.outcome.left
    return Reason("reopen.barred", where="policy", parameters=_params(left=left)) if left else _UNPLACED


_UNPLACED = Reason("not_placed", where="deal")


def _skipped(route: Route, deal: Deal, question: Ask) -> tuple[str, ...]:
    """The stages passed over, but for those that do not apply to the deal."""
    return tuple([stage.name for stage in route.between if _may_apply(stage, deal, question)])


def _may_apply(stage: Stage, deal: Deal, question: Ask) -> bool:
    if stage.when is None:
        return True
    try:
        return stage.when.state(deal, question) != "unmet"
    except Exception:  # noqa: BLE001 - a stage whose condition fails cannot be said not to apply
        return True


def _params(**values: Any) -> FrozenDict[str, Any]:
    return FrozenDict(values)
