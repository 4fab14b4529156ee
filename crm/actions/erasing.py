"""Forgetting a customer: what identifies them goes, that it was done stays."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from crm.actions import auditing
from crm.actions.touching import touch
from crm.models import Contact, User
from crm.personal_data import REGISTRY


def erase(*, contact: Contact, by: User, at: datetime) -> dict[str, int]:
    """Remove everything kept of a contact and of those merged into it; answers how many rows went, by model.

    The empty row stays, so that figures of the past still add up, and so that the number is never given again.
    """
    with transaction.atomic():
        ids = [contact.pk, *Contact.objects.filter(merged_into=contact).values_list("pk", flat=True)]
        list(Contact.objects.select_for_update().filter(pk__in=ids).order_by("pk").values_list("pk"))
        gone: dict[str, int] = {}
        for terms in REGISTRY.values():
            if terms.on_erase == "delete":
                rows = terms.model._base_manager.filter(**{f"{terms.link}__in": ids})
                removed = terms.erase(contacts=ids, at=at) if terms.erase else rows.delete()[0]
                if removed:
                    gone[terms.model._meta.label_lower] = removed
        Contact.objects.filter(pk__in=ids).update(
            first_name="", last_name="", company=None, attributes={}, erased_at=at, updated_at=at
        )
        touch(ids, cause="erasure")
        auditing.record(
            action="contact.erased",
            subject=f"contact {contact.pk}",
            by=by,
            at=at,
            contacts=len(ids),
            rows=gone,
        )
    return gone
