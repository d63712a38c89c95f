"""Review a pipeline: what was read, conversion and time per stage, the forecast by month, and the deals to look at now.

    python docs/examples/pipeline_review.py                 a synthetic book of the start-up template
    python docs/examples/pipeline_review.py history.csv \
        --process startup --columns deal=id,stage=status,at=changed,amount=eur --currency EUR --tz Europe/Oslo

The file is a log of stage changes, one row for each. A log with the columns of the BPI Challenge 2012 (loan
applications) needs no options.
"""

from __future__ import annotations

import argparse
import csv
import os
import sys
import warnings
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from salesprocess import Deal, Process, SalesProcessError, Stage, analytics, forecasting, ingest, simulation, templates
from salesprocess.agenda import Agenda
from salesprocess.analytics import Conversion, Durations
from salesprocess.errors import SmallSample
from salesprocess.timing import Calendar, Period, zone

LOANS = Process(
    "loan-funnel",
    label="Loan applications at a bank",
    stages=[
        Stage("first_contact", category="omitted"),
        Stage("qualified", category="pipeline"),
        Stage("needs", category="best_case"),
        Stage("offer", category="commit"),
        Stage.won("won"),
        Stage.lost("lost"),
    ],
)
LOAN_COLUMNS = {
    "deal": "case",
    "stage": "activity",
    "at": "timestamp",
    "amount": "amount_requested",
    "owner": "resource",
}
LOAN_STAGES = {
    "A_SUBMITTED": "first_contact",
    "A_PARTLYSUBMITTED": "first_contact",
    "A_PREACCEPTED": "qualified",
    "A_ACCEPTED": "needs",
    "A_FINALIZED": "offer",
    "A_APPROVED": "won",
    "A_REGISTERED": "won",
    "A_ACTIVATED": "won",
    "A_DECLINED": "lost",
    "A_CANCELLED": "lost",
}
SHOWN = 10
SETTLED, ENOUGH = 0.02, 10


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code: 0, or 2 when the input cannot be reviewed."""
    options = parser().parse_args(arguments)
    try:
        with warnings.catch_warnings(record=True) as notes:
            warnings.simplefilter("always", SmallSample)
            parts = list(review(options))
    except (SalesProcessError, OSError, UnicodeDecodeError, csv.Error) as error:
        print(f"pipeline_review: {error}", file=sys.stderr)
        return 2
    parts.extend(dict.fromkeys(f"note: {note.message}" for note in notes))
    try:
        print("\n\n".join(parts), flush=True)
    except BrokenPipeError:  # the reader has seen enough, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def parser() -> argparse.ArgumentParser:
    """The options."""
    made = argparse.ArgumentParser(prog="pipeline_review", description="Review a pipeline.")
    made.add_argument("csv", nargs="?", type=Path, help="a log of stage changes; without it, a synthetic book")
    made.add_argument("--process", choices=templates.names(), default="startup", help="the rulebook of the deals")
    made.add_argument(
        "--columns", type=pairs, help="deal=...,stage=...,at=... and optionally amount, owner, by, reason"
    )
    made.add_argument("--stages", type=pairs, default={}, help="label=stage,... where the names differ")
    made.add_argument("--currency", help="of the amounts, such as EUR")
    made.add_argument("--tz", default="UTC", help="the zone of times that tell none, and of months (default: UTC)")
    made.add_argument("--as-of", type=datetime.fromisoformat, help="default: the last event")
    return made


def pairs(text: str) -> dict[str, str]:
    """`a=b,c=d` as a mapping."""
    parts = [part.partition("=") for part in text.split(",")]
    if not all(name and equals and value for name, equals, value in parts):
        raise argparse.ArgumentTypeError(f"{text!r} is not of the form name=value,name=value")
    return {name.strip(): value.strip() for name, _, value in parts}


def review(options: argparse.Namespace) -> Iterator[str]:
    """The parts of the report."""
    tz = zone(options.tz)
    asked: datetime | None = options.as_of
    if asked is not None and asked.tzinfo is None:
        asked = asked.replace(tzinfo=tz)
    if options.csv is None:
        process = templates.load(options.process)
        book = synthetic(process, asked or datetime(2026, 7, 1, tzinfo=UTC))
        deals, as_of = book.deals, book.as_of
        yield f"Read: {len(deals)} deals of a synthetic book (seed 7) of the process {process.name!r}"
    else:
        with options.csv.open(encoding="utf-8-sig", newline="") as file:
            process, log = read(csv.DictReader(file), options)
        if not log.deals:
            raise SalesProcessError(f"no deals in {options.csv}\n{log}")
        as_of = asked or max(deal.updated_at for deal in log.deals)
        deals = log.deals
        yield f"Read: {log}"
    visits = analytics.stage_visits(deals, as_of=as_of)
    conversion, durations = analytics.conversion(visits, process), analytics.durations(visits, process)
    yield str(conversion)
    yield str(durations)
    tuning = tuned(process, conversion, durations, as_of)
    yield priors(process, tuning)
    currency = next((deal.amount.currency for deal in deals if deal.amount is not None), None)
    if currency is None:
        yield "Forecast: none, for no deal has an amount"
    else:
        months = Calendar(tz=tz).months_from(as_of, 3)
        yield str(forecasting.rollup(deals, tuning, periods=months, as_of=as_of, currency=currency))
        yield intervals(deals, tuning, months, as_of, currency)
    yield attention(deals, tuning, as_of)


def synthetic(process: Process, as_of: datetime) -> simulation.Book:
    """Half a year of deals, the same every time."""
    return simulation.book(process, 600, rng=Random(7), start=as_of - timedelta(days=181), as_of=as_of)


def read(rows: csv.DictReader[str], options: argparse.Namespace) -> tuple[Process, ingest.Log]:
    """The deals of the file and their process; the loan log is known by its header."""
    process, stages = templates.load(options.process), options.stages
    columns, currency = options.columns, options.currency
    if columns is None and set(LOAN_COLUMNS.values()) <= set(rows.fieldnames or ()):
        process, columns, stages, currency = LOANS, LOAN_COLUMNS, LOAN_STAGES, currency or "EUR"
    if columns is None:
        found = ", ".join(rows.fieldnames or ()) or "nothing"
        raise SalesProcessError(
            f"which columns are what? The file has: {found}. Say --columns deal=...,stage=...,at=..."
        )
    log = ingest.stage_log(rows, process=process, columns=columns, stages=stages, currency=currency, tz=options.tz)
    return process, log


def tuned(process: Process, conversion: Conversion, durations: Durations, as_of: datetime) -> Process:
    """The process with what its own history says, where that is settled: the rest keeps its priors."""
    found: dict[str, dict[str, object]] = {stage.name: {} for stage in process.stages}
    for share in conversion.rows:
        if share.won_eventually is not None and share.won_eventually.unresolved <= SETTLED:
            found[share.stage]["probability"] = share.won_eventually.probability
    for stay in durations.rows:
        if stay.p85 is not None and stay.left >= ENOUGH:
            found[stay.stage]["typical_duration"] = timedelta(days=stay.p85 + 1)
    return process.retune(found, tuning=f"history until {as_of:%Y-%m-%d}")


def priors(process: Process, tuning: Process) -> str:
    """Which probability each open stage counts with, and where it comes from."""
    lines = ["Probabilities of the forecast, from history where all but 2 % of the deals are settled"]
    for before, stage in zip(process.stages, tuning.stages, strict=True):
        if stage.kind == "open":
            told = "none" if stage.probability is None else f"{stage.probability:.1%}"
            source = "history" if stage.probability != before.probability else f"prior of {process.name}"
            lines.append(f"- {stage.name}: {told} ({source})")
    return "\n".join(lines)


def intervals(deals: Sequence[Deal], process: Process, months: Iterable[Period], as_of: datetime, currency: str) -> str:
    """What the open deals will bring, month by month and in all, with its interval."""
    model = forecasting.StageWeighted(process).fit(deals, as_of=as_of)
    lines = ["Expected from open deals, with the 80 % interval if deals were independent, which is too narrow"]
    for month in (*months, None):
        forecast = model.forecast(deals, period=month, as_of=as_of, currency=currency)
        low, high = (f"{bound.amount:,.0f}" for bound in forecast.interval(0.8))
        lines.append(
            f"- {month or 'any time'}: {forecast.expected.amount:,.0f} {currency}, {low} to {high} ({forecast.n} deals)"
        )
    return "\n".join(lines)


def attention(deals: Iterable[Deal], process: Process, as_of: datetime) -> str:
    """The deals with something overdue, those with most expected money first."""
    known = [deal for each in deals if (deal := each.as_of(as_of)) is not None]
    agendas = [(deal, process.agenda(deal, at=as_of)) for deal in known if deal.outcome is None]
    pressing = [(deal, agenda) for deal, agenda in agendas if agenda.needs_attention]
    pressing.sort(key=lambda each: -expected(each[0], process))
    lines = [f"Attention: {len(pressing)} of {len(agendas)} open deals have something overdue"]
    lines.extend(line(deal, agenda) for deal, agenda in pressing[:SHOWN])
    if len(pressing) > SHOWN:
        lines.append(f"... and {len(pressing) - SHOWN} more")
    return "\n".join(lines)


def expected(deal: Deal, process: Process) -> float:
    """Amount times probability, 0 where one of them is not known."""
    return float(deal.amount.amount if deal.amount else 0) * (process.probability(deal).value or 0.0)


def line(deal: Deal, agenda: Agenda) -> str:
    """One deal and why it needs attention."""
    overdue = [item.why for item in agenda.items if item.kind == "overdue"]
    ahead = [item.why for item in agenda.items if item.kind in ("required", "blocked", "objection")]
    rest = f" (+{len(ahead) - 1} more)" if len(ahead) > 1 else ""
    why = "; ".join([*overdue, *(f"next: {reason}{rest}" for reason in ahead[:1])])
    return f"- {deal.id}, {deal.stage}, {deal.amount or 'no amount'}, {deal.owner or 'no owner'}: {why}"


if __name__ == "__main__":
    sys.exit(main())
