"""The draft of a process from a raw log of stages: what cases really did, as a rulebook that one can go on from."""

from __future__ import annotations

import re
import warnings
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta, tzinfo
from itertools import pairwise
from typing import Any

import attrs

from salesprocess import ingest
from salesprocess.analytics import reports, results
from salesprocess.analytics.outcomes import outcomes
from salesprocess.analytics.reports import Grid, Report, Sentences
from salesprocess.analytics.stage_conversion import StageConversion, conversion
from salesprocess.analytics.stage_durations import durations
from salesprocess.analytics.succession import Path, Succession, paired
from salesprocess.analytics.visits import microseconds, stage_visits
from salesprocess.deal import Deal
from salesprocess.errors import NoHistory, SmallSample, UnknownLabel
from salesprocess.events import Entered, Opened
from salesprocess.frozen import EMPTY, FrozenDict
from salesprocess.ingest.sheet import Row
from salesprocess.process import Process
from salesprocess.rules import Back, Policy
from salesprocess.stages import LossReason, Stage

_USED = 0.05
"""What fewer cases do is an exception and no rule."""
_MINUTE = timedelta(minutes=1)


@attrs.frozen
class DraftStage:
    """One stage of a draft, and what it was drawn from.

    Attributes:
        stage: its name.
        kind: what it means.
        labels: the labels of the log that mean it, comma-separated.
        cases: how many cases were in it.
        skipped: the share of the cases that got past it without being in it; None for won and lost.
        optional: whether it is optional in the draft.
        probability: of being won from there; None where the log does not tell.
        typical_duration: the median stay; None where the log does not tell.
    """

    stage: str
    kind: str
    labels: str
    cases: int
    skipped: float | None
    optional: bool
    probability: float | None
    typical_duration: timedelta | None


@attrs.frozen
class Draft:
    """A process drawn from a log; prints as a table, with its evidence and its doubts.

    Attributes:
        process: the draft.
        labels: the stage that each label means: what `ingest.stage_log` takes as `stages`.
        rows: one a stage, in order.
        evidence: what each decision rests on.
        unsure: what somebody who knows the business should look at.
        as_of: the last event of the log, where open cases are censored.
        n: how many cases.
        excluded: rows that could not be read, by reason.
    """

    process: Process
    labels: FrozenDict[str, str]
    rows: tuple[DraftStage, ...]
    evidence: tuple[str, ...]
    unsure: tuple[str, ...]
    as_of: datetime
    n: int
    excluded: FrozenDict[str, int]

    @property
    def definition(self) -> str:
        """How the draft is formed."""
        return (
            "order: of each two stages the one that comes first in most cases that have both; optional: passed over by "
            f"{_USED:.0%} of the cases that got past it, or more; probability: won in the end by Aalen-Johansen, open "
            "cases censored, among what is resolved, half a case added on either side; typical duration: median stay "
            "by Kaplan-Meier"
        ).replace("%", " %")

    @property
    def cohort(self) -> str:
        """Which cases these are."""
        return "cases with a row that can be read"

    def to_rows(self) -> list[dict[str, Any]]:
        """The rows as plain dicts."""
        return results.plain_rows(self.rows)

    def report(self) -> Report:
        """What is shown: the numbers, and what one must know to read them."""
        header = ["stage", "kind", "labels", "cases", "skipped", "optional", "probability", "typical days"]
        evidence = Sentences(self.evidence, title="Evidence:")
        doubts = Sentences(self.unsure, "?", "Not sure:")
        return Report(
            f"Draft of the process {self.process.name}",
            self.as_of,
            (Grid(header, map(_line, self.rows), words=3), evidence, *([doubts] if self.unsure else [])),
            self.definition,
            self.cohort,
            self.n,
            self.excluded,
        )

    __str__ = reports.text
    _repr_html_ = reports.html


def _line(row: DraftStage) -> list[str]:
    days = None if row.typical_duration is None else row.typical_duration / timedelta(days=1)
    shown = [results.percent(row.skipped), "yes" if row.optional else "", results.percent(row.probability)]
    return [row.stage, row.kind, row.labels, results.number(row.cases), *shown, results.number(days)]


