"""Facts as evidence: each one moves the log-odds of winning by what its record says, and the sum explains itself."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import TypeAlias, cast

import attrs

from salesprocess.analytics.posterior import beta_binomial
from salesprocess.analytics.risk import LOST, WON
from salesprocess.analytics.visits import stage_visits
from salesprocess.deal import Deal
from salesprocess.errors import NoHistory, OutOfRange
from salesprocess.forecasting.assembly import Estimate
from salesprocess.forecasting.competing_risks import CompetingRisks, FittedCompetingRisks
from salesprocess.forecasting.forecasts import Forecast
from salesprocess.forecasting.timed import EVER, Manual, chance_by, checked_manual, timed
from salesprocess.frozen import FrozenDict
from salesprocess.timing import Period, instant

Evidence: TypeAlias = FrozenDict[tuple[str, str, str], float]
"""By stage, fact and value, by how much the log-odds of winning move."""


Reader: TypeAlias = "Callable[[Deal], str | None]"
"""What a deal tells of one matter, as text; None where it is not known."""


def _facts(facts: Mapping[str, Reader] | Iterable[str]) -> FrozenDict[str, Reader]:
    if isinstance(facts, str):
        facts = (facts,)
    if isinstance(facts, Mapping):
        return FrozenDict(cast("Mapping[str, Reader]", facts))
    return FrozenDict({name: Fact(name) for name in facts})


@attrs.frozen
class Fact:
    """Reads a fact of a deal as text; None where it is not known."""

    name: str

    def __call__(self, deal: Deal) -> str | None:
        """The value, or None."""
        value = deal.facts.get(self.name)
        return None if value is None else str(value)


@attrs.frozen
class NaiveBayes:
    """Facts as evidence beside a model: log-odds(won) = those of the model + Σ log P(fact | won) / P(fact | lost).

    The chance of ever being won moves by the evidence; how soon, by the model, keeps. What a fact says is counted in
    each stage, from what was known when a deal entered it (later facts would tell of the end), over the deals that
    have closed since, and drawn to nothing by as much as chance explains (`beta_binomial`). A fact that is not known
    counts for nothing. Naive, because facts that go together are counted as if each told something new: name few.

    Args:
        facts: names of facts, or by name, functions of the deal that give a text, or None for not known.
        base: the model beside which they speak.
        manual: whether a probability that a person stated for a deal `wins`, where its expected close lies in the
            period, or is `ignored`.

    Raises:
        OutOfRange: no fact, or an unknown word for `manual`.

    >>> from datetime import UTC, timedelta
    >>> from salesprocess import Process, Stage
    >>> solar = Process("solar", stages=[Stage("offer"), Stage.won("won"), Stage.lost("lost")])
    >>> at, day = datetime(2026, 1, 5, tzinfo=UTC), timedelta(days=1)
    >>> book = [solar.open(f"{n}", at=at, owner="kari" if n % 2 else "ola") for n in range(40)]
    >>> book = [
    ...     solar.win(each, at=at + day) if n % 4 == 1 else solar.lose(each, at=at + day) for n, each in enumerate(book)
    ... ]
    >>> now = at + day
    >>> fitted = NaiveBayes({"owner": lambda deal: deal.owner}).fit(book, as_of=now)
    >>> fitted.probability(solar.open("new", at=now, owner="kari"), by=now + 9 * day, as_of=now).because.split("; ")[-1]
    'owner kari +0.90'
    """

    facts: FrozenDict[str, Reader] = attrs.field(converter=_facts)
    base: CompetingRisks = attrs.field(factory=CompetingRisks)
    manual: Manual = attrs.field(default="ignored", kw_only=True)

    method = "naive Bayes"

    def __attrs_post_init__(self) -> None:
        checked_manual(self.manual)
        if not self.facts:
            raise OutOfRange("facts", (), "at least one")

    def fit(self, deals: Iterable[Deal], *, as_of: datetime) -> FittedNaiveBayes:
        """What the histories tell as they stood at `as_of`.

        Raises:
            NoHistory: no deal was opened by then, and the model has no prior.
            DuplicateDeal, NaiveDatetime: the book or `as_of` is wrong.
        """
        moment, book = instant(as_of, "as_of"), list(deals)
        fitted = self.base.fit(book, as_of=moment)
        return FittedNaiveBayes(moment, fitted, self.facts, self._evidence(book, moment), self.manual)

    def _evidence(self, book: list[Deal], moment: datetime) -> Evidence:
        known = {deal.id: deal for deal in book}
        counts: defaultdict[tuple[str, str], dict[str, defaultdict[str, int]]] = defaultdict(
            lambda: {WON: defaultdict(int), LOST: defaultdict(int)}
        )
        try:
            visits = stage_visits(book, as_of=moment)
        except NoHistory:
            return FrozenDict()
        for visit in visits:
            now = known[visit.deal].as_of(moment)
            if visit.status != "open" or now is None or now.outcome is None:
                continue
            then = known[visit.deal].as_of(visit.entered) or now
            for name, read in self.facts.items():
                value = read(then)
                if value is not None:
                    counts[visit.stage, name][now.status][value] += 1
        return FrozenDict(
            {
                (stage, name, value): weight
                for (stage, name), each in counts.items()
                for value, weight in _weights(each[WON], each[LOST]).items()
            }
        )


def _weights(won: Mapping[str, int], lost: Mapping[str, int]) -> dict[str, float]:
    """The log of P(value | won) / P(value | lost) = logit P(won | value) − logit P(won), shrunk."""
    values = sorted({*won, *lost})
    shares = beta_binomial((won.get(value, 0), won.get(value, 0) + lost.get(value, 0)) for value in values)
    all_won, all_lost = sum(won.values()) + 0.5, sum(lost.values()) + 0.5
    every = all_won / (all_won + all_lost)
    return {
        value: _logit(posterior.mean) - _logit(every)
        for value, posterior in zip(values, shares.posteriors, strict=True)
    }


def _logit(share: float) -> float:
    return math.log(share / (1 - share))


@attrs.frozen
class FittedNaiveBayes:
    """`NaiveBayes`, fitted at `fitted_as_of`.

    Attributes:
        fitted_as_of: what was recorded later is not in it.
        base: the model beside which the facts speak.
        facts: how they are read.
        evidence: by stage, fact and value, by how much the log-odds of winning move.
        manual: whether probabilities that people stated win.
    """

    fitted_as_of: datetime
    base: FittedCompetingRisks = attrs.field(repr=False)
    facts: FrozenDict[str, Reader]
    evidence: Evidence = attrs.field(repr=False)
    manual: Manual = "ignored"

    method = NaiveBayes.method

    def probability(self, deal: Deal, *, by: datetime, as_of: datetime) -> Estimate | str:
        """The chance that a deal is won before `by`, as it stood at `as_of`, or why there is none.

        Raises:
            OutOfRange: the deal was not opened by `as_of`, or `as_of` precedes the fit.
            NaiveDatetime: a moment has no time zone.
        """
        return chance_by(deal, self._estimate, by=by, as_of=as_of, fitted_as_of=self.fitted_as_of)

    def forecast(
        self,
        deals: Iterable[Deal],
        *,
        period: Period | None,
        as_of: datetime,
        currency: str | None = None,
        rates: Mapping[str, Decimal] | None = None,
    ) -> Forecast:
        """What the open deals will bring in `period`, whatever close date anybody expects; as of `CompetingRisks`.

        Raises:
            OutOfRange: the period has ended by `as_of`, or `as_of` precedes the fit.
            CurrencyMismatch, NoHistory: no currency is given, and several occur, or none.
            MissingRate: names every currency of the deals counted that `rates` lacks.
            DuplicateDeal, NaiveDatetime: the book or `as_of` is wrong.
        """
        return timed(
            deals,
            self._estimate,
            method=self.method,
            definition=(
                f"chance of being won in the period by {self.base.method}, its log-odds of ever being won moved by the "
                f"evidence of: {', '.join(self.facts)}"
            ),
            fitted_as_of=self.fitted_as_of,
            period=period,
            as_of=as_of,
            currency=currency,
            rates=rates,
            manual=self.manual,
        )

    def _estimate(self, deal: Deal, now: datetime, begin: datetime, end: datetime) -> Estimate | str:
        found = self.base.within(deal, now, begin, end)
        ever = self.base.within(deal, now, now, now + EVER)
        if isinstance(found, str) or isinstance(ever, str):
            return found
        then = deal.as_of(deal.stage_since) or deal
        moves = [
            (name, value, self.evidence.get((deal.stage, name, value), 0.0))
            for name, read in self.facts.items()
            if (value := read(then)) is not None
        ]
        because = "; ".join([found.because, *(f"{name} {value} {weight:+.2f}" for name, value, weight in moves)])
        if not 0 < ever.probability < 1:
            return attrs.evolve(found, because=because)
        odds = ever.probability / (1 - ever.probability) * math.exp(math.fsum(weight for *_, weight in moves))
        chance = min(1.0, odds / (1 + odds) * found.probability / ever.probability)
        return attrs.evolve(found, probability=chance, because=because)
