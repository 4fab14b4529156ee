"""What operators on dates and instants ask. Written from rules.md alone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.reference.moments import (
    Moment,
    day_of,
    days_of_period,
    is_anniversary,
    is_instant,
    read_moment,
    step_day,
    step_instant,
)
from tests.reference.values import read_number
from tests.reference.world import World


def moment_holds(world: World, op: str, moment: Moment, asked: Any, offset: int) -> bool:
    """Whether an operator on dates and instants matches a moment."""
    zone = world.zone
    now, today = world.now + timedelta(hours=24 * offset), world.today + timedelta(days=offset)
    day = day_of(moment, zone)
    if op == "on":
        return day == day_of(needed(asked, zone), zone)
    if op == "before":
        return is_before(moment, needed(asked, zone), zone)
    if op == "after":
        return is_before(needed(asked, zone), moment, zone)
    if op == "between_dates":
        first, last = (needed(end, zone) for end in asked)
        return not is_before(moment, first, zone) and not is_before(last, moment, zone)
    if op == "in_period":
        first_day, after = days_of_period(asked, today)
        return first_day <= day < after
    if op == "anniversary":
        return is_anniversary(today, day)
    if op == "anniversary_month":
        return day.month == (int(read_number(asked) or 0) or today.month)
    if op == "anniversary_within_next":
        return any(
            is_anniversary(one, day) for one in days_until(today, step_day(now, today, asked, zone, 1))
        )
    return distance_holds(op, moment, asked, now=now, today=today, zone=zone)


def distance_holds(op: str, moment: Moment, span: Any, *, now: datetime, today: date, zone: ZoneInfo) -> bool:
    """Whether a moment lies within, or more than, a span from now."""
    backwards = op in ("within_last", "more_than_ago")
    rolling = is_instant(moment) and (backwards or span[1] in ("minute", "hour"))
    here: Any = now if rolling else today
    there: Any = step_instant(now, span, zone, -1 if backwards else 1)
    if not rolling:
        there = step_day(now, today, span, zone, -1 if backwards else 1)
        moment = day_of(moment, zone)
    place: Any = moment
    if op == "within_last":
        return there <= place <= here
    if op == "more_than_ago":
        return place < there
    if op == "within_next":
        return here <= place <= there
    return place > there


def needed(asked: Any, zone: ZoneInfo) -> Moment:
    """A moment of the rule, which saving has checked."""
    moment = read_moment(asked, zone)
    assert moment is not None
    return moment


def is_before(one: Moment, other: Moment, zone: ZoneInfo) -> bool:
    """Whether one is before the other; a plain date stands for its whole day."""
    if isinstance(one, datetime) and isinstance(other, datetime):
        return one < other
    return day_of(one, zone) < day_of(other, zone)


def days_until(first: date, last: date) -> Iterator[date]:
    """Each day from the first to the last, both included; never more than the years anniversaries need."""
    for step in range(min((last - first).days, 366 * 9) + 1):
        yield first + timedelta(days=step)
