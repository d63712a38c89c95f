"""What a forecaster answers: the sum with its distribution, and every deal with its reason."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias, get_args

import attrs

from salesprocess.analytics import reports, results
from salesprocess.analytics.reports import Grid, Report, Sentences
from salesprocess.deal import Deal
from salesprocess.errors import OutOfRange
from salesprocess.forecasting.amount_changes import AmountChanges
from salesprocess.forecasting.assumptions import Assumptions
from salesprocess.forecasting.dependence import Dependence
from salesprocess.forecasting.new_deals import NewDeals
from salesprocess.forecasting.revenue import NewBusiness, Revenue, Worth, distribution, expected_of
from salesprocess.frozen import FrozenDict
from salesprocess.money import Money
from salesprocess.stages import CATEGORIES, ForecastCategory
from salesprocess.timing import Period

if TYPE_CHECKING:
    from salesprocess.forecasting.choosing import Choice

GroupKey = Literal["owner", "category", "month", "stage", "currency"]
"""What a forecast can be broken down by; `month` is that of the expected close, `currency` that of the deal itself."""

Kept: TypeAlias = Literal["kept"]
KEPT: Kept = "kept"
"""What a forecast assumes already."""

NO_OWNER, NO_MONTH = "no owner", "unscheduled"
NEW_DEALS = "new deals"
"""The group of deals that do not exist yet, whatever a forecast is broken down by."""
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
        stated: what it is worth in its own currency; None when that is the currency of the forecast.
        extrapolated: the probability reaches beyond what the history has seen.
        won: it has been won in the period already, and is here because `outlook` put it here.
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
    stated: Money | None = None
    extrapolated: bool = False
    won: bool = False

    def bet(self, assumed: Assumptions) -> tuple[Worth, float]:
        """What it brings when it is won, as its amount is assumed to change, and its probability."""
        return self.amount if self.won else assumed.worth(self.amount, self.stage), self.probability

    def group(self, by: GroupKey) -> str:
        """The group it belongs to."""
        if by == "owner":
            return self.owner or NO_OWNER
        if by == "month":
            if self.overdue:
                return OVERDUE
            return f"{self.expected_close:%Y-%m}" if self.expected_close else NO_MONTH
        if by == "currency":
            return (self.stated or self.amount).currency
        return self.category if by == "category" else self.stage


@attrs.frozen
class GroupForecast:
    """One group of a forecast.

    Attributes:
        group: its name.
        deals: how many deals are in it; 0 for deals that do not exist yet.
        amount: what they are worth.
        expected: what they are expected to bring.
        low, high: the 80 % interval of what they bring. Those of several groups do not add up.
    """

    group: str
    deals: int
    amount: Money
    expected: Money
    low: Money
    high: Money


@attrs.frozen
class Breakdown:
    """A forecast by groups; the groups add up to the forecast exactly.

    Attributes:
        by: what the groups are.
        forecast: what is broken down.
        rows: the groups, categories in their own order, others by name, new deals last.
        revenue: the distribution of each group, by its name.
    """

    by: GroupKey
    forecast: Forecast
    rows: tuple[GroupForecast, ...]
    revenue: FrozenDict[str, Revenue]

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

    def report(self) -> Report:
        """What is shown."""
        currency = self.forecast.currency
        header = [self.by, "deals", f"amount {currency}", f"expected {currency}", "80 % from", "to"]
        lines = [
            [
                row.group,
                results.number(row.deals),
                *(results.money(value) for value in (row.amount, row.expected, row.low, row.high)),
            ]
            for row in self.rows
        ]
        return reports.described(self, f"{self.forecast.title} by {self.by}", Grid(header, lines))

    __str__ = reports.text
    _repr_html_ = reports.html


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
        method_definition: how the method forms the probabilities.
        assumptions: how deals hang together, how amounts may change, and which new deals are counted.
        choice: why this method, with its backtest, where `forecast` chose it; else None.
    """

    method: str
    period: Period | None
    as_of: datetime
    tuning: str
    deals: tuple[DealForecast, ...]
    excluded: FrozenDict[str, tuple[str, ...]]
    revenue: Revenue
    method_definition: str
    assumptions: Assumptions = attrs.field(factory=Assumptions)
    choice: Choice | None = None

    @property
    def definition(self) -> str:
        """How the numbers are formed, and what they assume."""
        return f"{self.method_definition}; {self.assumptions}"

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
        when = "" if self.period is None else f", as far as the method speaks of them for {self.period}"
        won = sum(row.won for row in self.deals)
        return f"{f'{won:,} deals won in the period, and ' if won else ''}open deals with an amount{when}"

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
        """The sum of amount × probability, of changed amounts and new deals where they are assumed."""
        return self.revenue.expected

    def quantile(self, q: float) -> Money:
        """The least sum that is not exceeded with probability `q`, as far as the assumptions hold."""
        return self.revenue.quantile(q)

    def interval(self, level: float = 0.8) -> tuple[Money, Money]:
        """The central interval of the sum; with deals taken as independent, which they are not, it is too narrow."""
        return self.revenue.interval(level)

    def probability_of(self, target: Money) -> float:
        """The probability that the sum reaches `target`, as far as the assumptions hold.

        Raises:
            CurrencyMismatch: the target is in another currency.
        """
        return self.revenue.probability_of(target)

    def assuming(
        self,
        *,
        dependence: Dependence | Kept = KEPT,
        amounts: AmountChanges | Kept | None = KEPT,
        new_deals: NewDeals | Kept | None = KEPT,
    ) -> Forecast:
        """The same forecast under other assumptions; probabilities stay what they are, as do assumptions not named.

        Args:
            dependence: how deals hang together; None takes them as independent.
            amounts: how much amounts change until a deal is won; None takes them as they stand.
            new_deals: deals that will be opened and won in the period; None counts none.

        Raises:
            CurrencyMismatch: the new deals are in another currency.
            OutOfRange: the new deals are those of another period.
        """
        now = self.assumptions
        assumed = Assumptions(
            now.dependence if dependence == KEPT else dependence,
            now.amounts if amounts == KEPT else amounts,
            now.new_deals if new_deals == KEPT else new_deals,
        )
        coming = assumed.new_deals
        if coming is not None and coming.period != self.period:
            raise OutOfRange("new_deals", str(coming.period), f"of the period of the forecast, {self.period}")
        return self.with_rows(self.deals, assumed)

    def with_rows(self, rows: Iterable[DealForecast], assumptions: Assumptions | None = None) -> Forecast:
        """The forecast with other rows, which are priced and added up anew."""
        assumed = self.assumptions if assumptions is None else assumptions
        priced = [attrs.evolve(row, expected=expected_of(*row.bet(assumed))) for row in rows]
        return attrs.evolve(
            self,
            deals=tuple(sorted(priced, key=lambda row: (-row.expected.amount, row.deal))),
            revenue=self._revenue(priced, assumed, assumed.new_business),
            assumptions=assumed,
        )

    def _revenue(self, rows: Iterable[DealForecast], assumed: Assumptions, new: NewBusiness | None) -> Revenue:
        bets = [row.bet(assumed) for row in rows]
        return distribution(bets, self.currency, dependence=assumed.dependence, new=new)

    def by(self, key: GroupKey) -> Breakdown:
        """The forecast by owner, category, month of the expected close, stage, or currency of the deals.

        Each group has its distribution, under the same assumptions. New deals are a group of their own.

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
        laws = {group: self._revenue(groups[group], self.assumptions, None) for group in order}
        new = self.assumptions.new_business
        if new is not None:
            groups[NEW_DEALS], laws[NEW_DEALS] = [], self._revenue([], self.assumptions, new)
        rows = [self._group(group, groups[group], law) for group, law in laws.items()]
        return Breakdown(key, self, tuple(rows), FrozenDict(laws))

    def _group(self, group: str, deals: list[DealForecast], revenue: Revenue) -> GroupForecast:
        amount = Money.total((deal.amount for deal in deals), self.currency)
        return GroupForecast(group, len(deals), amount, revenue.expected, *revenue.interval(0.8))

    def to_rows(self) -> list[dict[str, Any]]:
        """The deals as plain dicts."""
        return results.plain_rows(self.deals)

    def report(self) -> Report:
        """What is shown."""
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
        new = self.assumptions.new_business
        if new is not None:
            lines.append([NEW_DEALS, "", "", "", results.money(new.expected)])
        lines.append(["total", "", results.money(total), "", results.money(self.expected)])
        header = ["deal", "stage", f"amount {self.currency}", "probability", f"expected {self.currency}"]
        span = f"80 % interval, {self.assumptions.dependence_short}: {results.money(low)} to {results.money(high)}"
        said = [span] if self.choice is None else [span, f"{self.method} was chosen: {self.choice.why}"]
        return reports.described(self, self.title, Grid(header, lines, words=2), Sentences(said))

    __str__ = reports.text
    _repr_html_ = reports.html


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
