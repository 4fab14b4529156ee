"""A block of contacts small enough for the cache, and what has been worked out for it so far."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from segments.engine import kernel, moments
from segments.engine.dictionary import Dictionary
from segments.engine.operators import Asked, decide
from segments.engine.plan import Batch, Plan, Request
from segments.engine.population import Column, Population
from segments.engine.rules import Property

Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]
NO_VALUES = Dictionary([None])


class Tables:
    """Conditions decided once per distinct value, shared by all blocks of a run."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._decided: dict[Any, Bools] = {}
        self._kinds: dict[tuple[str, int], Bools] = {}

    def decided(self, dictionary: Dictionary, condition: Any) -> Bools:
        """For each entry of a dictionary: does an attribute or property condition hold?"""
        key = (id(dictionary), condition)
        found = self._decided.get(key)
        if found is None:
            asked = Asked(condition.value, self.plan.as_of, self.plan.zone, condition.offset_days)
            found = decide(condition.op, dictionary, asked, empty=getattr(condition, "empty", True))
            self._decided[key] = found
        return found

    def of_kind(self, kinds: list[str], wanted: str) -> Bools:
        """For each kind: is it the one asked for, or does it begin so where that ends in `*`?"""
        key = (wanted, id(kinds))
        found = self._kinds.get(key)
        if found is None:
            begins = wanted[:-1] if wanted.endswith("*") else None
            matches = [kind == wanted if begins is None else kind.startswith(begins) for kind in kinds]
            found = self._kinds[key] = np.array(matches, bool)
        return found


class Block:
    """Some contacts, with the kernel's arrays for them, filled when first asked for."""

    def __init__(self, population: Population, tables: Tables) -> None:
        self.population = population
        self.tables = tables
        self.plan = tables.plan
        self._filled: dict[int, tuple[Ints, npt.NDArray[np.int32]]] = {}
        self._where: dict[tuple[Property, ...], Bools] = {}
        self._calendar: dict[str, Ints] = {}

    def __len__(self) -> int:
        return len(self.population)

    def column(self, name: str) -> Column:
        """An interaction property, all missing where no interaction has it."""
        found = self.population.properties.get(name)
        return found or Column(np.zeros(len(self.population.at), np.int32), NO_VALUES)

    def where(self, tests: tuple[Property, ...]) -> Bools:
        """Which rows pass all property tests."""
        found = self._where.get(tests)
        if found is None:
            found = np.ones(len(self.population.at), bool)
            for test in tests:
                column = self.column(test.name)
                found &= self.tables.decided(column.dictionary, test)[column.codes]
            self._where[tests] = found
        return found

    def rows_of(self, kind: str, where: tuple[Property, ...]) -> Bools:
        """Which rows are of the kind and pass the tests."""
        if not self.population.kinds:
            return np.zeros(len(self.population.at), bool)
        mask = self.tables.of_kind(self.population.kinds, kind)[self.population.kind]
        return mask & self.where(where) if where else mask

    def measured(self, request: Request) -> tuple[Ints, npt.NDArray[np.int32]]:
        """The array of a request, and how many rows counted, per contact."""
        batch, index = self.plan.place[request]
        if batch not in self._filled:
            self._filled[batch] = self._fill(self.plan.batches[batch])
        out, seen = self._filled[batch]
        return out[index], seen[index]

    def calendar(self, unit: str) -> Ints:
        """The local day, week or month of each row, as a number."""
        if unit not in self._calendar:
            days = self._days
            if unit == "week":
                days = (days + 3) // 7  # 1970-01-01 was a Thursday; weeks begin on Monday
            elif unit == "month":
                days = days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
            self._calendar[unit] = days
        return self._calendar[unit]

    @cached_property
    def _days(self) -> Ints:
        return moments.local_days(np.asarray(self.population.at), self.plan.zone)

    def _fill(self, batch: Batch) -> tuple[Ints, npt.NDArray[np.int32]]:
        population, count = self.population, len(batch.requests)
        out = np.zeros((count, len(self)), np.int64)
        seen = np.zeros((count, len(self)), np.int32)
        if not population.kinds or not len(population.at):
            return out, seen
        starts, readers = self._readers(batch)
        rows, value = self._row_values(batch)
        kernel.scan(
            population.offsets,
            population.kind,
            population.at,
            self._bits(batch),
            rows,
            self.plan.as_of + 1,
            starts,
            readers,
            np.array([request.low for request in batch.requests], np.int64),
            np.array([request.high for request in batch.requests], np.int64),
            np.array([request.fn for request in batch.requests], np.int64),
            batch.need,
            value,
            out,
            seen,
        )
        return out, seen

    def _readers(self, batch: Batch) -> tuple[Ints, Ints]:
        kinds = self.population.kinds
        reads = np.array(
            [self.tables.of_kind(kinds, request.kind) for request in batch.requests], bool
        )  # requests x kinds
        readers = np.nonzero(reads.T)[1].astype(np.int64)
        starts = np.concatenate([[0], np.cumsum(reads.sum(axis=0))]).astype(np.int64)
        return starts, readers

    def _bits(self, batch: Batch) -> npt.NDArray[np.uint64]:
        bits = np.zeros(len(self.population.at), np.uint64)
        masks = [self.where(tests) for tests in batch.tests]
        for name in batch.readable:
            column = self.column(name)
            masks.append(column.dictionary.numbers.readable[column.codes])
        for bit, mask in enumerate(masks):
            bits |= mask.astype(np.uint64) << np.uint64(bit)
        return bits

    def _row_values(self, batch: Batch) -> tuple[npt.NDArray[np.int64], Ints]:
        sources = list(
            dict.fromkeys(
                (request.property, request.calendar)
                for request in batch.requests
                if request.property or request.calendar
            )
        )
        rows = np.zeros((max(len(sources), 1), len(self.population.at) if sources else 0), np.int64)
        for index, (name, unit) in enumerate(sources):
            if unit:
                rows[index] = self.calendar(unit)
            else:
                column = self.column(name)
                np.take(column.dictionary.numbers.scaled, column.codes, out=rows[index])
        places = [
            sources.index((request.property, request.calendar))
            if (request.property or request.calendar)
            else 0
            for request in batch.requests
        ]
        return rows, np.array(places, np.int64)
