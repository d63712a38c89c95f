"""Rules about a deal as values: they compare, pickle, explain themselves, and answer in three values.

A criterion is made by calling its rule: `has("roof_area")`, `amount_at_least(Money("1000", "EUR"))`. Write a rule of
your own with `@criterion`; it is in no way different from the ones here.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from functools import cached_property
from typing import Any, Concatenate, Generic, Literal, ParamSpec, cast

import attrs

from salesprocess.deal import Deal
from salesprocess.errors import InvalidCriterion
from salesprocess.events import ActivityDone, Actor, Amended, Approved, Entered, Event, FactsLearnt, Migrated, Opened
from salesprocess.facts import FactValue, Scalar
from salesprocess.frozen import EMPTY, FrozenDict
from salesprocess.money import Money
from salesprocess.verdicts import Reason, Verdict

P = ParamSpec("P")

Subject = Literal["fact", "activity", "stage", "term", "value"]
"""What a parameter of a rule can name, a `value` being a fact or a term; the process checks that the name exists."""


@attrs.frozen(weakref_slot=False)
class Ask:
    """Who asks, and for what.

    Attributes:
        name: the transition.
        destination: the stage it leads to.
        at: when.
        by: who; None when nobody said.
        inputs: what was given along with the request, such as `reason`.
    """

    name: str
    destination: str
    at: datetime
    by: Actor | None = None
    inputs: FrozenDict[str, str] = EMPTY


class _AskDraft:
    """`Ask` while it is being filled."""

    __slots__ = tuple(field.name for field in attrs.fields(Ask))


def ask(name: str, destination: str, at: datetime, by: Actor | None, inputs: FrozenDict[str, str]) -> Ask:
    """`Ask(...)` at a third of the price; one is made for every decision."""
    draft: Any = _AskDraft()
    draft.name = name
    draft.destination = destination
    draft.at = at
    draft.by = by
    draft.inputs = inputs
    draft.__class__ = Ask
    finished: Ask = draft
    return finished


class Rule(Generic[P]):
    """What `@criterion` makes of a function: call it with the parameters to get a `Criterion`.

    Attributes:
        code: the stable name, as it appears in reasons and in stored processes.
        message: what to say when it is unmet; `{parameters}` and `{evidence}` are filled in.
        hint: what would help.
        names: which parameters name a fact, an activity, a stage, a term or a value.
    """

    def __init__(
        self,
        function: Callable[..., bool | Verdict],
        code: str,
        message: str,
        hint: str = "",
        names: Mapping[str, Subject] | None = None,
    ) -> None:
        self.function = function
        self.code = code
        self.message = message
        self.hint = hint
        self.names: Mapping[str, Subject] = FrozenDict(names or {})
        self.__module__ = function.__module__
        self.__qualname__ = self.__name__ = function.__qualname__
        self.__doc__ = function.__doc__

    @cached_property
    def signature(self) -> inspect.Signature:
        """The parameters it takes, without deal and ask."""
        signature = inspect.signature(self.function)
        return signature.replace(parameters=list(signature.parameters.values())[2:])

    @cached_property
    def by_keyword(self) -> bool:
        """Whether some parameter can only be given by its name."""
        return any(each.kind is each.KEYWORD_ONLY for each in self.signature.parameters.values())

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> Criterion:
        """The criterion with these parameters.

        Raises:
            InvalidCriterion: the rule does not take these parameters, or one of them is mutable.
        """
        try:
            bound = self.signature.bind(*args, **kwargs)
        except TypeError as error:
            raise InvalidCriterion(f"{self.code}: {error}; it takes {self.signature}") from None
        bound.apply_defaults()
        criterion = Criterion(self, FrozenDict(bound.arguments))
        try:
            hash(criterion)
        except TypeError as error:
            raise InvalidCriterion(f"{self.code}: {error}; parameters must be immutable, use a tuple") from None
        return criterion

    def __reduce__(self) -> str:
        return self.__qualname__

    def __repr__(self) -> str:
        return f"<rule {self.code}{self.signature}>"


def criterion(
    code: str, message: str, *, hint: str = "", names: Mapping[str, Subject] | None = None
) -> Callable[[Callable[Concatenate[Deal, Ask, P], bool | Verdict]], Rule[P]]:
    """Turn a function `(deal, ask, parameters...) -> bool | Verdict` into a rule.

    The function must depend on nothing but its arguments. It may raise: that is a fault, never a no. Define it at the
    top level of a module, so that its criteria pickle.

    Args:
        code: the stable name.
        message: what to say when it is unmet, with `{parameter}` for each parameter and each evidence.
        hint: what would help.
        names: which parameters name a `fact`, an `activity`, a `stage`, a `term`, or a `value` (a fact or a term); a
            misspelt one is then found when the process is built.

    >>> @criterion("min_margin", "margin is below {minimum}", names={"fact": "fact"})
    ... def min_margin(deal: Deal, ask: Ask, *, minimum: Decimal, fact: str = "margin") -> bool | Verdict:
    ...     margin = deal.facts.get(fact)
    ...     return Verdict.unknown(fact) if margin is None else margin >= minimum
    >>> min_margin(minimum=Decimal("0.2"))
    min_margin(minimum=0.2, fact=margin)
    """

    def make(function: Callable[Concatenate[Deal, Ask, P], bool | Verdict]) -> Rule[P]:
        return Rule(function, code, message, hint, names)

    return make


@attrs.frozen(weakref_slot=False, repr=False, eq=False)
class Criterion:
    """One rule with its parameters; made by calling the rule.

    Criteria are equal when code and parameters are; they pickle by reference to their rule.
    """

    rule: Rule[...]
    parameters: FrozenDict[str, Any]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Criterion):
            return NotImplemented
        return self.rule.code == other.rule.code and self.parameters == other.parameters

    def __hash__(self) -> int:
        return hash((self.rule.code, self.parameters))

    @property
    def code(self) -> str:
        """The stable name of its rule."""
        return self.rule.code

    def __call__(self, deal: Deal, ask: Ask) -> bool | Verdict:
        """What the rule's function answers, raw; `verdict` explains it."""
        return self.rule.function(deal, ask, **self.parameters)

    def verdict(self, deal: Deal, ask: Ask) -> Verdict:
        """The answer with its reasons.

        Raises:
            Exception: whatever the rule's function raises.
            TypeError: the function answered neither with a bool nor with a `Verdict`.
        """
        answer = self(deal, ask)
        if answer is True:
            return Verdict.met()
        if answer is False:
            answer = Verdict.unmet()
        if not isinstance(answer, Verdict):
            raise TypeError(f"{self.code} answered {answer!r}, which is neither a bool nor a Verdict")
        if answer.state == "met" or answer.reasons:
            return answer
        return attrs.evolve(answer, reasons=(self._reason(answer),))

    def _reason(self, verdict: Verdict) -> Reason:
        rule = self.rule
        return Reason(
            code=verdict.code or rule.code,
            state=verdict.state,
            parameters=FrozenDict({**self.parameters, **verdict.evidence, "criterion": str(self)}),
            template="" if verdict.code else rule.message,
            hint_template=rule.hint if verdict.state == "unmet" else "",
        )

    def walk(self) -> Iterator[Criterion]:
        """The criterion and every criterion inside it."""
        yield self
        for value in self.parameters.values():
            inside = cast("tuple[Any, ...]", value) if isinstance(value, tuple) else (value,)
            for inner in inside:
                if isinstance(inner, Criterion):
                    yield from inner.walk()

    def mentions(self, subject: Subject) -> Iterator[str]:
        """The facts, activities, stages or terms that it and the criteria inside it name."""
        for inner in self.walk():
            for parameter, named in inner.rule.names.items():
                if named == subject:
                    value = inner.parameters[parameter]
                    yield from value if isinstance(value, tuple) else (value,)

    def __str__(self) -> str:
        values = (_plain(value) for value in self.parameters.values() if value is not None and value != ())
        return f"{self.code}({', '.join(values)})"

    def __repr__(self) -> str:
        shown = (f"{name}={value}" for name, value in self.parameters.items())
        return f"{self.code}({', '.join(shown)})"

    def __reduce__(self) -> tuple[Any, ...]:
        return Criterion, (self.rule, self.parameters)


