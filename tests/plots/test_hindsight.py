"""What a picture of a backtest shows is what the report says."""

from datetime import UTC, timedelta
from typing import Any

import attrs
import pytest
from matplotlib.dates import num2date

from salesprocess import plots
from salesprocess.errors import OutOfRange
from salesprocess.forecasting import LAST_PERIOD, OriginTotal
from tests.plots import results
from tests.plots.reading import bars, dots, key, lines, places, text, texts, title

BEST = results.report().best


def totals(method: str = BEST) -> list[OriginTotal]:
    return [row for row in results.report().totals if row.method == method]


def test_each_group_stands_where_what_was_promised_and_what_came_meet() -> None:
    groups = results.report().calibration(BEST, bins=5)
    ax = plots.calibration(results.report(), bins=5)
    assert dots(ax, "group") == [(group.expected, group.observed) for group in groups]
    assert [ys for _, ys in lines(ax, "interval")] == [[group.low, group.high] for group in groups]
    assert [xs for xs, _ in lines(ax, "span")] == [[group.lowest, group.highest] for group in groups]
    kept = sum(group.agrees for group in groups)
    assert title(ax) == f"{BEST}: {kept} of {len(groups)} groups came as promised"


def test_groups_that_were_not_as_promised_have_a_mark_of_their_own() -> None:
    report = results.report()
    groups = report.calibration("stage-weighted", bins=4)
    ax = plots.calibration(report, method="stage-weighted", bins=4)
    marks = [line.get_marker() for line in ax.lines if line.get_label() == "_group"]
    assert marks == ["o" if group.agrees else "s" for group in groups]
    assert "s" in marks


def test_the_size_of_the_groups_is_told_once_where_they_are_alike_and_at_each_point_where_they_are_not() -> None:
    report = results.report()
    told = plots.calibration(report, bins=1)
    assert texts(told, "size") == []
    assert f"in each group {report.judged:,};" in text(told, "about")
    alike = plots.calibration(report, method="competing risks", bins=4)
    sizes = {group.deals for group in report.calibration("competing risks", bins=4)}
    assert len(sizes) == 2
    assert f"in each group {min(sizes)} or {max(sizes)};" in text(alike, "about")
    uneven = plots.calibration(report, method="stage-weighted", bins=4)
    assert texts(uneven, "size") == [f"{g.deals}" for g in report.calibration("stage-weighted", bins=4)]


def test_there_are_up_to_ten_groups_of_ten_forecasts_or_more() -> None:
    report = results.report()
    assert len(dots(plots.calibration(report, method="competing risks"), "group")) == 10
    few = attrs.evolve(report, judged=34)
    assert len(dots(plots.calibration(few, method="competing risks"), "group")) == 3
    hardly_any = attrs.evolve(report, judged=4)
    assert len(dots(plots.calibration(hardly_any, method="competing risks"), "group")) == 1


def test_small_groups_are_told_as_chance() -> None:
    small = plots.calibration(results.report(), method="competing risks", bins=60)
    assert "A group of fewer than 10 is mostly chance" in text(small, "notes")
    assert "fewer than 10" not in text(plots.calibration(results.report(), bins=2), "notes")


def test_small_shares_get_more_room_where_most_groups_lie_in_the_corner() -> None:
    plain = plots.calibration(results.report(), widened=False)
    ax = plots.calibration(results.report(), widened=True)
    assert dots(ax, "group") == dots(plain, "group")
    first, second = ax.transData.transform([(0.1, 0), (0.4, 0)])[:, 0] - ax.transData.transform((0, 0))[0]
    assert second == pytest.approx(2 * first)
    assert ax.transData.inverted().transform(ax.transData.transform((0.3, 0.2))) == pytest.approx((0.3, 0.2))
    assert "0 %" in places(ax)
    assert "The axes give small shares more room" in text(ax, "notes")
    assert plain.get_xscale() == "linear"
    few_chances = [attrs.evolve(trial, said={BEST: small(trial.said[BEST])}) for trial in results.report().trials]
    corner = attrs.evolve(results.report(), trials=tuple(few_chances))
    assert plots.calibration(corner, method=BEST).get_xscale() == "function"