def discover(
    rows: Iterable[Row],
    *,
    columns: Mapping[str, str],
    name: str = "discovered",
    won: str | Iterable[str] = (),
    lost: str | Iterable[str] = (),
    currency: str | None = None,
    tz: str | tzinfo | None = None,
    facts: Mapping[str, str] = EMPTY,
) -> Draft:
    """Draft a process from a log of stage changes.

    The draft holds what most cases do; what fewer than one in twenty do is an exception, told in `unsure` or in
    `conformance` of the draft. Read the evidence, correct it with `process.revise`, and import the same rows with
    `ingest.stage_log(rows, process=draft.process, stages=draft.labels, ...)`.

    Args:
        rows: mappings from columns to cells; all of them are held at once.
        columns: as of `ingest.stage_log`: the column of `deal`, `stage` and `at`, and of more.
        name: of the process.
        won, lost: the labels that mean so; what is not told is inferred from words and from what follows what, and the
            evidence says how.
        currency, tz, facts: as of `ingest.stage_log`.

    Raises:
        OutcomeUndecided: nothing tells which label means won.
        UnknownLabel: `won` or `lost` name what is in no row.
        NoHistory: no row can be read.
        MissingColumn, NaiveRow, UnknownField: as of `ingest.stage_log`.

    >>> cells = [
    ...     ("A", "New", 1), ("A", "Visit", 3), ("A", "Offer", 4), ("A", "Closed won", 9),
    ...     ("B", "New", 1), ("B", "Offer", 2), ("B", "Closed lost", 5), ("C", "New", 2),
    ... ]
    >>> log = [{"id": case, "step": label, "on": f"2026-01-{day:02}"} for case, label, day in cells]
    >>> columns = {"deal": "id", "stage": "step", "at": "on"}
    >>> draft = discover(log, columns=columns, tz="UTC")
    >>> [(row.stage, row.kind, row.optional) for row in draft.rows]
    [('new', 'open', False), ('visit', 'open', True), ('offer', 'open', False), ('closed_won', 'won', False), \
('closed_lost', 'lost', False)]
    >>> len(ingest.stage_log(log, process=draft.process, columns=columns, stages=draft.labels, tz="UTC").deals)
    3
    """
    table = list(rows)
    told = {"won": _labels(won), "lost": _labels(lost)}
    seen = _seen(table, columns.get("stage", ""))
    if unknown := [label for group in told.values() for label in group if label not in seen]:
        raise UnknownLabel(unknown, seen)
    source: dict[str, Any] = {"columns": columns, "currency": currency, "tz": tz, "facts": facts}
    names = _names(seen)
    raw = _import(table, _provisional(names), {label: names[label] for label in seen}, source)
    if not raw.deals:
        raise NoHistory(f"none of {raw.rows} rows can be read; the first problem: {next(iter(raw.problems), 'no row')}")
    label_of = {stage: label for label, stage in names.items()}
    paths = [[(label_of[stage], at) for stage, at in _path(deal)] for deal in raw.deals]
    same, evidence = _merged(paths, {*told["won"], *told["lost"]})
    merged = [_collapsed(path, same) for path in paths]
    succession = Succession.of(merged)
    found = outcomes(succession, told["won"], told["lost"])
    shape = _shape(succession, merged, found.won, found.lost)
    evidence += [*found.evidence, *shape.evidence]
    unsure = [*found.unsure, *shape.unsure]
    final = _stage_names(shape, names, found.won, found.lost)
    labels = {label: final[same.get(label, label)] for label in seen}
    plain = _process(name, shape, final, bool(facts), {})
    log = _import(table, plain, labels, source)
    stages, doubts = _tuned(plain, log.deals)
    reasons, more = _reasons(log.deals)
    process = _process(name, shape, final, bool(facts), stages, reasons)
    told_rows = tuple(_rows(process, labels, log.deals, shape, final))
    hints = _hints(log.deals, process)
    doubts += [f"{each.subject}: {each.message}" for each in process.lint() if each.severity == "warning"]
    problems = Counter(problem.code for problem in raw.problems if problem.dropped)
    kept = Counter(problem.code for problem in raw.problems if not problem.dropped)
    doubts += [f"{count:,} rows with {code}, used as far as they can be read" for code, count in kept.items()]
    return Draft(
        process,
        FrozenDict(labels),
        told_rows,
        (*evidence, *more),
        (*unsure, *doubts, *hints),
        max(deal.updated_at for deal in log.deals),
        len(log.deals),
        FrozenDict(problems),
    )


