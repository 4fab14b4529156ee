"""Who was in a segment at a past instant: today's members with the log replayed backwards."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt
from django.db.models import Case, Count, F, Min, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce, Mod

from crm.models import Contact
from segments.models import Membership, MembershipChange, Segment
from segments.queries.membership.packed import ids_in
from segments.queries.membership.replaying import Past

Ids = npt.NDArray[np.int64]

# Rows are numbered in the order of their writing, so the smallest of these is the first change: odd where it was
# an entry. One aggregate instead of two, and one that no two changes at one instant can confuse.
_NUMBERED = Case(When(entered=True, then=F("pk") * 2 + 1), default=F("pk") * 2)


def first_changes(changes: QuerySet[MembershipChange], *by: str) -> QuerySet[Any, Any]:
    """The first of these changes of each group (contact, segment and contact), with `was_entry` 1 or 0."""
    grouped = changes.order_by().values(*by).annotate(first=Min(_NUMBERED))
    return grouped.annotate(was_entry=Mod(F("first"), Value(2)))


def members_at(segment: Segment, instant: datetime) -> QuerySet[Any, Any]:
    """The contact ids of the members at an instant, for use as a subquery: `contact__in=members_at(…)`.

    Those who are members since then or before, and those whose first change after it was leaving. People erased since
    count: their empty row and the bare lines of their log stay, so that figures of the past still add up.
    """
    stayed = Membership.objects.filter(segment=segment, since__lte=instant).order_by().values("contact_id")
    return stayed.union(left_since(segment, instant).values("contact_id"))


def survivors_at(segment: Segment, instant: datetime) -> QuerySet[Any, Any]:
    """Who the members at an instant are today, as `members_at` tells who they were: in place of merged ones those they
    were merged into, who have what both did. Whoever was merged is in no segment now, so only leavers are looked at.
    """
    stayed = Membership.objects.filter(segment=segment, since__lte=instant).order_by().values("contact_id")
    later = MembershipChange.objects.filter(segment=segment, at__gt=instant)
    left = first_changes(later, "contact_id", "contact__merged_into_id").filter(was_entry=0)
    return stayed.union(left.values(who=Coalesce("contact__merged_into_id", "contact_id")))


def left_since(segment: Segment, instant: datetime) -> QuerySet[Any, Any]:
    """The members of then whose first change after the instant was leaving, as rows with `contact_id` and `first`.

    `first // 2` is the number of that change in the log.
    """
    later = MembershipChange.objects.filter(segment=segment, at__gt=instant)
    return first_changes(later, "contact_id").filter(was_entry=0)


def ids_at(segments: Collection[int], instants: Iterable[datetime]) -> list[dict[int, Ids]]:
    """The members of each segment at each instant, as contact ids, rising."""
    past = Past(segments)
    return [{key: ids_in(bits) for key, bits in past.at(instant).items()} for instant in instants]


def survivors(ids: Ids) -> Ids:
    """The contacts, rising, who these are today: in place of merged ones those they were merged into. One query."""
    rows = Contact.objects.filter(merged_into__isnull=False).order_by("pk")
    pairs = np.array(list(rows.values_list("pk", "merged_into")), np.int64).reshape(-1, 2)
    merged = np.isin(ids, pairs[:, 0])
    if not merged.any():
        return ids
    kept = ids[~merged]
    into = np.unique(pairs[np.searchsorted(pairs[:, 0], ids[merged]), 1])
    # Few into many: to sort all of them anew takes half a second at a million.
    places = np.searchsorted(kept, into)
    new = np.searchsorted(kept, into, side="right") == places
    return np.insert(kept, places[new], into[new])


def sizes_at(segments: Collection[int], instant: datetime) -> dict[int, int]:
    """How many were in each segment at an instant."""
    found = Past(segments).at(instant)
    return {key: int(np.bitwise_count(bits).sum(dtype=np.int64)) for key, bits in found.items()}


def moved_between(segment: Segment, since: datetime, until: datetime) -> tuple[int, int]:
    """How many entries and exits the log has after `since`, up to and with `until`."""
    found = MembershipChange.objects.filter(segment=segment, at__gt=since, at__lte=until).aggregate(
        entries=Count("pk", filter=Q(entered=True)), exits=Count("pk", filter=Q(entered=False))
    )
    return found["entries"], found["exits"]


def known_since(segment: Segment) -> datetime | None:
    """From when on the members are known: since it was made, or the log begins; None: it was not counted yet.

    Until its first entry nobody was in it, however often it was counted.
    """
    first = (
        MembershipChange.objects.filter(segment=segment).order_by("at").values_list("at", flat=True).first()
    )
    counted = [instant for instant in (first, segment.evaluated_at) if instant is not None]
    return min([*counted, segment.created_at]) if counted else None
