"""The instants at which an answer may change, so that a stretch of time is judged by looking at each of them."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.reference.moments import step_instant

TICK = timedelta(microseconds=1)


def turning_points(
    start: datetime,
    end: datetime,
    *,
    moments: set[datetime],
    spans: list[tuple[list[Any], int]],
    held: list[list[Any]],
    zone: ZoneInfo,
) -> list[datetime]:
    """Instants from start to end, both included, among which every change of an answer lies.

    An answer changes at midnight, when something happens, when a span since or until it runs out, and when that has
    held for as long as asked. Months are clamped and clocks change, so around the end of a month's span a few days
    and hours more are looked at.
    """
    first = start
    for span in held:
        first = step_instant(first, span, zone, -1)
    roots = set(midnights(first, end, zone)) | moments
    edges = roots | {start, end}
    for span, times in spans:
        for root in roots:
            for way in (times, -times):
                edge = step_instant(root, span, zone, way)
                edges.add(edge)
                if span[1] in ("month", "year"):
                    days = [edge + timedelta(days=move) for move in range(-4, 5)]
                    edges |= {day + timedelta(hours=hour) for day in days for hour in (-1, 0, 1)}
    for span in held:
        edges |= {step_instant(edge, span, zone, 1) for edge in edges}
    looked = {edge + tick for edge in edges for tick in (-TICK, timedelta(0), TICK)}
    return sorted({instant for instant in looked if start <= instant <= end})


def midnights(start: datetime, end: datetime, zone: ZoneInfo) -> list[datetime]:
    """The start of each day in the zone that lies between two instants."""
    day, found = start.astimezone(zone).date(), []
    while day <= end.astimezone(zone).date():
        found.append(datetime.combine(day, time(), zone).astimezone(UTC))
        day += timedelta(days=1)
    return found
