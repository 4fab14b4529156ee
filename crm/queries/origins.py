"""Where each value of a customer's profile comes from, and since when it has been so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from crm.models import ContactChange

READ = 500  # changes of one customer; an older origin is not told
_WORDS = {"form": "by hand", "api": "by the API"}


@dataclass(frozen=True)
class Origin:
    """The change that made a value what it is: when, by what, by whom where a colleague did it."""

    at: datetime
    source: str
    by: str

    @property
    def words(self) -> str:
        """`import 12`, `by hand, Selim Aydin`."""
        told = _WORDS.get(self.source, self.source)
        return ", ".join(part for part in (told, self.by) if part)


def origins_of(contact_id: int) -> Mapping[str, Origin]:
    """The newest change of each name (attributes, names, company, identifiers by kind), in one query."""
    rows = ContactChange.objects.filter(contact_id=contact_id).order_by("-at", "-id")
    found: dict[str, Origin] = {}
    for at, source, by, changes in rows.values_list("at", "source", "by__name", "changes")[:READ]:
        for name in changes:
            if name not in found:
                found[name] = Origin(at, source, by or "")
    return found
