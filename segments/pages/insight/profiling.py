"""The profiles of a segment as charts with their tables; each part has an address of its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render

from crm.domain.roles import Permission
from crm.kit import clock, sheets
from crm.pages.access import allow
from segments.models import Segment
from segments.pages.insight.figures import Figure, beside, columns, week
from segments.pages.insight.people import people_url
from segments.pages.segment import frame_of
from segments.queries.insight.profiling import PARTS, WEEK, Bar, Chart, Profile, profile_of

TITLES = {
    "location": "Where they live",
    "purchase": "How they buy",
    "preference": "What they prefer",
    "online": "What they do, and when",
}


@dataclass(frozen=True)
class Drawn:
    """A chart with its figure, the id of that on the page, and its rows with the address of their people."""

    chart: Chart
    figure: Figure
    key: str
    rows: list[tuple[Bar, str]]


def drawn(chart: Chart, key: str, segment: Segment) -> Drawn:
    """A chart ready for the page."""
    names = (segment.name, "everyone else")
    labels = [bar.label for bar in chart.bars]
    mine = [bar.first / chart.n if chart.n else None for bar in chart.bars]
    others = [bar.second / chart.m if chart.m else None for bar in chart.bars]
    draw = columns if chart.ordered else beside
    rows = [
        (bar, people_url([segment.slug], bar.condition) if bar.condition and bar.first else "")
        for bar in chart.bars
    ]
    return Drawn(chart, draw(labels, mine, others, names=names), key, rows)


def _profile(request: HttpRequest, segment: Segment, part: str) -> Profile:
    if part not in PARTS:
        raise Http404
    user: Any = request.user
    return profile_of(segment, part, see_sensitive=user.may(Permission.VIEW_SENSITIVE), as_of=clock.now())


@allow(Permission.VIEW_SEGMENTS)
def segment_profiles(request: HttpRequest, slug: str) -> HttpResponse:
    """All profiles; htmx fetches each."""
    return render(request, "segments/profiles.html", {**frame_of(request, slug, "profiles"), "parts": TITLES})


@allow(Permission.VIEW_SEGMENTS)
def segment_profile(request: HttpRequest, slug: str, part: str) -> HttpResponse:
    """One profile: a page of its own, and for htmx its cards alone."""
    if not request.headers.get("HX-Request"):
        if part not in PARTS:
            raise Http404
        parts = {part: TITLES[part]}
        return render(
            request, "segments/profiles.html", {**frame_of(request, slug, "profiles"), "parts": parts}
        )
    segment = get_object_or_404(Segment, slug=slug)
    found = _profile(request, segment, part)
    context = {
        "segment": segment,
        "part": part,
        "title": TITLES[part],
        "profile": found,
        "charts": [drawn(chart, f"{part}-{place}", segment) for place, chart in enumerate(found.charts)],
        "week": found.week and week(found.week.rows, WEEK),
        "days": WEEK,
        "week_rows": found.week
        and [(f"{hour:02d}", counts) for hour, counts in enumerate(zip(*found.week.counts, strict=True))],
    }
    return render(request, "segments/_profile.html", context)


@allow(Permission.VIEW_SEGMENTS)
def segment_profile_csv(request: HttpRequest, slug: str, part: str) -> HttpResponseBase:
    """The tables of one profile as a file."""
    segment = get_object_or_404(Segment, slug=slug)
    found = _profile(request, segment, part)
    header = ("Chart", "Value", "Members", "of", "Everyone else", "of", "As of")
    return sheets.download(f"{slug}-{part}.csv", header, _cells(found))


def _cells(found: Profile) -> Iterator[tuple[Any, ...]]:
    moment = found.as_of.isoformat()
    for chart in found.charts:
        for bar in chart.bars:
            yield (chart.title, bar.label, bar.first, chart.n, bar.second, chart.m, moment)
    if found.week:
        for day, counts in zip(WEEK, found.week.counts, strict=True):
            for hour, number in enumerate(counts):
                yield ("Hour of the week", f"{day} {hour:02d}", number, found.week.number, "", "", moment)
