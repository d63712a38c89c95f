"""How far the days on which deals are expected to close are off: from every statement of one, open deals censored."""

from __future__ import annotations

import math
import warnings
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from itertools import accumulate
from typing import Any, TypeAlias

import attrs

from salesprocess.analytics import reports, results
from salesprocess.analytics.cohort import NOT_OPENED
from salesprocess.analytics.reports import Grid, Report
from salesprocess.analytics.risk import CENSORED, LOST, WON
from salesprocess.deal import Deal
from salesprocess.errors import NoHistory, OutOfRange, SmallSample
from salesprocess.events import Amended, Entered, Held, Migrated, Opened, Resumed
from salesprocess.forecasting.book import as_of_each
from salesprocess.forecasting.kernels import ENOUGH, exposure, pooled_hazards
from salesprocess.frozen import FrozenDict
from salesprocess.timing import instant, zone

NEVER_LOOKED_AT = "no expected close that stood on a later day"
WHOLE = 5.0
"""What is known in general weighs as much as so many statements beside what a band, or a stage in it, says."""

BANDS: Mapping[str, tuple[float, float]] = {
    "overdue by more than 30 days": (-math.inf, -31),
    "overdue by up to 30 days": (-30, -1),
    "due within 7 days": (0, 7),
    "due in 8 to 30 days": (8, 30),
    "due in 31 to 90 days": (31, 90),
    "due in more than 90 days": (91, math.inf),
}
"""How far ahead the expected close was at a look, from and to so many days, both inside."""

_SOMEBODY = 1e-12
"""However long a deal is overdue, somebody is taken to have been won after it."""


@attrs.frozen
class Slipped:
    """When a deal is won, given that it is, counted in days from the day on which it was expected to close.

    Attributes:
        kept: the chance that it is won on that day or before; 0 when the day has passed.
        median: the first day by which half of such deals are won; negative before the expected day.
        low, high: the same for the bounds of the central interval.
        extrapolated: the upper bound lies beyond what the record has seen.
    """

    kept: float
    median: int
    low: int
    high: int
    extrapolated: bool


@attrs.frozen
class SlipRow:
    """What became of the statements of one band, at its usual distance from the expected day.

    Attributes:
        ahead: the band.
        stage: of the deals; None for all stages together.
        days: how far ahead the expected close was, on average over the looks; negative when overdue.
        statements: how many: a deal that stays in the stage with the same expected close is one.
        won: how many of their deals have been won.
        kept, median, low, high: as of `Slipped`, with the 80 % interval; None where no deal was ever won.
    """

    ahead: str
    stage: str | None
    days: int
    statements: int
    won: int
    kept: float | None
    median: int | None
    low: int | None
    high: int | None


@attrs.frozen
class SlipCurve:
    """Statements by the day x, counted from the expected close.

    Attributes:
        first: the x of the first entry.
        at_risk: how many statements, by weight, were looked at before and had not ended before x.
        won, lost: how many ended so on x.
        statements, wins: how many there are, and how many of their deals have been won.
        days: how far ahead the expected close was, on average over the looks.
    """

    first: int
    at_risk: tuple[float, ...]
    won: tuple[float, ...]
    lost: tuple[float, ...]
    statements: int
    wins: int
    days: int

    def at(self, x: int) -> tuple[float, float, float]:
        """At risk, won and lost on a day; nothing outside of what was seen."""
        place = x - self.first
        if not 0 <= place < len(self.at_risk):
            return 0.0, 0.0, 0.0
        return self.at_risk[place], self.won[place], self.lost[place]


Curves: TypeAlias = Mapping[tuple[str | None, str | None], SlipCurve]
"""By band and stage; under (band, None) of all stages, under (None, None) of everything."""


