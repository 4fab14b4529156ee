"""The account's own settings."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from crm.actions import auditing
from crm.models import Account, User


def change_settings(
    *,
    name: str,
    timezone: str,
    currency: str,
    country: str,
    accuracy_floor: int | None = None,
    by: User,
    at: datetime,
) -> Account:
    """The account with other settings; the door has checked that zone, currency and country exist."""
    with transaction.atomic():
        account, _ = Account.objects.select_for_update().get_or_create(pk=1)
        after: dict[str, str | int] = {
            "name": name,
            "timezone": timezone,
            "currency": currency,
            "country": country,
        }
        if accuracy_floor is not None:
            after |= {"accuracy_floor": accuracy_floor}
        before = {field: getattr(account, field) for field in after}
        changed = {field: [before[field], after[field]] for field in after if before[field] != after[field]}
        if changed:
            for field, value in after.items():
                setattr(account, field, value)
            account.save()
            auditing.record(action="account.changed", subject="account 1", by=by, at=at, changes=changed)
    return account
