"""What the storeys above show on crm's pages, registered by them in `AppConfig.ready`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from crm.domain.roles import Permission
from crm.domain.timeline import Entry
from crm.models import Contact, User


@dataclass(frozen=True)
class Panel:
    """A card on the contact page: a template and what it needs as of now, loaded in a fixed number of queries."""

    name: str
    template: str
    load: Callable[[Contact, User, datetime], Mapping[str, Any]]
    permission: Permission
    order: int = 100
    side: bool = False


@dataclass(frozen=True)
class Badge:
    """A segment's sign beside a customer's name."""

    slug: str
    name: str
    hue: int
    url: str


@dataclass(frozen=True)
class ContactFilter:
    """A filter of the contact list: a name in the query string, its choices, and whom a choice leaves.

    `inside` gives a row for each of them with its `contact_id`, found by that and in the order of it.
    """

    name: str
    label: str
    choices: Callable[[], Iterable[tuple[str, str]]]
    inside: Callable[[str], Any]  # chosen value -> queryset


@dataclass(frozen=True)
class TimelineSource:
    """Entries of another storey for a contact's timeline: (contact, before instant, how many) -> newest first."""

    name: str
    entries: Callable[[Contact, datetime, int], list[Entry]]


@dataclass(frozen=True)
class BulkAction:
    """What can be done with the customers marked on a list: a button that sends them to a page of another storey.

    The page gets `contact` once for each of them, or `everyone` with the list's own query in its address.
    """

    label: str
    icon: str
    address: Callable[[], str]
    permission: Permission


PANELS: dict[str, Panel] = {}
BADGES: dict[str, Callable[[Iterable[int]], Mapping[int, list[Badge]]]] = {}
FILTERS: dict[str, ContactFilter] = {}
TIMELINE: dict[str, TimelineSource] = {}
BULK: dict[str, BulkAction] = {}


def panels_for(viewer: User) -> list[Panel]:
    """The cards this person may see, in order."""
    allowed = (panel for panel in PANELS.values() if viewer.may(panel.permission))
    return sorted(allowed, key=lambda panel: (panel.order, panel.name))


def bulk_for(viewer: User) -> list[BulkAction]:
    """What this person may do with customers marked on a list."""
    return [action for action in BULK.values() if viewer.may(action.permission)]


def badges_of(contact_ids: Iterable[int]) -> dict[int, list[Badge]]:
    """The badges of each contact, from every source, in one query a source."""
    ids = list(contact_ids)
    badges: dict[int, list[Badge]] = {contact_id: [] for contact_id in ids}
    for source in BADGES.values():
        for contact_id, found in source(ids).items():
            badges[contact_id].extend(found)
    return badges
