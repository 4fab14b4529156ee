"""The people that a comparison is about, as columns of the mirror: everybody, and on which side each stands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt

from segments.engine.judging.population import Population
from segments.mirror import everyone

Bools = npt.NDArray[np.bool_]
Sides = npt.NDArray[np.uint8]
Ids = npt.NDArray[np.int64]
OUT, FIRST, SECOND = 0, 1, 2
DENSE = 1 << 27  # keys up to here are looked up in a table of one byte each


@dataclass(frozen=True)
class Part:
    """Some contacts of the mirror: `living` marks the rows that stand."""

    population: Population
    living: Bools

    def inside(self, ids: Ids) -> Bools:
        """Which rows are of these (sorted) contacts, and stand."""
        return among(np.asarray(self.population.ids, np.int64), ids) & self.living


@dataclass(frozen=True)
class Ground:
    """Everybody, in parts. `built_at` is as of when attributes and interactions are true at least."""

    parts: tuple[Part, ...]
    built_at: datetime
    behind: bool

    def __len__(self) -> int:
        return sum(int(np.count_nonzero(part.living)) for part in self.parts)


def ground() -> Ground:
    """Everybody as of now, from the mirror that web pages read."""
    found = everyone.now(rebuild=False)
    parts = [
        Part(part.population, np.ones(len(part.population), bool) if part.stands is None else part.stands)
        for part in found.parts
        if len(part.population)
    ]
    return Ground(tuple(parts), found.built_at, found.behind)


def sides(part: Part, first: Ids, second: Ids | None) -> Sides:
    """1 for those in `first`, 2 for those in `second` (everybody else where that is None), 0 for who is in both."""
    mine = part.inside(first)
    others = part.living & ~mine if second is None else part.inside(second)
    out = np.zeros(len(mine), np.uint8)
    out[mine & ~others] = FIRST
    out[others & ~mine] = SECOND
    return out


def among(keys: Ids, ids: Ids) -> Bools:
    """For each key: is it one of the sorted ids?"""
    if not len(ids) or not len(keys):
        return np.zeros(len(keys), bool)
    most = int(max(keys.max(), ids[-1]))
    if most >= DENSE or int(ids[0]) < 0:
        return np.isin(keys, ids)
    table = np.zeros(most + 1, bool)
    table[ids] = True
    return table[keys]
