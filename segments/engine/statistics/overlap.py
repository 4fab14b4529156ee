"""How groups overlap: exact counts of every pair and of every exact combination, from rows of bits."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from segments.engine.statistics import bits
from segments.engine.statistics.bits import Table

Counts = npt.NDArray[np.int64]
MOST_COMBINED = 6


def pair_counts(groups: Table) -> Counts:
    """counts[i, j]: how many are in both; counts[i, i] is the size."""
    counts = np.zeros((len(groups), len(groups)), np.int64)
    for row in range(len(groups)):
        both = bits.counts(groups[row:] & groups[row])
        counts[row, row:] = counts[row:, row] = both
    return counts


def near_twins(groups: Table, least: float) -> list[tuple[int, int, int]]:
    """Pairs (i, j, in both) of groups that are at least so much the same people (Jaccard), nobody's left out.

    Only groups of nearly one size can be, so few pairs are looked at.
    """
    sizes = bits.counts(groups).tolist()
    order = sorted((place for place, size in enumerate(sizes) if size), key=sizes.__getitem__)
    found = []
    for index, one in enumerate(order):
        for other in order[index + 1 :]:
            small, large = sizes[one], sizes[other]
            if small < least * large:
                break
            both = bits.count(groups[one] & groups[other])
            if jaccard(both, small, large) >= least:
                found.append((one, other, both))
    return found


def combinations(groups: Table) -> Counts:
    """counts[mask]: how many are in exactly the groups whose bit is set, and in no other of these; mask 0 is 0."""
    if len(groups) > MOST_COMBINED:
        raise ValueError(f"at most {MOST_COMBINED} groups")
    counts = np.zeros(1 << len(groups), np.int64)
    for mask in range(1, len(counts)):
        inside = [row for bit, row in enumerate(groups) if mask >> bit & 1]
        outside = [row for bit, row in enumerate(groups) if not mask >> bit & 1]
        exactly = np.bitwise_and.reduce(inside)
        for row in outside:
            exactly = exactly & ~row
        counts[mask] = bits.count(exactly)
    return counts


def jaccard(both: int, one: int, other: int) -> float:
    """The share of those in either who are in both: 1 for the same people, 0 for nobody in common."""
    either = one + other - both
    return both / either if either else 0.0
