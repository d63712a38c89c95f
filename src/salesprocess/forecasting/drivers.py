"""What the total hangs on: the deals whose loss moves a quantile of it most."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import TypeAlias

import attrs

from salesprocess.analytics import reports, results
from salesprocess.analytics.reports import Grid, Report
from salesprocess.errors import OutOfRange
from salesprocess.forecasting.book import tidy
from salesprocess.forecasting.dependence import Shock
from salesprocess.forecasting.forecasts import DealForecast, Forecast
from salesprocess.forecasting.revenue import AmountLaw, Worth, distribution, quantiles_without
from salesprocess.money import Money

_CANDIDATES = 2
"""So many times as many deals as are asked for are tried, those that are expected to bring most."""


@attrs.frozen
class Driver:
    """One deal, and where the quantile would be without doubt about it.

    Attributes:
        deal, owner, stage, amount, probability: of the deal, as forecast.
        if_lost, if_won: the quantile, were it certain that the deal is lost, or won.
        loss, gain: by how much that is below and above the quantile as it is.
    """

    deal: str
    owner: str | None
    stage: str
    amount: Money
    probability: float
    if_lost: Money
    if_won: Money
    loss: Money
    gain: Money


@attrs.frozen
class Drivers:
    """The deals that move a quantile of a forecast most; prints as a table.

    Attributes:
        forecast: what they drive.
        q: which quantile.
        rows: the deals, the largest loss first.
    """

    forecast: Forecast
    q: float
    rows: tuple[Driver, ...]

    @property
    def as_of(self) -> datetime:
        """The moment of the forecast."""
        return self.forecast.as_of

    @property
    def definition(self) -> str:
        """How the numbers are formed."""
        return (
            f"the {self.q:.0%} quantile of the sum".replace("%", " %")
            + " with the deal lost for sure, and with it won, all else as it is; among the deals that are expected to "
            f"bring most; {self.forecast.definition}"
        )

    @property
    def cohort(self) -> str:
        """Which deals these are."""
        return self.forecast.cohort

    @property
    def n(self) -> int:
        """How many deals are in the forecast."""
        return self.forecast.n

    @property
    def excluded(self) -> Mapping[str, tuple[str, ...]]:
        """The deals that the forecast leaves out, by reason."""
        return self.forecast.excluded

    to_rows = results.rows_of

    def report(self) -> Report:
        """What is shown."""
        grid = Grid(
            ["deal", "owner", f"amount {self.forecast.currency}", "probability", "if lost", "if won"],
            [
                [
                    row.deal,
                    row.owner or results.NOTHING,
                    results.money(row.amount),
                    results.percent(row.probability),
                    f"−{results.money(row.loss)}",
                    f"+{results.money(row.gain)}",
                ]
                for row in self.rows
            ],
            words=2,
        )
        now = results.money(self.forecast.quantile(self.q))
        title = f"What the {self.q:.0%} quantile of {now} hangs on".replace("%", " %")
        return reports.described(self, title, grid)

    __str__ = reports.text
    _repr_html_ = reports.html


def drivers(forecast: Forecast, *, q: float = 0.1, count: int = 10) -> Drivers:
    """The deals whose loss moves the quantile `q` of a forecast most, and what winning them would add.

    Deals that have been won, in an `outlook`, are not among them.

    Args:
        forecast: any forecast, under its own assumptions.
        q: the quantile; low ones ask what endangers the number.
        count: how many deals to show.

    Raises:
        OutOfRange: `q` lies outside [0, 1], or `count` below 1.

    >>> from datetime import UTC
    >>> from salesprocess import Process, Stage
    >>> from salesprocess.forecasting.stage_weighted import StageWeighted
    >>> solar = Process("solar", stages=[Stage("offer", probability=0.8), Stage.won("won"), Stage.lost("lost")])
    >>> at = datetime(2026, 1, 5, tzinfo=UTC)
    >>> deals = [solar.open(f"D{n}", at=at, amount=Money(100 * n, "EUR")) for n in (1, 2, 9)]
    >>> forecast = StageWeighted(solar).fit([], as_of=at).forecast(deals, period=None, as_of=at)
    >>> first = drivers(forecast, q=0.5).rows[0]
    >>> first.deal, first.loss, first.gain
    ('D9', Money('900', 'EUR'), Money('0', 'EUR'))
    """
    now = forecast.quantile(q)
    if count < 1:
        raise OutOfRange("count", count, "at least 1")
    by_worth = sorted(forecast.deals, key=lambda row: (row.won, -row.expected.amount, row.deal))
    most = min(_CANDIDATES * count, sum(not row.won for row in by_worth))
    tried, others = by_worth[:most], by_worth[most:]
    movements = _together(forecast, tried, others, q) or _one_by_one(forecast, tried, others, q)
    rows = [
        Driver(row.deal, row.owner, row.stage, row.amount, row.probability, now - loss, now + gain, loss, gain)
        for row, (loss, gain) in zip(tried, movements, strict=True)
    ]
    rows.sort(key=lambda row: (-row.loss.amount, -row.gain.amount, row.deal))
    return Drivers(forecast, q, tuple(rows[:count]))


Movement: TypeAlias = tuple[Money, Money]
"""By how much the quantile falls when a deal is lost, and rises when it is won."""


def _together(
    forecast: Forecast, tried: Sequence[DealForecast], others: Sequence[DealForecast], q: float
) -> list[Movement] | None:
    """On one grid for all; None where that would not do: in small, very uneven, or large books under a shock."""
    assumed = forecast.assumptions
    first, rest = ([row for row in rows if 0 < row.probability < 1 and row.amount] for rows in (tried, others))
    bets = [row.bet(assumed) for row in (*first, *rest)]
    moved = None
    if first:
        moved = quantiles_without(bets, len(first), q, dependence=assumed.dependence, new=assumed.new_business)
    if moved is None:
        return None
    found = {row.deal: (loss, gain) for row, (loss, gain) in zip(first, moved, strict=True)}
    return [
        (Money(tidy(loss), forecast.currency), Money(tidy(gain), forecast.currency))
        for loss, gain in (found.get(row.deal, _surely(row)) for row in tried)
    ]


def _surely(row: DealForecast) -> tuple[Decimal, Decimal]:
    """The movement by a deal that is certain, or worth nothing."""
    return (row.amount.amount, Decimal(0)) if row.probability == 1 else (Decimal(0), row.amount.amount)


def _one_by_one(
    forecast: Forecast, tried: Sequence[DealForecast], others: Sequence[DealForecast], q: float
) -> list[Movement]:
    """Each deal lost, and won, in a distribution of its own."""
    base, now = _base(forecast, others), forecast.quantile(q)
    found: list[Movement] = []
    for row in tried:
        rest = [other.bet(forecast.assumptions) for other in tried if other is not row]
        without = _quantile(forecast, [*base, *rest], q)
        worth, _ = row.bet(forecast.assumptions)
        won = without + worth if isinstance(worth, Money) else _quantile(forecast, [*base, *rest, (worth, 1.0)], q)
        found.append((now - without, won - now))
    return found


def _base(forecast: Forecast, others: Sequence[DealForecast]) -> list[tuple[Worth, float]]:
    """The deals that are not tried: one law for all of them, unless a shock ties them to the others."""
    bets = [row.bet(forecast.assumptions) for row in others]
    if isinstance(forecast.assumptions.dependence, Shock) or not bets:
        return bets
    law = distribution(bets, forecast.currency)
    return [(AmountLaw([Money(amount, forecast.currency) for amount in law.amounts], law.chances), 1.0)]


def _quantile(forecast: Forecast, bets: list[tuple[Worth, float]], q: float) -> Money:
    assumed = forecast.assumptions
    return distribution(bets, forecast.currency, dependence=assumed.dependence, new=assumed.new_business).quantile(q)
