"""What is wrong with a record that something is to be learnt from, and what to read a result with care for."""

from __future__ import annotations

from salesprocess.errors.root import SalesProcessError


class NoHistory(SalesProcessError, ValueError):
    """There is nothing to compute from: no deals, or none before `as_of`."""


class LeakyForecaster(SalesProcessError, ValueError):
    """A backtest was given a fitted forecaster, which has already seen the future it is to predict."""


class SalesProcessWarning(UserWarning):
    """The root of every warning of this library."""


class SmallSample(SalesProcessWarning):
    """An estimate rests on so few deals that its interval matters more than its value.

    Occurs when fewer than ten deals stand behind a number. Show the interval, or pool deals until there are enough;
    silence it with `warnings.filterwarnings("ignore", category=SmallSample)`.
    """


class ThinHistory(SalesProcessWarning):
    """A record is too short to judge by, and what is said rests on a prior.

    Occurs when a forecaster is to be chosen and fewer than ten deals are won or lost, or fewer than three moments of
    the past can be looked back from. Read the forecast as the prior it is, or import more history; silence it with
    `warnings.filterwarnings("ignore", category=ThinHistory)`.
    """


class DriftingHistory(SalesProcessWarning):
    """The later half of a record goes otherwise than the earlier one, and a forecast learns from both.

    Occurs when an outcome of a stage became more or less frequent, at equal ages, by more than chance explains and by
    at least a quarter. Fit with a `window` or a `half_life`, and look at the bias in the backtest; silence it with
    `warnings.filterwarnings("ignore", category=DriftingHistory)`.
    """


class Extrapolated(SalesProcessWarning):
    """Much of a forecast rests on ages and spans that the record has not seen.

    Occurs when half of the expected amount comes from deals that are older, or are forecast further ahead, than enough
    visits were watched. Forecast a nearer period, or import more history; silence it with
    `warnings.filterwarnings("ignore", category=Extrapolated)`.
    """
