"""Tells everybody downstream that contacts changed."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from crm.actions.publishing import publish
from crm.models import ContactTouch

NAMED_IN_EVENT = 1_000
NAMED = 10  # interactions or attributes of a contact that are kept as evidence
Evidence = Mapping[int, dict[str, Any]] | dict[str, Any] | None


def touch(contact_ids: Collection[int], *, cause: str, evidence: Evidence = None) -> None:
    """Mark contacts as changed, in the transaction that changes them, and publish `ContactsChanged`.

    `cause` is "attribute", "interaction", "consent", "merge", "erasure" or "segment" (a membership that rules read).
    `evidence` is what changed, where that is cheap to say: {"interactions": [ids]}, {"attributes": [names]} or
    {"segments": [slugs]} of all these contacts, or by contact. Large batches do not name their contacts in the event.
    """
    if not contact_ids:
        return
    mark(contact_ids, cause=cause, evidence=evidence)
    named = sorted(contact_ids) if len(contact_ids) <= NAMED_IN_EVENT else None
    publish("ContactsChanged", contacts=named, cause=cause)


def mark(contact_ids: Collection[int] | None, *, cause: str = "change", evidence: Evidence = None) -> None:
    """Mark contacts as changed without telling anybody yet; None marks all of them.

    For a load in many transactions: each marks what it wrote, and one `ContactsChanged` at the end tells of all.
    """
    marked: Collection[int | None] = [None] if contact_ids is None else contact_ids
    by_contact = evidence is not None and not any(isinstance(key, str) for key in evidence)
    shown: Mapping[Any, Any] = (
        evidence if by_contact and evidence else dict.fromkeys(marked, evidence or None)
    )
    ContactTouch.objects.bulk_create(
        [
            ContactTouch(contact_id=contact_id, cause=cause, evidence=shown.get(contact_id))
            for contact_id in marked
        ],
        batch_size=1_000,
    )


def touch_everyone(*, cause: str) -> None:
    """Mark all contacts as changed: after a bulk load, when naming them would cost more than reading all."""
    ContactTouch.objects.create(contact=None, cause=cause)
    publish("ContactsChanged", contacts=None, cause=cause)
