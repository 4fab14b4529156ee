"""Looks through a file and proposes what its import would do."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from crm.domain.csv_dialect import Dialect, detect
from crm.domain.csv_rows import Record, Sheet
from crm.domain.csv_types import Findings, look_through
from crm.domain.import_guess import (
    guessed,
    named,
    with_chosen_types,
    with_declared,
    with_defaults,
    with_lists,
    with_own_names,
)
from crm.domain.import_plan import Column, ImportPlan, mapped, with_types
from crm.models import AttributeDefinition
from crm.queries.accounts import current_account

GLANCE_ROWS = 50_000
GLANCE_BYTES = 16 * 1024 * 1024
BEAT_ROWS = 100_000


@dataclass(frozen=True)
class Overrides:
    """What a person knows better than the detection; empty: detect it."""

    encoding: str = ""
    delimiter: str = ""
    date_order: str = ""
    decimal: str = ""

    @property
    def named(self) -> tuple[str, ...]:
        """Which of them are set."""
        return tuple(
            name for name in ("encoding", "delimiter", "date_order", "decimal") if getattr(self, name)
        )


@dataclass(frozen=True)
class Prepared:
    """A proposed plan and what it was found on."""

    plan: ImportPlan
    findings: Findings


def prepare(
    path: Path,
    *,
    kind: str,
    overrides: Overrides | None = None,
    pairs: Iterable[str] = (),
    types: Mapping[str, str] | None = None,
    guess: bool = True,
    glance: bool = False,
) -> Prepared:
    """The plan for a file: detected, mapped by `pairs`, the rest guessed by the headings or kept under its own name.

    A glance looks at the beginning only; `settled` looks at the rest. Raises `UnusableFile` and `UnusablePlan`.
    """
    chosen = overrides or Overrides()
    account = current_account()
    dialect = detect(
        path,
        encoding=chosen.encoding,
        delimiter=chosen.delimiter,
        limit=GLANCE_BYTES if glance else None,
    )
    header, findings = _look(path, dialect, chosen, account.country, limit=GLANCE_ROWS if glance else None)
    plan = ImportPlan(
        kind=kind,
        dialect=dialect,
        columns=tuple(Column(name) for name in header),
        date_order=findings.date_order,
        decimal=findings.decimal,
        sure_of_order=findings.sure_of_order,
        timezone=account.timezone,
        overrides=chosen.named,
        complete=not glance or findings.rows < GLANCE_ROWS,
    )
    plan = mapped(plan, pairs)
    plan = with_lists(guessed(plan)) if guess else with_defaults(named(plan))
    plan = with_own_names(plan)
    plan = with_chosen_types(with_types(with_declared(plan, declared_types()), findings.types), types or {})
    return Prepared(plan, findings)


def settled(path: Path, plan: ImportPlan, *, beat: Callable[[], None] = lambda: None) -> Prepared:
    """The plan after a look at the whole file; what a person chose stays as it is. Raises `UnusableFile`.

    `beat` is called now and then, for a caller who must say that they are alive.
    """
    chosen = Overrides(
        encoding=plan.dialect.encoding if "encoding" in plan.overrides else "",
        delimiter=plan.dialect.delimiter,
        date_order=plan.date_order if "date_order" in plan.overrides else "",
        decimal=plan.decimal if "decimal" in plan.overrides else "",
    )
    dialect = detect(path, encoding=chosen.encoding, delimiter=chosen.delimiter)
    _, findings = _look(path, dialect, chosen, current_account().country, beat=beat)
    plan = with_types(with_declared(plan, declared_types()), findings.types)
    plan = replace(
        plan,
        dialect=dialect,
        date_order=findings.date_order,
        decimal=findings.decimal,
        sure_of_order=findings.sure_of_order,
        complete=True,
    )
    return Prepared(plan, findings)


def _look(
    path: Path,
    dialect: Dialect,
    chosen: Overrides,
    country: str,
    *,
    limit: int | None = None,
    beat: Callable[[], None] = lambda: None,
) -> tuple[list[str], Findings]:
    with Sheet(path, dialect) as sheet:
        findings = look_through(
            islice(_beating(sheet.rows(), beat), limit),
            len(sheet.header),
            country=country,
            date_order=chosen.date_order,
            decimal=chosen.decimal,
        )
        return sheet.header, findings


def _beating(rows: Iterable[Record], beat: Callable[[], None]) -> Iterator[Record]:
    for record in rows:
        if record.number % BEAT_ROWS == 0:
            beat()
        yield record


def declared_types() -> dict[str, str]:
    """The types of the account's attributes, by name."""
    return dict(AttributeDefinition.objects.values_list("name", "type"))


def fingerprint(path: Path) -> str:
    """What tells this file from any other."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
