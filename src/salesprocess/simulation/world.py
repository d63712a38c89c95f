"""What all deals of one synthetic book share: the rulebook and what follows from it, the rates, and chance."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from random import Random

import attrs

from salesprocess.criteria import Criterion
from salesprocess.deal import Deal
from salesprocess.facts import Fact
from salesprocess.frozen import FrozenDict
from salesprocess.money import Money
from salesprocess.process import Process
from salesprocess.simulation.rates import Rates
from salesprocess.stages import Stage
from salesprocess.verdicts import Decision


@attrs.frozen
class World:
    """The rulebook as the simulation reads it.

    Attributes:
        process, rates, rng: as given; all chance comes from `rng`.
        facts: the declared facts, by name.
        criteria: every criterion, also inside others, by the text under which reasons speak of it.
        places: the stages in order, but for the lost one, with their number.
        priors: the probability of winning of every open stage, and 1 for the later ones.
        remaining: the typical time from entering a stage to the won one.
        changes: from when other rates hold, in order of time.
    """

    process: Process
    rates: Rates
    rng: Random
    facts: Mapping[str, Fact]
    criteria: Mapping[str, Criterion]
    places: Mapping[str, int]
    priors: Mapping[str, float]
    remaining: Mapping[str, timedelta]
    changes: tuple[tuple[datetime, Rates], ...] = ()

    def at(self, moment: datetime) -> World:
        """The world as it is at a moment: the rates of the last change by then."""
        place = bisect_right(self.changes, moment, key=lambda change: change[0])
        return attrs.evolve(self, rates=self.changes[place - 1][1]) if place else self

    def options(self, deal: Deal, at: datetime, by: str | None = None) -> list[Decision]:
        """What is possible, in the order of the machine and not of the line: a book stays what it was for its seed."""
        order = {name: place for place, name in enumerate(self.process.machine.events)}
        return sorted(self.process.options(deal, at=at, by=by), key=lambda option: order[option.name])

    @classmethod
    def of(cls, process: Process, rates: Rates, rng: Random, changes: Mapping[datetime, Rates] = FrozenDict()) -> World:
        """The world of a process.

        Raises:
            UnknownStage: rates are stated for a stage that the process does not have.
        """
        for stated in (rates, *changes.values()):
            for name in stated.stages:
                process.stage(name)
        line = [stage for stage in process.stages if stage.kind != "lost"]
        ahead = timedelta(0)
        remaining: dict[str, timedelta] = {}
        for stage in reversed(line):
            if stage.kind == "open":
                ahead += stage.typical_duration or rates.typical_duration
            remaining[stage.name] = ahead
        return cls(
            process,
            rates,
            rng,
            FrozenDict((fact.name, fact) for fact in process.facts),
            FrozenDict((str(inner), inner) for outer in _criteria(process) for inner in outer.walk()),
            FrozenDict((stage.name, place) for place, stage in enumerate(line)),
            FrozenDict(priors(line)),
            FrozenDict(remaining),
            tuple(sorted(changes.items())),
        )

    def happens(self, chance: float) -> bool:
        """Whether something of this chance happens now."""
        return self.rng.random() < chance

    def amount(self) -> Money:
        """What a new deal is worth, in whole units of the currency."""
        usual = self.rates.amount
        return Money(max(1, round(float(usual.amount) * self._factor(self.rates.amount_spread))), usual.currency)

    def stay(self, stage: Stage, *, lost: bool = False) -> timedelta:
        """How long a visit of a stage lasts, hold time aside."""
        median, spread = dwell(self.rates, stage, lost=lost)
        return median * self._factor(spread)

    def pause(self) -> timedelta:
        """How long a deal stays on hold."""
        return self.rates.hold_duration * self._factor(self.rates.dwell_spread)

    def close_date(self, stage: str, at: datetime) -> date:
        """The day, after the present one, on which an owner expects a deal in a stage to close."""
        ahead = self.remaining[stage] * self._factor(self.rates.close_date_spread)
        return at.date() + max(ahead, timedelta(days=1))

    def _factor(self, spread: float) -> float:
        return self.rng.lognormvariate(0, spread)


def dwell(rates: Rates, stage: Stage, *, lost: bool) -> tuple[timedelta, float]:
    """The median and the spread of the lognormal law of a visit.

    >>> dwell(Rates(), Stage("offer", typical_duration=timedelta(days=7)), lost=False)
    (datetime.timedelta(days=7), 0.6)
    """
    stated = rates.of(stage.name)
    median = stated.stay or stage.typical_duration or rates.typical_duration
    if lost and stated.lost_stay is not None:
        median = stated.lost_stay
    return median, rates.dwell_spread if stated.spread is None else stated.spread


def returning(rates: Rates, source: str, back: str | None) -> float:
    """The chance that a visit of `source` ends with a step back; 0 where there is none.

    >>> returning(Rates(back=0.1), "offer", "lead"), returning(Rates(back=0.1), "lead", None)
    (0.1, 0.0)
    """
    if back is None:
        return 0.0
    stated = rates.of(source).back
    return rates.back if stated is None else stated


def conversion(
    rates: Rates, priors: Mapping[str, float], source: str, destination: str, back: str | None, owner: str | None
) -> float:
    """The chance that a visit of `source` ends with the move to `destination`.

    Where the rates do not state it: with p the prior of a stage and b the chance of a step back, it is
    (p(source) − b p(back)) / p(destination): then the chance of winning in the end is p(source), whatever way the deal
    takes. Where priors fall along the line and no such chance exists, it is the nearest to it in [0, 1 − b]. What the
    owner adds or takes away moves the odds against a loss.
    """
    aside = returning(rates, source, back)
    wanted = rates.of(source).onward
    if wanted is None:
        ahead = priors[destination]
        wanted = (priors[source] - (aside * priors[back] if back is not None else 0.0)) / ahead if ahead else 1.0
    onward = max(0.0, min(1 - aside, wanted))
    effect = rates.owner_effects.get(owner or "", 0.0)
    if not effect or aside == 1:
        return onward
    odds = onward * math.exp(effect)
    return (1 - aside) * odds / (odds + 1 - aside - onward)


def _criteria(process: Process) -> Iterator[Criterion]:
    for stage in process.stages:
        yield from (criterion for _, criterion in stage.criteria())
    for transition in process.transitions:
        yield from transition.criteria
        if transition.when is not None:
            yield transition.when


def priors(line: list[Stage]) -> dict[str, float]:
    """The probability of winning in every stage of a line that ends won.

    A missing one lies evenly between its neighbours; before the first stage stands 0.

    >>> priors([Stage("lead"), Stage("offer", 0.5), Stage("deal"), Stage.won("won")])
    {'lead': 0.25, 'offer': 0.5, 'deal': 0.75, 'won': 1.0}
    """
    found: dict[str, float] = {}
    last, missing = 0.0, list[str]()
    for stage in line:
        missing.append(stage.name)
        if stage.probability is not None:
            step = (stage.probability - last) / len(missing)
            found |= {name: last + step * number for number, name in enumerate(missing, 1)}
            last, missing = stage.probability, []
    return found
