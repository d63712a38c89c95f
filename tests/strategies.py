"""Hypothesis strategies that the whole suite shares: values, histories, rulebooks, and walks of deals through them."""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from decimal import Decimal
from functools import cache, partial
from typing import Any
from zoneinfo import ZoneInfo

import attrs
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from salesprocess import criteria as c
from salesprocess import events as ev
from salesprocess.criteria import Ask, Criterion, criterion
from salesprocess.deal import Deal, replay
from salesprocess.errors import SalesProcessError
from salesprocess.events import Actor, Event, Status
from salesprocess.facts import Fact, FactValue, Scalar
from salesprocess.money import Money
from salesprocess.process import Process
from salesprocess.rules import Policy, Transition
from salesprocess.stages import CATEGORIES, Activity, LossReason, Stage
from salesprocess.verdicts import Verdict

EPOCH = datetime(2026, 1, 5, 9, tzinfo=UTC)
"""When the deals of `walks` are opened: a Monday morning."""

CURRENCIES = ("EUR", "NOK", "USD")
ROLES = ("clerk", "deal_desk", "manager")
PEOPLE = ("kari", "nils", "ola")
SUBJECTS = ("discount", "terms")
REASONS = ("price", "timing", "duplicate")

ZONES: tuple[tzinfo, ...] = (
    UTC,
    ZoneInfo("Europe/Oslo"),
    ZoneInfo("America/New_York"),
    ZoneInfo("America/Havana"),  # clocks go back at one o'clock: midnight comes twice
    ZoneInfo("America/Sao_Paulo"),  # clocks went forward at midnight: some days begin at one o'clock
    ZoneInfo("Australia/Lord_Howe"),  # summer time is half an hour
    ZoneInfo("Asia/Kathmandu"),
    timezone(-timedelta(hours=3, minutes=30)),
)


@cache
def money(
    *, currency: str | None = None, minimum: str | int | Decimal = 0, maximum: str | int | Decimal = 10**9
) -> SearchStrategy[Money]:
    """Amounts with at most two decimal places; in one currency, or in any of `CURRENCIES`."""
    amounts = st.decimals(Decimal(minimum), Decimal(maximum), places=2, allow_nan=False, allow_infinity=False)
    return st.builds(Money, amounts, st.sampled_from(CURRENCIES) if currency is None else st.just(currency))


@cache
def zones() -> SearchStrategy[tzinfo]:
    """Time zones with every oddity that instants have to survive."""
    return st.sampled_from(ZONES)


@cache
def instants(
    minimum: datetime = datetime(2000, 1, 1), maximum: datetime = datetime(2060, 1, 1)
) -> SearchStrategy[datetime]:
    """Aware datetimes in several zones, on both sides of a fold and also where the clock jumps; bounds are naive."""
    moments = st.datetimes(minimum, maximum, timezones=zones()) | st.builds(
        _near, st.sampled_from(_JUMPS), st.timedeltas(-timedelta(hours=3), timedelta(hours=3)), zones()
    )
    return st.builds(lambda moment, fold: moment.replace(fold=fold), moments, st.sampled_from((0, 1)))


_JUMPS = (
    datetime(2026, 3, 29, 1, tzinfo=UTC),
    datetime(2026, 10, 25, 1, tzinfo=UTC),
    datetime(2026, 11, 1, 5, tzinfo=UTC),
    datetime(2017, 10, 15, 3, tzinfo=UTC),
)
"""When clocks were changed: Oslo forward and back, Havana and New York back, São Paulo forward."""


def _near(jump: datetime, distance: timedelta, zone: tzinfo) -> datetime:
    return (jump + distance).astimezone(zone)


@cache
def actors() -> SearchStrategy[Actor]:
    """People with any of `ROLES`."""
    return st.builds(Actor, st.sampled_from(PEOPLE), roles=st.frozensets(st.sampled_from(ROLES)))


@cache
def texts() -> SearchStrategy[str]:
    """Texts that say something, in any script."""
    return st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=8).filter(str.strip)


@cache
def names() -> SearchStrategy[str]:
    """Identifiers."""
    return st.from_regex(r"[a-z][a-z0-9_-]{0,6}", fullmatch=True)


