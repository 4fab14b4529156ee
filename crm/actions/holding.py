"""Holds contacts that rows are written for, so that nobody merges or erases them in the same moment."""

from __future__ import annotations

from collections.abc import Collection

from django.db import connection

from crm.models import Contact

AT_ONCE = 5_000
GONE = "This customer was merged into another, or erased, just now. Look the customer up again."


def gone_of(contact_ids: Collection[int]) -> set[int]:
    """Those of the contacts who were merged or erased meanwhile; the others live until the transaction ends.

    Call it in the transaction that writes, before it does. On PostgreSQL each gets the weakest lock there is, the one
    that a reference to the row takes anyway: it stops merging and erasing, and nobody else. On SQLite whoever writes
    has the database for himself.
    """
    ids = sorted(set(contact_ids))
    living: set[int] = set()
    for start in range(0, len(ids), AT_ONCE):
        living |= _held(ids[start : start + AT_ONCE])
    return set(ids) - living


def _held(ids: list[int]) -> set[int]:
    if connection.vendor != "postgresql":
        return set(Contact.objects.living().filter(pk__in=ids).values_list("pk", flat=True))
    table = connection.ops.quote_name(Contact._meta.db_table)
    living = "erased_at IS NULL AND merged_into_id IS NULL"
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT id FROM {table} WHERE id = ANY(%s) AND {living} ORDER BY id FOR KEY SHARE",  # noqa: S608
            [ids],
        )
        return {pk for (pk,) in cursor.fetchall()}
