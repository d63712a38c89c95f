"""The verbs that only ask: what is allowed, what is to be done, what would be decided otherwise, what is likely."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING

from salesprocess import stages
from salesprocess.deal import Deal
from salesprocess.errors import gather
from salesprocess.events import By, Event, actor
from salesprocess.stages import ForecastCategory, Sourced
from salesprocess.timing import zone
from salesprocess.verbs import arguments
from salesprocess.verbs.arguments import Compiled
from salesprocess.verdicts import Decision
from salesprocess.working_time import WorkingTime

if TYPE_CHECKING:
    from salesprocess.agenda import Agenda
    from salesprocess.recheck import Divergence


def decide(
    process: Compiled, deal: Deal, name: str, *, at: datetime, by: By = None, reason: str | None = None
) -> Decision:
    """Whether the transition `name` may be taken now, and if not, every reason.

    Raises:
        UnknownTransition, WrongProcess, NaiveDatetime, BackwardTime: the question itself is wrong.

    >>> from datetime import UTC, datetime
    >>> from salesprocess import templates
    >>> at = datetime(2026, 1, 5, 9, tzinfo=UTC)
    >>> process = templates.load("generic")
    >>> deal = process.open("ACME-1", at=at)
    >>> decision = process.decide(deal, "advance", at=at)
    >>> decision.allowed, decision.unmet[0].message
    (False, 'not known yet: qualified')
    """
    moment, who, inputs = arguments.asked(process, deal, name, at, by, reason)
    return process.engine.decide(deal, name, moment, who, inputs).decision


def options(process: Compiled, deal: Deal, *, at: datetime, by: By = None) -> tuple[Decision, ...]:
    """A decision for every transition that leaves the present stage, allowed or not, each once.

    Inputs that a transition `needs`, such as the reason of a loss, are taken for granted here.

    >>> from datetime import UTC, datetime
    >>> from salesprocess import templates
    >>> at = datetime(2026, 1, 5, 9, tzinfo=UTC)
    >>> process = templates.load("generic")
    >>> deal = process.open("ACME-1", at=at)
    >>> [(option.name, option.allowed) for option in process.options(deal, at=at)]
    [('advance', False), ('lose', True)]
    """
    return process.engine.options(deal, arguments.moment(process, deal, at), actor(by))


def agenda(
    process: Compiled,
    deal: Deal,
    *,
    at: datetime,
    by: By = None,
    tz: str | tzinfo = UTC,
    working_time: WorkingTime | None = None,
) -> Agenda:
    """What to do next and why, the most pressing first, and when something falls due next.

    Args:
        deal: the deal.
        at: now.
        by: who asks; some criteria depend on it.
        tz: the zone in which days begin and end, such as that of the expected close.
        working_time: when people work; for the spans of the process that are given in working time.

    Raises:
        NoWorkingTime: the process counts a span in working time and none was passed.
        WrongProcess, NaiveDatetime, BackwardTime, OutOfRange: the question itself is wrong.

    >>> from datetime import UTC, datetime
    >>> from salesprocess import templates
    >>> at = datetime(2026, 1, 5, 9, tzinfo=UTC)
    >>> process = templates.load("generic")
    >>> deal = process.open("ACME-1", at=at)
    >>> process.agenda(deal, at=at).items[0].why
    'in prospecting for 0 seconds, typical is 10 days'
    """
    from salesprocess.agenda import agenda  # noqa: PLC0415 - loaded by those who ask for one

    moment = arguments.moment(process, deal, at)
    options = process.engine.options(deal, moment, actor(by))
    return agenda(process, deal, options, moment, zone(tz), working_time)


def recheck(process: Compiled, history: Iterable[Event]) -> tuple[Divergence, ...]:
    """The recorded moves that this version would decide otherwise; `()` when there are none.

    Imported moves are passed over: no rulebook decided them. The history may come from another version; stages that a
    migration renamed since are read under their new names.

    Raises:
        BrokenHistory: the events do not follow one another.

    >>> from datetime import UTC, datetime
    >>> from salesprocess import templates
    >>> at = datetime(2026, 1, 5, 9, tzinfo=UTC)
    >>> process = templates.load("generic")
    >>> deal = process.open("ACME-1", at=at)
    >>> process.recheck(deal.history)
    ()
    """
    from salesprocess.recheck import recheck  # noqa: PLC0415 - loaded by those who ask for one

    return tuple(recheck(process.engine, history, (process.name, process.version)))


def probability(
    process: Compiled, deal: Deal, *, model: float | None = None, history: float | None = None
) -> Sourced[float]:
    """The probability of winning, and its source.

    The first that there is: 0 or 1 when the deal is closed, what a person stated for it, what a `model` says of it,
    what the `history` of its stage says, the prior of the stage. A stated value survives moves.

    Args:
        deal: the deal.
        model: the probability that a model gives this deal, in [0, 1].
        history: the share of deals won from this stage in the past, in [0, 1].

    Raises:
        WrongKind, OutOfRange: an estimate is no probability; `SeveralErrors` when both are none.
        WrongProcess: the deal follows another rulebook.

    >>> from datetime import UTC, datetime
    >>> from salesprocess import templates
    >>> at = datetime(2026, 1, 5, 9, tzinfo=UTC)
    >>> process = templates.load("generic")
    >>> deal = process.open("ACME-1", at=at)
    >>> process.probability(deal), process.probability(deal, history=0.07)
    (Sourced(value=0.05, source='stage'), Sourced(value=0.07, source='history'))
    """
    arguments.belongs(process, deal)
    checked = gather(
        lambda: None if model is None else arguments.chance(model, "model"),
        lambda: None if history is None else arguments.chance(history, "history"),
    )
    return stages.sourced_probability(process.engine.stage(deal.stage), deal, *checked)


def category(process: Compiled, deal: Deal) -> Sourced[ForecastCategory]:
    """The forecast category, and its source: closed, manual, or the stage.

    >>> from datetime import UTC, datetime
    >>> from salesprocess import templates
    >>> at = datetime(2026, 1, 5, 9, tzinfo=UTC)
    >>> process = templates.load("generic")
    >>> deal = process.open("ACME-1", at=at)
    >>> process.category(deal)
    Sourced(value='omitted', source='stage')
    """
    arguments.belongs(process, deal)
    return stages.sourced_category(process.engine.stage(deal.stage), deal)
