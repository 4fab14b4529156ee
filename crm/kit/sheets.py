"""CSV for spreadsheets: streamed, and with every formula disarmed."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.http import StreamingHttpResponse

# What a spreadsheet may take for the beginning of a formula, the full-width forms included.
_TRIGGERS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


class _Echo:
    """A file whose write gives back what was written, for a writer that streams."""

    def write(self, line: str) -> str:
        return line


def disarmed(cell: Any) -> str:
    """The cell as text; a text that a spreadsheet could run as a formula gets a leading apostrophe.

    Numbers stay numbers, a negative one too.
    """
    if cell is None:
        return ""
    if not isinstance(cell, str):
        return str(cell)
    runs = cell.startswith(_TRIGGERS) or cell.lstrip().lstrip("\ufeff").startswith(_TRIGGERS)
    return f"'{cell}" if runs else cell


def lines(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """CSV, line by line, beginning with a mark that tells spreadsheets it is UTF-8."""
    writer = csv.writer(_Echo())
    yield "\ufeff"
    yield writer.writerow([disarmed(cell) for cell in header])
    for row in rows:
        yield writer.writerow([disarmed(cell) for cell in row])


def download(filename: str, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> StreamingHttpResponse:
    """An answer that downloads as a CSV file, whatever its length."""
    response = StreamingHttpResponse(lines(header, rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{filename}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response
