"""The log of a segment: every entry and exit, what turned at one of them, and all of it as a file."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_safe

from crm.domain.roles import Permission
from crm.pages.access import allow, colleague
from crm.pages.files import file_of_people
from crm.queries.accounts import account_zone
from segments.models import MembershipChange, Segment
from segments.models.causes import CAUSES
from segments.pages.segment import frame_of
from segments.queries.membership.log import Asked, every_line, lines_of, log_of, what_turned


def asked_in(request: HttpRequest) -> Asked:
    """Which lines an address asks for; days are those of the account's zone, the last one included."""
    query = request.GET
    first, last = _day(query.get("from", "")), _day(query.get("to", ""))
    return Asked(
        way=query.get("way", ""),
        cause=query.get("cause", ""),
        since=_start(first) if first else None,
        until=_start(last + timedelta(days=1)) if last and last < date.max else None,
        after=query.get("after", "")[:60],
    )


def _day(text: str) -> date | None:
    try:
        return parse_date(text)
    except ValueError:
        return None


def _start(day: date) -> datetime:
    try:
        return datetime.combine(day, time.min, tzinfo=account_zone()).astimezone(UTC)
    except OverflowError:
        return datetime(day.year, day.month, day.day, tzinfo=UTC)


@allow(Permission.VIEW_SEGMENTS)
@require_safe
def segment_log(request: HttpRequest, slug: str) -> HttpResponse:
    """Who entered and left, newest first, by way, cause and period."""
    frame = frame_of(request, slug, "log")
    asked = asked_in(request)
    see = colleague(request).may(Permission.VIEW_SENSITIVE)
    context = {
        **frame,
        "page": log_of(frame["segment"], asked, see_sensitive=see),
        "asked": asked,
        "way": asked.way,
        "causes": CAUSES,
        "first": request.GET.get("from", ""),
        "last": request.GET.get("to", ""),
        "narrowed": bool(asked.way or asked.cause or asked.since or asked.until),
    }
    return render(request, "segments/log.html", context)


@allow(Permission.VIEW_SEGMENTS)
@require_safe
def segment_log_line(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """One line of the log, with the conditions that turned at its instant."""
    frame = frame_of(request, slug, "log")
    line = get_object_or_404(
        MembershipChange.objects.select_related("contact"), pk=pk, segment=frame["segment"]
    )
    see = colleague(request).may(Permission.VIEW_SENSITIVE)
    context = {
        **frame,
        "line": lines_of([line], see_sensitive=see)[0],
        "turned": what_turned(line.contact, frame["segment"], line, see_sensitive=see),
    }
    return render(request, "segments/log_line.html", context)


@allow(Permission.EXPORT_CONTACTS)
@require_safe
def segment_log_csv(request: HttpRequest, slug: str) -> HttpResponseBase:
    """The lines asked for as a file, newest first."""
    segment = get_object_or_404(Segment, slug=slug)
    see = colleague(request).may(Permission.VIEW_SENSITIVE)
    rows = (
        (
            line.at.isoformat(),
            line.contact_id,
            line.name,
            "entered" if line.entered else "left",
            line.because,
            "; ".join(line.evidence),
            line.version,
        )
        for line in every_line(segment, asked_in(request), see_sensitive=see)
    )
    header = ("When", "Customer", "Name", "What", "Because", "Evidence", "Version of the rule")
    return file_of_people(request, f"{segment.slug}-log.csv", header, rows)
