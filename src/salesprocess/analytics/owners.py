"""Owners compared: with shrinkage, so that three deals do not make a star, and with their case mix taken out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Literal, TypeAlias

import attrs

from salesprocess.analytics import moves, reports, results
from salesprocess.analytics.case_mix import Comparison, compare
from salesprocess.analytics.distributions import Beta, Gamma
from salesprocess.analytics.journeys import counted_deals
from salesprocess.analytics.owner_cases import (
    OwnedBook,
    closes_of,
    owners_of,
    paces_of,
    stage_cases,
    stays_of,
)
from salesprocess.analytics.posterior import GammaPoisson, Heterogeneity, gamma_poisson
from salesprocess.analytics.reports import Grid, Report, Sentences
from salesprocess.analytics.timelines import timeline
from salesprocess.analytics.visits import microseconds, stage_visits, whole_microseconds
from salesprocess.analytics.worth import YEAR, amounts, in_words
from salesprocess.deal import Deal
from salesprocess.errors import OutOfRange
from salesprocess.frozen import FrozenDict
from salesprocess.money import Money
from salesprocess.process import Process

Standing: TypeAlias = Literal["above", "below", "no measurable difference"]

NO_DIFFERENCE: Standing = "no measurable difference"

SIGNIFICANT = 0.05
"""Below this probability of so large differences by chance alone, owners are said to differ."""

_MANY = 0.2
_TOLD = 3


@attrs.frozen
class Estimate:
    """A shrunk value with its interval at the level of the result."""

    value: float
    low: float
    high: float

    @classmethod
    def of(cls, posterior: Beta | Gamma, level: float) -> Estimate:
        """The mean and the middle of a posterior."""
        return cls(posterior.mean, *posterior.interval(level))

    def beside(self, middle: float) -> Standing:
        """On which side of `middle` the whole interval lies."""
        if self.low > middle:
            return "above"
        return "below" if self.high < middle else NO_DIFFERENCE


@attrs.frozen
class Coaching:
    """A stage in which an owner's conversion is credibly below that of all.

    Attributes:
        owner, stage: whose, and where.
        deals: how many visits of the stage this owner brought to an end, forward or lost.
        conversion: the shrunk share of them that went forward, with the case mix taken out.
        pooled: the share of all owners.
        more_won: deals won more a year, were this owner's conversion there the pooled one.
        worth: what these are worth; None without amounts.
    """

    owner: str
    stage: str
    deals: int
    conversion: Estimate
    pooled: float
    more_won: float
    worth: Money | None

    def __str__(self) -> str:
        worth = "" if self.worth is None else f", worth {in_words(self.worth)}"
        low, high = results.percent(self.conversion.low), results.percent(self.conversion.high)
        return (
            f"coaching {self.owner} in {self.stage} would pay: {results.percent(self.conversion.value)} ({low} to "
            f"{high}) of comparable deals go on from there, {results.percent(self.pooled)} with all owners; on "
            f"{self.deals:,} deals. At the common conversion {results.number(self.more_won)} more deals a year would "
            f"be won{worth}"
        )


@attrs.frozen
class Owner:
    """What one owner reached, and what that says.

    Attributes:
        owner: the name.
        won, lost: deals closed while this owner was responsible.
        open: deals that are open now.
        raw: won / (won + lost), which says little where these are few; None without any.
        expected: the share that all owners together would have won of these same deals; None without any.
        share: the share of average deals that this owner wins: case mix taken out, shrunk to that of all.
        standing: where `share` lies beside that of all owners.
        speed: by how much faster (above 1) or slower this owner's deals leave their stages than those of all, at the
            same age in the same stage; shrunk to 1.
        pace: where `speed` lies beside 1.
    """

    owner: str
    won: int
    lost: int
    open: int
    raw: float | None
    expected: float | None
    share: Estimate
    standing: Standing
    speed: Estimate
    pace: Standing


@attrs.frozen
class OwnerStage:
    """One owner in one stage.

    Attributes:
        owner, stage: whose, and where.
        left: how many visits of the stage this owner brought to an end.
        expected: how many would have ended, had they ended at everybody's pace at the same ages.
        speed: the shrunk multiple: above 1 is faster.
        conversion: the shrunk share that goes forward of those that go forward or are lost; None where none did.
        pooled: that of all owners; None where nobody's did.
    """

    owner: str
    stage: str
    left: int
    expected: float
    speed: Estimate
    conversion: Estimate | None
    pooled: float | None


@attrs.frozen
class Owners:
    """The owners of a book, the highest share won first; prints as a table and in words.

    Attributes:
        as_of: where what is under way is censored.
        level: of the intervals.
        unit: what ages are counted in.
        currency: of the amounts; None without amounts.
        pooled: the share that all owners together win.
        winning, speed: the tests of whether the owners differ at all.
        handed_over: the share of the closed deals that had another owner first.
        rows: one an owner.
        stages: one for each owner and stage.
        coaching: where it would pay, the most worth first.
        n: how many deals were counted.
        excluded: what was not, by reason.
    """

    as_of: datetime
    level: float
    unit: timedelta
    currency: str | None
    pooled: float
    winning: Heterogeneity
    speed: Heterogeneity
    handed_over: float
    rows: tuple[Owner, ...]
    stages: tuple[OwnerStage, ...]
    coaching: tuple[Coaching, ...]
    n: int
    excluded: FrozenDict[str, int]

    @property
    def definition(self) -> str:
        """How the numbers are formed."""
        return (
            "share: won / (won + lost) with the case mix taken out (stage and size of the deal when the owner took it, "
            "time from then to the close) by indirect standardisation on the odds, shrunk to all by beta-binomial "
            "empirical Bayes; speed: ended against expected visits at the pooled hazard of the same stage and age, by "
            "gamma-Poisson empirical Bayes. A deal counts for its owner at the close, a visit for the owner at its "
            f"end. Intervals at {self.level:.0%}; owners are said to differ below p = {SIGNIFICANT}"
        ).replace("%", " %")

    @property
    def cohort(self) -> str:
        """Which deals these are."""
        return "deals opened by as_of with an owner; speed and stages: their observed visits"

    @property
    def words(self) -> tuple[str, ...]:
        """What it comes to, in sentences."""
        return tuple(self._sentences())

    def _sentences(self) -> Iterator[str]:
        for what, test in (("winning", self.winning), ("speed", self.speed)):
            found = "they differ" if test.p_value < SIGNIFICANT else NO_DIFFERENCE
            if test.groups > 1:
                yield f"{what}: {found} between {test.groups} owners (p = {test.p_value:.2g})"
            else:
                yield f"{what}: nothing to compare"
        if self.handed_over > _MANY:
            yield (
                f"{results.percent(self.handed_over)} of the closed deals changed hands: where people work on "
                "different stages by design, the share won tells of their roles; compare within a stage"
            )
        told = [
            f"{row.owner} wins {results.percent(row.share.value)} of comparable deals, {row.standing} the "
            f"{results.percent(self.pooled)} of all"
            for row in self.rows
            if row.standing != NO_DIFFERENCE
        ]
        yield from _ends(told)
        yield from (str(each) for each in self.coaching[:_TOLD])
        if len(self.coaching) > _TOLD:
            yield f"coaching: {len(self.coaching) - _TOLD} more, worth less, in `coaching`"
        if not self.coaching:
            yield "in no stage is anybody's conversion credibly below that of all: nothing points to coaching"

    def to_rows(self) -> list[dict[str, Any]]:
        """The rows as plain dicts."""
        return results.plain_rows(self.rows)

    def report(self) -> Report:
        """What is shown: the numbers, and what one must know to read them."""
        header = ["owner", "standing", "won", "lost", "open", "raw", "expected", "share", "from", "to", "speed"]
        grid = Grid([*header, "from", "to"], map(_line, self.rows), words=2)
        parts = (grid, Sentences(self.words))
        return Report("Owners", self.as_of, parts, self.definition, self.cohort, self.n, self.excluded)

    __str__ = reports.text
    _repr_html_ = reports.html


def _ends(told: Sequence[str]) -> Iterator[str]:
    """The first and the last, where there are too many to read."""
    if len(told) <= 2 * _TOLD:
        yield from told
        return
    yield from told[:_TOLD]
    yield f"{len(told) - 2 * _TOLD} more between, in `rows`"
    yield from told[-_TOLD:]


def _line(row: Owner) -> list[str]:
    shares = (row.raw, row.expected, *attrs.astuple(row.share))
    return [
        row.owner,
        row.standing,
        *map(results.number, (row.won, row.lost, row.open)),
        *map(results.percent, shares),
        *(f"{value:.2f}" for value in attrs.astuple(row.speed)),
    ]


def owners(
    deals: Iterable[Deal],
    process: Process | None = None,
    *,
    as_of: datetime,
    void: Collection[str] = (),
    currency: str | None = None,
    rates: Mapping[str, Decimal] | None = None,
    level: float = 0.9,
    unit: timedelta = timedelta(days=1),
) -> Owners:
    """Compare the owners of a book: who wins more, who is faster, and where coaching would pay.

    Young books are not punished: a close is compared with closes at the same age, a stay with stays at the same age,
    and what is open counts as open. Losses for a reason that does not count say nothing and are left out.

    Args:
        deals: any iterable, read once; each deal at most once.
        process: gives the stages, their order, and the reasons that do not count; without it the visited stages stand
            by the mean rank of their first entry, and all losses count but those for a reason in `void`.
        as_of: what was recorded later is not known here.
        void: more reasons of losses that do not count.
        currency: of the amounts; may be left out when at most one occurs. Amounts give size bands and worth.
        rates: what one unit of another currency is worth in it.
        level: of the intervals, and of what is credible.
        unit: ages are counted in whole units.

    Warns:
        SmallSample: fewer than ten closed deals of an owner.

    Raises:
        NoHistory: no deal was opened by `as_of`.
        DuplicateDeal: ids that come more than once.
        OutOfRange: a level not between 0 and 1, or a unit that is not positive.
        MissingRate, CurrencyMismatch: amounts in several currencies, and no way to put them together.

    >>> import warnings
    >>> from datetime import UTC
    >>> from salesprocess.stages import Stage
    >>> solar = Process("solar", stages=[Stage("lead"), Stage.won("won"), Stage.lost("lost")])
    >>> at, day, book = datetime(2026, 1, 5, tzinfo=UTC), timedelta(days=1), []
    >>> for name, won, closed in (("kari", 3, 3), ("ola", 40, 100), ("per", 30, 100)):
    ...     for number in range(closed):
    ...         deal = solar.open(f"{name}-{number}", owner=name, at=at)
    ...         book.append((solar.win if number < won else solar.lose)(deal, at=at + 9 * day))
    >>> with warnings.catch_warnings():
    ...     warnings.simplefilter("ignore")
    ...     found = owners(book, solar, as_of=at + 30 * day)
    >>> [(row.owner, row.raw, round(row.share.value, 2)) for row in found.rows]
    [('kari', 1.0, 0.4), ('ola', 0.4, 0.38), ('per', 0.3, 0.34)]
    """
    if not 0 < level < 1:
        raise OutOfRange("level", level, "between 0 and 1, both outside")
    whole, book = whole_microseconds(unit), list(deals)
    visits = stage_visits(book, as_of=as_of, process=process, void=void)
    here = set(visits.deals)
    stood = [deal for each in book if each.id in here and (deal := each.as_of(visits.as_of)) is not None]
    priced = currency is not None or any(deal.amount is not None for deal in stood)
    worth = amounts(stood, currency, rates) if priced else None
    counted = counted_deals(visits, process)
    owned = {deal.id: owners_of(deal) for deal in stood}
    sizes = {deal.id: timeline(deal, "amount") for deal in stood} if priced else {}
    seen = OwnedBook(visits, counted, whole, owned, sizes, worth, rates or {})
    closes = closes_of(seen, stood)
    exits = moves.stage_exits(visits, counted, whole)
    stays = stays_of(seen)
    stages = [compare(stage_cases(seen, place, each)) for place, each in enumerate(stays)]
    paces = [paces_of(seen, each.incidence.counts, stays[place]) for place, each in enumerate(exits)]
    names = sorted({*(case.group for case in closes.cases), *closes.open, *(name for pace in paces for name in pace)})
    winning = compare(closes.cases)
    ended = [sum(pace.get(name, (0, 0.0))[0] for pace in paces) for name in names]
    expected = [sum(pace.get(name, (0, 0.0))[1] for pace in paces) for name in names]
    speed = gamma_poisson(zip(ended, expected, strict=True))
    rows = sorted(
        _owner_rows(names, winning, ended, speed, closes.open, level), key=lambda row: (-row.share.value, row.owner)
    )
    results.warn_if_small({row.owner: (row.won + row.lost,) for row in rows})
    stage_rows, coaching = _stage_rows(seen, exits, stages, paces, level)
    return Owners(
        visits.as_of,
        level,
        unit,
        worth.currency if worth else None,
        winning.pooled,
        winning.posteriors.heterogeneity,
        speed.heterogeneity,
        closes.handed_over,
        tuple(rows),
        tuple(stage_rows),
        tuple(sorted(coaching, key=lambda each: -each.more_won)),
        len(closes.cases) + closes.open.total(),
        FrozenDict(counted.excluded + closes.excluded),
    )


def _owner_rows(
    names: Sequence[str],
    winning: Comparison,
    ended: Sequence[int],
    speed: GammaPoisson,
    open_now: Counter[str],
    level: float,
) -> Iterator[Owner]:
    shares = dict(zip(winning.groups, winning.posteriors.posteriors, strict=True))
    wins_differ = winning.posteriors.heterogeneity.p_value < SIGNIFICANT
    paces_differ = speed.heterogeneity.p_value < SIGNIFICANT
    for name, seen, pace in zip(names, ended, speed.posteriors, strict=True):
        group = winning.groups.get(name)
        share = Estimate.of(shares.get(name, winning.posteriors.prior), level)
        rate = Estimate.of(pace, level)
        yield Owner(
            name,
            group.successes if group else 0,
            group.n - group.successes if group else 0,
            open_now[name],
            group.successes / group.n if group else None,
            group.expected / group.n if group else None,
            share,
            share.beside(winning.pooled) if wins_differ and group and group.n >= results.ENOUGH else NO_DIFFERENCE,
            rate,
            rate.beside(1.0) if paces_differ and seen >= results.ENOUGH else NO_DIFFERENCE,
        )


def _stage_rows(
    seen: OwnedBook,
    exits: Sequence[moves.StageExits],
    conversions: Sequence[Comparison],
    paces: Sequence[Mapping[str, tuple[int, float]]],
    level: float,
) -> tuple[list[OwnerStage], list[Coaching]]:
    shares = [each.shares for each in exits]
    chances = moves.moves_of(shares).chances()
    now = microseconds(seen.visits.as_of)
    began = min((seen.visits.columns.entered[journey.rows[0]] for journey in seen.counted.journeys), default=now)
    years = max(now - began, seen.whole) / whole_microseconds(YEAR)
    rows: list[OwnerStage] = []
    coaching: list[Coaching] = []
    for place, (stage, compared, pace) in enumerate(zip(seen.counted.order.names, conversions, paces, strict=True)):
        speeds = gamma_poisson(pace.values())
        found = dict(zip(compared.groups, compared.posteriors.posteriors, strict=True))
        pooled = compared.pooled if found else None
        beyond = _beyond(shares[place], chances, place)
        for (name, (observed, expected)), speed in zip(pace.items(), speeds.posteriors, strict=True):
            conversion = Estimate.of(found[name], level) if name in found else None
            rows.append(OwnerStage(name, stage, observed, expected, Estimate.of(speed, level), conversion, pooled))
            differ = compared.posteriors.heterogeneity.p_value < SIGNIFICANT
            deals = compared.groups[name].n if conversion else 0
            if conversion and pooled and differ and deals >= results.ENOUGH and conversion.beside(pooled) == "below":
                more = (pooled - conversion.value) * deals / years * beyond
                worth = seen.amounts.money(more * seen.amounts.average_won) if seen.amounts else None
                coaching.append(Coaching(name, stage, deals, conversion, pooled, more, worth))
    return rows, coaching


def _beyond(line: Sequence[float], chances: Sequence[float], place: int) -> float:
    """The chance to be won of a deal that goes forward from a stage."""
    size = len(chances)
    later = [(line[k], chances[k]) for k in range(place + 1, size)]
    forward = line[size] + sum(share for share, _ in later)
    return (line[size] + sum(share * chance for share, chance in later)) / forward if forward else 0.0
