"""The deals a forecast speaks of: as they stood at one moment, each once, with its rulebook and its weighted amount."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, tzinfo
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import TypeAlias, cast

from salesprocess.analytics.cohort import each_once, only_deals
from salesprocess.catalog import Catalog
from salesprocess.deal import Deal
from salesprocess.errors import (
    SalesProcessError,
    UnknownProcess,
    WrongProcess,
    raise_together,
)
from salesprocess.events import Amended, Entered, Migrated, Opened, Term
from salesprocess.money import Money
from salesprocess.process import Process
from salesprocess.stages import ForecastCategory

Rulebooks: TypeAlias = Process | Catalog
"""The rulebook that all deals of a book follow, or a catalog with the right one for each."""

_FINEST = 12
"""Money holds so many decimal places; an estimate that has more is rounded, half to even."""
WIDE = Context(prec=120, rounding=ROUND_HALF_EVEN)
"""Arithmetic on amounts must not depend on the decimal context of the caller's thread."""


def as_of_each(deals: Iterable[Deal], moment: datetime) -> tuple[list[Deal], list[str]]:
    """The deals exactly as they stood at `moment`, and the ids of those that were not opened yet.

    Raises:
        DuplicateDeal: ids that come more than once.
        NaiveDatetime: `moment` has no time zone.
    """
    pairs = [(deal.id, deal.as_of(moment)) for deal in only_deals(deals)]
    each_once([deal for deal, _ in pairs])
    return [deal for _, deal in pairs if deal is not None], [deal for deal, then in pairs if then is None]


def rulebook_of_each(rulebooks: Rulebooks, deals: Iterable[Deal]) -> dict[tuple[str, int], Process]:
    """The rulebook of every deal, by name and version.

    Raises:
        WrongProcess: a deal follows another rulebook than the one given; one error a rulebook, with its first deal.
        UnknownProcess: the catalog lacks some.
        SeveralErrors: more than one of these.
    """
    found: dict[tuple[str, int], Process] = {}
    missing: dict[tuple[str, int], SalesProcessError] = {}
    for deal in deals:
        place = (deal.process, deal.version)
        if place not in found and place not in missing:
            try:
                found[place] = rulebooks[deal] if isinstance(rulebooks, Catalog) else _same(rulebooks, deal)
            except (WrongProcess, UnknownProcess) as error:
                missing[place] = error
    raise_together(missing.values())
    return found


def same_processes(rulebooks: Rulebooks, deals: Iterable[Deal]) -> None:
    """Check that deals follow the processes that are given, in whatever version: stages of the same name mean the same.

    Raises:
        WrongProcess, UnknownProcess: some do not; one error a rulebook, with its first deal.
        SeveralErrors: more than one of these.
    """
    names = {each.name for each in (rulebooks if isinstance(rulebooks, Catalog) else [rulebooks])}
    rulebook_of_each(rulebooks, (deal for deal in deals if deal.process not in names))


def _same(process: Process, deal: Deal) -> Process:
    if (deal.process, deal.version) != (process.name, process.version):
        raise WrongProcess(deal.id, (deal.process, deal.version), (process.name, process.version))
    return process


def weighted(amount: Money, probability: float) -> Money:
    """Amount × probability, exact to twelve decimal places; the probability counts as the decimal that it prints as.

    >>> weighted(Money("48000.50", "EUR"), 0.05)
    Money('2400.025', 'EUR')
    """
    product = WIDE.multiply(amount.amount, Decimal(repr(float(probability))))
    return Money(tidy(product), amount.currency)


def tidy(value: Decimal) -> Decimal:
    """At most twelve decimal places, and no zeros at the end beyond the second.

    >>> tidy(Decimal("2400.0000")), tidy(Decimal("0.1234567890123"))
    (Decimal('2400.00'), Decimal('0.123456789012'))
    """
    rounded = value.quantize(Decimal(1).scaleb(-_FINEST), context=WIDE).normalize(WIDE)
    exponent = rounded.as_tuple().exponent
    return rounded if isinstance(exponent, int) and exponent < -2 else rounded.quantize(Decimal("0.01"), context=WIDE)


def tunings(processes: Iterable[Process]) -> str:
    """The names of the priors in use, where `retune` changed them; empty when it did not."""
    return ", ".join(sorted({process.tuning for process in processes if process.tuning}))


def today(moment: datetime, tz: tzinfo) -> date:
    """The day in which a moment lies, in a zone.

    >>> from datetime import UTC
    >>> from salesprocess.timing import zone
    >>> today(datetime(2026, 3, 1, 23, 30, tzinfo=UTC), zone("Europe/Oslo"))
    datetime.date(2026, 3, 2)
    """
    return moment.astimezone(tz).date()


def category_of(process: Process, deal: Deal) -> ForecastCategory:
    """The forecast category of a deal, which is never absent: a stage that states none is in the pipeline."""
    return cast("ForecastCategory", process.category(deal).value)


def terms_by_stage(deal: Deal, name: str, *, until: datetime) -> dict[str | None, tuple[datetime, Term]]:
    """The first value that a term had in the last visit of each open stage, and when; under None the last of all.

    Stages in which nobody had stated it are absent. What was recorded after `until` is not known here.

    >>> from datetime import UTC
    >>> from salesprocess.stages import Stage
    >>> solar = Process("solar", stages=[Stage("offer"), Stage.won("won"), Stage.lost("lost")])
    >>> at = datetime(2026, 1, 5, tzinfo=UTC)
    >>> deal = solar.amend(solar.open("ACME-1", at=at, owner="kari"), owner="ola", at=at)
    >>> [(stage, owner) for stage, (_, owner) in terms_by_stage(deal, "owner", until=at).items()]
    [('offer', 'kari'), (None, 'ola')]
    """
    found: dict[str | None, tuple[datetime, Term]] = {}
    stage, value, since = "", None, deal.opened_at
    counts = False
    for event in deal.history:
        if event.at > until:
            break
        if isinstance(event, Opened | Entered):
            stage = event.stage if isinstance(event, Opened) else event.destination
            counts = event.status == "open"
            found.pop(stage, None)
        elif isinstance(event, Migrated):
            moved = found.pop(stage, None)
            stage = event.stage
            if moved is not None:
                found[stage] = moved
        if isinstance(event, Opened | Amended):
            if name in event.terms:
                value, since = event.terms[name], event.at
            elif isinstance(event, Amended) and name in event.cleared:
                value = None
        if counts and value is not None and stage not in found:
            found[stage] = (event.at, value)
    if value is not None:
        found[None] = (since, value)
    return found
