"""The closes and the visits of a book by owner, with what made each of them easy or hard before the owner had it."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal

import attrs

from salesprocess.analytics.case_mix import Case, bands
from salesprocess.analytics.journeys import Counted
from salesprocess.analytics.survival import AgeCounts
from salesprocess.analytics.timelines import Timeline, timeline
from salesprocess.analytics.visits import StageVisits, microseconds
from salesprocess.analytics.worth import Amounts
from salesprocess.deal import Deal
from salesprocess.events import Entered, Opened
from salesprocess.money import Money

_AGE_BANDS = 4
_SIZE_BANDS = 3


@attrs.frozen
class OwnedBook:
    """A book with who had each deal when.

    Attributes:
        visits: the visits.
        counted: the deals with observed visits of known stages.
        whole: a unit of age in microseconds.
        owned: the owners of every deal, by id.
        sizes: the amounts of every deal over time, by id; empty where there are none.
        amounts: all amounts in one currency; None where there are none.
        rates: what one unit of another currency is worth in it.
    """

    visits: StageVisits
    counted: Counted
    whole: int
    owned: Mapping[str, Timeline]
    sizes: Mapping[str, Timeline]
    amounts: Amounts | None
    rates: Mapping[str, Decimal]

    def owner(self, deal: str, moment: int) -> tuple[str | None, int]:
        """Who was responsible for a deal at a moment, and since when."""
        name, since = self.owned[deal].at(moment)
        return (None if name is None else str(name)), since

    def size(self, deal: str, moment: int) -> float | None:
        """What a deal was known to be worth at a moment: before the outcome, which an amount may give away."""
        amount = self.sizes[deal].at(moment)[0] if deal in self.sizes else None
        if self.amounts is None or not isinstance(amount, Money):
            return None
        if amount.currency == self.amounts.currency:
            return float(amount.amount)
        return float(amount.to(self.amounts.currency, self.rates).amount)


def owners_of(deal: Deal) -> Timeline:
    """The owners; where nobody saw the deal begin, the first that an import tells of had it from there on."""
    opened = deal.history[0]
    owners = timeline(deal, "owner")
    return owners.from_the_start() if isinstance(opened, Opened) and not opened.observed else owners


@attrs.frozen
class _Attempt:
    """A close or a visit that is decided: whose, where it began, how large it was then, how old it got, how it went."""

    owner: str
    stage: str | None
    size: float | None
    age: int
    success: bool


def _cases(attempts: Sequence[_Attempt]) -> list[Case]:
    """Attempts of one kind: of the same stage, size band and band of the ages in that stage."""
    by_stage: defaultdict[str | None, list[float]] = defaultdict(list)
    for attempt in attempts:
        by_stage[attempt.stage].append(attempt.age)
    ages = {stage: bands(each, _AGE_BANDS) for stage, each in by_stage.items()}
    sizes = bands((attempt.size for attempt in attempts if attempt.size is not None), _SIZE_BANDS)
    return [
        Case(
            each.owner,
            (
                each.stage,
                None if each.size is None else bisect_right(sizes, each.size),
                bisect_right(ages[each.stage], each.age),
            ),
            each.success,
        )
        for each in attempts
    ]


@attrs.frozen
class Closes:
    """The closed deals as cases, the open ones by owner, and which share of the closed ones changed hands before."""

    cases: Sequence[Case]
    open: Counter[str]
    handed_over: float
    excluded: Counter[str]


def closes_of(book: OwnedBook, deals: Sequence[Deal]) -> Closes:
    """The deals by what became of them; those without an owner are left out."""
    found: list[_Attempt] = []
    open_now, excluded = Counter[str](), Counter[str]()
    handed_over = 0
    for deal in deals:
        outcome = deal.outcome
        end = microseconds(outcome.at if outcome else book.visits.as_of)
        owner, took = book.owner(deal.id, end)
        if owner is None:
            excluded["deal without an owner"] += 1
        elif outcome is None:
            open_now[owner] += 1
        else:
            age, size = (end - took) // book.whole, book.size(deal.id, took)
            found.append(_Attempt(owner, _open_stage(deal, took), size, age, outcome.status == "won"))
            handed_over += any(first not in (None, owner) for first in book.owned[deal.id].values)
    return Closes(_cases(found), open_now, handed_over / len(found) if found else 0.0, excluded)


def _open_stage(deal: Deal, moment: int) -> str | None:
    """The last open stage that the deal was in by a moment; None where an import did not see it."""
    stage: str | None = None
    for event in deal.history:
        if microseconds(event.at) > moment:
            break
        if isinstance(event, Opened) and event.observed and event.status == "open":
            stage = event.stage
        elif isinstance(event, Entered) and event.status == "open":
            stage = event.destination
    return stage


@attrs.frozen
class Stay:
    """One visit of a stage with an owner: whose, of which deal, its row, and how old it got so far."""

    owner: str
    deal: str
    row: int
    age: int


def stays_of(book: OwnedBook) -> list[list[Stay]]:
    """The visits of every stage of the order; a visit counts for the owner at its end."""
    c = book.visits.columns
    found: list[list[Stay]] = [[] for _ in book.counted.order.names]
    for row in (row for journey in book.counted.journeys for row in journey.rows):
        place = book.counted.order.positions.get(c.stage[row])
        if place is not None:
            deal = book.visits.deals[c.deal[row]]
            owner, _ = book.owner(deal, c.left[row])
            if owner is not None:
                found[place].append(Stay(owner, deal, row, (c.left[row] - c.entered[row] - c.held[row]) // book.whole))
    return found


def stage_cases(book: OwnedBook, place: int, stays: Sequence[Stay]) -> list[Case]:
    """The visits of a stage that went forward or were lost, as cases."""
    c, positions = book.visits.columns, book.counted.order.positions
    found: list[_Attempt] = []
    for stay in stays:
        following = c.next[stay.row]
        status = book.visits.statuses[following] if following >= 0 else None
        forward = status == "won" or (status == "open" and positions[following] > place)
        if forward or status == "lost":
            size = book.size(stay.deal, c.entered[stay.row])
            found.append(_Attempt(stay.owner, None, size, stay.age, forward))
    return _cases(found)


def paces_of(book: OwnedBook, counts: AgeCounts, stays: Sequence[Stay]) -> dict[str, tuple[int, float]]:
    """By owner, how many visits of a stage ended, and how many would have at the pooled hazard of the same ages."""
    hazard: dict[int, float] = {}
    total = 0.0
    for age, risk, events in zip(counts.ages, counts.at_risk, counts.events, strict=True):
        total += events / risk
        hazard[age] = total
    paces: dict[str, tuple[int, float]] = {}
    for stay in stays:
        observed, expected = paces.get(stay.owner, (0, 0.0))
        paces[stay.owner] = observed + (book.visits.columns.next[stay.row] >= 0), expected + hazard[stay.age]
    return paces
