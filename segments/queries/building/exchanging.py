"""Everybody who would join, leave or stay if an unsaved rule were saved, by pages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np

from crm.kit.paging import Page, cut, whole
from crm.models import Contact
from segments.models import Segment
from segments.queries.building.counting import count
from segments.queries.building.previewing import edit_by
from segments.queries.membership.members import emails_of

WHO = ("joins", "leaves", "stays")
PAGE = 50


@dataclass(frozen=True)
class Mover:
    """One who would come, go or stay."""

    pk: int
    contact: Contact
    email: str


@dataclass(frozen=True)
class Exchanged:
    """How many join, leave and stay, and a page of one of the three."""

    joins: int
    leaves: int
    stays: int
    page: Page[Mover]


def people_of(
    segment: Segment | None, document: Any, *, who: str, as_of: datetime, after: str = "", size: int = PAGE
) -> Exchanged:
    """A page of those who join, leave or stay; without a segment everybody joins. Raises `Refused`, `Preparing`."""
    counted = count(document, as_of=as_of, slug=segment.slug if segment else "")
    sides = [counted.members, counted.members[:0], counted.members[:0]]
    if segment:
        edit = edit_by(segment, counted)
        sides = [edit.joining, edit.leaving, edit.staying]
    ids = dict(zip(WHO, sides, strict=True))[who]
    begin = int(np.searchsorted(ids, whole(after) or 0, side="right"))
    some = [int(pk) for pk in ids[begin : begin + size + 1]]
    found = Contact.objects.in_bulk(some)
    emails = emails_of(some)
    rows = [Mover(pk, found[pk], emails.get(pk, "")) for pk in some if pk in found]
    joins, leaves, stays = (len(side) for side in sides)
    return Exchanged(joins, leaves, stays, cut(rows, size, after=after))
