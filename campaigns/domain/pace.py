"""How a goal stands: where it should be today, where the trend leads, and its state in words. Pure.

The path is the straight line from the baseline to the target. The forecast is an ordinary least squares line through
the daily points, with a prediction interval for the due day. As the value of a day resembles that of the day before, a
plain interval would be far too sure of itself: the number of points is shrunk by the first autocorrelation of the
residuals (Santer et al. 2000), and where that is high, so that the value wanders more than it keeps to its line, the
interval is at least that of a random walk with drift (Hyndman and Athanasopoulos, Forecasting, 5.2).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise
from math import sqrt

from campaigns.domain.student import cumulative, quantile

FEWEST_POINTS = 10
FEWEST_EFFECTIVE = 4.0
INTERVAL = 0.80
LIKELY, UNLIKELY = 0.60, 0.20
WANDERS_FROM = 0.5


class State(StrEnum):
    """A goal's state, worst news first."""

    MISSED = "missed"
    OFF_TRACK = "off track"
    AT_RISK = "at risk"
    CANNOT_TELL = "cannot tell yet"
    NOT_STARTED = "not started"
    ON_TRACK = "on track"
    MET = "met"


NEEDS_YOU = frozenset({State.MISSED, State.OFF_TRACK, State.AT_RISK})
WORST_FIRST: dict[State, int] = {state: place for place, state in enumerate(State)}


@dataclass(frozen=True)
class Terms:
    """What was agreed. `baseline` is None until the first day was measured; `begins_on` is that day.

    `rising` says which way is better; None: the target's side of the baseline tells. `least` and `most` bound the
    metric.
    """

    begins_on: date
    due_on: date
    baseline: Decimal | None
    target: Decimal
    rising: bool | None = None
    least: Decimal | None = None
    most: Decimal | None = None

    @property
    def upwards(self) -> bool:
        """True if the value has to grow."""
        if self.rising is not None:
            return self.rising
        return self.baseline is None or self.target >= self.baseline

    def reached_by(self, value: Decimal) -> bool:
        """True if the value is at or beyond the target."""
        return value >= self.target if self.upwards else value <= self.target


@dataclass(frozen=True)
class Point:
    """The value at the end of one day."""

    on: date
    value: Decimal


@dataclass(frozen=True)
class Forecast:
    """An estimate for the due day: the trend's value, the ends of its 80 % interval, the probability of the target."""

    low: float
    middle: float
    high: float
    likely: float
    points: int


@dataclass(frozen=True)
class Pace:
    """How a goal stands as of its newest point.

    `progress` is the share of the way from baseline to target, below 0 where the value moved away; `expected` is where
    the path is on the day of the newest point; `met_on` is the first day since which the target has held.
    """

    state: State
    now: Point | None
    progress: float | None
    expected: Decimal | None
    expected_progress: float | None
    forecast: Forecast | None
    met_on: date | None


def assess(terms: Terms, points: Sequence[Point], *, today: date) -> Pace:
    """How the goal stands today. `points` are in order of their days; those after the due day do not count."""
    counted = [point for point in points if terms.begins_on <= point.on <= terms.due_on]
    newest = counted[-1] if counted else None
    if newest is None or terms.baseline is None:
        state = State.NOT_STARTED if today < terms.begins_on else State.CANNOT_TELL
        return Pace(state, None, None, None, None, None, None)
    forecast = project(terms, counted) if today <= terms.due_on else None
    return Pace(
        state=_state(terms, counted, forecast, today),
        now=newest,
        progress=progress(terms, newest.value),
        expected=on_path(terms, newest.on),
        expected_progress=time_gone(terms, newest.on),
        forecast=forecast,
        met_on=_met_on(terms, counted),
    )


def time_gone(terms: Terms, on: date) -> float:
    """The share of the time that is over at the end of a day, 0 to 1."""
    whole = (terms.due_on - terms.begins_on).days
    return min(max((on - terms.begins_on).days / whole, 0.0), 1.0) if whole > 0 else 1.0


def on_path(terms: Terms, on: date) -> Decimal | None:
    """Where the straight path from the baseline to the target is on a day; None without a baseline."""
    if terms.baseline is None:
        return None
    return terms.baseline + (terms.target - terms.baseline) * Decimal(repr(time_gone(terms, on)))


