"""Customers who wrote themselves down twice: at the shop's till, with another address, for the newsletter."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from crm.actions.consents import record
from crm.actions.contacts import Naming, create
from crm.actions.merging.merging import merge
from crm.actions.suggesting import find_duplicates
from crm.models import Contact, Identifier, User

TWINS = 4


def make_twins(*, as_of: datetime, by: User) -> None:
    """A few second records of customers there are, one of them merged already; the others wait to be compared."""
    named = Identifier.objects.filter(kind="email").values("contact_id")
    known = (
        Contact.objects.living()
        .filter(attributes__birthday__isnull=False, pk__in=named)
        .order_by("pk")[12 : 12 + TWINS]
    )
    for number, contact in enumerate(known):
        twin = _twin(contact, number, at=as_of - timedelta(days=20 - number, hours=5), by=by)
        if number == TWINS - 1:
            merge(survivor=contact.pk, merged=twin.pk, by=by, at=as_of - timedelta(days=2, hours=3))
    find_duplicates(at=as_of - timedelta(hours=8))


def _twin(contact: Contact, number: int, *, at: datetime, by: User) -> Contact:
    address = (
        Identifier.objects.filter(contact=contact, kind="email")
        .order_by("pk")
        .values_list("shown", flat=True)[0]
    )
    name, _, domain = address.partition("@")
    attributes: dict[str, Any] = {"newsletter": True, "acquisition_channel": "Newsletter"}
    namings = [Naming("email", f"{name}+nordwand@{domain}")]
    if number % 2:
        attributes = {"birthday": contact.attributes["birthday"], "city": "Innsbruck", "tags": ["till"]}
        namings = [Naming("email", f"{contact.last_name.lower().split('-')[0]}.{number}@berg.example")]
    twin = create(
        first_name=contact.first_name if number % 2 else contact.first_name[:1] + ".",
        last_name=contact.last_name,
        identifiers=namings,
        attributes=attributes,
        by=None,
        at=at,
        source="shop till" if number % 2 else "newsletter form",
    )
    record(
        contact=twin,
        channel="email",
        purpose="offers",
        granted=not number % 2,
        given_at=at,
        source="shop till" if number % 2 else "newsletter form",
        by=by,
        at=at,
    )
    return twin
