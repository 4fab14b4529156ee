"""On SQLite: what a big transaction wrote goes from the write-ahead log into the file beside whoever wrote it.

Otherwise the connection that commits does it before anybody hears of the commit: after a hundred thousand rows that
takes as long as writing them.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

from django.db import DatabaseError, connection

BIG = 16 * 1024 * 1024  # bytes of the log; less is left to the next who commits
NAME = "checkpoint"  # of the thread
log = logging.getLogger(__name__)


@contextmanager
def beside() -> Iterator[None]:
    """Transactions within it are over with their commit. Elsewhere, and within a transaction, nothing."""
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        yield
        return
    before = _every("")
    _every("=0")
    try:
        yield
    finally:
        _every(f"={before}")
        if _log_size() >= BIG:
            Thread(target=_carry_over, daemon=True, name=NAME).start()


def _every(change: str) -> int:
    """After how many pages of the log this connection carries them over."""
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA wal_autocheckpoint{change}")
        return int(cursor.fetchone()[0])


def _log_size() -> int:
    try:
        return Path(f"{connection.settings_dict['NAME']}-wal").stat().st_size
    except OSError:  # a database in memory
        return 0


def _carry_over() -> None:
    try:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(PASSIVE)")
    except DatabaseError as error:
        log.info("The write-ahead log stays as it is until the next commit: %s", error)
    finally:
        connection.close()
