"""What to do next with a deal, why, and when: derived from the rulebook and the record."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Literal, get_args

import attrs

from salesprocess import words
from salesprocess.deal import Deal
from salesprocess.errors import OutOfRange
from salesprocess.frozen import FrozenDict
from salesprocess.rules import Rulebook
from salesprocess.stages import Stage
from salesprocess.staleness import InStage, stage_due
from salesprocess.timing import midnight
from salesprocess.verdicts import Decision, Reason
from salesprocess.words import Language
from salesprocess.working_time import WorkingTime

ItemKind = Literal["overdue", "due", "required", "blocked", "objection", "recommended"]
"""What sort of thing an item is, the most pressing sort first."""

_RANK: dict[str, int] = {kind: rank for rank, kind in enumerate(get_args(ItemKind))}
_NEVER = datetime.max.replace(tzinfo=UTC)


@attrs.frozen
class Item:
    """One thing to see to.

    Attributes:
        kind: `overdue` (its time has passed), `due` (its time will come), `required` (work without which the deal
            cannot go on), `blocked` (a criterion ahead that is not met), `objection` (open), `recommended` (work that
            the stage lists, or a move that is possible).
        subject: what it is about: an activity, a stage, a fact, a term, an objection, a requirement or a transition.
        said: what there is to say about it, as data that is told in any language.
        due: when it should be done, in UTC; it is overdue after that instant, not at it. None: no time is set.
        reason: the reason of the rule that stands behind it, where one does.

    >>> item = Item("recommended", "look_again", Reason("agenda.look_again"))
    >>> item.kind, item.why
    ('recommended', 'on hold, and nobody said until when')
    """

    kind: ItemKind
    subject: str
    said: Reason
    due: datetime | None = None
    reason: Reason | None = None

    def text(self, language: Language = "en") -> str:
        """Why it is there, in words, with what would help against a criterion that blocks.

        Raises:
            UnknownLanguage: the language is neither known nor a mapping.

        >>> Item("recommended", "look_again", Reason("agenda.look_again")).text("nb")
        'på vent, og ingen sa hvor lenge'
        """
        advice = self.reason.advice(language) if self.reason and self.kind == "blocked" else ""
        return self.said.text(language) + (f" ({advice})" if advice else "")

    @property
    def why(self) -> str:
        """Why it is there, in English."""
        return self.text()


@attrs.frozen
class Agenda:
    """What to do next with one deal.

    Attributes:
        deal: the id.
        items: the most pressing first: by kind in the order of `ItemKind`, those with a time by it, and otherwise in
            the order of the rulebook.
        next_due: until when, and no longer, the same items are overdue if nothing happens to the deal; always later
            than the question, and None when time alone changes nothing any more. A host can sleep until then.

    >>> from datetime import UTC, datetime
    >>> from salesprocess import templates
    >>> at = datetime(2026, 1, 5, 9, tzinfo=UTC)
    >>> process = templates.load("generic")
    >>> deal = process.open("ACME-1", at=at)
    >>> agenda = process.agenda(deal, at=at)
    >>> agenda.needs_attention, agenda.items[0].kind, agenda.next_due.isoformat()
    (False, 'due', '2026-01-15T09:00:00+00:00')
    """

    deal: str
    items: tuple[Item, ...]
    next_due: datetime | None

    @property
    def overdue(self) -> tuple[Item, ...]:
        """The items whose time has passed."""
        return tuple(item for item in self.items if item.kind == "overdue")

    @property
    def needs_attention(self) -> bool:
        """Whether anything is overdue."""
        return bool(self.overdue)

    def text(self, language: Language = "en") -> str:
        """The agenda in words, an item a line.

        Raises:
            UnknownLanguage: the language is neither known nor a mapping.
        """
        lines = [words.render("agenda", language, {"deal": self.deal})]
        for item in self.items:
            kind = words.render(f"agenda.kind.{item.kind}", language, {})
            told = {"kind": kind, "why": item.text(language), "due": item.due}
            lines.append(words.render("agenda.item.due" if item.due else "agenda.item", language, told))
        return "\n".join(lines)

    def __str__(self) -> str:
        return self.text()


def agenda(
    rulebook: Rulebook,
    deal: Deal,
    options: Iterable[Decision],
    at: datetime,
    tz: tzinfo = UTC,
    working_time: WorkingTime | None = None,
) -> Agenda:
    """Everything to see to in a deal at `at`, the most pressing first.

    A lost deal has nothing to see to, one on hold only the day to look at it again. Work and typical durations go on
    after the sale, the expected close does not. Work outside the playbook is free, and never on the agenda.

    Args:
        rulebook: the process of the deal.
        deal: the deal.
        options: what is possible now, as the process decided it.
        at: the present instant, in UTC.
        tz: the zone in which the expected close day ends.
        working_time: in which spans count that are given in working time.

    Raises:
        NoWorkingTime: a span of the rulebook counts in working time and none was passed.

    >>> from datetime import UTC, datetime
    >>> from salesprocess import templates
    >>> at = datetime(2026, 1, 5, 9, tzinfo=UTC)
    >>> process = templates.load("generic")
    >>> deal = process.open("ACME-1", at=at)
    >>> options = process.options(deal, at=at)
    >>> agenda(process, deal, options, at).deal
    'ACME-1'
    """
    match deal.status:
        case "lost":
            found: list[Item] = []
        case "on_hold":
            found = [_look_again(deal, at, tz)]
        case _:
            found = _going_on(rulebook, deal, options, at, tz, working_time)
    found.sort(key=lambda item: (_RANK[item.kind], item.due or _NEVER))
    return Agenda(deal.id, tuple(found), _next_due(found, at))


def _next_due(items: Iterable[Item], at: datetime) -> datetime | None:
    """The earliest due instant ahead; what is due right now changes with the next tick."""
    ahead = min((item.due for item in items if item.due is not None and item.due >= at), default=None)
    return at + datetime.resolution if ahead == at else ahead


def _look_again(deal: Deal, at: datetime, tz: tzinfo) -> Item:
    until = deal.held.until if deal.held else None
    if until is None:
        return Item("recommended", "look_again", Reason("agenda.look_again"))
    return _timed("look_again", _said("held", until=until.astimezone(tz).date()), until, at)


def _said(code: str, **told: object) -> Reason:
    return Reason(f"agenda.{code}", parameters=FrozenDict(told))


def _going_on(
    rulebook: Rulebook,
    deal: Deal,
    options: Iterable[Decision],
    at: datetime,
    tz: tzinfo,
    working_time: WorkingTime | None,
) -> list[Item]:
    stage = next(stage for stage in rulebook.stages if stage.name == deal.stage)
    ahead = [option for option in options if option.kind in ("advance", "win")]
    unmet = _unmet(ahead)
    wanted = {_activity(reason): reason for reason, _ in reversed(unmet)}
    work = list(_work(stage, deal, wanted, at, working_time, gated=bool(ahead)))
    told = {item.subject for item in work if item.reason}
    return [
        *_stale(rulebook, stage, deal, at, working_time),
        *_closing(deal, at, tz),
        *work,
        *(_blocked(reason, labels) for reason, labels in unmet if _activity(reason) not in told),
        *_objections(deal, tz),
        *_possible(ahead),
    ]


def _timed(subject: str, said: Reason, due: datetime, at: datetime, reason: Reason | None = None) -> Item:
    return Item("overdue" if due < at else "due", subject, said, due, reason)


def _unmet(ahead: Iterable[Decision]) -> list[tuple[Reason, list[str]]]:
    """What stands in the way of going on, each reason once, with the labels of the moves that it refuses.

    Other moves are choices, not duties.
    """
    found: list[tuple[Reason, dict[str, None]]] = []
    for option in ahead:
        for reason in option.unmet:
            labels = next((labels for known, labels in found if known == reason), None)
            if labels is None:
                found.append((reason, {option.label: None}))
            else:
                labels[option.label] = None
    return [(reason, list(labels)) for reason, labels in found]


def _activity(reason: Reason) -> str:
    """The activity that a reason wants done; empty when it wants something else."""
    return reason.parameters.get("activity", "") if reason.code in ("activity.required", "done") else ""


def _blocked(reason: Reason, labels: Iterable[str]) -> Item:
    said = Reason("agenda.blocked", parameters=FrozenDict(moves=tuple(labels)), details=(reason,))
    return Item("blocked", reason.requirement or reason.code, said, None, reason)


def _work(
    stage: Stage,
    deal: Deal,
    wanted: Mapping[str, Reason],
    at: datetime,
    working_time: WorkingTime | None,
    *,
    gated: bool,
) -> Iterator[Item]:
    """The work of the stage that was not done, unless it is told as a criterion ahead that blocks.

    It is required when a move ahead wants it, or when it says so and no move ahead could tell. So work whose
    requirement was waived is merely recommended.
    """
    done = {event.activity for event in deal.activities}
    for activity in stage.activities:
        if activity.name in done:
            continue
        reason = wanted.get(activity.name)
        kind: ItemKind = "required" if reason or (activity.required and not gated) else "recommended"
        told: dict[str, object] = {"activity": activity.name, "stage": stage.name}
        if activity.within is not None and (due := stage_due(deal, activity.within, working_time)) is not None:
            said = _said(f"{kind}.within", within=activity.within, **told)
            yield _timed(activity.name, said, due, at, reason)
        elif reason is None or reason.code == "activity.required":
            yield Item(kind, activity.name, _said(kind, **told), None, reason)


def _objections(deal: Deal, tz: tzinfo) -> Iterator[Item]:
    for objection in deal.objections:
        if objection.resolved_at is None:
            code = "objection.text" if objection.text else "objection"
            since = objection.raised_at.astimezone(tz).date()
            said = _said(code, objection=objection.kind, since=since, text=objection.text)
            yield Item("objection", objection.kind, said)


def _possible(ahead: Iterable[Decision]) -> Iterator[Item]:
    """The first move ahead that is allowed."""
    for option in ahead:
        if option.allowed:
            yield Item("recommended", option.name, _said("possible", move=option.label))
            return


def _stale(
    rulebook: Rulebook, stage: Stage, deal: Deal, at: datetime, working_time: WorkingTime | None
) -> Iterator[Item]:
    rules = rulebook.policy.staleness
    if not any(isinstance(rule, InStage) for rule in rules):
        rules = (InStage(), *rules)
    for rule in rules:
        due = rule.due(deal, stage, working_time)
        if due is not None:
            reason = rule.reason(deal, stage, at)
            yield _timed(reason.parameters["subject"], reason, due, at, reason)


def _closing(deal: Deal, at: datetime, tz: tzinfo) -> Iterator[Item]:
    if deal.status == "open" and deal.expected_close is not None:
        try:
            ends = midnight(deal.expected_close + timedelta(days=1), tz)
        except (OverflowError, OutOfRange):
            return  # the last day of the calendar stands for never
        yield _timed("expected_close", _said("expected_close", day=deal.expected_close), ends, at)