_SCALARS: dict[type[Scalar], Callable[[], SearchStrategy[Any]]] = {
    str: lambda: st.text(st.characters(exclude_categories=("Cs",)), max_size=8),
    int: lambda: st.integers(-(10**12), 10**12),
    float: lambda: st.floats(allow_nan=False, allow_infinity=False),
    bool: st.booleans,
    Decimal: lambda: st.decimals(-(10**9), 10**9, places=3, allow_nan=False, allow_infinity=False),
    date: lambda: st.dates(date(2000, 1, 1), date(2060, 1, 1)),
    datetime: instants,
    Money: lambda: money(minimum=-(10**9)),
}


@cache
def scalars(kind: type[Scalar] | None = None) -> SearchStrategy[Any]:
    """One value of a kind, or of any kind, that a fact can have; instants are in any zone."""
    return _SCALARS[kind]() if kind else st.one_of(*(make() for make in _SCALARS.values()))


@cache
def fact_values() -> SearchStrategy[FactValue]:
    """Values that a record can hold, as a caller may give them."""
    return scalars() | st.lists(scalars(), max_size=3).map(tuple)


@st.composite
def facts(draw: DrawFn, kind: type[Scalar] | None = None) -> Fact:
    """Declarations of any kind, with bounds in order and choices between them."""
    chosen: type[Scalar] = kind or draw(st.sampled_from(list(_SCALARS)))
    utc = instants().map(
        partial(datetime.astimezone, tz=UTC)
    )  # within one zone, order is that of the clock on the wall
    values = money(currency="EUR") if chosen is Money else utc if chosen is datetime else scalars(chosen)
    bounds = sorted(draw(st.tuples(values, values)))
    minimum, maximum = (draw(st.sampled_from((None, bound))) for bound in bounds)
    choices = draw(st.sampled_from(((), (bounds[0],), tuple(bounds))))
    return Fact(draw(names()), chosen, minimum, maximum, choices=choices, many=draw(st.booleans()), label=draw(texts()))


@cache
def values_of(fact: Fact) -> SearchStrategy[Any]:
    """The values that a declared fact takes."""
    one = st.sampled_from(fact.choices) if fact.choices else _within(fact)
    return st.lists(one, max_size=3).map(tuple) if fact.many else one


def _within(fact: Fact) -> SearchStrategy[Any]:
    def clamp(value: Any) -> Any:
        if fact.minimum is not None and value < fact.minimum:
            return fact.minimum
        return fact.maximum if fact.maximum is not None and value > fact.maximum else value

    bounds = [bound for bound in (fact.minimum, fact.maximum) if isinstance(bound, Money)]
    values = money(currency=bounds[0].currency) if bounds else scalars(fact.kind)
    return values.map(clamp)


@cache
def terms() -> SearchStrategy[dict[str, Any]]:
    """Terms of a deal, as the verbs take them."""
    return st.fixed_dictionaries(
        {},
        optional={
            "amount": money(),
            "owner": st.sampled_from(PEOPLE),
            "expected_close": st.dates(date(2026, 1, 1), date(2027, 12, 31)),
            "probability": st.floats(0, 1),
            "category": st.sampled_from([category for category in CATEGORIES if category != "closed"]),
        },
    )


PLACES: dict[str, Status] = {
    "lead": "open",
    "offer": "open",
    "terms": "open",
    "signed": "won",
    "installation": "won",
    "lost": "lost",
}
"""The stages of `histories`, with the status of a deal in them."""

KINDS: tuple[type[Event], ...] = Event.__args__  # type: ignore[attr-defined]
"""Every kind of event."""


@cache
def _told() -> SearchStrategy[dict[str, FactValue]]:
    return st.dictionaries(st.sampled_from(("seats", "heritage", "region", "tags")), fact_values(), max_size=2)


@cache
def _removed(*among: str) -> SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(among), unique=True, max_size=2).map(tuple)


@cache
def _stages() -> SearchStrategy[str]:
    return st.sampled_from(list(PLACES))


@cache
def _maybe(strategy: SearchStrategy[Any]) -> SearchStrategy[Any]:
    return st.none() | strategy


