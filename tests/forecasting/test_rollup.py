"""The roll-up counts every deal exactly once, whatever it did, and adds up to the whole book."""

import pickle
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from salesprocess import Calendar, Catalog, Deal, LineItem, Money, Period
from salesprocess.analytics.cohort import NOT_OPENED
from salesprocess.errors import DuplicateDeal, MissingRate, NaiveDatetime, OutOfRange, WrongProcess
from salesprocess.events import Held, Migrated
from salesprocess.forecasting import CompetingRisks, Forecast, GroupKey, Line, Rollup, Shock, new_deals, rollup
from salesprocess.forecasting.roll_up import CALLED_CLOSED, NO_PRIOR, NOT_SAID
from tests.analytics.books import PROCESS, RATES, add, after, books, enter, moments, opened
from tests.forecasting.test_assumptions import book as sold_book

QUARTERS = Calendar().quarters(2026)
NOW = after(30)
"""2026-02-04 09:00 UTC."""


def rolled(*deals: Deal, periods: Sequence[Period] = QUARTERS, process: Any = PROCESS, **options: Any) -> Rollup:
    given: dict[str, Any] = {"periods": periods, "as_of": NOW, "currency": "EUR", **options}
    return rollup(deals, process, **given)


def worth(name: str = "A", amount: int = 1000, close: date | None = date(2026, 3, 1), **more: Any) -> Deal:
    schedule = {} if close is None else {"expected_close": close}
    return opened(name, stage=more.pop("stage", "offer"), amount=Money(amount, "EUR"), **schedule, **more)


def line(count: int, amount: Any, weighted: Any) -> Line:
    return Line(count, Money(amount, "EUR"), Money(weighted, "EUR"))


def places(found: Rollup) -> list[tuple[str, str]]:
    """The single lines that hold deals."""
    return [(row.place, row.category) for row in found.rows if row.count and not row.cumulative]


@given(books(), moments, st.sampled_from([QUARTERS, QUARTERS[1:2], Calendar().months(2026)[::3], ()]))
def test_every_deal_is_counted_once_and_every_amount_too(
    deals: list[Deal], days: float, periods: Sequence[Period]
) -> None:
    found = rolled(*deals, periods=periods, as_of=after(days), rates=RATES)
    known = [then for deal in deals if (then := deal.as_of(after(days))) is not None]
    singles = [row for row in found.rows if not row.cumulative]
    assert sum(row.count for row in singles) + found.excluded.get(NOT_OPENED, 0) == len(deals)
    assert found.n == len(known)
    amounts = [deal.amount for deal in known if deal.amount is not None]
    assert Money.total((row.amount for row in singles), "EUR") == Money.total(amounts, "EUR", RATES)
    assert found.total.amount == Money.total(amounts, "EUR", RATES)
    assert found.lost.weighted == Money(0, "EUR")
    assert all(row.weighted <= row.amount for row in found.rows)
    for period in found.periods:
        parts = (period.pipeline, period.best_case, period.most_likely, period.commit)
        assert period.open_pipeline.count == sum(part.count for part in parts)
        assert (
            period.best_case_forecast.amount
            == period.open_pipeline.amount - period.pipeline.amount + period.closed.amount
        )
        assert period.commit_forecast == period.commit + period.closed
        assert period.closed.weighted == period.closed.amount


@given(st.data())
def test_the_order_of_the_deals_does_not_matter(data: st.DataObject) -> None:
    deals = data.draw(books())
    first = rolled(*deals, as_of=after(50), rates=RATES)
    assert first == rolled(*data.draw(st.permutations(deals)), as_of=after(50), rates=RATES)


@given(books(), moments)
def test_later_events_are_as_if_they_had_never_been(deals: list[Deal], days: float) -> None:
    cut = [then for deal in deals if (then := deal.as_of(after(days))) is not None]
    whole = rolled(*deals, as_of=after(days), rates=RATES)
    assert whole.rows == rolled(*cut, as_of=after(days), rates=RATES).rows


def test_open_deals_stand_by_category_in_the_period_of_their_expected_close() -> None:
    found = rolled(
        worth("A"),
        worth("B", stage="lead"),
        worth("C", stage="survey"),
        worth("D", category="most_likely"),
        worth("E", close=date(2026, 4, 1), category="commit"),
    )
    first, second = found.periods[:2]
    assert (first.best_case, first.omitted) == (line(1, 1000, "550.00"), line(1, 1000, "50.00"))
    assert (first.pipeline, first.most_likely) == (line(1, 1000, "300.00"), line(1, 1000, "550.00"))
    assert second.commit == second.commit_forecast == line(1, 1000, "550.00")
    assert first.open_pipeline == line(3, 3000, "1400.00")


