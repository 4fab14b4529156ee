"""Rows out of the database as chunks of bytes: binary COPY from PostgreSQL, joined text from SQLite.

A stream is a table of what to select from which table, for either database. Fields are read by place: whole numbers,
instants (microseconds since 1970), raw text, or JSON. From SQLite text comes as JSON, too, so that no control character
of a name can be taken for the end of a field.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import Any, TypeVar

import numpy as np
from django.db import connection
from psycopg import Error, OperationalError, pq
from psycopg.errors import error_from_result

from segments.mirror import encoding
from segments.mirror.encoding import Bytes, Ints
from segments.mirror.readers import READERS

CHUNK_BYTES = 4 << 20
IDS_AT_ONCE = 1_000
MANY = 2_000  # contacts that are worth connections of their own
ROWS_AT_ONCE = 20_000  # SQLite: rows joined into one text
SINCE_2000 = 946_684_800_000_000  # PostgreSQL counts microseconds from 2000
Done = TypeVar("Done")
LIVING = "erased_at IS NULL AND merged_into_id IS NULL"


@dataclass(frozen=True)
class Stream:
    """What to select: `fields` as SQL for PostgreSQL and for SQLite, `owner` is the column with the contact's id."""

    table: str
    owner: str
    postgresql: tuple[str, ...]
    sqlite: tuple[str, ...]
    where: str = ""


def _instant(column: str) -> str:
    """SQLite keeps instants as text."""
    return (
        f"(unixepoch(substr({column}, 1, 19)) * 1000000 + CASE WHEN length({column}) > 20"
        f" THEN CAST(substr(substr({column}, 21) || '000000', 1, 6) AS INTEGER) ELSE 0 END)"
    )


COMPANY = "(SELECT name FROM crm_company WHERE crm_company.id = company_id)"
CONTACTS = Stream(
    "crm_contact",
    "id",
    ("id", "first_name", "last_name", COMPANY, "created_at", "attributes"),
    (
        "id",
        "json_quote(first_name)",
        "json_quote(last_name)",
        f"CASE WHEN company_id IS NULL THEN '' ELSE json_quote({COMPANY}) END",
        _instant("created_at"),
        "attributes",
    ),
    LIVING,
)
IDENTIFIERS = Stream(
    "crm_identifier",
    "contact_id",
    ("id", "contact_id", "kind", "value"),
    ("id", "contact_id", "json_quote(kind)", "json_quote(value)"),
)
INTERACTIONS = Stream(
    "crm_interaction",
    "contact_id",
    ("id", "contact_id", "at", "kind", "amount::text", "currency", "properties"),
    (
        "id",
        "contact_id",
        _instant("at"),
        "json_quote(kind)",
        "coalesce(amount, '')",
        "CASE WHEN currency = '' THEN '' ELSE json_quote(currency) END",
        "properties",
    ),
)
CHANGES = Stream(
    "crm_contactchange",
    "contact_id",
    ("id", "contact_id", "at", "changes"),
    ("id", "contact_id", _instant("at"), "changes"),
)


@dataclass
class Chunk:
    """Some rows: the bytes, and where each field lies (fields x rows)."""

    buffer: Bytes
    starts: Ints
    lengths: Ints
    binary: bool

    def __len__(self) -> int:
        return self.starts.shape[1]

    def only(self, rows: Any) -> Chunk:
        """Some of the rows."""
        return Chunk(self.buffer, self.starts[:, rows], self.lengths[:, rows], self.binary)

    def whole(self, field: int) -> Ints:
        """A column of whole numbers."""
        out = np.empty(len(self), np.int64)
        if self.binary:
            encoding.whole_binary(self.buffer, self.starts[field], out)
        else:
            encoding.whole_text(self.buffer, self.starts[field], self.lengths[field], out)
        return out

    def instants(self, field: int) -> Ints:
        """A column of instants."""
        return self.whole(field) + (SINCE_2000 if self.binary else 0)

    def text(self, field: int) -> tuple[Bytes, Ints, Ints]:
        """Where the bytes of a column of texts lie; an empty one is none."""
        lengths = self.lengths[field]
        return self.buffer, self.starts[field], np.where(lengths > 0, lengths, -1)

    def json(self, field: int) -> tuple[Bytes, Ints, Ints]:
        """Where the bytes of a column of JSON lie, after the version that PostgreSQL puts before it."""
        skipped = 1 if self.binary else 0
        return self.buffer, self.starts[field] + skipped, np.maximum(self.lengths[field] - skipped, 0)


def texts_are_json() -> bool:
    """Whether texts come as JSON."""
    return connection.vendor != "postgresql"


def read(stream: Stream, contacts: Sequence[int] | None = None, where: str = "") -> Iterator[Chunk]:
    """The rows of all contacts, or of some, by id; of those that are `where`, too."""
    both = " AND ".join(f"({condition})" for condition in (stream.where, where) if condition)
    from_database = _from_postgresql if connection.vendor == "postgresql" else _from_sqlite
    return from_database(stream, contacts, both)