@attrs.frozen
class Slip:
    """When deals are won against the day on which somebody expected it; prints as a table.

    Attributes:
        as_of: nothing recorded later is in it.
        rows: the bands, over all stages first, then stage by stage.
        n: how many deals stand behind it.
        excluded: how many deals do not, by reason.
        curves: what was counted, by band and stage; also of all stages, and of everything.
    """

    as_of: datetime
    rows: tuple[SlipRow, ...]
    n: int
    excluded: FrozenDict[str, int]
    curves: Curves = attrs.field(repr=False)

    definition = (
        "day of winning − expected day, given that the deal is won. The open deals of each day of the past are "
        "followed, from how far ahead their expected close was then, until they are won or lost (competing risks; open "
        "deals censored). The hazards of a stage in a band are shrunk to those of the band on the same day, and these "
        f"to those of all bands, which weigh as much as {WHOLE:.0f} statements each"
    )
    cohort = "deals with an expected close that stood on a later day than it was stated"

    def of(self, stage: str, ahead: int, *, level: float = 0.8) -> Slipped:
        """The law of a deal in `stage` whose expected close is `ahead` days away; negative when it is overdue.

        A stage that was never seen goes by all stages.

        Raises:
            OutOfRange: `level` is not between 0 and 1, both outside.
        """
        if not 0 < level < 1:
            raise OutOfRange("level", level, "between 0 and 1, both outside")
        return _law(self.curves, band_of(ahead), stage, ahead, level)

    to_rows = results.rows_of

    def report(self) -> Report:
        """What is shown: the bands over all stages."""
        lines = [
            [
                row.ahead,
                results.number(row.days),
                results.number(row.statements),
                results.number(row.won),
                results.percent(row.kept),
                *(_late(value) for value in (row.median, row.low, row.high)),
            ]
            for row in self.rows
            if row.stage is None
        ]
        header = ["expected close", "days ahead", "statements", "won", "won by then", "days late", "80 % from", "to"]
        return reports.described(self, "Slip of expected closes", Grid(header, lines))

    __str__ = reports.text
    _repr_html_ = reports.html


def _late(value: int | None) -> str:
    return results.NOTHING if value is None else f"{value:+,}"


def band_of(ahead: int) -> str:
    """The band of an expected close that is so many days ahead.

    >>> band_of(0), band_of(-31)
    ('due within 7 days', 'overdue by more than 30 days')
    """
    return next(name for name, (low, high) in BANDS.items() if low <= ahead <= high)


def _firm(curve: SlipCurve) -> tuple[tuple[float, float], tuple[float, float], int, int]:
    """The hazards before and after the days on which ten or more were at risk, and the first and last of these."""
    gone = [{WON: won, LOST: lost} for won, lost in zip(curve.won, curve.lost, strict=True)]
    many = [place for place, risk in enumerate(curve.at_risk) if risk >= ENOUGH] or [0]
    first, last = many[0], many[-1]
    tail = pooled_hazards(gone, curve.at_risk, last, (WON, LOST))
    head = pooled_hazards(gone[::-1], curve.at_risk[::-1], len(gone) - 1 - first, (WON, LOST))
    return (head[WON], head[LOST]), (tail[WON], tail[LOST]), curve.first + first, curve.first + last


def _law(curves: Curves, band: str, stage: str | None, ahead: int, level: float) -> Slipped:
    """The product-limit law from the day −`ahead` on, by the hazards of narrow curves shrunk to those of wider ones."""
    everything = curves[None, None]
    head, tail, firm_from, firm_to = _firm(everything)
    narrower = [curves[key] for key in ((band, None), (band, stage)) if key in curves]
    if stage is None:
        narrower = narrower[:1]
    stay, won, last = 1.0, 0.0, max(firm_to, 0)
    reached: list[float] = []
    for x in range(-ahead, last + 1):
        risk, gained, gone = everything.at(x)
        hazard, loss = (gained / risk, gone / risk) if firm_from <= x <= firm_to and risk > 0 else head
        if x > firm_to:
            hazard, loss = tail
        for curve in narrower:
            risk, gained, gone = curve.at(x)
            hazard, loss = (gained + WHOLE * hazard) / (risk + WHOLE), (gone + WHOLE * loss) / (risk + WHOLE)
        won += stay * hazard
        stay = max(_SOMEBODY, stay * (1 - hazard - loss))
        reached.append(won)
    leaving = math.fsum(tail)
    beyond = stay * max(_SOMEBODY, tail[0]) / leaving
    total = won + beyond

    def day(q: float) -> int:
        wanted = q * total
        if wanted <= won:
            return -ahead + next(place for place, known in enumerate(reached) if known >= wanted)
        share = min((wanted - won) / beyond, 1 - _SOMEBODY)
        later = math.log1p(-share) / math.log1p(-leaving) if leaving < 1 else 1.0
        return max(-ahead - 1, last) + max(1, math.ceil(later))

    kept = reached[ahead] / total if ahead >= 0 else 0.0
    low, median, high = (day(q) for q in ((1 - level) / 2, 0.5, (1 + level) / 2))
    return Slipped(kept, median, low, high, high > firm_to or -ahead < firm_from)


