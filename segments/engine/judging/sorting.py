"""Loops over the rows of one kind: where each counts, whether it does, what it adds.

All arrays are of the same rows, but `counts` and `values`, which are the cells of all series end to end, LANES each.
A loop that takes plain arrays and does one thing is compiled to work on several rows at once. They are part of the
kernel, which keeps them compiled.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from segments.engine.judging.addresses import code_at
from segments.engine.judging.grouping import LANES

NEVER, DAY, EARLY, A_LANE = -(2**62), 86_400_000_000, 3_652_500, 2**40


@njit(nogil=True)
def read(address, source, moments, opens, codes) -> Any:  # type: ignore[no-untyped-def]
    """The codes of rows that lie scattered: a loop that waits for none of them has many on their way at once."""
    for row in range(len(codes)):
        codes[row] = code_at(address, source[row]) if moments[row] >= opens else 0


@njit(nogil=True)
def translate(codes, table, numbers) -> Any:  # type: ignore[no-untyped-def]
    for row in range(len(codes)):
        numbers[row] = table[codes[row]]


@njit(nogil=True)
def place(moments, lanes, edges, before, places) -> Any:  # type: ignore[no-untyped-def]
    """Where in the flat cells each row counts, without a branch: `before` the series where it is too old.

    What is too old or too new goes where nobody reads: into the last cell of a series, this one or the one before.
    """
    for row in range(len(places)):
        places[row] = before + lanes[row]
    for edge in edges:
        for row in range(len(places)):
            places[row] += LANES * (moments[row] >= edge)


@njit(nogil=True)
def test(codes, verdicts, passed) -> Any:  # type: ignore[no-untyped-def]
    for row in range(len(passed)):
        passed[row] &= verdicts[codes[row]]


@njit(nogil=True)
def count(places, counts) -> Any:  # type: ignore[no-untyped-def]
    for row in range(len(places)):
        counts[np.uint32(places[row])] += 1


@njit(nogil=True)
def count_passed(places, passed, counts) -> Any:  # type: ignore[no-untyped-def]
    for row in range(len(places)):
        counts[np.uint32(places[row])] += passed[row]


@njit(nogil=True)
def count_classed(places, codes, classes, counts) -> Any:  # type: ignore[no-untyped-def]
    """Each row for one of some series alike but for their test: its code's class says how far on that lies, if any."""
    for row in range(len(places)):
        further = classes[codes[row]]
        counts[np.uint32(places[row] + further if further >= 0 else 0)] += further >= 0


@njit(nogil=True)
def add(places, passed, numbers, values) -> Any:  # type: ignore[no-untyped-def]
    for row in range(len(places)):
        values[np.uint32(places[row])] += numbers[row] if passed[row] else 0


@njit(nogil=True)
def least(places, passed, numbers, values) -> Any:  # type: ignore[no-untyped-def]
    for row in range(len(places)):
        place = np.uint32(places[row])
        if passed[row] and numbers[row] < values[place]:
            values[place] = numbers[row]


@njit(nogil=True)
def greatest(places, passed, numbers, values) -> Any:  # type: ignore[no-untyped-def]
    for row in range(len(places)):
        place = np.uint32(places[row])
        if passed[row] and numbers[row] > values[place]:
            values[place] = numbers[row]


@njit(nogil=True)
def put_days(moments, zone_start, zone_offset, days) -> Any:  # type: ignore[no-untyped-def]
    """The local day of each row, by number from 1970."""
    for row in range(len(days)):
        days[row] = moments[row] + zone_offset[0]
    for change in range(1, len(zone_start)):
        starts, more = zone_start[change], zone_offset[change] - zone_offset[change - 1]
        for row in range(len(days)):
            days[row] += more if moments[row] >= starts else 0
    for row in range(len(days)):
        days[row] = day(days[row])


@njit(nogil=True)
def put_weeks(days) -> Any:  # type: ignore[no-untyped-def]
    for row in range(len(days)):
        days[row] = week(days[row])


@njit(nogil=True)
def put_months(moments, opens, closes, months, first_day, days) -> Any:  # type: ignore[no-untyped-def]
    for row in range(len(days)):
        if opens <= moments[row] < closes:
            days[row] = months[days[row] - first_day]


@njit(nogil=True)
def count_changes(moments, lanes, days, passed, opens, closes, places, counts) -> Any:  # type: ignore[no-untyped-def]
    """The different days (weeks, months) of each lane, each in the place of its latest row, which comes first.

    `latest` and `before` are the days met last, two different ones, as clocks that go back may lead from a day into
    the one before. With a day goes its lane, so that a contact's first is another one.
    """
    latest, before = NEVER, NEVER
    for row in range(len(days) - 1, -1, -1):
        if moments[row] < opens:
            continue
        day = days[row] + lanes[row] * A_LANE
        new = passed[row] & (moments[row] < closes) & (day != latest)
        counts[np.uint32(places[row])] += new & (day != before)
        before = latest if new else before
        latest = day if new else latest


@njit(nogil=True, inline="always")
def day(local) -> Any:  # type: ignore[no-untyped-def]
    """The day of an instant on local clocks, by number from 1970; no earlier than 10,000 years before."""
    return np.int64(np.uint64(local + EARLY * DAY) // np.uint64(DAY)) - EARLY


@njit(nogil=True, inline="always")
def week(day) -> Any:  # type: ignore[no-untyped-def]
    """The number of a day's week: 1970-01-01 was a Thursday; weeks begin on Monday."""
    return (day + 3) // 7
