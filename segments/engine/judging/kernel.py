"""The loops over contacts and interactions: LANES contacts at a time, from their rows to one bit a verdict.

`judge` gathers what all rules measure, kind by kind, by the loops in `sorting`, then decides every step of every rule
for these contacts at once, so that nothing but verdicts leaves the cache. Driven by tables, so new rules need no new
code; compiled once by numba and kept. All functions release the GIL.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from segments.engine.judging import sorting
from segments.engine.judging.addresses import code_at
from segments.engine.judging.compiled import kept
from segments.engine.judging.forms import Room, Rows, Series, Steps
from segments.engine.judging.grouping import LANES

__all__ = ["Rows", "Series", "Steps", "judge"]

# LANES contacts at a time: enough to spread what a series costs at all, and their cells fit the cache.
WORD, WORDS = 64, LANES // 64
CLASSED, PLAIN, COUNT, SUM, MINIMUM, MAXIMUM, CHANGES, FIRST, LAST = range(-2, 7)
CONSTANT, ATTRIBUTE, COUNTED, SUMMED, EXTREME, GIVEN, ALL, ANY, NOT = range(9)
NEVER = sorting.NEVER
ONES = np.uint64(0x0101010101010101)


@kept
def judge(rows, series, steps, given, start, stop, out) -> Any:  # type: ignore[no-untyped-def]
    """Decide contacts start to stop: bit by bit into `out` (reported steps x words of 64 contacts).

    start is a multiple of LANES; the bits beyond stop are not to be read. Bits lie as `np.packbits` lays them.
    """
    counts = np.empty((len(series.edges), LANES), np.int32)
    values = np.empty((series.numbered_cells, LANES), np.int64)
    room = _room(len(rows.properties), 0)
    here = np.empty(len(series.fn), np.int64)
    latest = np.empty((len(series.fn), 2), np.int64)
    truth = np.empty((len(steps.operation), WORDS), np.uint64)
    hits = np.zeros(LANES, np.uint8)
    pairs = np.empty(len(series.read), np.int64)  # of each kind that is read, the next one
    for index in range(len(series.read)):
        first, last = rows.pairs[series.read[index]], rows.pairs[series.read[index] + 1]
        pairs[index] = first + np.searchsorted(rows.owners[first:last], start)
    for begin in range(start, stop, LANES):
        size = min(LANES, stop - begin)
        if len(series.fn):
            _empty(series, counts, values)
            room = _gather(rows, series, begin, size, pairs, room, latest, counts, values)
            if len(series.mixed):
                _gather_mixed(rows, series, begin, size, here, latest, counts)
            _add_up(series, counts, values)
        _look_up(rows, steps, begin, size, hits, truth)
        _decide(steps, given, begin - start, size, counts, values, hits, truth)
        for place in range(len(steps.reported)):
            step, word = steps.reported[place], begin // WORD
            for one in range((size + WORD - 1) // WORD):
                out[place, word + one] = truth[step, one]


@njit(nogil=True)
def _empty(series, counts, values) -> Any:  # type: ignore[no-untyped-def]
    counts[:] = 0
    for s in range(len(series.fn)):
        if SUM <= series.fn[s] <= MAXIMUM:
            values[series.first[s] : series.last[s] + 1] = _nothing(series.fn[s])


@njit(nogil=True)
def _gather(rows, series, begin, size, pairs, room, latest, counts, values) -> Any:  # type: ignore[no-untyped-def]
    """Sort the rows of each of the contacts into the cells of its lane. Hands back the room, which may have to grow.

    Loops over rows are functions of their own that take plain arrays: a table handed on counts references to all its
    arrays, and a loop beside it is compiled to work through them.
    """
    for index in range(len(series.read)):
        kind = series.read[index]
        first, last = pairs[index], rows.pairs[kind + 1]
        after = first
        while after < last and rows.owners[after] < begin + size:
            after += 1
        pairs[index] = after
        begins, ends = rows.starts[first], rows.starts[after]
        if begins == ends:
            continue
        room = _fetch(rows, series, kind, begins, ends, room)
        for place in range(series.kind_start[kind], series.kind_start[kind + 1]):
            s = series.kinds[place]
            if series.fn[s] >= FIRST:
                _pick(rows, series, s, first, after, begin, counts)
            else:
                _sort(rows, series, s, begins, ends, room, counts.reshape(-1), values.reshape(-1))
    return room


@njit(nogil=True)
def _room(properties, size) -> Any:  # type: ignore[no-untyped-def]
    return Room(
        np.empty((properties, size), np.int32),
        np.empty((properties, size), np.int64),
        np.empty(size, np.int32),
        np.empty(size, np.bool_),
        np.empty(size, np.int64),
    )


@njit(nogil=True)
def _fetch(rows, series, kind, begins, ends, room) -> Any:  # type: ignore[no-untyped-def]
    """Room for the rows of one kind, and in it the codes and numbers that they have of the properties that are read."""
    if ends - begins > len(room.passed):
        room = _room(len(rows.properties), (ends - begins) * 5 // 4)
    size = ends - begins
    moments, source = rows.moments[begins:ends], rows.source[begins:ends]
    for place in range(series.fetch_start[kind], series.fetch_start[kind + 1]):
        name, offset = series.fetched[place], series.fetched_numbers[place]
        codes = room.codes[name, :size]
        sorting.read(rows.properties[name], source, moments, series.fetch_opens[place], codes)
        if offset >= 0:
            sorting.translate(codes, series.numbers[offset:], room.numbers[name, :size])
    return room


@njit(nogil=True)
def _sort(rows, series, s, begins, ends, room, counts, values) -> Any:  # type: ignore[no-untyped-def]
    """Some rows into the cells of one series: first where each belongs, then whether it counts, then what it adds."""
    fn, first, last, size = series.fn[s], series.first[s], series.last[s], ends - begins
    moments, lanes = rows.moments[begins:ends], rows.lanes[begins:ends]
    places, passed = room.places[:size], room.passed[:size]
    sorting.place(moments, lanes, series.edges[first : last + 1], (first - 1) * LANES, places)
    if fn == PLAIN:
        sorting.count(places, counts)
        return
    name = series.number_property[s]
    if fn == CLASSED:
        classes = series.numbers[series.number_offset[s] :]
        sorting.count_classed(places, room.codes[name, :size], classes, counts)
        return
    passed[:] = True
    for t in range(series.test_start[s], series.test_start[s + 1]):
        codes = room.codes[series.test_property[t], :size]
        sorting.test(codes, series.verdicts[series.test_offset[t] :], passed)
    if fn == CHANGES:
        days = room.days[:size]
        sorting.put_days(moments, series.zone_start, series.zone_offset, days)
        opens, closes = series.edges[first], series.edges[last]
        if series.unit[s] == 2:
            sorting.put_months(moments, opens, closes, series.months, series.first_day, days)
        elif series.unit[s] == 1:
            sorting.put_weeks(days)
        sorting.count_changes(moments, lanes, days, passed, opens, closes, places, counts)
        return
    sorting.count_passed(places, passed, counts)
    if fn == SUM:
        sorting.add(places, passed, room.numbers[name, :size], values)
    elif fn == MINIMUM:
        sorting.least(places, passed, room.numbers[name, :size], values)
    elif fn == MAXIMUM:
        sorting.greatest(places, passed, room.numbers[name, :size], values)


@njit(nogil=True, inline="always")
def _pick(rows, series, s, first, after, begin, counts) -> Any:  # type: ignore[no-untyped-def]
    """FIRST and LAST have one figure, in their first cell: which cell the row picked lies in, from 1.

    -1 where it did not pass; 0 where there is none.
    """
    opens, closes = series.opens[s], series.closes[s]
    for pair in range(first, after):
        row, end, step = rows.starts[pair], rows.starts[pair + 1], 1
        if series.fn[s] == LAST:
            row, end, step = end - 1, row - 1, -1
        while row != end and not opens <= rows.moments[row] < closes:
            row += step
        if row == end:
            continue
        cell = series.first[s]
        while rows.moments[row] >= series.edges[cell + 1]:
            cell += 1
        passed = _passes(rows, series, s, rows.source[row])
        counts[series.first[s], rows.owners[pair] - begin] = cell - series.first[s] + 1 if passed else -1


@njit(nogil=True)
def _gather_mixed(rows, series, begin, size, here, latest, counts) -> Any:  # type: ignore[no-untyped-def]
    """FIRST, LAST and CHANGES over several kinds: all rows of each contact, the newest first.

    `here`: the cell each series is in. `latest`: the two days that it met last, see `_count_changes`.
    """
    for lane in range(size):
        here[:] = series.last - 1
        latest[:] = NEVER
        zone = len(series.zone_start) - 1
        for row in range(rows.offsets[begin + lane + 1] - 1, rows.offsets[begin + lane] - 1, -1):
            of_kind, moment = rows.kind[row], rows.at[row]
            for index in range(series.mixed_start[of_kind], series.mixed_start[of_kind + 1]):
                s = series.mixed[index]
                if moment < series.opens[s] or moment >= series.closes[s]:
                    continue
                while moment < series.edges[here[s]]:
                    here[s] -= 1
                passed = _passes(rows, series, s, row)
                if series.fn[s] == CHANGES:
                    while zone > 0 and moment < series.zone_start[zone]:
                        zone -= 1
                    day = sorting.day(moment + series.zone_offset[zone])
                    if series.unit[s] == 1:
                        day = sorting.week(day)
                    elif series.unit[s] == 2:
                        day = series.months[day - series.first_day]
                    if passed and day != latest[s, 0]:
                        counts[here[s], lane] += day != latest[s, 1]
                        latest[s, 1], latest[s, 0] = latest[s, 0], day
                elif series.fn[s] == FIRST or counts[series.first[s], lane] == 0:
                    counts[series.first[s], lane] = here[s] - series.first[s] + 1 if passed else -1


@njit(nogil=True, inline="always")
def _passes(rows, series, s, row) -> Any:  # type: ignore[no-untyped-def]
    """Whether a row, by its place in the population, passes the tests of a series."""
    for t in range(series.test_start[s], series.test_start[s + 1]):
        code = code_at(rows.properties[series.test_property[t]], row)
        if not series.verdicts[series.test_offset[t] + code]:
            return False
    return True


@njit(nogil=True)
def _add_up(series, counts, values) -> Any:  # type: ignore[no-untyped-def]
    """Make each cell hold what is in it and in all later ones of its series; nothing is in the last."""
    for s in range(len(series.fn)):
        fn, last = series.fn[s], series.last[s]
        counts[last] = 0
        if fn >= FIRST:
            continue
        if SUM <= fn <= MAXIMUM:
            values[last] = _nothing(fn)
        for cell in range(last - 1, series.first[s] - 1, -1):
            for lane in range(LANES):
                counts[cell, lane] += counts[cell + 1, lane]
            if fn == SUM:
                for lane in range(LANES):
                    values[cell, lane] += values[cell + 1, lane]
            elif fn == MINIMUM:
                for lane in range(LANES):
                    values[cell, lane] = min(values[cell, lane], values[cell + 1, lane])
            elif fn == MAXIMUM:
                for lane in range(LANES):
                    values[cell, lane] = max(values[cell, lane], values[cell + 1, lane])


@njit(nogil=True, inline="always")
def _nothing(fn) -> Any:  # type: ignore[no-untyped-def]
    """The sum, least or greatest of nothing: any number changes it."""
    if fn == SUM:
        return 0
    return -(2**63) if fn == MAXIMUM else 2**63 - 1


@njit(nogil=True)
def _look_up(rows, steps, begin, size, hits, truth) -> Any:  # type: ignore[no-untyped-def]
    """The truth of conditions on attributes, up to eight on one column at once: a code's byte has a bit for each."""
    for look in range(len(steps.looks)):
        address, verdicts = rows.attributes[steps.looks[look]], steps.look_verdicts[look]
        for lane in range(size):
            hits[lane] = steps.verdicts[verdicts + code_at(address, begin + lane)]
        eights = hits.view(np.uint64)
        for place in range(steps.look_start[look], steps.look_start[look + 1]):
            bit, step = np.uint64(place - steps.look_start[look]), steps.looked[place]
            for one in range(WORDS):
                word = np.uint64(0)
                for index in range(8):
                    word |= _eight((eights[8 * one + index] >> bit) & ONES) << np.uint64(8 * index)
                truth[step, one] = word


