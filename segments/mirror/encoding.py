"""Turns the bytes a database sends into columns, without a Python object per row.

A chunk of bytes is split into fields (where each begins and how long it is); a column of fields is then read as whole
numbers, or dictionary-encoded by its bytes, so that only distinct values ever become Python values.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import numpy as np
import numpy.typing as npt
from numba import njit

from segments.engine.language import values

LONGEST = 400  # digits
Bytes = npt.NDArray[np.uint8]
Ints = npt.NDArray[np.int64]


@njit(cache=True, nogil=True)
def split_binary(buffer, fields, starts, lengths) -> Any:  # type: ignore[no-untyped-def]
    """Fields of PostgreSQL's binary COPY rows: (rows, bytes used). Length -1 is null; rows that are cut stay."""
    place, row, size = np.int64(0), np.int64(0), np.int64(len(buffer))
    while place + 2 <= size:
        if buffer[place] == 255 and buffer[place + 1] == 255:
            return row, size  # the trailer
        here = place + 2
        for field in range(fields):
            if here + 4 > size:
                return row, place
            length: Any = (
                (np.int64(buffer[here]) << 24) | (np.int64(buffer[here + 1]) << 16)
                | (np.int64(buffer[here + 2]) << 8) | np.int64(buffer[here + 3])
            )  # fmt: skip
            here += 4
            if length >= 2**31:
                length = np.int64(-1)
            elif here + length > size:
                return row, place
            starts[field, row] = here
            lengths[field, row] = length
            if length > 0:
                here += length
        row += 1
        place = here
    return row, place


@njit(cache=True, nogil=True)
def split_text(buffer, fields, starts, lengths) -> Any:  # type: ignore[no-untyped-def]
    """Fields of rows that end with byte 30, each field with byte 31: (rows, bytes used). An empty field is null."""
    row, field, begin, used = 0, 0, 0, 0
    for place in range(len(buffer)):
        if buffer[place] == 31:
            starts[field, row] = begin
            lengths[field, row] = place - begin if place > begin else -1
            field += 1
            begin = place + 1
        elif buffer[place] == 30 and field == fields:
            row += 1
            field = 0
            begin = used = place + 1
    return row, used


@njit(cache=True, nogil=True)
def whole_binary(buffer, starts, out) -> Any:  # type: ignore[no-untyped-def]
    """Big-endian 8-byte numbers."""
    for row in range(len(starts)):
        number = np.int64(0)
        for index in range(8):
            number = (number << 8) | np.int64(buffer[starts[row] + index])
        out[row] = number


@njit(cache=True, nogil=True)
def whole_text(buffer, starts, lengths, out) -> Any:  # type: ignore[no-untyped-def]
    """Whole numbers in digits."""
    for row in range(len(starts)):
        number, sign = np.int64(0), 1
        for index in range(starts[row], starts[row] + lengths[row]):
            if buffer[index] == 45:
                sign = -1
            else:
                number = number * 10 + (np.int64(buffer[index]) - 48)
        out[row] = sign * number


@njit(cache=True, nogil=True)
def encode(buffer, starts, lengths, table, hashes, places, sizes, store, filled, out) -> Any:  # type: ignore[no-untyped-def]
    """Give each field the code of its bytes, new codes to new bytes; 0 is null. `filled`: codes, bytes stored."""
    mask = np.uint64(len(table) - 1)
    for row in range(len(starts)):
        length = lengths[row]
        if length < 0:
            out[row] = 0
            continue
        begin = starts[row]
        mixed = np.uint64(14695981039346656037)
        for index in range(begin, begin + length):
            mixed = (mixed ^ np.uint64(buffer[index])) * np.uint64(1099511628211)
        mixed ^= mixed >> np.uint64(29)
        slot = mixed & mask
        while True:
            code = table[slot]
            if code == 0:
                code = filled[0]
                table[slot] = code
                hashes[code] = mixed
                places[code] = filled[1]
                sizes[code] = length
                for index in range(length):
                    store[filled[1] + index] = buffer[begin + index]
                filled[0] += 1
                filled[1] += length
                break
            if hashes[code] == mixed and sizes[code] == length:
                same = True
                for index in range(length):
                    if store[places[code] + index] != buffer[begin + index]:
                        same = False
                        break
                if same:
                    break
            slot = (slot + np.uint64(1)) & mask
        out[row] = code


