"""Origins stand at even distances, and at the same time of the day where they are days apart."""

from datetime import UTC, datetime, timedelta, tzinfo
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesprocess.errors import NaiveDatetime, OutOfRange
from salesprocess.forecasting import origins
from salesprocess.testing import zones

FIRST = datetime(2026, 1, 5, tzinfo=UTC)


@given(st.integers(0, 100), st.integers(1, 50), zones())
def test_steps_of_hours_are_of_equal_length(hours: int, every: int, tz: tzinfo) -> None:
    if every % 24 == 0:
        every += 1
    step = timedelta(hours=every)
    found = origins(FIRST, FIRST + timedelta(hours=hours), every=step, tz=tz)
    assert found[0] == FIRST
    assert len(found) == hours // every + 1
    assert all(later - earlier == step for earlier, later in pairwise(found))


def test_weeks_keep_the_time_of_the_day_over_the_change_to_summer_time() -> None:
    oslo = ZoneInfo("Europe/Oslo")
    monday = datetime(2026, 3, 23, 8, tzinfo=oslo)
    found = origins(monday, monday + timedelta(weeks=2), tz="Europe/Oslo")
    assert [moment.astimezone(oslo).hour for moment in found] == [8, 8, 8]
    assert [moment.hour for moment in found] == [7, 6, 6]
    assert all(moment.tzinfo is UTC for moment in found)


def test_the_last_moment_counts_when_it_is_hit() -> None:
    assert len(origins(FIRST, FIRST + timedelta(days=13))) == 2
    assert len(origins(FIRST, FIRST + timedelta(days=14))) == 3
    assert origins(FIRST, FIRST) == (FIRST,)


def test_moments_that_cannot_be_are_refused() -> None:
    with pytest.raises(OutOfRange, match="every must be longer than nothing"):
        origins(FIRST, FIRST, every=timedelta(0))
    with pytest.raises(OutOfRange, match="no earlier than the first"):
        origins(FIRST, FIRST - timedelta(days=1))
    with pytest.raises(NaiveDatetime):
        origins(datetime(2026, 1, 5), FIRST)
