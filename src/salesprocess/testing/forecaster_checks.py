"""Whether a forecaster keeps what every forecaster promises, over a book that is shrunk to the deals that matter."""

from __future__ import annotations

import math
import pickle
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import pairwise
from random import Random
from typing import Any, NamedTuple

from salesprocess import simulation
from salesprocess.deal import Deal
from salesprocess.errors import NoHistory, OutOfRange
from salesprocess.forecasting import Forecast, Forecaster
from salesprocess.process import Process
from salesprocess.testing.commands import told
from salesprocess.testing.telling import moves
from salesprocess.timing import Period

_START = datetime(2026, 1, 5, 9, tzinfo=UTC)
_DAYS = 360
_HORIZONS = tuple(timedelta(days=days) for days in (1, 7, 30, 90, 365))
_CLOSE = 1e-9
_TRIES = 300


class _Case(NamedTuple):
    """A forecaster, and the moment at which it looks at a book."""

    forecaster: Any
    then: datetime

    def said(self, deals: Iterable[Deal], span: timedelta = _HORIZONS[2]) -> Forecast:
        """What it says of the deals, having learnt from them."""
        book = tuple(deals)
        fitted = self.forecaster.fit(book, as_of=self.then)
        found: Forecast = fitted.forecast(book, period=Period(self.then, self.then + span), as_of=self.then)
        return found

    def known(self, deals: Iterable[Deal]) -> list[Deal]:
        """The deals as they stood."""
        return [then for deal in deals if (then := deal.as_of(self.then)) is not None]


_Rule = Callable[[_Case, Sequence[Deal]], str]


def check_forecaster(
    forecaster: Forecaster,
    process: Process,
    *,
    book: Iterable[Deal] | None = None,
    as_of: datetime | None = None,
    without: Iterable[str] = (),
    seed: int = 0,
) -> None:
    """Check that a forecaster of your own keeps what every forecaster promises.

    | rule | what it wants |
    | --- | --- |
    | speaks | it says something of some deal |
    | answers | no error but `NoHistory`, where there is too little to learn from |
    | chances | each is a probability, and no deal has two |
    | sums | the probabilities of the revenue sum to one, and its mean is Σ amount × probability |
    | repeats | the same book gives the same forecast |
    | past | what is recorded after the moment of the forecast changes nothing |
    | order | the order of the deals changes nothing |
    | horizon | more time is no less chance |
    | merges | counts of two halves, added up, give the model of the whole; for one that has `counts` and `fit_counts` |
    | pickles | it comes back from a pickle as one that says the same |

    Args:
        forecaster: not fitted.
        process: whose deals it is for.
        book: the deals, among them some that were closed after `as_of`; None takes 150 synthetic ones.
        as_of: the moment of the forecast; None is the moment by which two thirds of the record were written.
        without: rules that it need not keep, by name.
        seed: of the synthetic book; the same deals for the same seed.

    Raises:
        OutOfRange: `without` names what is no rule, or the book is empty.
        AssertionError: it lists each rule that does not hold, with the fewest deals that show it.

    >>> from salesprocess import templates
    >>> from salesprocess.forecasting import CompetingRisks
    >>> check_forecaster(CompetingRisks(), templates.load("generic"))
    """
    left_out = set(without)
    names = ("speaks", *_RULES)
    if unknown := sorted(left_out.difference(names)):
        raise OutOfRange("without", unknown, f"names among {', '.join(names)}")
    deals = _synthetic(process, seed) if book is None else tuple(book)
    if not deals:
        raise OutOfRange("book", deals, "at least one deal")
    case = _Case(forecaster, _two_thirds(deals) if as_of is None else as_of)
    faults = [] if "speaks" in left_out else [f"- speaks: {why}" for why in [_speaks(case, deals)] if why]
    told_of: set[str] = set()
    for name, rule in _RULES.items():
        complaint = "" if name in left_out else _complaint(rule, case, deals)
        if complaint and complaint not in told_of:
            told_of.add(complaint)
            fewest = _fewest(deals, partial(_complaint, rule, case))
            lives = "\n".join(moves(deal) for deal in fewest)
            faults.append(f"- {name}: {_complaint(rule, case, fewest)}\n    at {case.then:%Y-%m-%d}\n{lives}")
            if name == "repeats":  # then no other comparison can be relied on
                break
    if faults:
        raise AssertionError("\n".join([f"{forecaster.method} does not hold:", *faults]))


def _synthetic(process: Process, seed: int) -> tuple[Deal, ...]:
    now = _START + timedelta(days=_DAYS)
    return simulation.book(process, 150, rng=Random(seed), start=_START, as_of=now).deals  # noqa: S311


