"""Writes and removes rows of memberships and of their log by the hundred thousand: COPY, or many at once on SQLite."""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from django.db import connection

from segments.engine.language import moments
from segments.models import Membership, MembershipChange

Ids = npt.NDArray[np.int64]
SINCE_2000 = 946_684_800_000_000  # PostgreSQL counts microseconds from 2000
HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
MEMBERS, LOG = Membership._meta.db_table, MembershipChange._meta.db_table
Evidence = dict[str, Any] | None


class Drifted(RuntimeError):
    """The rows are not those that were expected: what is known of the members is not true, read them again."""


@dataclass(frozen=True)
class Lines:
    """Rows of the log that have segment, version, way, instant (microseconds) and cause in common.

    `evidence` is that of each contact, in their order, or one that all share; none: nobody has any.
    """

    segment: int
    version: int
    contacts: Ids
    entered: bool
    at: int
    cause: str
    evidence: Sequence[Evidence] | Evidence = None

    @property
    def shown(self) -> Sequence[str | None]:
        """The evidence of each contact as JSON."""
        if self.evidence is None or isinstance(self.evidence, dict):
            return [_json(self.evidence)] * len(self.contacts)
        return [_json(one) for one in self.evidence]


def insert_members(parts: Sequence[tuple[int, Ids, int]]) -> None:
    """New members: (segment, contacts, since when in microseconds). Raises `IntegrityError` where one is a member."""
    if connection.vendor == "postgresql":
        shape = _shape([("segment", ">i8"), ("contact", ">i8"), ("since", ">i8")])
        _copy(
            MEMBERS,
            ("segment_id", "contact_id", "since"),
            (
                _filled(shape, len(contacts), segment=segment, contact=contacts, since=at - SINCE_2000)
                for segment, contacts, at in parts
            ),
        )
        return
    with connection.cursor() as cursor:
        for segment, contacts, at in parts:
            since = _text(at)
            cursor.executemany(
                f"INSERT INTO {MEMBERS} (segment_id, contact_id, since) VALUES (%s, %s, %s)",  # noqa: S608
                [(segment, contact, since) for contact in contacts.tolist()],
            )


def delete_members(parts: Sequence[tuple[int, Ids]]) -> None:
    """Members who left: (segment, contacts). Raises `Drifted` where one was no member."""
    expected = sum(len(contacts) for _, contacts in parts)
    if not expected:
        return
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("CREATE TEMP TABLE leaving (segment_id bigint, contact_id bigint) ON COMMIT DROP")
            shape = _shape([("segment", ">i8"), ("contact", ">i8")])
            _copy(
                "leaving",
                ("segment_id", "contact_id"),
                (_filled(shape, len(ids), segment=segment, contact=ids) for segment, ids in parts),
            )
            cursor.execute("ANALYZE leaving")
            cursor.execute(
                f"DELETE FROM {MEMBERS} m USING leaving l "  # noqa: S608
                "WHERE m.segment_id = l.segment_id AND m.contact_id = l.contact_id"
            )
            removed = cursor.rowcount
            cursor.execute("DROP TABLE leaving")
        else:
            removed = 0
            for segment, contacts in parts:
                cursor.executemany(
                    f"DELETE FROM {MEMBERS} WHERE segment_id = %s AND contact_id = %s",  # noqa: S608
                    [(segment, contact) for contact in contacts.tolist()],
                )
                removed += cursor.rowcount
    if removed != expected:
        raise Drifted(f"{expected:,} members were to leave, {removed:,} were there.")


def insert_log(lines: Sequence[Lines], run: int | None) -> int:
    """The new rows of the log, in this order; the number of the newest (0: there were none)."""
    if not any(len(line.contacts) for line in lines):
        return 0
    columns = ("segment_id", "contact_id", "run_id", "at", "version", "entered", "cause", "evidence")
    if connection.vendor == "postgresql":
        _copy(LOG, columns, (_log_bytes(line, run) for line in lines))
    else:
        places = ", ".join(["%s"] * len(columns))
        with connection.cursor() as cursor:
            for line in lines:
                rest = (run, _text(line.at), line.version, line.entered, line.cause)
                cursor.executemany(
                    f"INSERT INTO {LOG} ({', '.join(columns)}) VALUES ({places})",  # noqa: S608
                    [
                        (line.segment, contact, *rest, evidence)
                        for contact, evidence in zip(line.contacts.tolist(), line.shown, strict=True)
                    ],
                )
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT max(id) FROM {LOG}")  # noqa: S608
        return int(cursor.fetchone()[0])


def _log_bytes(line: Lines, run: int | None) -> bytes:
    cause = line.cause.encode()
    fields: list[tuple[str, str | None]] = [
        ("segment", ">i8"),
        ("contact", ">i8"),
        ("run", None if run is None else ">i8"),
        ("at", ">i8"),
        ("version", ">i4"),
        ("entered", "u1"),
        ("cause", f"V{len(cause)}"),
        ("evidence", None),
    ]
    values: dict[str, Any] = {
        "segment": line.segment,
        "contact": line.contacts,
        "at": line.at - SINCE_2000,
        "version": line.version,
        "entered": line.entered,
        "cause": np.void(cause),
    }
    if run is not None:
        values["run"] = run
    shape = _shape(fields)
    rows = _filled(shape, len(line.contacts), **values)
    if line.evidence is None:
        return rows
    width = shape[0].itemsize
    return b"".join(
        rows[place * width : (place + 1) * width - 4] + _json_field(evidence)
        for place, evidence in enumerate(line.shown)
    )


def _json_field(text: str | None) -> bytes:
    """A jsonb field of binary COPY with its length: version 1 and the text; NULL where there is none."""
    if text is None:
        return struct.pack(">i", -1)
    data = b"\x01" + text.encode()
    return struct.pack(">i", len(data)) + data


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
        with cursor.copy(query) as copy:
            copy.write(HEADER)
            for part in parts:
                copy.write(part)
            copy.write(struct.pack(">h", -1))


def _text(at: int) -> str:
    return str(connection.ops.adapt_datetimefield_value(moments.to_datetime(at)))


def _json(evidence: Evidence) -> str | None:
    return None if evidence is None else json.dumps(evidence, ensure_ascii=False)
