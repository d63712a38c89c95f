"""What pictures of time in the stages show is what the results say."""

import attrs
import pytest
from hypothesis import given, settings

from salesprocess import Deal, Money, plots
from salesprocess.analytics import Aging, AgingDeal, StageAging, aging, durations, stage_visits
from tests.analytics.books import after, books
from tests.plots import results
from tests.plots.reading import dots, key, lines, names, text, texts, title
from tests.plots.results import quiet


@pytest.mark.counted
@settings(max_examples=8)
@given(books())
def test_durations_show_each_median_and_85th_percentile_that_is_known(deals: list[Deal]) -> None:
    found = quiet(durations, stage_visits(deals, as_of=after(50)))
    ax = plots.stage_durations(found)
    for quantile in ("median", "p85"):
        known = [(getattr(row, quantile), place) for place, row in enumerate(found.rows)]
        assert dots(ax, quantile) == [each for each in known if each[0] is not None]
    assert len(texts(ax, "aside")) == len(found.rows)


def test_where_too_few_have_left_an_arrow_says_more_than() -> None:
    found = results.durations()
    unsure = attrs.evolve(
        found, rows=(attrs.evolve(found.rows[0], p85=None), attrs.evolve(found.rows[1], median=None, p85=None))
    )
    ax = plots.stage_durations(unsure)
    assert dots(ax, "open-ended") == [(found.rows[0].horizon, 0), (found.rows[1].horizon, 1)]
    assert texts(ax, "open-ended") == [
        f"85 %: more than {found.rows[0].horizon}",
        f"half: more than {found.rows[1].horizon}",
    ]
    assert len(dots(ax, "median")) == 1


def test_below_a_median_and_a_p85_lies_its_interval_open_where_the_record_does_not_reach() -> None:
    found = results.durations()
    first = attrs.evolve(found.rows[0], median_low=3, median_high=5, p85_low=9, p85_high=None, horizon=30)
    second = attrs.evolve(found.rows[1], median_low=7, median_high=None, p85=40, p85_low=30, p85_high=50, horizon=900)
    ax = plots.stage_durations(attrs.evolve(found, rows=(first, second)))
    assert [xs for xs, _ in lines(ax, "median interval")] == [[3, 5], [7, pytest.approx(56)]]
    assert texts(ax, "p85") == [f"{first.p85:,}", "40"]
    assert lines(ax, "p85 interval")[0][0] == [9, first.horizon]
    assert dots(ax, "p85 interval, open-ended")[0][0] == first.horizon
    assert len(dots(ax, "median interval, open-ended")) == 1
    assert key(ax)[-1] == "90 % interval of each"
    unknown = attrs.evolve(found, rows=(attrs.evolve(first, median_low=first.horizon, median_high=None),))
    assert lines(plots.stage_durations(unknown), "median interval") == []


def test_beside_a_stage_stands_how_many_are_still_there() -> None:
    found = results.durations()
    told = texts(plots.stage_durations(found), "aside")
    assert told[0] == f"{found.rows[0].n} visits, {found.rows[0].censored} still there"
    done = attrs.evolve(found, rows=[attrs.evolve(found.rows[0], censored=0, n=4)])
    assert texts(plots.stage_durations(done), "aside") == ["4 visits*"]
    assert text(plots.stage_durations(done), "notes") == "* fewer than 10: mostly chance"


@pytest.mark.parametrize(
    ("measure", "words", "counted"),
    [
        ("visit", "each visit by itself", "visits"),
        ("latest", "in the latest visit of each deal", "deals"),
        ("cumulative", "all visits of a deal together", "deals"),
    ],
)
def test_durations_say_what_was_timed(measure: str, words: str, counted: str) -> None:
    ax = plots.stage_durations(results.durations(measure=measure))
    assert words in text(ax, "about")
    assert counted in texts(ax, "aside")[0]
    assert ax.get_xlabel() == "days in the stage"


def test_the_title_tells_where_deals_stay_longest() -> None:
    found = results.durations()
    longest = max(found.rows, key=lambda row: row.median or 0)
    told = title(plots.stage_durations(found))
    assert told == f"Deals stay longest in {longest.stage.capitalize()}: median {longest.median} days"


def test_a_stage_that_nobody_visited_has_a_row_and_nothing_in_it() -> None:
    found = results.durations()
    empty = attrs.evolve(found.rows[0], n=0, left=0, censored=0, median=None, p85=None, horizon=None)
    ax = plots.stage_durations(attrs.evolve(found, rows=(empty, found.rows[1])))
    assert texts(ax, "aside")[0] == "0 visits"
    assert [place for _, place in dots(ax, "median")] == [1]


