"""People as bits: a row a group, a bit a contact, so that a million are compared in microseconds."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Ids = npt.NDArray[np.int64]
Row = npt.NDArray[np.uint64]
Table = npt.NDArray[np.uint64]  # a row a group, all of one length


def table(groups: Sequence[npt.NDArray[np.uint8]]) -> Table:
    """Groups of packed bits, the lowest bit first, as rows of one length."""
    words = max((-(-len(bits) // 8) for bits in groups), default=0) or 1
    rows = np.zeros((len(groups), words * 8), np.uint8)
    for row, bits in zip(rows, groups, strict=True):
        row[: len(bits)] = bits
    return rows.view(np.uint64)


def packed(groups: Sequence[Ids]) -> Table:
    """Groups of contact ids as rows."""
    most = max((int(ids.max()) for ids in groups if len(ids)), default=0)
    rows = np.zeros((len(groups), most // 64 + 1), np.uint64)
    for row, ids in zip(rows, groups, strict=True):
        row[:] = _row(ids, len(row))
    return rows


def like(ids: Ids, rows: Table) -> Row:
    """Contact ids as a row beside others; those beyond the others' length are in none of them and left out."""
    size = rows.shape[-1]
    return _row(ids[ids < size * 64], size)


def _row(ids: Ids, words: int) -> Row:
    inside = np.zeros(words * 64, bool)
    inside[ids] = True
    return np.packbits(inside, bitorder="little").view(np.uint64)


def ids(row: Row) -> Ids:
    """The contact ids of a row, rising."""
    places = np.flatnonzero(row)
    if len(places) * 8 < len(row):  # few: only their words are unpacked
        found = np.unpackbits(row[places].view(np.uint8), bitorder="little").reshape(-1, 64)
        word, bit = np.nonzero(found)
        return (places[word] * 64 + bit).astype(np.int64)
    return np.flatnonzero(np.unpackbits(row.view(np.uint8), bitorder="little")).astype(np.int64)


def count(row: Row) -> int:
    """How many there are in a row."""
    return int(np.bitwise_count(row).sum(dtype=np.int64))


def counts(rows: Table) -> npt.NDArray[np.int64]:
    """How many there are in each row."""
    return np.bitwise_count(rows).sum(axis=1, dtype=np.int64)


def union(rows: Table) -> Row:
    """Who is in any row."""
    found: Row = np.bitwise_or.reduce(rows, axis=0)
    return found
