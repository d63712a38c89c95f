"""Take deals to another version of their rulebook, or to another one: first a plan with every obstacle, then the deed.

A migration is not a move. The deal stays where it is, under the rules and the names of the other rulebook: its status,
its age in the stage and its outcome remain.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

import attrs

from salesprocess import given, words
from salesprocess.catalog import Catalog
from salesprocess.deal import Deal, followed_by
from salesprocess.errors import (
    DuplicateDeal,
    MigrationRefused,
    OutOfRange,
    SalesProcessError,
    UnknownProcess,
    UnknownStage,
    WrongKind,
    gather,
)
from salesprocess.events import Actor, Migrated, actor
from salesprocess.frozen import EMPTY, FrozenDict
from salesprocess.process import Process
from salesprocess.routes import ADVANCE
from salesprocess.rules import left_for_lost
from salesprocess.timing import instant
from salesprocess.verbs import arguments
from salesprocess.verdicts import Reason
from salesprocess.words import Language

EXAMPLES = 3
"""How many deals the text of a plan names for each reason."""


@attrs.frozen
class Ready:
    """A deal that can move.

    Attributes:
        deal: the deal as it is.
        after: the deal as it will be.
        to: the rulebook it will follow.

    >>> from datetime import UTC
    >>> from salesprocess import Stage
    >>> v1 = Process("solar", stages=[Stage("lead"), Stage.won("won"), Stage.lost("lost")])
    >>> v2 = v1.revise(rename={"lead": "enquiry"})
    >>> at = datetime(2026, 1, 5, 9, tzinfo=UTC)
    >>> deals = [v1.open("ACME-1", at=at)]
    >>> ready = plan(deals, to=v2, catalog=Catalog([v1]), stages={"lead": "enquiry"}, at=at, by="ola", reason="v2")
    >>> print(ready.ready[0])
    ACME-1 (lead → enquiry)
    """

    deal: Deal
    after: Deal
    to: Process

    @property
    def source(self) -> str:
        """The stage the deal is in."""
        return self.deal.stage

    @property
    def destination(self) -> str:
        """The stage it will be in."""
        return self.after.stage

    @property
    def unmet(self) -> tuple[Reason, ...]:
        """What will stand between it and the next stage; nothing where a closed deal has no next stage.

        Asked of the rulebook at every access: to migrate many deals takes a fraction of the time that it takes to
        explain what each of them still needs.
        """
        deal = self.after
        if deal.status == "lost":
            return ()
        unmet = self.to.engine.decide(deal, ADVANCE, deal.updated_at, deal.history[-1].by, None).decision.unmet
        return () if deal.status == "won" and any(each.code == "not_from_here" for each in unmet) else unmet

    @property
    def lapsed(self) -> tuple[str, ...]:
        """The waived requirements that `to` does not have under the same name, so that they no longer count."""
        return tuple(sorted(self.after.waived - self.to.engine.requirements))

    def text(self, language: Language = "en") -> str:
        """The way that the deal goes and what is unmet there, in words."""
        return f"{self.deal.id} ({self.source} → {self.destination})" + _told(self.unmet, language)

    def __str__(self) -> str:
        return self.text()


@attrs.frozen
class Blocked:
    """A deal that cannot move.

    Attributes:
        deal: the deal as it is.
        destination: the stage it would be in; None when the other rulebook has none for it.
        why: every reason.

    >>> from datetime import UTC
    >>> from salesprocess import Stage
    >>> v1 = Process("solar", stages=[Stage("lead"), Stage.won("won"), Stage.lost("lost")])
    >>> v2 = v1.revise(rename={"lead": "enquiry"})
    >>> at = datetime(2026, 1, 5, 9, tzinfo=UTC)
    >>> deals = [v1.open("ACME-1", at=at)]
    >>> ready = plan(deals, to=v2, catalog=Catalog([v1]), at=at, by="ola", reason="v2")
    >>> print(ready.blocked[0])
    ACME-1 (lead → ?)
      lead: solar version 2 has no stage lead (say which stage takes its place: stages={'lead': ...})
    """

    deal: Deal
    destination: str | None
    why: tuple[Reason, ...]

    @property
    def source(self) -> str:
        """The stage the deal is in."""
        return self.deal.stage

    def text(self, language: Language = "en") -> str:
        """The way that the deal would go and why it cannot, in words."""
        return f"{self.deal.id} ({self.source} → {self.destination or '?'})" + _told(self.why, language)

    def __str__(self) -> str:
        return self.text()


@attrs.frozen
class Plan:
    """What a migration would do, deal by deal; nothing has happened yet.

    Attributes:
        to: the rulebook that the deals are to follow.
        at: when.
        rows: one row a deal, in the order in which the deals were given.

    >>> from datetime import UTC
    >>> from salesprocess import Stage
    >>> v1 = Process("solar", stages=[Stage("lead"), Stage.won("won"), Stage.lost("lost")])
    >>> v2 = v1.revise(rename={"lead": "enquiry"})
    >>> at = datetime(2026, 1, 5, 9, tzinfo=UTC)
    >>> deals = [v1.open("ACME-1", at=at)]
    >>> ready = plan(deals, to=v2, catalog=Catalog([v1]), stages={"lead": "enquiry"}, at=at, by="ola", reason="v2")
    >>> len(ready.ready), ready.blocked, ready.migrated()[0].stage
    (1, (), 'enquiry')
    """

    to: Process
    at: datetime
    rows: tuple[Ready | Blocked, ...] = attrs.field(repr=lambda rows: f"<{len(rows)} rows>")

    @property
    def ready(self) -> tuple[Ready, ...]:
        """The deals that can move."""
        return tuple(row for row in self.rows if isinstance(row, Ready))

    @property
    def blocked(self) -> tuple[Blocked, ...]:
        """The deals that cannot, each with every reason."""
        return tuple(row for row in self.rows if isinstance(row, Blocked))

    def migrated(self, blocked: Literal["refuse", "skip", "keep"] = "refuse") -> tuple[Deal, ...]:
        """The deals, each with one `Migrated` event more, in the order in which they were given.

        Args:
            blocked: what to do with deals that cannot move: `refuse` all of them, `skip` these, or `keep` these in
                their places, unchanged.

        Raises:
            MigrationRefused: some are blocked, and `blocked` is `refuse`.
            OutOfRange: `blocked` is something else.
        """
        if blocked not in ("refuse", "skip", "keep"):
            raise OutOfRange("blocked", blocked, "'refuse', 'skip' or 'keep'")
        if blocked == "keep":
            return tuple(row.after if isinstance(row, Ready) else row.deal for row in self.rows)
        if blocked == "refuse" and self.blocked:
            raise MigrationRefused(self.to.name, self.to.version, self.blocked)
        return tuple(row.after for row in self.ready)

    def text(self, language: Language = "en") -> str:
        """The ways that the deals go, how many go each, and every reason with the first deals that it concerns.

        Raises:
            UnknownLanguage: the language is neither known nor a mapping.
        """
        unmet = [(row, row.unmet if isinstance(row, Ready) else ()) for row in self.rows]
        told = {"to": self.to.name, "version": self.to.version, "at": self.at}
        counts = {"ready": f"{len(self.ready):,}", "count": f"{len(self.rows):,}"}
        parts = [
            words.render("plan", language, {**told, **counts}),
            *self._table(unmet, language),
            *_grouped("plan.blocked", ((row.deal, row.why) for row in self.blocked), language),
            *_grouped("plan.unmet", ((row.deal, reasons) for row, reasons in unmet), language),
            *_grouped("plan.lapsed", ((row.deal, row.lapsed) for row in self.ready), language),
        ]
        return "\n".join(parts)

    def __str__(self) -> str:
        return self.text()

    def _table(self, unmet: Iterable[tuple[Ready | Blocked, tuple[Reason, ...]]], language: Language) -> Iterator[str]:
        """Deals by the way they go, in the order of the stages they come to."""
        order = {stage.name: place for place, stage in enumerate(self.to.stages)}
        counts: dict[tuple[str, str], Counter[str]] = {}
        for row, reasons in unmet:
            source = f"{row.deal.process} {row.deal.version}: {row.source}"
            count = counts.setdefault((source, row.destination or "?"), Counter())
            count["ready" if isinstance(row, Ready) else "blocked"] += 1
            count["unmet"] += bool(reasons)
        heads = ("from", "to", "ready", "with_unmet", "blocked")
        lines = [tuple(words.render(f"plan.{head}", language, {}) for head in heads)]
        for way in sorted(counts, key=lambda way: (order.get(way[1], len(order)), way)):
            ready, waiting, blocked = (f"{counts[way][each]:,}" for each in ("ready", "unmet", "blocked"))
            lines.append((*way, ready, waiting, blocked))
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        for line in lines:
            cells = enumerate(zip(line, widths, strict=True))
            yield "  ".join(cell.ljust(width) if place < 2 else cell.rjust(width) for place, (cell, width) in cells)


def plan(
    deals: Iterable[Deal],
    *,
    to: Process,
    catalog: Catalog,
    stages: Mapping[str, str] = EMPTY,
    at: datetime,
    by: Actor | str,
    reason: str,
) -> Plan:
    """What it takes to have the deals follow `to`: where each comes to be, what is unmet there, and what blocks it.

    A deal keeps the name of its stage unless `stages` says otherwise. It is blocked when

    - it follows `to` already (`migration.already`), or the catalog does not have its rulebook (`migration.process`);
    - `to` has no stage for it (`migration.stage`), or one for deals of another status (`migration.status`);
    - it is closed, and `to` would reopen it in the stage it left, but has none for that (`migration.left`);
    - `to` does not declare one of its facts (`migration.undeclared`), or declares it so that its value no longer fits
      (`migration.misfit`);
    - its last event is later than `at`, by more than the clock skew of `to` (`migration.time`).

    Args:
        deals: of any rulebooks and versions, each once; all statuses.
        to: the rulebook to follow, which need not be in the catalog.
        catalog: the rulebooks that the deals follow now.
        stages: the names of present stages whose place is taken by another, to the names of stages of `to`.
        at, by, reason: when, who, and why, for the `Migrated` events.

    Raises:
        NaiveDatetime, WrongKind, OutOfRange: `at`, `by` or `reason` is not what it should be.
        DuplicateDeal: a deal comes more than once.
        UnknownStage: `stages` names a stage that neither a deal nor the catalog has, or one that `to` does not have.
        ProcessClash: the catalog has other rules under the name and version of `to`.
        SeveralErrors: more than one of these.

    >>> from datetime import UTC
    >>> from salesprocess.stages import Stage
    >>> v1 = Process("solar", stages=[Stage("lead"), Stage("survey"), Stage.won("won"), Stage.lost("lost")])
    >>> v2 = v1.revise(without=["survey"], after={"lead": Stage("site_visit")})
    >>> at = datetime(2026, 1, 5, 9, tzinfo=UTC)
    >>> deal = v1.advance(v1.open("ACME-1", at=at), at=at)
    >>> ready = plan(
    ...     [deal], to=v2, catalog=Catalog([v1]), stages={"survey": "site_visit"}, at=at, by="ola", reason="v2"
    ... )
    >>> print(ready)
    to solar version 2 at 2026-01-05 09:00 UTC: 1 of 1 deals can move
    from             to          ready  with unmet  blocked
    solar 1: survey  site_visit      1           0        0
    >>> ready.migrated()[0].stage
    'site_visit'
    """
    arrived: list[Any] = gather(
        lambda: given.several(Deal, deals, "deals"),
        lambda: given.a(Process, to, "to"),
        lambda: given.a(Catalog, catalog, "catalog"),
        lambda: given.mapping(stages, "stages"),
    )
    book: tuple[Deal, ...] = arrived[0]
    present = {deal.stage for deal in book} | {stage.name for process in catalog for stage in process.stages}
    checked: list[Any] = gather(
        lambda: instant(at),
        lambda: _accountable(by),
        lambda: arguments.text("reason", reason),
        lambda: _each_once(book),
        lambda: Catalog((*catalog, to)),
        lambda: _all_known(stages, present),
        lambda: _all_known(stages.values(), [stage.name for stage in to.stages]),
    )
    moment, who = checked[:2]
    renamed: FrozenDict[str, str] = FrozenDict((old, new) for old, new in stages.items() if old != new)
    crossing = _Crossing(to, catalog, renamed, moment, who, reason)
    return Plan(to, moment, tuple(crossing.rows(book)))


def _accountable(by: Actor | str) -> Actor:
    who = actor(by)
    if who is None:
        raise WrongKind("by", by, "an Actor or the id of one: somebody answers for a migration")
    return who


def _each_once(deals: Iterable[Deal]) -> None:
    twice = [name for name, count in Counter(deal.id for deal in deals).items() if count > 1]
    if twice:
        raise DuplicateDeal(twice)


def _all_known(names: Iterable[str], known: Iterable[str]) -> None:
    unknown = [name for name in names if name not in known]
    if unknown:
        raise UnknownStage(unknown, sorted(known))


@attrs.frozen
class _Landing:
    """What deals of one rulebook, stage, status and stage left have in common.

    `fitting` names the facts that `to` declares as their own rulebook does, so that their values need no second check.
    """

    destination: str | None
    why: tuple[Reason, ...]
    fitting: frozenset[str]


@attrs.frozen
class _Crossing:
    """The way to another rulebook, the same for all deals of a plan."""

    to: Process
    catalog: Catalog
    renamed: FrozenDict[str, str]
    at: datetime
    by: Actor
    reason: str

    def rows(self, deals: Iterable[Deal]) -> Iterator[Ready | Blocked]:
        landings: dict[tuple[object, ...], _Landing] = {}
        for deal in deals:
            left = deal.outcome.left if deal.outcome else None
            place = (deal.process, deal.version, deal.stage, deal.status, left)
            if place not in landings:
                landings[place] = self._landing(deal, left)
            landing = landings[place]
            why = landing.why
            if not deal.facts.keys() <= landing.fitting:
                why += tuple(self._of_facts(deal))
            if self.at < deal.history[-1].at:
                why += tuple(self._of_time(deal))
            yield Blocked(deal, landing.destination, why) if why else self._ready(deal, str(landing.destination))

    def _landing(self, deal: Deal, left: str | None) -> _Landing:
        own, why = self._own(deal)
        destination = self._counterpart(deal.stage)
        if destination is None:
            why += (self._reason("stage", deal.stage, stage=deal.stage),)
        elif self.to.stage(destination).status != deal.status.replace("on_hold", "open"):
            wanted = self.to.stage(destination).status
            why += (self._reason("status", deal.stage, stage=destination, wanted=wanted, status=deal.status),)
        returns = self.to.policy.reopen == "left" and left is not None and left in _left(own)
        if returns and self._counterpart(str(left)) not in _left(self.to):
            why += (self._reason("left", "deal", stage=left),)
        declared = {attrs.evolve(fact, label="") for fact in (own.facts if own else ())}
        fitting = (fact.name for fact in self.to.facts if attrs.evolve(fact, label="") in declared)
        return _Landing(destination, why, frozenset(fitting))

    def _own(self, deal: Deal) -> tuple[Process | None, tuple[Reason, ...]]:
        """The rulebook of the deal, and what there is to say about that."""
        if (deal.process, deal.version) == (self.to.name, self.to.version):
            return self.to, (self._reason("already", "deal"),)
        try:
            return self.catalog[deal], ()
        except UnknownProcess:
            known = tuple(f"{process.name} {process.version}" for process in self.catalog)
            return None, (self._reason("process", "deal", process=deal.process, found=deal.version, known=known),)

    def _counterpart(self, stage: str) -> str | None:
        """The stage of `to` that takes the place of one of the present stages."""
        name = self.renamed.get(stage, stage)
        return name if any(each.name == name for each in self.to.stages) else None

    def _of_facts(self, deal: Deal) -> Iterator[Reason]:
        """Why the facts of the deal cannot stand in `to`."""
        declared = self.to.engine.facts
        for name, value in deal.facts.items():
            if name in declared:
                try:
                    declared[name].check(value)
                except SalesProcessError as error:
                    yield self._reason("misfit", f"facts.{name}", fact=name, error=str(error))
            elif self.to.policy.facts == "declared":
                yield self._reason("undeclared", f"facts.{name}", fact=name)

    def _of_time(self, deal: Deal) -> Iterator[Reason]:
        last = deal.history[-1].at
        if self.at < last - self.to.policy.clock_skew:
            yield self._reason("time", "deal", at=self.at, last=last)

    def _reason(self, code: str, where: str, **found: object) -> Reason:
        parameters: FrozenDict[str, object] = FrozenDict(found, to=self.to.name, version=self.to.version)
        return Reason(f"migration.{code}", where=where, parameters=parameters)

    def _ready(self, deal: Deal, destination: str) -> Ready:
        event = Migrated(
            deal=deal.id,
            revision=len(deal.history) + 1,
            at=max(self.at, deal.history[-1].at),
            by=self.by,
            reason=self.reason,
            process=self.to.name,
            version=self.to.version,
            stage=destination,
            stages=self.renamed,
        )
        return Ready(deal, followed_by(deal, event), self.to)


def _left(process: Process | None) -> Sequence[str]:
    """The stages in which a closed deal may be reopened, because it can be the one it left."""
    return [stage.name for stage in left_for_lost(process)] if process else ()


def _told(reasons: Iterable[Reason], language: Language) -> str:
    return "".join(f"\n  {reason.line(language)}" for reason in reasons)


def _grouped(key: str, rows: Iterable[tuple[Deal, Iterable[Reason | str]]], language: Language) -> list[str]:
    """Each reason once, with how many deals it concerns and the first of them."""
    groups: dict[str, list[str]] = {}
    for deal, reasons in rows:
        for reason in reasons:
            text = f"{reason.where}: {reason.text(language)}" if isinstance(reason, Reason) else reason
            groups.setdefault(text, []).append(deal.id)
    width = max((len(f"{len(ids):,}") for ids in groups.values()), default=0)
    lines = [f"  {len(ids):>{width},}  {text} ({_few(ids)})" for text, ids in groups.items()]
    return [f"{words.render(key, language, {})}:", *lines] if lines else []


def _few(ids: Sequence[str]) -> str:
    return ", ".join([*ids[:EXAMPLES], *(["…"] if len(ids) > EXAMPLES else [])])