def _plain(value: Any) -> str:
    return ", ".join(str(each) for each in cast("tuple[Any, ...]", value)) if isinstance(value, tuple) else str(value)


@criterion("has", "{fact} is not known", hint="learn {fact}", names={"fact": "fact"})
def has(deal: Deal, ask: Ask, fact: str) -> bool:
    """The fact is known, whatever its value."""
    return fact in deal.facts


@criterion("has_term", "{term} is not stated", hint="amend {term}", names={"term": "term"})
def has_term(deal: Deal, ask: Ask, term: str) -> bool:
    """The term, such as `amount` or `expected_close`, is stated."""
    return term in deal.terms


@criterion("equals", "{fact} is {found}, not {value}", names={"fact": "fact"})
def equals(deal: Deal, ask: Ask, fact: str, value: FactValue) -> bool | Verdict:
    """The fact has exactly this value."""
    found = deal.facts.get(fact)
    if found is None:
        return Verdict.unknown(fact)
    return True if found == value else Verdict.unmet(found=found)


@criterion("one_of", "{fact} is {found}, not one of {values}", names={"fact": "fact"})
def one_of(deal: Deal, ask: Ask, fact: str, values: tuple[Scalar, ...]) -> bool | Verdict:
    """The fact has one of these values."""
    found = deal.facts.get(fact)
    if found is None:
        return Verdict.unknown(fact)
    return True if found in values else Verdict.unmet(found=found)


