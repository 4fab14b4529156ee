"""“Is this right?” and what comes of it: votes, feedback of a segment, reviews."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from crm.domain.roles import Permission
from crm.kit import sheets
from crm.kit.clock import now
from crm.kit.paging import throughout
from crm.pages.access import allow, colleague
from crm.pages.contacts import living_contact
from crm.pages.files import file_of_people
from segments.actions.service import voting
from segments.engine.statistics.accuracy import Accuracy
from segments.models import Segment, SegmentReview
from segments.pages.segment import frame_of
from segments.queries.service import votes

ANSWERS = {"yes": True, "no": False}


@allow(Permission.VOTE)
@require_POST
def badge_vote(request: HttpRequest, slug: str, contact_id: int) -> HttpResponse:
    """Yes, no, or (with neither) the vote taken back; for htmx the badge's line alone."""
    contact = living_contact(contact_id)
    segment = get_object_or_404(Segment.objects.live(), slug=slug, shown_as_badge=True)
    person = colleague(request)
    voter = votes.voter_of(person)
    answer, refused = request.POST.get("right", ""), ""
    try:
        if answer in ANSWERS:
            voting.vote(
                segment=segment,
                contact=contact,
                right=ANSWERS[answer],
                reason=request.POST.get("reason", ""),
                voter=voter,
                by=person,
                at=now(),
            )
        else:
            voting.withdraw(segment=segment, contact=contact, voter=voter, by=person, at=now())
    except voting.VoteRefused as refusal:
        refused = str(refusal)
    if not request.htmx:  # type: ignore[attr-defined]
        if refused:
            messages.error(request, refused)
        return redirect("contact", contact_id)
    said = votes.said_of(contact.pk, [segment.pk], voter=voter)[segment.pk]
    context = {
        "segment": segment,
        "contact": contact,
        "tally": said.tally,
        "accuracy": said.accuracy,
        "may_vote": True,
        "refused": refused,
    }
    return render(request, "segments/_vote.html", context)


@allow(Permission.VIEW_SEGMENTS)
@require_safe
def segment_feedback(request: HttpRequest, slug: str) -> HttpResponse:
    """What people say of a segment's badge: accuracy, review, every vote."""
    frame = frame_of(request, slug, "feedback")
    segment = frame["segment"]
    context = {
        **frame,
        "accuracy": votes.accuracy([segment.pk])[segment.pk],
        "review": votes.in_review([segment.pk]).get(segment.pk),
        "past": votes.past_reviews(segment),
        "page": votes.votes_on(segment, after=request.GET.get("after", "")),
        "may_review": colleague(request).may(Permission.REVIEW_SEGMENTS),
    }
    return render(request, "segments/feedback.html", context)


@allow(Permission.EXPORT_CONTACTS)
@require_safe
def segment_feedback_csv(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Every vote on a segment as a file, newest first, read page by page while it is sent."""
    segment = get_object_or_404(Segment, slug=slug)

    rows = (
        (
            *(vote.contact_id, vote.contact.name, "yes" if vote.right else "no", vote.reason),
            *(vote.by.name if vote.by else vote.voter, vote.version, vote.at.isoformat()),
        )
        for vote in throughout(lambda after: votes.votes_on(segment, after=after, size=500))
    )
    header = ("Customer", "Name", "Right", "Reason", "By", "Version", "At")
    return file_of_people(request, f"{slug}-votes.csv", header, rows)


@allow(Permission.REVIEW_SEGMENTS)
@require_safe
def reviews(request: HttpRequest) -> HttpResponse:
    """The segments that wait for a look, with the reasons."""
    return render(
        request, "segments/reviews.html", {"page": votes.open_reviews(after=request.GET.get("after", ""))}
    )


@allow(Permission.REVIEW_SEGMENTS)
@require_safe
def reviews_csv(request: HttpRequest) -> HttpResponseBase:
    """The same reviews as a file, each with what was measured and what colleagues wrote."""
    rows = (
        (
            *(found.review.segment.name, found.review.segment.slug, found.review.opened_at.isoformat()),
            *(found.review.cause, found.review.opened_by.name if found.review.opened_by else "votes"),
            *_measured(found.accuracy),
            " | ".join(vote.reason for vote in found.reasons),
        )
        for found in throughout(lambda after: votes.open_reviews(after=after, size=500))
    )
    header = (
        *("Segment", "Address", "Since", "Because", "Asked for by"),
        *("Votes", "Right", "Right from", "Right to", "What colleagues wrote"),
    )
    return sheets.download("reviews.csv", header, rows)


def _measured(found: Accuracy) -> tuple[Any, ...]:
    """How many votes, the share that said ‘right’ and its interval; without votes there is none."""
    shares = (found.share, found.low, found.high)
    return (found.n, *(round(share, 4) if found.n else "" for share in shares))


@allow(Permission.REVIEW_SEGMENTS)
@require_POST
def review_ask(request: HttpRequest, slug: str) -> HttpResponse:
    """Put a segment into review by hand."""
    segment = get_object_or_404(Segment.objects.live(), slug=slug)
    try:
        voting.ask_for_review(
            segment=segment, why=request.POST.get("why", ""), by=colleague(request), at=now()
        )
    except voting.VoteRefused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, f"‘{segment.name}’ is in review.")
    return redirect("segment_feedback", slug)


@allow(Permission.REVIEW_SEGMENTS)
@require_http_methods(["GET", "HEAD", "POST"])
def review_resolve(request: HttpRequest, pk: int) -> HttpResponse:
    """End a review with what was decided; what was written stays where it was not enough."""
    review = get_object_or_404(SegmentReview.objects.select_related("segment", "opened_by"), pk=pk)
    note, refused = request.POST.get("note", ""), ""
    if request.method == "POST":
        try:
            voting.resolve(review=review, note=note, by=colleague(request), at=now())
        except voting.VoteRefused as refusal:
            refused = str(refusal)
        else:
            messages.success(request, f"The review of ‘{review.segment.name}’ is resolved.")
            return redirect("segment_feedback", review.segment.slug)
    context = {
        "review": review,
        "note": note,
        "refused": refused,
        "accuracy": votes.accuracy([review.segment_id])[review.segment_id],
        "reasons": votes.reasons_against([review.segment_id], most=20).get(review.segment_id, ()),
    }
    return render(request, "segments/review.html", context, status=422 if refused else 200)
