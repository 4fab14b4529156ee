"""One contact asked as of many instants in one pass: the kernel's windows move from one instant to the next."""

from __future__ import annotations

import dataclasses
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from segments.engine import kernel, measures, moments
from segments.engine.block import Block
from segments.engine.plan import Plan, Request
from segments.engine.population import Population
from segments.engine.rules import Interaction, Regular
from segments.engine.tables import Scan, Tables

Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]
Counts = npt.NDArray[np.int32]


def interaction(population: Population, part: Interaction, instants: list[int], zone: ZoneInfo) -> Bools:
    """For each rising instant: does the condition hold? Its `where` must not depend on the instant asked as of,
    nor may rows later than the first instant decide which is the last of them all.
    """
    block = _Moving(population, part, instants, zone)
    if block.request is None or not block.exact(part):
        return np.array([_alone(population, part, instant, zone) for instant in instants], bool)
    return measures.interaction(block, part)


def regular(population: Population, part: Regular, instants: list[int], zone: ZoneInfo) -> Bools:
    """For each instant: was the habit kept? Its `where` must not depend on the instant asked as of."""
    block = _block(population, part, instants[-1], zone)
    mask = block.rows_of(part.kind, part.where)
    at, offsets = population.at[mask], np.array([0, np.count_nonzero(mask)], np.int64)
    every, found = np.ones(len(at), bool), np.zeros(len(instants), bool)
    out = np.zeros(1, np.int64)
    for index, instant in enumerate(instants):
        borders = [moments.step(instant, part.every, -k, zone) for k in range(part.of_last + 1)]
        kernel.regular(offsets, at, every, np.array(borders, np.int64), part.times, out)
        found[index] = out[0] >= part.at_least
    return found


def _block(population: Population, part: Interaction | Regular, as_of: int, zone: ZoneInfo) -> Block:
    return Block(population, Tables(Plan({"": part}, as_of=as_of, zone=zone), population))


def _alone(population: Population, part: Interaction, instant: int, zone: ZoneInfo) -> bool:
    return bool(measures.interaction(_block(population, part, instant, zone), part)[0])


class _Moving(Block):
    """A block whose rows are instants, not contacts: one request, its window as it lies at each of them."""

    def __init__(
        self, population: Population, part: Interaction, instants: list[int], zone: ZoneInfo
    ) -> None:
        plan = Plan({"": part}, as_of=instants[-1], zone=zone)
        super().__init__(population, Tables(plan, population))
        self.instants = instants
        self.window = part.window
        self.request: Request | None = plan.request(part)

    def __len__(self) -> int:
        return len(self.instants)

    def exact(self, part: Interaction) -> bool:
        """True if the kernel's numbers hold what is measured."""
        measured = part.measure is not None and bool(part.measure.property)
        return not measured or measures.exact(self, part.measure)  # type: ignore[arg-type]

    def measured(self, request: Request) -> tuple[Ints, Counts]:
        """What is measured as of each instant, and how many rows counted."""
        if self._filled is None:
            self._filled = self._fill()
        out, seen = self._filled
        return np.resize(out[:, 0], len(self)), np.resize(seen[:, 0], len(self))

    def scan(self) -> Scan:
        """The tables of the one request, once for each instant."""
        return self._repeated(self.tables.scan)

    def _repeated(self, scan: Scan) -> Scan:
        count = len(self)
        bounds = [moments.bounds(self.window, at, self.plan.zone) for at in self.instants]
        kinds = np.diff(scan.kind_start)
        tests = len(scan.test_column)
        return dataclasses.replace(
            scan,
            kind_start=np.concatenate([[0], np.cumsum(kinds * count)]).astype(np.int64),
            kind_requests=np.tile(np.arange(count), int(kinds.sum())).astype(np.int64),
            low=np.array([low for low, _ in bounds], np.int64),
            high=np.array([high for _, high in bounds], np.int64),
            fn=np.repeat(scan.fn, count),
            test_start=np.arange(count + 1, dtype=np.int64) * tests,
            test_column=np.tile(scan.test_column, count),
            test_offset=np.tile(scan.test_offset, count),
            number_column=np.repeat(scan.number_column, count),
            number_offset=np.repeat(scan.number_offset, count),
            unit=np.repeat(scan.unit, count),
        )
