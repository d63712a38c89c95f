"""What a picture of a distribution shows is what the forecast says."""

from decimal import Decimal

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from salesprocess import Money, plots
from salesprocess.errors import CurrencyMismatch, OutOfRange
from salesprocess.forecasting import Forecast, revenue
from tests.plots import results
from tests.plots.reading import bars, dots, text, texts, title

EUR = "EUR"


def of(*bets: tuple[int, float]) -> Forecast:
    """A forecast of nothing but amounts and chances."""
    law = revenue.distribution([(Money(amount, EUR), chance) for amount, chance in bets], EUR)
    return attrs.evolve(results.forecasts()[0], revenue=law)


forecasts = st.lists(st.tuples(st.integers(0, 10**7), st.floats(0, 1)), max_size=30).map(lambda bets: of(*bets))


@settings(max_examples=15)
@given(forecasts, st.integers(1, 10**8))
def test_the_bars_sum_to_one_and_those_from_the_target_on_to_its_probability(forecast: Forecast, goal: int) -> None:
    ax = plots.distribution(forecast, target=Money(goal, EUR))
    missed, reached = bars(ax, "missed"), bars(ax, "reached")
    assert sum(bar.get_height() for bar in [*missed, *reached]) == pytest.approx(1)
    assert sum(bar.get_height() for bar in reached) == pytest.approx(forecast.probability_of(Money(goal, EUR)))
    assert all(bar.get_x() >= goal for bar in reached)


@pytest.mark.parametrize("goal", [0, 100, 300, 400])
def test_a_target_on_a_possible_sum_is_reached_by_it(goal: int) -> None:
    forecast = of((100, 0.5), (300, 0.5))
    reached = bars(plots.distribution(forecast, target=Money(goal, EUR)), "reached")
    assert sum(bar.get_height() for bar in reached) == pytest.approx(forecast.probability_of(Money(goal, EUR)))


def test_without_a_target_all_bars_are_alike_and_the_title_tells_what_is_expected() -> None:
    forecast = of((48_000, 0.5), (100_000, 0.25))
    ax = plots.distribution(forecast)
    assert bars(ax, "missed") == []
    assert sum(bar.get_height() for bar in bars(ax, "reached")) == pytest.approx(1)
    assert title(ax) == "EUR 49 thousand expected, 80 % between 0 and 148 thousand"


def test_quantiles_stand_where_the_law_has_them() -> None:
    forecast = results.forecasts()[1]
    ax = plots.distribution(forecast, quantiles=[0.9, 0.25])
    assert [x for x, _ in dots(ax, "quantile")] == [float(forecast.quantile(q).amount) for q in (0.25, 0.9)]
    assert [words.split()[0] for words in texts(ax, "quantile")] == ["P25", "P90"]
    assert texts(plots.distribution(forecast, quantiles=()), "quantile") == []


@pytest.mark.parametrize(("goal", "side"), [(1, "left"), (10**6, "right")])
def test_the_words_of_the_target_stand_where_there_is_room(goal: int, side: str) -> None:
    ax = plots.distribution(results.forecasts()[1], target=Money(goal, EUR))
    (words,) = (each for each in ax.texts if each.get_label() == "_target")
    assert words.get_horizontalalignment() == side
    assert words.get_text().endswith(" reach it")
    assert title(ax).endswith(f"chance of reaching EUR {goal if goal == 1 else '1 million'}")


def test_the_axis_names_currency_and_unit_and_the_words_method_cohort_and_moment() -> None:
    forecast = results.forecasts()[1]
    ax = plots.distribution(forecast)
    assert ax.get_xlabel() == "EUR thousand"
    about = text(ax, "about")
    assert about.startswith("Forecast 2026-08, competing risks: EUR ")
    assert f"{forecast.n} open deals; deals taken as independent" in about
    assert about.endswith("As of 1 Jul 2026")
    assert text(ax, "notes").startswith("Left out: ")


def test_a_forecast_of_nothing_says_so() -> None:
    nobody = attrs.evolve(of(), deals=())
    assert text(plots.distribution(nobody), "nothing") == "no open deal is in this forecast"
    assert text(plots.distribution(of((100, 0.0))), "nothing") == "nothing is expected"
    assert texts(plots.distribution(of((100, 1.0))), "nothing") == []


def test_a_target_in_another_currency_and_a_quantile_that_is_none_are_refused() -> None:
    with pytest.raises(CurrencyMismatch):
        plots.distribution(results.forecasts()[0], target=Money(100, "NOK"))
    with pytest.raises(OutOfRange, match="between 0 and 1"):
        plots.distribution(results.forecasts()[0], quantiles=[10])


def test_amounts_are_exact_also_where_floats_are_not() -> None:
    tenth = Money(Decimal("0.1"), EUR)
    law = revenue.distribution([(tenth, 0.5), (tenth, 0.5), (tenth, 0.5)], EUR)
    goal = Money(Decimal("0.3"), EUR)
    reached = bars(plots.distribution(attrs.evolve(of(), revenue=law), target=goal), "reached")
    assert sum(bar.get_height() for bar in reached) == pytest.approx(0.125)