def progress(terms: Terms, value: Decimal) -> float | None:
    """The share of the way that is done: 1 at the target, below 0 when the value moved away from it."""
    if terms.baseline is None:
        return None
    if terms.reached_by(terms.baseline):
        # There was no way to go.
        return 1.0 if terms.reached_by(value) else 0.0
    return float((value - terms.baseline) / (terms.target - terms.baseline))


def project(terms: Terms, points: Sequence[Point]) -> Forecast | None:
    """The trend's value on the due day; None: cannot tell yet, with fewer than ten points."""
    if len(points) < FEWEST_POINTS:
        return None
    days = [float((point.on - points[0].on).days) for point in points]
    values = [float(point.value) for point in points]
    count = len(points)
    mean_day, mean_value = sum(days) / count, sum(values) / count
    spread = sum((day - mean_day) ** 2 for day in days)
    slope = sum((d - mean_day) * (v - mean_value) for d, v in zip(days, values, strict=True)) / spread
    misses = [v - mean_value - slope * (d - mean_day) for d, v in zip(days, values, strict=True)]
    alike = _autocorrelation(misses)
    effective = max(FEWEST_EFFECTIVE, count * (1 - alike) / (1 + alike))
    freedom = effective - 2
    ahead = float((terms.due_on - points[0].on).days) - mean_day
    share = 1 + 1 / effective + ahead**2 * count / (effective * spread)
    error = sqrt(sum(miss * miss for miss in misses) / freedom * share)
    middle = mean_value + slope * ahead
    if alike >= WANDERS_FROM:
        error = max(error, _wandering(days, values, float((terms.due_on - points[-1].on).days)))
    reach = quantile((1 + INTERVAL) / 2, freedom) * error
    return Forecast(
        low=_bounded(terms, middle - reach),
        middle=_bounded(terms, middle),
        high=_bounded(terms, middle + reach),
        likely=_likely(terms, middle, error, freedom),
        points=count,
    )


def _autocorrelation(misses: Sequence[float]) -> float:
    """How much a day's residual resembles that of the day before, 0 to 0.99."""
    whole = sum(miss * miss for miss in misses)
    if whole <= 0:
        return 0.0
    return max(0.0, min(sum(a * b for a, b in pairwise(misses)) / whole, 0.99))


def _wandering(days: Sequence[float], values: Sequence[float], horizon: float) -> float:
    """The standard error of a random walk with drift, `horizon` days ahead."""
    length = days[-1] - days[0]
    drift = (values[-1] - values[0]) / length
    steps = zip(pairwise(days), pairwise(values), strict=True)
    spread = sum((v2 - v1 - drift * (d2 - d1)) ** 2 / (d2 - d1) for (d1, d2), (v1, v2) in steps)
    return sqrt(spread / (len(days) - 2) * horizon * (1 + horizon / length))


def _likely(terms: Terms, middle: float, error: float, freedom: float) -> float:
    distance = (middle - float(terms.target)) * (1 if terms.upwards else -1)
    scale = max(abs(float(terms.target)), abs(middle), 1e-12)
    if error <= 1e-12 * scale:
        return 1.0 if distance >= -1e-9 * scale else 0.0
    return cumulative(distance / error, freedom)


def _bounded(terms: Terms, value: float) -> float:
    if terms.least is not None:
        value = max(value, float(terms.least))
    return value if terms.most is None else min(value, float(terms.most))


def _state(terms: Terms, points: Sequence[Point], forecast: Forecast | None, today: date) -> State:
    newest = points[-1]
    if terms.reached_by(newest.value) and (len(points) > 1 or today > terms.due_on):
        return State.MET
    if today > terms.due_on:
        # The last day may not have been measured yet.
        return (
            State.MISSED
            if newest.on == terms.due_on or (today - terms.due_on).days > 1
            else State.CANNOT_TELL
        )
    if forecast is not None:
        if forecast.likely >= LIKELY:
            return State.ON_TRACK
        return State.AT_RISK if forecast.likely >= UNLIKELY else State.OFF_TRACK
    if len(points) == 1:
        return State.CANNOT_TELL
    return _by_path(progress(terms, newest.value) or 0.0, time_gone(terms, newest.on))


def _by_path(done: float, due: float) -> State:
    """With too few points for a trend: compared with the path alone."""
    if done >= due:
        return State.ON_TRACK
    return State.OFF_TRACK if done < 0 or (due >= 0.25 and done < due / 2) else State.AT_RISK


def _met_on(terms: Terms, points: Sequence[Point]) -> date | None:
    since = None
    for point in reversed(points):
        if not terms.reached_by(point.value):
            break
        since = point.on
    return since
