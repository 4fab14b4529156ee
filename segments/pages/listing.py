"""The list of segments."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render

from crm.domain.roles import Permission
from crm.kit import clock, sheets
from crm.pages.access import allow
from segments.pages.charts import spark
from segments.queries.segments import Listing, every_segment, health_of, labels_in_use, list_segments
from segments.queries.sizes import coverage
from segments.queries.templates import templates_for
from segments.queries.values import attributes, kinds

ORDERS = {"size": "largest first", "growth": "fastest growing first", "name": "by name"}
HEALTHS = {"well": "Well", "empty": "Empty", "problem": "Not counted"}


def _asked(request: HttpRequest) -> Listing:
    query = request.GET
    order = query.get("sort", "size")
    return Listing(
        words=query.get("q", "").strip()[:100],
        kind=query.get("kind", ""),
        label=query.get("label", "")[:40],
        health=query.get("health", ""),
        archived=query.get("archived") == "1",
        order=order if order in ORDERS else "size",
        after=query.get("after", "")[:200],
    )


def _templates() -> list[dict[str, Any]]:
    types = {one.name: one.type for one in attributes(sensitive=False)}
    return sorted(templates_for(types, {one["kind"] for one in kinds()}), key=lambda one: one["label"])


@allow(Permission.VIEW_SEGMENTS)
def segments(request: HttpRequest) -> HttpResponse:
    """What segments there are, how large, how they grow, and which need a look."""
    asked, at = _asked(request), clock.now()
    page = list_segments(asked, at=at)
    may_edit = request.user.may(Permission.EDIT_SEGMENTS)  # type: ignore[union-attr]
    return render(
        request,
        "segments/segments.html",
        {
            "asked": asked,
            "page": page,
            "rows": [(row, spark([day.size for day in row.days])) for row in page.rows],
            "labels": labels_in_use(),
            "healths": HEALTHS,
            "order_words": ORDERS[asked.order],
            "coverage": coverage(),
            "narrowed": bool(asked.words or asked.kind or asked.label or asked.health),
            "may_edit": may_edit,
            "templates": _templates() if may_edit else [],
        },
    )


@allow(Permission.VIEW_SEGMENTS)
def segments_csv(request: HttpRequest) -> HttpResponseBase:
    """The list as a file."""
    at = clock.now()
    header = ("Segment", "Address", "Kind", "Label", "Members", "30 days ago", "As of", "Health", "Sentence")
    return sheets.download(
        "segments.csv",
        header,
        (
            (
                segment.name,
                segment.slug,
                segment.kind,
                segment.label,
                segment.size,
                segment.before,  # type: ignore[attr-defined]
                segment.evaluated_at.isoformat() if segment.evaluated_at else "",
                health_of(segment, at=at).words,
                segment.sentence,
            )
            for segment in every_segment(_asked(request), at=at)
        ),
    )
