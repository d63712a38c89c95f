"""Advice about criteria where they stand: never met, always met, met by every value, or at odds with each other."""

from __future__ import annotations

from collections.abc import Iterator

from salesprocess.criteria import Criterion, done
from salesprocess.facts import Fact
from salesprocess.lint.findings import found
from salesprocess.lint.logic import Claim, Facts, certain, contradiction, declared, parts, possible
from salesprocess.lint.values import is_about_a_value
from salesprocess.routes import Check, own_checks, when_of
from salesprocess.rules import Rulebook, Transition
from salesprocess.stages import Stage
from salesprocess.verdicts import Finding

Demand = tuple[str, Criterion]
"""A place in the rulebook and a criterion in it."""


def way_in(stage: Stage) -> tuple[Check, ...]:
    """What entering a stage in the forward direction wants."""
    return (*when_of(stage), *own_checks(stage, "entry"), *own_checks(stage, "locked"))


def way_out(stage: Stage) -> tuple[Check, ...]:
    """What leaving a stage in the forward direction wants."""
    work = (Check(f"{stage.name}.activities", done(each.name)) for each in stage.activities if each.required)
    return (*work, *own_checks(stage, "exit"))


def of_transition(transition: Transition) -> tuple[Check, ...]:
    """What a move of the rulebook's own wants, besides what its stages do."""
    condition = () if transition.when is None else (Check(f"{transition.name}.when", transition.when),)
    return (*condition, *(Check(f"{transition.name}.criteria", each) for each in transition.criteria))


def about_gates(rulebook: Rulebook, facts: Facts, mended: set[Demand]) -> Iterator[Finding]:
    """Criteria that are at odds with the declarations of facts, with logic, or with those beside them.

    What can never be met is added to `mended`: it is told here, so that what follows from it need not be told again.
    """
    ways = [gate for stage in rulebook.stages for gate in (way_in(stage), way_out(stage))]
    for gate in (*ways, *map(of_transition, rulebook.transitions)):
        never: list[Check] = []
        for check in gate:
            odd = list(_about_one(check.where, check.criterion, facts))
            yield from odd
            if odd and not possible([Claim(check.criterion)], facts):
                never.append(check)
        core = contradiction([check for check in gate if check not in never], facts)
        if core:
            subject = ", ".join(dict.fromkeys(check.where for check in core))
            wanted = " and ".join(str(check.criterion) for check in core)
            yield found("criterion.contradiction", subject, f"{wanted} can never be met together")
        mended.update((check.where, check.criterion) for check in (*never, *core))


def _about_one(where: str, criterion: Criterion, facts: Facts) -> Iterator[Finding]:
    """What is odd about a criterion; the innermost part that is so stands for all around it."""
    inner = [finding for part in parts(criterion) for finding in _about_one(where, part, facts)]
    if inner:
        yield from inner
    elif not possible([Claim(criterion)], facts):
        yield found("criterion.never", where, f"{criterion} can never be met{_because(criterion, facts)}")
    elif certain(criterion, facts):
        yield found("criterion.always", where, f"{criterion} is met by every deal, so it decides nothing; leave it out")
    elif is_about_a_value(criterion) and not possible([Claim(criterion, "unmet")], facts):
        fact = criterion.parameters["fact"]
        yield found("criterion.vacuous", where, f"{criterion} is met by every value of {fact}; say has({fact})")


def _because(criterion: Criterion, facts: Facts) -> str:
    if is_about_a_value(criterion) and (fact := declared(criterion, facts)):
        return f": {fact.name} is {_described(fact)}"
    return ": its parts contradict each other" if parts(criterion) else ""


def _described(fact: Fact) -> str:
    """A declaration in words.

    >>> _described(Fact("seats", int, minimum=0, maximum=9)), _described(Fact("tags", str, choices=["grid"], many=True))
    ('int, at least 0, at most 9', 'a tuple of str, one of grid')
    """
    words = [f"a tuple of {fact.kind.__name__}" if fact.many else fact.kind.__name__]
    words.extend(() if fact.minimum is None else (f"at least {fact.minimum}",))
    words.extend(() if fact.maximum is None else (f"at most {fact.maximum}",))
    words.extend((f"one of {', '.join(map(str, fact.choices))}",) if fact.choices else ())
    return ", ".join(words)
