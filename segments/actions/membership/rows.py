"""Writes and removes rows of memberships and of their log by the hundred thousand: COPY, or many at once on SQLite.

New rows go in by contact, whatever their segments: so the index by contact grows page by page, the others at as many
places as there are segments, and twenty million rows need no more memory than half a million.
"""

from __future__ import annotations

import json
import struct
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from django.db import connection

from segments.engine.language import moments
from segments.models import Membership, MembershipChange

Ids = npt.NDArray[np.int64]
Places = npt.NDArray[np.intp]
SINCE_2000 = 946_684_800_000_000  # PostgreSQL counts microseconds from 2000
HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
MEMBERS, LOG = Membership._meta.db_table, MembershipChange._meta.db_table
Evidence = dict[str, Any] | None
AT_ONCE = 500_000
LEAVING = 10_000


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
    mixed = _by_contact([contacts for _, contacts, _ in parts])
    segments = np.array([segment for segment, _, _ in parts], np.int64)
    if connection.vendor == "postgresql":
        since = np.array([at for _, _, at in parts], np.int64) - SINCE_2000
        shape = _shape([("segment", ">i8"), ("contact", ">i8"), ("since", ">i8")])
        rows = (
            _filled(shape, len(ids), segment=segments[part], contact=ids, since=since[part])
            for part, ids in mixed
        )
        _copy(MEMBERS, ("segment_id", "contact_id", "since"), rows)
        return
    texts = [_text(at) for _, _, at in parts]
    with connection.cursor() as cursor:
        for part, ids in mixed:
            instants = map(texts.__getitem__, part.tolist())
            lines: Any = zip(segments[part].tolist(), ids.tolist(), instants, strict=True)
            cursor.executemany(
                f"INSERT INTO {MEMBERS} (segment_id, contact_id, since) VALUES (%s, %s, %s)",  # noqa: S608
                lines,
            )


def delete_members(parts: Sequence[tuple[int, Ids]]) -> None:
    """Members who left: (segment, contacts). Raises `Drifted` where one was no member."""
    expected = sum(len(contacts) for _, contacts in parts)
    if not expected:
        return
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # A segment at a time, so that each row is looked up by its whole key; joined to a list of pairs,
            # PostgreSQL looks through all segments of each contact.
            removed = 0
            for segment, contacts in parts:
                for start in range(0, len(contacts), LEAVING):
                    cursor.execute(
                        f"DELETE FROM {MEMBERS} WHERE segment_id = %s AND contact_id = ANY(%s::bigint[])",  # noqa: S608
                        [segment, contacts[start : start + LEAVING].tolist()],
                    )
                    removed += cursor.rowcount
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
    """The new rows of the log; the number of the newest (0: there were none)."""
    plain: defaultdict[str, list[Lines]] = defaultdict(list)
    for line in lines:
        if line.evidence is None and len(line.contacts):
            plain[line.cause].append(line)
    told = [line for line in lines if line.evidence is not None and len(line.contacts)]
    if not plain and not told:
        return 0
    columns = ("segment_id", "contact_id", "run_id", "at", "version", "entered", "cause", "evidence")
    if connection.vendor == "postgresql":
        _copy(LOG, columns, _log_bytes(plain, told, run))
    else:
        places = ", ".join(["%s"] * len(columns))
        with connection.cursor() as cursor:
            for rows in _log_rows(plain, told, run):
                cursor.executemany(
                    f"INSERT INTO {LOG} ({', '.join(columns)}) VALUES ({places})",  # noqa: S608
                    rows,
                )
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT max(id) FROM {LOG}")  # noqa: S608
        return int(cursor.fetchone()[0])


def _log_rows(plain: dict[str, list[Lines]], told: Sequence[Lines], run: int | None) -> Iterator[Any]:
    """The rows of the log as SQLite takes them: one iterator of tuples a statement."""
    for cause, lines in plain.items():
        rests = [(run, _text(line.at), line.version, line.entered, cause, None) for line in lines]
        segments = [line.segment for line in lines]
        for part, ids in _by_contact([line.contacts for line in lines]):
            yield (
                (segments[place], contact, *rests[place])
                for place, contact in zip(part.tolist(), ids.tolist(), strict=True)
            )
    for line in told:
        rest = (run, _text(line.at), line.version, line.entered, line.cause)
        pairs = zip(line.contacts.tolist(), line.shown, strict=True)
        yield ((line.segment, contact, *rest, shown) for contact, shown in pairs)


def _log_bytes(plain: dict[str, list[Lines]], told: Sequence[Lines], run: int | None) -> Iterator[bytes]:
    """The rows of the log as binary COPY takes them."""
    for lines in plain.values():
        for part, ids in _by_contact([line.contacts for line in lines]):
            yield _log_table(lines, part, ids, run)[0]
    for line in told:
        ids = line.contacts
        rows, width = _log_table([line], np.zeros(len(ids), np.intp), ids, run)
        yield b"".join(
            rows[place * width : (place + 1) * width - 4] + _json_field(shown)
            for place, shown in enumerate(line.shown)
        )


def _log_table(lines: Sequence[Lines], part: Places, contacts: Ids, run: int | None) -> tuple[bytes, int]:
    """A row of the log for each contact, of the line its `part` names, without evidence; and the bytes of a row."""
    cause = lines[0].cause.encode()
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
        "segment": np.array([line.segment for line in lines], np.int64)[part],
        "contact": contacts,
        "at": np.array([line.at - SINCE_2000 for line in lines], np.int64)[part],
        "version": np.array([line.version for line in lines], np.int64)[part],
        "entered": np.array([line.entered for line in lines], bool)[part],
        "cause": np.void(cause),
    }
    if run is not None:
        values["run"] = run
    shape = _shape(fields)
    return _filled(shape, len(contacts), **values), shape[0].itemsize


def _by_contact(parts: Sequence[Ids]) -> Iterator[tuple[Places, Ids]]:
    """All contacts of these parts, rising, with the part each is of; half a million or so at a time."""
    sorted_parts = [np.sort(ids) for ids in parts if len(ids)]
    if not sorted_parts:
        return
    names = np.array([place for place, ids in enumerate(parts) if len(ids)], np.intp)
    first, last = min(int(ids[0]) for ids in sorted_parts), max(int(ids[-1]) for ids in sorted_parts)
    steps = -(-sum(map(len, sorted_parts)) // AT_ONCE)
    bounds = np.linspace(first, last + 1, steps + 1).astype(np.int64)
    cuts = [np.searchsorted(ids, bounds) for ids in sorted_parts]
    for step in range(steps):
        some = [ids[cut[step] : cut[step + 1]] for ids, cut in zip(sorted_parts, cuts, strict=True)]
        contacts = np.concatenate(some)
        if len(contacts):
            order = np.argsort(contacts, kind="stable")
            yield np.repeat(names, [len(ids) for ids in some])[order], contacts[order]


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
