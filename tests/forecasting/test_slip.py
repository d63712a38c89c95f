"""How much later than expected deals are won: looked at day by day, and not fooled by deals that are still open."""

import math
import pickle
import warnings
from collections import Counter, defaultdict
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import TypeAlias

import pytest
from hypothesis import given, settings

from salesprocess import Deal
from salesprocess.errors import NoHistory, OutOfRange, SmallSample
from salesprocess.events import Amended, Held, Resumed
from salesprocess.forecasting import Slip, slip
from salesprocess.forecasting.slip import BANDS, NEVER_LOOKED_AT, band_of
from salesprocess.frozen import FrozenDict
from tests.analytics.books import add, after, books, enter, opened

DAY = timedelta(days=1)


def due(days: int) -> date:
    return after(days).date()


def sold(name: str, begin: int, expected: int, end: float, outcome: str = "won") -> Deal:
    return enter(opened(name, begin, "offer", expected_close=due(expected)), outcome, end)


def quietly(deals: list[Deal], days: float) -> Slip:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SmallSample)
        return slip(deals, as_of=after(days))


Looked: TypeAlias = dict[tuple[str, str], tuple[Counter[int], Counter[tuple[int, str]]]]


def brute_force(deals: list[Deal], now: datetime) -> Looked:
    """By band and stage: looks by their distance from the expected close, and how and when the deals then ended."""
    found: Looked = defaultdict(lambda: (Counter(), Counter()))
    for deal in deals:
        last = deal.as_of(now)
        morning = datetime.combine(deal.opened_at.date(), time(), UTC) + DAY
        while last is not None and morning <= now:
            then = deal.as_of(morning - timedelta.resolution)
            if then is not None and then.status == "open" and then.expected_close is not None:
                ends = ((event.at, getattr(event, "status", "open")) for event in last.history[then.revision :])
                at, how = next((each for each in ends if each[1] in ("won", "lost")), (now, "censored"))
                looks, ended = found[band_of((then.expected_close - morning.date()).days), then.stage]
                looks[(morning.date() - then.expected_close).days] += 1
                ended[(at.date() - then.expected_close).days, how] += 1
            morning += DAY
    return found


@pytest.mark.counted
@given(books())
@settings(max_examples=25)
def test_the_counts_are_those_of_looking_at_every_day(deals: list[Deal]) -> None:
    book = [sold("sure", 0, 5, 9), *deals]
    found, told = quietly(book, 60), brute_force(book, after(60))
    assert {key for key in found.curves if None not in key} == set(told)
    for key, (looks, ended) in told.items():
        curve, inside = found.curves[key], 0.0
        weight = curve.statements / sum(looks.values())
        for x in range(min(looks), max(end for end, _ in ended) + 1):
            inside += looks[x]
            won, lost, censored = (ended[x, how] for how in ("won", "lost", "censored"))
            assert curve.at(x) == pytest.approx((weight * (inside - censored / 2), weight * won, weight * lost))
            inside -= won + lost + censored
        assert inside == 0


def test_a_statement_counts_once_however_long_it_stood() -> None:
    found = quietly([sold("A", 0, 20, 23)], 40)
    assert [(row.ahead, row.statements, row.won) for row in found.rows if row.stage is None] == [
        ("overdue by up to 30 days", 1, 1),
        ("due within 7 days", 1, 1),
        ("due in 8 to 30 days", 1, 1),
    ]
    curve = found.curves["due within 7 days", "offer"]
    assert (curve.first, sum(curve.won), curve.at(3)) == (-7, pytest.approx(1), pytest.approx((1, 1, 0)))
    assert curve.at(99) == (0.0, 0.0, 0.0)


def test_the_hazards_are_those_of_lifelines_on_the_same_looks() -> None:
    lifelines = pytest.importorskip("lifelines")
    deals = history(300, 365)
    curve = slip(deals, as_of=after(800)).curves["due within 7 days", "offer"]
    entries: list[int] = []
    ends: list[int] = []
    for deal in deals:
        stated, closed = deal.expected_close, deal.closed_at
        assert stated is not None
        assert closed is not None
        for x in range(-7, 1):
            if deal.opened_at.date() < stated + x * DAY <= closed.date():
                entries.append(2 * x + 199)  # half a day before the look: who is seen on a day is at risk on it
                ends.append(2 * (closed.date() - stated).days + 200)
    table = lifelines.KaplanMeierFitter().fit(ends, entry=entries).event_table
    weight = curve.statements / len(ends)
    for x in range(curve.first, curve.first + len(curve.at_risk)):
        at_risk, won, lost = curve.at(x)
        if (there := 2 * x + 200) in table.index and table.observed[there]:
            assert won + lost == pytest.approx(weight * table.observed[there])
            assert (won + lost) / at_risk == pytest.approx(table.observed[there] / table.at_risk[there], rel=1e-9)


