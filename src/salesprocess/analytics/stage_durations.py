"""How long deals stay in a stage, with the visits that are not over yet counted for what they are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TypeAlias

import attrs

from salesprocess.analytics import reports, results
from salesprocess.analytics.journeys import StageOrder, journeys, stage_order
from salesprocess.analytics.reports import Grid, Report
from salesprocess.analytics.risk import CENSORED as STILL_THERE
from salesprocess.analytics.risk import RiskCounts, risk_counts
from salesprocess.analytics.stays import PART_UNSEEN, Measure, stays
from salesprocess.analytics.survival import CENSORED, counts_by_age, kaplan_meier
from salesprocess.analytics.visits import StageVisits, need_visits, whole_microseconds
from salesprocess.errors import OutOfRange
from salesprocess.frozen import FrozenDict
from salesprocess.process import Process

Ended: TypeAlias = Mapping[tuple[int, int], int]
"""By age and cause, how many stays ended so."""

_MEASURES: Mapping[Measure, str] = {
    "visit": "in the stage, each visit by itself",
    "latest": "in the stage, in the latest visit of each deal",
    "cumulative": "in the stage, all visits of a deal together as they stand",
}


@attrs.frozen
class StageDuration:
    """How long deals are in a stage, in whole units, without the time on hold.

    Attributes:
        stage: the stage.
        n: how many visits, or deals, were observed from their beginning.
        left: how many of them ended.
        censored: how many were still going on at `as_of`.
        median, p85: the age by which half or 85 % have left; None where the curve does not come down so far.
        median_low, median_high, p85_low, p85_high: between which ages these lie, at the level of the result; None where
            the record does not reach so far.
        restricted_mean: the mean of min(stay, horizon); None without visits.
        horizon: the longest age observed, up to which the mean goes; None without visits.
    """

    stage: str
    n: int
    left: int
    censored: int
    median: int | None
    p85: int | None
    restricted_mean: float | None
    horizon: int | None
    median_low: int | None
    median_high: int | None
    p85_low: int | None
    p85_high: int | None


@attrs.frozen
class Durations:
    """The durations of a book by stage; prints as a table.

    Attributes:
        as_of: where the visits under way are censored.
        unit: what the ages are counted in.
        rows: one a stage, in order.
        n: how many visits were counted, or, unless each visit is timed by itself, pairs of a deal and a stage.
        excluded: what was not, by reason.
        measure: what was timed.
        level: of the intervals.
    """

    as_of: datetime
    unit: timedelta
    rows: tuple[StageDuration, ...]
    n: int
    excluded: FrozenDict[str, int]
    measure: Measure = "visit"
    level: float = 0.9

    @property
    def definition(self) -> str:
        """How the numbers are formed."""
        return (
            f"completed {results.unit_name(self.unit)} {_MEASURES[self.measure]}, without the time on hold, by "
            f"Kaplan-Meier with right censoring at as_of; intervals at {self.level:.0%}; the mean is restricted to the "
            "longest stay observed"
        ).replace("%", " %")

    @property
    def cohort(self) -> str:
        """Which visits these are."""
        whose = "visits of" if self.measure == "visit" else "deals by"
        return f"{whose} open stages observed from their beginning"

    def report(self) -> Report:
        """What is shown: the numbers, and what one must know to read them."""
        header = ["stage", "visits" if self.measure == "visit" else "deals", "left", "censored"]
        header += ["median", "from", "to", "p85", "from", "to", "restricted mean", "up to"]
        return reports.described(
            self, f"Durations in {results.unit_name(self.unit)}", Grid(header, map(_line, self.rows))
        )

    to_rows = results.rows_of
    __str__ = reports.text
    _repr_html_ = reports.html


def _line(row: StageDuration) -> list[str]:
    half, most = (row.median, row.median_low, row.median_high), (row.p85, row.p85_low, row.p85_high)
    numbers = (row.n, row.left, row.censored, *half, *most, row.restricted_mean, row.horizon)
    return [row.stage, *map(results.number, numbers)]


def durations(
    visits: StageVisits | RiskCounts,
    process: Process | None = None,
    *,
    measure: Measure = "visit",
    unit: timedelta | None = None,
    level: float = 0.9,
) -> Durations:
    """How long deals stay in each open stage.

    Args:
        visits: the visits of the book, or their risk counts, which may come from a database or add up several books.
        process: gives the stages and their order; visits of other open stages are left out and counted. Without it,
            the visited stages stand by the mean rank of their first entry; of counts, by name.
        measure: every visit by itself; of each deal the latest visit of a stage; or all its visits of the stage
            together, as they stand: one that left the stage and is still open may come back. Counts know visits only.
        unit: stays are counted in whole units, if nothing is said days; the unit of counts is their own.
        level: of the intervals of median and p85, between 0 and 1.

    Warns:
        SmallSample: fewer than ten visits of a stage, or deals.

    Raises:
        WrongKind: `visits` is something else, such as the deals.
        OutOfRange: no such measure, a `unit` that is not positive, or a `level` not between 0 and 1; counts that are
            windowed or weighted, or asked for another unit or measure than theirs.

    >>> import warnings
    >>> from datetime import UTC
    >>> from salesprocess.analytics.visits import stage_visits
    >>> from salesprocess.stages import Stage
    >>> solar = Process("solar", stages=[Stage("lead"), Stage("offer"), Stage.won("won"), Stage.lost("lost")])
    >>> at = datetime(2026, 1, 5, tzinfo=UTC)
    >>> deals = [solar.advance(solar.open(f"D{d}", at=at), at=at + timedelta(days=d)) for d in (1, 2, 3)]
    >>> with warnings.catch_warnings():
    ...     warnings.simplefilter("ignore")
    ...     found = durations(stage_visits(deals, as_of=at + timedelta(days=7)), solar)
    >>> [(row.stage, row.median, row.censored) for row in found.rows]
    [('lead', 2, 0), ('offer', None, 3)]
    """
    need_visits(visits, RiskCounts)
    found = _durations(visits, process, measure, unit, level)
    results.warn_if_small({row.stage: (row.n,) for row in found.rows})
    return found


def _durations(
    visits: StageVisits | RiskCounts, process: Process | None, measure: Measure, unit: timedelta | None, level: float
) -> Durations:
    if isinstance(visits, RiskCounts):
        if measure != "visit" or unit not in (None, visits.unit):
            wanted = f"'visit' and {visits.unit}, or nothing"
            raise OutOfRange("measure and unit of counts", (measure, unit), wanted)
        if visits.entries or any(count != int(count) for count in visits.exits.values()):
            raise OutOfRange("visits", visits, "counts of whole visits, made without since= and half_life=")
        stages = visits.stages if process is None else [stage.name for stage in process.stages if stage.kind == "open"]
        return _of_counts(visits, stages, level)
    order, unit = stage_order(visits, process, journeys(visits)), timedelta(days=1) if unit is None else unit
    if measure == "visit":
        return _of_counts(risk_counts(visits, unit=unit), order.names, level)
    return _of_stays(visits, order, measure, unit, level)


def _of_counts(counts: RiskCounts, stages: Sequence[str], level: float) -> Durations:
    excluded, ended = Counter(counts.excluded), {name: Counter[tuple[int, int]]() for name in stages}
    for (stage, age, outcome, _), count in counts.exits.items():
        if stage in ended:
            ended[stage][age, CENSORED if outcome == STILL_THERE else 0] += int(count)
        else:
            excluded[_foreign(stage)] += int(count)
    return _result(counts.as_of, counts.unit, "visit", level, ended, excluded)


def _of_stays(visits: StageVisits, order: StageOrder, measure: Measure, unit: timedelta, level: float) -> Durations:
    whole, excluded = whole_microseconds(unit), Counter(visits.excluded)
    ended = {name: Counter[tuple[int, int]]() for name in order.names}
    timed = stays(visits, measure)
    for _, code, time, here in timed.each:
        position = order.positions.get(code)
        if position is not None:
            ended[order.names[position]][time // whole, CENSORED if here else 0] += 1
        elif code in order.foreign:
            excluded[_foreign(order.foreign[code])] += 1
    if timed.unseen:
        excluded[PART_UNSEEN] += timed.unseen
    return _result(visits.as_of, unit, measure, level, ended, excluded)


def _foreign(stage: str) -> str:
    """Why a visit is left out."""
    return f"visit of a stage that the process does not have, {stage}"


def _result(
    as_of: datetime, unit: timedelta, measure: Measure, level: float, ended: Mapping[str, Ended], excluded: Counter[str]
) -> Durations:
    rows = tuple(_row(stage, each, level) for stage, each in ended.items())
    return Durations(as_of, unit, rows, sum(row.n for row in rows), FrozenDict(excluded), measure, level)


def _row(stage: str, ended: Ended, level: float) -> StageDuration:
    curve = kaplan_meier(counts_by_age(ended, {}))
    n, censored = sum(ended.values()), sum(count for (_, cause), count in ended.items() if cause == CENSORED)
    return StageDuration(
        stage,
        n,
        n - censored,
        censored,
        curve.quantile(0.5),
        curve.quantile(0.85),
        curve.restricted_mean,
        curve.horizon,
        *curve.interval(0.5, level),
        *curve.interval(0.85, level),
    )
