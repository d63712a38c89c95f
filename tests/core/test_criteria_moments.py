"""Criteria on time: dates, instants, and how long a deal has been where it is."""

from datetime import UTC, date, datetime, timedelta, tzinfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesprocess import criteria as c
from salesprocess import events as ev
from salesprocess import testing
from salesprocess.criteria import Ask, Criterion
from salesprocess.deal import Deal
from salesprocess.timing import midnight
from salesprocess.verdicts import Verdict
from tests.core.test_criteria_language import AT, DAY, NEW, moved, opened, then

OSLO = "Europe/Oslo"
SPANS = st.timedeltas(-30 * DAY, 30 * DAY)
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31), timezones=st.just(UTC))


def ask(at: datetime) -> Ask:
    return Ask("advance", "offer", at)


def verdict(each: Criterion, deal: Deal, at: datetime) -> Verdict:
    return each.verdict(deal, ask(at))


@given(MOMENTS, SPANS, MOMENTS)
def test_before_and_after_a_moment_are_opposites(moment: datetime, span: timedelta, at: datetime) -> None:
    deal = opened(facts={"met_at": moment})
    after, before = c.after("met_at", span), c.before("met_at", span)
    assert bool(verdict(after, deal, at)) is (at >= moment + span)
    assert bool(verdict(before, deal, at)) is (at < moment + span)


@given(MOMENTS, st.timedeltas(timedelta(0), 30 * DAY), MOMENTS)
def test_who_waits_until_it_is_due_is_not_refused(moment: datetime, span: timedelta, at: datetime) -> None:
    deal = opened(at=datetime(2026, 1, 1, tzinfo=UTC), facts={"met_at": moment})
    criteria = [c.after("met_at", span), c.not_before(moment), c.waited(span + DAY), c.waited(span + DAY, "opening")]
    for each in criteria:
        if not (found := verdict(each, deal, at)):
            due = found.evidence["due"]
            assert due > at
            assert verdict(each, deal, due)
            assert not verdict(each, deal, due - datetime.resolution)


@given(st.timedeltas(timedelta(microseconds=1), 30 * DAY), st.timedeltas(timedelta(0), 60 * DAY))
def test_the_time_that_is_over_ended_when_it_says(span: timedelta, later: timedelta) -> None:
    deal = opened(facts={"met_at": AT})
    for each in (c.within(span), c.within(span, since="opening"), c.before("met_at", span)):
        if not (found := verdict(each, deal, AT + later)):
            due = found.evidence["due"]
            assert due <= AT + later
            assert verdict(each, deal, due - datetime.resolution)
            assert not verdict(each, deal, due + datetime.resolution)


@given(st.dates(date(2026, 1, 1), date(2026, 12, 31)), st.integers(0, 60), testing.instants())
def test_a_date_begins_at_its_midnight_and_days_are_counted_on_the_calendar(day: date, days: int, at: datetime) -> None:
    deal = opened(terms={"expected_close": day})
    begins = midnight(day + days * DAY, OSLO)
    assert bool(verdict(c.after("expected_close", days * DAY, OSLO), deal, at)) is (at >= begins)
    assert bool(verdict(c.before("expected_close", days * DAY, OSLO), deal, at)) is (at < begins)
    assert bool(verdict(c.not_before(day + days * DAY, OSLO), deal, at)) is (at >= begins)


def test_a_date_is_valid_until_its_own_day_is_over() -> None:
    deal = opened(facts={"valid_until": date(2026, 3, 29)})
    until = c.before("valid_until", DAY, OSLO)
    assert verdict(until, deal, datetime(2026, 3, 29, 21, 59, tzinfo=UTC))
    assert not verdict(until, deal, datetime(2026, 3, 29, 22, tzinfo=UTC))
    (reason,) = verdict(until, deal, datetime(2026, 3, 30, tzinfo=UTC)).reasons
    assert reason.message == "too late since 2026-03-29 22:00 UTC: valid_until is 2026-03-29"


@pytest.mark.parametrize("each", [c.after("expected_close"), c.before("start_date")], ids=str)
def test_a_date_that_is_not_known_leaves_it_open(each: Criterion) -> None:
    found = verdict(each, NEW, AT)
    assert (found.state, found.evidence["missing"]) == ("unknown", (each.parameters["name"],))


def test_the_name_of_a_term_means_the_term() -> None:
    deal = opened(facts={"expected_close": date(2020, 1, 1)}, terms={"expected_close": date(2030, 1, 1)})
    assert not verdict(c.after("expected_close"), deal, AT)
    assert verdict(c.after("expected_close"), opened(facts=deal.facts), AT).state == "unknown"


@pytest.mark.parametrize("each", [c.after("seats"), c.before("seats")], ids=str)
def test_a_value_that_is_no_time_is_a_fault(each: Criterion) -> None:
    with pytest.raises(TypeError, match="seats wants a date"):
        verdict(each, opened(facts={"seats": 5}), AT)


@given(testing.instants(), testing.zones())
def test_a_fixed_instant_is_the_same_in_every_zone(moment: datetime, zone: tzinfo) -> None:
    each = c.not_before(moment)
    assert each == c.not_before(moment.astimezone(UTC)) == c.not_before(moment.astimezone(UTC).astimezone(zone))
    assert each.parameters["moment"].tzinfo is UTC


def test_the_time_on_hold_does_not_count_in_the_stage_and_does_since_the_opening() -> None:
    held = then(NEW, ev.Held)
    deal = then(held, ev.Resumed, at=AT + 5 * DAY)
    at = AT + 6 * DAY
    assert verdict(c.within(DAY), deal, at)
    assert not verdict(c.within(DAY, since="opening"), deal, at)
    assert not verdict(c.waited(2 * DAY), deal, at)
    assert verdict(c.waited(6 * DAY, since="opening"), deal, at)


def test_the_time_in_a_stage_begins_anew_with_each_visit() -> None:
    deal = moved(NEW, "offer", at=AT + 3 * DAY)
    assert verdict(c.within(DAY), deal, AT + 4 * DAY)
    assert not verdict(c.within(DAY), deal, AT + 4 * DAY + datetime.resolution)
    assert not verdict(c.within(3 * DAY, since="opening"), deal, AT + 4 * DAY)


@given(st.timedeltas(timedelta(microseconds=1), 30 * DAY), st.timedeltas(timedelta(0), 60 * DAY))
def test_a_span_is_either_not_over_or_was_waited_for_and_both_at_its_very_end(
    span: timedelta, later: timedelta
) -> None:
    within, waited = (verdict(each, NEW, AT + later) for each in (c.within(span), c.waited(span)))
    assert within or waited
    assert (bool(within) and bool(waited)) is (later == span)


def test_too_early_and_too_late_say_when() -> None:
    deal = opened(terms={"expected_close": date(2026, 2, 1)})
    said = [
        verdict(each, deal, AT + DAY).reasons[0].message
        for each in (
            c.after("expected_close"),
            c.not_before(date(2026, 2, 1), OSLO),
            c.within(timedelta(hours=1)),
            c.waited(7 * DAY),
        )
    ]
    assert said == [
        "not before 2026-02-01 00:00 UTC: expected_close is 2026-02-01",
        "not before 2026-01-31 23:00 UTC",
        "too late since 2026-01-05 10:00 UTC",
        "not before 2026-01-12 09:00 UTC",
    ]
