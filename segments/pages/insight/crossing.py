"""Where a segment's newcomers came from and where those who left it went: a card, the people of each line, a file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse

from crm.domain.roles import Permission
from crm.kit import clock
from crm.kit.figures import counted
from crm.pages.access import allow
from crm.queries.accounts import account_zone
from segments.models import Segment
from segments.pages.insight.people import download_of
from segments.pages.segment import frame_of
from segments.queries.insight.overlapping import live_segments
from segments.queries.membership.crossing import GONE, NEW, NONE, Crossing, Ids, Side, crossing
from segments.queries.membership.people import page_of

DAYS, ON_A_CARD = 30, 5
CAME, WENT = "came", "went"
WORDS = {
    (CAME, NEW): "New customers",
    (CAME, NONE): "Left no other segment",
    (WENT, GONE): "Erased or merged",
    (WENT, NONE): "Entered no other segment",
}


@dataclass(frozen=True)
class Shown:
    """A line of the card: a segment, or `words` for those who stand in none; how many, and where they are listed."""

    segment: Segment | None
    words: str
    people: int
    address: str
    more: bool = False


def _found(segment: Segment) -> tuple[Crossing, datetime]:
    at, zone = clock.now(), account_zone()
    first = at.astimezone(zone).date() - timedelta(days=DAYS)
    since = datetime.combine(first, time.min, tzinfo=zone)
    return crossing(segment, live_segments(), since=since), at


def _lines(segment: Segment, way: str, side: Side, everything: bool) -> list[Shown]:
    """The lines of one side: the first few segments or all of them, then those who stand in none."""

    def address(key: str) -> str:
        return f"{reverse('segment_crossing', args=(segment.slug, way))}?{urlencode({'with': key})}"

    shown = side.others if everything else side.others[:ON_A_CARD]
    lines = [Shown(one, "", len(ids), address(one.slug)) for one, ids in shown]
    if hidden := len(side.others) - len(shown):
        words = f"and {counted(hidden, 'more segment')}"
        lines.append(Shown(None, words, 0, reverse("segment_crossing", args=(segment.slug, way)), more=True))
    return lines + [
        Shown(None, WORDS[way, key], len(ids), address(key)) for key, ids in side.apart.items() if len(ids)
    ]


@allow(Permission.VIEW_SEGMENTS)
def segment_crossing_card(request: HttpRequest, slug: str) -> HttpResponse:
    """Both sides of the last 30 days, for the overview."""
    segment = get_object_or_404(Segment, slug=slug)
    found, at = _found(segment)
    sides = [
        (way, title, nothing, len(side.people), _lines(segment, way, side, everything=False))
        for way, title, nothing, side in (
            (CAME, "came", "Nobody came.", found.came),
            (WENT, "left", "Nobody left.", found.went),
        )
    ]
    context = {"segment": segment, "found": found, "sides": sides, "at": at}
    return render(request, "segments/_crossing_card.html", context)


def _asked(request: HttpRequest, slug: str, way: str) -> tuple[dict[str, Any], Ids]:
    frame = frame_of(request, slug, "overview")
    found, at = _found(frame["segment"])
    side = {CAME: found.came, WENT: found.went}.get(way)
    key = request.GET.get("with", "")
    ids = side.of(key) if side is not None else None
    other = Segment.objects.filter(slug=key).first() if key and key not in (NEW, NONE, GONE) else None
    if ids is None and other is None:
        raise Http404("There is no such line.")
    segment = frame["segment"]
    context = {
        **frame,
        "way": way,
        "since": found.since,
        "at": at,
        "other": other,
        "words": WORDS.get((way, key), "").lower(),
        "lines": _lines(segment, way, side, everything=True) if side is not None and not key else [],
    }
    return context, ids if ids is not None else found.came.people[:0]


@allow(Permission.VIEW_SEGMENTS)
def segment_crossing(request: HttpRequest, slug: str, way: str) -> HttpResponse:
    """The people of one line, by key."""
    context, ids = _asked(request, slug, way)
    page = page_of(ids, after=request.GET.get("after", ""))
    return render(request, "segments/crossing.html", {**context, "total": len(ids), "page": page})


@allow(Permission.EXPORT_CONTACTS)
def segment_crossing_csv(request: HttpRequest, slug: str, way: str) -> HttpResponseBase:
    """The same people as a file."""
    _, ids = _asked(request, slug, way)
    return download_of(request, f"{slug}-{way}.csv", ids)