_CONTENT: dict[type[Any], Callable[[], dict[str, SearchStrategy[Any]]]] = {
    ev.Opened: lambda: {
        "process": st.sampled_from(("solar", "wind")),
        "version": st.integers(1, 3),
        "stage": _stages(),
        "terms": terms(),
        "facts": _told(),
        "observed": st.booleans(),
    },
    ev.Entered: lambda: {
        "transition": st.sampled_from(("advance", "win", "lose", "reopen", "override", "imported")),
        "source": _maybe(_stages()),
        "destination": _stages(),
        "overridden": _removed("offer.entry:has(seats)", "terms.exit:done(call)"),
        "skipped": _removed("offer", "terms"),
    },
    ev.ActivityDone: lambda: {
        "activity": st.sampled_from(("call", "visit", "demo")),
        "extra": st.booleans(),
        "text": st.just("") | texts(),
    },
    ev.FactsLearnt: lambda: {"facts": _told(), "forgotten": _removed("seats", "region")},
    ev.Amended: lambda: {"terms": terms(), "cleared": _removed("amount", "owner", "expected_close")},
    ev.Approved: lambda: {"subject": st.sampled_from(SUBJECTS), "role": _maybe(st.sampled_from(ROLES))},
    ev.ApprovalWithdrawn: lambda: {"subject": st.sampled_from(SUBJECTS), "role": _maybe(st.sampled_from(ROLES))},
    ev.ObjectionRaised: lambda: {"objection": st.sampled_from(REASONS), "text": st.just("") | texts()},
    ev.ObjectionResolved: lambda: {"raised": st.integers(1, 12), "how": st.just("") | texts()},
    ev.Noted: lambda: {"text": texts()},
    ev.Held: dict,
    ev.Resumed: dict,
    ev.Waived: lambda: {"requirement": st.sampled_from(("offer.entry:has(seats)", "terms.exit:done(call)"))},
    ev.Migrated: lambda: {
        "process": st.sampled_from(("solar", "wind")),
        "version": st.integers(1, 3),
        "stage": _stages(),
        "stages": st.sampled_from(({}, {"offer": "bid"}, {"terms": "offer", "offer": "terms"})),
    },
}
"""What is particular to each kind, apart from what follows from the time and from the stage."""


@cache
def _content(kind: type[Any]) -> dict[str, SearchStrategy[Any]]:
    """Building a strategy costs more than drawing from it, so it is done once; the same goes for `cache` elsewhere."""
    return _CONTENT[kind]()


_SPANS = st.sampled_from((timedelta(0), timedelta(minutes=10), timedelta(days=1))) | st.timedeltas(
    timedelta(0), timedelta(days=60)
)
"""Times between two events; none at all is common."""


@st.composite
def events(
    draw: DrawFn,
    deal: str = "ACME-1",
    *,
    revision: int | None = None,
    at: datetime | None = None,
    kinds: Iterable[type[Event]] = KINDS,
    **content: SearchStrategy[Any],
) -> Any:
    """One event of any of the `kinds`; `content` narrows what its fields are drawn from."""
    kind = draw(st.sampled_from(list(kinds)))
    at = draw(instants()) if at is None else at
    fields: dict[str, Any] = {
        "deal": deal,
        "revision": draw(st.integers(1, 12)) if revision is None else revision,
        "at": at,
        "by": draw(_maybe(actors())),
        "reason": draw(_maybe(st.sampled_from(REASONS) | texts())),
        "imported": draw(st.booleans()),
    }
    known = {field.name for field in attrs.fields(kind)}
    drawn = {**_content(kind), **{name: value for name, value in content.items() if name in known}}
    fields.update((name, draw(strategy)) for name, strategy in drawn.items())
    fields["key"] = draw(st.sampled_from((None, f"key-{fields['revision']}")))
    if kind is ev.Opened:
        fields["status"] = PLACES[fields["stage"]]
    if kind is ev.Entered:
        fields["status"] = PLACES[fields["destination"]]
    if kind in (ev.ActivityDone, ev.Noted) and (before := draw(_maybe(_SPANS))) is not None:
        fields["happened"] = at.astimezone(UTC) - before
    if kind is ev.Held and (wait := draw(_maybe(_SPANS))) is not None:
        fields["until"] = at.astimezone(UTC) + wait + timedelta(hours=1)
    return kind(**fields)


