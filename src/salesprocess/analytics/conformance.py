"""What deals really do beside what the rulebook foresees: fitness, variants, and changes of the rules that follow."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from statistics import fmean, median
from typing import Any

import attrs

from salesprocess.analytics import reports, results
from salesprocess.analytics.cohort import NOT_OPENED, each_once, only_deals
from salesprocess.analytics.fitness import DealFitness, DeviationCode, Rules, fitness_of
from salesprocess.analytics.proposals import Proposal, merged, proposals
from salesprocess.analytics.reports import Grid, Report, Sentences
from salesprocess.deal import Deal
from salesprocess.errors import NoHistory, OutOfRange
from salesprocess.frozen import FrozenDict
from salesprocess.process import Process
from salesprocess.timing import instant

_SHOWN = 10
_SECOND = timedelta(seconds=1)


@attrs.frozen
class Variant:
    """One way through the stages, and how deals fare on it.

    Attributes:
        path: the stages entered, in order, without those after the sale.
        deals: how many deals went exactly this way so far.
        share: of all deals.
        won, lost: how many of them are closed so.
        win_rate: won / (won + lost); None when none is closed.
        median: of the time from opening to close, of the closed ones; None when none is closed.
    """

    path: tuple[str, ...]
    deals: int
    share: float
    won: int
    lost: int
    win_rate: float | None
    median: timedelta | None

    def __str__(self) -> str:
        return " → ".join(self.path)


@attrs.frozen
class Deviations:
    """How often deals did one sort of thing.

    Attributes:
        code: what sort.
        subject: of what.
        times: how often.
        deals: by how many deals.
        share: of all deals.
        win_rate: won / (won + lost) of these deals; None when none is closed.
        win_rate_of_others: of all other deals.
    """

    code: DeviationCode
    subject: str
    times: int
    deals: int
    share: float
    win_rate: float | None
    win_rate_of_others: float | None


@attrs.frozen
class Conformance:
    """A book beside its rulebook; prints as tables and in words.

    Attributes:
        as_of: how the deals stood.
        process, version: the rulebook.
        fitness: the mean over the deals.
        rows: how often deals did what, the most frequent first.
        deals: one a deal, with everything it did.
        variants: the ways through the stages, the most frequent first.
        findings: changes of the rulebook that the deals suggest.
        revision: the arguments of `process.revise` that carry out all of them together.
        n: how many deals.
        excluded: what was not looked at, by reason.
    """

    as_of: datetime
    process: str
    version: int
    fitness: float
    rows: tuple[Deviations, ...]
    deals: tuple[DealFitness, ...]
    variants: tuple[Variant, ...]
    findings: tuple[Proposal, ...]
    revision: FrozenDict[str, Any]
    n: int
    excluded: FrozenDict[str, int]

    @property
    def definition(self) -> str:
        """How the numbers are formed."""
        return (
            "fitness of a deal: 1 − (moves not allowed + required stages passed over) / (moves + required stages "
            "passed over), the opening is a move; not allowed is a move for which the rules have no transition, one by "
            "override, and one whose criteria did not hold then. Imported moves are judged by the transitions alone: "
            "no rulebook decided them. Skips of optional stages, loops, steps back, waivers and extra work are told "
            "and do not lower the fitness. Win rates describe and do not explain: deals that get far have more "
            "occasion to come back"
        )

    @property
    def cohort(self) -> str:
        """Which deals these are."""
        return "deals opened by as_of"

    def to_rows(self) -> list[dict[str, Any]]:
        """The rows as plain dicts."""
        return results.plain_rows(self.rows)

    def report(self) -> Report:
        """What is shown: the numbers, and what one must know to read them."""
        header = ["what", "of", "times", "deals", "share", "won of these", "won of others"]
        did = Grid(header, map(_line, self.rows[:_SHOWN]), words=2)
        none = Sentences(["every deal went the way that the rules foresee"])
        header = ["variant", "deals", "share", "won", "lost", "win rate", "days to close"]
        ways = Grid(header, map(_variant_line, self.variants[:_SHOWN]))
        said = [*_more(self.rows, "rows"), *_more(self.variants, "variants"), f"fitness: {self.fitness:.3f}"]
        found = [str(finding) for finding in self.findings] or ["nothing suggests a change of the process"]
        return Report(
            f"Conformance to {self.process} version {self.version}",
            self.as_of,
            (did if self.rows else none, ways, Sentences([*said, *found])),
            self.definition,
            self.cohort,
            self.n,
            self.excluded,
        )

    __str__ = reports.text
    _repr_html_ = reports.html


def _more(rows: Sequence[object], name: str) -> list[str]:
    return [f"{len(rows) - _SHOWN} more in `{name}`"] if len(rows) > _SHOWN else []


def _line(row: Deviations) -> list[str]:
    shares = (row.share, row.win_rate, row.win_rate_of_others)
    counts = map(results.number, (row.times, row.deals))
    return [row.code.replace("_", " "), row.subject, *counts, *map(results.percent, shares)]


def _variant_line(row: Variant) -> list[str]:
    days = None if row.median is None else row.median / timedelta(days=1)
    counts = map(results.number, (row.won, row.lost))
    rate, days_shown = results.percent(row.win_rate), results.number(days)
    return [str(row), results.number(row.deals), results.percent(row.share), *counts, rate, days_shown]


def conformance(
    deals: Iterable[Deal], process: Process, *, as_of: datetime | None = None, threshold: float = 0.3
) -> Conformance:
    """Compare what deals did with what the rulebook foresees.

    Deals of other versions, and imported ones, are matched by the names of their stages.

    Args:
        deals: any iterable, read once; each deal at most once.
        process: the rulebook.
        as_of: how the deals stood; the last event of the book when it is left out.
        threshold: what so large a share of deals does is worth a change of the rules.

    Warns:
        SmallSample: fewer than ten deals.

    Raises:
        NoHistory: there is no deal, or none was opened by `as_of`.
        DuplicateDeal: ids that come more than once.
        OutOfRange: the threshold is not above 0 and at most 1.

    >>> from datetime import UTC
    >>> from salesprocess.stages import Stage
    >>> solar = Process("solar", stages=[Stage("lead"), Stage("visit"), Stage.won("won"), Stage.lost("lost")])
    >>> at, book = datetime(2026, 1, 5, tzinfo=UTC), []
    >>> for number in range(12):
    ...     deal = solar.open(f"D{number}", at=at)
    ...     book.append(solar.override(deal, "won", at=at, by="ola", reason="they knew us"))
    >>> found = conformance(book, solar)
    >>> print(found.findings[0])
    100.0 % of the 12 deals that got past visit skip it (100.0 % of the won ones): make it optional \
