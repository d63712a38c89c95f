"""Risk counts rank stages as the visits do that they were counted from."""

from datetime import timedelta
from itertools import groupby
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesprocess import Deal, Money
from salesprocess.analytics import Bottleneck, Bottlenecks, RiskCounts, bottlenecks, risk_counts, stage_visits
from salesprocess.analytics.survival import CENSORED, age_counts, counts_by_age
from salesprocess.errors import NoHistory, OutOfRange, WrongKind
from tests.analytics.books import OPEN, PROCESS, after, copied, enter, opened, path

pytestmark = pytest.mark.filterwarnings("ignore::salesprocess.errors.SmallSample")
YEAR = timedelta(days=365)
UNTOLD = {"came": None, "went": None, "queue": "unknown", "why": "", "stuck_amount": None}


@st.composite
def journeys(draw: st.DrawFn) -> list[Deal]:
    """Deals that go to and fro between open stages and are closed at most once."""
    deals: list[Deal] = []
    for number in range(draw(st.integers(1, 12))):
        way = draw(st.lists(st.sampled_from(OPEN), min_size=1, max_size=6))
        end = draw(st.sampled_from([(), ("won",), ("lost",)]))
        stages = [*(stage for stage, _ in groupby(way)), *end]
        deals.append(path(f"D{number}", *stages, days=draw(st.integers(1, 5))))
    return deals


def counted(deals: list[Deal], days: float = 40, **options: Any) -> RiskCounts:
    return risk_counts(stage_visits(deals, as_of=after(days)), **options)


def told(found: Bottlenecks) -> list[Bottleneck]:
    """What visits and counts both tell, by stage."""
    return sorted((attrs.evolve(row, **UNTOLD) for row in found.rows), key=lambda row: row.stage)


def flat(row: Bottleneck) -> list[Any]:
    return [*attrs.astuple(attrs.evolve(row, worth=0, more_won=0), recurse=False)[1:], *attrs.astuple(row.worth)]


@given(journeys(), st.sampled_from([PROCESS, None]), st.sampled_from([None, Money(1000, "EUR")]))
def test_counts_rank_stages_as_their_visits_do(deals: list[Deal], process: Any, average: Money | None) -> None:
    visits = stage_visits(deals, as_of=after(40))
    options: dict[str, Any] = {"over": YEAR, "average_won": average}
    expected = bottlenecks(visits, process, **options)
    found = bottlenecks(risk_counts(visits), process, **options)
    assert (found.n, found.new_deals, found.average_won) == (len(deals), expected.new_deals, expected.average_won)
    for one, other in zip(told(found), told(expected), strict=True):
        assert one.stage == other.stage
        for mine, theirs in zip(flat(one), flat(other), strict=True):
            assert mine == (pytest.approx(theirs) if isinstance(theirs, float) else theirs)
    assert all((row.came, row.went, row.queue) == (None, None, "unknown") for row in found.rows)


@given(journeys(), journeys())
def test_counts_of_two_books_rank_them_as_one(one: list[Deal], other: list[Deal]) -> None:
    renamed = [copied(deal, f"other-{deal.id}") for deal in other]
    both = counted(one) + counted(renamed)
    assert told(bottlenecks(both, PROCESS, over=YEAR)) == told(
        bottlenecks(counted([*one, *renamed]), PROCESS, over=YEAR)
    )


@given(journeys())
def test_segments_do_not_change_the_ranking(deals: list[Deal]) -> None:
    apart = counted(deals, segment={deal.id: deal.id for deal in deals})
    assert bottlenecks(apart, PROCESS, over=YEAR) == bottlenecks(counted(deals), PROCESS, over=YEAR)


def test_a_visit_that_had_begun_before_the_window_is_no_new_deal() -> None:
    deals = [path("old", "lead", "offer", "won", days=10), opened("new", 15)]
    found = bottlenecks(counted(deals, since=after(5)), PROCESS, over=YEAR)
    assert found.n == 1
    assert {row.stage: row.visits for row in found.rows} == {"lead": 2, "survey": 0, "offer": 1, "closing": 0}