def small(said: Any) -> Any:
    """The same, with hardly a chance for all deals but a few."""
    return attrs.evolve(said, probabilities=tuple(p if n == 0 else p / 40 for n, p in enumerate(said.probabilities)))


def test_the_axes_of_a_calibration_are_alike() -> None:
    ax = plots.calibration(results.report(), widened=False)
    assert ax.get_xlim() == ax.get_ylim()
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("promised: mean probability", "came: share won")
    assert "30 days ahead" in text(ax, "about")


def test_each_origin_has_its_intervals_what_was_expected_and_what_came() -> None:
    ax = plots.backtest(results.report())
    rows = totals()
    assert [y for _, y in dots(ax, "actual")] == [float(row.actual.amount) for row in rows]
    assert [y for _, y in dots(ax, "expected")] == [float(row.expected.amount) for row in rows]
    for name, low, high in (("stated", "low", "high"), ("widened", "learnt_low", "learnt_high")):
        drawn = [(bar.get_y(), bar.get_y() + bar.get_height()) for bar in bars(ax, name)]
        assert drawn == [
            pytest.approx((float(getattr(row, low).amount), float(getattr(row, high).amount))) for row in rows
        ]
    days = [num2date(x, tz=UTC) for x, _ in dots(ax, "actual")]
    assert all(abs(day - row.origin) < timedelta(seconds=1) for day, row in zip(days, rows, strict=True))
    assert len(key(ax)) == 5


def test_what_came_outside_of_the_interval_stands_out_and_is_counted_in_the_title() -> None:
    report = results.report()
    rows = totals("stage-weighted")
    ax = plots.backtest(report, method="stage-weighted")
    missed = [not row.low <= row.actual <= row.high for row in rows if row.low and row.high]
    assert [line.get_marker() == "D" for line in ax.lines if line.get_label() == "_actual"] == missed
    assert f"{missed.count(False)} of {len(rows)} totals in the 80 % interval" in title(ax)


@pytest.mark.parametrize(
    ("bias", "words"), [(0.25, ", in sum 25 % too high"), (-0.25, "25 % too low"), (None, "totals in")]
)
def test_the_title_tells_the_bias(bias: float | None, words: str) -> None:
    report = results.report()
    scores = tuple(attrs.evolve(row, bias=bias) for row in report.scores)
    assert words in title(plots.backtest(attrs.evolve(report, scores=scores)))


def test_the_same_as_last_period_states_no_interval() -> None:
    ax = plots.backtest(results.report(), method=LAST_PERIOD)
    assert (bars(ax, "stated"), bars(ax, "widened")) == ([], [])
    assert key(ax) == ["came", "expected"]
    assert title(ax).startswith(f"{LAST_PERIOD}: {len(totals(LAST_PERIOD))} totals")


def test_days_tell_the_year_once_and_where_it_changes() -> None:
    report = results.report()
    moved = [attrs.evolve(row, origin=row.origin - timedelta(days=100)) for row in totals()]
    shown = places(plots.backtest(attrs.evolve(report, totals=tuple(moved))))
    assert shown[0].endswith("2025")
    assert sum("2026" in words for words in shown) == 1
    many = [attrs.evolve(moved[0], origin=moved[0].origin + timedelta(days=day)) for day in range(40)]
    assert len(places(plots.backtest(attrs.evolve(report, totals=tuple(many))))) == 8


def test_a_single_origin_is_a_picture_too() -> None:
    report = attrs.evolve(results.report(), totals=tuple(totals()[:1]))
    assert len(dots(plots.backtest(report), "actual")) == 1


def test_what_was_left_out_is_told_below() -> None:
    report = attrs.evolve(results.report(), excluded={"horizon not complete": 2}, unjudged={"no amount": 3})
    for picture in (plots.backtest(report), plots.calibration(report)):
        assert "Left out: horizon not complete (2); no amount (3)" in text(picture, "notes")


def test_a_forecaster_that_is_not_there_is_refused() -> None:
    for picture in (plots.backtest, plots.calibration):
        with pytest.raises(OutOfRange, match="method must be one of"):
            picture(results.report(), method="crystal ball")
