"""What a synthetic book assumes about the world, in one value that can be varied."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from typing import Any

import attrs

from salesprocess.errors import OutOfRange
from salesprocess.frozen import EMPTY, FrozenDict, frozen_dict, tuple_of
from salesprocess.money import Money

_Check = Callable[[object, "attrs.Attribute[Any]", Any], None]


def _between(low: float, high: float) -> _Check:
    def check(_: object, field: attrs.Attribute[Any], value: float) -> None:
        if not low <= value <= high:
            raise OutOfRange(field.name, value, f"between {low:g} and {high:g}")

    return check


check_chance = _between(0, 1)
"""An attrs validator: the value is a probability."""
_spread = _between(0, 3)


def _positive(_: object, field: attrs.Attribute[Any], value: timedelta) -> None:
    if value <= timedelta(0):
        raise OutOfRange(field.name, value, "longer than nothing")


def _owners(values: Iterable[str]) -> tuple[str, ...]:
    return tuple_of(values, "owners")


def _stages(values: Mapping[str, StageRates]) -> FrozenDict[str, StageRates]:
    return frozen_dict(values)


def _effects(values: Mapping[str, float]) -> FrozenDict[str, float]:
    return frozen_dict(values)


@attrs.frozen(kw_only=True)
class StageRates:
    """How visits of one stage go; what is None here follows from the process and the rates of the book.

    Args:
        onward: the chance that a visit ends with the step ahead.
        back: the chance that it ends with a step back, where one is possible.
        stay: the median stay of visits that do not end lost.
        lost_stay: the median stay of visits that end lost; None is as long as the others.
        spread: the spread of both.

    Raises:
        OutOfRange: a value that cannot be, such as chances that add up to more than 1.

    >>> StageRates(onward=0.6, stay=timedelta(days=9), lost_stay=timedelta(days=20)).onward
    0.6
    """

    onward: float | None = attrs.field(default=None, validator=attrs.validators.optional(check_chance))
    back: float | None = attrs.field(default=None, validator=attrs.validators.optional(check_chance))
    stay: timedelta | None = attrs.field(default=None, validator=attrs.validators.optional(_positive))
    lost_stay: timedelta | None = attrs.field(default=None, validator=attrs.validators.optional(_positive))
    spread: float | None = attrs.field(default=None, validator=attrs.validators.optional(_spread))

    def __attrs_post_init__(self) -> None:
        if (self.onward or 0) + (self.back or 0) > 1:
            raise OutOfRange("onward", self.onward, f"at most 1 − back, {1 - (self.back or 0):g}")


@attrs.frozen(kw_only=True)
class Rates:
    """How deals of a synthetic book behave; the defaults are judgements, not measurements.

    A *spread* is the standard deviation of the logarithm of a lognormal factor with median 1: with a spread of 0.6 two
    draws out of three lie between 0.55 and 1.8 times the median. A *chance* is a probability.

    Args:
        typical_duration: the median stay in a stage that states no `typical_duration`.
        dwell_spread: the spread of the stay in a stage around its typical duration.
        back: the chance, at most 0.5, that a visit ends with a step back to an earlier stage.
        shortcut: the chance that a deal aims at another way ahead than the standard one, where there is one.
        hold: the chance that a deal is put on hold during a visit.
        hold_duration: the median time on hold; its spread is `dwell_spread`.
        objection: the chance that the customer objects during a visit.
        diligence: the chance that recommended work is done, and that an objection is answered before it must be.
        push: the chance that an expected close date is moved when it has passed.
        close_date_spread: the spread of the expected close date around the typical durations still ahead.
        amount: the median amount; its currency is the book's.
        amount_spread: the spread of the amount.
        unpriced: the chance that a deal has no amount during its first visit.
        owners: who owns deals, each as likely as the others.
        approver: who approves; not one of the owners.
        stages: what is stated of single stages, by name.
        owner_effects: by owner, what is added to the log-odds of each step ahead; 0 for those not named.

    Raises:
        OutOfRange: a value that cannot be, such as a chance above 1.

    >>> Rates(back=0).owners
    ('ada', 'bo', 'chen', 'dina')
    >>> Rates(hold=1.5)
    Traceback (most recent call last):
    salesprocess.errors.OutOfRange: hold must be between 0 and 1, got 1.5
    """

    typical_duration: timedelta = attrs.field(default=timedelta(days=10), validator=_positive)
    dwell_spread: float = attrs.field(default=0.6, validator=_spread)
    back: float = attrs.field(default=0.03, validator=_between(0, 0.5))
    shortcut: float = attrs.field(default=0.05, validator=check_chance)
    hold: float = attrs.field(default=0.04, validator=check_chance)
    hold_duration: timedelta = attrs.field(default=timedelta(days=14), validator=_positive)
    objection: float = attrs.field(default=0.1, validator=check_chance)
    diligence: float = attrs.field(default=0.7, validator=check_chance)
    push: float = attrs.field(default=0.7, validator=check_chance)
    close_date_spread: float = attrs.field(default=0.4, validator=_spread)
    amount: Money = attrs.field(default=Money(20000, "EUR"))
    amount_spread: float = attrs.field(default=0.8, validator=_spread)
    unpriced: float = attrs.field(default=0.1, validator=check_chance)
    owners: tuple[str, ...] = attrs.field(default=("ada", "bo", "chen", "dina"), converter=_owners)
    approver: str = "sales_manager"
    stages: FrozenDict[str, StageRates] = attrs.field(default=EMPTY, converter=_stages)
    owner_effects: FrozenDict[str, float] = attrs.field(default=EMPTY, converter=_effects)

    def __attrs_post_init__(self) -> None:
        if not self.owners:
            raise OutOfRange("owners", self.owners, "at least one name")
        if self.approver in self.owners:
            raise OutOfRange("approver", self.approver, "somebody else than the owners")
        if self.amount.amount <= 0:
            raise OutOfRange("amount", self.amount, "more than nothing")
        for owner, effect in self.owner_effects.items():
            if owner not in self.owners:
                raise OutOfRange("owner_effects", owner, f"one of the owners, {', '.join(self.owners)}")
            if not math.isfinite(effect):
                raise OutOfRange("owner_effects", effect, "finite")

    def of(self, stage: str) -> StageRates:
        """What is stated of a stage."""
        return self.stages.get(stage, _NOTHING_STATED)


_NOTHING_STATED = StageRates()