def test_what_the_process_does_not_have_is_counted_as_excluded() -> None:
    deals = [path("A", "lead", "demo", "offer"), path("B", "lead", "won")]
    found = bottlenecks(counted(deals), PROCESS, over=YEAR)
    assert found.n == 2
    assert found.excluded == {
        "move to a stage that the process does not have, demo, visit censored there": 1,
        "visit of a stage that the process does not have, demo": 1,
    }
    assert {row.stage: row.visits for row in found.rows if row.visits} == {"lead": 2, "offer": 1}


def test_the_table_says_that_the_queue_is_unknown() -> None:
    deals = [enter(opened(f"D{n}"), "won" if n % 2 else "lost", 3) for n in range(20)] + [opened("A")]
    text = str(bottlenecks(counted(deals), PROCESS, over=YEAR, average_won=Money(1000, "EUR")))
    assert "unknown" in text
    assert "worth, EUR" in text
    assert "1 open deal is here for longer than nine of ten visits (3 days)." in text


@pytest.mark.parametrize(
    ("options", "error", "says"),
    [
        ({"over": None}, WrongKind, "the time that the counts cover"),
        ({"over": timedelta(0)}, OutOfRange, "positive"),
        ({"unit": timedelta(hours=1)}, OutOfRange, "that of the counts"),
        ({"deals": []}, WrongKind, "tell of no single deal"),
    ],
)
def test_what_counts_cannot_be_asked_is_refused(options: dict[str, Any], error: type[Exception], says: str) -> None:
    asked: dict[str, Any] = {"over": YEAR, **options}
    with pytest.raises(error, match=says):
        bottlenecks(counted([opened("A")]), PROCESS, **asked)


def test_deals_and_their_average_are_not_told_twice() -> None:
    with pytest.raises(WrongKind, match="average_won"):
        bottlenecks(stage_visits([opened("A")], as_of=after(9)), deals=[opened("A")], average_won=Money(1, "EUR"))


def test_counts_that_time_has_faded_tell_no_new_deals() -> None:
    with pytest.raises(OutOfRange, match="without a half-life"):
        bottlenecks(counted([path("A", "lead", "won")], half_life=timedelta(days=9)), PROCESS, over=YEAR)
    with pytest.raises(NoHistory):
        bottlenecks(RiskCounts(timedelta(days=1), after(9), {}), PROCESS, over=YEAR)


ages = st.tuples(st.integers(0, 9), st.integers(-1, 1), st.integers(-1, 3))


@given(st.lists(ages))
def test_counts_by_age_are_those_of_the_single_exits(each: list[tuple[int, int, int]]) -> None:
    """Who enters at an age is at risk from the next one on; −1 is from the start."""
    exits = [age + max(entry, -1) + 1 for age, _, entry in each]
    found = age_counts(exits, [cause for _, cause, _ in each], [entry for *_, entry in each], kinds=2)
    ended: dict[tuple[int, int], int] = {}
    for exit_, (_, cause, _) in zip(exits, each, strict=True):
        ended[exit_, cause] = ended.get((exit_, cause), 0) + 1
    late = [entry for *_, entry in each if entry >= 0]
    assert counts_by_age(ended, {entry: late.count(entry) for entry in late}, kinds=2) == found
    for age, at_risk in zip(found.ages, found.at_risk, strict=True):
        assert at_risk == sum(entry < age <= exit_ for exit_, (*_, entry) in zip(exits, each, strict=True))


def test_an_age_or_a_cause_that_there_is_not_is_refused() -> None:
    for wrong in ({(-1, 0): 1}, {(1, 2): 1}, {(1, CENSORED - 1): 1}):
        with pytest.raises(OutOfRange):
            counts_by_age(wrong, {}, kinds=2)
