"""Files that tell of customers: each is noted in the audit before its first line leaves."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.http import HttpRequest, StreamingHttpResponse

from crm.actions.exporting import note_export
from crm.kit import sheets
from crm.kit.clock import now
from crm.pages.access import colleague


def file_of_people(
    request: HttpRequest, filename: str, header: Sequence[str], rows: Iterable[Sequence[Any]]
) -> StreamingHttpResponse:
    """A CSV with personal data, and a line in the audit: who took it, from which page, narrowed by what."""
    if request.method == "GET":  # HEAD takes nothing
        note_export(
            by=colleague(request),
            at=now(),
            file=filename,
            address=request.path,
            narrowed_by=sorted(request.GET),
            columns=header,
        )
    return sheets.download(filename, header, rows)
