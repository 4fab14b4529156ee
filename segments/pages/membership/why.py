"""The page that says why a customer is in a segment, or is not."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from crm.domain.roles import Permission
from crm.kit import clock
from crm.models import Contact
from crm.pages.access import allow
from segments.models import Segment
from segments.queries.explaining import explain_segment
from segments.queries.membership.log import last_move
from segments.queries.service.standing import filter_choices


@allow(Permission.VIEW_SEGMENTS)
def segment_why(request: HttpRequest, slug: str, contact_id: int) -> HttpResponse:
    """The rule as a tree, with what was seen of the customer at each part, and until when it stays so."""
    segment = get_object_or_404(Segment.objects.live(), slug=slug)
    contact = get_object_or_404(Contact.objects.living(), pk=contact_id)
    user: Any = request.user
    see = user.may(Permission.VIEW_SENSITIVE)
    explained = explain_segment(contact, segment, as_of=clock.now(), see_sensitive=see)
    may_place = segment.kind == Segment.DYNAMIC and user.may(Permission.EDIT_SEGMENTS)
    context = {
        "may_place": may_place,
        "segment": segment,
        "contact": contact,
        "told": explained,
        "line": last_move(contact.pk, segment, see_sensitive=see),
        "segments": filter_choices(),
    }
    return render(request, "segments/why.html", context)


@allow(Permission.VIEW_SEGMENTS)
def contact_why(request: HttpRequest, contact_id: int) -> HttpResponse:
    """On to the page of the segment that was chosen."""
    segment = get_object_or_404(Segment.objects.live(), slug=request.GET.get("segment", ""))
    return redirect("segment_why", segment.slug, contact_id)
