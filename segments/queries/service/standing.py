"""What segments say about a customer: the card with the why, badges, the list's filter, lines of the timeline."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse

from crm.domain.roles import Permission
from crm.domain.timeline import Entry
from crm.models import Contact, User
from crm.panels import Badge
from segments.engine.statistics.accuracy import Accuracy
from segments.models import Membership, MembershipChange, Playbook, Segment, SegmentReview, Vote
from segments.models.causes import CAUSES
from segments.queries.explaining import Explained, Known, explain_segments
from segments.queries.membership.log import lines_of
from segments.queries.service.badges import FIRST, badges_of
from segments.queries.service.playbooks import playbooks_of
from segments.queries.service.votes import Tally, in_review, said_of, voter_of


@dataclass(frozen=True)
class Standing:
    """A badge of a customer: the facts that decided it, what to do about it, and what people say of it."""

    told: Explained
    playbook: Playbook | None
    tally: Tally
    accuracy: Accuracy
    review: SegmentReview | None


def who_they_are(contact: Contact, viewer: User, at: datetime) -> Mapping[str, Any]:
    """What the card needs: each badge with why, since when and until when, its playbook and its votes."""
    return {
        "contact": contact,
        "standings": standings_of(contact, viewer, as_of=at),
        "segments": filter_choices(),
        "may_vote": viewer.may(Permission.VOTE),
        "may_place": viewer.may(Permission.EDIT_SEGMENTS),
    }


def standings_of(contact: Contact, viewer: User, *, as_of: datetime) -> list[Standing]:
    """The badges of a customer as a colleague sees them, in a fixed number of queries."""
    badges = badges_of(contact.pk)
    if not badges.segments:
        return []
    told = explain_segments(
        contact.pk,
        badges.segments,
        as_of=as_of,
        see_sensitive=viewer.may(Permission.VIEW_SENSITIVE),
        already=Known(contact, badges.since),
    )
    reviews = in_review([segment.pk for segment in badges.segments])
    return with_feedback(contact.pk, told, voter=voter_of(viewer), reviews=reviews)


def with_feedback(
    contact_id: int,
    told: Sequence[Explained],
    *,
    voter: str,
    reviews: Mapping[int, SegmentReview] | None = None,
) -> list[Standing]:
    """Each badge with its playbook, votes and accuracy; two queries, whatever their number.

    `reviews` are the open ones by segment, for those who show that there is one.
    """
    keys = [one.segment.pk for one in told]
    if not keys:
        return []
    playbooks, said = playbooks_of(keys), said_of(contact_id, keys, voter=voter)
    return [
        Standing(one, playbooks.get(key), said[key].tally, said[key].accuracy, (reviews or {}).get(key))
        for one, key in zip(told, keys, strict=True)
    ]


def badges(contact_ids: Iterable[int]) -> dict[int, list[Badge]]:
    """The badges of each contact, what matters first, in one query."""
    rows = (
        Membership.objects.filter(
            contact_id__in=list(contact_ids), segment__archived_at__isnull=True, segment__shown_as_badge=True
        )
        .order_by(*FIRST)
        .values_list("contact_id", "segment__slug", "segment__name", "segment__hue")
    )
    found: dict[int, list[Badge]] = defaultdict(list)
    for contact_id, slug, name, hue in rows:
        found[contact_id].append(Badge(slug, name, hue, reverse("segment", args=[slug])))
    return found


def filter_choices() -> list[tuple[str, str]]:
    """The live segments, by name."""
    return list(Segment.objects.live().order_by("name").values_list("slug", "name"))


def inside(slug: str) -> QuerySet[Membership]:
    """The members of a segment, which the primary key has in their order; one query for which segment it is.

    Told its number, the database knows how many they are, and so what to begin with.
    """
    return Membership.objects.filter(
        segment_id__in=list(Segment.objects.filter(slug=slug).values_list("pk", flat=True))
    )


def moves_of(contact: Contact, before: datetime, most: int) -> list[Entry]:
    """The newest entries into and exits from segments before an instant; two queries."""
    rows = list(
        MembershipChange.objects.filter(contact=contact, at__lt=before)
        .select_related("segment", "contact")
        .order_by("-at", "-pk")[:most]
    )
    others = [row for row in rows if row.cause == MembershipChange.SEGMENT]
    shown = {
        line.pk: f": {'; '.join(line.evidence)}"
        for line in lines_of(others, see_sensitive=False)
        if line.evidence
    }
    return [
        Entry(
            at=row.at,
            icon="gem",
            title="Became" if row.entered else "Is no longer",
            detail=f"Because {CAUSES[row.cause]}{shown.get(row.pk, '')}"
            if row.cause in CAUSES and row.cause != "manual"
            else "By hand",
            chip=row.segment.name,
            hue=row.segment.hue,
            url=reverse("segment", args=[row.segment.slug]),
            source="segments",
            key=row.pk,
        )
        for row in rows
    ]


def votes_of(contact: Contact, before: datetime, most: int) -> list[Entry]:
    """The newest votes on this customer's badges before an instant, in one query."""
    rows = Vote.objects.filter(contact=contact, at__lt=before).select_related("segment", "by")
    return [
        Entry(
            at=row.at,
            icon="yes" if row.right else "no",
            title="Found right:" if row.right else "Found not right:",
            detail=row.reason,
            chip=row.segment.name,
            hue=row.segment.hue,
            url=reverse("segment_feedback", args=[row.segment.slug]),
            by=row.by.name if row.by else "help desk",
            source="votes",
            key=row.pk,
        )
        for row in rows.order_by("-at", "-pk")[:most]
    ]
