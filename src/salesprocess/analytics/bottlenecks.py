"""Where a sales process loses most: stages ranked by what fixing each of them is worth, not by the longest bar."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from math import sqrt
from operator import mul
from typing import Any, Literal, TypeAlias

import attrs

from salesprocess.analytics import ledgers, moves, reports, results
from salesprocess.analytics.ledgers import Ledger
from salesprocess.analytics.reports import Grid, Report, Sentences
from salesprocess.analytics.risk import RiskCounts
from salesprocess.analytics.visits import StageVisits, need_visits, whole_microseconds
from salesprocess.analytics.worth import YEAR, Amounts, Gain, amounts, in_words, known_average
from salesprocess.deal import Deal
from salesprocess.errors import OutOfRange, WrongKind
from salesprocess.frozen import FrozenDict
from salesprocess.money import Money
from salesprocess.process import Process

Queue: TypeAlias = Literal["grows", "shrinks", "steady", "unknown"]

_STEP = 1e-5
_FILLED = 2
"""After so many mean stays a stage that was empty holds about what it will always hold."""
_CLEAR = 1.645
"""A queue grows when what came and what left differ by more than this many standard deviations."""


@attrs.frozen
class Bottleneck:
    """What one stage costs, and what a change there would bring.

    Attributes:
        stage: the stage.
        visits: how many visits of it were observed.
        lost: the share of the visits that is lost from there, under censoring.
        beyond: the share of the deals that get past it, to wherever they go next, that is won in the end.
        stay: the restricted mean stay, in `unit`; None without visits.
        more_won: deals won more a year, were the stated part of its losses avoided.
        days_saved: days earlier that a won deal would close, were the stated part of the stay saved.
        conversion_worth: what `more_won` is worth a year; None without amounts.
        time_worth: what closing earlier brings forward, once; None without amounts.
        worth: both together in the first year: what the ranking goes by; in won deals where there are no amounts.
        p90: the stay that nine of ten visits do not exceed; None where the record does not show it.
        stuck: how many open deals are there for longer than that.
        stuck_amount: what these are worth; None without the amounts of deals.
        came, went: how many visits began and ended in the last `window`; None where counts do not tell.
        queue: `grows`, `shrinks` or `steady`: whether `came` and `went` differ by more than chance; `unknown` where
            counts do not tell, or the record does not go back far enough before `window` for the stage to have filled.
        why: all of this in words.
    """

    stage: str
    visits: int
    lost: float
    beyond: float
    stay: float | None
    more_won: Gain
    days_saved: float
    conversion_worth: Money | None
    time_worth: Money | None
    worth: Gain
    p90: int | None
    stuck: int
    stuck_amount: Money | None
    came: int | None
    went: int | None
    queue: Queue
    why: str


@attrs.frozen
class Bottlenecks:
    """The stages of a book, the one most worth fixing first; prints as a table and in words.

    Attributes:
        as_of: where what is under way is censored.
        unit: what stays are counted in.
        improvement: the part of the losses and of the stay that is taken to be avoidable.
        window: how far back `came` and `went` look.
        currency: of the amounts; None without amounts.
        new_deals: deals a year.
        average_won: what a won deal is worth on average; None without amounts.
        rows: one a stage, by worth.
        n: how many deals were counted.
        excluded: what was not, by reason.
    """

    as_of: datetime
    unit: timedelta
    improvement: float
    window: timedelta
    currency: str | None
    new_deals: float
    average_won: Money | None
    rows: tuple[Bottleneck, ...]
    n: int
    excluded: FrozenDict[str, int]

    @property
    def definition(self) -> str:
        """How the numbers are formed."""
        part = f"{self.improvement:.0%}".replace("%", " %")
        return (
            f"worth: expected won amount of the first year if {part} of the losses of this stage alone went on as the "
            f"other visits of it do (each year), plus the amount brought forward if stays there were {part} shorter "
            "(once). Chances by the graph of all moves between stages, exits by Aalen-Johansen under censoring, "
            "unresolved ones not counted as won; stay: mean restricted to the longest observed. It says where a change "
            "pays, not how hard it is. Intervals of 80 %: from the counts of exits and new deals and the spread of won "
            "amounts (delta method)"
        )

    @property
    def cohort(self) -> str:
        """Which deals these are."""
        return "deals opened by as_of with an observed open stage"

    def to_rows(self) -> list[dict[str, Any]]:
        """The rows as plain dicts."""
        return results.plain_rows(self.rows)

    def report(self) -> Report:
        """What is shown: the numbers, and what one must know to read them."""
        worth = "worth, won deals" if self.currency is None else f"worth, {self.currency}"
        header = ["stage", worth, "80 % from", "to", "more won", "days saved", "lost", "stay", "p90", "stuck", "queue"]
        words = Sentences((f"{row.stage}: {row.why}" for row in self.rows), title="The first is worth most:")
        return Report(
            f"Bottlenecks, stays in {results.unit_name(self.unit)}",
            self.as_of,
            (Grid(header, map(_line, self.rows)), words),
            self.definition,
            self.cohort,
            self.n,
            self.excluded,
        )

    __str__ = reports.text
    _repr_html_ = reports.html


def _line(row: Bottleneck) -> list[str]:
    whole = row.conversion_worth is not None
    bounds = (row.worth.value, row.worth.low, row.worth.high)
    return [
        row.stage,
        *(results.number(round(bound) if whole else float(bound)) for bound in bounds),
        results.number(row.more_won.value),
        results.number(row.days_saved),
        results.percent(row.lost),
        results.number(row.stay),
        results.number(row.p90),
        results.number(row.stuck),
        row.queue if row.came is None else f"+{row.came} −{row.went} {row.queue}",
    ]


def bottlenecks(
    visits: StageVisits | RiskCounts,
    process: Process | None = None,
    *,
    deals: Iterable[Deal] | None = None,
    average_won: Money | None = None,
    over: timedelta | None = None,
    currency: str | None = None,
    rates: Mapping[str, Decimal] | None = None,
    improvement: float = 0.1,
    unit: timedelta | None = None,
    window: timedelta = timedelta(days=90),
) -> Bottlenecks:
    """What it would be worth to lose less, or wait less, in each stage.

    The chance W of being won from each stage, and the visits v that a new deal makes of it, follow from the graph of
    all moves, loops and skips included. If the part x of the losses of a stage went on as its other visits do, W of a
    new deal would rise; times the new deals and the average won amount of a year that is `conversion_worth`. If stays
    there were shorter by x, won deals would close days_saved = x · stay · (visits of it by won deals) earlier; in a
    steady state that brings days_saved · (won amount a day) forward, once.

    All but the queues and the names of the deals that are stuck follows from risk counts, so that books of any size
    can be ranked by any engine that counts them. There a deal begins with each visit that no move led to: one that
    comes back after its close begins anew.

    Args:
        visits: the visits of the book, or its risk counts, such as those of `frames.risk_counts`.
        process: gives the stages and their order; deals that visited other open stages are left out and counted, of
            counts the visits.
        deals: the same book, for its amounts; without it the worth is in won deals, and only conversion counts.
        average_won: in place of `deals`, what a won deal is worth on average, taken as known exactly.
        over: how long the record goes back, for the number of deals a year; counts need it, visits tell it.
        currency: of the result; may be left out when one occurs.
        rates: what one unit of another currency is worth in it.
        improvement: x, the part that is taken to be avoidable, the same for losses and stays.
        unit: stays are counted in whole units; of counts their own, else days.
        window: the queue is judged by what came and went so recently.

    Warns:
        SmallSample: fewer than ten visits of a stage.

    Raises:
        NoHistory: no deal was seen in an open stage, or none with an amount tells the currency.
        OutOfRange: an improvement not above 0 and at most 1; a window, unit or `over` that is not positive; another
            unit than that of the counts; counts that time has faded.
        WrongKind: `visits` is something else, such as the deals; counts without `over`, or with `deals`; both `deals`
            and `average_won`.
        MissingRate, CurrencyMismatch: amounts in several currencies, and no way to put them together.

    >>> import warnings
    >>> from datetime import UTC
    >>> from salesprocess.analytics.visits import stage_visits
    >>> from salesprocess.stages import Stage
    >>> solar = Process("solar", stages=[Stage("lead"), Stage("offer"), Stage.won("won"), Stage.lost("lost")])
    >>> at, day = datetime(2026, 1, 5, tzinfo=UTC), timedelta(days=1)
    >>> book = []
    >>> for number in range(20):
    ...     deal = solar.advance(solar.open(f"D{number}", at=at), at=at + day)
    ...     close = solar.win if number % 2 else solar.lose
    ...     book.append(close(deal, at=at + 9 * day))
    >>> found = bottlenecks(stage_visits(book, as_of=at + 365 * day), solar)
    >>> [(row.stage, round(row.more_won.value, 2)) for row in found.rows]
    [('offer', 1.0), ('lead', 0.0)]
    """
    need_visits(visits, RiskCounts)
    if not 0 < improvement <= 1:
        raise OutOfRange("improvement", improvement, "above 0 and at most 1")
    recent = whole_microseconds(window)
    if deals is not None and (average_won is not None or isinstance(visits, RiskCounts)):
        raise WrongKind("deals", deals, "left out: average_won, or counts, tell of no single deal")
    if isinstance(visits, RiskCounts):
        if unit not in (None, visits.unit):
            raise OutOfRange("unit", unit, f"that of the counts, {visits.unit}, or left out")
        unit, ledger = visits.unit, ledgers.of_counts(visits, process, over)
    else:
        unit = timedelta(days=1) if unit is None else unit
        ledger = ledgers.of_visits(visits, process, whole_microseconds(unit), recent, over)
    results.warn_if_small({name: (each.n,) for name, each in zip(ledger.names, ledger.exits, strict=True)})
    excluded = ledger.excluded
    worth = None if average_won is None else known_average(average_won)
    if deals is not None:
        stood = [deal.as_of(visits.as_of) for deal in deals if deal.id in ledger.ids]
        worth = amounts([deal for deal in stood if deal is not None], currency, rates)
        if missing := len(ledger.ids) - len(worth.by_deal):
            excluded["amount not known, deal counted at the average"] += missing
    yearly = ledger.deals * whole_microseconds(YEAR) / ledger.span
    book = _Book(ledger, worth, yearly, improvement, unit, window)
    rows = sorted(_rows(book, ledger.span - recent), key=lambda row: -row.worth.value)
    return Bottlenecks(
        visits.as_of,
        unit,
        improvement,
        window,
        worth.currency if worth else None,
        yearly,
        worth.money(worth.average_won) if worth else None,
        tuple(rows),
        ledger.deals,
        FrozenDict(excluded),
    )


@attrs.frozen
class _Book:
    ledger: Ledger
    amounts: Amounts | None
    yearly: float
    improvement: float
    unit: timedelta
    window: timedelta

    def chance(self, shares: Sequence[Sequence[float]]) -> float:
        """The chance of a new deal to be won."""
        chances = moves.moves_of(shares).chances()
        return sum(entry * chance for entry, chance in zip(self.ledger.entries, chances, strict=True))

    def gains(self, shares: Sequence[Sequence[float]]) -> list[float]:
        """By stage, by how much a new deal's chance of being won rises if its losses are avoided by `improvement`."""
        size, now = len(shares), self.chance(shares)
        gains: list[float] = []
        for place, line in enumerate(shares):
            rest, lost = sum(line[: size + 1]), line[size + 1]
            factor = 1 + self.improvement * lost / rest if rest else 1.0
            better = [*(each * factor for each in line[: size + 1]), lost * (1 - self.improvement)]
            gains.append(self.chance([*shares[:place], better, *shares[place + 1 :]]) - now)
        return gains

    def gain_variances(self, shares: Sequence[Sequence[float]], gains: Sequence[float]) -> list[float]:
        """Of each gain, by the delta method: the exits of a stage are multinomial, those of two stages independent."""
        total = [0.0] * len(gains)
        for place, line in enumerate(shares):
            slopes: list[list[float]] = []
            for exit_, share in enumerate(line):
                moved = [*line[:exit_], share + _STEP, *line[exit_ + 1 :]]
                moved = [each * min(1.0, 1 / sum(moved)) for each in moved]
                nudged = self.gains([*shares[:place], moved, *shares[place + 1 :]])
                slopes.append([(new - old) / _STEP for new, old in zip(nudged, gains, strict=True)])
            for target in range(len(gains)):
                mean = sum(share * slope[target] for share, slope in zip(line, slopes, strict=True))
                square = sum(share * slope[target] ** 2 for share, slope in zip(line, slopes, strict=True))
                total[target] += max(square - mean * mean, 0.0) / max(self.ledger.exits[place].left, 1)
        return total


