"""On SQLite a big commit is over before its pages are in the file; the file has them soon after."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection, transaction

from crm.kit import checkpoints

# In a process of its own: the tests' database is in memory, or not SQLite at all.
PROGRAM = """
import os, threading, time
import django
django.setup()
from pathlib import Path
from django.db import connection, transaction
from crm.kit import checkpoints

file = Path(connection.settings_dict["NAME"])
with connection.cursor() as cursor:
    cursor.execute("CREATE TABLE many (said TEXT)")
    cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    small = file.stat().st_size

def write(rows):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.executemany("INSERT INTO many VALUES (%s)", [("x" * 4000,) for _ in range(rows)])

def threads():
    return [one for one in threading.enumerate() if one.name == "checkpoint"]

begin, carry = threading.Event(), checkpoints._carry_over
checkpoints._carry_over = lambda: (begin.wait(20), carry())
with checkpoints.beside():
    write(100)
assert not threads(), "a small one is nobody's work"
with checkpoints.beside():
    write(8_000)
assert file.stat().st_size == small, "nothing is carried over before the commit is told"
with connection.cursor() as cursor:
    cursor.execute("SELECT count(*) FROM many")
    assert cursor.fetchone()[0] == 8_100
    cursor.execute("PRAGMA wal_autocheckpoint")
    assert cursor.fetchone()[0] == 1_000, "others are left as they were"
begin.set()
for thread in threads():
    thread.join(20)
assert file.stat().st_size > 30_000_000, "it is carried over soon after"

try:
    with checkpoints.beside(), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("INSERT INTO many VALUES ('gone')")
        raise LookupError
except LookupError:
    pass
with connection.cursor() as cursor:
    cursor.execute("SELECT count(*) FROM many WHERE said = 'gone'")
    assert cursor.fetchone()[0] == 0
    cursor.execute("PRAGMA wal_autocheckpoint")
    assert cursor.fetchone()[0] == 1_000
print("all true")
"""


def test_a_big_commit_is_told_before_its_pages_are_carried_over(tmp_path: Path) -> None:
    surroundings = {
        **os.environ,
        "DATABASE_URL": f"sqlite:///{tmp_path / 'some.sqlite3'}",
        "FACET_DATA": str(tmp_path),
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env=surroundings,
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.stdout == "all true\n", done.stderr


@pytest.mark.django_db
def test_within_a_transaction_nothing_is_changed() -> None:
    with transaction.atomic(), checkpoints.beside(), connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        assert cursor.fetchone() == (1,)
