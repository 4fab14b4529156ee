"""Arrays as the kernel takes them, and tables end to end."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import numpy as np
import numpy.typing as npt


def plain(array: Any, dtype: Any) -> npt.NDArray[Any]:
    """The same numbers as a plain array that nobody writes to: one form for the kernel, mapped from a file or not."""
    view = np.ascontiguousarray(array, dtype).view(np.ndarray)
    view.flags.writeable = False
    return view


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
