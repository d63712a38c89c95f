"""Criteria that do not keep what every criterion promises."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random
from typing import Any

from salesprocess import Activity, Deal, Money, Process, Stage
from salesprocess import criteria as c
from salesprocess.testing import check_criterion
from tests.testing.planted.kinds import Fault

_asked = [0]
_chance = Random()
_first_seen: dict[str, bool] = {}


@c.criterion("divides", "too little was done")
def divides(deal: Deal, ask: c.Ask) -> bool:
    """Divides by the number of activities, which may be none."""
    return 10 / len(deal.activities) < 9


@c.criterion("counts", "too little was done")
def counts(deal: Deal, ask: c.Ask) -> Any:
    """Answers with a number."""
    return len(deal.activities)


@c.criterion("takes_turns", "not this time")
def takes_turns(deal: Deal, ask: c.Ask) -> bool:
    """Remembers how often it was asked."""
    _asked[0] += 1
    return bool(deal.activities) and _asked[0] % 3 > 0


@c.criterion("draws", "bad luck")
def draws(deal: Deal, ask: c.Ask) -> bool:
    """Draws a random number."""
    return bool(deal.activities) or _chance.random() < 0.3


@c.criterion("remembers", "nothing was done")
def remembers(deal: Deal, ask: c.Ask) -> bool:
    """Keeps the first answer for each id."""
    return _first_seen.setdefault(deal.id, bool(deal.activities))


@c.criterion("mute", "")
def mute(deal: Deal, ask: c.Ask) -> bool:
    """Has no words for its no."""
    return bool(deal.activities)


@c.criterion("lenient", "never said")
def lenient(deal: Deal, ask: c.Ask) -> bool:
    """Compares the wrong way round, and so refuses nothing."""
    return len(deal.activities) >= 0


@c.criterion("too_strict", "the amount is too small")
def too_strict(deal: Deal, ask: c.Ask) -> bool:
    """Wants what no deal can have."""
    return deal.amount is not None and deal.amount.amount < 0


@c.criterion("euros_only", "the amount is too small")
def euros_only(deal: Deal, ask: c.Ask) -> bool:
    """Compares amounts as if there were one currency."""
    return deal.amount is not None and deal.amount >= Money(1000, "EUR")


@c.criterion("has", "nothing was done")
def impostor(deal: Deal, ask: c.Ask) -> bool:
    """Takes the code of a stock rule."""
    return bool(deal.activities)


@c.criterion("aware", "it is too early")
def aware(deal: Deal, ask: c.Ask) -> bool:
    """Compares with a moment that has no time zone."""
    return ask.at > datetime(2026, 1, 6)


@c.criterion("parted", "it is too early")
def parted(deal: Deal, ask: c.Ask) -> bool:
    """Takes for granted that something was done at all."""
    return ask.at - deal.activities[-1].at > timedelta(days=3)


def checked(rule: Callable[[], c.Criterion]) -> Callable[[], None]:
    def run() -> None:
        _asked[0] = 0
        _chance.seed(1)
        _first_seen.clear()
        lead = Stage("lead", activities=[Activity("call")])
        offer = Stage("offer", exit=[rule()])
        process = Process("kiosk", stages=[lead, offer, Stage.won("sold"), Stage.lost("lost")])
        check_criterion(rule(), process)

    return run


def planted(rule: Any, mistake: str, shown: str) -> Fault:
    return Fault("criterion", mistake, f"check_criterion({rule.__name__}(), kiosk)", checked(rule), shown)


FAULTS = (
    planted(divides, "divides by a count that may be zero", "answers: ZeroDivisionError: division by zero"),
    planted(counts, "answers with a number", "wants a bool or a Verdict, got 0 (int)"),
    planted(takes_turns, "remembers how often it was asked", "repeats: "),
    planted(draws, "draws a random number", "repeats: "),
    planted(remembers, "keeps its first answer for each deal", "decides: none of 100 deals meets it"),
    planted(mute, "has no words for its no", "explains: mute says nothing"),
    planted(lenient, "compares the wrong way round", "decides: each of 100 deals meets it"),
    planted(too_strict, "wants what no deal can have", "decides: none of 100 deals meets it"),
    planted(euros_only, "compares amounts of two currencies", "answers: CurrencyMismatch"),
    planted(impostor, "takes the code of a stock rule", "stores: "),
    planted(aware, "compares with a moment without time zone", "answers: TypeError"),
    planted(parted, "takes for granted that something was done", "answers: IndexError"),
)
