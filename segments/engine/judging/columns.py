"""Arrays as the kernel takes them: columns by address, tables end to end."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from segments.engine.judging.population import Column


def plain(array: Any, dtype: Any) -> npt.NDArray[Any]:
    """The same numbers as a plain array that nobody writes to: one form for the kernel, mapped from a file or not."""
    view = np.ascontiguousarray(array, dtype).view(np.ndarray)
    view.flags.writeable = False
    return view


class Addresses:
    """Where in memory the codes of columns begin. It must live as long as its addresses are used."""

    def __init__(self, columns: Mapping[str, Column]) -> None:
        self._columns = columns
        self._kept: dict[str, npt.NDArray[np.int32]] = {}

    def __contains__(self, name: str) -> bool:
        return name in self._columns

    def place(self, name: str) -> int:
        """The place of a column among the addresses."""
        if name not in self._kept:
            self._kept[name] = plain(self._columns[name].codes, np.int32)
        return list(self._kept).index(name)

    def array(self) -> npt.NDArray[np.int64]:
        """The addresses asked for so far."""
        return plain([codes.__array_interface__["data"][0] for codes in self._kept.values()], np.int64)


class Pool:
    """Tables end to end, equal ones once."""

    def __init__(self, dtype: Any) -> None:
        self._dtype = dtype
        self._parts: list[npt.NDArray[Any]] = []
        self._begins: dict[Hashable, int] = {}
        self._size = 0

    def put(self, key: Hashable, table: npt.NDArray[Any]) -> int:
        """Where the table of a key begins."""
        if key not in self._begins:
            self._begins[key] = self._size
            self._parts.append(table)
            self._size += len(table)
        return self._begins[key]

    def array(self) -> npt.NDArray[Any]:
        """All tables in one array."""
        return plain(np.concatenate([*self._parts, np.zeros(1, self._dtype)]), self._dtype)
