"""The consent ledger of a contact, and what an erasure would remove."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from crm.kit.paging import Page, cut
from crm.models import ConsentEntry, Contact
from crm.personal_data import REGISTRY

PAGE = 50


@dataclass(frozen=True)
class Going:
    """How many rows of a kind an erasure removes."""

    what: str
    rows: int


def ledger_page(contact: Contact, *, after: str, size: int = PAGE) -> Page[ConsentEntry]:
    """A page of the ledger in the order it was written, newest first; one query."""
    rows = ConsentEntry.objects.filter(contact=contact).select_related("by")
    if after.isdecimal():
        rows = rows.filter(pk__lt=int(after))
    return cut(list(rows.order_by("-pk")[: size + 1]), size, after=after)


def what_goes(contact: Contact) -> Sequence[Going]:
    """What an erasure removes besides names and attributes; one query a kind of row."""
    found = []
    for terms in REGISTRY.values():
        if terms.on_erase != "delete" or not terms.export:
            continue
        rows = terms.model._base_manager.filter(**{terms.link: contact}).count()
        if rows:
            found.append(Going(terms.called, rows))
    return found
