"""What each date operator asks of days and instants."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from segments.engine.language import moments
from segments.engine.language.dictionary import Moments
from segments.engine.language.rules import Span

Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]


def _limit(text: str, zone: ZoneInfo) -> tuple[int, int, int, int]:
    """(first day, last day, first instant, instant after) that a written date or instant covers."""
    day, instant = moments.read_moment(text, zone)
    if day is not None:
        return day, day, moments.start_of_day(day, zone), moments.start_of_day(day + 1, zone)
    assert instant is not None
    local = moments.local_day(instant, zone)
    return local, local, instant, instant + 1


def _on(read: Moments, value: Any, as_of: int, zone: ZoneInfo, offset: int) -> Bools:
    return read.day == _limit(value, zone)[0]


def _before(read: Moments, value: Any, as_of: int, zone: ZoneInfo, offset: int) -> Bools:
    day, _, start, _ = _limit(value, zone)
    return np.where(read.is_day, read.day < day, read.instant < start)


def _after(read: Moments, value: Any, as_of: int, zone: ZoneInfo, offset: int) -> Bools:
    _, day, _, stop = _limit(value, zone)
    return np.where(read.is_day, read.day > day, read.instant >= stop)


def _between_dates(read: Moments, value: Any, as_of: int, zone: ZoneInfo, offset: int) -> Bools:
    first, _, start, _ = _limit(value[0], zone)
    _, last, _, stop = _limit(value[1], zone)
    by_day = (read.day >= first) & (read.day <= last)
    return np.where(read.is_day, by_day, (read.instant >= start) & (read.instant < stop))


def _within_last(read: Moments, value: Span, as_of: int, zone: ZoneInfo, offset: int) -> Bools:
    today, start = moments.local_day(as_of, zone) + offset, moments.step_day(as_of, value, -1, zone, offset)
    by_day = (read.day >= start) & (read.day <= today)
    now = as_of + offset * moments.DAY_US
    begin = moments.step(now, value, -1, zone)
    return np.where(read.is_day, by_day, (read.instant >= begin) & (read.instant <= now))


def _more_than_ago(read: Moments, value: Span, as_of: int, zone: ZoneInfo, offset: int) -> Bools:
    start = moments.step_day(as_of, value, -1, zone, offset)
    begin = moments.step(as_of + offset * moments.DAY_US, value, -1, zone)
    return np.where(read.is_day, read.day < start, read.instant < begin)


def _within_next(read: Moments, value: Span, as_of: int, zone: ZoneInfo, offset: int) -> Bools:
    today, last = moments.local_day(as_of, zone) + offset, moments.step_day(as_of, value, 1, zone, offset)
    by_day = (read.day >= today) & (read.day <= last)
    if value.unit not in ("minute", "hour"):
        return by_day
    now = as_of + offset * moments.DAY_US
    end = moments.step(now, value, 1, zone)
    return np.where(read.is_day, by_day, (read.instant >= now) & (read.instant <= end))


def _more_than_ahead(read: Moments, value: Span, as_of: int, zone: ZoneInfo, offset: int) -> Bools:
    by_day = read.day > moments.step_day(as_of, value, 1, zone, offset)
    if value.unit not in ("minute", "hour"):
        return by_day
    end = moments.step(as_of + offset * moments.DAY_US, value, 1, zone)
    return np.where(read.is_day, by_day, read.instant > end)


def _in_period(read: Moments, value: str, as_of: int, zone: ZoneInfo, offset: int) -> Bools:
    first, last = moments.period_days(value, moments.local_day(as_of, zone) + offset)
    return (read.day >= first) & (read.day <= last)


def _month_and_day(read: Moments) -> tuple[Ints, Ints]:
    days = read.day.astype("datetime64[D]")
    months = days.astype("datetime64[M]")
    return months.astype(np.int64) % 12 + 1, (days - months).astype(np.int64) + 1


def _falls_on(month: Ints, day: Ints, target: date) -> Bools:
    """29 February falls on 28 February in years without it."""
    same = (month == target.month) & (day == target.day)
    leap = target.year % 4 == 0 and (target.year % 100 != 0 or target.year % 400 == 0)
    if (target.month, target.day) == (2, 28) and not leap:
        same |= (month == 2) & (day == 29)
    return same


def _anniversary(read: Moments, value: Any, as_of: int, zone: ZoneInfo, offset: int) -> Bools:
    month, day = _month_and_day(read)
    return _falls_on(month, day, moments.day_as_date(moments.local_day(as_of, zone) + offset))


def _anniversary_within_next(read: Moments, value: Span, as_of: int, zone: ZoneInfo, offset: int) -> Bools:
    month, day = _month_and_day(read)
    first = moments.local_day(as_of, zone) + offset
    last = moments.step_day(as_of, value, 1, zone, offset)
    hit = np.zeros(len(month), bool)
    for ahead in range(first, min(last, first + 366) + 1):
        hit |= _falls_on(month, day, moments.day_as_date(ahead))
    return hit


def _anniversary_month(read: Moments, value: int | None, as_of: int, zone: ZoneInfo, offset: int) -> Bools:
    month, _ = _month_and_day(read)
    today = moments.day_as_date(moments.local_day(as_of, zone) + offset)
    return month == (today.month if value is None else value)


DateTest = Callable[[Moments, Any, int, ZoneInfo, int], Bools]
TESTS: dict[str, DateTest] = {
    "on": _on,
    "before": _before,
    "after": _after,
    "between_dates": _between_dates,
    "within_last": _within_last,
    "more_than_ago": _more_than_ago,
    "within_next": _within_next,
    "more_than_ahead": _more_than_ahead,
    "in_period": _in_period,
    "anniversary": _anniversary,
    "anniversary_within_next": _anniversary_within_next,
    "anniversary_month": _anniversary_month,
}
