"""Attributes of many contacts changed together, as `contacts.edit` does those of one, in a fixed number of queries."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from crm.actions.auditing import record_each
from crm.actions.contacts import difference, is_missing
from crm.actions.touching import NAMED, mark
from crm.domain.contact_items import ContactItem
from crm.models import Contact, ContactChange, User

AT_ONCE = 200


def change_together(
    items: Mapping[int, tuple[int, ContactItem]], *, source: str, by: User, at: datetime
) -> dict[int, int]:
    """The contact of each item that was changed, by the item's place; in the caller's transaction.

    `items`: by place whose attributes to change, and the item. Contacts that are gone meanwhile are left out. History,
    touches and audit are written; the caller publishes one `ContactsChanged`.
    """
    if not items:
        return {}
    living = Contact.objects.living().select_for_update(of=("self",), no_key=True)
    owners = {owner for owner, _ in items.values()}
    held = {contact.pk: contact for contact in living.filter(pk__in=owners).order_by("pk")}
    changes = {}
    for owner, item in items.values():
        if owner in held and (changed := _change(held[owner], item)):
            held[owner].updated_at = at
            changes[owner] = changed
    Contact.objects.bulk_update(
        [held[pk] for pk in changes], ["attributes", "updated_at"], batch_size=AT_ONCE
    )
    ContactChange.objects.bulk_create(
        ContactChange(contact_id=pk, at=at, by=by, source=source, changes=changed)
        for pk, changed in changes.items()
    )
    if changes:
        named = {pk: {"attributes": sorted(changed)[:NAMED]} for pk, changed in changes.items()}
        mark(changes.keys(), cause="attribute", evidence=named)
        # The audit names what changed, never the values: it outlives an erasure.
        told = {
            f"contact {pk}": {"source": source, "fields": sorted(changed)} for pk, changed in changes.items()
        }
        record_each(told, action="contact.edited", by=by, at=at)
    return {place: owner for place, (owner, _) in items.items() if owner in held}


def _change(contact: Contact, item: ContactItem) -> dict[str, list[object]]:
    """Change the attributes on the object; what is another now."""
    before = {"attributes": dict(contact.attributes)}
    for name, value in (item.attributes or {}).items():
        if is_missing(value):
            contact.attributes.pop(name, None)
        else:
            contact.attributes[name] = value
    same = {"first_name": "", "last_name": "", "company": "", "identifiers": {}}
    return difference(same | before, same | {"attributes": contact.attributes})
