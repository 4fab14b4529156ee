"""The instants at which time alone can turn a condition, for one contact: the edges of what the condition looks at.

The answer may change only at one of the instants given, or at none; between two of them it stands. The edges are exact
to the microsecond, so an included end gives the instant itself and the one after.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable, Set
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property, lru_cache
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from segments.engine.judging.block import Block
from segments.engine.judging.population import Column, Population
from segments.engine.judging.tables import Tables
from segments.engine.language import moments
from segments.engine.language.moments import DAY_US
from segments.engine.language.plan import Plan
from segments.engine.language.reads import test_moves
from segments.engine.language.rules import (
    Attribute,
    Condition,
    Interaction,
    Property,
    Regular,
    Sequence,
    Span,
    Step,
    Window,
)

Instants = set[int]
Ints = npt.NDArray[np.int64]
# How far a month's clamped end can carry a day: 31 January and 28 February lie three apart.
CLAMP = 4
MOST_VALUES = 300
_LONGEST_PERIOD = Span(1, "year")


@dataclass(frozen=True)
class Horizon:
    """One contact and the stretch of time looked at: later than `now`, up to `until`."""

    population: Population
    now: int
    until: int
    zone: ZoneInfo

    @cached_property
    def clock_changes(self) -> Instants:
        """When the zone's clocks change within it."""
        return transitions(self.now, self.until, self.zone)

    @cached_property
    def years(self) -> range:
        """The calendar years it touches, with one on either side."""
        first, last = (
            moments.day_as_date(moments.local_day(end, self.zone)) for end in (self.now, self.until)
        )
        return range(max(first.year - 1, 2), min(last.year + 1, 9998) + 1)

    def instants(self, kind: str, where: tuple[Property, ...] = ()) -> Ints:
        """The instants of the interactions of a kind that pass those tests that stand still."""
        still = tuple(test for test in where if not test_moves(test))
        found = self._instants.get((kind, still))
        if found is None:
            rows = self._block.rows_of(kind, still)
            found = self._instants[kind, still] = np.unique(self.population.at[rows])
        return found

    @cached_property
    def _instants(self) -> dict[tuple[str, tuple[Property, ...]], Ints]:
        return {}

    @cached_property
    def _block(self) -> Block:
        return Block(self.population, Tables(Plan({}, as_of=self.now, zone=self.zone), self.population))

    def within(self, instants: Iterable[int]) -> Instants:
        """Those that lie in it."""
        return {instant for instant in instants if self.now < instant <= self.until}


def turns(part: Condition, horizon: Horizon) -> Instants:
    """When a condition that does not refer to a segment may turn."""
    if isinstance(part, Attribute):
        found = _attribute(part, horizon)
    elif isinstance(part, Interaction):
        found = _rows(part.kind, part.where, horizon) | _window(part.window, part, horizon)
    elif isinstance(part, Regular):
        found = _rows(part.kind, part.where, horizon)
        for times in range(1, part.of_last + 1):
            for at in _recent(part, part.every, times, horizon):
                found |= crossings(at, part.every, times, horizon.zone)
    elif isinstance(part, Sequence):
        found = _sequence(part, horizon)
    else:
        return set()
    found = horizon.within(found)
    return found | horizon.clock_changes if found else found


def transitions(first: int, last: int, zone: ZoneInfo) -> Instants:
    """The instants from first to last at which the zone's clocks change."""
    starts, _ = moments.zone_table(first, last, zone)
    return {int(start) for start in starts if first <= start <= last}


def crossings(instant: int, span: Span, times: int, zone: ZoneInfo) -> Set[int]:
    """Where `step(t, span, -times)` may pass an instant as t runs."""
    if times == 0:
        return {instant, instant + 1}
    if span.unit in ("minute", "hour", "day", "week"):
        moved = moments.step(instant, span, times, zone)
        return {moved, moved + 1}
    return _calendar_crossings(instant, span.number * times * (12 if span.unit == "year" else 1), zone)


