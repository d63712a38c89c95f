"""When open deals will be won, given that they are: by a model of time, and by what stated dates have been worth."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta, tzinfo

import attrs

from salesprocess.analytics import reports, results
from salesprocess.analytics.cohort import NOT_OPENED
from salesprocess.analytics.reports import Grid, Report
from salesprocess.deal import Deal
from salesprocess.errors import OutOfRange
from salesprocess.forecasting.assembly import Estimate, out_of_scope
from salesprocess.forecasting.blend import FittedMember
from salesprocess.forecasting.book import as_of_each, today
from salesprocess.forecasting.slip import Slip, Slipped
from salesprocess.forecasting.timed import EVER
from salesprocess.frozen import FrozenDict
from salesprocess.money import Money
from salesprocess.timing import instant, midnight, zone

NEVER = "not won at any time, by the model"
_FARTHEST = 4095
"""No day further ahead is told: what is not won by then, is not dated."""


@attrs.frozen
class Closing:
    """When one deal will be won, given that it is.

    Attributes:
        deal, owner, stage, amount: of the deal, as it stood.
        chance: that it is won at any time, by the model.
        expected: the first day by whose end half of such deals are won, by the model; None where that is more than
            eleven years ahead.
        earliest, latest: the same for the bounds of the central interval.
        stated: the day on which somebody expects it; None where nobody does.
        late: how many days `expected` is after `stated`; negative before; None where either is missing.
        by_slip, by_slip_earliest, by_slip_latest: the same as `expected`, `earliest` and `latest` by what stated dates
            have been worth; None without a stated date, or a `slip`.
        because: where the model takes it from.
        extrapolated: the model reaches beyond what the history has seen.
    """

    deal: str
    owner: str | None
    stage: str
    amount: Money | None
    chance: float
    expected: date | None
    earliest: date | None
    latest: date | None
    stated: date | None
    late: int | None
    by_slip: date | None
    by_slip_earliest: date | None
    by_slip_latest: date | None
    because: str
    extrapolated: bool


@attrs.frozen
class Closings:
    """When the open deals of a book will be won; prints as a table.

    Attributes:
        as_of: nothing recorded later is in it.
        level: of the intervals.
        rows: the deals, the first expected one first.
        excluded: the ids of the others, by reason.
        slip: what stated dates have been worth; None when it was not asked for.
    """

    as_of: datetime
    level: float
    rows: tuple[Closing, ...]
    excluded: FrozenDict[str, tuple[str, ...]]
    slip: Slip | None = attrs.field(repr=False)

    cohort = "open deals of which the model can tell"

    @property
    def definition(self) -> str:
        """How the numbers are formed."""
        told = (
            "the first day t with P(won by t) ≥ q · P(won at any time), both by the model; "
            f"q = 0.5, and the central {results.percent(self.level)} of what may come"
        )
        return told if self.slip is None else f"{told}; by slip: the stated day, moved by: {self.slip.definition}"

    @property
    def n(self) -> int:
        """How many deals are in it."""
        return len(self.rows)

    to_rows = results.rows_of

    def report(self) -> Report:
        """What is shown."""
        span = f"{self.level:.0%} from".replace("%", " %")
        header = ["deal", "stage", "chance", "won on", span, "to", "stated", "days late"]
        if self.slip is not None:
            header.append("by slip")
        lines: list[list[str]] = []
        for row in self.rows:
            late = results.NOTHING if row.late is None else f"{row.late:+,}"
            cells = [row.deal, row.stage, results.percent(row.chance)]
            cells += [*map(_day, (row.expected, row.earliest, row.latest, row.stated)), late]
            lines.append([*cells, _day(row.by_slip)] if self.slip is not None else cells)
        title = "When open deals will be won, given that they are"
        return reports.described(self, title, Grid(header, lines, words=2))

    __str__ = reports.text
    _repr_html_ = reports.html


def _day(value: date | None) -> str:
    return results.NOTHING if value is None else value.isoformat()


def closings(
    deals: Iterable[Deal],
    model: FittedMember,
    *,
    as_of: datetime,
    level: float = 0.8,
    slip: Slip | None = None,
    tz: str | tzinfo = UTC,
) -> Closings:
    """When each open deal will be won, given that it is: the median day, and a central interval of what may come.

    Whether it is won at all is another question, which `Closing.chance` answers.

    Args:
        deals: the book, as it stands or later; what was recorded after `as_of` is not known here.
        model: a fitted forecaster that knows of time: `CompetingRisks`, `Landmark`, `Blend` and their like.
        as_of: the moment of which it speaks.
        level: of the interval.
        slip: what stated dates have been worth, to set it beside the model; None leaves it out.
        tz: the zone in which days begin.

    Raises:
        OutOfRange: `level` is not between 0 and 1, both outside, or `as_of` precedes the fit.
        DuplicateDeal, NaiveDatetime: the book or `as_of` is wrong.

    >>> from salesprocess import Process, Stage
    >>> from salesprocess.forecasting import CompetingRisks
    >>> solar = Process("solar", stages=[Stage("offer"), Stage.won("won"), Stage.lost("lost")])
    >>> at, day = datetime(2026, 1, 5, tzinfo=UTC), timedelta(days=1)
    >>> record = [solar.open(str(n), at=at) for n in range(60)]
    >>> record = [solar.win(deal, at=at + (10 + n % 11) * day) for n, deal in enumerate(record)]
    >>> now = at + 40 * day
    >>> model, deal = CompetingRisks().fit(record, as_of=now), solar.open("ACME-1", at=now)
    >>> row = closings([deal], model, as_of=now).rows[0]
    >>> [day.isoformat() for day in (row.earliest, row.expected, row.latest)]
    ['2026-02-24', '2026-02-28', '2026-03-05']
    """
    if not 0 < level < 1:
        raise OutOfRange("level", level, "between 0 and 1, both outside")
    now, days = instant(as_of, "as_of"), zone(tz)
    first = today(now, days)
    known, later = as_of_each(deals, now)
    excluded: dict[str, list[str]] = {NOT_OPENED: later} if later else {}
    rows: list[Closing] = []
    for deal in known:
        ever = out_of_scope(deal) or model.probability(deal, by=now + EVER, as_of=now)
        if isinstance(ever, str) or ever.probability <= 0:
            excluded.setdefault(ever if isinstance(ever, str) else NEVER, []).append(deal.id)
            continue
        rows.append(_closing(deal, model, now, first, days, level, ever, slip))
    rows.sort(key=lambda row: (row.expected or date.max, row.deal))
    left_out = FrozenDict({why: tuple(ids) for why, ids in excluded.items()})
    return Closings(now, level, tuple(rows), left_out, slip)


def _closing(
    deal: Deal,
    model: FittedMember,
    now: datetime,
    first: date,
    tz: tzinfo,
    level: float,
    ever: Estimate,
    slip: Slip | None,
) -> Closing:
    asked: dict[int, Estimate] = {}

    def by(day: int) -> float:
        if day not in asked:
            found = model.probability(deal, by=midnight(first + timedelta(days=day + 1), tz), as_of=now)
            asked[day] = found if isinstance(found, Estimate) else ever
        return asked[day].probability

    shares = ((1 - level) / 2, 0.5, (1 + level) / 2)
    ahead = [_reached(by, share * ever.probability) for share in shares]
    earliest, expected, latest = (None if day is None else first + timedelta(days=day) for day in ahead)
    stated, slipped = deal.expected_close, None
    if slip is not None and stated is not None:
        slipped = slip.of(deal.stage, (stated - first).days, level=level)
    last = ahead[-1]
    return Closing(
        deal.id,
        deal.owner,
        deal.stage,
        deal.amount,
        ever.probability,
        expected,
        earliest,
        latest,
        stated,
        None if expected is None or stated is None else (expected - stated).days,
        *_by_slip(stated, slipped),
        ever.because,
        last is None or asked[last].extrapolated,
    )


def _reached(by: Callable[[int], float], wanted: float) -> int | None:
    """The first day on which a chance that rises with time is reached; asked at few days, near ones first."""
    low, high = -1, 0
    while by(high) < wanted:
        low, high = high, 2 * high + 1
        if high > _FARTHEST:
            return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if by(middle) < wanted else (low, middle)
    return high


def _by_slip(stated: date | None, slipped: Slipped | None) -> tuple[date | None, date | None, date | None]:
    if stated is None or slipped is None:
        return None, None, None
    median, low, high = (stated + timedelta(days=days) for days in (slipped.median, slipped.low, slipped.high))
    return median, low, high
