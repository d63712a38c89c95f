"""Whatever anybody hands over: the answer is a value, or an error of the library that says what would work."""

# Here arguments are wrong on purpose.
# pyright: reportArgumentType=false, reportUnnecessaryTypeIgnoreComment=false

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from salesprocess import (
    Activity,
    Actor,
    Calendar,
    Catalog,
    Fact,
    LineItem,
    LossReason,
    Money,
    Period,
    Policy,
    Process,
    Stage,
    Transition,
    diagrams,
    migration,
    pricing,
    redaction,
    replay,
    serialization,
)
from salesprocess import criteria as c
from salesprocess import staleness as s
from salesprocess.criteria.frameworks import BANT, Framework
from salesprocess.errors import InvalidProcess, SalesProcessError, SeveralErrors, WrongKind
from salesprocess.rules import MoveLabels
from salesprocess.working_time import Shift, WorkingTime

AT = datetime(2026, 1, 5, 9, tzinfo=UTC)
ANYTHING: list[Any] = [
    *(None, 5, -1, True, "", "x", b"x", 1.5, float("nan"), float("inf"), 10**400, [], ["a"], [None], {}, {"a": 1}),
    *({5: 5}, ("a",), timedelta(0), timedelta(days=-1), datetime(2026, 1, 1), date(2026, 1, 1), Money(5, "EUR")),
    *(c.has("x"), c.has, object(), Stage("q"), Actor("ola"), [Stage("q")]),
]
LEAD, WON, LOST = Stage("lead", activities=[Activity("call")]), Stage.won("won"), Stage.lost("lost")
SOLAR = Process("solar", facts=[Fact("seats", int)], stages=[LEAD, Stage("offer", entry=[c.approved("x")]), WON, LOST])
DEAL = SOLAR.open("d", at=AT)


def process(*stages: Any, **rules: Any) -> Process:
    return Process("p", stages=[*(stages or [LEAD]), WON, LOST], **rules)


def plan(**given: Any) -> Any:
    told: dict[str, Any] = {"to": SOLAR, "catalog": Catalog([SOLAR]), "at": AT, "by": "ola", "reason": "so"}
    return migration.plan(given.pop("deals", [DEAL]), **{**told, **given})


def labelled(**labels: Any) -> Any:
    made = process(move_labels=MoveLabels(**labels))
    return made.options(made.open("d", at=AT), at=AT)


def fields(make: Callable[..., Any], *names: str) -> dict[str, Callable[[Any], Any]]:
    """A call for each of the fields, which are all given by name."""
    return {name: lambda value, name=name: make(**{name: value}) for name in names}


def places(prefix: str, calls: dict[str, Callable[[Any], Any]]) -> dict[str, Callable[[Any], Any]]:
    return {f"{prefix}.{name}": call for name, call in calls.items()}


def stage(**given: Any) -> Process:
    return process(Stage(**{"name": "lead", **given}))


def activity(**given: Any) -> Process:
    return process(Stage("lead", activities=[Activity(**{"name": "call", **given})]))


def reason(**given: Any) -> Process:
    return Process("p", stages=[LEAD, WON, Stage.lost("lost", reasons=[LossReason(**{"name": "r", **given})])])


def fact(**given: Any) -> Process:
    return process(facts=[Fact(**{"name": "a", "kind": int, **given})])


def transition(**given: Any) -> Process:
    return process(transitions=[Transition(**{"name": "jump", "source": "lead", "destination": "won", **given})])


def opened(**given: Any) -> Any:
    return SOLAR.open(**{"deal": "d", "at": AT, **given})


def recorded(**given: Any) -> Any:
    return SOLAR.record(**{"deal": DEAL, "activity": "call", "at": AT, **given})


def line(**given: Any) -> LineItem:
    return LineItem(**{"name": "a", "price": Money(1, "EUR"), **given})


def rule(**given: Any) -> Any:
    return c.criterion(**{"code": "x", "message": "y", **given})(lambda deal, ask: True)


