"""A block of contacts small enough for the cache, and what has been worked out for it so far."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from segments.engine import kernel
from segments.engine.plan import Request
from segments.engine.population import Column, Population
from segments.engine.rules import Property
from segments.engine.tables import NO_VALUES, Scan, Tables

Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]
Counts = npt.NDArray[np.int32]


class Block:
    """Some contacts, with the kernel's arrays for them, filled when first asked for."""

    def __init__(self, population: Population, tables: Tables) -> None:
        self.population = population
        self.tables = tables
        self.plan = tables.plan
        self._filled: tuple[Ints, Counts] | None = None
        self._where: dict[tuple[Property, ...], Bools] = {}

    def __len__(self) -> int:
        return len(self.population)

    def column(self, name: str) -> Column:
        """An interaction property, all missing where no interaction has it."""
        found = self.population.properties.get(name)
        return found or Column(np.zeros(len(self.population.at), np.int32), NO_VALUES)

    def rows_of(self, kind: str, where: tuple[Property, ...]) -> Bools:
        """Which rows are of the kind and pass the property tests."""
        if not self.population.kinds:
            return np.zeros(len(self.population.at), bool)
        mask = self.tables.of_kind(kind)[self.population.kind]
        for test in where:
            column = self.column(test.name)
            mask &= self.tables.decided(column.dictionary, test)[column.codes]
        return mask

    def measured(self, request: Request) -> tuple[Ints, Counts]:
        """The array of a request, and how many rows counted, per contact."""
        if self._filled is None:
            self._filled = self._fill()
        out, seen = self._filled
        index = self.plan.place[request]
        return out[index], seen[index]

    def scan(self) -> Scan:
        """The tables that drive the kernel over the rows."""
        return self.tables.scan

    def _fill(self) -> tuple[Ints, Counts]:
        population = self.population
        scan = self.scan() if len(population.at) else None
        count = len(self.plan.requests) if scan is None else len(scan.low)
        out = np.zeros((count, len(population)), np.int64)
        seen = np.zeros((count, len(population)), np.int32)
        if scan is None:
            return out, seen
        codes = np.empty((max(len(scan.columns), 1), len(population.at) if scan.columns else 0), np.int32)
        for index, name in enumerate(scan.columns):
            codes[index] = self.column(name).codes
        kernel.scan(
            population.offsets, population.kind, population.at, codes, self.plan.as_of + 1, scan.kind_start,
            scan.kind_requests, scan.low, scan.high, scan.fn, scan.test_start, scan.test_column, scan.test_offset,
            scan.tests, scan.number_column, scan.number_offset, scan.numbers, scan.unit, scan.zone_start,
            scan.zone_offset, scan.months, scan.first_day, out, seen,
        )  # fmt: skip
        return out, seen