@lru_cache(maxsize=16_384)  # conditions of one rule ask for the same again and again
def _calendar_crossings(instant: int, months: int, zone: ZoneInfo) -> frozenset[int]:
    """Months keep the wall clock: every clock time that means the instant, on each day that steps onto its day."""
    if not moments.FIRST_DAY <= instant // DAY_US <= moments.LAST_DAY:
        return frozenset()
    near = {instant}
    for change in transitions(instant - DAY_US, instant + DAY_US, zone):
        near |= {change - 1, change}
    walls = {moments.to_datetime(point).astimezone(zone).replace(tzinfo=None, fold=0) for point in near}
    found: Instants = set()
    for wall in walls:
        first = moments.add_months(wall.date().replace(day=1), months)
        if first.year > 9997:  # the end of the calendar: nobody looks so far ahead
            continue
        days, border = _landing(wall.date(), first)
        for day in days:
            for fold in (0, 1):
                local = datetime.combine(day, wall.time(), tzinfo=zone).replace(fold=fold)
                at = moments.to_us(local.astimezone(moments.UTC))
                found |= {at, at + 1}
        found |= {moments.start_of_day(day.toordinal() - _EPOCH_DAY, zone) for day in border}
    return frozenset(found)


def _landing(day: date, first: date) -> tuple[list[date], list[date]]:
    """The days of a month (its `first`) that clamping leads onto a day, and midnights beside them."""
    if day.day <= 27:
        return [first.replace(day=day.day)], []
    length = monthrange(first.year, first.month)[1]
    ends = day.day == monthrange(day.year, day.month)[1]
    past = length if ends else min(day.day, length)
    days = [first.replace(day=number) for number in range(day.day, past + 1)]
    return days, [*days, first + timedelta(days=length)]


_EPOCH_DAY = date(1970, 1, 1).toordinal()


# ---- values that hold a date


def _attribute(part: Attribute, horizon: Horizon) -> Instants:
    columns = [column for column in [horizon.population.attributes.get(part.name)] if column is not None]
    found: Instants = set()
    history = horizon.population.histories.get(part.name) if part.held_for else None
    if history is not None and part.held_for is not None:
        columns.append(history.column)
        for at in map(int, history.at):
            found |= {at} | crossings(at, part.held_for, 1, horizon.zone)
    return found | _tested(part, columns, horizon)


def _tested(test: Attribute | Property, columns: list[Column], horizon: Horizon) -> Instants:
    if not test_moves(test):
        return set()
    found: Instants = set()
    for column in columns:
        lists = column.dictionary.items
        read = (column.dictionary if lists is None else lists[0]).moments(horizon.zone)
        for index in np.nonzero(read.is_day | read.is_instant)[0][:MOST_VALUES]:
            instant = int(read.instant[index]) if read.is_instant[index] else None
            found |= _moment(test, int(read.day[index]), instant, horizon)
    return found


def _moment(test: Attribute | Property, day: int, instant: int | None, horizon: Horizon) -> Instants:
    """When a date condition may turn for one date or instant."""
    offset, zone = test.offset_days, horizon.zone
    if test.op == "in_period":
        days = _period_borders(test.value, day)
    elif test.op.startswith("anniversary"):
        days = _anniversaries(test, day, horizon)
        if isinstance(test.value, Span):
            near = days
            days = set(near)
            for border in near:
                days |= _days_around(border, test.value, -1)
            if test.value.unit in ("minute", "hour"):
                return _hours(near, test.value, -1, offset, zone) | _starts(days, offset, zone)
    else:
        return _relative(test, day, instant, zone)
    return _starts(days, offset, zone)


def _relative(test: Attribute | Property, day: int, instant: int | None, zone: ZoneInfo) -> Instants:
    offset, value, shift = test.offset_days, test.value, test.offset_days * DAY_US
    assert isinstance(value, Span)
    way = 1 if test.op in ("within_last", "more_than_ago") else -1
    found = _starts({day, day + 1} | _days_around(day, value, way), offset, zone)
    if value.unit in ("minute", "hour"):
        found |= _hours({day, day + 1}, value, way, offset, zone)
    if instant is not None:
        reached = {instant, instant + 1} | crossings(instant, value, way, zone)
        found |= {at - shift for at in reached}
    return found


