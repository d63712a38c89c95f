"""Nothing that is frozen can be assigned to, and values of different meanings do not mix."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import assert_never, assert_type

from salesprocess import (
    Actor,
    Calendar,
    Deal,
    Decision,
    Event,
    Finding,
    Money,
    Outcome,
    Period,
    Policy,
    Process,
    Reason,
    Stage,
    Verdict,
    replay,
)
from salesprocess import events as ev
from salesprocess.agenda import Item
from salesprocess.frozen import FrozenDict
from salesprocess.recheck import Divergence

AT = datetime(2026, 1, 5, 9, tzinfo=UTC)
deal = replay(
    [ev.Opened(deal="d", revision=1, at=AT, process="p", version=1, stage="lead", terms={}, facts={"seats": 5})]
)
stage, policy, money = Stage("offer"), Policy(), Money(5, "EUR")
process = Process("p", stages=[stage, Stage.won("won"), Stage.lost("lost")])
note = ev.Noted(deal="d", revision=2, at=AT, text="x")

deal.stage = "offer"  # type: ignore[misc]
deal.amount = money  # type: ignore[misc]
deal.history = ()  # type: ignore[misc]
stage.probability = 0.5  # type: ignore[misc]
policy.back = "never"  # type: ignore[misc]
process.version = 2  # type: ignore[misc]
money.amount = Decimal(6)  # type: ignore[misc]
note.text = "y"  # type: ignore[misc]
Actor("ola").id = "kari"  # type: ignore[misc]
Verdict.met().state = "unmet"  # type: ignore[misc]
deal.colour = "red"  # type: ignore[attr-defined]

assert_type(money + money, Money)
assert_type(money * 2, Money)
assert_type(Decimal("0.5") * money, Money)
assert_type(sorted([money, money]), list[Money])
assert_type(Money.total([money], "EUR"), Money)
money + 5  # type: ignore[operator]
money * 0.5  # type: ignore[operator]
money * money  # type: ignore[operator]
money < 5  # type: ignore[operator]
money.to("EUR")  # type: ignore[call-arg]
money.to("EUR", {"USD": 0.9})  # type: ignore[dict-item]
Money.total([5], "EUR")  # type: ignore[list-item]

january = Period(AT, datetime(2026, 2, 1, tzinfo=UTC), "Europe/Oslo", "January")
assert_type(date(2026, 1, 6) in january, bool)
assert_type(Calendar(tz="Europe/Oslo", fiscal_start=2).quarters(2026), tuple[Period, ...])
Period(date(2026, 1, 1), date(2026, 2, 1))  # type: ignore[arg-type]
Calendar(fiscal_start="February")  # type: ignore[arg-type]
Calendar().months_from(2026, 3)  # type: ignore[arg-type]

ev.Noted("d", 2, AT, "x")  # type: ignore[call-arg, arg-type]
ev.Noted(deal="d", revision=2, at=AT)  # type: ignore[call-arg]
ev.Entered(deal="d", revision=2, at=AT, transition="x", source=None, destination="y", status="closed")  # type: ignore[arg-type]
replay([AT])  # type: ignore[list-item]
Reason("x", state="maybe")  # type: ignore[arg-type]
Verdict("perhaps")  # type: ignore[arg-type]
assert_type(Decision("advance", "advance", "Advance", "lead", "offer").allowed, bool)


def kind_of(event: Event) -> str:
    """A reader can match the union exhaustively."""
    match event:
        case ev.Opened() | ev.Entered() | ev.Migrated():
            return "place"
        case ev.ActivityDone() | ev.Noted() | ev.FactsLearnt() | ev.Amended() | ev.Waived():
            return "work"
        case ev.Approved() | ev.ApprovalWithdrawn() | ev.ObjectionRaised() | ev.ObjectionResolved():
            return "people"
        case ev.Held() | ev.Resumed():
            return "time"
        case _:
            assert_never(event)


def forgets_the_holds(event: ev.Held | ev.Resumed | ev.Noted) -> str:
    match event:
        case ev.Noted():
            return "note"
        case _:
            assert_never(event)  # type: ignore[arg-type]


def on_the_board(decision: Decision) -> str:
    match decision.kind:
        case "open" | "advance" | "win" | "move" | "custom":
            return "ahead"
        case "lose" | "back" | "reopen" | "override":
            return "aside"
        case _:
            assert_never(decision.kind)


def how_it_ended(outcome: Outcome) -> str:
    match outcome.status:
        case "won":
            return "won"
        case "lost":
            return "lost"
        case _:
            assert_never(outcome.status)


def how_strict(policy: Policy) -> str:
    if isinstance(policy.win, tuple):
        return ", ".join(policy.win)
    match policy.win:
        case "end" | "any":
            pass
        case _:
            assert_never(policy.win)
    if isinstance(policy.override, tuple):
        return ", ".join(policy.override)
    match policy.override:
        case "never" | "recorded":
            return policy.skip + policy.back + policy.facts
        case _:
            assert_never(policy.override)


def how_sure(deal: Deal) -> int:
    match deal.category:
        case None | "omitted":
            return 0
        case "pipeline" | "best_case" | "most_likely" | "commit":
            return 1
        case "closed":
            return 2
        case _:
            assert_never(deal.category)


def how_pressing(item: Item) -> int:
    match item.kind:
        case "overdue" | "due" | "required" | "blocked":
            return 1
        case "objection" | "recommended":
            return 0
        case _:
            assert_never(item.kind)


def what_it_is(stage: Stage, finding: Finding, reason: Reason, divergence: Divergence) -> str:
    match stage.kind:
        case "open" | "won" | "lost" | "after_sale":
            pass
        case _:
            assert_never(stage.kind)
    match finding.severity:
        case "error" | "warning" | "hint":
            pass
        case _:
            assert_never(finding.severity)
    match divergence.code:
        case "refused" | "elsewhere" | "unknown_stage" | "unknown_transition" | "needless":
            pass
        case _:
            assert_never(divergence.code)
    match reason.state:
        case "met" | "unmet" | "unknown" | "fault":
            return stage.kind
        case _:
            assert_never(reason.state)


Decision("advance", "forward", "Advance", "lead", "offer")  # type: ignore[arg-type]
Outcome("open", None, AT, None)  # type: ignore[arg-type]

frozen: FrozenDict[str, int] = FrozenDict(seats=5)
assert_type(frozen["seats"], int)
frozen[5]  # type: ignore[index]
