"""Small charts drawn on the server: only shapes, the labels are HTML beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import pairwise

from segments.queries.membership.sizes import Day

WIDTH, HEIGHT, LOW = 1_000, 200, 62
NICE = (1, 2, 2.5, 5, 10)


@dataclass(frozen=True)
class Spark:
    """A trend in a line of text: an SVG path over a 100 by 24 box, and the same closed below."""

    path: str
    under: str


@dataclass(frozen=True)
class Bar:
    """Entries or exits of one stretch."""

    x: str
    y: str
    width: str
    height: str
    entered: bool


@dataclass(frozen=True)
class Plot:
    """Size over time: the line, the area below, bars of entries and exits, and the labels of both axes.

    Everything stands at its day, so that a gap in the days is as wide as it was long.
    """

    line: str
    area: str
    grid: list[str]
    bars: list[Bar]
    marks: list[int]
    days: list[date]
    events: list[str]


def spark(days: Sequence[Day]) -> Spark | None:
    """A trend of at least two days; None of fewer."""
    if len(days) < 2:
        return None
    low, high = min(day.size for day in days), max(day.size for day in days)
    span = (high - low) or 1
    points = " ".join(
        f"{100 * _place(day.on, days):.1f} {22 - 20 * (day.size - low) / span if high > low else 12:.1f}"
        for day in days
    )
    return Spark(path=f"M{points}", under=f"M{points} 100 24 0 24z")


def ceiling(value: int, steps: int) -> int:
    """The smallest round number of `steps` equal, whole, round steps that is at least `value`."""
    step = max(1, -(-value // steps))
    power = 10 ** (len(str(step)) - 1)
    for nice in NICE:
        candidate = nice * power
        if candidate >= step and candidate == int(candidate):
            return int(candidate) * steps
    return power * 10 * steps


def plot(days: Sequence[Day], *, begun: int = 0, events: Sequence[date] = ()) -> Plot | None:
    """Size, entries and exits of at least two days; None of fewer.

    `begun` entries of the first day are not drawn: they are a segment's first count, and would dwarf all others.
    `events` are days to mark; those outside are left out.
    """
    if len(days) < 2:
        return None
    steps = 5
    top = ceiling(max(day.size for day in days), steps)
    points = " ".join(
        f"{WIDTH * _place(day.on, days):.1f} {HEIGHT - HEIGHT * day.size / top:.1f}" for day in days
    )
    return Plot(
        line=f"M{points}",
        area=f"M{points} {WIDTH} {HEIGHT} 0 {HEIGHT}z",
        grid=[f"{HEIGHT * step / steps:.0f}" for step in range(steps + 1)],
        bars=_bars([replace(days[0], entered=max(days[0].entered - begun, 0)), *days[1:]]),
        marks=[top - top * step // steps for step in range(steps + 1)],
        days=_ticks(days),
        events=[f"{WIDTH * _place(on, days):.1f}" for on in events if days[0].on <= on <= days[-1].on],
    )


def _place(on: date, days: Sequence[Day]) -> float:
    """Where a day stands between the first (0) and the last (1)."""
    return (on - days[0].on).days / max((days[-1].on - days[0].on).days, 1)


def _bars(days: Sequence[Day]) -> list[Bar]:
    most = max(max(day.entered, day.left) for day in days) or 1
    nearest = min((later.on - day.on).days for day, later in pairwise(days))
    wide = WIDTH / ((days[-1].on - days[0].on).days / max(nearest, 1) + 1)
    bars = []
    for day in days:
        x, width = f"{(WIDTH - wide) * _place(day.on, days) + wide * 0.15:.1f}", f"{wide * 0.7:.1f}"
        entered, left = 30 * day.entered / most, 30 * day.left / most
        if day.entered:
            bars.append(Bar(x, f"{30 - entered:.1f}", width, f"{entered:.1f}", True))
        if day.left:
            bars.append(Bar(x, "31", width, f"{left:.1f}", False))
    return bars


def _ticks(days: Sequence[Day]) -> list[date]:
    """At most five days, as far from each other as their labels stand."""
    first, long = days[0].on, (days[-1].on - days[0].on).days
    count = min(5, long + 1)
    return [first + timedelta(days=round(index * long / (count - 1))) for index in range(count)]
