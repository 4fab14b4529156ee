"""Tells everybody downstream that contacts changed."""

from __future__ import annotations

from collections.abc import Collection

from crm.actions.publishing import publish
from crm.models import ContactTouch

NAMED_IN_EVENT = 1_000


def touch(contact_ids: Collection[int], *, cause: str) -> None:
    """Mark contacts as changed, in the transaction that changes them, and publish `ContactsChanged`.

    `cause` is "attribute", "interaction", "consent", "merge" or "erasure". Large batches do not name their contacts.
    """
    if not contact_ids:
        return
    mark(contact_ids)
    named = sorted(contact_ids) if len(contact_ids) <= NAMED_IN_EVENT else None
    publish("ContactsChanged", contacts=named, cause=cause)


def mark(contact_ids: Collection[int] | None) -> None:
    """Mark contacts as changed without telling anybody yet; None marks all of them.

    For a load in many transactions: each marks what it wrote, and one `ContactsChanged` at the end tells of all.
    """
    marked: Collection[int | None] = [None] if contact_ids is None else contact_ids
    ContactTouch.objects.bulk_create(
        [ContactTouch(contact_id=contact_id) for contact_id in marked], batch_size=1_000
    )


def touch_everyone(*, cause: str) -> None:
    """Mark all contacts as changed: after a bulk load, when naming them would cost more than reading all."""
    ContactTouch.objects.create(contact=None)
    publish("ContactsChanged", contacts=None, cause=cause)
