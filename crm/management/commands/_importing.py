"""What `import_contacts` and `import_interactions` share: arguments in, sentences out."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection

from crm.actions.importing import leasing, preparing, running, starting
from crm.domain.attributes import AttributeType
from crm.domain.csv_dialect import DELIMITERS, ENCODINGS, UnusableFile
from crm.domain.import_plan import FIELDS, ImportPlan, UnusablePlan
from crm.domain.values import DATE_ORDERS
from crm.kit.clock import now
from crm.kit.figures import counted, figure
from crm.kit.processes import this_worker
from crm.models import Import
from crm.queries.imports import unfinished

DELIMITER_NAMES = {name: sign for sign, name in DELIMITERS.items()}
PAUSE_SECONDS = 2
ORDERS = {"ymd": "year first", "dmy": "day first", "mdy": "month first"}


class ImportCommand(BaseCommand):
    """Imports one file in this process; killed and called again with the same arguments, it goes on where it was."""

    kind: ClassVar[str]

    def add_arguments(self, parser: CommandParser) -> None:
        fields = ", ".join(FIELDS[self.kind])
        parser.formatter_class = argparse.RawDescriptionHelpFormatter
        parser.add_argument("file", type=Path, help="a CSV file, packed with gzip or not")
        parser.add_argument(
            "--map",
            nargs="+",
            action="extend",
            default=[],
            metavar="COLUMN=FIELD",
            help=f"where a column goes: {fields}, a name of its own, or - to leave it out; FIELD:=VALUE gives "
            "every row the same. Columns not named are kept under their own name.",
        )
        parser.add_argument(
            "--type",
            nargs="+",
            action="extend",
            default=[],
            metavar="COLUMN=TYPE",
            help=f"what a kept column holds: {', '.join(AttributeType)}",
        )
        parser.add_argument("--guess", action="store_true", help="guess the columns that --map does not name")
        parser.add_argument("--encoding", default="", help=f"instead of the detected: {', '.join(ENCODINGS)}")
        parser.add_argument("--delimiter", default="", help="instead of the detected: , ; | or tab")
        parser.add_argument("--date-order", default="", choices=["", *DATE_ORDERS], help="of 03/04/2026")
        parser.add_argument("--decimal", default="", choices=["", ".", ","], help="the decimal sign")

    def handle(self, *, file: Path, **options: Any) -> None:
        if Import._meta.db_table not in connection.introspection.table_names():
            raise CommandError("The database has no tables yet. Run `manage.py migrate` first.")
        try:
            source = self._source(file.resolve(), options)
        except (UnusableFile, UnusablePlan) as error:
            raise CommandError(str(error)) from error
        done = self._run(source)
        self._report(done)
        if done.state == Import.FAILED:
            raise CommandError(done.error)
        if done.state == Import.CANCELLED:
            raise CommandError("The import was cancelled.")

    def _source(self, file: Path, options: dict[str, Any]) -> Import:
        if not file.is_file():
            raise UnusableFile(f"There is no file {file}.")
        delimiter = options["delimiter"]
        prepared = preparing.prepare(
            file,
            kind=self.kind,
            overrides=preparing.Overrides(
                encoding=options["encoding"],
                delimiter=DELIMITER_NAMES.get(delimiter, delimiter.replace("\\t", "\t")),
                date_order=options["date_order"],
                decimal=options["decimal"],
            ),
            pairs=options["map"],
            types=_types(options["type"]),
            guess=options["guess"] or not options["map"],
        )
        prepared.plan.check()
        self._describe(prepared.plan, prepared.findings.rows)
        found = unfinished(
            kind=self.kind,
            path=file,
            fingerprint=preparing.fingerprint(file),
            columns=_mapping(prepared.plan),
        )
        if found is not None:
            self.stdout.write(f"This file was begun before: going on after row {figure(found.rows_read)}.")
            return found
        source = starting.draft(path=file, filename=file.name, prepared=prepared, by=None, at=now())
        starting.start(source=source, by=None, at=now())
        return source

    def _describe(self, plan: ImportPlan, rows: int) -> None:
        dialect = plan.dialect
        delimiter = DELIMITERS.get(dialect.delimiter, dialect.delimiter)
        packed = ", packed with gzip" if dialect.gzipped else ""
        self.stdout.write(
            f"{counted(rows, 'row')}, {dialect.encoding}, {delimiter} between cells{packed}; "
            f"dates {ORDERS[plan.date_order]}, decimal sign {plan.decimal}"
        )
        if not plan.sure_of_order:
            self.stdout.write(
                "The dates can be read either way; --date-order dmy or mdy says which. "
                f"Taken: {ORDERS[plan.date_order]}."
            )
        for column in plan.columns:
            kept = f"{column.kept_as} ({column.type})"
            goes = kept if column.kept_as else column.target if column.target != "-" else "left out"
            self.stdout.write(f"  {column.header} -> {goes}")
        for name, value in plan.constants.items():
            self.stdout.write(f"  {name} := {value}")
        if any(plan.product):
            self.stdout.write(f"  {' * '.join(plan.product)} -> amount")

    def _run(self, source: Import) -> Import:
        worker = this_worker()
        told = False
        while True:
            try:
                return running.run(
                    source.pk, worker=worker, clock=now, progress=_progress(self.stdout.write, now())
                )
            except leasing.Busy:
                if not told:
                    self.stdout.write("Another process is at this import; waiting for it to end.")
                told = True
                time.sleep(PAUSE_SECONDS)
            except leasing.LeaseLost:
                source.refresh_from_db()
                if source.state not in (Import.QUEUED, Import.RUNNING):
                    return source

    def _report(self, done: Import) -> None:
        what = "customer" if done.kind == Import.CONTACTS else "interaction"
        parts = [f"{counted(done.rows_read, 'row')} read", f"{counted(done.created, what)} created"]
        if done.kind == Import.CONTACTS:
            parts += [
                f"{figure(done.updated)} updated",
                f"{figure(done.merged_in_file)} merged within the file",
            ]
        else:
            parts.append(f"{counted(done.contacts_created, 'customer')} created")
        parts += [f"{figure(done.unchanged)} already there", f"{figure(done.rejected)} rejected"]
        parts.append(counted(done.warnings, "warning"))
        self.stdout.write(", ".join(parts) + ".")


def _progress(write: Callable[[str], object], began: datetime) -> running.Progress:
    shown = [began]

    def show(source: Import) -> None:
        moment = now()
        if (moment - shown[0]).total_seconds() >= 1 or source.rows_read == source.rows_total:
            shown[0] = moment
            write(f"{figure(source.rows_read)} of {figure(source.rows_total or 0)} rows")
            sys.stdout.flush()

    return show


def _mapping(plan: ImportPlan) -> dict[str, Any]:
    kept = plan.to_dict()
    kept.pop("complete")
    return kept


def _types(pairs: list[str]) -> dict[str, str]:
    chosen = {}
    for pair in pairs:
        header, _, kind = pair.rpartition("=")
        if kind not in list(AttributeType):
            raise UnusablePlan(f"‘{pair}’: a type is one of {', '.join(AttributeType)}.")
        chosen[header] = kind
    return chosen
