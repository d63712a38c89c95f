"""Strategies for rulebooks: sound by construction, with everything that a rulebook can say, and broken on purpose."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache, lru_cache
from typing import Any

import attrs
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from salesprocess import criteria as c
from salesprocess.criteria import Criterion
from salesprocess.facts import Fact
from salesprocess.money import Money
from salesprocess.process import Process
from salesprocess.rules import MoveLabels, Policy, Transition
from salesprocess.stages import CATEGORIES, Activity, LossReason, Stage
from salesprocess.staleness import Age, InStage, Quiet, Untouched
from salesprocess.testing.plain import ROLES, money

FACTS = (
    Fact("seats", int, minimum=0, maximum=9),
    Fact("heritage", bool),
    Fact("region", str, choices=("north", "south")),
    Fact("area", float, minimum=0, maximum=900),
    Fact("margin", Decimal, minimum=Decimal(0), maximum=Decimal(1)),
    Fact("tags", str, choices=("grid", "roof"), many=True),
    Fact("decided_on", date),
    Fact("met_at", datetime),
    Fact("budget", Money),
)
"""What every rulebook of `processes` declares: a fact of each kind."""

OPEN_STAGES = ("lead", "talks", "survey", "offer", "terms", "paper")
AFTER_SALE = ("installation", "support")
ACTIVITIES = ("call", "visit", "demo")
SUBJECTS = ("discount", "terms")
REASONS = ("price", "timing", "duplicate")
CUSTOM = ("fast_track", "shortcut", "detour")

_SPANS = (timedelta(minutes=10), timedelta(days=1), timedelta(days=14))


@cache
def _plain_rules(stages: tuple[str, ...], activities: tuple[str, ...]) -> SearchStrategy[Criterion]:
    """Every stock rule that is not made of others."""
    changing = st.lists(st.sampled_from(("amount", "owner", "seats", "region")), unique=True, max_size=2).map(tuple)
    euros, small, spans = money(currency="EUR", maximum=1000), st.integers(1, 2), st.sampled_from(_SPANS)
    subjects, role, roles = st.sampled_from(SUBJECTS), st.sampled_from(ROLES), st.sampled_from((None, *ROLES))
    moments = st.sampled_from(("decided_on", "met_at", "expected_close"))
    rules: list[SearchStrategy[Criterion]] = [
        st.builds(c.has, st.sampled_from([fact.name for fact in FACTS])),
        st.builds(c.equals, st.just("heritage"), st.booleans()),
        st.builds(c.equals, st.just("seats"), st.integers(0, 3)),
        st.builds(c.one_of, st.just("region"), st.sampled_from((("north",), ("north", "south")))),
        st.builds(c.at_least, st.just("seats"), st.integers(0, 5)),
        st.builds(c.at_most, st.just("seats"), st.integers(4, 9)),
        st.builds(c.at_least, st.just("margin"), st.sampled_from((Decimal("0.2"), Decimal("0.5")))),
        st.builds(c.at_least, st.just("budget"), euros),
        st.builds(c.count_at_least, st.just("tags"), small),
        st.builds(c.contains, st.just("tags"), st.sampled_from(("grid", "roof"))),
        st.builds(c.matches, st.just("region"), st.sampled_from(("n*", "*th"))),
        st.builds(c.has_term, st.sampled_from(("amount", "owner"))),
        st.builds(c.term_equals, st.just("owner"), st.sampled_from(("kari", "nils"))),
        st.builds(c.visited, st.sampled_from(stages)),
        st.builds(c.visited_times, st.sampled_from(stages), small),
        st.builds(c.amount_at_least, euros),
        st.builds(c.amount_at_most, money(currency="EUR", minimum=1000, maximum=10**6)),
        st.builds(c.has_items),
        st.builds(c.monthly_recurring_at_least, money(currency="EUR", minimum=1, maximum=1000)),
        st.builds(c.annual_recurring_at_least, money(currency="EUR", minimum=1, maximum=1000)),
        st.builds(c.objections_resolved),
        st.builds(c.approved, subjects, role=roles, while_unchanged=changing, not_by=st.sampled_from((None, "owner"))),
        st.builds(c.approvals_at_least, subjects, small, role=roles, while_unchanged=changing),
        st.builds(c.asked_by_role, role),
        st.builds(c.asked_by_owner),
        st.builds(c.not_asked_by_owner),
        st.builds(c.waited, spans, st.sampled_from(("stage", "opening"))),
        st.builds(c.within, spans, st.sampled_from(("stage", "opening"))),
        st.builds(c.not_before, st.sampled_from((date(2026, 1, 6), datetime(2026, 1, 5, 12, tzinfo=UTC)))),
        st.builds(c.after, moments, spans),
        st.builds(c.before, moments, spans),
    ]
    if activities:
        work, during = st.sampled_from(activities), st.sampled_from(("deal", "visit"))
        rules += [
            st.builds(c.done, work, during=during),
            st.builds(c.done_times, work, small, during=during),
            st.builds(c.done_within, work, spans),
            st.builds(c.done_by_role, work, role, during=during),
        ]
    return st.one_of(rules)


def rules(
    *, stages: Iterable[str] = OPEN_STAGES[:1], activities: Iterable[str] = ACTIVITIES
) -> SearchStrategy[Criterion]:
    """Every rule of the library that is not made of others, about `FACTS` and what else is named.

    Args:
        stages: the stages that rules can ask for.
        activities: the activities that rules can ask for.

    >>> from hypothesis import find
    >>> find(rules(), lambda rule: rule.code == "done").code
    'done'
    """
    return _plain_rules(tuple(stages), tuple(activities))


def compound(inner: SearchStrategy[Criterion], *, max_leaves: int = 4) -> SearchStrategy[Criterion]:
    """Criteria made of others, in up to a few layers; the plain ones are among them.

    >>> from hypothesis import find
    >>> find(compound(rules(activities=())), lambda rule: rule.code == "not_").code
    'not_'
    """
    return _compound(inner, max_leaves)


@lru_cache  # to make a strategy takes longer than to draw from it
def _compound(inner: SearchStrategy[Criterion], max_leaves: int) -> SearchStrategy[Criterion]:
    return st.recursive(inner, _layer, max_leaves=max_leaves)


def _layer(parts: SearchStrategy[Criterion]) -> SearchStrategy[Criterion]:
    several = st.lists(parts, max_size=3)
    return st.one_of(
        st.builds(c.not_, parts),
        st.builds(c.when, parts, parts),
        several.map(_all),
        several.map(_any),
        st.lists(parts, min_size=2, max_size=3).map(_two),
    )


def _all(criteria: Sequence[Criterion]) -> Criterion:
    return c.all_of(*criteria)


def _any(criteria: Sequence[Criterion]) -> Criterion:
    return c.any_of(*criteria)


def _two(criteria: Sequence[Criterion]) -> Criterion:
    return c.at_least_of(2, *criteria)


def policies(*, stages: Iterable[str] = OPEN_STAGES[:1]) -> SearchStrategy[Policy]:
    """Every value that each policy can have; `stages` are the names of the open ones.

    >>> from hypothesis import find
    >>> find(policies(), lambda policy: policy.skip == "never").skip
    'never'
    """
    return _policies(tuple(stages))


@cache
def _policies(names: tuple[str, ...]) -> SearchStrategy[Policy]:
    some = st.lists(st.sampled_from(names), min_size=1, unique=True)
    stale = st.sampled_from(
        (InStage(), Quiet(timedelta(days=14)), Untouched("seats", timedelta(days=9)), Age(timedelta(days=90)))
    )
    return st.builds(
        Policy,
        skip=st.sampled_from(("optional", "never", "any")),
        back=st.sampled_from(("any", "never", "previous")),
        win=st.sampled_from(("end", "any")) | some,
        reopen=st.sampled_from(("left", "never", *names)),
        override=st.sampled_from(("recorded", "never")) | st.lists(st.sampled_from(ROLES), min_size=1, unique=True),
        facts=st.sampled_from(("declared", "free")),
        staleness=st.lists(stale, max_size=2, unique_by=type),
        clock_skew=st.sampled_from((timedelta(seconds=1), timedelta(0), timedelta(hours=1))),
    )


@st.composite
def activities(draw: DrawFn, *, names: Sequence[str] = ACTIVITIES, max_size: int = 2) -> tuple[Activity, ...]:
    """The work of a stage, each activity once; nothing at first, seldom required.

    >>> from hypothesis import find
    >>> [work.name for work in find(activities(), lambda works: len(works) == 1)]
    ['call']
    """
    chosen = draw(st.lists(st.sampled_from(names), unique=True, max_size=max_size))
    required, spans = st.sampled_from((False, False, False, True)), st.sampled_from((None, *_SPANS))
    return tuple(Activity(name, required=draw(required), within=draw(spans)) for name in chosen)


@st.composite
def stages(
    draw: DrawFn,
    *,
    name: str = OPEN_STAGES[0],
    criteria: SearchStrategy[Criterion] | None = None,
    work: SearchStrategy[tuple[Activity, ...]] | None = None,
) -> Stage:
    """An open stage with everything that one can say.

    Args:
        name: its name.
        criteria: what its criteria are drawn from; rules about `FACTS` and about the stage itself, if nothing is said.
        work: what its activities are drawn from.

    >>> from hypothesis import find
    >>> [place for place, _ in find(stages(), lambda stage: stage.exit).criteria()]
    ['lead.exit']
    """
    single = compound(rules(stages=(name,), activities=())) if criteria is None else criteria
    return Stage(
        name,
        draw(st.none() | st.floats(0, 1)),
        draw(st.sampled_from((None, *CATEGORIES))),
        draw(st.sampled_from((None, *_SPANS))),
        activities=draw(activities() if work is None else work),
        entry=draw(_few(single)),
        exit=draw(_few(single)),
        locked=draw(_few(single)),
        when=draw(_condition(single)),
        optional=draw(st.booleans()),
        guidance=draw(st.sampled_from(("", "Listen first."))),
        canonical=draw(st.sampled_from((None, "first_contact", "closing"))),
    )


@lru_cache
def _few(criteria: SearchStrategy[Criterion]) -> SearchStrategy[list[Criterion]]:
    """Mostly none: a rulebook that wants too much lets nobody through."""
    of_size = [st.lists(criteria, min_size=size, max_size=size) for size in range(3)]
    return st.sampled_from((0, 0, 0, 0, 0, 0, 1, 2)).flatmap(of_size.__getitem__)


@lru_cache
def _condition(criteria: SearchStrategy[Criterion]) -> SearchStrategy[Criterion | None]:
    easy = st.builds(c.equals, st.just("heritage"), st.booleans()) | st.builds(
        c.at_least, st.just("seats"), st.integers(1, 4)
    )
    return st.one_of(st.none(), st.none(), st.none(), easy, criteria)


@st.composite
def processes(
    draw: DrawFn,
    *,
    name: str = "generated",
    version: int = 1,
    min_stages: int = 1,
    max_stages: int = len(OPEN_STAGES),
    more: SearchStrategy[Criterion] | None = None,
) -> Process:
    """Sound rulebooks that use everything a rulebook can say; they declare `FACTS`.

    Args:
        name, version: of all of them.
        min_stages, max_stages: how many open stages there are, from 1 to 6.
        more: criteria of your own that are drawn beside those of the library.

    >>> from hypothesis import find
    >>> find(processes(), lambda process: True)
    <Process generated version 1: lead → won → lost>
    """
    opens = list(OPEN_STAGES[: draw(st.integers(min_stages, max_stages))])
    after = list(AFTER_SALE[: draw(st.integers(0, len(AFTER_SALE)))])
    work = {stage: draw(activities()) for stage in (*opens, "won", *after)}
    listed = sorted({activity.name for each in work.values() for activity in each})
    plain = rules(stages=(*opens, *after, "won", "lost"), activities=listed)
    single = compound(plain if more is None else plain | more)
    several, condition = _few(single), _condition(single)
    line = [draw(stages(name=stage, criteria=single, work=st.just(work[stage]))) for stage in opens]
    won = Stage.won("won", entry=draw(several), locked=draw(several), activities=work["won"])
    sold = [
        Stage.after_sale(
            stage,
            activities=work[stage],
            entry=draw(several),
            exit=draw(several),
            when=draw(condition),
            optional=draw(st.booleans()),
        )
        for stage in after
    ]
    reasons = draw(st.sampled_from(((), REASONS[:2], (*REASONS[:2], LossReason("duplicate", counts=False)))))
    return Process(
        name,
        version=version,
        facts=FACTS,
        stages=[*line, won, *sold, Stage.lost("lost", reasons=reasons)],
        transitions=draw(_transitions(opens, after, several, condition)),
        policy=draw(policies(stages=opens)),
        label=draw(st.sampled_from(("", "Generated"))),
        tuning=draw(st.sampled_from(("", "2026-Q3"))),
        move_labels=draw(st.sampled_from((MoveLabels(), MoveLabels(advance="On to {stage}")))),
    )


@st.composite
def _transitions(
    draw: DrawFn,
    opens: Sequence[str],
    after: Sequence[str],
    several: SearchStrategy[list[Criterion]],
    condition: SearchStrategy[Criterion | None],
) -> tuple[Transition, ...]:
    every = [*opens, "won", *after, "lost"]
    made: dict[tuple[str, str, str], Transition] = {}
    for _ in range(draw(st.integers(0, 4))):
        source = draw(st.sampled_from(every))
        barred = {source} | (set[str]() if source in ("won", *after) else set(after))
        destination = draw(st.sampled_from([stage for stage in every if stage not in barred]))
        name = draw(st.sampled_from(CUSTOM))
        made[name, source, destination] = Transition(
            name, source, destination, criteria=draw(several), when=draw(condition)
        )
    return tuple(made.values())


@attrs.frozen
class Broken:
    """A rulebook with one thing wrong, as the arguments of `Process`.

    Attributes:
        code: the code of the finding that it is refused with; the fault can bring others along.
        arguments: the arguments.
    """

    code: str
    arguments: dict[str, Any] = attrs.field(eq=False, repr=False)

    def build(self) -> Process:
        """Raise.

        Raises:
            InvalidProcess: always; a finding has the code.
        """
        return Process(**self.arguments)


_Fields = dict[str, Any]


def _first(fields: _Fields, **changed: Any) -> _Fields:
    """The first stage, an open one, changed."""
    first, *others = fields["stages"]
    return {"stages": [attrs.evolve(first, **changed), *others]}


def _without(fields: _Fields, kind: str) -> _Fields:
    return {"stages": [stage for stage in fields["stages"] if stage.kind != kind]}


def _policy(fields: _Fields, **changed: Any) -> _Fields:
    return {"policy": attrs.evolve(fields["policy"], **changed)}


def _move(fields: _Fields, *ends: str, times: int = 1) -> _Fields:
    return {"transitions": [*fields["transitions"], *[Transition(*ends)] * times]}


_FAULTS: dict[str, Callable[[_Fields], _Fields]] = {
    "stage.duplicate": lambda fields: {"stages": [fields["stages"][0], *fields["stages"]]},
    "won.missing": lambda fields: _without(fields, "won"),
    "won.several": lambda fields: {"stages": [*fields["stages"], Stage.won("signed")]},
    "lost.missing": lambda fields: _without(fields, "lost"),
    "lost.several": lambda fields: {"stages": [*fields["stages"], Stage.lost("dead")]},
    "stage.none_open": lambda fields: _without(fields, "open"),
    "stage.order": lambda fields: {"stages": [*fields["stages"], Stage("late")]},
    "stage.kind": lambda fields: _first(fields, kind="maybe"),
    "probability.range": lambda fields: _first(fields, probability=1.2),
    "category.unknown": lambda fields: _first(fields, category="hot"),
    "canonical.unknown": lambda fields: _first(fields, canonical="magic"),
    "duration.invalid": lambda fields: _first(fields, typical_duration=timedelta(0)),
    "activity.duplicate": lambda fields: _first(fields, activities=[Activity("call"), Activity("call")]),
    "name.invalid": lambda _: {"name": "A name for people"},
    "version.invalid": lambda _: {"version": 0},
    "fact.duplicate": lambda fields: {"facts": [*fields["facts"], fields["facts"][0]]},
    "fact.term": lambda fields: {"facts": [*fields["facts"], Fact("amount", int)]},
    "fact.bound": lambda fields: {"facts": [*fields["facts"], Fact("size", int, minimum=2, maximum=1)]},
    "fact.kind": lambda fields: {"facts": [*fields["facts"], Fact("size", list)]},  # type: ignore[arg-type]  # pyright: ignore
    "fact.unknown": lambda fields: _policy(fields, facts="declared") | _first(fields, exit=[c.has("rof_area")]),
    "activity.unknown": lambda fields: _first(fields, exit=[c.done("golf")]),
    "stage.unknown": lambda fields: _first(fields, exit=[c.visited("mars")]),
    "term.unknown": lambda fields: _first(fields, exit=[c.has_term("amuont")]),
    "transition.reserved": lambda fields: _move(fields, "advance", "lead", "won"),
    "transition.nowhere": lambda fields: _move(fields, "jump", "lead", "mars"),
    "transition.loop": lambda fields: _move(fields, "again", "lead", "lead"),
    "transition.duplicate": lambda fields: _move(fields, "jump", "lead", "won", times=2),
    "policy.skip": lambda fields: _policy(fields, skip="all"),
    "policy.back": lambda fields: _policy(fields, back="some"),
    "policy.win": lambda fields: _policy(fields, win=["mars"]),
    "policy.reopen": lambda fields: _policy(fields, reopen="mars"),
    "policy.override": lambda fields: _policy(fields, override="manager"),
    "policy.facts": lambda fields: _policy(fields, facts="any"),
    "policy.clock_skew": lambda fields: _policy(fields, clock_skew=timedelta(seconds=-1)),
    "kind": lambda fields: {"transitions": [*fields["transitions"], "jump"]},
}
"""By the code of a finding, what is changed in a sound rulebook so that it is refused with it."""


@st.composite
def broken_processes(draw: DrawFn, *, codes: Iterable[str] = tuple(_FAULTS)) -> Broken:
    """Sound rulebooks with one thing made wrong.

    Args:
        codes: the findings to choose from, as `salesprocess.lint.CODES` lists the errors.

    Raises:
        KeyError: there is no fault that leads to such a finding.

    >>> from hypothesis import find
    >>> find(broken_processes(codes=["won.missing"]), lambda broken: True)
    Broken(code='won.missing')
    """
    code = draw(st.sampled_from([*codes]))
    process = draw(processes())
    fields = attrs.asdict(process, recurse=False, filter=lambda field, _: field.init)
    return Broken(code, fields | _FAULTS[code](fields))
