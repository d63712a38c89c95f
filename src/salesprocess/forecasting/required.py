"""How much pipeline a target needs: from what the pipeline of the same week of earlier periods became."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Literal, TypeAlias, get_args

import attrs

from salesprocess.analytics import reports, results
from salesprocess.analytics.cohort import NOT_OPENED
from salesprocess.analytics.coverages import places
from salesprocess.analytics.deal_table import OPEN, deal_table
from salesprocess.analytics.reports import Grid, Report, Sentences
from salesprocess.analytics.worths import worths
from salesprocess.deal import Deal
from salesprocess.errors import NoHistory, OutOfRange
from salesprocess.forecasting.book import WIDE, as_of_each
from salesprocess.frozen import FrozenDict, tuple_of
from salesprocess.money import Money, check_rates
from salesprocess.process import Process
from salesprocess.timing import Period, instant

Pipeline: TypeAlias = Literal["scheduled", "open"]
"""Which open deals are the pipeline of a period: those expected to close in it, or all of them."""

TOO_EARLY = "period in which no deal was on record at the same moment"
NO_AMOUNT = "open deal without an amount"
_CENT = Decimal("0.01")


@attrs.frozen
class PastPipeline:
    """What the pipeline of an earlier period became.

    Attributes:
        period: its label.
        moment: as long before its end as `as_of` is before the end of the period in question.
        deals: how many were in the pipeline then.
        pipeline: what they were worth then.
        won: what those of them that were won by the end of the period brought.
        conversion: `won` / `pipeline`; None without a pipeline.
        beside: what was won from then to the end of the period by other deals, opened later or not scheduled then.
    """

    period: str
    moment: datetime
    deals: int
    pipeline: Money
    won: Money
    conversion: float | None
    beside: Money


@attrs.frozen
class RequiredPipeline:
    """How much pipeline a target needs now; prints as a table.

    Attributes:
        as_of: nothing recorded later is in it.
        period: to whose end the target is to be reached.
        target: the sum to be won in it.
        won: what has been won in it so far.
        pipeline: what the deals in the pipeline are worth now.
        n: how many they are.
        kind: which deals are the pipeline.
        rows: the earlier periods.
        excluded: what is left out, by reason.
    """

    as_of: datetime
    period: Period
    target: Money
    won: Money
    pipeline: Money
    n: int
    kind: Pipeline
    rows: tuple[PastPipeline, ...]
    excluded: FrozenDict[str, int]

    @property
    def definition(self) -> str:
        """How the numbers are formed."""
        those = "of any expected close"
        if self.kind == "scheduled":
            those = "expected to close in what is left of the period, and not omitted from the forecast"
        return (
            f"pipeline: amounts of open deals {those}; conversion: won from it by the end of the period / pipeline, "
            "over all earlier periods, each looked at as long before its end as today; required: what is missing / "
            "conversion; coverage: pipeline / what is missing; beside: won meanwhile by deals that were not in the "
            "pipeline; amounts as they stood then, of won deals as of the close, all at the same rates"
        )

    @property
    def cohort(self) -> str:
        """Which deals these are."""
        return f"the pipeline of {self.period}, and of {len(self.rows)} earlier periods"

    @property
    def missing(self) -> Money:
        """What is still to be won: the target less what has been won; nothing where the target is met."""
        return max(self.target - self.won, Money(0, self.target.currency))

    @property
    def conversion(self) -> float:
        """The share of the pipeline that was won by the end, of all earlier periods together."""
        pipeline, won = (sum(getattr(row, name).amount for row in self.rows) for name in ("pipeline", "won"))
        return float(WIDE.divide(won, pipeline))

    @property
    def conversions(self) -> tuple[float, float]:
        """The least and the greatest conversion of an earlier period."""
        known = [row.conversion for row in self.rows if row.conversion is not None]
        return min(known), max(known)

    @property
    def required(self) -> Money | None:
        """The pipeline that brings what is missing at the usual conversion; None where that is nothing."""
        return _over(self.missing, self.conversion)

    @property
    def required_at_worst(self) -> Money | None:
        """The same at the least conversion of the earlier periods."""
        return _over(self.missing, self.conversions[0])

    @property
    def gap(self) -> Money | None:
        """What the pipeline lacks of `required`; below zero where it has more."""
        return None if self.required is None else self.required - self.pipeline

    @property
    def coverage(self) -> float | None:
        """The pipeline over what is missing; None where the target is met."""
        return float(WIDE.divide(self.pipeline.amount, self.missing.amount)) if self.missing else None

    @property
    def required_coverage(self) -> float | None:
        """The coverage that the usual conversion asks for: one over it."""
        return 1 / self.conversion if self.conversion else None

    @property
    def beside(self) -> Money:
        """What deals beside the pipeline brought from the same week on: the median of the earlier periods."""
        middle = statistics.median(row.beside.amount for row in self.rows)
        return Money(WIDE.quantize(middle, _CENT), self.target.currency)

    @property
    def enough(self) -> int:
        """In how many earlier periods the pipeline of today, and what came beside it, would have done."""
        missing, pipeline = self.missing.amount, float(self.pipeline.amount)
        return sum(pipeline * (row.conversion or 0.0) + float(row.beside.amount) >= missing for row in self.rows)

    to_rows = results.rows_of

    def report(self) -> Report:
        """What is shown: the earlier periods, and what follows from them."""
        lines = [
            [
                row.period,
                f"{row.moment:%Y-%m-%d}",
                results.number(row.deals),
                results.money(row.pipeline),
                results.money(row.won),
                results.percent(row.conversion),
                results.money(row.beside),
            ]
            for row in self.rows
        ]
        currency = self.target.currency
        header = ["period", "looked at", "deals", f"pipeline {currency}", "won from it", "conversion", "won beside"]
        title = f"Pipeline that {results.priced(self.target)} in {self.period} needs"
        return reports.described(self, title, Grid(header, lines), Sentences(self._said()))

    def _said(self) -> list[str]:
        if not self.missing:
            return [f"target met: {results.priced(self.won)} won"]
        low, high = (results.percent(share) for share in self.conversions)
        missing, won, target = map(results.priced, (self.missing, self.won, self.target))
        said = [
            f"{missing} missing: {won} of {target} won so far",
            f"conversion {results.percent(self.conversion)}, in single periods from {low} to {high}",
        ]
        if self.required is None or self.gap is None:
            return [*said, "nothing was ever won from such a pipeline: no pipeline is known to be enough"]
        pipeline, required, short, more, beside = map(
            results.priced, (self.pipeline, self.required, self.gap, -self.gap, self.beside)
        )
        worst = "unknown" if self.required_at_worst is None else results.priced(self.required_at_worst)
        gap = f"{short} short" if self.gap.amount > 0 else f"{more} more than enough"
        return [
            *said,
            f"required {required} (coverage {self.required_coverage:.1f}), at the least conversion {worst}",
            f"pipeline {pipeline} in {self.n:,} deals (coverage {self.coverage:.1f}): {gap}",
            f"beside it usually {beside}: with that, enough in {self.enough} of {len(self.rows)} earlier periods",
        ]

    __str__ = reports.text
    _repr_html_ = reports.html


def _over(missing: Money, share: float) -> Money | None:
    if not missing:
        return missing
    if not share:
        return None
    return Money(WIDE.quantize(WIDE.divide(missing.amount, Decimal(repr(share))), _CENT), missing.currency)


def required_pipeline(
    deals: Iterable[Deal],
    target: Money,
    *,
    period: Period,
    past: Iterable[Period],
    as_of: datetime,
    pipeline: Pipeline = "scheduled",
    process: Process | None = None,
    rates: Mapping[str, Decimal] | None = None,
) -> RequiredPipeline:
    """How much pipeline a target needs now, by what the pipeline of the same week of earlier periods became.

    A rule such as three times coverage knows neither the team nor the week: early in a quarter little of what will be
    won is in the pipeline, late in it most of the pipeline comes too late. Each earlier period is looked at as the
    record stood then, as long before its end as `as_of` is before the end of `period`.

    Args:
        deals: the whole record, closed deals too; what was recorded after `as_of` is not known here.
        target: the sum to be won in the period; the result is in its currency.
        period: the period in question; it ends after `as_of`.
        past: earlier periods of about the same length, which have ended by `as_of`.
        as_of: now.
        pipeline: `scheduled` for the open deals that are expected to close in what is left of the period, as
            `analytics.pipeline_coverage` counts them; `open` for all open deals, which does not rest on what people say
            of dates.
        process: says which stages are omitted from the forecast, and are no scheduled pipeline. Without it, only what a
            person omitted is.
        rates: what one unit of other currencies is worth in that of the target.

    Raises:
        OutOfRange: the period has ended by `as_of`, a past one has not, or `pipeline` is no such word.
        NoHistory: no past period had any pipeline at the same moment.
        MissingRate: names every currency of the book that `rates` lacks.
        DuplicateDeal, NaiveDatetime: the book or `as_of` is wrong.

    >>> from datetime import UTC, date, timedelta
    >>> from salesprocess import Calendar, Process, Stage
    >>> solar = Process("solar", stages=[Stage("offer"), Stage.won("won"), Stage.lost("lost")])
    >>> first, second = Calendar().quarters(2026)[:2]
    >>> at, day = first.start, timedelta(days=1)
    >>> book = [solar.open(str(n), at=at, amount=Money(100, "EUR"), expected_close=date(2026, 3, 1)) for n in range(10)]
    >>> book[:4] = [solar.win(deal, at=at + 80 * day) for deal in book[:4]]
    >>> book += [solar.open("new", at=second.start, amount=Money(500, "EUR"), expected_close=date(2026, 6, 1))]
    >>> found = required_pipeline(book, Money(1000, "EUR"), period=second, past=[first], as_of=second.start + 30 * day)
    >>> found.conversion, found.required, found.gap, found.coverage
    (0.4, Money('2500.00', 'EUR'), Money('2000.00', 'EUR'), 0.5)
    """
    now, currency, exchange = instant(as_of, "as_of"), target.currency, rates or {}
    earlier = tuple_of(past, "past")
    if pipeline not in get_args(Pipeline):
        raise OutOfRange("pipeline", pipeline, f"one of {', '.join(get_args(Pipeline))}")
    if period.end <= now:
        raise OutOfRange("period", str(period), f"one that ends after {now.isoformat()}")
    for each in earlier:
        if each.end > now:
            raise OutOfRange("past", str(each), f"periods that have ended by {now.isoformat()}")
    known, later = as_of_each(deals, now)
    check_rates((deal.amount.currency for deal in known if deal.amount is not None), currency, exchange)

    def look(each: Period, moment: datetime) -> _Look:
        return _look(known, each, moment, pipeline, process, currency, exchange)

    left = period.end - now
    rows = tuple(
        _became(each, before, look(each, each.end - datetime.resolution), currency)
        for each in earlier
        if (before := look(each, each.end - left)).deals
    )
    if not any(row.pipeline for row in rows):
        raise NoHistory("no past period had any pipeline at the same moment")
    today = look(period, now)
    excluded = {
        NOT_OPENED: len(later),
        TOO_EARLY: len(earlier) - len(rows),
        NO_AMOUNT: sum(deal.status == "open" and deal.amount is None for deal in known),
    }
    return RequiredPipeline(
        now,
        period,
        target,
        Money.total(today.won.values(), currency),
        Money.total(today.pipeline.values(), currency),
        len(today.pipeline),
        pipeline,
        rows,
        FrozenDict({reason: count for reason, count in excluded.items() if count}),
    )


@attrs.frozen
class _Look:
    """What is won in a period at a moment, and what is in its pipeline, by deal; and how many deals are on record."""

    moment: datetime
    deals: int
    won: Mapping[str, Money]
    pipeline: Mapping[str, Money]


def _look(
    deals: Sequence[Deal],
    period: Period,
    moment: datetime,
    kind: Pipeline,
    process: Process | None,
    currency: str,
    rates: Mapping[str, Decimal],
) -> _Look:
    table = deal_table(deals, as_of=moment)
    worth, won, pipeline = worths(table, currency, rates).values, dict[str, Money](), dict[str, Money]()
    for deal, place, status, amount in zip(
        table.deals, places(table, period, process), table.columns.status, worth, strict=True
    ):
        if amount is None:
            continue
        if place == "won":
            won[deal] = amount
        elif place == "due" if kind == "scheduled" else status == OPEN:
            pipeline[deal] = amount
    return _Look(moment, len(table), won, pipeline)


def _became(period: Period, before: _Look, end: _Look, currency: str) -> PastPipeline:
    """What was won from the pipeline of a moment, and what beside it, by the end of the period."""
    won = {deal: amount for deal, amount in end.won.items() if deal not in before.won}
    pipeline = Money.total(before.pipeline.values(), currency)
    brought = Money.total((amount for deal, amount in won.items() if deal in before.pipeline), currency)
    return PastPipeline(
        str(period),
        before.moment,
        len(before.pipeline),
        pipeline,
        brought,
        float(WIDE.divide(brought.amount, pipeline.amount)) if pipeline else None,
        Money.total(won.values(), currency) - brought,
    )