OBJECTED = SOLAR.raise_objection(DEAL, "price", at=AT)
APPROVED = SOLAR.approve(DEAL, "x", at=AT, by="ola")
EUR = Money(1, "EUR")

CALLS: dict[str, Callable[[Any], Any]] = {
    "Process.name": lambda value: Process(value, stages=SOLAR.stages),
    "Process.stages": lambda value: Process("p", stages=value),
    **places("Process", fields(process, "version", "facts", "transitions", "policy", "label", "move_labels")),
    **places(
        "Stage",
        fields(
            stage,
            *("name", "probability", "category", "typical_duration", "activities", "entry", "exit", "locked", "when"),
            *("optional", "label", "guidance", "canonical", "provenance", "kind"),
        ),
    ),
    **places("Activity", fields(activity, "name", "required", "within", "label")),
    **places("LossReason", fields(reason, "name", "counts", "label")),
    "Stage.lost.reasons": lambda value: Process("p", stages=[LEAD, WON, Stage.lost("lost", reasons=value)]),
    **places("Fact", fields(fact, "name", "kind", "minimum", "maximum", "choices", "many", "label", "choice_labels")),
    **places("Transition", fields(transition, "name", "source", "destination", "criteria", "when", "label")),
    **places(
        "Policy",
        fields(
            lambda **given: process(policy=Policy(**given)),
            *("skip", "back", "win", "reopen", "override", "facts", "staleness", "clock_skew"),
        ),
    ),
    **places("MoveLabels", fields(labelled, "advance", "lose", "open", "override")),
    **places(
        "open",
        fields(
            opened,
            *("deal", "at", "facts", "stage", "by", "key", "reason", "amount", "owner", "expected_close"),
            *("probability", "category", "items"),
        ),
    ),
    **places("record", fields(recorded, "deal", "activity", "at", "by", "text", "happened", "key")),
    "learn": lambda value: SOLAR.learn(DEAL, value, at=AT),
    "learn.forget": lambda value: SOLAR.learn(DEAL, at=AT, forget=value),
    "learn.reason": lambda value: SOLAR.learn(DEAL, {"seats": 1}, at=AT, reason=value),
    "amend.clear": lambda value: SOLAR.amend(DEAL, at=AT, clear=value),
    "approve": lambda value: SOLAR.approve(DEAL, value, at=AT, by=Actor("ola"), extra=True),
    "approve.by": lambda value: SOLAR.approve(DEAL, "x", at=AT, by=value),
    "approve.extra": lambda value: SOLAR.approve(DEAL, "y", at=AT, by="ola", extra=value),
    "withdraw": lambda value: SOLAR.withdraw_approval(DEAL, value, at=AT),
    "withdraw.role": lambda value: SOLAR.withdraw_approval(
        SOLAR.approve(DEAL, "x", at=AT, by="ola"), "x", role=value, at=AT
    ),
    "raise": lambda value: SOLAR.raise_objection(DEAL, value, at=AT),
    "resolve": lambda value: SOLAR.resolve_objection(OBJECTED, value, at=AT),
    "resolve.how": lambda value: SOLAR.resolve_objection(
        SOLAR.raise_objection(DEAL, "price", at=AT), 2, how=value, at=AT
    ),
    "waive": lambda value: SOLAR.waive(DEAL, value, at=AT, by="o", reason="r"),
    "waive.reason": lambda value: SOLAR.waive(DEAL, "offer.entry:approved(x)", at=AT, by="o", reason=value),
    "hold": lambda value: SOLAR.hold(DEAL, at=AT, until=value),
    "advance.deal": lambda value: SOLAR.advance(value, at=AT),
    "take": lambda value: SOLAR.take(DEAL, value, at=AT),
    "move": lambda value: SOLAR.move(DEAL, value, at=AT),
    "override": lambda value: SOLAR.override(DEAL, value, at=AT, by="o", reason="r"),
    "override.reason": lambda value: SOLAR.override(DEAL, "offer", at=AT, by="o", reason=value),
    "lose": lambda value: SOLAR.lose(DEAL, at=AT, reason=value),
    "decide": lambda value: SOLAR.decide(DEAL, value, at=AT),
    "options.by": lambda value: SOLAR.options(DEAL, at=AT, by=value),
    "agenda.tz": lambda value: SOLAR.agenda(DEAL, at=AT, tz=value),
    "agenda.wt": lambda value: SOLAR.agenda(DEAL, at=AT, working_time=value),
    "recheck": lambda value: SOLAR.recheck(value),
    "prob.model": lambda value: SOLAR.probability(DEAL, model=value),
    "stage": lambda value: SOLAR.stage(value),
    "fact": lambda value: SOLAR.fact(value),
    "translated": lambda value: SOLAR.translated(value),
    "revise.name": lambda value: SOLAR.revise(value),
    "revise.version": lambda value: SOLAR.revise(version=value),
    "revise.rename": lambda value: SOLAR.revise(rename=value),
    "revise.before": lambda value: SOLAR.revise(before=value),
    "revise.without": lambda value: SOLAR.revise(without=value),
    "revise.order": lambda value: SOLAR.revise(order=value),
    "revise.change": lambda value: SOLAR.revise(change=value),
    "revise.change2": lambda value: SOLAR.revise(change={"lead": value}),
    "revise.add": lambda value: SOLAR.revise(add=value),
    "revise.add2": lambda value: SOLAR.revise(add={"lead.exit": value}),
    "revise.drop": lambda value: SOLAR.revise(drop={"lead.exit": value}),
    "revise.transitions": lambda value: SOLAR.revise(transitions=value),
    "revise.facts": lambda value: SOLAR.revise(facts=value),
    "revise.policy": lambda value: SOLAR.revise(policy=value),
    "retune": lambda value: SOLAR.retune(value, tuning="x"),
    "retune2": lambda value: SOLAR.retune({"lead": value}, tuning="x"),
    "retune.tuning": lambda value: SOLAR.retune({}, tuning=value),
    "diff": lambda value: SOLAR.diff(value),
    "as_of": lambda value: DEAL.as_of(value),
    "since": lambda value: DEAL.since(value),
    "age": lambda value: DEAL.age(value),
    "stage_age": lambda value: DEAL.stage_age(value),
    "replay": lambda value: replay(value),
    "Catalog": lambda value: Catalog(value),
    "Catalog[]": lambda value: Catalog([SOLAR])[value],
    "Catalog.get": lambda value: Catalog([SOLAR]).get(value, 1),
    "latest": lambda value: Catalog([SOLAR]).latest(value),
    **places("plan", fields(plan, "deals", "to", "catalog", "stages", "at", "by", "reason")),
    "redact": lambda value: redaction.redact(value, facts=["seats"]),
    **places("redact", fields(lambda **given: redaction.redact(DEAL.history, **given), "facts", "terms", "actors")),
    "dump": serialization.dump,
    "load": lambda value: serialization.load(value, Process),
    "load.kind": lambda value: serialization.load({}, value),
    "load.criteria": lambda value: serialization.load(serialization.dump(SOLAR), Process, criteria=value),
    "load_deals": lambda value: list(serialization.load_deals(value)),
    "mermaid": diagrams.mermaid,
    **places(
        "dot",
        fields(lambda **given: diagrams.dot(SOLAR, **given), "deal", "values", "moves", "direction", "number_format"),
    ),
    "Quiet": s.Quiet,
    "Quiet.kinds": lambda value: s.Quiet(timedelta(1), value),
    "InStage": s.InStage,
    "Age": s.Age,
    "Untouched": lambda value: process(policy=Policy(staleness=[s.Untouched(value, timedelta(1))])),
    "Untouched.after": lambda value: s.Untouched("seats", value),
    "Actor": Actor,
    "Actor.roles": lambda value: Actor("ola", roles=value),
    **places("LineItem", fields(line, "name", "price", "quantity", "discount", "every", "term")),
    "contract_value": pricing.contract_value,
    "monthly_recurring": pricing.monthly_recurring,
    "annual_recurring": pricing.annual_recurring,
    "Money": lambda value: Money(value, "EUR"),
    "Money.currency": lambda value: Money(1, value),
    "Money.to": lambda value: EUR.to(value, {}),
    "Money.to.rates": lambda value: EUR.to("USD", value),
    "Money.total": lambda value: Money.total(value, "EUR"),
    "Framework": lambda value: Framework("FIT", value),
    "Framework.using": lambda value: BANT.using(budget=value),
    "Framework.at_least": BANT.at_least,
    "Framework.score": BANT.score,
    "Framework.score.at": lambda value: BANT.score(DEAL, at=value),
    **places("criterion", fields(rule, "code", "message", "hint", "names", "converters")),
    "WorkingTime": lambda value: WorkingTime(value, [Shift(time(8), time(16))]),
    "WorkingTime.shifts": lambda value: WorkingTime("UTC", value),
    "Period": lambda value: Period(value, AT),
    **places("Calendar", fields(Calendar, "tz", "fiscal_start")),
    "Reason.text": lambda value: SOLAR.decide(DEAL, "advance", at=AT).unmet[0].text(value),
    "Agenda.text": lambda value: SOLAR.agenda(DEAL, at=AT).text(value),
}


