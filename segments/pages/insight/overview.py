"""Parts of a segment's overview that are worked out after the page has come: what it is worth, what is the matter."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from crm.domain.roles import Permission
from crm.kit import clock
from crm.pages.access import allow
from segments.models import Segment
from segments.queries.insight.health import marks
from segments.queries.insight.reachable import mailable
from segments.queries.insight.worth import value_of
from segments.queries.segments import health_of

DAYS = 365


@allow(Permission.VIEW_SEGMENTS)
def segment_value_tile(request: HttpRequest, slug: str) -> HttpResponse:
    """What its members bought in 12 months, in one tile."""
    segment = get_object_or_404(Segment, slug=slug)
    value = value_of(segment, days=DAYS, as_of=clock.now())
    return render(request, "segments/_value_tile.html", {"segment": segment, "value": value})


@allow(Permission.VIEW_SEGMENTS)
def segment_reach_tile(request: HttpRequest, slug: str) -> HttpResponse:
    """How many of its members may be e-mailed, in one tile."""
    segment = get_object_or_404(Segment, slug=slug)
    found = mailable([segment], as_of=clock.now())[segment.pk]
    return render(request, "segments/_reach_tile.html", {"segment": segment, "mailable": found})


@allow(Permission.VIEW_SEGMENTS)
def segment_health(request: HttpRequest, slug: str) -> HttpResponse:
    """What is the matter with it, each with what to do."""
    segment, at = get_object_or_404(Segment, slug=slug), clock.now()
    found = marks(at=at).get(segment.pk, [])
    context = {"segment": segment, "marks": found, "health": health_of(segment, at=at), "at": at}
    return render(request, "segments/_health.html", context)


@allow(Permission.VIEW_SEGMENTS)
def segment_counted(request: HttpRequest, slug: str) -> HttpResponse:
    """The line that says a saved rule is being counted; once it is, the page is asked to come again."""
    segment = get_object_or_404(Segment, slug=slug)
    answer = render(request, "segments/_counting.html", {"segment": segment})
    if not segment.being_counted:
        answer.headers["HX-Refresh"] = "true"
    return answer