def _rows(book: _Book, before: int) -> Iterator[Bottleneck]:
    """A row for every stage; `before` is how long the record goes back before the window, in microseconds."""
    ledger = book.ledger
    shares = [each.shares for each in ledger.exits]
    graph = moves.moves_of(shares)
    chances, made, chance = graph.chances(), graph.visits(ledger.entries), book.chance(shares)
    gains = book.gains(shares)
    spreads = book.gain_variances(shares, gains)
    for place, (name, exits) in enumerate(zip(ledger.names, ledger.exits, strict=True)):
        *onward, won, lost = exits.shares
        rest = sum(onward) + won
        stay, p90 = exits.stay.restricted_mean, exits.stay.quantile(0.9)
        by_won_deals = made[place] * chances[place] / chance if chance else 0.0
        days = book.improvement * (stay or 0.0) * by_won_deals * (book.unit / timedelta(days=1))
        spread = (spreads[place] / gains[place] ** 2 if gains[place] else 0.0) + 1 / ledger.deals
        more_won = worth = Gain.around(book.yearly * gains[place], spread)
        stuck = [each for each in ledger.waiting[place] if p90 is not None and each.age > p90]
        came, went = (None, None) if ledger.queues is None else ledger.queues[place]
        conversion_worth = time_worth = stuck_amount = None
        if (known := book.amounts) is not None:
            by_losses = Gain.around(more_won.value * known.average_won, spread + known.relative_variance)
            per_day = book.yearly * chance * known.average_won * (timedelta(days=1) / YEAR)
            forward = Gain.around(days * per_day, known.relative_variance + 1 / ledger.deals)
            worth = by_losses + forward
            conversion_worth, time_worth = known.money(by_losses.value), known.money(forward.value)
            if known.by_deal:
                stuck_amount = known.money(sum(known.by_deal.get(deal, 0.0) for each in stuck for deal in each.deals))
        row = Bottleneck(
            name,
            exits.n,
            lost,
            (won + sum(map(mul, onward, chances))) / rest if rest else 0.0,
            stay,
            more_won,
            days,
            conversion_worth,
            time_worth,
            worth,
            p90,
            sum(each.count for each in stuck),
            stuck_amount,
            came,
            went,
            _queue(came, went, stay, before / whole_microseconds(book.unit)),
            "",
        )
        yield attrs.evolve(row, why=" ".join(_sentences(row, book)))


