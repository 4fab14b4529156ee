"""Compiled functions that are kept on disk, for as long as nothing they are made of changes."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from numba import njit
from numba.core.caching import FunctionCache


def kept(function: Callable[..., Any]) -> Any:
    """A function compiled by numba, and kept until any file of this folder changes.

    numba itself looks only at the file of the function, so that a change in what it calls would go unseen.
    """
    made: Any = njit(cache=True, nogil=True)(function)
    made._cache = _Cache(function)
    return made


class _Cache(FunctionCache):  # type: ignore[misc]
    def _index_key(self, *what: Any) -> Any:
        return (*super()._index_key(*what), digest())


@cache
def digest() -> int:
    """A number of all files of this folder, another one when any of them changes."""
    digest = 0
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest = zlib.crc32(path.read_bytes(), digest)
    return digest