@st.composite
def histories(draw: DrawFn, deal: str = "ACME-1", *, min_size: int = 1, max_size: int = 8) -> tuple[Event, ...]:
    """Whole histories, made without a rulebook: opened first, gapless, never back in time, every kind possible.

    A deal is held only while it is open, and only what was raised is resolved; otherwise anything may follow anything.
    """
    at = draw(instants()).astimezone(UTC)
    opened = draw(events(deal, revision=1, at=at, kinds=[ev.Opened]))
    history: list[Event] = [opened]
    stage, status, pending = opened.stage, opened.status, set[int]()
    for revision in range(2, draw(st.integers(min_size, max_size)) + 1):
        at += draw(_SPANS)
        unfit = (
            {ev.Opened} | ({ev.Held} if status != "open" else set()) | ({ev.Resumed} if status != "on_hold" else set())
        )
        unfit |= set() if pending else {ev.ObjectionResolved}
        like = [place for place, kind in PLACES.items() if kind == PLACES[stage]]
        event = draw(
            events(
                deal,
                revision=revision,
                at=at,
                kinds=[
                    *(kind for kind in KINDS if kind not in unfit),
                    *([ev.Resumed] * 4 if status == "on_hold" else []),
                ],
                source=st.sampled_from((stage, stage, None)),
                destination=st.just("lost") if status == "on_hold" else _stages(),
                raised=st.sampled_from(sorted(pending) or [0]),
                **({"stage": st.sampled_from(like)} if like else {}),
            )
        )
        history.append(event)
        if isinstance(event, ev.Entered):
            stage, status = event.destination, event.status
        elif isinstance(event, ev.Migrated):
            stage = event.stage
        elif isinstance(event, ev.Held | ev.Resumed):
            status = "on_hold" if isinstance(event, ev.Held) else "open"
        elif isinstance(event, ev.ObjectionRaised):
            pending.add(revision)
        elif isinstance(event, ev.ObjectionResolved):
            pending.discard(event.raised)
    return tuple(history)


def deals(deal: str = "ACME-1", *, min_size: int = 1, max_size: int = 8) -> SearchStrategy[Deal]:
    """Deals that no rulebook knows, replayed from `histories`."""
    return histories(deal, min_size=min_size, max_size=max_size).map(replay)


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
"""What every rulebook of `processes` declares."""

OPEN_STAGES = ("lead", "talks", "survey", "offer", "terms", "paper")
AFTER_SALE = ("installation", "support")
ACTIVITIES = ("call", "visit", "demo")
CUSTOM = ("fast_track", "shortcut", "detour")


@criterion("roomy", "there are too few seats", names={"fact": "fact"})
def roomy(deal: Deal, ask: Ask, *, fact: str = "seats") -> bool:
    """Fails until the fact is known, as a careless rule of a user does."""
    return bool(deal.facts[fact] > 2)  # type: ignore[operator]  # pyright: ignore


@criterion("forgetful", "nobody answered")
def forgetful(deal: Deal, ask: Ask, answer: int | None = None) -> bool | Verdict:
    """Answers with something that is neither a bool nor a verdict."""
    return answer  # type: ignore[return-value]  # pyright: ignore


@criterion("by_manager", "it takes a manager")
def by_manager(deal: Deal, ask: Ask) -> bool:
    """A rule about who asks."""
    return ask.by is not None and "manager" in ask.by.roles


