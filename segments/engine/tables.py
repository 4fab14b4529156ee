"""What is worked out once for a run and read by every block: conditions decided per distinct value, kernel tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from segments.engine import kernel, moments
from segments.engine.dictionary import Dictionary
from segments.engine.operators import Asked, decide
from segments.engine.plan import Plan, Request
from segments.engine.population import Population

Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]
NO_VALUES = Dictionary([None])
UNITS = {"": 0, "day": 0, "week": 1, "month": 2}


@dataclass(frozen=True)
class Scan:
    """The tables that drive `kernel.scan`; see there. `columns` are the properties whose codes it reads, in order."""

    columns: tuple[str, ...]
    kind_start: Ints
    kind_requests: Ints
    low: Ints
    high: Ints
    fn: Ints
    test_start: Ints
    test_column: Ints
    test_offset: Ints
    tests: Bools
    number_column: Ints
    number_offset: Ints
    numbers: Ints
    unit: Ints
    zone_start: Ints
    zone_offset: Ints
    months: Ints
    first_day: int


class Tables:
    """Everything blocks share. Made for one population; safe to read from threads."""

    def __init__(self, plan: Plan, population: Population) -> None:
        self.plan = plan
        self.population = population
        self._decided: dict[Any, Bools] = {}
        self._kinds: dict[str, Bools] = {}
        self._scan: Scan | None = None

    def dictionary(self, name: str) -> Dictionary:
        """What a property's codes stand for; only the missing value where no interaction has it."""
        column = self.population.properties.get(name)
        return NO_VALUES if column is None else column.dictionary

    def decided(self, dictionary: Dictionary, condition: Any) -> Bools:
        """For each entry of a dictionary: does an attribute or property condition hold?"""
        key = (id(dictionary), condition)
        found = self._decided.get(key)
        if found is None:
            asked = Asked(condition.value, self.plan.as_of, self.plan.zone, condition.offset_days)
            found = decide(condition.op, dictionary, asked, empty=getattr(condition, "empty", True))
            self._decided[key] = found
        return found

    def of_kind(self, wanted: str) -> Bools:
        """For each kind: is it the one asked for, or does it begin so where that ends in `*`?"""
        found = self._kinds.get(wanted)
        if found is None:
            begins = wanted[:-1] if wanted.endswith("*") else None
            matches = [
                kind == wanted if begins is None else kind.startswith(begins)
                for kind in self.population.kinds
            ]
            found = self._kinds[wanted] = np.array(matches, bool)
        return found

    @property
    def scan(self) -> Scan:
        """The kernel's tables."""
        if self._scan is None:
            self._scan = self._make_scan()
        return self._scan

    def _make_scan(self) -> Scan:
        requests = self.plan.requests
        columns = tuple(
            dict.fromkeys(
                [test.name for request in requests for test in request.where]
                + [request.property for request in requests if request.property]
            )
        )
        reads = np.array([self.of_kind(request.kind) for request in requests], bool)
        tests = _Tests(self, columns)
        starts = [0]
        for request in requests:
            tests.add(request)
            starts.append(len(tests.columns))
        numbers, number_offset = self._numbers(requests)
        at = self.population.at
        first, last = (int(at.min()), int(at.max())) if len(at) else (0, 0)
        zone_start, zone_offset = moments.zone_table(first, last, self.plan.zone)
        first_day = first // moments.DAY_US - 2
        days = np.arange(first_day, last // moments.DAY_US + 3)
        return Scan(
            columns=columns,
            kind_start=np.concatenate([[0], np.cumsum(reads.sum(axis=0))]).astype(np.int64),
            kind_requests=np.nonzero(reads.T)[1].astype(np.int64),
            low=np.array([request.low for request in requests], np.int64),
            high=np.array([request.high for request in requests], np.int64),
            fn=np.array([request.fn for request in requests], np.int64),
            test_start=np.array(starts, np.int64),
            test_column=np.array(tests.columns, np.int64),
            test_offset=np.array(tests.offsets, np.int64),
            tests=np.concatenate([np.zeros(1, bool), *tests.tables]),
            number_column=np.array(
                [columns.index(request.property) if request.property else 0 for request in requests], np.int64
            ),
            number_offset=number_offset,
            numbers=numbers,
            unit=np.array([UNITS[request.calendar] for request in requests], np.int64),
            zone_start=zone_start,
            zone_offset=zone_offset,
            months=days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64),
            first_day=first_day,
        )

    def _numbers(self, requests: tuple[Request, ...]) -> tuple[Ints, Ints]:
        """The exact numbers of all properties that are summed or compared, end to end, and where each begins."""
        begins: dict[str, int] = {}
        parts: list[Ints] = [np.zeros(1, np.int64)]
        size = 1
        for request in requests:
            if request.property and request.property not in begins:
                begins[request.property] = size
                parts.append(self.dictionary(request.property).numbers.scaled)
                size += len(parts[-1])
        return np.concatenate(parts), np.array([begins.get(r.property, 0) for r in requests], np.int64)


class _Tests:
    """The tests of all requests: verdicts end to end, equal ones once."""

    def __init__(self, tables: Tables, columns: tuple[str, ...]) -> None:
        self._all = tables
        self._places = {name: index for index, name in enumerate(columns)}
        self._begins: dict[Any, int] = {}
        self._size = 1
        self.tables: list[Bools] = []
        self.columns: list[int] = []
        self.offsets: list[int] = []

    def add(self, request: Request) -> None:
        for test in request.where:
            self._put(test.name, test, self._all.decided(self._all.dictionary(test.name), test))
        if request.property and request.fn in (kernel.SUM, kernel.MINIMUM, kernel.MAXIMUM):
            readable = self._all.dictionary(request.property).numbers.readable
            self._put(request.property, ("readable", request.property), readable)

    def _put(self, name: str, key: Any, verdicts: Bools) -> None:
        if key not in self._begins:
            self._begins[key] = self._size
            self._size += len(verdicts)
            self.tables.append(verdicts)
        self.columns.append(self._places[name])
        self.offsets.append(self._begins[key])
