"""Campaigns as their list and page show them."""

from __future__ import annotations

from django.db.models import Count, Q

from campaigns.domain.campaign_states import ARCHIVED, LOOKS, STATES
from campaigns.models import Campaign
from crm.kit.paging import Page, cut
from crm.models import AuditEntry

PAGE = 25


def list_campaigns(*, words: str, state: str, after: str, size: int = PAGE) -> Page[Campaign]:
    """A page of campaigns, newest first, in one query. Without a state: those that are not archived."""
    found = (
        Campaign.objects.filter(state=state) if state in STATES else Campaign.objects.exclude(state=ARCHIVED)
    )
    if words:
        found = found.filter(
            Q(name__icontains=words) | Q(objective__icontains=words) | Q(segment__name__icontains=words)
        )
    if after.isdigit():
        found = found.filter(pk__lt=int(after))
    rows = list(found.select_related("segment", "owner").order_by("-pk")[: size + 1])
    return cut(rows, size, after=after)


def newest_campaigns(*, most: int = 5) -> list[Campaign]:
    """The newest campaigns that are not archived, in one query."""
    found = Campaign.objects.exclude(state=ARCHIVED).select_related("segment")
    return list(found.order_by("-pk")[:most])


def count_by_state() -> dict[str, int]:
    """How many campaigns are in each state, in one query."""
    counted = Campaign.objects.order_by().values("state").annotate(number=Count("pk"))
    found = {row["state"]: row["number"] for row in counted}
    return {state: found.get(state, 0) for state in STATES}


def look_of(state: str) -> dict[str, str]:
    """A state in words, with its tone and icon."""
    words, tone, icon = LOOKS[state]
    return {"words": words, "tone": tone, "icon": icon}


def history_of(subject: str, *, most: int = 10) -> list[AuditEntry]:
    """The newest lines of the audit about one thing, in one query."""
    return list(AuditEntry.objects.filter(subject=subject).select_related("by").order_by("-at", "-pk")[:most])
