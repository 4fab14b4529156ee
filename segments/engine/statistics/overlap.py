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
    bits = _bits(groups)
    counts = np.zeros((len(groups), len(groups)), np.int64)
    for row in range(len(groups)):
        both = np.bitwise_count(bits[row:] & bits[row]).sum(axis=1, dtype=np.int64)
        counts[row, row:] = counts[row:, row] = both
    return counts


def _bits(groups: Sequence[Ids]) -> npt.NDArray[np.uint64]:
    most = max((int(ids[-1]) for ids in groups if len(ids)), default=0)
    words = most // 64 + 1
    bits = np.zeros((len(groups), words), np.uint64)
    for row, ids in enumerate(groups):
        inside = np.zeros(words * 64, bool)
        inside[ids] = True
        bits[row] = np.packbits(inside, bitorder="little").view(np.uint64)
    return bits


def near_twins(groups: Sequence[Ids], least: float) -> list[tuple[int, int, int]]:
    """Pairs (i, j, in both) of groups that are at least so much the same people (Jaccard), nobody's left out.

    Only groups of nearly one size can be, so few pairs are looked at.
    """
    order = sorted(
        (place for place, ids in enumerate(groups) if len(ids)), key=lambda place: len(groups[place])
    )
    found = []
    for index, one in enumerate(order):
        for other in order[index + 1 :]:
            small, large = len(groups[one]), len(groups[other])
            if small < least * large:
                break
            both = len(np.intersect1d(groups[one], groups[other], assume_unique=True))
            if jaccard(both, small, large) >= least:
                found.append((one, other, both))
    return found


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
