"""What a roll-up is made of: lines, periods, and every deal with the one line that it stands in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, TypeAlias, get_args

import attrs

from salesprocess.analytics import reports, results
from salesprocess.analytics.reports import Grid, Report, Sentences
from salesprocess.errors import OutOfRange
from salesprocess.forecasting.forecasts import NEW_DEALS, NO_MONTH, NO_OWNER, OVERDUE, Forecast, GroupKey
from salesprocess.frozen import FrozenDict
from salesprocess.money import Money
from salesprocess.stages import CATEGORIES, ForecastCategory
from salesprocess.timing import Period

Beside: TypeAlias = Literal["overdue", "unscheduled", "no_amount", "on_hold", "outside_open", "outside_won", "lost"]
"""Where a deal stands that is in no period."""

Place: TypeAlias = Beside | tuple[int, ForecastCategory]
"""A row beside the periods, or the number of a period and the category in it."""

BESIDE: Mapping[Beside, str] = {
    "overdue": "overdue",
    "unscheduled": "unscheduled",
    "no_amount": "no amount",
    "on_hold": "on hold",
    "outside_open": "outside the periods, open",
    "outside_won": "outside the periods, won",
    "lost": "lost",
}


@attrs.frozen
class Line:
    """So many deals, what they are worth, and what they are worth weighted with their probabilities.

    Attributes:
        count: how many.
        amount: what they are worth.
        weighted: amount × the probability of being won at any time.
        expected: by a model, what they bring in each period; empty without one.
    """

    count: int
    amount: Money
    weighted: Money
    expected: tuple[Money, ...] = ()

    def __add__(self, other: Line) -> Line:
        if not isinstance(other, Line):
            return NotImplemented
        return Line(
            self.count + other.count,
            self.amount + other.amount,
            self.weighted + other.weighted,
            tuple(one + more for one, more in zip(self.expected, other.expected, strict=True)),
        )


@attrs.frozen
class RollupDeal:
    """One deal of a roll-up.

    Attributes:
        deal: its id.
        place: the line that it stands in.
        line: what it adds to that line.
        owner, stage, category, currency: of the deal; a won deal is in the category closed, a lost one in none.
        month: of its close, or else of its expected close, as `2026-03`; None for neither.
    """

    deal: str
    place: Place
    line: Line
    owner: str | None
    stage: str
    category: ForecastCategory | None
    currency: str | None
    month: str | None

    def group(self, by: GroupKey) -> str:
        """The group it belongs to."""
        if by == "owner":
            return self.owner or NO_OWNER
        if by == "month":
            return OVERDUE if self.place == "overdue" else self.month or NO_MONTH
        if by == "currency":
            return self.currency or BESIDE["no_amount"]
        return self.stage if by == "stage" else self.category or BESIDE["lost"]


@attrs.frozen
class RollupRow:
    """One line of a roll-up as a row.

    Attributes:
        place: the period, or why the deals are in none.
        category: the single category or the name of a cumulative one; empty beside the periods.
        cumulative: it sums other rows of the same period.
        count, amount, weighted, expected: of the line.
    """

    place: str
    category: str
    cumulative: bool
    count: int
    amount: Money
    weighted: Money
    expected: tuple[Money, ...] = ()


@attrs.frozen
class PeriodRollup:
    """What belongs to one period: won in it, or open and expected to close in it.

    Attributes:
        period: the period.
        closed: the deals won in it, by the moment they were closed; weighted at 100 %.
        commit, most_likely, best_case, pipeline, omitted: the open deals by category.
        forecast: what a model says of the open deals in the period, wherever they stand; None without a model, or
            when the period has ended.
    """

    period: Period
    closed: Line
    commit: Line
    most_likely: Line
    best_case: Line
    pipeline: Line
    omitted: Line
    forecast: Forecast | None = attrs.field(default=None, repr=False)

    @property
    def open_pipeline(self) -> Line:
        """Pipeline + best case + most likely + commit."""
        return self.pipeline + self.best_case + self.most_likely + self.commit

    @property
    def best_case_forecast(self) -> Line:
        """Best case + most likely + commit + closed."""
        return self.best_case + self.most_likely + self.commit + self.closed

    @property
    def commit_forecast(self) -> Line:
        """Commit + closed."""
        return self.commit + self.closed

    @property
    def outlook(self) -> Money | None:
        """What the period will bring: won so far, and what the model expects of the rest; None without a forecast."""
        return None if self.forecast is None else self.closed.amount + self.forecast.expected

    def interval(self, level: float = 0.8) -> tuple[Money, Money] | None:
        """The central interval of what the period will bring, won deals included; None without a forecast."""
        if self.forecast is None:
            return None
        low, high = self.forecast.interval(level)
        return self.closed.amount + low, self.closed.amount + high

    def probability_of(self, target: Money) -> float | None:
        """The probability that the period brings `target`, won deals included; None without a forecast.

        Raises:
            CurrencyMismatch: the target is in another currency.
        """
        return None if self.forecast is None else self.forecast.probability_of(target - self.closed.amount)


SINGLE: tuple[ForecastCategory, ...] = ("closed", "commit", "most_likely", "best_case", "pipeline", "omitted")
CUMULATIVE = ("open_pipeline", "best_case_forecast", "commit_forecast")


@attrs.frozen
class Rollup:
    """The whole book as of one moment; prints as a table.

    Attributes:
        as_of: the moment; nothing recorded later is in it.
        currency: of all amounts.
        tuning: the name of the priors, where `Process.retune` changed them; else empty.
        method: the model whose probabilities weigh; empty for those of the rulebook.
        periods: the periods asked for, in the order given.
        overdue: open, with an expected close before the day of `as_of`.
        unscheduled: open, without an expected close.
        no_amount: open, on hold or won, without an amount.
        on_hold: waiting.
        outside_open, outside_won: expected to close, or won, in none of the periods.
        lost: lost, at any time; weighted at nothing.
        excluded: deals not opened yet, and what the weighted amounts leave out, by reason.
        deals: each deal, with the line that it stands in.
    """

    as_of: datetime
    currency: str
    tuning: str
    method: str
    periods: tuple[PeriodRollup, ...]
    overdue: Line
    unscheduled: Line
    no_amount: Line
    on_hold: Line
    outside_open: Line
    outside_won: Line
    lost: Line
    excluded: FrozenDict[str, int]
    deals: tuple[RollupDeal, ...] = attrs.field(repr=False)

    cohort = "deals opened by as_of"

    @property
    def definition(self) -> str:
        """How the numbers are formed."""
        told = (
            "each deal is in one line, the first of: lost; no amount; won, in the period of its close or outside; on "
            "hold; unscheduled; overdue; open, in the period of its expected close by category or outside. weighted: "
            f"amount × probability{f' by {self.method}' if self.method else ''}, won at 100 %, lost at 0. open "
            "pipeline = pipeline + best case + most likely + commit; best-case forecast = best case + most likely + "
            "commit + closed; commit forecast = commit + closed"
        )
        assumed = next((f.definition for period in self.periods if (f := period.forecast) is not None), "")
        return f"{told}; in a period: won in it, and expected of open deals: {assumed}" if assumed else told

    @property
    def new_deals(self) -> tuple[Money, ...]:
        """By period, what deals that do not exist yet are expected to bring; empty without a model."""
        if not self.method:
            return ()
        nothing = Money(0, self.currency)
        business = [each.forecast and each.forecast.assumptions.new_business for each in self.periods]
        return tuple(new.expected if new else nothing for new in business)

    @property
    def total(self) -> Line:
        """All deals opened by `as_of`: the sum of every single line."""
        return _sum((deal.line for deal in self.deals), self.currency, len(self.new_deals))

    @property
    def n(self) -> int:
        """How many deals are in it."""
        return len(self.deals)

    @property
    def rows(self) -> tuple[RollupRow, ...]:
        """Every line, the cumulative ones marked; the others add up to `total`."""
        return tuple(self._rows())

    def _rows(self) -> Iterator[RollupRow]:
        for period in self.periods:
            for name in (*SINGLE, *CUMULATIVE):
                yield _row(str(period.period), name, name in CUMULATIVE, getattr(period, name))
        for place, words in BESIDE.items():
            yield _row(words, "", False, getattr(self, place))

    def by(self, key: GroupKey) -> RollupBreakdown:
        """The roll-up by owner, category, month of the close, stage, or currency of the deals; groups add up to it.

        Raises:
            OutOfRange: there is no such grouping.
        """
        if key not in get_args(GroupKey):
            raise OutOfRange("by", key, f"one of {', '.join(get_args(GroupKey))}")
        groups: dict[str, list[RollupDeal]] = {}
        for deal in self.deals:
            groups.setdefault(deal.group(key), []).append(deal)
        order = sorted(groups)
        if key == "category":
            order.sort(key=[*CATEGORIES, BESIDE["lost"]].index)
        parts = {
            name: of_deals(
                groups[name],
                as_of=self.as_of,
                currency=self.currency,
                tuning=self.tuning,
                method=self.method,
                periods=[each.period for each in self.periods],
                excluded={},
            )
            for name in order
        }
        return RollupBreakdown(key, self, FrozenDict(parts))

    def to_rows(self) -> list[dict[str, Any]]:
        """The lines as plain dicts; with a model, one column for each period."""
        columns = [f"expected {period.period}" for period in self.periods]
        return [
            row | {name: money.amount for name, money in zip(columns, row.pop("expected"), strict=False)}
            for row in results.plain_rows(self.rows)
        ]

    def report(self) -> Report:
        """What is shown: the lines that hold deals."""
        rows = [row for row in self.rows if row.count]
        rows.append(_row("total", "", False, self.total))
        lines = [[row.place, _words(row), *_cells(row)] for row in rows]
        if any(self.new_deals):
            lines.insert(-1, [NEW_DEALS, "", "", "", "", *map(results.money, self.new_deals)])
            whole = zip(self.total.expected, self.new_deals, strict=True)
            lines[-1][-len(self.periods) :] = [results.money(one + more) for one, more in whole]
        grid = Grid(["", "category", *_heads(self)], lines, words=2)
        said = Sentences([_outlook(each, each.forecast) for each in self.periods if each.forecast is not None])
        return reports.described(self, "Roll-up", *([grid, said] if said.said else [grid]))

    __str__ = reports.text
    _repr_html_ = reports.html


@attrs.frozen
class RollupBreakdown:
    """A roll-up by groups; prints as a table of the lines that hold deals.

    Attributes:
        by: what the groups are.
        rollup: what is broken down.
        groups: the roll-up of each group, by its name, without forecasts, which are of all deals; categories in their
            own order, others by name.
    """

    by: GroupKey
    rollup: Rollup
    groups: FrozenDict[str, Rollup]

    @property
    def as_of(self) -> datetime:
        """The moment of the roll-up."""
        return self.rollup.as_of

    @property
    def definition(self) -> str:
        """How the numbers are formed."""
        return self.rollup.definition

    @property
    def cohort(self) -> str:
        """Which deals these are."""
        return self.rollup.cohort

    @property
    def n(self) -> int:
        """How many deals are in it."""
        return self.rollup.n

    @property
    def excluded(self) -> Mapping[str, int]:
        """What the roll-up leaves out, by reason."""
        return self.rollup.excluded

    def to_rows(self) -> list[dict[str, Any]]:
        """The lines of all groups as plain dicts."""
        return [{self.by: name, **row} for name, group in self.groups.items() for row in group.to_rows()]

    def report(self) -> Report:
        """What is shown: the single lines that hold deals, group by group."""
        lines = [
            [name, row.place, _words(row), *_cells(row)]
            for name, group in self.groups.items()
            for row in group.rows
            if row.count and not row.cumulative
        ]
        title = f"Roll-up by {self.by}"
        return reports.described(self, title, Grid([self.by, "", "category", *_heads(self.rollup)], lines, words=3))

    __str__ = reports.text
    _repr_html_ = reports.html


def of_deals(
    deals: Sequence[RollupDeal],
    *,
    as_of: datetime,
    currency: str,
    tuning: str,
    method: str,
    periods: Sequence[Period],
    excluded: Mapping[str, int],
    forecasts: Sequence[Forecast | None] = (),
) -> Rollup:
    """The roll-up that some deals add up to."""
    lines: dict[Place, list[Line]] = {}
    for deal in deals:
        lines.setdefault(deal.place, []).append(deal.line)

    def line(place: Place) -> Line:
        return _sum(lines.get(place, ()), currency, len(periods) if method else 0)

    parts: list[PeriodRollup] = []
    for number, period in enumerate(periods):
        closed, commit, most_likely, best_case, pipeline, omitted = (line((number, name)) for name in SINGLE)
        made = forecasts[number] if forecasts else None
        parts.append(PeriodRollup(period, closed, commit, most_likely, best_case, pipeline, omitted, made))
    return Rollup(
        as_of,
        currency,
        tuning,
        method,
        tuple(parts),
        excluded=FrozenDict(excluded),
        deals=tuple(deals),
        **{place: line(place) for place in BESIDE},
    )


def _sum(lines: Iterable[Line], currency: str, periods: int) -> Line:
    each = list(lines)
    return Line(
        sum(line.count for line in each),
        Money.total((line.amount for line in each), currency),
        Money.total((line.weighted for line in each), currency),
        tuple(Money.total((line.expected[number] for line in each), currency) for number in range(periods)),
    )


def _row(place: str, category: str, cumulative: bool, line: Line) -> RollupRow:
    return RollupRow(place, category, cumulative, line.count, line.amount, line.weighted, line.expected)


def _heads(rollup: Rollup) -> list[str]:
    expected = [f"in {period.period}" for period in rollup.periods] if rollup.method else []
    return ["deals", f"amount {rollup.currency}", f"weighted {rollup.currency}", *expected]


def _cells(row: RollupRow) -> list[str]:
    return [results.number(row.count), *map(results.money, (row.amount, row.weighted, *row.expected))]


def _words(row: RollupRow) -> str:
    name = row.category.replace("_", " ")
    return f"= {name}" if row.cumulative else name


def _outlook(period: PeriodRollup, forecast: Forecast) -> str:
    won = period.closed.amount
    low, high = (results.money(won + bound) for bound in forecast.interval(0.8))
    outlook, short = results.money(won + forecast.expected), forecast.assumptions.dependence_short
    return f"{period.period}: {results.money(won)} won, {outlook} in the end, 80 % between {low} and {high} ({short})"
