# ruff: noqa: S608 - statements made of our own names, of no input
"""DuckDB: native tables, typed and sorted by contact, and one query over them."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from config.bench.measures import ZONE, Wanted
from config.bench.sql import Dialect, quoted
from segments.engine.judging.population import Column, Population
from segments.engine.language import moments

MISSING = (
    "DuckDB is not installed: run ‘pip install -r bench/requirements.txt’, or leave duckdb out of --peers."
)


class Duck(Dialect):
    """Typed columns; instants as timestamps in UTC, amounts in cents, and on each row if it ends its local day."""

    days = "count(*)"
    moment, ends_day = "i.moment", "i.ends_day"

    def attribute(self, name: str) -> str:
        """A column."""
        return f"c.{name}"

    def shares(self, name: str, values: Any) -> str:
        """A list has any of the values."""
        return f"list_has_any(c.{name}, [{', '.join(map(quoted, values))}])"

    def at(self, instant: int) -> str:
        """An instant: the number itself."""
        return str(instant)

    def in_category(self, category: str) -> str:
        """A category by its name."""
        return f"i.category = {quoted(category)}"

    def measure(self, fn: str, one: Wanted) -> str:
        """`count_if` and `case` are what DuckDB does fastest here, of the forms tried."""
        number, rows = self.number(fn), self.rows(one)
        if number == "count(*)":
            return f"count_if({rows})"
        aggregate, value = number[:-1].split("(")
        return f"{aggregate}(case when {rows} then {value} end)"

    def money(self, number: Any) -> str:
        """Cents."""
        return str(round(float(number) * 100))


def library() -> Any:
    """The duckdb package. Raises `ModuleNotFoundError` in words."""
    try:
        return importlib.import_module("duckdb")
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(MISSING) from error


def opened(path: Path, population: Population) -> Any:
    """A connection to the tables of a population, made at the first call."""
    duckdb = library()
    if not path.exists():
        beside = path.with_suffix(".new")
        beside.unlink(missing_ok=True)
        connection = duckdb.connect(str(beside))
        _load(connection, population)
        connection.close()
        beside.rename(path)
    connection = duckdb.connect(str(path), read_only=True)
    connection.execute("set threads = 2")
    return connection


def tables(population: Population) -> list[str]:
    """The statements that make the two tables and the types of kinds and categories."""
    categories = [entry for entry in population.properties["category"].dictionary.entries if entry]
    typed = ", ".join(f"{name} {SORTS.get(name, 'varchar')}" for name in population.attributes)
    return [
        f"create type kinds as enum ({', '.join(map(quoted, population.kinds))})",
        f"create type categories as enum ({', '.join(map(quoted, categories))})",
        "create table interaction (contact_id integer, kind kinds, moment bigint, amount integer, "
        "category categories, ends_day boolean)",
        f"create table contact (id integer, {typed})",
    ]


def _load(connection: Any, population: Population) -> None:
    """Fill both tables from the columns."""
    owner = np.repeat(np.asarray(population.ids), np.diff(population.offsets))
    columns: Mapping[str, Any] = {
        "contact_id": owner.astype(np.int32),
        "kind": np.asarray(population.kind),
        "moment": np.asarray(population.at),
        "amount": np.asarray(population.properties["amount"].codes),
        "category": np.asarray(population.properties["category"].codes),
        "ends_day": ends_day(population, owner),
    }
    for statement in tables(population):
        connection.execute(statement)
    insert, step = _insert(population), 2_000_000
    for start in range(0, len(owner), step):
        chunk = {name: values[start : start + step] for name, values in columns.items()}
        connection.register("chunk", chunk)
        connection.execute(insert)
        connection.unregister("chunk")
    _load_contacts(connection, population)


def _insert(population: Population) -> str:
    kinds = ", ".join(quoted(kind) for kind in population.kinds)
    entries = ", ".join(
        quoted(entry) for entry in population.properties["category"].dictionary.entries if entry is not None
    )
    return (
        f"insert into interaction select contact_id, [{kinds}][kind + 1]::kinds, moment, nullif(amount, 0), "
        f"[{entries}][nullif(category, 0)]::categories, ends_day from chunk"
    )


SORTS = {
    "age": "smallint",
    "score": "decimal(5,1)",
    "newsletter": "boolean",
    "birthday": "date",
    "joined": "date",
    "tags": "varchar[]",
}


def _load_contacts(connection: Any, population: Population) -> None:
    names = list(population.attributes)
    for name in names:
        column = population.attributes[name]
        texts = np.array([_text(entry) for entry in column.dictionary.entries], object)
        connection.register("entries", {"code": np.arange(len(texts)), "value": texts})
        connection.execute(
            f"create temp table d_{name} as select code, value::{SORTS.get(name, 'varchar')} as value from entries"
        )
        connection.unregister("entries")
    chunk = {"id": np.asarray(population.ids), **_codes(population.attributes)}
    connection.register("chunk", chunk)
    joins = " ".join(f"left join d_{name} on d_{name}.code = chunk.{name}" for name in names)
    values = ", ".join(f"d_{name}.value" for name in names)
    connection.execute(f"insert into contact select id, {values} from chunk {joins} order by id")


def _text(entry: Any) -> str | None:
    """An entry as DuckDB reads it from text."""
    if isinstance(entry, list):
        return f"[{', '.join(entry)}]"
    return None if entry is None else str(entry)


def _codes(columns: Mapping[str, Column]) -> dict[str, Any]:
    return {name: np.asarray(column.codes) for name, column in columns.items()}


def ends_day(population: Population, owner: Any) -> Any:
    """For each row: is it the contact's last of its kind on its local day? Then counting these counts days."""
    days = moments.local_days(np.asarray(population.at), ZONE)
    kind = np.asarray(population.kind)
    order = np.lexsort((np.arange(len(kind)), kind, owner))
    changes = np.ones(len(order), bool)
    same = (np.diff(owner[order]) == 0) & (np.diff(kind[order]) == 0) & (np.diff(days[order]) == 0)
    changes[:-1] = ~same
    out = np.empty(len(order), bool)
    out[order] = changes
    return out
