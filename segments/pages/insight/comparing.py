"""Two to four segments side by side."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from crm.domain.roles import Permission
from crm.kit import clock
from crm.pages.access import allow
from crm.queries.accounts import current_account
from segments.models import Segment
from segments.pages.charts import plot
from segments.pages.insight.differing import lines, telling
from segments.pages.insight.overlap import combination_rows, heat_rows
from segments.pages.insight.profiling import drawn
from segments.queries.insight.differing import differences
from segments.queries.insight.overlapping import as_of, combinations, matrix
from segments.queries.insight.profiling import profile_of
from segments.queries.insight.side_by_side import LEAST, MOST, compared
from segments.queries.membership.sizes import by_week, customers
from segments.queries.segments import segments_to_pick

LINES = 5
PARTS = ("purchase", "location")
POINTS = 26


def _chosen(request: HttpRequest) -> list[Segment]:
    """The segments of the address, each once, in its order."""
    slugs = list(dict.fromkeys(request.GET.getlist("s")))[: MOST + 1]
    known = {one.slug: one for one in Segment.objects.filter(slug__in=slugs)}
    return [known[slug] for slug in slugs if slug in known]


@allow(Permission.VIEW_SEGMENTS)
@require_safe
def segments_compare(request: HttpRequest) -> HttpResponse:
    """Sentence, size, growth, value, overlap, differences and profiles of two to four segments."""
    chosen = _chosen(request)
    context: dict[str, Any] = {
        "chosen": chosen,
        "least": LEAST,
        "most": MOST,
        "choices": segments_to_pick(),
        "slugs": [one.slug for one in chosen],
        "enough": LEAST <= len(chosen) <= MOST,
        "too_many": len(chosen) > MOST,
    }
    if not request.headers.get("HX-Request") or not context["enough"]:
        return render(request, "segments/compare.html", context)
    at = clock.now()
    together = combinations(chosen)
    found = matrix(chosen)
    columns = compared(chosen, as_of=at)
    context |= {
        "columns": [(one, plot(by_week(one.days, most=POINTS))) for one in columns],
        "customers": customers(),
        "currency": current_account().currency,
        "heat": heat_rows(found, chosen),
        "shown": chosen,
        "rows": combination_rows(together, chosen),
        "largest": max((one.people for one in together), default=0),
        "as_of": as_of(chosen),
        "at": at,
        "may_edit": request.user.may(Permission.EDIT_SEGMENTS),  # type: ignore[union-attr]
    }
    return render(request, "segments/_compare.html", context)


@allow(Permission.VIEW_SEGMENTS)
def segments_compare_insight(request: HttpRequest) -> HttpResponse:
    """The differences and the profiles of the segments that are compared."""
    chosen, at = _chosen(request)[:MOST], clock.now()
    user: Any = request.user
    sees, currency = user.may(Permission.VIEW_SENSITIVE), current_account().currency
    told = []
    for one in chosen:
        found = differences(one, against=None, window="365", see_sensitive=sees, as_of=at)
        told.append((one, found, lines(telling(found)[0][:LINES], one, currency)))
    multiples = []
    for part in PARTS:
        row = []
        for one in chosen:
            charts = profile_of(one, part, see_sensitive=sees, as_of=at).charts
            row.append((one, drawn(charts[0], f"{part}-{one.slug}", one) if charts else None))
        titles = [found.chart.title for _, found in row if found is not None]
        if titles:
            multiples.append((titles[0], row))
    context = {"told": told, "multiples": multiples, "at": at}
    return render(request, "segments/_compare_insight.html", context)
