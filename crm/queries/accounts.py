"""The account's own settings."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from crm.models import Account


def current_account() -> Account:
    """The one account; with defaults where nobody has said anything yet."""
    account, _ = Account.objects.get_or_create(pk=1)
    return account


def account_zone() -> ZoneInfo:
    """The account's time zone, which gives days, weeks and months."""
    return ZoneInfo(current_account().timezone)
