"""Makes each delivery of a message count once, whoever delivers it again at the same moment."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Sequence

from django.db import connection

from crm.models import Delivery, Interaction

Key = tuple[str, str]  # source, message id
AT_ONCE = 5_000


def delivered(keys: Collection[Key]) -> dict[Key, int]:
    """Those of the messages that arrived before, with the ids of their interactions."""
    by_source: dict[str, list[str]] = defaultdict(list)
    for source, message_id in keys:
        by_source[source].append(message_id)
    found: dict[Key, int] = {}
    for source, ids in by_source.items():
        for start in range(0, len(ids), AT_ONCE):
            rows = Delivery.objects.filter(source=source, message_id__in=ids[start : start + AT_ONCE])
            found |= {
                (source, message_id): interaction
                for message_id, interaction in rows.values_list("message_id", "interaction_id")
            }
    return found


def claim(keys: Sequence[Key]) -> dict[Key, int]:
    """An id for the interaction of each message that nobody delivered before; the others are left out.

    Call it in the transaction that writes the interactions. Who claims the same meanwhile waits for its end.
    """
    wanted = list(dict.fromkeys(keys))
    numbers = dict(zip(wanted, _reserve(len(wanted)), strict=True))  # in the order received
    ordered = sorted(wanted)  # one order for all: two at once never wait for each other
    claimed: set[int] = set()
    for start in range(0, len(ordered), AT_ONCE):
        some = ordered[start : start + AT_ONCE]
        claimed |= _insert(some, [numbers[key] for key in some])
    return {key: number for key, number in numbers.items() if number in claimed}


def _insert(keys: Sequence[Key], ids: Sequence[int]) -> set[int]:
    table = connection.ops.quote_name(Delivery._meta.db_table)
    into = f"INSERT INTO {table} (source, message_id, interaction_id)"
    once = "ON CONFLICT DO NOTHING RETURNING interaction_id"
    sources, message_ids = zip(*keys, strict=True)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            some = "SELECT * FROM unnest(%s::text[], %s::text[], %s::bigint[])"
            cursor.execute(f"{into} {some} {once}", [list(sources), list(message_ids), list(ids)])
        else:
            some = "SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each(%s) WHERE true"
            rows = [list(row) for row in zip(sources, message_ids, ids, strict=True)]
            cursor.execute(f"{into} {some} {once}", [json.dumps(rows, ensure_ascii=False)])
        return {number for (number,) in cursor.fetchall()}


def _reserve(count: int) -> list[int]:
    """So many ids that no other interaction gets, rising."""
    if not count:
        return []
    table = Interaction._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            series = "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)"
            cursor.execute(series, [table, count])
            return [number for (number,) in cursor.fetchall()]
        cursor.execute("UPDATE sqlite_sequence SET seq = seq + %s WHERE name = %s", [count, table])
        if not cursor.rowcount:
            cursor.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", [table, count])
        cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
        last = cursor.fetchone()[0]
        return list(range(last - count + 1, last + 1))
