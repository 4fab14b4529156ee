"""Streams of interactions out of the database as chunks of bytes: binary COPY from PostgreSQL, joined text from SQLite.

Fields of a row, in order: id, contact, instant (microseconds since 1970), kind, then one JSON text per property. Kinds
from SQLite are JSON texts too, so that no control character of a name can be taken for the end of a field.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from django.db import DatabaseError, connection
from psycopg import pq

from segments.mirror import encoding
from segments.mirror.encoding import Bytes, Ints

TABLE = "crm_interaction"
CHUNK_BYTES = 8 << 20
IDS_AT_ONCE = 1_000
ROWS_AT_ONCE = 20_000  # SQLite: rows joined into one text
SINCE_2000 = 946_684_800_000_000  # PostgreSQL counts microseconds from 2000


@dataclass
class Chunk:
    """Some rows: the bytes, and where each field lies (rows x fields)."""

    buffer: Bytes
    starts: Ints
    lengths: Ints
    binary: bool

    def whole(self, field: int) -> Ints:
        """A column of whole numbers."""
        out = np.empty(len(self.starts), np.int64)
        starts = np.ascontiguousarray(self.starts[:, field])
        if self.binary:
            encoding.whole_binary(self.buffer, starts, out)
        else:
            encoding.whole_text(self.buffer, starts, np.ascontiguousarray(self.lengths[:, field]), out)
        return out

    def instants(self, field: int) -> Ints:
        """A column of instants."""
        return self.whole(field) + (SINCE_2000 if self.binary else 0)


def can_stream(names: list[str]) -> bool:
    """Whether these properties can be asked for by name in SQL."""
    return not any('"' in name or "\\" in name or "\x00" in name for name in names)


def quotes_kinds() -> bool:
    """Whether kinds come as JSON texts."""
    return connection.vendor != "postgresql"


def interactions(names: list[str], contacts: Sequence[int] | None = None) -> Iterator[Chunk]:
    """All interactions of all contacts (or of some, by id) with these properties."""
    read = _from_postgresql if connection.vendor == "postgresql" else _from_sqlite
    return read(names, contacts)


def _listed(contacts: Sequence[int]) -> str:
    """Ids as text for SQL: whole numbers and commas, nothing else."""
    return ",".join(str(int(contact)) for contact in contacts)


def _from_postgresql(names: list[str], contacts: Sequence[int] | None) -> Iterator[Chunk]:
    columns = ["id", "contact_id", "at", "kind"] + [_postgresql_property(name) for name in names]
    some = "" if contacts is None else f" WHERE contact_id = ANY('{{{_listed(contacts)}}}')"
    query = f"COPY (SELECT {', '.join(columns)} FROM {TABLE}{some}) TO STDOUT (FORMAT BINARY)"  # noqa: S608
    fields = len(columns)
    parts: list[bytes] = []
    size, first, rest = 0, True, b""
    for data in _copied(query):
        parts.append(data)
        size += len(data)
        if size < CHUNK_BYTES:
            continue
        joined = rest + b"".join(parts)
        if first:
            joined, first = joined[_header(joined) :], False
        chunk, rest = _split(joined, fields, binary=True)
        parts, size = [], 0
        yield chunk
    joined = rest + b"".join(parts)
    yield _split(joined[_header(joined) :] if first else joined, fields, binary=True)[0]


def _copied(query: str) -> Iterator[bytes]:
    """What COPY sends, row by row, straight from libpq: psycopg's own reader costs four times as much a row."""
    with connection.cursor() as cursor:
        libpq = cursor.connection.pgconn
        started = libpq.exec_(query.encode())
        if started.status != pq.ExecStatus.COPY_OUT:
            raise DatabaseError(started.error_message.decode(errors="replace"))
        while True:
            size, data = libpq.get_copy_data(0)
            if size <= 0:
                break
            yield bytes(data)
        ended = libpq.get_result()
        while libpq.get_result() is not None:
            pass
        if ended is None or ended.status != pq.ExecStatus.COMMAND_OK:
            raise DatabaseError("" if ended is None else ended.error_message.decode(errors="replace"))


def _header(data: Bytes | bytes) -> int:
    """The length of the binary COPY header: signature, flags, extension."""
    return 19 + int.from_bytes(bytes(data[15:19]), "big")


def _split(joined: bytes, fields: int, *, binary: bool) -> tuple[Chunk, bytes]:
    buffer = np.frombuffer(joined, np.uint8)
    most = len(joined) // (2 + 4 * fields) + 1 if binary else joined.count(b"\x1e") + 1
    starts = np.empty((most, fields), np.int64)
    lengths = np.empty((most, fields), np.int64)
    split = encoding.split_binary if binary else encoding.split_text
    rows, used = split(buffer, fields, starts, lengths)
    return Chunk(buffer, starts[:rows], lengths[:rows], binary), joined[used:]


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _label(name: str) -> str:
    return f'"{name}"'


def _postgresql_property(name: str) -> str:
    found = f"properties -> {_quoted(name)}"
    if "." in name:
        path = "{" + ",".join(_label(part) for part in name.split(".")) + "}"
        found = f"coalesce({found}, properties #> {_quoted(path)})"
    if name == "amount":
        return f"coalesce(({found})::text, amount::text)"
    if name == "currency":
        return f"coalesce(({found})::text, to_json(nullif(currency, ''))::text)"
    return f"({found})::text"


def _sqlite_property(name: str) -> str:
    found = f"properties -> {_quoted('$.' + _label(name))}"
    if "." in name:
        path = "$." + ".".join(_label(part) for part in name.split("."))
        found = f"coalesce({found}, properties -> {_quoted(path)})"
    if name == "amount":
        return f"coalesce({found}, amount)"
    if name == "currency":
        return f"coalesce({found}, json_quote(nullif(currency, '')))"
    return found


def _from_sqlite(names: list[str], contacts: Sequence[int] | None) -> Iterator[Chunk]:
    instant = (
        "(unixepoch(substr(at, 1, 19)) * 1000000"
        " + CASE WHEN length(at) > 20 THEN CAST(substr(substr(at, 21) || '000000', 1, 6) AS INTEGER) ELSE 0 END)"
    )
    columns = ["id", "contact_id", instant, "json_quote(kind)"]
    columns += [f"coalesce({_sqlite_property(name)}, '')" for name in names]
    row = (" || char(31) || ".join(columns) + " || char(31) || char(30)").replace("%", "%%")
    query = f"SELECT group_concat({row}, '') FROM {TABLE} WHERE "  # noqa: S608
    with connection.cursor() as cursor:
        for begin in range(0, len(contacts or ()), IDS_AT_ONCE):
            cursor.execute(
                f"{query} contact_id IN ({_listed((contacts or ())[begin : begin + IDS_AT_ONCE])})"
            )
            (joined,) = cursor.fetchone()
            if joined:
                yield _split(joined.encode(), len(columns), binary=False)[0]
        if contacts is not None:
            return
        cursor.execute(f"SELECT coalesce(min(id), 1), coalesce(max(id), 0) FROM {TABLE}")  # noqa: S608
        first, last = cursor.fetchone()
        for start in range(first - 1, last, ROWS_AT_ONCE):
            cursor.execute(f"{query} id > %s AND id <= %s", [start, start + ROWS_AT_ONCE])
            (joined,) = cursor.fetchone()
            if joined:
                yield _split(joined.encode(), len(columns), binary=False)[0]
