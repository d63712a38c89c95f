"""What a picture of a waterfall shows is what the result says, and it ends where the sum ends."""

from datetime import UTC, datetime, timedelta

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.colors import to_hex

from salesprocess import Calendar, Money, Period, forecasting, plots
from salesprocess.analytics import Waterfall, waterfall
from salesprocess.plots import palette
from tests.plots import results
from tests.plots.reading import bars, dots, names, text, texts, title


def of(first: int = 90, last: int = 180, **options: object) -> Waterfall:
    """The waterfall of the book between two of its days."""
    begin, end = (results.START + timedelta(days=days) for days in (first, last))
    return results.quiet(waterfall, results.book().deals, begin, end, **options)


@settings(max_examples=8)
@given(st.integers(1, 170), st.integers(0, 60))
def test_the_bars_lead_from_the_start_to_the_end(first: int, length: int) -> None:
    found = of(first, first + length)
    ax = plots.waterfall(found)
    (start,), (end,) = bars(ax, "start"), bars(ax, "end")
    assert start.get_width() == float(found.start.amount.amount)
    assert end.get_width() == pytest.approx(float(found.end.amount.amount))
    at = start.get_width()
    for bar, row in zip(bars(ax, "change"), found.rows, strict=True):
        assert bar.get_x() + min(bar.get_width(), 0) <= at + 1e-6
        assert bar.get_width() == pytest.approx(float(row.change.amount))
        at += bar.get_width()
    assert at == pytest.approx(end.get_width())
    assert len(dots(ax, "link")) == len(found.rows) + 1


def test_each_cause_is_named_with_its_change_and_its_deals() -> None:
    found = of()
    ax = plots.waterfall(found)
    assert names(ax) == ["1 Apr 2026", *(row.bucket for row in found.rows), "30 Jun 2026"]
    assert [words[0] for words in texts(ax, "change")] == ["+" if row.change.amount > 0 else "−" for row in found.rows]
    assert texts(ax, "aside") == [f"{row.deals} deal{'s' if row.deals > 1 else ''}" for row in found.rows]
    assert title(ax).startswith("Open pipeline from EUR ")
    assert ax.get_xlabel() == "EUR thousand"


def test_more_less_and_won_have_colours_of_their_own() -> None:
    found = of()
    drawn = bars(plots.waterfall(found), "change")
    colours = {row.bucket: to_hex(bar.get_facecolor()) for row, bar in zip(found.rows, drawn, strict=True)}
    assert (colours["new"], colours["lost"], colours["won"]) == (palette.GAIN, palette.ALARM, palette.SOFT)


def test_the_words_say_whose_deals_and_when_they_are_expected() -> None:
    autumn = Period(datetime(2026, 3, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC), label="autumn")
    about = text(plots.waterfall(of(period=autumn, owners=["ada", "bo"])), "about")
    assert about.startswith("Open deals of ada, bo expected to close in autumn, without those on hold; ")
    assert text(plots.waterfall(of()), "about").startswith("Open deals, without those on hold; ")


def test_a_pipeline_that_did_not_change_says_so() -> None:
    found = of(90, 90)
    assert (found.rows, texts(plots.waterfall(found), "change")) == ((), [])
    assert title(plots.waterfall(found)).startswith("Open pipeline unchanged: EUR ")
    nothing = attrs.evolve(found, start=attrs.evolve(found.start, amount=Money(0, "EUR")), end=found.start)
    assert title(plots.waterfall(nothing)) == "Open pipeline unchanged: EUR 0"


def test_the_change_between_two_forecasts_is_drawn_alike() -> None:
    earlier = results.forecasts()[0]
    later = results.forecast_at(results.NOW + timedelta(days=5))
    found = forecasting.bridge(earlier, later)
    ax = plots.waterfall(found)
    (end,) = bars(ax, "end")
    assert end.get_width() == pytest.approx(float(later.expected.amount))
    assert names(ax)[1:-1] == [row.cause for row in found.rows]
    assert title(ax).startswith("Expected from EUR ")
    assert text(ax, "about").startswith("Forecast 2026-07, competing risks: what open deals are expected to bring; ")
    assert text(ax, "notes").startswith("Left out: ")


def test_the_change_between_two_outlooks_says_that_what_is_won_is_in_it() -> None:
    june = Calendar(tz="Europe/Oslo").month_of(results.NOW - timedelta(days=3))
    before, after = (results.outlook_of(june, results.NOW - timedelta(days=days)) for days in (12, 2))
    found = forecasting.bridge(before, after)
    ax = plots.waterfall(found)
    assert "what open deals and those won are expected to bring" in text(ax, "about")
    colours = {row.cause: to_hex(bar.get_facecolor()) for row, bar in zip(found.rows, bars(ax, "change"), strict=True)}
    assert colours["won"] == palette.GAIN
