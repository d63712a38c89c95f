"""Prove forecasters on a log of stage changes: what each would have said, week by week, and what came.

    python docs/examples/forecast_evidence.py                        a synthetic book, with the truth as a forecaster
    python docs/examples/forecast_evidence.py stage_log.csv          a log with the columns of the BPI Challenge 2012
    python docs/examples/forecast_evidence.py stage_log.csv --days 7 30 --from 2011-11-01

Where scikit-learn is installed, a gradient-boosting classifier on stage, age in the stage, total age and amount is
judged beside the forecasters of the library.
"""

from __future__ import annotations

import argparse
import csv
import importlib.util
import sys
import time
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random

import attrs
from pipeline_review import LOAN_COLUMNS, LOAN_STAGES, LOANS

from salesprocess import Deal, Period, Process, SalesProcessError, Stage, ingest, simulation
from salesprocess import forecasting as fc
from salesprocess.errors import NoHistory, SalesProcessWarning

DAY = timedelta(days=1)
SYNTHETIC = Process(
    "synthetic",
    stages=[
        Stage("lead", 0.15),
        Stage("qualified", 0.3),
        Stage("offer", 0.5),
        Stage("closing", 0.8),
        Stage.won("won"),
        Stage.lost("lost"),
    ],
)
RATES = simulation.Rates(
    shortcut=0,
    hold=0,
    unpriced=0,
    back=0.05,
    stages={
        "lead": simulation.StageRates(stay=8 * DAY, lost_stay=20 * DAY),
        "qualified": simulation.StageRates(stay=10 * DAY, lost_stay=15 * DAY),
        "offer": simulation.StageRates(stay=12 * DAY, lost_stay=30 * DAY),
        "closing": simulation.StageRates(stay=5 * DAY),
    },
)
START = datetime(2025, 1, 1, tzinfo=UTC)
STAGES = dict.fromkeys(stage.name for process in (LOANS, SYNTHETIC) for stage in process.stages)
"""All stages that occur, so that a classifier can number them."""


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code: 0, or 2 when the input cannot be judged."""
    options = parser().parse_args(arguments)
    try:
        for part in evidence(options):
            print(part, end="\n\n", flush=True)
    except (SalesProcessError, OSError, UnicodeDecodeError, csv.Error) as error:
        print(f"forecast_evidence: {error}", file=sys.stderr)
        return 2
    return 0


def parser() -> argparse.ArgumentParser:
    """The options."""
    made = argparse.ArgumentParser(prog="forecast_evidence", description="Prove forecasters on a log.")
    made.add_argument("csv", nargs="?", type=Path, help="a log of stage changes; without it, a synthetic book")
    made.add_argument("--days", nargs="+", type=int, default=[7, 14, 30], help="how far ahead (default: 7 14 30)")
    made.add_argument("--every", type=int, default=7, help="days between two origins (default: 7)")
    made.add_argument("--from", dest="first", type=moment, help="the first origin; default: three weeks into the log")
    made.add_argument("--deals", type=int, default=3000, help="of the synthetic book (default: 3000)")
    made.add_argument("--calibration", action="store_true", help="also show what was promised beside what came")
    return made


def moment(text: str) -> datetime:
    """An instant; a plain date is its midnight in UTC."""
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def evidence(options: argparse.Namespace) -> Iterator[str]:
    """The parts of the report."""
    deals, process, forecasters = read(options.csv) if options.csv else synthetic(options.deals)
    begin, end = min(deal.opened_at for deal in deals), max(deal.updated_at for deal in deals)
    yield f"{len(deals):,} deals, {begin:%Y-%m-%d} to {end:%Y-%m-%d}; process {process.name!r}"
    first = options.first or (begin + 21 * DAY).replace(hour=0, minute=0, second=0, microsecond=0)
    for days in options.days:
        origins = fc.origins(first, end, every=options.every * DAY)
        began = time.perf_counter()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SalesProcessWarning)  # early origins are thin by nature
            report = fc.backtest(forecasters, deals, origins=origins, horizon=days * DAY)
        took = time.perf_counter() - began
        yield f"{report}\n({took / report.n:.2f} s an origin, {len(report.methods)} forecasters)"
        if options.calibration:
            groups = report.calibration()
            lines = [
                f"{group.expected:.3f}  {group.observed:.3f}  {group.low:.3f}–{group.high:.3f}" for group in groups
            ]
            yield "\n".join([f"{report.best}: promised, came, 90 % interval", *lines])


def read(path: Path) -> tuple[Sequence[Deal], Process, list[fc.Forecaster]]:
    """The deals of the file, their process, and the forecasters to be judged."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        log = ingest.stage_log(
            csv.DictReader(file), process=LOANS, columns=LOAN_COLUMNS, stages=LOAN_STAGES, currency="EUR"
        )
    if not log.deals:
        raise SalesProcessError(f"no deals in {path}\n{log}")
    return log.deals, LOANS, [*ours(LOANS), *peers()]


