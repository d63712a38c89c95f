"""The rulebook and its verbs: pure functions of rulebook, record, input and time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, tzinfo
from typing import TYPE_CHECKING, Any, TypeVar, cast

import attrs

from salesprocess import lint, recording
from salesprocess.agenda import Agenda, agenda
from salesprocess.deal import Deal, evolve, replay
from salesprocess.engine import Answer, Engine
from salesprocess.errors import (
    ActorRequired,
    CriterionFault,
    InvalidProcess,
    KeyConflict,
    OutOfRange,
    ReasonRequired,
    TransitionRefused,
    UnknownActivity,
    UnknownApproval,
    UnknownObjection,
    UnknownRequirement,
    UnknownStage,
    WrongStatus,
    gather,
)
from salesprocess.events import (
    ActivityDone,
    Actor,
    Amended,
    ApprovalWithdrawn,
    Approved,
    Entered,
    Event,
    FactsLearnt,
    Held,
    Noted,
    ObjectionRaised,
    ObjectionResolved,
    Opened,
    Resumed,
    Waived,
    actor,
    entered,
)
from salesprocess.facts import Fact, FactValue
from salesprocess.frozen import EMPTY, FrozenDict, tuple_of
from salesprocess.money import Money
from salesprocess.recheck import Divergence, recheck
from salesprocess.revision import retuned, revised, rules_digest
from salesprocess.rules import Policy, Transition
from salesprocess.stages import ForecastCategory, Sourced, Stage, sourced_category, sourced_probability
from salesprocess.timing import instant, optional_instant
from salesprocess.verdicts import Decision, Finding

if TYPE_CHECKING:
    from transitions import Machine

By = Actor | str | None
"""Who acts: an `Actor`, or a bare id for one without roles."""

E = TypeVar("E", bound=Event)


def _facts(values: Iterable[Fact]) -> tuple[Fact, ...]:
    return tuple_of(values, "facts")


def _stages(values: Iterable[Stage]) -> tuple[Stage, ...]:
    return tuple_of(values, "stages")


def _transitions(values: Iterable[Transition]) -> tuple[Transition, ...]:
    return tuple_of(values, "transitions")


@attrs.frozen(weakref_slot=False, repr=False)
class Process:
    """A rulebook: the stages of a sale, the moves between them, and what each of them wants.

    Args:
        name: an identifier, `[a-z][a-z0-9_-]*`.
        version: a whole number from 1; a change of the rules is a new version.
        facts: what is worth knowing about a deal.
        stages: in order: the open ones, the won one, those after the sale; the lost one anywhere.
        transitions: moves beside the standard ones.
        policy: how strict it is.
        label: the words for people.
        tuning: the name of the priors, when `retune` changed them.

    Raises:
        InvalidProcess: the rulebook contradicts itself; `findings` lists everything at once.

    The order of the stages gives the standard transitions: `advance` to the next stage that applies, `to_<stage>` to a
    later or an earlier one as the policy allows, `win`, `lose` and `reopen`. Every verb is a pure function: it returns
    a new deal, or raises and changes nothing. Every verb that takes `key` is idempotent under it.

    >>> from datetime import UTC, datetime
    >>> process = Process(
    ...     "solar",
    ...     version=1,
    ...     stages=[
    ...         Stage("lead", probability=0.1),
    ...         Stage("offer", probability=0.5),
    ...         Stage.won("signed"),
    ...         Stage.lost("lost"),
    ...     ],
    ... )
    >>> at = datetime(2026, 1, 5, 9, tzinfo=UTC)
    >>> deal = process.open("ACME-1", amount=Money("48000", "EUR"), at=at)
    >>> process.advance(deal, at=at).stage
    'offer'
    """

    name: str
    version: int = attrs.field(default=1, kw_only=True)
    facts: tuple[Fact, ...] = attrs.field(default=(), converter=_facts, kw_only=True)
    stages: tuple[Stage, ...] = attrs.field(converter=_stages, kw_only=True)
    transitions: tuple[Transition, ...] = attrs.field(default=(), converter=_transitions, kw_only=True)
    policy: Policy = attrs.field(default=Policy(), kw_only=True)
    label: str = attrs.field(default="", kw_only=True)
    tuning: str = attrs.field(default="", kw_only=True)
    _engine: Engine = attrs.field(init=False, eq=False)
    _activities: frozenset[str] = attrs.field(init=False, eq=False)
    _declared: FrozenDict[str, Fact] = attrs.field(init=False, eq=False)

    def __attrs_post_init__(self) -> None:
        findings = lint.errors(self)
        if findings:
            raise InvalidProcess(str(self.name), findings)
        for name, value in (
            ("_engine", Engine(self)),
            ("_activities", frozenset(lint.activities(self))),
            ("_declared", FrozenDict((fact.name, fact) for fact in self.facts)),
        ):
            object.__setattr__(self, name, value)

    def __hash__(self) -> int:
        return hash((self.name, self.version))

    def __repr__(self) -> str:
        return f"<Process {self.name} version {self.version}: {' → '.join(stage.name for stage in self.stages)}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return _restored, (attrs.asdict(self, recurse=False, filter=lambda field, _: field.init),)

    @property
    def machine(self) -> Machine:
        """The compiled `transitions.Machine`; see `salesprocess.engine` for how to walk it."""
        return self._engine.machine

    @property
    def fingerprint(self) -> str:
        """A digest of everything that decides; labels, guidance and priors do not count."""
        return rules_digest(self)

    def stage(self, name: str) -> Stage:
        """The stage of this name.

        Raises:
            UnknownStage: there is none.
        """
        for stage in self.stages:
            if stage.name == name:
                return stage
        raise UnknownStage(name, (stage.name for stage in self.stages))

    def lint(self) -> tuple[Finding, ...]:
        """Warnings and hints about the rulebook; `()` when it is clean."""
        return lint.advice(self)

    def revise(
        self,
        name: str | None = None,
        *,
        version: int | None = None,
        before: Mapping[str, Stage | Sequence[Stage]] = EMPTY,
        after: Mapping[str, Stage | Sequence[Stage]] = EMPTY,
        without: Iterable[str] = (),
        change: Mapping[str, Mapping[str, Any]] = EMPTY,
        transitions: Iterable[Transition] = (),
        facts: Iterable[Fact] | None = None,
        policy: Policy | None = None,
        label: str | None = None,
    ) -> Process:
        """The next version of this rulebook, or a new one made from it.

        Args:
            name: a new name; None keeps it.
            version: higher than the present one; by default the next, and 1 under a new name.
            before, after: stages to insert, by the name of their neighbour.
            without: names of stages and transitions to leave out.
            change: new values of fields, by the name of the stage or transition.
            transitions: transitions to add.
            facts, policy, label: replace the present ones.

        Raises:
            InvalidProcess: the edit names what is not there, or the result contradicts itself.

        >>> process = Process("solar", stages=[Stage("lead"), Stage("offer"), Stage.won("won"), Stage.lost("lost")])
        >>> process.revise(after={"lead": Stage("survey")}, change={"offer": {"probability": 0.5}})
        <Process solar version 2: lead → survey → offer → won → lost>
        """
        stages, moves, findings = revised(
            self, before=before, after=after, without=without, change=change, transitions=transitions
        )
        renamed = name is not None and name != self.name
        if version is None:
            version = 1 if renamed else self.version + 1
        if not renamed and version <= self.version:
            message = f"a revision of version {self.version} needs a higher one, not {version}"
            findings.append(Finding("version.invalid", "error", self.name, message))
        fields: dict[str, Any] = {
            "name": name or self.name,
            "version": version,
            "facts": self.facts if facts is None else facts,
            "stages": stages,
            "transitions": moves,
            "policy": policy or self.policy,
            "label": self.label if label is None else label,
            "tuning": self.tuning,
        }
        return _checked(fields, findings)

    def retune(self, priors: Mapping[str, float | Mapping[str, Any]], *, tuning: str) -> Process:
        """The same rules with other priors: name, version and fingerprint stay, `tuning` names the difference.

        Args:
            priors: by stage, a probability, or values for `probability`, `category` and `typical_duration`.
            tuning: the name under which forecasts record the priors.

        Raises:
            InvalidProcess: `priors` names what is no stage or no prior.

        >>> process = Process("solar", stages=[Stage("offer"), Stage.won("won"), Stage.lost("lost")])
        >>> process.retune({"offer": 0.5}, tuning="2026-Q3").stage("offer").probability
        0.5
        """
        stages, findings = retuned(self, priors)
        fields = attrs.asdict(self, recurse=False, filter=lambda field, _: field.init)
        return _checked({**fields, "stages": stages, "tuning": recording.text("tuning", tuning)}, findings)

    def open(
        self,
        deal: str,
        *,
        at: datetime,
        amount: Money | None = None,
        owner: str | None = None,
        expected_close: date | None = None,
        probability: float | None = None,
        category: ForecastCategory | None = None,
        facts: Mapping[str, FactValue] = EMPTY,
        stage: str | None = None,
        by: By = None,
        reason: str | None = None,
        key: str | None = None,
    ) -> Deal:
        """Begin a deal in the first stage that applies to it, or in `stage`.

        Args:
            deal: the id of the deal in the application; any text.
            at: when, an aware datetime.
            amount, owner, expected_close, probability, category: the terms known so far.
            facts: the facts known so far.
            stage: an open stage; its entry criteria are checked.
            by, reason, key: who, why, and under which idempotency key.

        Raises:
            TransitionRefused: the stage does not take the deal.
            UnknownStage: `stage` is no open stage.
            SalesProcessError: the error of the argument that is wrong, or `SeveralErrors`.
        """
        opens = [each.name for each in self.stages if each.kind == "open"]
        given = {
            "amount": amount,
            "owner": owner,
            "expected_close": expected_close,
            "probability": probability,
            "category": category,
        }
        checked: list[Any] = gather(
            lambda: recording.identity(deal),
            lambda: instant(at),
            lambda: recording.terms(given),
            lambda: self._learnable(facts),
            lambda: actor(by),
            lambda: _one_of(stage, opens),
        )
        identity, moment, terms, known, who, _ = checked
        for name in opens if stage is None else [stage]:
            event = Opened(
                deal=identity,
                revision=1,
                at=moment,
                by=who,
                reason=reason,
                key=key,
                process=self.name,
                version=self.version,
                stage=name,
                terms=terms,
                facts=known,
            )
            begun = replay([event])
            answer = self._engine.decide_opening(begun, moment, who)
            if not answer.hidden:
                break
        if not answer.decision.allowed:
            raise _refusal(begun, answer, ()) from answer.cause
        return begun

    def record(
        self,
        deal: Deal,
        activity: str,
        *,
        at: datetime,
        by: By = None,
        happened: datetime | None = None,
        extra: bool = False,
        text: str = "",
        key: str | None = None,
    ) -> Deal:
        """Note that an activity was done; `happened` says when, if it was before `at`.

        Raises:
            UnknownActivity: no stage lists it; `extra=True` records work outside the playbook.
            OutOfRange: `happened` lies after `at`.
        """
        if activity not in self._activities and not extra:
            raise UnknownActivity(activity, sorted(self._activities))
        moment = instant(at)
        content = {
            "activity": recording.text("activity", activity),
            "happened": recording.earlier(happened, moment),
            "extra": activity not in self._activities,
            "text": text,
        }
        return self._append(deal, ActivityDone, at, by, key, **content)

    def note(
        self,
        deal: Deal,
        text: str,
        *,
        at: datetime,
        by: By = None,
        happened: datetime | None = None,
        key: str | None = None,
    ) -> Deal:
        """Note something in words; `happened` says when it was said, if that was before `at`."""
        content = {"text": recording.text("text", text), "happened": recording.earlier(happened, instant(at))}
        return self._append(deal, Noted, at, by, key, **content)

    def learn(
        self,
        deal: Deal,
        facts: Mapping[str, FactValue] = EMPTY,
        *,
        at: datetime,
        forget: Iterable[str] = (),
        by: By = None,
        reason: str | None = None,
        key: str | None = None,
    ) -> Deal:
        """Learn facts, or forget them. What changes nothing is not recorded.

        Raises:
            UnknownFact: a fact that the process does not declare.
            WrongKind, OutOfRange: a value that the fact cannot have.
            ReasonRequired: the deal is closed and no `reason` is given.
            SeveralErrors: more than one of these.
        """
        free = self.policy.facts == "free"
        checked: list[Any] = gather(
            lambda: self._at(deal, at, key),
            lambda: self._learnable(facts),
            lambda: recording.forgotten(forget, facts, self._declared, free=free),
        )
        _, learnt, forgotten = checked
        return self._change(deal, FactsLearnt, "learn about", deal.facts, learnt, forgotten, at, by, reason, key)

    def amend(
        self,
        deal: Deal,
        *,
        at: datetime,
        amount: Money | None = None,
        expected_close: date | None = None,
        owner: str | None = None,
        probability: float | None = None,
        category: ForecastCategory | None = None,
        clear: Iterable[str] = (),
        by: By = None,
        reason: str | None = None,
        key: str | None = None,
    ) -> Deal:
        """Change the terms; None leaves one as it is, `clear` removes it. What changes nothing is not recorded.

        Raises:
            NegativeAmount, WrongKind, OutOfRange: a value that the term cannot have.
            UnknownTerm: `clear` names no term.
            ReasonRequired: the deal is closed and no `reason` is given.
            SeveralErrors: more than one of these.
        """
        given = {
            name: value
            for name, value in (
                ("amount", amount),
                ("expected_close", expected_close),
                ("owner", owner),
                ("probability", probability),
                ("category", category),
            )
            if value is not None
        }
        checked: list[Any] = gather(
            lambda: self._at(deal, at, key),
            lambda: recording.terms(given),
            lambda: recording.cleared(clear, given),
        )
        _, terms, cleared = checked
        return self._change(deal, Amended, "amend", deal.terms, terms, cleared, at, by, reason, key)

    def approve(
        self,
        deal: Deal,
        subject: str,
        *,
        at: datetime,
        by: By,
        role: str | None = None,
        reason: str | None = None,
        key: str | None = None,
    ) -> Deal:
        """Approve `subject`, in the capacity of `role`. Whether the actor may act in that role is for the host to know.

        Raises:
            ActorRequired: nobody is named.
        """
        if by is None:
            raise ActorRequired(deal.id, "approve")
        content = {"subject": recording.text("subject", subject), "role": recording.optional_text("role", role)}
        return self._append(deal, Approved, at, by, key, reason=reason, **content)

    def withdraw_approval(
        self,
        deal: Deal,
        subject: str,
        *,
        at: datetime,
        by: By = None,
        role: str | None = None,
        reason: str | None = None,
        key: str | None = None,
    ) -> Deal:
        """Take back the approvals of `subject`; with a `role`, only those given in it.

        Raises:
            UnknownApproval: none is in force.
        """
        given = [each.subject for each in deal.approvals if role is None or each.role == role]
        if subject not in given and not (key and deal.recorded(key)):
            raise UnknownApproval(subject, given)
        return self._append(deal, ApprovalWithdrawn, at, by, key, reason=reason, subject=subject, role=role)

    def raise_objection(
        self, deal: Deal, objection: str, *, at: datetime, by: By = None, text: str = "", key: str | None = None
    ) -> Deal:
        """Record a concern of the customer, such as `price`; its number is the revision of the event."""
        content = {"objection": recording.text("objection", objection), "text": text}
        return self._append(deal, ObjectionRaised, at, by, key, **content)

    def resolve_objection(
        self, deal: Deal, number: int, *, at: datetime, by: By = None, how: str = "", key: str | None = None
    ) -> Deal:
        """Record that an objection is answered, and how.

        Raises:
            UnknownObjection: no open objection has this number.
        """
        pending = {each.number for each in deal.objections if each.resolved_at is None}
        if number not in pending and not (key and deal.recorded(key)):
            raise UnknownObjection(str(number), (str(each) for each in sorted(pending)))
        return self._append(deal, ObjectionResolved, at, by, key, raised=number, how=how)

    def waive(self, deal: Deal, requirement: str, *, at: datetime, by: By, reason: str, key: str | None = None) -> Deal:
        """Lift one requirement for this deal, by the name that `Reason.requirement` gives.

        Raises:
            UnknownRequirement: nothing of this name can be waived; locked criteria cannot.
            ActorRequired, ReasonRequired: nobody says who or why.
        """
        if requirement not in self._engine.requirements:
            raise UnknownRequirement(requirement, sorted(self._engine.requirements))
        _accountable(deal, "waive a requirement of", by, reason)
        return self._append(deal, Waived, at, by, key, reason=reason, requirement=requirement)

    def hold(
        self,
        deal: Deal,
        *,
        at: datetime,
        until: datetime | None = None,
        by: By = None,
        reason: str | None = None,
        key: str | None = None,
    ) -> Deal:
        """Let the deal wait: it can be lost, but not moved, and does not age. `until` is a reminder, not an alarm.

        Raises:
            WrongStatus: the deal is not open.
            OutOfRange: `until` does not lie after `at`.
        """
        again = optional_instant(until)
        if again is not None and again <= instant(at):
            raise OutOfRange("until", again, "later than at")
        return self._append(deal, Held, at, by, key, wanted="open", reason=reason, until=again)

    def resume(
        self, deal: Deal, *, at: datetime, by: By = None, reason: str | None = None, key: str | None = None
    ) -> Deal:
        """Go on with a deal that was on hold.

        Raises:
            WrongStatus: the deal is not on hold.
        """
        return self._append(deal, Resumed, at, by, key, wanted="on_hold", reason=reason)

    def take(
        self,
        deal: Deal,
        name: str,
        *,
        at: datetime,
        by: By = None,
        reason: str | None = None,
        key: str | None = None,
    ) -> Deal:
        """Take the transition `name`; `advance`, `win`, `lose` and `reopen` are this with their own name.

        Raises:
            TransitionRefused: the rules say no; its `decision` holds every reason.
            CriterionFault: a criterion failed; its error is the cause.
            UnknownTransition: the process has no transition of this name.
        """
        if key is not None and (seen := deal.recorded(key)) is not None:
            return _moved_again(deal, seen, key, name, by, reason, lambda event: event.transition in _as_recorded(name))
        moment, who = self._at(deal, at), actor(by)
        answer = self._engine.decide(deal, name, moment, who, _inputs(reason))
        return self._enter(deal, answer, moment, who, reason, key)

    def advance(
        self, deal: Deal, *, at: datetime, by: By = None, reason: str | None = None, key: str | None = None
    ) -> Deal:
        """Go to the next stage that applies; from the last one, win."""
        return self.take(deal, "advance", at=at, by=by, reason=reason, key=key)

    def win(
        self, deal: Deal, *, at: datetime, by: By = None, reason: str | None = None, key: str | None = None
    ) -> Deal:
        """Close the deal as won."""
        return self.take(deal, "win", at=at, by=by, reason=reason, key=key)

    def lose(
        self, deal: Deal, *, at: datetime, by: By = None, reason: str | None = None, key: str | None = None
    ) -> Deal:
        """Close the deal as lost, for one of the reasons that the process knows."""
        return self.take(deal, "lose", at=at, by=by, reason=reason, key=key)

    def reopen(
        self, deal: Deal, *, at: datetime, by: By = None, reason: str | None = None, key: str | None = None
    ) -> Deal:
        """Open a closed deal again, in the stage it left or where the policy says."""
        return self.take(deal, "reopen", at=at, by=by, reason=reason, key=key)

    def move(
        self,
        deal: Deal,
        destination: str,
        *,
        at: datetime,
        by: By = None,
        reason: str | None = None,
        key: str | None = None,
    ) -> Deal:
        """Take the first allowed transition that leads to a stage.

        Raises:
            TransitionRefused: none is allowed; its `decision` explains the first that applies.
            UnknownStage: the process has no such stage.
        """
        if key is not None and (seen := deal.recorded(key)) is not None:
            return _moved_again(
                deal, seen, key, destination, by, reason, lambda event: event.destination == destination
            )
        moment, who = self._at(deal, at), actor(by)
        self.stage(destination)
        answer = self._engine.decide_move(deal, destination, moment, who, _inputs(reason))
        return self._enter(deal, answer, moment, who, reason, key)

    def override(
        self, deal: Deal, destination: str, *, at: datetime, by: By, reason: str, key: str | None = None
    ) -> Deal:
        """Leave the rules on record: go to an open stage or to the won one, past everything but locked criteria.

        What it passed is kept in the event. Where a plain move is allowed, a plain move is recorded.

        Raises:
            TransitionRefused: the policy or a locked criterion forbids it, or the deal is on hold.
            ActorRequired, ReasonRequired: nobody says who or why.
            UnknownStage: no open or won stage of this name.
        """
        if key is not None and (seen := deal.recorded(key)) is not None:
            return _moved_again(
                deal, seen, key, destination, by, reason, lambda event: event.destination == destination
            )
        _accountable(deal, "override the rules for", by, reason)
        moment, who = self._at(deal, at), actor(by)
        _one_of(destination, [stage.name for stage in self.stages if stage.kind in ("open", "won")])
        answer = self._engine.decide_override(deal, destination, moment, who, reason)
        passed: tuple[str, ...] = ()
        if answer.decision.kind == "override":
            passed = self._engine.passed(deal, destination, moment, who, reason)
        return self._enter(deal, answer, moment, who, reason, key, passed)

    def decide(self, deal: Deal, name: str, *, at: datetime, by: By = None, reason: str | None = None) -> Decision:
        """Whether the transition `name` may be taken now, and if not, every reason.

        Raises:
            UnknownTransition, WrongProcess, NaiveDatetime, BackwardTime: the question itself is wrong.
        """
        return self._engine.decide(deal, name, self._at(deal, at), actor(by), _inputs(reason)).decision

    def options(self, deal: Deal, *, at: datetime, by: By = None) -> tuple[Decision, ...]:
        """A decision for every transition that leaves the present stage, allowed or not, each once.

        Inputs that a transition `needs`, such as the reason of a loss, are taken for granted here.
        """
        return self._engine.options(deal, self._at(deal, at), actor(by))

    def agenda(self, deal: Deal, *, at: datetime, by: By = None, tz: tzinfo = UTC) -> Agenda:
        """What to do next and why, the most pressing first, and when something falls due next.

        `tz` is the zone in which the expected close day ends.
        """
        moment = self._at(deal, at)
        return agenda(self, deal, self._engine.options(deal, moment, actor(by)), moment, tz)

    def recheck(self, history: Iterable[Event]) -> tuple[Divergence, ...]:
        """The recorded moves that this version would decide otherwise; `()` when there are none.

        Imported moves are passed over: no rulebook decided them. The history may come from another version.

        Raises:
            BrokenHistory: the events do not follow one another.
        """
        return tuple(recheck(self._engine, history))

    def probability(self, deal: Deal) -> Sourced[float]:
        """The probability of winning, and its source: closed, manual, or the prior of the stage."""
        return sourced_probability(self.stage(deal.stage), deal)

    def category(self, deal: Deal) -> Sourced[ForecastCategory]:
        """The forecast category, and its source: closed, manual, or the stage."""
        return sourced_category(self.stage(deal.stage), deal)

    def _at(self, deal: Deal, at: datetime, key: str | None = None) -> datetime:
        """The instant of the next event; the common case is checked in place, the others with all their errors."""
        if deal.version == self.version and deal.process == self.name:
            if type(at) is datetime and at.tzinfo is UTC and at >= deal.history[-1].at:
                return at
            if key is not None and deal.recorded(key) is not None:
                return deal.updated_at
        return recording.moment(deal, at, (self.name, self.version), self.policy.clock_skew)

    def _learnable(self, facts: Mapping[str, FactValue]) -> FrozenDict[str, FactValue]:
        return recording.facts(facts, self._declared, free=self.policy.facts == "free")

    def _enter(
        self,
        deal: Deal,
        answer: Answer,
        at: datetime,
        who: Actor | None,
        reason: str | None,
        key: str | None,
        overridden: tuple[str, ...] = (),
    ) -> Deal:
        decision = answer.decision
        if decision.unmet:
            possible = (each.name for each in self._engine.options(deal, at, who) if each.allowed)
            raise _refusal(deal, answer, tuple(possible)) from answer.cause
        stage = cast("str", decision.destination)
        status = self._engine.statuses[stage]
        number, source = len(deal.history) + 1, deal.stage
        event = entered(
            deal.id, number, at, who, reason, key, decision.name, source, stage, status, overridden, decision.skipped
        )
        return evolve(deal, event)

    def _append(
        self,
        deal: Deal,
        kind: type[E],
        at: datetime,
        by: By,
        key: str | None,
        *,
        wanted: str | None = None,
        **content: Any,
    ) -> Deal:
        """The deal with one more event, or as it is when its key has already told the same."""
        moment = self._at(deal, at, key)
        make: Any = kind
        event: E = make(deal=deal.id, revision=deal.revision + 1, at=moment, by=actor(by), key=key, **content)
        if key is not None and (seen := deal.recorded(key)) is not None:
            return recording.same_again(deal, seen, event)
        if wanted is not None and deal.status != wanted:
            raise WrongStatus(deal.id, {"open": "hold", "on_hold": "resume"}[wanted], deal.status, [wanted])
        return evolve(deal, event)

    def _change(
        self,
        deal: Deal,
        kind: type[FactsLearnt] | type[Amended],
        verb: str,
        present: Mapping[str, Any],
        told: FrozenDict[str, Any],
        removed: tuple[str, ...],
        at: datetime,
        by: By,
        reason: str | None,
        key: str | None,
    ) -> Deal:
        """Record new values, unless they are the present ones."""
        known = key is not None and deal.recorded(key) is not None
        if not known:
            same = all(name in present and present[name] == value for name, value in told.items())
            if same and not any(name in present for name in removed):
                return deal
            recording.reason_when_closed(deal, verb, reason)
        content = {"facts": told, "forgotten": removed} if kind is FactsLearnt else {"terms": told, "cleared": removed}
        return self._append(deal, kind, at, by, key, reason=reason, **content)


def _restored(fields: dict[str, Any]) -> Process:
    return Process(**fields)


def _checked(fields: dict[str, Any], findings: list[Finding]) -> Process:
    """The process, unless there are findings, to which its own are added."""
    try:
        process = Process(**fields)
    except InvalidProcess as invalid:
        raise InvalidProcess(fields["name"], (*findings, *invalid.findings)) from None
    if findings:
        raise InvalidProcess(fields["name"], findings)
    return process


def _inputs(reason: str | None) -> FrozenDict[str, str]:
    return EMPTY if reason is None else FrozenDict(reason=recording.text("reason", reason))


def _one_of(stage: str | None, names: Sequence[str]) -> None:
    if stage is not None and stage not in names:
        raise UnknownStage(stage, names)


def _accountable(deal: Deal, verb: str, by: By, reason: str | None) -> None:
    if by is None:
        raise ActorRequired(deal.id, verb)
    if not reason or not reason.strip():
        raise ReasonRequired(deal.id, verb, "an exception must be explained")


def _as_recorded(name: str) -> tuple[str, ...]:
    """The names under which a transition is recorded: `advance` into the won stage is `win`."""
    return (name, "win") if name == "advance" else (name,)


def _moved_again(
    deal: Deal, seen: Event, key: str, asked: str, by: By, reason: str | None, same: Callable[[Entered], bool]
) -> Deal:
    """The deal as it is, because the event under its key is the move that is asked for."""
    if isinstance(seen, Entered) and same(seen) and seen.by == actor(by) and seen.reason == reason:
        return deal
    raise KeyConflict(deal.id, key, recording.told(seen), asked)


def _refusal(deal: Deal, answer: Answer, possible: tuple[str, ...]) -> TransitionRefused:
    faulty = any(reason.state == "fault" for reason in answer.decision.unmet)
    return (CriterionFault if faulty else TransitionRefused)(deal.id, answer.decision, possible)
