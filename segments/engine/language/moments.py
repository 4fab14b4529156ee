"""Instants, days, spans and periods in an account's zone.

An instant is an int: microseconds since 1970-01-01T00:00Z. A day is an int: days since 1970-01-01.
"""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from segments.engine.language.rules import Span, Window

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICRO = timedelta(microseconds=1)
DAY_US = 86_400_000_000
EVER = 2**62  # beyond every instant a calendar can hold
FIRST_DAY = (date(1, 1, 3) - date(1970, 1, 1)).days
LAST_DAY = (date(9999, 12, 29) - date(1970, 1, 1)).days
CYCLE = 146_097  # days after which the calendar repeats itself, weekdays too, and with it every lasting rule of a zone
_STANDARD_TIME = (date(1800, 1, 1) - date(1970, 1, 1)).days  # before, no zone changes its offset
_SETTLED = (date(2100, 1, 1) - date(1970, 1, 1)).days  # from here on a zone's changes follow its lasting rule
_FIXED = {"minute": 60_000_000, "hour": 3_600_000_000, "day": DAY_US, "week": 7 * DAY_US}
_FORM = re.compile(
    r"^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?)\s?(Z|z|[+-]\d{2}(?::?\d{2})?)?)?$"
)

Ints = npt.NDArray[np.int64]


def to_us(moment: datetime) -> int:
    """The instant of an aware datetime."""
    return (moment - EPOCH) // MICRO


def to_datetime(instant: int) -> datetime:
    """An instant as a datetime in UTC."""
    return EPOCH + timedelta(microseconds=instant)


def read_moment(text: str, zone: ZoneInfo) -> tuple[int | None, int | None]:
    """(day, None) for an ISO date, (None, instant) for an ISO instant, (None, None) for anything else."""
    found = _FORM.match(text.strip())
    if not found:
        return None, None
    try:
        if found[2] is None:
            return date.fromisoformat(found[1]).toordinal() - _ORDINAL, None
        offset = (found[3] or "").upper()
        moment = datetime.fromisoformat(f"{found[1]}T{found[2].replace(',', '.')}{offset}")
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=zone)
        return None, to_us(moment.astimezone(UTC))
    except (ValueError, OverflowError):
        return None, None


_ORDINAL = date(1970, 1, 1).toordinal()


def day_as_date(day: int) -> date:
    """The calendar date of a day, held inside the calendar."""
    return date.fromordinal(min(max(day, FIRST_DAY), LAST_DAY) + _ORDINAL)


def start_of_day(day: int, zone: ZoneInfo) -> int:
    """The instant at which a day begins in the zone."""
    if not FIRST_DAY <= day <= LAST_DAY:
        return day * DAY_US
    local = datetime.combine(day_as_date(day), datetime.min.time(), tzinfo=zone)
    return to_us(local.astimezone(UTC))


def local_day(instant: int, zone: ZoneInfo) -> int:
    """The day on which an instant falls in the zone."""
    rough = instant // DAY_US
    if not FIRST_DAY <= rough <= LAST_DAY:
        return rough
    return to_datetime(instant).astimezone(zone).date().toordinal() - _ORDINAL


def add_months(day: date, months: int) -> date:
    """The date so many months later, clamped to the month's last day and held inside the calendar."""
    total = day.year * 12 + day.month - 1 + months
    year, month = divmod(total, 12)
    if not 1 <= year <= 9998:
        return date(1, 1, 3) if year < 1 else date(9999, 12, 29)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _months(span: Span, times: int) -> int:
    return span.number * times * (12 if span.unit == "year" else 1)


def step(instant: int, span: Span, times: int, zone: ZoneInfo) -> int:
    """The instant `times` spans later (earlier where negative), in one step.

    A day is 24 hours, a week 168; months and years keep the zone's wall clock, clamped to the month's last day.
    """
    if span.unit in _FIXED:
        return instant + _FIXED[span.unit] * span.number * times
    if not FIRST_DAY <= instant // DAY_US <= LAST_DAY:
        return instant
    local = to_datetime(instant).astimezone(zone)
    moved = add_months(local.date(), _months(span, times))
    return to_us(datetime.combine(moved, local.time(), tzinfo=zone).astimezone(UTC))


def step_day(as_of: int, span: Span, times: int, zone: ZoneInfo, ahead: int = 0) -> int:
    """The day `times` spans from today, or from the day so many `ahead`.

    Hours and minutes go by the day on which that moment falls.
    """
    if span.unit in ("minute", "hour"):
        return local_day(step(as_of + ahead * DAY_US, span, times, zone), zone)
    today = local_day(as_of, zone) + ahead
    if span.unit in ("day", "week"):
        return today + span.number * times * (7 if span.unit == "week" else 1)
    return add_months(day_as_date(today), _months(span, times)).toordinal() - _ORDINAL


