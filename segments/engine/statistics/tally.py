"""Counts people by what they did, group against group, in one walk over the columns.

Every contact has a `side`: 0 is left out, 1 the first group, 2 the second. Rows count from `low` on and before `high`.
A person who did a thing twenty times is one person.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

MOST_TIMES = 512  # more often than this is counted as this often


@njit(cache=True, nogil=True)
def count_doers(offsets, kind, at, side, low, high, kinds) -> Any:  # type: ignore[no-untyped-def]
    """people[side, kind, times]: how many did each kind so often, those who never did left out (times 0 is 0)."""
    people = np.zeros((3, kinds, MOST_TIMES + 1), np.int64)
    times = np.zeros(kinds, np.int64)
    for one in range(len(offsets) - 1):
        group = side[one]
        if group == 0:
            continue
        begin, stop = offsets[one], offsets[one + 1]
        for row in range(begin, stop):
            if low <= at[row] < high:
                times[kind[row]] += 1
        for row in range(begin, stop):
            number = times[kind[row]]
            if number > 0:
                people[group, kind[row], min(number, MOST_TIMES)] += 1
                times[kind[row]] = 0
    return people


@njit(cache=True, nogil=True)
def count_holders(offsets, kind, at, codes, slot, slots, side, low, high, kinds) -> Any:  # type: ignore[no-untyped-def]
    """people[side, kind, slot]: how many did a kind with a value of that slot at least once; slot[code] -1: no slot."""
    people = np.zeros((3, kinds, slots), np.int64)
    seen = np.full((kinds, slots), -1, np.int64)
    for one in range(len(offsets) - 1):
        group = side[one]
        if group == 0:
            continue
        for row in range(offsets[one], offsets[one + 1]):
            place = slot[codes[row]]
            if place >= 0 and low <= at[row] < high and seen[kind[row], place] != one:
                seen[kind[row], place] = one
                people[group, kind[row], place] += 1
    return people


@njit(cache=True, nogil=True)
def sum_up(offsets, kind, at, codes, numbers, readable, wanted, low, high) -> Any:  # type: ignore[no-untyped-def]
    """For each contact: the sum of a property over rows of the wanted kinds, how many rows had one, how many rows."""
    size = len(offsets) - 1
    sums = np.zeros(size, np.int64)
    having = np.zeros(size, np.int64)
    rows = np.zeros(size, np.int64)
    for one in range(size):
        for row in range(offsets[one], offsets[one + 1]):
            if wanted[kind[row]] and low <= at[row] < high:
                rows[one] += 1
                if readable[codes[row]]:
                    sums[one] += numbers[codes[row]]
                    having[one] += 1
    return sums, having, rows


@njit(cache=True, nogil=True)
def rows_by_hour(offsets, kind, at, side, low, high, zone_start, zone_offset, kinds) -> Any:  # type: ignore[no-untyped-def]
    """rows[side, kind, hour of the week] in local time, Monday 0 o'clock first. `zone_*`: which offset from when."""
    rows = np.zeros((3, kinds, 168), np.int64)
    hour_us = np.int64(3_600_000_000)
    last = len(zone_start) - 1
    for one in range(len(offsets) - 1):
        group = side[one]
        if group == 0:
            continue
        place = np.int64(0)
        for row in range(offsets[one], offsets[one + 1]):
            instant = at[row]
            if not (low <= instant < high):
                continue
            while place < last and zone_start[place + 1] <= instant:
                place += 1
            hours = (instant + zone_offset[place]) // hour_us
            rows[group, kind[row], (hours + 72) % 168] += 1  # 1 January 1970 was a Thursday
    return rows


@njit(cache=True, nogil=True)
def came_again(offsets, kind, at, side, wanted, span, spans, as_of) -> Any:  # type: ignore[no-untyped-def]
    """again[side, k] and known[side, k], k from 1: of those whose k-th span after their first wanted row is over by
    as-of (`known`), how many had another within it. Spans exclude their start and include their end."""
    again = np.zeros((3, spans + 1), np.int64)
    known = np.zeros((3, spans + 1), np.int64)
    for one in range(len(offsets) - 1):
        group = side[one]
        if group == 0:
            continue
        first, newest, over = np.int64(-1), np.int64(0), np.int64(0)
        begun = False
        for row in range(offsets[one], offsets[one + 1]):
            if not wanted[kind[row]] or at[row] > as_of:
                continue
            if not begun:
                begun = True
                first = at[row]
                over = min((as_of - first) // span, spans)
                known[group, 0] += 1
                for k in range(1, over + 1):
                    known[group, k] += 1
                continue
            if at[row] == first:
                continue
            k = (at[row] - first - 1) // span + 1
            if k > over:
                break
            if k > newest:
                newest = k
                again[group, k] += 1
    return again, known


@njit(cache=True, nogil=True)
def sum_by_stretch(offsets, kind, at, codes, numbers, readable, wanted, side, edges) -> Any:  # type: ignore[no-untyped-def]
    """(sums, rows, people)[side, stretch]: a property added up over wanted rows between rising instants `edges`."""
    stretches = len(edges) - 1
    sums = np.zeros((3, stretches), np.int64)
    rows = np.zeros((3, stretches), np.int64)
    people = np.zeros((3, stretches), np.int64)
    for one in range(len(offsets) - 1):
        group = side[one]
        if group == 0:
            continue
        place, newest = 0, -1
        for row in range(offsets[one], offsets[one + 1]):
            if not wanted[kind[row]] or at[row] < edges[0] or at[row] >= edges[stretches]:
                continue
            while edges[place + 1] <= at[row]:
                place += 1
            rows[group, place] += 1
            if place != newest:
                newest = place
                people[group, place] += 1
            if readable[codes[row]]:
                sums[group, place] += numbers[codes[row]]
    return sums, rows, people


@njit(cache=True, nogil=True)
def newest_of(offsets, kind, at, wanted, high, never) -> Any:  # type: ignore[no-untyped-def]
    """For each contact: the instant of the newest wanted row before `high`, or `never`."""
    out = np.full(len(offsets) - 1, never, np.int64)
    for one in range(len(offsets) - 1):
        for row in range(offsets[one + 1] - 1, offsets[one] - 1, -1):
            if wanted[kind[row]] and at[row] < high:
                out[one] = at[row]
                break
    return out
