"""Who moved between segments in a period: the figures as a table, the people behind each, and a file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

import numpy as np
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_safe

from crm.domain.roles import Permission
from crm.kit import sheets
from crm.kit.clock import now
from crm.kit.figures import figure
from crm.pages.access import allow
from crm.queries.accounts import account_zone
from segments.models import Segment
from segments.pages.insight.figures import Figure, flow
from segments.pages.insight.people import download_of
from segments.queries.membership.movement import MOST, Ids, Movement, moved, movement
from segments.queries.membership.people import page_of

USUAL, AT_FIRST = timedelta(days=30), 6
EARLIEST = date(1970, 1, 2)
NONE = "-"


@dataclass(frozen=True)
class Chosen:
    """The period and the segments that an address names; `problem` says what could not be read."""

    first: date
    last: date
    since: datetime
    until: datetime
    segments: list[Segment]
    problem: str = ""

    def address(self, name: str, **more: str) -> str:
        """The address of another page about the same."""
        query = [
            ("from", str(self.first)),
            ("to", str(self.last)),
            *[("in", one.slug) for one in self.segments],
        ]
        return f"{reverse(name)}?{urlencode([*query, *more.items()])}"


def chosen_in(request: HttpRequest) -> Chosen:
    """What was asked for; without segments, the largest by rule, without a period, the last 30 days."""
    at, zone = now(), account_zone()
    today = at.astimezone(zone).date()
    problem = ""
    try:
        first = parse_date(request.GET.get("from", "")) or today - USUAL
        last = parse_date(request.GET.get("to", "")) or today
    except ValueError:
        first, last, problem = today - USUAL, today, "That is no date: these are the last 30 days."
    if first > last:
        first, last, problem = last, first, "The period was the wrong way round: it is turned."
    slugs = list(dict.fromkeys(request.GET.getlist("in")))
    found = Segment.objects.live()
    if len(slugs) > MOST:
        problem = f"Choose at most {MOST} segments: these are the first {MOST}."
    rows = (
        list(found.filter(slug__in=slugs[:MOST]).order_by("name"))
        if slugs
        else list(found.filter(size__gt=0).order_by("kind", "-size", "pk")[:AT_FIRST])
    )
    last = max(min(last, today), EARLIEST)
    first = min(max(first, EARLIEST), last)
    since = datetime.combine(first, time.min, tzinfo=zone).astimezone(UTC)
    end = datetime.combine(last + timedelta(days=1), time.min, tzinfo=zone).astimezone(UTC)
    return Chosen(first, last, since, min(end, at), rows, problem)


def table_of(
    found: Movement, chosen: Chosen
) -> list[tuple[Segment | None, int | None, list[tuple[int, str, Segment | None]]]]:
    """The rows of the table: from where, its size at the start, and how many with their address to each column."""
    places: list[Segment | None] = [*found.segments, None]
    rows = []
    for source in places:
        cells = []
        for target in places:
            people = found.people(source, target) if source or target else 0
            link = chosen.address(
                "segments_movement_people",
                source=source.slug if source else NONE,
                target=target.slug if target else NONE,
            )
            cells.append((people, link if people else "", target))
        rows.append((source, found.start[source.pk] if source else None, cells))
    return rows


def figure_of(found: Movement) -> Figure:
    """Who moved as a picture: where they were on the left, where they are on the right; those who stayed in grey.

    Segments overlap: who was in the target already at the start did not move there.
    """
    places: list[Segment | None] = [*found.segments, None]
    keys = [one.pk if one else 0 for one in places]
    starts, ends = (
        [f"{one.name}, {figure(sizes[one.pk])}" if one else "none of them" for one in places]
        for sizes in (found.start, found.end)
    )
    size = len(places)
    links, stays = [], []
    for one in [*(same for same in found.flows if same.source == same.target), *found.came]:
        source, target = (keys.index(end.pk if end else 0) for end in (one.source, one.target))
        links.append((source, size + target, one.people))
        stays.append(source == target)
    return flow(starts + ends, links, stays=stays, height=120 + 56 * size)


@allow(Permission.VIEW_SEGMENTS)
@require_safe
def segments_movement(request: HttpRequest) -> HttpResponse:
    """From where to where, with how many."""
    chosen = chosen_in(request)
    found = movement(chosen.since, chosen.until, chosen.segments)
    context = {
        "chosen": chosen,
        "found": found,
        "rows": table_of(found, chosen) if chosen.segments else [],
        "figure": figure_of(found) if found.flows else None,
        "ends": [(one, found.end[one.pk]) for one in chosen.segments],
        "all": Segment.objects.live().order_by("name").only("pk", "slug", "name")[:500],
        "picked": {one.pk for one in chosen.segments},
        "csv": chosen.address("segments_movement_csv"),
    }
    return render(request, "segments/movement.html", context, status=200)


@allow(Permission.VIEW_SEGMENTS)
@require_safe
def segments_movement_people(request: HttpRequest) -> HttpResponse:
    """The people of one flow, by contact."""
    chosen = chosen_in(request)
    source, target, ids = _flow_asked(request, chosen)
    user: Any = request.user
    context: dict[str, Any] = {
        "chosen": chosen,
        "source": source,
        "target": target,
        "total": len(ids),
        "page": page_of(ids, after=request.GET.get("after", "")),
        "back": chosen.address("segments_movement"),
        "may_export": user.may(Permission.EXPORT_CONTACTS),
        "csv": f"{reverse('segments_movement_people_csv')}?{request.GET.urlencode()}",
    }
    return render(request, "segments/movement_people.html", context)


@allow(Permission.EXPORT_CONTACTS)
@require_safe
def segments_movement_people_csv(request: HttpRequest) -> HttpResponseBase:
    """The people of one flow as a file."""
    chosen = chosen_in(request)
    _, _, ids = _flow_asked(request, chosen)
    return download_of(request, f"moved-{chosen.first}-{chosen.last}.csv", ids)


def _flow_asked(request: HttpRequest, chosen: Chosen) -> tuple[Segment | None, Segment | None, Ids]:
    """The two ends that the address names, and who went that way."""
    by_slug: dict[str, Segment] = {one.slug: one for one in chosen.segments}
    source, target = (by_slug.get(request.GET.get(name, "")) for name in ("source", "target"))
    if source is None and target is None:
        return None, None, np.zeros(0, np.int64)
    return source, target, moved(chosen.since, chosen.until, chosen.segments, source=source, target=target)


@allow(Permission.VIEW_SEGMENTS)
@require_safe
def segments_movement_csv(request: HttpRequest) -> HttpResponseBase:
    """The flows as a file."""
    chosen = chosen_in(request)
    found = movement(chosen.since, chosen.until, chosen.segments)
    rows = (
        (
            flow.source.name if flow.source else "none of them",
            flow.target.name if flow.target else "none of them",
            flow.people,
        )
        for flow in found.flows
    )
    return sheets.download(
        f"movement-{chosen.first}-{chosen.last}.csv", ("At the start in", "At the end in", "Customers"), rows
    )
