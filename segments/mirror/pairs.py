"""The names and values of JSON objects as columns, without a Python object per object.

Objects come as bytes that a database validated. Nested ones have dotted paths beside their keys, as
`population.flattened` has them: an exact key wins over a path.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

from segments.engine.judging.population import Column
from segments.engine.language import values
from segments.engine.language.dictionary import Dictionary
from segments.mirror.encoding import Bytes, BytesCoder, Ints

Codes = npt.NDArray[np.int32]


@njit(cache=True, nogil=True)
def _past_text(buffer, place, end) -> Any:  # type: ignore[no-untyped-def]
    """The place of the quote that ends a text whose first byte is at `place`."""
    while place < end and buffer[place] != 34:
        place += 2 if buffer[place] == 92 else 1
    return place


@njit(cache=True, nogil=True)
def find_pairs(buffer, starts, lengths, row_of, parent_of, key_at, key_size, at, size) -> Any:  # type: ignore[no-untyped-def]
    """Every key with its value, of nested objects too, in the order they are written; how many."""
    count = 0
    for row in range(len(starts)):
        end = starts[row] + lengths[row]
        place = starts[row]
        while place < end and buffer[place] != 123:  # {
            place += 1
        place += 1
        parent = -1
        while place < end:
            byte = buffer[place]
            if byte == 125:  # }
                place += 1
                if parent < 0:
                    break
                size[parent] = place - at[parent]
                parent = parent_of[parent]
                continue
            if byte != 34:  # a comma or white space
                place += 1
                continue
            begin = place + 1
            place = _past_text(buffer, begin, end)
            pair = count
            count += 1
            row_of[pair], parent_of[pair] = row, parent
            key_at[pair], key_size[pair] = begin, place - begin
            place += 1
            while place < end and (buffer[place] == 58 or buffer[place] <= 32):
                place += 1
            at[pair] = place
            if place < end and buffer[place] == 123:
                parent = pair
                place += 1
                continue
            deep = 0
            while place < end:
                byte = buffer[place]
                if byte == 34:
                    place = _past_text(buffer, place + 1, end)
                elif byte == 91 or byte == 123:  # noqa: PLR1714 - numba
                    deep += 1
                elif deep and (byte == 93 or byte == 125):  # noqa: PLR1714 - numba
                    deep -= 1
                elif not deep and (byte == 44 or byte == 125 or byte <= 32):  # noqa: PLR1714 - numba
                    break
                place += 1
            size[pair] = place - at[pair]
    return count


class Pairs:
    """The names and values of many objects, chunk by chunk. A row is an object, numbered as they come."""

    def __init__(self) -> None:
        self._keys = BytesCoder()
        self._values = BytesCoder()
        self._paths: dict[tuple[int, int], int] = {}  # parent's path, key -> path
        self._steps: list[tuple[int, int]] = [(0, 0)]
        self._found: dict[tuple[int, bool], list[tuple[Codes, Codes]]] = {}
        self._decoded: list[Any] = [None]
        self.rows = 0

    def add(self, buffer: Bytes, starts: Ints, lengths: Ints) -> None:
        """Some objects; without a length there is none."""
        most = int(np.count_nonzero(buffer == 58)) + 1  # no pair without a colon
        row_of, parent_of = np.empty(most, np.int64), np.empty(most, np.int64)
        key_at, key_size, at, size = (np.empty(most, np.int64) for _ in range(4))
        count = find_pairs(buffer, starts, lengths, row_of, parent_of, key_at, key_size, at, size)
        if count:
            keys = self._keys.codes(buffer, key_at[:count], key_size[:count]).astype(np.int64)
            codes = self._values.codes(buffer, at[:count], size[:count])
            paths = self._path_of(keys, parent_of[:count])
            self._keep(row_of[:count] + self.rows, paths, parent_of[:count] >= 0, codes)
        self.rows += len(starts)

    def column_of_values(self, buffer: Bytes, starts: Ints, lengths: Ints) -> Codes:
        """The codes of single JSON values, for `column`; 0 where there is none."""
        return self._values.codes(buffer, starts, lengths)

    def _path_of(self, keys: Ints, parents: Ints) -> Ints:
        """The path of each pair; a nested one's goes on from its parent's, which comes before it."""
        paths = np.zeros(len(keys), np.int64)
        base = parents < 0
        paths[base] = self._numbered(np.zeros(int(base.sum()), np.int64), keys[base])
        waiting = np.flatnonzero(~base)
        while len(waiting):
            ready = waiting[paths[parents[waiting]] > 0]
            paths[ready] = self._numbered(paths[parents[ready]], keys[ready])
            waiting = waiting[paths[waiting] == 0]
        return paths

    def _numbered(self, parents: Ints, keys: Ints) -> Ints:
        both, inverse = np.unique((parents << 32) | keys, return_inverse=True)
        numbers = []
        for step in both.tolist():
            pair = (step >> 32, step & 0xFFFFFFFF)
            if pair not in self._paths:
                self._paths[pair] = len(self._steps)
                self._steps.append(pair)
            numbers.append(self._paths[pair])
        return np.array(numbers, np.int64)[inverse.reshape(-1)]

    def _keep(self, rows: Ints, paths: Ints, nested: npt.NDArray[np.bool_], codes: Codes) -> None:
        order = np.argsort(paths, kind="stable")
        rows, paths, nested, codes = rows[order], paths[order], nested[order], codes[order]
        cuts = np.flatnonzero(np.diff(paths)) + 1
        for begin, end in zip([0, *cuts.tolist()], [*cuts.tolist(), len(paths)], strict=True):
            key = (int(paths[begin]), bool(nested[begin]))
            self._found.setdefault(key, []).append(
                (rows[begin:end].astype(np.int32), codes[begin:end].copy())
            )

    def names(self) -> dict[str, list[tuple[int, bool]]]:
        """Each name, and the paths that lead to it: nested ones after exact ones."""
        spelled = self._keys.entries(lambda raw: str(json.loads(b'"' + raw + b'"')))
        full = [""]
        for parent, key in self._steps[1:]:
            full.append(f"{full[parent]}.{spelled[key]}" if parent else spelled[key])
        found: dict[str, list[tuple[int, bool]]] = {}
        for path, nested in sorted(self._found, key=lambda one: (one[1], one[0])):
            found.setdefault(full[path], []).append((path, nested))
        return found

    def count(self, paths: list[tuple[int, bool]]) -> int:
        """How many objects have a name, about."""
        return sum(len(rows) for path in paths for rows, _ in self._found[path])

    def codes(self, paths: list[tuple[int, bool]], under: Codes | None = None) -> Codes:
        """For each object the code of the value that a name has; of those without it what is `under`."""
        found = np.zeros(self.rows, np.int32) if under is None else under
        for path in reversed(paths):
            for rows, codes in self._found[path]:
                found[rows] = codes
        return found

    def column(self, codes: Codes, declared: str | None = None) -> Column:
        """The column of these codes: entries that some row has, missing ones left out."""
        return column(codes, self.decoded(), declared)

    def decoded(self) -> list[Any]:
        """The values by code."""
        known = len(self._decoded)
        self._decoded += self._values.read_json(known)
        return self._decoded


def column(codes: Codes, entries: list[Any], declared: str | None = None) -> Column:
    """A column that has just the entries some row uses; what counts as missing becomes 0."""
    used = np.flatnonzero(np.bincount(codes, minlength=1))
    table = np.zeros(int(used[-1]) + 1 if len(used) else 1, np.int32)
    kept: list[Any] = [None]
    for code in used.tolist():
        if code and not values.is_missing(entry := entries[code]):
            table[code] = len(kept)
            kept.append(entry)
    return Column(table[codes], Dictionary(kept, declared))
