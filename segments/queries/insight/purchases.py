"""What people bought in a window: one way to work it out, for segments, goals and campaigns alike."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import QuerySet, Sum

from crm.models import Interaction

PURCHASE = "purchase"
DAYS = 365  # the window of a segment's value, where nobody names another


def window_start(until: datetime, *, days: int, zone: ZoneInfo) -> datetime:
    """The first instant of a window of whole days of the zone; its last day is the one that `until` ends or cuts."""
    last = (until - timedelta(microseconds=1)).astimezone(zone).date()
    return datetime.combine(last - timedelta(days=days - 1), time.min, tzinfo=zone)


def bought(
    members: QuerySet[Any, Any], *, since: datetime, until: datetime, currency: str
) -> QuerySet[Interaction]:
    """The members' purchases from `since` until before `until` in the account's currency.

    An amount without a currency is in it. `members` is a query of contact ids.
    """
    return Interaction.objects.filter(
        contact__in=members, kind=PURCHASE, at__gte=since, at__lt=until, currency__in=("", currency)
    )


def revenue(members: QuerySet[Any, Any], *, since: datetime, until: datetime, currency: str) -> Decimal:
    """The sum of what they bought; 0 of nothing."""
    found = bought(members, since=since, until=until, currency=currency).aggregate(total=Sum("amount"))
    return Decimal(found["total"] or 0)
