"""Criteria on what was done, which stages were visited, and who asks."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesprocess import criteria as c
from salesprocess import events as ev
from salesprocess.criteria import Ask, Criterion
from salesprocess.deal import Deal
from salesprocess.events import Actor
from tests import strategies
from tests.core.test_criteria_language import AT, DAY, KARI, NEW, OLA, moved, opened, then

ASK = Ask("advance", "offer", AT, KARI)


def state(each: Criterion, deal: Deal = NEW, question: Ask = ASK) -> str:
    return each.verdict(deal, question).state


def called(deal: Deal, times: int = 1, by: Actor | None = KARI) -> Deal:
    for _ in range(times):
        deal = then(deal, ev.ActivityDone, activity="call", by=by)
    return deal


@given(st.integers(0, 5), st.integers(1, 5))
def test_work_is_counted(found: int, wanted: int) -> None:
    deal = then(called(NEW, found), ev.ActivityDone, activity="demo")
    verdict = c.done_times("call", wanted).verdict(deal, ASK)
    assert bool(verdict) is (found >= wanted)
    assert verdict or verdict.evidence == {"found": found}


@given(strategies.deals(), st.sampled_from(("deal", "visit")))
def test_work_done_once_is_work_done(deal: Deal, during: Any) -> None:
    assert state(c.done_times("call", 1, during), deal) == state(c.done("call", during), deal)


def test_work_counts_in_the_present_visit_when_it_is_to() -> None:
    deal = called(moved(called(NEW, 2), "offer"))
    assert state(c.done_times("call", 3), deal) == "met"
    assert state(c.done_times("call", 2, during="visit"), deal) == "unmet"
    assert state(c.done_times("call", 1, during="visit"), deal) == "met"


def test_who_did_the_work_had_a_role_at_the_time() -> None:
    each = c.done_by_role("call", "manager")
    assert state(each, called(NEW)) == "unmet"
    assert state(each, called(NEW, by=None)) == "unmet"
    by_ola = called(NEW, by=OLA)
    assert state(each, by_ola) == "met"
    assert state(c.done_by_role("demo", "manager"), by_ola) == "unmet"
    assert state(c.done_by_role("call", "manager", during="visit"), moved(by_ola, "offer")) == "unmet"
    assert state(each, moved(by_ola, "offer")) == "met"


@given(st.integers(0, 20), st.integers(1, 20))
def test_work_was_done_in_the_last_days_bounds_included(days_ago: int, span: int) -> None:
    deal = called(NEW)
    verdict = c.done_within("call", span * DAY).verdict(deal, Ask("advance", "offer", AT + days_ago * DAY))
    assert bool(verdict) is (days_ago <= span)
    assert verdict or verdict.evidence == {"since": AT + (days_ago - span) * DAY}


def test_what_counts_is_when_the_work_happened_not_when_it_was_recorded() -> None:
    each = c.done_within("call", 7 * DAY)
    told_late = then(NEW, ev.ActivityDone, activity="call", happened=AT - 10 * DAY)
    assert state(each, told_late) == "unmet"
    assert state(each, called(told_late)) == "met"
    assert state(each, called(NEW), Ask("advance", "offer", AT - DAY)) == "unmet"
    assert each.verdict(told_late, ASK).reasons[0].message == (
        "the activity call has not been done since 2025-12-29 09:00 UTC"
    )


@given(st.lists(st.sampled_from(("lead", "offer", "talks")), max_size=8))
def test_visits_are_counted_with_the_present_one(stages: list[str]) -> None:
    deal = NEW
    for stage in stages:
        deal = moved(deal, stage)
    for stage in ("lead", "offer", "talks"):
        count = ["lead", *stages].count(stage)
        assert count == 0 or state(c.visited_times(stage, count), deal) == "met"
        assert c.visited_times(stage, count + 1).verdict(deal, ASK).evidence == {"found": count}


@given(strategies.deals(), st.sampled_from(list(strategies.PLACES)))
def test_a_stage_visited_once_is_a_stage_visited(deal: Deal, stage: str) -> None:
    assert state(c.visited_times(stage, 1), deal) == state(c.visited(stage), deal)


def test_a_migration_begins_no_visit_and_its_stages_keep_theirs_under_the_new_name() -> None:
    deal = moved(moved(NEW, "offer"), "lead")
    migrated = then(deal, ev.Migrated, process="p", version=2, stage="prospect", stages={"lead": "prospect"})
    assert state(c.visited_times("prospect", 2), migrated) == "met"
    assert state(c.visited_times("prospect", 3), migrated) == "unmet"
    assert state(c.visited("lead"), migrated) == "unmet"
    assert state(c.visited_times("offer", 1), migrated) == "met"
    placed = then(deal, ev.Migrated, process="p", version=2, stage="talks")
    assert state(c.visited_times("talks", 1), placed) == "met"
    assert state(c.visited_times("talks", 2), placed) == "unmet"
    assert state(c.visited_times("lead", 2), placed) == "met"


@pytest.mark.parametrize(
    ("by", "owner", "owns", "missing"),
    [
        (KARI, "kari", "met", ()),
        (OLA, "kari", "unmet", ()),
        (None, "kari", "unknown", ("by",)),
        (KARI, None, "unknown", ("owner",)),
        (None, None, "unknown", ("by", "owner")),
    ],
)
def test_who_asks_is_the_owner_or_somebody_else_or_nobody_said(
    by: Actor | None, owner: str | None, owns: str, missing: tuple[str, ...]
) -> None:
    deal = opened(terms={"owner": owner} if owner else {})
    question = Ask("win", "signed", AT, by)
    assert state(c.asked_by_owner(), deal, question) == owns
    for each in (c.asked_by_owner(), c.not_asked_by_owner()):
        verdict = each.verdict(deal, question)
        assert verdict.evidence.get("missing", ()) == missing
    assert state(c.not_asked_by_owner(), deal, question) == state(c.not_(c.asked_by_owner()), deal, question)


def test_nobody_who_does_not_say_who_he_is_passes_a_rule_about_roles_or_its_opposite() -> None:
    nobody = Ask("win", "signed", AT)
    each = c.asked_by_role("trainee")
    assert state(each, NEW, nobody) == state(c.not_(each), NEW, nobody) == "unknown"
    (reason,) = each.verdict(NEW, nobody).reasons
    assert reason.message == "not known yet: by"
    assert each.verdict(NEW, ASK).reasons[0].message == "kari does not have the role trainee"


def test_the_latest_work_is_enough_however_old_the_rest() -> None:
    deal = then(NEW, ev.ActivityDone, activity="call", happened=AT - 400 * DAY)
    assert state(c.done_within("call", timedelta(minutes=10)), called(deal)) == "met"


@pytest.mark.parametrize(
    ("by", "role", "wanted", "answer"),
    [
        (Actor("ola", roles=["boss"]), None, "boss", "met"),  # whoever says no role acts in each that he has
        (Actor("ola", roles=["boss"]), "clerk", "boss", "unmet"),
        (Actor("ola"), "boss", "boss", "met"),
        (Actor("ola"), None, "boss", "unmet"),
        (None, None, "boss", "unmet"),
    ],
)
def test_an_approval_is_given_in_the_role_that_is_said_or_in_those_of_whoever_gives_it(
    by: Actor | None, role: str | None, wanted: str, answer: str
) -> None:
    approved = then(NEW, ev.Approved, subject="price", role=role, by=by)
    assert state(c.approved("price", role=wanted), approved) == answer
