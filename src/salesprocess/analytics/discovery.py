"""The draft of a process from a raw log of stages: what cases really did, as a rulebook that one can go on from."""

from __future__ import annotations

import re
import warnings
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta, tzinfo
from typing import Any

import attrs

from salesprocess import ingest
from salesprocess.analytics import reports, results
from salesprocess.analytics.outcomes import outcomes
from salesprocess.analytics.reports import Grid, Report, Sentences
from salesprocess.analytics.shapes import USED, Shape, shape_of
from salesprocess.analytics.stage_conversion import StageConversion, conversion
from salesprocess.analytics.stage_durations import durations
from salesprocess.analytics.succession import Path, Succession, Variant, paired
from salesprocess.analytics.visits import StageVisits, microseconds, path_visits
from salesprocess.deal import Deal
from salesprocess.errors import NoHistory, SmallSample, UnknownLabel
from salesprocess.events import Entered, Opened, StageStatus
from salesprocess.facts import FactValue
from salesprocess.frozen import EMPTY, FrozenDict
from salesprocess.ingest import collector
from salesprocess.ingest.sheet import Row
from salesprocess.process import Process
from salesprocess.rules import Policy
from salesprocess.stages import LossReason, Stage

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
            f"{USED:.0%} of the cases that got past it, or more; probability: won in the end by Aalen-Johansen, open "
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
    names = _names(seen)
    with collector.paused():  # the cases of a log are many objects, and none of them is garbage
        raw = ingest.stage_log(
            table, process=_provisional(names), stages=names, columns=columns, currency=currency, tz=tz, facts=facts
        )
        if not raw.deals:
            first = next(iter(raw.problems), "no row")
            raise NoHistory(f"none of {raw.rows} rows can be read; the first problem: {first}")
        return _drafted(name, raw, names, told, bool(facts))


def _drafted(
    name: str, raw: ingest.Log, names: Mapping[str, str], told: Mapping[str, Sequence[str]], free: bool
) -> Draft:
    """The draft of an imported log in which every label is a stage of its own, by its name in `names`."""
    label_of = {stage: label for label, stage in names.items()}
    cases = [_case(deal, label_of) for deal in raw.deals]
    same, evidence = _merged([case.path for case in cases], {*told["won"], *told["lost"]})
    variants = Counter(_collapsed(case.path, same) for case in cases)
    succession = Succession.of(variants)
    found = outcomes(succession, told["won"], told["lost"])
    shape = shape_of(succession, variants, found.won, found.lost)
    evidence += [*found.evidence, *shape.evidence]
    unsure = [*found.unsure, *shape.unsure]
    final = _stage_names(shape, names, found.won, found.lost)
    labels = {label: final[same.get(label, label)] for label in names}
    cases = [case.read_by(labels) for case in cases]
    plain = _process(name, shape, final, free, {})
    as_of = max(deal.updated_at for deal in raw.deals)
    statuses: dict[str, StageStatus] = {stage.name: stage.status for stage in plain.stages}
    visits = path_visits({case.deal: case.path for case in cases}, statuses, as_of=as_of)
    stages, doubts = _tuned(plain, visits)
    reasons, more = _reasons(cases, statuses)
    process = _process(name, shape, final, free, stages, reasons)
    told_rows = tuple(_rows(process, labels, cases, shape, final))
    hints = _hints(cases, process)
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
        as_of,
        len(cases),
        FrozenDict(problems),
    )


