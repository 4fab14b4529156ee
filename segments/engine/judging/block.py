"""A block of contacts, and what is known of them from elsewhere."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from segments.engine.judging.population import Column, Population
from segments.engine.judging.tables import NO_VALUES, Tables
from segments.engine.language import moments
from segments.engine.language.rules import Membership, Property

Bools = npt.NDArray[np.bool_]


class Block:
    """Some contacts, the first of them at `start` of the population that the tables were made for."""

    def __init__(self, population: Population, tables: Tables, start: int = 0) -> None:
        self.population = population
        self.tables = tables
        self.plan = tables.plan
        self.start = start

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


@dataclass(frozen=True)
class Standing:
    """Members that are given, not worked out: a fixed segment. `since` is the instant each came in, per contact.

    `judged`: its rule is judged here as well and says who is in it now; these were in it so far, and since when.
    """

    members: Bools
    since: npt.NDArray[np.int64] | None = None
    judged: bool = False

    def holds(self, rule: Membership, block: Block) -> Bools:
        """Who of a block has been a member for as long as is asked."""
        stop = block.start + len(block)
        inside = self.members[block.start : stop]
        if rule.held is None or self.since is None:
            return inside
        limit = moments.step(block.plan.as_of, rule.held, -1, block.plan.zone)
        return inside & (self.since[block.start : stop] <= limit)
