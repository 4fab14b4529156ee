"""What a run remembers of a file's rows without growing with it."""

from __future__ import annotations

import sqlite3


class Marks:
    """Ids of contacts that the file has named already: a bit each, so a million take 125 kB."""

    def __init__(self) -> None:
        self._bits = bytearray(1024)

    def __contains__(self, number: int) -> bool:
        at = number >> 3
        return at < len(self._bits) and bool(self._bits[at] & 1 << (number & 7))

    def add(self, number: int) -> None:
        at = number >> 3
        if at >= len(self._bits):
            self._bits.extend(bytes(max(at - len(self._bits) + 1, len(self._bits))))
        self._bits[at] |= 1 << (number & 7)


class Occurrences:
    """How often each content stood in the file so far, on disk: a file may hold millions of different rows."""

    def __init__(self) -> None:
        # An empty name is a private database in a temporary file, gone when it is closed, by a kill too.
        self._database = sqlite3.connect("", isolation_level=None)
        self._database.execute("PRAGMA temp_store = FILE")
        self._database.execute("PRAGMA cache_size = -16384")
        self._database.execute("PRAGMA synchronous = OFF")
        self._database.execute("CREATE TABLE seen (content BLOB PRIMARY KEY, times INT) WITHOUT ROWID")
        self._database.execute("BEGIN")

    def count(self, content: str) -> int:
        """1 for the first row of this content, 2 for the second …"""
        found = self._database.execute(
            "INSERT INTO seen VALUES (?, 1) ON CONFLICT (content) DO UPDATE SET times = times + 1 RETURNING times",
            (bytes.fromhex(content),),
        ).fetchone()
        return int(found[0])

    def close(self) -> None:
        """Give the disk back."""
        self._database.close()
