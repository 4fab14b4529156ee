"""The loops over contacts and interactions: 64 contacts at a time, from their rows to one bit a verdict.

`judge` gathers what all rules measure, kind by kind and each contact's rows from the newest back as far as a window
reaches, then decides every step of every rule for the 64 at once, so that nothing but verdicts leaves the cache. Driven
by tables, so new rules need no new code; compiled once by numba and kept. All functions release the GIL.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic

from segments.engine.judging.forms import Rows, Series, Steps

__all__ = ["Rows", "Series", "Steps", "judge"]

LANES = 64
PLAIN, COUNT, SUM, MINIMUM, MAXIMUM, CHANGES, FIRST, LAST = range(-1, 7)
CONSTANT, ATTRIBUTE, COUNTED, SUMMED, EXTREME, GIVEN, ALL, ANY, NOT = range(9)
NEVER = -(2**62)


def _code_at(typing_context, address, place) -> Any:  # type: ignore[no-untyped-def]
    """The int32 at a place of the array that begins at an address: columns of any number without copying them."""

    def generate(context, builder, signature, arguments) -> Any:  # type: ignore[no-untyped-def]
        start = builder.inttoptr(arguments[0], ir.IntType(32).as_pointer())
        return builder.load(builder.gep(start, [arguments[1]]))

    return types.int32(types.int64, types.int64), generate


code_at: Any = intrinsic(_code_at)


@njit(cache=True, nogil=True)
def judge(rows, series, steps, given, start, stop, out) -> Any:  # type: ignore[no-untyped-def]
    """Decide contacts start to stop: bit by bit into `out` (reported steps x words of 64 contacts).

    start is a multiple of 64; the bits beyond stop are not to be read. Bits lie as `np.packbits` lays them.
    """
    counts = np.empty((len(series.edges), LANES), np.int32)
    values = np.empty((series.numbered_cells, LANES), np.int64)
    here = np.empty(len(series.fn), np.int64)
    latest = np.empty((len(series.fn), 4), np.int64)
    truth = np.empty(len(steps.operation), np.uint64)
    hits = np.zeros(LANES, np.uint8)
    pairs = np.empty(len(series.read), np.int64)  # of each kind that is read, the next one
    for index in range(len(series.read)):
        first, last = rows.pairs[series.read[index]], rows.pairs[series.read[index] + 1]
        pairs[index] = first + np.searchsorted(rows.owners[first:last], start)
    for begin in range(start, stop, LANES):
        size = min(LANES, stop - begin)
        if len(series.fn):
            _empty(series, counts, values)
            _gather(rows, series, begin, size, pairs, latest, counts, values)
            if len(series.mixed):
                _gather_mixed(rows, series, begin, size, here, latest, counts)
            _add_up(series, counts, values)
        _decide(rows, steps, given, begin, begin - start, size, counts, values, hits, truth)
        for place in range(len(steps.reported)):
            out[place, begin // LANES] = truth[steps.reported[place]]


@njit(cache=True, nogil=True)
def _empty(series, counts, values) -> Any:  # type: ignore[no-untyped-def]
    counts[:] = 0
    for s in range(len(series.fn)):
        if SUM <= series.fn[s] <= MAXIMUM:
            nothing = 0
            if series.fn[s] != SUM:
                nothing = -(2**63) if series.fn[s] == MAXIMUM else 2**63 - 1
            values[series.first[s] : series.last[s] + 1] = nothing


@njit(cache=True, nogil=True)
def _gather(rows, series, begin, size, pairs, latest, counts, values) -> Any:  # type: ignore[no-untyped-def]
    """Sort the rows of each of the contacts into the cells of its lane.

    What it calls is inlined, and takes no tables where that is once a row: handing on a table counts references to all
    its arrays, which costs more than a row.
    """
    for index in range(len(series.read)):
        kind = series.read[index]
        first, last = pairs[index], rows.pairs[kind + 1]
        after = first
        while after < last and rows.owners[after] < begin + size:
            after += 1
        pairs[index] = after
        for place in range(series.kind_start[kind], series.kind_start[kind + 1]):
            s = series.kinds[place]
            fn = series.fn[s]
            if fn == PLAIN:
                _count(rows, series, s, first, after, begin, counts)
            elif fn >= FIRST:
                _pick(rows, series, s, first, after, begin, counts)
            elif fn == CHANGES:
                _count_changes(rows, series, s, first, after, begin, latest, counts)
            else:
                _measure(rows, series, s, first, after, begin, counts, values)


@njit(cache=True, nogil=True, inline="always")
def _count(rows, series, s, first, after, begin, counts) -> Any:  # type: ignore[no-untyped-def]
    """The rows of some pairs, from the newest back to where the series opens."""
    opens, closes = series.opens[s], series.closes[s]
    for pair in range(first, after):
        lane = rows.owners[pair] - begin
        cell = series.last[s] - 1
        for row in range(rows.starts[pair + 1] - 1, rows.starts[pair] - 1, -1):
            moment = rows.moments[row]
            if moment < opens:
                break
            if moment >= closes:
                continue
            while moment < series.edges[cell]:
                cell -= 1
            counts[cell, lane] += 1


@njit(cache=True, nogil=True, inline="always")
def _measure(rows, series, s, first, after, begin, counts, values) -> Any:  # type: ignore[no-untyped-def]
    """The same for rows that pass tests, with their numbers."""
    opens, closes, fn = series.opens[s], series.closes[s], series.fn[s]
    for pair in range(first, after):
        lane = rows.owners[pair] - begin
        cell = series.last[s] - 1
        for row in range(rows.starts[pair + 1] - 1, rows.starts[pair] - 1, -1):
            moment = rows.moments[row]
            if moment < opens:
                break
            source = rows.source[row]
            if moment >= closes or not _passes(rows, series, s, source):
                continue
            while moment < series.edges[cell]:
                cell -= 1
            counts[cell, lane] += 1
            if fn == COUNT:
                continue
            code = code_at(rows.properties[series.number_property[s]], source)
            number = series.numbers[series.number_offset[s] + code]
            if fn == SUM:
                values[cell, lane] += number
            elif fn == MINIMUM:
                values[cell, lane] = min(values[cell, lane], number)
            else:
                values[cell, lane] = max(values[cell, lane], number)


@njit(cache=True, nogil=True, inline="always")
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


@njit(cache=True, nogil=True, inline="always")
def _count_changes(rows, series, s, first, after, begin, latest, counts) -> Any:  # type: ignore[no-untyped-def]
    """The days, weeks or months of some pairs; `latest`: see `_count_day`."""
    for pair in range(first, after):
        latest[s] = NEVER
        zone, cell = 0, series.first[s]
        row, end = rows.starts[pair + 1], rows.starts[pair + 1]
        while row > rows.starts[pair] and rows.moments[row - 1] >= series.opens[s]:
            row -= 1
        for one in range(row, end):
            moment = rows.moments[one]
            if moment >= series.closes[s]:
                break
            passed = True
            for t in range(series.test_start[s], series.test_start[s + 1]):
                code = code_at(rows.properties[series.test_property[t]], rows.source[one])
                passed = passed and series.verdicts[series.test_offset[t] + code]
            if not passed:
                continue
            while moment >= series.edges[cell + 1]:
                cell += 1
            while zone + 1 < len(series.zone_start) and series.zone_start[zone + 1] <= moment:
                zone += 1
            day = _day(moment + series.zone_offset[zone], series.unit[s])
            if series.unit[s] == 2:
                day = series.months[day - series.first_day]
            _count_day(day, cell, rows.owners[pair] - begin, s, latest, counts)


@njit(cache=True, nogil=True)
def _gather_mixed(rows, series, begin, size, here, latest, counts) -> Any:  # type: ignore[no-untyped-def]
    """FIRST, LAST and CHANGES over several kinds: all rows of each contact in their order.

    `here`: the cell each series is in.
    """
    for lane in range(size):
        here[:] = series.first
        latest[:] = NEVER
        zone = 0
        for row in range(rows.offsets[begin + lane], rows.offsets[begin + lane + 1]):
            of_kind = rows.kind[row]
            for index in range(series.mixed_start[of_kind], series.mixed_start[of_kind + 1]):
                s = series.mixed[index]
                moment = rows.at[row]
                if moment < series.opens[s] or moment >= series.closes[s]:
                    continue
                cell = here[s]
                while moment >= series.edges[cell + 1]:
                    cell += 1
                here[s] = cell
                passed = True
                for t in range(series.test_start[s], series.test_start[s + 1]):
                    code = code_at(rows.properties[series.test_property[t]], row)
                    passed = passed and series.verdicts[series.test_offset[t] + code]
                if series.fn[s] == CHANGES:
                    if not passed:
                        continue
                    while zone + 1 < len(series.zone_start) and series.zone_start[zone + 1] <= moment:
                        zone += 1
                    day = _day(moment + series.zone_offset[zone], series.unit[s])
                    if series.unit[s] == 2:
                        day = series.months[day - series.first_day]
                    _count_day(day, cell, lane, s, latest, counts)
                elif series.fn[s] == LAST or counts[series.first[s], lane] == 0:
                    counts[series.first[s], lane] = cell - series.first[s] + 1 if passed else -1


@njit(cache=True, nogil=True, inline="always")
def _passes(rows, series, s, row) -> Any:  # type: ignore[no-untyped-def]
    """Whether a row, by its place in the population, passes the tests of a series."""
    for t in range(series.test_start[s], series.test_start[s + 1]):
        code = code_at(rows.properties[series.test_property[t]], row)
        if not series.verdicts[series.test_offset[t] + code]:
            return False
    return True


@njit(cache=True, nogil=True, inline="always")
def _day(local, unit) -> Any:  # type: ignore[no-untyped-def]
    """The day of an instant on local clocks, by number; of a week its own number."""
    day = local // 86_400_000_000
    return (day + 3) // 7 if unit == 1 else day  # 1970-01-01 was a Thursday; weeks begin on Monday


@njit(cache=True, nogil=True, inline="always")
def _count_day(day, cell, lane, s, latest, counts) -> Any:  # type: ignore[no-untyped-def]
    """Count a day in the cell of its latest row. `latest`: the newest day and its cell, then another day and its cell.

    Two days are kept, as clocks that go back may lead from a day into the one before.
    """
    if day > latest[s, 0]:
        latest[s, 2], latest[s, 3] = latest[s, 0], latest[s, 1]
        latest[s, 0], latest[s, 1] = day, cell
    elif day == latest[s, 0]:
        counts[latest[s, 1], lane] -= 1
        latest[s, 1] = cell
    else:
        if day == latest[s, 2]:
            counts[latest[s, 3], lane] -= 1
        latest[s, 2], latest[s, 3] = day, cell
    counts[cell, lane] += 1


@njit(cache=True, nogil=True)
def _add_up(series, counts, values) -> Any:  # type: ignore[no-untyped-def]
    """Make each cell hold what is in it and in all later ones of its series."""
    for s in range(len(series.fn)):
        fn = series.fn[s]
        if fn >= FIRST:
            continue
        for cell in range(series.last[s] - 1, series.first[s] - 1, -1):
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


@njit(cache=True, nogil=True)
def _decide(rows, steps, given, begin, place, size, counts, values, hits, truth) -> Any:  # type: ignore[no-untyped-def]
    """The truth of every step for 64 contacts, a bit each."""
    for i in range(len(steps.operation)):
        operation, a, b = steps.operation[i], steps.a[i], steps.b[i]
        low, high = steps.low[i], steps.high[i]
        if operation == ALL:
            word = truth[steps.parts[a]]
            for part in range(a + 1, b):
                word &= truth[steps.parts[part]]
            truth[i] = word
        elif operation == ANY:
            word = truth[steps.parts[a]]
            for part in range(a + 1, b):
                word |= truth[steps.parts[part]]
            truth[i] = word
        elif operation == NOT:
            truth[i] = ~truth[a]
        elif operation == ATTRIBUTE:
            for lane in range(size):
                hits[lane] = steps.verdicts[b + code_at(rows.attributes[a], begin + lane)]
            truth[i] = _packed(hits)
        elif operation == COUNTED:
            for lane in range(LANES):
                count = counts[a, lane] - counts[b, lane]
                hits[lane] = (count >= low) & (count <= high)
            truth[i] = _packed(hits)
        elif operation == SUMMED:
            times, less, some = steps.times[i], steps.less[i], steps.some[i]
            for lane in range(LANES):
                count = counts[a, lane] - counts[b, lane]
                value = (values[a, lane] - values[b, lane]) * times - count * less
                hits[lane] = (value >= low) & (value <= high) & (count >= some)
            truth[i] = _packed(hits)
        elif operation == EXTREME:
            for lane in range(LANES):
                value = values[a, lane]
                hits[lane] = (value >= low) & (value <= high) & (counts[a, lane] > 0)
            truth[i] = _packed(hits)
        elif operation == GIVEN:
            for lane in range(size):
                hits[lane] = given[a, place + lane]
            truth[i] = _packed(hits)
        else:
            truth[i] = ~np.uint64(0) if a else np.uint64(0)


@njit(cache=True, nogil=True, inline="always")
def _packed(hits) -> Any:  # type: ignore[no-untyped-def]
    """64 bytes of 0 or 1 as bits, the first of each eight the highest: one multiplication gathers eight."""
    word = np.uint64(0)
    eights = hits.view(np.uint64)
    for index in range(8):
        eight = (eights[index] * np.uint64(0x8040201008040201)) >> np.uint64(56)
        word |= eight << np.uint64(8 * index)
    return word
