"""Who was in a segment at a past instant, found from today's members and the log."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import F, Min, Q, QuerySet

from segments.models import Membership, MembershipChange, Segment


def members_at(segment: Segment, instant: datetime) -> QuerySet[Any, Any]:
    """The contact ids of the members at an instant, for use as a subquery: `contact__in=members_at(…)`.

    Those who are members since then or before, and those whose first change after it was leaving. People erased
    since are in neither: erasure removes their past as well.
    """
    stayed = Membership.objects.filter(segment=segment, since__lte=instant).order_by().values("contact_id")
    left = (
        MembershipChange.objects.filter(segment=segment, at__gt=instant)
        .order_by()
        .values("contact_id")
        .annotate(
            first_left=Min("at", filter=Q(entered=False)), first_entered=Min("at", filter=Q(entered=True))
        )
        .filter(first_left__isnull=False)
        .filter(Q(first_entered__isnull=True) | Q(first_left__lt=F("first_entered")))
        .values("contact_id")
    )
    return stayed.union(left)


def known_since(segment: Segment) -> datetime | None:
    """From when on the members are known: the first entry of the log, else the newest evaluation; None: never."""
    first = (
        MembershipChange.objects.filter(segment=segment).order_by("at").values_list("at", flat=True).first()
    )
    found = [instant for instant in (first, segment.evaluated_at) if instant is not None]
    return min(found, default=None)