def slip(deals: Iterable[Deal], *, as_of: datetime, tz: str | tzinfo = UTC) -> Slip:
    """How much later than expected deals are won, by how far ahead the expected close is, and by stage.

    What people say of the close goes into a forecast through this alone: a date is worth what such dates have been
    worth. Every change of the expected close is known to the record, so that each day of the past can be looked at as
    it was then; nothing that was corrected later leaks in.

    Args:
        deals: the whole record, closed deals too; what was recorded after `as_of` is not known here.
        as_of: the moment of which it speaks.
        tz: the zone in which days begin.

    Raises:
        NoHistory: no deal was won after a day on which it had an expected close.
        DuplicateDeal, NaiveDatetime: the book or `as_of` is wrong.

    Warns:
        SmallSample: fewer than ten such deals were won.

    >>> from datetime import date, timedelta
    >>> from salesprocess import Process, Stage
    >>> solar = Process("solar", stages=[Stage("offer"), Stage.won("won"), Stage.lost("lost")])
    >>> at, day = datetime(2026, 1, 5, tzinfo=UTC), timedelta(days=1)
    >>> book = [solar.open(str(n), at=at, expected_close=date(2026, 1, 20)) for n in range(30)]
    >>> book = [solar.win(deal, at=at + (20 + n % 3) * day) for n, deal in enumerate(book)]
    >>> found = slip(book, as_of=at + 40 * day)
    >>> law = found.of("offer", 10)
    >>> law.low, law.median, law.high, round(law.kept, 2)
    (5, 6, 7, 0.0)
    """
    now, days = instant(as_of, "as_of"), zone(tz)
    known, later = as_of_each(deals, now)
    cells: defaultdict[tuple[str, str], _Cell] = defaultdict(_Cell)
    behind = winners = 0
    for deal in known:
        looked_at = won = False
        for stage, due, begin, end, outcome, close in _statements(deal, now, days):
            for band, (low, high) in BANDS.items():
                first, last = int(max(begin + 1, due - high)), int(min(end, due - low))
                if first <= last:
                    cells[band, stage].add(first - due, last - due, outcome, close - due)
                    looked_at, won = True, won or outcome == WON
        behind += looked_at
        winners += won
    if not winners:
        raise NoHistory(f"no deal was won by {now.isoformat()} after a day on which it had an expected close")
    if winners < results.ENOUGH:
        warnings.warn(f"only {winners} won deals say how much later than expected they come", SmallSample, stacklevel=2)
    curves = _totals({key: cell.curve() for key, cell in cells.items()})
    excluded = {NOT_OPENED: len(later), NEVER_LOOKED_AT: len(known) - behind}
    left_out = FrozenDict({why: count for why, count in excluded.items() if count})
    return Slip(now, tuple(_rows(curves)), behind, left_out, FrozenDict(curves))


def _statements(deal: Deal, now: datetime, tz: tzinfo) -> Iterator[tuple[str, int, int, int, str, int]]:
    """Stage, expected close, first and last day of each statement of an open deal, and how and when that ended."""

    def day(moment: datetime) -> int:
        return moment.astimezone(tz).date().toordinal()

    waiting: list[tuple[str, int, int, int]] = []
    stage, status, due, since = "", "", None, deal.opened_at
    for event in deal.history:
        was = stage, status, due
        if isinstance(event, Opened | Entered):
            stage, status = (event.stage if isinstance(event, Opened) else event.destination), event.status
        elif isinstance(event, Migrated):
            stage = event.stage
        elif isinstance(event, Held | Resumed):
            status = "on_hold" if isinstance(event, Held) else "open"
        if isinstance(event, Opened | Amended):
            stated: Any = event.terms.get("expected_close", due)
            due = None if isinstance(event, Amended) and "expected_close" in event.cleared else stated
        if (stage, status, due) == was:
            continue
        if was[1] == "open" and was[2] is not None:
            waiting.append((was[0], was[2].toordinal(), day(since), day(event.at)))
        since = event.at
        if status in ("won", "lost"):
            yield from ((*each, WON if status == "won" else LOST, day(event.at)) for each in waiting)
            waiting.clear()
    if status == "open" and due is not None:
        waiting.append((stage, due.toordinal(), day(since), day(now)))
    yield from ((*each, CENSORED, day(now)) for each in waiting)


