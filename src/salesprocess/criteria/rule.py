"""What a criterion is: a rule with its parameters, asked about a deal, answering in three values."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from functools import cached_property, partial
from string import Formatter
from typing import Any, Concatenate, Generic, Literal, NoReturn, ParamSpec, cast

import attrs

from salesprocess import words
from salesprocess.criteria.parameters import fits, hints_of, named, spelled
from salesprocess.deal import Deal
from salesprocess.errors import InvalidCriterion, OutOfRange, WrongKind, gather
from salesprocess.events import Actor
from salesprocess.frozen import EMPTY, FrozenDict, draft_of
from salesprocess.given import mapping
from salesprocess.verdicts import Reason, Verdict, make_reason, placed

P = ParamSpec("P")

Subject = Literal["fact", "activity", "stage", "term", "value", "approval"]
"""What a parameter of a rule can name.

A `value` is a fact or a term. The process checks that a name exists, but for `approval`: what can be approved is what
its criteria ask for.
"""


@attrs.frozen(weakref_slot=False)
class Ask:
    """Who asks, and for what.

    Attributes:
        name: the transition.
        destination: the stage it leads to.
        at: when.
        by: who; None when nobody said.
        inputs: what was given along with the request, such as `reason`.

    >>> from datetime import UTC, datetime
    >>> Ask("advance", "offer", datetime(2026, 1, 5, 9, tzinfo=UTC)).destination
    'offer'
    """

    name: str
    destination: str
    at: datetime
    by: Actor | None = None
    inputs: FrozenDict[str, str] = EMPTY


_AskDraft = draft_of(Ask)


def ask(name: str, destination: str, at: datetime, by: Actor | None, inputs: FrozenDict[str, str]) -> Ask:
    """`Ask(...)` at a third of the price; one is made for every decision."""
    draft = _AskDraft()
    draft.name = name
    draft.destination = destination
    draft.at = at
    draft.by = by
    draft.inputs = inputs
    draft.__class__ = Ask
    finished: Ask = draft
    return finished


def _check_template(code: str, template: str) -> None:
    """Refuse a text that could not be filled in when it is needed."""
    if not isinstance(template, str):
        raise WrongKind(f"a text of {code}", template, "a text")
    try:
        names = [name for _, name, _, _ in Formatter().parse(template) if name is not None]
    except ValueError as error:
        raise InvalidCriterion(f"{code}: {template!r}: {error}") from None
    wrong = [name for name in names if not name.isidentifier()]
    if wrong:
        raise InvalidCriterion(f"{code}: {template!r} names {{{wrong[0]}}}; write {{parameter}}, or {{{{ for a brace")


class Rule(Generic[P]):
    """What `@criterion` makes of a function: call it with the parameters to get a `Criterion`.

    Attributes:
        code: the stable name, as it appears in reasons and in stored processes.
        message: what to say when it is unmet; `{parameters}` and `{evidence}` are filled in.
        hint: what would help.
        names: which parameters name a fact, an activity, a stage, a term, a value or the subject of an approval.
        converters: what makes of a given parameter the one that is kept, or refuses it.

    >>> from salesprocess.criteria import has
    >>> has, has.code, dict(has.names)
    (<rule has(fact: 'str') -> 'bool | Verdict'>, 'has', {'fact': 'fact'})
    >>> has("seats")
    has(fact=seats)
    """

    def __init__(
        self,
        function: Callable[..., bool | Verdict],
        code: str,
        message: str,
        hint: str = "",
        names: Mapping[str, Subject] | None = None,
        converters: Mapping[str, Callable[[Any], Any]] | None = None,
    ) -> None:
        checks: tuple[Callable[[], object], ...] = (
            lambda: named(code),
            lambda: _check_template(code, message),
            lambda: _check_template(code, hint),
            lambda: mapping({} if names is None else names, "names", "parameters to what they name"),
            lambda: mapping({} if converters is None else converters, "converters", "parameters to functions"),
        )
        gather(*checks)
        self.function = function
        self.code = code
        self.message = message
        self.hint = hint
        self.names: Mapping[str, Subject] = FrozenDict(names or {})
        self.converters: Mapping[str, Callable[[Any], Any]] = FrozenDict(converters or {})
        self.__module__ = function.__module__
        self.__qualname__ = self.__name__ = function.__qualname__
        self.__doc__ = function.__doc__
        self.__wrapped__ = function  # so that `help`, `inspect` and doctest take the rule for what it is made of

    @cached_property
    def signature(self) -> inspect.Signature:
        """The parameters it takes, without deal and ask."""
        signature = inspect.signature(self.function)
        return signature.replace(parameters=list(signature.parameters.values())[2:])

    @property
    def __signature__(self) -> inspect.Signature:
        return self.signature

    @cached_property
    def by_keyword(self) -> bool:
        """Whether some parameter can only be given by its name."""
        return any(each.kind is each.KEYWORD_ONLY for each in self.signature.parameters.values())

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> Criterion:
        """The criterion with these parameters.

        Raises:
            InvalidCriterion: the rule does not take these parameters, or one of them is mutable.
            WrongKind: one is not of the type that the function of the rule declares.
            SalesProcessError: a converter of the rule refuses one; several errors are raised together.
        """
        try:
            bound = self.signature.bind(*args, **kwargs)
        except TypeError as error:
            raise InvalidCriterion(f"{self.code}: {error}; it takes {self.signature}") from None
        bound.apply_defaults()
        given = bound.arguments
        kept = gather(*(partial(self._kept, name, value) for name, value in given.items()))
        return Criterion(self, FrozenDict(zip(given, kept, strict=True)))

    def _kept(self, name: str, value: object) -> object:
        """A parameter as its converter makes it, when it is of the type that the function declares."""
        if name in self.converters:
            try:
                value = self.converters[name](value)
            except (WrongKind, OutOfRange) as error:
                raise type(error)(f"{self.code}.{name}", error.value, error.wanted) from None
        try:
            hash(value)
        except TypeError as error:
            raise InvalidCriterion(f"{self.code}: {error}; parameters must be immutable, use a tuple") from None
        hint = hints_of(self).get(name, Any)
        variadic = self.signature.parameters[name].kind in (
            inspect.Parameter.VAR_POSITIONAL,
            inspect.Parameter.VAR_KEYWORD,
        )
        if not variadic and not fits(value, hint):
            raise WrongKind(f"{self.code}.{name}", value, spelled(hint))
        return value

    def __reduce__(self) -> str:
        return self.__qualname__

    def __repr__(self) -> str:
        return f"<rule {self.code}{self.signature}>"


def criterion(
    code: str,
    message: str,
    *,
    hint: str = "",
    names: Mapping[str, Subject] | None = None,
    converters: Mapping[str, Callable[[Any], Any]] | None = None,
) -> Callable[[Callable[Concatenate[Deal, Ask, P], bool | Verdict]], Rule[P]]:
    """Turn a function `(deal, ask, parameters...) -> bool | Verdict` into a rule.

    The function must depend on nothing but its arguments. It may raise: that is a fault, never a no. Define it at the
    top level of a module, so that its criteria pickle.

    Args:
        code: the stable name.
        message: what to say when it is unmet, with `{parameter}` for each parameter and each evidence.
        hint: what would help.
        names: which parameters name a `fact`, an `activity`, a `stage`, a `term`, or a `value` (a fact or a term), so
            that a misspelt one is found when the process is built; or an `approval`, so that `approve` knows it.
        converters: by parameter, what makes of the value that is given the one that is kept, or raises when it makes no
            sense; a mistake then shows where it is written, not when a deal gets there.

    >>> from decimal import Decimal
    >>> @criterion("min_margin", "margin is below {minimum}", names={"fact": "fact"})
    ... def min_margin(deal: Deal, ask: Ask, *, minimum: Decimal, fact: str = "margin") -> bool | Verdict:
    ...     margin = deal.facts.get(fact)
    ...     return Verdict.unknown(fact) if margin is None else margin >= minimum
    >>> min_margin(minimum=Decimal("0.2"))
    min_margin(minimum=0.2, fact=margin)
    """

    def make(function: Callable[Concatenate[Deal, Ask, P], bool | Verdict]) -> Rule[P]:
        return Rule(function, code, message, hint, names, converters)

    return make


Test = Callable[[Deal, Ask], bool | Verdict]
"""A rule's function with its parameters bound."""


