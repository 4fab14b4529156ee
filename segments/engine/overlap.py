"""How groups overlap: exact counts of every pair and of every exact combination, from sorted contact ids."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Ids = npt.NDArray[np.int64]
Counts = npt.NDArray[np.int64]
MOST_COMBINED = 6


def pair_counts(groups: Sequence[Ids]) -> Counts:
    """counts[i, j]: how many are in both; counts[i, i] is the size. A bit a person."""
    most = max((int(ids[-1]) for ids in groups if len(ids)), default=0)
    words = most // 64 + 1
    bits = np.zeros((len(groups), words), np.uint64)
    for row, ids in enumerate(groups):
        inside = np.zeros(words * 64, bool)
        inside[ids] = True
        bits[row] = np.packbits(inside, bitorder="little").view(np.uint64)
    counts = np.zeros((len(groups), len(groups)), np.int64)
    for row in range(len(groups)):
        both = np.bitwise_count(bits[row:] & bits[row]).sum(axis=1, dtype=np.int64)
        counts[row, row:] = counts[row:, row] = both
    return counts


def combinations(groups: Sequence[Ids]) -> Counts:
    """counts[mask]: how many are in exactly the groups whose bit is set, and in no other of these; mask 0 is 0."""
    if len(groups) > MOST_COMBINED:
        raise ValueError(f"at most {MOST_COMBINED} groups")
    most = max((int(ids[-1]) for ids in groups if len(ids)), default=0)
    mask = np.zeros(most + 1, np.uint8)
    for bit, ids in enumerate(groups):
        mask[ids] |= np.uint8(1 << bit)
    counts = np.bincount(mask, minlength=1 << len(groups)).astype(np.int64)
    counts[0] = 0
    return counts


def jaccard(both: int, one: int, other: int) -> float:
    """The share of those in either who are in both: 1 for the same people, 0 for nobody in common."""
    either = one + other - both
    return both / either if either else 0.0