@cache
def stock_criteria(
    stages: tuple[str, ...] = ("lead",), activities: tuple[str, ...] = ACTIVITIES
) -> SearchStrategy[Criterion]:
    """Every stock rule that is not made of others, and a rule of a user."""
    changing = _removed("amount", "owner", "seats", "region")
    rules = [
        st.builds(c.has, st.sampled_from([fact.name for fact in FACTS])),
        st.builds(partial(c.equals, "heritage"), st.booleans()),
        st.builds(partial(c.equals, "seats"), st.integers(0, 3)),
        st.builds(partial(c.one_of, "region"), st.sampled_from((("north",), ("north", "south")))),
        st.builds(partial(c.at_least, "seats"), st.integers(0, 5)),
        st.builds(partial(c.at_least, "margin"), st.sampled_from((Decimal("0.2"), Decimal("0.5")))),
        st.builds(partial(c.at_least, "budget"), money(currency="EUR", maximum=1000)),
        st.builds(partial(c.count_at_least, "tags"), st.integers(1, 2)),
        st.builds(c.has_term, st.sampled_from(("amount", "owner"))),
        st.builds(c.visited, st.sampled_from(stages)),
        st.builds(c.amount_at_least, money(currency="EUR", maximum=1000)),
        st.builds(c.objections_resolved),
        st.builds(
            c.approved,
            st.sampled_from(SUBJECTS),
            role=_maybe(st.sampled_from(ROLES)),
            while_unchanged=changing,
            not_by=st.sampled_from((None, "owner")),
        ),
        st.builds(by_manager),
    ]
    if activities:
        rules.append(st.builds(c.done, st.sampled_from(activities), during=st.sampled_from(("deal", "visit"))))
    return st.one_of(rules)


@cache
def faulty_criteria() -> SearchStrategy[Criterion]:
    """Rules that raise, always or until a fact is known, or answer with nonsense."""
    return st.builds(roomy) | st.builds(forgetful, st.sampled_from((None, 0, 1)))


def compound(inner: SearchStrategy[Criterion], max_leaves: int = 4) -> SearchStrategy[Criterion]:
    """Criteria made of others, in up to a few layers."""

    def layer(parts: SearchStrategy[Criterion]) -> SearchStrategy[Criterion]:
        several = st.lists(parts, max_size=3)
        return st.one_of(
            st.builds(c.not_, parts),
            st.builds(c.when, parts, parts),
            several.map(lambda each: c.all_of(*each)),
            several.map(lambda each: c.any_of(*each)),
        )

    return st.recursive(inner, layer, max_leaves=max_leaves)


_DURATIONS = st.sampled_from((timedelta(minutes=10), timedelta(days=1), timedelta(days=14)))


@cache
def _demands(
    stages: tuple[str, ...], activities: tuple[str, ...], *, faults: bool
) -> tuple[SearchStrategy[list[Criterion]], SearchStrategy[Criterion | None]]:
    """What a place in a rulebook may want, mostly nothing, and when a stage or a transition may apply."""
    simple = stock_criteria(stages, activities)
    single = compound(simple | faulty_criteria() if faults else simple)
    several = st.sampled_from((0, 0, 0, 0, 0, 0, 1, 2)).flatmap(
        lambda size: st.lists(single, min_size=size, max_size=size)
    )
    easy = st.builds(partial(c.equals, "heritage"), st.booleans()) | st.builds(
        partial(c.at_least, "seats"), st.integers(1, 4)
    )
    return several, _maybe(easy | single)


@st.composite
def processes(draw: DrawFn, *, faults: bool = False, name: str = "generated", version: int = 1) -> Process:
    """Sound rulebooks of one to six open stages that use everything a rulebook can say.

    With `faults`, some of the criteria raise or answer with nonsense.
    """
    opens = list(OPEN_STAGES[: draw(st.integers(1, 6))])
    after = list(AFTER_SALE[: draw(st.integers(0, 2))])
    work = {
        stage: draw(st.lists(st.sampled_from(ACTIVITIES), unique=True, max_size=2)) for stage in (*opens, "won", *after)
    }
    listed = sorted({activity for each in work.values() for activity in each})
    several, condition = _demands((*opens, *after, "won", "lost"), tuple(listed), faults=faults)
    spans = _maybe(_DURATIONS)

    def activities(stage: str) -> list[Activity]:
        return [
            Activity(each, required=draw(st.sampled_from((False, False, False, True))), within=draw(spans))
            for each in work[stage]
        ]

    stages = [
        Stage(
            stage,
            draw(_maybe(st.floats(0, 1))),
            draw(_maybe(st.sampled_from(CATEGORIES))),
            draw(spans),
            activities=activities(stage),
            entry=draw(several),
            exit=draw(several),
            locked=draw(several),
            when=draw(condition) if draw(st.booleans()) else None,
            optional=draw(st.booleans()),
        )
        for stage in opens
    ]
    won = Stage.won("won", entry=draw(several), locked=draw(several), activities=activities("won"))
    sold = [
        Stage.after_sale(
            stage,
            activities=activities(stage),
            entry=draw(several),
            exit=draw(several),
            when=draw(condition),
            optional=draw(st.booleans()),
        )
        for stage in after
    ]
    reasons = draw(st.sampled_from(((), REASONS[:2], (*REASONS[:2], LossReason("duplicate", counts=False)))))
    every = [*opens, "won", *after, "lost"]
    transitions = []
    for _ in range(draw(st.integers(0, 4))):
        source = draw(st.sampled_from(every))
        barred = {source} | (set() if source in ("won", *after) else set(after))
        destination = draw(st.sampled_from([stage for stage in every if stage not in barred]))
        transitions.append(
            Transition(draw(st.sampled_from(CUSTOM)), source, destination, criteria=draw(several), when=draw(condition))
        )
    distinct = {(each.name, each.source, each.destination): each for each in transitions}
    return Process(
        name,
        version=version,
        facts=FACTS,
        stages=[*stages, won, *sold, Stage.lost("lost", reasons=reasons)],
        transitions=distinct.values(),
        policy=draw(policies(opens)),
    )


