"""Months of the interactions, each a table of its own on PostgreSQL; what has no month yet waits in the rest."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta

from django.db import OperationalError, connection, transaction

log = logging.getLogger(__name__)
TABLE = "crm_interaction"
REST = f"{TABLE}_rest"
AHEAD = 3
OLDEST = date(1990, 1, 1)  # what is older, or lies far ahead, stays in the rest
PATIENCE = "2s"
ONE_AT_A_TIME = 0x66616365  # key of the advisory lock: any number nobody else uses


def prepare_months(days: Iterable[date | datetime], *, today: date) -> list[str]:
    """Make a table for each month (UTC) of these days that lacks one; the names of those made.

    Does nothing where interactions are not cut by month (SQLite). Call it outside a transaction: a month whose rows
    are being read at length is left for the next time, and until then its rows go into the rest.
    """
    if connection.vendor != "postgresql":
        return []
    latest = _after(today.replace(day=1), AHEAD + 12)
    firsts = sorted({_month(day) for day in days})
    wanted = [first for first in firsts if OLDEST <= first <= latest]
    missing = [first for first in wanted if _name(first) not in _present()] if wanted else []
    return [_name(first) for first in missing if _make(first)]


def tend_months(*, today: date) -> list[str]:
    """Months made ahead of time, and months for rows that wait in the rest; the names of those made."""
    if connection.vendor != "postgresql":
        return []
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT DISTINCT date_trunc('month', at AT TIME ZONE 'UTC')::date FROM {REST}")  # noqa: S608
        waiting = [first for (first,) in cursor.fetchall()]
    this = today.replace(day=1)
    return prepare_months([*waiting, *(_after(this, months) for months in range(AHEAD + 1))], today=today)


def _make(first: date) -> bool:
    """Make one month's table, with what waits for it in the rest; False where that is being read just now."""
    name, after = _name(first), _after(first, 1)
    begin, end = (f"{day.isoformat()} 00:00:00+00" for day in (first, after))
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [ONE_AT_A_TIME])
            if name in _present():
                return False
            cursor.execute("SELECT set_config('lock_timeout', %s, true)", [PATIENCE])
            cursor.execute(f"LOCK TABLE {REST} IN ACCESS EXCLUSIVE MODE")
            cursor.execute(f"CREATE TABLE {name} (LIKE {TABLE} INCLUDING DEFAULTS INCLUDING CONSTRAINTS)")
            moved = f"DELETE FROM {REST} WHERE at >= %s AND at < %s RETURNING *"  # noqa: S608
            cursor.execute(f"WITH moved AS ({moved}) INSERT INTO {name} SELECT * FROM moved", [begin, end])  # noqa: S608
            cursor.execute(
                f"ALTER TABLE {TABLE} ATTACH PARTITION {name} FOR VALUES FROM ('{begin}') TO ('{end}')"
            )
    except OperationalError as error:
        log.warning("The month %s was not made, it is tried again tonight: %s", first, error)
        return False
    return True


def _present() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = %s::regclass", [TABLE]
        )
        return {name for (name,) in cursor.fetchall()}


def _month(day: date | datetime) -> date:
    if isinstance(day, datetime):
        day = day.astimezone(UTC).date()
    return day.replace(day=1)


def _after(first: date, months: int) -> date:
    for _ in range(months):
        first = (first + timedelta(days=32)).replace(day=1)
    return first


def _name(first: date) -> str:
    return f"{TABLE}_y{first.year:04d}m{first.month:02d}"


def months_between(first: datetime, last: datetime) -> Iterator[date]:
    """The first days of all months from one instant to another."""
    month = _month(first)
    while month <= _month(last):
        yield month
        month = _after(month, 1)
