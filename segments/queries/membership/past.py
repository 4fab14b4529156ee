"""Who was in a segment at a past instant: today's members with the log replayed backwards."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt
from django.db.models import (
    Case,
    Count,
    F,
    IntegerField,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Coalesce, Mod

from segments.models import Membership, MembershipChange, Segment

Ids = npt.NDArray[np.int64]
AT_ONCE = 20_000
_PAIR = np.dtype([("segment", np.int64), ("contact", np.int64)])
_FIRST = np.dtype([("segment", np.int64), ("contact", np.int64), ("entered", np.int64)])

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


def left_since(segment: Segment, instant: datetime) -> QuerySet[Any, Any]:
    """The members of then whose first change after the instant was leaving, as rows with `contact_id` and `first`.

    `first // 2` is the number of that change in the log.
    """
    later = MembershipChange.objects.filter(segment=segment, at__gt=instant)
    return first_changes(later, "contact_id").filter(was_entry=0)


def ids_at(segments: Collection[int], instants: Iterable[datetime]) -> list[dict[int, Ids]]:
    """The members of each segment at each instant, as sorted contact ids: one query, and one more an instant.

    Today's members are read before the log, so a change that is written between the two is undone like any other.
    """
    now = np.fromiter(
        Membership.objects.filter(segment_id__in=segments)
        .values_list("segment_id", "contact_id")
        .iterator(chunk_size=AT_ONCE),
        _PAIR,
    )
    return [_undone(now, segments, instant) for instant in instants]


def _undone(now: Any, segments: Collection[int], instant: datetime) -> dict[int, Ids]:
    later = MembershipChange.objects.filter(segment_id__in=segments, at__gt=instant)
    rows = first_changes(later, "segment_id", "contact_id").values_list(
        "segment_id", "contact_id", "was_entry"
    )
    first = np.fromiter(rows.iterator(chunk_size=AT_ONCE), _FIRST)
    found = {}
    for segment in segments:
        changed = first[first["segment"] == segment]
        entered = changed["entered"] == 1
        members = now["contact"][now["segment"] == segment]
        stayed = np.setdiff1d(members, changed["contact"][entered])
        found[segment] = np.union1d(stayed, changed["contact"][~entered])
    return found


def sizes_at(segments: Collection[int], instant: datetime) -> dict[int, int]:
    """How many were in each segment at an instant; one statement, so that no write falls between."""
    moved = (
        MembershipChange.objects.filter(segment=OuterRef("pk"), at__gt=instant)
        .order_by()
        .values("segment")
        .annotate(net=Sum(Case(When(entered=True, then=1), default=-1), output_field=IntegerField()))
        .values("net")
    )
    found = Segment.objects.filter(pk__in=segments).order_by().annotate(net=Coalesce(Subquery(moved), 0))
    return {pk: max(size - net, 0) for pk, size, net in found.values_list("pk", "size", "net")}


def moved_between(segment: Segment, since: datetime, until: datetime) -> tuple[int, int]:
    """How many entries and exits the log has after `since`, up to and with `until`."""
    found = MembershipChange.objects.filter(segment=segment, at__gt=since, at__lte=until).aggregate(
        entries=Count("pk", filter=Q(entered=True)), exits=Count("pk", filter=Q(entered=False))
    )
    return found["entries"], found["exits"]


def known_since(segment: Segment) -> datetime | None:
    """From when on the members are known: the first entry of the log, else the newest evaluation; None: never."""
    first = (
        MembershipChange.objects.filter(segment=segment).order_by("at").values_list("at", flat=True).first()
    )
    found = [instant for instant in (first, segment.evaluated_at) if instant is not None]
    return min(found, default=None)