def _labels(value: str | Iterable[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


def _seen(table: Sequence[Row], column: str) -> list[str]:
    """The labels in order of first appearance, as the import reads them."""
    cells = (row.get(column) for row in table if isinstance(row, Mapping))
    texts = (str(cell).strip() for cell in cells if isinstance(cell, str) or type(cell) is int)
    return [text for text in dict.fromkeys(texts) if text]


def _names(labels: Iterable[str]) -> dict[str, str]:
    """An identifier for every label."""
    names: dict[str, str] = {}
    for label in labels:
        plain = re.sub(r"[^a-z0-9]+", "_", label.lower()).strip("_") or "stage"
        plain = plain if plain[0].isalpha() else f"stage_{plain}"
        free, number = plain, 2
        while free in names.values():
            free, number = f"{plain}_{number}", number + 1
        names[label] = free
    return names


def _provisional(names: Mapping[str, str]) -> Process:
    """A rulebook in which every label is an open stage: it takes every row, and says nothing of what they mean."""
    ends = Stage.won("won-not-known-yet"), Stage.lost("lost-not-known-yet")
    stages = [*map(Stage, names.values())] or [Stage("no-label")]
    return Process("provisional", stages=[*stages, *ends], policy=Policy(facts="free"))


def _import(table: Iterable[Row], process: Process, labels: Mapping[str, str], source: Mapping[str, Any]) -> ingest.Log:
    return ingest.stage_log(table, process=process, stages=labels, **source)


def _path(deal: Deal) -> list[tuple[str, int]]:
    path: list[tuple[str, int]] = []
    for event in deal.history:
        if isinstance(event, Opened):
            path.append((event.stage, microseconds(event.at)))
        elif isinstance(event, Entered):
            path.append((event.destination, microseconds(event.at)))
    return path


def _merged(paths: Sequence[Path], kept: set[str]) -> tuple[dict[str, str], list[str]]:
    """The label that stands for each one that always comes at once with it, and the evidence."""
    pairs = [(one, other) for one, other in paired(paths) if not {one, other} & kept]
    same = {other: one for one, other in pairs}
    for label, one in same.items():
        first = one
        while first in same:
            first = same[first]
        same[label] = first
    told = "are one stage: always one after the other within a minute"
    return same, [f"{one!r} and {other!r} {told}" for one, other in pairs]


def _collapsed(path: Path, same: Mapping[str, str]) -> list[tuple[str, int]]:
    found: list[tuple[str, int]] = []
    for label, at in path:
        name = same.get(label, label)
        if not found or found[-1][0] != name:
            found.append((name, at))
    return found


@attrs.frozen
class _Shape:
    """The stages in order by their labels, the share that skips each, the policy, and why."""

    open: tuple[str, ...]
    after_sale: tuple[str, ...]
    skipped: Mapping[str, float]
    back: Back
    evidence: tuple[str, ...]
    unsure: tuple[str, ...]


def _shape(succession: Succession, paths: Sequence[Path], won: Sequence[str], lost: Sequence[str]) -> _Shape:
    rest = [name for name in succession.cases if name not in {*won, *lost}]
    sold = [name for name in rest if _after(succession, name, won) and not _after(succession, name, lost)]
    line, open_pairs = succession.order([name for name in rest if name not in sold])
    after, _ = succession.order(sold)
    evidence = [f"order: {' → '.join(map(repr, line))}, then won"]
    if after:
        evidence.append(f"after the sale: {', '.join(map(repr, after))}, which come after it in nearly all cases")
    unsure = [
        f"the order of {one!r} and {other!r}: {one!r} comes first in {results.percent(share)} of the cases with both"
        if (succession.before[one, other] + succession.before[other, one])
        else f"the order of {one!r} and {other!r}: no case has both"
        for one, other, share in open_pairs
    ]
    firsts = [_before_end(path, {*won}) for path in paths]
    skipped: dict[str, float] = {}
    for place, name in enumerate(line):
        later = {*line[place + 1 :], *won}
        past = [path for path in firsts if later & set(path)]
        skipped[name] = sum(name not in path for path in past) / len(past) if past else 0.0
        told = f"{results.percent(skipped[name])} of the {len(past):,} cases that got past {name!r} skip it"
        if skipped[name] >= _USED:
            evidence.append(f"{told}: optional")
        elif skipped[name]:
            unsure.append(f"{told}: taken for exceptions, it is not optional")
    back, told = _back(firsts, line)
    return _Shape(tuple(line), tuple(after), skipped, back, (*evidence, told), tuple(unsure))


def _after(succession: Succession, name: str, ends: Sequence[str]) -> bool:
    """Whether a label nearly always comes after one of these."""
    later = max((succession.before[end, name] for end in ends), default=0)
    return later >= 0.9 * succession.cases[name]


def _before_end(path: Path, won: set[str]) -> list[str]:
    """The labels up to the first win."""
    names = [name for name, _ in path]
    end = next((place for place, name in enumerate(names) if name in won), len(names) - 1)
    return names[: end + 1]


def _back(paths: Sequence[Sequence[str]], line: Sequence[str]) -> tuple[Back, str]:
    position = {name: place for place, name in enumerate(line)}
    steps = Counter(
        position[one] - position[other]
        for path in paths
        for one, other in pairwise(path)
        if one in position and other in position and position[other] < position[one]
    )
    moved = sum(any(position.get(one, -1) > position.get(other, 99) for one, other in pairwise(path)) for path in paths)
    share = f"{results.percent(moved / len(paths))} of the cases step back"
    if not steps:
        return "never", "no case steps back: the draft lets none"
    if steps[1] >= (1 - _USED) * steps.total():
        return "previous", f"{share}, nearly all by one stage: the draft lets them"
    return "any", f"{share}, also by several stages: the draft lets them"


def _stage_names(shape: _Shape, names: Mapping[str, str], won: Sequence[str], lost: Sequence[str]) -> dict[str, str]:
    """The stage of every label that stands for one."""
    final = {label: names[label] for label in (*shape.open, *shape.after_sale)}
    for side, labels in (("won", won), ("lost", lost)):
        stage = names[labels[0]] if len(labels) == 1 else side
        while stage in final.values():
            stage = f"{stage}_stage"
        final |= dict.fromkeys(labels, stage)
    return final


def _process(
    name: str,
    shape: _Shape,
    final: Mapping[str, str],
    free: bool,
    tuned: Mapping[str, Mapping[str, Any]],
    reasons: Sequence[LossReason] = (),
) -> Process:
    used = dict(zip(final.values(), final, strict=False))
    ends = [stage for label, stage in final.items() if label not in {*shape.open, *shape.after_sale}]
    won = ends[0]
    lost = next((stage for stage in ends if stage != won), "lost" if "lost" not in used else "lost_stage")
    stages = [
        Stage(
            final[label],
            label=label,
            optional=shape.skipped[label] >= _USED,
            **tuned.get(final[label], {}),
        )
        for label in shape.open
    ]
    after = [Stage.after_sale(final[label], label=label, optional=True) for label in shape.after_sale]
    return Process(
        name,
        stages=[*stages, Stage.won(won), *after, Stage.lost(lost, reasons=reasons)],
        policy=Policy(back=shape.back, facts="free" if free else "declared"),
    )


def _tuned(process: Process, deals: Sequence[Deal]) -> tuple[dict[str, dict[str, Any]], list[str]]:
    """By stage, its priors as the log tells them; and what it does not tell."""
    visits = stage_visits(deals, as_of=max(deal.updated_at for deal in deals))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SmallSample)  # the draft says itself what rests on little
        reached = {row.stage: row for row in conversion(visits, process).rows}
        stays = {row.stage: row for row in durations(visits, process, unit=_MINUTE).rows}
    tuned: dict[str, dict[str, Any]] = {}
    unsure: list[str] = []
    for name, row in reached.items():
        fields, provenance = tuned.setdefault(name, {}), dict[str, str]()
        chance = _chance(row)
        if chance is None:
            unsure.append(f"the probability of {name}: only {row.reached} cases were there")
        else:
            fields["probability"] = chance
            provenance["probability"] = f"history: {row.reached} cases"
        stay = stays[name].median
        if stay is None:
            unsure.append(f"the typical duration of {name}: fewer than half of {stays[name].n} visits have ended")
        else:
            fields["typical_duration"] = max(stay, 1) * _MINUTE
            provenance["typical_duration"] = f"history: median of {stays[name].n} visits"
        fields["provenance"] = provenance
    return tuned, unsure


def _chance(row: StageConversion) -> float | None:
    ends = row.won_eventually
    if ends is None or ends.unresolved >= 1:
        return None
    resolved = ends.probability / (1 - ends.unresolved)
    return round((resolved * ends.n + 0.5) / (ends.n + 1), 3)


def _reasons(deals: Sequence[Deal]) -> tuple[list[LossReason], list[str]]:
    """The reasons of lost cases, the most frequent first."""
    told = Counter(deal.outcome.reason for deal in deals if deal.outcome and deal.outcome.status == "lost")
    without = told.pop(None, 0)
    if not told:
        return [], []
    texts = [str(text) for text, _ in told.most_common()]
    names = _names(texts)
    listed = ", ".join(f"{text!r} ({told[text]:,})" for text in texts)
    evidence = f"reasons of lost cases: {listed}; without one: {without:,}"
    return [LossReason(names[text], label=text) for text in texts], [evidence]


def _rows(
    process: Process, labels: Mapping[str, str], deals: Sequence[Deal], shape: _Shape, final: Mapping[str, str]
) -> Iterable[DraftStage]:
    cases = Counter(stage for deal in deals for stage in {name for name, _ in _path(deal)})
    skipped = {final[label]: share for label, share in shape.skipped.items()}
    for stage in process.stages:
        yield DraftStage(
            stage.name,
            stage.kind,
            ", ".join(label for label, meant in labels.items() if meant == stage.name),
            cases[stage.name],
            skipped.get(stage.name),
            stage.optional,
            stage.probability if stage.kind == "open" else None,
            stage.typical_duration,
        )


def _hints(deals: Sequence[Deal], process: Process) -> list[str]:
    """Optional stages that go with a fact: perhaps they are conditional."""
    hints: list[str] = []
    paths = [{name for name, _ in _path(deal)} for deal in deals]
    line = [stage.name for stage in process.stages if stage.kind != "lost"]
    known = sorted({name for deal in deals for name in deal.facts})
    for stage in (each.name for each in process.stages if each.kind == "open" and each.optional):
        later = set(line[line.index(stage) + 1 :])
        past = [(deal, stage in path) for deal, path in zip(deals, paths, strict=True) if path & later]
        for fact in known:
            by_value: dict[object, list[bool]] = {}
            for deal, visited in past:
                if fact in deal.facts:
                    by_value.setdefault(deal.facts[fact], []).append(visited)
            often = [value for value, each in by_value.items() if sum(each) >= (1 - _USED) * len(each)]
            seldom = [value for value, each in by_value.items() if sum(each) <= _USED * len(each)]
            if often and seldom and len(often) + len(seldom) == len(by_value) <= len(past) / results.ENOUGH:
                values = ", ".join(map(repr, often))
                hints.append(f"{stage} is visited just where {fact} is {values}: a conditional stage, when= that?")
    return hints