def _labels(value: str | Iterable[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


def _seen(table: Sequence[Row], column: str) -> list[str]:
    """The labels in order of first appearance, as the import reads them."""
    cells = (row.get(column) for row in table if isinstance(row, Mapping))
    distinct = dict.fromkeys(cell for cell in cells if isinstance(cell, str) or type(cell) is int)
    return [text for text in dict.fromkeys(str(cell).strip() for cell in distinct) if text]


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


@attrs.frozen
class _Case:
    """One case of the log: what it went through, with times in microseconds; why, step by step; what is known of it."""

    deal: str
    path: list[tuple[str, int]]
    reasons: list[str | None]
    facts: Mapping[str, FactValue]

    def read_by(self, labels: Mapping[str, str]) -> _Case:
        """The case in the stages that the labels mean; a label of the same stage as the one before is no step."""
        stages = [labels[label] for label, _ in self.path]
        steps = [place for place, stage in enumerate(stages) if not place or stage != stages[place - 1]]
        path = [(stages[place], self.path[place][1]) for place in steps]
        return _Case(self.deal, path, [self.reasons[place] for place in steps], self.facts)


def _case(deal: Deal, label_of: Mapping[str, str]) -> _Case:
    path: list[tuple[str, int]] = []
    reasons: list[str | None] = []
    for event in deal.history:
        if type(event) is Entered:
            path.append((label_of[event.destination], microseconds(event.at)))
        elif type(event) is Opened:
            path.append((label_of[event.stage], microseconds(event.at)))
        else:
            continue
        reasons.append(event.reason)
    return _Case(deal.id, path, reasons, deal.facts)


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


def _collapsed(path: Path, same: Mapping[str, str]) -> Variant:
    """The labels of a case, those that always come at once as one."""
    labels = [same.get(label, label) for label, _ in path]
    return tuple(label for label, before in zip(labels, [None, *labels], strict=False) if label != before)


def _stage_names(shape: Shape, names: Mapping[str, str], won: Sequence[str], lost: Sequence[str]) -> dict[str, str]:
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
    shape: Shape,
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
            optional=shape.skipped[label] >= USED,
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


def _tuned(process: Process, visits: StageVisits) -> tuple[dict[str, dict[str, Any]], list[str]]:
    """By stage, its priors as the log tells them; and what it does not tell."""
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


def _reasons(cases: Sequence[_Case], statuses: Mapping[str, StageStatus]) -> tuple[list[LossReason], list[str]]:
    """The reasons of lost cases, the most frequent first."""
    told = Counter(case.reasons[-1] for case in cases if statuses[case.path[-1][0]] == "lost")
    without = told.pop(None, 0)
    if not told:
        return [], []
    texts = [str(text) for text, _ in told.most_common()]
    names = _names(texts)
    listed = ", ".join(f"{text!r} ({told[text]:,})" for text in texts)
    evidence = f"reasons of lost cases: {listed}; without one: {without:,}"
    return [LossReason(names[text], label=text) for text in texts], [evidence]


def _rows(
    process: Process, labels: Mapping[str, str], cases: Sequence[_Case], shape: Shape, final: Mapping[str, str]
) -> Iterable[DraftStage]:
    visited = Counter(stage for case in cases for stage in {name for name, _ in case.path})
    skipped = {final[label]: share for label, share in shape.skipped.items()}
    for stage in process.stages:
        yield DraftStage(
            stage.name,
            stage.kind,
            ", ".join(label for label, meant in labels.items() if meant == stage.name),
            visited[stage.name],
            skipped.get(stage.name),
            stage.optional,
            stage.probability if stage.kind == "open" else None,
            stage.typical_duration,
        )


def _hints(cases: Sequence[_Case], process: Process) -> list[str]:
    """Optional stages that go with a fact: perhaps they are conditional."""
    hints: list[str] = []
    known = sorted({name for case in cases for name in case.facts})
    if not known:
        return hints
    paths = [{name for name, _ in case.path} for case in cases]
    line = [stage.name for stage in process.stages if stage.kind != "lost"]
    for stage in (each.name for each in process.stages if each.kind == "open" and each.optional):
        later = set(line[line.index(stage) + 1 :])
        past = [(case.facts, stage in path) for case, path in zip(cases, paths, strict=True) if path & later]
        for fact in known:
            by_value: dict[object, list[bool]] = {}
            for facts, visited in past:
                if fact in facts:
                    by_value.setdefault(facts[fact], []).append(visited)
            often = [value for value, each in by_value.items() if sum(each) >= (1 - USED) * len(each)]
            seldom = [value for value, each in by_value.items() if sum(each) <= USED * len(each)]
            if often and seldom and len(often) + len(seldom) == len(by_value) <= len(past) / results.ENOUGH:
                values = ", ".join(map(repr, often))
                hints.append(f"{stage} is visited just where {fact} is {values}: a conditional stage, when= that?")
    return hints