@njit(nogil=True)
def _decide(steps, given, place, size, counts, values, hits, truth) -> Any:  # type: ignore[no-untyped-def]
    """The truth of every other step, a bit a contact."""
    for i in range(len(steps.operation)):
        operation, a, b = steps.operation[i], steps.a[i], steps.b[i]
        low, high = steps.low[i], steps.high[i]
        if operation in (ALL, ANY):
            truth[i] = truth[steps.parts[a]]
            for part in range(a + 1, b):
                other = steps.parts[part]
                for one in range(WORDS):
                    both = truth[other, one]
                    truth[i, one] = truth[i, one] & both if operation == ALL else truth[i, one] | both
        elif operation == NOT:
            for one in range(WORDS):
                truth[i, one] = ~truth[a, one]
        elif operation == COUNTED:
            least, most = np.int32(max(low, -(2**31))), np.int32(min(high, 2**31 - 1))
            for lane in range(LANES):
                count = np.int32(counts[a, lane] - counts[b, lane])
                hits[lane] = (count >= least) & (count <= most)
            _pack(hits, truth, i)
        elif operation == SUMMED:
            times, less, some = steps.times[i], steps.less[i], steps.some[i]
            for lane in range(LANES):
                count = counts[a, lane] - counts[b, lane]
                value = (values[a, lane] - values[b, lane]) * times - count * less
                hits[lane] = (value >= low) & (value <= high) & (count >= some)
            _pack(hits, truth, i)
        elif operation == EXTREME:
            for lane in range(LANES):
                value = values[a, lane]
                hits[lane] = (value >= low) & (value <= high) & (counts[a, lane] > 0)
            _pack(hits, truth, i)
        elif operation == GIVEN:
            for lane in range(size):
                hits[lane] = given[a, place + lane]
            _pack(hits, truth, i)
        elif operation == CONSTANT:
            truth[i] = ~np.uint64(0) if a else np.uint64(0)


@njit(nogil=True, inline="always")
def _pack(hits, truth, step) -> Any:  # type: ignore[no-untyped-def]
    """Bytes of 0 or 1 as the bits of a step's truth."""
    eights = hits.view(np.uint64)
    for one in range(WORDS):
        word = np.uint64(0)
        for index in range(8):
            word |= _eight(eights[8 * one + index]) << np.uint64(8 * index)
        truth[step, one] = word


@njit(nogil=True, inline="always")
def _eight(ones) -> Any:  # type: ignore[no-untyped-def]
    """Eight bytes of 0 or 1 as bits, the first the highest: one multiplication gathers them."""
    return (ones * np.uint64(0x8040201008040201)) >> np.uint64(56)