@criterion("at_least", "{fact} is {found}, below {minimum}", names={"fact": "fact"})
def at_least(deal: Deal, ask: Ask, fact: str, minimum: Any) -> bool | Verdict:
    """The fact is not below `minimum`."""
    found = deal.facts.get(fact)
    if found is None:
        return Verdict.unknown(fact)
    if isinstance(found, Money) and isinstance(minimum, Money) and found.currency != minimum.currency:
        return Verdict.unmet("currency", found=found.currency, wanted=minimum.currency)
    return True if cast("Any", found) >= minimum else Verdict.unmet(found=found)


@criterion("count_at_least", "{fact} has {found} of at least {minimum} values", names={"fact": "fact"})
def count_at_least(deal: Deal, ask: Ask, fact: str, minimum: int) -> bool | Verdict:
    """The fact, a tuple, has at least so many values."""
    found = deal.facts.get(fact)
    if found is None:
        return Verdict.unknown(fact)
    if not isinstance(found, tuple):
        raise TypeError(f"{fact} is {found!r}, not a tuple")
    return True if len(found) >= minimum else Verdict.unmet(found=len(found))


@criterion(
    "done", "the activity {activity} has not been done", hint="record {activity}", names={"activity": "activity"}
)
def done(deal: Deal, ask: Ask, activity: str, during: Literal["deal", "visit"] = "deal") -> bool:
    """The activity was done, at any time in the life of the deal, or `during` the present visit of the stage."""
    if during == "visit":
        return any(isinstance(event, ActivityDone) and event.activity == activity for event in _this_visit(deal))
    for event in deal.activities:  # noqa: SIM110 - a loop is twice as fast as any(), and moves ask this all the time
        if event.activity == activity:
            return True
    return False


def _this_visit(deal: Deal) -> Iterable[Event]:
    for event in reversed(deal.history):
        if isinstance(event, Opened | Entered):
            return
        yield event


@criterion("visited", "the stage {stage} was never visited", names={"stage": "stage"})
def visited(deal: Deal, ask: Ask, stage: str) -> bool:
    """The deal is or was in the stage, also while the stage had another name."""
    if deal.stage == stage:
        return True
    names = {stage}
    for event in reversed(deal.history):
        if (isinstance(event, Opened | Migrated) and event.stage in names) or (
            isinstance(event, Entered) and event.destination in names
        ):
            return True
        if isinstance(event, Migrated) and event.stages:
            names = {name for name in names if name not in event.stages} | {
                old for old, new in event.stages.items() if new in names
            }
    return False


@criterion("amount_at_least", "the amount {found} is below {minimum}", hint="amend the amount")
def amount_at_least(deal: Deal, ask: Ask, minimum: Money) -> bool | Verdict:
    """The amount of the deal is not below `minimum`; in another currency it is unmet with the code `currency`."""
    amount = deal.amount
    if amount is None:
        return Verdict.unknown("amount")
    if amount.currency != minimum.currency:
        return Verdict.unmet("currency", found=amount.currency, wanted=minimum.currency)
    return True if amount.amount >= minimum.amount else Verdict.unmet(found=amount)


@criterion("objections_resolved", "open objections: {open}", hint="resolve them, with how")
def objections_resolved(deal: Deal, ask: Ask) -> bool | Verdict:
    """No objection is open."""
    pending = tuple(objection.kind for objection in deal.objections if objection.resolved_at is None)
    return Verdict.unmet(open=pending) if pending else True


