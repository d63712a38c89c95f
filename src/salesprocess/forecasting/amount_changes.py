"""How much the amount of a deal changes from a stage until it is won."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from itertools import pairwise
from typing import cast

import attrs

from salesprocess.analytics import reports, results
from salesprocess.analytics.cohort import NOT_OPENED
from salesprocess.analytics.reports import Grid, Report
from salesprocess.deal import Deal
from salesprocess.errors import NoHistory, SmallSample
from salesprocess.forecasting.book import WIDE, as_of_each, terms_by_stage, tidy
from salesprocess.forecasting.revenue import AmountLaw
from salesprocess.frozen import FrozenDict
from salesprocess.money import Money
from salesprocess.timing import instant

NOT_WON, NO_AMOUNT, OTHER_CURRENCY = "not won", "no amount, or none above zero, when it was won", "currency changed"
EARLIER_UNKNOWN = "no amount in any earlier stage"
POINTS = 5
"""A law of so many ratios stands for all ratios seen: each is the mean of a fifth of them, so that the mean stays."""
_SIX = Decimal("0.000001")


@attrs.frozen
class StageAmountChange:
    """The change of amounts from one stage on.

    Attributes:
        stage: the stage; None pools all stages, each deal in each of its stages.
        n: how many won deals stand behind it.
        mean: the mean of the final amount / the amount when the deal entered the stage.
        ratios: at most five, ascending, equally likely; their mean is `mean`, to six decimal places.
    """

    stage: str | None
    n: int
    mean: Decimal
    ratios: tuple[Decimal, ...]


@attrs.frozen
class AmountChanges:
    """Final amount / amount when the deal entered a stage, of won deals; prints as a table.

    Attributes:
        as_of: nothing recorded later is in it.
        rows: the stages by name, and last all of them pooled.
        n: how many won deals are in it.
        excluded: how many deals are not, by reason.
    """

    as_of: datetime
    rows: tuple[StageAmountChange, ...]
    n: int
    excluded: FrozenDict[str, int]

    definition = (
        "amount when won / amount when the deal entered the stage for the last time; five equally likely ratios, each "
        f"the mean of a fifth; a stage with fewer than {results.ENOUGH} won deals takes the pooled ratios"
    )
    cohort = "deals won by as_of with an amount then and earlier, in one currency"

    def law(self, amount: Money, stage: str) -> AmountLaw:
        """What a deal that is worth `amount` in `stage` will be worth when it is won."""
        row = next((row for row in self.rows if row.stage == stage and row.n >= results.ENOUGH), self.rows[-1])
        amounts = [Money(tidy(WIDE.multiply(amount.amount, ratio)), amount.currency) for ratio in row.ratios]
        return AmountLaw(amounts, [1 / len(amounts)] * len(amounts))

    to_rows = results.rows_of

    def report(self) -> Report:
        """What is shown."""
        width = max(len(row.ratios) for row in self.rows)
        header = ["stage", "won", "mean", *(f"ratio {number}" for number in range(1, width + 1))]
        lines = [
            [
                row.stage or "all",
                results.number(row.n),
                f"{row.mean:.3f}",
                *(f"{ratio:.3f}" for ratio in row.ratios),
                *[results.NOTHING] * (width - len(row.ratios)),
            ]
            for row in self.rows
        ]
        return reports.described(self, "Changes of amounts", Grid(header, lines))

    __str__ = reports.text
    _repr_html_ = reports.html


def amount_changes(deals: Iterable[Deal], *, as_of: datetime) -> AmountChanges:
    """How much amounts change until a deal is won, by the stage that it comes from.

    Args:
        deals: a book with won deals; what was recorded after `as_of` is not known here.
        as_of: the moment of which it speaks.

    Raises:
        NoHistory: no deal was won with an amount then and earlier.
        DuplicateDeal, NaiveDatetime: the book or `as_of` is wrong.

    Warns:
        SmallSample: fewer than ten won deals stand behind it.

    >>> from datetime import UTC, timedelta
    >>> from salesprocess.process import Process
    >>> from salesprocess.stages import Stage
    >>> solar = Process("solar", stages=[Stage("offer"), Stage.won("won"), Stage.lost("lost")])
    >>> at = datetime(2026, 1, 5, tzinfo=UTC)
    >>> def sold(number: int) -> Deal:
    ...     deal = solar.open(f"D{number}", at=at, amount=Money(100, "EUR"))
    ...     return solar.win(solar.amend(deal, at=at, amount=Money(90 + number, "EUR")), at=at + timedelta(days=9))
    >>> found = amount_changes([sold(number) for number in range(10)], as_of=at + timedelta(days=30))
    >>> found.rows[0].mean, found.law(Money(1000, "EUR"), "offer").mean
    (Decimal('0.945000'), Money('945.00', 'EUR'))
    """
    as_of = instant(as_of, "as_of")
    known, later = as_of_each(deals, as_of)
    excluded = {NOT_OPENED: len(later), NOT_WON: 0, NO_AMOUNT: 0, OTHER_CURRENCY: 0, EARLIER_UNKNOWN: 0}
    ratios: dict[str | None, list[float]] = {}
    n = 0
    for deal in known:
        if deal.status != "won" or deal.outcome is None:
            excluded[NOT_WON] += 1
            continue
        worth = terms_by_stage(deal, "amount", until=deal.outcome.at)
        final = cast("Money | None", worth.pop(None, (None, None))[1])
        if not final:
            excluded[NO_AMOUNT] += 1
            continue
        earlier = {stage: cast("Money", amount) for stage, (_, amount) in worth.items() if amount}
        if not earlier:
            excluded[EARLIER_UNKNOWN] += 1
            continue
        if any(amount.currency != final.currency for amount in earlier.values()):
            excluded[OTHER_CURRENCY] += 1
            continue
        n += 1
        for stage, amount in earlier.items():
            ratios.setdefault(stage, []).append(float(final.amount / amount.amount))
    if not n:
        raise NoHistory(f"no deal was won by {as_of.isoformat()} with an amount then and earlier")
    if n < results.ENOUGH:
        warnings.warn(f"only {n} won deals say how amounts change", SmallSample, stacklevel=2)
    rows = [_row(stage, ratios[stage]) for stage in sorted(ratios, key=str)]
    rows.append(_row(None, [ratio for values in ratios.values() for ratio in values]))
    left_out = FrozenDict({reason: count for reason, count in excluded.items() if count})
    return AmountChanges(as_of, tuple(rows), n, left_out)


def _row(stage: str | None, found: list[float]) -> StageAmountChange:
    """The mean of each fifth of the ratios, or every ratio where they are fewer than five."""
    found.sort()
    parts = min(POINTS, len(found))
    bounds = [round(len(found) * part / parts) for part in range(parts + 1)]
    fifths = [math.fsum(found[low:high]) / (high - low) for low, high in pairwise(bounds)]
    mean = math.fsum(found) / len(found)
    # Fifths of unequal size weigh the same, so all are scaled to the mean of the ratios themselves.
    scale = mean * parts / math.fsum(fifths)
    return StageAmountChange(stage, len(found), _six(mean), tuple(_six(ratio * scale) for ratio in fifths))


def _six(value: float) -> Decimal:
    return Decimal(repr(value)).quantize(_SIX, context=WIDE)
