"""The verbs that move a deal: open it, take a transition by name or by destination, or leave the rules on record."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from typing import Any, cast

from salesprocess.deal import Deal, followed_by, replay
from salesprocess.engine import Answer
from salesprocess.errors import CriterionFault, KeyConflict, TransitionRefused, gather
from salesprocess.events import Actor, By, Entered, Event, Opened, actor, entered
from salesprocess.facts import FactValue
from salesprocess.frozen import EMPTY
from salesprocess.money import Money
from salesprocess.pricing import LineItem
from salesprocess.stages import ForecastCategory
from salesprocess.timing import instant
from salesprocess.verbs import arguments
from salesprocess.verbs.arguments import Compiled


def open(
    process: Compiled,
    deal: str,
    *,
    at: datetime,
    amount: Money | None = None,
    owner: str | None = None,
    expected_close: date | None = None,
    probability: float | None = None,
    category: ForecastCategory | None = None,
    items: Iterable[LineItem] | None = None,
    facts: Mapping[str, FactValue] = EMPTY,
    stage: str | None = None,
    by: By = None,
    reason: str | None = None,
    key: str | None = None,
) -> Deal:
    """Begin a deal in the first stage that applies to it, or in `stage`.

    Args:
        deal: the id of the deal in the application; any text.
        at: when, an aware datetime.
        amount, owner, expected_close, probability, category, items: the terms known so far.
        facts: the facts known so far.
        stage: an open stage; its entry criteria are checked.
        by, reason, key: who, why, and under which idempotency key.

    Raises:
        TransitionRefused: the stage does not take the deal.
        UnknownStage: the process has no such stage.
        OutOfRange: `stage` is not open.
        SalesProcessError: the error of the argument that is wrong, or `SeveralErrors`.

    >>> from datetime import UTC, datetime
    >>> from salesprocess import templates
    >>> at = datetime(2026, 1, 5, 9, tzinfo=UTC)
    >>> process = templates.load("generic")
    >>> print(process.open("ACME-1", owner="kari", at=at))
    ACME-1: open in prospecting, kari, revision 1
    """
    opens = [each.name for each in process.stages if each.kind == "open"]
    given = {
        "amount": amount,
        "owner": owner,
        "expected_close": expected_close,
        "probability": probability,
        "category": category,
        "items": items,
    }
    checked: list[Any] = gather(
        lambda: arguments.identity(deal),
        lambda: instant(at),
        lambda: arguments.terms(given),
        lambda: arguments.facts(process, facts),
        lambda: actor(by),
        lambda: arguments.optional_text("reason", reason),
        lambda: arguments.optional_text("key", key),
        lambda: arguments.one_of(process, stage, opens, "an open stage"),
    )
    identity, moment, terms, known, who, *_ = checked
    arguments.summing_up(terms)
    begun, answer = _begin(
        process,
        opens if stage is None else [stage],
        identity,
        moment,
        who,
        reason=reason,
        key=key,
        terms=terms,
        facts=known,
    )
    if not answer.decision.allowed:
        raise _refusal(begun, answer, ()) from answer.cause
    return begun


def _begin(
    process: Compiled, stages: list[str], deal: str, at: datetime, who: Actor | None, **content: Any
) -> tuple[Deal, Answer]:
    """The deal in the first of the stages that applies to it, or in the last one, and what the rules say to that."""
    for stage in stages:
        event = Opened(
            deal=deal, revision=1, at=at, by=who, process=process.name, version=process.version, stage=stage, **content
        )
        begun = replay([event])
        answer = process.engine.decide_opening(begun, at, who)
        if not answer.hidden:
            break
    return begun, answer  # pyright: ignore[reportPossiblyUnboundVariable]


def take(
    process: Compiled,
    deal: Deal,
    name: str,
    *,
    at: datetime,
    by: By = None,
    reason: str | None = None,
    key: str | None = None,
) -> Deal:
    """Take the transition `name`; `advance`, `win`, `lose` and `reopen` are this with their own name.

    Raises:
        TransitionRefused: the rules say no; its `decision` holds every reason.
        CriterionFault: a criterion failed; its error is the cause.
        UnknownTransition: the process has no transition of this name.

    >>> from datetime import UTC, datetime
    >>> from salesprocess import Process, Stage
    >>> process = Process("solar", stages=[Stage("lead"), Stage("offer"), Stage.won("won"), Stage.lost("lost")])
    >>> at = datetime(2026, 1, 5, 9, tzinfo=UTC)
    >>> deal = process.open("ACME-1", at=at)
    >>> process.take(deal, "advance", at=at).stage
    'offer'
    """
    if key is not None and (seen := deal.recorded(key)) is not None:
        return _moved_again(deal, seen, key, name, by, reason, _is(name))
    moment, who, inputs = arguments.asked(process, deal, name, at, by, reason)
    answer = process.engine.decide(deal, name, moment, who, inputs)
    return _enter(process, deal, answer, moment, who, reason, key)


def advance(
    process: Compiled, deal: Deal, *, at: datetime, by: By = None, reason: str | None = None, key: str | None = None
) -> Deal:
    """Go to the next stage that applies; from the last one, win.

    Raises:
        TransitionRefused: something is unmet or unknown; `decision.unmet` lists all of it.

    >>> from datetime import UTC, datetime
    >>> from salesprocess import Process, Stage
    >>> process = Process("solar", stages=[Stage("lead"), Stage("offer"), Stage.won("won"), Stage.lost("lost")])
    >>> at = datetime(2026, 1, 5, 9, tzinfo=UTC)
    >>> deal = process.open("ACME-1", at=at)
    >>> process.advance(deal, at=at, by="kari").stage
    'offer'
    """
    return take(process, deal, "advance", at=at, by=by, reason=reason, key=key)


def win(
    process: Compiled, deal: Deal, *, at: datetime, by: By = None, reason: str | None = None, key: str | None = None
) -> Deal:
    """Close the deal as won, from where the policy lets deals be won.

    Raises:
        TransitionRefused: a criterion is not met, or stages lie between that may not be skipped.

    >>> from datetime import UTC, datetime
    >>> from salesprocess import Process, Stage
    >>> process = Process("solar", stages=[Stage("lead"), Stage("offer"), Stage.won("won"), Stage.lost("lost")])
    >>> at = datetime(2026, 1, 5, 9, tzinfo=UTC)
    >>> deal = process.open("ACME-1", at=at)
    >>> process.win(process.advance(deal, at=at), at=at).status
    'won'
    """
    return take(process, deal, "win", at=at, by=by, reason=reason, key=key)


def lose(
    process: Compiled, deal: Deal, *, at: datetime, by: By = None, reason: str | None = None, key: str | None = None
) -> Deal:
    """Close the deal as lost.

    Args:
        reason: one of the reasons of the lost stage; any text or none where it lists none.

    Raises:
        TransitionRefused: the deal is closed, or the reason is missing or unknown; `decision.choices` lists them.

    >>> from datetime import UTC, datetime
    >>> from salesprocess import Process, Stage
    >>> process = Process("solar", stages=[Stage("lead"), Stage("offer"), Stage.won("won"), Stage.lost("lost")])
    >>> at = datetime(2026, 1, 5, 9, tzinfo=UTC)
    >>> deal = process.open("ACME-1", at=at)
    >>> process.lose(deal, reason="price", at=at).outcome.reason
    'price'
    """
    return take(process, deal, "lose", at=at, by=by, reason=reason, key=key)


def reopen(
    process: Compiled, deal: Deal, *, at: datetime, by: By = None, reason: str | None = None, key: str | None = None
) -> Deal:
    """Open a closed deal again, in the stage it left or where the policy says; its age in the stage starts anew.

    Raises:
        TransitionRefused: the deal is open, the policy forbids it, or the stage it left is not on record.

    >>> from datetime import UTC, datetime
    >>> from salesprocess import Process, Stage
    >>> process = Process("solar", stages=[Stage("lead"), Stage("offer"), Stage.won("won"), Stage.lost("lost")])
    >>> at = datetime(2026, 1, 5, 9, tzinfo=UTC)
    >>> deal = process.open("ACME-1", at=at)
    >>> process.reopen(process.lose(deal, at=at), at=at).stage
    'lead'
    """
    return take(process, deal, "reopen", at=at, by=by, reason=reason, key=key)


def move(
    process: Compiled,
    deal: Deal,
    destination: str,
    *,
    at: datetime,
    by: By = None,
    reason: str | None = None,
    key: str | None = None,
) -> Deal:
    """Take the first allowed transition that leads to a stage.

    Raises:
        TransitionRefused: none is allowed; its `decision` explains the first that applies.
        UnknownStage: the process has no such stage.

    >>> from datetime import UTC, datetime
    >>> from salesprocess import Process, Stage
    >>> process = Process("solar", stages=[Stage("lead"), Stage("offer"), Stage.won("won"), Stage.lost("lost")])
    >>> at = datetime(2026, 1, 5, 9, tzinfo=UTC)
    >>> deal = process.open("ACME-1", at=at)
    >>> process.move(deal, "offer", at=at).stage
    'offer'
    """
    if key is not None and (seen := deal.recorded(key)) is not None:
        return _moved_again(deal, seen, key, destination, by, reason, lambda event: event.destination == destination)
    moment, who, inputs = arguments.asked(process, deal, destination, at, by, reason, process.engine.stage)
    answer = process.engine.decide_move(deal, destination, moment, who, inputs)
    return _enter(process, deal, answer, moment, who, reason, key)


def override(
    process: Compiled, deal: Deal, destination: str, *, at: datetime, by: By, reason: str, key: str | None = None
) -> Deal:
    """Leave the rules on record: go to an open stage or to the won one, past everything but locked criteria.

    What it passed is kept in the event. Where a plain move is allowed, a plain move is recorded.

    Raises:
        TransitionRefused: the policy or a locked criterion forbids it, or the deal is on hold.
        ActorRequired, ReasonRequired: nobody says who or why.
        UnknownStage: the process has no such stage.
        OutOfRange: the stage is neither open nor the won one.

    >>> from datetime import UTC, datetime
    >>> from salesprocess import Process, Stage
    >>> process = Process("solar", stages=[Stage("lead"), Stage("offer"), Stage.won("won"), Stage.lost("lost")])
    >>> at = datetime(2026, 1, 5, 9, tzinfo=UTC)
    >>> deal = process.open("ACME-1", at=at)
    >>> deal = process.override(deal, "won", by="ola", reason="signed at the fair", at=at)
    >>> deal.status, deal.history[-1].skipped
    ('won', ('offer',))
    """
    if key is not None and (seen := deal.recorded(key)) is not None:
        return _moved_again(deal, seen, key, destination, by, reason, lambda event: event.destination == destination)
    targets = [stage.name for stage in process.stages if stage.kind in ("open", "won")]
    checked: list[Any] = gather(
        lambda: arguments.accountable(deal, "override the rules for", by, reason),
        lambda: arguments.asked(process, deal, destination, at, by, None),
        lambda: arguments.one_of(process, destination, targets, "an open stage or the won one"),
    )
    moment, who, _ = checked[1]
    answer = process.engine.decide_override(deal, destination, moment, who, reason)
    return _enter(process, deal, answer, moment, who, reason, key)


def _enter(
    process: Compiled, deal: Deal, answer: Answer, at: datetime, who: Actor | None, reason: str | None, key: str | None
) -> Deal:
    decision = answer.decision
    if decision.unmet:
        possible = (each.name for each in process.engine.options(deal, at, who) if each.allowed)
        raise _refusal(deal, answer, tuple(possible)) from answer.cause
    stage = cast("str", decision.destination)
    status = process.engine.statuses[stage]
    number, source = len(deal.history) + 1, deal.stage
    event = entered(
        deal.id, number, at, who, reason, key, decision.name, source, stage, status, answer.passed, decision.skipped
    )
    return followed_by(deal, event)


def _is(name: str) -> Callable[[Entered], bool]:
    """Whether a recorded move is this transition; `advance` into the won stage, past nothing, is recorded as `win`."""
    return lambda event: (
        event.transition == name or (name == "advance" and event.transition == "win" and not event.skipped)
    )


def _moved_again(
    deal: Deal, seen: Event, key: str, asked: str, by: By, reason: str | None, same: Callable[[Entered], bool]
) -> Deal:
    """The deal as it is, because the event under its key is the move that is asked for."""
    if isinstance(seen, Entered) and same(seen) and seen.by == actor(by) and seen.reason == reason:
        return deal
    raise KeyConflict(deal.id, key, arguments.told(seen), asked)


def _refusal(deal: Deal, answer: Answer, possible: tuple[str, ...]) -> TransitionRefused:
    faulty = any(reason.state == "fault" for reason in answer.decision.unmet)
    return (CriterionFault if faulty else TransitionRefused)(deal.id, answer.decision, possible)
