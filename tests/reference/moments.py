"""Instants, days and spans, with plain datetimes. Written from rules.md alone."""

from __future__ import annotations

import calendar
import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

Moment = date | datetime
EXACT = {
    "minute": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": timedelta(hours=24),
    "week": timedelta(hours=168),
}
DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
INSTANT = re.compile(
    r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:\d{2})?", re.ASCII | re.IGNORECASE
)


def is_instant(moment: Moment) -> bool:
    """Whether a moment is an instant; the other kind is a plain date."""
    return isinstance(moment, datetime)


def read_moment(text: Any, zone: ZoneInfo) -> Moment | None:
    """A plain date or an instant out of ISO 8601 text; None for anything else."""
    if not isinstance(text, str):
        return None
    text = text.strip()
    try:
        if DAY.fullmatch(text):
            return date.fromisoformat(text)
        if INSTANT.fullmatch(text):
            instant = datetime.fromisoformat(text.upper())
            return (instant if instant.tzinfo else instant.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return None


def day_of(moment: Moment, zone: ZoneInfo) -> date:
    """The day a moment lies on: a plain date is its own, an instant is placed in the zone."""
    return moment.astimezone(zone).date() if isinstance(moment, datetime) else moment


def has_begun(day: date, at: datetime, zone: ZoneInfo) -> bool:
    """Whether a day has begun by an instant. Clocks that go back into the day before do not take that back."""
    if abs((day - at.date()).days) > 2:
        return day < at.date()
    return datetime.combine(day, time(), zone).astimezone(UTC) <= at


def step_months(day: date, months: int) -> date:
    """The same day so many months later, clamped to the last day of that month."""
    count = day.year * 12 + day.month - 1 + months
    year, month = count // 12, count % 12 + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def step_instant(instant: datetime, span: list[Any], zone: ZoneInfo, times: int) -> datetime:
    """The instant `times` spans later (earlier where negative), in one step."""
    number, unit = span[0] * times, span[1]
    if unit in EXACT:
        return instant + EXACT[unit] * number
    clock = instant.astimezone(zone)
    day = step_months(clock.date(), number * (12 if unit == "year" else 1))
    return datetime.combine(day, clock.time(), zone).astimezone(UTC)


def step_day(now: datetime, today: date, span: list[Any], zone: ZoneInfo, times: int) -> date:
    """The day a span from today; of hours and minutes, the day on which that moment falls."""
    number, unit = span[0] * times, span[1]
    if unit in ("minute", "hour"):
        return day_of(step_instant(now, span, zone, times), zone)
    if unit in ("day", "week"):
        return today + timedelta(days=number * (7 if unit == "week" else 1))
    return step_months(today, number * (12 if unit == "year" else 1))


def days_of_period(period: str, today: date) -> tuple[date, date]:
    """The first day of a calendar period and the first day after it."""
    named = {"today": 0, "yesterday": -1, "tomorrow": 1}
    if period in named:
        first = today + timedelta(days=named[period])
        return first, first + timedelta(days=1)
    which, unit = period.split("_")
    move = {"last": -1, "this": 0, "next": 1}[which]
    if unit == "week":
        monday = today - timedelta(days=today.weekday()) + timedelta(days=7 * move)
        return monday, monday + timedelta(days=7)
    months = {"month": 1, "quarter": 3, "year": 12}[unit]
    start = today.replace(day=1)
    start = step_months(start, -((start.month - 1) % months))
    start = step_months(start, months * move)
    return start, step_months(start, months)


def is_anniversary(day: date, of: date) -> bool:
    """Whether a day is the anniversary of another; 29 February falls on 28 February in other years."""
    if (of.month, of.day) == (2, 29) and not calendar.isleap(day.year):
        return (day.month, day.day) == (2, 28)
    return (day.month, day.day) == (of.month, of.day)
