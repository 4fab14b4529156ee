"""The distinct values of a column, and what they are when read as this or that.

A column stores codes; conditions are decided once per distinct value, then looked up per row. Entry 0 is the missing
value. Readings are made when first asked for and kept.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from segments.engine.language import moments, values

Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]
INT64 = 2**63 - 1


@dataclass(frozen=True)
class Numbers:
    """Exact numbers: `scaled` is value x 10^scale, `largest` at most; `wide` holds those that do not fit, by index."""

    readable: Bools
    scale: int
    scaled: Ints
    wide: dict[int, Decimal]
    largest: int


@dataclass(frozen=True)
class Moments:
    """Days and instants: `is_day` marks plain dates. `day` is the local day of either, `instant` of instants only."""

    is_day: Bools
    is_instant: Bools
    day: Ints
    instant: Ints


class Dictionary:
    """Distinct JSON values; `entries[0]` is None, the missing value."""

    def __init__(self, entries: Sequence[Any], declared: str | None = None) -> None:
        self.entries = entries
        self.declared = declared
        self._moments: dict[ZoneInfo, Moments] = {}
        self._keys: dict[str | None, tuple[dict[Hashable, int], Ints]] = {}

    def __len__(self) -> int:
        return len(self.entries)

    @cached_property
    def type(self) -> str | None:
        """The declared type, else the one all values share, else None."""
        return self.declared or values.shared_type(self.entries)

    @cached_property
    def items(self) -> tuple[Dictionary, Ints, Ints] | None:
        """For lists: the distinct items, and for each use of one its item and its entry; None without lists."""
        if not any(isinstance(entry, list) for entry in self.entries):
            return None
        coder = Coder()
        item_codes: list[int] = []
        owners: list[int] = []
        for index, entry in enumerate(self.entries):
            for item in entry if isinstance(entry, list) else [entry]:
                code = coder.code(item)
                if code:
                    item_codes.append(code)
                    owners.append(index)
        kind = None if self.declared == "list" else self.declared
        return (
            Dictionary(coder.entries, kind),
            np.array(item_codes, np.int64),
            np.array(owners, np.int64),
        )

    @cached_property
    def told(self) -> Bools:
        """Which values can be read as text: not the missing one, and no data with names or items of its own."""
        return np.array([not isinstance(entry, dict | list | None) for entry in self.entries], bool)

    @cached_property
    def folded(self) -> list[str]:
        """Each value as it is compared as text."""
        return ["" if entry is None else values.fold(entry) for entry in self.entries]

    @cached_property
    def texts(self) -> list[str]:
        """Each value as text, for patterns."""
        return ["" if entry is None else values.as_text(entry) for entry in self.entries]

    def classes(self, type_name: str | None) -> tuple[dict[Hashable, int], Ints]:
        """Classes of equality: key -> class, and the class of each entry (-1: missing or unreadable)."""
        if type_name not in self._keys:
            known: dict[Hashable, int] = {}
            ids = np.full(len(self.entries), -1, np.int64)
            for index, entry in enumerate(self.entries):
                key = None if entry is None else values.equality_key(entry, type_name)
                if key is not None:
                    ids[index] = known.setdefault(key, len(known))
            self._keys[type_name] = (known, ids)
        return self._keys[type_name]

    @cached_property
    def numbers(self) -> Numbers:
        """Each value as an exact number."""
        read = [None if entry is None else values.as_number(entry) for entry in self.entries]
        readable = np.array([number is not None for number in read], bool)
        scale = _best_scale([number for number in read if number is not None])
        scaled = np.zeros(len(read), np.int64)
        wide: dict[int, Decimal] = {}
        for index, number in enumerate(read):
            if number is None:
                continue
            whole = scaled_whole(number, scale)
            if whole is None:
                wide[index] = number
            else:
                scaled[index] = whole
        return Numbers(readable, scale, scaled, wide, int(np.abs(scaled).max(initial=0)))

    def moments(self, zone: ZoneInfo) -> Moments:
        """Each value as a day or an instant, in a zone."""
        if zone not in self._moments:
            size = len(self.entries)
            day, instant = np.zeros(size, np.int64), np.zeros(size, np.int64)
            is_day, is_instant = np.zeros(size, bool), np.zeros(size, bool)
            for index, entry in enumerate(self.entries):
                if not isinstance(entry, str):
                    continue
                found_day, found_instant = moments.read_moment(entry, zone)
                if found_day is not None:
                    is_day[index], day[index] = True, found_day
                elif found_instant is not None:
                    is_instant[index], instant[index] = True, found_instant
            day[is_instant] = moments.local_days(instant[is_instant], zone)
            self._moments[zone] = Moments(is_day, is_instant, day, instant)
        return self._moments[zone]


def _best_scale(numbers: list[Decimal]) -> int:
    """The most decimals (0-9) any value has, as long as nearly everything still fits 63 bits."""
    decimals, largest = 0, 0
    for number in numbers:
        exponent = number.normalize().as_tuple().exponent if number else 0
        if isinstance(exponent, int) and -9 <= exponent < 0:
            decimals = max(decimals, -exponent)
        if number and number.adjusted() < 18:
            largest = max(largest, number.adjusted() + 1)
    return max(0, min(decimals, 18 - largest))


def scaled_whole(number: Decimal, scale: int) -> int | None:
    """number x 10^scale as an int, exactly, or None where it is no whole number below 2^63 - 1.

    That one is kept free: a limit beyond 63 bits is held there, and no value may equal it.
    """
    sign, digits, exponent = number.as_tuple()
    if not isinstance(exponent, int):
        return None
    if not any(digits):
        return 0
    power = exponent + scale
    if len(digits) + power > 19 or power < -len(digits):
        return None
    whole = int(Decimal((0, digits, 0)))
    if power >= 0:
        whole *= 10**power
    else:
        whole, rest = divmod(whole, 10**-power)
        if rest:
            return None
    return None if whole >= INT64 else -whole if sign else whole


def scaled_limits(number: Decimal, scale: int) -> tuple[int, int]:
    """The ints below and above number x 10^scale (the same where it is whole), held within 63 bits."""
    sign, digits, exponent = number.as_tuple()
    assert isinstance(exponent, int)
    if not any(digits):
        return 0, 0
    power = exponent + scale
    if len(digits) + power > 20:
        return (-INT64, -INT64) if sign else (INT64, INT64)
    if power < -len(digits) - 1:
        return (-1, 0) if sign else (0, 1)
    whole = int(Decimal((sign, digits, 0)))
    if power >= 0:
        low = high = whole * 10**power
    else:
        low, rest = divmod(whole, 10**-power)
        high = low + (1 if rest else 0)
    return max(-INT64, min(low, INT64)), max(-INT64, min(high, INT64))


class Coder:
    """Gives each distinct value a code as values come; 0 is the missing value."""

    def __init__(self) -> None:
        self.entries: list[Any] = [None]
        self._codes: dict[Hashable, int] = {}

    def code(self, value: Any) -> int:
        """The code of a value; equal values of one type share it."""
        if value is None:
            return 0
        key: Hashable = (type(value), value) if not isinstance(value, list | dict) else repr(value)
        found = self._codes.get(key)
        if found is None:
            if values.is_missing(value):
                found = 0
            else:
                found = len(self.entries)
                self.entries.append(value)
            self._codes[key] = found
        return found
