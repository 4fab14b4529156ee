"""The list of segments: cards or a table, by label, by what is the matter, in the order that is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render

from crm.domain.roles import Permission
from crm.kit import clock, sheets
from crm.pages.access import allow
from crm.queries.accounts import current_account
from segments.engine.statistics.accuracy import Accuracy
from segments.models import Segment
from segments.pages.charts import Spark, spark
from segments.queries.building.templates import templates_for
from segments.queries.building.values import attributes, kinds
from segments.queries.insight.health import MOST, NAMES, Mark, marks
from segments.queries.insight.worth import revenues
from segments.queries.membership.sizes import coverage
from segments.queries.segments import (
    Listing,
    SegmentRow,
    every_segment,
    health_of,
    labels_in_use,
    list_segments,
)
from segments.queries.service.votes import accuracy

ORDERS = {
    "size": "largest first",
    "growth": "fastest growing first",
    "value": "most bought by its members in 12 months first",
    "accuracy": "most right by votes first, those without votes last",
    "name": "by name",
}
VIEWS = ("table", "cards")
REMEMBERED = "segments.view"
WELL = "well"


@dataclass(frozen=True)
class Row:
    """A segment as the list shows it."""

    row: SegmentRow
    spark: Spark | None
    marks: list[Mark]
    value: Decimal | None
    accuracy: Accuracy | None


def _asked(request: HttpRequest, found: Mapping[int, list[Mark]]) -> Listing:
    query = request.GET
    order, health = query.get("sort", "size"), query.get("health", "")
    order = order if order in ORDERS else "size"
    archived = query.get("archived") == "1"
    among = None
    if health in NAMES:
        among = frozenset(pk for pk, some in found.items() if any(mark.kind == health for mark in some))
    elif health == WELL:
        among = frozenset(_live()) - found.keys()
    return Listing(
        words=query.get("q", "").strip()[:100],
        kind=query.get("kind", ""),
        label=query.get("label", "")[:40],
        health=health,
        archived=archived,
        order=order,
        after=query.get("after", "")[:200],
        among=None if archived else among,
        ranks=_ranks(order),
    )


def _live() -> list[int]:
    return list(Segment.objects.live().order_by("-size", "pk").values_list("pk", flat=True)[:MOST])


def _ranks(order: str) -> dict[int, int]:
    """What value or accuracy sorts by; the lower end of the interval, so that one lucky vote does not lead."""
    if order == "value":
        live = list(Segment.objects.live().order_by("-size", "pk")[:MOST])
        return {pk: int(100 * revenue) for pk, revenue in revenues(live, as_of=clock.now()).items()}
    if order == "accuracy":
        return {pk: int(10_000 * one.low) for pk, one in accuracy(_live()).items() if one.n}
    return {}


def _view(request: HttpRequest) -> str:
    """Cards or table: what the address says, else what was chosen last."""
    asked = request.GET.get("view", "")
    if asked in VIEWS and request.session.get(REMEMBERED) != asked:
        request.session[REMEMBERED] = asked
    return asked if asked in VIEWS else request.session.get(REMEMBERED, "table")


def _templates() -> list[dict[str, Any]]:
    types = {one.name: one.type for one in attributes(sensitive=False)}
    return sorted(templates_for(types, {one["kind"] for one in kinds()}), key=lambda one: one["label"])


def _rows(page: Any, found: Mapping[int, list[Mark]], asked: Listing, at: datetime) -> list[Row]:
    shown = [row.segment for row in page.rows]
    values: Mapping[int, Decimal] = {}
    if asked.order == "value":
        values = revenues(list(Segment.objects.live().order_by("-size", "pk")[:MOST]), as_of=at)
    votes = accuracy([one.pk for one in shown])
    return [
        Row(
            row=row,
            spark=spark(row.days),
            marks=found.get(row.segment.pk, []),
            value=values.get(row.segment.pk),
            accuracy=votes[row.segment.pk] if votes[row.segment.pk].n else None,
        )
        for row in page.rows
    ]


@allow(Permission.VIEW_SEGMENTS)
def segments(request: HttpRequest) -> HttpResponse:
    """What segments there are, how large, how they grow, what is the matter with them."""
    at = clock.now()
    found = marks(at=at)
    asked = _asked(request, found)
    page = list_segments(asked, at=at)
    may_edit = request.user.may(Permission.EDIT_SEGMENTS)  # type: ignore[union-attr]
    counts = {kind: sum(any(mark.kind == kind for mark in some) for some in found.values()) for kind in NAMES}
    return render(
        request,
        "segments/segments.html",
        {
            "asked": asked,
            "page": page,
            "view": _view(request),
            "rows": _rows(page, found, asked, at),
            "labels": labels_in_use(),
            "healths": [(kind, name, counts[kind]) for kind, name in NAMES.items() if counts[kind]],
            "order_words": ORDERS[asked.order],
            "orders": ORDERS,
            "currency": current_account().currency,
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
    found = marks(at=at)
    header = (
        *("Segment", "Address", "Kind", "Label", "Members", "30 days ago", "As of", "Health", "Marks"),
        "Sentence",
    )
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
                ", ".join(mark.words for mark in found.get(segment.pk, [])),
                segment.sentence,
            )
            for segment in every_segment(_asked(request, found), at=at)
        ),
    )