@njit(cache=True, nogil=True)
def place_rows(owner, at, recorded, offsets) -> Any:  # type: ignore[no-untyped-def]
    """The order of rows by owner, then instant, then as recorded; `offsets` are where each owner's rows begin."""
    order = np.empty(len(owner), np.int64)
    at_next = offsets[:-1].copy()
    for row in range(len(owner)):
        order[at_next[owner[row]]] = row
        at_next[owner[row]] += 1
    for one in range(len(offsets) - 1):
        start, stop = offsets[one], offsets[one + 1]
        sorted_already = True
        for index in range(start + 1, stop):
            a, b = order[index - 1], order[index]
            if at[a] > at[b] or (at[a] == at[b] and recorded[a] > recorded[b]):
                sorted_already = False
                break
        if sorted_already:
            continue
        rows = order[start:stop].copy()
        rows = rows[np.argsort(recorded[rows], kind="mergesort")]
        order[start:stop] = rows[np.argsort(at[rows], kind="mergesort")]
    return order


def number(text: str) -> Any:
    """A JSON number with decimals, as the mirror keeps it."""
    read = Decimal(text)
    return text if abs(read.adjusted()) > LONGEST else values.json_number(read)


def whole_number(text: str) -> int | str:
    """A whole JSON number; one too long to be a number of anything stays text."""
    return int(text) if len(text) < LONGEST else text


class BytesCoder:
    """Gives codes to byte strings, chunk by chunk; `entries()` decodes the distinct ones."""

    def __init__(self) -> None:
        self._table = np.zeros(1 << 12, np.int64)
        self._hashes = np.zeros(1 << 11, np.uint64)
        self._places = np.zeros(1 << 11, np.int64)
        self._sizes = np.zeros(1 << 11, np.int64)
        self._store = np.zeros(1 << 16, np.uint8)
        self._filled = np.array([1, 0], np.int64)

    def codes(self, buffer: Bytes, starts: Ints, lengths: Ints) -> npt.NDArray[np.int32]:
        """One code per field."""
        self._make_room(len(starts), int(np.maximum(lengths, 0).sum()))
        out = np.empty(len(starts), np.int32)
        encode(
            buffer, starts, lengths, self._table, self._hashes, self._places, self._sizes, self._store,
            self._filled, out,
        )  # fmt: skip
        return out

    def entries(self, decode: Callable[[bytes], Any]) -> list[Any]:
        """The values by code: entry 0 is the missing value."""
        count = int(self._filled[0])
        store = self._store.tobytes()
        places, sizes = self._places, self._sizes
        return [
            None,
            *(decode(store[places[code] : places[code] + sizes[code]]) for code in range(1, count)),
        ]

    def read_json(self, first: int = 1) -> list[Any]:
        """The values from a code on, where the byte strings are JSON."""
        count = int(self._filled[0])
        store = self._store[: int(self._filled[1])].tobytes()
        places, sizes = self._places[first:count].tolist(), self._sizes[first:count].tolist()
        parts = [store[place : place + size] for place, size in zip(places, sizes, strict=True)]
        found: list[Any] = json.loads(
            b"[" + b",".join(parts) + b"]", parse_float=number, parse_int=whole_number
        )
        return found

    def _make_room(self, rows: int, size: int) -> None:
        codes = int(self._filled[0])
        wanted = min(rows, size) + codes + 1
        if wanted > len(self._hashes):
            for name in ("_hashes", "_places", "_sizes"):
                old = getattr(self, name)
                grown = np.zeros(max(wanted, 2 * len(old)), old.dtype)
                grown[: len(old)] = old
                setattr(self, name, grown)
        if int(self._filled[1]) + size > len(self._store):
            grown = np.zeros(max(int(self._filled[1]) + size, 2 * len(self._store)), np.uint8)
            grown[: len(self._store)] = self._store
            self._store = grown
        if 2 * wanted > len(self._table):
            self._table = np.zeros(1 << (4 * wanted).bit_length(), np.int64)
            _refill(self._table, self._hashes, codes)


@njit(cache=True, nogil=True)
def _refill(table, hashes, codes) -> Any:  # type: ignore[no-untyped-def]
    mask = np.uint64(len(table) - 1)
    for code in range(1, codes):
        slot = hashes[code] & mask
        while table[slot] != 0:
            slot = (slot + np.uint64(1)) & mask
        table[slot] = code
