"""Forecasters that do not keep what every forecaster promises."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import attrs

from salesprocess import Deal, Period, Process, Stage
from salesprocess.errors import NoHistory
from salesprocess.forecasting import Estimate, Forecast, assembled
from salesprocess.testing import check_forecaster
from tests.testing.planted.kinds import Fault

LINE = Process(
    "line", stages=[Stage("lead", 0.3), Stage("offer", 0.5), Stage.won("sold"), Stage.lost("lost", reasons=["price"])]
)
_chance = Random()

Chance = Callable[["Book", Deal, Period], float | None]


@attrs.frozen
class Book:
    """What a forecaster has learnt from: the deals as they were handed over, and as they stood."""

    given: tuple[Deal, ...]
    known: tuple[Deal, ...]

    def won(self, deals: Iterable[Deal]) -> float:
        closed = [deal.status == "won" for deal in deals if deal.closed_at]
        if not closed:
            raise NoHistory("no deal is closed")
        return sum(closed) / len(closed)


@attrs.frozen
class Faulty:
    """Gives each open deal the chance that a function tells."""

    method: str
    chance: Chance

    def fit(self, deals: Iterable[Deal], *, as_of: datetime) -> FittedFaulty:
        given = tuple(deals)
        known = (then for deal in given if (then := deal.as_of(as_of)) is not None)
        return FittedFaulty(self, Book(given, tuple(known)))


@attrs.frozen
class FittedFaulty:
    model: Faulty
    book: Book

    def forecast(
        self,
        deals: Iterable[Deal],
        *,
        period: Period | None,
        as_of: datetime,
        currency: str | None = None,
        rates: Mapping[str, Decimal] | None = None,
    ) -> Forecast:
        def estimate(deal: Deal) -> Estimate | str:
            assert period is not None
            chance = self.model.chance(self.book, deal, period)
            return "has no chance" if chance is None else Estimate(chance, "as it was told to")

        return assembled(
            deals,
            estimate,
            method=self.model.method,
            definition="what it was told to",
            period=period,
            as_of=as_of,
            currency=currency,
            rates=rates,
        )


def leaks(book: Book, deal: Deal, period: Period) -> float:
    """Learns from what was closed later."""
    return book.won(book.given)


def first_counts(book: Book, deal: Deal, period: Period) -> float:
    """Learns from the first half of the list."""
    return book.won(book.known[: len(book.known) // 2])


def shrinks(book: Book, deal: Deal, period: Period) -> float:
    """Gives less chance to more time."""
    return book.won(book.known) / (1 + (period.end - period.start) / timedelta(days=30))


def wavers(book: Book, deal: Deal, period: Period) -> float:
    """Says something else each time."""
    return _chance.random()


def exceeds(book: Book, deal: Deal, period: Period) -> float:
    """Adds up what is no chance any more."""
    return book.won(book.known) + (period.end - period.start) / timedelta(days=40)


def mute(book: Book, deal: Deal, period: Period) -> float | None:
    """Has nothing to say of any deal."""
    return None


def unlearnt(book: Book, deal: Deal, period: Period) -> float:
    """Looks for a deal of the past that may not be there."""
    return {each.id: 0.5 for each in book.known if each.closed_at}["D-00999"]


def planted(chance: Any, mistake: str, shown: str) -> Fault:
    model = Faulty(chance.__name__, chance)
    call = f"check_forecaster({chance.__name__}, line)"

    def run() -> None:
        _chance.seed(1)
        check_forecaster(model, LINE)

    return Fault("forecaster", mistake, call, run, shown)


FAULTS = (
    planted(leaks, "learns from what was closed later", "past: what was recorded later changes"),
    planted(first_counts, "learns from the first half of the list", "order: the order of the deals changes"),
    planted(shrinks, "gives less chance to more time", "horizon: "),
    planted(wavers, "says something else each time", "repeats: asking again changes"),
    planted(exceeds, "adds chances up beyond one", "OutOfRange"),
    planted(mute, "has nothing to say", "speaks: NoHistory"),
    planted(unlearnt, "takes an old deal for granted", "KeyError"),
)
