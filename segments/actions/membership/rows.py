"""Writes and removes rows of memberships and of their log by the hundred thousand: by COPY on PostgreSQL.

Rows come and go by contact, whatever their segments: so the index by contact is walked page by page, the others at as
many places as there are segments, and twenty million rows need no more memory than half a million. SQLite has the same
in `embedded_rows.py`.
"""

from __future__ import annotations

import struct
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
from django.db import connection

from segments.actions.membership import embedded_rows, stretches
from segments.actions.membership.lines import COLUMNS, LOG, MEMBERS, Ids, Lines
from segments.actions.membership.stretches import Places

SINCE_2000 = 946_684_800_000_000  # PostgreSQL counts microseconds from 2000
HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
LEAVING = 10_000


class Drifted(RuntimeError):
    """The rows are not those that were expected: what is known of the members is not true, read them again."""


def insert_members(parts: Sequence[tuple[int, Ids, int]]) -> None:
    """New members: (segment, contacts, since when in microseconds). Raises `IntegrityError` where one is a member."""
    if connection.vendor != "postgresql":
        embedded_rows.insert_members(parts)
        return
    segments = np.array([segment for segment, _, _ in parts], np.int64)
    since = np.array([at for _, _, at in parts], np.int64) - SINCE_2000
    shape = _shape([("segment", ">i8"), ("contact", ">i8"), ("since", ">i8")])
    rows = (
        _filled(shape, len(ids), segment=segments[part], contact=ids, since=since[part])
        for part, ids in stretches.mixed([contacts for _, contacts, _ in parts])
    )
    _copy(MEMBERS, ("segment_id", "contact_id", "since"), rows)


def delete_members(parts: Sequence[tuple[int, Ids]]) -> None:
    """Members who left: (segment, contacts). Raises `Drifted` where one was no member."""
    expected = sum(len(contacts) for _, contacts in parts)
    if not expected:
        return
    remove = _remove if connection.vendor == "postgresql" else embedded_rows.delete_members
    removed = remove(parts)
    if removed != expected:
        raise Drifted(f"{expected:,} members were to leave, {removed:,} were there.")


def _remove(parts: Sequence[tuple[int, Ids]]) -> int:
    """Joined to pairs of both numbers each row is found by its whole key; by a list of a segment's contacts
    PostgreSQL looks through all segments of each."""
    removed = 0
    segments = np.array([segment for segment, _ in parts], np.int64)
    with connection.cursor() as cursor:
        for part, ids in stretches.mixed([contacts for _, contacts in parts]):
            for start in range(0, len(ids), LEAVING):
                some = slice(start, start + LEAVING)
                cursor.execute(
                    f"DELETE FROM {MEMBERS} m USING unnest(%s::bigint[], %s::bigint[]) AS gone (segment, contact)"  # noqa: S608
                    " WHERE m.segment_id = gone.segment AND m.contact_id = gone.contact",
                    [segments[part[some]].tolist(), ids[some].tolist()],
                )
                removed += cursor.rowcount
    return removed


def insert_log(lines: Sequence[Lines], run: int | None) -> int:
    """The new rows of the log; the number of the newest (0: there were none)."""
    some = [line for line in lines if len(line.contacts)]
    if not some:
        return 0
    if connection.vendor == "postgresql":
        alike: defaultdict[tuple[str, str | None], list[Lines]] = defaultdict(list)
        for line in some:
            if line.is_alike:
                alike[line.cause, line.shared].append(line)
        told = [line for line in some if not line.is_alike]
        _copy(LOG, COLUMNS, _log_bytes(alike.values(), told, run))
    else:
        embedded_rows.insert_log(some, run)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT max(id) FROM {LOG}")  # noqa: S608
        return int(cursor.fetchone()[0])


def _log_bytes(alike: Iterable[list[Lines]], told: Sequence[Lines], run: int | None) -> Iterator[bytes]:
    """The rows of the log as binary COPY takes them; the lines of one of `alike` have cause and evidence in common."""
    for lines in alike:
        for part, ids in stretches.mixed([line.contacts for line in lines]):
            yield _log_table(lines, part, ids, run)[0]
    for line in told:
        ids = line.contacts
        rows, width = _log_table([line], np.zeros(len(ids), np.intp), ids, run)
        yield b"".join(
            rows[place * width : (place + 1) * width - 4] + _json_field(shown)
            for place, shown in enumerate(line.shown)
        )


def _log_table(lines: Sequence[Lines], part: Places, contacts: Ids, run: int | None) -> tuple[bytes, int]:
    """A row of the log for each contact, of the line its `part` names, and the bytes of a row.

    With the evidence that the lines share; where each contact has their own, the field is left empty.
    """
    cause = lines[0].cause.encode()
    shared = _jsonb(lines[0].shared)
    fields: list[tuple[str, str | None]] = [
        ("segment", ">i8"),
        ("contact", ">i8"),
        ("run", None if run is None else ">i8"),
        ("at", ">i8"),
        ("version", ">i4"),
        ("entered", "u1"),
        ("cause", f"V{len(cause)}"),
        ("evidence", None if shared is None else f"V{len(shared)}"),
    ]
    values: dict[str, Any] = {
        "segment": np.array([line.segment for line in lines], np.int64)[part],
        "contact": contacts,
        "at": np.array([line.at - SINCE_2000 for line in lines], np.int64)[part],
        "version": np.array([line.version for line in lines], np.int64)[part],
        "entered": np.array([line.entered for line in lines], bool)[part],
        "cause": np.void(cause),
    }
    if run is not None:
        values["run"] = run
    if shared is not None:
        values["evidence"] = np.void(shared)
    shape = _shape(fields)
    return _filled(shape, len(contacts), **values), shape[0].itemsize


def _json_field(text: str | None) -> bytes:
    """A jsonb field of binary COPY with its length; NULL where there is none."""
    data = _jsonb(text)
    return struct.pack(">i", -1) if data is None else struct.pack(">i", len(data)) + data


def _jsonb(text: str | None) -> bytes | None:
    """JSON as binary COPY takes it: version 1 and the text."""
    return None if text is None else b"\x01" + text.encode()


def _shape(fields: Sequence[tuple[str, str | None]]) -> tuple[np.dtype[Any], dict[str, int]]:
    """A row of binary COPY: how many fields, and each with its length before it; None: a field that is NULL."""
    parts: list[tuple[str, str]] = [("fields", ">i2")]
    lengths: dict[str, int] = {"fields": len(fields)}
    for name, kind in fields:
        parts.append((f"{name}_length", ">i4"))
        lengths[f"{name}_length"] = -1 if kind is None else np.dtype(kind).itemsize
        if kind is not None:
            parts.append((name, kind))
    return np.dtype(parts), lengths


def _filled(shape: tuple[np.dtype[Any], dict[str, int]], rows: int, **values: Any) -> bytes:
    kind, lengths = shape
    table = np.zeros(rows, kind)
    for name, value in (*lengths.items(), *values.items()):
        table[name] = value
    return table.tobytes()


def _copy(table: str, columns: Sequence[str], parts: Any) -> None:
    with connection.cursor() as cursor:
        query = f"COPY {table} ({', '.join(columns)}) FROM STDIN (FORMAT BINARY)"
        with connection.wrap_database_errors, cursor.copy(query) as copy:
            copy.write(HEADER)
            for part in parts:
                copy.write(part)
            copy.write(struct.pack(">h", -1))