def test_durations_of_nothing_say_so() -> None:
    ax = plots.stage_durations(results.NO_DURATIONS)
    assert (text(ax, "nothing"), title(ax)) == ("nothing was observed from its beginning", "Time in each stage")


@settings(max_examples=8)
@given(books())
def test_aging_has_a_point_for_each_open_deal_and_a_line_for_each_limit(deals: list[Deal]) -> None:
    found = quiet(aging, stage_visits(deals, as_of=after(50)))
    ax = plots.aging(found)
    drawn = {name: sorted(x for xs, _ in lines(ax, name) for x in xs) for name in ("within", "beyond")}
    over = found.beyond
    assert drawn["beyond"] == sorted(deal.time for deal in over)
    assert drawn["within"] == sorted(deal.time for deal in found.deals if deal not in over)
    assert [x for x, _ in dots(ax, "limit")] == [row.limit for row in found.rows if row.limit is not None]
    assert len(texts(ax, "aside")) == len(found.rows)


def test_points_lie_in_the_row_of_their_stage() -> None:
    found = results.aging()
    ax = plots.aging(found, labels=results.SOLAR)
    assert names(ax)[0] == "Kundeemne"
    for name in ("within", "beyond"):
        for xs, ys in lines(ax, name):
            (place,) = {round(y) for y in ys}
            stage = [deal.time for deal in found.deals if deal.stage == found.rows[place].stage]
            assert set(xs) <= set(stage)


def test_in_each_stage_the_deal_furthest_over_is_named_and_what_is_over_is_counted() -> None:
    found = results.aging()
    ax = plots.aging(found)
    furthest = [next(deal.deal for deal in found.beyond if deal.stage == row.stage) for row in found.rows if row.beyond]
    assert texts(ax, "furthest") == furthest
    first = found.rows[0]
    assert texts(ax, "aside")[0].startswith(f"{first.open} open\n{first.beyond} beyond {first.limit}, EUR ")
    over = len(found.beyond)
    assert title(ax) == (f"{over} of {found.n} open deals have been longer in their stage than 85 % of won deals")
    assert key(ax) == ["open", "open, beyond the limit", "limit: 85 % of won took no longer"]


def aged(*rows: StageAging, deals: tuple[AgingDeal, ...] = (), n: int = 5) -> Aging:
    """An aging of these rows."""
    return attrs.evolve(results.aging(), rows=rows, deals=deals, n=n)


def test_stages_where_few_deals_were_won_are_marked_and_those_where_none_was_have_no_limit() -> None:
    few, none, empty = (
        StageAging("lead", 4, 3, 2, 9, 1, None),
        StageAging("offer", 1, 8, 0, None, None, None),
        StageAging("closing", 0, None, 0, None, None, None),
    )
    late = AgingDeal("D-1", "lead", 12, 9, None, None)
    ax = plots.aging(aged(few, none, empty, deals=(late,)))
    assert texts(ax, "aside") == ["4 open\n1 beyond 9*", "1 open\nno won deal was here", "0 open"]
    assert text(ax, "notes").startswith("* fewer than 10 won deals were there")
    assert title(ax) == "1 of 5 open deals has been longer in its stage than 85 % of won deals"


def test_without_a_deal_over_no_worth_is_told() -> None:
    ax = plots.aging(aged(StageAging("lead", 1, 3, 20, 9, 0, Money(0, "EUR")), n=1))
    assert texts(ax, "aside") == ["1 open\n0 beyond 9"]


def test_in_a_crowd_the_points_are_smaller() -> None:
    crowd = tuple(AgingDeal(f"D-{n}", "lead", n, None, None, None) for n in range(150))
    ax = plots.aging(aged(StageAging("lead", 150, 70, 0, None, None, None), deals=crowd, n=150))
    (points,) = (each for each in ax.lines if each.get_label() == "_within")
    assert points.get_markersize() == 3.5


@pytest.mark.parametrize(("measure", "words"), [("latest", "in the latest visit"), ("cumulative", "over all visits")])
def test_aging_says_which_time_counts(measure: str, words: str) -> None:
    assert words in text(plots.aging(results.aging(measure=measure)), "about")


def test_aging_without_open_deals_says_so() -> None:
    ax = plots.aging(aged(n=0))
    assert (text(ax, "nothing"), key(ax)) == ("no deal is open", [])