def policies(opens: Iterable[str] = ("lead",)) -> SearchStrategy[Policy]:
    """Every value that each policy can have; `opens` are the names of the open stages."""
    names = list(opens)
    some = st.lists(st.sampled_from(names), min_size=1, unique=True)
    return st.builds(
        Policy,
        skip=st.sampled_from(("never", "optional", "any")),
        back=st.sampled_from(("never", "previous", "any")),
        win=st.sampled_from(("end", "any")) | some,
        reopen=st.sampled_from(("left", "never", *names)),
        override=st.sampled_from(("never", "recorded")) | st.lists(st.sampled_from(ROLES), min_size=1, unique=True),
        facts=st.sampled_from(("declared", "free")),
        clock_skew=st.sampled_from((timedelta(0), timedelta(seconds=1), timedelta(hours=1))),
    )


@attrs.frozen
class Command:
    """A verb with its arguments, to be tried on a deal."""

    verb: str
    arguments: Mapping[str, Any]

    def run(self, process: Process, deal: Deal) -> Deal:
        """The deal after the verb; raises what the verb raises."""
        after: Deal = getattr(process, self.verb)(deal, **self.arguments)
        return after


@attrs.frozen
class Step:
    """One command that was tried: what it made of the deal, or the error that left the deal as it was."""

    before: Deal
    command: Command
    after: Deal
    error: SalesProcessError | None = None


@attrs.frozen
class Walk:
    """A deal on its way through a process."""

    process: Process
    opened: Deal
    steps: tuple[Step, ...]

    @property
    def deal(self) -> Deal:
        """The deal at the end."""
        return self.steps[-1].after if self.steps else self.opened

    @property
    def deals(self) -> tuple[Deal, ...]:
        """Every state the deal was in, the first one included."""
        return tuple(dict.fromkeys((self.opened, *(step.after for step in self.steps))))


@cache
def learnable() -> SearchStrategy[dict[str, FactValue]]:
    """Facts as a process of `processes` takes them."""
    return st.dictionaries(st.sampled_from(FACTS), st.none(), max_size=4).flatmap(
        lambda chosen: st.fixed_dictionaries({fact.name: values_of(fact) for fact in chosen})
    )


@st.composite
def openings(draw: DrawFn, process: Process, deal: str = "ACME-1", at: datetime = EPOCH) -> Deal:
    """A new deal; where the rules let none begin, an import puts it into the first stage."""
    given: dict[str, Any] = {"facts": draw(learnable()), "by": draw(_maybe(actors())), **draw(terms())}
    opens = [stage.name for stage in process.stages if stage.kind == "open"]
    try:
        return process.open(deal, at=at, stage=draw(_maybe(st.sampled_from(opens))), **given)
    except SalesProcessError:
        return replay(
            [
                ev.Opened(
                    deal=deal,
                    revision=1,
                    at=at,
                    process=process.name,
                    version=process.version,
                    stage=draw(st.sampled_from(opens)),
                    imported=True,
                )
            ]
        )


