"""Rulebooks that let through what they were written to stop."""

from __future__ import annotations

import unittest
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, Phase, settings

from salesprocess import Activity, Deal, Fact, Money, Policy, Process, Stage
from salesprocess import criteria as c
from salesprocess.events import Amended, Approved, Entered, Event, Opened
from salesprocess.testing import Invariant, check_process, survivors, workflow_test
from tests.testing.planted.kinds import Fault

LARGE = Money(1000, "EUR")
QUICK = settings(
    max_examples=200,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.explicit, Phase.generate, Phase.shrink],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)


def kiosk(*exit: c.Criterion, locked: tuple[c.Criterion, ...] = (), **more: Any) -> Process:
    activities = [Activity("call", required=bool(more.pop("required", False)))]
    stages = [
        Stage("lead", 0.2, activities=activities),
        Stage("offer", 0.5, exit=exit, optional=bool(more.pop("optional", False))),
        Stage.won("sold", locked=locked),
        Stage.lost("lost", reasons=["price"]),
    ]
    return Process("kiosk", stages=stages, **more)


def sold(deal: Deal) -> bool:
    return deal.status == "won"


def large_is_approved(before: Deal | None, event: Event, after: Deal) -> None:
    """A large deal is sold only when somebody has approved the amount that it has."""
    if sold(after) and not (before and sold(before)) and after.amount is not None and after.amount.currency == "EUR":
        stated = [each for each in after.history if isinstance(each, Opened | Amended) and "amount" in each.terms]
        approved = any(isinstance(each, Approved) and each.revision > stated[-1].revision for each in after.history)
        assert after.amount < LARGE or approved, f"{after.amount} was sold without approval"


def called(before: Deal | None, event: Event, after: Deal) -> None:
    """Nothing is sold to somebody whom nobody has called."""
    assert not sold(after) or any(work.activity == "call" for work in after.activities), "sold without a call"


def kept(before: Deal | None, event: Event, after: Deal) -> None:
    """What is sold stays sold."""
    assert not (before and sold(before)) or sold(after), "no longer sold"


def offered(before: Deal | None, event: Event, after: Deal) -> None:
    """Nothing is sold that was never offered."""
    visited = {each.destination for each in after.history if isinstance(each, Entered)}
    assert not sold(after) or "offer" in visited, "sold without an offer"


def reasoned(before: Deal | None, event: Event, after: Deal) -> None:
    """A lost deal does not come back."""
    assert not (before and before.status == "lost") or after.status == "lost", "a lost deal came back"


def led(process: Process, *invariants: Invariant) -> Callable[[], object]:
    def run() -> None:
        case = workflow_test(process, invariants=invariants, settings=QUICK)
        case("test_any_program").debug()

    return run


def untested() -> None:
    """A suite that only looks whether a deal can be sold at all."""

    def can_be_sold(process: Process) -> None:
        workflow_case: unittest.TestCase = workflow_test(process, settings=QUICK)("test_every_transition")
        workflow_case.debug()

    found = survivors(kiosk(c.done("call")), check=can_be_sold)
    assert not found, str(found)


def planted(mistake: str, process: Process, invariant: Invariant, shown: str) -> Fault:
    name = getattr(invariant, "__name__", "")
    return Fault("process", mistake, f"workflow_test(kiosk, invariants=[{name}])", led(process, invariant), shown)


approved = c.approved("price")
bound = c.approved("price", while_unchanged=("amount",))
FAULTS = (
    planted(
        "the approval does not hang on the amount",
        kiosk(c.when(c.amount_at_least(LARGE), approved)),
        large_is_approved,
        "was sold without approval",
    ),
    planted(
        "the limit is one cent too high",
        kiosk(locked=(c.when(c.amount_at_least(Money("1000.01", "EUR")), bound),)),
        large_is_approved,
        "EUR was sold without approval",
    ),
    planted(
        "the check is not locked, so that an exception passes it",
        kiosk(c.when(c.amount_at_least(LARGE), bound)),
        large_is_approved,
        "reason='an exception'",
    ),
    planted("the work is listed, and not required", kiosk(), called, "sold without a call"),
    planted("a sale can be taken back", kiosk(policy=Policy(back="any")), kept, "no longer sold"),
    planted("the stage with the check can be skipped", kiosk(optional=True), offered, "sold without an offer"),
    planted("a lost deal can be reopened", kiosk(), reasoned, "a lost deal came back"),
    Fault(
        "process",
        "two criteria contradict each other",
        "check_process(kiosk)",
        lambda: check_process(
            kiosk(c.has("seats"), c.not_(c.has("seats")), facts=[Fact("seats", int)], policy=Policy(override="never"))
        ),
        "no deal can take",
    ),
    Fault(
        "process",
        "a criterion wants work that no stage offers",
        "check_process(kiosk)",
        lambda: check_process(kiosk(c.done("survey"))),
        "done(survey)",
    ),
    Fault(
        "tests",
        "a suite that holds no rule",
        "survivors(kiosk, check=can_be_sold)",
        untested,
        "not noticed: offer: exit without done(call)",
    ),
)
