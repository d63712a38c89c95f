"""Two forecasts side by side: what was expected, between what and what, and how likely a target is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import attrs

from salesprocess.analytics import reports, results
from salesprocess.analytics.reports import Grid, Report, Sentences
from salesprocess.errors import CurrencyMismatch
from salesprocess.forecasting.bridge import Bridge, bridge
from salesprocess.forecasting.forecasts import Forecast
from salesprocess.money import Money


@attrs.frozen
class ContrastRow:
    """One measure of both forecasts; a probability is a float, all else is money."""

    measure: str
    before: Money | float
    after: Money | float
    difference: Money | float


@attrs.frozen
class Contrast:
    """Two forecasts side by side; prints as a table.

    Attributes:
        before, after: the forecasts.
        what: what the second does differently, in words; empty when nobody said.
        target: the sum to be reached; None without one.
    """

    before: Forecast
    after: Forecast
    what: tuple[str, ...] = ()
    target: Money | None = None

    @property
    def as_of(self) -> datetime:
        """The moment of the second forecast."""
        return self.after.as_of

    @property
    def definition(self) -> str:
        """How the numbers of the second forecast are formed."""
        return f"{self.after.definition}; difference: after − before"

    @property
    def cohort(self) -> str:
        """Which deals these are."""
        return f"{self.before.cohort}; {self.before.n:,} before, {self.after.n:,} after"

    @property
    def n(self) -> int:
        """How many deals are in the second forecast."""
        return self.after.n

    @property
    def excluded(self) -> Mapping[str, tuple[str, ...]]:
        """The deals that the second forecast leaves out, by reason."""
        return self.after.excluded

    @property
    def bridge(self) -> Bridge:
        """The difference deal by deal; of two forecasts of one period, the second not earlier than the first."""
        return bridge(self.before, self.after)

    @property
    def rows(self) -> tuple[ContrastRow, ...]:
        """Expected sum, standard deviation, quantiles, and the probability of the target."""
        one, other = self.before.revenue, self.after.revenue
        pairs = [("expected", one.expected, other.expected), ("standard deviation", one.sd, other.sd)]
        pairs += [(f"{q:.0%} quantile".replace("%", " %"), one.quantile(q), other.quantile(q)) for q in (0.1, 0.5, 0.9)]
        rows = [ContrastRow(name, old, new, new - old) for name, old, new in pairs]
        if self.target is not None:
            old, new = one.probability_of(self.target), other.probability_of(self.target)
            rows.append(ContrastRow(f"probability of {results.priced(self.target)}", old, new, new - old))
        return tuple(rows)

    def to_rows(self) -> list[dict[str, Any]]:
        """The measures as plain dicts."""
        return [
            {
                "measure": row.measure,
                **{
                    name: value.amount if isinstance(value, Money) else value
                    for name, value in (("before", row.before), ("after", row.after), ("difference", row.difference))
                },
                "currency": row.before.currency if isinstance(row.before, Money) else None,
            }
            for row in self.rows
        ]

    def report(self) -> Report:
        """What is shown."""
        grid = Grid(
            [self.after.currency, "before", "after", "difference"],
            [[row.measure, *map(_shown, (row.before, row.after, row.difference))] for row in self.rows],
        )
        changes = [Sentences(self.what, "what if:", "What if")] if self.what else []
        title = f"What if: {self.before.title}" if self.what else f"{self.before.title} → {self.after.title}"
        return reports.described(self, title, *changes, grid)

    __str__ = reports.text
    _repr_html_ = reports.html


def _shown(value: Money | float) -> str:
    return results.money(value) if isinstance(value, Money) else results.percent(value)


def contrast(before: Forecast, after: Forecast, *, target: Money | None = None) -> Contrast:
    """Two forecasts in one currency side by side; of one period or two, by one method or two.

    Raises:
        CurrencyMismatch: the forecasts or the target are in several currencies.

    >>> from datetime import UTC
    >>> from salesprocess import Process, Stage
    >>> from salesprocess.forecasting import Shock
    >>> from salesprocess.forecasting.stage_weighted import StageWeighted
    >>> solar = Process("solar", stages=[Stage("offer", probability=0.5), Stage.won("won"), Stage.lost("lost")])
    >>> at = datetime(2026, 1, 5, tzinfo=UTC)
    >>> deals = [solar.open(f"D{n}", at=at, amount=Money(1000, "EUR")) for n in range(40)]
    >>> plain = StageWeighted(solar).fit([], as_of=at).forecast(deals, period=None, as_of=at)
    >>> found = contrast(plain, plain.assuming(dependence=Shock(0.5)), target=Money(25_000, "EUR"))
    >>> for row in found.rows[2:]:
    ...     print(row.measure, row.before, row.after)
    10 % quantile 16000 EUR 13000 EUR
    50 % quantile 20000 EUR 20000 EUR
    90 % quantile 24000 EUR 27000 EUR
    probability of 25,000.00 EUR 0.0769... 0.221...
    """
    for currency in (after.currency, None if target is None else target.currency):
        if currency not in (None, before.currency):
            raise CurrencyMismatch(before.currency, currency)
    return Contrast(before, after, (), target)
