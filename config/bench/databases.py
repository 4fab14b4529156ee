"""What is measured against a database: the full mirror, a patch, and PostgreSQL doing the sweep by itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from django.core.management import call_command
from django.db import connection

from config.bench import duck, rules, sql
from config.bench.loading import load
from config.bench.measures import ZONE, instant
from config.bench.order import Order
from config.bench.population import AS_OF
from config.bench.sweeping import opened_population
from config.bench.timing import Measurement, peak_mib, repeat, timed
from crm.models import Contact
from segments.engine.judging.evaluate import judge
from segments.mirror import everyone
from segments.mirror.reading import read_layer

PATCHED = 10_000
Members = Mapping[str, int]


def fill(order: Order, members: Members) -> dict[str, Any]:
    """The population in the database's tables, once; how long that took."""
    call_command("migrate", verbosity=0)
    contacts = opened_population()
    seconds, loaded = timed(lambda: load(contacts))
    return {"loaded": loaded, "seconds": round(seconds, 1), "server": _server()}


def _server() -> str:
    with connection.cursor() as cursor:
        cursor.execute("select version()" if connection.vendor == "postgresql" else "select sqlite_version()")
        return " ".join(str(cursor.fetchone()[0]).split()[:2])


def mirror(order: Order, members: Members) -> dict[str, Any]:
    """The full mirror from the database, its members checked; then patches."""
    name = {"postgresql": "PostgreSQL", "sqlite": "SQLite"}.get(connection.vendor, connection.vendor)
    whole = Measurement(
        f"full mirror from {name}", repeat(lambda _: everyone.snapshot(), order.runs, order.patience)
    )
    whole.figures = {"peak_mib": peak_mib()}
    population = everyone.snapshot()[1] if not whole.seconds else everyone.now(rebuild=False).snapshot
    parsed = rules.parsed(rules.segments(order.segments), population)
    verdicts = judge(population, parsed, as_of=instant(AS_OF), zone=ZONE).members
    found = {slug: int(np.count_nonzero(truth)) for slug, truth in verdicts.items()}
    ids = np.asarray(population.ids, np.int64)
    number = min(PATCHED, len(ids))
    some = [
        np.random.default_rng(run).choice(ids, number, replace=False).tolist() for run in range(order.runs)
    ]
    reading: list[float] = []

    def patch(run: int) -> None:
        seconds, read = timed(lambda: read_layer(some[run]).population)
        reading.append(seconds)
        judge(read, parsed, as_of=instant(AS_OF), zone=ZONE)

    patched = Measurement(f"patch from {name}", repeat(patch, order.runs, order.patience))
    patched.told = (
        f"{number:,} contacts read again and judged; reading {sorted(reading)[len(reading) // 2]:.2f} s"
    )
    return {
        "measurements": [whole.as_json(), patched.as_json()],
        "checks": [_compared(f"members of every segment from {name}'s mirror", found, members)],
        "contacts": Contact.objects.count(),
    }


def peers(order: Order, members: Members) -> dict[str, Any]:
    """PostgreSQL's own answers: one query for all, and a statement a segment."""
    documents, dialect = rules.segments(order.segments), sql.Dialect()
    names = (dialect, documents, AS_OF, "crm_contact", "crm_interaction")
    taken: list[dict[str, Any]] = []
    checks = []
    for row, texts in (("postgres", [sql.one_query(*names)]), ("sql", sql.statements(*names))):
        if row not in order.peers:
            continue
        answers: list[list[int]] = []
        one = Measurement(row, repeat(lambda _: answers.append(_asked(texts)), order.runs, order.patience))  # noqa: B023
        one.told = "one query" if row == "postgres" else f"{len(texts)} statements"
        taken.append(one.as_json())
        checks.append(
            _compared(
                f"members of every segment by {row}", dict(zip(documents, answers[-1], strict=True)), members
            )
        )
    return {"measurements": taken, "checks": checks}


def _asked(texts: list[str]) -> list[int]:
    numbers: list[int] = []
    with connection.cursor() as cursor:
        for text in texts:
            cursor.execute(text)
            numbers += cursor.fetchone()
    return numbers


def duckdb(order: Order, members: Members) -> dict[str, Any]:
    """DuckDB's one query over native tables."""
    contacts, documents = opened_population(), rules.segments(order.segments)
    link = duck.opened(order.folder / f"native-{duck.library().__version__}.duckdb", contacts)
    query = sql.one_query(duck.Duck(), documents, AS_OF, "contact", "interaction")
    answers: list[Any] = [link.execute(query).fetchone()]  # warm, as the mirror is
    one = Measurement(
        "duckdb", repeat(lambda _: answers.append(link.execute(query).fetchone()), order.runs, order.patience)
    )
    one.told, one.figures = f"one query, DuckDB {duck.library().__version__}", {"peak_mib": peak_mib()}
    return {
        "measurements": [one.as_json()],
        "checks": [
            _compared(
                "members of every segment by duckdb", dict(zip(documents, answers[-1], strict=True)), members
            )
        ],
    }


def _compared(what: str, found: Members, members: Members) -> dict[str, Any]:
    wrong = [
        f"{slug}: {found.get(slug)} instead of {number}"
        for slug, number in members.items()
        if found.get(slug) != number
    ]
    return {"what": what, "compared": len(members), "wrong": wrong}