def synthetic(deals: int) -> tuple[Sequence[Deal], Process, list[fc.Forecaster]]:
    """Two years of deals, the same every time, and beside the forecasters the truth."""
    as_of = START + 730 * DAY
    book = simulation.book(SYNTHETIC, deals, rng=Random(7), start=START, as_of=as_of, rates=RATES)
    return book.deals, SYNTHETIC, [*ours(SYNTHETIC), Known(simulation.law(SYNTHETIC, RATES)), *peers()]


def ours(process: Process) -> list[fc.Forecaster]:
    """The forecasters of the library that learn from a log; the human call needs people, who are not in this one."""
    return [each for each in fc.candidates(process) if each.method != fc.Recorded.method]


def peers() -> list[fc.Forecaster]:
    """Forecasters for which other libraries are needed, where these are installed."""
    return [Boosted()] if importlib.util.find_spec("sklearn") else []


@attrs.frozen
class Spoken:
    """A fitted forecaster whose chances a function tells."""

    method: str
    chances: Callable[[Sequence[Deal], datetime, timedelta], Mapping[str, float]]
    definition: str

    def forecast(
        self,
        deals: Iterable[Deal],
        *,
        period: Period | None,
        as_of: datetime,
        currency: str | None = None,
        rates: Mapping[str, Decimal] | None = None,
    ) -> fc.Forecast:
        """The forecast, put together by the library from the chance of each deal."""
        assert period is not None
        book = [then for deal in deals if (then := deal.as_of(as_of)) is not None]
        found = self.chances([deal for deal in book if deal.status == "open"], as_of, period.end - as_of)
        return fc.assembled(
            book,
            lambda deal: fc.Estimate(found[deal.id], self.definition),
            method=self.method,
            definition=self.definition,
            period=period,
            as_of=as_of,
            currency=currency,
            rates=rates,
        )


@attrs.frozen
class Known:
    """The true law of a synthetic book: no forecaster can be better, but by luck."""

    law: simulation.Law

    method = "the truth"

    def fit(self, deals: Iterable[Deal], *, as_of: datetime) -> Spoken:
        """The truth needs no history."""
        del deals, as_of
        return Spoken(self.method, self._chances, "the law that the book was drawn from")

    def _chances(self, deals: Sequence[Deal], as_of: datetime, horizon: timedelta) -> dict[str, float]:
        return {
            deal.id: self.law.won_by(deal.stage, age=as_of - deal.stage_since, horizon=horizon, step=DAY)
            for deal in deals
        }


@attrs.frozen
class Boosted:
    """Gradient boosting on snapshots of the past: stage, age in the stage, total age and amount of each open deal."""

    every: timedelta = 3 * DAY

    method = "gradient boosting"

    def fit(self, deals: Iterable[Deal], *, as_of: datetime) -> Spoken:
        """The snapshots are taken when the horizon is known."""
        book = list(deals)
        begin = min((deal.opened_at for deal in book), default=as_of)

        def chances(asked: Sequence[Deal], now: datetime, horizon: timedelta) -> dict[str, float]:
            return self._chances(book, begin, asked, now, horizon)

        return Spoken(self.method, chances, "gradient boosting on stage, age in stage, total age and amount")

    def _chances(
        self, book: Sequence[Deal], begin: datetime, asked: Sequence[Deal], now: datetime, horizon: timedelta
    ) -> dict[str, float]:
        import numpy as np  # noqa: PLC0415 - comes with scikit-learn
        from sklearn.ensemble import HistGradientBoostingClassifier  # noqa: PLC0415 - a peer that may be missing  # pyright: ignore[reportMissingImports]

        features: list[list[float]] = []
        outcomes: list[bool] = []
        moment = now - horizon
        while moment > begin:
            end = moment + horizon - timedelta.resolution
            for deal in book:
                then = deal.as_of(moment)
                if then is not None and then.status == "open":
                    later = deal.as_of(end)
                    features.append(seen(then, moment))
                    outcomes.append(later is not None and later.status == "won")
            moment -= self.every
        if len(set(outcomes)) < 2:
            raise NoHistory("gradient boosting needs deals that were won and others that were not")
        model = HistGradientBoostingClassifier(
            categorical_features=[0], max_iter=100, learning_rate=0.05, min_samples_leaf=50, random_state=0
        )
        model.fit(np.array(features), np.array(outcomes))
        if not asked:
            return {}
        found = model.predict_proba(np.array([seen(deal, now) for deal in asked]))[:, 1]
        return {deal.id: float(chance) for deal, chance in zip(asked, found, strict=True)}


def seen(deal: Deal, at: datetime) -> list[float]:
    """What the classifier is told of a deal."""
    place = [*STAGES].index(deal.stage) if deal.stage in STAGES else len(STAGES)
    amount = 0.0 if deal.amount is None else float(deal.amount.amount)
    return [place, deal.stage_age(at) / DAY, (at - deal.opened_at) / DAY, amount]


if __name__ == "__main__":
    sys.exit(main())
