"""Strategies for plain values: money, time, people, facts and their values, line items.

Everything is keyword-only and shrinks to the plainest value: no money, the first instant, the first person.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from decimal import Decimal
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from salesprocess.events import Actor
from salesprocess.facts import Fact, Scalar
from salesprocess.money import Money
from salesprocess.pricing import LineItem
from salesprocess.timing import Calendar, Period

CURRENCIES = ("EUR", "NOK", "USD")
PEOPLE = ("kari", "nils", "ola")
ROLES = ("clerk", "deal_desk", "manager")

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

_JUMPS = (
    datetime(2026, 3, 29, 1, tzinfo=UTC),
    datetime(2026, 10, 25, 1, tzinfo=UTC),
    datetime(2026, 11, 1, 5, tzinfo=UTC),
    datetime(2017, 10, 15, 3, tzinfo=UTC),
)
"""When clocks were changed: Oslo forward and back, Havana and New York back, São Paulo forward."""

_FIRST, _LAST = date(2000, 1, 1), date(2060, 1, 1)
_FIRST_MOMENT, _LAST_MOMENT = datetime(2000, 1, 1), datetime(2060, 1, 1)  # noqa: DTZ001 - a zone is drawn for them


def money(
    *, currency: str | None = None, minimum: str | int | Decimal = 0, maximum: str | int | Decimal = 10**9
) -> SearchStrategy[Money]:
    """Amounts with at most two decimal places.

    Args:
        currency: the only one; None draws one of `CURRENCIES`.
        minimum, maximum: inclusive bounds on the amount.

    >>> from hypothesis import find
    >>> find(money(currency="NOK", minimum=100), lambda price: True)
    Money('100.00', 'NOK')
    """
    amounts = st.decimals(Decimal(minimum), Decimal(maximum), places=2, allow_nan=False, allow_infinity=False)
    return st.builds(Money, amounts, st.sampled_from(CURRENCIES) if currency is None else st.just(currency))


def zones() -> SearchStrategy[tzinfo]:
    """Time zones with every oddity that instants have to survive; `UTC` is the plainest.

    >>> from hypothesis import find
    >>> find(zones(), lambda zone: True)
    datetime.timezone.utc
    """
    return st.sampled_from(ZONES)


@st.composite
def instants(draw: DrawFn, *, minimum: datetime = _FIRST_MOMENT, maximum: datetime = _LAST_MOMENT) -> datetime:
    """Aware datetimes in several zones, on both sides of a fold and also where the clock jumps.

    Args:
        minimum, maximum: inclusive bounds on what the clock on the wall shows; naive.

    >>> from hypothesis import find
    >>> find(instants(minimum=datetime(2026, 1, 1)), lambda moment: True).tzinfo
    datetime.timezone.utc
    """
    zone = draw(zones())
    jumps = [jump for jump in _JUMPS if minimum < jump.replace(tzinfo=None) < maximum]
    if jumps and draw(st.integers(0, 2)) == 2:
        hours = draw(st.timedeltas(-timedelta(hours=3), timedelta(hours=3)))
        moment = (draw(st.sampled_from(jumps)) + hours).astimezone(zone)
    else:
        moment = draw(st.datetimes(minimum, maximum, timezones=st.just(zone)))
    return moment.replace(fold=draw(st.sampled_from((0, 1))))


@st.composite
def periods(draw: DrawFn, *, minimum: int = 2020, maximum: int = 2030) -> Period:
    """Half-open periods in any zone: calendar months, fiscal quarters and years, and any two instants in order.

    Args:
        minimum, maximum: the years, inclusive, in which a period begins.

    >>> from hypothesis import find
    >>> str(find(periods(), lambda period: True))
    '2020-01'
    """
    year, kind = draw(st.integers(minimum, maximum)), draw(st.sampled_from(("month", "fiscal", "free")))
    if kind == "month":
        return Calendar(draw(zones())).month_of(date(year, draw(st.integers(1, 12)), 1))
    if kind == "fiscal":
        calendar = Calendar(draw(zones()), draw(st.integers(1, 12)))
        return draw(st.sampled_from((calendar.year(year), *calendar.quarters(year))))
    start = datetime(year, 1, 1, tzinfo=UTC) + draw(st.timedeltas(timedelta(0), timedelta(days=365)))
    length = draw(st.timedeltas(timedelta(microseconds=1), timedelta(days=800)))
    return Period(start, start + length, draw(zones()))


def actors(*, people: Sequence[str] = PEOPLE, roles: Sequence[str] = ROLES) -> SearchStrategy[Actor]:
    """People with any of the roles; without one at first.

    >>> from hypothesis import find
    >>> find(actors(), lambda actor: bool(actor.roles))
    Actor(id='kari', roles=frozenset({'clerk'}))
    """
    return st.builds(Actor, st.sampled_from(people), roles=st.frozensets(st.sampled_from(roles)))


def texts() -> SearchStrategy[str]:
    """Texts that say something, in any script.

    >>> from hypothesis import find
    >>> len(find(texts(), lambda text: True))
    1
    """
    return st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=8).filter(str.strip)


def names() -> SearchStrategy[str]:
    """Identifiers, as stages, facts and activities have them.

    >>> from hypothesis import find
    >>> len(find(names(), lambda name: len(name) > 1))
    2
    """
    return st.from_regex(r"[a-z][a-z0-9_-]{0,6}", fullmatch=True)


_SCALARS: dict[type[Scalar], Callable[[], SearchStrategy[Any]]] = {
    str: lambda: st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
    int: lambda: st.integers(-(10**12), 10**12),
    float: lambda: st.floats(allow_nan=False, allow_infinity=False),
    bool: st.booleans,
    Decimal: lambda: st.decimals(-(10**9), 10**9, places=3, allow_nan=False, allow_infinity=False),
    date: lambda: st.dates(_FIRST, _LAST),
    datetime: instants,
    Money: lambda: money(minimum=-(10**9)),
}


def scalars(*, kind: type[Scalar] | None = None) -> SearchStrategy[Any]:
    """One value of a kind, or of any kind, that a fact can have; instants are in any zone.

    >>> from hypothesis import find
    >>> find(scalars(kind=int), lambda value: value > 10)
    11
    """
    kinds: tuple[Any, ...] = tuple(_SCALARS) if kind is None else (kind,)
    return st.one_of([_of_kind(each) for each in kinds])


@cache
def _of_kind(kind: Any) -> SearchStrategy[Any]:
    """Building a strategy costs more than drawing from it, so it is done once."""
    return _SCALARS[kind]()


def fact_values() -> SearchStrategy[Any]:
    """Values that a record can hold, as a caller may give them: one, or a tuple of some.

    >>> from hypothesis import find
    >>> find(fact_values(), lambda value: isinstance(value, tuple))
    ()
    """
    return scalars() | st.lists(scalars(), max_size=3).map(tuple)


@st.composite
def facts(draw: DrawFn, *, kind: type[Scalar] | None = None) -> Fact:
    """Declarations of any kind, with bounds in order and choices between them.

    >>> from hypothesis import find
    >>> find(facts(kind=int), lambda fact: fact.minimum is not None).kind
    <class 'int'>
    """
    chosen: type[Scalar] = kind or draw(st.sampled_from(list(_SCALARS)))
    utc = instants().map(lambda moment: moment.astimezone(UTC))  # in one zone, order is that of the clock on the wall
    values = money(currency="EUR") if chosen is Money else utc if chosen is datetime else scalars(kind=chosen)
    bounds = sorted(draw(st.tuples(values, values)))
    minimum, maximum = (draw(st.sampled_from((None, bound))) for bound in bounds)
    choices = draw(st.sampled_from(((), (bounds[0],), tuple(bounds))))
    return Fact(draw(names()), chosen, minimum, maximum, choices=choices, many=draw(st.booleans()), label=draw(texts()))


def values_of(fact: Fact) -> SearchStrategy[Any]:
    """The values that a declared fact takes.

    >>> from hypothesis import find
    >>> find(values_of(Fact("seats", int, minimum=1, maximum=9)), lambda seats: seats > 4)
    5
    """
    one = st.sampled_from(fact.choices) if fact.choices else _within(fact)
    return st.lists(one, max_size=3).map(tuple) if fact.many else one


def _within(fact: Fact) -> SearchStrategy[Any]:
    def clamp(value: Any) -> Any:
        if fact.minimum is not None and value < fact.minimum:
            return fact.minimum
        return fact.maximum if fact.maximum is not None and value > fact.maximum else value

    bounds = [bound for bound in (fact.minimum, fact.maximum) if isinstance(bound, Money)]
    if fact.kind is int:
        return st.integers(fact.minimum, fact.maximum)
    values = money(currency=bounds[0].currency) if bounds else scalars(kind=fact.kind)
    return values.map(clamp)


@st.composite
def line_items(draw: DrawFn, *, currency: str = "EUR") -> LineItem:
    """Lines of an offer, charged once or again and again.

    >>> from hypothesis import find
    >>> find(line_items(), lambda line: line.every is not None).every
    1
    """
    price = draw(money(currency=currency, minimum=1, maximum=10**6))
    every = draw(st.sampled_from((None, 1, 3, 12)))
    term = None if every is None else every * draw(st.integers(1, 3))
    return LineItem(
        draw(st.sampled_from(("licence", "set-up", "support"))),
        price,
        quantity=draw(st.integers(1, 20)),
        discount=draw(st.sampled_from((0, 10, 50))),
        every=every,
        term=term,
    )
