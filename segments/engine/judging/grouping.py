"""Interactions once more, kind by kind: a rule that reads two kinds of eight touches no row of the other six."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

Ints = npt.NDArray[np.int64]
LANES = 512  # contacts that the kernel takes at a time


@dataclass(frozen=True)
class ByKind:
    """Rows sorted by kind, then contact, then as in the population; a pair is a contact's rows of one kind.

    The pairs of kind k are `pairs[k]:pairs[k + 1]`, contacts rising. Pair p is of contact (row) `owners[p]`, its
    rows are `starts[p]:starts[p + 1]`. Each row has its instant, `source` is its place in the population, and `lanes`
    says which of LANES contacts beside each other it is of. Takes 14 bytes a row and 12 a pair.
    """

    pairs: Ints
    owners: npt.NDArray[np.int32]
    starts: Ints
    at: Ints
    source: npt.NDArray[np.uint32]
    lanes: npt.NDArray[np.uint16]


NOTHING_DONE = ByKind(
    np.zeros(1, np.int64),
    np.zeros(0, np.int32),
    np.zeros(1, np.int64),
    np.zeros(0, np.int64),
    np.zeros(0, np.uint32),
    np.zeros(0, np.uint16),
)


class Grouping:
    """The rows of a population by kind, made when first asked for; shared by populations of the very same rows."""

    def __init__(self) -> None:
        self._kept: tuple[tuple[Any, Any, Any], ByKind] | None = None  # one word, as threads share it

    def given(self, known: ByKind, offsets: Any, kind: Any, at: Any) -> None:
        """Say what it is for these arrays: it was kept with them."""
        self._kept = (offsets, kind, at), known

    def of(self, offsets: Any, kind: Any, at: Any, kinds: int) -> ByKind:
        """The grouping of these rows."""
        kept = self._kept
        if kept is None or any(
            one is not other for one, other in zip(kept[0], (offsets, kind, at), strict=True)
        ):
            kept = (offsets, kind, at), by_kind(offsets, kind, at, kinds)
            self._kept = kept
        return kept[1]


def by_kind(offsets: Any, kind: Any, at: Any, kinds: int) -> ByKind:
    """Rows of a population, which lie contact by contact, sorted by kind."""
    if len(at) >= 2**32:
        raise OverflowError("More than 4,294,967,295 interactions are too many for one mirror.")
    offsets, kind, at = (np.asarray(array).view(np.ndarray) for array in (offsets, kind, at))
    pairs, rows = _counted(offsets, kind, kinds)
    owners = np.empty(pairs[-1], np.int32)
    starts = np.empty(pairs[-1] + 1, np.int64)
    starts[-1] = rows[-1]
    moments, source = np.empty(rows[-1], np.int64), np.empty(rows[-1], np.uint32)
    lanes = np.empty(rows[-1], np.uint16)
    _fill(offsets, kind, at, pairs, rows, owners, starts, moments, source, lanes)
    return ByKind(pairs, owners, starts, moments, source, lanes)


@njit(cache=True, nogil=True)
def _counted(offsets, kind, kinds) -> Any:  # type: ignore[no-untyped-def]
    """Where the pairs and the rows of each kind begin, and at last where they end."""
    pairs, rows = np.zeros(kinds + 1, np.int64), np.zeros(kinds + 1, np.int64)
    latest = np.full(kinds, -1, np.int64)
    for contact in range(len(offsets) - 1):
        for row in range(offsets[contact], offsets[contact + 1]):
            one = kind[row]
            if one < 0:
                continue  # of no kind
            rows[one + 1] += 1
            if latest[one] != contact:
                latest[one] = contact
                pairs[one + 1] += 1
    return np.cumsum(pairs), np.cumsum(rows)


@njit(cache=True, nogil=True)
def _fill(offsets, kind, at, pairs, rows, owners, starts, moments, source, lanes) -> Any:  # type: ignore[no-untyped-def]
    pair, place = pairs[:-1].copy(), rows[:-1].copy()
    latest = np.full(len(pair), -1, np.int64)
    for contact in range(len(offsets) - 1):
        for row in range(offsets[contact], offsets[contact + 1]):
            one = kind[row]
            if one < 0:
                continue
            if latest[one] != contact:
                latest[one] = contact
                owners[pair[one]] = contact
                starts[pair[one]] = place[one]
                pair[one] += 1
            moments[place[one]] = at[row]
            source[place[one]] = row
            lanes[place[one]] = contact % LANES
            place[one] += 1