def test_won_deals_stand_at_all_they_are_worth_in_the_period_of_their_close() -> None:
    found = rolled(enter(worth(close=None), "won", 5), enter(enter(worth("B"), "won", 5), "care", 9))
    assert found.periods[0].closed == line(2, 2000, 2000)
    assert found.periods[0].best_case_forecast == line(2, 2000, 2000)


def test_lost_deals_are_shown_and_weigh_nothing() -> None:
    found = rolled(enter(worth(), "lost", 5))
    assert (found.lost, places(found)) == (line(1, 1000, 0), [("lost", "")])


def test_a_row_says_why_a_deal_is_in_no_period() -> None:
    found = rolled(
        worth("yesterday", close=date(2026, 2, 3)),
        worth("today", close=date(2026, 2, 4)),
        worth("some-day", close=None),
        opened("worthless", stage="offer"),
        add(worth("held"), Held, 2),
        worth("years-ahead", close=date(2030, 1, 1)),
        periods=QUARTERS[1:],
    )
    assert places(found) == [
        ("overdue", ""),
        ("unscheduled", ""),
        ("no amount", ""),
        ("on hold", ""),
        ("outside the periods, open", ""),
    ]
    assert found.outside_open.count == 2


def test_won_outside_the_periods_has_its_own_row() -> None:
    assert rolled(enter(worth(), "won", 5), periods=QUARTERS[1:]).outside_won == line(1, 1000, 1000)


def test_the_first_reason_that_applies_counts() -> None:
    held = add(opened("A"), Held, 2)
    won = enter(opened("B"), "won", 2)
    lost = enter(opened("C"), "lost", 2)
    waiting = add(worth("D", close=date(2026, 1, 6)), Held, 2)
    found = rolled(held, won, lost, waiting)
    assert (found.no_amount.count, found.lost.count, found.on_hold.count, found.overdue.count) == (2, 1, 1, 0)


def test_the_day_of_the_moment_is_that_of_the_zone_of_the_periods() -> None:
    late = datetime.fromisoformat("2026-02-04T23:30:00+00:00")
    deal = worth(close=date(2026, 2, 4))
    assert rolled(deal, as_of=late).overdue.count == 0
    assert rolled(deal, as_of=late, periods=Calendar(tz="Europe/Oslo").quarters(2026)).overdue.count == 1


def test_a_deal_without_a_prior_counts_but_does_not_weigh_and_that_is_said() -> None:
    found = rolled(worth(stage="closing"))
    assert found.periods[0].commit == line(1, 1000, 0)
    assert found.excluded == {NO_PRIOR: 1}


def test_an_open_deal_that_somebody_called_closed_is_a_commitment_and_that_is_said() -> None:
    found = rolled(worth(category="closed"))
    assert (found.periods[0].commit.count, found.periods[0].closed.count) == (1, 0)
    assert found.excluded == {CALLED_CLOSED: 1}


def test_deals_not_opened_yet_are_counted_as_such() -> None:
    assert rolled(opened("A", 31)).excluded == {NOT_OPENED: 1}


def test_missing_rates_are_named_all_at_once_also_for_lost_deals() -> None:
    deals = [opened(c, stage="offer", amount=Money(1, c)) for c in ("NOK", "USD", "EUR")]
    with pytest.raises(MissingRate) as refused:
        rolled(*deals, enter(opened("L", amount=Money(1, "SEK")), "lost", 2))
    assert refused.value.currencies == ("NOK", "SEK", "USD")


def test_a_catalog_serves_a_book_of_several_rulebooks_and_one_process_does_not() -> None:
    second = PROCESS.revise(change={"offer": {"category": "commit"}})
    moved = add(worth("B"), Migrated, 2, process="solar", version=2, stage="offer")
    found = rolled(worth(), moved, process=Catalog([PROCESS, second.retune({"offer": 0.25}, tuning="spring")]))
    assert (found.periods[0].best_case.count, found.periods[0].commit) == (1, line(1, 1000, "250.00"))
    assert found.tuning == "spring"
    with pytest.raises(WrongProcess):
        rolled(moved)