def _queue(came: int | None, went: int | None, stay: float | None, before: float) -> Queue:
    """What became of the queue; a record that began with an empty stage fills it first, which says nothing."""
    if came is None or went is None or stay is None or before < _FILLED * stay:
        return "unknown"
    if abs(came - went) <= _CLEAR * sqrt(came + went):
        return "steady"
    return "grows" if came > went else "shrinks"


def _sentences(row: Bottleneck, book: _Book) -> Iterator[str]:
    part, units = f"{book.improvement:.0%}".replace("%", " %"), results.unit_name(book.unit)
    if not row.visits:
        yield "No visit was observed."
        return
    lost = f"{results.percent(row.lost)} of {results.number(row.visits)} visits are lost here"
    if row.more_won.value > 0:
        worth = "" if row.conversion_worth is None else f", worth {in_words(row.conversion_worth)}"
        more, low, high = map(results.number, attrs.astuple(row.more_won))
        yield (
            f"If {part} of what is lost here went on like the rest, {more} more deals ({low} to {high}) would be won a "
            f"year{worth}: {lost}, and what gets past is won in {results.percent(row.beyond)}."
        )
    else:
        yield f"Losing less here would win nothing: {lost}."
    if round(row.days_saved, 1):
        forward = "" if not row.time_worth else f" and bring {in_words(row.time_worth)} forward, once"
        yield (
            f"Stays {part} shorter (now {results.number(row.stay)} {units} on average) would let won deals close "
            f"{results.number(row.days_saved)} days earlier{forward}."
        )
    if row.stuck:
        deals, verb = ("open deal", "is") if row.stuck == 1 else ("open deals", "are")
        amount = "" if row.stuck_amount is None else f", {in_words(row.stuck_amount)},"
        yield f"{row.stuck:,} {deals}{amount} {verb} here for longer than nine of ten visits ({row.p90} {units})."
    if row.queue in ("grows", "shrinks"):
        yield f"In the last {book.window.days} days {row.came:,} came and {row.went:,} left: the queue {row.queue}."
