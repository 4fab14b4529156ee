"""Streams the rows of a file, each with what is wrong with it; memory stays flat whatever the file."""

from __future__ import annotations

import csv
import io
import re
import zlib
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple, TextIO

from crm.domain.csv_dialect import Dialect, UnusableFile, open_bytes
from crm.domain.identifiers import trimmed

LONGEST_RECORD = 1_000_000
MOST_COLUMNS = 1_000
csv.field_size_limit(LONGEST_RECORD)
_UNREADABLE = re.compile("[\x00\udc80-\udcff]")
_UNREADABLE_UTF16 = re.compile("[\x00\ufffd]")


class Record(NamedTuple):
    """One row of data: its number from 1, its cells, and the code of what makes it unusable, mostly nothing."""

    number: int
    cells: list[str]
    fault: str


class _Ended(Exception):
    """A record grew beyond all measure: a quote was never closed."""


class _Lines:
    """The physical lines of a text, remembering those of the record being read, so that it can be read again."""

    def __init__(self, text: TextIO, unreadable: re.Pattern[str]) -> None:
        self.text = text
        self.unreadable = unreadable
        self.waiting: deque[str] = deque()
        self.current: list[str] = []
        self.length = 0
        self.damaged = False

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = self.waiting.popleft() if self.waiting else self.text.readline(LONGEST_RECORD)
        if not line:
            raise StopIteration
        if ("\x00" in line or not line.isascii()) and self.unreadable.search(line):
            self.damaged = True
        if self.current:
            self.length += len(line)
            if self.length > LONGEST_RECORD:
                self.waiting.appendleft(line)
                raise _Ended
        self.current.append(line)
        return line

    def begin(self) -> None:
        """The next line begins a record."""
        self.current.clear()
        self.length = 0
        self.damaged = False

    def give_back(self) -> str:
        """Keep the first line of the record being read, return the others to be read again."""
        first, *others = self.current
        self.waiting.extendleft(reversed(others))
        self.begin()
        return first


class Sheet:
    """An open file: its heading, then its rows. Use it as a context; raises `UnusableFile` where it breaks off."""

    def __init__(self, path: Path, dialect: Dialect) -> None:
        self._file: BinaryIO = open_bytes(path, gzipped=dialect.gzipped)
        utf16 = dialect.encoding.startswith("utf-16")
        self._text = io.TextIOWrapper(
            self._file,
            encoding=dialect.encoding,
            errors="replace" if utf16 else "surrogateescape",
            newline="",
        )
        self._dialect = dialect
        self._lines = _Lines(self._text, _UNREADABLE_UTF16 if utf16 else _UNREADABLE)
        self.header: list[str] = []

    def __enter__(self) -> Sheet:
        try:
            if self._dialect.separator_line:
                self._text.readline(LONGEST_RECORD)
            else:
                # A byte order mark would keep a quote behind it from being one.
                self._lines.waiting.append(self._text.readline(LONGEST_RECORD).removeprefix("\ufeff"))
            first = next((cells for cells, _ in self._records() if any(map(trimmed, cells))), None)
        except BaseException:
            self._text.close()
            raise
        if first is None:
            self._text.close()
            raise UnusableFile("The file is empty. It needs a line of headings and at least one row.")
        if len(first) > MOST_COLUMNS:
            self._text.close()
            raise UnusableFile(f"The file has {len(first):,} columns; Facet reads at most {MOST_COLUMNS:,}.")
        self.header = headings(first)
        return self

    def __exit__(self, *_: object) -> None:
        self._text.close()

    def rows(self) -> Iterator[Record]:
        """The rows of data, numbered from 1. Blank lines are no rows."""
        width, number = len(self.header), 0
        for read, fault in self._records():
            cells = read
            if not fault and (not cells or (len(cells) == 1 and width > 1 and not trimmed(cells[0]))):
                continue
            number += 1
            if not fault and len(cells) > width:
                # Nothing but delimiters at the end is a spreadsheet's habit, not a lost value.
                if any(map(trimmed, cells[width:])):
                    yield Record(number, cells, "too_many_columns")
                    continue
                cells = cells[:width]
            yield Record(number, cells, fault)

    def _records(self) -> Iterator[tuple[list[str], str]]:
        lines = self._lines
        reader = csv.reader(lines, delimiter=self._dialect.delimiter, strict=True)
        while True:
            lines.begin()
            try:
                cells = next(reader)
            except StopIteration:
                return
            except (csv.Error, _Ended):
                yield self._recover()
                reader = csv.reader(lines, delimiter=self._dialect.delimiter, strict=True)
            except (OSError, EOFError, zlib.error) as error:
                raise UnusableFile(
                    f"The file breaks off: {error}. Make it again and import it again."
                ) from error
            else:
                yield cells, "bad_characters" if lines.damaged else ""

    def _recover(self) -> tuple[list[str], str]:
        """The record that could not be read: its first line alone; reading goes on with the next line."""
        damaged = self._lines.damaged
        first = self._lines.give_back()
        if len(first) >= LONGEST_RECORD:
            return [first[:1000]], "too_long"
        try:
            # A stray quote inside one line (`"Bob" Smith`) is read as a spreadsheet reads it.
            cells = next(csv.reader([first], delimiter=self._dialect.delimiter), [])
        except csv.Error:
            return [first[:1000]], "too_long"
        if any("\n" in cell or "\r" in cell for cell in cells[-1:]) or _open_quote(first):
            return [first.rstrip("\r\n")], "unclosed_quote"
        return cells, "bad_characters" if damaged else ""


def _open_quote(line: str) -> bool:
    return line.count('"') % 2 == 1


def headings(cells: list[str]) -> list[str]:
    """The names of the columns: trimmed, none empty, none twice."""
    names: list[str] = []
    for position, cell in enumerate(cells, 1):
        name = " ".join(trimmed(_UNREADABLE.sub("\ufffd", cell)).split())[:120] or f"Column {position}"
        wanted, copy = name, 2
        while name in names:
            name = f"{wanted[:112]} ({copy})"
            copy += 1
        names.append(name)
    return names
