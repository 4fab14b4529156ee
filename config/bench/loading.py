"""The population in a database's tables: COPY on PostgreSQL, executemany on SQLite, ids and order as in the columns."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
from django.db import connection, transaction

from config.bench.measures import ZONE
from config.bench.population import AS_OF
from crm.actions.partitioning import months_between, prepare_months
from crm.models import Account, AttributeDefinition, Contact, Interaction
from segments.engine.judging.population import Population
from segments.engine.language.moments import to_datetime

CHUNK = 50_000
TABLES = {
    "crm_contact": "id first_name last_name attributes created_at updated_at",
    "crm_identifier": "contact_id kind value shown",
    "crm_searchterm": "contact_id term",
    "crm_consent": "contact_id channel purpose granted since",
    "crm_interaction": "id contact_id kind at amount currency properties source message_id recorded_at",
}
Row = tuple[Any, ...]


class Occupied(RuntimeError):
    """The database holds other contacts; the sentence says what to do."""


def load(population: Population) -> bool:
    """Fill the empty tables of the current database; False where this very population is there already.

    Every contact gets an e-mail address beside what rules ask for, as real ones have. Raises `Occupied`.
    """
    held = (_last(Contact), _last(Interaction))
    if held == (len(population), len(population.at)):
        return False
    if held != (0, 0):
        raise Occupied(
            f"The database holds other contacts (up to {held[0]:,}, with interactions up to {held[1]:,}): "
            "name an empty one with --database."
        )
    with transaction.atomic():
        Account.objects.update_or_create(pk=1, defaults={"timezone": ZONE.key})
        AttributeDefinition.objects.bulk_create(
            AttributeDefinition(name=name, label=name.title(), type=column.dictionary.declared or "text")
            for name, column in population.attributes.items()
        )
        fill("crm_contact", contacts(population))
        fill("crm_identifier", identifiers(population))
        if len(population.at):
            first, last = (to_datetime(int(end)) for end in (population.at.min(), population.at.max()))
            prepare_months(months_between(first, last), today=last.date())
        fill("crm_interaction", interactions(population, 0, len(population)))
    _settle()
    return True


def _last(model: Any) -> int:
    return model.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


def contacts(population: Population, rows: Iterable[int] | None = None) -> Iterator[Row]:
    """The rows of `crm_contact`."""
    names = list(population.attributes)
    entries = [list(column.dictionary.entries) for column in population.attributes.values()]
    codes = [np.asarray(column.codes) for column in population.attributes.values()]
    wanted = range(len(population)) if rows is None else rows
    made = AS_OF.isoformat(sep=" ")
    for row in wanted:
        known = zip(names, entries, codes, strict=True)
        values = {name: values[code] for name, values, codes in known if (code := codes[row])}
        yield row + 1, f"First {row % 997}", f"Last {row}", json.dumps(values), made, made


def identifiers(population: Population, rows: Iterable[int] | None = None) -> Iterator[Row]:
    """The rows of `crm_identifier`: one e-mail address a contact."""
    for row in range(len(population)) if rows is None else rows:
        address = f"person.{row + 1}@mail.example"
        yield row + 1, "email", address, address


def interactions(population: Population, first: int, last: int) -> Iterator[Row]:
    """The rows of `crm_interaction` of the contacts from row `first` to `last`, excluded."""
    prices = population.properties["amount"].dictionary.entries
    categories = [
        "{}" if entry is None else json.dumps({"category": entry})
        for entry in population.properties["category"].dictionary.entries
    ]
    begin, end = int(population.offsets[first]), int(population.offsets[last])
    owner = np.repeat(np.asarray(population.ids)[first:last], np.diff(population.offsets[first : last + 1]))
    for start in range(begin, end, CHUNK):
        stop = min(start + CHUNK, end)
        amounts = population.properties["amount"].codes[start:stop].tolist()
        at = np.datetime_as_string(np.asarray(population.at[start:stop]).astype("datetime64[us]"))
        for row, contact, kind, moment, amount, category in zip(
            range(start + 1, stop + 1),
            owner[start - begin : stop - begin].tolist(),
            population.kind[start:stop].tolist(),
            (f"{text[:10]} {text[11:]}+00:00" for text in at.tolist()),
            amounts,
            population.properties["category"].codes[start:stop].tolist(),
            strict=True,
        ):
            currency = "EUR" if amount else ""
            yield (
                *(row, contact, population.kinds[kind], moment, prices[amount], currency),
                *(categories[category], "bench", f"{row:09d}", moment),
            )


def fill(table: str, rows: Iterator[Row]) -> None:
    """Rows of the columns of `TABLES` into a table."""
    way: Callable[[str, list[str], Iterator[Row]], None] = (
        _copy if connection.vendor == "postgresql" else _insert
    )
    way(table, TABLES[table].split(), rows)


def _copy(table: str, columns: list[str], rows: Iterator[Row]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("select rolsuper from pg_roles where rolname = current_user")
        if cursor.fetchone()[0]:  # keys that point to what was just written need no look each
            cursor.execute("set local session_replication_role = replica")
        with cursor.cursor.copy(f"copy {table} ({', '.join(columns)}) from stdin") as copy:
            for chunk in _chunks(rows):
                copy.write("".join(map(_line, chunk)))


def _line(row: Row) -> str:
    return "\t".join(["\\N" if value is None else str(value) for value in row]) + "\n"


def _insert(table: str, columns: list[str], rows: Iterator[Row]) -> None:
    marks = ", ".join("?" * len(columns))
    connection.ensure_connection()
    # Django's cursor rewrites parameters row by row; its connection's own does not.
    for chunk in _chunks(rows):
        written = [tuple(str(v).removesuffix("+00:00") if _moment(v) else v for v in row) for row in chunk]
        connection.connection.executemany(
            f"insert into {table} ({', '.join(columns)}) values ({marks})",  # noqa: S608 - names of ours
            written,
        )


def _moment(value: Any) -> bool:
    return isinstance(value, str) and value.endswith("+00:00")


def _chunks(rows: Iterator[Row]) -> Iterator[list[Row]]:
    for first in rows:
        some = [first]
        for row in rows:
            some.append(row)
            if len(some) == CHUNK:
                break
        yield some


def _settle() -> None:
    """Statistics, and where numbering goes on."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            for table in ("crm_contact", "crm_interaction"):
                cursor.execute(
                    f"select setval(pg_get_serial_sequence('{table}', 'id'), (select max(id) from {table}))"  # noqa: S608
                )
            cursor.execute("vacuum analyze")
        else:
            cursor.execute("analyze")


def load_some(population: Population, count: int) -> list[int]:
    """Only the first contacts, for pages that look single ones up; their ids."""
    count = min(count, len(population))
    rows = range(count)
    if not Contact.objects.exists():
        with transaction.atomic():
            fill("crm_contact", contacts(population, rows))
            fill("crm_identifier", identifiers(population, rows))
            fill("crm_interaction", interactions(population, 0, count))
    return [row + 1 for row in rows]
