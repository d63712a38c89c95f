"""A picture takes the result that it draws, and gives the axes of matplotlib."""

from matplotlib.axes import Axes

from salesprocess import Money, Process, plots
from salesprocess.analytics import Conversion, Durations, Waterfall
from salesprocess.forecasting import Backtest, Bridge, Forecast


def drawn(conversion: Conversion, durations: Durations, process: Process, ax: Axes) -> Axes:
    plots.funnel(conversion, labels=process, ax=ax)
    plots.funnel(conversion, labels={"lead": "Kundeemne"}, title="Trakt")
    plots.funnel(durations)  # type: ignore[arg-type]
    plots.funnel(conversion, process)  # type: ignore[call-arg]
    plots.funnel(conversion, labels="nb")  # type: ignore[arg-type]
    return plots.stage_durations(durations)


def foreseen(forecast: Forecast, report: Backtest, change: Waterfall | Bridge, target: Money) -> Axes:
    plots.fan([forecast], target=target)
    plots.fan([forecast], target={forecast.period: target} if forecast.period else None)
    plots.fan(forecast)  # type: ignore[arg-type]
    plots.distribution(forecast, target=48_000)  # type: ignore[arg-type]
    plots.calibration([report])  # type: ignore[arg-type]
    return plots.waterfall(change)
