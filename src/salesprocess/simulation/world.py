"""What all deals of one synthetic book share: the rulebook and what follows from it, the rates, and chance."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from random import Random

import attrs

from salesprocess.criteria import Criterion
from salesprocess.facts import Fact
from salesprocess.frozen import FrozenDict
from salesprocess.money import Money
from salesprocess.process import Process
from salesprocess.simulation.rates import Rates
from salesprocess.stages import Stage


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
    """

    process: Process
    rates: Rates
    rng: Random
    facts: Mapping[str, Fact]
    criteria: Mapping[str, Criterion]
    places: Mapping[str, int]
    priors: Mapping[str, float]
    remaining: Mapping[str, timedelta]

    @classmethod
    def of(cls, process: Process, rates: Rates, rng: Random) -> World:
        """The world of a process."""
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
        )

    def happens(self, chance: float) -> bool:
        """Whether something of this chance happens now."""
        return self.rng.random() < chance

    def amount(self) -> Money:
        """What a new deal is worth, in whole units of the currency."""
        usual = self.rates.amount
        return Money(max(1, round(float(usual.amount) * self._factor(self.rates.amount_spread))), usual.currency)

    def stay(self, stage: Stage) -> timedelta:
        """How long a deal stays in a stage, hold time aside."""
        return (stage.typical_duration or self.rates.typical_duration) * self._factor(self.rates.dwell_spread)

    def pause(self) -> timedelta:
        """How long a deal stays on hold."""
        return self.rates.hold_duration * self._factor(self.rates.dwell_spread)

    def close_date(self, stage: str, at: datetime) -> date:
        """The day, after the present one, on which an owner expects a deal in a stage to close."""
        ahead = self.remaining[stage] * self._factor(self.rates.close_date_spread)
        return at.date() + max(ahead, timedelta(days=1))

    def _factor(self, spread: float) -> float:
        return self.rng.lognormvariate(0, spread)


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
