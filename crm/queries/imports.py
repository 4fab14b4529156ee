"""Imports as pages and commands need them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import Count, Q

from crm.domain.csv_rows import Sheet
from crm.domain.import_plan import ImportPlan
from crm.kit.paging import Page, cut
from crm.models import Import, ImportReject

PAGE = 50
SAMPLE_ROWS = 5
STALE_AFTER = timedelta(seconds=60)


def unfinished(*, kind: str, path: Path, fingerprint: str, columns: Mapping[str, Any]) -> Import | None:
    """The import of this very file by this very plan that was begun and not ended, if there is one."""
    begun = Import.objects.filter(
        kind=kind, path=str(path), fingerprint=fingerprint, state__in=(Import.QUEUED, Import.RUNNING)
    )
    wanted = json.loads(json.dumps(columns))
    # Types may have been settled differently meanwhile, by attributes that the first run declared itself.
    return next(
        (source for source in begun.order_by("-pk") if _comparable(source.plan) == _comparable(wanted)), None
    )


def _comparable(plan: Mapping[str, Any]) -> dict[str, Any]:
    columns = [{name: column[name] for name in ("header", "target", "name")} for column in plan["columns"]]
    return {**{name: value for name, value in plan.items() if name != "complete"}, "columns": columns}


def import_page(*, after: str = "") -> Page[Import]:
    """Imports, newest first."""
    found = Import.objects.select_related("created_by").order_by("-pk")
    if after.isdecimal():
        found = found.filter(pk__lt=int(after))
    return cut(list(found[: PAGE + 1]), PAGE, after=after)


def reject_page(source: Import, *, warnings: bool, after: str = "") -> Page[ImportReject]:
    """Rows that were set aside, or values that were, in the order of the file."""
    found = ImportReject.objects.filter(source=source, warning=warnings).order_by("pk")
    if after.isdecimal():
        found = found.filter(pk__gt=int(after))
    return cut(list(found[: PAGE + 1]), PAGE, after=after)


def reasons(source: Import) -> list[dict[str, Any]]:
    """How many rows or values each reason set aside: code, column, warning, times; the most frequent first."""
    found = ImportReject.objects.filter(source=source).values("code", "column", "warning")
    counted = found.annotate(times=Count("id")).order_by("warning", "-times")
    return [dict(row) for row in counted[:20]]


def cells_of(row: ImportReject) -> list[str]:
    """The cells of a rejected row as they stood in the file, or the value that a warning is about."""
    if row.warning:
        return [row.raw]
    try:
        cells = json.loads(row.raw)
    except ValueError:  # a very long row was cut off
        return [row.raw]
    return [str(cell) for cell in cells]


def rejects(source: Import) -> Iterator[ImportReject]:
    """All rows that were rejected, streamed."""
    found = ImportReject.objects.filter(source=source, warning=False).order_by("pk")
    return found.iterator(chunk_size=2_000)


def sample(source: Import, plan: ImportPlan) -> list[list[str]]:
    """The first rows of the file as the plan reads them, a cell for each column."""
    with Sheet(Path(source.path), plan.dialect) as sheet:
        rows = [record.cells for record in islice(sheet.rows(), SAMPLE_ROWS)]
    return [
        [cell[:80] for cell in (*cells, *[""] * len(plan.columns))][: len(plan.columns)] for cells in rows
    ]


def waiting(*, at: datetime) -> list[int]:
    """Uploaded imports that nobody is at: queued ones, and those whose worker has fallen silent.

    Files that a command reads in place are left to whoever called it.
    """
    silent = Q(state=Import.RUNNING) & (Q(heartbeat_at__isnull=True) | Q(heartbeat_at__lt=at - STALE_AFTER))
    found = Import.objects.filter(Q(state=Import.QUEUED) | silent, path__startswith=str(settings.UPLOAD_DIR))
    return list(found.order_by("pk").values_list("pk", flat=True))
