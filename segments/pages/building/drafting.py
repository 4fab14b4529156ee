"""Drafts: kept while somebody edits, begun from a sentence, explained for a person, shared with no surprise."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.http import HttpRequest, JsonResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_POST

from crm.domain.roles import Permission
from crm.kit import clock
from crm.models import Contact
from crm.pages.access import allow
from segments.actions.building.drafts import TooLong, forget_draft, keep_draft, mark_editor, unmark_editor
from segments.engine.language.parse import parse_document
from segments.engine.language.refusals import Refused
from segments.models import Segment
from segments.pages.building.asking import Unreadable, body_of, for_browsers, refusal, slug_of, unread
from segments.queries.building.drafts import newest_version, other_editors
from segments.queries.building.wording import draft_from_text
from segments.queries.explaining import explain_draft

LONGEST_TEXT = 1_000


@allow(Permission.EDIT_SEGMENTS)
@require_POST
def segment_draft(request: HttpRequest) -> JsonResponse:
    """Keeps the draft of this person at a place; without a document it is forgotten."""
    user: Any = request.user
    try:
        body = body_of(request)
        place, document, version = body.get("place"), body.get("document"), body.get("version")
        if not isinstance(place, str) or not place:
            raise Unreadable("Say with ‘place’ where the draft was written.")
        if document is None:
            forget_draft(place=place, by=user)
            return JsonResponse({"kept": False})
        if not isinstance(document, dict):
            raise Unreadable("Send the draft as ‘document’.")
        kept = keep_draft(
            place=place,
            document=document,
            segment=Segment.objects.filter(slug=slug_of(body)).first(),
            version=version if isinstance(version, int) and version > 0 else None,
            by=user,
            at=clock.now(),
        )
    except (Unreadable, TooLong) as problem:
        return unread(problem)
    return JsonResponse({"kept": True, "at": kept.updated_at.isoformat()})


@allow(Permission.EDIT_SEGMENTS)
@require_POST
def segment_editing(request: HttpRequest, slug: str) -> JsonResponse:
    """Who else has the rule open, and what is saved now; tells them the same of this person."""
    user: Any = request.user
    segment = get_object_or_404(Segment, slug=slug)
    at = clock.now()
    try:
        body = body_of(request)
    except Unreadable as problem:
        return unread(problem)
    if body.get("leaving") is True:
        unmark_editor(segment=segment, by=user)
    else:
        mark_editor(segment=segment, changing=body.get("changing") is True, by=user, at=at)
    others = [{"name": name, "changing": changing} for name, changing in other_editors(segment, user, now=at)]
    return JsonResponse({"others": others, "saved": for_browsers(newest_version(segment))})


@allow(Permission.EDIT_SEGMENTS)
@require_POST
def segment_phrase(request: HttpRequest) -> JsonResponse:
    """A sentence as the draft of a rule: what was understood, what was not, what can be read in several ways."""
    user: Any = request.user
    try:
        body = body_of(request)
        text, decisions = body.get("text"), body.get("choices", {})
        if not isinstance(text, str) or not text.strip():
            raise Unreadable("Type what the customers have in common, such as ‘bought twice this year’.")
        if len(text) > LONGEST_TEXT:
            raise Unreadable(f"That is too long to be read: {LONGEST_TEXT:,} characters at most.")
        if not isinstance(decisions, dict) or not all(isinstance(one, int) for one in decisions.values()):
            raise Unreadable("‘choices’ says which reading is meant: a number for each key.")
    except Unreadable as problem:
        return unread(problem)
    found = draft_from_text(
        text,
        as_of=clock.now(),
        sensitive=user.may(Permission.VIEW_SENSITIVE),
        decisions=decisions,
        besides=Segment.objects.filter(slug=slug_of(body)).values_list("pk", flat=True).first(),
    )
    return JsonResponse(for_browsers(asdict(found)))


@allow(Permission.EDIT_SEGMENTS)
@require_POST
def segment_draft_why(request: HttpRequest) -> JsonResponse:
    """Why a customer would be in the segment by an unsaved rule: the facts that decide."""
    user: Any = request.user
    try:
        body = body_of(request)
        contact = body.get("contact")
        if not isinstance(contact, int) or not Contact.objects.living().filter(pk=contact).exists():
            raise Unreadable("There is no such customer any more.")
        explained = explain_draft(
            contact,
            parse_document(body.get("document")),
            slug=slug_of(body),
            as_of=clock.now(),
            see_sensitive=user.may(Permission.VIEW_SENSITIVE),
        )
    except Unreadable as problem:
        return unread(problem)
    except Refused as refused:
        return refusal(refused, sentence="This rule cannot be explained yet.")
    holds = explained.why is not None and explained.why.holds
    return JsonResponse(
        {
            "holds": holds,
            "reasons": explained.reasons or ([explained.problem] if explained.problem else []),
            "outlook": explained.outlook,
        }
    )
