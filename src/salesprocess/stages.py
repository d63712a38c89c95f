"""The places of a sales process, and the work and the reasons that belong to them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Generic, Literal, TypeVar

import attrs

from salesprocess.criteria import Criterion
from salesprocess.deal import Deal
from salesprocess.events import ForecastCategory as ForecastCategory  # noqa: PLC0414 - published here, with the stages
from salesprocess.frozen import EMPTY, FrozenDict, frozen_dict, tuple_of
from salesprocess.working_time import Span

T = TypeVar("T")

StageKind = Literal["open", "won", "lost", "after_sale"]
"""What a stage means; never inferred from a probability or a name."""

CATEGORIES: tuple[ForecastCategory, ...] = ("omitted", "pipeline", "best_case", "most_likely", "commit", "closed")

CanonicalStep = Literal[
    "prospecting",
    "first_contact",
    "needs_assessment",
    "solution_presentation",
    "handling_objections",
    "closing",
    "follow_up",
]
"""The seven steps that every sales process serves in some way, so that different processes compare."""


@attrs.frozen
class Activity:
    """Work that a stage lists.

    Args:
        name: an identifier.
        required: no forward move leaves the stage before it was done; otherwise it is recommended.
        within: how soon after entering the stage it should be done: a `timedelta` by the clock, or `WorkingHours` or
            `WorkingDays` of the working time that the agenda is told. None sets no target.
        label: the words for people.

    >>> Activity("site_visit", required=True, within=timedelta(days=7)).required
    True
    """

    name: str
    required: bool = False
    within: Span | None = attrs.field(default=None, kw_only=True)
    label: str = attrs.field(default="", kw_only=True)


@attrs.frozen
class LossReason:
    """Why a deal can be lost; one that does not `count`, such as a duplicate, stays out of win rates.

    Args:
        name: an identifier.
        counts: whether the loss says anything about selling.
        label: the words for people.

    >>> LossReason("duplicate", counts=False).counts
    False
    """

    name: str
    counts: bool = attrs.field(default=True, kw_only=True)
    label: str = attrs.field(default="", kw_only=True)


def _activities(values: Iterable[Activity]) -> tuple[Activity, ...]:
    return tuple_of(values, "activities")


def _criteria(values: Iterable[Criterion]) -> tuple[Criterion, ...]:
    return tuple_of(values, "criteria")


def _reasons(values: Iterable[str | LossReason]) -> tuple[LossReason, ...]:
    return tuple(LossReason(each) if isinstance(each, str) else each for each in tuple_of(values, "reasons"))


def _provenance(values: Mapping[str, str]) -> FrozenDict[str, str]:
    return frozen_dict(values)


def _label(stage: Stage) -> str:
    return words_of(stage.name)


@attrs.frozen
class Stage:
    """A place in a sales process.

    Args:
        name: an identifier, `[a-z][a-z0-9_-]*`.
        probability: the prior probability, in [0, 1], that a deal in this stage will be won; None states none.
        category: how firmly its deals are counted on; `pipeline` unless said otherwise.
        typical_duration: how long a deal stays when things go well.
        activities: the work that belongs here.
        entry: what must hold for a forward move into the stage.
        exit: what must hold for a forward move out of it.
        locked: like `entry`, and no override passes it.
        when: the stage applies only to deals for which this holds; the others go past it.
        optional: it may be skipped where the policy says `skip="optional"`.
        reasons: why deals end here (`Stage.lost` only).
        label, guidance: words for people: the name, and what to do here.
        canonical: the general step of selling that the stage serves.
        provenance: where a number comes from, by the name of its field.
        kind: what the stage means; use `Stage.won`, `Stage.lost` and `Stage.after_sale` for the others.

    A stage is checked when a `Process` is built with it, so that everything wrong is reported at once.

    >>> Stage("offer", probability=0.55, category="best_case").label
    'Offer'
    """

    name: str
    probability: float | None = None
    category: ForecastCategory | None = attrs.field(default=None)
    typical_duration: timedelta | None = None
    activities: tuple[Activity, ...] = attrs.field(default=(), converter=_activities, kw_only=True)
    entry: tuple[Criterion, ...] = attrs.field(default=(), converter=_criteria, kw_only=True)
    exit: tuple[Criterion, ...] = attrs.field(default=(), converter=_criteria, kw_only=True)
    locked: tuple[Criterion, ...] = attrs.field(default=(), converter=_criteria, kw_only=True)
    when: Criterion | None = attrs.field(default=None, kw_only=True)
    optional: bool = attrs.field(default=False, kw_only=True)
    reasons: tuple[LossReason, ...] = attrs.field(default=(), converter=_reasons, kw_only=True)
    label: str = attrs.field(default=attrs.Factory(_label, takes_self=True), kw_only=True)
    guidance: str = attrs.field(default="", kw_only=True)
    canonical: CanonicalStep | None = attrs.field(default=None, kw_only=True)
    provenance: FrozenDict[str, str] = attrs.field(default=EMPTY, converter=_provenance, kw_only=True)
    kind: StageKind = attrs.field(default="open", kw_only=True)

    @classmethod
    def won(
        cls,
        name: str,
        *,
        entry: Iterable[Criterion] = (),
        locked: Iterable[Criterion] = (),
        activities: Iterable[Activity] = (),
        label: str | None = None,
        guidance: str = "",
        canonical: CanonicalStep | None = None,
    ) -> Stage:
        """The stage of a deal that is won; probability 1, category `closed`.

        >>> Stage.won("signed").kind
        'won'
        """
        return cls(
            name,
            1.0,
            "closed",
            kind="won",
            entry=entry,
            locked=locked,
            activities=activities,
            label=words_of(name) if label is None else label,
            guidance=guidance,
            canonical=canonical,
        )

    @classmethod
    def lost(
        cls, name: str, *, reasons: Iterable[str | LossReason] = (), label: str | None = None, guidance: str = ""
    ) -> Stage:
        """The stage of a deal that is lost; probability 0, category `omitted`.

        With `reasons`, losing wants one of them; without, any text or none.

        >>> [reason.name for reason in Stage.lost("lost", reasons=["price", "timing"]).reasons]
        ['price', 'timing']
        """
        return cls(
            name,
            0.0,
            "omitted",
            kind="lost",
            reasons=reasons,
            label=words_of(name) if label is None else label,
            guidance=guidance,
        )

    @classmethod
    def after_sale(
        cls,
        name: str,
        *,
        typical_duration: timedelta | None = None,
        activities: Iterable[Activity] = (),
        entry: Iterable[Criterion] = (),
        exit: Iterable[Criterion] = (),
        when: Criterion | None = None,
        optional: bool = False,
        label: str | None = None,
        guidance: str = "",
        canonical: CanonicalStep | None = "follow_up",
        provenance: Mapping[str, str] = EMPTY,
    ) -> Stage:
        """A stage after the sale; the deal stays won in it.

        >>> Stage.after_sale("installation").category
        'closed'
        """
        return cls(
            name,
            1.0,
            "closed",
            typical_duration,
            kind="after_sale",
            activities=activities,
            entry=entry,
            exit=exit,
            when=when,
            optional=optional,
            label=words_of(name) if label is None else label,
            guidance=guidance,
            canonical=canonical,
            provenance=provenance,
        )

    @property
    def status(self) -> Literal["open", "won", "lost"]:
        """The status of a deal that enters the stage."""
        return "won" if self.kind == "after_sale" else self.kind

    @property
    def forecast_category(self) -> ForecastCategory:
        """The category of its deals, `pipeline` where none is stated."""
        return self.category or "pipeline"

    def criteria(self) -> Iterable[tuple[str, Criterion]]:
        """Every criterion of the stage with its place, such as `offer.entry`."""
        for place in ("entry", "exit", "locked"):
            yield from ((f"{self.name}.{place}", each) for each in getattr(self, place))
        if self.when is not None:
            yield f"{self.name}.when", self.when


def words_of(name: str) -> str:
    """An identifier as words.

    >>> words_of("site_survey")
    'Site survey'
    """
    return name.replace("_", " ").replace("-", " ").capitalize() if isinstance(name, str) else repr(name)


@attrs.frozen
class Sourced(Generic[T]):
    """A value, and where it comes from.

    Attributes:
        value: the value; None when nobody states one.
        source: in the order of their precedence, `closed` (the deal is decided), `manual` (a person stated it for this
            deal), `model` and `history` (estimates passed in), or `stage` (the prior of the stage, or the lack of one).

    >>> Sourced(0.35, "manual").source
    'manual'
    """

    value: T | None
    source: Literal["closed", "manual", "model", "history", "stage"]


def sourced_probability(
    stage: Stage, deal: Deal, model: float | None = None, history: float | None = None
) -> Sourced[float]:
    """The probability of winning, from the first source that has one; the sources stand in their precedence.

    >>> from datetime import UTC, datetime
    >>> from salesprocess import templates
    >>> at = datetime(2026, 1, 5, 9, tzinfo=UTC)
    >>> process = templates.load("generic")
    >>> deal = process.open("ACME-1", at=at)
    >>> sourced_probability(process.stage("prospecting"), deal, history=0.07)
    Sourced(value=0.07, source='history')
    """
    if deal.outcome is not None:
        return Sourced(1.0 if deal.outcome.status == "won" else 0.0, "closed")
    if deal.probability is not None:
        return Sourced(deal.probability, "manual")
    if model is not None:
        return Sourced(model, "model")
    return Sourced(stage.probability, "stage") if history is None else Sourced(history, "history")


def sourced_category(stage: Stage, deal: Deal) -> Sourced[ForecastCategory]:
    """The forecast category: `closed` when won, `omitted` when lost, else a manual one, else that of the stage.

    >>> from datetime import UTC, datetime
    >>> from salesprocess import templates
    >>> at = datetime(2026, 1, 5, 9, tzinfo=UTC)
    >>> process = templates.load("generic")
    >>> deal = process.open("ACME-1", at=at)
    >>> sourced_category(process.stage("prospecting"), deal)
    Sourced(value='omitted', source='stage')
    """
    if deal.outcome is not None:
        return Sourced("closed" if deal.outcome.status == "won" else "omitted", "closed")
    if deal.category is not None:
        return Sourced(deal.category, "manual")
    return Sourced(stage.forecast_category, "stage")
