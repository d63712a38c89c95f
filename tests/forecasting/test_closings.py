"""When open deals will be won: by the true law, with an interval that holds, and beside the day that people state."""

import pickle
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesprocess import Deal, Policy, Process, Stage
from salesprocess.errors import OutOfRange
from salesprocess.forecasting import Closing, CompetingRisks, Estimate, Landmark, closings, slip
from salesprocess.forecasting.closings import NEVER
from salesprocess.forecasting.competing_risks import NEVER_SEEN
from salesprocess.simulation import Rates, StageRates, book, law

DAY = timedelta(days=1)
START = datetime(2025, 1, 6, tzinfo=UTC)
NOW = START + 360 * DAY
LINE = Process(
    "line",
    stages=[Stage("lead", 0.2), Stage("offer", 0.5), Stage("closing", 0.8), Stage.won("won"), Stage.lost("lost")],
    policy=Policy(back="any"),
)
RATES = Rates(
    shortcut=0,
    hold=0,
    objection=0,
    push=0.8,
    unpriced=0,
    diligence=0,
    back=0.1,
    stages={"offer": StageRates(stay=8 * DAY, lost_stay=20 * DAY)},
)


class By:
    """A model that knows the share won by the end of each day, and by any time."""

    def __init__(self, shares: dict[int, float], ever: float) -> None:
        self.shares, self.ever = shares, ever

    def probability(self, deal: Deal, *, by: datetime, as_of: datetime) -> Estimate | str:
        days = (by - as_of) / DAY
        if days > 30_000:
            return Estimate(self.ever, "known")
        return Estimate(
            max((share for day, share in self.shares.items() if day <= days), default=0.0), "known", days > 50
        )


def one(model: Any, deal: Deal, **more: Any) -> Closing:
    return closings([deal], model, as_of=NOW, **more).rows[0]


def offer(name: str = "A", **terms: Any) -> Deal:
    return LINE.open(name, stage="offer", at=NOW, **terms)


def days(row: Closing) -> list[int | None]:
    return [None if day is None else (day - NOW.date()).days for day in (row.earliest, row.expected, row.latest)]


shares = st.integers(0, 1000).map(lambda thousandths: thousandths / 1000)


@given(st.dictionaries(st.integers(1, 400), shares, min_size=1, max_size=6), st.floats(0.05, 0.95))
def test_each_bound_is_the_first_day_that_is_late_enough(steps: dict[int, float], level: float) -> None:
    ever = max(steps.values())
    if not ever:
        return
    row = one(By(steps, ever), offer(), level=level)
    for share, day in zip(((1 - level) / 2, 0.5, (1 + level) / 2), days(row), strict=True):
        first = min(day for day, chance in steps.items() if chance >= share * ever)
        assert day == first - 1  # won before the end of the day counts on it


@pytest.mark.long
def test_the_days_are_those_of_the_true_law() -> None:
    record = book(LINE, 4000, rng=Random(1), start=START, as_of=NOW, rates=RATES).deals
    truth = law(LINE, RATES)
    for forecaster in (CompetingRisks(), Landmark()):
        row = one(forecaster.fit(record, as_of=NOW), offer())
        ever = truth.won("offer")
        for share, day in zip((0.1, 0.5, 0.9), days(row), strict=True):
            assert day is not None
            reached = truth.won_by("offer", age=0 * DAY, horizon=(day + 1) * DAY, step=DAY / 2) / ever
            assert reached == pytest.approx(share, abs=0.06)


@pytest.mark.long
def test_the_interval_covers_when_the_open_deals_of_a_book_are_won() -> None:
    made = book(LINE, 3000, rng=Random(5), start=START, as_of=NOW, rates=RATES)
    found = closings(
        made.deals, CompetingRisks().fit(made.deals, as_of=NOW), as_of=NOW, slip=slip(made.deals, as_of=NOW)
    )
    won = [(row, made.truth[row.deal].at.date()) for row in found.rows if made.truth[row.deal].status == "won"]
    assert len(won) > 40
    for low, high in (("earliest", "latest"), ("by_slip_earliest", "by_slip_latest")):
        inside = sum(getattr(row, low) <= day <= getattr(row, high) for row, day in won)
        assert 0.65 <= inside / len(won) <= 0.95
    errors = {
        name: sum(abs((getattr(row, name) - day).days) for row, day in won)
        for name in ("expected", "by_slip", "stated")
    }
    assert errors["expected"] < errors["stated"]
    assert errors["by_slip"] < errors["stated"]


