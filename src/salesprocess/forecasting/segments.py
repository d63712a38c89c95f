"""How much faster or slower segments are won and lost: multiples of the pooled curve at the same age, shrunk."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TypeAlias

import attrs

from salesprocess.analytics.posterior import gamma_poisson
from salesprocess.analytics.risk import RiskCounts
from salesprocess.analytics.visits import StageVisits
from salesprocess.deal import Deal
from salesprocess.forecasting.kernels import Kernel, WinTable, by_stage, ever, exposure
from salesprocess.frozen import FrozenDict

Segmenter: TypeAlias = Callable[[Deal], str]
"""The segment of a deal, as it stood when it entered a stage."""
Effects: TypeAlias = Mapping[str, Mapping[str, Mapping[tuple[str, str], float]]]
"""By name and segment: for (stage, outcome), by how much its hazard is multiplied."""

_BETWEEN = "\x1f"
_DAY = timedelta(days=1)


def by_owner(deal: Deal) -> str:
    """Its owner; empty when it has none.

    >>> from datetime import UTC
    >>> from salesprocess import Process, Stage
    >>> solar = Process("solar", stages=[Stage("lead"), Stage.won("won"), Stage.lost("lost")])
    >>> by_owner(solar.open("A", owner="kari", at=datetime(2026, 1, 5, tzinfo=UTC)))
    'kari'
    """
    return deal.owner or ""


def by_size(deal: Deal) -> str:
    """Its amount, in bands that double, in its own currency; empty without an amount.

    >>> from datetime import UTC
    >>> from salesprocess import Money, Process, Stage
    >>> solar = Process("solar", stages=[Stage("lead"), Stage.won("won"), Stage.lost("lost")])
    >>> by_size(solar.open("A", amount=Money(5000, "EUR"), at=datetime(2026, 1, 5, tzinfo=UTC)))
    '4,096 to 8,192 EUR'
    """
    if deal.amount is None:
        return ""
    if deal.amount.amount < 1:
        return f"below 1 {deal.amount.currency}"
    low = 2 ** int(math.log2(deal.amount.amount))
    return f"{low:,} to {2 * low:,} {deal.amount.currency}"


def by_pace(deal: Deal) -> str:
    """The days from its opening until it entered the stage, in bands that double.

    >>> from datetime import UTC
    >>> from salesprocess import Process, Stage
    >>> solar = Process("solar", stages=[Stage("lead"), Stage("offer"), Stage.won("won"), Stage.lost("lost")])
    >>> at = datetime(2026, 1, 5, tzinfo=UTC)
    >>> by_pace(solar.advance(solar.open("A", at=at), at=at + timedelta(days=5)))
    '4 to 8 days'
    """
    days = (deal.stage_since - deal.opened_at) / _DAY
    if days < 1:
        return "within a day"
    low = 2 ** int(math.log2(days))
    return f"{low} to {2 * low} days"


def segment_of_each(visits: StageVisits, deals: Iterable[Deal], segments: Mapping[str, Segmenter]) -> Sequence[str]:
    """The joint segment of each visit, by what the record knew when it began."""
    known = {deal.id: deal for deal in deals}
    return [joint(known[visit.deal], visit.entered, segments) for visit in visits]


def joint(deal: Deal, entered: datetime, segments: Mapping[str, Segmenter]) -> str:
    """The segments of a deal in one text, as it stood at a moment, inclusive."""
    then = deal.as_of(entered) or deal
    return _BETWEEN.join(str(segment(then)) for segment in segments.values())


def effects(counts: RiskCounts, names: Sequence[str]) -> Effects:
    """By how much each segment multiplies the hazards of the pooled curve, θ = (m + observed) / (m + expected).

    Expected are the exits that the pooled curve would give at the ages at which the segment was at risk: a segment of
    young deals is not taken for a slow one. m comes from how much the segments differ (`gamma_poisson`); all segments
    together keep the rates of the pooled curve. With several names, the effect of each is taken beside those of the
    others, twice round.
    """
    pooled, rows = by_stage(counts.pooled()), by_stage(counts, apart=True)
    table: list[tuple[tuple[str, ...], str, str, float, float]] = []
    for (stage, group), (exits, late) in rows.items():
        whole_risk, whole_gone = exposure(*pooled[stage, ""])
        risk, gone = exposure(exits, late)
        expected: defaultdict[str, float] = defaultdict(float)
        observed: defaultdict[str, float] = defaultdict(float)
        for age, here in enumerate(risk):
            part = here / whole_risk[age] if whole_risk[age] > 0 else 0.0
            for outcome, count in whole_gone[age].items():
                expected[outcome] += part * count
            for outcome, count in gone[age].items():
                observed[outcome] += count
        values = tuple(group.split(_BETWEEN))
        table += [(values, stage, outcome, observed[outcome], max(0.0, expected[outcome])) for outcome in expected]
    found: dict[str, dict[str, dict[tuple[str, str], float]]] = {name: {} for name in names}
    for _ in range(1 if len(names) == 1 else 2):
        for place, name in enumerate(names):
            found[name] = _of_one(table, place, names, found)
    return FrozenDict(
        {name: FrozenDict({value: FrozenDict(each) for value, each in of.items()}) for name, of in found.items()}
    )


def _of_one(
    table: Sequence[tuple[tuple[str, ...], str, str, float, float]],
    place: int,
    names: Sequence[str],
    found: Effects,
) -> dict[str, dict[tuple[str, str], float]]:
    sums: defaultdict[tuple[str, str], defaultdict[str, list[float]]] = defaultdict(
        lambda: defaultdict(lambda: [0.0, 0.0])
    )
    for values, stage, outcome, observed, expected in table:
        beside = math.prod(
            found[name].get(value, {}).get((stage, outcome), 1.0)
            for other, (name, value) in enumerate(zip(names, values, strict=True))
            if other != place
        )
        cell = sums[stage, outcome][values[place]]
        cell[0] += observed
        cell[1] += expected * beside
    made: dict[str, dict[tuple[str, str], float]] = {}
    for key, groups in sums.items():
        posteriors = gamma_poisson((observed, expected) for observed, expected in groups.values()).posteriors
        means = [posterior.mean for posterior in posteriors]
        due = math.fsum(mean * expected for mean, (_, expected) in zip(means, groups.values(), strict=True))
        whole = math.fsum(observed for observed, _ in groups.values())
        for value, mean in zip(groups, means, strict=True):
            made.setdefault(value, {})[key] = mean * whole / due if due else mean
    return made


@attrs.frozen
class Segmented:
    """Kernels under the effects of the segments of one deal.

    Attributes:
        kernels: by stage.
        because: by stage, which effects, in words.
        tables: the chances of winning that were asked for, by units of time.
    """

    kernels: Mapping[str, Kernel]
    because: Mapping[str, str]
    tables: dict[int, WinTable] = attrs.field(factory=dict[int, WinTable], init=False, eq=False, repr=False)
    _ever: dict[str, float] = attrs.field(factory=dict[str, float], init=False, eq=False, repr=False)

    @property
    def ever(self) -> Mapping[str, float]:
        """The chance of being won at any time, on entering each stage."""
        if not self._ever:
            self._ever.update(ever(self.kernels))
        return self._ever


def segmented(kernels: Mapping[str, Kernel], found: Effects, group: str) -> Segmented:
    """The kernels of every stage for a deal of a joint segment, and by stage why."""
    chosen = [
        (name, value, found[name].get(value, {})) for name, value in zip(found, group.split(_BETWEEN), strict=True)
    ]
    made: dict[str, Kernel] = {}
    why: dict[str, str] = {}
    for stage, kernel in kernels.items():
        factors = {
            outcome: math.prod(each.get((stage, outcome), 1.0) for _, _, each in chosen) for outcome in kernel.left
        }
        made[stage] = kernel.under(factors)
        why[stage] = "".join(
            f"; {name} {value or 'unknown'}: "
            + ", ".join(f"{outcome} × {effect:.2f}" for (of, outcome), effect in sorted(each.items()) if of == stage)
            for name, value, each in chosen
            if any(of == stage for of, _ in each)
        )
    return Segmented(made, why)
