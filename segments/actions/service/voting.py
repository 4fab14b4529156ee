"""“Is this right?”: votes on badges, and the reviews that bad ones open."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max

from crm.actions import auditing
from crm.actions.holding import GONE, gone_of
from crm.domain.texts import one_line
from crm.models import Contact, User
from crm.queries.accounts import current_account
from segments.engine.statistics.accuracy import is_bad
from segments.models import Membership, Segment, SegmentReview, Vote
from segments.queries.service.votes import accuracy_since

LONGEST_REASON = 500
LONGEST_NOTE = 1_000


class VoteRefused(ValueError):
    """The vote or review cannot be kept so; the text says what to do."""


def vote(
    *, segment: Segment, contact: Contact, right: bool, reason: str, voter: str, by: User | None, at: datetime
) -> Vote:
    """Keep one person's vote on one customer's badge; an earlier one on the same version is replaced.

    Opens a review where the votes since the last review are bad. Raises `VoteRefused` where the customer does not
    carry this badge, or the reason is too long.
    """
    reason = _text(reason, LONGEST_REASON, "A reason")
    with transaction.atomic():
        if gone_of([contact.pk]):
            raise VoteRefused(GONE)
        segment = Segment.objects.select_for_update().get(pk=segment.pk)
        if segment.archived_at or not segment.shown_as_badge:
            raise VoteRefused("This segment is not shown as a badge any more. Reload the page.")
        if not Membership.objects.filter(segment=segment, contact=contact).exists():
            raise VoteRefused("The customer has left this segment meanwhile. Reload the page.")
        kept, _ = Vote.objects.update_or_create(
            segment=segment,
            contact=contact,
            version=segment.version,
            voter=voter,
            defaults={"right": right, "reason": reason, "by": by, "at": at},
        )
        _note("vote.given", segment.pk, by=by, at=at, contact=contact.pk, right=right, voter=voter)
        _review_if_bad(segment, at=at)
    return kept


def withdraw(*, segment: Segment, contact: Contact, voter: str, by: User | None, at: datetime) -> None:
    """Take one's vote on the present rule back."""
    with transaction.atomic():
        gone, _ = Vote.objects.filter(
            segment=segment, contact=contact, version=segment.version, voter=voter
        ).delete()
        if gone:
            _note("vote.withdrawn", segment.pk, by=by, at=at, contact=contact.pk, voter=voter)


def ask_for_review(*, segment: Segment, why: str, by: User, at: datetime) -> SegmentReview:
    """Put a segment into review by hand. Raises `VoteRefused` without a reason or where one is open."""
    why = _text(why, 300, "A reason")
    if not why:
        raise VoteRefused("Say in a sentence what should be looked at.")
    try:
        with transaction.atomic():
            return _open(segment, why, by=by, at=at)
    except IntegrityError as error:
        raise VoteRefused("This segment is in review already.") from error


def resolve(*, review: SegmentReview, note: str, by: User, at: datetime) -> None:
    """End a review with what was decided; votes from now on count for the next. Raises `VoteRefused`."""
    note = _text(note, LONGEST_NOTE, "A note")
    if not note:
        raise VoteRefused("Say in a sentence what was decided: kept, changed or put away, and why.")
    with transaction.atomic():
        ended = SegmentReview.objects.filter(pk=review.pk, resolved_at__isnull=True).update(
            resolved_at=at, resolved_by=by, note=note
        )
        if not ended:
            raise VoteRefused("Somebody resolved this review just now.")
        _note("review.resolved", review.segment_id, by=by, at=at, review=review.pk, note=note)


def _note(action: str, segment: int, *, by: User | None, at: datetime, **what: Any) -> None:
    auditing.record(action=action, subject=f"segment {segment}", by=by, at=at, **what)


def _review_if_bad(segment: Segment, *, at: datetime) -> None:
    if SegmentReview.objects.filter(segment=segment, resolved_at__isnull=True).exists():
        return
    since = SegmentReview.objects.filter(segment=segment).aggregate(last=Max("resolved_at"))["last"]
    measured = accuracy_since(segment, since=since)
    floor = current_account().accuracy_floor
    if is_bad(measured, floor=floor / 100):
        cause = (
            f"{measured.words}: even the upper end of the interval is below the account’s floor of {floor} %."
        )
        _open(segment, cause, by=None, at=at)


def _open(segment: Segment, cause: str, *, by: User | None, at: datetime) -> SegmentReview:
    review = SegmentReview.objects.create(
        segment=segment, version=segment.version, opened_at=at, cause=cause, opened_by=by
    )
    _note("review.opened", segment.pk, by=by, at=at, review=review.pk, cause=cause)
    return review


def _text(text: str, longest: int, what: str) -> str:
    text = one_line(text)
    if len(text) > longest:
        raise VoteRefused(f"{what} holds {longest} characters at most. Shorten it.")
    return text
