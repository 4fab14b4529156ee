"""What a person was told of, and how much of it is unread."""

from __future__ import annotations

from crm.kit.paging import Page, cut, whole
from crm.models import Alert, User

PAGE = 30
MOST_COUNTED = 99


def alert_page(user: User, *, after: str = "", size: int = PAGE) -> Page[Alert]:
    """A page of a person's alerts, newest first; one query."""
    rows = Alert.objects.filter(user=user)
    before = whole(after)
    if before is not None:
        rows = rows.filter(pk__lt=before)
    return cut(list(rows.order_by("-pk")[: size + 1]), size, after=after if before is not None else "")


def unread(user: User) -> int:
    """So many alerts the person has not read, counted up to one more than are shown; one query."""
    some = Alert.objects.filter(user=user, read_at__isnull=True).values_list("pk")[: MOST_COUNTED + 1]
    return len(some)