def history(n: int, cut: int, *, seed: int = 1) -> list[Deal]:
    """Deals expected thirty days after their opening, won up to sixty days later; a third of them are lost before."""
    rng = Random(seed)
    deals: list[Deal] = []
    for number in range(n):
        begin = rng.randrange(cut)
        end = begin + 30 + rng.randrange(61)
        if rng.random() < 1 / 3:
            deals.append(sold(str(number), begin, begin + 30, begin + 1 + rng.randrange(end - begin), "lost"))
        else:
            deals.append(sold(str(number), begin, begin + 30, end))
    return deals


def test_open_deals_do_not_make_the_past_look_quicker_than_it_was() -> None:
    deals, now = history(3000, 90), after(90)
    known = [then for deal in deals if (then := deal.as_of(now)) is not None]
    closed = sorted(
        (deal.closed_at.date() - deal.expected_close).days
        for deal in known
        if deal.status == "won" and deal.closed_at is not None and deal.expected_close is not None
    )
    found = slip(deals, as_of=now).of("offer", 29)
    assert closed[len(closed) // 2] < 25  # of deals closed by now, only the quick ones
    assert abs(found.median - 30) <= 3
    assert abs(found.low - 6) <= 3
    assert abs(found.high - 54) <= 3
    assert found.kept == pytest.approx(1 / 61, abs=0.01)


def test_a_deal_that_is_overdue_has_that_much_less_to_go() -> None:
    found = slip(history(3000, 365), as_of=after(365))
    for late in (10, 40):
        law = found.of("offer", -late)
        assert law.kept == 0
        assert abs(law.median - (60 + late) / 2) <= 3
        assert late <= law.low < law.median < law.high <= 63


def test_bands_stages_and_days_that_were_never_seen_go_by_what_is_known() -> None:
    found = slip(history(400, 365), as_of=after(365))
    assert found.of("unheard of", 20) == found.of("lead", 20)
    far, gone = found.of("offer", 300), found.of("offer", -300)
    assert far.extrapolated
    assert gone.extrapolated
    assert gone.low >= 300
    assert -300 <= far.low <= far.median <= far.high
    nearly_all = found.of("offer", 5, level=math.nextafter(1.0, 0.0))
    assert nearly_all.high >= found.of("offer", 5, level=0.99).high


def test_only_what_was_said_of_open_deals_on_a_later_day_is_counted() -> None:
    silent = enter(opened("silent", 0, "offer"), "won", 5)
    quick = sold("quick", 0, 3, 0.1)
    waiting = add(add(opened("waiting", 0, "offer", expected_close=due(5)), Held, 0.1), Resumed, 9.5)
    cleared = add(
        opened("cleared", 0, "offer", expected_close=due(5)),
        Amended,
        0.1,
        terms=FrozenDict(),
        cleared=("expected_close",),
    )
    future = opened("future", 50, "offer")
    found = quietly([sold("A", 0, 5, 9), silent, quick, waiting, cleared, future], 20)
    assert found.n == 2
    assert found.excluded == {"deal not opened at as_of": 1, NEVER_LOOKED_AT: 3}
    assert found.curves["overdue by up to 30 days", "offer"].statements == 2
    assert ("due within 7 days", "offer") in found.curves
    assert found.curves["due within 7 days", "offer"].statements == 1


def test_pushes_and_reopenings_start_statements_of_their_own() -> None:
    pushed = add(
        opened("A", 0, "offer", expected_close=due(10)),
        Amended,
        8,
        terms=FrozenDict(expected_close=due(20)),
        cleared=(),
    )
    back = enter(enter(enter(pushed, "lost", 12), "offer", 15), "won", 22)
    curve = quietly([back], 30).curves["due in 8 to 30 days", "offer"]
    assert (curve.statements, curve.wins) == (2, 0)  # the second look ahead of ten days was lost on the way
    assert sum(curve.lost) == pytest.approx(2)


def test_without_a_win_there_is_nothing_to_tell_and_with_few_it_warns() -> None:
    with pytest.raises(NoHistory, match="no deal was won"):
        slip([sold("A", 0, 5, 9, "lost")], as_of=after(20))
    with pytest.warns(SmallSample, match="only 1 won deals"):
        found = slip([sold("A", 0, 5, 9)], as_of=after(20))
    for level in (0, 1, 2):
        with pytest.raises(OutOfRange, match="level"):
            found.of("offer", 3, level=level)


def test_it_prints_becomes_rows_and_pickles() -> None:
    found = slip(history(100, 365), as_of=after(365))
    text = str(found)
    assert text.splitlines()[0] == f"Slip of expected closes, as of {after(365).isoformat()}"
    assert "due in 8 to 30 days" in text
    assert "<td>due in 8 to 30 days</td>" in found._repr_html_()
    assert found.to_rows()[0]["ahead"] in BANDS
    assert pickle.loads(pickle.dumps(found)) == found