@criterion(
    "approved",
    "{subject} is not approved by {role}",
    hint="ask {role} to approve {subject}",
    names={"while_unchanged": "value"},
)
def approved(
    deal: Deal,
    ask: Ask,
    subject: str,
    role: str | None = None,
    while_unchanged: tuple[str, ...] = (),
    not_by: Literal["owner"] | None = None,
) -> bool | Verdict:
    """An approval of `subject` is in force.

    Args:
        deal: the deal.
        ask: who asks for what.
        subject: what is approved.
        role: the capacity in which it must be given; None takes any.
        while_unchanged: terms and facts that must be the same as when it was given.
        not_by: `"owner"` wants somebody else than the owner of the deal, both now and when it was given.
    """
    answer = Verdict.unmet(role=role or "anybody")
    for given in reversed(deal.approvals):
        if given.subject != subject or (role is not None and given.role != role):
            continue
        changed = _changed_since(deal, given, while_unchanged)
        if changed:
            answer = Verdict.unmet("approved.changed", changed=changed)
        elif not_by == "owner" and (given.by is None or given.by.id in (deal.owner, _owner_at(deal, given))):
            answer = Verdict.unmet("approved.own", found=given.by or "nobody")
        else:
            return True
    return answer


def _changed_since(deal: Deal, approval: Approved, names: tuple[str, ...]) -> tuple[str, ...]:
    """The names whose value was another at any time after the approval."""
    if not names:
        return ()
    then: dict[str, Any] = {}
    changed: set[str] = set()
    for event in deal.history:
        for name, value in _told(event):
            if name in names:
                if event.revision > approval.revision and then.get(name) != value:
                    changed.add(name)
                then[name] = value
    return tuple(name for name in names if name in changed)


def _owner_at(deal: Deal, approval: Approved) -> str | None:
    """Who owned the deal when the approval was given."""
    owner: str | None = None
    for event in deal.history[: approval.revision]:
        owner = dict(_told(event)).get("owner", owner)
    return owner


def _told(event: Event) -> Iterator[tuple[str, Any]]:
    """The terms and facts an event sets, None where it removes one."""
    if isinstance(event, Opened):
        yield from event.terms.items()
        yield from event.facts.items()
    elif isinstance(event, Amended):
        yield from event.terms.items()
        yield from ((name, None) for name in event.cleared)
    elif isinstance(event, FactsLearnt):
        yield from event.facts.items()
        yield from ((name, None) for name in event.forgotten)


def _states(deal: Deal, ask: Ask, criteria: Iterable[Criterion]) -> list[Verdict]:
    """Every verdict: no short cut, so that a fault shows whatever the order."""
    return [each.verdict(deal, ask) for each in criteria]


def _reasons(verdicts: Iterable[Verdict]) -> tuple[Reason, ...]:
    return tuple(reason for verdict in verdicts if not verdict for reason in verdict.reasons)


@criterion("all_of", "not all of these hold: {details}")
def _all_of(deal: Deal, ask: Ask, criteria: tuple[Criterion, ...]) -> Verdict:
    verdicts = _states(deal, ask, criteria)
    states = {verdict.state for verdict in verdicts}
    if "unmet" in states:
        return Verdict("unmet", reasons=_reasons(verdicts))
    return Verdict("unknown", reasons=_reasons(verdicts)) if "unknown" in states else Verdict.met()


@criterion("any_of", "none of these holds: {details}")
def _any_of(deal: Deal, ask: Ask, criteria: tuple[Criterion, ...]) -> Verdict:
    verdicts = _states(deal, ask, criteria)
    states = {verdict.state for verdict in verdicts}
    if "met" in states:
        return Verdict.met()
    state: Literal["unknown", "unmet"] = "unknown" if "unknown" in states else "unmet"
    return Verdict(state, reasons=(Reason("any_of", state, details=_reasons(verdicts)),))


@criterion("not_", "{criterion} must not hold")
def not_(deal: Deal, ask: Ask, criterion: Criterion) -> Verdict:
    """The criterion does not hold; unknown stays unknown."""
    verdict = criterion.verdict(deal, ask)
    if verdict.state == "met":
        return Verdict("unmet", reasons=(Reason("not_", parameters={"criterion": str(criterion)}),))
    return verdict if verdict.state == "unknown" else Verdict.met()


@criterion("when", "{then} must hold when {condition} does")
def when(deal: Deal, ask: Ask, condition: Criterion, then: Criterion) -> Verdict:
    """`then` holds, unless `condition` does not: `any_of(not_(condition), then)` with the reasons of `then`."""
    applies, answer = _states(deal, ask, (condition, then))
    if applies.state == "unmet" or answer.state == "met":
        return Verdict.met()
    if applies.state == "met":
        return answer
    return Verdict("unknown", reasons=_reasons((applies, answer)))


def all_of(*criteria: Criterion) -> Criterion:
    """Every one holds (Kleene: unmet if one is unmet, else unknown if one is unknown). Of nothing: met."""
    return _all_of(criteria)


def any_of(*criteria: Criterion) -> Criterion:
    """At least one holds (Kleene: met if one is met, else unknown if one is unknown). Of nothing: unmet."""
    return _any_of(criteria)