def period_days(period: str, today: int) -> tuple[int, int]:
    """First and last day of a calendar period: weeks begin on Monday."""
    day = day_as_date(today)
    if period in ("yesterday", "today", "tomorrow"):
        shifted = today + {"yesterday": -1, "today": 0, "tomorrow": 1}[period]
        return shifted, shifted
    which, unit = period.split("_")
    move = {"last": -1, "this": 0, "next": 1}[which]
    if unit == "week":
        monday = today - day.weekday() + 7 * move
        return monday, monday + 6
    length = {"month": 1, "quarter": 3, "year": 12}[unit]
    first = date(day.year, (day.month - 1) // length * length + 1, 1)
    first = add_months(first, length * move)
    return first.toordinal() - _ORDINAL, add_months(first, length).toordinal() - _ORDINAL - 1


def bounds(window: Window | None, as_of: int, zone: ZoneInfo) -> tuple[int, int]:
    """The window as instants [start, end); never past as-of, which itself still counts."""
    end = as_of + 1
    if window is None:
        return -EVER, end
    if window.form in ("last", "before_last"):
        start = step(as_of, window.spans[0], -1, zone)
        return (start, end) if window.form == "last" else (-EVER, min(start, end))
    if window.form == "between_ago":
        starts, stops = (step(as_of, span, -1, zone) for span in window.spans)
        return starts, min(stops, end)
    if window.form == "period":
        first, last = period_days(window.period, local_day(as_of, zone))
        return start_of_day(first, zone), min(start_of_day(last + 1, zone), end)
    start = -EVER if window.start is None else edge(window.start, zone, after=False)
    stop = EVER if window.end is None else edge(window.end, zone, after=True)
    return start, min(stop, end)


def edge(text: str, zone: ZoneInfo, *, after: bool) -> int:
    """Where a written date or instant lies: a plain date at its start, or `after` its whole day."""
    day, instant = read_moment(text, zone)
    if day is not None:
        return start_of_day(day + 1 if after else day, zone)
    if instant is None:
        raise ValueError(f"not a date: {text}")
    return instant


def is_reversed(first: str, last: str, zone: ZoneInfo) -> bool:
    """True if the first of two written dates or instants comes after the last: equal ones do not."""
    begin, end = edge(first, zone, after=False), edge(last, zone, after=True)
    return begin > end or (begin == end and read_moment(last, zone)[0] is not None)


@lru_cache(maxsize=64)
def _offsets(zone: ZoneInfo, first_day: int, last_day: int) -> tuple[Ints, Ints]:
    """Instants at which the zone's offset changes, and the offset from each on (microseconds)."""
    first_day = max(min(first_day, _SETTLED), _STANDARD_TIME)
    starts, offsets = [-EVER], [_offset(zone, first_day * DAY_US)]
    daily = range(first_day, min(last_day + 1, _SETTLED))
    weekly = range(
        _SETTLED, min(last_day + 1, _SETTLED + CYCLE), 7
    )  # a lasting rule changes the clock twice a year
    for day, days in (*((day, 1) for day in daily), *((day, 7) for day in weekly)):
        here = _offset(zone, (day + days) * DAY_US)
        if here != offsets[-1]:
            low, high = day * DAY_US, (day + days) * DAY_US
            while high - low > 1:
                middle = (low + high) // 2
                low, high = (low, middle) if _offset(zone, middle) == here else (middle, high)
            starts.append(high)
            offsets.append(here)
    changes, values = np.array(starts, np.int64), np.array(offsets, np.int64)
    lasting = changes > _SETTLED * DAY_US
    for cycle in range(1, (last_day - _SETTLED) // CYCLE + 1):
        changes = np.append(changes, np.array(starts, np.int64)[lasting] + cycle * CYCLE * DAY_US)
        values = np.append(values, np.array(offsets, np.int64)[lasting])
    return changes, values


def _offset(zone: ZoneInfo, instant: int) -> int:
    return to_datetime(instant).astimezone(zone).utcoffset() // MICRO  # type: ignore[operator]


def local_days(instants: Ints, zone: ZoneInfo) -> Ints:
    """The day on which each instant falls in the zone."""
    if not len(instants):
        return np.zeros(0, np.int64)
    starts, offsets = zone_table(int(instants.min()), int(instants.max()), zone)
    where = np.searchsorted(starts, instants, side="right") - 1
    return (instants + offsets[where]) // DAY_US


def zone_table(first: int, last: int, zone: ZoneInfo) -> tuple[Ints, Ints]:
    """Instants at which the zone's offset changes, and the offset from each on, for all between two instants."""
    first_day = max(first // DAY_US - 1, FIRST_DAY)
    last_day = min(last // DAY_US + 1, LAST_DAY)
    # Whole decades, so that one table serves nearly all calls.
    return _offsets(
        zone, max(first_day // 3650 * 3650, FIRST_DAY), min((last_day // 3650 + 1) * 3650, LAST_DAY)
    )
