"""The customers on a page: the list, one customer, their names for other pages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Count, Max, Min, Sum

from crm.domain.timeline import PURCHASES, spellings
from crm.kit.paging import Page
from crm.models import AttributeDefinition, Consent, Contact, Identifier, Interaction
from crm.models.consent import CHANNELS, PURPOSES
from crm.panels import Badge, badges_of
from crm.queries.search import Selection, page_of_keys

PAGE = 50
EXPORT_BATCH = 1_000


@dataclass(frozen=True)
class Row:
    """One contact of a list, with what finds them and their badges."""

    contact: Contact
    identifiers: Mapping[str, Sequence[str]]
    badges: Sequence[Badge] = ()

    @property
    def email(self) -> str:
        """The first e-mail address, or nothing."""
        return next(iter(self.identifiers.get(Identifier.EMAIL, ())), "")

    @property
    def phone(self) -> str:
        """The first phone number, or nothing."""
        return next(iter(self.identifiers.get(Identifier.PHONE, ())), "")

    @property
    def external_id(self) -> str:
        """The first external id, or nothing."""
        return next(iter(self.identifiers.get(Identifier.EXTERNAL_ID, ())), "")

    @property
    def tags(self) -> list[str]:
        """The contact's tags, as written."""
        tags = self.contact.attributes.get("tags")
        return [str(tag) for tag in tags] if isinstance(tags, list) else []


@dataclass(frozen=True)
class Spent:
    """What a contact bought in one currency."""

    currency: str
    times: int
    amount: Decimal | None
    last_at: datetime


@dataclass(frozen=True)
class Dealings:
    """How long and how much: over all interactions of a contact."""

    first_at: datetime | None
    last_at: datetime | None
    spent: Sequence[Spent] = ()


@dataclass(frozen=True)
class Answered:
    """What a contact said about one channel and purpose; `granted` is None where nobody asked."""

    channel: str
    purpose: str
    granted: bool | None = None
    since: datetime | None = None


@dataclass(frozen=True)
class Value:
    """One attribute of a contact, ready to be shown. `hidden` is True where the viewer may not see it."""

    name: str
    label: str
    type: str
    value: Any
    sensitive: bool = False
    hidden: bool = False
    description: str = field(default="", compare=False)


def list_page(selection: Selection, *, after: str, country: str, size: int = PAGE) -> Page[Row]:
    """One page of a selection: keys, contacts, identifiers and badges, each one query."""
    keys = page_of_keys(selection, after=after, size=size + 1, country=country)
    shown = keys[:size]
    rows = rows_of([contact_id for _, contact_id in shown])
    return Page(rows=rows, next_key=shown[-1][0] if len(keys) > size else "", first=not after, size=size)


def rows_of(ids: Sequence[int], *, with_badges: bool = True) -> list[Row]:
    """Contacts in the order of their ids given; two queries, and one a source of badges."""
    contacts = Contact.objects.select_related("company").in_bulk(ids)
    identifiers: dict[int, dict[str, list[str]]] = {contact_id: {} for contact_id in ids}
    for found in Identifier.objects.filter(contact_id__in=ids).order_by("id"):
        identifiers[found.contact_id].setdefault(found.kind, []).append(found.shown)
    badges = badges_of(ids) if with_badges and ids else {}
    return [
        Row(contacts[contact_id], identifiers[contact_id], badges.get(contact_id, ()))
        for contact_id in ids
        if contact_id in contacts
    ]


def every_row(selection: Selection, *, country: str, with_badges: bool = False) -> Iterator[Row]:
    """All contacts of a selection, read a thousand at a time, so that memory stays flat."""
    for batch in every_batch(selection, country=country, with_badges=with_badges):
        yield from batch


def every_batch(selection: Selection, *, country: str, with_badges: bool = False) -> Iterator[list[Row]]:
    """The same by the thousand, for who reads more of each."""
    after = ""
    while True:
        keys = page_of_keys(selection, after=after, size=EXPORT_BATCH, country=country)
        yield rows_of([contact_id for _, contact_id in keys], with_badges=with_badges)
        if len(keys) < EXPORT_BATCH:
            return
        after = keys[-1][0]


def ids_of(selection: Selection, *, most: int, country: str) -> list[int]:
    """At most `most` contact ids of a selection."""
    return [contact_id for _, contact_id in page_of_keys(selection, after="", size=most, country=country)]


def identifiers_of(contact_id: int) -> list[Identifier]:
    """What a contact is found by, e-mail first."""
    order = {kind: position for position, kind in enumerate(Identifier.KINDS)}
    found = Identifier.objects.filter(contact_id=contact_id).order_by("id")
    return sorted(found, key=lambda identifier: order[identifier.kind])


def dealings(contact_id: int) -> Dealings:
    """First and last interaction, and purchases by currency; two queries."""
    interactions = Interaction.objects.filter(contact_id=contact_id)
    span = interactions.aggregate(first=Min("at"), last=Max("at"))
    spent = (
        interactions.filter(kind__in=spellings(PURCHASES))
        .values("currency")
        .annotate(times=Count("id"), total=Sum("amount"), latest=Max("at"))
        .order_by("-times")
    )
    return Dealings(
        span["first"],
        span["last"],
        [Spent(row["currency"], row["times"], row["total"], row["latest"]) for row in spent],
    )


def answers(contact_id: int) -> list[Answered]:
    """What a contact said for every channel and purpose, not asked included; one query."""
    known = {(state.channel, state.purpose): state for state in Consent.objects.filter(contact_id=contact_id)}
    found = []
    for channel in CHANNELS:
        for purpose in PURPOSES:
            state = known.get((channel, purpose))
            found.append(
                Answered(channel, purpose, state.granted, state.since)
                if state
                else Answered(channel, purpose)
            )
    return found


def values(
    contact: Contact, *, see_sensitive: bool, definitions: Sequence[AttributeDefinition]
) -> list[Value]:
    """The contact's attributes, in the order of their labels; undefined ones follow. No query."""
    shown = []
    named = set()
    for definition in definitions:
        named.add(definition.name)
        value = contact.attributes.get(definition.name)
        if value in (None, "", []) or definition.name == "tags" or definition.retired_at:
            continue
        hidden = definition.sensitive and not see_sensitive
        shown.append(
            Value(
                definition.name,
                definition.label,
                definition.type,
                None if hidden else value,
                definition.sensitive,
                hidden,
                definition.description,
            )
        )
    loose = sorted(name for name in contact.attributes if name not in named and name != "tags")
    shown += [
        Value(name, name, "text", contact.attributes[name])
        for name in loose
        if contact.attributes[name] not in (None, "", [])
    ]
    return shown