[process.revise(change={'visit': {'optional': True}})]
    >>> solar.revise(**found.revision).stage("visit").optional
    True
    """
    if not 0 < threshold <= 1:
        raise OutOfRange("threshold", threshold, "above 0 and at most 1")
    book = list(only_deals(deals))
    each_once([deal.id for deal in book])
    if not book:
        raise NoHistory("there is no deal")
    moment = max(deal.updated_at for deal in book) if as_of is None else instant(as_of, "as_of")
    stood = [deal for deal in (deal.as_of(moment) for deal in book) if deal is not None]
    if not stood:
        raise NoHistory(f"no deal was opened by {moment.isoformat()}; {len(book)} were opened later")
    results.warn_if_small({"the book": (len(stood),)})
    rules = Rules.of(process)
    found = tuple(fitness_of(rules, deal) for deal in stood)
    later = len(book) - len(stood)
    findings = tuple(proposals(rules, found, stood, threshold))
    return Conformance(
        moment,
        process.name,
        process.version,
        fmean(each.fitness for each in found),
        tuple(_rows(found)),
        found,
        tuple(_variants(process, found, stood)),
        findings,
        merged(findings, process.policy),
        len(found),
        FrozenDict({NOT_OPENED: later} if later else {}),
    )


def _win_rate(won: int, lost: int) -> float | None:
    return won / (won + lost) if won + lost else None


def _rows(found: Sequence[DealFitness]) -> Iterator[Deviations]:
    times = Counter((each.code, each.subject) for deal in found for each in deal.why)
    by_kind: defaultdict[tuple[DeviationCode, str], set[int]] = defaultdict(set)
    for place, deal in enumerate(found):
        for each in deal.why:
            by_kind[each.code, each.subject].add(place)
    ends = Counter(deal.status for deal in found)
    for kind, places in sorted(by_kind.items(), key=lambda item: (-len(item[1]), item[0])):
        own = Counter(found[place].status for place in places)
        yield Deviations(
            *kind,
            times[kind],
            len(places),
            len(places) / len(found),
            _win_rate(own["won"], own["lost"]),
            _win_rate(ends["won"] - own["won"], ends["lost"] - own["lost"]),
        )


def _variants(process: Process, found: Sequence[DealFitness], deals: Sequence[Deal]) -> Iterator[Variant]:
    sold = {stage.name for stage in process.stages if stage.kind == "after_sale"}
    groups: defaultdict[tuple[str, ...], list[Deal]] = defaultdict(list)
    for each, deal in zip(found, deals, strict=True):
        groups[tuple(name for name in each.path if name not in sold)].append(deal)
    for path, group in sorted(groups.items(), key=lambda item: (-len(item[1]), item[0])):
        ends: Mapping[str, int] = Counter(deal.status for deal in group)
        times = [(deal.closed_at - deal.opened_at) / _SECOND for deal in group if deal.closed_at is not None]
        yield Variant(
            path,
            len(group),
            len(group) / len(found),
            ends["won"],
            ends["lost"],
            _win_rate(ends["won"], ends["lost"]),
            median(times) * _SECOND if times else None,
        )