def _days_around(day: int, span: Span, way: int) -> set[int]:
    """The days from which one step of a span, back or ahead, may land on a day."""
    if span.unit in ("minute", "hour"):
        return set()
    if span.unit in ("day", "week"):
        moved = day + way * span.number * (7 if span.unit == "week" else 1)
        return {moved, moved + 1}
    months = way * span.number * (12 if span.unit == "year" else 1)
    there = moments.add_months(moments.day_as_date(day), months).toordinal() - _EPOCH_DAY
    return set(range(there - CLAMP, there + CLAMP + 2))


def _hours(days: set[int], span: Span, way: int, offset: int, zone: ZoneInfo) -> Instants:
    """When stepping hours from as-of passes the beginning of one of the days."""
    starts = (moments.start_of_day(day, zone) - offset * DAY_US for day in days)
    return {moments.step(start, span, way, zone) for start in starts}


def _starts(days: Iterable[int], offset: int, zone: ZoneInfo) -> Instants:
    return {moments.start_of_day(day - offset, zone) for day in days}


def _period_borders(period: str, day: int) -> set[int]:
    unit = period.split("_")[1] if "_" in period else ""
    if not unit:
        return set(range(day - 1, day + 3))
    found: set[int] = set()
    for which in ("last", "this", "next"):
        first, last = moments.period_days(f"{which}_{unit}", day)
        found |= {first, last + 1}
    return found


def _anniversaries(test: Attribute | Property, day: int, horizon: Horizon) -> set[int]:
    """The borders of the days, or months, on which an anniversary falls, for each year in sight."""
    born = moments.day_as_date(day)
    found: set[int] = set()
    for year in horizon.years:
        if test.op == "anniversary_month":
            first = date(year, born.month, 1).toordinal() - _EPOCH_DAY
            found |= {first, first + 28, first + 29, first + 30, first + 31}
        else:
            falls = date(year, born.month, min(born.day, 28)).toordinal() - _EPOCH_DAY
            falls += born.day - 28 if born.day > 28 and born.month != 2 else 0
            found |= {falls, falls + 1, falls + 2}
    return found


# ---- interactions


def _rows(kind: str, where: tuple[Property, ...], horizon: Horizon) -> Instants:
    """Rows that are still to come, and dates in their properties."""
    found = {at for at in map(int, horizon.instants(kind, where)) if at > horizon.now}
    for test in where:
        column = horizon.population.properties.get(test.name)
        found |= _tested(test, [] if column is None else [column], horizon)
    return found


def _window(window: Window | None, did: Interaction | Step, horizon: Horizon) -> Instants:
    if window is None or window.form == "range":
        return set()
    found: Instants = set()
    if window.form == "period":
        days = {moments.local_day(at, horizon.zone) for at in _recent(did, _LONGEST_PERIOD, 2, horizon)}
        for day in days:
            found |= _starts(_period_borders(window.period, day), 0, horizon.zone)
    for span in window.spans:
        for at in _recent(did, span, 1, horizon):
            found |= crossings(at, span, 1, horizon.zone)
    return found


def _recent(did: Interaction | Regular | Step, span: Span, times: int, horizon: Horizon) -> list[int]:
    """The instants of what was done that so many spans do not carry into the past."""
    since = moments.step(horizon.now, span, -times, horizon.zone) - (CLAMP + 2) * DAY_US
    instants = horizon.instants(did.kind, did.where)
    return [int(at) for at in instants[np.searchsorted(instants, since) :]]


def _sequence(part: Sequence, horizon: Horizon) -> Instants:
    steps: tuple[Step, ...] = part.steps
    found = _window(part.window, steps[0], horizon)
    for step in steps:
        found |= _rows(step.kind, step.where, horizon)
    if steps[-1].absent:
        for at in _recent(steps[-2], part.within, 1, horizon):
            deadline = moments.step(at, part.within, 1, horizon.zone)
            found |= {deadline, deadline + 1}
    return found
