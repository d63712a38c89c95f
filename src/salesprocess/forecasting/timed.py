"""What methods that know of time have in common: the chance within a period, and whether people are believed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Literal, TypeAlias, get_args

from salesprocess.deal import Deal
from salesprocess.errors import OutOfRange
from salesprocess.forecasting.assembly import Estimate, assembled
from salesprocess.forecasting.forecasts import Forecast
from salesprocess.timing import Period, instant

Manual: TypeAlias = Literal["ignored", "wins"]
"""What a probability that a person stated for a deal does to a forecast."""
Chance: TypeAlias = Callable[[Deal, datetime, datetime, datetime], Estimate | str]
"""(deal as it stood, now, begin, end): the chance that it is won from `begin` until just before `end`."""

EVER = timedelta(days=36500)
"""A forecast of any time looks so far ahead: what has not been won by then, will not be."""


def checked_manual(manual: Manual) -> None:
    """Refuse what is no way to treat a stated probability.

    Raises:
        OutOfRange: it is neither `ignored` nor `wins`.
    """
    if manual not in get_args(Manual):
        raise OutOfRange("manual", manual, "one of ignored, wins")


def as_it_stood(deal: Deal, now: datetime) -> Deal:
    """The deal as of a moment.

    Raises:
        OutOfRange: it was not opened by then.
    """
    then = deal.as_of(now)
    if then is None:
        raise OutOfRange("as_of", now, f"no earlier than the opening, {deal.opened_at.isoformat()}")
    return then


def chance_by(deal: Deal, chance: Chance, *, by: datetime, as_of: datetime, fitted_as_of: datetime) -> Estimate | str:
    """The chance that a deal is won before `by`, as it stood at `as_of`, or why there is none.

    Raises:
        OutOfRange: the deal was not opened by `as_of`, or `as_of` precedes the history that the method learnt from.
        NaiveDatetime: a moment has no time zone.
    """
    now, end = instant(as_of, "as_of"), instant(by, "by")
    after_the_fit(now, fitted_as_of)
    return chance(as_it_stood(deal, now), now, now, max(now, end))


def after_the_fit(now: datetime, fitted_as_of: datetime) -> None:
    """Refuse a moment of which a method would tell what it learnt later.

    Raises:
        OutOfRange: `now` precedes `fitted_as_of`.
    """
    if now < fitted_as_of:
        raise OutOfRange("as_of", now, f"no earlier than what the method was fitted to, {fitted_as_of.isoformat()}")


def timed(
    deals: Iterable[Deal],
    chance: Chance,
    *,
    method: str,
    definition: str,
    fitted_as_of: datetime,
    period: Period | None,
    as_of: datetime,
    currency: str | None,
    rates: Mapping[str, Decimal] | None,
    manual: Manual = "ignored",
) -> Forecast:
    """The forecast of a method that tells the chance of one deal within a span of time.

    Raises:
        OutOfRange: the period has ended by `as_of`, or `as_of` precedes the history that the method learnt from.
        CurrencyMismatch, NoHistory, MissingRate, DuplicateDeal, NaiveDatetime: as of `assembled`.
    """
    now = instant(as_of, "as_of")
    after_the_fit(now, fitted_as_of)
    if period is not None and period.end <= now:
        raise OutOfRange("period", str(period), f"one that ends after {now.isoformat()}")
    begin = now if period is None else max(period.start, now)
    end = now + EVER if period is None else period.end

    def estimate(deal: Deal) -> Estimate | str:
        stated, close = deal.probability, deal.expected_close
        if manual == "wins" and stated is not None and (period is None or (close is not None and close in period)):
            return Estimate(stated, "stated for this deal by a person")
        return chance(deal, now, begin, end)

    told = "are ignored" if manual == "ignored" else "win, where the expected close lies in the period"
    return assembled(
        deals,
        estimate,
        method=method,
        definition=f"{definition}; probabilities stated by people {told}",
        period=period,
        as_of=now,
        currency=currency,
        rates=rates,
    )