@pytest.mark.parametrize(
    "periods",
    [
        [QUARTERS[0], Calendar().year(2026)],
        [QUARTERS[0], Calendar(tz="Europe/Oslo").quarters(2027)[0]],
    ],
)
def test_periods_that_overlap_or_differ_in_zone_are_refused(periods: list[Period]) -> None:
    with pytest.raises(OutOfRange, match="FY2026 Q1 and FY202"):
        rolled(periods=periods)


def test_wrong_books_and_moments_are_refused() -> None:
    with pytest.raises(DuplicateDeal):
        rolled(worth(), worth())
    with pytest.raises(NaiveDatetime):
        rolled(worth(), as_of=datetime(2026, 2, 1))


def test_a_line_adds_only_to_a_line() -> None:
    with pytest.raises(TypeError):
        line(1, 1, 1) + 1  # type: ignore[operator]


MODEL = CompetingRisks(prior=PROCESS).fit([], as_of=after(0))


@pytest.mark.counted
@given(books(), moments, st.sampled_from([QUARTERS, QUARTERS[1:2], ()]))
def test_with_a_model_every_line_says_what_it_brings_in_each_period(
    deals: list[Deal], days: float, periods: Sequence[Period]
) -> None:
    now = after(days)
    found = rolled(*deals, periods=periods, as_of=now, rates=RATES, model=MODEL)
    plain = rolled(*deals, periods=periods, as_of=now, rates=RATES)
    assert [(row.count, row.amount) for row in found.rows] == [(row.count, row.amount) for row in plain.rows]
    assert found.total.weighted <= found.total.amount
    for number, period in enumerate(found.periods):
        forecast = MODEL.forecast(deals, period=period.period, as_of=now, currency="EUR", rates=RATES)
        assert period.forecast == forecast
        assert found.total.expected[number] == period.outlook == period.closed.amount + forecast.expected
        assert period.closed.expected[number] == period.closed.amount
        low, high = forecast.interval(0.5)
        assert period.interval(0.5) == (period.closed.amount + low, period.closed.amount + high)
        assert period.probability_of(period.closed.amount) == pytest.approx(1)
    assert found.lost.expected == tuple(Money(0, "EUR") for _ in periods)


@pytest.mark.counted
@given(books(), moments, st.sampled_from(get_args(GroupKey)), st.sampled_from([None, MODEL]))
def test_the_groups_of_a_rollup_add_up_line_by_line(deals: list[Deal], days: float, key: GroupKey, model: Any) -> None:
    found = rolled(*deals, as_of=after(days), rates=RATES, model=model)
    parts = found.by(key)
    for place, row in enumerate(found.rows):
        rows = [group.rows[place] for group in parts.groups.values()]
        assert sum(part.count for part in rows) == row.count
        for name in ("amount", "weighted"):
            assert Money.total((getattr(part, name) for part in rows), "EUR") == getattr(row, name)
        for number, expected in enumerate(row.expected):
            assert Money.total((part.expected[number] for part in rows), "EUR") == expected
    assert sorted(deal.deal for group in parts.groups.values() for deal in group.deals) == sorted(
        deal.deal for deal in found.deals
    )


def test_an_overdue_deal_may_still_come_in_any_period() -> None:
    late = worth("late", close=date(2026, 1, 7))
    found = rolled(late, model=MODEL)
    first, second = found.overdue.expected[:2]
    assert first > Money(0, "EUR")
    assert second > Money(0, "EUR")
    assert float(found.overdue.weighted.amount) == pytest.approx(float((first + second).amount), rel=0.01)
    assert [deal.deal for deal in found.deals if deal.place == "overdue"] == ["late"]


def test_a_period_that_has_ended_has_no_forecast_and_held_deals_no_chance() -> None:
    won, held = enter(worth("A"), "won", 5), add(worth("B"), Held, 2)
    found = rolled(won, held, as_of=after(100), model=MODEL)
    ended = found.periods[0]
    assert (ended.forecast, ended.outlook, ended.interval(), ended.probability_of(Money(1, "EUR"))) == (None,) * 4
    assert found.total.expected[0] == Money(1000, "EUR")
    assert (found.on_hold.weighted, found.excluded) == (Money(0, "EUR"), {NOT_SAID: 1})
    assert rolled(won).periods[0].outlook is None


