"""Days of the account's zone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo


def day_start(on: date, zone: ZoneInfo) -> datetime:
    """The first instant of a day."""
    return datetime.combine(on, time.min, tzinfo=zone)


def day_end(on: date, zone: ZoneInfo) -> datetime:
    """The first instant that is no longer this day."""
    return day_start(on + timedelta(days=1), zone)


def day_of(instant: datetime, zone: ZoneInfo) -> date:
    """The day an instant falls on."""
    return instant.astimezone(zone).date()


def days_between(first: date, last: date) -> Iterator[date]:
    """Each day from the first to the last, both included."""
    for step in range((last - first).days + 1):
        yield first + timedelta(days=step)
