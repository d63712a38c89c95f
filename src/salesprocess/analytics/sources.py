"""Where deals come from, and which sources bring deals that are won: any fact, compared with shrinkage."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime

import attrs

from salesprocess.analytics import reports, results
from salesprocess.analytics.cohort import VOID, by_reason
from salesprocess.analytics.deal_table import LOST, WON, Deals, DealTable, table_of
from salesprocess.analytics.posterior import Beta, Heterogeneity, beta_binomial
from salesprocess.analytics.reports import Grid, Report, Sentences
from salesprocess.analytics.spans import DAY, quantile, span, when
from salesprocess.analytics.valuations import counted_as
from salesprocess.analytics.win_rates import void_rows
from salesprocess.analytics.worth import LEVEL
from salesprocess.analytics.worths import Rates, Worths, rounded_share, worths
from salesprocess.facts import FactValue
from salesprocess.frozen import FrozenDict
from salesprocess.money import Money
from salesprocess.process import Process
from salesprocess.timing import Period

UNKNOWN = "not known"
"""What stands in a table for the deals that do not know the fact."""

_TELLING = 0.05
"""Sources differ by more than chance when so large a difference is less probable than this without one."""


@attrs.frozen
class Source:
    """The deals of one source.

    Attributes:
        source: the value of the fact; None for the deals that do not know it.
        deals: how many were created.
        share: of all deals.
        won, lost, open: what became of them.
        rate: won / (won + lost); None when none is decided.
        shrunk: the win rate drawn to that of all sources by as much as chance explains.
        low, high: its 80 % interval.
        at_least, at_most: the win rate once all are decided, if no open deal is won, or if all are.
        value: what the won ones are worth; None when no one currency tells it.
        average: of the won deals with an amount; None without any.
        per_deal: `value` for every deal created, won or not; None when no one currency tells it.
        days: the median days from opening to win; None without one.
    """

    source: FactValue | None
    deals: int
    share: float
    won: int
    lost: int
    open: int
    rate: float | None
    shrunk: float
    low: float
    high: float
    at_least: float
    at_most: float
    value: Money | None
    average: Money | None
    per_deal: Money | None
    days: float | None


@attrs.frozen
class Sources:
    """A book by the value of a fact, the most frequent one first; prints as a table and in words.

    Attributes:
        as_of: how the deals stood.
        fact: the fact.
        period: when the deals were created; None for any time.
        currency: of the values; None when there are none, or several and none was named.
        rows: one a value.
        heterogeneity: the test of whether the win rates differ at all.
        n: how many deals.
        excluded: what was left out, by reason.
        valued: what a deal counts with where that is not its amount; empty where it is.
    """

    as_of: datetime
    fact: str
    period: Period | None
    currency: str | None
    rows: tuple[Source, ...]
    heterogeneity: Heterogeneity
    n: int
    excluded: FrozenDict[str, int]
    valued: str = ""

    @property
    def definition(self) -> str:
        """How the numbers are formed."""
        told = (
            f"deals by what they know of {self.fact!r} at as_of. win rate: won / (won + lost); shrunk: drawn to that "
            "of all by empirical Bayes (beta-binomial), with its 80 % interval; at least, at most: once all are "
            "decided, if no open deal is won, or all are. a deal: worth of the won ones / all deals created"
        )
        return counted_as(told, self.valued)

    @property
    def cohort(self) -> str:
        """Which deals these are."""
        return f"deals created {when(self.period)}"

    @property
    def differ(self) -> bool:
        """Whether the win rates differ by more than chance explains."""
        return self.heterogeneity.p_value < _TELLING

    def report(self) -> Report:
        """What is shown."""
        code = f" {self.currency}" if self.currency else ""
        header = [self.fact, "deals", "share", "won", "lost", "open", "win rate", "shrunk", "80 % interval"]
        header += ["at least", "at most", f"won{code}", f"average{code}", f"a deal{code}", "days"]
        title = f"Deals by {self.fact}"
        return reports.described(self, title, Grid(header, map(_line, self.rows)), Sentences([self._words()]))

    def _words(self) -> str:
        if self.heterogeneity.groups < 2:
            return "Nothing to compare: fewer than two have decided deals."
        p = f"p = {self.heterogeneity.p_value:.2g}"
        if self.differ:
            return f"The win rates differ by more than chance explains ({p})."
        return f"No measurable difference between the win rates ({p}): do not rank by them."

    to_rows = results.rows_of
    __str__ = reports.text
    _repr_html_ = reports.html


def _line(row: Source) -> list[str]:
    return [
        UNKNOWN if row.source is None else str(row.source),
        results.number(row.deals),
        results.percent(row.share),
        *map(results.number, (row.won, row.lost, row.open)),
        results.percent(row.rate),
        results.percent(row.shrunk),
        results.between(row.low, row.high),
        *map(results.percent, (row.at_least, row.at_most)),
        *map(results.money, (row.value, row.average, row.per_deal)),
        results.number(row.days),
    ]


def sources(
    deals: Deals,
    *,
    as_of: datetime | None = None,
    fact: str = "source",
    period: Period | None = None,
    process: Process | None = None,
    void: Collection[str] = (),
    currency: str | None = None,
    rates: Rates | None = None,
) -> Sources:
    """What each source brings: deals, wins and money, and whether the sources differ by more than chance.

    Args:
        deals: the book, or its table with the fact in it: `deal_table(deals, as_of=now, facts=["source"])`.
        as_of: how the deals stood; needed unless a table brings it.
        fact: the name of any fact, such as the source, the industry or the campaign.
        period: when the deals were created, half-open; at any time without it.
        process: deals lost for its reasons with `counts=False`, such as a duplicate, are kept out.
        void: more reasons that do not count.
        currency: of the values; the only one that occurs without it.
        rates: what one unit of another currency is worth in it.

    Warns:
        SmallSample: fewer than ten deals of a source are decided.

    Raises:
        UnknownFact: a table was built without the fact.
        MissingRate: there is no rate for a currency.

    >>> from datetime import UTC
    >>> from salesprocess.facts import Fact
    >>> from salesprocess.stages import Stage
    >>> stages = [Stage("lead"), Stage.won("won"), Stage.lost("lost")]
    >>> solar = Process("solar", stages=stages, facts=[Fact("source", str)])
    >>> at = datetime(2026, 1, 5, tzinfo=UTC)
    >>> facts = [{"source": "fair"} if number % 2 else {"source": "web"} for number in range(80)]
    >>> leads = [solar.open(f"D{number}", at=at, facts=known) for number, known in enumerate(facts)]
    >>> deals = [(solar.win if row % 4 == 1 else solar.lose)(lead, at=at) for row, lead in enumerate(leads)]
    >>> found = sources(deals, as_of=at)
    >>> [(row.source, row.deals, row.rate) for row in found.rows], found.differ
    ([('fair', 40, 0.5), ('web', 40, 0.0)], True)
    """
    table = table_of(deals, as_of, [fact])
    worth, inside = worths(table, currency, rates), span(period)
    skipped = void_rows(table, process, void)
    groups: defaultdict[FactValue | None, list[int]] = defaultdict(list)
    for row, value in enumerate(table.fact(fact)):
        if row not in skipped and table.columns.opened[row] in inside:
            groups[value].append(row)
    named = sorted(groups.items(), key=lambda item: (-len(item[1]), item[0] is None, str(item[0])))
    n = sum(map(len, groups.values()))
    decided = [_decided(table, rows) for _, rows in named]
    fitted = beta_binomial(decided)
    rows = tuple(
        _source(table, worth, value, each, n, posterior)
        for (value, each), posterior in zip(named, fitted.posteriors, strict=True)
    )
    results.warn_if_small({_line(row)[0]: (row.won + row.lost,) for row in rows})
    excluded = {VOID: len(skipped), f"not created {when(period)}": len(table) - len(skipped) - n}
    won = (row for each in groups.values() for row in each if table.columns.status[row] == WON)
    missing = {f"won, {why}": count for why, count in worth.missing(won, "the values").items()}
    left_out = by_reason(table.excluded, excluded, missing)
    return Sources(table.as_of, fact, period, worth.currency, rows, fitted.heterogeneity, n, left_out, worth.valued)


def _decided(table: DealTable, rows: Sequence[int]) -> tuple[int, int]:
    """How many are won, and how many are won or lost."""
    status = table.columns.status
    won = sum(status[row] == WON for row in rows)
    return won, won + sum(status[row] == LOST for row in rows)


def _source(
    table: DealTable, worth: Worths, value: FactValue | None, rows: Sequence[int], n: int, posterior: Beta
) -> Source:
    c = table.columns
    won, decided = _decided(table, rows)
    sold = [row for row in rows if c.status[row] == WON]
    total = worth.total(sold)
    low, high = posterior.interval(LEVEL)
    return Source(
        value,
        len(rows),
        len(rows) / n,
        won,
        decided - won,
        len(rows) - decided,
        results.share(won, decided),
        posterior.mean,
        low,
        high,
        won / len(rows),
        (won + len(rows) - decided) / len(rows),
        total,
        worth.average(sold),
        None if total is None else rounded_share(total, len(rows)),
        quantile(sorted((c.closed[row] - c.opened[row]) / DAY for row in sold if c.observed[row]), 0.5),
    )