@pytest.mark.parametrize("name", CALLS)
def test_it_is_taken_or_refused_by_an_error_of_the_library(name: str) -> None:
    for value in ANYTHING:
        try:
            CALLS[name](value)
        except SalesProcessError as error:
            assert str(error)


def test_a_rulebook_of_wrong_parts_tells_them_all() -> None:
    with pytest.raises(InvalidProcess) as invalid:
        Process(
            "solar",
            stages=[
                Stage("lead", label=5, optional="no", activities=["call"]),  # type: ignore[arg-type, list-item]
                WON,
                LOST,
            ],
            facts=[Fact("seats", int, many="yes")],  # type: ignore[arg-type]
            transitions=[Transition("jump", None, "won")],  # type: ignore[arg-type]
            move_labels=MoveLabels(win=None),  # type: ignore[arg-type]
        )
    assert sorted(finding.message for finding in invalid.value.findings) == [
        "'call' is no Activity",
        "many is True or False, not 'yes'",
        "optional is True or False, not 'no'",
        "the label 5 is no text",
        "the source None is no text",
        "the win None is no text",
    ]


def test_a_call_with_several_mistakes_tells_them_all() -> None:
    wrong: Any = 5
    for call, told in (
        (lambda: Process("p", stages="lead", facts=wrong, transitions=wrong), 3),
        (lambda: SOLAR.take(DEAL, wrong, at=datetime(2026, 1, 5), by=wrong, reason=wrong), 4),
        (lambda: SOLAR.move(DEAL, "ofer", at=datetime(2026, 1, 5), by=wrong), 3),
        (lambda: SOLAR.override(DEAL, "ofer", at=datetime(2026, 1, 5), by=wrong, reason=""), 4),
        (lambda: SOLAR.waive(DEAL, "x", at=datetime(2026, 1, 5), by=None, reason=""), 4),
        (lambda: SOLAR.revise(rename=wrong, before=wrong, change={"lead": wrong}, policy=wrong), 4),
        (lambda: SOLAR.revise(rename={"lead": wrong}, facts=[wrong], transitions=[wrong]), 3),
        (lambda: plan(deals=wrong, to=wrong, catalog=wrong, stages=wrong), 4),
        (lambda: rule(code="", message=wrong, names=wrong, converters=wrong), 4),
    ):
        with pytest.raises(SeveralErrors) as several:
            call()
        assert len(several.value.exceptions) == told


@pytest.mark.parametrize("value", [0, "", {}, False])
def test_an_empty_value_is_no_policy(value: Any) -> None:
    for wrong in ({"policy": value}, {"move_labels": value}):
        with pytest.raises(InvalidProcess):
            process(**wrong)
    with pytest.raises(WrongKind):
        SOLAR.revise(policy=value)
