"""Columns by address: any number of them for compiled loops, without copying."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from segments.engine.judging.columns import plain
from segments.engine.judging.population import Column


class Addresses:
    """Where in memory the codes of columns begin. It must live as long as its addresses are used."""

    def __init__(self, columns: Mapping[str, Column]) -> None:
        self._columns = columns
        self._kept: dict[str, npt.NDArray[np.int32]] = {}

    def __contains__(self, name: str) -> bool:
        return name in self._columns

    def __len__(self) -> int:
        return len(self._kept)

    def place(self, name: str) -> int:
        """The place of a column among the addresses."""
        if name not in self._kept:
            self._kept[name] = plain(self._columns[name].codes, np.int32)
        return list(self._kept).index(name)

    def array(self) -> npt.NDArray[np.int64]:
        """The addresses asked for so far."""
        return plain([codes.__array_interface__["data"][0] for codes in self._kept.values()], np.int64)


def _code_at(typing_context, address, place) -> Any:  # type: ignore[no-untyped-def]
    """The int32 at a place of the array that begins at an address, in compiled code."""

    def generate(context, builder, signature, arguments) -> Any:  # type: ignore[no-untyped-def]
        start = builder.inttoptr(arguments[0], ir.IntType(32).as_pointer())
        return builder.load(builder.gep(start, [arguments[1]]))

    return types.int32(types.int64, types.int64), generate


code_at: Any = intrinsic(_code_at)
