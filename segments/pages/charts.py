"""Small charts drawn on the server: only shapes, the labels are HTML beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

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
    """Size over time: the line, the area below, bars of entries and exits, and the labels of both axes."""

    line: str
    area: str
    grid: list[str]
    bars: list[Bar]
    marks: list[int]
    days: list[date]


def spark(values: Sequence[int]) -> Spark | None:
    """A trend of at least two values; None of fewer."""
    if len(values) < 2:
        return None
    low, high = min(values), max(values)
    span = (high - low) or 1
    last = len(values) - 1
    points = " ".join(
        f"{index * 100 / last:.1f} {22 - 20 * (value - low) / span if high > low else 12:.1f}"
        for index, value in enumerate(values)
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


def plot(days: Sequence[Day], *, begun: int = 0) -> Plot | None:
    """Size, entries and exits of at least two days; None of fewer.

    `begun` entries of the first day are not drawn: they are a segment's first count, and would dwarf all others.
    """
    if len(days) < 2:
        return None
    steps = 5
    top = ceiling(max(day.size for day in days), steps)
    last = len(days) - 1
    points = " ".join(
        f"{index * WIDTH / last:.0f} {HEIGHT - HEIGHT * day.size / top:.1f}" for index, day in enumerate(days)
    )
    return Plot(
        line=f"M{points}",
        area=f"M{points} {WIDTH} {HEIGHT} 0 {HEIGHT}z",
        grid=[f"{HEIGHT * step / steps:.0f}" for step in range(steps + 1)],
        bars=_bars([replace(days[0], entered=max(days[0].entered - begun, 0)), *days[1:]]),
        marks=[top - top * step // steps for step in range(steps + 1)],
        days=_ticks(days),
    )


def _bars(days: Sequence[Day]) -> list[Bar]:
    most = max(max(day.entered, day.left) for day in days) or 1
    wide = WIDTH / len(days)
    bars = []
    for index, day in enumerate(days):
        x, width = f"{index * wide + wide * 0.15:.1f}", f"{wide * 0.7:.1f}"
        entered, left = 30 * day.entered / most, 30 * day.left / most
        if day.entered:
            bars.append(Bar(x, f"{30 - entered:.1f}", width, f"{entered:.1f}", True))
        if day.left:
            bars.append(Bar(x, "31", width, f"{left:.1f}", False))
    return bars


def _ticks(days: Sequence[Day]) -> list[date]:
    count = min(5, len(days))
    last = len(days) - 1
    return [days[round(index * last / (count - 1))].on for index in range(count)]
