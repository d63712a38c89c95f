"""Several forecasters as one, weighted by how well each would have done a little earlier."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Protocol

import attrs

from salesprocess.deal import Deal
from salesprocess.errors import NoHistory, OutOfRange, WrongKind
from salesprocess.forecasting.assembly import Estimate
from salesprocess.forecasting.forecasts import Forecast
from salesprocess.forecasting.timed import EVER, Manual, chance_by, checked_manual, timed
from salesprocess.frozen import EMPTY, FrozenDict, tuple_of
from salesprocess.timing import Period, instant

EARLIER = 3
"""So many earlier moments speak for the weights, half a horizon apart."""
EQUAL = 20.0
"""That all members are equally good weighs as much as so many deals."""
_STEPS = 100
_CLIP = 1e-6


class FittedMember(Protocol):
    """A fitted forecaster that tells the chance of one deal by a moment."""

    def probability(self, deal: Deal, *, by: datetime, as_of: datetime) -> Estimate | str:
        """The chance that the deal is won before `by`, as it stood at `as_of`, or why there is none."""
        ...


class Member(Protocol):
    """A forecaster whose fitted form tells the chance of one deal: `CompetingRisks`, `Landmark` and their like."""

    @property
    def method(self) -> str:
        """Its name."""
        ...

    def fit(self, deals: Iterable[Deal], *, as_of: datetime) -> FittedMember:
        """What it learns from the deals as they stood at `as_of`."""
        ...


def _members(members: Iterable[Member]) -> tuple[Member, ...]:
    return tuple_of(members, "members")


@attrs.frozen
class Blend:
    """The average of several forecasters, each weighted by what it said at earlier moments and what came of it.

    The weights maximise the likelihood of what came, of the deals open at three earlier moments as far from now as the
    forecast looks ahead; that all members are equal weighs as much as twenty deals. Where the history is too short to
    look back so far, all weigh the same. Since the members weigh otherwise further ahead, a longer horizon may, by a
    little, be less chance, which no member alone would say; the weights of one forecast are those of its end. Fitting
    costs as much as three backtest origins for each span that is asked about.

    Args:
        members: not fitted, each of another method.
        manual: whether a probability that a person stated for a deal `wins`, where its expected close lies in the
            period, or is `ignored`.

    Raises:
        OutOfRange: fewer than two members, two of one method, or an unknown word for `manual`.
        WrongKind: one that is no forecaster.

    >>> from datetime import UTC
    >>> from random import Random
    >>> from salesprocess import simulation, templates
    >>> from salesprocess.forecasting import CompetingRisks, Landmark
    >>> start, now = datetime(2025, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)
    >>> startup = templates.load("startup")
    >>> record = simulation.book(startup, 300, rng=Random(1), start=start, as_of=now).deals
    >>> fitted = Blend([CompetingRisks(startup), Landmark()]).fit(record, as_of=now)
    >>> round(sum(fitted.weights(timedelta(days=60)).values()), 9)
    1.0
    """

    members: tuple[Member, ...] = attrs.field(converter=_members)
    manual: Manual = attrs.field(default="ignored", kw_only=True)

    method = "blend"

    def __attrs_post_init__(self) -> None:
        checked_manual(self.manual)
        for member in self.members:
            if not hasattr(member, "fit") or not hasattr(member, "method"):
                raise WrongKind("members", member, "forecasters, which have a method and `fit`")
        names = [member.method for member in self.members]
        if len(names) < 2 or len(set(names)) < len(names):
            raise OutOfRange("members", ", ".join(names), "at least two, each of another method")

    def fit(self, deals: Iterable[Deal], *, as_of: datetime) -> FittedBlend:
        """Every member fitted to the histories as they stood at `as_of`.

        Raises:
            NoHistory: a member has nothing to learn from.
            DuplicateDeal, NaiveDatetime: the book or `as_of` is wrong.
        """
        moment = instant(as_of, "as_of")
        book = tuple(then for deal in deals if (then := deal.as_of(moment)) is not None)
        fitted = {member.method: member.fit(book, as_of=moment) for member in self.members}
        return FittedBlend(moment, FrozenDict(fitted), self.members, book, self.manual)


@attrs.frozen
class FittedBlend:
    """`Blend`, fitted at `fitted_as_of`.

    Attributes:
        fitted_as_of: what was recorded later is not in it.
        fitted: the members, by method.
        members: the members, not fitted.
        book: the deals as they stood.
        manual: whether probabilities that people stated win.
    """

    fitted_as_of: datetime
    fitted: FrozenDict[str, FittedMember] = attrs.field(repr=False)
    members: tuple[Member, ...]
    book: tuple[Deal, ...] = attrs.field(repr=lambda book: f"<{len(book)} deals>")
    manual: Manual = "ignored"
    _weights: dict[timedelta, Mapping[str, float]] = attrs.field(
        factory=dict[timedelta, Mapping[str, float]], init=False, eq=False, repr=False
    )

    method = Blend.method

    def weights(self, horizon: timedelta) -> Mapping[str, float]:
        """What each member weighs in a forecast that looks so far ahead; they sum to one.

        Raises:
            OutOfRange: the horizon is not longer than nothing.
        """
        if horizon <= timedelta(0):
            raise OutOfRange("horizon", horizon, "longer than nothing")
        if horizon not in self._weights:
            names = tuple(self.fitted)
            said = [
                row
                for back in range(EARLIER)
                for row in self._said(self.fitted_as_of - horizon * (1 + back / 2), horizon)
            ]
            self._weights[horizon] = FrozenDict(zip(names, _mixture(said, len(names)), strict=True))
        return self._weights[horizon]

    def _said(self, origin: datetime, horizon: timedelta) -> list[tuple[float, ...]]:
        """What each member gave to what came of each deal that was open at an earlier moment."""
        known = [(deal, then) for deal in self.book if (then := deal.as_of(origin)) is not None]
        opened = [(deal, then) for deal, then in known if then.status == "open"]
        try:
            fitted = [member.fit([then for _, then in known], as_of=origin) for member in self.members]
        except NoHistory:
            return []
        rows: list[tuple[float, ...]] = []
        for deal, then in opened:
            later = deal.as_of(origin + horizon)
            won = later is not None and later.status == "won"
            found = [each.probability(then, by=origin + horizon, as_of=origin) for each in fitted]
            if not any(isinstance(each, str) for each in found):
                chances = [each.probability for each in found if not isinstance(each, str)]
                rows.append(tuple(max(_CLIP, chance if won else 1 - chance) for chance in chances))
        return rows

    def probability(self, deal: Deal, *, by: datetime, as_of: datetime) -> Estimate | str:
        """The chance that a deal is won before `by`, as it stood at `as_of`, or why there is none.

        Raises:
            OutOfRange: the deal was not opened by `as_of`, or `as_of` precedes the fit.
            NaiveDatetime: a moment has no time zone.
        """
        return chance_by(deal, self._estimate, by=by, as_of=as_of, fitted_as_of=self.fitted_as_of)

    def forecast(
        self,
        deals: Iterable[Deal],
        *,
        period: Period | None,
        as_of: datetime,
        currency: str | None = None,
        rates: Mapping[str, Decimal] | None = None,
    ) -> Forecast:
        """What the open deals will bring in `period`, whatever close date anybody expects; as of `CompetingRisks`.

        Raises:
            OutOfRange: the period has ended by `as_of`, or `as_of` precedes the fit.
            CurrencyMismatch, NoHistory: no currency is given, and several occur, or none.
            MissingRate: names every currency of the deals counted that `rates` lacks.
            DuplicateDeal, NaiveDatetime: the book or `as_of` is wrong.
        """
        horizon = EVER if period is None else period.end - instant(as_of, "as_of")
        shares: Mapping[str, float] = self.weights(horizon) if horizon > timedelta(0) else EMPTY
        told = ", ".join(f"{name} {share:.0%}" for name, share in shares.items())
        return timed(
            deals,
            self._estimate,
            method=self.method,
            definition=f"chance of being won in the period: the average of {told}, weighted by earlier moments",
            fitted_as_of=self.fitted_as_of,
            period=period,
            as_of=as_of,
            currency=currency,
            rates=rates,
            manual=self.manual,
        )

    def _estimate(self, deal: Deal, now: datetime, begin: datetime, end: datetime) -> Estimate | str:
        if end <= now:
            return Estimate(0.0, "no time is left")
        shares = self.weights(end - now)
        total = weight = 0.0
        why: list[str] = []
        silent, beyond = "", False
        for name, fitted in self.fitted.items():
            found = fitted.probability(deal, by=end, as_of=now)
            if isinstance(found, str):
                silent = silent or found
                continue
            chance = found.probability
            if begin > now:
                before = fitted.probability(deal, by=begin, as_of=now)
                chance -= before.probability if isinstance(before, Estimate) else 0.0
            total += shares[name] * max(0.0, chance)
            weight += shares[name]
            beyond = beyond or found.extrapolated
            why.append(f"{name} ({shares[name]:.0%}) {chance:.0%}: {found.because}")
        return Estimate(min(1.0, total / weight), " | ".join(why), beyond) if weight > 0 else silent


def _mixture(said: Sequence[Sequence[float]], members: int) -> list[float]:
    """The weights that make what came most likely (expectation maximisation), drawn to equal ones."""
    shares = [1 / members] * members
    if not said:
        return shares
    for _ in range(_STEPS):
        credit = [EQUAL / members] * members
        for row in said:
            mixed = math.fsum(share * chance for share, chance in zip(shares, row, strict=True))
            for place, chance in enumerate(row):
                credit[place] += shares[place] * chance / mixed
        whole = math.fsum(credit)
        shares = [each / whole for each in credit]
    return shares
