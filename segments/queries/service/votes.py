"""What people said about badges: accuracy by segment, the votes of a customer's badges, reviews that wait."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, F, Q

from crm.kit.paging import Page, whole
from crm.models import User
from segments.engine.statistics.accuracy import Accuracy, accuracy_of
from segments.models import Segment, SegmentReview, Vote

PAGE = 50


@dataclass(frozen=True)
class Tally:
    """The votes on one badge of one customer; `mine` is the viewer's own, if any."""

    right: int = 0
    wrong: int = 0
    mine: Vote | None = None


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


def tallies(contact_id: int, segments: Iterable[Segment], *, voter: str) -> dict[int, Tally]:
    """What was said about this customer's badges as they are now, by segment id; one query."""
    versions = {segment.pk: segment.version for segment in segments}
    counts: dict[int, list[int]] = {pk: [0, 0] for pk in versions}
    mine: dict[int, Vote] = {}
    for vote in Vote.objects.filter(contact_id=contact_id, segment_id__in=list(versions)):
        if vote.version == versions[vote.segment_id]:
            counts[vote.segment_id][0 if vote.right else 1] += 1
            if vote.voter == voter:
                mine[vote.segment_id] = vote
    return {pk: Tally(right, wrong, mine.get(pk)) for pk, (right, wrong) in counts.items()}


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
    """Every vote on a segment, newest first; `after` is the id of the last one seen. One query."""
    rows = Vote.objects.filter(segment=segment).select_related("contact", "by")
    key = whole(after)
    if key is not None:
        rows = rows.filter(pk__lt=key)
    found = list(rows.order_by("-pk")[: size + 1])
    return Page(
        rows=found[:size],
        next_key=str(found[size - 1].pk) if len(found) > size else "",
        first=key is None,
        size=size,
    )


def past_reviews(segment: Segment, *, most: int = 20) -> list[SegmentReview]:
    """The reviews of a segment that were resolved, newest first; one query."""
    rows = SegmentReview.objects.filter(segment=segment, resolved_at__isnull=False)
    return list(rows.select_related("resolved_by", "opened_by").order_by("-opened_at")[:most])
