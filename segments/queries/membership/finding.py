"""Finds the customers that a pasted list or a file means, and says which of its lines mean nobody."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from crm.domain.csv_dialect import UnusableFile, detect
from crm.domain.csv_rows import Record, Sheet
from crm.models import Contact, Identifier

MOST = 20_000
MOST_IN_FILE = 1_000_000
_CHUNK = 500
_NAMED = ("e-mail", "email", "mail", "e-mail address", "email address", "external id", "external_id", "id")


@dataclass(frozen=True)
class Entry:
    """What stands on a line: an e-mail address or an external id."""

    line: int
    text: str


@dataclass(frozen=True)
class Found:
    """Who a list means, and which of its entries mean nobody; `column` is the one of a file that was read."""

    contacts: list[int]
    missing: list[Entry] = field(default_factory=list)
    given: int = 0
    column: str = ""

    @property
    def unknown(self) -> list[str]:
        """The entries that mean nobody, as written."""
        return [entry.text for entry in self.missing]


class TooMany(ValueError):
    """The list is longer than one paste may be."""


def entries_in(text: str) -> list[Entry]:
    """The entries of a pasted list, each once, in their order. Raises `TooMany`."""
    entries: dict[str, Entry] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        for part in re.split(r"[,;\t]+", line):
            entry = part.strip().strip("\"'<>")
            if entry:
                entries.setdefault(entry, Entry(number, entry))
    if len(entries) > MOST:
        raise TooMany(
            f"These are {len(entries):,} entries; paste at most {MOST:,} at a time, or upload a file."
        )
    return list(entries.values())


def contacts_named(entries: Sequence[Entry]) -> Found:
    """The living contacts with these e-mail addresses or external ids, by the index, 500 at a time."""
    contacts: dict[int, None] = {}
    missing: list[Entry] = []
    for start in range(0, len(entries), _CHUNK):
        part = entries[start : start + _CHUNK]
        owner = _owners(part)
        for entry in part:
            contact = owner.get(entry.text, owner.get(entry.text.lower()))
            if contact is None:
                missing.append(entry)
            else:
                contacts.setdefault(contact)
    return Found(list(contacts), missing, len(entries))


def contacts_in_file(path: Path) -> Found:
    """The living contacts a CSV file names in its column of e-mail addresses or external ids, or else its first.

    Raises `UnusableFile` with what to do.
    """
    with Sheet(path, detect(path)) as sheet:
        names = [name.strip().casefold() for name in sheet.header]
        place = next((names.index(name) for name in _NAMED if name in names), None)
        entries: dict[str, Entry] = {}
        if place is None and sheet.header and sheet.header[0].strip():
            entries[sheet.header[0].strip()] = Entry(1, sheet.header[0].strip())  # no heading: a value
        for entry in _cells(sheet.rows(), place or 0):
            entries.setdefault(entry.text, entry)
            if len(entries) > MOST_IN_FILE:
                raise UnusableFile(
                    f"The file has more than {MOST_IN_FILE:,} lines: cut it into smaller ones."
                )
    found = contacts_named(list(entries.values()))
    return Found(
        found.contacts,
        found.missing,
        found.given,
        sheet.header[place] if place is not None else "first column",
    )


def _cells(rows: Iterator[Record], place: int) -> Iterator[Entry]:
    for row in rows:
        text = row.cells[place].strip() if place < len(row.cells) else ""
        if text:
            yield Entry(row.number + 1, text[:254])


def _owners(entries: Sequence[Entry]) -> dict[str, int]:
    wanted = {text for entry in entries for text in (entry.text, entry.text.lower())}
    rows = Identifier.objects.filter(
        kind__in=(Identifier.EMAIL, Identifier.EXTERNAL_ID),
        value__in=wanted,
        contact__in=Contact.objects.living(),
    )
    owner: dict[str, int] = {}
    for kind, value, contact_id in rows.values_list("kind", "value", "contact_id"):
        if kind == Identifier.EXTERNAL_ID:
            owner[value] = contact_id
        else:
            owner.setdefault(value, contact_id)
    return owner
