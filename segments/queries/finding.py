"""Finds the customers that a pasted list means."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from crm.models import Contact, Identifier

MOST = 20_000
_CHUNK = 500


@dataclass(frozen=True)
class Found:
    """Who a pasted list means, and which of its entries mean nobody."""

    contacts: list[int]
    unknown: list[str]


class TooMany(ValueError):
    """The list is longer than one paste may be."""


def entries_in(text: str) -> list[str]:
    """The entries of a pasted list, each once, in their order. Raises `TooMany`."""
    entries = list(dict.fromkeys(part.strip().strip("\"'<>") for part in re.split(r"[\n\r,;\t]+", text)))
    entries = [entry for entry in entries if entry]
    if len(entries) > MOST:
        raise TooMany(f"These are {len(entries):,} entries; paste at most {MOST:,} at a time.")
    return entries


def contacts_named(entries: Sequence[str]) -> Found:
    """The living contacts with these e-mail addresses or external ids, by the index, 500 at a time."""
    owner: dict[str, int] = {}
    for start in range(0, len(entries), _CHUNK):
        part = entries[start : start + _CHUNK]
        wanted = {*part, *(entry.lower() for entry in part)}
        rows = Identifier.objects.filter(
            kind__in=(Identifier.EMAIL, Identifier.EXTERNAL_ID),
            value__in=wanted,
            contact__in=Contact.objects.living(),
        )
        for kind, value, contact_id in rows.values_list("kind", "value", "contact_id"):
            if kind == Identifier.EXTERNAL_ID:
                owner[value] = contact_id
            else:
                owner.setdefault(value, contact_id)
    found = {entry: owner.get(entry, owner.get(entry.lower())) for entry in entries}
    return Found(
        contacts=list(dict.fromkeys(pk for pk in found.values() if pk is not None)),
        unknown=[entry for entry, pk in found.items() if pk is None],
    )
