"""What is true of the deals of a synthetic book: the probability of winning, by stage and age, that the rates imply."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from random import Random

import attrs

from salesprocess.errors import OutOfRange, TransitionRefused
from salesprocess.frozen import FrozenDict
from salesprocess.process import Process
from salesprocess.simulation.rates import Rates
from salesprocess.simulation.world import World, conversion, dwell, returning

_NO_MATTER = datetime(2000, 1, 1, tzinfo=UTC)
_SWEEPS = 4
"""A move within the first step of a visit may lead back to it; each sweep adds one more such round."""
_LOST = ""


@attrs.frozen
class Exit:
    """One way in which a visit ends: its chance, and the lognormal law of the stay that ends so."""

    destination: str
    chance: float
    median: timedelta
    spread: float

    def by(self, age: timedelta) -> float:
        """The chance that a visit has ended so by an age."""
        if age <= timedelta(0):
            return 0.0
        if not self.spread:
            return self.chance if age >= self.median else 0.0
        return self.chance * (1 + math.erf(math.log(age / self.median) / self.spread / math.sqrt(2))) / 2


@attrs.frozen
class Law:
    """The law of the deals of a process under stated rates; see `law`.

    Attributes:
        exits: by stage and owner, how a visit can end; the owner None is one without an effect of their own.
    """

    exits: FrozenDict[tuple[str, str | None], tuple[Exit, ...]] = attrs.field(repr=False)

    def won(self, stage: str, *, owner: str | None = None) -> float:
        """The probability that a deal which enters `stage` is won in the end.

        Raises:
            OutOfRange: there is no such open stage or owner.
        """
        self._known(stage, owner)
        chance = {name: 0.0 for name, _ in self.exits}
        while True:  # the chance of an end within k moves rises to that of an end
            later = {
                name: math.fsum(
                    way.chance * chance.get(way.destination, float(way.destination != _LOST)) for way in ways
                )
                for (name, who), ways in self.exits.items()
                if who == owner
            }
            if all(later[name] - chance[name] < 1e-15 for name in later):
                return later[stage]
            chance |= later

    def won_by(
        self,
        stage: str,
        *,
        age: timedelta,
        horizon: timedelta,
        owner: str | None = None,
        step: timedelta = timedelta(hours=6),
    ) -> float:
        """The probability that a deal which has been in `stage` for `age` is won within `horizon` from now.

        The renewal equation on a grid of `step`, with the mean of both ends of each step: the error falls with the
        square of the step.

        Raises:
            OutOfRange: there is no such open stage or owner, or a span is negative.
        """
        self._known(stage, owner)
        for name, span in (("age", age), ("horizon", horizon)):
            if span < timedelta(0):
                raise OutOfRange(name, span, "zero or more")
        steps = -(-horizon // step)
        if not steps:
            return 0.0
        step = horizon / steps
        fresh = _fresh(self, owner, step, steps)
        ways = self.exits[stage, owner]
        stays = 1 - math.fsum(way.by(age) for way in ways)
        if stays <= 0:
            return 0.0
        total: list[float] = []
        for way in ways:
            left = [way.by(age + step * number) for number in range(steps + 1)]
            if way.destination in fresh:
                later = fresh[way.destination]
                total += (
                    (left[number + 1] - left[number]) * (later[steps - number] + later[steps - number - 1]) / 2
                    for number in range(steps)
                )
            elif way.destination != _LOST:
                total.append(left[steps] - left[0])
        return math.fsum(total) / stays

    def _known(self, stage: str, owner: str | None) -> None:
        if (stage, owner) not in self.exits:
            known = sorted({name for name, _ in self.exits}), sorted({who for _, who in self.exits if who})
            raise OutOfRange("stage, owner", (stage, owner), f"one of {known[0]}, and None or one of {known[1]}")


@lru_cache(maxsize=256)
def _fresh(law: Law, owner: str | None, step: timedelta, steps: int) -> Mapping[str, list[float]]:
    """By stage, the probability that a deal which enters it now is won within 0, 1, … `steps` steps."""
    left = {
        (stage, way.destination): [way.by(step * number) for number in range(steps + 1)]
        for (stage, who), ways in law.exits.items()
        if who == owner
        for way in ways
    }
    shares = {key: [later - now for now, later in pairwise(by)] for key, by in left.items()}
    won: dict[str, list[float]] = {stage: [0.0] for stage, _ in shares}
    for number in range(1, steps + 1):
        for chances in won.values():
            chances.append(chances[-1])
        for _ in range(_SWEEPS):
            for stage in reversed(won):
                won[stage][number] = math.fsum(
                    math.fsum(
                        shares[stage, to][past] * (won[to][number - past] + won[to][number - past - 1]) / 2
                        for past in range(number)
                    )
                    if to in won
                    else left[stage, to][number]
                    for source, to in shares
                    if source == stage and to != _LOST
                )
    return won


def law(process: Process, rates: Rates) -> Law:
    """The law that deals of `simulation.book` follow, for a process in which nothing but chance decides.

    A visit ends with one of its exits by that exit's chance, after a stay of that exit's lognormal law, whatever came
    before: a Markov renewal process. The stay does not count time on hold.

    Args:
        process: one whose stages a deal can enter and leave whatever is known of it.
        rates: with `shortcut` 0.

    Raises:
        OutOfRange: criteria, required activities, conditional stages or shortcuts would have a say too.
        UnknownStage: rates are stated for a stage that the process does not have.

    >>> from salesprocess.stages import Stage
    >>> solar = Process("solar", stages=[Stage("lead", 0.2), Stage("offer", 0.5), Stage.won("won"), Stage.lost("lost")])
    >>> truth = law(solar, Rates(shortcut=0))
    >>> round(truth.won("lead"), 9)
    0.2
    >>> month, fortnight = timedelta(days=30), timedelta(days=14)
    >>> round(truth.won_by("offer", age=fortnight, horizon=month), 3)
    0.486
    """
    if rates.shortcut:
        raise OutOfRange("shortcut", rates.shortcut, "0 for a law in closed form")
    world = World.of(process, rates, Random(0))  # noqa: S311 - nothing is drawn from it
    exits: dict[tuple[str, str | None], tuple[Exit, ...]] = {}
    for stage in process.stages:
        if stage.kind != "open":
            continue
        ahead, back = _ways(world, stage.name)
        for owner in (None, *rates.owners):
            aside = returning(rates, stage.name, back)
            onward = conversion(rates, world.priors, stage.name, ahead, back, owner)
            onwards, losing = dwell(rates, stage, lost=False), dwell(rates, stage, lost=True)
            exits[stage.name, owner] = (
                Exit(ahead, onward, *onwards),
                *([] if back is None else [Exit(back, aside, *onwards)]),
                Exit(_LOST, 1 - aside - onward, *losing),
            )
    return Law(FrozenDict(exits))


def _ways(world: World, stage: str) -> tuple[str, str | None]:
    """Where a visit of a stage can lead ahead and back."""
    try:
        probe = world.process.open("probe", stage=stage, at=_NO_MATTER)
    except TransitionRefused as refusal:
        raise OutOfRange("process", world.process.name, "one in which nothing but chance decides") from refusal
    options = world.options(probe, _NO_MATTER)
    ahead = next((option for option in options if option.kind in ("advance", "win")), None)
    back = next((option.destination for option in options if option.kind == "back" and option.allowed), None)
    if ahead is None or not ahead.allowed or ahead.destination is None:
        raise OutOfRange("process", world.process.name, f"one in which nothing but chance decides how {stage} ends")
    return ahead.destination, back