def test_forecasts_may_assume_more_than_the_model() -> None:
    arrivals = {str(period): new_deals(sold_book(), period=period, as_of=NOW) for period in QUARTERS}

    def assumed(forecast: Forecast) -> Forecast:
        return forecast.assuming(dependence=Shock(0.4), new_deals=arrivals[str(forecast.period)])

    deals = [worth(), enter(worth("B"), "won", 5)]
    found, plain = rolled(*deals, model=MODEL, assuming=assumed), rolled(*deals, model=MODEL)
    assert any(found.new_deals)
    assert plain.new_deals == tuple(Money(0, "EUR") for _ in QUARTERS)
    assert rolled(*deals).new_deals == ()
    for number, period in enumerate(found.periods):
        assert period.outlook == found.total.expected[number] + found.new_deals[number]
    text = str(found)
    assert text.splitlines()[1].endswith("in FY2026 Q3  in FY2026 Q4")
    new, total = (next(line for line in text.splitlines() if line.startswith(name)) for name in ("new deals", "total"))
    assert f"{found.new_deals[0].amount:,.2f}" in new
    assert f"{(found.total.expected[0] + found.new_deals[0]).amount:,.2f}" in total
    assert "- FY2026 Q1: 1,000.00 won, " in text
    assert "80 % between" in text
    assert found.to_rows()[0]["expected FY2026 Q1"] == 1000


def test_a_rollup_may_count_recurring_revenue() -> None:
    items = (LineItem("seats", Money(100, "EUR"), every=1, term=24),)
    deals = [worth("A", 2400, items=items), enter(worth("B", 2400, items=items), "won", 5), worth("C")]
    found = rolled(*deals, model=MODEL, value="arr")
    first = found.periods[0]
    assert (first.closed.amount, first.open_pipeline.amount) == (Money(1200, "EUR"), Money(1200, "EUR"))
    assert [deal.deal for deal in found.deals if deal.place == "no_amount"] == ["C"]
    plain = MODEL.forecast(deals[:1], period=QUARTERS[0], as_of=NOW)
    assert float(first.forecast.expected.amount) == pytest.approx(float(plain.expected.amount) / 2)  # type: ignore[union-attr]
    assert found.excluded == {}


def test_groups_print_the_lines_that_hold_deals() -> None:
    won = enter(worth("B", owner="ola", close=None), "won", 5)
    found = rolled(worth("A", owner="kari"), won, opened("C", owner="ola")).by("owner")
    lines = [line.split() for line in str(found).splitlines()[1:5]]
    assert lines[1:] == [
        ["kari", "FY2026", "Q1", "best", "case", "1", "1,000.00", "550.00"],
        ["ola", "FY2026", "Q1", "closed", "1", "1,000.00", "1,000.00"],
        ["ola", "no", "amount", "1", "0.00", "0.00"],
    ]
    assert "<td>kari</td>" in found._repr_html_()
    assert found.to_rows()[0]["owner"] == "kari"
    assert (found.n, found.as_of, found.excluded, found.cohort) == (3, NOW, {}, found.rollup.cohort)
    assert pickle.loads(pickle.dumps(found)) == found
    by_category = rolled(won, worth("A"), enter(worth("L"), "lost", 5)).by("category")
    assert list(by_category.groups) == ["best_case", "closed", "lost"]
    months = rolled(won, worth("A"), worth("late", close=date(2026, 1, 7)), worth("some-day", close=None)).by("month")
    assert list(months.groups) == ["2026-01", "2026-03", "overdue", "unscheduled"]
    with pytest.raises(OutOfRange):
        found.rollup.by("weekday")  # type: ignore[arg-type]


def test_the_rollup_prints_becomes_rows_and_pickles() -> None:
    found = rolled(worth(), enter(worth("B"), "won", 5), periods=QUARTERS[:1])
    assert pickle.loads(pickle.dumps(found)) == found
    assert str(found).splitlines()[:4] == [
        "Roll-up, as of 2026-02-04T09:00:00+00:00",
        "           category              deals  amount EUR  weighted EUR",
        "FY2026 Q1  closed                    1    1,000.00      1,000.00",
        "FY2026 Q1  best case                 1    1,000.00        550.00",
    ]
    assert [line.split() for line in str(found).splitlines() if line.startswith("total")] == [
        ["total", "2", "2,000.00", "1,550.00"]
    ]
    assert found.to_rows()[0] == {
        "place": "FY2026 Q1",
        "category": "closed",
        "cumulative": False,
        "count": 1,
        "amount": Money(1000, "EUR").amount,
        "amount_currency": "EUR",
        "weighted": Money(1000, "EUR").amount,
        "weighted_currency": "EUR",
    }
    assert "= best case forecast" in str(found)
