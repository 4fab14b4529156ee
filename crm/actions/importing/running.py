"""Runs an import batch by batch, each one transaction with its checkpoint: a kill doubles and loses nothing."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from itertools import islice
from pathlib import Path
from typing import Any

from django.db import IntegrityError, OperationalError, transaction
from django.db.models import F

from crm.actions import auditing
from crm.actions.importing.answers import write_answers
from crm.actions.importing.happenings import message_id_of, write_interactions
from crm.actions.importing.inserting import insert_new
from crm.actions.importing.leasing import LeaseLost, claim, keep
from crm.actions.importing.marks import Marks, Occurrences
from crm.actions.importing.people import Written, owners_of, write_people
from crm.actions.importing.preparing import fingerprint, settled
from crm.actions.partitioning import prepare_months
from crm.actions.publishing import publish
from crm.actions.touching import mark
from crm.domain.csv_dialect import UnusableFile
from crm.domain.csv_rows import Record, Sheet
from crm.domain.import_plan import ImportPlan, UnusablePlan
from crm.domain.import_rows import Refused, RowReader
from crm.domain.interaction_rows import InteractionReader, InteractionRow
from crm.models import AttributeDefinition, Import, ImportReject
from crm.queries.accounts import current_account

log = logging.getLogger(__name__)
BATCH = 2_000
LARGE = 20_000  # rows; from here on a batch marks everybody as changed instead of naming them
WARNINGS_KEPT = 10_000
RAW_KEPT = 20_000
ATTEMPTS = 3
REJECT_FIELDS = ("source", "row", "warning", "code", "reason", "column", "raw")
OUR_FAULT = (
    "Facet could not go on here, and that is not the file's fault. What was read before is kept. Try again; "
    "if it happens again, tell your administrator: the log says more."
)
Progress = Callable[[Import], None]


@dataclass
class _Batch:
    """Rows read and not yet written, with those that cannot be."""

    size: int = 0
    rows: list[Any] = field(default_factory=list)
    refused: list[tuple[Record, Refused]] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)


def run(
    import_id: int, *, worker: str, clock: Callable[[], datetime], progress: Progress = lambda _: None
) -> Import:
    """Bring an import to its end, from its last checkpoint on. Raises `Busy` or `LeaseLost`; a bad file fails it."""
    source = claim(import_id, worker=worker, at=clock())
    try:
        plan = _settle(source, worker=worker, clock=clock)
        _Run(source, plan, worker=worker, clock=clock, progress=progress).go()
    except (UnusableFile, UnusablePlan) as error:
        end(import_id, worker=worker, state=Import.FAILED, at=clock(), error=str(error))
    except (LeaseLost, OperationalError):
        raise
    except Exception:
        log.exception("Import %s failed", import_id)
        end(import_id, worker=worker, state=Import.FAILED, at=clock(), error=OUR_FAULT)
    return Import.objects.get(pk=import_id)


def _settle(source: Import, *, worker: str, clock: Callable[[], datetime]) -> ImportPlan:
    """The plan after a look at the whole file, checked, and its attributes declared."""
    plan = ImportPlan.from_dict(source.plan)
    path = Path(source.path)
    if not path.is_file():
        raise UnusableFile("The file is no longer where it was. Import it again.")
    if source.fingerprint and fingerprint(path) != source.fingerprint:
        raise UnusableFile("The file changed since its import began. Import it again.")
    if not plan.complete or source.rows_total is None:
        found = settled(path, plan, beat=lambda: keep(source.pk, worker=worker, at=clock()))
        plan = found.plan
        keep(source.pk, worker=worker, at=clock())
        source.plan, source.rows_total = plan.to_dict(), found.findings.rows
        source.save(update_fields=["plan", "rows_total"])
    plan.check()
    if plan.kind == Import.CONTACTS:
        _declare(plan, at=source.started_at or clock())
    return plan


def _declare(plan: ImportPlan, *, at: datetime) -> None:
    """Declare the attributes that the account has not yet, with the types that the file shows."""
    AttributeDefinition.objects.bulk_create(
        [
            AttributeDefinition(
                name=column.kept_as,
                label=column.kept_as if column.kept_as != "tags" else "Tags",
                type=column.type,
                inferred=True,
                created_at=at,
            )
            for column in plan.columns
            if column.kept_as
        ],
        ignore_conflicts=True,
    )


class _Run:
    """One import at work."""

    def __init__(
        self,
        source: Import,
        plan: ImportPlan,
        *,
        worker: str,
        clock: Callable[[], datetime],
        progress: Progress,
    ) -> None:
        country = current_account().country
        self.source, self.plan, self.worker = source, plan, worker
        self.clock, self.progress = clock, progress
        self.contacts = plan.kind == Import.CONTACTS
        self.reader = (RowReader if self.contacts else InteractionReader)(plan, country=country)
        self.seen = Marks()
        self.months: set[date] = set()
        # The import's own instant, so that a run that was interrupted ends in the same state as one that was not.
        self.at = source.started_at or clock()
        self.label = f"import {source.pk}"

    def go(self) -> None:
        """Read the file to its end and write what lies behind the checkpoint."""
        self.occurrences = Occurrences()
        try:
            with Sheet(Path(self.source.path), self.plan.dialect) as sheet:
                if sheet.header != [column.header for column in self.plan.columns]:
                    raise UnusablePlan("The headings of the file are not those of the plan. Import it again.")
                for records in _batches(sheet.rows()):
                    self._take(records)
        finally:
            self.occurrences.close()
        end(self.source.pk, worker=self.worker, state=Import.DONE, at=self.clock())

    def _take(self, records: list[Record]) -> None:
        done = self.source.rows_read - (records[0].number - 1)
        behind, ahead = records[: max(done, 0)], records[max(done, 0) :]
        if behind:
            self._remember(self._read(behind))
        if ahead:
            batch = self._read(ahead)
            self._write(batch)
            self.progress(self.source)
        else:
            keep(self.source.pk, worker=self.worker, at=self.clock())

    def _read(self, records: list[Record]) -> _Batch:
        batch = _Batch(size=len(records))
        for record in records:
            try:
                if isinstance(self.reader, InteractionReader):
                    row = self.reader.interaction(record)
                    batch.ids.append(message_id_of(row, self.occurrences))
                    batch.rows.append(row)
                else:
                    batch.rows.append(self.reader.contact(record))
            except Refused as refusal:
                batch.refused.append((record, refusal))
        return batch

    def _remember(self, batch: _Batch) -> None:
        """Know again which customers the rows before the checkpoint named."""
        if self.contacts:
            for owner in owners_of(naming for row in batch.rows for naming in row.who).values():
                self.seen.add(owner)

    def _write(self, batch: _Batch) -> None:
        days = {
            row.at.astimezone(UTC).date().replace(day=1)
            for row in batch.rows
            if isinstance(row, InteractionRow)
        }
        if days - self.months:
            prepare_months(days, today=self.clock().date())
            self.months |= days
        for attempt in range(1, ATTEMPTS + 1):
            try:
                with transaction.atomic():
                    placed = self._write_once(batch)
            except IntegrityError:
                # Somebody made the same customer at the same moment: the next look finds them.
                if attempt == ATTEMPTS:
                    raise
            else:
                break
        for number in placed:
            self.seen.add(number)
        self.source.refresh_from_db()

    def _write_once(self, batch: _Batch) -> set[int]:
        """Write a batch; the contacts that it named."""
        counters = self._write_rows(batch)
        self._save_rejects(batch, counters)
        checkpoint = Import.objects.filter(
            pk=self.source.pk, worker=self.worker, state=Import.RUNNING, rows_read=self.source.rows_read
        )
        moved = checkpoint.update(
            rows_read=F("rows_read") + batch.size,
            heartbeat_at=self.clock(),
            created=F("created") + counters.created,
            updated=F("updated") + counters.updated,
            merged_in_file=F("merged_in_file") + counters.merged,
            unchanged=F("unchanged") + counters.unchanged,
            contacts_created=F("contacts_created") + counters.contacts_created,
            rejected=F("rejected") + len(batch.refused),
            warnings=F("warnings") + len(counters.problems),
        )
        if not moved:
            raise LeaseLost(f"Import {self.source.pk} was cancelled or taken over.")
        if counters.contacts:
            everybody = (self.source.rows_total or 0) >= LARGE
            mark(
                None if everybody else counters.contacts,
                cause="interaction" if self.source.kind == Import.INTERACTIONS else "attribute",
                evidence={"import": self.source.pk},
            )
        return counters.named

    def _write_rows(self, batch: _Batch) -> Written:
        by = self.source.created_by
        if not self.contacts:
            rows: Sequence[InteractionRow] = batch.rows
            return write_interactions(rows, batch.ids, by=by, at=self.at, source=self.label)
        written, drafts = write_people(batch.rows, seen=self.seen, by=by, at=self.at, source=self.label)
        written.problems += write_answers(
            drafts, by=by, at=self.at, source=self.label, filename=self.source.filename
        )
        return written

    def _save_rejects(self, batch: _Batch, written: Written) -> None:
        room = max(WARNINGS_KEPT - self.source.warnings, 0)
        refused = [
            (
                self.source.pk,
                record.number,
                False,
                refusal.code,
                _storable(refusal.reason)[:300],
                refusal.column[:200],
                json.dumps([_storable(cell) for cell in record.cells], ensure_ascii=False)[:RAW_KEPT],
            )
            for record, refusal in batch.refused
        ]
        warned = [
            (
                self.source.pk,
                number,
                True,
                problem.code,
                problem.reason[:300],
                problem.column[:200],
                problem.value[:RAW_KEPT],
            )
            for number, problem in written.problems[:room]
        ]
        insert_new(ImportReject, REJECT_FIELDS, refused + warned)


def _storable(text: str) -> str:
    """The text with what a database would choke on made visible."""
    return text.replace("\x00", "␀").encode("utf-8", "replace").decode() if not text.isprintable() else text


def _batches(rows: Iterator[Record]) -> Iterator[list[Record]]:
    while batch := list(islice(rows, BATCH)):
        yield batch


def end(import_id: int, *, worker: str, state: str, at: datetime, error: str = "") -> None:
    """Close a running import and tell everybody; nothing where another process has it by now."""
    with transaction.atomic():
        held = Import.objects.filter(pk=import_id, worker=worker, state=Import.RUNNING)
        if held.update(state=state, error=error, finished_at=at, heartbeat_at=at):
            tell(Import.objects.get(pk=import_id), at=at)


def tell(source: Import, *, at: datetime) -> None:
    """Audit the end of an import and publish what changed, in the current transaction."""
    counts = {
        name: getattr(source, name)
        for name in ("rows_read", "created", "updated", "merged_in_file", "unchanged", "rejected", "warnings")
    }
    auditing.record(
        action=f"import.{source.state}", subject=f"import {source.pk}", by=source.created_by, at=at, **counts
    )
    if source.created or source.updated or source.merged_in_file:
        publish("ContactsChanged", contacts=None, cause="import")
    publish("ImportFinished", import_id=source.pk)