def ahead(stream: Stream, contacts: Sequence[int]) -> Iterator[Chunk]:
    """The same of some contacts (rising), read at once by readers of their own while the caller does something else.

    Only where that pays, and where another connection sees the same: not within a transaction. Each reads contacts that
    follow each other, so that no page of an index is visited by both.
    """
    if len(contacts) < MANY or connection.vendor != "postgresql" or connection.in_atomic_block:
        return read(stream, contacts)
    share = -(-len(contacts) // len(READERS))
    parts = [
        reader.read(partial(read, stream, contacts[place * share : (place + 1) * share]))
        for place, reader in enumerate(READERS)
    ]
    return chain.from_iterable(parts)


def beside(chunks: Iterable[Chunk], work: Callable[[Chunk], Done]) -> Iterator[Done]:
    """What work makes of each chunk, in order, while the next ones are being read."""
    with ThreadPoolExecutor(1) as pool:
        waiting: list[Future[Done]] = []
        for chunk in chunks:
            waiting.append(pool.submit(work, chunk))
            if len(waiting) > 2:
                yield waiting.pop(0).result()
        for one in waiting:
            yield one.result()


def quoted(text: str) -> str:
    """A text as SQL."""
    return "'" + text.replace("'", "''") + "'"


def _listed(contacts: Sequence[int]) -> str:
    """Ids as text for SQL: whole numbers and commas, nothing else."""
    return ",".join(str(int(contact)) for contact in contacts)


def _from_postgresql(stream: Stream, contacts: Sequence[int] | None, where: str) -> Iterator[Chunk]:
    # The planner shall not look at thousands of ids, for each month's table again: it sees some array.
    some = (
        f"{stream.owner} = ANY((SELECT '{{{_listed(contacts)}}}'::bigint[])::bigint[])"
        if contacts is not None
        else ""
    )
    conditions = " AND ".join(condition for condition in (some, where) if condition)
    query = f"SELECT {', '.join(stream.postgresql)} FROM {stream.table}"  # noqa: S608 - names of ours
    query += f" WHERE {conditions}" if conditions else ""
    fields = len(stream.postgresql)
    parts: list[bytes] = []
    size, first, rest = 0, True, b""
    for data in _copied(f"COPY ({query}) TO STDOUT (FORMAT BINARY)"):
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
    with connection.cursor() as cursor, connection.wrap_database_errors:
        libpq = cursor.connection.pgconn
        started = libpq.exec_(query.encode())
        if started.status != pq.ExecStatus.COPY_OUT:
            raise _refusal(libpq, started)
        get = libpq.get_copy_data
        while True:
            size, data = get(0)
            if size <= 0:
                break
            yield bytes(data)
        ended = libpq.get_result()
        while libpq.get_result() is not None:
            pass
        if ended is None or ended.status != pq.ExecStatus.COMMAND_OK:
            raise _refusal(libpq, ended)


def _refusal(libpq: pq.abc.PGconn, answer: pq.abc.PGresult | None) -> Error:
    """The error psycopg itself would raise; who tries again where a connection was lost has to know it by its class."""
    if libpq.status != pq.ConnStatus.OK or answer is None:
        return OperationalError(
            libpq.error_message.decode(errors="replace").strip() or "the connection is lost"
        )
    return error_from_result(answer)


def _header(data: bytes) -> int:
    """The length of the binary COPY header: signature, flags, extension."""
    return 19 + int.from_bytes(data[15:19], "big")


def _split(joined: bytes, fields: int, *, binary: bool) -> tuple[Chunk, bytes]:
    buffer = np.frombuffer(joined, np.uint8)
    most = len(joined) // (2 + 4 * fields) + 1 if binary else joined.count(b"\x1e") + 1
    starts = np.empty((fields, most), np.int64)
    lengths = np.empty((fields, most), np.int64)
    split = encoding.split_binary if binary else encoding.split_text
    rows, used = split(buffer, fields, starts, lengths)
    return Chunk(buffer, starts[:, :rows].copy(), lengths[:, :rows].copy(), binary), joined[used:]


def _from_sqlite(stream: Stream, contacts: Sequence[int] | None, where: str) -> Iterator[Chunk]:
    fields = len(stream.sqlite)
    row = " || char(31) || ".join(stream.sqlite) + " || char(31) || char(30)"
    query = f"SELECT group_concat({row}, '') FROM {stream.table} WHERE ".replace("%", "%%")  # noqa: S608
    if where:
        query += where.replace("%", "%%") + " AND "
    with connection.cursor() as cursor:

        def asked(condition: str, *values: int) -> Iterator[Chunk]:
            cursor.execute(query + condition, values)
            (joined,) = cursor.fetchone()
            if joined:
                yield _split(joined.encode(), fields, binary=False)[0]

        if contacts is not None:
            for begin in range(0, len(contacts), IDS_AT_ONCE):
                yield from asked(f"{stream.owner} IN ({_listed(contacts[begin : begin + IDS_AT_ONCE])})")
            return
        cursor.execute(f"SELECT coalesce(min(id), 1), coalesce(max(id), 0) FROM {stream.table}")  # noqa: S608
        first, last = cursor.fetchone()
        for start in range(first - 1, last, ROWS_AT_ONCE):
            yield from asked("id > %s AND id <= %s", start, start + ROWS_AT_ONCE)
