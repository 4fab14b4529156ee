"""Rows of memberships and of their log on SQLite: a list of contacts a statement, which SQLite takes apart itself.

A statement a row costs more than the row: its values are bound one by one, and each updates the table's numbering.
Contacts go in stretches, all segments of one stretch before the next: so few pages of the indexes by contact are at
work at a time, and each is written once.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from django.db import connection

from segments.actions.membership import stretches
from segments.actions.membership.lines import COLUMNS, LOG, MEMBERS, Ids, Lines
from segments.engine.language import moments

A_STRETCH = 2_000  # rows, at least
MOST_STRETCHES = 16  # unless that is more than go at once


def insert_members(parts: Sequence[tuple[int, Ids, int]]) -> None:
    """New members: (segment, contacts, since when in microseconds). Raises `IntegrityError` where one is a member."""
    texts = [_text(at) for _, _, at in parts]
    with connection.cursor() as cursor:
        for stretch in _cut([contacts for _, contacts, _ in parts]):
            for place, ids in stretch:
                cursor.execute(
                    f"INSERT INTO {MEMBERS} (segment_id, contact_id, since) SELECT %s, value, %s FROM json_each(%s)",  # noqa: S608
                    [parts[place][0], texts[place], _listed(ids)],
                )


def delete_members(parts: Sequence[tuple[int, Ids]]) -> int:
    """Members who left: (segment, contacts); how many there were."""
    removed = 0
    with connection.cursor() as cursor:
        for stretch in _cut([contacts for _, contacts in parts]):
            for place, ids in stretch:
                cursor.execute(
                    f"DELETE FROM {MEMBERS} WHERE segment_id = %s AND contact_id IN (SELECT value FROM json_each(%s))",  # noqa: S608
                    [parts[place][0], _listed(ids)],
                )
                removed += cursor.rowcount
    return removed


def insert_log(lines: Sequence[Lines], run: int | None) -> None:
    """New rows of the log."""
    alike = [line for line in lines if line.is_alike]
    rests = [_rest(line, run) for line in alike]
    into = f"INSERT INTO {LOG} ({', '.join(COLUMNS)})"
    with connection.cursor() as cursor:
        for stretch in _cut([line.contacts for line in alike]):
            for place, ids in stretch:
                segment, *rest = rests[place]
                cursor.execute(
                    f"{into} SELECT %s, value, %s, %s, %s, %s, %s, %s FROM json_each(%s)",  # noqa: S608
                    [segment, *rest, alike[place].shared, _listed(ids)],
                )
        for line in lines:
            if not line.is_alike:
                pairs = list(zip(line.contacts.tolist(), line.shown, strict=True))
                cursor.execute(
                    f"{into} SELECT %s, value ->> 0, %s, %s, %s, %s, %s, value ->> 1 FROM json_each(%s)",  # noqa: S608
                    [*_rest(line, run), json.dumps(pairs)],
                )


def _rest(line: Lines, run: int | None) -> tuple[Any, ...]:
    return line.segment, run, _text(line.at), line.version, line.entered, line.cause


def _cut(parts: Sequence[Ids]) -> Iterator[list[tuple[int, Ids]]]:
    return stretches.cut(parts, least=min(sum(map(len, parts)) // A_STRETCH, MOST_STRETCHES))


def _listed(ids: Ids) -> str:
    return f"[{','.join(map(str, ids.tolist()))}]"


def _text(at: int) -> str:
    return str(connection.ops.adapt_datetimefield_value(moments.to_datetime(at)))
