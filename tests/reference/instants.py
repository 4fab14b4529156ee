"""The instants at which an answer may change, so that a stretch of time is judged by looking at each of them."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.reference.moments import step_instant

TICK = timedelta(microseconds=1)


def turning_points(
    start: datetime, end: datetime, moments: set[datetime], spans: list[tuple[list[Any], int]], zone: ZoneInfo
) -> list[datetime]:
    """Instants from start to end, both included, among which every change of an answer lies.

    An answer changes at midnight, when something happens, and when a span since or until it runs out. Months
    are clamped and clocks change, so around the end of a month's span a few days and hours more are looked at.
    """
    edges = set(midnights(start, end, zone)) | moments | {start, end}
    for span, times in spans:
        for moment in moments | set(midnights(start, end, zone)):
            for way in (times, -times):
                edge = step_instant(moment, span, zone, way)
                edges.add(edge)
                if span[1] in ("month", "year"):
                    edges |= {edge + timedelta(days=days) for days in range(-4, 5)}
                    edges |= {
                        edge + timedelta(days=days, hours=hour) for days in range(-4, 5) for hour in (-1, 1)
                    }
    looked = {edge + tick for edge in edges for tick in (-TICK, timedelta(0), TICK)}
    return sorted({instant for instant in looked if start <= instant <= end})


def midnights(start: datetime, end: datetime, zone: ZoneInfo) -> list[datetime]:
    """The start of each day in the zone that lies between two instants."""
    day, found = start.astimezone(zone).date(), []
    while day <= end.astimezone(zone).date():
        found.append(datetime.combine(day, time(), zone).astimezone(UTC))
        day += timedelta(days=1)
    return found
