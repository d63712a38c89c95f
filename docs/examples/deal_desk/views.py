"""What the service takes and gives: the types of its OpenAPI document."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from pydantic import AwareDatetime, BaseModel, Field, JsonValue

from salesprocess import Deal, Decision, Fact, FactValue, Money, Process, Reason
from salesprocess.agenda import Agenda, Item


class MoneyBody(BaseModel):
    amount: Decimal
    currency: str = Field(examples=["EUR"])

    def money(self) -> Money:
        return Money(self.amount, self.currency)

    @classmethod
    def of(cls, money: Money) -> MoneyBody:
        return cls(amount=money.amount, currency=money.currency)


class NewDeal(BaseModel):
    id: str = Field(examples=["ACME-1"])
    process: str | None = Field(None, description="by default the one that the service serves")
    stage: str | None = None
    amount: MoneyBody | None = None
    owner: str | None = None
    expected_close: date | None = None
    facts: dict[str, JsonValue] = {}


class Move(BaseModel):
    transition: str = Field(examples=["advance"])
    reason: str | None = None


class Exceptional(BaseModel):
    destination: str
    reason: str


class Work(BaseModel):
    activity: str
    text: str = ""
    happened: AwareDatetime | None = None
    extra: bool = Field(False, description="work that is not in the playbook")


class Knowledge(BaseModel):
    facts: dict[str, JsonValue] = {}
    forget: list[str] = []
    reason: str | None = None


class Terms(BaseModel):
    amount: MoneyBody | None = None
    owner: str | None = None
    expected_close: date | None = None
    probability: float | None = None
    clear: list[str] = []
    reason: str | None = None


class Approval(BaseModel):
    subject: str
    role: str


class Concern(BaseModel):
    kind: str
    text: str = ""


class Answer(BaseModel):
    how: str


class Note(BaseModel):
    text: str


class Pause(BaseModel):
    until: AwareDatetime | None = None
    reason: str | None = None


class ReasonView(BaseModel):
    code: str
    where: str
    message: str
    hint: str
    missing: list[str]
    locked: bool

    @classmethod
    def of(cls, reason: Reason) -> ReasonView:
        return cls(
            code=reason.code,
            where=reason.where,
            message=reason.message,
            hint=reason.hint,
            missing=list(reason.missing),
            locked=reason.locked,
        )


class OptionView(BaseModel):
    name: str
    label: str
    kind: str
    destination: str | None
    allowed: bool
    needs: list[str]
    choices: list[str]
    reasons: list[ReasonView]
    overridable: bool

    @classmethod
    def of(cls, option: Decision) -> OptionView:
        return cls(
            name=option.name,
            label=option.label,
            kind=option.kind,
            destination=option.destination,
            allowed=option.allowed,
            needs=list(option.needs),
            choices=list(option.choices),
            reasons=[ReasonView.of(reason) for reason in option.unmet],
            overridable=option.overridable,
        )


class ItemView(BaseModel):
    kind: str
    subject: str
    why: str
    due: datetime | None

    @classmethod
    def of(cls, item: Item) -> ItemView:
        return cls(kind=item.kind, subject=item.subject, why=item.why, due=item.due)


class AgendaView(BaseModel):
    deal: str
    items: list[ItemView]
    next_due: datetime | None

    @classmethod
    def of(cls, agenda: Agenda) -> AgendaView:
        return cls(deal=agenda.deal, items=[ItemView.of(item) for item in agenda.items], next_due=agenda.next_due)


class Likelihood(BaseModel):
    value: float | None
    source: str


class DealView(BaseModel):
    id: str
    process: str
    version: int
    revision: int
    stage: str
    stage_label: str
    status: str
    amount: MoneyBody | None
    owner: str | None
    expected_close: date | None
    probability: Likelihood
    facts: dict[str, JsonValue]
    opened_at: datetime
    updated_at: datetime
    closed_at: datetime | None

    @classmethod
    def of(cls, deal: Deal, process: Process) -> DealView:
        likely = process.probability(deal)
        return cls(
            id=deal.id,
            process=deal.process,
            version=deal.version,
            revision=deal.revision,
            stage=deal.stage,
            stage_label=process.stage(deal.stage).label or deal.stage,
            status=deal.status,
            amount=None if deal.amount is None else MoneyBody.of(deal.amount),
            owner=deal.owner,
            expected_close=deal.expected_close,
            probability=Likelihood(value=likely.value, source=likely.source),
            facts={name: plain(value) for name, value in deal.facts.items()},
            opened_at=deal.opened_at,
            updated_at=deal.updated_at,
            closed_at=deal.closed_at,
        )


class ProcessView(BaseModel):
    name: str
    version: int
    label: str


class ForecastView(BaseModel):
    start: datetime
    end: datetime
    expected: MoneyBody
    low: MoneyBody
    high: MoneyBody
    level: float
    method: str


def plain(value: FactValue) -> Any:
    """A fact as JSON without tags, for people and forms; numbers, truth and lists as they are, the rest as text."""
    if isinstance(value, tuple):
        return [plain(each) for each in value]
    if isinstance(value, date):
        return value.isoformat()
    return value if isinstance(value, str | int | float) else str(value)


def learnt(process: Process, facts: dict[str, JsonValue]) -> dict[str, Any]:
    """The facts of a request: text stands for a value of the declared kind, everything else is what it is."""
    declared = {fact.name: fact for fact in process.facts}
    return {name: _read(declared.get(name), value) for name, value in facts.items()}


def _read(fact: Fact | None, value: Any) -> Any:
    texts = value if isinstance(value, list) else [value]
    return fact.read(value) if fact and texts and all(isinstance(each, str) for each in texts) else value