def _two_thirds(deals: Sequence[Deal]) -> datetime:
    moments = sorted(event.at for deal in deals for event in deal.history)
    return moments[2 * len(moments) // 3]


def _complaint(rule: _Rule, case: _Case, deals: Sequence[Deal]) -> str:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return rule(case, deals)
        except NoHistory:
            return ""
        except Exception as error:  # noqa: BLE001 - whatever a forecaster of a user raises is the fault to tell
            return told(error)


def _fewest(deals: Sequence[Deal], fails: Callable[[Sequence[Deal]], object]) -> tuple[Deal, ...]:
    """As few of the deals as still fail: Zeller and Hildebrandt's ddmin (2002), taking away ever smaller parts."""
    kept, size, tries = tuple(deals), len(deals) // 2, 0
    while size:
        begin, before = 0, len(kept)
        while begin < len(kept) and tries < _TRIES:
            fewer = kept[:begin] + kept[begin + size :]
            tries += 1
            if fewer and fails(fewer):
                kept = fewer
            else:
                begin += size
        if size > 1 or len(kept) == before:
            size //= 2
    return kept


def _speaks(case: _Case, deals: Sequence[Deal]) -> str:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return "" if case.said(deals).deals else f"it leaves out each of {len(deals)} deals"
        except NoHistory as error:
            return told(error)
        except Exception:  # noqa: BLE001 - `answers` tells it
            return ""


def _answers(case: _Case, deals: Sequence[Deal]) -> str:
    case.said(deals)
    return ""


def _chances(case: _Case, deals: Sequence[Deal]) -> str:
    rows = case.said(deals).deals
    wrong = [f"{row.deal} has {row.probability}" for row in rows if not 0 <= row.probability <= 1]
    twice = len(rows) - len({row.deal for row in rows})
    return ", ".join([*wrong, *(["a deal is in the forecast twice"] if twice else [])])


def _sums(case: _Case, deals: Sequence[Deal]) -> str:
    found = case.said(deals)
    whole = math.fsum(found.revenue.chances)
    if abs(whole - 1) > _CLOSE:
        return f"the probabilities of the revenue sum to {whole}"
    stated = math.fsum(float(row.amount.amount) * row.probability for row in found.deals)
    mean = math.fsum(float(a) * p for a, p in zip(found.revenue.amounts, found.revenue.chances, strict=True))
    return "" if math.isclose(mean, stated, rel_tol=1e-6, abs_tol=0.01) else f"the mean is {mean}, not {stated}"


def _past(case: _Case, deals: Sequence[Deal]) -> str:
    return _difference(case.said(case.known(deals)), case.said(deals), "what was recorded later")


def _order(case: _Case, deals: Sequence[Deal]) -> str:
    return _difference(case.said(deals), case.said(reversed(deals)), "the order of the deals")


def _repeats(case: _Case, deals: Sequence[Deal]) -> str:
    return _difference(case.said(deals), case.said(deals), "asking again")


def _pickles(case: _Case, deals: Sequence[Deal]) -> str:
    copy = case._replace(forecaster=pickle.loads(pickle.dumps(case.forecaster)))  # noqa: S301 - written just now
    return _difference(case.said(deals), copy.said(deals), "a pickle")


def _horizon(case: _Case, deals: Sequence[Deal]) -> str:
    by_span = [(span, _rows(case.said(deals, span))) for span in _HORIZONS]
    for (sooner, less), (later, more) in pairwise(by_span):
        for deal in less.keys() & more.keys():
            if more[deal] < less[deal] - _CLOSE:
                return f"{deal} has {less[deal]:.6g} within {sooner.days} days, {more[deal]:.6g} within {later.days}"
    return ""


def _merges(case: _Case, deals: Sequence[Deal]) -> str:
    model = case.forecaster
    if not (hasattr(model, "counts") and hasattr(model, "fit_counts")):
        return ""
    one, other = (model.counts(deals[half::2], as_of=case.then) for half in (0, 1))
    period = Period(case.then, case.then + _HORIZONS[2])
    merged = model.fit_counts(one + other).forecast(deals, period=period, as_of=case.then)
    return _difference(case.said(deals), merged, "counting in two halves")


def _rows(found: Forecast) -> Mapping[str, float]:
    return {row.deal: row.probability for row in found.deals}


def _difference(usual: Forecast, other: Forecast, why: str) -> str:
    """Where two forecasts differ that should be equal."""
    one, two = _rows(usual), _rows(other)
    if only := sorted(one.keys() ^ two.keys()):
        return f"{why} decides whether {only[0]} is in the forecast"
    for deal, chance in one.items():
        if abs(two[deal] - chance) > _CLOSE:
            return f"{why} changes {deal} from {chance:.6g} to {two[deal]:.6g}"
    return ""


_RULES: Mapping[str, _Rule] = {
    "answers": _answers,
    "repeats": _repeats,
    "chances": _chances,
    "sums": _sums,
    "past": _past,
    "order": _order,
    "horizon": _horizon,
    "merges": _merges,
    "pickles": _pickles,
}
