"""What people said about badges: accuracy by segment, the votes of a customer's badges, reviews that wait."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, F, Max, Q

from crm.kit.paging import Page, moment_in, whole
from crm.models import User
from segments.engine.statistics.accuracy import Accuracy, accuracy_of
from segments.models import Segment, SegmentReview, Vote

PAGE = 50


@dataclass(frozen=True)
class Own:
    """What the viewer said about a badge."""

    right: bool
    reason: str


@dataclass(frozen=True)
class Tally:
    """The votes on one badge of one customer; `mine` is the viewer's own, if any."""

    right: int = 0
    wrong: int = 0
    mine: Own | None = None


@dataclass(frozen=True)
class Said:
    """The votes on one badge of one customer, and how right the segment is by everybody's."""

    tally: Tally
    accuracy: Accuracy


@dataclass(frozen=True)
class OpenReview:
    """A review that waits, with the accuracy now and the newest reasons people gave against the badge."""

    review: SegmentReview
    accuracy: Accuracy
    reasons: Sequence[Vote]


def voter_of(user: User) -> str:
    """How a colleague is named in votes."""
    return f"user {user.pk}"


def accuracy(segment_ids: Collection[int]) -> dict[int, Accuracy]:
    """The measured accuracy of each segment's present rule; one query. Without votes: 0 to 1, n = 0."""
    rows = (
        Vote.objects.filter(segment_id__in=segment_ids, version=F("segment__version"))
        .values("segment_id")
        .annotate(n=Count("id"), good=Count("id", filter=Q(right=True)))
    )
    found = {row["segment_id"]: accuracy_of(row["good"], row["n"]) for row in rows.order_by()}
    return {segment_id: found.get(segment_id, accuracy_of(0, 0)) for segment_id in segment_ids}


def accuracy_since(segment: Segment, *, since: datetime | None) -> Accuracy:
    """The accuracy of the present rule by the votes given after an instant; one query."""
    rows = Vote.objects.filter(segment=segment, version=segment.version)
    if since is not None:
        rows = rows.filter(at__gt=since)
    counted = rows.aggregate(n=Count("id"), good=Count("id", filter=Q(right=True)))
    return accuracy_of(counted["good"], counted["n"])


def said_of(contact_id: int, segment_ids: Collection[int], *, voter: str) -> dict[int, Said]:
    """What was said about a customer's badges as they are now, and about everybody's, by segment id; one query."""
    here = Q(contact_id=contact_id)
    mine = here & Q(voter=voter)
    rows = (
        Vote.objects.filter(segment_id__in=segment_ids, version=F("segment__version"))
        .values_list("segment_id", "right")
        .annotate(
            number=Count("id"),
            here=Count("id", filter=here),
            mine=Max("reason", filter=mine),  # of one vote at most
        )
    )
    votes: dict[int, dict[bool, int]] = {key: {True: 0, False: 0} for key in segment_ids}
    heres: dict[int, dict[bool, int]] = {key: {True: 0, False: 0} for key in segment_ids}
    own: dict[int, Own] = {}
    for key, right, number, of_these, reason in rows.order_by():
        votes[key][right], heres[key][right] = number, of_these
        if reason is not None:
            own[key] = Own(right, reason)
    return {
        key: Said(
            Tally(heres[key][True], heres[key][False], own.get(key)),
            accuracy_of(number[True], number[True] + number[False]),
        )
        for key, number in votes.items()
    }


def in_review(segment_ids: Collection[int]) -> Mapping[int, SegmentReview]:
    """The open review of each segment that has one; one query."""
    rows = SegmentReview.objects.filter(segment_id__in=segment_ids, resolved_at__isnull=True)
    return {review.segment_id: review for review in rows.select_related("opened_by")}


def open_reviews(*, after: str = "", size: int = PAGE) -> Page[OpenReview]:
    """The reviews that wait, oldest first, each with its newest reasons; three queries."""
    rows = SegmentReview.objects.filter(resolved_at__isnull=True, segment__archived_at__isnull=True)
    key = whole(after)
    if key is not None:
        rows = rows.filter(pk__gt=key)
    found = list(rows.select_related("segment", "opened_by").order_by("pk")[: size + 1])
    shown = found[:size]
    known = accuracy([review.segment_id for review in shown])
    reasons = reasons_against([review.segment_id for review in shown])
    return Page(
        rows=[
            OpenReview(review, known[review.segment_id], reasons.get(review.segment_id, ()))
            for review in shown
        ],
        next_key=str(shown[-1].pk) if len(found) > size else "",
        first=key is None,
        size=size,
    )


def reasons_against(segment_ids: Collection[int], *, most: int = 5) -> dict[int, list[Vote]]:
    """The newest votes ‘not right’ with a reason on each segment's present rule; one query of at most 1,000 rows."""
    rows = Vote.objects.filter(segment_id__in=segment_ids, version=F("segment__version"), right=False)
    rows = rows.exclude(reason="").select_related("by", "contact").order_by("-at", "-pk")[:1_000]
    found: dict[int, list[Vote]] = {}
    for vote in rows:
        kept = found.setdefault(vote.segment_id, [])
        if len(kept) < most:
            kept.append(vote)
    return found


def votes_on(segment: Segment, *, after: str = "", size: int = PAGE) -> Page[Vote]:
    """Every vote on a segment, newest first, a changed one by its change; `after`: id and instant of the last one seen.

    One query; a spoilt key begins anew.
    """
    rows = Vote.objects.filter(segment=segment).select_related("contact", "by")
    key, _, instant = after.partition(" ")
    last, at = whole(key), moment_in(instant)
    begun = last is not None and at is not None
    if begun:
        rows = rows.filter(Q(at__lt=at) | Q(at=at, pk__lt=last))
    found = list(rows.order_by("-at", "-pk")[: size + 1])
    more = found[size - 1] if len(found) > size else None
    return Page(
        rows=found[:size],
        next_key=f"{more.pk} {more.at.isoformat()}" if more else "",
        first=not begun,
        size=size,
    )


def past_reviews(segment: Segment, *, most: int = 20) -> list[SegmentReview]:
    """The reviews of a segment that were resolved, newest first; one query."""
    rows = SegmentReview.objects.filter(segment=segment, resolved_at__isnull=False)
    return list(rows.select_related("resolved_by", "opened_by").order_by("-opened_at")[:most])
