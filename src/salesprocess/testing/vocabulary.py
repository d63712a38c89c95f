"""What can be told of the deals of one rulebook: the values that matter to its criteria, and others beside them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from salesprocess.events import TERMS, Actor, Term
from salesprocess.money import Money
from salesprocess.process import Process
from salesprocess.stages import CATEGORIES
from salesprocess.testing.commands import START
from salesprocess.testing.finding import is_strategy
from salesprocess.testing.plain import CURRENCIES, PEOPLE, money, values_of
from salesprocess.testing.values import Values, boundaries, criteria_of

_REASONS = ("price", "timing")
_EXTRA = "errand"
"""Work that no stage lists."""


class Vocabulary:
    """Strategies for everything that a command about a deal of the process can name.

    The names come first that the rulebook knows; the values come first at which one of its criteria changes its mind.

    Args:
        process: the rulebook.
        values: the values of its facts and terms.
        activities: more work that can be recorded, beside what the stages list.
    """

    def __init__(self, process: Process, values: Values, activities: Iterable[str] = ()) -> None:
        self.process = process
        self.values = values
        self._strategies: dict[str, SearchStrategy[Any]] = {}
        self.extra = tuple(dict.fromkeys((*activities, _EXTRA)))
        self.listed = tuple(dict.fromkeys(each.name for stage in process.stages for each in stage.activities))

    def _parameters(self, name: str) -> Iterator[Any]:
        for _, outer in criteria_of(self.process):
            for inner in outer.walk():
                if (value := inner.parameters.get(name)) is not None:
                    yield value

    @cached_property
    def subjects(self) -> tuple[str, ...]:
        """What can be approved."""
        return tuple(dict.fromkeys((*self._parameters("subject"), "discount")))

    @cached_property
    def roles(self) -> tuple[str, ...]:
        """The roles that the rulebook knows, and one that means nothing to it."""
        override = self.process.policy.override
        named = override if isinstance(override, tuple) else ()
        return tuple(dict.fromkeys((*self._parameters("role"), *named, "clerk")))

    def capacities(self, subject: str) -> tuple[str, ...]:
        """The roles in which a subject is approved: those that the rulebook asks for, or any where it does not say."""
        asked = self.process.engine.approvals.get(subject, (None,))
        return self.roles if None in asked else tuple(sorted(each for each in asked if each is not None))

    @cached_property
    def reasons(self) -> tuple[str, ...]:
        """Why a deal can be lost."""
        lost = next(stage for stage in self.process.stages if stage.kind == "lost")
        return tuple(reason.name for reason in lost.reasons) or _REASONS

    @cached_property
    def people(self) -> SearchStrategy[Actor | None]:
        """Who asks: nobody says so, or somebody with roles that the rulebook knows."""
        return st.none() | st.builds(
            Actor, st.sampled_from(PEOPLE), roles=st.lists(st.sampled_from(self.roles), unique=True, max_size=2)
        )

    @cached_property
    def activities(self) -> SearchStrategy[str]:
        """Work that the stages list, and some that they do not."""
        return st.sampled_from((*self.listed, *self.extra))

    def value(self, name: str) -> SearchStrategy[Any]:
        """The values of a fact or a term: as the user says, else those that matter, and others."""
        if name not in self._strategies:  # to make a strategy takes longer than to draw from it
            self._strategies[name] = self._valued(name)
        return self._strategies[name]

    def _valued(self, name: str) -> SearchStrategy[Any]:
        given = self.values.given
        if name in given:
            return given[name] if is_strategy(given[name]) else st.just(given[name])
        known = self.values.of(name)
        others = values_of(self.values.fact(name)) if name in self.values.facts else self._term(name)
        return st.one_of(st.sampled_from(known), st.sampled_from(known), others) if known else others

    def _term(self, name: str) -> SearchStrategy[Term]:
        first = START.date()
        usual: dict[str, SearchStrategy[Any]] = {
            "amount": st.integers(0, 100).map(self._percent) | money(currency=self.values.currency),
            "owner": st.sampled_from(PEOPLE),
            "expected_close": st.dates(first, date(first.year + 1, 12, 31)),
            "probability": st.sampled_from((0.0, 0.5, 1.0)) | st.floats(0, 1),
            "category": st.sampled_from([category for category in CATEGORIES if category != "closed"]),
        }
        return usual[name]

    def _percent(self, share: int) -> Money:
        """An amount between none and the largest that matters: there lie those that rules tell apart.

        Hypothesis draws large numbers seldom, percentages evenly.
        """
        known = [value for value in boundaries(self.process, "amount") if isinstance(value, Money)]
        most = max((value.amount for value in known), default=Decimal(10**6))
        return Money((most * share / 100).quantize(Decimal("0.01")), self.values.currency)

    @cached_property
    def facts(self) -> SearchStrategy[dict[str, Any]]:
        """One fact with a value; nothing where there are no facts."""
        names = [*self.values.facts, *(name for name in self.values.given if name not in TERMS)]
        return self._told_one_by_one(dict.fromkeys(names)) if names else st.just({})

    @cached_property
    def terms(self) -> SearchStrategy[dict[str, Any]]:
        """One term with a value."""
        return self._told_one_by_one(self.values.terms)

    @cached_property
    def agreed(self) -> SearchStrategy[dict[str, Any]]:
        """One of the terms that approvals rest on, with a value; any term where they rest on none."""
        guarded = [name for name in self.values.terms if name in self._guarded]
        return self._told_one_by_one(guarded or self.values.terms)

    @cached_property
    def foreign(self) -> SearchStrategy[Money]:
        """Amounts in a currency of which no criterion speaks; where the user says what an amount is, those."""
        if "amount" in self.values.given:
            return self.value("amount")
        return money(currency=next(currency for currency in CURRENCIES if currency != self.values.currency))

    def _told_one_by_one(self, names: Iterable[str]) -> SearchStrategy[dict[str, Any]]:
        one = {name: st.fixed_dictionaries({name: self.value(name)}) for name in names}
        return st.one_of([one[name] for name in self._weighted(names)])

    @cached_property
    def _guarded(self) -> frozenset[str]:
        """The facts and terms that approvals rest on."""
        return frozenset(name for names in self._parameters("while_unchanged") for name in names)

    def _weighted(self, names: Iterable[str]) -> list[str]:
        """What criteria ask about, or approvals rest on, is drawn more often than the rest."""
        weighted = [(name, 3 if name in self._guarded or boundaries(self.process, name) else 1) for name in names]
        return [name for name, weight in weighted for _ in range(weight)]

    def _several(self, names: Sequence[str]) -> SearchStrategy[dict[str, Any]]:
        return st.fixed_dictionaries({name: self.value(name) for name in names})

    @cached_property
    def opening(self) -> SearchStrategy[dict[str, Any]]:
        """What is known of a new deal: nothing at first, then some facts and terms."""
        names = self._weighted((*self.values.facts, *self.values.terms))
        return st.lists(st.sampled_from(names), max_size=4, unique=True).flatmap(self._several)

    @cached_property
    def spans(self) -> SearchStrategy[timedelta]:
        """Times between two commands: none at first, then those that matter to criteria, then others."""
        spans = (value for value in self._parameters("span") if isinstance(value, timedelta) and value > timedelta(0))
        return st.sampled_from((timedelta(0), timedelta(days=1), *dict.fromkeys(spans))) | st.timedeltas(
            timedelta(0), timedelta(days=60)
        )
