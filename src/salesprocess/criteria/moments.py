"""Criteria on time: when a move is asked for, beside a date, an instant, or how long the deal has been there.

Everything is measured at `ask.at`; nothing reads a clock. A date counts as the midnight with which it begins in the
zone `tz`, and a span added to it is counted on the calendar of that zone: a day later is the next midnight, also when
clocks change. A span added to an instant is exact.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any, Literal

from salesprocess.criteria.parameters import positive_span, span
from salesprocess.criteria.rule import Ask, criterion
from salesprocess.deal import Deal
from salesprocess.errors import OutOfRange
from salesprocess.events import TERMS
from salesprocess.timing import day, instant, zone
from salesprocess.verdicts import Verdict

Since = Literal["stage", "opening"]
"""Where a span begins: when the deal entered its present stage, or when it was opened."""

_NOW = timedelta(0)


def _zone_name(value: str) -> str:
    zone(value)
    return value


def _since(value: Since) -> Since:
    if value not in ("stage", "opening"):
        raise OutOfRange("since", value, "'stage' or 'opening'; a fact or a term is told to `before`")
    return value


def _fixed(value: date | datetime) -> date | datetime:
    return instant(value, "moment") if isinstance(value, datetime) else day(value, "moment")


def _placed(value: Any, later: timedelta, tz: str, name: str) -> datetime:
    """The instant that lies `later` than a date or an instant."""
    if isinstance(value, datetime):
        return instant(value, name) + later
    return instant(datetime.combine(day(value, name), time.min, zone(tz)) + later)


def _known(deal: Deal, name: str) -> Any:
    """The value of a term, or of a fact of another name."""
    return (deal.terms if name in TERMS else deal.facts).get(name)


@criterion(
    "not_before",
    "not before {due}",
    converters={"moment": _fixed, "tz": _zone_name},
)
def not_before(deal: Deal, ask: Ask, moment: date | datetime, tz: str = "UTC") -> bool | Verdict:
    """A fixed day or instant has come: at ≥ moment.

    Args:
        deal: the deal.
        ask: who asks for what.
        moment: a date or an aware datetime.
        tz: the zone, by its IANA name, in whose midnight a date begins.

    >>> from datetime import date
    >>> from salesprocess.diagrams import say
    >>> say(not_before(date(2026, 4, 1), tz="Europe/Oslo"))
    '2026-04-01 in Europe/Oslo has come'
    """
    due = _placed(moment, _NOW, tz, "moment")
    return True if ask.at >= due else Verdict.unmet(due=due)


@criterion(
    "after",
    "not before {due}: {name} is {found}",
    names={"name": "value"},
    converters={"span": span, "tz": _zone_name},
)
def after(deal: Deal, ask: Ask, name: str, span: timedelta = _NOW, tz: str = "UTC") -> bool | Verdict:
    """The moment that a fact or a term holds has come, and `span` has passed since: at ≥ value + span.

    Args:
        deal: the deal.
        ask: who asks for what.
        name: a fact or a term that is a date or an instant.
        span: how much later; a negative one begins before the moment.
        tz: the zone, by its IANA name, in whose midnight a date begins.

    >>> from datetime import timedelta
    >>> from salesprocess.diagrams import say
    >>> say(after("trial_ends", timedelta(days=2)))
    '2 days after trial_ends has come'
    """
    found = _known(deal, name)
    if found is None:
        return Verdict.unknown(name)
    due = _placed(found, span, tz, name)
    return True if ask.at >= due else Verdict.unmet(found=found, due=due)


@criterion(
    "before",
    "too late since {due}: {name} is {found}",
    names={"name": "value"},
    converters={"span": span, "tz": _zone_name},
)
def before(deal: Deal, ask: Ask, name: str, span: timedelta = _NOW, tz: str = "UTC") -> bool | Verdict:
    """The moment that a fact or a term holds, `span` later, has not come yet: at < value + span.

    With a span of one day, a date is valid until its own day is over.

    Args:
        deal: the deal.
        ask: who asks for what.
        name: a fact or a term that is a date or an instant.
        span: how much later; a negative one ends before the moment.
        tz: the zone, by its IANA name, in whose midnight a date begins.

    >>> from datetime import timedelta
    >>> from salesprocess.diagrams import say
    >>> say(before("valid_until", timedelta(days=1)))
    'it is before 1 day after valid_until'
    """
    found = _known(deal, name)
    if found is None:
        return Verdict.unknown(name)
    due = _placed(found, span, tz, name)
    return True if ask.at < due else Verdict.unmet(found=found, due=due)


@criterion(
    "within",
    "too late since {due}",
    converters={"span": positive_span, "since": _since},
)
def within(deal: Deal, ask: Ask, span: timedelta, since: Since = "stage") -> bool | Verdict:
    """No more than `span` has passed: age ≤ span. The age in a stage leaves out the time on hold.

    >>> from datetime import timedelta
    >>> from salesprocess.diagrams import say
    >>> say(within(timedelta(minutes=10)))
    'the deal is in its stage for at most 10 minutes'
    """
    over = _age(deal, ask, since) - span
    return True if over <= _NOW else Verdict.unmet(due=ask.at - over)


@criterion(
    "waited",
    "not before {due}",
    converters={"span": positive_span, "since": _since},
)
def waited(deal: Deal, ask: Ask, span: timedelta, since: Since = "stage") -> bool | Verdict:
    """At least `span` has passed: age ≥ span. The age in a stage leaves out the time on hold.

    >>> from datetime import timedelta
    >>> from salesprocess.diagrams import say
    >>> say(waited(timedelta(days=14), since="opening"))
    'the deal is open for at least 14 days'
    """
    left = span - _age(deal, ask, since)
    return True if left <= _NOW else Verdict.unmet(due=ask.at + left)


def _age(deal: Deal, ask: Ask, since: Since) -> timedelta:
    return deal.stage_age(ask.at) if since == "stage" else ask.at - deal.opened_at
