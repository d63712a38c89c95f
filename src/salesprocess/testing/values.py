"""Which values of facts and terms matter to a rulebook: those at which one of its criteria changes its mind."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, cast

from salesprocess.criteria import Ask, Criterion
from salesprocess.deal import Deal
from salesprocess.errors import SalesProcessError, UnknownFact, UnknownRule
from salesprocess.events import TERMS
from salesprocess.facts import KINDS, Fact
from salesprocess.money import Money
from salesprocess.pricing import LineItem
from salesprocess.process import Process
from salesprocess.testing.commands import START
from salesprocess.testing.finding import examples, is_strategy

COMPARED = ("value", "values", "minimum", "maximum", "pattern")
"""The parameters of a rule that values are compared with."""

_USUAL: Mapping[type, tuple[Any, ...]] = {
    str: ("something", "something else"),
    int: (1, 0, 10),
    float: (1.0, 0.0, 10.0),
    bool: (True, False),
    Decimal: (Decimal(1), Decimal(0), Decimal(10)),
    date: ((START + timedelta(days=30)).date(), (START - timedelta(days=30)).date()),
    datetime: (START + timedelta(days=30), START - timedelta(days=30)),
    Money: (Money(1000, "EUR"), Money(0, "EUR"), Money(1000000, "EUR")),
}

_STEP: Mapping[type, Any] = {
    int: 1,
    float: 0.5,
    Decimal: Decimal("0.01"),
    date: timedelta(days=1),
    datetime: timedelta(microseconds=1),
}


def criteria_of(process: Process) -> Iterator[tuple[str, Criterion]]:
    """Every criterion of a rulebook with its place; those inside others are found with `walk`."""
    for stage in process.stages:
        yield from stage.criteria()
    for transition in process.transitions:
        for criterion in transition.criteria:
            yield f"{transition.name}.criteria", criterion
        if transition.when is not None:
            yield f"{transition.name}.when", transition.when


def state_of(criterion: Criterion, deal: Deal, ask: Ask) -> str:
    """What a criterion answers: `met`, `unmet` or `unknown`; `fault` when it raises."""
    try:
        return criterion.state(deal, ask)
    except Exception:  # noqa: BLE001 - a rule of a user may raise anything
        return "fault"


def boundaries(process: Process, name: str) -> tuple[Any, ...]:
    """The values of a fact or a term at which a criterion of the process changes its mind, and those beside them.

    >>> from salesprocess import Fact, Stage, criteria as c
    >>> stages = [Stage("offer", entry=[c.at_least("seats", 5)]), Stage.won("won"), Stage.lost("lost")]
    >>> boundaries(Process("solar", facts=[Fact("seats", int)], stages=stages), "seats")
    (5, 4, 6)
    """
    found: dict[Any, None] = {}
    for _, outer in criteria_of(process):
        for inner in outer.walk():
            if name in _compared_by(inner):
                for parameter in COMPARED:
                    for value in _several(inner.parameters.get(parameter)):
                        found.update(dict.fromkeys(_beside(value)))
    return tuple(found)


def _compared_by(criterion: Criterion) -> tuple[str, ...]:
    """The facts and terms that one rule reads, those inside it aside."""
    named = tuple(
        criterion.parameters[parameter] for parameter, kind in criterion.rule.names.items() if kind in ("fact", "term")
    )
    return ("amount",) if criterion.code.startswith("amount_") else named


def _several(value: object) -> tuple[object, ...]:
    if isinstance(value, tuple):
        return cast("tuple[object, ...]", value)
    return () if value is None else (value,)


def _beside(value: Any) -> tuple[Any, ...]:
    if isinstance(value, Money):
        cent = Money("0.01", value.currency)
        return tuple(each for each in (value, value - cent, value + cent) if each.amount >= 0)
    step = next((step for kind, step in _STEP.items() if type(value) is kind), None)
    return (value,) if step is None else (value, value - step, value + step)


class Values:
    """The values that facts and terms of a process can have, the ones that matter first.

    Args:
        process: the rulebook.
        facts: by the name of a fact or a term, a strategy for its values or one value; instead of what the declaration
            and the criteria suggest.

    Raises:
        UnknownFact: `facts` names what the process does not declare; the message lists the close matches.
    """

    def __init__(self, process: Process, facts: Mapping[str, Any] | None = None) -> None:
        self.process = process
        self.declared: dict[str, Fact] = {fact.name: fact for fact in process.facts}
        self.given: dict[str, Any] = dict(facts or {})
        check_names(process, self.given)
        self._known: dict[str, tuple[Any, ...]] = {}
        mentioned = dict.fromkeys(
            name for _, outer in criteria_of(process) for name in (*outer.mentions("fact"), *outer.mentions("value"))
        )
        self.terms = ("amount", "owner", "expected_close", "probability", "category")
        self.facts = tuple(dict.fromkeys((*self.declared, *(name for name in mentioned if name not in TERMS))))
        self.currency = next((each.currency for each in self._amounts()), "EUR")

    def _amounts(self) -> Iterator[Money]:
        for _, outer in criteria_of(self.process):
            for inner in outer.walk():
                for value in inner.parameters.values():
                    if isinstance(value, Money):
                        yield value

    def fact(self, name: str) -> Fact:
        """The declaration; for a fact that nobody declared, one of the kind that it is compared with."""
        if name in self.declared:
            return self.declared[name]
        kinds = [kind for value in boundaries(self.process, name) for kind in KINDS if type(value) is kind]
        return Fact(name, kinds[0] if kinds else str)

    def of(self, name: str) -> tuple[Any, ...]:
        """Values of a fact or of a term; every one is taken by the verbs."""
        if name not in self._known:
            self._known[name] = tuple(dict.fromkeys(self._made(name)))
        return self._known[name]

    def _made(self, name: str) -> Iterator[Any]:
        if name in self.given:
            yield from drawn_from(self.given[name])
        elif name in TERMS:
            yield from boundaries(self.process, name)
            yield from self._usual_terms(name)
        else:
            yield from self._of_fact(self.fact(name))

    def _usual_terms(self, name: str) -> Iterator[Any]:
        usual: Mapping[str, tuple[Any, ...]] = {
            "amount": tuple(Money(amount, self.currency) for amount in (1000, 0, 1000000)),
            "owner": ("kari", "nils"),
            "expected_close": _USUAL[date],
            "probability": (0.5,),
            "category": ("commit",),
            "items": ((LineItem("all of it", Money(1000, self.currency)),),),
        }
        yield from usual.get(name, ())

    def _of_fact(self, fact: Fact) -> Iterator[Any]:
        inner = [each for value in boundaries(self.process, fact.name) for each in _several(value)]
        bounds = [each for bound in (fact.minimum, fact.maximum) if bound is not None for each in _beside(bound)]
        usual = [
            Money(each.amount, bounds[0].currency if bounds else self.currency) if isinstance(each, Money) else each
            for each in _USUAL[fact.kind]
        ]
        single = _single(fact)
        values = [value for value in (*inner, *fact.choices, *usual, *bounds) if _takes(single, value)]
        values = [*dict.fromkeys(values)]
        if not fact.many:
            yield from values
            return
        if fact.kind is str and not fact.choices:
            values += [f"{fact.name} {number}" for number in range(1, self._counted(fact.name) + 1)]
        while fact.kind is not str and values and len(values) < self._counted(fact.name):
            values += values
        yield from (tuple(values[:size]) for size in range(1, len(values) + 1))
        yield from ((value,) for value in values[1:])
        yield ()

    def _counted(self, name: str) -> int:
        """The most values that a criterion counts of a fact."""
        counts = [
            inner.parameters["minimum"]
            for _, outer in criteria_of(self.process)
            for inner in outer.walk()
            if inner.code == "count_at_least" and inner.parameters["fact"] == name
        ]
        return max(counts, default=1)


def _single(fact: Fact) -> Fact:
    """The declaration of one of the values of a fact."""
    return Fact(fact.name, fact.kind, fact.minimum, fact.maximum, choices=fact.choices)


def _takes(fact: Fact, value: object) -> bool:
    try:
        fact.check(value)
    except SalesProcessError:
        return False
    return True


def drawn_from(given: Any) -> tuple[Any, ...]:
    """A few values of a strategy, the simplest first; or the one value that is given."""
    return examples(given) if is_strategy(given) else (given,)


def check_names(process: Process, given: Mapping[str, Any]) -> None:
    """Refuse names that are neither terms nor facts of the process.

    Raises:
        UnknownFact: it lists them, and what looks like them.
    """
    known = {fact.name for fact in process.facts}
    unknown = [name for name in given if name not in known and name not in TERMS]
    if unknown and process.policy.facts == "declared":
        raise UnknownFact(unknown, sorted((*known, *TERMS)))


def check_codes(process: Process, given: Mapping[str, Any]) -> None:
    """Refuse codes of rules that the process does not use.

    Raises:
        UnknownRule: it lists them, and what looks like them.
    """
    known = {inner.code for _, outer in criteria_of(process) for inner in outer.walk()}
    unknown = [code for code in given if code not in known]
    if unknown:
        raise UnknownRule(unknown, sorted(known))
