"""Finds out how a file of rows is written: packed or not, its encoding, what parts its cells."""

from __future__ import annotations

import codecs
import csv
import gzip
import re
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

HEAD = 64 * 1024
CHUNK = 1024 * 1024
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16-le", "utf-16-be", "cp1252")
DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_NOT_CSV = {
    b"PK\x03\x04": "This is an Excel workbook or a zip file. Save the sheet as CSV and import that.",
    b"\xd0\xcf\x11\xe0": "This is an old Excel workbook. Save the sheet as CSV and import that.",
    b"%PDF": "This is a PDF. Export the table as CSV and import that.",
    b"\x89PNG": "This is a picture. Export the table as CSV and import that.",
    b"SQLite f": "This is a database. Export the table as CSV and import that.",
}
_ESCAPED = re.compile("[\udc80-\udcff]")
_SEPARATOR_LINE = re.compile(r'\s*"?sep=(.)"?\s*', re.IGNORECASE)


class UnusableFile(ValueError):
    """The file cannot be imported at all; the message says what to do."""


@dataclass(frozen=True)
class Dialect:
    """How a file is written. `separator_line`: its first line is `sep=;`, as Excel writes it, and no heading."""

    gzipped: bool = False
    encoding: str = "utf-8"
    delimiter: str = ","
    separator_line: bool = False


def open_bytes(path: Path, *, gzipped: bool) -> BinaryIO:
    """The bytes of the file, unpacked on the way."""
    return cast(BinaryIO, gzip.open(path, "rb")) if gzipped else path.open("rb")


def detect(path: Path, *, encoding: str = "", delimiter: str = "", limit: int | None = None) -> Dialect:
    """The dialect of the file; `encoding` and `delimiter` where somebody knows better.

    Reads all of it, or `limit` bytes. Raises `UnusableFile`.
    """
    gzipped = _is_gzipped(path)
    try:
        with open_bytes(path, gzipped=gzipped) as file:
            head = file.read(HEAD)
            _refuse_others(head)
            found = encoding_name(encoding) if encoding else _encoding_by_head(head)
            # UTF-8 without a mark or cp1252: only the whole file tells.
            found = found or _encoding_by_all(head, file, limit)
    except (OSError, EOFError, zlib.error) as error:
        raise UnusableFile(f"The file cannot be read: {error}.") from error
    text = head.decode(found, errors="replace").removeprefix("\ufeff")
    first = text.splitlines()[0] if text else ""
    separator = _SEPARATOR_LINE.fullmatch(first)
    if separator:
        text = text[len(first) :].lstrip("\r\n")
    return Dialect(
        gzipped=gzipped,
        encoding=found,
        delimiter=delimiter or (separator[1] if separator else delimiter_of(text)),
        separator_line=bool(separator),
    )


def encoding_name(text: str) -> str:
    """The name of an encoding as Python spells it. Raises `UnusableFile`."""
    try:
        name = codecs.lookup(text).name
    except LookupError as error:
        raise UnusableFile(
            f"‘{text}’ is no encoding that Facet knows. Use one of: {', '.join(ENCODINGS)}."
        ) from error
    return {"utf-16": "utf-16-le"}.get(name, name)


def _is_gzipped(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(2) == b"\x1f\x8b"
    except OSError as error:
        raise UnusableFile(f"The file cannot be read: {error.strerror}.") from error


def _refuse_others(head: bytes) -> None:
    if not head.strip(b" \t\r\n\x00\xef\xbb\xbf\xff\xfe"):
        raise UnusableFile("The file is empty. It needs a line of headings and at least one row.")
    for magic, sentence in _NOT_CSV.items():
        if head.startswith(magic):
            raise UnusableFile(sentence)


def _encoding_by_head(head: bytes) -> str:
    for mark, name in _BOMS:
        if head.startswith(mark):
            return name
    even, odd = head[::2].count(0), head[1::2].count(0)
    half = max(len(head) // 2, 1)
    # Latin text in UTF-16 has a NUL in every second byte.
    if odd / half > 0.3 and even / half < 0.05:
        return "utf-16-le"
    return "utf-16-be" if even / half > 0.3 and odd / half < 0.05 else ""


def _encoding_by_all(head: bytes, file: BinaryIO, limit: int | None) -> str:
    decoder = codecs.getincrementaldecoder("utf-8")(errors="surrogateescape")
    beyond_ascii = wrong = seen = 0
    chunk = head
    while chunk:
        seen += len(chunk)
        if not chunk.isascii() or decoder.getstate()[0]:
            text = decoder.decode(chunk)
            wrong += len(_ESCAPED.findall(text))
            beyond_ascii += sum(1 for sign in text if sign > "\x7f") if not text.isascii() else 0
        chunk = file.read(CHUNK) if limit is None or seen < limit else b""
    # A few broken bytes in a file that is UTF-8 otherwise are broken bytes, not another encoding.
    return "utf-8" if wrong * 10 <= beyond_ascii else "cp1252"


def delimiter_of(text: str) -> str:
    """What parts the cells: the sign that gives every row as many as the heading, and more than one."""
    best, best_score = ",", (0.0, 0)
    for candidate in DELIMITERS:
        rows = [row for row in csv.reader(text.splitlines(keepends=True)[:200], delimiter=candidate) if row]
        if len(text) >= HEAD // 4 and len(rows) > 1:
            rows.pop()  # the head of a large file ends anywhere
        width = len(rows[0]) if rows else 0
        if width > 1:
            score = (sum(len(row) == width for row in rows) / len(rows), width)
            if (score[0] >= 0.5, score[1]) > (best_score[0] >= 0.5, best_score[1]):
                best, best_score = candidate, score
    return best
