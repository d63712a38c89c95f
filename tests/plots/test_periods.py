"""What a picture of periods shows is what forecasts, roll-up and targets say."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import attrs
import pytest

from salesprocess import Calendar, Money, Period, plots
from salesprocess.errors import CurrencyMismatch, OutOfRange
from salesprocess.forecasting import Forecast
from salesprocess.plots.wording import percent
from tests.plots import results
from tests.plots.reading import bars, dots, key, places, text, texts, title

OSLO = Calendar(tz="Europe/Oslo")


def periods(forecasts: tuple[Forecast, ...]) -> list[Period]:
    return [forecast.period for forecast in forecasts if forecast.period is not None]


def test_each_period_has_its_intervals_and_what_is_expected() -> None:
    forecasts = results.forecasts()
    ax = plots.fan(forecasts)
    for level, name in ((0.5, "50 %"), (0.8, "80 %")):
        drawn = [(bar.get_y(), bar.get_y() + bar.get_height()) for bar in bars(ax, name)]
        stated = [tuple(float(bound.amount) for bound in forecast.interval(level)) for forecast in forecasts]
        assert drawn == [pytest.approx(each) for each in stated]
    assert [y for _, y in dots(ax, "expected")] == [float(forecast.expected.amount) for forecast in forecasts]
    assert places(ax) == ["Jul 2026", "Aug", "Sep"]
    assert ax.get_ylabel() == "EUR thousand"
    assert key(ax) == ["expected", "50 % interval", "80 % interval"]


def test_the_forecast_stands_on_what_is_won_and_past_periods_stand_beside() -> None:
    forecasts, rollup = results.forecasts(), results.rollup()
    ax = plots.fan(forecasts, won=rollup)
    assert places(ax) == ["May 2026", "Jun", "Jul", "Aug", "Sep"]
    won = [float(each.closed.amount.amount) for each in rollup.periods]
    assert [bar.get_height() for bar in bars(ax, "won")] == won
    assert len(texts(ax, "won")) == 2  # the third stands below its forecast
    amounts = {rollup.periods[2].period: Money(7000, "EUR")}
    july = plots.fan(forecasts, won=amounts)
    assert bars(july, "80 %")[0].get_y() == 7000 + float(forecasts[0].interval(0.8)[0].amount)
    assert dots(july, "expected")[0][1] == 7000 + float(forecasts[0].expected.amount)


def test_an_outlook_brings_what_is_won_by_itself_and_it_counts_once() -> None:
    june = OSLO.month_of(results.NOW - timedelta(days=3))
    inside = results.NOW - timedelta(days=2)
    whole = results.outlook_of(june, inside)
    won = sum(float(row.expected.amount) for row in whole.deals if row.won)
    for given in (None, {june: Money(1, "EUR")}):
        ax = plots.fan([whole], target=Money(500_000, "EUR"), won=given)
        assert bars(ax, "won")[0].get_height() == pytest.approx(won) != 0
        assert bars(ax, "80 %")[0].get_y() == float(whole.interval(0.8)[0].amount) >= won
        assert dots(ax, "expected")[0][1] == float(whole.expected.amount)
        assert texts(ax, "chance") == [percent(whole.probability_of(Money(500_000, "EUR")))]
    assert title(plots.fan([whole])).endswith(" won and expected in 1 period")
    assert f" open deals and {sum(row.won for row in whole.deals)} won, as of" in text(plots.fan([whole]), "about")
    assert f"and {sum(row.won for row in whole.deals)} won;" in text(plots.distribution(whole), "about")


def test_above_a_target_stands_the_probability_that_won_and_forecast_reach_it() -> None:
    forecasts = results.forecasts()
    july, august, september = periods(forecasts)
    targets = {july: Money(100_000, "EUR"), august: forecasts[1].interval(0.2)[0], september: Money(10**7, "EUR")}
    ax = plots.fan(forecasts, target=targets, won={july: Money(100_000, "EUR")})
    assert [y for _, y in dots(ax, "target")] == [float(amount.amount) for amount in targets.values()]
    chances = texts(ax, "chance")
    assert (chances[0], chances[2]) == ("100 %", "0 %")
    assert chances[1] == f"{forecasts[1].probability_of(targets[august]):.0%}".replace("%", " %")
    assert title(ax) == "The target is more likely than not in 2 of 3 periods"
    assert "the probability of reaching it" in text(ax, "about")
    assert key(ax)[0] == "won"
    assert key(ax)[-1] == "target"


def test_one_target_holds_for_every_period_also_for_those_that_were() -> None:
    ax = plots.fan(results.forecasts(), target=Money(50_000, "EUR"), won=results.rollup())
    assert [y for _, y in dots(ax, "target")] == [50_000] * 5
    assert len(texts(ax, "chance")) == 3


def test_a_period_with_a_target_alone_is_shown_as_well() -> None:
    later = OSLO.month_of(datetime(2026, 12, 5, tzinfo=UTC))
    ax = plots.fan(results.forecasts(), target={later: Money(50_000, "EUR")})
    assert places(ax)[-1] == "Dec"
    assert (texts(ax, "won"), texts(ax, "chance")) == ([], [])


def test_periods_are_in_order_of_time_and_called_as_they_are() -> None:
    first = results.forecasts()[0]
    spans = [
        Period(datetime(2026, 12, 31, 23, tzinfo=UTC), datetime(2027, 1, 31, 23, tzinfo=UTC), ZoneInfo("Europe/Oslo")),
        *Calendar().quarters(2026)[2:3],
        Period(datetime(2026, 11, 2, tzinfo=UTC), datetime(2026, 11, 9, tzinfo=UTC)),
        Period(datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC)),
    ]
    ax = plots.fan([attrs.evolve(first, period=period) for period in spans])
    assert places(ax) == ["FY2026 Q3", "Oct 2026", "2 Nov 2026 – 8 Nov 2026", "Jan 2027"]


def test_without_a_target_the_title_tells_the_sum_and_the_words_warn_that_intervals_do_not_add_up() -> None:
    ax = plots.fan(results.forecasts())
    assert title(ax).endswith("expected of open deals in 3 periods")
    assert "intervals of several periods do not add up" in text(ax, "about")
    assert text(ax, "about").endswith("as of 1 Jul 2026")
    assert text(ax, "notes").startswith("Left out: ")


def test_each_deal_left_out_counts_once_however_many_forecasts_leave_it_out() -> None:
    forecasts = results.forecasts()
    reasons = {reason: len(deals) for reason, deals in forecasts[0].excluded.items()}
    told = text(plots.fan(forecasts), "notes")
    assert all(f"{reason} ({number})" in told for reason, number in reasons.items())


def test_forecasts_that_do_not_belong_together_are_refused() -> None:
    first, second, _ = results.forecasts()
    with pytest.raises(OutOfRange, match="at least one"):
        plots.fan([])
    with pytest.raises(OutOfRange, match="each of a period"):
        plots.fan([attrs.evolve(first, period=None)])
    with pytest.raises(OutOfRange, match="one a period"):
        plots.fan([first, first])
    with pytest.raises(OutOfRange, match="all as of one moment"):
        plots.fan([first, attrs.evolve(second, as_of=second.as_of + timedelta(days=1))])


def test_amounts_in_other_currencies_are_refused() -> None:
    first, second, third = results.forecasts()
    kroner = Money(5, "NOK")
    other = attrs.evolve(second, revenue=attrs.evolve(second.revenue, expected=kroner))
    with pytest.raises(CurrencyMismatch):
        plots.fan([first, other, third])
    with pytest.raises(CurrencyMismatch):
        plots.fan([first], target=kroner)
    with pytest.raises(CurrencyMismatch):
        plots.fan([first], won={periods((first,))[0]: kroner})


def test_a_year_in_which_nothing_is_expected_is_an_empty_picture_with_its_axis() -> None:
    first = results.forecasts()[0]
    nothing = attrs.evolve(first, deals=(), revenue=first.with_rows([]).revenue)
    ax = plots.fan([nothing])
    assert ax.get_ylim() == (0, 1)
    assert title(ax) == "EUR 0 expected of open deals in 1 period"
