"""Whether criteria can hold together: a search through every way in which their parts can come out.

The answers are sound in one direction. That criteria can *not* hold is proven for every deal that keeps to the
declarations of its facts; that they can is only not disproven. A rule of a user is never called: it may answer
anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from math import comb
from typing import Literal, NamedTuple

from salesprocess import criteria as c
from salesprocess.criteria import Criterion, Rule
from salesprocess.facts import Fact
from salesprocess.lint.values import ABOUT_AMOUNT, AMOUNT, Wanted, is_about_a_value, some_value
from salesprocess.routes import Check, Routes

Facts = Mapping[str, Fact]
"""The declarations by name."""

ALL, ANY, SOME = c.all_of().rule, c.any_of().rule, c.at_least_of(1).rule
"""The rules behind `all_of`, `any_of` and `at_least_of`."""
_OTHER: Mapping[str, Literal["met", "unmet"]] = {"met": "unmet", "unmet": "met"}
_WORK: tuple[Rule[...], ...] = (c.done, c.done_times, c.done_by_role, c.done_within, c.approved, c.approvals_at_least)
"""Stock rules that no new deal meets."""
_PLAIN: tuple[Rule[...], ...] = (
    c.has,
    c.has_term,
    c.has_items,
    c.done,
    c.done_times,
    c.done_by_role,
    c.visited,
    c.visited_times,
    c.approved,
    c.approvals_at_least,
    c.objections_resolved,
)
"""Stock rules that are always met or unmet: never unknown, and never a fault."""
_PATIENCE = 200
"""So many branches are followed; criteria that need more count as possible."""


_Key = tuple[object, ...]
"""The code and the parameters of a simple criterion."""


class Claim(NamedTuple):
    """That a criterion comes out as `state`, or, where it does not `hold`, as anything else."""

    criterion: Criterion
    state: Literal["met", "unmet"] = "met"
    holds: bool = True


class Moment(NamedTuple):
    """When a criterion is asked.

    Attributes:
        stage: where the deal is; None when it can be anywhere.
        new: it has just been opened there, and nothing was done, visited, approved or objected to.
        seen: the stages it can have visited; None when it can be any.
    """

    stage: str | None = None
    new: bool = False
    seen: frozenset[str] | None = None

    def allows(self, criterion: Criterion, truth: bool) -> bool:
        """Whether a plain rule can come out so."""
        rule, parameters = criterion.rule, criterion.parameters
        if rule in (c.visited, c.visited_times):
            stage, often = parameters["stage"], parameters.get("times", 1) > 1
            if stage == self.stage and not often:
                return truth
            unseen = self.new or (self.seen is not None and stage not in self.seen)
            return not (truth and unseen)
        if self.new and rule in _WORK:
            return not truth
        return truth or not (self.new and rule is c.objections_resolved)


ANY_TIME = Moment()


def possible(claims: Iterable[Claim], facts: Facts, moment: Moment = ANY_TIME) -> bool:
    """Whether all claims can be true of one deal at once.

    >>> from salesprocess.criteria import equals, not_
    >>> heritage = equals("heritage", True)
    >>> possible([Claim(heritage), Claim(not_(heritage))], {})
    False
    """
    branches: list[tuple[list[Claim], tuple[Claim, ...]]] = [(list(claims), ())]
    for _ in range(_PATIENCE):
        if not branches:
            return False
        pending, simple = branches.pop()
        while pending:
            claim = pending.pop()
            ways = _ways(claim)
            if ways is None:
                simple = (*simple, claim)
            elif len(ways) == 1:
                pending.extend(ways[0])
            else:
                branches.extend(([*pending, *way], simple) for way in ways)
                break
        else:
            if _agree(simple, facts, moment):
                return True
    return True


def contradiction(checks: Sequence[Check], facts: Facts, moment: Moment = ANY_TIME) -> tuple[Check, ...]:
    """Checks that cannot all be met, none of them dispensable; nothing when all can be met."""
    if possible(_all_met(checks), facts, moment):
        return ()
    core = list(checks)
    for check in checks:
        rest = [each for each in core if each is not check]
        if not possible(_all_met(rest), facts, moment):
            core = rest
    return tuple(core)


def _all_met(checks: Iterable[Check]) -> list[Claim]:
    return [Claim(check.criterion) for check in checks]


def certain(criterion: Criterion, facts: Facts) -> bool:
    """Whether a criterion is met by every deal, whatever is known about it."""
    return not _may_fail(criterion, facts) and not possible([Claim(criterion, holds=False)], facts)


def _may_fail(criterion: Criterion, facts: Facts) -> bool:
    """Whether it, or a part of it, could raise: a rule of a user, and a comparison with a fact of any kind."""
    if inner := parts(criterion):
        return any(_may_fail(part, facts) for part in inner)
    if is_about_a_value(criterion):
        return declared(criterion, facts) is None
    return criterion.rule not in (*_PLAIN, ALL, ANY, SOME)


def parts(criterion: Criterion) -> tuple[Criterion, ...]:
    """What a compound stock criterion is made of."""
    rule, parameters = criterion.rule, criterion.parameters
    if rule in (ALL, ANY, SOME):
        inside: tuple[Criterion, ...] = parameters["criteria"]
        return inside
    return tuple(parameters.values()) if rule in (c.not_, c.when) else ()


def declared(criterion: Criterion, facts: Facts) -> Fact | None:
    """The declaration that the values of a rule about a value obey."""
    return AMOUNT if criterion.rule in ABOUT_AMOUNT else facts.get(criterion.parameters["fact"])


def _ways(claim: Claim) -> list[list[Claim]] | None:
    """The alternatives in which a claim about a compound can be true; None when it is about a simple criterion.

    A compound is met when so many of its parts are, and unmet when so many are unmet that too few are left.
    """
    criterion, state, holds = claim
    rule, parameters, standard = criterion.rule, criterion.parameters, is_standard(criterion)
    enough = 1
    if rule in (ALL, ANY, SOME):
        inner = [Claim(part, state, holds) for part in parts(criterion)]
        enough = len(inner) if rule is ALL else parameters.get("minimum", 1)
    elif rule is c.not_ or (standard and criterion.code == "stage.applies"):
        inner = [Claim(parameters["criterion" if rule is c.not_ else "condition"], _OTHER[state], holds)]
    elif rule is c.when:
        inner = [Claim(parameters["condition"], _OTHER[state], holds), Claim(parameters["then"], state, holds)]
    elif standard and criterion.code == "stage.not_visited":
        inner = [
            Claim(parameters["condition"], _OTHER[state], holds),
            Claim(c.visited(parameters["stage"]), state, holds),
        ]
    else:
        return None
    chosen = enough if (state == "met") is holds else max(0, len(inner) - enough + 1)
    return [list(way) for way in combinations(inner, chosen)] if comb(len(inner), chosen) <= _PATIENCE else None


def is_standard(criterion: Criterion) -> bool:
    """Whether standard moves check it of their own, so that nobody wrote it into the rulebook."""
    return criterion.rule.__module__ == Routes.__module__


def _agree(claims: Iterable[Claim], facts: Facts, moment: Moment) -> bool:
    """Whether claims about simple criteria can be true together."""
    truths: dict[_Key, bool] = {}
    compared: dict[_Key, list[Claim]] = {}
    for claim in claims:
        criterion, state, holds = claim
        rule, parameters = criterion.rule, criterion.parameters
        required = is_standard(criterion) and criterion.code == "activity.required"
        if required or rule in _PLAIN:
            truth = (state == "met") is holds
            key = ("done", parameters["activity"], "deal") if required else (rule.code, *parameters.values())
            if truths.setdefault(key, truth) is not truth or not moment.allows(criterion, truth):
                return False
        elif is_about_a_value(criterion):
            key = ("has_term", "amount") if rule in ABOUT_AMOUNT else ("has", parameters["fact"])
            compared.setdefault(key, []).append(claim)
    if any(key[0] == "done" and truth and truths.get((*key[:2], "deal")) is False for key, truth in truths.items()):
        return False
    return all(_comparable(claims, truths.get(key), facts) for key, claims in compared.items())


def _comparable(claims: Sequence[Claim], known: bool | None, facts: Facts) -> bool:
    """Whether one value makes the claims true, or none where they allow that; `known` says whether there is one."""
    if known is not True and not any(claim.holds for claim in claims):
        return True
    wanted: list[Wanted] = [(each.criterion, (each.state == "met") is each.holds) for each in claims]
    return known is not False and some_value(declared(claims[0].criterion, facts), wanted)
