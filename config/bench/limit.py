"""The limit: a loop for just these measures, with every kind, window and category written into it as a number.

It is what somebody could write by hand for these segments and no others: nested windows, sums in registers, one
pass, both cores, results for a block of contacts at a time. It only measures; it judges nobody. It is compiled anew
for each set of segments, which takes seconds, so no product could work like this.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby
from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

from config.bench.measures import EVER, ZONE, Wanted
from segments.engine.judging.population import Population
from segments.engine.language import moments

BLOCK = 32_768
DAY = moments.DAY_US
STARTS = {
    "count": ["n{i} = 0"],
    "sum": ["n{i} = 0", "s{i} = 0"],
    "minimum": ["n{i} = 0", "s{i} = 2**62"],
    "maximum": ["n{i} = 0", "s{i} = -2**62"],
    "distinct_days": ["n{i} = 0", "d{i} = -1"],
    "first": ["n{i} = 0", "f{i} = False"],
    "last": ["n{i} = 0"],
}
STEPS = {
    "count": ["n{i} += 1"],
    "sum": ["n{i} += 1", "s{i} += cents"],
    "minimum": ["n{i} += 1", "s{i} = min(s{i}, cents)"],
    "maximum": ["n{i} += 1", "s{i} = max(s{i}, cents)"],
    "distinct_days": ["if day != d{i}:", "    d{i} = day", "    n{i} += 1"],
    "first": ["if not f{i}:", "    f{i} = True", "    n{i} = 1 if {low} <= t < {high} else 0"],
    "last": ["n{i} = 1 if {low} <= t < {high} else 0"],
}
AMOUNTS = ("sum", "minimum", "maximum")


def source(measures: Sequence[Wanted], population: Population) -> str:
    """The text of the loop."""
    lines = [
        "def loop(offsets, kind, at, amount, category, number, zone_start, zone_offset, start, stop, end, seen, out):",
        "    for contact in range(start, stop):",
        "        z = 0",
    ]
    for i, one in enumerate(measures):
        lines += [" " * 8 + text.format(i=i) for text in STARTS[one.fn]]
    lines += [
        "        for row in range(offsets[contact], offsets[contact + 1]):",
        "            t = at[row]",
        "            if t >= end:",
        "                break",
        "            k = kind[row]",
    ]
    numbered = list(enumerate(measures))
    word = "if"
    for name, group in groupby(numbered, key=lambda pair: pair[1].kind):
        if name in population.kinds:
            lines.append(f"            {word} k == {population.kinds.index(name)}:")
            lines += _of_kind(list(group), population)
            word = "elif"
    for i, one in numbered:
        lines.append(f"        seen[{i}, contact - start] = n{i}")
        if one.fn in AMOUNTS:
            lines.append(f"        out[{i}, contact - start] = s{i}")
    return "\n".join(lines) + "\n"


def _of_kind(group: list[tuple[int, Wanted]], population: Population) -> list[str]:
    """The tests of one kind: windows inside each other, what a row needs read once."""
    lines: list[str] = []
    deep = 16
    used = {one.fn for _, one in group}
    if "distinct_days" in used:
        lines += [
            " " * deep + "while z + 1 < len(zone_start) and zone_start[z + 1] <= t:",
            " " * deep + "    z += 1",
            " " * deep + f"day = (t + zone_offset[z]) // {DAY}",
        ]
    if used & set(AMOUNTS):
        lines.append(" " * deep + "cents = number[amount[row]]")
    if any(one.category for _, one in group):
        lines.append(" " * deep + "c = category[row]")
    whole = [(i, one) for i, one in group if one.fn in ("first", "last")]
    rest = [(i, one) for i, one in group if one.fn not in ("first", "last")]
    for i, one in whole:
        lines += [" " * deep + text.format(i=i, low=one.low, high=one.high) for text in STEPS[one.fn]]
    for low, inside in groupby(rest, key=lambda pair: pair[1].low):
        if low != EVER:
            lines.append(" " * deep + f"if t >= {low}:")
            deep += 4
        for i, one in inside:
            step = [text.format(i=i) for text in STEPS[one.fn]]
            if one.category:
                entries = list(population.properties["category"].dictionary.entries)
                code = entries.index(one.category) if one.category in entries else -1
                step = [f"if c == {code}:", *(f"    {text}" for text in step)]
            lines += [" " * deep + text for text in step]
    return lines


class Limit:
    """The compiled loop over one population."""

    def __init__(self, measures: Sequence[Wanted], population: Population, end: int) -> None:
        self.measures = measures
        self.text = source(measures, population)
        made: dict[str, Any] = {}
        exec(self.text, made)  # noqa: S102 - the text above, made of numbers and our own words
        loop: Callable[..., None] = njit(nogil=True)(made["loop"])
        numbers = population.properties["amount"].dictionary.numbers.scaled
        at = population.at
        zone = moments.zone_table(int(at.min()), int(at.max()), ZONE)
        columns = (
            *(population.offsets, population.kind, at),
            *(population.properties["amount"].codes, population.properties["category"].codes),
            *(numbers, *zone),
        )
        self._call = lambda start, stop, seen, out: loop(*columns, start, stop, end, seen, out)
        self._size = len(population)
        seen, out = self._room(1)
        self._call(0, 0, seen, out)

    def _room(self, contacts: int) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int64]]:
        shape = (len(self.measures), contacts)
        return np.zeros(shape, np.int32), np.zeros(shape, np.int64)

    def run(self, threads: int = 2) -> None:
        """Measure everyone; each thread uses the same room again for its next block."""

        def work(first: int) -> None:
            seen, out = self._room(BLOCK)
            for start in range(first * BLOCK, self._size, BLOCK * threads):
                self._call(start, min(start + BLOCK, self._size), seen, out)

        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(work, range(threads)))

    def of(self, start: int, stop: int) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int64]]:
        """How many rows counted, and the number, per measure and contact."""
        seen, out = self._room(stop - start)
        self._call(start, stop, seen, out)
        return seen, out
