"""How numbers are written beside a picture."""

from datetime import timedelta

import pytest

from salesprocess.plots.wording import percent, time


@pytest.mark.parametrize(
    ("share", "shown"),
    [
        (0.0, "0 %"),
        (0.0002, "< 0.1 %"),
        (0.004, "0.4 %"),
        (0.5, "50 %"),
        (0.9971, "99.7 %"),
        (0.99999, "> 99.9 %"),
        (1.0, "100 %"),
    ],
)
def test_what_is_not_nothing_or_all_is_never_told_as_such(share: float, shown: str) -> None:
    assert percent(share) == shown


@pytest.mark.parametrize(
    ("hours", "shown"), [(0.2, "12 minutes"), (1, "60 minutes"), (2, "2 hours"), (30, "30 hours"), (48, "2 days")]
)
def test_a_span_is_told_in_the_unit_that_fits(hours: float, shown: str) -> None:
    assert time(timedelta(hours=hours)) == shown