_MOVES = ("advance", "win", "lose", "reopen", "move", "take", "override")
_WORK = ("record", "learn", "amend", "approve", "raise_objection", "note")
_OTHER = ("withdraw_approval", "resolve_objection", "waive", "hold", "resume")
_APT: dict[Status, tuple[str, ...]] = {
    "open": ("advance", "move", "take", "win", "record", "learn", "amend", "approve", "waive", "hold"),
    "on_hold": ("resume", "lose", "record"),
    "won": ("advance", "take", "reopen", "move"),
    "lost": ("reopen", "override", "take"),
}
"""The verbs that are apt to get somewhere, by the status of the deal."""


@st.composite
def commands(draw: DrawFn, process: Process, deal: Deal) -> Command:
    """Any verb with arguments that could make sense for the deal now; many are refused, few are nonsense."""
    verb = draw(st.sampled_from(_APT[deal.status]) | st.sampled_from((*_MOVES, *_WORK, *_OTHER)))
    at = deal.updated_at + draw(_SPANS)
    given: dict[str, Any] = {"at": at.astimezone(draw(zones())), "by": draw(_maybe(actors() | st.sampled_from(PEOPLE)))}
    used = [event.key for event in deal.history if event.key]
    given["key"] = draw(st.sampled_from((None, None, None, f"key-{deal.revision}", *used[-1:])))
    stages = [stage.name for stage in process.stages]
    reasons = st.sampled_from((*REASONS, *REASONS, None))
    if verb in ("move", "override"):
        given["destination"] = draw(st.sampled_from(stages))
    if verb == "take":
        offered = [option.name for option in process.options(deal, at=at) if option.allowed]
        customs = [transition.name for transition in process.transitions]
        anything = ["advance", "win", "reopen", *customs, *(f"to_{each}" for each in stages)]
        given["name"] = draw(st.sampled_from(offered or anything) | st.sampled_from(anything))
    if verb in (*_MOVES, "learn", "amend", "approve", "withdraw_approval", "waive", "hold", "resume"):
        given["reason"] = draw(reasons)
    if verb == "record":
        listed = [activity.name for stage in process.stages for activity in stage.activities]
        given["activity"] = draw(st.sampled_from(listed or ACTIVITIES) | st.sampled_from(ACTIVITIES))
        given["extra"] = draw(st.booleans())
    if verb == "learn":
        given["facts"] = draw(learnable())
        given["forget"] = draw(st.just(()) | _removed("seats", "heritage", "region"))
    if verb == "amend":
        given.update(draw(terms()))
        given["clear"] = draw(st.just(()) | _removed("amount", "owner"))
    if verb in ("approve", "withdraw_approval"):
        given["subject"] = draw(st.sampled_from(SUBJECTS))
        given["role"] = draw(st.sampled_from((*ROLES, None)))
    if verb == "approve":
        given["extra"] = draw(st.booleans())
    if verb == "raise_objection":
        given["objection"] = draw(st.sampled_from(REASONS))
    if verb == "resolve_objection":
        raised = [objection.number for objection in deal.objections]
        given["number"] = draw(st.sampled_from(raised or [1]))
    if verb == "note":
        given["text"] = draw(texts())
    if verb == "hold":
        given["until"] = draw(_maybe(st.just(at + timedelta(days=7))))
    if verb == "waive":
        options = process.options(deal, at=at)
        unmet = {reason.requirement for option in options for reason in option.unmet if reason.requirement}
        given["requirement"] = draw(st.sampled_from(sorted(unmet) or ["lead.exit:has(seats)"]))
    return Command(verb, given)


@st.composite
def walks(draw: DrawFn, process: Process | None = None, *, max_steps: int = 10, faults: bool = False) -> Walk:
    """A deal that tries its way through a process; without one, through any of `processes`.

    Errors of the library are part of the walk; any other exception is a bug and comes out.
    """
    process = draw(processes(faults=faults)) if process is None else process
    opened = deal = draw(openings(process))
    steps = []
    for _ in range(draw(st.integers(0, max_steps) | st.just(max_steps))):
        command = draw(commands(process, deal))
        try:
            steps.append(Step(deal, command, command.run(process, deal)))
        except SalesProcessError as error:
            steps.append(Step(deal, command, deal, error))
        deal = steps[-1].after
    return Walk(process, opened, tuple(steps))
