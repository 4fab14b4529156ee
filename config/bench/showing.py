"""What the peers run, as text for people to read and to try by hand."""

from __future__ import annotations

from config.bench import duck, limit, population, rules, sql
from config.bench.measures import measures_of
from config.bench.population import AS_OF


def texts() -> dict[str, str]:
    """By file name: the loop of the limit, DuckDB's tables and query, PostgreSQL's query and statements."""
    documents = rules.segments(100)
    small = population.make(10, 100)
    django = ("crm_contact", "crm_interaction")
    native = sql.one_query(duck.Duck(), documents, AS_OF, "contact", "interaction")
    single = sql.statements(sql.Dialect(), documents, AS_OF, *django)
    return {
        "limit.txt": limit.source(measures_of(documents.values(), AS_OF), small),
        "duckdb.sql": ";\n\n".join([*duck.tables(small), native]) + ";\n",
        "postgres.sql": sql.one_query(sql.Dialect(), documents, AS_OF, *django) + ";\n",
        "statements.sql": "".join(
            f"-- {slug}\n{text};\n\n" for slug, text in zip(documents, single, strict=True)
        ).rstrip("\n")
        + "\n",
    }
