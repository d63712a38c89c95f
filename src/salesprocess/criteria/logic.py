"""Criteria made of criteria, in Kleene's logic: of unmet < unknown < met, "all" is the least and "any" the greatest."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

import attrs

from salesprocess.criteria.parameters import positive_count
from salesprocess.criteria.rule import Ask, Criterion, criterion
from salesprocess.deal import Deal
from salesprocess.frozen import FrozenDict
from salesprocess.verdicts import Reason, Verdict


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
    """The criterion does not hold; unknown stays unknown.

    >>> from salesprocess.criteria import equals
    >>> from salesprocess.diagrams import say
    >>> say(not_(equals("heritage", True)))
    'heritage is not True'
    """
    verdict = criterion.verdict(deal, ask)
    if verdict.state == "met":
        return Verdict("unmet", reasons=(Reason("not_", parameters={"criterion": str(criterion)}),))
    return verdict if verdict.state == "unknown" else Verdict.met()


@criterion("when", "{then} must hold when {condition} does")
def when(deal: Deal, ask: Ask, condition: Criterion, then: Criterion) -> Verdict:
    """`then` holds, unless `condition` does not: `any_of(not_(condition), then)` with the reasons of `then`.

    >>> from salesprocess.criteria import approved, equals
    >>> from salesprocess.diagrams import say
    >>> say(when(equals("heritage", True), approved("permit")))
    'if heritage is True: permit is approved'
    """
    applies, answer = _states(deal, ask, (condition, then))
    if applies.state == "unmet" or answer.state == "met":
        return Verdict.met()
    if applies.state == "met":
        return attrs.evolve(answer, reasons=tuple(_because(condition, reason) for reason in answer.reasons))
    return Verdict("unknown", reasons=_reasons((applies, answer)))


def _because(condition: Criterion, reason: Reason) -> Reason:
    """The reason with the conditions under which it counts, the outermost first."""
    because = (str(condition), *reason.parameters.get("because", ()))
    return attrs.evolve(reason, parameters=FrozenDict({**reason.parameters, "because": because}))


@criterion(
    "at_least_of",
    "{found} of at least {minimum} hold; the others: {details}",
    converters={"minimum": positive_count},
)
def _at_least_of(deal: Deal, ask: Ask, minimum: int, criteria: tuple[Criterion, ...]) -> Verdict:
    verdicts = _states(deal, ask, criteria)
    states = [verdict.state for verdict in verdicts]
    met = states.count("met")
    if met >= minimum:
        return Verdict.met()
    state: Literal["unknown", "unmet"] = "unknown" if met + states.count("unknown") >= minimum else "unmet"
    parameters: FrozenDict[str, Any] = FrozenDict(minimum=minimum, found=met)
    return Verdict(state, reasons=(Reason("at_least_of", state, parameters=parameters, details=_reasons(verdicts)),))


def all_of(*criteria: Criterion) -> Criterion:
    """Every one holds (Kleene: unmet if one is unmet, else unknown if one is unknown). Of nothing: met.

    >>> from salesprocess.criteria import done, has
    >>> from salesprocess.diagrams import say
    >>> say(all_of(has("budget"), done("demo")))
    'budget is known and demo is done'
    """
    return _all_of(criteria)


def any_of(*criteria: Criterion) -> Criterion:
    """At least one holds (Kleene: met if one is met, else unknown if one is unknown). Of nothing: unmet.

    >>> from salesprocess.criteria import done, has
    >>> from salesprocess.diagrams import say
    >>> say(any_of(has("budget"), done("demo")))
    'budget is known or demo is done'
    """
    return _any_of(criteria)


def at_least_of(minimum: int, *criteria: Criterion) -> Criterion:
    """At least `minimum` of them hold; 1 is `any_of`, all of them `all_of` with one reason instead of several.

    Kleene: met if enough are met, else unknown if enough could be once more is known, else unmet.

    >>> from salesprocess.criteria import done, has
    >>> at_least_of(2, has("budget"), has("need"), done("demo"))
    at_least_of(minimum=2, criteria=(has(fact=budget), has(fact=need), done(activity=demo, during=deal)))
    """
    return _at_least_of(minimum, criteria)