def test_what_is_not_won_within_eleven_years_has_no_day() -> None:
    row = one(By({10: 0.3}, 1.0), offer(expected_close=NOW.date()))
    assert days(row) == [9, None, None]
    assert row.late is None
    assert row.extrapolated


def test_the_stated_day_is_set_beside_and_corrected_by_its_slip() -> None:
    record = book(LINE, 800, rng=Random(2), start=START, as_of=NOW, rates=RATES).deals
    slips = slip(record, as_of=NOW)
    stated = NOW.date() + 10 * DAY
    row = one(By({5: 0.1, 21: 0.4}, 0.4), offer(expected_close=stated), slip=slips)
    told = slips.of("offer", 10)
    assert (row.stated, row.late, row.chance, row.extrapolated) == (stated, 10, 0.4, False)
    assert row.by_slip == stated + told.median * DAY
    assert (row.by_slip_earliest, row.by_slip_latest) == (stated + told.low * DAY, stated + told.high * DAY)
    silent = one(By({5: 0.2}, 0.2), offer(), slip=slips)
    assert (silent.stated, silent.late, silent.by_slip) == (None, None, None)
    assert one(By({5: 0.2}, 0.2), offer(expected_close=stated)).by_slip is None


def test_days_begin_in_the_zone_that_is_asked_for() -> None:
    there = ZoneInfo("Pacific/Auckland")  # thirteen hours ahead: there it is afternoon already
    model = By({1: 1.0}, 1.0)
    assert one(model, offer()).expected == NOW.date()
    assert one(model, offer(), tz=there).expected == NOW.date() + DAY


def test_closed_held_and_unknown_deals_are_named() -> None:
    record = book(LINE, 300, rng=Random(2), start=START, as_of=NOW, rates=RATES).deals
    model = CompetingRisks().fit(record, as_of=NOW)
    other = Process("line", stages=[Stage("elsewhere"), Stage.won("won"), Stage.lost("lost")])
    deals = [
        offer("open"),
        LINE.hold(offer("held"), at=NOW),
        LINE.lose(offer("lost"), at=NOW),
        LINE.open("later", at=NOW + DAY),
        other.open("strange", at=NOW),
    ]
    found = closings(deals, model, as_of=NOW)
    assert [row.deal for row in found.rows] == ["open"]
    assert found.excluded == {
        "deal not opened at as_of": ("later",),
        "on hold": ("held",),
        "lost": ("lost",),
        NEVER_SEEN: ("strange",),
    }
    assert closings([offer()], By({}, 0.0), as_of=NOW).excluded == {NEVER: ("A",)}


def test_deals_come_by_the_day_on_which_they_are_expected() -> None:
    record = book(LINE, 300, rng=Random(2), start=START, as_of=NOW, rates=RATES).deals
    found = closings(record, CompetingRisks().fit(record, as_of=NOW), as_of=NOW)
    expected = [row.expected or date.max for row in found.rows]
    assert expected == sorted(expected)
    assert found.n == len(found.rows) == sum(deal.status == "open" for deal in record)


def test_a_level_must_leave_something_out() -> None:
    for level in (0, 1, -1):
        with pytest.raises(OutOfRange, match="level"):
            closings([], By({}, 0.0), as_of=NOW, level=level)


@pytest.mark.parametrize("with_slip", [True, False])
def test_they_print_become_rows_and_pickle(with_slip: bool) -> None:
    record = book(LINE, 300, rng=Random(2), start=START, as_of=NOW, rates=RATES).deals
    slips = slip(record, as_of=NOW) if with_slip else None
    found = closings([offer()], CompetingRisks().fit(record, as_of=NOW), as_of=NOW, slip=slips)
    assert str(found).splitlines()[0].startswith("When open deals will be won, given that they are, as of")
    assert ("by slip" in str(found).splitlines()[1]) == with_slip
    assert "<td>offer</td>" in found._repr_html_()
    assert found.to_rows()[0]["deal"] == "A"
    assert pickle.loads(pickle.dumps(found)) == found
