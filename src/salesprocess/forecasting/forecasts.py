"""What a forecaster answers: the sum with its distribution, and every deal with its reason."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal, Protocol, get_args

import attrs

from salesprocess.analytics import results
from salesprocess.deal import Deal
from salesprocess.errors import OutOfRange
from salesprocess.forecasting.revenue import Revenue
from salesprocess.frozen import FrozenDict
from salesprocess.money import Money
from salesprocess.stages import CATEGORIES, ForecastCategory
from salesprocess.timing import Period

GroupKey = Literal["owner", "category", "month", "stage"]
"""What a forecast can be broken down by; `month` is that of the expected close."""

NO_OWNER, NO_MONTH = "no owner", "unscheduled"
OVERDUE = "overdue"


@attrs.frozen
class DealForecast:
    """What a forecast says of one deal.

    Attributes:
        deal: the id of the deal.
        amount: what it is worth, in the currency of the forecast.
        probability: that it is won, as the method sees it.
        expected: amount × probability.
        because: where the probability comes from.
        owner, stage, category, expected_close: how the deal stood at `as_of`.
        overdue: the day of its expected close had passed by then.
    """

    deal: str
    amount: Money
    probability: float
    expected: Money
    because: str
    owner: str | None
    stage: str
    category: ForecastCategory
    expected_close: date | None
    overdue: bool = False

    def group(self, by: GroupKey) -> str:
        """The group it belongs to."""
        if by == "owner":
            return self.owner or NO_OWNER
        if by == "month":
            if self.overdue:
                return OVERDUE
            return f"{self.expected_close:%Y-%m}" if self.expected_close else NO_MONTH
        return self.category if by == "category" else self.stage


@attrs.frozen
class GroupForecast:
    """One group of a forecast: how many deals, what they are worth, what they are expected to bring."""

    group: str
    deals: int
    amount: Money
    expected: Money


@attrs.frozen
class Breakdown:
    """A forecast by groups; the groups add up to the forecast exactly.

    Attributes:
        by: what the groups are.
        forecast: what is broken down.
        rows: the groups, categories in their own order, others by name.
    """

    by: GroupKey
    forecast: Forecast
    rows: tuple[GroupForecast, ...]

    @property
    def as_of(self) -> datetime:
        """The moment of which the forecast speaks."""
        return self.forecast.as_of

    @property
    def definition(self) -> str:
        """How the numbers are formed."""
        return f"Σ amount × probability by {self.by}; {self.forecast.definition}"

    @property
    def cohort(self) -> str:
        """Which deals these are."""
        return self.forecast.cohort

    @property
    def n(self) -> int:
        """How many deals are in it."""
        return self.forecast.n

    @property
    def excluded(self) -> Mapping[str, tuple[str, ...]]:
        """The deals that are not, by reason."""
        return self.forecast.excluded

    def to_rows(self) -> list[dict[str, Any]]:
        """The groups as plain dicts."""
        return results.plain_rows(self.rows)

    def __str__(self) -> str:
        header = [self.by, "deals", f"amount {self.forecast.currency}", f"expected {self.forecast.currency}"]
        lines = [
            [row.group, results.number(row.deals), results.money(row.amount), results.money(row.expected)]
            for row in self.rows
        ]
        return _report(f"{self.forecast.title} by {self.by}", self, results.table(header, lines))


@attrs.frozen
class Forecast:
    """What open deals will bring, with its distribution; prints as a table.

    Attributes:
        method: what made it.
        period: the period in which the deals are expected to close; None is any time.
        as_of: the moment of which it speaks; nothing recorded later is in it.
        tuning: the name of the priors, where `Process.retune` changed them; else empty.
        deals: every deal in it, largest expected amount first.
        excluded: the ids of the others, by reason.
        revenue: the distribution of the sum.
        definition: how the numbers are formed.
    """

    method: str
    period: Period | None
    as_of: datetime
    tuning: str
    deals: tuple[DealForecast, ...]
    excluded: FrozenDict[str, tuple[str, ...]]
    revenue: Revenue
    definition: str

    @property
    def currency(self) -> str:
        """The currency of all its amounts."""
        return self.revenue.expected.currency

    @property
    def title(self) -> str:
        """The heading of its table."""
        return f"Forecast {self.period or 'of all open deals'}, {self.method}"

    @property
    def cohort(self) -> str:
        """Which deals these are."""
        when = "" if self.period is None else f" expected to close in {self.period}"
        return f"open deals with an amount{when}"

    @property
    def n(self) -> int:
        """How many deals are in it."""
        return len(self.deals)

    @property
    def rows(self) -> tuple[DealForecast, ...]:
        """The deals, one row each."""
        return self.deals

    @property
    def expected(self) -> Money:
        """The sum of amount × probability."""
        return self.revenue.expected

    def quantile(self, q: float) -> Money:
        """The least sum that is not exceeded with probability `q`, if deals are independent."""
        return self.revenue.quantile(q)

    def interval(self, level: float = 0.8) -> tuple[Money, Money]:
        """The central interval of the sum, if deals are independent; where they are not, it is too narrow."""
        return self.revenue.interval(level)

    def probability_of(self, target: Money) -> float:
        """The probability that the sum reaches `target`, if deals are independent.

        Raises:
            CurrencyMismatch: the target is in another currency.
        """
        return self.revenue.probability_of(target)

    def by(self, key: GroupKey) -> Breakdown:
        """The forecast by owner, category, month of the expected close, or stage.

        Raises:
            OutOfRange: there is no such grouping.
        """
        if key not in get_args(GroupKey):
            raise OutOfRange("by", key, f"one of {', '.join(get_args(GroupKey))}")
        groups: dict[str, list[DealForecast]] = {}
        for deal in self.deals:
            groups.setdefault(deal.group(key), []).append(deal)
        order = sorted(groups)
        if key == "category":
            order = [category for category in CATEGORIES if category in groups]
        return Breakdown(key, self, tuple(self._sum(group, groups[group]) for group in order))

    def _sum(self, group: str, deals: list[DealForecast]) -> GroupForecast:
        amount = Money.total((deal.amount for deal in deals), self.currency)
        return GroupForecast(group, len(deals), amount, Money.total((deal.expected for deal in deals), self.currency))

    def to_rows(self) -> list[dict[str, Any]]:
        """The deals as plain dicts."""
        return results.plain_rows(self.deals)

    def __str__(self) -> str:
        low, high = self.interval(0.8)
        lines = [
            [
                row.deal,
                row.stage,
                results.money(row.amount),
                results.percent(row.probability),
                results.money(row.expected),
            ]
            for row in self.deals
        ]
        total = Money.total((deal.amount for deal in self.deals), self.currency)
        lines.append(["total", "", results.money(total), "", results.money(self.expected)])
        header = ["deal", "stage", f"amount {self.currency}", "probability", f"expected {self.currency}"]
        span = f"80 % interval, deals taken as independent: {results.money(low)} to {results.money(high)}"
        return _report(self.title, self, f"{results.table(header, lines, words=2)}\n{span}")


def _report(title: str, result: Forecast | Breakdown, body: str) -> str:
    left_out = {reason: len(deals) for reason, deals in result.excluded.items()}
    return results.report(
        title,
        result.as_of,
        body,
        definition=result.definition,
        cohort=result.cohort,
        n=result.n,
        excluded=left_out,
    )


class Fitted(Protocol):
    """A forecaster that has learnt what it can; it forecasts any book of deals."""

    def forecast(
        self,
        deals: Iterable[Deal],
        *,
        period: Period | None,
        as_of: datetime,
        currency: str | None = None,
        rates: Mapping[str, Decimal] | None = None,
    ) -> Forecast:
        """What `deals`, as they stood at `as_of`, will bring in `period`."""
        ...


class Forecaster(Protocol):
    """A method before it has seen any deal: what a comparison of methods takes, so that none has seen the future.

    `fit` returns a new value and changes nothing.
    """

    @property
    def method(self) -> str:
        """The name of the method, as its forecasts carry it."""
        ...

    def fit(self, deals: Iterable[Deal], *, as_of: datetime) -> Fitted:
        """What the method learns from the deals as they stood at `as_of`."""
        ...