@attrs.frozen(weakref_slot=False, repr=False, eq=False)
class Criterion:
    """One rule with its parameters; made by calling the rule.

    Criteria are equal when code and parameters are; they pickle by reference to their rule.

    >>> from salesprocess.criteria import has
    >>> has("seats") == has("seats"), str(has("seats"))
    (True, 'has(seats)')
    """

    rule: Rule[...]
    parameters: FrozenDict[str, Any]

    @cached_property
    def test(self) -> Test:
        """What the rule's function answers, bound in the cheapest way: decisions spend their time on this."""
        function, values = self.rule.function, tuple(self.parameters.values())
        if self.rule.by_keyword:
            return partial(function, **self.parameters)
        if not values:
            return function
        if len(values) == 1:
            value = values[0]
            return lambda deal, ask: function(deal, ask, value)
        return lambda deal, ask: function(deal, ask, *values)

    @cached_property
    def _text(self) -> str:
        """The code with the parameters that say more than their defaults."""
        shown: list[str] = []
        left_out = False
        stated = self.rule.signature.parameters
        for name, value in self.parameters.items():
            if value is None or value == () or value == stated[name].default:
                left_out = True
            else:
                shown.append(f"{name}={_plain(value)}" if left_out else _plain(value))
        return f"{self.code}({', '.join(shown)})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Criterion):
            return NotImplemented
        return self.rule.code == other.rule.code and self.parameters == other.parameters

    def __hash__(self) -> int:
        return hash((self.rule.code, self.parameters))

    def __bool__(self) -> NoReturn:
        """Refused, since `a and b` would silently keep only `b`.

        Raises:
            InvalidCriterion: always.
        """
        raise InvalidCriterion(
            f"{self} is no truth value: combine criteria with all_of, any_of and not_, not with `and`, `or` and `not`, "
            "and ask for its answer with state(deal, ask)"
        )

    @property
    def code(self) -> str:
        """The stable name of its rule."""
        return self.rule.code

    def __call__(self, deal: Deal, ask: Ask) -> bool | Verdict:
        """What the rule's function answers, raw; `verdict` explains it."""
        return self.test(deal, ask)

    def state(self, deal: Deal, ask: Ask) -> Literal["met", "unmet", "unknown"]:
        """The answer without its reasons, which cost more than the answer.

        Raises:
            Exception: as for `verdict`.
        """
        answer = self.test(deal, ask)
        if answer is True:
            return "met"
        return "unmet" if answer is False else self._told(answer).state

    def verdict(self, deal: Deal, ask: Ask) -> Verdict:
        """The answer with its reasons.

        Raises:
            Exception: whatever the rule's function raises.
            WrongKind: the function answered neither with a bool nor with a `Verdict`.
        """
        answer = self._told(self.test(deal, ask))
        if answer.state == "met" or answer.reasons:
            return answer
        return Verdict(answer.state, answer.code, answer.evidence, (self._reason(answer, "", "", locked=False),))

    def reasons(self, answer: object, where: str, requirement: str, *, locked: bool) -> tuple[Reason, ...]:
        """Why an `answer` of `test` is no yes, told in a place of the rulebook; `()` when it is one.

        Raises:
            WrongKind: it is neither a bool nor a `Verdict`.
        """
        told = self._told(answer)
        if told.state == "met":
            return ()
        if told.reasons:
            return tuple([placed(each, where, requirement, locked) for each in told.reasons])
        return (self._reason(told, where, requirement, locked=locked),)

    def _told(self, answer: object) -> Verdict:
        if isinstance(answer, Verdict):
            return answer
        if answer is True or answer is False:
            return Verdict.met() if answer else _NO
        raise WrongKind(f"the answer of {self.code}", answer, "a bool or a Verdict")

    def _reason(self, answer: Verdict, where: str, requirement: str, *, locked: bool) -> Reason:
        rule, state, code = self.rule, answer.state, answer.code
        parameters: FrozenDict[str, Any] = FrozenDict({**self.parameters, **answer.evidence, "criterion": self._text})
        advised = state == "unmet" and not (code and words.has_hint(code))
        return make_reason(
            code or rule.code,
            state,
            where,
            parameters,
            requirement,
            locked,
            "" if code in words.ENGLISH else rule.message,  # a code of one's own need not have words of its own
            rule.hint if advised else "",
        )

    def walk(self) -> Iterator[Criterion]:
        """The criterion and every criterion inside it."""
        yield self
        for value in self.parameters.values():
            inside = cast("tuple[object, ...]", value) if isinstance(value, tuple) else (value,)
            for inner in inside:
                if isinstance(inner, Criterion):
                    yield from inner.walk()

    def mentions(self, subject: Subject) -> Iterator[str]:
        """The facts, activities, stages, terms or subjects of approvals that it and the criteria inside it name."""
        for inner in self.walk():
            yield from inner.names(subject)

    def names(self, subject: Subject) -> Iterator[str]:
        """As `mentions`, without the criteria inside it."""
        for parameter, meant in self.rule.names.items():
            if meant == subject:
                value = self.parameters[parameter]
                yield from value if isinstance(value, tuple) else (value,)

    def __str__(self) -> str:
        return self._text

    def __repr__(self) -> str:
        shown = (f"{name}={value}" for name, value in self.parameters.items())
        return f"{self.code}({', '.join(shown)})"

    def __reduce__(self) -> tuple[Any, ...]:
        return Criterion, (self.rule, self.parameters)


_NO = Verdict.unmet()


def _plain(value: Any) -> str:
    if isinstance(value, tuple):
        return ", ".join(str(each) for each in cast("tuple[object, ...]", value))
    return str(value).removesuffix(", 0:00:00") if isinstance(value, timedelta) else str(value)
