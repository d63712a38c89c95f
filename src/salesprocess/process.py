"""The rulebook: an immutable value, and the door to the verbs, which are pure functions of it.

What revises, compares, translates and shows a rulebook is loaded when it is first asked for: a program that runs deals
does none of that, and starts a tenth faster.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import attrs

from salesprocess import lint
from salesprocess.criteria import Criterion
from salesprocess.engine import Engine
from salesprocess.errors import InvalidProcess, UnknownFact, gather
from salesprocess.facts import Fact
from salesprocess.frozen import EMPTY, FrozenDict, tuple_of
from salesprocess.given import a
from salesprocess.rules import MoveLabels, Policy, Transition
from salesprocess.stages import Activity, LossReason, Stage
from salesprocess.verbs import arguments, moves, questions, record_keeping
from salesprocess.verdicts import Finding

if TYPE_CHECKING:
    from transitions import Machine

    from salesprocess.comparison import Changes


@attrs.frozen(weakref_slot=False, repr=False, init=False)
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
        move_labels: what the standard moves are called.

    `engine` is the compiled form; `machine` shows the `transitions.Machine` inside it.

    Raises:
        InvalidProcess: the rulebook contradicts itself; `findings` lists everything at once.

    The order of the stages gives the standard transitions: `advance` to the next stage that applies, `to_<stage>` to a
    later or an earlier one as the policy allows, `win`, `lose` and `reopen`. Every verb is a pure function: it returns
    a new deal, or raises and changes nothing. Every verb that takes `key` is idempotent under it.

    >>> from datetime import UTC, datetime
    >>> from salesprocess.money import Money
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
    version: int
    facts: tuple[Fact, ...]
    stages: tuple[Stage, ...]
    transitions: tuple[Transition, ...]
    policy: Policy
    label: str
    tuning: str
    move_labels: MoveLabels
    engine: Engine = attrs.field(init=False, eq=False)

    def __init__(
        self,
        name: str,
        *,
        version: int = 1,
        facts: Iterable[Fact] = (),
        stages: Iterable[Stage],
        transitions: Iterable[Transition] = (),
        policy: Policy | None = None,
        label: str = "",
        tuning: str = "",
        move_labels: MoveLabels | None = None,
    ) -> None:
        parts: list[tuple[Any, ...]] = gather(
            lambda: tuple_of(facts, "facts"),
            lambda: tuple_of(stages, "stages"),
            lambda: tuple_of(transitions, "transitions"),
        )
        rules = Policy() if policy is None else policy
        moves = MoveLabels() if move_labels is None else move_labels
        self.__attrs_init__(name, version, parts[0], parts[1], parts[2], rules, label, tuning, moves)  # pyright: ignore

    def __attrs_post_init__(self) -> None:
        findings = lint.errors(self)
        if findings:
            raise InvalidProcess(str(self.name), findings)
        object.__setattr__(self, "engine", Engine(self))

    def __hash__(self) -> int:
        return hash((self.name, self.version))

    def __repr__(self) -> str:
        return f"<Process {self.name} version {self.version}: {' → '.join(stage.name for stage in self.stages)}>"

    def _repr_html_(self) -> str:
        """What a notebook shows: the stages and what they want."""
        from salesprocess.display import process_html  # noqa: PLC0415 - see above

        return process_html(self)

    def __reduce__(self) -> tuple[Any, ...]:
        return _restored, (attrs.asdict(self, recurse=False, filter=lambda field, _: field.init),)

    @property
    def machine(self) -> Machine:
        """The compiled `transitions.Machine`; see `salesprocess.engine` for how to walk it."""
        return self.engine.machine

    @property
    def fingerprint(self) -> str:
        """A digest of everything that decides; labels, guidance and priors do not count."""
        from salesprocess.revision import rules_digest  # noqa: PLC0415 - see above

        return rules_digest(self)

    def stage(self, name: str) -> Stage:
        """The stage of this name.

        Raises:
            UnknownStage: there is none.

        >>> from salesprocess import templates
        >>> templates.load("generic").stage("closing").probability
        0.9
        """
        return self.engine.stage(name)

    def fact(self, name: str) -> Fact:
        """The declaration of this name.

        Raises:
            UnknownFact: there is none.

        >>> from salesprocess import templates
        >>> templates.load("generic").fact("source").kind
        <class 'str'>
        """
        for fact in self.facts:
            if fact.name == name:
                return fact
        raise UnknownFact(name, [fact.name for fact in self.facts])

    def lint(self) -> tuple[Finding, ...]:
        """Warnings and hints about the rulebook; `()` when it is clean.

        >>> from salesprocess import templates
        >>> templates.load("generic").lint()
        ()
        """
        return lint.advice(self)

    def revise(
        self,
        name: str | None = None,
        *,
        version: int | None = None,
        rename: Mapping[str, str] = EMPTY,
        before: Mapping[str, Stage | Sequence[Stage]] = EMPTY,
        after: Mapping[str, Stage | Sequence[Stage]] = EMPTY,
        without: Iterable[str] = (),
        order: Iterable[str] = (),
        change: Mapping[str, Mapping[str, Any]] = EMPTY,
        add: Mapping[str, Iterable[Criterion | Activity | LossReason | str]] = EMPTY,
        drop: Mapping[str, Iterable[Criterion | str]] = EMPTY,
        transitions: Iterable[Transition] = (),
        facts: Iterable[Fact] = (),
        policy: Policy | None = None,
        label: str | None = None,
    ) -> Process:
        """The next version of this rulebook, or a new one made from it; every name is the one before the revision.

        Args:
            name: a new name; None keeps it.
            version: higher than the present one; by default the next, and 1 under a new name.
            rename: new names of stages, by the present ones; criteria, transitions and the policy follow.
            before, after: stages to insert, by the name of their neighbour; a stage of another process is fine.
            without: names of stages and transitions to leave out.
            order: stages in the order in which they shall stand, on the places that they have between them.
            change: new values of fields, by the name of the stage or transition. A prior that changes loses its
                provenance, unless a new one is given.
            add: by place, what is added at its end: criteria (`offer.entry`, `offer.exit`, `offer.locked`, or
                `fast_track.criteria` of a transition), activities (`offer.activities`), loss reasons (`lost.reasons`).
            drop: by place, what is left out of it: criteria as they are written there, and the names of activities,
                loss reasons and, in the place `facts`, facts.
            transitions: transitions to add.
            facts: facts to add; one takes the place of its namesake.
            policy, label: replace the present ones.

        Raises:
            InvalidProcess: the edit names what is not there, or the result contradicts itself.

        >>> from salesprocess import criteria as c
        >>> process = Process("solar", stages=[Stage("lead"), Stage("offer"), Stage.won("won"), Stage.lost("lost")])
        >>> process.revise(after={"lead": Stage("survey")}, change={"offer": {"probability": 0.5}})
        <Process solar version 2: lead → survey → offer → won → lost>
        >>> wind = process.revise("wind", rename={"offer": "bid"}, add={"offer.exit": [c.has_term("amount")]})
        >>> wind, wind.stage("bid").exit
        (<Process wind version 1: lead → bid → won → lost>, (has_term(term=amount),))
        """
        from salesprocess.revision import Edit, revised  # noqa: PLC0415 - see above

        edit = Edit(
            rename=rename,
            before=before,
            after=after,
            without=tuple_of(without, "without"),
            order=tuple_of(order, "order"),
            change=change,
            add=add,
            drop=drop,
            transitions=tuple_of(transitions, "transitions"),
            facts=tuple_of(facts, "facts"),
            policy=policy,
        )
        parts = revised(self, edit)
        findings = list(parts.findings)
        renamed = name is not None and name != self.name
        if version is None:
            version = 1 if renamed else self.version + 1
        if not renamed and isinstance(version, int) and version <= self.version:
            message = f"a revision of version {self.version} needs a higher one, not {version}"
            findings.append(Finding("version.invalid", "error", self.name, message))
        fields: dict[str, Any] = {
            "name": self.name if name is None else name,
            "version": version,
            "facts": parts.facts,
            "stages": parts.stages,
            "transitions": parts.transitions,
            "policy": parts.policy,
            "label": self.label if label is None else label,
            "tuning": self.tuning,
            "move_labels": self.move_labels,
        }
        return _checked(fields, findings)

    def retune(self, priors: Mapping[str, float | Mapping[str, Any]], *, tuning: str) -> Process:
        """The same rules with other priors: name, version and fingerprint stay, `tuning` names the difference.

        A prior that changes loses its provenance.

        Args:
            priors: by stage, a probability, or values for `probability`, `category` and `typical_duration`.
            tuning: the name under which forecasts record the priors.

        Raises:
            InvalidProcess: `priors` names what is no stage or no prior.

        >>> process = Process("solar", stages=[Stage("offer"), Stage.won("won"), Stage.lost("lost")])
        >>> process.retune({"offer": 0.5}, tuning="2026-Q3").stage("offer").probability
        0.5
        """
        from salesprocess.revision import retuned  # noqa: PLC0415 - see above

        stages, findings = retuned(self, priors)
        fields = attrs.asdict(self, recurse=False, filter=lambda field, _: field.init)
        return _checked({**fields, "stages": stages, "tuning": arguments.text("tuning", tuning)}, findings)

    def texts(self) -> FrozenDict[str, str]:
        """Every text for people by its key, in the order of the rulebook: what a translation has to say.

        >>> process = Process("solar", stages=[Stage("offer"), Stage.won("won"), Stage.lost("lost")])
        >>> list(process.texts())[:4]
        ['stages.offer.label', 'stages.won.label', 'stages.lost.label', 'moves.advance']
        """
        from salesprocess.texts import texts  # noqa: PLC0415 - see above

        return texts(self)

    def translated(self, words: Mapping[str, str]) -> Process:
        """The same rulebook in other words: name, version, codes and fingerprint stay.

        Args:
            words: a text for every key of `texts()`; `{**process.texts(), **words}` keeps the others as they are.

        Raises:
            InvalidTranslation: keys are missing, or there are others; all are listed.
            WrongKind: a text is no text.

        >>> process = Process("solar", stages=[Stage("offer"), Stage.won("won"), Stage.lost("lost")])
        >>> norwegian = process.translated({**process.texts(), "stages.offer.label": "Tilbud"})
        >>> norwegian.stage("offer").label, norwegian.fingerprint == process.fingerprint
        ('Tilbud', True)
        """
        from salesprocess.texts import translated  # noqa: PLC0415 - see above

        fields = attrs.asdict(self, recurse=False, filter=lambda field, _: field.init)
        return Process(**fields | attrs.asdict(translated(self, words), recurse=False))

    def diff(self, new: Process) -> Changes:
        """What is different in `new`, part by part, as `salesprocess.comparison.diff` tells it.

        >>> process = Process("solar", stages=[Stage("offer"), Stage.won("won"), Stage.lost("lost")])
        >>> print(process.diff(process.revise(before={"offer": Stage("lead")})))
        solar version 1 → solar version 2: 2 differences
        label  version: 1 → 2
        rule   stages: + lead
        """
        from salesprocess.comparison import diff  # noqa: PLC0415 - see above

        return diff(self, a(Process, new, "new"))

    open = moves.open
    take = moves.take
    advance = moves.advance
    win = moves.win
    lose = moves.lose
    reopen = moves.reopen
    move = moves.move
    override = moves.override

    record = record_keeping.record
    note = record_keeping.note
    learn = record_keeping.learn
    amend = record_keeping.amend
    approve = record_keeping.approve
    withdraw_approval = record_keeping.withdraw_approval
    raise_objection = record_keeping.raise_objection
    resolve_objection = record_keeping.resolve_objection
    waive = record_keeping.waive
    hold = record_keeping.hold
    resume = record_keeping.resume

    decide = questions.decide
    options = questions.options
    agenda = questions.agenda
    recheck = questions.recheck
    probability = questions.probability
    category = questions.category


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
