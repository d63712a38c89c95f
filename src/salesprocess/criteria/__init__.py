"""Rules about a deal as values: they compare, pickle, explain themselves, and answer in three values.

A criterion is made by calling its rule: `has("roof_area")`, `amount_at_least(Money("1000", "EUR"))`. Write a rule of
your own with `@criterion`; it is in no way different from the ones here. Qualification frameworks, which few programs
need, are in `salesprocess.criteria.frameworks`.
"""

from __future__ import annotations

from collections.abc import Iterable

from salesprocess.criteria.consent import (
    approvals_at_least,
    approved,
    asked_by_owner,
    asked_by_role,
    not_asked_by_owner,
)
from salesprocess.criteria.known import (
    at_least,
    at_most,
    contains,
    count_at_least,
    equals,
    has,
    has_term,
    matches,
    one_of,
    term_equals,
)
from salesprocess.criteria.logic import _all_of as _all_of  # pyright: ignore[reportPrivateUsage]
from salesprocess.criteria.logic import _any_of as _any_of  # pyright: ignore[reportPrivateUsage]
from salesprocess.criteria.logic import _at_least_of as _at_least_of  # pyright: ignore[reportPrivateUsage]
from salesprocess.criteria.logic import all_of, any_of, at_least_of, not_, when
from salesprocess.criteria.moments import after, before, not_before, waited, within
from salesprocess.criteria.rule import Ask, Criterion, Rule, Subject, criterion
from salesprocess.criteria.work import (
    done,
    done_by_role,
    done_times,
    done_within,
    objections_resolved,
    visited,
    visited_times,
)
from salesprocess.criteria.worth import (
    amount_at_least,
    amount_at_most,
    annual_recurring_at_least,
    has_items,
    monthly_recurring_at_least,
)

__all__ = [
    "Ask",
    "Criterion",
    "Rule",
    "Subject",
    "after",
    "all_of",
    "amount_at_least",
    "amount_at_most",
    "annual_recurring_at_least",
    "any_of",
    "approvals_at_least",
    "approved",
    "asked_by_owner",
    "asked_by_role",
    "at_least",
    "at_least_of",
    "at_most",
    "before",
    "contains",
    "count_at_least",
    "criterion",
    "done",
    "done_by_role",
    "done_times",
    "done_within",
    "equals",
    "has",
    "has_items",
    "has_term",
    "matches",
    "monthly_recurring_at_least",
    "not_",
    "not_asked_by_owner",
    "not_before",
    "objections_resolved",
    "one_of",
    "term_equals",
    "visited",
    "visited_times",
    "waited",
    "when",
    "within",
]


def _publish(values: Iterable[object]) -> None:
    """Make this package the place of its rules: a pickle that names it survives when a rule moves between modules."""
    for each in (Ask, Criterion, Rule, *(value for value in values if isinstance(value, Rule))):
        each.__module__ = __name__


_publish(tuple(vars().values()))