@attrs.define
class _Cell:
    """What is counted of one band and stage; the looks at one statement lie on days that follow one another."""

    steps: defaultdict[int, int] = attrs.field(factory=lambda: defaultdict(int))
    ends: defaultdict[int, defaultdict[str, float]] = attrs.field(
        factory=lambda: defaultdict(lambda: defaultdict(float))
    )
    looks: int = 0
    ahead: int = 0
    statements: int = 0
    wins: int = 0

    def add(self, first: int, last: int, outcome: str, end: int) -> None:
        """A statement that was looked at on each day from `first` to `last`, and ended on `end`, all relative."""
        looks = last - first + 1
        self.steps[first] += 1
        self.steps[last + 1] -= 1
        self.ends[end][outcome] += looks
        self.looks += looks
        self.ahead -= (first + last) * looks // 2
        self.statements += 1
        self.wins += outcome == WON

    def curve(self) -> SlipCurve:
        """At risk and ended by day; a look counts so much less than a statement as there are more of them."""
        first, weight = min(self.steps), self.statements / self.looks
        entered = accumulate(self.steps[x] for x in range(first, max(self.steps)))
        # Who is looked at on the morning of a day is at risk on that day: as one who entered a day before.
        late = {place: count * weight for place, count in enumerate(entered)}
        exits = {
            x - first + 1: {outcome: count * weight for outcome, count in each.items()} for x, each in self.ends.items()
        }
        at_risk, gone = exposure(exits, late)
        return SlipCurve(
            first,
            tuple(at_risk[1:]),
            tuple(each.get(WON, 0.0) for each in gone[1:]),
            tuple(each.get(LOST, 0.0) for each in gone[1:]),
            self.statements,
            self.wins,
            round(self.ahead / self.looks),
        )


def _totals(curves: Mapping[tuple[str, str], SlipCurve]) -> dict[tuple[str | None, str | None], SlipCurve]:
    """The curves of each band and stage, of each band, and of everything."""
    by_band: defaultdict[str, list[SlipCurve]] = defaultdict(list)
    for (band, _), curve in curves.items():
        by_band[band].append(curve)
    found: dict[tuple[str | None, str | None], SlipCurve] = {(None, None): _sum(list(curves.values()))}
    found.update({(band, None): _sum(each) for band, each in by_band.items()})
    found.update(curves.items())
    return found


def _sum(curves: Sequence[SlipCurve]) -> SlipCurve:
    first = min(curve.first for curve in curves)
    last = max(curve.first + len(curve.at_risk) for curve in curves)
    columns = [[0.0] * (last - first) for _ in range(3)]
    for curve in curves:
        for column, values in zip(columns, (curve.at_risk, curve.won, curve.lost), strict=True):
            for place, value in enumerate(values, curve.first - first):
                column[place] += value
    statements = sum(curve.statements for curve in curves)
    days = round(sum(curve.days * curve.statements for curve in curves) / statements)
    at_risk, won, lost = map(tuple, columns)
    return SlipCurve(first, at_risk, won, lost, statements, sum(curve.wins for curve in curves), days)


def _rows(curves: Curves) -> Iterator[SlipRow]:
    """The bands in their own order, over all stages and then in each."""
    stages = sorted({stage for _, stage in curves if stage is not None})
    for stage in (None, *stages):
        for band in BANDS:
            curve = curves.get((band, stage))
            if curve is not None:
                law = _law(curves, band, stage, curve.days, 0.8)
                yield SlipRow(
                    band, stage, curve.days, curve.statements, curve.wins, law.kept, law.median, law.low, law.high
                )
