"""What the rules of a run measure, each measure once, laid out for the kernel: series of cells."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
import numpy.typing as npt

from segments.engine.judging import kernel
from segments.engine.judging.addresses import Addresses
from segments.engine.judging.columns import Pool, plain
from segments.engine.judging.tables import NO_VALUES, Tables
from segments.engine.language import moments
from segments.engine.language.rules import Interaction, Measure, Property

Ints = npt.NDArray[np.int64]
UNITS = {"day": 0, "week": 1, "month": 2}
CALENDAR = {"distinct_days": "day", "distinct_weeks": "week", "distinct_months": "month"}
FUNCTIONS = {
    "sum": kernel.SUM,
    "average": kernel.SUM,
    "minimum": kernel.MINIMUM,
    "maximum": kernel.MAXIMUM,
}
NUMBERS = (kernel.SUM, kernel.MINIMUM, kernel.MAXIMUM)
PICKS = (kernel.FIRST, kernel.LAST)
# Their cells cannot be taken from each other, so windows share a series only where they end together.
ENDING = (kernel.MINIMUM, kernel.MAXIMUM, kernel.CHANGES)
IN_ORDER = (*PICKS, kernel.CHANGES)  # over several kinds they need the rows of all in their order
RECENT = moments.to_us(datetime(2000, 1, 1, tzinfo=UTC))


@dataclass(frozen=True)
class Request:
    """One measure: `fn` over the rows of `kind` that pass `where` within [low, high)."""

    kind: str
    where: tuple[Property, ...]
    low: int
    high: int
    fn: int
    property: str = ""
    calendar: str = ""  # day, week or month, for CHANGES

    def series(self) -> tuple[Any, ...]:
        """What measures that share a series have in common: they differ by their windows only."""
        high = self.high if self.fn in ENDING else 0
        return self.kind, self.where, self.fn, self.property, self.calendar, high


@dataclass(frozen=True)
class Place:
    """The cells of a request: from `begin` to before `end`, in a series from `first` to `last`, which is empty."""

    begin: int
    end: int
    first: int
    last: int


def request_of(part: Interaction, low: int, high: int) -> Request | None:
    """What an interaction condition measures in a window; None for `distinct`, which has a loop of its own."""
    measure = part.measure or Measure("count")
    if part.pick:
        return Request(
            part.kind, part.where, low, high, kernel.FIRST if part.pick == "first" else kernel.LAST
        )
    if measure.fn == "distinct":
        return None
    if measure.fn in CALENDAR:
        return Request(part.kind, part.where, low, high, kernel.CHANGES, calendar=CALENDAR[measure.fn])
    fn = FUNCTIONS.get(measure.fn, kernel.COUNT)
    name = "" if fn == kernel.COUNT else measure.property or ""
    return Request(part.kind, part.where, low, high, fn, property=name)


class Layout:
    """The series of some requests, and where in them each request lies. Rows from `end` on do not exist yet."""

    def __init__(self, requests: Iterable[Request], tables: Tables, end: int) -> None:
        self._tables = tables
        self._end = end
        self.properties = Addresses(tables.population.properties)
        self.places: dict[Request, Place] = {}
        groups: dict[tuple[Any, ...], list[Request]] = {}
        for request in dict.fromkeys(requests):
            groups.setdefault(request.series(), []).append(request)
        ordered = sorted(groups.values(), key=lambda group: group[0].fn not in NUMBERS)
        self._heads = [group[0] for group in ordered]
        self._first: list[int] = []
        self._last: list[int] = []
        self._edges = [-moments.EVER]  # the cell before a series takes what is older
        self._numbered_cells = 0
        for group in ordered:
            self._lay(group)

    def _lay(self, group: list[Request]) -> None:
        """The cells of one series, between all edges of its windows."""
        head, first = group[0], len(self._edges)
        read = [] if self._never(head) else [request for request in group if request.low < request.high]
        edges = {edge for request in read for edge in (request.low, request.high)}
        if read and head.fn in PICKS:
            edges |= {-moments.EVER, self._end}
        ordered = sorted(edges) or [moments.EVER]
        at = {edge: first + index for index, edge in enumerate(ordered)}
        last = first + len(ordered) - 1
        for request in group:
            # A window without an instant has the last cell, which is empty: of an extreme one cell is asked.
            empty = request.low >= request.high or not read
            begin, end = (last, last) if empty else (at[request.low], at[request.high])
            self.places[request] = Place(begin, end, first, last)
        self._first.append(first)
        self._last.append(last)
        self._edges += ordered
        if head.fn in NUMBERS:
            self._numbered_cells = len(self._edges)

    def _never(self, head: Request) -> bool:
        """True if no row can pass, as nobody has a property that is asked for."""
        lacking = [test for test in head.where if test.name not in self.properties]
        return (head.property != "" and head.property not in self.properties) or any(
            not self._tables.decided(NO_VALUES, test)[0] for test in lacking
        )

    def series(self) -> kernel.Series:
        """The tables for the kernel."""
        heads, kinds = self._heads, max(len(self._tables.population.kinds), 1)
        reads = np.zeros((len(heads), kinds), bool)
        for index, head in enumerate(heads):
            reads[index, : len(self._tables.population.kinds)] = self._tables.of_kind(head.kind)
        ordered = np.array([head.fn in IN_ORDER for head in heads], bool)
        reads &= (np.array(self._first) < np.array(self._last))[:, None]  # of which a row can pass at all
        mixed = reads & (ordered & (reads.sum(axis=1) > 1))[:, None]
        reads &= ~mixed
        verdicts, numbers = Pool(np.bool_), Pool(np.int64)
        classed = self._classed(reads, numbers)
        test_start, tests = [0], []
        for head in heads:
            tests += self._tests(head, verdicts)
            test_start.append(len(tests))
        number = [classed.get(place) or self._number(head, numbers) for place, head in enumerate(heads)]
        zone_start, zone_offset, months, first_day = self._calendar()
        fetched = [self._fetched(reads[:, kind], test_start, tests, number) for kind in range(kinds)]
        return kernel.Series(
            read=_ints(np.flatnonzero(reads.any(axis=0))),
            kind_start=_ints([0, *np.cumsum(reads.sum(axis=0))]),
            kinds=_ints(np.nonzero(reads.T)[1]),
            mixed_start=_ints([0, *np.cumsum(mixed.sum(axis=0))]),
            mixed=_ints(np.nonzero(mixed.T)[1]),
            fetch_start=_ints([0, *np.cumsum([len(of_kind) for of_kind in fetched])]),
            fetched=_ints([name for of_kind in fetched for name in of_kind]),
            fetched_numbers=_ints([offset for of_kind in fetched for offset, _ in of_kind.values()]),
            fetch_opens=_ints([opens for of_kind in fetched for _, opens in of_kind.values()]),
            fn=_ints([self._fn(place, classed) for place in range(len(heads))]),
            first=_ints(self._first),
            last=_ints(self._last),
            opens=_ints([self._edges[first] for first in self._first]),
            closes=_ints([self._edges[last] for last in self._last]),
            edges=_ints(self._edges),
            test_start=_ints(test_start),
            test_property=_ints([place for place, _ in tests]),
            test_offset=_ints([offset for _, offset in tests]),
            verdicts=verdicts.array(),
            number_property=_ints([place for place, _ in number]),
            number_offset=_ints([offset for _, offset in number]),
            numbers=numbers.array(),
            numbered_cells=self._numbered_cells,
            unit=_ints([UNITS.get(head.calendar, 0) for head in heads]),
            zone_start=zone_start,
            zone_offset=zone_offset,
            months=months,
            first_day=first_day,
        )

    def _fn(self, place: int, classed: Mapping[int, Any]) -> int:
        if place in classed:
            return kernel.CLASSED
        head = self._heads[place]
        return kernel.PLAIN if head.fn == kernel.COUNT and not head.where else head.fn

    def _classed(self, reads: Any, numbers: Pool) -> dict[int, tuple[int, int]]:
        """Series that count rows once for all those alike but for a test that no row passes together with another.

        Of the first of each the property and where its classes begin in `numbers`: for each code, how much further on
        than its own the cells of the series that counts it lie, or -1. The others no longer read.
        """
        alike: dict[Any, list[int]] = {}
        for place, head in enumerate(self._heads):
            first, last = self._first[place], self._last[place]
            one = head.fn == kernel.COUNT and len(head.where) == 1 and head.where[0].name in self.properties
            if one and reads[place].any():
                edges = tuple(self._edges[first : last + 1])
                alike.setdefault((reads[place].tobytes(), head.where[0].name, edges), []).append(place)
        found = {}
        for (_, name, _), places in alike.items():
            dictionary = self._tables.dictionary(name)
            classes = np.full(len(dictionary), -1, np.int64)
            joined = []
            for place in places:
                passing = self._tables.decided(dictionary, self._heads[place].where[0])
                if not (classes[passing] >= 0).any():
                    classes[passing] = (self._first[place] - self._first[places[0]]) * kernel.LANES
                    joined.append(place)
            if len(joined) > 1:
                found[joined[0]] = self.properties.place(name), numbers.put((name, joined[0]), classes)
                reads[joined[1:]] = False
        return found

    def _fetched(
        self, reading: Any, test_start: list[int], tests: list[tuple[int, int]], number: list[tuple[int, int]]
    ) -> dict[int, tuple[int, int]]:
        """The properties that series read of one kind: where their numbers are, if asked for, and back to when."""
        found: dict[int, tuple[int, int]] = {}
        for place in np.flatnonzero(reading):
            fn, opens = self._heads[place].fn, self._edges[self._first[place]]
            if fn in PICKS:
                continue
            for name, _ in tests[test_start[place] : test_start[place + 1]]:
                offset, before = found.get(name, (-1, opens))
                if fn in NUMBERS and name == number[place][0]:
                    offset = number[place][1]
                found[name] = offset, min(before, opens)
        return found

    def _tests(self, head: Request, verdicts: Pool) -> list[tuple[int, int]]:
        """The property and the place of the verdicts of each test; only rows with a number have one."""
        found = []
        for test in head.where:
            if test.name in self.properties:
                dictionary = self._tables.dictionary(test.name)
                offset = verdicts.put(test, self._tables.decided(dictionary, test))
                found.append((self.properties.place(test.name), offset))
        if head.property and head.property in self.properties:
            readable = self._tables.dictionary(head.property).numbers.readable
            found.append((self.properties.place(head.property), verdicts.put(head.property, readable)))
        return found

    def _number(self, head: Request, numbers: Pool) -> tuple[int, int]:
        if not head.property or head.property not in self.properties:
            return 0, 0
        scaled = self._tables.dictionary(head.property).numbers.scaled
        return self.properties.place(head.property), numbers.put(head.property, scaled)

    def _calendar(self) -> tuple[Ints, Ints, Ints, int]:
        """When the zone's clocks change and to what, and the month of each day, for all days that are counted."""
        counted = [place for place, head in enumerate(self._heads) if head.fn == kernel.CHANGES]
        counted = [place for place in counted if self._first[place] < self._last[place]]
        if not counted:
            return _ints([0]), _ints([0]), _ints([0]), 0
        low = min(self._edges[self._first[place]] for place in counted)
        high = max(self._edges[self._last[place]] for place in counted)
        if low < RECENT:
            low = max(low, self._tables.population.earliest())
        starts, offsets = moments.zone_table(low, max(low, high), self._tables.plan.zone)
        begin = max(int(np.searchsorted(starts, low, side="right")) - 1, 0)
        months, first_day = _ints([0]), 0
        if any(self._heads[place].calendar == "month" for place in counted):
            first_day = low // moments.DAY_US - 2
            days = np.arange(first_day, max(low, high) // moments.DAY_US + 3)
            months = _ints(days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64))
        return _ints(starts[begin:]), _ints(offsets[begin:]), months, first_day


def _ints(numbers: Any) -> Ints:
    return plain(numbers, np.int64)
